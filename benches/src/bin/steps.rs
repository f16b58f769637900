//! Steps whose instructions the bench `instructions` counts.
//!
//! `steps` lists them by name, one a line; `steps NAME COUNT` makes so many of one of them.

use autodiff::Tape;
use benches::by_hand::ByHand;
use benches::{Form, Leaves, points, train, trainer};
use nn::architecture::Architecture;
use nn::data::Data;
use nn::events::{RESOLUTION, Watch, advance};
use nn::initial::initial_network;
use nn::network::Network;
use nn::optimizer::Rule;
use nn::settings::{Paradigm, Settings};
use nn::trainer::Points;
use nn::training::Training;
use std::hint::black_box;
use tensor::random::Streams;
use tensor::{Scalar, f32x16};

/// Something to count: given a number of steps, it makes them.
struct Case {
    name: String,
    run: Box<dyn Fn(u64)>,
}

impl Case {
    fn new(name: String, run: impl Fn(u64) + 'static) -> Self {
        Case { name, run: Box::new(run) }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => cases().iter().for_each(|case| println!("{}", case.name)),
        [name, count] => {
            let count = count.parse().expect("a number of steps");
            let cases = cases();
            let case = cases.iter().find(|case| case.name == *name).expect("the name of a case");
            (case.run)(count);
        }
        _ => panic!("steps [NAME COUNT]"),
    }
}

fn cases() -> Vec<Case> {
    const MOMENTUM: Rule = Rule::Momentum { momentum: 0.9 };
    let mut cases = Vec::new();
    for width in [10, 20, 40] {
        for trained in [Paradigm::Output, Paradigm::All] {
            cases.push(step::<f32>("f32", width, trained, Rule::Sgd, "SGD"));
        }
    }
    cases.extend([
        step::<f64>("f64", 20, Paradigm::All, Rule::Sgd, "SGD"),
        step::<f32x16>("16 networks of f32", 10, Paradigm::All, Rule::Sgd, "SGD"),
        step::<f32x16>("16 networks of f32", 40, Paradigm::All, Rule::Sgd, "SGD"),
        step::<f32>("f32", 20, Paradigm::All, MOMENTUM, "momentum"),
        step::<f32>("f32", 20, Paradigm::All, Rule::ADAM, "Adam"),
        watched::<f32>("f32", 20),
        watched::<f32>("f32", 40),
        watched::<f32x16>("16 networks of f32", 20),
        network::<f32>("f32", &["8", "8", "8"], "piecewise", false),
        network::<f32>("f32", &["8", "8", "8"], "piecewise", true),
        network::<f32x16>("16 networks of f32", &["8", "8", "8"], "piecewise", false),
        network::<f32x16>("16 networks of f32", &["8", "8", "8"], "piecewise", true),
        network::<f32>("f32", &["16", "16"], "spiral", false),
        network::<f32>("f32", &["16", "16"], "spiral", true),
        network::<f32x16>("16 networks of f32", &["16", "16"], "spiral", false),
        network::<f32x16>("16 networks of f32", &["16", "16"], "spiral", true),
        errors::<f32>("f32", 20),
        errors::<f32x16>("16 networks of f32", 20),
    ]);
    cases.extend(gradients::<16>());
    cases.extend(gradients::<40>());
    cases
}

/// Steps of the notebook's training; of 16 networks, all of them make a step.
fn step<T: Scalar>(kind: &str, width: usize, trained: Paradigm, rule: Rule, rule_name: &str) -> Case {
    let layers = match trained {
        Paradigm::Output | Paradigm::Ridge => "output layer",
        Paradigm::All => "all layers",
    };
    Case::new(format!("step, {layers}, {width} units, {kind}, {rule_name}"), move |steps| {
        let mut trainer = trainer::<T>(width, trained, rule);
        let mut streams = Streams::new(0, 0);
        train(&mut trainer, &mut streams, steps);
    })
}

