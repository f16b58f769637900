//! Y = σ(A), entry by entry, σ(x) = 1/(1 + e⁻ˣ). σ′(x) = σ(x)·(1 − σ(x)).

use super::elementwise::{Function, on_both_doors};
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Sigmoid;

impl Function for Sigmoid {
    const NAME: &'static str = "sigmoid";

    fn cost(self) -> [u64; 2] {
        [1, 4]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        x.sigmoid()
    }
    #[inline]
    fn pull<T: Scalar>(self, _x: T, y: T, upstream: T) -> T {
        y * (T::one() - y) * upstream
    }
    fn formula(self, a: &Formula) -> Formula {
        a.map("σ", Scalar::sigmoid)
    }
    fn slope(self, _a: &Formula, y: &Formula) -> Formula {
        let [rows, columns] = y.shape();
        y.component_mul(&(&Formula::ones(rows, columns) - y))
    }
}

on_both_doors!(
    /// 1/(1 + e⁻ˣ) of every entry.
    sigmoid, Sigmoid
);

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-8, |at| {
        let (a, b) = (at.draw::<2, 3>("A", -4.0..4.0), at.draw::<3, 1>("b", -4.0..4.0));
        at.project(a.sigmoid()) + at.project(b.sigmoid())
    })]
}
