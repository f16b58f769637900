//! A study: every width, paradigm and seed of the settings, trained and recorded.

use crate::architecture::Architecture;
use crate::checkpoint::{Checkpoint, CheckpointError, KeptRun, Rest};
use crate::data::Data;
use crate::events::Event;
use crate::frame::Frame;
use crate::geometry::{GeometryError, Line};
use crate::network::Network;
use crate::optimizer::{Regularisation, Rule};
use crate::recording::Recording;
use crate::ridge::{RidgePoint, RidgeProblem, lambdas};
use crate::samples::Samples;
use crate::settings::{Optimizer, Paradigm, PlanError, Precision, Settings};
use crate::threads::Pool;
use crate::trainer::Errors;
use rayon::prelude::*;
use std::time::Instant;
use tensor::{Scalar, f32x16, f64x8};

/// A finished study.
#[derive(Clone, Debug)]
pub struct Study {
    /// What was asked for.
    pub settings: Settings,
    /// What was trained and tested on.
    pub data: Data,
    /// One for each seed, width and paradigm, in this order, but for those of `unstarted`. Each has at least the state it
    /// started from.
    pub runs: Vec<Run>,
    /// Runs that diverged at step 0: their start is not finite, and they have no state.
    pub unstarted: Vec<Run>,
}

/// One network, trained.
#[derive(Clone, Debug)]
pub struct Run {
    /// The place in the study, from 0.
    pub index: usize,
    /// The network.
    pub architecture: Architecture,
    /// Hidden units, of all layers together.
    pub width: usize,
    /// What was trained, and how.
    pub paradigm: Paradigm,
    /// The seed of the initial network and of the minibatches.
    pub seed: u64,
    /// The saved states, in order; the first is the start. A ridge run has two, the start and the solution. None if the
    /// start is not finite.
    pub states: Vec<State>,
    /// What was seen to happen, every [so many](Settings::resolution) steps, in order.
    pub events: Vec<Event>,
    /// How it ended.
    pub outcome: Outcome,
    /// Wall time of training, evaluation and recording, in seconds.
    pub seconds: f64,
    /// For a ridge run, the errors over a range of λ, ascending; empty for the others.
    pub ridge_path: Vec<RidgePoint>,
}

/// A network at some step of its training. Everything is in the units of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// How many steps were made; 1 for the solution of a ridge run.
    pub step: u64,
    /// The loss of the minibatch of this step, before the step; None at the start and for ridge runs.
    pub minibatch_loss: Option<f64>,
    /// On all training points.
    pub train: Errors,
    /// On the test points.
    pub test: Errors,
    /// The network.
    pub network: Network,
    /// The network as it was trained, where training has [other units](crate::frame) than the data.
    pub trained: Option<Network>,
}

impl State {
    /// Whether all its numbers are finite.
    pub fn is_finite(&self) -> bool {
        let errors = [self.train.loss, self.test.loss, self.minibatch_loss.unwrap_or(0.0)];
        self.network.is_finite() && errors.iter().all(|error| error.is_finite())
    }
    /// The network as it was trained, in the units of training.
    pub fn as_trained(&self) -> &Network {
        self.trained.as_ref().unwrap_or(&self.network)
    }
    /// What a network of one input computes over the domain of the data it was trained on. It is computed in the units of
    /// training, in which nothing is lost where inputs are large beside their range, as microseconds since 1970 are.
    ///
    /// # Errors
    /// As [`Line::new`].
    pub fn line(&self, data: &Data, tolerance: f64) -> Result<Line, GeometryError> {
        let Some(trained) = &self.trained else { return Line::new(&self.network, data.domain(), tolerance) };
        let frame = Frame::of(data);
        let line = Line::new(trained, data.domain().map(|x| frame.input(x)), tolerance)?;
        Ok(line.shown(&frame, data.domain()))
    }
    /// A hash of the bits of the parameters as they were trained (FNV-1a, 64 bits).
    pub fn hash(&self) -> u64 {
        fnv(self.as_trained().parameters().iter().map(|p| p.to_bits()))
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// All steps were made.
    Finished,
    /// A value stopped being finite; the saved states are those before.
    Diverged(Divergence),
}

/// Where a run diverged, and what the learning rate should have been.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Divergence {
    /// The first step at which the minibatch loss, or a number that was to be saved, was not finite; 0 if it was one of
    /// the start.
    pub step: u64,
    /// The learning rate.
    pub rate: f64,
    /// 2/λmax of the Hessian of the training error at the start: gradient descent with a larger rate is unstable
    /// there. None if it could not be computed.
    pub bound: Option<f64>,
}

