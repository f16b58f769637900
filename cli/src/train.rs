//! `elbow train`: trains a study, writes its files, and prints how it ended.

use crate::arguments::Train;
use crate::diagnostic::Failure;
use crate::output::{Listing, Output, TRAIN};
use crate::progress::Progress;
use crate::work::{Stage, Work};
use crate::{files, precedence, room, stdout, summary, table, terminal, threads};
use nn::settings::Settings;
use nn::study::Study;

/// Runs the command.
///
/// # Errors
/// If something given cannot be used, which is found out before anything is done, or if the files cannot be written.
pub fn run(arguments: &Train) -> Result<(), Failure> {
    let (settings, data) = precedence::settings(arguments, Settings::default())?;
    let output = Output::open(&arguments.out, &TRAIN)?;
    let pool = threads::start(settings.threads, arguments.quiet)?;
    let work = pool.run(|| Work::of_study(&settings, &data, pool.threads()));
    room::check(&work, &arguments.out, arguments.quiet, arguments.yes)?;

    let progress = Progress::begin(work, arguments.quiet);
    let train = || Study::run(&settings, data, &|advance| progress.advance(advance));
    let study = pool.run(train).map_err(Failure::work)?;
    progress.at(Stage::Drawing, 0.0);
    let sheets = files::sheets(&study);
    output
        .put(&sheets, &|listing: &Listing| summary::text(&study, listing), &|stage, share| progress.at(stage, share))?;
    progress.end();
    if arguments.quiet {
        return Ok(());
    }
    stdout::print(&format!("{}\n{}", table::text(&study), written(arguments)))
}

/// Where to look.
fn written(arguments: &Train) -> String {
    let report = arguments.out.join(files::REPORT);
    let shown = if report.exists() { &report } else { &arguments.out };
    format!("Report: {}\n", terminal::path(shown))
}
