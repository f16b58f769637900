//! A derivative taken apart: its formula, its shape, its number, and the steps of the chain rule that lead to it.

use crate::derivatives::{Differentiation, ancestors};
use crate::formula::Formula;
use crate::operation::{Operands, Pullback};
use crate::tape::{Node, NodeId, Record, Source, Step as Application, Tape, Var};
use nalgebra::DMatrix;
use std::fmt;
use tensor::Element;

/// A formula with more symbols than this is given a name instead of being written out inside another one.
const LARGEST: usize = 40;
/// A node without a name is called by its formula if that has no more characters than this.
const LONGEST_NAME: usize = 24;

/// The derivative of a loss by a node, in the row convention: the derivative by an R×C matrix is C×R, so that the
/// chain rule is a product from left to right. The gradient is its transpose.
///
/// ```
/// use autodiff::{SMatrix, Tape};
///
/// let tape = Tape::new();
/// let w = tape.parameter("W", SMatrix::<f64, 2, 3>::repeat(0.5));
/// let x = tape.input("x", SMatrix::<f64, 3, 1>::new(1.0, -2.0, 3.0));
/// let y = (w * x).named("y");
/// let loss = y.relu().named("z").norm_squared() * 0.5;
///
/// let by_w = tape.explain(loss, w).unwrap();
/// assert_eq!(by_w.to_string(), "∂ℓ/∂W = x·zᵀ·∂Φ/∂y");
/// assert_eq!(by_w.formula.shapes(), "(3×1)·(1×2)·(2×2)");
/// assert_eq!((by_w.shape(), by_w.gradient_shape()), ([3, 2], [2, 3]));
/// assert_eq!(by_w.formula.evaluate(), by_w.value);
///
/// let steps: Vec<String> = by_w.steps.iter().map(|step| step.to_string()).collect();
/// assert_eq!(steps[0], "∂ℓ/∂‖z‖² = ½");
/// assert_eq!(steps[1], "∂ℓ/∂z = 2·∂ℓ/∂‖z‖²·zᵀ = zᵀ: (1×1)·(1×2) = 1×2");
/// assert_eq!(steps[2], "∂ℓ/∂y = ∂ℓ/∂z·∂Φ/∂y = zᵀ·∂Φ/∂y: (1×2)·(2×2) = 1×2");
/// assert_eq!(steps[3], "∂ℓ/∂W = x·∂ℓ/∂y = x·zᵀ·∂Φ/∂y: (3×1)·(1×2) = 3×2");
/// ```
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What is differentiated by.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// The derivative as a symbol: ∂ℓ/∂W1.
    pub symbol: String,
    /// The derivative in terms of named nodes, summed over all paths from the node to the loss. A part that would be
    /// very long is a symbol such as ∂ℓ/∂x1, which can be explained in turn.
    pub formula: Formula,
    /// The derivative as the tape computes it, independent of `formula`.
    pub value: DMatrix<f64>,
    /// The chain rule step by step, from the loss to the node: one step for every node on a path between them.
    pub steps: Vec<Step>,
}

/// One step of the chain rule: the derivative by a node from the derivatives by the nodes that are computed of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is differentiated by.
    pub node: NodeId,
    /// Its name, or its formula, or its operation with a number.
    pub name: String,
    /// The derivative as a symbol: ∂ℓ/∂x1.
    pub symbol: String,
    /// The operations the node goes into, with their results, last first.
    pub through: Vec<(&'static str, NodeId)>,
    /// The derivative in terms of those by the results, such as ∂ℓ/∂x2·∂Φ/∂x1; one term for each path that meets here.
    pub local: Formula,
    /// The derivative in terms of named nodes.
    pub formula: Formula,
    /// The derivative as the tape computes it.
    pub value: DMatrix<f64>,
}

impl Explanation {
    /// Rows and columns of the derivative in the row convention: those of the node, swapped.
    pub fn shape(&self) -> [usize; 2] {
        self.formula.shape()
    }
    /// Rows and columns of the gradient: those of the node.
    pub fn gradient_shape(&self) -> [usize; 2] {
        let [rows, columns] = self.shape();
        [columns, rows]
    }
    /// The gradient: the derivative in the shape of the node.
    pub fn gradient(&self) -> DMatrix<f64> {
        self.value.transpose()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.symbol, self.formula)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, formula) = (self.local.to_string(), self.formula.to_string());
        write!(f, "{} = {local}", self.symbol)?;
        if formula != local {
            write!(f, " = {formula}")?;
        }
        if self.local.as_number().is_none() {
            let [rows, columns] = self.local.shape();
            write!(f, ": {} = {rows}×{columns}", self.local.shapes())?;
        }
        Ok(())
    }
}

