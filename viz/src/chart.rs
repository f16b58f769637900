//! A figure as data: what it claims, and panels of marks on axes. One layout places everything for a given width, and
//! keys, direct labels, the table of numbers and the description follow from marks and axes.
//!
//! ```
//! use viz::chart::{Axis, Chart, Mark, Panel};
//! use viz::palette::Role;
//!
//! let loss = Mark::line(vec![[0.0, 4.0], [1.0, 2.0], [2.0, 1.0]], Role::Prediction).labelled("loss");
//! let chart = Chart {
//!     panels: vec![Panel::new("Descent", Axis::linear("step", [0.0, 2.0]), Axis::linear("ℓ", [0.0, 4.0]), vec![loss])],
//!     ..Chart::new("descent", "Two steps take ℓ from 4 to 1")
//! };
//! let figure = chart.figure();
//! assert_eq!(figure.table.headers, ["panel", "series", "step", "ℓ"]);
//! assert_eq!(figure.document.description(), "Descent: loss falls from 4.0 to 1.0.");
//! assert_eq!(figure.narrow.unwrap().size().0, viz::chart::NARROW);
//! ```

mod facets;
pub(crate) use facets::outline;

use nn::data::Data;

use crate::figures::{Figure, Table, cell, change_words, spread};
use crate::palette::Role;
use crate::plot::{self, Frame, KeyEntry, LINE, MARGIN, Rect};
use crate::scale::{Scale, Side, Tick, extent, padded};
use crate::svg::{Document, Element};
use crate::text::{self, LABEL, LABEL_STEP, TICK, Weight};

/// The width of a figure on a desktop, in pixels.
pub const WIDE: f64 = 960.0;
/// The width of a figure on a phone of 390 pixels, with the margins of its page.
pub const NARROW: f64 = 358.0;
/// Panels narrower than this stand below each other.
const NARROWEST_PANEL: f64 = 150.0;
/// A label stands right of a panel if its line ends beyond this part of the axis.
const AT_END: f64 = 0.85;
/// From the end of a line to its label, and behind that.
const LEADER: f64 = 22.0;
/// Labels that would take more than this part of a panel that has the whole width are in the key.
const MOST_LABELS: f64 = 0.27;
/// Names of rows that would take more than this part of the width stand above their rows, which are then so high.
const MOST_NAMES: f64 = 0.35;
const NAMED_ROW: f64 = 38.0;
/// Between panels.
const GAP: f64 = 24.0;
/// Tiles are at least so wide, and so far from each other.
const NARROWEST_TILE: f64 = 64.0;
const TILE_GAP: f64 = 10.0;
/// More discs of one mark than this are drawn as one element.
const MANY_DISCS: usize = 12;
/// The most points of a series that a table shows; of many series fewer, but never less than the fewest.
const MOST_ROWS: usize = 40;
const FEWEST_ROWS: usize = 12;
/// About how many rows a table has, if it has many series.
const ROWS: usize = 600;

/// A figure of panels.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Its name, which its file has, too.
    pub name: String,
    /// Its title: what it shows, in one sentence.
    pub claim: String,
    /// A smaller line below it: what cannot be seen from marks and axes.
    pub note: String,
    /// A description for those who cannot see it; made from marks that have names if it is empty.
    pub description: String,
    /// The panels, row by row.
    pub panels: Vec<Panel>,
    /// What all panels show behind their own marks, if they have the same axes; it is drawn once.
    pub backdrop: Vec<Mark>,
    /// What marks mean that have no label of their own.
    pub key: Vec<(Mark, String)>,
    /// The most panels in a row, where there is room for them.
    pub columns: usize,
    /// The width on a desktop.
    pub width: f64,
    /// The height of the area for marks, where a panel has none of its own.
    pub height: f64,
    /// Panels are small maps without axes, of this height for a width of 1.
    pub tiles: Option<f64>,
    /// The numbers; made from marks that have names if there are none.
    pub table: Option<Table>,
}

impl Chart {
    /// A chart without panels.
    pub fn new(name: &str, claim: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            claim: claim.into(),
            note: String::new(),
            description: String::new(),
            panels: Vec::new(),
            backdrop: Vec::new(),
            key: Vec::new(),
            columns: 3,
            width: WIDE,
            height: 230.0,
            tiles: None,
            table: None,
        }
    }
}

/// A pair of axes with marks.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What is shown.
    pub heading: String,
    /// A smaller line below it.
    pub note: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// From back to front.
    pub marks: Vec<Mark>,
    /// The height of the area for marks, if it is not that of the chart.
    pub height: Option<f64>,
    /// What it belongs to: where that changes, a row begins below it. Empty for none.
    pub part: String,
}

impl Panel {
    /// A panel.
    pub fn new(heading: impl Into<String>, x: Axis, y: Axis, marks: Vec<Mark>) -> Self {
        Self { heading: heading.into(), note: String::new(), x, y, marks, height: None, part: String::new() }
    }

    /// Says what it belongs to.
    #[must_use]
    pub fn part_of(self, part: impl Into<String>) -> Self {
        Self { part: part.into(), ..self }
    }

    /// Gives the smaller line below the heading.
    #[must_use]
    pub fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }
}

