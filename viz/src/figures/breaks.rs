//! Where the units of a network of one input bend its line, at every saved step: what the tracks of elbows are of one layer.
//! A unit of a later layer has any number of breaks, which appear and vanish.

use nn::data::Data;
use nn::events::HiddenUnit;
use nn::geometry::{self, Line, left_over};
use nn::study::{Run, State};

use super::elbows::Kind;
use super::line::{GLYPHS, TOLERANCE};
use super::{Figure, Table, counted, input, number_of, spread, step_words};
use crate::chart::{Axis, Chart, Mark, Panel};
use crate::findings::unit_name;
use crate::palette::Role;
use crate::plot;

/// At most so many states are followed: more cannot be told from each other.
pub(super) const STATES: usize = 120;
/// The most units in the table of a state.
const MOST_ROWS: usize = 64;
/// A break that has gone farther than this part of the domain from one saved state to the next is another one.
const JUMP: f64 = 0.1;
/// How the tracks of a layer are dashed, the second channel beside colour.
const DASHES: [Option<&str>; 4] = [None, Some("5 2"), Some("1.5 2"), Some("7 2 1.5 2")];

/// The tracks of all breaks of a run, layer by layer. None if an activation is smooth.
///
/// # Panics
/// If the run has no state.
pub fn over_training(name: &str, heading: &str, data: &Data, run: &Run) -> Option<Figure> {
    let tracks = Tracks::of(data, run, STATES)?;
    let last = run.end().step as f64;
    let x = Axis::input(data).titled(format!("break, as a value of {}", data.x_name()));
    let layers = 0..run.architecture.hidden().len();
    let [start, end] = [0, tracks.states.len() - 1].map(|at| tracks.count(at, None));
    let per_layer = |at: usize| {
        let counts: Vec<String> = layers.clone().map(|layer| tracks.count(at, Some(layer)).to_string()).collect();
        counts.join(" + ")
    };
    let claim = format!("{heading}: {} at the start, {end} at the end", counted(start, "break"));
    let panel = Panel::new("", x, Axis::steps_down(last), tracks.marks(data, run));
    let mut key: Vec<(Mark, String)> =
        layers.clone().map(|layer| (line(Vec::new(), layer), format!("breaks of layer {layer}"))).collect();
    if !Kind::Died.places(data, run).is_empty() {
        key.push((Kind::Died.mark(Vec::new()), "a unit died".to_owned()));
    }
    let note = format!(
        "Time runs down. Each line is a break of one unit. Where one of a later layer begins or ends, it has appeared, vanished, or \
         gone on more than a tenth of the domain away. Layer by layer there are {} breaks at the start and {} at the end.",
        per_layer(0),
        per_layer(tracks.states.len() - 1)
    );
    let description = format!(
        "{claim}, where each unit bends the line of the network from {} to {}. By layer: {}, then {}.",
        step_words(0),
        step_words(run.end().step),
        per_layer(0),
        per_layer(tracks.states.len() - 1)
    );
    let table = Some(tracks.table(data, run));
    Some(
        Chart { note, description, panels: vec![panel], key, height: 420.0, table, ..Chart::new(name, claim) }.figure(),
    )
}

/// The breaks of every hidden unit at some saved states.
pub(super) struct Tracks<'a> {
    states: Vec<&'a State>,
    units: Vec<Unit>,
}

/// The breaks of a unit, ascending, at each state.
struct Unit {
    id: HiddenUnit,
    breaks: Vec<Vec<f64>>,
}

impl<'a> Tracks<'a> {
    /// None if an activation is smooth, or if the breaks of a state cannot be computed.
    pub(super) fn of(data: &Data, run: &'a Run, most: usize) -> Option<Self> {
        let states: Vec<&State> = spread(run.states.len(), most).into_iter().map(|at| &run.states[at]).collect();
        let hidden = run.architecture.hidden().iter().enumerate();
        let unit = |layer, unit| Unit { id: HiddenUnit { layer, unit }, breaks: vec![Vec::new(); states.len()] };
        let mut units: Vec<Unit> =
            hidden.clone().flat_map(|(layer, of)| (0..of.units).map(move |u| unit(layer, u))).collect();
        let firsts: Vec<usize> = hidden
            .scan(0, |first, (_, of)| {
                *first += of.units;
                Some(*first - of.units)
            })
            .collect();
        for (at, state) in states.iter().enumerate() {
            let line = state.line(data, TOLERANCE).ok().filter(Line::is_exact)?;
            // The output may have an activation of its own, but is no hidden unit.
            for b in line.breaks().iter().filter(|b| b.layer < firsts.len()) {
                units[firsts[b.layer] + b.unit].breaks[at].push(b.x);
            }
        }
        Some(Tracks { states, units })
    }

