//! A replay allocates nothing: counted by the allocator itself. One test only, for other threads allocate too.
//!
//! Work that is spread over threads allocates nothing either, if the replay runs on a thread of a rayon pool. From
//! outside, rayon queues each such product, and its queue takes a block of memory from time to time.

use autodiff::{SMatrix, Tape};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_thousand_steps_allocate_nothing() {
    let tape = Tape::new();
    let w1 = tape.parameter("W1", SMatrix::<f64, 4, 1>::new(1.0, -1.0, 0.5, 2.0));
    let b1 = tape.parameter("b1", SMatrix::<f64, 4, 1>::new(0.1, 0.2, -0.3, -0.4));
    let w2 = tape.parameter("W2", SMatrix::<f64, 1, 4>::repeat(0.5));
    let b2 = tape.parameter("b2", SMatrix::<f64, 1, 1>::zeros());
    let x = tape.input("x", SMatrix::<f64, 1, 8>::from_fn(|_, j| j as f64 / 8.0));
    let y = tape.input("y", SMatrix::<f64, 1, 8>::from_fn(|_, j| (j as f64).sin()));
    let composed = (w2 * (w1 * x).add_to_columns(b1).relu().named("h")).add_to_columns(b2);
    let fused = (w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2);
    let loss = (composed - y).norm_squared() + (fused - y).tanh().norm_squared() * 0.5;
    let parameters = [w1.id(), b1.id(), w2.id(), b2.id()];
    let x = x.handle();
    let mut program = tape.program(loss);
    let start = {
        program.forward();
        program.loss()
    };

    // The test harness has a thread of its own, which may allocate meanwhile; a replay that allocates does so each time.
    let allocated = (0..5).map(|_| {
        let region = Region::new(ALLOCATOR);
        for step in 0..200 {
            program.entries_mut(x)[step % 8] += 1e-6;
            program.forward();
            program.backward();
            program.accumulate();
            for parameter in parameters {
                program.update(parameter, |entries, derivatives| {
                    for (entry, d) in entries.iter_mut().zip(derivatives) {
                        *entry -= 1e-3 * d;
                    }
                });
            }
        }
        let change = region.change();
        change.allocations + change.reallocations + change.deallocations
    });
    assert_eq!(allocated.min(), Some(0));
    assert!(program.loss() < start);

    let tape = Tape::new();
    let w = tape.parameter("W", SMatrix::<f64, 128, 128>::from_fn(|i, j| ((i * 7 + j) as f64).sin()));
    let x = tape.input("x", SMatrix::<f64, 128, 128>::from_fn(|i, j| ((i + 5 * j) as f64).cos()));
    let mut program = tape.program((w * x).norm_squared());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool");
    let allocated = pool.install(|| {
        let count = |_| {
            let region = Region::new(ALLOCATOR);
            for _ in 0..50 {
                program.forward();
                program.backward();
            }
            let change = region.change();
            change.allocations + change.reallocations + change.deallocations
        };
        (0..5).map(count).min()
    });
    assert_eq!(allocated, Some(0));
}
