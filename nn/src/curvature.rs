//! How curved the loss is, and so how large a learning rate may be.

use crate::model::{Model, Trained, blocks};
use crate::network::Network;
use tensor::random::Streams;
use tensor::{Dual, Scalar};

/// The largest eigenvalue (by modulus) of the Hessian of the mean squared error on `points`, by the trained parameters
/// at `network`, by power iteration.
///
/// Gradient descent on a quadratic with largest eigenvalue λmax diverges when its rate is above 2/λmax. A product of
/// the Hessian with a direction v is the tangent of the gradient at parameters + ε·v, by dual numbers (Pearlmutter,
/// Fast exact multiplication by the Hessian, 1994). With the output layer alone the loss is quadratic and the bound
/// exact; with all layers it holds near `network`.
///
/// None if there are no points, or if a value is not finite.
///
/// # Panics
/// If the network is not a [bent line](crate::architecture::Architecture::is_bent_line).
pub fn largest_eigenvalue(network: &Network, trained: Trained, points: &[[f64; 2]]) -> Option<f64> {
    if points.is_empty() {
        return None;
    }
    let width = network.units().len();
    let mut model = Model::<Dual<f64>>::new(width, points.len(), trained);
    let blocks = blocks::<Dual<f64>>(points, &model);
    let mut random = Streams::new(0, 0);
    let count = trained.parameters(width);
    let mut direction: Vec<f64> = (0..count).map(|_| random.uniform() - 0.5).collect();
    let mut eigenvalue = f64::NAN;
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
            product.extend(derivatives.iter().map(|d| d.tangent / points.len() as f64));
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
/// If the network is not a [bent line](crate::architecture::Architecture::is_bent_line).
pub fn largest_stable_rate(network: &Network, trained: Trained, points: &[[f64; 2]]) -> Option<f64> {
    largest_eigenvalue(network, trained, points).filter(|&e| e > f64::zero()).map(|e| 2.0 / e)
}
