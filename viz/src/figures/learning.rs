//! Loss and accuracy of networks of any kind against steps. Time is logarithmic from step 1 on: most happens early.

use nn::architecture::Loss;
use nn::study::{Run, State};

use super::{Figure, errors, log_domain, percent_words};
use crate::chart::{Axis, Chart, Mark, Panel};
use crate::palette::Role;
use crate::plot;
use crate::text::short;

/// What a loss is called at an axis.
pub fn loss_title(loss: Loss) -> &'static str {
    match loss {
        Loss::SquaredError => "MSE",
        Loss::Logistic => "logistic loss",
        Loss::CrossEntropy => "cross-entropy",
    }
}

/// Loss, and accuracy where there are classes, of training and test points; several runs as thin lines.
///
/// # Panics
/// If there is no run, or one has no state.
pub fn curves(name: &str, heading: &str, runs: &[&Run]) -> Figure {
    let last = runs.iter().map(|run| run.end().step).max().unwrap_or(1) as f64;
    let of = |value: fn(&State) -> [Option<f64>; 2]| {
        let mut marks = Vec::new();
        for run in runs {
            let kinds = [(0, "train", Role::Train, Some("5 3")), (1, "test", Role::Prediction, None)];
            for (kind, words, role, dash) in kinds {
                let points = run.states.iter().map(|state| [state.step as f64, value(state)[kind].unwrap_or(f64::NAN)]);
                let mark = Mark::course(points.collect(), role).dashed(dash);
                marks.push(if runs.len() == 1 {
                    mark.labelled(words)
                } else {
                    mark.wide(plot::THIN).faint(0.5).named(format!("{words}, seed {}", run.seed))
                });
            }
        }
        marks
    };
    let losses = runs.iter().flat_map(|run| run.states.iter().flat_map(|state| [state.train.loss, state.test.loss]));
    let loss = runs[0].architecture.loss();
    let mut domain = log_domain(losses);
    let mut marks = of(|state| [Some(state.train.loss), Some(state.test.loss)]);
    let mut note = String::new();
    if let [run] = runs
        && let steps = errors::event_steps(run)
        && !steps.is_empty()
    {
        domain[0] *= errors::TICK_ROOM;
        marks.extend(errors::tick_marks(&steps, domain[0]));
        note = errors::tick_words(std::iter::once(*run));
    }
    let mut panels = vec![Panel::new("Loss", Axis::steps(last), Axis::log(loss_title(loss), domain), marks)];
    let has_classes = runs[0].start().test.accuracy.is_some();
    if has_classes {
        let marks = of(|state| [state.train.accuracy, state.test.accuracy]);
        let axis = Axis::linear("accuracy", [0.0, 1.0]).labelled(|share| format!("{:.0} %", 100.0 * share));
        panels.push(Panel::new("Accuracy", Axis::steps(last), axis, marks));
    }
    let (start, end, title) = (runs[0].start(), runs[0].end(), loss_title(loss));
    let mut description = String::new();
    let claim = match (runs, end.test.accuracy) {
        ([_], Some(accuracy)) => {
            format!("{heading}: {} of the test points end in their class", percent_words(accuracy))
        }
        ([_], None) => {
            format!("{heading}: test {title} goes from {} to {}", short(start.test.loss), short(end.test.loss))
        }
        _ => {
            let range = |value: fn(&State) -> f64| {
                let ends = runs.iter().map(|run| value(run.end()));
                ends.fold([f64::INFINITY, f64::NEG_INFINITY], |[least, most], end| [least.min(end), most.max(end)])
            };
            let [least, most] = range(|state| state.test.loss).map(short);
            let mut ends = format!("test {title} ends between {least} and {most}");
            if has_classes {
                let [least, most] = range(|state| state.test.accuracy.unwrap_or(f64::NAN)).map(percent_words);
                ends = format!("{least} to {most} of the test points end in their class, {ends}");
            }
            description = format!("{} runs: {ends}.", runs.len());
            format!("{heading}, {} runs: {ends}", runs.len())
        }
    };
    Chart { note, panels, columns: 2, height: 190.0, description, ..Chart::new(name, claim) }.figure()
}
