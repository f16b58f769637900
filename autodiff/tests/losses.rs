//! The losses of networks: what they are at the ends of numbers, which samples count, and lane by lane.

use autodiff::{DMatrix, DynVar, Program, SMatrix, ShapeError, Tape, Var};
use proptest::prelude::*;
use tensor::{Element, Scalar, f32x16};

/// The losses by name; a row of log odds has one row.
const LOSSES: [(&str, usize); 5] =
    [("weighted_square", 1), ("weighted_square", 3), ("logistic", 1), ("cross_entropy", 1), ("cross_entropy", 3)];

fn loss<'t, T: Scalar>(name: &str, [p, t, m]: [DynVar<'t, T>; 3]) -> Result<DynVar<'t, T>, ShapeError> {
    match name {
        "weighted_square" => p.weighted_square(t, m),
        "logistic" => p.logistic(t, m),
        _ => p.cross_entropy(t, m),
    }
}

/// A program of a loss, and the value and all derivatives, by p, t and m, one after the other.
fn results<T: Scalar>(name: &str, values: [&DMatrix<T>; 3]) -> (Program<T>, Vec<T>) {
    let tape = Tape::new();
    let leaves = ["p", "t", "m"].into_iter().zip(values);
    let leaves: Vec<_> = leaves.map(|(leaf, value)| tape.dyn_parameter(leaf, value).unwrap()).collect();
    let mut program = loss(name, [leaves[0], leaves[1], leaves[2]]).unwrap().program().unwrap();
    assert_eq!(program.operations(), [name]);
    let value = program.forward_and_backward();
    let derivatives = leaves.iter().flat_map(|leaf| program.derivative_entries(*leaf).expect("computed").to_vec());
    let all = [value].into_iter().chain(derivatives).collect();
    (program, all)
}

/// Predictions, targets and weights of 7 samples, which fill no register of any kind.
fn numbers(rows: usize) -> impl Strategy<Value = [DMatrix<f64>; 3]> {
    let matrix = |rows: usize, range: std::ops::Range<f64>| {
        prop::collection::vec(range, rows * 7).prop_map(move |entries| DMatrix::from_vec(rows, 7, entries))
    };
    (matrix(rows, -30.0..30.0), matrix(rows, 0.0..1.0), matrix(1, 0.0..1.0)).prop_map(|(p, t, mut m)| {
        m[3] = 0.0;
        [p, t, m]
    })
}

proptest! {
    #[test]
    fn each_lane_of_a_loss_has_the_bits_of_a_loss_of_its_own(
        lanes in prop::collection::vec((numbers(1), numbers(3)), 16)
    ) {
        for (name, rows) in LOSSES {
            let of = |lane: usize| if rows == 1 { &lanes[lane].0 } else { &lanes[lane].1 };
            let together: [DMatrix<f32x16>; 3] = std::array::from_fn(|k| {
                let [rows, columns] = [of(0)[k].nrows(), 7];
                DMatrix::from_fn(rows, columns, |i, j| f32x16::from_lanes(|lane| of(lane)[k][(i, j)] as f32))
            });
            let (_, together) = results(name, together.each_ref());
            for lane in 0..16 {
                let alone = of(lane).each_ref().map(|matrix| matrix.map(|value| value as f32));
                let (_, alone) = results(name, alone.each_ref());
                for (a, b) in together.iter().zip(&alone) {
                    prop_assert_eq!(a.lane(lane).bits(), b.bits(), "{}", name);
                }
            }
        }
    }
}

