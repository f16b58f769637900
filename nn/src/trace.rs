//! Traces of training runs made elsewhere, as by PyTorch, to be repeated here and compared.
//!
//! A trace is a JSON file that says everything that decides a run, and what was seen of it, in one of two formats. That of
//! networks of one input, one hidden layer of ReLUs and one output is `elbow-trace-1`:
//!
//! | field | value |
//! |---|---|
//! | `format` | `"elbow-trace-1"` |
//! | `made_with` | free text; may be left out |
//! | `precision` | `"f32"` or `"f64"`: the numbers it was computed with |
//! | `data` | `{"target": "piecewise", "sine", "step" or "abs", "samples", "noise", "seed"}` as in [`Data::generate`](crate::data::Data::generate), or `{"x": […], "y": […]}`, and `"x_test"`, `"y_test"` if states hold a `test_mse` |
//! | `width` | hidden units, 1 to 1024 |
//! | `trains` | `"output"` or `"all"` |
//! | `optimizer` | `{"kind": "sgd", "lr"}`, `{"kind": "momentum", "lr", "momentum"}` or `{"kind": "adam", "lr", "beta1", "beta2", "eps"}` |
//! | `minibatches` | `{"sampler": "numpy-choice", "seed", "size"}`: each is `choice(n, size)` of one `RandomState(seed)`; or `{"indices": [[…], …]}`: for each step the places of its samples in x and y, from 0; the lists may differ in length |
//! | `initial` | `{"W1": […], "b1": […], "W2": […], "b2": [one]}` |
//! | `states` | a list, ascending by `step`, at most 10⁹; step 0 is the start. Beside its `step` a state holds some of `minibatch_mse` (before the step), `train_mse`, `test_mse`, `W1`, `b1`, `W2`, `b2` (after it), and only what it holds is compared |
//!
//! Networks of any shape are told of by the format `elbow-trace-2`:
//!
//! | field | value |
//! |---|---|
//! | `format` | `"elbow-trace-2"` |
//! | `made_with`, `precision` | as above |
//! | `data` | `{"x": [[…], …]}`, a row for each sample, and `"y": [[…], …]`, a row of targets, or `"classes": […]`, from 0; likewise `"x_test"` and `"y_test"` or `"classes_test"` if states hold a `test_loss` |
//! | `architecture` | `{"inputs", "layers": [{"units", "activation"}, …], "loss"}`, the output layer last; the words of [`Activation`](crate::architecture::Activation) and [`Loss`](crate::architecture::Loss) |
//! | `frozen` | how many layers, from the first, are not trained |
//! | `optimizer` | `{"kind": "sgd", "lr"}` with `"momentum"` and `"nesterov": true` if it has them, or `{"kind": "adam" or "adamw", "lr", "beta1", "beta2", "eps"}`; and `"weight_decay"`, which acts on biases too |
//! | `minibatches` | `[[…], …]`: for each step the places of its samples, from 0 |
//! | `initial` | `[{"W": [[…], …], "b": […]}, …]`, for each layer W row by row, units × inputs |
//! | `states` | as above, with `minibatch_loss`, `train_loss`, `test_loss` and `layers`, which is like `initial` |
//!
//! Losses are means over samples, and squared errors over outputs too. Everything is in the units in which the network was
//! trained.

mod first;
mod second;

use crate::json;
use crate::network::Network;
use crate::optimizer::{Optimizer, Regularisation, Rule};
use crate::samples::Samples;
use crate::settings::Precision;
use crate::trainer::{Points, Trainer};
use serde::Deserialize;
use std::fmt::Display;
use tensor::random::NumpyRandom;
use tensor::{Element, Scalar};

