//! What a study is told to do, as one table.
//!
//! [`Settings`] holds the values, [`SETTINGS`] describes each of them once: its name, unit, allowed values and meaning.
//! The program's flags and their help, the settings file, the page's address and the report's header are all made from
//! that table, so they cannot disagree.
//!
//! ```
//! use nn::settings::{SETTINGS, Settings};
//!
//! let mut settings = Settings::default();
//! let widths = SETTINGS.iter().find(|s| s.name == "widths").unwrap();
//! widths.set(&mut settings, "5,80")?;
//! assert_eq!(settings.widths, [5, 80]);
//!
//! let error = widths.set(&mut settings, "5,0").unwrap_err();
//! assert_eq!(error.to_string(), "width 0: must be from 1 to 1024 hidden units");
//! # Ok::<(), nn::settings::SettingError>(())
//! ```

mod asked;
mod network;
mod run;
mod target;
mod training;

pub use asked::{Asked, usual};

use std::fmt::{self, Display, Write as _};
use std::ops::{Bound, Range, RangeBounds as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use crate::architecture::{Activation, Architecture, ArchitectureError, Layer, Loss, MAX_HIDDEN_LAYERS, MAX_UNITS};
use crate::data::Data;
use crate::events;
use crate::initial::{Initial, InitialError};
use crate::optimizer::Schedule;
use crate::sets::Set;
use crate::table::{Decimal, Order, Request, Separator};
use crate::words::nearest;

/// Everything that decides what a study computes. See [`SETTINGS`] for the units and the allowed values.
///
/// Two studies with equal settings (and equal CSV files) give the same bits, whatever `threads` is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Hidden units of the networks to train, one network (for each seed) a width; not if there are `layers`.
    pub widths: Vec<usize>,
    /// Units of the hidden layers of the one network to train (for each seed); empty for `widths`.
    pub layers: Vec<usize>,
    /// The function of hidden units.
    pub activation: Activation,
    /// How networks start; None for the notebook's way with one input, and otherwise PyTorch's.
    pub init: Option<Initial>,
    /// What training makes small; None for what fits the data.
    pub loss: Option<Loss>,
    /// What is trained, each from the same initial network.
    pub paradigms: Vec<Paradigm>,
    /// Optimizer steps of a run.
    pub steps: u64,
    /// Samples of a minibatch, drawn with replacement.
    pub batch: usize,
    /// Learning rate when only the output layer is trained.
    pub lr_output: f64,
    /// Learning rate when all layers are trained.
    pub lr_all: f64,
    /// Learning rates from a step on, in place of those, in the order of their steps.
    pub rates: Vec<RateFrom>,
    /// The penalty λ of ridge regression.
    pub ridge: f64,
    /// The update rule.
    pub optimizer: Optimizer,
    /// The momentum of the optimizers momentum and nesterov.
    pub momentum: f64,
    /// How the learning rate changes over the steps.
    pub schedule: Schedule,
    /// λ, where λ·w is added to the gradient, or by adamw taken from w; None for the optimizer's usual one.
    pub weight_decay: Option<f64>,
    /// κ, where κ·sign(w) is added to the gradient.
    pub l1: f64,
    /// The greatest length of the gradient; 0 for any.
    pub clip: f64,
    /// The function to learn.
    pub target: Target,
    /// The column of a table that is x, by name or number; empty to find it.
    pub x: String,
    /// The column that is y.
    pub y: String,
    /// Two inputs of several, by names or numbers, whose plane is shown; empty for none.
    pub slice: String,
    /// What divides the columns; None to find it.
    pub separator: Option<Separator>,
    /// The decimal mark.
    pub decimal: Option<Decimal>,
    /// The order of day, month and year.
    pub dates: Option<Order>,
    /// Whether a line of the table names the columns.
    pub header: Option<YesOrNo>,
    /// What stands for missing values beside what usually does, divided by commas.
    pub missing: String,
    /// Lines at the top that are no part of the table.
    pub skip: usize,
    /// Training points that are drawn from a built-in target.
    pub samples: usize,
    /// Standard deviation of the noise on those points.
    pub noise: f64,
    /// Seed of those points.
    pub data_seed: u32,
    /// Seed of the first network and of its minibatches.
    pub seed: u64,
    /// How many networks of each width: their seeds are `seed`, `seed + 1`, and so on.
    pub seeds: usize,
    /// Steps from one saved state to the next; before the first of them, states are saved at 0, 1, 2, 3, 5, 7, 10, 20, ….
    /// See [`Settings::next_saved`].
    pub save_every: u64,
    /// Steps from one look for [events] to the next; 0 for none, None for [so many](Settings::resolution).
    pub watch_every: Option<u64>,
    /// Where minibatches come from.
    pub sampler: Sampler,
    /// The numbers that training computes with.
    pub precision: Precision,
    /// Threads to use; 0 means one for each core.
    pub threads: usize,
}

