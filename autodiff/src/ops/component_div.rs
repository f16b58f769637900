//! Y = A⊘B, entry by entry. Ā += Ȳ⊘B, B̄ −= Ȳ∘Y⊘B.

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
struct ComponentDiv(usize);

impl<T: Scalar> Operation<T> for ComponentDiv {
    fn name(&self) -> &'static str {
        "component_div"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        for ((y, &a), &b) in result.iter_mut().zip(operands.get(0)).zip(operands.get(1)) {
            *y = a / b;
        }
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (y, b, upstream) = (pass.result(), pass.operand(1), pass.upstream());
        if pass.wants(0) {
            for ((d, &b), &u) in pass.derivative(0).iter_mut().zip(b).zip(upstream) {
                *d += u / b;
            }
        }
        if pass.wants(1) {
            for (((d, &b), &y), &u) in pass.derivative(1).iter_mut().zip(b).zip(y).zip(upstream) {
                *d -= u * y / b;
            }
        }
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let n = self.0 as u64;
        Cost { forward: n, backward: n * (2 * u64::from(wanted[0]) + 3 * u64::from(wanted[1])) }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(operands[0].component_div(&operands[1]))
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], result: &Formula) -> Option<Formula> {
        let b = &operands[1];
        let [rows, columns] = b.shape();
        let slope = if i == 0 { Formula::ones(rows, columns).component_div(b) } else { -&result.component_div(b) };
        Some(upstream.through_entries(&slope))
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// A⊘B: the quotient entry by entry.
    #[must_use]
    pub fn component_div(self, other: Self) -> Self {
        Var::of(self.dynamic().component_div(other.dynamic()))
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// A⊘B: the quotient entry by entry.
    ///
    /// # Errors
    /// If the shapes differ, or the nodes are of two tapes.
    pub fn component_div(self, other: Self) -> Result<Self, ShapeError> {
        let [rows, columns] = self.same_shape("divide entry by entry", "by", other)?;
        self.apply(ComponentDiv(rows * columns), [other], [rows, columns])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "away from 0/0", 1e-8, |at| {
            let (a, b) = (at.draw::<2, 3>("A", -2.0..2.0), at.draw("B", 0.5..2.0));
            at.project(a.component_div(b))
        }),
        Row::new(file!(), "negative divisors, columns", 1e-8, |at| {
            let (a, b) = (at.draw::<3, 1>("a", -2.0..2.0), at.draw("b", -2.0..-0.5));
            at.project(a.component_div(b))
        }),
        Row::new(file!(), "a quotient of a thing with itself", 1e-8, |at| {
            let a = at.draw::<1, 3>("a", 0.5..2.0);
            at.project(a.component_div(a))
        }),
    ]
}