/// What is measured along an axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its title, without an arrow.
    pub title: String,
    /// Ticks in place of the scale's own.
    pub ticks: Option<Vec<Tick>>,
    written: Option<fn(f64) -> String>,
    scale: Scale,
}

impl Axis {
    fn new(title: impl Into<String>, scale: Scale) -> Self {
        Self { title: title.into(), ticks: None, written: None, scale }
    }

    /// Equal differences take equal room.
    pub fn linear(title: impl Into<String>, domain: [f64; 2]) -> Self {
        Self::new(title, Scale::linear(domain, [0.0, 1.0]))
    }

    /// Equal differences take equal room, around finite numbers with a little space at both ends.
    pub fn around(title: impl Into<String>, numbers: impl IntoIterator<Item = f64>) -> Self {
        Self::linear(title, padded(extent(numbers).unwrap_or([-1.0, 1.0]), 0.06))
    }

    /// Equal factors take equal room.
    pub fn log(title: impl Into<String>, domain: [f64; 2]) -> Self {
        Self::new(title, Scale::log(domain, [0.0, 1.0]))
    }

    /// Steps of training up to the last, logarithmic from step 1 on.
    pub fn steps(last: f64) -> Self {
        Self::new("step", Scale::time(1.0, last, [0.0, 1.0]))
    }

    /// The inputs of data: numbers, dates or times of day.
    pub fn input(data: &Data) -> Self {
        Self::new(data.x_name(), Scale::input(data.domain(), data.x_quantity(), [0.0, 1.0]))
    }

    /// Steps of training from the top down, with room for marks at the start and at the end.
    pub fn steps_down(last: f64) -> Self {
        let steps = Self::steps(last);
        Self { scale: steps.scale.over([0.96, 0.05]), ..steps }
    }

    /// Names from the top down: number 0, 1, ….
    pub fn names(title: impl Into<String>, names: impl IntoIterator<Item = String>) -> Self {
        let tick = |(value, name)| Tick { value: f64::from(value), label: Some(name) };
        let ticks: Vec<Tick> = (0..).zip(names).map(tick).collect();
        let last = ticks.len() as f64 - 0.4;
        Self { ticks: Some(ticks), ..Self::linear(title, [-0.6, last]) }.reversed()
    }

    /// The arrow that stands behind the title of a vertical axis.
    fn arrow(&self) -> &'static str {
        let [first, last] = self.scale.range();
        if first < last { "↑" } else { "↓" }
    }

    /// Gives another title.
    #[must_use]
    pub fn titled(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }

    fn reversed(mut self) -> Self {
        self.scale = self.scale.over([1.0, 0.0]);
        self
    }

    /// Gives the ticks.
    #[must_use]
    pub fn with_ticks(mut self, ticks: Vec<Tick>) -> Self {
        self.ticks = Some(ticks);
        self
    }

    /// Writes the scale's own ticks in other words.
    #[must_use]
    pub fn labelled(mut self, words: fn(f64) -> String) -> Self {
        self.written = Some(words);
        self
    }

    /// The scale on a range of pixels.
    fn over(&self, [from, to]: [f64; 2]) -> Scale {
        let at = |part: f64| from + part * (to - from);
        self.scale.over(self.scale.range().map(at))
    }

    fn marked(&self, range: [f64; 2], spacing: f64) -> Vec<Tick> {
        let mut ticks = self.ticks.clone().unwrap_or_else(|| self.over(range).ticks(spacing));
        if let Some(words) = self.written {
            for tick in ticks.iter_mut().filter(|tick| tick.label.is_some()) {
                tick.label = Some(words(tick.value));
            }
        }
        ticks
    }

    /// The title, with the number that ticks are relative to.
    fn words(&self, range: [f64; 2], spacing: f64) -> String {
        match self.over(range).offset(spacing).filter(|_| self.ticks.is_none()) {
            Some(offset) => format!("{} \u{2212} {offset}", self.title),
            None => self.title.clone(),
        }
    }
}

/// The form of a dot; the second channel beside its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// A filled circle.
    Disc,
    /// A filled circle that stands out from the line it lies on.
    Bead,
    /// A circle around something.
    Ring,
    /// A circle that hides what is behind it.
    Hollow,
    /// A filled square.
    Square,
    /// A square that hides what is behind it.
    HollowSquare,
    /// A filled triangle.
    Triangle,
    /// A cross.
    Cross,
    /// A short upright line.
    Bar,
    /// A bend: ∨.
    Vee,
    /// A bend: ∧.
    Caret,
    /// A letter or a digit.
    Letter(char),
}

/// What is drawn, in the numbers of the axes.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A line through points; where one is not finite it breaks.
    Line(Vec<[f64; 2]>),
    /// A line over many saved states, without vertices that cannot be told from a straight line.
    Course(Vec<[f64; 2]>),
    /// Points.
    Dots(Vec<[f64; 2]>, Glyph, f64),
    /// The area between a lower and an upper line.
    Band(Vec<[f64; 2]>, Vec<[f64; 2]>),
    /// A line that is as wide as the third numbers say, in pixels.
    Ribbon(Vec<[f64; 3]>),
    /// An arrow from one point to another.
    Arrow([[f64; 2]; 2]),
    /// Words beside a point, where there is more room.
    Words([f64; 2], String),
    /// Several lines, drawn as one.
    Lines(Vec<Vec<[f64; 2]>>),
    /// Polygons, filled.
    Areas(Vec<Vec<[f64; 2]>>),
    /// Polygons on which a function is linear, shaded by its value: in full colour from this value on, and from its negative
    /// down in the role opposite.
    Facets(Vec<Facet>, f64, Role),
    /// An upright line through the panel.
    RuleX(f64),
    /// A level line through the panel.
    RuleY(f64),
}

