//! What generic code may ask of a number.

use crate::kernels::Products;
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

/// A number, a vector of lanes, or a dual number: what every kernel and every operation is generic over.
///
/// All arithmetic is that of IEEE 754 lane by lane, with no fused multiply-add, so a computation has the same bits on
/// every machine and for any number of lanes. Transcendental functions are made of such arithmetic, too.
///
/// `f32`, `f64` and the vector types have methods of their own with the names of some of these functions, which are the
/// machine's, and fused. Where the type is known, write `Scalar::exp(x)`; in generic code `x.exp()` is meant alike.
pub trait Scalar:
    Copy
    + Debug
    + Default
    + PartialEq
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
{
    /// The plain number a lane holds: `f32` or `f64`.
    type Element: Element;
    /// How many independent numbers a value holds.
    const LANES: usize;
    /// What neighbouring values of a matrix are computed in: a vector register of a plain number, the value itself
    /// if it holds lanes already. Which register it is depends on the machine; no result does.
    type Pack: Scalar<Element = Self::Element>;
    /// How many values a pack holds.
    const PACK: usize;

    /// The first [`PACK`](Self::PACK) of some values.
    ///
    /// # Panics
    /// If there are fewer.
    fn pack(values: &[Self]) -> Self::Pack;
    /// Writes the values of a pack over the first [`PACK`](Self::PACK) of `values`.
    ///
    /// # Panics
    /// If there are fewer.
    fn unpack(pack: Self::Pack, values: &mut [Self]);
    /// The same value in every place of a pack.
    fn spread(self) -> Self::Pack;

    /// The same number in every lane.
    fn splat(value: Self::Element) -> Self;
    /// A value from the number of each lane.
    fn from_lanes(lane: impl FnMut(usize) -> Self::Element) -> Self;
    /// Two values from the pair of numbers of each lane: those that come first, and those that come second.
    fn from_pairs(mut pair: impl FnMut(usize) -> [Self::Element; 2]) -> [Self; 2] {
        let mut second = Self::zero();
        let first = Self::from_lanes(|i| {
            let [a, b] = pair(i);
            second = Self::from_lanes(|k| if k == i { b } else { second.lane(k) });
            a
        });
        [first, second]
    }
    /// The number in lane `i`. Panics if `i` is not below [`LANES`](Self::LANES).
    fn lane(self, i: usize) -> Self::Element;

    /// Whether every lane is finite: neither infinite nor NaN.
    fn is_finite(self) -> bool {
        // x·0 is 0 for a finite x, and NaN for all others.
        self * Self::zero() == Self::zero()
    }
    /// max(x, 0), where NaN stays NaN.
    #[must_use]
    fn relu(self) -> Self;
    /// `value` in the lanes where `self` > 0, and 0 in the others, whatever `value` holds there.
    #[must_use]
    fn select_positive(self, value: Self) -> Self;
    /// self + `term` in the lanes where `a` > `b`, and self in the others. Self is not −0, which no sum is that began
    /// at 0.
    #[must_use]
    fn add_where_greater(self, a: Self, b: Self, term: Self) -> Self {
        self + (a - b).select_positive(term)
    }
    /// Square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// eˣ, the exponential function.
    ///
    /// ```
    /// use tensor::{Scalar, f32x8};
    /// assert_eq!(Scalar::exp(1.0_f64), std::f64::consts::E);
    /// assert_eq!(Scalar::exp(f32x8::splat(0.7)).lane(5), Scalar::exp(0.7_f32)); // to the last bit, on every machine
    /// ```
    #[must_use]
    fn exp(self) -> Self;
    /// The natural logarithm: −∞ at ±0, NaN below.
    #[must_use]
    fn ln(self) -> Self;
    /// Sine and cosine, of radians, which share most of their work.
    #[must_use]
    fn sin_cos(self) -> [Self; 2];
    /// tanh x, the hyperbolic tangent, and its derivative 1 − tanh² x, exact also where tanh x is almost ±1.
    #[must_use]
    fn tanh_and_slope(self) -> [Self; 2];
    /// σ(x) = 1/(1 + e⁻ˣ), the logistic function, and its derivative σ(x)·σ(−x), exact on both sides.
    ///
    /// ```
    /// use tensor::Scalar;
    /// let [y, slope] = (-700.0_f64).sigmoid_and_slope();
    /// assert!(y > 0.0 && y == slope);
    /// ```
    #[must_use]
    fn sigmoid_and_slope(self) -> [Self; 2];
    /// erf x = 2/√π·∫₀ˣ exp(−t²) dt, the error function, and its derivative 2/√π·exp(−x²).
    #[must_use]
    fn erf_and_slope(self) -> [Self; 2];
    /// GELU(x) = x·Φ(x) = x/2·(1 + erf(x/√2)), the Gaussian error linear unit, and its derivative Φ(x) + x·φ(x), with
    /// the density φ(x) = exp(−x²/2)/√(2π). Negative x keep their digits.
    #[must_use]
    fn gelu_and_slope(self) -> [Self; 2];

    /// Sine, of radians.
    #[inline(always)]
    #[must_use]
    fn sin(self) -> Self {
        self.sin_cos()[0]
    }
    /// Cosine, of radians.
    #[inline(always)]
    #[must_use]
    fn cos(self) -> Self {
        self.sin_cos()[1]
    }
    /// The value of [`tanh_and_slope`](Self::tanh_and_slope).
    #[inline(always)]
    #[must_use]
    fn tanh(self) -> Self {
        self.tanh_and_slope()[0]
    }
    /// The value of [`sigmoid_and_slope`](Self::sigmoid_and_slope).
    #[inline(always)]
    #[must_use]
    fn sigmoid(self) -> Self {
        self.sigmoid_and_slope()[0]
    }
    /// The value of [`erf_and_slope`](Self::erf_and_slope).
    #[inline(always)]
    #[must_use]
    fn erf(self) -> Self {
        self.erf_and_slope()[0]
    }
    /// The value of [`gelu_and_slope`](Self::gelu_and_slope).
    #[inline(always)]
    #[must_use]
    fn gelu(self) -> Self {
        self.gelu_and_slope()[0]
    }

    /// How matrices of such numbers are multiplied.
    #[must_use]
    fn products() -> &'static Products<Self> {
        const { &Products::IN_LOOPS }
    }

    /// The nearest value to `value`, in every lane.
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        Self::splat(Self::Element::of(value))
    }
    /// 0 in every lane.
    #[inline(always)]
    fn zero() -> Self {
        Self::default()
    }
    /// 1 in every lane.
    #[inline(always)]
    fn one() -> Self {
        Self::from_f64(1.0)
    }
}