/// The first steps of the notebook's training with a look for events after each 500, of which most see something then.
fn watched<T: Scalar>(kind: &str, width: usize) -> Case {
    Case::new(format!("step, all layers, {width} units, {kind}, SGD, watched"), move |steps| {
        let settings = Settings::default();
        let data = Data::from_settings(&settings).expect("built-in data");
        let seeds: Vec<u64> = (0..T::LANES as u64).collect();
        let starts: Vec<Network> = seeds.iter().map(|&s| initial_network(width, s, settings.precision)).collect();
        let mut training = Training::<T>::new(&settings, &data, Paradigm::All, &starts, &seeds);
        let mut watches = vec![Watch::new(&data, starts[0].architecture(), RESOLUTION); seeds.len()];
        advance(&mut training, steps, &mut watches);
        black_box(watches);
    })
}

/// Training of a deep network, watched at the resolution that it has if none is asked for.
fn network<T: Scalar>(kind: &str, layers: &[&str], target: &str, watched: bool) -> Case {
    let watched_words = if watched { ", watched" } else { "" };
    let (layers, target) = (layers.join(","), target.to_owned());
    Case::new(format!("step, {target}, layers {layers}, {kind}, SGD{watched_words}"), move |steps| {
        let layers = layers.split(',').map(|units| units.parse().expect("units")).collect();
        let target = target.parse().expect("a target");
        let settings = Settings { layers, target, paradigms: vec![Paradigm::All], ..Settings::default() };
        let data = Data::from_settings(&settings).expect("built-in data");
        let architecture = &settings.architectures(&data).expect("settings that go together")[0];
        let seeds: Vec<u64> = (0..T::LANES as u64).collect();
        let start = |&seed: &u64| settings.initial(&data).rounded(architecture, seed, settings.precision);
        let starts: Vec<Network> = seeds.iter().map(start).collect::<Result<_, _>>().expect("a start");
        let mut training = Training::<T>::new(&settings, &data, Paradigm::All, &starts, &seeds);
        let resolution = settings.resolution(&data).expect("a resolution");
        let watch = Watch::new(&data, architecture, resolution);
        let mut watches = if watched { vec![watch; seeds.len()] } else { Vec::new() };
        advance(&mut training, steps, &mut watches);
        black_box(watches);
    })
}

/// Mean squared errors on as many points as the notebook trains and tests on.
fn errors<T: Scalar>(kind: &str, width: usize) -> Case {
    Case::new(format!("errors on 1200 points, {width} units, {kind}"), move |steps| {
        let trainer = trainer::<T>(width, Paradigm::All, Rule::Sgd);
        let mut points = Points::<T>::new(points(1200), &Architecture::bent_line(width), false);
        for _ in 0..steps {
            black_box(trainer.errors(&mut points));
        }
    })
}

/// A gradient by a program.
fn replay<const W: usize>(name: &str, form: Form) -> Case {
    Case::new(format!("gradient {name}, {W} units, f32, replayed"), move |steps| {
        let tape = Tape::new();
        let mut program = form.program(Leaves::<W>::new().record(&tape));
        for _ in 0..steps {
            black_box(program.forward_and_backward());
        }
    })
}

/// The same, with the tape recorded for each gradient.
fn recording<const W: usize>() -> Case {
    Case::new(format!("gradient, {W} units, f32, recorded anew"), move |steps| {
        let (mut tape, leaves) = (Tape::new(), Leaves::<W>::new());
        for _ in 0..steps {
            tape.clear();
            let loss = black_box(&leaves).record(&tape);
            black_box(tape.backward(loss));
        }
    })
}

/// The same by the kernels alone.
fn by_hand<const W: usize>(name: &str, run: fn(&mut ByHand<W>)) -> Case {
    Case::new(format!("gradient {name}, {W} units, f32, by hand"), move |steps| {
        let mut by_hand = ByHand::new(&Leaves::<W>::new());
        for _ in 0..steps {
            run(black_box(&mut by_hand));
        }
    })
}

fn gradients<const W: usize>() -> Vec<Case> {
    vec![
        replay::<W>("of parts", Form::Parts),
        by_hand::<W>("in one", ByHand::error),
        replay::<W>("in one", Form::Error),
        recording::<W>(),
    ]
}
