//! Networks being trained: a minibatch in, a step of the optimizer out.

use crate::architecture::{Architecture, Loss, LossRule};
use crate::model::{Block, Gathered, Model, blocks};
use crate::network::Network;
use crate::optimizer::{Optimizer, Rule};
use crate::samples::Samples;
use rayon::prelude::*;
use tensor::{Element, Scalar};

/// How many blocks of a minibatch are added up in a row. A larger minibatch is cut into shards of so many blocks,
/// which threads may share; the sums of the shards are then added in order. So the order of all additions depends on
/// the size of the minibatch alone, and not on threads.
const SHARD_BLOCKS: usize = 64;

/// For how many numbers of samples there is room, in all lanes, where minibatches of several steps are gathered at once: what is
/// written number by number and read as a register right after makes the processor wait.
const NUMBERS_AHEAD: usize = 2560;

/// A model, its optimizer, and the points it learns from.
///
/// If `T` is a vector of lanes, a network is trained in each lane, all of one architecture and with the same optimizer,
/// each with its own minibatches. What happens in a lane has the same bits as the training of that network alone.
///
/// A step allocates nothing.
#[derive(Clone)]
pub struct Trainer<T: Scalar> {
    model: Model<T>,
    optimizer: Optimizer<T>,
    samples: Samples<T::Element>,
    batch: usize,
    /// The most samples a minibatch may have.
    largest: usize,
    /// How many minibatches are drawn at a time.
    ahead: usize,
    /// The indices of these minibatches: of one lane after the other, or of all if several threads need them.
    indices: Vec<u32>,
    minibatches: Gathered<T>,
    /// For minibatches of several shards: a model for each thread.
    workers: Vec<Worker<T>>,
    /// Sums over shards, one for each number that is updated.
    gradient: Vec<T>,
}

/// A model in another thread, with what it has computed: shards k, k + n, k + 2n, … for worker k of n.
#[derive(Clone)]
struct Worker<T: Scalar> {
    model: Model<T>,
    shard: Gathered<T>,
    /// For each shard in turn, the loss and the gradient.
    sums: Vec<T>,
}

impl<T: Scalar> Trainer<T> {
    /// A trainer of `networks`, one for each lane, on `samples` with minibatches of `batch` of them. The first `frozen`
    /// layers are not trained.
    ///
    /// # Panics
    /// If there is not one network for each lane, all of one architecture; if the samples do not have its inputs and
    /// outputs, or if there are none, or more than `u32` can count; if all layers are frozen; or if the batch is 0.
    pub fn new(
        networks: &[Network],
        frozen: usize,
        rule: Rule,
        rate: f64,
        samples: impl Into<Samples<T::Element>>,
        batch: usize,
    ) -> Self {
        assert!(!networks.is_empty(), "one network for each lane");
        Self::with_loss(networks, frozen, rule, rate, samples, batch, &networks[0].architecture().loss())
    }

    /// The same with a loss of one's own in place of that of the architecture.
    ///
    /// # Panics
    /// As [`new`](Self::new), or if the loss cannot be recorded.
    pub fn with_loss(
        networks: &[Network],
        frozen: usize,
        rule: Rule,
        rate: f64,
        samples: impl Into<Samples<T::Element>>,
        batch: usize,
        loss: &dyn LossRule<T>,
    ) -> Self {
        let samples = samples.into();
        assert!(batch > 0, "a minibatch has at least one sample");
        assert!(!samples.is_empty() && u32::try_from(samples.len()).is_ok(), "there are no or too many samples");
        assert_eq!(networks.len(), T::LANES, "one network for each lane");
        let architecture = networks[0].architecture();
        assert_fit(&samples, architecture);
        let mut model = Model::with_loss(architecture, frozen, batch, loss);
        for (lane, network) in networks.iter().enumerate() {
            model.set_network(lane, network);
        }
        let (block, updated) = (model.block(), model.updated());
        model.set_weights(batch.min(block), model.share(batch));
        let shards = batch.div_ceil(block * SHARD_BLOCKS);
        let workers = if shards > 1 { shards.min(rayon::current_num_threads()) } else { 0 };
        let worker = |k: usize| Worker {
            model: model.clone(),
            shard: Gathered::new(1, block * SHARD_BLOCKS, &model),
            sums: vec![T::zero(); (k..shards).step_by(workers).count() * (updated + 1)],
        };
        // Several threads need the indices of all lanes at once, and gather themselves.
        let (lanes_at_once, here) = if workers > 0 { (T::LANES, 0) } else { (1, batch) };
        let room = Gathered::room(batch, &model) * samples.size() * T::LANES;
        let ahead = if workers > 0 { 1 } else { (NUMBERS_AHEAD / room).max(1) };
        Trainer {
            workers: (0..workers).map(worker).collect(),
            gradient: vec![T::zero(); if workers > 0 { updated } else { 0 }],
            optimizer: Optimizer::new(rule, rate, updated),
            indices: vec![0; batch * ahead * lanes_at_once],
            minibatches: Gathered::new(ahead, here, &model),
            ahead,
            model,
            samples,
            batch,
            largest: batch,
        }
    }

