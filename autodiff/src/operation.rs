//! What an operation is: a forward rule, a backward rule, a cost, and the kinks in between.

use crate::arena::whole_lines;
use crate::formula::Formula;
use std::any::Any;
use std::fmt::Debug;
use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;
use tensor::kernels::array;
use tensor::{Dual, Scalar};

/// Where the entries of a node lie in the arena, column by column. Small numbers: their sums cannot overflow, and need no
/// check of it.
///
/// The numbers that an operation keeps for its backward rule lie behind the entries, in cache lines of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slot {
    offset: u32,
    shape: [u32; 2],
    kept: u32,
}

impl Slot {
    #[inline]
    pub fn new(offset: usize, shape: [usize; 2], kept: usize) -> Self {
        // What lies in an arena is counted by small numbers.
        let small = |number: usize| number as u32;
        Slot { offset: small(offset), shape: shape.map(small), kept: small(kept) }
    }
    /// The same, elsewhere.
    pub fn moved_to(self, offset: usize) -> Self {
        Slot { offset: offset as u32, ..self }
    }
    /// Whether it is of this shape, with room for so many numbers to keep.
    #[inline]
    pub fn is_of(self, shape: [usize; 2], kept: usize) -> bool {
        self.shape() == shape && self.kept as usize == kept
    }
    /// Where the entries begin.
    #[inline(always)]
    pub fn offset(self) -> usize {
        self.offset as usize
    }
    /// Rows and columns.
    #[inline]
    pub fn shape(self) -> [usize; 2] {
        [self.shape[0] as usize, self.shape[1] as usize]
    }
    /// The number of entries.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.shape[0] as usize * self.shape[1] as usize
    }
    /// The entries of the node.
    #[inline(always)]
    pub fn range(self) -> Range<usize> {
        self.offset()..self.offset() + self.len()
    }
    /// The entries with the zeros that fill up their last cache line. A single number has none.
    #[inline(always)]
    pub fn padded<T>(self) -> Range<usize> {
        self.offset()..self.offset() + padded::<T>(self.len())
    }
    /// What the operation keeps, counted from `offset`.
    #[inline(always)]
    fn kept<T>(self) -> Range<usize> {
        let start = whole_lines::<T>(self.len());
        start..start + self.kept as usize
    }
    /// The same, counted from behind the entries.
    #[inline]
    pub fn behind<T>(self) -> Range<usize> {
        if self.kept == 0 {
            return 0..0;
        }
        let Range { start, end } = self.kept::<T>();
        start - self.len()..end - self.len()
    }
    /// What the operation keeps.
    #[inline(always)]
    pub fn kept_range<T>(self) -> Range<usize> {
        if self.kept == 0 {
            return self.offset()..self.offset();
        }
        let Range { start, end } = self.kept::<T>();
        self.offset() + start..self.offset() + end
    }
    /// Where the next node may begin. The single number of a result needs no registers, and takes no more than it is.
    #[inline]
    pub fn end<T>(self, is_result: bool) -> usize {
        if self.is_alone(is_result) {
            return self.offset() + 1;
        }
        self.offset() + whole_lines::<T>(self.kept::<T>().end)
    }
    /// Whether it is one number that no kernel reads as a register.
    #[inline]
    pub fn is_alone(self, is_result: bool) -> bool {
        is_result && self.shape == [1, 1] && self.kept == 0
    }
}

/// How many entries `len` of them are with the zeros that fill up the last cache line.
#[inline(always)]
pub(crate) fn padded<T>(len: usize) -> usize {
    if len == 1 { 1 } else { whole_lines::<T>(len) }
}

/// The values an operation is applied to.
#[derive(Clone, Copy)]
pub struct Operands<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) slots: &'a [Slot],
}

