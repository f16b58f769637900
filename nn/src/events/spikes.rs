//! Whether a loss stands on a spike.

use super::{LATE, SPIKE, next_look};
use std::collections::VecDeque;

/// The losses of the last tenth of the steps, and whether the last one stood on a spike.
#[derive(Clone, Debug, Default)]
pub(super) struct Spikes {
    losses: VecDeque<(u64, f64)>,
    is_on_one: bool,
    /// Room to find a median in.
    sorted: Vec<f64>,
}

impl Spikes {
    /// Those of some losses, of which the last stands on a spike or not.
    pub(super) fn of(losses: impl Iterator<Item = (u64, f64)>, is_on_one: bool) -> Self {
        Spikes { losses: losses.collect(), is_on_one, sorted: Vec::new() }
    }
    /// The losses with their steps, and whether the last stands on a spike.
    pub(super) fn memory(&self) -> (impl Iterator<Item = (u64, f64)> + '_, bool) {
        (self.losses.iter().copied(), self.is_on_one)
    }

    /// Whether the loss after a step decides anything: there are others to compare it with, or it is one of those with which
    /// the next is compared. Early looks are too far apart.
    pub(super) fn need(&mut self, step: u64, resolution: u64) -> bool {
        self.forget(step);
        !self.losses.is_empty() || step as f64 >= first_of(next_look(step, resolution))
    }

    /// Forgets what is too old to be compared with the loss after a step.
    fn forget(&mut self, step: u64) {
        while self.losses.front().is_some_and(|&(old, _)| (old as f64) < first_of(step)) {
            self.losses.pop_front();
        }
    }

    /// Remembers a loss; whether a spike begins with it.
    pub(super) fn begins(&mut self, step: u64, loss: f64) -> bool {
        self.forget(step);
        self.sorted.clear();
        self.sorted.extend(self.losses.iter().map(|&(_, loss)| loss));
        let was_on_one = self.is_on_one;
        self.is_on_one = median(&mut self.sorted).is_some_and(|median| loss > SPIKE * median);
        self.losses.push_back((step, loss));
        self.is_on_one && !was_on_one
    }
}

/// Where the last tenth of so many steps begins.
fn first_of(steps: u64) -> f64 {
    steps as f64 * (1.0 - LATE)
}

/// The median of some numbers: of an even count, the lower of the two in the middle. None of none.
fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}
