//! Errors over training.

use maud::{Markup, html};

use crate::figures::test_points;
use crate::findings::Group;
use crate::findings::median;
use crate::report::figure::figure;
use crate::report::runs::{Overview, name, names};
use crate::report::words::capital;
use crate::text::short;

/// Train and test error against steps, of all runs.
pub fn section(overview: &Overview) -> Markup {
    let Some(errors) = overview.figure("errors") else { return html! {} };
    let descents: Vec<&Group> =
        overview.groups.iter().filter(|group| group.runs.iter().any(|run| run.steps() > 0)).collect();
    html! {
        section #errors {
            h2 { "Errors" }
            p {
                "Mean squared error against steps. Train error is that of the saved network on all training points, not of \
                 the minibatch of that step; test error is measured " (test_points(&overview.data)) "."
                @if overview.several() {
                    " Thick lines are medians over the seeds, bands reach from the 25 % to the 75 % quantile, thin lines are \
                      single runs."
                }
            }
            (figure(errors, &html! { p { (ends(overview, &descents)) } p { (still(&descents)) } }))
        }
    }
}

/// Where test error ends below train error.
fn ends(overview: &Overview, groups: &[&Group]) -> String {
    let finite: Vec<&&Group> = groups.iter().filter(|group| group.test().is_finite()).collect();
    let below: Vec<&Group> = finite.iter().filter(|group| group.test() < group.train()).map(|group| **group).collect();
    let median = if overview.several() { "the median test error" } else { "test error" };
    let which = match below.len() {
        0 => format!("In no panel does {median} end below train error."),
        count if count == groups.len() && count > 1 => format!("In every panel {median} ends below train error."),
        _ => format!("{} ends below train error with {}.", capital(median), names(below.iter().copied())),
    };
    let (low, high) = (
        finite.iter().min_by(|a, b| a.test().total_cmp(&b.test())),
        finite.iter().max_by(|a, b| a.test().total_cmp(&b.test())),
    );
    match (low, high) {
        (Some(low), Some(high)) if short(low.test()) != short(high.test()) => format!(
            "{} ends between {} ({}) and {} ({}). {which}",
            capital(median),
            short(low.test()),
            name(low),
            short(high.test()),
            name(high)
        ),
        (Some(one), _) => format!("{} ends at {}. {which}", capital(median), short(one.test())),
        _ => "Every run diverged.".to_owned(),
    }
}

/// Whether training was still getting somewhere.
fn still(groups: &[&Group]) -> String {
    // Test error two thirds into the run, and at its end.
    let late = |group: &&&Group| {
        let at = |part: f64| {
            median(group.runs.iter().filter(|run| run.divergence().is_none()).map(|run| {
                let wanted = (run.end().step as f64 * part) as u64;
                let index = run.states.partition_point(|state| state.step < wanted).min(run.states.len() - 1);
                run.states[index].test.loss
            }))
        };
        let (before, end) = (at(2.0 / 3.0), at(1.0));
        before.is_finite() && end < 0.95 * before
    };
    let falling: Vec<&Group> = groups.iter().filter(late).copied().collect();
    if groups.iter().all(|group| group.runs.iter().all(|run| run.divergence().is_some())) {
        String::new()
    } else if falling.is_empty() {
        "Over the last third of the steps no test error fell by more than 5 %.".to_owned()
    } else {
        format!("Over the last third of the steps test error still fell by more than 5 % with {}.", names(falling))
    }
}
