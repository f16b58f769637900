//! A training on the page.

use nn::data::{Data, DataError};
use nn::recording::Recording;
use nn::run_file::RunFile;
use nn::settings::{Asked, Paradigm, Precision, SETTINGS, Settings, Target, setting, usual};
use nn::study::{Run, jobs};
use serde::Serialize;
use viz::report::lab::MOST_UNITS;

use crate::request::Given;

/// The most numbers that the saved states of a training keep: 80 MB.
const MOST_SAVED: u64 = 10_000_000;
/// The most training points, so that a page answers while it draws them.
const MOST_POINTS: usize = 100_000;

/// Why a training cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{error}")]
pub struct Refusal {
    /// In a sentence.
    pub error: String,
    /// The setting to change; empty if there is none.
    pub setting: &'static str,
}

impl Refusal {
    fn new(setting: &'static str, error: impl Into<String>) -> Self {
        Refusal { error: error.into(), setting }
    }
}

/// A recording in either precision.
enum Held {
    Single(Box<Recording<f32>>),
    Double(Box<Recording<f64>>),
}

impl Held {
    fn runs(&self) -> &[Run] {
        match self {
            Held::Single(recording) => recording.runs(),
            Held::Double(recording) => recording.runs(),
        }
    }
    fn advance(&mut self, steps: u64) -> u64 {
        match self {
            Held::Single(recording) => recording.advance(steps),
            Held::Double(recording) => recording.advance(steps),
        }
    }
    fn step(&self) -> u64 {
        match self {
            Held::Single(recording) => recording.step(),
            Held::Double(recording) => recording.step(),
        }
    }
    fn is_done(&self) -> bool {
        match self {
            Held::Single(recording) => recording.is_done(),
            Held::Double(recording) => recording.is_done(),
        }
    }
    fn keep(&mut self) -> bool {
        match self {
            Held::Single(recording) => recording.keep(),
            Held::Double(recording) => recording.keep(),
        }
    }
}

/// What a page was made with.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub settings: Settings,
    pub data: Option<Data>,
}

/// A training: what was asked for, what holds, and how far it is.
pub struct Side {
    pub given: Given,
    pub settings: Settings,
    pub data: Data,
    /// Whether the settings make the data.
    pub is_of_settings: bool,
    /// The hash that the run should come to, if it was opened from a file and is as it was.
    promised: Option<u64>,
    held: Held,
    /// The run with the states that were kept beside those that a study saves.
    run: Run,
}

impl Side {
    /// A training at its start.
    pub fn new(page: &Page, given: Given) -> Result<Self, Refusal> {
        let Task { settings, data, is_of_settings, promised } = settings_and_data(page, &given)?;
        let architectures = settings.architectures(&data).map_err(|error| Refusal::new("", error.to_string()))?;
        let refuse = |setting: &'static str, what: String| Err(Refusal::new(setting, what));
        let [architecture] = &architectures[..] else {
            return refuse("widths", "a training on this page has one width".to_owned());
        };
        let layers = if settings.layers.is_empty() { "widths" } else { "layers" };
        if let Some(layer) = architecture.hidden().iter().find(|layer| layer.units > MOST_UNITS) {
            return refuse(layers, format!("width {}: must be from 1 to {MOST_UNITS} hidden units", layer.units));
        }
        if data.y.len() > MOST_POINTS {
            return refuse("samples", format!("{} points: a page takes at most {MOST_POINTS}", data.y.len()));
        }
        let numbers = settings.saved_states().saturating_mul(architecture.parameters() as u64 + 8);
        if numbers > MOST_SAVED {
            let words = "so many states do not fit into a page; raise save-every, or lower steps or the width";
            return refuse("save-every", words.to_owned());
        }
        if settings.paradigms.len() != 1 || settings.paradigms[0] == Paradigm::Ridge {
            let words = "a training on this page has one paradigm: output or all";
            return refuse("paradigms", words.to_owned());
        }
        let job = jobs(&settings, &architectures).remove(0);
        let held = match settings.precision {
            Precision::F32 => Held::Single(Box::new(Recording::new(&job, &settings, &data))),
            Precision::F64 => Held::Double(Box::new(Recording::new(&job, &settings, &data))),
        };
        if held.runs()[0].states.is_empty() {
            let words =
                "the start of this network is not finite: numbers of the data are too large, or too close together";
            return refuse("", words.to_owned());
        }
        let run = held.runs()[0].clone();
        Ok(Side { given, settings, data, is_of_settings, promised, held, run })
    }

    /// Makes so many further steps.
    pub fn advance(&mut self, steps: u64) {
        self.held.advance(steps);
        self.take();
    }

    /// Takes over what the recording has saved.
    fn take(&mut self) {
        let recorded = &self.held.runs()[0];
        let last = self.run.end().step;
        self.run.states.extend(recorded.states.iter().filter(|state| state.step > last).cloned());
        self.run.events.extend_from_slice(&recorded.events[self.run.events.len()..]);
        self.run.outcome = recorded.outcome;
    }

