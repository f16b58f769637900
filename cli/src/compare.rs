//! `elbow compare`: trains the same networks for several values of one setting, and compares how they end.

pub mod csv;
mod json;
mod text;

use crate::arguments::Compare;
use crate::browser;
use crate::diagnostic::Failure;
use crate::keeping::Runs;
use crate::output::{COMPARE, Head, Output, Partial, Sheet, complete, json_list};
use crate::precedence::{self, HELP};
use crate::work::{Stage, Work, compared_bytes};
use crate::{interrupt, stdout, terminal, threads};
use nn::checkpoint::KeptRun;
use nn::settings::{Paradigm, Settings};
use nn::study::Run;
use nn::sweep::comparison::compared;
use nn::sweep::{Cause, Comparison, Contest, ContestError, SweepError, TOGETHER};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use viz::report::comparison::{figures, html};

/// The page.
const PAGE: &str = "compare.html";
/// Every run at every saved step.
const TABLE: &str = "compare.csv";

/// The most runs of one page.
const MOST_RUNS: u64 = 5000;

/// The settings of the command: the course's study of optimizers.
pub fn defaults() -> Settings {
    Settings {
        paradigms: vec![Paradigm::All],
        seeds: 30,
        steps: 30_000,
        save_every: 3000,
        noise: 0.01,
        watch_every: Some(0),
        ..Settings::default()
    }
}

/// Runs the command.
///
/// # Errors
/// If something given cannot be used, which is found out before anything is trained, or if files cannot be written.
pub fn run(arguments: &Compare) -> Result<(), Failure> {
    let contest = plan(arguments)?;
    let (out, quiet) = (&arguments.train.out, arguments.train.quiet);
    let identity = format!("{:016x}", contest.sweep().identity());
    let output = Output::open(out, &COMPARE)?;
    let place = output.partial()?;
    let begun = std::fs::symlink_metadata(&place).is_ok();
    if arguments.train.resume && !begun && is_done(out, &identity) {
        say(quiet, &format!("{} holds this comparison already\n", terminal::path(out)))?;
        browser::open(arguments.train.open, &out.join(PAGE));
        return Ok(());
    }
    let runs = contest.sweep().plan().runs();
    let head = Head {
        elbow: env!("CARGO_PKG_VERSION").to_owned(),
        plan: identity.clone(),
        runs,
        rows: 0..runs,
        block: TOGETHER,
        group: contest.seeds(),
    };
    let partial = Partial::open(place, head, arguments.train.resume)?;
    interrupt::tell(partial.kept(out));

    let resumable = |failure: Failure| failure.or_help(partial.resume());
    let pool = threads::start(contest.studies().map(|(settings, _)| settings.threads).next().unwrap_or(0), quiet)?;
    // The largest networks first, so that no thread is left with them at the end.
    let mut order: Vec<u64> = (0..partial.blocks()).collect();
    order.sort_by_key(|&block| std::cmp::Reverse(contest.blank(partial.rows(block).start).architecture.parameters()));
    let runs = Runs {
        sweep: contest.sweep(),
        partial: &partial,
        pool: &pool,
        work: &|sizes, left, finished| Work::of_comparison(&contest, sizes, left, finished, pool.threads()),
        order: &|place| order[place as usize],
        row: &|done| row(done.number, done.run),
        refused: &refused,
        quiet,
        yes: arguments.train.yes,
    };
    let progress = runs.make().map_err(resumable)?;
    progress.at(Stage::Drawing, 0.0);
    let comparison = read(contest, &partial).map_err(resumable)?;
    let figures = figures(&comparison);
    let mut sheets = vec![
        Sheet::text(PAGE, html(&comparison, &figures)),
        Sheet::new(TABLE, compared_bytes(csv::rows(&comparison)), |out: &mut dyn Write| csv::write(&comparison, out)),
    ];
    #[cfg(feature = "parquet")]
    if arguments.parquet {
        let rows = |tell: &mut dyn FnMut(&str) -> std::io::Result<()>| csv::all(&comparison, tell);
        let (columns, bytes) = (csv::header(&comparison), compared_bytes(csv::rows(&comparison)));
        let write = move |out: &mut dyn Write| crate::parquet::write(&columns, &rows, out);
        sheets.push(Sheet::new("compare.parquet", bytes, write));
    }
    sheets.extend(figures.iter().map(|figure| Sheet::text(format!("figures/{}.svg", figure.name()), figure.svg())));
    let numbers = json::numbers(&comparison, &identity);
    output
        .put(&sheets, &|listing| json_list(&numbers, listing), &|stage, share| progress.at(stage, share))
        .map_err(resumable)?;
    progress.end();
    let mut text = format!("{}\nPage: {}\n", text::summary(&comparison), terminal::path(&out.join(PAGE)));
    if !partial.remove().unwrap_or(false) {
        text += &format!("{} could not be removed, and is not needed any more\n", terminal::path(partial.path()));
    }
    say(quiet, &text)?;
    browser::open(arguments.train.open, &out.join(PAGE));
    Ok(())
}

