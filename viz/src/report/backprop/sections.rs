//! The sections of the page, in the order in which they are read.

use maud::{Markup, html};
use nn::problems::cost;
use nn::problems::lesson::Lesson;
use nn::problems::{Problem, paths};

use super::DESCENDED;
use super::derivation::{self, matrix, partial, total};
use super::passes::graph;
use crate::figures::Figure;
use crate::figures::graph::{brief, pretty};
use crate::figures::nudge::entry_name;
use crate::report::figure::{figure, named, numbers, picture};
use crate::report::words::list;
use crate::text::{short, significant, thousands};

/// What the page is, and its results.
pub fn opening(lesson: &Lesson) -> Markup {
    let nodes: usize = lesson.tested.iter().map(|tested| tested.check.comparisons.len()).sum();
    let worst = |error: &dyn Fn(&autodiff::Comparison) -> f64| {
        lesson.tested.iter().flat_map(|tested| &tested.check.comparisons).map(error).fold(0.0, f64::max)
    };
    let last = &lesson.counts[lesson.counts.len() - 1];
    let ratio = last.numeric.operations as f64 / last.analytic_operations() as f64;
    html! {
        h1 { "Backpropagation, taken apart" }
        p.lead {
            "Three small expressions are recorded as they are computed. From the record come the graphs, the derivatives \
             and the counts of operations on this page; the formulas of the derivatives are put together from the rules of \
             the operations that were recorded."
        }
        ul.results {
            li {
                @if lesson.passes() { "Every derivative by the " (nodes) " given arrays agrees" }
                @else { strong { "A derivative does not agree" } }
                " with dual numbers (largest error " (short(worst(&|c| c.dual_error)))
                ") and with central differences (" (short(worst(&|c| c.difference_error))) ")."
            }
            li {
                "For two layers of " (last.size) "×" (last.size) " weights, the gradient by W" sub { "1" } " takes "
                (thousands(ratio.round() as u64)) " times as many operations by differences as by backpropagation."
            }
            @for descent in &lesson.descents {
                @let losses = descent.losses();
                li {
                    (losses.len() - 1) " steps of gradient descent on " (pretty(descent.states[0].kind().expression())) " take the loss from "
                    (short(losses[0])) " to " (short(losses[losses.len() - 1])) "."
                }
            }
        }
        p {
            "Two signs are kept apart: " (partial("ℓ", "v")) " is a partial derivative, everything but " i { "v" }
            " and what is computed from it held fixed; " (total("ℓ", "v")) " is a total one. Derivatives are written as rows: \
             the derivative by an R×C matrix is C×R, so that the chain rule is a product from left to right. The gradient, \
             which gradient descent subtracts, is its transpose."
        }
    }
}

/// The figure of a name with its explanation.
fn explained(figures: &[Figure], name: &str, explanation: &Markup) -> Markup {
    named(figures, name).map(|drawn| figure(drawn, explanation)).unwrap_or_default()
}

/// (a) and (b): the chain rule, total and partial.
pub fn chain(lesson: &Lesson, figures: &[Figure]) -> Markup {
    let problem = &lesson.chain;
    let x = lesson.request.at;
    let all = match (problem.node("x"), problem.node("ℓ")) {
        (Ok(from), Ok(to)) => paths(&problem.graph(), from, to),
        _ => Vec::new(),
    };
    let sum: f64 = all.iter().map(nn::problems::Path::product).sum();
    html! {
        section #chain {
            h2 { "The chain rule is a sum over paths" }
            p {
                "Let f(x) = x², g(x) = x and h(f, g) = f² + g². Then ℓ(x) = h(f(x), g(x)) = x⁴ + x². A change of x reaches ℓ \
                 on two paths, through f and through g, and the total derivative is the sum over both:"
            }
            p.formula {
                (total("ℓ", "x")) " = " (partial("ℓ", "f")) " · " (total("f", "x")) " + " (partial("ℓ", "g")) " · " (total("g", "x"))
            }
            p {
                "With d, everything that depends on x moves; ∂ℓ/∂f is the derivative of h by its first argument: f moves and g is held. In general \
                 the derivative of f(g" sub { "1" } "(w), …, g" sub { "n" } "(w)) has one such term for each g" sub { "i" } "."
            }
            (graph(figures, "backprop-chain", problem, "chain", &html! {
                p { "A local Jacobian holds the derivative of each entry of a node by each entry of one that it is computed from; of two \
                     numbers it is one number. The source x fans out to f and g, which meet in ℓ. On the way back, what arrives at x over both dashed lines is added." }
            }))
            div.rows tabindex="0" role="group" aria-label="Table, scrolls" {
                table {
                    caption { "The sum over paths at x = " (x) }
                    thead { tr { th scope="col" { "path" } th scope="col" { "partial, ∂ℓ" } th scope="col" { "total, d by dx" } th scope="col" { "product" } } }
                    tbody {
                        @for path in &all {
                            @if let [_, through, ..] = &path.names[..] {
                                tr {
                                    td { (path.names.join(" → ")) }
                                    td { (partial("ℓ", through)) " = " (brief(path.factors[path.factors.len() - 1])) }
                                    td { (total(through, "x")) " = " (brief(path.factors[0])) }
                                    td { (significant(path.product(), 6)) }
                                }
                            }
                        }
                        tr { th scope="row" colspan="3" { "sum, " (total("ℓ", "x")) } td { (significant(sum, 6)) } }
                        tr { th scope="row" colspan="3" { "directly, 4x³ + 2x" } td { (significant(4.0 * x.powi(3) + 2.0 * x, 6)) } }
                    }
                }
            }
            h3 { "Each derivative" }
            (derivation::all(problem, "chain"))
        }
    }
}

