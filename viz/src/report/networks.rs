//! The page of a study of other networks than one input, one hidden layer of ReLUs and squared error.

mod questions;

use std::borrow::Cow;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use nn::data::{Data, TestSet};
use nn::network::Network;
use nn::study::Run;

use super::figure::figure;
use super::lab::{self, Module};
use super::page::{head, look};
use super::runs::Overview;
use super::sections::{opening, settings};
use super::words::capital;
use crate::figures::sliced::Sliced;
use crate::figures::{
    Figure, breaks, folds, learning, line, network, paradigm_words, percent_words, plane, test_points,
};
use crate::findings::Group;
use crate::text::{short, thousands};

/// What a figure of a network is about.
#[derive(Clone, Copy)]
enum Idea {
    Learning,
    Function,
    Breaks,
    Plane,
    Units,
    Folds,
    Polygons,
}

impl Idea {
    fn word(self) -> &'static str {
        match self {
            Idea::Learning => "learning",
            Idea::Function => "function",
            Idea::Breaks => "breaks",
            Idea::Plane => "plane",
            Idea::Units => "units",
            Idea::Folds => "folds",
            Idea::Polygons => "polygons",
        }
    }
    /// The figures of a group, in the page's order.
    fn of(overview: &Overview, group: &Group) -> &'static [Idea] {
        let data = &overview.data;
        let shown = if slice(overview).is_some() { 2 } else { data.inputs.len() };
        match (shown, group.runs[0].architecture.hidden().is_empty()) {
            // The log odds of classes are no function of the data's own axis.
            (1, _) if data.classes.is_empty() => &[Idea::Learning, Idea::Function, Idea::Breaks],
            (2, false) => &[Idea::Learning, Idea::Plane, Idea::Units, Idea::Folds, Idea::Polygons],
            (2, true) => &[Idea::Learning, Idea::Plane],
            _ => &[Idea::Learning],
        }
    }
    /// The name of the figure.
    fn name(self, group: &Group) -> String {
        let run = middle(group);
        format!("{}-{}-{}", self.word(), file_word(run), run.paradigm)
    }
    fn draw(self, overview: &Overview, group: &Group) -> Option<Figure> {
        let (run, name) = (middle(group), self.name(group));
        let plane = on_plane(overview, run);
        let (data, run) = plane.as_ref().map_or((&overview.data, run), |(data, run)| (data, run));
        let heading = match group.runs.len() {
            1 => heading(group),
            _ => format!("{}, seed {}", heading(group), run.seed),
        };
        Some(match self {
            Idea::Learning => learning::curves(&name, &self::heading(group), &group.runs),
            Idea::Function => line::small_multiples(&name, &heading, data, run),
            Idea::Breaks => return breaks::over_training(&name, &heading, data, run),
            Idea::Plane => plane::small_multiples(&name, &heading, data, run),
            Idea::Units => network::diagram(&name, &heading, data, run),
            Idea::Folds => return folds::over_training(&name, &heading, data, run),
            Idea::Polygons => return plane::polygons(&name, &heading, data, run, overview.data.inputs.len() > 2),
        })
    }
    /// What there is to say of the figure.
    fn explanation(self, overview: &Overview) -> Markup {
        let data = &overview.data;
        match self {
            Idea::Learning => html! {
                p {
                    "Loss is what training makes small. Test loss is measured " (test_points(data)) "; where it rises while the \
                     training loss falls, the network learns the noise of its training points."
                    @if !data.classes.is_empty() { " Accuracy is the share of points that are given their class." }
                }
            },
            Idea::Function => html! {
                p {
                    "A network of ReLUs over one input is a polyline at any depth. A unit of the first layer bends it at one \
                     place; a unit of a later layer bends it wherever its own input, already a polyline, crosses 0, which may be \
                     at several places. Every break is computed, none is sampled."
                }
            },
            Idea::Breaks => html! {
                p {
                    "A break of layer 0 is an elbow: there is one for each unit, and it leaves the picture only at its sides. A \
                     break of a later layer moves with all layers before it, and a pair of them appears where the unit's own \
                     input, bent by those layers, begins to reach across 0."
                }
            },
            Idea::Plane => html! {
                p {
                    "Over two inputs a network of ReLUs is made of convex polygons, and linear on each of them. A unit of the \
                     first layer turns on along a straight line, its fold; the folds of later layers bend where they cross earlier \
                     ones. Where a smooth activation leaves no polygons, triangles stand for it, as many as it takes."
                }
            },
            Idea::Units => html! {
                p {
                    "A unit of layer 0 sees one direction of the plane: it is 0 on one side of a straight line and grows away from \
                     it. A unit of a later layer sees what the units before it make of the plane, so its fold can bend and close. \
                     Follow the wide lines from the output back to see which units made it. A unit without lines gives nothing."
                }
            },
            Idea::Folds => html! {
                p {
                    "A fold is where a unit turns on; on one side of it the unit says nothing. It moves as the unit's weights and \
                     those of all layers before it move: a straight line of layer 0 turns and shifts, a bent one of a later layer \
                     is bent anew. A unit whose map is empty is on everywhere or nowhere."
                }
            },
            Idea::Polygons => html! {
                p {
                    "More polygons are more freedom: where they gather, the network can bend to follow the data. Where half of the \
                     training points lie in smaller polygons than half of the plane, polygons have gathered at the points."
                }
            },
        }
    }
}

