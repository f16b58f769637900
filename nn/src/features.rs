//! Linearised features: how a prediction depends on each parameter, to first order.
//!
//! The features of a network at an input x are its derivatives there, φ(x) = ∂ŷ(x)/∂θ, one number for each parameter θ
//! of W1, b1, W2 and b2. For a small change δ of the parameters, ŷ(x) changes by φ(x)·δ: near where it is, the network
//! is a linear model with these features, and gradient descent fits it as it would fit any linear model. On n inputs
//! they make an n×p matrix; its singular values tell how fast which functions of x are learned (Jacot, Gabriel and
//! Hongler, Neural tangent kernel, 2018).
//!
//! All derivatives come from autodiff: ŷ is recorded once and differentiated, eight inputs at a time.
//!
//! ```
//! use nn::features::{Group, Linearisation};
//! use nn::network::Network;
//! use nn::settings::Paradigm;
//!
//! // ŷ(x) = 3·Φ(2x − 1) + 0.5, with its elbow at 0.5.
//! let network = Network::bent_line(&[2.0], &[-1.0], &[3.0], 0.5);
//! let features = Linearisation::new(1).features(&network, &[0.25, 0.75]);
//! assert_eq!(features.of(Group::W1, 0), [0.0, 3.0 * 0.75]); // w2·x where the unit is on
//! assert_eq!(features.of(Group::B1, 0), [0.0, 3.0]); // w2 where it is on
//! assert_eq!(features.of(Group::W2, 0), [0.0, 0.5]); // Φ(2x − 1)
//! assert_eq!(features.of(Group::B2, 0), [1.0, 1.0]);
//!
//! let principal = features.decompose(Paradigm::All)?;
//! assert_eq!(principal.spectrum.rank(), 2); // two inputs, and two ways to change the prediction on them
//! # Ok::<(), nn::features::FeaturesError>(())
//! ```

use crate::architecture::{Architecture, MAX_UNITS};
use crate::data::Data;
use crate::frame::Frame;
use crate::geometry::Unit;
use crate::network::Network;
use crate::settings::Paradigm;
use crate::study::{Run, State};
use autodiff::{NodeId, Program, ShapeError, Tape};
use nalgebra::{DMatrix, SVD};
use rayon::prelude::*;
use std::ops::Range;
use tensor::{Scalar, f64x8};

/// The parameters of a network by layer and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Input weights.
    W1,
    /// Hidden biases.
    B1,
    /// Output weights.
    W2,
    /// The output bias.
    B2,
}

impl Group {
    /// All groups, in the order of [`Network::parameters`].
    pub const ALL: [Group; 4] = [Group::W1, Group::B1, Group::W2, Group::B2];

    /// The name used in files and pictures.
    pub fn name(self) -> &'static str {
        match self {
            Group::W1 => "W1",
            Group::B1 => "b1",
            Group::W2 => "W2",
            Group::B2 => "b2",
        }
    }
    /// Where the parameters of the group stand among the 3·width + 1 of a network.
    pub fn columns(self, width: usize) -> Range<usize> {
        match self {
            Group::W1 => 0..width,
            Group::B1 => width..2 * width,
            Group::W2 => 2 * width..3 * width,
            Group::B2 => 3 * width..3 * width + 1,
        }
    }
}

/// Where the parameters that are trained stand among the 3·width + 1 of a network.
fn columns(trained: Paradigm, width: usize) -> Range<usize> {
    let network = Architecture::bent_line(width);
    let count = network.parameters();
    count - trained.parameters(&network)..count
}

/// Features that cannot be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeaturesError {
    /// There are no inputs, so the matrix has no rows.
    #[error("features need at least one input")]
    NoInputs,
    /// A derivative is infinite or not a number.
    #[error("a feature is not finite")]
    NotFinite,
    /// The algorithm for singular values found no end.
    #[error("the singular values could not be computed")]
    NotConverged,
}

/// The prediction of networks of one width, recorded once and ready to be differentiated by every parameter.
///
/// A lane holds an input: eight inputs at a time, each with the same parameters.
#[derive(Clone)]
pub struct Linearisation {
    program: Program<f64x8>,
    /// W1, b1, W2 and b2.
    parameters: [NodeId; 4],
    x: NodeId,
    width: usize,
}

