//! Runs of several values of one setting, in pairs.

use nn::data::Data;
use nn::settings::{Asked, Paradigm, Settings, setting};
use nn::study::{Run, Study};
use nn::sweep::comparison::compared;
use nn::sweep::{Comparison, Contest};
use std::sync::atomic::{AtomicU64, Ordering};

fn base() -> Settings {
    Settings {
        widths: vec![3, 6],
        paradigms: vec![Paradigm::Output, Paradigm::All],
        steps: 120,
        seeds: 18,
        ..Settings::default()
    }
}

fn open(base: Settings, flags: &[(&str, &str)], name: &str, text: &str) -> Result<Contest, String> {
    let mut asked = Asked::new(base);
    for (name, text) in flags {
        asked.set(setting(name).unwrap(), text).unwrap();
    }
    let (setting, values) = compared(&format!("{name}={text}")).map_err(|error| error.to_string())?;
    Contest::open(asked, setting, &values).map_err(|error| error.to_string())
}

fn compare(base: Settings, flags: &[(&str, &str)], name: &str, text: &str) -> Comparison {
    open(base, flags, name, text).unwrap().run(&|_| ()).unwrap()
}

#[test]
fn runs_of_one_seed_and_width_begin_with_the_same_network_elbows_included() {
    let comparison = compare(base(), &[], "optimizer", "sgd,momentum,adam");
    assert!(comparison.starts_are_the_same());
    let runs = |item: usize| &comparison.items[item].study.runs;
    assert_eq!(runs(0).len(), 2 * 2 * 18);
    for item in [1, 2] {
        for (one, other) in runs(0).iter().zip(runs(item)) {
            let key = |run: &Run| (run.index, run.width, run.paradigm, run.seed);
            assert_eq!(key(one), key(other));
            assert_eq!(one.start().network.parameters(), other.start().network.parameters());
            let elbows = |run: &Run| run.start().network.units().map(nn::geometry::Unit::elbow).collect::<Vec<_>>();
            assert!(elbows(one) == elbows(other) && elbows(one).iter().all(Option::is_some));
            assert_ne!(one.end().network.parameters(), other.end().network.parameters());
            // The same minibatch: before the first step the loss is the same, too.
            assert_eq!(one.states[1].minibatch_loss, other.states[1].minibatch_loss);
        }
    }
    // Not because all networks are alike.
    assert_ne!(runs(0)[0].start(), runs(0)[4].start());
    let other = compare(base(), &[], "init", "notebook,kaiming");
    assert!(comparison.minibatches_are_the_same() && !other.starts_are_the_same());
    assert!(compare(base(), &[], "activation", "relu,tanh").starts_are_the_same());
    for (name, text) in [("batch", "10,20"), ("samples", "100,200"), ("sampler", "fast,numpy-choice")] {
        let other = compare(base(), &[], name, text);
        assert!(other.starts_are_the_same() && !other.minibatches_are_the_same(), "{name}");
        let loss = |item: usize| other.items[item].study.runs[0].states[1].minibatch_loss;
        assert_ne!(loss(0), loss(1), "{name}");
    }
}

#[test]
fn the_runs_of_a_value_are_those_of_a_study_of_its_settings() {
    for (flags, name, text) in [
        (&[][..], "optimizer", "sgd,adam"),
        (&[], "lr-all", "0.005,0.02,1e9"),
        (&[("seeds", "5"), ("precision", "f64")], "widths", "2,4"),
        (&[("seeds", "2")], "paradigms", "all,ridge"),
        (&[("seeds", "2"), ("paradigms", "all")], "layers", "4,4;5"),
        (&[("seeds", "2"), ("target", "moons"), ("steps", "40")], "activation", "relu,tanh"),
        (&[("seeds", "2")], "noise", "0,0.1"),
    ] {
        let comparison = compare(base(), flags, name, text);
        for item in &comparison.items {
            let mut asked = Asked::new(base());
            for (name, text) in flags.iter().chain(&[(name, &*item.value)]) {
                asked.set(setting(name).unwrap(), text).unwrap();
            }
            let data = Data::from_settings(&asked.settings()).unwrap();
            let settings = Settings { watch_every: Some(0), ..asked.settings_on(&data) };
            let study = Study::run(&settings, data, &|_| ()).unwrap();
            assert_eq!(item.study.settings, settings);
            assert_eq!(item.study.data, study.data);
            assert_eq!(item.study.runs.len() + item.study.unstarted.len(), study.all_runs().len(), "{name}");
            for (found, wanted) in item.study.all_runs().into_iter().zip(study.all_runs()) {
                assert_eq!(found.index, wanted.index);
                assert_eq!((found.seed, found.paradigm, &found.states), (wanted.seed, wanted.paradigm, &wanted.states));
                assert_eq!(found.outcome, wanted.outcome);
            }
        }
    }
}

