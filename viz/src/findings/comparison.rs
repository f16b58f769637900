//! What is found when the same runs were made for several values of one setting: medians and quartiles over seeds, which
//! value of each pair of runs ended lower, and what became of hidden units.

use super::{Group, final_test, median, quantile, sorted};
use nn::data::Data;
use nn::geometry::{Unit, UnitState};
use nn::network::Network;
use nn::study::{Run, State};
use nn::sweep::Comparison;

/// The runs of all values that go together: of one network and of what is trained.
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    /// What they are, as far as there are others: "width 10", "width 10, all layers"; empty if there are none.
    pub heading: String,
    /// The runs of each value, by seed, those without a state among them.
    pub groups: Vec<Group<'a>>,
}

impl<'a> Pairs<'a> {
    /// All of a comparison, in the order of networks and paradigms.
    pub fn all(comparison: &'a Comparison) -> Vec<Self> {
        let of_item = |item: &'a nn::sweep::comparison::Item| Group::all(item.study.all_runs());
        let items: Vec<Vec<Group<'a>>> = comparison.items.iter().map(of_item).collect();
        let several = |differ: fn(&Group, &Group) -> bool| items[0].iter().any(|group| differ(group, &items[0][0]));
        let widths = several(|one, other| one.width != other.width);
        let paradigms = several(|one, other| one.paradigm != other.paradigm);
        let pairs = |place: usize| {
            let groups: Vec<Group<'a>> = items.iter().map(|groups| groups[place].clone()).collect();
            let width = widths.then(|| format!("width {}", groups[0].width));
            let paradigm = paradigms.then(|| crate::figures::paradigm_words(groups[0].paradigm).to_owned());
            Pairs { heading: width.into_iter().chain(paradigm).collect::<Vec<_>>().join(", "), groups }
        };
        (0..items[0].len()).map(pairs).collect()
    }

    /// How many runs there are of each value.
    pub fn runs(&self) -> usize {
        self.groups[0].runs.len()
    }

    /// The value with the lowest median test error at the end, and that with the highest; None if none is finite, or all
    /// are the same.
    pub fn best_and_worst(&self) -> Option<[usize; 2]> {
        let ends: Vec<f64> = self.groups.iter().map(Group::test).collect();
        let finite = || (0..ends.len()).filter(|&item| ends[item].is_finite());
        let best = finite().min_by(|&a, &b| ends[a].total_cmp(&ends[b]))?;
        let worst = (0..ends.len()).rev().max_by(|&a, &b| ends[a].total_cmp(&ends[b]).then(b.cmp(&a)))?;
        (ends[best] < ends[worst]).then_some([best, worst])
    }

    /// The runs of a value beside those of the first one with the same seed.
    pub fn differences(&self, item: usize) -> Differences {
        let pair = |(first, other): (&&Run, &&Run)| Difference {
            seed: first.seed,
            first: final_test(first),
            other: final_test(other),
        };
        Differences(self.groups[0].runs.iter().zip(&self.groups[item].runs).map(pair).collect())
    }
}

/// Two runs with the same seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The seed of both.
    pub seed: u64,
    /// The test error of the run of the first value at the end; infinite if it has no final network.
    pub first: f64,
    /// That of the run of the other value.
    pub other: f64,
}

impl Difference {
    /// How many times as large the other error is as the first: 0 and infinite where one of the runs diverged, NaN where both
    /// did. Errors of training spread over factors, not over differences.
    pub fn ratio(&self) -> f64 {
        if self.first == self.other && self.first.is_finite() { 1.0 } else { self.other / self.first }
    }
}

/// The pairs of two values.
#[derive(Clone, Debug, PartialEq)]
pub struct Differences(pub Vec<Difference>);

impl Differences {
    /// In how many pairs the other run ended lower.
    pub fn lower(&self) -> usize {
        self.0.iter().filter(|pair| pair.other < pair.first).count()
    }

    /// In how many it ended higher.
    pub fn higher(&self) -> usize {
        self.0.iter().filter(|pair| pair.other > pair.first).count()
    }

