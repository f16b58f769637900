//! Frames with axes, and marks in them.
//!
//! A [`Frame`] is a rectangle with a scale in each direction. Marks are given in data coordinates and clipped exactly at
//! the frame's border, in numbers rather than by a clipping path; where a line leaves the frame, a small arrow says so.

use crate::palette::Role;
use crate::scale::{Scale, Side};
use crate::svg::{self, Document, Element};
use crate::text::{self, Weight};

/// Width of lines that carry data.
pub const DATA: f64 = 2.0;
/// Width of secondary lines.
pub const SECONDARY: f64 = 1.5;
/// Width of axes, ticks, grid lines and hidden units.
pub const THIN: f64 = 1.0;
/// Opacity of hidden units and of single runs behind a median.
pub const FAINT: f64 = 0.6;
/// Dash pattern of the truth.
pub const TRUTH_DASH: &str = "6 4";
/// Pixels for one tick along x.
pub const TICK_ROOM_X: f64 = 80.0;
/// Pixels for one tick along y.
pub const TICK_ROOM_Y: f64 = 35.0;
/// The height of a line of words.
pub const LINE: f64 = 18.0;
/// The margin around everything.
pub const MARGIN: f64 = 16.0;
/// Less than anyone sees.
const UNSEEN: f64 = 0.1;

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left border.
    pub left: f64,
    /// Upper border.
    pub top: f64,
    /// Right border.
    pub right: f64,
    /// Lower border.
    pub bottom: f64,
}

impl Rect {
    /// The rectangle between two columns and two rows of pixels.
    pub fn new(left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self { left, top, right, bottom }
    }

    /// Width.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Height.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// A rectangle with a horizontal and a vertical scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Where it stands.
    pub rect: Rect,
    /// The horizontal scale; its range is the width of the rectangle.
    pub x: Scale,
    /// The vertical scale; its range runs from the bottom up, or down if time does.
    pub y: Scale,
}

/// Where a line crosses the border of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exit {
    /// The pixel on the border.
    pub at: [f64; 2],
    /// The direction that leads outside: one of the four unit vectors.
    pub direction: [f64; 2],
}

/// A line clipped to a frame: its pieces inside, and where it leaves. What vertices have beside x and y, such as a width,
/// is interpolated where it crosses the border.
#[derive(Clone, Debug, PartialEq)]
pub struct Clipped<const N: usize> {
    /// Runs of vertices inside the frame, in pixels.
    pub pieces: Vec<Vec<[f64; N]>>,
    /// Crossings of the border.
    pub exits: Vec<Exit>,
}

impl Frame {
    /// A frame whose y grows upwards.
    pub fn new(rect: Rect, x: impl Fn([f64; 2]) -> Scale, y: impl Fn([f64; 2]) -> Scale) -> Self {
        Self { rect, x: x([rect.left, rect.right]), y: y([rect.bottom, rect.top]) }
    }

    /// Whether the rectangle has the size of another one.
    pub(crate) fn is_as_large_as(&self, other: &Frame) -> bool {
        let apart =
            (self.rect.width() - other.rect.width()).abs().max((self.rect.height() - other.rect.height()).abs());
        apart < 1e-6
    }

