//! Small expressions to take derivatives of by hand: what a course on backpropagation works through.
//!
//! Each is recorded on a tape at sizes chosen at run time, with random inputs or given ones, and can be asked for the
//! derivative by any of its nodes, as a number and as a formula.
//!
//! ```
//! use nn::problems::{Kind, Problem};
//!
//! let problem = Problem::random(Kind::TwoLayer { size: 3 }, 0)?;
//! let by_w1 = problem.explain(problem.node("W1")?).unwrap();
//! assert_eq!(by_w1.to_string(), "∂ℓ/∂W1 = x·x4ᵀ·W2·∂Φ/∂x1");
//! assert_eq!(by_w1.shape(), [3, 3]);
//! assert_eq!(problem.node("W3").unwrap_err().to_string(), "there is no node W3; did you mean W1?");
//! # Ok::<(), nn::problems::ProblemError>(())
//! ```

pub mod check;
pub mod cost;
pub mod descent;
mod inputs;
pub mod lesson;
pub mod nudge;
mod paths;
mod record;

pub use inputs::{Inputs, rows};
pub use paths::{Path, paths};

use crate::words::nearest;
use autodiff::{Explanation, Graph, Handle, NodeId, NodeKind, ShapeError, Tape, Var};
use nalgebra::DMatrix;
use std::fmt;

/// Which expression, and how large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ℓ = h(f(x), g(x)) with f(x) = x², g(x) = x and h(f, g) = f² + g².
    Chain,
    /// ℓ = (y − Σᵢ Φ(wᵢᵀ·x + bᵢ))²: the rows wᵢᵀ of W for n neurons, x of d entries.
    NeuronSum {
        /// n.
        neurons: usize,
        /// d.
        size: usize,
    },
    /// The same, with every number a node of its own.
    NeuronSumInNumbers {
        /// n.
        neurons: usize,
        /// d.
        size: usize,
    },
    /// ℓ = ½‖W2·Φ(W1·x + b) − y‖² with all weights d×d.
    TwoLayer {
        /// d.
        size: usize,
    },
}

impl Kind {
    /// The expression as it is written.
    pub fn expression(self) -> &'static str {
        match self {
            Kind::Chain => "ℓ(x) = h(f(x), g(x)), f(x) = x², g(x) = x, h(f, g) = f² + g²",
            Kind::NeuronSum { .. } | Kind::NeuronSumInNumbers { .. } => "ℓ = (y − Σᵢ Φ(wᵢᵀ·x + bᵢ))²",
            Kind::TwoLayer { .. } => "ℓ = ½‖W2·Φ(W1·x + b) − y‖²",
        }
    }

    /// The names and shapes of what has to be given.
    pub fn sources(self) -> Vec<(&'static str, [usize; 2])> {
        match self {
            Kind::Chain => vec![("x", [1, 1])],
            Kind::NeuronSum { neurons: n, size: d } | Kind::NeuronSumInNumbers { neurons: n, size: d } => {
                vec![("W", [n, d]), ("b", [n, 1]), ("x", [d, 1]), ("y", [1, 1])]
            }
            Kind::TwoLayer { size: d } => {
                vec![("W1", [d, d]), ("b", [d, 1]), ("W2", [d, d]), ("x", [d, 1]), ("y", [d, 1])]
            }
        }
    }

    /// The names of the sources that are trained.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Kind::Chain => &["x"],
            Kind::NeuronSum { .. } | Kind::NeuronSumInNumbers { .. } => &["W", "b"],
            Kind::TwoLayer { .. } => &["W1", "b", "W2"],
        }
    }

    /// Which pre-activations go into a ReLU: the node, and the source that is added last.
    pub fn kinks(self) -> Option<(&'static str, &'static str)> {
        match self {
            Kind::NeuronSum { .. } => Some(("z", "b")),
            Kind::TwoLayer { .. } => Some(("x1", "b")),
            Kind::Chain | Kind::NeuronSumInNumbers { .. } => None,
        }
    }
}

