//! `summary.json`: what was asked for, what came out, and how long it took.

use crate::output::{Files, Fingerprint, Listing};
use nn::architecture::{Layer, Loss};
use nn::data::Data;
use nn::settings::Settings;
use nn::study::{Divergence, Run, Study};
use nn::table::Reading;
use serde::Serialize;
use std::collections::BTreeMap;
use viz::findings::{Course, Elbows, Ending, Units, microseconds_per_step};

#[derive(Serialize)]
struct Summary<'a> {
    /// Version of this program.
    elbow: &'static str,
    /// `x86_64-linux` and the like.
    machine: String,
    settings: &'a Settings,
    data: DataSummary<'a>,
    /// Of the hashes of all runs, in order: equal for equal studies, on any machine.
    hash: String,
    /// Of all that decides the results, known before they are.
    plan: String,
    runs: Vec<RunSummary>,
    /// All files of the command.
    files: &'a [String],
    /// A hash of each.
    fingerprints: &'a Files,
}

#[derive(Serialize)]
struct DataSummary<'a> {
    name: &'a str,
    training_points: usize,
    test_points: usize,
    domain: [f64; 2],
    /// How the table was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<&'a Reading>,
}

#[derive(Serialize)]
struct RunSummary {
    run: usize,
    width: usize,
    /// All layers, the output layer last.
    layers: Vec<Layer>,
    loss: Loss,
    paradigm: String,
    seed: u64,
    outcome: &'static str,
    /// The step at which it diverged.
    #[serde(skip_serializing_if = "Option::is_none")]
    diverged: Option<DivergenceSummary>,
    steps: u64,
    seconds: f64,
    /// None for ridge.
    microseconds_per_step: Option<f64>,
    /// Of the final network; None if there is none.
    /// None if another loss is trained.
    train_mse: Option<f64>,
    test_mse: Option<f64>,
    train_loss: Option<f64>,
    test_loss: Option<f64>,
    /// None if the data have no classes.
    train_accuracy: Option<f64>,
    test_accuracy: Option<f64>,
    /// None of networks that are no bent lines.
    live_units: Option<usize>,
    /// Of all saved states, and the first step with it; None of this if there is no state.
    lowest_test_mse: Option<f64>,
    lowest_test_mse_at: Option<u64>,
    /// The median over the saved states of the last tenth of the steps.
    late_test_mse: Option<f64>,
    elbows: Option<ElbowSummary>,
    /// How many there are of each kind; None if nobody looked.
    events: Option<BTreeMap<&'static str, usize>>,
    /// Of the bits of the last saved parameters.
    hash: String,
}

/// Where elbows went; pairs are of the start and of the last saved state. Thresholds are those of `viz::findings`.
#[derive(Serialize)]
struct ElbowSummary {
    moved: usize,
    /// As a part of the domain.
    farthest: f64,
    left: usize,
    inside: [usize; 2],
    places: [usize; 2],
    bends_met: [usize; 2],
    /// The first saved step at which they had come nine tenths of their way.
    nearly_at: Option<u64>,
}

#[derive(Serialize)]
struct DivergenceSummary {
    step: u64,
    learning_rate: f64,
    largest_stable_rate: Option<f64>,
}

/// The text of the file, which lists all files of the command.
pub fn text(study: &Study, listing: &Listing) -> String {
    let Study { settings, data, .. } = study;
    let summary = Summary {
        elbow: env!("CARGO_PKG_VERSION"),
        machine: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        settings,
        data: DataSummary {
            name: &data.name,
            training_points: data.y.len(),
            test_points: data.y_test.len(),
            domain: data.domain(),
            reading: data.reading.as_ref(),
        },
        hash: hex(study.hash()),
        plan: identity(settings, data),
        runs: study.all_runs().iter().map(|run| summarise(study, run)).collect(),
        files: &listing.files,
        fingerprints: &listing.fingerprints,
    };
    // These types always serialise.
    let mut text = serde_json::to_string_pretty(&summary).unwrap_or_default();
    text.push('\n');
    text
}

/// A hash of everything that decides the results: settings, but not how many threads there are, and points.
pub fn identity(settings: &Settings, data: &Data) -> String {
    let settings = Settings { threads: 0, ..settings.clone() };
    let mut identity = Fingerprint::of(env!("CARGO_PKG_VERSION").as_bytes());
    identity.add(settings.to_toml().as_bytes());
    for numbers in [&data.x, &data.y, &data.x_test, &data.y_test] {
        identity.add(&(numbers.len() as u64).to_le_bytes());
        numbers.iter().for_each(|number| identity.add(&number.to_bits().to_le_bytes()));
    }
    identity.to_string()
}

fn summarise(study: &Study, run: &Run) -> RunSummary {
    let ending = Ending::of(run);
    let end = ending.state();
    let diverged = run.divergence();
    let has_state = !run.states.is_empty();
    let is_squared = run.architecture.loss() == Loss::SquaredError;
    let is_bent_line = study.data.is_curve() && run.architecture.is_bent_line();
    let course = (has_state && is_squared).then(|| Course::of(run));
    let elbows = (has_state && is_bent_line).then(|| Elbows::of(&study.data, run));
    RunSummary {
        run: run.index,
        width: run.width,
        layers: run.architecture.layers().to_vec(),
        loss: run.architecture.loss(),
        paradigm: run.paradigm.to_string(),
        seed: run.seed,
        outcome: ending.word(),
        diverged: diverged.map(|Divergence { step, rate, bound }| DivergenceSummary {
            step,
            learning_rate: rate,
            largest_stable_rate: bound,
        }),
        steps: run.steps(),
        seconds: run.seconds,
        microseconds_per_step: microseconds_per_step(run),
        train_mse: end.filter(|_| is_squared).map(|state| state.train.loss),
        test_mse: end.filter(|_| is_squared).map(|state| state.test.loss),
        train_loss: end.map(|state| state.train.loss),
        test_loss: end.map(|state| state.test.loss),
        train_accuracy: end.and_then(|state| state.train.accuracy),
        test_accuracy: end.and_then(|state| state.test.accuracy),
        live_units: end.filter(|_| is_bent_line).map(|state| Units::of(&study.data, &state.network).live),
        lowest_test_mse: course.map(|course| course.lowest),
        lowest_test_mse_at: course.map(|course| course.lowest_at),
        late_test_mse: course.map(|course| course.late),
        elbows: elbows.map(|elbows| ElbowSummary {
            moved: elbows.moved,
            farthest: elbows.farthest,
            left: elbows.left,
            inside: elbows.inside,
            places: elbows.places,
            bends_met: elbows.met,
            nearly_at: elbows.nearly_at,
        }),
        events: study.is_watched().then(|| counts(run)),
        hash: hex(run.hash()),
    }
}

/// How many events of each kind a run has.
fn counts(run: &Run) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for event in &run.events {
        *counts.entry(event.what.name()).or_insert(0) += 1;
    }
    counts
}

fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}
