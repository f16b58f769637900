//! Events against a search that looks at every step, unit, pair and point.

use nn::architecture::{Activation, Architecture};
use nn::data::Data;
use nn::events::{Event, HiddenUnit, LATE, NEAR, SPIKE, Watch, What, advance};
use nn::geometry::{Line, Unit};
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

fn architecture(settings: &Settings, data: &Data) -> Architecture {
    settings.architectures(data).unwrap().remove(0)
}

fn training<T: Scalar>(settings: &Settings, data: &Data, seeds: &[u64]) -> Training<T> {
    let (initial, architecture) = (settings.initial(data), architecture(settings, data));
    let start = |&seed: &u64| initial.rounded(&architecture, seed, Precision::F64).unwrap();
    let starts: Vec<Network> = seeds.iter().map(start).collect();
    Training::new(settings, data, Paradigm::All, &starts, seeds)
}

/// What a search knows of a network.
struct Looked<'a> {
    step: u64,
    loss: f64,
    network: &'a Network,
    /// Of each hidden unit, in order: whether it is on, at every training point.
    on: Vec<Vec<bool>>,
    /// Of each hidden unit: where it bends in the domain.
    breaks: Vec<Vec<f64>>,
}

impl Course {
    fn new(settings: Settings) -> Self {
        let data = Data::from_settings(&settings).unwrap();
        let mut training = training::<f64>(&settings, &data, &[settings.seed]);
        let mut states = vec![training.state(0)];
        for _ in 0..settings.steps {
            training.advance(1);
            states.push(training.state(0));
        }
        Course { settings, data, states }
    }

