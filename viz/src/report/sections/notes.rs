//! How the numbers and pictures are made, where one could take them for something else.

use maud::{Markup, html};
use nn::data::TestSet;
use nn::settings::Target;

use crate::figures::test_points;
use crate::report::runs::Overview;

/// The small print.
pub fn section(overview: &Overview) -> Markup {
    let data = &overview.data;
    let piecewise = overview.study.settings.target == Target::Piecewise && data.truth.is_some();
    html! {
        section #notes {
            h2 { "How the numbers are made" }
            ul {
                li {
                    "Test error is measured " (test_points(data)) "."
                    @if let TestSet::NoiseFree { .. } = data.test {
                        " It is a distance from the truth, not an estimate of error on new measurements."
                    }
                }
                li {
                    "Train error is that of the saved state on all training points. The error of a step's minibatch, \
                     measured before the step, is a series of its own in history.csv."
                }
                li {
                    "A prediction is drawn through its exact corners, the elbows inside the domain, not through \
                     samples. Shares are drawn with their output weight, so they and b₂ add up to the prediction."
                }
                @if piecewise {
                    li {
                        "The truth is drawn through its knots. The notebook's formula gives 0 at x = 1, where the \
                         function's limit is another; the test point there keeps the formula's value."
                    }
                }
                li {
                    "A unit is live if its elbow is in the domain and some training point switches it on; always on \
                     if it is a straight line on the whole domain; dead on the data if no training point switches it \
                     on; off on the whole domain if its elbow is outside and it is zero inside. At its elbow a ReLU's \
                     derivative is taken as 0."
                }
                @if overview.several() {
                    li {
                        "Medians and quantiles are over seeds; bands reach from the quantile 0.25 to the quantile \
                         0.75. A run that diverged counts as infinitely bad."
                    }
                }
                li {
                    "How the gradients are computed is taken apart in " a href="backprop.html" { "backprop.html" }
                    ", which " code { "elbow backprop" } " writes beside this page."
                }
                li {
                    "What each parameter does to the prediction, and what is learned first, is shown in "
                    a href="features.html" { "features.html" } ", which " code { "elbow features" }
                    " writes beside this page."
                }
                li {
                    "Colours tell units apart by where their elbows began; line patterns repeat them for those who \
                     cannot tell the colours."
                }
            }
        }
    }
}
