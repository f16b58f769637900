//! The runs of a sweep: a heat map of two settings, the medians of each setting, and all runs from the best to the worst.

use super::{Figure, Table, cell, counted, log_domain, spread};
use crate::chart::{Axis, Chart, Facet, Glyph, Mark, Panel};
use crate::findings::swept::{Column, Ends, Levels, Swept};
use crate::palette::Role;
use crate::plot;
use crate::report::words::{clean, times};
use crate::scale::Tick;
use crate::text::{short, thousands};

/// The most runs that are drawn as dots.
const MOST_DOTS: usize = 600;

/// Levels along a horizontal axis.
fn across(levels: &Levels, title: &str) -> Axis {
    let ticks =
        (0..).zip(&levels.names).map(|(place, name)| Tick { value: f64::from(place), label: Some(clean(name)) });
    Axis::linear(title, [-0.5, levels.names.len() as f64 - 0.5]).with_ticks(ticks.collect())
}

/// The median test error of the runs with each pair of values of two settings; None if no run ended with a network.
pub fn heat(name: &str, swept: &Swept, [across_, down]: [(&Column, &Levels); 2]) -> Option<Figure> {
    let cells = swept.by_both(across_.1, down.1);
    let finite = || cells.iter().flatten().map(Ends::median).filter(|median| median.is_finite() && *median > 0.0);
    let middle = crate::findings::median(finite());
    let away = |median: f64| libm::log10(middle / median);
    let full = finite().map(|median| away(median).abs()).fold(0.0, f64::max).max(1e-9);
    let lowest = finite().fold(f64::INFINITY, f64::min);
    if !lowest.is_finite() {
        return None;
    }
    let (mut facets, mut best, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for (row, ends) in (0..).map(f64::from).zip(&cells) {
        for (column, ends) in (0..).map(f64::from).zip(ends).filter(|(_, ends)| ends.runs > 0) {
            let median = ends.median();
            let value = if median.is_finite() && median > 0.0 { away(median) } else { -full };
            let [left, right, top, bottom] = [column - 0.48, column + 0.48, row - 0.48, row + 0.48];
            let corners = vec![[left, top], [right, top], [right, bottom], [left, bottom]];
            facets.push(Facet { corners, gradient: [0.0; 2], value });
            if median.is_infinite() {
                without.push([column, row]);
            } else if median == lowest {
                best.push([column, row]);
            }
        }
    }
    let shade = |facets: Vec<Facet>, role: Role, other: Role| Mark::facets(facets, full, role, other).faint(0.75);
    let cross = |points: Vec<[f64; 2]>| Mark::dots(points, Glyph::Cross, 4.5, Role::Ink).wide(plot::SECONDARY);
    let ring = |points: Vec<[f64; 2]>| Mark::dots(points, Glyph::Ring, 6.0, Role::Ink).wide(plot::DATA);
    let factor = short(libm::pow(10.0, full));
    let mut key = vec![
        (
            shade(Vec::new(), Role::Positive, Role::Negative),
            format!("below {}, full colour at {factor} times", short(middle)),
        ),
        (shade(Vec::new(), Role::Negative, Role::Positive), "above it".to_owned()),
        (ring(Vec::new()), "lowest".to_owned()),
    ];
    if !without.is_empty() {
        key.push((cross(Vec::new()), "more than half of the runs without an end".to_owned()));
    }
    let place = best.first().copied().unwrap_or_default();
    let value = |(column, levels): (&Column, &Levels), place: f64| {
        format!("{} {}", column.name, clean(&levels.names[place as usize]))
    };
    let claim = format!(
        "The lowest median test error, {}, is that of {} with {}",
        short(lowest),
        value(across_, place[0]),
        value(down, place[1])
    );
    let mut marks = vec![shade(facets, Role::Positive, Role::Negative), cross(without)];
    marks.push(ring(best));
    let names = Axis::names(&*down.0.name, down.1.names.iter().map(|name| clean(name)));
    let mut table =
        Table::new([across_.0.name.as_str(), down.0.name.as_str(), "runs", "without an end", "25 %", "median", "75 %"]);
    for (ends, down) in cells.iter().zip(&down.1.names) {
        for (ends, across) in ends.iter().zip(&across_.1.names).filter(|(ends, _)| ends.runs > 0) {
            let counts = [ends.runs, ends.without].map(|count| count.to_string());
            let head = [across.clone(), down.clone()].into_iter().chain(counts);
            table.push(head.chain(ends.quartiles.map(cell)));
        }
    }
    let chart = Chart {
        note: "Median test error at the end of all runs with these two values, whatever their other settings; a run without a \
               final network counts as infinite."
            .to_owned(),
        description: format!("{claim}. The median of all cells is {}, the highest {}.", short(middle), highest(&cells)),
        panels: vec![Panel::new("", across(across_.1, &across_.0.name), names, marks)],
        key,
        columns: 1,
        height: 30.0 * (down.1.names.len() as f64 + 0.2),
        width: 640.0,
        table: Some(table),
        ..Chart::new(name, claim)
    };
    Some(chart.figure())
}

fn highest(cells: &[Vec<Ends>]) -> String {
    short(cells.iter().flatten().filter(|ends| ends.runs > 0).map(Ends::median).fold(0.0, f64::max))
}

/// The medians and quartiles of the runs with each value of a setting, a panel each.
pub fn medians(name: &str, swept: &Swept, settings: &[(&Column, Levels, Vec<Ends>)]) -> Figure {
    let finite = settings.iter().flat_map(|(.., ends)| ends).flat_map(|ends| ends.quartiles);
    let errors = log_domain(finite.filter(|error| error.is_finite()));
    // Beyond the axis there is an arrow.
    let beyond = errors[1] * 1e6;
    let panel = |(column, levels, ends): &(&Column, Levels, Vec<Ends>)| {
        let at = |q: usize| -> Vec<[f64; 2]> {
            (0..)
                .map(f64::from)
                .zip(ends)
                .filter(|(_, ends)| ends.runs > 0)
                .map(|(place, ends)| [place, ends.quartiles[q].min(beyond)])
                .collect()
        };
        let mut marks: Vec<Mark> = at(0)
            .into_iter()
            .zip(at(2))
            .filter(|(low, _)| low[1] < beyond)
            .map(|(low, high)| Mark::line(vec![low, high], Role::Prediction).faint(0.5))
            .collect();
        // Words have no order that a line could follow.
        let is_ordered = levels.are_bins || column.values.iter().all(|value| value.parse::<f64>().is_ok());
        if is_ordered {
            marks.push(
                Mark::line(at(1).into_iter().filter(|point| point[1] < beyond).collect(), Role::Prediction)
                    .wide(plot::THIN),
            );
        }
        marks.push(Mark::dots(at(1), Glyph::Disc, 4.5, Role::Prediction).named("median"));
        Panel::new(column.name.clone(), across(levels, &column.name), Axis::log("test error", errors), marks)
    };
    let claim = match settings.first() {
        None => "One setting alone varies".to_owned(),
        Some((column, levels, ends)) => {
            let by = |a: &&(&String, &Ends), b: &&(&String, &Ends)| a.1.median().total_cmp(&b.1.median());
            let known: Vec<(&String, &Ends)> =
                levels.names.iter().zip(ends).filter(|(_, ends)| ends.runs > 0).collect();
            let range = known.iter().min_by(by).zip(known.iter().max_by(by));
            range.map_or_else(String::new, |((low, least), (high, most))| {
                let end = |ends: &Ends| match ends.median() {
                    median if median.is_finite() => short(median),
                    _ => "no end".to_owned(),
                };
                format!(
                    "{} decides most: median test error from {} ({}) to {} ({})",
                    column.name,
                    end(least),
                    clean(low),
                    end(most),
                    clean(high)
                )
            })
        }
    };
    let mut table = Table::new(["setting", "value", "runs", "without an end", "25 %", "median", "75 %"]);
    for (column, levels, ends) in settings {
        for (level, ends) in levels.names.iter().zip(ends).filter(|(_, ends)| ends.runs > 0) {
            let counts = [ends.runs, ends.without].map(|count| count.to_string());
            let head = [column.name.clone(), level.clone()].into_iter().chain(counts);
            table.push(head.chain(ends.quartiles.map(cell)));
        }
    }
    Chart {
        note: format!(
            "Dot and bar: median, 25–75 %, of the {} with a value, whatever their other settings. The setting with the largest \
             ratio of medians stands first.",
            counted(swept.test.len(), "run")
        ),
        description: format!("{claim}."),
        panels: settings.iter().map(panel).collect(),
        height: 190.0,
        table: Some(table),
        ..Chart::new(name, claim)
    }
    .figure()
}

/// All runs by test error, each at its rank; of very many some, evenly spread.
pub fn ranks(name: &str, swept: &Swept) -> Figure {
    let (order, runs) = (swept.from_best_to_worst(), swept.test.len());
    let drawn = spread(order.len(), MOST_DOTS);
    let dots: Vec<[f64; 2]> = drawn.iter().map(|&rank| [(rank + 1) as f64, swept.test[order[rank]]]).collect();
    let domain = log_domain(dots.iter().map(|dot| dot[1]));
    let tick = |rank: usize| Tick { value: rank as f64, label: Some(thousands(rank)) };
    let x = Axis::linear("rank of the run", [0.5, runs as f64 + 0.5]).with_ticks(if runs > 1 {
        vec![tick(1), tick(runs)]
    } else {
        vec![tick(1)]
    });
    let radius = if dots.len() > 100 { 2.0 } else { 3.0 };
    let mut marks = vec![
        Mark::rule_x(f64::midpoint(1.0, runs as f64), Role::Axis).labelled("median"),
        Mark::dots(dots, Glyph::Disc, radius, Role::Prediction).named("test error"),
    ];
    let without = runs - order.len();
    if without > 0 {
        let rest = Mark::rule_x(order.len() as f64 + 0.5, Role::Gradient).dashed("2 3");
        marks.push(rest.labelled(format!("{} without an end", thousands(without))));
    }
    let claim = match (order.first(), order.last()) {
        (Some(&best), Some(&worst)) => {
            let ratio = times(swept.test[worst], swept.test[best])
                .map_or_else(String::new, |times| format!(", {times} as much"));
            format!(
                "The best run ends at test error {}, the worst at {}{ratio}",
                short(swept.test[best]),
                short(swept.test[worst])
            )
        }
        _ => "No run ended with a network".to_owned(),
    };
    let mut table = Table::new(["rank", "run", "settings", "train error", "test error"]);
    for rank in drawn {
        let run = order[rank];
        let errors = [swept.train[run], swept.test[run]].map(cell);
        let head = [(rank + 1).to_string(), swept.numbers[run].to_string(), swept.words(run)];
        table.push(head.into_iter().chain(errors));
    }
    let some = if order.len() > MOST_DOTS {
        format!("; drawn are {} of them, evenly spread", thousands(MOST_DOTS))
    } else {
        String::new()
    };
    Chart {
        note: format!("Every dot is a run, from the best to the worst, n = {}{some}.", thousands(runs)),
        description: format!("{claim}; {} of {} ended without a network.", thousands(without), counted(runs, "run")),
        panels: vec![Panel::new("", x, Axis::log("test error at the end", domain), marks)],
        columns: 1,
        height: 220.0,
        width: 640.0,
        table: Some(table),
        ..Chart::new(name, claim)
    }
    .figure()
}
