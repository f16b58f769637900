//! p = W2·Φ(W1·x + b1·1ᵀ) + b2·1ᵀ for a row x of samples: a network of one hidden layer in one step.
//!
//! The value has the same bits as the composition of [`product`](super::product),
//! [`add_to_columns`](super::add_to_columns) and [`relu`](super::relu); the hidden layer is never stored. Backward
//! needs two sums per hidden unit i only, over the samples that activate it:
//! Aᵢ = Σⱼ p̄ⱼ·xⱼ·\[hᵢⱼ > 0\] and Sᵢ = Σⱼ p̄ⱼ·\[hᵢⱼ > 0\], where hᵢⱼ = w1ᵢ·xⱼ + b1ᵢ. From Φ(h) = h·\[h > 0\] follow
//!
//! w̄1ᵢ += w2ᵢ·Aᵢ, b̄1ᵢ += w2ᵢ·Sᵢ, w̄2ᵢ += w1ᵢ·Aᵢ + b1ᵢ·Sᵢ, b̄2 += Σⱼ p̄ⱼ, x̄ⱼ += p̄ⱼ·Σᵢ w2ᵢ·w1ᵢ·\[hᵢⱼ > 0\].

use super::relu::{relu, relu_slope, side};
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
#[cfg(test)]
use crate::var::Var;
use std::sync::Arc;
use tensor::kernels::{self, Hidden, Samples, map_row};
use tensor::{Dual, Scalar};

/// The numbers of hidden units and of samples. Operands: W1, b1, W2, b2, x.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReluNetwork {
    pub units: usize,
    pub samples: usize,
}

impl ReluNetwork {
    /// Writes the predictions for samples x.
    #[inline(always)]
    pub fn predict<T: Scalar>([w1, b1, w2, b2]: [&[T]; 4], x: &[T], p: &mut [T]) {
        kernels::predict(Hidden { w1, b1, w2 }, b2[0], x, p);
    }

    /// Adds to the derivatives by the parameters, where the derivative by each prediction is `scale` times the upstream
    /// of `samples`, which may be filled up with samples of upstream 0.
    #[inline(always)]
    pub fn pull<T: Scalar>(&self, samples: Samples<'_, T>, scale: T, pass: &mut Pullback<'_, T>) {
        if pass.wants(3) {
            pass.derivative(3)[0] += scale * kernels::sum(samples.upstream);
        }
        let samples = samples.first(self.samples);
        // Whole registers: a unit that is not there has weights and a derivative of 0.
        let (w1, b1, w2) = (pass.padded(0), pass.padded(1), pass.padded(2));
        let packs = self.units.next_multiple_of(T::PACK).min(w1.len());
        let hidden = Hidden { w1: &w1[..packs], b1: &b1[..packs], w2: &w2[..packs] };
        if pass.wants(0) || pass.wants(1) {
            let [w1, b1, w2] = pass.padded_derivatives([0, 1, 2]);
            let slopes = Hidden { w1: &mut w1[..packs], b1: &mut b1[..packs], w2: &mut w2[..packs] };
            kernels::add_slopes(hidden, samples, scale, slopes);
        } else if pass.wants(2) {
            let [w2] = pass.padded_derivatives([2]);
            kernels::add_output_slopes(hidden, samples, scale, &mut w2[..packs]);
        }
    }

    /// The derivative by x.
    #[inline(never)]
    pub fn pull_samples<T: Scalar>(&self, upstream: &[T], scale: T, pass: &mut Pullback<'_, T>) {
        if pass.wants(4) {
            let [w1, b1, w2, _, x] = pass.first();
            let (upstream, scale) = (&upstream[..self.samples], scale.spread());
            map_row(pass.derivative(4), [x, upstream], |d, [x, upstream]| {
                let mut slope = T::Pack::zero();
                for i in 0..self.units {
                    slope += (w1[i].spread() * x + b1[i].spread()).select_positive((w2[i] * w1[i]).spread());
                }
                d + scale * upstream * slope
            });
        }
    }

