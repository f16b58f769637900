//! The figures: one file for each idea, each a function from plain data to a [`Figure`].
//!
//! They take what a study gives: the [`Data`] to be learned and [`Run`]s with their saved states.

pub mod breaks;
pub mod comparison;
pub mod cost;
pub mod descent;
pub mod differences;
pub mod elbows;
pub mod errors;
pub mod features;
pub mod folds;
pub mod function_view;
pub mod graph;
pub mod instrument;
pub mod learning;
pub mod line;
pub mod network;
pub mod nudge;
pub mod paired;
pub mod plane;
pub mod principal_features;
pub mod ratios;
pub mod ridge;
pub mod singular_values;
pub mod sliced;
pub mod slopes;
pub mod stack;
pub mod swept;

use std::fmt::Write as _;

use nn::architecture::Architecture;
use nn::data::{Data, Input, TestSet};
use nn::events::HiddenUnit;
use nn::settings::Paradigm;
use nn::study::{Run, State};
use nn::table::{Quantity, written_clock, written_date};

use crate::findings::Course;
use crate::findings::comparison::Quartiles;
use crate::palette::{self, Role};
use crate::svg::Document;
use crate::text::{short, thousands};

/// At most so many training points are drawn; more would hide everything else.
pub(crate) const MOST_POINTS: usize = 1000;

/// The training points to draw: all, or evenly spread ones.
fn points(data: &Data) -> Vec<[f64; 2]> {
    spread(data.x.len(), MOST_POINTS).into_iter().map(|index| [data.x[index], data.y[index]]).collect()
}

/// Which points test error is measured on, as a clause; it stands wherever test error is shown.
pub fn test_points(data: &Data) -> String {
    let count = thousands(data.y_test.len());
    match data.test {
        TestSet::Drawn => format!("on {count} further points of the same kind"),
        TestSet::NoiseFree { includes_training_inputs: true } => {
            format!("on {count} points without noise, the {} training inputs among them", thousands(data.x.len()))
        }
        TestSet::NoiseFree { includes_training_inputs: false } => format!("on {count} points without noise"),
        TestSet::HeldOut { fraction } => {
            format!("on {count} points held out from training, {} % of the file", (fraction * 100.0).round())
        }
    }
}

/// What was trained, in words.
pub fn paradigm_words(paradigm: Paradigm) -> &'static str {
    match paradigm {
        Paradigm::Output => "output layer only",
        Paradigm::All => "all layers",
        Paradigm::Ridge => "ridge",
    }
}

/// The colours of the units of a run, by their elbows at the start.
fn unit_roles(run: &Run, domain: [f64; 2]) -> Vec<Role> {
    let elbows = run.start().network.units().map(|unit| unit.elbow().unwrap_or(f64::NAN));
    elbows.map(|elbow| palette::unit(elbow, domain)).collect()
}

/// The number of a hidden unit among those of all layers.
fn number_of(architecture: &Architecture, id: HiddenUnit) -> usize {
    architecture.hidden()[..id.layer].iter().map(|layer| layer.units).sum::<usize>() + id.unit
}

/// The rank of each unit's elbow at the start, from left to right: it decides the dash pattern.
fn unit_ranks(run: &Run) -> Vec<usize> {
    let elbows: Vec<f64> = run.start().network.units().map(|unit| unit.elbow().unwrap_or(f64::INFINITY)).collect();
    let mut order: Vec<usize> = (0..elbows.len()).collect();
    order.sort_by(|&a, &b| elbows[a].total_cmp(&elbows[b]));
    let mut ranks = vec![0; order.len()];
    for (rank, &unit) in order.iter().enumerate() {
        ranks[unit] = rank;
    }
    ranks
}

/// When a state was saved, in words: `start`, `step 30 000`, `solution`.
pub(crate) fn state_words(run: &Run, state: &State) -> String {
    match (run.paradigm, state.step) {
        (_, 0) => "start".to_owned(),
        (Paradigm::Ridge, _) => "solution".to_owned(),
        (_, step) => step_words(step),
    }
}

/// The heading of a run's panel: what was trained, and whether the run diverged.
fn trained_words(run: &Run) -> String {
    let words = format!("trained: {}", paradigm_words(run.paradigm));
    match run.divergence() {
        Some(end) => format!("{words}, diverged at {}", step_words(end.step)),
        None => words,
    }
}

