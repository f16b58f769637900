//! The work of a command before it is done: how long it will take, and what memory and disk it needs.
//!
//! One description serves the line that is printed before long work, the refusal of what the machine has no room for, and
//! the progress bar. Numbers of things come from the settings: steps, saved states, rows, figures. What one of them takes
//! on this machine is found by doing a little of the work itself (`Pieces`), so nothing need be known of processors,
//! optimizers or precisions. Where a piece must be smaller than the whole, `weights` say how time grows with size.
//! `cargo run -p benches --bin waiting` compares all this with what then happens.

use crate::{history, parameters, units};
use nn::architecture::Architecture;
use nn::data::{Data, TestSet};
use nn::events::Event;
use nn::features::{Decomposed, Linearisation, MOST_INPUTS, RunFeatures};
use nn::initial::initial_network;
use nn::ridge::{RidgeProblem, lambdas};
use nn::samples::Samples;
use nn::settings::{Paradigm, Settings};
use nn::study::{Advance, Job, Run, Study, jobs};
use nn::sweep::{Contest, Sweep, SweepError};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Mutex;
use std::time::Instant;

/// How time, memory and files grow with sizes; seconds and bytes of one processor, of which only the ratios within a piece
/// of work count where a piece is measured. Found with `cargo run -p benches --bin waiting`.
mod weights {
    /// Seconds for a product and a sum in `FᵀF`, in a Cholesky decomposition, and in the error of a network.
    pub const GRAM: f64 = 1.0e-9;
    pub const CHOLESKY: f64 = 0.1e-9;
    pub const ERROR: f64 = 6.0e-9;
    /// Seconds for a byte of a table, to make it and to write it.
    pub const TABLE_BYTE: f64 = 5e-9;
    pub const WRITTEN_BYTE: f64 = 3e-9;
    /// Seconds to draw a figure, for a hidden unit in each of them, for a pair of units, for a saved state that is drawn of each of its units,
    /// and for one of which only errors are drawn; the page and the files together.
    pub const FIGURE: f64 = 4e-3;
    pub const UNIT_SHOWN: f64 = 0.2e-3;
    pub const PAIR_SHOWN: f64 = 9e-6;
    pub const UNIT_STATE: f64 = 9e-6;
    pub const STATE: f64 = 6e-6;
    /// Bytes of a page with nothing but the laboratory.
    pub const PAGE_BYTES: f64 = 1.5e6;
    /// Bytes of the same, of a run, and of a row of each table.
    pub const FIGURE_BYTES: f64 = 48e3;
    pub const UNIT_SHOWN_BYTES: f64 = 3e3;
    pub const UNIT_STATE_BYTES: f64 = 14.0;
    pub const STATE_BYTES: f64 = 57.0;
    pub const RUN_BYTES: f64 = 1000.0;
    pub const HISTORY_BYTES: f64 = 82.0;
    pub const UNITS_BYTES: f64 = 127.0;
    pub const PARAMETERS_BYTES: f64 = 40.0;
    pub const EVENT_BYTES: f64 = 44.0;
    pub const FEATURES_BYTES: f64 = 62.0;
    pub const SWEPT_BYTES: f64 = 110.0;
    pub const COMPARED_BYTES: f64 = 100.0;
    pub const COMPARED_STATE_BYTES: f64 = 60.0;
    /// Bytes of a number of a finished run that is kept.
    pub const KEPT_BYTES: f64 = 20.0;
    /// Seconds to bring a byte to the disk, and a file.
    pub const SAVED_BYTE: f64 = 3e-9;
    pub const SAVED_FILE: f64 = 1e-3;
    /// Bytes and seconds of what is drawn of one run's features: in all, for a unit, and for a pair of units.
    pub const RUN_DRAWN_BYTES: f64 = 150e3;
    pub const UNIT_DRAWN_BYTES: f64 = 4.3e3;
    pub const RUN_DRAWN: f64 = 10e-3;
    pub const PAIR_DRAWN: f64 = 1.2e-6;
    /// How much longer a singular value decomposition with vectors takes than one without.
    pub const VECTORS: f64 = 4.0;
    /// Bytes of memory: of the program, of a saved state beside its parameters, and of an open thread.
    pub const PROGRAM: f64 = 6e6;
    pub const STATE_MEMORY: f64 = 200.0;
    /// Bytes of memory for each parameter of a network in training: its start, values, derivatives, what an optimizer remembers.
    pub const TRAINED_MEMORY: f64 = 48.0;
    pub const THREAD: f64 = 1e6;
}

