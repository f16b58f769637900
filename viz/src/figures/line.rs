//! What networks of one input compute, at some steps: exactly, as a polyline with the breaks of every layer.

use nn::architecture::Architecture;
use nn::data::Data;
use nn::events::HiddenUnit;
use nn::geometry::Line;
use nn::study::{Run, State};

use super::{Figure, counted, function_view, in_time, number_of, step_words};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::palette::Role;

/// How far a polyline through a smooth function may be from it, as a part of its range.
pub(super) const TOLERANCE: f64 = 1e-3;
/// The most panels.
const STEPS: usize = 6;

/// The function at some saved states.
///
/// # Panics
/// If the run has no state.
pub fn small_multiples(name: &str, heading: &str, data: &Data, run: &Run) -> Figure {
    let states = in_time(run, STEPS);
    let lines: Vec<Option<Line>> = states.iter().map(|state| state.line(data, TOLERANCE).ok()).collect();
    let outputs = |line: &Option<Line>| line.as_ref().map_or_else(Vec::new, |line| line.output(0));
    let values = lines.iter().flat_map(outputs).map(|[_, y]| y);
    let axis = Axis::around(&data.y_name, values.chain(data.y.iter().copied()));
    let hidden = run.architecture.hidden().len();
    let panel = |(state, line): (&&State, &Option<Line>)| {
        let mut marks = function_view::backdrop(data);
        let mut note = String::new();
        if let Some(line) = line {
            marks.extend(network(line, hidden, &step_words(state.step)));
            note = if line.is_exact() { counted(line.breaks().len(), "break") } else { "a smooth function".to_owned() };
        }
        Panel::new(step_words(state.step), Axis::input(data), axis.clone(), marks).noted(note)
    };
    let panels: Vec<Panel> = states.iter().zip(&lines).map(panel).collect();
    let end = lines.last().and_then(Option::as_ref);
    let claim = match end {
        Some(line) if line.is_exact() => {
            let count = line.breaks().len();
            format!("{heading} ends as a polyline with {} in its domain", counted(count, "break"))
        }
        _ => format!("{heading}: what it computes at {}", counted(states.len(), "step")),
    };
    let has_breaks = |layer: &usize| lines.iter().flatten().any(|l| l.breaks().iter().any(|b| b.layer == *layer));
    let key = key(data, (0..hidden).filter(has_breaks));
    Chart { panels, key, height: 190.0, ..Chart::new(name, claim) }.figure()
}

/// The data, the network, and the breaks of some layers.
pub(super) fn key(data: &Data, layers: impl Iterator<Item = usize>) -> Vec<(Mark, String)> {
    let mut key = function_view::backdrop_key(data);
    key.push((Mark::line(vec![], Role::Prediction), "prediction".to_owned()));
    key.extend(layers.map(|layer| {
        let glyph = GLYPHS[layer % GLYPHS.len()];
        (Mark::dots(vec![], glyph, 3.0, Role::Series(layer)), format!("breaks of layer {layer}"))
    }));
    key
}

/// What a network computes, and its breaks by layer.
pub(super) fn network(line: &Line, hidden: usize, name: &str) -> Vec<Mark> {
    let vertices = line.output(0);
    let mut marks = vec![Mark::line(vertices.clone(), Role::Prediction).named(name)];
    for layer in 0..hidden {
        let of_layer = line.breaks().iter().filter(|b| b.layer == layer);
        let at: Vec<[f64; 2]> =
            of_layer.map(|b| [b.x, height(&vertices, b.x)]).filter(|point| point[1].is_finite()).collect();
        if !at.is_empty() {
            let glyph = GLYPHS[layer % GLYPHS.len()];
            marks.push(Mark::dots(at, glyph, 3.0, Role::Series(layer)).named(format!("breaks of layer {layer}")));
        }
    }
    marks
}

/// The same with a mark for the breaks of each unit.
pub(super) fn network_by_unit(line: &Line, architecture: &Architecture) -> Vec<Mark> {
    let vertices = line.output(0);
    let mut breaks: Vec<(HiddenUnit, [f64; 2])> = line
        .breaks()
        .iter()
        .filter(|b| b.layer < architecture.hidden().len())
        .map(|b| (HiddenUnit { layer: b.layer, unit: b.unit }, [b.x, height(&vertices, b.x)]))
        .filter(|(_, point)| point[1].is_finite())
        .collect();
    breaks.sort_by_key(|(id, _)| *id);
    let of_unit = breaks.chunk_by(|(a, _), (b, _)| a == b).map(|breaks| {
        let (id, at) = (breaks[0].0, breaks.iter().map(|(_, point)| *point).collect());
        let mark = Mark::dots(at, GLYPHS[id.layer % GLYPHS.len()], 3.0, Role::Series(id.layer));
        mark.of_unit(number_of(architecture, id))
    });
    std::iter::once(Mark::line(vertices, Role::Prediction)).chain(of_unit).collect()
}

/// What the network of a state computes over the domain of its data: the vertices of a polyline, or of one that follows a
/// smooth function. Empty where it has none, as of numbers that overflow.
pub(super) fn polyline(data: &Data, state: &State) -> Vec<[f64; 2]> {
    state.line(data, TOLERANCE).map_or_else(|_| Vec::new(), |line| line.output(0))
}

/// The form of the breaks of a layer, the second channel beside colour.
pub(super) const GLYPHS: [Glyph; 4] = [Glyph::Hollow, Glyph::Square, Glyph::Triangle, Glyph::HollowSquare];

/// ŷ at a vertex.
pub(super) fn height(vertices: &[[f64; 2]], x: f64) -> f64 {
    let place = vertices.partition_point(|vertex| vertex[0] < x);
    vertices.get(place).filter(|vertex| vertex[0] == x).map_or(f64::NAN, |vertex| vertex[1])
}
