//! Which figures there are of a study, and what they are called.

use nn::settings::Paradigm;

use super::runs::Overview;
use crate::figures::{Figure, comparison, elbows, errors, function_view, paradigm_words, ridge, slopes, stack};
use crate::findings::Group;

/// All figures of a study, for files.
pub fn all(overview: &Overview) -> Vec<Figure> {
    let mut figures: Vec<Figure> =
        [errors(overview), ridge(overview), comparison(overview)].into_iter().flatten().collect();
    for &width in &overview.widths {
        figures.extend(start(overview, width));
        for &paradigm in &overview.paradigms {
            figures.extend(function(overview, width, paradigm));
            figures.extend(
                overview
                    .other_kind(width, paradigm)
                    .map(|(run, _)| function_view::small_multiples(&Overview::other_name(run), &overview.data, run)),
            );
            figures.extend(shares(overview, width, paradigm));
        }
        figures.extend(elbows(overview, width));
        figures.extend(slopes(overview, width));
    }
    figures
}

/// Train and test error of all runs by gradient descent against steps.
fn errors(overview: &Overview) -> Option<Figure> {
    let descents = [Paradigm::Output, Paradigm::All];
    let groups = descents.iter().flat_map(|&paradigm| overview.of_paradigm(paradigm));
    let panels: Vec<errors::Panel> = groups
        .map(|group| {
            let heading = format!("{}, width {}", paradigm_words(group.paradigm), group.width);
            let ridge = overview.group(group.width, Paradigm::Ridge).filter(|_| group.paradigm == Paradigm::Output);
            errors::Panel {
                heading,
                runs: group.runs.clone(),
                ridge: ridge.map(Group::train).filter(|e| e.is_finite()),
            }
        })
        .collect();
    (!panels.is_empty()).then(|| errors::small_multiples("errors", &overview.data, &panels))
}

/// Errors of ridge regression against λ, for the networks that are shown.
fn ridge(overview: &Overview) -> Option<Figure> {
    let runs: Vec<_> = overview.widths.iter().filter_map(|&width| overview.shown(width, Paradigm::Ridge)).collect();
    let runs: Vec<_> = runs.into_iter().filter(|run| !run.ridge_path.is_empty()).collect();
    let chosen = overview.study.settings.ridge;
    (!runs.is_empty()).then(|| ridge::errors_by_lambda("ridge", &overview.data, &runs, chosen))
}

/// All runs by error and by time.
fn comparison(overview: &Overview) -> Option<Figure> {
    let runs: Vec<_> = overview.study.runs.iter().collect();
    (!runs.is_empty()).then(|| comparison::error_and_cost("comparison", &overview.data, &runs))
}

/// The network of a width before training.
fn start(overview: &Overview, width: usize) -> Option<Figure> {
    let run = overview.paradigms.iter().find_map(|&paradigm| overview.shown(width, paradigm))?;
    Some(function_view::single(&overview.name("start", width, None), &overview.data, run, 0))
}

/// The function view at a few saved states.
fn function(overview: &Overview, width: usize, paradigm: Paradigm) -> Option<Figure> {
    let run = overview.shown(width, paradigm)?;
    Some(function_view::small_multiples(&overview.name("function", width, Some(paradigm)), &overview.data, run))
}

/// With more units the bands of the stack are too thin to be seen, and their number of corners grows with the square.
pub const MOST_BANDS: usize = 128;

/// The contributions of the units at the end, stacked, if they are not too many.
fn shares(overview: &Overview, width: usize, paradigm: Paradigm) -> Option<Figure> {
    let run = overview.shown(width, paradigm).filter(|run| run.width <= MOST_BANDS)?;
    let end = run.states.len() - 1;
    Some(stack::two_steps(&overview.name("shares", width, Some(paradigm)), &overview.data, run, end))
}

/// Elbow trajectories, the output layer alone beside all layers.
fn elbows(overview: &Overview, width: usize) -> Option<Figure> {
    let runs = overview.descents(width);
    (!runs.is_empty()).then(|| elbows::side_by_side(&overview.name("elbows", width, None), &overview.data, &runs))
}

/// Slope changes over training, in the same order.
fn slopes(overview: &Overview, width: usize) -> Option<Figure> {
    let runs = overview.descents(width);
    (!runs.is_empty()).then(|| slopes::side_by_side(&overview.name("slopes", width, None), &overview.data, &runs))
}
