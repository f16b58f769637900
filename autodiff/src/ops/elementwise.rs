//! What the operations that work entry by entry have in common.

use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::tape::Var;
use std::fmt::Debug;
use std::sync::Arc;
use tensor::kernels::{ENTRY, in_threads};
use tensor::{Dual, Scalar};

/// A function of one number.
pub(crate) trait Function: Copy + Debug + Send + Sync + 'static {
    /// Its name in the field.
    const NAME: &'static str;
    /// Floating-point operations per entry of [`value`](Self::value), and of [`pull`](Self::pull) with the addition of
    /// its result to the derivative.
    fn cost(self) -> [u64; 2];

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
struct Elementwise<F> {
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
            for (y, &x) in result.iter_mut().zip(&x[start..]) {
                *y = self.function.value(x);
            }
        });
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (x, y, upstream) = (pass.operand(0), pass.result(), pass.upstream());
        in_threads(pass.derivative(0), 1, ENTRY, |start, d| {
            for (((d, &x), &y), &u) in d.iter_mut().zip(&x[start..]).zip(&y[start..]).zip(&upstream[start..]) {
                *d += self.function.pull(x, y, u);
            }
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
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// `function`, entry by entry.
    pub(crate) fn map(self, function: impl Function) -> Var<'t, T, R, C> {
        self.tape().apply(Elementwise { function, len: Self::LEN }, &[self.id()])
    }
}