/// (c): the sum of neurons.
pub fn neurons(lesson: &Lesson, figures: &[Figure]) -> Markup {
    let (count, size) = lesson.neurons.inputs().get("W").map_or((0, 0), nalgebra::DMatrix::shape);
    html! {
        section #neurons {
            h2 { "A sum of neurons" }
            p {
                "ℓ = (y − Σ" sub { "i" } " Φ(w" sub { "i" } "ᵀx + b" sub { "i" } "))², with " (count) " neurons and x of length " (size)
                ". Φ is the ReLU, max(·, 0). The weights w" sub { "i" } "ᵀ are the rows of W."
            }
            @if let Some(problem) = &lesson.numbers {
                (graph(figures, "backprop-neurons-in-numbers", problem, "numbers", &html! {
                    p { "Where Φ is flat, the local derivative is 0, and everything behind it gets a derivative of 0: a unit that is off does not learn from this sample." }
                }))
                details.all {
                    summary { h3 { "Each derivative, number by number" } }
                    (derivation::all(problem, "numbers"))
                }
            }
            (graph(figures, "backprop-neurons", &lesson.neurons, "neurons", &html! {
                p { "Each box is now an array. A local Jacobian has a row for each entry of the result and a column for each entry of the operand; entries of a matrix are counted column by column." }
            }))
            h3 { "Each derivative" }
            (derivation::all(&lesson.neurons, "neurons"))
        }
    }
}

/// (d): two layers.
pub fn two_layer(lesson: &Lesson, figures: &[Figure]) -> Markup {
    let size = lesson.two_layer.inputs().get("x").map_or(0, nalgebra::DMatrix::nrows);
    html! {
        section #two-layer {
            h2 { "Two layers" }
            p {
                "ℓ(x) = ½‖W" sub { "2" } " Φ(W" sub { "1" } "x + b) − y‖², all weights " (size) "×" (size) ". Each intermediate has \
                 a name: x" sub { "1" } " = W" sub { "1" } "x + b, x" sub { "2" } " = Φ(x" sub { "1" } "), x" sub { "3" } " = W" sub { "2" }
                "x" sub { "2" } ", x" sub { "4" } " = x" sub { "3" } " − y."
            }
            (graph(figures, "backprop-two-layer", &lesson.two_layer, "two-layer", &html! {
                p {
                    "∂Φ/∂x" sub { "1" } " is diagonal: Φ works on each entry alone, and its slope is 1 where the entry is positive and \
                     0 elsewhere. The Jacobian by W" sub { "1" } " has a column for each of its entries and is mostly zeros, so nobody \
                     forms it: its product with a row is the outer product of x with that row."
                }
            }))
            h3 { "Each derivative" }
            (derivation::all(&lesson.two_layer, "two-layer"))
        }
    }
}

