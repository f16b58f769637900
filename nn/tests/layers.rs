//! Layers as types: they record the program that their architecture does, and learn the same to the bit.

use autodiff::{DMatrix, SMatrix, Tape};
use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::initial::Initial;
use nn::layers::{Gelu, Layers, LeakyRelu, Linear, Relu, Sigmoid, Sine, Tanh};
use nn::model::record_network;
use nn::network::Network;
use nn::optimizer::{Optimizer, Rule};
use nn::samples::Samples;
use nn::trainer::Trainer;
use std::process::Command;
use tensor::Element;

/// A layer for each activation, one without, and a tuple in the tuple.
type Deep = (
    Linear<2, 3>,
    Relu,
    (Linear<3, 4>, LeakyRelu, Linear<4, 5>, Tanh),
    Linear<5, 4>,
    Sigmoid,
    (Linear<4, 3>, Gelu),
    Linear<3, 6>,
    Linear<6, 4>,
    Sine,
    Linear<4, 3>,
);
type Classifier = (Linear<2, 16>, Tanh, Linear<16, 1>);
type BentLine = (Linear<1, 10>, Relu, Linear<10, 1>);

#[test]
fn types_say_the_architecture() {
    let architecture = Deep::architecture(Loss::CrossEntropy).unwrap();
    assert_eq!(architecture.to_string(), "2 → 3 relu → 4 leaky-relu → 5 tanh → 4 sigmoid → 3 gelu → 6 → 4 sine → 3");
    assert_eq!(BentLine::architecture(Loss::SquaredError).unwrap(), Architecture::bent_line(10));
    let error = Classifier::architecture(Loss::CrossEntropy).unwrap_err();
    assert_eq!(error.to_string(), "cross-entropy needs an output for each class, at least two, and the network has 1");
    assert_eq!(
        Linear::<784, 10>::architecture(Loss::CrossEntropy).unwrap_err().to_string(),
        "784 inputs: a network has from 1 to 64"
    );
    let error = Classifier::initial(Loss::Logistic, Initial::Notebook, 0).unwrap_err();
    assert!(error.to_string().contains("needs one input; this network has 2"), "{error}");
}

#[test]
fn a_network_goes_through_both_doors_and_back() {
    let network = Deep::initial(Loss::CrossEntropy, Initial::PyTorch, 3).unwrap();
    let same = network.network(Loss::CrossEntropy).unwrap();
    assert_eq!(same, Initial::PyTorch.network(&Deep::architecture(Loss::CrossEntropy).unwrap(), 3).unwrap());
    assert_eq!(Deep::from_network(&same).unwrap(), network);
    let (first, ..) = &network;
    assert_eq!((first.weights.as_slice(), first.biases.as_slice()), (same.weights(0), same.biases(0)));

    // What is computed is the same, but for the order in which a bias is added.
    let x = SMatrix::<f64, 2, 7>::from_fn(|i, j| (1.3 * i as f64 + 0.7 * j as f64).sin());
    let outputs = network.outputs(x);
    let expected = same.predictions(x.as_slice());
    assert_eq!(expected.len(), 3 * 7);
    for (a, b) in outputs.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-14, "{a} and {b}");
    }

    let error = Classifier::from_network(&same).unwrap_err().to_string();
    assert!(
        error.starts_with("the network 2 → 3 relu → 4 leaky-relu")
            && error.contains("is no (nn::layers::Linear<2, 16>")
    );
    let other = Architecture::new(
        2,
        vec![Layer { units: 16, activation: Activation::Relu }, Layer { units: 1, activation: Activation::Identity }],
        Loss::Logistic,
    );
    assert!(Classifier::from_network(&Initial::Zero.network(&other.unwrap(), 0).unwrap()).is_err());
}

