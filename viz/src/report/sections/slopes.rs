//! How strongly each unit bends the prediction.

use maud::{Markup, html};
use nn::geometry::Unit;
use nn::network::Network;
use nn::settings::Paradigm;

use super::elbows::last_state;
use crate::report::drawings;
use crate::report::facts;
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
                @if let Some(truth) = facts::placed_by_hand(&overview.data) {
                    @let inner = Network::new(&truth.w1()[1..], &truth.b1()[1..], &truth.w2()[1..], 0.0);
                    " The sharpest bend of the truth changes its slope by " (short(sharpest(&inner))) "."
                }
            }
            @for width in widths {
                @if let Some(slopes) = drawings::slopes(overview, width) {
                    div data-width=(width) { (figure(&slopes, &html! { p { (words(overview, width)) } })) }
                }
            }
        }
    }
}

fn words(overview: &Overview, width: usize) -> String {
    let runs = overview.descents(width);
    let mut sentences: Vec<String> = Vec::new();
    if let Some(run) = runs.first() {
        sentences.push(format!("At the start the strongest bend is {}.", short(sharpest(&run.start().network))));
    }
    for run in &runs {
        let up = run.end().network.units().filter(|unit| unit.slope_change() > 0.0).count();
        let down = run.end().network.units().filter(|unit| unit.slope_change() < 0.0).count();
        sentences.push(format!(
            "{}, with {} trained, it is {}; {up} units bend up and {down} down.",
            last_state(run).trim_end_matches(','),
            if run.paradigm == Paradigm::All { "all layers" } else { "the output layer alone" },
            short(sharpest(&run.end().network))
        ));
    }
    sentences.push(overview.which(width));
    sentences.join(" ")
}

/// The slope change that is largest in size, with its sign.
fn sharpest(network: &Network) -> f64 {
    network.units().map(Unit::slope_change).max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(0.0)
}
