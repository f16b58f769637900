//! Polygons shaded by linear functions, each by the linear gradient it is.

use super::Facet;
use crate::palette::Role;
use crate::plot::Frame;
use crate::svg::Element;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

/// A polygon on which the value changes by less than this part of full colour has one colour, and so has one of fewer pixels;
/// neighbours of one colour are drawn as one.
const FLAT: f64 = 0.06;
const SPECK: f64 = 6.0;
/// How many such colours there are from none to full.
const LEVELS: f64 = 20.0;

/// Polygons in the colours of two roles, of values from `full` on and of those from −`full` down, and in between the mixture
/// with the paper that the value says.
pub(super) fn draw(facets: &[Facet], full: f64, roles: [Role; 2], frame: &Frame) -> Element {
    let ramp = format!("ramp-{}", name(&[frame.rect.left, frame.rect.top, frame.rect.right, frame.rect.bottom]));
    let stop = |at: f64, role: Role| {
        let stop = Element::new("stop").set("offset", at).set("stop-color", role.light());
        role.stop_class().into_iter().fold(stop, Element::class)
    };
    let stops = [stop(0.0, roles[1]), stop(0.5, Role::Background), stop(1.0, roles[0])];
    let mut gradients = vec![Element::new("linearGradient").set("id", ramp.as_str()).with_all(stops)];
    let mut shaded = Vec::new();
    // By the role and the level of their colour.
    let mut plain: BTreeMap<(usize, u8), Vec<Vec<[f64; 2]>>> = BTreeMap::new();
    let unit = |scale: &crate::scale::Scale| {
        let ([low, high], [from, to]) = (scale.domain(), scale.range());
        (to - from) / (high - low)
    };
    let [scale_x, scale_y] = [unit(&frame.x), unit(&frame.y)];
    for Facet { corners, gradient: [dx, dy], value } in facets {
        let first = corners[0];
        let values = corners.iter().map(|p| value + dx * (p[0] - first[0]) + dy * (p[1] - first[1]));
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        // The gradient in pixels, and the places on it where the function is −full and full.
        let slope = [dx / scale_x, dy / scale_y];
        let square = slope[0] * slope[0] + slope[1] * slope[1];
        let places: Vec<[f64; 2]> = corners.iter().map(|&corner| frame.at(corner)).collect();
        let is_speck = [0, 1].iter().all(|&axis| {
            let [low, high] = places.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], place| {
                [low.min(place[axis]), high.max(place[axis])]
            });
            high - low < SPECK
        });
        let [low, high] = [low, high].map(|value| value.clamp(-full, full));
        if is_speck || high - low < FLAT * full {
            let level = LEVELS * f64::midpoint(low, high) / full;
            let colour = (usize::from(level < 0.0), level.abs().round() as u8);
            plain.entry(colour).or_default().push(corners.clone());
            continue;
        }
        let [x, y] = frame.at(first);
        let at = |wanted: f64| {
            let way = (wanted - value) / square;
            [x + way * slope[0], y + way * slope[1]]
        };
        let [[x1, y1], [x2, y2]] = [at(-full), at(full)];
        let id = format!("shade-{}", name(&[x1, y1, x2, y2]));
        shaded.push(Element::polygon(&places).set("fill", format!("url(#{id})")));
        let gradient = Element::new("linearGradient").set("id", id.as_str()).set("href", format!("#{ramp}"));
        let gradient = gradient.set("gradientUnits", "userSpaceOnUse");
        gradients.push(gradient.set("x1", x1).set("y1", y1).set("x2", x2).set("y2", y2));
    }
    // Neighbours of one colour would show their seam.
    let group = Element::group().set("shape-rendering", "crispEdges").with(Element::new("defs").with_all(gradients));
    let plain = plain.iter().filter(|((_, level), _)| *level > 0).map(|((role, level), polygons)| {
        let areas = frame.areas(&outline(polygons)).fill(roles[*role]);
        let part = f64::from(*level) / LEVELS;
        if part < 1.0 { areas.set("fill-opacity", part) } else { areas }
    });
    group.with_all(plain).with_all(shaded)
}

/// What bounds polygons that share corners: the sides that only one of them has, joined; with the polygons on their left.
pub fn outline(polygons: &[Vec<[f64; 2]>]) -> Vec<Vec<[f64; 2]>> {
    let bits = |point: [f64; 2]| point.map(f64::to_bits);
    let sides = || polygons.iter().flat_map(|polygon| polygon.iter().zip(polygon.iter().cycle().skip(1)));
    let all: HashSet<[[u64; 2]; 2]> = sides().map(|(&from, &to)| [bits(from), bits(to)]).collect();
    let outer: Vec<[[f64; 2]; 2]> =
        sides().filter(|&(&from, &to)| !all.contains(&[bits(to), bits(from)])).map(|(&from, &to)| [from, to]).collect();
    let mut next: HashMap<[u64; 2], Vec<[f64; 2]>> = HashMap::new();
    for &[from, to] in outer.iter().rev() {
        next.entry(bits(from)).or_default().push(to);
    }
    let mut lines = Vec::new();
    for &[start, _] in &outer {
        let (mut line, mut at) = (Vec::new(), start);
        while let Some(to) = next.get_mut(&bits(at)).and_then(Vec::pop) {
            line.push(at);
            at = to;
        }
        lines.extend((!line.is_empty()).then_some(line));
    }
    lines
}

/// A name made of numbers as they are written (FNV-1a, 32 bits).
fn name(numbers: &[f64]) -> String {
    let mut text = String::new();
    for number in numbers {
        let _ = write!(text, "{number:.2} ");
    }
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The area that lines enclose on their left.
    fn area(lines: &[Vec<[f64; 2]>]) -> f64 {
        let of = |line: &Vec<[f64; 2]>| {
            let sides = line.iter().zip(line.iter().cycle().skip(1));
            sides.map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0
        };
        lines.iter().map(of).sum()
    }

    #[test]
    fn an_outline_encloses_what_the_polygons_fill_with_the_sides_that_only_one_has() {
        let square = |x: i32, y: i32| {
            let [x, y] = [f64::from(x), f64::from(y)];
            vec![[x, y], [x + 1.0, y], [x + 1.0, y + 1.0], [x, y + 1.0]]
        };
        // Three by three with a hole, one more that touches a corner, and one apart.
        let mut squares: Vec<_> = (0..9).filter(|&i| i != 4).map(|i| square(i % 3, i / 3)).collect();
        squares.extend([square(3, 3), square(7, 0)]);
        let lines = outline(&squares);
        assert_eq!(area(&lines), 10.0);
        assert_eq!(lines.iter().map(Vec::len).sum::<usize>(), 12 + 4 + 4 + 4);
        assert!(outline(&[]).is_empty());
    }
}
