//! What was measured, as Markdown, as JSON and as a picture.

use crate::machine::Machine;
use crate::measure::{Measured, Row};
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use std::fmt::Write as _;
use viz::figures::Figure;
use viz::figures::ratios::{self, Group};
use viz::text::short;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    pub machine: Machine,
    pub rounds: usize,
    pub parts: Vec<Measured>,
}

impl Report {
    /// A table for each part, and the machine at the foot.
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "Times are the least of {}, ratios the median over them: systems run in turn, and a ratio is taken within a \
             round.\n",
            rounds(self.rounds)
        );
        for part in &self.parts {
            let _ = writeln!(text, "\n## {}\n\n{}\n\n{}\n", part.title, part.notes.join(" "), part.table());
            for row in &part.systems {
                match (&row.failure, row.note.as_str()) {
                    (Some(failure), _) => _ = writeln!(text, "- {}: {failure}", row.name),
                    (None, "") => {}
                    (None, note) => _ = writeln!(text, "- {}: {note}", row.name),
                }
            }
        }
        let _ = writeln!(text, "\n{}", self.machine.words());
        text
    }

    /// All numbers.
    pub fn json(&self) -> String {
        // These types always serialise.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The ratios of all parts that compare something.
    pub fn figure(&self) -> Figure {
        let groups: Vec<Group> = self.parts.iter().filter_map(Measured::group).collect();
        let measured =
            format!("A dot is the median of {}, the line over it holds the middle half.", rounds(self.rounds));
        ratios::beside("compare", "Elbow", &measured, &groups)
    }
}

fn rounds(count: usize) -> String {
    if count == 1 { "one round".to_owned() } else { format!("{count} rounds") }
}

impl Measured {
    fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header([self.unit].into_iter().chain(self.columns.iter().map(String::as_str)));
        let cells = |head: String, numbers: &[Option<f64>]| -> Vec<String> {
            let written = numbers.iter().map(|number| number.map_or("-".to_owned(), significant));
            [head].into_iter().chain(written).collect()
        };
        for (index, row) in self.systems.iter().enumerate() {
            match &row.failure {
                Some(failure) => {
                    let why = if failure.starts_with("not installed") { "not installed" } else { "failed" };
                    let empty = self.columns.iter().skip(1).map(|_| "-".to_owned());
                    table.add_row([row.name.to_owned(), why.to_owned()].into_iter().chain(empty));
                }
                None => _ = table.add_row(cells(row.name.to_owned(), &row.least)),
            }
            if index > 0 && row.failure.is_none() {
                table.add_row(cells(format!("{} ÷ Elbow", row.name), &row.ratio));
            }
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.trim_fmt()
    }

    /// The rows of the figure: one for each system, or one for each column where columns are not put together.
    fn group(&self) -> Option<Group> {
        let (reference, others) = self.systems.split_first()?;
        let words = |time: f64| format!("{} {}", short(time), self.unit.split(' ').next().unwrap_or_default());
        let row = |row: &Row, column: usize, name: String| {
            let (ratio, quartiles, time) = (row.ratio[column]?, row.quartiles[column]?, row.least[column]?);
            Some(ratios::Row { name, ratio, quartiles, time: words(time) })
        };
        let last = self.columns.len().checked_sub(1)?;
        let whole = ["mean", "together"].contains(&self.columns[last].as_str());
        let rows: Vec<ratios::Row> = if whole {
            others.iter().filter_map(|other| row(other, last, other.name.to_owned())).collect()
        } else {
            let every = |other| (0..=last).map(move |column| (other, column));
            let name = |other: &Row, column: usize| {
                format!("{}, {}", other.name, self.columns[column].replace("all", "width"))
            };
            others
                .iter()
                .flat_map(every)
                .filter_map(|(other, column)| row(other, column, name(other, column)))
                .collect()
        };
        let takes = match (reference.least[0], reference.least[last]) {
            (_, Some(time)) if whole => words(time),
            (Some(first), Some(last)) => format!("{} to {}", short(first), words(last)),
            _ => return None,
        };
        let reference = format!("{} takes {takes}", reference.name);
        (!rows.is_empty()).then(|| Group { heading: self.title.clone(), reference, rows })
    }
}

