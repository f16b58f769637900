//! Memory for the values of a tape or a program, aligned for vector registers.

use std::ops::{Deref, DerefMut, Range};
use tensor::Scalar;

/// A cache line, and the widest vector register, in bytes.
const LINE: usize = 64;

/// How many entries the place of a node is a multiple of, so that it begins a cache line.
#[inline]
pub(crate) fn stride<T>() -> usize {
    (LINE / size_of::<T>()).max(1)
}

/// So many entries and what fills up their last cache line. Lines hold powers of two, so a mask does what
/// `next_multiple_of` takes a division and a branch for.
#[inline(always)]
pub(crate) fn whole_lines<T>(len: usize) -> usize {
    const { assert!((LINE / size_of::<T>()).is_power_of_two() || size_of::<T>() > LINE) };
    len.wrapping_add(stride::<T>() - 1) & !(stride::<T>() - 1)
}

/// Entries whose first one begins a cache line, fewer than 2³²: sums of small numbers need no check that they fit.
#[derive(Debug, Default)]
pub(crate) struct Arena<T> {
    memory: Vec<T>,
    start: u32,
    len: u32,
}

/// # Panics
/// If `len` entries are too many.
#[inline]
fn small(len: usize) -> u32 {
    u32::try_from(len).expect("a tape or a program holds fewer than 2³² numbers")
}

impl<T: Scalar> Arena<T> {
    /// At least `len` zeros: whole lines.
    pub fn zeros(len: usize) -> Self {
        let len = whole_lines::<T>(len);
        // Zeros that are asked of the allocator take it longer, if they are few.
        let mut memory = Vec::with_capacity(len + stride::<T>());
        memory.resize(len + stride::<T>(), T::zero());
        let start = memory.as_ptr().align_offset(LINE).min(stride::<T>());
        Arena { memory, start: start as u32, len: small(len) }
    }
    /// More entries, up to `end` of them, which hold anything.
    #[inline]
    pub fn grow_to(&mut self, end: usize) {
        let end = small(end.max(self.len as usize));
        if self.start as usize + end as usize > self.memory.len() {
            // Twice as much, or all there can be.
            self.reserve((2 * self.memory.len()).min(u32::MAX as usize - LINE).max(end as usize));
        }
        self.len = end;
    }
    #[cold]
    fn reserve(&mut self, len: usize) {
        let mut larger = Arena::zeros(len);
        larger[..self.len()].copy_from_slice(self);
        *self = larger;
    }
    /// No entries; their memory is kept.
    pub fn clear(&mut self) {
        self.len = 0;
    }
    pub fn of(values: &[T]) -> Self {
        let mut arena = Arena::zeros(values.len());
        arena[..values.len()].copy_from_slice(values);
        arena
    }
}

impl<T: Scalar> Clone for Arena<T> {
    fn clone(&self) -> Self {
        Arena::of(self)
    }
}
impl<T> Arena<T> {
    #[inline(always)]
    fn range(&self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}
impl<T> Deref for Arena<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        &self.memory[self.range()]
    }
}
impl<T> DerefMut for Arena<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        let range = self.range();
        &mut self.memory[range]
    }
}
