//! Y = A + B. Ā += Ȳ, B̄ += Ȳ.

#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use std::ops::Add;
use std::sync::Arc;
use tensor::{Dual, Scalar};
/// The number of entries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum(usize);

impl<T: Scalar> Operation<T> for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        for ((y, &a), &b) in result.iter_mut().zip(operands.get(0)).zip(operands.get(1)) {
            *y = a + b;
        }
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let upstream = pass.upstream();
        if pass.wants(0) {
            for (d, &u) in pass.derivative(0).iter_mut().zip(upstream) {
                *d += u;
            }
        }
        if pass.wants(1) {
            for (d, &u) in pass.derivative(1).iter_mut().zip(upstream) {
                *d += u;
            }
        }
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let n = self.0 as u64;
        Cost { forward: n, backward: n * (u64::from(wanted[0]) + u64::from(wanted[1])) }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(&operands[0] + &operands[1])
    }
    fn pull_formula(&self, _i: usize, upstream: &Formula, _operands: &[Formula], _result: &Formula) -> Option<Formula> {
        Some(upstream.clone())
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Add for Var<'t, T, R, C> {
    type Output = Var<'t, T, R, C>;
    /// A + B.
    fn add(self, other: Self) -> Self {
        Var::of(self.dynamic().add(other.dynamic()))
    }
}
impl<'t, T: Scalar> Add for DynVar<'t, T> {
    type Output = Result<DynVar<'t, T>, ShapeError>;
    /// A + B; an error if the shapes differ, or the nodes are of two tapes.
    fn add(self, other: Self) -> Self::Output {
        let shape = self.same_shape("add", "and", other)?;
        self.apply(Sum(self.count()), [other], shape)
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "anywhere", 1e-9, |at| {
            let (a, b) = (at.draw::<2, 3>("A", -2.0..2.0), at.draw("B", -2.0..2.0));
            at.project(a + b)
        }),
        Row::new(file!(), "of a thing and itself", 1e-9, |at| {
            let a = at.draw::<2, 3>("A", -2.0..2.0);
            at.project(a + a)
        }),
    ]
}
