//! Products of matrices of any size, added to what the result already holds.
//!
//! Matrices are slices of entries column by column, as nalgebra's are; their sizes are given beside them, and an empty
//! matrix is as good as any other.
//!
//! **The order of additions.** Every entry of the result is ((out + a₀·b₀) + a₁·b₁) + …, in the order of the inner
//! index, up to number 255; to that is added (0 + a₂₅₆·b₂₅₆) + … up to number 511, and so on, with no fused multiply-add:
//! the same for all three products, for every kind of scalar, size and machine, and for any number of threads. Small
//! products are loops over columns; larger ones go by tiles, those with few rows as their transpose; all take the same
//! additions in the same order. So an entry with n terms is off by at most 256 + n/256 roundings of the sum of their sizes:
//! for n = 10⁶ in single precision by 2.5·10⁻⁴ of it, and as roundings go up and down by less than a hundredth of that.

use super::pack::{array, load_first, store_columns};
use super::threads::{ENTRY, in_threads};
use super::tiles::{self, Operand, WIDEST_PACK};
use crate::Scalar;

/// Whether a product goes by tiles.
#[inline(always)]
fn in_tiles<T: Scalar>(rows: usize, inner: usize, columns: usize) -> bool {
    let volume = rows * inner * columns;
    if T::PACK > 1 {
        // A panel that is filled for few columns is lost work, and so is a panel of few; a tile that is mostly empty is
        // lost for a single row.
        (rows > 1 || inner >= 64) && inner > 4 && columns > 1 && volume >= 1024
    } else {
        T::LANES > 1 && rows >= 8 && inner >= 8 && columns >= 8 && volume >= 4096
    }
}

/// How many terms of an entry are added one after the other.
pub(super) const BLOCK: usize = 256;

/// The `count` rows from `i` on of column `k` of a matrix.
#[inline(always)]
fn part_of_column<T: Scalar>(matrix: &[T], rows: usize) -> impl Fn(usize, usize, usize) -> T::Pack + Copy + Sync {
    move |k, i, count| load_first(&matrix[k * rows + i..], count)
}

/// The same of the transpose of a matrix.
#[inline(always)]
fn part_of_row<T: Scalar>(matrix: &[T], height: usize) -> impl Fn(usize, usize, usize) -> T::Pack + Copy + Sync {
    move |k, i, count| {
        let mut values = [T::zero(); WIDEST_PACK];
        for (l, value) in values[..count].iter_mut().enumerate() {
            *value = matrix[(i + l) * height + k];
        }
        T::pack(&values)
    }
}

/// out += left·right for a left matrix of K columns, whose packs of rows stay in registers: `left` gives that of column k
/// with `count` rows from i on, and `right` the entry in row k and column j.
#[inline(always)]
fn add_narrow<T: Scalar, const K: usize>(
    rows: usize,
    left: impl Fn(usize, usize, usize) -> T::Pack + Copy + Sync,
    right: impl Fn(usize, usize) -> T + Copy + Sync,
    out: &mut [T],
) {
    in_threads(out, rows, K * ENTRY, |start, out| {
        let first = start / rows;
        for i in (0..rows).step_by(T::PACK) {
            let count = (rows - i).min(T::PACK);
            let packs: [T::Pack; K] = array(T::Pack::zero(), |k| left(k, i, count));
            let columns = out.len() / rows;
            if count == T::PACK {
                for j in 0..columns {
                    let out = &mut out[j * rows + i..];
                    let mut sum = T::pack(out);
                    for (k, &pack) in packs.iter().enumerate() {
                        sum += pack * right(k, first + j).spread();
                    }
                    T::unpack(sum, out);
                }
                continue;
            }
            let mut j = 0;
            // Columns that are read with what follows them in memory, and the last ones.
            while (j + 3) * rows + i + T::PACK <= out.len() {
                let group = &mut out[j * rows + i..];
                add_to_columns::<T, K, 4>(packs, right, first + j, group, [rows, count], T::pack);
                j += 4;
            }
            for j in j..columns {
                let group = &mut out[j * rows + i..];
                add_to_columns::<T, K, 1>(packs, right, first + j, group, [rows, count], |out| load_first(out, count));
            }
        }
    });
}