/// What is to be compared, checked.
fn plan(arguments: &Compare) -> Result<Contest, Failure> {
    let refuse = |error: &ContestError| match error {
        ContestError::Sweep(error) => refused(error),
        error => Failure::input(format!("--compare {}: {error}", arguments.compared)).help(HELP),
    };
    let asked = precedence::asked(&arguments.train, defaults())?;
    let (setting, values) = compared(&arguments.compared).map_err(|error| refuse(&error))?;
    if asked.mentions(setting.name) {
        let what = format!("{} is what is compared, and is given one value as well", setting.name);
        let help = "leave it out, or compare another setting, as in --compare lr-all=0.005,0.02";
        return Err(Failure::input(what).help(help));
    }
    let contest = Contest::open(asked, setting, &values).map_err(|error| refuse(&error))?;
    let runs = contest.sweep().plan().runs();
    if runs > MOST_RUNS {
        let what = format!("{runs} runs are too many for one page: at most {MOST_RUNS}");
        return Err(Failure::input(what).help("fewer values, --widths or --seeds; elbow sweep is made for more"));
    }
    Ok(contest)
}

/// The line by which a finished run is kept: its number, and all there is of it.
fn row(number: u64, run: &Run) -> String {
    // This type always serialises.
    format!("{number},{}", serde_json::to_string(&KeptRun::of(run)).unwrap_or_default())
}

/// The comparison of all kept runs. What was just made is read back as well: so it does not matter when it was made.
fn read(contest: Contest, partial: &Partial) -> Result<Comparison, Failure> {
    let mut runs: Vec<Run> = Vec::new();
    partial
        .all(&mut |row| {
            let kept: KeptRun = serde_json::from_str(row.split_once(',').map_or("", |(_, text)| text))?;
            let number = runs.len() as u64;
            runs.push(kept.fill(contest.blank(number), contest.data(number)).map_err(std::io::Error::other)?);
            Ok(())
        })
        .map_err(|error| Failure::work(format!("finished runs could not be read: {error}")))?;
    Ok(contest.finish(runs))
}

/// A run that cannot be made.
fn refused(error: &SweepError) -> Failure {
    match &*error.cause {
        Cause::Data(error) => Failure::data(error),
        _ => Failure::input(error).help(HELP),
    }
}

fn say(quiet: bool, text: &str) -> Result<(), Failure> {
    if quiet { Ok(()) } else { stdout::print(text) }
}

/// Whether a directory holds this comparison, as it was written.
fn is_done(out: &Path, identity: &str) -> bool {
    let Ok(Ok(Some(text))) = complete(out, &COMPARE) else { return false };
    serde_json::from_str::<Value>(&text).is_ok_and(|found| found["plan"] == identity)
}
