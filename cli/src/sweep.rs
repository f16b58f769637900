//! `elbow sweep`: trains every run of a plan, and writes a row for each.

mod report;
pub mod rows;
pub mod shard;

use crate::arguments::{SHARD_AUTO, Sweep};
use crate::diagnostic::Failure;
use crate::keeping::Runs;
use crate::output::{Head, Listing, Output, Partial, SWEEP, Sheet, complete, json_list};
use crate::work::{Stage, Work};
use crate::{input, interrupt, stdout, terminal, threads};
use nn::settings::{Paradigm, Settings};
use nn::sweep::{Cause, Plan, SweepError};
use rows::Tally;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shard::Shard;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The table.
pub const TABLE: &str = "runs.csv";

/// Blocks of finished runs, and the most runs of one.
const BLOCKS: u64 = 512;
const MOST_IN_BLOCK: u64 = 4096;

/// What is known of the runs of a table, beside the runs themselves: a part of `sweep.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The identity of the plan.
    pub plan: String,
    /// All runs of the plan.
    pub runs: u64,
    /// Which of them are in the table.
    pub rows: Range<u64>,
    /// Which shard that is.
    pub shard: String,
    /// The columns of the table.
    pub columns: String,
    /// What all runs share.
    pub settings: BTreeMap<String, String>,
}

impl Part {
    /// `sweep.json`, where these are the runs.
    pub fn list(&self, tally: &Tally, listing: &Listing) -> String {
        let mut numbers = json!(self);
        if let (Value::Object(numbers), Value::Object(more)) = (&mut numbers, tally.json()) {
            numbers.extend(more);
        }
        json_list(&numbers, listing)
    }
}

/// The settings of a run of which the plan says nothing: those of training, but one network, of which no events are told.
fn defaults() -> Settings {
    Settings { widths: vec![20], paradigms: vec![Paradigm::All], watch_every: Some(0), ..Settings::default() }
}

/// Runs the command.
///
/// # Errors
/// If something given cannot be used, which is found out before anything is trained, or if files cannot be written.
pub fn run(arguments: &Sweep) -> Result<(), Failure> {
    if let Some(directory) = &arguments.report {
        return report::run(arguments, directory);
    }
    let path = &arguments.plan;
    let text = input::read("the plan", path)
        .map_err(|failure| failure.or_help("a plan is a TOML file of settings with a table [grid], for example"))?;
    let plan = Plan::read(&text, path, defaults())
        .map_err(|error| Failure::input(&error.message).at(&error.file, &text, error.line, error.column))?;
    let sweep = nn::sweep::Sweep::open(plan).map_err(|error| refused(&error, path))?;
    let shard = shard(arguments)?;
    let runs = shard.of_runs(sweep.plan().runs());
    let part = Part {
        plan: format!("{:016x}", sweep.identity()),
        runs: sweep.plan().runs(),
        rows: runs.clone(),
        shard: shard.to_string(),
        columns: rows::header(&sweep),
        settings: sweep.plan().fixed().iter().cloned().collect(),
    };
    let out = arguments.out.clone().unwrap_or_else(|| default_out(shard));

    let output = Output::open(&out, &SWEEP)?;
    let place = output.partial()?;
    let begun = std::fs::symlink_metadata(&place).is_ok();
    if arguments.resume && !begun && is_done(&out, &part) {
        return say(arguments, &format!("{} holds all runs of this plan already\n", terminal::path(&out)));
    }
    let block = (runs.end - runs.start).div_ceil(BLOCKS).clamp(1, MOST_IN_BLOCK).next_multiple_of(sweep.together());
    let head = Head {
        elbow: env!("CARGO_PKG_VERSION").to_owned(),
        plan: part.plan.clone(),
        runs: part.runs,
        group: (runs.end - runs.start).max(1),
        rows: runs,
        block,
    };
    let partial = Partial::open(place, head, arguments.resume)?;
    interrupt::tell(partial.kept(&out));

    train(arguments, &sweep, &partial, &part, output)
}

