//! Sums of many terms in a fixed order that vector registers can follow.

use super::pack::{load_few, store, store_few};
use crate::Scalar;

/// How many partial sums are kept: as many as the widest register has lanes.
const PARTIAL: usize = 16;

/// A sum whose term number i goes to partial sum i mod 16; in the end the upper half of the partial sums is added to
/// the lower half until one is left.
pub struct InterleavedSum<T: Scalar>([T::Pack; PARTIAL]);

impl<T: Scalar> Default for InterleavedSum<T> {
    fn default() -> Self {
        InterleavedSum([T::Pack::zero(); PARTIAL])
    }
}

impl<T: Scalar> InterleavedSum<T> {
    /// 0.
    #[inline(always)]
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds the terms from number `i` on, a whole pack, with zeros where there are too few. `i` is a multiple of
    /// [`PACK`](Scalar::PACK).
    #[inline(always)]
    pub fn add(&mut self, i: usize, terms: T::Pack) {
        self.0[i / T::PACK % (PARTIAL / T::PACK)] += terms;
    }
    /// The sum.
    #[inline(always)]
    pub fn total(self) -> T {
        let mut sums = [T::zero(); PARTIAL];
        for k in 0..PARTIAL / T::PACK {
            store(self.0[k], &mut sums[k * T::PACK..]);
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
}

/// Σ term(i) for i from 0 to below `len` as an [`InterleavedSum`]: `terms(i)` gives the terms from number i on, a whole
/// pack, with zeros from number `len` on, as [`load`](super::load) does.
///
/// ```
/// use tensor::kernels::{interleaved_sum, load};
///
/// let values: Vec<f64> = (1..=41).map(f64::from).collect();
/// assert_eq!(interleaved_sum::<f64>(41, |i| load(&values[i..])), 861.0);
/// ```
#[inline(always)]
pub fn interleaved_sum<T: Scalar>(len: usize, terms: impl Fn(usize) -> T::Pack) -> T {
    let mut sum = InterleavedSum::<T>::new();
    for i in (0..len).step_by(T::PACK) {
        sum.add(i, terms(i));
    }
    sum.total()
}

/// Σⱼ mⱼ·(pⱼ − tⱼ)² with weights mⱼ ≥ 0, as an [`InterleavedSum`]; p is replaced by 2mⱼ·(pⱼ − tⱼ), the derivatives. Where
/// mⱼ = 0 both are 0, whatever pⱼ is.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn weighted_square<T: Scalar>(p: &mut [T], t: &[T], m: &[T]) -> T {
    assert!(p.len() == t.len() && p.len() == m.len(), "a target and a weight for each prediction");
    let mut squares = InterleavedSum::<T>::new();
    let mut j = 0;
    let mut error = |p: T::Pack, t: T::Pack, m: T::Pack| {
        let difference = p - t;
        squares.add(j, m.select_positive(m * (difference * difference)));
        j += T::PACK;
        m.select_positive(T::Pack::from_f64(2.0) * m * difference)
    };
    let (mut ps, ts, ms) = (p.chunks_exact_mut(T::PACK), t.chunks_exact(T::PACK), m.chunks_exact(T::PACK));
    let (rest_t, rest_m) = (ts.remainder(), ms.remainder());
    for ((p, t), m) in (&mut ps).zip(ts).zip(ms) {
        T::unpack(error(T::pack(p), T::pack(t), T::pack(m)), p);
    }
    let rest = ps.into_remainder();
    if !rest.is_empty() {
        store_few(error(load_few(rest), load_few(rest_t), load_few(rest_m)), rest);
    }
    squares.total()
}