/// The plane of two of more inputs over which networks are shown, if the settings name one.
fn slice(overview: &Overview) -> Option<Sliced> {
    Sliced::of(overview.study)
}

/// The data and a run over the plane that is shown: that of both inputs, or of two of more; None if there is none.
fn on_plane<'o>(overview: &'o Overview, run: &'o Run) -> Option<(Cow<'o, Data>, Cow<'o, Run>)> {
    if overview.data.inputs.len() == 2 {
        return Some((Cow::Borrowed(&overview.data), Cow::Borrowed(run)));
    }
    slice(overview).map(|slice| (Cow::Owned(slice.data(&overview.data)), Cow::Owned(slice.run(run))))
}

/// All figures of a study, for files.
pub fn all(overview: &Overview) -> Vec<Figure> {
    let of_group = |group| Idea::of(overview, group).iter().filter_map(|idea| idea.draw(overview, group));
    overview.groups.iter().flat_map(of_group).collect()
}

/// The networks of a group in words: "2 → 8 relu → 8 relu → 1, all layers".
fn heading(group: &Group) -> String {
    format!("{}, {}", group.runs[0].architecture, paradigm_words(group.paradigm))
}

/// The run to look at closely: the median by test loss.
fn middle<'a>(group: &Group<'a>) -> &'a Run {
    let mut runs = group.runs.clone();
    runs.sort_by(|a, b| a.end().test.loss.total_cmp(&b.end().test.loss));
    runs[(runs.len() - 1) / 2]
}

/// The layers in a file's name: `8-8`.
fn file_word(run: &Run) -> String {
    let units: Vec<String> = run.architecture.hidden().iter().map(|layer| layer.units.to_string()).collect();
    if units.is_empty() { "linear".to_owned() } else { format!("layers-{}", units.join("-")) }
}

/// How many test points of each class are given each class, row by row; None if there are no classes.
fn confusion(overview: &Overview, run: &Run) -> Option<Vec<Vec<usize>>> {
    let data = &overview.study.data;
    let classes = data.classes.len();
    if classes == 0 {
        return None;
    }
    let mut counts = vec![vec![0; classes]; classes];
    let network: &Network = &run.end().network;
    let outputs = network.architecture().outputs();
    let predictions = network.predictions(&data.x_test);
    for (output, &class) in predictions.chunks_exact(outputs).zip(&data.y_test) {
        let found = match output {
            [odds] => usize::from(*odds > 0.0),
            many => (0..many.len()).max_by(|&i, &j| many[i].total_cmp(&many[j]).then(j.cmp(&i))).unwrap_or(0),
        };
        counts[class as usize][found] += 1;
    }
    Some(counts)
}

/// The table of classes by what they are taken for.
fn confusion_table(overview: &Overview, run: &Run) -> Markup {
    let Some(counts) = confusion(overview, run) else { return html! {} };
    let names = &overview.data.classes;
    let total: usize = counts.iter().flatten().sum();
    let right: usize = (0..names.len()).map(|class| counts[class][class]).sum();
    html! {
        p {
            "Of " (thousands(total)) " test points " (thousands(right)) " end in their class. Rows are the class of a point, \
             columns the class that it is given."
        }
        div.rows tabindex="0" role="group" aria-label="Table, scrolls" {
            table {
                caption { "Confusion of classes on the test points" }
                thead {
                    tr { th scope="col" { (overview.data.y_name) } @for name in names { th scope="col" { (name) } } }
                }
                tbody {
                    @for (row, name) in counts.iter().zip(names) {
                        tr { th scope="row" { (name) } @for count in row { td { (thousands(*count)) } } }
                    }
                }
            }
        }
    }
}

