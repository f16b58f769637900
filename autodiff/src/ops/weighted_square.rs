//! y = Σⱼ mⱼ·(pⱼ − tⱼ)², the loss of a block of samples: with mⱼ = 1/n the mean squared error of n samples, with
//! mⱼ = 0 a sample that is not there. p̄ += 2ȳ·m∘(p − t), t̄ −= the same, m̄ += ȳ·(p − t)².

use crate::operation::{Cost, Operands, Operation, Pullback};
use crate::tape::Var;
use std::sync::Arc;
use tensor::{Dual, Scalar};

/// The number of samples. Operands: prediction p, target t, weight m.
#[derive(Clone, Copy, Debug)]
struct WeightedSquare<const C: usize>;

impl<T: Scalar, const C: usize> Operation<T> for WeightedSquare<C> {
    fn name(&self) -> &'static str {
        "weighted_square"
    }
    fn forward(&self, operands: Operands<'_, T>, result: &mut [T]) {
        let mut sum = T::zero();
        for ((&p, &t), &m) in operands.get(0).iter().zip(operands.get(1)).zip(operands.get(2)) {
            sum += m * ((p - t) * (p - t));
        }
        result[0] = sum;
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (p, t, m, upstream) = (pass.operand(0), pass.operand(1), pass.operand(2), pass.upstream()[0]);
        let twice = T::from_f64(2.0) * upstream;
        let slope = |j: usize| twice * m[j] * (p[j] - t[j]);
        if pass.wants(0) {
            for (j, d) in pass.derivative(0).iter_mut().enumerate() {
                *d += slope(j);
            }
        }
        if pass.wants(1) {
            for (j, d) in pass.derivative(1).iter_mut().enumerate() {
                *d -= slope(j);
            }
        }
        if pass.wants(2) {
            for (j, d) in pass.derivative(2).iter_mut().enumerate() {
                *d += upstream * ((p[j] - t[j]) * (p[j] - t[j]));
            }
        }
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let [p, t, m] = [wanted[0], wanted[1], wanted[2]].map(u64::from);
        Cost { forward: 5 * C as u64, backward: 1 + C as u64 * (4 * p + 4 * t + 5 * m) }
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const C: usize> Var<'t, T, 1, C> {
    /// Σⱼ mⱼ·(pⱼ − tⱼ)², where p is this row: the squared error of predictions, each sample with its weight.
    #[must_use]
    pub fn weighted_square(self, target: Var<'t, T, 1, C>, weight: Var<'t, T, 1, C>) -> Var<'t, T, 1, 1> {
        let [prediction, target] = self.with(target);
        self.tape().apply(WeightedSquare::<C>, &[prediction, target, weight.id()])
    }
}
