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
use crate::operation::{Cost, Operands, Operation, Pullback};
use crate::tape::Var;
use std::sync::Arc;
use tensor::kernels::{self, Hidden};
use tensor::{Dual, Scalar};

/// The numbers of hidden units and of samples. Operands: W1, b1, W2, b2, x.
#[derive(Clone, Copy, Debug)]
struct ReluNetwork {
    units: usize,
    samples: usize,
}

impl ReluNetwork {
    /// 1ᵀ, of one entry a sample.
    fn ones(&self) -> Formula {
        Formula::ones(1, self.samples)
    }
    /// W1·x + b1·1ᵀ.
    fn hidden(&self, operands: &[Formula]) -> Formula {
        &(&operands[0] * &operands[4]) + &(&operands[1] * &self.ones())
    }
}

impl<T: Scalar> Operation<T> for ReluNetwork {
    fn name(&self) -> &'static str {
        "relu_network"
    }

    fn forward(&self, operands: Operands<'_, T>, result: &mut [T]) {
        let hidden = Hidden { w1: operands.get(0), b1: operands.get(1), w2: operands.get(2) };
        kernels::predict(hidden, operands.get(3)[0], operands.get(4), result);
    }

    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (w1, b1, w2) = (pass.operand(0), pass.operand(1), pass.operand(2));
        let (hidden, x, upstream) = (Hidden { w1, b1, w2 }, pass.operand(4), pass.upstream());
        if pass.wants(0) || pass.wants(1) {
            let [w1, b1, w2] = pass.derivatives([0, 1, 2]);
            kernels::add_slopes(hidden, x, upstream, Hidden { w1, b1, w2 });
        } else if pass.wants(2) {
            kernels::add_output_slopes(hidden, x, upstream, pass.derivative(2));
        }
        if pass.wants(3) {
            let sum = kernels::interleaved_sum(self.samples, |i| T::pack(&upstream[i..]), |i| upstream[i]);
            pass.derivative(3)[0] += sum;
        }
        if pass.wants(4) {
            for (j, d) in pass.derivative(4).iter_mut().enumerate() {
                let mut slope = T::zero();
                for i in 0..self.units {
                    slope += (w1[i] * x[j] + b1[i]).select_positive(w2[i] * w1[i]);
                }
                *d += upstream[j] * slope;
            }
        }
    }

    fn cost(&self, wanted: &[bool]) -> Cost {
        let (w, c) = (self.units as u64, self.samples as u64);
        let hidden = if wanted[0] || wanted[1] { w * (7 * c + 8) } else { w * (5 * c + 1) * u64::from(wanted[2]) };
        let b2 = (c + 1) * u64::from(wanted[3]);
        let x = c * (5 * w + 2) * u64::from(wanted[4]);
        Cost { forward: w * 5 * c + c, backward: hidden + b2 + x }
    }

    fn sides(&self, operands: Operands<'_, T>, sides: &mut Vec<i8>) {
        for (&w1, &b1) in operands.get(0).iter().zip(operands.get(1)) {
            sides.extend(operands.get(4).iter().map(|&x| side(w1 * x + b1)));
        }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(&(&operands[2] * &relu(&self.hidden(operands))) + &(&operands[3] * &self.ones()))
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        let by_hidden = (upstream * &operands[2]).through_entries(&relu_slope(&self.hidden(operands)));
        Some(match i {
            0 => &operands[4] * &by_hidden,
            1 => &self.ones() * &by_hidden,
            2 => &relu(&self.hidden(operands)) * upstream,
            3 => &self.ones() * upstream,
            _ => &by_hidden * &operands[0],
        })
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const C: usize> Var<'t, T, 1, C> {
    /// W2·Φ(W1·x + b1·1ᵀ) + b2·1ᵀ, where x is this row of C samples and Φ = ReLU.
    ///
    /// # Panics
    /// If two of W1, b1 and W2 are the same node.
    #[must_use]
    pub fn relu_network<const W: usize>(
        self,
        w1: Var<'t, T, W, 1>,
        b1: Var<'t, T, W, 1>,
        w2: Var<'t, T, 1, W>,
        b2: Var<'t, T, 1, 1>,
    ) -> Var<'t, T, 1, C> {
        let [x, w1, b1, w2, b2] = [self.id(), self.with(w1)[1], self.with(b1)[1], self.with(w2)[1], self.with(b2)[1]];
        assert!(w1 != b1 && w1 != w2 && b1 != w2, "W1, b1 and W2 are different nodes");
        self.tape().apply(ReluNetwork { units: W, samples: C }, &[w1, b1, w2, b2, x])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "some units active", 1e-8, |at| {
            let (w1, b1) = (at.draw::<5, 1>("W1", 1.0..2.0), at.draw("b1", -1.0..1.0));
            let (w2, b2) = (at.draw("W2", -2.0..2.0), at.draw("b2", -1.0..1.0));
            let x = at.draw::<1, 4>("x", -2.0..2.0);
            at.project(x.relu_network(w1, b1, w2, b2))
        }),
        Row::new(file!(), "first layer frozen", 1e-8, |at| {
            let (w1, b1, w2) = (at.constant::<5, 1>(1.5), at.constant(0.5), at.draw("W2", -2.0..2.0));
            let x = at.constant::<1, 4>(-0.25);
            at.project(x.relu_network(w1, b1, w2, at.constant(0.25)))
        }),
        Row::new(file!(), "every unit on its kink", 0.0, |at| {
            let (w2, b2) = (at.constant(0.5), at.constant(0.25));
            let (w1, b1) = (at.draw::<5, 1>("W1", -1.0..-1.0), at.draw("b1", 0.5..0.5));
            let x = at.draw::<1, 4>("x", 0.5..0.5);
            at.project(x.relu_network(w1, b1, w2, b2))
        })
        .on_kink(),
    ]
}
