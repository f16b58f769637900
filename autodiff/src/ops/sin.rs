//! Y = sin(A), entry by entry, in radians. sin′ = cos.

use super::elementwise::Function;
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
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// Sine of every entry, in radians.
    #[must_use]
    pub fn sin(self) -> Var<'t, T, R, C> {
        self.map(Sin)
    }
}
