//! A tape that was cleared is as good as a fresh one, though it records in the memory of the old record.

use autodiff::{Cost, Derivatives, NodeId, Operands, Operation, Output, Pullback, SMatrix, Tape, Var};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tensor::{Dual, Scalar};

type Matrix<const R: usize, const C: usize> = SMatrix<f64, R, C>;

fn matrix<const R: usize, const C: usize>(seed: f64) -> Matrix<R, C> {
    SMatrix::from_fn(|i, j| ((3 * i + 5 * j + 1) as f64 * seed).sin())
}

/// A computation; it returns the loss.
type Recording = fn(&Tape<f64>, f64) -> Var<'_, f64, 1, 1>;

fn product(tape: &Tape<f64>, seed: f64) -> Var<'_, f64, 1, 1> {
    let (w, x) = (tape.parameter("W", matrix::<2, 3>(seed)), tape.input("x", matrix::<3, 5>(seed)));
    let h = (w * x).named("h");
    ((h.relu() + h.tanh()) * seed).norm_squared().named("loss")
}

/// The operations of `product` at other places, of other shapes, in part unnamed, and a constant in the place of a
/// parameter. Were a name, a number of an operation or an operand left from there, it would be seen.
fn other_shapes(tape: &Tape<f64>, seed: f64) -> Var<'_, f64, 1, 1> {
    let (c, w) = (tape.constant(matrix::<4, 4>(seed)), tape.parameter("V", matrix::<4, 4>(seed)));
    let h = c * w;
    (((h.tanh() + h) * 0.5).relu() * 2.0).norm_squared()
}

/// Numbers that are kept for the backward rule, where there were values before.
fn kept(tape: &Tape<f64>, seed: f64) -> Var<'_, f64, 1, 1> {
    let (w1, b1) = (tape.parameter("W1", matrix::<3, 1>(seed)), tape.parameter("b1", matrix::<3, 1>(1.5 * seed)));
    let (w2, b2) = (tape.parameter("W2", matrix::<1, 3>(seed)), tape.zero_parameter("b2"));
    let (x, y) = (tape.input("x", matrix::<1, 5>(seed)), tape.input("y", matrix::<1, 5>(2.0 * seed)));
    let weight = tape.constant(Matrix::<1, 5>::repeat(0.2));
    let network = || (w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2);
    network().weighted_square(y, weight) + network().named("p").weighted_square(y, weight)
}

/// A loss in the middle, a node after it, and a leaf it does not depend on.
fn more_than_needed(tape: &Tape<f64>, seed: f64) -> Var<'_, f64, 1, 1> {
    let (a, unused) = (tape.parameter("a", matrix::<2, 2>(seed)), tape.zero_input::<3, 3>("unused"));
    let loss = a.exp().sum();
    let _ = unused.sum() + loss;
    loss
}

/// Everything there is to see of a tape.
fn seen(tape: &Tape<f64>, loss: Var<'_, f64, 1, 1>) -> String {
    let d: Derivatives<f64> = tape.backward(loss);
    let derivatives: Vec<_> = tape.graph().nodes.iter().map(|node| d.slice(node.id).map(<[f64]>::to_vec)).collect();
    let mut program = tape.program(loss);
    program.forward();
    program.backward();
    // Optimizers see what fills parameters up.
    let mut trained = Vec::new();
    program.update_all(|entries, derivatives| trained.extend([entries.to_vec(), derivatives.to_vec()]));
    format!("{} {derivatives:?} {trained:?} {}", tape.graph().json(), program.loss())
}

#[test]
fn a_cleared_tape_records_as_a_fresh_one_does() {
    let recordings: [Recording; 4] = [product, other_shapes, kept, more_than_needed];
    let mut tape = Tape::new();
    for first in recordings {
        for second in recordings {
            for (recording, seed) in [(first, 0.3), (second, 0.7), (second, 1.1)] {
                tape.clear();
                let fresh = Tape::new();
                let (loss, fresh_loss) = (recording(&tape, seed), recording(&fresh, seed));
                assert_eq!(seen(&tape, loss), seen(&fresh, fresh_loss));
            }
        }
    }
}

#[test]
fn a_name_is_gone_if_it_is_not_given_again() {
    let mut tape = Tape::<f64>::new();
    let one = |tape: &Tape<f64>| tape.parameter("w", Matrix::<1, 1>::repeat(3.0)).powi(2).id();
    let square = tape.parameter("w", Matrix::<1, 1>::repeat(3.0)).powi(2).named("square").id();
    assert_eq!(tape.graph().nodes[square.index()].name, "square");
    tape.clear();
    let square: NodeId = one(&tape);
    assert_eq!(tape.graph().nodes[square.index()].name, "powi#1");
    assert!(!tape.graph().nodes[square.index()].is_named);
}

/// The operation of a program is shared with the tape; were it written over, the program would change.
#[test]
fn a_program_outlives_the_record_it_is_of() {
    let mut tape = Tape::<f64>::new();
    let scaled =
        |tape: &Tape<f64>, factor: f64| (tape.parameter("w", Matrix::<1, 2>::new(1.0, 2.0)) * factor).sum().handle();
    let loss = scaled(&tape, 2.0);
    let mut program = tape.program(tape.var(loss));
    let derivatives = tape.backward(tape.var(loss));
    tape.clear();
    let other = scaled(&tape, 5.0);
    assert_eq!(tape.var(other).scalar(), 15.0);
    program.forward();
    assert_eq!(program.loss(), 6.0);
    assert_eq!(derivatives.slice(loss), Some(&[1.0][..]));
}

