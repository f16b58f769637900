//! Networks whose shapes are types: linear layers and activations in a tuple.
//!
//! ```
//! use autodiff::{SMatrix, Tape};
//! use nn::architecture::Loss;
//! use nn::initial::Initial;
//! use nn::layers::{Layers, Linear, Tanh};
//!
//! type Classifier = (Linear<2, 16>, Tanh, Linear<16, 1>);
//! let network = Classifier::initial(Loss::Logistic, Initial::Glorot, 0)?;
//!
//! let tape = Tape::<f64>::new();
//! let recorded = network.record(&tape);
//! let x = tape.input("x", SMatrix::<f64, 2, 3>::new(0.0, 1.0, 1.0, /**/ 0.0, 0.0, 1.0));
//! let y = tape.input("y", SMatrix::<f64, 1, 3>::new(0.0, 1.0, 0.0));
//! let mean = tape.constant(SMatrix::<f64, 1, 3>::repeat(1.0 / 3.0));
//! let loss = recorded.outputs(x).logistic(y, mean);
//!
//! let (first, _, last) = recorded.layers;
//! let d = tape.backward(loss);
//! assert_eq!(d.of(first.weights).shape(), (16, 2));
//! assert_eq!(d.of(last.weights).shape(), (1, 16));
//! assert_eq!(tape.program(loss).operations(), ["dense", "dense", "logistic"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A part of a tuple may be a tuple itself. Layers that do not fit do not compile, and neither does an activation that does not stand behind a linear layer:
//!
//! ```compile_fail
//! # use nn::layers::{Layers, Linear, Tanh};
//! # use nn::architecture::Loss;
//! let architecture = <(Linear<2, 16>, Tanh, Linear<8, 1>)>::architecture(Loss::SquaredError);
//! ```
//!
//! The other door is [`Architecture`], for sizes that are chosen at run time. A network goes through both: [`network`] and
//! [`from_network`] lead from one to the other, and both record the same program.
//!
//! Matrices of known size lie on the stack. A layer of many thousands of weights belongs to the other door.
//!
//! [`network`]: Layers::network
//! [`from_network`]: Layers::from_network

use crate::architecture::{Activation, Architecture, ArchitectureError, Layer, Loss};
use crate::initial::{Initial, InitialError};
use crate::model::record_network;
use crate::network::Network;
use autodiff::{DynVar, Program, SMatrix, Tape, Var};
use std::fmt::Debug;
use tensor::{Element, Scalar};

/// What goes from one layer to the next, as a type: so many numbers of each sample, and whether an activation was applied
/// to them or they are inputs. To those of a linear layer it was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units<const N: usize, const ACTIVATED: bool>;

/// W·x + b of I inputs and O units.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear<const I: usize, const O: usize> {
    /// W.
    pub weights: SMatrix<f64, O, I>,
    /// b.
    pub biases: SMatrix<f64, O, 1>,
}

/// W and b of a [`Linear`] on a tape.
#[derive(Clone, Copy, Debug)]
pub struct LinearVar<'t, T: Scalar, const I: usize, const O: usize> {
    /// W.
    pub weights: Var<'t, T, O, I>,
    /// b.
    pub biases: Var<'t, T, O, 1>,
}

/// A linear layer, an activation, or several of them: what a network is put together from.
pub trait Part: Sized {
    /// The same on a tape.
    type Recorded<'t, T: Scalar>: Copy + Debug;

    /// Appends the layers it has, or gives the last one its activation.
    #[doc(hidden)]
    fn describe(layers: &mut Vec<Layer>);
    /// Appends all parameters, layer by layer W column by column and b.
    #[doc(hidden)]
    fn write(&self, parameters: &mut Vec<f64>);
    /// Takes the first of these parameters.
    #[doc(hidden)]
    fn read(parameters: &mut &[f64]) -> Self;
    /// Records W and b of its layers, behind those that are there.
    #[doc(hidden)]
    fn leaves<'t, T: Scalar>(&self, tape: &'t Tape<T>, leaves: &mut Leaves<'t, T>) -> Self::Recorded<'t, T>;
}

/// W and b of the layers that are recorded, of which the first are not trained.
#[doc(hidden)]
pub struct Leaves<'t, T: Scalar> {
    frozen: usize,
    layers: Vec<[DynVar<'t, T>; 2]>,
}

/// A part that can stand behind what gives `Before`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand behind a layer that gives `{Before}`",
    label = "these layers do not fit",
    note = "a linear layer has as many inputs as there are units before it, and an activation stands behind a linear layer"
)]
pub trait Follows<Before>: Part {
    /// What it gives.
    type Outputs;
}

/// A network of linear layers and activations, of which the first is linear.
pub trait Layers: Part {
    /// Its inputs: [`Units`].
    type Inputs;
    /// Its outputs: [`Units`].
    type Outputs;

    /// The same, described at run time.
    ///
    /// # Errors
    /// [`ArchitectureError`] if it is larger than those may be, or has not the outputs that the loss needs.
    fn architecture<const I: usize>(loss: Loss) -> Result<Architecture, ArchitectureError>
    where
        Self: Layers<Inputs = Units<I, true>>,
    {
        Architecture::new(I, layers::<Self>(), loss)
    }

