//! The paradigms compared by error and by cost, as dots.

use nn::data::Data;
use nn::settings::Paradigm;
use nn::study::Run;

use super::{Figure, Table, cell, log_domain, paradigm_words, test_points};
use crate::findings::{final_test, median};
use crate::palette::Role;
use crate::plot::{self, Axis, Frame, Rect};
use crate::scale::{Scale, Tick};
use crate::svg::{Document, Element};
use crate::text::{self, Weight, short};

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
    let rows = rows(runs);
    let mut document = Document::new(name, 960.0, 400.0).titled(title(&rows)).described(description(&rows));
    let several = rows.iter().map(|row| row.runs.len()).max().unwrap_or(0);
    let mut subtitle = format!("Test error is measured {}.", test_points(data));
    if several > 1 {
        subtitle = format!("Every run is a mark; the bar is the median, n = {several}. {subtitle}");
    }
    let top = plot::heading(&mut document, &subtitle) + 12.0;
    let last = rows.last().map_or(0.0, |row| row.place);
    let bottom = top + 24.0 * (last + 1.2);
    document.set_height(bottom + 46.0);
    let wide = |words: &str| text::width(words, text::TICK, Weight::Regular);
    let paradigms = rows.iter().map(|row| wide(paradigm_words(row.paradigm))).fold(0.0, f64::max);
    let widths = rows.iter().map(|row| wide(&format!("width {}", row.width))).fold(0.0, f64::max);
    let left = plot::MARGIN + widths + 16.0 + paradigms + 12.0;
    let cells = Rect::new(left, top, 960.0 - 56.0, bottom).cells(2, 1, 64.0, 0.0);
    let measures: [(&str, Measure, Words); 2] = [("test MSE →", final_test, short), ("time →", seconds, seconds_words)];
    for (panel, (rect, (axis, measure, words))) in cells.into_iter().zip(measures).enumerate() {
        let domain = log_domain(runs.iter().map(|run| measure(run)).filter(|value| value.is_finite()));
        let frame = Frame {
            rect,
            x: Scale::log(domain, [rect.left + 8.0, rect.right]),
            y: Scale::linear([-0.6, last + 0.6], [rect.top, rect.bottom]),
        };
        let ticks = rows.iter().map(|row| Tick { value: row.place, label: Some(String::new()) }).collect();
        let mut axis = Axis::titled(axis);
        if panel == 1 {
            axis = axis.with_ticks(time_ticks(&frame));
        }
        document.push(frame.axes(&axis, &Axis::shared().with_ticks(ticks)));
        for row in &rows {
            if panel == 0 {
                document.push(row_names(&frame, row, plot::MARGIN));
            }
            document.push(marks(&frame, row, measure, words));
        }
    }
    Figure { document, table: table(runs) }
}

/// The ticks of the time axis in the units of the labels.
fn time_ticks(frame: &Frame) -> Vec<Tick> {
    let mut ticks = frame.x.ticks(plot::TICK_ROOM_X);
    for tick in &mut ticks {
        tick.label = tick.label.as_ref().map(|_| {
            let (unit, name) = unit_of(tick.value);
            format!("{} {name}", cell(tick.value / unit))
        });
    }
    ticks
}

/// The runs of one width and paradigm.
struct Row<'a> {
    width: usize,
    paradigm: Paradigm,
    runs: Vec<&'a Run>,
    /// Where the row stands, counted in rows; there is a gap before each new width.
    place: f64,
    /// Whether it is the first of its width.
    leads: bool,
}

impl Row<'_> {
    fn median(&self, measure: Measure) -> f64 {
        median(self.runs.iter().map(|run| measure(run)))
    }

    /// The number of the paradigm, which decides colour and shape.
    fn number(&self) -> usize {
        Paradigm::ALL.iter().position(|paradigm| *paradigm == self.paradigm).unwrap_or(0)
    }
}

/// Runs of one width and paradigm in a row; by width, then in the usual order of paradigms.
fn rows<'a>(runs: &[&'a Run]) -> Vec<Row<'a>> {
    let mut rows: Vec<Row> = Vec::new();
    for run in runs {
        match rows.iter_mut().find(|row| row.width == run.width && row.paradigm == run.paradigm) {
            Some(row) => row.runs.push(run),
            None => {
                rows.push(Row { width: run.width, paradigm: run.paradigm, runs: vec![run], place: 0.0, leads: true });
            }
        }
    }
    rows.sort_by_key(|row| (row.width, row.number()));
    for index in 1..rows.len() {
        rows[index].leads = rows[index].width != rows[index - 1].width;
        rows[index].place = rows[index - 1].place + if rows[index].leads { 1.5 } else { 1.0 };
    }
    rows
}

