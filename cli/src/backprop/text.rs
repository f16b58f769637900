//! The problems for the terminal.

use nn::problems::check::{OnKink, Tested};
use nn::problems::cost::{self as costs, Counted, Measured};
use nn::problems::descent::Descent;
use nn::problems::lesson::Lesson;
use nn::problems::nudge::Nudge;
use nn::problems::{Kind, Problem, paths};
use std::fmt::Write as _;
use viz::figures::counted;
use viz::figures::graph::brief;
use viz::figures::nudge::entry_name;
use viz::text::{short, significant};

/// The most entries of a matrix that are written.
const MOST: usize = 16;

/// Columns that line up; the first row is the head.
fn table(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row.get(column).map_or(0, |cell| cell.chars().count())).max();
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::from(" ");
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, " {cell}{} ", " ".repeat(width - cell.chars().count()));
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn head(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// A matrix as [a b; c d].
fn matrix(matrix: &nalgebra::DMatrix<f64>) -> String {
    if matrix.len() > MOST {
        return format!("{}×{} numbers", matrix.nrows(), matrix.ncols());
    }
    let row = |i: usize| matrix.row(i).iter().map(|&entry| brief(entry)).collect::<Vec<_>>().join(" ");
    format!("[{}]", (0..matrix.nrows()).map(row).collect::<Vec<_>>().join("; "))
}

/// The expression, its value, and every derivative: formula, shapes and numbers.
pub fn problem(problem: &Problem) -> String {
    let mut text = format!("{}\n\n", problem.kind().expression());
    for (name, value) in problem.inputs().iter() {
        let _ = writeln!(text, "  {name} = {}", matrix(value));
    }
    let _ = writeln!(text, "  ℓ = {}\n", significant(problem.value(), 6));
    text += "Derivatives as rows: the derivative by an R×C matrix is C×R, the gradient is its transpose.\n\n";
    let mut rows = vec![head(&["derivative", "why the shapes fit", "shape", "here"])];
    for explanation in problem.explanations() {
        let [r, c] = explanation.shape();
        let shapes = explanation.formula.shapes();
        // Everything in the chain depends on x, so its derivative is a total one.
        let is_total = problem.kind() == Kind::Chain && explanation.name == "x";
        let formula = explanation.to_string();
        let formula = if is_total { formula.replace("∂ℓ/∂x", "dℓ/dx") } else { formula };
        rows.push(vec![formula, shapes, format!("{r}×{c}"), matrix(&explanation.value)]);
    }
    text += &table(&rows);
    if problem.kind() == Kind::Chain {
        text += &sum_over_paths(problem);
    }
    text
}

/// The total derivative of the chain, from partial ones.
fn sum_over_paths(problem: &Problem) -> String {
    let (Ok(from), Ok(to)) = (problem.node("x"), problem.node("ℓ")) else { return String::new() };
    let x = problem.inputs().get("x").map_or(f64::NAN, |x| x[0]);
    let mut text = "\nThe total derivative dℓ/dx sums over the paths from x to ℓ:\n\n".to_owned();
    let mut rows = Vec::new();
    for path in paths(&problem.graph(), from, to) {
        let [_, through, ..] = &path.names[..] else { continue };
        let factors: Vec<String> = path.factors.iter().rev().map(|&factor| significant(factor, 4)).collect();
        rows.push(vec![
            path.names.join(" → "),
            format!("∂ℓ/∂{through}·d{through}/dx"),
            format!("= {}", factors.join("·")),
            format!("= {}", significant(path.product(), 6)),
        ]);
    }
    text += &table(&rows);
    let total = 4.0 * x.powi(3) + 2.0 * x;
    let _ = writeln!(
        text,
        "\n  dℓ/dx = {}; in closed form 4x³ + 2x = {}",
        {
            let all = paths(&problem.graph(), from, to);
            significant(all.iter().map(nn::problems::Path::product).sum(), 6)
        },
        significant(total, 6)
    );
    text
}

/// Derivatives against differences and dual numbers.
pub fn check(tested: &Tested, kink: Option<&OnKink>) -> String {
    let mut rows =
        vec![head(&["by", "against dual numbers", "against differences", "on a kink", "best ε", "error there"])];
    for comparison in &tested.check.comparisons {
        let curve = tested.curves.iter().find(|curve| curve.node == comparison.node);
        let best = curve.and_then(|curve| curve.best());
        rows.push(vec![
            comparison.name.clone(),
            short(comparison.dual_error),
            short(comparison.difference_error),
            comparison.straddling.len().to_string(),
            best.map_or_else(|| "–".to_owned(), |best| short(best.epsilon)),
            best.map_or_else(|| "–".to_owned(), |best| short(best.error)),
        ]);
    }
    let verdict = if tested.check.passes() { "Every derivative agrees." } else { "A derivative DEVIATES." };
    let mut text = format!(
        "Largest errors of the derivatives, relative to the larger of the derivative and 1:\n\n{}\n{verdict}\n",
        table(&rows)
    );
    for comparison in &tested.check.comparisons {
        if let Some(words) = comparison.not_judged() {
            let _ = writeln!(text, "Not judged by {}: {words}.", comparison.name);
        }
    }
    if let Some(on) = kink {
        let straddling = on.curve.points.iter().filter(|point| point.straddles).count();
        let _ = writeln!(
            text,
            "\nWith b[{unit}] such that x1[{unit}] = 0, {straddling} of {} differences straddle the kink and say nothing: the \
             slope is {} on its left and {} on its right. ReLU′(0) = 0 gives {}.",
            on.curve.points.len(),
            short(on.slopes[0]),
            short(on.slopes[1]),
            short(on.curve.derivative),
            unit = on.unit + 1,
        );
    }
    text
}

/// Counts and times.
pub fn cost(counts: &[Counted], times: &[Measured]) -> String {
    let mut rows = vec![head(&["d", "backpropagation", "time", "differences", "time", "ratio"])];
    for count in counts {
        let time = times.iter().find(|time| time.size == count.size);
        let seconds = |time: Option<f64>| time.map_or_else(|| "–".to_owned(), seconds);
        rows.push(vec![
            count.size.to_string(),
            count.analytic_operations().to_string(),
            seconds(time.map(|time| time.analytic)),
            count.numeric.operations.to_string(),
            seconds(time.map(|time| time.numeric)),
            short(count.numeric.operations as f64 / count.analytic_operations() as f64),
        ]);
    }
    format!(
        "Floating-point operations of ∂ℓ/∂W1 for two d×d layers, counted, and time, measured:\n\n{}\nFrom d = {} on they grow \
         like d^{:.2} and d^{:.2}.\n",
        table(&rows),
        costs::FITTED_FROM,
        costs::slope(&costs::analytic(counts)),
        costs::slope(&costs::numeric(counts))
    )
}

fn seconds(time: f64) -> String {
    if time >= 1.0 {
        format!("{} s", short(time))
    } else if time >= 1e-3 {
        format!("{} ms", short(time * 1e3))
    } else {
        format!("{} µs", short(time * 1e6))
    }
}

/// A node moved.
pub fn nudge(nudge: &Nudge, delta: f64) -> String {
    let entry = entry_name(nudge);
    let mut text = format!("∂ℓ/∂{entry} = {}, at {entry} = {}\n\n", brief(nudge.derivative), brief(nudge.value));
    let mut rows = vec![head(&["δ", "predicted, δ·∂ℓ/∂node", "true change of ℓ", "a ReLU switched"])];
    let wanted = [delta / 10.0, delta, 5.0 * delta, 10.0 * delta];
    for wanted in wanted {
        let nearest = |a: &&nn::problems::nudge::NudgePoint, b: &&nn::problems::nudge::NudgePoint| {
            (a.delta - wanted).abs().total_cmp(&(b.delta - wanted).abs())
        };
        if let Some(point) = nudge.points.iter().min_by(nearest) {
            let switched = if point.crosses_kink { "yes" } else { "no" };
            rows.push(vec![short(point.delta), brief(point.predicted), brief(point.change), switched.to_owned()]);
        }
    }
    text += &table(&rows);
    for kink in nudge.kinks.into_iter().flatten() {
        let _ = writeln!(text, "\nAt δ = {} a ReLU switches; beyond it the derivative need not hold.", short(kink));
    }
    let list = |names: &[String]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let _ = writeln!(text, "\nHeld fixed, because they do not feed {}: {}.", nudge.name, list(&nudge.held));
    let _ = writeln!(text, "What feeds it, and is left as it is: {}.", list(&nudge.feeding));
    text
}

/// Gradient descent.
pub fn descents(descents: &[Descent]) -> String {
    let mut text = String::new();
    for descent in descents {
        let start = &descent.states[0];
        let _ = writeln!(text, "{}, w ← w − γ·∇ℓ(w), γ = {}\n", start.kind().expression(), descent.rate);
        let mut rows = vec![head(&["step", "ℓ", "length of the gradient"])];
        for (step, state) in descent.states.iter().enumerate() {
            let squares = state.explanations().into_iter().filter(|e| state.kind().parameters().contains(&&*e.name));
            let length = squares.map(|e| e.value.norm_squared()).sum::<f64>().sqrt();
            rows.push(vec![step.to_string(), significant(state.value(), 4), significant(length, 3)]);
        }
        text += &table(&rows);
        text.push('\n');
    }
    text
}

/// The summary of the page.
pub fn lesson(lesson: &Lesson) -> String {
    let value = |name: &str, problem: &Problem| vec![name.to_owned(), significant(problem.value(), 4)];
    let tested = |k: usize| {
        let worst = lesson.tested[k].check.comparisons.iter().map(|c| c.dual_error.max(c.difference_error));
        format!(
            "derivatives by {} agree with differences and dual numbers to {}",
            counted(lesson.tested[k].check.comparisons.len(), "node"),
            short(worst.fold(0.0, f64::max))
        )
    };
    let mut rows = Vec::new();
    for (k, (name, problem)) in
        [("chain", &lesson.chain), ("neuron-sum", &lesson.neurons), ("two-layer", &lesson.two_layer)]
            .into_iter()
            .enumerate()
    {
        let mut row = value(name, problem);
        row[1] = format!("ℓ = {};", row[1]);
        row.push(tested(k));
        rows.push(row);
    }
    let counts = &lesson.counts;
    rows.push(vec![
        "cost".to_owned(),
        format!("d^{:.2}", costs::slope(&costs::analytic(counts))),
        format!("by backpropagation, d^{:.2} by differences", costs::slope(&costs::numeric(counts))),
    ]);
    let point = lesson.nudge.points.iter().find(|point| point.delta == lesson.request.delta);
    if let Some(point) = point {
        rows.push(vec![
            "nudge".to_owned(),
            format!("δ = {}", short(point.delta)),
            format!(
                "of {}: predicted {}, true {}",
                entry_name(&lesson.nudge),
                brief(point.predicted),
                brief(point.change)
            ),
        ]);
    }
    for descent in &lesson.descents {
        let losses = descent.losses();
        rows.push(vec![
            "descent".to_owned(),
            format!("γ = {}", descent.rate),
            format!("ℓ from {} to {} in {} steps", short(losses[0]), short(losses[losses.len() - 1]), losses.len() - 1),
        ]);
    }
    table(&rows)
}
