//! The laboratory of the page: the instrument, its controls, and the module that trains and draws.

use std::ffi::OsStr;
use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use nn::data::Data;
use nn::settings::{Allowed, Paradigm, SETTINGS, Setting, Settings, Target};
use nn::study::Study;
use serde_json::{Map, Value, json};

use crate::figures::instrument::{self, Side};
use crate::figures::{Figure, paradigm_words};
use crate::report::figure::{picture, svg};
use crate::report::packed::base64;
use crate::report::page::{head, look};
use crate::report::runs::Overview;
use crate::report::sections::opening::how_it_was_read;

/// Settings that are open from the start, in this order.
const FIRST: &[&str] = &[
    "target",
    "noise",
    "samples",
    "widths",
    "layers",
    "activation",
    "init",
    "paradigms",
    "optimizer",
    "lr-all",
    "lr-output",
    "batch",
    "weight-decay",
    "steps",
    "seed",
];
/// Settings that say nothing of a training in a page.
const ABSENT: &[&str] =
    &["seeds", "threads", "ridge", "slice", "separator", "decimal", "dates", "header", "missing", "skip"];
/// The widest layer of a page.
pub const MOST_UNITS: usize = 256;
/// A page holds at most so many numbers of a table.
const MOST_NUMBERS: usize = 40_000;

/// The compiled laboratory: WebAssembly, packed by gzip. A page without it stands still.
#[derive(Clone, Copy, Debug, Default)]
pub struct Module<'m>(pub &'m [u8]);

/// What the laboratory of a page begins with.
pub struct Opening<'a> {
    /// What the page was made with.
    pub settings: &'a Settings,
    /// What it learns.
    pub data: &'a Data,
    /// The settings of one training, or of two beside each other, where they differ from those.
    pub sides: Vec<Vec<(&'static str, String)>>,
    /// Whether it shows the tracks of elbows.
    pub has_tracks: bool,
    /// The picture that stands until it is drawn anew.
    pub figure: Option<Figure>,
}

impl<'a> Opening<'a> {
    /// The middle network of a study with all layers trained, and with the output layer alone beside it.
    pub fn of(overview: &'a Overview) -> Option<Self> {
        let settings = &overview.study.settings;
        let runs: Vec<_> = match overview.first_width() {
            Some(width) => [Paradigm::All, Paradigm::Output]
                .into_iter()
                .filter_map(|paradigm| overview.shown(width, paradigm))
                .collect(),
            None => Vec::new(),
        };
        if runs.is_empty() {
            return None;
        }
        let side = |run: &&nn::study::Run| {
            let mut side = vec![("paradigms", run.paradigm.to_string()), ("seed", run.seed.to_string())];
            if settings.layers.is_empty() {
                side.push(("widths", run.width.to_string()));
            }
            side
        };
        let names: Vec<&str> = match runs.len() {
            1 => vec![""],
            _ => runs.iter().map(|run| paradigm_words(run.paradigm)).collect(),
        };
        let shown: Vec<Side> = runs
            .iter()
            .zip(&names)
            .map(|(run, name)| Side {
                name,
                data: &overview.study.data,
                run,
                shown: run.states.len() - 1,
                last: settings.steps,
            })
            .collect();
        let figure = Some(instrument::figure("instrument", &shown));
        Some(Opening {
            settings,
            data: &overview.study.data,
            has_tracks: overview.study.is_of_bent_lines(),
            sides: runs.iter().map(side).collect(),
            figure,
        })
    }

    /// Whether the data have room in a page, or are drawn anew in it.
    fn has_room(&self) -> bool {
        !self.settings.target.is_table() || self.data.x.len() + self.data.x_test.len() <= MOST_NUMBERS
    }

    fn json(&self) -> String {
        let side = |side: &Vec<(&'static str, String)>| {
            let settings: Map<String, Value> =
                side.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
            json!({ "settings": settings })
        };
        // A path says nothing in a page, and may say too much about its author.
        let target = match &self.settings.target {
            Target::File(path) => {
                Target::File(Path::new(".").join(path.file_name().unwrap_or_else(|| OsStr::new("table"))))
            }
            target => target.clone(),
        };
        let settings = Settings { target, ..self.settings.clone() };
        let data = self.settings.target.is_table().then_some(self.data);
        let page =
            json!({ "settings": settings, "data": data, "sides": self.sides.iter().map(side).collect::<Vec<_>>() });
        page.to_string().replace('<', "\\u003c")
    }
}