    /// The pixel of a point.
    pub fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.x.at(x), self.y.at(y)]
    }

    /// Whether a point lies inside.
    pub fn contains(&self, [x, y]: [f64; 2]) -> bool {
        self.x.side(x) == Side::Inside && self.y.side(y) == Side::Inside
    }

    /// Clips a polyline in data coordinates to the frame. A vertex that is not finite breaks the line.
    pub fn clip<const N: usize>(&self, points: &[[f64; N]]) -> Clipped<N> {
        let mut clipped = Clipped { pieces: Vec::new(), exits: Vec::new() };
        let mut piece: Vec<[f64; N]> = Vec::new();
        let mut before: Option<[f64; N]> = None;
        for point in points {
            if !point.iter().all(|number| number.is_finite()) {
                clipped.finish(&mut piece);
                before = None;
                continue;
            }
            let mut pixel = *point;
            [pixel[0], pixel[1]] = self.at([point[0], point[1]]);
            if let Some(from) = before {
                self.clip_segment(from, pixel, &mut piece, &mut clipped);
            } else if self.covers([pixel[0], pixel[1]]) {
                piece.push(pixel);
            }
            before = Some(pixel);
        }
        clipped.finish(&mut piece);
        clipped
    }

    fn covers(&self, [x, y]: [f64; 2]) -> bool {
        let Rect { left, top, right, bottom } = self.rect;
        let slack = 1e-6;
        x >= left - slack && x <= right + slack && y >= top - slack && y <= bottom + slack
    }

    /// The part of a segment inside the frame: the parameter interval left over by the four borders.
    fn clip_segment<const N: usize>(
        &self,
        from: [f64; N],
        to: [f64; N],
        piece: &mut Vec<[f64; N]>,
        clipped: &mut Clipped<N>,
    ) {
        let Rect { left, top, right, bottom } = self.rect;
        let along: [f64; N] = std::array::from_fn(|k| to[k] - from[k]);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        let slack = 1e-6;
        let borders = [
            (along[0], from[0] - left + slack),
            (-along[0], right + slack - from[0]),
            (along[1], from[1] - top + slack),
            (-along[1], bottom + slack - from[1]),
        ];
        for (speed, distance) in borders {
            // The segment is on the inner side of this border where distance + t·speed ≥ 0.
            if speed == 0.0 {
                if distance < 0.0 {
                    leave = -1.0;
                }
            } else if speed > 0.0 {
                enter = enter.max(-distance / speed);
            } else {
                leave = leave.min(-distance / speed);
            }
        }
        let at = |t: f64| -> [f64; N] { std::array::from_fn(|k| from[k] + t * along[k]) };
        if enter > leave {
            clipped.finish(piece);
            return;
        }
        if enter > 0.0 {
            clipped.finish(piece);
            self.note_exit(at(enter), &mut clipped.exits);
        }
        if piece.is_empty() {
            piece.push(at(enter));
        }
        piece.push(at(leave));
        if leave < 1.0 {
            self.note_exit(at(leave), &mut clipped.exits);
            clipped.finish(piece);
        }
    }

    fn note_exit<const N: usize>(&self, at: [f64; N], exits: &mut Vec<Exit>) {
        let Rect { left, top, right, bottom } = self.rect;
        let at = [at[0], at[1]];
        let direction = if (at[1] - top).abs() < 1e-3 {
            [0.0, -1.0]
        } else if (at[1] - bottom).abs() < 1e-3 {
            [0.0, 1.0]
        } else if (at[0] - left).abs() < 1e-3 {
            [-1.0, 0.0]
        } else if (at[0] - right).abs() < 1e-3 {
            [1.0, 0.0]
        } else {
            return;
        };
        exits.push(Exit { at, direction });
    }

    /// A polyline in a role's colour, with arrows where it leaves the frame.
    pub fn line(&self, points: &[[f64; 2]], role: Role, width: f64, dash: Option<&str>) -> Element {
        self.drawn(points, &self.clip(points), role, width, dash)
    }

    /// A line over many saved states, without the vertices that cannot be told from a straight line.
    pub fn course(&self, points: &[[f64; 2]], role: Role, width: f64, dash: Option<&str>) -> Element {
        let mut clipped = self.clip(points);
        for piece in &mut clipped.pieces {
            *piece = simplified(piece, 0.3);
        }
        self.drawn(points, &clipped, role, width, dash)
    }

    fn drawn(&self, points: &[[f64; 2]], clipped: &Clipped<2>, role: Role, width: f64, dash: Option<&str>) -> Element {
        let mut parts: Vec<Element> = Vec::new();
        for piece in &clipped.pieces {
            let line = Element::polyline(piece).stroke(role, width);
            parts.push(match dash {
                Some(pattern) => line.set("stroke-dasharray", pattern),
                None => line,
            });
        }
        let exits = thinned(&clipped.exits, 8.0);
        parts.extend(exits.iter().map(|exit| arrow(exit.at, exit.direction).fill(role)));
        if parts.is_empty() {
            parts.extend(self.elsewhere(points).map(|exit| arrow(exit.at, exit.direction).fill(role)));
        }
        if parts.len() == 1 { parts.remove(0) } else { Element::group().with_all(parts) }
    }

    /// An exit in the middle of the upper or lower border for a line of which nothing is inside.
    fn elsewhere(&self, points: &[[f64; 2]]) -> Option<Exit> {
        let heights = points.iter().map(|&point| self.at(point)[1]).filter(|height| height.is_finite());
        let above = heights.clone().any(|height| height < self.rect.top);
        let below = heights.clone().any(|height| height > self.rect.bottom);
        let middle = f64::midpoint(self.rect.left, self.rect.right);
        match (above, below) {
            (true, _) => Some(Exit { at: [middle, self.rect.top], direction: [0.0, -1.0] }),
            (_, true) => Some(Exit { at: [middle, self.rect.bottom], direction: [0.0, 1.0] }),
            _ => None,
        }
    }

    /// The area between two lines over the same x, clipped to the height of the frame.
    pub fn band(&self, lower: &[[f64; 2]], upper: &[[f64; 2]], role: Role, opacity: f64) -> Element {
        let inside = |&point: &[f64; 2]| {
            let [x, y] = self.at(point);
            [x.clamp(self.rect.left, self.rect.right), y.clamp(self.rect.top, self.rect.bottom)]
        };
        let finite = |point: &&[f64; 2]| point[0].is_finite() && point[1].is_finite();
        let outline: Vec<[f64; 2]> =
            lower.iter().filter(finite).map(inside).chain(upper.iter().rev().filter(finite).map(inside)).collect();
        Element::polygon(&outline).fill(role).set("fill-opacity", opacity)
    }

    /// A line of varying width, the third number of each point in pixels, with arrows where it leaves the frame.
    pub fn ribbon(&self, points: &[[f64; 3]], role: Role) -> Element {
        let clipped = self.clip(points);
        let outlines = clipped.pieces.iter().map(|piece| Element::polygon(&outline(&simplified(piece, 0.6))));
        let exits = thinned(&clipped.exits, 8.0);
        let arrows = exits.iter().map(|exit| arrow(exit.at, exit.direction));
        Element::group().fill(role).with_all(outlines).with_all(arrows)
    }

    /// An arrow between two points; None if it would be too short to be seen.
    pub fn arrow(&self, ends: [[f64; 2]; 2], role: Role, width: f64) -> Option<Element> {
        let [from, to] = ends.map(|end| self.at(end));
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let length = (dx * dx + dy * dy).sqrt();
        let direction = [dx / length, dy / length];
        let neck = [to[0] - 6.0 * direction[0], to[1] - 6.0 * direction[1]];
        let shaft = Element::line(from, neck).stroke(role, width);
        (length >= 12.0).then(|| Element::group().with(shaft).with(arrow(neck, direction).fill(role)))
    }

    /// Words beside a point, where there is more room, with a halo; None if the point is outside.
    pub fn words(&self, at: [f64; 2], words: &str, role: Role) -> Option<Element> {
        let [x, y] = self.at(at);
        let (x, anchor) =
            if x > self.rect.left + 0.7 * self.rect.width() { (x - 7.0, "end") } else { (x + 7.0, "start") };
        let text =
            Element::text([x, y + 4.5], text::LABEL, words).set("font-weight", "bold").set("text-anchor", anchor);
        self.contains(at).then(|| haloed(text).fill(role))
    }

    /// Arrows at the border for points beyond it.
    pub fn beyond(&self, points: &[[f64; 2]], role: Role) -> Element {
        let Rect { left, top, right, bottom } = self.rect;
        let exit = |&point: &[f64; 2]| {
            let [x, y] = self.at(point);
            let direction = match (x < left, x > right, y < top) {
                (true, ..) => [-1.0, 0.0],
                (_, true, _) => [1.0, 0.0],
                (.., true) => [0.0, -1.0],
                _ => [0.0, 1.0],
            };
            let at = [x.clamp(left, right), y.clamp(top, bottom)];
            (!at[0].is_nan() && !at[1].is_nan()).then_some(Exit { at, direction })
        };
        let exits = thinned(&points.iter().filter_map(exit).collect::<Vec<_>>(), 8.0);
        Element::group().fill(role).with_all(exits.into_iter().map(|exit| arrow(exit.at, exit.direction)))
    }

    /// Several lines inside the frame as one element; what bends by less than can be seen is straight.
    pub fn lines(&self, lines: &[Vec<[f64; 2]>]) -> Element {
        let lines: Vec<_> = lines.iter().map(|line| svg::simplified(&self.places(line), UNSEEN)).collect();
        Element::new("path").set("d", svg::path(&lines, "")).set("fill", "none")
    }

    /// Several polygons inside the frame as one element.
    pub fn areas(&self, polygons: &[Vec<[f64; 2]>]) -> Element {
        let polygons: Vec<_> = polygons.iter().map(|polygon| self.places(polygon)).collect();
        Element::new("path").set("d", svg::path(&polygons, "Z"))
    }

    fn places(&self, points: &[[f64; 2]]) -> Vec<[f64; 2]> {
        points.iter().map(|&point| self.at(point)).collect()
    }

    /// A horizontal or vertical rule through the frame at a value; None if the value is outside.
    pub fn rule_x(&self, value: f64, role: Role) -> Option<Element> {
        (self.x.side(value) == Side::Inside).then(|| {
            let at = self.x.at(value);
            Element::line([at, self.rect.top], [at, self.rect.bottom]).stroke(role, THIN)
        })
    }

    /// A horizontal rule through the frame at a value; None if the value is outside.
    pub fn rule_y(&self, value: f64, role: Role) -> Option<Element> {
        (self.y.side(value) == Side::Inside).then(|| {
            let at = self.y.at(value);
            Element::line([self.rect.left, at], [self.rect.right, at]).stroke(role, THIN)
        })
    }

    /// Labels right of the frame, at the height (in pixels) of the curves they name, pushed apart where they would
    /// overlap; a thin line leads from a label to its curve where it had to move.
    pub fn direct_labels(&self, labels: &[(f64, String, Role)]) -> Element {
        let finite: Vec<&(f64, String, Role)> = labels.iter().filter(|(at, ..)| at.is_finite()).collect();
        let wishes: Vec<f64> = finite.iter().map(|(at, ..)| at.clamp(self.rect.top, self.rect.bottom)).collect();
        let placed = text::push_apart(&wishes, text::LABEL_STEP, self.rect.top + 2.0, self.rect.bottom);
        let mut group = Element::group();
        for ((wish, at), (_, label, role)) in wishes.iter().zip(&placed).zip(finite) {
            let right = self.rect.right;
            if (wish - at).abs() > 3.0 {
                let bent = [[right + 2.0, *wish], [right + 6.0, *wish], [right + 12.0, *at], [right + 14.0, *at]];
                group.push(Element::polyline(&bent).stroke(*role, THIN));
            } else {
                group.push(Element::line([right + 4.0, *at], [right + 14.0, *at]).stroke(*role, SECONDARY));
            }
            group.push(haloed(Element::text([right + 18.0, at + 4.5], text::LABEL, label)).fill(*role));
        }
        group
    }
}

