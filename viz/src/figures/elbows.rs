//! Elbow trajectories: where the elbow of every unit is at every saved step. The one picture that says that training the
//! output layer alone cannot move elbows.

use std::fmt::Write as _;

use nn::data::Data;
use nn::study::Run;

use super::{Figure, Table, cell, counted, input, paradigm_words, plain_input, spread, trained_words, unit_roles};
use crate::findings::{Elbows, bends};
use crate::palette::Role;
use crate::plot::{self, Axis, Frame, KeyEntry, MARGIN, Rect, simplified};
use crate::scale::{Scale, Side};
use crate::svg::{Document, Element};
use crate::text::{self, thousands};

/// The widest trajectory in pixels: the largest slope change of all runs in the figure.
const WIDEST: f64 = 9.0;
/// The narrowest one: a unit without slope change still has an elbow.
const NARROWEST: f64 = 0.8;
/// Saved positions nearer than this to the drawn outline, in pixels, are left out of it.
const TOLERANCE: f64 = 0.45;
/// Saved positions nearer than this to the one before, down the time axis, are left out.
const THINNED: f64 = 1.2;
/// The height of the row under the last step, in which the bends at the end are drawn.
const ROW: f64 = 18.0;

/// Runs side by side, usually the output layer alone beside all layers from the same start. Time runs down, as one reads;
/// a trajectory is as wide as its unit's slope change |w2·w1|, and keeps the colour of the place where it began.
///
/// # Panics
/// If a run has no state.
pub fn side_by_side(name: &str, data: &Data, runs: &[&Run]) -> Figure {
    let [low, high] = data.domain;
    let clauses: Vec<String> = runs
        .iter()
        .map(|run| match Elbows::of(data, run).moved {
            0 => format!("{}, no elbow moves", paradigm_words(run.paradigm)),
            count if count == run.width => format!("{}, all {count} elbows move", paradigm_words(run.paradigm)),
            count => format!("{}, {count} of {} elbows move", paradigm_words(run.paradigm), run.width),
        })
        .collect();
    let width = runs.first().map_or(0, |run| run.width);
    let mut document = Document::new(name, 960.0, 400.0)
        .titled(format!("Width {width}: {}", clauses.join("; ")))
        .described(description(data, runs));
    let subtitle = format!(
        "Each line is one elbow; it is as wide as the slope change there. Moved: by more than a hundredth of [{}, {}].",
        plain_input(data, low),
        plain_input(data, high)
    );
    let top = plot::heading(&mut document, &subtitle);
    let knots = bends(data);
    let top = plot::key(&mut document, top, &key_entries(!knots.is_empty()));
    let (above, height) = (54.0, 330.0);
    let bottom = top + above + height;
    document.set_height(bottom + 46.0);
    let largest = runs
        .iter()
        .flat_map(|run| run.states.iter().flat_map(|state| state.network.units()))
        .map(|unit| unit.slope_change().abs())
        .filter(|change| change.is_finite())
        .fold(0.0, f64::max);
    let last = runs.iter().map(|run| run.end().step).max().unwrap_or(1) as f64;
    let cells = Rect::new(76.0, top + above, 960.0 - MARGIN - 8.0, bottom).cells(runs.len().max(1), 1, 44.0, 0.0);
    for (index, (run, rect)) in runs.iter().zip(cells).enumerate() {
        let frame = Frame {
            rect,
            x: Scale::input(data.domain, data.x_quantity(), [rect.left, rect.right]),
            y: Scale::time(1.0, last, [rect.top, rect.bottom - ROW]),
        };
        let y_axis = Axis { numbers: index == 0, ..Axis::shared() };
        if index == 0 {
            // Left of the axis, since the dots of the start stand over it.
            let title = Element::text([rect.left - 8.0, rect.top - 14.0], text::LABEL, "step ↓");
            document.push(title.fill(Role::Ink).set("text-anchor", "end"));
        }
        let x_axis = Axis::titled(format!("elbow, as a value of {}", data.x_name));
        document.push(frame.axes(&x_axis, &y_axis));
        let heading = trained_words(run);
        let heading = Element::text([rect.left, rect.top - 24.0], text::LABEL, &heading);
        document.push(heading.fill(Role::Ink).set("font-weight", "bold"));
        let mut lines = Element::group();
        for &knot in &knots {
            let at = frame.x.at(knot);
            let line = Element::line([at, rect.top], [at, rect.bottom]).stroke(Role::Truth, plot::THIN);
            lines.push(line.set("stroke-dasharray", "2 4").set("opacity", 0.6));
        }
        document.push(lines);
        let end = frame.y.at(last);
        document.push(Element::line([rect.left, end], [rect.right, end]).stroke(Role::Axis, plot::THIN));
        document.push(trajectories(&frame, data, run, largest));
    }
    Figure { document, narrow: None, table: table(data, runs) }
}