/// The loss of 7 samples by both doors.
fn both_doors_record_the_same<T: Element>(frozen: usize) {
    let network = Deep::initial(Loss::CrossEntropy, Initial::PyTorch, 3).unwrap();
    let x = SMatrix::<T, 2, 7>::from_fn(|i, j| T::from_f64((1.3 * i as f64 + 0.7 * j as f64).sin()));
    let y = SMatrix::<T, 3, 7>::from_fn(|i, j| T::from_f64(f64::from(i == j % 3)));
    let m = SMatrix::<T, 1, 7>::repeat(T::from_f64(1.0 / 7.0));

    let typed = Tape::<T>::new();
    let recorded = network.record_frozen(&typed, frozen);
    let (x_var, y_var, m_var) = (typed.input("x", x), typed.input("y", y), typed.input("weight", m));
    let loss = recorded.outputs(x_var).cross_entropy(y_var, m_var).named("loss");

    let dynamic = Tape::<T>::new();
    let same = network.network(Loss::CrossEntropy).unwrap();
    let architecture = same.architecture();
    let leaf = |name: &str, l: usize, shape: [usize; 2], values: &[f64]| {
        let value = DMatrix::from_iterator(shape[0], shape[1], values.iter().map(|&value| T::from_f64(value)));
        let name = format!("{name}{}", l + 1);
        if l < frozen { dynamic.dyn_input(&name, &value) } else { dynamic.dyn_parameter(&name, &value) }.unwrap()
    };
    let layers: Vec<_> = (0..architecture.layers().len())
        .map(|l| {
            let [units, inputs] = [architecture.layers()[l].units, architecture.inputs_of(l)];
            [leaf("W", l, [units, inputs], same.weights(l)), leaf("b", l, [units, 1], same.biases(l))]
        })
        .collect();
    let input = |name: &str, [rows, columns]: [usize; 2], values: &[T]| {
        dynamic.dyn_input(name, &DMatrix::from_column_slice(rows, columns, values)).unwrap()
    };
    let x = input("x", [2, 7], x.as_slice());
    let (y, m) = (input("y", [3, 7], y.as_slice()), input("weight", [1, 7], m.as_slice()));
    let other = record_network(architecture.layers(), &layers, x).unwrap().cross_entropy(y, m).unwrap().named("loss");

    assert_eq!(typed.graph().json(), dynamic.graph().json());
    let (mut a, mut b) = (typed.program(loss), other.program().unwrap());
    assert_eq!(a.operations(), b.operations());
    assert_eq!(a.operations()[..8], ["dense"; 8]);
    a.forward_and_backward();
    b.forward_and_backward();
    assert_eq!(a.loss(), b.loss());
    assert_eq!(recorded.network(&a, 0).network(Loss::CrossEntropy).unwrap().architecture(), architecture);
    let (.., last) = recorded.layers;
    let (_, _, (middle, ..), ..) = recorded.layers;
    assert_eq!(a.derivative_entries(last.weights), b.derivative_entries(layers[7][0]));
    assert_eq!(a.derivative_entries(middle.biases), b.derivative_entries(layers[1][1]));
    assert_eq!(a.derivative_entries(middle.biases).is_some(), frozen < 2);
}

#[test]
fn both_doors_record_the_same_program() {
    for frozen in [0, 1, 4] {
        both_doors_record_the_same::<f64>(frozen);
        both_doors_record_the_same::<f32>(frozen);
    }
}

