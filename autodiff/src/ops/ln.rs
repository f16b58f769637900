//! Y = ln(A), entry by entry. ln′(x) = 1/x. Not a number below 0, −∞ at 0.

use super::elementwise::{Function, on_both_doors};
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Ln;

impl Function for Ln {
    const NAME: &'static str = "ln";
    const NEEDS_OPERAND: bool = true;

    fn cost(self) -> [u64; 2] {
        [1, 2]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        x.ln()
    }
    #[inline]
    fn pull<T: Scalar>(self, x: T, _y: T, upstream: T) -> T {
        upstream / x
    }
    fn formula(self, a: &Formula) -> Formula {
        a.map("ln", Scalar::ln)
    }
    fn slope(self, a: &Formula, _y: &Formula) -> Formula {
        let [rows, columns] = a.shape();
        Formula::ones(rows, columns).component_div(a)
    }
}

on_both_doors!(
    /// Natural logarithm of every entry.
    ln, Ln
);

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "positive", 1e-8, |at| {
        let (a, b) = (at.draw::<2, 3>("A", 0.5..4.0), at.draw::<3, 1>("b", 0.5..4.0));
        at.project(a.ln()) + at.project(b.ln())
    })]
}
