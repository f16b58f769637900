//! Exponential, logarithm, sine, cosine, hyperbolic tangent, logistic function, error function, GELU.
//!
//! Each is one generic function of a plain number or a vector of lanes, made of +, −, ×, ÷ and operations on bits
//! alone, none of them fused. So a lane has the bits of a plain number, on every machine. docs/accuracy.md has the
//! largest errors, as measured; coefficients come from tools/coefficients.py.

mod coefficients;
mod real;

use crate::Element;
use real::{Format, Real};

/// Σₖ cₖ·xᵏ, by Horner's rule.
#[inline(always)]
fn polynomial<R: Real>(coefficients: &'static [R::Element], x: R) -> R {
    let (&last, others) = coefficients.split_last().expect("a polynomial has coefficients");
    let mut sum = R::splat(last);
    for k in 1..=others.len() {
        sum = sum * x + R::splat(others[others.len() - k]);
    }
    sum
}

#[inline(always)]
fn number<R: Real>(value: f64) -> R {
    R::from_f64(value)
}

/// The bit that holds the sign.
#[inline(always)]
fn sign_bit<R: Real>() -> R::Bits {
    R::integer(1 << (R::Element::BITS - 1))
}

/// |x| and the sign of x.
#[inline(always)]
fn size_and_sign<R: Real>(x: R) -> (R, R::Bits) {
    let sign = x.to_bits() & sign_bit::<R>();
    (R::of_bits(x.to_bits() ^ sign), sign)
}

/// x with its sign turned where the bit is set.
#[inline(always)]
fn with_sign<R: Real>(x: R, sign: R::Bits) -> R {
    R::of_bits(x.to_bits() ^ sign)
}

/// x, or a limit beyond it; NaN stays NaN.
#[inline(always)]
fn at_most<R: Real>(x: R, limit: f64) -> R {
    let limit = number::<R>(limit);
    R::choose(limit.below(x), limit, x)
}

/// The whole number next to x, and as an integer, in two's complement but for its upper bits.
#[inline(always)]
fn nearest<R: Real>(x: R) -> (R, R::Bits) {
    let rounder = R::splat(R::Element::ROUNDER);
    let shifted = x + rounder;
    (shifted - rounder, R::minus(shifted.to_bits(), rounder.to_bits()))
}

/// a + b and its rounding error (Knuth 1969).
#[inline(always)]
fn exact_sum<R: Real>(a: R, b: R) -> (R, R) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}

/// x² = the sum of two, the first exact.
#[inline(always)]
fn exact_square<R: Real>(x: R) -> (R, R) {
    let upper = R::of_bits(x.to_bits() & R::integer(R::Element::UPPER_HALF));
    (upper * upper, (x - upper) * (x + upper))
}

/// e^(x + low), or eˣ, as (m, its rounding error, and two powers of two m is to be multiplied by), for x where it neither
/// overflows nor vanishes by far.
///
/// With n the whole number next to x/ln 2, eˣ = 2ⁿ·eʳ, r = x − n·ln 2, where ln 2 is given as the sum of two numbers,
/// of which the first times n is exact (Cody and Waite 1980). The rounding errors of r and 1 + r are added again. Two
/// powers of two, because 2ⁿ alone may be subnormal or ∞ where the result is not.
#[inline(always)]
fn exponential<R: Real>(x: R, low: Option<R>) -> (R, R, [R; 2]) {
    let (n, integer) = nearest(low.map_or(x, |low| x + low) * number(std::f64::consts::LOG2_E));
    // An array of vectors would go through memory.
    let [upper, lower] = R::Element::LN_2;
    let (reduced, by_lower) = (x - n * R::splat(upper), n * R::splat(lower));
    let rest = low.map_or(-by_lower, |low| low - by_lower);
    let r = reduced + rest;
    let rounded_off = rest - (r - reduced);
    let sum = R::one() + r;
    let rest = (r - (sum - R::one())) + (rounded_off + r * r * polynomial(R::Element::EXP, r));
    let m = sum + rest;
    // Where n is below 0, twice the bias makes it positive.
    let twice_biased = R::plus(integer, R::integer(2 * R::Element::BIAS));
    let half = twice_biased >> 1;
    let power = |biased: R::Bits| R::of_bits(biased << R::Element::FRACTION);
    (m, rest - (m - sum), [power(half), power(R::minus(twice_biased, half))])
}

/// eˣ, within one ulp. 0 where it is below half of the smallest subnormal number, ∞ where it is beyond the largest one.
#[inline(always)]
pub(crate) fn exp<R: Real>(x: R) -> R {
    let [least, most] = R::Element::EXP_RANGE;
    let x = at_most(x, most);
    let least = number::<R>(least);
    let (m, _, [a, b]) = exponential(R::choose(x.below(least), least, x), None);
    m * a * b
}