    /// Keeps the state after a step that was made, which may be one that a study does not save.
    pub fn keep(&mut self, step: Option<u64>) {
        let step = step.unwrap_or(self.step());
        let place = self.run.states.partition_point(|state| state.step < step);
        if step > self.step() || self.run.states.get(place).is_some_and(|state| state.step == step) {
            return;
        }
        if step == self.step() {
            if self.held.keep() {
                self.take();
            }
            return;
        }
        // The same bits once more, up to there.
        let data = (!self.is_of_settings).then(|| self.data.clone());
        let page = Page { settings: self.settings.clone(), data };
        let Ok(mut again) = Side::new(&page, Given::default()) else { return };
        again.advance(step);
        again.keep(None);
        if let Some(state) = again.run.states.pop().filter(|state| state.step == step) {
            self.run.states.insert(place, state);
        }
    }

    /// The run as far as it is.
    pub fn run(&self) -> &Run {
        &self.run
    }
    /// How many steps were made.
    pub fn step(&self) -> u64 {
        self.held.step()
    }
    /// Whether all were.
    pub fn is_done(&self) -> bool {
        self.held.is_done()
    }
    /// The place of the last state at a step or before.
    pub fn place(&self, step: Option<u64>) -> usize {
        let wanted = step.unwrap_or(u64::MAX);
        self.run.states.partition_point(|state| state.step <= wanted).max(1) - 1
    }

    /// Whether it came to the bits of the file it was opened from, once all steps are made.
    pub fn words_of_file(&self) -> Option<&'static str> {
        let promised = self.promised.filter(|_| self.is_done())?;
        let is_same = self.run.hash() == promised;
        Some(if is_same {
            "the same bits as the run that was opened"
        } else {
            "OTHER bits than the run that was opened"
        })
    }

    /// What repeats it natively; None where a file cannot be named.
    pub fn command(&self) -> Option<String> {
        if !self.is_of_settings {
            return None;
        }
        let mut command = String::from("cargo run -p cli -- train");
        let defaults = Settings::default();
        let follows = match self.settings.target {
            // What is not mentioned would be as is usual for the set.
            Target::Set(set) => usual(set).iter().map(|(name, _)| *name).chain(["noise"]).collect(),
            _ => Vec::new(),
        };
        for setting in SETTINGS.iter().filter(|setting| setting.name != "threads") {
            let text = setting.get(&self.settings);
            let is_replaced = setting.name == "widths" && !self.settings.layers.is_empty();
            let is_said = self.given.settings.contains_key(setting.name) || follows.contains(&setting.name);
            if !is_replaced && (text != setting.get(&defaults) || is_said && !text.is_empty()) {
                command.extend([" --", setting.name, " ", &text]);
            }
        }
        Some(command)
    }
}

/// What is to be trained, on what.
struct Task {
    settings: Settings,
    data: Data,
    is_of_settings: bool,
    promised: Option<u64>,
}

/// What holds: the page's settings, or those of a run, and what is asked for beside them.
fn settings_and_data(page: &Page, given: &Given) -> Result<Task, Refusal> {
    let opened;
    let mut promise = None;
    let (page, table) = match &given.table {
        Some(text) if text.trim_start().starts_with('{') => {
            let run = RunFile::from_json(text).map_err(|error| Refusal::new("", format!("this is no run: {error}")))?;
            promise = run.hash.map(|hash| (hash, run.settings.clone()));
            opened = Page { settings: run.settings, data: run.data };
            (&opened, None)
        }
        table => (page, table.as_ref()),
    };
    let base = Settings { seeds: 1, ..page.settings.clone() };
    let target = given.settings.get("target").and_then(|text| text.parse::<Target>().ok());
    // Another kind of data has its own usual settings.
    let is_other = target.is_some_and(|target| {
        target != base.target && matches!((&target, &base.target), (Target::Set(_), _) | (_, Target::Set(_)))
    });
    let mut asked = if is_other { Asked::new(Settings::default()) } else { Asked::holding(base) };
    for (name, text) in &given.settings {
        let Some(known) = setting(name) else {
            return Err(Refusal::new("", format!("there is no setting {name}")));
        };
        asked.set(known, text).map_err(|error| Refusal::new(error.setting(), error.to_string()))?;
    }
    let settings = asked.settings();
    settings.validate().map_err(|error| Refusal::new(error.setting(), error.to_string()))?;
    if settings.seeds != 1 {
        return Err(Refusal::new("seeds", "a training on this page has one seed"));
    }
    let refuse = |error: DataError| {
        let DataError::Table { error, .. } = error else { return Refusal::new("target", error.to_string()) };
        Refusal::new("target", error.to_string())
    };
    let (data, is_of_settings) = match (table, &page.data) {
        (Some(text), _) => {
            (Data::from_table("your points", text.as_bytes(), &settings.table()).map_err(refuse)?, false)
        }
        (None, Some(data)) if settings.target == page.settings.target => (data.clone(), false),
        (None, _) if matches!(settings.target, Target::File(_) | Target::StandardInput) => {
            return Err(Refusal::new("target", "a page cannot read files; paste the table"));
        }
        (None, _) => (Data::from_settings(&settings).map_err(refuse)?, true),
    };
    let settings = asked.settings_on(&data);
    let promised = promise.filter(|(_, of_file)| *of_file == settings).map(|(hash, _)| hash);
    Ok(Task { settings, data, is_of_settings, promised })
}