/// Whether the derivatives are right.
pub fn check(lesson: &Lesson, figures: &[Figure]) -> Markup {
    html! {
        section #check {
            h2 { "Are the derivatives right?" }
            p {
                "Each is held against two other ways to get it. " strong { "Central differences" } " move one entry by ±ε and look at \
                 ℓ: the error falls like ε² while the step is too large, and rises like 1/ε where rounding takes over, hence the V. "
                strong { "Dual numbers" } " carry a derivative along with every value, forward through the same program, and are exact \
                 up to rounding."
            }
            (explained(figures, "backprop-check", &html! {
                p {
                    "Of two layers, ℓ is of second degree in any one entry as long as no ReLU switches: a central difference has no \
                     truncation error there, only one arm of the V is left, and the larger the step the smaller the error, until a step reaches over a kink."
                }
                @if let Some(on) = &lesson.kink {
                    p {
                        "In the last panel the bias is chosen so that an entry of x" sub { "1" } " is exactly 0. The slope of ℓ is "
                        (short(on.slopes[0])) " before this kink and " (short(on.slopes[1])) " behind it; there is no \
                         derivative. Backpropagation says " (short(on.curve.derivative)) ", because Φ′(0) is taken to be 0, and the \
                         difference says " (short(on.curve.points.get(24).map_or(f64::NAN, |point| point.difference))) ", about the \
                         mean of both. The checker notices that a ReLU switches between the two ends of the difference, and does \
                         not judge."
                    }
                }
            }))
            (comparisons(lesson))
        }
    }
}

