//! The computation graph, drawn in layers from left to right, or on a phone from top to bottom: values run along the solid
//! lines, derivatives come back along the dashed ones, each multiplied by the local Jacobian that stands at the line.

mod diagram;
mod layout;
mod matrix;
mod stacked;

use std::fmt::Write as _;

use autodiff::{Graph, NodeKind};

pub use diagram::{Detail, Diagram, Link, MOST_NODES, Node};
pub use layout::{Layout, Wire, layout};
pub use matrix::brief;
pub use stacked::stacked;

use super::{Figure, Table, cell, counted};
use crate::chart::{Mark, NARROW};
use crate::palette::Role;
use crate::plot::{self, KeyEntry, MARGIN, Rect};
use crate::svg::{Document, Element, number};
use crate::text::{self, Weight};
use matrix::{Heat, Matrix, ROW};

/// Where given nodes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sources {
    /// All in the first layer: sources on one side, the sink on the other.
    First,
    /// In the layer before the one they are used in, so that lines are short.
    NearUse,
}

/// How a graph is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How much of it.
    pub detail: Detail,
    /// Where given nodes stand.
    pub sources: Sources,
    /// A node that everything computed depends on: derivatives by it are total, and written with d.
    pub total_by: Option<&'static str>,
}

/// The widest a name may be; a longer one is cut.
const NAME_WIDTH: f64 = 150.0;
/// The widest a definition may be.
const DEFINITION_WIDTH: f64 = 132.0;
/// Space between a box's border and what is in it.
const PAD: f64 = 6.0;
/// Height of the ellipse with the operation, and of the line that joins it to its box.
const ELLIPSE: f64 = 20.0;
const STEM: f64 = 4.0;
/// Height of the line with name and shape.
const HEAD: f64 = 20.0;
/// The largest heat map of a local Jacobian.
const JACOBIAN: [f64; 2] = [54.0, 40.0];

/// The graph as a figure, under a title that says what is computed. Nodes carry the attribute `data-node` with their name.
///
/// ```
/// use autodiff::{SMatrix, Tape};
/// use viz::figures::graph::{Detail, Options, Sources, draw};
///
/// let tape = Tape::new();
/// let w = tape.parameter("w", SMatrix::<f64, 1, 2>::new(3.0, 4.0));
/// let x = tape.input("x", SMatrix::<f64, 2, 1>::new(1.0, 0.5));
/// let y = (w * x).named("y");
/// let graph = tape.graph().with_derivatives(&tape.backward(y));
/// let figure = draw("graph", "y = w·x", &graph, Options { detail: Detail::Named, sources: Sources::First, total_by: None });
/// assert!(figure.svg().contains("data-node=\"y\""));
/// assert_eq!(figure.table.rows.len(), 3 + 2); // nodes and links
/// ```
pub fn draw(name: &str, title: &str, graph: &Graph, options: Options) -> Figure {
    let mut diagram = Diagram::new(graph, options.detail);
    for node in &mut diagram.nodes {
        node.is_total = options.total_by == Some(node.name.as_str());
    }
    let mut layers = diagram.layers();
    if options.sources == Sources::NearUse {
        for (place, node) in diagram.nodes.iter().enumerate() {
            let used = diagram.links.iter().filter(|link| link.from == place).map(|link| layers[link.to]);
            if let (false, Some(first)) = (matches!(node.kind, NodeKind::Operation(_)), used.min()) {
                layers[place] = first - 1;
            }
        }
    }
    let sizes: Vec<[f64; 2]> = diagram.nodes.iter().map(size).collect();
    let labels: Vec<Label> = diagram.links.iter().map(|link| Label::new(&diagram, link)).collect();
    let wires: Vec<Wire> = diagram
        .links
        .iter()
        .zip(&labels)
        .map(|(link, label)| Wire { from: link.from, to: link.to, label: label.size() })
        .collect();
    let picture = Picture { diagram: &diagram, labels: &labels, title };
    let placed = layout(&sizes, &layers, &wires);
    let document = picture.document(name, (placed.size[0] + 2.0 * MARGIN).max(520.0), &placed, Way::Right);
    let heads: Vec<f64> =
        diagram.nodes.iter().map(|node| if node.operation().is_some() { ELLIPSE + STEM + 3.0 } else { 3.0 }).collect();
    let placed = stacked(&sizes, &heads, &wires);
    let has_room = placed.size[0] + 2.0 * MARGIN <= NARROW;
    let narrow = has_room.then(|| picture.document(&format!("{name}-narrow"), NARROW, &placed, Way::Down));
    Figure { document, narrow, table: table(&diagram) }
}

