//! The contributions of the units, stacked so that one sees them sum to the prediction: first everything positive is piled
//! on b2, then everything negative is taken off, and what is left is the prediction.

use nn::data::Data;
use nn::geometry::{self, Unit};
use nn::network::Network;
use nn::study::{Run, State};

use super::{Figure, Table, cell, counted, input, paradigm_words, plain_input, points, state_words, unit_roles};
use crate::palette::Role;
use crate::plot::{self, Axis, Frame, MARGIN, Rect, haloed};
use crate::scale::{Scale, extent, padded};
use crate::svg::{Document, Element};
use crate::text::{self, short};

/// Two panels on common axes: the positive contributions piled on b2, and the negative ones hanging from that height down
/// to the prediction.
///
/// # Panics
/// If the run has no state at `index`.
pub fn two_steps(name: &str, data: &Data, run: &Run, index: usize) -> Figure {
    let state = &run.states[index];
    let pile = Pile::new(&state.network, data.domain);
    let (positive, negative) = (pile.positive.len() - 1, pile.negative.len() - 1);
    let sum = Sum::new(&state.network, data.domain);
    let at = plain_input(data, sum.x);
    let mut document = Document::new(name, 960.0, 400.0)
        .titled(format!(
            "Width {}, {}, {}: at {} = {at} the units lift ŷ from {} to {} and take it back to {}",
            run.width,
            paradigm_words(run.paradigm),
            state_words(run, state),
            data.x_name,
            sum.words(sum.b2),
            sum.words(sum.raised),
            sum.words(sum.left)
        ))
        .described(format!(
            "{} pile up on b2; {} are then taken off; the lower edge is the prediction. At {} = {at}: {} + {} \u{2212} {} = {}.",
            counted(positive, "positive contribution"),
            counted(negative, "negative contribution"),
            data.x_name,
            sum.words(sum.b2),
            sum.words(sum.raised - sum.b2),
            sum.words(sum.raised - sum.left),
            sum.words(sum.left)
        ));
    let subtitle =
        "A band is one unit's share w₂·Φ(w₁·x + b₁), as thick as it is large, coloured by where its elbow began.";
    let top = plot::heading(&mut document, subtitle) + 58.0;
    let bottom = top + 280.0;
    document.set_height(bottom + 46.0);
    let edges = pile.top().iter().chain(pile.bottom()).copied();
    let known = data.y.iter().copied().chain([0.0, state.network.biases(1)[0]]);
    let [low, high] = extent(edges.chain(known)).unwrap_or([-1.0, 1.0]);
    let cells = Rect::new(64.0, top, 960.0 - MARGIN, bottom).cells(2, 1, 56.0, 0.0);
    let roles = unit_roles(run, data.domain);
    let words = ["1. Pile the positive shares on b₂", "2. Take the negative shares off: what is left is ŷ"];
    for (panel, rect) in cells.into_iter().enumerate() {
        let frame = Frame::new(
            rect,
            |range| Scale::input(data.domain, data.x_quantity(), range),
            |range| Scale::linear(padded([low, high], 0.05), range),
        );
        let y_axis = if panel == 0 { Axis::titled(format!("{} ↑", data.y_name)) } else { Axis::shared() };
        document.push(frame.axes(&Axis::titled(data.x_name.as_str()), &y_axis));
        let heading = Element::text([rect.left, rect.top - 32.0], text::LABEL, words[panel]);
        document.push(heading.fill(Role::Ink).set("font-weight", "bold"));
        let lines = if panel == 0 { &pile.positive } else { &pile.negative };
        let mut bands = Element::group();
        for pair in lines.windows(2) {
            let (unit, edge) = (pair[1].unit, &pair[1].heights);
            let role = unit.map_or(Role::Muted, |unit| roles[unit]);
            let band = frame.band(&pile.line(&pair[0].heights), &pile.line(edge), role, 0.55);
            bands.push(band.stroke(Role::Background, 0.75));
        }
        document.push(bands);
        if panel == 0 {
            if let Some(b2) = frame.rule_y(state.network.biases(1)[0], Role::Ink) {
                document.push(b2.set("stroke-dasharray", "2 3"));
                let label =
                    Element::text([rect.right - 4.0, frame.y.at(state.network.biases(1)[0]) - 5.0], text::TICK, "b₂");
                document.push(haloed(label).fill(Role::Ink).set("text-anchor", "end"));
            }
            document.push(frame.line(&pile.line(pile.top()), Role::Ink, plot::DATA));
        } else {
            document.push(frame.points(&points(data), 1.5, Role::Data, Role::Background).set("opacity", 0.6));
            document.push(frame.line(&pile.line(pile.top()), Role::Ink, plot::DATA));
            let prediction = geometry::polyline(&state.network, data.domain);
            document.push(frame.line(&prediction, Role::Prediction, 2.5));
        }
        document.push(brace(&frame, &sum, panel));
    }
    Figure { document, narrow: None, table: table(data, run, state) }
}

