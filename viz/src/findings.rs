//! What is found in a study: each fact is computed here, once, with the thresholds that decide it.
//!
//! Titles, sentences, descriptions, the terminal's table and `summary.json` take their numbers from here, so a sentence
//! and a table cannot differ. Nothing here draws or phrases.

pub mod comparison;
pub mod plane;
pub mod swept;

use nn::data::{Data, TestSet};
use nn::events::{Event, HiddenUnit, What};
use nn::frame::Frame;
use nn::geometry::{Unit, UnitState};
use nn::network::Network;
use nn::ridge::RidgePoint;
use nn::settings::Paradigm;
use nn::study::{Divergence, Outcome, Run, State};
use std::collections::BTreeSet;

pub use nn::events::{LATE, NEAR, SPIKE};

/// An elbow nearer than this part of the domain to a bend of the truth meets it.
pub const AT_BEND: f64 = 0.02;
/// A run is stuck if its median test error over the last tenth is more than so many times the lowest among the runs of its
/// group, and more than that part of the error it began with.
pub const STUCK: f64 = 10.0;
/// See [`STUCK`]: where errors are small, the best of many runs is far below others that learned well, too.
pub const STUCK_OF_START: f64 = 0.1;
/// The part of their whole way after which elbows count as nearly there.
pub const NEARLY: f64 = 0.9;

/// The events of a run that a figure can show: all but points that were crossed, and of a pair that merged again and
/// again only the first time.
pub fn notable(run: &Run) -> Vec<Event> {
    let mut merged = BTreeSet::new();
    let is_notable = |event: &&Event| match event.what {
        What::Crossed(_) => false,
        What::Merged(pair) => merged.insert(pair),
        _ => true,
    };
    run.events.iter().filter(is_notable).copied().collect()
}

/// The name of a hidden unit: its number, and that of its layer before if there are several.
pub fn unit_name(run: &Run, id: HiddenUnit) -> String {
    if run.architecture.hidden().len() == 1 { id.unit.to_string() } else { format!("{}:{}", id.layer, id.unit) }
}

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// With this state.
    Finished(&'a State),
    /// It diverged; there is no final network.
    Diverged(Divergence),
    /// The equations of ridge regression could not be solved.
    Unsolved,
}

impl<'a> Ending<'a> {
    /// How `run` ended.
    pub fn of(run: &'a Run) -> Self {
        match (run.outcome, run.paradigm, run.states.last()) {
            (Outcome::Diverged(divergence), ..) => Ending::Diverged(divergence),
            (_, Paradigm::Ridge, Some(end)) if end.step == 0 => Ending::Unsolved,
            (.., None) => Ending::Unsolved,
            (.., Some(end)) => Ending::Finished(end),
        }
    }

    /// The final state, if there is one.
    pub fn state(self) -> Option<&'a State> {
        match self {
            Ending::Finished(state) => Some(state),
            Ending::Diverged(_) | Ending::Unsolved => None,
        }
    }

    /// The word used in files.
    pub fn word(self) -> &'static str {
        match self {
            Ending::Finished(_) => "finished",
            Ending::Diverged(_) => "diverged",
            Ending::Unsolved => "unsolved",
        }
    }
}

/// The test error at the end; infinite without a final network.
pub fn final_test(run: &Run) -> f64 {
    Ending::of(run).state().map_or(f64::INFINITY, |state| state.test.loss)
}

/// The training error at the end; infinite without a final network.
pub fn final_train(run: &Run) -> f64 {
    Ending::of(run).state().map_or(f64::INFINITY, |state| state.train.loss)
}

/// Wall time of a step in microseconds, evaluation and recording included. None for ridge, which has no steps, and for a
/// run that diverged, where looking for the reason takes time as well.
pub fn microseconds_per_step(run: &Run) -> Option<f64> {
    let finished = Ending::of(run).state().is_some() && run.steps() > 0;
    finished.then(|| run.seconds * 1e6 / run.steps() as f64)
}

/// The test error of a run over its saved states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    /// At the start.
    pub start: f64,
    /// In the last saved state.
    pub end: f64,
    /// The lowest of all saved states.
    pub lowest: f64,
    /// The first step with the lowest.
    pub lowest_at: u64,
    /// The median over the saved states of the last tenth of the steps.
    pub late: f64,
}

