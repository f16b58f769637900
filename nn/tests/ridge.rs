//! The ridge solution against the equations it solves.

use nn::data::{Data, Function};
use nn::frame::Frame;
use nn::initial::initial_network;
use nn::network::Network;
use nn::ridge::{RidgeProblem, lambdas};
use nn::settings::Precision;

/// (Fᵀ·F + λI)·c − Fᵀ·y, by plain loops.
fn residual(network: &Network, x: &[f64], y: &[f64], lambda: f64) -> Vec<f64> {
    let feature = |i: usize, x: f64| {
        if i < network.units().len() { (network.weights(0)[i] * x + network.biases(0)[i]).max(0.0) } else { 1.0 }
    };
    let c: Vec<f64> = network.weights(1).iter().copied().chain([network.biases(1)[0]]).collect();
    let row = |j: usize| {
        let error = |(x, y): (&f64, &f64)| feature(j, *x) * (network.predict(*x) - y);
        x.iter().zip(y).map(error).sum::<f64>() + lambda * c[j]
    };
    (0..c.len()).map(row).collect()
}

#[test]
fn the_solution_satisfies_the_normal_equations() {
    // More points than features, and fewer.
    for (width, samples) in [(10, 200), (40, 200), (40, 12), (300, 200)] {
        let data = Data::generate(Function::Piecewise, samples, 0.1, 1);
        let start = initial_network(width, 0, Precision::F64);
        let problem = RidgeProblem::new(&start, &Frame::of(&data).samples(&data.x, &data.y, 1));
        for lambda in [1e-5, 1e-2, 10.0] {
            let solution = problem.solve(lambda).expect("a solution");
            assert_eq!((solution.weights(0), solution.biases(0)), (start.weights(0), start.biases(0)));
            for r in residual(&solution, &data.x, &data.y, lambda) {
                // The terms of the sum are of order 10.
                assert!(r.abs() < 1e-7, "width {width}, {samples} samples, λ = {lambda}: {r}");
            }
        }
    }
}

#[test]
fn no_other_output_layer_has_a_smaller_penalised_error() {
    let data = Data::generate(Function::Sine, 50, 0.1, 2);
    let problem =
        RidgeProblem::new(&initial_network(8, 1, Precision::F64), &Frame::of(&data).samples(&data.x, &data.y, 1));
    let cost = |network: &Network, lambda: f64| {
        let norm: f64 =
            network.weights(1).iter().map(|w| w * w).sum::<f64>() + network.biases(1)[0] * network.biases(1)[0];
        50.0 * network.mse(&data.x, &data.y) + lambda * norm
    };
    let best = problem.solve(0.1).expect("a solution");
    for i in 16..25 {
        for nudge in [-1e-3, 1e-3] {
            let mut parameters = best.parameters().to_vec();
            parameters[i] += nudge;
            assert!(cost(&Network::new(best.architecture().clone(), parameters).unwrap(), 0.1) > cost(&best, 0.1));
        }
    }
}

#[test]
fn training_error_grows_with_lambda() {
    let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
    let problem =
        RidgeProblem::new(&initial_network(20, 0, Precision::F64), &Frame::of(&data).samples(&data.x, &data.y, 1));
    let errors: Vec<f64> = lambdas().filter_map(|l| Some(problem.solve(l)?.mse(&data.x, &data.y))).collect();
    assert_eq!(errors.len(), 31);
    assert!(errors.windows(2).all(|w| w[0] <= w[1] * (1.0 + 1e-9)));
}