/// Which way values go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Right,
    Down,
}

impl Way {
    fn words(self) -> String {
        let [there, back] = match self {
            Way::Right => ["to the right", "to the left"],
            Way::Down => ["down", "up"],
        };
        format!(
            "Solid lines carry values {there}. Dashed lines carry derivatives back {back}; on its way each is multiplied by \
             the local Jacobian written at the line."
        )
    }
}

/// What is drawn, wherever it stands.
struct Picture<'a> {
    diagram: &'a Diagram,
    labels: &'a [Label],
    title: &'a str,
}

impl Picture<'_> {
    fn document(&self, name: &str, width: f64, placed: &Layout, way: Way) -> Document {
        let diagram = self.diagram;
        let mut document = Document::new(name, width, 100.0).titled(self.title).described(description(diagram));
        let top = plot::heading(&mut document, &way.words()) + 8.0;
        let left = (width - placed.size[0]) / 2.0;
        let shift = |[x, y]: [f64; 2]| [x + left, y + top];
        for (link, route) in diagram.links.iter().zip(&placed.routes) {
            let route: Vec<[f64; 2]> = route.iter().copied().map(shift).collect();
            document.push(link.mark(diagram, lines(&route, link.has_derivative(diagram), way)));
        }
        for ((link, label), rect) in diagram.links.iter().zip(self.labels).zip(&placed.labels) {
            if !label.head.is_empty() {
                document.push(link.mark(diagram, label.draw(shift([rect.left, rect.top]), rect.width()).class(BACK)));
            }
        }
        for (node, rect) in diagram.nodes.iter().zip(&placed.boxes) {
            let [left, top] = shift([rect.left, rect.top]);
            document.push(draw_node(node, Rect::new(left, top, left + rect.width(), top + rect.height())));
        }
        let bottom = plot::key(&mut document, top + placed.size[1] + 16.0, &key(diagram, self.labels));
        document.set_height(bottom + 4.0);
        document
    }
}

/// A name as it is printed: digits at the end of a word, and places in brackets, are lowered.
///
/// ```
/// use viz::figures::graph::pretty;
/// assert_eq!(pretty("W1·x + b"), "W₁·x + b");
/// assert_eq!(pretty("W[1,2]·x[2]"), "W₁₂·x₂");
/// assert_eq!(pretty("W[10,2]"), "W₁₀,₂");
/// assert_eq!(pretty("x1[2]"), "x₁[2]"); // or it could be read as x₁₂
/// ```
pub fn pretty(text: &str) -> String {
    let lowered = |digit: char| char::from_u32('₀' as u32 + digit as u32 - '0' as u32).unwrap_or(digit);
    let mut out = String::new();
    let mut rest = text;
    let (mut after_letter, mut after_digit) = (false, false);
    while let Some(character) = rest.chars().next() {
        let places = rest.strip_prefix('[').and_then(|inner| inner.split_once(']'));
        if let Some((places, after)) = places
            && after_letter
            && !after_digit
            && places.split(',').all(|place| !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_digit()))
        {
            let numbers: Vec<String> = places.split(',').map(|place| place.chars().map(lowered).collect()).collect();
            let are_short = places.split(',').all(|place| place.len() == 1);
            out += &numbers.join(if are_short { "" } else { "," });
            rest = after;
            continue;
        }
        if character.is_ascii_digit() && after_letter {
            out.push(lowered(character));
            after_digit = true;
        } else {
            after_digit = false;
            out.push(character);
            after_letter = character.is_alphabetic();
        }
        rest = &rest[character.len_utf8()..];
    }
    out
}

/// A name for a picture, cut to the room there is.
fn shown(name: &str, size: f64, weight: Weight, room: f64) -> String {
    text::cut(&pretty(name), size, weight, room)
}

impl Link {
    /// Says of a drawn part which nodes it joins.
    fn mark(&self, diagram: &Diagram, drawn: Element) -> Element {
        let name = |place: usize| diagram.nodes[place].name.as_str();
        drawn.class("link").set("data-from", name(self.from)).set("data-to", name(self.to))
    }
    /// Whether a derivative runs back along it.
    fn has_derivative(&self, diagram: &Diagram) -> bool {
        diagram.nodes[self.from].derivative.is_some() && diagram.nodes[self.to].derivative.is_some()
    }
}