/// Makes all runs that are not finished, and puts the table in place.
fn train(
    arguments: &Sweep,
    sweep: &nn::sweep::Sweep,
    partial: &Partial,
    part: &Part,
    output: Output,
) -> Result<(), Failure> {
    let wanted = arguments.threads.unwrap_or_else(|| sweep.plan().threads());
    let pool = threads::start(wanted, arguments.quiet)?;
    let resumable = |failure: Failure| failure.or_help(partial.resume());
    let refuse = |error: &SweepError| refused(error, &arguments.plan);
    let runs = Runs {
        sweep,
        partial,
        pool: &pool,
        work: &|sizes, left, finished| Work::of_sweep(sweep, sizes, left, finished, pool.threads()),
        order: &|block| block,
        row: &|done| rows::row(done),
        refused: &refuse,
        quiet: arguments.quiet,
        yes: arguments.yes,
    };
    let progress = runs.make().map_err(resumable)?;

    progress.at(Stage::Writing, 0.0);
    let all = |tell: &mut dyn FnMut(&str) -> io::Result<()>| partial.all(tell);
    let tally =
        put(part, arguments.parquet, &all, output, &|stage, share| progress.at(stage, share)).map_err(resumable)?;
    progress.end();
    let gone = partial.remove().unwrap_or(false);
    let out = arguments.out.clone().unwrap_or_else(|| default_out(part.shard.parse().unwrap_or(Shard::ALL)));
    let mut text = format!("{}\nTable: {}\n", tally.text(), terminal::path(&out.join(TABLE)));
    if !gone {
        text += &format!("{} could not be removed, and is not needed any more\n", terminal::path(partial.path()));
    }
    say(arguments, &text)
}

/// Writes the table of some rows, of which `all` tells in order, as Parquet as well if that is asked for, and its list, and
/// puts them in place.
///
/// # Errors
/// As [`Output::put`].
pub fn put(
    part: &Part,
    parquet: bool,
    all: &dyn Fn(&mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()>,
    output: Output,
    tell: &dyn Fn(Stage, f64),
) -> Result<Tally, Failure> {
    let tally = Cell::new(Tally::default());
    let write = |out: &mut dyn Write| {
        let mut counted = Tally::default();
        writeln!(out, "{}", part.columns)?;
        all(&mut |row| {
            counted.add(row);
            writeln!(out, "{row}")
        })?;
        tally.set(counted);
        Ok(())
    };
    let bytes = Work::row_bytes() * (part.rows.end - part.rows.start) as f64;
    // The list takes its numbers from the table, which is written first.
    #[allow(unused_mut, reason = "without the feature there is one table")]
    let mut sheets = vec![Sheet::new(TABLE, bytes, write)];
    #[cfg(feature = "parquet")]
    if parquet {
        let write = |out: &mut dyn Write| crate::parquet::write(&part.columns, all, out);
        sheets.push(Sheet::new("runs.parquet", bytes, write));
    }
    #[cfg(not(feature = "parquet"))]
    let _ = parquet;
    output.put(&sheets, &|listing| part.list(&tally.get(), listing), tell)?;
    Ok(tally.get())
}

fn say(arguments: &Sweep, text: &str) -> Result<(), Failure> {
    if arguments.quiet { Ok(()) } else { stdout::print(text) }
}

/// The shard that is asked for, said on stderr if it was found.
fn shard(arguments: &Sweep) -> Result<Shard, Failure> {
    match arguments.shard.as_deref() {
        None if arguments.shards.is_some() => {
            Err(Failure::input("--shards says how many there are, and not which one is to be trained")
                .help("add --shard auto"))
        }
        None => Ok(Shard::ALL),
        Some(SHARD_AUTO) => {
            let (shard, by) = shard::auto(&|name| std::env::var(name).ok(), arguments.shards)?;
            if !arguments.quiet {
                // If nobody listens any more, the work is done all the same.
                let _ = writeln!(io::stderr(), "note: shard {shard}, by {}", terminal::in_a_line(&by));
            }
            Ok(shard)
        }
        Some(_) if arguments.shards.is_some() => {
            Err(Failure::input("--shards belongs to --shard auto; 3/100 says how many there are")
                .help("leave out --shards"))
        }
        Some(text) => text.parse().map_err(|what| Failure::input(format!("--shard {text}: {what}"))),
    }
}

/// Where a shard is written unless `--out` says otherwise.
fn default_out(shard: Shard) -> PathBuf {
    let Shard { number, of } = shard;
    if shard == Shard::ALL { "elbow-out".into() } else { format!("elbow-out-{number}-of-{of}").into() }
}

/// Whether a directory holds all runs of a part, as they were written.
fn is_done(out: &Path, part: &Part) -> bool {
    let Ok(Ok(Some(text))) = complete(out, &SWEEP) else { return false };
    serde_json::from_str::<Part>(&text).is_ok_and(|found| found == *part)
}

/// A run that cannot be made.
fn refused(error: &SweepError, plan: &Path) -> Failure {
    let SweepError { run, settings, cause } = error;
    match &**cause {
        Cause::Data(error) => Failure::data(error),
        cause => {
            let settings = if settings.is_empty() { String::new() } else { format!(" ({settings})") };
            Failure::input(format!("{}: run {run}{settings}: {cause}", plan.display()))
                .help("change the plan; `elbow --help` lists every setting with its range and default")
        }
    }
}
