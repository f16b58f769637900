//! The format `elbow-trace-2`: networks of any shape.

use super::{
    Minibatches, Trace, TraceError, TracedState, check_fraction, check_indices, check_length, check_steps, required,
    without, wrong,
};
use crate::architecture::{Architecture, Layer, Loss};
use crate::network::Network;
use crate::optimizer::{Regularisation, Rule};
use crate::samples::Samples;
use crate::settings::Precision;
use serde::Deserialize;

/// The name of the format.
pub(super) const FORMAT: &str = "elbow-trace-2";

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
    architecture: ArchitectureForm,
    frozen: usize,
    optimizer: OptimizerForm,
    minibatches: Vec<Vec<u32>>,
    initial: Vec<LayerForm>,
    states: Vec<StateForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataForm {
    x: Vec<Vec<f64>>,
    y: Option<Vec<Vec<f64>>>,
    classes: Option<Vec<usize>>,
    x_test: Option<Vec<Vec<f64>>>,
    y_test: Option<Vec<Vec<f64>>>,
    classes_test: Option<Vec<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchitectureForm {
    inputs: usize,
    layers: Vec<Layer>,
    loss: Loss,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum KindForm {
    Sgd,
    Adam,
    AdamW,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptimizerForm {
    kind: KindForm,
    lr: f64,
    momentum: Option<f64>,
    nesterov: Option<bool>,
    beta1: Option<f64>,
    beta2: Option<f64>,
    eps: Option<f64>,
    weight_decay: Option<f64>,
}

/// W row by row, and b.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerForm {
    #[serde(rename = "W")]
    w: Vec<Vec<f64>>,
    b: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateForm {
    step: u64,
    minibatch_loss: Option<f64>,
    train_loss: Option<f64>,
    test_loss: Option<f64>,
    layers: Option<Vec<LayerForm>>,
}

impl Form {
    /// What it means.
    pub(super) fn trace(self) -> Result<Trace, TraceError> {
        let ArchitectureForm { inputs, layers, loss } = self.architecture;
        let architecture = Architecture::new(inputs, layers, loss).map_err(|error| wrong("architecture", error))?;
        let count = architecture.layers().len();
        if self.frozen >= count {
            let message = format!("{} of {count} layers; at least the last one is trained", self.frozen);
            return Err(wrong("frozen", message));
        }
        let DataForm { x, y, classes, x_test, y_test, classes_test } = self.data;
        let samples =
            samples_of(&architecture, ["data.x", "data.y", "data.classes"], &x, y.as_deref(), classes.as_deref())?;
        if samples.is_empty() || u32::try_from(samples.len()).is_err() {
            return Err(wrong("data.x", format!("there are {} training points, none or too many", samples.len())));
        }
        let test = if let Some(x) = x_test {
            samples_of(
                &architecture,
                ["data.x_test", "data.y_test", "data.classes_test"],
                &x,
                y_test.as_deref(),
                classes_test.as_deref(),
            )?
        } else {
            let given = [("data.y_test", y_test.is_some()), ("data.classes_test", classes_test.is_some())];
            if let Some((field, _)) = given.into_iter().find(|(_, given)| *given) {
                return Err(wrong("data.x_test", format!("is missing; it is required with {field}")));
            }
            Samples::new(inputs, architecture.outputs(), Vec::new())
        };
        let (rule, rate, regularisation) = self.optimizer.rule()?;
        check_steps(self.states.iter().map(|state| state.step))?;
        let steps = self.states.last().map_or(0, |state| state.step);
        if (self.minibatches.len() as u64) < steps {
            let message = format!("has {} lists, and the last state is at step {steps}", self.minibatches.len());
            return Err(wrong("minibatches", message));
        }
        check_indices("minibatches", &self.minibatches, samples.len())?;
        let initial = parameters(&architecture, "initial", self.initial)?.into_iter().flatten().flatten().collect();
        let states = self.states.into_iter().enumerate();
        let states = states.map(|(i, state)| state.state(i, &architecture, !test.is_empty()));
        Ok(Trace {
            precision: self.precision,
            frozen: self.frozen,
            rule,
            regularisation,
            rate,
            initial: Network::new(architecture.clone(), initial).map_err(|error| wrong("initial", error))?,
            states: states.collect::<Result<_, _>>()?,
            loss_names: ["minibatch_loss", "train_loss", "test_loss"],
            samples,
            test,
            minibatches: Minibatches::Listed(self.minibatches),
        })
    }
}

/// Samples from their rows; `fields` are what x, y and classes are called.
fn samples_of(
    architecture: &Architecture,
    [x_field, y_field, classes_field]: [&str; 3],
    x: &[Vec<f64>],
    y: Option<&[Vec<f64>]>,
    classes: Option<&[usize]>,
) -> Result<Samples<f64>, TraceError> {
    let (inputs, outputs) = (architecture.inputs(), architecture.outputs());
    let mut rows = Vec::with_capacity(x.len() * (inputs + outputs));
    let same_length = |field: &str, found: usize| {
        let message = format!("has {found} entries, and {} are expected", x.len());
        if found == x.len() { Ok(()) } else { Err(wrong(field, message)) }
    };
    match (y, classes) {
        (Some(y), None) => same_length(y_field, y.len())?,
        (None, Some(classes)) => same_length(classes_field, classes.len())?,
        (None, None) => return Err(wrong(y_field, format!("is missing; give it, or {classes_field}"))),
        (Some(_), Some(_)) => return Err(wrong(classes_field, format!("does not go with {y_field}"))),
    }
    for (i, x) in x.iter().enumerate() {
        check_length(format!("{x_field}[{i}]"), x, inputs)?;
        rows.extend(x);
        if let Some(y) = y {
            check_length(format!("{y_field}[{i}]"), &y[i], outputs)?;
            rows.extend(&y[i]);
        }
        let Some(class) = classes.map(|classes| classes[i]) else { continue };
        // One output tells two classes apart.
        let most = outputs.max(2);
        if class >= most {
            return Err(wrong(format!("{classes_field}[{i}]"), format!("{class} must be below {most}")));
        }
        if outputs == 1 {
            rows.push(class as f64);
        } else {
            rows.extend((0..outputs).map(|output| if output == class { 1.0 } else { 0.0 }));
        }
    }
    Ok(Samples::new(inputs, outputs, rows))
}

/// W, column by column, and b of each layer.
fn parameters(
    architecture: &Architecture,
    field: &str,
    layers: Vec<LayerForm>,
) -> Result<Vec<[Vec<f64>; 2]>, TraceError> {
    let count = architecture.layers().len();
    if layers.len() != count {
        return Err(wrong(field, format!("has {} layers, and {count} are expected", layers.len())));
    }
    let layer = |(l, LayerForm { w, b }): (usize, LayerForm)| {
        let (units, inputs) = (architecture.layers()[l].units, architecture.inputs_of(l));
        if w.len() != units {
            let message = format!("has {} rows, and {units} are expected, one for each unit", w.len());
            return Err(wrong(format!("{field}[{l}].W"), message));
        }
        for (i, row) in w.iter().enumerate() {
            check_length(format!("{field}[{l}].W[{i}]"), row, inputs)?;
        }
        check_length(format!("{field}[{l}].b"), &b, units)?;
        Ok([(0..inputs).flat_map(|input| w.iter().map(move |row| row[input])).collect(), b])
    };
    layers.into_iter().enumerate().map(layer).collect()
}

impl StateForm {
    fn state(self, i: usize, architecture: &Architecture, with_test: bool) -> Result<TracedState, TraceError> {
        let field = |name: &str| format!("states[{i}].{name}");
        if self.step == 0 && self.minibatch_loss.is_some() {
            return Err(wrong(field("minibatch_loss"), "step 0 is the start, before the first minibatch"));
        }
        if self.test_loss.is_some() && !with_test {
            return Err(wrong(field("test_loss"), "the trace has no test points; give data.x_test and data.y_test"));
        }
        let losses = [self.minibatch_loss, self.train_loss, self.test_loss];
        if losses.iter().all(Option::is_none) && self.layers.is_none() {
            return Err(wrong(format!("states[{i}]"), "holds nothing to compare beside its step"));
        }
        let layers = match self.layers {
            Some(layers) => parameters(architecture, &field("layers"), layers)?,
            None => Vec::new(),
        };
        Ok(TracedState { step: self.step, losses, layers: layers.into_iter().map(|pair| pair.map(Some)).collect() })
    }
}

impl OptimizerForm {
    /// The rule, its learning rate and what is done to the gradient before.
    fn rule(self) -> Result<(Rule, f64, Regularisation), TraceError> {
        let OptimizerForm { kind, lr, momentum, nesterov, beta1, beta2, eps, weight_decay } = self;
        let not_negative = |value: f64, field: &str| {
            if value >= 0.0 { Ok(value) } else { Err(wrong(field, format!("{value} must be at least 0"))) }
        };
        let lr = not_negative(lr, "optimizer.lr")?;
        let weight_decay = not_negative(weight_decay.unwrap_or(0.0), "optimizer.weight_decay")?;
        let of_adam = [
            ("optimizer.beta1", beta1.is_some()),
            ("optimizer.beta2", beta2.is_some()),
            ("optimizer.eps", eps.is_some()),
        ];
        let of_sgd = [("optimizer.momentum", momentum.is_some()), ("optimizer.nesterov", nesterov.is_some())];
        let rule = match kind {
            KindForm::Sgd => {
                without(&of_adam, "sgd")?;
                let nesterov = nesterov.unwrap_or(false);
                match check_fraction(momentum.unwrap_or(0.0), "optimizer.momentum")? {
                    0.0 if nesterov => return Err(wrong("optimizer.nesterov", "needs momentum above 0")),
                    0.0 => Rule::Sgd,
                    momentum if nesterov => Rule::Nesterov { momentum },
                    momentum => Rule::Momentum { momentum },
                }
            }
            KindForm::Adam | KindForm::AdamW => {
                without(&of_sgd, "adam")?;
                let number = |value: Option<f64>, field: &str| required(value, field, "the kind adam");
                let beta1 = check_fraction(number(beta1, "optimizer.beta1")?, "optimizer.beta1")?;
                let beta2 = check_fraction(number(beta2, "optimizer.beta2")?, "optimizer.beta2")?;
                let epsilon = not_negative(number(eps, "optimizer.eps")?, "optimizer.eps")?;
                match kind {
                    KindForm::AdamW => Rule::AdamW { beta1, beta2, epsilon },
                    _ => Rule::Adam { beta1, beta2, epsilon },
                }
            }
        };
        Ok((rule, lr, Regularisation { weight_decay, ..Regularisation::NONE }))
    }
}
