//! Benchmarks: one criterion file per crate, a count of instructions, and the program `compare`, which measures Elbow
//! beside other systems. Here is what several of them need.

use autodiff::{SMatrix, Tape, Var};
use nn::data::{Data, Function};
use nn::model::Trained;
use nn::optimizer::Rule;
use nn::settings::Precision;
use nn::study::initial_network;
use nn::trainer::Trainer;
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tensor::{Element, Scalar};

/// The notebook's training points, or more of their kind.
pub fn points<T: Element>(count: usize) -> Vec<[T; 2]> {
    let data = Data::generate(Function::Piecewise, count, 0.1, 1);
    data.x.iter().zip(&data.y).map(|(&x, &y)| [x, y].map(T::of)).collect()
}

/// Networks about to be trained as the notebook's are: minibatches of 40 of 200 points.
pub fn trainer<T: Scalar>(width: usize, trained: Trained, rule: Rule) -> Trainer<T> {
    let start = vec![initial_network(width, 0, Precision::F32); T::LANES];
    Trainer::new(&start, trained, rule, 0.02, points(200), 40)
}

/// Records the squared error of a network of `W` hidden units on 40 samples, as one operation or of its parts.
pub fn record<const W: usize>(tape: &Tape<f32>, fused: bool) -> Var<'_, f32, 1, 1> {
    // Numbers from -1/2 to 1/2 that cost next to nothing.
    let wave = |phase: usize| move |i: usize, j: usize| ((3 * i + 7 * j + phase) % 64) as f32 / 64.0 - 0.5;
    let w1 = tape.parameter("W1", SMatrix::<f32, W, 1>::from_fn(wave(0)));
    let b1 = tape.parameter("b1", SMatrix::<f32, W, 1>::from_fn(wave(11)));
    let w2 = tape.parameter("W2", SMatrix::<f32, 1, W>::from_fn(wave(22)));
    let b2 = tape.parameter("b2", SMatrix::<f32, 1, 1>::from_element(0.1));
    let x = tape.input("x", SMatrix::<f32, 1, 40>::from_fn(wave(33)));
    let y = tape.input("y", SMatrix::<f32, 1, 40>::from_fn(wave(44)));
    let weight = tape.input("weight", SMatrix::<f32, 1, 40>::from_element(1.0 / 40.0));
    let prediction = if fused {
        x.relu_network(w1, b1, w2, b2)
    } else {
        (w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2)
    };
    prediction.weighted_square(y, weight)
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
