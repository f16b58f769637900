//! The computation graph as plain data, to be walked, drawn and printed.

use crate::derivatives::Derivatives;
use crate::explain::{definition, pull, values};
use crate::record::{Leaf, NodeId, Record, Source};
use crate::tape::Tape;
use nalgebra::DMatrix;
use serde_json::{Value, json};
use std::fmt;
use tensor::Element;

/// Every node of a tape and every edge from an operand to a result, in the order of recording: an edge never points
/// back.
///
/// ```
/// use autodiff::{SMatrix, Tape};
///
/// let tape = Tape::new();
/// let w = tape.parameter("w", SMatrix::<f64, 1, 2>::new(3.0, 4.0));
/// let x = tape.input("x", SMatrix::<f64, 2, 1>::new(1.0, 0.5));
/// let y = (w * x).named("y");
/// let graph = tape.graph().with_derivatives(&tape.backward(y));
/// assert_eq!(graph.to_string(), "\
/// w: 1×2 parameter = [3 4], derivative [1 0.5]
/// x: 2×1 input = [1; 0.5], derivative [3; 4]
/// y: 1×1 = product(w, x) = w·x = [5], derivative [1]
/// ");
/// assert_eq!(graph.edges[0].jacobian.as_ref().unwrap().as_slice(), [1.0, 0.5]); // ∂y/∂w, 1×2
/// ```
#[derive(Clone, Debug)]
pub struct Graph {
    /// The nodes; a node's place is its [`NodeId::index`].
    pub nodes: Vec<GraphNode>,
    /// The edges, by result and then by place among the operands.
    pub edges: Vec<Edge>,
}

/// A node of a [`Graph`].
#[derive(Clone, Debug)]
pub struct GraphNode {
    /// The node on the tape.
    pub id: NodeId,
    /// Its name, or its operation with its number.
    pub name: String,
    /// Whether it was given that name.
    pub is_named: bool,
    /// Where its value comes from.
    pub kind: NodeKind,
    /// What it is computed as, in terms of named nodes: W1·x + b. Empty for what is not computed.
    pub definition: String,
    /// Its number of rows.
    pub rows: usize,
    /// Its number of columns.
    pub columns: usize,
    /// Its entries, column by column.
    pub value: Vec<f64>,
    /// The derivative of a loss by each entry, or None where it was not computed.
    pub derivative: Option<Vec<f64>>,
}

/// Where the value of a node comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// It is trained.
    Parameter,
    /// It is given.
    Input,
    /// It never changes.
    Constant,
    /// It is computed by the operation of that name.
    Operation(&'static str),
}

/// An operand of an operation.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The operand.
    pub from: NodeId,
    /// The result.
    pub to: NodeId,
    /// The place among the operands, from 0.
    pub place: usize,
    /// Rows and columns of the local Jacobian: entries of the result × entries of the operand.
    pub jacobian_shape: [usize; 2],
    /// The local Jacobian ∂result/∂operand, entries of both taken column by column. None if it has more than
    /// [`Graph::LARGEST_JACOBIAN`] entries.
    pub jacobian: Option<DMatrix<f64>>,
}

impl Graph {
    /// The most entries a local Jacobian may have and still be computed.
    pub const LARGEST_JACOBIAN: usize = 10_000;

    /// The same graph with the derivatives that were computed. The entries of the others are None.
    ///
    /// ```
    /// # use autodiff::{SMatrix, Tape};
    /// let tape = Tape::new();
    /// let x = tape.input("x", SMatrix::<f64, 1, 1>::new(3.0));
    /// let c = tape.constant(SMatrix::<f64, 1, 1>::new(2.0));
    /// let graph = tape.graph().with_derivatives(&tape.backward(x * c));
    /// assert_eq!(graph.nodes[0].derivative.as_deref(), Some(&[2.0][..]));
    /// assert_eq!(graph.nodes[1].derivative, None);
    /// ```
    #[must_use]
    pub fn with_derivatives<T: Element>(mut self, derivatives: &Derivatives<T>) -> Graph {
        for node in &mut self.nodes {
            node.derivative = derivatives.slice(node.id).map(numbers);
        }
        self
    }

