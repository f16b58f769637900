//! What a network is, before it has parameters: inputs, layers, loss.
//!
//! ```
//! use nn::architecture::{Activation, Architecture, Layer, Loss};
//!
//! // 2 → 8 → 8 → 1 with tanh, for two classes.
//! let hidden = Layer { units: 8, activation: Activation::Tanh };
//! let output = Layer { units: 1, activation: Activation::Identity };
//! let architecture = Architecture::new(2, vec![hidden, hidden, output], Loss::Logistic)?;
//! assert_eq!(architecture.to_string(), "2 → 8 tanh → 8 tanh → 1");
//! assert_eq!(architecture.parameters(), 3 * 8 + 9 * 8 + 9);
//!
//! // The notebook's network.
//! assert_eq!(Architecture::default().to_string(), "1 → 20 relu → 1");
//! # Ok::<(), nn::architecture::ArchitectureError>(())
//! ```

use crate::settings::words;
use autodiff::{DynVar, ShapeError};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};
use std::ops::Range;
use tensor::Scalar;

/// The most hidden layers.
pub const MAX_HIDDEN_LAYERS: usize = 8;
/// The most units of a hidden layer.
pub const MAX_UNITS: usize = 1024;
/// The most inputs.
pub const MAX_INPUTS: usize = 64;
/// The most outputs, or classes.
pub const MAX_OUTPUTS: usize = 64;

words! {
    /// The function φ by which a unit's output follows from its pre-activation z.
    Activation {
        /// max(z, 0).
        Relu = "relu",
        /// z where z > 0, and 0.01·z elsewhere (A. Maas, A. Hannun and A. Ng, "Rectifier nonlinearities improve neural
        /// network acoustic models", 2013).
        LeakyRelu = "leaky-relu",
        /// tanh z.
        Tanh = "tanh",
        /// 1 / (1 + e⁻ᶻ).
        Sigmoid = "sigmoid",
        /// z·P(N ≤ z) for a standard normal N, that is z·(1 + erf(z/√2))/2, exactly and not by its usual
        /// approximations (D. Hendrycks and K. Gimpel, "Gaussian error linear units", 2016).
        Gelu = "gelu",
        /// sin z, of radians.
        Sine = "sine",
        /// z.
        Identity = "identity",
    }
}

/// The slope of [`Activation::LeakyRelu`] below 0.
const LEAK: f64 = 0.01;

impl Activation {
    /// φ(z), with the same bits on every machine. NaN stays NaN.
    pub fn value(self, z: f64) -> f64 {
        match self {
            Activation::Relu => z.relu(),
            Activation::LeakyRelu => {
                if z > 0.0 {
                    z
                } else {
                    LEAK * z
                }
            }
            Activation::Tanh => Scalar::tanh(z),
            Activation::Sigmoid => z.sigmoid(),
            Activation::Gelu => z.gelu(),
            Activation::Sine => Scalar::sin(z),
            Activation::Identity => z,
        }
    }

