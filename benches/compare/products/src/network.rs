//! A training step of a network 256 → 256 → 256 against nothing but its products.

use crate::peers::{Layout, Number, gemm};
use crate::shapes::numbers;
use crate::{pool, time};
use autodiff::{Program, SMatrix, Tape};
use serde::Serialize;

const N: usize = 256;

/// Forward and backward, for a batch of 256 samples.
#[derive(Serialize)]
pub struct Step {
    scalar: &'static str,
    threads: usize,
    /// Microseconds of the replayed program.
    elbow: f64,
    /// Microseconds of its five products alone with gemm.
    gemm: f64,
    /// gemm's time as a part of elbow's.
    ratio: f64,
}

/// ‖W2·Φ(W1·X + b1·1ᵀ) + b2·1ᵀ − Y‖².
fn program<T: Number>() -> Program<T> {
    let matrix = |seed| SMatrix::<T, N, N>::from_vec(numbers(N * N, seed));
    let column = |seed| SMatrix::<T, N, 1>::from_vec(numbers(N, seed));
    let tape = Tape::new();
    let (w1, b1) = (tape.parameter("W1", matrix(1)), tape.parameter("b1", column(2)));
    let (w2, b2) = (tape.parameter("W2", matrix(3)), tape.parameter("b2", column(4)));
    let (x, y) = (tape.input("X", matrix(5)), tape.input("Y", matrix(6)));
    let hidden = (w1 * x).add_to_columns(b1).relu();
    tape.program(((w2 * hidden).add_to_columns(b2) - y).norm_squared())
}

/// Measures and prints.
pub fn measure() -> Vec<Step> {
    println!("\ntraining step of a network 256 → 256 → 256, batch of 256, µs");
    println!("{:41} {:>7} {:>14} {:>14}", "", "elbow", "products, gemm", "ratio");
    let mut steps = Vec::new();
    scalar::<f32>(&mut steps);
    scalar::<f64>(&mut steps);
    steps
}

fn scalar<T: Number>(steps: &mut Vec<Step>) {
    let mut program = program::<T>();
    let [w1, w2, x, h, dy] = [1, 2, 3, 4, 5].map(|seed| numbers::<T>(N * N, seed));
    let [mut p, mut q, mut dh, mut dw1, mut dw2] = [(); 5].map(|()| vec![T::zero(); N * N]);
    for threads in [1, 2] {
        let as_it_is = Layout::stored(N, N);
        let transposed = as_it_is.transpose();
        let mut products = || {
            gemm((&w1, as_it_is), (&x, as_it_is), &mut p, threads);
            gemm((&w2, as_it_is), (&h, as_it_is), &mut q, threads);
            gemm((&dy, as_it_is), (&h, transposed), &mut dw2, threads);
            gemm((&w2, transposed), (&dy, as_it_is), &mut dh, threads);
            gemm((&p, as_it_is), (&x, transposed), &mut dw1, threads);
        };
        let mut step = || {
            program.forward_and_backward();
        };
        let [elbow, gemm] = pool(threads).install(|| time::seconds([&mut step, &mut products])).map(|s| s * 1e6);
        let ratio = gemm / elbow;
        let name = format!("{}, {threads} thread{}", T::NAME, ["", "s"][threads - 1]);
        println!("{name:41} {elbow:7.1} {gemm:14.1} {ratio:14.2}");
        steps.push(Step { scalar: T::NAME, threads, elbow, gemm, ratio });
    }
    if let [.., one, two] = steps.as_slice() {
        println!("{:41} {:7.2} {:14.2}", "two threads are faster by", one.elbow / two.elbow, one.gemm / two.gemm);
    }
}