impl Default for Settings {
    /// The study of the notebook.
    fn default() -> Self {
        Self {
            widths: vec![10, 20, 40],
            layers: Vec::new(),
            activation: Activation::Relu,
            init: None,
            loss: None,
            paradigms: Paradigm::ALL.to_vec(),
            steps: 150_000,
            batch: 40,
            lr_output: 0.2,
            lr_all: 0.02,
            rates: Vec::new(),
            ridge: 1e-5,
            optimizer: Optimizer::Sgd,
            momentum: 0.9,
            schedule: Schedule::Constant,
            weight_decay: None,
            l1: 0.0,
            clip: 0.0,
            target: Target::Piecewise,
            x: String::new(),
            y: String::new(),
            slice: String::new(),
            separator: None,
            decimal: None,
            dates: None,
            header: None,
            missing: String::new(),
            skip: 0,
            samples: 200,
            noise: 0.1,
            data_seed: 1,
            seed: 0,
            seeds: 1,
            save_every: 1000,
            watch_every: None,
            sampler: Sampler::Fast,
            precision: Precision::F32,
            threads: 0,
        }
    }
}

/// Declares an enum whose variants are written as words: on the command line, in files and in the page's address.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All choices, in their usual order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Their words, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// Its word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::settings::NotAllowed;

            fn from_str(word: &str) -> Result<Self, $crate::settings::NotAllowed> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::settings::NotAllowed),
                }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What is trained.
    Paradigm {
        /// The output layer by gradient descent; the hidden layer stays as it was initialised.
        Output = "output",
        /// Both layers by gradient descent.
        All = "all",
        /// The output layer by ridge regression, in closed form.
        Ridge = "ridge",
    }
}

impl Paradigm {
    /// How many layers of a network, from the input on, keep the parameters they start with.
    pub fn frozen(self, architecture: &Architecture) -> usize {
        match self {
            Paradigm::All => 0,
            Paradigm::Output | Paradigm::Ridge => architecture.hidden().len(),
        }
    }

    /// How many parameters of a network are trained.
    pub fn parameters(self, architecture: &Architecture) -> usize {
        (self.frozen(architecture)..architecture.layers().len()).map(|layer| architecture.parameters_of(layer)).sum()
    }
}

words! {
    /// The update rule of gradient descent.
    Optimizer {
        /// Stochastic gradient descent.
        Sgd = "sgd",
        /// Stochastic gradient descent with momentum.
        Momentum = "momentum",
        /// Stochastic gradient descent with Nesterov's momentum.
        Nesterov = "nesterov",
        /// Adam with its usual β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
        Adam = "adam",
        /// Adam with weight decay that is no part of the gradient.
        AdamW = "adamw",
        /// RMSprop with its usual α = 0.99, ε = 10⁻⁸.
        RmsProp = "rmsprop",
    }
}

words! {
    /// Where the indices of a minibatch come from.
    Sampler {
        /// The fast generator, [`tensor::random::Streams`].
        Fast = "fast",
        /// NumPy's legacy `choice`, [`tensor::random::NumpyRandom::choice`], to repeat a notebook's run.
        NumpyChoice = "numpy-choice",
    }
}

words! {
    /// The numbers that training computes with.
    Precision {
        /// Single precision, as PyTorch by default.
        F32 = "f32",
        /// Double precision.
        F64 = "f64",
    }
}

words! {
    /// Yes or no.
    YesOrNo {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
    }
}

/// The function to learn: a built-in one, or the points of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Target {
    /// [`crate::data::Function::Piecewise`].
    Piecewise,
    /// [`crate::data::Function::Sine`].
    Sine,
    /// [`crate::data::Function::Step`].
    Step,
    /// [`crate::data::Function::Abs`].
    Abs,
    /// A set of points of two inputs.
    Set(Set),
    /// Points from a file with a table, whose path has a `.` or a `/` in it. On the command line it is relative to the
    /// working directory, in a settings file to the directory of that file.
    File(PathBuf),
    /// Points from a table on standard input, written `-`.
    StandardInput,
}

impl Target {
    /// The words of the built-in targets.
    pub const WORDS: &'static [&'static str] =
        &["piecewise", "sine", "step", "abs", "circle", "xor", "gauss", "spiral", "moons", "plane", "bumps"];

    /// Whether it is a table rather than a built-in function.
    pub fn is_table(&self) -> bool {
        matches!(self, Self::File(_) | Self::StandardInput)
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Piecewise => f.pad("piecewise"),
            Self::Sine => f.pad("sine"),
            Self::Step => f.pad("step"),
            Self::Abs => f.pad("abs"),
            Self::Set(set) => set.fmt(f),
            Self::File(path) => path.display().fmt(f),
            Self::StandardInput => f.pad("-"),
        }
    }
}

impl FromStr for Target {
    type Err = NotAllowed;

    fn from_str(text: &str) -> Result<Self, NotAllowed> {
        match text {
            "piecewise" => Ok(Self::Piecewise),
            "sine" => Ok(Self::Sine),
            "step" => Ok(Self::Step),
            "abs" => Ok(Self::Abs),
            "-" => Ok(Self::StandardInput),
            file if file.contains(['.', '/', '\\']) => Ok(Self::File(file.into())),
            word => word.parse().map(Self::Set),
        }
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}

impl TryFrom<String> for Target {
    type Error = NotAllowed;

    fn try_from(text: String) -> Result<Self, NotAllowed> {
        text.parse()
    }
}

/// A learning rate that holds from a step on, written `500:0.1`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RateFrom {
    /// How many steps are made before.
    pub step: u64,
    /// The rate of all further ones.
    pub rate: f64,
}

impl Display for RateFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.step, number(self.rate))
    }
}