    /// Floating-point operations.
    pub fn costs(&self, wanted: &[bool]) -> Cost {
        let (w, c) = (self.units as u64, self.samples as u64);
        let hidden = if wanted[0] || wanted[1] { w * (7 * c + 10) } else { w * (5 * c + 2) * u64::from(wanted[2]) };
        let b2 = (c + 2) * u64::from(wanted[3]);
        let x = c * (5 * w + 3) * u64::from(wanted[4]);
        Cost { forward: w * 5 * c + c, backward: hidden + b2 + x }
    }

    /// On which side of its elbow each sample is, unit by unit.
    pub fn sides_of_units<T: Scalar>(operands: Operands<'_, T>, sides: &mut Vec<i8>) {
        for (&w1, &b1) in operands.get(0).iter().zip(operands.get(1)) {
            sides.extend(operands.get(4).iter().map(|&x| side(w1 * x + b1)));
        }
    }

    /// 1ᵀ, of one entry a sample.
    fn ones(&self) -> Formula {
        Formula::ones(1, self.samples)
    }
    /// W1·x + b1·1ᵀ.
    fn hidden(&self, operands: &[Formula]) -> Formula {
        &(&operands[0] * &operands[4]) + &(&operands[1] * &self.ones())
    }
    /// The predictions.
    pub fn predictions(&self, operands: &[Formula]) -> Formula {
        &(&operands[2] * &relu(&self.hidden(operands))) + &(&operands[3] * &self.ones())
    }
    /// The derivative by operand `i`, where `upstream` is that by the predictions.
    pub fn slopes(&self, i: usize, upstream: &Formula, operands: &[Formula]) -> Formula {
        let by_hidden = (upstream * &operands[2]).through_entries(&relu_slope(&self.hidden(operands)));
        match i {
            0 => &operands[4] * &by_hidden,
            1 => &self.ones() * &by_hidden,
            2 => &relu(&self.hidden(operands)) * upstream,
            3 => &self.ones() * upstream,
            _ => &by_hidden * &operands[0],
        }
    }
}

impl<T: Scalar> Operation<T> for ReluNetwork {
    fn name(&self) -> &'static str {
        "relu_network"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        Self::predict(operands.first(), operands.get(4), &mut result);
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (x, upstream) = (pass.operand(4), pass.upstream());
        self.pull(Samples { x, upstream, products: None }, T::one(), pass);
        self.pull_samples(upstream, T::one(), pass);
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        self.costs(wanted)
    }
    fn sides(&self, operands: Operands<'_, T>, sides: &mut Vec<i8>) {
        Self::sides_of_units(operands, sides);
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(self.predictions(operands))
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        Some(self.slopes(i, upstream, operands))
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

/// The network by parts.
#[cfg(test)]
pub(super) fn by_parts<'t, const W: usize, const C: usize>(
    x: Var<'t, f64, 1, C>,
    (w1, b1): (Var<'t, f64, W, 1>, Var<'t, f64, W, 1>),
    (w2, b2): (Var<'t, f64, 1, W>, Var<'t, f64, 1, 1>),
) -> Var<'t, f64, 1, C> {
    (w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2)
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "some units active", 1e-8, |at| {
            let (w1, b1) = (at.draw::<5, 1>("W1", 1.0..2.0), at.draw("b1", -1.0..1.0));
            let (w2, b2) = (at.draw("W2", -2.0..2.0), at.draw("b2", -1.0..1.0));
            let x = at.draw::<1, 4>("x", -2.0..2.0);
            at.project(by_parts(x, (w1, b1), (w2, b2)))
        }),
        Row::new(file!(), "first layer frozen", 1e-8, |at| {
            let (w1, b1, w2) = (at.constant::<5, 1>(1.5), at.constant(0.5), at.draw("W2", -2.0..2.0));
            let x = at.constant::<1, 4>(-0.25);
            at.project(by_parts(x, (w1, b1), (w2, at.constant(0.25))))
        }),
        Row::new(file!(), "every unit on its kink", 0.0, |at| {
            let (w2, b2) = (at.constant(0.5), at.constant(0.25));
            let (w1, b1) = (at.draw::<5, 1>("W1", -1.0..-1.0), at.draw("b1", 0.5..0.5));
            let x = at.draw::<1, 4>("x", 0.5..0.5);
            at.project(by_parts(x, (w1, b1), (w2, b2)))
        })
        .on_kink(),
    ]
}