impl Course {
    /// The course of a run with a state.
    pub fn of(run: &Run) -> Self {
        let lowest = run.states.iter().min_by(|a, b| a.test.loss.total_cmp(&b.test.loss)).unwrap_or(run.end());
        let from = run.end().step as f64 * (1.0 - LATE);
        let late = run.states.iter().filter(|state| state.step as f64 >= from).map(|state| state.test.loss);
        Self {
            start: run.start().test.loss,
            end: run.end().test.loss,
            lowest: lowest.test.loss,
            lowest_at: lowest.step,
            late: median(late),
        }
    }

    /// Whether the last saved state stands on a spike, so that its error does not tell where the run had got to.
    pub fn ends_on_a_spike(&self) -> bool {
        self.end > SPIKE * self.late
    }

    /// Whether an earlier state had so much lower an error that the end does not tell the whole.
    pub fn was_lower(&self) -> bool {
        self.end > SPIKE * self.lowest
    }
}

/// How many units of a network are in which state on the domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// Elbow in the domain, and on at some training point.
    pub live: usize,
    /// A straight line on the whole domain.
    pub always_on: usize,
    /// Off at every training point.
    pub dead: usize,
    /// Off on the whole domain, with the elbow outside.
    pub outside: usize,
    /// Elbows inside the domain, of units in whatever state.
    pub inside: usize,
}

impl Units {
    /// Counts the units of a network.
    pub fn of(data: &Data, network: &Network) -> Self {
        let mut counts = Self { inside: elbows(network, data.domain()).len(), ..Self::default() };
        for unit in network.units() {
            *match unit.state(data.domain(), &data.x) {
                UnitState::Live => &mut counts.live,
                UnitState::AlwaysOn => &mut counts.always_on,
                UnitState::DeadOnData => &mut counts.dead,
                UnitState::OutsideDomain => &mut counts.outside,
            } += 1;
        }
        counts
    }
}

/// The elbows of a network inside the domain, ascending.
pub fn elbows(network: &Network, [low, high]: [f64; 2]) -> Vec<f64> {
    let mut elbows: Vec<f64> = network.units().filter_map(Unit::elbow).filter(|&e| e >= low && e <= high).collect();
    elbows.sort_by(f64::total_cmp);
    elbows
}

/// At how many places elbows stand inside the domain: a gap of more than [`NEAR`] begins a new place.
pub fn places(network: &Network, domain: [f64; 2]) -> usize {
    let near = NEAR * (domain[1] - domain[0]);
    let elbows = elbows(network, domain);
    let gaps = elbows.windows(2).filter(|pair| pair[1] - pair[0] > near).count();
    if elbows.is_empty() { 0 } else { gaps + 1 }
}

/// How many bends of the truth have an elbow within [`AT_BEND`].
pub fn bends_met(data: &Data, network: &Network) -> usize {
    let near = AT_BEND * (data.domain()[1] - data.domain()[0]);
    let elbows = elbows(network, data.domain());
    bends(data).iter().filter(|&bend| elbows.iter().any(|elbow| (elbow - bend).abs() <= near)).count()
}

/// Where the elbows of a run went, from its first saved state to its last. Pairs are of the start and the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Elbows {
    /// How many ended more than [`NEAR`] away from where they began, or have an elbow at one end only.
    pub moved: usize,
    /// The farthest way inside the domain, as a part of it: an elbow that leaves counts up to the border. It passes
    /// through infinity where its weight w1 goes through 0, so the distance beyond the border means nothing.
    pub farthest: f64,
    /// How many left the domain.
    pub left: usize,
    /// How many are inside.
    pub inside: [usize; 2],
    /// At how many places those inside stand.
    pub places: [usize; 2],
    /// How many bends of the truth have an elbow near by.
    pub met: [usize; 2],
    /// The first saved step at which all elbows together were [`NEARLY`] as far from their start as at the end; None if
    /// none moved.
    pub nearly_at: Option<u64>,
}

