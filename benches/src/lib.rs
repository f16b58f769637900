//! Benchmarks: one criterion file per crate, a count of instructions, and the program `compare`, which measures Elbow
//! beside other systems. Here is what several of them need.

pub mod by_hand;
pub mod layers;

use autodiff::{Program, SMatrix, Tape, Var};
use nn::data::{Data, Function};
use nn::initial::initial_network;
use nn::optimizer::Rule;
use nn::settings::{Paradigm, Precision};
use nn::trainer::Trainer;
use serde_json::Value;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tensor::random::Streams;
use tensor::{Element, Scalar};

/// The notebook's training points, or more of their kind.
pub fn points<T: Element>(count: usize) -> Vec<[T; 2]> {
    let data = Data::generate(Function::Piecewise, count, 0.1, 1);
    data.x.iter().zip(&data.y).map(|(&x, &y)| [x, y].map(T::of)).collect()
}

/// Networks about to be trained as the notebook's are: minibatches of 40 of 200 points.
pub fn trainer<T: Scalar>(width: usize, paradigm: Paradigm, rule: Rule) -> Trainer<T> {
    let start = vec![initial_network(width, 0, Precision::F32); T::LANES];
    Trainer::new(&start, paradigm.frozen(start[0].architecture()), rule, 0.02, points(200), 40)
}

/// So many steps on end, as a study makes them.
pub fn train<T: Scalar>(trainer: &mut Trainer<T>, streams: &mut Streams, steps: u64) {
    let points = trainer.samples() as u32;
    trainer.steps(
        steps,
        |_, indices| streams.indices(points, indices),
        |_, loss| {
            black_box(loss);
            true
        },
    );
}

/// How the squared error of a network is replayed.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// As the six operations that are recorded.
    Parts,
    /// As the one that rules make of them, with which networks are trained.
    Error,
}

impl Form {
    /// The program of a recorded error.
    pub fn program(self, loss: Var<'_, f32, 1, 1>) -> Program<f32> {
        match self {
            Form::Parts => loss.tape().program_by_parts(loss),
            Form::Error => loss.tape().program(loss),
        }
    }
}

/// A network of `W` hidden units and 40 samples: what a recording begins with.
pub struct Leaves<const W: usize> {
    w1: SMatrix<f32, W, 1>,
    b1: SMatrix<f32, W, 1>,
    w2: SMatrix<f32, 1, W>,
    b2: SMatrix<f32, 1, 1>,
    x: SMatrix<f32, 1, 40>,
    y: SMatrix<f32, 1, 40>,
    weight: SMatrix<f32, 1, 40>,
}

impl<const W: usize> Leaves<W> {
    /// Numbers from -1/2 to 1/2 that turn some units on and some off.
    #[expect(clippy::new_without_default, reason = "there is nothing default about these numbers")]
    pub fn new() -> Self {
        let wave = |phase: usize| move |i: usize, j: usize| ((3 * i + 7 * j + phase) % 64) as f32 / 64.0 - 0.5;
        Leaves {
            w1: SMatrix::from_fn(wave(0)),
            b1: SMatrix::from_fn(wave(11)),
            w2: SMatrix::from_fn(wave(22)),
            b2: SMatrix::from_element(0.1),
            x: SMatrix::from_fn(wave(33)),
            y: SMatrix::from_fn(wave(44)),
            weight: SMatrix::from_element(1.0 / 40.0),
        }
    }

    /// Records the squared error. The samples are constants, so that a tape differentiates by what a program does.
    pub fn record<'t>(&self, tape: &'t Tape<f32>) -> Var<'t, f32, 1, 1> {
        self.error(tape, [self.x, self.y, self.weight].map(|row| tape.constant(row)))
    }

    /// As [`record`](Self::record), with the samples as inputs: a tape differentiates by them too.
    pub fn record_inputs<'t>(&self, tape: &'t Tape<f32>) -> Var<'t, f32, 1, 1> {
        let samples = [tape.input("x", self.x), tape.input("y", self.y), tape.input("weight", self.weight)];
        self.error(tape, samples)
    }

    fn error<'t>(&self, tape: &'t Tape<f32>, [x, y, weight]: [Var<'t, f32, 1, 40>; 3]) -> Var<'t, f32, 1, 1> {
        let (w1, b1) = (tape.parameter("W1", self.w1), tape.parameter("b1", self.b1));
        let (w2, b2) = (tape.parameter("W2", self.w2), tape.parameter("b2", self.b2));
        let prediction = (w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2);
        prediction.weighted_square(y, weight)
    }
}

/// Runs cargo with `arguments` in this workspace, and finds the executable it built of the target `name`; `flags` of
/// the compiler, if there are any, replace those of the workspace.
///
/// # Errors
/// If cargo cannot be started or fails, or builds no such executable.
pub fn build(name: &str, arguments: &[&str], flags: Option<&str>) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).arg("--message-format=json-render-diagnostics");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit());
    if let Some(flags) = flags {
        // Stronger than every other way to give flags.
        command.env("CARGO_ENCODED_RUSTFLAGS", flags);
    }
    let failed = |why: String| format!("cargo {}: {why}", arguments.join(" "));
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable = |message: Value| match (&message["target"]["name"], &message["executable"]) {
        (Value::String(target), Value::String(path)) if target == name => Some(PathBuf::from(path)),
        _ => None,
    };
    let mut messages = messages.lines().filter_map(|line| serde_json::from_str(line).ok());
    messages.find_map(executable).ok_or_else(|| failed(format!("built no {name}")))
}
