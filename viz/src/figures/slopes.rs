//! Slope changes: by how much each unit bends the prediction, over training.

use nn::data::Data;
use nn::geometry::Unit;
use nn::study::Run;

use super::{Figure, Table, cell, counted, paradigm_words, spread, trained_words, unit_ranks, unit_roles};
use crate::findings::{bends_up_and_down, strongest_bend};
use crate::palette::{self, Role};
use crate::plot::{self, Axis, Frame, Rect};
use crate::scale::{Scale, extent, padded};
use crate::svg::{Document, Element};
use crate::text::{self, short};

/// The slope change w2·|w1| of every unit against steps, for runs side by side.
///
/// # Panics
/// If a run has no state.
pub fn side_by_side(name: &str, data: &Data, runs: &[&Run]) -> Figure {
    let width = runs.first().map_or(0, |run| run.width);
    let clauses: Vec<String> = runs
        .iter()
        .map(|run| format!("{} ({})", short(strongest_bend(&run.end().network).1), paradigm_words(run.paradigm)))
        .collect();
    let start = runs.first().map_or(0.0, |run| strongest_bend(&run.start().network).1);
    let mut document = Document::new(name, 960.0, 400.0)
        .titled(format!("Width {width}: the strongest bend goes from {} to {}", short(start), clauses.join(" and to ")))
        .described(description(runs));
    let subtitle = "Slope change of the prediction at each elbow, w₂·|w₁|: above 0 it bends up, below 0 down. \
                    Colour: where the elbow began, violet left to ochre right.";
    let top = plot::heading(&mut document, subtitle) + 56.0;
    let bottom = top + 260.0;
    document.set_height(bottom + 46.0);
    let changes = runs.iter().flat_map(|run| run.states.iter().flat_map(|state| state.network.units()));
    let [low, high] = extent(changes.map(Unit::slope_change).chain([0.0])).unwrap_or([-1.0, 1.0]);
    let last = runs.iter().map(|run| run.end().step).max().unwrap_or(1) as f64;
    let cells = Rect::new(64.0, top, 960.0 - 76.0, bottom).cells(runs.len().max(1), 1, 84.0, 0.0);
    for (index, (run, rect)) in runs.iter().zip(cells).enumerate() {
        let frame = Frame::new(
            rect,
            |range| Scale::time(1.0, last, range),
            |range| Scale::linear(padded([low, high], 0.05), range),
        );
        let y_axis = if index == 0 { Axis::titled("slope change ↑") } else { Axis::shared() };
        document.push(frame.axes(&Axis::titled("step →"), &y_axis));
        let heading = Element::text([rect.left, rect.top - 30.0], text::LABEL, &trained_words(run));
        document.push(heading.fill(Role::Ink).set("font-weight", "bold"));
        if let Some(zero) = frame.rule_y(0.0, Role::Ink) {
            document.push(zero);
        }
        let roles = unit_roles(run, data.domain);
        let ranks = unit_ranks(run);
        let mut lines = Element::group();
        for unit in 0..run.width {
            let line = line(run, unit);
            let line = frame.course(&line, roles[unit], plot::SECONDARY, palette::dash(ranks[unit]));
            lines.push(line.set("data-unit", (unit + 1).to_string()).set("opacity", 0.8));
        }
        document.push(lines);
        document.push(frame.direct_labels(&labels(&frame, run, &roles)));
    }
    Figure { document, table: table(runs) }
}

fn line(run: &Run, unit: usize) -> Vec<[f64; 2]> {
    run.states.iter().map(|state| [state.step as f64, state.network.unit(unit).slope_change()]).collect()
}

/// The three strongest bends at the end are named.
fn labels(frame: &Frame, run: &Run, roles: &[Role]) -> Vec<(f64, String, Role)> {
    let mut units: Vec<(usize, f64)> = run.end().network.units().map(Unit::slope_change).enumerate().collect();
    units.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    let label = |&(unit, change): &(usize, f64)| (frame.y.at(change), format!("unit {}", unit + 1), roles[unit]);
    units.iter().take(3).map(label).collect()
}

fn description(runs: &[&Run]) -> String {
    let clause = |run: &&Run| {
        let [up, down] = bends_up_and_down(&run.end().network);
        let (unit, change) = strongest_bend(&run.end().network);
        format!(
            "Trained {}: at the end {} up and {} down; unit {} bends most, by {}.",
            paradigm_words(run.paradigm),
            counted(up, "bend"),
            down,
            unit + 1,
            short(change)
        )
    };
    runs.iter().map(clause).collect::<Vec<_>>().join(" ")
}

/// At most 12 steps of each unit.
fn table(runs: &[&Run]) -> Table {
    let mut table = Table::new(["trained", "step", "unit", "slope change"]);
    for run in runs {
        for index in spread(run.states.len(), 12) {
            let state = &run.states[index];
            for (number, unit) in state.network.units().enumerate() {
                let row = [paradigm_words(run.paradigm).to_owned(), state.step.to_string(), (number + 1).to_string()];
                table.push(row.into_iter().chain([cell(unit.slope_change())]));
            }
        }
    }
    table
}
