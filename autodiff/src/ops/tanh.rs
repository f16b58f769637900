//! Y = tanh(A), entry by entry. tanh′(x) = 1 − tanh²(x).

use super::elementwise::Function;
use crate::tape::Var;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Tanh;

impl Function for Tanh {
    const NAME: &'static str = "tanh";

    fn cost(self) -> [u64; 2] {
        [1, 4]
    }
    fn value<T: Scalar>(self, x: T) -> T {
        x.tanh()
    }
    fn pull<T: Scalar>(self, _x: T, y: T, upstream: T) -> T {
        (T::one() - y * y) * upstream
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// tanh of every entry.
    #[must_use]
    pub fn tanh(self) -> Var<'t, T, R, C> {
        self.map(Tanh)
    }
}
