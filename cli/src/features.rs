//! `elbow features`: trains networks and takes their linearised features apart.

mod csv;
mod json;
mod text;

use crate::arguments::Features;
use crate::diagnostic::Failure;
use crate::output::{FEATURES, Output, Sheet, json_list};
use crate::precedence::{self, Task};
use crate::progress::Progress;
use crate::work::{Stage, Work, decomposing, decomposing_all, features_bytes};
use crate::{browser, room, stdout, terminal, threads};
use nn::architecture::Architecture;
use nn::data::Data;
use nn::features::{MOST_INPUTS, RunFeatures};
use nn::settings::{Paradigm, Settings};
use nn::study::{Run, Study};
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use viz::report::features::{Outcome, figures, html};

/// The page.
const PAGE: &str = "features.html";
/// Every feature at every training input.
const TABLE: &str = "features.csv";

/// The most networks of one page.
const MOST_RUNS: usize = 60;
/// The most rows of the table.
const MOST_ROWS: usize = 4_000_000;

/// The settings of the command: those of training, but one network, of which no events are told.
pub fn defaults() -> Settings {
    Settings { widths: vec![20], paradigms: vec![Paradigm::All], watch_every: Some(0), ..Settings::default() }
}

/// Runs the command.
///
/// # Errors
/// If something given cannot be used, which is found out before anything is trained, or if files cannot be written.
pub fn run(arguments: &Features) -> Result<(), Failure> {
    let Task { settings, data, .. } = precedence::task(&arguments.train, defaults())?;
    let networks = settings.architectures(&data).unwrap_or_default();
    if !(data.is_curve() && networks.iter().all(Architecture::is_bent_line)) {
        let what = "features are taken apart of networks of one input, one hidden layer of ReLUs and squared error";
        return Err(Failure::input(what).help("leave out --layers, --activation and --loss, and name one column for x"));
    }
    limit(&settings, &data)?;
    let output = Output::open(&arguments.train.out, &FEATURES)?;
    let pool = threads::start(settings.threads, arguments.train.quiet)?;
    room::training(&settings, &data, pool.threads(), arguments.train.yes)?;
    let work = pool.run(|| Work::of_features(&settings, &data, pool.threads()));
    room::check(&work, &arguments.train.out, arguments.train.quiet, arguments.train.yes)?;

    let progress = Progress::begin(work, arguments.train.quiet);
    let train = || Study::run(&settings, data, &|advance| progress.advance(advance));
    let study = pool.run(train).map_err(Failure::work)?;
    let threads = pool.threads();
    let of_run = |run: &Run| decomposing_all(&study.data, run.width, run.states.len(), threads);
    let all: f64 = study.runs.iter().map(of_run).sum();
    progress.at(Stage::Decomposing, 0.0);
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(study.runs.len());
    for run in &study.runs {
        let before: f64 = study.runs[..outcomes.len()].iter().map(of_run).sum();
        let done = Mutex::new(before);
        let tell = |one| {
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            *done += decomposing(one, threads);
            progress.at(Stage::Decomposing, *done / all);
        };
        outcomes.push(pool.run(|| RunFeatures::telling(&study.data, run, &tell)));
    }

    progress.at(Stage::Drawing, 0.0);
    let table = |out: &mut dyn Write| csv::write(&study, &outcomes, out);
    let figures = figures(&study, &outcomes);
    let mut sheets = vec![
        Sheet::text(PAGE, html(&study, &outcomes, &figures)),
        Sheet::new(TABLE, features_bytes(csv::rows(&outcomes)), table),
    ];
    sheets.extend(figures.iter().map(|figure| Sheet::text(format!("figures/{}.svg", figure.name()), figure.svg())));
    let numbers = json::numbers(&study, &outcomes);
    output.put(&sheets, &|listing| json_list(&numbers, listing), &|stage, share| progress.at(stage, share))?;
    progress.end();
    let page = arguments.train.out.join(PAGE);
    browser::open(arguments.train.open, &page);
    if arguments.json {
        return stdout::print_json(&numbers);
    }
    if arguments.train.quiet {
        return Ok(());
    }
    stdout::print(&format!("{}\nPage: {}\n", text::summary(&study, &outcomes), terminal::path(&page)))
}

/// Refuses what would be too much for a page or a table.
fn limit(settings: &Settings, data: &Data) -> Result<(), Failure> {
    let kinds = settings.paradigms.len() * settings.seeds;
    let runs = settings.widths.len() * kinds;
    if runs > MOST_RUNS {
        let what = format!("{runs} networks are too many for one page of features: at most {MOST_RUNS}");
        return Err(Failure::input(what).help("fewer of --widths, --paradigms or --seeds"));
    }
    let parameters: usize = settings.widths.iter().map(|width| 3 * width + 1).sum();
    let rows = 2 * kinds * parameters * data.x.len().min(MOST_INPUTS);
    if rows > MOST_ROWS {
        let what = format!("{TABLE} would have {rows} rows: at most {MOST_ROWS}");
        return Err(Failure::input(what).help("fewer or narrower networks, or fewer training points"));
    }
    Ok(())
}
