//! A derivative in words: its formula, why the shapes fit, its numbers, and the steps that lead to it.

use autodiff::{Explanation, Formula};
use maud::{Markup, PreEscaped, html};
use nalgebra::DMatrix;
use nn::problems::{Kind, Problem};

use crate::figures::graph::{brief, pretty};

/// The most entries of a matrix that are written out.
const MOST: usize = 16;

/// The derivations of all nodes of a problem; `key` is what their ids begin with.
pub fn all(problem: &Problem, key: &str) -> Markup {
    html! {
        div.derivations {
            @for explanation in problem.explanations() { (one(problem, &explanation, key)) }
        }
    }
}

fn one(problem: &Problem, explanation: &Explanation, key: &str) -> Markup {
    let [rows, columns] = explanation.shape();
    let name = &explanation.name;
    // In the chain, everything depends on x alone.
    let is_total = problem.kind() == Kind::Chain && name == "x";
    let symbol = if is_total { total("ℓ", "x") } else { symbol(explanation) };
    let shapes = explanation.formula.shapes();
    let factors = shapes.matches('×').count();
    let is_one_number = factors == shapes.matches("1×1").count();
    let shown = pretty(name);
    html! {
        article.derivation id=(format!("{key}-{}", id(name))) data-node=(name) {
            h4 { (symbol) " = " (math(&explanation.formula)) }
            p.why {
                @if is_one_number {
                    "Why the shapes fit: everything here is one number, 1×1."
                } @else {
                    "Why the shapes fit: " span.shapes { (shapes) " = " (rows) "×" (columns) } "."
                    @if factors > 1 && !shapes.contains(['∘', '+']) { (neighbours(&shapes)) }
                    " " (shown) " is " (columns) "×" (rows) ", so the derivative, a row for each column of it, is "
                    (rows) "×" (columns) "; the gradient is " (columns) "×" (rows) "."
                }
            }
            p.here { "Here: " (symbol) " = " (matrix(&explanation.value)) }
            @if explanation.steps.len() > 1 {
                details {
                    summary { "Step by step, from ℓ back to " (shown) }
                    ol { @for step in &explanation.steps { li { (local(step, is_total && step.name == "x")) } } }
                }
            }
        }
    }
}

/// What is to be seen in the sizes of the factors of a product, `(1×2)·(2×3)`.
fn neighbours(shapes: &str) -> &'static str {
    let sizes: Vec<&str> = shapes.split('·').map(|shape| shape.trim_matches(['(', ')'])).collect();
    let agree = |pair: &[&str]| pair[0].split('×').nth(1) == pair[1].split('×').next();
    let matrices: Vec<&str> = sizes.iter().copied().filter(|&size| size != "1×1").collect();
    if sizes.windows(2).all(agree) {
        " Neighbouring sizes agree; the outer ones remain."
    } else if matrices.len() > 1 && matrices.windows(2).all(agree) {
        " A factor of 1×1 is a number, which multiplies every entry; the sizes of neighbouring matrices agree, and the outer \
         ones remain."
    } else {
        " A factor of 1×1 is a number, which multiplies every entry."
    }
}

/// One step of the chain rule.
fn local(step: &autodiff::Step, is_total: bool) -> Markup {
    let (local, whole) = (step.local.to_string(), step.formula.to_string());
    let operations: Vec<&str> = step.through.iter().map(|(name, _)| words(name)).collect();
    let symbol = Formula::symbol(step.symbol.clone(), step.value.clone());
    html! {
        (if is_total { total("ℓ", "x") } else { math(&symbol) }) " = " (math(&step.local))
        @if local != whole { " = " (math(&step.formula)) }
        span.shapes { " " (step.local.shapes()) }
        @if !operations.is_empty() { ", back through " (operations.join(" and ")) }
    }
}

/// The name of an operation in a sentence.
fn words(operation: &str) -> &str {
    match operation {
        "product" => "a matrix product",
        "sum" => "a sum",
        "difference" => "a difference",
        "relu" => "the ReLU Φ",
        "norm_squared" => "a sum of squares",
        "scale" => "a product with a number",
        "powi" => "a power",
        other => other,
    }
}

/// ∂ℓ/∂node.
fn symbol(explanation: &Explanation) -> Markup {
    math(&Formula::symbol(explanation.symbol.clone(), explanation.value.clone()))
}

/// A total derivative: d stands where everything else changes along.
pub fn total(of: &str, by: &str) -> Markup {
    fraction("d", of, by)
}

/// A partial derivative: ∂ stands where everything else is held.
pub fn partial(of: &str, by: &str) -> Markup {
    fraction("∂", of, by)
}

fn fraction(sign: &str, of: &str, by: &str) -> Markup {
    let sign = if sign == "d" { "<mi mathvariant=\"normal\">d</mi>" } else { "<mo>∂</mo>" };
    let part = |name: &str| format!("<mrow>{sign}<mi>{name}</mi></mrow>");
    PreEscaped(format!("<math displaystyle=\"true\"><mfrac>{}{}</mfrac></math>", part(of), part(by)))
}

/// A formula as MathML.
pub fn math(formula: &Formula) -> Markup {
    PreEscaped(formula.mathml().replacen("<math>", "<math displaystyle=\"true\">", 1))
}

/// A matrix with its numbers, or what it is like if it has many.
pub fn matrix(matrix: &DMatrix<f64>) -> Markup {
    if matrix.len() > MOST {
        let largest = matrix.amax();
        return html! { (matrix.nrows()) "×" (matrix.ncols()) " numbers, the largest of size " (brief(largest)) };
    }
    if matrix.len() == 1 {
        return html! { (brief(matrix[(0, 0)])) };
    }
    let cells = |row: usize| {
        let cell = |entry: &f64| format!("<mtd><mn>{}</mn></mtd>", brief(*entry));
        matrix.row(row).iter().map(cell).collect::<String>()
    };
    let rows: Vec<String> = (0..matrix.nrows()).map(cells).collect();
    let rows = rows.join("</mtr><mtr>");
    PreEscaped(format!("<math><mrow><mo>(</mo><mtable><mtr>{rows}</mtr></mtable><mo>)</mo></mrow></math>"))
}

/// A name as part of an id.
fn id(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::neighbours;

    #[test]
    fn sizes_agree_only_where_they_do() {
        assert!(neighbours("(1×2)·(2×3)").starts_with(" Neighbouring"));
        assert!(neighbours("(1×1)·(2×1)").contains("number") && !neighbours("(1×1)·(2×1)").contains("agree"));
        assert!(neighbours("(1×1)·(2×1)·(1×3)").contains("neighbouring matrices agree"));
    }
}
