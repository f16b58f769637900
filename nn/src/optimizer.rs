//! Stochastic gradient descent and its relatives, as PyTorch defines them.

use tensor::kernels::map_row;
use tensor::{Element, Scalar};

/// The rule, with its numbers. A v or m smaller in size than four times the smallest number of full precision counts as
/// 0, but for a v of Adam where ε is below 10⁻⁹.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// w ← w − γ·g.
    Sgd,
    /// v ← μ·v + g, w ← w − γ·v, with momentum μ (Polyak 1964, in the form of Sutskever et al. 2013 that PyTorch uses).
    Momentum {
        /// μ, from 0 to below 1.
        momentum: f64,
    },
    /// m ← m + (1 − β₁)(g − m), v ← β₂·v + (1 − β₂)·g², w ← w − γ·m̂/(√v̂ + ε), where m̂ = m/(1 − β₁ᵗ) and
    /// v̂ = v/(1 − β₂ᵗ) (Kingma and Ba 2015).
    Adam {
        /// Decay of the mean of gradients.
        beta1: f64,
        /// Decay of the mean of squared gradients.
        beta2: f64,
        /// Keeps the step finite where the gradient vanishes.
        epsilon: f64,
    },
}

impl Rule {
    /// Adam with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
    pub const ADAM: Rule = Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
}

/// `value`, or 0 in place of numbers that are subnormal or nearly so. What is left of past gradients decays for ever where
/// a unit is dead, and many processors take far longer for subnormal numbers.
#[inline(always)]
fn remember<P: Scalar>(value: P) -> P {
    let least = P::splat(P::Element::MIN_POSITIVE * P::Element::of(4.0));
    // −0 is among what is replaced, as a masked addition asks.
    let size = value.relu() + (-value).relu();
    value.add_where_greater(least, size, -value)
}

/// A rule, its learning rate, and what it remembers of past gradients.
#[derive(Clone, Debug)]
pub struct Optimizer<T> {
    rule: Rule,
    rate: f64,
    /// v of momentum, m of Adam: one entry per parameter, in the order of the updates. Empty for SGD.
    first: Vec<T>,
    /// v of Adam.
    second: Vec<T>,
    /// β₁ᵗ and β₂ᵗ.
    powers: [f64; 2],
}

/// The numbers of one step.
pub struct Step<'a, T> {
    optimizer: &'a mut Optimizer<T>,
    /// How many parameters have been updated in this step.
    at: usize,
}

impl<T: Scalar> Optimizer<T> {
    /// An optimizer for `parameters` numbers, with nothing to remember yet.
    pub fn new(rule: Rule, rate: f64, parameters: usize) -> Self {
        let (first, second) = match rule {
            Rule::Sgd => (0, 0),
            Rule::Momentum { .. } => (parameters, 0),
            Rule::Adam { .. } => (parameters, parameters),
        };
        Optimizer { rule, rate, first: vec![T::zero(); first], second: vec![T::zero(); second], powers: [1.0; 2] }
    }

    /// Begins a step; every parameter is then updated once, always in the same order.
    #[inline]
    pub fn step(&mut self) -> Step<'_, T> {
        if let Rule::Adam { beta1, beta2, .. } = self.rule {
            self.powers[0] *= beta1;
            self.powers[1] *= beta2;
        }
        Step { optimizer: self, at: 0 }
    }
}

