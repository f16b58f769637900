//! What training does to the function: a few states side by side.

use maud::{Markup, html};
use nn::settings::Paradigm;
use nn::study::Run;

use crate::figures::step_words;
use crate::findings::{Course, Elbows};
use crate::report::figure::figure;
use crate::report::runs::Overview;
use crate::report::words::{capital, part_of, times};
use crate::text::{short, thousands};

/// The strips of frames.
pub fn section(overview: &Overview) -> Markup {
    html! {
        section #function {
            h2 { "What training does to the function" }
            p {
                "Thin lines are the shares of the hidden units, dots their elbows on the prediction (hollow: no training point \
                 switches the unit on). The axes stay fixed, and small arrows stand where a line leaves them. Units that are \
                 always on have no elbow in the domain, but are drawn; units that are off on the whole domain are counted in \
                 the line above each picture."
            }
            @for width in overview.shown_widths() {
                @for &paradigm in &overview.paradigms {
                    @if let Some((strip, run)) = overview.figure_of("function", width, Some(paradigm)).zip(overview.shown(width, paradigm)) {
                        div data-width=(width) data-paradigm=(paradigm) {
                            (figure(strip, &html! { p { (words(overview, run)) } }))
                            (other_kind(overview, width, paradigm))
                        }
                    }
                }
            }
        }
    }
}

/// Where some networks are stuck and others are not, one of the other kind as well.
fn other_kind(overview: &Overview, width: usize, paradigm: Paradigm) -> Markup {
    let (Some((run, is_stuck)), Some(group)) = (overview.other_kind(width, paradigm), overview.group(width, paradigm))
    else {
        return html! {};
    };
    let Some(strip) = overview.figure(&Overview::other_name(run)) else { return html! {} };
    figure(
        strip,
        &html! {
            p {
                "Not all went that way: of " (group.runs.len()) " networks " (group.stuck().len()) " got stuck. This is seed " (run.seed)
                ", the median of those that " (if is_stuck { "did" } else { "did not" }) "."
            }
        },
    )
}

fn words(overview: &Overview, run: &Run) -> String {
    let (start, end) = (run.start().test.loss, run.end().test.loss);
    let compared = match (times(start, end), times(end, start)) {
        (Some(ratio), _) if start > 1.05 * end => format!("{}; at the start it was {ratio} that", short(end)),
        (_, Some(ratio)) if end > 1.05 * start => format!("{}, {ratio} that of the start", short(end)),
        _ if end <= 1.05 * start && start <= 1.05 * end => format!("{}, about what it was at the start", short(end)),
        _ => format!("{}; at the start it was {}", short(end), short(start)),
    };
    let error = match run.divergence() {
        Some(divergence) => format!(
            "The run diverged at step {}. In the last state saved before, of step {}, test MSE is {compared}.",
            thousands(divergence.step),
            thousands(run.end().step)
        ),
        None => format!("Test MSE ends at {compared}.{}", beside(&Course::of(run))),
    };
    let moved = Elbows::of(&overview.data, run).moved;
    let elbows = match run.paradigm {
        Paradigm::All => {
            format!("{} moved by more than a hundredth of the domain.", capital(&part_of(moved, run.width, "elbow")))
        }
        _ => "The elbows stay where they were; only the heights between them were fitted.".to_owned(),
    };
    let states =
        if run.paradigm == Paradigm::Ridge { " There are two states: the start and the solution." } else { "" };
    format!("{error} {elbows}{states} {}", overview.which(run.width))
}

/// What to hold the end of a run against, where the end alone would mislead.
fn beside(course: &Course) -> String {
    let mut words = String::new();
    if course.ends_on_a_spike() {
        words += &format!(" That is a spike: the median over the last tenth of the steps is {}.", short(course.late));
    }
    if course.was_lower() && course.lowest_at > 0 {
        words += &format!(" It was lowest, {}, at {}.", short(course.lowest), step_words(course.lowest_at));
    }
    words
}
