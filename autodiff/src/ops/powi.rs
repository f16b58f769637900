//! Y = Aⁿ, entry by entry, n a whole number ≥ 1. (xⁿ)′ = n·xⁿ⁻¹.

use super::elementwise::Function;
use crate::tape::Var;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Powi(u32);

fn power<T: Scalar>(x: T, n: u32) -> T {
    (0..n).fold(T::one(), |power, _| power * x)
}

impl Function for Powi {
    const NAME: &'static str = "powi";

    fn cost(self) -> [u64; 2] {
        [u64::from(self.0), u64::from(self.0) + 2]
    }
    fn value<T: Scalar>(self, x: T) -> T {
        power(x, self.0)
    }
    fn pull<T: Scalar>(self, x: T, _y: T, upstream: T) -> T {
        T::from_f64(f64::from(self.0)) * power(x, self.0 - 1) * upstream
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// xⁿ of every entry.
    ///
    /// # Panics
    /// If n is 0: that would be a constant.
    #[must_use]
    pub fn powi(self, n: u32) -> Var<'t, T, R, C> {
        assert!(n > 0, "the power 0 is a constant");
        self.map(Powi(n))
    }
}
