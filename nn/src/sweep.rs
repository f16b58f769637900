//! Many runs by one plan: settings that all share, and settings that vary.
//!
//! A plan is a settings file with up to three tables. `[grid]` has lists whose items are combined, each with each;
//! `[[list]]` gives settings row by row; `[random]` draws them. A list above the tables, as several `widths`, and `seeds`
//! ask for a run of each item, as in a settings file. The order of runs is that of the plan: rows of the list outermost, then
//! the grid in the order of the file, then draws, then widths and paradigms, and seeds innermost.
//!
//! ```
//! use nn::settings::{Paradigm, Settings};
//! use nn::sweep::{Plan, Sweep};
//! use std::ops::ControlFlow;
//! use std::path::Path;
//!
//! let text = "
//!     steps = 500
//!     seeds = 2
//!     [grid]
//!     widths = [5, 10]
//!     optimizer = ['sgd', 'adam']
//!     [random]
//!     lr-all = { log = [1e-3, 0.1], count = 3, seed = 0 }
//! ";
//! let defaults = Settings { paradigms: vec![Paradigm::All], ..Settings::default() };
//! let sweep = Sweep::open(Plan::read(text, Path::new("plan.toml"), defaults)?)?;
//! assert_eq!(sweep.plan().runs(), 24);
//! assert_eq!(sweep.columns(), ["width", "optimizer", "lr-all", "seed"]);
//!
//! let mut errors = Vec::new();
//! sweep.run(6..9, &mut |done| {
//!     assert_eq!(done.values[..2], ["5", "adam"]);
//!     errors.push(done.run.end().test.loss);
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(errors.len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Each run has the bits that it has in a [`Study`](crate::study::Study) of its settings. A random setting has a value for
//! each draw that depends on its name, its seed and the number of the draw alone: `log` draws x with log x uniform,
//! `linear` x itself; settings are drawn together.

mod axis;
pub mod comparison;
mod plan;

pub use comparison::{Comparison, Contest, ContestError};
pub use plan::Plan;

use crate::architecture::Architecture;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::data::{Data, DataError};
use crate::settings::{PlanError, Setting, SettingError, Settings, Target};
use crate::study::{Job, Run, Told, fnv, jobs};
use std::fmt;
use std::ops::{ControlFlow, Range};
use std::sync::{Arc, Mutex, PoisonError};

/// The most runs that are made at once: as many as there are lanes.
pub const TOGETHER: u64 = 16;

/// The most combinations that are checked before anything is done. Further ones are checked when it is their turn.
const MOST_CHECKED: u64 = 10_000;

/// The most tables of points that are read.
const MOST_TABLES: u64 = 1000;

/// The most built-in sets of points that are kept to be used again.
const MOST_KEPT: usize = 32;

/// Settings that go together with any others: combinations of the rest are checked before anything is done.
const FREE: &[&str] = &[
    "batch",
    "lr-output",
    "lr-all",
    "ridge",
    "optimizer",
    "momentum",
    "schedule",
    "weight-decay",
    "l1",
    "clip",
    "noise",
    "data-seed",
    "samples",
];

/// Settings that decide which table of points is read, and how.
const OF_TABLES: &[&str] = &["target", "x", "y", "separator", "decimal", "dates", "header", "missing", "skip", "loss"];

/// A plan whose runs can be made: its tables are read, and what goes together is checked.
#[derive(Debug)]
pub struct Sweep {
    plan: Plan,
    /// Points of tables, with the settings by which they were read.
    tables: Vec<(Settings, Arc<Data>)>,
    /// Whether it is known of every run that its settings go together.
    checked: bool,
    /// Points of built-in targets that were used last.
    recent: Mutex<Vec<(Settings, Arc<Data>)>>,
}

/// A run that was made.
#[derive(Debug)]
pub struct Done<'a> {
    /// Its place in the plan.
    pub number: u64,
    /// What it was made by; those of runs that were made together have several seeds.
    pub settings: &'a Settings,
    /// The settings that vary, in the order of [`Sweep::columns`].
    pub values: Vec<String>,
    /// What came out.
    pub run: &'a Run,
}

