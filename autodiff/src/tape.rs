//! Recording: variables are handles into an arena, and every operation on them is written down.

use crate::arena::{Arena, stride};
use crate::derivatives::{Derivatives, Plan};
use crate::operation::{Operands, Operation, Output, Slot};
use crate::program::Program;
use nalgebra::SMatrix;
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use tensor::Scalar;

/// The record of a computation: every value, and the operation it came from, in the order of evaluation.
///
/// ```
/// use autodiff::{SMatrix, Tape};
///
/// let tape = Tape::new();
/// let w = tape.parameter("w", SMatrix::<f64, 1, 2>::new(3.0, 4.0));
/// let x = tape.input("x", SMatrix::<f64, 2, 1>::new(1.0, 2.0));
/// let y = (w * x).named("y");
/// assert_eq!(y.scalar(), 11.0);
/// let d = tape.backward(y);
/// assert_eq!(d.of(w), SMatrix::<f64, 1, 2>::new(1.0, 2.0));
/// assert_eq!(d.of(x), SMatrix::<f64, 2, 1>::new(3.0, 4.0));
/// ```
#[derive(Default)]
pub struct Tape<T> {
    record: RefCell<Record<T>>,
    /// What [`backward`](Tape::backward) finds out before it computes.
    plan: RefCell<Plan>,
}

/// What a tape holds: nodes in topological order, and one arena with all their values.
#[derive(Default)]
pub(crate) struct Record<T> {
    pub nodes: Nodes<T>,
    pub values: Arena<T>,
}

/// The nodes of a tape. Those that are forgotten stay behind the others, for the same computation recorded anew finds
/// all but its values in them.
#[derive(Default)]
pub(crate) struct Nodes<T> {
    memory: Vec<Node<T>>,
    len: usize,
    /// How many nodes fit together, from the first on: the operands of each, and their places, are among those before it.
    known: usize,
    /// How often a node became one of another kind, shape or place, or with other operands.
    changes: u64,
}

impl<T> Nodes<T> {
    /// The nodes, and the one to be made the next of them by [`add`](Self::add), as it was before.
    ///
    /// Who changes more of it than its name, its value and its operation [says so](Self::change_next) first.
    #[inline]
    fn with_next(&mut self) -> (&[Node<T>], &mut Node<T>) {
        if self.memory.len() == self.len {
            self.memory.push(Node {
                name: Name::default(),
                source: Source::Leaf(Leaf::Constant),
                slot: Slot::default(),
            });
        }
        let (nodes, rest) = self.memory.split_at_mut(self.len);
        (nodes, &mut rest[0])
    }
    /// Whether the next node, and all before it, fit together as they are.
    #[inline]
    fn knows_next(&self, is_same: impl FnOnce(&Node<T>) -> bool) -> bool {
        self.len < self.known && is_same(&self.memory[self.len])
    }
    /// The next node becomes another, and those that come after it may have been applied to it.
    fn change_next(&mut self) {
        self.known = self.known.min(self.len);
        self.changes += 1;
    }
    /// Adds the next node, and gives its index.
    #[inline]
    fn add(&mut self) -> usize {
        self.len += 1;
        self.len - 1
    }
    /// Forgets all.
    fn clear(&mut self) {
        self.known = self.known.max(self.len);
        self.len = 0;
    }
    /// The same number as before says that every node is of the kind it was, with the same operands, at the same place.
    /// Its operation may be another of the same size.
    pub fn changes(&self) -> u64 {
        self.changes
    }
}

impl<T> Deref for Nodes<T> {
    type Target = [Node<T>];
    fn deref(&self) -> &[Node<T>] {
        &self.memory[..self.len]
    }
}
impl<T> DerefMut for Nodes<T> {
    fn deref_mut(&mut self) -> &mut [Node<T>] {
        &mut self.memory[..self.len]
    }
}

#[derive(Clone)]
pub(crate) struct Node<T> {
    pub name: Name,
    pub source: Source<T>,
    pub slot: Slot,
}

/// The name of a node, if it has one of its own. The memory for its letters outlives it.
#[derive(Clone, Default)]
pub(crate) struct Name {
    letters: String,
    is_given: bool,
}

impl Name {
    pub fn get(&self) -> Option<&str> {
        self.is_given.then_some(self.letters.as_str())
    }
    #[inline]
    fn set(&mut self, name: Option<&str>) {
        self.is_given = name.is_some();
        self.letters.clear();
        self.letters.push_str(name.unwrap_or_default());
    }
}

