//! The contributions of the units, stacked so that one sees them sum to the prediction: first everything positive is piled
//! on b2, then everything negative is taken off, and what is left is the prediction.

use nn::data::Data;
use nn::geometry::Unit;
use nn::network::Network;
use nn::study::{Run, State};

use super::line::polyline;
use super::{Figure, Table, cell, counted, input, paradigm_words, plain_input, points, state_words, unit_roles};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::palette::Role;
use crate::scale::extent;
use crate::text::short;

/// Two panels on common axes: the positive contributions piled on b2, and the negative ones hanging from that height down
/// to the prediction.
///
/// # Panics
/// If the run has no state at `index`.
pub fn two_steps(name: &str, data: &Data, run: &Run, index: usize) -> Figure {
    let state = &run.states[index];
    let b2 = state.network.biases(1)[0];
    let pile = Pile::new(data, state);
    let (positive, negative) = (pile.positive.len() - 1, pile.negative.len() - 1);
    let sum = Sum::new(&state.network, data.domain());
    let at = plain_input(data, sum.x);
    let title = format!(
        "Width {}, {}, {}: at {} = {at} the units lift ŷ from {} to {} and take it back to {}",
        run.width,
        paradigm_words(run.paradigm),
        state_words(run, state),
        data.x_name(),
        sum.words(sum.b2),
        sum.words(sum.raised),
        sum.words(sum.left)
    );
    let description = format!(
        "{} piled on b2; {} then taken off; the lower edge is the prediction. At {} = {at}: {} + {} \u{2212} {} = {}.",
        counted(positive, "positive contribution"),
        counted(negative, "negative contribution"),
        data.x_name(),
        sum.words(sum.b2),
        sum.words(sum.raised - sum.b2),
        sum.words(sum.raised - sum.left),
        sum.words(sum.left)
    );
    let edges = pile.top().iter().chain(pile.bottom()).copied();
    let reach = extent(edges.chain(data.y.iter().copied()).chain([0.0, b2])).unwrap_or([-1.0, 1.0]);
    let roles = unit_roles(run, data.domain());
    let bands = |edges: &[Edge]| -> Vec<Mark> {
        let band = |pair: &[Edge]| {
            let role = pair[1].unit.map_or(Role::Muted, |unit| roles[unit]);
            Mark::band(pile.line(&pair[0].heights), pile.line(&pair[1].heights), role).faint(0.55).wide(0.75)
        };
        edges.windows(2).map(band).collect()
    };
    let top = Mark::line(pile.line(pile.top()), Role::Ink);
    let mut up = bands(&pile.positive);
    up.push(Mark::rule_y(b2, Role::Ink).dashed("2 3").labelled("b₂"));
    up.push(top.clone());
    up.extend(sum.arrow(sum.b2, sum.raised, reach));
    let mut down = bands(&pile.negative);
    down.push(Mark::dots(points(data), Glyph::Disc, 1.5, Role::Data).faint(0.6));
    down.push(top);
    let prediction = polyline(data, state);
    down.push(Mark::line(prediction, Role::Prediction).wide(2.5).labelled("ŷ"));
    down.extend(sum.arrow(sum.raised, sum.left, reach));
    let panel = |words: &str, marks: Vec<Mark>| {
        Panel::new(words, Axis::input(data), Axis::around(data.y_name.as_str(), reach), marks)
    };
    Chart {
        note: "A band is one unit's share w₂·Φ(w₁·x + b₁), as thick as it is large, coloured by where its elbow began."
            .to_owned(),
        description,
        panels: vec![
            panel("1. Pile the positive shares on b₂", up),
            panel("2. Take the negative shares off: what is left is ŷ", down),
        ],
        height: 280.0,
        table: Some(table(data, run, state)),
        ..Chart::new(name, title)
    }
    .figure()
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
    fn new(data: &Data, state: &State) -> Self {
        let network = &state.network;
        let xs: Vec<f64> = polyline(data, state).iter().map(|point| point[0]).collect();
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
        let digits = if largest > 0.0 { libm::log10(largest).floor() as i32 } else { 0 };
        let decimals = (2 - digits).clamp(0, 4) as usize;
        let unit = [1.0, 0.1, 0.01, 0.001, 0.0001][decimals];
        let [b2, raised, left] = heights.map(|height| (height / unit).round() * unit);
        Self { x, b2, raised, left, decimals }
    }

    /// An arrow at the example from one height to another, with the change in numbers, if it is long enough to be seen.
    fn arrow(&self, from: f64, to: f64, [low, high]: [f64; 2]) -> Vec<Mark> {
        if (to - from).abs() < 0.05 * (high - low) {
            return Vec::new();
        }
        let sign = if to < from { "" } else { "+" };
        let change = format!("{sign}{}", self.words(to - from));
        vec![
            Mark::arrow([[self.x, from], [self.x, to]], Role::Ink),
            Mark::words([self.x, f64::midpoint(from, to)], change, Role::Ink),
        ]
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

/// One row for each unit: its contribution at both ends of the domain.
fn table(data: &Data, run: &Run, state: &State) -> Table {
    let [low, high] = data.domain();
    let at = |x: f64| format!("share at {} = {}", data.x_name(), input(data, x));
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