/// A page with nothing but the laboratory: of a study of one network, trained in one way or two.
///
/// ```
/// use nn::data::Data;
/// use nn::settings::{Paradigm, Settings};
/// use nn::study::Study;
/// use viz::report::{Module, lab};
///
/// let settings = Settings { widths: vec![5], paradigms: vec![Paradigm::All], steps: 100, ..Settings::default() };
/// let study = Study::run(&settings, Data::from_settings(&settings)?, &|_| ())?;
/// // Without the compiled laboratory it is the picture alone.
/// let page = lab::html(&study, Module::default());
/// assert!(page.contains("<h1>Watch a small network learn</h1>") && page.contains("<svg"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn html(study: &Study, module: Module) -> String {
    let overview = Overview::new(study, &[]);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head("Watch a small network learn", &look()))
            body {
                main {
                    header {
                        h1 { "Watch a small network learn" }
                        p.lead { (lead(study)) }
                        @if let Some(reading) = &study.data.reading { (how_it_was_read(reading)) }
                        @if let Some(words) = study.unstarted_words() {
                            p.warning { strong { "Diverged. " } (words) }
                        }
                    }
                    @if let Some(opening) = Opening::of(&overview) { (section(&opening, module)) }
                    @else { p { "There is no network to look at." } }
                }
                footer { p { "Made by Elbow " (env!("CARGO_PKG_VERSION")) "." } }
            }
        }
    };
    page.into_string()
}

/// What the network is and does, for who has never seen one.
fn lead(study: &Study) -> &'static str {
    match (study.is_of_bent_lines(), study.data.inputs.len()) {
        (true, _) => {
            "A network of ReLU units with one input draws a bent line. Each hidden unit makes one bend, at its elbow; training \
             moves the elbows and turns the pieces between them until the line runs through the points."
        }
        (false, 2) => {
            "A network over two inputs cuts the plane along the folds of its units. Training moves the folds until the pieces \
             between them fit the points."
        }
        _ => "A network starts with random numbers. Training changes them, step by step, until it fits the points.",
    }
}

/// The section.
pub fn section(opening: &Opening, module: Module) -> Markup {
    let live = !module.0.is_empty() && opening.has_room();
    html! {
        section #lab {
            h2 { "The laboratory" }
            p {
                "Every line here is drawn from the numbers of a training. Time runs down, and the level line is the step that is \
                 shown. "
                @if opening.has_tracks { "Below each elbow on the function stands its track. " }
                span.scripted.screen hidden {
                    "Move the slider through the steps, or change a setting: the page trains again, to the same bits as the \
                     program does. Point at a unit to see it everywhere."
                }
                noscript { "With scripts switched on this page trains: every setting can be changed here." }
            }
            @if !module.0.is_empty() && !opening.has_room() {
                p { "The table is too large to be part of a page, so there is no training in this one." }
            }
            p.warning role="alert" #lab-trouble hidden {}
            p.lead #lab-question data-part="question" hidden {}
            div #instrument role="group" aria-label="The instrument" {
                p #lab-words { }
                div #lab-picture {
                    @if let Some(figure) = &opening.figure {
                        // What trains draws for a phone as well.
                        @if live { (svg(&figure.document)) } @else { (picture(figure)) }
                    }
                }
                @if live { (time_line()) }
            }
            @if live {
                (controls())
                script #lab-page type="application/json" { (PreEscaped(opening.json())) }
                script #lab-module type="text/plain" { (PreEscaped(base64(module.0))) }
                script #lab-worker type="text/plain" { (PreEscaped(include_str!("worker.js"))) }
                script { (PreEscaped(include_str!("lab.js"))) }
            }
        }
    }
}

/// The slider over the steps and what moves it.
fn time_line() -> Markup {
    html! {
        div.time.scripted.screen hidden {
            label for="lab-step" { "Step" }
            input #lab-step type="range" min="0" max="0" value="0" step="1";
            div #lab-ticks aria-hidden="true" {}
            div.controls {
                button #lab-play type="button" { "Play" }
                button #lab-one type="button" { "1 step" }
                button #lab-ten type="button" { "10 steps" }
                button #lab-restart type="button" { "To the start" }
                button #lab-end type="button" { "To the end" }
                button #lab-stop type="button" hidden { "Stop training" }
                output for="lab-step" #lab-when {}
            }
            div.controls data-part="rate" {
                label for="lab-rate" { "What if, from this step on, the learning rate were" }
                input #lab-rate inputmode="decimal" size="8" autocomplete="off";
                button #lab-fork type="button" { "Fork" }
                button #lab-beside type="button" { "Keep this beside" }
                button #lab-alone type="button" { "Show one training" }
            }
            div.controls {
                label for="lab-unit" { "Point at unit" }
                select #lab-unit { option value="" { "none" } }
            }
            p.unseen aria-live="polite" #lab-spoken {}
        }
    }
}

