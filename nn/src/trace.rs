//! Traces of training runs made elsewhere, as by PyTorch, to be repeated here and compared.
//!
//! A trace is a JSON file of the format `elbow-trace-1`. It says everything that decides a run, and what was seen of it:
//!
//! | field | value |
//! |---|---|
//! | `format` | `"elbow-trace-1"` |
//! | `made_with` | free text; may be left out |
//! | `precision` | `"f32"` or `"f64"`: the numbers it was computed with |
//! | `data` | `{"target": "piecewise" or "sine", "samples", "noise", "seed"}` as in [`Data::generate`], or `{"x": […], "y": […]}`, and `"x_test"`, `"y_test"` if states hold a `test_mse` |
//! | `width` | hidden units, 1 to 1024 |
//! | `trains` | `"output"` or `"all"` |
//! | `optimizer` | `{"kind": "sgd", "lr"}`, `{"kind": "momentum", "lr", "momentum"}` or `{"kind": "adam", "lr", "beta1", "beta2", "eps"}` |
//! | `minibatches` | `{"sampler": "numpy-choice", "seed", "size"}`: each is `choice(n, size)` of one `RandomState(seed)`; or `{"indices": [[…], …]}`: for each step the places of its samples in x and y, from 0; the lists may differ in length |
//! | `initial` | `{"W1": […], "b1": […], "W2": […], "b2": [one]}` |
//! | `states` | a list, ascending by `step`, at most 10⁹; step 0 is the start. Beside its `step` a state holds some of `minibatch_mse` (before the step), `train_mse`, `test_mse`, `W1`, `b1`, `W2`, `b2` (after it), and only what it holds is compared |
//!
//! Everything is in the units in which the network was trained.

use crate::architecture::MAX_UNITS;
use crate::data::{Data, Function};
use crate::network::Network;
use crate::optimizer::Rule;
use crate::samples::Samples;
use crate::settings::{Paradigm, Precision, setting};
use crate::trainer::{Points, Trainer};
use crate::words::nearest;
use serde::Deserialize;
use std::fmt::Display;
use tensor::random::NumpyRandom;
use tensor::{Element, Scalar};

/// The name of the format.
pub const FORMAT: &str = "elbow-trace-1";

/// A training run made elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The numbers it was computed with.
    pub precision: Precision,
    /// What was trained: all layers, or the output layer.
    pub paradigm: Paradigm,
    /// The optimizer.
    pub rule: Rule,
    /// The learning rate.
    pub rate: f64,
    /// The network it started from.
    pub initial: Network,
    /// What was seen of it, ascending by step.
    pub states: Vec<TracedState>,
    train: Vec<[f64; 2]>,
    /// Empty if there are none.
    test: Vec<[f64; 2]>,
    minibatches: Minibatches,
}

/// What was seen of a run at one step; None is not compared.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TracedState {
    /// How many steps were made.
    pub step: u64,
    /// The mean squared error of the minibatch of this step, before the step.
    pub minibatch_mse: Option<f64>,
    /// The mean squared error on all training points.
    pub train_mse: Option<f64>,
    /// The mean squared error on the test points.
    pub test_mse: Option<f64>,
    /// Input weights.
    #[serde(rename = "W1")]
    pub w1: Option<Vec<f64>>,
    /// Hidden biases.
    pub b1: Option<Vec<f64>>,
    /// Output weights.
    #[serde(rename = "W2")]
    pub w2: Option<Vec<f64>>,
    /// The output bias, as a list of one.
    pub b2: Option<Vec<f64>>,
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

/// A message of serde, with the name that was meant if an unknown one is near it: "unknown field `wdith`, expected one of
/// `format`, `width`".
fn with_hint(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let hint = if message.starts_with("unknown ") { names.next().and_then(|name| nearest(name, names)) } else { None };
    hint.map_or_else(|| message.to_owned(), |hint| format!("{message}; did you mean {hint}?"))
}

fn wrong(field: impl Display, message: impl Display) -> TraceError {
    TraceError::Value { field: field.to_string(), message: message.to_string() }
}

