//! y = ‖A‖² = Σᵢⱼ Aᵢⱼ². Ā += 2ȳ·A.

#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use std::sync::Arc;
use tensor::kernels::{ENTRY, in_threads, sum_of_squares};
use tensor::{Dual, Scalar};

/// The number of entries.
#[derive(Clone, Copy, Debug)]
struct NormSquared(usize);

impl<T: Scalar> Operation<T> for NormSquared {
    fn name(&self) -> &'static str {
        "norm_squared"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        result[0] = sum_of_squares(operands.get(0));
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (a, twice) = (pass.operand(0), T::from_f64(2.0) * pass.upstream()[0]);
        in_threads(pass.derivative(0), 1, ENTRY, |start, d| {
            for (d, &a) in d.iter_mut().zip(&a[start..]) {
                *d += twice * a;
            }
        });
    }
    fn cost(&self, _wanted: &[bool]) -> Cost {
        let n = self.0 as u64;
        Cost { forward: 2 * n, backward: 2 * n + 1 }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(operands[0].norm_squared())
    }
    fn pull_formula(&self, _i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        Some(&upstream.scale(2.0) * &operands[0].transpose())
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// The sum of the squares of all entries.
    #[must_use]
    pub fn norm_squared(self) -> Var<'t, T, 1, 1> {
        Var::of(self.dynamic().norm_squared())
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// The sum of the squares of all entries.
    ///
    /// # Errors
    /// If the tape has no room for it.
    pub fn norm_squared(self) -> Result<Self, ShapeError> {
        let [rows, columns] = self.shape();
        self.apply(NormSquared(rows * columns), [], [1, 1])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-9, |at| {
        let a = at.draw::<2, 3>("A", -2.0..2.0);
        a.norm_squared()
    })]
}
