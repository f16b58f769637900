//! The table of final errors and timings that is printed after training.

use crate::terminal;
use comfy_table::{CellAlignment, Table, presets};
use nn::architecture::Loss;
use nn::data::TestSet;
use nn::settings::Settings;
use nn::study::Study;
use std::fmt::Write as _;
use viz::findings::{Ending, Group, median};

/// The table, with a line above that says what was done and lines below that say what the numbers are.
pub fn text(study: &Study) -> String {
    let settings = &study.settings;
    let mut text = headline(study) + "\n\n";
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let groups = Group::all(&study.runs);
    let several = if settings.seeds == 1 { &[][..] } else { &["runs", "diverged"] };
    let mut header = if study.is_of_bent_lines() { vec!["width", "paradigm"] } else { vec!["network", "paradigm"] };
    header.extend(several);
    header.extend(if is_squared(study) { ["train MSE", "test MSE"] } else { ["train loss", "test loss"] });
    header.extend(["µs per step", "ms"]);
    header.push(if study.is_of_bent_lines() {
        "live units"
    } else if study.data.classes.is_empty() {
        "parameters"
    } else {
        "test accuracy"
    });
    table.set_header(header);
    for group in &groups {
        table.add_row(cells(group, study));
    }
    for column in table.column_iter_mut().enumerate().filter_map(|(i, column)| (i != 1).then_some(column)) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}\n", table.trim_fmt());
    for note in notes(study, &groups) {
        let _ = writeln!(text, "{note}");
    }
    text
}

/// The row of a group.
fn cells(group: &Group, study: &Study) -> Vec<String> {
    let is_bent_line = study.is_of_bent_lines();
    let network = &group.runs[0].architecture;
    let name = if is_bent_line { group.width.to_string() } else { network.to_string() };
    let mut cells = vec![name, group.paradigm.to_string()];
    if study.settings.seeds > 1 {
        cells.push(group.runs.len().to_string());
        cells.push(group.diverged().to_string());
    }
    // A run without a final network counts as one with an infinite error.
    let error = |median: f64| match Ending::of(group.runs[0]) {
        _ if median.is_finite() => significant(median),
        Ending::Diverged(_) | Ending::Finished(_) => "diverged".to_owned(),
        Ending::Unsolved => "unsolved".to_owned(),
    };
    cells.push(error(group.train()));
    cells.push(error(group.test()));
    cells.push(none_or(group.microseconds_per_step(), |us| format!("{us:.3}")));
    cells.push(format!("{:.1}", 1e3 * group.seconds()));
    cells.push(if is_bent_line {
        none_or(group.live(&study.data), |live| format!("{live} of {}", group.width))
    } else if study.data.classes.is_empty() {
        network.parameters().to_string()
    } else {
        let accuracy = |run: &&nn::study::Run| Ending::of(run).state()?.test.accuracy;
        none_or(median(group.runs.iter().filter_map(accuracy)), |share| format!("{:.1} %", 100.0 * share))
    });
    cells
}

/// Whether losses are squared errors.
fn is_squared(study: &Study) -> bool {
    study.all_runs().iter().all(|run| run.architecture.loss() == Loss::SquaredError)
}

/// What is to be said of runs that diverged.
fn note(group: &Group) -> Option<String> {
    let divergences = group.divergences();
    let first = divergences.first()?;
    let bounds: Vec<f64> = divergences.iter().filter_map(|divergence| divergence.bound).collect();
    let bound = match bounds[..] {
        [] => "2/λmax could not be computed".to_owned(),
        [bound] => format!("2/λmax at the start is {}", significant(bound)),
        _ => format!("the median of 2/λmax at the start is {}", significant(median(bounds.iter().copied()))),
    };
    let who = match group.runs.len() {
        1 => format!("diverged at step {}", first.step),
        runs => format!("{} of {runs} diverged, the first at step {}", divergences.len(), first.step),
    };
    Some(format!("Width {}, {}: {who}; the learning rate is {}, and {bound}.", group.width, group.paradigm, first.rate))
}

/// What was done, and how a table was read, with what had better be looked at.
pub fn headline(study: &Study) -> String {
    let (Settings { steps, batch, precision, .. }, optimizer) = (&study.settings, study.settings.rule());
    let (name, points) = (terminal::in_a_line(&study.data.name), study.data.y.len());
    let done = format!("{name}, {points} points; {optimizer}, {steps} steps of {batch} samples, {precision}");
    let read = study.data.reading.iter().flat_map(|reading| {
        let doubts = reading.doubts.iter().map(|doubt| format!("\nTo check: {doubt}"));
        std::iter::once(format!("\nRead: {reading}")).chain(doubts)
    });
    done + &read.collect::<String>()
}

/// What the numbers are.
fn notes(study: &Study, groups: &[Group]) -> Vec<String> {
    let mut notes = Vec::new();
    if study.settings.seeds > 1 {
        notes.push(format!(
            "Each number is the median over {} runs of different seeds; a run that diverged counts as an infinite error.",
            study.settings.seeds
        ));
    }
    notes.push(match study.data.test {
        TestSet::Drawn => "Test error is on as many further points of the same kind.".to_owned(),
        TestSet::NoiseFree { includes_training_inputs: true } => {
            "Test error is against the function without noise, at 1000 even points and the training inputs.".to_owned()
        }
        TestSet::NoiseFree { includes_training_inputs: false } => {
            "Test error is against the function without noise.".to_owned()
        }
        TestSet::HeldOut { .. } if !study.data.classes.is_empty() => {
            format!("Test error is on {} rows held out, a fifth of each class.", study.data.y_test.len())
        }
        TestSet::HeldOut { .. } => format!(
            "Test error is on {} rows held out, a fifth; without a known truth it includes their noise.",
            study.data.y_test.len()
        ),
    });
    notes.extend(groups.iter().filter_map(note));
    notes.extend(study.unstarted_words());
    if study.runs.iter().any(|run| matches!(Ending::of(run), Ending::Unsolved)) {
        notes.push(
            "Unsolved: the equations of ridge regression are singular; a larger --ridge makes them regular.".into(),
        );
    }
    notes
}

fn none_or(value: f64, text: impl Fn(f64) -> String) -> String {
    if value.is_finite() { text(value) } else { "-".to_owned() }
}

/// Four significant digits.
pub fn significant(value: f64) -> String {
    if value == 0.0 || !(1e-4..1e6).contains(&value.abs()) {
        return if value == 0.0 { "0".to_owned() } else { format!("{value:.3e}") };
    }
    let decimals = (3.0 - value.abs().log10().floor()).max(0.0);
    format!("{value:.*}", decimals as usize)
}
