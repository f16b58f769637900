//! The second door: variables whose shapes are known at run time.

use crate::derivatives::Derivatives;
use crate::error::ShapeError;
use crate::explain::Explanation;
use crate::operation::Operation;
use crate::program::Program;
use crate::record::NodeId;
use crate::tape::Tape;
use crate::var::Var;
use nalgebra::DMatrix;
use std::fmt;
use tensor::{Element, Scalar};

/// A node of a tape, a matrix whose shape is known at run time: what expressions are written with where a user chooses
/// the sizes. It is the same node as a [`Var`], on the same tape; a mistake in a shape is an error that names both
/// shapes. Operators give a `Result` as the methods do.
///
/// A matrix may be empty: a sum over nothing is 0.
///
/// ```
/// use autodiff::{ShapeError, Tape};
/// use nalgebra::DMatrix;
///
/// let tape = Tape::new();
/// let w = tape.dyn_parameter("W", &DMatrix::from_row_slice(1, 2, &[3.0, 4.0]))?;
/// let x = tape.dyn_input("x", &DMatrix::from_row_slice(2, 1, &[1.0, 2.0]))?;
/// let loss = w.product(x)?.relu()?.norm_squared()?;
/// let d = loss.backward()?;
/// assert_eq!(d.matrix(w)?.unwrap(), DMatrix::from_row_slice(1, 2, &[22.0, 44.0]));
///
/// let y = tape.dyn_input("y", &DMatrix::zeros(3, 32))?;
/// assert_eq!((w * y).unwrap_err().to_string(), "cannot multiply 1×2 by 3×32");
/// # Ok::<(), ShapeError>(())
/// ```
pub struct DynVar<'t, T> {
    tape: &'t Tape<T>,
    index: u32,
    shape: [u32; 2],
}

impl<T> Clone for DynVar<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for DynVar<'_, T> {}

impl<T: Scalar> fmt::Debug for DynVar<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [rows, columns] = self.shape;
        write!(f, "{}: {rows}×{columns}", self.tape.record.borrow().label(self.index as usize))
    }
}

impl<T: Scalar> From<DynVar<'_, T>> for NodeId {
    fn from(var: DynVar<'_, T>) -> NodeId {
        var.id()
    }
}
impl<'t, T: Scalar, const R: usize, const C: usize> From<Var<'t, T, R, C>> for DynVar<'t, T> {
    fn from(var: Var<'t, T, R, C>) -> Self {
        var.dynamic()
    }
}
impl<'t, T: Scalar, const R: usize, const C: usize> TryFrom<DynVar<'t, T>> for Var<'t, T, R, C> {
    type Error = ShapeError;
    fn try_from(var: DynVar<'t, T>) -> Result<Self, ShapeError> {
        var.typed()
    }
}

impl<'t, T: Scalar> DynVar<'t, T> {
    #[inline]
    pub(crate) fn new(tape: &'t Tape<T>, index: usize, shape: [usize; 2]) -> Self {
        DynVar { tape, index: index as u32, shape: shape.map(|count| count as u32) }
    }
    /// Records an operation on this node and others.
    #[inline]
    pub(crate) fn apply<const N: usize>(
        self,
        operation: impl Operation<T>,
        others: [Self; N],
        shape: [usize; 2],
    ) -> Result<Self, ShapeError> {
        let mut operands = [self.index as usize; 8];
        for (operand, other) in operands[1..].iter_mut().zip(&others) {
            if !std::ptr::eq(self.tape, other.tape) {
                return Err(self.other_tape(*other));
            }
            *operand = other.index as usize;
        }
        self.tape.push(operation, &operands[..=N], shape)
    }
    #[cold]
    fn other_tape(self, other: Self) -> ShapeError {
        let place = self.tape.record.borrow().nodes.id.place(other.id());
        place.expect_err("it is of another tape")
    }
    /// This shape, if the other is the same.
    #[inline]
    pub(crate) fn same_shape(
        self,
        what: &'static str,
        joined: &'static str,
        other: Self,
    ) -> Result<[usize; 2], ShapeError> {
        if self.shape == other.shape {
            return Ok(self.shape());
        }
        Err(ShapeError::Operands { what, joined, left: self.shape(), right: other.shape() })
    }
    /// An error if it has another shape than it must have.
    #[inline]
    pub(crate) fn must_be(self, what: &'static str, expected: [usize; 2]) -> Result<(), ShapeError> {
        if self.shape() == expected {
            return Ok(());
        }
        Err(ShapeError::Expected { what, expected, found: self.shape() })
    }

    /// The same node with its shape as a type.
    ///
    /// # Errors
    /// If it has another shape.
    #[inline]
    pub fn typed<const R: usize, const C: usize>(self) -> Result<Var<'t, T, R, C>, ShapeError> {
        self.must_be("the matrix", [R, C])?;
        Ok(Var::new(self.tape, self.index))
    }
    /// Rows and columns.
    #[inline]
    pub fn shape(self) -> [usize; 2] {
        self.shape.map(|count| count as usize)
    }
    /// The number of entries.
    #[inline]
    pub(crate) fn count(self) -> usize {
        self.shape().iter().product()
    }
    /// The same node under a name of its own.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.tape.record.borrow_mut().nodes.set_name(self.index as usize, name);
        self
    }
    /// The value of the node.
    pub fn value(self) -> DMatrix<T> {
        let [rows, columns] = self.shape();
        self.with_entries(|entries| DMatrix::from_column_slice(rows, columns, entries))
    }
    /// One entry of the value.
    ///
    /// # Errors
    /// If there is no such row or column.
    pub fn entry(self, row: usize, column: usize) -> Result<T, ShapeError> {
        let [rows, columns] = self.shape();
        for (index, len) in [(row, rows), (column, columns)] {
            if index >= len {
                return Err(ShapeError::Entry { index, len });
            }
        }
        Ok(self.with_entries(|entries| entries[row + column * rows]))
    }
    /// The tape the node is on.
    pub fn tape(self) -> &'t Tape<T> {
        self.tape
    }
    /// The node without its tape and shape.
    pub fn id(self) -> NodeId {
        self.tape.record.borrow().nodes.id.node(self.index as usize)
    }

    /// The derivatives of this 1×1 node, as [`Tape::backward`] gives them.
    ///
    /// # Errors
    /// If it is not 1×1.
    pub fn backward(self) -> Result<Derivatives<T>, ShapeError> {
        Ok(self.tape.backward(self.loss()?))
    }
    /// The computation of this 1×1 node, as [`Tape::program`] gives it.
    ///
    /// # Errors
    /// If it is not 1×1.
    pub fn program(self) -> Result<Program<T>, ShapeError> {
        Ok(self.tape.program(self.loss()?))
    }
    fn loss(self) -> Result<Var<'t, T, 1, 1>, ShapeError> {
        self.must_be("the loss", [1, 1])?;
        self.typed()
    }

    pub(crate) fn with_entries<R>(self, read: impl FnOnce(&[T]) -> R) -> R {
        let record = self.tape.record.borrow();
        read(&record.values[record.nodes[self.index as usize].slot.range()])
    }
}

impl<T: Element> DynVar<'_, T> {
    /// The derivative of this 1×1 node by another, taken apart as [`Tape::explain`] does; None if it does not depend on
    /// it.
    ///
    /// # Errors
    /// If it is not 1×1, or the other node is of another tape.
    pub fn explain(self, node: impl Into<NodeId>) -> Result<Option<Explanation>, ShapeError> {
        let node = self.tape.dyn_var(node)?;
        Ok(self.tape.explain(self.loss()?, node))
    }
}