fn comparisons(lesson: &Lesson) -> Markup {
    let problems = [("chain", 0), ("sum of neurons", 1), ("two layers", 2)];
    html! {
        div.rows tabindex="0" role="group" aria-label="Table, scrolls" {
            table {
                caption { "Largest errors over all entries, relative to the derivative or to 1 if that is smaller; ε = 10⁻⁵" }
                thead { tr { th scope="col" { "problem" } th scope="col" { "by" } th scope="col" { "against dual numbers" } th scope="col" { "against differences" } th scope="col" { "not judged" } } }
                tbody {
                    @for (words, place) in problems {
                        @for comparison in &lesson.tested[place].check.comparisons {
                            tr {
                                td { (words) } td { (pretty(&comparison.name)) } td { (short(comparison.dual_error)) }
                                td { (short(comparison.difference_error)) }
                                td { (comparison.not_judged().unwrap_or_else(|| "none".to_owned())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// (e): what a gradient costs.
pub fn cost(lesson: &Lesson, figures: &[Figure]) -> Markup {
    let (analytic, numeric) = (cost::analytic(&lesson.counts), cost::numeric(&lesson.counts));
    let last = &lesson.counts[lesson.counts.len() - 1];
    let local = |points: &[[f64; 2]]| {
        let slopes = cost::local_slopes(points).into_iter().map(|slope| format!("{slope:.2}"));
        list(slopes)
    };
    html! {
        section #cost {
            h2 { "What a gradient costs" }
            p {
                "To get ∂ℓ/∂W" sub { "1" } " of two layers by central differences, ℓ is computed twice for each of d² entries, and each \
                 time costs two products of a matrix with a column, about 4d² operations: O(d⁴). Backpropagation computes ℓ once and \
                 goes back once, and each step back is again a matrix with a row, or an outer product: O(d²)."
            }
            (explained(figures, "backprop-cost", &html! {
                p {
                    "Counted from the recorded programs, an addition or a product being one operation. From each d to its double the \
                     power is " (local(&analytic)) " for backpropagation and " (local(&numeric)) " for differences: the smaller terms die out, \
                     and 2 and 4 remain. At d = " (last.size) " the counts are " (thousands(last.analytic_operations())) " and "
                    (thousands(last.numeric.operations)) "."
                }
                @if !lesson.times.is_empty() {
                    p {
                        "Times are measured on this machine and differ from run to run. Small sizes fit into registers and run at a \
                         higher rate. Where differences would take long, some of their passes are timed and the rest is reckoned."
                    }
                }
            }))
        }
    }
}

/// (f): what a partial derivative means.
pub fn nudge(lesson: &Lesson, figures: &[Figure]) -> Markup {
    let nudge = &lesson.nudge;
    let entry = entry_name(nudge);
    let delta = lesson.request.delta;
    let point = nudge.points.iter().find(|point| point.delta == delta);
    let names = |names: &[String]| {
        if names.is_empty() { "nothing".to_owned() } else { list(names.iter().map(|name| pretty(name))) }
    };
    html! {
        section #nudge {
            h2 { "What a derivative at a node means" }
            p {
                "Take the node " (pretty(&nudge.name)) " of two layers. Hold the given arrays that do not feed it, here "
                strong { (names(&nudge.held)) } ", move one entry of it by a small δ, whatever made it move, and let the rest follow: ℓ changes \
                 by about δ times the derivative. What feeds the node (" (names(&nudge.feeding)) ") only matters through it. To go \
                 downhill, move against the sign of the derivative."
            }
            @if let Some(point) = point {
                p {
                    (pretty(&format!("∂ℓ/∂{entry}"))) " = " (brief(nudge.derivative)) ". For δ = " (short(delta)) " the predicted change of ℓ is "
                    (brief(point.predicted)) ", the true one " (brief(point.change)) "."
                    @if point.crosses_kink { " On the way a ReLU switches, so the prediction does not hold." }
                }
            }
            (explained(figures, "backprop-nudge", &html! {
                p {
                    "Near 0 the two lines touch; farther out the true change bends away, because ℓ is not a line."
                    @match nudge.kinks {
                        [None, None] => " No ReLU switches in this range.",
                        _ => " Beyond the dotted lines another piece of ℓ begins, of which the derivative at δ = 0 knows nothing.",
                    }
                }
            }))
        }
    }
}

/// (g): gradient descent.
pub fn descent(lesson: &Lesson, figures: &[Figure]) -> Markup {
    html! {
        section #descent {
            h2 { "Gradient descent, step by step" }
            p {
                "w ← w − γ·∇ℓ(w): each step is a forward pass for the values, a backward pass for the derivatives, and an update of the \
                 parameters, which are the boxes with a thick outline; x and y are given and stay. γ is the largest of 0.1, 0.05, 0.025, … \
                 with which ℓ rises in no step."
            }
            @for (which, words) in ["The sum of neurons", "Two layers"].into_iter().enumerate() {
                h3 { (words) }
                (explained(figures, &format!("backprop-descent-{}", DESCENDED[which]), &html! {
                    p { "γ = " (lesson.descents[which].rate) ". The loss at the start and after each step." }
                }))
                (walk(lesson, which, figures))
            }
        }
    }
}

/// The graph at each step, one at a time; the choice works without scripts.
fn walk(lesson: &Lesson, which: usize, figures: &[Figure]) -> Markup {
    let descent = &lesson.descents[which];
    let key = DESCENDED[which];
    let count = descent.states.len();
    html! {
        div.walk data-walk=(key) {
            form.steps autocomplete="off" {
                fieldset {
                    legend { "Step" }
                    @for step in 0..count {
                        label {
                            input type="radio" name=(format!("step-{key}")) id=(format!("step-{key}-{step}")) value=(step) checked[step == 0];
                            (step)
                        }
                    }
                    span.hint { "← and → walk" }
                }
            }
            @for (step, problem) in descent.states.iter().enumerate() {
                @if let Some(drawn) = named(figures, &format!("backprop-descent-{key}-{step}")) {
                    figure.graph.step data-step=(step) data-print[step == 0] id=(format!("figure-{}", drawn.name())) {
                        (picture(drawn))
                        figcaption { p { (update(problem, descent.rate, step + 1 < count)) } }
                        (numbers(drawn))
                    }
                }
            }
        }
    }
}

/// What the step from this state does, for one parameter with its numbers.
fn update(problem: &Problem, rate: f64, goes_on: bool) -> Markup {
    if !goes_on {
        return html! { "The last state shown." };
    }
    let explanations = problem.explanations();
    let bias = explanations.iter().find(|explanation| explanation.name == "b");
    let (Some(by), Some(b)) = (bias, problem.inputs().get("b")) else { return html! {} };
    html! {
        "The next step takes each parameter against its gradient, for example b: "
        (matrix(b)) " − " (rate) " · " (matrix(&by.gradient())) " = " (matrix(&(b - rate * by.gradient()))) "."
    }
}

/// Conventions, and where the numbers come from.
pub fn notes(lesson: &Lesson) -> Markup {
    html! {
        section #notes {
            h2 { "Notes" }
            ul {
                li { "Inputs are random, with seed " (lesson.request.seed) ", and rounded to two decimals so that they can be copied by hand. Numbers in graphs are rounded to about three digits; backprop.json beside this page has them in full." }
                li { "Φ′(0) = 0: any number from 0 to 1 would do, and 0 is what other libraries take." }
                li { "A dash “–” in a graph stands where no derivative was computed. That is not 0." }
                li { "In heat maps, colour is the sign (negative cells carry a dash) and strength the size, on a scale symmetric about zero that ends at three times the root mean square; cells beyond it are framed." }
                li { "An addition, subtraction, product, quotient, comparison or call of a function counts as one operation." }
                li { "This page is made again, for other sizes, inputs and nodes, with " code { "elbow backprop --size D --count N --seed N --at X --node NAME --delta SIZE" } "." }
            }
        }
    }
}
