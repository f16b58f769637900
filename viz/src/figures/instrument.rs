//! The instrument: one step of one training, or of two beside each other, in panels that share axes.
//!
//! Networks that are bent lines have four panels each: the function, below it on the same axis the tracks of the elbows,
//! the errors beside these on the same axis of time, and how much each unit bends the line. Of other networks of one input
//! the tracks are those of all breaks, if there are any. Networks over two inputs have the plane in place of function and
//! tracks.
//!
//! What depends on the step stands in groups of their own ([`Part`]), so that a page that moves through the steps, or
//! trains, exchanges only what changed.

use nn::architecture::Loss;
use nn::data::Data;
use nn::events::HiddenUnit;
use nn::study::{Run, State};

use super::breaks::Tracks;
use super::{Figure, Table, cell, counted, elbows, function_view, learning, line, percent_words, plane};
use super::{spread, step_words, unit_roles};
use crate::chart::{self, Axis, Chart, Glyph, Mark, WIDE};
use crate::findings::{self, Units, has_moved};
use crate::palette::Role;
use crate::plot::{self, Frame};
use crate::report::words::list;
use crate::scale::extent;
use crate::svg::{Document, Element};
use crate::text::{short, thousands};

/// Below this width panels stand below each other.
const TWO_COLUMNS: f64 = 640.0;
/// How far beyond the data the axis of the function reaches, as a part of their range. It is fixed, so that nothing jumps
/// in training.
const BEYOND: f64 = 0.25;
/// How much of what is yet to come is seen.
const TO_COME: f64 = 0.7;
/// Breaks are found anew for every picture: of networks of so many units at most, at so many steps.
const MOST_FOLLOWED: usize = 64;
/// The most layers whose folds are shown.
const MOST_LAYERS: usize = 4;
const STATES_FOLLOWED: usize = 40;

/// A training.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// What sets it apart: "all layers".
    pub name: &'a str,
    /// What it learns.
    pub data: &'a Data,
    /// The run as far as it is.
    pub run: &'a Run,
    /// The place of the state that is shown among its states.
    pub shown: usize,
    /// The last step that it will make.
    pub last: u64,
}

/// A group of the picture that changes with the step, or while there is training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The id of the group.
    pub id: String,
    /// What stands in it, as SVG.
    pub svg: String,
}

/// The picture laid out: what stands still below everything, and layers from back to front, of which those that change
/// have a name.
struct Placed {
    still: Document,
    layers: Vec<(Option<String>, Vec<Element>)>,
}

/// A panel with what is drawn in it, from back to front: what stands still, what grows in training, what depends on the
/// step, and what stands still again.
struct Pane {
    panel: chart::Panel,
    grown: Vec<Mark>,
    now: Vec<Mark>,
    over: Vec<Mark>,
}

impl Pane {
    fn new(heading: String, [x, y]: [Axis; 2], height: f64) -> Self {
        let panel = chart::Panel { height: Some(height), ..chart::Panel::new(heading, x, y, Vec::new()) };
        Pane { panel, grown: Vec::new(), now: Vec::new(), over: Vec::new() }
    }
}

/// What can be drawn of a training.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A polyline whose elbows are those of units.
    BentLine,
    /// A function of one input.
    Curve,
    /// A function of two inputs, or classes over them.
    Plane,
    /// Neither.
    Other,
}

