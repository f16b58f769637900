//! Replaying a recorded computation with other values.

use crate::arena::Arena;
use crate::derivatives::{Differentiation, ancestors, step};
use crate::error::ShapeError;
use crate::operation::{Cost, DifferenceCost, Operands, Output, Slot};
use crate::record::{Leaf, NodeId, Nodes, Source};
use crate::tape::refuse;
use crate::var::Handle;
use nalgebra::{DMatrix, SMatrix};
use std::ops::Range;
use tensor::kernels;
use tensor::{Dual, Scalar};

/// A recorded computation that can be run again and again: set leaves, [`forward`](Self::forward),
/// [`backward`](Self::backward). Nothing is allocated after it is made, but for what rayon allocates now and then where
/// large matrices are computed with from outside a thread pool. A clone computes on its own, for instance in
/// another thread.
///
/// ```
/// use autodiff::{SMatrix, Tape};
///
/// let tape = Tape::new();
/// let w = tape.parameter("w", SMatrix::<f64, 1, 1>::new(2.0));
/// let loss = (w * w).named("loss");
/// let (w, mut program) = (w.handle(), tape.program(loss));
/// for _ in 0..100 {
///     program.forward();
///     program.backward();
///     let step = program.derivative(w).unwrap() * 0.1;
///     let moved = program.value(w) - step;
///     program.set(w, moved);
/// }
/// assert!(program.value(w)[0] < 1e-9);
/// ```
#[derive(Clone)]
pub struct Program<T: Scalar> {
    nodes: Nodes<T>,
    values: Arena<T>,
    adjoints: Arena<T>,
    loss: usize,
    /// The operations the loss depends on, in order.
    steps: Vec<usize>,
    differentiation: Differentiation,
    /// Where in `adjoints` the derivatives by parameters lie, and those by results of operations.
    of_parameters: Vec<Range<usize>>,
    of_results: Vec<Range<usize>>,
}

impl<T: Scalar> Program<T> {
    /// Of nodes with these values.
    pub(crate) fn new(mut nodes: Nodes<T>, values: &Arena<T>, loss: usize) -> Self {
        let values = nodes.settle(values).unwrap_or_else(|error| refuse(&error));
        let differentiation = Differentiation::new(&nodes, loss, |leaf| leaf == Leaf::Parameter);
        let needed = ancestors(&nodes, loss);
        let steps = (0..=loss).filter(|&i| needed[i] && matches!(nodes[i].source, Source::Operation(_)));
        let mut program = Program {
            steps: steps.collect(),
            adjoints: Arena::zeros(values.len()),
            values,
            of_parameters: differentiation.ranges(&nodes, |source| source.is(Leaf::Parameter)),
            of_results: differentiation.ranges(&nodes, |source| matches!(source, Source::Operation(_))),
            differentiation,
            nodes,
            loss,
        };
        // What operations keep for the way back was not recorded, or by others.
        program.forward();
        program
    }

    /// Gives a parameter or an input another value; [`forward`](Self::forward) carries it on.
    pub fn set<const R: usize, const C: usize>(&mut self, leaf: Handle<R, C>, value: SMatrix<T, R, C>) {
        self.entries_mut(leaf).copy_from_slice(value.as_slice());
    }
    /// The value of a node, as of the last [`forward`](Self::forward).
    pub fn value<const R: usize, const C: usize>(&self, node: Handle<R, C>) -> SMatrix<T, R, C> {
        SMatrix::from_column_slice(self.entries(node))
    }
    /// ∂ℓ/∂node, as of the last [`backward`](Self::backward), or None if programs do not compute it: the loss does
    /// not depend on the node, or the node does not depend on a parameter.
    pub fn derivative<const R: usize, const C: usize>(&self, node: Handle<R, C>) -> Option<SMatrix<T, R, C>> {
        self.derivative_entries(node).map(SMatrix::from_column_slice)
    }
    /// The value of the loss, as of the last [`forward`](Self::forward).
    #[inline]
    pub fn loss(&self) -> T {
        self.values[self.nodes[self.loss].slot.offset()]
    }

