//! `history.csv`: the errors of every saved state.

use nn::study::Study;
use std::io::{self, Write};

/// The columns.
const HEADER: &str = "run,width,paradigm,seed,step,minibatch_mse,train_mse,test_mse";

/// Writes a row for each saved state, in the order of runs and steps. Numbers are the shortest that read back as the
/// same double; a cell is empty where there is no value.
///
/// A run that diverged has a last row at the step where it did, with `inf` for all three errors.
///
/// # Errors
/// If `out` does.
pub fn write(study: &Study, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for run in study.all_runs() {
        let key = format!("{},{},{},{}", run.index, run.width, run.paradigm, run.seed);
        for state in &run.states {
            write!(out, "{key},{},", state.step)?;
            if let Some(mse) = state.minibatch_mse {
                write!(out, "{mse:?}")?;
            }
            writeln!(out, ",{:?},{:?}", state.train_mse, state.test_mse)?;
        }
        if let Some(divergence) = run.divergence() {
            writeln!(out, "{key},{},inf,inf,inf", divergence.step)?;
        }
    }
    Ok(())
}
