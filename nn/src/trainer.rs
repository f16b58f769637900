//! One network being trained: a minibatch in, a step of the optimizer out.

use crate::model::{BLOCK_COLUMNS, Block, Model, Trained, blocks};
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
/// In normal use a step allocates nothing.
pub struct Trainer<T: Scalar> {
    model: Model<T>,
    optimizer: Optimizer<T>,
    points: Vec<[T::Element; 2]>,
    batch: usize,
    /// The most samples a minibatch may have.
    largest: usize,
    /// The indices of a minibatch, then zeros up to whole blocks.
    indices: Vec<u32>,
    /// For minibatches of several shards: a model for each thread.
    workers: Vec<Worker<T>>,
    /// Sums over shards, one per trained parameter.
    gradient: Vec<T>,
}

/// A model in another thread, with what it has computed: shards k, k + n, k + 2n, … for worker k of n.
struct Worker<T: Scalar> {
    model: Model<T>,
    /// For each shard in turn, the loss and the gradient, summed over lanes.
    sums: Vec<T::Element>,
}

impl<T: Scalar> Trainer<T> {
    /// A trainer of `network` on `points` with minibatches of `batch` samples.
    ///
    /// # Panics
    /// If there are no points, or more than `u32` can count, or the batch is 0.
    pub fn new(
        network: &Network,
        trained: Trained,
        rule: Rule,
        rate: f64,
        points: Vec<[T::Element; 2]>,
        batch: usize,
    ) -> Self {
        assert!(batch > 0, "a minibatch has at least one sample");
        assert!(!points.is_empty() && u32::try_from(points.len()).is_ok(), "there are no or too many points");
        let columns = BLOCK_COLUMNS[usize::from(batch > T::LANES)];
        let mut model = Model::new(network.width(), columns, trained);
        model.set_network(network);
        let parameters = match trained {
            Trained::All => 3 * network.width() + 1,
            Trained::Output => network.width() + 1,
        };
        let block = model.block();
        model.set_weights(batch.min(block), 1.0 / batch as f64);
        let shards = batch.div_ceil(block * SHARD_BLOCKS);
        let workers = if shards > 1 { shards.min(rayon::current_num_threads()) } else { 0 };
        let worker = |k: usize| Worker {
            model: model.clone(),
            sums: vec![T::Element::zero(); (k..shards).step_by(workers).count() * (parameters + 1)],
        };
        Trainer {
            workers: (0..workers).map(worker).collect(),
            gradient: vec![T::zero(); if workers > 0 { parameters } else { 0 }],
            optimizer: Optimizer::new(rule, rate, parameters),
            indices: vec![0; batch.next_multiple_of(block)],
            model,
            points,
            batch,
            largest: batch,
        }
    }

    /// The network as it is now.
    pub fn network(&self) -> Network {
        self.model.network()
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
        self.indices.resize(batch.next_multiple_of(block), 0);
        for model in self.workers.iter_mut().map(|worker| &mut worker.model).chain([&mut self.model]) {
            model.set_weights(batch.min(block), 1.0 / batch as f64);
        }
    }

    /// One step: `draw` fills the minibatch with indices of points; returns the mean squared error of the minibatch
    /// before the step.
    #[inline]
    pub fn step(&mut self, draw: impl FnOnce(&mut [u32])) -> f64 {
        draw(&mut self.indices[..self.batch]);
        if self.workers.is_empty() { self.step_in_one_shard() } else { self.step_in_shards() }
    }

    fn step_in_one_shard(&mut self) -> f64 {
        self.model.clear_derivatives();
        let loss = add_blocks(&mut self.model, &self.points, &self.indices, 0, self.batch);
        let mut step = self.optimizer.step();
        self.model.update(|values, derivatives| step.update(values, |i| derivatives[i].sum_lanes()));
        loss.to_f64()
    }

    fn step_in_shards(&mut self) -> f64 {
        let Trainer { model, workers, indices, points, batch, gradient, .. } = self;
        let (count, shard) = (workers.len(), model.block() * SHARD_BLOCKS);
        workers.par_iter_mut().enumerate().for_each(|(k, worker)| {
            worker.model.copy_parameters(model);
            let mut sums = worker.sums.iter_mut();
            for (i, indices) in indices.chunks(shard).enumerate().skip(k).step_by(count) {
                worker.model.clear_derivatives();
                let loss = add_blocks(&mut worker.model, points, indices, i * shard, *batch);
                let mut keep = |sum| *sums.next().expect("one sum for the loss and each parameter of a shard") = sum;
                keep(loss);
                worker.model.update(|_, derivatives| {
                    for d in derivatives {
                        keep(d.sum_lanes().lane(0));
                    }
                });
            }
        });
        gradient.fill(T::zero());
        let mut loss = T::Element::zero();
        for i in 0..indices.len().div_ceil(shard) {
            let sums = &workers[i % count].sums[i / count * (gradient.len() + 1)..];
            loss += sums[0];
            for (total, &sum) in gradient.iter_mut().zip(&sums[1..]) {
                *total += T::splat(sum);
            }
        }
        let mut step = self.optimizer.step();
        let mut rest = &gradient[..];
        model.update(|values, _| {
            let (these, others) = rest.split_at(values.len());
            step.update(values, |i| these[i]);
            rest = others;
        });
        loss.to_f64()
    }

    /// The mean squared error on `points`, in the precision of `T` but summed over blocks in double precision.
    pub fn mse(&self, points: &mut Points<T>) -> f64 {
        points.model.copy_parameters(&self.model);
        let mut sum = 0.0;
        for block in &points.blocks {
            points.model.set_block(block);
            sum += points.model.forward().to_f64();
        }
        sum / points.len as f64
    }
}

/// Runs the blocks of `indices` through the model, adds up derivatives, and returns the loss. The first index is
/// number `first` of a minibatch of `batch` samples; from number `batch` on, indices are filling.
#[inline]
fn add_blocks<T: Scalar>(
    model: &mut Model<T>,
    points: &[[T::Element; 2]],
    indices: &[u32],
    first: usize,
    batch: usize,
) -> T::Element {
    let mut loss = T::Element::zero();
    let block = model.block();
    for (i, indices) in indices.chunks_exact(block).enumerate() {
        // With one block the weights never change.
        if batch > block {
            let present = (batch - first - i * block).min(block);
            model.set_weights(present, 1.0 / batch as f64);
        }
        model.gather(points, indices);
        loss += model.forward();
        model.accumulate();
    }
    loss
}

/// Points to measure errors on, laid out in blocks, with a model to do it.
pub struct Points<T> {
    blocks: Vec<Block<T>>,
    model: Model<T>,
    len: usize,
}

impl<T: Scalar> Points<T> {
    /// Lays out `points` for networks of `width` hidden units.
    pub fn new(points: &[[T::Element; 2]], width: usize) -> Self {
        let columns = BLOCK_COLUMNS[1];
        Points {
            blocks: blocks(points, columns),
            model: Model::new(width, columns, Trained::Output),
            len: points.len(),
        }
    }
}
