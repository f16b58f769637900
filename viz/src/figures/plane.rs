//! What networks of two inputs compute, at some steps: exactly, as the convex polygons on which they are linear.

use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::data::Data;
use nn::events::HiddenUnit;
use nn::geometry::{Affine, Classes, Mesh, Plane, Region, gradient};
use nn::network::Network;
use nn::study::Run;

use super::{Figure, Table, cell, counted, in_time, log_domain, number_of, percent_words, spread, step_words};
use crate::chart::{Axis, Chart, Facet, Glyph, Mark, Panel};
use crate::findings::plane::Gathering;
use crate::palette::Role;
use crate::plot;
use crate::text::{short, thousands};

/// The most panels of steps.
const STEPS: usize = 6;
/// The most states of which polygons are counted.
const STEPS_OF_POLYGONS: usize = 40;
/// More polygons than this are not shaded, and of more than that no folds are drawn, which would hide everything else.
const MOST_SHADED: usize = 50_000;
const MOST_FOLDED: usize = 3000;
/// More training points than this hide the polygons.
const MOST_POINTS: usize = 300;
/// How far a smooth function may be from the triangles that stand for it, in units of full colour.
pub(super) const TOLERANCE: f64 = 0.04;
/// The log odds of full colour: 95 %.
const FULL_ODDS: f64 = 3.0;

/// The colour of a class, of more than five one that another class has, too.
pub(super) fn class_role(class: usize) -> Role {
    // Two classes have the colours of − and +.
    Role::Series(match class {
        0 => 1,
        1 => 0,
        more => more,
    })
}

/// The form of the points of each class: of more than five a letter or digit, that which its name begins with where no other
/// name does.
fn class_glyphs(classes: &[String]) -> Vec<Glyph> {
    let forms = [Glyph::Triangle, Glyph::Bead, Glyph::Square, Glyph::Hollow, Glyph::HollowSquare];
    if classes.len() <= forms.len() {
        return forms[..classes.len()].to_vec();
    }
    let firsts: Vec<Option<char>> = classes.iter().map(|name| name.chars().next()).collect();
    let is_alone = |first: &Option<char>| firsts.iter().filter(|other| *other == first).count() == 1;
    let are_letters = firsts.iter().all(|first| is_alone(first) && first.is_some_and(char::is_alphanumeric));
    let numbered = ('0'..='9').chain('a'..='z').chain('A'..='Z').chain(['+', '*']);
    if are_letters {
        firsts.into_iter().flatten().map(Glyph::Letter).collect()
    } else {
        numbered.cycle().take(classes.len()).map(Glyph::Letter).collect()
    }
}

/// Both inputs, which the whole figure shows.
pub(super) fn axes(data: &Data) -> [Axis; 2] {
    [0, 1].map(|i| Axis::linear(&data.inputs[i].name, data.inputs[i].domain))
}

pub(super) fn domain(data: &Data) -> [[f64; 2]; 2] {
    [data.inputs[0].domain, data.inputs[1].domain]
}

/// The height of a map for a width of 1, in which both inputs have about one scale.
pub(super) fn ratio(data: &Data) -> f64 {
    let [[left, right], [bottom, top]] = domain(data);
    let ratio = (top - bottom) / (right - left);
    // Of inputs in different units the ratio says nothing.
    if (0.4..2.5).contains(&ratio) { ratio } else { 1.0 }
}

/// The training points as marks, by class or all alike.
pub(super) fn dots(data: &Data) -> Vec<Mark> {
    let kept = spread(data.y.len(), MOST_POINTS);
    let of = |class: Option<usize>| -> Vec<[f64; 2]> {
        let is_of = |i: &&usize| class.is_none_or(|class| data.y[**i] == class as f64);
        kept.iter().filter(is_of).map(|&i| [data.x[2 * i], data.x[2 * i + 1]]).collect()
    };
    if data.classes.is_empty() {
        return vec![Mark::dots(of(None), Glyph::Disc, 1.5, Role::Ink).faint(0.6)];
    }
    let glyphs = class_glyphs(&data.classes);
    let mark = |class: usize| Mark::dots(of(Some(class)), glyphs[class], 2.5, class_role(class)).wide(1.0);
    (0..data.classes.len()).map(mark).collect()
}

