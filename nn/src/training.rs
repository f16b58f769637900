//! A run that one can hold: it is made, advanced, asked for its state, changed, cloned.
//!
//! ```
//! use nn::data::Data;
//! use nn::initial::initial_network;
//! use nn::settings::{Paradigm, Settings};
//! use nn::training::Training;
//!
//! let settings = Settings { steps: 2000, ..Settings::default() };
//! let data = Data::from_settings(&settings)?;
//! let start = initial_network(20, settings.seed, settings.precision);
//! let mut training = Training::<f32>::new(&settings, &data, Paradigm::All, &[start], &[settings.seed]);
//!
//! training.advance(500);
//! let mut other = training.clone();
//! other.set_rate(0.1);
//! training.advance(1500);
//! other.advance(1500);
//! let [a, b] = [training, other].map(|mut training| training.state(0));
//! assert_eq!((a.step, b.step), (2000, 2000));
//! assert!(a.train.loss != b.train.loss);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::checkpoint::{Bits, Held};
use crate::data::Data;
use crate::frame::Frame;
use crate::model::Model;
use crate::network::Network;
use crate::optimizer::{Optimizer, Schedule};
use crate::samples::Samples;
use crate::settings::{Paradigm, RateFrom, Sampler, Settings};
use crate::study::State;
use crate::trainer::{Errors, Points, Trainer};
use std::collections::VecDeque;
use tensor::random::{NumpyRandom, Streams};
use tensor::{Element, Scalar};

/// The minibatches of a seed. All runs of a seed see the same ones, so that differences between runs come from what
/// differs in their settings.
#[derive(Clone)]
enum Minibatches {
    Fast(Box<Streams>),
    Numpy(Box<NumpyRandom>),
}

impl Minibatches {
    fn new(sampler: Sampler, seed: u64) -> Self {
        match sampler {
            // Streams from 1 on belong to initial networks.
            Sampler::Fast => Minibatches::Fast(Box::new(Streams::new(seed, 0))),
            Sampler::NumpyChoice => Minibatches::Numpy(Box::new(NumpyRandom::new(seed as u32))),
        }
    }
    fn state(&self) -> Vec<u32> {
        match self {
            Minibatches::Fast(streams) => streams.state(),
            Minibatches::Numpy(numpy) => numpy.state(),
        }
    }
    /// Goes on from there; returns whether that is a state of these minibatches.
    fn go_on(&mut self, state: &[u32]) -> bool {
        match self {
            Minibatches::Fast(streams) => Streams::from_state(state).map(|found| **streams = found),
            Minibatches::Numpy(numpy) => NumpyRandom::from_state(state).map(|found| **numpy = found),
        }
        .is_some()
    }
    #[inline]
    fn draw(&mut self, samples: usize, indices: &mut [u32]) {
        match self {
            Minibatches::Fast(streams) => streams.indices(samples as u32, indices),
            Minibatches::Numpy(numpy) => numpy.choice(samples as u32, indices),
        }
    }
}

/// Networks in training: one in each lane of `T`, so that of a plain number there is one, in lane 0.
///
/// It knows no clock, no thread and no file. However its steps are cut into slices, and however many networks are trained
/// beside it, a network comes out with the same bits.
#[derive(Clone)]
pub struct Training<T: Scalar> {
    trainer: Trainer<T>,
    /// Of each lane.
    minibatches: Vec<Minibatches>,
    /// Training points and test points.
    points: [Points<T>; 2],
    /// The training points in double precision.
    samples: Samples<f64>,
    frame: Frame,
    /// The learning rate that the schedule changes over so many steps, and those that are still to take its place.
    rate: f64,
    further_rates: VecDeque<RateFrom>,
    schedule: Schedule,
    steps: u64,
    step: u64,
    /// The loss of the last minibatch, before its step.
    loss: Option<T>,
    /// For each lane the first step whose minibatch had a loss that is not finite.
    diverged: Vec<Option<u64>>,
    /// The errors of each lane on the training points, if they were measured since something changed.
    train: Option<Vec<Errors>>,
}

