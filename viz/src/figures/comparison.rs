//! The paradigms compared by error and by cost, as dots.

use super::{Figure, Scene, Table, cell, log_domain, median};
use crate::palette::Role;
use crate::plot::{self, Axis, Frame, KeyEntry, Rect};
use crate::scale::{Scale, Tick};
use crate::svg::{Document, Element};
use crate::text::{self, Weight, short};

/// The outcome of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The number of hidden units.
    pub width: usize,
    /// How it was trained: "output layer only", "all layers", "ridge".
    pub paradigm: String,
    /// The seed of the initial network.
    pub seed: u64,
    /// Test error at the end; not finite if the run diverged.
    pub test: f64,
    /// Training time in seconds.
    pub seconds: f64,
}

/// One row for each width and paradigm: test error on the left, training time on the right, both logarithmic. Every run is
/// a dot; with several seeds a bar marks the median.
pub fn error_and_cost(name: &str, scene: &Scene, entries: &[Entry]) -> Figure {
    let rows = rows(entries);
    let paradigms = paradigms(entries);
    let mut document = Document::new(name, 960.0, 400.0).titled(title(entries)).described(description(&rows));
    let several = rows.iter().map(|row| row.runs.len()).max().unwrap_or(0);
    let mut subtitle = format!("Test error is measured {}.", scene.test_points);
    if several > 1 {
        subtitle = format!("Every run is a mark; the bar is the median, n = {several}. {subtitle}");
    }
    let top = plot::heading(&mut document, &subtitle);
    let key = paradigms.iter().enumerate().map(|(index, paradigm)| {
        KeyEntry::new(*paradigm, move |[x, y]| marker([x + 12.0, y], index).fill(Role::Series(index)))
    });
    let top = plot::key(&mut document, top, &key.collect::<Vec<_>>()) + 34.0;
    let bottom = top + 24.0 * rows.len() as f64 + 8.0;
    document.set_height(bottom + 46.0);
    let names: Vec<String> = rows.iter().map(|row| format!("width {}", row.width)).collect();
    let room = names.iter().map(|name| text::width(name, text::TICK, Weight::Regular)).fold(0.0, f64::max);
    let cells = Rect::new(room + 40.0, top, 960.0 - 40.0, bottom).cells(2, 1, 48.0, 0.0);
    let measures: [(&str, Measure); 2] =
        [("test MSE →", |entry| entry.test), ("training time in seconds →", |entry| entry.seconds)];
    for (panel, (rect, (axis, measure))) in cells.into_iter().zip(measures).enumerate() {
        let domain = log_domain(entries.iter().map(measure).filter(|value| value.is_finite()));
        let frame = Frame {
            rect,
            x: Scale::log(domain, [rect.left, rect.right]),
            y: Scale::linear([-0.66, rows.len() as f64 - 0.34], [rect.top, rect.bottom]),
        };
        let ticks = group_ticks(&rows, panel == 0);
        document.push(frame.axes(&Axis::titled(axis), &Axis { numbers: true, ..Axis::shared() }.with_ticks(ticks)));
        for (index, row) in rows.iter().enumerate() {
            let number = paradigms.iter().position(|paradigm| *paradigm == row.paradigm).unwrap_or(0);
            document.push(marks(&frame, index as f64, number, row, measure));
        }
    }
    Figure { document, table: table(entries) }
}

/// What is compared of a run.
type Measure = fn(&Entry) -> f64;

struct Row<'a> {
    width: usize,
    paradigm: &'a str,
    runs: Vec<&'a Entry>,
}

/// Entries of one width and paradigm in a row, in the order in which they first appear within their width.
fn rows(entries: &[Entry]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row> = Vec::new();
    for entry in entries {
        match rows.iter_mut().find(|row| row.width == entry.width && row.paradigm == entry.paradigm) {
            Some(row) => row.runs.push(entry),
            None => rows.push(Row { width: entry.width, paradigm: &entry.paradigm, runs: vec![entry] }),
        }
    }
    rows.sort_by_key(|row| row.width);
    rows
}

fn paradigms(entries: &[Entry]) -> Vec<&str> {
    let mut paradigms: Vec<&str> = Vec::new();
    for entry in entries {
        if !paradigms.contains(&entry.paradigm.as_str()) {
            paradigms.push(&entry.paradigm);
        }
    }
    paradigms
}

/// The width is written once for each group of rows, at its middle row.
fn group_ticks(rows: &[Row], named: bool) -> Vec<Tick> {
    let mut ticks = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let group: Vec<usize> = (0..rows.len()).filter(|&other| rows[other].width == row.width).collect();
        let middle = group[(group.len() - 1) / 2] == index;
        let label = if middle && named { format!("width {}", row.width) } else { String::new() };
        ticks.push(Tick { value: index as f64, label: Some(label) });
    }
    ticks
}

