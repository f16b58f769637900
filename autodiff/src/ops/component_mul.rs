//! Y = A∘B, entry by entry (Hadamard). Ā += B∘Ȳ, B̄ += A∘Ȳ.

#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use std::sync::Arc;
use tensor::{Dual, Scalar};

/// The number of entries.
#[derive(Clone, Copy, Debug)]
struct ComponentMul(usize);

impl<T: Scalar> Operation<T> for ComponentMul {
    fn name(&self) -> &'static str {
        "component_mul"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        for ((y, &a), &b) in result.iter_mut().zip(operands.get(0)).zip(operands.get(1)) {
            *y = a * b;
        }
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (a, b, upstream) = (pass.operand(0), pass.operand(1), pass.upstream());
        if pass.wants(0) {
            for ((d, &b), &u) in pass.derivative(0).iter_mut().zip(b).zip(upstream) {
                *d += b * u;
            }
        }
        if pass.wants(1) {
            for ((d, &a), &u) in pass.derivative(1).iter_mut().zip(a).zip(upstream) {
                *d += a * u;
            }
        }
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let n = self.0 as u64;
        Cost { forward: n, backward: n * (2 * u64::from(wanted[0]) + 2 * u64::from(wanted[1])) }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(operands[0].component_mul(&operands[1]))
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        Some(upstream.through_entries(&operands[1 - i]))
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// A∘B: the product entry by entry.
    #[must_use]
    pub fn component_mul(self, other: Self) -> Self {
        Var::of(self.dynamic().component_mul(other.dynamic()))
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// A∘B: the product entry by entry.
    ///
    /// # Errors
    /// If the shapes differ, or the nodes are of two tapes.
    pub fn component_mul(self, other: Self) -> Result<Self, ShapeError> {
        let [rows, columns] = self.same_shape("multiply entry by entry", "by", other)?;
        self.apply(ComponentMul(rows * columns), [other], [rows, columns])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "anywhere", 1e-9, |at| {
            let (a, b) = (at.draw::<2, 3>("A", -2.0..2.0), at.draw("B", -2.0..2.0));
            at.project(a.component_mul(b))
        }),
        Row::new(file!(), "columns", 1e-9, |at| {
            let (a, b) = (at.draw::<3, 1>("a", -2.0..2.0), at.draw("b", -2.0..2.0));
            at.project(a.component_mul(b))
        }),
        Row::new(file!(), "squares", 1e-9, |at| {
            let a = at.draw::<2, 3>("A", -2.0..2.0);
            at.project(a.component_mul(a))
        }),
    ]
}
