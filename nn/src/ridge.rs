//! Ridge regression on the hidden features: the output layer in closed form.

use crate::network::Network;
use nalgebra::{DMatrix, DVector};
use tensor::Scalar;

/// The errors of the ridge solution for one λ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RidgePoint {
    /// The weight of the penalty λ·‖c‖².
    pub lambda: f64,
    /// Mean squared error on the training points.
    pub train_mse: f64,
    /// Mean squared error on the test points.
    pub test_mse: f64,
}

/// The hidden features of a network on n points, F = [Φ(x·W1ᵀ + 1·b1ᵀ) 1] of n×(width + 1), ready to be fitted for
/// any λ.
///
/// The output layer c = (W2, b2) minimises ‖F·c − y‖² + λ·‖c‖², so it solves (Fᵀ·F + λI)·c = Fᵀ·y; the output bias
/// is penalised too, as in the notebook. When there are fewer points than features, the same c is
/// Fᵀ·(F·Fᵀ + λI)⁻¹·y
/// (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 18.3.5). Either way the matrix that is
/// factored is the smaller one.
#[derive(Clone, Debug)]
pub struct RidgeProblem {
    network: Network,
    /// Column by column; the last column is ones.
    features: Vec<Vec<f64>>,
    y: Vec<f64>,
    /// Fᵀ·F or F·Fᵀ, whichever is smaller.
    gram: DMatrix<f64>,
}

impl RidgeProblem {
    /// The features of `network` on the inputs `x`, to be fitted to `y`.
    ///
    /// # Panics
    /// If there is no point, or not one y for each x.
    pub fn new(network: &Network, x: &[f64], y: &[f64]) -> Self {
        assert!(!x.is_empty() && x.len() == y.len(), "one y for each of at least one x");
        let (w1, b1) = (network.weights(0), network.biases(0));
        let feature = |i: usize| x.iter().map(|x| (w1[i] * x + b1[i]).relu()).collect();
        let mut features: Vec<Vec<f64>> = (0..network.units().len()).map(feature).collect();
        features.push(vec![1.0; x.len()]);
        let gram = if features.len() <= x.len() {
            symmetric(features.len(), |i, j| dot(&features[i], &features[j]))
        } else {
            symmetric(x.len(), |i, j| features.iter().map(|f| f[i] * f[j]).sum())
        };
        RidgeProblem { network: network.clone(), features, y: y.to_vec(), gram }
    }

    /// The network with the output layer that is best for λ; its hidden layer is the one it started with.
    ///
    /// None if the equations cannot be solved in double precision, as may be for λ = 0 or nearly so.
    pub fn solve(&self, lambda: f64) -> Option<Network> {
        let mut matrix = self.gram.clone();
        for i in 0..matrix.nrows() {
            matrix[(i, i)] += lambda;
        }
        let cholesky = matrix.cholesky()?;
        let coefficients: Vec<f64> = if self.features.len() <= self.y.len() {
            let right = DVector::from_iterator(self.features.len(), self.features.iter().map(|f| dot(f, &self.y)));
            cholesky.solve(&right).as_slice().to_vec()
        } else {
            let dual = cholesky.solve(&DVector::from_column_slice(&self.y));
            self.features.iter().map(|f| dot(f, dual.as_slice())).collect()
        };
        let (w2, b2) = coefficients.split_at(self.network.units().len());
        let network = Network::bent_line(self.network.weights(0), self.network.biases(0), w2, b2[0]);
        network.is_finite().then_some(network)
    }
}

/// The values of λ at which the error is explored: 10⁻⁸ to 10², three a decade.
pub fn lambdas() -> impl Iterator<Item = f64> {
    (-24..=6).map(|third| libm::pow(10.0, f64::from(third) / 3.0))
}

/// A symmetric matrix from its lower triangle. The sums are our own, as nalgebra's products of large matrices fuse
/// multiplication and addition where the machine can, and would give other bits there.
fn symmetric(size: usize, entry: impl Fn(usize, usize) -> f64) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(size, size);
    for j in 0..size {
        for i in j..size {
            matrix[(i, j)] = entry(i, j);
            matrix[(j, i)] = matrix[(i, j)];
        }
    }
    matrix
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
