//! Linearised features: the derivative of the prediction by each parameter, as a function of x, before and after training.

use nn::data::Data;
use nn::features::{Group, Moment, Parts, Pieces, RunFeatures};
use nn::study::Run;

use super::{
    Figure, Table, capital, cell, change_words, counted, input, paradigm_words, state_words, unit_ranks, unit_roles,
};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::palette::{self, Role};
use crate::plot;
use crate::scale::{extent, padded};

/// The groups of parameters whose features are drawn; that of b2 is 1.
const GROUPS: [Group; 3] = [Group::W1, Group::B1, Group::W2];
/// The colour of units in the key.
const KEY: Role = Role::Unit(120);

/// A panel for each group of parameters, W1, b1 and W2, at the start above and at the end below, where a band shows
/// how far the axis above reaches. A line is the feature of one parameter; where it jumps, it ends and goes on elsewhere.
///
/// # Panics
/// If the run has no state.
pub fn by_parameter(name: &str, data: &Data, run: &Run, features: &RunFeatures) -> Figure {
    let states = [run.start(), run.end()];
    let panels = features.moments().into_iter().zip(states).flat_map(|(moment, state)| {
        GROUPS.map(|group| {
            let heading = capital(&state_words(run, state));
            let y = Axis::linear(axis_words(group), domain(moment, group));
            let scale = (moment.step > 0).then(|| domain(&features.start, group));
            let scale = scale.filter(|start| *start != domain(moment, group)).map(|start| band(data.domain(), start));
            let marks = scale.into_iter().chain([Mark::rule_y(0.0, Role::Axis)]);
            Panel::new(heading, Axis::input(data), y, marks.chain(lines(data, run, moment, group)).collect())
        })
    });
    let sample = |mark: Mark, words: &str| (mark, words.to_owned());
    Chart {
        note: format!(
            "∂ŷ/∂θ against {}, a line for each parameter θ; that of b₂ is 1. Not drawn: the stretch where a unit is off and \
             its features are 0. The scales at the start and at the end differ: the band is as high as the axis of the start.",
            data.x_name()
        ),
        description: description(run, features),
        panels: panels.collect(),
        key: vec![
            sample(Mark::line(Vec::new(), KEY), "one hidden unit, coloured by where its elbow began"),
            sample(band([0.0, 1.0], [0.0, 1.0]), "scale of the start"),
            sample(jumps(Vec::new(), KEY), "jump to 0 at the elbow"),
        ],
        height: 190.0,
        table: Some(table(data, run, features)),
        ..Chart::new(name, title(run, features))
    }
    .figure()
}

/// What stands over the panels of a group.
fn axis_words(group: Group) -> &'static str {
    match group {
        Group::W1 => "∂ŷ/∂w₁",
        Group::B1 => "∂ŷ/∂b₁",
        Group::W2 => "∂ŷ/∂w₂",
        Group::B2 => "∂ŷ/∂b₂",
    }
}

/// What the axis of a group shows: all its features at one moment, and 0.
fn domain(moment: &Moment, group: Group) -> [f64; 2] {
    let [low, high] = range(&moment.pieces, group);
    padded([low.min(0.0), high.max(0.0)], 0.06)
}

/// The axis of the start, as a band.
fn band([left, right]: [f64; 2], [low, high]: [f64; 2]) -> Mark {
    Mark::band(vec![[left, low], [right, low]], vec![[left, high], [right, high]], Role::Axis)
}

/// The smallest and the largest feature of a group.
fn range(pieces: &Pieces, group: Group) -> [f64; 2] {
    let width = (pieces.matrix.ncols() - 1) / 3;
    let columns = group.columns(width);
    let values = pieces.matrix.columns(columns.start, columns.len());
    extent(values.iter().copied()).unwrap_or([0.0, 0.0])
}

