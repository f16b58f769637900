//! How long other systems take for the work that one does: ratios as dots on a logarithmic axis.

use super::{Figure, Table, cell, log_domain};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::palette::Role;
use crate::plot;
use crate::text::short;

/// Systems that do the same work.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The work.
    pub heading: String,
    /// What the system that all are compared with takes, in words.
    pub reference: String,
    /// The others.
    pub rows: Vec<Row>,
}

/// One system.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Its time over that of the reference.
    pub ratio: f64,
    /// The quartiles of repeated measurements of the ratio.
    pub quartiles: [f64; 2],
    /// Its time, in words.
    pub time: String,
}

/// A panel for each kind of work with a row for each system; the reference is a line at 1. `measured` says how ratios
/// were measured. The title is about the first group.
pub fn beside(name: &str, reference: &str, measured: &str, groups: &[Group]) -> Figure {
    let ratios =
        groups.iter().flat_map(|group| &group.rows).flat_map(|row| [row.ratio, row.quartiles[0], row.quartiles[1]]);
    let [low, high] = log_domain(ratios.chain([1.0]).filter(|value| value.is_finite()));
    let panel = |group: &Group| {
        let names = Axis::names("", group.rows.iter().map(|row| row.name.clone()));
        let one = Mark::rule_x(1.0, Role::Ink).wide(plot::SECONDARY).labelled(reference);
        let marks =
            std::iter::once(one).chain((0..).zip(&group.rows).flat_map(|(place, row)| marks(row, f64::from(place))));
        // Room for whole marks.
        let x = Axis::log("times as long", [low * 0.8, high * 1.25]);
        let panel = Panel::new(group.heading.as_str(), x, names, marks.collect()).noted(group.reference.as_str());
        Panel { height: Some(22.0 * (group.rows.len() as f64 + 0.2)), ..panel }
    };
    Chart {
        note: format!("Time over {reference}'s for the same work, on a logarithmic axis. {measured}"),
        description: description(groups),
        panels: groups.iter().map(panel).collect(),
        columns: 1,
        width: 640.0,
        table: Some(table(reference, groups)),
        ..Chart::new(name, title(reference, groups))
    }
    .figure()
}

fn marks(row: &Row, place: f64) -> [Mark; 4] {
    let line = |from: f64, to: f64, role: Role| Mark::line(vec![[from, place], [to, place]], role);
    [
        Mark::rule_y(place, Role::Ink).faint(0.0).labelled(label(row)),
        line(1.0, row.ratio, Role::Axis).wide(plot::THIN),
        line(row.quartiles[0], row.quartiles[1], Role::Prediction),
        Mark::dots(vec![[row.ratio, place]], Glyph::Disc, 4.5, Role::Prediction),
    ]
}

fn label(row: &Row) -> String {
    format!("{} × ({})", short(row.ratio), row.time)
}

fn title(reference: &str, groups: &[Group]) -> String {
    let rows = groups.first().map(|group| &group.rows[..]).unwrap_or_default();
    let slowest = rows.iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio));
    let fastest = rows.iter().min_by(|a, b| a.ratio.total_cmp(&b.ratio));
    let (Some(slowest), Some(fastest)) = (slowest, fastest) else {
        return format!("Nothing was measured beside {reference}");
    };
    let slow = format!("{} takes {} times as long as {reference}", slowest.name, short(slowest.ratio));
    if slowest.name == fastest.name { slow } else { format!("{slow}, {} {} times", fastest.name, short(fastest.ratio)) }
}

fn description(groups: &[Group]) -> String {
    let row = |row: &Row| format!("{} {} times as long ({})", row.name, short(row.ratio), row.time);
    let group = |group: &Group| {
        let rows: Vec<String> = group.rows.iter().map(row).collect();
        format!("{}: {}; {}.", group.heading, group.reference, rows.join(", "))
    };
    groups.iter().map(group).collect::<Vec<_>>().join(" ")
}

fn table(reference: &str, groups: &[Group]) -> Table {
    let over = format!("time over {reference}'s");
    let mut table = Table::new(["work", "system", "time", over.as_str(), "lower quartile", "upper quartile"]);
    for group in groups {
        for row in &group.rows {
            let [low, high] = row.quartiles.map(cell);
            table.push([group.heading.clone(), row.name.clone(), row.time.clone(), cell(row.ratio), low, high]);
        }
    }
    table
}
