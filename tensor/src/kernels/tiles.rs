//! Large products, by tiles that stay in registers.
//!
//! A tile of out is two packs of rows by up to eight columns. It is loaded, a·b is added for one inner index after the
//! other, and it is stored. Before that, the two packs of rows of A are packed into a panel, so that they are read in
//! the order of memory for every tile beside each other. A long inner dimension is cut into panels that fit in the
//! first-level cache, and many columns into blocks whose part of B fits in the second. A tile goes on from what out
//! holds in the first panel, and begins at 0 in those after it, each of which is a block of terms; so none of this
//! changes the order of additions.

use super::pack::{array, load_first, store_columns};
use super::product::BLOCK;
use super::threads::in_threads;
use crate::Scalar;

/// An operand of a product: the matrix whose columns of length `height` the entries are, or its transpose.
#[derive(Clone, Copy)]
pub(super) struct Operand<'a, T> {
    entries: &'a [T],
    height: usize,
    is_transposed: bool,
}

/// The most values a pack holds.
pub(super) const WIDEST_PACK: usize = 16;
/// How many bytes of the matrix on the right are read again for every panel: they should stay in the second-level cache.
const READ_AGAIN: usize = 1 << 19;
/// How many packs of rows a tile has, but for the last tile of a column.
const PACKS: usize = 2;
/// How many columns the widest tile has. Half of the registers hold sums, the others what is added.
const fn widest_tile<T: Scalar>() -> usize {
    let (registers, bytes) = if cfg!(target_feature = "avx512f") {
        (32, 64)
    } else if cfg!(target_feature = "avx") {
        (16, 32)
    } else if cfg!(target_arch = "aarch64") {
        (32, 16)
    } else {
        (16, 16)
    };
    registers / 2 * bytes / (PACKS * size_of::<T::Pack>())
}

impl<'a, T: Scalar> Operand<'a, T> {
    pub fn stored(entries: &'a [T], height: usize) -> Self {
        Operand { entries, height, is_transposed: false }
    }
    pub fn transposed(entries: &'a [T], height: usize) -> Self {
        Operand { entries, height, is_transposed: true }
    }

    /// Fills a panel with the rows from `i` on, of which there are `rows`, and the columns from `k` on. A row that is
    /// not there holds anything.
    fn fill<const M: usize>(self, i: usize, rows: usize, k: usize, panel: &mut [[T::Pack; M]]) {
        if self.is_transposed {
            self.fill_from_rows(i, rows, k, panel);
        } else {
            self.fill_from_columns(i, rows, k, panel);
        }
    }

    #[inline(never)]
    fn fill_from_columns<const M: usize>(self, i: usize, rows: usize, k: usize, panel: &mut [[T::Pack; M]]) {
        // Each with what follows it in memory.
        let column = |l: usize| &self.entries[(k + l) * self.height + i..];
        if rows == M * T::PACK {
            for (l, packs) in panel.iter_mut().enumerate() {
                let column = column(l);
                *packs = array(T::Pack::zero(), |m| T::pack(&column[m * T::PACK..]));
            }
        } else {
            for (l, packs) in panel.iter_mut().enumerate() {
                let column = column(l);
                let count = |m: usize| (rows - m * T::PACK).min(T::PACK);
                *packs = array(T::Pack::zero(), |m| load_first(&column[m * T::PACK..], count(m)));
            }
        }
    }

    #[inline(never)]
    fn fill_from_rows<const M: usize>(self, i: usize, rows: usize, k: usize, panel: &mut [[T::Pack; M]]) {
        let len = panel.len();
        for m in 0..M {
            let i = i + m * T::PACK;
            let last = (rows - m * T::PACK).min(T::PACK) - 1;
            let rows: [&[T]; WIDEST_PACK] =
                array(&[][..], |l| &self.entries[(i + l.min(last)) * self.height + k..][..len]);
            let mut blocks = panel.chunks_exact_mut(T::PACK);
            let mut k = 0;
            for panel in &mut blocks {
                let mut block = [T::zero(); WIDEST_PACK * WIDEST_PACK];
                let block = &mut block[..T::PACK * T::PACK];
                for (l, block) in block.chunks_exact_mut(T::PACK).enumerate() {
                    block.copy_from_slice(&rows[l][k..k + T::PACK]);
                }
                transpose(block);
                for (l, packs) in panel.iter_mut().enumerate() {
                    packs[m] = T::pack(&block[l * T::PACK..]);
                }
                k += T::PACK;
            }
            for packs in blocks.into_remainder() {
                let mut values = [T::zero(); WIDEST_PACK];
                for l in 0..T::PACK {
                    values[l] = rows[l][k];
                }
                packs[m] = T::pack(&values);
                k += 1;
            }
        }
    }