fn lines(data: &Data, run: &Run, moment: &Moment, group: Group) -> Vec<Mark> {
    let (roles, ranks) = (unit_roles(run, data.domain()), unit_ranks(run));
    // Units that bend the prediction least first, so that they are hidden rather than hide.
    let mut order: Vec<usize> = (0..run.width).collect();
    let network = if moment.step == 0 { &run.start().network } else { &run.end().network };
    order.sort_by(|&a, &b| network.unit(a).slope_change().abs().total_cmp(&network.unit(b).slope_change().abs()));
    let width = if run.width > 20 { plot::THIN } else { plot::SECONDARY };
    let mut marks = Vec::new();
    for unit in order {
        for part in without_zeros(moment.pieces.feature(group.columns(run.width).start + unit)) {
            let ends = [part[0], part[part.len() - 1]].into_iter();
            let inside = ends.filter(|end| data.domain()[0] < end[0] && end[0] < data.domain()[1]).collect();
            let line = Mark::line(part, roles[unit]).wide(width).dashed(palette::dash(ranks[unit]));
            marks.push(line.faint(0.85).of_unit(unit));
            if group != Group::W2 && run.width <= 40 {
                marks.push(jumps(inside, roles[unit]).of_unit(unit));
            }
        }
    }
    marks
}

/// Where a feature jumps to 0.
fn jumps(at: Vec<[f64; 2]>, role: Role) -> Mark {
    Mark::dots(at, Glyph::Hollow, 2.2, role).wide(plot::THIN)
}

/// The parts of a feature where it is not 0: as many lines along 0 as there are units would hide each other.
fn without_zeros(parts: Parts) -> Parts {
    let mut kept = Parts::new();
    let largest = parts.iter().flatten().fold(0.0_f64, |largest, vertex| largest.max(vertex[1].abs()));
    let zero = |vertex: &[f64; 2]| vertex[1].abs() <= 1e-9 * largest;
    for mut part in parts {
        if part.len() > 2 && part[..2].iter().all(zero) {
            part.remove(0);
        }
        if part.len() > 2 && part[part.len() - 2..].iter().all(zero) {
            part.pop();
        }
        if !part.iter().all(zero) {
            kept.push(part);
        }
    }
    kept
}

/// The largest modulus of the features of a group.
pub(crate) fn largest(moment: &Moment, group: Group) -> f64 {
    let [low, high] = range(&moment.pieces, group);
    low.abs().max(high.abs())
}

/// How many units have features of 0 at every training input.
pub(crate) fn silent(moment: &Moment) -> usize {
    let off = |unit: &usize| {
        [Group::W1, Group::B1, Group::W2]
            .iter()
            .all(|&group| moment.features.of(group, *unit).iter().all(|&f| f == 0.0))
    };
    (0..moment.features.width).filter(off).count()
}

fn title(run: &Run, features: &RunFeatures) -> String {
    let [start, end] = features.moments();
    let change = |group: Group| change_words(largest(start, group), largest(end, group));
    format!(
        "Width {}, {}: the largest feature of w₁ {}, that of w₂ {}",
        run.width,
        paradigm_words(run.paradigm),
        change(Group::W1),
        change(Group::W2)
    )
}

fn description(run: &Run, features: &RunFeatures) -> String {
    let [start, end] = features.moments();
    let clause =
        |group: Group| format!("{} {}", group.name(), change_words(largest(start, group), largest(end, group)));
    format!(
        "Largest modulus of the features on the domain: {}; that of b2 is 1. At the end {} of {} have features of 0 at \
         every training input, at the start {}.",
        [Group::W1, Group::B1, Group::W2].map(clause).join(", "),
        silent(end),
        counted(run.width, "hidden unit"),
        silent(start)
    )
}

/// The range of each feature on the domain. All values at the training inputs are in features.csv.
fn table(data: &Data, run: &Run, features: &RunFeatures) -> Table {
    let mut table = Table::new(["step", "parameter", "unit", "elbow", "lowest", "highest"]);
    for (moment, state) in features.moments().into_iter().zip([run.start(), run.end()]) {
        for group in Group::ALL {
            for (index, column) in group.columns(run.width).enumerate() {
                let [low, high] =
                    extent(moment.pieces.matrix.column(column).iter().copied()).unwrap_or([f64::NAN, f64::NAN]);
                let (unit, elbow) = match group {
                    Group::B2 => (String::new(), None),
                    _ => (index.to_string(), state.network.unit(index).elbow()),
                };
                table.push([
                    moment.step.to_string(),
                    group.name().to_owned(),
                    unit,
                    elbow.map_or_else(String::new, |elbow| input(data, elbow)),
                    cell(low),
                    cell(high),
                ]);
            }
        }
    }
    table
}