/// What is heard of runs that are made together.
pub struct Going<'a> {
    /// Their places in the plan.
    pub numbers: Range<u64>,
    /// What they are made by.
    pub settings: &'a Settings,
    /// What is made.
    pub job: &'a Job,
    /// What was done since it was last told.
    pub told: &'a Told<'a>,
}

/// Runs that cannot be made.
#[derive(Debug)]
pub struct SweepError {
    /// The first of them.
    pub run: u64,
    /// Its settings, as far as they vary.
    pub settings: String,
    /// Why.
    pub cause: Box<Cause>,
}

/// Why a run cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// Its settings do not go together.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Its settings and its data do not go together.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Its data cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// There are too many tables.
    #[error("the plan reads more than {MOST_TABLES} tables; sweep some of them at a time")]
    Tables,
    /// What was kept of it is of another run.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl fmt::Display for SweepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SweepError { run, settings, cause } = self;
        if settings.is_empty() { write!(f, "run {run}: {cause}") } else { write!(f, "run {run} ({settings}): {cause}") }
    }
}

impl std::error::Error for SweepError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

impl Sweep {
    /// Reads the tables of the plan and checks what goes together. Of very large plans only a part is checked; the rest is
    /// when it is made.
    ///
    /// # Errors
    /// [`SweepError`] for the first run that cannot be made.
    pub fn open(plan: Plan) -> Result<Self, SweepError> {
        let mut sweep = Sweep { plan, tables: Vec::new(), checked: false, recent: Mutex::default() };
        let of_tables = sweep.varying(&|setting| OF_TABLES.contains(&setting.name));
        let read = (0..of_tables.count()).try_for_each(|number| {
            let point = of_tables.point(number);
            let error = |cause| sweep.error(point, 0, cause);
            let settings = sweep.plan.asked(point).map_err(|cause| error(cause.into()))?.settings();
            if settings.target == Target::StandardInput {
                let what = SettingError::Value {
                    setting: "target",
                    item: "target",
                    value: "-".to_owned(),
                    must_be: "a file, which can be read again when a sweep goes on".to_owned(),
                };
                return Err(error(what.into()));
            }
            if !settings.target.is_table() || find(&sweep.tables, &settings).is_some() {
                return Ok(());
            }
            if sweep.tables.len() as u64 == MOST_TABLES {
                return Err(error(Cause::Tables));
            }
            let data = Data::from_settings(&settings).map_err(|cause| error(cause.into()))?;
            sweep.tables.push((settings, Arc::new(data)));
            Ok(())
        });
        read?;
        let bound = sweep.varying(&|setting| !FREE.contains(&setting.name));
        for number in 0..bound.count().min(MOST_CHECKED) {
            let point = bound.point(number);
            let last = sweep.plan.seeds - 1;
            for seeds in [0..TOGETHER.min(last + 1), last..last + 1] {
                sweep.settings(point, seeds).map_err(|cause| sweep.error(point, 0, cause))?;
            }
        }
        sweep.checked = bound.count() <= MOST_CHECKED;
        Ok(sweep)
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// A hash of everything that decides the results, the contents of tables and the version of this crate included, but
    /// not of how the plan is written.
    pub fn identity(&self) -> u64 {
        let plan = &self.plan;
        let names = |axis: &axis::Axis| axis.settings.iter().map(|setting| setting.name).collect::<Vec<_>>();
        let axes: Vec<_> = plan.axes.iter().map(|axis| (names(axis), self.texts(axis))).collect();
        let text = format!("elbow-sweep-1 {} {:?} {axes:?}", env!("CARGO_PKG_VERSION"), plan.fixed);
        let tables = self.tables.iter().flat_map(|(_, data)| {
            let numbers = [&data.x, &data.y, &data.x_test, &data.y_test].into_iter().flatten();
            numbers.map(|number| number.to_bits())
        });
        fnv(text.bytes().map(u64::from).chain(tables))
    }

    /// What an axis says, with paths as the plan gives them.
    fn texts(&self, axis: &axis::Axis) -> String {
        match &axis.values {
            axis::Values::Drawn(count, draws) => format!("{count} {draws:?}"),
            axis::Values::Given(rows) => {
                let shown = |(setting, text): (&&'static Setting, &Option<String>)| {
                    text.as_ref().map(|text| self.shown(setting, text))
                };
                rows.iter()
                    .map(|row| format!("{:?}", axis.settings.iter().zip(row).map(shown).collect::<Vec<_>>()))
                    .collect()
            }
        }
    }

    /// The text of a value, of a path relative to the plan.
    fn shown(&self, setting: &Setting, text: &str) -> String {
        let path = std::path::Path::new(text);
        match path.strip_prefix(&self.plan.directory) {
            Ok(relative) if setting.name == "target" => relative.display().to_string(),
            _ => text.to_owned(),
        }
    }

    /// How many successive runs differ in their seeds alone and are trained together, if they are asked for together.
    pub fn together(&self) -> u64 {
        self.plan.seeds.min(TOGETHER)
    }

    /// The names of the settings that vary, of an item where they are lists: `width`. The last is always `seed`.
    pub fn columns(&self) -> Vec<&'static str> {
        let name = |setting: &Setting| {
            if setting.list { setting.name.trim_end_matches('s') } else { setting.name }
        };
        self.columns_but_seed().map(name).chain(["seed"]).collect()
    }