    /// The rows from `k` on, of which there are `len`, each from column `j` on, for a product on the left: by their number,
    /// counted from `k`; of a matrix that is stored.
    #[inline(always)]
    fn stored_rows<const N: usize>(self, k: usize, len: usize, j: usize) -> impl Fn(usize) -> [T; N] {
        let columns: [&[T]; N] = array(&[][..], |n| &self.entries[(j + n) * self.height + k..][..len]);
        #[inline(always)]
        move |k| array(T::zero(), |n| columns[n][k])
    }
    /// The same of a transpose.
    #[inline(always)]
    fn transposed_rows<const N: usize>(self, k: usize, len: usize, j: usize) -> impl Fn(usize) -> [T; N] {
        let (entries, height) = (&self.entries[k * self.height + j..], self.height);
        debug_assert!(len > 0 && entries.len() >= (len - 1) * height + N);
        #[inline(always)]
        move |k| *entries[k * height..].first_chunk().expect("a row of a tile")
    }
}

/// Transposes a square block whose side is a power of two. A shuffle that puts the two halves of the block in turns
/// moves the first bit of an entry's place to the end; as many of them as there are bits of a row swap row and column.
#[inline(always)]
fn transpose<T: Scalar>(block: &mut [T]) {
    let mut copy = [T::zero(); WIDEST_PACK * WIDEST_PACK];
    let copy = &mut copy[..block.len()];
    for _ in 0..T::PACK.ilog2() {
        let (upper, lower) = block.split_at(block.len() / 2);
        for (i, pair) in copy.as_chunks_mut().0.iter_mut().enumerate() {
            *pair = [upper[i], lower[i]];
        }
        block.copy_from_slice(copy);
    }
}

/// out += left·right, where left has `rows` rows and `inner` columns.
#[inline]
pub(super) fn add<T: Scalar>(left: Operand<T>, right: Operand<T>, [rows, inner]: [usize; 2], out: &mut [T]) {
    in_threads(out, 8 * rows, inner, |start, out| {
        let sizes = [rows, inner, start / rows];
        // A panel is cleared before it is filled, so a short one should be small.
        match inner {
            0..=16 => add_panels(left, right, sizes, out, &mut [[T::Pack::zero(); PACKS]; 16]),
            17..=64 => add_panels(left, right, sizes, out, &mut [[T::Pack::zero(); PACKS]; 64]),
            _ => add_panels(left, right, sizes, out, &mut [[T::Pack::zero(); PACKS]; BLOCK]),
        }
    });
}

/// The columns of out, of which the first is column `first` of the product, by a panel of as many columns of left as it
/// has room for: a block of terms, or all of them.
#[inline(never)]
fn add_panels<T: Scalar>(
    left: Operand<T>,
    right: Operand<T>,
    [rows, inner, first]: [usize; 3],
    out: &mut [T],
    panel: &mut [[T::Pack; PACKS]],
) {
    let columns = (READ_AGAIN / (panel.len() * size_of::<T>())).next_multiple_of(8);
    let mut k = 0;
    while k < inner {
        let depth = panel.len().min(inner - k);
        for (block, out) in out.chunks_mut(columns * rows).enumerate() {
            let at = [k, first + block * columns];
            for i in (0..rows).step_by(PACKS * T::PACK) {
                let height = (rows - i).min(PACKS * T::PACK);
                if height > T::PACK {
                    let panel = &mut panel[..depth];
                    left.fill(i, height, k, panel);
                    add_strip::<T, 2>(panel, right, at, out, [rows, i, height]);
                } else {
                    let panel = &mut panel.as_flattened_mut().as_chunks_mut::<1>().0[..depth];
                    left.fill(i, height, k, panel);
                    add_strip::<T, 1>(panel, right, at, out, [rows, i, height]);
                }
            }
        }
        k += depth;
    }
}

