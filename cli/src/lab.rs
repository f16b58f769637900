//! `elbow lab`: writes the page that trains, with the picture of one training or two.

use crate::arguments::Train;
use crate::browser;
use crate::diagnostic::Failure;
use crate::output::{LAB, Output, Sheet, json_list};
use crate::precedence::{self, Task};
use crate::progress::Progress;
use crate::work::{Stage, Work};
use crate::{report, room, stdout, terminal, threads};
use nn::settings::{Paradigm, Settings};
use nn::study::Study;
use serde_json::json;

/// The page.
const PAGE: &str = "lab.html";

/// The settings of the command: those of training, but one network, trained in two ways beside each other.
pub fn defaults() -> Settings {
    Settings { widths: vec![20], paradigms: vec![Paradigm::Output, Paradigm::All], ..Settings::default() }
}

/// Runs the command.
///
/// # Errors
/// If something given cannot be used, which is found out before anything is trained, or if files cannot be written.
pub fn run(arguments: &Train) -> Result<(), Failure> {
    let Task { settings, data, .. } = precedence::task(arguments, defaults())?;
    if settings.paradigms.contains(&Paradigm::Ridge) {
        return Err(Failure::input("ridge regression does not train, and a laboratory shows training")
            .help("--paradigms takes output and all here"));
    }
    if settings.layers.is_empty() && settings.widths.len() > 1 || settings.seeds > 1 {
        let what = "a laboratory begins with one network, and more are asked for";
        return Err(Failure::input(what).help("give one width and one seed; `elbow train` makes a page of many"));
    }
    let output = Output::open(&arguments.out, &LAB)?;
    let pool = threads::start(settings.threads, arguments.quiet)?;
    room::training(&settings, &data, pool.threads(), arguments.yes)?;
    let work = pool.run(|| Work::of_lab(&settings, &data, pool.threads()));
    room::check(&work, &arguments.out, arguments.quiet, arguments.yes)?;

    let progress = Progress::begin(work, arguments.quiet);
    let train = || Study::run(&settings, data, &|advance| progress.advance(advance));
    let study = pool.run(train).map_err(Failure::work)?;
    progress.at(Stage::Drawing, 0.0);
    let sheets = [Sheet::text(PAGE, viz::report::lab::html(&study, report::MODULE))];
    let runs = study.runs.iter().map(|run| json!({ "paradigm": run.paradigm, "hash": format!("{:016x}", run.hash()) }));
    let numbers = json!({ "settings": study.settings, "runs": runs.collect::<Vec<_>>() });
    output.put(&sheets, &|listing| json_list(&numbers, listing), &|stage, share| progress.at(stage, share))?;
    progress.end();
    let page = arguments.out.join(PAGE);
    if !arguments.quiet {
        stdout::print(&format!("Page: {}\n", terminal::path(&page)))?;
    }
    browser::open(arguments.open, &page);
    Ok(())
}
