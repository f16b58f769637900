//! A network of two inputs at the end of training as what it is: a small map of what every unit passes on, and lines for the
//! weights that carry it to the next layer.

use nn::architecture::Layer;
use nn::data::Data;
use nn::geometry::{Mesh, Plane, gradient};
use nn::network::{Evaluation, Network};
use nn::study::Run;

use super::plane::{Shade, TOLERANCE, class_role, domain, facet_of, ratio, unit_network};
use super::{Figure, Table, cell, spread};
use crate::chart::{Facet, Mark, NARROW, outline};
use crate::palette::Role;
use crate::plot::{self, Frame, KeyEntry, MARGIN, Rect};
use crate::scale::Scale;
use crate::svg::{Document, Element, number};
use crate::text::{self, TICK, Weight};

/// The width on a desktop.
const WIDTH: f64 = 760.0;
/// The width of a map: on a phone at the least, and on a desktop.
const SMALLEST: f64 = 22.0;
const TILE: f64 = 54.0;
/// Between maps that stand above each other.
const GAP: f64 = 6.0;
/// The most units of a layer that are drawn, and of all hidden layers.
const MOST_UNITS: [usize; 2] = [16, 48];
/// A map of more polygons is not shaded by the linear function on each, but shows where the unit is on.
const MOST_SHADED: usize = 120;
/// A weight that gives less than this part of what the strongest of its layer gives is not drawn.
const WEAKEST: f64 = 0.1;
/// The widths of lines, from weak weights to strong ones.
const WIDTHS: [f64; 4] = [0.75, 1.5, 2.5, 4.0];

/// A map of one unit.
struct Map {
    words: String,
    marks: Vec<Mark>,
}

/// A weight from a map to one of the next column, by their places.
struct Wire {
    ends: [usize; 2],
    /// What it changes there at most, the product of the weight and the range of what comes in, beside the strongest of its
    /// layer: from −1 to 1.
    strength: f64,
}

/// Inputs, hidden layers and outputs from left to right, and the weights between each and the next.
struct Diagram {
    columns: Vec<Vec<Map>>,
    wires: Vec<Vec<Wire>>,
    domain: [[f64; 2]; 2],
    ratio: f64,
}

/// Where maps are drawn, and in which document.
struct Drawn {
    name: String,
    rects: Vec<Vec<Rect>>,
}

/// What every unit passes on at the end, and the weights between them; of many units those that give most.
///
/// # Panics
/// If the run has no state, or the data not two inputs.
pub fn diagram(name: &str, heading: &str, data: &Data, run: &Run) -> Figure {
    let network = &run.end().network;
    let layers = network.architecture().layers();
    let ranges = ranges(network, data);
    let kept: Vec<Vec<usize>> = (0..layers.len()).map(|layer| strongest(network, &ranges, layer)).collect();
    let mut table = Table::new(["layer", "unit", "least", "largest", "polygons"]);
    let mut columns = vec![(0..2).map(|input| of_input(data, input)).collect::<Vec<Map>>()];
    for (layer, units) in kept.iter().enumerate() {
        let is_output = layer + 1 == layers.len();
        let map = |&unit: &usize| {
            let (marks, polygons) = of_unit(network, data, layer, unit);
            let [least, largest] = ranges[layer + 1][unit].map(cell);
            let row = [
                layer.to_string(),
                unit.to_string(),
                least,
                largest,
                polygons.map_or_else(String::new, |n| n.to_string()),
            ];
            table.push(row);
            let words = match (is_output, units.len()) {
                (true, 1) => String::new(),
                (true, _) if !data.classes.is_empty() => data.classes[unit].clone(),
                _ => unit.to_string(),
            };
            Map { words, marks }
        };
        columns.push(units.iter().map(map).collect());
    }
    let mut wires = Vec::new();
    for (layer, to) in kept.iter().enumerate() {
        let from: &[usize] = if layer == 0 { &[0, 1] } else { &kept[layer - 1] };
        wires.push(of_weights(network, &ranges[layer], layer, from, to));
    }
    let left_out = layers.iter().zip(&kept).map(|(layer, kept)| layer.units - kept.len()).sum::<usize>();
    let some = if left_out > 0 {
        format!(
            " Of {} units the {} that give most are drawn.",
            run.width,
            kept[..layers.len() - 1].iter().flatten().count()
        )
    } else {
        String::new()
    };
    let claim = format!("{heading}: what each unit passes on, and where to");
    let is_exact = Plane::new(network, domain(data)).is_ok();
    let line = match (is_exact, data.classes.len()) {
        (true, 2) => ", with a dark line where it turns on and, in the output, between the classes",
        (true, _) => ", with a dark line where it turns on",
        (false, 2) => ", with a dark line between the classes in the output",
        (false, _) => "",
    };
    let note = format!(
        "A map is a unit over {}, in full colour at its largest value{line}. A line between maps is a weight, as wide as \
         what it can change there: a tenth of the strongest of its layer, or more.{some}",
        super::plane::inputs(data)
    );
    let description = format!(
        "{claim}, at the end of training: from left to right both inputs, the hidden layers and the output, with a small map for \
         each unit and a line for each weight."
    );
    let diagram = Diagram { columns, wires, domain: domain(data), ratio: ratio(data) };
    let document = |name: &str, width: f64| Document::new(name, width, 100.0).titled(&claim).described(&description);
    let mut wide = document(name, WIDTH);
    let drawn = diagram.draw(&mut wide, &note, None);
    let mut narrow = document(&format!("{name}-narrow"), NARROW);
    diagram.draw(&mut narrow, &note, Some(&drawn));
    Figure { document: wide, narrow: Some(narrow), table }
}

