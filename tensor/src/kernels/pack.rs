//! Rows in packs; the last pack is filled up with zeros if values are too few.

use crate::Scalar;

/// The array of `of(0)`, `of(1)`, …, written over copies of any value. A loop: what `std::array::from_fn` and `map` call is
/// not inlined where a crate is compiled in units.
///
/// ```
/// let squares: [usize; 4] = tensor::kernels::array(0, |i| i * i);
/// assert_eq!(squares, [0, 1, 4, 9]);
/// ```
#[inline(always)]
pub fn array<V: Copy, const N: usize>(any: V, mut of: impl FnMut(usize) -> V) -> [V; N] {
    let mut values = [any; N];
    for (i, value) in values.iter_mut().enumerate() {
        *value = of(i);
    }
    values
}

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
    copy_part(from, to);
}

/// A pack that begins with the first `count` of `values`; behind them is anything, as a rule what follows in memory.
#[inline(always)]
pub(super) fn load_first<T: Scalar>(values: &[T], count: usize) -> T::Pack {
    if values.len() >= T::PACK {
        T::pack(values)
    } else {
        let mut filled = [T::zero(); MOST];
        copy_part(&values[..count], &mut filled[..count]);
        T::pack(&filled)
    }
}

/// Writes the first `count` values of a pack over the first of `values`, and touches none behind them: a register that
/// is read where another one was just written in part would have to wait for it.
#[inline(always)]
pub(super) fn store_first<T: Scalar>(pack: T::Pack, values: &mut [T], count: usize) {
    if count >= T::PACK {
        T::unpack(pack, values);
    } else {
        let mut filled = [T::zero(); MOST];
        T::unpack(pack, &mut filled);
        copy_part(&filled[..count], &mut values[..count]);
    }
}

/// Writes N columns of `height` entries, that fill M packs but for the last, into a matrix with `rows` rows, but
/// for the first of them, which are skipped.
///
/// A column that is all of a matrix' column is written as whole packs where what they spill over belongs to columns that
/// are written after it.
#[inline(always)]
pub(super) fn store_columns<T: Scalar, const M: usize, const N: usize>(
    columns: [[T::Pack; M]; N],
    out: &mut [T],
    [rows, height, skip]: [usize; 3],
) {
    let count = height - (M - 1) * T::PACK;
    if count == T::PACK {
        for n in 0..N {
            for m in (0..M).filter(|_| n >= skip) {
                T::unpack(columns[n][m], &mut out[n * rows + m * T::PACK..]);
            }
        }
        return;
    }
    let room = (N * rows).checked_sub(M * T::PACK).filter(|_| height == rows);
    let spills = room.map_or(0, |room| room / rows + 1);
    let mut last = [[T::zero(); MOST]; N];
    for n in 0..N {
        if n >= skip {
            for m in 0..M - 1 {
                T::unpack(columns[n][m], &mut out[n * rows + m * T::PACK..]);
            }
            let place = if n < spills { &mut out[n * rows + (M - 1) * T::PACK..] } else { &mut last[n][..] };
            T::unpack(columns[n][M - 1], place);
        }
    }
    for n in spills.max(skip)..N {
        copy_part(&last[n][..count], &mut out[n * rows + (M - 1) * T::PACK..][..count]);
    }
}

/// Copies less than a pack, without a call: 8, 4, 2 values and 1, as many of these as there are. A piece lies in one half
/// of a register that was just written; for one that does not, the processor would wait.
#[inline(always)]
pub(super) fn copy_part<T: Scalar>(from: &[T], to: &mut [T]) {
    let (from, to) = copy_piece::<T, 8>(from, to);
    let (from, to) = copy_piece::<T, 4>(from, to);
    let (from, to) = copy_piece::<T, 2>(from, to);
    copy_piece::<T, 1>(from, to);
}

/// Copies N values if there are as many, and gives what is left.
#[inline(always)]
fn copy_piece<'f, 't, T: Scalar, const N: usize>(from: &'f [T], to: &'t mut [T]) -> (&'f [T], &'t mut [T]) {
    match from.split_first_chunk::<N>() {
        Some((piece, from)) => {
            let (place, to) = to.split_first_chunk_mut::<N>().expect("as many places");
            *place = *piece;
            (from, to)
        }
        None => (from, to),
    }
}

/// Replaces every value of a row by `of(it, others)`, where the others are in the same place of rows of that length.
///
/// ```
/// let mut row = [1.0, 2.0, 3.0];
/// tensor::kernels::map_row(&mut row, [&[4.0, 5.0, 6.0]], |a, [b]| a * b);
/// assert_eq!(row, [4.0, 10.0, 18.0]);
/// ```
///
/// Of a row that fills no whole number of registers, `of` sees some values twice.
///
/// # Panics
/// If another row has another length.
#[inline(always)]
pub fn map_row<T: Scalar, const N: usize>(
    row: &mut [T],
    others: [&[T]; N],
    of: impl Fn(T::Pack, [T::Pack; N]) -> T::Pack,
) {
    let len = row.len();
    for other in others {
        assert_eq!(other.len(), len, "rows of one length");
    }
    let zero = T::Pack::zero();
    // What is behind the last whole pack is computed with values before it, from what they were.
    let overlap = len.checked_sub(T::PACK).filter(|_| !len.is_multiple_of(T::PACK));
    let last = overlap.map(|start| T::pack(&row[start..]));
    let mut packs: [_; N] = std::array::from_fn(|k| others[k].chunks_exact(T::PACK));
    for values in row.chunks_exact_mut(T::PACK) {
        let these = array(zero, |k| T::pack(packs[k].next().expect("as many packs")));
        T::unpack(of(T::pack(values), these), values);
    }
    if let (Some(start), Some(values)) = (overlap, last) {
        let these = array(zero, |k| T::pack(&others[k][start..]));
        T::unpack(of(values, these), &mut row[start..]);
    } else if len < T::PACK && len > 0 {
        let these = array(zero, |k| load(others[k]));
        store(of(load(row), these), row);
    }
}
