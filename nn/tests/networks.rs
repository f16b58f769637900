//! Networks of any shape in training: gradients, bits, slices, data of several inputs and classes.

use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::data::Data;
use nn::initial::Initial;
use nn::model::{Model, blocks};
use nn::network::Network;
use nn::optimizer::{Regularisation, Rule, Schedule};
use nn::samples::Samples;
use nn::sets::Set;
use nn::settings::{Asked, Optimizer, Paradigm, Precision, Settings, setting};
use nn::study::Study;
use nn::training::Training;
use tensor::random::Streams;
use tensor::{Scalar, f32x16, f64x8};

/// A random architecture with samples that fit it.
fn random(seed: u64) -> (Network, Samples<f64>) {
    let mut random = Streams::new(seed, 7);
    let mut below = |count: usize| (random.uniform() * count as f64) as usize;
    let (inputs, depth) = (1 + below(4), below(4));
    let loss = Loss::ALL[below(3)];
    let outputs = match loss {
        Loss::Logistic => 1,
        Loss::SquaredError => 1 + below(3),
        Loss::CrossEntropy => 2 + below(4),
    };
    let hidden = (0..depth).map(|_| Layer { units: 1 + below(9), activation: Activation::ALL[below(7)] });
    let mut layers: Vec<Layer> = hidden.collect();
    layers.push(Layer { units: outputs, activation: Activation::Identity });
    let architecture = Architecture::new(inputs, layers, loss).unwrap();
    let network = Initial::PyTorch.network(&architecture, seed).unwrap();
    let count = 1 + below(20);
    let rows = (0..count).flat_map(|_| {
        let mut row: Vec<f64> = (0..inputs).map(|_| random.uniform() * 4.0 - 2.0).collect();
        let class = (random.uniform() * outputs.max(2) as f64) as usize;
        row.extend((0..outputs).map(|k| match loss {
            Loss::SquaredError => random.uniform() * 2.0 - 1.0,
            Loss::Logistic => class as f64,
            Loss::CrossEntropy => f64::from(u8::from(k == class)),
        }));
        row
    });
    (network, Samples::new(inputs, outputs, rows.collect()))
}

/// The mean loss of a network in plain loops.
fn loss_by_hand(network: &Network, samples: &Samples<f64>) -> f64 {
    let outputs = samples.targets() as f64;
    let of_sample = |(x, y): (&[f64], &[f64])| {
        let z = network.outputs(x);
        match network.architecture().loss() {
            Loss::SquaredError => z.iter().zip(y).map(|(z, y)| (z - y).powi(2)).sum::<f64>() / outputs,
            Loss::Logistic => (1.0 + z[0].exp()).ln() - y[0] * z[0],
            Loss::CrossEntropy => {
                let sum: f64 = z.iter().map(|z| z.exp()).sum();
                sum.ln() - z.iter().zip(y).map(|(z, y)| z * y).sum::<f64>()
            }
        }
    };
    samples.iter().map(of_sample).sum::<f64>() / samples.len() as f64
}

/// The gradient of the mean loss as a step of training has it.
fn gradient<T: Scalar<Element = f64>>(network: &Network, samples: &Samples<f64>, frozen: usize) -> (f64, Vec<f64>) {
    let mut model = Model::<T>::new(network.architecture(), frozen, samples.len());
    for lane in 0..T::LANES {
        model.set_network(lane, network);
    }
    let (mut loss, share) = (0.0, model.share(samples.len()));
    model.clear_derivatives();
    for block in blocks::<T>(samples, &model) {
        model.set_block(&block);
        loss += model.forward_and_accumulate().lane(T::LANES - 1);
    }
    let mut gradient = Vec::new();
    model.update(|_, derivatives| gradient.extend(derivatives.iter().map(|d| d.lane(T::LANES - 1) * share)));
    (loss * share, gradient)
}

