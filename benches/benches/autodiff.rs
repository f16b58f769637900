//! What programs and tapes cost: a gradient by the kernels alone, by a program that is replayed, and by a tape that is
//! recorded anew; of a network's error in one operation, and of parts.
//! `cargo bench -p benches --bench autodiff`

use autodiff::Tape;
use benches::by_hand::ByHand;
use benches::{Form, Leaves};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn gradients<const W: usize>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("gradient, {W} units, 40 samples, f32"));
    let leaves = Leaves::<W>::new();
    let mut by_hand = ByHand::new(&leaves);
    let forms: [(_, _, fn(&mut ByHand<W>)); 2] =
        [("in one", Form::Error, ByHand::error), ("of parts", Form::Parts, ByHand::parts)];
    let mut tape = Tape::new();
    for (name, form, run) in forms {
        group.bench_function(format!("{name}, by hand"), |bencher| bencher.iter(|| run(black_box(&mut by_hand))));
        let mut program = form.program(leaves.record(&tape));
        group.bench_function(format!("{name}, replayed"), |bencher| {
            bencher.iter(|| black_box(program.forward_and_backward()));
        });
    }
    group.bench_function("recorded anew", |bencher| {
        bencher.iter(|| {
            tape.clear();
            let loss = black_box(&leaves).record(&tape);
            black_box(tape.backward(loss))
        });
    });
    group.bench_function("recorded anew, by the samples too", |bencher| {
        bencher.iter(|| {
            tape.clear();
            let loss = black_box(&leaves).record_inputs(&tape);
            black_box(tape.backward(loss))
        });
    });
    group.finish();
}

criterion_group!(benches, gradients::<16>, gradients::<40>);
criterion_main!(benches);