/// What a command does, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Training networks, evaluation and ridge regression included.
    Training,
    /// Singular values of features.
    Decomposing,
    /// Figures and pages.
    Drawing,
    /// Files.
    Writing,
    /// Bringing them to the disk, and putting them in place.
    Saving,
}

impl Stage {
    /// What the bar calls it.
    pub fn words(self) -> &'static str {
        match self {
            Stage::Training => "training",
            Stage::Decomposing => "singular values",
            Stage::Drawing => "drawing",
            Stage::Writing => "writing",
            Stage::Saving => "saving",
        }
    }
}

/// The training of one job of [`jobs`], in seconds of one thread. What counts as a step and as a state is said at
/// [`Advance`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// A step of all its networks.
    pub step: f64,
    /// Evaluating and saving a state of each.
    pub state: f64,
    /// Steps to be made.
    pub steps: u64,
    /// States to be saved.
    pub states: u64,
}

impl Training {
    /// All of it.
    pub fn seconds(&self) -> f64 {
        self.step * self.steps as f64 + self.state * self.states as f64
    }
}

/// The work of a command.
#[derive(Clone, Debug)]
pub struct Work {
    /// For each job of [`jobs`], in that order.
    pub training: Vec<Training>,
    /// How many threads share the jobs.
    pub threads: usize,
    /// Whether several threads work on one job.
    pub divisible: bool,
    /// What follows, with its seconds.
    pub stages: Vec<(Stage, f64)>,
    /// The most memory at a time, in bytes.
    pub memory: f64,
    /// Bytes of all files.
    pub disk: f64,
    /// Their number.
    pub files: usize,
}

impl Work {
    /// Training a study and writing its files.
    pub fn of_study(settings: &Settings, data: &Data, threads: usize) -> Self {
        let mut work = Self::of_training(settings, data, threads);
        let networks = networks(settings, data);
        let (rows, numbers) = rows(settings, &networks);
        let units_bytes = if networks.iter().all(Architecture::is_bent_line) {
            numbers.units * weights::UNITS_BYTES
        } else {
            numbers.parameters * weights::PARAMETERS_BYTES
        };
        let shown = Shown::of(settings, &networks);
        let drawn = shown.seconds(rows);
        let (text, shown_bytes) = (rows * weights::HISTORY_BYTES + units_bytes, shown.bytes(rows));
        let expected = settings.expected_events(data, &networks);
        let events = expected.unwrap_or(0) as f64;
        let text = text + events * weights::EVENT_BYTES;
        let table = Pieces::new(settings, data).table_byte() * text;
        work.disk = text + shown_bytes + runs(settings, &networks) as f64 * weights::RUN_BYTES;
        // Report, the tables and the summary.
        work.files = shown.figures + 4 + usize::from(expected.is_some());
        work.stages =
            vec![(Stage::Drawing, drawn), (Stage::Writing, table + work.writing()), (Stage::Saving, work.saving())];
        // All pages and figures are made before the first is written, and tables, which grow by doubling.
        work.memory += 3.0 * shown_bytes + 2.0 * text + events * size_of::<Event>() as f64;
        work
    }

    /// Training what a page of the laboratory begins with, and writing that page.
    pub fn of_lab(settings: &Settings, data: &Data, threads: usize) -> Self {
        let mut work = Self::of_training(settings, data, threads);
        let numbers = data.x.len() + data.x_test.len() + data.y.len() + data.y_test.len();
        work.disk = weights::PAGE_BYTES + numbers as f64 * weights::KEPT_BYTES;
        work.memory += 3.0 * work.disk;
        work.files = 2;
        work.stages =
            vec![(Stage::Drawing, weights::FIGURE), (Stage::Writing, work.writing()), (Stage::Saving, work.saving())];
        work
    }

    /// Training networks, taking their features apart, and writing that.
    pub fn of_features(settings: &Settings, data: &Data, threads: usize) -> Self {
        let mut work = Self::of_training(settings, data, threads);
        let inputs = data.x.len().min(MOST_INPUTS) as f64;
        let states = |paradigm| match paradigm {
            Paradigm::Ridge => 2,
            _ => settings.saved_states() as usize,
        };
        let pieces = Pieces::new(settings, data);
        let (mut decomposing, mut drawing, mut rows, mut drawn, mut memory) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &width in &settings.widths {
            let of_run = |&p| decomposing_all(data, width, states(p), work.threads);
            let of_width = settings.paradigms.iter().map(of_run).sum::<f64>() * settings.seeds as f64;
            decomposing += pieces.decomposition(width, inputs as usize, of_width) * of_width;
            let runs = (settings.paradigms.len() * settings.seeds) as f64;
            let (units, parameters) = (width as f64, 3.0 * width as f64 + 1.0);
            drawing += runs * (weights::RUN_DRAWN + weights::PAIR_DRAWN * units * units);
            rows += runs * 2.0 * parameters * inputs;
            drawn += runs * (weights::RUN_DRAWN_BYTES + weights::UNIT_DRAWN_BYTES * units);
            // Both states keep the features as functions, with two values in each piece between elbows, and at the inputs.
            memory += runs * 2.0 * 8.0 * parameters * (2.0 * (units + 1.0) + 3.0 * inputs);
        }
        let text = rows * weights::FEATURES_BYTES;
        work.disk = text + drawn;
        // The page, both tables, and up to four figures for each run.
        work.files = 3 + 4 * runs(settings, &networks(settings, data));
        work.stages = vec![
            (Stage::Decomposing, decomposing),
            (Stage::Drawing, drawing),
            (Stage::Writing, pieces.table_byte() * text + work.writing()),
            (Stage::Saving, work.saving()),
        ];
        work.memory += memory + 2.0 * drawn;
        work
    }