/// A polygon on which a function is linear.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    /// Its corners in order.
    pub corners: Vec<[f64; 2]>,
    /// The derivatives of the function.
    pub gradient: [f64; 2],
    /// Its value at the first corner.
    pub value: f64,
}

/// A mark: a shape in a role.
#[derive(Clone, Debug)]
pub struct Mark {
    /// What is drawn.
    pub shape: Shape,
    /// What it stands for, which decides its colour.
    pub role: Role,
    /// The width of its line.
    pub width: f64,
    /// The dash pattern of its line.
    pub dash: Option<&'static str>,
    /// Less than 1 for marks behind others.
    pub opacity: f64,
    /// Words at its right end, or over an upright rule.
    pub label: Option<String>,
    /// The name of its numbers in the table, if it is not the label.
    pub name: Option<String>,
    /// The hidden unit it belongs to, counted from 0.
    pub unit: Option<usize>,
}

impl Mark {
    fn new(shape: Shape, role: Role, width: f64) -> Self {
        Self { shape, role, width, dash: None, opacity: 1.0, label: None, name: None, unit: None }
    }

    /// A line of data.
    pub fn line(points: Vec<[f64; 2]>, role: Role) -> Self {
        Self::new(Shape::Line(points), role, plot::DATA)
    }

    /// A line over saved states.
    pub fn course(points: Vec<[f64; 2]>, role: Role) -> Self {
        Self::new(Shape::Course(points), role, plot::DATA)
    }

    /// Dots of a radius.
    pub fn dots(points: Vec<[f64; 2]>, glyph: Glyph, radius: f64, role: Role) -> Self {
        Self::new(Shape::Dots(points, glyph, radius), role, plot::SECONDARY)
    }

    /// A band between two lines, faint.
    pub fn band(lower: Vec<[f64; 2]>, upper: Vec<[f64; 2]>, role: Role) -> Self {
        Self { opacity: 0.2, ..Self::new(Shape::Band(lower, upper), role, 0.0) }
    }

    /// A line of varying width.
    pub fn ribbon(points: Vec<[f64; 3]>, role: Role) -> Self {
        Self { opacity: 0.85, ..Self::new(Shape::Ribbon(points), role, 0.0) }
    }

    /// An arrow.
    pub fn arrow(ends: [[f64; 2]; 2], role: Role) -> Self {
        Self::new(Shape::Arrow(ends), role, plot::SECONDARY)
    }

    /// Words beside a point.
    pub fn words(at: [f64; 2], words: impl Into<String>, role: Role) -> Self {
        Self::new(Shape::Words(at, words.into()), role, 0.0)
    }

    /// Several lines.
    pub fn lines(lines: Vec<Vec<[f64; 2]>>, role: Role) -> Self {
        Self::new(Shape::Lines(lines), role, plot::THIN)
    }

    /// Filled polygons, faint.
    pub fn areas(polygons: Vec<Vec<[f64; 2]>>, role: Role) -> Self {
        Self { opacity: 0.35, ..Self::new(Shape::Areas(polygons), role, 0.0) }
    }

    /// Polygons shaded by a linear function, faint: in full colour where it is `full` or more, and in that of `opposite`
    /// where it is −`full` or less.
    pub fn facets(facets: Vec<Facet>, full: f64, role: Role, opposite: Role) -> Self {
        Self { opacity: 0.35, ..Self::new(Shape::Facets(facets, full, opposite), role, 0.0) }
    }

    /// An upright rule.
    pub fn rule_x(at: f64, role: Role) -> Self {
        Self::new(Shape::RuleX(at), role, plot::THIN)
    }

    /// A level rule.
    pub fn rule_y(at: f64, role: Role) -> Self {
        Self::new(Shape::RuleY(at), role, plot::THIN)
    }

    /// Gives the width of the line.
    #[must_use]
    pub fn wide(self, width: f64) -> Self {
        Self { width, ..self }
    }

    /// Gives the dash pattern.
    #[must_use]
    pub fn dashed(self, dash: impl Into<Option<&'static str>>) -> Self {
        Self { dash: dash.into(), ..self }
    }

