//! Writing SVG: elements, attributes, escaping, numbers.
//!
//! The writer knows nothing about plots. It guarantees what every picture needs: text from users is escaped, numbers
//! have at most two decimals and never read `-0`, lines end in LF, each element stands on a line of its own, and the
//! same document always gives the same bytes.

use std::fmt::{self, Write as _};

use crate::palette::Role;
use crate::text::{self, Level};

/// The value of an attribute: a number (written with two decimals) or text (escaped when written).
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A coordinate, a length or an opacity.
    Number(f64),
    /// Anything else.
    Text(String),
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// Writes a number with at most two decimals, without trailing zeros and without a negative zero.
///
/// A coordinate that is not finite cannot be drawn; callers drop such points. Should one slip through, it becomes 0
/// rather than an invalid document.
///
/// ```
/// assert_eq!(viz::svg::number(1.2500001), "1.25");
/// assert_eq!(viz::svg::number(-0.001), "0");
/// assert_eq!(viz::svg::number(640.0), "640");
/// ```
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let mut text = format!("{value:.2}");
    if text.contains('.') {
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept);
    }
    if text == "-0" { "0".to_owned() } else { text }
}

/// Writes lines as the `d` attribute of a path: where each begins, and then how far it is from point to point, which takes
/// half as many characters as places do. `end` closes a line, or is empty.
pub fn path(lines: &[Vec<[f64; 2]>], end: &str) -> String {
    // Differences of rounded places add up to rounded places.
    let hundredths = |value: f64| if value.is_finite() { (100.0 * value).round() as i64 } else { 0 };
    let mut text = String::new();
    for line in lines {
        let mut places = line.iter().map(|point| point.map(hundredths));
        let Some(mut last) = places.next() else { continue };
        text.push('M');
        push_pair(&mut text, last);
        let mut is_first = true;
        for place in places {
            // A line without length is a dot.
            if place == last && line.len() > 2 {
                continue;
            }
            text.push(if std::mem::take(&mut is_first) { 'l' } else { ' ' });
            push_pair(&mut text, [place[0] - last[0], place[1] - last[1]]);
            last = place;
        }
        text.push_str(end);
    }
    text
}

/// Two numbers in hundredths, as short as a path may have them.
fn push_pair(text: &mut String, [x, y]: [i64; 2]) {
    let push = |text: &mut String, value: i64| {
        let number = number(value as f64 / 100.0);
        let (sign, size) = number.strip_prefix('-').map_or(("", &*number), |size| ("-", size));
        text.push_str(sign);
        text.push_str(size.strip_prefix('0').filter(|rest| !rest.is_empty()).unwrap_or(size));
    };
    push(text, x);
    if y >= 0 {
        text.push(',');
    }
    push(text, y);
}

/// The points of a line without those that lie nearer than `tolerance` to the line without them (D. Douglas and T. Peucker,
/// "Algorithms for the reduction of the number of points required to represent a digitized line", 1973).
pub fn simplified(line: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    let Some(last) = line.len().checked_sub(1) else { return Vec::new() };
    let mut is_kept = vec![false; line.len()];
    (is_kept[0], is_kept[last]) = (true, true);
    let mut pending = vec![(0, last)];
    while let Some((from, to)) = pending.pop() {
        let [[x, y], [end_x, end_y]] = [line[from], line[to]];
        let [dx, dy] = [end_x - x, end_y - y];
        let square = dx * dx + dy * dy;
        let distance = |&[px, py]: &[f64; 2]| {
            let part = if square > 0.0 { (((px - x) * dx + (py - y) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
            let [rx, ry] = [px - x - part * dx, py - y - part * dy];
            rx * rx + ry * ry
        };
        let farthest = (from + 1..to).max_by(|&a, &b| distance(&line[a]).total_cmp(&distance(&line[b])));
        if let Some(farthest) = farthest.filter(|&index| distance(&line[index]) > tolerance * tolerance) {
            is_kept[farthest] = true;
            pending.extend([(from, farthest), (farthest, to)]);
        }
    }
    line.iter().zip(is_kept).filter_map(|(&point, is_kept)| is_kept.then_some(point)).collect()
}

/// Writes points as the `points` attribute of a polyline: `x,y x,y …`.
pub fn points(points: &[[f64; 2]]) -> String {
    let mut text = String::with_capacity(points.len() * 12);
    for (index, &[x, y]) in points.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(&number(x));
        text.push(',');
        text.push_str(&number(y));
    }
    text
}

/// Escapes text for use between tags and inside a quoted attribute; drops control characters, which XML forbids.
///
/// ```
/// assert_eq!(viz::svg::escape("<a & \"b\">\u{0}"), "&lt;a &amp; &quot;b&quot;&gt;");
/// ```
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' | '\r' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            character if character.is_control() => {}
            character => escaped.push(character),
        }
    }
    escaped
}

