//! A derivative taken apart: its formula, its shape, its number, and the steps of the chain rule that lead to it.

use crate::derivatives::{Differentiation, ancestors};
use crate::formula::Formula;
use crate::operation::{Operands, Operation, Pullback};
use crate::record::{Node, NodeId, Nodes, Record, Source};
use crate::tape::{Tape, refuse};
use crate::var::Var;
use nalgebra::DMatrix;
use std::fmt;
use tensor::Element;

/// A formula with more symbols than this is given a name instead of being written out inside another one.
const LARGEST: usize = 40;
/// So is one that is nested deeper than this.
const DEEPEST: usize = 16;
/// The terms of a longer sum are not written out.
const MANY: usize = 100;
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
    ///
    /// # Panics
    /// If the loss or the node is of another tape, or from before this one was cleared.
    pub fn explain(&self, loss: Var<'_, T, 1, 1>, node: impl Into<NodeId>) -> Option<Explanation> {
        let loss = self.place(loss);
        let record = self.record.borrow();
        let node = record.nodes.id.place(node.into()).unwrap_or_else(|error| refuse(&error));
        Explainer::new(&record, loss).explain(node)
    }

    /// What a node is computed as, in terms of named nodes: W1·x + b for a node named x1. None for parameters, inputs
    /// and constants.
    ///
    /// # Panics
    /// If the node is of another tape, or from before this one was cleared.
    pub fn definition(&self, node: impl Into<NodeId>) -> Option<Formula> {
        let record = self.record.borrow();
        let node = record.nodes.id.place(node.into()).unwrap_or_else(|error| refuse(&error));
        definition(&record.nodes, &record.nodes[node], &values(&record))
    }
}

/// The entries of a node as a matrix of f64.
fn matrix<T: Element>(node: &Node<T>, entries: &[T]) -> DMatrix<f64> {
    let entries = entries[node.slot.range()].iter().map(|entry| entry.to_f64());
    let [rows, columns] = node.slot.shape();
    DMatrix::from_iterator(rows, columns, entries)
}

/// The formula of an operation that was applied.
pub(crate) fn definition<T: Element>(nodes: &Nodes<T>, node: &Node<T>, values: &[Formula]) -> Option<Formula> {
    node.source.operation()?.formula(&operands(nodes, node, values))
}

fn operands<T>(nodes: &Nodes<T>, node: &Node<T>, values: &[Formula]) -> Vec<Formula> {
    nodes.operands(node).iter().map(|&operand| values[operand as usize].clone()).collect()
}

/// Whether a formula is written out inside another one.
fn is_short(formula: &Formula) -> bool {
    formula.depth() <= DEEPEST && formula.size() <= LARGEST
}

/// Every node in terms of named ones.
pub(crate) fn values<T: Element>(record: &Record<T>) -> Vec<Formula> {
    let (nodes, labels) = (&record.nodes, record.labels());
    let mut values: Vec<Formula> = Vec::with_capacity(nodes.len());
    for (node, label) in nodes.iter().zip(labels) {
        let value = matrix(node, &record.values);
        let unnamed = match (nodes.name(node), &node.source) {
            (Some(_), _) => None,
            (None, Source::Operation(_)) => definition(nodes, node, &values).filter(is_short),
            (None, _) => (value.len() == 1).then(|| Formula::number(value[(0, 0)])),
        };
        values.push(unnamed.unwrap_or_else(|| Formula::symbol(label, value)));
    }
    values
}

struct Explainer<'r, T> {
    record: &'r Record<T>,
    loss: usize,
    /// Every node in terms of named ones.
    values: Vec<Formula>,
    /// Every node as it is called.
    names: Vec<Name>,
    /// The derivatives by all nodes, in their shape, in the order of the arena.
    adjoints: Vec<T>,
}

/// What a node is called.
struct Name {
    text: String,
    /// Whether ∂ in front of it would be read as ∂ of its first part only.
    is_compound: bool,
}

impl<'r, T: Element> Explainer<'r, T> {
    fn new(record: &'r Record<T>, loss: usize) -> Self {
        let mut adjoints = vec![T::zero(); record.values.len()];
        Differentiation::new(&record.nodes, loss, |_| true).run(&record.nodes, &record.values, &mut adjoints);
        let values = values(record);
        let name = |(i, label): (usize, String)| {
            let is_named = record.nodes.name(&record.nodes[i]).is_some();
            let written = values[i].to_string();
            if i == loss && !is_named {
                Name { text: "ℓ".to_owned(), is_compound: false }
            } else if written.chars().count() <= LONGEST_NAME && values[i].as_number().is_none() {
                Name { text: written, is_compound: !is_named && values[i].is_compound() }
            } else {
                Name { text: label, is_compound: false }
            }
        };
        let names = record.labels().into_iter().enumerate().map(name).collect();
        Explainer { record, loss, values, names, adjoints }
    }