fn marks(frame: &Frame, row: f64, number: usize, runs: &Row, measure: Measure) -> Element {
    let mut group = Element::group();
    let y = frame.y.at(row);
    let opacity = if runs.runs.len() > 1 { 0.55 } else { 1.0 };
    let mut dots = Element::group().fill(Role::Series(number)).set("opacity", opacity);
    for entry in &runs.runs {
        let value = measure(entry);
        if value.is_finite() {
            dots.push(marker([frame.x.at(value), y], number));
        } else {
            group.push(
                Element::text([frame.rect.right - 4.0, y + 4.0], text::TICK, "diverged")
                    .fill(Role::Ink)
                    .set("text-anchor", "end"),
            );
        }
    }
    if !dots.is_empty() {
        group.push(dots);
    }
    let middle = median(runs.runs.iter().map(|entry| measure(entry)));
    if runs.runs.len() > 1 && middle.is_finite() {
        let at = frame.x.at(middle);
        group.push(Element::line([at, y - 9.0], [at, y + 9.0]).stroke(Role::Ink, plot::DATA));
    }
    if middle.is_finite() {
        let words = short(middle);
        let wide = text::width(&words, text::TICK, Weight::Regular);
        let farthest = runs.runs.iter().map(|entry| measure(entry)).filter(|v| v.is_finite()).fold(middle, f64::max);
        let right = frame.x.at(farthest) + 9.0;
        let nearest = runs.runs.iter().map(|entry| measure(entry)).fold(middle, f64::min);
        let (x, anchor) =
            if right + wide <= frame.rect.right + 32.0 { (right, "start") } else { (frame.x.at(nearest) - 9.0, "end") };
        group.push(
            plot::haloed(Element::text([x, y + 4.0], text::TICK, &words)).fill(Role::Ink).set("text-anchor", anchor),
        );
    }
    group
}

/// The shape of a paradigm's mark, the second channel beside its colour: disc, square, triangle, diamond.
fn marker([x, y]: [f64; 2], number: usize) -> Element {
    match number % 4 {
        0 => Element::circle([x, y], 5.0),
        1 => Element::rectangle(x - 4.5, y - 4.5, 9.0, 9.0),
        2 => Element::polygon(&[[x, y - 5.5], [x + 5.5, y + 4.5], [x - 5.5, y + 4.5]]),
        _ => Element::polygon(&[[x, y - 6.0], [x + 6.0, y], [x, y + 6.0], [x - 6.0, y]]),
    }
}

fn title(entries: &[Entry]) -> String {
    let rows = rows(entries);
    let middle = |row: &Row, measure: fn(&Entry) -> f64| median(row.runs.iter().map(|entry| measure(entry)));
    let by = |measure: fn(&Entry) -> f64| {
        rows.iter()
            .filter(|row| middle(row, measure).is_finite())
            .min_by(|a, b| middle(a, measure).total_cmp(&middle(b, measure)))
    };
    let (Some(best), Some(cheapest)) = (by(|entry| entry.test), by(|entry| entry.seconds)) else {
        return "No run ended with finite errors".to_owned();
    };
    let seconds = |row: &Row| short(middle(row, |entry| entry.seconds));
    let test = |row: &Row| short(middle(row, |entry| entry.test));
    let first = format!(
        "Lowest test error: {}, width {}, with {} in {} s",
        best.paradigm,
        best.width,
        test(best),
        seconds(best)
    );
    if std::ptr::eq(best, cheapest) {
        return format!("{first}, also the fastest");
    }
    format!(
        "{first}; fastest: {}, width {}, with {} in {} s",
        cheapest.paradigm,
        cheapest.width,
        test(cheapest),
        seconds(cheapest)
    )
}

fn description(rows: &[Row]) -> String {
    let clause = |row: &Row| {
        let test = median(row.runs.iter().map(|entry| entry.test));
        let seconds = median(row.runs.iter().map(|entry| entry.seconds));
        format!("Width {}, {}: test MSE {}, {} s.", row.width, row.paradigm, short(test), short(seconds))
    };
    rows.iter().map(clause).collect::<Vec<_>>().join(" ")
}

fn table(entries: &[Entry]) -> Table {
    let mut table = Table::new(["width", "paradigm", "seed", "test MSE", "seconds"]);
    for entry in entries {
        table.push([
            entry.width.to_string(),
            entry.paradigm.clone(),
            entry.seed.to_string(),
            cell(entry.test),
            cell(entry.seconds),
        ]);
    }
    table
}
