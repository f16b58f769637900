//! Y = GELU(A), entry by entry, GELU(x) = x·Φ(x) with the distribution function Φ of the standard normal distribution
//! (Hendrycks and Gimpel 2016), exactly and not by its usual approximations. GELU′(x) = Φ(x) + x·φ(x), φ its density.

use super::elementwise::{Function, on_both_doors};
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Gelu;

impl Function for Gelu {
    const NAME: &'static str = "gelu";
    const NEEDS_OPERAND: bool = true;

    fn cost(self) -> [u64; 2] {
        [1, 3]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        x.gelu()
    }
    #[inline]
    fn pull<T: Scalar>(self, x: T, _y: T, upstream: T) -> T {
        x.gelu_and_slope()[1] * upstream
    }
    fn formula(self, a: &Formula) -> Formula {
        a.map("GELU", Scalar::gelu)
    }
    fn slope(self, a: &Formula, _y: &Formula) -> Formula {
        a.map_slope("GELU", |x| x.gelu_and_slope()[1])
    }
}

on_both_doors!(
    /// x·Φ(x) of every entry x, the Gaussian error linear unit.
    gelu, Gelu
);

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-8, |at| {
        let (a, b) = (at.draw::<2, 3>("A", -3.0..3.0), at.draw::<3, 1>("b", -3.0..3.0));
        at.project(a.gelu()) + at.project(b.gelu())
    })]
}
