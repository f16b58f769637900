//! Ridge regression on the hidden features: train and test error against the penalty λ.

use nn::data::Data;
use nn::ridge::RidgePoint;
use nn::study::Run;

use super::{Figure, Table, cell, log_domain, test_points};
use crate::findings::best_ridge;
use crate::palette::Role;
use crate::plot::{self, Axis, Frame, MARGIN, Rect, haloed};
use crate::scale::{Scale, extent};
use crate::svg::{Document, Element};
use crate::text::{self, Weight, short};

fn line(run: &Run, error: impl Fn(&RidgePoint) -> f64) -> Vec<[f64; 2]> {
    run.ridge_path.iter().map(|point| [point.lambda, error(point)]).collect()
}

/// Train (dashed) and test (solid) error against λ on log–log axes, one colour for each width, with the chosen λ and the
/// best one of each width marked.
pub fn errors_by_lambda(name: &str, data: &Data, runs: &[&Run], chosen: f64) -> Figure {
    let width = 640.0;
    let mut document =
        Document::new(name, width, 400.0).titled(title(runs, chosen)).described(description(runs, chosen));
    let subtitle =
        format!("Solid: test error, {}. Dashed: train error. Ring: the best λ for the test points.", test_points(data));
    let top = plot::heading(&mut document, &subtitle) + 34.0;
    let bottom = top + 260.0;
    document.set_height(bottom + 46.0);
    let all = || runs.iter().flat_map(|run| &run.ridge_path);
    let lambdas = extent(all().map(|solution| solution.lambda).filter(|lambda| *lambda > 0.0)).unwrap_or([1e-6, 1.0]);
    let [low, high] = log_domain(all().flat_map(|solution| [solution.train_mse, solution.test_mse]));
    let frame = Frame::new(
        Rect::new(64.0, top, width - MARGIN - 8.0, bottom),
        |range| Scale::log(lambdas, range),
        // Room for a name under the lowest curve.
        |range| Scale::log([low * 0.8, high], range),
    );
    document.push(frame.axes(&Axis::titled("penalty λ →"), &Axis::titled("MSE ↑")));
    if let Some(rule) = frame.rule_x(chosen, Role::Ink) {
        document.push(rule.set("stroke-dasharray", "2 3"));
        let (at, words) = (frame.x.at(chosen), format!("chosen λ = {}", lambda_words(chosen)));
        let half = text::width(&words, text::TICK, Weight::Regular) / 2.0;
        let middle =
            at.clamp(frame.rect.left + 40.0 + half, (frame.rect.right - half).max(frame.rect.left + 40.0 + half));
        let label = Element::text([middle, top - 6.0], text::TICK, &words);
        document.push(label.fill(Role::Ink).set("text-anchor", "middle"));
    }
    let (mut lines, mut rings) = (Element::group(), Element::group());
    let mut labels = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let role = Role::Series(index);
        lines.push(frame.styled_line(&line(run, |point| point.train_mse), role, plot::SECONDARY, Some("5 3")));
        lines.push(frame.line(&line(run, |point| point.test_mse), role, plot::DATA));
        if let Some(best) = best_ridge(run) {
            let at = frame.at([best.lambda, best.test_mse]);
            rings.push(Element::circle(at, 5.0).stroke(role, plot::DATA));
        }
        if let Some(start) = run.ridge_path.first() {
            let lower = frame.y.at(start.test_mse.min(start.train_mse));
            labels.push((lower, format!("width {}", run.width), role));
        }
    }
    document.push(lines);
    document.push(names(&frame, &labels));
    document.push(rings);
    Figure { document, table: table(runs) }
}

/// A penalty as a power of ten where it is one.
pub(crate) fn lambda_words(lambda: f64) -> String {
    let exponent = lambda.log10();
    if lambda > 0.0 && (exponent - exponent.round()).abs() < 1e-9 {
        format!("10{}", text::superscript(exponent.round() as i32))
    } else {
        short(lambda)
    }
}

/// Names under the left ends of the curves: at the right end, where the penalty rules, all curves run together.
fn names(frame: &Frame, labels: &[(f64, String, Role)]) -> Element {
    let wishes: Vec<f64> = labels.iter().map(|(at, ..)| at + 16.0).collect();
    let placed = text::push_apart(&wishes, text::LABEL_STEP, frame.rect.top + 10.0, frame.rect.bottom - 3.0);
    let words = labels
        .iter()
        .zip(placed)
        .map(|((_, name, role), y)| haloed(Element::text([frame.rect.left + 6.0, y], text::LABEL, name)).fill(*role));
    Element::group().with_all(words)
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
    match runs.iter().find(|run| run.width == width).map(|run| short(run.end().test_mse)) {
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
            short(here.test_mse),
            short(here.train_mse)
        ))
    };
    runs.iter().filter_map(clause).collect::<Vec<_>>().join(" ")
}

fn table(runs: &[&Run]) -> Table {
    let mut table = Table::new(["width", "lambda", "train MSE", "test MSE"]);
    for run in runs {
        for solution in &run.ridge_path {
            table.push([
                run.width.to_string(),
                cell(solution.lambda),
                cell(solution.train_mse),
                cell(solution.test_mse),
            ]);
        }
    }
    table
}
