//! Every operation that sums many terms, in single precision beside double precision: nothing is added one by one.

use autodiff::{SMatrix, Tape, Var};
use std::collections::BTreeSet;
use std::path::Path;
use tensor::Scalar;

/// How many terms a sum has. Added one by one in single precision, as many equal terms are off by more than 10⁻⁴.
const N: usize = 100_000;
/// What is promised of N terms of one sign: 256 + N/256 roundings.
const BOUND: f64 = (256.0 + N as f64 / 256.0) * f32::EPSILON as f64 / 2.0;

fn row<'t, T: Scalar>(tape: &'t Tape<T>, name: &str, value: f64) -> Var<'t, T, 1, N> {
    tape.parameter(name, SMatrix::from_element(T::from_f64(value)))
}

fn number_at<'t, T: Scalar>(tape: &'t Tape<T>, name: &str) -> Var<'t, T, 1, 1> {
    tape.parameter(name, SMatrix::from_element(T::from_f64(0.7)))
}

/// The loss of each operation with a long sum, and of its derivatives one that is such a sum, by the name of its file.
fn sums<T: Scalar>() -> Vec<(&'static str, f64)> {
    let number = |value: T| tensor::Element::to_f64(value.lane(0));
    let mut sums = Vec::new();
    let of = |record: &dyn for<'t> Fn(&'t Tape<T>) -> (Var<'t, T, 1, 1>, Option<Var<'t, T, 1, 1>>)| {
        let tape = Tape::new();
        let (loss, leaf) = record(&tape);
        match leaf {
            None => number(loss.value()[0]),
            Some(leaf) => {
                let mut program = tape.program(loss);
                program.forward_and_backward();
                number(program.derivative(leaf.handle()).expect("computed")[0])
            }
        }
    };
    sums.push(("total", of(&|tape| (row(tape, "a", 0.1).sum(), None))));
    sums.push(("norm_squared", of(&|tape| (row(tape, "a", 0.3).norm_squared(), None))));
    sums.push(("product", of(&|tape| (row(tape, "a", 0.1).product(row(tape, "b", 0.3).transpose()), None))));
    sums.push((
        "scale_by",
        of(&|tape| {
            let s = number_at(tape, "s");
            (row(tape, "a", 0.1).scale_by(s).sum(), Some(s))
        }),
    ));
    sums.push((
        "add_to_columns",
        of(&|tape| {
            let s = number_at(tape, "s");
            (row(tape, "a", 0.1).add_to_columns(s).component_mul(row(tape, "c", 0.1)).sum(), Some(s))
        }),
    ));
    sums.push((
        "weighted_square",
        of(&|tape| (row(tape, "p", 0.1).weighted_square(row(tape, "t", 0.4), row(tape, "m", 0.7)), None)),
    ));
    sums.push(("logistic", of(&|tape| (row(tape, "z", 0.1).logistic(row(tape, "t", 0.4), row(tape, "m", 0.7)), None))));
    // Over many samples, and over many classes.
    sums.push((
        "cross_entropy",
        of(&|tape| {
            let [z, t] = [0.1, 0.4]
                .map(|value| tape.input("Z", SMatrix::<T, 2, N>::from_fn(|i, _| T::from_f64(value + 0.3 * i as f64))));
            (z.cross_entropy(t, row(tape, "m", 0.7)), None)
        }),
    ));
    sums.push((
        "cross_entropy",
        of(&|tape| {
            let [z, t] = ["z", "t"].map(|name| row(tape, name, 0.1).transpose());
            (z.cross_entropy(t, number_at(tape, "m")), None)
        }),
    ));
    let of_networks =
        ["dense", "relu_network", "relu_network_error"].into_iter().flat_map(|name| [(name, 0), (name, 1)]);
    for (name, leaf) in of_networks {
        sums.push((
            name,
            of(&|tape| {
                let [w1, b1, w2, b2] = ["W1", "b1", "W2", "b2"]
                    .map(|name| tape.parameter(name, SMatrix::<T, 1, 1>::from_element(T::from_f64(0.7))));
                let x = row(tape, "x", 0.3);
                let hidden = (w1 * x).add_to_columns(b1);
                let hidden = if name == "dense" { hidden.tanh() } else { hidden.relu() };
                let p = (w2 * hidden).add_to_columns(b2);
                let loss = if name == "relu_network_error" {
                    p.weighted_square(row(tape, "t", 0.1), row(tape, "m", 0.01))
                } else {
                    p.component_mul(row(tape, "c", 0.1)).sum()
                };
                assert!(tape.program(loss).operations().contains(&name));
                (loss, Some(if leaf == 0 { w1 } else { b2 }))
            }),
        ));
    }
    sums
}

#[test]
fn a_long_sum_in_single_precision_is_near_the_one_in_double_precision() {
    // Matrices of known size lie on the stack.
    let test = || {
        for ((name, single), (_, double)) in sums::<f32>().into_iter().zip(sums::<f64>()) {
            let error = (single / double - 1.0).abs();
            assert!(error <= BOUND, "{name}: {single} instead of {double}, off by {error:e} of it");
        }
    };
    std::thread::Builder::new().stack_size(256 << 20).spawn(test).unwrap().join().unwrap();
}

/// Breaks if an operation is added, so that somebody asks whether it sums.
#[test]
fn every_operation_is_known_to_sum_or_not() {
    let none = [
        "component_div",
        "component_mul",
        "cos",
        "difference",
        "erf",
        "exp",
        "gelu",
        "leaky_relu",
        "ln",
        "powi",
        "relu",
        "scale",
        "sigmoid",
        "sin",
        "sqrt",
        "sum",
        "tanh",
        "transpose",
    ];
    let measured = [
        "total",
        "norm_squared",
        "product",
        "scale_by",
        "add_to_columns",
        "dense",
        "weighted_square",
        "logistic",
        "cross_entropy",
        "relu_network",
        "relu_network_error",
    ];
    let known: BTreeSet<String> = none.into_iter().chain(measured).map(str::to_owned).collect();
    let files: BTreeSet<String> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| !["mod", "elementwise", "table"].contains(&name.as_str()))
        .collect();
    assert_eq!(files, known);
}
