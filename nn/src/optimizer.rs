//! Stochastic gradient descent and its relatives, as PyTorch defines them.

use tensor::Scalar;
use tensor::kernels::map_row;

/// The rule, with its numbers.
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
                map_row(velocity, [gradient], |v, [g]| momentum * v + g);
                map_row(values, [velocity], |value, [v]| value - rate * v);
            }
            Rule::Adam { beta1, beta2, epsilon } => {
                let rate = number(*rate / (1.0 - powers[0]));
                let root = number((1.0 - powers[1]).sqrt());
                let (keep, take) = (number(beta2), number(1.0 - beta2));
                let (first_take, epsilon) = (number(1.0 - beta1), number(epsilon));
                let (first, second) = (&mut first[range.clone()], &mut second[range]);
                map_row(first, [gradient], |m, [g]| m + first_take * (g - m));
                map_row(second, [gradient], |v, [g]| keep * v + take * (g * g));
                map_row(values, [first, second], |value, [m, v]| value - rate * (m / (v.sqrt() / root + epsilon)));
            }
        }
    }
}