/// Records ŷ at one input for networks of `width` hidden units.
fn record(width: usize) -> Result<(Program<f64x8>, [NodeId; 4], NodeId), ShapeError> {
    let tape = Tape::new();
    let zeros = |rows: usize, columns: usize| DMatrix::from_element(rows, columns, f64x8::zero());
    let column = zeros(width, 1);
    let (w1, b1) = (tape.dyn_parameter("W1", &column)?, tape.dyn_parameter("b1", &column)?);
    let (w2, b2) = (tape.dyn_parameter("W2", &zeros(1, width))?, tape.dyn_parameter("b2", &zeros(1, 1))?);
    let x = tape.dyn_input("x", &zeros(1, 1))?;
    let hidden = w1.product(x)?.add_to_columns(b1)?.relu()?;
    let prediction = w2.product(hidden)?.add_to_columns(b2)?.named("prediction");
    Ok((prediction.program()?, [w1.id(), b1.id(), w2.id(), b2.id()], x.id()))
}

impl Linearisation {
    /// For networks of `width` hidden units.
    ///
    /// # Panics
    /// If the width is not from 1 to [`MAX_UNITS`].
    pub fn new(width: usize) -> Self {
        assert!((1..=MAX_UNITS).contains(&width), "a network has from 1 to {MAX_UNITS} hidden units");
        let (program, parameters, x) = record(width).expect("the shapes of a network fit");
        Linearisation { program, parameters, x, width }
    }

    /// The features of `network` at the inputs `x`.
    ///
    /// At an elbow ReLU′(0) = 0 holds, so a unit counts as off there.
    ///
    /// # Panics
    /// If the network is not a bent line of this width.
    pub fn features(&mut self, network: &Network, x: &[f64]) -> Features {
        assert_eq!(network.units().len(), self.width, "the network has another width");
        let values = [network.weights(0), network.biases(0), network.weights(1), network.biases(1)];
        for (&node, values) in self.parameters.iter().zip(values) {
            for (entry, &value) in self.program.entries_mut(node).iter_mut().zip(values) {
                *entry = f64x8::splat(value);
            }
        }
        let mut matrix = DMatrix::zeros(x.len(), 3 * self.width + 1);
        for (block, inputs) in x.chunks(f64x8::LANES).enumerate() {
            self.program.entries_mut(self.x)[0] = f64x8::from_lanes(|lane| inputs[lane.min(inputs.len() - 1)]);
            self.program.forward();
            self.program.backward();
            for (&node, group) in self.parameters.iter().zip(Group::ALL) {
                let derivatives = self.program.derivative_entries(node).unwrap_or_default();
                for (column, derivative) in group.columns(self.width).zip(derivatives) {
                    for lane in 0..inputs.len() {
                        matrix[(block * f64x8::LANES + lane, column)] = derivative.lane(lane);
                    }
                }
            }
        }
        Features { x: x.to_vec(), matrix, width: self.width }
    }

    /// The features of `network` as exact functions of x on `domain`.
    ///
    /// # Panics
    /// If the network is not a bent line of this width.
    pub fn pieces(&mut self, network: &Network, domain: [f64; 2]) -> Pieces {
        let [low, high] = domain;
        let elbows = network.units().filter_map(Unit::elbow).filter(|&elbow| low < elbow && elbow < high);
        let mut breaks: Vec<f64> = elbows.chain(domain).collect();
        breaks.sort_by(f64::total_cmp);
        breaks.dedup();
        let ends: Vec<[f64; 2]> = breaks.windows(2).map(|pair| [pair[0], pair[1]]).collect();
        // Inside a piece no unit turns on or off, so two points there give the straight line up to both ends.
        let inside = ends.iter().flat_map(|[a, b]| [a + 0.25 * (b - a), a + 0.75 * (b - a)]);
        let mut matrix = self.features(network, &inside.collect::<Vec<f64>>()).matrix;
        for mut column in matrix.column_iter_mut() {
            for pair in column.as_mut_slice().chunks_exact_mut(2) {
                let half = (pair[1] - pair[0]) / 2.0;
                (pair[0], pair[1]) = (pair[0] - half, pair[1] + half);
            }
        }
        Pieces { ends, matrix }
    }
}

