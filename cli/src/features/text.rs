//! What is printed: ranks and singular values at the start and at the end.

use crate::table::{headline, significant};
use comfy_table::{CellAlignment, Table, presets};
use nn::features::{Moment, Spectrum};
use nn::settings::Paradigm;
use nn::study::{Run, Study};
use std::fmt::Write as _;
use viz::report::features::Outcome;

/// How many directions the last column counts.
const FIRST: usize = 4;

/// A table with two rows for each run, and what its numbers are.
pub fn summary(study: &Study, outcomes: &[Outcome]) -> String {
    let several = study.settings.seeds > 1;
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let mut header = vec!["width", "paradigm"];
    if several {
        header.push("seed");
    }
    let share = format!("first {FIRST}, %");
    header.extend(["features of", "columns", "rank", "effective rank", "largest σ", &share]);
    table.set_header(header);
    let mut notes = String::new();
    for (run, outcome) in study.runs.iter().zip(outcomes) {
        match outcome {
            Ok(features) => {
                for trained in [Paradigm::All, Paradigm::Output] {
                    let spectra = features.moments().map(|moment| spectrum(moment, trained));
                    table.add_row(cells(run, trained, spectra, several));
                }
            }
            Err(error) => {
                // Writing to a string cannot fail.
                let _ = writeln!(notes, "Width {}, {}, seed {}: {error}.", run.width, run.paradigm, run.seed);
            }
        }
        if let Some(divergence) = run.divergence() {
            let _ = writeln!(
                notes,
                "Width {}, {}, seed {}: diverged at step {}; the end is the last state saved before.",
                run.width, run.paradigm, run.seed, divergence.step
            );
        }
    }
    if let Some(words) = study.unstarted_words() {
        let _ = writeln!(notes, "{words}");
    }
    let names = if several { 4 } else { 3 };
    for column in table.column_iter_mut().skip(names) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = headline(study) + "\n\n";
    let _ = writeln!(text, "{}\n", table.trim_fmt());
    let _ = writeln!(
        text,
        "Start → end of training. The features are ∂ŷ/∂θ at the training inputs, σ their singular values;"
    );
    let _ = writeln!(text, "the last column is the share of the first {FIRST} in the sum of all σ².");
    text + &notes
}

fn spectrum(moment: &Moment, trained: Paradigm) -> &Spectrum {
    match trained {
        Paradigm::All => &moment.all.spectrum,
        Paradigm::Output | Paradigm::Ridge => &moment.output.spectrum,
    }
}

fn cells(run: &Run, trained: Paradigm, spectra: [&Spectrum; 2], several: bool) -> Vec<String> {
    let change = |number: &dyn Fn(&Spectrum) -> String| {
        let [start, end] = spectra.map(number);
        if start == end { start } else { format!("{start} → {end}") }
    };
    let whose = match trained {
        Paradigm::All => "all parameters",
        Paradigm::Output | Paradigm::Ridge => "output layer",
    };
    let mut cells = vec![run.width.to_string(), run.paradigm.to_string()];
    if several {
        cells.push(run.seed.to_string());
    }
    cells.extend([
        whose.to_owned(),
        trained.parameters(&run.architecture).to_string(),
        change(&|spectrum| spectrum.rank().to_string()),
        change(&|spectrum| format!("{:.1}", spectrum.effective_rank())),
        change(&|spectrum| significant(spectrum.values[0])),
        change(&|spectrum| format!("{:.1}", 100.0 * spectrum.share(FIRST))),
    ]);
    cells
}