impl Side<'_> {
    fn kind(&self) -> Kind {
        let hidden = !self.run.architecture.hidden().is_empty();
        match (self.data.is_curve(), self.data.inputs.len()) {
            (true, _) if self.run.architecture.is_bent_line() => Kind::BentLine,
            (true, _) => Kind::Curve,
            (_, 2) if hidden => Kind::Plane,
            _ => Kind::Other,
        }
    }

    fn state(&self) -> &State {
        &self.run.states[self.shown]
    }

    /// The names of the hidden units that can be pointed at, in their order.
    pub fn unit_names(&self) -> Vec<String> {
        let layers = self.run.architecture.hidden().iter().enumerate();
        let ids = layers.flat_map(|(layer, of)| (0..of.units).map(move |unit| HiddenUnit { layer, unit }));
        let is_smooth = self.run.architecture.hidden().iter().any(|layer| layer.activation.slopes().is_none());
        if is_smooth || self.kind() == Kind::Other {
            return Vec::new();
        }
        ids.map(|id| findings::unit_name(self.run, id)).collect()
    }

    /// What there is to say of the state shown: "test MSE 0.26; 12 of 20 elbows have moved".
    pub fn words(&self) -> String {
        let state = self.state();
        let title = learning::loss_title(self.run.architecture.loss());
        let mut words = vec![format!("test {title} {}", short(state.test.loss))];
        words.extend(state.test.accuracy.map(|share| format!("{} of the test points right", percent_words(share))));
        match self.kind() {
            Kind::BentLine => {
                let start = &self.run.start().network;
                let moved = start.units().zip(state.network.units());
                let moved = moved.filter(|(from, to)| has_moved(*from, *to, self.data.domain())).count();
                words.push(format!("{moved} of {} moved", counted(self.run.width, "elbow")));
                words.push(function_view::units_words(&Units::of(self.data, &state.network)));
            }
            Kind::Plane => words.extend(plane::pieces(&state.network, self.data).map(|n| counted(n, "polygon"))),
            Kind::Curve | Kind::Other => {}
        }
        words.join(" · ")
    }

    /// Where it diverged, if it did, and which learning rate would have been safe.
    pub fn ending(&self) -> Option<String> {
        let divergence = self.run.divergence()?;
        let bound =
            divergence.bound.map(|bound| format!("; below {} it would have been stable at the start", short(bound)));
        Some(format!(
            "diverged at {} with the learning rate {}{}",
            step_words(divergence.step),
            cell(divergence.rate),
            bound.unwrap_or_default()
        ))
    }

    fn panes(&self, heights: &Heights, common: &Common) -> Vec<Pane> {
        match self.kind() {
            Kind::BentLine => vec![
                self.function(heights.function),
                self.tracks(heights.tracks, common),
                self.errors(heights.tracks, common),
                self.units(heights.units, common),
            ],
            Kind::Curve => {
                let errors = self.errors(heights.tracks, common);
                [self.curve(heights.function)].into_iter().chain(self.breaks(heights.tracks)).chain([errors]).collect()
            }
            Kind::Plane => {
                let (plane, layers) = self.planes(heights);
                [plane, self.errors(heights.tracks, common)].into_iter().chain(layers).collect()
            }
            Kind::Other => vec![self.errors(heights.tracks, common)],
        }
    }

    fn heading(&self, what: &str) -> String {
        if self.name.is_empty() { what.to_owned() } else { format!("{what}, {}", self.name) }
    }

    /// Axes that hold the data and the truth, and some room around.
    fn curve_axes(&self) -> [Axis; 2] {
        let truth = self.data.truth.as_deref().unwrap_or_default();
        let known = self.data.y.iter().copied().chain(truth.iter().map(|point| point[1]));
        let [low, high] = extent(known).unwrap_or([-1.0, 1.0]);
        let room = BEYOND * (high - low).max(f64::MIN_POSITIVE);
        [Axis::input(self.data), Axis::linear(&self.data.y_name, [low - room, high + room])]
    }

    fn function(&self, height: f64) -> Pane {
        let mut pane = Pane::new(self.heading("Function"), self.curve_axes(), height);
        pane.panel.marks = function_view::backdrop(self.data);
        pane.now = function_view::network(self.data, self.run, self.state());
        pane
    }

    /// A network that bends elsewhere than at the elbows of single units, or is smooth.
    fn curve(&self, height: f64) -> Pane {
        let mut pane = Pane::new(self.heading("Function"), self.curve_axes(), height);
        pane.panel.marks = function_view::backdrop(self.data);
        if let Ok(drawn) = self.state().line(self.data, line::TOLERANCE) {
            pane.now = line::network_by_unit(&drawn, &self.run.architecture);
        }
        pane
    }

    /// The plane, and below it the folds of each layer alone.
    fn planes(&self, heights: &Heights) -> (Pane, Vec<Pane>) {
        let (surface, architecture) = (plane::of(&self.state().network, self.data), &self.run.architecture);
        let axes = plane::axes(self.data);
        let mut pane = Pane::new(self.heading("What it computes"), axes.clone(), heights.plane);
        pane.now = surface.marks_by_unit(architecture);
        pane.over = plane::dots(self.data);
        let layers = if surface.is_exact() { architecture.hidden().len().min(MOST_LAYERS) } else { 0 };
        let layer = |layer: usize| {
            let mut pane = Pane::new(self.heading(&format!("Folds of layer {layer}")), axes.clone(), heights.plane);
            pane.now = surface.layer(layer, architecture);
            pane
        };
        (pane, (0..layers).map(layer).collect())
    }

    fn tracks(&self, height: f64, common: &Common) -> Pane {
        let x = Axis::input(self.data).titled(format!("elbow, as a value of {}", self.data.x_name()));
        let mut pane = Pane::new(self.heading("Tracks of the elbows"), [x, Axis::steps_down(self.last as f64)], height);
        pane.panel.marks = elbows::knots(self.data);
        pane.grown = elbows::tracks(self.data, self.run, common.bend);
        pane.now = self.time(self.data.domain());
        pane
    }

    /// Where a network of several layers bends, if it is small enough to be followed while it learns; None if it is smooth.
    fn breaks(&self, height: f64) -> Option<Pane> {
        let is_small = self.run.architecture.hidden_units() <= MOST_FOLLOWED;
        let tracks = is_small.then(|| Tracks::of(self.data, self.run, STATES_FOLLOWED))??;
        let x = Axis::input(self.data).titled(format!("break, as a value of {}", self.data.x_name()));
        let mut pane = Pane::new(self.heading("Tracks of the breaks"), [x, Axis::steps_down(self.last as f64)], height);
        pane.panel.marks = elbows::knots(self.data);
        pane.grown = tracks.marks(self.data, self.run);
        pane.now = self.time(self.data.domain());
        Some(pane)
    }

    fn errors(&self, height: f64, common: &Common) -> Pane {
        let title = learning::loss_title(self.run.architecture.loss());
        let axes = [Axis::log(title, common.errors), Axis::steps_down(self.last as f64)];
        let mut pane = Pane::new(self.heading("Errors"), axes, height);
        pane.panel.marks = self.noise().map(floor).into_iter().collect();
        let course =
            |of: fn(&State) -> f64| self.run.states.iter().map(|state| [of(state), state.step as f64]).collect();
        pane.grown = vec![
            Mark::course(course(|state| state.train.loss), Role::Train).dashed(TRAIN_DASH),
            Mark::course(course(|state| state.test.loss), Role::Prediction),
        ];
        pane.now = self.time(common.errors);
        let (step, state) = (self.state().step as f64, self.state());
        let dot = |error: f64, role: Role| Mark::dots(vec![[error, step]], Glyph::Bead, 4.0, role);
        pane.now.extend([dot(state.train.loss, Role::Train), dot(state.test.loss, Role::Prediction)]);
        pane
    }

    /// The train error of the truth itself, if it is known and not 0.
    fn noise(&self) -> Option<f64> {
        let is_squared = self.run.architecture.loss() == Loss::SquaredError;
        findings::noise(self.data).filter(|&noise| is_squared && noise > 0.0)
    }

    /// A line at the step that is shown, with what is yet to come behind a veil.
    fn time(&self, [left, right]: [f64; 2]) -> Vec<Mark> {
        let (step, last) = (self.state().step as f64, self.last as f64);
        let later = vec![[left, step], [right, step], [right, last], [left, last]];
        let veil = Mark { opacity: TO_COME, ..Mark::areas(vec![later], Role::Background) };
        vec![veil, Mark::rule_y(step, Role::Ink).wide(plot::SECONDARY)]
    }

    /// How much each unit bends the line, by where its elbow is.
    fn units(&self, height: f64, common: &Common) -> Pane {
        let network = &self.state().network;
        let mut order: Vec<usize> = (0..self.run.width).collect();
        let place = |unit: usize| network.unit(unit).elbow().unwrap_or(f64::INFINITY);
        order.sort_by(|&a, &b| place(a).total_cmp(&place(b)).then(a.cmp(&b)));
        let x = Axis::linear("units, by where their elbow is", [-1.0, self.run.width as f64]).with_ticks(Vec::new());
        let y = Axis::linear("slope change", [-common.bend, common.bend]);
        let mut pane = Pane::new(self.heading("How much each unit bends the line"), [x, y], height);
        pane.panel.marks = vec![Mark::rule_y(0.0, Role::Axis)];
        let roles = unit_roles(self.run, self.data.domain());
        let thick = (180.0 / self.run.width as f64).clamp(1.0, 9.0);
        let bar = |(rank, &unit): (usize, &usize)| {
            let (x, change) = (rank as f64, network.unit(unit).slope_change());
            let change = if change.is_finite() { change } else { 0.0 };
            Mark::lines(vec![vec![[x, 0.0], [x, change]]], roles[unit]).wide(thick).of_unit(unit)
        };
        pane.now = order.iter().enumerate().map(bar).collect();
        let pulls = findings::descent_of_bends(self.data, self.run.paradigm, self.state());
        let largest = pulls.iter().fold(f64::MIN_POSITIVE, |largest, pull| largest.max(pull.abs()));
        let arrow = |(rank, &unit): (usize, &usize)| {
            let (x, change, pull) =
                (rank as f64, network.unit(unit).slope_change(), LONGEST * common.bend * pulls[unit] / largest);
            let is_seen = change.is_finite() && pull.abs() > SHORTEST * common.bend;
            is_seen.then(|| Mark::arrow([[x, change], [x, change + pull]], Role::Ink).of_unit(unit))
        };
        pane.now.extend(order.iter().enumerate().filter_map(arrow));
        pane
    }
}

