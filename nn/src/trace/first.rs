//! The format `elbow-trace-1`: networks of one input, one hidden layer of ReLUs and one output.

use super::{
    LARGEST_BATCH, Minibatches, Trace, TraceError, TracedState, check_fraction, check_indices, check_length,
    check_steps, required, without, wrong,
};
use crate::architecture::MAX_UNITS;
use crate::data::{Data, Function};
use crate::network::Network;
use crate::optimizer::{Regularisation, Rule};
use crate::samples::Samples;
use crate::settings::{Precision, setting};
use crate::words::nearest;
use serde::Deserialize;

/// The name of the format.
pub(super) const FORMAT: &str = "elbow-trace-1";

/// The file as it is written; [`Trace`] is what it means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "made_with")]
    _made_with: Option<String>,
    precision: Precision,
    data: DataForm,
    width: usize,
    trains: TrainsForm,
    optimizer: OptimizerForm,
    minibatches: MinibatchesForm,
    initial: InitialForm,
    states: Vec<StateForm>,
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

/// What was seen of a run at one step.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateForm {
    step: u64,
    minibatch_mse: Option<f64>,
    train_mse: Option<f64>,
    test_mse: Option<f64>,
    #[serde(rename = "W1")]
    w1: Option<Vec<f64>>,
    b1: Option<Vec<f64>>,
    #[serde(rename = "W2")]
    w2: Option<Vec<f64>>,
    b2: Option<Vec<f64>>,
}

impl StateForm {
    /// W1, b1, W2 and b2.
    fn rows(&self) -> [Option<&Vec<f64>>; 4] {
        [self.w1.as_ref(), self.b1.as_ref(), self.w2.as_ref(), self.b2.as_ref()]
    }
    fn state(self) -> TracedState {
        TracedState {
            step: self.step,
            losses: [self.minibatch_mse, self.train_mse, self.test_mse],
            layers: vec![[self.w1, self.b1], [self.w2, self.b2]],
        }
    }
}

impl Form {
    /// What it means.
    pub(super) fn trace(self) -> Result<Trace, TraceError> {
        if !(1..=MAX_UNITS).contains(&self.width) {
            return Err(wrong("width", format!("{} must be from 1 to {MAX_UNITS} hidden units", self.width)));
        }
        let [train, test] = self.data.points()?;
        let (rule, rate) = self.optimizer.rule()?;
        let InitialForm { w1, b1, w2, b2 } = &self.initial;
        for (name, values, length) in parameters(self.width, [w1, b1, w2, b2]) {
            check_length(format!("initial.{name}"), values, length)?;
        }
        check_states(&self.states, self.width, !test.is_empty())?;
        let steps = self.states.last().map_or(0, |state| state.step);
        Ok(Trace {
            precision: self.precision,
            frozen: match self.trains {
                TrainsForm::Output => 1,
                TrainsForm::All => 0,
            },
            rule,
            regularisation: Regularisation::NONE,
            rate,
            initial: Network::bent_line(w1, b1, w2, b2[0]),
            loss_names: ["minibatch_mse", "train_mse", "test_mse"],
            minibatches: self.minibatches.minibatches(train.len(), steps)?,
            states: self.states.into_iter().map(StateForm::state).collect(),
            samples: train.into(),
            test: if test.is_empty() { Samples::new(1, 1, Vec::new()) } else { test.into() },
        })
    }
}

/// The names and lengths of the parameters, each with `values`.
fn parameters<T>(width: usize, values: [T; 4]) -> impl Iterator<Item = (&'static str, T, usize)> {
    let names = [("W1", width), ("b1", width), ("W2", width), ("b2", 1)];
    names.into_iter().zip(values).map(|((name, length), values)| (name, values, length))
}

fn check_states(states: &[StateForm], width: usize, with_test: bool) -> Result<(), TraceError> {
    check_steps(states.iter().map(|state| state.step))?;
    for (i, state) in states.iter().enumerate() {
        let field = |name: &str| format!("states[{i}].{name}");
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
            Some("step") => Function::Step,
            Some("abs") => Function::Abs,
            other => {
                let other = other.unwrap_or_default();
                let hint = nearest(other, ["piecewise", "sine", "step", "abs"])
                    .map_or_else(String::new, |word| format!("; did you mean {word}?"));
                return Err(wrong(
                    "data.target",
                    format!("{other:?} must be \"piecewise\", \"sine\", \"step\" or \"abs\"{hint}"),
                ));
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
                Rule::Momentum { momentum: check_fraction(momentum, "optimizer.momentum")? }
            }
            KindForm::Adam => {
                without(&[momentum_given], "adam")?;
                let number = |value: Option<f64>, field| required(value, field, "the kind adam");
                let epsilon = number(eps, "optimizer.eps")?;
                if epsilon < 0.0 {
                    return Err(wrong("optimizer.eps", format!("{epsilon} must be at least 0")));
                }
                Rule::Adam {
                    beta1: check_fraction(number(beta1, "optimizer.beta1")?, "optimizer.beta1")?,
                    beta2: check_fraction(number(beta2, "optimizer.beta2")?, "optimizer.beta2")?,
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
        check_indices("minibatches.indices", &indices, points)?;
        Ok(Minibatches::Listed(indices))
    }
}
