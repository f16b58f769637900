//! Ridge regression: the output layer without steps.

use maud::{Markup, html};
use nn::settings::Paradigm;
use nn::study::Run;

use crate::figures::counted;
use crate::figures::ridge::lambda_words;
use crate::findings;
use crate::report::figure::figure;
use crate::report::runs::Overview;
use crate::text::short;

/// Error against λ.
pub fn section(overview: &Overview) -> Markup {
    let Some(ridge) = overview.figure("ridge") else { return html! {} };
    let runs: Vec<&Run> = overview.widths.iter().filter_map(|&width| overview.shown(width, Paradigm::Ridge)).collect();
    html! {
        section #ridge {
            h2 { "Ridge regression" }
            p {
                "With the hidden layer frozen, the output layer that minimises the squared error plus λ times the squared weights \
                 solves a linear system, (FᵀF + λI)·c = Fᵀy, where F holds the hidden units' values at the training points and a \
                 column of ones. This study used λ = " (lambda_words(overview.study.settings.ridge)) "; the picture tries others."
            }
            (figure(ridge, &html! {
                ul { @for run in &runs { li { (words(overview, run)) " " (overview.which(run.width)) } } }
                p { "The best λ is chosen with the test points, so its test error is too good to expect on new ones." }
            }))
        }
    }
}

/// The best λ, the one used, and descent on the same parameters.
fn words(overview: &Overview, run: &Run) -> String {
    let Some(best) = findings::best_ridge(run) else { return String::new() };
    let (width, lowest, lambda) = (run.width, short(best.test_mse), lambda_words(best.lambda));
    let tried = format!("Width {width}: of the λ tried, {lambda} has the lowest test MSE, {lowest}");
    if run.states.len() < 2 {
        return format!("{tried}. At the λ used the system could not be solved.");
    }
    let used =
        format!("the one used has {}, with train MSE {}", short(run.end().test.loss), short(run.end().train.loss));
    let Some(descent) = overview.shown(width, Paradigm::Output).filter(|run| run.divergence().is_none()) else {
        return format!("{tried}; {used}.");
    };
    let (solved, stepped) = (short(run.end().train.loss), short(descent.end().train.loss));
    let relation = if solved == stepped {
        "the same"
    } else if run.end().train.loss < descent.end().train.loss {
        "above it"
    } else {
        "below it, for want of a penalty"
    };
    let steps = counted(descent.steps(), "step");
    format!("{tried}; {used}. Descent on the same parameters ends at train MSE {stepped} after {steps}: {relation}.")
}