const TRAIN_DASH: &str = "5 3";
/// The longest arrow, and the shortest that is drawn, as parts of the largest slope change.
const LONGEST: f64 = 0.4;
const SHORTEST: f64 = 0.01;

/// The mean square of the noise, below which the train error falls only by learning noise.
fn floor(noise: f64) -> Mark {
    Mark::rule_x(noise, Role::Ink).dashed("2 3")
}

/// Heights of the areas for marks.
struct Heights {
    function: f64,
    tracks: f64,
    units: f64,
    plane: f64,
}

/// What the axes of all sides have in common, so that they can be compared.
struct Common {
    errors: [f64; 2],
    /// The largest slope change.
    bend: f64,
}

impl Common {
    fn of(sides: &[Side]) -> Self {
        let errors = |side: &Side| {
            // What a diverging run reaches says little.
            let most = 10.0 * side.run.start().train.loss.max(side.run.start().test.loss);
            let all = side.run.states.iter().flat_map(|state| [state.train.loss, state.test.loss]);
            all.map(move |error| error.min(most)).collect::<Vec<f64>>()
        };
        let known = sides.iter().filter_map(Side::noise);
        let errors = sides.iter().flat_map(errors).chain(known).filter(|&error| error > 0.0);
        let errors = extent(errors).unwrap_or([0.1, 1.0]);
        let bends = sides.iter().filter(|side| side.kind() == Kind::BentLine).flat_map(|side| {
            side.run.states.iter().flat_map(|state| state.network.units().map(|unit| unit.slope_change().abs()))
        });
        let bend = bends.filter(|bend| bend.is_finite()).fold(0.0_f64, f64::max);
        // Axes reach to round numbers, so that they seldom jump in training.
        Common { errors: [round_down(errors[0]), round_up(errors[1])], bend: round_up(bend.max(1e-6)) }
    }
}

