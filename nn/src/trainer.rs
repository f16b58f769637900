//! Networks being trained: a minibatch in, a step of the optimizer out.

use crate::model::{Block, Model, Trained, blocks};
use crate::network::Network;
use crate::optimizer::{Optimizer, Rule};
use rayon::prelude::*;
use tensor::{Element, Scalar};

/// How many blocks of a minibatch are added up in a row. A larger minibatch is cut into shards of so many blocks,
/// which threads may share; the sums of the shards are then added in order. So the order of all additions depends on
/// the size of the minibatch alone, and not on threads.
const SHARD_BLOCKS: usize = 64;

/// A model, its optimizer, and the points it learns from.
///
/// If `T` is a vector of lanes, a network is trained in each lane, all of the same width and with the same optimizer,
/// each with its own minibatches. What happens in a lane has the same bits as the training of that network alone.
///
/// A step allocates nothing.
pub struct Trainer<T: Scalar> {
    model: Model<T>,
    optimizer: Optimizer<T>,
    points: Vec<[T::Element; 2]>,
    batch: usize,
    /// The most samples a minibatch may have.
    largest: usize,
    /// The indices of a minibatch for each lane in turn, each filled up with zeros to whole blocks.
    indices: Vec<u32>,
    /// For minibatches of several shards: a model for each thread.
    workers: Vec<Worker<T>>,
    /// Sums over shards, one per trained parameter.
    gradient: Vec<T>,
}

/// A model in another thread, with what it has computed: shards k, k + n, k + 2n, … for worker k of n.
struct Worker<T: Scalar> {
    model: Model<T>,
    /// For each shard in turn, the loss and the gradient.
    sums: Vec<T>,
}

impl<T: Scalar> Trainer<T> {
    /// A trainer of `networks`, one for each lane, on `points` with minibatches of `batch` samples.
    ///
    /// # Panics
    /// If there is not one network for each lane, all of one width from 1 to 1024; if there are no points, or more
    /// than `u32` can count; or if the batch is 0.
    pub fn new(
        networks: &[Network],
        trained: Trained,
        rule: Rule,
        rate: f64,
        points: Vec<[T::Element; 2]>,
        batch: usize,
    ) -> Self {
        assert!(batch > 0, "a minibatch has at least one sample");
        assert!(!points.is_empty() && u32::try_from(points.len()).is_ok(), "there are no or too many points");
        assert_eq!(networks.len(), T::LANES, "one network for each lane");
        let width = networks[0].width();
        let mut model = Model::new(width, batch, trained);
        for (lane, network) in networks.iter().enumerate() {
            model.set_network(lane, network);
        }
        let (block, parameters) = (model.block(), trained.parameters(width));
        model.set_weights(batch.min(block), 1.0 / batch as f64);
        let shards = batch.div_ceil(block * SHARD_BLOCKS);
        let workers = if shards > 1 { shards.min(rayon::current_num_threads()) } else { 0 };
        let worker = |k: usize| Worker {
            model: model.clone(),
            sums: vec![T::zero(); (k..shards).step_by(workers).count() * (parameters + 1)],
        };
        Trainer {
            workers: (0..workers).map(worker).collect(),
            gradient: vec![T::zero(); if workers > 0 { parameters } else { 0 }],
            optimizer: Optimizer::new(rule, rate, parameters),
            indices: vec![0; batch.next_multiple_of(block) * T::LANES],
            model,
            points,
            batch,
            largest: batch,
        }
    }

    /// The network of a lane as it is now.
    pub fn network(&self, lane: usize) -> Network {
        self.model.network(lane)
    }
    /// The number of points.
    pub fn points(&self) -> usize {
        self.points.len()
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
        self.indices.clear();
        self.indices.resize(batch.next_multiple_of(block) * T::LANES, 0);
        for model in self.workers.iter_mut().map(|worker| &mut worker.model).chain([&mut self.model]) {
            model.set_weights(batch.min(block), 1.0 / batch as f64);
        }
    }

