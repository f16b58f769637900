//! A network and its loss as a recorded program.

use crate::architecture::{Architecture, Layer, LossRule};
use crate::network::Network;
use crate::samples::Samples;
use autodiff::{Cost, DMatrix, DynVar, NodeId, Program, ShapeError, Tape};
use tensor::{Element, Scalar};

/// The most samples of a block of a network that is not a [bent line](Architecture::is_bent_line).
const LARGEST_BLOCK: usize = 128;

/// The loss of one block of samples, Σⱼ mⱼ·ℓ(ŷ(xⱼ), yⱼ), recorded once and replayed for every block.
///
/// `T` is a plain number, or a vector of lanes: then each lane is a network of its own, with its own samples.
///
/// It is recorded by parts, and replayed as few operations: a bent line with its squared error as one, other networks as
/// one for each layer. That goes by whole vector registers; the numbers that fill up the last one are zeros, learn nothing,
/// and change no bit: a sum that starts at +0 does not change when ±0 is added.
#[derive(Clone)]
pub struct Model<T: Scalar> {
    program: Program<T>,
    architecture: Architecture,
    block: usize,
    /// Over how many numbers of a sample its loss is a mean.
    numbers: usize,
    nodes: Nodes,
}

/// Where the leaves of the program are, and its prediction.
#[derive(Clone)]
struct Nodes {
    /// W and b of each layer.
    layers: Vec<[NodeId; 2]>,
    x: NodeId,
    y: NodeId,
    weight: NodeId,
    prediction: NodeId,
    /// φ(z) of each hidden layer; none of a bent line.
    hidden: Vec<NodeId>,
}

