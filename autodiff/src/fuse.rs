//! Rewrites of a recorded computation into fewer, larger operations, when a program is made of it.
//!
//! | what was recorded | what is replayed |
//! |---|---|
//! | Σⱼ mⱼ·(pⱼ − tⱼ)² of the network below | [`relu_network_error`](crate::ops::relu_network_error) |
//! | W2·Φ(W1·x + b1·1ᵀ) + b2·1ᵀ for a row x | [`relu_network`](crate::ops::relu_network) |
//! | f(A·B + b·1ᵀ), f entry by entry | [`dense`](crate::ops::dense) |
//! | A·B + b·1ᵀ | [`dense`](crate::ops::dense) |
//!
//! The rules are tried in this order at every node, the last one first, so a program depends on its record alone. A node
//! becomes part of another only if it has no name and goes nowhere else. What comes out agrees with the parts to
//! rounding; the last bits may differ.

use crate::derivatives::ancestors;
use crate::operation::Operation;
use crate::ops::add_to_columns::AddToColumns;
use crate::ops::dense::{Dense, Identity};
use crate::ops::elementwise::Elementwise;
use crate::ops::product::Product;
use crate::ops::relu::Relu;
use crate::ops::relu_network::ReluNetwork;
use crate::ops::relu_network_error::ReluNetworkError;
use crate::ops::sum::Sum;
use crate::ops::weighted_square::WeightedSquare;
use crate::record::{Nodes, Source};
use std::any::Any;
use std::sync::Arc;
use tensor::Scalar;

/// Rewrites what `loss` depends on.
pub(crate) fn fuse<T: Scalar>(nodes: &mut Nodes<T>, loss: usize) {
    let needed = ancestors(nodes, loss);
    let mut uses = vec![0; nodes.len()];
    for node in needed.iter().zip(nodes.iter()).filter_map(|(&needed, node)| needed.then_some(node)) {
        nodes.operands(node).iter().for_each(|&operand| uses[operand as usize] += 1);
    }
    for i in (0..=loss).rev().filter(|&i| needed[i]) {
        let rules = [network_error, network, activated, biased];
        let Some(Fused { operation, operands, parts }) =
            rules.iter().find_map(|rule| rule(Reader { nodes, uses: &uses }, i))
        else {
            continue;
        };
        nodes.replace(i, operation, &operands);
        parts.into_iter().for_each(|part| nodes.set_source(part, Source::Fused(i as u32)));
    }
}

/// What takes the place of a node.
struct Fused<T> {
    operation: Arc<dyn Operation<T>>,
    operands: Vec<usize>,
    /// The nodes that become part of it.
    parts: Vec<usize>,
}

/// Reads what was recorded.
struct Reader<'a, T> {
    nodes: &'a Nodes<T>,
    /// How often each node is an operand.
    uses: &'a [usize],
}

impl<T> Clone for Reader<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Reader<'_, T> {}

impl<'a, T: Scalar> Reader<'a, T> {
    /// The operation at a node with its operands, if it is of that kind.
    fn at<O: Operation<T>>(self, node: usize) -> Option<(&'a O, Vec<usize>)> {
        let node = &self.nodes[node];
        let operation = (node.source.operation()? as &dyn Any).downcast_ref::<O>()?;
        Some((operation, self.nodes.operands(node).iter().map(|&operand| operand as usize).collect()))
    }
    /// Whether a node may become part of another one.
    fn is_inner(self, node: usize) -> bool {
        self.uses[node] == 1 && self.nodes.name(&self.nodes[node]).is_none()
    }
    /// As [`at`](Self::at), for a node that becomes one of `parts`.
    fn inside<O: Operation<T>>(self, node: usize, parts: &mut Vec<usize>) -> Option<(&'a O, Vec<usize>)> {
        let found = self.at::<O>(node).filter(|_| self.is_inner(node))?;
        parts.push(node);
        Some(found)
    }
    /// A·B + b·1ᵀ at a node: the product, and A, B and b. For a column, a sum is as good.
    fn biased(self, node: usize, parts: &mut Vec<usize>) -> Option<(Product, [usize; 3])> {
        let mut pairs = Vec::new();
        if let Some((_, operands)) = self.at::<AddToColumns>(node) {
            pairs.push([operands[0], operands[1]]);
        } else if let Some((_, operands)) = self.at::<Sum>(node)
            && self.nodes[node].slot.shape()[1] == 1
        {
            pairs.extend([[operands[0], operands[1]], [operands[1], operands[0]]]);
        }
        pairs.into_iter().find_map(|[product, b]| {
            let (&product, operands) = self.inside::<Product>(product, parts)?;
            Some((product, [operands[0], operands[1], b]))
        })
    }
}

/// Σⱼ mⱼ·(pⱼ − tⱼ)² of a network of one hidden layer.
fn network_error<T: Scalar>(read: Reader<'_, T>, node: usize) -> Option<Fused<T>> {
    let (_, error) = read.at::<WeightedSquare>(node)?;
    let (network, mut operands, mut parts) = relu_network(read, error[0]).filter(|_| read.is_inner(error[0]))?;
    operands.extend(&error[1..]);
    parts.push(error[0]);
    Some(Fused { operation: Arc::new(ReluNetworkError(network)), operands, parts })
}

/// A network of one hidden layer of ReLUs, on a row of samples.
fn network<T: Scalar>(read: Reader<'_, T>, node: usize) -> Option<Fused<T>> {
    let (network, operands, parts) = relu_network(read, node)?;
    Some(Fused { operation: Arc::new(network), operands, parts })
}

/// W2·Φ(W1·x + b1·1ᵀ) + b2·1ᵀ: W1, b1, W2, b2 and x.
fn relu_network<T: Scalar>(read: Reader<'_, T>, node: usize) -> Option<(ReluNetwork, Vec<usize>, Vec<usize>)> {
    let mut parts = Vec::new();
    let (output, [w2, on, b2]) = read.biased(node, &mut parts)?;
    let (_, relu) = read.inside::<Elementwise<Relu>>(on, &mut parts)?;
    let (hidden, [w1, x, b1]) = read.biased(relu[0], &mut parts).filter(|_| read.is_inner(relu[0]))?;
    parts.push(relu[0]);
    let is_one_to_one = output.rows == 1 && hidden.inner == 1;
    // Their derivatives are written at once.
    let are_different = w1 != b1 && w1 != w2 && b1 != w2;
    let network = ReluNetwork { units: hidden.rows, samples: hidden.columns };
    (is_one_to_one && are_different).then_some((network, vec![w1, b1, w2, b2, x], parts))
}

/// f(A·B + b·1ᵀ) for a function of every entry.
fn activated<T: Scalar>(read: Reader<'_, T>, node: usize) -> Option<Fused<T>> {
    let operation = read.nodes[node].source.operation()?;
    let &[biased] = read.nodes.operands(&read.nodes[node]) else { return None };
    let (biased, mut parts) = (biased as usize, Vec::new());
    let (product, operands) = read.biased(biased, &mut parts).filter(|_| read.is_inner(biased))?;
    parts.push(biased);
    Some(Fused {
        operation: operation.of_dense([product.rows, product.inner, product.columns])?,
        operands: operands.to_vec(),
        parts,
    })
}

/// A·B + b·1ᵀ.
fn biased<T: Scalar>(read: Reader<'_, T>, node: usize) -> Option<Fused<T>> {
    let mut parts = Vec::new();
    let (product, operands) = read.biased(node, &mut parts)?;
    let operation = Arc::new(Dense { product, function: Identity });
    Some(Fused { operation, operands: operands.to_vec(), parts })
}