    /// How many breaks there are in a state, of all layers or of one.
    fn count(&self, at: usize, layer: Option<usize>) -> usize {
        let of_layer = |unit: &&Unit| layer.is_none_or(|layer| unit.id.layer == layer);
        self.units.iter().filter(of_layer).map(|unit| unit.breaks[at].len()).sum()
    }

    /// Lines, with a mark where one is at the end, and a cross where a unit died.
    pub(super) fn marks(&self, data: &Data, run: &Run) -> Vec<Mark> {
        let [low, high] = data.domain();
        let (end, mut marks) = (self.states.len() - 1, Vec::new());
        for unit in &self.units {
            let lines = if unit.id.layer == 0 { self.elbows(unit) } else { self.lines(unit, JUMP * (high - low)) };
            if !lines.is_empty() {
                let name = format!("unit {}", unit_name(run, unit.id));
                let mark = line(lines, unit.id.layer).named(name);
                marks.push(mark.of_unit(number_of(&run.architecture, unit.id)));
            }
        }
        for layer in 0..run.architecture.hidden().len() {
            let last = self.units.iter().filter(|unit| unit.id.layer == layer).flat_map(|unit| &unit.breaks[end]);
            let at: Vec<[f64; 2]> = last.map(|&x| [x, self.states[end].step as f64]).collect();
            if !at.is_empty() {
                marks.push(Mark::dots(at, GLYPHS[layer % GLYPHS.len()], 3.0, Role::Series(layer)));
            }
        }
        let died = Kind::Died.places(data, run);
        marks.extend((!died.is_empty()).then(|| Kind::Died.mark(died)));
        marks
    }

    /// The way of the elbow of a unit of the first layer, in the domain and outside. Where its weight changes its sign, it has
    /// passed through infinity, and the line is broken.
    fn elbows(&self, unit: &Unit) -> Vec<Vec<[f64; 2]>> {
        let at = |state: &&State| {
            let [w1, b1] = [state.network.weights(0), state.network.biases(0)].map(|of_layer| of_layer[unit.id.unit]);
            (w1, geometry::Unit { w1, b1, w2: 0.0 }.elbow(), state.step as f64)
        };
        let ways: Vec<_> = self.states.iter().map(at).collect();
        let parts =
            ways.chunk_by(|(before, from, _), (now, to, _)| before * now > 0.0 && from.is_some() && to.is_some());
        let line =
            |part: &[(f64, Option<f64>, f64)]| part.iter().filter_map(|&(_, x, step)| Some([x?, step])).collect();
        parts.map(line).filter(|line: &Vec<[f64; 2]>| line.len() > 1).collect()
    }

    /// The ways of the breaks of a unit: from one state to the next those that are there in both are joined.
    fn lines(&self, unit: &Unit, jump: f64) -> Vec<Vec<[f64; 2]>> {
        let (mut lines, mut open): (Vec<Vec<[f64; 2]>>, Vec<Vec<[f64; 2]>>) = (Vec::new(), Vec::new());
        for (state, now) in self.states.iter().zip(&unit.breaks) {
            let before: Vec<f64> = open.iter().map(|line| line[line.len() - 1][0]).collect();
            let (mut gone, mut new) = (Vec::new(), Vec::new());
            if before.len() > now.len() {
                gone = left_over(now, &before);
            } else {
                new = left_over(&before, now);
            }
            let mut going: Vec<Vec<[f64; 2]>> = Vec::new();
            for (place, line) in open.into_iter().enumerate() {
                if gone.contains(&place) { lines.push(line) } else { going.push(line) }
            }
            let mut going = going.into_iter();
            open = Vec::with_capacity(now.len());
            for (place, &x) in now.iter().enumerate() {
                let point = [x, state.step as f64];
                match if new.contains(&place) { None } else { going.next() } {
                    Some(mut line) if (line[line.len() - 1][0] - x).abs() <= jump => {
                        line.push(point);
                        open.push(line);
                    }
                    other => {
                        lines.extend(other);
                        open.push(vec![point]);
                    }
                }
            }
        }
        lines.extend(open);
        lines.retain(|line| line.len() > 1);
        lines
    }

    /// At most 12 states and [`MOST_ROWS`] units.
    fn table(&self, data: &Data, run: &Run) -> Table {
        let mut table = Table::new(["step", "unit", "breaks"]);
        for at in spread(self.states.len(), 12) {
            for unit in spread(self.units.len(), MOST_ROWS).into_iter().map(|place| &self.units[place]) {
                let places: Vec<String> = unit.breaks[at].iter().map(|&x| input(data, x)).collect();
                table.push([self.states[at].step.to_string(), unit_name(run, unit.id), places.join(" ")]);
            }
        }
        table
    }
}

/// The look of the tracks of a layer.
fn line(lines: Vec<Vec<[f64; 2]>>, layer: usize) -> Mark {
    Mark::lines(lines, Role::Series(layer)).wide(plot::SECONDARY).dashed(DASHES[layer % DASHES.len()])
}
