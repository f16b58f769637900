//! The same runs for several values of a setting, side by side: medians over seeds, pairs of runs with the same seed, all runs
//! at the end, hidden units, and what networks compute.

mod ends;
mod medians;
mod networks;
mod ratios;
mod units;

pub use ends::ends;
pub use medians::{every_run, medians};
pub(crate) use networks::{MOST_SHOWN, split};
pub use networks::{functions, planes, stuck};
pub use ratios::ratios;
pub use units::units;

use nn::data::Data;
use nn::settings::{Allowed, Setting};
use nn::sweep::Comparison;

use super::learning::loss_title;
use super::paradigm_words;
use crate::chart::{Glyph, Mark};
use crate::findings::comparison::Pairs;
use crate::palette::{self, Role};
use crate::report::words::{clean, list, with_clean_names};

/// A comparison, sorted for drawing.
#[derive(Clone, Debug)]
pub struct Compared<'a> {
    /// All there is.
    pub comparison: &'a Comparison,
    /// What the values are called.
    pub names: Vec<String>,
    /// The runs that go together.
    pub pairs: Vec<Pairs<'a>>,
}

impl<'a> Compared<'a> {
    /// Sorts the runs.
    pub fn new(comparison: &'a Comparison) -> Self {
        Self { comparison, names: names(comparison), pairs: Pairs::all(comparison) }
    }

    /// The data of a value, with names that fit into pictures.
    pub fn data(&self, item: usize) -> Data {
        with_clean_names(&self.comparison.items[item].study.data)
    }

    /// Whether every network is a bent line through values.
    pub fn is_of_bent_lines(&self) -> bool {
        self.comparison.items.iter().all(|item| item.study.is_of_bent_lines())
    }

    /// Whether the data have classes.
    pub fn has_classes(&self) -> bool {
        self.comparison.items.iter().all(|item| !item.study.data.classes.is_empty())
    }

    /// What errors are called at an axis: "MSE".
    pub fn loss(&self) -> &'static str {
        loss_title(self.pairs[0].groups[0].runs[0].architecture.loss())
    }

    /// How many seeds there are.
    pub fn seeds(&self) -> usize {
        self.pairs[0].runs()
    }

    /// Words with the heading of some runs behind them: "0.12 at width 10".
    fn at(words: &str, pairs: &Pairs) -> String {
        if pairs.heading.is_empty() { words.to_owned() } else { format!("{words} at {}", pairs.heading) }
    }

    /// Words with the heading of some runs before them: "Width 10: …".
    fn headed(pairs: &Pairs, words: &str) -> String {
        if pairs.heading.is_empty() { words.to_owned() } else { format!("{}, {words}", pairs.heading) }
    }

    /// A sentence that sorts all pairs of runs by a value: "adam at width 10, and sgd at widths 20 and 40".
    pub(crate) fn by_item(&self, item_of: &dyn Fn(&Pairs) -> Option<usize>) -> String {
        let of_item = |item: usize| {
            let pairs: Vec<&str> =
                self.pairs.iter().filter(|pairs| item_of(pairs) == Some(item)).map(|pairs| &*pairs.heading).collect();
            match pairs.len() {
                0 => None,
                count if count == self.pairs.len() && count > 2 => Some(format!("{} in every panel", self.names[item])),
                _ if pairs[0].is_empty() => Some(self.names[item].clone()),
                _ => Some(format!("{} at {}", self.names[item], list(pairs))),
            }
        };
        let items: Vec<String> = (0..self.names.len()).filter_map(of_item).collect();
        items.join("; ")
    }
}

/// What the values are called: a word alone says what it is, a number needs the name of its setting.
fn names(comparison: &Comparison) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for item in &comparison.items {
        let name = name(comparison.setting, &item.value);
        // Long paths may look the same when they are cut.
        names.push(if names.contains(&name) { format!("{name} ({})", names.len() + 1) } else { name });
    }
    names
}

fn name(setting: &Setting, value: &str) -> String {
    if let ("paradigms", Ok(paradigm)) = (setting.name, value.parse()) {
        return paradigm_words(paradigm).to_owned();
    }
    let value = clean(value);
    let is_word = match setting.allowed {
        Allowed::Words(words) => words.contains(&&*value) && value.len() > 2 && value != "auto",
        Allowed::WordsOrFile(_) => true,
        _ => false,
    };
    let singular = if setting.list { setting.name.trim_end_matches('s') } else { setting.name };
    match &*value {
        "" => format!("no {singular}"),
        _ if is_word => value,
        _ => format!("{singular} {value}"),
    }
}

/// The colour of a value.
fn role(item: usize) -> Role {
    Role::Series(item)
}

/// The second channel beside colour, for lines: of values with the same colour another.
fn dash(item: usize) -> Option<&'static str> {
    palette::dash(item + item / 20)
}

/// The same for dots.
fn glyph(item: usize) -> Glyph {
    [Glyph::Disc, Glyph::Square, Glyph::Triangle][(item + item / 15) % 3]
}

/// A line of a value over steps.
fn line(item: usize, points: Vec<[f64; 2]>) -> Mark {
    Mark::course(points, role(item)).dashed(dash(item))
}

/// How many columns panels of so many pairs stand in.
fn columns(pairs: usize) -> usize {
    if pairs == 1 { 2 } else { pairs.min(3) }
}