/// Breaks if a weight of 0 is multiplied by what is not finite, or if samples that are not there leave a −0.
#[test]
fn a_sample_of_weight_zero_is_not_there() {
    for (name, rows) in LOSSES {
        for wild in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MAX] {
            let p = DMatrix::from_fn(rows, 3, |i, j| if j == 1 { wild } else { 0.3 * i as f64 - 0.7 * j as f64 });
            let t = DMatrix::from_element(rows, 3, 0.25);
            let m = DMatrix::from_row_slice(1, 3, &[0.5, 0.0, 0.25]);
            let (_, all) = results(name, [&p, &t, &m]);
            let kept = [0, 2];
            let [p, t, m] = [p, t, m].map(|matrix| matrix.select_columns(&kept));
            let (_, without) = results(name, [&p, &t, &m]);
            assert_eq!(all[0].to_bits(), without[0].to_bits(), "{name} {wild}");
            // By p and t; the derivative by the weight itself may be anything.
            for leaf in 0..2 {
                let [with, without] = [(&all, 3), (&without, 2)]
                    .map(|(all, columns)| all[1 + leaf * rows * columns..][..rows * columns].to_vec());
                assert!(with[rows..2 * rows].iter().all(|d| *d == 0.0), "{name} {wild}: {with:?}");
                assert_eq!([&with[..rows], &with[2 * rows..]].concat(), without, "{name} {wild}");
            }
        }
    }
}

fn logistic(z: f64, t: f64) -> [f64; 2] {
    let [z, t] = [z, t].map(|value| DMatrix::from_element(1, 1, value));
    let (_, all) = results("logistic", [&z, &t, &DMatrix::from_element(1, 1, 1.0)]);
    [all[0], all[1]]
}

/// The values are −ln of 1/(1 + e^−z) or of 1/(1 + e^z), computed with 40 digits.
#[test]
fn a_logistic_loss_keeps_its_digits_for_any_odds() {
    let near = |a: f64, b: f64| (a - b).abs() <= 4.0 * f64::EPSILON * b.abs();
    let cases = [
        (0.0, std::f64::consts::LN_2),
        (1.0, 0.313_261_687_518_222_8),
        (-1.0, 1.313_261_687_518_222_8),
        (20.0, 2.061_153_620_314_381e-9),
        (36.0, 2.319_522_830_243_569e-16),
        (40.0, 4.248_354_255_291_589e-18),
        (700.0, 9.859_676_543_759_77e-305),
        (-700.0, 700.0),
        (-1e300, 1e300),
        (1e300, 0.0),
    ];
    for (z, expected) in cases {
        let (certain, hopeless) = (logistic(z, 1.0), logistic(-z, 0.0));
        assert!(near(certain[0], expected), "{z}: {} instead of {expected}", certain[0]);
        assert_eq!(certain[0].to_bits(), hopeless[0].to_bits());
        assert!(near(certain[1], -Scalar::sigmoid(-z)) && certain[1] == -hopeless[1], "{z}: {certain:?}");
    }
}

fn cross_entropy(z: &[f64], class: usize) -> (f64, Vec<f64>) {
    let t = DMatrix::from_fn(z.len(), 1, |k, _| if k == class { 1.0 } else { 0.0 });
    let z = DMatrix::from_column_slice(z.len(), 1, z);
    let (_, all) = results("cross_entropy", [&z, &t, &DMatrix::from_element(1, 1, 1.0)]);
    (all[0], all[1..=z.len()].to_vec())
}

#[test]
fn a_cross_entropy_is_finite_for_any_scores() {
    for shift in [0.0, -1e5, 1e5, 1e300, -1e300] {
        let z = [1.0, 3.0, 2.0].map(|z| z * if shift == 0.0 { 1.0 } else { 0.0 } + shift);
        let (value, slopes) = cross_entropy(&z, 1);
        let expected = if shift == 0.0 { 0.407_605_964_444_380_3 } else { 3.0_f64.ln() };
        assert!((value - expected).abs() < 1e-15, "{shift}: {value}");
        assert!(slopes.iter().sum::<f64>().abs() < 1e-15 && slopes[1] < 0.0, "{shift}: {slopes:?}");
    }
    assert_eq!(cross_entropy(&[1e300, -1e300], 0), (0.0, vec![0.0, 0.0]));
    assert_eq!(cross_entropy(&[1e300, -1e300], 1), (2e300, vec![1.0, -1.0]));
    assert_eq!(cross_entropy(&[-0.0, 0.0], 1), (2.0_f64.ln(), vec![0.5, -0.5]));
    // The order of the classes does not matter for which is the greatest.
    assert_eq!(cross_entropy(&[900.0, 1000.0, 800.0], 0).0, 100.0);
    assert!(cross_entropy(&[0.0, f64::NAN], 0).0.is_nan());
}