    /// Every kind of event happens in one of these. Units die and are revived where L1 makes their weights small.
    fn all() -> Vec<Course> {
        let settings = |target: Target, lr_all: f64, optimizer: Optimizer, steps: u64| Settings {
            precision: Precision::F64,
            paradigms: vec![Paradigm::All],
            widths: vec![12],
            samples: 60,
            target,
            lr_all,
            optimizer,
            steps,
            ..Settings::default()
        };
        let deep = |target: Target, layers: &[usize], lr_all: f64, optimizer: Optimizer| Settings {
            layers: layers.to_vec(),
            init: None,
            ..settings(target, lr_all, optimizer, 700)
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("years.csv");
        let row = |j: u32| format!("{},{}\n", 1990 + j, 300 - 7 * (j % 13));
        std::fs::write(&file, (0..40).map(row).collect::<String>()).unwrap();
        let set = |word: &str| -> Target { word.parse().unwrap() };
        let sgd = Optimizer::Sgd;
        let all = [
            settings(Target::Piecewise, 0.2, sgd, 1500),
            Settings { widths: vec![20], ..settings(Target::Sine, 0.02, Optimizer::Adam, 1500) },
            Settings { seed: 2, l1: 0.003, widths: vec![8], ..settings(Target::Piecewise, 0.3, sgd, 700) },
            Settings { widths: vec![10], ..settings(Target::File(file), 0.05, Optimizer::Momentum, 700) },
            deep(Target::Sine, &[7, 5, 6], 0.02, Optimizer::Adam),
            Settings { activation: Activation::LeakyRelu, ..deep(Target::Piecewise, &[6, 6], 0.1, sgd) },
            Settings { l1: 0.01, ..deep(Target::Piecewise, &[70, 3], 0.2, sgd) },
            Settings { activation: Activation::Tanh, ..deep(Target::Sine, &[6], 0.3, Optimizer::RmsProp) },
            deep(set("spiral"), &[9, 4], 0.05, Optimizer::Adam),
            Settings { l1: 0.01, ..deep(set("bumps"), &[6, 5], 0.3, sgd) },
        ];
        all.into_iter().map(Course::new).collect()
    }

    fn units(&self) -> Vec<HiddenUnit> {
        let architecture = architecture(&self.settings, &self.data);
        let hidden = architecture.hidden().iter().enumerate();
        hidden.flat_map(|(layer, of)| (0..of.units).map(move |unit| HiddenUnit { layer, unit })).collect()
    }

    /// The elbow of a unit of the first layer.
    fn elbow(network: &Network, id: HiddenUnit) -> Option<f64> {
        Unit { w1: network.weights(0)[id.unit], b1: network.biases(0)[id.unit], w2: 1.0 }.elbow()
    }

    fn look<'a>(&self, state: &'a State) -> Looked<'a> {
        let (network, inputs) = (&state.network, self.data.inputs.len());
        let evaluations: Vec<_> = self.data.x.chunks(inputs).map(|x| network.evaluate(x)).collect();
        let line = (inputs == 1).then(|| Line::new(network, self.data.domain(), 1.0).unwrap());
        let breaks = |id: &HiddenUnit| -> Vec<f64> {
            let Some(line) = &line else { return Vec::new() };
            if id.layer == 0 && self.settings.activation != Activation::Tanh {
                let [low, high] = self.data.domain();
                return Self::elbow(network, *id).filter(|elbow| (low..=high).contains(elbow)).into_iter().collect();
            }
            line.breaks().iter().filter(|b| (b.layer, b.unit) == (id.layer, id.unit)).map(|b| b.x).collect()
        };
        let on = |id: &HiddenUnit| evaluations.iter().map(|values| values.before(id.layer)[id.unit] > 0.0).collect();
        Looked {
            step: state.step,
            loss: state.train.loss,
            network,
            on: self.units().iter().map(on).collect(),
            breaks: self.units().iter().map(breaks).collect(),
        }
    }

    /// What has happened at every step that is a multiple of `resolution`, or 1, 2, 3 or 5 times a power of ten below it.
    fn searched(&self, resolution: usize) -> Vec<Event> {
        let is_look = |state: &&State| state.network.is_finite() && looks_at(state.step, resolution as u64);
        let looks: Vec<Looked> = self.states.iter().filter(is_look).map(|state| self.look(state)).collect();
        let mut events = Vec::new();
        for pair in looks.windows(2) {
            if self.data.inputs.len() == 1 {
                self.merged(&pair[0], &pair[1], &mut events);
            }
            self.happened(&pair[0], &pair[1], &mut events);
        }
        let mut was_on_a_spike = false;
        for (i, now) in looks.iter().enumerate() {
            let from = now.step as f64 * (1.0 - LATE);
            let mut late: Vec<f64> = looks[..i].iter().filter(|s| s.step as f64 >= from).map(|s| s.loss).collect();
            late.sort_by(f64::total_cmp);
            let is_on_a_spike = !late.is_empty() && now.loss > SPIKE * late[(late.len() - 1) / 2];
            if is_on_a_spike && !was_on_a_spike {
                events.push(Event { step: now.step, what: What::Spike, place: None });
            }
            was_on_a_spike = is_on_a_spike;
        }
        events
    }

    /// Every pair of units, and every pair of their breaks.
    fn merged(&self, before: &Looked, now: &Looked, events: &mut Vec<Event>) {
        let (units, [low, high]) = (self.units(), self.data.domain());
        let near = NEAR * (high - low);
        for u in 0..units.len() {
            for v in u + 1..units.len() {
                let near_pairs = |looked: &Looked| -> Vec<[f64; 2]> {
                    let pairs = looked.breaks[u].iter().flat_map(|&a| looked.breaks[v].iter().map(move |&b| [a, b]));
                    pairs.filter(|[a, b]| (a - b).abs() <= near).collect()
                };
                let is_between =
                    |[a, b]: [f64; 2]| now.breaks.iter().flatten().any(|&place| a.min(b) < place && place < a.max(b));
                let mut places: Vec<f64> = near_pairs(now)
                    .into_iter()
                    .filter(|&pair| !is_between(pair))
                    .map(|[a, b]| f64::midpoint(a, b))
                    .collect();
                places.sort_by(f64::total_cmp);
                if let (Some(&place), true) = (places.first(), near_pairs(before).is_empty()) {
                    events.push(Event { step: now.step, what: What::Merged([units[u], units[v]]), place: Some(place) });
                }
            }
        }
    }

    /// Every unit, and every point.
    fn happened(&self, before: &Looked, now: &Looked, events: &mut Vec<Event>) {
        let has_axis = self.data.inputs.len() == 1;
        let domain = self.data.inputs[0].domain;
        for (number, id) in self.units().into_iter().enumerate() {
            let mut happened = |what, place| events.push(Event { step: now.step, what, place });
            let (was_on, is_on) = (&before.on[number], &now.on[number]);
            let can_die = self.settings.activation == Activation::Relu;
            let has_kink = can_die || self.settings.activation == Activation::LeakyRelu;
            for (j, _) in was_on.iter().zip(is_on).enumerate().filter(|(_, (was, is))| was != is) {
                if has_axis && has_kink {
                    happened(What::Crossed(id), Some(self.data.x[j]));
                }
            }
            let place = |on: &[bool]| {
                let mut active: Vec<f64> = self.data.x.iter().zip(on).filter(|(_, on)| **on).map(|(&x, _)| x).collect();
                active.sort_by(f64::total_cmp);
                let elbow = || Self::elbow(now.network, id);
                if !has_axis {
                    None
                } else if id.layer == 0 {
                    elbow()
                } else {
                    Some(active[(active.len() - 1) / 2])
                }
            };
            match [was_on, is_on].map(|on| on.contains(&true)) {
                [true, false] if can_die => happened(What::Died(id), place(was_on)),
                [false, true] if can_die => happened(What::Revived(id), place(is_on)),
                _ => {}
            }
            let (was, is) = (&before.breaks[number], &now.breaks[number]);
            match (was.len(), is.len()) {
                (1, 0) if id.layer == 0 => {
                    let elbow = Self::elbow(now.network, id);
                    happened(What::Left(id), elbow.map(|elbow| domain[usize::from(elbow > domain[1])]));
                }
                (0, 1) if id.layer == 0 => happened(What::CameBack(id), Some(is[0])),
                (fewer, more) if fewer < more => {
                    unmatched(was, is).into_iter().for_each(|place| happened(What::Gained(id), Some(place)));
                }
                (more, fewer) if fewer < more => {
                    unmatched(is, was).into_iter().for_each(|place| happened(What::Lost(id), Some(place)));
                }
                _ => {}
            }
        }
    }

    fn watched(&self, resolution: u64, slices: &[u64]) -> Vec<Event> {
        let mut training = training::<f64>(&self.settings, &self.data, &[self.settings.seed]);
        let mut watches = [self.watch(resolution)];
        let (mut left, mut slices) = (self.states.len() as u64 - 1, slices.iter().cycle());
        while left > 0 {
            let slice = left.min(*slices.next().unwrap());
            advance(&mut training, slice, &mut watches);
            left -= slice;
        }
        watches[0].events().to_vec()
    }

    fn watch(&self, resolution: u64) -> Watch {
        Watch::new(&self.data, &architecture(&self.settings, &self.data), resolution)
    }
}

