//! Recording: every value and every operation on values is written down.

use crate::derivatives::{Derivatives, Plan};
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::fuse::fuse;
use crate::operation::Operation;
use crate::program::Program;
use crate::record::{Leaf, NodeId, Record, Source};
use crate::var::{Handle, Var};
use nalgebra::{DMatrix, SMatrix};
use std::cell::RefCell;
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
///
/// Sizes that are known at run time only go through the other door: [`dyn_parameter`](Self::dyn_parameter) and its like
/// give a [`DynVar`].
pub struct Tape<T> {
    pub(crate) record: RefCell<Record<T>>,
    /// What [`backward`](Tape::backward) finds out before it computes.
    plan: RefCell<Plan>,
}

impl<T: Scalar> Default for Tape<T> {
    fn default() -> Self {
        Tape { record: RefCell::default(), plan: RefCell::default() }
    }
}

/// What a tape of nearly 2³² numbers says.
#[cold]
#[track_caller]
pub(crate) fn refuse(error: &ShapeError) -> ! {
    panic!("{error}")
}

impl<T: Scalar> Tape<T> {
    /// An empty tape.
    pub fn new() -> Self {
        Tape::default()
    }

    #[cfg(test)]
    pub(crate) fn of(record: Record<T>) -> Self {
        Tape { record: RefCell::new(record), plan: RefCell::default() }
    }