impl FromStr for RateFrom {
    type Err = NotAllowed;

    fn from_str(text: &str) -> Result<Self, NotAllowed> {
        let (step, rate) = text.split_once(':').ok_or(NotAllowed)?;
        let step = step.trim().parse().map_err(|_| NotAllowed)?;
        Ok(RateFrom { step, rate: rate.trim().parse().map_err(|_| NotAllowed)? })
    }
}

impl From<RateFrom> for String {
    fn from(from: RateFrom) -> Self {
        from.to_string()
    }
}

impl TryFrom<String> for RateFrom {
    type Error = NotAllowed;

    fn try_from(text: String) -> Result<Self, NotAllowed> {
        text.parse()
    }
}

/// A text does not stand for an allowed value; [`Setting::set`] says which are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of the allowed values")]
pub struct NotAllowed;

/// The values that a setting, or each item of a list, may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allowed {
    /// Whole numbers, from and to which.
    Whole(u64, u64),
    /// Finite numbers between two bounds.
    Number(Bound<f64>, Bound<f64>),
    /// Whole numbers, from and to which, or the word `auto`.
    WholeOrAuto(u64, u64),
    /// Finite numbers between two bounds, or the word `auto`.
    NumberOrAuto(Bound<f64>, Bound<f64>),
    /// One of these words.
    Words(&'static [&'static str]),
    /// One of these words, the path of a file, or `-`.
    WordsOrFile(&'static [&'static str]),
    /// One of these words, or another character that may divide columns.
    WordsOrCharacter(&'static [&'static str]),
    /// Units of some layers, separated by commas, or nothing.
    Layers,
    /// Steps with the learning rate from there on, separated by commas, or nothing.
    Rates,
    /// Any text; the words say what of.
    Text(&'static str),
}

impl Allowed {
    /// Whether a text stands for such a value.
    pub fn accepts(self, text: &str) -> bool {
        match self {
            Self::Whole(from, to) => text.parse().is_ok_and(|n: u64| (from..=to).contains(&n)),
            Self::Number(from, to) => text.parse().is_ok_and(|v: f64| v.is_finite() && (from, to).contains(&v)),
            Self::WholeOrAuto(from, to) => text == "auto" || Self::Whole(from, to).accepts(text),
            Self::NumberOrAuto(from, to) => text == "auto" || Self::Number(from, to).accepts(text),
            Self::Words(words) => words.contains(&text),
            Self::WordsOrFile(_) => text.parse::<Target>().is_ok(),
            Self::WordsOrCharacter(words) => words.contains(&text) || text.parse::<Separator>().is_ok(),
            Self::Layers => {
                let units = |item: &str| item.trim().parse().is_ok_and(|n: usize| (1..=MAX_UNITS).contains(&n));
                text.is_empty() || text.split(',').count() <= MAX_HIDDEN_LAYERS && text.split(',').all(units)
            }
            Self::Rates => {
                let mut rates = Vec::new();
                put_list_or_none(&mut rates, text).is_ok()
                    && rates.iter().all(|from: &RateFrom| from.rate > 0.0 && from.rate.is_finite())
                    && rates.is_sorted_by(|one, next| one.step < next.step)
            }
            Self::Text(_) => !text.chars().any(char::is_control),
        }
    }

    /// The words to choose from; empty for numbers.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Words(words) | Self::WordsOrFile(words) | Self::WordsOrCharacter(words) => words,
            Self::WholeOrAuto(..) | Self::NumberOrAuto(..) => &["auto"],
            Self::Whole(..) | Self::Number(..) | Self::Layers | Self::Rates | Self::Text(_) => &[],
        }
    }
}

impl Display for Allowed {
    /// As it reads after "must be": `from 1 to 1024`, `above 0`, `sgd, momentum or adam`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Whole(from, to) => write!(f, "from {from} to {to}"),
            Self::Number(from, to) => {
                match from {
                    Bound::Included(from) => write!(f, "at least {}", number(from))?,
                    Bound::Excluded(from) => write!(f, "above {}", number(from))?,
                    Bound::Unbounded => f.write_str("any number")?,
                }
                match to {
                    Bound::Included(to) => write!(f, " and at most {}", number(to)),
                    Bound::Excluded(to) => write!(f, " and below {}", number(to)),
                    Bound::Unbounded => Ok(()),
                }
            }
            Self::WholeOrAuto(from, to) => write!(f, "{}, or auto", Self::Whole(from, to)),
            Self::NumberOrAuto(from, to) => write!(f, "{}, or auto", Self::Number(from, to)),
            Self::Words(words) => match words {
                [init @ .., last] if !init.is_empty() => write!(f, "{} or {last}", init.join(", ")),
                _ => f.write_str(&words.concat()),
            },
            Self::WordsOrFile(words) => {
                write!(f, "{}, the path of a table (with a . or / in it), or - for standard input", words.join(", "))
            }
            Self::WordsOrCharacter(words) => write!(f, "{} or another character", words.join(" ")),
            Self::Layers => write!(f, "up to {MAX_HIDDEN_LAYERS} numbers, each from 1 to {MAX_UNITS}"),
            Self::Rates => f.write_str(
                "steps in ascending order, each with a colon and the rate above 0 that holds from there on, as in \
                 500:0.1,2000:0.01",
            ),
            Self::Text(what) => f.write_str(what),
        }
    }
}