    /// The names of the operands of a node, in their places.
    fn operands(&self, node: &GraphNode) -> Vec<&str> {
        let first = self.edges.partition_point(|edge| edge.to < node.id);
        let edges = self.edges[first..].iter().take_while(|edge| edge.to == node.id);
        edges.map(|edge| self.nodes[edge.from.index()].name.as_str()).collect()
    }

    /// In the language of Graphviz, drawn from left to right.
    ///
    /// ```
    /// # use autodiff::{SMatrix, Tape};
    /// let tape = Tape::new();
    /// let x = tape.input("x", SMatrix::<f64, 2, 1>::new(1.0, -1.0));
    /// let y = x.relu().named("y");
    /// assert_eq!(tape.graph().dot(), r#"digraph {
    ///   rankdir = LR;
    ///   node [shape = box];
    ///   n0 [label = "x\n2×1", style = rounded];
    ///   n1 [label = "y = relu\n2×1"];
    ///   n0 -> n1;
    /// }
    /// "#);
    /// ```
    pub fn dot(&self) -> String {
        let mut lines = vec!["digraph {".to_owned(), "  rankdir = LR;".to_owned(), "  node [shape = box];".to_owned()];
        for node in &self.nodes {
            let escaped = node.name.replace('\\', "\\\\").replace('"', "\\\"");
            let shape = format!("{}×{}", node.rows, node.columns);
            lines.push(match node.kind {
                NodeKind::Operation(operation) => {
                    format!("  n{} [label = \"{escaped} = {operation}\\n{shape}\"];", node.id.index())
                }
                _ => format!("  n{} [label = \"{escaped}\\n{shape}\", style = rounded];", node.id.index()),
            });
        }
        for edge in &self.edges {
            lines.push(format!("  n{} -> n{};", edge.from.index(), edge.to.index()));
        }
        lines.push("}\n".to_owned());
        lines.join("\n")
    }

    /// As JSON: `nodes` with `id`, `name`, `kind`, `operation`, `definition`, `shape`, `value` and `derivative`, and
    /// `edges` with `from`, `to`, `place` and `jacobian`, which has a `shape` and a `value`. Matrices are lists of rows;
    /// what was not computed is null, and so is a number that is not finite.
    ///
    /// ```
    /// # use autodiff::{SMatrix, Tape};
    /// let tape = Tape::new();
    /// let x = tape.input("x", SMatrix::<f64, 1, 2>::new(1.0, -1.0));
    /// let y = x.sum().named("y");
    /// let json = tape.graph().json();
    /// assert_eq!(json["nodes"][1]["operation"], "sum");
    /// assert_eq!(json["edges"][0]["jacobian"]["value"].to_string(), "[[1.0,1.0]]");
    /// ```
    pub fn json(&self) -> Value {
        let nodes: Vec<Value> = self.nodes.iter().map(GraphNode::json).collect();
        let edges: Vec<Value> = self.edges.iter().map(Edge::json).collect();
        json!({ "nodes": nodes, "edges": edges })
    }
}

impl GraphNode {
    fn json(&self) -> Value {
        let (kind, operation) = match self.kind {
            NodeKind::Parameter => ("parameter", None),
            NodeKind::Input => ("input", None),
            NodeKind::Constant => ("constant", None),
            NodeKind::Operation(operation) => ("operation", Some(operation)),
        };
        json!({
            "id": self.id.index(),
            "name": self.name,
            "kind": kind,
            "operation": operation,
            "definition": self.definition,
            "shape": [self.rows, self.columns],
            "value": rows(self.rows, &self.value),
            "derivative": self.derivative.as_ref().map(|derivative| rows(self.rows, derivative)),
        })
    }
}

impl Edge {
    fn json(&self) -> Value {
        let value = self.jacobian.as_ref().map(|jacobian| rows(jacobian.nrows(), jacobian.as_slice()));
        json!({
            "from": self.from.index(),
            "to": self.to.index(),
            "place": self.place,
            "jacobian": { "shape": self.jacobian_shape, "value": value },
        })
    }
}

