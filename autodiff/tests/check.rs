//! The gradient checker finds wrong rules and tells kinks from errors.

use autodiff::{Cost, Operands, Operation, Output, Pullback, SMatrix, Tape, Var, check, check_projection, error_curve};
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
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
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

#[test]
fn the_error_curve_is_a_v_and_its_best_step_is_near_the_cube_root_of_rounding() {
    let tape = Tape::new();
    let x = tape.input("x", SMatrix::<f64, 2, 1>::new(0.7, -0.3));
    let hidden = x.sin().named("hidden");
    let loss = (hidden * 3.0).exp().sum();
    let steps: Vec<f64> = (1..=13).map(|k| 10.0_f64.powi(-k)).collect();
    // An input and a node in the middle: ∂ℓ/∂hidden = 3·e^(3·hidden).
    for (node, derivative) in
        [(x.id(), 3.0 * (3.0 * 0.7_f64.sin()).exp() * 0.7_f64.cos()), (hidden.id(), 3.0 * (3.0 * 0.7_f64.sin()).exp())]
    {
        let curve = error_curve(&tape, loss, node, 0, &steps).unwrap();
        assert!((curve.derivative - derivative).abs() < 1e-12 && (curve.dual - derivative).abs() < 1e-12);
        let best = curve.best().unwrap();
        assert!((1e-7..=1e-3).contains(&best.epsilon) && best.error < 1e-9, "{curve:?}");
        assert!(curve.points[0].error > 1e3 * best.error, "truncation on the left");
        assert!(curve.points[12].error > 1e3 * best.error, "rounding on the right");
        assert!(curve.points.iter().all(|point| !point.straddles));
    }
    assert_eq!(error_curve(&tape, loss, x, 1, &steps).unwrap().entry, 1);
}

#[test]
fn the_error_curve_knows_which_steps_straddle_a_kink() {
    let tape = Tape::new();
    let x = tape.input("x", SMatrix::<f64, 1, 1>::new(1e-4));
    let unused = tape.input("unused", SMatrix::<f64, 1, 1>::new(1e-4));
    let loss = x.relu() * 2.0;
    let curve = error_curve(&tape, loss, x, 0, &[1e-2, 1e-3, 1e-5, 1e-6]).unwrap();
    let straddles: Vec<bool> = curve.points.iter().map(|point| point.straddles).collect();
    assert_eq!(straddles, [true, true, false, false]);
    assert!(curve.points[0].error > 0.4 && curve.best().unwrap().error < 1e-9);
    assert!(error_curve(&tape, loss, unused, 0, &[1e-5]).is_none());

    let on_kink = tape.input("on kink", SMatrix::<f64, 1, 1>::new(0.0));
    let curve = error_curve(&tape, on_kink.relu(), on_kink, 0, &[1e-2, 1e-9]).unwrap();
    assert!(curve.best().is_none());
    assert_eq!((curve.derivative, curve.dual), (0.0, 0.0));
}

#[test]
fn a_random_projection_finds_a_wrong_rule_and_reports_kinks() {
    let tape = Tape::new();
    let x = tape.input("x", SMatrix::<f64, 3, 1>::new(1.0, -2.0, 0.5));
    for seed in 0..10 {
        assert!(check_projection(&tape, wrong_square(x, 1.0), seed, 1e-5).passes());
        for factor in [0.0, -1.0, 2.0, 1.01, f64::NAN] {
            assert!(!check_projection(&tape, wrong_square(x, factor), seed, 1e-5).passes());
        }
    }
    let zero = tape.input("zero", SMatrix::<f64, 3, 1>::zeros());
    let projection = check_projection(&tape, (x + zero).norm_squared() + zero.relu().sum(), 1, 1e-5);
    assert!(projection.straddles && projection.passes());
}

#[test]
fn right_derivatives_of_large_values_are_not_accused() {
    let tape = Tape::new();
    let y = tape.input("y", SMatrix::<f64, 2, 1>::new(1e6, 1.0));
    let x = tape.input("x", SMatrix::<f64, 2, 1>::new(1.0, 2.0));
    let outcome = check(&tape, (x - y).norm_squared(), 1e-5);
    assert!(outcome.passes(), "{outcome:?}");
    assert!(outcome.comparisons.iter().all(|comparison| comparison.dual_error == 0.0));
}

#[test]
fn the_logarithm_near_zero_is_not_accused_and_what_cannot_be_judged_is_said() {
    let tape = Tape::new();
    let x = tape.input("x", SMatrix::<f64, 1, 1>::new(1e-3));
    let outcome = check(&tape, x.ln(), 1e-5);
    assert!(outcome.passes(), "{outcome:?}");
    // With a step of half of x the loss bends too much.
    let outcome = check(&tape, x.ln(), 5e-4);
    assert!(outcome.passes(), "{outcome:?}");
    assert_eq!(outcome.comparisons[0].uncertain, [0]);
    let words = "1 difference is too uncertain, by rounding or by how the loss bends";
    assert_eq!(outcome.comparisons[0].not_judged().unwrap(), words);
}

#[test]
fn functions_that_saturate_have_finite_dual_numbers() {
    for at in [-800.0, -750.0, -30.0, 30.0, 800.0] {
        let tape = Tape::new();
        let x = tape.input("x", SMatrix::<f64, 1, 1>::new(at));
        for loss in [x.sigmoid(), x.tanh()] {
            let outcome = check(&tape, loss, 1e-5);
            let comparison = &outcome.comparisons[0];
            assert!(outcome.passes() && comparison.dual_silent.is_empty(), "{comparison:?} at {at}");
        }
    }
}

#[test]
fn a_wrong_rule_fails_however_large_the_values_are() {
    let tape = Tape::new();
    let x = tape.input("x", SMatrix::<f64, 3, 1>::new(1e3, -2e3, 5e2));
    assert!(check(&tape, wrong_square(x, 1.0), 1e-5).passes());
    for factor in [0.0, -1.0, 2.0, 1.0 + 1e-3] {
        assert!(!check(&tape, wrong_square(x, factor), 1e-5).passes(), "a rule off by {factor} passes");
    }
}
