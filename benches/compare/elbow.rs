//! The program itself: built and run as a user would, timed by its own summary.

use crate::cargo;
use crate::failure::Failure;
use crate::measure::{Output, Run};
use crate::process;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The built program, and a directory for its files.
pub struct Elbow {
    program: PathBuf,
    out: PathBuf,
}

#[derive(Deserialize)]
struct Summary {
    runs: Vec<RunSummary>,
}

#[derive(Deserialize)]
struct RunSummary {
    width: usize,
    paradigm: String,
    seconds: f64,
    steps: u64,
}

impl Elbow {
    /// Builds the program; it writes below `scratch`.
    pub fn build(root: &Path, scratch: &Path) -> Result<Self, Failure> {
        let program =
            cargo::build(Command::new(cargo::program()).current_dir(root).args(["build", "-p", "cli"]), "elbow")?;
        Ok(Self { program, out: scratch.join("elbow") })
    }

    fn command(&self, flags: &[String]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--quiet").args(flags).arg("--out").arg(&self.out);
        command
    }

    /// A run of `elbow` on one thread with flags, in microseconds a step.
    pub fn steps(&self, flags: &str) -> Run<'_> {
        let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        let note = "one thread".to_owned();
        Box::new(move || {
            process::output(self.command(&flags).args(["--threads", "1"]), "")?;
            let path = self.out.join("summary.json");
            let text = fs::read_to_string(&path).map_err(Failure::file(&path))?;
            Ok(Output { times: times(&text)?, note: note.clone() })
        })
    }

    /// A run of `elbow` on all cores with flags, in seconds from start to end.
    pub fn seconds(&self, column: &'static str, flags: &str) -> Run<'_> {
        let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        Box::new(move || {
            let begin = Instant::now();
            process::output(&mut self.command(&flags), "")?;
            let times = vec![(column.to_owned(), begin.elapsed().as_secs_f64())];
            Ok(Output { times, note: "all cores, from the program's start to its end".to_owned() })
        })
    }
}

/// Microseconds a step for each paradigm and width, the mean over seeds.
fn times(summary: &str) -> Result<Vec<(String, f64)>, Failure> {
    let unreadable = |reason: String| Failure::Unreadable { program: "elbow".to_owned(), reason };
    let summary: Summary = serde_json::from_str(summary).map_err(|error| unreadable(error.to_string()))?;
    let mut sums: Vec<(String, f64, u64)> = Vec::new();
    for run in summary.runs {
        let column = column(&run.paradigm, run.width);
        let place = sums.iter().position(|(known, ..)| *known == column).unwrap_or_else(|| {
            sums.push((column, 0.0, 0));
            sums.len() - 1
        });
        sums[place].1 += run.seconds;
        sums[place].2 += run.steps;
    }
    Ok(sums.into_iter().map(|(column, seconds, steps)| (column, seconds / steps as f64 * 1e6)).collect())
}

/// The column of a network.
pub fn column(paradigm: &str, width: usize) -> String {
    format!("{paradigm} {width}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_read_by_network() {
        let text = r#"{"elbow": "0.1.0", "runs": [
            {"width": 10, "paradigm": "output", "seed": 0, "steps": 1000, "seconds": 0.001, "outcome": "finished"},
            {"width": 10, "paradigm": "output", "seed": 1, "steps": 1000, "seconds": 0.003, "outcome": "finished"},
            {"width": 20, "paradigm": "all", "seed": 0, "steps": 1000, "seconds": 0.005, "outcome": "finished"}]}"#;
        let times = times(text).expect("a summary");
        assert_eq!(times, [("output 10".to_owned(), 2.0), ("all 20".to_owned(), 5.0)]);
        assert!(super::times("{}").expect_err("no runs").to_string().contains("missing field `runs`"));
    }
}