/// An element with its attributes, its text and its children.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, Value)>,
    classes: Vec<String>,
    text: Option<String>,
    children: Vec<Element>,
}

impl Element {
    /// The class of what is drawn faintly; the page's style sheet gives it more ink on a dark page.
    pub const FAINT: &str = "faint";

    /// An empty element, such as `Element::new("g")`.
    pub fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), classes: Vec::new(), text: None, children: Vec::new() }
    }

    /// A group.
    pub fn group() -> Self {
        Self::new("g")
    }

    /// A straight line.
    pub fn line(from: [f64; 2], to: [f64; 2]) -> Self {
        Self::new("line").set("x1", from[0]).set("y1", from[1]).set("x2", to[0]).set("y2", to[1])
    }

    /// Many straight lines as one element.
    pub fn lines(ends: &[[[f64; 2]; 2]]) -> Self {
        let mut d = String::new();
        for [from, to] in ends {
            let [[x0, y0], [x1, y1]] = [from, to].map(|end| end.map(number));
            let _ = write!(d, "M{x0},{y0}");
            let _ = match (x0 == x1, y0 == y1) {
                (_, true) => write!(d, "H{x1}"),
                (true, _) => write!(d, "V{y1}"),
                _ => write!(d, "L{x1},{y1}"),
            };
        }
        Self::new("path").set("d", d)
    }

    /// An open polyline. Round joins and caps, and no fill, are set once for the whole document.
    pub fn polyline(vertices: &[[f64; 2]]) -> Self {
        Self::new("polyline").set("points", points(vertices))
    }

    /// A closed polygon.
    pub fn polygon(vertices: &[[f64; 2]]) -> Self {
        Self::new("polygon").set("points", points(vertices))
    }

    /// A circle.
    pub fn circle(centre: [f64; 2], radius: f64) -> Self {
        Self::new("circle").set("cx", centre[0]).set("cy", centre[1]).set("r", radius)
    }

    /// A rectangle from its top left corner.
    pub fn rectangle(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self::new("rect").set("x", x).set("y", y).set("width", width.max(0.0)).set("height", height.max(0.0))
    }

    /// Text whose baseline starts at a point. Superscript and subscript digits become raised and lowered spans,
    /// because most fonts have no glyphs for them.
    pub fn text(at: [f64; 2], size: f64, content: &str) -> Self {
        let mut element = Self::new("text").set("x", at[0]).set("y", at[1]).set("font-size", size);
        element.text = Some(content.to_owned());
        element
    }

    /// An element that holds words for people who cannot see the picture: `title` or `desc`.
    pub fn words(name: &'static str, content: &str) -> Self {
        let mut element = Self::new(name);
        element.text = Some(content.to_owned());
        element
    }

    /// Sets an attribute.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some(attribute) => attribute.1 = value,
            None => self.attributes.push((name, value)),
        }
        self
    }

    /// Adds a class.
    #[must_use]
    pub fn class(mut self, class: impl Into<String>) -> Self {
        self.classes.push(class.into());
        self
    }

    /// Fills with the colour of a role: as an attribute, which every program reads, and as a class, by which the
    /// page's style sheet replaces it.
    #[must_use]
    pub fn fill(self, role: Role) -> Self {
        let class = role.fill_class();
        let element = self.set("fill", role.light());
        match class {
            Some(class) => element.class(class),
            None => element,
        }
    }

    /// Strokes with the colour of a role at a width in pixels.
    #[must_use]
    pub fn stroke(self, role: Role, width: f64) -> Self {
        let class = role.stroke_class();
        let element = self.set("stroke", role.light()).set("stroke-width", width);
        match class {
            Some(class) => element.class(class),
            None => element,
        }
    }

    /// Appends a child.
    pub fn push(&mut self, child: Element) {
        self.children.push(child);
    }

    /// Appends a child and returns the element.
    #[must_use]
    pub fn with(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    /// Appends children and returns the element.
    #[must_use]
    pub fn with_all(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// Elements as one group, at which the inks that all of them have stand once.
    pub fn alike(mut elements: Vec<Element>) -> Element {
        const INKS: [&str; 5] = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray"];
        let [first, others @ ..] = &elements[..] else { return Self::group() };
        // Only faint lines may become fainter together: others would not darken where they meet.
        let is_faint = first.classes.iter().any(|class| class == Self::FAINT);
        let is_common = |ink: &&(&'static str, Value)| {
            let may_be = INKS.contains(&ink.0) || (is_faint && ink.0 == "opacity");
            may_be && others.iter().all(|other| other.attributes.contains(ink))
        };
        let mut group = Self::group();
        group.attributes = first.attributes.iter().filter(is_common).cloned().collect();
        if others.iter().all(|other| other.classes == first.classes) {
            group.classes.clone_from(&first.classes);
            elements.iter_mut().for_each(|element| element.classes.clear());
        }
        for element in &mut elements {
            element.attributes.retain(|ink| !group.attributes.contains(ink));
        }
        group.children = elements;
        group
    }

    /// Whether nothing was put into the element.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty() && self.text.is_none()
    }

    fn write(&self, depth: usize, out: &mut String) {
        for _ in 0..depth {
            out.push(' ');
        }
        out.push('<');
        out.push_str(self.name);
        if !self.classes.is_empty() {
            let _ = write!(out, " class=\"{}\"", escape(&self.classes.join(" ")));
        }
        let mut size = 12.0;
        for (name, value) in &self.attributes {
            let written = match value {
                Value::Number(value) => number(*value),
                Value::Text(text) => escape(text),
            };
            if let ("font-size", Value::Number(value)) = (*name, value) {
                size = *value;
            }
            let _ = write!(out, " {name}=\"{written}\"");
        }
        if let Some(content) = &self.text {
            if self.name == "text" && content.chars().any(text::is_small) {
                // Some programs drop a space at the start of a span otherwise.
                out.push_str(" xml:space=\"preserve\"");
            }
            out.push('>');
            if self.name == "text" {
                write_spans(content, size, out);
            } else {
                out.push_str(&escape(content));
            }
            let _ = writeln!(out, "</{}>", self.name);
        } else if self.children.is_empty() {
            out.push_str("/>\n");
        } else {
            out.push_str(">\n");
            for child in &self.children {
                child.write(depth + 1, out);
            }
            for _ in 0..depth {
                out.push(' ');
            }
            let _ = writeln!(out, "</{}>", self.name);
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(0, &mut out);
        formatter.write_str(&out)
    }
}

/// Text with raised and lowered digits; each change of height is undone by the next span.
fn write_spans(content: &str, size: f64, out: &mut String) {
    let mut offset = 0.0;
    for (level, run) in text::runs(content) {
        let wanted = match level {
            Level::Base => 0.0,
            Level::Raised => -0.35 * size,
            Level::Lowered => 0.2 * size,
        };
        if level == Level::Base && offset == 0.0 {
            out.push_str(&escape(&run));
            continue;
        }
        let _ = write!(out, "<tspan dy=\"{}\"", number(wanted - offset));
        if level != Level::Base {
            let _ = write!(out, " font-size=\"{}\"", number(size * text::SMALL));
        }
        let _ = write!(out, ">{}</tspan>", escape(&run));
        offset = wanted;
    }
}

/// A picture: a canvas with a title and a description, and the elements on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    name: String,
    size: (f64, f64),
    title: String,
    description: String,
    head: f64,
    body: Vec<Element>,
}

