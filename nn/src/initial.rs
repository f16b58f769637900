//! The parameters a network starts with.
//!
//! Each initialisation draws from a stream of its own of [`tensor::random::Streams`], chosen by the seed and the number
//! of hidden units, so that the start depends on these and the architecture alone: not on the data, the optimizer, or
//! which layers are trained.
//!
//! ```
//! use nn::architecture::Architecture;
//! use nn::initial::Initial;
//!
//! let start = Initial::Notebook.network(&Architecture::bent_line(10), 0)?;
//! // Every elbow is in [0, 1].
//! assert!(start.units().all(|unit| (0.0..=1.0).contains(&unit.elbow().unwrap())));
//! # Ok::<(), nn::initial::InitialError>(())
//! ```

use crate::architecture::{Activation, Architecture, Layer};
use crate::network::Network;
use crate::settings::{Precision, words};
use std::ops::Range;
use tensor::random::Streams;

words! {
    /// How parameters are drawn. For a layer of n inputs and m units with activation φ, U(a) is uniform in [−a, a].
    Initial {
        /// The notebook's, for one input from 0 to 1: W of the first layer from U(1), all later W and b from U(1/√n), and
        /// then b = −e·W in the first layer with elbows e uniform in [0, 1] and ascending, so that every unit has its elbow
        /// there.
        Notebook = "notebook",
        /// All elbows at 1/2: as the notebook's, but with e = 1/2 for every unit.
        OnePlace = "one-place",
        /// PyTorch's default for `nn.Linear`: W and b from U(1/√n)
        /// (`torch/nn/modules/linear.py`, `Linear.reset_parameters`).
        PyTorch = "pytorch",
        /// W from U(g·√(3/n)), whose variance is g²/n, and b = 0, with g = √2 for ReLU and GELU, √(2/(1 + 0.01²)) for leaky
        /// ReLU, 5/3 for tanh and 1 for the others, so that values keep their size from layer to layer
        /// (K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", 2015; `torch.nn.init.kaiming_uniform_`).
        Kaiming = "kaiming",
        /// W from U(√(6/(n + m))), whose variance is 2/(n + m), and b = 0: a compromise between values going forward and
        /// gradients going back (X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
        /// networks", 2010, equation 16; `torch.nn.init.xavier_uniform_`).
        Glorot = "glorot",
        /// All parameters 0: units of a layer stay equal to each other whatever is learned.
        Zero = "zero",
    }
}

/// A start that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InitialError {
    /// Elbows are places on a line.
    #[error("the initialisation {initial} puts elbows on a line and needs one input; this network has {inputs}")]
    Inputs {
        /// Which initialisation.
        initial: Initial,
        /// How many inputs the network has.
        inputs: usize,
    },
}

impl Initial {
    /// The network of an architecture and seed, in double precision.
    ///
    /// # Errors
    /// [`InitialError`] for [`Notebook`](Self::Notebook) and [`OnePlace`](Self::OnePlace) with more than one input.
    pub fn network(self, architecture: &Architecture, seed: u64) -> Result<Network, InitialError> {
        self.rounded(architecture, seed, Precision::F64)
    }

    /// As [`network`](Self::network), with every draw rounded to a precision before anything is computed from it.
    ///
    /// # Errors
    /// As [`network`](Self::network).
    #[allow(clippy::missing_panics_doc, reason = "there is a parameter for each place")]
    pub fn rounded(
        self,
        architecture: &Architecture,
        seed: u64,
        precision: Precision,
    ) -> Result<Network, InitialError> {
        self.check_inputs(architecture.inputs())?;
        let on_a_line = self.is_on_a_line();
        let hidden: usize = architecture.hidden().iter().map(|layer| layer.units).sum();
        // Stream 0 is that of minibatches.
        let stream = if hidden > 0 { hidden as u64 } else { u64::MAX };
        let mut random = Streams::new(seed, stream);
        let round = |value: f64| match precision {
            Precision::F32 => f64::from(value as f32),
            Precision::F64 => value,
        };
        let mut parameters = vec![0.0; architecture.parameters()];
        for (l, layer) in architecture.layers().iter().enumerate() {
            let [weights, biases] = architecture.places(l);
            let [bound, bias] = self.bounds(architecture.inputs_of(l), layer);
            let mut draw = |place: Range<usize>, bound: f64| {
                if bound > 0.0 {
                    parameters[place].fill_with(|| round(bound * (2.0 * random.uniform() - 1.0)));
                }
            };
            draw(weights, bound);
            // The first biases follow from the elbows.
            if l > 0 || !on_a_line {
                draw(biases, bias);
            }
        }
        if on_a_line {
            let [weights, biases] = architecture.places(0);
            let mut elbows: Vec<f64> = biases.clone().map(|_| random.uniform()).collect();
            elbows.sort_by(f64::total_cmp);
            for ((weight, bias), elbow) in weights.zip(biases).zip(elbows) {
                let elbow = if self == Initial::OnePlace { 0.5 } else { elbow };
                parameters[bias] = round(-elbow * parameters[weight]);
            }
        }
        Ok(Network::new(architecture.clone(), parameters).expect("a parameter for each place"))
    }

    /// Whether it puts elbows on a line.
    fn is_on_a_line(self) -> bool {
        matches!(self, Initial::Notebook | Initial::OnePlace)
    }

    /// Whether there is such a start for networks of so many inputs.
    pub(crate) fn check_inputs(self, inputs: usize) -> Result<(), InitialError> {
        if self.is_on_a_line() && inputs > 1 {
            return Err(InitialError::Inputs { initial: self, inputs });
        }
        Ok(())
    }

    /// The bounds of W and b in a layer of `n` inputs; 0 for parameters that are 0.
    fn bounds(self, n: usize, layer: &Layer) -> [f64; 2] {
        let n = n as f64;
        match self {
            Initial::Notebook | Initial::OnePlace | Initial::PyTorch => [1.0 / n.sqrt(); 2],
            Initial::Kaiming => [gain(layer.activation) * (3.0 / n).sqrt(), 0.0],
            Initial::Glorot => [(6.0 / (n + layer.units as f64)).sqrt(), 0.0],
            Initial::Zero => [0.0; 2],
        }
    }
}

/// By how much weights must be larger for φ than for the identity, so that values keep their size
/// (`torch.nn.init.calculate_gain`; GELU and sine are not in its table, and are taken as ReLU and identity).
fn gain(activation: Activation) -> f64 {
    match activation {
        Activation::Relu | Activation::Gelu => std::f64::consts::SQRT_2,
        Activation::LeakyRelu => (2.0_f64 / (1.0 + 0.01 * 0.01)).sqrt(),
        Activation::Tanh => 5.0 / 3.0,
        Activation::Sigmoid | Activation::Sine | Activation::Identity => 1.0,
    }
}

/// The notebook's initial network of a width and seed, on inputs from 0 to 1, rounded to `precision`.
///
/// # Panics
/// If the width is not from 1 to 1024.
pub fn initial_network(width: usize, seed: u64, precision: Precision) -> Network {
    Initial::Notebook.rounded(&Architecture::bent_line(width), seed, precision).expect("one input")
}
