//! How far central differences are from the derivative, over the step ε: a V where truncation and rounding meet.

use std::fmt::Write as _;

use autodiff::{CurvePoint, ErrorCurve};

use super::graph::pretty;
use super::{Figure, Table, cell};
use crate::chart::{self, Axis, Chart, Glyph, Mark};
use crate::palette::{Role, dash};
use crate::plot;
use crate::text::short;

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
    let note = "Error of (ℓ(v + ε) − ℓ(v − ε))/2ε, relative to the derivative or to 1 if that is smaller, against the step ε. \
                The derivative itself agrees with dual numbers.";
    let panel = |panel: &Panel| {
        let marks = panel.curves.iter().enumerate().flat_map(|(place, (name, curve))| marks(place, name, curve));
        let (x, y) = (Axis::log("ε", [1e-15, 1.0]), Axis::log("error", [FLOOR, 10.0]));
        chart::Panel::new(&panel.heading, x, y, marks.collect())
    };
    Chart {
        note: note.to_owned(),
        description: description(panels),
        panels: panels.iter().map(panel).collect(),
        key: vec![
            (best_mark(Vec::new()), "smallest error of a curve".to_owned()),
            (
                straddling_mark(Vec::new(), Role::Ink),
                "a ReLU switches between v − ε and v + ε: the difference says nothing".to_owned(),
            ),
        ],
        table: Some(table(panels)),
        ..Chart::new(name, title)
    }
    .figure()
}

/// A curve from small steps to large ones, what straddles, and where the error is smallest.
fn marks(place: usize, name: &str, curve: &ErrorCurve) -> Vec<Mark> {
    let role = Role::Series(place);
    let at = |point: &CurvePoint| [point.epsilon, point.error.max(FLOOR)];
    let mut points: Vec<[f64; 2]> = curve.points.iter().map(at).collect();
    points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let straddling = curve.points.iter().filter(|point| point.straddles).map(at).collect();
    vec![
        Mark::line(points, role).wide(plot::SECONDARY).dashed(dash(place)).labelled(pretty(name)),
        straddling_mark(straddling, role),
        best_mark(curve.best().into_iter().map(at).collect()),
    ]
}

fn best_mark(points: Vec<[f64; 2]>) -> Mark {
    Mark::dots(points, Glyph::Ring, 5.0, Role::Ink)
}

fn straddling_mark(points: Vec<[f64; 2]>, role: Role) -> Mark {
    Mark::dots(points, Glyph::Cross, 3.0, role).wide(plot::THIN)
}

fn description(panels: &[Panel]) -> String {
    let mut words = String::new();
    for panel in panels {
        let _ = write!(words, "{}:", panel.heading);
        for (name, curve) in &panel.curves {
            let found = match curve.best() {
                Some(best) => {
                    format!(" by {name} the error is smallest, {}, at ε = {};", short(best.error), short(best.epsilon))
                }
                None => format!(" by {name} every difference straddles a kink;"),
            };
            words.push_str(&found);
            let straddling: Vec<f64> = curve.points.iter().filter(|p| p.straddles).map(|p| p.epsilon).collect();
            if let (Some(smallest), Some(_)) = (straddling.iter().copied().reduce(f64::min), curve.best()) {
                let _ = write!(words, " from ε = {} on differences straddle a kink;", short(smallest));
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
