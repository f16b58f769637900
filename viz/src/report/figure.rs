//! A figure in the page: the picture, what it shows, its numbers, and ways to take it along.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use crate::figures::{Figure, Table, spread};
use crate::report::packed::packed;
use crate::svg::Document;

/// About how many rows a table in the page may have.
const ROWS: usize = 60;

/// The figure of a name.
pub fn named<'f>(figures: &'f [Figure], name: &str) -> Option<&'f Figure> {
    figures.iter().find(|figure| figure.name() == name)
}

/// A figure with its explanation.
pub fn figure(figure: &Figure, explanation: &Markup) -> Markup {
    html! {
        figure id=(format!("figure-{}", figure.name())) {
            (picture(figure))
            figcaption { (explanation) }
            (numbers(figure))
        }
    }
}

/// The picture, in the layout that the window has room for. The narrow layout is packed, as most windows are wide. Where there
/// is none, or no script to unpack it, the wide one scrolls sideways rather than becoming too small to read.
pub fn picture(figure: &Figure) -> Markup {
    let wide = figure.document.size().0;
    let size = format!("--wide: {}px; --head: {}px", wide.ceil(), figure.document.head());
    let Some(narrow) = &figure.narrow else {
        let scrolls = wide > 700.0;
        return html! {
            // The picture scrolls sideways on a phone, and its title with it, so the title stands above.
            p.on-narrow { strong { (figure.document.title()) } }
            div.picture style=(size) tabindex=[scrolls.then_some("0")] role=[scrolls.then_some("group")]
                aria-label=[scrolls.then_some("Picture, scrolls sideways on narrow screens")] { (svg(&figure.document)) }
        };
    };
    html! {
        div.laid-out style=(size) {
            div.on-wide { (svg(&figure.document)) }
            div.on-narrow data-packed=(packed(&svg(narrow).0)) {}
        }
    }
}

/// A picture without indentation.
pub fn svg(document: &Document) -> Markup {
    PreEscaped(document.to_string().lines().map(str::trim_start).collect())
}

/// The numbers of a figure as a table to unfold and as a file.
pub fn numbers(figure: &Figure) -> Markup {
    let (table, thinned) = thin(&figure.table);
    let name = figure.name();
    html! {
        details.numbers {
            summary { "Numbers" }
            p {
                a href=(format!("data:text/csv;charset=utf-8,{}", percent(&table.csv()))) download=(format!("{name}.csv")) {
                    "Save as CSV"
                }
                @if thinned { " A few saved steps; all of them are in the tables beside this page." }
            }
            (rows(&table, figure.document.title()))
        }
    }
}

fn rows(table: &Table, caption: &str) -> Markup {
    html! {
        div.rows tabindex="0" role="group" aria-label="Table, scrolls" {
            table {
                caption { (caption) }
                thead { tr { @for header in &table.headers { th scope="col" { (header) } } } }
                tbody { @for row in &table.rows { tr { @for cell in row { td { (cell) } } } } }
            }
        }
    }
}

/// A long table with only some of its steps, and whether rows were left out.
fn thin(table: &Table) -> (Table, bool) {
    let step = table.headers.iter().position(|header| header == "step");
    let Some(step) = step.filter(|_| table.rows.len() > ROWS) else { return (table.clone(), false) };
    let mut steps: Vec<u64> = table.rows.iter().filter_map(|row| row[step].parse().ok()).collect();
    steps.sort_unstable();
    steps.dedup();
    let share = (ROWS * steps.len() / table.rows.len()).max(2);
    let kept: Vec<u64> = spread(steps.len(), share).into_iter().map(|index| steps[index]).collect();
    let keep = |row: &&Vec<String>| row[step].parse().is_ok_and(|step| kept.contains(&step));
    let rows: Vec<Vec<String>> = table.rows.iter().filter(keep).cloned().collect();
    let thinned = rows.len() < table.rows.len();
    (Table { headers: table.headers.clone(), rows }, thinned)
}

/// Escapes in text what would end a data address or be lost in it; browsers escape the rest.
fn percent(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 5 / 4);
    for character in text.chars() {
        if character.is_ascii_control() || "%#\"&<>".contains(character) {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{:02X}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_tables_keep_both_ends() {
        let mut table = Table::new(["step", "unit"]);
        for step in 0..12 {
            for unit in 0..80 {
                table.push([step.to_string(), unit.to_string()]);
            }
        }
        let (kept, thinned) = thin(&table);
        assert!(thinned);
        assert_eq!(
            [kept.rows.len(), kept.rows[0][0].parse().unwrap(), kept.rows[159][0].parse().unwrap()],
            [160, 0, 11]
        );
        assert_eq!(percent("a,b\n\"é\""), "a,b%0A%22é%22");
    }
}
