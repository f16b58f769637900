//! Rows in packs; the last pack is filled up with zeros if values are too few.

use crate::Scalar;

/// The most values that a pack holds.
const MOST: usize = 16;

/// The first pack of `values`, filled up with zeros if they are too few.
///
/// ```
/// use tensor::{Scalar, kernels};
///
/// let row = [1.0_f32; 20];
/// assert_eq!(kernels::load(&row), 1.0_f32.spread()); // as many as a pack holds
/// let three = kernels::load::<f32>(&row[..3]);
/// let mut back = [9.0_f32; 5];
/// kernels::store::<f32>(three, &mut back[..4]);
/// assert_eq!(back, [1.0, 1.0, 1.0, 0.0, 9.0]);
/// ```
#[inline(always)]
pub fn load<T: Scalar>(values: &[T]) -> T::Pack {
    if values.len() >= T::PACK { T::pack(values) } else { load_few(values) }
}

/// Writes a pack over the first of `values`, as many as there are.
#[inline(always)]
pub fn store<T: Scalar>(pack: T::Pack, values: &mut [T]) {
    if values.len() >= T::PACK {
        T::unpack(pack, values);
    } else {
        store_few(pack, values);
    }
}

#[cold]
#[inline(never)]
fn load_few<T: Scalar>(values: &[T]) -> T::Pack {
    let mut filled = [T::zero(); MOST];
    filled[..values.len()].copy_from_slice(values);
    T::pack(&filled)
}

#[cold]
#[inline(never)]
fn store_few<T: Scalar>(pack: T::Pack, values: &mut [T]) {
    let mut filled = [T::zero(); MOST];
    T::unpack(pack, &mut filled);
    values.copy_from_slice(&filled[..values.len()]);
}

/// Replaces every value of a row: those from number i on by `of(i, they)`.
#[inline(always)]
pub fn map_row<T: Scalar>(row: &mut [T], mut of: impl FnMut(usize, T::Pack) -> T::Pack) {
    let mut packs = row.chunks_exact_mut(T::PACK);
    let mut i = 0;
    for values in &mut packs {
        T::unpack(of(i, T::pack(values)), values);
        i += T::PACK;
    }
    let rest = packs.into_remainder();
    if !rest.is_empty() {
        store_few(of(i, load_few(rest)), rest);
    }
}
