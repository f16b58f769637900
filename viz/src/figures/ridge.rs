//! Ridge regression on the hidden features: train and test error against the penalty λ.

use nn::data::Data;
use nn::ridge::RidgePoint;
use nn::study::Run;

use super::{Figure, log_domain, test_points};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::findings::best_ridge;
use crate::palette::Role;
use crate::plot;
use crate::scale::extent;
use crate::text::{self, short};

fn line(run: &Run, error: impl Fn(&RidgePoint) -> f64) -> Vec<[f64; 2]> {
    run.ridge_path.iter().map(|point| [point.lambda, error(point)]).collect()
}

/// Train (dashed) and test (solid) error against λ on log–log axes, one colour for each width, with the chosen λ and the
/// best one of each width marked.
pub fn errors_by_lambda(name: &str, data: &Data, runs: &[&Run], chosen: f64) -> Figure {
    let all = || runs.iter().flat_map(|run| &run.ridge_path);
    let lambdas = extent(all().map(|solution| solution.lambda).filter(|lambda| *lambda > 0.0)).unwrap_or([1e-6, 1.0]);
    let errors = log_domain(all().flat_map(|solution| [solution.train_mse, solution.test_mse]));
    let words = format!("chosen λ = {}", lambda_words(chosen));
    let mut marks = vec![Mark::rule_x(chosen, Role::Ink).dashed("2 3").labelled(words)];
    for (index, run) in runs.iter().enumerate() {
        // More widths than there are colours take a ramp.
        let role =
            if runs.len() > 5 { Role::Unit((index * 255 / (runs.len() - 1)) as u8) } else { Role::Series(index) };
        let width = run.width;
        let train = Mark::line(line(run, |point| point.train_mse), role).wide(plot::SECONDARY).dashed("5 3");
        marks.push(train.named(format!("width {width}, train MSE")));
        let test = Mark::line(line(run, |point| point.test_mse), role);
        marks.push(test.labelled(format!("width {width}")).named(format!("width {width}, test MSE")));
        let best = best_ridge(run).into_iter().map(|best| [best.lambda, best.test_mse]).collect();
        marks.push(Mark::dots(best, Glyph::Ring, 5.0, role).wide(plot::DATA));
    }
    Chart {
        note: format!(
            "Solid: test error, {}. Dashed: train error. Ring: the best λ for the test points.",
            test_points(data)
        ),
        description: description(runs, chosen),
        panels: vec![Panel::new("", Axis::log("penalty λ", lambdas), Axis::log("MSE", errors), marks)],
        width: 640.0,
        height: 260.0,
        ..Chart::new(name, title(runs, chosen))
    }
    .figure()
}

/// A penalty as a power of ten where it is one.
pub(crate) fn lambda_words(lambda: f64) -> String {
    let exponent = libm::log10(lambda);
    if lambda > 0.0 && (exponent - exponent.round()).abs() < 1e-9 {
        format!("10{}", text::superscript(exponent.round() as i32))
    } else {
        short(lambda)
    }
}

fn title(runs: &[&Run], chosen: f64) -> String {
    let best = runs
        .iter()
        .filter_map(|run| Some((run.width, best_ridge(run)?)))
        .min_by(|a, b| a.1.test_mse.total_cmp(&b.1.test_mse));
    let Some((width, best)) = best else { return "No ridge solutions".to_owned() };
    let first =
        format!("Ridge: width {width} reaches test MSE {} at λ = {}", short(best.test_mse), lambda_words(best.lambda));
    // The last state of a ridge run is the solution for the chosen λ.
    match runs.iter().find(|run| run.width == width).map(|run| short(run.end().test.loss)) {
        Some(here) if here != short(best.test_mse) => {
            format!("{first}; the chosen λ = {} gives {here}", lambda_words(chosen))
        }
        _ => format!("{first}; the chosen λ = {} does as well", lambda_words(chosen)),
    }
}

fn description(runs: &[&Run], chosen: f64) -> String {
    let clause = |run: &&Run| {
        let (best, here) = (best_ridge(run)?, run.end());
        Some(format!(
            "Width {}: test MSE is lowest, {}, at λ = {}; at the chosen λ = {} it is {} and train MSE {}.",
            run.width,
            short(best.test_mse),
            lambda_words(best.lambda),
            lambda_words(chosen),
            short(here.test.loss),
            short(here.train.loss)
        ))
    };
    runs.iter().filter_map(clause).collect::<Vec<_>>().join(" ")
}