impl Document {
    /// An empty picture. The name becomes the prefix of its ids (letters, digits and hyphens are kept), so two figures
    /// of different names can stand in one page.
    pub fn new(name: &str, width: f64, height: f64) -> Self {
        let mut slug = String::new();
        for character in name.chars() {
            if character.is_ascii_alphanumeric() {
                slug.push(character.to_ascii_lowercase());
            } else if !slug.ends_with('-') {
                slug.push('-');
            }
        }
        Self {
            name: slug.trim_matches('-').to_owned(),
            size: (width, height),
            title: String::new(),
            description: String::new(),
            head: 0.0,
            body: Vec::new(),
        }
    }

    /// Sets the title: the point of the picture in one sentence.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets the description for readers who cannot see the picture; it is made from the data.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The name, fit for a file name and an id.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The description.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Width and height of the canvas.
    pub fn size(&self) -> (f64, f64) {
        self.size
    }

    /// How much of the height title and subtitle take.
    pub fn head(&self) -> f64 {
        self.head
    }

    /// Says how much of the height title and subtitle take.
    pub fn set_head(&mut self, height: f64) {
        self.head = height;
    }

    /// Changes the height of the canvas, for figures that know it only when they are laid out.
    pub fn set_height(&mut self, height: f64) {
        self.size.1 = height;
    }

