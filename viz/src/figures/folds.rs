//! How folds move over training: of two inputs what the ways of elbows are of one. A small map of every unit, layer by layer,
//! with the line along which it turns on at some saved states, exactly.

use nn::data::Data;
use nn::geometry::Plane;
use nn::study::{Run, State};

use super::plane::{axes, boundary, domain, ratio, unit_network};
use super::{Figure, Table, cell, counted, in_words, spread, step_words, story};
use crate::chart::{Chart, Mark, Panel};
use crate::findings::plane::Fold;
use crate::palette::Role;
use crate::plot;

/// How many states of a unit are drawn.
const STATES: usize = 9;
/// The most units of a layer that are drawn.
const MOST_UNITS: usize = 32;

/// The folds of all hidden units at some saved states. None if activations have no folds.
///
/// # Panics
/// If the run has no state, or the data not two inputs.
pub fn over_training(name: &str, heading: &str, data: &Data, run: &Run) -> Option<Figure> {
    let folds = Fold::all(data, run)?;
    let steps: Vec<u64> = run.states.iter().map(|state| state.step).collect();
    let states: Vec<&State> = story(&steps, STATES).into_iter().map(|index| &run.states[index]).collect();
    let [x, y] = axes(data);
    let mut panels = Vec::new();
    let mut table = Table::new(["layer", "unit", "on at the start", "on at the end", "passed over"]);
    let (mut clauses, mut left_out) = (Vec::new(), 0);
    for (layer, of_layer) in folds.chunk_by(|a, b| a.layer == b.layer).enumerate() {
        let moved = of_layer.iter().filter(|fold| fold.has_moved()).count();
        let part = format!("Layer {layer}: {moved} of {} moved", counted(of_layer.len(), "fold"));
        clauses.push(match layer {
            0 => format!("{moved} of {} of layer 0 moved", counted(of_layer.len(), "fold")),
            layer => format!("{moved} of {} of layer {layer}", of_layer.len()),
        });
        left_out += of_layer.len().saturating_sub(MOST_UNITS);
        for index in spread(of_layer.len(), MOST_UNITS) {
            let fold = &of_layer[index];
            let marks = drawn(data, &states, fold);
            panels.push(
                Panel::new(format!("{layer}:{}", fold.unit), x.clone(), y.clone(), marks)
                    .noted(note(fold))
                    .part_of(&part),
            );
        }
        for Fold { layer, unit, on: [start, end], passed } in of_layer {
            table.push([layer.to_string(), unit.to_string(), cell(*start), cell(*end), cell(*passed)]);
        }
    }
    let claim = format!("{heading}: {}", clauses.join(", "));
    let [[left, right], [bottom, top]] =
        [0, 1].map(|i| data.inputs[i].domain.map(|end| in_words(&data.inputs[i], end)));
    let [across, up] = [0, 1].map(|i| &data.inputs[i].name);
    let some =
        if left_out > 0 { format!(" {} more are in the numbers.", counted(left_out, "unit")) } else { String::new() };
    let shown: Vec<String> = states[1..].iter().map(|state| super::thousands(state.step)).collect();
    let note = format!(
        "Each map is a unit, with the line along which it turns on at steps 0, {}. {across} runs from {left} to {right}, {up} \
         upwards from {bottom} to {top}. Below its name, how much of the plane the line has passed over.{some}",
        shown.join(", ")
    );
    let description = format!(
        "{claim}. A small map of {across} and {up} for each unit, with its fold from {} to {}.",
        step_words(states[0].step),
        step_words(states[states.len() - 1].step)
    );
    let mut key = vec![
        (start(Vec::new()), "start".to_owned()),
        (between(Vec::new(), 0.4), "on the way, darker with time".to_owned()),
        (end(Vec::new()), "end".to_owned()),
    ];
    let backdrop = boundary(&states[states.len() - 1].network, data).map(behind);
    key.extend(backdrop.is_some().then(|| (behind(Vec::new()), "boundary of the classes at the end".to_owned())));
    let backdrop: Vec<Mark> = backdrop.into_iter().collect();
    let (tiles, table) = (Some(ratio(data)), Some(table));
    Some(
        Chart { note, description, key, backdrop, panels, columns: 8, tiles, table, ..Chart::new(name, claim) }
            .figure(),
    )
}

fn start(lines: Vec<Vec<[f64; 2]>>) -> Mark {
    Mark::lines(lines, Role::Ink).dashed("3 2").wide(plot::THIN)
}

/// On the way from the start to the end, `age` from 0 to 1.
fn between(lines: Vec<Vec<[f64; 2]>>, age: f64) -> Mark {
    Mark::lines(lines, Role::Prediction).wide(plot::THIN).faint(0.15 + 0.7 * age)
}

fn end(lines: Vec<Vec<[f64; 2]>>) -> Mark {
    Mark::lines(lines, Role::Prediction).wide(plot::DATA)
}

/// What units are to find, behind their folds.
fn behind(lines: Vec<Vec<[f64; 2]>>) -> Mark {
    Mark::lines(lines, Role::Gradient).wide(3.0).faint(0.3)
}

/// The folds of a unit at some states.
fn drawn(data: &Data, states: &[&State], fold: &Fold) -> Vec<Mark> {
    let lines = |state: &&State| {
        let alone = unit_network(&state.network, fold.layer, fold.unit);
        Plane::new(&alone, domain(data)).map_or_else(|_| Vec::new(), |plane| plane.fold(fold.layer, 0))
    };
    let last = states.len() - 1;
    let mark = |(index, state): (usize, &&State)| {
        let lines = lines(state);
        (!lines.is_empty()).then(|| match index {
            0 => start(lines),
            index if index == last => end(lines),
            index => between(lines, (index - 1) as f64 / (last - 2).max(1) as f64),
        })
    };
    // The start lies on what has not moved, and is to be seen.
    let mut marks: Vec<Mark> = states.iter().enumerate().filter_map(mark).collect();
    if fold.is_in_sight()[0] && !marks.is_empty() {
        marks.rotate_left(1);
    }
    marks
}

/// What there is to say of a unit in two words.
fn note(fold: &Fold) -> String {
    let passed = super::percent_words(fold.passed);
    match fold.on[1] {
        on if on <= 0.0 => format!("{passed}, off"),
        on if on >= 1.0 => format!("{passed}, all on"),
        _ => passed,
    }
}
