//! How a run ended, and what can be said of the network it ended with.

use nn::geometry::UnitState;
use nn::study::{Outcome, Run, State, Study};

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// With this state.
    Finished(&'a State),
    /// It diverged; there is no final network.
    Diverged,
    /// The equations of ridge regression could not be solved.
    Unsolved,
}

impl<'a> Ending<'a> {
    /// How `run` ended.
    pub fn of(run: &'a Run) -> Self {
        match run.outcome {
            Outcome::Diverged(_) => Ending::Diverged,
            Outcome::Finished if run.end().step == 0 => Ending::Unsolved,
            Outcome::Finished => Ending::Finished(run.end()),
        }
    }
    /// The final state, if there is one.
    pub fn state(self) -> Option<&'a State> {
        match self {
            Ending::Finished(state) => Some(state),
            Ending::Diverged | Ending::Unsolved => None,
        }
    }
    /// The word used in files.
    pub fn word(self) -> &'static str {
        match self {
            Ending::Finished(_) => "finished",
            Ending::Diverged => "diverged",
            Ending::Unsolved => "unsolved",
        }
    }
    /// Wall time of a step, evaluation and recording included. None for ridge, which has no steps, and for a run that
    /// diverged, where looking for the reason takes time as well.
    pub fn microseconds_per_step(self, run: &Run) -> Option<f64> {
        let finished = self.state().is_some() && run.steps() > 0;
        finished.then(|| run.seconds * 1e6 / run.steps() as f64)
    }
}

/// How many units of a network are live: their elbow is in the domain, and a training point activates them.
pub fn live_units(study: &Study, state: &State) -> usize {
    let live = |unit: nn::geometry::Unit| unit.state(study.data.domain, &study.data.x) == UnitState::Live;
    state.network.units().filter(|&unit| live(unit)).count()
}
