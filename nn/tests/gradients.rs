//! Gradients of networks of any shape, against dual numbers and central differences, and as they are trained.

use autodiff::{Check, DMatrix, DynVar, Tape, Var, check};
use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::initial::Initial;
use nn::model::{Model, blocks, record_network};
use nn::network::Network;
use nn::samples::Samples;
use tensor::random::Streams;

/// A number below `count`.
fn below(random: &mut Streams, count: usize) -> usize {
    (random.uniform() * count as f64) as usize
}

/// A network of up to 8 hidden layers of up to 6 units, and samples for it.
fn network_and_samples(seed: u64) -> (Network, Samples<f64>) {
    let random = &mut Streams::new(seed, 77);
    let loss = Loss::ALL[below(random, Loss::ALL.len())];
    let inputs = 1 + below(random, 4);
    let hidden = if seed == 0 { 8 } else { 1 + below(random, 8) };
    let any = |random: &mut Streams| Activation::ALL[below(random, Activation::ALL.len())];
    let mut layers: Vec<Layer> =
        (0..hidden).map(|_| Layer { units: 1 + below(random, 6), activation: any(random) }).collect();
    layers.push(match loss {
        Loss::SquaredError => Layer { units: 1 + below(random, 4), activation: any(random) },
        Loss::Logistic => Layer { units: 1, activation: Activation::Identity },
        Loss::CrossEntropy => Layer { units: 2 + below(random, 4), activation: Activation::Identity },
    });
    let architecture = Architecture::new(inputs, layers, loss).unwrap();
    let start = Initial::PyTorch.network(&architecture, seed).unwrap();
    // Larger than a start, so that activations bend and units die.
    let parameters = start.parameters().iter().map(|p| 2.0 * p).collect();
    let outputs = architecture.outputs();
    let sample = |_| {
        let class = below(random, outputs.max(2));
        let x: Vec<f64> = (0..inputs).map(|_| 3.0 * random.uniform() - 1.5).collect();
        let y: Vec<f64> = match loss {
            Loss::SquaredError => (0..outputs).map(|_| 2.0 * random.uniform() - 1.0).collect(),
            Loss::Logistic => vec![class as f64],
            Loss::CrossEntropy => (0..outputs).map(|k| f64::from(k == class)).collect(),
        };
        [x, y].concat()
    };
    let rows = (0..5).flat_map(sample).collect();
    (Network::new(architecture, parameters).unwrap(), Samples::new(inputs, outputs, rows))
}

/// W and b of each layer, and the loss, recorded by parts; and the gradient by W and b, layer by layer.
fn recorded<'t>(
    tape: &'t Tape<f64>,
    network: &Network,
    samples: &Samples<f64>,
) -> (Vec<[DynVar<'t, f64>; 2]>, Var<'t, f64, 1, 1>) {
    let architecture = network.architecture();
    let layers: Vec<[DynVar<'_, f64>; 2]> = (0..architecture.layers().len())
        .map(|l| {
            let [units, inputs] = [architecture.layers()[l].units, architecture.inputs_of(l)];
            let leaf = |name: &str, columns: usize, values: &[f64]| {
                let value = DMatrix::from_column_slice(units, columns, values);
                tape.dyn_parameter(&format!("{name}{}", l + 1), &value).unwrap()
            };
            [leaf("W", inputs, network.weights(l)), leaf("b", 1, network.biases(l))]
        })
        .collect();
    let matrix = |rows: usize, values: Vec<f64>| DMatrix::from_vec(rows, samples.len(), values);
    let x = samples.iter().flat_map(|(x, _)| x.to_vec()).collect();
    let y = samples.iter().flat_map(|(_, y)| y.to_vec()).collect();
    let x = tape.dyn_input("x", &matrix(architecture.inputs(), x)).unwrap();
    let y = tape.dyn_constant(&matrix(architecture.outputs(), y)).unwrap();
    let m = tape.dyn_constant(&DMatrix::from_element(1, samples.len(), 1.0)).unwrap();
    let prediction = record_network(architecture.layers(), &layers, x).unwrap();
    let loss = match architecture.loss() {
        Loss::SquaredError => prediction.weighted_square(y, m),
        Loss::Logistic => prediction.logistic(y, m),
        Loss::CrossEntropy => prediction.cross_entropy(y, m),
    };
    (layers, loss.unwrap().typed().unwrap())
}

#[test]
fn gradients_of_two_hundred_networks_agree_with_dual_numbers_and_differences() {
    let (mut entries, mut silent, mut nonzero) = (0, 0, 0);
    let mut losses = [0; 3];
    for seed in 0..200 {
        let (network, samples) = network_and_samples(seed);
        let architecture = network.architecture();
        losses[Loss::ALL.iter().position(|loss| *loss == architecture.loss()).unwrap()] += 1;
        let tape = Tape::new();
        let (layers, loss) = recorded(&tape, &network, &samples);

        let Check { comparisons } = check(&tape, loss, 1e-5);
        assert_eq!(comparisons.len(), 2 * layers.len() + 1, "every W and b, and x");
        for comparison in comparisons {
            let case = format!("seed {seed}, {architecture}, {}: {comparison:?}", architecture.loss());
            assert!(comparison.dual_error <= 1e-12 && comparison.dual_silent.is_empty(), "{case}");
            assert!(comparison.difference_error <= 1e-7, "{case}");
            entries += tape.dyn_var(comparison.node).unwrap().shape().iter().product::<usize>();
            silent += comparison.straddling.len() + comparison.uncertain.len();
        }

        // And as it is trained: fused, in a block that is filled up, parameter after parameter.
        let derivatives = tape.backward(loss);
        let parts = layers.iter().flatten().flat_map(|&leaf| derivatives.slice(leaf.id()).unwrap().to_vec());
        let mut model = Model::<f64>::new(architecture, 0, samples.len());
        model.set_network(0, &network);
        let blocks = blocks(&samples, &model);
        assert_eq!(blocks.len(), 1);
        model.set_block(&blocks[0]);
        model.clear_derivatives();
        let trained = model.forward_and_accumulate();
        assert!((trained - loss.scalar()).abs() <= 1e-12 * loss.scalar().max(1.0), "seed {seed}");
        let mut gradient = Vec::new();
        model.update(|_, derivatives| gradient.extend_from_slice(derivatives));
        assert_eq!(gradient.len(), architecture.parameters());
        nonzero += gradient.iter().filter(|d| **d != 0.0).count();
        for (a, b) in gradient.iter().zip(parts) {
            assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "seed {seed}, {architecture}: {a} and {b}");
        }
    }
    // What differences cannot judge is the exception, and so are dead units.
    assert!(entries > 10_000 && silent * 100 < entries && nonzero * 2 > entries, "{silent}, {nonzero} of {entries}");
    assert!(losses.iter().all(|&count| count > 40), "{losses:?}");
}