/// The features of a network at some inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// The inputs, one for each row.
    pub x: Vec<f64>,
    /// n×p, p = 3·width + 1: ∂ŷ(xᵢ)/∂θⱼ, with the parameters in the order of [`Network::parameters`].
    pub matrix: DMatrix<f64>,
    /// Hidden units.
    pub width: usize,
}

impl Features {
    /// The feature of one parameter at all inputs: that of unit `unit` in its group, or of b2, whose `unit` is 0.
    ///
    /// # Panics
    /// If there is no such parameter.
    pub fn of(&self, group: Group, unit: usize) -> &[f64] {
        let columns = group.columns(self.width);
        assert!(unit < columns.len(), "{} has no entry {unit}", group.name());
        let rows = self.matrix.nrows();
        let start = (columns.start + unit) * rows;
        &self.matrix.as_slice()[start..start + rows]
    }

    /// The columns of the parameters that are trained: all, or those of W2 and b2.
    pub fn columns(&self, trained: Paradigm) -> DMatrix<f64> {
        let range = columns(trained, self.width);
        self.matrix.columns(range.start, range.len()).into_owned()
    }

    /// The singular value decomposition of the features of the parameters that are trained.
    ///
    /// # Errors
    /// [`FeaturesError`] if a feature is not finite, or if there are no inputs.
    pub fn decompose(&self, trained: Paradigm) -> Result<Decomposition, FeaturesError> {
        let matrix = self.columns(trained);
        let (rows, columns) = matrix.shape();
        let (scale, svd) = svd(matrix, true)?;
        let (Some(mut left), Some(right)) = (svd.u, svd.v_t) else { return Err(FeaturesError::NotConverged) };
        let mut right = right.transpose();
        for (mut left, mut right) in left.column_iter_mut().zip(right.column_iter_mut()) {
            if points_down(left.as_slice()) {
                left.neg_mut();
                right.neg_mut();
            }
        }
        let values = svd.singular_values.iter().map(|value| value * scale).collect();
        Ok(Decomposition { trained, spectrum: Spectrum { values, rows, columns }, left, right })
    }

    /// The singular values alone, which takes less time.
    ///
    /// # Errors
    /// As [`decompose`](Self::decompose).
    pub fn spectrum(&self, trained: Paradigm) -> Result<Spectrum, FeaturesError> {
        let matrix = self.columns(trained);
        let (rows, columns) = matrix.shape();
        let (scale, svd) = svd(matrix, false)?;
        Ok(Spectrum { values: svd.singular_values.iter().map(|value| value * scale).collect(), rows, columns })
    }
}

/// A power of two, and the decomposition of the matrix divided by it, singular values descending. Without that scale,
/// squares of very large or small features would be infinite or 0.
fn svd(matrix: DMatrix<f64>, vectors: bool) -> Result<(f64, SVD<f64, nalgebra::Dyn, nalgebra::Dyn>), FeaturesError> {
    if matrix.nrows() == 0 {
        return Err(FeaturesError::NoInputs);
    }
    let largest = matrix.amax();
    if !matrix.iter().all(|entry| entry.is_finite()) {
        return Err(FeaturesError::NotFinite);
    }
    let exponent = libm::ilogb(largest).clamp(-1000, 1000);
    let scale = libm::ldexp(1.0, exponent);
    // Golub and Kahan's iteration takes two or three rounds for each singular value.
    let most = 100 * matrix.nrows().min(matrix.ncols());
    let svd = SVD::try_new(matrix / scale, vectors, vectors, 5.0 * f64::EPSILON, most);
    Ok((scale, svd.ok_or(FeaturesError::NotConverged)?))
}

/// Whether the entry of largest modulus is negative. Of entries that are equally large but for rounding, the first
/// counts.
fn points_down(vector: &[f64]) -> bool {
    let largest = vector.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    vector.iter().find(|entry| entry.abs() >= largest * (1.0 - 1e-6)).is_some_and(|&entry| entry < 0.0)
}