    /// The network of a lane as it is now.
    pub fn network(&self, lane: usize) -> Network {
        self.model.network(lane)
    }
    /// Makes the network of a lane another one.
    ///
    /// # Panics
    /// If it is of another architecture.
    pub fn set_network(&mut self, lane: usize, network: &Network) {
        self.model.set_network(lane, network);
    }
    /// Makes all further steps by another optimizer, which is made for so many parameters.
    pub fn set_optimizer(&mut self, make: impl FnOnce(usize) -> Optimizer<T>) {
        self.optimizer = make(self.model.updated());
    }
    /// Makes all further steps with another learning rate.
    pub fn set_rate(&mut self, rate: f64) {
        self.optimizer.set_rate(rate);
    }
    pub(crate) fn optimizer(&self) -> &Optimizer<T> {
        &self.optimizer
    }
    pub(crate) fn optimizer_mut(&mut self) -> &mut Optimizer<T> {
        &mut self.optimizer
    }
    /// The number of samples it learns from.
    pub fn samples(&self) -> usize {
        self.samples.len()
    }

    /// Makes the next minibatches of `batch` samples: any number up to that of [`Trainer::new`].
    ///
    /// # Panics
    /// If `batch` is 0, or larger than at first.
    pub fn set_batch(&mut self, batch: usize) {
        if batch == self.batch {
            return;
        }
        assert!((1..=self.largest).contains(&batch), "a minibatch of {batch} samples, not 1 to {}", self.largest);
        let block = self.model.block();
        self.batch = batch;
        for model in self.workers.iter_mut().map(|worker| &mut worker.model).chain([&mut self.model]) {
            model.set_weights(batch.min(block), model.share(batch));
        }
    }

    /// One step: `draw` fills the minibatch of each lane with indices of samples. Returns the loss of the
    /// minibatch before the step.
    pub fn step(&mut self, draw: impl FnMut(usize, &mut [u32])) -> T {
        let mut loss = T::zero();
        self.steps(1, draw, |_, of_step| {
            loss = of_step;
            true
        });
        loss
    }

    /// `count` steps: `draw` is given a lane, and fills one or several minibatches of it, one after the other, with indices
    /// of samples; `after` is given the number of each step, from 1, with the loss of its minibatch before the step. If `after` returns false no further step is made, though more minibatches may have been drawn.
    #[inline]
    pub fn steps(
        &mut self,
        count: u64,
        mut draw: impl FnMut(usize, &mut [u32]),
        mut after: impl FnMut(u64, T) -> bool,
    ) {
        let mut step = 0;
        while step < count {
            let drawn = (self.ahead as u64).min(count - step) as usize;
            if self.workers.is_empty() {
                self.gather(drawn, &mut draw);
            } else {
                for (lane, indices) in self.indices.chunks_exact_mut(self.largest).enumerate() {
                    draw(lane, &mut indices[..self.batch]);
                }
            }
            for k in 0..drawn {
                let loss = if self.workers.is_empty() { self.step_in_one_shard(k) } else { self.step_in_shards() };
                step += 1;
                if !after(step, loss) {
                    return;
                }
            }
        }
    }

    /// Draws and gathers the next minibatches.
    #[inline]
    fn gather(&mut self, count: usize, mut draw: impl FnMut(usize, &mut [u32])) {
        let indices = &mut self.indices[..count * self.batch];
        for lane in 0..T::LANES {
            draw(lane, indices);
            for (k, indices) in indices.chunks_exact(self.batch).enumerate() {
                self.minibatches.gather(lane, self.minibatches.first(k), &self.samples, indices);
            }
        }
    }

    /// A step on a minibatch that is gathered.
    #[inline]
    fn step_in_one_shard(&mut self, k: usize) -> T {
        let (block, batch, start) = (self.model.block(), self.batch, self.minibatches.first(k));
        let (mut loss, mut first) = (T::zero(), 0);
        self.model.clear_derivatives();
        while first < batch {
            // With one block the weights never change.
            if batch > block {
                self.model.set_weights((batch - first).min(block), self.model.share(batch));
            }
            self.model.set_samples(&self.minibatches, start + first);
            loss += self.model.forward_and_accumulate();
            first += block;
        }
        let mut step = self.optimizer.step();
        if step.clips() {
            self.model.update_all(|_, derivatives| step.measure(derivatives));
        }
        self.model.update_all(|values, derivatives| step.update(values, derivatives));
        loss
    }