    /// Making the runs of a sweep that are `left`, of which some have these sizes, beside those that are finished, and
    /// writing a row for each.
    ///
    /// # Errors
    /// If a run cannot be made.
    pub fn of_sweep(
        sweep: &Sweep,
        sizes: &Sizes,
        left: u64,
        finished: u64,
        threads: usize,
    ) -> Result<Self, SweepError> {
        let rows = (left + finished) as f64;
        let (mut work, step) = match sizes.typical {
            Some((run, size)) if left > 0 => {
                let (settings, data) = sweep.study(run)?;
                let work = Self::of_training(&settings, &data, threads);
                let seconds: f64 = work.training.iter().map(Training::seconds).sum();
                (work, seconds / settings.seeds as f64 / size.max(f64::MIN_POSITIVE) * sizes.unit)
            }
            _ => (
                Work {
                    training: Vec::new(),
                    threads,
                    divisible: true,
                    stages: Vec::new(),
                    memory: 0.0,
                    disk: 0.0,
                    files: 0,
                },
                0.0,
            ),
        };
        // A thread has a study of its own.
        work.memory *= threads as f64;
        let steps = (left as f64 * sizes.mean / sizes.unit) as u64;
        work.training = vec![Training { step, state: 0.0, steps, states: 0 }];
        work.divisible = true;
        // Finished runs and the table are there at the same time; nobody else counts the files of the former.
        work.disk = rows * weights::SWEPT_BYTES;
        work.files = 2;
        work.stages = vec![
            (Stage::Writing, rows * weights::SWEPT_BYTES * weights::TABLE_BYTE + work.writing()),
            (Stage::Saving, work.saving()),
        ];
        work.disk += left as f64 * weights::SWEPT_BYTES;
        Ok(work)
    }

    /// Making the runs of a comparison that are `left`, beside those that are finished, and writing what they say.
    ///
    /// # Errors
    /// If a run cannot be made.
    pub fn of_comparison(
        contest: &Contest,
        sizes: &Sizes,
        left: u64,
        finished: u64,
        threads: usize,
    ) -> Result<Self, SweepError> {
        let mut work = Self::of_sweep(contest.sweep(), sizes, left, finished, threads)?;
        let (mut states, mut parameters, mut pairs) = (0.0, 0.0, 0);
        for (settings, data) in contest.studies() {
            let networks = networks(settings, data);
            let (rows, numbers) = rows(settings, &networks);
            states += rows;
            parameters += numbers.parameters;
            pairs = networks.len() * settings.paradigms.len();
        }
        let table = states * weights::COMPARED_BYTES;
        let kept = parameters * weights::KEPT_BYTES + states * weights::COMPARED_BYTES;
        let drawn = states * weights::COMPARED_STATE_BYTES;
        // Those of all runs, and up to two of each network.
        let figures = 5 + 2 * pairs;
        work.memory += 8.0 * parameters + weights::STATE_MEMORY * states + 3.0 * drawn;
        work.disk = table + drawn + figures as f64 * weights::FIGURE_BYTES;
        work.files = figures + 3;
        let drawing = figures as f64 * weights::FIGURE + states * weights::STATE + kept * weights::TABLE_BYTE;
        work.stages = vec![
            (Stage::Drawing, drawing),
            (Stage::Writing, table * weights::TABLE_BYTE + work.writing()),
            (Stage::Saving, work.saving()),
        ];
        // Finished runs are there until all is written.
        work.disk += kept;
        Ok(work)
    }

    /// About how many bytes a row of a sweep has.
    pub fn row_bytes() -> f64 {
        weights::SWEPT_BYTES
    }