/// Singular values of a feature matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// min(n, p) numbers, descending.
    pub values: Vec<f64>,
    /// n, the number of inputs.
    pub rows: usize,
    /// p, the number of parameters.
    pub columns: usize,
}

impl Spectrum {
    /// How many singular values are not 0 but for rounding: above max(n, p)·2⁻⁵²·σ₁, as in NumPy's `matrix_rank`.
    ///
    /// It never exceeds 2·width + 1 for all parameters. The three features of a unit depend on each other,
    /// w1·∂ŷ/∂w1 + b1·∂ŷ/∂b1 = w2·∂ŷ/∂w2, since 2·w1 and 2·b1 do what 2·w2 does.
    pub fn rank(&self) -> usize {
        let smallest = self.rows.max(self.columns) as f64 * f64::EPSILON * self.values.first().unwrap_or(&0.0);
        self.values.iter().filter(|&&value| value > smallest).count()
    }

    /// A count of directions in which small ones count little: exp(H), where H = −Σₖ pₖ·ln pₖ is the entropy of
    /// pₖ = σₖ/Σσ (Roy and Vetterli, The effective rank, 2007). From 1, if only one is not 0, to min(n, p), if all are
    /// equal; 0 if all are 0.
    pub fn effective_rank(&self) -> f64 {
        let largest = *self.values.first().unwrap_or(&0.0);
        if largest == 0.0 {
            return 0.0;
        }
        let sum: f64 = self.values.iter().map(|value| value / largest).sum();
        let parts = self.values.iter().map(|value| value / largest / sum).filter(|&part| part > 0.0);
        libm::exp(-parts.map(|part| part * libm::log(part)).sum::<f64>())
    }

    /// The share of the first `count` directions in Σ‖φ(xᵢ)‖² = Σσ²; 1 if all are 0.
    pub fn share(&self, count: usize) -> f64 {
        let largest = *self.values.first().unwrap_or(&0.0);
        if largest == 0.0 {
            return 1.0;
        }
        let squares = |values: &[f64]| values.iter().map(|value| (value / largest).powi(2)).sum::<f64>();
        squares(&self.values[..count.min(self.values.len())]) / squares(&self.values)
    }
}

/// A feature matrix taken apart: Φ = U·diag(σ)·Vᵀ, thin, with σ descending.
///
/// A column of U is a *principal feature*: a function of x, given at the inputs, of unit norm. The network changes by it,
/// times σₖ, when its parameters move by the column of V with the same number. Under gradient descent with rate η on the
/// mean squared error of the linearised model, the error along it shrinks by 1 − 2·η·σₖ²/n in each step: principal
/// features of large singular values are learned first.
///
/// Singular vectors have no sign of their own. Here **the entry of largest modulus in each column of U is positive**; of
/// entries whose moduli agree to 10⁻⁶, the one of the first input. Where singular values are equal, and where they are 0,
/// the vectors are some orthonormal basis among many.
#[derive(Clone, Debug, PartialEq)]
pub struct Decomposition {
    /// Whose features: those of all parameters, or of W2 and b2.
    pub trained: Paradigm,
    /// The singular values.
    pub spectrum: Spectrum,
    /// U, of n×min(n, p).
    pub left: DMatrix<f64>,
    /// V, of p×min(n, p).
    pub right: DMatrix<f64>,
}

impl Decomposition {
    /// Which combination of all 3·width + 1 features is principal feature `k`, counted from 0: Φ times it is column k
    /// of U. None if σₖ is 0 but for rounding.
    pub fn combination(&self, k: usize) -> Option<Vec<f64>> {
        let right = (k < self.spectrum.rank()).then(|| self.right.column(k))?;
        let width = match self.trained {
            Paradigm::All => (self.right.nrows() - 1) / 3,
            Paradigm::Output | Paradigm::Ridge => self.right.nrows() - 1,
        };
        let mut combination = vec![0.0; columns(self.trained, width).start];
        combination.extend(right.iter().map(|entry| entry / self.spectrum.values[k]));
        Some(combination)
    }
}