/// The rows of a matrix that is stored column by column.
fn rows(count: usize, entries: &[f64]) -> Vec<Vec<f64>> {
    (0..count).map(|row| entries.iter().skip(row).step_by(count).copied().collect()).collect()
}

/// A matrix as [a b; c d].
fn bracketed(count: usize, entries: &[f64]) -> String {
    let row = |row: Vec<f64>| row.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
    format!("[{}]", rows(count, entries).into_iter().map(row).collect::<Vec<_>>().join("; "))
}

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for node in &self.nodes {
            write!(f, "{}: {}×{} ", node.name, node.rows, node.columns)?;
            match node.kind {
                NodeKind::Parameter => write!(f, "parameter")?,
                NodeKind::Input => write!(f, "input")?,
                NodeKind::Constant => write!(f, "constant")?,
                NodeKind::Operation(operation) => {
                    write!(f, "= {operation}({})", self.operands(node).join(", "))?;
                    if !node.definition.is_empty() {
                        write!(f, " = {}", node.definition)?;
                    }
                }
            }
            write!(f, " = {}", bracketed(node.rows, &node.value))?;
            if let Some(derivative) = &node.derivative {
                write!(f, ", derivative {}", bracketed(node.rows, derivative))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl<T: Element> Tape<T> {
    /// The graph of everything recorded so far, without derivatives; see [`Graph::with_derivatives`].
    pub fn graph(&self) -> Graph {
        let record = self.record.borrow();
        let (nodes, labels, values) = (&record.nodes, record.labels(), values(&record));
        let mut graph = Graph { nodes: Vec::new(), edges: Vec::new() };
        for (i, (node, name)) in nodes.iter().zip(labels).enumerate() {
            let id = nodes.id.node(i);
            let kind = match &node.source {
                Source::Leaf(Leaf::Parameter) => NodeKind::Parameter,
                Source::Leaf(Leaf::Input) => NodeKind::Input,
                Source::Leaf(Leaf::Constant) | Source::Fused(_) => NodeKind::Constant,
                Source::Operation(operation) => {
                    for (place, &from) in nodes.operands(node).iter().enumerate() {
                        let from = from as usize;
                        let jacobian_shape = [node.slot.len(), nodes[from].slot.len()];
                        let is_small = jacobian_shape[0] * jacobian_shape[1] <= Graph::LARGEST_JACOBIAN;
                        let jacobian = is_small.then(|| jacobian(&record, i, place, jacobian_shape));
                        graph.edges.push(Edge { from: nodes.id.node(from), to: id, place, jacobian_shape, jacobian });
                    }
                    NodeKind::Operation(operation.name())
                }
            };
            let [rows, columns] = node.slot.shape();
            let definition = definition(nodes, node, &values);
            graph.nodes.push(GraphNode {
                id,
                name,
                is_named: nodes.name(node).is_some(),
                kind,
                definition: definition.map(|formula| formula.to_string()).unwrap_or_default(),
                rows,
                columns,
                value: numbers(&record.values[node.slot.range()]),
                derivative: None,
            });
        }
        graph
    }
}

/// ∂result/∂operand, a row for each entry of the result: the pull-back of its unit vector.
fn jacobian<T: Element>(record: &Record<T>, result: usize, place: usize, shape: [usize; 2]) -> DMatrix<f64> {
    let mut jacobian = DMatrix::zeros(shape[0], shape[1]);
    let mut unit = vec![T::zero(); shape[0]];
    for row in 0..shape[0] {
        unit[row] = T::one();
        for (column, entry) in pull(record, result, place, &unit).into_iter().enumerate() {
            jacobian[(row, column)] = entry.to_f64();
        }
        unit[row] = T::zero();
    }
    jacobian
}

fn numbers<T: Element>(entries: &[T]) -> Vec<f64> {
    entries.iter().map(|entry| entry.to_f64()).collect()
}
