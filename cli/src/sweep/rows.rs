//! `runs.csv`: a row for each run, and what all of them say together.

use crate::output::Fingerprint;
use nn::sweep::{Done, Sweep};
use serde_json::{Value, json};
use viz::findings::Ending;

/// The columns after those of the settings that vary.
const COLUMNS: &str = "outcome,diverged_at,train_loss,test_loss,train_accuracy,test_accuracy,hash";

/// The names of the columns.
pub fn header(sweep: &Sweep) -> String {
    format!("run,{},{COLUMNS}", sweep.columns().join(","))
}

/// The row of a run. Numbers are the shortest that read back as the same double; a cell is empty where there is no value.
pub fn row(done: &Done<'_>) -> String {
    let ending = Ending::of(done.run);
    let end = ending.state();
    let cell = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:?}"));
    let step = done.run.divergence().map_or_else(String::new, |divergence| divergence.step.to_string());
    let errors = [
        end.map(|state| state.train.loss),
        end.map(|state| state.test.loss),
        end.and_then(|state| state.train.accuracy),
        end.and_then(|state| state.test.accuracy),
    ];
    let values = done.values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(",");
    let errors = errors.map(cell).join(",");
    format!("{},{values},{},{step},{errors},{:016x}", done.number, ending.word(), done.run.hash())
}

/// A cell, in quotes where it needs them.
pub fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// What became of some runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many there are of each outcome.
    pub finished: u64,
    pub diverged: u64,
    pub unsolved: u64,
    /// Of the hashes of all runs, in order, as of a study.
    hash: Fingerprint,
}

impl Tally {
    /// Counts the run of a row, which is one of this program's.
    pub fn add(&mut self, row: &str) {
        let mut cells = row.rsplit(',');
        let hash = cells.next().and_then(|hash| u64::from_str_radix(hash, 16).ok()).unwrap_or_default();
        self.hash.add(&hash.to_le_bytes());
        match cells.nth(5) {
            Some("finished") => self.finished += 1,
            Some("diverged") => self.diverged += 1,
            _ => self.unsolved += 1,
        }
    }

    /// How many runs there are.
    pub fn runs(&self) -> u64 {
        self.finished + self.diverged + self.unsolved
    }

    /// For `sweep.json`.
    pub fn json(&self) -> Value {
        json!({
            "finished": self.finished, "diverged": self.diverged, "unsolved": self.unsolved, "hash": self.hash.to_string(),
        })
    }

    /// For people: `96 runs: 90 finished, 6 diverged`.
    pub fn text(&self) -> String {
        let counts = [(self.finished, "finished"), (self.diverged, "diverged"), (self.unsolved, "could not be solved")];
        let counts = counts.iter().enumerate().filter(|(i, (count, _))| *i == 0 || *count > 0);
        let counts: Vec<String> = counts.map(|(_, (count, what))| format!("{count} {what}")).collect();
        let runs = self.runs();
        format!("{runs} run{}: {}", if runs == 1 { "" } else { "s" }, counts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_whatever_their_settings_hold() {
        let mut tally = Tally::default();
        tally.add("0,\"8,8\",finished,,0.5,0.25,,,00000000000000ff");
        tally.add("1,\"diverged,\",diverged,17,,,,,0000000000000001");
        tally.add("2,x,unsolved,,,,,,0000000000000001");
        assert_eq!((tally.finished, tally.diverged, tally.unsolved, tally.runs()), (1, 1, 1, 3));
        assert_eq!(tally.text(), "3 runs: 1 finished, 1 diverged, 1 could not be solved");
        let words: Vec<u8> = [255_u64, 1, 1].iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(tally.json()["hash"], Fingerprint::of(&words).to_string());
    }

    #[test]
    fn a_cell_with_commas_quotes_or_line_ends_stands_in_quotes() {
        assert_eq!(quoted("8,8"), "\"8,8\"");
        assert_eq!(quoted("a\"b\n"), "\"a\"\"b\n\"");
        assert_eq!(quoted("0.1"), "0.1");
    }
}