/// ln x, within one ulp. −∞ for ±0, NaN for what is below.
///
/// With x = 2ᵏ·m, √½ ≤ m < √2, and f = m − 1, s = f/(2 + f): ln x = k·ln 2 + 2·artanh(s), and
/// 2·artanh(s) = f − (f²/2 − s·(f²/2 + s²·P(s²))), which rounds f alone where f is small (the form of fdlibm, Ng 1993).
#[inline(always)]
pub(crate) fn ln<R: Real>(x: R) -> R {
    let (one, sqrt_half) = (R::one().to_bits(), number::<R>(std::f64::consts::FRAC_1_SQRT_2).to_bits());
    // A subnormal number gets an exponent of its own.
    let subnormal = x.below(R::splat(R::Element::MIN_POSITIVE));
    let whole = R::splat(R::Element::WHOLE);
    let scaled = R::choose(subnormal, x * whole, x);
    let bits = R::plus(scaled.to_bits(), R::minus(one, sqrt_half));
    // The biased exponent as the fraction of this number is added to it.
    let biased = R::of_bits((bits >> R::Element::FRACTION) | whole.to_bits()) - whole;
    let bias = R::Element::BIAS as f64;
    let k = biased - R::choose(subnormal, number(bias + f64::from(R::Element::FRACTION)), number(bias));
    let fraction = R::integer((1 << R::Element::FRACTION) - 1);
    let f = R::of_bits(R::plus(bits & fraction, sqrt_half)) - R::one();

    let s = f / (number::<R>(2.0) + f);
    let (square, half) = (s * s, number::<R>(0.5) * f * f);
    let [upper, lower] = R::Element::LN_2;
    let small = s * (half + square * polynomial(R::Element::LN, square)) + k * R::splat(lower);
    let logarithm = k * R::splat(upper) - ((half - small) - f);

    let infinite = number::<R>(f64::INFINITY);
    let of_others = R::choose(x.below(R::zero()), number(f64::NAN), x - infinite);
    let positive = R::choose(x.below(infinite), logarithm, x);
    R::choose(R::zero().below(x), positive, of_others)
}

/// sin x and cos x, within one ulp, for x of any size. NaN for ±∞.
///
/// With n the whole number next to |x|·2/π, r = |x| − n·π/2, where π/2 is given as the sum of four numbers, the first
/// three of which times n are exact (Cody and Waite 1980); r and its rounding error go into polynomials (fdlibm's form).
/// Larger lanes, which are rare, take libm's reduction by a π of 1200 bits (Payne and Hanek 1983).
#[inline(always)]
pub(crate) fn sin_cos<R: Real>(x: R) -> [R; 2] {
    let (size, sign) = size_and_sign(x);
    let (n, integer) = nearest(size * number(std::f64::consts::FRAC_2_PI));
    let [p1, p2, p3, p4] = R::Element::HALF_PI;
    let (first, error2) = exact_sum(size - n * R::splat(p1), -(n * R::splat(p2)));
    let (second, error3) = exact_sum(first, -(n * R::splat(p3)));
    let rest = (error2 + error3) - n * R::splat(p4);
    let r = second + rest;
    let low = rest - (r - second);

    let (square, half) = (r * r, number::<R>(0.5));
    let sin_r = r + (r * square * polynomial(R::Element::SIN, square) + low * (R::one() - half * square));
    let falls = half * square;
    let upper = R::one() - falls;
    let lower = (R::one() - upper) - falls;
    let cos_r = upper + (lower + (square * square * polynomial(R::Element::COS, square) - r * low));

    let one = R::integer(1);
    // The lowest bit of n in the highest of the fraction of 1: 1.5 where n is odd.
    let parity = ((integer & one) << (R::Element::FRACTION - 1)) | R::one().to_bits();
    let odd = number::<R>(1.25).below(R::of_bits(parity));
    let turned = |quarter: R::Bits| (quarter << (R::Element::BITS - 2)) & sign_bit::<R>();
    let sin = with_sign(R::choose(odd, cos_r, sin_r), turned(integer) ^ sign);
    let cos = with_sign(R::choose(odd, sin_r, cos_r), turned(R::plus(integer, one)));
    let limit = number::<R>(R::Element::TRIGONOMETRIC_RANGE);
    if R::any(limit.below(size)) {
        [of_huge(x, sin, R::Element::sin_of_huge), of_huge(x, cos, R::Element::cos_of_huge)]
    } else {
        [sin, cos]
    }
}

/// `values` of a function at x, where lanes beyond the range of reduction are still to be computed, by `huge`, which no
/// vector goes through: one that did would lie in memory, also where no call is made.
#[inline(always)]
fn of_huge<R: Real>(x: R, values: R, huge: impl Fn(R::Element) -> R::Element) -> R {
    let limit = R::Element::of(R::Element::TRIGONOMETRIC_RANGE);
    R::from_lanes(|i| match x.lane(i) {
        x if x > limit || x < -limit => huge(x),
        _ => values.lane(i),
    })
}

