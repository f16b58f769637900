//! Linearised features: the derivative of the prediction by each parameter, as a function of x, before and after training.

use nn::data::Data;
use nn::features::{Group, Moment, Parts, Pieces, RunFeatures};
use nn::study::Run;

use super::{Figure, Table, cell, change_words, counted, input, paradigm_words, state_words, unit_ranks, unit_roles};
use crate::palette::{self, Role};
use crate::plot::{self, Axis, Frame, KeyEntry, MARGIN, Rect};
use crate::scale::{Scale, extent, padded};
use crate::svg::{Document, Element};
use crate::text::{self, Weight};

/// The height of a panel.
const HEIGHT: f64 = 190.0;
/// The width of the panel of b2, whose feature is 1.
const NARROW: f64 = 96.0;

/// A panel for each group of parameters, W1, b1, W2 and b2, at the start above and at the end below, where a band shows
/// how far the axis above reaches. A line is the feature of one parameter; where it jumps, it ends and goes on elsewhere.
///
/// # Panics
/// If the run has no state.
pub fn by_parameter(name: &str, data: &Data, run: &Run, features: &RunFeatures) -> Figure {
    let mut document =
        Document::new(name, 960.0, 400.0).titled(title(run, features)).described(description(run, features));
    let subtitle = format!(
        "∂ŷ/∂θ against {}, a line for each parameter θ. Not drawn: the stretch where a unit is off and its features are 0. \
         The scales of the two rows differ: the band below is as high as the axis above.",
        data.x_name
    );
    let top = plot::heading(&mut document, &subtitle);
    let top = plot::key(&mut document, top, &key_entries()) + 52.0;
    let gap_y = 76.0;
    let bottom = top + 2.0 * HEIGHT + gap_y;
    document.set_height(bottom + 46.0);
    let room = room(features);
    let (left, right) = (MARGIN + room, 960.0 - MARGIN - 8.0);
    let gap = room + 12.0;
    let wide = (right - left - NARROW - 3.0 * gap) / 3.0;
    for (row, (moment, state)) in features.moments().into_iter().zip([run.start(), run.end()]).enumerate() {
        let top = top + row as f64 * (HEIGHT + gap_y);
        let heading = Element::text([MARGIN, top - 32.0], text::LABEL, &super::capital(&state_words(run, state)));
        document.push(heading.fill(Role::Ink).set("font-weight", "bold"));
        for (column, group) in Group::ALL.into_iter().enumerate() {
            let left = left + column as f64 * (wide + gap);
            let width = if group == Group::B2 { NARROW } else { wide };
            let rect = Rect::new(left, top, left + width, top + HEIGHT);
            let frame = frame(rect, data, moment, group);
            if row == 1 && domain(&features.start, group) != domain(moment, group) {
                document.push(band(&frame, domain(&features.start, group)));
            }
            let title = (row == 1).then(|| data.x_name.clone());
            document.push(frame.axes(&Axis { title, ..Axis::titled("") }, &Axis::titled(axis_words(group))));
            document.push(lines(&frame, data, run, moment, group));
        }
    }
    Figure { document, narrow: None, table: table(data, run, features) }
}

/// The room left of a panel for the widest number of all vertical axes.
fn room(features: &RunFeatures) -> f64 {
    let mut widest = 24.0_f64;
    for moment in features.moments() {
        for group in Group::ALL {
            let ticks = Scale::linear(domain(moment, group), [HEIGHT, 0.0]).ticks(plot::TICK_ROOM_Y);
            for label in ticks.into_iter().filter_map(|tick| tick.label) {
                widest = widest.max(text::width(&label, text::TICK, Weight::Regular));
            }
        }
    }
    widest + 16.0
}

/// What stands over the panels of a group.
fn axis_words(group: Group) -> &'static str {
    match group {
        Group::W1 => "∂ŷ/∂w₁ ↑",
        Group::B1 => "∂ŷ/∂b₁ ↑",
        Group::W2 => "∂ŷ/∂w₂ ↑",
        Group::B2 => "∂ŷ/∂b₂ ↑",
    }
}

/// What the axis of a group shows: all its features at one moment, and 0.
fn domain(moment: &Moment, group: Group) -> [f64; 2] {
    let [low, high] = range(&moment.pieces, group);
    padded([low.min(0.0), high.max(0.0)], 0.06)
}

