//! The same runs for several values of one setting, in pairs: a run of one value and the run of another with the same seed
//! begin with the same network and see the same minibatches, as far as these do not depend on the setting itself.
//!
//! ```
//! use nn::settings::{Asked, Paradigm, Settings};
//! use nn::sweep::Contest;
//! use nn::sweep::comparison::compared;
//!
//! let base = Settings { widths: vec![5], paradigms: vec![Paradigm::All], steps: 200, seeds: 3, ..Settings::default() };
//! let (optimizer, values) = compared("optimizer=sgd,adam")?;
//! let contest = Contest::open(Asked::new(base), optimizer, &values)?;
//! let comparison = contest.run(&|_| ())?;
//!
//! let [sgd, adam] = [0, 1].map(|item| &comparison.items[item].study.runs);
//! for (one, other) in sgd.iter().zip(adam) {
//!     assert_eq!((one.seed, one.start()), (other.seed, other.start()));
//!     assert!(one.end() != other.end());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::axis::Axis;
use super::{Plan, Sweep, SweepError, TOGETHER};
use crate::architecture::{Architecture, Loss};
use crate::data::Data;
use crate::settings::{Allowed, Asked, PlanError, SETTINGS, Setting, SettingError, Settings, setting, unknown};
use crate::study::{Outcome, Run, Study};
use rayon::prelude::*;
use std::ops::{ControlFlow, Range};
use std::path::PathBuf;
use std::sync::Arc;

/// The most values of a setting.
pub const MOST_ITEMS: usize = 20;

/// Finished runs that differ in one setting.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The setting.
    pub setting: &'static Setting,
    /// One for each value, in the order in which they were asked for; the others are compared with the first. All have runs
    /// of the same seeds, and as many networks and paradigms.
    pub items: Vec<Item>,
}

/// The runs of one value.
#[derive(Clone, Debug)]
pub struct Item {
    /// The value, as a settings file has it.
    pub value: String,
    /// Its runs: those of a [`Study`] of its settings, bit for bit.
    pub study: Study,
}

/// What is to be compared: its settings are checked, its data are read, and nothing is trained yet.
#[derive(Debug)]
pub struct Contest {
    setting: &'static Setting,
    sweep: Sweep,
    items: Vec<Planned>,
}

/// A value before its runs are made.
#[derive(Debug)]
struct Planned {
    value: String,
    settings: Settings,
    data: Arc<Data>,
    networks: Vec<Architecture>,
}

/// A comparison that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ContestError {
    /// A text without values.
    #[error("there is no =; what is compared is a setting with its values, as in lr-all=0.005,0.02")]
    NoValues,
    /// No setting.
    #[error("{0}")]
    Unknown(String),
    /// A setting that cannot be compared, and why.
    #[error("{0} cannot be compared: {1}")]
    Setting(&'static str, &'static str),
    /// Too few values or too many.
    #[error("{setting}: {count} to compare; give from 2 to {MOST_ITEMS}, as in {example}")]
    Count {
        /// The setting.
        setting: &'static str,
        /// What there is, in words.
        count: String,
        /// How it would be right.
        example: String,
    },
    /// A value that is listed twice.
    #[error("{0}: {1} is listed twice")]
    Twice(&'static str, String),
    /// A value that is not allowed.
    #[error(transparent)]
    Value(#[from] SettingError),
    /// Networks of some values that have no counterpart.
    #[error(
        "{setting} {first} and {other} ask for different numbers of networks ({counts}); say with --widths or --layers which \
         all of them have"
    )]
    Networks {
        /// The setting.
        setting: &'static str,
        /// A value.
        first: String,
        /// Another one.
        other: String,
        /// How many networks each asks for.
        counts: String,
    },
    /// Errors that are not of one kind.
    #[error(
        "{setting} {first} is trained on the loss {loss} and {other} on {another}; only errors of one kind can be compared"
    )]
    Losses {
        /// The setting.
        setting: &'static str,
        /// A value.
        first: String,
        /// Its loss.
        loss: Loss,
        /// Another one.
        other: String,
        /// Its loss.
        another: Loss,
    },
    /// Settings that do not go together with each other or with the data.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A run that cannot be made.
    #[error(transparent)]
    Sweep(#[from] SweepError),
}

