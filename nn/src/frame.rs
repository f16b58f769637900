//! The units a network is trained in, and the units it is shown in.

use crate::data::{Data, TestSet};
use crate::network::Network;

/// A change of units: x = low + span·u, y = mean + deviation·v. Networks are trained on (u, v) and shown on (x, y).
///
/// The built-in data are trained as they are. Points of a file are brought to u in [0, 1] and v of mean 0 and
/// standard deviation 1, so that the same initialisation and learning rates serve years and metres as well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    low: f64,
    span: f64,
    mean: f64,
    deviation: f64,
}

/// Numbers that deviate from each other by no more than this part of their size are the same number, rounded: y of 0.3 and
/// of 0.1 + 0.2, and their mean.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

impl Frame {
    /// The frame in which the network is trained on `data`.
    pub fn of(data: &Data) -> Self {
        if matches!(data.test, TestSet::NoiseFree { .. }) {
            return Frame { low: 0.0, span: 1.0, mean: 0.0, deviation: 1.0 };
        }
        let n = data.y.len() as f64;
        let mean = data.y.iter().sum::<f64>() / n;
        let variance = data.y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n;
        // All y equal, but for rounding: nothing to scale.
        let size = data.y.iter().fold(0.0_f64, |size, y| size.max(y.abs()));
        let is_constant = variance.sqrt() <= ROUNDING * size;
        let deviation = if is_constant { 1.0 } else { variance.sqrt() };
        let [low, high] = data.domain;
        Frame { low, span: high - low, mean, deviation }
    }

    /// Points in the units of training.
    pub fn points(&self, x: &[f64], y: &[f64]) -> Vec<[f64; 2]> {
        let point = |(x, y): (&f64, &f64)| [(x - self.low) / self.span, (y - self.mean) / self.deviation];
        x.iter().zip(y).map(point).collect()
    }

    /// A squared error in the units of the data, from one in the units of training.
    pub fn squared_error(&self, error: f64) -> f64 {
        error * self.deviation * self.deviation
    }

    /// The same function in the units of the data: w1·u + b1 = (w1/span)·x + (b1 − w1·low/span).
    pub fn network(&self, trained: &Network) -> Network {
        if *self == (Frame { low: 0.0, span: 1.0, mean: 0.0, deviation: 1.0 }) {
            return trained.clone();
        }
        let w1: Vec<f64> = trained.weights(0).iter().map(|w| w / self.span).collect();
        let b1: Vec<f64> = trained.biases(0).iter().zip(&w1).map(|(b, w)| b - w * self.low).collect();
        let w2: Vec<f64> = trained.weights(1).iter().map(|w| w * self.deviation).collect();
        Network::bent_line(&w1, &b1, &w2, trained.biases(1)[0] * self.deviation + self.mean)
    }

    /// The network that [`network`](Self::network) shows as `shown`: the same function in the units of training.
    pub fn trained(&self, shown: &Network) -> Network {
        if *self == (Frame { low: 0.0, span: 1.0, mean: 0.0, deviation: 1.0 }) {
            return shown.clone();
        }
        let w1: Vec<f64> = shown.weights(0).iter().map(|w| w * self.span).collect();
        let b1: Vec<f64> = shown.units().map(|unit| unit.b1 + unit.w1 * self.low).collect();
        let w2: Vec<f64> = shown.weights(1).iter().map(|w| w / self.deviation).collect();
        Network::bent_line(&w1, &b1, &w2, (shown.biases(1)[0] - self.mean) / self.deviation)
    }

    /// An input in the units of training.
    pub fn input(&self, x: f64) -> f64 {
        (x - self.low) / self.span
    }
    /// An input in the units of the data, from one in the units of training.
    pub fn shown_input(&self, u: f64) -> f64 {
        self.low + self.span * u
    }
}