/// Features as exact functions of x: straight between neighbouring elbows, with jumps at them.
#[derive(Clone, Debug, PartialEq)]
pub struct Pieces {
    /// Where each piece begins and ends, from left to right without gaps.
    pub ends: Vec<[f64; 2]>,
    /// Two rows for each piece, the limits at its left and at its right end, and a column for each parameter.
    pub matrix: DMatrix<f64>,
}

/// A function of x in parts without jumps, each given by its vertices from left to right.
pub type Parts = Vec<Vec<[f64; 2]>>;

impl Pieces {
    /// The feature of the parameter with this number among all.
    ///
    /// # Panics
    /// If there are not so many parameters.
    pub fn feature(&self, parameter: usize) -> Parts {
        self.join(self.matrix.column(parameter).as_slice())
    }

    /// A sum of features with these coefficients, one for each parameter.
    ///
    /// # Panics
    /// If there is not one coefficient for each parameter.
    pub fn combination(&self, coefficients: &[f64]) -> Parts {
        assert_eq!(coefficients.len(), self.matrix.ncols(), "one coefficient for each parameter");
        let mut values = vec![0.0; self.matrix.nrows()];
        for (column, coefficient) in self.matrix.column_iter().zip(coefficients) {
            for (value, feature) in values.iter_mut().zip(&column) {
                *value += coefficient * feature;
            }
        }
        self.join(&values)
    }

    /// Joins pieces that meet, and leaves out vertices where nothing bends.
    fn join(&self, values: &[f64]) -> Parts {
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * largest;
        let mut parts = Parts::new();
        for (&[from, to], pair) in self.ends.iter().zip(values.chunks_exact(2)) {
            let (start, end) = ([from, pair[0]], [to, pair[1]]);
            match parts.last_mut() {
                Some(part) if same(part[part.len() - 1][1], start[1]) => {
                    let [before, last] = [part[part.len() - 2], part[part.len() - 1]];
                    let straight = before[1] + (last[1] - before[1]) * ((to - before[0]) / (last[0] - before[0]));
                    if same(straight, end[1]) {
                        part.pop();
                    }
                    part.push(end);
                }
                _ => parts.push(vec![start, end]),
            }
        }
        parts
    }
}

/// The features of a run: at its start, at its end, and how their singular values changed between.
///
/// They are those of the network in the units it is trained in, because these decide how it learns; for built-in data
/// they are the units of the data. Inputs are given in the units of the data.
#[derive(Clone, Debug)]
pub struct RunFeatures {
    /// Which parameters the run trains.
    pub trained: Paradigm,
    /// Training inputs, in the units of the data: the rows. At most [`MOST_INPUTS`] of them, evenly spread.
    pub x: Vec<f64>,
    /// Before training.
    pub start: Moment,
    /// At the last saved state.
    pub end: Moment,
    /// Singular values at up to [`MOST_STATES`] saved states, in order: the start, the end, and some between that lie
    /// denser towards the start, where more happens.
    pub path: Vec<PathPoint>,
}

/// The features of one saved state.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Steps made.
    pub step: u64,
    /// At the training inputs.
    pub features: Features,
    /// As functions of x, over the domain of the data.
    pub pieces: Pieces,
    /// Of all parameters, as if all were trained.
    pub all: Decomposition,
    /// Of the output layer's parameters alone; their features are those that ridge regression fits.
    pub output: Decomposition,
}

/// The singular values of one saved state.
#[derive(Clone, Debug, PartialEq)]
pub struct PathPoint {
    /// Steps made.
    pub step: u64,
    /// Of all parameters.
    pub all: Spectrum,
    /// Of the output layer's.
    pub output: Spectrum,
}

/// The most training inputs that features are computed at.
pub const MOST_INPUTS: usize = 500;

/// The most saved states whose singular values are computed.
pub const MOST_STATES: usize = 60;

/// A singular value decomposition that is part of the features of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decomposed {
    /// Inputs.
    pub rows: usize,
    /// Parameters.
    pub columns: usize,
    /// Whether singular vectors are wanted too.
    pub vectors: bool,
}