impl Node {
    fn value(&self) -> Matrix<'_> {
        Matrix { rows: self.rows, columns: self.columns, entries: &self.value }
    }
    /// Its derivative in the row convention, entries column by column; None if it was not computed.
    fn row(&self) -> Option<Vec<f64>> {
        let derivative = self.derivative.as_ref()?;
        let entry = |place: usize| derivative[place / self.columns + place % self.columns * self.rows];
        Some((0..derivative.len()).map(entry).collect())
    }
    /// The sign of a derivative by it.
    fn sign(&self) -> char {
        if self.is_total { 'd' } else { '∂' }
    }
    fn derivative_head(&self) -> String {
        format!("{0}ℓ/{0}{1}", self.sign(), shown(&self.name, text::TICK, Weight::Regular, 60.0))
    }
    fn shape(&self) -> String {
        format!("{}×{}", self.rows, self.columns)
    }
    fn row_shape(&self) -> String {
        format!("{}×{}", self.columns, self.rows)
    }
    fn operation(&self) -> Option<String> {
        let NodeKind::Operation(operation) = self.kind else { return None };
        let words = if self.definition.is_empty() { operation } else { &self.definition };
        Some(shown(words, text::TICK, Weight::Regular, DEFINITION_WIDTH))
    }
}

/// The width of the ellipse around an operation: a little more where its ends are far from the middle.
fn ellipse_width(operation: &str) -> f64 {
    1.12 * text::width(operation, text::TICK, Weight::Regular) + 16.0
}

/// Width and height of a node: the ellipse, if it is computed, and the box.
fn size(node: &Node) -> [f64; 2] {
    let [value_width, value_height] = node.value().size();
    let mut width = text::width(&shown(&node.name, text::LABEL, Weight::Bold, NAME_WIDTH), text::LABEL, Weight::Bold)
        + 14.0
        + text::width(&node.shape(), text::TICK, Weight::Regular);
    let mut height = HEAD + value_height + 4.0 + HEAD;
    width = width.max(value_width);
    let head = text::width(&node.derivative_head(), text::TICK, Weight::Regular)
        + 14.0
        + text::width(&node.row_shape(), text::TICK, Weight::Regular);
    width = width.max(head);
    if let Some(row) = node.row() {
        let [row_width, row_height] = Matrix { rows: node.columns, columns: node.rows, entries: &row }.size();
        width = width.max(row_width);
        height += row_height;
    } else {
        height += ROW;
    }
    if let Some(operation) = node.operation() {
        width = width.max(ellipse_width(&operation) - 2.0 * PAD);
        height += ELLIPSE + STEM;
    }
    [(width + 2.0 * PAD).ceil(), (height + 4.0).ceil()]
}

fn draw_node(node: &Node, rect: Rect) -> Element {
    let mut group = Element::group().class("node").set("data-node", node.name.as_str());
    let mut top = rect.top;
    let middle = f64::midpoint(rect.left, rect.right);
    if let Some(operation) = node.operation() {
        let ellipse = Element::new("ellipse")
            .set("cx", middle)
            .set("cy", top + ELLIPSE / 2.0)
            .set("rx", ellipse_width(&operation) / 2.0)
            .set("ry", ELLIPSE / 2.0);
        group
            .push(Element::line([middle, top + ELLIPSE], [middle, top + ELLIPSE + STEM]).stroke(Role::Ink, plot::THIN));
        group.push(ellipse.fill(Role::Background).stroke(Role::Ink, plot::THIN));
        let words = Element::text([middle, top + ELLIPSE / 2.0 + 4.0], text::TICK, &operation);
        group.push(words.fill(Role::Ink).set("text-anchor", "middle"));
        top += ELLIPSE + STEM;
    }
    let frame = Element::rectangle(rect.left, top, rect.width(), rect.bottom - top).fill(Role::Background);
    let frame = frame.class("frame").set("rx", if node.operation().is_some() { 2.0 } else { 9.0 });
    group.push(match node.kind {
        NodeKind::Parameter => frame.stroke(Role::Ink, plot::DATA),
        NodeKind::Constant => frame.stroke(Role::Axis, plot::THIN).set("stroke-dasharray", "3 3"),
        _ => frame.stroke(Role::Ink, plot::THIN),
    });
    let head = |at: f64, name: &str, shape: &str, role: Role| {
        let shape = Element::text([rect.right - PAD, at], text::TICK, shape).fill(Role::Muted);
        [Element::text([rect.left + PAD, at], text::TICK, name).fill(role), shape.set("text-anchor", "end")]
    };
    let name = shown(&node.name, text::LABEL, Weight::Bold, NAME_WIDTH);
    let [title, shape] = head(top + 15.0, &name, &node.shape(), Role::Ink);
    group.push(title.set("font-size", text::LABEL).set("font-weight", "bold"));
    group.push(shape);
    top += HEAD;
    let centred = |matrix: Matrix, at: f64, role: Role| matrix.draw([middle - matrix.size()[0] / 2.0, at], role);
    group.push(centred(node.value(), top, Role::Ink));
    top += node.value().size()[1] + 4.0;
    group.push(Element::line([rect.left, top], [rect.right, top]).stroke(Role::Grid, plot::THIN));
    let [title, shape] = head(top + 14.0, &node.derivative_head(), &node.row_shape(), Role::Gradient);
    let mut back = Element::group().class(BACK).with(title).with(shape);
    top += HEAD;
    if let Some(row) = node.row() {
        let row = Matrix { rows: node.columns, columns: node.rows, entries: &row };
        back.push(centred(row, top, Role::Gradient));
    } else {
        let dash = Element::text([middle, top + ROW - 3.5], text::TICK, "–").fill(Role::Muted);
        back.push(dash.set("text-anchor", "middle"));
    }
    group.with(back)
}