/// What is known of one setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name as a flag (after `--`), in the settings file and in the page's address, such as `lr-all`.
    pub name: &'static str,
    /// What stands for its value in the help, such as `RATE`.
    pub placeholder: &'static str,
    /// The unit of its values, such as `hidden units`; empty if they have none.
    pub unit: &'static str,
    /// Its allowed values, or those of each item of a list.
    pub allowed: Allowed,
    /// Whether it is a list: items separated by commas, at least one, none twice.
    pub list: bool,
    /// What it does, as one sentence without a full stop.
    pub help: &'static str,
    get: fn(&Settings) -> String,
    put: fn(&mut Settings, &str) -> Result<(), NotAllowed>,
}

impl Setting {
    /// The value as text, which [`Setting::set`] turns back into the same value.
    pub fn get(&self, settings: &Settings) -> String {
        (self.get)(settings)
    }

    /// The default value as text.
    pub fn default(&self) -> String {
        self.get(&Settings::default())
    }

    /// The value as it is shown: `none` where the text is empty.
    pub fn shown(&self, settings: &Settings) -> String {
        Some(self.get(settings)).filter(|text| !text.is_empty()).unwrap_or_else(|| "none".to_owned())
    }

    /// Sets the value from text. After an error the settings are as before.
    ///
    /// # Errors
    /// [`SettingError`] if the text is not an allowed value.
    pub fn set(&self, settings: &mut Settings, text: &str) -> Result<(), SettingError> {
        self.check(text)?;
        let mut changed = settings.clone();
        (self.put)(&mut changed, text).map_err(|NotAllowed| self.refuse(text))?;
        self.check(&self.get(&changed))?; // once more as it is written: 10 and 010 are the same item
        *settings = changed;
        Ok(())
    }

    /// Whether it decides which points there are: the target, how a table is read, what is drawn.
    pub fn is_of_points(&self) -> bool {
        self.name != "slice" && target::GROUP.iter().any(|setting| setting.name == self.name)
    }

    /// The allowed values with their unit: `from 1 to 1024 hidden units`.
    pub fn range(&self) -> String {
        match self.unit {
            "" => self.allowed.to_string(),
            unit => format!("{} {unit}", self.allowed),
        }
    }

    fn check(&self, text: &str) -> Result<(), SettingError> {
        if !self.list {
            return if self.allowed.accepts(text) { Ok(()) } else { Err(self.refuse(text)) };
        }
        if text.trim().is_empty() {
            return Err(SettingError::Empty { setting: self.name, default: self.default() });
        }
        let items: Vec<&str> = text.split(',').map(str::trim).collect();
        for (i, item) in items.iter().enumerate() {
            if !self.allowed.accepts(item) {
                return Err(self.refuse(item));
            }
            if items[..i].contains(item) {
                return Err(SettingError::Twice { setting: self.name, item: (*item).to_owned() });
            }
        }
        Ok(())
    }

    /// What to say of a text that is not allowed.
    fn refuse(&self, text: &str) -> SettingError {
        let kind = match self.allowed {
            Allowed::Whole(..) if text.parse::<i128>().is_err() => "a whole number ",
            Allowed::Number(..) if !text.parse().is_ok_and(f64::is_finite) => "a finite number ",
            _ => "",
        };
        let hint = match nearest(text, self.allowed.words().iter().copied()) {
            Some(word) => format!("; did you mean {word}?"),
            None => String::new(),
        };
        SettingError::Value {
            setting: self.name,
            item: if self.list { self.name.trim_end_matches('s') } else { self.name },
            value: text.to_owned(),
            must_be: format!("{kind}{}{hint}", self.range()),
        }
    }
}

/// A value that a setting cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// A value outside the allowed ones.
    #[error("{item} {value}: must be {must_be}")]
    Value {
        /// The name of the setting.
        setting: &'static str,
        /// What one value of it is called: the name, or its singular for an item of a list.
        item: &'static str,
        /// The value as given.
        value: String,
        /// The allowed values, with the nearest word if there is one.
        must_be: String,
    },
    /// A list without items.
    #[error("{setting}: the list is empty; give at least one, as in {default}")]
    Empty {
        /// The name of the setting.
        setting: &'static str,
        /// Its default value.
        default: String,
    },
    /// A list that names an item twice.
    #[error("{setting}: {item} is listed twice")]
    Twice {
        /// The name of the setting.
        setting: &'static str,
        /// The item.
        item: String,
    },
    /// Layers and widths.
    #[error("layers and widths exclude each other: give the layers of one network, or widths")]
    Exclusive,
    /// More events than memory should be spent on.
    #[error(
        "watch-every {watch_every}: the {looks} looks at each run may find {} million events, and at most {} million are \
         kept in memory; raise watch-every, or lower steps, seeds or widths",
        events.div_ceil(1_000_000), MOST_EVENTS / 1_000_000
    )]
    Events {
        /// Steps between looks.
        watch_every: u64,
        /// Looks at each run.
        looks: u64,
        /// Events to expect, of all runs together.
        events: u128,
    },
    /// More saved states than memory should be spent on.
    #[error(
        "save-every {save_every}: the {states} states saved of each run would keep {} million numbers in memory, and at \
         most {} million are allowed; raise save-every, or lower steps, seeds or widths",
        numbers.div_ceil(1_000_000), MOST_SAVED / 1_000_000
    )]
    Memory {
        /// Steps between saved states.
        save_every: u64,
        /// Saved states of each run.
        states: u64,
        /// Numbers to keep, of all runs together.
        numbers: u128,
    },
}

