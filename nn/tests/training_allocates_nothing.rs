//! A training step allocates nothing: counted by the allocator itself. One test only, for other threads allocate too.

use nn::data::{Data, Function};
use nn::initial::initial_network;
use nn::optimizer::Rule;
use nn::settings::{Paradigm, Precision};
use nn::trainer::Trainer;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use tensor::random::Streams;
use tensor::{Element, Scalar, f32x16};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn allocations<T: Scalar>(paradigm: Paradigm, rule: Rule, batch: usize) -> usize {
    let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
    let points: Vec<[T::Element; 2]> = data.x.iter().zip(&data.y).map(|(&x, &y)| [x, y].map(T::Element::of)).collect();
    let start = vec![initial_network(33, 0, Precision::F32); T::LANES];
    let mut trainer = Trainer::<T>::new(&start, paradigm.frozen(start[0].architecture()), rule, 0.01, points, batch);
    let mut streams = Streams::new(0, 0);
    // The test harness has a thread of its own, which may allocate meanwhile; a step that allocates does so each time.
    let allocated = (0..5).map(|_| {
        let region = Region::new(ALLOCATOR);
        for _ in 0..100 {
            trainer.step(|_, indices| streams.indices(200, indices));
        }
        let change = region.change();
        change.allocations + change.reallocations
    });
    let least = allocated.min().expect("five counts");
    assert_ne!(trainer.network(0), start[0]);
    least
}

#[test]
fn a_training_step_allocates_nothing() {
    for paradigm in [Paradigm::Output, Paradigm::All] {
        for rule in [Rule::Sgd, Rule::Momentum { momentum: 0.9 }, Rule::ADAM] {
            for batch in [1, 40, 200] {
                assert_eq!(allocations::<f32>(paradigm, rule, batch), 0, "{paradigm:?} {rule:?} {batch}");
                assert_eq!(allocations::<f64>(paradigm, rule, batch), 0, "{paradigm:?} {rule:?} {batch}");
                assert_eq!(allocations::<f32x16>(paradigm, rule, batch), 0, "{paradigm:?} {rule:?} {batch}");
            }
        }
    }
}
