//! The backward pass.

use crate::arena::{Arena, whole_lines};
use crate::error::ShapeError;
use crate::operation::{Operands, Operation, Output, Pullback, Slot};
use crate::record::{Leaf, Node, NodeId, Nodes, RecordId, Source};
use crate::var::Handle;
use nalgebra::{DMatrix, SMatrix};
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
    pub fn new<T: Scalar>(nodes: &Nodes<T>, loss: usize, by: impl Fn(Leaf) -> bool) -> Self {
        let mut differentiation = Differentiation::default();
        differentiation.set(nodes, loss, by);
        differentiation
    }

    /// As [`new`](Self::new), in the memory that is there.
    pub fn set<T: Scalar>(&mut self, nodes: &Nodes<T>, loss: usize, by: impl Fn(Leaf) -> bool) {
        let Self { depends, wanted, steps, flags, .. } = self;
        depends.clear();
        for node in &nodes[..=loss] {
            depends.push(match &node.source {
                Source::Operation(_) => nodes.operands(node).iter().any(|&operand| depends[operand as usize]),
                Source::Leaf(leaf) => by(*leaf),
                Source::Fused(_) => false,
            });
        }
        wanted.clear();
        wanted.resize(nodes.len(), false);
        wanted[loss] = depends[loss];
        steps.clear();
        flags.clear();
        // Whether a node is wanted is known when all that come after it are done.
        for (i, node) in nodes[..=loss].iter().enumerate().rev() {
            if wanted[i] && node.source.operation().is_some() {
                let (start, operands) = (flags.len(), nodes.operands(node));
                flags.extend(operands.iter().map(|&operand| depends[operand as usize]));
                for (&operand, &flag) in operands.iter().zip(&flags[start..]) {
                    wanted[operand as usize] |= flag;
                }
                steps.push((i, start..flags.len()));
            }
        }
        self.loss = loss;
    }

    /// Adds up the derivatives in `adjoints`, which must be zero where they are wanted.
    #[inline]
    pub fn run<T: Scalar>(&self, nodes: &Nodes<T>, values: &[T], adjoints: &mut [T]) {
        adjoints[nodes[self.loss].slot.offset()] = T::one();
        self.run_steps(&self.steps, nodes, values, adjoints);
    }

    /// As [`run`](Self::run), where the loss itself is still to be computed from its operands, in `values`. Returns false
    /// if nothing is to be differentiated.
    #[inline(always)]
    pub fn run_with_loss<T: Scalar>(&self, nodes: &Nodes<T>, values: &mut [T], adjoints: &mut [T]) -> bool {
        let Some(((i, wanted), steps)) = self.steps.split_first() else { return false };
        // Every other step comes before the loss.
        debug_assert_eq!(*i, self.loss);
        let (slot, operation, slots) = step(nodes, *i);
        let (operands, above) = values.split_at_mut(slot.offset());
        let (below, upstream) = adjoints.split_at_mut(slot.offset());
        upstream[0] = T::one();
        let (upstream, rest) = upstream.split_at_mut(slot.len());
        let mut pass = Pullback {
            operands: Operands { values: operands, slots },
            wanted: &self.flags[wanted.clone()],
            result: &[],
            kept: &[],
            upstream,
            rest,
            slot: *slot,
            below,
        };
        operation.forward_and_backward(Output::at(slot, above), &mut pass);
        self.run_steps(steps, nodes, values, adjoints);
        true
    }

    #[inline(always)]
    fn run_steps<T: Scalar>(
        &self,
        steps: &[(usize, Range<usize>)],
        nodes: &Nodes<T>,
        values: &[T],
        adjoints: &mut [T],
    ) {
        for (i, wanted) in steps {
            let (slot, operation, slots) = step(nodes, *i);
            let (below, above) = adjoints.split_at_mut(slot.offset());
            let (upstream, rest) = above.split_at_mut(slot.len());
            operation.backward(&mut Pullback {
                operands: Operands { values, slots },
                wanted: &self.flags[wanted.clone()],
                result: &values[slot.range()],
                kept: &values[slot.kept_range::<T>()],
                upstream,
                rest,
                slot: *slot,
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
            let range = node.slot.offset()..whole_lines::<T>(node.slot.range().end);
            match ranges.last_mut() {
                // Numbers alone share a line.
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
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

/// Of a node that is a step: where its result is, its operation, and where its operands are.
#[inline(always)]
pub(crate) fn step<T: Scalar>(nodes: &Nodes<T>, i: usize) -> (&Slot, &dyn Operation<T>, &[Slot]) {
    let node = &nodes[i];
    match &node.source {
        Source::Operation(operation) => (&node.slot, &**operation, nodes.operand_slots(node)),
        _ => unreachable!("only operations are steps"),
    }
}

/// Which nodes the value of `of` depends on, itself included.
pub(crate) fn ancestors<T>(nodes: &Nodes<T>, of: usize) -> Vec<bool> {
    let mut needed = vec![false; nodes.len()];
    needed[of] = true;
    for i in (0..=of).rev() {
        if needed[i] {
            for &operand in nodes.operands(&nodes[i]) {
                needed[operand as usize] = true;
            }
        }
    }
    needed
}

/// By node, where in an arena the derivative by it lies, and its shape; None where the loss does not depend on it or it was
/// not asked for.
type Places = Arc<[Option<Slot>]>;

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
    pub fn set<T: Scalar>(&mut self, nodes: &Nodes<T>, loss: usize) {
        let Plan { differentiation, places, changes } = self;
        if (*changes, differentiation.loss) != (nodes.changes(), loss) {
            differentiation.set(nodes, loss, |leaf| leaf != Leaf::Constant);
            let place = |(node, &wanted): (&Node<T>, &bool)| wanted.then_some(node.slot);
            *places = nodes.iter().zip(&differentiation.wanted).map(place).collect();
            *changes = nodes.changes();
        }
    }

    /// Computes the derivatives.
    pub fn run<T: Scalar>(&self, nodes: &Nodes<T>, values: &[T]) -> Derivatives<T> {
        // What comes after the loss is not needed.
        let mut adjoints = Arena::zeros(nodes[self.differentiation.loss].slot.end::<T>(true));
        self.differentiation.run(nodes, values, &mut adjoints);
        Derivatives { adjoints, places: self.places.clone(), record: nodes.id }
    }
}

/// The derivatives of a loss by the nodes of a tape; each has the shape of its node.
#[derive(Debug)]
pub struct Derivatives<T> {
    adjoints: Arena<T>,
    places: Places,
    record: RecordId,
}

impl<T: Scalar> Clone for Derivatives<T> {
    fn clone(&self) -> Self {
        Derivatives { adjoints: self.adjoints.clone(), places: self.places.clone(), record: self.record }
    }
}

impl<T: Scalar> Derivatives<T> {
    /// ∂ℓ/∂node, in the shape of the node.
    ///
    /// # Panics
    /// If it was not computed, because the loss does not depend on the node or the node is a constant: an absent
    /// derivative is not zero. [`get`](Self::get) gives None there. If the node is of another tape, or from before its
    /// tape was cleared.
    pub fn of<const R: usize, const C: usize>(&self, node: impl Into<Handle<R, C>>) -> SMatrix<T, R, C> {
        let handle = node.into();
        self.get(handle).unwrap_or_else(|| {
            panic!(
                "the derivative by node {} was not computed: the loss does not depend on it, or it is a constant",
                NodeId::from(handle).index()
            )
        })
    }

    /// ∂ℓ/∂node, or None if it was not computed.
    ///
    /// # Panics
    /// If the node is of another tape, or from before its tape was cleared.
    pub fn get<const R: usize, const C: usize>(&self, node: impl Into<Handle<R, C>>) -> Option<SMatrix<T, R, C>> {
        self.slice(node.into()).map(SMatrix::from_column_slice)
    }

    /// The entries of ∂ℓ/∂node column by column, or None if it was not computed.
    ///
    /// # Panics
    /// If the node is of another tape, or from before its tape was cleared.
    pub fn slice(&self, node: impl Into<NodeId>) -> Option<&[T]> {
        let slot = self.slot(node.into()).unwrap_or_else(|error| panic!("{error}"))?;
        Some(&self.adjoints[slot.range()])
    }

    /// ∂ℓ/∂node for a node whose shape is known at run time only, or None if it was not computed.
    ///
    /// # Errors
    /// If the node is of another tape, or from before its tape was cleared.
    pub fn matrix(&self, node: impl Into<NodeId>) -> Result<Option<DMatrix<T>>, ShapeError> {
        let matrix = |slot: Slot| {
            let [rows, columns] = slot.shape();
            DMatrix::from_column_slice(rows, columns, &self.adjoints[slot.range()])
        };
        Ok(self.slot(node.into())?.map(matrix))
    }

    fn slot(&self, node: NodeId) -> Result<Option<Slot>, ShapeError> {
        Ok(self.places.get(self.record.place(node)?).copied().flatten())
    }
}