    /// In how many both runs diverged, so that they cannot be compared.
    pub fn neither(&self) -> usize {
        self.0.iter().filter(|pair| pair.first.is_infinite() && pair.other.is_infinite()).count()
    }

    /// The ratios of all pairs that can be compared, ascending.
    pub fn ratios(&self) -> Vec<f64> {
        sorted(self.0.iter().map(Difference::ratio).filter(|ratio| !ratio.is_nan()))
    }

    /// The quartiles of the ratios; NaN if no pair can be compared.
    pub fn quartiles(&self) -> [f64; 3] {
        let ratios = self.ratios();
        [0.25, 0.5, 0.75].map(|q| quantile(&ratios, q))
    }

    /// The chance that of so many fair coins as there are pairs that differ, at least as many fall on one side as pairs do
    /// here, whichever side that is: the two-sided sign test. 1 if no pair differs.
    pub fn sign_test(&self) -> f64 {
        let (lower, higher) = (self.lower(), self.higher());
        let (n, k) = (lower + higher, lower.min(higher));
        // Binomial probabilities from the smallest up, in logarithms, as 2⁻ⁿ is 0 for many pairs.
        let mut log = -(n as f64) * std::f64::consts::LN_2;
        let mut sum = 0.0;
        for i in 0..=k {
            sum += libm::exp(log);
            log += libm::log((n - i) as f64) - libm::log((i + 1) as f64);
        }
        (2.0 * sum).min(1.0)
    }
}

/// Quartiles over runs at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles {
    /// The step.
    pub step: u64,
    /// Over how many runs.
    pub runs: usize,
    /// The 25 %, 50 % and 75 % quantiles, by linear interpolation.
    pub at: [f64; 3],
}

/// Quartiles over runs with the same saved steps, at each of them. A run that diverged has no state from then on; `value` says
/// what it counts as, and None leaves it out.
pub fn over_steps(runs: &[&Run], value: &dyn Fn(&Run, Option<&State>) -> Option<f64>) -> Vec<Quartiles> {
    let Some(longest) = runs.iter().max_by_key(|run| run.states.len()) else { return Vec::new() };
    let at = |(index, state): (usize, &State)| {
        let values = sorted(runs.iter().filter_map(|run| value(run, run.states.get(index))));
        (!values.is_empty()).then(|| Quartiles {
            step: state.step,
            runs: values.len(),
            at: [0.25, 0.5, 0.75].map(|q| quantile(&values, q)),
        })
    };
    longest.states.iter().enumerate().filter_map(at).collect()
}

/// The test error of a state; infinite once a run has diverged.
pub fn test_or_diverged(_: &Run, state: Option<&State>) -> Option<f64> {
    Some(state.map_or(f64::INFINITY, |state| state.test.loss))
}

/// The training error of a state; infinite once a run has diverged.
pub fn train_or_diverged(_: &Run, state: Option<&State>) -> Option<f64> {
    Some(state.map_or(f64::INFINITY, |state| state.train.loss))
}

/// How many hidden units no training point activates, whether their elbow is in the domain or not: nothing moves them any
/// more. Of bent lines.
pub fn dead(data: &Data, network: &Network) -> usize {
    let is_dead =
        |unit: &Unit| matches!(unit.state(data.domain(), &data.x), UnitState::DeadOnData | UnitState::OutsideDomain);
    network.units().filter(is_dead).count()
}

/// How many hidden units have their elbow outside the domain. Of bent lines.
pub fn outside(data: &Data, network: &Network) -> usize {
    let [low, high] = data.domain();
    network.units().filter_map(Unit::elbow).filter(|&elbow| elbow < low || elbow > high).count()
}

/// The share of its hidden units that a count is.
pub fn share(count: usize, network: &Network) -> f64 {
    count as f64 / network.architecture().hidden_units().max(1) as f64
}

/// The median over the runs of a group with a final network of a number of that network; NaN if there is none.
pub fn median_at_end(group: &Group, value: &dyn Fn(&Network) -> f64) -> f64 {
    let ends = group.runs.iter().filter_map(|run| super::Ending::of(run).state());
    median(ends.map(|state| value(&state.network)))
}
