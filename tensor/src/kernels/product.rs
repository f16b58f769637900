//! Products of statically sized matrices, added to what the result already holds.
//!
//! Matrices are slices of columns, `&[[T; R]]`: the length of a column is known to the compiler, the memory is
//! nalgebra's (column by column).
//!
//! **The order of additions.** Every entry of the result is ((out + a₀·b₀) + a₁·b₁) + …, in the order of the inner
//! index, with no fused multiply-add: the same for all three products, for every kind of scalar, size and machine, and
//! for any number of threads. Small products are loops over columns; larger ones go by tiles, which take the same
//! additions in the same order.

use super::tiles::{self, Stored, Transposed};
use crate::Scalar;

/// The columns of a matrix with `R` rows that is stored column by column.
///
/// # Panics
/// If the length of `entries` is not a multiple of `R`.
#[inline]
pub fn columns<T, const R: usize>(entries: &[T]) -> &[[T; R]] {
    let (columns, rest) = entries.as_chunks::<R>();
    assert!(rest.is_empty(), "{} entries are not whole columns of {R}", entries.len());
    columns
}

/// [`columns`], to be written.
///
/// # Panics
/// If the length of `entries` is not a multiple of `R`.
#[inline]
pub fn columns_mut<T, const R: usize>(entries: &mut [T]) -> &mut [[T; R]] {
    let (columns, rest) = entries.as_chunks_mut::<R>();
    assert!(rest.is_empty(), "entries are not whole columns of {R}: {} are left over", rest.len());
    columns
}

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

/// Out of line, because some of the small loops get several times slower if the compiler knows all lengths.
#[inline(never)]
fn must_fit(sizes: bool) {
    assert!(sizes, "the sizes of a product fit");
}

/// out += a·b for a number b.
#[inline(always)]
fn add_multiple<T: Scalar, const R: usize>(a: &[T; R], b: T, out: &mut [T; R]) {
    // Left to itself, the compiler unrolls columns of this length into single numbers.
    if T::PACK > 1 && R >= T::PACK && R < 64 {
        let whole = R - R % T::PACK;
        let spread = b.spread();
        for (out, a) in out[..whole].chunks_exact_mut(T::PACK).zip(a.chunks_exact(T::PACK)) {
            T::unpack(T::pack(out) + T::pack(a) * spread, out);
        }
        for (out, &a) in out[whole..].iter_mut().zip(&a[whole..]) {
            *out += a * b;
        }
    } else {
        for (out, &a) in out.iter_mut().zip(a) {
            *out += a * b;
        }
    }
}

/// out += Aᵀ·b for a column b.
#[inline(always)]
fn add_inner_products<T: Scalar, const R: usize>(a: &[[T; R]], b: &[T; R], out: &mut [T]) {
    for (a, out) in a.iter().zip(out) {
        let mut sum = *out;
        for (&a, &b) in a.iter().zip(b) {
            sum += a * b;
        }
        *out = sum;
    }
}

/// out += A·B, for A of R×N, B of N×C and out of R×C.
///
/// # Panics
/// If the lengths are not those of three such matrices.
///
/// ```
/// let a = [1.0, 3.0, 2.0, 4.0]; // | 1 2 |
/// let b = [1.0, -1.0];          // | 3 4 |
/// let mut out = [0.0; 2];
/// tensor::kernels::add_product::<f64, 2, 2>(&a, &b, &mut out);
/// assert_eq!(out, [-1.0, -1.0]);
/// ```
#[inline]
pub fn add_product<T: Scalar, const R: usize, const N: usize>(a: &[T], b: &[T], out: &mut [T]) {
    let columns_of_out = out.len() / R;
    must_fit(a.len() == R * N && b.len() == N * columns_of_out);
    if in_tiles::<T>(R, N, columns_of_out) {
        let (a, b) = (Stored { entries: a, height: R }, Stored { entries: b, height: N });
        return tiles::add(a, b, [R, N], out);
    }
    if R == 1 {
        return add_inner_products::<T, N>(columns(b), &columns(a)[0], out);
    }
    let a = columns::<T, R>(a);
    for (b, out) in columns::<T, N>(b).iter().zip(columns_mut::<T, R>(out)) {
        for (a, &b) in a.iter().zip(b) {
            add_multiple(a, b, out);
        }
    }
}

/// out += A·Bᵀ, for A of R×C, B of N×C and out of R×N.
///
/// # Panics
/// If the lengths are not those of three such matrices.
#[inline]
pub fn add_product_transposed<T: Scalar, const R: usize, const N: usize>(a: &[T], b: &[T], out: &mut [T]) {
    let inner = a.len() / R;
    assert!(b.len() == N * inner && out.len() == R * N, "the sizes of a product fit");
    if R > 1 && in_tiles::<T>(R, inner, N) {
        let (a, b) = (Stored { entries: a, height: R }, Transposed { entries: b, height: N });
        return tiles::add(a, b, [R, inner], out);
    }
    if R == 1 {
        let out = &mut columns_mut(out)[0];
        for (&a, b) in a.iter().zip(columns::<T, N>(b)) {
            add_multiple(b, a, out);
        }
        return;
    }
    let out = columns_mut::<T, R>(out);
    for (a, b) in columns::<T, R>(a).iter().zip(columns::<T, N>(b)) {
        for (out, &b) in out.iter_mut().zip(b) {
            add_multiple(a, b, out);
        }
    }
}

/// out += Aᵀ·B, for A of R×N, B of R×C and out of N×C.
///
/// # Panics
/// If the lengths are not those of three such matrices.
#[inline]
pub fn add_transposed_product<T: Scalar, const R: usize, const N: usize>(a: &[T], b: &[T], out: &mut [T]) {
    let columns_of_out = out.len() / N;
    must_fit(a.len() == R * N && b.len() == R * columns_of_out);
    if in_tiles::<T>(N, R, columns_of_out) {
        let (a, b) = (Transposed { entries: a, height: R }, Stored { entries: b, height: R });
        return tiles::add(a, b, [N, R], out);
    }
    let a = columns::<T, R>(a);
    for (b, out) in columns::<T, R>(b).iter().zip(columns_mut::<T, N>(out)) {
        add_inner_products(a, b, out);
    }
}