/// How far inputs are apart that are told apart.
fn fine(input: &Input) -> f64 {
    (input.domain[1] - input.domain[0]) / 200.0
}

/// How many significant digits tell an input from others near it; six where that is enough.
fn digits(x: f64, fine: f64) -> usize {
    let decades = if x == 0.0 || fine <= 0.0 { 0.0 } else { (libm::log10(x.abs() / fine)).ceil() };
    (decades as usize + 1).clamp(6, 17)
}

/// The first input as it stands in a table.
pub(crate) fn input(data: &Data, x: f64) -> String {
    in_cell(&data.inputs[0], x)
}

/// A value of an input as it stands in a table: a number, a date or a time.
fn in_cell(of: &Input, x: f64) -> String {
    let fine = fine(of);
    match of.quantity {
        Quantity::Number => rounded_cell(x, digits(x, fine)),
        Quantity::Days => written_date(x, fine),
        Quantity::Clock => written_clock(x, fine),
    }
}

/// The first input as it stands in a sentence.
pub(crate) fn plain_input(data: &Data, x: f64) -> String {
    in_words(&data.inputs[0], x)
}

/// A value of an input as it stands in a sentence.
pub(crate) fn in_words(of: &Input, x: f64) -> String {
    let fine = fine(of);
    match of.quantity {
        // Small differences of large numbers: all digits as far as they tell.
        Quantity::Number if digits(x, fine) > 6 && x.abs() < 1e18 => {
            let decimals = (-libm::log10(fine)).floor().clamp(0.0, 15.0) as usize;
            let written = format!("{:.decimals$}", x.abs());
            let (whole, part) = written.split_at(written.find('.').unwrap_or(written.len()));
            let sign = if x < 0.0 { "\u{2212}" } else { "" };
            format!("{sign}{}{part}", thousands(whole.parse::<u64>().unwrap_or(u64::MAX)))
        }
        Quantity::Number => plain(x),
        _ => in_cell(of, x),
    }
}

/// A number of the data as it stands in a sentence: `0.1`, `−2`.
pub(crate) fn plain(value: f64) -> String {
    cell(value).replace('-', "\u{2212}")
}

/// A picture with the numbers it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The picture.
    pub document: Document,
    /// The same picture for a phone; None if it keeps its layout there.
    pub narrow: Option<Document>,
    /// Its numbers.
    pub table: Table,
}

impl Figure {
    /// The name, fit for a file name and an id.
    pub fn name(&self) -> &str {
        self.document.name()
    }

    /// The picture as SVG text; it stands alone in a file or inline in a page.
    pub fn svg(&self) -> String {
        self.document.to_string()
    }

    /// The headers and rows of the figure's numbers, for a table in the page.
    pub fn table(&self) -> (&[String], &[Vec<String>]) {
        (&self.table.headers, &self.table.rows)
    }
}

/// The numbers of a figure, as text that spreadsheets read: a decimal point, an ASCII minus, no thousands separators.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// One header for each column.
    pub headers: Vec<String>,
    /// The rows, each as long as the headers.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with headers.
    pub fn new<S: Into<String>>(headers: impl IntoIterator<Item = S>) -> Self {
        Self { headers: headers.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Appends a row.
    pub fn push<S: Into<String>>(&mut self, row: impl IntoIterator<Item = S>) {
        self.rows.push(row.into_iter().map(Into::into).collect());
    }

    /// The table as comma-separated values; fields with commas, quotes or line ends are quoted.
    pub fn csv(&self) -> String {
        let mut text = String::new();
        for row in std::iter::once(&self.headers).chain(&self.rows) {
            for (index, field) in row.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                if field.contains([',', '"', '\n', '\r']) {
                    let _ = write!(text, "\"{}\"", field.replace('"', "\"\""));
                } else {
                    text.push_str(field);
                }
            }
            text.push('\n');
        }
        text
    }
}

/// A number for a table: up to six significant digits, as spreadsheets read it.
pub(crate) fn cell(value: f64) -> String {
    rounded_cell(value, 6)
}

