//! The gradient checker finds wrong rules and tells kinks from errors.

use autodiff::{Cost, Operands, Operation, Pullback, SMatrix, Tape, Var, check};
use std::sync::Arc;
use tensor::{Dual, Scalar};

/// Y = A², with a backward rule that is off by a factor.
#[derive(Clone, Copy, Debug)]
struct WrongSquare {
    factor: f64,
}

impl<T: Scalar> Operation<T> for WrongSquare {
    fn name(&self) -> &'static str {
        "wrong_square"
    }
    fn forward(&self, operands: Operands<'_, T>, result: &mut [T]) {
        for (y, &x) in result.iter_mut().zip(operands.get(0)) {
            *y = x * x;
        }
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (x, upstream) = (pass.operand(0), pass.upstream());
        for ((d, &x), &u) in pass.derivative(0).iter_mut().zip(x).zip(upstream) {
            *d += T::from_f64(2.0 * self.factor) * x * u;
        }
    }
    fn cost(&self, _wanted: &[bool]) -> Cost {
        Cost::default()
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

fn wrong_square<'t>(x: Var<'t, f64, 3, 1>, factor: f64) -> Var<'t, f64, 1, 1> {
    let y: Var<'t, f64, 3, 1> = x.tape().apply(WrongSquare { factor }, &[x.id()]);
    y.sum()
}

#[test]
fn a_wrong_rule_fails() {
    let tape = Tape::new();
    let x = tape.input("x", SMatrix::<f64, 3, 1>::new(1.0, -2.0, 0.5));
    assert!(check(&tape, wrong_square(x, 1.0), 1e-5).passes());
    for factor in [0.0, -1.0, 2.0, 1.0 + 1e-4, f64::NAN] {
        let outcome = check(&tape, wrong_square(x, factor), 1e-5);
        assert!(!outcome.passes(), "a rule off by {factor} passes");
        let comparison = &outcome.comparisons[0];
        let large = |error: f64| error > 1e-5 || error.is_nan();
        assert!(large(comparison.dual_error) && large(comparison.difference_error));
        assert!(!outcome.straddles_kink());
    }
}

#[test]
fn a_kink_is_reported_and_not_failed() {
    let tape = Tape::new();
    let w = tape.parameter("w", SMatrix::<f64, 2, 2>::new(1.0, -1.0, 2.0, 0.5));
    let x = tape.input("x", SMatrix::<f64, 2, 1>::new(1.0, 1.0)); // w·x is 0 in the first row, 2.5 in the second
    let outcome = check(&tape, (w * x).relu().sum(), 1e-5);
    assert!(outcome.passes() && outcome.straddles_kink());
    let [by_w, by_x] = &outcome.comparisons[..] else { panic!("two leaves") };
    assert_eq!((by_w.name.as_str(), by_w.node, by_w.straddling.as_slice()), ("w", w.id(), &[0, 2][..]));
    assert_eq!(by_x.straddling, [0, 1]);
}

#[test]
fn a_kink_nearer_than_the_step_is_reported() {
    let tape = Tape::new();
    let x = tape.input("x", SMatrix::<f64, 1, 1>::new(1e-6));
    assert!(check(&tape, x.relu(), 1e-5).straddles_kink());
    assert!(!check(&tape, x.relu(), 1e-7).straddles_kink());
}

#[test]
fn the_program_is_left_as_it_was_and_unused_leaves_are_not_compared() {
    let tape = Tape::new();
    let x = tape.input("x", SMatrix::<f64, 1, 1>::new(0.3));
    let unused = tape.parameter("unused", SMatrix::<f64, 1, 1>::new(0.3));
    let outcome = check(&tape, x.sin(), 1e-5);
    assert_eq!(outcome.comparisons.len(), 1);
    assert_eq!((x.scalar(), unused.scalar()), (0.3, 0.3));
}