/// The share of `count` rows in N columns, all of which are read before the first is written.
#[inline(always)]
fn add_to_columns<T: Scalar, const K: usize, const N: usize>(
    left: [T::Pack; K],
    right: impl Fn(usize, usize) -> T,
    first: usize,
    out: &mut [T],
    [rows, count]: [usize; 2],
    load: impl Fn(&[T]) -> T::Pack,
) {
    let mut sums = [[T::Pack::zero()]; N];
    for (n, [sum]) in sums.iter_mut().enumerate() {
        *sum = load(&out[n * rows..]);
        for (k, &pack) in left.iter().enumerate() {
            *sum += pack * right(k, first + n).spread();
        }
    }
    store_columns::<T, 1, N>(sums, out, [rows, count, 0]);
}

/// The same for any number of columns of left, where the sums of N columns of out stay in registers.
#[inline(always)]
fn add_columns<T: Scalar, const N: usize>(
    [rows, inner]: [usize; 2],
    left: &[T],
    right: impl Fn(usize, usize) -> T + Copy,
    first: usize,
    out: &mut [T],
) {
    for i in (0..rows).step_by(T::PACK) {
        let count = (rows - i).min(T::PACK);
        for block in (0..inner).step_by(BLOCK) {
            let mut sums = [[T::Pack::zero()]; N];
            if block == 0 {
                for (n, [sum]) in sums.iter_mut().enumerate() {
                    *sum = load_first(&out[n * rows + i..], count);
                }
            }
            for k in block..inner.min(block + BLOCK) {
                let pack = load_first(&left[k * rows + i..], count);
                for (n, [sum]) in sums.iter_mut().enumerate() {
                    *sum += pack * right(k, first + n).spread();
                }
            }
            if block > 0 {
                for (n, [sum]) in sums.iter_mut().enumerate() {
                    *sum = load_first(&out[n * rows + i..], count) + *sum;
                }
            }
            store_columns::<T, 1, N>(sums, &mut out[i..], [rows, count, 0]);
        }
    }
}

/// out += left·right, where left has `rows` rows and `inner` columns, for products that are too small for tiles.
#[inline(always)]
fn add_small<T: Scalar>(
    [rows, inner]: [usize; 2],
    left: &[T],
    right: impl Fn(usize, usize) -> T + Copy + Sync,
    out: &mut [T],
) {
    match inner {
        1 => add_narrow::<T, 1>(rows, part_of_column(left, rows), right, out),
        2 => add_narrow::<T, 2>(rows, part_of_column(left, rows), right, out),
        3 => add_narrow::<T, 3>(rows, part_of_column(left, rows), right, out),
        4 => add_narrow::<T, 4>(rows, part_of_column(left, rows), right, out),
        _ => {
            let (mut j, columns) = (0, out.len() / rows);
            while j < columns {
                let out = &mut out[j * rows..];
                j += match columns - j {
                    4.. => {
                        add_columns::<T, 4>([rows, inner], left, right, j, out);
                        4
                    }
                    2.. => {
                        add_columns::<T, 2>([rows, inner], left, right, j, out);
                        2
                    }
                    _ => {
                        add_columns::<T, 1>([rows, inner], left, right, j, out);
                        1
                    }
                };
            }
        }
    }
}

/// out += Aᵀ·b for a column b.
#[inline(always)]
fn add_inner_products<T: Scalar>(a: &[T], b: &[T], out: &mut [T]) {
    for (a, out) in a.chunks_exact(b.len()).zip(out) {
        for (block, (a, b)) in a.chunks(BLOCK).zip(b.chunks(BLOCK)).enumerate() {
            let mut sum = if block == 0 { *out } else { T::zero() };
            for (&a, &b) in a.iter().zip(b) {
                sum += a * b;
            }
            *out = if block == 0 { sum } else { *out + sum };
        }
    }
}

/// Whether a product is computed as its transpose: where its columns would fill less than half of a register.
#[inline(always)]
fn is_turned<T: Scalar>(rows: usize, inner: usize, columns: usize) -> bool {
    2 * rows < T::PACK && inner > 4 && columns >= T::PACK && rows * inner * columns >= 2048
}