/// From the least to the largest value of every input and of every unit over the plane, layer by layer, the inputs first:
/// exact where there are polygons, or else on a grid.
fn ranges(network: &Network, data: &Data) -> Vec<Vec<[f64; 2]>> {
    const CELLS: usize = 40;
    let domain = domain(data);
    let points: Vec<[f64; 2]> = if let Ok(plane) = Plane::new(network, domain) {
        plane.regions().flat_map(|region| region.corners().collect::<Vec<_>>()).collect()
    } else {
        let place = |i: usize, [low, high]: [f64; 2]| low + (high - low) * (i as f64 / CELLS as f64);
        let grid = (0..=CELLS).flat_map(|i| (0..=CELLS).map(move |j| [i, j]));
        grid.map(|[i, j]| [place(i, domain[0]), place(j, domain[1])]).collect()
    };
    let layers = network.architecture().layers();
    let mut ranges = vec![domain.to_vec()];
    ranges.extend(layers.iter().map(|layer| vec![[f64::INFINITY, f64::NEG_INFINITY]; layer.units]));
    let mut evaluation = Evaluation::new(network.architecture());
    for point in points {
        network.evaluate_into(&point, &mut evaluation);
        for (layer, ranges) in ranges[1..].iter_mut().enumerate() {
            for (range, &value) in ranges.iter_mut().zip(evaluation.after(layer)) {
                *range = [range[0].min(value), range[1].max(value)];
            }
        }
    }
    ranges
}

/// The units of a layer to draw, in order: all, or those that change most in the next layer.
fn strongest(network: &Network, ranges: &[Vec<[f64; 2]>], layer: usize) -> Vec<usize> {
    let layers = network.architecture().layers();
    let Layer { units, .. } = layers[layer];
    let [in_layer, in_all] = MOST_UNITS;
    let most = in_layer.min(in_all / (layers.len() - 1).max(1)).max(1);
    if layer + 1 == layers.len() {
        return spread(units, in_layer);
    }
    let next = network.weights(layer + 1).chunks_exact(layers[layer + 1].units);
    let gives =
        |([low, high], weights): (&[f64; 2], &[f64])| (high - low) * weights.iter().map(|w| w.abs()).sum::<f64>();
    let gives: Vec<f64> = ranges[layer + 1].iter().zip(next).map(gives).collect();
    let mut order: Vec<usize> = (0..units).collect();
    order.sort_by(|&a, &b| gives[b].total_cmp(&gives[a]));
    order.truncate(most);
    order.sort_unstable();
    order
}

/// The weights of a layer from some of its inputs to some of its units that are strong enough to be drawn.
fn of_weights(network: &Network, ranges: &[[f64; 2]], layer: usize, from: &[usize], to: &[usize]) -> Vec<Wire> {
    let units = network.architecture().layers()[layer].units;
    let change = |input: usize, unit: usize| {
        let [low, high] = ranges[input];
        network.weights(layer)[input * units + unit] * (high - low)
    };
    let all = (0..ranges.len()).flat_map(|input| (0..units).map(move |unit| (input, unit)));
    let largest = all.fold(0.0_f64, |largest, (input, unit)| largest.max(change(input, unit).abs()));
    let mut wires = Vec::new();
    for (i, &input) in from.iter().enumerate() {
        for (j, &unit) in to.iter().enumerate() {
            let strength = change(input, unit) / largest;
            if strength.abs() >= WEAKEST {
                wires.push(Wire { ends: [i, j], strength });
            }
        }
    }
    wires
}

/// The map of an input, which is 0 in the middle of its range.
fn of_input(data: &Data, input: usize) -> Map {
    let [[left, right], [bottom, top]] = domain(data);
    let [low, high] = data.inputs[input].domain;
    let corners = vec![[left, bottom], [right, bottom], [right, top], [left, top]];
    let mut gradient = [0.0; 2];
    gradient[input] = 1.0;
    let full = (high - low) / 2.0;
    let facet = Facet { value: corners[0][input] - f64::midpoint(low, high), corners, gradient };
    let marks = vec![Mark::facets(vec![facet], full, class_role(1), class_role(0))];
    Map { words: data.inputs[input].name.clone(), marks }
}