    /// Where the value of a node is.
    #[inline]
    fn slot(&self, node: NodeId) -> Result<Slot, ShapeError> {
        let place = self.nodes.id.place(node)?;
        match self.nodes.get(place) {
            None => Err(ShapeError::Later { node: place, len: self.nodes.len() }),
            Some(node) => match node.source {
                Source::Fused(into) => Err(ShapeError::Fused { node: place, into: into as usize }),
                _ => Ok(node.slot),
            },
        }
    }
    /// Where the entries of a leaf are.
    #[inline]
    fn leaf(&self, leaf: NodeId) -> Result<Slot, ShapeError> {
        let slot = self.slot(leaf)?;
        match self.nodes[leaf.index()].source {
            Source::Leaf(_) => Ok(slot),
            _ => Err(ShapeError::Result { node: leaf.index() }),
        }
    }
    /// The same in few instructions: it is asked in every step.
    #[inline(always)]
    fn leaf_or_refuse(&self, leaf: NodeId) -> Slot {
        match self.nodes.get(leaf.index()) {
            Some(node) if leaf.record == self.nodes.id && matches!(node.source, Source::Leaf(_)) => node.slot,
            _ => self.refuse_leaf(leaf),
        }
    }
    #[cold]
    fn refuse_leaf(&self, leaf: NodeId) -> ! {
        refuse(&self.leaf(leaf).expect_err("a leaf of this program is not refused"))
    }

    /// The entries of a node, column by column, as of the last [`forward`](Self::forward).
    ///
    /// # Panics
    /// If the node is of another tape or from before its tape was cleared, was recorded after the program was made, or
    /// became part of another operation. [`matrix`](Self::matrix) gives an error there.
    #[inline]
    pub fn entries(&self, node: impl Into<NodeId>) -> &[T] {
        &self.values[self.slot(node.into()).unwrap_or_else(|error| refuse(&error)).range()]
    }
    /// The entries of a parameter or an input, to be written.
    ///
    /// # Panics
    /// As [`entries`](Self::entries), or if the node is the result of an operation, which would be overwritten.
    #[inline]
    pub fn entries_mut(&mut self, leaf: impl Into<NodeId>) -> &mut [T] {
        let range = self.leaf_or_refuse(leaf.into()).range();
        &mut self.values[range]
    }
    /// The entries of several inputs, to be written, each with what fills up its last cache line, which holds anything
    /// afterwards: only what an operation reads as an input goes by whole registers.
    ///
    /// # Panics
    /// As [`entries_mut`](Self::entries_mut), or if two are the same node.
    #[inline]
    pub fn padded_mut<const N: usize>(&mut self, leaves: [NodeId; N]) -> [&mut [T]; N] {
        // A loop rather than `map`, which is a call.
        let mut ranges = [const { 0..0 }; N];
        for (i, leaf) in leaves.iter().enumerate() {
            ranges[i] = self.leaf_or_refuse(*leaf).padded::<T>();
        }
        self.values.get_disjoint_mut(ranges).expect("the leaves are different nodes")
    }
    /// The entries of ∂ℓ/∂node, column by column, or None if programs do not compute it.
    ///
    /// # Panics
    /// As [`entries`](Self::entries).
    #[inline]
    pub fn derivative_entries(&self, node: impl Into<NodeId>) -> Option<&[T]> {
        let node = node.into();
        let slot = self.slot(node).unwrap_or_else(|error| refuse(&error));
        self.differentiation.wants(node.index()).then(|| &self.adjoints[slot.range()])
    }

