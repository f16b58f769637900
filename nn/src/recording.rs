//! Runs of a [job](crate::study::Job) in the making, which one can hold: advanced in slices, read between them, cloned,
//! given another learning rate.
//!
//! ```
//! use nn::data::Data;
//! use nn::recording::Recording;
//! use nn::settings::{Paradigm, Settings};
//! use nn::study::jobs;
//!
//! let settings = Settings { widths: vec![20], paradigms: vec![Paradigm::All], steps: 2000, ..Settings::default() };
//! let data = Data::from_settings(&settings)?;
//! let job = &jobs(&settings, &settings.architectures(&data)?)[0];
//! let mut recording = Recording::<f32>::new(job, &settings, &data);
//! while !recording.is_done() {
//!     recording.advance(300);
//! }
//! let steps: Vec<u64> = recording.runs()[0].states.iter().map(|state| state.step).collect();
//! assert_eq!(steps, [0, 1, 2, 3, 5, 7, 10, 20, 30, 50, 70, 100, 200, 300, 500, 700, 1000, 2000]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::checkpoint::{Checkpoint, CheckpointError, KeptRun, Rest};
use crate::curvature::largest_stable_rate;
use crate::data::Data;
use crate::events::{self, Watch};
use crate::network::Network;
use crate::settings::{RateFrom, Settings};
use crate::study::{Divergence, Job, Outcome, Run};
use crate::training::Training;
use tensor::Scalar;

/// A [`Training`] with the states that it saves and the events that are seen in it. It knows no clock, no thread and no
/// file, and slices of any length give the same bits.
#[derive(Clone)]
pub struct Recording<T: Scalar> {
    settings: Settings,
    /// Where the network of each lane started.
    starts: Vec<Network>,
    frozen: usize,
    /// The learning rate at first, and the last that was set.
    first_rate: f64,
    set_rate: Option<RateFrom>,
    training: Training<T>,
    watches: Vec<Watch>,
    runs: Vec<Run>,
}

impl<T: Scalar> Recording<T> {
    /// The runs of a job at their start, which is saved.
    ///
    /// # Panics
    /// If the settings do not go together, or not with the data; or if the job is one of ridge regression, which does not
    /// train.
    pub fn new(job: &Job, settings: &Settings, data: &Data) -> Self {
        let mut recording = Self::unsaved(job, settings, data);
        recording.save();
        recording
    }

    /// The runs of a job as they were when the checkpoint was made of them, with the same settings and data.
    ///
    /// # Errors
    /// [`CheckpointError`] if it is one of other runs.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn resume(
        job: &Job,
        settings: &Settings,
        data: &Data,
        checkpoint: Checkpoint,
    ) -> Result<Self, CheckpointError> {
        let mut recording = Self::unsaved(job, settings, data);
        let Checkpoint { runs, rest: Rest::Training(held, watches) } = checkpoint else { return Err(CheckpointError) };
        let counts = [runs.len(), watches.len()];
        if counts != [recording.runs.len(), recording.watches.len()] || !recording.training.go_on(&held) {
            return Err(CheckpointError);
        }
        recording.set_rate = Some(RateFrom { step: held.step, rate: held.rate.0 });
        if !recording.watches.iter_mut().zip(watches).all(|(watch, memory)| watch.recall(memory)) {
            return Err(CheckpointError);
        }
        let filled = runs.into_iter().zip(job.records()).map(|(run, blank)| run.fill(blank, data));
        recording.runs = filled.collect::<Result<_, CheckpointError>>()?;
        Ok(recording)
    }

    /// All there is of the runs, so that they can be [gone on with](Self::resume) elsewhere.
    pub fn checkpoint(&self) -> Checkpoint {
        let rest = Rest::Training(Box::new(self.training.held()), self.watches.iter().map(Watch::memory).collect());
        Checkpoint { runs: self.runs.iter().map(KeptRun::of).collect(), rest }
    }

    fn unsaved(job: &Job, settings: &Settings, data: &Data) -> Self {
        let starts = job.starts(settings, data);
        let seeds: Vec<u64> = job.runs.iter().map(|&(_, seed)| seed).collect();
        let training = Training::<T>::new(settings, data, job.paradigm, &starts, &seeds);
        let runs = job.records();
        // The first look sees nothing.
        let looks_again = |&resolution: &u64| events::next_look(0, resolution) <= settings.steps;
        let resolution = settings.resolution(data).filter(looks_again);
        let watch = resolution.map(|steps| Watch::new(data, &job.architecture, steps));
        Recording {
            settings: settings.clone(),
            frozen: job.paradigm.frozen(&job.architecture),
            first_rate: settings.rate(job.paradigm),
            set_rate: None,
            starts,
            training,
            watches: watch.map_or_else(Vec::new, |watch| vec![watch; runs.len()]),
            runs,
        }
    }

    /// Makes so many further steps, but none after the last; returns how many states were saved of each run.
    pub fn advance(&mut self, steps: u64) -> u64 {
        let end = self.training.step().saturating_add(steps);
        let mut saved = 0;
        while let Some(next) = self.settings.next_saved(self.training.step()).filter(|_| !self.is_done()) {
            let before = self.training.step();
            if before == end {
                break;
            }
            events::advance(&mut self.training, next.min(end) - before, &mut self.watches);
            for lane in 0..self.runs.len() {
                if let Some(step) = self.training.diverged(lane) {
                    self.end(lane, step);
                }
            }
            for (run, watch) in self.runs.iter_mut().zip(&mut self.watches) {
                run.events.append(&mut watch.take_events());
            }
            if next <= end {
                self.save();
                saved += 1;
            }
        }
        saved
    }

    /// Keeps the state of each run that goes on; one that is not finite ends it.
    fn save(&mut self) {
        let states = self.training.states();
        for (lane, state) in states.into_iter().enumerate().take(self.runs.len()) {
            if self.runs[lane].outcome == Outcome::Finished && state.is_finite() {
                self.runs[lane].states.push(state);
            } else {
                self.end(lane, state.step);
            }
        }
    }

    /// Saves the state of the step that was reached, if it is not one that was; returns whether it was not.
    pub fn keep(&mut self) -> bool {
        let step = self.step();
        let is_new = self.runs.iter().any(|run| run.outcome == Outcome::Finished && run.end().step < step);
        if is_new {
            self.save();
        }
        is_new
    }

    /// A run that goes on has diverged at a step.
    fn end(&mut self, lane: usize, step: u64) {
        if self.runs[lane].outcome == Outcome::Finished {
            let before = self.settings.rates.iter().chain(&self.set_rate).filter(|from| from.step < step.max(1));
            let rate = before.max_by_key(|from| from.step).map_or(self.first_rate, |from| from.rate);
            let bound = largest_stable_rate(&self.starts[lane], self.frozen, self.training.samples());
            self.runs[lane].outcome = Outcome::Diverged(Divergence { step, rate, bound });
        }
    }

    /// How many steps were made.
    pub fn step(&self) -> u64 {
        self.training.step()
    }
    /// Whether all steps were made, or every run has diverged.
    pub fn is_done(&self) -> bool {
        self.step() >= self.settings.steps || self.runs.iter().all(|run| run.outcome != Outcome::Finished)
    }
    /// The runs as far as they are, one in each lane.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }
    /// The runs as far as they are.
    pub fn into_runs(self) -> Vec<Run> {
        self.runs
    }
    /// Makes further steps with another learning rate; to the last, or to the next step from which the settings have one.
    pub fn set_rate(&mut self, rate: f64) {
        self.set_rate = Some(RateFrom { step: self.step(), rate });
        self.training.set_rate(rate);
    }
}