/// The map of a unit, and how many polygons it is made of.
fn of_unit(network: &Network, data: &Data, layer: usize, unit: usize) -> (Vec<Mark>, Option<usize>) {
    let alone = unit_network(network, layer, unit);
    let layers = network.architecture().layers();
    let [up, down] = [class_role(1), class_role(0)];
    // Where classes are as likely.
    let is_odds = layer + 1 == layers.len() && layers[layer].units == 1 && !data.classes.is_empty();
    let Ok(plane) = Plane::new(&alone, domain(data)) else {
        let Ok(mesh) = Mesh::new(&alone, domain(data), 2.0 * TOLERANCE) else { return (Vec::new(), None) };
        let full = mesh.triangles(0).flat_map(|(_, values)| values).fold(0.0, |full: f64, v| full.max(v.abs()));
        let facet = |(triangle, values): ([[f64; 2]; 3], [f64; 3])| Facet {
            corners: triangle.to_vec(),
            gradient: gradient(triangle, values),
            value: values[0],
        };
        let facets: Vec<Facet> = mesh.triangles(0).map(facet).collect();
        let mut marks = vec![Mark::facets(facets, full.max(f64::MIN_POSITIVE), up, down)];
        marks.extend(is_odds.then(|| Mark::lines(mesh.level_set(0, 0.0), Role::Ink)));
        return (marks, None);
    };
    let functions = plane.outputs(0);
    let values = || {
        plane
            .regions()
            .zip(&functions)
            .flat_map(|(region, function)| region.corners().map(|corner| function.at(corner)))
    };
    let full = values().fold(0.0, |full: f64, value| full.max(value.abs()));
    let mut marks = Vec::new();
    if full > 0.0 {
        // Where a unit is off there is nothing to see.
        let is_seen = |corners: &[[f64; 2]], function: &nn::geometry::Affine| {
            corners.iter().any(|&corner| function.at(corner).abs() > 1e-3 * full)
        };
        let regions = plane.regions().zip(functions).map(|(region, function)| {
            (region.corners().collect::<Vec<_>>(), facet_of(region, function, Shade { middle: 0.0, full }), function)
        });
        let seen: Vec<_> = regions.filter(|(corners, _, function)| is_seen(corners, function)).collect();
        if seen.len() <= MOST_SHADED {
            marks.push(Mark::facets(seen.into_iter().map(|(_, facet, _)| facet).collect(), full, up, down));
        } else {
            for (role, sign) in [(up, 1.0), (down, -1.0)] {
                let is_so = |(corners, _, function): &(Vec<[f64; 2]>, Facet, nn::geometry::Affine)| {
                    corners.iter().map(|&corner| sign * function.at(corner)).sum::<f64>() > 0.0
                };
                let areas: Vec<_> = seen.iter().filter(|one| is_so(one)).map(|(corners, ..)| corners.clone()).collect();
                let areas = outline(&areas);
                marks.extend((!areas.is_empty()).then(|| Mark::areas(areas, role)));
            }
        }
    }
    let lines = if is_odds { plane.level_set(0, 0.0) } else { plane.fold(layer, 0) };
    marks.push(Mark::lines(lines, Role::Ink));
    (marks, Some(plane.len()))
}

impl Diagram {
    /// The width of a map in a picture of a width.
    fn tile(&self, width: f64) -> f64 {
        let columns = self.columns.len() as f64;
        ((width - 2.0 * MARGIN) / (1.9 * columns - 0.9)).clamp(SMALLEST, TILE)
    }