/// Settings and data that do not go together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A loss of classes for values.
    #[error("the loss {loss} tells classes apart, and {y} is a column of values; use squared-error")]
    Values {
        /// The loss.
        loss: Loss,
        /// What y is called.
        y: String,
    },
    /// A loss of two classes for another number of them.
    #[error("the loss logistic tells two classes apart, and {y} has {classes}; use cross-entropy")]
    Classes {
        /// What y is called.
        y: String,
        /// How many classes there are.
        classes: usize,
    },
    /// Ridge regression with another loss than squared error.
    #[error(
        "ridge regression makes the squared error small, not the loss {loss}; leave ridge out of paradigms, or use the loss squared-error"
    )]
    Ridge {
        /// The loss.
        loss: Loss,
    },
    /// Inputs whose plane cannot be shown, and why.
    #[error("slice {asked}: {why}")]
    Slice {
        /// What was asked for.
        asked: String,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// A network that cannot be.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// A start that does not exist.
    #[error("{0}; use another init")]
    Initial(#[from] InitialError),
    /// Too many saved states.
    #[error(transparent)]
    Setting(#[from] SettingError),
}

impl SettingError {
    /// The name of the setting to change.
    pub fn setting(&self) -> &'static str {
        match self {
            Self::Value { setting, .. } | Self::Empty { setting, .. } | Self::Twice { setting, .. } => setting,
            Self::Exclusive => "layers",
            Self::Memory { .. } => "save-every",
            Self::Events { .. } => "watch-every",
        }
    }
}

/// The most numbers that all saved states of a study may keep together: half a gigabyte in single precision.
const MOST_SAVED: u128 = 125_000_000;

/// The most events that a study may keep: one gigabyte.
const MOST_EVENTS: u128 = 20_000_000;
/// About one of so many units has an event in a look: most often it is a point that is crossed. In later layers each has one.
const UNITS_AN_EVENT: u128 = 3;
/// Of several inputs only units that die or are revived count, as spikes are few.
const UNITS_A_DEATH: u128 = 20;
/// The most looks at a run where the user does not say how many.
const MOST_LOOKS: u64 = 10_000;
/// Where the user does not say how many looks there are, at least so many times as many minibatches are learned from between
/// two of them as there are points.
const MINIBATCHES_OF_A_LOOK: usize = 10;

/// What [`Settings::slice`] is where no plane is to be shown.
pub const NO_SLICE: &str = "no";

/// The most inputs that a message names.
const MOST_NAMED: usize = 12;

/// The largest whole number that every reader of JSON keeps exactly, 2⁵³ − 1.
const LARGEST_SEED: u64 = (1 << 53) - 1;

const POSITIVE: Allowed = Allowed::Number(Bound::Excluded(0.0), Bound::Unbounded);
const NOT_NEGATIVE: Allowed = Allowed::Number(Bound::Included(0.0), Bound::Unbounded);

const GROUPS: [&[Setting]; 4] = [network::GROUP, training::GROUP, target::GROUP, run::GROUP];

/// How many settings there are.
const COUNT: usize = GROUPS[0].len() + GROUPS[1].len() + GROUPS[2].len() + GROUPS[3].len();

/// All settings, in the order in which help and reports show them.
pub const SETTINGS: &[Setting] = &{
    let (mut all, mut count, mut group) = ([GROUPS[0][0]; COUNT], 0, 0);
    while group < GROUPS.len() {
        let mut i = 0;
        while i < GROUPS[group].len() {
            all[count] = GROUPS[group][i];
            (count, i) = (count + 1, i + 1);
        }
        group += 1;
    }
    all
};

/// The text of a value that may be left to be found.
fn or_auto<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "auto".to_owned(), T::to_string)
}

fn put_or_auto<T: FromStr>(place: &mut Option<T>, text: &str) -> Result<(), NotAllowed> {
    *place = if text == "auto" { None } else { Some(text.parse().map_err(|_| NotAllowed)?) };
    Ok(())
}

/// The setting of that name.
pub fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|s| s.name == name)
}

impl Settings {
    /// Checks every value, that the sampler can take each seed, and that the saved states fit into memory.
    ///
    /// # Errors
    /// [`SettingError`] for the first setting, in the order of [`SETTINGS`], that is not allowed.
    pub fn validate(&self) -> Result<(), SettingError> {
        for setting in SETTINGS {
            setting.check(&setting.get(self))?;
        }
        let largest = match self.sampler {
            Sampler::Fast => LARGEST_SEED,
            Sampler::NumpyChoice => u64::from(u32::MAX),
        };
        let last_first_seed = largest.saturating_sub(self.seeds as u64 - 1);
        if self.seed > last_first_seed {
            return Err(SettingError::Value {
                setting: "seed",
                item: "seed",
                value: self.seed.to_string(),
                must_be: format!(
                    "from 0 to {last_first_seed}, given the sampler {} and {} seeds",
                    self.sampler, self.seeds
                ),
            });
        }
        if let Some(from) = self.rates.iter().find(|from| from.step >= self.steps) {
            return Err(SettingError::Value {
                setting: "rates",
                item: "rates",
                value: from.to_string(),
                must_be: format!("from a step below {}, as there are so many steps", self.steps),
            });
        }
        // Of deep networks it is known when inputs and outputs are.
        let widths = if self.layers.is_empty() { &self.widths[..] } else { &[] };
        self.check_memory(widths.iter().map(|&width| 3 * width + 1))
    }

