//! Y = exp(A), entry by entry. exp′ = exp.

use super::elementwise::{Function, on_both_doors};
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Exp;

impl Function for Exp {
    const NAME: &'static str = "exp";

    fn cost(self) -> [u64; 2] {
        [1, 2]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        x.exp()
    }
    #[inline]
    fn pull<T: Scalar>(self, _x: T, y: T, upstream: T) -> T {
        y * upstream
    }
    fn formula(self, a: &Formula) -> Formula {
        a.map("exp", Scalar::exp)
    }
    fn slope(self, _a: &Formula, y: &Formula) -> Formula {
        y.clone()
    }
}

on_both_doors!(
    /// eˣ of every entry.
    exp, Exp
);

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-8, |at| {
        let (a, b) = (at.draw::<2, 3>("A", -2.0..2.0), at.draw::<3, 1>("b", -2.0..2.0));
        at.project(a.exp()) + at.project(b.exp())
    })]
}