fn trajectories(frame: &Frame, data: &Data, run: &Run, largest: f64) -> Element {
    let roles = unit_roles(run, data.domain);
    let mut group = Element::group();
    let mut marks = Element::group();
    // The strongest bends last, so that they are not hidden at the end; the order is that of the units otherwise.
    let mut order: Vec<usize> = (0..run.width).collect();
    let strength = |unit: usize| run.end().network.unit(unit).slope_change().abs();
    order.sort_by(|&a, &b| strength(a).total_cmp(&strength(b)));
    for unit in order {
        let role = roles[unit];
        let mut one = Element::group().set("data-unit", unit.to_string());
        for ribbon in ribbons(frame, run, unit, largest) {
            one.push(Element::polygon(&outline(&ribbon)).fill(role).set("fill-opacity", 0.85));
        }
        if !one.is_empty() {
            group.push(one);
        }
        if let Some(start) = run.start().network.unit(unit).elbow().filter(|&e| frame.x.side(e) == Side::Inside) {
            let at = [frame.x.at(start), frame.rect.top - 7.0];
            marks.push(Element::circle(at, 3.0).fill(role).stroke(Role::Background, plot::THIN));
        }
        let end = run.end().network.unit(unit);
        if let Some(elbow) = end.elbow().filter(|&elbow| frame.x.side(elbow) == Side::Inside) {
            let at = [frame.x.at(elbow), frame.rect.bottom - ROW / 2.0];
            marks.push(bend(at, end.slope_change()).stroke(role, 1.8));
        }
        for arrow in exits(frame, run, unit, role) {
            marks.push(arrow);
        }
    }
    group.with(marks)
}

/// The kink itself as a glyph: ∨ where the slope grows, ∧ where it falls.
fn bend([x, y]: [f64; 2], change: f64) -> Element {
    let tip = if change < 0.0 { -3.0 } else { 3.0 };
    Element::polyline(&[[x - 4.5, y - tip], [x, y + tip], [x + 4.5, y - tip]])
}

/// The stretches of a trajectory inside the domain: position in pixels and line width at each saved step.
fn ribbons(frame: &Frame, run: &Run, unit: usize, largest: f64) -> Vec<Vec<[f64; 3]>> {
    let place = |index: usize| {
        let state = &run.states[index];
        let unit = state.network.unit(unit);
        let elbow = unit.elbow()?;
        let share = if largest > 0.0 { unit.slope_change().abs() / largest } else { 0.0 };
        let width = NARROWEST + (WIDEST - NARROWEST) * share;
        Some([frame.x.at(elbow), frame.y.at(state.step as f64), width])
    };
    let (left, right) = (frame.rect.left, frame.rect.right);
    let mut ribbons = Vec::new();
    let mut ribbon: Vec<[f64; 3]> = Vec::new();
    let mut before: Option<[f64; 3]> = None;
    for index in distinct(frame, run) {
        let Some(to) = place(index) else {
            ribbons.push(std::mem::take(&mut ribbon));
            before = None;
            continue;
        };
        if let Some(from) = before {
            // The part of this stretch that lies between the borders.
            let along = to[0] - from[0];
            let cross = |border: f64| if along == 0.0 { f64::INFINITY } else { (border - from[0]) / along };
            let (mut enter, mut leave) = (cross(left), cross(right));
            if along == 0.0 {
                let inside = from[0] >= left && from[0] <= right;
                (enter, leave) = if inside { (0.0, 1.0) } else { (1.0, 0.0) };
            } else if enter > leave {
                std::mem::swap(&mut enter, &mut leave);
            }
            let (enter, leave) = (enter.max(0.0), leave.min(1.0));
            if enter <= leave {
                let at = |t: f64| std::array::from_fn(|k| from[k] + t * (to[k] - from[k]));
                if ribbon.is_empty() {
                    ribbon.push(at(enter));
                }
                ribbon.push(at(leave));
            }
            if enter > leave || leave < 1.0 {
                ribbons.push(std::mem::take(&mut ribbon));
            }
        }
        before = Some(to);
    }
    ribbons.push(ribbon);
    ribbons.into_iter().filter(|ribbon| ribbon.len() > 1).map(|ribbon| simplified(&ribbon, TOLERANCE)).collect()
}