impl<'a, T> Operands<'a, T> {
    /// The entries of operand `i`, column by column.
    #[inline]
    pub fn get(&self, i: usize) -> &'a [T] {
        &self.values[self.slots[i].range()]
    }
    /// The entries of operand `i`, with the zeros that fill up their last cache line.
    #[inline(always)]
    pub(crate) fn padded(&self, i: usize) -> &'a [T] {
        &self.values[self.slots[i].padded::<T>()]
    }
    /// The entries of the first `N` operands.
    ///
    /// # Panics
    /// If there are fewer.
    #[inline(always)]
    pub fn first<const N: usize>(&self) -> [&'a [T]; N] {
        let slots = self.slots.first_chunk::<N>().expect("enough operands");
        array(&[][..], |i| &self.values[slots[i].range()])
    }
}

/// What a forward rule writes: the entries of the result, column by column, as which it can be used, and numbers to keep
/// for the backward rule, as many as [`Operation::kept`] says.
pub struct Output<'a, T> {
    pub(crate) result: &'a mut [T],
    pub(crate) kept: &'a mut [T],
}

impl<'a, T> Output<'a, T> {
    /// The place of the node at `slot` in `above`, which begins with it.
    #[inline(always)]
    pub(crate) fn at(slot: &Slot, above: &'a mut [T]) -> Self {
        if slot.kept == 0 {
            return Output { result: &mut above[..slot.len()], kept: &mut [] };
        }
        let Range { start, end } = slot.kept::<T>();
        let (value, kept) = above[..end].split_at_mut(start);
        Output { result: &mut value[..slot.len()], kept }
    }
    /// What is kept for the backward rule, which holds anything before.
    #[inline]
    pub fn kept(&mut self) -> &mut [T] {
        self.kept
    }
}

impl<T> Deref for Output<'_, T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        self.result
    }
}
impl<T> DerefMut for Output<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        self.result
    }
}

/// What a backward rule reads and writes: values, the derivative that comes from above, derivatives to add to.
pub struct Pullback<'a, T> {
    pub(crate) operands: Operands<'a, T>,
    pub(crate) wanted: &'a [bool],
    pub(crate) result: &'a [T],
    pub(crate) kept: &'a [T],
    pub(crate) upstream: &'a [T],
    /// What lies behind `upstream`, and where its node is.
    pub(crate) rest: &'a mut [T],
    pub(crate) slot: Slot,
    pub(crate) below: &'a mut [T],
}

impl<'a, T> Pullback<'a, T> {
    /// The values of the first `N` operands.
    ///
    /// # Panics
    /// If there are fewer.
    #[inline(always)]
    pub fn first<const N: usize>(&self) -> [&'a [T]; N] {
        self.operands.first()
    }
    /// The value of operand `i`.
    #[inline]
    pub fn operand(&self, i: usize) -> &'a [T] {
        self.operands.get(i)
    }
    /// The value the operation had.
    #[inline]
    pub fn result(&self) -> &'a [T] {
        self.result
    }
    /// What the forward rule kept.
    #[inline]
    pub fn kept(&self) -> &'a [T] {
        self.kept
    }
    /// ∂ℓ/∂result, laid out like the result.
    #[inline]
    pub fn upstream(&self) -> &'a [T] {
        self.upstream
    }
    /// Whether the derivative by operand `i` is wanted; what is not wanted need not be computed.
    #[inline]
    pub fn wants(&self, i: usize) -> bool {
        self.wanted[i]
    }
    /// The value of operand `i`, with the zeros that fill up its last cache line.
    #[inline(always)]
    pub(crate) fn padded(&self, i: usize) -> &'a [T] {
        self.operands.padded(i)
    }
    /// As many numbers as [`Operation::kept`] says, for the rule to compute with, which hold anything before; once. They
    /// are others than those that the forward rule kept.
    pub fn scratch(&mut self) -> &'a mut [T] {
        &mut std::mem::take(&mut self.rest)[self.slot.behind::<T>()]
    }
    /// ∂ℓ/∂operand `i`, with what fills up its last cache line, to which nothing but zeros may be added.
    #[inline(always)]
    pub(crate) fn padded_derivatives<const N: usize>(&mut self, operands: [usize; N]) -> [&mut [T]; N] {
        let ranges = std::array::from_fn(|k| self.operands.slots[operands[k]].padded::<T>());
        self.below.get_disjoint_mut(ranges).expect("the operands are different nodes")
    }
    /// ∂ℓ/∂operand `i`, laid out like the operand: the rule adds its share to it.
    #[inline]
    pub fn derivative(&mut self, i: usize) -> &mut [T] {
        &mut self.below[self.operands.slots[i].range()]
    }
    /// The derivatives by several operands at once.
    ///
    /// # Panics
    /// If two of them are the same node.
    #[inline]
    pub fn derivatives<const N: usize>(&mut self, operands: [usize; N]) -> [&mut [T]; N] {
        let ranges = std::array::from_fn(|k| self.operands.slots[operands[k]].range());
        self.below.get_disjoint_mut(ranges).expect("the operands are different nodes")
    }
}