    /// Appends an element; empty groups are left out.
    pub fn push(&mut self, element: Element) {
        if element.name != "g" || !element.is_empty() {
            self.body.push(element);
        }
    }
}

impl fmt::Display for Document {
    /// Writes the document. The same text stands alone in a file and inline in a page, where it fills the width it is
    /// given; a page does well to give it no more than the width of its canvas, so that text has the same size everywhere.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height) = self.size;
        let (title, description) = (format!("{}-title", self.name), format!("{}-desc", self.name));
        let mut root = Element::new("svg")
            .set("xmlns", "http://www.w3.org/2000/svg")
            .set("role", "img")
            .set("aria-labelledby", title.as_str())
            .set("aria-describedby", description.as_str())
            .set("viewBox", format!("0 0 {} {}", number(width), number(height)))
            .set("width", "100%")
            .set("fill", "none")
            .set("stroke-linejoin", "round")
            .set("stroke-linecap", "round")
            .set("font-family", text::FAMILY)
            .class("figure");
        root.push(Element::words("title", &self.title).set("id", title));
        root.push(Element::words("desc", &self.description).set("id", description));
        root.push(Element::rectangle(0.0, 0.0, width, height).fill(Role::Background));
        root.children.extend(self.body.iter().cloned());
        let mut out = String::new();
        root.write(0, &mut out);
        formatter.write_str(&out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_through_the_places_rounded_to_hundredths() {
        let lines = [
            vec![[0.0, -0.004], [10.126, 3.0], [10.124, 3.0], [9.6, 2.5], [-0.25, 100.0]],
            vec![[1.0, 1.0], [1.0, 1.0]],
            vec![],
        ];
        let text = path(&lines, "Z");
        assert_eq!(text, "M0,0l10.13,3 -.01,0 -.52-.5 -9.85,97.5ZM1,1l0,0Z");
        assert_eq!(path(&[vec![[f64::NAN, 1.0], [f64::INFINITY, 0.5]]], ""), "M0,1l0-.5");
    }

    #[test]
    fn a_simplified_line_keeps_its_ends_and_stays_near_every_point() {
        let wave = |k: usize| [k as f64 / 10.0, (k as f64 / 30.0).sin() + 0.04 * f64::from(k as u32 % 3)];
        let line: Vec<[f64; 2]> = (0..400).map(wave).collect();
        for tolerance in [0.0, 0.05, 0.2, 10.0] {
            let found = simplified(&line, tolerance);
            assert_eq!([found[0], found[found.len() - 1]], [line[0], line[399]]);
            let near = |&[x, y]: &[f64; 2]| {
                found.windows(2).any(|ends| {
                    let [[ax, ay], [bx, by]] = [ends[0], ends[1]];
                    let part = (((x - ax) * (bx - ax) + (y - ay) * (by - ay))
                        / ((bx - ax).powi(2) + (by - ay).powi(2)))
                    .clamp(0.0, 1.0);
                    (x - ax - part * (bx - ax)).hypot(y - ay - part * (by - ay)) <= tolerance + 1e-9
                })
            };
            assert!(line.iter().all(near), "{tolerance}");
        }
        let counts = [0.0, 0.2, 10.0].map(|tolerance| simplified(&line, tolerance).len());
        assert!(counts[0] > 300 && counts[1] < 60 && counts[2] == 2, "{counts:?}");
        assert_eq!(simplified(&[], 1.0), [[0.0; 2]; 0]);
        let ring = [[0.0, 0.0], [5.0, 0.0], [5.0, 5.0], [0.0, 0.0]];
        assert_eq!(simplified(&ring, 1.0), ring);
    }
}