/// The class of what belongs to the way back.
const BACK: &str = "back";

/// What stands at a line: the local Jacobian.
struct Label {
    head: String,
    number: Option<String>,
    shape: String,
    heat: Option<Heat>,
}

impl Label {
    fn new(diagram: &Diagram, link: &Link) -> Label {
        let name = |place: usize| shown(&diagram.nodes[place].name, text::TICK, Weight::Regular, 46.0);
        let [rows, columns] = link.shape;
        let number = link.jacobian.as_ref().filter(|_| link.shape == [1, 1]).map(|jacobian| brief(jacobian[(0, 0)]));
        let heat = link
            .jacobian
            .as_ref()
            .filter(|_| link.shape != [1, 1])
            .map(|jacobian| Heat::new(Matrix { rows, columns, entries: jacobian.as_slice() }, JACOBIAN, 9.0));
        let is_drawn = link.has_derivative(diagram);
        let sign = diagram.nodes[link.from].sign();
        Label {
            head: if is_drawn { format!("{sign}{}/{sign}{}", name(link.to), name(link.from)) } else { String::new() },
            number: number.filter(|_| is_drawn),
            shape: if is_drawn && link.shape != [1, 1] { format!("{rows}×{columns}") } else { String::new() },
            heat: heat.filter(|_| is_drawn),
        }
    }

    fn size(&self) -> [f64; 2] {
        let widths = [&self.head, self.number.as_ref().unwrap_or(&self.shape)];
        let width = widths.iter().map(|text| text::width(text, text::TICK, Weight::Regular)).fold(0.0, f64::max);
        let [heat_width, heat_height] = self.heat.as_ref().map_or([0.0, 0.0], Heat::size);
        if self.head.is_empty() {
            return [10.0, 2.0 * layout::LABEL_LINE];
        }
        let below = if heat_height > 0.0 { heat_height + 4.0 } else { 0.0 };
        [width.max(heat_width).ceil() + 2.0, 2.0 * layout::LABEL_LINE + 2.0 * ROW + below]
    }

    fn draw(&self, [left, top]: [f64; 2], width: f64) -> Element {
        let mut group = Element::group();
        let middle = left + width / 2.0;
        let mut texts = Element::group().fill(Role::Gradient).set("text-anchor", "middle");
        let first = top + 2.0 * layout::LABEL_LINE + 11.0;
        texts.push(Element::text([middle, first], text::TICK, &self.head));
        let second = self.number.as_ref().map_or_else(|| self.shape.clone(), |number| format!("= {number}"));
        texts.push(Element::text([middle, first + ROW], text::TICK, &second));
        group.push(texts);
        if let Some(heat) = &self.heat {
            group.push(heat.draw([middle - heat.size()[0] / 2.0, first + ROW + 5.0]));
        }
        group
    }
}

