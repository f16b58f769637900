//! Where the elbows go.

use maud::{Markup, html};
use nn::events::{Event, What};
use nn::settings::Paradigm;
use nn::study::Run;

use crate::figures::{counted, plain, step_words};
use crate::findings::{Elbows, Group, bends, median};
use crate::report::figure::figure;
use crate::report::runs::Overview;
use crate::report::words::part_of;
use crate::text::{short, thousands};

/// Elbow trajectories for each width.
pub fn section(overview: &Overview) -> Markup {
    let widths = overview.shown_widths();
    if widths.iter().all(|&width| overview.descents(width).is_empty()) {
        return html! {};
    }
    html! {
        section #elbows {
            h2 { "Where the elbows go" }
            p {
                "Time runs down; each line is one elbow, as wide as the slope of the prediction changes there. An elbow is \
                 −b₁/w₁, a ratio of first-layer parameters: training the output layer alone cannot move it, so there the lines \
                 are straight and only their widths change."
            }
            @if let Some(steps) = overview.study.settings.resolution(&overview.study.data).filter(|_| is_marked(overview)) {
                p {
                    "A ring is where two neighbouring elbows are nearer than a hundredth of the domain for the first time, a cross \
                     where no training point activates a unit any more. They are looked for after 1, 2, 3, 5, 10, 20, … \
                     steps and then every " (thousands(steps)) "; " code { "events.csv" } " tells all that was seen."
                }
            }
            @for width in widths {
                @if let Some(elbows) = overview.figure_of("elbows", width, None) {
                    div data-width=(width) {
                        (figure(elbows, &html! {
                            @for run in overview.descents(width) { p { (words(overview, run)) } }
                            p { (overview.which(width)) }
                        }))
                    }
                }
            }
        }
    }
}

/// Whether there is a mark on the way of an elbow.
fn is_marked(overview: &Overview) -> bool {
    let is_mark = |event: &Event| matches!(event.what, What::Died(_) | What::Merged(_));
    overview.study.runs.iter().any(|run| run.events.iter().any(is_mark))
}

/// What happened to the elbows of a run.
pub fn words(overview: &Overview, run: &Run) -> String {
    let data = &overview.data;
    let found = Elbows::of(data, run);
    if run.paradigm != Paradigm::All && found.farthest == 0.0 {
        let none = part_of(0, run.width, "elbow");
        return format!(
            "Output layer only, width {}: {none} moved; {} cannot.",
            run.width,
            if run.width == 1 { "it" } else { "they" }
        );
    }
    let left = match found.left {
        0 => String::new(),
        left => format!(
            "; {} the domain, where the way is counted to the border, because an elbow passes through infinity when its w₁ \
             passes through 0",
            if left == 1 { "1 left".to_owned() } else { format!("{left} left") }
        ),
    };
    let nearly = found.nearly_at.filter(|_| run.states.len() > 2).map_or_else(String::new, |step| {
        format!(" By {} they had come nine tenths of the way to where they ended.", step_words(step))
    });
    let when = last_state(run);
    let [_, inside] = found.inside;
    let [_, places] = found.places;
    let crowd = if inside == 0 {
        format!("{when} none is inside the domain.")
    } else if places < inside {
        format!(
            "{when} {} inside the domain, at only {} (elbows nearer than a hundredth of the domain count as one place).",
            are(inside),
            counted(places, "place")
        )
    } else {
        format!("{when} {} inside the domain, at as many places.", are(inside))
    };
    let bends = match bends(data).len() {
        0 => String::new(),
        1 => format!(" {}", met_words(&found, "The only bend of the truth", "")),
        bends => format!(" {}", met_words(&found, &format!("Of the {bends} bends of the truth"), ",")),
    };
    format!(
        "All layers, width {}: {} moved by more than a hundredth of the domain, the farthest by {} % of it{left}.{nearly} \
         {crowd}{bends}",
        run.width,
        part_of(found.moved, run.width, "elbow"),
        plain((found.farthest * 100.0).round())
    )
}

fn met_words(found: &Elbows, bends: &str, comma: &str) -> String {
    let [before, after] = found.met;
    if comma.is_empty() {
        let had = |met: usize| if met == 1 { "an elbow" } else { "no elbow" };
        return format!(
            "{bends} had {} within a fiftieth of the domain at the start, and {} then.",
            had(before),
            had(after)
        );
    }
    format!("{bends}{comma} {before} had an elbow within a fiftieth of the domain at the start, and {after} then.")
}

/// What happened to the elbows of several networks that differ in their seed, in medians.
pub fn of_group(overview: &Overview, group: &Group) -> String {
    let data = &overview.data;
    let found: Vec<Elbows> = group.runs.iter().map(|run| Elbows::of(data, run)).collect();
    let middle = |number: &dyn Fn(&Elbows) -> usize| plain(median(found.iter().map(|one| number(one) as f64)));
    let mean = |end: usize| found.iter().map(|one| one.met[end] as f64).sum::<f64>() / found.len() as f64;
    let bends = match bends(data).len() {
        0 => String::new(),
        bends => format!(
            " Of the {bends} bends of the truth, {} had an elbow within a fiftieth of the domain at the start and {} at the end, \
             in the mean.",
            short(mean(0)),
            short(mean(1))
        ),
    };
    format!(
        "All layers, width {}, medians of {} networks: {} of {} elbows moved by more than a hundredth of the domain. At the start \
         {} stood inside it at {} places, at the end {} at {} (elbows nearer than a hundredth of the domain count as one \
         place).{bends}",
        group.width,
        group.runs.len(),
        middle(&|one| one.moved),
        group.width,
        middle(&|one| one.inside[0]),
        middle(&|one| one.places[0]),
        middle(&|one| one.inside[1]),
        middle(&|one| one.places[1]),
    )
}

/// When the last state was saved, to begin a sentence with.
pub fn last_state(run: &Run) -> String {
    match run.divergence() {
        None => "At the end".to_owned(),
        Some(_) => format!("In the last state before it diverged, of step {},", thousands(run.end().step)),
    }
}

fn are(count: usize) -> String {
    if count == 1 { "1 elbow is".to_owned() } else { format!("{count} elbows are") }
}