/// Records some computation: how it begins depends on the first bits of the seed, and how long it is on the last.
fn record_some(tape: &Tape<f64>, seed: u64) -> Vec<Var<'_, f64, 2, 2>> {
    let mut bits = seed;
    let mut choose = |below: u64| {
        let choice = bits % below;
        bits /= below;
        choice as usize
    };
    let value = Matrix::<2, 2>::from_fn(|i, j| (seed as f64 + i as f64 - 2.0 * j as f64).sin());
    // What comes before and after the first takes more memory, or less.
    let sevens = Matrix::<3, 5>::repeat(7.0);
    let other_sizes = |large: bool| {
        if large {
            Some(tape.input("other", sevens))
        } else {
            tape.input("other", Matrix::<1, 1>::zeros());
            None
        }
    };
    let large_first = choose(2) == 1;
    let before = other_sizes(large_first);
    let first = tape.parameter("first", value);
    let after = other_sizes(!large_first);
    let mut nodes = vec![first, tape.input("second", value * 0.5)];
    for _ in 0..(seed >> 21) % 8 {
        let [one, other] = [nodes[choose(2)], nodes[nodes.len() - 1 - choose(2)]];
        nodes.push(match choose(6) {
            0 => one + other,
            1 => other * one,
            2 => one.component_mul(other).sin(),
            3 => tape.constant(value),
            4 => tape.input("another", value),
            _ => other.powi(1 + choose(3) as u32),
        });
    }
    let large = before.or(after).expect("one of them");
    assert_eq!(large.value(), sevens);
    nodes
}

/// Breaks if a tape takes something for known that was different before.
#[test]
fn a_tape_that_is_used_again_computes_what_a_new_one_does() {
    let compare = |used: &mut Tape<f64>, seed: u64| {
        let new = Tape::new();
        used.clear();
        let (nodes, expected) = (record_some(used, seed), record_some(&new, seed));
        // Not always of the last node; and once more, of another.
        for back in [seed as usize % 2, 0] {
            let derivatives = used.backward(nodes[nodes.len() - 1 - back].sum());
            let of_new = new.backward(expected[nodes.len() - 1 - back].sum());
            for (node, same) in nodes.iter().zip(&expected) {
                assert_eq!(node.value(), same.value(), "{seed}: {node:?}");
                assert_eq!(derivatives.get(*node), of_new.get(*same), "{seed}: {node:?}");
            }
        }
    };
    let mut used = Tape::new();
    let random = |k: u64| k.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    for k in 0..4000 {
        // Most computations begin as the one before, longer and longer until one is wholly new.
        let kept = 3 * (k % 8);
        let seed = random(k / 8) % (1 << kept) + (random(k) << kept);
        compare(&mut used, seed);
        compare(&mut used, seed);
        // Only the beginning of another, which then goes on as the first.
        used.clear();
        record_some(&used, (seed ^ 1) % (1 << 21));
        compare(&mut used, seed ^ 1);
    }
}

/// Its first operand everywhere, unless it refuses.
#[derive(Clone, Copy, Debug)]
struct Everywhere {
    refuses: bool,
}

impl<T: Scalar> Operation<T> for Everywhere {
    fn name(&self) -> &'static str {
        "everywhere"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        assert!(!self.refuses, "refused");
        result.fill(operands.get(0)[0]);
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let sum = pass.upstream().iter().fold(T::zero(), |sum, &u| sum + u);
        pass.derivative(0)[0] += sum;
    }
    fn cost(&self, _wanted: &[bool]) -> Cost {
        Cost::default()
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

/// Breaks if a tape takes a node for known whose operation panicked when it was made.
#[test]
fn a_tape_outlives_an_operation_that_panics() {
    const REFUSES: Everywhere = Everywhere { refuses: true };
    const DOES_NOT: Everywhere = Everywhere { refuses: false };
    let mut tape = Tape::new();
    let begin = |tape: &Tape<f64>| tape.parameter("x", Matrix::<1, 1>::new(3.0)).id();
    let end = |tape: &Tape<f64>| tape.input("y", Matrix::<1, 1>::new(5.0)).handle();
    let x = begin(&tape);
    let _: Var<'_, f64, 1, 1> = tape.apply(DOES_NOT, &[x]);
    end(&tape);

    tape.clear();
    let x = begin(&tape);
    let larger = |operation| {
        let result: Var<'_, f64, 2, 8> = tape.apply(operation, &[x]);
        result
    };
    assert!(catch_unwind(AssertUnwindSafe(|| larger(REFUSES).id())).is_err());
    let result = larger(DOES_NOT);
    let y = end(&tape);
    assert_eq!(result.value(), Matrix::<2, 8>::repeat(3.0));
    assert_eq!(tape.var(y).scalar(), 5.0);
    assert_eq!(tape.backward(result.sum()).slice(x), Some(&[16.0][..]));
}