    /// A network with initial parameters.
    ///
    /// # Errors
    /// [`StartError`] if the architecture or the initialisation refuses it.
    fn initial<const I: usize>(loss: Loss, initial: Initial, seed: u64) -> Result<Self, StartError>
    where
        Self: Layers<Inputs = Units<I, true>>,
    {
        let network = initial.network(&Self::architecture(loss)?, seed)?;
        Ok(Self::read(&mut network.parameters()))
    }

    /// The same network, of sizes at run time.
    ///
    /// # Errors
    /// As [`architecture`](Self::architecture).
    #[allow(clippy::missing_panics_doc, reason = "there is a parameter for each place")]
    fn network<const I: usize>(&self, loss: Loss) -> Result<Network, ArchitectureError>
    where
        Self: Layers<Inputs = Units<I, true>>,
    {
        let mut parameters = Vec::new();
        self.write(&mut parameters);
        Ok(Network::new(Self::architecture(loss)?, parameters).expect("a parameter for each place"))
    }

    /// A network of sizes at run time with these types.
    ///
    /// # Errors
    /// [`LayersError`] if it has other layers.
    fn from_network<const I: usize>(network: &Network) -> Result<Self, LayersError>
    where
        Self: Layers<Inputs = Units<I, true>>,
    {
        let architecture = network.architecture();
        if architecture.inputs() == I && architecture.layers() == layers::<Self>() {
            return Ok(Self::read(&mut network.parameters()));
        }
        Err(LayersError { types: std::any::type_name::<Self>(), found: architecture.clone() })
    }

    /// Records W1, b1, W2, b2, … as parameters.
    fn record<'t, T: Scalar>(&self, tape: &'t Tape<T>) -> Recorded<'t, T, Self> {
        self.record_frozen(tape, 0)
    }
    /// Records the parameters, of the first `frozen` linear layers as inputs, which are not trained.
    fn record_frozen<'t, T: Scalar>(&self, tape: &'t Tape<T>, frozen: usize) -> Recorded<'t, T, Self> {
        let mut leaves = Leaves { frozen, layers: Vec::new() };
        let layers = self.leaves(tape, &mut leaves);
        Recorded { layers, leaves: leaves.layers }
    }

    /// The outputs for inputs of which each column is a sample.
    ///
    /// ```
    /// use autodiff::SMatrix;
    /// use nn::layers::{Layers, Linear, Relu};
    ///
    /// let first = Linear { weights: SMatrix::<f64, 2, 1>::new(1.0, -1.0), biases: SMatrix::zeros() };
    /// let last = Linear { weights: SMatrix::<f64, 1, 2>::new(1.0, 1.0), biases: SMatrix::<f64, 1, 1>::new(0.5) };
    /// let network = (first, Relu, last); // |x| + ½
    /// assert_eq!(network.outputs(SMatrix::<f64, 1, 3>::new(-2.0, 0.0, 3.0)), SMatrix::<f64, 1, 3>::new(2.5, 0.5, 3.5));
    /// ```
    fn outputs<const I: usize, const O: usize, const A: bool, const C: usize>(
        &self,
        x: SMatrix<f64, I, C>,
    ) -> SMatrix<f64, O, C>
    where
        Self: Layers<Inputs = Units<I, true>, Outputs = Units<O, A>>,
    {
        let tape = Tape::new();
        self.record(&tape).outputs(tape.constant(x)).value()
    }
}

/// A network on a tape.
#[derive(Clone, Debug)]
pub struct Recorded<'t, T: Scalar, L: Layers> {
    /// W and b of every linear layer, as the network is put together.
    pub layers: L::Recorded<'t, T>,
    leaves: Vec<[DynVar<'t, T>; 2]>,
}

impl<'t, T: Scalar, L: Layers> Recorded<'t, T, L> {
    /// Records the outputs for inputs of which each column is a sample: φ(W·x + b·1ᵀ), layer by layer.
    ///
    /// # Panics
    /// If the inputs are a node of another tape.
    pub fn outputs<const I: usize, const O: usize, const A: bool, const C: usize>(
        &self,
        x: Var<'t, T, I, C>,
    ) -> Var<'t, T, O, C>
    where
        L: Layers<Inputs = Units<I, true>, Outputs = Units<O, A>>,
    {
        let outputs = record_network(&layers::<L>(), &self.leaves, x.dynamic()).and_then(DynVar::typed);
        outputs.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The network with the parameters that a program of this tape has come to, in one lane of its numbers.
    ///
    /// # Panics
    /// If the program is of another tape, or if there is no such lane.
    pub fn network(&self, program: &Program<T>, lane: usize) -> L {
        let entries = self.leaves.as_flattened().iter().flat_map(|&leaf| program.entries(leaf));
        let parameters: Vec<f64> = entries.map(|entry| entry.lane(lane).to_f64()).collect();
        L::read(&mut &parameters[..])
    }
}

/// Parameters of a network that has other layers than a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the network {found} is no {types}")]
pub struct LayersError {
    /// The layers that were expected.
    pub types: &'static str,
    /// What the network is.
    pub found: Architecture,
}

/// A start that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// There is no such architecture.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// The initialisation is not one for this architecture.
    #[error(transparent)]
    Initial(#[from] InitialError),
}

/// The layers of a type.
fn layers<L: Part>() -> Vec<Layer> {
    let mut layers = Vec::new();
    L::describe(&mut layers);
    layers
}

impl<const I: usize, const O: usize> Part for Linear<I, O> {
    type Recorded<'t, T: Scalar> = LinearVar<'t, T, I, O>;