/// How many entries of a product are turned at a time.
const TURNED: usize = 1024;

/// out += a product with few rows: its transpose, which is rightᵀ·leftᵀ, by tiles, some columns of out at a time.
/// `first` gives rightᵀ from a row on, and `second` is leftᵀ.
fn add_turned<'a, T: Scalar>(
    [rows, inner]: [usize; 2],
    first: impl Fn(usize) -> Operand<'a, T> + Sync,
    second: Operand<'_, T>,
    out: &mut [T],
) {
    let most = TURNED / rows;
    in_threads(out, most * rows, inner, |start, out| {
        for (block, out) in out.chunks_mut(most * rows).enumerate() {
            let columns = out.len() / rows;
            let mut turned = [T::zero(); TURNED];
            let turned = &mut turned[..out.len()];
            for (j, column) in out.chunks_exact(rows).enumerate() {
                for (i, &entry) in column.iter().enumerate() {
                    turned[i * columns + j] = entry;
                }
            }
            tiles::add(first(start / rows + block * most), second, [columns, inner], turned);
            for (j, column) in out.chunks_exact_mut(rows).enumerate() {
                for (i, entry) in column.iter_mut().enumerate() {
                    *entry = turned[i * columns + j];
                }
            }
        }
    });
}

/// Whether there is anything to add, for matrices that have the lengths they should: of rows·inner entries,
/// inner·columns and rows·columns.
#[inline(always)]
fn fits([rows, inner, columns]: [usize; 3], [left, right, out]: [usize; 3]) -> bool {
    let fit = left == rows * inner && right == inner * columns && out == rows * columns;
    assert!(fit, "a product of {rows}×{inner} and {inner}×{columns} has not {left}, {right} and {out} entries");
    left > 0 && right > 0
}

/// out += a product of two matrices, with the sizes of result's rows, inner dimension and result's columns.
type Product<T> = fn([usize; 3], &[T], &[T], &mut [T]);

/// The three products of one kind of scalar. What is in a table of a static is compiled once, in the crate of the static;
/// a generic function is compiled again in every crate that calls it.
#[derive(Debug)]
pub struct Products<T: 'static> {
    /// A·B.
    plain: Product<T>,
    /// A·Bᵀ.
    right_transposed: Product<T>,
    /// Aᵀ·B.
    left_transposed: Product<T>,
}

impl<T: Scalar> Products<T> {
    /// By registers and by tiles.
    pub(crate) const IN_REGISTERS: Self =
        Products { plain: product, right_transposed: product_transposed, left_transposed: transposed_product };
    /// By loops, with the same additions in the same order: slow, and compiled in no time.
    pub(crate) const IN_LOOPS: Self = Products {
        plain: |sizes, a, b, out| {
            add_in_loops(sizes, |i, k| a[k * sizes[0] + i], |k, j| b[j * sizes[1] + k], out);
        },
        right_transposed: |sizes, a, b, out| {
            add_in_loops(sizes, |i, k| a[k * sizes[0] + i], |k, j| b[k * sizes[2] + j], out);
        },
        left_transposed: |sizes, a, b, out| {
            add_in_loops(sizes, |i, k| a[i * sizes[1] + k], |k, j| b[j * sizes[1] + k], out);
        },
    };
}

fn add_in_loops<T: Scalar>(
    [rows, inner, _]: [usize; 3],
    left: impl Fn(usize, usize) -> T,
    right: impl Fn(usize, usize) -> T,
    out: &mut [T],
) {
    for (place, out) in out.iter_mut().enumerate() {
        let (i, j) = (place % rows, place / rows);
        for block in (0..inner).step_by(BLOCK) {
            let mut sum = if block == 0 { *out } else { T::zero() };
            for k in block..inner.min(block + BLOCK) {
                sum += left(i, k) * right(k, j);
            }
            *out = if block == 0 { sum } else { *out + sum };
        }
    }
}

