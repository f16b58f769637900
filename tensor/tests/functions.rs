//! The functions against libm in double precision, at the ends of their ranges, and lane by lane; and their bits.
//! docs/accuracy.md tells how they are measured over all numbers of single precision.

use tensor::random::Streams;
use tensor::{Dual, Element, Scalar, f32x8, f32x16, f64x4, f64x8};

const NAMES: [&str; 13] =
    ["exp", "ln", "sin", "cos", "tanh", "sigmoid", "erf", "gelu", "tanh′", "sigmoid′", "erf′", "gelu′", "ln of |x|"];

/// All of them at x, in the order of the names.
fn values<T: Scalar>(x: T) -> [T; NAMES.len()] {
    let ([sin, cos], [tanh, by_tanh], [sigmoid, by_sigmoid]) = (x.sin_cos(), x.tanh_and_slope(), x.sigmoid_and_slope());
    let ([erf, by_erf], [gelu, by_gelu]) = (x.erf_and_slope(), x.gelu_and_slope());
    let ln = (x.relu() + (-x).relu()).ln();
    [x.exp(), x.ln(), sin, cos, tanh, sigmoid, erf, gelu, by_tanh, by_sigmoid, by_erf, by_gelu, ln]
}

/// The same from libm.
fn exact(x: f64) -> [f64; NAMES.len()] {
    use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};
    let [e, e2] = [libm::exp(-x.abs()), libm::exp(-2.0 * x.abs())];
    let sigmoid = if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) };
    let tail = libm::erfc(-x * FRAC_1_SQRT_2) / 2.0;
    let density = FRAC_2_SQRT_PI * FRAC_1_SQRT_2 / 2.0 * libm::exp(-x * x / 2.0);
    let [gelu, by_gelu] = if x.abs() < 40.0 { [x * tail, tail + x * density] } else { [x.max(-0.0), tail] };
    [
        libm::exp(x),
        libm::log(x),
        libm::sin(x),
        libm::cos(x),
        libm::tanh(x),
        sigmoid,
        libm::erf(x),
        gelu,
        4.0 * e2 / ((1.0 + e2) * (1.0 + e2)),
        e / ((1.0 + e) * (1.0 + e)),
        FRAC_2_SQRT_PI * libm::exp(-x * x),
        by_gelu,
        libm::log(x.abs()),
    ]
}

/// Numbers of both signs and of every size, more of them where functions bend.
fn numbers(count: usize) -> impl Iterator<Item = f64> {
    let mut random = Streams::new(3, 0);
    (0..count).map(move |i| {
        let size = match i % 4 {
            0 => libm::exp(random.uniform() * 1400.0 - 700.0),
            1 => libm::exp(random.uniform() * 30.0 - 20.0),
            2 => random.uniform() * 8.0,
            _ => random.uniform() * 120.0,
        };
        if random.uniform() < 0.5 { -size } else { size }
    })
}

/// How far y is off, in units in the last place of a number with so many bits of fraction and this smallest exponent.
fn units(y: f64, exact: f64, [fraction, least]: [i32; 2]) -> f64 {
    if y == exact || (y.is_nan() && exact.is_nan()) {
        return 0.0;
    }
    let exponent = if exact == 0.0 { least } else { libm::ilogb(exact).max(least) };
    (y - exact).abs() / libm::ldexp(1.0, exponent - fraction)
}

/// What docs/accuracy.md promises for each, in units in the last place.
const BOUNDS: [f64; NAMES.len()] = [1.0, 1.0, 1.0, 1.0, 1.5, 1.5, 1.5, 8.0, 4.0, 3.0, 3.0, 8.0, 1.0];

#[test]
fn single_precision_is_as_near_as_promised() {
    for x in numbers(1_000_000) {
        let x = x as f32;
        for (i, (y, exact)) in values(x).into_iter().zip(exact(f64::from(x))).enumerate() {
            if NAMES[i] == "gelu′" && (-1.0..-0.5).contains(&x) {
                // Around its zero.
                assert!((f64::from(y) - exact).abs() < 1e-7, "{}({x:e}) is {y:e}, not {exact:e}", NAMES[i]);
            } else if exact.abs() < f64::from(f32::MAX) {
                let off = units(f64::from(y), exact, [23, -126]);
                assert!(off <= BOUNDS[i], "{}({x:e}) is {y:e}, not {exact:e}: {off}", NAMES[i]);
            }
        }
    }
}

