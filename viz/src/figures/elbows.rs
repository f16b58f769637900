//! Elbow trajectories: where the elbow of every unit is at every saved step. The one picture that says that training the
//! output layer alone cannot move elbows.

use std::fmt::Write as _;

use nn::data::Data;
use nn::events::{Event, HiddenUnit, What};
use nn::study::Run;

use super::{Figure, Table, cell, counted, input, paradigm_words, plain_input, spread, trained_words, unit_roles};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::findings::{Elbows, bends, notable};
use crate::palette::Role;

/// The widest trajectory in pixels: the largest slope change of all runs in the figure.
const WIDEST: f64 = 9.0;
/// The narrowest one: a unit without slope change still has an elbow.
const NARROWEST: f64 = 0.8;
/// A state that was saved less than this part of its step after the one before cannot be told from it on the time axis.
const APART: f64 = 0.1;

/// Runs side by side, usually the output layer alone beside all layers from the same start. Time runs down, as one reads;
/// a trajectory is as wide as its unit's slope change |w2·w1|, and keeps the colour of the place where it began.
///
/// # Panics
/// If a run has no state.
pub fn side_by_side(name: &str, data: &Data, runs: &[&Run]) -> Figure {
    let clauses: Vec<String> = runs
        .iter()
        .map(|run| match Elbows::of(data, run).moved {
            0 => format!("{}, no elbow moves", paradigm_words(run.paradigm)),
            1 if run.width == 1 => format!("{}, its elbow moves", paradigm_words(run.paradigm)),
            count if count == run.width => format!("{}, all {count} elbows move", paradigm_words(run.paradigm)),
            count => format!("{}, {count} of {} elbows move", paradigm_words(run.paradigm), run.width),
        })
        .collect();
    let width = runs.first().map_or(0, |run| run.width);
    let units = runs.iter().flat_map(|run| run.states.iter().flat_map(|state| state.network.units()));
    let changes = units.map(|unit| unit.slope_change().abs()).filter(|change| change.is_finite());
    let largest = changes.fold(f64::MIN_POSITIVE, f64::max);
    let last = runs.iter().map(|run| run.end().step).max().unwrap_or(1) as f64;
    let knots = knots(data);
    let panel = |run: &&Run| {
        let rules = knots.iter().cloned().chain([Mark::rule_y(last, Role::Axis)]);
        let x = Axis::input(data).titled(format!("elbow, as a value of {}", data.x_name()));
        Panel::new(trained_words(run), x, Axis::steps_down(last), rules.chain(tracks(data, run, largest)).collect())
    };
    let [start, grows, falls] = [Glyph::Bead, Glyph::Vee, Glyph::Caret].map(|glyph| mark(glyph, Vec::new(), KEY));
    let mut key = vec![
        (start, "start".to_owned()),
        (grows, "end: slope grows".to_owned()),
        (falls, "end: slope falls".to_owned()),
        (Mark::arrow([[0.0; 2]; 2], KEY), "leaves the domain".to_owned()),
    ];
    for (kind, words) in [(Kind::Died, "a unit died"), (Kind::Merged, "two merged")] {
        if runs.iter().any(|run| !kind.places(data, run).is_empty()) {
            key.push((kind.mark(Vec::new()), words.to_owned()));
        }
    }
    key.extend(knots.first().map(|knot| (knot.clone(), "where the truth bends".to_owned())));
    let [low, high] = data.domain().map(|end| plain_input(data, end));
    Chart {
        note: format!(
            "Each line is one elbow; it is as wide as the slope change there. Moved: by more than a hundredth of [{low}, {high}]."
        ),
        description: description(data, runs),
        panels: runs.iter().map(panel).collect(),
        key,
        columns: 2,
        height: 350.0,
        table: Some(table(data, runs)),
        ..Chart::new(name, format!("Width {width}: {}", clauses.join("; ")))
    }
    .figure()
}

/// The colour of units in the key.
const KEY: Role = Role::Unit(120);

fn mark(glyph: Glyph, at: Vec<[f64; 2]>, role: Role) -> Mark {
    Mark::dots(at, glyph, 3.0, role).wide(1.8)
}

/// Where the truth bends.
pub(super) fn knots(data: &Data) -> Vec<Mark> {
    let knot = |at: f64| Mark::rule_x(at, Role::Truth).dashed("2 4").faint(0.6);
    bends(data).into_iter().map(knot).collect()
}

/// The way of each elbow, as wide as its unit's slope change where the largest is `largest`, and what happened on it.
pub(super) fn tracks(data: &Data, run: &Run, largest: f64) -> Vec<Mark> {
    trajectories(data, run, largest).into_iter().chain(happened(data, run)).collect()
}

