//! A computation in single numbers takes little memory: counted by the allocator itself. One test only, for other threads
//! allocate too.

use autodiff::{SMatrix, Tape};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_node_of_one_number_takes_at_most_200_bytes() {
    const NODES: usize = 100_000;
    let before = Region::new(ALLOCATOR);
    let tape = Tape::new();
    let x = tape.parameter("x", SMatrix::<f64, 1, 1>::new(0.5));
    let mut y = x;
    for i in 0..NODES {
        y = if i % 2 == 0 { y * x } else { (y + x).sin() };
    }
    let nodes = tape.len();
    let change = before.change();
    let each = (change.bytes_allocated - change.bytes_deallocated) / nodes;
    println!("{each} bytes for each of {nodes} nodes");
    assert!(each <= 200, "{each} bytes for each of {nodes} nodes");
}