/// Why something cannot be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProblemError {
    /// A size is too small or too large.
    #[error("{what} {given}: must be {allowed}")]
    Size {
        /// `size` or `count`.
        what: &'static str,
        /// What was asked for.
        given: usize,
        /// What can be asked for, in words.
        allowed: String,
    },
    /// An input has entries that are not finite, or their derivative overflows.
    #[error("{0} is not finite")]
    NotFinite(String),
    /// The inputs are not a JSON object of matrices.
    #[error("{message}")]
    Syntax {
        /// What is wrong.
        message: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// An input has another shape than it must have.
    #[error("{name} must be {expected}, and is {found}")]
    Shape {
        /// Its name.
        name: String,
        /// The shape it must have, in words.
        expected: String,
        /// What it is.
        found: String,
    },
    /// There is no node, or no input, of that name.
    #[error("there is no {what} {name}{}", nearest.as_ref().map_or_else(String::new, |near| format!("; did you mean {near}?")))]
    Name {
        /// `node` or `input`.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// The most similar name there is, if one is similar.
        nearest: Option<String>,
        /// All names there are.
        names: Vec<String>,
    },
    /// A node has no such entry.
    #[error("{name} is {rows}×{columns}; it has no entry [{entry}]")]
    Entry {
        /// The node.
        name: String,
        /// Its number of rows.
        rows: usize,
        /// Its number of columns.
        columns: usize,
        /// What was asked for.
        entry: String,
    },
    /// Shapes do not fit.
    #[error(transparent)]
    Record(#[from] ShapeError),
    /// The loss does not depend on the node.
    #[error("ℓ does not depend on {0}")]
    Independent(String),
}

/// An expression recorded with its inputs.
pub struct Problem {
    kind: Kind,
    inputs: Inputs,
    tape: Tape<f64>,
    loss: Handle<1, 1>,
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem").field("kind", &self.kind).field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

impl Problem {
    /// Records an expression with random inputs.
    ///
    /// # Errors
    /// If the size is not possible.
    pub fn random(kind: Kind, seed: u64) -> Result<Problem, ProblemError> {
        // Before there is memory for so many numbers.
        record::check_size(kind)?;
        Problem::new(kind, Inputs::random(kind, seed))
    }

    /// Records ℓ(x) of [`Kind::Chain`].
    ///
    /// # Errors
    /// If x or the loss is not finite.
    pub fn chain(x: f64) -> Result<Problem, ProblemError> {
        Problem::new(Kind::Chain, Inputs::new([("x", DMatrix::from_element(1, 1, x))]))
    }

    /// Records an expression with given inputs.
    ///
    /// # Errors
    /// If the size is not possible, an input is missing or has another shape, or the loss is not finite.
    pub fn new(kind: Kind, inputs: Inputs) -> Result<Problem, ProblemError> {
        record::check_size(kind)?;
        inputs.check(kind)?;
        let tape = Tape::new();
        let loss = record::record(kind, &tape, &inputs)?;
        let problem = Problem { kind, inputs, tape, loss };
        let nodes = problem.graph().nodes;
        // What has a name of its own says more; ℓ has one, and is not finite if anything it depends on is not.
        let nodes: Vec<_> = nodes.iter().filter(|node| node.is_named).collect();
        let overflows = |entries: &[f64]| entries.iter().any(|entry| !entry.is_finite());
        if let Some(node) = nodes.iter().find(|node| overflows(&node.value)) {
            return Err(ProblemError::NotFinite(node.name.clone()));
        }
        if let Some(node) = nodes.iter().rev().find(|node| node.derivative.as_deref().is_some_and(overflows)) {
            return Err(ProblemError::NotFinite(format!("∂ℓ/∂{}", node.name)));
        }
        Ok(problem)
    }

    /// Which expression.
    pub fn kind(&self) -> Kind {
        self.kind
    }
    /// What was given.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }
    /// What was recorded.
    pub fn tape(&self) -> &Tape<f64> {
        &self.tape
    }
    /// ℓ.
    pub fn loss(&self) -> Var<'_, f64, 1, 1> {
        self.tape.var(self.loss)
    }
    /// The value of ℓ.
    pub fn value(&self) -> f64 {
        self.loss().scalar()
    }
    /// The computation graph with the derivatives of ℓ.
    pub fn graph(&self) -> Graph {
        self.tape.graph().with_derivatives(&self.tape.backward(self.loss()))
    }
    /// The nodes that have a name, in the order of recording; ℓ is the last.
    pub fn names(&self) -> Vec<(String, NodeId)> {
        let nodes = self.tape.graph().nodes.into_iter();
        nodes.filter(|node| node.is_named).map(|node| (node.name, node.id)).collect()
    }

    /// The node of that name.
    ///
    /// # Errors
    /// If there is none; the error has the most similar name.
    pub fn node(&self, name: &str) -> Result<NodeId, ProblemError> {
        let names = self.names();
        if let Some((_, id)) = names.iter().find(|(known, _)| known == name) {
            return Ok(*id);
        }
        Err(unknown("node", name, names.into_iter().map(|(name, _)| name).collect()))
    }

    /// The derivative of ℓ by a node, taken apart; None if ℓ does not depend on it.
    pub fn explain(&self, node: NodeId) -> Option<Explanation> {
        self.tape.explain(self.loss(), node)
    }

    /// The derivatives by all named nodes but ℓ itself, those nearest to ℓ first.
    pub fn explanations(&self) -> Vec<Explanation> {
        let names = self.names();
        names.iter().rev().filter(|(_, id)| *id != self.loss.into()).filter_map(|(_, id)| self.explain(*id)).collect()
    }

    /// The names of the given nodes that a node is computed from, and of those it is not; the node itself, if it is
    /// given, is in neither.
    pub fn feeding(&self, node: NodeId) -> [Vec<String>; 2] {
        let graph = self.tape.graph();
        let mut feeds = vec![false; graph.nodes.len()];
        feeds[node.index()] = true;
        for edge in graph.edges.iter().rev() {
            feeds[edge.from.index()] |= feeds[edge.to.index()];
        }
        let mut sorted = [Vec::new(), Vec::new()];
        for other in graph.nodes.iter().filter(|other| other.id != node) {
            if matches!(other.kind, NodeKind::Parameter | NodeKind::Input) {
                sorted[usize::from(!feeds[other.id.index()])].push(other.name.clone());
            }
        }
        sorted
    }
}

/// The error for a name that is not there.
fn unknown(what: &'static str, name: &str, names: Vec<String>) -> ProblemError {
    let nearest = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
    ProblemError::Name { what, name: name.to_owned(), nearest, names }
}