    fn step_in_shards(&mut self) -> T {
        let Trainer { model, workers, indices, samples, batch, largest, gradient, optimizer, .. } = self;
        let (count, block, batch) = (workers.len(), model.block(), *batch);
        let shard = block * SHARD_BLOCKS;
        workers.par_iter_mut().enumerate().for_each(|(k, Worker { model: own, shard: gathered, sums })| {
            own.copy_parameters(model);
            let mut sums = sums.iter_mut();
            for start in (k * shard..batch).step_by(count * shard) {
                let end = batch.min(start + shard);
                for (lane, indices) in indices.chunks_exact(*largest).enumerate() {
                    gathered.gather(lane, 0, samples, &indices[start..end]);
                }
                own.clear_derivatives();
                let mut loss = T::zero();
                for first in (start..end).step_by(block) {
                    own.set_weights((end - first).min(block), own.share(batch));
                    own.set_samples(gathered, first - start);
                    loss += own.forward_and_accumulate();
                }
                let mut keep = |sum| *sums.next().expect("one sum for the loss and each parameter of a shard") = sum;
                keep(loss);
                own.update_all(|_, derivatives| derivatives.iter().for_each(|&d| keep(d)));
            }
        });
        gradient.fill(T::zero());
        let mut loss = T::zero();
        for i in 0..batch.div_ceil(shard) {
            let sums = &workers[i % count].sums[i / count * (gradient.len() + 1)..];
            loss += sums[0];
            for (total, &sum) in gradient.iter_mut().zip(&sums[1..]) {
                *total += sum;
            }
        }
        let mut step = optimizer.step();
        if step.clips() {
            step.measure(gradient);
        }
        let mut rest = &gradient[..];
        model.update_all(|values, _| {
            let (these, others) = rest.split_at(values.len());
            step.update(values, these);
            rest = others;
        });
        loss
    }

    /// The errors of each lane on `points`: summed in the precision of `T` within a block, and over blocks in double
    /// precision.
    pub fn errors(&self, points: &mut Points<T>) -> Vec<Errors> {
        self.pass(points, &mut |_, _, _| ())
    }

    /// The same; on the way `see` is shown the model with each block of the points in place: the number of the first point,
    /// how many there are, and what every layer makes of them.
    pub fn pass(&self, points: &mut Points<T>, see: &mut dyn FnMut(usize, usize, &Model<T>)) -> Vec<Errors> {
        points.model.copy_parameters(&self.model);
        let (mut sums, mut right) = (vec![0.0; T::LANES], vec![0; T::LANES]);
        let mut first = 0;
        for block in &points.blocks {
            points.model.set_block(block);
            let loss = points.model.forward();
            see(first, block.len(), &points.model);
            first += block.len();
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum += loss.lane(lane).to_f64();
            }
            if points.classes {
                right.iter_mut().zip(points.model.right(block.len())).for_each(|(right, of_block)| *right += of_block);
            }
        }
        let of_lane = |(sum, right): (f64, usize)| Errors {
            loss: sum / points.divisor,
            accuracy: points.classes.then_some(right as f64 / points.len as f64),
        };
        sums.into_iter().zip(right).map(of_lane).collect()
    }
}

/// How well a network does on some samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// The loss: a squared error in the mean over samples and outputs, other losses in the mean over samples. NaN if there
    /// are no samples.
    pub loss: f64,
    /// The share of samples that are given their class; None if the targets are not classes.
    pub accuracy: Option<f64>,
}

/// Samples to measure errors on, laid out in blocks, with a model to do it.
#[derive(Clone)]
pub struct Points<T: Scalar> {
    blocks: Vec<Block<T>>,
    model: Model<T>,
    len: usize,
    /// By what the sum of the losses is divided.
    divisor: f64,
    /// Whether the targets are classes.
    classes: bool,
}

impl<T: Scalar> Points<T> {
    /// Lays out `samples` for networks of an architecture. Targets are classes where the loss is one of classes, or where
    /// `classes` says so.
    ///
    /// # Panics
    /// If the samples do not have the inputs and outputs of the architecture, or if they are classes and the architecture is
    /// one of one output and squared error.
    pub fn new(samples: impl Into<Samples<T::Element>>, architecture: &Architecture, classes: bool) -> Self {
        let classes = classes || architecture.loss() != Loss::SquaredError;
        Self::with_loss(samples, architecture, classes, &architecture.loss())
    }

    /// The same with a loss of one's own in place of that of the architecture.
    ///
    /// # Panics
    /// As [`new`](Self::new), or if the loss cannot be recorded.
    pub fn with_loss(
        samples: impl Into<Samples<T::Element>>,
        architecture: &Architecture,
        classes: bool,
        loss: &dyn LossRule<T>,
    ) -> Self {
        let samples = samples.into();
        assert_fit(&samples, architecture);
        // Nothing is trained here.
        let model = Model::with_loss(architecture, architecture.hidden().len(), samples.len(), loss);
        let divisor = (samples.len() * loss.numbers(architecture.outputs())) as f64;
        Points { blocks: blocks(&samples, &model), model, len: samples.len(), divisor, classes }
    }
}

fn assert_fit<E: Copy>(samples: &Samples<E>, architecture: &Architecture) {
    let (found, needed) = ([samples.inputs(), samples.targets()], [architecture.inputs(), architecture.outputs()]);
    assert_eq!(found, needed, "inputs and targets of samples, and inputs and outputs of the network {architecture}");
}
