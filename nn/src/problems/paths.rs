//! The chain rule as a sum over paths.

use autodiff::{Graph, NodeId};

/// A way from a node to the loss in a graph of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The names of the nodes that have one, from the node to the loss.
    pub names: Vec<String>,
    /// The local derivative of each of these by the one before.
    pub factors: Vec<f64>,
}

impl Path {
    /// The product of the factors: the share of this path.
    pub fn product(&self) -> f64 {
        self.factors.iter().product()
    }
}

/// All ways from one node to another, through 1×1 nodes; the sum of their products is the total derivative.
///
/// ```
/// use nn::problems::{Problem, paths};
///
/// let chain = Problem::chain(1.5)?;
/// let all = paths(&chain.graph(), chain.node("x")?, chain.node("ℓ")?);
/// assert_eq!(all[0].names, ["x", "f", "ℓ"]);
/// assert_eq!(all[0].factors, [3.0, 4.5]); // df/dx = 2x and ∂ℓ/∂f = 2f
/// assert_eq!(all.iter().map(|path| path.product()).sum::<f64>(), 4.0 * 1.5_f64.powi(3) + 2.0 * 1.5);
/// # Ok::<(), nn::problems::ProblemError>(())
/// ```
pub fn paths(graph: &Graph, from: NodeId, to: NodeId) -> Vec<Path> {
    let start = Path { names: vec![graph.nodes[from.index()].name.clone()], factors: Vec::new() };
    let mut found = Vec::new();
    follow(graph, from, to, start, 1.0, &mut found);
    found
}

/// `factor` is that of the nodes without a name since the last one with a name.
fn follow(graph: &Graph, at: NodeId, to: NodeId, path: Path, factor: f64, found: &mut Vec<Path>) {
    if at == to {
        found.push(path);
        return;
    }
    for edge in graph.edges.iter().filter(|edge| edge.from == at) {
        let Some(jacobian) = edge.jacobian.as_ref().filter(|jacobian| jacobian.len() == 1) else { continue };
        let factor = factor * jacobian[(0, 0)];
        let node = &graph.nodes[edge.to.index()];
        let mut path = path.clone();
        if node.is_named {
            path.names.push(node.name.clone());
            path.factors.push(factor);
        }
        follow(graph, edge.to, to, path, if node.is_named { 1.0 } else { factor }, found);
    }
}
