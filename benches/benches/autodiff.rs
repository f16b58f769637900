//! What the tape costs: replaying a program against recording it anew, and the fused network against its parts.
//! `cargo bench -p benches --bench autodiff`

use autodiff::{Program, SMatrix, Tape, Var};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

type Column<const R: usize> = SMatrix<f32, R, 1>;
type Row<const C: usize> = SMatrix<f32, 1, C>;

/// The squared error of a network of `W` hidden units on 40 samples.
fn record<const W: usize>(tape: &Tape<f32>, fused: bool) -> Var<'_, f32, 1, 1> {
    let wave = |phase: f32| move |i: usize, j: usize| ((3 * i + 7 * j) as f32 * 0.37 + phase).sin();
    let w1 = tape.parameter("W1", Column::<W>::from_fn(wave(0.0)));
    let b1 = tape.parameter("b1", Column::<W>::from_fn(wave(1.0)));
    let w2 = tape.parameter("W2", Row::<W>::from_fn(wave(2.0)));
    let b2 = tape.parameter("b2", Row::<1>::from_element(0.1));
    let x = tape.input("x", Row::<40>::from_fn(wave(3.0)));
    let y = tape.input("y", Row::<40>::from_fn(wave(4.0)));
    let weight = tape.input("weight", Row::<40>::from_element(1.0 / 40.0));
    let prediction = if fused {
        x.relu_network(w1, b1, w2, b2)
    } else {
        (w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2)
    };
    prediction.weighted_square(y, weight)
}

fn program<const W: usize>(fused: bool) -> Program<f32> {
    let tape = Tape::new();
    tape.program(record::<W>(&tape, fused))
}

fn gradients<const W: usize>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("gradient, {W} units, 40 samples, f32"));
    for (name, fused) in [("fused", true), ("of parts", false)] {
        let mut program = program::<W>(fused);
        group.bench_function(format!("{name}, replayed"), |bencher| {
            bencher.iter(|| {
                program.forward();
                program.backward();
                black_box(program.loss())
            });
        });
        let mut tape = Tape::new();
        group.bench_function(format!("{name}, recorded anew"), |bencher| {
            bencher.iter(|| {
                tape.clear();
                let loss = record::<W>(&tape, fused);
                black_box(tape.backward(loss))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, gradients::<16>, gradients::<40>);
criterion_main!(benches);