/// Of two classes with scores 0 and z, softmax is the logistic function of z.
#[test]
fn two_classes_by_scores_are_two_classes_by_log_odds() {
    for z in [-30.0, -2.5, 0.0, 0.5, 8.0] {
        let [value, slope] = logistic(z, 1.0);
        let (by_scores, slopes) = cross_entropy(&[0.0, z], 1);
        assert!((value - by_scores).abs() <= 1e-15 * value.max(1.0) && (slope - slopes[1]).abs() <= 1e-15);
    }
}

#[test]
fn several_outputs_are_the_sum_of_their_rows() {
    let tape = Tape::new();
    let value = |seed: f64| SMatrix::<f64, 3, 5>::from_fn(|i, j| (seed + 1.7 * i as f64 + 2.3 * j as f64).sin());
    let (p, t) = (tape.parameter("P", value(0.1)), tape.parameter("T", value(0.2)));
    let m = tape.input("m", SMatrix::<f64, 1, 5>::from_fn(|_, j| 0.1 + j as f64));
    let error = p.weighted_square(t, m);
    let row = |i: usize, of: Var<'_, f64, 3, 5>| SMatrix::<f64, 1, 5>::from_fn(|_, j| of.value()[(i, j)]);
    let mut sum = 0.0;
    for i in 0..3 {
        sum += tape.input("p", row(i, p)).weighted_square(tape.input("t", row(i, t)), m).scalar();
    }
    assert!((error.scalar() - sum).abs() < 1e-14);
}

#[test]
fn derivatives_of_losses_are_what_the_textbook_says() {
    let tape = Tape::new();
    let matrix = |phase: f64| SMatrix::<f64, 3, 4>::from_fn(|i, j| (phase + (3 * i + j) as f64).sin());
    let (z, t) = (tape.parameter("Z", matrix(0.1)), tape.input("T", matrix(0.4)));
    let m = tape.input("m", SMatrix::<f64, 1, 4>::repeat(0.25));
    let says = |loss: Var<'_, f64, 1, 1>, by: autodiff::NodeId| tape.explain(loss, by).unwrap().to_string();
    assert_eq!(says(z.weighted_square(t, m), z.id()), "∂ℓ/∂Z = 2·((𝟏·m) ∘ (Z − T))ᵀ");
    let entropy = z.cross_entropy(t, m);
    assert_eq!(says(entropy, z.id()), "∂ℓ/∂Z = ((𝟏·m) ∘ (softmax(Z) ∘ (𝟏·𝟏ᵀ·T) − T))ᵀ");
    assert_eq!(says(entropy, t.id()), "∂ℓ/∂T = ((𝟏·m) ∘ (𝟏·lse(Z) − Z))ᵀ");
    assert_eq!(tape.definition(entropy).unwrap().to_string(), "m·(lse(Z) ∘ (𝟏ᵀ·T) − 𝟏ᵀ·(T ∘ Z))ᵀ");
    let row = |phase: f64| SMatrix::<f64, 1, 4>::from_fn(|_, j| (phase + j as f64).sin());
    let (z, t) = (tape.parameter("z", row(0.1)), tape.input("t", row(0.4)));
    let odds = z.logistic(t, m);
    assert_eq!(says(odds, z.id()), "∂ℓ/∂z = (m ∘ (σ(z) − t))ᵀ");
    assert_eq!(tape.definition(odds).unwrap().to_string(), "m·(softplus(z) − t ∘ z)ᵀ");
}
