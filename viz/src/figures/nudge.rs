//! The change of ℓ that a derivative predicts, against the change there is, over the size δ of a nudge.

use nn::problems::nudge::Nudge;

use super::graph::pretty;
use super::{Figure, Table, cell};
use crate::palette::Role;
use crate::plot::{self, Axis, Frame, Rect, haloed};
use crate::scale::{Scale, extent, padded};
use crate::svg::{Document, Element};
use crate::text::{self, Weight, short, significant};

/// One entry of a node moved over a range of δ; the chosen δ is marked on both curves.
pub fn prediction(name: &str, nudge: &Nudge, delta: f64) -> Figure {
    let entry = entry_name(nudge);
    let title =
        format!("Moving {} by δ changes ℓ by {}·δ, while δ is small", pretty(&entry), significant(nudge.derivative, 3));
    let mut document = Document::new(name, 760.0, 440.0).titled(title).described(description(nudge, delta));
    let subtitle = format!(
        "Held fixed: everything that does not come after {}. A dotted line marks where a ReLU switches: the derivative \
         knows only the piece it was taken on.",
        pretty(&nudge.name)
    );
    let top = plot::heading(&mut document, &subtitle) + 26.0;
    let rect = Rect::new(66.0, top, 760.0 - 116.0, top + 290.0);
    let change = |point: &nn::problems::nudge::NudgePoint| [point.delta, point.change];
    let curve: Vec<[f64; 2]> = nudge.points.iter().map(change).collect();
    let reach = extent(nudge.points.iter().map(|point| point.delta)).unwrap_or([-1.0, 1.0]);
    let heights = nudge.points.iter().flat_map(|point| [point.change, point.predicted]);
    let domain = padded(extent(heights).unwrap_or([-1.0, 1.0]), 0.06);
    let frame = Frame::new(rect, |range| Scale::linear(reach, range), |range| Scale::linear(domain, range));
    document.push(frame.axes(&Axis::titled("δ →"), &Axis::titled("change of ℓ ↑")));
    for kink in nudge.kinks.into_iter().flatten() {
        let label = format!("kink at δ = {}", short(kink));
        let x = frame.x.at(kink);
        let half = text::width(&label, text::TICK, Weight::Regular) / 2.0;
        let middle = x.clamp(rect.left + half, rect.right - half);
        document.push(
            Element::line([x, rect.top], [x, rect.bottom]).stroke(Role::Ink, 1.0).set("stroke-dasharray", "1.5 4"),
        );
        let label = haloed(Element::text([middle, rect.top - 6.0], text::TICK, &label)).fill(Role::Ink);
        document.push(label.set("text-anchor", "middle"));
    }
    let line: Vec<[f64; 2]> = reach.iter().map(|&delta| [delta, delta * nudge.derivative]).collect();
    document.push(frame.styled_line(&line, Role::Gradient, plot::SECONDARY, Some("6 4")));
    document.push(frame.line(&curve, Role::Prediction, plot::DATA));
    let chosen = nudge.points.iter().find(|point| point.delta == delta);
    if let Some(point) = chosen {
        let (predicted, change) = ([delta, point.predicted], [delta, point.change]);
        document.push(Element::line(frame.at(predicted), frame.at(change)).stroke(Role::Ink, 1.0));
        document.push(frame.points(&[predicted], 4.0, Role::Gradient, Role::Background));
        document.push(frame.points(&[change], 4.0, Role::Prediction, Role::Background));
    }
    let end = |points: &[[f64; 2]]| frame.y.at(points.last().map_or(f64::NAN, |point| point[1]));
    let labels =
        [(end(&line), "predicted".to_owned(), Role::Gradient), (end(&curve), "true".to_owned(), Role::Prediction)];
    document.push(frame.direct_labels(&labels));
    document.set_height(rect.bottom + 46.0);
    Figure { document, table: table(nudge) }
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
        words += &format!(
            " For δ = {} the predicted change is {} and the true change {}.",
            short(delta),
            short(point.predicted),
            short(point.change)
        );
    }
    for kink in nudge.kinks.into_iter().flatten() {
        words += &format!(" A ReLU switches at δ = {}.", short(kink));
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