    /// Gives the opacity.
    #[must_use]
    pub fn faint(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    /// Gives the words at its end; its numbers have that name.
    #[must_use]
    pub fn labelled(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    /// Gives the name of its numbers.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Says which hidden unit it belongs to.
    #[must_use]
    pub fn of_unit(self, unit: usize) -> Self {
        Self { unit: Some(unit), ..self }
    }

    /// Its points, if it has a series of them.
    pub(crate) fn points(&self) -> Option<&[[f64; 2]]> {
        match &self.shape {
            Shape::Line(points) | Shape::Course(points) | Shape::Dots(points, ..) => Some(points),
            _ => None,
        }
    }

    fn series(&self) -> Option<&str> {
        self.name.as_deref().or(self.label.as_deref())
    }

    /// The height at which its label names it right of the panel; None if it has no label, or ends elsewhere.
    fn end(&self, panel: &Panel) -> Option<f64> {
        self.label.as_ref()?;
        if let Shape::RuleY(at) = self.shape {
            return Some(at);
        }
        let [x, y] = *self.points()?.iter().rev().find(|point| point[0].is_finite() && point[1].is_finite())?;
        let is_at_end = panel.x.over([0.0, 1.0]).at(x) > AT_END && panel.y.scale.side(y) == Side::Inside;
        is_at_end.then_some(y)
    }

    /// Whether the label can only stand in the key.
    fn is_elsewhere(&self, panel: &Panel) -> bool {
        self.label.is_some() && self.end(panel).is_none() && !matches!(self.shape, Shape::RuleX(_))
    }

    /// Marks on the axes of a frame. What neighbours of one look have in common is written once.
    pub(crate) fn draw_all(marks: &[Mark], frame: &Frame) -> Vec<Element> {
        let mut all = Vec::new();
        for alike in marks.chunk_by(Self::looks_like) {
            let drawn: Vec<Element> = alike.iter().filter_map(|mark| mark.draw(frame)).collect();
            if drawn.len() > 2 { all.push(Element::alike(drawn)) } else { all.extend(drawn) }
        }
        all
    }

    /// Whether another mark can stand in one group with this one.
    fn looks_like(&self, other: &Mark) -> bool {
        let same_glyph = match (&self.shape, &other.shape) {
            (Shape::Dots(_, one, _), Shape::Dots(_, another, _)) => one == another,
            (one, another) => std::mem::discriminant(one) == std::mem::discriminant(another),
        };
        same_glyph && self.opacity.to_bits() == other.opacity.to_bits() && self.width.to_bits() == other.width.to_bits()
    }

    /// The mark on the axes of a frame; None if it is outside.
    fn draw(&self, frame: &Frame) -> Option<Element> {
        let dashed = |line: Element| match self.dash {
            Some(pattern) => line.set("stroke-dasharray", pattern),
            None => line,
        };
        let drawn = match &self.shape {
            Shape::Line(points) => frame.line(points, self.role, self.width, self.dash),
            Shape::Course(points) => frame.course(points, self.role, self.width, self.dash),
            Shape::Band(lower, upper) => {
                let band = frame.band(lower, upper, self.role, self.opacity);
                return Some(if self.width > 0.0 { band.stroke(Role::Background, self.width) } else { band });
            }
            Shape::Ribbon(points) => frame.ribbon(points, self.role),
            Shape::Lines(lines) => dashed(frame.lines(lines).stroke(self.role, self.width)),
            Shape::Areas(polygons) => frame.areas(polygons).fill(self.role),
            Shape::Facets(facets, full, opposite) => facets::draw(facets, *full, [self.role, *opposite], frame),
            Shape::Arrow(ends) => frame.arrow(*ends, self.role, self.width)?,
            Shape::Words(at, words) => frame.words(*at, words, self.role)?,
            Shape::RuleX(at) => dashed(frame.rule_x(*at, self.role)?.set("stroke-width", self.width)),
            Shape::RuleY(at) => dashed(frame.rule_y(*at, self.role)?.set("stroke-width", self.width)),
            Shape::Dots(points, glyph, radius) => {
                let (inside, outside): (Vec<_>, Vec<_>) = points.iter().partition(|&&point| frame.contains(point));
                let places: Vec<[f64; 2]> = inside.into_iter().map(|point| frame.at(point)).collect();
                let one = |at: &[f64; 2]| dot(*at, *glyph, *radius);
                let shape = match &places[..] {
                    [only] => inked(one(only), *glyph, self.role, self.width),
                    // Many discs are the round ends of lines without length.
                    many if many.len() > MANY_DISCS && *glyph == Glyph::Disc => {
                        let ends: Vec<[[f64; 2]; 2]> = many.iter().map(|at| [*at, *at]).collect();
                        Element::lines(&ends).stroke(self.role, 2.0 * radius)
                    }
                    places => inked(Element::group().with_all(places.iter().map(one)), *glyph, self.role, self.width),
                };
                if outside.is_empty() {
                    shape
                } else {
                    Element::group().with(shape).with(frame.beyond(&outside, self.role))
                }
            }
        };
        let drawn = match self.unit {
            Some(unit) => drawn.set("data-unit", unit.to_string()),
            None => drawn,
        };
        // On a dark page hidden units need more ink, which the style sheet gives to this class.
        let drawn = if self.opacity.to_bits() == plot::FAINT.to_bits() { drawn.class(Element::FAINT) } else { drawn };
        // A mark that cannot be seen is there for its label.
        (self.opacity > 0.0).then(|| if self.opacity < 1.0 { drawn.set("opacity", self.opacity) } else { drawn })
    }

    /// How it looks in a key: in a box of 24 pixels whose left edge has its middle at a point.
    pub(crate) fn sample(&self, [x, y]: [f64; 2]) -> Element {
        let rect = Rect::new(x, y - 5.0, x + 24.0, y + 5.0);
        let unit = |range| Scale::linear([0.0, 1.0], range);
        let frame = Frame::new(rect, unit, unit);
        let level = |height: f64| vec![[0.0, height], [1.0, height]];
        let shape = match &self.shape {
            Shape::Dots(_, glyph, radius) => Shape::Dots(vec![[0.5, 0.5]], *glyph, *radius),
            Shape::Band(..) | Shape::Areas(_) | Shape::Facets(..) => Shape::Band(level(0.0), level(1.0)),
            Shape::Arrow(_) => Shape::Arrow([[0.0, 0.5], [1.0, 0.5]]),
            Shape::RuleX(_) => Shape::RuleX(0.5),
            _ => Shape::Line(level(0.5)),
        };
        Self { shape, unit: None, ..self.clone() }.draw(&frame).unwrap_or_else(Element::group)
    }
}

fn dot([x, y]: [f64; 2], glyph: Glyph, radius: f64) -> Element {
    let side = 0.9 * radius;
    let at = |[dx, dy]: [f64; 2]| [x + radius * dx, y + radius * dy];
    match glyph {
        Glyph::Disc | Glyph::Bead | Glyph::Ring | Glyph::Hollow => Element::circle([x, y], radius),
        Glyph::Square | Glyph::HollowSquare => Element::rectangle(x - side, y - side, 2.0 * side, 2.0 * side),
        Glyph::Triangle => Element::polygon(&[[0.0, -1.1], [1.1, 0.9], [-1.1, 0.9]].map(at)),
        Glyph::Bar => Element::line(at([0.0, -1.0]), at([0.0, 1.0])),
        Glyph::Vee => Element::polyline(&[[-1.5, -1.0], [0.0, 1.0], [1.5, -1.0]].map(at)),
        Glyph::Caret => Element::polyline(&[[-1.5, 1.0], [0.0, -1.0], [1.5, 1.0]].map(at)),
        Glyph::Letter(letter) => {
            let size = 4.0 * radius;
            Element::text([x, y + 0.36 * size], size, &letter.to_string()).set("text-anchor", "middle")
        }
        Glyph::Cross => {
            let line = |sign: f64| Element::line(at([-1.0, -sign]), at([1.0, sign]));
            Element::group().with(line(1.0)).with(line(-1.0))
        }
    }
}

/// Fills dots or strokes their outlines.
fn inked(dots: Element, glyph: Glyph, role: Role, width: f64) -> Element {
    match glyph {
        Glyph::Disc | Glyph::Square | Glyph::Triangle | Glyph::Letter(_) => dots.fill(role),
        Glyph::Bead => dots.fill(role).stroke(Role::Background, plot::THIN),
        Glyph::Hollow | Glyph::HollowSquare => dots.fill(Role::Background).stroke(role, width),
        Glyph::Ring | Glyph::Bar | Glyph::Cross | Glyph::Vee | Glyph::Caret => dots.stroke(role, width),
    }
}

/// The room that words need.
fn wide(words: &str, size: f64) -> f64 {
    Weight::Regular.spare() * text::width(words, size, Weight::Regular)
}

/// Words in lines that have room.
fn lines(words: &str, weight: Weight, room: f64) -> Vec<String> {
    text::wrap(words, LABEL, weight, room / weight.spare())
}

/// Words cut to the room there is.
fn cut(words: &str, room: f64) -> String {
    text::cut(words, TICK, Weight::Regular, room / Weight::Regular.spare())
}

/// Room around the area for marks of every panel, and what stands in it; the same for all panels, so that areas line up.
struct Room<'d> {
    /// Areas whose marks were drawn before.
    drawn: &'d [Frame],
    left: f64,
    right: f64,
    columns: usize,
    gap: f64,
    /// The width of the area for marks.
    width: f64,
    /// Whether labels are in the key, because there is no room for them beside the marks.
    in_key: bool,
    /// Whether the names of rows stand above their rows, because there is no room for them beside the marks.
    names_above: bool,
}

impl<'d> Room<'d> {
    fn new(chart: &Chart, width: f64, drawn: &'d [Frame]) -> Self {
        if chart.tiles.is_some() {
            let (gap, usable) = (TILE_GAP, width - 2.0 * MARGIN);
            let most = ((usable + gap) / (NARROWEST_TILE + gap)).floor().max(1.0) as usize;
            let columns = chart.columns.min(most).max(1);
            let width = (usable - gap * (columns as f64 - 1.0)) / columns as f64;
            return Self { drawn, left: 0.0, right: 0.0, columns, gap, width, in_key: true, names_above: false };
        }
        let range = [chart.height, 0.0];
        let ticks = chart.panels.iter().flat_map(|panel| panel.y.marked(range, plot::TICK_ROOM_Y));
        let numbers = ticks.filter_map(|tick| tick.label).map(|label| wide(&label, TICK)).fold(0.0, f64::max);
        let usable = width - 2.0 * MARGIN;
        let named = chart.panels.iter().any(|panel| panel.y.ticks.is_some());
        let names_above = named && numbers > MOST_NAMES * usable;
        let left = if names_above { 10.0 } else { numbers.min(0.5 * usable) + 10.0 };
        let labels = |panel: &Panel| {
            panel.marks.iter().filter(|m| m.end(panel).is_some()).filter_map(|m| m.label.clone()).collect()
        };
        let all: Vec<Vec<String>> = chart.panels.iter().map(labels).collect();
        let widest = all.iter().flatten().map(|label| wide(label, LABEL)).fold(0.0, f64::max);
        let in_key = !named
            && (all.iter().any(|labels| labels.len() > 6 || labels.len() as f64 * LABEL_STEP > chart.height)
                || widest + LEADER > MOST_LABELS * (usable - left));
        let right = if widest == 0.0 || in_key { 12.0 } else { widest + LEADER };
        let most = ((usable + GAP) / (NARROWEST_PANEL + left + right + GAP)).floor().max(1.0) as usize;
        let mut columns = chart.panels.len().clamp(1, chart.columns.min(most).max(1));
        if columns == 3 && chart.panels.len() == 4 {
            columns = 2;
        }
        let cell = (usable - GAP * (columns as f64 - 1.0)) / columns as f64;
        let most = (cell - left - right).max(40.0);
        // As wide as before, unless that wastes much.
        let before = drawn.first().map(|frame| frame.rect.width());
        let width = before.filter(|before| (0.8 * most..=most).contains(before)).unwrap_or(most);
        Self { drawn, left, right, columns, gap: GAP, width, in_key, names_above }
    }
}

impl Chart {
    /// The figure: laid out for a desktop and for a phone, with its numbers. Both stand in one page, and where panels can
    /// be as large in both, the one for a phone uses the marks of the other.
    pub fn figure(&self) -> Figure {
        let (document, frames) = self.place(self.width, &[]);
        let narrow = Some(self.place(NARROW, &frames).0);
        Figure { document, narrow, table: self.table.clone().unwrap_or_else(|| self.numbers()) }
    }

