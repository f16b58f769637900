//! The table of final errors and timings that is printed after training.

use crate::ending::{Ending, live_units};
use crate::terminal;
use comfy_table::{CellAlignment, Table, presets};
use nn::data::TestSet;
use nn::settings::{Optimizer, Paradigm, Settings};
use nn::study::{Divergence, Run, Study};
use std::fmt::Write as _;

/// The table, with a line above that says what was done and lines below that say what the numbers are.
pub fn text(study: &Study) -> String {
    let settings = &study.settings;
    let mut text = headline(study) + "\n\n";
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let groups = groups(study);
    if settings.seeds == 1 {
        table.set_header(["width", "paradigm", "train MSE", "test MSE", "µs per step", "ms", "live units"]);
    } else {
        table.set_header([
            "width",
            "paradigm",
            "runs",
            "diverged",
            "train MSE",
            "test MSE",
            "µs per step",
            "ms",
            "live units",
        ]);
    }
    for group in &groups {
        table.add_row(group.cells(study));
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

/// Runs that differ in nothing but their seed.
struct Group<'a> {
    width: usize,
    paradigm: Paradigm,
    runs: Vec<&'a Run>,
}

fn groups(study: &Study) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    for &width in &study.settings.widths {
        for &paradigm in &study.settings.paradigms {
            let runs = study.runs.iter().filter(|run| run.width == width && run.paradigm == paradigm).collect();
            groups.push(Group { width, paradigm, runs });
        }
    }
    groups
}

impl Group<'_> {
    fn divergences(&self) -> Vec<Divergence> {
        self.runs.iter().filter_map(|run| run.divergence()).collect()
    }

    /// The row of the table.
    fn cells(&self, study: &Study) -> Vec<String> {
        let mut cells = vec![self.width.to_string(), self.paradigm.to_string()];
        let single = study.settings.seeds == 1;
        if !single {
            cells.push(self.runs.len().to_string());
            cells.push(self.divergences().len().to_string());
        }
        let endings: Vec<Ending> = self.runs.iter().map(|run| Ending::of(run)).collect();
        // A run without a final network counts as one with an infinite error.
        let error_of = |error: fn(&nn::study::State) -> f64| {
            let median = median(endings.iter().map(|e| e.state().map_or(f64::INFINITY, error)).collect());
            match (endings[0], median.is_finite()) {
                (_, true) => significant(median),
                (Ending::Diverged | Ending::Finished(_), false) => "diverged".to_owned(),
                (Ending::Unsolved, false) => "unsolved".to_owned(),
            }
        };
        cells.push(error_of(|state| state.train_mse));
        cells.push(error_of(|state| state.test_mse));
        let rates = self.runs.iter().zip(&endings).filter_map(|(run, ending)| ending.microseconds_per_step(run));
        cells.push(none_or(median(rates.collect()), |us| format!("{us:.3}")));
        cells.push(format!("{:.1}", 1e3 * median(self.runs.iter().map(|run| run.seconds).collect())));
        let live = endings.iter().filter_map(|ending| ending.state()).map(|state| live_units(study, state) as f64);
        cells.push(none_or(median(live.collect()), |live| format!("{live} of {}", self.width)));
        cells
    }

    /// What is to be said of runs that diverged.
    fn note(&self) -> Option<String> {
        let divergences = self.divergences();
        let first = divergences.iter().min_by_key(|divergence| divergence.step)?;
        let bounds: Vec<f64> = divergences.iter().filter_map(|divergence| divergence.bound).collect();
        let bound = match bounds[..] {
            [] => "2/λmax could not be computed".to_owned(),
            [bound] => format!("2/λmax at the start is {}", significant(bound)),
            _ => format!("the median of 2/λmax at the start is {}", significant(median(bounds))),
        };
        let who = match self.runs.len() {
            1 => format!("diverged at step {}", first.step),
            runs => format!("{} of {runs} diverged, the first at step {}", divergences.len(), first.step),
        };
        Some(format!(
            "Width {}, {}: {who}; the learning rate is {}, and {bound}.",
            self.width, self.paradigm, first.rate
        ))
    }
}

/// What was done.
pub fn headline(study: &Study) -> String {
    let Settings { steps, batch, optimizer, momentum, precision, .. } = study.settings;
    let optimizer = match optimizer {
        Optimizer::Sgd => "SGD".to_owned(),
        Optimizer::Momentum => format!("SGD with momentum {momentum}"),
        Optimizer::Adam => "Adam".to_owned(),
    };
    let (name, points) = (terminal::in_a_line(&study.data.name), study.data.x.len());
    format!("{name}, {points} points; {optimizer}, {steps} steps of {batch} samples, {precision}")
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
        TestSet::NoiseFree { includes_training_inputs: true } => {
            "Test error is against the function without noise, at 1000 even points and the training inputs.".to_owned()
        }
        TestSet::NoiseFree { includes_training_inputs: false } => {
            "Test error is against the function without noise.".to_owned()
        }
        TestSet::HeldOut { .. } => format!(
            "Test error is on {} rows held out, a fifth; without a known truth it includes their noise.",
            study.data.x_test.len()
        ),
    });
    notes.extend(groups.iter().filter_map(Group::note));
    if study.runs.iter().any(|run| matches!(Ending::of(run), Ending::Unsolved)) {
        notes.push(
            "Unsolved: the equations of ridge regression are singular; a larger --ridge makes them regular.".into(),
        );
    }
    notes
}

/// The median; NaN of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        // Two infinite values have no midpoint, but are the same.
        n if values[n / 2 - 1] == values[n / 2] => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
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