fn row_names(frame: &Frame, row: &Row, left: f64) -> Element {
    let y = frame.y.at(row.place) + 4.0;
    let paradigm = Element::text([frame.rect.left - 10.0, y], text::TICK, paradigm_words(row.paradigm));
    let mut group = Element::group().fill(Role::Ink).with(paradigm.set("text-anchor", "end"));
    if row.leads {
        let width = Element::text([left, y], text::TICK, &format!("width {}", row.width));
        group.push(width.set("font-weight", "bold"));
    }
    group
}

fn marks(frame: &Frame, row: &Row, measure: Measure, words: Words) -> Element {
    let mut group = Element::group();
    let y = frame.y.at(row.place);
    let values: Vec<f64> = row.runs.iter().map(|run| measure(run)).filter(|value| value.is_finite()).collect();
    let diverged = row.runs.len() - values.len();
    let opacity = if row.runs.len() > 1 { 0.55 } else { 1.0 };
    let dots = values.iter().map(|&value| marker([frame.x.at(value), y], row.number()));
    let dots = Element::group().fill(Role::Series(row.number())).set("opacity", opacity).with_all(dots);
    if !dots.is_empty() {
        group.push(dots);
    }
    let middle = row.median(measure);
    let mut label = if middle.is_finite() { words(middle) } else { String::new() };
    if row.runs.len() > 1 && middle.is_finite() {
        let at = frame.x.at(middle);
        group.push(Element::line([at, y - 9.0], [at, y + 9.0]).stroke(Role::Ink, plot::DATA));
    }
    if diverged > 0 {
        let note = if row.runs.len() == 1 { "diverged".to_owned() } else { format!("{diverged} diverged") };
        label = if label.is_empty() { note } else { format!("{label}, {note}") };
    }
    let wide = text::width(&label, text::TICK, Weight::Regular);
    let ends = crate::scale::extent(values);
    let right = ends.map_or(frame.rect.left, |[_, high]| frame.x.at(high)) + 10.0;
    let (x, anchor) = match ends {
        Some([low, _]) if right + wide > frame.rect.right + 48.0 => (frame.x.at(low) - 10.0, "end"),
        _ => (right, "start"),
    };
    group
        .push(plot::haloed(Element::text([x, y + 4.0], text::TICK, &label)).fill(Role::Ink).set("text-anchor", anchor));
    group
}

/// The shape of a paradigm's mark, the second channel beside its colour: disc, square, triangle.
fn marker([x, y]: [f64; 2], number: usize) -> Element {
    match number {
        0 => Element::circle([x, y], 5.0),
        1 => Element::rectangle(x - 4.5, y - 4.5, 9.0, 9.0),
        _ => Element::polygon(&[[x, y - 5.5], [x + 5.5, y + 4.5], [x - 5.5, y + 4.5]]),
    }
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

fn seconds_words(seconds: f64) -> String {
    let (unit, name) = unit_of(seconds);
    format!("{} {name}", short(seconds / unit))
}

fn title(rows: &[Row]) -> String {
    let lowest = |measure: Measure| {
        let finite =
            rows.iter().filter(move |row| row.median(measure).is_finite() && row.median(final_test).is_finite());
        finite.min_by(move |a, b| a.median(measure).total_cmp(&b.median(measure)))
    };
    let (Some(best), Some(fastest)) = (lowest(final_test), lowest(seconds)) else {
        return "No run ended with finite errors".to_owned();
    };
    let words = |row: &Row| {
        let (error, time) = (short(row.median(final_test)), seconds_words(row.median(seconds)));
        format!("{}, width {}: {error} in {time}", paradigm_words(row.paradigm), row.width)
    };
    if std::ptr::eq(best, fastest) {
        format!("Lowest test MSE, and the fastest: {}", words(best))
    } else {
        format!("Lowest test MSE: {}. Fastest: {}", words(best), words(fastest))
    }
}

fn description(rows: &[Row]) -> String {
    let clause = |row: &Row| {
        let (error, time) = (short(row.median(final_test)), seconds_words(row.median(seconds)));
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
            cell(run.end().train_mse),
            cell(final_test(run)),
            cell(run.seconds),
        ]);
    }
    table
}
