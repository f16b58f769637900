//! Y = sin(A), entry by entry, in radians. sin′ = cos.

use super::elementwise::{Function, on_both_doors};
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Sin;

impl Function for Sin {
    const NAME: &'static str = "sin";
    const NEEDS_OPERAND: bool = true;

    fn cost(self) -> [u64; 2] {
        [1, 3]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        x.sin()
    }
    #[inline]
    fn pull<T: Scalar>(self, x: T, _y: T, upstream: T) -> T {
        x.cos() * upstream
    }
    fn formula(self, a: &Formula) -> Formula {
        a.map("sin", Scalar::sin)
    }
    fn slope(self, a: &Formula, _y: &Formula) -> Formula {
        a.map("cos", Scalar::cos)
    }
}

on_both_doors!(
    /// Sine of every entry, in radians.
    sin, Sin
);

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-8, |at| {
        let (a, b) = (at.draw::<2, 3>("A", -4.0..4.0), at.draw::<3, 1>("b", -4.0..4.0));
        at.project(a.sin()) + at.project(b.sin())
    })]
}
