//! Y = f(Z) with Z = A·B + b·1ᵀ, f entry by entry: a layer of a network in one operation.
//!
//! Rules make it where a product, a bias and a function are recorded one after the other; see
//! [`fuse`](crate::ops#fusion). With D = f′(Z)∘Ȳ: Ā += D·Bᵀ, B̄ += Aᵀ·D, b̄ += D·1.
//!
//! Forward begins with b in every column and adds the products, so an entry of Z is ((b + a₀b₀) + a₁b₁) + …. Most
//! functions have a slope that follows from Y; for the others Z is kept.

use super::elementwise::Function;
use super::product::Product;
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use std::sync::Arc;
use tensor::kernels::{self, ENTRY, in_threads, map_row};
use tensor::{Dual, Scalar};

/// Operands: A, B, b.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dense<F> {
    pub product: Product,
    pub function: F,
}

/// f(x) = x.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity;

impl Function for Identity {
    const NAME: &'static str = "identity";
    const IS_IDENTITY: bool = true;

    fn cost(self) -> [u64; 2] {
        [0, 1]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        x
    }
    #[inline]
    fn pull<T: Scalar>(self, _x: T, _y: T, upstream: T) -> T {
        upstream
    }
    fn formula(self, a: &Formula) -> Formula {
        a.clone()
    }
    fn slope(self, _a: &Formula, y: &Formula) -> Formula {
        let [rows, columns] = y.shape();
        Formula::ones(rows, columns)
    }
}

/// Z. Compiled once, whatever the function.
fn affine<T: Scalar>(product: Product, operands: Operands<'_, T>, z: &mut [T]) {
    let Product { rows, inner, columns } = product;
    let [a, b, bias] = operands.first();
    if rows > 0 {
        in_threads(z, rows, ENTRY, |_, z| z.chunks_exact_mut(rows).for_each(|column| column.copy_from_slice(bias)));
    }
    kernels::add_product([rows, inner, columns], a, b, z);
}

/// Adds to the derivatives, where that by Z is D.
fn pull_affine<T: Scalar>(product: Product, d: &[T], pass: &mut Pullback<'_, T>) {
    let Product { rows, inner, columns } = product;
    let (a, b) = (pass.operand(0), pass.operand(1));
    if pass.wants(2) {
        kernels::add_row_sums(d, pass.derivative(2));
    }
    if pass.wants(0) {
        kernels::add_product_transposed([rows, columns, inner], d, b, pass.derivative(0));
    }
    if pass.wants(1) {
        kernels::add_transposed_product([inner, rows, columns], a, d, pass.derivative(1));
    }
}

impl<F: Function> Dense<F> {
    fn z(&self, operands: &[Formula]) -> Formula {
        &(&operands[0] * &operands[1]) + &(&operands[2] * &Formula::ones(1, self.product.columns))
    }
}

impl<T: Scalar, F: Function> Operation<T> for Dense<F> {
    fn name(&self) -> &'static str {
        "dense"
    }
    /// Room for Z, and for D on the way back.
    fn kept(&self) -> usize {
        if F::IS_IDENTITY { 0 } else { self.product.rows * self.product.columns }
    }
    fn forward(&self, operands: Operands<'_, T>, result: Output<'_, T>) {
        let Output { result, kept } = result;
        affine(self.product, operands, result);
        if F::IS_IDENTITY {
            return;
        }
        if F::NEEDS_OPERAND {
            kept.copy_from_slice(result);
        }
        in_threads(result, 1, ENTRY, |_, result| map_row(result, [], |z, []| self.function.value(z)));
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (y, upstream) = (pass.result(), pass.upstream());
        if F::IS_IDENTITY {
            return pull_affine(self.product, upstream, pass);
        }
        let z = if F::NEEDS_OPERAND { pass.kept() } else { y };
        let d = pass.scratch();
        in_threads(d, 1, ENTRY, |start, d| {
            let [z, y, upstream] = [z, y, upstream].map(|entries| &entries[start..start + d.len()]);
            map_row(d, [z, y, upstream], |_, [z, y, upstream]| self.function.pull(z, y, upstream));
        });
        pull_affine(self.product, d, pass);
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let Product { rows, inner, columns } = self.product;
        let [entries, products, of_b] = [rows * columns, 2 * rows * inner * columns, inner * columns].map(|n| n as u64);
        let [forward, backward] = self.function.cost();
        let [a, b, bias] = [wanted[0], wanted[1], wanted[2]].map(u64::from);
        Cost {
            forward: products + entries * (1 + forward),
            backward: entries * (backward - 1 + bias) + products * (a + b) + of_b * b,
        }
    }
    fn sides(&self, operands: Operands<'_, T>, sides: &mut Vec<i8>) {
        let mut z = vec![T::zero(); self.product.rows * self.product.columns];
        affine(self.product, operands, &mut z);
        sides.extend(z.into_iter().filter_map(|z| self.function.side(z)));
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(self.function.formula(&self.z(operands)))
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], result: &Formula) -> Option<Formula> {
        let slope = self.function.slope(&self.z(operands), result);
        let d = if F::IS_IDENTITY { upstream.clone() } else { upstream.through_entries(&slope) };
        Some(match i {
            0 => &operands[1] * &d,
            1 => &d * &operands[0],
            _ => &Formula::ones(1, self.product.columns) * &d,
        })
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "a column, a row and a matrix", 1e-8, |at| {
            let (w, b) = (at.draw::<2, 3>("W", -2.0..2.0), at.draw::<2, 1>("b", -2.0..2.0));
            let (x, many) = (at.draw::<3, 1>("x", -1.0..1.0), at.draw::<3, 5>("X", -1.0..1.0));
            let row = (at.draw::<1, 3>("v", -1.0..1.0) * many).add_to_columns(at.draw("c", -1.0..1.0));
            at.project((w * x + b).tanh()) + at.project((w * many).add_to_columns(b).sigmoid()) + at.project(row)
        }),
        Row::new(file!(), "functions whose slope needs Z", 1e-7, |at| {
            let (w, b, x) =
                (at.draw::<2, 3>("W", 0.5..2.0), at.draw::<2, 1>("b", 0.5..2.0), at.draw::<3, 4>("X", 0.5..1.0));
            let z = || (w * x).add_to_columns(b);
            at.project(z().sin()) + at.project(z().ln()) + at.project(z().powi(3))
        }),
        Row::new(file!(), "on the kink", 0.0, |at| {
            let (w, b, x) =
                (at.draw::<2, 3>("W", 1.0..1.0), at.draw::<2, 1>("b", -3.0..-3.0), at.draw::<3, 1>("x", 1.0..1.0));
            at.project((w * x + b).relu())
        })
        .on_kink(),
    ]
}
