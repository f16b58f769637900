//! What a network computes, and of what it is made: truth, data, prediction, the weighted contribution of every hidden
//! unit, and the elbows. One saved state in a single view, or a few states of a run side by side.

use std::fmt::Write as _;

use nn::data::Data;
use nn::geometry::{self, UnitState};
use nn::settings::Paradigm;
use nn::study::{Run, State};

use super::{
    Figure, MOST_POINTS, Table, cell, counted, course_words, input, paradigm_words, points, state_words, step_words,
    story, unit_ranks, unit_roles,
};
use crate::findings::{Course, Elbows, Units};
use crate::palette::{self, Role};
use crate::plot::{self, Axis, Frame, KeyEntry, MARGIN, Rect, haloed};
use crate::scale::{Scale, extent, padded};
use crate::svg::{Document, Element};
use crate::text::{self, Weight, short, thousands};

/// How many states the small multiples show.
const PANELS: usize = 6;

/// One saved state on a canvas of 640 × 400, with axes that fit the whole run.
///
/// # Panics
/// If the run has no state at `index`.
pub fn single(name: &str, data: &Data, run: &Run, index: usize) -> Figure {
    let state = &run.states[index];
    let counts = Units::of(data, &state.network);
    let mut document = Document::new(name, 640.0, 400.0)
        .titled(match state.step {
            0 => format!("Width {} at the start: test MSE {}", run.width, short(state.test_mse)),
            _ => title(run, state),
        })
        .described(description(&counts));
    let top = plot::heading(&mut document, &units_words(&counts));
    let top = plot::key(&mut document, top, &key_entries(data));
    let rect = Rect::new(56.0, top + 24.0, 640.0 - MARGIN, 400.0 - 48.0);
    let frame = frame(rect, data, &[run]);
    document.push(frame.axes(&Axis::titled(data.x_name.as_str()), &Axis::titled(format!("{} ↑", data.y_name))));
    document.push(backdrop(&frame, data, 3.0));
    document.push(network(&frame, data, run, state, 3.0));
    Figure { document, narrow: None, table: table(data, run, &[index]) }
}

/// The title of a single view.
pub(super) fn title(run: &Run, state: &State) -> String {
    let (paradigm, when) = (paradigm_words(run.paradigm), state_words(run, state));
    format!("Width {}, {paradigm}, {when}: test MSE {}", run.width, short(state.test_mse))
}

/// The start, the end, and states between them that lie evenly on a log scale of steps, side by side on common axes.
///
/// # Panics
/// If the run has no state.
pub fn small_multiples(name: &str, data: &Data, run: &Run) -> Figure {
    let last = run.end();
    let steps: Vec<u64> = run.states.iter().map(|state| state.step).collect();
    let chosen = story(&steps, PANELS);
    let counts = Units::of(data, &last.network);
    let moved = Elbows::of(data, run).moved;
    let steps = (run.paradigm != Paradigm::Ridge).then_some(last.step);
    let mut title = format!(
        "Width {}, {}: test MSE {}",
        run.width,
        paradigm_words(run.paradigm),
        course_words(&Course::of(run), steps),
    );
    if let Some(divergence) = run.divergence() {
        let _ = write!(title, "; the run diverged at {}", step_words(divergence.step));
    }
    let subtitle = if moved == 0 {
        format!("No elbow moves: only the slopes between the elbows change. At the end: {}.", units_words(&counts))
    } else {
        format!(
            "{} of {} elbows move by more than a hundredth of the domain. At the end: {}.",
            moved,
            run.width,
            units_words(&counts)
        )
    };
    let columns = chosen.len().min(3);
    let rows = chosen.len().div_ceil(3);
    let mut document = Document::new(name, 960.0, 400.0).titled(title).described(format!(
        "{} saved states of one run. {} The prediction at the end has {} in the domain.",
        chosen.len(),
        subtitle,
        counted(counts.inside, "elbow"),
    ));
    let top = plot::heading(&mut document, &subtitle);
    let top = plot::key(&mut document, top, &key_entries(data));
    let height = 210.0;
    let gap_y = 66.0;
    let bottom = top + 46.0 + rows as f64 * height + (rows as f64 - 1.0) * gap_y;
    document.set_height(bottom + 44.0);
    let cells = Rect::new(56.0, top + 46.0, 960.0 - MARGIN, bottom).cells(columns, rows, 28.0, gap_y);
    let backdrop_id = document.id();
    for (index, (&chosen_state, rect)) in chosen.iter().zip(&cells).enumerate() {
        let state = &run.states[chosen_state];
        let frame = frame(*rect, data, &[run]);
        let leftmost = index % columns == 0;
        let lowest = index + columns >= chosen.len();
        let x_axis = Axis { numbers: true, ..if lowest { Axis::titled(data.x_name.as_str()) } else { Axis::shared() } };
        let y_axis = if leftmost { Axis { title: None, ..Axis::titled("") } } else { Axis::shared() };
        let mut panel = Element::group().with(frame.axes(&x_axis, &y_axis));
        let heading = format!("{}: test MSE {}", state_words(run, state), short(state.test_mse));
        panel.push(
            Element::text([rect.left, rect.top - 26.0], text::LABEL, &heading)
                .fill(Role::Ink)
                .set("font-weight", "bold"),
        );
        let note = units_words(&Units::of(data, &state.network));
        let note = text::cut(&note, text::TICK, Weight::Regular, rect.width());
        if leftmost {
            let above = format!("{} ↑", data.y_name);
            panel.push(Element::text([rect.left - 40.0, rect.top - 26.0], text::LABEL, &above).fill(Role::Ink));
        }
        panel.push(Element::text([rect.left, rect.top - 10.0], text::TICK, &note).fill(Role::Muted));
        // Truth and data are the same in all panels: drawn once, used again with an offset.
        if index == 0 {
            panel.push(backdrop(&frame, data, 2.0).set("id", backdrop_id.as_str()));
        } else {
            panel.push(
                Element::new("use")
                    .set("href", format!("#{backdrop_id}"))
                    .set("x", rect.left - cells[0].left)
                    .set("y", rect.top - cells[0].top),
            );
        }
        panel.push(network(&frame, data, run, state, 2.5));
        document.push(panel);
    }
    Figure { document, narrow: None, table: table(data, run, &chosen) }
}