fn rounded_cell(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN".to_owned()
        } else if value > 0.0 {
            "inf".to_owned()
        } else {
            "-inf".to_owned()
        };
    }
    let rounded: f64 = format!("{value:.*e}", digits - 1).parse().unwrap_or(value);
    if rounded == 0.0 {
        "0".to_owned()
    } else if (1e-5..1e9).contains(&rounded.abs()) {
        format!("{rounded}")
    } else {
        format!("{rounded:e}")
    }
}

/// At most `limit` of `count` indices, evenly spaced, the first and the last among them.
pub(crate) fn spread(count: usize, limit: usize) -> Vec<usize> {
    if count <= limit || limit < 2 {
        return (0..count).collect();
    }
    (0..limit).map(|index| (index * (count - 1) + (limit - 1) / 2) / (limit - 1)).collect()
}

/// The indices of `count` states that tell a run's story: the first, the last, and between them steps spaced evenly on a
/// log scale, from the thousandth part of the run.
fn story(steps: &[u64], count: usize) -> Vec<usize> {
    let Some(last) = steps.len().checked_sub(1) else { return Vec::new() };
    let total = steps[last] as f64;
    let mut chosen = vec![0];
    for index in 1..count.saturating_sub(1) {
        let wanted = total * libm::pow(1000.0, index as f64 / (count - 1) as f64 - 1.0);
        let nearest = (0..=last).min_by(|&a, &b| {
            let apart = |i: usize| libm::log(steps[i].max(1) as f64 / wanted).abs();
            apart(a).total_cmp(&apart(b))
        });
        chosen.extend(nearest);
    }
    chosen.push(last);
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// At most so many saved states of a run, the first and the last among them, in equal factors of time: most happens early.
pub(crate) fn in_time(run: &Run, limit: usize) -> Vec<&State> {
    let last = (run.end().step as f64).max(1.0);
    let mut chosen: Vec<usize> = (0..limit)
        .map(|k| {
            let part = k as f64 / (limit - 1).max(1) as f64;
            let wanted = libm::pow(1.0 + last, part) - 1.0;
            run.states.partition_point(|state| (state.step as f64) < wanted).min(run.states.len() - 1)
        })
        .collect();
    chosen.dedup();
    chosen.into_iter().map(|index| &run.states[index]).collect()
}

/// A share in percent: `97 %`.
pub fn percent_words(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// A step as words: `start` or `step 30 000`.
pub(crate) fn step_words(step: u64) -> String {
    if step == 0 { "start".to_owned() } else { format!("step {}", thousands(step)) }
}

/// Text with a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// How a number changes, as words: `falls from 0.41 to 0.0062`.
pub(crate) fn change_words(from: f64, to: f64) -> String {
    let (from_words, to_words) = (short(from), short(to));
    if from_words == to_words {
        format!("stays at {to_words}")
    } else if to < from {
        format!("falls from {from_words} to {to_words}")
    } else {
        format!("rises from {from_words} to {to_words}")
    }
}

/// How the test error of a run goes, as words: `falls from 0.41 to 0.0062 in 400 steps`. The end is told beside the median
/// of the last tenth of the steps if it stands on a spike, and beside the lowest if that was far lower.
pub(crate) fn course_words(course: &Course, steps: Option<u64>) -> String {
    let mut words = change_words(course.start, course.end);
    if let Some(steps) = steps {
        let _ = write!(words, " in {}", counted(steps, "step"));
    }
    if course.ends_on_a_spike() {
        let _ = write!(words, ", a spike: the median of the last tenth is {}", short(course.late));
    } else if course.was_lower() && course.lowest_at > 0 {
        let _ = write!(words, "; it was lowest, {}, at {}", short(course.lowest), step_words(course.lowest_at));
    }
    words
}

/// The 25 %, the 50 % and the 75 % quantiles over steps as lines.
pub(crate) fn quartile_lines(quartiles: &[Quartiles]) -> [Vec<[f64; 2]>; 3] {
    [0, 1, 2].map(|q| quartiles.iter().map(|quartiles| [quartiles.step as f64, quartiles.at[q]]).collect())
}

/// A count with its noun: `1 elbow`, `3 elbows`.
pub fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    let number = thousands(count);
    if number == "1" { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A domain for a log scale that holds all positive values and shows at least two decades' labels, so that a reader can
/// tell the scale.
fn log_domain(values: impl IntoIterator<Item = f64>) -> [f64; 2] {
    let positive = values.into_iter().filter(|value| *value > 0.0);
    let [low, high] = crate::scale::extent(positive).unwrap_or([0.1, 1.0]);
    let (low, high) = (low * 0.9, high * 1.1);
    let decades = libm::log10(high).floor() - libm::log10(low).ceil() + 1.0;
    if decades >= 2.0 {
        [low, high]
    } else {
        let below = libm::pow(10.0, libm::log10(low).floor());
        let above = libm::pow(10.0, libm::log10(high).ceil());
        // Take the nearer power of ten, and the other one too if that was not enough.
        if decades >= 1.0 {
            if low / below <= above / high { [below, high] } else { [low, above] }
        } else {
            [below, above]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stories_are_spaced_evenly_in_log_steps() {
        let steps: Vec<u64> = [0, 1].into_iter().chain((1..=150).map(|k| k * 1000)).collect();
        let chosen: Vec<u64> = story(&steps, 5).into_iter().map(|index| steps[index]).collect();
        assert_eq!(chosen, [0, 1_000, 5_000, 27_000, 150_000]);
        assert_eq!(story(&[0, 1], 5), [0, 1]);
        assert_eq!(story(&[0], 5), [0]);
        assert_eq!(story(&[], 5), Vec::<usize>::new());
    }

    #[test]
    fn spreading_keeps_both_ends() {
        assert_eq!(spread(3, 5), [0, 1, 2]);
        assert_eq!(spread(10, 4), [0, 3, 6, 9]);
        assert_eq!(spread(152, 40).len(), 40);
    }

    #[test]
    fn log_domains_show_two_decades() {
        assert_eq!(log_domain([0.05, 0.2]), [0.01, 0.2 * 1.1]);
        let [low, high] = log_domain([0.002, 0.4]);
        assert!((low - 0.0018).abs() < 1e-12 && (high - 0.44).abs() < 1e-12);
        assert_eq!(log_domain([0.3, 0.5]), [0.1, 1.0]);
        assert_eq!(log_domain([0.0, -1.0]), [0.1 * 0.9, 1.1]);
    }

    #[test]
    fn table_fields_are_quoted_where_they_must_be() {
        let mut table = Table::new(["a,b", "c"]);
        table.push([cell(0.1 + 0.2), "say \"x\"".to_owned()]);
        assert_eq!(table.csv(), "\"a,b\",c\n0.3,\"say \"\"x\"\"\"\n");
        assert_eq!([0.0, 1e-9, -2.5, f64::NAN, f64::INFINITY].map(cell), ["0", "1e-9", "-2.5", "NaN", "inf"]);
    }

    #[test]
    fn inputs_that_differ_by_little_are_told_apart() {
        let data = |low: f64, step: f64| {
            let row = |k: u32| format!("{},{k}\n", low + step * f64::from(k));
            let table: String = std::iter::once("x,y\n".to_owned()).chain((0..20).map(row)).collect();
            Data::from_table("near.csv", table.as_bytes(), &nn::table::Request::default()).unwrap()
        };
        let microseconds = data(1.7e15, 10.0);
        assert_eq!(plain_input(&microseconds, 1.7e15 + 125.25), "1 700 000 000 000 125".replace(' ', "\u{a0}"));
        assert_eq!(input(&microseconds, 1.7e15 + 125.0).parse(), Ok(1.7e15 + 125.0));
        let hertz = data(1e7 - 0.002, 0.0002);
        assert_eq!(plain_input(&hertz, 1e7 - 0.001), "9\u{a0}999\u{a0}999.9990");
        assert_eq!(plain_input(&data(0.0, 0.05), 0.1), "0.1");
        assert_eq!(input(&data(0.0, 0.05), 1.0 / 3.0), "0.333333");
    }

    #[test]
    fn changes_in_words() {
        assert_eq!(change_words(0.41, 0.00617), "falls from 0.41 to 0.0062");
        assert_eq!(change_words(0.1, 0.1001), "stays at 0.10");
        assert_eq!(change_words(0.1, f64::INFINITY), "rises from 0.10 to ∞");
        assert_eq!([counted(1, "elbow"), counted(0, "elbow")], ["1 elbow", "0 elbows"]);
    }
}
