//! Y = Aᵀ. Ā += Ȳᵀ.

#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use std::sync::Arc;
use tensor::{Dual, Scalar};

/// The shape of A.
#[derive(Clone, Copy, Debug)]
struct Transpose {
    rows: usize,
    columns: usize,
}

impl<T: Scalar> Operation<T> for Transpose {
    fn name(&self) -> &'static str {
        "transpose"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        let (a, Transpose { rows, columns }) = (operands.get(0), *self);
        for (i, y) in result.iter_mut().enumerate() {
            *y = a[i / columns + rows * (i % columns)];
        }
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (upstream, Transpose { rows, columns }) = (pass.upstream(), *self);
        for (i, d) in pass.derivative(0).iter_mut().enumerate() {
            *d += upstream[i / rows + columns * (i % rows)];
        }
    }
    fn cost(&self, _wanted: &[bool]) -> Cost {
        Cost { forward: 0, backward: (self.rows * self.columns) as u64 }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(operands[0].transpose())
    }
    fn pull_formula(&self, _i: usize, upstream: &Formula, _operands: &[Formula], _result: &Formula) -> Option<Formula> {
        Some(upstream.transpose())
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// Aᵀ.
    #[must_use]
    pub fn transpose(self) -> Var<'t, T, C, R> {
        Var::of(self.dynamic().transpose())
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// Aᵀ.
    ///
    /// # Errors
    /// If the tape has no room for it.
    pub fn transpose(self) -> Result<Self, ShapeError> {
        let [rows, columns] = self.shape();
        self.apply(Transpose { rows, columns }, [], [columns, rows])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-9, |at| {
        let a = at.draw::<2, 3>("A", -2.0..2.0);
        at.project(a.transpose())
    })]
}