/// A study that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// The operating system gave no threads, and the calling one belongs to others.
    #[error("could not start a thread: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// Settings and data do not go together.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// What was kept of a job is not of this one.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl Run {
    /// The state it started from.
    ///
    /// # Panics
    /// If the run is one of [`Study::unstarted`].
    pub fn start(&self) -> &State {
        &self.states[0]
    }
    /// The last saved state.
    ///
    /// # Panics
    /// If the run is one of [`Study::unstarted`].
    pub fn end(&self) -> &State {
        &self.states[self.states.len() - 1]
    }
    /// Where it diverged, if it did.
    pub fn divergence(&self) -> Option<Divergence> {
        match self.outcome {
            Outcome::Finished => None,
            Outcome::Diverged(divergence) => Some(divergence),
        }
    }
    /// How many steps were made; 0 for ridge.
    pub fn steps(&self) -> u64 {
        match (self.paradigm, self.outcome) {
            (Paradigm::Ridge, _) => 0,
            (_, Outcome::Diverged(divergence)) => divergence.step,
            (_, Outcome::Finished) => self.end().step,
        }
    }
    /// A hash of the bits of the final parameters (FNV-1a, 64 bits): equal for equal runs, on any machine. Of nothing if
    /// there is no state.
    pub fn hash(&self) -> u64 {
        self.states.last().map_or_else(|| fnv(std::iter::empty()), State::hash)
    }
}