impl<const N: usize> Clipped<N> {
    fn finish(&mut self, piece: &mut Vec<[f64; N]>) {
        if piece.len() > 1 {
            self.pieces.push(std::mem::take(piece));
        }
        piece.clear();
    }
}

/// Leaves out exits that lie within `distance` pixels of one already kept and point the same way.
fn thinned(exits: &[Exit], distance: f64) -> Vec<Exit> {
    let mut kept: Vec<Exit> = Vec::new();
    for exit in exits {
        let near = |other: &Exit| {
            let apart = (other.at[0] - exit.at[0]).abs().max((other.at[1] - exit.at[1]).abs());
            other.direction == exit.direction && apart < distance
        };
        if !kept.iter().any(near) {
            kept.push(*exit);
        }
    }
    kept
}

/// The outline of a line of varying width: each vertex moved to both sides, at right angles to the line there.
fn outline(ribbon: &[[f64; 3]]) -> Vec<[f64; 2]> {
    let normal = |index: usize| {
        let before = ribbon[index.saturating_sub(1)];
        let after = ribbon[(index + 1).min(ribbon.len() - 1)];
        let (dx, dy) = (after[0] - before[0], after[1] - before[1]);
        let length = (dx * dx + dy * dy).sqrt().max(f64::MIN_POSITIVE);
        [dy / length, -dx / length]
    };
    let side = |sign: f64| {
        move |(index, &[x, y, width]): (usize, &[f64; 3])| {
            let [nx, ny] = normal(index);
            // A tenth of a pixel is enough for a filled outline.
            [x + sign * nx * width / 2.0, y + sign * ny * width / 2.0].map(|at| (at * 10.0).round() / 10.0)
        }
    };
    let there = ribbon.iter().enumerate().map(side(1.0));
    let back = ribbon.iter().enumerate().rev().map(side(-1.0));
    there.chain(back).collect()
}