/// Whether the elbow of a unit is more than [`NEAR`] away from where it was, or is there at one time only.
pub fn has_moved(before: Unit, after: Unit, [low, high]: [f64; 2]) -> bool {
    match (before.elbow(), after.elbow()) {
        (Some(before), Some(after)) => (after - before).abs() > NEAR * (high - low),
        (before, after) => before != after,
    }
}

impl Elbows {
    /// The elbows of a run with a state.
    pub fn of(data: &Data, run: &Run) -> Self {
        let [low, high] = data.domain();
        let span = high - low;
        let (start, end) = (&run.start().network, &run.end().network);
        let both = || start.units().zip(end.units()).map(|(before, after)| (before.elbow(), after.elbow()));
        let moved = start.units().zip(end.units()).filter(|&(before, after)| has_moved(before, after, data.domain()));
        let is_inside = |elbow: Option<f64>| elbow.is_some_and(|elbow| elbow >= low && elbow <= high);
        let way = |network: &Network| -> (f64, f64) {
            let ways = start.units().zip(network.units()).filter_map(|(before, after)| {
                Some((after.elbow()?.clamp(low, high) - before.elbow()?.clamp(low, high)).abs() / span)
            });
            ways.fold((0.0, 0.0), |(sum, most), way| (sum + way, most.max(way)))
        };
        let (whole, farthest) = way(end);
        let nearly = run.states.iter().find(|state| way(&state.network).0 >= NEARLY * whole);
        let networks = [start, end];
        Self {
            moved: moved.count(),
            farthest,
            left: both().filter(|&(before, after)| is_inside(before) && !is_inside(after)).count(),
            inside: networks.map(|network| elbows(network, data.domain()).len()),
            places: networks.map(|network| places(network, data.domain())),
            met: networks.map(|network| bends_met(data, network)),
            nearly_at: nearly.filter(|_| whole > 0.0).map(|state| state.step),
        }
    }
}

/// The rate at which gradient descent on all training points changes the slope change of each unit of a bent line, in the
/// units of training.
///
/// With s = w2·|w1|, and the derivatives of the mean squared error by w1 and w2, each step changes s by the learning rate
/// times −(|w1|·∂ℓ/∂w2 + w2·sign(w1)·∂ℓ/∂w1); where w1 is not trained the second term is 0.
pub fn descent_of_bends(data: &Data, paradigm: Paradigm, state: &State) -> Vec<f64> {
    let network = state.as_trained();
    let samples = Frame::of(data).samples(&data.x, &data.y, 1);
    let units: Vec<Unit> = network.units().collect();
    // ∂ℓ/∂w2 and ∂ℓ/∂w1 of each unit.
    let mut derivatives = vec![[0.0; 2]; units.len()];
    for (x, y) in samples.iter() {
        let of_prediction = 2.0 * (network.predict(x[0]) - y[0]) / samples.len() as f64;
        for (unit, [by_w2, by_w1]) in units.iter().zip(&mut derivatives) {
            let z = unit.w1 * x[0] + unit.b1;
            if z > 0.0 {
                *by_w2 += of_prediction * z;
                *by_w1 += of_prediction * unit.w2 * x[0];
            }
        }
    }
    let trains_w1 = if paradigm == Paradigm::All { 1.0 } else { 0.0 };
    let descent = |(unit, [by_w2, by_w1]): (&Unit, [f64; 2])| {
        -(unit.w1.abs() * by_w2 + trains_w1 * unit.w2 * unit.w1.signum() * by_w1)
    };
    units.iter().zip(derivatives).map(descent).collect()
}

/// The unit with the strongest bend of a network, and its slope change with its sign; of equals the last.
pub fn strongest_bend(network: &Network) -> (usize, f64) {
    let changes = network.units().map(Unit::slope_change).enumerate();
    changes.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).unwrap_or((0, 0.0))
}

/// How many units bend the prediction up, and how many down.
pub fn bends_up_and_down(network: &Network) -> [usize; 2] {
    let count = |sign: f64| network.units().filter(|unit| unit.slope_change() * sign > 0.0).count();
    [1.0, -1.0].map(count)
}