/// Floating-point operations of one replay. An addition, subtraction, product, quotient, comparison or call of a
/// function counts 1, per scalar: a vector of lanes counts as one scalar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Operations of the forward rule.
    pub forward: u64,
    /// Operations of the backward rule.
    pub backward: u64,
}

/// What a derivative by central differences costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DifferenceCost {
    /// How often the loss is evaluated.
    pub passes: u64,
    /// Floating-point operations of all these evaluations.
    pub operations: u64,
}

impl std::ops::Add for Cost {
    type Output = Cost;
    fn add(self, other: Cost) -> Cost {
        Cost { forward: self.forward + other.forward, backward: self.backward + other.backward }
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Cost>>(costs: I) -> Cost {
        costs.fold(Cost::default(), |a, b| a + b)
    }
}

/// One operation with its sizes fixed. Every operation of the crate stands in a file of its own in `ops`, with all
/// there is to know about it. Its sizes are numbers, not types: an operation is compiled once for a kind of scalar.
pub trait Operation<T: Scalar>: Any + Debug + Send + Sync {
    /// The name in the field: "product", "relu".
    fn name(&self) -> &'static str;

    /// How many numbers the forward rule keeps for the backward rule, beside its result.
    fn kept(&self) -> usize {
        0
    }

    /// Writes every entry of the result, which holds anything before.
    fn forward(&self, operands: Operands<'_, T>, result: Output<'_, T>);

    /// Adds to the derivative by each wanted operand: upstream derivative times local Jacobian.
    fn backward(&self, pass: &mut Pullback<'_, T>);

    /// Both rules, one after the other; the result and what is kept come into `pass` in between. An operation for which
    /// one call costs less than two says how.
    fn forward_and_backward<'a>(&self, result: Output<'a, T>, pass: &mut Pullback<'a, T>) {
        let Output { result, kept } = result;
        self.forward(pass.operands, Output { result, kept });
        (pass.result, pass.kept) = (result, kept);
        self.backward(pass);
    }

    /// Floating-point operations, where `wanted` says by which operands the derivative is computed.
    fn cost(&self, wanted: &[bool]) -> Cost;

    /// Appends, for each place where the operation has a kink, on which side of it the operands are (−1, 0 or 1).
    /// A smooth operation appends nothing.
    fn sides(&self, operands: Operands<'_, T>, sides: &mut Vec<i8>) {
        let _ = (operands, sides);
    }

    /// What it computes as a formula, of the formulas of its operands. None if there is none; then the result is a
    /// symbol.
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        let _ = operands;
        None
    }

    /// The derivative by operand `i` as a formula: the derivative by the result, `upstream`, composed with the local
    /// derivative. Rows and columns of a derivative are here those of the *transpose* of what is differentiated by, so
    /// that the chain rule is a product from left to right. None if there is none; then the share of the operation is
    /// a symbol.
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], result: &Formula) -> Option<Formula> {
        let _ = (i, upstream, operands, result);
        None
    }

    /// The same behind a product and a bias, in one operation: f(A·B + b·1ᵀ), where A has `rows` rows and `inner` columns,
    /// and B has `columns`. None if there is none.
    #[doc(hidden)]
    fn of_dense(&self, [rows, inner, columns]: [usize; 3]) -> Option<Arc<dyn Operation<T>>> {
        let _ = (rows, inner, columns);
        None
    }

    /// The same operation on dual numbers.
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>>;
}
