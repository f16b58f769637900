//! The paradigms by error and by cost.

use maud::{Markup, html};
use nn::settings::Paradigm;

use crate::figures::{paradigm_words, test_points};
use crate::report::cost::Cost;
use crate::report::figure::figure;
use crate::report::runs::Overview;
use crate::report::words::{capital, count, error, time};
use crate::text::thousands;

/// The table and the picture.
pub fn section(overview: &Overview) -> Markup {
    let Some(comparison) = overview.figure("comparison") else { return html! {} };
    let median = if overview.several() { "median " } else { "" };
    html! {
        section #comparison {
            h2 { "What it costs, what it brings" }
            p {
                "Operations are those of floating-point arithmetic in a step: forward and backward for every sample of the \
                 minibatch. Time is the wall time of training, of measuring errors at the saved states and of recording them, on \
                 the machine that made this page"
                @if overview.paradigms.contains(&Paradigm::Ridge) { "; for ridge it includes the range of λ" }
                ". Test error is measured " (test_points(&overview.data)) "."
            }
            div.rows tabindex="0" role="group" aria-label="Table, scrolls" {
                table.comparison {
                    caption { "The paradigms by error and by cost" @if overview.several() { " (medians over seeds)" } }
                    thead {
                        tr {
                            @for header in ["Width", "Trained", "Parameters", "Steps", "Operations a step", "Operations in all"] {
                                th scope="col" { (header) }
                            }
                            th scope="col" { (capital(&format!("{median}time"))) }
                            th scope="col" { (capital(&format!("{median}train MSE"))) }
                            th scope="col" { (capital(&format!("{median}test MSE"))) }
                            @if overview.several() { th scope="col" { "Runs" } }
                        }
                    }
                    tbody {
                        @for group in &overview.groups {
                            @let cost = Cost::of(overview.study, group.longest());
                            tr {
                                th scope="row" { (group.width) }
                                td { (paradigm_words(group.paradigm)) }
                                td { (thousands(cost.parameters)) " of " (thousands(cost.of)) }
                                td { @if let Some(steps) = cost.steps { (thousands(steps)) } @else { "closed form" } }
                                td { @if let Some(step) = cost.step { (thousands(step as u64)) } @else { "–" } }
                                td { (count(cost.total)) }
                                td { (time(group.seconds())) }
                                td { (error(group.train())) }
                                td { (error(group.test())) }
                                @if overview.several() {
                                    td { (group.runs.len()) @if group.diverged() > 0 { ", " (group.diverged()) " diverged" } }
                                }
                            }
                        }
                    }
                }
            }
            (figure(comparison, &html! {
                p {
                    "Left is better in both halves; both scales are logarithmic."
                    @if overview.several() { " Every run is a mark, the bar is the median." }
                }
            }))
        }
    }
}