/// The solution of a ridge run with the smallest test error.
pub fn best_ridge(run: &Run) -> Option<&RidgePoint> {
    let finite = run.ridge_path.iter().filter(|point| point.test_mse.is_finite());
    finite.min_by(|a, b| a.test_mse.total_cmp(&b.test_mse))
}

/// The runs of one width and paradigm; they differ in their seed.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// Hidden units.
    pub width: usize,
    /// What was trained.
    pub paradigm: Paradigm,
    /// By seed.
    pub runs: Vec<&'a Run>,
}

impl<'a> Group<'a> {
    /// The groups of some runs, by width, then in the usual order of paradigms; the runs of each by seed.
    pub fn all(runs: impl IntoIterator<Item = &'a Run>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for run in runs {
            match groups.iter_mut().find(|group| (group.width, group.paradigm) == (run.width, run.paradigm)) {
                Some(group) => group.runs.push(run),
                None => groups.push(Group { width: run.width, paradigm: run.paradigm, runs: vec![run] }),
            }
        }
        groups.sort_by_key(|group| (group.width, group.number()));
        groups.iter_mut().for_each(|group| group.runs.sort_by_key(|run| run.seed));
        groups
    }

    /// The number of the paradigm in the usual order.
    pub fn number(&self) -> usize {
        Paradigm::ALL.iter().position(|paradigm| *paradigm == self.paradigm).unwrap_or(0)
    }

    /// The median test error at the end; a run without a final network counts as infinite.
    pub fn test(&self) -> f64 {
        median(self.runs.iter().map(|run| final_test(run)))
    }

    /// The median training error at the end; a run without a final network counts as infinite.
    pub fn train(&self) -> f64 {
        median(self.runs.iter().map(|run| final_train(run)))
    }

    /// The median wall time in seconds.
    pub fn seconds(&self) -> f64 {
        median(self.runs.iter().map(|run| run.seconds))
    }

    /// The median wall time of a step in microseconds, over runs that have one; NaN if there are none.
    pub fn microseconds_per_step(&self) -> f64 {
        median(self.runs.iter().filter_map(|run| microseconds_per_step(run)))
    }

    /// The median number of live units at the end, over runs with a final network; NaN if there are none.
    pub fn live(&self, data: &Data) -> f64 {
        let ends = self.runs.iter().filter_map(|run| Ending::of(run).state());
        median(ends.map(|state| Units::of(data, &state.network).live as f64))
    }

    /// The run of most steps: one that did not diverge, if there is one.
    pub fn longest(&self) -> &'a Run {
        let longer = |a: &'a Run, b: &'a Run| if b.steps() >= a.steps() { b } else { a };
        self.runs.iter().copied().fold(self.runs[0], longer)
    }

    /// Where runs diverged, the first of them first.
    pub fn divergences(&self) -> Vec<Divergence> {
        let mut all: Vec<Divergence> = self.runs.iter().filter_map(|run| run.divergence()).collect();
        all.sort_by_key(|divergence| divergence.step);
        all
    }

    /// How many runs diverged.
    pub fn diverged(&self) -> usize {
        self.divergences().len()
    }

    /// The lowest and the highest test error at the end of runs that ended with a network; None if none did.
    pub fn ends(&self) -> Option<[f64; 2]> {
        crate::scale::extent(self.runs.iter().map(|run| final_test(run)))
    }

    /// The runs that ended with a network, from the best to the worst test error; of equals, by seed.
    pub fn from_best_to_worst(&self) -> Vec<&'a Run> {
        let mut runs: Vec<&Run> = self.runs.iter().copied().filter(|run| Ending::of(run).state().is_some()).collect();
        runs.sort_by(|a, b| final_test(a).total_cmp(&final_test(b)).then(a.seed.cmp(&b.seed)));
        runs
    }

    /// The runs that are stuck, which can be told only beside others that are not: see [`STUCK`].
    pub fn stuck(&self) -> Vec<&'a Run> {
        // What is solved at once takes no way on which it could be held up.
        if self.paradigm == Paradigm::Ridge {
            return Vec::new();
        }
        let late = |run: &Run| if run.divergence().is_some() { f64::INFINITY } else { Course::of(run).late };
        let lowest = self.runs.iter().map(|run| late(run)).fold(f64::INFINITY, f64::min);
        let has_learned = |run: &Run| late(run) <= STUCK_OF_START * run.start().test.loss;
        let is_stuck = |run: &&Run| late(run).is_finite() && late(run) > STUCK * lowest && !has_learned(run);
        self.runs.iter().copied().filter(is_stuck).collect()
    }
}

