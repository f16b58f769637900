//! A natural logarithm that, but for vanishingly few arguments, is the double nearest to the true value.
//!
//! NumPy's normal deviates go through the logarithm of its platform, which on Linux differs from the nearest double for
//! one argument in a thousand; `libm`'s differs for one in thirty. Only a logarithm as good as the better one gives the
//! notebook's data bit for bit.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2};
use std::ops::{Add, Div, Mul};

/// The natural logarithm of a positive, finite number.
///
/// With `x = m·2ᵉ` and `s = (m − 1)/(m + 1)`, it is `2·artanh(s) + e·ln 2`, where `artanh(s) = s·(1 + s²/3 + s⁴/5 + …)`.
/// As m lies between √½ and √2, s² is below 0.03; what comes before s⁴/5 is computed with twice the digits.
pub(crate) fn ln(x: f64) -> f64 {
    let (mut m, mut e) = libm::frexp(x);
    if m < FRAC_1_SQRT_2 {
        m *= 2.0;
        e -= 1;
    }
    let s = Twofold::from(m - 1.0) / exact_sum(m, 1.0); // m − 1 is exact for m between ½ and 2
    let square = s * s;

    // s⁴/5 + s⁶/7 + … + s²⁸/29: the next term is below 2⁻⁸⁰.
    let rest = (2..=14).rev().fold(0.0, |sum, i| sum * square.high + 1.0 / f64::from(2 * i + 1));
    let series = Twofold::from(1.0) + square * THIRD + Twofold::from(square.high * square.high * rest);

    let logarithm = Twofold::from(2.0) * s * series + Twofold::from(f64::from(e)) * LN_2_TWOFOLD;
    logarithm.high
}

/// A number as the sum of a double and of what that double is off, 106 bits in all.
///
/// The algorithms are those of T. J. Dekker, "A floating-point technique for extending the available precision",
/// Numerische Mathematik 18, 1971. They need nothing but rounded sums and products, so every machine gives the same bits.
#[derive(Clone, Copy)]
struct Twofold {
    high: f64,
    low: f64,
}

const THIRD: Twofold = Twofold { high: 1.0 / 3.0, low: 1.850371707708594e-17 };
const LN_2_TWOFOLD: Twofold = Twofold { high: LN_2, low: 2.3190468138462996e-17 };

impl From<f64> for Twofold {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

/// `a + b` without error.
fn exact_sum(a: f64, b: f64) -> Twofold {
    let high = a + b;
    let of_b = high - a;
    Twofold { high, low: (a - (high - of_b)) + (b - of_b) }
}

/// `a·b` without error.
fn exact_product(a: f64, b: f64) -> Twofold {
    /// Cuts a number into two of 26 bits, whose products are exact.
    fn halves(a: f64) -> (f64, f64) {
        let scaled = 134217729.0 * a; // 2²⁷ + 1
        let upper = scaled - (scaled - a);
        (upper, a - upper)
    }
    let high = a * b;
    let ((a1, a2), (b1, b2)) = (halves(a), halves(b));
    Twofold { high, low: ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2 }
}

impl Add for Twofold {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let sum = exact_sum(self.high, other.high);
        exact_sum(sum.high, sum.low + (self.low + other.low))
    }
}

impl Mul for Twofold {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = exact_product(self.high, other.high);
        exact_sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }
}

impl Div for Twofold {
    type Output = Self;

    fn div(self, divisor: Self) -> Self {
        let quotient = self.high / divisor.high;
        let remainder = self + divisor * Self::from(-quotient);
        exact_sum(quotient, remainder.high / divisor.high)
    }
}

#[cfg(test)]
mod tests {
    use super::ln;
    use proptest::prelude::*;

    #[test]
    fn exact_where_the_logarithm_is() {
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(ln(2.0), std::f64::consts::LN_2);
        assert_eq!(ln(10.0), std::f64::consts::LN_10);
        assert_eq!(ln(0.5), -std::f64::consts::LN_2);
    }

    proptest! {
        #[test]
        fn never_far_from_the_librarys(x in prop_oneof![1e-9..1.0, 0.99..1.01, prop::num::f64::POSITIVE | prop::num::f64::NORMAL]) {
            let (ours, theirs) = (ln(x), libm::log(x));
            prop_assert!((ours - theirs).abs() <= theirs.abs() * f64::EPSILON, "{x:e}: {ours:e}, {theirs:e}");
        }
    }
}
