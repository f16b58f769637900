//! Vectors of lanes as scalars. The vector types themselves are those of the crate `wide`.

use crate::Scalar;
use crate::kernels::array;
use crate::scalar::functions;
use wide::{f32x8, f32x16, f64x4, f64x8};

macro_rules! lanes {
    ($v:ident, $t:ident, $n:literal) => {
        impl Scalar for $v {
            type Element = $t;
            const LANES: usize = $n;
            type Pack = Self;
            const PACK: usize = 1;

            #[inline(always)]
            fn pack(values: &[Self]) -> Self {
                values[0]
            }
            #[inline(always)]
            fn unpack(pack: Self, values: &mut [Self]) {
                values[0] = pack;
            }
            #[inline(always)]
            fn spread(self) -> Self {
                self
            }

            #[inline(always)]
            fn splat(value: $t) -> $v {
                $v::splat(value)
            }
            #[inline(always)]
            fn from_lanes(lane: impl FnMut(usize) -> $t) -> $v {
                $v::from(array::<$t, $n>(0.0, lane))
            }
            #[inline(always)]
            fn from_pairs(pair: impl FnMut(usize) -> [$t; 2]) -> [$v; 2] {
                let pairs = array::<[$t; 2], $n>([0.0; 2], pair);
                let row = |k: usize| $v::from(array::<$t, $n>(0.0, |i| pairs[i][k]));
                [row(0), row(1)]
            }
            #[inline(always)]
            fn lane(self, i: usize) -> $t {
                self.to_array()[i]
            }
            // `a.fast_max(b)` is a where a > b, else b; so a NaN in `self` comes through.
            #[inline(always)]
            fn relu(self) -> $v {
                $v::default().fast_max(self)
            }
            #[inline(always)]
            fn select_positive(self, value: $v) -> $v {
                self.simd_gt($v::default()) & value
            }
            #[inline(always)]
            fn add_where_greater(self, a: $v, b: $v, term: $v) -> $v {
                let greater = a.simd_gt(b);
                // One masked addition where there are mask registers.
                if cfg!(target_feature = "avx512f") {
                    greater.select(self + term, self)
                } else {
                    self + (greater & term)
                }
            }
            #[inline(always)]
            fn sqrt(self) -> $v {
                $v::sqrt(self)
            }
            functions!($v);
        }
    };
}

lanes!(f32x8, f32, 8);
lanes!(f32x16, f32, 16);
lanes!(f64x4, f64, 4);
lanes!(f64x8, f64, 8);