/// The next of 1, 2 and 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(value)));
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|&round| round >= value).unwrap_or(value)
}

/// The power of ten below.
fn round_down(value: f64) -> f64 {
    libm::pow(10.0, libm::floor(libm::log10(value)))
}

/// The instrument with one side or two, with its parts empty, and what stands in them.
///
/// # Panics
/// If there is no side, or a run without the state that is to be shown.
pub fn draw(name: &str, sides: &[Side], width: f64) -> (Document, Vec<Part>) {
    let Placed { mut still, layers } = place(name, sides, width);
    let mut parts = Vec::new();
    for (id, elements) in layers {
        match id {
            Some(id) => {
                still.push(Element::group().with(Element::new("g").set("id", id.as_str())));
                parts.push(Part { id, svg: elements.iter().map(Element::to_string).collect() });
            }
            None => still.push(Element::group().with_all(elements)),
        }
    }
    (still, parts)
}

/// The whole picture at the last state of each run, or at another one.
///
/// # Panics
/// As [`draw`].
pub fn document(name: &str, sides: &[Side], width: f64) -> Document {
    let Placed { mut still, layers } = place(name, sides, width);
    for (_, elements) in layers {
        still.push(Element::group().with_all(elements));
    }
    still
}

/// The instrument as it stands without scripts and on paper.
///
/// # Panics
/// As [`draw`].
pub fn figure(name: &str, sides: &[Side]) -> Figure {
    let mut table = Table::new(["training", "step", "train loss", "test loss"]);
    for side in sides {
        for index in spread(side.run.states.len(), 40) {
            let state = &side.run.states[index];
            table.push([side.name.to_owned(), state.step.to_string(), cell(state.train.loss), cell(state.test.loss)]);
        }
    }
    let narrow = document(&format!("{name}-phone"), sides, chart::NARROW);
    Figure { document: document(name, sides, WIDE), narrow: Some(narrow), table }
}