    fn columns_but_seed(&self) -> impl Iterator<Item = &'static Setting> {
        let settings = self.plan.axes.iter().flat_map(|axis| axis.settings.iter().copied());
        settings.filter(|setting| setting.name != "seed")
    }

    /// Makes some runs of the plan, in its order, and tells of each when it is done, until it is told to stop. Runs that
    /// differ in their seeds alone are trained together, up to [`TOGETHER`].
    ///
    /// # Errors
    /// [`SweepError`] for the first run that cannot be made.
    ///
    /// # Panics
    /// If the plan leaves widths or paradigms to defaults that are several.
    pub fn run(&self, runs: Range<u64>, tell: &mut dyn FnMut(Done<'_>) -> ControlFlow<()>) -> Result<(), SweepError> {
        self.go_on(runs, None, &|_| (), tell)
    }

    /// The same, going on with what was kept of the first of these runs, and of those that are made together with it. `hear`
    /// hears of all of them while they are made.
    ///
    /// # Errors
    /// As [`run`](Self::run), or if what was kept is of other runs.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn go_on(
        &self,
        runs: Range<u64>,
        mut kept: Option<Checkpoint>,
        hear: &dyn Fn(&Going<'_>),
        tell: &mut dyn FnMut(Done<'_>) -> ControlFlow<()>,
    ) -> Result<(), SweepError> {
        let mut next = runs.start;
        while next < runs.end {
            let (point, seed) = (next / self.plan.seeds, next % self.plan.seeds);
            // However runs are cut, the same ones are together, if they are asked for together.
            let end = self.plan.seeds.min((seed / TOGETHER + 1) * TOGETHER).min(seed + runs.end - next);
            let error = |cause| self.error(point, seed, cause);
            let (settings, data, networks) = self.settings(point, seed..end).map_err(error)?;
            let values: Vec<String> = self.columns_but_seed().map(|setting| self.value(setting, &settings)).collect();
            let jobs = jobs(&settings, &networks);
            let made = jobs.iter().map(|job| job.runs.len()).sum::<usize>() as u64;
            assert_eq!(made, end - seed, "the defaults of a plan are of one width and one paradigm");
            for job in jobs {
                let first = next + job.runs[0].0 as u64;
                let numbers = first..first + job.runs.len() as u64;
                let hear = |told: &Told<'_>| {
                    hear(&Going { numbers: numbers.clone(), settings: &settings, job: &job, told });
                };
                let made = job.make(&settings, &data, kept.take(), &hear).map_err(|cause| error(cause.into()))?;
                for run in made {
                    let mut values = values.clone();
                    values.push(run.seed.to_string());
                    let number = next + run.index as u64;
                    if tell(Done { number, settings: &settings, values, run: &run }).is_break() {
                        return Ok(());
                    }
                }
            }
            next += end - seed;
        }
        Ok(())
    }

    /// The settings and the data of the study that is a run, or several that differ in their seeds alone.
    ///
    /// # Errors
    /// [`SweepError`] if it cannot be made.
    pub fn study(&self, run: u64) -> Result<(Settings, Arc<Data>), SweepError> {
        let (point, seed) = (run / self.plan.seeds, run % self.plan.seeds);
        let end = (seed + TOGETHER).min(self.plan.seeds);
        let study = self.settings(point, seed..end).map_err(|cause| self.error(point, seed, cause));
        study.map(|(settings, data, _)| (settings, data))
    }

    fn settings(&self, point: u64, seeds: Range<u64>) -> Result<(Settings, Arc<Data>, Vec<Architecture>), Cause> {
        let asked = self.plan.asked(point)?;
        let data = self.data(asked.settings())?;
        let mut settings = asked.settings_on(&data);
        settings.seed = settings.seed.saturating_add(seeds.start);
        settings.seeds = (seeds.end - seeds.start) as usize;
        // Nobody looks at events of so many runs.
        settings.watch_every = Some(0);
        if !self.checked {
            settings.validate()?;
        }
        let networks = settings.architectures(&data)?;
        Ok((settings, data, networks))
    }

    /// The data that settings ask for, which are made or read once if they are asked for often.
    fn data(&self, settings: Settings) -> Result<Arc<Data>, DataError> {
        if let Some(data) = find(&self.tables, &settings) {
            return Ok(data);
        }
        let lock = || self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let found = find(&lock(), &settings);
        if let Some(data) = found {
            return Ok(data);
        }
        let data = Arc::new(Data::from_settings(&settings)?);
        let mut recent = lock();
        if recent.len() == MOST_KEPT {
            recent.remove(0);
        }
        recent.push((settings, Arc::clone(&data)));
        Ok(data)
    }

    /// What a run has for a setting, as it is shown; nothing where layers stand in place of widths.
    fn value(&self, setting: &Setting, settings: &Settings) -> String {
        if setting.name == "widths" && !settings.layers.is_empty() {
            return String::new();
        }
        self.shown(setting, &setting.get(settings))
    }

    fn error(&self, point: u64, seed: u64, cause: Cause) -> SweepError {
        let settings = self.plan.places(point).flat_map(|(axis, place)| axis.at(place));
        let settings: Vec<String> =
            settings.map(|(s, text)| format!("{} = {}", s.name, self.shown(s, &text))).collect();
        SweepError { run: point * self.plan.seeds + seed, settings: settings.join(", "), cause: Box::new(cause) }
    }

    /// The points in which only axes of such settings vary, and the others are at their first place.
    fn varying(&self, which: &dyn Fn(&Setting) -> bool) -> Points {
        let mut stride = self.plan.points;
        let axes = self.plan.axes.iter().map(|axis| {
            stride /= axis.len();
            (axis.settings.iter().any(|setting| which(setting)), axis.len(), stride)
        });
        Points(axes.filter(|(varies, ..)| *varies).map(|(_, count, stride)| (count, stride)).collect())
    }
}