/// Why some settings cannot be compared.
const NOT_COMPARED: [(&str, &str); 4] = [
    ("seed", "runs of the same seed are pairs, so all values have the same seeds"),
    ("seeds", "runs of the same seed are pairs, so all values have the same seeds"),
    ("threads", "results do not depend on it"),
    ("watch-every", "results do not depend on it"),
];

/// The setting and the values of a text such as `lr-all=0.01,0.02`: values are divided by commas, or by semicolons where they
/// have commas themselves.
///
/// # Errors
/// [`ContestError`] if there is no such setting, or too few values or too many.
pub fn compared(text: &str) -> Result<(&'static Setting, Vec<String>), ContestError> {
    let (name, values) = text.split_once('=').ok_or(ContestError::NoValues)?;
    let setting = setting(name.trim()).ok_or_else(|| ContestError::Unknown(unknown(name.trim(), &[])))?;
    let divider =
        if matches!(setting.allowed, Allowed::Layers | Allowed::Rates | Allowed::Text(_)) { ';' } else { ',' };
    let values: Vec<String> = values.split(divider).map(|value| value.trim().to_owned()).collect();
    if (2..=MOST_ITEMS).contains(&values.len()) {
        return Ok((setting, values));
    }
    let example = match setting.allowed {
        Allowed::Layers => "8,8;16".to_owned(),
        Allowed::Rates => "500:0.1;1000:0.1".to_owned(),
        Allowed::Text(_) => "a;b".to_owned(),
        Allowed::Words([a, b, ..]) => format!("{a},{b}"),
        _ => format!("{},…", setting.default().split(',').next().unwrap_or_default()),
    };
    let count = match values.len() {
        1 => "there is one value".to_owned(),
        count => format!("there are {count} values"),
    };
    Err(ContestError::Count { setting: setting.name, count, example: format!("{}={example}", setting.name) })
}

impl Contest {
    /// Plans the runs that `base` asks for with each of these values in turn. Where a value says what follows for settings
    /// that are not mentioned, as a target does, that holds for its runs.
    ///
    /// # Errors
    /// [`ContestError`] if the setting cannot be compared, or the runs cannot be made.
    pub fn open(base: Asked, setting: &'static Setting, values: &[String]) -> Result<Self, ContestError> {
        if let Some((name, why)) = NOT_COMPARED.iter().find(|(name, _)| *name == setting.name) {
            return Err(ContestError::Setting(name, why));
        }
        let mut texts: Vec<String> = Vec::new();
        let mut asked: Vec<Asked> = Vec::new();
        for value in values {
            let mut one = base.clone();
            one.set(setting, value)?;
            let text = setting.get(&one.settings());
            if setting.list && text.contains(',') {
                return Err(ContestError::Setting(setting.name, "a value is one item of the list"));
            }
            if texts.contains(&text) {
                return Err(ContestError::Twice(setting.name, text));
            }
            texts.push(text);
            asked.push(one);
        }
        let plan = Plan::of_comparison(base, setting, &texts, &asked)?;
        let per_item = plan.runs() / texts.len() as u64;
        let sweep = Sweep::open(plan)?;
        let mut items: Vec<Planned> = Vec::new();
        for ((value, asked), number) in texts.into_iter().zip(asked).zip(0..) {
            let (_, data) = sweep.study(number * per_item)?;
            let mut settings = asked.settings_on(&data);
            settings.watch_every = Some(0);
            settings.validate()?;
            let networks = settings.architectures(&data)?;
            if let Some(first) = items.first() {
                let losses = [&first.networks, &networks].map(|networks| networks[0].loss());
                if losses[0] != losses[1] {
                    let [loss, another] = losses;
                    let (first, other) = (first.value.clone(), value);
                    return Err(ContestError::Losses { setting: setting.name, first, loss, other, another });
                }
            }
            items.push(Planned { value, settings, data, networks });
        }
        Ok(Contest { setting, sweep, items })
    }