#[test]
fn a_lane_has_the_loss_and_the_gradient_of_a_network_alone() {
    let mut depths = [0; 4];
    for seed in 0..200 {
        let (network, samples) = random(seed);
        let architecture = network.architecture();
        depths[architecture.hidden().len()] += 1;
        let (loss, found) = gradient::<f64>(&network, &samples, 0);
        let by_hand = loss_by_hand(&network, &samples);
        assert!((loss - by_hand).abs() < 1e-12 * (1.0 + by_hand), "{seed}: {architecture}: {loss}, {by_hand}");
        // Frozen layers have no derivatives, and change no other.
        let frozen = architecture.hidden().len();
        let (_, of_last) = gradient::<f64>(&network, &samples, frozen);
        let last = architecture.parameters_of(frozen);
        let of_all = &found[found.len() - last..];
        assert!(of_last.iter().zip(of_all).all(|(a, b)| (a - b).abs() < 1e-12), "{seed}: {architecture}");
        // A lane has the bits of a network alone.
        assert_eq!(gradient::<f64x8>(&network, &samples, 0), (loss, found), "{seed}: {architecture}");
    }
    assert!(depths.iter().all(|&count| count > 20), "{depths:?}");
}

fn asked(flags: &[(&str, &str)]) -> (Settings, Data) {
    let mut asked = Asked::new(Settings::default());
    for &(name, text) in flags {
        asked.set(setting(name).unwrap(), text).unwrap();
    }
    let data = Data::from_settings(&asked.settings()).unwrap();
    (asked.settings_on(&data), data)
}

/// Studies of several kinds, short.
fn kinds() -> Vec<Vec<(&'static str, &'static str)>> {
    vec![
        vec![("target", "circle"), ("activation", "tanh"), ("optimizer", "momentum"), ("schedule", "cosine")],
        vec![("target", "xor"), ("loss", "squared-error"), ("paradigms", "output,all,ridge"), ("clip", "0.01")],
        vec![("target", "bumps"), ("activation", "gelu"), ("weight-decay", "0.01"), ("precision", "f64")],
        vec![("layers", "7,5,3"), ("activation", "leaky-relu"), ("optimizer", "nesterov"), ("schedule", "step")],
        vec![("widths", "6"), ("activation", "sine"), ("paradigms", "output,all,ridge"), ("l1", "0.001")],
        vec![("target", "moons"), ("loss", "cross-entropy"), ("init", "kaiming"), ("optimizer", "adamw")],
    ]
}

#[test]
fn a_study_has_the_same_bits_for_any_threads_and_lanes() {
    for kind in kinds() {
        let flags = [&kind[..], &[("steps", "60"), ("save-every", "20"), ("seeds", "9"), ("samples", "50")]].concat();
        let (settings, data) = asked(&flags);
        let run = |settings: &Settings| Study::run(settings, data.clone(), &|_| ()).unwrap();
        let study = run(&settings);
        assert!(study.runs.iter().all(|run| run.end().is_finite()), "{kind:?}");
        assert_eq!(run(&Settings { threads: 1, ..settings.clone() }).hash(), study.hash(), "{kind:?}");
        // Alone, in no lane.
        let runs = study.runs.len() / 9;
        let alone = run(&Settings { seed: settings.seed + 4, seeds: 1, ..settings.clone() });
        let together: Vec<u64> = study.runs[4 * runs..5 * runs].iter().map(nn::study::Run::hash).collect();
        assert_eq!(alone.runs.iter().map(nn::study::Run::hash).collect::<Vec<_>>(), together, "{kind:?}");
    }
}

fn sliced<T: Scalar>(settings: &Settings, data: &Data, slices: &[u64]) -> Vec<u64> {
    let architecture = &settings.architectures(data).unwrap()[0];
    let start = settings.initial(data).rounded(architecture, 3, settings.precision).unwrap();
    let mut training = Training::<T>::new(settings, data, Paradigm::All, &[start], &[3]);
    for &steps in slices {
        training.advance(steps);
        // To look at it, or to copy it, changes nothing.
        training = training.clone();
        let _ = training.states();
    }
    assert_eq!(training.step(), 100);
    training.network(T::LANES - 1).parameters().iter().map(|p| p.to_bits()).collect()
}

#[test]
fn slices_of_any_length_give_the_same_bits() {
    for kind in kinds() {
        let (settings, data) = asked(&[&kind[..], &[("steps", "100")]].concat());
        let whole = sliced::<f32>(&settings, &data, &[100]);
        assert_eq!(sliced::<f32>(&settings, &data, &[1; 100]), whole, "{kind:?}");
        assert_eq!(sliced::<f32>(&settings, &data, &[0, 37, 1, 62]), whole, "{kind:?}");
        assert_eq!(sliced::<f32x16>(&settings, &data, &[50, 50]), whole, "{kind:?}");
    }
}

