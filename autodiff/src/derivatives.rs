//! The backward pass.

use crate::arena::{Arena, stride};
use crate::operation::{Operands, Output, Pullback, Slot};
use crate::tape::{Handle, Leaf, Node, NodeId, Nodes, Source, Step};
use nalgebra::SMatrix;
use std::ops::Range;
use std::sync::Arc;
use tensor::Scalar;

/// Of how many bytes on a derivative is worth a call of its own to clear it.
const LARGE: usize = 1 << 16;

/// Which derivatives of a loss are computed, and in what order.
#[derive(Clone, Default)]
pub(crate) struct Differentiation {
    loss: usize,
    /// For each node, whether it depends on a node that is differentiated by; and if so, whether the loss depends on it.
    depends: Vec<bool>,
    wanted: Vec<bool>,
    /// The wanted operations, last first, and where in `flags` it says which of their operands are wanted.
    steps: Vec<(usize, Range<usize>)>,
    flags: Vec<bool>,
}

impl Differentiation {
    pub fn new<T>(nodes: &[Node<T>], loss: usize, by: impl Fn(Leaf) -> bool) -> Self {
        let mut differentiation = Differentiation::default();
        differentiation.set(nodes, loss, by);
        differentiation
    }

    /// As [`new`](Self::new), in the memory that is there.
    pub fn set<T>(&mut self, nodes: &[Node<T>], loss: usize, by: impl Fn(Leaf) -> bool) {
        let Self { depends, wanted, steps, flags, .. } = self;
        depends.clear();
        for node in &nodes[..=loss] {
            depends.push(match &node.source {
                Source::Operation(step) => step.operands.iter().any(|&operand| depends[operand]),
                Source::Leaf(leaf) => by(*leaf),
            });
        }
        wanted.clear();
        wanted.resize(nodes.len(), false);
        wanted[loss] = depends[loss];
        steps.clear();
        flags.clear();
        // Whether a node is wanted is known when all that come after it are done.
        for (i, node) in nodes[..=loss].iter().enumerate().rev() {
            if let Source::Operation(step) = &node.source
                && wanted[i]
            {
                let start = flags.len();
                flags.extend(step.operands.iter().map(|&operand| depends[operand]));
                for (&operand, &flag) in step.operands.iter().zip(&flags[start..]) {
                    wanted[operand] |= flag;
                }
                steps.push((i, start..flags.len()));
            }
        }
        self.loss = loss;
    }

    /// Adds up the derivatives in `adjoints`, which must be zero where they are wanted.
    #[inline]
    pub fn run<T: Scalar>(&self, nodes: &[Node<T>], values: &[T], adjoints: &mut [T]) {
        adjoints[nodes[self.loss].slot.offset()] = T::one();
        self.run_steps(&self.steps, nodes, values, adjoints);
    }

    /// As [`run`](Self::run), where the loss itself is still to be computed from its operands, in `values`. Returns false
    /// if nothing is to be differentiated.
    #[inline(always)]
    pub fn run_with_loss<T: Scalar>(&self, nodes: &[Node<T>], values: &mut [T], adjoints: &mut [T]) -> bool {
        let Some(((i, wanted), steps)) = self.steps.split_first() else { return false };
        // Every other step comes before the loss.
        debug_assert_eq!(*i, self.loss);
        let (slot, step) = operation(&nodes[*i]);
        let (operands, above) = values.split_at_mut(slot.offset());
        let (below, upstream) = adjoints.split_at_mut(slot.offset());
        upstream[0] = T::one();
        let mut pass = Pullback {
            operands: Operands { values: operands, slots: &step.slots },
            wanted: &self.flags[wanted.clone()],
            result: &[],
            kept: &[],
            upstream: &upstream[..slot.len()],
            below,
        };
        step.operation.forward_and_backward(Output::at(slot, above), &mut pass);
        self.run_steps(steps, nodes, values, adjoints);
        true
    }