    /// Draws it; maps that were drawn on another canvas are used again. Returns where maps are drawn.
    fn draw(&self, document: &mut Document, note: &str, drawn: Option<&Drawn>) -> Drawn {
        let width = document.size().0;
        let tile = self.tile(width);
        let height = tile * self.ratio;
        let mut y = plot::heading(document, note);
        let entry =
            |words: &str, sign: f64| KeyEntry::new(words, move |[x, y]| line(&[[[x, y], [x + 24.0, y]]], sign, 2.5));
        y = plot::key(document, y, &[entry("adds", 1.0), entry("takes away", -1.0)]);
        let step = (width - 2.0 * MARGIN - tile) / (self.columns.len() as f64 - 1.0);
        y += self.titles(document, y, tile, step);
        let most = self.columns.iter().map(Vec::len).max().unwrap_or(1) as f64;
        let place = |column: usize, row: usize| {
            let free = (most - self.columns[column].len() as f64) * (height + GAP) / 2.0;
            let [left, top] = [MARGIN + step * column as f64, y + free + (height + GAP) * row as f64];
            Rect::new(left, top, left + tile, top + height)
        };
        let rects: Vec<Vec<Rect>> = self
            .columns
            .iter()
            .enumerate()
            .map(|(c, maps)| (0..maps.len()).map(|row| place(c, row)).collect())
            .collect();
        for (wires, ends) in self.wires.iter().zip(rects.windows(2)) {
            document.push(drawn_wires(wires, [&ends[0], &ends[1]]));
        }
        let name = drawn.map_or(document.name(), |drawn| &drawn.name).to_owned();
        for (column, maps) in self.columns.iter().enumerate() {
            for (row, map) in maps.iter().enumerate() {
                let rect = rects[column][row];
                let paper = Element::rectangle(rect.left, rect.top, rect.width(), rect.height());
                document.push(paper.fill(Role::Background).stroke(Role::Axis, 0.5));
                let id = format!("{name}-map-{column}-{row}");
                document.push(if let Some(drawn) = drawn {
                    let from = drawn.rects[column][row];
                    let scale = rect.width() / from.width();
                    let [x, y] = [rect.left - scale * from.left, rect.top - scale * from.top].map(number);
                    let transform = format!("translate({x} {y}) scale({scale:.4})");
                    Element::new("use").set("href", format!("#{id}")).set("transform", transform)
                } else {
                    let scale = |k: usize| move |range: [f64; 2]| Scale::linear(self.domain[k], range);
                    let frame = Frame::new(rect, scale(0), scale(1));
                    Element::group().set("id", id).with_all(Mark::draw_all(&map.marks, &frame))
                });
                if tile >= 34.0 && !map.words.is_empty() {
                    let words = text::cut(&map.words, TICK, Weight::Regular, (tile - 6.0) / Weight::Regular.spare());
                    let text = Element::text([rect.left + 3.0, rect.top + 13.0], TICK, &words);
                    document.push(plot::haloed(text).fill(Role::Ink));
                }
            }
        }
        document.set_height(y + most * (height + GAP) + 4.0);
        Drawn { name, rects }
    }

    /// What the columns are, above them; returns the height they take.
    fn titles(&self, document: &mut Document, y: f64, tile: f64, step: f64) -> f64 {
        let last = self.columns.len() - 1;
        let words = |is_long: bool| -> Vec<String> {
            let word = |column: usize| match (column, is_long) {
                (0, true) => "inputs".to_owned(),
                (0, false) => "in".to_owned(),
                (column, true) if column == last => "output".to_owned(),
                (column, false) if column == last => "out".to_owned(),
                (column, true) => format!("layer {}", column - 1),
                (column, false) => (column - 1).to_string(),
            };
            (0..=last).map(word).collect()
        };
        let room = step - 8.0;
        let wide = |words: &str| Weight::Bold.spare() * text::width(words, TICK, Weight::Bold);
        let fits = words(true).iter().all(|words| wide(words) <= room);
        let mut group = Element::group().fill(Role::Ink).set("font-weight", "bold");
        for (column, words) in words(fits).iter().enumerate() {
            let x = MARGIN + step * column as f64;
            let text = Element::text([x + if column == last { tile } else { 0.0 }, y + 14.0], TICK, words);
            group.push(if column == last { text.set("text-anchor", "end") } else { text });
        }
        document.push(group);
        24.0
    }
}

/// The weights from the maps of a column to those of the next: strong ones last, and so on top.
fn drawn_wires(wires: &[Wire], [from, to]: [&[Rect]; 2]) -> Element {
    let ends = |wire: &Wire| {
        let [from, to] = [from[wire.ends[0]], to[wire.ends[1]]];
        [[from.right, f64::midpoint(from.top, from.bottom)], [to.left, f64::midpoint(to.top, to.bottom)]]
    };
    let class = |wire: &Wire| {
        let part = (wire.strength.abs() - WEAKEST) / (1.0 - WEAKEST);
        ((part * WIDTHS.len() as f64) as usize).min(WIDTHS.len() - 1)
    };
    let mut group = Element::group().set("opacity", 0.75);
    for (index, &width) in WIDTHS.iter().enumerate() {
        for sign in [1.0, -1.0] {
            let of = wires.iter().filter(|wire| class(wire) == index && wire.strength * sign > 0.0);
            let lines: Vec<[[f64; 2]; 2]> = of.map(ends).collect();
            if !lines.is_empty() {
                group.push(line(&lines, sign, width));
            }
        }
    }
    group
}

/// Lines of weights of a sign.
fn line(ends: &[[[f64; 2]; 2]], sign: f64, width: f64) -> Element {
    if sign > 0.0 {
        Element::lines(ends).stroke(Role::Positive, width)
    } else {
        Element::lines(ends).stroke(Role::Negative, width).set("stroke-dasharray", "4 4")
    }
}
