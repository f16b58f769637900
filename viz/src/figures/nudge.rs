//! The change of ℓ that a derivative predicts, against the change there is, over the size δ of a nudge.

use std::fmt::Write as _;

use nn::problems::nudge::Nudge;

use super::graph::pretty;
use super::{Figure, Table, cell};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::palette::Role;
use crate::plot;
use crate::scale::extent;
use crate::text::{short, significant};

/// One entry of a node moved over a range of δ; the chosen δ is marked on both curves.
pub fn prediction(name: &str, nudge: &Nudge, delta: f64) -> Figure {
    let claim = format!(
        "Moving {} by δ changes ℓ by {}·δ, while δ is small",
        pretty(&entry_name(nudge)),
        significant(nudge.derivative, 3)
    );
    let note = format!(
        "Held fixed: everything that does not come after {}. A dotted line marks where a ReLU switches: the derivative \
         knows only the piece it was taken on.",
        pretty(&nudge.name)
    );
    let curve: Vec<[f64; 2]> = nudge.points.iter().map(|point| [point.delta, point.change]).collect();
    let reach = extent(nudge.points.iter().map(|point| point.delta)).unwrap_or([-1.0, 1.0]);
    let heights = nudge.points.iter().flat_map(|point| [point.change, point.predicted]);
    let y = Axis::around("change of ℓ", heights);
    let kinks = nudge.kinks.into_iter().flatten();
    let mut marks: Vec<Mark> = kinks
        .map(|kink| Mark::rule_x(kink, Role::Ink).dashed("1.5 4").labelled(format!("kink at δ = {}", short(kink))))
        .collect();
    let line = reach.iter().map(|&delta| [delta, delta * nudge.derivative]).collect();
    marks.push(Mark::line(line, Role::Gradient).wide(plot::SECONDARY).dashed("6 4").labelled("predicted"));
    marks.push(Mark::line(curve, Role::Prediction).labelled("true"));
    if let Some(point) = nudge.points.iter().find(|point| point.delta == delta) {
        let (predicted, change) = ([delta, point.predicted], [delta, point.change]);
        marks.push(Mark::line(vec![predicted, change], Role::Ink).wide(plot::THIN));
        marks.push(Mark::dots(vec![predicted], Glyph::Disc, 4.0, Role::Gradient));
        marks.push(Mark::dots(vec![change], Glyph::Disc, 4.0, Role::Prediction));
    }
    Chart {
        note,
        description: description(nudge, delta),
        panels: vec![Panel::new("", Axis::linear("δ", reach), y, marks)],
        width: 760.0,
        height: 290.0,
        table: Some(table(nudge)),
        ..Chart::new(name, claim)
    }
    .figure()
}

/// The entry that is moved, as a user names it: `x1[2]`, `W1[1,2]`, `f`.
pub fn entry_name(nudge: &Nudge) -> String {
    let [i, j] = nudge.entry.map(|place| place + 1);
    match nudge.shape {
        [1, 1] => nudge.name.clone(),
        [_, 1] => format!("{}[{i}]", nudge.name),
        _ => format!("{}[{i},{j}]", nudge.name),
    }
}

fn description(nudge: &Nudge, delta: f64) -> String {
    let mut words = format!("∂ℓ/∂{} = {}.", entry_name(nudge), short(nudge.derivative));
    if let Some(point) = nudge.points.iter().find(|point| point.delta == delta) {
        let _ = write!(
            words,
            " For δ = {} the predicted change is {} and the true change {}.",
            short(delta),
            short(point.predicted),
            short(point.change)
        );
    }
    for kink in nudge.kinks.into_iter().flatten() {
        let _ = write!(words, " A ReLU switches at δ = {}.", short(kink));
    }
    words
}

fn table(nudge: &Nudge) -> Table {
    let mut table = Table::new(["δ", "predicted change", "true change", "a ReLU switched"]);
    for point in nudge.points.iter().step_by((nudge.points.len() / 40).max(1)) {
        let switched = if point.crosses_kink { "yes" } else { "no" };
        table.push([point.delta, point.predicted, point.change].map(cell).into_iter().chain([switched.to_owned()]));
    }
    table
}
