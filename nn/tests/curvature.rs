//! The bound on the learning rate against runs on both sides of it.

use nn::curvature::{largest_eigenvalue, largest_stable_rate};
use nn::data::{Data, Function};
use nn::initial::initial_network;
use nn::network::Network;
use nn::samples::Samples;
use nn::settings::Precision;

fn points() -> Samples<f64> {
    let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
    data.x.iter().zip(&data.y).map(|(&x, &y)| [x, y]).collect::<Vec<_>>().into()
}

#[test]
fn with_one_unit_the_eigenvalue_is_that_of_a_2_by_2_matrix() {
    // Features (Φ(x), 1) on x = 1, 2: the Hessian of the mean squared error is 2/n·FᵀF = [[5, 3], [3, 2]].
    let network = Network::bent_line(&[1.0], &[0.0], &[0.3], 0.1);
    let eigenvalue = largest_eigenvalue(&network, 1, &vec![[1.0, 0.0], [2.0, 1.0]].into()).expect("finite");
    let expected = f64::midpoint(7.0, (9.0f64 + 36.0).sqrt());
    assert!((eigenvalue - expected).abs() < 1e-5, "{eigenvalue} {expected}");
}

#[test]
fn full_batch_descent_of_the_output_layer_diverges_just_above_the_bound() {
    let start = initial_network(10, 0, Precision::F64);
    let points = points();
    let bound = largest_stable_rate(&start, 1, &points).expect("a bound");
    let error_after = |rate: f64| {
        let (x, y): (Vec<f64>, Vec<f64>) = points.iter().map(|(x, y)| (x[0], y[0])).unzip();
        let mut network = start.clone();
        for _ in 0..3000 {
            let mut parameters = network.parameters().to_vec();
            for (&x, &y) in x.iter().zip(&y) {
                let d = 2.0 * (network.predict(x) - y) / 200.0;
                for (i, unit) in network.units().enumerate() {
                    parameters[20 + i] -= rate * d * (unit.w1 * x + unit.b1).max(0.0);
                }
                parameters[30] -= rate * d;
            }
            network = Network::new(network.architecture().clone(), parameters).unwrap();
        }
        network.mse(&x, &y)
    };
    assert!(error_after(0.98 * bound) < start.mse(&[0.5], &[0.0]) + 1.0);
    assert!(error_after(1.02 * bound) > 1e6);
}

#[test]
fn no_points_and_no_finite_network_have_no_bound() {
    let network = initial_network(3, 0, Precision::F64);
    assert_eq!(largest_eigenvalue(&network, 0, &Samples::new(1, 1, Vec::new())), None);
    let broken = Network::bent_line(&[f64::NAN], &[0.0], &[1.0], 0.0);
    assert_eq!(largest_eigenvalue(&broken, 0, &vec![[0.0, 0.0]].into()), None);
}
