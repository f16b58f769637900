//! Y = exp(A), entry by entry. exp′ = exp.

use super::elementwise::Function;
use crate::tape::Var;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Exp;

impl Function for Exp {
    const NAME: &'static str = "exp";

    fn cost(self) -> [u64; 2] {
        [1, 2]
    }
    fn value<T: Scalar>(self, x: T) -> T {
        x.exp()
    }
    fn pull<T: Scalar>(self, _x: T, y: T, upstream: T) -> T {
        y * upstream
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// eˣ of every entry.
    #[must_use]
    pub fn exp(self) -> Var<'t, T, R, C> {
        self.map(Exp)
    }
}