    /// The value of a node whose shape is known at run time, as of the last [`forward`](Self::forward).
    ///
    /// # Errors
    /// If the node is of another tape or from before its tape was cleared, was recorded after the program was made, or
    /// became part of another operation.
    pub fn matrix(&self, node: impl Into<NodeId>) -> Result<DMatrix<T>, ShapeError> {
        let slot = self.slot(node.into())?;
        let [rows, columns] = slot.shape();
        Ok(DMatrix::from_column_slice(rows, columns, &self.values[slot.range()]))
    }
    /// Gives a parameter or an input another value; [`forward`](Self::forward) carries it on.
    ///
    /// # Errors
    /// As [`matrix`](Self::matrix), or if the node is the result of an operation, or the value has another shape.
    pub fn set_matrix(&mut self, leaf: impl Into<NodeId>, value: &DMatrix<T>) -> Result<(), ShapeError> {
        let slot = self.leaf(leaf.into())?;
        let (expected, found) = (slot.shape(), [value.nrows(), value.ncols()]);
        if expected != found {
            return Err(ShapeError::Expected { what: "the value", expected, found });
        }
        self.values[slot.range()].copy_from_slice(value.as_slice());
        Ok(())
    }
    /// ∂ℓ/∂node, as of the last [`backward`](Self::backward), or None if programs do not compute it.
    ///
    /// # Errors
    /// As [`matrix`](Self::matrix).
    pub fn derivative_matrix(&self, node: impl Into<NodeId>) -> Result<Option<DMatrix<T>>, ShapeError> {
        let node = node.into();
        let slot = self.slot(node)?;
        let [rows, columns] = slot.shape();
        let matrix = || DMatrix::from_column_slice(rows, columns, &self.adjoints[slot.range()]);
        Ok(self.differentiation.wants(node.index()).then(matrix))
    }

    /// Computes every value the loss depends on.
    pub fn forward(&mut self) {
        self.run(self.steps.len());
    }

    /// Runs the first of the steps.
    #[inline(always)]
    fn run(&mut self, steps: usize) {
        let (nodes, values) = (&self.nodes, &mut *self.values);
        for &i in &self.steps[..steps] {
            let (slot, operation, slots) = step(nodes, i);
            let (below, above) = values.split_at_mut(slot.offset());
            operation.forward(Operands { values: below, slots }, Output::at(slot, above));
        }
    }

    /// Computes the derivatives of the loss by every parameter, at the values of the last [`forward`](Self::forward).
    pub fn backward(&mut self) {
        self.clear_derivatives();
        self.accumulate();
    }

    /// [`forward`](Self::forward) and [`backward`](Self::backward), which together may take less time. Returns the loss.
    ///
    /// ```
    /// # use autodiff::{SMatrix, Tape};
    /// let tape = Tape::new();
    /// let w = tape.parameter("w", SMatrix::<f64, 1, 1>::new(3.0));
    /// let mut program = tape.program(w * w);
    /// assert_eq!(program.forward_and_backward(), 9.0);
    /// assert_eq!(program.derivative(w.handle()).unwrap()[0], 6.0);
    /// ```
    pub fn forward_and_backward(&mut self) -> T {
        self.clear_derivatives();
        self.forward_and_accumulate()
    }

    /// Sets the derivatives by parameters to zero, before [`accumulate`](Self::accumulate).
    #[inline]
    pub fn clear_derivatives(&mut self) {
        clear(&mut self.adjoints, &self.of_parameters);
    }

    /// As [`backward`](Self::backward), but adds to the derivatives by parameters that are there: a minibatch that is
    /// larger than the program runs in blocks.
    pub fn accumulate(&mut self) {
        self.clear_results();
        self.differentiation.run(&self.nodes, &self.values, &mut self.adjoints);
    }

    /// [`forward`](Self::forward) and [`accumulate`](Self::accumulate), which together may take less time. Returns the
    /// loss.
    pub fn forward_and_accumulate(&mut self) -> T {
        self.run(self.steps.len().saturating_sub(1));
        self.clear_results();
        if !self.differentiation.run_with_loss(&self.nodes, &mut self.values, &mut self.adjoints) {
            self.forward();
            self.accumulate();
        }
        self.loss()
    }

    /// Sets the derivatives by results of operations to zero.
    #[inline(always)]
    fn clear_results(&mut self) {
        clear(&mut self.adjoints, &self.of_results);
    }

    /// Lets an optimizer change a parameter: `rule` is given its entries and their derivatives.
    ///
    /// # Panics
    /// If `parameter` is not a parameter the loss depends on, or not a node of this program.
    #[inline]
    pub fn update(&mut self, parameter: impl Into<NodeId>, rule: impl FnOnce(&mut [T], &[T])) {
        let parameter = parameter.into();
        let range = self.slot(parameter).unwrap_or_else(|error| refuse(&error)).range();
        let i = parameter.index();
        let trained = self.nodes[i].source.is(Leaf::Parameter) && self.differentiation.wants(i);
        assert!(trained, "only parameters that the loss depends on are updated");
        rule(&mut self.values[range.clone()], &self.adjoints[range]);
    }