/// Of all ways to leave out some of `more`, so that as many as of `fewer` are left, the nearest to these in sum.
fn unmatched(fewer: &[f64], more: &[f64]) -> Vec<f64> {
    let ways = (0_u32..1 << more.len()).filter(|way| way.count_ones() as usize == more.len() - fewer.len());
    let parts = |way: u32| -> [Vec<f64>; 2] {
        [0, 1].map(|out| (0..more.len()).filter(|i| way >> i & 1 == out).map(|i| more[i]).collect())
    };
    let distance = |way: u32| -> f64 { fewer.iter().zip(&parts(way)[0]).map(|(a, b)| (a - b).abs()).sum() };
    let best = ways.min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap();
    let [_, out] = parts(best);
    out
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
    for (number, course) in Course::all().iter().enumerate() {
        for resolution in [1, 7, 50] {
            let found = ordered(course.watched(resolution, &[u64::MAX]));
            let expected = ordered(course.searched(resolution as usize));
            kinds.extend(expected.iter().map(|event| event.what.name()));
            for (a, b) in found.iter().zip(&expected) {
                assert_eq!(a, b, "course {number}, every {resolution} steps");
            }
            assert_eq!(found.len(), expected.len(), "course {number}, every {resolution} steps");
        }
    }
    let all = ["came-back", "crossed", "died", "gained", "left", "lost", "merged", "revived", "spike"];
    assert_eq!(kinds, BTreeSet::from(all));
}

#[test]
fn slices_of_any_length_see_the_same() {
    for course in [&Course::all()[0], &Course::all()[4]] {
        let whole = course.watched(20, &[u64::MAX]);
        assert!(!whole.is_empty());
        for slices in [&[1][..], &[3, 50, 7], &[20], &[333]] {
            assert_eq!(course.watched(20, slices), whole);
        }
    }
}

#[test]
fn each_lane_is_watched_as_if_it_were_alone() {
    for number in [0, 4, 8] {
        let course = &Course::all()[number];
        let seeds: Vec<u64> = (0..f64x8::LANES as u64).collect();
        let mut together = training::<f64x8>(&course.settings, &course.data, &seeds);
        let mut watches = vec![course.watch(10); seeds.len()];
        advance(&mut together, 600, &mut watches);
        for (&seed, watch) in seeds.iter().zip(&watches) {
            let mut alone = training::<f64>(&course.settings, &course.data, &[seed]);
            let mut one = [course.watch(10)];
            advance(&mut alone, 600, &mut one);
            assert!(!watch.events().is_empty());
            assert_eq!(one[0].events(), watch.events(), "course {number}, seed {seed}");
        }
    }
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
fn of_smooth_units_and_of_ridge_regression_nothing_is_told_but_spikes() {
    let settings = Settings { steps: 60, watch_every: Some(1), widths: vec![4], ..Settings::default() };
    let tanh = Settings { activation: Activation::Tanh, ..settings.clone() };
    let ridge = Settings { paradigms: vec![Paradigm::Ridge], ..settings };
    for settings in [tanh, ridge] {
        let told = study(&settings).into_iter().flat_map(|run| run.events).collect::<Vec<_>>();
        assert!(told.iter().all(|event| event.what == What::Spike), "{settings:?}");
    }
}

/// A look measures the errors on the training points, of which the state saved at that step makes use.
#[test]
fn looks_change_no_state_of_any_network() {
    for (layers, target) in [(vec![5, 4], "piecewise"), (vec![8], "xor"), (vec![6], "circle")] {
        let base = Settings { layers, target: target.parse().unwrap(), ..Settings::default() };
        let base = Settings {
            l1: 0.05,
            lr_all: 0.5,
            steps: 100,
            save_every: 20,
            seeds: 20,
            paradigms: vec![Paradigm::All],
            ..base
        };
        let [watched, unwatched] =
            [4, 0].map(|watch_every| study(&Settings { watch_every: Some(watch_every), ..base.clone() }));
        assert!(watched.iter().any(|run| !run.events.is_empty()), "{target}");
        assert!(watched.iter().zip(&unwatched).all(|(a, b)| a.states == b.states), "{target}");
    }
}
