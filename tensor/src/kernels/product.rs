//! Products of matrices of any size, added to what the result already holds.
//!
//! Matrices are slices of entries column by column, as nalgebra's are; their sizes are given beside them, and an empty
//! matrix is as good as any other. The public kernels are compiled once for a kind of scalar.
//!
//! **The order of additions.** Every entry of the result is ((out + a₀·b₀) + a₁·b₁) + …, in the order of the inner
//! index, with no fused multiply-add: the same for all three products, for every kind of scalar, size and machine, and
//! for any number of threads. Small products are loops over columns; larger ones go by tiles, which take the same
//! additions in the same order.

use super::tiles::{self, Stored, Transposed};
use crate::Scalar;

/// Whether a product goes by tiles.
#[inline(always)]
fn in_tiles<T: Scalar>(rows: usize, inner: usize, columns: usize) -> bool {
    let volume = rows * inner * columns;
    if T::PACK > 1 {
        // A tile that is mostly empty, or a panel that is filled for few columns, is lost work.
        (rows >= T::PACK / 4 || inner >= 64) && inner > 1 && columns > 3 && volume >= 2048
    } else {
        T::LANES > 1 && rows >= 8 && inner >= 8 && columns >= 8 && volume >= 4096
    }
}

/// out += a·b for a number b.
#[inline(always)]
fn add_multiple<T: Scalar>(a: &[T], b: T, out: &mut [T]) {
    let spread = b.spread();
    let (mut outs, mut packs) = (out.chunks_exact_mut(T::PACK), a.chunks_exact(T::PACK));
    for (out, a) in (&mut outs).zip(&mut packs) {
        T::unpack(T::pack(out) + T::pack(a) * spread, out);
    }
    for (out, &a) in outs.into_remainder().iter_mut().zip(packs.remainder()) {
        *out += a * b;
    }
}

/// out += A·b for a column b, where A has `rows` rows: a pack of out stays in a register.
#[inline(always)]
fn add_column<T: Scalar>(rows: usize, a: &[T], b: &[T], out: &mut [T]) {
    let whole = rows - rows % T::PACK;
    for i in (0..whole).step_by(T::PACK) {
        let mut sum = T::pack(&out[i..]);
        for (a, &b) in a.chunks_exact(rows).zip(b) {
            sum += T::pack(&a[i..]) * b.spread();
        }
        T::unpack(sum, &mut out[i..]);
    }
    for i in whole..rows {
        let mut sum = out[i];
        for (a, &b) in a.chunks_exact(rows).zip(b) {
            sum += a[i] * b;
        }
        out[i] = sum;
    }
}

/// out += Aᵀ·b for a column b.
#[inline(always)]
fn add_inner_products<T: Scalar>(a: &[T], b: &[T], out: &mut [T]) {
    for (a, out) in a.chunks_exact(b.len()).zip(out) {
        let mut sum = *out;
        for (&a, &b) in a.iter().zip(b) {
            sum += a * b;
        }
        *out = sum;
    }
}

/// Whether there is anything to add, for matrices that have the lengths they should: of rows·inner entries,
/// inner·columns and rows·columns.
#[inline(always)]
fn fits([rows, inner, columns]: [usize; 3], [left, right, out]: [usize; 3]) -> bool {
    let fit = left == rows * inner && right == inner * columns && out == rows * columns;
    assert!(fit, "a product of {rows}×{inner} and {inner}×{columns} has not {left}, {right} and {out} entries");
    left > 0 && right > 0
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
pub fn add_product<T: Scalar>(sizes: [usize; 3], a: &[T], b: &[T], out: &mut [T]) {
    let [rows, inner, columns] = sizes;
    if !fits(sizes, [a.len(), b.len(), out.len()]) {
        return;
    }
    if in_tiles::<T>(rows, inner, columns) {
        let (a, b) = (Stored { entries: a, height: rows }, Stored { entries: b, height: inner });
        return tiles::add(a, b, [rows, inner], out);
    }
    if rows == 1 {
        return add_inner_products(b, a, out);
    }
    let columns = b.chunks_exact(inner).zip(out.chunks_exact_mut(rows));
    if inner == 1 {
        columns.for_each(|(b, out)| add_multiple(a, b[0], out));
    } else {
        columns.for_each(|(b, out)| add_column(rows, a, b, out));
    }
}

/// out += A·Bᵀ, for A of R×C, B of N×C and out of R×N; `sizes` are R, C and N.
///
/// # Panics
/// If the lengths are not those of three such matrices.
pub fn add_product_transposed<T: Scalar>(sizes: [usize; 3], a: &[T], b: &[T], out: &mut [T]) {
    let [rows, inner, columns] = sizes;
    if !fits(sizes, [a.len(), b.len(), out.len()]) {
        return;
    }
    if rows > 1 && in_tiles::<T>(rows, inner, columns) {
        let (a, b) = (Stored { entries: a, height: rows }, Transposed { entries: b, height: columns });
        return tiles::add(a, b, [rows, inner], out);
    }
    if rows == 1 {
        // A row is a column of the transpose.
        return add_column(columns, b, a, out);
    }
    for (a, b) in a.chunks_exact(rows).zip(b.chunks_exact(columns)) {
        for (out, &b) in out.chunks_exact_mut(rows).zip(b) {
            add_multiple(a, b, out);
        }
    }
}

/// out += Aᵀ·B, for A of R×N, B of R×C and out of N×C; `sizes` are N, R and C.
///
/// # Panics
/// If the lengths are not those of three such matrices.
pub fn add_transposed_product<T: Scalar>(sizes: [usize; 3], a: &[T], b: &[T], out: &mut [T]) {
    let [rows, inner, columns] = sizes;
    if !fits(sizes, [a.len(), b.len(), out.len()]) {
        return;
    }
    if in_tiles::<T>(rows, inner, columns) {
        let (a, b) = (Transposed { entries: a, height: inner }, Stored { entries: b, height: inner });
        return tiles::add(a, b, [rows, inner], out);
    }
    if inner == 1 {
        return b.iter().zip(out.chunks_exact_mut(rows)).for_each(|(&b, out)| add_multiple(a, b, out));
    }
    for (b, out) in b.chunks_exact(inner).zip(out.chunks_exact_mut(rows)) {
        add_inner_products(a, b, out);
    }
}