/// out += A·B, for A of R×N, B of N×C and out of R×C; `sizes` are R, N and C.
///
/// # Panics
/// If the lengths are not those of three such matrices.
///
/// ```
/// let a = [1.0, 3.0, 2.0, 4.0]; // | 1 2 |
/// let b = [1.0, -1.0];          // | 3 4 |
/// let mut out = [0.0; 2];
/// tensor::kernels::add_product([2, 2, 1], &a, &b, &mut out);
/// assert_eq!(out, [-1.0, -1.0]);
/// ```
#[inline]
pub fn add_product<T: Scalar>(sizes: [usize; 3], a: &[T], b: &[T], out: &mut [T]) {
    if fits(sizes, [a.len(), b.len(), out.len()]) {
        (T::products().plain)(sizes, a, b, out);
    }
}

/// out += A·Bᵀ, for A of R×C, B of N×C and out of R×N; `sizes` are R, C and N.
///
/// # Panics
/// If the lengths are not those of three such matrices.
#[inline]
pub fn add_product_transposed<T: Scalar>(sizes: [usize; 3], a: &[T], b: &[T], out: &mut [T]) {
    if fits(sizes, [a.len(), b.len(), out.len()]) {
        (T::products().right_transposed)(sizes, a, b, out);
    }
}

/// out += Aᵀ·B, for A of R×N, B of R×C and out of N×C; `sizes` are N, R and C.
///
/// # Panics
/// If the lengths are not those of three such matrices.
#[inline]
pub fn add_transposed_product<T: Scalar>(sizes: [usize; 3], a: &[T], b: &[T], out: &mut [T]) {
    if fits(sizes, [a.len(), b.len(), out.len()]) {
        (T::products().left_transposed)(sizes, a, b, out);
    }
}

fn product<T: Scalar>([rows, inner, columns]: [usize; 3], a: &[T], b: &[T], out: &mut [T]) {
    if is_turned::<T>(rows, inner, columns) {
        let first = |j: usize| Operand::transposed(&b[j * inner..], inner);
        return add_turned([rows, inner], first, Operand::transposed(a, rows), out);
    }
    if in_tiles::<T>(rows, inner, columns) {
        let (a, b) = (Operand::stored(a, rows), Operand::stored(b, inner));
        return tiles::add(a, b, [rows, inner], out);
    }
    if rows == 1 {
        return add_inner_products(b, a, out);
    }
    add_small([rows, inner], a, |k, j| b[j * inner + k], out);
}

fn product_transposed<T: Scalar>([rows, inner, columns]: [usize; 3], a: &[T], b: &[T], out: &mut [T]) {
    if is_turned::<T>(rows, inner, columns) {
        let first = |j: usize| Operand::stored(&b[j..], columns);
        return add_turned([rows, inner], first, Operand::transposed(a, rows), out);
    }
    if rows > 1 && in_tiles::<T>(rows, inner, columns) {
        let (a, b) = (Operand::stored(a, rows), Operand::transposed(b, columns));
        return tiles::add(a, b, [rows, inner], out);
    }
    if rows == 1 {
        // A row is a column of the transpose.
        return add_small([columns, inner], b, |k, _| a[k], out);
    }
    add_small([rows, inner], a, |k, j| b[k * columns + j], out);
}

fn transposed_product<T: Scalar>([rows, inner, columns]: [usize; 3], a: &[T], b: &[T], out: &mut [T]) {
    if in_tiles::<T>(rows, inner, columns) {
        let (a, b) = (Operand::transposed(a, inner), Operand::stored(b, inner));
        return tiles::add(a, b, [rows, inner], out);
    }
    if rows > 1 && columns > 1 {
        let (left, right) = (part_of_row(a, inner), |k, j| b[j * inner + k]);
        match inner {
            1 => return add_narrow::<T, 1>(rows, part_of_column(a, rows), right, out),
            2 => return add_narrow::<T, 2>(rows, left, right, out),
            3 => return add_narrow::<T, 3>(rows, left, right, out),
            4 => return add_narrow::<T, 4>(rows, left, right, out),
            _ => {}
        }
    }
    for (b, out) in b.chunks_exact(inner).zip(out.chunks_exact_mut(rows)) {
        add_inner_products(a, b, out);
    }
}
