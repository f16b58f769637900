//! What a network computes, and of what it is made: truth, data, prediction, the weighted contribution of every hidden
//! unit, and the elbows. One saved state in a single view, or a few states of a run side by side.

use std::fmt::Write as _;

use nn::data::Data;
use nn::geometry::{Line, UnitState};
use nn::settings::Paradigm;
use nn::study::{Run, State};

use super::line::{TOLERANCE, height, polyline};
use super::{
    Figure, MOST_POINTS, Table, capital, cell, counted, course_words, input, paradigm_words, points, state_words,
    step_words, story, unit_ranks, unit_roles,
};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::findings::{Course, Elbows, Units};
use crate::palette::{self, Role};
use crate::plot;
use crate::scale::extent;
use crate::text::{short, thousands};

/// How many states the small multiples show.
const PANELS: usize = 6;
/// What the shares in small pictures are.
pub(crate) const SHARE: &str = "share of one hidden unit, w₂·Φ(w₁·x + b₁), from the mean of y";

/// One saved state: the prediction, and beside it the shares of its units on a scale of their own.
///
/// # Panics
/// If the run has no state at `index`.
pub fn single(name: &str, data: &Data, run: &Run, index: usize) -> Figure {
    let state = &run.states[index];
    let counts = Units::of(data, &state.network);
    let shares = shares(data, run, state, 0.0);
    let heights = shares.iter().filter_map(Mark::points).flatten().map(|point| point[1]);
    let share_axis = Axis::around("w₂·Φ(w₁·x + b₁)", heights.chain([0.0]));
    let [x, y] = axes(data, &[run]);
    let title = match state.step {
        0 => format!("Width {} at the start: test MSE {}", run.width, short(state.test.loss)),
        _ => title(run, state),
    };
    let function = backdrop(data).into_iter().chain(prediction(data, run, state)).collect();
    let shares = std::iter::once(Mark::rule_y(0.0, Role::Axis)).chain(shares).collect();
    Chart {
        note: units_words(&counts),
        description: description(&counts),
        key: key(data, "share of one hidden unit"),
        panels: vec![
            Panel::new("The prediction", x.clone(), y, function),
            Panel::new("The shares of its units, enlarged", x, share_axis, shares),
        ],
        height: 260.0,
        table: Some(table(data, run, &[index])),
        ..Chart::new(name, title)
    }
    .figure()
}

/// The title of a single view.
pub(super) fn title(run: &Run, state: &State) -> String {
    let (paradigm, when) = (paradigm_words(run.paradigm), state_words(run, state));
    format!("Width {}, {paradigm}, {when}: test MSE {}", run.width, short(state.test.loss))
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
    let which = match moved {
        0 => "No elbow moves: only the slopes between the elbows change.".to_owned(),
        1 if run.width == 1 => "Its elbow moves by more than a hundredth of the domain.".to_owned(),
        _ => format!("{moved} of {} elbows move by more than a hundredth of the domain.", run.width),
    };
    let note = format!("{which} At the end: {}.", units_words(&counts));
    let [x, y] = axes(data, &[run]);
    let panel = |&index: &usize| {
        let state = &run.states[index];
        let heading = format!("{}: test MSE {}", capital(&state_words(run, state)), short(state.test.loss));
        let units = units_words(&Units::of(data, &state.network));
        Panel::new(heading, x.clone(), y.clone(), network(data, run, state)).noted(units)
    };
    Chart {
        description: format!(
            "{} saved states of one run. {note} The prediction at the end has {} in the domain.",
            chosen.len(),
            counted(counts.inside, "elbow"),
        ),
        note,
        key: key(data, SHARE),
        backdrop: backdrop(data),
        panels: chosen.iter().map(panel).collect(),
        height: 190.0,
        table: Some(table(data, run, &chosen)),
        ..Chart::new(name, title)
    }
    .figure()
}

/// Axes that fit the data, the truth and every prediction of the runs; a run that shoots far beyond its data leaves them
/// instead of flattening it.
pub(super) fn axes(data: &Data, runs: &[&Run]) -> [Axis; 2] {
    let truth = data.truth.as_deref().unwrap_or_default();
    let known = data.y.iter().copied().chain(truth.iter().map(|point| point[1]));
    let [low, high] = extent(known).unwrap_or([-1.0, 1.0]);
    let reach = (high - low).max(f64::MIN_POSITIVE);
    let predictions = runs.iter().flat_map(|run| &run.states).flat_map(|state| polyline(data, state));
    let heights = predictions.map(|point| point[1].clamp(low - reach / 2.0, high + reach / 2.0));
    [Axis::input(data), Axis::around(data.y_name.as_str(), heights.chain([low, high]))]
}