    /// Whether the saved states of networks with so many parameters each fit into memory.
    fn check_memory(&self, parameters: impl Iterator<Item = usize>) -> Result<(), SettingError> {
        let states = self.saved_states();
        let trained = self.paradigms.iter().filter(|&&p| p != Paradigm::Ridge).count() as u128;
        let numbers = parameters.map(|count| count as u128 + BESIDE_PARAMETERS).sum::<u128>()
            * (trained * u128::from(states) + 1)
            * self.seeds as u128;
        if numbers > MOST_SAVED {
            return Err(SettingError::Memory { save_every: self.save_every, states, numbers });
        }
        Ok(())
    }

    /// About how many [events] these networks will have in training on some data; None if nobody looks for them.
    pub fn expected_events(&self, data: &Data, networks: &[Architecture]) -> Option<u128> {
        let looks = self.resolution(data).map(|steps| self.steps / steps)?;
        let trained = self.paradigms.iter().filter(|&&p| p != Paradigm::Ridge).count();
        let with_kinks = networks.iter().flat_map(Architecture::hidden).filter(|layer| layer.activation.has_kink());
        let units = with_kinks.map(|layer| layer.units).sum::<usize>() * trained * self.seeds;
        let is_deep = networks.iter().any(|network| network.hidden().len() > 1);
        let units_an_event = match data.inputs.len() {
            1 if is_deep => 1,
            1 => UNITS_AN_EVENT,
            _ => UNITS_A_DEATH,
        };
        Some(units as u128 * u128::from(looks) / units_an_event)
    }

    /// Whether the events of these networks fit into memory.
    fn check_events(&self, data: &Data, networks: &[Architecture]) -> Result<(), SettingError> {
        let (Some(watch_every), Some(events)) = (self.resolution(data), self.expected_events(data, networks)) else {
            return Ok(());
        };
        let looks = self.steps / watch_every;
        if events > MOST_EVENTS { Err(SettingError::Events { watch_every, looks, events }) } else { Ok(()) }
    }

    /// The steps between looks for events; None if there are none. Where nobody asks for them, looks are rarer in long runs,
    /// and where the data have many points, which all go through the network for a look.
    pub fn resolution(&self, data: &Data) -> Option<u64> {
        let for_points = (MINIBATCHES_OF_A_LOOK * data.y.len()).div_ceil(self.batch.max(1)) as u64;
        let usual = || (self.steps / MOST_LOOKS).max(for_points).max(events::RESOLUTION);
        Some(self.watch_every.unwrap_or_else(usual)).filter(|&steps| steps > 0)
    }

    /// The loss that fits some data, or that is asked for.
    ///
    /// # Errors
    /// [`PlanError`] if it does not fit them.
    pub fn loss_on(&self, data: &Data) -> Result<Loss, PlanError> {
        let (classes, y) = (data.classes.len(), || data.y_name.clone());
        match (self.loss, classes) {
            (None | Some(Loss::SquaredError), 0) => Ok(Loss::SquaredError),
            (Some(loss), 0) => Err(PlanError::Values { loss, y: y() }),
            (None | Some(Loss::Logistic), 2) => Ok(Loss::Logistic),
            (Some(Loss::Logistic), _) => Err(PlanError::Classes { y: y(), classes }),
            (None, _) => Ok(Loss::CrossEntropy),
            (Some(loss), _) => Ok(loss),
        }
    }

    /// The networks to train on some data, each for every paradigm and seed: one for each width, or that of the layers.
    ///
    /// # Errors
    /// [`PlanError`] if settings and data do not go together.
    pub fn architectures(&self, data: &Data) -> Result<Vec<Architecture>, PlanError> {
        let loss = self.loss_on(data)?;
        if loss != Loss::SquaredError && self.paradigms.contains(&Paradigm::Ridge) {
            return Err(PlanError::Ridge { loss });
        }
        let outputs = match (loss, data.classes.len()) {
            (Loss::Logistic, _) | (_, 0) => 1,
            (_, classes) => classes,
        };
        let hidden = |units: &[usize]| {
            let layer = |&units: &usize| Layer { units, activation: self.activation };
            let output = Layer { units: outputs, activation: Activation::Identity };
            let layers = units.iter().map(layer).chain([output]).collect();
            Architecture::new(data.inputs.len(), layers, loss).map_err(PlanError::from)
        };
        let networks: Vec<Architecture> = if self.layers.is_empty() {
            self.widths.iter().map(|width| hidden(&[*width])).collect::<Result<_, _>>()?
        } else {
            vec![hidden(&self.layers)?]
        };
        self.initial(data).check_inputs(data.inputs.len())?;
        self.slice_of(data)?;
        self.check_memory(networks.iter().map(Architecture::parameters))?;
        self.check_events(data, &networks)?;
        Ok(networks)
    }