/// Axes that fit the data, the truth and every prediction of the runs; a run that shoots far beyond its data leaves the
/// frame instead of flattening it.
pub(super) fn frame(rect: Rect, data: &Data, runs: &[&Run]) -> Frame {
    let truth = data.truth.as_deref().unwrap_or_default();
    let known = data.y.iter().copied().chain(truth.iter().map(|point| point[1]));
    let [low, high] = extent(known).unwrap_or([-1.0, 1.0]);
    let reach = (high - low).max(f64::MIN_POSITIVE);
    let predictions =
        runs.iter().flat_map(|run| &run.states).flat_map(|state| geometry::polyline(&state.network, data.domain));
    let heights = predictions.map(|point| point[1].clamp(low - reach / 2.0, high + reach / 2.0));
    let [low, high] = extent(heights.chain([low, high])).unwrap_or([low, high]);
    Frame::new(
        rect,
        |range| Scale::input(data.domain, data.x_quantity(), range),
        |range| Scale::linear(padded([low, high], 0.06), range),
    )
}

/// Data, then truth.
pub(super) fn backdrop(frame: &Frame, data: &Data, radius: f64) -> Element {
    let mut group = Element::group();
    group.push(frame.points(&points(data), 0.8 * radius, Role::Data, Role::Background).set("opacity", 0.6));
    if let Some(truth) = &data.truth {
        group.push(frame.styled_line(truth, Role::Truth, plot::SECONDARY, Some(plot::TRUTH_DASH)));
    }
    group
}

