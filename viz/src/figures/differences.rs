//! How far central differences are from the derivative, over the step ε: a V where truncation and rounding meet.

use autodiff::{CurvePoint, ErrorCurve};

use super::graph::pretty;
use super::{Figure, Table, cell};
use crate::palette::{Role, dash};
use crate::plot::{self, Axis, Frame, KeyEntry, Rect};
use crate::scale::Scale;
use crate::svg::{Document, Element};
use crate::text::{self, short};

/// Curves that belong together.
#[derive(Clone, Debug)]
pub struct Panel<'a> {
    /// What they have in common.
    pub heading: String,
    /// The curves, with the names of what is differentiated by.
    pub curves: Vec<(String, &'a ErrorCurve)>,
}

/// Errors below this are drawn at it.
const FLOOR: f64 = 1e-17;

/// The curves of several panels on common axes; the smallest error of each curve that straddles no kink is marked.
pub fn curves(name: &str, title: &str, panels: &[Panel]) -> Figure {
    let mut document = Document::new(name, 960.0, 420.0).titled(title).described(description(panels));
    let top = plot::heading(
        &mut document,
        "Error of (ℓ(v + ε) − ℓ(v − ε))/2ε, relative to the derivative or to 1 if that is smaller, against the step ε. The \
         derivative itself agrees with dual numbers.",
    );
    let key = [
        KeyEntry::new("smallest error of a curve", |[x, y]| best_mark([x + 12.0, y])),
        KeyEntry::new("a ReLU switches between v − ε and v + ε: the difference says nothing", |[x, y]| {
            straddling_mark([x + 12.0, y], Role::Ink)
        }),
    ];
    let top = plot::key(&mut document, top + 2.0, &key) + 40.0;
    let rect = Rect::new(62.0, top, 960.0 - 84.0, top + 230.0);
    for (index, (panel, rect)) in panels.iter().zip(rect.cells(panels.len().max(1), 1, 108.0, 0.0)).enumerate() {
        let frame = Frame::new(rect, |range| Scale::log([1e-15, 1.0], range), |range| Scale::log([FLOOR, 10.0], range));
        let y = if index == 0 { Axis::titled("error ↑") } else { Axis::shared() };
        document.push(frame.axes(&Axis::titled("ε →"), &y));
        let heading = Element::text([rect.left - 8.0, rect.top - 28.0], text::LABEL, &panel.heading);
        document.push(heading.fill(Role::Ink).set("font-weight", "bold"));
        let mut labels = Vec::new();
        for (place, (name, curve)) in panel.curves.iter().enumerate() {
            let role = Role::Series(place);
            let at = |point: &CurvePoint| [point.epsilon, point.error.max(FLOOR)];
            let points: Vec<[f64; 2]> = curve.points.iter().map(at).collect();
            document.push(frame.styled_line(&points, role, plot::SECONDARY, dash(place)));
            let straddling = curve.points.iter().filter(|point| point.straddles);
            let marks = straddling.map(|point| straddling_mark(frame.at(at(point)), role));
            document.push(Element::group().with_all(marks));
            if let Some(best) = curve.best() {
                document.push(best_mark(frame.at(at(best))));
            }
            labels.push((frame.y.at(points.first().map_or(f64::NAN, |point| point[1])), pretty(name), role));
        }
        document.push(frame.direct_labels(&labels));
    }
    document.set_height(rect.bottom + 46.0);
    Figure { document, table: table(panels) }
}

fn best_mark(at: [f64; 2]) -> Element {
    Element::circle(at, 5.0).stroke(Role::Ink, plot::SECONDARY)
}

fn straddling_mark([x, y]: [f64; 2], role: Role) -> Element {
    let cross = [[-3.0, -3.0, 3.0, 3.0], [-3.0, 3.0, 3.0, -3.0]];
    let line = |[x0, y0, x1, y1]: [f64; 4]| Element::line([x + x0, y + y0], [x + x1, y + y1]).stroke(role, 1.0);
    Element::group().with_all(cross.map(line))
}

fn description(panels: &[Panel]) -> String {
    let mut words = String::new();
    for panel in panels {
        words += &format!("{}:", panel.heading);
        for (name, curve) in &panel.curves {
            words += &match curve.best() {
                Some(best) => {
                    format!(" by {name} the error is smallest, {}, at ε = {};", short(best.error), short(best.epsilon))
                }
                None => format!(" by {name} every difference straddles a kink;"),
            };
            let straddling: Vec<f64> = curve.points.iter().filter(|p| p.straddles).map(|p| p.epsilon).collect();
            if let (Some(smallest), Some(_)) = (straddling.iter().copied().reduce(f64::min), curve.best()) {
                words += &format!(" from ε = {} on differences straddle a kink;", short(smallest));
            }
        }
        words.pop();
        words += ". ";
    }
    words.trim_end().to_owned()
}

fn table(panels: &[Panel]) -> Table {
    let mut table = Table::new([
        "panel",
        "derivative by",
        "derivative",
        "dual numbers",
        "ε",
        "difference",
        "error",
        "straddles a kink",
    ]);
    for panel in panels {
        for (name, curve) in &panel.curves {
            for point in &curve.points {
                let row = [point.epsilon, point.difference, point.error].map(cell);
                let straddles = if point.straddles { "yes" } else { "no" };
                let head = [panel.heading.clone(), name.clone(), cell(curve.derivative), cell(curve.dual)];
                table.push(head.into_iter().chain(row).chain([straddles.to_owned()]));
            }
        }
    }
    table
}
