//! `elbow backprop`: takes derivatives apart, in a page or, one problem at a time, in the terminal or as JSON.

mod json;
mod text;

use crate::arguments::{Backprop, Part};
use crate::diagnostic::Failure;
use crate::output::{BACKPROP, Output, Sheet, json_list};
use crate::{browser, input, stdout, terminal};
use nn::problems::lesson::{Lesson, Request, STEPS};
use nn::problems::{Inputs, Kind, Problem, ProblemError, check, cost, descent, nudge};
use std::path::Path;
use std::time::Duration;

/// The page.
const PAGE: &str = "backprop.html";
/// How long each time of the cost is measured, about.
const BUDGET: Duration = Duration::from_millis(20);

/// Runs the command.
///
/// # Errors
/// If something given cannot be used, if a derivative fails its test, or if files cannot be written.
pub fn run(arguments: &Backprop) -> Result<(), Failure> {
    match arguments.problem {
        Some(part) => one(arguments, part),
        None if arguments.inputs.is_some() => Err(Failure::input("--inputs: it is not said for which problem")
            .help("name it: --problem chain, neuron-sum, two-layer, check, nudge or descent")),
        None => all(arguments),
    }
}

/// All problems, in the page.
fn all(arguments: &Backprop) -> Result<(), Failure> {
    if arguments.json {
        let lesson = Lesson::new(arguments.request.clone(), Some(BUDGET)).map_err(|error| refused(&error, None))?;
        stdout::print_json(&json::lesson(&lesson))?;
        return judged(lesson.passes());
    }
    let request = arguments.request.clone();
    // What is wrong with the request is found out before the directory is looked at.
    Lesson::new(request.clone(), None).map_err(|error| refused(&error, None))?;
    let output = Output::open(&arguments.out, &BACKPROP)?;
    let lesson = Lesson::new(request, Some(BUDGET)).map_err(|error| refused(&error, None))?;

    let figures = viz::report::backprop::figures(&lesson);
    let mut sheets = vec![Sheet::text(PAGE, viz::report::backprop::html(&lesson, &figures))];
    sheets.extend(figures.iter().map(|figure| Sheet::text(format!("figures/{}.svg", figure.name()), figure.svg())));
    let numbers = json::lesson(&lesson);
    output.put(&sheets, &|listing| json_list(&numbers, listing), &|_, _| ())?;
    let page = arguments.out.join(PAGE);
    stdout::print(&format!("{}\nPage: {}\n", text::lesson(&lesson), terminal::path(&page)))?;
    browser::open(arguments.open, &page);
    judged(lesson.passes())
}

/// A derivative that fails its test is told by the exit code as well.
fn judged(passes: bool) -> Result<(), Failure> {
    if passes { Ok(()) } else { Err(Failure::work("a derivative does not agree with differences and dual numbers")) }
}

