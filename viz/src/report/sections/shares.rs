//! The prediction as a sum of shares.

use maud::{Markup, html};
use nn::study::Run;

use crate::figures::{counted, paradigm_words, plain_input};
use crate::report::drawings;
use crate::report::figure::figure;
use crate::report::runs::Overview;
use crate::report::words::height;

/// Stacked contributions for each width.
pub fn section(overview: &Overview) -> Markup {
    let Some(paradigm) = overview.first_paradigm() else { return html! {} };
    html! {
        section #shares {
            h2 { "How the shares add up" }
            p {
                "First the positive shares w₂·Φ(w₁·x + b₁) are piled on b₂, then the negative ones are taken off again. What is \
                 left is exactly the prediction. The networks are those with " (paradigm_words(paradigm)) " trained, in their last saved state."
            }
            @for width in overview.shown_widths() {
                @if let Some(run) = overview.shown(width, paradigm) {
                    div data-width=(width) {
                        @if let Some(shares) = overview.figure_of("shares", width, Some(paradigm)) {
                            (figure(shares, &html! { p { (words(overview, run)) } }))
                        } @else {
                            p { "With more than " (drawings::MOST_BANDS) " units the bands are too thin to be drawn. " (words(overview, run)) }
                        }
                    }
                }
            }
        }
    }
}

fn words(overview: &Overview, run: &Run) -> String {
    let network = &run.end().network;
    let [low, high] = overview.data.domain();
    let x = f64::midpoint(low, high);
    let shares = || network.units().map(|unit| unit.contribution(x));
    let up: f64 = shares().filter(|share| *share > 0.0).sum();
    let down: f64 = shares().filter(|share| *share < 0.0).sum();
    let digits = |value: f64| height(value, &overview.data);
    let on = shares().filter(|share| *share != 0.0).count();
    let units =
        format!("{on} of {} {}", counted(run.width, "unit"), if on == 1 || run.width == 1 { "is" } else { "are" });
    format!(
        "In the middle of the domain, at {} = {}, {units} on. The positive shares there sum to {}, the negative ones \
         to {}; with b₂ = {} that leaves ŷ = {}. {}",
        overview.data.x_name(),
        plain_input(&overview.data, x),
        digits(up),
        digits(down),
        digits(network.biases(1)[0]),
        digits(network.predict(x)),
        overview.which(run.width)
    )
}
