//! Y = √A, entry by entry. √′(x) = 1/(2√x), infinite at 0; not a number below.

use super::elementwise::{Function, on_both_doors};
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Sqrt;

impl Function for Sqrt {
    const NAME: &'static str = "sqrt";

    fn cost(self) -> [u64; 2] {
        [1, 3]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        x.sqrt()
    }
    #[inline]
    fn pull<T: Scalar>(self, _x: T, y: T, upstream: T) -> T {
        T::from_f64(0.5) / y * upstream
    }
    fn formula(self, a: &Formula) -> Formula {
        a.map("√", Scalar::sqrt)
    }
    fn slope(self, _a: &Formula, y: &Formula) -> Formula {
        let [rows, columns] = y.shape();
        Formula::ones(rows, columns).scale(0.5).component_div(y)
    }
}

on_both_doors!(
    /// Square root of every entry.
    sqrt, Sqrt
);

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "positive", 1e-8, |at| {
        let (a, b) = (at.draw::<2, 3>("A", 0.5..4.0), at.draw::<3, 1>("b", 0.5..4.0));
        at.project(a.sqrt()) + at.project(b.sqrt())
    })]
}
