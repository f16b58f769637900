//! The network of one hidden layer as a recorded program.

use crate::architecture::Architecture;
use crate::network::Network;
use autodiff::{Cost, DMatrix, NodeId, Program, ShapeError, Tape};
use tensor::{Element, Scalar, f32x16};

/// The widest network.
pub const MAX_WIDTH: usize = 1024;

/// Which parameters are trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trained {
    /// W2 and b2.
    Output,
    /// W1, b1, W2 and b2.
    All,
}

impl Trained {
    /// How many parameters of a network of `width` hidden units are trained.
    pub fn parameters(self, width: usize) -> usize {
        match self {
            Trained::Output => width + 1,
            Trained::All => 3 * width + 1,
        }
    }
}

/// The loss of one block of samples, Σⱼ mⱼ·(ŷ(xⱼ) − yⱼ)², recorded once and replayed for every block.
///
/// `T` is a plain number, or a vector of lanes: then each lane is a network of its own, with its own samples.
///
/// It is recorded by parts, and replayed as one operation. That goes by whole vector registers; the units and samples that
/// fill up the last one have weights of zero, learn nothing, and change no bit: a sum that starts at +0 does not change
/// when ±0 is added.
#[derive(Clone)]
pub struct Model<T: Scalar> {
    program: Program<T>,
    width: usize,
    block: usize,
    trained: Trained,
    nodes: Nodes,
}

/// Where the leaves of the program are.
#[derive(Clone, Copy)]
struct Nodes {
    w1: NodeId,
    b1: NodeId,
    w2: NodeId,
    b2: NodeId,
    x: NodeId,
    y: NodeId,
    weight: NodeId,
}

/// Records the loss of a network of `width` hidden units on `samples` samples.
fn record<T: Scalar>(width: usize, samples: usize, trained: Trained) -> Result<(Program<T>, Nodes), ShapeError> {
    let tape = Tape::new();
    let zeros = |rows: usize, columns: usize| DMatrix::from_element(rows, columns, T::zero());
    let (column, row) = (zeros(width, 1), zeros(1, samples));
    let (w1, b1) = match trained {
        Trained::All => (tape.dyn_parameter("W1", &column)?, tape.dyn_parameter("b1", &column)?),
        Trained::Output => (tape.dyn_input("W1", &column)?, tape.dyn_input("b1", &column)?),
    };
    let (w2, b2) = (tape.dyn_parameter("W2", &zeros(1, width))?, tape.dyn_parameter("b2", &zeros(1, 1))?);
    let (x, y, weight) = (tape.dyn_input("x", &row)?, tape.dyn_input("y", &row)?, tape.dyn_input("weight", &row)?);
    let hidden = w1.product(x)?.add_to_columns(b1)?.relu()?;
    let prediction = w2.product(hidden)?.add_to_columns(b2)?;
    let loss = prediction.weighted_square(y, weight)?.named("loss");
    let nodes = Nodes { w1: w1.id(), b1: b1.id(), w2: w2.id(), b2: b2.id(), x: x.id(), y: y.id(), weight: weight.id() };
    Ok((loss.program()?, nodes))
}

impl<T: Scalar> Model<T> {
    /// A model of `width` hidden units, at zero, for minibatches of `batch` samples, in blocks of 8 samples or of 40.
    ///
    /// # Panics
    /// If the width is not from 1 to [`MAX_WIDTH`].
    pub fn new(width: usize, batch: usize, trained: Trained) -> Self {
        assert!((1..=MAX_WIDTH).contains(&width), "a network has from 1 to {MAX_WIDTH} hidden units, not {width}");
        let block = if batch <= 8 { 8 } else { 40 };
        let (program, nodes) = record(width, block, trained).expect("the shapes of a network fit");
        Model { program, width, block, trained, nodes }
    }

    /// The number of hidden units.
    pub fn width(&self) -> usize {
        self.width
    }
    /// How many samples a block holds.
    pub fn block(&self) -> usize {
        self.block
    }
    /// How many samples the program has room for: a block, and what fills its last register.
    fn capacity(&self) -> usize {
        self.block.next_multiple_of(T::PACK)
    }
    /// Floating-point operations of one block, forward and backward.
    pub fn cost(&self) -> Cost {
        self.program.cost()
    }

