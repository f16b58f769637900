//! `elbow compare`: trains the same networks for several values of one setting, and compares how they end.

pub mod csv;
mod json;
mod kept;
mod text;

use crate::arguments::Compare;
use crate::diagnostic::Failure;
use crate::output::{COMPARE, Head, Output, Partial, Sheet, complete, json_list};
use crate::precedence::{self, HELP};
use crate::progress::Progress;
use crate::work::{Sizes, Stage, Work, compared_bytes};
use crate::{interrupt, room, stdout, terminal, threads};
use nn::settings::{Paradigm, Settings};
use nn::study::{Advance, Run};
use nn::sweep::comparison::compared;
use nn::sweep::{Cause, Comparison, Contest, ContestError, SweepError, TOGETHER};
use serde_json::Value;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
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
    if arguments.resume && !begun && is_done(out, &identity) {
        return say(quiet, &format!("{} holds this comparison already\n", terminal::path(out)));
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
    let partial = Partial::open(place, head, arguments.resume)?;
    interrupt::tell(partial.kept(out));

    let resumable = |failure: Failure| failure.or_help(partial.resume());
    let pool = threads::start(contest.studies().map(|(settings, _)| settings.threads).next().unwrap_or(0), quiet)?;
    let finished = partial.finished()?;
    let sizes = Sizes::of_some(contest.sweep(), 0..runs).map_err(|error| resumable(refused(&error)))?;
    let work = pool
        .run(|| Work::of_comparison(&contest, &sizes, runs - finished, finished, pool.threads()))
        .map_err(|error| resumable(refused(&error)))?;
    if let Err(failure) = room::check(&work, partial.path(), quiet, arguments.train.yes) {
        if finished > 0 {
            return Err(resumable(failure));
        }
        // Without a row it means nothing.
        let _ = partial.remove();
        return Err(failure);
    }

    let progress = Progress::begin(work, quiet);
    train(&contest, &partial, &pool, &sizes, &progress).map_err(resumable)?;
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
    say(quiet, &text)
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

/// Makes all runs that are not finished, and keeps them.
fn train(
    contest: &Contest,
    partial: &Partial,
    pool: &nn::threads::Pool,
    sizes: &Sizes,
    progress: &Progress,
) -> Result<(), Failure> {
    // The largest networks first, so that no thread is left with them at the end.
    let mut order: Vec<u64> = (0..partial.blocks()).collect();
    order.sort_by_key(|&block| std::cmp::Reverse(contest.blank(partial.rows(block).start).architecture.parameters()));
    threads::each(pool, partial.blocks(), &|number, stopped: &AtomicBool| {
        let mut block = partial.block(order[number as usize])?;
        let mut written = Ok(());
        let made = contest.make(block.next..block.end, &mut |done, run| {
            written = block.add(&kept::row(done.number, &run));
            let steps = sizes.of_run(&done);
            progress.advance(Advance { job: 0, steps, states: 0, ended: false });
            if written.is_err() || stopped.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        written.map_err(|error| partial.failed(&error))?;
        made.map_err(|error| refused(&error))
    })
}

/// The comparison of all kept runs. What was just made is read back as well: so it does not matter when it was made.
fn read(contest: Contest, partial: &Partial) -> Result<Comparison, Failure> {
    let mut runs: Vec<Run> = Vec::new();
    partial
        .all(&mut |row| {
            runs.push(kept::run(row, contest.blank(runs.len() as u64))?);
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
