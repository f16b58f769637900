//! Ridge regression on the hidden features: train and test error against the penalty λ.

use super::{Figure, Scene, Table, cell, log_domain};
use crate::palette::Role;
use crate::plot::{self, Axis, Frame, Rect};
use crate::scale::{Scale, extent};
use crate::svg::{Document, Element};
use crate::text::{self, Weight, short};

/// The errors of one solution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solution {
    /// The penalty on the squared weights.
    pub lambda: f64,
    /// Mean squared error on the training points.
    pub train: f64,
    /// Mean squared error on the test points.
    pub test: f64,
}

/// The solutions of one width, in order of λ.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The number of hidden units.
    pub width: usize,
    /// The solutions.
    pub solutions: Vec<Solution>,
}

impl Series {
    /// The solution with the smallest test error.
    fn best(&self) -> Option<&Solution> {
        self.solutions.iter().filter(|s| s.test.is_finite()).min_by(|a, b| a.test.total_cmp(&b.test))
    }

    fn line(&self, error: impl Fn(&Solution) -> f64) -> Vec<[f64; 2]> {
        self.solutions.iter().map(|solution| [solution.lambda, error(solution)]).collect()
    }
}

/// Train (dashed) and test (solid) error against λ on log–log axes, one colour for each width, with the chosen λ and the
/// best one of each width marked.
pub fn errors_by_lambda(name: &str, scene: &Scene, series: &[Series], chosen: f64) -> Figure {
    let width = 640.0;
    let mut document =
        Document::new(name, width, 400.0).titled(title(series, chosen)).described(description(series, chosen));
    let subtitle =
        format!("Solid: test error, {}. Dashed: train error. Ring: the best λ for the test points.", scene.test_points);
    let top = plot::heading(&mut document, &subtitle) + 34.0;
    let bottom = top + 260.0;
    document.set_height(bottom + 46.0);
    let names: Vec<String> = series.iter().map(|one| format!("width {}", one.width)).collect();
    let room = names
        .iter()
        .map(|name| text::width(&format!("{name}, train"), text::LABEL, Weight::Regular))
        .fold(0.0, f64::max);
    let all = || series.iter().flat_map(|one| &one.solutions);
    let lambdas = extent(all().map(|solution| solution.lambda).filter(|lambda| *lambda > 0.0)).unwrap_or([1e-6, 1.0]);
    let errors = log_domain(all().flat_map(|solution| [solution.train, solution.test]));
    let frame = Frame::new(
        Rect::new(64.0, top, width - 30.0 - room, bottom),
        |range| Scale::log(lambdas, range),
        |range| Scale::log(errors, range),
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
    let mut lines = Element::group();
    let mut labels = Vec::new();
    for (index, (one, name)) in series.iter().zip(&names).enumerate() {
        let role = Role::Series(index);
        lines.push(frame.styled_line(&one.line(|s| s.train), role, plot::SECONDARY, Some("5 3")));
        lines.push(frame.line(&one.line(|s| s.test), role, plot::DATA));
        if let Some(best) = one.best() {
            let at = frame.at([best.lambda, best.test]);
            lines.push(Element::circle(at, 5.0).set("fill", "none").stroke(role, plot::DATA));
        }
        if let Some(last) = one.solutions.last() {
            labels.push((frame.y.at(last.test), format!("{name}, test"), role));
            labels.push((frame.y.at(last.train), format!("{name}, train"), role));
        }
    }
    document.push(lines);
    document.push(frame.direct_labels(&labels));
    Figure { document, table: table(series) }
}

/// A penalty as a power of ten where it is one.
fn lambda_words(lambda: f64) -> String {
    let exponent = lambda.log10();
    if lambda > 0.0 && (exponent - exponent.round()).abs() < 1e-9 {
        format!("10{}", text::superscript(exponent.round() as i32))
    } else {
        short(lambda)
    }
}

/// The solution whose λ is nearest to the chosen one.
fn nearest(one: &Series, chosen: f64) -> Option<&Solution> {
    let apart = |solution: &Solution| (solution.lambda / chosen).ln().abs();
    one.solutions.iter().min_by(|a, b| apart(a).total_cmp(&apart(b)))
}

fn title(series: &[Series], chosen: f64) -> String {
    let best =
        series.iter().filter_map(|one| Some((one.width, one.best()?))).min_by(|a, b| a.1.test.total_cmp(&b.1.test));
    let Some((width, best)) = best else { return "No ridge solutions".to_owned() };
    let here = series.iter().find(|one| one.width == width).and_then(|one| nearest(one, chosen));
    let here = here.map_or(String::new(), |here| format!("; λ = {} gives {}", lambda_words(chosen), short(here.test)));
    format!("Ridge: width {width} reaches test MSE {} at λ = {}{here}", short(best.test), lambda_words(best.lambda))
}

fn description(series: &[Series], chosen: f64) -> String {
    let clause = |one: &Series| {
        let (best, here) = (one.best()?, nearest(one, chosen)?);
        Some(format!(
            "Width {}: test MSE is lowest, {}, at λ = {}; at the chosen λ = {} it is {} and train MSE {}.",
            one.width,
            short(best.test),
            lambda_words(best.lambda),
            lambda_words(chosen),
            short(here.test),
            short(here.train)
        ))
    };
    series.iter().filter_map(clause).collect::<Vec<_>>().join(" ")
}

fn table(series: &[Series]) -> Table {
    let mut table = Table::new(["width", "lambda", "train MSE", "test MSE"]);
    for one in series {
        for solution in &one.solutions {
            table.push([one.width.to_string(), cell(solution.lambda), cell(solution.train), cell(solution.test)]);
        }
    }
    table
}
