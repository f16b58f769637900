//! y = Σⱼ mⱼ·(pⱼ − tⱼ)² with weights mⱼ ≥ 0, the loss of a block of samples: with mⱼ = 1/n the mean squared error of n
//! samples. p̄ += ȳ·g, t̄ −= ȳ·g, m̄ += ȳ·(p − t)², where forward keeps g = 2m∘(p − t).
//!
//! A sample with mⱼ = 0 is not there: it adds 0 to y, p̄ and t̄ even if its prediction is not finite.

#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use std::sync::Arc;
use tensor::kernels::{self, map_row};
use tensor::{Dual, Scalar};

/// The number of samples. Operands: prediction p, target t, weight m.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WeightedSquare(usize);

impl<T: Scalar> Operation<T> for WeightedSquare {
    fn name(&self) -> &'static str {
        "weighted_square"
    }
    fn kept(&self) -> usize {
        self.0
    }
    fn forward(&self, operands: Operands<'_, T>, result: Output<'_, T>) {
        let ([p, t, m], Output { result, kept }) = (operands.first(), result);
        kept.copy_from_slice(p);
        result[0] = kernels::weighted_square(kept, t, m);
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (slopes, upstream) = (pass.kept(), pass.upstream()[0].spread());
        if pass.wants(0) {
            map_row(pass.derivative(0), [slopes], |d, [slope]| d + upstream * slope);
        }
        if pass.wants(1) {
            map_row(pass.derivative(1), [slopes], |d, [slope]| d - upstream * slope);
        }
        if pass.wants(2) {
            let [p, t] = pass.first();
            map_row(pass.derivative(2), [p, t], |d, [p, t]| {
                let difference = p - t;
                d + upstream * (difference * difference)
            });
        }
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let [p, t, m] = [wanted[0], wanted[1], wanted[2]].map(u64::from);
        Cost { forward: 6 * self.0 as u64, backward: self.0 as u64 * (2 * p + 2 * t + 4 * m) }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(&operands[2] * &(&operands[0] - &operands[1]).power(2).transpose())
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        let difference = &operands[0] - &operands[1];
        let slope = match i {
            0 => operands[2].component_mul(&difference).scale(2.0),
            1 => operands[2].component_mul(&difference).scale(-2.0),
            _ => difference.power(2),
        };
        Some(upstream * &slope.transpose())
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const C: usize> Var<'t, T, 1, C> {
    /// Σⱼ mⱼ·(pⱼ − tⱼ)², where p is this row: the squared error of predictions, each sample with its weight mⱼ ≥ 0.
    #[must_use]
    pub fn weighted_square(self, target: Var<'t, T, 1, C>, weight: Var<'t, T, 1, C>) -> Var<'t, T, 1, 1> {
        Var::of(self.dynamic().weighted_square(target.dynamic(), weight.dynamic()))
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// Σⱼ mⱼ·(pⱼ − tⱼ)², where p is this row: the squared error of predictions, each sample with its weight mⱼ ≥ 0.
    ///
    /// # Errors
    /// If this, the target and the weight are not rows of one length, or are nodes of two tapes.
    pub fn weighted_square(self, target: Self, weight: Self) -> Result<Self, ShapeError> {
        let [_, samples] = self.shape();
        for (what, row) in [("the prediction", self), ("the target", target), ("the weight", weight)] {
            row.must_be(what, [1, samples])?;
        }
        self.apply(WeightedSquare(samples), [target, weight], [1, 1])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-9, |at| {
        let (p, t) = (at.draw::<1, 4>("p", -2.0..2.0), at.draw("t", -2.0..2.0));
        p.weighted_square(t, at.draw("m", 0.0..1.0))
    })]
}
