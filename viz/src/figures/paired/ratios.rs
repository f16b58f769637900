//! Pairs of runs with the same seed: how many times as large the error of one is as that of the other.

use super::{Compared, glyph, role};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::figures::{Figure, Table, capital, cell, log_domain};
use crate::findings::comparison::{Difference, Differences, Pairs};
use crate::palette::Role;
use crate::plot;
use crate::report::words::{list, part};
use crate::text::short;

/// How far dots of one row are moved apart, as a part of the way to the next row.
const APART: f64 = 0.5;
/// Beyond the axis there is an arrow.
const BEYOND: f64 = 1e6;

/// A row for each value but the first, with a dot for each pair: left of the line it ended lower than the first value with
/// the same seed.
pub fn ratios(name: &str, compared: &Compared) -> Figure {
    let (first, others) = (&compared.names[0], &compared.names[1..]);
    let all: Vec<f64> =
        compared.pairs.iter().flat_map(|pairs| differences(pairs).into_iter().flat_map(|d| d.ratios())).collect();
    let [low, high] = log_domain(all.into_iter().chain([1.0]).filter(|ratio| ratio.is_finite() && *ratio > 0.0));
    let domain = [low * 0.8, high * 1.25];
    let panel = |pairs: &Pairs| {
        let marks = std::iter::once(Mark::rule_x(1.0, Role::Ink).wide(plot::SECONDARY).labelled("equal"))
            .chain(differences(pairs).into_iter().enumerate().flat_map(|(row, d)| marks(row, &d, domain)));
        let x = Axis::log(format!("test {} over that of {first}", compared.loss()), domain);
        Panel::new(capital(&pairs.heading), x, Axis::names("", others.iter().cloned()), marks.collect())
    };
    Chart {
        note: format!(
            "Every dot is a pair of runs with the same seed; left of the line it ended lower than {first}, and at the right \
             stands how often. Bar and line: median, 25–75 %, n = {} pairs.",
            compared.seeds()
        ),
        description: description(compared),
        panels: compared.pairs.iter().map(panel).collect(),
        columns: 1,
        height: 44.0 * (others.len() as f64 + 0.2),
        table: Some(table(compared)),
        ..Chart::new(name, title(compared))
    }
    .figure()
}

/// The pairs of each value but the first.
fn differences(pairs: &Pairs) -> Vec<Differences> {
    (1..pairs.groups.len()).map(|item| pairs.differences(item)).collect()
}

fn marks(row: usize, differences: &Differences, [low, high]: [f64; 2]) -> Vec<Mark> {
    let (item, place) = (row + 1, row as f64);
    let inside = |ratio: f64| ratio.clamp(low / BEYOND, high * BEYOND);
    // Multiples of the golden section fill an interval evenly, however many there are.
    let dot =
        |(k, ratio): (usize, f64)| [inside(ratio), place + APART * ((k as f64 * 0.618_033_988_749_895).fract() - 0.5)];
    let dots = differences.0.iter().map(Difference::ratio).enumerate().filter(|(_, ratio)| !ratio.is_nan()).map(dot);
    let [from, middle, to] = differences.quartiles();
    let mut marks = vec![Mark::rule_y(place, Role::Ink).faint(0.0).labelled(label(differences))];
    marks.push(Mark::dots(dots.collect(), glyph(item), 3.5, role(item)).faint(0.55));
    if middle.is_finite() && middle > 0.0 {
        marks.push(Mark::line(vec![[inside(from), place], [inside(to), place]], Role::Ink).wide(plot::DATA));
        marks.push(Mark::dots(vec![[middle, place]], Glyph::Bar, 9.0, Role::Ink).wide(plot::DATA));
    }
    marks
}

fn label(differences: &Differences) -> String {
    let pairs = differences.0.len();
    match differences.neither() {
        0 => format!("{} of {pairs}", differences.lower()),
        neither => format!("{} of {pairs}, {neither} diverged", differences.lower()),
    }
}

/// How often a value ended lower than the first, over all networks.
fn lower(compared: &Compared, item: usize) -> [usize; 2] {
    let counts = compared.pairs.iter().map(|pairs| pairs.differences(item)).map(|d| [d.lower(), d.0.len()]);
    counts.fold([0, 0], |[lower, all], [more, of]| [lower + more, all + of])
}

fn title(compared: &Compared) -> String {
    let clause = |item: usize| {
        let [lower, all] = lower(compared, item);
        format!("{} in {}", compared.names[item], part(lower, all))
    };
    let clauses: Vec<String> = (1..compared.names.len()).map(clause).collect();
    let shown = clauses.len().min(4);
    let rest = if clauses.len() > shown { format!("; {} more below", clauses.len() - shown) } else { String::new() };
    format!("Pairs that end lower than with {}: {}{rest}", compared.names[0], clauses[..shown].join(", "))
}

fn description(compared: &Compared) -> String {
    let of_pairs = |pairs: &Pairs| {
        let clause = |item: usize| {
            let differences = pairs.differences(item);
            let [_, middle, _] = differences.quartiles();
            let times = if middle.is_nan() { String::new() } else { format!(", median {} times", short(middle)) };
            format!("{} lower in {}{times}", compared.names[item], label(&differences))
        };
        let clauses: Vec<String> = (1..compared.names.len()).map(clause).collect();
        let heading = if pairs.heading.is_empty() { String::new() } else { format!("{}: ", capital(&pairs.heading)) };
        format!("{heading}{}.", list(clauses))
    };
    compared.pairs.iter().map(of_pairs).collect::<Vec<_>>().join(" ")
}

fn table(compared: &Compared) -> Table {
    let first = &compared.names[0];
    let mut table = Table::new([
        "runs".to_owned(),
        "value".to_owned(),
        "seed".to_owned(),
        format!("test {} of {first}", compared.loss()),
        "of the value".to_owned(),
        "times".to_owned(),
    ]);
    for pairs in &compared.pairs {
        for item in 1..compared.names.len() {
            for pair in pairs.differences(item).0 {
                // Where both diverged there is no ratio.
                let ratio = Some(pair.ratio()).filter(|ratio| !ratio.is_nan()).map_or_else(String::new, cell);
                let numbers = [cell(pair.first), cell(pair.other), ratio];
                let head = [pairs.heading.clone(), compared.names[item].clone(), pair.seed.to_string()];
                table.push(head.into_iter().chain(numbers));
            }
        }
    }
    table
}