    /// The two inputs whose plane is shown of data with more; None if none are asked for, by nothing or by `no`. Names come
    /// first, then numbers from 1.
    ///
    /// # Errors
    /// [`PlanError::Slice`] if there are no such inputs, or no need for a slice.
    pub fn slice_of(&self, data: &Data) -> Result<Option<[usize; 2]>, PlanError> {
        if self.slice.is_empty() || self.slice == NO_SLICE {
            return Ok(None);
        }
        let refuse = |why: String| Err(PlanError::Slice { asked: self.slice.clone(), why });
        let names: Vec<&str> = data.inputs.iter().map(|input| input.name.as_str()).collect();
        match names.len() {
            1 => return refuse("a plane needs two inputs, and there is one; leave it out".to_owned()),
            2 => return refuse("there are two inputs, and their plane is shown without it; leave it out".to_owned()),
            _ => {}
        }
        let asked: Vec<&str> = self.slice.split(',').map(str::trim).collect();
        let [first, second] = asked[..] else {
            return refuse(format!("must be two inputs, as in {},{}", names[0], names[1]));
        };
        let find = |name: &str| {
            let by_number = || name.parse().ok().filter(|number| (1..=names.len()).contains(number)).map(|n| n - 1);
            names.iter().position(|&known| known == name).or_else(by_number)
        };
        let mut found = [0; 2];
        for (place, name) in found.iter_mut().zip([first, second]) {
            let Some(input) = find(name) else {
                let others = match nearest(name, names.iter().copied()) {
                    Some(near) => format!("did you mean {near}?"),
                    None if names.len() <= MOST_NAMED => format!("the inputs are {}", names.join(", ")),
                    None => format!(
                        "the inputs are {}, … and {}",
                        names[..MOST_NAMED - 1].join(", "),
                        names[names.len() - 1]
                    ),
                };
                return refuse(format!("there is no input {name}; {others}"));
            };
            *place = input;
            let [low, high] = data.inputs[input].domain;
            if low >= high {
                return refuse(format!(
                    "{} is {} everywhere and has no extent; choose another input",
                    names[input],
                    number(low)
                ));
            }
        }
        if found[0] == found[1] {
            return refuse(format!("both are {}; name two inputs", names[found[0]]));
        }
        Ok(Some(found))
    }

    /// How networks start on some data.
    pub fn initial(&self, data: &Data) -> Initial {
        self.init.unwrap_or(if data.inputs.len() == 1 { Initial::Notebook } else { Initial::PyTorch })
    }

    /// How a table is to be read.
    pub fn table(&self) -> Request {
        Request {
            x: self.x.clone(),
            y: self.y.clone(),
            separator: self.separator,
            decimal: self.decimal,
            dates: self.dates,
            header: self.header.map(|word| word == YesOrNo::Yes),
            missing: self.missing.clone(),
            skip: self.skip,
            classes: matches!(self.loss, Some(Loss::Logistic | Loss::CrossEntropy)),
        }
    }

    /// The first step after `step` whose state a run saves: below `save_every` the steps 1, 2, 3, 5 and 7 times a power of
    /// ten, because most happens early, from there on each step that `save_every` divides, and the last step.
    ///
    /// ```
    /// let settings = nn::settings::Settings { save_every: 20, steps: 45, ..Default::default() };
    /// let saved: Vec<u64> = std::iter::successors(Some(0), |&step| settings.next_saved(step)).collect();
    /// assert_eq!(saved, [0, 1, 2, 3, 5, 7, 10, 20, 40, 45]);
    /// ```
    pub fn next_saved(&self, step: u64) -> Option<u64> {
        if step >= self.steps {
            return None;
        }
        let every = self.save_every.max(1);
        let power = 10_u64.pow(step.max(1).ilog10());
        let early =
            [1, 2, 3, 5, 7, 10].into_iter().map(|factor| power.saturating_mul(factor)).find(|&early| early > step);
        let regular = (step / every + 1).saturating_mul(every);
        let next = if step < every { early.map_or(regular, |early| early.min(regular)) } else { regular };
        Some(next.min(self.steps))
    }

    /// How many states a run saves, the start among them.
    pub fn saved_states(&self) -> u64 {
        let every = self.save_every.max(1);
        let early =
            std::iter::successors(Some(0), |&step| self.next_saved(step)).take_while(|&step| step < every).count();
        let regular = self.steps / every;
        let last = u64::from(self.steps > every && !self.steps.is_multiple_of(every));
        early as u64 + regular + last
    }

    /// Reads a settings file: TOML whose keys are the names of [`SETTINGS`]. What it does not mention keeps its default.
    ///
    /// A relative path in it is taken relative to the directory of `path`, which also names the file in errors. Only
    /// single values are checked; call [`Settings::validate`] once flags have had their say.
    ///
    /// # Errors
    /// [`SettingsFileError`] with the place in the file: bad TOML, an unknown key, or a value that is not allowed.
    pub fn from_toml(text: &str, path: &Path) -> Result<Self, SettingsFileError> {
        let mut asked = Asked::new(Self::default());
        asked.file(text, path)?;
        Ok(asked.settings())
    }