impl<T: Element> Tape<T> {
    /// The derivative of `loss` by a node, taken apart. It is put together from the local derivatives of the recorded
    /// operations, for any expression. None if the loss does not depend on the node.
    ///
    /// A node that goes into very many operations makes a long formula; see [`Explanation::formula`].
    pub fn explain(&self, loss: Var<'_, T, 1, 1>, node: impl Into<NodeId>) -> Option<Explanation> {
        self.owns(loss);
        let loss = loss.id().index();
        Explainer::new(&self.record(), loss).explain(node.into().index())
    }

    /// What a node is computed as, in terms of named nodes: W1·x + b for a node named x1. None for parameters, inputs
    /// and constants.
    pub fn definition(&self, node: impl Into<NodeId>) -> Option<Formula> {
        let record = self.record();
        let values = values(&record);
        definition(&record.nodes[node.into().index()], &values)
    }
}

impl<T: Element> Tape<T> {
    /// The definitions of all nodes.
    pub(crate) fn definitions(&self) -> Vec<Option<Formula>> {
        let record = self.record();
        let values = values(&record);
        record.nodes.iter().map(|node| definition(node, &values)).collect()
    }
}

/// The entries of a node as a matrix of f64.
fn matrix<T: Element>(node: &Node<T>, entries: &[T]) -> DMatrix<f64> {
    let entries = entries[node.slot.range()].iter().map(|entry| entry.to_f64());
    let [rows, columns] = node.slot.shape();
    DMatrix::from_iterator(rows, columns, entries)
}

/// The formula of an operation that was applied.
fn definition<T: Element>(node: &Node<T>, values: &[Formula]) -> Option<Formula> {
    match &node.source {
        Source::Operation(step) => step.operation.formula(&operands(step, values)),
        Source::Leaf(_) => None,
    }
}

fn operands<T>(step: &Application<T>, values: &[Formula]) -> Vec<Formula> {
    step.operands.iter().map(|&operand| values[operand].clone()).collect()
}

/// Every node in terms of named ones.
fn values<T: Element>(record: &Record<T>) -> Vec<Formula> {
    let mut values: Vec<Formula> = Vec::new();
    for (i, node) in record.nodes.iter().enumerate() {
        let value = matrix(node, &record.values);
        let unnamed = match (node.name.get(), &node.source) {
            (Some(_), _) => None,
            (None, Source::Operation(_)) => definition(node, &values).filter(|formula| formula.size() <= LARGEST),
            (None, _) => (value.len() == 1).then(|| Formula::number(value[(0, 0)])),
        };
        values.push(unnamed.unwrap_or_else(|| Formula::symbol(node.label(i), value)));
    }
    values
}

struct Explainer<'r, T> {
    record: &'r Record<T>,
    loss: usize,
    /// Every node in terms of named ones.
    values: Vec<Formula>,
    /// The derivatives by all nodes, in their shape, in the order of the arena.
    adjoints: Vec<T>,
}

impl<'r, T: Element> Explainer<'r, T> {
    fn new(record: &'r Record<T>, loss: usize) -> Self {
        let mut adjoints = vec![T::zero(); record.values.len()];
        Differentiation::new(&record.nodes, loss, |_| true).run(&record.nodes, &record.values, &mut adjoints);
        Explainer { record, loss, values: values(record), adjoints }
    }

    fn name(&self, i: usize) -> String {
        let node = &self.record.nodes[i];
        let written = self.values[i].to_string();
        if i == self.loss && node.name.get().is_none() {
            "ℓ".to_owned()
        } else if written.chars().count() <= LONGEST_NAME && self.values[i].as_number().is_none() {
            written
        } else {
            node.label(i)
        }
    }
    fn symbol(&self, i: usize) -> String {
        let name = self.name(i);
        let is_formula = self.record.nodes[i].name.get().is_none() && self.values[i].to_string() == name;
        let compound = is_formula && self.values[i].is_compound();
        let below = if compound { format!("({name})") } else { name };
        format!("∂{}/∂{below}", self.name(self.loss))
    }
    fn derivative(&self, i: usize) -> DMatrix<f64> {
        matrix(&self.record.nodes[i], &self.adjoints).transpose()
    }

