//! The network everything here is about: one hidden layer of ReLUs, scalar in and out.

use crate::geometry::Unit;

/// ŷ(x) = b2 + Σᵢ w2ᵢ·Φ(w1ᵢ·x + b1ᵢ) with Φ = ReLU, in double precision whatever it was trained in.
///
/// The parameters lie in one row, W1, b1, W2 of `width` entries each and b2: 3·width + 1 numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    parameters: Vec<f64>,
}

impl Network {
    /// A network from the rows W1, b1, W2 and the number b2.
    ///
    /// # Panics
    /// If W1, b1 and W2 are not of equal length.
    pub fn new(w1: &[f64], b1: &[f64], w2: &[f64], b2: f64) -> Self {
        assert!(w1.len() == b1.len() && w1.len() == w2.len(), "W1, b1 and W2 have one entry per hidden unit");
        Network { parameters: [w1, b1, w2, &[b2]].concat() }
    }

    /// A network from its 3·width + 1 parameters in a row: W1, b1, W2, b2.
    ///
    /// # Panics
    /// If the number of parameters is not 3·width + 1 for some width.
    pub fn from_parameters(parameters: Vec<f64>) -> Self {
        assert!(parameters.len() % 3 == 1, "{} is not 3·width + 1 parameters", parameters.len());
        Network { parameters }
    }

    /// All parameters: W1, b1, W2, b2.
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }
    /// The number of hidden units.
    pub fn width(&self) -> usize {
        self.parameters.len() / 3
    }
    /// Input weights: the slopes of the hidden units before their output weight.
    pub fn w1(&self) -> &[f64] {
        &self.parameters[..self.width()]
    }
    /// Hidden biases.
    pub fn b1(&self) -> &[f64] {
        &self.parameters[self.width()..2 * self.width()]
    }
    /// Output weights.
    pub fn w2(&self) -> &[f64] {
        &self.parameters[2 * self.width()..3 * self.width()]
    }
    /// Output bias.
    pub fn b2(&self) -> f64 {
        self.parameters[3 * self.width()]
    }
    /// Hidden unit `i`.
    ///
    /// # Panics
    /// If `i` is not below the width.
    pub fn unit(&self, i: usize) -> Unit {
        Unit { w1: self.w1()[i], b1: self.b1()[i], w2: self.w2()[i] }
    }
    /// The hidden units in order.
    pub fn units(&self) -> impl ExactSizeIterator<Item = Unit> + '_ {
        (0..self.width()).map(|i| self.unit(i))
    }
    /// ŷ(x).
    pub fn predict(&self, x: f64) -> f64 {
        self.units().map(|unit| unit.contribution(x)).sum::<f64>() + self.b2()
    }
    /// Mean squared error on the points (x, y); NaN if there are none.
    pub fn mse(&self, x: &[f64], y: &[f64]) -> f64 {
        let squares = x.iter().zip(y).map(|(&x, &y)| (self.predict(x) - y).powi(2));
        squares.sum::<f64>() / x.len() as f64
    }
    /// Every parameter is finite.
    pub fn is_finite(&self) -> bool {
        self.parameters.iter().all(|p| p.is_finite())
    }
}
