//! Ridge regression on the hidden features: the output layer in closed form.

use crate::network::{Evaluation, Network};
use crate::samples::Samples;
use nalgebra::{DMatrix, DVector};

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

/// The hidden features of a network on n points, ready to be fitted for any λ: F = [H 1] of n×(width + 1), where a row of H
/// has the outputs of the last hidden layer at a point.
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
    /// Output by output.
    targets: Vec<Vec<f64>>,
    /// Fᵀ·F or F·Fᵀ, whichever is smaller.
    gram: DMatrix<f64>,
}

impl RidgeProblem {
    /// The features of `network` on the inputs of `samples`, to be fitted to their targets.
    ///
    /// # Panics
    /// If there is no sample, or if they do not have the inputs and outputs of the network.
    pub fn new(network: &Network, samples: &Samples<f64>) -> Self {
        assert!(!samples.is_empty(), "at least one sample");
        let (architecture, mut evaluation) = (network.architecture(), Evaluation::new(network.architecture()));
        assert_eq!(samples.targets(), architecture.outputs(), "a target for each output");
        let width = architecture.inputs_of(architecture.hidden().len());
        let mut features = vec![Vec::with_capacity(samples.len()); width + 1];
        let mut targets = vec![Vec::with_capacity(samples.len()); samples.targets()];
        for (x, y) in samples.iter() {
            network.evaluate_into(x, &mut evaluation);
            let row = architecture.hidden().len().checked_sub(1).map_or(x, |last| evaluation.after(last));
            features.iter_mut().zip(row.iter().chain(&[1.0])).for_each(|(column, &value)| column.push(value));
            targets.iter_mut().zip(y).for_each(|(column, &value)| column.push(value));
        }
        let points = samples.len();
        let gram = if features.len() <= points {
            symmetric(features.len(), |i, j| dot(&features[i], &features[j]))
        } else {
            symmetric(points, |i, j| features.iter().map(|f| f[i] * f[j]).sum())
        };
        RidgeProblem { network: network.clone(), features, targets, gram }
    }

    /// The network with the output layer that is best for λ; its hidden layer is the one it started with.
    ///
    /// None if the equations cannot be solved in double precision, as may be for λ = 0 or nearly so.
    #[allow(clippy::missing_panics_doc, reason = "the parameters are those of the network")]
    pub fn solve(&self, lambda: f64) -> Option<Network> {
        let mut matrix = self.gram.clone();
        for i in 0..matrix.nrows() {
            matrix[(i, i)] += lambda;
        }
        let cholesky = matrix.cholesky()?;
        let points = self.features[0].len();
        let architecture = self.network.architecture();
        let [weights, biases] = architecture.places(architecture.hidden().len());
        let mut parameters = self.network.parameters().to_vec();
        for (output, y) in self.targets.iter().enumerate() {
            let coefficients: Vec<f64> = if self.features.len() <= points {
                let right = DVector::from_iterator(self.features.len(), self.features.iter().map(|f| dot(f, y)));
                cholesky.solve(&right).as_slice().to_vec()
            } else {
                let dual = cholesky.solve(&DVector::from_column_slice(y));
                self.features.iter().map(|f| dot(f, dual.as_slice())).collect()
            };
            let (of_units, bias) = coefficients.split_at(coefficients.len() - 1);
            for (unit, &coefficient) in of_units.iter().enumerate() {
                parameters[weights.start + unit * self.targets.len() + output] = coefficient;
            }
            parameters[biases.start + output] = bias[0];
        }
        let network = Network::new(architecture.clone(), parameters).expect("as many parameters");
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
