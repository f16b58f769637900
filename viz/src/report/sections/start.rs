//! The network before training.

use maud::{Markup, html};

use crate::figures::counted;
use crate::findings;
use crate::report::figure::figure;
use crate::report::runs::Overview;
use crate::report::words::{height, times};
use crate::text::short;

/// The start of the networks that are shown.
pub fn section(overview: &Overview) -> Markup {
    html! {
        section #start {
            h2 { "The network at the start" }
            p {
                "Hidden unit i computes Φ(w₁·x + b₁) with Φ = ReLU: zero on one side of its elbow −b₁/w₁, a straight line on the \
                 other. Multiplied by its output weight w₂ it is the unit's "
                em { "share" }
                ". The prediction ŷ is the sum of all shares and of b₂, so it is a straight line between elbows and bends only \
                 at them. Before training, weights are drawn at random and biases such that every elbow lies in the domain."
            }
            @for width in overview.shown_widths() {
                @if let Some(start) = overview.figure_of("start", width, None) {
                    div data-width=(width) { (figure(start, &html! { p { (words(overview, width)) } })) }
                }
            }
        }
    }
}

fn words(overview: &Overview, width: usize) -> String {
    let Some(run) = overview.paradigms.iter().find_map(|&paradigm| overview.shown(width, paradigm)) else {
        return String::new();
    };
    let data = &overview.data;
    let [low, high] = data.domain();
    let network = &run.start().network;
    let predict = [low, f64::midpoint(low, high), high].map(|x| height(network.predict(x), data));
    let constant = findings::constant(data);
    let error = run.start().test.loss;
    let compared = match (times(error, constant), times(constant, error)) {
        (Some(ratio), _) if error > 1.05 * constant => {
            format!("{ratio} that of a constant at the mean of the training values")
        }
        (_, Some(ratio)) if constant > 1.05 * error => {
            format!("a constant at the mean of the training values has {ratio} that")
        }
        _ => "about that of a constant at the mean of the training values".to_owned(),
    };
    format!(
        "{} in the domain, at {} (elbows nearer than a hundredth of the domain count as one). ŷ is {} at the left end, {} \
         in the middle and {} at the right end. Test MSE is {}: {compared}. {}",
        match findings::elbows(network, data.domain()).len() {
            1 => "1 elbow lies".to_owned(),
            several => format!("{several} elbows lie"),
        },
        counted(findings::places(network, data.domain()), "place"),
        predict[0],
        predict[1],
        predict[2],
        short(error),
        overview.which(width)
    )
}
