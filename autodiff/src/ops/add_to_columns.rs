//! Y = A + b·1ᵀ: the column b is added to every column of A. Ā += Ȳ, b̄ += Ȳ·1.

#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::tape::Var;
use std::sync::Arc;
use tensor::kernels::{ENTRY, add_row_sums, in_threads};
use tensor::{Dual, Scalar};

/// A of R×C, b of R×1.
#[derive(Clone, Copy, Debug)]
struct AddToColumns<const R: usize, const C: usize>;

impl<T: Scalar, const R: usize, const C: usize> Operation<T> for AddToColumns<R, C> {
    fn name(&self) -> &'static str {
        "add_to_columns"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        let (a, b) = (operands.get(0), operands.get(1));
        in_threads(&mut result, R, ENTRY, |start, result| {
            for (y, a) in result.chunks_exact_mut(R).zip(a[start..].chunks_exact(R)) {
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
        let n = (R * C) as u64;
        Cost { forward: n, backward: n * (u64::from(wanted[0]) + u64::from(wanted[1])) }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(&operands[0] + &(&operands[1] * &Formula::ones(1, C)))
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, _operands: &[Formula], _result: &Formula) -> Option<Formula> {
        Some(if i == 0 { upstream.clone() } else { &Formula::ones(1, C) * upstream })
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// A + b·1ᵀ: b added to every column, as a bias is to every sample.
    #[must_use]
    pub fn add_to_columns(self, b: Var<'t, T, R, 1>) -> Var<'t, T, R, C> {
        self.tape().apply(AddToColumns::<R, C>, &self.with(b))
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
