//! The units a network is trained in, and the units it is shown in.

use crate::data::{Data, TestSet};
use crate::network::Network;
use crate::samples::Samples;

/// A change of units: each input x = zero + unit·u, and the value y likewise. Networks are trained on u and shown on x.
///
/// The built-in data are trained as they are. Of a file, an only input is brought to u in [0, 1], and several to mean 0 and
/// standard deviation 1 each; a value is brought to mean 0 and standard deviation 1. So the same initialisation and
/// learning rates serve years and metres as well. Classes have no units: for one output they are the numbers 0 and 1, and
/// for several outputs, 1 for that of the class and 0 for the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    inputs: Vec<Scale>,
    output: Scale,
    /// Whether y is a class.
    classes: bool,
}

/// x = zero + unit·u.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    zero: f64,
    unit: f64,
}

impl Scale {
    const NONE: Scale = Scale { zero: 0.0, unit: 1.0 };

    /// To mean 0 and deviation 1, or only to mean 0 if the values are all the same.
    fn standard(values: impl Iterator<Item = f64> + Clone) -> Scale {
        let n = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / n;
        let variance = values.clone().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
        // All equal, but for rounding: nothing to scale.
        let size = values.fold(0.0_f64, |size, value| size.max(value.abs()));
        let is_constant = variance.sqrt() <= ROUNDING * size;
        Scale { zero: mean, unit: if is_constant { 1.0 } else { variance.sqrt() } }
    }
    fn to_units(self, x: f64) -> f64 {
        (x - self.zero) / self.unit
    }
}

/// Numbers that deviate from each other by no more than this part of their size are the same number, rounded: y of 0.3 and
/// of 0.1 + 0.2, and their mean.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

impl Frame {
    /// The frame in which networks are trained on `data`.
    pub fn of(data: &Data) -> Self {
        let count = data.inputs.len();
        let classes = !data.classes.is_empty();
        if !matches!(data.test, TestSet::HeldOut { .. }) {
            return Frame { inputs: vec![Scale::NONE; count], output: Scale::NONE, classes };
        }
        let inputs = match &data.inputs[..] {
            [input] => {
                let [low, high] = input.domain;
                vec![Scale { zero: low, unit: high - low }]
            }
            _ => (0..count).map(|i| Scale::standard(data.x.iter().copied().skip(i).step_by(count))).collect(),
        };
        let output = if classes { Scale::NONE } else { Scale::standard(data.y.iter().copied()) };
        Frame { inputs, output, classes }
    }

    /// Points in the units of training, for networks of so many outputs.
    ///
    /// # Panics
    /// If there is not a y for each point, or if it is a class without an output.
    pub fn samples(&self, x: &[f64], y: &[f64], outputs: usize) -> Samples<f64> {
        let inputs = self.inputs.len();
        assert_eq!(x.len(), y.len() * inputs, "a y for each point");
        let mut rows = Vec::with_capacity(y.len() * (inputs + outputs));
        for (x, &y) in x.chunks_exact(inputs).zip(y) {
            rows.extend(x.iter().zip(&self.inputs).map(|(&x, scale)| scale.to_units(x)));
            if self.classes && outputs > 1 {
                assert!((y as usize) < outputs, "class {y} of {outputs}");
                rows.extend((0..outputs).map(|class| if class as f64 == y { 1.0 } else { 0.0 }));
            } else {
                rows.push(self.output.to_units(y));
            }
        }
        Samples::new(inputs, outputs, rows)
    }

    /// A squared error in the units of the data, from one in the units of training.
    pub fn squared_error(&self, error: f64) -> f64 {
        error * self.output.unit * self.output.unit
    }

    /// Whether training and data have the same units.
    fn is_none(&self) -> bool {
        self.output == Scale::NONE && self.inputs.iter().all(|&scale| scale == Scale::NONE)
    }

    /// The same function in the units of the data. In the first layer Σᵢ wᵢ·uᵢ + b is
    /// Σᵢ (wᵢ/unitᵢ)·xᵢ + (b − Σᵢ (wᵢ/unitᵢ)·zeroᵢ); the last layer, which must not have an activation if y has units, is
    /// scaled and shifted.
    #[allow(clippy::missing_panics_doc, reason = "there is a parameter for each place")]
    pub fn network(&self, trained: &Network) -> Network {
        if self.is_none() {
            return trained.clone();
        }
        let architecture = trained.architecture();
        let mut parameters = trained.parameters().to_vec();
        let [weights, biases] = architecture.places(0);
        let units = biases.len();
        for (column, &scale) in self.inputs.iter().enumerate() {
            for unit in 0..units {
                let weight = &mut parameters[weights.start + column * units + unit];
                *weight /= scale.unit;
                let shift = *weight * scale.zero;
                parameters[biases.start + unit] -= shift;
            }
        }
        if self.output != Scale::NONE {
            let [weights, biases] = architecture.places(architecture.layers().len() - 1);
            parameters[weights].iter_mut().for_each(|weight| *weight *= self.output.unit);
            parameters[biases].iter_mut().for_each(|bias| *bias = *bias * self.output.unit + self.output.zero);
        }
        Network::new(architecture.clone(), parameters).expect("as many parameters")
    }

    /// The network as it was trained, if it is shown in other units.
    pub(crate) fn kept(&self, trained: &Network) -> Option<Network> {
        (!self.is_none()).then(|| trained.clone())
    }

    /// The first input in the units of training.
    pub fn input(&self, x: f64) -> f64 {
        self.inputs[0].to_units(x)
    }
    /// A value in the units of the data, from one in the units of training.
    pub fn shown_output(&self, y: f64) -> f64 {
        y * self.output.unit + self.output.zero
    }
    /// The first input in the units of the data, from one in the units of training.
    pub fn shown_input(&self, u: f64) -> f64 {
        self.inputs[0].zero + self.inputs[0].unit * u
    }
}
