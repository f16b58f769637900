//! Y = ln(A), entry by entry. ln′(x) = 1/x. Not a number below 0, −∞ at 0.

use super::elementwise::Function;
use crate::tape::Var;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Ln;

impl Function for Ln {
    const NAME: &'static str = "ln";

    fn cost(self) -> [u64; 2] {
        [1, 2]
    }
    fn value<T: Scalar>(self, x: T) -> T {
        x.ln()
    }
    fn pull<T: Scalar>(self, x: T, _y: T, upstream: T) -> T {
        upstream / x
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// Natural logarithm of every entry.
    #[must_use]
    pub fn ln(self) -> Var<'t, T, R, C> {
        self.map(Ln)
    }
}
