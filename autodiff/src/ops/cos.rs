//! Y = cos(A), entry by entry, in radians. cos′ = −sin.

use super::elementwise::Function;
use crate::tape::Var;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Cos;

impl Function for Cos {
    const NAME: &'static str = "cos";

    fn cost(self) -> [u64; 2] {
        [1, 4]
    }
    fn value<T: Scalar>(self, x: T) -> T {
        x.cos()
    }
    fn pull<T: Scalar>(self, x: T, _y: T, upstream: T) -> T {
        -x.sin() * upstream
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// Cosine of every entry, in radians.
    #[must_use]
    pub fn cos(self) -> Var<'t, T, R, C> {
        self.map(Cos)
    }
}
