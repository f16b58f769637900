//! Y = tanh(A), entry by entry. tanh′(x) = 1 − tanh²(x).

use super::elementwise::{Function, on_both_doors};
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Tanh;

impl Function for Tanh {
    const NAME: &'static str = "tanh";

    fn cost(self) -> [u64; 2] {
        [1, 4]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        x.tanh()
    }
    #[inline]
    fn pull<T: Scalar>(self, _x: T, y: T, upstream: T) -> T {
        (T::one() - y * y) * upstream
    }
    fn formula(self, a: &Formula) -> Formula {
        a.map("tanh", Scalar::tanh)
    }
    fn slope(self, _a: &Formula, y: &Formula) -> Formula {
        let [rows, columns] = y.shape();
        &Formula::ones(rows, columns) - &y.power(2)
    }
}

on_both_doors!(
    /// tanh of every entry.
    tanh, Tanh
);

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-8, |at| {
        let (a, b) = (at.draw::<2, 3>("A", -2.0..2.0), at.draw::<3, 1>("b", -2.0..2.0));
        at.project(a.tanh()) + at.project(b.tanh())
    })]
}
