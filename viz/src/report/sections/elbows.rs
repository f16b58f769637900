//! Where the elbows go.

use maud::{Markup, html};
use nn::settings::Paradigm;
use nn::study::Run;

use crate::figures::{counted, function_view, plain};
use crate::report::drawings;
use crate::report::facts;
use crate::report::figure::figure;
use crate::report::runs::Overview;
use crate::report::words::part;
use crate::text::thousands;

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
            @for width in widths {
                @if let Some(elbows) = drawings::elbows(overview, width) {
                    div data-width=(width) {
                        (figure(&elbows, &html! {
                            @for run in overview.descents(width) { p { (words(overview, run)) } }
                            p { (overview.which(width)) }
                        }))
                    }
                }
            }
        }
    }
}

/// What happened to the elbows of a run.
pub fn words(overview: &Overview, run: &Run) -> String {
    let data = &overview.data;
    let farthest = facts::farthest(data, run).unwrap_or(0.0);
    if run.paradigm != Paradigm::All && farthest == 0.0 {
        return format!("Output layer only, width {0}: none of the {0} elbows moved; they cannot.", run.width);
    }
    let when = last_state(run);
    let end = &run.end().network;
    let inside = facts::elbows(end, data.domain).len();
    let places = facts::places(end, data.domain);
    let moved = function_view::moved(data, run);
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
    let bends = facts::bends(data).len();
    let bends = if bends == 0 {
        String::new()
    } else {
        let met = |state: &nn::study::State| facts::bends_met(data, &state.network);
        format!(
            " Of the {bends} bends of the truth, {} had an elbow within a fiftieth of the domain at the start, and {} then.",
            met(run.start()),
            met(run.end())
        )
    };
    format!(
        "All layers, width {}: {} elbows moved by more than a hundredth of the domain, the farthest by {} % of it. {crowd}{bends}",
        run.width,
        part(moved, run.width),
        plain((farthest * 100.0).round())
    )
}

/// When the last state was saved, to begin a sentence with.
pub fn last_state(run: &Run) -> String {
    match run.divergence() {
        None => "At the end".to_owned(),
        Some(_) => format!("In the last state before it diverged, of step {},", thousands(run.end().step as usize)),
    }
}

fn are(count: usize) -> String {
    if count == 1 { "1 elbow is".to_owned() } else { format!("{count} elbows are") }
}
