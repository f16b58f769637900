//! Products of statically sized matrices, added to what the result already holds.
//!
//! Matrices are slices of columns, `&[[T; R]]`: the length of a column is known to the compiler, the memory is
//! nalgebra's (column by column). The inner loops run down a column, so they have constant length, and each entry of
//! a result is a sum in the order of the inner index: the same order for every path and every kind of scalar.

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

/// out += A·B, for A of R×N, B of N×C and out of R×C.
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
    let a = columns::<T, R>(a);
    for (b, out) in columns::<T, N>(b).iter().zip(columns_mut::<T, R>(out)) {
        for (a, &b) in a.iter().zip(b) {
            for (out, &a) in out.iter_mut().zip(a) {
                *out += a * b;
            }
        }
    }
}

/// out += A·Bᵀ, for A of R×C, B of N×C and out of R×N.
#[inline]
pub fn add_product_transposed<T: Scalar, const R: usize, const N: usize>(a: &[T], b: &[T], out: &mut [T]) {
    let out = columns_mut::<T, R>(out);
    for (a, b) in columns::<T, R>(a).iter().zip(columns::<T, N>(b)) {
        for (out, &b) in out.iter_mut().zip(b) {
            for (out, &a) in out.iter_mut().zip(a) {
                *out += a * b;
            }
        }
    }
}

/// out += Aᵀ·B, for A of R×N, B of R×C and out of N×C.
#[inline]
pub fn add_transposed_product<T: Scalar, const R: usize, const N: usize>(a: &[T], b: &[T], out: &mut [T]) {
    let a = columns::<T, R>(a);
    for (b, out) in columns::<T, R>(b).iter().zip(columns_mut::<T, N>(out)) {
        for (a, out) in a.iter().zip(out) {
            let mut sum = T::zero();
            for (&a, &b) in a.iter().zip(b) {
                sum += a * b;
            }
            *out += sum;
        }
    }
}
