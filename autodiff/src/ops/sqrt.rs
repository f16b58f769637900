//! Y = √A, entry by entry. √′(x) = 1/(2√x), infinite at 0; not a number below.

use super::elementwise::Function;
use crate::tape::Var;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Sqrt;

impl Function for Sqrt {
    const NAME: &'static str = "sqrt";

    fn cost(self) -> [u64; 2] {
        [1, 3]
    }
    fn value<T: Scalar>(self, x: T) -> T {
        x.sqrt()
    }
    fn pull<T: Scalar>(self, _x: T, y: T, upstream: T) -> T {
        T::from_f64(0.5) / y * upstream
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// Square root of every entry.
    #[must_use]
    pub fn sqrt(self) -> Var<'t, T, R, C> {
        self.map(Sqrt)
    }
}
