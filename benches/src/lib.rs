//! Benchmarks, one criterion file per crate; the program `compare` measures Elbow beside other systems.
