//! y = Σⱼ mⱼ·(pⱼ − tⱼ)² with p = W2·Φ(W1·x + b1·1ᵀ) + b2·1ᵀ and weights mⱼ ≥ 0: the loss of a network of one hidden
//! layer on a block of samples, in one step.
//!
//! It is a [`weighted_square`](super::weighted_square) of a [`relu_network`](super::relu_network), and as the loss, with
//! ȳ = 1, has the same bits in value and derivatives. Forward keeps g = 2m∘(p − t) and g∘x; backward, p̄ = ȳ·g, and from
//! there the rules are those of the network. t̄ −= ȳ·g, m̄ += ȳ·(p − t)².

use super::relu_network::{ReluNetwork, network_operands};
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::tape::Var;
use std::sync::Arc;
use tensor::kernels::{self, Samples, map_row};
use tensor::{Dual, Scalar};

/// Operands: those of the network, W1, b1, W2, b2, x, then target t and weight m. That the compiler knows their length C
/// spares the rules that run in every step most of their checks.
#[derive(Clone, Copy, Debug)]
struct ReluNetworkError<const C: usize>(ReluNetwork);

/// A number for each sample.
#[inline(always)]
fn row<T, const C: usize>(entries: &[T]) -> &[T; C] {
    entries.try_into().expect("a number for each sample")
}

/// What is kept: g and g∘x.
#[inline(always)]
fn slopes_and_products<T: Scalar, const C: usize>(kept: &[T]) -> (&[T; C], &[T; C]) {
    let (slopes, products) = kept.split_first_chunk().expect("a number for each sample");
    (slopes, row(products))
}

impl<const C: usize> ReluNetworkError<C> {
    /// Writes the loss and what is kept.
    #[inline(always)]
    fn evaluate<T: Scalar>(&self, [w1, b1, w2, b2, x, t, m]: [&[T]; 7], Output { result, kept }: Output<'_, T>) {
        let (slopes, products) = kept.split_first_chunk_mut::<C>().expect("a number for each sample");
        let products: &mut [T; C] = products.try_into().expect("a number for each sample");
        let (x, t, m) = (row::<T, C>(x), row::<T, C>(t), row::<T, C>(m));
        self.0.predict([w1, b1, w2, b2, x], slopes);
        result[0] = kernels::weighted_square(slopes, t, m);
        map_row(products, [slopes, x], |_, [slope, x]| slope * x);
    }
}

/// Adds to the derivatives by target and weight.
#[inline(never)]
fn pull_data<T: Scalar>(network: ReluNetwork, slopes: &[T], upstream: T, pass: &mut Pullback<'_, T>) {
    if pass.wants(5) {
        map_row(pass.derivative(5), [slopes], |d, [slope]| d - upstream.spread() * slope);
    }
    if pass.wants(6) {
        let [w1, b1, w2, b2, x, t] = pass.first();
        let mut p = vec![T::zero(); x.len()];
        network.predict([w1, b1, w2, b2, x], &mut p);
        map_row(pass.derivative(6), [&p, t], |d, [p, t]| {
            let difference = p - t;
            d + upstream.spread() * (difference * difference)
        });
    }
}