/// The solid line of a link and, if a derivative was computed, the dashed one below it.
fn lines(route: &[[f64; 2]], has_derivative: bool, way: Way) -> Element {
    let mut group = Element::group();
    let offset = if has_derivative { 2.5 } else { 0.0 };
    let (first, last) = (route[0], route[route.len() - 1]);
    let path = |offset: f64, short: [f64; 2]| match way {
        Way::Right => curve(route, offset, short),
        Way::Down => bent(route, offset, short),
    };
    let forward = path(-offset, [0.0, 7.0]);
    group.push(Element::new("path").set("d", forward).stroke(Role::Ink, plot::THIN));
    group.push(match way {
        Way::Right => plot::arrow([last[0] - 7.0, last[1] - offset], [1.0, 0.0]).fill(Role::Ink),
        Way::Down => plot::arrow([last[0] + 7.0, last[1] + offset], [-1.0, 0.0]).fill(Role::Ink),
    });
    if has_derivative {
        let backward = path(offset, [7.0, 0.0]);
        let line = Element::new("path").set("d", backward).stroke(Role::Gradient, plot::SECONDARY);
        let line = line.set("stroke-dasharray", "5 4").set("stroke-linecap", "butt");
        let tip = plot::arrow([first[0] + 7.0, first[1] + offset], [-1.0, 0.0]).fill(Role::Gradient);
        group.push(Element::group().class(BACK).with(line).with(tip));
    }
    group
}

/// A path through a route, moved down by `offset` and cut short at both ends: bends between columns, straight in them.
fn curve(route: &[[f64; 2]], offset: f64, short: [f64; 2]) -> String {
    let mut points: Vec<[f64; 2]> = route.iter().map(|&[x, y]| [x, y + offset]).collect();
    let last = points.len() - 1;
    points[0][0] += short[0];
    points[last][0] -= short[1];
    let mut d = format!("M{},{}", number(points[0][0]), number(points[0][1]));
    for (place, pair) in points.windows(2).enumerate() {
        let ([x0, y0], [x1, y1]) = (pair[0], pair[1]);
        if place % 2 == 1 || (y0 - y1).abs() < 0.005 {
            let _ = write!(d, "L{},{}", number(x1), number(y1));
        } else {
            let middle = number(f64::midpoint(x0, x1));
            let _ = write!(d, "C{middle},{} {middle},{} {},{}", number(y0), number(y1), number(x1), number(y1));
        }
    }
    d
}

/// A path to the right, down and back to the left, moved inwards by `offset` and cut short at both ends, with round corners.
fn bent(route: &[[f64; 2]], offset: f64, short: [f64; 2]) -> String {
    const ROUND: f64 = 5.0;
    let ([from, lane], to) = ([route[0], route[1]], route[route.len() - 1]);
    let (top, bottom, x) = (from[1] + offset, to[1] - offset, lane[0] - offset);
    let [start, before, corner, end] = [from[0] + short[0], x - ROUND, x, to[0] + short[1]].map(number);
    let [top, after, until, bottom] = [top, top + ROUND, bottom - ROUND, bottom].map(number);
    format!(
        "M{start},{top}L{before},{top}Q{corner},{top} {corner},{after}L{corner},{until}Q{corner},{bottom} {before},{bottom}L{end},{bottom}"
    )
}

fn key(diagram: &Diagram, labels: &[Label]) -> Vec<KeyEntry> {
    let line = |words: &str, role: Role, dash: Option<&'static str>| {
        let mark = Mark::line(Vec::new(), role).wide(plot::SECONDARY).dashed(dash);
        KeyEntry::new(words, move |at| mark.sample(at))
    };
    let mut key =
        vec![line("value", Role::Ink, None), line("derivative, times the local Jacobian", Role::Gradient, Some("5 4"))];
    let outline = |words: &str, width: f64, radius: f64| {
        KeyEntry::new(words, move |[x, y]| {
            let frame = Element::rectangle(x + 1.0, y - 6.0, 22.0, 12.0).set("rx", radius);
            frame.stroke(Role::Ink, width)
        })
    };
    let has = |kind: NodeKind| diagram.nodes.iter().any(|node| node.kind == kind);
    if has(NodeKind::Parameter) {
        key.push(outline("parameter", plot::DATA, 6.0));
    }
    if has(NodeKind::Input) {
        key.push(outline("given", plot::THIN, 6.0));
    }
    key.push(outline("computed; its operation above it", plot::THIN, 1.0));
    let heats: Vec<&Heat> = labels.iter().filter_map(|label| label.heat.as_ref()).collect();
    if !heats.is_empty() || diagram.nodes.iter().any(|node| node.value.len() > 16) {
        let cell = |role: Role, sign: bool| {
            move |[x, y]: [f64; 2]| {
                let mut group = Element::group();
                for step in 0..3 {
                    let at = x + 8.0 * f64::from(step);
                    let cell = Element::rectangle(at, y - 4.0, 8.0, 8.0).fill(role);
                    group.push(cell.set("fill-opacity", f64::from(step + 1) / 3.0));
                    if sign {
                        group.push(Element::line([at + 2.0, y], [at + 6.0, y]).stroke(Role::Ink, 1.0));
                    }
                }
                group
            }
        };
        key.push(KeyEntry::new("positive entries", cell(Role::Positive, false)));
        key.push(KeyEntry::new("negative entries", cell(Role::Negative, true)));
        if heats.iter().any(|heat| heat.is_blocked()) || diagram.nodes.iter().any(|node| node.value().is_blocked()) {
            key.push(KeyEntry::new("a cell of a large matrix shows the largest of its entries", |[x, y]| {
                Element::rectangle(x + 7.0, y - 5.0, 9.0, 9.0).fill(Role::Positive)
            }));
        }
        if heats.iter().any(|heat| heat.marks()[0] > 0) {
            key.push(KeyEntry::new("beyond three root mean squares", |[x, y]| {
                Element::rectangle(x + 7.0, y - 5.0, 9.0, 9.0).stroke(Role::Ink, 1.0)
            }));
        }
    }
    key
}

