//! y = Σⱼ mⱼ·Σₖ (Pₖⱼ − Tₖⱼ)² with weights mⱼ ≥ 0, the loss of a block of samples: with mⱼ = 1/(K·n) the mean squared
//! error of n samples of K outputs. P̄ += ȳ·G, T̄ −= ȳ·G, m̄ⱼ += ȳ·Σₖ (Pₖⱼ − Tₖⱼ)², where forward keeps
//! Gₖⱼ = 2mⱼ·(Pₖⱼ − Tₖⱼ).
//!
//! A sample with mⱼ = 0 is not there: it adds 0 to y, P̄ and T̄ even if its prediction is not finite.

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

/// Operands: predictions P and targets T of outputs × samples, weights m of samples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WeightedSquare {
    outputs: usize,
    samples: usize,
}

impl WeightedSquare {
    fn entries(self) -> usize {
        self.outputs * self.samples
    }
}

impl<T: Scalar> Operation<T> for WeightedSquare {
    fn name(&self) -> &'static str {
        "weighted_square"
    }
    /// G; with several outputs, behind it the weight of every entry.
    fn kept(&self) -> usize {
        if self.outputs == 1 { self.samples } else { 2 * self.entries() }
    }
    fn forward(&self, operands: Operands<'_, T>, result: Output<'_, T>) {
        let ([p, t, m], Output { result, kept }) = (operands.first(), result);
        let (slopes, weights) = kept.split_at_mut(self.entries());
        slopes.copy_from_slice(p);
        let weights = if self.outputs == 1 {
            m
        } else {
            for (j, &m) in m.iter().enumerate() {
                weights[j * self.outputs..][..self.outputs].fill(m);
            }
            weights
        };
        result[0] = kernels::weighted_square(slopes, t, weights);
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (slopes, upstream) = (&pass.kept()[..self.entries()], pass.upstream()[0].spread());
        if pass.wants(0) {
            map_row(pass.derivative(0), [slopes], |d, [slope]| d + upstream * slope);
        }
        if pass.wants(1) {
            map_row(pass.derivative(1), [slopes], |d, [slope]| d - upstream * slope);
        }
        if pass.wants(2) {
            let ([p, t], squares) = (pass.first(), &mut pass.scratch()[..self.entries()]);
            map_row(squares, [p, t], |_, [p, t]| (p - t) * (p - t));
            let upstream = pass.upstream()[0];
            for (j, d) in pass.derivative(2).iter_mut().enumerate() {
                *d += upstream * kernels::sum(&squares[j * self.outputs..][..self.outputs]);
            }
        }
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let ([entries, samples], [p, t, m]) =
            ([self.entries(), self.samples].map(|n| n as u64), [wanted[0], wanted[1], wanted[2]].map(u64::from));
        Cost { forward: 6 * entries, backward: entries * (2 * p + 2 * t + 3 * m) + samples * m }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(&operands[2] * &squares(operands).transpose())
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        let weighted = || of_every_row(self.outputs, &operands[2]).component_mul(&(&operands[0] - &operands[1]));
        let slope = match i {
            0 => weighted().scale(2.0),
            1 => weighted().scale(-2.0),
            _ => squares(operands),
        };
        Some(upstream * &slope.transpose())
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

/// Σₖ (Pₖⱼ − Tₖⱼ)², a row.
fn squares(operands: &[Formula]) -> Formula {
    sums_of_columns(&(&operands[0] - &operands[1]).power(2))
}

/// 𝟏ᵀ·A, a row.
pub(super) fn sums_of_columns(a: &Formula) -> Formula {
    &Formula::ones(1, a.shape()[0]) * a
}
/// 𝟏·m: so many rows that are all the row m.
pub(super) fn of_every_row(rows: usize, m: &Formula) -> Formula {
    &Formula::ones(rows, 1) * m
}

impl<'t, T: Scalar, const K: usize, const C: usize> Var<'t, T, K, C> {
    /// Σⱼ mⱼ·Σₖ (Pₖⱼ − Tₖⱼ)², where P is this: the squared error of predictions, a column for each sample, which has
    /// the weight mⱼ ≥ 0.
    #[must_use]
    pub fn weighted_square(self, target: Var<'t, T, K, C>, weight: Var<'t, T, 1, C>) -> Var<'t, T, 1, 1> {
        Var::of(self.dynamic().weighted_square(target.dynamic(), weight.dynamic()))
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// Σⱼ mⱼ·Σₖ (Pₖⱼ − Tₖⱼ)², where P is this: the squared error of predictions, a column for each sample, which has
    /// the weight mⱼ ≥ 0.
    ///
    /// # Errors
    /// If the target has another shape, if the weight is not a row of one number for each column, or if they are nodes
    /// of two tapes.
    pub fn weighted_square(self, target: Self, weight: Self) -> Result<Self, ShapeError> {
        let [outputs, samples] = self.shape();
        target.must_be("the target", [outputs, samples])?;
        weight.must_be("the weight", [1, samples])?;
        self.apply(WeightedSquare { outputs, samples }, [target, weight], [1, 1])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "anywhere", 1e-9, |at| {
            let (p, t) = (at.draw::<1, 4>("p", -2.0..2.0), at.draw("t", -2.0..2.0));
            p.weighted_square(t, at.draw("m", 0.0..1.0))
        }),
        Row::new(file!(), "several outputs", 1e-9, |at| {
            let (p, t) = (at.draw::<3, 5>("P", -2.0..2.0), at.draw("T", -2.0..2.0));
            p.weighted_square(t, at.draw("m", 0.1..1.0)) * 0.75
        }),
    ]
}
