//! Timing of functions that take turns.

use std::time::{Duration, Instant};

/// How often each function has its turn, and how long a turn is at least.
const TURNS: usize = 40;
const TURN: Duration = Duration::from_millis(2);

/// Seconds of one call of each function: that of its fastest turn.
pub fn seconds<const N: usize>(mut functions: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut turn = |i: usize, calls: u32| {
        let start = Instant::now();
        for _ in 0..calls {
            functions[i]();
        }
        start.elapsed()
    };
    let calls: [u32; N] = std::array::from_fn(|i| {
        let mut calls = 1;
        while turn(i, calls) < TURN {
            calls *= 2;
        }
        calls
    });
    let mut fastest = [f64::INFINITY; N];
    for _ in 0..TURNS {
        for i in 0..N {
            fastest[i] = fastest[i].min(turn(i, calls[i]).as_secs_f64() / f64::from(calls[i]));
        }
    }
    fastest
}