    /// The most bytes of memory at a time that training alone takes; as nothing is measured for it, it can be asked first.
    pub fn memory_of_training(settings: &Settings, data: &Data, threads: usize) -> f64 {
        let networks = networks(settings, data);
        let jobs = jobs(settings, &networks);
        let (rows, numbers) = rows(settings, &networks);
        let points = points(data);
        // A thread keeps all points, in each lane if there are several.
        let lanes = jobs.iter().map(|job| job.runs.len()).max().unwrap_or(1) as f64;
        let of_thread = weights::THREAD + points * (20.0 + 6.0 * lanes) * (1 + data.inputs.len()) as f64;
        // Ridge regression keeps the features at all points, and a few of its smaller square matrices.
        let of_ridge = |job: &Job| {
            let (units, n) = (job.architecture.last_hidden() as f64, data.y.len() as f64);
            8.0 * (units * n + 3.0 * units.min(n).powi(2))
        };
        let at_once = jobs.iter().filter(|job| job.paradigm == Paradigm::Ridge).take(threads);
        let trained =
            jobs.iter().map(|job| (job.architecture.parameters() * job.runs.len()) as f64).fold(0.0, f64::max);
        // Networks of a table are kept as they were trained, too.
        let of_state = if matches!(data.test, TestSet::HeldOut { .. }) { 16.0 } else { 8.0 };
        weights::PROGRAM
            + 20.0 * (1 + data.inputs.len()) as f64 * points
            + of_state * numbers.parameters
            + weights::TRAINED_MEMORY * trained * threads.min(jobs.len()) as f64
            + networks.iter().map(line_memory).fold(0.0, f64::max)
            + weights::STATE_MEMORY * rows
            + of_thread * threads.min(jobs.len()) as f64
            + at_once.map(of_ridge).sum::<f64>()
    }

    /// Training alone.
    fn of_training(settings: &Settings, data: &Data, threads: usize) -> Self {
        let pieces = Pieces::new(settings, data);
        let networks = networks(settings, data);
        let jobs = jobs(settings, &networks);
        let states = settings.saved_states();
        let descents = pieces.descents(&jobs);
        let slower = if settings.paradigms.contains(&Paradigm::Ridge) { pieces.ridge() } else { [1.0; 2] };
        let training: Vec<Training> = jobs
            .iter()
            .map(|job| {
                if let Some(&[step, state]) = descents.get(&Kind::of(job)) {
                    return Training { step, state, steps: settings.steps, states };
                }
                let [equations, solution] = ridge(job.architecture.last_hidden(), data.y.len(), data.y_test.len());
                let (state, step) = (slower[0] * equations, slower[1] * solution);
                Training { step, state, steps: lambdas().count() as u64 + 1, states: 1 }
            })
            .collect();
        let memory = Self::memory_of_training(settings, data, threads);
        let divisible = settings.batch >= MANY_SHARDS;
        Work { training, threads, divisible, stages: Vec::new(), memory, disk: 0.0, files: 0 }
    }

    /// The seconds until all is done, if these seconds of each job are still to do, and nothing of what follows is begun.
    pub fn training_left(&self, jobs: impl Iterator<Item = f64>) -> f64 {
        let (sum, longest) = jobs.fold((0.0_f64, 0.0_f64), |(sum, longest), job| (sum + job, longest.max(job)));
        let shared = sum / self.threads as f64;
        if self.divisible { shared } else { shared.max(longest) }
    }

    /// The seconds to write all files, as far as the system and fingerprints take them.
    fn writing(&self) -> f64 {
        self.disk * weights::WRITTEN_BYTE
    }

    /// The seconds to bring all files to the disk.
    fn saving(&self) -> f64 {
        self.disk * weights::SAVED_BYTE + self.files as f64 * weights::SAVED_FILE
    }

    /// The seconds of everything.
    pub fn seconds(&self) -> f64 {
        self.training_left(self.training.iter().map(Training::seconds))
            + self.stages.iter().map(|(_, seconds)| seconds).sum::<f64>()
    }
}

/// How large runs of a sweep are, as far as that decides how long they take.
#[derive(Clone, Debug, Default)]
pub struct Sizes {
    /// The mean of some.
    mean: f64,
    /// What is counted as a step of progress.
    unit: f64,
    /// The run whose size is nearest to the mean, and its size.
    typical: Option<(u64, f64)>,
}

impl Sizes {
    /// How many runs are looked at.
    const SOME: u64 = 64;