    /// Takes the parameters of `network`, rounded to the precision of `T`, for one lane.
    ///
    /// # Panics
    /// If it is not a bent line of this width.
    pub fn set_network(&mut self, lane: usize, network: &Network) {
        assert_eq!(network.units().len(), self.width, "the network has another width than the model");
        let Nodes { w1, b1, w2, b2, .. } = self.nodes;
        let [hidden, output] = [0, 1].map(|layer| [network.weights(layer), network.biases(layer)]);
        for (node, values) in [w1, b1, w2, b2].into_iter().zip([hidden, output].concat()) {
            for (entry, &value) in self.program.entries_mut(node).iter_mut().zip(values) {
                let before = *entry;
                *entry = T::from_lanes(|i| if i == lane { T::Element::of(value) } else { before.lane(i) });
            }
        }
    }

    /// The parameters of one lane as a network.
    #[allow(clippy::missing_panics_doc, reason = "there are 3·width + 1 parameters")]
    pub fn network(&self, lane: usize) -> Network {
        let Nodes { w1, b1, w2, b2, .. } = self.nodes;
        let units = [w1, b1, w2].into_iter().flat_map(|node| &self.program.entries(node)[..self.width]);
        let all = units.chain(self.program.entries(b2));
        let parameters = all.map(|entry| entry.lane(lane).to_f64()).collect();
        Network::new(Architecture::bent_line(self.width), parameters).expect("3·width + 1 parameters")
    }

    /// Makes the parameters those of `other`, a model of the same width.
    ///
    /// # Panics
    /// If it is of another width.
    pub fn copy_parameters(&mut self, other: &Self) {
        let parameters = |nodes: Nodes| [nodes.w1, nodes.b1, nodes.w2, nodes.b2];
        for (node, same) in parameters(self.nodes).into_iter().zip(parameters(other.nodes)) {
            self.program.entries_mut(node).copy_from_slice(other.program.entries(same));
        }
    }

    /// Puts a block of samples in place, with their weights.
    ///
    /// # Panics
    /// If it was made for another size.
    pub fn set_block(&mut self, block: &Block<T>) {
        let Nodes { x, y, weight, .. } = self.nodes;
        for (node, values) in [(x, &block.x), (y, &block.y), (weight, &block.weight)] {
            self.program.entries_mut(node).copy_from_slice(values);
        }
    }

    /// Puts samples in place, with the weights that are there: those that are gathered from number `first` on.
    ///
    /// # Panics
    /// If it has too few.
    #[inline(always)]
    pub fn set_samples(&mut self, samples: &Gathered<T>, first: usize) {
        let (Nodes { x, y, .. }, capacity) = (self.nodes, self.capacity());
        let [x, y] = self.program.padded_mut([x, y]);
        let (x, y) = (&mut x[..capacity], &mut y[..capacity]);
        let pairs = &samples.pairs[first * T::LANES..][..capacity * T::LANES];
        let packs = x.chunks_exact_mut(T::PACK).zip(y.chunks_exact_mut(T::PACK));
        for ((x, y), pairs) in packs.zip(pairs.chunks_exact(T::Pack::LANES)) {
            let [first, second] = T::Pack::from_pairs(|k| pairs[k]);
            T::unpack(first, x);
            T::unpack(second, y);
        }
    }

    /// Gives the first `present` samples of the block the weight `weight`, and the others 0: they are not there.
    pub fn set_weights(&mut self, present: usize, weight: f64) {
        let (present, absent) = self.program.entries_mut(self.nodes.weight).split_at_mut(present);
        present.fill(T::from_f64(weight));
        absent.fill(T::zero());
    }

    /// The loss of the block that is in place.
    #[inline]
    pub fn forward(&mut self) -> T {
        self.program.forward();
        self.program.loss()
    }

    /// Sets the derivatives to zero.
    #[inline]
    pub fn clear_derivatives(&mut self) {
        self.program.clear_derivatives();
    }
    /// The loss of the block that is in place; its derivatives are added to those that are there.
    #[inline]
    pub fn forward_and_accumulate(&mut self) -> T {
        self.program.forward_and_accumulate()
    }

    /// Calls `rule` for each trained parameter in turn (W1, b1, W2, b2 or W2, b2) with its entries and their
    /// derivatives.
    pub fn update(&mut self, mut rule: impl FnMut(&mut [T], &[T])) {
        let Nodes { w1, b1, w2, b2, .. } = self.nodes;
        let layers: &[NodeId] = if self.trained == Trained::All { &[w1, b1, w2] } else { &[w2] };
        for &node in layers {
            let width = self.width;
            self.program.update(node, |values, derivatives| rule(&mut values[..width], &derivatives[..width]));
        }
        self.program.update(b2, |values, derivatives| rule(values, derivatives));
    }

    /// Calls `rule` with all trained parameters and their derivatives as they lie in memory, in the same order, each
    /// filled up with zeros to whole vector registers.
    #[inline]
    pub fn update_all(&mut self, rule: impl FnMut(&mut [T], &[T])) {
        self.program.update_all(rule);
    }

