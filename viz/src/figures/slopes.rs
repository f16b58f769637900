//! Slope changes: by how much each unit bends the prediction, over training.

use nn::data::Data;
use nn::geometry::Unit;
use nn::study::Run;

use super::{Figure, paradigm_words, trained_words, unit_ranks, unit_roles};
use crate::chart::{Axis, Chart, Mark, Panel};
use crate::findings::{bends_up_and_down, strongest_bend};
use crate::palette::{self, Role};
use crate::plot;
use crate::text::short;

/// How many of the strongest bends at the end are named.
const NAMED: usize = 3;

/// The slope change w2·|w1| of every unit against steps, for runs side by side.
///
/// # Panics
/// If a run has no state.
pub fn side_by_side(name: &str, data: &Data, runs: &[&Run]) -> Figure {
    let strongest = |run: &Run| short(strongest_bend(&run.end().network).1);
    let clauses: Vec<String> =
        runs.iter().map(|run| format!("{} ({})", strongest(run), paradigm_words(run.paradigm))).collect();
    let start = runs.first().map_or(0.0, |run| strongest_bend(&run.start().network).1);
    let width = runs.first().map_or(0, |run| run.width);
    let claim = format!("Width {width}: the strongest bend goes from {} to {}", short(start), clauses.join(" and to "));
    // A run that diverged leaves the axes rather than flattening the others.
    let steady: Vec<&&Run> = runs.iter().filter(|run| run.divergence().is_none()).collect();
    let steady = if steady.is_empty() { runs.iter().collect() } else { steady };
    let changes = steady.iter().flat_map(|run| run.states.iter().flat_map(|state| state.network.units()));
    let y = Axis::around("slope change", changes.map(Unit::slope_change).chain([0.0]));
    let last = runs.iter().map(|run| run.end().step).max().unwrap_or(1) as f64;
    let panel = |run: &&Run| Panel::new(trained_words(run), Axis::steps(last), y.clone(), marks(data, run));
    Chart {
        note: "Slope change of the prediction at each elbow, w₂·|w₁|: above 0 it bends up, below 0 down. Colour: where the \
               elbow began, violet left to ochre right."
            .to_owned(),
        description: description(runs),
        panels: runs.iter().map(panel).collect(),
        height: 260.0,
        ..Chart::new(name, claim)
    }
    .figure()
}

/// A line for each unit, the strongest bend at the end last; the strongest are named.
fn marks(data: &Data, run: &Run) -> Vec<Mark> {
    let (roles, ranks) = (unit_roles(run, data.domain()), unit_ranks(run));
    let strength = |unit: usize| run.end().network.unit(unit).slope_change().abs();
    let mut order: Vec<usize> = (0..run.width).collect();
    order.sort_by(|&a, &b| strength(a).total_cmp(&strength(b)).then(b.cmp(&a)));
    let mut marks = vec![Mark::rule_y(0.0, Role::Axis)];
    for (place, &unit) in order.iter().enumerate() {
        let change = |index: usize| run.states[index].network.unit(unit).slope_change();
        let points = (0..run.states.len()).map(|index| [run.states[index].step as f64, change(index)]).collect();
        let line = Mark::course(points, roles[unit]).wide(plot::SECONDARY).dashed(palette::dash(ranks[unit]));
        let line = line.faint(0.8).of_unit(unit).named(format!("unit {unit}"));
        marks.push(if place + NAMED >= run.width { line.labelled(format!("unit {unit}")) } else { line });
    }
    marks
}

fn description(runs: &[&Run]) -> String {
    let clause = |run: &&Run| {
        let [up, down] = bends_up_and_down(&run.end().network);
        let (unit, change) = strongest_bend(&run.end().network);
        format!(
            "Trained {}: at the end {} the line up, {down} down; unit {unit} bends it most, by {}.",
            paradigm_words(run.paradigm),
            if up == 1 { "1 unit bends".to_owned() } else { format!("{up} units bend") },
            short(change)
        )
    };
    runs.iter().map(clause).collect::<Vec<_>>().join(" ")
}
