//! Sums of many terms in a fixed order that vector registers can follow: term number i goes to partial sum i mod 16;
//! then the upper half of the partial sums is added to the lower half until one is left. More than 4096 terms go by
//! blocks of 4096, whose sums are added in pairs, and the pairs in pairs: so an error grows with the logarithm of the
//! number of terms (Higham 1993). In single precision the sum of n terms is off by at most 16·10⁻⁶ of the sum of their
//! sizes, and by log₂(n/4096)·6·10⁻⁸ of it. Of more than 64 blocks threads take some each. All of this depends on the
//! number of terms only.

use super::pack::{array, load, load_first, store, store_first};
use super::threads::{ENTRY, in_threads};
use crate::Scalar;
use std::ops::Range;

/// How many partial sums are kept: as many as the widest register has lanes.
const PARTIAL: usize = 16;
/// The length of a block, and the largest number of shares for threads.
const BLOCK: usize = 4096;
const BLOCKS: usize = 64;
/// How many columns are added one after the other.
const COLUMNS: usize = 256;
/// How many rows a thread has at least.
const ROWS: usize = 64;

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

/// Where the terms of a long sum are cut in two: behind whole blocks, about half of them.
pub(super) fn middle(terms: usize, block: usize) -> usize {
    (terms / 2).next_multiple_of(block)
}

/// Σⱼ term(rowsⱼ), where rows of the same length stand side by side.
#[inline(always)]
fn sum_of<T: Scalar, const N: usize>(rows: [&[T]; N], term: impl Fn([T::Pack; N]) -> T::Pack + Copy + Sync) -> T {
    if rows[0].len() <= BLOCK { sum_of_block(rows, term) } else { sum_in_threads(rows, term) }
}

#[inline(never)]
fn sum_in_threads<T: Scalar, const N: usize>(
    rows: [&[T]; N],
    term: impl Fn([T::Pack; N]) -> T::Pack + Copy + Sync,
) -> T {
    let terms = rows[0].len();
    let len = terms.div_ceil(BLOCKS).next_multiple_of(PARTIAL).max(BLOCK);
    let mut sums = [T::zero(); BLOCKS];
    let sums = &mut sums[..terms.div_ceil(len)];
    in_threads(sums, 1, ENTRY * len, |start, sums| {
        for (i, sum) in sums.iter_mut().enumerate() {
            let at = (start + i) * len;
            *sum = sum_in_pairs(array(&[][..], |n| &rows[n][at..terms.min(at + len)]), term);
        }
    });
    sum_of_block([sums], |[sum]| sum)
}

fn sum_in_pairs<T: Scalar, const N: usize>(rows: [&[T]; N], term: impl Fn([T::Pack; N]) -> T::Pack + Copy) -> T {
    let terms = rows[0].len();
    if terms <= BLOCK {
        return sum_of_block(rows, term);
    }
    let middle = middle(terms, BLOCK);
    sum_in_pairs(array(&[][..], |n| &rows[n][..middle]), term)
        + sum_in_pairs(array(&[][..], |n| &rows[n][middle..]), term)
}

/// The pack that begins at `at` in each of the rows.
#[inline(always)]
fn packs_at<T: Scalar, const N: usize>(rows: [&[T]; N], at: usize) -> [T::Pack; N] {
    array(T::Pack::zero(), |k| load(&rows[k][at..]))
}

#[inline(always)]
fn sum_of_block<T: Scalar, const N: usize>(rows: [&[T]; N], term: impl Fn([T::Pack; N]) -> T::Pack) -> T {
    let mut partial = Partial::<T>::new();
    let len = rows[0].len();
    let whole = len - len % PARTIAL;
    for i in (0..whole).step_by(PARTIAL) {
        partial.each_pack(PARTIAL, |j, sum| *sum += term(packs_at(rows, i + j)));
    }
    partial.each_pack(len - whole, |j, sum| *sum += term(packs_at(rows, whole + j)));
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
    sum_of([row], |[value]| value)
}

/// Σⱼ rowⱼ².
///
/// ```
/// assert_eq!(tensor::kernels::sum_of_squares(&[3.0, 4.0]), 25.0);
/// ```
#[inline]
pub fn sum_of_squares<T: Scalar>(row: &[T]) -> T {
    sum_of([row], |[value]| value * value)
}

