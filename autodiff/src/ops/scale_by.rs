//! Y = s·A for a 1×1 node s. Ā += s·Ȳ, s̄ += Σᵢⱼ Aᵢⱼ·Ȳᵢⱼ.

#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use std::sync::Arc;
use tensor::kernels::sum_of_products;
use tensor::{Dual, Scalar};

/// The number of entries of A. Operands: A, s.
#[derive(Clone, Copy, Debug)]
struct ScaleBy(usize);

impl<T: Scalar> Operation<T> for ScaleBy {
    fn name(&self) -> &'static str {
        "scale_by"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        let s = operands.get(1)[0];
        for (y, &a) in result.iter_mut().zip(operands.get(0)) {
            *y = s * a;
        }
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (a, s, upstream) = (pass.operand(0), pass.operand(1)[0], pass.upstream());
        if pass.wants(0) {
            for (d, &u) in pass.derivative(0).iter_mut().zip(upstream) {
                *d += s * u;
            }
        }
        if pass.wants(1) {
            pass.derivative(1)[0] += sum_of_products(a, upstream);
        }
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let n = self.0 as u64;
        Cost { forward: n, backward: 2 * n * (u64::from(wanted[0]) + u64::from(wanted[1])) }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(&operands[1] * &operands[0])
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        let (a, s) = (&operands[0], &operands[1]);
        Some(match a.shape() {
            _ if i == 0 => s * upstream,
            [1, _] => a * upstream,
            _ => (upstream * a).trace(),
        })
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// s·A, where s is a node too.
    #[must_use]
    pub fn scale_by(self, s: Var<'t, T, 1, 1>) -> Var<'t, T, R, C> {
        Var::of(self.dynamic().scale_by(s.dynamic()))
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// s·A, where s is a node too.
    ///
    /// # Errors
    /// If s is not 1×1, or the nodes are of two tapes.
    pub fn scale_by(self, s: Self) -> Result<Self, ShapeError> {
        s.must_be("the factor", [1, 1])?;
        let [rows, columns] = self.shape();
        self.apply(ScaleBy(rows * columns), [s], [rows, columns])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-9, |at| {
        let (a, b, s) = (at.draw::<2, 3>("A", -2.0..2.0), at.draw::<3, 1>("b", -2.0..2.0), at.draw("s", -2.0..2.0));
        at.project(a.scale_by(s)) + at.project(b.scale_by(s))
    })]
}