/// A place for a new node, in whole cache lines. It holds anything but what fills up the last line of the value, which is
/// zero: optimizers see it.
fn place<T: Scalar>(values: &mut Arena<T>, [rows, columns]: [usize; 2], kept: usize) -> Slot {
    let offset = values.len();
    let len = rows.checked_mul(columns).expect("a matrix of so many entries fits nowhere");
    let kept_from = len.next_multiple_of(stride::<T>());
    values.grow(kept_from + kept.next_multiple_of(stride::<T>()));
    values[offset + len..offset + kept_from].fill(T::zero());
    Slot::new(offset, [rows, columns], kept, kept_from)
}

/// Where the value of a node comes from.
#[derive(Clone)]
pub(crate) enum Source<T> {
    Leaf(Leaf),
    Operation(Step<T>),
}

/// What a value is that comes from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaf {
    Parameter,
    Input,
    Constant,
}

impl<T: Scalar> Source<T> {
    /// Makes it `operation`, in the memory of the one that was there if that was of the same kind and is in no program.
    /// Returns whether it was an operation.
    fn set_operation<O: Operation<T>>(&mut self, operation: O) -> bool {
        let Source::Operation(step) = self else {
            let step = Step { operation: Arc::new(operation), operands: Vec::new(), slots: Vec::new() };
            *self = Source::Operation(step);
            return false;
        };
        let before = Arc::get_mut(&mut step.operation).and_then(|before| (before as &mut dyn Any).downcast_mut::<O>());
        match before {
            Some(before) => *before = operation,
            None => step.operation = Arc::new(operation),
        }
        true
    }
}

/// An operation applied to earlier nodes.
#[derive(Clone)]
pub(crate) struct Step<T> {
    pub operation: Arc<dyn Operation<T>>,
    /// Indices of the nodes it is applied to.
    pub operands: Vec<usize>,
    /// Where these lie in the arena.
    pub slots: Vec<Slot>,
}

/// A node of a tape, an R×C matrix: what expressions are written with.
pub struct Var<'t, T, const R: usize, const C: usize> {
    tape: &'t Tape<T>,
    index: usize,
}

impl<T, const R: usize, const C: usize> Clone for Var<'_, T, R, C> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, const R: usize, const C: usize> Copy for Var<'_, T, R, C> {}

impl<T: Scalar, const R: usize, const C: usize> fmt::Debug for Var<'_, T, R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {R}×{C}", self.tape.label(self.index))
    }
}

/// A [`Var`] without its tape: finds the same node in a [`Program`] made from the tape, and still knows its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle<const R: usize, const C: usize> {
    index: usize,
}

/// A node of a tape by its place in the order of recording, for code that does not know the node's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) usize);

impl NodeId {
    /// The place in the order of recording, from 0.
    pub fn index(self) -> usize {
        self.0
    }
}

impl<const R: usize, const C: usize> From<Handle<R, C>> for NodeId {
    fn from(handle: Handle<R, C>) -> NodeId {
        NodeId(handle.index)
    }
}
impl<T, const R: usize, const C: usize> From<Var<'_, T, R, C>> for NodeId {
    fn from(var: Var<'_, T, R, C>) -> NodeId {
        NodeId(var.index)
    }
}

impl<T: Scalar> Tape<T> {
    /// An empty tape.
    pub fn new() -> Self {
        Tape::default()
    }

