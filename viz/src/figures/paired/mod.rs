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
use super::sliced::Sliced;
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

    /// The plane of two of more inputs over which the networks of a value are shown.
    pub fn sliced(&self, item: usize) -> Option<Sliced> {
        Sliced::of(&self.comparison.items[item].study)
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

    /// Which value all pairs of runs have, in words: "adam at width 10; sgd at width 20 and width 40", or of many "adam in 5 of
    /// 6 panels, sgd in 1".
    pub(crate) fn by_item(&self, item_of: &dyn Fn(&Pairs) -> Option<usize>) -> String {
        let all = self.pairs.len();
        let of_item = |item: usize| -> (usize, Vec<&str>) {
            let pairs = self.pairs.iter().filter(|pairs| item_of(pairs) == Some(item)).map(|pairs| &*pairs.heading);
            (item, pairs.collect())
        };
        let items: Vec<(usize, Vec<&str>)> =
            (0..self.names.len()).map(of_item).filter(|(_, pairs)| !pairs.is_empty()).collect();
        match &items[..] {
            [(item, pairs)] if pairs.len() == all && all > 2 => format!("{} in every panel", self.names[*item]),
            _ if all > 3 => {
                let clause = |(place, (item, pairs)): (usize, &(usize, Vec<&str>))| {
                    let of = if place == 0 { format!(" of {all} panels") } else { String::new() };
                    format!("{} in {}{of}", self.names[*item], pairs.len())
                };
                items.iter().enumerate().map(clause).collect::<Vec<_>>().join(", ")
            }
            _ => {
                let clause = |(item, pairs): &(usize, Vec<&str>)| format!("{} at {}", self.names[*item], list(pairs));
                items.iter().map(clause).collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// What is compared, in words: the values, or of many how many there are.
    pub fn words(&self) -> String {
        match self.names.len() {
            0..=MOST_NAMED => list(&self.names),
            count => format!("{count} values of {}", self.comparison.setting.name),
        }
    }

    /// A clause for each value that has one, or of many only for the lowest and the highest.
    pub(crate) fn clauses(&self, of_item: &dyn Fn(usize) -> Option<(f64, String)>) -> Vec<String> {
        let mut known: Vec<(f64, String)> = (0..self.names.len()).filter_map(of_item).collect();
        if known.len() > MOST_NAMED {
            known.sort_by(|a, b| a.0.total_cmp(&b.0));
            let last = known.pop();
            known.truncate(1);
            known.extend(last);
        }
        known.into_iter().map(|(_, words)| words).collect()
    }
}

/// The most values that a sentence names.
const MOST_NAMED: usize = 6;

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