pub(super) fn key(data: &Data, is_exact: bool) -> Vec<(Mark, String)> {
    let glyphs = class_glyphs(&data.classes);
    let mut key: Vec<(Mark, String)> = (0..data.classes.len())
        .map(|class| {
            (
                Mark::dots(vec![], glyphs[class], 3.0, class_role(class)).wide(1.0),
                format!("{} {}", data.y_name, data.classes[class]),
            )
        })
        .collect();
    if data.classes.is_empty() {
        key.push((Mark::dots(vec![], Glyph::Disc, 2.0, Role::Ink), "data".to_owned()));
    } else {
        key.push((Mark::line(vec![], Role::Ink), "boundary".to_owned()));
    }
    if is_exact {
        key.push((Mark::line(vec![], Role::Muted).wide(plot::THIN), "fold of a unit of layer 0".to_owned()));
        key.push((Mark::line(vec![], Role::Muted).wide(plot::THIN).dashed("3 2"), "of a later layer".to_owned()));
    }
    key
}

/// A network over the plane, from back to front, with how many polygons it has.
pub(super) struct Surface {
    shades: Vec<Mark>,
    /// Of the units that have one.
    pub folds: Vec<Fold>,
    boundary: Vec<Mark>,
    polygons: Option<usize>,
}

/// Where a unit turns on.
pub(super) struct Fold {
    pub id: HiddenUnit,
    lines: Vec<Vec<[f64; 2]>>,
}

impl Surface {
    fn smooth(shades: Vec<Mark>, boundary: Vec<Mark>) -> Self {
        Surface { shades, folds: Vec::new(), boundary, polygons: None }
    }

    /// Whether it is made of polygons.
    pub fn is_exact(&self) -> bool {
        self.polygons.is_some()
    }

    /// All of it, with the folds of a layer as one.
    fn marks(self) -> Vec<Mark> {
        let mut marks = self.shades;
        for folds in self.folds.chunk_by(|a, b| a.id.layer == b.id.layer) {
            let lines = folds.iter().flat_map(|fold| fold.lines.iter().cloned()).collect();
            marks.push(fold_mark(lines, folds[0].id.layer));
        }
        marks.extend(self.boundary);
        marks
    }

    /// All of it, with a mark for each fold.
    pub fn marks_by_unit(&self, architecture: &Architecture) -> Vec<Mark> {
        let folds = self.folds.iter();
        let folds =
            folds.map(|fold| fold_mark(fold.lines.clone(), fold.id.layer).of_unit(number_of(architecture, fold.id)));
        self.shades.iter().cloned().chain(folds).chain(self.boundary.iter().cloned()).collect()
    }

    /// The folds of a layer alone, with the boundary of the classes behind them.
    pub fn layer(&self, layer: usize, architecture: &Architecture) -> Vec<Mark> {
        let behind = self.boundary.iter().map(|mark| Mark { role: class_role(0), ..mark.clone() }.faint(0.4));
        let folds = self.folds.iter().filter(|fold| fold.id.layer == layer);
        let mark = |fold: &Fold| {
            let mark = Mark::lines(fold.lines.clone(), Role::Prediction).wide(plot::SECONDARY);
            mark.of_unit(number_of(architecture, fold.id))
        };
        behind.chain(folds.map(mark)).collect()
    }
}

fn fold_mark(lines: Vec<Vec<[f64; 2]>>, layer: usize) -> Mark {
    Mark::lines(lines, Role::Muted).dashed((layer > 0).then_some("3 2")).faint(0.7)
}