/// Libm itself is off by up to one unit.
#[test]
fn double_precision_is_near_libm() {
    for x in numbers(1_000_000) {
        for (i, (y, exact)) in values(x).into_iter().zip(exact(x)).enumerate().filter(|(i, _)| BOUNDS[*i] < 2.0) {
            let off = units(y, exact, [52, -1022]);
            // 1/(1 + e) in plain arithmetic is off by another one.
            assert!(off <= BOUNDS[i] + 2.0, "{}({x:e}) is {y:e}, not {exact:e}: {off}", NAMES[i]);
        }
    }
}

fn same_in_lanes<V: Scalar>() {
    let numbers: Vec<f64> = numbers(100_000).collect();
    for numbers in numbers.chunks_exact(V::LANES) {
        let x = V::from_lanes(|i| V::Element::of(numbers[i]));
        for (i, y) in values(x).into_iter().enumerate() {
            for lane in 0..V::LANES {
                let (y, one) = (y.lane(lane), values(x.lane(lane))[i]);
                let same = y.bits() == one.bits() || (y.to_f64().is_nan() && one.to_f64().is_nan());
                assert!(same, "{}({:?}) is {y:?} in a lane, {one:?} alone", NAMES[i], x.lane(lane));
            }
        }
    }
}

#[test]
fn lanes_have_the_bits_of_plain_numbers() {
    same_in_lanes::<f32x8>();
    same_in_lanes::<f32x16>();
    same_in_lanes::<f64x4>();
    same_in_lanes::<f64x8>();
}

/// FNV-1a of the bits, where all that are not a number count as one.
fn hash<T: Element>(numbers: impl Iterator<Item = f64>) -> [u64; NAMES.len()] {
    let mut hashes = [0xcbf2_9ce4_8422_2325; NAMES.len()];
    for x in numbers {
        for (hash, y) in hashes.iter_mut().zip(values(T::of(x))) {
            let bits = if y.to_f64().is_nan() { u64::MAX } else { y.bits() };
            *hash = (*hash ^ bits).wrapping_mul(0x100_0000_01b3);
        }
    }
    hashes
}

/// A grid over every size, which needs no function itself.
fn grid() -> impl Iterator<Item = f64> {
    (-150..=150).flat_map(|exponent| {
        (0..64).flat_map(move |i| {
            let size = libm::ldexp(1.0 + f64::from(i) / 64.0 + 1e-7, exponent);
            [size, -size]
        })
    })
}

/// Breaks on every machine whose results are other ones, and wherever a function is changed.
#[test]
fn the_bits_are_the_same_on_every_machine() {
    assert_eq!(hash::<f32>(grid()), SINGLE, "single precision");
    assert_eq!(hash::<f64>(grid()), DOUBLE, "double precision");
}
const SINGLE: [u64; NAMES.len()] = [
    1989891397419812210,
    16006966146876908919,
    17399223189237832861,
    16764294977128616225,
    6701694652323592549,
    1048275049244888120,
    14762024427968653679,
    3784741833934159604,
    16426818494387840829,
    1826134910475092769,
    8289044312554941039,
    12753075303516143983,
    17970734033656924685,
];
const DOUBLE: [u64; NAMES.len()] = [
    4068389255317797972,
    12471860209066397931,
    9356438590880694095,
    9714089132664860567,
    4595074262775033867,
    714767867437471194,
    7009495381325669241,
    7508116886854356068,
    5084703473743884849,
    5419711523107647977,
    9610866223006728541,
    18073077218439319824,
    615044325064729085,
];

/// f(x) is this very number, with its sign.
#[track_caller]
fn is<T: Element>(y: T, value: f64) {
    let value = T::of(value);
    let same = y.bits() == value.bits() || (y.to_f64().is_nan() && value.to_f64().is_nan());
    assert!(same, "{y:?} instead of {value:?}");
}