/// One edge of the pile: the unit whose band ends here, and its height at each x of the pile.
struct Edge {
    unit: Option<usize>,
    heights: Vec<f64>,
}

/// The edges of all bands, exact: every elbow in the domain is a vertex.
struct Pile {
    xs: Vec<f64>,
    positive: Vec<Edge>,
    negative: Vec<Edge>,
}

impl Pile {
    fn new(network: &Network, domain: [f64; 2]) -> Self {
        let xs: Vec<f64> = geometry::polyline(network, domain).iter().map(|point| point[0]).collect();
        let mut units: Vec<(usize, Unit)> = network.units().enumerate().collect();
        // By elbow, so that bands that begin side by side lie on one another.
        let place = |unit: &Unit| unit.elbow().unwrap_or(f64::NEG_INFINITY);
        units.sort_by(|(_, a), (_, b)| place(a).total_cmp(&place(b)));
        let shown = |unit: &Unit| xs.iter().any(|&x| unit.contribution(x) != 0.0);
        let mut positive = vec![Edge { unit: None, heights: vec![network.biases(1)[0]; xs.len()] }];
        for (index, unit) in units.iter().filter(|(_, unit)| unit.w2 > 0.0 && shown(unit)) {
            positive.push(Edge { unit: Some(*index), heights: added(&positive, &xs, *unit) });
        }
        let top = positive.last().map_or_else(Vec::new, |edge| edge.heights.clone());
        let mut negative = vec![Edge { unit: None, heights: top }];
        for (index, unit) in units.iter().filter(|(_, unit)| unit.w2 < 0.0 && shown(unit)) {
            negative.push(Edge { unit: Some(*index), heights: added(&negative, &xs, *unit) });
        }
        Self { xs, positive, negative }
    }

    /// The height after everything positive.
    fn top(&self) -> &[f64] {
        &self.negative[0].heights
    }

    /// The height after everything: the prediction.
    fn bottom(&self) -> &[f64] {
        &self.negative[self.negative.len() - 1].heights
    }

    /// The vertices of an edge: it bends only at the elbows of the units below it.
    fn line(&self, heights: &[f64]) -> Vec<[f64; 2]> {
        let points: Vec<[f64; 2]> = self.xs.iter().zip(heights).map(|(&x, &y)| [x, y]).collect();
        let bends = |index: &usize| {
            if *index == 0 || *index + 1 == points.len() {
                return true;
            }
            let [[x0, y0], [x, y], [x1, y1]] = [points[index - 1], points[*index], points[index + 1]];
            let straight = y0 + (y1 - y0) * (x - x0) / (x1 - x0);
            (y - straight).abs() > 1e-9 * (y0.abs() + y1.abs() + y.abs())
        };
        (0..points.len()).filter(bends).map(|index| points[index]).collect()
    }
}

fn added(edges: &[Edge], xs: &[f64], unit: Unit) -> Vec<f64> {
    let below = &edges[edges.len() - 1].heights;
    xs.iter().zip(below).map(|(&x, height)| height + unit.contribution(x)).collect()
}

/// The heights at the example, rounded so that the written numbers add up.
struct Sum {
    x: f64,
    b2: f64,
    raised: f64,
    left: f64,
    decimals: usize,
}