    /// Records φ of every entry of z.
    ///
    /// # Errors
    /// None that a tape with room for the result has.
    pub fn record<T: Scalar>(self, z: DynVar<'_, T>) -> Result<DynVar<'_, T>, ShapeError> {
        match self {
            Activation::Relu => z.relu(),
            Activation::LeakyRelu => z.leaky_relu(),
            Activation::Tanh => z.tanh(),
            Activation::Sigmoid => z.sigmoid(),
            Activation::Gelu => z.gelu(),
            Activation::Sine => z.sin(),
            Activation::Identity => Ok(z),
        }
    }

    /// For a piecewise linear φ its slopes where z ≤ 0 and where z > 0; None for a smooth one.
    ///
    /// At the kink the slope is that to its left, as ReLU′(0) = 0 everywhere in this workspace.
    pub fn slopes(self) -> Option<[f64; 2]> {
        match self {
            Activation::Relu => Some([0.0, 1.0]),
            Activation::LeakyRelu => Some([LEAK, 1.0]),
            Activation::Identity => Some([1.0, 1.0]),
            Activation::Tanh | Activation::Sigmoid | Activation::Gelu | Activation::Sine => None,
        }
    }

    /// Whether φ is piecewise linear and bends, at 0.
    pub fn has_kink(self) -> bool {
        self.slopes().is_some_and(|[left, right]| left != right)
    }
}

words! {
    /// What training makes small, for outputs ŷ of the last layer and targets y.
    Loss {
        /// (ŷ − y)², in the mean over samples and outputs.
        SquaredError = "squared-error",
        /// −ln P(y) for two classes y = 0 and 1, where one output ŷ is the log odds of class 1, P(1) = 1/(1 + e^−ŷ); in
        /// the mean over samples.
        Logistic = "logistic",
        /// −ln P(y) for classes y = 0, 1, …, each with an output, P(k) = e^ŷₖ/Σⱼ e^ŷⱼ (softmax); in the mean over
        /// samples.
        CrossEntropy = "cross-entropy",
    }
}

/// A loss of one's own, beside those of [`Loss`]: it is recorded, and so differentiated, explained and replayed as any other
/// computation.
///
/// The fourth power of the error, of one output:
///
/// ```
/// use autodiff::{DynVar, ShapeError};
/// use nn::architecture::{Architecture, LossRule};
/// use nn::initial::Initial;
/// use nn::optimizer::Rule;
/// use nn::trainer::Trainer;
/// use tensor::Scalar;
///
/// struct Fourth;
///
/// impl<T: Scalar> LossRule<T> for Fourth {
///     fn record<'t>(
///         &self,
///         prediction: DynVar<'t, T>,
///         target: DynVar<'t, T>,
///         weight: DynVar<'t, T>,
///     ) -> Result<DynVar<'t, T>, ShapeError> {
///         let error = (prediction - target)?;
///         let square = error.component_mul(error)?;
///         square.component_mul(square)?.component_mul(weight)?.sum()
///     }
/// }
///
/// let start = Initial::Notebook.network(&Architecture::bent_line(5), 0)?;
/// let points = vec![[0.0, 1.0], [0.5, 0.0], [1.0, 1.0]];
/// let mut trainer = Trainer::<f64>::with_loss(&[start], 0, Rule::ADAM, 0.01, points, 3, &Fourth);
/// let first = trainer.step(|_, indices| indices.copy_from_slice(&[0, 1, 2]));
/// for _ in 0..500 {
///     trainer.step(|_, indices| indices.copy_from_slice(&[0, 1, 2]));
/// }
/// assert!(trainer.step(|_, indices| indices.copy_from_slice(&[0, 1, 2])) < first / 10.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait LossRule<T: Scalar> {
    /// Records Σⱼ mⱼ·ℓ(ŷⱼ, yⱼ), 1×1, of predictions ŷ and targets y, outputs × samples, and a row of weights m ≥ 0. A
    /// sample whose weight is 0 is not there.
    ///
    /// # Errors
    /// If shapes do not fit.
    fn record<'t>(
        &self,
        prediction: DynVar<'t, T>,
        target: DynVar<'t, T>,
        weight: DynVar<'t, T>,
    ) -> Result<DynVar<'t, T>, ShapeError>;

    /// Over how many numbers of a sample of so many outputs it is a mean; 1 if it is not.
    fn numbers(&self, outputs: usize) -> usize {
        let _ = outputs;
        1
    }
}

impl<T: Scalar> LossRule<T> for Loss {
    fn record<'t>(
        &self,
        prediction: DynVar<'t, T>,
        target: DynVar<'t, T>,
        weight: DynVar<'t, T>,
    ) -> Result<DynVar<'t, T>, ShapeError> {
        match self {
            Loss::SquaredError => prediction.weighted_square(target, weight),
            Loss::Logistic => prediction.logistic(target, weight),
            Loss::CrossEntropy => prediction.cross_entropy(target, weight),
        }
    }
    fn numbers(&self, outputs: usize) -> usize {
        if *self == Loss::SquaredError { outputs } else { 1 }
    }
}

/// A layer that computes φ(W·x + b) from its inputs x.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// How many outputs it has.
    pub units: usize,
    /// φ.
    pub activation: Activation,
}

/// Inputs, layers and loss. The last layer gives the outputs, those before it are hidden; there may be none.
///
/// The parameters of a network lie in one row, layer by layer from the input on: W of units × inputs **column by
/// column**, so that the weights of all units for one input stand together, then b. For one input and one hidden layer
/// that is W1, b1, W2, b2.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Form")]
pub struct Architecture {
    inputs: usize,
    layers: Vec<Layer>,
    loss: Loss,
}

/// An architecture as it is written, not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    inputs: usize,
    layers: Vec<Layer>,
    loss: Loss,
}

impl TryFrom<Form> for Architecture {
    type Error = ArchitectureError;

    fn try_from(Form { inputs, layers, loss }: Form) -> Result<Self, ArchitectureError> {
        Architecture::new(inputs, layers, loss)
    }
}

/// A network that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchitectureError {
    /// No inputs, or too many.
    #[error("{0} inputs: a network has from 1 to {MAX_INPUTS}")]
    Inputs(usize),
    /// No layer at all.
    #[error("no layers: a network has at least its output layer")]
    NoLayers,
    /// Too many layers.
    #[error("{0} hidden layers: a network has at most {MAX_HIDDEN_LAYERS}")]
    Depth(usize),
    /// A hidden layer without units, or with too many.
    #[error("{units} units in hidden layer {layer}: a hidden layer has from 1 to {MAX_UNITS}")]
    Units {
        /// Which layer, from 1.
        layer: usize,
        /// Its units.
        units: usize,
    },
    /// No outputs, or too many.
    #[error("{0} outputs: a network has from 1 to {MAX_OUTPUTS}")]
    Outputs(usize),
    /// The loss needs another number of outputs.
    #[error("{loss} needs {needs}, and the network has {outputs}")]
    Loss {
        /// The loss.
        loss: Loss,
        /// What it needs, in words.
        needs: &'static str,
        /// How many outputs there are.
        outputs: usize,
    },
}

