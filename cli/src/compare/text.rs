//! What is printed: how the runs of each value ended.

use crate::table::significant;
use crate::terminal;
use comfy_table::{CellAlignment, Table, presets};
use nn::sweep::Comparison;
use std::fmt::Write as _;
use viz::figures::paired::Compared;
use viz::figures::{percent_words, test_points};
use viz::findings::{Group, STUCK, STUCK_OF_START, final_test, quantile, sorted};

/// The table, with what was done above it and what its numbers are below.
pub fn summary(comparison: &Comparison) -> String {
    let compared = Compared::new(comparison);
    let loss = compared.loss();
    let has_headings = compared.pairs.iter().any(|pairs| !pairs.heading.is_empty());
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let first = &compared.names[0];
    let titles = [format!("train {loss}"), format!("test {loss}"), "25–75 %".to_owned(), format!("lower than {first}")];
    let mut header: Vec<String> = if has_headings { vec!["runs of".to_owned()] } else { Vec::new() };
    header.extend([comparison.setting.name, "runs", "diverged", "stuck"].map(str::to_owned));
    header.extend(titles);
    table.set_header(header);
    for pairs in &compared.pairs {
        for (item, (group, name)) in pairs.groups.iter().zip(&compared.names).enumerate() {
            let lower = (item > 0).then(|| pairs.differences(item).lower().to_string());
            let mut cells = if has_headings { vec![pairs.heading.clone()] } else { Vec::new() };
            cells.extend([
                name.clone(),
                group.runs.len().to_string(),
                group.diverged().to_string(),
                group.stuck().len().to_string(),
            ]);
            cells.extend([error(group.train()), error(group.test()), range(group), lower.unwrap_or_default()]);
            table.add_row(cells);
        }
    }
    let words = if has_headings { 2 } else { 1 };
    for column in table.column_iter_mut().skip(words) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let settings = &comparison.items[0].study.settings;
    let data = compared.data(0);
    let mut text = format!(
        "{}: {}; {}, {} points; {} steps of {} samples, {}\n\n{}\n\n",
        comparison.setting.name,
        terminal::in_a_line(&compared.names.join(", ")),
        terminal::in_a_line(&data.name),
        data.y.len(),
        comparison.steps(),
        settings.batch,
        settings.precision,
        table.trim_fmt()
    );
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "Medians over seeds at the end; a run that diverged counts as an infinite error. The last column counts pairs with the\n\
         same seed. Stuck: late test error more than {STUCK} times the lowest of its group, and {} of that at the start.",
        percent_words(STUCK_OF_START)
    );
    let _ = writeln!(text, "Test error is {}.", test_points(&data));
    if !comparison.starts_are_the_same() {
        text += "Runs of one seed do not begin with the same parameters, as these depend on what is compared.\n";
    }
    text
}

fn error(value: f64) -> String {
    if value.is_finite() { significant(value) } else { "diverged".to_owned() }
}

/// The quartiles of the test error.
fn range(group: &Group) -> String {
    let values = sorted(group.runs.iter().map(|run| final_test(run)));
    let [low, high] = [0.25, 0.75].map(|q| error(quantile(&values, q)));
    format!("{low} – {high}")
}