/// Every setting as a control.
fn controls() -> Markup {
    let first = FIRST.iter().filter_map(|name| nn::settings::setting(name));
    let more = SETTINGS.iter().filter(|setting| ![FIRST, ABSENT].concat().contains(&setting.name));
    html! {
        form #lab-controls.scripted.screen hidden autocomplete="off" data-part="controls" {
            div.dials { @for setting in first { (control(setting)) } }
            details { summary { "More settings" } div.dials { @for setting in more { (control(setting)) } } }
            details data-part="points" {
                summary { "Your own points" }
                p {
                    "Draw with the mouse or a finger from left to right, or paste or drop a table with columns x and y (or \
                     two inputs and a class). A fifth of the rows is kept to test with."
                }
                div.drawing {
                    canvas #lab-pad width="440" height="220" tabindex="0" role="img" aria-label="Pad to draw points on, for x from 0 to 1 and y from −1 to 1; a table can be typed instead" {}
                    textarea #lab-table rows="8" aria-label="A table of points" placeholder="x,y\n0,0.1\n0.2,0.8" {}
                }
                div.controls {
                    button #lab-learn type="button" { "Learn these points" }
                    button #lab-clear type="button" { "Clear" }
                    span #lab-read role="status" {}
                }
            }
        }
        details.scripted.screen data-part="events" hidden {
            summary { "What happened, and when" }
            div.events tabindex="0" role="group" aria-label="Events, scrolls" { ol #lab-events {} }
        }
        div.tools.scripted.screen data-part="tools" hidden {
            button type="button" data-take="svg" { "Save as SVG" }
            button type="button" data-take="png" { "Save as PNG" }
            button type="button" data-take="history" { "Errors as CSV" }
            button type="button" data-take="points" { "Points as CSV" }
            button type="button" data-take="run" { "Run as JSON" }
            button type="button" data-take="link" { "Copy link" }
            button type="button" data-take="command" { "Copy command" }
            span #lab-said role="status" {}
        }
        p.scripted.screen data-part="command" hidden { "The same bits, natively: " code #lab-command {} }
    }
}

fn control(setting: &Setting) -> Markup {
    let id = format!("lab-{}", setting.name);
    let label = setting.name.replace('-', " ").trim_end_matches('s').to_owned();
    let label = match setting.name {
        "steps" => "steps".to_owned(),
        "lr-all" => "rate, all layers".to_owned(),
        "lr-output" => "rate, output layer".to_owned(),
        "widths" => "width".to_owned(),
        "paradigms" => "trained".to_owned(),
        "layers" | "samples" => setting.name.to_owned(),
        _ => label,
    };
    let help = format!("{id}-help");
    html! {
        div.dial {
            label for=(id) { (label) }
            @match setting.allowed {
                Allowed::Words(words) | Allowed::WordsOrFile(words) => {
                    select #(id) name=(setting.name) aria-describedby=(help) {
                        @if setting.name == "target" {
                            @let several = words.iter().position(|word| *word == "circle").unwrap_or(words.len());
                            optgroup label="one input" { @for word in &words[..several] { option value=(word) { (word) } } }
                            optgroup label="two inputs" { @for word in &words[several..] { option value=(word) { (word) } } }
                        } @else {
                            @for word in words.iter().filter(|word| **word != "ridge") { option value=(word) { (word) } }
                        }
                    }
                }
                Allowed::Whole(..) => input #(id) name=(setting.name) inputmode="numeric" aria-describedby=(help);
                _ => input #(id) name=(setting.name) aria-describedby=(help);
            }
            // The words to choose from are in the list.
            small #(help) {
                @match setting.name {
                    "widths" => { "Units of the hidden layer; from 1 to " (MOST_UNITS) }
                    "layers" => { "Units of each hidden layer, in place of a width; each from 1 to " (MOST_UNITS) }
                    "paradigms" => "What to train: all layers, or the output layer only",
                    _ => {
                        (setting.help)
                        @if setting.allowed.words().len() < 2 { "; " (setting.range()) }
                    }
                }
            }
        }
    }
}
