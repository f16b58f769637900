//! Y = A·B, the matrix product. Ā += Ȳ·Bᵀ, B̄ += Aᵀ·Ȳ.

#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use std::ops::Mul;
use std::sync::Arc;
use tensor::kernels::{add_product, add_product_transposed, add_transposed_product, clear};
use tensor::{Dual, Scalar};

/// A of rows×inner times B of inner×columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product {
    pub rows: usize,
    pub inner: usize,
    pub columns: usize,
}

impl<T: Scalar> Operation<T> for Product {
    fn name(&self) -> &'static str {
        "product"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        let Product { rows, inner, columns } = *self;
        clear(&mut result);
        add_product([rows, inner, columns], operands.get(0), operands.get(1), &mut result);
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let Product { rows, inner, columns } = *self;
        let (a, b, upstream) = (pass.operand(0), pass.operand(1), pass.upstream());
        if pass.wants(0) {
            add_product_transposed([rows, columns, inner], upstream, b, pass.derivative(0));
        }
        if pass.wants(1) {
            add_transposed_product([inner, rows, columns], a, upstream, pass.derivative(1));
        }
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let one = (2 * self.rows * self.inner * self.columns) as u64;
        let by_b = one + (self.inner * self.columns) as u64;
        Cost { forward: one, backward: one * u64::from(wanted[0]) + by_b * u64::from(wanted[1]) }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(&operands[0] * &operands[1])
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        Some(if i == 0 { &operands[1] * upstream } else { upstream * &operands[0] })
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const R: usize, const N: usize> Var<'t, T, R, N> {
    /// A·B, as `a * b` does. Sizes that do not fit read "expected `3`, found `4`" here, and "cannot multiply
    /// `Var<'_, f64, 2, 3>` by `Var<'_, f64, 4, 1>`" there.
    #[must_use]
    pub fn product<const C: usize>(self, other: Var<'t, T, N, C>) -> Var<'t, T, R, C> {
        Var::of(self.dynamic().product(other.dynamic()))
    }
}
impl<'t, T: Scalar, const R: usize, const N: usize, const C: usize> Mul<Var<'t, T, N, C>> for Var<'t, T, R, N> {
    type Output = Var<'t, T, R, C>;
    /// A·B.
    fn mul(self, other: Var<'t, T, N, C>) -> Var<'t, T, R, C> {
        self.product(other)
    }
}

impl<'t, T: Scalar> DynVar<'t, T> {
    /// A·B, as `a * b` does. With an inner size of 0 it is a matrix of zeros.
    ///
    /// # Errors
    /// If A has not as many columns as B has rows, or the nodes are of two tapes.
    pub fn product(self, other: Self) -> Result<Self, ShapeError> {
        let (left, right) = (self.shape(), other.shape());
        let ([rows, inner], [others, columns]) = (left, right);
        if inner != others {
            return Err(ShapeError::Operands { what: "multiply", joined: "by", left, right });
        }
        self.apply(Product { rows, inner, columns }, [other], [rows, columns])
    }
}
impl<'t, T: Scalar> Mul for DynVar<'t, T> {
    type Output = Result<DynVar<'t, T>, ShapeError>;
    /// A·B; an error if the sizes do not fit, or the nodes are of two tapes.
    fn mul(self, other: Self) -> Self::Output {
        self.product(other)
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "anywhere, no side equal", 1e-9, |at| {
            let (a, b) = (at.draw::<2, 3>("A", -2.0..2.0), at.draw::<3, 4>("B", -2.0..2.0));
            at.project(a * b)
        }),
        Row::new(file!(), "matrix and column", 1e-9, |at| {
            let (a, b) = (at.draw::<2, 3>("A", -2.0..2.0), at.draw::<3, 1>("b", -2.0..2.0));
            at.project(a * b)
        }),
        Row::new(file!(), "of a thing with itself", 1e-9, |at| {
            let a = at.draw::<3, 3>("A", -2.0..2.0);
            at.project(a * a)
        }),
    ]
}