/// The saved states that can be told apart along the time axis, the first and the last among them.
fn distinct(frame: &Frame, run: &Run) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    let mut before = f64::NEG_INFINITY;
    for (index, state) in run.states.iter().enumerate() {
        let at = frame.y.at(state.step as f64);
        if at - before >= THINNED || index + 1 == run.states.len() {
            kept.push(index);
            before = at;
        }
    }
    kept
}

/// The outline of a line of varying width: each vertex moved to both sides, at right angles to the line there.
fn outline(ribbon: &[[f64; 3]]) -> Vec<[f64; 2]> {
    let normal = |index: usize| {
        let before = ribbon[index.saturating_sub(1)];
        let after = ribbon[(index + 1).min(ribbon.len() - 1)];
        let (dx, dy) = (after[0] - before[0], after[1] - before[1]);
        let length = dx.hypot(dy).max(f64::MIN_POSITIVE);
        [dy / length, -dx / length]
    };
    let side = |sign: f64| {
        move |(index, &[x, y, width]): (usize, &[f64; 3])| {
            let [nx, ny] = normal(index);
            // A tenth of a pixel is enough for a filled outline.
            [x + sign * nx * width / 2.0, y + sign * ny * width / 2.0].map(|at| (at * 10.0).round() / 10.0)
        }
    };
    let there = ribbon.iter().enumerate().map(side(1.0));
    let back = ribbon.iter().enumerate().rev().map(side(-1.0));
    there.chain(back).collect()
}

/// Arrows where an elbow leaves the domain: where the straight line between two saved states crosses the border.
fn exits(frame: &Frame, run: &Run, unit: usize, role: Role) -> Vec<Element> {
    let mut arrows = Vec::new();
    let mut before: Option<[f64; 2]> = None;
    for state in &run.states {
        let Some(elbow) = state.network.unit(unit).elbow() else {
            before = None;
            continue;
        };
        let at = frame.at([elbow, state.step as f64]);
        let (x, direction) = match frame.x.side(elbow) {
            Side::Inside => {
                before = Some(at);
                continue;
            }
            Side::Above => (frame.rect.right, [1.0, 0.0]),
            Side::Below => (frame.rect.left, [-1.0, 0.0]),
        };
        if let Some(from) = before.take() {
            let part = ((x - from[0]) / (at[0] - from[0])).clamp(0.0, 1.0);
            arrows.push(plot::arrow([x, from[1] + part * (at[1] - from[1])], direction).fill(role));
        }
    }
    arrows
}

fn key_entries(knots: bool) -> Vec<KeyEntry> {
    let mut entries = vec![
        KeyEntry::new("start", |[x, y]| {
            Element::circle([x + 12.0, y], 3.0).fill(Role::Unit(120)).stroke(Role::Background, plot::THIN)
        }),
        KeyEntry::new("end: slope grows", |[x, y]| bend([x + 12.0, y], 1.0).stroke(Role::Unit(120), 1.8)),
        KeyEntry::new("end: slope falls", |[x, y]| bend([x + 12.0, y], -1.0).stroke(Role::Unit(120), 1.8)),
        KeyEntry::new("leaves the domain", |[x, y]| plot::arrow([x + 9.0, y], [1.0, 0.0]).fill(Role::Unit(120))),
    ];
    if knots {
        entries.push(KeyEntry::line("where the truth bends", Role::Truth, plot::THIN, Some("2 4")));
    }
    entries
}

fn description(data: &Data, runs: &[&Run]) -> String {
    let mut text = String::new();
    for run in runs {
        let found = Elbows::of(data, run);
        let _ = write!(
            text,
            "{}: {} of {} move, {} outside the domain after {} steps. ",
            paradigm_words(run.paradigm),
            counted(found.moved, "elbow"),
            run.width,
            run.width - found.inside[1],
            thousands(run.end().step as usize)
        );
    }
    text.trim_end().to_owned()
}

/// At most 12 steps of each unit.
fn table(data: &Data, runs: &[&Run]) -> Table {
    let mut table = Table::new(["trained", "step", "unit", "elbow", "slope change"]);
    for run in runs {
        for index in spread(run.states.len(), 12) {
            let state = &run.states[index];
            for (number, unit) in state.network.units().enumerate() {
                table.push([
                    paradigm_words(run.paradigm).to_owned(),
                    state.step.to_string(),
                    number.to_string(),
                    unit.elbow().map_or_else(String::new, |elbow| input(data, elbow)),
                    cell(unit.slope_change()),
                ]);
            }
        }
    }
    table
}