/// A small filled arrow whose tip points outside from a place on the border.
pub fn arrow(at: [f64; 2], direction: [f64; 2]) -> Element {
    let [dx, dy] = direction;
    let side = [-dy, dx];
    let point =
        |along: f64, across: f64| [at[0] + along * dx + across * side[0], at[1] + along * dy + across * side[1]];
    Element::polygon(&[point(6.0, 0.0), point(0.0, 3.5), point(0.0, -3.5)])
}

/// Gives text a halo in the colour of the paper, so that it can be read over lines.
#[must_use]
pub fn haloed(text: Element) -> Element {
    text.stroke(Role::Background, 3.0).set("paint-order", "stroke").set("stroke-linejoin", "round")
}

/// Writes the title, wrapped to the canvas, and a smaller line below it; returns where the space below begins.
pub fn heading(document: &mut Document, subtitle: &str) -> f64 {
    let room = |weight: Weight| (document.size().0 - 2.0 * MARGIN) / weight.spare();
    let rooms = [Weight::Bold, Weight::Regular].map(room);
    let mut y = 8.0;
    let mut group = Element::group().fill(Role::Ink);
    let title = document.title().to_owned();
    for line in text::wrap(&title, text::TITLE, Weight::Bold, rooms[0]) {
        y += 19.0;
        group.push(Element::text([MARGIN, y], text::TITLE, &line).set("font-weight", "bold"));
    }
    document.push(group);
    let mut group = Element::group().fill(Role::Muted);
    for line in text::wrap(subtitle, text::LABEL, Weight::Regular, rooms[1]) {
        y += 18.0;
        group.push(Element::text([MARGIN, y], text::LABEL, &line));
    }
    document.push(group);
    document.set_head(y);
    y + 8.0
}