    /// One step: `draw` fills the minibatch of each lane with indices of points; returns the mean squared error of
    /// the minibatch before the step.
    #[inline]
    pub fn step(&mut self, mut draw: impl FnMut(usize, &mut [u32])) -> T {
        let stride = self.indices.len() / T::LANES;
        for (lane, indices) in self.indices.chunks_exact_mut(stride).enumerate() {
            draw(lane, &mut indices[..self.batch]);
        }
        if self.workers.is_empty() { self.step_in_one_shard() } else { self.step_in_shards() }
    }

    #[inline]
    fn step_in_one_shard(&mut self) -> T {
        let Trainer { model, optimizer, points, batch, indices, .. } = self;
        model.clear_derivatives();
        let loss = add_blocks(model, points, indices, 0..indices.len() / T::LANES, *batch);
        let mut step = optimizer.step();
        model.update(|values, derivatives| step.update(values, derivatives));
        loss
    }

    fn step_in_shards(&mut self) -> T {
        let Trainer { model, workers, indices, points, batch, gradient, optimizer, .. } = self;
        let (count, shard, end) = (workers.len(), model.block() * SHARD_BLOCKS, indices.len() / T::LANES);
        workers.par_iter_mut().enumerate().for_each(|(k, worker)| {
            worker.model.copy_parameters(model);
            let mut sums = worker.sums.iter_mut();
            for first in (k * shard..end).step_by(count * shard) {
                worker.model.clear_derivatives();
                let loss = add_blocks(&mut worker.model, points, indices, first..end.min(first + shard), *batch);
                let mut keep = |sum| *sums.next().expect("one sum for the loss and each parameter of a shard") = sum;
                keep(loss);
                worker.model.update(|_, derivatives| {
                    for &d in derivatives {
                        keep(d);
                    }
                });
            }
        });
        gradient.fill(T::zero());
        let mut loss = T::zero();
        for i in 0..end.div_ceil(shard) {
            let sums = &workers[i % count].sums[i / count * (gradient.len() + 1)..];
            loss += sums[0];
            for (total, &sum) in gradient.iter_mut().zip(&sums[1..]) {
                *total += sum;
            }
        }
        let mut step = optimizer.step();
        let mut rest = &gradient[..];
        model.update(|values, _| {
            let (these, others) = rest.split_at(values.len());
            step.update(values, these);
            rest = others;
        });
        loss
    }

    /// The mean squared error of each lane on `points`: summed in the precision of `T` within a block, and over blocks
    /// in double precision.
    pub fn mse(&self, points: &mut Points<T>) -> Vec<f64> {
        points.model.copy_parameters(&self.model);
        let mut sums = vec![0.0; T::LANES];
        for block in &points.blocks {
            points.model.set_block(block);
            let loss = points.model.forward();
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum += loss.lane(lane).to_f64();
            }
        }
        sums.iter().map(|sum| sum / points.len as f64).collect()
    }
}

/// Runs the samples `range` of every lane, whole blocks, through the model, adds up derivatives, and returns the loss.
/// `indices` holds the minibatches of all lanes; from sample number `batch` on, they are filling.
#[inline]
fn add_blocks<T: Scalar>(
    model: &mut Model<T>,
    points: &[[T::Element; 2]],
    indices: &[u32],
    range: std::ops::Range<usize>,
    batch: usize,
) -> T {
    let mut loss = T::zero();
    let (block, stride) = (model.block(), indices.len() / T::LANES);
    for first in range.step_by(block) {
        // With one block the weights never change.
        if stride > block {
            model.set_weights((batch - first).min(block), 1.0 / batch as f64);
        }
        model.gather(points, &indices[first..], stride);
        loss += model.forward();
        model.accumulate();
    }
    loss
}

/// Points to measure errors on, laid out in blocks, with a model to do it.
pub struct Points<T: Scalar> {
    blocks: Vec<Block<T>>,
    model: Model<T>,
    len: usize,
}

impl<T: Scalar> Points<T> {
    /// Lays out `points` for networks of `width` hidden units.
    ///
    /// # Panics
    /// If the width is not from 1 to 1024.
    pub fn new(points: &[[T::Element; 2]], width: usize) -> Self {
        let model = Model::new(width, points.len(), Trained::Output);
        Points { blocks: blocks(points, model.block()), model, len: points.len() }
    }
}
