//! y = Σⱼ mⱼ·(pⱼ − tⱼ)² with p = W2·Φ(W1·x + b1·1ᵀ) + b2·1ᵀ and weights mⱼ ≥ 0: the loss of a network of one hidden
//! layer on a block of samples, in one step.
//!
//! It is a [`weighted_square`](super::weighted_square) of a [`relu_network`](super::relu_network), and as the loss, with
//! ȳ = 1, has the same bits in value and derivatives. Forward keeps g = 2m∘(p − t) and g∘x; backward, p̄ = ȳ·g, and from
//! there the rules are those of the network. t̄ −= ȳ·g, m̄ += ȳ·(p − t)².

use super::relu_network::ReluNetwork;
#[cfg(test)]
use super::{relu_network::by_parts, table::Row};
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use std::sync::Arc;
use tensor::kernels::{self, Samples, map_row};
use tensor::{Dual, Scalar};

/// Operands: those of the network, W1, b1, W2, b2, x, then target t and weight m.
///
/// Forward goes by whole registers. What fills up x, t and m has weight 0 and adds 0; what is kept is filled up, too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReluNetworkError(pub ReluNetwork);

/// How many samples are computed with: whole registers of them, where a row has more than one.
#[inline(always)]
fn whole<T: Scalar>(samples: usize) -> usize {
    if samples == 1 { 1 } else { samples.next_multiple_of(T::PACK) }
}

/// With the number of samples as a constant, if it is one of those that networks are trained with: the compiler can then
/// unroll their loops. Nothing is trained with dual numbers.
macro_rules! with_samples {
    ($network:expr, |$known:ident| $work:expr) => {
        match $network.samples {
            8 if T::PACK * T::LANES > 1 => {
                let $known = ReluNetwork { samples: 8, ..$network };
                $work
            }
            40 if T::PACK * T::LANES > 1 => {
                let $known = ReluNetwork { samples: 40, ..$network };
                $work
            }
            _ => {
                let $known = $network;
                $work
            }
        }
    };
}

/// A number for each sample, filled up: operand number `row`.
#[inline(always)]
fn whole_row<'a, T: Scalar>(network: ReluNetwork, operands: &Operands<'a, T>, row: usize) -> &'a [T] {
    &operands.padded(row)[..whole::<T>(network.samples)]
}

/// Writes the loss and what is kept: g and g∘x.
#[inline(always)]
fn evaluate<T: Scalar>(network: ReluNetwork, operands: Operands<'_, T>, x: &[T], output: Output<'_, T>) {
    let (len, Output { result, kept }) = (x.len(), output);
    let (t, m) = (whole_row(network, &operands, 5), whole_row(network, &operands, 6));
    let (slopes, products) = kept.split_at_mut(len);
    let products = &mut products[..len];
    ReluNetwork::predict(operands.first(), x, slopes);
    result[0] = kernels::weighted_square(slopes, t, m);
    map_row(products, [slopes, x], |_, [slope, x]| slope * x);
}

/// Adds to the derivatives.
#[inline(always)]
fn pull<T: Scalar>(network: ReluNetwork, x: &[T], pass: &mut Pullback<'_, T>) {
    let (len, scale) = (x.len(), pass.upstream()[0]);
    let (upstream, products) = pass.kept.split_at(len);
    network.pull(Samples { x, upstream, products: Some(&products[..len]) }, scale, pass);
    if pass.wants(4) || pass.wants(5) || pass.wants(6) {
        network.pull_samples(upstream, scale, pass);
        pull_data(network, upstream, scale, pass);
    }
}

/// Adds to the derivatives by target and weight.
#[inline(never)]
fn pull_data<T: Scalar>(network: ReluNetwork, slopes: &[T], upstream: T, pass: &mut Pullback<'_, T>) {
    if pass.wants(5) {
        let slopes = &slopes[..network.samples];
        map_row(pass.derivative(5), [slopes], |d, [slope]| d - upstream.spread() * slope);
    }
    if pass.wants(6) {
        let (parameters, [x, t]) = (pass.first(), [pass.operand(4), pass.operand(5)]);
        let mut p = vec![T::zero(); x.len()];
        ReluNetwork::predict(parameters, x, &mut p);
        map_row(pass.derivative(6), [&p, t], |d, [p, t]| {
            let difference = p - t;
            d + upstream.spread() * (difference * difference)
        });
    }
}

impl<T: Scalar> Operation<T> for ReluNetworkError {
    fn name(&self) -> &'static str {
        "relu_network_error"
    }
    fn kept(&self) -> usize {
        2 * whole::<T>(self.0.samples)
    }
    fn forward(&self, operands: Operands<'_, T>, result: Output<'_, T>) {
        with_samples!(self.0, |network| evaluate(network, operands, whole_row(network, &operands, 4), result));
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        pull(self.0, whole_row(self.0, &pass.operands, 4), pass);
    }
    fn forward_and_backward<'a>(&self, result: Output<'a, T>, pass: &mut Pullback<'a, T>) {
        let Output { result, kept } = result;
        with_samples!(self.0, |network| {
            let x = whole_row(network, &pass.operands, 4);
            evaluate(network, pass.operands, x, Output { result, kept });
            (pass.result, pass.kept) = (result, kept);
            pull(network, x, pass);
        });
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

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "some units active", 1e-7, |at| {
            let (w1, b1) = (at.draw::<5, 1>("W1", 1.0..2.0), at.draw("b1", -1.0..1.0));
            let (w2, b2) = (at.draw("W2", -2.0..2.0), at.draw("b2", -1.0..1.0));
            let (x, t, m) = (at.draw::<1, 4>("x", -2.0..2.0), at.draw("t", -2.0..2.0), at.draw("m", 0.1..1.0));
            by_parts(x, (w1, b1), (w2, b2)).weighted_square(t, m) * 0.75
        }),
        Row::new(file!(), "first layer frozen", 1e-7, |at| {
            let (w1, b1, w2) = (at.constant::<5, 1>(1.5), at.constant(0.5), at.draw("W2", -2.0..2.0));
            let (x, t, m) = (at.constant::<1, 4>(-0.25), at.constant(1.0), at.constant(0.25));
            by_parts(x, (w1, b1), (w2, at.draw("b2", -1.0..1.0))).weighted_square(t, m)
        }),
        Row::new(file!(), "every unit on its kink", 0.0, |at| {
            let (w2, b2, t, m) = (at.constant(0.5), at.constant(0.25), at.constant(1.0), at.constant(0.5));
            let (w1, b1) = (at.draw::<5, 1>("W1", -1.0..-1.0), at.draw("b1", 0.5..0.5));
            let x = at.draw::<1, 4>("x", 0.5..0.5);
            by_parts(x, (w1, b1), (w2, b2)).weighted_square(t, m)
        })
        .on_kink(),
    ]
}
