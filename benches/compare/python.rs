//! PyTorch and JAX, by the programs beside this one.

use crate::elbow::column;
use crate::failure::Failure;
use crate::measure::{Output, Run};
use crate::process;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const HELP: &str = "install Python, or name an interpreter in PYTHON";

#[derive(Deserialize)]
struct Report {
    /// Seconds of compiling, where there is any.
    compile: Option<f64>,
    versions: BTreeMap<String, String>,
    results: Vec<Network>,
}

#[derive(Deserialize)]
struct Network {
    paradigm: String,
    width: usize,
    us_per_step: Option<f64>,
}

/// A run of the study by `package` in `script`, with `steps` steps of each network.
pub fn run(package: &'static str, script: &Path, scratch: &Path, steps: usize) -> Result<Run<'static>, Failure> {
    let interpreter = env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    for package in [package, "numpy"] {
        let found = process::output(Command::new(&interpreter).args(["-c", &format!("import {package}")]), HELP);
        match found {
            Err(Failure::Failed { reason, .. }) if reason.contains("No module named") => {
                let help = "install it with pip, or name another interpreter in PYTHON";
                return Err(Failure::Package { interpreter, package: package.to_owned(), help });
            }
            other => other?,
        };
    }
    let (script, json) = (script.to_owned(), scratch.join(format!("{package}.json")));
    Ok(Box::new(move || study(&interpreter, &script, &json, steps)))
}

fn study(interpreter: &str, script: &PathBuf, json: &PathBuf, steps: usize) -> Result<Output, Failure> {
    let every = steps.min(1000);
    let mut command = Command::new(interpreter);
    command.arg(script).args(["--threads", "1", "--steps", &(steps / every * every).to_string()]);
    command.args(["--every", &every.to_string()]).arg("--json").arg(json);
    process::output(&mut command, HELP)?;
    output(&fs::read_to_string(json).map_err(Failure::file(json))?)
}

fn output(text: &str) -> Result<Output, Failure> {
    let report: Report = serde_json::from_str(text)
        .map_err(|error| Failure::Unreadable { program: "Python".to_owned(), reason: error.to_string() })?;
    let name = |paradigm: &str| if paradigm == "out" { "output".to_owned() } else { paradigm.to_owned() };
    let times = report.results.iter().filter_map(|n| Some((column(&name(&n.paradigm), n.width), n.us_per_step?)));
    let mut notes: Vec<String> = report.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    notes.extend(report.compile.map(|seconds| format!("compiling took {seconds:.1} s more")));
    Ok(Output { times: times.collect(), note: notes.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_either_library_is_read() {
        let text = r#"{"total": 1.5, "compile": 4.25, "versions": {"jax": "0.10.2", "numpy": "2.4.6"}, "results": [
            {"paradigm": "out", "width": 10, "seed": 0, "us_per_step": 1.5, "test": 0.1},
            {"paradigm": "all", "width": 40, "seed": 0, "us_per_step": 2.5, "test": 0.1},
            {"paradigm": "ridge", "width": 40, "seed": 0, "train": 0.1}]}"#;
        let read = output(text).expect("a report");
        assert_eq!(read.times, [("output 10".to_owned(), 1.5), ("all 40".to_owned(), 2.5)]);
        assert_eq!(read.note, "jax 0.10.2, numpy 2.4.6, compiling took 4.2 s more");
        let eager = text.replace("\"compile\": 4.25,", "");
        assert_eq!(output(&eager).expect("a report").note, "jax 0.10.2, numpy 2.4.6");
        assert!(output("[").is_err());
    }
}
