//! The expressions themselves, and the ladder of compiled sizes they are recorded at.

use super::{Inputs, Kind, ProblemError};
use autodiff::{Handle, SMatrix, Tape, Var};

/// The sizes d at which two layers are compiled; every shape is exact, nothing is padded.
pub const TWO_LAYER_SIZES: &[usize] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 20, 24, 32, 48, 64];
/// The sizes d and the numbers n of neurons at which the sum of neurons is compiled.
pub const NEURON_SIZES: &[usize] = &[1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64];
/// The largest n and d of the sum of neurons with every number a node: that many nodes can still be drawn or collapsed.
const LARGEST_IN_NUMBERS: usize = 16;

/// Whether an expression can be recorded at its sizes.
pub fn check_size(kind: Kind) -> Result<(), ProblemError> {
    let one_of = |what, given: usize, sizes: &[usize]| {
        if sizes.contains(&given) {
            return Ok(());
        }
        let run = sizes.windows(2).take_while(|pair| pair[1] == pair[0] + 1).count();
        let list: Vec<String> = sizes[run + 1..].iter().map(usize::to_string).collect();
        let (last, others) = list
            .split_last()
            .map_or((String::new(), String::new()), |(last, others)| (last.clone(), others.join(", ")));
        Err(ProblemError::Size { what, given, allowed: format!("1 to {}, {others} or {last}", sizes[run]) })
    };
    match kind {
        Kind::Chain => Ok(()),
        Kind::NeuronSum { neurons, size } => {
            one_of("count", neurons, NEURON_SIZES).and_then(|()| one_of("size", size, NEURON_SIZES))
        }
        Kind::NeuronSumInNumbers { neurons, size } => {
            for (what, given) in [("count", neurons), ("size", size)] {
                if !(1..=LARGEST_IN_NUMBERS).contains(&given) {
                    let allowed = format!("1 to {LARGEST_IN_NUMBERS}");
                    return Err(ProblemError::Size { what, given, allowed });
                }
            }
            Ok(())
        }
        Kind::TwoLayer { size } => one_of("size", size, TWO_LAYER_SIZES),
    }
}

/// Records an expression whose sizes and inputs were checked.
pub fn record(kind: Kind, tape: &Tape<f64>, inputs: &Inputs) -> Handle<1, 1> {
    match kind {
        Kind::Chain => chain(tape, inputs),
        Kind::NeuronSum { neurons, size } => neuron_sum_at(neurons, size, tape, inputs),
        Kind::NeuronSumInNumbers { neurons, size } => neuron_sum_in_numbers(neurons, size, tape, inputs),
        Kind::TwoLayer { size } => two_layer_at(size, tape, inputs),
    }
}

/// The input of that name; it was checked to be there in this shape.
fn input<const R: usize, const C: usize>(inputs: &Inputs, name: &str) -> SMatrix<f64, R, C> {
    inputs.get(name).map_or_else(SMatrix::zeros, |matrix| SMatrix::from_column_slice(matrix.as_slice()))
}

fn chain(tape: &Tape<f64>, inputs: &Inputs) -> Handle<1, 1> {
    let x = tape.parameter("x", input::<1, 1>(inputs, "x"));
    let f = x.powi(2).named("f");
    let g = (x * 1.0).named("g");
    (f.powi(2) + g.powi(2)).named("ℓ").handle()
}

fn two_layer<const D: usize>(tape: &Tape<f64>, inputs: &Inputs) -> Handle<1, 1> {
    let w1 = tape.parameter("W1", input::<D, D>(inputs, "W1"));
    let b = tape.parameter("b", input::<D, 1>(inputs, "b"));
    let w2 = tape.parameter("W2", input::<D, D>(inputs, "W2"));
    let x = tape.input("x", input::<D, 1>(inputs, "x"));
    let y = tape.input("y", input::<D, 1>(inputs, "y"));
    let x1 = (w1 * x + b).named("x1");
    let x2 = x1.relu().named("x2");
    let x3 = (w2 * x2).named("x3");
    let x4 = (x3 - y).named("x4");
    (x4.norm_squared() * 0.5).named("ℓ").handle()
}

