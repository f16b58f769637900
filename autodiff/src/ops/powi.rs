//! Y = Aⁿ, entry by entry, n a whole number ≥ 1. (xⁿ)′ = n·xⁿ⁻¹.

use super::elementwise::Function;
#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::var::Var;
use tensor::Scalar;

#[derive(Clone, Copy, Debug)]
struct Powi(u32);

/// xⁿ by squaring: log₂ n squares, and a product for each further bit of n.
pub(crate) fn power<T: Scalar>(x: T, n: u32) -> T {
    let (mut power, mut square, mut rest) = (T::one(), x, n);
    while rest > 0 {
        if rest % 2 == 1 {
            power = power * square;
        }
        rest /= 2;
        if rest > 0 {
            square = square * square;
        }
    }
    power
}

/// How many products that takes.
fn products(n: u32) -> u64 {
    u64::from(n.checked_ilog2().unwrap_or(0) + n.count_ones())
}

impl Function for Powi {
    const NAME: &'static str = "powi";
    const NEEDS_OPERAND: bool = true;

    fn cost(self) -> [u64; 2] {
        [products(self.0), products(self.0 - 1) + 3]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        power(x, self.0)
    }
    #[inline]
    fn pull<T: Scalar>(self, x: T, _y: T, upstream: T) -> T {
        T::from_f64(f64::from(self.0)) * power(x, self.0 - 1) * upstream
    }
    fn formula(self, a: &Formula) -> Formula {
        a.power(self.0)
    }
    fn slope(self, a: &Formula, _y: &Formula) -> Formula {
        a.power(self.0 - 1).scale(f64::from(self.0))
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// xⁿ of every entry.
    ///
    /// # Panics
    /// If n is 0: that would be a constant.
    #[must_use]
    pub fn powi(self, n: u32) -> Var<'t, T, R, C> {
        Var::of(self.dynamic().powi(n))
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// xⁿ of every entry.
    ///
    /// # Errors
    /// If n is 0: that would be a constant.
    pub fn powi(self, n: u32) -> Result<Self, ShapeError> {
        if n == 0 {
            return Err(ShapeError::PowerOfZero);
        }
        self.map(Powi(n))
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![Row::new(file!(), "powers 1, 2 and 5, also of 0", 1e-8, |at| {
        let (a, b, zero) =
            (at.draw::<2, 3>("A", -2.0..2.0), at.draw::<3, 1>("b", -2.0..2.0), at.draw::<1, 1>("zero", 0.0..0.0));
        at.project(a.powi(5)) + at.project(b.powi(2)) + zero.powi(1) + zero.powi(2)
    })]
}
