//! How curved the loss is, and so how large a learning rate may be.

use crate::model::{Model, blocks};
use crate::network::Network;
use crate::samples::Samples;
use tensor::random::Streams;
use tensor::{Dual, Scalar};

/// The most parameters times samples for which curvature is computed: some seconds.
const MOST_PRODUCTS: f64 = 1e8;

/// The largest eigenvalue (by modulus) of the Hessian of the loss on `samples`, by the parameters at `network` of all layers
/// but the first `frozen`, by power iteration.
///
/// Gradient descent on a quadratic with largest eigenvalue λmax diverges when its rate is above 2/λmax. A product of
/// the Hessian with a direction v is the tangent of the gradient at parameters + ε·v, by dual numbers (Pearlmutter,
/// Fast exact multiplication by the Hessian, 1994). With the output layer and squared error alone the loss is quadratic
/// and the bound exact; otherwise it holds near `network`.
///
/// None if there are no samples, if a value is not finite, or if it would take too long.
///
/// # Panics
/// If the samples do not have the inputs and outputs of the network, or if all layers are frozen.
pub fn largest_eigenvalue(network: &Network, frozen: usize, samples: &Samples<f64>) -> Option<f64> {
    let architecture = network.architecture();
    if samples.is_empty() || architecture.parameters() as f64 * samples.len() as f64 > MOST_PRODUCTS {
        return None;
    }
    let mut model = Model::<Dual<f64>>::new(architecture, frozen, samples.len());
    let blocks = blocks::<Dual<f64>>(samples, &model);
    let mut random = Streams::new(0, 0);
    let count: usize = (frozen..architecture.layers().len()).map(|layer| architecture.parameters_of(layer)).sum();
    let mut direction: Vec<f64> = (0..count).map(|_| random.uniform() - 0.5).collect();
    let mut eigenvalue = f64::NAN;
    let share = model.share(samples.len());
    // The estimate needs two digits; power iteration gives them long before this many rounds unless the two largest
    // eigenvalues are nearly equal, and then either will do.
    for _ in 0..200 {
        let norm = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
        if !(norm.is_finite() && norm > 0.0) {
            return None;
        }
        for v in &mut direction {
            *v /= norm;
        }

        model.set_network(0, network);
        model.clear_derivatives();
        let mut tangents = direction.iter();
        model.update(|values, _| {
            for (value, &tangent) in values.iter_mut().zip(&mut tangents) {
                value.tangent = tangent;
            }
        });
        for block in &blocks {
            model.set_block(block);
            model.forward_and_accumulate();
        }
        let mut product = Vec::with_capacity(count);
        model.update(|_, derivatives| {
            product.extend(derivatives.iter().map(|d| d.tangent * share));
        });
        let next: f64 = product.iter().zip(&direction).map(|(p, v)| p * v).sum();
        direction = product;
        if (next - eigenvalue).abs() <= 1e-6 * next.abs() {
            return Some(next.abs());
        }
        eigenvalue = next;
    }
    eigenvalue.is_finite().then_some(eigenvalue.abs())
}

/// The rate above which gradient descent leaves a minimum with the curvature at `network`: 2/λmax.
///
/// # Panics
/// As [`largest_eigenvalue`].
pub fn largest_stable_rate(network: &Network, frozen: usize, samples: &Samples<f64>) -> Option<f64> {
    largest_eigenvalue(network, frozen, samples).filter(|&e| e > f64::zero()).map(|e| 2.0 / e)
}