fn neuron_sum<const N: usize, const D: usize>(tape: &Tape<f64>, inputs: &Inputs) -> Handle<1, 1> {
    let w = tape.parameter("W", input::<N, D>(inputs, "W"));
    let b = tape.parameter("b", input::<N, 1>(inputs, "b"));
    let x = tape.input("x", input::<D, 1>(inputs, "x"));
    let y = tape.input("y", input::<1, 1>(inputs, "y"));
    let z = (w * x + b).named("z");
    let h = z.relu().named("h");
    let s = h.sum().named("s");
    let e = (y - s).named("e");
    e.powi(2).named("ℓ").handle()
}

fn sum<'t>(terms: Vec<Var<'t, f64, 1, 1>>) -> Option<Var<'t, f64, 1, 1>> {
    terms.into_iter().reduce(|a, b| a + b)
}

fn neuron_sum_in_numbers(neurons: usize, size: usize, tape: &Tape<f64>, inputs: &Inputs) -> Handle<1, 1> {
    let number = |name: &str, i: usize, j: usize| {
        SMatrix::<f64, 1, 1>::new(inputs.get(name).map_or(0.0, |matrix| matrix[(i, j)]))
    };
    let mut weights = Vec::new();
    for i in 0..neurons {
        let row = (0..size).map(|j| tape.parameter(&format!("W[{},{}]", i + 1, j + 1), number("W", i, j)));
        weights.push(row.collect::<Vec<_>>());
    }
    let biases: Vec<_> = (0..neurons).map(|i| tape.parameter(&format!("b[{}]", i + 1), number("b", i, 0))).collect();
    let x: Vec<_> = (0..size).map(|j| tape.input(&format!("x[{}]", j + 1), number("x", j, 0))).collect();
    let y = tape.input("y", number("y", 0, 0));
    let mut outputs = Vec::new();
    for (i, (row, &b)) in weights.iter().zip(&biases).enumerate() {
        let products = row.iter().zip(&x).map(|(&w, &x)| w * x).chain([b]).collect();
        outputs.extend(sum(products).map(|z| z.named(&format!("z[{}]", i + 1))));
    }
    let outputs = outputs.iter().enumerate().map(|(i, z)| z.relu().named(&format!("h[{}]", i + 1))).collect();
    let s = match sum(outputs) {
        // The sum of one term is the term; it gets a node of its own all the same.
        Some(h) if neurons == 1 => (h * 1.0).named("s"),
        Some(s) => s.named("s"),
        None => tape.constant(SMatrix::<f64, 1, 1>::zeros()),
    };
    let e = (y - s).named("e");
    e.powi(2).named("ℓ").handle()
}

macro_rules! two_layer_ladder {
    ($size:expr, $tape:expr, $inputs:expr; $($d:literal)+) => {
        match $size {
            $($d => two_layer::<$d>($tape, $inputs),)+
            size => unreachable!("size {size} was checked"),
        }
    };
}

fn two_layer_at(size: usize, tape: &Tape<f64>, inputs: &Inputs) -> Handle<1, 1> {
    two_layer_ladder!(size, tape, inputs; 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 20 24 32 48 64)
}

macro_rules! neurons_ladder {
    ($size:expr, $tape:expr, $inputs:expr; $($d:literal)+) => {
        match $size {
            $($d => neuron_sum::<N, $d>($tape, $inputs),)+
            size => unreachable!("size {size} was checked"),
        }
    };
}

fn neurons_of<const N: usize>(size: usize, tape: &Tape<f64>, inputs: &Inputs) -> Handle<1, 1> {
    neurons_ladder!(size, tape, inputs; 1 2 3 4 5 6 7 8 10 12 16 32 64)
}

macro_rules! count_ladder {
    ($neurons:expr, $size:expr, $tape:expr, $inputs:expr; $($n:literal)+) => {
        match $neurons {
            $($n => neurons_of::<$n>($size, $tape, $inputs),)+
            neurons => unreachable!("count {neurons} was checked"),
        }
    };
}

fn neuron_sum_at(neurons: usize, size: usize, tape: &Tape<f64>, inputs: &Inputs) -> Handle<1, 1> {
    count_ladder!(neurons, size, tape, inputs; 1 2 3 4 5 6 7 8 10 12 16 32 64)
}