/// FNV-1a, 64 bits, over the bytes of some words, the lowest first.
pub(crate) fn fnv(words: impl Iterator<Item = u64>) -> u64 {
    let bytes = words.flat_map(u64::to_le_bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

impl Settings {
    /// The learning rate of a paradigm at the start; 0 for ridge, which has none.
    pub fn rate(&self, paradigm: Paradigm) -> f64 {
        match paradigm {
            Paradigm::Output => self.lr_output,
            Paradigm::All => self.lr_all,
            Paradigm::Ridge => 0.0,
        }
    }
    /// The optimizer with its numbers.
    pub fn rule(&self) -> Rule {
        match self.optimizer {
            Optimizer::Sgd => Rule::Sgd,
            Optimizer::Momentum => Rule::Momentum { momentum: self.momentum },
            Optimizer::Nesterov => Rule::Nesterov { momentum: self.momentum },
            Optimizer::Adam => Rule::ADAM,
            Optimizer::AdamW => Rule::ADAM_W,
            Optimizer::RmsProp => Rule::RMS_PROP,
        }
    }
    /// What is done to the gradient before.
    pub fn regularisation(&self) -> Regularisation {
        let weight_decay = self.weight_decay.unwrap_or_else(|| self.rule().usual_weight_decay());
        Regularisation { weight_decay, l1: self.l1, clip: (self.clip > 0.0).then_some(self.clip) }
    }
    /// All steps of all runs.
    pub fn total_steps(&self) -> u64 {
        let trained = self.paradigms.iter().filter(|&&p| p != Paradigm::Ridge).count();
        let networks = if self.layers.is_empty() { self.widths.len() } else { 1 };
        self.steps * (trained * networks * self.seeds) as u64
    }
}

impl Study {
    /// Trains every network of `settings` on `data`. `progress` is told, from any thread, what has been done.
    ///
    /// Where the caller is on a thread of a pool, that pool does the work, or else a new one of `settings.threads`
    /// threads, or of as many as there can be. The result, but for the measured seconds, depends on the arguments alone:
    /// not on threads, not on the machine.
    ///
    /// # Errors
    /// [`StudyError`] if settings and data do not go together, or if there is no thread to do it.
    pub fn run(settings: &Settings, data: Data, progress: &(dyn Fn(Advance) + Sync)) -> Result<Study, StudyError> {
        Self::go_on(settings, data, &|_| None, &|job, told| {
            let Told { steps, states, ended, .. } = *told;
            progress(Advance { job, steps, states, ended });
        })
    }

    /// The same, going on with the jobs of which `kept` has a checkpoint, by their place in [`jobs`]. `tell` hears of each
    /// job what it has done since it last told, from any thread, and may take a checkpoint of it.
    ///
    /// # Errors
    /// As [`run`](Self::run), or if a checkpoint is one of other settings or data.
    pub fn go_on(
        settings: &Settings,
        data: Data,
        kept: &(dyn Fn(usize) -> Option<Checkpoint> + Sync),
        tell: &(dyn Fn(usize, &Told<'_>) + Sync),
    ) -> Result<Study, StudyError> {
        let jobs = jobs(settings, &settings.architectures(&data)?);
        let run = || Self::go_on_here(settings, data, &jobs, kept, tell);
        Ok(if rayon::current_thread_index().is_some() { run() } else { Pool::new(settings.threads)?.run(run) }?)
    }

    /// On the threads of the pool that the caller is on.
    fn go_on_here(
        settings: &Settings,
        data: Data,
        jobs: &[Job],
        kept: &(dyn Fn(usize) -> Option<Checkpoint> + Sync),
        tell: &(dyn Fn(usize, &Told<'_>) + Sync),
    ) -> Result<Study, CheckpointError> {
        let make = |(number, job): (usize, &Job)| job.make(settings, &data, kept(number), &|told| tell(number, told));
        let made: Vec<Result<Vec<Run>, CheckpointError>> =
            jobs.par_iter().enumerate().with_max_len(1).map(make).collect();
        let made = made.into_iter().collect::<Result<Vec<Vec<Run>>, CheckpointError>>()?;
        let mut runs: Vec<Run> = made.into_iter().flatten().collect();
        runs.sort_by_key(|run| run.index);
        let (runs, unstarted) = runs.into_iter().partition(|run| !run.states.is_empty());
        Ok(Study { settings: settings.clone(), data, runs, unstarted })
    }

    /// Whether every network is a [bent line](Architecture::is_bent_line) through values.
    pub fn is_of_bent_lines(&self) -> bool {
        self.data.is_curve() && self.all_runs().iter().all(|run| run.architecture.is_bent_line())
    }

    /// Whether [events](Run::events) were looked for.
    pub fn is_watched(&self) -> bool {
        self.settings.resolution(&self.data).is_some()
    }

    /// A hash of the hashes of all runs (FNV-1a, 64 bits, over their bytes, the lowest first): equal for equal studies,
    /// on any machine.
    pub fn hash(&self) -> u64 {
        fnv(self.all_runs().iter().map(|run| run.hash()))
    }

    /// The runs with those that did not start among them, in order.
    pub fn all_runs(&self) -> Vec<&Run> {
        let mut runs: Vec<&Run> = self.runs.iter().chain(&self.unstarted).collect();
        runs.sort_by_key(|run| run.index);
        runs
    }

    /// What there is to say of runs that did not start, and why; None if all did.
    pub fn unstarted_words(&self) -> Option<String> {
        let [first, rest @ ..] = &self.unstarted[..] else { return None };
        let count = self.all_runs().len();
        let whose = match (rest.len(), count) {
            (0, 1) => format!("The run (width {}, {}) diverged at step 0: its start is", first.width, first.paradigm),
            (0, _) => format!(
                "One run of {count} (width {}, {}) diverged at step 0: its start is",
                first.width, first.paradigm
            ),
            (more, _) => format!("{} of {count} runs diverged at step 0: their start is", more + 1),
        };
        Some(format!(
            "{whose} not finite, as numbers of the data are too large, or too close together, for {} and the units of the \
             data; scaled data or double precision may help.",
            self.settings.precision
        ))
    }
}

/// What a [`Job`] of a study has done since it last told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
    /// Its place in [`jobs`].
    pub job: usize,
    /// Further steps made, each of all its networks; by ridge regression, equations solved.
    pub steps: u64,
    /// Further states of all its networks evaluated and saved; by ridge regression, one when it has its equations.
    pub states: u64,
    /// Whether the job is done, which may be before its last step if all its networks diverged. It tells nothing more.
    pub ended: bool,
}

/// What is heard of a [`Job`] while it is made.
pub struct Told<'a> {
    /// Further steps made, as in [`Advance`].
    pub steps: u64,
    /// Further states, as there.
    pub states: u64,
    /// Whether it is done.
    pub ended: bool,
    /// Makes a checkpoint of all there is of it now; None before there is anything.
    pub checkpoint: Option<&'a dyn Fn() -> Checkpoint>,
}

/// What a sample costs in a step: as much as so many units of a network of one input, one hidden layer and one output.
fn silence_weight(architecture: &Architecture) -> usize {
    architecture.parameters().div_ceil(3)
}

/// How much is done at the most before progress is told of: so many steps, and so many samples times hidden units.
const LONGEST_SILENCE: (u64, u64) = (100_000, 200_000_000);

/// Runs to be made at once: one, or several of the same architecture and paradigm, each in a lane of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The network.
    pub architecture: Architecture,
    /// What is trained, and how.
    pub paradigm: Paradigm,
    /// The place in the study and the seed of each.
    pub runs: Vec<(usize, u64)>,
}

/// The most parameters of networks that are trained in lanes: more of them, times lanes, leave the processor's cache.
const MOST_IN_LANES: usize = 20_000;

/// The runs of a study, in jobs of one run, or of as many as there are lanes where there are enough seeds to fill half of
/// them. How runs are grouped changes no bit of them. The longest come first, so that no thread is left with a long one at
/// the end.
pub fn jobs(settings: &Settings, architectures: &[Architecture]) -> Vec<Job> {
    let lanes = match settings.precision {
        Precision::F32 => f32x16::LANES,
        Precision::F64 => f64x8::LANES,
    };
    let mut jobs = Vec::new();
    let (networks, paradigms) = (architectures.len(), settings.paradigms.len());
    for (n, architecture) in architectures.iter().enumerate() {
        for (p, &paradigm) in settings.paradigms.iter().enumerate() {
            let run = |seed: usize| ((seed * networks + n) * paradigms + p, settings.seed + seed as u64);
            let runs: Vec<(usize, u64)> = (0..settings.seeds).map(run).collect();
            for group in runs.chunks(lanes) {
                let together = paradigm != Paradigm::Ridge
                    && group.len() >= lanes / 2
                    && architecture.parameters() <= MOST_IN_LANES;
                let size = if together { lanes } else { 1 };
                jobs.extend(group.chunks(size).map(|runs| Job {
                    architecture: architecture.clone(),
                    paradigm,
                    runs: runs.to_vec(),
                }));
            }
        }
    }
    jobs.sort_by_key(|job| std::cmp::Reverse(job.architecture.parameters()));
    jobs
}

impl Job {
    /// Makes the runs, or goes on with what was kept of them. `tell` hears of it, first when nothing is done yet.
    ///
    /// # Errors
    /// [`CheckpointError`] if what was kept is of other runs.
    ///
    /// # Panics
    /// If the settings do not go together, or not with the data.
    pub fn make(
        &self,
        settings: &Settings,
        data: &Data,
        kept: Option<Checkpoint>,
        tell: &dyn Fn(&Told<'_>),
    ) -> Result<Vec<Run>, CheckpointError> {
        match (settings.precision, self.runs.len() > 1) {
            (Precision::F32, false) => self.run::<f32>(settings, data, kept, tell),
            (Precision::F32, true) => self.run::<f32x16>(settings, data, kept, tell),
            (Precision::F64, false) => self.run::<f64>(settings, data, kept, tell),
            (Precision::F64, true) => self.run::<f64x8>(settings, data, kept, tell),
        }
    }

    fn run<T: Scalar>(
        &self,
        settings: &Settings,
        data: &Data,
        kept: Option<Checkpoint>,
        tell: &dyn Fn(&Told<'_>),
    ) -> Result<Vec<Run>, CheckpointError> {
        let before = kept.as_ref().map_or(0.0, Checkpoint::seconds);
        let begin = Instant::now();
        let seconds = || before + begin.elapsed().as_secs_f64() / self.runs.len() as f64;
        tell(&Told { steps: 0, states: 0, ended: false, checkpoint: None });
        let tell = |steps: u64, states: u64, ended: bool, checkpoint: &dyn Fn() -> Checkpoint| {
            tell(&Told { steps, states, ended, checkpoint: Some(&|| checkpoint().with_seconds(seconds())) });
        };
        let mut runs = match self.paradigm {
            Paradigm::Output | Paradigm::All => self.train::<T>(settings, data, kept, &tell)?,
            Paradigm::Ridge => vec![self.solve(settings, data, kept, &tell)?],
        };
        for run in &mut runs {
            run.seconds = seconds();
        }
        Ok(runs)
    }

    /// The network that each run starts from, rounded to the numbers of training.
    pub(crate) fn starts(&self, settings: &Settings, data: &Data) -> Vec<Network> {
        let initial = settings.initial(data);
        let start = |&(_, seed): &(usize, u64)| {
            let network = initial.rounded(&self.architecture, seed, settings.precision);
            network.expect("the settings were checked with the data")
        };
        self.runs.iter().map(start).collect()
    }

    /// The runs with nothing in them yet.
    pub(crate) fn records(&self) -> Vec<Run> {
        let record = |&(index, seed): &(usize, u64)| Run {
            index,
            architecture: self.architecture.clone(),
            width: self.architecture.hidden_units(),
            paradigm: self.paradigm,
            seed,
            states: Vec::new(),
            events: Vec::new(),
            outcome: Outcome::Finished,
            seconds: 0.0,
            ridge_path: Vec::new(),
        };
        self.runs.iter().map(record).collect()
    }

    fn train<T: Scalar>(
        &self,
        settings: &Settings,
        data: &Data,
        kept: Option<Checkpoint>,
        tell: Tell<'_>,
    ) -> Result<Vec<Run>, CheckpointError> {
        let is_new = kept.is_none();
        let mut recording = match kept {
            Some(checkpoint) => Recording::<T>::resume(self, settings, data, checkpoint)?,
            None => Recording::<T>::new(self, settings, data),
        };
        tell(0, u64::from(is_new), false, &|| recording.checkpoint());
        let (most_steps, most_work) = LONGEST_SILENCE;
        let longest_silence = most_work / (settings.batch * silence_weight(&self.architecture) * T::LANES) as u64;
        let longest_silence = longest_silence.clamp(1, most_steps);
        while !recording.is_done() {
            // To the next step that is saved, and not so far that nobody hears of progress.
            let next = settings.next_saved(recording.step()).unwrap_or(settings.steps);
            let before = recording.step();
            let saved = recording.advance((next - before).min(longest_silence));
            tell(recording.step() - before, saved, false, &|| recording.checkpoint());
        }
        tell(0, 0, true, &|| recording.checkpoint());
        Ok(recording.into_runs())
    }

    fn solve(
        &self,
        settings: &Settings,
        data: &Data,
        kept: Option<Checkpoint>,
        tell: Tell<'_>,
    ) -> Result<Run, CheckpointError> {
        let network = &self.starts(settings, data)[0];
        let checkpoint = |run: &Run, solved| Checkpoint { runs: vec![KeptRun::of(run)], rest: Rest::Ridge(solved) };
        let (mut run, solved) = match kept {
            None => (self.records().remove(0), 0),
            Some(Checkpoint { mut runs, rest: Rest::Ridge(solved) }) if runs.len() == 1 => {
                (runs.remove(0).fill(self.records().remove(0), data)?, solved)
            }
            Some(_) => return Err(CheckpointError),
        };
        let (frame, outputs) = (Frame::of(data), self.architecture.outputs());
        let samples = frame.samples(&data.x, &data.y, outputs);
        let test = frame.samples(&data.x_test, &data.y_test, outputs);
        let problem = RidgeProblem::new(network, &samples);
        let state = |step: u64, network: &Network| {
            let shown = frame.network(network);
            let (train, test) = if data.is_curve() {
                let errors = |x: &[f64], y: &[f64]| Errors { loss: shown.mse(x, y), accuracy: None };
                (errors(&data.x, &data.y), errors(&data.x_test, &data.y_test))
            } else {
                let errors = |samples: &Samples<f64>| {
                    let Errors { loss, accuracy } = network.errors(samples, !data.classes.is_empty());
                    Errors { loss: frame.squared_error(loss), accuracy }
                };
                (errors(&samples), errors(&test))
            };
            State { step, minibatch_loss: None, train, test, network: shown, trained: frame.kept(network) }
        };
        let finite = |state: &State| state.is_finite();
        if run.states.is_empty() {
            run.states.extend(Some(state(0, network)).filter(finite));
            if run.states.is_empty() {
                run.outcome = Outcome::Diverged(Divergence { step: 0, rate: 0.0, bound: None });
                tell(0, 0, true, &|| checkpoint(&run, 0));
                return Ok(run);
            }
        }
        tell(0, 1, false, &|| checkpoint(&run, solved));
        // The solution is for the λ of the settings, and the path for all others.
        for (number, lambda) in std::iter::once(settings.ridge).chain(lambdas()).enumerate().skip(solved) {
            let solution = problem.solve(lambda).map(|solution| state(1, &solution)).filter(finite);
            if number == 0 {
                run.states.extend(solution);
            } else if let Some(State { train, test, .. }) = solution {
                run.ridge_path.push(RidgePoint { lambda, train_mse: train.loss, test_mse: test.loss });
            }
            tell(1, 0, false, &|| checkpoint(&run, number + 1));
        }
        tell(0, 0, true, &|| checkpoint(&run, lambdas().count() + 1));
        Ok(run)
    }
}

/// Hears of further steps, further states, whether all is done, and how to keep all there is.
type Tell<'a> = &'a dyn Fn(u64, u64, bool, &dyn Fn() -> Checkpoint);
