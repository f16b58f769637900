//! Sums of many terms in a fixed order that vector registers can follow: term number i goes to partial sum i mod 16;
//! then the upper half of the partial sums is added to the lower half until one is left. In [`sum`] and
//! [`sum_of_squares`] very many terms go by blocks, which threads can share, and whose sums are then summed; the blocks
//! depend on the number of terms only.

use super::pack::{load, store};
use super::threads::{ENTRY, in_threads};
use crate::Scalar;

/// How many partial sums are kept: as many as the widest register has lanes.
const PARTIAL: usize = 16;
/// The least length of a block, and the largest number of them.
const BLOCK: usize = 4096;
const BLOCKS: usize = 64;

/// The partial sums; those of neighbouring terms share a pack.
struct Partial<T: Scalar>([T::Pack; PARTIAL]);

impl<T: Scalar> Partial<T> {
    /// How many packs are used.
    const PACKS: usize = PARTIAL / T::PACK;

    #[inline(always)]
    fn new() -> Self {
        Partial([T::Pack::zero(); PARTIAL])
    }

    /// Calls `add` for each pack of `len` ≤ 16 neighbouring terms, with the number of its first term and its sums.
    #[inline(always)]
    fn each_pack(&mut self, len: usize, mut add: impl FnMut(usize, &mut T::Pack)) {
        // Counted by a constant, so that the sums stay in registers.
        for k in 0..Self::PACKS {
            if k * T::PACK < len {
                add(k * T::PACK, &mut self.0[k]);
            }
        }
    }

    #[inline(always)]
    fn total(self) -> T {
        let mut sums = [T::zero(); PARTIAL];
        for k in 0..Self::PACKS {
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

/// Σⱼ term(rowⱼ).
#[inline(always)]
fn sum_of<T: Scalar>(row: &[T], term: impl Fn(T::Pack) -> T::Pack + Copy + Sync) -> T {
    if row.len() <= BLOCK { sum_of_block(row, term) } else { sum_of_blocks(row, term) }
}

#[inline(never)]
fn sum_of_blocks<T: Scalar>(row: &[T], term: impl Fn(T::Pack) -> T::Pack + Copy + Sync) -> T {
    let len = row.len().div_ceil(BLOCKS).next_multiple_of(PARTIAL).max(BLOCK);
    let mut sums = [T::zero(); BLOCKS];
    let sums = &mut sums[..row.len().div_ceil(len)];
    in_threads(sums, 1, ENTRY * len, |start, sums| {
        for (sum, block) in sums.iter_mut().zip(row[start * len..].chunks(len)) {
            *sum = sum_of_block(block, term);
        }
    });
    sum_of_block(sums, |sum| sum)
}

#[inline(always)]
fn sum_of_block<T: Scalar>(row: &[T], term: impl Fn(T::Pack) -> T::Pack) -> T {
    let mut partial = Partial::<T>::new();
    let (chunks, rest) = row.as_chunks::<PARTIAL>();
    for chunk in chunks {
        partial.each_pack(PARTIAL, |j, sum| *sum += term(load(&chunk[j..])));
    }
    partial.each_pack(rest.len(), |j, sum| *sum += term(load(&rest[j..])));
    partial.total()
}

/// Σⱼ rowⱼ.
///
/// ```
/// let row: Vec<f64> = (1..=41).map(f64::from).collect();
/// assert_eq!(tensor::kernels::sum(&row), 861.0);
/// ```
#[inline]
pub fn sum<T: Scalar>(row: &[T]) -> T {
    sum_of(row, |value| value)
}

/// Σⱼ rowⱼ².
///
/// ```
/// assert_eq!(tensor::kernels::sum_of_squares(&[3.0, 4.0]), 25.0);
/// ```
#[inline]
pub fn sum_of_squares<T: Scalar>(row: &[T]) -> T {
    sum_of(row, |value| value * value)
}

/// Σⱼ mⱼ·(pⱼ − tⱼ)² with weights mⱼ ≥ 0; p is replaced by the derivatives 2mⱼ·(pⱼ − tⱼ). Where mⱼ = 0 both are 0,
/// whatever pⱼ is.
///
/// ```
/// let mut p = [1.0, 3.0, f64::INFINITY];
/// assert_eq!(tensor::kernels::weighted_square(&mut p, &[0.0, 1.0, 0.0], &[0.5, 0.5, 0.0]), 2.5);
/// assert_eq!(p, [1.0, 2.0, 0.0]);
/// ```
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn weighted_square<T: Scalar>(p: &mut [T], t: &[T], m: &[T]) -> T {
    assert!(p.len() == t.len() && p.len() == m.len(), "a target and a weight for each prediction");
    let mut partial = Partial::<T>::new();
    let error = |p: &mut [T], t: &[T], m: &[T], sum: &mut T::Pack| {
        let (difference, m) = (load(p) - load(t), load(m));
        *sum += m.select_positive(m * (difference * difference));
        store(m.select_positive(T::Pack::from_f64(2.0) * m * difference), p);
    };
    let (ps, rest_p) = p.as_chunks_mut::<PARTIAL>();
    let ((ts, rest_t), (ms, rest_m)) = (t.as_chunks::<PARTIAL>(), m.as_chunks::<PARTIAL>());
    for ((p, t), m) in ps.iter_mut().zip(ts).zip(ms) {
        partial.each_pack(PARTIAL, |j, sum| error(&mut p[j..], &t[j..], &m[j..], sum));
    }
    partial.each_pack(rest_p.len(), |j, sum| error(&mut rest_p[j..], &rest_t[j..], &rest_m[j..], sum));
    partial.total()
}
