//! The expressions themselves.

use super::{Inputs, Kind, ProblemError};
use autodiff::{DMatrix, DynVar, Handle, ShapeError, Tape};

/// The largest size d of two layers, and the largest d and number n of neurons: what is printed of them still fits a page.
pub const LARGEST: usize = 64;
/// The largest n and d of the sum of neurons with every number a node: that many nodes can still be drawn or collapsed.
const LARGEST_IN_NUMBERS: usize = 16;

/// Whether an expression can be recorded at its sizes.
pub fn check_size(kind: Kind) -> Result<(), ProblemError> {
    let up_to = |largest: usize, sizes: &[(&'static str, usize)]| match sizes
        .iter()
        .find(|(_, given)| !(1..=largest).contains(given))
    {
        Some(&(what, given)) => Err(ProblemError::Size { what, given, allowed: format!("1 to {largest}") }),
        None => Ok(()),
    };
    match kind {
        Kind::Chain => Ok(()),
        Kind::NeuronSum { neurons, size } => up_to(LARGEST, &[("count", neurons), ("size", size)]),
        Kind::NeuronSumInNumbers { neurons, size } => up_to(LARGEST_IN_NUMBERS, &[("count", neurons), ("size", size)]),
        Kind::TwoLayer { size } => up_to(LARGEST, &[("size", size)]),
    }
}

/// Records an expression whose sizes and inputs were checked; gives ℓ.
pub fn record(kind: Kind, tape: &Tape<f64>, inputs: &Inputs) -> Result<Handle<1, 1>, ShapeError> {
    let loss = match kind {
        Kind::Chain => chain(tape, inputs),
        Kind::NeuronSum { .. } => neuron_sum(tape, inputs),
        Kind::NeuronSumInNumbers { neurons, size } => neuron_sum_in_numbers(neurons, size, tape, inputs),
        Kind::TwoLayer { .. } => two_layer(tape, inputs),
    }?;
    Ok(loss.named("ℓ").typed()?.handle())
}

/// The input of that name; it was checked to be there in its shape.
fn input<'i>(inputs: &'i Inputs, name: &str) -> &'i DMatrix<f64> {
    inputs.get(name).expect("all inputs are there")
}

fn chain<'t>(tape: &'t Tape<f64>, inputs: &Inputs) -> Result<DynVar<'t, f64>, ShapeError> {
    let x = tape.dyn_parameter("x", input(inputs, "x"))?;
    let f = x.powi(2)?.named("f");
    let g = (x * 1.0)?.named("g");
    f.powi(2)? + g.powi(2)?
}

fn two_layer<'t>(tape: &'t Tape<f64>, inputs: &Inputs) -> Result<DynVar<'t, f64>, ShapeError> {
    let parameter = |name: &str| tape.dyn_parameter(name, input(inputs, name));
    let (w1, b, w2) = (parameter("W1")?, parameter("b")?, parameter("W2")?);
    let (x, y) = (tape.dyn_input("x", input(inputs, "x"))?, tape.dyn_input("y", input(inputs, "y"))?);
    let x1 = (w1.product(x)? + b)?.named("x1");
    let x2 = x1.relu()?.named("x2");
    let x3 = w2.product(x2)?.named("x3");
    let x4 = (x3 - y)?.named("x4");
    x4.norm_squared()? * 0.5
}

fn neuron_sum<'t>(tape: &'t Tape<f64>, inputs: &Inputs) -> Result<DynVar<'t, f64>, ShapeError> {
    let (w, b) = (tape.dyn_parameter("W", input(inputs, "W"))?, tape.dyn_parameter("b", input(inputs, "b"))?);
    let (x, y) = (tape.dyn_input("x", input(inputs, "x"))?, tape.dyn_input("y", input(inputs, "y"))?);
    let z = (w.product(x)? + b)?.named("z");
    let h = z.relu()?.named("h");
    let s = h.sum()?.named("s");
    let e = (y - s)?.named("e");
    e.powi(2)
}

/// The sum of at least one term.
fn sum<'t>(terms: &[DynVar<'t, f64>]) -> Result<DynVar<'t, f64>, ShapeError> {
    terms[1..].iter().try_fold(terms[0], |sum, &term| sum + term)
}

fn neuron_sum_in_numbers<'t>(
    neurons: usize,
    size: usize,
    tape: &'t Tape<f64>,
    inputs: &Inputs,
) -> Result<DynVar<'t, f64>, ShapeError> {
    let number = |name: &str, i: usize, j: usize| DMatrix::from_element(1, 1, input(inputs, name)[(i, j)]);
    let mut weights = Vec::new();
    for i in 0..neurons {
        for j in 0..size {
            weights.push(tape.dyn_parameter(&format!("W[{},{}]", i + 1, j + 1), &number("W", i, j))?);
        }
    }
    let bias = |i: usize| tape.dyn_parameter(&format!("b[{}]", i + 1), &number("b", i, 0));
    let biases = (0..neurons).map(bias).collect::<Result<Vec<_>, _>>()?;
    let entry = |j: usize| tape.dyn_input(&format!("x[{}]", j + 1), &number("x", j, 0));
    let x = (0..size).map(entry).collect::<Result<Vec<_>, _>>()?;
    let y = tape.dyn_input("y", &number("y", 0, 0))?;
    let mut outputs = Vec::new();
    for (i, (row, &b)) in weights.chunks_exact(size).zip(&biases).enumerate() {
        let mut terms = row.iter().zip(&x).map(|(&w, &x)| w * x).collect::<Result<Vec<_>, _>>()?;
        terms.push(b);
        outputs.push(sum(&terms)?.named(&format!("z[{}]", i + 1)));
    }
    let on = |(i, z): (usize, &DynVar<'t, f64>)| Ok(z.relu()?.named(&format!("h[{}]", i + 1)));
    let outputs = outputs.iter().enumerate().map(on).collect::<Result<Vec<_>, _>>()?;
    // The sum of one term is the term; it gets a node of its own all the same.
    let s = if neurons == 1 { (outputs[0] * 1.0)? } else { sum(&outputs)? }.named("s");
    let e = (y - s)?.named("e");
    e.powi(2)
}
