//! What the operations that work entry by entry have in common.

use super::dense::Dense;
use super::product::Product;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use std::fmt::Debug;
use std::sync::Arc;
use tensor::kernels::{ENTRY, in_threads, map_row};
use tensor::{Dual, Scalar};

/// A function of one number.
pub(crate) trait Function: Copy + Debug + Send + Sync + 'static {
    /// Its name in the field.
    const NAME: &'static str;
    /// Floating-point operations per entry of [`value`](Self::value), and of [`pull`](Self::pull) with the addition of
    /// its result to the derivative.
    fn cost(self) -> [u64; 2];

    /// Whether [`pull`](Self::pull) looks at x, or at y alone.
    const NEEDS_OPERAND: bool = false;
    /// Whether it does nothing.
    const IS_IDENTITY: bool = false;

    /// f(x).
    fn value<T: Scalar>(self, x: T) -> T;
    /// f′(x)·upstream, where y = f(x).
    fn pull<T: Scalar>(self, x: T, y: T, upstream: T) -> T;
    /// f(A).
    fn formula(self, a: &Formula) -> Formula;
    /// f′(A), where Y = f(A).
    fn slope(self, a: &Formula, y: &Formula) -> Formula;
    /// On which side of its kink x is, for a function that has one.
    fn side<T: Scalar>(self, _x: T) -> Option<i8> {
        None
    }
}

/// f(A), entry by entry; the number of entries is `len`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elementwise<F> {
    function: F,
    len: usize,
}

impl<T: Scalar, F: Function> Operation<T> for Elementwise<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        let x = operands.get(0);
        in_threads(&mut result, 1, ENTRY, |start, result| {
            let x = &x[start..start + result.len()];
            map_row(result, [x], |_, [x]| self.function.value(x));
        });
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (x, y, upstream) = (pass.operand(0), pass.result(), pass.upstream());
        in_threads(pass.derivative(0), 1, ENTRY, |start, d| {
            let [x, y, upstream] = [x, y, upstream].map(|entries| &entries[start..start + d.len()]);
            map_row(d, [x, y, upstream], |d, [x, y, upstream]| d + self.function.pull(x, y, upstream));
        });
    }
    fn cost(&self, _wanted: &[bool]) -> Cost {
        let [forward, backward] = self.function.cost().map(|per_entry| per_entry * self.len as u64);
        Cost { forward, backward }
    }
    fn sides(&self, operands: Operands<'_, T>, sides: &mut Vec<i8>) {
        sides.extend(operands.get(0).iter().filter_map(|&x| self.function.side(x)));
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(self.function.formula(&operands[0]))
    }
    fn pull_formula(&self, _i: usize, upstream: &Formula, operands: &[Formula], result: &Formula) -> Option<Formula> {
        Some(upstream.through_entries(&self.function.slope(&operands[0], result)))
    }
    fn of_dense(&self, [rows, inner, columns]: [usize; 3]) -> Option<Arc<dyn Operation<T>>> {
        Some(Arc::new(Dense { product: Product { rows, inner, columns }, function: self.function }))
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar> DynVar<'t, T> {
    /// `function`, entry by entry.
    pub(crate) fn map(self, function: impl Function) -> Result<Self, ShapeError> {
        let [rows, columns] = self.shape();
        self.apply(Elementwise { function, len: rows * columns }, [], [rows, columns])
    }
}

/// The methods of both doors for a function of every entry.
macro_rules! on_both_doors {
    ($(#[$doc:meta])* $name:ident, $function:expr) => {
        impl<'t, T: tensor::Scalar, const R: usize, const C: usize> crate::var::Var<'t, T, R, C> {
            $(#[$doc])*
            #[must_use]
            pub fn $name(self) -> crate::var::Var<'t, T, R, C> {
                crate::var::Var::of(self.dynamic().$name())
            }
        }
        impl<'t, T: tensor::Scalar> crate::dynamic::DynVar<'t, T> {
            $(#[$doc])*
            ///
            /// # Errors
            /// If the tape has no room for it.
            pub fn $name(self) -> Result<Self, crate::error::ShapeError> {
                self.map($function)
            }
        }
    };
}
pub(crate) use on_both_doors;