    /// The picture for a width, by itself.
    pub fn layout(&self, width: f64) -> Document {
        self.place(width, &[]).0
    }

    /// The picture for a width, and the areas for the marks of its panels. Marks that were drawn in areas of the same size
    /// on a desktop are used again.
    pub(crate) fn place(&self, width: f64, drawn: &[Frame]) -> (Document, Vec<Frame>) {
        let name = if width < self.width { format!("{}-narrow", self.name) } else { self.name.clone() };
        let mut document = Document::new(&name, width, 100.0).titled(&self.claim).described(self.words());
        let room = Room::new(self, width, drawn);
        let mut y = plot::heading(&mut document, &self.note);
        let key = self.entries(room.in_key);
        if !key.is_empty() {
            let entry = |(mark, words): (Mark, String)| KeyEntry::new(words, move |at| mark.sample(at));
            y = plot::key(&mut document, y, &key.into_iter().map(entry).collect::<Vec<_>>());
        }
        let mut frames = Vec::new();
        for part in self.panels.chunk_by(|a, b| a.part == b.part) {
            if !part[0].part.is_empty() {
                y += LINE + 4.0;
                let text = Element::text([MARGIN, y], LABEL, &part[0].part).set("font-weight", "bold");
                document.push(text.fill(Role::Ink));
            }
            for row in part.chunks(room.columns) {
                y = self.row(&mut document, row, &room, y, &mut frames);
            }
        }
        document.set_height(y + 4.0);
        (document, frames)
    }

