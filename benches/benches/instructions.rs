//! Instructions of the steps that a user waits for, counted by valgrind. Unlike times they are the same in every run,
//! so that a growth of 5 % over `instructions.json` is told from noise, and fails.
//!
//! `cargo bench -p benches --bench instructions` prints the table; behind another `--`, a word chooses the cases with
//! it in their names, `--check` fails if one of them grew, `--save` makes their counts those to compare with.
//! Exit code: 1 for a case that grew, 2 if nothing could be counted.

use benches::build;
use serde_json::{Map, Value, json};
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Output, Stdio};

/// What is counted is compiled for these machines, wherever that is done: valgrind does not know AVX-512, and counts
/// are to be comparable.
const FLAGS: &str = "-Ctarget-cpu=x86-64-v3";

/// The counts to compare with.
const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.json");

/// How to change them.
const SAVE: &str = "cargo bench -p benches --bench instructions -- --save";

/// How much fewer or more instructions are taken for a change.
const TOLERANCE: f64 = 0.05;

/// Each case is run twice, with so many steps; from the difference it follows what a step takes, without the start.
const STEPS: [u64; 2] = [500, 1000];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        // Run as a test, it has shown that it compiles.
        return ExitCode::SUCCESS;
    }
    Request::of(&arguments).and_then(Request::answer).unwrap_or_else(|problem| {
        eprintln!("error: {problem}");
        ExitCode::from(2)
    })
}

/// What the user wants.
struct Request {
    /// A part of the names of cases.
    filter: String,
    check: bool,
    save: bool,
}

impl Request {
    fn of(words: &[String]) -> Result<Self, String> {
        let mut request = Request { filter: String::new(), check: false, save: false };
        for word in words {
            match word.as_str() {
                "--bench" => {}
                "--check" => request.check = true,
                "--save" => request.save = true,
                _ if word.starts_with('-') => return Err(format!("{word}: the flags are --check and --save")),
                _ => request.filter.clone_from(word),
            }
        }
        Ok(request)
    }

    /// Counts, prints the table, and does what was asked for.
    fn answer(self) -> Result<ExitCode, String> {
        if let Err(missing) = valgrind() {
            // Where one runs all benchmarks, the others go on.
            return if self.check || self.save {
                Err(missing)
            } else {
                println!("nothing is counted: {missing}");
                Ok(ExitCode::SUCCESS)
            };
        }
        let rustc = rustc()?;
        let saved = baseline();
        let (baseline, baseline_rustc) = if self.save { saved.unwrap_or_default() } else { saved? };
        let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/instructions");
        let arguments = ["build", "--release", "-p", "benches", "--bin", "steps", "--target-dir", target];
        let program = build("steps", &arguments, Some(FLAGS))?;
        let names = output(&mut Command::new(&program))?;

        let mut counts = if self.filter.is_empty() { Map::new() } else { baseline.clone() };
        let (mut grown, mut outdated) = (Vec::new(), false);
        println!("{:52} {:>9} {:>9} {:>9}", "instructions", "baseline", "now", "change");
        for name in names.lines().filter(|name| name.contains(&self.filter)) {
            let now = count(&program, name)?;
            counts.insert(name.to_owned(), now.into());
            let Some(before) = baseline.get(name).and_then(Value::as_f64) else {
                println!("{name:52} {:>9} {now:>9} {:>9}  new", "", "");
                outdated = true;
                continue;
            };
            let change = now as f64 / before - 1.0;
            let verdict = match change {
                _ if change > TOLERANCE => "  grew",
                _ if change < -TOLERANCE => "  shrank",
                _ => "",
            };
            println!("{name:52} {before:>9} {now:>9} {:>+7.1} %{verdict}", 100.0 * change);
            outdated |= change < -TOLERANCE;
            if change > TOLERANCE {
                grown.push(name);
            }
        }
        for (name, before) in baseline.iter().filter(|(name, _)| !counts.contains_key(*name)) {
            println!("{name:52} {before:>9} {:>9} {:>9}  gone", "", "");
            outdated = true;
        }

        if self.save {
            let text = json!({ "rustc": rustc, "instructions": counts });
            std::fs::write(BASELINE, format!("{text:#}\n")).map_err(|error| format!("{BASELINE}: {error}"))?;
            println!("saved");
            return Ok(ExitCode::SUCCESS);
        }
        if outdated {
            println!("What shrank, is new or is gone is not in the baseline yet. Save and commit it: {SAVE}");
        }
        if grown.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        println!("More than {} % more instructions than in the baseline:", 100.0 * TOLERANCE);
        grown.iter().for_each(|name| println!("    {name}"));
        println!("If it is worth that, save and commit it: {SAVE}");
        if rustc != baseline_rustc {
            println!("It may be the compiler: the baseline is of {baseline_rustc}, this is {rustc}.");
        }
        Ok(if self.check { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

/// The saved counts and the compiler they were made with; nothing if none were saved.
fn baseline() -> Result<(Map<String, Value>, String), String> {
    let text = match std::fs::read_to_string(BASELINE) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Map::new(), String::new())),
        text => text.map_err(|error| format!("{BASELINE}: {error}"))?,
    };
    let value: Value = serde_json::from_str(&text).map_err(|error| format!("{BASELINE}: {error}"))?;
    match (&value["instructions"], &value["rustc"]) {
        (Value::Object(counts), Value::String(rustc)) => Ok((counts.clone(), rustc.clone())),
        _ => Err(format!("{BASELINE}: has no \"instructions\" or no \"rustc\"")),
    }
}

/// Instructions of a step of a case.
fn count(program: &Path, name: &str) -> Result<u64, String> {
    let failed = |error: io::Error| format!("valgrind: {error}");
    let watch = |steps: u64| -> io::Result<Child> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        // One instruction can fill a kilobyte, and would count as a thousand.
        command.env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-ERMS");
        command.arg(program).args([name, &steps.to_string()]).stderr(Stdio::piped()).spawn()
    };
    let mut counts = [0_u64; 2];
    // Both at once.
    for (child, count) in STEPS.map(watch).into_iter().zip(&mut counts) {
        let output = child.and_then(Child::wait_with_output).map_err(failed)?;
        let said = String::from_utf8_lossy(&output.stderr);
        let collected = said.lines().find_map(|line| line.split_once("Collected : ")?.1.parse().ok());
        *count = collected.filter(|_| output.status.success()).ok_or_else(|| format!("valgrind failed:\n{said}"))?;
    }
    // Rounded, for the start may differ by a few instructions.
    let [few, many] = counts.map(|count| count as f64);
    Ok(((many - few) / (STEPS[1] - STEPS[0]) as f64).round() as u64)
}

/// Whether valgrind is there; if not, what to do.
fn valgrind() -> Result<(), String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("counts are of Linux on x86-64".to_owned());
    }
    match Command::new("valgrind").arg("--version").stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err("valgrind is missing; apt-get install valgrind, or its like, brings it".to_owned()),
    }
}

/// The compiler's version.
fn rustc() -> Result<String, String> {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Ok(output(Command::new(compiler).arg("--version"))?.trim().to_owned())
}

/// What a command that succeeds prints.
fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().display().to_string();
    match command.output() {
        Err(error) => Err(format!("{name}: {error}")),
        Ok(Output { status, stdout, .. }) if status.success() => Ok(String::from_utf8_lossy(&stdout).into_owned()),
        Ok(Output { status, stderr, .. }) => Err(format!("{name}: {status}\n{}", String::from_utf8_lossy(&stderr))),
    }
}
