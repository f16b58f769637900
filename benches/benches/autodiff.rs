//! What the tape costs: replaying a program against recording it anew, and the fused network against its parts.
//! `cargo bench -p benches --bench autodiff`

use autodiff::{Program, Tape};
use benches::record;
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

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