/// A training run made elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The numbers it was computed with.
    pub precision: Precision,
    /// How many layers, from the input on, were not trained.
    pub frozen: usize,
    /// The optimizer.
    pub rule: Rule,
    /// What was done to the gradient before.
    pub regularisation: Regularisation,
    /// The learning rate.
    pub rate: f64,
    /// The network it started from.
    pub initial: Network,
    /// What was seen of it, ascending by step.
    pub states: Vec<TracedState>,
    /// What the file calls the losses of states.
    loss_names: [&'static str; 3],
    samples: Samples<f64>,
    /// Empty if there are none.
    test: Samples<f64>,
    minibatches: Minibatches,
}

/// What was seen of a run at one step; None is not compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TracedState {
    /// How many steps were made.
    pub step: u64,
    /// The loss of the minibatch of this step, before the step, and those of all training points and of the test points
    /// after it.
    pub losses: [Option<f64>; 3],
    /// W, column by column, and b of each layer; empty if none is compared.
    pub layers: Vec<[Option<Vec<f64>>; 2]>,
}

/// Which samples each step sees.
#[derive(Clone, Debug, PartialEq)]
enum Minibatches {
    Numpy { seed: u32, size: usize },
    Listed(Vec<Vec<u32>>),
}

/// How far a repeated run is from a state of its trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The step of the state.
    pub step: u64,
    /// The largest |found − expected|.
    pub absolute: Deviation,
    /// The largest |found − expected|/|expected|.
    pub relative: Deviation,
    /// The smaller of a number's absolute and relative deviation, where it is largest: a number agrees to a tolerance if
    /// either deviation does, so that neither large numbers nor those near 0 ask for more digits than there are.
    pub judged: Deviation,
}

/// The largest deviation of some kind, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// How large; infinite if a value found is not finite.
    pub size: f64,
    /// The number that deviates, such as `train_mse` or `W1[3]`.
    pub place: String,
}

impl Deviation {
    fn none() -> Self {
        Deviation { size: 0.0, place: String::new() }
    }
    fn raise(&mut self, size: f64, place: &impl Fn() -> String) {
        if size > self.size || self.place.is_empty() {
            *self = Deviation { size, place: place() };
        }
    }
}

/// A file that is not a trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// It is not JSON, or not of the form of a trace.
    #[error("{message}")]
    Form {
        /// The line, counted from 1.
        line: usize,
        /// The byte in the line, counted from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A value cannot be used.
    #[error("{field}: {message}")]
    Value {
        /// The field, such as `states[2].W1`.
        field: String,
        /// What is wrong, and what is allowed.
        message: String,
    },
}

fn wrong(field: impl Display, message: impl Display) -> TraceError {
    TraceError::Value { field: field.to_string(), message: message.to_string() }
}

/// The names of the formats.
pub const FORMATS: [&str; 2] = [first::FORMAT, second::FORMAT];

impl Trace {
    /// Reads a trace from the text of its file.
    ///
    /// # Errors
    /// [`TraceError`] with the place of the first mistake.
    pub fn from_json(text: &str) -> Result<Self, TraceError> {
        /// What every format has.
        #[derive(Deserialize)]
        struct Named {
            format: String,
        }
        // A file without a format is told what the first one needs.
        let format = serde_json::from_str(text).map_or_else(|_| first::FORMAT.to_owned(), |Named { format }| format);
        match format.as_str() {
            first::FORMAT => form::<first::Form>(text)?.trace(),
            second::FORMAT => form::<second::Form>(text)?.trace(),
            other => {
                let [one, two] = FORMATS;
                Err(wrong("format", format!("{other:?} is not known; this program reads {one:?} and {two:?}")))
            }
        }
    }

    /// The number of steps up to the last state.
    pub fn steps(&self) -> u64 {
        self.states.last().map_or(0, |state| state.step)
    }

    /// The samples of the largest minibatch.
    pub fn largest_batch(&self) -> usize {
        self.minibatches.largest()
    }

    /// Repeats the run in the precision of the trace and calls `each` for every state in turn.
    pub fn replay(&self, mut each: impl FnMut(Comparison)) {
        self.replay_all(&mut each);
    }

