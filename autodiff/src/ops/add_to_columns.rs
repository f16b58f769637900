//! Y = A + b·1ᵀ: the column b is added to every column of A. Ā += Ȳ, b̄ += Ȳ·1.

#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use std::sync::Arc;
use tensor::kernels::{ENTRY, add_row_sums, in_threads};
use tensor::{Dual, Scalar};

/// A of rows×columns, b of rows×1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddToColumns {
    pub rows: usize,
    pub columns: usize,
}

impl<T: Scalar> Operation<T> for AddToColumns {
    fn name(&self) -> &'static str {
        "add_to_columns"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        let (a, b) = (operands.get(0), operands.get(1));
        if self.rows == 0 {
            return;
        }
        in_threads(&mut result, self.rows, ENTRY, |start, result| {
            for (y, a) in result.chunks_exact_mut(self.rows).zip(a[start..].chunks_exact(self.rows)) {
                for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
                    *y = a + b;
                }
            }
        });
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let upstream = pass.upstream();
        if pass.wants(0) {
            in_threads(pass.derivative(0), 1, ENTRY, |start, d| {
                for (d, &u) in d.iter_mut().zip(&upstream[start..]) {
                    *d += u;
                }
            });
        }
        if pass.wants(1) {
            add_row_sums(upstream, pass.derivative(1));
        }
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let n = (self.rows * self.columns) as u64;
        Cost { forward: n, backward: n * (u64::from(wanted[0]) + u64::from(wanted[1])) }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(&operands[0] + &(&operands[1] * &Formula::ones(1, self.columns)))
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, _operands: &[Formula], _result: &Formula) -> Option<Formula> {
        Some(if i == 0 { upstream.clone() } else { &Formula::ones(1, self.columns) * upstream })
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// A + b·1ᵀ: b added to every column, as a bias is to every sample.
    #[must_use]
    pub fn add_to_columns(self, b: Var<'t, T, R, 1>) -> Var<'t, T, R, C> {
        Var::of(self.dynamic().add_to_columns(b.dynamic()))
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// A + b·1ᵀ: b added to every column, as a bias is to every sample.
    ///
    /// # Errors
    /// If b is not a column with as many rows as A, or the nodes are of two tapes.
    pub fn add_to_columns(self, b: Self) -> Result<Self, ShapeError> {
        let [rows, columns] = self.shape();
        b.must_be("what is added to every column", [rows, 1])?;
        self.apply(AddToColumns { rows, columns }, [b], [rows, columns])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-9, |at| {
        let (a, b) = (at.draw::<2, 3>("A", -2.0..2.0), at.draw("b", -2.0..2.0));
        at.project(a.add_to_columns(b))
    })]
}
