//! y = Σᵢⱼ Aᵢⱼ. Ā += ȳ·1·1ᵀ.

#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use std::sync::Arc;
use tensor::kernels;
use tensor::{Dual, Scalar};

/// The number of entries.
#[derive(Clone, Copy, Debug)]
struct Total(usize);

impl<T: Scalar> Operation<T> for Total {
    fn name(&self) -> &'static str {
        "sum"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        result[0] = kernels::sum(operands.get(0));
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let upstream = pass.upstream()[0];
        for d in pass.derivative(0) {
            *d += upstream;
        }
    }
    fn cost(&self, _wanted: &[bool]) -> Cost {
        let n = self.0 as u64;
        Cost { forward: n, backward: n }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(operands[0].total())
    }
    fn pull_formula(&self, _i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        let [rows, columns] = operands[0].shape();
        Some(upstream * &Formula::ones(columns, rows))
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// The sum of all entries.
    #[must_use]
    pub fn sum(self) -> Var<'t, T, 1, 1> {
        Var::of(self.dynamic().sum())
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// The sum of all entries.
    ///
    /// # Errors
    /// If the tape has no room for it.
    pub fn sum(self) -> Result<Self, ShapeError> {
        let [rows, columns] = self.shape();
        self.apply(Total(rows * columns), [], [1, 1])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-9, |at| {
        let a = at.draw::<2, 3>("A", -2.0..2.0);
        a.sum()
    })]
}
