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
    if values.len() >= T::PACK {
        T::pack(values)
    } else {
        let mut filled = [T::zero(); MOST];
        copy_few(values, &mut filled[..values.len()]);
        T::pack(&filled)
    }
}

/// Writes a pack over the first of `values`, as many as there are.
#[inline(always)]
pub fn store<T: Scalar>(pack: T::Pack, values: &mut [T]) {
    if values.len() >= T::PACK {
        T::unpack(pack, values);
    } else {
        let mut filled = [T::zero(); MOST];
        T::unpack(pack, &mut filled);
        copy_few(&filled[..values.len()], values);
    }
}

/// Only values go through this call: a pack that did would lie in memory, also where no call is made.
#[cold]
#[inline(never)]
fn copy_few<T: Scalar>(from: &[T], to: &mut [T]) {
    to.copy_from_slice(from);
}

/// Replaces every value of a row by `of(it, others)`, where the others are in the same place of rows of that length.
///
/// ```
/// let mut row = [1.0, 2.0, 3.0];
/// tensor::kernels::map_row(&mut row, [&[4.0, 5.0, 6.0]], |a, [b]| a * b);
/// assert_eq!(row, [4.0, 10.0, 18.0]);
/// ```
///
/// # Panics
/// If another row has another length.
#[inline(always)]
pub fn map_row<T: Scalar, const N: usize>(
    row: &mut [T],
    others: [&[T]; N],
    mut of: impl FnMut(T::Pack, [T::Pack; N]) -> T::Pack,
) {
    let len = row.len();
    for other in others {
        assert_eq!(other.len(), len, "rows of one length");
    }
    let mut packs = row.chunks_exact_mut(T::PACK);
    let mut others: [_; N] = std::array::from_fn(|k| others[k].chunks_exact(T::PACK));
    for values in &mut packs {
        let these = std::array::from_fn(|k| T::pack(others[k].next().expect("as many packs")));
        T::unpack(of(T::pack(values), these), values);
    }
    let rest = packs.into_remainder();
    if !rest.is_empty() {
        let these = std::array::from_fn(|k| load(others[k].remainder()));
        store(of(load(rest), these), rest);
    }
}
