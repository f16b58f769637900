//! Benchmarks, one criterion file per crate.