/// Σⱼ aⱼ·bⱼ.
///
/// ```
/// assert_eq!(tensor::kernels::sum_of_products(&[3.0, 4.0], &[2.0, 0.5]), 8.0);
/// ```
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn sum_of_products<T: Scalar>(a: &[T], b: &[T]) -> T {
    assert_eq!(a.len(), b.len(), "as many factors on both sides");
    sum_of([a, b], |[a, b]| a * b)
}

/// Adds to each of `sums` the entries of a row of a matrix that has as many rows and is stored column by column.
///
/// Of a matrix with one row it adds what [`sum`] gives. Of others it adds columns in their order, from 0, in blocks of
/// 256, whose sums are added in pairs.
///
/// ```
/// let mut sums = [10.0, 20.0];
/// tensor::kernels::add_row_sums(&[1.0, 2.0, 3.0, 4.0], &mut sums); // | 1 3 |
/// assert_eq!(sums, [14.0, 26.0]);                                  // | 2 4 |
/// ```
///
/// # Panics
/// If the entries are not whole columns.
pub fn add_row_sums<T: Scalar>(matrix: &[T], sums: &mut [T]) {
    let rows = sums.len();
    if rows < 2 {
        assert!(rows == 1 || matrix.is_empty(), "entries of a matrix without rows");
        return sums.iter_mut().for_each(|total| *total += sum(matrix));
    }
    assert!(matrix.len().is_multiple_of(rows), "{} entries are not whole columns of {rows}", matrix.len());
    let columns = matrix.len() / rows;
    if columns == 0 {
        return;
    }
    // A thread has rows to itself.
    in_threads(sums, ROWS, ENTRY * columns, |first, sums| {
        for i in (0..sums.len()).step_by(T::PACK) {
            let count = (sums.len() - i).min(T::PACK);
            let total = columns_in_pairs(matrix, [rows, first + i, count], 0..columns);
            let sums = &mut sums[i..];
            store_first(load_first(sums, count) + total, sums, count);
        }
    });
}

/// The sum of some columns, in the `count` rows from `i` on, which fit in a pack.
fn columns_in_pairs<T: Scalar>(matrix: &[T], place: [usize; 3], columns: Range<usize>) -> T::Pack {
    if columns.len() > COLUMNS {
        let middle = columns.start + middle(columns.len(), COLUMNS);
        let left = columns_in_pairs(matrix, place, columns.start..middle);
        return left + columns_in_pairs(matrix, place, middle..columns.end);
    }
    let [rows, i, count] = place;
    let mut total = T::Pack::zero();
    for column in columns {
        total += load_first(&matrix[column * rows + i..], count);
    }
    total
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
    if p.len() <= BLOCK { weighted_square_of_block(p, t, m) } else { weighted_square_in_pairs(p, t, m) }
}

#[inline(never)]
fn weighted_square_in_pairs<T: Scalar>(p: &mut [T], t: &[T], m: &[T]) -> T {
    if p.len() <= BLOCK {
        return weighted_square_of_block(p, t, m);
    }
    let middle = middle(p.len(), BLOCK);
    let (p, rest) = p.split_at_mut(middle);
    let first = weighted_square_in_pairs(p, &t[..middle], &m[..middle]);
    first + weighted_square_in_pairs(rest, &t[middle..], &m[middle..])
}

#[inline(always)]
fn weighted_square_of_block<T: Scalar>(p: &mut [T], t: &[T], m: &[T]) -> T {
    let mut partial = Partial::<T>::new();
    let error = |p: &mut [T], t: &[T], m: &[T], sum: &mut T::Pack| {
        let count = p.len().min(T::PACK);
        let (difference, m) = (load_first(p, count) - load_first(t, count), load_first(m, count));
        *sum += m.select_positive(m * (difference * difference));
        store_first(m.select_positive(T::Pack::from_f64(2.0) * m * difference), p, count);
    };
    let (ps, rest_p) = p.as_chunks_mut::<PARTIAL>();
    let ((ts, rest_t), (ms, rest_m)) = (t.as_chunks::<PARTIAL>(), m.as_chunks::<PARTIAL>());
    let (ts, ms) = (&ts[..ps.len()], &ms[..ps.len()]);
    for (i, p) in ps.iter_mut().enumerate() {
        partial.each_pack(PARTIAL, |j, sum| error(&mut p[j..], &ts[i][j..], &ms[i][j..], sum));
    }
    partial.each_pack(rest_p.len(), |j, sum| error(&mut rest_p[j..], &rest_t[j..], &rest_m[j..], sum));
    partial.total()
}
