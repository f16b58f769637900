//! What a network computes, and of what it is made: truth, data, prediction, the weighted contribution of every hidden
//! unit, and the elbows. One saved state in a single view, or a few states of a run side by side.

use nn::geometry::{self, Unit, UnitState};

use super::{Figure, History, Scene, State, Table, cell, change_words, counted, step_words, story};
use crate::palette::{self, Role};
use crate::plot::{self, Axis, Frame, KeyEntry, MARGIN, Rect, haloed};
use crate::scale::{Scale, extent, padded};
use crate::svg::{Document, Element};
use crate::text::{self, Weight, short};

/// How many states the small multiples show.
const PANELS: usize = 6;

/// One saved state on a canvas of 640 × 400, with axes that fit the whole run.
///
/// # Panics
/// If the run has no state at `index`.
pub fn single(name: &str, scene: &Scene, history: &History, index: usize) -> Figure {
    let state = &history.states[index];
    let counts = Counts::of(scene, state);
    let mut document = Document::new(name, 640.0, 400.0)
        .titled(format!(
            "Width {}, {}, {}: test MSE {}",
            history.width,
            history.paradigm,
            step_words(state.step),
            short(state.test)
        ))
        .described(format!(
            "The prediction is a polyline with {} inside the domain. {}.",
            counted(counts.inside, "elbow"),
            counts.words()
        ));
    let top = plot::heading(&mut document, &counts.words());
    let top = plot::key(&mut document, top, &key_entries(scene));
    let rect = Rect::new(56.0, top + 24.0, 640.0 - MARGIN, 400.0 - 48.0);
    let frame = frame(rect, scene, history);
    document.push(frame.axes(&Axis::titled(scene.x_name), &Axis::titled(format!("{} ↑", scene.y_name))));
    document.push(backdrop(&frame, scene, 3.0));
    document.push(network(&frame, scene, history, state, 3.0));
    Figure { document, table: table(scene, history, &[index]) }
}

