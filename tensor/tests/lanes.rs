//! A lane is a scalar: every operation on lanes has, in each lane, the bits of the same operation on plain numbers.

use tensor::{Element, Scalar, f32x8, f32x16, f64x4, f64x8};

/// Numbers of every kind: zeros of both signs, subnormal, ordinary, huge, infinite, not a number.
const NUMBERS: [f64; 20] = [
    0.0,
    -0.0,
    1e-310,
    -1e-40,
    1e-30,
    0.1,
    -0.3,
    0.5,
    1.0,
    -1.0,
    1.5,
    2.0,
    -3.25,
    7.0,
    -20.5,
    80.0,
    12345.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// Equal bits, or both not a number: the payload of a NaN is the machine's business.
fn same<E: Element>(a: E, b: E) -> bool {
    a.bits() == b.bits() || (a.to_f64().is_nan() && b.to_f64().is_nan())
}

/// Lanes that hold NUMBERS from `start` on.
fn from(start: usize) -> impl Fn(usize) -> f64 {
    move |lane| NUMBERS[(start + lane) % NUMBERS.len()]
}

fn unary<V: Scalar>(what: &str, on_lanes: fn(V) -> V, on_one: fn(V::Element) -> V::Element) {
    for start in 0..NUMBERS.len() {
        let x = V::from_lanes(|i| V::Element::of(from(start)(i)));
        let y = on_lanes(x);
        for i in 0..V::LANES {
            let one = on_one(x.lane(i));
            assert!(same(y.lane(i), one), "{what}({:?}) is {:?} in a lane, {one:?} alone", x.lane(i), y.lane(i));
        }
    }
}

fn binary<V: Scalar>(what: &str, on_lanes: fn(V, V) -> V, on_one: fn(V::Element, V::Element) -> V::Element) {
    for start in 0..NUMBERS.len() {
        for shift in 0..NUMBERS.len() {
            let x = V::from_lanes(|i| V::Element::of(from(start)(i)));
            let y = V::from_lanes(|i| V::Element::of(from(start + shift)(i)));
            let z = on_lanes(x, y);
            for i in 0..V::LANES {
                let (a, b) = (x.lane(i), y.lane(i));
                let one = on_one(a, b);
                assert!(same(z.lane(i), one), "{what}({a:?}, {b:?}) is {:?} in a lane, {one:?} alone", z.lane(i));
            }
        }
    }
}

fn lanes_are_scalars<V: Scalar>() {
    unary::<V>("neg", |x| -x, |x| -x);
    unary::<V>("relu", V::relu, Scalar::relu);
    unary::<V>("sqrt", V::sqrt, Scalar::sqrt);
    unary::<V>("exp", V::exp, Scalar::exp);
    unary::<V>("ln", V::ln, Scalar::ln);
    unary::<V>("sin", V::sin, Scalar::sin);
    unary::<V>("cos", V::cos, Scalar::cos);
    unary::<V>("tanh", V::tanh, Scalar::tanh);
    unary::<V>("sigmoid", V::sigmoid, Scalar::sigmoid);
    unary::<V>("erf", V::erf, Scalar::erf);
    unary::<V>("gelu", V::gelu, Scalar::gelu);
    binary::<V>("add", |x, y| x + y, |x, y| x + y);
    binary::<V>("sub", |x, y| x - y, |x, y| x - y);
    binary::<V>("mul", |x, y| x * y, |x, y| x * y);
    binary::<V>("div", |x, y| x / y, |x, y| x / y);
    binary::<V>("mul, then add", |x, y| x * y + x, |x, y| x * y + x);
    binary::<V>("select_positive", V::select_positive, Scalar::select_positive);
    let assigned = |op: fn(&mut V, V)| {
        let (mut x, y) = (V::from_f64(5.5), V::from_f64(0.25));
        op(&mut x, y);
        x
    };
    assert_eq!(assigned(|x, y| *x += y), V::from_f64(5.75));
    assert_eq!(assigned(|x, y| *x -= y), V::from_f64(5.25));
    assert_eq!(V::zero(), V::splat(V::Element::of(0.0)));
    assert_eq!(V::one(), V::splat(V::Element::of(1.0)));
    for i in 0..V::LANES {
        assert_eq!(V::from_lanes(|i| V::Element::of(i as f64)).lane(i).to_f64(), i as f64);
    }
}

#[test]
fn every_kind_of_lanes_computes_what_scalars_compute() {
    lanes_are_scalars::<f32>();
    lanes_are_scalars::<f64>();
    lanes_are_scalars::<f32x8>();
    lanes_are_scalars::<f32x16>();
    lanes_are_scalars::<f64x4>();
    lanes_are_scalars::<f64x8>();
}

fn odd_values<V: Scalar>() {
    let [inf, nan] = [f64::INFINITY, f64::NAN].map(V::from_f64);
    let last = V::LANES - 1;
    assert!(nan.relu().lane(last).to_f64().is_nan(), "relu hides that something went wrong");
    for value in [inf, -inf, nan] {
        for gate in [V::zero(), -V::one(), nan, -V::zero()] {
            assert_eq!(gate.select_positive(value).lane(last).to_f64().to_bits(), 0);
        }
    }
    assert_eq!(V::one().select_positive(inf), inf);
}

#[test]
fn relu_keeps_nan_and_what_is_not_selected_is_ignored() {
    odd_values::<f32>();
    odd_values::<f64>();
    odd_values::<f32x8>();
    odd_values::<f32x16>();
    odd_values::<f64x4>();
    odd_values::<f64x8>();
}

#[test]
#[should_panic(expected = "a plain number has one lane, not lane 1")]
fn a_number_has_no_second_lane() {
    let _ = 1.0_f32.lane(1);
}