#[test]
fn a_run_can_be_forked_and_changed() {
    let (settings, data) = asked(&[("target", "moons"), ("schedule", "cosine"), ("steps", "200")]);
    let architecture = &settings.architectures(&data).unwrap()[0];
    let start = Initial::PyTorch.network(architecture, 0).unwrap();
    let mut training = Training::<f64>::new(&settings, &data, Paradigm::All, std::slice::from_ref(&start), &[0]);
    assert_eq!((training.network(0), training.step()), (start.clone(), 0));
    assert_eq!(training.state(0).minibatch_loss, None);
    training.advance(100);
    let mut fork = training.clone();
    fork.set_rate(0.0);
    let before = fork.network(0);
    fork.advance(50);
    assert_eq!((fork.network(0), fork.step()), (before, 150));
    fork.set_network(0, &start);
    assert_eq!(fork.network(0), start);
    training.advance(100);
    let state = training.state(0);
    assert!(state.train.accuracy > Some(0.8) && state.minibatch_loss.is_some(), "{state:?}");
    // A network that cannot be computed diverges, and says when.
    fork.set_network(0, &Network::new(architecture.clone(), vec![1e200; architecture.parameters()]).unwrap());
    fork.advance(10);
    assert_eq!((fork.diverged(0), fork.step()), (Some(151), 151));
}

#[test]
fn every_built_in_set_is_learned_by_its_usual_settings() {
    for (&set, least) in Set::ALL.iter().zip([0.96, 0.95, 0.98, 0.93, 0.98, 0.0, 0.0]) {
        let (settings, data) = asked(&[("target", set.word()), ("seeds", "10")]);
        let study = Study::run(&settings, data, &|_| ()).unwrap();
        assert_eq!(study.runs.len(), 10);
        for run in &study.runs {
            let end = run.end();
            if let Some(accuracy) = end.test.accuracy {
                assert!(accuracy >= least, "{set}, seed {}: {accuracy}", run.seed);
                continue;
            }
            // A part of what the mean would leave.
            let n = study.data.y_test.len() as f64;
            let mean = study.data.y_test.iter().sum::<f64>() / n;
            let variance = study.data.y_test.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n;
            assert!(end.test.loss < 0.15 * variance, "{set}, seed {}: {} of {variance}", run.seed, end.test.loss);
        }
    }
}

#[test]
fn the_share_of_points_that_are_right_is_that_of_the_predictions() {
    // Two classes by one output and by two, and four.
    let (_, two) = asked(&[("target", "spiral")]);
    let quadrants = |x: &[f64]| {
        x.chunks_exact(2).map(|x| f64::from(u8::from(x[0] > 0.0)) + 2.0 * f64::from(u8::from(x[1] > 0.0))).collect()
    };
    let four = Data {
        y: quadrants(&two.x),
        y_test: quadrants(&two.x_test),
        classes: ["a", "b", "c", "d"].map(String::from).to_vec(),
        ..two.clone()
    };
    for (data, loss) in
        [(&two, Loss::Logistic), (&two, Loss::SquaredError), (&four, Loss::CrossEntropy), (&four, Loss::SquaredError)]
    {
        let mut flags = Asked::new(Settings::default());
        for (name, text) in [("loss", &*loss.to_string()), ("layers", "8"), ("steps", "60"), ("save-every", "10")] {
            flags.set(setting(name).unwrap(), text).unwrap();
        }
        let study = Study::run(&flags.settings_on(data), data.clone(), &|_| ()).unwrap();
        let architecture = &study.runs[0].architecture;
        assert_eq!(architecture.loss(), loss, "{architecture}");
        let is_right = |network: &Network, x: &[f64], class: f64| match &network.outputs(x)[..] {
            [output] => (*output > 0.0) == (class == 1.0),
            outputs => outputs.iter().all(|output| *output <= outputs[class as usize]),
        };
        let mut shares: Vec<f64> = Vec::new();
        for state in &study.runs[0].states {
            let points = study.data.x_test.chunks_exact(2).zip(&study.data.y_test);
            let right = points.filter(|(x, class)| is_right(&state.network, x, **class)).count();
            shares.push(right as f64 / study.data.y_test.len() as f64);
            assert_eq!(state.test.accuracy, shares.last().copied(), "{architecture}, step {}", state.step);
        }
        assert!(shares.iter().any(|share| *share < 0.9), "{architecture}: {shares:?}");
        assert!(shares.windows(2).any(|pair| pair[0] != pair[1]), "{architecture}: {shares:?}");
    }
}