fn place(name: &str, sides: &[Side], width: f64) -> Placed {
    let two = width >= TWO_COLUMNS;
    let heights = match (sides.len(), two) {
        (1, true) if sides[0].kind() == Kind::Curve => {
            Heights { function: 260.0, tracks: 260.0, units: 0.0, plane: 0.0 }
        }
        (1, true) => Heights { function: 260.0, tracks: 300.0, units: 260.0, plane: 330.0 },
        (_, true) => Heights { function: 200.0, tracks: 240.0, units: 110.0, plane: 300.0 },
        _ => Heights { function: 190.0, tracks: 230.0, units: 110.0, plane: 280.0 },
    };
    let common = Common::of(sides);
    let mut columns: Vec<Vec<Pane>> = sides.iter().map(|side| side.panes(&heights, &common)).collect();
    let mut most = if two { 2 } else { 1 };
    if let ([panes], true) = (&mut columns[..], two) {
        match (sides[0].kind(), panes.len()) {
            // Units beside the function, and the errors beside the tracks, with which they share the axis of time.
            (Kind::BentLine, _) => panes[1..].rotate_right(1),
            // Function, tracks and errors side by side.
            (Kind::Curve, 3) => most = 3,
            _ => {}
        }
    }
    let longest = columns.iter().map(Vec::len).max().unwrap_or(0);
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    let mut panes = Vec::new();
    for _ in 0..longest {
        panes.extend(columns.iter_mut().filter_map(Iterator::next));
    }
    let words: Vec<String> = sides.iter().map(|side| format!("{}.", side.heading(&side.words()))).collect();
    let chart = Chart {
        description: words.join(" "),
        key: key(sides),
        panels: panes.iter().map(|pane| pane.panel.clone()).collect(),
        columns: most,
        width,
        ..Chart::new(name, claim(sides))
    };
    let (still, frames) = chart.place(width, &[]);
    let mut layers = Vec::new();
    // In one column the functions of two trainings stand below each other, and their tracks below both.
    let is_near = two || sides.len() == 1;
    if let Some(threads) = is_near.then(|| threads(sides, &frames)).flatten() {
        layers.push((Some(format!("{name}-threads")), threads));
    }
    for (index, (pane, frame)) in panes.iter().zip(&frames).enumerate() {
        for (word, marks) in [("grown", &pane.grown), ("now", &pane.now)] {
            if !marks.is_empty() {
                layers.push((Some(format!("{name}-{word}-{index}")), Mark::draw_all(marks, frame)));
            }
        }
        layers.push((None, Mark::draw_all(&pane.over, frame)));
    }
    Placed { still, layers }
}