impl RunFeatures {
    /// The features of a run on its data.
    ///
    /// # Errors
    /// [`FeaturesError`] if the features of a state cannot be taken apart, as may be if the run diverged.
    pub fn of(data: &Data, run: &Run) -> Result<Self, FeaturesError> {
        Self::telling(data, run, &|_| ())
    }

    /// The same; `tell` is told, from any thread, of each decomposition that is done.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn telling(data: &Data, run: &Run, tell: &(dyn Fn(Decomposed) + Sync)) -> Result<Self, FeaturesError> {
        let frame = Frame::of(data);
        let x: Vec<f64> = spread(data.x.len(), MOST_INPUTS).map(|index| data.x[index]).collect();
        let inputs: Vec<f64> = x.iter().map(|&x| frame.input(x)).collect();
        let domain = data.domain().map(|x| frame.input(x));
        let told = |features: &Features, trained, vectors| {
            tell(Decomposed { rows: inputs.len(), columns: columns(trained, features.width).len(), vectors });
        };
        let decompose = |features: &Features, trained| {
            let decomposition = features.decompose(trained)?;
            told(features, trained, true);
            Ok(decomposition)
        };
        let spectrum = |features: &Features, trained| {
            let spectrum = features.spectrum(trained)?;
            told(features, trained, false);
            Ok(spectrum)
        };
        let mut linearisation = Linearisation::new(run.width);
        let mut moment = |state: &State| {
            let network = state.as_trained();
            let features = linearisation.features(network, &inputs);
            let mut pieces = linearisation.pieces(network, domain);
            for ends in &mut pieces.ends {
                *ends = ends.map(|u| frame.shown_input(u));
            }
            let (all, output) = (decompose(&features, Paradigm::All)?, decompose(&features, Paradigm::Output)?);
            Ok(Moment { step: state.step, features, pieces, all, output })
        };
        let (start, end) = (moment(run.start())?, moment(run.end())?);
        let between = denser_at_first(run.states.len(), MOST_STATES);
        let point = |linearisation: &mut Linearisation, &index: &usize| {
            let state = &run.states[index];
            let features = linearisation.features(state.as_trained(), &inputs);
            let (all, output) = (spectrum(&features, Paradigm::All)?, spectrum(&features, Paradigm::Output)?);
            Ok(PathPoint { step: state.step, all, output })
        };
        let path = between.par_iter().map_init(|| linearisation.clone(), point).collect::<Result<_, _>>()?;
        Ok(RunFeatures { trained: run.paradigm, x, start, end, path })
    }

    /// All that [`telling`](Self::telling) tells of, in no order, for a run of this width with so many saved states, on
    /// data of so many inputs.
    pub fn decompositions(inputs: usize, width: usize, states: usize) -> impl Iterator<Item = Decomposed> {
        let rows = inputs.min(MOST_INPUTS);
        let moments = std::iter::repeat_n(true, 2);
        let path = std::iter::repeat_n(false, denser_at_first(states, MOST_STATES).len());
        moments.chain(path).flat_map(move |vectors| {
            [Paradigm::All, Paradigm::Output].map(|trained| {
                let columns = columns(trained, width).len();
                Decomposed { rows, columns, vectors }
            })
        })
    }

    /// The start and the end.
    pub fn moments(&self) -> [&Moment; 2] {
        [&self.start, &self.end]
    }
}

/// At most `limit` of `count` indices, evenly spaced, the first and the last among them.
fn spread(count: usize, limit: usize) -> impl Iterator<Item = usize> {
    let kept = count.min(limit);
    let last = kept.saturating_sub(1).max(1);
    (0..kept).map(move |index| (index * count.saturating_sub(1) + last / 2) / last)
}

/// At most `limit` of `count` indices: the first, the last, and between them as evenly on a log scale as can be.
fn denser_at_first(count: usize, limit: usize) -> Vec<usize> {
    if count <= limit {
        return (0..count).collect();
    }
    let place = |index: usize| libm::pow(count as f64, index as f64 / (limit - 1) as f64).round() as usize - 1;
    let mut indices: Vec<usize> = (0..limit).map(place).collect();
    indices.dedup();
    indices
}
