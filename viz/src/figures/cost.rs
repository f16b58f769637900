//! What a gradient costs: floating-point operations counted and time measured, on axes where a power is a straight line.

use nn::problems::cost::{self, Counted, Measured};

use super::{Figure, Table, cell};
use crate::palette::{Role, dash};
use crate::plot::{self, Axis, Frame, Rect};
use crate::scale::{Scale, Tick, extent};
use crate::svg::{Document, Element};
use crate::text::{self, short};

/// Operations and, if it was measured, time of ∂ℓ/∂W1 against d, by backpropagation and by central differences.
pub fn gradient(name: &str, counts: &[Counted], times: &[Measured]) -> Figure {
    let (analytic, numeric) = (cost::analytic(counts), cost::numeric(counts));
    let title = format!(
        "∂ℓ/∂W₁ costs d to the power {} by backpropagation and d to the power {} by differences",
        slope_words(cost::slope(&analytic)),
        slope_words(cost::slope(&numeric))
    );
    let mut panels = vec![("operations ↑", "Counted from the recorded programs", [analytic, numeric])];
    if !times.is_empty() {
        let series =
            |time: &dyn Fn(&Measured) -> f64| times.iter().map(|t| [t.size as f64, time(t)]).collect::<Vec<_>>();
        let measured = [series(&|time| time.analytic), series(&|time| time.numeric)];
        panels.push(("seconds ↑", "Measured on this machine", measured));
    }
    let width = if panels.len() == 1 { 640.0 } else { 960.0 };
    let mut document = Document::new(name, width, 420.0).titled(title).described(description(counts, times));
    let top = plot::heading(
        &mut document,
        &format!(
            "Both axes are logarithmic: a power of d is a straight line, and its exponent is the slope. Slopes are fitted \
             from d = {} on.",
            cost::FITTED_FROM
        ),
    ) + 44.0;
    let rect = Rect::new(74.0, top, width - 150.0, top + 260.0);
    for ((axis, heading, series), rect) in panels.iter().zip(rect.cells(panels.len(), 1, 190.0, 0.0)) {
        let sizes: Vec<Tick> =
            counts.iter().map(|count| Tick { value: count.size as f64, label: Some(count.size.to_string()) }).collect();
        let all = extent(series.iter().flatten().map(|point| point[1])).unwrap_or([1.0, 10.0]);
        let domain = [all[0] / 2.0, all[1] * 2.0];
        let frame = Frame::new(rect, |range| Scale::log([2.0, 256.0], range), |range| Scale::log(domain, range));
        document.push(frame.axes(&Axis::titled("d →").with_ticks(sizes), &Axis::titled(*axis)));
        let heading = Element::text([rect.left - 8.0, rect.top - 28.0], text::LABEL, heading);
        document.push(heading.fill(Role::Ink).set("font-weight", "bold"));
        let mut labels = Vec::new();
        let names = ["backpropagation", "differences"];
        for (place, (points, name)) in series.iter().zip(names).enumerate() {
            let role = [Role::Prediction, Role::Gradient][place];
            document.push(frame.styled_line(points, role, plot::DATA, dash(place)));
            document.push(frame.points(points, 3.0, role, Role::Background));
            let last = points.last().map_or(f64::NAN, |point| point[1]);
            labels.push((frame.y.at(last), name.to_owned(), role));
            labels.push((frame.y.at(last) + 15.0, format!("slope {}", slope_words(cost::slope(points))), role));
        }
        let mut group = Element::group();
        for (at, label, role) in labels {
            let text = Element::text([rect.right + 8.0, at + 4.0], text::LABEL, &label);
            group.push(plot::haloed(text).fill(role));
        }
        document.push(group);
    }
    document.set_height(rect.bottom + 46.0);
    Figure { document, table: table(counts, times) }
}

fn slope_words(slope: f64) -> String {
    format!("{slope:.2}")
}

fn description(counts: &[Counted], times: &[Measured]) -> String {
    let mut words = String::new();
    for count in counts.iter().take(1).chain(counts.iter().rev().take(1)) {
        words += &format!(
            "At d = {}, {} operations by backpropagation and {} by differences. ",
            count.size,
            short(count.analytic_operations() as f64),
            short(count.numeric.operations as f64)
        );
    }
    if let Some(time) = times.last() {
        words += &format!(
            "Measured at d = {}: {} seconds and {} seconds.",
            time.size,
            short(time.analytic),
            short(time.numeric)
        );
    }
    words.trim_end().to_owned()
}

fn table(counts: &[Counted], times: &[Measured]) -> Table {
    let mut table = Table::new([
        "d",
        "forward operations",
        "backward operations",
        "passes of differences",
        "operations of differences",
        "seconds by backpropagation",
        "seconds by differences",
        "passes timed",
    ]);
    for count in counts {
        let mut row = vec![
            count.size.to_string(),
            count.analytic.forward.to_string(),
            count.analytic.backward.to_string(),
            count.numeric.passes.to_string(),
            count.numeric.operations.to_string(),
        ];
        row.extend(match times.iter().find(|time| time.size == count.size) {
            Some(time) => [cell(time.analytic), cell(time.numeric), time.passes_run.to_string()],
            None => [String::new(), String::new(), String::new()],
        });
        table.push(row);
    }
    table
}