/// Records the loss of a network on `samples` samples; of its layers the first `frozen` are not trained.
fn record<T: Scalar>(
    architecture: &Architecture,
    frozen: usize,
    samples: usize,
    loss: &dyn LossRule<T>,
) -> Result<(Program<T>, Nodes), ShapeError> {
    let tape = Tape::new();
    let zeros = |[rows, columns]: [usize; 2]| DMatrix::from_element(rows, columns, T::zero());
    let layer = |(l, layer): (usize, &Layer)| {
        let leaf = |name: &str, shape: [usize; 2]| {
            let (name, value) = (format!("{name}{}", l + 1), zeros(shape));
            if l < frozen { tape.dyn_input(&name, &value) } else { tape.dyn_parameter(&name, &value) }
        };
        Ok([leaf("W", [layer.units, architecture.inputs_of(l)])?, leaf("b", [layer.units, 1])?])
    };
    let layers: Vec<[DynVar<'_, T>; 2]> =
        architecture.layers().iter().enumerate().map(layer).collect::<Result<_, ShapeError>>()?;
    let input = |name, rows| tape.dyn_input(name, &zeros([rows, samples]));
    let (x, y, weight) = (input("x", architecture.inputs())?, input("y", architecture.outputs())?, input("weight", 1)?);
    let outputs = record_layers(architecture.layers(), &layers, x)?;
    let prediction = outputs[outputs.len() - 1];
    let hidden = if architecture.is_bent_line() { &[] } else { &outputs[..outputs.len() - 1] };
    // What has a name stays a node of its own, and can be asked for its value.
    let hidden = (1..).zip(hidden).map(|(l, node)| node.named(&format!("hidden{l}")).id()).collect();
    let loss = loss.record(prediction, y, weight)?;
    let layers = layers.into_iter().map(|leaves| leaves.map(DynVar::id)).collect();
    let nodes = Nodes { layers, x: x.id(), y: y.id(), weight: weight.id(), prediction: prediction.id(), hidden };
    Ok((loss.named("loss").program()?, nodes))
}

/// Records ŷ of layers with these W and b on `x`, whose columns are samples: φ(W·x + b·1ᵀ), layer by layer.
///
/// # Errors
/// If a matrix has another shape than what it is multiplied by or added to needs.
pub fn record_network<'t, T: Scalar>(
    layers: &[Layer],
    parameters: &[[DynVar<'t, T>; 2]],
    x: DynVar<'t, T>,
) -> Result<DynVar<'t, T>, ShapeError> {
    Ok(record_layers(layers, parameters, x)?.pop().unwrap_or(x))
}

/// The same, with what every layer passes on.
fn record_layers<'t, T: Scalar>(
    layers: &[Layer],
    parameters: &[[DynVar<'t, T>; 2]],
    x: DynVar<'t, T>,
) -> Result<Vec<DynVar<'t, T>>, ShapeError> {
    let mut outputs: Vec<DynVar<'t, T>> = Vec::with_capacity(layers.len());
    for (layer, &[w, b]) in layers.iter().zip(parameters) {
        let input = outputs.last().copied().unwrap_or(x);
        outputs.push(layer.activation.record(w.product(input)?.add_to_columns(b)?)?);
    }
    Ok(outputs)
}

impl<T: Scalar> Model<T> {
    /// A model at zero for minibatches of `batch` samples, of whose layers the first `frozen` are not trained.
    ///
    /// # Panics
    /// If all layers are frozen.
    pub fn new(architecture: &Architecture, frozen: usize, batch: usize) -> Self {
        Self::with_loss(architecture, frozen, batch, &architecture.loss())
    }

    /// The same with a loss of one's own in place of that of the architecture.
    ///
    /// # Panics
    /// If all layers are frozen, or if the loss cannot be recorded.
    pub fn with_loss(architecture: &Architecture, frozen: usize, batch: usize, loss: &dyn LossRule<T>) -> Self {
        assert!(frozen < architecture.layers().len(), "at least the last layer is trained");
        let block = block_of(architecture, batch);
        let (program, nodes) = record(architecture, frozen, block, loss).unwrap_or_else(|error| panic!("{error}"));
        let numbers = loss.numbers(architecture.outputs());
        Model { program, architecture: architecture.clone(), block, numbers, nodes }
    }

    /// What the network is.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }
    /// How many samples a block holds.
    pub fn block(&self) -> usize {
        self.block
    }
    /// How many samples the program has room for: a block, and what fills its last register where samples are pairs.
    fn capacity(&self) -> usize {
        if self.is_of_pairs() { self.block.next_multiple_of(T::PACK) } else { self.block }
    }
    /// One input and one output.
    #[inline]
    fn is_of_pairs(&self) -> bool {
        self.architecture.inputs() == 1 && self.architecture.outputs() == 1
    }
    /// Floating-point operations of one block, forward and backward.
    pub fn cost(&self) -> Cost {
        self.program.cost()
    }
    /// The part of a sample in the mean over `count` samples: 1/n, and of a squared error, which is a mean over outputs
    /// too, 1/(n·outputs).
    pub fn share(&self, count: usize) -> f64 {
        1.0 / (count * self.numbers) as f64
    }

    /// Takes the parameters of `network`, rounded to the precision of `T`, for one lane.
    ///
    /// # Panics
    /// If it is of another architecture.
    pub fn set_network(&mut self, lane: usize, network: &Network) {
        assert!(*network.architecture() == self.architecture, "the network has another architecture than the model");
        let mut values = network.parameters().iter();
        for &node in self.nodes.layers.as_flattened() {
            for (entry, &value) in self.program.entries_mut(node).iter_mut().zip(&mut values) {
                let before = *entry;
                *entry = T::from_lanes(|i| if i == lane { T::Element::of(value) } else { before.lane(i) });
            }
        }
    }

    /// The parameters of one lane as a network.
    #[allow(clippy::missing_panics_doc, reason = "the leaves are those of the architecture")]
    pub fn network(&self, lane: usize) -> Network {
        let entries = self.nodes.layers.as_flattened().iter().flat_map(|&node| self.program.entries(node));
        let parameters = entries.map(|entry| entry.lane(lane).to_f64()).collect();
        Network::new(self.architecture.clone(), parameters).expect("all parameters of all layers")
    }

    /// Makes the parameters those of `other`, a model of the same architecture.
    ///
    /// # Panics
    /// If it is of another architecture.
    pub fn copy_parameters(&mut self, other: &Self) {
        let (nodes, same) = (self.nodes.layers.as_flattened(), other.nodes.layers.as_flattened());
        for (&node, &same) in nodes.iter().zip(same) {
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
        if samples.size == 2 { self.set_pairs(samples, first) } else { self.set_rows(samples, first) }
    }

    /// Puts samples of one input and one target in place.
    #[inline(always)]
    fn set_pairs(&mut self, samples: &Gathered<T>, first: usize) {
        let (x, y, capacity) = (self.nodes.x, self.nodes.y, self.capacity());
        let [x, y] = self.program.padded_mut([x, y]);
        let (x, y) = (&mut x[..capacity], &mut y[..capacity]);
        let (pairs, _) = samples.rows.as_chunks::<2>();
        let pairs = &pairs[first * T::LANES..][..capacity * T::LANES];
        // Not by `zip`, which is a call where units are not optimised together.
        let (mut ys, mut pairs) = (y.chunks_exact_mut(T::PACK), pairs.chunks_exact(T::Pack::LANES));
        for x in x.chunks_exact_mut(T::PACK) {
            let (Some(y), Some(pairs)) = (ys.next(), pairs.next()) else { break };
            let [first, second] = T::Pack::from_pairs(|k| pairs[k]);
            T::unpack(first, x);
            T::unpack(second, y);
        }
    }

    /// Puts samples of any size in place.
    fn set_rows(&mut self, samples: &Gathered<T>, first: usize) {
        let (size, inputs) = (samples.size, self.architecture.inputs());
        let rows = &samples.rows[first * T::LANES * size..][..self.block * T::LANES * size];
        let rows = rows.chunks_exact(T::LANES * size);
        for (node, from, count) in [(self.nodes.x, 0, inputs), (self.nodes.y, inputs, size - inputs)] {
            let columns = self.program.entries_mut(node).chunks_exact_mut(count);
            for (column, rows) in columns.zip(rows.clone()) {
                for (i, entry) in (from..).zip(column) {
                    *entry = T::from_lanes(|lane| rows[lane * size + i]);
                }
            }
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

    /// φ(z) of a hidden layer, counted from 0, of all samples that are in place, sample by sample; as of the last
    /// [`forward`](Self::forward).
    ///
    /// # Panics
    /// If there is no such layer, or if it is part of one operation with others, as in a bent line.
    pub fn hidden(&self, layer: usize) -> &[T] {
        self.program.entries(self.nodes.hidden[layer])
    }

    /// How many of the first `count` samples that are in place are given their class, in each lane, as of the last
    /// [`forward`](Self::forward): by one output, class 1 is where it is positive; by several, the class is that of the
    /// largest. NaN is no class.
    ///
    /// # Panics
    /// If network and loss are one operation, as for a bent line with squared error.
    pub fn right(&self, count: usize) -> Vec<usize> {
        let (outputs, targets) = (self.program.entries(self.nodes.prediction), self.program.entries(self.nodes.y));
        let classes = self.architecture.outputs();
        let class = |column: &[T], lane: usize, middle: f64| {
            let values = column.iter().map(|entry| entry.lane(lane).to_f64());
            if let [one] = column {
                let one = one.lane(lane).to_f64();
                return (!one.is_nan()).then(|| usize::from(one > middle));
            }
            if values.clone().any(f64::is_nan) {
                return None;
            }
            // Of equal ones the first.
            values
                .enumerate()
                .fold(None, |best: Option<(usize, f64)>, (k, value)| match best {
                    Some((_, largest)) if value <= largest => best,
                    _ => Some((k, value)),
                })
                .map(|(k, _)| k)
        };
        let pairs = || outputs.chunks_exact(classes).zip(targets.chunks_exact(classes)).take(count);
        let is_right = |lane: usize| {
            move |(output, target): &(&[T], &[T])| {
                let found = class(output, lane, 0.0);
                found.is_some() && found == class(target, lane, 0.5)
            }
        };
        (0..T::LANES).map(|lane| pairs().filter(is_right(lane)).count()).collect()
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

    /// Calls `rule` for each trained parameter in turn, W and b layer by layer, with its entries and their derivatives.
    pub fn update(&mut self, mut rule: impl FnMut(&mut [T], &[T])) {
        for &node in self.nodes.layers.as_flattened() {
            if self.program.derivative_entries(node).is_some() {
                self.program.update(node, &mut rule);
            }
        }
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

/// How many samples a block holds for minibatches of `batch` samples: 8 or 40 for a bent line; for other networks as many as
/// the minibatch has, up to a limit, in whole eights.
fn block_of(architecture: &Architecture, batch: usize) -> usize {
    match architecture.is_bent_line() {
        true if batch <= 8 => 8,
        true => 40,
        false => batch.next_multiple_of(8).clamp(8, LARGEST_BLOCK),
    }
}

/// Floating-point operations that one sample adds to a step: its share of the loss forward and of the gradient backward,
/// without filling; of the layers the first `frozen` are not trained.
pub fn sample_cost(architecture: &Architecture, frozen: usize) -> f64 {
    let model = Model::<f32>::new(architecture, frozen, 40);
    let Cost { forward, backward } = model.cost();
    (forward + backward) as f64 / model.block() as f64
}

/// Minibatches of samples gathered for a model, in the order in which it uses them: sample by sample, in all lanes.
#[derive(Clone, Debug)]
pub struct Gathered<T: Scalar> {
    /// Inputs and targets of each sample.
    rows: Vec<T::Element>,
    /// How many numbers a sample has.
    size: usize,
    /// How many samples there is room for in each minibatch.
    room: usize,
}

impl<T: Scalar> Gathered<T> {
    /// Room for some minibatches of `batch` samples in each lane, and for what fills the last block of `model`.
    pub fn new(minibatches: usize, batch: usize, model: &Model<T>) -> Self {
        let room = Self::room(batch, model);
        let size = model.architecture.inputs() + model.architecture.outputs();
        Gathered { rows: vec![T::Element::of(0.0); minibatches * room * T::LANES * size], size, room }
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
    /// Gathers the samples of a lane from number `first` on: sample `i` of `samples` for each `i` of `indices`.
    ///
    /// # Panics
    /// If there is no such lane, no room for so many samples, or if an index is not below the number of samples.
    #[inline(always)]
    pub fn gather(&mut self, lane: usize, first: usize, samples: &Samples<T::Element>, indices: &[u32]) {
        assert!(lane < T::LANES, "no lane {lane}");
        assert!((first + indices.len()) * T::LANES * self.size <= self.rows.len(), "too many samples");
        if self.size == 2 {
            self.gather_pairs(lane, first, samples.rows().as_chunks().0, indices);
            return;
        }
        let size = self.size;
        let rows = self.rows[first * T::LANES * size..].chunks_exact_mut(T::LANES * size);
        for (rows, &i) in rows.zip(indices) {
            rows[lane * size..][..size].copy_from_slice(&samples.rows()[i as usize * size..][..size]);
        }
    }

    /// Gathers samples of one input and one target.
    #[inline(always)]
    fn gather_pairs(&mut self, lane: usize, first: usize, points: &[[T::Element; 2]], indices: &[u32]) {
        let (eights, rest) = indices.as_chunks::<8>();
        let (pairs, _) = self.rows.as_chunks_mut::<2>();
        // Not by `zip`, which is a call where units are not optimised together.
        let (whole, pairs) = pairs[first * T::LANES..].split_at_mut(8 * eights.len() * T::LANES);
        let mut eights = eights.iter();
        for pairs in whole.chunks_exact_mut(8 * T::LANES) {
            let Some(indices) = eights.next() else { break };
            for k in 0..8 {
                pairs[k * T::LANES + lane] = points[indices[k] as usize];
            }
        }
        let mut rest = rest.iter();
        for pairs in pairs.chunks_exact_mut(T::LANES) {
            let Some(&i) = rest.next() else { break };
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
    /// How many samples it has, without those that fill it up.
    len: usize,
}

impl<T> Block<T> {
    /// How many samples it has, without those that fill it up.
    pub fn len(&self) -> usize {
        self.len
    }
    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Samples cut into blocks for `model`, each sample of weight 1 in every lane; a block is filled up with copies of its first
/// sample, of weight 0.
pub fn blocks<T: Scalar>(samples: &Samples<T::Element>, model: &Model<T>) -> Vec<Block<T>> {
    let size = model.block();
    let all: Vec<_> = samples.iter().collect();
    let block = |samples: &[(&[T::Element], &[T::Element])]| {
        let padded = || (0..size).map(|j| samples.get(j).unwrap_or(&samples[0]));
        let spread = |values: &[T::Element]| values.iter().map(|&value| T::splat(value)).collect::<Vec<T>>();
        let weight = |j: usize| if j < samples.len() { T::one() } else { T::zero() };
        Block {
            x: padded().flat_map(|(x, _)| spread(x)).collect(),
            y: padded().flat_map(|(_, y)| spread(y)).collect(),
            weight: (0..size).map(weight).collect(),
            len: samples.len(),
        }
    };
    all.chunks(size).map(block).collect()
}
