//! How strongly each unit bends the prediction.

use maud::{Markup, html};
use nn::network::Network;
use nn::settings::Paradigm;

use super::elbows::last_state;
use crate::findings;
use crate::report::figure::figure;
use crate::report::runs::Overview;
use crate::text::short;

/// Slope changes over training for each width.
pub fn section(overview: &Overview) -> Markup {
    let widths = overview.shown_widths();
    if widths.iter().all(|&width| overview.descents(width).is_empty()) {
        return html! {};
    }
    html! {
        section #slopes {
            h2 { "How strongly each unit bends the line" }
            p {
                "At its elbow a unit changes the slope of the prediction by w₂·|w₁|: up (∨) if that is positive, down (∧) if it is \
                 negative. Training the output layer changes w₂ alone; training all layers changes both factors."
                @if let Some(truth) = findings::placed_by_hand(&overview.data) {
                    @let inner = Network::bent_line(&truth.weights(0)[1..], &truth.biases(0)[1..], &truth.weights(1)[1..], 0.0);
                    " The sharpest bend of the truth changes its slope by " (short(findings::strongest_bend(&inner).1)) "."
                }
            }
            @for width in widths {
                @if let Some(slopes) = overview.figure_of("slopes", width, None) {
                    div data-width=(width) { (figure(slopes, &html! { p { (words(overview, width)) } })) }
                }
            }
        }
    }
}

fn words(overview: &Overview, width: usize) -> String {
    let runs = overview.descents(width);
    let mut sentences: Vec<String> = Vec::new();
    if let Some(run) = runs.first() {
        sentences.push(format!(
            "At the start the strongest bend is {}.",
            short(findings::strongest_bend(&run.start().network).1)
        ));
    }
    for run in &runs {
        let [up, down] = findings::bends_up_and_down(&run.end().network);
        sentences.push(format!(
            "{}, with {} trained, it is {}; {} up and {down} down.",
            last_state(run).trim_end_matches(','),
            if run.paradigm == Paradigm::All { "all layers" } else { "the output layer alone" },
            short(findings::strongest_bend(&run.end().network).1),
            if up == 1 { "1 unit bends".to_owned() } else { format!("{up} units bend") }
        ));
    }
    sentences.push(overview.which(width));
    sentences.join(" ")
}
