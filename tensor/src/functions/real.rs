//! What the functions ask of a number or a vector: comparisons lane by lane, and its bits as integers.

use super::coefficients;
use crate::{Element, Scalar};
use std::ops::{BitAnd, BitOr, BitXor, Shl, Shr};
use wide::bytemuck::cast;
use wide::{f32x8, f32x16, f64x4, f64x8, u32x8, u32x16, u64x4, u64x8};

/// A plain number or a vector of them. Every method is exact, so that a lane has the bits of a plain number.
pub(crate) trait Real: Scalar<Element: Format> {
    /// As many integers of the same size.
    type Bits: Copy
        + BitAnd<Output = Self::Bits>
        + BitOr<Output = Self::Bits>
        + BitXor<Output = Self::Bits>
        + Shl<u32, Output = Self::Bits>
        + Shr<u32, Output = Self::Bits>;
    /// What a comparison gives, lane by lane.
    type Mask: Copy;

    /// The bits of every lane.
    fn to_bits(self) -> Self::Bits;
    /// The numbers with these bits.
    fn of_bits(bits: Self::Bits) -> Self;
    /// The same integer in every lane; what does not fit is cut off.
    fn integer(value: u64) -> Self::Bits;
    /// a + b and a − b, which wrap around.
    fn plus(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    fn minus(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    /// Where self < other.
    fn below(self, other: Self) -> Self::Mask;
    /// Whether a mask holds anywhere.
    fn any(mask: Self::Mask) -> bool;
    /// `yes` where the mask holds, and `no` elsewhere.
    fn choose(mask: Self::Mask, yes: Self, no: Self) -> Self;
}

/// The layout of `f32` or `f64`, and the coefficients of that precision.
pub(crate) trait Format: Element {
    /// Bits of a number, and of its fraction.
    const BITS: u32;
    const FRACTION: u32;
    /// What the exponent is stored with: that of 1.
    const BIAS: u64;
    /// 2^FRACTION, from where on numbers are whole.
    const WHOLE: Self;
    /// 2^FRACTION·1.5: a number of size up to 2^(FRACTION − 2) that is added to it is rounded to a whole one.
    const ROUNDER: Self;
    /// Which bits the upper half of a number has, the product of two of which is exact.
    const UPPER_HALF: u64;
    /// The largest and the smallest x whose eˣ is told from ∞ and from 0, or a little beyond.
    const EXP_RANGE: [f64; 2];
    /// The largest z whose exp(−z²) is told from 0, or a little beyond.
    const ERFC_RANGE: f64;
    /// Up to which |x| sine and cosine are reduced in a vector.
    const TRIGONOMETRIC_RANGE: f64;

    const EXP: &'static [Self];
    const LN: &'static [Self];
    const SIN: &'static [Self];
    const COS: &'static [Self];
    const ERF: &'static [Self];
    const ERFC: &'static [Self];
    const LN_2: [Self; 2];
    const HALF_PI: [Self; 4];
    /// tanh(x)/x − 1 is x² times the first over the second.
    const TANH: [&'static [Self]; 2];

    /// Sine or cosine of a number of any size.
    fn sin_of_huge(self) -> Self;
    fn cos_of_huge(self) -> Self;
}

impl Format for f32 {
    const BITS: u32 = 32;
    const FRACTION: u32 = 23;
    const BIAS: u64 = 127;
    const WHOLE: f32 = 8388608.0;
    const ROUNDER: f32 = 12582912.0;
    const UPPER_HALF: u64 = 0xffff_f000;
    const EXP_RANGE: [f64; 2] = [-104.0, 89.0];
    const ERFC_RANGE: f64 = 11.0;
    const TRIGONOMETRIC_RANGE: f64 = 1500.0;
    const EXP: &'static [f32] = &coefficients::f32::EXP;
    const LN: &'static [f32] = &coefficients::f32::LN;
    const SIN: &'static [f32] = &coefficients::f32::SIN;
    const COS: &'static [f32] = &coefficients::f32::COS;
    const ERF: &'static [f32] = &coefficients::f32::ERF;
    const ERFC: &'static [f32] = &coefficients::f32::ERFC;
    const LN_2: [f32; 2] = coefficients::f32::LN_2;
    const HALF_PI: [f32; 4] = coefficients::f32::HALF_PI;
    const TANH: [&'static [f32]; 2] = [&[-315.0, -14.0], &[945.0, 420.0, 15.0]];

    // Of the double, to which it is exact, and rounded once more.
    #[cold]
    #[inline(never)]
    fn sin_of_huge(self) -> f32 {
        libm::sin(f64::from(self)) as f32
    }
    #[cold]
    #[inline(never)]
    fn cos_of_huge(self) -> f32 {
        libm::cos(f64::from(self)) as f32
    }
}

impl Format for f64 {
    const BITS: u32 = 64;
    const FRACTION: u32 = 52;
    const BIAS: u64 = 1023;
    const WHOLE: f64 = 4503599627370496.0;
    const ROUNDER: f64 = 6755399441055744.0;
    const UPPER_HALF: u64 = 0xffff_ffff_f800_0000;
    const EXP_RANGE: [f64; 2] = [-746.0, 710.0];
    const ERFC_RANGE: f64 = 28.0;
    const TRIGONOMETRIC_RANGE: f64 = 1.6e6;
    const EXP: &'static [f64] = &coefficients::f64::EXP;
    const LN: &'static [f64] = &coefficients::f64::LN;
    const SIN: &'static [f64] = &coefficients::f64::SIN;
    const COS: &'static [f64] = &coefficients::f64::COS;
    const ERF: &'static [f64] = &coefficients::f64::ERF;
    const ERFC: &'static [f64] = &coefficients::f64::ERFC;
    const LN_2: [f64; 2] = coefficients::f64::LN_2;
    const HALF_PI: [f64; 4] = coefficients::f64::HALF_PI;
    const TANH: [&'static [f64]; 2] =
        [&[-675675.0, -45045.0, -594.0, -1.0], &[2027025.0, 945945.0, 51975.0, 630.0, 1.0]];

    #[cold]
    #[inline(never)]
    fn sin_of_huge(self) -> f64 {
        libm::sin(self)
    }
    #[cold]
    #[inline(never)]
    fn cos_of_huge(self) -> f64 {
        libm::cos(self)
    }
}

macro_rules! plain {
    ($t:ident, $bits:ident) => {
        impl Real for $t {
            type Bits = $bits;
            type Mask = bool;

            #[inline(always)]
            fn to_bits(self) -> $bits {
                <$t>::to_bits(self)
            }
            #[inline(always)]
            fn of_bits(bits: $bits) -> $t {
                <$t>::from_bits(bits)
            }
            #[inline(always)]
            fn integer(value: u64) -> $bits {
                value as $bits
            }
            #[inline(always)]
            fn plus(a: $bits, b: $bits) -> $bits {
                a.wrapping_add(b)
            }
            #[inline(always)]
            fn minus(a: $bits, b: $bits) -> $bits {
                a.wrapping_sub(b)
            }
            #[inline(always)]
            fn below(self, other: $t) -> bool {
                self < other
            }
            #[inline(always)]
            fn any(mask: bool) -> bool {
                mask
            }
            #[inline(always)]
            fn choose(mask: bool, yes: $t, no: $t) -> $t {
                if mask { yes } else { no }
            }
        }
    };
}

plain!(f32, u32);
plain!(f64, u64);

macro_rules! lanes {
    ($v:ident, $bits:ident, $integer:ident) => {
        impl Real for $v {
            type Bits = $bits;
            type Mask = $v;

            #[inline(always)]
            fn to_bits(self) -> $bits {
                cast(self)
            }
            #[inline(always)]
            fn of_bits(bits: $bits) -> $v {
                cast(bits)
            }
            #[inline(always)]
            fn integer(value: u64) -> $bits {
                $bits::splat(value as $integer)
            }
            #[inline(always)]
            fn plus(a: $bits, b: $bits) -> $bits {
                a + b
            }
            #[inline(always)]
            fn minus(a: $bits, b: $bits) -> $bits {
                a - b
            }
            #[inline(always)]
            fn below(self, other: $v) -> $v {
                self.simd_lt(other)
            }
            #[inline(always)]
            fn any(mask: $v) -> bool {
                mask.any()
            }
            #[inline(always)]
            fn choose(mask: $v, yes: $v, no: $v) -> $v {
                mask.select(yes, no)
            }
        }
    };
}

lanes!(f32x8, u32x8, u32);
lanes!(f32x16, u32x16, u32);
lanes!(f64x4, u64x4, u64);
lanes!(f64x8, u64x8, u64);