fn frame(rect: Rect, data: &Data, moment: &Moment, group: Group) -> Frame {
    let y = domain(moment, group);
    Frame::new(rect, |range| Scale::input(data.domain, data.x_quantity(), range), |range| Scale::linear(y, range))
}

/// The axis of the start, as a band.
fn band(frame: &Frame, [low, high]: [f64; 2]) -> Element {
    let [left, right] = frame.x.domain();
    frame.band(&[[left, low], [right, low]], &[[left, high], [right, high]], Role::Axis, 0.2)
}

/// The smallest and the largest feature of a group.
fn range(pieces: &Pieces, group: Group) -> [f64; 2] {
    let width = (pieces.matrix.ncols() - 1) / 3;
    let columns = group.columns(width);
    let values = pieces.matrix.columns(columns.start, columns.len());
    extent(values.iter().copied()).unwrap_or([0.0, 0.0])
}

fn lines(frame: &Frame, data: &Data, run: &Run, moment: &Moment, group: Group) -> Element {
    let (roles, ranks) = (unit_roles(run, data.domain), unit_ranks(run));
    let mut all = Element::group();
    if let Some(zero) = frame.rule_y(0.0, Role::Axis) {
        all.push(zero);
    }
    if group == Group::B2 {
        let parts = moment.pieces.feature(3 * run.width);
        return all.with_all(parts.iter().map(|part| frame.line(part, Role::Prediction, plot::DATA)));
    }
    // Units that bend the prediction least first, so that they are hidden rather than hide.
    let mut order: Vec<usize> = (0..run.width).collect();
    let network = if moment.step == 0 { &run.start().network } else { &run.end().network };
    order.sort_by(|&a, &b| network.unit(a).slope_change().abs().total_cmp(&network.unit(b).slope_change().abs()));
    let width = if run.width > 20 { plot::THIN } else { plot::SECONDARY };
    for unit in order {
        let mut one = Element::group().set("data-unit", unit.to_string());
        for part in without_zeros(moment.pieces.feature(group.columns(run.width).start + unit)) {
            one.push(frame.styled_line(&part, roles[unit], width, palette::dash(ranks[unit])));
            if group != Group::W2 && run.width <= 40 {
                one = one.with_all(
                    jumps(frame, data, &part)
                        .map(|at| Element::circle(at, 2.2).fill(Role::Background).stroke(roles[unit], plot::THIN)),
                );
            }
        }
        if !one.is_empty() {
            all.push(one.set("opacity", 0.85));
        }
    }
    all
}

/// The ends of a part inside the domain: there the feature jumps to 0.
fn jumps<'p>(frame: &'p Frame, data: &Data, part: &'p [[f64; 2]]) -> impl Iterator<Item = [f64; 2]> + 'p {
    let [low, high] = data.domain;
    let ends = [part[0], part[part.len() - 1]].into_iter();
    ends.filter(move |&end| low < end[0] && end[0] < high && frame.contains(end)).map(|end| frame.at(end))
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

fn key_entries() -> Vec<KeyEntry> {
    vec![
        KeyEntry::new("one hidden unit, coloured by where its elbow began, left to right", |[x, y]| {
            Element::group().with_all([0, 85, 170, 255].into_iter().zip(0..).map(|(place, index)| {
                let left = x + 6.5 * f64::from(index);
                Element::line([left, y], [left + 4.5, y]).stroke(Role::Unit(place), plot::DATA)
            }))
        }),
        KeyEntry::new("scale of the start", |[x, y]| {
            Element::rectangle(x, y - 5.0, 24.0, 10.0).fill(Role::Axis).set("fill-opacity", 0.2)
        }),
        KeyEntry::new("jump to 0 at the elbow", |[x, y]| {
            Element::group()
                .with(Element::line([x + 8.0, y], [x + 24.0, y - 3.0]).stroke(Role::Unit(120), plot::SECONDARY))
                .with(Element::circle([x + 8.0, y], 2.2).fill(Role::Background).stroke(Role::Unit(120), plot::THIN))
        }),
    ]
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
        "Width {}, {}: the largest feature of W1 {}, that of W2 {}",
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