    /// What stands in the key: what is given, and the labels that have no room beside the marks, each once.
    fn entries(&self, labels: bool) -> Vec<(Mark, String)> {
        let mut entries = self.key.clone();
        for panel in &self.panels {
            for mark in &panel.marks {
                let is_in_key = mark.is_elsewhere(panel) || (labels && mark.end(panel).is_some());
                let Some(words) = mark.label.clone().filter(|_| is_in_key) else { continue };
                if !entries.iter().any(|(_, known)| *known == words) {
                    entries.push((mark.clone(), words));
                }
            }
        }
        entries
    }

    /// Panels side by side, whose frames are appended; returns where the space below begins.
    fn row(&self, document: &mut Document, panels: &[Panel], room: &Room, top: f64, frames: &mut Vec<Frame>) -> f64 {
        let cell = room.left + room.width + room.right;
        let height = panels.iter().map(|panel| self.height_of(panel, room)).fold(0.0, f64::max);
        let above: Vec<Vec<(Role, Weight, String)>> =
            panels.iter().map(|panel| self.lines_above(panel, room)).collect();
        let rules: Vec<Vec<Vec<(f64, String, Role)>>> =
            panels.iter().map(|panel| rule_labels(panel, room.width)).collect();
        let most_lines = above.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let most_rules = rules.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let head = if self.tiles.is_some() { 12.0 } else { 16.0 };
        let area_top = top + head + LINE * most_lines + 16.0 * most_rules;
        let mut below = 0.0_f64;
        for (index, panel) in panels.iter().enumerate() {
            let cell_left = MARGIN + index as f64 * (cell + room.gap);
            let left = cell_left + room.left;
            let bottom = area_top + self.height_of(panel, room);
            let rect = Rect::new(left, area_top, left + room.width, bottom);
            let frame =
                Frame { rect, x: panel.x.over([rect.left, rect.right]), y: panel.y.over([rect.bottom, rect.top]) };
            let mut group = Element::group();
            let mut words = Element::group().fill(Role::Ink);
            for (line, (role, weight, text)) in above[index].iter().enumerate() {
                let text = Element::text([cell_left, top + 7.0 + LINE * (line as f64 + 1.0)], LABEL, text);
                let text = if *role == Role::Ink { text } else { text.fill(*role) };
                words.push(if *weight == Weight::Bold { text.set("font-weight", "bold") } else { text });
            }
            for (row, labels) in rules[index].iter().enumerate() {
                let baseline = area_top - 6.0 - 16.0 * row as f64;
                for (at, label, role) in labels {
                    words.push(Element::text([rect.left + at, baseline], TICK, label).fill(*role));
                }
            }
            group.push(match self.tiles {
                Some(_) => {
                    let frame = Element::rectangle(rect.left, rect.top, rect.width(), rect.height());
                    frame.set("fill", "none").stroke(Role::Grid, plot::THIN)
                }
                None => axes(panel, &frame, [cell_left, cell_left + cell], room.names_above),
            });
            let name = document.name();
            let desktop = name.strip_suffix("-narrow").unwrap_or(name);
            // Small maps are the same at any size.
            let is_drawn = |other: &Frame| self.tiles.is_some() || other.is_as_large_as(&frame);
            if !self.backdrop.is_empty() {
                group.push(match (room.drawn.first(), frames.first()) {
                    (Some(first), _) if is_drawn(first) => again(&format!("{desktop}-behind"), first, &frame),
                    (_, Some(first)) => again(&format!("{name}-behind"), first, &frame),
                    _ => {
                        let behind = Element::group().set("id", format!("{name}-behind"));
                        behind.with_all(Mark::draw_all(&self.backdrop, &frame))
                    }
                });
            }
            let id = format!("{desktop}-marks-{}", frames.len());
            group.push(match room.drawn.get(frames.len()) {
                Some(other) if is_drawn(other) => again(&id, other, &frame),
                other => {
                    let marks = Element::group().class("marks").with_all(Mark::draw_all(&panel.marks, &frame));
                    if other.is_none() { marks.set("id", id) } else { marks }
                }
            });
            let x_words = panel.x.words([rect.left, rect.right], plot::TICK_ROOM_X);
            let x_lines = match self.tiles {
                Some(_) => Vec::new(),
                None => lines(&format!("{x_words} →"), Weight::Regular, cell - room.right),
            };
            for (line, text) in x_lines.iter().enumerate() {
                let baseline = bottom + 36.0 + LINE * line as f64;
                words.push(Element::text([rect.right, baseline], LABEL, text).set("text-anchor", "end"));
                below = below.max(baseline - area_top - height);
            }
            group.push(words);
            if !room.in_key {
                let labels: Vec<(f64, String, Role)> = panel
                    .marks
                    .iter()
                    .filter_map(|mark| Some((frame.y.at(mark.end(panel)?), mark.label.clone()?, mark.role)))
                    .collect();
                group.push(frame.direct_labels(&labels));
            }
            document.push(group);
            frames.push(frame);
        }
        area_top + height + below + if self.tiles.is_some() { 0.0 } else { 12.0 }
    }

