//! Y = c·A for a number c. Ā += c·Ȳ. Negation is the product with −1.

#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use std::ops::{Mul, Neg};
use std::sync::Arc;
use tensor::{Dual, Scalar};

/// The factor, and the number of entries.
#[derive(Clone, Copy, Debug)]
struct Scale {
    factor: f64,
    len: usize,
}

impl<T: Scalar> Operation<T> for Scale {
    fn name(&self) -> &'static str {
        "scale"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        let factor = T::from_f64(self.factor);
        for (y, &a) in result.iter_mut().zip(operands.get(0)) {
            *y = factor * a;
        }
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let factor = T::from_f64(self.factor);
        let upstream = pass.upstream();
        for (d, &u) in pass.derivative(0).iter_mut().zip(upstream) {
            *d += factor * u;
        }
    }
    fn cost(&self, _wanted: &[bool]) -> Cost {
        Cost { forward: self.len as u64, backward: 2 * self.len as u64 }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(operands[0].scale(self.factor))
    }
    fn pull_formula(&self, _i: usize, upstream: &Formula, _operands: &[Formula], _result: &Formula) -> Option<Formula> {
        Some(upstream.scale(self.factor))
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Mul<f64> for Var<'t, T, R, C> {
    type Output = Var<'t, T, R, C>;
    /// c·A; the number is rounded to the precision of the tape.
    fn mul(self, factor: f64) -> Self {
        Var::of(self.dynamic() * factor)
    }
}
impl<'t, T: Scalar, const R: usize, const C: usize> Mul<Var<'t, T, R, C>> for f64 {
    type Output = Var<'t, T, R, C>;
    /// c·A; the number is rounded to the precision of the tape.
    fn mul(self, var: Var<'t, T, R, C>) -> Var<'t, T, R, C> {
        var * self
    }
}
impl<'t, T: Scalar, const R: usize, const C: usize> Neg for Var<'t, T, R, C> {
    type Output = Var<'t, T, R, C>;
    /// −A.
    fn neg(self) -> Self {
        self * -1.0
    }
}

impl<'t, T: Scalar> Mul<f64> for DynVar<'t, T> {
    type Output = Result<DynVar<'t, T>, ShapeError>;
    /// c·A; the number is rounded to the precision of the tape.
    fn mul(self, factor: f64) -> Self::Output {
        let [rows, columns] = self.shape();
        self.apply(Scale { factor, len: rows * columns }, [], [rows, columns])
    }
}
impl<'t, T: Scalar> Mul<DynVar<'t, T>> for f64 {
    type Output = Result<DynVar<'t, T>, ShapeError>;
    /// c·A; the number is rounded to the precision of the tape.
    fn mul(self, var: DynVar<'t, T>) -> Self::Output {
        var * self
    }
}
impl<'t, T: Scalar> Neg for DynVar<'t, T> {
    type Output = Result<DynVar<'t, T>, ShapeError>;
    /// −A.
    fn neg(self) -> Self::Output {
        self * -1.0
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-9, |at| {
        let a = at.draw::<2, 3>("A", -2.0..2.0);
        at.project(a * -1.5) + at.project(0.1 * a) + at.project(-a)
    })]
}
