//! What can be asked.

use nn::data::Data;
use nn::settings::Settings;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A training as it is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Given {
    /// Settings by name, where they differ from those of the page.
    pub settings: BTreeMap<String, String>,
    /// A table to learn, in place of the target; or a run as JSON, whose settings hold where nothing else is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
}

/// A question: what to do, and with what. Fields that a question does not need are ignored.
// One flat list: an enum with its kind inside would be read twice over, which doubles the code that reads.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What to do.
    #[serde(rename = "do")]
    pub act: Act,
    /// The settings of a page.
    #[serde(default)]
    pub settings: Box<Settings>,
    /// The data of a page, if they are of a table.
    #[serde(default)]
    pub data: Option<Box<Data>>,
    /// The training on the left.
    #[serde(default)]
    pub left: Given,
    /// The training on the right, if there is one.
    #[serde(default)]
    pub right: Option<Given>,
    /// How many steps to make.
    #[serde(default)]
    pub steps: u64,
    /// Which step; None for the last.
    #[serde(default)]
    pub step: Option<u64>,
    /// Which place among the saved states of the left; None for that of the step.
    #[serde(default)]
    pub place: Option<usize>,
    /// The width of the picture in pixels; a whole number from 300 to 2000 is made of it.
    #[serde(default)]
    pub width: f64,
    /// Whether to answer with all of the picture.
    #[serde(default)]
    pub whole: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Says what holds where nothing else is asked for: `settings` and `data`.
    Page,
    /// Starts one training, `left`, or two beside each other.
    Set,
    /// Makes so many further `steps` of each training.
    Advance,
    /// Keeps the state after a `step`, so that it can be shown.
    Keep,
    /// Draws a saved state, that of a `place` or the last at a `step` or before, at a `width`; answers with what changed
    /// since it drew last.
    Draw,
    /// The state at a `step` of the training on the left.
    State,
    /// What happened.
    Events,
    /// The picture of a `step` at a `width` as a file: SVG.
    Picture,
    /// The saved states of both trainings as comma-separated values.
    History,
    /// The points of the training on the left as comma-separated values.
    Points,
    /// All that decides the training on the left, as JSON: settings, data of a table, and the hash of its end.
    Run,
}
