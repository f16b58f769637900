//! Initial parameters have the distribution their formulas say.

use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::initial::{Initial, InitialError, initial_network};
use nn::network::Network;
use nn::settings::Precision;

fn deep(inputs: usize, activation: Activation) -> Architecture {
    let hidden = Layer { units: 100, activation };
    let output = Layer { units: 50, activation: Activation::Identity };
    Architecture::new(inputs, vec![hidden, hidden, output], Loss::SquaredError).unwrap()
}

/// Uniform in ±`bound`: all within, the largest near it, mean and variance as they must be, to five standard errors;
/// and the Kolmogorov-Smirnov distance below its value for a probability of 10⁻⁶.
fn assert_uniform(values: &[f64], bound: f64, what: &str) {
    let n = values.len() as f64;
    assert!(values.iter().all(|v| v.abs() <= bound), "{what}: beyond {bound}");
    let mean = values.iter().sum::<f64>() / n;
    assert!(mean.abs() < 5.0 * bound / (3.0 * n).sqrt(), "{what}: mean {mean}");
    let variance = values.iter().map(|v| v * v).sum::<f64>() / n;
    let expected = bound * bound / 3.0;
    assert!((variance - expected).abs() < 5.0 * expected * (0.8 / n).sqrt(), "{what}: variance {variance}");
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let distance = |(i, v): (usize, &f64)| (f64::midpoint(v / bound, 1.0) - (i as f64 + 0.5) / n).abs();
    let farthest = sorted.iter().enumerate().map(distance).fold(0.0, f64::max);
    assert!(farthest < 2.7 / n.sqrt(), "{what}: {farthest} from uniform");
}

#[test]
fn pytorch_draws_weights_and_biases_from_one_over_the_root_of_the_inputs() {
    let network = Initial::PyTorch.network(&deep(30, Activation::Relu), 1).unwrap();
    for (layer, inputs) in [30.0_f64, 100.0, 100.0].into_iter().enumerate() {
        assert_uniform(network.weights(layer), inputs.sqrt().recip(), &format!("W{}", layer + 1));
        assert_uniform(network.biases(layer), inputs.sqrt().recip(), &format!("b{}", layer + 1));
    }
}

#[test]
fn kaiming_keeps_the_size_of_values() {
    for &activation in Activation::ALL {
        let network = Initial::Kaiming.network(&deep(30, activation), 2).unwrap();
        let gain: f64 = match activation {
            Activation::Relu | Activation::Gelu => 2.0_f64.sqrt(),
            Activation::LeakyRelu => (2.0_f64 / 1.0001).sqrt(),
            Activation::Tanh => 5.0 / 3.0,
            _ => 1.0,
        };
        assert_uniform(network.weights(0), gain * (3.0_f64 / 30.0).sqrt(), &format!("W1, {activation}"));
        assert_uniform(network.weights(1), gain * (3.0_f64 / 100.0).sqrt(), &format!("W2, {activation}"));
        assert_uniform(network.weights(2), (3.0_f64 / 100.0).sqrt(), &format!("W3, {activation}"));
        assert!((0..3).all(|layer| network.biases(layer).iter().all(|&b| b == 0.0)));
    }
    // The purpose: mean squares of pre-activations of ReLUs are those of the layer before, but for chance.
    let network = Initial::Kaiming.network(&deep(30, Activation::Relu), 3).unwrap();
    let x: Vec<f64> = (0..30).map(|i| f64::from(i % 7) - 3.0).collect();
    let mean_square = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
    let evaluation = network.evaluate(&x);
    let ratio = mean_square(evaluation.before(1)) / mean_square(evaluation.before(0));
    assert!((0.5..2.0).contains(&ratio), "{ratio}");
}

#[test]
fn glorot_counts_inputs_and_outputs() {
    let network = Initial::Glorot.network(&deep(30, Activation::Tanh), 4).unwrap();
    for (layer, both) in [130.0_f64, 200.0, 150.0].into_iter().enumerate() {
        assert_uniform(network.weights(layer), (6.0 / both).sqrt(), &format!("W{}", layer + 1));
        assert!(network.biases(layer).iter().all(|&b| b == 0.0));
    }
}