/// Where the truth bends inside the domain, if it is a line of few pieces.
pub fn bends(data: &Data) -> Vec<f64> {
    let truth = data.truth.as_deref().unwrap_or_default();
    let jumps = truth.windows(2).any(|pair| pair[0][0] == pair[1][0]);
    if (3..=22).contains(&truth.len()) && !jumps {
        truth[1..truth.len() - 1].iter().map(|point| point[0]).collect()
    } else {
        Vec::new()
    }
}

/// The network whose elbows were placed by hand: one unit at the left end of the domain and one at each bend of the
/// truth, so that it is the truth. None if the truth is not known, or not a line of few pieces.
pub fn placed_by_hand(data: &Data) -> Option<Network> {
    if bends(data).is_empty() {
        return None;
    }
    let truth = data.truth.as_deref()?;
    let slopes: Vec<f64> = truth.windows(2).map(|pair| (pair[1][1] - pair[0][1]) / (pair[1][0] - pair[0][0])).collect();
    let w2: Vec<f64> = (0..slopes.len()).map(|i| if i == 0 { slopes[0] } else { slopes[i] - slopes[i - 1] }).collect();
    let b1: Vec<f64> = truth[..slopes.len()].iter().map(|point| -point[0]).collect();
    Some(Network::bent_line(&vec![1.0; slopes.len()], &b1, &w2, truth[0][1]))
}

/// The mean square of the noise on the training values: the training error of the true function itself. None if the true
/// values are not known.
pub fn noise(data: &Data) -> Option<f64> {
    let known = matches!(data.test, TestSet::NoiseFree { includes_training_inputs: true });
    if !known || data.x.is_empty() {
        return None;
    }
    let square = |(x, y): (&f64, &f64)| {
        let place = data.x_test.partition_point(|test| test < x);
        let true_value = data.y_test.get(place).filter(|_| data.x_test.get(place) == Some(x))?;
        Some((y - true_value).powi(2))
    };
    let squares: Option<Vec<f64>> = data.x.iter().zip(&data.y).map(square).collect();
    squares.map(|squares| squares.iter().sum::<f64>() / data.x.len() as f64)
}

/// The one in the middle; of two middle ones the first. None of nothing.
pub fn middle<T: Copy>(ordered: &[T]) -> Option<T> {
    ordered.get((ordered.len().max(1) - 1) / 2).copied()
}

/// From the lowest to the highest training value.
pub fn span(data: &Data) -> f64 {
    crate::scale::extent(data.y.iter().copied()).map_or(1.0, |[low, high]| high - low)
}

/// The test error of the best constant that training points can tell: their mean.
pub fn constant(data: &Data) -> f64 {
    let mean = data.y.iter().sum::<f64>() / data.y.len() as f64;
    data.y_test.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / data.y_test.len() as f64
}

/// Numbers in order; NaN counts as infinite, since it comes from divergence.
pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().map(|v| if v.is_nan() { f64::INFINITY } else { v }).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// A quantile of sorted numbers, by linear interpolation between neighbours (the rule NumPy uses). NaN if there are none.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = q * last as f64;
    let below = place.floor() as usize;
    let part = place - below as f64;
    // Two infinite numbers have no difference, but are the same; and what is below an infinite number is no part of it.
    if part == 0.0 || sorted[below] == sorted[below + 1] {
        return sorted[below];
    }
    sorted[below] + (sorted[below + 1] - sorted[below]) * part
}

/// The median of numbers, NaN and infinities counting as the largest; NaN of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile(&sorted(values), 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.25), 1.75);
        assert_eq!(median([3.0, f64::NAN, 1.0]), 3.0);
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(median([1.0, f64::INFINITY, f64::INFINITY, 2.0, f64::INFINITY, 3.0]), f64::INFINITY);
        assert_eq!(median([f64::INFINITY, f64::INFINITY]), f64::INFINITY);
    }
}
