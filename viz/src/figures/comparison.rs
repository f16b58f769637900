//! The paradigms compared by error and by cost, as dots.

use nn::data::Data;
use nn::settings::Paradigm;
use nn::study::Run;

use super::{Figure, Table, cell, log_domain, paradigm_words, test_points};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::findings::{Group, final_test, median};
use crate::palette::Role;
use crate::plot;
use crate::text::short;

/// What is compared of a run.
type Measure = fn(&Run) -> f64;

/// How such a number is written.
type Words = fn(f64) -> String;

/// Wall time in seconds.
fn seconds(run: &Run) -> f64 {
    run.seconds
}

/// One row for each width and paradigm: test error on the left, wall time on the right, both logarithmic. Every run is a
/// mark; with several seeds a bar shows the median.
pub fn error_and_cost(name: &str, data: &Data, runs: &[&Run]) -> Figure {
    let rows = Group::all(runs.iter().copied());
    let several = rows.iter().map(|row| row.runs.len()).max().unwrap_or(0);
    let mut note = format!("Test error is measured {}.", test_points(data));
    if several > 1 {
        note = format!("Every run is a mark; the bar is the median, n = {several}. {note}");
    }
    let panel = |title: &str, measure: Measure, words: Words, is_time: bool| {
        let domain = log_domain(runs.iter().map(|run| measure(run)).filter(|value| value.is_finite()));
        // Room for whole marks.
        let x = Axis::log(title, [domain[0] * 0.8, domain[1] * 1.25]);
        let x = if is_time { x.labelled(time_words) } else { x };
        let name = |row: &Group| format!("width {}, {}", row.width, paradigm_words(row.paradigm));
        let marks = rows.iter().zip(0..).flat_map(|(row, place)| marks(row, f64::from(place), measure, words));
        Panel::new("", x, Axis::names("", rows.iter().map(name)), marks.collect())
    };
    Chart {
        note,
        description: description(&rows),
        panels: vec![panel("test MSE", final_test, short, false), panel("time", seconds, seconds_words, true)],
        height: 24.0 * (rows.len() as f64 + 0.2),
        table: Some(table(runs)),
        ..Chart::new(name, title(&rows))
    }
    .figure()
}

/// The label of a tick of the time axis, in the unit in which it is easiest to read.
fn time_words(seconds: f64) -> String {
    let (unit, name) = unit_of(seconds);
    format!("{} {name}", cell(seconds / unit))
}

fn median_of(row: &Group, measure: Measure) -> f64 {
    median(row.runs.iter().map(|run| measure(run)))
}

/// The marks of a row, its median, and at its end what the median is.
fn marks(row: &Group, place: f64, measure: Measure, words: Words) -> Vec<Mark> {
    let values: Vec<f64> = row.runs.iter().map(|run| measure(run)).filter(|value| value.is_finite()).collect();
    let without = row.runs.len() - values.len();
    let middle = median_of(row, measure);
    let mut label = if middle.is_finite() { words(middle) } else { String::new() };
    if without > 0 {
        let solved = row.paradigm != Paradigm::Ridge;
        let note = if solved { "diverged" } else { "unsolved" };
        let note = if row.runs.len() == 1 { note.to_owned() } else { format!("{without} {note}") };
        label = if label.is_empty() { note } else { format!("{label}, {note}") };
    }
    // Disc, square, triangle: the second channel beside colour.
    let glyph = [Glyph::Disc, Glyph::Square, Glyph::Triangle][row.number() % 3];
    let dots = values.iter().map(|&value| [value, place]).collect();
    let dots = Mark::dots(dots, glyph, 5.0, Role::Series(row.number()));
    let mut marks = vec![Mark::rule_y(place, Role::Ink).faint(0.0).labelled(label)];
    marks.push(if row.runs.len() > 1 { dots.faint(0.55) } else { dots });
    if row.runs.len() > 1 && middle.is_finite() {
        marks.push(Mark::dots(vec![[middle, place]], Glyph::Bar, 9.0, Role::Ink).wide(plot::DATA));
    }
    marks
}

/// The unit in which a time is easiest to read.
fn unit_of(seconds: f64) -> (f64, &'static str) {
    if seconds >= 0.9999 || !seconds.is_finite() {
        (1.0, "s")
    } else if seconds >= 0.9999e-3 {
        (1e-3, "ms")
    } else {
        (1e-6, "µs")
    }
}

/// A time in the unit in which it is easiest to read.
pub(crate) fn seconds_words(seconds: f64) -> String {
    let (unit, name) = unit_of(seconds);
    format!("{} {name}", short(seconds / unit))
}

fn title(rows: &[Group]) -> String {
    let lowest = |measure: Measure| {
        let finite = rows
            .iter()
            .filter(move |row| median_of(row, measure).is_finite() && median_of(row, final_test).is_finite());
        finite.min_by(move |a, b| median_of(a, measure).total_cmp(&median_of(b, measure)))
    };
    let (Some(best), Some(fastest)) = (lowest(final_test), lowest(seconds)) else {
        return "No run ended with finite errors".to_owned();
    };
    let words = |row: &Group| {
        let (error, time) = (short(median_of(row, final_test)), seconds_words(median_of(row, seconds)));
        format!("{}, width {}: {error} in {time}", paradigm_words(row.paradigm), row.width)
    };
    if std::ptr::eq(best, fastest) {
        format!("Lowest test MSE, and the fastest: {}", words(best))
    } else {
        format!("Lowest test MSE: {}. Fastest: {}", words(best), words(fastest))
    }
}

fn description(rows: &[Group]) -> String {
    let clause = |row: &Group| {
        let (error, time) = (short(median_of(row, final_test)), seconds_words(median_of(row, seconds)));
        format!("Width {}, {}: test MSE {error}, {time}.", row.width, paradigm_words(row.paradigm))
    };
    rows.iter().map(clause).collect::<Vec<_>>().join(" ")
}

fn table(runs: &[&Run]) -> Table {
    let mut table = Table::new(["width", "paradigm", "seed", "train MSE", "test MSE", "seconds"]);
    for run in runs {
        table.push([
            run.width.to_string(),
            paradigm_words(run.paradigm).to_owned(),
            run.seed.to_string(),
            cell(run.end().train.loss),
            cell(final_test(run)),
            cell(run.seconds),
        ]);
    }
    table
}
