//! Y = σ(A), entry by entry, σ(x) = 1/(1 + e⁻ˣ). σ′(x) = σ(x)·(1 − σ(x)).

use super::elementwise::Function;
use crate::tape::Var;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Sigmoid;

impl Function for Sigmoid {
    const NAME: &'static str = "sigmoid";

    fn cost(self) -> [u64; 2] {
        [4, 4]
    }
    fn value<T: Scalar>(self, x: T) -> T {
        T::one() / (T::one() + (-x).exp())
    }
    fn pull<T: Scalar>(self, _x: T, y: T, upstream: T) -> T {
        y * (T::one() - y) * upstream
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// 1/(1 + e⁻ˣ) of every entry.
    #[must_use]
    pub fn sigmoid(self) -> Var<'t, T, R, C> {
        self.map(Sigmoid)
    }
}