/// One problem, in the terminal or as JSON.
fn one(arguments: &Backprop, part: Part) -> Result<(), Failure> {
    let request = &arguments.request;
    let file = arguments.inputs.as_deref();
    let refuse = |error: ProblemError| refused(&error, file);
    check_flags(arguments, part)?;
    let (two_layer, neuron_sum) = (request.two_layer(), request.neuron_sum());
    let (text, mut json, passes) = match part {
        Part::Chain => {
            let problem = match file {
                Some(file) => given(Kind::Chain, file)?,
                None => Problem::chain(request.at).map_err(refuse)?,
            };
            (text::problem(&problem), json::chain(&problem), true)
        }
        Part::NeuronSum => {
            let problem = problem(neuron_sum, request, file)?;
            (text::problem(&problem), json::problem(&problem), true)
        }
        Part::TwoLayer => {
            let problem = problem(two_layer, request, file)?;
            (text::problem(&problem), json::problem(&problem), true)
        }
        Part::Check => {
            let problem = problem(two_layer, request, file)?;
            let (tested, kink) = (check::test(&problem), check::on_kink(&problem).map_err(refuse)?);
            let passes = tested.check.passes();
            (text::check(&tested, kink.as_ref()), json::check(&problem, &tested, kink.as_ref()), passes)
        }
        Part::Cost => {
            let (counts, times) = (cost::count(), cost::measure(BUDGET));
            (text::cost(&counts, &times), json::cost(&counts, &times), true)
        }
        Part::Nudge => {
            let problem = problem(two_layer, request, file)?;
            let (node, entry) = nudge::find(&problem, &request.node).map_err(refuse)?;
            let nudge = nudge::nudge(&problem, node, entry, &request.deltas()).map_err(refuse)?;
            (text::nudge(&nudge, request.delta), json::nudge(&problem, &nudge, request.delta), true)
        }
        Part::Descent => {
            let kinds = match file {
                Some(_) => vec![two_layer],
                None => vec![neuron_sum, two_layer],
            };
            let mut descents = Vec::new();
            for kind in kinds {
                let problem = problem(kind, request, file)?;
                descents.push(descent::descend_safely(&problem, STEPS).map_err(refuse)?);
            }
            (text::descents(&descents), json::descents(&descents), true)
        }
    };
    if file.is_none() && part != Part::Cost && part != Part::Chain {
        json["seed"] = request.seed.into();
    }
    if arguments.json { stdout::print_json(&json) } else { stdout::print(&text) }?;
    judged(passes)
}

/// Refuses flags that would change nothing.
fn check_flags(arguments: &Backprop, part: Part) -> Result<(), Failure> {
    let is_of_random_inputs = |flag: &str| ["size", "count", "seed", "at"].contains(&flag);
    for flag in &arguments.given {
        if !part.takes(flag) {
            let what = format!("--{flag} changes nothing of --problem {}", part.name());
            return Err(Failure::input(what).help("leave it out"));
        }
        if let Some(file) = arguments.inputs.as_ref().filter(|_| is_of_random_inputs(flag)) {
            let what = format!("--{flag}: the inputs are those of {}", file.display());
            return Err(Failure::input(what).help("leave one of the two out"));
        }
    }
    Ok(())
}

/// A problem with the inputs of a file, or random ones.
fn problem(kind: Kind, request: &Request, file: Option<&Path>) -> Result<Problem, Failure> {
    match file {
        Some(file) => given(kind, file),
        None => Problem::random(kind, request.seed).map_err(|error| refused(&error, None)),
    }
}

/// A problem with the inputs of a file.
fn given(kind: Kind, file: &Path) -> Result<Problem, Failure> {
    let text = input::read("the inputs", file).map_err(|failure| failure.or_help(shape_of(kind)))?;
    let at = |error: ProblemError| match error {
        ProblemError::Syntax { message, line, column } => {
            Failure::input(message).at(file.display(), &text, line, column.max(1)).help(shape_of(kind))
        }
        error => refused(&error, Some(file)),
    };
    let (kind, inputs) = Inputs::from_json(&text, kind).map_err(at)?;
    Problem::new(kind, inputs).map_err(|error| refused(&error, Some(file)))
}

/// What a file of inputs has to hold.
fn shape_of(kind: Kind) -> String {
    let names: Vec<String> = kind.sources().iter().map(|(name, _)| format!("\"{name}\": …")).collect();
    format!("a file of inputs is a JSON object {{{}}}, every matrix a list of rows", names.join(", "))
}

/// What cannot be computed, with a way out.
fn refused(error: &ProblemError, file: Option<&Path>) -> Failure {
    let place = file.map_or_else(String::new, |file| format!("{}: ", file.display()));
    let failure = Failure::input(match error {
        ProblemError::Size { .. } => format!("{place}--{error}"),
        _ => format!("{place}{error}"),
    });
    match error {
        ProblemError::Name { names, what, .. } => failure.help(format!("the {what}s are {}", names.join(", "))),
        ProblemError::Entry { .. } => failure.help("rows and columns are counted from 1: x1[2], W1[1,2]"),
        ProblemError::NotFinite(_) => failure.help("give smaller numbers"),
        _ => failure,
    }
}
