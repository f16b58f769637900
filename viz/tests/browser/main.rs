//! The pages in a real browser.
//!
//! Needs a Chromium, and for some tests more. What is missing is said, and the test passes, unless
//! `ELBOW_REQUIRE_BROWSER=1`.

mod access;
mod lab;
mod paper;
mod walk;

use std::path::{Path, PathBuf};
use std::process::Command;

use nn::data::Data;
use nn::problems::lesson::{Lesson, Request};
use nn::settings::{Paradigm, Settings, setting};
use nn::study::Study;

/// The compiled laboratory that every page of the program has.
const MODULE: viz::report::Module = viz::report::Module(include_bytes!("../../lab/lab.wasm.gz"));

/// The first of some programs that is there; None, and a word about it, without one.
fn program(names: &[&str]) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        missing(&format!("there is no {} in PATH", names[0]));
    }
    found
}

fn browser() -> Option<PathBuf> {
    program(&["chromium", "chromium-browser", "google-chrome", "chrome"])
}

fn missing(what: &str) {
    assert!(std::env::var("ELBOW_REQUIRE_BROWSER").as_deref() != Ok("1"), "{what}");
    println!("SKIPPED: {what}, so this was not tested");
}

fn run(browser: &Path, arguments: &[&str]) -> std::process::Output {
    let profile = tempfile::tempdir().unwrap();
    Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .output()
        .unwrap()
}

/// What a browser says on the console, and the document after its scripts have run.
fn open(browser: &Path, page: &Path, fragment: &str, arguments: &[&str]) -> (String, String) {
    let address = format!("file://{}#{fragment}", page.display());
    let output = run(browser, &[arguments, &["--virtual-time-budget=2000", "--dump-dom", &address]].concat());
    let log = String::from_utf8_lossy(&output.stderr);
    let console: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    (console.join("\n"), String::from_utf8(output.stdout).unwrap())
}

fn report(study: &Study) -> String {
    viz::report::html(study, &viz::report::figures(study), MODULE)
}

fn lesson() -> String {
    let lesson = Lesson::new(Request::default(), None).unwrap();
    viz::report::backprop::html(&lesson, &viz::report::backprop::figures(&lesson))
}

/// The same study with two hidden layers, on another target.
fn of(settings: &Settings, target: &str) -> Settings {
    let mut settings = settings.clone();
    for (name, value) in [("layers", "4,4"), ("paradigms", "all"), ("target", target), ("steps", "300")] {
        setting(name).unwrap().set(&mut settings, value).unwrap();
    }
    settings
}

/// The runs of a comparison as the table of a sweep.
fn swept(comparison: &nn::sweep::Comparison) -> viz::findings::swept::Swept {
    use viz::findings::swept::{Column, Swept};
    let column = |name: &str| Column { name: name.to_owned(), ..Column::default() };
    let mut swept = Swept { settings: vec![column("optimizer"), column("width")], ..Swept::default() };
    let mut known = [std::collections::BTreeMap::new(), std::collections::BTreeMap::new()];
    for item in &comparison.items {
        for run in &item.study.runs {
            let values = [item.value.clone(), run.width.to_string()];
            for ((column, known), value) in swept.settings.iter_mut().zip(&mut known).zip(values) {
                column.push(&value, known);
            }
            swept.numbers.push(swept.numbers.len() as u64);
            swept.seeds.push(run.seed);
            swept.train.push(run.end().train.loss);
            swept.test.push(run.end().test.loss);
        }
    }
    swept
}

/// The pages of all commands: of a sweep, of a study, of a comparison, of derivatives, of features, of two layers over one
/// input and over two.
fn pages(settings: &Settings) -> [(&'static str, String); 7] {
    let study = |settings: &Settings| Study::run(settings, Data::from_settings(settings).unwrap(), &|_| ()).unwrap();
    let of_features = Settings {
        widths: vec![settings.widths[settings.widths.len() / 2]],
        paradigms: vec![Paradigm::All],
        ..settings.clone()
    };
    let of_features = study(&of_features);
    let features: Vec<_> =
        of_features.runs.iter().map(|run| nn::features::RunFeatures::of(&of_features.data, run)).collect();
    let figures = viz::report::features::figures(&of_features, &features);
    let base = Settings { paradigms: vec![Paradigm::All], seeds: 6, ..settings.clone() };
    let (compared, values) = nn::sweep::comparison::compared("optimizer=sgd,adam").unwrap();
    let contest = nn::sweep::Contest::open(nn::settings::Asked::new(base), compared, &values).unwrap();
    let comparison = contest.run(&|_| ()).unwrap();
    let drawn = viz::report::comparison::figures(&comparison);
    let swept = swept(&comparison);
    let drawn_swept = viz::report::sweep::figures(&swept, None);
    [
        ("sweep", viz::report::sweep::html(&swept, &drawn_swept, &[("steps".to_owned(), "200".to_owned())])),
        ("report", report(&study(settings))),
        ("compare", viz::report::comparison::html(&comparison, &drawn)),
        ("backprop", lesson()),
        ("deep", report(&study(&of(settings, "piecewise")))),
        ("plane", report(&study(&of(settings, "circle")))),
        ("features", viz::report::features::html(&of_features, &features, &figures)),
    ]
}