    fn explain(&self, node: usize) -> Option<Explanation> {
        let nodes = &self.record.nodes;
        let needed = ancestors(nodes, self.loss);
        if !needed[node] {
            return None;
        }
        // The nodes on a path from `node` to the loss.
        let mut on_path = vec![false; nodes.len()];
        on_path[node] = true;
        for i in node..=self.loss {
            if let Source::Operation(step) = &nodes[i].source {
                on_path[i] |= needed[i] && step.operands.iter().any(|&operand| on_path[operand]);
            }
        }
        let one = Formula::number(1.0);
        // The derivatives by the nodes on the path: as symbols, and in terms of named nodes.
        let mut symbols = vec![None; nodes.len()];
        let mut formulas = vec![None; nodes.len()];
        let mut steps = Vec::new();
        for i in (node..=self.loss).rev().filter(|&i| on_path[i]) {
            let (mut through, mut local, mut formula) = (Vec::new(), None, None);
            for consumer in (i + 1..=self.loss).rev().filter(|&consumer| on_path[consumer]) {
                let Source::Operation(step) = &nodes[consumer].source else { continue };
                for place in (0..step.operands.len()).filter(|&place| step.operands[place] == i) {
                    through.push((step.operation.name(), NodeId(consumer)));
                    for (sum, upstreams) in [(&mut local, &symbols), (&mut formula, &formulas)] {
                        let upstream: &Formula = upstreams[consumer].as_ref().expect("consumers come later");
                        let term = self.pull(step, consumer, place, upstream);
                        *sum = Some(match sum.take() {
                            Some(sum) => &sum + &term,
                            None => term,
                        });
                    }
                }
            }
            let symbol = self.symbol(i);
            let as_symbol = Formula::symbol(symbol.clone(), self.derivative(i));
            let formula = formula.unwrap_or_else(|| one.clone());
            let is_short = formula.size() <= LARGEST;
            formulas[i] = Some(if is_short { formula.clone() } else { as_symbol.clone() });
            symbols[i] = Some(if i == self.loss { one.clone() } else { as_symbol });
            let local = local.unwrap_or_else(|| one.clone());
            let (name, value) = (self.name(i), self.derivative(i));
            steps.push(Step { node: NodeId(i), name, symbol, through, local, formula, value });
        }
        if steps.len() > 1 {
            steps.remove(0); // ∂ℓ/∂ℓ = 1
        }
        let last = steps.last().expect("the node itself is on the path");
        Some(Explanation {
            node: last.node,
            name: last.name.clone(),
            symbol: last.symbol.clone(),
            formula: last.formula.clone(),
            value: last.value.clone(),
            steps,
        })
    }

    /// The share of one operand of an operation, from the derivative by its result.
    fn pull(&self, step: &Application<T>, result: usize, place: usize, upstream: &Formula) -> Formula {
        let operands = operands(step, &self.values);
        step.operation.pull_formula(place, upstream, &operands, &self.values[result]).unwrap_or_else(|| {
            let node = &self.record.nodes[result];
            let share = pull(self.record, result, place, &self.adjoints[node.slot.range()]);
            let [rows, columns] = step.slots[place].shape();
            let entries = share.iter().map(|entry| entry.to_f64());
            let value = DMatrix::from_iterator(rows, columns, entries).transpose();
            Formula::symbol(format!("{}({})", step.operation.name(), self.symbol(result)), value)
        })
    }
}

/// The derivative by the operand at one place of an operation, for a given derivative by its result.
pub(crate) fn pull<T: Element>(record: &Record<T>, result: usize, place: usize, upstream: &[T]) -> Vec<T> {
    let node = &record.nodes[result];
    let Source::Operation(step) = &node.source else { panic!("only operations are pulled back through") };
    // Operands of their own, so that a node that is two operands has two derivatives.
    let mut slots = step.slots.clone();
    let mut values = Vec::new();
    for slot in &mut slots {
        let entries = &record.values[slot.range()];
        *slot = slot.moved_to(values.len());
        values.extend_from_slice(entries);
    }
    let mut below = vec![T::zero(); values.len()];
    let wanted: Vec<bool> = (0..slots.len()).map(|i| i == place).collect();
    step.operation.backward(&mut Pullback {
        operands: Operands { values: &values, slots: &slots },
        wanted: &wanted,
        result: &record.values[node.slot.range()],
        kept: &record.values[node.slot.kept_range()],
        upstream,
        below: &mut below,
    });
    below[slots[place].range()].to_vec()
}
