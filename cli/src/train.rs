//! `elbow train`: trains a study, writes its files, and prints how it ended.

use crate::arguments::Train;
use crate::diagnostic::Failure;
use crate::keeping::Jobs;
use crate::output::{Listing, Output, TRAIN, complete};
use crate::precedence::{self, Task};
use crate::progress::Progress;
use crate::work::{Stage, Work};
use crate::{browser, files, room, stdout, summary, table, terminal, threads};
use nn::data::Data;
use nn::settings::{NO_SLICE, Settings};
use nn::study::{Advance, Study, StudyError, Told, jobs};
use serde_json::Value;

/// Runs the command.
///
/// # Errors
/// If something given cannot be used, which is found out before anything is done, or if the files cannot be written.
pub fn run(arguments: &Train) -> Result<(), Failure> {
    let Task { settings, data, hash } = precedence::task(arguments, Settings::default())?;
    // A run of a page is repeated as it is.
    if arguments.run.is_none() {
        check_slice(&settings, &data)?;
    }
    let (out, identity) = (&arguments.out, summary::identity(&settings, &data));
    let output = Output::open(out, &TRAIN)?;
    let jobs = jobs(&settings, &settings.architectures(&data).map_err(Failure::input)?);
    let kept = Jobs::find(&output, out, &identity, &jobs, arguments.resume)?;
    if arguments.resume && kept.is_empty() && is_done(arguments, &identity) {
        say(arguments, &format!("{} holds this study already\n", terminal::path(out)))?;
        browser::open(arguments.open, &out.join(files::REPORT));
        return Ok(());
    }
    let pool = threads::start(settings.threads, arguments.quiet)?;
    room::training(&settings, &data, pool.threads(), arguments.yes).map_err(|failure| kept.resumable(failure))?;
    let mut work = pool.run(|| Work::of_study(&settings, &data, pool.threads()));
    kept.shorten(&mut work);
    room::check(&work, out, arguments.quiet, arguments.yes).map_err(|failure| kept.resumable(failure))?;

    let progress = Progress::begin(work, arguments.quiet);
    let tell = |job: usize, told: &Told<'_>| {
        let Told { steps, states, ended, .. } = *told;
        progress.advance(Advance { job, steps, states, ended });
        kept.hear(job, told, &progress);
    };
    let train = || Study::go_on(&settings, data, &|job| kept.take(job), &tell);
    let study = pool.run(train).map_err(|error| match error {
        StudyError::Checkpoint(error) => kept.refuse(error),
        error => kept.resumable(Failure::work(error)),
    })?;
    progress.at(Stage::Drawing, 0.0);
    let sheets = files::sheets(&study);
    let list = |listing: &Listing| summary::text(&study, listing);
    output.put(&sheets, &list, &|stage, share| progress.at(stage, share)).map_err(|failure| kept.resumable(failure))?;
    progress.end();
    let gone = kept.remove();
    let mut text = format!("{}\n{}", table::text(&study), written(arguments));
    if let Err(rest) = gone {
        text += &format!("{} could not be removed, and is not needed any more\n", terminal::path(&rest));
    }
    say(arguments, &text)?;
    browser::open(arguments.open, &out.join(files::REPORT));
    match (hash, &study.runs[..]) {
        (Some(hash), [run]) => repeated(arguments, hash, run.hash()),
        _ => Ok(()),
    }
}

fn say(arguments: &Train, text: &str) -> Result<(), Failure> {
    if arguments.quiet { Ok(()) } else { stdout::print(text) }
}

/// A picture is of two inputs, and of more than two only the user knows of which.
fn check_slice(settings: &Settings, data: &Data) -> Result<(), Failure> {
    let [first, second, _, ..] = &data.inputs[..] else { return Ok(()) };
    if !settings.slice.is_empty() {
        return Ok(());
    }
    let what =
        format!("there are {} inputs, and --slice does not say of which two the plane is shown", data.inputs.len());
    let help = format!(
        "--slice {},{} shows that of the first two, with the others at their medians; --slice {NO_SLICE} shows none",
        first.name, second.name
    );
    Err(Failure::input(what).help(help))
}

/// Whether the directory holds this study, as it was written.
fn is_done(arguments: &Train, identity: &str) -> bool {
    let Ok(Ok(Some(text))) = complete(&arguments.out, &TRAIN) else { return false };
    serde_json::from_str::<Value>(&text).is_ok_and(|found| found["plan"] == identity)
}

/// Whether a run that was repeated came to its hash.
fn repeated(arguments: &Train, hash: u64, reached: u64) -> Result<(), Failure> {
    let file = arguments.run.as_deref().map_or_else(String::new, terminal::path);
    if hash != reached {
        let what = format!("the run came to the hash {reached:016x}, and that of {file} is {hash:016x}");
        return Err(Failure::work(what).help("another version made it; the files are written all the same"));
    }
    say(arguments, &format!("The same bits as {file}: {hash:016x}\n"))
}

/// Where to look.
fn written(arguments: &Train) -> String {
    let report = arguments.out.join(files::REPORT);
    let shown = if report.exists() { &report } else { &arguments.out };
    format!("Report: {}\n", terminal::path(shown))
}