/// tanh x and its derivative 1 − tanh² x.
///
/// For |x| < 0.625 by Lambert's continued fraction x/(1 + x²/(3 + x²/(5 + …))) (1768), cut off after five levels in single
/// and eight in double precision, as x + x·x²·P(x²)/Q(x²). Beyond, 1 − w with w = 2e/(1 + e), e = e^(−2|x|), and the
/// derivative is w·(2 − w), which keeps its digits where tanh x is almost 1. Both share a division.
#[inline(always)]
pub(crate) fn tanh_and_slope<R: Real>(x: R) -> [R; 2] {
    let (size, sign) = size_and_sign(x);
    let (one, two) = (R::one(), number::<R>(2.0));
    let (m, _, [a, b]) = exponential(-at_most(two * size, -R::Element::EXP_RANGE[0]), None);
    let e = m * a * b;
    let small = size.below(number(0.625));
    let square = size * size;
    let [p, q] = R::Element::TANH;
    let above = R::choose(small, size * square * polynomial(p, square), -two * e);
    let below = R::choose(small, polynomial(q, square), one + e);
    let part = above / below;
    let tanh = R::choose(small, size, one) + part;
    let slope = R::choose(small, one - tanh * tanh, -(part * (two + part)));
    [with_sign(tanh, sign), slope]
}

/// σ(x) = 1/(1 + e⁻ˣ) and its derivative σ(x)·σ(−x).
///
/// With e = e^(−|x|), t = σ(−|x|) = e/(1 + e) and σ(|x|) = 1 − t: nothing overflows, and the smaller one is as exact as
/// the larger. The rounding errors of e and 1 + e are known, and what they do to t is taken away again.
#[inline(always)]
pub(crate) fn sigmoid_and_slope<R: Real>(x: R) -> [R; 2] {
    let (size, _) = size_and_sign(x);
    let one = R::one();
    let (m, low, [a, b]) = exponential(-at_most(size, -R::Element::EXP_RANGE[0]), None);
    let (e, e_low) = (m * a * b, low * a * b);
    let below = one + e;
    let below_low = (e - (below - one)) + e_low;
    let quotient = e / below;
    let smaller = quotient + (e_low - quotient * below_low) * (one - quotient);
    let larger = one - smaller;
    [R::choose(x.below(R::zero()), smaller, larger), smaller * larger]
}

/// exp(z²)·erfc(z) for 0 ≤ z up to a little beyond the number where exp(−z²) vanishes.
#[inline(always)]
fn scaled_erfc<R: Real>(z: R) -> R {
    let three = number::<R>(3.0);
    polynomial(R::Element::ERFC, (z - three) / (z + three)) / (R::one() + (z + z))
}

/// erf x and its derivative 2/√π·exp(−x²).
///
/// For |x| < 1 by x + x·P(x²). Beyond, 1 − erfc x, where erfc x = exp(−x²)·P(t)/(1 + 2x) with t = (x − 3)/(x + 3), after
/// Shepherd and Laframboise (1981), and x² is exact.
#[inline(always)]
pub(crate) fn erf_and_slope<R: Real>(x: R) -> [R; 2] {
    let (size, sign) = size_and_sign(x);
    let bounded = at_most(size, R::Element::ERFC_RANGE);
    let (square, low) = exact_square(bounded);
    let (m, _, [a, b]) = exponential(-square, Some(-low));
    let e = m * a * b;
    let small = size + size * polynomial(R::Element::ERF, at_most(size * size, 1.0));
    let large = R::one() - e * scaled_erfc(bounded);
    let erf = R::choose(size.below(R::one()), small, large);
    [with_sign(erf, sign), number::<R>(std::f64::consts::FRAC_2_SQRT_PI) * e]
}

/// GELU(x) = x·Φ(x), where Φ is the distribution function of the standard normal distribution (Hendrycks and Gimpel
/// 2016), and its derivative Φ(x) + x·φ(x).
///
/// Φ(−|x|) = erfc(|x|/√2)/2 has all its digits, however small it is, and x²/2 is exact.
#[inline(always)]
pub(crate) fn gelu_and_slope<R: Real>(x: R) -> [R; 2] {
    let (size, _) = size_and_sign(x);
    let (one, half) = (R::one(), number::<R>(0.5));
    let bounded = at_most(size, R::Element::ERFC_RANGE * std::f64::consts::SQRT_2);
    let (square, low) = exact_square(bounded);
    let (m, _, [a, b]) = exponential(-(half * square), Some(-(half * low)));
    // The powers of two come last, so that no product before is subnormal.
    let tail = half * m * scaled_erfc(bounded * number(std::f64::consts::FRAC_1_SQRT_2));
    let density = bounded * (m * number(std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2 / 2.0));
    let scaled = |value: R| value * a * b;
    let negative = x.below(R::zero());
    let gelu = R::choose(negative, scaled(-bounded * tail), x * (one - scaled(tail)));
    let slope = scaled(tail - density);
    [gelu, R::choose(negative, slope, one - slope)]
}
