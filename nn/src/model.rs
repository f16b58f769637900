//! The network of one hidden layer as a recorded program: any width up to 1024 from a ladder of compiled sizes.

use crate::network::Network;
use autodiff::{NodeId, Program, Tape};
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

/// The loss of one block of samples, Σⱼ mⱼ·(ŷ(xⱼ) − yⱼ)², recorded once and replayed for every block.
///
/// A block is `columns` values of `T`, so columns·LANES samples: samples lie in lanes, and every lane holds the same
/// parameters. The program is compiled for the next width of the ladder; the units that are too many have W1 = b1 =
/// W2 = 0. They add exactly 0 to the prediction, and nothing updates them, so a padded network computes the same bits
/// as an exact one.
#[derive(Clone)]
pub struct Model<T> {
    program: Program<T>,
    width: usize,
    columns: usize,
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

/// Records the loss of a network of `W` hidden units on a block of `C` columns.
fn record<T: Scalar, const W: usize, const C: usize>(trained: Trained) -> (Program<T>, Nodes) {
    let tape = Tape::new();
    let (w1, b1) = match trained {
        Trained::All => (tape.zero_parameter::<W, 1>("W1"), tape.zero_parameter::<W, 1>("b1")),
        Trained::Output => (tape.zero_input::<W, 1>("W1"), tape.zero_input::<W, 1>("b1")),
    };
    let (w2, b2) = (tape.zero_parameter::<1, W>("W2"), tape.zero_parameter::<1, 1>("b2"));
    let x = tape.zero_input::<1, C>("x");
    let (y, weight) = (tape.zero_input::<1, C>("y"), tape.zero_input::<1, C>("weight"));
    let prediction = x.relu_network(w1, b1, w2, b2).named("prediction");
    let loss = prediction.weighted_square(y, weight).named("loss");
    let nodes = Nodes { w1: w1.id(), b1: b1.id(), w2: w2.id(), b2: b2.id(), x: x.id(), y: y.id(), weight: weight.id() };
    (tape.program(loss), nodes)
}

/// Calls `record` with the first width of the ladder that is at least `$width`.
macro_rules! ladder {
    ($width:expr, $columns:literal, $trained:expr; $($size:literal)+) => {
        match $width {
            $(width if width <= $size => record::<T, $size, $columns>($trained),)+
            width => panic!("width {width} is above {MAX_WIDTH}"),
        }
    };
}

macro_rules! with_columns {
    ($width:expr, $columns:expr, $trained:expr; $($count:literal)+) => {
        match $columns {
            $($count => ladder!(
                $width, $count, $trained;
                1 2 3 4 5 6 8 10 12 16 20 24 32 40 48 64 80 96 128 192 256 384 512 768 1024
            ),)+
            columns => panic!("no block of {columns} columns is compiled"),
        }
    };
}

/// The numbers of columns a block may have.
pub const BLOCK_COLUMNS: [usize; 2] = [1, 3];

impl<T: Scalar> Model<T> {
    /// A model of `width` hidden units for blocks of `columns` columns, at zero.
    ///
    /// # Panics
    /// If the width is not from 1 to [`MAX_WIDTH`], or `columns` not one of [`BLOCK_COLUMNS`].
    pub fn new(width: usize, columns: usize, trained: Trained) -> Self {
        assert!(width > 0, "a network has at least one hidden unit");
        let (program, nodes) = with_columns!(width, columns, trained; 1 3);
        Model { program, width, columns, trained, nodes }
    }

    /// The number of hidden units.
    pub fn width(&self) -> usize {
        self.width
    }
    /// How many samples a block holds.
    pub fn block(&self) -> usize {
        self.columns * T::LANES
    }
    /// Which parameters are trained.
    pub fn trained(&self) -> Trained {
        self.trained
    }
    /// Floating-point operations of one block, forward and backward, per lane.
    pub fn cost(&self) -> autodiff::Cost {
        self.program.cost()
    }

    /// Takes the parameters of `network`, rounded to the precision of `T`.
    ///
    /// # Panics
    /// If it is of another width.
    pub fn set_network(&mut self, network: &Network) {
        assert_eq!(network.width(), self.width, "the network has another width than the model");
        let Nodes { w1, b1, w2, b2, .. } = self.nodes;
        for (node, values) in [(w1, network.w1()), (b1, network.b1()), (w2, network.w2()), (b2, &[network.b2()])] {
            for (entry, &value) in self.program.entries_mut(node).iter_mut().zip(values) {
                *entry = T::from_f64(value);
            }
        }
    }

    /// The parameters as a network.
    pub fn network(&self) -> Network {
        let Nodes { w1, b1, w2, b2, .. } = self.nodes;
        let units = [w1, b1, w2].into_iter().flat_map(|node| &self.program.entries(node)[..self.width]);
        let all = units.chain(self.program.entries(b2));
        Network::from_parameters(all.map(|entry| entry.lane(0).to_f64()).collect())
    }

