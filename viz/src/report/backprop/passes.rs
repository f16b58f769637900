//! A graph with a forward and a backward pass through it: a step at a time, or the node that is pointed at. What is said
//! of a node stands in one place beside or below the graph, which does not move.

use maud::{Markup, html};
use nalgebra::DMatrix;
use nn::problems::Problem;

use super::derivation::matrix;
use crate::figures::Figure;
use crate::figures::graph::{Detail, Diagram, Node, pretty};
use crate::report::figure::{named, numbers, picture};

/// Graphs up to this width leave room for words beside them.
const LEAVES_ROOM: f64 = 800.0;

/// The graph of a name, the passes through it, and its explanation; `key` is what the ids of its derivations begin with.
pub fn graph(figures: &[Figure], name: &str, problem: &Problem, key: &str, explanation: &Markup) -> Markup {
    let Some(drawn) = named(figures, name) else { return html! {} };
    let wide = drawn.document.size().0;
    html! {
        figure.graph id=(format!("figure-{}", drawn.name())) data-derivations=(key) {
            div.stage.beside[wide <= LEAVES_ROOM] style=(format!("--wide: {}px", wide.ceil())) {
                (picture(drawn))
                div.now.scripted hidden {
                    div.pinned {
                        div.controls {
                            button.back-step type="button" { "Back" }
                            button.next-step type="button" { "Next" }
                            output { "Forward, then backward" }
                        }
                        div.told tabindex="0" role="group" aria-label="What is computed" aria-live="polite" {
                            p { "Next walks forward through the values and backward through the derivatives. Or point at a node, or go to it with \
                                 the Tab key: its derivative is taken apart here, and its way to ℓ stays lit. A click keeps it." }
                        }
                    }
                    template { (values(problem)) }
                }
            }
            figcaption { (explanation) }
            (numbers(drawn))
        }
    }
}

/// What is said of each node on the way forward, and of the loss, where the way back begins. `data-nodes` names the nodes
/// that are reached.
fn values(problem: &Problem) -> Markup {
    let nodes = Diagram::new(&problem.graph(), Detail::Named).nodes;
    let (given, computed): (Vec<&Node>, Vec<&Node>) = nodes.iter().partition(|node| node.definition.is_empty());
    let names: Vec<&str> = given.iter().map(|node| node.name.as_str()).collect();
    let value = |node: &Node| matrix(&DMatrix::from_column_slice(node.rows, node.columns, &node.value));
    html! {
        div data-nodes=(names.join(" ")) {
            p { "Given:" }
            @for node in &given { p.here { (pretty(&node.name)) " = " (value(node)) } }
        }
        @for node in &computed {
            div data-nodes=(node.name) { p.here { (pretty(&node.name)) " = " (pretty(&node.definition)) " = " (value(node)) } }
        }
        div data-nodes="ℓ" data-back { p.here { "∂ℓ/∂ℓ = 1: here the way back begins." } }
    }
}
