//! Architectures within their limits, and none beyond; parameters in their places.

use nn::architecture::{
    Activation, Architecture, ArchitectureError, Layer, Loss, MAX_HIDDEN_LAYERS, MAX_INPUTS, MAX_OUTPUTS, MAX_UNITS,
};
use nn::network::Network;

fn layer(units: usize, activation: Activation) -> Layer {
    Layer { units, activation }
}

fn of(inputs: usize, units: &[usize], loss: Loss) -> Result<Architecture, ArchitectureError> {
    let (output, hidden) = units.split_last().expect("an output");
    let hidden = hidden.iter().map(|&units| layer(units, Activation::Relu));
    Architecture::new(inputs, hidden.chain([layer(*output, Activation::Identity)]).collect(), loss)
}

#[test]
fn the_limits_are_allowed_and_nothing_beyond() {
    let squared = Loss::SquaredError;
    let message = |result: Result<Architecture, ArchitectureError>| result.unwrap_err().to_string();
    assert!(of(MAX_INPUTS, &[MAX_UNITS, MAX_OUTPUTS], squared).is_ok());
    assert!(of(1, &[1; MAX_HIDDEN_LAYERS + 1], squared).is_ok());
    assert!(of(1, &[1], squared).is_ok());
    assert_eq!(message(of(0, &[1], squared)), "0 inputs: a network has from 1 to 64");
    assert_eq!(message(of(65, &[1], squared)), "65 inputs: a network has from 1 to 64");
    assert_eq!(message(of(1, &[2, 0, 1], squared)), "0 units in hidden layer 2: a hidden layer has from 1 to 1024");
    assert_eq!(message(of(1, &[1025, 1], squared)), "1025 units in hidden layer 1: a hidden layer has from 1 to 1024");
    assert_eq!(message(of(1, &[1; MAX_HIDDEN_LAYERS + 2], squared)), "9 hidden layers: a network has at most 8");
    assert_eq!(message(of(1, &[3, 0], squared)), "0 outputs: a network has from 1 to 64");
    assert_eq!(message(of(1, &[3, 65], squared)), "65 outputs: a network has from 1 to 64");
    let none = Architecture::new(1, Vec::new(), squared);
    assert_eq!(message(none), "no layers: a network has at least its output layer");
}

#[test]
fn a_loss_fits_the_outputs() {
    assert!(of(2, &[3, 1], Loss::Logistic).is_ok());
    assert!(of(2, &[3, 2], Loss::CrossEntropy).is_ok());
    let logistic = of(2, &[3, 2], Loss::Logistic).unwrap_err().to_string();
    assert_eq!(logistic, "logistic needs one output, the log odds of the second class, and the network has 2");
    let cross = of(2, &[3, 1], Loss::CrossEntropy).unwrap_err().to_string();
    assert_eq!(cross, "cross-entropy needs an output for each class, at least two, and the network has 1");
}

