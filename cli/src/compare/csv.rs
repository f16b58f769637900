//! `compare.csv`: every run at every saved step.

use crate::sweep::rows::quoted;
use nn::study::{Run, State, Study};
use nn::sweep::Comparison;
use std::io::{self, Write};
use viz::findings::comparison::{dead, outside};

/// The columns of every comparison; before the seed stands the setting that is compared.
const RUN: [&str; 2] = ["width", "paradigm"];
const STATE: &str =
    "seed,step,minibatch_loss,train_loss,test_loss,train_accuracy,test_accuracy,dead_units,elbows_outside";

/// What the setting is called, of an item where it is a list: `width`.
pub fn column(comparison: &Comparison) -> &'static str {
    let setting = comparison.setting;
    if setting.list { setting.name.trim_end_matches('s') } else { setting.name }
}

/// The names of the columns.
pub fn header(comparison: &Comparison) -> String {
    let column = column(comparison);
    let own = if RUN.contains(&column) { String::new() } else { format!("{column},") };
    format!("run,{own}{},{STATE}", RUN.join(","))
}

/// Writes a row for each saved state of each run, in the order of values, seeds and networks. Numbers are the shortest that
/// read back as the same double; a cell is empty where there is no value, as of units of other networks than those of one
/// input and one hidden layer of ReLUs.
///
/// A run that diverged has a last row at the step where it did, with `inf` for all errors.
///
/// # Errors
/// If `out` does.
pub fn write(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", header(comparison))?;
    all(comparison, &mut |row| writeln!(out, "{row}"))
}

/// Tells of each row, without its end.
///
/// # Errors
/// If `tell` does.
pub fn all(comparison: &Comparison, tell: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    let is_own = !RUN.contains(&column(comparison));
    let mut number = 0;
    for item in &comparison.items {
        let value = if is_own { format!("{},", quoted(&item.value)) } else { String::new() };
        let has_units = item.study.is_of_bent_lines();
        for run in item.study.all_runs() {
            let key = format!("{number},{value}{},{},{}", run.width, run.paradigm, run.seed);
            states(&item.study, has_units, run, &key, tell)?;
            number += 1;
        }
    }
    Ok(())
}

fn states(
    study: &Study,
    has_units: bool,
    run: &Run,
    key: &str,
    tell: &mut dyn FnMut(&str) -> io::Result<()>,
) -> io::Result<()> {
    let cell = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:?}"));
    for State { step, minibatch_loss, train, test, network, .. } in &run.states {
        let numbers = [*minibatch_loss, Some(train.loss), Some(test.loss), train.accuracy, test.accuracy].map(cell);
        let units = if has_units {
            format!("{},{}", dead(&study.data, network), outside(&study.data, network))
        } else {
            ",".to_owned()
        };
        tell(&format!("{key},{step},{},{units}", numbers.join(",")))?;
    }
    match run.divergence() {
        Some(divergence) => tell(&format!("{key},{},inf,inf,inf,,,,", divergence.step)),
        None => Ok(()),
    }
}

/// How many rows it has, about.
pub fn rows(comparison: &Comparison) -> usize {
    comparison.items.iter().flat_map(|item| &item.study.runs).map(|run| run.states.len()).sum()
}
