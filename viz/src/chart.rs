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

use crate::figures::{Figure, Table, cell, change_words, spread};
use crate::palette::Role;
use crate::plot::{self, Frame, MARGIN, Rect};
use crate::scale::{Scale, Side, Tick};
use crate::svg::{Document, Element};
use crate::text::{self, LABEL, LABEL_STEP, TICK, Weight};

/// The width of a figure on a desktop, in pixels.
pub const WIDE: f64 = 960.0;
/// The width of a figure on a phone of 390 pixels, with the margins of its page.
pub const NARROW: f64 = 358.0;
/// Panels narrower than this stand below each other.
const NARROWEST_PANEL: f64 = 190.0;
/// A label stands right of a panel if its line ends beyond this part of the axis.
const AT_END: f64 = 0.85;
/// Between panels.
const GAP: f64 = 24.0;
/// The height of a line of words.
const LINE: f64 = 18.0;
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
    /// What marks mean that have no label of their own.
    pub key: Vec<(Mark, String)>,
    /// The most panels in a row, where there is room for them.
    pub columns: usize,
    /// The width on a desktop.
    pub width: f64,
    /// The height of the area for marks.
    pub height: f64,
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
            key: Vec::new(),
            columns: 3,
            width: WIDE,
            height: 230.0,
            table: None,
        }
    }
}

/// A pair of axes with marks.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What is shown.
    pub heading: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// From back to front.
    pub marks: Vec<Mark>,
}

