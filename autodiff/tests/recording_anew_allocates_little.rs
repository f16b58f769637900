//! The same computation recorded anew allocates nothing, and its derivatives one block: counted by the allocator
//! itself. One test only, for other threads allocate too.

use autodiff::{SMatrix, Tape};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_hundred_recordings_allocate_their_derivatives() {
    let mut tape = Tape::new();
    let mut step = |k: usize| {
        tape.clear();
        let w1 = tape.parameter("the weights of the first layer", SMatrix::<f64, 4, 1>::new(1.0, -1.0, 0.5, 2.0));
        let b1 = tape.parameter("b1", SMatrix::<f64, 4, 1>::repeat(k as f64));
        let w2 = tape.parameter("W2", SMatrix::<f64, 1, 4>::repeat(0.5));
        let b2 = tape.zero_parameter("b2");
        let x = tape.input("x", SMatrix::<f64, 1, 8>::from_fn(|_, j| (j + k) as f64 / 8.0));
        let y = tape.constant(SMatrix::<f64, 1, 8>::from_fn(|_, j| (j as f64).sin()));
        let composed = (w2 * (w1 * x).add_to_columns(b1).relu().named("x2")).add_to_columns(b2);
        let square = composed.weighted_square(y, x);
        let loss = (composed - y).norm_squared() + square * (k as f64);
        let before = Region::new(ALLOCATOR);
        assert!(tape.backward(loss).slice(b1).is_some());
        before.change()
    };
    // The first makes room for all that follow.
    step(0);

    // The test harness has a thread of its own, which may allocate meanwhile; a recording that allocates does so each
    // time.
    let allocated = (0..5).map(|_| {
        let region = Region::new(ALLOCATOR);
        let of_derivatives: usize = (0..100)
            .map(|k| {
                let change = step(k);
                change.allocations + change.reallocations
            })
            .sum();
        let change = region.change();
        (change.allocations + change.reallocations, of_derivatives)
    });
    assert_eq!(allocated.min(), Some((100, 100)));
}