    #[inline(always)]
    fn run_steps<T: Scalar>(
        &self,
        steps: &[(usize, Range<usize>)],
        nodes: &[Node<T>],
        values: &[T],
        adjoints: &mut [T],
    ) {
        for (i, wanted) in steps {
            let (slot, step) = operation(&nodes[*i]);
            let (below, above) = adjoints.split_at_mut(slot.offset());
            step.operation.backward(&mut Pullback {
                operands: Operands { values, slots: &step.slots },
                wanted: &self.flags[wanted.clone()],
                result: &values[slot.range()],
                kept: &values[slot.kept_range()],
                upstream: &above[..slot.len()],
                below,
            });
        }
    }

    /// Whether the derivative by a node is computed.
    #[inline]
    pub fn wants(&self, node: usize) -> bool {
        self.wanted[node]
    }

    /// Where the wanted derivatives that are added up, all but that of the loss, lie in the arena: those of some kinds of
    /// nodes, in whole lines, neighbours merged. A large one stays alone: of two threads each then sets to zero what it will
    /// add to, and has that in its cache.
    pub fn ranges<T>(&self, nodes: &[Node<T>], which: impl Fn(&Source<T>) -> bool) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let is_large = |range: &Range<usize>| range.len() * size_of::<T>() >= LARGE;
        let added = |i: usize| i != self.loss && self.wanted[i] && which(&nodes[i].source);
        for node in (0..nodes.len()).filter(|&i| added(i)).map(|i| &nodes[i]) {
            let range = node.slot.offset()..node.slot.range().end.next_multiple_of(stride::<T>());
            match ranges.last_mut() {
                Some(last) if last.end == range.start && !is_large(last) && !is_large(&range) => last.end = range.end,
                _ => ranges.push(range),
            }
        }
        ranges
    }

    /// The operations whose backward rule runs, with what each wants.
    pub fn steps(&self) -> impl Iterator<Item = (usize, &[bool])> {
        self.steps.iter().map(|(i, wanted)| (*i, &self.flags[wanted.clone()]))
    }
}

/// The operation of a node that is a step, and where its result is.
#[inline]
pub(crate) fn operation<T>(node: &Node<T>) -> (&Slot, &Step<T>) {
    match &node.source {
        Source::Operation(step) => (&node.slot, step),
        Source::Leaf(_) => unreachable!("only operations are steps"),
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

/// By node, where in an arena the derivative by it lies; None where the loss does not depend on it or it was not asked for.
type Places = Arc<[Option<Range<usize>>]>;

/// How a tape computes the derivatives of a loss by its parameters and inputs. It depends on kinds, operands and places of
/// nodes only, and is the same again as long as none of these changes.
#[derive(Default)]
pub(crate) struct Plan {
    differentiation: Differentiation,
    places: Places,
    /// Of which state of the nodes it is.
    changes: u64,
}

impl Plan {
    /// Makes it that of a loss among `nodes`.
    pub fn set<T>(&mut self, nodes: &Nodes<T>, loss: usize) {
        let Plan { differentiation, places, changes } = self;
        if (*changes, differentiation.loss) != (nodes.changes(), loss) {
            differentiation.set(nodes, loss, |leaf| leaf != Leaf::Constant);
            let place = |(node, &wanted): (&Node<T>, &bool)| wanted.then(|| node.slot.range());
            *places = nodes.iter().zip(&differentiation.wanted).map(place).collect();
            *changes = nodes.changes();
        }
    }

    /// Computes the derivatives.
    pub fn run<T: Scalar>(&self, nodes: &[Node<T>], values: &[T]) -> Derivatives<T> {
        // What comes after the loss is not needed.
        let mut adjoints = Arena::zeros(nodes[self.differentiation.loss].slot.range().end);
        self.differentiation.run(nodes, values, &mut adjoints);
        Derivatives { adjoints, places: self.places.clone() }
    }
}

/// The derivatives of a loss by the nodes of a tape; each has the shape of its node.
#[derive(Debug)]
pub struct Derivatives<T> {
    adjoints: Arena<T>,
    places: Places,
}

impl<T: Scalar> Clone for Derivatives<T> {
    fn clone(&self) -> Self {
        Derivatives { adjoints: self.adjoints.clone(), places: self.places.clone() }
    }
}

impl<T: Scalar> Derivatives<T> {
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
        let place = self.places.get(node.into().0)?.clone()?;
        Some(&self.adjoints[place])
    }
}