    /// Of some of these runs, evenly spread.
    ///
    /// # Errors
    /// If one of them cannot be made.
    pub fn of_some(sweep: &Sweep, runs: std::ops::Range<u64>) -> Result<Self, SweepError> {
        let count = runs.end - runs.start;
        let some = count.min(Self::SOME);
        // In the middle of so many pieces.
        let run = |i: u64| runs.start + ((2 * i + 1) as f64 * count as f64 / (2 * some) as f64) as u64;
        let mut sizes = Vec::new();
        for run in (0..some).map(run) {
            let (settings, data) = sweep.study(run)?;
            let networks = networks(&settings, &data);
            let size = networks.iter().flat_map(|network| settings.paradigms.iter().map(move |&p| (network, p)));
            sizes.push((run, size.map(|(network, paradigm)| Self::of(&settings, network, paradigm)).sum::<f64>()));
        }
        let mean = sizes.iter().map(|(_, size)| size).sum::<f64>() / sizes.len().max(1) as f64;
        let typical = sizes.into_iter().min_by(|a, b| (a.1 - mean).abs().total_cmp(&(b.1 - mean).abs()));
        Ok(Sizes { mean, unit: (mean / 1000.0).max(f64::MIN_POSITIVE), typical })
    }

    /// Products and sums of training, about.
    fn of(settings: &Settings, architecture: &Architecture, paradigm: Paradigm) -> f64 {
        Self::steps(settings, paradigm) as f64 * Self::of_step(settings, architecture)
    }

    fn of_step(settings: &Settings, architecture: &Architecture) -> f64 {
        // Some time of a step does not depend on its size.
        (settings.batch * architecture.parameters() + 1000) as f64
    }

    /// How many steps are made of a run; by ridge regression, how many equations are solved.
    pub fn steps(settings: &Settings, paradigm: Paradigm) -> u64 {
        match paradigm {
            Paradigm::Ridge => lambdas().count() as u64 + 1,
            Paradigm::Output | Paradigm::All => settings.steps,
        }
    }

    /// How many steps of progress some steps of all runs of a job are.
    pub fn of_steps(&self, settings: &Settings, job: &Job, steps: u64) -> f64 {
        (steps * job.runs.len() as u64) as f64 * Self::of_step(settings, &job.architecture) / self.unit
    }
}

/// Minibatches of so many samples are cut into shards for all threads.
const MANY_SHARDS: usize = 4096;

/// Bytes of the tables of a study: `history.csv`, `units.csv` or `parameters.csv`, and `events.csv`.
pub fn table_bytes(study: &Study) -> [f64; 3] {
    let sum = |rows: fn(&Run) -> usize| study.runs.iter().map(rows).sum::<usize>() as f64;
    let states = sum(|run| run.states.len());
    let rows = if study.is_of_bent_lines() {
        sum(|run| run.states.len() * run.width) * weights::UNITS_BYTES
    } else {
        sum(|run| run.states.len() * run.architecture.parameters()) * weights::PARAMETERS_BYTES
    };
    [states * weights::HISTORY_BYTES, rows, sum(|run| run.events.len()) * weights::EVENT_BYTES]
}

/// Bytes of `features.csv` for so many rows.
pub fn features_bytes(rows: usize) -> f64 {
    rows as f64 * weights::FEATURES_BYTES
}

/// Bytes of `compare.csv` for so many rows.
pub fn compared_bytes(rows: usize) -> f64 {
    rows as f64 * weights::COMPARED_BYTES
}

/// All points of the data.
fn points(data: &Data) -> f64 {
    (data.y.len() + data.y_test.len()) as f64
}

/// The networks of a study; none if settings and data do not go together, and then there is no work.
fn networks(settings: &Settings, data: &Data) -> Vec<Architecture> {
    settings.architectures(data).unwrap_or_default()
}

/// Bytes of the line of a network of one input and several layers: the values of all units at its vertices, of which there are
/// about as many as units, and as much again while it is made.
fn line_memory(architecture: &Architecture) -> f64 {
    let units = architecture.hidden_units() as f64;
    if architecture.inputs() == 1 && !architecture.is_bent_line() { 32.0 * units * units } else { 0.0 }
}

/// Networks of a study.
fn runs(settings: &Settings, networks: &[Architecture]) -> usize {
    networks.len() * settings.paradigms.len() * settings.seeds
}

/// Hidden units and parameters of all saved states.
struct Numbers {
    units: f64,
    parameters: f64,
}

/// Saved states, and what there is of all of them: the rows of the two tables.
fn rows(settings: &Settings, networks: &[Architecture]) -> (f64, Numbers) {
    let states: f64 = settings
        .paradigms
        .iter()
        .map(|&paradigm| if paradigm == Paradigm::Ridge { 2.0 } else { settings.saved_states() as f64 })
        .sum();
    let of_all = |count: fn(&Architecture) -> usize| {
        states * settings.seeds as f64 * networks.iter().map(count).sum::<usize>() as f64
    };
    let numbers = Numbers { units: of_all(Architecture::hidden_units), parameters: of_all(Architecture::parameters) };
    (of_all(|_| 1), numbers)
}