    fn symbol(&self, i: usize) -> String {
        let Name { text, is_compound } = &self.names[i];
        let below = if *is_compound { format!("({text})") } else { text.clone() };
        format!("∂{}/∂{below}", self.names[self.loss].text)
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
        // The nodes on a path from `node` to the loss, and for each where it goes: the results and its places there.
        let mut on_path = vec![false; nodes.len()];
        let mut consumers: Vec<Vec<(usize, usize)>> = vec![Vec::new(); nodes.len()];
        on_path[node] = true;
        for i in node..=self.loss {
            if !needed[i] {
                continue;
            }
            for (place, &operand) in nodes.operands(&nodes[i]).iter().enumerate() {
                if on_path[operand as usize] {
                    on_path[i] = true;
                    consumers[operand as usize].push((i, place));
                }
            }
        }
        let one = Formula::number(1.0);
        // The derivatives by the nodes on the path: as symbols, and in terms of named nodes.
        let mut symbols = vec![None; nodes.len()];
        let mut formulas = vec![None; nodes.len()];
        let mut steps = Vec::new();
        for i in (node..=self.loss).rev().filter(|&i| on_path[i]) {
            let (mut through, mut local, mut formula) = (Vec::new(), Vec::new(), Vec::new());
            // The last result first, and of two places in it the first.
            consumers[i].sort_by_key(|&(consumer, place)| (std::cmp::Reverse(consumer), place));
            for &(consumer, place) in &consumers[i] {
                let Some(operation) = nodes[consumer].source.operation() else { continue };
                through.push((operation.name(), nodes.id.node(consumer)));
                for (terms, upstreams) in [(&mut local, &symbols), (&mut formula, &formulas)] {
                    let upstream: &Formula = upstreams[consumer].as_ref().expect("consumers come later");
                    terms.push(self.pull(operation, consumer, place, upstream));
                }
            }
            // Of very many terms, each is in terms of derivatives that can be explained in turn.
            let formula = if local.len() > MANY { &local } else { &formula };
            let formula = if formula.is_empty() { one.clone() } else { Formula::sum(formula) };
            let local = if local.is_empty() { one.clone() } else { Formula::sum(&local) };
            let symbol = self.symbol(i);
            let as_symbol = Formula::symbol(symbol.clone(), self.derivative(i));
            formulas[i] = Some(if is_short(&formula) { formula.clone() } else { as_symbol.clone() });
            symbols[i] = Some(if i == self.loss { one.clone() } else { as_symbol });
            let (name, value) = (self.names[i].text.clone(), self.derivative(i));
            steps.push(Step { node: nodes.id.node(i), name, symbol, through, local, formula, value });
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
    fn pull(&self, operation: &dyn Operation<T>, result: usize, place: usize, upstream: &Formula) -> Formula {
        let nodes = &self.record.nodes;
        let node = &nodes[result];
        let operands = operands(nodes, node, &self.values);
        operation.pull_formula(place, upstream, &operands, &self.values[result]).unwrap_or_else(|| {
            let share = pull(self.record, result, place, &self.adjoints[node.slot.range()]);
            let [rows, columns] = nodes.operand_slots(node)[place].shape();
            let entries = share.iter().map(|entry| entry.to_f64());
            let value = DMatrix::from_iterator(rows, columns, entries).transpose();
            Formula::symbol(format!("{}({})", operation.name(), self.symbol(result)), value)
        })
    }
}

/// The derivative by the operand at one place of an operation, for a given derivative by its result.
pub(crate) fn pull<T: Element>(record: &Record<T>, result: usize, place: usize, upstream: &[T]) -> Vec<T> {
    let node = &record.nodes[result];
    let operation = node.source.operation().expect("only operations are pulled back through");
    // Operands of their own, so that a node that is two operands has two derivatives.
    let mut slots = record.nodes.operand_slots(node).to_vec();
    let mut values = Vec::new();
    for slot in &mut slots {
        let entries = &record.values[slot.padded::<T>()];
        *slot = slot.moved_to(values.len());
        values.extend_from_slice(entries);
    }
    let mut below = vec![T::zero(); values.len()];
    let wanted: Vec<bool> = (0..slots.len()).map(|i| i == place).collect();
    operation.backward(&mut Pullback {
        operands: Operands { values: &values, slots: &slots },
        wanted: &wanted,
        result: &record.values[node.slot.range()],
        kept: &record.values[node.slot.kept_range::<T>()],
        upstream,
        rest: &mut vec![T::zero(); node.slot.behind::<T>().end],
        slot: node.slot,
        below: &mut below,
    });
    below[slots[place].range()].to_vec()
}