    fn height_of(&self, panel: &Panel, room: &Room) -> f64 {
        let height = panel.height.unwrap_or(self.height);
        match (self.tiles, &panel.y.ticks) {
            (Some(ratio), _) => ratio * room.width,
            (None, Some(names)) if room.names_above => height.max(NAMED_ROW * names.len() as f64),
            _ => height,
        }
    }

    /// Heading, note and title of the vertical axis.
    fn lines_above(&self, panel: &Panel, room: &Room) -> Vec<(Role, Weight, String)> {
        let axis = match self.tiles {
            Some(_) => String::new(),
            None => panel.y.words([self.height_of(panel, room), 0.0], plot::TICK_ROOM_Y),
        };
        let arrow = if panel.y.ticks.is_some() || axis.is_empty() { "" } else { panel.y.arrow() };
        let room = room.left + room.width + room.right;
        [
            (Role::Ink, Weight::Bold, panel.heading.clone()),
            (Role::Muted, Weight::Regular, panel.note.clone()),
            (Role::Ink, Weight::Regular, format!("{axis} {arrow}").trim().to_owned()),
        ]
        .into_iter()
        .flat_map(|(role, weight, words)| lines(&words, weight, room).into_iter().map(move |line| (role, weight, line)))
        .collect()
    }

    /// The description: the claim of each named line, or else a panel's note; the figure's claim where there are neither.
    fn words(&self) -> String {
        if !self.description.is_empty() {
            return self.description.clone();
        }
        let panel = |panel: &Panel| {
            let clause = |mark: &Mark| {
                let (name, points) = (mark.label.as_deref()?, mark.points()?);
                let finite = |point: &&[f64; 2]| point[1].is_finite();
                let (first, last) = (points.iter().find(finite)?, points.iter().rev().find(finite)?);
                Some(format!("{name} {}", change_words(first[1], last[1])))
            };
            let mut clauses: Vec<String> = panel.marks.iter().filter_map(clause).collect();
            if clauses.is_empty() && !panel.note.is_empty() {
                clauses.push(panel.note.clone());
            }
            let head = if panel.heading.is_empty() { String::new() } else { format!("{}: ", panel.heading) };
            (!clauses.is_empty()).then(|| format!("{head}{}.", clauses.join("; ")))
        };
        let panels: Vec<String> = self.panels.iter().filter_map(panel).collect();
        if panels.is_empty() { format!("{}.", self.claim) } else { panels.join(" ") }
    }

