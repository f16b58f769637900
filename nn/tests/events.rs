//! Events against a search that looks at every step, unit, pair and point.

use nn::data::Data;
use nn::events::{Event, LATE, NEAR, SPIKE, Watch, What, advance};
use nn::initial::initial_network;
use nn::network::Network;
use nn::settings::{Optimizer, Paradigm, Precision, Settings, Target};
use nn::study::{Run, State, Study};
use nn::training::Training;
use std::collections::BTreeSet;
use tensor::{Scalar, f64x8};

/// A run in double precision of which every step is kept.
struct Course {
    settings: Settings,
    data: Data,
    states: Vec<State>,
}

fn training<T: Scalar>(settings: &Settings, data: &Data, width: usize, seeds: &[u64]) -> Training<T> {
    let starts: Vec<Network> = seeds.iter().map(|&seed| initial_network(width, seed, Precision::F64)).collect();
    Training::new(settings, data, Paradigm::All, &starts, seeds)
}

impl Course {
    fn new(settings: Settings, width: usize, steps: u64) -> Self {
        let data = Data::from_settings(&settings).unwrap();
        let mut training = training::<f64>(&settings, &data, width, &[settings.seed]);
        let mut states = vec![training.state(0)];
        for _ in 0..steps {
            training.advance(1);
            states.push(training.state(0));
        }
        Course { settings, data, states }
    }