impl Sum {
    /// At the tenth of the domain where most is added and taken off again.
    fn new(network: &Network, [low, high]: [f64; 2]) -> Self {
        let sums = |x: f64| {
            let shares = || network.units().map(move |unit| unit.contribution(x));
            (shares().filter(|share| *share > 0.0).sum::<f64>(), shares().filter(|share| *share < 0.0).sum::<f64>())
        };
        let tenths = (1..10).map(|tenth| low + (high - low) * f64::from(tenth) / 10.0);
        let moved = |x: f64| {
            let (added, taken) = sums(x);
            added.min(-taken)
        };
        // The first of equals, so that the choice does not depend on rounding.
        let x = tenths.fold(f64::NAN, |best, x| if best.is_nan() || moved(x) > moved(best) { x } else { best });
        let (added, taken) = sums(x);
        let b2 = network.biases(1)[0];
        let heights = [b2, b2 + added, b2 + added + taken];
        let largest = heights.iter().fold(0.0_f64, |largest, height| largest.max(height.abs()));
        // Three digits of the largest, at most four decimals.
        let digits = if largest > 0.0 { largest.log10().floor() as i32 } else { 0 };
        let decimals = usize::try_from((2 - digits).clamp(0, 4)).unwrap_or(2);
        let unit = 10_f64.powi(-i32::try_from(decimals).unwrap_or(0));
        let [b2, raised, left] = heights.map(|height| (height / unit).round() * unit);
        Self { x, b2, raised, left, decimals }
    }

    fn words(&self, value: f64) -> String {
        if value.abs() >= 1e5 {
            return short(value);
        }
        let text = format!("{:.*}", self.decimals, value.abs());
        if value < 0.0 && text.contains(|digit: char| ('1'..='9').contains(&digit)) {
            format!("\u{2212}{text}")
        } else {
            text
        }
    }
}

/// An arrow at the example: up by the positive sum, or down by the negative one, with its length in numbers.
fn brace(frame: &Frame, sum: &Sum, panel: usize) -> Element {
    let (from, to) = if panel == 0 { (sum.b2, sum.raised) } else { (sum.raised, sum.left) };
    let change = to - from;
    let ([x, from], [_, to]) = (frame.at([sum.x, from]), frame.at([sum.x, to]));
    if (to - from).abs() < 12.0 {
        return Element::group();
    }
    let down = (to - from).signum();
    let label = if change < 0.0 { sum.words(change) } else { format!("+{}", sum.words(change)) };
    let (label_x, anchor) =
        if x > frame.rect.left + frame.rect.width() * 0.7 { (x - 7.0, "end") } else { (x + 7.0, "start") };
    let text = Element::text([label_x, f64::midpoint(from, to) + 4.5], text::LABEL, &label);
    let mut group = Element::group();
    group.push(Element::line([x, from], [x, to - down * 7.0]).stroke(Role::Ink, plot::SECONDARY));
    group.push(plot::arrow([x, to - down * 7.0], [0.0, down]).fill(Role::Ink));
    group.push(haloed(text).fill(Role::Ink).set("font-weight", "bold").set("text-anchor", anchor));
    if panel == 1 {
        let result = format!("ŷ = {}", sum.words(sum.left));
        let below = Element::text([x, (to + 18.0).min(frame.rect.bottom - 4.0)], text::LABEL, &result);
        group.push(haloed(below).fill(Role::Prediction).set("font-weight", "bold").set("text-anchor", "middle"));
    }
    group
}

/// One row for each unit: its contribution at both ends of the domain.
fn table(data: &Data, run: &Run, state: &State) -> Table {
    let [low, high] = data.domain;
    let at = |x: f64| format!("share at {} = {}", data.x_name, input(data, x));
    let mut table =
        Table::new(["unit".to_owned(), "elbow at the start".to_owned(), "elbow".to_owned(), at(low), at(high)]);
    for (index, unit) in state.network.units().enumerate() {
        let begun = run.start().network.unit(index).elbow();
        table.push([
            index.to_string(),
            begun.map_or_else(String::new, |elbow| input(data, elbow)),
            unit.elbow().map_or_else(String::new, |elbow| input(data, elbow)),
            cell(unit.contribution(low)),
            cell(unit.contribution(high)),
        ]);
    }
    let b2 = cell(state.network.biases(1)[0]);
    table.push(["b2".to_owned(), String::new(), String::new(), b2.clone(), b2]);
    table
}
