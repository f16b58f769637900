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
    /// A table to learn, in place of the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Learning rates that hold from a step on, by step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<(u64, f64)>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// What holds where nothing else is asked for: the settings of the page, and its data if they are of a table.
    Page {
        /// Settings.
        settings: Box<Settings>,
        /// Data.
        data: Option<Box<Data>>,
    },
    /// Starts one training, or two beside each other.
    Set {
        /// The one on the left.
        left: Given,
        /// The one on the right.
        right: Option<Given>,
    },
    /// Makes so many further steps of each training.
    Advance {
        /// How many.
        steps: u64,
    },
    /// Keeps the state after a step, or at the step that was reached, so that it can be shown.
    Keep {
        /// Which; None for the last that was made.
        step: Option<u64>,
    },
    /// Draws a saved state, that of a place or the last at a step or before; answers with what changed since it drew last.
    Draw {
        /// Which step; None for the last.
        step: Option<u64>,
        /// Which place among the saved states of the left; None for that of the step.
        place: Option<usize>,
        /// The width of the picture in pixels.
        width: f64,
        /// Whether to answer with all of it.
        #[serde(default)]
        whole: bool,
    },
    /// The state shown of the training on the left.
    State {
        /// Of which step; None for the last.
        #[serde(default)]
        step: Option<u64>,
    },
    /// What happened.
    Events,
    /// The picture as a file: SVG.
    Picture {
        /// The step; None for the last.
        step: Option<u64>,
        /// The width in pixels.
        width: f64,
    },
    /// The saved states of both trainings as comma-separated values.
    History,
    /// The points of the training on the left as comma-separated values.
    Points,
    /// All that decides the training on the left, as JSON: settings, data of a table, rates, and the hash of its end.
    Run,
}
