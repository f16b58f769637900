//! Polygons shaded by linear functions, each by the linear gradient it is.

use super::Facet;
use crate::palette::Role;
use crate::plot::Frame;
use crate::svg::Element;
use std::fmt::Write as _;

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
    let mut plain = [Vec::new(), Vec::new()];
    let unit = |scale: &crate::scale::Scale| scale.at(1.0) - scale.at(0.0);
    let [scale_x, scale_y] = [unit(&frame.x), unit(&frame.y)];
    for Facet { corners, gradient: [dx, dy], value } in facets {
        let first = corners[0];
        let values = corners.iter().map(|p| value + dx * (p[0] - first[0]) + dy * (p[1] - first[1]));
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low >= full {
            plain[0].push(corners.clone());
            continue;
        }
        if high <= -full {
            plain[1].push(corners.clone());
            continue;
        }
        // The gradient in pixels, and the places on it where the function is −full and full.
        let slope = [dx / scale_x, dy / scale_y];
        let square = slope[0] * slope[0] + slope[1] * slope[1];
        let polygon = Element::polygon(&corners.iter().map(|&corner| frame.at(corner)).collect::<Vec<_>>());
        let flat = square.sqrt() * (frame.rect.width() + frame.rect.height()) < 0.01 * full;
        if flat {
            let role = roles[usize::from(*value < 0.0)];
            shaded.push(polygon.fill(role).set("fill-opacity", (value / full).abs().min(1.0)));
            continue;
        }
        let [x, y] = frame.at(first);
        let at = |wanted: f64| {
            let way = (wanted - value) / square;
            [x + way * slope[0], y + way * slope[1]]
        };
        let [[x1, y1], [x2, y2]] = [at(-full), at(full)];
        let id = format!("shade-{}", name(&[x1, y1, x2, y2]));
        shaded.push(polygon.set("fill", format!("url(#{id})")));
        let gradient = Element::new("linearGradient").set("id", id.as_str()).set("href", format!("#{ramp}"));
        let gradient = gradient.set("gradientUnits", "userSpaceOnUse");
        gradients.push(gradient.set("x1", x1).set("y1", y1).set("x2", x2).set("y2", y2));
    }
    // Neighbours of one colour would show their seam.
    let group = Element::group().set("shape-rendering", "crispEdges").with(Element::new("defs").with_all(gradients));
    let plain = plain.iter().zip(roles).filter(|(areas, _)| !areas.is_empty());
    group.with_all(plain.map(|(areas, role)| frame.areas(areas).fill(role))).with_all(shaded)
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
