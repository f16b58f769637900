//! A network: an architecture and its parameters, evaluated in double precision.
//!
//! ```
//! use nn::architecture::{Activation, Architecture, Layer, Loss};
//! use nn::network::Network;
//!
//! // ŷ = 2·Φ(x₁ − x₂) − 1.
//! let hidden = Layer { units: 1, activation: Activation::Relu };
//! let output = Layer { units: 1, activation: Activation::Identity };
//! let architecture = Architecture::new(2, vec![hidden, output], Loss::SquaredError)?;
//! let network = Network::new(architecture, vec![1.0, -1.0, 0.0, 2.0, -1.0])?;
//! assert_eq!(network.outputs(&[0.5, 0.25]), [-0.5]);
//! assert_eq!(network.evaluate(&[0.5, 0.25]).before(0), [0.25]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::architecture::Architecture;
use crate::geometry::Unit;
use crate::samples::Samples;
use crate::trainer::Errors;

/// An architecture with its parameters, in double precision whatever it was trained in.
///
/// Layer by layer from the input x₀ on, zₗ = Wₗ·xₗ₋₁ + bₗ and xₗ = φₗ(zₗ); the last xₗ is the output ŷ.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    architecture: Architecture,
    parameters: Vec<f64>,
}

/// Parameters that do not fit an architecture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} parameters: a network {architecture} has {expected}")]
pub struct ParametersError {
    /// The architecture.
    pub architecture: Architecture,
    /// How many parameters it has.
    pub expected: usize,
    /// How many there were.
    pub found: usize,
}

impl Network {
    /// A network from its parameters, in the order that [`Architecture`] tells.
    ///
    /// # Errors
    /// [`ParametersError`] if there are too many or too few. They need not be finite.
    pub fn new(architecture: Architecture, parameters: Vec<f64>) -> Result<Self, ParametersError> {
        let (expected, found) = (architecture.parameters(), parameters.len());
        if expected != found {
            return Err(ParametersError { architecture, expected, found });
        }
        Ok(Network { architecture, parameters })
    }

    /// The notebook's network, ŷ(x) = b2 + Σᵢ w2ᵢ·Φ(w1ᵢ·x + b1ᵢ) with Φ = ReLU, from the rows W1, b1, W2 and the
    /// number b2.
    ///
    /// # Panics
    /// If W1, b1 and W2 are not of equal length, from 1 to 1024.
    pub fn bent_line(w1: &[f64], b1: &[f64], w2: &[f64], b2: f64) -> Self {
        assert!(w1.len() == b1.len() && w1.len() == w2.len(), "W1, b1 and W2 have one entry per hidden unit");
        Network { architecture: Architecture::bent_line(w1.len()), parameters: [w1, b1, w2, &[b2]].concat() }
    }