/// One entry of a key: how a mark looks in a box of 28 × 14 pixels whose left edge has its middle at a point, and words.
pub struct KeyEntry {
    /// Draws the mark from the middle of the left edge.
    pub mark: Box<dyn Fn([f64; 2]) -> Element>,
    /// What the mark means.
    pub words: String,
}

impl KeyEntry {
    /// An entry from a drawing function and words.
    pub fn new(words: impl Into<String>, mark: impl Fn([f64; 2]) -> Element + 'static) -> Self {
        Self { mark: Box::new(mark), words: words.into() }
    }
}

/// Lays key entries out in rows no wider than the canvas; returns where the space below begins.
pub fn key(document: &mut Document, top: f64, entries: &[KeyEntry]) -> f64 {
    let right = document.size().0 - MARGIN;
    let (mut x, mut y) = (MARGIN, top + 8.0);
    let mut group = Element::group();
    let wide = Weight::Regular.spare();
    for entry in entries {
        let lines = text::wrap(&entry.words, text::LABEL, Weight::Regular, (right - MARGIN - 32.0) / wide);
        let widths = lines.iter().map(|line| wide * text::width(line, text::LABEL, Weight::Regular));
        let room = 32.0 + widths.fold(0.0, f64::max);
        if x > MARGIN && x + room > right {
            x = MARGIN;
            y += LINE;
        }
        group.push((entry.mark)([x, y]));
        for (index, line) in lines.iter().enumerate() {
            y += if index > 0 { LINE } else { 0.0 };
            group.push(Element::text([x + 32.0, y + 4.5], text::LABEL, line).fill(Role::Ink));
        }
        x = if lines.len() > 1 { right } else { x + room + 20.0 };
    }
    document.push(group);
    y + 14.0
}