/// What stands for full colour, and its zero.
#[derive(Clone, Copy)]
pub(super) struct Shade {
    pub middle: f64,
    pub full: f64,
}

pub(super) fn facet_of(region: Region<'_>, function: Affine, shade: Shade) -> Facet {
    let corners: Vec<[f64; 2]> = region.corners().collect();
    let value = function.at(corners[0]) - shade.middle;
    Facet { corners, gradient: function.gradient, value }
}

/// The network's polygons, folds and boundaries.
fn surface(network: &Network, data: &Data, shade: Shade) -> Surface {
    let classes = data.classes.len();
    let outputs = network.architecture().outputs();
    let [second, first] = [class_role(1), class_role(0)];
    let Ok(plane) = Plane::new(network, domain(data)) else {
        let Ok(mesh) = Mesh::new(network, domain(data), TOLERANCE * shade.full) else {
            return Surface::smooth(Vec::new(), Vec::new());
        };
        if outputs == 1 {
            let facet = |triangle: [[f64; 2]; 3], values: &[f64; 3]| Facet {
                corners: triangle.to_vec(),
                gradient: gradient(triangle, *values),
                value: values[0] - shade.middle,
            };
            let facets = mesh.triangles(0).map(|(triangle, values)| facet(triangle, &values)).collect();
            let boundary = (classes > 0).then(|| between(mesh.level_set(0, 0.0)));
            let shades = vec![Mark::facets(facets, shade.full, second, first)];
            return Surface::smooth(shades, boundary.into_iter().collect());
        }
        return Surface::smooth(class_marks(mesh.classes()), Vec::new());
    };
    let mut shades = Vec::new();
    if outputs == 1 && plane.len() <= MOST_SHADED {
        let functions = plane.outputs(0);
        let facets =
            plane.regions().zip(functions).map(|(region, function)| facet_of(region, function, shade)).collect();
        shades.push(Mark::facets(facets, shade.full, second, first));
    } else if outputs > 1 {
        shades.extend(class_marks(plane.classes()));
    }
    let is_folded = plane.len() <= MOST_FOLDED;
    let layers = network.architecture().hidden().iter().enumerate().filter(|_| is_folded);
    let units = layers.flat_map(|(layer, of)| (0..of.units).map(move |unit| HiddenUnit { layer, unit }));
    let fold = |id: HiddenUnit| Fold { id, lines: plane.fold(id.layer, id.unit) };
    let folds = units.map(fold).filter(|fold| !fold.lines.is_empty()).collect();
    let boundary = (classes > 0 && outputs == 1).then(|| between(plane.level_set(0, 0.0)));
    Surface { shades, folds, boundary: boundary.into_iter().collect(), polygons: Some(plane.len()) }
}

/// The boundary of two classes.
fn between(lines: Vec<Vec<[f64; 2]>>) -> Mark {
    Mark::lines(lines, Role::Ink).wide(plot::DATA)
}

/// `x1 and x2`.
pub(super) fn inputs(data: &Data) -> String {
    format!("{} and {}", data.inputs[0].name, data.inputs[1].name)
}

/// What a network computes over both inputs, and its folds.
pub(super) fn of(network: &Network, data: &Data) -> Surface {
    surface(network, data, shade(data))
}

/// On how many polygons a network is linear; None if it is smooth.
pub(super) fn pieces(network: &Network, data: &Data) -> Option<usize> {
    Plane::new(network, domain(data)).ok().map(|plane| plane.len())
}

/// What is between classes, exactly; None if there are none, or if the network has no polygons.
pub(super) fn boundary(network: &Network, data: &Data) -> Option<Vec<Vec<[f64; 2]>>> {
    let plane = Plane::new(network, domain(data)).ok().filter(|_| !data.classes.is_empty())?;
    Some(if network.architecture().outputs() == 1 { plane.level_set(0, 0.0) } else { plane.classes().boundaries })
}

