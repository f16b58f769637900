//! Training steps of two networks of other sizes: Elbow's programs, replayed, beside Rust written by hand and JAX's
//! compiled loop, all on one thread; and sixteen networks at once, in lanes.
//!
//! ```sh
//! cargo run --release -p benches --bin layers
//! ```
//!
//! Elbow and what is written by hand take turns in this process; of each the least CPU time of 30 rounds counts. JAX is
//! asked by `benches/compare/layers_jax.py`, if there is a Python with it (`PYTHON` names another interpreter).

use autodiff::ShapeError;
use benches::layers::{Layers, ReluByHand, Replayed, TanhByHand};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use tensor::f32x16;

const ROUNDS: usize = 30;
const STEPS: usize = 500;

fn main() -> Result<(), ShapeError> {
    println!(
        "{:<16} {:>5} {:>10} {:>10} {:>7} {:>10} {:>15} {:>7}",
        "network", "batch", "Elbow, µs", "by hand", "ratio", "JAX", "each of sixteen", "ratio"
    );
    for layers in Layers::ALL {
        for batch in [32, 256] {
            let mut elbow = Replayed::<f32>::new(layers, batch)?;
            let mut lanes = Replayed::<f32x16>::new(layers, batch)?;
            let mut by_hand = by_hand(layers, batch);
            let mut least = [f64::INFINITY; 3];
            for _ in 0..ROUNDS {
                least[0] = least[0].min(microseconds(&mut || elbow.step()));
                least[1] = least[1].min(microseconds(&mut *by_hand));
                least[2] = least[2].min(microseconds(&mut || lanes.step().to_array()[0]) / 16.0);
            }
            let name = match layers {
                Layers::Tanh => "2-16-16-1, tanh",
                Layers::Relu => "2-32-3, ReLU",
            };
            let jax = jax(layers, batch).map_or_else(|| "–".to_owned(), |time| format!("{time:.2}"));
            let [elbow, by_hand, lane] = least;
            println!(
                "{name:<16} {batch:>5} {elbow:>10.2} {by_hand:>10.2} {:>7.2} {jax:>10} {lane:>15.2} {:>7.2}",
                elbow / by_hand,
                lane / elbow
            );
        }
    }
    Ok(())
}

fn by_hand(layers: Layers, batch: usize) -> Box<dyn FnMut() -> f32> {
    fn tanh<const B: usize>() -> Box<dyn FnMut() -> f32> {
        let mut network = TanhByHand::<B>::new();
        Box::new(move || network.step())
    }
    fn relu<const B: usize>() -> Box<dyn FnMut() -> f32> {
        let mut network = ReluByHand::<B>::new();
        Box::new(move || network.step())
    }
    match (layers, batch) {
        (Layers::Tanh, 32) => tanh::<32>(),
        (Layers::Tanh, _) => tanh::<256>(),
        (Layers::Relu, 32) => relu::<32>(),
        (Layers::Relu, _) => relu::<256>(),
    }
}

/// CPU time of a step.
fn microseconds(step: &mut dyn FnMut() -> f32) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
    };
    let begin = now();
    for _ in 0..STEPS {
        black_box(step());
    }
    (now() - begin) / STEPS as f64
}

/// The time of a step in JAX.
fn jax(layers: Layers, batch: usize) -> Option<f64> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("compare/layers_jax.py");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(python).arg(script).args([layers.name(), &batch.to_string()]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