fn special_values<T: Element>(smallest: f64) {
    let [inf, nan, zero] = [f64::INFINITY, f64::NAN, 0.0].map(T::of);
    let tiny = T::of(smallest);
    for y in values(nan) {
        is(y, f64::NAN);
    }
    for (x, y) in [(zero, 1.0), (-zero, 1.0), (inf, f64::INFINITY), (-inf, 0.0), (tiny, 1.0)] {
        is(x.exp(), y);
    }
    let ln = [(T::one(), 0.0), (zero, -f64::INFINITY), (-zero, -f64::INFINITY), (inf, f64::INFINITY)];
    for (x, y) in ln.into_iter().chain([-inf, -T::one(), -tiny].map(|x| (x, f64::NAN))) {
        is(x.ln(), y);
    }
    is(T::of(2.0).ln(), std::f64::consts::LN_2);
    is(tiny.ln(), libm::log(smallest));
    for sign in [1.0, -1.0] {
        let signed = |x: T| x * T::of(sign);
        is(signed(zero).sin(), sign * 0.0);
        is(signed(zero).cos(), 1.0);
        is(signed(tiny).sin(), sign * smallest);
        is(signed(inf).sin(), f64::NAN);
        is(signed(inf).cos(), f64::NAN);
        for (odd, at_zero_slope) in
            [(T::tanh_and_slope as fn(T) -> [T; 2], 1.0), (T::erf_and_slope, std::f64::consts::FRAC_2_SQRT_PI)]
        {
            let [y, slope] = odd(signed(zero));
            is(y, sign * 0.0);
            is(slope, at_zero_slope);
            is(odd(signed(tiny))[0], sign * smallest);
            let [y, slope] = odd(signed(inf));
            is(y, sign);
            is(slope, 0.0);
        }
        is(signed(zero).sigmoid(), 0.5);
        is(signed(zero).sigmoid_and_slope()[1], 0.25);
        is(signed(inf).sigmoid(), f64::from(sign > 0.0));
        is(signed(inf).sigmoid_and_slope()[1], 0.0);
        is(signed(zero).gelu(), sign * 0.0);
        is(signed(zero).gelu_and_slope()[1], 0.5);
        is(signed(inf).gelu(), if sign > 0.0 { f64::INFINITY } else { -0.0 });
        // It comes from below.
        is(signed(inf).gelu_and_slope()[1], if sign > 0.0 { 1.0 } else { -0.0 });
    }
}

#[test]
fn zeros_infinities_subnormal_numbers_and_nan() {
    special_values::<f32>(f64::from(f32::from_bits(1)));
    special_values::<f64>(f64::from_bits(1));
}

#[test]
fn the_largest_and_the_smallest_results_are_those_of_the_exact_function() {
    assert!(Scalar::exp(88.72283_f32).is_finite() && Scalar::exp(88.72284_f32).is_infinite());
    assert!(Scalar::exp(709.782712893384_f64).is_finite() && Scalar::exp(709.7827128933841_f64).is_infinite());
    is(Scalar::exp(-103.972_f32), f64::from(f32::from_bits(1)));
    is(Scalar::exp(-103.98_f32), 0.0);
    is(Scalar::exp(-745.133219101941_f64), f64::from_bits(1));
    is(Scalar::exp(-745.1332191019412_f64), 0.0);
    is(Scalar::sigmoid(-745.133219101941_f64), f64::from_bits(1));
    // Too small for any double; but neither it nor its derivative is NaN.
    assert_eq!((-800.0_f64).sigmoid_and_slope(), [0.0, 0.0]);
    assert_eq!(800.0_f64.sigmoid_and_slope(), [1.0, 0.0]);
    let dual = Dual::variable(-800.0_f64).sigmoid();
    assert_eq!([dual.value, dual.tangent], [0.0, 0.0]);
}

#[test]
fn derivatives_keep_their_digits_where_the_function_is_flat() {
    let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-15, "{a:e} instead of {b:e}");
    near(40.0_f64.sigmoid_and_slope()[1], libm::exp(-40.0));
    near((-40.0_f64).sigmoid_and_slope()[1], libm::exp(-40.0));
    near(30.0_f64.tanh_and_slope()[1], 4.0 * libm::exp(-60.0));
    near(20.0_f64.erf_and_slope()[1], std::f64::consts::FRAC_2_SQRT_PI * libm::exp(-400.0));
}

#[test]
fn sine_and_cosine_of_huge_angles_are_those_of_the_exact_angle() {
    is(Scalar::sin(1e22_f64), -0.8522008497671888);
    // The double that is nearest to a multiple of π/2.
    let nearest = 6381956970095103.0 * libm::ldexp(1.0, 797);
    is(Scalar::cos(nearest), -4.687165924254628e-19);
    is(Scalar::sin(1e30_f32), f64::from(libm::sin(f64::from(1e30_f32)) as f32));
}
