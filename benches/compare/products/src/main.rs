//! Elbow's products against the crates gemm and matrixmultiply, each alone and in a network's training step.
//!
//! `cargo run --release` in this folder prints a table; `-- --json FILE` writes the same as JSON. Systems take turns
//! within each measurement, and the fastest turn of each counts, so that other work on the machine cancels out.

mod network;
mod peers;
mod shapes;
mod time;

use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Serialize;
use std::error::Error;

/// What was measured.
#[derive(Serialize)]
struct Report {
    products: Vec<shapes::Product>,
    networks: Vec<network::Step>,
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool")
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let file = match arguments.as_slice() {
        [] => None,
        [flag, file] if flag == "--json" => Some(file),
        _ => return Err("usage: products [--json FILE]".into()),
    };
    let report = Report { products: shapes::measure(), networks: network::measure() };
    if let Some(file) = file {
        std::fs::write(file, serde_json::to_string_pretty(&report)? + "\n")?;
    }
    Ok(())
}
