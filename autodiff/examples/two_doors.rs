//! One network through both doors: sizes that the compiler checks, and sizes that are chosen at run time.
//!
//! `cargo run -p autodiff --example two_doors -- 32 8` trains a layer of 32 units on 8 samples.

use autodiff::{DMatrix, SMatrix, ShapeError, Tape};

/// ½‖W2·tanh(W1·x + b) − y‖² with shapes that are types: a mistake does not compile.
fn typed() -> f64 {
    let tape = Tape::new();
    let w1 = tape.parameter("W1", SMatrix::<f64, 4, 2>::from_fn(|i, j| (i + 2 * j) as f64 / 8.0));
    let b = tape.parameter("b", SMatrix::<f64, 4, 1>::zeros());
    let w2 = tape.parameter("W2", SMatrix::<f64, 1, 4>::repeat(0.25));
    let x = tape.input("x", SMatrix::<f64, 2, 3>::new(0.0, 0.5, 1.0, 1.0, 0.5, 0.0));
    let y = tape.input("y", SMatrix::<f64, 1, 3>::new(1.0, 0.0, 1.0));
    let loss = (w2 * (w1 * x).add_to_columns(b).tanh() - y).norm_squared() * 0.5;
    let mut program = tape.program(loss);
    for _ in 0..1000 {
        program.forward_and_backward();
        program.update_all(|entries, derivatives| {
            entries.iter_mut().zip(derivatives).for_each(|(entry, d)| *entry -= 0.1 * d);
        });
    }
    program.forward();
    program.loss()
}

/// The same with any number of units and samples: a mistake is an error that names both shapes.
fn dynamic(units: usize, samples: usize) -> Result<f64, ShapeError> {
    let tape = Tape::new();
    let w1 = tape.dyn_parameter("W1", &DMatrix::from_fn(units, 2, |i, j| (i + 2 * j) as f64 / units as f64))?;
    let b = tape.dyn_parameter("b", &DMatrix::zeros(units, 1))?;
    let w2 = tape.dyn_parameter("W2", &DMatrix::from_element(1, units, 1.0 / units as f64))?;
    let x = tape.dyn_input("x", &DMatrix::from_fn(2, samples, |i, j| ((i + j) % 3) as f64 / 2.0))?;
    let y = tape.dyn_input("y", &DMatrix::from_fn(1, samples, |_, j| (j % 2) as f64))?;
    let hidden = w1.product(x)?.add_to_columns(b)?.tanh()?;
    let loss = ((w2.product(hidden)? - y)?.norm_squared()? * 0.5)?;
    let mut program = loss.program()?;
    // The product, the bias and tanh are replayed as one operation.
    println!("replayed as {}", program.operations().join(", "));
    for _ in 0..1000 {
        program.forward_and_backward();
        program.update_all(|entries, derivatives| {
            entries.iter_mut().zip(derivatives).for_each(|(entry, d)| *entry -= 0.01 * d);
        });
    }
    program.forward();
    Ok(program.loss())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sizes = std::env::args().skip(1).map(|size| size.parse()).collect::<Result<Vec<usize>, _>>()?;
    println!("4 units, 3 samples, shapes as types: loss {:.6}", typed());
    let (units, samples) = (sizes.first().copied().unwrap_or(32), sizes.get(1).copied().unwrap_or(8));
    println!("{units} units, {samples} samples, shapes at run time: loss {:.6}", dynamic(units, samples)?);
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.dyn_input("a", &DMatrix::zeros(16, 2))?, tape.dyn_input("b", &DMatrix::zeros(3, 32))?);
    if let Err(error) = a * b {
        println!("{error}");
    }
    Ok(())
}
