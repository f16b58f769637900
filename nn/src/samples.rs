//! Points as training uses them: sample by sample, in the units and the precision of training.

use tensor::Element;

/// Samples one after the other, each its inputs and then its targets, one target for each output of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples<E> {
    inputs: usize,
    targets: usize,
    rows: Vec<E>,
}

impl<E: Copy> Samples<E> {
    /// Samples of so many inputs and targets from their numbers.
    ///
    /// # Panics
    /// If a sample has no input or no target, or if the numbers are no whole samples.
    pub fn new(inputs: usize, targets: usize, rows: Vec<E>) -> Self {
        assert!(inputs > 0 && targets > 0, "a sample has at least one input and one target");
        assert_eq!(rows.len() % (inputs + targets), 0, "whole samples of {inputs} inputs and {targets} targets");
        Samples { inputs, targets, rows }
    }
    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.rows.len() / self.size()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// How many inputs a sample has.
    pub fn inputs(&self) -> usize {
        self.inputs
    }
    /// How many targets a sample has.
    pub fn targets(&self) -> usize {
        self.targets
    }
    /// How many numbers a sample has.
    pub fn size(&self) -> usize {
        self.inputs + self.targets
    }
    /// All numbers, sample by sample.
    pub fn rows(&self) -> &[E] {
        &self.rows
    }
    /// The inputs and the targets of each sample in turn.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[E], &[E])> {
        self.rows.chunks_exact(self.size()).map(|row| row.split_at(self.inputs))
    }
}

impl Samples<f64> {
    /// The same, rounded to a precision.
    pub fn rounded<E: Element>(&self) -> Samples<E> {
        Samples { inputs: self.inputs, targets: self.targets, rows: self.rows.iter().map(|&v| E::of(v)).collect() }
    }
}

impl<E: Copy> From<Vec<[E; 2]>> for Samples<E> {
    /// Points (x, y).
    fn from(points: Vec<[E; 2]>) -> Self {
        Samples { inputs: 1, targets: 1, rows: points.into_flattened() }
    }
}
impl<E: Copy> From<&[[E; 2]]> for Samples<E> {
    /// Points (x, y).
    fn from(points: &[[E; 2]]) -> Self {
        points.to_vec().into()
    }
}