    /// The setting.
    pub fn setting(&self) -> &'static Setting {
        self.setting
    }

    /// Its values.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(|item| &*item.value)
    }

    /// The settings of each value, with its data.
    pub fn studies(&self) -> impl Iterator<Item = (&Settings, &Data)> {
        self.items.iter().map(|item| (&item.settings, &*item.data))
    }

    /// The runs one by one: first those of the first value, and so on; seeds innermost.
    pub fn sweep(&self) -> &Sweep {
        &self.sweep
    }

    fn per_item(&self) -> u64 {
        self.sweep.plan().runs() / self.items.len() as u64
    }

    /// The run of a number with nothing in it yet. Its index is that in the study of its value.
    ///
    /// # Panics
    /// If there is no such run.
    pub fn blank(&self, number: u64) -> Run {
        let per_item = self.per_item();
        let Planned { settings, networks, .. } = &self.items[(number / per_item) as usize];
        let (point, seed) = ((number % per_item) / settings.seeds as u64, number % settings.seeds as u64);
        let paradigms = settings.paradigms.len();
        let (network, paradigm) = (point as usize / paradigms, point as usize % paradigms);
        let architecture = networks[network].clone();
        Run {
            index: (seed as usize * networks.len() + network) * paradigms + paradigm,
            width: architecture.hidden_units(),
            architecture,
            paradigm: settings.paradigms[paradigm],
            seed: settings.seed + seed,
            states: Vec::new(),
            events: Vec::new(),
            outcome: Outcome::Finished,
            seconds: 0.0,
            ridge_path: Vec::new(),
        }
    }

    /// What the run of a number is trained on.
    ///
    /// # Panics
    /// If there is no such run.
    pub fn data(&self, number: u64) -> &Data {
        &self.items[(number / self.per_item()) as usize].data
    }

    /// How many successive runs belong together: those of a value that differ in their seeds alone.
    pub fn seeds(&self) -> u64 {
        self.sweep.plan().seeds
    }

    /// The comparison of all runs, in the order of the plan.
    ///
    /// # Panics
    /// If there is not one run for each of the plan.
    pub fn finish(self, runs: Vec<Run>) -> Comparison {
        let per_item = self.per_item() as usize;
        assert_eq!(runs.len(), per_item * self.items.len(), "a run for each of the plan");
        let mut runs = runs.into_iter();
        let item = |Planned { value, settings, data, .. }: Planned| {
            let mut own: Vec<Run> = runs.by_ref().take(per_item).collect();
            own.sort_by_key(|run| run.index);
            let (runs, unstarted) = own.into_iter().partition(|run| !run.states.is_empty());
            Item { value, study: Study { settings, data: Arc::unwrap_or_clone(data), runs, unstarted } }
        };
        // The data are the comparison's own then.
        let Contest { setting, sweep, items } = self;
        drop(sweep);
        Comparison { setting, items: items.into_iter().map(item).collect() }
    }

    /// Makes some runs, and tells of each with its number, until it is told to stop.
    ///
    /// # Errors
    /// [`SweepError`] for the first run that cannot be made.
    pub fn make(
        &self,
        numbers: Range<u64>,
        tell: &mut dyn FnMut(super::Done<'_>, Run) -> ControlFlow<()>,
    ) -> Result<(), SweepError> {
        self.sweep.run(numbers, &mut |done| {
            let run = Run { index: self.blank(done.number).index, ..done.run.clone() };
            tell(done, run)
        })
    }

    /// Makes all runs on the threads of the pool that the caller is on; `progress` is told of each, from any thread. The
    /// result, but for the measured seconds, depends on the settings alone.
    ///
    /// # Errors
    /// [`SweepError`] for the first run that cannot be made.
    pub fn run(self, progress: &(dyn Fn(u64) + Sync)) -> Result<Comparison, SweepError> {
        let made: Vec<Result<Vec<Run>, SweepError>> = self
            .pieces()
            .into_par_iter()
            .with_max_len(1)
            .map(|piece| {
                let mut runs = Vec::new();
                self.make(piece, &mut |done, run| {
                    runs.push(run);
                    progress(done.number);
                    ControlFlow::Continue(())
                })
                .map(|()| runs)
            })
            .collect();
        let runs = made.into_iter().collect::<Result<Vec<Vec<Run>>, SweepError>>()?;
        Ok(self.finish(runs.into_iter().flatten().collect()))
    }

    /// All runs, in pieces that are trained together.
    fn pieces(&self) -> Vec<Range<u64>> {
        let (runs, seeds) = (self.sweep.plan().runs(), self.seeds());
        let starts = (0..runs).step_by(seeds as usize);
        starts
            .flat_map(|start| {
                let end = start + seeds;
                (start..end).step_by(TOGETHER as usize).map(move |first| first..end.min(first + TOGETHER))
            })
            .collect()
    }
}