/// A plain number, `f32` or `f64`: a [`Scalar`] of one lane that is its own element.
pub trait Element: Scalar<Element = Self> + PartialOrd {
    /// The smallest positive number of full precision; those below are subnormal.
    const MIN_POSITIVE: Self;

    /// The nearest number to `value`.
    fn of(value: f64) -> Self;
    /// The same number in double precision.
    fn to_f64(self) -> f64;
    /// The bits, widened with zeros: for hashes and for tests that hold results equal.
    fn bits(self) -> u64;
}

#[cfg(target_feature = "avx512f")]
mod packs {
    pub type PackF32 = wide::f32x16;
    pub type PackF64 = wide::f64x8;
}
#[cfg(not(target_feature = "avx512f"))]
mod packs {
    pub type PackF32 = wide::f32x8;
    pub type PackF64 = wide::f64x4;
}
use packs::{PackF32, PackF64};
const PACK_F32: usize = PackF32::LANES;
const PACK_F64: usize = PackF64::LANES;

/// The functions of plain numbers and of lanes, which are the same, and their products, compiled here.
macro_rules! functions {
    ($number:ident) => {
        fn products() -> &'static crate::kernels::Products<Self> {
            static PRODUCTS: crate::kernels::Products<$number> = crate::kernels::Products::IN_REGISTERS;
            &PRODUCTS
        }
        #[inline(always)]
        fn exp(self) -> Self {
            crate::functions::exp(self)
        }
        #[inline(always)]
        fn ln(self) -> Self {
            crate::functions::ln(self)
        }
        #[inline(always)]
        fn sin_cos(self) -> [Self; 2] {
            crate::functions::sin_cos(self)
        }
        #[inline(always)]
        fn tanh_and_slope(self) -> [Self; 2] {
            crate::functions::tanh_and_slope(self)
        }
        #[inline(always)]
        fn sigmoid_and_slope(self) -> [Self; 2] {
            crate::functions::sigmoid_and_slope(self)
        }
        #[inline(always)]
        fn erf_and_slope(self) -> [Self; 2] {
            crate::functions::erf_and_slope(self)
        }
        #[inline(always)]
        fn gelu_and_slope(self) -> [Self; 2] {
            crate::functions::gelu_and_slope(self)
        }
    };
}
pub(crate) use functions;

macro_rules! plain {
    ($t:ident, $pack:ident, $n:expr) => {
        impl Scalar for $t {
            type Element = $t;
            const LANES: usize = 1;
            type Pack = $pack;
            const PACK: usize = $n;

            #[inline(always)]
            fn pack(values: &[$t]) -> $pack {
                $pack::from(*values.first_chunk::<$n>().expect("a whole pack"))
            }
            #[inline(always)]
            fn unpack(pack: $pack, values: &mut [$t]) {
                *values.first_chunk_mut::<$n>().expect("a whole pack") = pack.to_array();
            }
            #[inline(always)]
            fn spread(self) -> $pack {
                $pack::splat(self)
            }
            #[inline(always)]
            fn splat(value: $t) -> $t {
                value
            }
            #[inline(always)]
            fn from_lanes(mut lane: impl FnMut(usize) -> $t) -> $t {
                lane(0)
            }
            #[inline(always)]
            fn lane(self, i: usize) -> $t {
                assert!(i == 0, "a plain number has one lane, not lane {i}");
                self
            }
            #[inline(always)]
            fn relu(self) -> $t {
                if 0.0 > self { 0.0 } else { self }
            }
            #[inline(always)]
            fn select_positive(self, value: $t) -> $t {
                if self > 0.0 { value } else { 0.0 }
            }
            #[inline(always)]
            fn add_where_greater(self, a: $t, b: $t, term: $t) -> $t {
                if a > b { self + term } else { self }
            }
            fn sqrt(self) -> $t {
                <$t>::sqrt(self)
            }
            functions!($t);
        }

        impl Element for $t {
            const MIN_POSITIVE: $t = $t::MIN_POSITIVE;

            #[inline(always)]
            fn of(value: f64) -> $t {
                value as $t
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            fn bits(self) -> u64 {
                self.to_bits() as u64
            }
        }
    };
}

plain!(f32, PackF32, PACK_F32);
plain!(f64, PackF64, PACK_F64);