/// The areas of classes and what is between them.
fn class_marks(classes: Classes) -> Vec<Mark> {
    let areas = classes.areas.into_iter().enumerate().map(|(class, areas)| Mark::areas(areas, class_role(class)));
    areas.chain([Mark::lines(classes.boundaries, Role::Ink).wide(plot::DATA)]).collect()
}

/// What is full colour: log odds of 95 %, or the range of the values.
fn shade(data: &Data) -> Shade {
    if !data.classes.is_empty() {
        return Shade { middle: 0.0, full: FULL_ODDS };
    }
    let (low, high) = data.y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &y| (l.min(y), h.max(y)));
    Shade { middle: f64::midpoint(low, high), full: ((high - low) / 2.0).max(f64::MIN_POSITIVE) }
}

/// The plane at some saved states.
///
/// # Panics
/// If the run has no state, or the data not two inputs.
pub fn small_multiples(name: &str, heading: &str, data: &Data, run: &Run) -> Figure {
    let states = in_time(run, STEPS);
    let (shade, [x, y]) = (shade(data), axes(data));
    let mut counts = Vec::new();
    let mut panels = Vec::new();
    let mut table = Table::new(["step", "polygons", "train loss", "test loss", "train accuracy", "test accuracy"]);
    for state in states {
        let surface = surface(&state.network, data, shade);
        let polygons = surface.polygons;
        let mut marks = surface.marks();
        marks.extend(dots(data));
        counts.push(polygons);
        let number = |value: Option<f64>| value.map_or_else(String::new, cell);
        table.push([
            state.step.to_string(),
            polygons.map_or_else(String::new, |count| count.to_string()),
            cell(state.train.loss),
            cell(state.test.loss),
            number(state.train.accuracy),
            number(state.test.accuracy),
        ]);
        let polygons = polygons.map(|count| counted(count, "polygon"));
        let accuracy = state.test.accuracy.map(|share| format!("{} right", percent_words(share)));
        let note = polygons.into_iter().chain(accuracy).collect::<Vec<_>>().join(", ");
        panels.push(Panel::new(step_words(state.step), x.clone(), y.clone(), marks).noted(note));
    }
    let claim = match (counts.first().copied().flatten(), counts.last().copied().flatten()) {
        (Some(from), Some(to)) => {
            format!("{heading}: {} at the start, {} at the end", counted(from, "polygon"), thousands(to))
        }
        _ => format!("{heading}: what it computes over {}", inputs(data)),
    };
    let note = if data.classes.is_empty() {
        format!(
            "Colour: ŷ, from {} to {}; without colour in the middle.",
            short(shade.middle - shade.full),
            short(shade.middle + shade.full)
        )
    } else if run.architecture.outputs() == 1 {
        "Colour: the log odds of the second class, full from 95 % on; without colour both classes are as likely."
            .to_owned()
    } else {
        "Colour: the likeliest class.".to_owned()
    };
    let is_exact = counts.iter().any(Option::is_some);
    let description = format!(
        "{heading} over {} and {} at {}. {claim}.",
        data.inputs[0].name,
        data.inputs[1].name,
        counted(panels.len(), "step")
    );
    let (key, height, table) = (key(data, is_exact), 240.0 * ratio(data), Some(table));
    Chart { note, description, panels, key, height, table, ..Chart::new(name, claim) }.figure()
}

/// The part of a network that computes one unit.
pub(super) fn unit_network(network: &Network, layer: usize, unit: usize) -> Network {
    let whole = network.architecture();
    let mut layers: Vec<Layer> = whole.layers()[..=layer].to_vec();
    let activation: Activation = layers[layer].activation;
    layers[layer] = Layer { units: 1, activation };
    let before: usize = (0..layer).map(|l| whole.parameters_of(l)).sum();
    let mut parameters = network.parameters()[..before].to_vec();
    parameters.extend(network.weights(layer).iter().skip(unit).step_by(whole.layers()[layer].units));
    parameters.push(network.biases(layer)[unit]);
    let architecture = Architecture::new(whole.inputs(), layers, Loss::SquaredError);
    let architecture = architecture.expect("a part of a network is one");
    Network::new(architecture, parameters).expect("all parameters of the part")
}