#[test]
fn what_is_not_mentioned_follows_from_what_is() {
    let (settings, _) = asked(&[("target", "spiral")]);
    assert_eq!((settings.layers.as_slice(), settings.optimizer), (&[16, 16][..], Optimizer::Adam));
    let (settings, data) = asked(&[("target", "spiral"), ("widths", "5"), ("optimizer", "sgd"), ("noise", "0")]);
    assert_eq!((settings.layers.len(), settings.optimizer, settings.noise), (0, Optimizer::Sgd, 0.0));
    assert_eq!(settings.paradigms, [Paradigm::Output, Paradigm::All], "ridge has no logistic loss");
    assert_eq!(settings.architectures(&data).unwrap()[0].to_string(), "2 → 5 relu → 1");
    let (settings, _) = asked(&[("layers", "4,4"), ("paradigms", "output")]);
    assert_eq!(settings.paradigms, [Paradigm::Output]);
    assert_eq!(settings.regularisation(), Regularisation::NONE);
    let (settings, _) = asked(&[("optimizer", "adamw"), ("clip", "2"), ("schedule", "step")]);
    assert_eq!(settings.regularisation(), Regularisation { weight_decay: 0.01, l1: 0.0, clip: Some(2.0) });
    assert_eq!((settings.rule(), settings.schedule), (Rule::ADAM_W, Schedule::Step));
    assert_eq!(settings.precision, Precision::F32);
}

#[test]
fn settings_that_do_not_go_together_are_refused() {
    let refused = |flags: &[(&str, &str)]| {
        let mut asked = Asked::new(Settings::default());
        for &(name, text) in flags {
            asked.set(setting(name).unwrap(), text).unwrap();
        }
        let data = Data::from_settings(&asked.settings()).unwrap();
        asked.settings_on(&data).architectures(&data).unwrap_err().to_string()
    };
    for (flags, message) in [
        (
            &[("loss", "cross-entropy")][..],
            "the loss cross-entropy tells classes apart, and y is a column of values; use squared-error",
        ),
        (
            &[("target", "circle"), ("paradigms", "ridge")],
            "ridge regression makes the squared error small, not the loss logistic; leave ridge out of paradigms, or use the \
             loss squared-error",
        ),
        (
            &[("target", "xor"), ("init", "one-place")],
            "the initialisation one-place puts elbows on a line and needs one input; this network has 2; use another init",
        ),
        (
            &[("layers", "1024,1024,1024"), ("save-every", "1"), ("steps", "1000")],
            "save-every 1: the 1001 states saved of each run would keep 2107 million numbers in memory, and at most 125 million \
             are allowed; raise save-every, or lower steps, seeds or widths",
        ),
    ] {
        assert_eq!(refused(flags), message, "{flags:?}");
    }
}

#[test]
fn ridge_regression_fits_any_last_layer() {
    let (settings, data) = asked(&[
        ("target", "xor"),
        ("loss", "squared-error"),
        ("layers", "30"),
        ("paradigms", "ridge"),
        ("activation", "tanh"),
        ("ridge", "1e-6"),
    ]);
    let study = Study::run(&settings, data, &|_| ()).unwrap();
    let run = &study.runs[0];
    assert_eq!(run.architecture.to_string(), "2 → 30 tanh → 2");
    assert!(run.end().test.accuracy > Some(0.9) && run.end().train.loss < 0.1, "{:?}", run.end().test);
    // The gradient of the penalised error is 0 there: no other output layer is better.
    let penalised = |network: &Network| {
        let samples = nn::frame::Frame::of(&study.data).samples(&study.data.x, &study.data.y, 2);
        let [weights, biases] = run.architecture.places(1);
        let penalty: f64 = network.parameters()[weights.start..biases.end].iter().map(|p| p * p).sum();
        2.0 * samples.len() as f64 * network.errors(&samples, true).loss + 1e-6 * penalty
    };
    let best = penalised(&run.end().network);
    for i in run.architecture.places(1)[0].clone() {
        let mut parameters = run.end().network.parameters().to_vec();
        parameters[i] += 1e-3;
        assert!(penalised(&Network::new(run.architecture.clone(), parameters).unwrap()) > best);
    }
}
