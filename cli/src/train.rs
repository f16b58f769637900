//! `elbow train`: trains a study, writes its files, and prints how it ended.

use crate::arguments::Train;
use crate::diagnostic::Failure;
use crate::output::Output;
use crate::{files, interrupt, precedence, progress, stdout, table, threads};
use nn::data::Data;
use nn::settings::Settings;
use nn::study::Study;

/// Runs the command.
///
/// # Errors
/// If something given cannot be used, which is found out before anything is done, or if the files cannot be written.
pub fn run(arguments: &Train) -> Result<(), Failure> {
    let settings = precedence::settings(arguments, Settings::default())?;
    let data = Data::from_settings(&settings).map_err(|error| Failure::data(&error))?;
    let output = Output::prepare(&arguments.out)?;
    interrupt::install();

    let pool = threads::start(settings.threads, arguments.quiet)?;
    let bar = progress::bar(settings.total_steps(), arguments.quiet);
    let study = pool.run(|| Study::run(&settings, data, &|steps| bar.inc(steps))).map_err(Failure::work)?;
    bar.finish_and_clear();

    output.replace(|directory| files::write(&study, directory))?;
    if arguments.quiet {
        return Ok(());
    }
    stdout::print(&format!("{}\n{}", table::text(&study), written(arguments)))
}

/// Where to look.
fn written(arguments: &Train) -> String {
    let report = arguments.out.join(files::REPORT);
    let shown = if report.exists() { &report } else { &arguments.out };
    format!("Report: {}\n", shown.display())
}