#[test]
fn zero_is_zero() {
    let network = Initial::Zero.network(&deep(2, Activation::Sine), 5).unwrap();
    assert!(network.parameters().iter().all(|&p| p == 0.0));
}

#[test]
fn the_notebooks_elbows_are_uniform_and_ascending() {
    let all: Vec<Network> =
        (0..50).map(|seed| Initial::Notebook.network(&Architecture::bent_line(40), seed).unwrap()).collect();
    let elbows: Vec<Vec<f64>> = all.iter().map(|n| n.units().map(|unit| unit.elbow().unwrap()).collect()).collect();
    assert!(elbows.iter().all(|elbows| elbows.windows(2).all(|pair| pair[0] <= pair[1])));
    let centred: Vec<f64> = elbows.concat().iter().map(|e| e - 0.5).collect();
    assert_uniform(&centred, 0.5 + 1e-12, "elbows");
    let weights: Vec<f64> = all.iter().flat_map(|n| n.weights(0)).copied().collect();
    assert_uniform(&weights, 1.0, "W1");
    let outputs: Vec<f64> = all.iter().flat_map(|n| n.weights(1)).copied().collect();
    assert_uniform(&outputs, 40.0_f64.sqrt().recip(), "W2");
}

#[test]
fn deeper_networks_of_one_input_start_with_the_notebooks_first_layer() {
    let architecture = deep(1, Activation::Relu);
    let network = Initial::Notebook.network(&architecture, 6).unwrap();
    let elbow = |unit: usize| -network.biases(0)[unit] / network.weights(0)[unit];
    assert!((0..100).all(|unit| (-1e-12..=1.0 + 1e-12).contains(&elbow(unit))));
    assert_uniform(network.weights(1), 0.1, "W2");
    assert_uniform(network.biases(1), 0.1, "b2");
    let one = Initial::OnePlace.network(&architecture, 6).unwrap();
    assert!((0..100).all(|unit| one.biases(0)[unit] == -0.5 * one.weights(0)[unit]));
    assert_eq!(one.weights(0), network.weights(0));
    assert_eq!(one.weights(2), network.weights(2));
}

#[test]
fn elbows_need_a_line() {
    for initial in [Initial::Notebook, Initial::OnePlace] {
        let error = initial.network(&deep(2, Activation::Relu), 0).unwrap_err();
        assert_eq!(error, InitialError::Inputs { initial, inputs: 2 });
        assert!(error.to_string().contains("needs one input; this network has 2"), "{error}");
    }
}

#[test]
fn a_seed_and_an_architecture_decide_the_start() {
    for &initial in Initial::ALL {
        let start = |seed, precision| initial.rounded(&deep(1, Activation::Relu), seed, precision).unwrap();
        assert_eq!(start(7, Precision::F64), start(7, Precision::F64));
        assert!(initial == Initial::Zero || start(7, Precision::F64) != start(8, Precision::F64));
        let single = start(7, Precision::F32);
        assert!(single.parameters().iter().all(|&p| f64::from(p as f32) == p), "{initial}");
    }
    let line = Initial::Notebook.rounded(&Architecture::bent_line(20), 3, Precision::F32).unwrap();
    assert_eq!(line, initial_network(20, 3, Precision::F32));
}

/// Without a hidden layer there is no number of hidden units to choose a stream by, and stream 0 belongs to minibatches.
#[test]
fn a_network_without_hidden_layers_has_a_start() {
    let output = Layer { units: 3, activation: Activation::Identity };
    let architecture = Architecture::new(1, vec![output], Loss::SquaredError).unwrap();
    for &initial in Initial::ALL {
        assert_eq!(initial.network(&architecture, 0).unwrap().parameters().len(), 6, "{initial}");
    }
}