impl<T: Scalar> Training<T> {
    /// The start of networks of one architecture with the minibatches of their seeds. Lanes without a network of their own
    /// repeat the last one. Of the settings, those of training count: batch, rate, optimizer, sampler.
    ///
    /// # Panics
    /// If there is no network, or there are more than lanes, or not one seed for each; if the data do not fit the
    /// architecture; or if a setting is out of range.
    pub fn new(settings: &Settings, data: &Data, paradigm: Paradigm, networks: &[Network], seeds: &[u64]) -> Self {
        assert!((1..=T::LANES).contains(&networks.len()), "from 1 to {} networks", T::LANES);
        assert_eq!(networks.len(), seeds.len(), "one seed for each network");
        let architecture = networks[0].architecture();
        let frame = Frame::of(data);
        let samples = frame.samples(&data.x, &data.y, architecture.outputs());
        let rounded: Samples<T::Element> = samples.rounded();
        let test = frame.samples(&data.x_test, &data.y_test, architecture.outputs()).rounded();
        let points =
            [rounded.clone(), test].map(|samples| Points::new(samples, architecture, !data.classes.is_empty()));
        let in_lane = |lane: usize| lane.min(networks.len() - 1);
        let start: Vec<Network> = (0..T::LANES).map(|lane| networks[in_lane(lane)].clone()).collect();
        let (frozen, rate) = (paradigm.frozen(architecture), settings.rate(paradigm));
        let minibatches = (0..T::LANES).map(|lane| Minibatches::new(settings.sampler, seeds[in_lane(lane)]));
        let mut trainer = Trainer::new(&start, frozen, settings.rule(), rate, rounded, settings.batch);
        let regularisation = settings.regularisation();
        trainer.set_optimizer(|count| Optimizer::new(settings.rule(), rate, count).regularised(regularisation));
        let mut training = Training {
            trainer,
            minibatches: minibatches.collect(),
            points,
            samples,
            frame,
            rate,
            further_rates: settings.rates.iter().copied().collect(),
            schedule: settings.schedule,
            steps: settings.steps,
            step: 0,
            loss: None,
            diverged: vec![None; T::LANES],
            train: None,
        };
        training.take_rate();
        training
    }

    /// All that decides how it goes on, beside what it was made of.
    pub(crate) fn held(&self) -> Held {
        let lanes = |value: T| (0..T::LANES).map(move |lane| Bits(value.lane(lane).to_f64()));
        let parameters = |lane: usize| self.network(lane).parameters().iter().copied().map(Bits).collect::<Vec<Bits>>();
        let (memory, powers) = self.trainer.optimizer().memory();
        Held {
            step: self.step,
            rate: Bits(self.rate),
            loss: self.loss.map(|loss| lanes(loss).collect()),
            diverged: self.diverged.clone(),
            parameters: (0..T::LANES).map(parameters).collect(),
            memory: memory.flat_map(lanes).collect(),
            powers: powers.map(Bits),
            minibatches: self.minibatches.iter().map(Minibatches::state).collect(),
        }
    }

    /// Goes on from there, as what it was made of is the same; returns whether it can be.
    pub(crate) fn go_on(&mut self, held: &Held) -> bool {
        let value = |lanes: &[Bits]| T::from_lanes(|lane| T::Element::of(lanes[lane].0));
        let of_lanes = [held.diverged.len(), held.parameters.len(), held.minibatches.len()];
        let of_loss = held.loss.as_ref().is_none_or(|loss| loss.len() == T::LANES);
        if of_lanes != [T::LANES; 3] || !of_loss || !held.memory.len().is_multiple_of(T::LANES) {
            return false;
        }
        for (lane, parameters) in held.parameters.iter().enumerate() {
            let architecture = self.trainer.network(lane).architecture().clone();
            let Ok(network) = Network::new(architecture, parameters.iter().map(|bits| bits.0).collect()) else {
                return false;
            };
            self.trainer.set_network(lane, &network);
        }
        let memory: Vec<T> = held.memory.chunks_exact(T::LANES).map(value).collect();
        let optimizer = self.trainer.optimizer_mut();
        optimizer.set_rate(held.rate.0);
        self.rate = held.rate.0;
        self.step = held.step;
        self.further_rates.retain(|from| from.step > held.step);
        self.loss = held.loss.as_deref().map(value);
        self.diverged.clone_from(&held.diverged);
        optimizer.recall(&memory, held.powers.map(|bits| bits.0))
            && self.minibatches.iter_mut().zip(&held.minibatches).all(|(minibatches, state)| minibatches.go_on(state))
    }

    /// Makes so many further steps; stops before if the loss of every network has stopped being finite.
    pub fn advance(&mut self, steps: u64) {
        let last = self.step.saturating_add(steps);
        while self.step < last && self.diverged.iter().any(Option::is_none) {
            if self.schedule == Schedule::Constant {
                let next = self.further_rates.front().map_or(last, |from| from.step.min(last));
                self.make(next - self.step);
            } else {
                self.trainer.set_rate(self.schedule.rate(self.rate, self.step, self.steps));
                self.make(1);
            }
            self.take_rate();
        }
    }

