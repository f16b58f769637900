//! What there is of a [job](crate::study::Job) while its runs are made, as text can keep it, so that another process goes on
//! from there to the same bits.
//!
//! ```
//! use nn::checkpoint::Checkpoint;
//! use nn::data::Data;
//! use nn::recording::Recording;
//! use nn::settings::{Paradigm, Settings};
//! use nn::study::jobs;
//!
//! let settings = Settings { widths: vec![20], paradigms: vec![Paradigm::All], steps: 2000, ..Settings::default() };
//! let data = Data::from_settings(&settings)?;
//! let job = &jobs(&settings, &settings.architectures(&data)?)[0];
//! let mut whole = Recording::<f32>::new(job, &settings, &data);
//! whole.advance(700);
//! let kept = serde_json::to_string(&whole.checkpoint())?;
//!
//! let found: Checkpoint = serde_json::from_str(&kept)?;
//! let mut again = Recording::<f32>::resume(job, &settings, &data, found)?;
//! assert_eq!(again.step(), 700);
//! whole.advance(1300);
//! again.advance(1300);
//! assert_eq!(again.runs()[0].hash(), whole.runs()[0].hash());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Settings and data are not in it: it belongs to those it was made of.

use crate::data::Data;
use crate::events::{Event, Memory};
use crate::frame::Frame;
use crate::network::Network;
use crate::ridge::RidgePoint;
use crate::study::{Divergence, Outcome, Run, State};
use crate::trainer::Errors;
use serde::{Deserialize, Serialize};

/// A number by its bits: text would lose infinities, and what is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
pub(crate) struct Bits(pub f64);

impl From<u64> for Bits {
    fn from(bits: u64) -> Self {
        Bits(f64::from_bits(bits))
    }
}

impl From<Bits> for u64 {
    fn from(Bits(number): Bits) -> Self {
        number.to_bits()
    }
}

/// A checkpoint that is not one of the job, the settings and the data that it is used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the checkpoint is one of other runs")]
pub struct CheckpointError;

/// The runs of a job as far as they are, and all that decides how they go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    pub(crate) runs: Vec<KeptRun>,
    pub(crate) rest: Rest,
}

/// What decides how runs go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Rest {
    /// Training, and what each of its watches remembers.
    Training(Box<Held>, Vec<Memory>),
    /// Ridge regression that was done for so many values of λ.
    Ridge(usize),
}

/// What a [`Training`](crate::training::Training) is beside what it was made of; numbers of all lanes stand side by side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Held {
    pub step: u64,
    pub rate: Bits,
    pub loss: Option<Vec<Bits>>,
    pub diverged: Vec<Option<u64>>,
    /// Of each lane.
    pub parameters: Vec<Vec<Bits>>,
    /// What the optimizer remembers.
    pub memory: Vec<Bits>,
    pub powers: [Bits; 2],
    /// The state of the random numbers of each lane.
    pub minibatches: Vec<Vec<u32>>,
}

impl Checkpoint {
    /// How many steps were made; by ridge regression, equations solved.
    pub fn step(&self) -> u64 {
        match &self.rest {
            Rest::Training(held, _) => held.step,
            Rest::Ridge(solved) => *solved as u64,
        }
    }

    /// Wall time of training, evaluation and recording until then, in seconds of each run.
    pub fn seconds(&self) -> f64 {
        self.runs.first().map_or(0.0, |run| run.seconds.0)
    }
    pub(crate) fn with_seconds(mut self, seconds: f64) -> Self {
        self.runs.iter_mut().for_each(|run| run.seconds = Bits(seconds));
        self
    }

    /// How many states of each run were saved.
    pub fn states(&self) -> u64 {
        self.runs.iter().map(|run| run.states.len() as u64).max().unwrap_or(0)
    }
}

/// All there is of a run but what its job says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptRun {
    states: Vec<KeptState>,
    events: Vec<Event>,
    /// Step, rate and largest stable rate.
    diverged: Option<(u64, Bits, Option<Bits>)>,
    seconds: Bits,
    /// λ, train error and test error.
    ridge: Vec<[Bits; 3]>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptState {
    step: u64,
    minibatch: Option<Bits>,
    train: KeptErrors,
    test: KeptErrors,
    parameters: Vec<Bits>,
}

type KeptErrors = (Bits, Option<Bits>);

impl KeptRun {
    /// All of a run.
    pub fn of(run: &Run) -> Self {
        let errors = |errors: Errors| (Bits(errors.loss), errors.accuracy.map(Bits));
        let state = |state: &State| KeptState {
            step: state.step,
            minibatch: state.minibatch_loss.map(Bits),
            train: errors(state.train),
            test: errors(state.test),
            parameters: state.as_trained().parameters().iter().copied().map(Bits).collect(),
        };
        let point = |point: &RidgePoint| [point.lambda, point.train_mse, point.test_mse].map(Bits);
        let diverged = |Divergence { step, rate, bound }| (step, Bits(rate), bound.map(Bits));
        KeptRun {
            states: run.states.iter().map(state).collect(),
            events: run.events.clone(),
            diverged: run.divergence().map(diverged),
            seconds: Bits(run.seconds),
            ridge: run.ridge_path.iter().map(point).collect(),
        }
    }

    /// The run, where `blank` is that run with nothing in it, and `data` what it was trained on.
    ///
    /// # Errors
    /// [`CheckpointError`] if it is a run of another network.
    pub fn fill(self, blank: Run, data: &Data) -> Result<Run, CheckpointError> {
        let errors = |(loss, accuracy): KeptErrors| Errors { loss: loss.0, accuracy: accuracy.map(|bits| bits.0) };
        let frame = Frame::of(data);
        let state = |kept: KeptState| {
            let parameters = kept.parameters.into_iter().map(|bits| bits.0).collect();
            let network = Network::new(blank.architecture.clone(), parameters).map_err(|_| CheckpointError)?;
            Ok(State {
                step: kept.step,
                minibatch_loss: kept.minibatch.map(|bits| bits.0),
                train: errors(kept.train),
                test: errors(kept.test),
                network: frame.network(&network),
                trained: frame.kept(&network),
            })
        };
        let point =
            |[lambda, train, test]: [Bits; 3]| RidgePoint { lambda: lambda.0, train_mse: train.0, test_mse: test.0 };
        let outcome = self.diverged.map_or(Outcome::Finished, |(step, rate, bound)| {
            Outcome::Diverged(Divergence { step, rate: rate.0, bound: bound.map(|bits| bits.0) })
        });
        Ok(Run {
            states: self.states.into_iter().map(state).collect::<Result<_, CheckpointError>>()?,
            events: self.events,
            outcome,
            seconds: self.seconds.0,
            ridge_path: self.ridge.into_iter().map(point).collect(),
            ..blank
        })
    }
}