/// Dotted lines from each elbow on the function down to its track, where this stands below.
fn threads(sides: &[Side], frames: &[Frame]) -> Option<Vec<Element>> {
    let mut threads = Vec::new();
    let mut found = false;
    for (place, side) in sides.iter().enumerate().filter(|(_, side)| side.kind() == Kind::BentLine) {
        let function = frames.get(place)?;
        let is_below = |frame: &&Frame| frame.rect.left == function.rect.left && frame.rect.top > function.rect.bottom;
        let Some(tracks) = frames.iter().find(is_below) else { continue };
        found = true;
        let (network, domain) = (&side.state().network, side.data.domain());
        for (number, unit) in network.units().enumerate() {
            let Some(elbow) = unit.elbow().filter(|elbow| (domain[0]..=domain[1]).contains(elbow)) else { continue };
            let height = function.y.at(network.predict(elbow)).clamp(function.rect.top, function.rect.bottom);
            let x = function.x.at(elbow);
            let line = Element::line([x, height], [x, tracks.y.at(side.state().step as f64)]);
            let role = unit_roles(side.run, domain)[number];
            let line = line.stroke(role, plot::THIN).set("stroke-dasharray", "1 3").set("opacity", 0.5);
            threads.push(line.set("data-unit", number.to_string()));
        }
    }
    found.then_some(threads)
}

fn key(sides: &[Side]) -> Vec<(Mark, String)> {
    let mut key = match (sides[0].kind(), sides[0].data) {
        (Kind::BentLine, data) => function_view::key(data, function_view::SHARE),
        (Kind::Plane, data) => plane::key(data, true),
        (Kind::Curve, data) => {
            let network = &sides[0].state().network;
            let is_exact = sides[0].state().line(data, line::TOLERANCE).is_ok_and(|line| line.is_exact());
            line::key(data, 0..if is_exact { network.architecture().hidden().len() } else { 0 })
        }
        (Kind::Other, _) => Vec::new(),
    };
    key.push((Mark::line(Vec::new(), Role::Train).dashed(TRAIN_DASH), "train error".to_owned()));
    key.push((Mark::line(Vec::new(), Role::Prediction), "test error".to_owned()));
    if sides.iter().any(|side| side.noise().is_some()) {
        key.push((floor(0.0), "noise of the data".to_owned()));
    }
    if sides.iter().any(|side| side.kind() == Kind::BentLine) {
        key.push((
            Mark::arrow([[0.0; 2]; 2], Role::Ink),
            "where descent takes a unit's bend, the quickest at full length".to_owned(),
        ));
    }
    key
}

/// What stands still: which networks.
fn claim(sides: &[Side]) -> String {
    let network = |side: &Side| {
        let layers = side.run.architecture.hidden();
        let units = if layers.is_empty() { "no".to_owned() } else { list(layers.iter().map(|layer| layer.units)) };
        let name = if side.name.is_empty() { String::new() } else { format!(", {}", side.name) };
        format!("{units} hidden {}{name}", if units == "1" { "unit" } else { "units" })
    };
    sides.iter().map(network).collect::<Vec<_>>().join(" beside ")
}

/// The step that is shown, of how many, in words.
pub fn step_of(step: u64, last: u64) -> String {
    format!("{} of {}", step_words(step), thousands(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_reach_to_round_numbers() {
        assert_eq!([0.3, 1.0, 4.2, 7.0, 23.0].map(round_up), [0.5, 1.0, 5.0, 10.0, 50.0]);
        assert_eq!([0.3, 1.0, 42.0].map(round_down), [0.1, 1.0, 10.0]);
    }
}