    /// Reads a settings file over what is here, and tells of each setting once it is set. `others` are keys that are no
    /// settings and are left to the caller.
    fn read_toml(
        &mut self,
        text: &str,
        path: &Path,
        others: &[&str],
        tell: &mut dyn FnMut(&'static Setting, &Settings) -> Result<(), SettingError>,
    ) -> Result<(), SettingsFileError> {
        let error_at = |span, message| SettingsFileError::at(text, path, span, message);
        let table = DeTable::parse(text).map_err(|e| error_at(e.span(), e.message().to_owned()))?;
        let mut entries: Vec<_> =
            table.get_ref().iter().filter(|(key, _)| !others.contains(&&**key.get_ref())).collect();
        entries.sort_by_key(|(key, _)| key.span().start); // so that the first mistake is the one reported

        for (key, value) in entries {
            let name: &str = key.get_ref();
            let Some(setting) = setting(name) else {
                return Err(error_at(Some(key.span()), unknown(name, others)));
            };
            setting.set(self, &toml_text(value.get_ref())).map_err(|error| {
                let items = value.get_ref().as_array().map_or(&[][..], |items| items);
                let bad_item = items.iter().find(|item| setting.check(&toml_text(item.get_ref())).is_err());
                error_at(Some(bad_item.unwrap_or(value).span()), error.to_string())
            })?;
            if let ("target", Target::File(target), Some(directory)) = (name, &mut self.target, path.parent()) {
                *target = directory.join(&*target);
            }
            tell(setting, self).map_err(|error| error_at(Some(key.span()), error.to_string()))?;
        }
        Ok(())
    }

    /// Writes a settings file that says all there is to know about each setting; [`Settings::from_toml`] reads it back.
    pub fn to_toml(&self) -> String {
        let mut toml = String::new();
        for setting in SETTINGS {
            let or_auto = matches!(setting.allowed, Allowed::WholeOrAuto(..) | Allowed::NumberOrAuto(..));
            let is_number = |text: &str| or_auto && text != "auto";
            let quoted =
                !setting.allowed.words().is_empty() || matches!(setting.allowed, Allowed::Text(_) | Allowed::Rates);
            let item = |text: &str| {
                if quoted && !is_number(text) { toml_string(text) } else { text.to_owned() }
            };
            let text = setting.get(self);
            let value = if setting.list || matches!(setting.allowed, Allowed::Layers | Allowed::Rates) {
                let items = text.split(',').filter(|text| !text.is_empty());
                format!("[{}]", items.map(item).collect::<Vec<_>>().join(", "))
            } else {
                item(&text)
            };
            let (name, help, range) = (setting.name, setting.help, setting.range());
            // Layers stand in their place.
            let name = if name == "widths" && !self.layers.is_empty() { "# widths" } else { name };
            // Writing to a string cannot fail.
            let _ = writeln!(toml, "# {help} ({range})\n{name} = {value}\n");
        }
        toml
    }
}

/// What to say of a name that is no setting, and none of `others`.
pub(crate) fn unknown(name: &str, others: &[&str]) -> String {
    let names = SETTINGS.iter().map(|s| s.name);
    let way_out = match nearest(name, names.clone().chain(others.iter().copied())) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("the settings are {}", names.collect::<Vec<_>>().join(", ")),
    };
    format!("unknown setting {name}; {way_out}")
}

/// A settings file that cannot be used, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct SettingsFileError {
    /// The file's path.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

impl SettingsFileError {
    /// An error at some bytes of `text`, which is that of the file `path`.
    pub(crate) fn at(text: &str, path: &Path, span: Option<Range<usize>>, message: String) -> Self {
        let before = text.get(..span.map_or(0, |s| s.start)).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        SettingsFileError {
            file: path.display().to_string(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
        }
    }
}

/// Numbers saved with the parameters of each state: its step and three errors.
const BESIDE_PARAMETERS: u128 = 4;

fn put<T: FromStr>(place: &mut T, text: &str) -> Result<(), NotAllowed> {
    *place = text.parse().map_err(|_| NotAllowed)?;
    Ok(())
}

fn put_list<T: FromStr>(place: &mut Vec<T>, text: &str) -> Result<(), NotAllowed> {
    *place = text.split(',').map(|item| item.trim().parse()).collect::<Result<_, _>>().map_err(|_| NotAllowed)?;
    Ok(())
}

/// A list that may be empty.
fn put_list_or_none<T: FromStr>(place: &mut Vec<T>, text: &str) -> Result<(), NotAllowed> {
    if text.is_empty() {
        place.clear();
        return Ok(());
    }
    put_list(place, text)
}

fn join<T: Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

/// The shortest text that parses to the same number, with an exponent where that is shorter to read: `1e-5`, `0.2`, `3`.
fn number(value: f64) -> String {
    let text = format!("{value:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A value of a settings file as it would be given to a flag.
pub(crate) fn toml_text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(integer) => integer.to_string(),
            Err(_) => integer.to_string(),
        },
        DeValue::Float(float) => float.to_string(),
        DeValue::Boolean(boolean) => boolean.to_string(),
        DeValue::Datetime(datetime) => datetime.to_string(),
        DeValue::Array(items) => items.iter().map(|i| toml_text(i.get_ref())).collect::<Vec<_>>().join(","),
        DeValue::Table(_) => "{…}".to_owned(),
    }
}

/// A basic string of TOML.
fn toml_string(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}
