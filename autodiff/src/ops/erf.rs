//! Y = erf(A), entry by entry, erf x = 2/√π·∫₀ˣ exp(−t²) dt. erf′(x) = 2/√π·exp(−x²).

use super::elementwise::{Function, on_both_doors};
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Erf;

impl Function for Erf {
    const NAME: &'static str = "erf";
    const NEEDS_OPERAND: bool = true;

    fn cost(self) -> [u64; 2] {
        [1, 3]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        x.erf()
    }
    #[inline]
    fn pull<T: Scalar>(self, x: T, _y: T, upstream: T) -> T {
        x.erf_and_slope()[1] * upstream
    }
    fn formula(self, a: &Formula) -> Formula {
        a.map("erf", Scalar::erf)
    }
    fn slope(self, a: &Formula, _y: &Formula) -> Formula {
        a.map_slope("erf", |x| x.erf_and_slope()[1])
    }
}

on_both_doors!(
    /// The error function of every entry.
    erf, Erf
);

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-8, |at| {
        let (a, b) = (at.draw::<2, 3>("A", -3.0..3.0), at.draw::<3, 1>("b", -3.0..3.0));
        at.project(a.erf()) + at.project(b.erf())
    })]
}