/// Data, then truth.
pub(crate) fn backdrop(data: &Data) -> Vec<Mark> {
    let points = Mark::dots(points(data), Glyph::Disc, 1.8, Role::Data).faint(0.6);
    std::iter::once(points).chain(data.truth.clone().map(truth)).collect()
}

fn truth(points: Vec<[f64; 2]>) -> Mark {
    Mark::line(points, Role::Truth).wide(plot::SECONDARY).dashed(plot::TRUTH_DASH)
}

/// Where shares are 0 in a picture of the function: at the mean of y, which is always inside it.
pub(crate) fn base(data: &Data) -> f64 {
    data.y.iter().sum::<f64>() / data.y.len().max(1) as f64
}

/// Shares, the prediction, elbows.
pub(crate) fn network(data: &Data, run: &Run, state: &State) -> Vec<Mark> {
    let mut marks = shares(data, run, state, base(data));
    marks.extend(prediction(data, run, state));
    marks
}

/// The share of each unit that is on somewhere, above a height.
fn shares(data: &Data, run: &Run, state: &State, base: f64) -> Vec<Mark> {
    let (roles, ranks) = (unit_roles(run, data.domain()), unit_ranks(run));
    let units = state.network.units().enumerate();
    let on = units.filter(|(_, unit)| unit.state(data.domain(), &data.x) != UnitState::OutsideDomain);
    on.map(|(index, unit)| {
        let line = unit.polyline(data.domain()).into_iter().map(|[x, share]| [x, base + share]).collect();
        let line = Mark::line(line, roles[index]).wide(plot::THIN).faint(plot::FAINT);
        line.dashed(palette::dash(ranks[index])).of_unit(index)
    })
    .collect()
}

/// The prediction and the elbows on it, hollow where no training point switches the unit on; arrows stand for those
/// outside the domain.
fn prediction(data: &Data, run: &Run, state: &State) -> Vec<Mark> {
    let line = state.line(data, TOLERANCE).ok();
    let breaks = line.as_ref().map_or(&[][..], Line::breaks);
    let vertices = line.as_ref().map_or_else(Vec::new, |line| line.output(0));
    let mut marks = vec![Mark::line(vertices.clone(), Role::Prediction)];
    // Many dots would hide the line they lie on.
    let radius = if run.width > 20 { 1.9 } else { 2.7 };
    let mut beyond = Vec::new();
    for ((index, unit), role) in state.network.units().enumerate().zip(unit_roles(run, data.domain())) {
        let is_dead = unit.state(data.domain(), &data.x) == UnitState::DeadOnData;
        let glyph = if is_dead { Glyph::Hollow } else { Glyph::Bead };
        for at in breaks.iter().filter(|of| of.unit == index) {
            marks.push(Mark::dots(vec![[at.x, height(&vertices, at.x)]], glyph, radius, role));
        }
        if let Some(elbow) = unit.elbow().filter(|elbow| *elbow < data.domain()[0] || *elbow > data.domain()[1]) {
            beyond.push([elbow, state.network.predict(elbow)]);
        }
    }
    if !beyond.is_empty() {
        marks.push(Mark::dots(beyond, Glyph::Disc, radius, Role::Ink));
    }
    marks
}

/// What [`backdrop`] shows.
pub(super) fn backdrop_key(data: &Data) -> Vec<(Mark, String)> {
    let drawn = match data.x.len() {
        count if count > MOST_POINTS => format!("training data ({} of {})", thousands(MOST_POINTS), thousands(count)),
        _ => "training data".to_owned(),
    };
    let mut key = vec![(Mark::dots(Vec::new(), Glyph::Disc, 2.5, Role::Data).faint(0.6), drawn)];
    if data.truth.is_some() {
        key.push((truth(Vec::new()), "truth".to_owned()));
    }
    key
}

pub(crate) fn key(data: &Data, share: &str) -> Vec<(Mark, String)> {
    let mut key = backdrop_key(data);
    key.push((Mark::line(Vec::new(), Role::Prediction), "prediction".to_owned()));
    key.push((Mark::line(Vec::new(), Role::Unit(120)).wide(plot::THIN), share.to_owned()));
    let elbow = Mark::dots(Vec::new(), Glyph::Bead, 3.5, Role::Unit(120));
    key.push((elbow, "elbow, coloured by where it began".to_owned()));
    key
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
pub(crate) fn table(data: &Data, run: &Run, shown: &[usize]) -> Table {
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
                unit.state(data.domain(), &data.x).name().to_owned(),
            ]);
        }
    }
    table
}