    /// The numbers of all series that have a name.
    fn numbers(&self) -> Table {
        let same = |title: fn(&Panel) -> &str, otherwise: &str| {
            let first = self.panels.first().map_or(otherwise, title);
            let is_same = self.panels.iter().all(|panel| title(panel) == first);
            (if is_same && !first.is_empty() { first } else { otherwise }).to_owned()
        };
        let titles = [same(|panel| &panel.x.title, "x"), same(|panel| &panel.y.title, "y")];
        let mut table = Table::new(["panel".to_owned(), "series".to_owned()].into_iter().chain(titles));
        let series = self.panels.iter().flat_map(|panel| &panel.marks).filter(|mark| mark.series().is_some()).count();
        let most = (ROWS / series.max(1)).clamp(FEWEST_ROWS, MOST_ROWS);
        for panel in &self.panels {
            for mark in &panel.marks {
                let (Some(name), Some(points)) = (mark.series(), mark.points()) else { continue };
                for index in spread(points.len(), most) {
                    let [x, y] = points[index].map(cell);
                    table.push([panel.heading.clone(), name.to_owned(), x, y]);
                }
            }
        }
        table
    }
}

/// What was drawn in one frame, in another of the same proportions.
fn again(id: &str, from: &Frame, to: &Frame) -> Element {
    let place = Element::new("use").set("href", format!("#{id}"));
    if from.is_as_large_as(to) {
        return place.set("x", to.rect.left - from.rect.left).set("y", to.rect.top - from.rect.top);
    }
    let scale = to.rect.width() / from.rect.width();
    let [x, y] = [to.rect.left - scale * from.rect.left, to.rect.top - scale * from.rect.top].map(crate::svg::number);
    place.set("transform", format!("translate({x} {y}) scale({scale:.4})"))
}

/// Labels of upright rules, in rows above the area; each with its distance from the area's left border.
fn rule_labels(panel: &Panel, width: f64) -> Vec<Vec<(f64, String, Role)>> {
    let scale = panel.x.over([0.0, width]);
    let mut labels: Vec<(f64, String, Role)> = Vec::new();
    for mark in &panel.marks {
        let (Shape::RuleX(at), Some(label)) = (&mark.shape, &mark.label) else { continue };
        if scale.side(*at) == Side::Inside {
            let label = cut(label, width);
            let long = wide(&label, TICK);
            labels.push(((scale.at(*at) - long / 2.0).clamp(0.0, width - long), label, mark.role));
        }
    }
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut rows: Vec<Vec<(f64, String, Role)>> = Vec::new();
    for label in labels {
        let has_room = |row: &&mut Vec<(f64, String, Role)>| {
            row.last().is_none_or(|(at, words, _)| at + wide(words, TICK) + 8.0 <= label.0)
        };
        match rows.iter_mut().find(has_room) {
            Some(row) => row.push(label),
            None => rows.push(vec![label]),
        }
    }
    rows
}

/// Grid, axis lines, ticks and numbers; numbers that would touch their neighbours are left out.
fn axes(panel: &Panel, frame: &Frame, [cell_left, cell_right]: [f64; 2], names_above: bool) -> Element {
    let Rect { left, top, right, bottom } = frame.rect;
    let mut grid = Vec::new();
    let mut lines = vec![[[left, bottom], [right, bottom]], [[left, top], [left, bottom]]];
    let mut numbers_x = Element::group().fill(Role::Ink).set("text-anchor", "middle");
    let mut numbers_y = Element::group().fill(Role::Ink).set("text-anchor", if names_above { "start" } else { "end" });
    let mut last = f64::NEG_INFINITY;
    for tick in panel.x.marked([left, right], plot::TICK_ROOM_X) {
        let at = frame.x.at(tick.value);
        let length = if tick.label.is_some() { 5.0 } else { 3.0 };
        lines.push([[at, bottom], [at, bottom + length]]);
        let Some(label) = tick.label else { continue };
        grid.push([[at, top], [at, bottom]]);
        let long = wide(&label, TICK);
        let start = (at - long / 2.0).min(cell_right - long).max(cell_left);
        if start > last + 5.0 && long <= cell_right - cell_left {
            numbers_x.push(Element::text([start + long / 2.0, bottom + 18.0], TICK, &label));
            last = start + long;
        }
    }
    let mut taken: Vec<f64> = Vec::new();
    for tick in panel.y.marked([bottom, top], plot::TICK_ROOM_Y) {
        let at = frame.y.at(tick.value);
        let length = if tick.label.is_some() { 5.0 } else { 3.0 };
        lines.push([[left - length, at], [left, at]]);
        let Some(label) = tick.label else { continue };
        grid.push([[left, at], [right, at]]);
        if names_above {
            let label = Element::text([left + 6.0, at - 13.0], TICK, &cut(&label, right - left - 6.0));
            numbers_y.push(plot::haloed(label).fill(Role::Ink));
        } else if taken.iter().all(|other| (other - at).abs() >= TICK) {
            let label = cut(&label, left - 8.0 - cell_left);
            numbers_y.push(Element::text([left - 8.0, at + 4.0], TICK, &label));
            taken.push(at);
        }
    }
    let [grid, lines] =
        [(grid, Role::Grid), (lines, Role::Axis)].map(|(lines, role)| Element::lines(&lines).stroke(role, plot::THIN));
    let numbers = [numbers_x, numbers_y].into_iter().filter(|numbers| !numbers.is_empty());
    Element::group().with(grid).with(lines).with_all(numbers)
}