impl Plan {
    /// What is asked for at a point.
    fn asked(&self, point: u64) -> Result<crate::settings::Asked, SettingError> {
        let mut asked = self.base.clone();
        for (axis, place) in self.places(point) {
            for (setting, text) in axis.at(place) {
                asked.set(setting, &text)?;
            }
        }
        Ok(asked)
    }

    /// The place in each axis of a point.
    fn places(&self, point: u64) -> impl Iterator<Item = (&axis::Axis, u64)> {
        let mut stride = self.points;
        self.axes.iter().map(move |axis| {
            stride /= axis.len();
            (axis, point / stride % axis.len())
        })
    }
}

/// Points of a plan: for each axis that varies how long it is, and how far apart its places are.
struct Points(Vec<(u64, u64)>);

impl Points {
    fn count(&self) -> u64 {
        self.0.iter().map(|(count, _)| count).product()
    }
    fn point(&self, number: u64) -> u64 {
        let mut rest = number;
        let place = |&(count, stride): &(u64, u64)| {
            let place = rest % count;
            rest /= count;
            place * stride
        };
        self.0.iter().rev().map(place).sum()
    }
}

/// The data that were made for settings with the same ones.
fn find(kept: &[(Settings, Arc<Data>)], settings: &Settings) -> Option<Arc<Data>> {
    let same = |of: &Settings| {
        let numbers = |s: &Settings| (s.samples, s.noise.to_bits(), s.data_seed);
        of.target == settings.target
            && if of.target.is_table() { of.table() == settings.table() } else { numbers(of) == numbers(settings) }
    };
    kept.iter().find(|(of, _)| same(of)).map(|(_, data)| Arc::clone(data))
}
