//! Every rule against PyTorch, and that lanes and what fills up registers are as if they were alone.

use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::initial::Initial;
use nn::network::Network;
use nn::optimizer::{Optimizer, Regularisation, Rule, Schedule};
use nn::samples::Samples;
use nn::settings::Precision;
use nn::trainer::Trainer;
use serde::Deserialize;
use tensor::{Element, Scalar, f32x16};

/// What `tools/optimizers.py` wrote.
#[derive(Deserialize)]
struct Reference {
    matrix: Vec<Vec<f64>>,
    vector: Vec<f64>,
    start: Vec<f64>,
    kept: Vec<usize>,
    courses: Vec<Course>,
    schedules: std::collections::BTreeMap<String, Vec<f64>>,
}

#[derive(Deserialize)]
struct Course {
    rule: String,
    rate: f64,
    weight_decay: f64,
    l1: f64,
    clip: Option<f64>,
    w: Vec<Vec<f64>>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("reference/optimizers.json")).unwrap()
}

fn rules() -> [(&'static str, Rule); 6] {
    [
        ("sgd", Rule::Sgd),
        ("momentum", Rule::Momentum { momentum: 0.9 }),
        ("nesterov", Rule::Nesterov { momentum: 0.9 }),
        ("adam", Rule::ADAM),
        ("adamw", Rule::ADAM_W),
        ("rmsprop", Rule::RMS_PROP),
    ]
}

impl Reference {
    /// M·w − b.
    fn gradient<T: Scalar>(&self, w: &[T]) -> Vec<T> {
        let row = |(row, &b): (&Vec<f64>, &f64)| {
            let products = row.iter().zip(w).map(|(&m, &w)| T::from_f64(m) * w);
            products.fold(T::from_f64(-b), |sum, product| sum + product)
        };
        self.matrix.iter().zip(&self.vector).map(row).collect()
    }
}

/// One step, in slices of the lengths given.
fn step<T: Scalar>(optimizer: &mut Optimizer<T>, w: &mut [T], gradient: &[T], lengths: &[usize]) {
    let mut step = optimizer.step();
    if step.clips() {
        let mut rest = gradient;
        for &length in lengths {
            step.measure(rest.split_off(..length).unwrap());
        }
    }
    let (mut w, mut rest) = (w, gradient);
    for &length in lengths {
        step.update(w.split_off_mut(..length).unwrap(), rest.split_off(..length).unwrap());
    }
}

#[test]
fn fifty_steps_of_every_rule_are_those_of_pytorch() {
    let reference = reference();
    assert_eq!(reference.courses.len(), 5 * rules().len());
    for Course { rule, rate, weight_decay, l1, clip, w: expected } in &reference.courses {
        let found = rules().into_iter().find(|(name, _)| name == rule).unwrap().1;
        let regularisation = Regularisation { weight_decay: *weight_decay, l1: *l1, clip: *clip };
        let mut optimizer = Optimizer::<f64>::new(found, *rate, 5).regularised(regularisation);
        let mut w = reference.start.clone();
        let mut expected = reference.kept.iter().zip(expected);
        let mut next = expected.next();
        for t in 1..=50 {
            let gradient = reference.gradient(&w);
            step(&mut optimizer, &mut w, &gradient, &[2, 3]);
            if let Some((_, expected_w)) = next.filter(|(kept, _)| **kept == t) {
                for (w, expected) in w.iter().zip(expected_w) {
                    assert!((w - expected).abs() <= 1e-12, "{found} {regularisation:?} at {t}: {w} and {expected}");
                }
                next = expected.next();
            }
        }
        assert!(next.is_none());
    }
}

#[test]
fn every_schedule_is_that_of_pytorch() {
    let schedules = reference().schedules;
    assert_eq!(schedules.len(), Schedule::ALL.len());
    for (name, rates) in schedules {
        let schedule: Schedule = name.parse().unwrap();
        for (t, expected) in rates.iter().enumerate() {
            let rate = schedule.rate(0.3, t as u64, rates.len() as u64);
            assert!((rate - expected).abs() <= 1e-15, "{name} at {t}: {rate} and {expected}");
        }
    }
    // What follows the last step, and a run of no steps.
    assert_eq!(Schedule::ALL.iter().map(|schedule| schedule.rate(0.5, 0, 0)).collect::<Vec<_>>(), [0.5; 3]);
    assert_eq!(Schedule::ALL.iter().map(|s| s.rate(0.5, u64::MAX, 3)).collect::<Vec<_>>(), [0.5, 0.005, 0.0]);
    // Of three steps, the last one alone comes after half of them.
    assert_eq!([0, 1, 2].map(|t| Schedule::Step.rate(0.5, t, 3)), [0.5, 0.5, 0.05]);
}

const ALL: Regularisation = Regularisation { weight_decay: 0.25, l1: 0.125, clip: Some(1.5) };

/// Breaks if a length is taken over all lanes, or if a sum depends on what fills up a register.
#[test]
fn a_lane_is_a_run_of_its_own_and_zeros_behind_change_no_bit() {
    let reference = reference();
    for (_, rule) in rules() {
        for regularisation in [Regularisation::NONE, ALL] {
            let start = |lane: usize| reference.start.iter().map(move |w| (w * (1.0 + lane as f64)) as f32);
            let mut together: Vec<f32x16> =
                (0..5).map(|i| f32x16::from_lanes(|lane| start(lane).nth(i).unwrap())).collect();
            let mut optimizer = Optimizer::new(rule, 0.01, 5).regularised(regularisation);
            for _ in 0..30 {
                let gradient = reference.gradient(&together);
                step(&mut optimizer, &mut together, &gradient, &[5]);
            }
            for lane in 0..16 {
                let mut alone: Vec<f32> = start(lane).chain([0.0; 11]).collect();
                let mut optimizer = Optimizer::new(rule, 0.01, 16).regularised(regularisation);
                for _ in 0..30 {
                    let mut gradient = reference.gradient(&alone[..5]);
                    gradient.resize(16, 0.0);
                    step(&mut optimizer, &mut alone, &gradient, &[16]);
                }
                let bits = |values: &[f32]| values.iter().map(|value| value.bits()).collect::<Vec<_>>();
                let found: Vec<f32> = together.iter().map(|value| value.lane(lane)).collect();
                assert_eq!(bits(&alone[..5]), bits(&found), "{rule}, lane {lane}");
                assert_eq!(bits(&alone[5..]), [0; 11], "{rule}");
            }
        }
    }
}

#[test]
fn the_rate_changes_between_steps_and_a_copy_goes_on_the_same_way() {
    let mut optimizer = Optimizer::<f64>::new(Rule::Nesterov { momentum: 0.5 }, 0.25, 1);
    let mut w = [1.0];
    optimizer.step().update(&mut w, &[1.0]);
    assert_eq!((optimizer.rate(), w), (0.25, [0.625])); // v = 1; 1 − ¼·(1 + ½)
    optimizer.set_rate(0.5);
    let (mut copy, mut w_of_copy) = (optimizer.clone(), w);
    optimizer.step().update(&mut w, &[1.0]);
    copy.step().update(&mut w_of_copy, &[1.0]);
    assert_eq!((w, w_of_copy), ([0.625 - 0.5 * 1.75], w)); // v = 1½; ⅝ − ½·(1 + ¾)
}

#[test]
fn a_gradient_that_is_short_enough_keeps_its_bits() {
    let mut gradient = [0.1, 0.7, -0.3];
    for clip in [0.8, 1e300] {
        let clips = Regularisation { clip: Some(clip), ..Regularisation::NONE };
        let mut optimizer = Optimizer::<f64>::new(Rule::Sgd, 1.0, 3).regularised(clips);
        let mut w = [0.0; 3];
        step(&mut optimizer, &mut w, &gradient, &[3]);
        assert_eq!(w.map(|w| -w), gradient);
    }
    // And one that is not finite is not made to vanish.
    gradient[1] = f64::NAN;
    let clips = Regularisation { clip: Some(0.5), ..Regularisation::NONE };
    let mut w = [0.0; 3];
    step(&mut Optimizer::<f64>::new(Rule::Sgd, 1.0, 3).regularised(clips), &mut w, &gradient, &[3]);
    assert!(w[1].is_nan());
    gradient[1] = f64::INFINITY;
    let mut w = [0.0; 3];
    step(&mut Optimizer::<f64>::new(Rule::Sgd, 1.0, 3).regularised(clips), &mut w, &gradient, &[3]);
    assert!(!w[1].is_finite());
}

#[test]
#[should_panic(expected = "2 of 3 derivatives were measured")]
fn a_gradient_that_was_not_measured_is_not_clipped_in_silence() {
    let mut optimizer = Optimizer::<f64>::new(Rule::Sgd, 1.0, 3).regularised(ALL);
    let mut step = optimizer.step();
    step.measure(&[1.0, 2.0]);
    step.update(&mut [0.0; 2], &[1.0, 2.0]);
}

#[test]
#[should_panic(expected = "is not 0 or positive")]
fn a_negative_decay_is_refused() {
    let _ = Optimizer::<f64>::new(Rule::Sgd, 1.0, 3).regularised(Regularisation { weight_decay: -1.0, ..ALL });
}

/// Networks of several parameters that fill no register, in lanes and alone, in minibatches of one shard and of several.
/// Breaks if a length depends on what fills up the parameters in memory.
#[test]
fn training_with_clipped_gradients_has_the_same_bits_in_lanes_and_alone() {
    let hidden = Layer { units: 5, activation: Activation::Tanh };
    let output = Layer { units: 1, activation: Activation::Identity };
    let deep = Architecture::new(2, vec![hidden, hidden, output], Loss::SquaredError).unwrap();
    for (architecture, batch) in [(&deep, 8), (&Architecture::bent_line(11), 40), (&deep, 9000)] {
        let inputs = architecture.inputs();
        let rows: Vec<f32> = (0..50 * (inputs + 1)).map(|k| (0.7 * k as f32).sin()).collect();
        let train = |networks: &[Network]| -> Vec<Network> {
            fn of<T: Scalar<Element = f32>>(
                networks: &[Network],
                samples: &Samples<f32>,
                batch: usize,
            ) -> Vec<Network> {
                let mut trainer = Trainer::<T>::new(networks, 0, Rule::Sgd, 0.1, samples.clone(), batch);
                let clips = Regularisation { clip: Some(0.01), ..Regularisation::NONE };
                trainer.set_optimizer(|count| {
                    Optimizer::new(Rule::Nesterov { momentum: 0.9 }, 5.0, count).regularised(clips)
                });
                for step in 0..20 {
                    trainer.step(|_, indices| {
                        indices.iter_mut().enumerate().for_each(|(k, i)| *i = (k as u32 * 7 + step) % 50);
                    });
                }
                (0..T::LANES).map(|lane| trainer.network(lane)).collect()
            }
            let samples = Samples::new(inputs, 1, rows.clone());
            if networks.len() == 1 {
                of::<f32>(networks, &samples, batch)
            } else {
                of::<f32x16>(networks, &samples, batch)
            }
        };
        let starts: Vec<Network> =
            (0..16).map(|seed| Initial::PyTorch.rounded(architecture, seed, Precision::F32).unwrap()).collect();
        let together = train(&starts);
        for (start, trained) in starts.iter().zip(&together) {
            assert_ne!(start, trained);
            assert_eq!(&train(std::slice::from_ref(start))[0], trained, "{architecture}, minibatches of {batch}");
        }
    }
}

/// As many numbers in all, in another shape.
#[test]
#[should_panic(expected = "inputs and targets of samples, and inputs and outputs of the network")]
fn samples_of_another_shape_are_refused() {
    let output = Layer { units: 2, activation: Activation::Identity };
    let architecture = Architecture::new(1, vec![output], Loss::SquaredError).unwrap();
    let network = Network::new(architecture, vec![0.5; 4]).unwrap();
    let samples = Samples::new(2, 1, vec![0.25; 12]);
    Trainer::<f64>::new(std::slice::from_ref(&network), 0, Rule::Sgd, 0.1, samples, 2);
}