impl<T: Scalar> Step<'_, T> {
    /// Updates `values`, whose derivatives are `gradient`.
    #[inline]
    pub fn update(&mut self, values: &mut [T], gradient: &[T]) {
        let Optimizer { rule, rate, first, second, powers } = &mut *self.optimizer;
        let range = self.at..self.at + values.len();
        self.at = range.end;
        let number = T::Pack::from_f64;
        match *rule {
            Rule::Sgd => {
                let rate = number(*rate);
                map_row(values, [gradient], |value, [g]| value - rate * g);
            }
            Rule::Momentum { momentum } => {
                let (rate, momentum) = (number(*rate), number(momentum));
                let velocity = &mut first[range];
                map_row(velocity, [gradient], |v, [g]| remember(momentum * v + g));
                map_row(values, [velocity], |value, [v]| value - rate * v);
            }
            Rule::Adam { beta1, beta2, epsilon } => {
                let rate = number(*rate / (1.0 - powers[0]));
                let root = number((1.0 - powers[1]).sqrt());
                let (keep, take) = (number(beta2), number(1.0 - beta2));
                // Then to forget a v changes no bit of √v̂ + ε. With a smaller ε, m could be divided by far too little.
                let forgets = epsilon >= 1e-9;
                let (first_take, epsilon) = (number(1.0 - beta1), number(epsilon));
                let (first, second) = (&mut first[range.clone()], &mut second[range]);
                map_row(first, [gradient], |m, [g]| remember(m + first_take * (g - m)));
                map_row(second, [gradient], |v, [g]| {
                    let v = keep * v + take * (g * g);
                    if forgets { remember(v) } else { v }
                });
                map_row(values, [first, second], |value, [m, v]| value - rate * (m / (v.sqrt() / root + epsilon)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENTUM: Rule = Rule::Momentum { momentum: 0.9 };

    /// Makes steps with a gradient of `slope` at first and of 0 from then on, until what is remembered should be gone.
    /// Breaks if it becomes subnormal, or if 0 is taken for what would still have changed a parameter.
    fn decays(rule: Rule, steps: usize, slope: f32) {
        let (mut values, mut gradient) = ([1e-30_f32; 19], [slope; 19]);
        let (mut plain, mut memory) = (1e-30_f32, [0.0_f32; 2]);
        let mut optimizer = Optimizer::<f32>::new(rule, 0.01, 19);
        for _ in 0..steps {
            optimizer.step().update(&mut values, &gradient);
            let [first, second] = &mut memory;
            match rule {
                Rule::Sgd => unreachable!("it remembers nothing"),
                Rule::Momentum { .. } => {
                    *first = 0.9 * *first + gradient[0];
                    plain -= 0.01 * *first;
                }
                Rule::Adam { beta1, beta2, epsilon } => {
                    let [power1, power2] = optimizer.powers;
                    *first += (1.0 - beta1) as f32 * (gradient[0] - *first);
                    *second = beta2 as f32 * *second + (1.0 - beta2) as f32 * (gradient[0] * gradient[0]);
                    let root = second.sqrt() / (1.0 - power2).sqrt() as f32;
                    plain -= (0.01 / (1.0 - power1)) as f32 * (*first / (root + epsilon as f32));
                }
            }
            assert_eq!(values, [plain; 19]);
            assert!(optimizer.first.iter().chain(&optimizer.second).all(|x| !x.is_subnormal()));
            gradient = [0.0; 19];
        }
        assert_eq!((optimizer.first[0], optimizer.second.first().copied().unwrap_or(0.0)), (0.0, 0.0));
    }

    #[test]
    fn what_is_remembered_decays_to_zero() {
        for slope in [1.0, -1.0, 1e-20] {
            decays(MOMENTUM, 2000, slope);
            decays(Rule::ADAM, 120_000, slope);
        }
    }

    /// Breaks if v is forgotten before m where nothing else keeps the step finite.
    #[test]
    fn a_vanishing_epsilon_keeps_the_step_finite() {
        let mut values = [1.0_f32; 19];
        let mut optimizer = Optimizer::<f32>::new(Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 0.0 }, 0.01, 19);
        for _ in 0..3 {
            optimizer.step().update(&mut values, &[1e-18; 19]);
        }
        assert!(values.iter().all(|value| (0.96..0.98).contains(value)), "{values:?}");
    }

    /// Breaks if something too small is told by a comparison that NaN fails.
    #[test]
    fn what_is_not_a_number_stays() {
        for rule in [MOMENTUM, Rule::ADAM] {
            let mut values = [0.0_f32; 19];
            let mut optimizer = Optimizer::<f32>::new(rule, 0.01, 19);
            for slope in [f32::NAN, 0.0] {
                optimizer.step().update(&mut values, &[slope; 19]);
            }
            assert!(values.iter().chain(&optimizer.first).all(|x| x.is_nan()));
        }
    }
}
