//! What the peers share: the points, minibatches, and the clock.
//!
//! `PROGRAM DIR STEPS` trains all layers of networks of width 10, 20 and 40 by stochastic gradient descent and prints a
//! line of JSON for each. DIR holds native doubles: `points.bin` is x and y of the 200 training points, then the test
//! points; `networks-W.bin` is W1, b1, W2 and b2 of a network of width W.

use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs, process};

/// Samples in a minibatch.
pub const BATCH: usize = 40;
/// Training points.
pub const POINTS: usize = 200;
/// Learning rate.
pub const RATE: f64 = 0.02;

/// The initial parameters of a network.
pub struct Start {
    /// Hidden units.
    pub width: usize,
    /// Weights of the hidden layer.
    pub w1: Vec<f32>,
    /// Its biases.
    pub b1: Vec<f32>,
    /// Weights of the output layer.
    pub w2: Vec<f32>,
    /// Its bias.
    pub b2: Vec<f32>,
}

/// The training points, and a generator that draws from them.
pub struct Minibatches {
    x: Vec<f32>,
    y: Vec<f32>,
    state: u64,
}

impl Minibatches {
    /// Draws 40 points with replacement.
    pub fn draw(&mut self) -> ([f32; BATCH], [f32; BATCH]) {
        let (mut x, mut y) = ([0.0; BATCH], [0.0; BATCH]);
        for i in 0..BATCH {
            // SplitMix64.
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let index = ((((z ^ (z >> 31)) >> 32) * POINTS as u64) >> 32) as usize;
            (x[i], y[i]) = (self.x[index], self.y[index]);
        }
        (x, y)
    }
}

/// Times training at each width. `train` makes the given number of steps from a start and returns the last minibatch's
/// error, which must be finite.
pub fn measure(kernel: &str, train: impl Fn(&Start, &mut Minibatches, usize) -> f32) {
    let arguments: Vec<String> = env::args().collect();
    let [_, dir, steps] = &arguments[..] else { fail("usage: DIR STEPS") };
    let steps: usize = steps.parse().unwrap_or_else(|_| fail("STEPS is no number"));
    let points = read(dir, "points.bin");
    for width in [10, 20, 40] {
        let network = read(dir, &format!("networks-{width}.bin"));
        let part = |from: usize, count: usize| network[from..from + count].to_vec();
        let start = Start {
            width,
            w1: part(0, width),
            b1: part(width, width),
            w2: part(2 * width, width),
            b2: part(3 * width, 1),
        };
        let (x, y) = (points[..POINTS].to_vec(), points[POINTS..2 * POINTS].to_vec());
        let mut minibatches = Minibatches { x, y, state: 0 };
        train(&start, &mut minibatches, steps / 10 + 1);
        let begin = Instant::now();
        let loss = train(&start, &mut minibatches, steps);
        let us = begin.elapsed().as_secs_f64() / steps as f64 * 1e6;
        println!(
            r#"{{"kernel": "{kernel}", "paradigm": "all", "width": {width}, "us_per_step": {us:.4}, "loss": {loss}}}"#
        );
    }
}

fn read(dir: &str, name: &str) -> Vec<f32> {
    let path = PathBuf::from(dir).join(name);
    let bytes = fs::read(&path).unwrap_or_else(|error| fail(&format!("{}: {error}", path.display())));
    bytes.chunks_exact(8).map(|b| f64::from_ne_bytes(b.try_into().unwrap_or_default()) as f32).collect()
}

fn fail(what: &str) -> ! {
    eprintln!("{what}");
    process::exit(2)
}