/// Ridge regression on n points and m test points: the equations, and their solution for one λ with its errors, in
/// seconds of [`weights`].
fn ridge(width: usize, n: usize, m: usize) -> [f64; 2] {
    let (columns, n, m) = (width as f64 + 1.0, n as f64, m as f64);
    let (smaller, larger) = (columns.min(n), columns.max(n));
    let equations = smaller * smaller / 2.0 * larger * weights::GRAM;
    let solve = smaller * smaller * smaller / 3.0 * weights::CHOLESKY + columns * n * weights::GRAM;
    [equations, solve + (n + m) * columns * weights::ERROR]
}

/// Operations of a singular value decomposition, to a factor, that hold up the work of so many threads: spectra of many
/// states are shared by them, the vectors of two are not.
pub fn decomposing(Decomposed { rows, columns, vectors }: Decomposed, threads: usize) -> f64 {
    decomposition(rows as f64, columns) * if vectors { weights::VECTORS } else { 1.0 / threads as f64 }
}

/// The same, of all decompositions of a run of this width with so many saved states.
pub fn decomposing_all(data: &Data, width: usize, states: usize, threads: usize) -> f64 {
    RunFeatures::decompositions(data.x.len(), width, states).map(|one| decomposing(one, threads)).sum()
}

/// Operations of the singular values of a matrix, to a factor.
fn decomposition(rows: f64, columns: usize) -> f64 {
    let (smaller, larger) = (rows.min(columns as f64), rows.max(columns as f64));
    smaller * smaller * larger
}

/// What of a study is drawn.
struct Shown {
    figures: usize,
    /// Hidden units of all networks that are shown one by one.
    units: f64,
    /// Pairs of units of those that were trained step by step, whose functions are drawn at several steps.
    pairs: f64,
    /// The units in each saved state.
    unit_states: f64,
}

impl Shown {
    /// The networks of each width and paradigm, as [`viz::report::figures`] chooses them.
    fn of(settings: &Settings, networks: &[Architecture]) -> Self {
        let descents = settings.paradigms.iter().filter(|&&p| p != Paradigm::Ridge).count();
        let ridge = settings.paradigms.len() - descents;
        let mut shown = Shown { figures: 1 + ridge + descents.min(1), units: 0.0, pairs: 0.0, unit_states: 0.0 };
        for width in networks.iter().map(Architecture::hidden_units) {
            let shares = if width <= viz::report::MOST_BANDS { settings.paradigms.len() } else { 0 };
            shown.figures += 1 + settings.paradigms.len() + shares + 2 * descents.min(1);
            shown.units += (width * settings.paradigms.len()) as f64;
            shown.pairs += (width * width * descents) as f64;
            shown.unit_states += (width * descents) as f64 * settings.saved_states() as f64;
        }
        shown
    }

    fn seconds(&self, states: f64) -> f64 {
        self.figures as f64 * weights::FIGURE
            + self.units * weights::UNIT_SHOWN
            + self.pairs * weights::PAIR_SHOWN
            + self.unit_states * weights::UNIT_STATE
            + states * weights::STATE
    }

    fn bytes(&self, states: f64) -> f64 {
        self.figures as f64 * weights::FIGURE_BYTES
            + self.units * weights::UNIT_SHOWN_BYTES
            + self.unit_states * weights::UNIT_STATE_BYTES
            + states * weights::STATE_BYTES
    }
}

/// What decides how long a step takes, of all that may differ within a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Kind {
    width: usize,
    paradigm: Paradigm,
    /// How many networks are trained at once.
    lanes: usize,
}

impl Kind {
    fn of(job: &Job) -> Self {
        Kind { width: job.architecture.hidden_units(), paradigm: job.paradigm, lanes: job.runs.len() }
    }
}

/// The most samples of a minibatch in a piece; larger ones take longer in proportion.
const MOST_BATCH: usize = 1024;
/// The most points in a piece, times hidden units; evaluation takes longer in proportion.
const MOST_POINTS: usize = 2_000_000;
/// A piece this long is long enough, in seconds.
const LONG_ENOUGH: f64 = 0.01;
/// A piece takes no longer than about that, in seconds.
const LONGEST_PIECE: f64 = 0.5;
/// The most operations of [`decomposition`] in a piece, which then takes half a second at most.
const MOST_OPERATIONS: f64 = 1e9;
/// The share of all steps, one in so many, that is done as a piece.
const SHARE: u64 = 1000;
/// How often a piece is tried.
const TRIES: usize = 3;
/// How often the tables of a small study are written.
const REPEATED: usize = 8;
/// The most widths that are tried; those between are interpolated.
const MOST_WIDTHS: usize = 8;