    /// Makes the parameters those of `other`, a model of the same width.
    pub fn copy_parameters(&mut self, other: &Self) {
        let Nodes { w1, b1, w2, b2, .. } = self.nodes;
        for node in [w1, b1, w2, b2] {
            self.program.entries_mut(node).copy_from_slice(other.program.entries(node));
        }
    }

    /// Puts a block of samples in place.
    pub fn set_block(&mut self, block: &Block<T>) {
        self.program.entries_mut(self.nodes.x).copy_from_slice(&block.x);
        self.program.entries_mut(self.nodes.y).copy_from_slice(&block.y);
        self.program.entries_mut(self.nodes.weight).copy_from_slice(&block.weight);
    }

    /// Puts samples in place, with the weights that are there: sample j is `points[indices[j]]`.
    ///
    /// # Panics
    /// If there is not one index for each sample of a block, or an index is not below the number of points.
    #[inline]
    pub fn gather(&mut self, points: &[[T::Element; 2]], indices: &[u32]) {
        assert_eq!(indices.len(), self.block(), "one index for each sample of the block");
        for (column, indices) in indices.chunks_exact(T::LANES).enumerate() {
            let [x, y] = T::gather(points, indices);
            self.program.entries_mut(self.nodes.x)[column] = x;
            self.program.entries_mut(self.nodes.y)[column] = y;
        }
    }

    /// Gives the first `present` samples of the block the weight `weight`, and the others 0: they are not there.
    pub fn set_weights(&mut self, present: usize, weight: f64) {
        let weight = T::Element::of(weight);
        let entries = self.program.entries_mut(self.nodes.weight);
        for (j, entry) in entries.iter_mut().enumerate() {
            let at = |lane: usize| if j * T::LANES + lane < present { weight } else { T::Element::zero() };
            *entry = T::from_lanes(at);
        }
    }

    /// The loss of the block that is in place, summed over its samples.
    #[inline]
    pub fn forward(&mut self) -> T::Element {
        self.program.forward();
        self.program.loss().sum_lanes().lane(0)
    }

    /// Sets the derivatives to zero.
    #[inline]
    pub fn clear_derivatives(&mut self) {
        self.program.clear_derivatives();
    }
    /// Adds the derivatives of the last [`forward`](Self::forward) to those that are there.
    #[inline]
    pub fn accumulate(&mut self) {
        self.program.accumulate();
    }

    /// Calls `rule` for each trained parameter in turn (W1, b1, W2, b2 or W2, b2) with its entries and their
    /// derivatives, which are still to be summed over lanes.
    #[inline]
    pub fn update(&mut self, mut rule: impl FnMut(&mut [T], &[T])) {
        let Nodes { w1, b1, w2, b2, .. } = self.nodes;
        let width = self.width;
        if self.trained == Trained::All {
            for node in [w1, b1] {
                self.program.update(node, |values, derivatives| rule(&mut values[..width], &derivatives[..width]));
            }
        }
        self.program.update(w2, |values, derivatives| rule(&mut values[..width], &derivatives[..width]));
        self.program.update(b2, |values, derivatives| rule(values, derivatives));
    }
}

/// Floating-point operations of one sample in a step: its share of the loss forward, and of the gradient backward. Those
/// of the units by which `width` is rounded up to the next compiled size are among them.
///
/// # Panics
/// If the width is not from 1 to [`MAX_WIDTH`].
pub fn sample_cost(width: usize, trained: Trained) -> autodiff::Cost {
    Model::<f32x16>::new(width, BLOCK_COLUMNS[0], trained).cost()
}

/// Samples laid out for a model: x, y and weight with samples in lanes.
#[derive(Clone, Debug)]
pub struct Block<T> {
    x: Vec<T>,
    y: Vec<T>,
    weight: Vec<T>,
}

/// Points cut into blocks of `columns` columns, each point of weight 1; the last block is filled up with points of
/// weight 0.
pub fn blocks<T: Scalar>(points: &[[T::Element; 2]], columns: usize) -> Vec<Block<T>> {
    let mut blocks = Vec::new();
    for points in points.chunks(columns * T::LANES) {
        let part = |of: &dyn Fn([T::Element; 2]) -> T::Element| -> Vec<T> {
            let at = |i: usize| points.get(i).map_or(T::Element::zero(), |&point| of(point));
            (0..columns).map(|j| T::from_lanes(|lane| at(j * T::LANES + lane))).collect()
        };
        blocks.push(Block { x: part(&|[x, _]| x), y: part(&|[_, y]| y), weight: part(&|_| T::Element::one()) });
    }
    blocks
}
