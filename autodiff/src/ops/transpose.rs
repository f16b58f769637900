//! Y = Aᵀ. Ā += Ȳᵀ.

#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::tape::Var;
use std::sync::Arc;
use tensor::{Dual, Scalar};

/// A of R×C.
#[derive(Clone, Copy, Debug)]
struct Transpose<const R: usize, const C: usize>;

impl<T: Scalar, const R: usize, const C: usize> Operation<T> for Transpose<R, C> {
    fn name(&self) -> &'static str {
        "transpose"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        let a = operands.get(0);
        for (i, y) in result.iter_mut().enumerate() {
            *y = a[i / C + R * (i % C)];
        }
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let upstream = pass.upstream();
        for (i, d) in pass.derivative(0).iter_mut().enumerate() {
            *d += upstream[i / R + C * (i % R)];
        }
    }
    fn cost(&self, _wanted: &[bool]) -> Cost {
        Cost { forward: 0, backward: (R * C) as u64 }
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
        self.tape().apply(Transpose::<R, C>, &[self.id()])
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