/// Leaves out vertices of a polyline that lie within `tolerance` pixels of the line through those kept (Douglas and
/// Peucker). A third number of a vertex, such as a line width, is kept to the same tolerance.
pub(crate) fn simplified<const N: usize>(vertices: &[[f64; N]], tolerance: f64) -> Vec<[f64; N]> {
    let Some(last) = vertices.len().checked_sub(1) else { return Vec::new() };
    let mut kept = vec![false; vertices.len()];
    kept[0] = true;
    kept[last] = true;
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        let distance = |index: usize| distance_to_segment(vertices[index], vertices[from], vertices[to]);
        let farthest = (from + 1..to).max_by(|&a, &b| distance(a).total_cmp(&distance(b)));
        if let Some(index) = farthest.filter(|&index| distance(index) > tolerance) {
            kept[index] = true;
            open.push((from, index));
            open.push((index, to));
        }
    }
    vertices.iter().zip(kept).filter(|(_, kept)| *kept).map(|(vertex, _)| *vertex).collect()
}

fn distance_to_segment<const N: usize>(point: [f64; N], from: [f64; N], to: [f64; N]) -> f64 {
    let along: [f64; N] = std::array::from_fn(|k| to[k] - from[k]);
    let away: [f64; N] = std::array::from_fn(|k| point[k] - from[k]);
    let dot = |a: [f64; N], b: [f64; N]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let length = dot(along, along);
    let part = if length > 0.0 { (dot(along, away) / length).clamp(0.0, 1.0) } else { 0.0 };
    let off: [f64; N] = std::array::from_fn(|k| away[k] - part * along[k]);
    dot(off, off).sqrt()
}

#[cfg(test)]
mod tests {
    use super::simplified;

    #[test]
    fn simplifying_keeps_corners_and_widths() {
        let straight: Vec<[f64; 3]> = (0..100).map(|k| [f64::from(k), 2.0 * f64::from(k), 1.0]).collect();
        assert_eq!(simplified(&straight, 0.1).len(), 2);
        let corner = [[0.0, 0.0, 1.0], [5.0, 0.0, 1.0], [5.0, 5.0, 1.0]];
        assert_eq!(simplified(&corner, 0.1), corner);
        let swelling = [[0.0, 0.0, 1.0], [5.0, 0.0, 4.0], [10.0, 0.0, 1.0]];
        assert_eq!(simplified(&swelling, 0.1), swelling);
    }
}