    fn describe(layers: &mut Vec<Layer>) {
        layers.push(Layer { units: O, activation: Activation::Identity });
    }
    fn write(&self, parameters: &mut Vec<f64>) {
        parameters.extend(self.weights.iter().chain(&self.biases));
    }
    fn read(parameters: &mut &[f64]) -> Self {
        let mut take = |count: usize| parameters.split_off(..count).expect("a parameter for each place");
        let weights = SMatrix::from_column_slice(take(I * O));
        Linear { weights, biases: SMatrix::from_column_slice(take(O)) }
    }
    fn leaves<'t, T: Scalar>(&self, tape: &'t Tape<T>, leaves: &mut Leaves<'t, T>) -> LinearVar<'t, T, I, O> {
        let (number, is_frozen) = (leaves.layers.len() + 1, leaves.layers.len() < leaves.frozen);
        let [w, b] = ["W", "b"].map(|name| format!("{name}{number}"));
        let (weights, biases) = (self.weights.map(T::from_f64), self.biases.map(T::from_f64));
        let (weights, biases) = if is_frozen {
            (tape.input(&w, weights), tape.input(&b, biases))
        } else {
            (tape.parameter(&w, weights), tape.parameter(&b, biases))
        };
        leaves.layers.push([weights.dynamic(), biases.dynamic()]);
        LinearVar { weights, biases }
    }
}
impl<const I: usize, const O: usize, const A: bool> Follows<Units<I, A>> for Linear<I, O> {
    type Outputs = Units<O, false>;
}
impl<const I: usize, const O: usize> Layers for Linear<I, O> {
    type Inputs = Units<I, true>;
    type Outputs = Units<O, false>;
}

macro_rules! activations {
    ($($name:ident)+) => {$(
        #[doc = concat!("[`Activation::", stringify!($name), "`] of every entry.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;

        impl Part for $name {
            type Recorded<'t, T: Scalar> = $name;

            fn describe(layers: &mut Vec<Layer>) {
                layers.last_mut().expect("a linear layer before it").activation = Activation::$name;
            }
            fn write(&self, _parameters: &mut Vec<f64>) {}
            fn read(_parameters: &mut &[f64]) -> Self {
                $name
            }
            fn leaves<'t, T: Scalar>(&self, _tape: &'t Tape<T>, _leaves: &mut Leaves<'t, T>) -> $name {
                $name
            }
        }
        impl<const N: usize> Follows<Units<N, false>> for $name {
            type Outputs = Units<N, true>;
        }
    )+};
}
activations!(Relu LeakyRelu Tanh Sigmoid Gelu Sine);

/// Tuples of up to twelve parts, as in the standard library; a part may be a tuple itself. What stands behind
/// the first part follows what gives the outputs before it.
macro_rules! tuples {
    ([$($done:tt)*] [$last:ty]) => {};
    ([$($done:tt)*] [$last:ty] $part:ident $index:tt $($rest:tt)*) => {
        tuple!([$($done)* ($part $index [$last])] $part);
        tuples!([$($done)* ($part $index [$last])] [$part::Outputs] $($rest)*);
    };
}
macro_rules! tuple {
    ([(A 0 [$before:ty]) $(($part:ident $index:tt [$outputs:ty]))*] $last:ident) => {
        impl<A: Part, $($part: Part),*> Part for (A, $($part,)*) {
            type Recorded<'t, T: Scalar> = (A::Recorded<'t, T>, $($part::Recorded<'t, T>,)*);

            fn describe(layers: &mut Vec<Layer>) {
                A::describe(layers);
                $($part::describe(layers);)*
            }
            fn write(&self, parameters: &mut Vec<f64>) {
                self.0.write(parameters);
                $(self.$index.write(parameters);)*
            }
            fn read(parameters: &mut &[f64]) -> Self {
                (A::read(parameters), $($part::read(parameters),)*)
            }
            fn leaves<'t, T: Scalar>(&self, tape: &'t Tape<T>, leaves: &mut Leaves<'t, T>) -> Self::Recorded<'t, T> {
                (self.0.leaves(tape, leaves), $(self.$index.leaves(tape, leaves),)*)
            }
        }
        impl<Before, A: Follows<Before>, $($part: Follows<$outputs>),*> Follows<Before> for (A, $($part,)*) {
            type Outputs = $last::Outputs;
        }
        impl<A: Layers, $($part: Follows<$outputs>),*> Layers for (A, $($part,)*) {
            type Inputs = A::Inputs;
            type Outputs = $last::Outputs;
        }
    };
}
tuples!([] [Before] A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 J 8 K 9 L 10 M 11);
