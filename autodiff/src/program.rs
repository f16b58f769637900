//! Replaying a recorded computation with other values.

use crate::arena::Arena;
use crate::derivatives::{Differentiation, ancestors, operation};
use crate::operation::{Cost, DifferenceCost, Operands, Output};
use crate::tape::{Handle, Leaf, Node, NodeId, Source};
use nalgebra::SMatrix;
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
    nodes: Vec<Node<T>>,
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
    pub(crate) fn new(nodes: Vec<Node<T>>, values: Arena<T>, loss: usize) -> Self {
        let differentiation = Differentiation::new(&nodes, loss, |leaf| leaf == Leaf::Parameter);
        let needed = ancestors(&nodes, loss);
        let steps = (0..=loss).filter(|&i| needed[i] && matches!(nodes[i].source, Source::Operation(_)));
        Program {
            steps: steps.collect(),
            adjoints: Arena::zeros(values.len()),
            values,
            of_parameters: differentiation.ranges(&nodes, |source| matches!(source, Source::Leaf(Leaf::Parameter))),
            of_results: differentiation.ranges(&nodes, |source| matches!(source, Source::Operation(_))),
            differentiation,
            nodes,
            loss,
        }
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

    /// The entries of a node, column by column.
    #[inline]
    pub fn entries(&self, node: impl Into<NodeId>) -> &[T] {
        &self.values[self.nodes[node.into().0].slot.range()]
    }
    /// The entries of a parameter or an input, to be written.
    ///
    /// # Panics
    /// If the node is the result of an operation, which would be overwritten.
    #[inline]
    pub fn entries_mut(&mut self, leaf: impl Into<NodeId>) -> &mut [T] {
        let range = self.leaf(leaf.into());
        &mut self.values[range]
    }
    /// The entries of several parameters or inputs, to be written.
    ///
    /// # Panics
    /// If a node is the result of an operation, or two are the same.
    #[inline]
    pub fn several_mut<const N: usize>(&mut self, leaves: [NodeId; N]) -> [&mut [T]; N] {
        let ranges = leaves.map(|leaf| self.leaf(leaf));
        self.values.get_disjoint_mut(ranges).expect("the leaves are different nodes")
    }
    /// Where the entries of a leaf are.
    #[inline]
    fn leaf(&self, leaf: NodeId) -> Range<usize> {
        let node = &self.nodes[leaf.0];
        assert!(!matches!(node.source, Source::Operation(_)), "only parameters and inputs can be set");
        node.slot.range()
    }
    /// The entries of ∂ℓ/∂node, column by column, or None if programs do not compute it.
    #[inline]
    pub fn derivative_entries(&self, node: impl Into<NodeId>) -> Option<&[T]> {
        let i = node.into().0;
        self.differentiation.wants(i).then(|| &self.adjoints[self.nodes[i].slot.range()])
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
            let (slot, step) = operation(&nodes[i]);
            let (below, above) = values.split_at_mut(slot.offset());
            step.operation.forward(Operands { values: below, slots: &step.slots }, Output::at(slot, above));
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
    /// If `parameter` is not a parameter the loss depends on.
    #[inline]
    pub fn update(&mut self, parameter: impl Into<NodeId>, rule: impl FnOnce(&mut [T], &[T])) {
        let i = parameter.into().0;
        let node = &self.nodes[i];
        let trained = matches!(node.source, Source::Leaf(Leaf::Parameter)) && self.differentiation.wants(i);
        assert!(trained, "only parameters that the loss depends on are updated");
        let range = node.slot.range();
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

    /// Floating-point operations of one forward and one backward pass.
    pub fn cost(&self) -> Cost {
        let cost = |i: usize, wanted: &[bool]| operation(&self.nodes[i]).1.operation.cost(wanted);
        let operands = |i: usize| operation(&self.nodes[i]).1.operands.len();
        let forward = self.steps.iter().map(|&i| cost(i, &vec![false; operands(i)]).forward).sum();
        let backward = self.differentiation.steps().map(|(i, wanted)| cost(i, wanted).backward).sum();
        Cost { forward, backward }
    }

    /// The cost of the derivative by every entry of `node` as central differences, two forward passes for each.
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
        let passes = 2 * self.nodes[node.into().0].slot.range().len() as u64;
        DifferenceCost { passes, operations: passes * self.cost().forward }
    }

    /// On which side of each kink the values of the last [`forward`](Self::forward) are.
    pub fn sides(&self) -> Vec<i8> {
        let mut sides = Vec::new();
        for &i in &self.steps {
            let (_, step) = operation(&self.nodes[i]);
            step.operation.sides(Operands { values: &self.values, slots: &step.slots }, &mut sides);
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
        let nodes = self.nodes.iter().map(Node::lift).collect();
        let values: Vec<_> = self.values.iter().map(|&value| Dual::constant(value)).collect();
        Program::new(nodes, Arena::of(&values), self.loss)
    }
}