impl Panel {
    /// A panel.
    pub fn new(heading: impl Into<String>, x: Axis, y: Axis, marks: Vec<Mark>) -> Self {
        Self { heading: heading.into(), x, y, marks }
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

    /// Equal factors take equal room.
    pub fn log(title: impl Into<String>, domain: [f64; 2]) -> Self {
        Self::new(title, Scale::log(domain, [0.0, 1.0]))
    }

    /// Steps of training up to the last, logarithmic from step 1 on.
    pub fn steps(last: f64) -> Self {
        Self::new("step", Scale::time(1.0, last, [0.0, 1.0]))
    }

    /// Names from the top down: number 0, 1, ….
    pub fn names(title: impl Into<String>, names: impl IntoIterator<Item = String>) -> Self {
        let tick = |(value, name)| Tick { value: f64::from(value), label: Some(name) };
        let ticks: Vec<Tick> = (0..).zip(names).map(tick).collect();
        let last = ticks.len() as f64 - 0.4;
        Self { ticks: Some(ticks), ..Self::linear(title, [-0.6, last]) }.reversed()
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
    /// An upright line through the panel.
    RuleX(f64),
    /// A level line through the panel.
    RuleY(f64),
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
    fn points(&self) -> Option<&[[f64; 2]]> {
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

    /// The mark on the axes of a frame; None if it is outside.
    pub(crate) fn draw(&self, frame: &Frame) -> Option<Element> {
        let dashed = |line: Element| match self.dash {
            Some(pattern) => line.set("stroke-dasharray", pattern),
            None => line,
        };
        let drawn = match &self.shape {
            Shape::Line(points) => frame.styled_line(points, self.role, self.width, self.dash),
            Shape::Course(points) => frame.course(points, self.role, self.width, self.dash),
            Shape::Band(lower, upper) => return Some(frame.band(lower, upper, self.role, self.opacity)),
            Shape::RuleX(at) => dashed(frame.rule_x(*at, self.role)?.set("stroke-width", self.width)),
            Shape::RuleY(at) => dashed(frame.rule_y(*at, self.role)?.set("stroke-width", self.width)),
            Shape::Dots(points, glyph, radius) => {
                let inside = points.iter().filter(|&&point| frame.contains(point));
                let dots = inside.map(|&point| dot(frame.at(point), *glyph, *radius, self.role, self.width));
                let outside: Vec<[f64; 2]> = points.iter().copied().filter(|&point| !frame.contains(point)).collect();
                let group = Element::group().with_all(dots);
                if outside.is_empty() {
                    group
                } else {
                    group.with(frame.points(&outside, *radius, self.role, Role::Background))
                }
            }
        };
        let drawn = match self.unit {
            Some(unit) => drawn.set("data-unit", unit.to_string()),
            None => drawn,
        };
        // A mark that cannot be seen is there for its label.
        (self.opacity > 0.0).then(|| if self.opacity < 1.0 { drawn.set("opacity", self.opacity) } else { drawn })
    }

    /// How it looks in a key: in a box of 24 pixels whose left edge has its middle at a point.
    fn sample(&self, [x, y]: [f64; 2]) -> Element {
        let rect = Rect::new(x, y - 5.0, x + 24.0, y + 5.0);
        let unit = |range| Scale::linear([0.0, 1.0], range);
        let frame = Frame::new(rect, unit, unit);
        let level = |height: f64| vec![[0.0, height], [1.0, height]];
        let shape = match &self.shape {
            Shape::Dots(_, glyph, radius) => Shape::Dots(vec![[0.5, 0.5]], *glyph, *radius),
            Shape::Band(..) => Shape::Band(level(0.0), level(1.0)),
            Shape::RuleX(_) => Shape::RuleX(0.5),
            _ => Shape::Line(level(0.5)),
        };
        Self { shape, unit: None, ..self.clone() }.draw(&frame).unwrap_or_else(Element::group)
    }
}

fn dot([x, y]: [f64; 2], glyph: Glyph, radius: f64, role: Role, width: f64) -> Element {
    let side = 0.9 * radius;
    let square = Element::rectangle(x - side, y - side, 2.0 * side, 2.0 * side);
    match glyph {
        Glyph::Disc => Element::circle([x, y], radius).fill(role),
        Glyph::Ring => Element::circle([x, y], radius).stroke(role, width),
        Glyph::Hollow => Element::circle([x, y], radius).fill(Role::Background).stroke(role, width),
        Glyph::Square => square.fill(role),
        Glyph::HollowSquare => square.fill(Role::Background).stroke(role, width),
        Glyph::Triangle => {
            let (up, down) = (1.1 * radius, 0.9 * radius);
            Element::polygon(&[[x, y - up], [x + up, y + down], [x - up, y + down]]).fill(role)
        }
        Glyph::Bar => Element::line([x, y - radius], [x, y + radius]).stroke(role, width),
        Glyph::Cross => {
            let line = |sign: f64| {
                Element::line([x - radius, y - sign * radius], [x + radius, y + sign * radius]).stroke(role, width)
            };
            Element::group().with(line(1.0)).with(line(-1.0))
        }
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
struct Room {
    left: f64,
    right: f64,
    columns: usize,
    /// The width of the area for marks.
    width: f64,
    /// Whether labels are in the key, because there is no room for them beside the marks.
    in_key: bool,
}

impl Room {
    fn new(chart: &Chart, width: f64) -> Self {
        let range = [chart.height, 0.0];
        let ticks = chart.panels.iter().flat_map(|panel| panel.y.marked(range, plot::TICK_ROOM_Y));
        let numbers = ticks.filter_map(|tick| tick.label).map(|label| wide(&label, TICK)).fold(0.0, f64::max);
        let usable = width - 2.0 * MARGIN;
        let left = numbers.min(0.5 * usable) + 10.0;
        let labels = |panel: &Panel| {
            panel.marks.iter().filter(|m| m.end(panel).is_some()).filter_map(|m| m.label.clone()).collect()
        };
        let all: Vec<Vec<String>> = chart.panels.iter().map(labels).collect();
        let widest = all.iter().flatten().map(|label| wide(label, LABEL)).fold(0.0, f64::max);
        let named = chart.panels.iter().any(|panel| panel.y.ticks.is_some());
        let in_key = !named
            && (all.iter().any(|labels| labels.len() > 6 || labels.len() as f64 * LABEL_STEP > chart.height)
                || widest > 0.45 * (usable - left));
        let right = if widest == 0.0 || in_key { 12.0 } else { widest + 22.0 };
        let most = ((usable + GAP) / (NARROWEST_PANEL + left + right + GAP)).floor().max(1.0) as usize;
        let mut columns = chart.panels.len().clamp(1, chart.columns.min(most).max(1));
        if columns == 3 && chart.panels.len() == 4 {
            columns = 2;
        }
        let cell = (usable - GAP * (columns as f64 - 1.0)) / columns as f64;
        Self { left, right, columns, width: (cell - left - right).max(40.0), in_key }
    }
}

impl Chart {
    /// The figure: laid out for a desktop and for a phone, with its numbers.
    pub fn figure(&self) -> Figure {
        let document = self.layout(self.width);
        let mut narrow = self.layout(NARROW);
        narrow.rename(&format!("{}-narrow", self.name));
        Figure { document, narrow: Some(narrow), table: self.table.clone().unwrap_or_else(|| self.numbers()) }
    }

    /// The picture for a width.
    pub fn layout(&self, width: f64) -> Document {
        let mut document = Document::new(&self.name, width, 100.0).titled(&self.claim).described(self.words());
        let room = Room::new(self, width);
        let mut y = plot::heading(&mut document, &self.note);
        let key = self.entries(room.in_key);
        if !key.is_empty() {
            y = Self::key(&mut document, y, &key);
        }
        for row in self.panels.chunks(room.columns) {
            y = Self::row(&mut document, row, &room, y, self.height);
        }
        document.set_height(y + 4.0);
        document
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

    fn key(document: &mut Document, top: f64, entries: &[(Mark, String)]) -> f64 {
        let right = document.size().0 - MARGIN;
        let (mut x, mut y) = (MARGIN, top + 8.0);
        let mut group = Element::group();
        for (mark, words) in entries {
            let lines = self::lines(words, Weight::Regular, right - MARGIN - 32.0);
            let room = 32.0 + lines.iter().map(|line| wide(line, LABEL)).fold(0.0, f64::max);
            if x > MARGIN && x + room > right {
                x = MARGIN;
                y += LINE;
            }
            group.push(mark.sample([x, y]));
            for (index, line) in lines.iter().enumerate() {
                y += if index > 0 { LINE } else { 0.0 };
                group.push(Element::text([x + 32.0, y + 4.5], LABEL, line).fill(Role::Ink));
            }
            x += room + 20.0;
            if lines.len() > 1 {
                x = right;
            }
        }
        document.push(group);
        y + 14.0
    }

    /// Panels side by side; returns where the space below begins.
    fn row(document: &mut Document, panels: &[Panel], room: &Room, top: f64, height: f64) -> f64 {
        let cell = room.left + room.width + room.right;
        let headings: Vec<Vec<String>> = panels.iter().map(|panel| lines(&panel.heading, Weight::Bold, cell)).collect();
        let titles: Vec<Vec<String>> = panels
            .iter()
            .map(|panel| {
                let words = panel.y.words([height, 0.0], plot::TICK_ROOM_Y);
                let arrow = if panel.y.ticks.is_some() || words.is_empty() { "" } else { " ↑" };
                lines(&format!("{words}{arrow}"), Weight::Regular, cell)
            })
            .collect();
        let rules: Vec<Vec<Vec<(f64, String, Role)>>> =
            panels.iter().map(|panel| rule_labels(panel, room.width)).collect();
        let most = |lists: &[Vec<String>]| lists.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let most_rules = rules.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let above = 12.0 + LINE * (most(&headings) + most(&titles)) + 16.0 * most_rules;
        let area_top = top + above + 4.0;
        let bottom = area_top + height;
        let mut below = 0.0_f64;
        for (index, panel) in panels.iter().enumerate() {
            let cell_left = MARGIN + index as f64 * (cell + GAP);
            let left = cell_left + room.left;
            let rect = Rect::new(left, area_top, left + room.width, bottom);
            let frame =
                Frame { rect, x: panel.x.over([rect.left, rect.right]), y: panel.y.over([rect.bottom, rect.top]) };
            let mut group = Element::group();
            let mut y = top + 12.0;
            let mut words = Element::group().fill(Role::Ink);
            for line in &headings[index] {
                y += LINE;
                words.push(Element::text([cell_left, y - 5.0], LABEL, line).set("font-weight", "bold"));
            }
            for line in &titles[index] {
                y += LINE;
                words.push(Element::text([cell_left, y - 5.0], LABEL, line));
            }
            for (row, labels) in rules[index].iter().enumerate() {
                let baseline = area_top - 6.0 - 16.0 * row as f64;
                for (at, label, role) in labels {
                    words.push(Element::text([rect.left + at, baseline], TICK, label).fill(*role));
                }
            }
            group.push(axes(panel, &frame, [cell_left, cell_left + cell]));
            let marks = panel.marks.iter().filter_map(|mark| mark.draw(&frame));
            group.push(Element::group().class("marks").with_all(marks));
            let x_words = panel.x.words([rect.left, rect.right], plot::TICK_ROOM_X);
            let x_lines = lines(&format!("{x_words} →"), Weight::Regular, cell - room.right);
            for (line, text) in x_lines.iter().enumerate() {
                let baseline = bottom + 36.0 + LINE * line as f64;
                words.push(Element::text([rect.right, baseline], LABEL, text).set("text-anchor", "end"));
                below = below.max(baseline - bottom);
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
        }
        bottom + below + 12.0
    }

    /// The description: the claim of each named line.
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
            let clauses: Vec<String> = panel.marks.iter().filter_map(clause).collect();
            let head = if panel.heading.is_empty() { String::new() } else { format!("{}: ", panel.heading) };
            format!("{head}{}.", clauses.join("; "))
        };
        self.panels.iter().map(panel).collect::<Vec<_>>().join(" ")
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
fn axes(panel: &Panel, frame: &Frame, [cell_left, cell_right]: [f64; 2]) -> Element {
    let Rect { left, top, right, bottom } = frame.rect;
    let mut grid = Element::group().stroke(Role::Grid, plot::THIN);
    let mut lines = Element::group().stroke(Role::Axis, plot::THIN);
    let mut numbers_x = Element::group().fill(Role::Ink).set("text-anchor", "middle");
    let mut numbers_y = Element::group().fill(Role::Ink).set("text-anchor", "end");
    let mut last = f64::NEG_INFINITY;
    for tick in panel.x.marked([left, right], plot::TICK_ROOM_X) {
        let at = frame.x.at(tick.value);
        let length = if tick.label.is_some() { 5.0 } else { 3.0 };
        lines.push(Element::line([at, bottom], [at, bottom + length]));
        let Some(label) = tick.label else { continue };
        grid.push(Element::line([at, top], [at, bottom]));
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
        lines.push(Element::line([left - length, at], [left, at]));
        let Some(label) = tick.label else { continue };
        grid.push(Element::line([left, at], [right, at]));
        if taken.iter().all(|other| (other - at).abs() >= TICK) {
            let label = cut(&label, left - 8.0 - cell_left);
            numbers_y.push(Element::text([left - 8.0, at + 4.0], TICK, &label));
            taken.push(at);
        }
    }
    lines.push(Element::line([left, bottom], [right, bottom]));
    lines.push(Element::line([left, top], [left, bottom]));
    let parts = [grid, lines, numbers_x, numbers_y];
    Element::group().with_all(parts.into_iter().filter(|part| !part.is_empty()))
}
