//! The backward pass.

use crate::arena::stride;
use crate::operation::{Operands, Pullback};
use crate::tape::{Handle, Node, NodeId, Source};
use nalgebra::SMatrix;
use std::ops::Range;
use tensor::Scalar;

/// Which derivatives of a loss are computed, and in what order.
#[derive(Clone)]
pub(crate) struct Differentiation {
    loss: usize,
    /// For each node, whether it lies on a path from a node that is differentiated by to the loss.
    pub wanted: Vec<bool>,
    /// The wanted operations, last first, and for each which of its operands are wanted.
    steps: Vec<(usize, Vec<bool>)>,
}

impl Differentiation {
    pub fn new<T>(nodes: &[Node<T>], loss: usize, by: impl Fn(&Source<T>) -> bool) -> Self {
        let mut wanted = vec![false; nodes.len()];
        for (i, node) in nodes.iter().enumerate().take(loss + 1) {
            wanted[i] = match &node.source {
                Source::Operation(step) => step.operands.iter().any(|&operand| wanted[operand]),
                leaf => by(leaf),
            };
        }
        let needed = ancestors(nodes, loss);
        for (wanted, needed) in wanted.iter_mut().zip(needed) {
            *wanted &= needed;
        }
        let mut steps = Vec::new();
        for (i, node) in nodes.iter().enumerate().rev() {
            if let Source::Operation(step) = &node.source
                && wanted[i]
            {
                steps.push((i, step.operands.iter().map(|&operand| wanted[operand]).collect()));
            }
        }
        Differentiation { loss, wanted, steps }
    }

    /// Adds up the derivatives in `adjoints`, which must be zero where they are wanted.
    #[inline]
    pub fn run<T: Scalar>(&self, nodes: &[Node<T>], values: &[T], adjoints: &mut [T]) {
        adjoints[nodes[self.loss].slot.offset] = T::one();
        for (i, wanted) in &self.steps {
            let Node { slot, source: Source::Operation(step), .. } = &nodes[*i] else {
                unreachable!("only operations are steps")
            };
            let (below, above) = adjoints.split_at_mut(slot.offset);
            step.operation.backward(&mut Pullback {
                operands: Operands { values, slots: &step.slots },
                wanted,
                result: &values[slot.range()],
                kept: &values[slot.kept_range()],
                upstream: &above[..slot.len],
                below,
            });
        }
    }

    /// Where the wanted derivatives that are added up, all but that of the loss, lie in the arena: those of some kinds of
    /// nodes, in whole lines, neighbours merged.
    pub fn ranges<T>(&self, nodes: &[Node<T>], which: impl Fn(&Source<T>) -> bool) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let added = |i: usize| i != self.loss && self.wanted[i] && which(&nodes[i].source);
        for node in (0..nodes.len()).filter(|&i| added(i)).map(|i| &nodes[i]) {
            let range = node.slot.offset..node.slot.range().end.next_multiple_of(stride::<T>());
            match ranges.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => ranges.push(range),
            }
        }
        ranges
    }

    /// The operations whose backward rule runs, with what each wants.
    pub fn steps(&self) -> &[(usize, Vec<bool>)] {
        &self.steps
    }
}

/// Which nodes the value of `of` depends on, itself included.
pub(crate) fn ancestors<T>(nodes: &[Node<T>], of: usize) -> Vec<bool> {
    let mut needed = vec![false; nodes.len()];
    needed[of] = true;
    for i in (0..=of).rev() {
        if let Source::Operation(step) = &nodes[i].source
            && needed[i]
        {
            for &operand in &step.operands {
                needed[operand] = true;
            }
        }
    }
    needed
}

/// The derivatives of a loss by the nodes of a tape; each has the shape of its node.
#[derive(Clone, Debug)]
pub struct Derivatives<T> {
    /// By node; None where the loss does not depend on it or it was not asked for.
    adjoints: Vec<Option<Vec<T>>>,
}

impl<T: Scalar> Derivatives<T> {
    pub(crate) fn new(wanted: &[bool], adjoints: &[T], nodes: &[Node<T>]) -> Self {
        let of = |(node, &wanted): (&Node<T>, &bool)| wanted.then(|| adjoints[node.slot.range()].to_vec());
        Derivatives { adjoints: nodes.iter().zip(wanted).map(of).collect() }
    }

    /// ∂ℓ/∂node, in the shape of the node.
    ///
    /// # Panics
    /// If it was not computed, because the loss does not depend on the node or the node is a constant: an absent
    /// derivative is not zero. [`get`](Self::get) gives None there.
    pub fn of<const R: usize, const C: usize>(&self, node: impl Into<Handle<R, C>>) -> SMatrix<T, R, C> {
        let handle = node.into();
        self.get(handle).unwrap_or_else(|| {
            panic!(
                "the derivative by node {} was not computed: the loss does not depend on it, or it is a constant",
                NodeId::from(handle).0
            )
        })
    }

    /// ∂ℓ/∂node, or None if it was not computed.
    pub fn get<const R: usize, const C: usize>(&self, node: impl Into<Handle<R, C>>) -> Option<SMatrix<T, R, C>> {
        self.slice(node.into()).map(SMatrix::from_column_slice)
    }

    /// The entries of ∂ℓ/∂node column by column, or None if it was not computed.
    pub fn slice(&self, node: impl Into<NodeId>) -> Option<&[T]> {
        self.adjoints.get(node.into().0)?.as_deref()
    }
}