    /// A value to be trained: derivatives are computed by it, on the tape and in programs.
    pub fn parameter<const R: usize, const C: usize>(&self, name: &str, value: SMatrix<T, R, C>) -> Var<'_, T, R, C> {
        self.leaf(Some(name), Leaf::Parameter, Some(value.as_slice()))
    }
    /// A value that is given: [`backward`](Self::backward) differentiates by it, a [`program`](Self::program) does not.
    pub fn input<const R: usize, const C: usize>(&self, name: &str, value: SMatrix<T, R, C>) -> Var<'_, T, R, C> {
        self.leaf(Some(name), Leaf::Input, Some(value.as_slice()))
    }
    /// A value that never changes: no derivative is computed by it.
    pub fn constant<const R: usize, const C: usize>(&self, value: SMatrix<T, R, C>) -> Var<'_, T, R, C> {
        self.leaf(None, Leaf::Constant, Some(value.as_slice()))
    }
    /// A parameter of zeros, to be filled in a program: however large, it never lies on the stack.
    pub fn zero_parameter<const R: usize, const C: usize>(&self, name: &str) -> Var<'_, T, R, C> {
        self.leaf(Some(name), Leaf::Parameter, None)
    }
    /// An input of zeros, to be filled in a program: however large, it never lies on the stack.
    pub fn zero_input<const R: usize, const C: usize>(&self, name: &str) -> Var<'_, T, R, C> {
        self.leaf(Some(name), Leaf::Input, None)
    }

    /// A leaf of zeros if it is given no value.
    fn leaf<const R: usize, const C: usize>(
        &self,
        name: Option<&str>,
        leaf: Leaf,
        value: Option<&[T]>,
    ) -> Var<'_, T, R, C> {
        Var { tape: self, index: self.push_leaf(name, leaf, value, [R, C]) }
    }

    // What is not generic over sizes is compiled once.
    fn push_leaf(&self, name: Option<&str>, leaf: Leaf, value: Option<&[T]>, shape: [usize; 2]) -> usize {
        let Record { nodes, values } = &mut *self.record.borrow_mut();
        let was_leaf = |source: &Source<T>| matches!(source, Source::Leaf(before) if *before == leaf);
        let is_known = nodes.knows_next(|node| was_leaf(&node.source) && node.slot.is_of(shape, 0));
        if !is_known {
            nodes.change_next();
        }
        let (_, node) = nodes.with_next();
        node.name.set(name);
        if is_known {
            values.grow(node.slot.room(stride::<T>()));
        } else {
            (node.source, node.slot) = (Source::Leaf(leaf), place(values, shape, 0));
        }
        let entries = &mut values[node.slot.range()];
        match value {
            Some(value) => entries.copy_from_slice(value),
            None => entries.fill(T::zero()),
        }
        nodes.add()
    }

    /// Records `operation` applied to `operands`, evaluates it, and returns the result. Operations of your own start
    /// here; see [`Operation`].
    ///
    /// # Panics
    /// If an operand is not a node of this tape.
    pub fn apply<const R: usize, const C: usize>(
        &self,
        operation: impl Operation<T> + 'static,
        operands: &[NodeId],
    ) -> Var<'_, T, R, C> {
        {
            let nodes = &mut self.record.borrow_mut().nodes;
            if !nodes.with_next().1.source.set_operation(operation) {
                nodes.change_next();
            }
        }
        Var { tape: self, index: self.push(operands, [R, C]) }
    }

    /// Adds the next node, whose operation is set.
    fn push(&self, operands: &[NodeId], shape: [usize; 2]) -> usize {
        let Record { nodes, values } = &mut *self.record.borrow_mut();
        let is_known = nodes.knows_next(|node| match &node.source {
            Source::Leaf(_) => false,
            Source::Operation(step) => {
                let has_operands = step.operands.iter().eq(operands.iter().map(|id| &id.0));
                has_operands && node.slot.is_of(shape, step.operation.kept())
            }
        });
        if !is_known {
            nodes.change_next();
        }
        let (earlier, Node { name, source: Source::Operation(step), slot }) = nodes.with_next() else {
            unreachable!("its operation is set")
        };
        name.set(None);
        if is_known {
            values.grow(slot.room(stride::<T>()));
        } else {
            *slot = place(values, shape, step.operation.kept());
            step.operands.clear();
            step.operands.extend(operands.iter().map(|id| id.0));
            step.slots.clear();
            step.slots.extend(operands.iter().map(|id| earlier[id.0].slot));
        }
        let (below, above) = values.split_at_mut(slot.offset());
        step.operation.forward(Operands { values: below, slots: &step.slots }, Output::at(slot, above));
        nodes.add()
    }

    /// The derivatives of `loss` by every parameter and input, and by every node between them and the loss. The tape
    /// is not changed: two calls do not add up.
    ///
    /// In lanes, the derivative of each lane's loss.
    pub fn backward(&self, loss: Var<'_, T, 1, 1>) -> Derivatives<T> {
        self.owns(loss);
        let record = self.record.borrow();
        let mut plan = self.plan.borrow_mut();
        plan.set(&record.nodes, loss.index);
        plan.run(&record.nodes, &record.values)
    }

    /// The computation of `loss`, to be replayed with other values without allocating. It differentiates by
    /// parameters only.
    pub fn program(&self, loss: Var<'_, T, 1, 1>) -> Program<T> {
        self.owns(loss);
        let Record { nodes, values } = &*self.record.borrow();
        Program::new(nodes.to_vec(), values.clone(), loss.index)
    }

    /// As [`program`](Self::program), but with `node` as a parameter of its own, whatever it was computed from: to set
    /// a node in the middle and see what becomes of the loss while everything that does not come after it is held.
    ///
    /// ```
    /// # use autodiff::{SMatrix, Tape};
    /// let tape = Tape::new();
    /// let x = tape.parameter("x", SMatrix::<f64, 1, 1>::new(3.0));
    /// let y = x * x;
    /// let mut program = tape.program_from(y, y * x);
    /// program.set(y.handle(), SMatrix::<f64, 1, 1>::new(10.0));
    /// program.forward();
    /// assert_eq!(program.loss(), 30.0); // x is held at 3
    /// ```
    pub fn program_from(&self, node: impl Into<NodeId>, loss: Var<'_, T, 1, 1>) -> Program<T> {
        self.owns(loss);
        let Record { nodes, values } = &*self.record.borrow();
        let mut nodes = nodes.to_vec();
        nodes[node.into().0].source = Source::Leaf(Leaf::Parameter);
        Program::new(nodes, values.clone(), loss.index)
    }

    /// The node of a handle. A [`Var`] borrows its tape; a handle can be kept beside the tape.
    ///
    /// ```
    /// # use autodiff::{SMatrix, Tape};
    /// let tape = Tape::new();
    /// let loss = tape.parameter("w", SMatrix::<f64, 1, 1>::new(3.0)).powi(2).handle();
    /// assert_eq!(tape.var(loss).scalar(), 9.0);
    /// ```
    ///
    /// # Panics
    /// If there is no such node here, or it has another shape: then the handle is of another tape.
    pub fn var<const R: usize, const C: usize>(&self, handle: Handle<R, C>) -> Var<'_, T, R, C> {
        let shape = self.record.borrow().nodes.get(handle.index).map(|node| node.slot.shape());
        assert!(shape == Some([R, C]), "{handle:?} is of another tape");
        Var { tape: self, index: handle.index }
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.record.borrow().nodes.len()
    }
    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Forgets everything but keeps the memory, to record anew. The variables of the old record must be gone, which
    /// the compiler sees to. The same computation recorded anew allocates nothing, unless a program was made of it, and
    /// [`backward`](Self::backward) one block, the derivatives, if it is of the same loss as before.
    pub fn clear(&mut self) {
        let record = self.record.get_mut();
        record.nodes.clear();
        record.values.clear();
    }

    /// The name of a node, or its operation with its number.
    pub(crate) fn label(&self, index: usize) -> String {
        self.record.borrow().nodes[index].label(index)
    }

    pub(crate) fn record(&self) -> std::cell::Ref<'_, Record<T>> {
        self.record.borrow()
    }

    pub(crate) fn owns<const R: usize, const C: usize>(&self, var: Var<'_, T, R, C>) {
        assert!(std::ptr::eq(self, var.tape), "{var:?} belongs to another tape");
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// The number of entries.
    pub const LEN: usize = R * C;

    /// The same node under a name of its own.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.tape.record.borrow_mut().nodes[self.index].name.set(Some(name));
        self
    }
    /// The value of the node.
    pub fn value(self) -> SMatrix<T, R, C> {
        let record = self.tape.record.borrow();
        SMatrix::from_column_slice(&record.values[record.nodes[self.index].slot.range()])
    }
    /// The tape the node is on.
    pub fn tape(self) -> &'t Tape<T> {
        self.tape
    }
    /// The node without its tape.
    pub fn handle(self) -> Handle<R, C> {
        Handle { index: self.index }
    }
    /// The node without its tape and shape.
    pub fn id(self) -> NodeId {
        self.into()
    }
    /// Checks that two operands are on the same tape, and gives them as a list.
    pub(crate) fn with<const P: usize, const Q: usize>(self, other: Var<'t, T, P, Q>) -> [NodeId; 2] {
        self.tape.owns(other);
        [self.into(), other.into()]
    }
}