/// Three significant digits, as few as tell what is there.
fn significant(value: f64) -> String {
    let decimals = (2.0 - value.abs().log10().floor()).clamp(0.0, 6.0);
    format!("{value:.*}", decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let row = |name, least: [f64; 2], ratio: [f64; 2], failure: Option<&str>| Row {
            name,
            note: format!("note on {name}"),
            failure: failure.map(str::to_owned),
            least: least.map(|v| Some(v).filter(|_| failure.is_none())).into(),
            ratio: ratio.map(|v| Some(v).filter(|_| failure.is_none())).into(),
            quartiles: ratio.map(|v| Some([0.9 * v, 1.1 * v]).filter(|_| failure.is_none())).into(),
            rounds: Vec::new(),
        };
        let part = |key, columns: [&str; 2]| Measured {
            key,
            title: format!("Part {key}"),
            unit: "µs a step",
            columns: columns.map(str::to_owned).into(),
            systems: vec![
                row("Elbow", [0.5, 0.6123], [1.0, 1.0], None),
                row("C by hand", [0.0912, 0.2], [0.18, 0.33], None),
                row("JAX", [0.0; 2], [0.0; 2], Some("not installed: python3 has no package jax; install it")),
                row("PyTorch", [225.25, 230.0], [450.5, 380.0], None),
            ],
            notes: vec!["What is done.".to_owned()],
        };
        let machine = Machine {
            processor: "Some CPU".to_owned(),
            cores: 2,
            vectors: vec!["avx2".to_owned()],
            rustc: "rustc 1".to_owned(),
            c_compiler: "gcc 1".to_owned(),
            commit: "abc".to_owned(),
        };
        Report { machine, rounds: 3, parts: vec![part("one", ["all 10", "mean"]), part("two", ["all 5", "all 17"])] }
    }

    #[test]
    fn tables_have_times_and_ratios() {
        let text = report().markdown();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        for line in [
            "| Elbow             |        0.500 | 0.612 |",
            "| C by hand         |       0.0912 | 0.200 |",
            "| C by hand ÷ Elbow |        0.180 | 0.330 |",
            "| JAX               | not installed |     - |",
            "| PyTorch ÷ Elbow   |          450 |   380 |",
        ] {
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(lines.iter().any(|found| squeezed(found) == squeezed(line)), "no {line} in\n{text}");
        }
        assert!(text.contains("- JAX: not installed: python3 has no package jax; install it"), "{text}");
        assert!(text.ends_with("Some CPU, 2 cores, vectors: avx2. rustc 1; gcc 1; Elbow at abc.\n"), "{text}");
    }

    #[test]
    fn the_figure_has_a_row_for_each_system_or_column() {
        let report = report();
        let figure = report.figure();
        let names: Vec<&str> = figure.table.rows.iter().map(|row| row[1].as_str()).collect();
        assert_eq!(names[..2], ["C by hand", "PyTorch"]);
        assert_eq!(names[2..4], ["C by hand, width 5", "C by hand, width 17"]);
        assert_eq!(figure.document.title(), "PyTorch takes 380 times as long as Elbow, C by hand 0.33 times");
    }

    #[test]
    fn json_has_everything() {
        let json: serde_json::Value = serde_json::from_str(&report().json()).expect("JSON");
        assert_eq!(json["machine"]["cores"], 2);
        assert_eq!(json["parts"][0]["systems"][1]["ratio"][1], 0.33);
        assert_eq!(json["parts"][0]["systems"][2]["least"][0], serde_json::Value::Null);
    }
}