/// Little pieces of a study, done to see how long they take.
struct Pieces<'a> {
    settings: &'a Settings,
    data: &'a Data,
}

impl<'a> Pieces<'a> {
    fn new(settings: &'a Settings, data: &'a Data) -> Self {
        Pieces { settings, data }
    }

    /// The seconds of a step and of a saved state, for each kind of job by gradient descent.
    fn descents(&self, jobs: &[Job]) -> HashMap<Kind, [f64; 2]> {
        let mut kinds: Vec<Kind> = jobs.iter().map(Kind::of).filter(|kind| kind.paradigm != Paradigm::Ridge).collect();
        kinds.sort_by_key(|kind| (kind.paradigm == Paradigm::All, kind.lanes, kind.width));
        kinds.dedup();
        let mut found = HashMap::new();
        for like in kinds.chunk_by(|a, b| (a.paradigm, a.lanes) == (b.paradigm, b.lanes)) {
            let tried: Vec<(f64, [f64; 2])> = spread(like.len(), MOST_WIDTHS)
                .map(|index| (like[index].width as f64, self.descent(like[index])))
                .collect();
            for &kind in like {
                found.insert(kind, interpolate(&tried, kind.width as f64));
            }
        }
        found
    }

    /// The seconds of a step and of a saved state.
    fn descent(&self, kind: Kind) -> [f64; 2] {
        let data = self.some_data((MOST_POINTS / kind.width).max(2));
        let points = points(self.data) / points(&data);
        let batch = self.settings.batch.min(MOST_BATCH);
        let samples = self.settings.batch as f64 / batch as f64;
        let once = |steps: u64, save_every: u64| {
            let settings = Settings {
                widths: vec![kind.width],
                paradigms: vec![kind.paradigm],
                seeds: kind.lanes,
                batch,
                steps,
                save_every,
                threads: 1,
                ..self.settings.clone()
            };
            let told = Mutex::new(Vec::new());
            // Without threads nothing can be measured, and then nothing can be done either.
            let _ = Study::run(&settings, data.clone(), &|advance| {
                if let Ok(mut told) = told.lock() {
                    told.push((Instant::now(), advance));
                }
            });
            let told = told.into_inner().unwrap_or_default();
            // Step 1 does much for the first time; what follows is the rule.
            let Some(first) = told.iter().position(|(_, advance)| advance.steps > 0) else { return [0.0; 3] };
            let rule = &told[first + 1..];
            let sum = |count: fn(&Advance) -> u64| rule.iter().map(|(_, advance)| count(advance)).sum::<u64>() as f64;
            let seconds = rule.last().map_or(0.0, |(end, _)| (*end - told[first].0).as_secs_f64());
            [seconds, sum(|advance| advance.steps), sum(|advance| advance.states)]
        };
        let piece = |steps, save_every| least(|| once(steps, save_every));
        let share = self.settings.steps / SHARE;
        let mut steps = share.clamp(20, 100);
        let mut few_saved = piece(steps, steps);
        while few_saved[0] < LONG_ENOUGH && steps < share {
            steps = (8 * steps).min(share);
            few_saved = piece(steps, steps);
        }
        // The same with all states saved: two equations, for steps and for states.
        let all_saved = piece((steps / 8).clamp(20, 50), 1);
        let [step, state] = solve(few_saved, all_saved);
        [step * samples, state * points]
    }

    /// The data, but at the most so many points to train with and to test with.
    fn some_data(&self, most: usize) -> Data {
        let first = |points: &[f64], numbers: usize| points[..points.len().min(most * numbers)].to_vec();
        let Data { x, y, x_test, y_test, .. } = self.data;
        let [x, x_test] = [x, x_test].map(|points| first(points, self.data.inputs.len()));
        let [y, y_test] = [y, y_test].map(|points| first(points, 1));
        Data { x, y, x_test, y_test, ..self.data.clone() }
    }

