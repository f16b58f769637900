//! Trains a small study and writes each kind of figure, and a page that holds them all, into a directory:
//! `cargo run -p viz --example figures -- DIRECTORY`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, error, fs};

use nn::data::Data;
use nn::settings::{Paradigm, Settings};
use nn::study::{Run, Study};
use viz::figures::instrument::{self, Side};
use viz::figures::{Figure, comparison, elbows, errors, function_view, paradigm_words, ridge, slopes, stack};
use viz::palette;

fn main() -> Result<(), Box<dyn error::Error>> {
    let directory = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "figures".to_owned()));
    fs::create_dir_all(&directory)?;
    let settings = Settings { widths: vec![10, 20], steps: 20_000, save_every: 200, ..Settings::default() };
    let study = Study::run(&settings, Data::from_settings(&settings)?, &|_| {})?;
    let mut page =
        format!("<!doctype html>\n<meta charset=\"utf-8\">\n<title>Figures</title>\n<style>\n{}", palette::css());
    page.push_str("body { background: var(--background); max-width: 960px; margin: auto }\n</style>\n");
    for figure in figures(&study) {
        fs::write(directory.join(format!("{}.svg", figure.name())), figure.svg())?;
        let _ = writeln!(page, "<div style=\"max-width: {}px\">\n{}</div>", figure.document.size().0, figure.svg());
    }
    fs::write(directory.join("index.html"), page)?;
    println!("{}", directory.join("index.html").display());
    Ok(())
}

fn figures(study: &Study) -> Vec<Figure> {
    let data = &study.data;
    let of = |paradigm: Paradigm| study.runs.iter().filter(move |run| run.paradigm == paradigm).collect::<Vec<&Run>>();
    let (output, all, solved) = (of(Paradigm::Output), of(Paradigm::All), of(Paradigm::Ridge));
    let panels = output.iter().chain(&all).map(|run| errors::Panel {
        heading: format!("width {}, {}", run.width, paradigm_words(run.paradigm)),
        runs: vec![*run],
        ridge: None,
    });
    vec![
        function_view::single("function", data, all[1], all[1].states.len() - 1),
        instrument::figure("instrument", &[output[1], all[1]].map(|run| side(study, run))),
        function_view::small_multiples("function-in-time", data, all[1]),
        errors::small_multiples("errors", data, &panels.collect::<Vec<_>>()),
        elbows::side_by_side("elbows", data, &[output[1], all[1]]),
        slopes::side_by_side("slopes", data, &[output[1], all[1]]),
        stack::two_steps("stack", data, all[0], all[0].states.len() - 1),
        ridge::errors_by_lambda("ridge", data, &solved, study.settings.ridge),
        comparison::error_and_cost("comparison", data, &study.runs.iter().collect::<Vec<_>>()),
    ]
}

fn side<'a>(study: &'a Study, run: &'a Run) -> Side<'a> {
    Side {
        name: paradigm_words(run.paradigm),
        data: &study.data,
        run,
        shown: run.states.len() - 1,
        last: study.settings.steps,
    }
}
