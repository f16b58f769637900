//! Sums of many terms in a fixed order that vector registers can follow.

use crate::Scalar;

/// How many partial sums are kept: as many as the widest register has lanes.
const PARTIAL: usize = 16;

/// Σ term(i) for i from 0 to below `len`: term i goes to partial sum i mod 16; then the upper half of the partial sums
/// is added to the lower half until one is left.
///
/// `terms(i)` gives the terms i to i + [`PACK`](Scalar::PACK) at once, `term(i)` the single term i.
///
/// ```
/// let values: Vec<f64> = (1..=40).map(f64::from).collect();
/// let sum = tensor::kernels::interleaved_sum(40, |i| tensor::Scalar::pack(&values[i..]), |i| values[i]);
/// assert_eq!(sum, 820.0);
/// ```
#[inline(always)]
pub fn interleaved_sum<T: Scalar>(len: usize, terms: impl Fn(usize) -> T::Pack, term: impl Fn(usize) -> T) -> T {
    let registers = PARTIAL / T::PACK;
    let mut packs = [T::Pack::zero(); PARTIAL];
    let whole = len / T::PACK;
    for i in 0..whole {
        packs[i % registers] += terms(i * T::PACK);
    }
    let mut sums = [T::zero(); PARTIAL];
    for i in 0..registers {
        T::unpack(packs[i], &mut sums[i * T::PACK..]);
    }
    for i in whole * T::PACK..len {
        sums[i % PARTIAL] += term(i);
    }
    let mut half = PARTIAL / 2;
    while half > 0 {
        for i in 0..half {
            let upper = sums[i + half];
            sums[i] += upper;
        }
        half /= 2;
    }
    sums[0]
}
