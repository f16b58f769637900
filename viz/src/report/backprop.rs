//! Derivatives taken apart, as figures for files, and as one page that explains them.

mod derivation;
mod passes;
mod sections;

use std::fmt::Write as _;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use nn::problems::lesson::Lesson;
use nn::problems::{Kind, Problem};

use super::page::{head, look};
use crate::figures::graph::{Detail, Options, Sources, draw, pretty};
use crate::figures::{Figure, cost, descent, differences, nudge};
use crate::text::short;

/// Every figure of the page; the name of a figure is that of its file, without `.svg`.
pub fn figures(lesson: &Lesson) -> Vec<Figure> {
    let mut figures = vec![chain(lesson)];
    figures.extend(numbers(lesson));
    figures.extend([neurons(lesson), two_layer(lesson), check(lesson), cost(lesson), nudge(lesson)]);
    for which in [0, 1] {
        figures.push(losses(lesson, which));
        figures.extend((0..lesson.descents[which].states.len()).map(|step| state(lesson, which, step)));
    }
    figures
}

/// The page with its figures, as [`figures`] draws them: one HTML file.
pub fn html(lesson: &Lesson, figures: &[Figure]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head("Backpropagation, taken apart", &style(lesson)))
            body {
                main {
                    (sections::opening(lesson))
                    (contents())
                    (sections::chain(lesson, figures))
                    (sections::neurons(lesson, figures))
                    (sections::two_layer(lesson, figures))
                    (sections::check(lesson, figures))
                    (sections::cost(lesson, figures))
                    (sections::nudge(lesson, figures))
                    (sections::descent(lesson, figures))
                    (sections::notes(lesson))
                }
                footer { p { "Made by Elbow " (env!("CARGO_PKG_VERSION")) "." } }
                script { (PreEscaped(include_str!("page.js"))) }
                script { (PreEscaped(include_str!("backprop/nodes.js"))) }
            }
        }
    };
    page.into_string()
}

/// The style sheet, with the rules by which a step of a descent is chosen where there are no scripts.
fn style(lesson: &Lesson) -> String {
    let mut css = look() + include_str!("backprop/style.css") + "@media screen and (scripting: none) {\n";
    for (key, descent) in DESCENDED.iter().zip(&lesson.descents) {
        for step in 0..descent.states.len() {
            // Writing to a string cannot fail.
            let _ = writeln!(
                css,
                "  :root:has(#step-{key}-{step}:checked) [data-walk=\"{key}\"] .step:not([data-step=\"{step}\"]) {{ display: none; }}"
            );
        }
    }
    css + "}\n"
}

fn contents() -> Markup {
    let parts = [
        ("chain", "Chain rule"),
        ("neurons", "A sum of neurons"),
        ("two-layer", "Two layers"),
        ("check", "Are they right?"),
        ("cost", "What they cost"),
        ("nudge", "What they mean"),
        ("descent", "Gradient descent"),
        ("notes", "Notes"),
    ];
    html! { nav aria-label="Contents" { @for (id, words) in parts { a href=(format!("#{id}")) { (words) } } } }
}

/// The graph of a problem under a title.
fn graph(name: &str, title: &str, problem: &Problem, sources: Sources) -> Figure {
    let total_by = (problem.kind() == Kind::Chain).then_some("x");
    draw(name, title, &problem.graph(), Options { detail: Detail::Named, sources, total_by })
}

fn chain(lesson: &Lesson) -> Figure {
    let title = format!(
        "At x = {} the loss is {}: two paths lead from x to it",
        lesson.request.at,
        short(lesson.chain.value())
    );
    graph("backprop-chain", &title, &lesson.chain, Sources::First)
}

fn numbers(lesson: &Lesson) -> Option<Figure> {
    let numbers = lesson.numbers.as_ref()?;
    let title = "Every number a node: weights, biases, x and y on one side, the loss on the other";
    Some(graph("backprop-neurons-in-numbers", title, numbers, Sources::First))
}

fn neurons(lesson: &Lesson) -> Figure {
    let title = format!("The same with matrices: ℓ = {}", short(lesson.neurons.value()));
    graph("backprop-neurons", &title, &lesson.neurons, Sources::First)
}

fn two_layer(lesson: &Lesson) -> Figure {
    let title = pretty(&format!("{} = {}", lesson.two_layer.kind().expression(), short(lesson.two_layer.value())));
    graph("backprop-two-layer", &title, &lesson.two_layer, Sources::NearUse)
}

fn check(lesson: &Lesson) -> Figure {
    let name = |curve: &autodiff::ErrorCurve| {
        let graph = lesson.two_layer.graph();
        let rows = graph.nodes.get(curve.node.index()).map_or(1, |node| node.rows);
        let (i, j) = (curve.entry % rows + 1, curve.entry / rows + 1);
        if curve.name.starts_with('W') { format!("{}[{i},{j}]", curve.name) } else { format!("{}[{i}]", curve.name) }
    };
    let two_layer = lesson.tested[2].curves.iter().filter(|curve| curve.name != "y");
    let mut panels = vec![
        differences::Panel {
            heading: "Chain: ℓ is of fourth degree in x".to_owned(),
            curves: lesson.tested[0].curves.iter().map(|curve| (curve.name.clone(), curve)).collect(),
        },
        differences::Panel {
            heading: "Two layers: pieces of second degree".to_owned(),
            curves: two_layer.map(|curve| (name(curve), curve)).collect(),
        },
    ];
    if let Some(on) = &lesson.kink {
        panels.push(differences::Panel {
            heading: format!("Two layers, on a kink: {} = 0", pretty(&format!("x1[{}]", on.unit + 1))),
            curves: vec![(format!("b[{}]", on.unit + 1), &on.curve)],
        });
    }
    let best = lesson.tested[0].curves.first().and_then(|curve| curve.best());
    let title = best.map_or_else(
        || "Central differences against the derivative".to_owned(),
        |best| {
            format!(
                "In the chain the error by {} is smallest, {}, at ε = {}; where nothing is truncated, large steps are best",
                lesson.tested[0].curves.first().map_or("x", |curve| &curve.name),
                short(best.error),
                short(best.epsilon)
            )
        },
    );
    differences::curves("backprop-check", &title, &panels)
}

fn cost(lesson: &Lesson) -> Figure {
    cost::gradient("backprop-cost", &lesson.counts, &lesson.times)
}

fn nudge(lesson: &Lesson) -> Figure {
    nudge::prediction("backprop-nudge", &lesson.nudge, lesson.request.delta)
}

/// The two problems that are descended on.
const DESCENDED: [&str; 2] = ["neurons", "two-layer"];

fn losses(lesson: &Lesson, which: usize) -> Figure {
    let descent = &lesson.descents[which];
    descent::losses(&format!("backprop-descent-{}", DESCENDED[which]), descent.rate, &descent.losses())
}

fn state(lesson: &Lesson, which: usize, step: usize) -> Figure {
    let state = &lesson.descents[which].states[step];
    let title = match step {
        0 => format!("Before the first step: ℓ = {}", crate::text::significant(state.value(), 3)),
        step => format!("After step {step}: ℓ = {}", crate::text::significant(state.value(), 3)),
    };
    let name = format!("backprop-descent-{}-{step}", DESCENDED[which]);
    let sources = if which == 0 { Sources::First } else { Sources::NearUse };
    graph(&name, &title, state, sources)
}