/// Contributions, prediction, elbows.
pub(super) fn network(frame: &Frame, data: &Data, run: &Run, state: &State, radius: f64) -> Element {
    let roles = unit_roles(run, data.domain);
    let ranks = unit_ranks(run);
    let mut units = Element::group().class("faint").set("opacity", plot::FAINT);
    let mut elbows = Element::group().stroke(Role::Background, plot::THIN);
    // Many dots would hide the line they lie on.
    let radius = if run.width > 20 { radius * 0.7 } else { radius };
    let (mut left, mut right) = (0, 0);
    for (index, unit) in state.network.units().enumerate() {
        let (role, rank) = (roles[index], ranks[index]);
        let kind = unit.state(data.domain, &data.x);
        if kind != UnitState::OutsideDomain {
            let line = frame.styled_line(&unit.polyline(data.domain), role, plot::THIN, palette::dash(rank));
            units.push(line.set("data-unit", index.to_string()));
        }
        match unit.elbow() {
            Some(elbow) if elbow < data.domain[0] => left += 1,
            Some(elbow) if elbow > data.domain[1] => right += 1,
            Some(elbow) => {
                let at = [elbow, state.network.predict(elbow)];
                if frame.contains(at) {
                    elbows.push(elbow_mark(frame.at(at), role, kind, radius));
                }
            }
            None => {}
        }
    }
    let prediction = frame.line(&geometry::polyline(&state.network, data.domain), Role::Prediction, plot::DATA);
    let mut group = Element::group().with(units).with(prediction);
    if !elbows.is_empty() {
        group.push(elbows);
    }
    let Rect { left: edge_left, right: edge_right, bottom, .. } = frame.rect;
    if left > 0 {
        group.push(plot::arrow([edge_left + 8.0, bottom - 9.0], [-1.0, 0.0]).fill(Role::Ink));
        let count = Element::text([edge_left + 11.0, bottom - 5.0], text::TICK, &left.to_string());
        group.push(haloed(count).fill(Role::Ink));
    }
    if right > 0 {
        group.push(plot::arrow([edge_right - 8.0, bottom - 9.0], [1.0, 0.0]).fill(Role::Ink));
        let count = Element::text([edge_right - 11.0, bottom - 5.0], text::TICK, &right.to_string());
        group.push(haloed(count).fill(Role::Ink).set("text-anchor", "end"));
    }
    group
}

/// A dot where the prediction bends; hollow if no training point activates the unit.
fn elbow_mark(at: [f64; 2], role: Role, kind: UnitState, radius: f64) -> Element {
    let dot = Element::circle(at, radius);
    if kind == UnitState::DeadOnData {
        dot.fill(Role::Background).stroke(role, plot::SECONDARY)
    } else {
        dot.fill(role)
    }
}

pub(super) fn key_entries(data: &Data) -> Vec<KeyEntry> {
    let drawn = match data.x.len() {
        count if count > MOST_POINTS => format!("training data ({} of {})", thousands(MOST_POINTS), thousands(count)),
        _ => "training data".to_owned(),
    };
    let mut entries =
        vec![KeyEntry::new(drawn, |[x, y]| Element::circle([x + 12.0, y], 2.5).fill(Role::Data).set("opacity", 0.6))];
    if data.truth.is_some() {
        entries.push(KeyEntry::line("truth", Role::Truth, plot::SECONDARY, Some(plot::TRUTH_DASH)));
    }
    entries.push(KeyEntry::line("prediction", Role::Prediction, plot::DATA, None));
    entries.push(KeyEntry::new("share of one hidden unit, w₂·Φ(w₁·x + b₁)", |[x, y]| {
        let vertices = [[x, y + 4.0], [x + 10.0, y + 4.0], [x + 24.0, y - 5.0]];
        Element::polyline(&vertices).stroke(Role::Unit(120), plot::THIN)
    }));
    entries.push(KeyEntry::new("elbow, coloured by where it began", |[x, y]| {
        Element::group().with_all([(2.0, 0), (9.0, 85), (16.0, 170), (23.0, 255)].map(|(offset, place)| {
            Element::circle([x + offset, y], 3.0).fill(Role::Unit(place)).stroke(Role::Background, plot::THIN)
        }))
    }));
    entries
}

/// The description of a single view.
pub(super) fn description(units: &Units) -> String {
    let elbows = counted(units.inside, "elbow");
    format!("The prediction is a polyline with {elbows} inside the domain. {}.", units_words(units))
}

/// "8 live · 1 always on · 1 dead on the data"; kinds without units are left out.
pub(super) fn units_words(units: &Units) -> String {
    let kinds = [
        (units.live, "live"),
        (units.always_on, "always on"),
        (units.dead, "dead on the data"),
        (units.outside, "off on the whole domain"),
    ];
    let present = kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}"));
    let words: Vec<String> = present.collect();
    if words.is_empty() { "no units".to_owned() } else { words.join(" · ") }
}

/// One row for each unit of each shown state.
pub(super) fn table(data: &Data, run: &Run, shown: &[usize]) -> Table {
    let mut table = Table::new(["step", "unit", "elbow", "slope change", "w1", "b1", "w2", "state"]);
    for &index in shown {
        let state = &run.states[index];
        for (number, unit) in state.network.units().enumerate() {
            table.push([
                state.step.to_string(),
                number.to_string(),
                unit.elbow().map_or_else(String::new, |elbow| input(data, elbow)),
                cell(unit.slope_change()),
                cell(unit.w1),
                cell(unit.b1),
                cell(unit.w2),
                unit.state(data.domain, &data.x).name().to_owned(),
            ]);
        }
    }
    table
}