/// What there is to say at the top.
fn opening(overview: &Overview) -> Markup {
    let (data, settings) = (&overview.data, &overview.study.settings);
    let inputs: Vec<&str> = data.inputs.iter().map(|input| input.name.as_str()).collect();
    let of = match inputs.len() {
        1..=4 => super::words::list(&inputs),
        count => format!("{count} inputs"),
    };
    let points = thousands(data.y.len());
    let task = if data.classes.is_empty() {
        format!("The task is to learn {} as a function of {of}, from {points} points of {}.", data.y_name, data.name)
    } else {
        let count = data.classes.len();
        format!(
            "The task is to tell {count} classes{} apart by {of}, from {points} points of {}.",
            if data.y_name == "class" { String::new() } else { format!(" of {}", data.y_name) },
            data.name
        )
    };
    let held_out = if matches!(data.test, TestSet::HeldOut { .. }) { " Inputs are scaled for training." } else { "" };
    let trained = format!(
        "Trained by {}, {} steps of {} points.",
        settings.rule(),
        thousands(settings.steps),
        thousands(settings.batch)
    );
    html! {
        header {
            h1 { "How " (data.name) " was learned" }
            p { (task) " Errors are measured " (test_points(data)) "." (held_out) }
            @if let Some(reading) = &overview.data.reading { (opening::how_it_was_read(reading)) }
            p { (trained) }
            @if let Some(slice) = slice(overview) { p { (slice.words(data)) } }
            @else if inputs.len() > 2 {
                p {
                    "Of " (inputs.len()) " inputs there is no one picture; two of them with " code { "--slice" } ", as in "
                    code { "--slice " (inputs[0]) "," (inputs[1]) } ", show the network over their plane."
                }
            }
            @if let Some(words) = overview.study.unstarted_words() { p.warning { strong { "Diverged. " } (words) } }
            @if overview.groups.is_empty() { p { "There is no network to look at in this study." } }
            @else {
                h2 { "In short" }
                ul.results { @for group in &overview.groups { li { (result(group)) } } }
            }
        }
    }
}

/// How a group ended.
fn result(group: &Group) -> String {
    let run = middle(group);
    let diverged = match (group.diverged(), group.runs.len()) {
        (0, _) => String::new(),
        (_, 1) => " The run diverged; its last saved state is shown.".to_owned(),
        (count, of) => format!(" {count} of {of} runs diverged."),
    };
    let what = match run.end().test.accuracy {
        Some(accuracy) => format!(
            "{} of the test points are given their class after {} steps",
            percent_words(accuracy),
            thousands(run.end().step)
        ),
        None => format!(
            "test {} {} after {} steps",
            learning::loss_title(run.architecture.loss()),
            short(run.end().test.loss),
            thousands(run.end().step)
        ),
    };
    let who = if group.runs.len() > 1 { format!(" (the median of {} runs)", group.runs.len()) } else { String::new() };
    format!("{}: {what}{who}.{diverged}", capital(&heading(group)))
}

/// The whole page.
pub fn page(overview: &Overview, module: Module) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head("How a small network learned", &look()))
            body {
                main {
                    (opening(overview))
                    @if let Some(opening) = lab::Opening::of(overview) { (lab::section(&opening, module)) }
                    (settings::section(overview))
                    @for group in &overview.groups {
                        section {
                            h2 { (heading(group)) }
                            @for idea in Idea::of(overview, group) {
                                @if let Some(drawn) = overview.figure(&idea.name(group)) {
                                    (figure(drawn, &idea.explanation(overview)))
                                }
                            }
                            (confusion_table(overview, middle(group)))
                        }
                    }
                    (questions::section(overview))
                }
                footer { p { "Made by Elbow " (env!("CARGO_PKG_VERSION")) "." } }
                script { (PreEscaped(include_str!("page.js"))) }
            }
        }
    };
    page.into_string()
}
