//! The first door: variables whose shapes are types.

use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::record::NodeId;
use crate::tape::{Tape, refuse};
use nalgebra::SMatrix;
use std::fmt;
use tensor::Scalar;

/// A node of a tape, an R×C matrix: what expressions are written with. A mistake in a shape does not compile, so no
/// method fails, unless two nodes of different tapes meet: that panics, with a sentence.
pub struct Var<'t, T, const R: usize, const C: usize> {
    tape: &'t Tape<T>,
    index: u32,
}

impl<T, const R: usize, const C: usize> Clone for Var<'_, T, R, C> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, const R: usize, const C: usize> Copy for Var<'_, T, R, C> {}

impl<T: Scalar, const R: usize, const C: usize> fmt::Debug for Var<'_, T, R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dynamic().fmt(f)
    }
}

/// A [`Var`] without its tape: finds the same node in a [`Program`](crate::Program) made from the tape, and still knows
/// its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle<const R: usize, const C: usize>(NodeId);

impl<const R: usize, const C: usize> From<Handle<R, C>> for NodeId {
    fn from(handle: Handle<R, C>) -> NodeId {
        handle.0
    }
}
impl<T: Scalar, const R: usize, const C: usize> From<Var<'_, T, R, C>> for NodeId {
    fn from(var: Var<'_, T, R, C>) -> NodeId {
        var.dynamic().id()
    }
}
impl<T: Scalar, const R: usize, const C: usize> From<Var<'_, T, R, C>> for Handle<R, C> {
    fn from(var: Var<'_, T, R, C>) -> Handle<R, C> {
        Handle(var.id())
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// What the second door gave, whose shape the compiler knows.
    ///
    /// # Panics
    /// If it gave an error.
    #[inline]
    #[track_caller]
    pub(crate) fn of(result: Result<DynVar<'t, T>, ShapeError>) -> Self {
        match result.and_then(DynVar::typed) {
            Ok(var) => var,
            Err(error) => refuse(&error),
        }
    }
    #[inline]
    pub(crate) fn new(tape: &'t Tape<T>, index: u32) -> Self {
        Var { tape, index }
    }

    /// The same node with its shape as a value.
    #[inline]
    pub fn dynamic(self) -> DynVar<'t, T> {
        DynVar::new(self.tape, self.index as usize, [R, C])
    }
    /// The same node under a name of its own.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.tape.record.borrow_mut().nodes.set_name(self.index as usize, name);
        self
    }
    /// The value of the node.
    pub fn value(self) -> SMatrix<T, R, C> {
        self.dynamic().with_entries(SMatrix::from_column_slice)
    }
    /// The tape the node is on.
    pub fn tape(self) -> &'t Tape<T> {
        self.tape
    }
    /// The node without its tape.
    pub fn handle(self) -> Handle<R, C> {
        self.into()
    }
    /// The node without its tape and shape.
    pub fn id(self) -> NodeId {
        self.into()
    }
}

impl<T: Scalar> Var<'_, T, 1, 1> {
    /// The value of a 1×1 node.
    pub fn scalar(self) -> T {
        self.value()[0]
    }
}