impl<T: Scalar, const C: usize> Operation<T> for ReluNetworkError<C> {
    fn name(&self) -> &'static str {
        "relu_network_error"
    }
    fn kept(&self) -> usize {
        2 * C
    }
    fn forward(&self, operands: Operands<'_, T>, result: Output<'_, T>) {
        self.evaluate(operands.first(), result);
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let ((slopes, products), upstream) = (slopes_and_products::<T, C>(pass.kept()), pass.upstream()[0]);
        self.0.pull_all(slopes, Some(products), upstream, pass);
        pull_data(self.0, slopes, upstream, pass);
    }
    fn forward_and_backward<'a>(&self, result: Output<'a, T>, pass: &mut Pullback<'a, T>) {
        let (operands, Output { result, kept }) = (pass.first(), result);
        self.evaluate(operands, Output { result, kept });
        (pass.result, pass.kept) = (result, kept);
        if pass.wants(4) || pass.wants(5) || pass.wants(6) {
            return self.backward(pass);
        }
        let [w1, b1, w2, _, x, _, _] = operands;
        let ((upstream, products), scale) = (slopes_and_products::<T, C>(pass.kept), pass.upstream()[0]);
        let samples = Samples { x: row::<T, C>(x), upstream, products: Some(products) };
        self.0.pull([w1, b1, w2], samples, scale, pass);
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let (network, c) = (self.0.costs(wanted), self.0.samples as u64);
        let weight = (network.forward + 4 * c) * u64::from(wanted[6]);
        Cost { forward: network.forward + 6 * c, backward: network.backward + 2 * c * u64::from(wanted[5]) + weight }
    }
    fn sides(&self, operands: Operands<'_, T>, sides: &mut Vec<i8>) {
        ReluNetwork::sides_of_units(operands, sides);
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(&operands[6] * &(&self.0.predictions(operands) - &operands[5]).power(2).transpose())
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        let difference = &self.0.predictions(operands) - &operands[5];
        let by_difference = upstream * &operands[6].component_mul(&difference).scale(2.0).transpose();
        Some(match i {
            0..=4 => self.0.slopes(i, &by_difference, operands),
            5 => by_difference.scale(-1.0),
            _ => upstream * &difference.power(2).transpose(),
        })
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

impl<'t, T: Scalar, const C: usize> Var<'t, T, 1, C> {
    /// Σⱼ mⱼ·(pⱼ − tⱼ)² where p = W2·Φ(W1·x + b1·1ᵀ) + b2·1ᵀ, x is this row of C samples and Φ = ReLU: the squared
    /// error of a network, each sample with its weight mⱼ ≥ 0.
    ///
    /// ```
    /// use autodiff::{SMatrix, Tape};
    ///
    /// let tape = Tape::<f64>::new();
    /// let w1 = tape.parameter("W1", SMatrix::<f64, 2, 1>::new(1.0, -2.0));
    /// let b1 = tape.parameter("b1", SMatrix::<f64, 2, 1>::new(0.0, 1.0));
    /// let w2 = tape.parameter("W2", SMatrix::<f64, 1, 2>::new(3.0, 1.0));
    /// let b2 = tape.parameter("b2", SMatrix::<f64, 1, 1>::new(0.5));
    /// let x = tape.input("x", SMatrix::<f64, 1, 3>::new(0.0, 0.5, 1.0));
    /// let y = tape.input("y", SMatrix::<f64, 1, 3>::new(1.0, 2.0, 3.0));
    /// let m = tape.input("m", SMatrix::<f64, 1, 3>::repeat(1.0 / 3.0));
    /// let loss = x.relu_network_error(w1, b1, w2, b2, y, m);
    /// let of_parts = x.relu_network(w1, b1, w2, b2).weighted_square(y, m);
    /// assert_eq!(loss.value(), of_parts.value());
    /// assert_eq!(tape.backward(loss).of(w1), tape.backward(of_parts).of(w1));
    /// ```
    ///
    /// # Panics
    /// If two of W1, b1 and W2 are the same node.
    #[must_use]
    pub fn relu_network_error<const W: usize>(
        self,
        w1: Var<'t, T, W, 1>,
        b1: Var<'t, T, W, 1>,
        w2: Var<'t, T, 1, W>,
        b2: Var<'t, T, 1, 1>,
        target: Var<'t, T, 1, C>,
        weight: Var<'t, T, 1, C>,
    ) -> Var<'t, T, 1, 1> {
        self.relu_network_error_of([W, C], w1, b1, w2, b2, target, weight)
    }

    /// [`relu_network_error`](Self::relu_network_error) of a network that is smaller than its shapes, with less work:
    /// only the first units and samples count, `units` and `samples` of them. The rest of W1, b1, W2 and m must be zero.
    ///
    /// # Panics
    /// If `units` is above W or `samples` above C, or if two of W1, b1 and W2 are the same node.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "they are what a network, its data and its size consist of")]
    pub fn relu_network_error_of<const W: usize>(
        self,
        [units, samples]: [usize; 2],
        w1: Var<'t, T, W, 1>,
        b1: Var<'t, T, W, 1>,
        w2: Var<'t, T, 1, W>,
        b2: Var<'t, T, 1, 1>,
        target: Var<'t, T, 1, C>,
        weight: Var<'t, T, 1, C>,
    ) -> Var<'t, T, 1, 1> {
        let [w1, b1, w2, b2, x] = network_operands(self, w1, b1, w2, b2);
        let operands = [w1, b1, w2, b2, x, self.with(target)[1], self.with(weight)[1]];
        self.tape().apply(ReluNetworkError::<C>(ReluNetwork::new([units, samples], W, C)), &operands)
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "some units active", 1e-7, |at| {
            let (w1, b1) = (at.draw::<5, 1>("W1", 1.0..2.0), at.draw("b1", -1.0..1.0));
            let (w2, b2) = (at.draw("W2", -2.0..2.0), at.draw("b2", -1.0..1.0));
            let (x, t, m) = (at.draw::<1, 4>("x", -2.0..2.0), at.draw("t", -2.0..2.0), at.draw("m", 0.1..1.0));
            x.relu_network_error(w1, b1, w2, b2, t, m) * 0.75
        }),
        Row::new(file!(), "first layer frozen", 1e-7, |at| {
            let (w1, b1, w2) = (at.constant::<5, 1>(1.5), at.constant(0.5), at.draw("W2", -2.0..2.0));
            let (x, t, m) = (at.constant::<1, 4>(-0.25), at.constant(1.0), at.constant(0.25));
            x.relu_network_error(w1, b1, w2, at.draw("b2", -1.0..1.0), t, m)
        }),
        Row::new(file!(), "every unit on its kink", 0.0, |at| {
            let (w2, b2, t, m) = (at.constant(0.5), at.constant(0.25), at.constant(1.0), at.constant(0.5));
            let (w1, b1) = (at.draw::<5, 1>("W1", -1.0..-1.0), at.draw("b1", 0.5..0.5));
            let x = at.draw::<1, 4>("x", 0.5..0.5);
            x.relu_network_error(w1, b1, w2, b2, t, m)
        })
        .on_kink(),
    ]
}
