//! `elbow merge`: joins the shards of a sweep.

use crate::arguments::Merge;
use crate::diagnostic::Failure;
use crate::output::{Output, SWEEP, complete, is_partial, partial_of};
use crate::sweep::shard::Shard;
use crate::sweep::{Part, TABLE, put};
use crate::{stdout, terminal};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A shard in a directory.
struct Found<'a> {
    directory: &'a Path,
    part: Part,
}

/// Runs the command.
///
/// # Errors
/// If a part cannot be used, is of another plan than the others, or is missing; or if files cannot be written.
pub fn run(arguments: &Merge) -> Result<(), Failure> {
    // `parts/*` names those that have not ended as well: they are missing.
    let (begun, ended): (Vec<&PathBuf>, Vec<&PathBuf>) =
        arguments.parts.iter().partition(|directory| is_partial(directory));
    let mut parts: Vec<Found<'_>> = ended.into_iter().map(|directory| find(directory)).collect::<Result<_, _>>()?;
    parts.sort_by_key(|found| found.part.rows.start);
    let Some(first) = parts.first() else {
        return Err(
            Failure::input("no shard of these has ended").help("run their commands again with --resume, then join")
        );
    };
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if let Some(found) = parts.iter().find(|found| whole(found.directory) == whole(&arguments.out)) {
        let what = format!("--out {} is one of the parts", found.directory.display());
        return Err(Failure::input(what).help("give --out another directory"));
    }
    for other in &parts[1..] {
        let [one, two] = [first, other].map(|found| found.directory.display());
        if (&other.part.plan, other.part.runs) != (&first.part.plan, first.part.runs) {
            let what =
                format!("{one} and {two} are of different plans, or of one whose tables or version of elbow changed");
            return Err(Failure::input(what).help("join parts of one plan; train the others again"));
        }
    }
    no_run_twice(&parts)?;
    let missing = missing(&parts, first.part.runs);
    if !missing.is_empty() {
        return Err(incomplete(&parts, &begun, &missing));
    }

    let part = Part { rows: 0..first.part.runs, shard: Shard::ALL.to_string(), ..first.part.clone() };
    let output = Output::open(&arguments.out, &SWEEP)?;
    let all = |tell: &mut dyn FnMut(&str) -> io::Result<()>| parts.iter().try_for_each(|found| found.rows(tell));
    let tally = put(&part, arguments.parquet, &all, output, &|_, _| {})?;
    if arguments.quiet {
        return Ok(());
    }
    let table = arguments.out.join(TABLE);
    let count = parts.len();
    stdout::print(&format!("{count} parts, {}\nTable: {}\n", tally.text(), terminal::path(&table)))
}

/// The shard in a directory, if it is complete.
fn find(directory: &Path) -> Result<Found<'_>, Failure> {
    let shown = directory.display();
    let again = "train it again: the command of the shard with --out and this directory";
    let text = complete(directory, &SWEEP)
        .map_err(|error| Failure::input(format!("{shown} cannot be read: {error}")))?
        .map_err(|foreign| Failure::input(format!("{shown} is damaged: it {foreign}")).help(again))?;
    if let Some(text) = text {
        let part = serde_json::from_str(&text).map_err(|error| {
            Failure::input(format!("{shown}: sweep.json is of another version of elbow: {error}")).help(again)
        })?;
        return Ok(Found { directory, part });
    }
    let partial = partial_of(directory).filter(|partial| partial.is_dir());
    Err(match partial {
        Some(partial) => {
            Failure::input(format!("{shown} is not complete; what is finished is in {}", partial.display()))
                .help("run the command of this shard again with --resume, then join")
        }
        None => Failure::input(format!("{shown} holds no sweep.json, and so no results of elbow sweep"))
            .help("name the directories that --out named when the shards were trained"),
    })
}

impl Found<'_> {
    /// Tells of each row.
    fn rows(&self, tell: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        let path: PathBuf = self.directory.join(TABLE);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let mut reader = BufReader::with_capacity(1 << 16, File::open(&path).map_err(named)?);
        let (mut line, mut rows, mut first) = (String::new(), 0, true);
        // A value in quotes may have line ends.
        while reader.read_line(&mut line).map_err(named)? > 0 {
            if line.matches('"').count() % 2 != 0 {
                continue;
            }
            if !first {
                tell(line.strip_suffix('\n').unwrap_or(&line))?;
                rows += 1;
            }
            first = false;
            line.clear();
        }
        let wanted = self.part.rows.end - self.part.rows.start;
        if rows == wanted {
            Ok(())
        } else {
            Err(named(io::Error::other(format!("has {rows} runs, and should have {wanted}"))))
        }
    }
}

/// Refuses parts that hold the same runs.
fn no_run_twice(parts: &[Found<'_>]) -> Result<(), Failure> {
    let held: Vec<&Found<'_>> = parts.iter().filter(|found| !found.part.rows.is_empty()).collect();
    for pair in held.windows(2) {
        let [one, two] = [pair[0], pair[1]];
        if two.part.rows.start < one.part.rows.end {
            let runs = two.part.rows.start..one.part.rows.end.min(two.part.rows.end);
            let [one, two] = [one, two].map(|found| found.directory.display());
            let what = format!("{one} and {two} both hold {}", named(&runs));
            return Err(Failure::input(what).help("leave one of them out"));
        }
    }
    Ok(())
}

/// The runs that no part holds.
fn missing(parts: &[Found<'_>], runs: u64) -> Vec<Range<u64>> {
    let mut next = 0;
    let mut missing = Vec::new();
    for rows in parts.iter().map(|found| &found.part.rows).filter(|rows| !rows.is_empty()).chain([&(runs..runs)]) {
        if rows.start > next {
            missing.push(next..rows.start);
        }
        next = rows.end;
    }
    missing
}

/// `run 3`, `runs 3 to 5`.
fn named(runs: &Range<u64>) -> String {
    let last = runs.end - 1;
    if runs.start == last { format!("run {last}") } else { format!("runs {} to {last}", runs.start) }
}

/// How many things are named one by one.
const NAMED: usize = 10;

/// Says what is missing.
fn incomplete(parts: &[Found<'_>], begun: &[&PathBuf], missing: &[Range<u64>]) -> Failure {
    let some = |all: &[String]| {
        let more = all.len().saturating_sub(NAMED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        all[..all.len().min(NAMED)].join(", ") + &rest
    };
    let runs = parts[0].part.runs;
    let gaps: Vec<String> = missing.iter().map(named).collect();
    let failure = Failure::input(format!("{} of {runs} are missing", some(&gaps)));
    let shards: Vec<Shard> = parts.iter().filter_map(|found| found.part.shard.parse().ok()).collect();
    let Some(of) = shards.first().map(|shard| shard.of).filter(|&of| shards.iter().all(|shard| shard.of == of)) else {
        return failure.help("train them and name their directories, too");
    };
    let is_there = |shard: &Shard| shards.contains(shard) || shard.of_runs(runs).is_empty();
    let all = (1..=of).map(|number| Shard { number, of });
    let shards: Vec<String> = all.filter(|shard| !is_there(shard)).map(|shard| shard.to_string()).collect();
    let begun: Vec<String> = begun.iter().map(|directory| directory.display().to_string()).collect();
    let resume = match &*some(&begun) {
        "" => String::new(),
        begun => format!(" (what is finished is in {begun}: with --resume)"),
    };
    failure.help(format!("train --shard {}{resume} and name their directories, too", some(&shards)))
}
