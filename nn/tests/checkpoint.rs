//! Runs that are kept in the middle, and gone on with.

use nn::checkpoint::{Checkpoint, CheckpointError};
use nn::data::Data;
use nn::optimizer::Schedule;
use nn::recording::Recording;
use nn::settings::{Optimizer, Paradigm, Precision, Sampler, Settings, Target};
use nn::study::{Run, Study, jobs};
use nn::sweep::{Plan, Sweep};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Asserts that runs are the same in everything that does not depend on the clock.
fn assert_same(runs: &[Run], whole: &[Run], name: &str) {
    let timeless = |run: &Run| format!("{:?}", Run { seconds: 0.0, ..run.clone() });
    assert_eq!(runs.len(), whole.len(), "{name}");
    for (run, whole) in runs.iter().zip(whole) {
        assert!(timeless(run) == timeless(whole), "{name}: {} {} {}", run.paradigm, run.width, run.seed);
    }
}

/// All checkpoints of each job, as text.
fn checkpoints(settings: &Settings, data: &Data) -> Vec<Vec<String>> {
    let count = jobs(settings, &settings.architectures(data).unwrap()).len();
    let all = Mutex::new(vec![Vec::new(); count]);
    Study::go_on(settings, data.clone(), &|_| None, &|job, told| {
        let text = told.checkpoint.map(|checkpoint| serde_json::to_string(&checkpoint()).unwrap());
        all.lock().unwrap()[job].extend(text);
    })
    .unwrap();
    all.into_inner().unwrap()
}

/// Asserts that a study comes to the same runs from whichever of its checkpoints it goes on, and makes only what is left of
/// its steps.
fn goes_on(name: &str, settings: &Settings) -> Vec<Run> {
    let data = Data::from_settings(settings).unwrap();
    let whole = Study::run(settings, data.clone(), &|_| ()).unwrap();
    let whole: Vec<Run> = whole.all_runs().into_iter().cloned().collect();
    let kept = checkpoints(settings, &data);
    let made = |picks: &[Option<Checkpoint>], threads: usize| {
        let steps = AtomicU64::new(0);
        let settings = Settings { threads, ..settings.clone() };
        let study = Study::go_on(&settings, data.clone(), &|job| picks[job].clone(), &|_, told| {
            steps.fetch_add(told.steps, Ordering::Relaxed);
        });
        let study = study.unwrap();
        (study.all_runs().into_iter().cloned().collect::<Vec<Run>>(), steps.into_inner())
    };
    let (_, all_steps) = made(&vec![None; kept.len()], 1);
    // The first, the last, and some between, not the same of all jobs.
    for (part, threads) in [(0.0, 1), (0.2, 2), (0.45, 1), (0.7, 3), (1.0, 2)] {
        let pick = |(job, kept): (usize, &Vec<String>)| {
            let part = if part == 0.0 || part == 1.0 { part } else { (part + 0.17 * job as f64) % 1.0 };
            let text = &kept[(part * (kept.len() - 1) as f64).round() as usize];
            Some(serde_json::from_str(text).unwrap())
        };
        let picks: Vec<Option<Checkpoint>> = kept.iter().enumerate().map(pick).collect();
        let done: u64 = picks.iter().flatten().map(Checkpoint::step).sum();
        let (runs, steps) = made(&picks, threads);
        assert_same(&runs, &whole, &format!("{name}, from {part}"));
        assert_eq!(steps + done, all_steps, "{name}: {steps} steps after {done}");
    }
    whole
}

/// A small study: of one seed, in a lane of its own.
fn small() -> Settings {
    let paradigms = vec![Paradigm::All, Paradigm::Output];
    Settings { widths: vec![3, 6], paradigms, steps: 230, save_every: 20, watch_every: Some(10), ..Settings::default() }
}

#[test]
fn every_optimizer_goes_on_with_what_it_remembers() {
    for optimizer in [
        Optimizer::Sgd,
        Optimizer::Momentum,
        Optimizer::Nesterov,
        Optimizer::Adam,
        Optimizer::AdamW,
        Optimizer::RmsProp,
    ] {
        for precision in [Precision::F32, Precision::F64] {
            goes_on(&format!("{optimizer} in {precision}"), &Settings { optimizer, precision, ..small() });
        }
    }
    let settings = Settings { optimizer: Optimizer::Adam, clip: 0.01, l1: 1e-3, weight_decay: Some(0.01), ..small() };
    goes_on("regularised", &settings);
}

#[test]
fn every_schedule_goes_on_at_its_step() {
    for &schedule in Schedule::ALL {
        goes_on(&schedule.to_string(), &Settings { schedule, ..small() });
        // Checkpoints are before and after both.
        let rates = vec!["30:0.1".parse().unwrap(), "150:0.001".parse().unwrap()];
        goes_on(&format!("{schedule} with other rates"), &Settings { schedule, rates, ..small() });
    }
}

#[test]
fn lanes_random_numbers_and_minibatches_over_threads_go_on() {
    for precision in [Precision::F32, Precision::F64] {
        goes_on("lanes", &Settings { seeds: 19, precision, optimizer: Optimizer::Adam, ..small() });
    }
    let numpy = Settings { sampler: Sampler::NumpyChoice, ..small() };
    goes_on("NumPy's", &numpy);
    goes_on("NumPy's in lanes", &Settings { seeds: 16, ..numpy });
    let large = Settings { batch: 6000, steps: 40, optimizer: Optimizer::Momentum, ..small() };
    goes_on("shards", &large);
    goes_on("odd minibatches", &Settings { batch: 7, ..small() });
}