/// Trains through both doors on the same minibatches of 8 of 40 samples, and compares all parameters.
fn trains_to_the_same_bits<L, T, const I: usize, const O: usize, const A: bool>(loss: Loss, rule: Rule)
where
    L: Layers<Inputs = nn::layers::Units<I, true>, Outputs = nn::layers::Units<O, A>>,
    T: Element,
{
    let sample = |j: usize, k: usize| match k < I {
        true => (0.7 * j as f64 + 1.9 * k as f64).sin(),
        false if loss == Loss::SquaredError => (0.3 * j as f64).cos(),
        false => f64::from((k - I + j).is_multiple_of(O.max(2))),
    };
    let rows: Vec<T> = (0..40).flat_map(|j| (0..I + O).map(move |k| T::of(sample(j, k)))).collect();
    let minibatch = |step: usize| std::array::from_fn::<usize, 8, _>(|k| (step * 11 + k * 7) % 40);

    let start = L::initial(loss, Initial::PyTorch, 5).unwrap();
    let rounded = |network: &Network| {
        let parameters = network.parameters().iter().map(|&p| T::of(p).to_f64()).collect();
        Network::new(network.architecture().clone(), parameters).unwrap()
    };
    let network = rounded(&start.network(loss).unwrap());
    let mut trainer =
        Trainer::<T>::new(std::slice::from_ref(&network), 0, rule, 0.05, Samples::new(I, O, rows.clone()), 8);
    for step in 0..60 {
        trainer.step(|_, indices| {
            for (index, k) in indices.iter_mut().zip(minibatch(step)) {
                *index = k as u32;
            }
        });
    }

    let tape = Tape::<T>::new();
    let recorded = L::from_network(&network).unwrap().record(&tape);
    let (x, y) = (tape.zero_input::<I, 8>("x"), tape.zero_input::<O, 8>("y"));
    let share = 8.0 * if loss == Loss::SquaredError { O as f64 } else { 1.0 };
    let m = tape.input("m", SMatrix::<T, 1, 8>::repeat(T::of(1.0 / share)));
    let outputs = recorded.outputs(x);
    let loss_var = match loss {
        Loss::SquaredError => outputs.weighted_square(y, m),
        Loss::CrossEntropy => outputs.cross_entropy(y, m),
        Loss::Logistic => outputs.dynamic().logistic(y.dynamic(), m.dynamic()).unwrap().typed().unwrap(),
    };
    let mut program = tape.program(loss_var);
    let mut count = 0;
    program.update_all(|values, _| count += values.len());
    let mut optimizer = Optimizer::new(rule, 0.05, count);
    for step in 0..60 {
        let samples = minibatch(step).map(|j| &rows[j * (I + O)..][..I + O]);
        program.entries_mut(x).copy_from_slice(&samples.map(|row| &row[..I]).concat());
        program.entries_mut(y).copy_from_slice(&samples.map(|row| &row[I..]).concat());
        program.forward_and_backward();
        let mut step = optimizer.step();
        program.update_all(|values, gradient| step.update(values, gradient));
    }
    let trained = recorded.network(&program, 0).network(loss).unwrap();
    assert_ne!(trained, network);
    let bits = |network: &Network| network.parameters().iter().map(|p| p.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&trained), bits(&trainer.network(0)), "{} by {rule}", trained.architecture());
}

#[test]
fn both_doors_train_to_the_same_bits() {
    trains_to_the_same_bits::<BentLine, f32, 1, 1, false>(Loss::SquaredError, Rule::Sgd);
    trains_to_the_same_bits::<BentLine, f64, 1, 1, false>(Loss::SquaredError, Rule::ADAM);
    trains_to_the_same_bits::<Classifier, f32, 2, 1, false>(Loss::Logistic, Rule::Nesterov { momentum: 0.9 });
    trains_to_the_same_bits::<Deep, f64, 2, 3, false>(Loss::CrossEntropy, Rule::RMS_PROP);
    trains_to_the_same_bits::<Deep, f32, 2, 3, false>(Loss::SquaredError, Rule::Sgd);
}

/// The pinned messages are those of this compiler; others word them differently.
const PINNED: &str = "rustc 1.95.";

#[test]
fn layers_that_do_not_fit_do_not_compile() {
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(compiler).arg("--version").output().expect("a test is built by a compiler");
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    if version.starts_with(PINNED) {
        trybuild::TestCases::new().compile_fail("tests/shapes/*.rs");
    } else {
        println!("skipped: the messages are pinned for {PINNED}x, this is {version}");
    }
}
