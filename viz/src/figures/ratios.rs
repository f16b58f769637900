//! How long other systems take for the work that one does: ratios as dots on a logarithmic axis.

use super::{Figure, Table, cell, log_domain};
use crate::palette::Role;
use crate::plot::{self, Axis, Frame, Rect};
use crate::scale::Scale;
use crate::svg::{Document, Element};
use crate::text::{self, Weight, short};

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

/// The width of the figure.
const WIDTH: f64 = 640.0;
/// From row to row, and from a heading to the first row.
const ROW: f64 = 22.0;
/// Room above a heading.
const GAP: f64 = 10.0;

/// A row for each system, under a heading for each kind of work; the reference is a line at 1. `measured` says how ratios
/// were measured. The title is about the first group.
pub fn beside(name: &str, reference: &str, measured: &str, groups: &[Group]) -> Figure {
    let rows = || groups.iter().flat_map(|group| &group.rows);
    let mut document =
        Document::new(name, WIDTH, 400.0).titled(title(reference, groups)).described(description(groups));
    let subtitle = format!("Time over {reference}'s for the same work, on a logarithmic axis. {measured}");
    let top = plot::heading(&mut document, &subtitle) + 20.0;
    let wide = |words: &str| text::width(words, text::TICK, Weight::Regular);
    let left = plot::MARGIN + rows().map(|row| wide(&row.name)).fold(60.0, f64::max) + 12.0;
    let right = WIDTH - plot::MARGIN - rows().map(|row| wide(&label(row))).fold(0.0, f64::max) - 12.0;
    let bottom = groups.iter().fold(top, |y, group| y + GAP + ROW * (group.rows.len() as f64 + 1.0)) + 2.0;
    document.set_height(bottom + 48.0);
    let ends = rows().flat_map(|row| [row.ratio, row.quartiles[0], row.quartiles[1]]);
    let domain = log_domain(ends.chain([1.0]).filter(|value| value.is_finite()));
    let frame = Frame {
        rect: Rect::new(left, top, right, bottom),
        x: Scale::log(domain, [left + 8.0, right]),
        y: Scale::linear([0.0, 1.0], [top, bottom]),
    };
    document.push(frame.axes(&Axis::titled("times as long →"), &Axis::shared().with_ticks(vec![])));
    if let Some(line) = frame.rule_x(1.0, Role::Ink) {
        document.push(line.set("stroke-width", plot::SECONDARY));
        let at = Element::text([frame.x.at(1.0), top - 6.0], text::TICK, reference);
        document.push(at.fill(Role::Ink).set("text-anchor", "middle").set("font-weight", "bold"));
    }
    let mut y = top;
    for group in groups {
        y += GAP + ROW;
        document.push(heading(group, y - 6.0));
        for row in &group.rows {
            document.push(mark(&frame, row, y + ROW / 2.0));
            y += ROW;
        }
    }
    Figure { document, narrow: None, table: table(reference, groups) }
}

fn heading(group: &Group, baseline: f64) -> Element {
    let name = Element::text([plot::MARGIN, baseline], text::TICK, &group.heading).set("font-weight", "bold");
    // At the other end of the line, so that it stands free in any font.
    let end = WIDTH - plot::MARGIN;
    let reference = Element::text([end, baseline], text::TICK, &group.reference).fill(Role::Muted);
    let reference = reference.set("text-anchor", "end");
    // The grid stops where words stand.
    let paper = Element::rectangle(plot::MARGIN, baseline - 15.0, end - plot::MARGIN, 21.0).fill(Role::Background);
    Element::group().fill(Role::Ink).with(paper).with(name).with(reference)
}

fn mark(frame: &Frame, row: &Row, y: f64) -> Element {
    let left = frame.rect.left;
    let name = Element::text([left - 10.0, y + 4.0], text::TICK, &row.name).fill(Role::Ink).set("text-anchor", "end");
    let mut group = Element::group().with(name);
    let [one, at] = [1.0, row.ratio].map(|value| frame.x.at(value));
    let [low, high] = row.quartiles.map(|value| frame.x.at(value));
    group.push(Element::line([one, y], [at, y]).stroke(Role::Axis, plot::THIN));
    group.push(Element::line([low, y], [high, y]).stroke(Role::Prediction, plot::DATA));
    group.push(Element::circle([at, y], 4.5).fill(Role::Prediction));
    let label = Element::text([at.max(high).max(one) + 10.0, y + 4.0], text::TICK, &label(row));
    group.push(plot::haloed(label).fill(Role::Ink));
    group
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
