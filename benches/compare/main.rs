//! Elbow beside what else one might take for the same work: C written by hand, JAX, PyTorch, other Rust libraries.
//! `cargo run -p benches --bin compare`

mod c;
mod cargo;
mod data;
mod elbow;
mod failure;
mod lines;
mod machine;
mod measure;
mod parts;
mod peers;
mod process;
mod python;
mod report;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use failure::Failure;
use machine::Machine;
use parts::{PARTS, Workshop};
use report::Report;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn arguments() -> ArgMatches {
    let parts: String = PARTS.iter().map(|(name, what)| format!("  {name:<11} {what}\n")).collect();
    let help = format!(
        "Parts:\n{parts}\nNeeds a C compiler (gcc, cc, or the one named in CC) and Python with torch, jax and numpy (python3, \
         or the one named in PYTHON). What is not there has no numbers, and the rest goes on. compare.md, compare.json and \
         compare.svg are written into DIR."
    );
    Command::new("compare")
        .about("Measures Elbow beside other systems that do the same work")
        .after_help(help)
        .max_term_width(100)
        .args([
            Arg::new("parts")
                .long("parts")
                .value_name("LIST")
                .value_delimiter(',')
                .value_parser(PossibleValuesParser::new(PARTS.map(|(name, _)| name)))
                .hide_possible_values(true)
                .help("Parts to measure, separated by commas [default: all]"),
            Arg::new("rounds")
                .long("rounds")
                .value_name("N")
                .value_parser(value_parser!(u32).range(1..))
                .default_value("7")
                .help("Rounds, in each of which every system runs once"),
            Arg::new("steps")
                .long("steps")
                .value_name("N")
                .value_parser(value_parser!(u32).range(1..))
                .default_value("150000")
                .help("Steps of the study's networks; the other parts make fewer in proportion"),
            Arg::new("out")
                .long("out")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("The directory to write [default: target/compare]"),
            Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON in place of the tables"),
        ])
        .get_matches()
}

fn main() -> ExitCode {
    match compare(&arguments()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(1)
        }
    }
}

fn compare(arguments: &ArgMatches) -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".."));
    let number = |name: &str| arguments.get_one::<u32>(name).map_or(1, |&n| n as usize);
    let (rounds, steps) = (number("rounds"), number("steps"));
    let out = arguments.get_one("out").cloned().unwrap_or_else(|| root.join("target/compare"));
    let named: Vec<&String> = arguments.get_many("parts").unwrap_or_default().collect();
    let scratch = tempfile::tempdir().map_err(Failure::file(std::env::temp_dir()))?;
    eprintln!("building Elbow");
    let workshop = Workshop::open(root, scratch.path(), steps)?;
    let machine = Machine::look(root, workshop.c_compiler());
    let mut parts = Vec::new();
    for (name, what) in PARTS {
        if !named.is_empty() && !named.contains(&&name.to_owned()) {
            continue;
        }
        eprintln!("{name}: {what}");
        let part = workshop.part(name);
        let measured = measure::measure(&part, rounds, &|round, system| {
            eprintln!("  round {} of {rounds}: {system}", round + 1);
        });
        for (row, failure) in measured.systems.iter().filter_map(|row| Some((row, row.failure.as_ref()?))) {
            eprintln!("  {}: {failure}", row.name);
        }
        parts.push(measured);
    }
    let report = Report { machine, rounds, parts };
    fs::create_dir_all(&out).map_err(Failure::file(&out))?;
    for (name, text) in
        [("compare.md", report.markdown()), ("compare.json", report.json()), ("compare.svg", report.figure().svg())]
    {
        let path = out.join(name);
        fs::write(&path, text).map_err(Failure::file(path))?;
    }
    print!("{}", if arguments.get_flag("json") { report.json() } else { report.markdown() });
    eprintln!("written into {}", out.display());
    Ok(())
}