impl Architecture {
    /// A network of so many inputs with these layers, the output layer included.
    ///
    /// # Errors
    /// [`ArchitectureError`] if a size is 0 or above its limit, or if the loss does not fit the outputs.
    pub fn new(inputs: usize, layers: Vec<Layer>, loss: Loss) -> Result<Self, ArchitectureError> {
        if !(1..=MAX_INPUTS).contains(&inputs) {
            return Err(ArchitectureError::Inputs(inputs));
        }
        let Some((output, hidden)) = layers.split_last() else { return Err(ArchitectureError::NoLayers) };
        if hidden.len() > MAX_HIDDEN_LAYERS {
            return Err(ArchitectureError::Depth(hidden.len()));
        }
        if let Some(i) = hidden.iter().position(|layer| !(1..=MAX_UNITS).contains(&layer.units)) {
            return Err(ArchitectureError::Units { layer: i + 1, units: hidden[i].units });
        }
        let outputs = output.units;
        if !(1..=MAX_OUTPUTS).contains(&outputs) {
            return Err(ArchitectureError::Outputs(outputs));
        }
        let needs = match loss {
            Loss::Logistic if outputs != 1 => "one output, the log odds of the second class",
            Loss::CrossEntropy if outputs == 1 => "an output for each class, at least two",
            _ => return Ok(Architecture { inputs, layers, loss }),
        };
        Err(ArchitectureError::Loss { loss, needs, outputs })
    }

    /// One input, one hidden layer of ReLUs, one output, squared error: the notebook's network.
    ///
    /// # Panics
    /// If the width is not from 1 to [`MAX_UNITS`].
    pub fn bent_line(width: usize) -> Self {
        assert!((1..=MAX_UNITS).contains(&width), "a network has from 1 to {MAX_UNITS} hidden units");
        let hidden = Layer { units: width, activation: Activation::Relu };
        let output = Layer { units: 1, activation: Activation::Identity };
        Architecture { inputs: 1, layers: vec![hidden, output], loss: Loss::SquaredError }
    }

    /// Whether a network of it is a line with one bend for each unit of its only hidden layer, whatever its loss: one
    /// input, one hidden layer of ReLUs, one output.
    pub fn is_bent_line(&self) -> bool {
        let [hidden, output] = self.layers[..] else { return false };
        let one = self.inputs == 1 && output.units == 1;
        one && hidden.activation == Activation::Relu && output.activation == Activation::Identity
    }

    /// How many numbers go in.
    pub fn inputs(&self) -> usize {
        self.inputs
    }
    /// All layers, the output layer last.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }
    /// The layers before the output layer.
    pub fn hidden(&self) -> &[Layer] {
        &self.layers[..self.layers.len() - 1]
    }
    /// How many hidden units there are, in all layers together.
    pub fn hidden_units(&self) -> usize {
        self.hidden().iter().map(|layer| layer.units).sum()
    }
    /// How many numbers go into the output layer: the units of the last hidden layer.
    pub fn last_hidden(&self) -> usize {
        self.inputs_of(self.layers.len() - 1)
    }
    /// How many numbers come out.
    pub fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].units
    }
    /// What training makes small.
    pub fn loss(&self) -> Loss {
        self.loss
    }
    /// How many numbers go into layer `layer`, counted from 0.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn inputs_of(&self, layer: usize) -> usize {
        if layer == 0 { self.inputs } else { self.layers[layer - 1].units }
    }
    /// Where W and b of a layer, counted from 0, stand in the row of parameters.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn places(&self, layer: usize) -> [Range<usize>; 2] {
        let start: usize = (0..layer).map(|before| self.parameters_of(before)).sum();
        let weights = start + self.inputs_of(layer) * self.layers[layer].units;
        [start..weights, weights..weights + self.layers[layer].units]
    }
    /// How many parameters a layer has, counted from 0: units·(inputs + 1).
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn parameters_of(&self, layer: usize) -> usize {
        (self.inputs_of(layer) + 1) * self.layers[layer].units
    }
    /// How many parameters all layers have.
    pub fn parameters(&self) -> usize {
        (0..self.layers.len()).map(|layer| self.parameters_of(layer)).sum()
    }
}

impl Default for Architecture {
    /// The notebook's network of 20 units.
    fn default() -> Self {
        Architecture::bent_line(20)
    }
}

impl Display for Architecture {
    /// As in "2 → 8 tanh → 8 tanh → 1".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inputs)?;
        for &Layer { units, activation } in &self.layers {
            write!(f, " → {units}")?;
            if activation != Activation::Identity {
                write!(f, " {activation}")?;
            }
        }
        Ok(())
    }
}
