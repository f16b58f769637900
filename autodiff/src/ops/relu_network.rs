//! p = W2·Φ(W1·x + b1·1ᵀ) + b2·1ᵀ for a row x of samples: a network of one hidden layer in one step.
//!
//! The value has the same bits as the composition of [`product`](super::product),
//! [`add_to_columns`](super::add_to_columns) and [`relu`](super::relu); the hidden layer is never stored. Backward
//! needs two sums per hidden unit i only, over the samples that activate it:
//! Aᵢ = Σⱼ p̄ⱼ·xⱼ·\[hᵢⱼ > 0\] and Sᵢ = Σⱼ p̄ⱼ·\[hᵢⱼ > 0\], where hᵢⱼ = w1ᵢ·xⱼ + b1ᵢ. From Φ(h) = h·\[h > 0\] follow
//!
//! w̄1ᵢ += w2ᵢ·Aᵢ, b̄1ᵢ += w2ᵢ·Sᵢ, w̄2ᵢ += w1ᵢ·Aᵢ + b1ᵢ·Sᵢ, b̄2 += Σⱼ p̄ⱼ, x̄ⱼ += p̄ⱼ·Σᵢ w2ᵢ·w1ᵢ·\[hᵢⱼ > 0\].

use super::relu::side;
use crate::operation::{Cost, Operands, Operation, Pullback};
use crate::tape::Var;
use std::sync::Arc;
use tensor::{Dual, Scalar};

/// W hidden units, C samples. Operands: W1, b1, W2, b2, x.
#[derive(Clone, Copy, Debug)]
struct ReluNetwork<const W: usize, const C: usize>;

impl<const W: usize, const C: usize> ReluNetwork<W, C> {
    /// C samples of a row.
    fn row<T: Scalar>(entries: &[T]) -> &[T; C] {
        entries.try_into().expect("a row has C entries")
    }
}

impl<T: Scalar, const W: usize, const C: usize> Operation<T> for ReluNetwork<W, C> {
    fn name(&self) -> &'static str {
        "relu_network"
    }

    fn forward(&self, operands: Operands<'_, T>, result: &mut [T]) {
        let (w1, b1, w2) = (&operands.get(0)[..W], &operands.get(1)[..W], &operands.get(2)[..W]);
        let (b2, x) = (operands.get(3)[0], Self::row(operands.get(4)));
        let mut p = [T::zero(); C];
        for i in 0..W {
            let (w1, b1, w2) = (w1[i], b1[i], w2[i]);
            for j in 0..C {
                p[j] += w2 * (w1 * x[j] + b1).relu();
            }
        }
        for (result, p) in result.iter_mut().zip(p) {
            *result = p + b2;
        }
    }

    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (w1, b1, w2) = (&pass.operand(0)[..W], &pass.operand(1)[..W], &pass.operand(2)[..W]);
        let (x, p) = (Self::row(pass.operand(4)), Self::row(pass.upstream()));
        if pass.wants(0) || pass.wants(1) {
            let mut px = *p;
            for j in 0..C {
                px[j] = p[j] * x[j];
            }
            let [d1, e1, d2] = pass.derivatives([0, 1, 2]);
            let (d1, e1, d2) = (&mut d1[..W], &mut e1[..W], &mut d2[..W]);
            for i in 0..W {
                let (w1, b1, w2) = (w1[i], b1[i], w2[i]);
                let (mut a, mut s) = (T::zero(), T::zero());
                for j in 0..C {
                    let h = w1 * x[j] + b1;
                    a += h.select_positive(px[j]);
                    s += h.select_positive(p[j]);
                }
                d1[i] += w2 * a;
                e1[i] += w2 * s;
                d2[i] += w1 * a + b1 * s;
            }
        } else if pass.wants(2) {
            let d2 = &mut pass.derivative(2)[..W];
            for i in 0..W {
                let (w1, b1) = (w1[i], b1[i]);
                let mut sum = T::zero();
                for j in 0..C {
                    sum += p[j] * (w1 * x[j] + b1).relu();
                }
                d2[i] += sum;
            }
        }
        if pass.wants(3) {
            let mut sum = T::zero();
            for &p in p {
                sum += p;
            }
            pass.derivative(3)[0] += sum;
        }
        if pass.wants(4) {
            for (j, d) in pass.derivative(4).iter_mut().enumerate() {
                let mut slope = T::zero();
                for i in 0..W {
                    slope += (w1[i] * x[j] + b1[i]).select_positive(w2[i] * w1[i]);
                }
                *d += p[j] * slope;
            }
        }
    }

    fn cost(&self, wanted: &[bool]) -> Cost {
        let (w, c) = (W as u64, C as u64);
        let hidden = if wanted[0] || wanted[1] { c + w * (6 * c + 8) } else { w * (5 * c + 1) * u64::from(wanted[2]) };
        let b2 = (c + 1) * u64::from(wanted[3]);
        let x = c * (5 * w + 2) * u64::from(wanted[4]);
        Cost { forward: w * 5 * c + c, backward: hidden + b2 + x }
    }

    fn sides(&self, operands: Operands<'_, T>, sides: &mut Vec<i8>) {
        for (&w1, &b1) in operands.get(0).iter().zip(operands.get(1)) {
            sides.extend(operands.get(4).iter().map(|&x| side(w1 * x + b1)));
        }
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
        let operands = [w1.id(), b1.id(), w2.id(), b2.id(), self.with(b2)[0]];
        assert!(w1.id() != b1.id() && w1.id() != w2.id() && b1.id() != w2.id(), "W1, b1 and W2 are different nodes");
        self.tape().apply(ReluNetwork::<W, C>, &operands)
    }
}