    /// Every kind of event happens in one of these. Units die and are revived where L1 makes their weights small.
    fn all() -> Vec<Course> {
        let settings = |target: Target, lr_all: f64, optimizer: Optimizer, l1: f64| Settings {
            precision: Precision::F64,
            samples: 60,
            target,
            lr_all,
            optimizer,
            l1,
            ..Settings::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("years.csv");
        let row = |j: u32| format!("{},{}\n", 1990 + j, 300 - 7 * (j % 13));
        std::fs::write(&file, (0..40).map(row).collect::<String>()).unwrap();
        vec![
            Course::new(settings(Target::Piecewise, 0.2, Optimizer::Sgd, 0.0), 12, 1500),
            Course::new(settings(Target::Sine, 0.02, Optimizer::Adam, 0.0), 20, 1500),
            Course::new(Settings { seed: 2, ..settings(Target::Piecewise, 0.3, Optimizer::Sgd, 0.003) }, 8, 700),
            Course::new(settings(Target::File(file), 0.05, Optimizer::Momentum, 0.0), 10, 700),
        ]
    }

    /// What has happened at every step that is a multiple of `resolution`, or 1, 2, 3 or 5 times a power of ten below it.
    fn searched(&self, resolution: usize) -> Vec<Event> {
        let is_look = |state: &&State| state.network.is_finite() && looks_at(state.step, resolution as u64);
        let looks: Vec<&State> = self.states.iter().filter(is_look).collect();
        let domain = self.data.inputs[0].domain;
        let near = NEAR * (domain[1] - domain[0]);
        let inside = |network: &Network, unit: usize| {
            network.unit(unit).elbow().filter(|elbow| (domain[0]..=domain[1]).contains(elbow))
        };
        let is_on = |network: &Network, unit: usize, x: f64| network.unit(unit).is_active(x);
        let units = looks[0].network.units().len();
        let mut events = Vec::new();
        let mut was_on_a_spike = false;
        for (i, now) in looks.iter().enumerate() {
            let (step, network) = (now.step, &now.network);
            let mut happened = |what, place| events.push(Event { step, what, place });
            if let Some(before) = i.checked_sub(1).map(|i| &looks[i].network) {
                for u in 0..units {
                    for v in u + 1..units {
                        let distance = |network: &Network| Some((inside(network, u)? - inside(network, v)?).abs());
                        let is_near = |network: &Network| distance(network).is_some_and(|distance| distance <= near);
                        let middle =
                            |network: &Network| f64::midpoint(inside(network, u).unwrap(), inside(network, v).unwrap());
                        let is_between = |network: &Network, other: usize| {
                            let [a, b] = [u, v].map(|unit| inside(network, unit).unwrap());
                            inside(network, other).is_some_and(|place| a.min(b) < place && place < a.max(b))
                        };
                        if is_near(network) && !is_near(before) && !(0..units).any(|other| is_between(network, other)) {
                            happened(What::Merged([u, v]), Some(middle(network)));
                        }
                    }
                }
                for unit in 0..units {
                    for &x in &self.data.x {
                        if is_on(before, unit, x) != is_on(network, unit, x) {
                            happened(What::Crossed(unit), Some(x));
                        }
                    }
                    let lives = |network: &Network| self.data.x.iter().any(|&x| is_on(network, unit, x));
                    let elbow = network.unit(unit).elbow();
                    match (lives(before), lives(network)) {
                        (true, false) => happened(What::Died(unit), elbow),
                        (false, true) => happened(What::Revived(unit), elbow),
                        _ => {}
                    }
                    match (inside(before, unit).is_some(), inside(network, unit).is_some()) {
                        (true, false) => {
                            let border = elbow.map(|elbow| domain[usize::from(elbow > domain[1])]);
                            happened(What::Left(unit), border);
                        }
                        (false, true) => happened(What::CameBack(unit), elbow),
                        _ => {}
                    }
                }
            }
            let from = now.step as f64 * (1.0 - LATE);
            let mut late: Vec<f64> =
                looks[..i].iter().filter(|s| s.step as f64 >= from).map(|s| s.train.loss).collect();
            late.sort_by(f64::total_cmp);
            let is_on_a_spike = !late.is_empty() && now.train.loss > SPIKE * late[(late.len() - 1) / 2];
            if is_on_a_spike && !was_on_a_spike {
                happened(What::Spike, None);
            }
            was_on_a_spike = is_on_a_spike;
        }
        events
    }

    fn watched(&self, resolution: u64, slices: &[u64]) -> Vec<Event> {
        let width = self.states[0].network.units().len();
        let mut training = training::<f64>(&self.settings, &self.data, width, &[self.settings.seed]);
        let mut watches = [Watch::new(&self.data, resolution).unwrap()];
        let (mut left, mut slices) = (self.states.len() as u64 - 1, slices.iter().cycle());
        while left > 0 {
            let slice = left.min(*slices.next().unwrap());
            advance(&mut training, slice, &mut watches);
            left -= slice;
        }
        watches[0].events().to_vec()
    }
}

/// Whether a watch of a resolution looks after a step.
fn looks_at(step: u64, resolution: u64) -> bool {
    let text = step.to_string();
    let is_round = ["1", "2", "3", "5"].contains(&&text[..1]) && text[1..].bytes().all(|digit| digit == b'0');
    step.is_multiple_of(resolution) || (step < resolution && is_round)
}

/// In an order in which events of one step can be compared.
fn ordered(mut events: Vec<Event>) -> Vec<Event> {
    let key = |event: &Event| (event.step, event.what.name(), event.what.units().to_vec());
    events.sort_by(|a, b| {
        let places = [a, b].map(|event| event.place.unwrap_or(f64::INFINITY));
        key(a).cmp(&key(b)).then(places[0].total_cmp(&places[1]))
    });
    events
}

#[test]
fn what_a_watch_sees_is_what_a_search_at_every_step_finds() {
    let mut kinds = BTreeSet::new();
    for course in Course::all() {
        for resolution in [1, 7, 50] {
            let found = ordered(course.watched(resolution, &[u64::MAX]));
            let expected = ordered(course.searched(resolution as usize));
            kinds.extend(expected.iter().map(|event| event.what.name()));
            for (a, b) in found.iter().zip(&expected) {
                assert_eq!(a, b, "every {resolution} steps");
            }
            assert_eq!(found.len(), expected.len(), "every {resolution} steps");
        }
    }
    assert_eq!(kinds, BTreeSet::from(["came-back", "crossed", "died", "left", "merged", "revived", "spike"]));
}

#[test]
fn slices_of_any_length_see_the_same() {
    let course = &Course::all()[0];
    let whole = course.watched(20, &[u64::MAX]);
    assert!(!whole.is_empty());
    for slices in [&[1][..], &[3, 50, 7], &[20], &[333]] {
        assert_eq!(course.watched(20, slices), whole);
    }
}

#[test]
fn each_lane_is_watched_as_if_it_were_alone() {
    let course = &Course::all()[0];
    let seeds: Vec<u64> = (0..f64x8::LANES as u64).collect();
    let mut together = training::<f64x8>(&course.settings, &course.data, 12, &seeds);
    let mut watches = vec![Watch::new(&course.data, 10).unwrap(); seeds.len()];
    advance(&mut together, 600, &mut watches);
    for (&seed, watch) in seeds.iter().zip(&watches) {
        let mut alone = training::<f64>(&course.settings, &course.data, 12, &[seed]);
        let mut one = [Watch::new(&course.data, 10).unwrap()];
        advance(&mut alone, 600, &mut one);
        assert_eq!(one[0].events(), watch.events(), "seed {seed}");
    }
}

#[test]
fn data_of_two_inputs_or_of_classes_are_not_watched() {
    let settings = Settings { target: "circle".parse().unwrap(), ..Settings::default() };
    assert!(Watch::new(&Data::from_settings(&settings).unwrap(), 1).is_none());
}

fn study(settings: &Settings) -> Vec<Run> {
    let runs = Study::run(settings, Data::from_settings(settings).unwrap(), &|_| ()).unwrap().runs;
    runs.into_iter().map(|run| Run { seconds: 0.0, ..run }).collect()
}

/// Lanes are filled where there are many seeds. With a large rate some of them diverge, and others go on.
#[test]
fn a_study_sees_in_lanes_and_over_threads_what_each_run_alone_would() {
    for lr_all in [0.1, 1.011] {
        let base = Settings {
            widths: vec![9],
            paradigms: vec![Paradigm::All],
            steps: 2000,
            save_every: 150,
            watch_every: Some(7),
            samples: 50,
            lr_all,
            threads: 1,
            ..Settings::default()
        };
        let together = study(&Settings { seeds: 20, ..base.clone() });
        let diverged = together.iter().filter(|run| run.divergence().is_some()).count();
        assert_eq!((1..20).contains(&diverged), lr_all > 0.3, "{diverged} diverged");
        assert_eq!(
            format!("{together:?}"),
            format!("{:?}", study(&Settings { seeds: 20, threads: 2, ..base.clone() }))
        );
        for run in &together {
            let alone = study(&Settings { seed: run.seed, ..base.clone() });
            assert_eq!(alone[0].events, run.events, "seed {}", run.seed);
            assert!(!run.events.is_empty() && run.events.is_sorted_by_key(|event| event.step));
            assert!(run.events.iter().all(|event| looks_at(event.step, 7) && event.step <= run.steps()));
        }
        let unwatched = study(&Settings { seeds: 20, watch_every: Some(0), ..base });
        assert!(unwatched.iter().all(|run| run.events.is_empty()));
        assert!(unwatched.iter().zip(&together).all(|(a, b)| a.states == b.states), "a look changes nothing");
    }
}

#[test]
fn runs_that_nothing_can_be_seen_of_have_no_events() {
    let settings = Settings { steps: 60, watch_every: Some(1), widths: vec![4], ..Settings::default() };
    let circle = Settings { target: "circle".parse().unwrap(), paradigms: vec![Paradigm::All], ..settings.clone() };
    let tanh = Settings { activation: nn::architecture::Activation::Tanh, ..settings.clone() };
    let ridge = Settings { paradigms: vec![Paradigm::Ridge], ..settings };
    for settings in [circle, tanh, ridge] {
        assert!(study(&settings).iter().all(|run| run.events.is_empty()), "{settings:?}");
    }
}