#[test]
fn a_run_with_nothing_in_it_is_the_one_that_is_made_and_each_is_told_once() {
    let contest = open(base(), &[], "optimizer", "sgd,adam").unwrap();
    contest
        .make(0..contest.sweep().plan().runs(), &mut |done, run| {
            let blank = contest.blank(done.number);
            assert_eq!((blank.index, blank.seed, blank.paradigm), (run.index, run.seed, run.paradigm));
            assert_eq!(&blank.architecture, run.start().network.architecture());
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    let (count, sum) = (AtomicU64::new(0), AtomicU64::new(0));
    let runs = contest.sweep().plan().runs();
    contest
        .run(&|number| {
            count.fetch_add(1, Ordering::Relaxed);
            sum.fetch_add(number, Ordering::Relaxed);
        })
        .unwrap();
    assert_eq!((count.into_inner(), sum.into_inner()), (runs, runs * (runs - 1) / 2));
}

#[test]
fn what_follows_from_a_value_holds_for_its_runs() {
    // A built-in set has usual settings, which are not those of another one.
    let one = Settings { widths: vec![3], paradigms: vec![Paradigm::All], seeds: 2, ..Settings::default() };
    let comparison = compare(one, &[("steps", "30")], "target", "circle,spiral");
    let samples: Vec<usize> = comparison.items.iter().map(|item| item.study.data.y.len()).collect();
    let layers: Vec<_> = comparison.items.iter().map(|item| item.study.settings.layers.clone()).collect();
    assert_eq!((samples, layers), (vec![200, 400], vec![vec![8, 8], vec![16, 16]]));
}

#[test]
fn what_cannot_be_compared_is_refused_with_a_way_out() {
    let refused = |name: &str, text: &str| open(base(), &[], name, text).unwrap_err();
    for (name, text, wanted) in [
        ("seed", "1,2", "seed cannot be compared: runs of the same seed are pairs"),
        ("seeds", "1,2", "seeds cannot be compared"),
        ("threads", "1,2", "threads cannot be compared: results do not depend on it"),
        (
            "optimizer",
            "sgd",
            "optimizer: there is one value to compare; give from 2 to 20, as in optimizer=sgd,momentum",
        ),
        ("optimizer", "sgd,sdg", "optimizer sdg: must be"),
        ("optimizer", "adam,adam", "optimizer: adam is listed twice"),
        ("lr-all", "0.1,1e-1", "lr-all: 0.1 is listed twice"),
        ("lr-all", "0.1,-1", "lr-all -1: must be above 0"),
        ("lr-all", "0.1,", "lr-all : must be a finite number above 0"),
        ("layers", "8,8", "layers: there is one value to compare; give from 2 to 20, as in layers=8,8;16"),
        (
            "batch",
            &(1..=21).map(|i| i.to_string()).collect::<Vec<_>>().join(","),
            "batch: there are 21 values to compare",
        ),
        ("target", "piecewise,plane", "target piecewise and plane ask for different numbers of networks (2 and 1)"),
        ("target", "no.csv,piecewise", "no.csv"),
        ("widht", "1,2", "unknown setting widht; did you mean widths?"),
    ] {
        let said = refused(name, text);
        assert!(said.contains(wanted), "{name}={text}: {said}");
    }
    assert!(compared("optimizer").unwrap_err().to_string().starts_with("there is no =; what is compared"));
    let one = Settings { widths: vec![3], paradigms: vec![Paradigm::All], ..Settings::default() };
    let said = open(one, &[("layers", "4")], "target", "piecewise,moons").unwrap_err();
    assert!(said.contains("target piecewise is trained on the loss squared-error and moons on logistic"), "{said}");
}