    /// Takes the rate that the settings have from this step on, if they have one.
    fn take_rate(&mut self) {
        while let Some(from) = self.further_rates.front().copied().filter(|from| from.step <= self.step) {
            self.set_rate(from.rate);
            self.further_rates.pop_front();
        }
    }

    /// Makes so many steps with one learning rate.
    fn make(&mut self, steps: u64) {
        self.train = None;
        let Training { trainer, minibatches, samples, step, loss, diverged, .. } = self;
        let before = *step;
        trainer.steps(
            steps,
            |lane, indices| minibatches[lane].draw(samples.len(), indices),
            |number, of_step| {
                (*step, *loss) = (before + number, Some(of_step));
                of_step.is_finite() || {
                    for (lane, diverged) in diverged.iter_mut().enumerate() {
                        if diverged.is_none() && !of_step.lane(lane).is_finite() {
                            *diverged = Some(before + number);
                        }
                    }
                    diverged.iter().any(Option::is_none)
                }
            },
        );
    }

    /// How many steps were made.
    pub fn step(&self) -> u64 {
        self.step
    }
    /// The first step of a lane whose minibatch had a loss that is not finite.
    pub fn diverged(&self, lane: usize) -> Option<u64> {
        self.diverged[lane]
    }
    /// The network of a lane in the units of training.
    pub fn network(&self, lane: usize) -> Network {
        self.trainer.network(lane)
    }
    /// Makes the network of a lane another one, given in the units of training. What the optimizer remembers stays.
    ///
    /// # Panics
    /// If it is of another architecture.
    pub fn set_network(&mut self, lane: usize, network: &Network) {
        self.trainer.set_network(lane, network);
        self.train = None;
        self.diverged[lane] = None;
    }
    /// Makes all further steps by another optimizer, which is made for so many parameters; it may follow a
    /// [rule of one's own](crate::optimizer::UpdateRule).
    pub fn set_optimizer(&mut self, make: impl FnOnce(usize) -> Optimizer<T>) {
        self.trainer.set_optimizer(make);
    }
    /// Makes further steps with another learning rate, which the schedule changes as it did the one before; to the last,
    /// or to the next step from which the settings have one.
    pub fn set_rate(&mut self, rate: f64) {
        self.rate = rate;
        self.trainer.set_rate(rate);
    }
    /// The points it learns from, in the units of training.
    pub fn samples(&self) -> &Samples<f64> {
        &self.samples
    }

    /// The errors on training and test points, for each lane, in the units of the data.
    pub fn errors(&mut self) -> Vec<[Errors; 2]> {
        let train = self.train.take().unwrap_or_else(|| self.pass(&mut |_, _, _| ()));
        let test = self.trainer.errors(&mut self.points[1]);
        let test = test.into_iter().map(|errors| self.shown(errors));
        let errors = train.iter().copied().zip(test).map(<[Errors; 2]>::from).collect();
        self.train = Some(train);
        errors
    }

    /// The errors on the training points, for each lane, in the units of the data; `see` is shown the points on their way
    /// through the network, as [`Trainer::pass`] does.
    pub(crate) fn pass(&mut self, see: &mut dyn FnMut(usize, usize, &Model<T>)) -> Vec<Errors> {
        let train = self.trainer.pass(&mut self.points[0], see);
        let train: Vec<Errors> = train.into_iter().map(|errors| self.shown(errors)).collect();
        self.train = Some(train.clone());
        train
    }

    /// Errors in the units of the data.
    fn shown(&self, errors: Errors) -> Errors {
        Errors { loss: self.frame.squared_error(errors.loss), ..errors }
    }

    /// What there is to know of every lane now, in the units of the data.
    pub fn states(&mut self) -> Vec<State> {
        let errors = self.errors();
        let state = |(lane, [train, test]): (usize, [Errors; 2])| {
            let network = self.trainer.network(lane);
            State {
                step: self.step,
                minibatch_loss: self.loss.map(|loss| self.frame.squared_error(loss.lane(lane).to_f64())),
                train,
                test,
                network: self.frame.network(&network),
                trained: self.frame.kept(&network),
            }
        };
        errors.into_iter().enumerate().map(state).collect()
    }

    /// What there is to know of a lane now, in the units of the data.
    ///
    /// # Panics
    /// If there is no such lane.
    pub fn state(&mut self, lane: usize) -> State {
        self.states().swap_remove(lane)
    }
}