    /// Without the type of a closure, so that a crate that calls it need not compile the training itself.
    fn replay_all(&self, each: &mut dyn FnMut(Comparison)) {
        match self.precision {
            Precision::F32 => self.replay_in::<f32>(each),
            Precision::F64 => self.replay_in::<f64>(each),
        }
    }

    fn replay_in<T: Scalar<Element = T> + Element>(&self, each: &mut dyn FnMut(Comparison)) {
        let samples: Samples<T> = self.samples.rounded();
        let architecture = self.initial.architecture();
        let mut points =
            [samples.clone(), self.test.rounded()].map(|samples| Points::<T>::new(samples, architecture, false));
        let mut minibatches = Draws::of(&self.minibatches);
        let (count, batch) = (samples.len() as u32, self.minibatches.largest());
        let start = std::slice::from_ref(&self.initial);
        let mut trainer = Trainer::<T>::new(start, self.frozen, self.rule, self.rate, samples, batch);
        let regularisation = self.regularisation;
        trainer.set_optimizer(|n| Optimizer::new(self.rule, self.rate, n).regularised(regularisation));
        let (mut step, mut minibatch_loss) = (0, f64::NAN);
        for state in &self.states {
            while step < state.step {
                step += 1;
                trainer.set_batch(minibatches.size(step));
                minibatch_loss = trainer.step(|_, indices| minibatches.fill(step, count, indices)).to_f64();
            }
            let mut comparison = Comparison {
                step,
                absolute: Deviation::none(),
                relative: Deviation::none(),
                judged: Deviation::none(),
            };
            let mut compare = |found: f64, expected: f64, place: &dyn Fn() -> String| {
                comparison.add(found, expected, &place);
            };
            for (k, name) in self.loss_names.into_iter().enumerate() {
                let Some(expected) = state.losses[k] else { continue };
                let found = match k {
                    0 => minibatch_loss,
                    _ => trainer.errors(&mut points[k - 1])[0].loss,
                };
                compare(found, expected, &|| name.to_owned());
            }
            let network = trainer.network(0);
            for (l, expected) in state.layers.iter().enumerate() {
                let (units, inputs) = (architecture.layers()[l].units, architecture.inputs_of(l));
                let found = [network.weights(l), network.biases(l)];
                for ((name, found), expected) in ["W", "b"].into_iter().zip(found).zip(expected) {
                    for (i, (&found, &expected)) in found.iter().zip(expected.iter().flatten()).enumerate() {
                        compare(found, expected, &|| match (name, units, inputs) {
                            ("b", 1, _) => format!("b{}", l + 1),
                            ("W", 1, _) | (_, _, 1) | ("b", ..) => format!("{name}{}[{i}]", l + 1),
                            _ => format!("W{}[{}][{}]", l + 1, i % units, i / units),
                        });
                    }
                }
            }
            each(comparison);
        }
    }
}

/// The file in the form of a format.
fn form<F: for<'de> Deserialize<'de>>(text: &str) -> Result<F, TraceError> {
    json::read(text).map_err(|json::Fault { message, line, column }| TraceError::Form { line, column, message })
}

impl Comparison {
    fn add(&mut self, found: f64, expected: f64, place: &impl Fn() -> String) {
        let absolute = match (found - expected).abs() {
            difference if difference.is_nan() => f64::INFINITY,
            difference => difference,
        };
        let relative = if absolute == 0.0 { 0.0 } else { absolute / expected.abs() };
        self.absolute.raise(absolute, place);
        self.relative.raise(relative, place);
        self.judged.raise(absolute.min(relative), place);
    }
}

fn check_length(field: String, values: &[f64], length: usize) -> Result<(), TraceError> {
    if values.len() == length {
        return Ok(());
    }
    Err(wrong(field, format!("has {} entries, and {length} are expected", values.len())))
}