/// A panel's share in all columns: `right` from row `k` and column `first` on goes to the `height` rows from `i` on of
/// out, whose columns are `rows` long.
#[inline(always)]
fn add_strip<T: Scalar, const M: usize>(
    panel: &[[T::Pack; M]],
    right: Operand<T>,
    [k, first]: [usize; 2],
    out: &mut [T],
    [rows, i, height]: [usize; 3],
) {
    let (columns, widest) = (out.len() / rows, widest_tile::<T>());
    let mut j = 0;
    while j < columns {
        let left = columns - j;
        // Columns that are left over and fill no tile are computed in a whole one that begins among those before them.
        let width = left.next_power_of_two().min(widest);
        let skip = if width > left && j >= width - left { width - left } else { 0 };
        let width = if skip > 0 { width } else { width.min(1 << left.ilog2()) };
        let (tile, at) = (&mut out[(j - skip) * rows + i..], [k, first + j - skip]);
        match width {
            8.. => add_tile::<T, M, 8>(panel, right, at, tile, [rows, height, skip]),
            4.. => add_tile::<T, M, 4>(panel, right, at, tile, [rows, height, skip]),
            2.. => add_tile::<T, M, 2>(panel, right, at, tile, [rows, height, skip]),
            _ => add_tile::<T, M, 1>(panel, right, at, tile, [rows, height, skip]),
        }
        j += width.min(8) - skip;
    }
}

/// A tile of `height` rows, whose first entry is that of out; its first columns, as many as are skipped, are not written.
/// Its sums go on from what out holds if `right` is read from row 0 on, and from 0 if not.
#[inline(never)]
fn add_tile<T: Scalar, const M: usize, const N: usize>(
    panel: &[[T::Pack; M]],
    right: Operand<T>,
    [k, j]: [usize; 2],
    out: &mut [T],
    [rows, height, skip]: [usize; 3],
) {
    // Read with what follows the column in memory, but for columns at the end.
    let is_whole = out.len() >= (N - 1) * rows + M * T::PACK;
    let old = |out: &[T], n: usize, m: usize| {
        let out = &out[n * rows + m * T::PACK..];
        if is_whole { T::pack(out) } else { load_first(out, T::PACK.min(height - m * T::PACK)) }
    };
    let mut sums = [[T::Pack::zero(); M]; N];
    if k == 0 {
        for (n, sums) in sums.iter_mut().enumerate() {
            for (m, sum) in sums.iter_mut().enumerate() {
                *sum = old(out, n, m);
            }
        }
    }
    if right.is_transposed {
        add_terms(panel, right.transposed_rows(k, panel.len(), j), &mut sums);
    } else {
        add_terms(panel, right.stored_rows(k, panel.len(), j), &mut sums);
    }
    if k > 0 {
        for (n, sums) in sums.iter_mut().enumerate() {
            for (m, sum) in sums.iter_mut().enumerate() {
                *sum = old(out, n, m) + *sum;
            }
        }
    }
    store_columns::<T, M, N>(sums, out, [rows, height, skip]);
}

/// Adds the products of a panel and the rows of the matrix on the right to the sums of a tile.
#[inline(always)]
fn add_terms<T: Scalar, const M: usize, const N: usize>(
    panel: &[[T::Pack; M]],
    row: impl Fn(usize) -> [T; N],
    sums: &mut [[T::Pack; M]; N],
) {
    for (k, a) in panel.iter().enumerate() {
        let b = row(k);
        for n in 0..N {
            let b = b[n].spread();
            for m in 0..M {
                sums[n][m] += a[m] * b;
            }
        }
    }
}