#[test]
fn runs_that_diverge_and_events_come_out_the_same() {
    let runs = goes_on("a rate too large", &Settings { lr_all: 1.9, seeds: 12, ..small() });
    assert!(runs.iter().any(|run| run.divergence().is_some()), "some diverge");
    assert!(runs.iter().any(|run| run.divergence().is_none()), "and others go on");
    let settings = Settings { lr_all: 0.3, widths: vec![12], steps: 900, watch_every: Some(25), ..small() };
    let runs = goes_on("events", &settings);
    assert!(runs.iter().map(|run| run.events.len()).sum::<usize>() > 20);
    // Breaks and points of a deep network are remembered, too.
    let deep = Settings { layers: vec![7, 5], lr_all: 0.05, seeds: 20, steps: 900, watch_every: Some(10), ..small() };
    let deep = goes_on("events of a deep network", &Settings { paradigms: vec![Paradigm::All], ..deep });
    let kinds = |name: &str| deep.iter().flat_map(|run| &run.events).filter(|event| event.what.name() == name).count();
    assert!(["crossed", "gained", "merged"].into_iter().all(|name| kinds(name) > 3));
}

#[test]
fn ridge_regression_goes_on_in_its_path() {
    let paradigms = vec![Paradigm::Ridge, Paradigm::All];
    let runs = goes_on("ridge", &Settings { paradigms: paradigms.clone(), seeds: 2, ..small() });
    assert!(runs.iter().any(|run| run.ridge_path.len() > 20));
}

#[test]
fn networks_of_other_kinds_go_on() {
    let paradigms = vec![Paradigm::All];
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tables/cases/jb-airline-passengers.csv");
    for target in ["moons", "spiral", "bumps", table] {
        let target: Target = target.parse().unwrap();
        let settings = Settings { target, layers: vec![5, 4], paradigms: paradigms.clone(), seeds: 3, ..small() };
        goes_on(&settings.target.to_string(), &settings);
    }
}

#[test]
fn a_checkpoint_of_other_runs_is_refused() {
    let data = Data::from_settings(&small()).unwrap();
    let job = |settings: &Settings| jobs(settings, &settings.architectures(&data).unwrap()).remove(0);
    let checkpoint = |settings: &Settings| {
        let mut recording = Recording::<f32>::new(&job(settings), settings, &data);
        recording.advance(30);
        recording.checkpoint()
    };
    let resume = |settings: &Settings, checkpoint| {
        Recording::<f32>::resume(&job(settings), settings, &data, checkpoint).map(|recording| recording.step())
    };
    assert_eq!(resume(&small(), checkpoint(&small())), Ok(30));
    for other in [
        Settings { widths: vec![4], ..small() },
        Settings { optimizer: Optimizer::Adam, ..small() },
        Settings { sampler: Sampler::NumpyChoice, ..small() },
        Settings { watch_every: Some(0), ..small() },
        Settings { paradigms: vec![Paradigm::Output], optimizer: Optimizer::Momentum, ..small() },
    ] {
        assert_eq!(resume(&other, checkpoint(&small())), Err(CheckpointError), "{other:?}");
        assert_eq!(resume(&small(), checkpoint(&other)), Err(CheckpointError), "{other:?}");
    }
    let ridge = Settings { paradigms: vec![Paradigm::Ridge], ..small() };
    let of_ridge = serde_json::from_str::<Checkpoint>(&checkpoints(&ridge, &data)[0][0]).unwrap();
    assert_eq!(resume(&small(), of_ridge), Err(CheckpointError));
    assert!(job(&ridge).make(&ridge, &data, Some(checkpoint(&small())), &|_| ()).is_err());
}

#[test]
fn runs_of_a_sweep_go_on_with_those_that_are_made_together() {
    let text =
        "steps = 150\nsave-every = 10\nseeds = 10\n[grid]\noptimizer = ['sgd', 'adam']\nprecision = ['f32', 'f64']";
    let defaults = Settings { widths: vec![5], paradigms: vec![Paradigm::All], ..Settings::default() };
    let sweep = Sweep::open(Plan::read(text, Path::new("plan.toml"), defaults).unwrap()).unwrap();
    let made = |from: u64, kept: Option<Checkpoint>| {
        let (mut runs, all) = (Vec::new(), Mutex::new(Vec::new()));
        let hear = |going: &nn::sweep::Going<'_>| {
            assert_eq!(going.numbers.end - going.numbers.start, going.job.runs.len() as u64);
            if let Some(checkpoint) = going.told.checkpoint {
                all.lock().unwrap().push((going.numbers.clone(), checkpoint()));
            }
        };
        let tell = &mut |done: nn::sweep::Done<'_>| {
            runs.push((done.number, done.run.clone()));
            ControlFlow::Continue(())
        };
        sweep.go_on(from..40, kept, &hear, tell).unwrap();
        (runs, all.into_inner().unwrap())
    };
    let (whole, kept) = made(0, None);
    // In double precision there are eight lanes: eight seeds are together, and two alone.
    let begun: std::collections::BTreeSet<u64> = kept.iter().map(|(numbers, _)| numbers.start).collect();
    assert_eq!(begun.into_iter().collect::<Vec<_>>(), [0, 10, 18, 19, 20, 30, 38, 39]);
    for (numbers, checkpoint) in kept.into_iter().step_by(5) {
        let (runs, _) = made(numbers.start, Some(checkpoint));
        assert_eq!(runs.len() as u64, 40 - numbers.start);
        for ((number, run), (same, whole)) in runs.iter().zip(&whole[numbers.start as usize..]) {
            // Places in studies of fewer seeds are others.
            let [run, whole] = [run, whole].map(|run| Run { index: 0, ..run.clone() });
            assert_eq!(number, same);
            assert_same(&[run], &[whole], "sweep");
        }
    }
}
