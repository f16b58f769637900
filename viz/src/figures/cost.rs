//! What a gradient costs: floating-point operations counted and time measured, on axes where a power is a straight line.

use std::fmt::Write as _;

use nn::problems::cost::{self, Counted, Measured};

use super::{Figure, Table, cell};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::palette::{Role, dash};
use crate::scale::{Tick, extent};
use crate::text::short;

/// Operations and, if it was measured, time of ∂ℓ/∂W1 against d, by backpropagation and by central differences.
pub fn gradient(name: &str, counts: &[Counted], times: &[Measured]) -> Figure {
    let (analytic, numeric) = (cost::analytic(counts), cost::numeric(counts));
    let claim = format!(
        "∂ℓ/∂W₁ costs d to the power {} by backpropagation and d to the power {} by differences",
        slope_words(cost::slope(&analytic)),
        slope_words(cost::slope(&numeric))
    );
    let sizes: Vec<Tick> =
        counts.iter().map(|count| Tick { value: count.size as f64, label: Some(count.size.to_string()) }).collect();
    let panel = |heading: &str, title: &str, series: [Vec<[f64; 2]>; 2]| {
        let [low, high] = extent(series.iter().flatten().map(|point| point[1])).unwrap_or([1.0, 10.0]);
        let names = ["backpropagation", "differences"];
        let roles = [Role::Prediction, Role::Gradient];
        let slopes = series.each_ref().map(|points| slope_words(cost::slope(points)));
        let marks = series.into_iter().enumerate().flat_map(|(place, points)| {
            let dots = Mark::dots(points.clone(), Glyph::Disc, 3.0, roles[place]);
            [Mark::line(points, roles[place]).dashed(dash(place)).labelled(names[place]), dots]
        });
        let x = Axis::log("d", [2.0, 256.0]).with_ticks(sizes.clone());
        Panel::new(heading, x, Axis::log(title, [low / 2.0, high * 2.0]), marks.collect())
            .noted(format!("slopes {} and {}", slopes[1], slopes[0]))
    };
    let mut panels = vec![panel("Counted from the recorded programs", "operations", [analytic, numeric])];
    if !times.is_empty() {
        let series = |time: fn(&Measured) -> f64| times.iter().map(|t| [t.size as f64, time(t)]).collect();
        let measured = [series(|time| time.analytic), series(|time| time.numeric)];
        panels.push(panel("Measured on this machine", "seconds", measured));
    }
    Chart {
        note: format!(
            "Both axes are logarithmic: a power of d is a straight line, and its exponent is the slope. Slopes are fitted \
             from d = {} on.",
            cost::FITTED_FROM
        ),
        description: description(counts, times),
        width: if panels.len() == 1 { 640.0 } else { 960.0 },
        panels,
        height: 260.0,
        table: Some(table(counts, times)),
        ..Chart::new(name, claim)
    }
    .figure()
}

fn slope_words(slope: f64) -> String {
    format!("{slope:.2}")
}

fn description(counts: &[Counted], times: &[Measured]) -> String {
    let mut words = String::new();
    for count in counts.iter().take(1).chain(counts.iter().rev().take(1)) {
        let _ = write!(
            words,
            "At d = {}, {} operations by backpropagation and {} by differences. ",
            count.size,
            short(count.analytic_operations() as f64),
            short(count.numeric.operations as f64)
        );
    }
    if let Some(time) = times.last() {
        let _ = write!(
            words,
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