    /// How much longer ridge regression takes than [`ridge`] says, for the equations and for a solution.
    fn ridge(&self) -> [f64; 2] {
        let networks = networks(self.settings, self.data);
        let widest = networks.iter().map(Architecture::last_hidden).max().unwrap_or(1);
        let (all_x, all_y) = (self.data.x.iter().step_by(self.data.inputs.len()), &self.data.y);
        let all: Vec<[f64; 2]> = all_x.zip(all_y).map(|(&x, &y)| [x, y]).collect();
        let [equations, solution] = ridge(widest, all.len(), self.data.y_test.len());
        // A piece of twice the size takes up to eight times as long.
        let enough = ((equations + solution * lambdas().count() as f64) / SHARE as f64).min(LONGEST_PIECE / 8.0);
        let (mut width, mut points) = (10, 50);
        loop {
            (width, points) = (widest.min(width), all.len().min(points));
            let network = initial_network(width, 0, self.settings.precision);
            let samples: Samples<f64> = all[..points].into();
            let [_, made, solved] = least(|| {
                let begin = Instant::now();
                let problem = RidgeProblem::new(&network, &samples);
                let made = begin.elapsed().as_secs_f64();
                // Nearly any λ can be solved.
                black_box(problem.solve(1.0).map(|solution| solution.errors(&samples, false)));
                let both = begin.elapsed().as_secs_f64();
                [both, made, both - made]
            });
            if made + solved > enough || (width == widest && points == all.len()) {
                let [equations, solution] = ridge(width, points, 0);
                return [made / equations, solved / solution];
            }
            (width, points) = (2 * width, 2 * points);
        }
    }

    /// The seconds to make a byte of a table.
    fn table_byte(&self) -> f64 {
        let settings = Settings { widths: vec![20], steps: 2, seeds: 1, threads: 1, ..self.settings.clone() };
        let Ok(study) = Study::run(&settings, self.some_data(100), &|_| {}) else { return weights::TABLE_BYTE };
        let mut text = Vec::new();
        let begin = Instant::now();
        for _ in 0..REPEATED {
            text.clear();
            // A vector takes everything.
            let _ = history::write(&study, &mut text);
            let _ = if study.is_of_bent_lines() {
                units::write(&study, &mut text)
            } else {
                parameters::write(&study, &mut text)
            };
        }
        begin.elapsed().as_secs_f64() / (REPEATED * text.len().max(1)) as f64
    }

    /// The seconds of one operation of [`decomposition`], for networks of this width at so many inputs, if about `all` are
    /// to be done.
    fn decomposition(&self, width: usize, inputs: usize, all: f64) -> f64 {
        let operations = (all / 100.0).clamp(1e5, MOST_OPERATIONS);
        // With fewer inputs than parameters, their number counts squared.
        let inputs = ((operations / (3 * width + 1) as f64).sqrt() as usize).clamp(2, inputs);
        let network = initial_network(width, 0, self.settings.precision);
        let x: Vec<f64> = (0..inputs).map(|i| i as f64 / inputs as f64).collect();
        let features = Linearisation::new(width).features(&network, &x);
        let begin = Instant::now();
        let _ = black_box(features.spectrum(Paradigm::All));
        begin.elapsed().as_secs_f64() / decomposition(inputs as f64, 3 * width + 1)
    }
}

/// Of a few tries the one that took the least seconds, which are the first of its numbers: what else goes on takes time
/// from some of them.
fn least(once: impl Fn() -> [f64; 3]) -> [f64; 3] {
    (0..TRIES).map(|_| once()).min_by(|a, b| a[0].total_cmp(&b[0])).unwrap_or_default()
}

/// The a and b of seconds = a·steps + b·states, from a measurement of all three with few states and one with many;
/// neither is negative.
fn solve([t, n, m]: [f64; 3], [u, k, l]: [f64; 3]) -> [f64; 2] {
    let determinant = n * l - k * m;
    if determinant <= 0.0 {
        return [t / n.max(1.0), 0.0];
    }
    let [a, b] = [t * l - u * m, n * u - k * t].map(|numerator| numerator / determinant);
    if a > 0.0 && b > 0.0 {
        return [a, b];
    }
    // One of them was disturbed. The few states count little among many steps.
    let step = t / n;
    [step, ((u - k * step) / l).max(0.0)]
}

/// At most `limit` of `count` indices, evenly spaced, the first and the last among them.
fn spread(count: usize, limit: usize) -> impl Iterator<Item = usize> {
    let kept = count.min(limit);
    (0..kept).map(move |index| index * (count - 1) / (kept - 1).max(1))
}

/// What lies at `x` on the straight lines between points, which ascend.
fn interpolate(points: &[(f64, [f64; 2])], x: f64) -> [f64; 2] {
    let after = points.partition_point(|(at, _)| *at < x).clamp(1, points.len().max(2) - 1);
    let (Some((a, from)), Some((b, to))) = (points.get(after - 1), points.get(after)) else {
        return points.first().map_or([0.0; 2], |(_, only)| *only);
    };
    let share = ((x - a) / (b - a)).clamp(0.0, 1.0);
    [0, 1].map(|i| from[i] + share * (to[i] - from[i]))
}
