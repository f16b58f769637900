//! Y = sin(A), entry by entry, in radians. sin′ = cos.

use super::elementwise::Function;
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use crate::tape::Var;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Sin;

impl Function for Sin {
    const NAME: &'static str = "sin";

    fn cost(self) -> [u64; 2] {
        [1, 3]
    }
    fn value<T: Scalar>(self, x: T) -> T {
        x.sin()
    }
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

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// Sine of every entry, in radians.
    #[must_use]
    pub fn sin(self) -> Var<'t, T, R, C> {
        self.map(Sin)
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "anywhere", 1e-8, |at| {
        let (a, b) = (at.draw::<2, 3>("A", -4.0..4.0), at.draw::<3, 1>("b", -4.0..4.0));
        at.project(a.sin()) + at.project(b.sin())
    })]
}