    /// A value to be trained: derivatives are computed by it, on the tape and in programs. Two nodes may have the same
    /// name; what is printed then has their numbers behind it.
    pub fn parameter<const R: usize, const C: usize>(&self, name: &str, value: SMatrix<T, R, C>) -> Var<'_, T, R, C> {
        Var::of(self.leaf(Some(name), Leaf::Parameter, Some(value.as_slice()), [R, C]))
    }
    /// A value that is given: [`backward`](Self::backward) differentiates by it, a [`program`](Self::program) does not.
    pub fn input<const R: usize, const C: usize>(&self, name: &str, value: SMatrix<T, R, C>) -> Var<'_, T, R, C> {
        Var::of(self.leaf(Some(name), Leaf::Input, Some(value.as_slice()), [R, C]))
    }
    /// A value that never changes: no derivative is computed by it.
    pub fn constant<const R: usize, const C: usize>(&self, value: SMatrix<T, R, C>) -> Var<'_, T, R, C> {
        Var::of(self.leaf(None, Leaf::Constant, Some(value.as_slice()), [R, C]))
    }
    /// A parameter of zeros, to be filled in a program: however large, it never lies on the stack.
    pub fn zero_parameter<const R: usize, const C: usize>(&self, name: &str) -> Var<'_, T, R, C> {
        Var::of(self.leaf(Some(name), Leaf::Parameter, None, [R, C]))
    }
    /// An input of zeros, to be filled in a program: however large, it never lies on the stack.
    pub fn zero_input<const R: usize, const C: usize>(&self, name: &str) -> Var<'_, T, R, C> {
        Var::of(self.leaf(Some(name), Leaf::Input, None, [R, C]))
    }

    /// A parameter whose shape is known at run time.
    ///
    /// # Errors
    /// If the tape has no room for it.
    pub fn dyn_parameter(&self, name: &str, value: &DMatrix<T>) -> Result<DynVar<'_, T>, ShapeError> {
        self.leaf(Some(name), Leaf::Parameter, Some(value.as_slice()), [value.nrows(), value.ncols()])
    }
    /// An input whose shape is known at run time.
    ///
    /// # Errors
    /// If the tape has no room for it.
    pub fn dyn_input(&self, name: &str, value: &DMatrix<T>) -> Result<DynVar<'_, T>, ShapeError> {
        self.leaf(Some(name), Leaf::Input, Some(value.as_slice()), [value.nrows(), value.ncols()])
    }
    /// A constant whose shape is known at run time.
    ///
    /// # Errors
    /// If the tape has no room for it.
    pub fn dyn_constant(&self, value: &DMatrix<T>) -> Result<DynVar<'_, T>, ShapeError> {
        self.leaf(None, Leaf::Constant, Some(value.as_slice()), [value.nrows(), value.ncols()])
    }

    fn leaf(
        &self,
        name: Option<&str>,
        leaf: Leaf,
        value: Option<&[T]>,
        shape: [usize; 2],
    ) -> Result<DynVar<'_, T>, ShapeError> {
        let index = self.record.borrow_mut().push_leaf(name, leaf, value, shape)?;
        Ok(DynVar::new(self, index, shape))
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
        Var::of(self.dyn_apply(operation, operands, [R, C]))
    }

    /// Records `operation` applied to `operands`, evaluates it, and returns the result of `shape`.
    ///
    /// # Errors
    /// If an operand is not a node of this tape, or there is no room for the result.
    pub fn dyn_apply(
        &self,
        operation: impl Operation<T> + 'static,
        operands: &[NodeId],
        shape: [usize; 2],
    ) -> Result<DynVar<'_, T>, ShapeError> {
        let id = self.record.borrow().nodes.id;
        let operands = operands.iter().map(|&operand| id.place(operand)).collect::<Result<Vec<_>, _>>()?;
        self.push(operation, &operands, shape)
    }

    /// As [`dyn_apply`](Self::dyn_apply), for places of nodes of this tape.
    pub(crate) fn push<O: Operation<T>>(
        &self,
        operation: O,
        operands: &[usize],
        shape: [usize; 2],
    ) -> Result<DynVar<'_, T>, ShapeError> {
        let mut record = self.record.borrow_mut();
        if !record.nodes.next().source.set_operation(operation) {
            record.nodes.change_next();
        }
        Ok(DynVar::new(self, record.push_result(operands, shape)?, shape))
    }

    /// The derivatives of `loss` by every parameter and input, and by every node between them and the loss. The tape
    /// is not changed: two calls do not add up.
    ///
    /// In lanes, the derivative of each lane's loss.
    ///
    /// # Panics
    /// If the loss is of another tape.
    pub fn backward(&self, loss: Var<'_, T, 1, 1>) -> Derivatives<T> {
        let loss = self.place(loss);
        let record = self.record.borrow();
        let mut plan = self.plan.borrow_mut();
        plan.set(&record.nodes, loss);
        plan.run(&record.nodes, &record.values)
    }

    /// The computation of `loss`, to be replayed with other values without allocating. It differentiates by
    /// parameters only.
    ///
    /// Operations that were recorded one after the other are replayed as one where that is faster; see
    /// [`ops`](crate::ops#fusion). So a result without a name may have no value of its own in the program.
    ///
    /// # Panics
    /// If the loss is of another tape.
    pub fn program(&self, loss: Var<'_, T, 1, 1>) -> Program<T> {
        let loss = self.place(loss);
        let Record { nodes, values } = &*self.record.borrow();
        let mut nodes = nodes.current();
        fuse(&mut nodes, loss);
        Program::new(nodes, values, loss)
    }

    /// As [`program`](Self::program), but every operation is replayed as it was recorded, and every result has its value.
    ///
    /// # Panics
    /// If the loss is of another tape.
    pub fn program_by_parts(&self, loss: Var<'_, T, 1, 1>) -> Program<T> {
        let loss = self.place(loss);
        let Record { nodes, values } = &*self.record.borrow();
        Program::new(nodes.current(), values, loss)
    }

    /// As [`program_by_parts`](Self::program_by_parts), but with `node` as a parameter of its own, whatever it was computed from: to set
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
    ///
    /// # Panics
    /// If the node or the loss is of another tape, or from before this one was cleared.
    pub fn program_from(&self, node: impl Into<NodeId>, loss: Var<'_, T, 1, 1>) -> Program<T> {
        let loss = self.place(loss);
        let Record { nodes, values } = &*self.record.borrow();
        let place = nodes.id.place(node.into()).unwrap_or_else(|error| refuse(&error));
        let mut nodes = nodes.current();
        nodes.set_source(place, Source::Leaf(Leaf::Parameter));
        Program::new(nodes, values, loss)
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
    /// If the handle is of another tape, or from before this one was cleared.
    pub fn var<const R: usize, const C: usize>(&self, handle: Handle<R, C>) -> Var<'_, T, R, C> {
        Var::of(self.dyn_var(handle))
    }

    /// The node of a handle, or of the number of a node.
    ///
    /// # Errors
    /// If it is of another tape, or from before this one was cleared.
    pub fn dyn_var(&self, node: impl Into<NodeId>) -> Result<DynVar<'_, T>, ShapeError> {
        let nodes = &self.record.borrow().nodes;
        let index = nodes.id.place(node.into())?;
        Ok(DynVar::new(self, index, nodes[index].slot.shape()))
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
    /// the compiler sees to, and its handles are refused from now on. The same computation recorded anew allocates
    /// nothing, unless a program was made of it, and [`backward`](Self::backward) one block, the derivatives, if it is of
    /// the same loss as before.
    pub fn clear(&mut self) {
        let record = self.record.get_mut();
        record.nodes.clear();
        record.values.clear();
    }

    /// The place of a node of this tape.
    ///
    /// # Panics
    /// If it is of another one.
    #[track_caller]
    pub(crate) fn place<const R: usize, const C: usize>(&self, var: Var<'_, T, R, C>) -> usize {
        self.record.borrow().nodes.id.place(var.id()).unwrap_or_else(|error| refuse(&error))
    }
}