impl<T: Scalar> Var<'_, T, 1, 1> {
    /// The value of a 1×1 node.
    pub fn scalar(self) -> T {
        self.value()[0]
    }
}

impl<T: Scalar> Node<T> {
    /// The name, or the operation with the number of the node.
    pub fn label(&self, index: usize) -> String {
        match (self.name.get(), &self.source) {
            (Some(name), _) => name.to_owned(),
            (None, Source::Operation(step)) => format!("{}#{index}", step.operation.name()),
            (None, _) => format!("constant#{index}"),
        }
    }
}

impl Node<f64> {
    /// The same node of a tape of dual numbers.
    pub fn lift(&self) -> Node<tensor::Dual<f64>> {
        let source = match &self.source {
            Source::Leaf(leaf) => Source::Leaf(*leaf),
            Source::Operation(step) => Source::Operation(Step {
                operation: step.operation.lift(),
                operands: step.operands.clone(),
                slots: step.slots.clone(),
            }),
        };
        Node { name: self.name.clone(), source, slot: self.slot }
    }
}

impl<T, const R: usize, const C: usize> From<Var<'_, T, R, C>> for Handle<R, C> {
    fn from(var: Var<'_, T, R, C>) -> Handle<R, C> {
        Handle { index: var.index }
    }
}