#[test]
fn every_parameter_has_one_place() {
    let architecture = of(3, &[5, 4, 2], Loss::SquaredError).unwrap();
    let places: Vec<_> = (0..3).flat_map(|layer| architecture.places(layer)).collect();
    assert_eq!(places, [0..15, 15..20, 20..40, 40..44, 44..52, 52..54]);
    assert_eq!(architecture.parameters(), 54);
    // W stands column by column: weight 3 of W1 is that of unit 3 for input 0, weight 5 that of unit 0 for input 1.
    let mut parameters = vec![0.0; 54];
    parameters[5] = 1.0;
    let network = Network::new(architecture, parameters).unwrap();
    assert_eq!(network.evaluate(&[7.0, 8.0, 9.0]).before(0), [8.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn parameters_of_another_number_are_refused() {
    let error = Network::new(Architecture::bent_line(2), vec![0.0; 6]).unwrap_err();
    assert_eq!(error.to_string(), "6 parameters: a network 1 → 2 relu → 1 has 7");
}

#[test]
fn an_architecture_is_written_as_it_is_read() {
    let text = r#"{"inputs":2,"layers":[{"units":4,"activation":"leaky-relu"},{"units":3,"activation":"identity"}],"loss":"cross-entropy"}"#;
    let architecture: Architecture = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&architecture).unwrap(), text);
    assert_eq!(architecture.hidden(), [layer(4, Activation::LeakyRelu)]);
    let broken = text.replace("\"inputs\":2", "\"inputs\":0");
    let error = serde_json::from_str::<Architecture>(&broken).unwrap_err().to_string();
    assert!(error.starts_with("0 inputs: a network has from 1 to 64"), "{error}");
    for word in Activation::WORDS {
        assert_eq!(&word.parse::<Activation>().unwrap().to_string(), word);
    }
    for word in Loss::WORDS {
        assert_eq!(&word.parse::<Loss>().unwrap().to_string(), word);
    }
}

#[test]
fn activations_are_their_formulas() {
    let value = |activation: Activation, z: f64| activation.value(z);
    for z in [-700.0, -30.0, -3.0, -1.0, -1e-9, 0.0, 1e-9, 0.3, 1.0, 5.0, 30.0, 700.0] {
        assert_eq!(value(Activation::Relu, z), z.max(0.0));
        assert_eq!(value(Activation::LeakyRelu, z), if z > 0.0 { z } else { 0.01 * z });
        assert_eq!(value(Activation::Identity, z), z);
        let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-15 * expected.abs() + 1e-300;
        assert!(close(value(Activation::Tanh, z), z.tanh()), "tanh {z}");
        assert!(close(value(Activation::Sine, z), z.sin()), "sine {z}");
        assert!(close(value(Activation::Sigmoid, z), (1.0 + (-z).exp()).recip()), "sigmoid {z}");
        // Φ is even but for its linear part: gelu(z) − gelu(−z) = z.
        assert!(close(value(Activation::Gelu, z) - value(Activation::Gelu, -z), z), "gelu {z}");
    }
    // z·P(N ≤ z) from tables of the normal distribution to 15 digits.
    assert!((value(Activation::Gelu, 1.0) - 0.841344746068543).abs() < 1e-15);
    assert!((value(Activation::Gelu, -2.0) + 2.0 * 0.0227501319481792).abs() < 1e-16);
    for &activation in Activation::ALL {
        assert!(value(activation, f64::NAN).is_nan(), "{activation}");
    }
}

#[test]
fn slopes_are_those_on_both_sides_of_the_kink() {
    for &activation in Activation::ALL {
        let Some([left, right]) = activation.slopes() else { continue };
        assert_eq!(activation.value(-2.0), -2.0 * left, "{activation}");
        assert_eq!(activation.value(2.0), 2.0 * right, "{activation}");
    }
}

#[test]
fn many_predictions_are_single_ones() {
    let architecture = of(3, &[5, 4, 2], Loss::SquaredError).unwrap();
    let parameters = (0..54).map(|i| ((i * 37) % 23) as f64 / 11.0 - 1.0).collect();
    let network = Network::new(architecture, parameters).unwrap();
    let points: Vec<f64> = (0..30).map(|i| ((i * 17) % 13) as f64 / 7.0 - 1.0).collect();
    let single: Vec<f64> = points.chunks(3).flat_map(|x| network.outputs(x)).collect();
    assert_eq!(network.predictions(&points), single);
    // The layers by hand, products added in the order of the inputs and the bias last.
    let x = &points[..3];
    let weights = |layer: usize, unit: usize, input: usize, units: usize| network.weights(layer)[input * units + unit];
    let hand = |layer: usize, units: usize, x: &[f64]| -> Vec<f64> {
        let unit = |unit: usize| {
            let mut z = weights(layer, unit, 0, units) * x[0];
            for (input, x) in x.iter().enumerate().skip(1) {
                z += weights(layer, unit, input, units) * x;
            }
            z + network.biases(layer)[unit]
        };
        (0..units).map(unit).collect()
    };
    let relu = |z: Vec<f64>| -> Vec<f64> { z.into_iter().map(|z| z.max(0.0)).collect() };
    let second = hand(1, 4, &relu(hand(0, 5, x)));
    assert_eq!(network.evaluate(x).before(1), second);
    assert_eq!(network.outputs(x), hand(2, 2, &relu(second)));
}