/// Refuses steps of states that are none, do not ascend, or are too many.
fn check_steps(steps: impl ExactSizeIterator<Item = u64>) -> Result<(), TraceError> {
    if steps.len() == 0 {
        return Err(wrong("states", "there is none, so nothing to compare"));
    }
    let mut last = None;
    for (i, step) in steps.enumerate() {
        let field = format!("states[{i}].step");
        if let Some(last) = last.filter(|&last| last >= step) {
            return Err(wrong(field, format!("{step} follows {last}; steps must ascend")));
        }
        if step > MOST_STEPS {
            return Err(wrong(field, format!("{step} is too far: a trace has at most {MOST_STEPS} steps")));
        }
        last = Some(step);
    }
    Ok(())
}

/// Refuses a number that is not at least 0 and below 1.
fn check_fraction(value: f64, field: &str) -> Result<f64, TraceError> {
    let allowed = (0.0..1.0).contains(&value);
    allowed.then_some(value).ok_or_else(|| wrong(field, format!("{value} must be at least 0 and below 1")))
}

/// Refuses minibatches that are empty, too large, or have samples that are not there.
fn check_indices(field: &str, indices: &[Vec<u32>], points: usize) -> Result<(), TraceError> {
    for (i, list) in indices.iter().enumerate() {
        if !(1..=LARGEST_BATCH).contains(&list.len()) {
            let message = format!("has {} entries; from 1 to {LARGEST_BATCH} are allowed", list.len());
            return Err(wrong(format!("{field}[{i}]"), message));
        }
        if let Some(j) = list.iter().position(|&index| index as usize >= points) {
            let message = format!("{} must be below {points}, the number of training points", list[j]);
            return Err(wrong(format!("{field}[{i}][{j}]"), message));
        }
    }
    Ok(())
}

fn required<T>(value: Option<T>, field: &str, with: &str) -> Result<T, TraceError> {
    value.ok_or_else(|| wrong(field, format!("is missing; it is required with {with}")))
}

/// Refuses fields that belong to another choice.
fn without(fields: &[(&str, bool)], with: &str) -> Result<(), TraceError> {
    match fields.iter().find(|(_, present)| *present) {
        Some((field, _)) => Err(wrong(field, format!("does not go with {with}"))),
        None => Ok(()),
    }
}

/// The most steps of a trace: what is recorded elsewhere takes days for as many.
const MOST_STEPS: u64 = 1_000_000_000;
/// The most samples of a minibatch, as in the settings.
const LARGEST_BATCH: usize = 1_000_000;

impl Minibatches {
    fn largest(&self) -> usize {
        match self {
            Minibatches::Numpy { size, .. } => *size,
            Minibatches::Listed(lists) => lists.iter().map(Vec::len).max().unwrap_or(1),
        }
    }
}

/// Minibatches being drawn.
enum Draws<'a> {
    Numpy { random: Box<NumpyRandom>, size: usize },
    Listed(&'a [Vec<u32>]),
}

impl<'a> Draws<'a> {
    fn of(minibatches: &'a Minibatches) -> Self {
        match minibatches {
            Minibatches::Numpy { seed, size } => {
                Draws::Numpy { random: Box::new(NumpyRandom::new(*seed)), size: *size }
            }
            Minibatches::Listed(lists) => Draws::Listed(lists),
        }
    }
    /// The samples of step `step`, counted from 1.
    fn size(&self, step: u64) -> usize {
        match self {
            Draws::Numpy { size, .. } => *size,
            Draws::Listed(lists) => lists[step as usize - 1].len(),
        }
    }
    fn fill(&mut self, step: u64, points: u32, indices: &mut [u32]) {
        match self {
            Draws::Numpy { random, .. } => random.choice(points, indices),
            Draws::Listed(lists) => indices.copy_from_slice(&lists[step as usize - 1]),
        }
    }
}