/// The file as it is written; [`Trace`] is what it means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    format: String,
    #[serde(rename = "made_with")]
    _made_with: Option<String>,
    precision: Precision,
    data: DataForm,
    width: usize,
    trains: TrainsForm,
    optimizer: OptimizerForm,
    minibatches: MinibatchesForm,
    initial: InitialForm,
    states: Vec<TracedState>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataForm {
    target: Option<String>,
    samples: Option<usize>,
    noise: Option<f64>,
    seed: Option<u32>,
    x: Option<Vec<f64>>,
    y: Option<Vec<f64>>,
    x_test: Option<Vec<f64>>,
    y_test: Option<Vec<f64>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum TrainsForm {
    Output,
    All,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum KindForm {
    Sgd,
    Momentum,
    Adam,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptimizerForm {
    kind: KindForm,
    lr: f64,
    momentum: Option<f64>,
    beta1: Option<f64>,
    beta2: Option<f64>,
    eps: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MinibatchesForm {
    sampler: Option<String>,
    seed: Option<u32>,
    size: Option<usize>,
    indices: Option<Vec<Vec<u32>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InitialForm {
    #[serde(rename = "W1")]
    w1: Vec<f64>,
    b1: Vec<f64>,
    #[serde(rename = "W2")]
    w2: Vec<f64>,
    b2: Vec<f64>,
}

impl Trace {
    /// Reads a trace from the text of its file.
    ///
    /// # Errors
    /// [`TraceError`] with the place of the first mistake.
    pub fn from_json(text: &str) -> Result<Self, TraceError> {
        let form: Form = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let message = error.to_string();
            let place = format!(" at line {line} column {column}");
            let message = with_hint(message.strip_suffix(&place).unwrap_or(&message));
            TraceError::Form { line, column, message }
        })?;
        if form.format != FORMAT {
            return Err(wrong("format", format!("{:?} is not known; this program reads {FORMAT:?}", form.format)));
        }
        if !(1..=MAX_UNITS).contains(&form.width) {
            return Err(wrong("width", format!("{} must be from 1 to {MAX_UNITS} hidden units", form.width)));
        }
        let [train, test] = form.data.points()?;
        let (rule, rate) = form.optimizer.rule()?;
        let InitialForm { w1, b1, w2, b2 } = &form.initial;
        for (name, values, length) in parameters(form.width, [w1, b1, w2, b2]) {
            check_length(format!("initial.{name}"), values, length)?;
        }
        check_states(&form.states, form.width, !test.is_empty())?;
        let steps = form.states.last().map_or(0, |state| state.step);
        Ok(Trace {
            precision: form.precision,
            paradigm: match form.trains {
                TrainsForm::Output => Paradigm::Output,
                TrainsForm::All => Paradigm::All,
            },
            rule,
            rate,
            initial: Network::bent_line(w1, b1, w2, b2[0]),
            minibatches: form.minibatches.minibatches(train.len(), steps)?,
            states: form.states,
            train,
            test,
        })
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
    pub fn replay(&self, each: impl FnMut(Comparison)) {
        match self.precision {
            Precision::F32 => self.replay_in::<f32>(each),
            Precision::F64 => self.replay_in::<f64>(each),
        }
    }

    fn replay_in<T: Scalar<Element = T> + Element>(&self, mut each: impl FnMut(Comparison)) {
        let [samples, test] = [&self.train, &self.test].map(|points| Samples::from(&points[..]).rounded());
        let architecture = self.initial.architecture();
        let mut train_points = Points::<T>::new(samples.clone(), architecture, false);
        let mut test_points = Points::<T>::new(test, architecture, false);
        let mut minibatches = Draws::of(&self.minibatches);
        let (count, frozen) = (samples.len() as u32, self.paradigm.frozen(architecture));
        let batch = self.minibatches.largest();
        let mut trainer =
            Trainer::<T>::new(std::slice::from_ref(&self.initial), frozen, self.rule, self.rate, samples, batch);
        let (mut step, mut minibatch_mse) = (0, f64::NAN);
        for state in &self.states {
            while step < state.step {
                step += 1;
                trainer.set_batch(minibatches.size(step));
                minibatch_mse = trainer.step(|_, indices| minibatches.fill(step, count, indices)).to_f64();
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
            let network = trainer.network(0);
            if let Some(expected) = state.minibatch_mse {
                compare(minibatch_mse, expected, &|| "minibatch_mse".to_owned());
            }
            if let Some(expected) = state.train_mse {
                compare(trainer.errors(&mut train_points)[0].loss, expected, &|| "train_mse".to_owned());
            }
            if let Some(expected) = state.test_mse {
                compare(trainer.errors(&mut test_points)[0].loss, expected, &|| "test_mse".to_owned());
            }
            let [w1, w2] = [0, 1].map(|layer| network.weights(layer));
            let [b1, b2] = [0, 1].map(|layer| network.biases(layer));
            let rows = [("W1", w1), ("b1", b1), ("W2", w2), ("b2", b2)];
            for ((name, found), expected) in rows.into_iter().zip(state.rows()) {
                for (i, (&found, &expected)) in found.iter().zip(expected.into_iter().flatten()).enumerate() {
                    compare(found, expected, &|| if name == "b2" { name.to_owned() } else { format!("{name}[{i}]") });
                }
            }
            each(comparison);
        }
    }
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

impl TracedState {
    /// W1, b1, W2 and b2.
    fn rows(&self) -> [Option<&Vec<f64>>; 4] {
        [self.w1.as_ref(), self.b1.as_ref(), self.w2.as_ref(), self.b2.as_ref()]
    }
}

/// The names and lengths of the parameters, each with `values`.
fn parameters<T>(width: usize, values: [T; 4]) -> impl Iterator<Item = (&'static str, T, usize)> {
    let names = [("W1", width), ("b1", width), ("W2", width), ("b2", 1)];
    names.into_iter().zip(values).map(|((name, length), values)| (name, values, length))
}

fn check_length(field: String, values: &[f64], length: usize) -> Result<(), TraceError> {
    if values.len() == length {
        return Ok(());
    }
    Err(wrong(field, format!("has {} entries, and {length} are expected", values.len())))
}

fn check_states(states: &[TracedState], width: usize, with_test: bool) -> Result<(), TraceError> {
    if states.is_empty() {
        return Err(wrong("states", "there is none, so nothing to compare"));
    }
    let mut last = None;
    for (i, state) in states.iter().enumerate() {
        let field = |name: &str| format!("states[{i}].{name}");
        if let Some(last) = last.filter(|&last| last >= state.step) {
            return Err(wrong(field("step"), format!("{} follows {last}; steps must ascend", state.step)));
        }
        if state.step > MOST_STEPS {
            return Err(wrong(
                field("step"),
                format!("{} is too far: a trace has at most {MOST_STEPS} steps", state.step),
            ));
        }
        last = Some(state.step);
        for (name, values, length) in parameters(width, state.rows()) {
            values.map_or(Ok(()), |values| check_length(field(name), values, length))?;
        }
        if state.step == 0 && state.minibatch_mse.is_some() {
            return Err(wrong(field("minibatch_mse"), "step 0 is the start, before the first minibatch"));
        }
        if state.test_mse.is_some() && !with_test {
            return Err(wrong(field("test_mse"), "the trace has no test points; give data.x_test and data.y_test"));
        }
        let errors = [state.minibatch_mse, state.train_mse, state.test_mse];
        if errors.iter().all(Option::is_none) && state.rows().iter().all(Option::is_none) {
            return Err(wrong(format!("states[{i}]"), "holds nothing to compare beside its step"));
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

impl DataForm {
    /// Training points and test points.
    fn points(self) -> Result<[Vec<[f64; 2]>; 2], TraceError> {
        let DataForm { target, samples, noise, seed, x, y, x_test, y_test } = &self;
        if target.is_some() {
            let given = [("data.x", x.is_some()), ("data.y", y.is_some())];
            without(&given, "data.target")?;
            without(&[("data.x_test", x_test.is_some()), ("data.y_test", y_test.is_some())], "data.target")?;
            self.generated()
        } else {
            let given = [("data.samples", samples.is_some()), ("data.noise", noise.is_some())];
            without(&given, "data.x")?;
            without(&[("data.seed", seed.is_some())], "data.x")?;
            self.listed()
        }
    }

    /// Points of a built-in function.
    fn generated(self) -> Result<[Vec<[f64; 2]>; 2], TraceError> {
        let function = match self.target.as_deref() {
            Some("piecewise") => Function::Piecewise,
            Some("sine") => Function::Sine,
            other => {
                let other = other.unwrap_or_default();
                let hint = nearest(other, ["piecewise", "sine"])
                    .map_or_else(String::new, |word| format!("; did you mean {word}?"));
                return Err(wrong("data.target", format!("{other:?} must be \"piecewise\" or \"sine\"{hint}")));
            }
        };
        let samples = required(self.samples, "data.samples", "data.target")?;
        let noise = required(self.noise, "data.noise", "data.target")?;
        let seed = required(self.seed, "data.seed", "data.target")?;
        for (name, value) in [("samples", samples.to_string()), ("noise", noise.to_string())] {
            if let Some(setting) = setting(name).filter(|setting| !setting.allowed.accepts(&value)) {
                return Err(wrong(format!("data.{name}"), format!("{value} must be {}", setting.range())));
            }
        }
        let data = Data::generate(function, samples, noise, seed);
        Ok([zip(&data.x, &data.y), zip(&data.x_test, &data.y_test)])
    }

    /// Points that are given.
    fn listed(self) -> Result<[Vec<[f64; 2]>; 2], TraceError> {
        let x = self.x.ok_or_else(|| wrong("data", "needs target, samples, noise and seed, or x and y"))?;
        let y = required(self.y, "data.y", "data.x")?;
        check_length("data.y".to_owned(), &y, x.len())?;
        if x.is_empty() || u32::try_from(x.len()).is_err() {
            return Err(wrong("data.x", format!("there are {} training points, none or too many", x.len())));
        }
        let (x_test, y_test) = match (self.x_test, self.y_test) {
            (None, None) => (Vec::new(), Vec::new()),
            (Some(x), y) => (x, required(y, "data.y_test", "data.x_test")?),
            (None, Some(_)) => return Err(wrong("data.x_test", "is missing; it is required with data.y_test")),
        };
        check_length("data.y_test".to_owned(), &y_test, x_test.len())?;
        Ok([zip(&x, &y), zip(&x_test, &y_test)])
    }
}

fn zip(x: &[f64], y: &[f64]) -> Vec<[f64; 2]> {
    x.iter().zip(y).map(|(&x, &y)| [x, y]).collect()
}

impl OptimizerForm {
    /// The rule and its learning rate.
    fn rule(self) -> Result<(Rule, f64), TraceError> {
        let fraction = |value: f64, field: &str| {
            let allowed = (0.0..1.0).contains(&value);
            allowed.then_some(value).ok_or_else(|| wrong(field, format!("{value} must be at least 0 and below 1")))
        };
        let OptimizerForm { kind, lr, momentum, beta1, beta2, eps } = self;
        if lr < 0.0 {
            return Err(wrong("optimizer.lr", format!("{lr} must be at least 0")));
        }
        let momentum_given = ("optimizer.momentum", momentum.is_some());
        let adam_given = [
            ("optimizer.beta1", beta1.is_some()),
            ("optimizer.beta2", beta2.is_some()),
            ("optimizer.eps", eps.is_some()),
        ];
        let rule = match kind {
            KindForm::Sgd => {
                without(&[momentum_given], "sgd")?;
                without(&adam_given, "sgd")?;
                Rule::Sgd
            }
            KindForm::Momentum => {
                without(&adam_given, "momentum")?;
                let momentum = required(momentum, "optimizer.momentum", "the kind momentum")?;
                Rule::Momentum { momentum: fraction(momentum, "optimizer.momentum")? }
            }
            KindForm::Adam => {
                without(&[momentum_given], "adam")?;
                let number = |value: Option<f64>, field| required(value, field, "the kind adam");
                let epsilon = number(eps, "optimizer.eps")?;
                if epsilon < 0.0 {
                    return Err(wrong("optimizer.eps", format!("{epsilon} must be at least 0")));
                }
                Rule::Adam {
                    beta1: fraction(number(beta1, "optimizer.beta1")?, "optimizer.beta1")?,
                    beta2: fraction(number(beta2, "optimizer.beta2")?, "optimizer.beta2")?,
                    epsilon,
                }
            }
        };
        Ok((rule, lr))
    }
}

impl MinibatchesForm {
    /// The minibatches of `steps` steps on `points` training points.
    fn minibatches(self, points: usize, steps: u64) -> Result<Minibatches, TraceError> {
        let MinibatchesForm { sampler, seed, size, indices } = self;
        let Some(indices) = indices else {
            match sampler.as_deref() {
                Some("numpy-choice") => {}
                Some(other) => {
                    return Err(wrong(
                        "minibatches.sampler",
                        format!("{other:?} is not known; it must be \"numpy-choice\", or give minibatches.indices"),
                    ));
                }
                None => return Err(wrong("minibatches", "needs sampler, seed and size, or indices")),
            }
            let seed = required(seed, "minibatches.seed", "a sampler")?;
            let size = required(size, "minibatches.size", "a sampler")?;
            if !(1..=LARGEST_BATCH).contains(&size) {
                let message = format!("{size} must be from 1 to {LARGEST_BATCH} samples");
                return Err(wrong("minibatches.size", message));
            }
            return Ok(Minibatches::Numpy { seed, size });
        };
        let sampled = [("minibatches.sampler", sampler.is_some()), ("minibatches.seed", seed.is_some())];
        without(&sampled, "minibatches.indices")?;
        without(&[("minibatches.size", size.is_some())], "minibatches.indices")?;
        if (indices.len() as u64) < steps {
            let message = format!("has {} lists, and the last state is at step {steps}", indices.len());
            return Err(wrong("minibatches.indices", message));
        }
        for (i, list) in indices.iter().enumerate() {
            if !(1..=LARGEST_BATCH).contains(&list.len()) {
                let message = format!("has {} entries; from 1 to {LARGEST_BATCH} are allowed", list.len());
                return Err(wrong(format!("minibatches.indices[{i}]"), message));
            }
            if let Some(j) = list.iter().position(|&index| index as usize >= points) {
                let message = format!("{} must be below {points}, the number of training points", list[j]);
                return Err(wrong(format!("minibatches.indices[{i}][{j}]"), message));
            }
        }
        Ok(Minibatches::Listed(indices))
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