/// How many polygons there are over training, through how many of them the boundary passes, and how large they are around
/// training points and around places of the plane. None if activations leave no polygons. The points of a slice do not lie
/// on it, and count for nothing.
///
/// # Panics
/// If the run has no state, or the data not two inputs.
pub fn polygons(name: &str, heading: &str, data: &Data, run: &Run, is_slice: bool) -> Option<Figure> {
    let states = in_time(run, STEPS_OF_POLYGONS);
    let found: Vec<(f64, Gathering)> = states
        .iter()
        .map(|state| Some((state.step as f64, Gathering::of(data, &state.network)?)))
        .collect::<Option<_>>()?;
    let course = |value: &dyn Fn(&Gathering) -> f64| -> Vec<[f64; 2]> {
        found.iter().map(|(step, gathering)| [*step, value(gathering)]).collect()
    };
    let (first, last) = (found.first()?, found.last()?);
    let most = found.iter().map(|(_, gathering)| gathering.polygons).max().unwrap_or(1);
    let claim = format!(
        "{heading}: from {} to {} over the training, {} at most",
        thousands(first.1.polygons),
        counted(last.1.polygons, "polygon"),
        thousands(most)
    );
    let mut counts = vec![Mark::line(course(&|now| now.polygons as f64), Role::Prediction).labelled("all")];
    if first.1.crossed.is_some() {
        let crossed = course(&|now| now.crossed.map_or(f64::NAN, |(count, _)| count as f64));
        counts.push(Mark::line(crossed, Role::Ink).labelled("at the boundary"));
    }
    let percent = |part: f64| 100.0 * part;
    let at_places = course(&|now| percent(now.at_places));
    let at_points = course(&|now| percent(now.at_points));
    let has_points = !is_slice && at_points.iter().all(|point| point[1].is_finite());
    let at_points = Some(at_points).filter(|_| has_points);
    let range = log_domain(at_places.iter().chain(at_points.iter().flatten()).map(|point| point[1]));
    let mut sizes = vec![Mark::line(at_places, Role::Muted).dashed("5 3").labelled("half of the plane")];
    sizes.extend(at_points.map(|points| Mark::line(points, Role::Prediction).labelled("half of the points")));
    let crossed = first.1.crossed.zip(last.1.crossed).map(|((before, _), (after, _))| {
        let [before, after] = [before, after].map(|count| counted(count, "polygon"));
        format!(" The boundary passes through {before} at the start, through {after} at the end.")
    });
    let size = |words: &str, value: fn(&Gathering) -> f64| {
        let [before, after] = [&first.1, &last.1].map(|now| short(percent(value(now))));
        format!(
            " {words} lies in polygons of {before} % of the plane or less at the start, of {after} % or less at the end."
        )
    };
    let of_points = has_points.then(|| size("Half of the training points", |now| now.at_points).replace("lies", "lie"));
    let description = format!(
        "{claim}.{}{}{}",
        crossed.unwrap_or_default(),
        size("Half of the plane", |now| now.at_places),
        of_points.unwrap_or_default()
    );
    let steps = || Axis::steps(last.0.max(1.0));
    let panels = vec![
        Panel::new("How many", steps(), Axis::linear("polygons", [0.0, 1.05 * most.max(1) as f64]), counts),
        Panel::new("In polygons of at most this size lies …", steps(), Axis::log("% of the plane", range), sizes),
    ];
    Some(Chart { description, panels, columns: 2, height: 170.0, ..Chart::new(name, claim) }.figure())
}