impl Plan {
    /// The runs that `base` asks for, with each value in turn.
    fn of_comparison(
        base: Asked,
        compared: &'static Setting,
        values: &[String],
        asked: &[Asked],
    ) -> Result<Self, ContestError> {
        let settings: Vec<Settings> = asked.iter().map(Asked::settings).collect();
        let mut axes = vec![Axis::of(compared, values.iter().cloned())];
        // Lists ask for a run of each item, in the order of a study.
        for setting in SETTINGS.iter().filter(|setting| setting.list && setting.name != compared.name) {
            let items = |settings: &Settings| {
                let has_layers = setting.name == "widths" && !settings.layers.is_empty();
                if has_layers { String::new() } else { setting.get(settings) }
            };
            let first = items(&settings[0]);
            if let Some(other) = settings.iter().position(|other| items(other) != first) {
                let count = |text: &str| text.split(',').count().to_string();
                return Err(ContestError::Networks {
                    setting: compared.name,
                    first: values[0].clone(),
                    other: values[other].clone(),
                    counts: format!("{} and {}", count(&first), count(&items(&settings[other]))),
                });
            }
            if first.contains(',') {
                axes.push(Axis::of(setting, first.split(',').map(str::to_owned)));
            }
        }
        let decides =
            |setting: &&Setting| setting.name != compared.name && !super::plan::WITHOUT_EFFECT.contains(&setting.name);
        let mentioned = SETTINGS.iter().filter(decides).map(|setting| {
            let values: Vec<String> = settings.iter().map(|settings| setting.get(settings)).collect();
            let same = values.iter().all(|value| *value == values[0]);
            (setting.name.to_owned(), if same { values[0].clone() } else { values.join(" ") })
        });
        let fixed = mentioned.collect();
        let seeds = settings[0].seeds as u64;
        let points = axes.iter().map(Axis::len).product();
        Ok(Plan { base, fixed, directory: PathBuf::new(), axes, seeds, points })
    }
}

impl Comparison {
    /// Whether all runs of one seed and network begin with the same parameters.
    pub fn starts_are_the_same(&self) -> bool {
        let first = self.items[0].study.all_runs();
        self.items[1..].iter().all(|item| {
            let start = |run: &Run| run.states.first().map(|state| state.network.parameters().to_vec());
            item.study.all_runs().iter().zip(&first).all(|(run, first)| start(run) == start(first))
        })
    }

    /// Whether all runs of one seed see the same minibatches: as many samples, drawn the same way from as many points.
    pub fn minibatches_are_the_same(&self) -> bool {
        let drawn = |item: &Item| (item.study.settings.batch, item.study.settings.sampler, item.study.data.y.len());
        self.items.iter().all(|item| drawn(item) == drawn(&self.items[0]))
    }

    /// The steps of the longest runs.
    pub fn steps(&self) -> u64 {
        self.items.iter().map(|item| item.study.settings.steps).max().unwrap_or(0)
    }
}