fn description(diagram: &Diagram) -> String {
    let of = |kind: fn(NodeKind) -> bool| {
        let names: Vec<&str> =
            diagram.nodes.iter().filter(|node| kind(node.kind)).map(|node| node.name.as_str()).take(12).collect();
        names.join(", ")
    };
    let mut words = format!(
        "A computation graph of {} and {}. Given: {}.",
        counted(diagram.nodes.len(), "node"),
        counted(diagram.links.len(), "link"),
        of(|kind| !matches!(kind, NodeKind::Operation(_)))
    );
    let mut computed = 0;
    for node in diagram.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Operation(_))) {
        computed += 1;
        if computed > 12 {
            words += " And so on.";
            break;
        }
        let _ = write!(words, " {} = {}, {}.", node.name, node.definition, node.shape());
        if node.derivative.is_none() {
            words += " No derivative was computed by it.";
        }
    }
    if diagram.is_collapsed {
        words += " Numbers with an index are drawn as matrices.";
    }
    words
}

/// The most entries that are written in a field of the table.
const MOST_ENTRIES: usize = 64;

/// A matrix as rows between brackets.
fn entries(rows: usize, columns: usize, entry: impl Fn(usize, usize) -> f64) -> String {
    if rows * columns > MOST_ENTRIES {
        return format!("{} entries", rows * columns);
    }
    let row = |i: usize| (0..columns).map(|j| cell(entry(i, j))).collect::<Vec<_>>().join(" ");
    (0..rows).map(row).collect::<Vec<_>>().join("; ")
}

fn table(diagram: &Diagram) -> Table {
    let mut table = Table::new([
        "node or local derivative",
        "computed as",
        "shape",
        "value",
        "∂ℓ/∂node, a row for each column of the node",
    ]);
    for node in &diagram.nodes {
        let (rows, columns) = (node.rows, node.columns);
        let kind = match node.kind {
            NodeKind::Parameter => "parameter",
            NodeKind::Input => "given",
            NodeKind::Constant => "constant",
            NodeKind::Operation(operation) if node.definition.is_empty() => operation,
            NodeKind::Operation(_) => &node.definition,
        };
        let value = entries(rows, columns, |i, j| node.value[i + j * rows]);
        let by = |derivative: &Vec<f64>| entries(columns, rows, |i, j| derivative[j + i * rows]);
        let derivative = node.derivative.as_ref().map_or_else(|| "–".to_owned(), by);
        table.push([node.name.clone(), kind.to_owned(), node.shape(), value, derivative]);
    }
    for link in diagram.links.iter().filter(|link| link.has_derivative(diagram)) {
        let [rows, columns] = link.shape;
        let name = |place: usize| &diagram.nodes[place].name;
        let value = link.jacobian.as_ref().map_or_else(
            || format!("{} entries", rows * columns),
            |jacobian| entries(rows, columns, |i, j| jacobian[(i, j)]),
        );
        let sign = diagram.nodes[link.from].sign();
        let head = format!("{sign}{}/{sign}{}", name(link.to), name(link.from));
        table.push([head, "local Jacobian".to_owned(), format!("{rows}×{columns}"), value, String::new()]);
    }
    table
}