    /// Lets an optimizer change all parameters the loss depends on: `rule` is given their entries and their derivatives,
    /// parameter after parameter as they were recorded. Parameters that were recorded one after the other come at once,
    /// large ones alone, each filled up with zeros, whose derivatives are zero, to whole vector registers.
    #[inline]
    pub fn update_all(&mut self, mut rule: impl FnMut(&mut [T], &[T])) {
        for range in &self.of_parameters {
            rule(&mut self.values[range.clone()], &self.adjoints[range.clone()]);
        }
    }

    /// The names of the operations of a forward pass, in order: what was recorded, or what rules made of it.
    ///
    /// ```
    /// # use autodiff::{SMatrix, Tape};
    /// let tape = Tape::new();
    /// let w = tape.parameter("W", SMatrix::<f64, 3, 2>::zeros());
    /// let b = tape.parameter("b", SMatrix::<f64, 3, 1>::zeros());
    /// let x = tape.input("x", SMatrix::<f64, 2, 8>::zeros());
    /// let loss = (w * x).add_to_columns(b).tanh().norm_squared();
    /// assert_eq!(tape.program(loss).operations(), ["dense", "norm_squared"]);
    /// assert_eq!(tape.program_by_parts(loss).operations(), ["product", "add_to_columns", "tanh", "norm_squared"]);
    /// ```
    pub fn operations(&self) -> Vec<&'static str> {
        self.steps.iter().map(|&i| step(&self.nodes, i).1.name()).collect()
    }

    /// Floating-point operations of one forward and one backward pass.
    pub fn cost(&self) -> Cost {
        let cost = |i: usize, wanted: &[bool]| step(&self.nodes, i).1.cost(wanted);
        let none = |i: usize| vec![false; step(&self.nodes, i).2.len()];
        let forward = self.steps.iter().map(|&i| cost(i, &none(i)).forward).sum();
        let backward = self.differentiation.steps().map(|(i, wanted)| cost(i, wanted).backward).sum();
        Cost { forward, backward }
    }

    /// The cost of the derivative by every entry of `node` as central differences, two forward passes for each.
    ///
    /// # Panics
    /// As [`entries`](Self::entries).
    ///
    /// ```
    /// # use autodiff::{SMatrix, Tape};
    /// let tape = Tape::new();
    /// let w = tape.parameter("W", SMatrix::<f64, 3, 3>::zeros());
    /// let x = tape.input("x", SMatrix::<f64, 3, 1>::zeros());
    /// let program = tape.program((w * x).sum());
    /// assert_eq!(program.cost().forward, 18 + 3);
    /// let numeric = program.difference_cost(w);
    /// assert_eq!((numeric.passes, numeric.operations), (18, 18 * 21));
    /// ```
    pub fn difference_cost(&self, node: impl Into<NodeId>) -> DifferenceCost {
        let passes = 2 * self.slot(node.into()).unwrap_or_else(|error| refuse(&error)).len() as u64;
        DifferenceCost { passes, operations: passes * self.cost().forward }
    }

    /// What it replays, as if it had been recorded.
    #[cfg(test)]
    pub(crate) fn into_tape(self) -> crate::Tape<T> {
        crate::Tape::of(crate::record::Record { nodes: self.nodes, values: self.values })
    }

    /// On which side of each kink the values of the last [`forward`](Self::forward) are.
    pub fn sides(&self) -> Vec<i8> {
        let mut sides = Vec::new();
        for &i in &self.steps {
            let (_, operation, slots) = step(&self.nodes, i);
            operation.sides(Operands { values: &self.values, slots }, &mut sides);
        }
        sides
    }
}

/// Sets some entries to zero.
#[inline(always)]
fn clear<T: Scalar>(entries: &mut [T], ranges: &[Range<usize>]) {
    for range in ranges {
        kernels::clear(&mut entries[range.clone()]);
    }
}

impl Program<f64> {
    /// The same computation on dual numbers, at the same values with tangents of 0.
    pub fn lift(&self) -> Program<Dual<f64>> {
        let values: Vec<_> = self.values.iter().map(|&value| Dual::constant(value)).collect();
        Program::new(self.nodes.lift(), &Arena::of(&values), self.loss)
    }
}