    /// What it is, but for its parameters.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }
    /// All parameters, layer by layer W and b.
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }
    /// W of a layer, counted from 0: units × inputs, column by column.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn weights(&self, layer: usize) -> &[f64] {
        let [weights, _] = self.architecture.places(layer);
        &self.parameters[weights]
    }
    /// b of a layer, counted from 0.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn biases(&self, layer: usize) -> &[f64] {
        let [_, biases] = self.architecture.places(layer);
        &self.parameters[biases]
    }
    /// Every parameter is finite.
    pub fn is_finite(&self) -> bool {
        self.parameters.iter().all(|p| p.is_finite())
    }

    /// All values of all layers at one input.
    ///
    /// # Panics
    /// If `x` does not have one entry for each input.
    pub fn evaluate(&self, x: &[f64]) -> Evaluation {
        let mut evaluation = Evaluation::new(&self.architecture);
        self.evaluate_into(x, &mut evaluation);
        evaluation
    }

    /// As [`evaluate`](Self::evaluate), over the values of an earlier evaluation of the same architecture: allocates
    /// nothing.
    ///
    /// # Panics
    /// If `x` does not have one entry for each input, or the evaluation is of another architecture.
    pub fn evaluate_into(&self, x: &[f64], evaluation: &mut Evaluation) {
        assert_eq!(x.len(), self.architecture.inputs(), "one entry for each input");
        assert_eq!(evaluation.layers.len(), self.architecture.layers().len(), "an evaluation of this architecture");
        let mut rest = self.parameters.as_slice();
        for l in 0..evaluation.layers.len() {
            let (before, from) = evaluation.layers.split_at_mut(l);
            let inputs = before.last().map_or(x, |[_, after]| after);
            let [z, after] = &mut from[0];
            assert_eq!(z.len(), self.architecture.layers()[l].units, "an evaluation of this architecture");
            let (weights, biases) = rest.split_at(inputs.len() * z.len());
            let (biases, deeper) = biases.split_at(z.len());
            rest = deeper;
            affine(weights, biases, inputs, z);
            let activation = self.architecture.layers()[l].activation;
            for (after, &z) in after.iter_mut().zip(&*z) {
                *after = activation.value(z);
            }
        }
    }

    /// ŷ at one input.
    ///
    /// # Panics
    /// If `x` does not have one entry for each input.
    pub fn outputs(&self, x: &[f64]) -> Vec<f64> {
        self.evaluate(x).outputs().to_vec()
    }

    /// ŷ at many inputs: for each row of `x`, as many numbers as there are outputs, in order.
    ///
    /// # Panics
    /// If `x` is not rows of one entry for each input.
    pub fn predictions(&self, x: &[f64]) -> Vec<f64> {
        let inputs = self.architecture.inputs();
        assert_eq!(x.len() % inputs, 0, "rows of one entry for each input");
        let mut evaluation = Evaluation::new(&self.architecture);
        let mut predictions = Vec::with_capacity(x.len() / inputs * self.architecture.outputs());
        for x in x.chunks_exact(inputs) {
            self.evaluate_into(x, &mut evaluation);
            predictions.extend_from_slice(evaluation.outputs());
        }
        predictions
    }

    /// ŷ(x) of a network of one input and one output.
    ///
    /// # Panics
    /// If it has more.
    pub fn predict(&self, x: f64) -> f64 {
        let [y] = self.outputs(&[x])[..] else { panic!("the network has more than one output") };
        y
    }

    /// Mean squared error on the points (x, y) of a network of one input and one output; NaN if there are none.
    ///
    /// # Panics
    /// If it has more.
    pub fn mse(&self, x: &[f64], y: &[f64]) -> f64 {
        assert!(self.architecture.inputs() == 1 && self.architecture.outputs() == 1, "one input and one output");
        let squares = self.predictions(x).into_iter().zip(y).map(|(prediction, &y)| (prediction - y).powi(2));
        squares.sum::<f64>() / x.len() as f64
    }

    /// The mean squared error on samples, over samples and outputs, and with `classes` the share of them that are given
    /// their class: that of the largest output.
    ///
    /// # Panics
    /// If the samples do not have the inputs and outputs of the network.
    pub fn errors(&self, samples: &Samples<f64>, classes: bool) -> Errors {
        let mut evaluation = Evaluation::new(&self.architecture);
        let (mut sum, mut right) = (0.0, 0);
        for (x, y) in samples.iter() {
            self.evaluate_into(x, &mut evaluation);
            let outputs = evaluation.outputs();
            sum += outputs.iter().zip(y).map(|(output, target)| (output - target).powi(2)).sum::<f64>();
            right += usize::from(largest(outputs) == largest(y));
        }
        let count = samples.len() as f64;
        Errors { loss: sum / (count * samples.targets() as f64), accuracy: classes.then_some(right as f64 / count) }
    }

    /// Unit `i` of those that [`units`](Self::units) gives.
    ///
    /// # Panics
    /// If there is no such unit.
    pub fn unit(&self, i: usize) -> Unit {
        let mut units = self.units();
        let width = units.len();
        units.nth(i).unwrap_or_else(|| panic!("no unit {i} of {width}"))
    }
    /// The hidden units of a network that is a [bent line](Architecture::is_bent_line), in order. Another network has
    /// no units of this kind, and gives none.
    pub fn units(&self) -> impl ExactSizeIterator<Item = Unit> + '_ {
        let rows = self.architecture.is_bent_line().then(|| [self.weights(0), self.biases(0), self.weights(1)]);
        let [w1, b1, w2] = rows.unwrap_or_default();
        (0..w1.len()).map(move |i| Unit { w1: w1[i], b1: b1[i], w2: w2[i] })
    }
}

/// Where the largest of some values is, of equal ones the first.
fn largest(values: &[f64]) -> Option<usize> {
    (0..values.len()).max_by(|&i, &j| values[i].total_cmp(&values[j]).then(j.cmp(&i)))
}

/// z = W·x + b with W column by column. The products are added in the order of the inputs, and b last.
fn affine(weights: &[f64], biases: &[f64], x: &[f64], z: &mut [f64]) {
    let mut columns = weights.chunks_exact(z.len()).zip(x);
    if let Some((column, &x)) = columns.next() {
        z.iter_mut().zip(column).for_each(|(z, w)| *z = w * x);
    }
    for (column, &x) in columns {
        z.iter_mut().zip(column).for_each(|(z, w)| *z += w * x);
    }
    z.iter_mut().zip(biases).for_each(|(z, b)| *z += b);
}

/// The values of all layers at one input.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// z and φ(z) of every layer.
    layers: Vec<[Vec<f64>; 2]>,
}

impl Evaluation {
    /// Room for the values of networks of one architecture; all 0.
    pub fn new(architecture: &Architecture) -> Self {
        let layers = architecture.layers().iter().map(|layer| [(); 2].map(|()| vec![0.0; layer.units])).collect();
        Evaluation { layers }
    }
    /// The pre-activations z = W·x + b of a layer, counted from 0.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn before(&self, layer: usize) -> &[f64] {
        &self.layers[layer][0]
    }
    /// The activations φ(z) of a layer, counted from 0.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn after(&self, layer: usize) -> &[f64] {
        &self.layers[layer][1]
    }
    /// Changes z and ŷ of the last layer, which has no activation.
    pub(crate) fn map_outputs(&mut self, change: impl Fn(f64) -> f64) {
        let last = self.layers.last_mut().into_iter().flatten().flatten();
        last.for_each(|value| *value = change(*value));
    }
    /// The activations of the last layer, ŷ.
    pub fn outputs(&self) -> &[f64] {
        self.after(self.layers.len() - 1)
    }
}