/// The way of each elbow, with a mark where it began and one where it ended; the strongest bends last, so that they are not
/// hidden.
fn trajectories(data: &Data, run: &Run, largest: f64) -> Vec<Mark> {
    let roles = unit_roles(run, data.domain());
    let mut order: Vec<usize> = (0..run.width).collect();
    let strength = |unit: usize| run.end().network.unit(unit).slope_change().abs();
    order.sort_by(|&a, &b| strength(a).total_cmp(&strength(b)));
    let ways = order.iter().map(|&unit| Mark::ribbon(way(run, unit, largest), roles[unit]).of_unit(unit));
    let ends = order.iter().flat_map(|&unit| {
        let [start, end] = [run.start(), run.end()].map(|state| (state.network.unit(unit), state.step as f64));
        let bend = if end.0.slope_change() < 0.0 { Glyph::Caret } else { Glyph::Vee };
        [(Glyph::Bead, start), (bend, end)]
            .into_iter()
            .filter_map(move |(glyph, (unit, step))| {
                let elbow = unit.elbow().filter(|elbow| data.domain()[0] <= *elbow && *elbow <= data.domain()[1])?;
                Some((glyph, [elbow, step]))
            })
            .map(move |(glyph, at)| (unit, glyph, at))
    });
    ways.chain(ends.map(|(unit, glyph, at)| mark(glyph, vec![at], roles[unit]))).collect()
}

/// An event that is drawn on the way of an elbow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Died,
    Merged,
}

impl Kind {
    pub(super) fn mark(self, places: Vec<[f64; 2]>) -> Mark {
        match self {
            Kind::Died => Mark::dots(places, Glyph::Cross, 3.5, Role::Ink).wide(1.8),
            Kind::Merged => Mark::dots(places, Glyph::Ring, 3.5, Role::Ink).wide(1.0),
        }
    }

    /// Elbows in the domain, with the steps at which it was seen. A unit of which a single point is left may die and come
    /// back at every look: only the death that it did not come back from counts.
    pub(super) fn places(self, data: &Data, run: &Run) -> Vec<[f64; 2]> {
        let [low, high] = data.domain();
        let events = notable(run);
        let stays_dead = |place: usize, unit: HiddenUnit| {
            events[place + 1..].iter().all(|later| ![What::Died(unit), What::Revived(unit)].contains(&later.what))
        };
        let is_shown = |&(place, event): &(usize, &Event)| match event.what {
            What::Died(unit) => self == Kind::Died && stays_dead(place, unit),
            What::Merged(_) => self == Kind::Merged,
            _ => false,
        };
        let shown = events.iter().enumerate().filter(is_shown);
        let place = |event: &Event| Some([event.place.filter(|x| (low..=high).contains(x))?, event.step as f64]);
        shown.filter_map(|(_, event)| place(event)).collect()
    }
}

/// Where units died and elbows merged.
fn happened(data: &Data, run: &Run) -> impl Iterator<Item = Mark> {
    let marks = [Kind::Merged, Kind::Died].map(|kind| (kind, kind.places(data, run)));
    marks.into_iter().filter(|(_, places)| !places.is_empty()).map(|(kind, places)| kind.mark(places))
}

/// The elbow of a unit at each saved step, and how wide its line is there. Where w1 changes its sign, the elbow has passed
/// through infinity, and the line is broken.
fn way(run: &Run, unit: usize, largest: f64) -> Vec<[f64; 3]> {
    let mut way = Vec::new();
    let mut before: Option<(f64, u64)> = None;
    for (index, state) in run.states.iter().enumerate() {
        let unit = state.network.unit(unit);
        let is_last = index + 1 == run.states.len();
        let is_near = before.is_some_and(|(_, step)| (state.step - step) as f64 <= APART * step as f64);
        let is_through = before.is_some_and(|(w1, _)| w1 * unit.w1 <= 0.0);
        if is_near && !is_last && !is_through {
            continue;
        }
        if is_through {
            way.push([f64::NAN; 3]);
        }
        let width = NARROWEST + (WIDEST - NARROWEST) * unit.slope_change().abs() / largest;
        way.push([unit.elbow().unwrap_or(f64::NAN), state.step as f64, width]);
        before = Some((unit.w1, state.step));
    }
    way
}

fn description(data: &Data, runs: &[&Run]) -> String {
    let mut text = String::new();
    for run in runs {
        let found = Elbows::of(data, run);
        let _ = write!(
            text,
            "{}: {} of {} move, {} outside the domain after {}. ",
            paradigm_words(run.paradigm),
            counted(found.moved, "elbow"),
            run.width,
            run.width - found.inside[1],
            counted(run.end().step, "step")
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
