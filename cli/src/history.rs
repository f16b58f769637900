//! `history.csv`: the errors of every saved state.

use nn::architecture::Loss;
use nn::study::{State, Study};
use std::io::{self, Write};

/// The columns.
const HEADER: &str = "run,width,paradigm,seed,step,minibatch_mse,train_mse,test_mse,minibatch_loss,train_loss,\
                      test_loss,train_accuracy,test_accuracy";

/// Writes a row for each saved state, in the order of runs and steps. Numbers are the shortest that read back as the
/// same double; a cell is empty where there is no value: a mean squared error of another loss, an accuracy of values.
///
/// A run that diverged has a last row at the step where it did, with `inf` for all errors, and no accuracy.
///
/// # Errors
/// If `out` does.
pub fn write(study: &Study, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for run in study.all_runs() {
        let key = format!("{},{},{},{}", run.index, run.width, run.paradigm, run.seed);
        let is_squared = run.architecture.loss() == Loss::SquaredError;
        let cell = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:?}"));
        let mut row = |step: u64, losses: [Option<f64>; 3], accuracies: [Option<f64>; 2]| {
            let losses = losses.map(cell).join(",");
            let squared = if is_squared { &losses } else { ",," };
            writeln!(out, "{key},{step},{squared},{losses},{}", accuracies.map(cell).join(","))
        };
        for State { step, minibatch_loss, train, test, .. } in &run.states {
            row(*step, [*minibatch_loss, Some(train.loss), Some(test.loss)], [train.accuracy, test.accuracy])?;
        }
        if let Some(divergence) = run.divergence() {
            row(divergence.step, [Some(f64::INFINITY); 3], [None; 2])?;
        }
    }
    Ok(())
}