    /// How many entries [`update_all`](Self::update_all) passes to its rule.
    pub fn updated(&mut self) -> usize {
        let mut entries = 0;
        self.update_all(|values, _| entries += values.len());
        entries
    }
}

/// Floating-point operations that one sample adds to a step: its share of the loss forward and of the gradient backward,
/// without filling, for networks of any width.
///
/// A unit costs the same in every width, so two widths tell the rest.
pub fn sample_cost(width: usize, trained: Trained) -> f64 {
    let of = |width: usize| {
        let model = Model::<f32x16>::new(width, 40, trained);
        let Cost { forward, backward } = model.cost();
        (forward + backward) as f64 / model.block() as f64
    };
    let (ten, twenty) = (of(10), of(20));
    ten + (twenty - ten) / 10.0 * (width as f64 - 10.0)
}

/// Minibatches of points gathered for a model, in the order in which it uses them: sample by sample, in all lanes.
#[derive(Clone, Debug)]
pub struct Gathered<T: Scalar> {
    pairs: Vec<[T::Element; 2]>,
    /// How many samples there is room for in each minibatch.
    room: usize,
}

impl<T: Scalar> Gathered<T> {
    /// Room for some minibatches of `batch` samples in each lane, and for what fills the last block of `model`.
    pub fn new(minibatches: usize, batch: usize, model: &Model<T>) -> Self {
        let room = Self::room(batch, model);
        Gathered { pairs: vec![[T::Element::of(0.0); 2]; minibatches * room * T::LANES], room }
    }
    /// How many samples a minibatch of `batch` samples takes room for, in each lane.
    pub fn room(batch: usize, model: &Model<T>) -> usize {
        batch.next_multiple_of(model.block) + model.capacity() - model.block
    }
    /// The number of the first sample of minibatch `k`.
    #[inline]
    pub fn first(&self, k: usize) -> usize {
        k * self.room
    }
    /// Gathers the samples of a lane from number `first` on: `points[i]` for each of `indices`.
    ///
    /// # Panics
    /// If there is no such lane, no room for so many samples, or if an index is not below the number of points.
    #[inline(always)]
    pub fn gather(&mut self, lane: usize, first: usize, points: &[[T::Element; 2]], indices: &[u32]) {
        assert!(lane < T::LANES, "no lane {lane}");
        assert!((first + indices.len()) * T::LANES <= self.pairs.len(), "too many samples");
        let (eights, rest) = indices.as_chunks::<8>();
        let mut pairs = self.pairs[first * T::LANES..].chunks_exact_mut(8 * T::LANES);
        for (indices, pairs) in eights.iter().zip(&mut pairs) {
            for k in 0..8 {
                pairs[k * T::LANES + lane] = points[indices[k] as usize];
            }
        }
        let left = if rest.is_empty() { None } else { pairs.next() };
        let pairs = left.unwrap_or(pairs.into_remainder());
        for (pairs, &i) in pairs.chunks_exact_mut(T::LANES).zip(rest) {
            pairs[lane] = points[i as usize];
        }
    }
}

/// Samples laid out for a model: x, y and weight.
#[derive(Clone, Debug)]
pub struct Block<T> {
    x: Vec<T>,
    y: Vec<T>,
    weight: Vec<T>,
}

/// Points cut into blocks for `model`, each point of weight 1 in every lane; a block is filled up with copies of its
/// first point of weight 0.
pub fn blocks<T: Scalar>(points: &[[T::Element; 2]], model: &Model<T>) -> Vec<Block<T>> {
    let size = model.block();
    let block = |points: &[[T::Element; 2]]| {
        let row = |coordinate: usize| {
            let at = |j: usize| T::splat(points.get(j).unwrap_or(&points[0])[coordinate]);
            (0..size).map(at).collect()
        };
        let weight = |j: usize| if j < points.len() { T::one() } else { T::zero() };
        Block { x: row(0), y: row(1), weight: (0..size).map(weight).collect() }
    };
    points.chunks(model.block()).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two widths tell the cost of all others.
    #[test]
    fn units_cost_the_same_in_every_width() {
        for trained in [Trained::Output, Trained::All] {
            for width in [8, 40, 96, 1024] {
                let model = Model::<f32x16>::new(width, 40, trained);
                let cost = (model.cost().forward + model.cost().backward) as f64 / model.block() as f64;
                assert!((sample_cost(width, trained) - cost).abs() < 1e-9 * cost, "{trained:?}, {width}");
            }
        }
    }
}