/// The start, the end, and states between them that lie evenly on a log scale of steps, side by side on common axes.
///
/// # Panics
/// If the run has no state.
pub fn small_multiples(name: &str, scene: &Scene, history: &History) -> Figure {
    let (first, last) = (history.first(), history.last());
    let steps: Vec<u64> = history.states.iter().map(|state| state.step).collect();
    let chosen = story(&steps, PANELS);
    let counts = Counts::of(scene, last);
    let moved = moved(scene, history);
    let mut title = format!(
        "Width {}, {}: test MSE {} in {} steps",
        history.width,
        history.paradigm,
        change_words(first.test, last.test),
        text::thousands(last.step as usize)
    );
    if let Some(step) = history.diverged {
        title = format!("{title}; the run diverged at {}", step_words(step));
    }
    let subtitle = if moved == 0 {
        format!("No elbow moves: the network may only tilt the pieces between them. At the end: {}.", counts.words())
    } else {
        format!(
            "{} of {} elbows move by more than a hundredth of the domain. At the end: {}.",
            moved,
            history.width,
            counts.words()
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
    let top = plot::key(&mut document, top, &key_entries(scene));
    let height = 210.0;
    let gap_y = 66.0;
    let bottom = top + 46.0 + rows as f64 * height + (rows as f64 - 1.0) * gap_y;
    document.set_height(bottom + 44.0);
    let cells = Rect::new(56.0, top + 46.0, 960.0 - MARGIN, bottom).cells(columns, rows, 28.0, gap_y);
    let backdrop_id = document.id();
    for (index, (&chosen_state, rect)) in chosen.iter().zip(&cells).enumerate() {
        let state = &history.states[chosen_state];
        let frame = frame(*rect, scene, history);
        let leftmost = index % columns == 0;
        let lowest = index + columns >= chosen.len();
        let x_axis = Axis { numbers: true, ..if lowest { Axis::titled(scene.x_name) } else { Axis::shared() } };
        let y_axis = if leftmost { Axis { title: None, ..Axis::titled("") } } else { Axis::shared() };
        let mut panel = Element::group().with(frame.axes(&x_axis, &y_axis));
        let heading = format!("{}: test MSE {}", step_words(state.step), short(state.test));
        panel.push(
            Element::text([rect.left, rect.top - 26.0], text::LABEL, &heading)
                .fill(Role::Ink)
                .set("font-weight", "bold"),
        );
        let note = Counts::of(scene, state).words();
        let note = text::cut(&note, text::TICK, Weight::Regular, rect.width());
        if leftmost {
            let above = format!("{} ↑", scene.y_name);
            panel.push(Element::text([rect.left - 40.0, rect.top - 26.0], text::LABEL, &above).fill(Role::Ink));
        }
        panel.push(Element::text([rect.left, rect.top - 10.0], text::TICK, &note).fill(Role::Muted));
        // Truth and data are the same in all panels: drawn once, used again with an offset.
        if index == 0 {
            panel.push(backdrop(&frame, scene, 2.0).set("id", backdrop_id.as_str()));
        } else {
            panel.push(
                Element::new("use")
                    .set("href", format!("#{backdrop_id}"))
                    .set("x", rect.left - cells[0].left)
                    .set("y", rect.top - cells[0].top),
            );
        }
        panel.push(network(&frame, scene, history, state, 2.5));
        document.push(panel);
    }
    Figure { document, table: table(scene, history, &chosen) }
}

/// How many elbows end more than a hundredth of the domain away from where they began.
pub(crate) fn moved(scene: &Scene, history: &History) -> usize {
    let far = 0.01 * (scene.domain[1] - scene.domain[0]);
    let ends = history.first().network.units().zip(history.last().network.units());
    ends.filter(|(before, after)| match (before.elbow(), after.elbow()) {
        (Some(before), Some(after)) => (after - before).abs() > far,
        (before, after) => before != after,
    })
    .count()
}

/// Axes that fit the data, the truth and every prediction of the run; a run that shoots far beyond its data leaves the
/// frame instead of flattening it.
fn frame(rect: Rect, scene: &Scene, history: &History) -> Frame {
    let known = scene.points.iter().chain(scene.truth.unwrap_or_default()).map(|point| point[1]);
    let [low, high] = extent(known).unwrap_or([-1.0, 1.0]);
    let reach = (high - low).max(f64::MIN_POSITIVE);
    let predictions = history.states.iter().flat_map(|state| geometry::polyline(state.network, scene.domain));
    let heights = predictions.map(|point| point[1].clamp(low - reach / 2.0, high + reach / 2.0));
    let [low, high] = extent(heights.chain([low, high])).unwrap_or([low, high]);
    Frame::new(
        rect,
        |range| Scale::linear(scene.domain, range),
        |range| Scale::linear(padded([low, high], 0.06), range),
    )
}

/// Data, then truth.
fn backdrop(frame: &Frame, scene: &Scene, radius: f64) -> Element {
    let mut group = Element::group();
    group.push(frame.points(scene.points, radius, Role::Data, Role::DataOutline));
    if let Some(truth) = scene.truth {
        group.push(frame.styled_line(truth, Role::Truth, plot::SECONDARY, Some(plot::TRUTH_DASH)));
    }
    group
}

/// Contributions, prediction, elbows.
fn network(frame: &Frame, scene: &Scene, history: &History, state: &State, radius: f64) -> Element {
    let roles = history.unit_roles(scene.domain);
    let ranks = history.unit_ranks();
    let inputs: Vec<f64> = scene.points.iter().map(|point| point[0]).collect();
    let mut units = Element::group().set("opacity", plot::FAINT);
    let mut elbows = Element::group();
    let (mut left, mut right) = (0, 0);
    for (index, unit) in state.network.units().enumerate() {
        let (role, rank) = (roles[index], ranks[index]);
        let kind = unit.state(scene.domain, &inputs);
        if kind != UnitState::OutsideDomain {
            let line = frame.styled_line(&unit.polyline(scene.domain), role, plot::THIN, palette::dash(rank));
            units.push(line.set("data-unit", (index + 1).to_string()));
        }
        match unit.elbow() {
            Some(elbow) if elbow < scene.domain[0] => left += 1,
            Some(elbow) if elbow > scene.domain[1] => right += 1,
            Some(elbow) => {
                let at = [elbow, state.network.predict(elbow)];
                if frame.contains(at) {
                    elbows.push(elbow_mark(frame.at(at), role, kind, unit, radius));
                }
            }
            None => {}
        }
    }
    let prediction = frame.line(&geometry::polyline(state.network, scene.domain), Role::Prediction, plot::DATA);
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
fn elbow_mark(at: [f64; 2], role: Role, kind: UnitState, unit: Unit, radius: f64) -> Element {
    let dot = Element::circle(at, radius);
    let dot = if kind == UnitState::DeadOnData {
        dot.fill(Role::Background).stroke(role, plot::SECONDARY)
    } else {
        dot.fill(role).stroke(Role::Background, plot::THIN)
    };
    // The sign of the bend can be read off the line itself; the glyph in words is for scripts and other readers.
    dot.set("data-bend", if unit.slope_change() < 0.0 { "\u{2212}" } else { "+" })
}

fn key_entries(scene: &Scene) -> Vec<KeyEntry> {
    let mut entries = vec![KeyEntry::new("training data", |[x, y]| {
        Element::circle([x + 12.0, y], 3.0).fill(Role::Data).stroke(Role::DataOutline, plot::THIN)
    })];
    if scene.truth.is_some() {
        entries.push(KeyEntry::line("truth", Role::Truth, plot::SECONDARY, Some(plot::TRUTH_DASH)));
    }
    entries.push(KeyEntry::line("prediction", Role::Prediction, plot::DATA, None));
    entries.push(KeyEntry::new("share of one hidden unit, w2·Φ(w1·x + b1)", |[x, y]| {
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

/// How many units are in which state.
struct Counts {
    live: usize,
    always_on: usize,
    dead: usize,
    outside: usize,
    inside: usize,
}

impl Counts {
    fn of(scene: &Scene, state: &State) -> Self {
        let inputs: Vec<f64> = scene.points.iter().map(|point| point[0]).collect();
        let mut counts = Self { live: 0, always_on: 0, dead: 0, outside: 0, inside: 0 };
        for unit in state.network.units() {
            match unit.state(scene.domain, &inputs) {
                UnitState::Live => counts.live += 1,
                UnitState::AlwaysOn => counts.always_on += 1,
                UnitState::DeadOnData => counts.dead += 1,
                UnitState::OutsideDomain => counts.outside += 1,
            }
            let [low, high] = scene.domain;
            counts.inside += usize::from(unit.elbow().is_some_and(|elbow| elbow >= low && elbow <= high));
        }
        counts
    }

    /// "8 live · 1 always on · 1 dead on the data"; kinds without units are left out.
    fn words(&self) -> String {
        let kinds = [
            (self.live, "live"),
            (self.always_on, "always on"),
            (self.dead, "dead on the data"),
            (self.outside, "off on the whole domain"),
        ];
        let present = kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}"));
        let words: Vec<String> = present.collect();
        if words.is_empty() { "no units".to_owned() } else { words.join(" · ") }
    }
}

/// One row for each unit of each shown state.
fn table(scene: &Scene, history: &History, shown: &[usize]) -> Table {
    let inputs: Vec<f64> = scene.points.iter().map(|point| point[0]).collect();
    let mut table = Table::new(["step", "unit", "elbow", "slope change", "w1", "b1", "w2", "state"]);
    for &index in shown {
        let state = &history.states[index];
        for (number, unit) in state.network.units().enumerate() {
            table.push([
                state.step.to_string(),
                (number + 1).to_string(),
                unit.elbow().map_or_else(String::new, cell),
                cell(unit.slope_change()),
                cell(unit.w1),
                cell(unit.b1),
                cell(unit.w2),
                unit.state(scene.domain, &inputs).name().to_owned(),
            ]);
        }
    }
    table
}
