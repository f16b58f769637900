//! What is found in the table of a sweep: the medians of runs with a value of a setting, and of runs with values of two.

use super::{quantile, sorted};
use std::collections::BTreeMap;

/// The most values of a setting that are shown one by one; more numbers are put into bins.
const MOST_VALUES: usize = 12;
/// How many bins there are.
const BINS: usize = 8;
/// The most words that are shown.
const MOST_WORDS: usize = 40;

/// The table of a sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Swept {
    /// The settings that vary, but seeds.
    pub settings: Vec<Column>,
    /// The number of each run in the plan.
    pub numbers: Vec<u64>,
    /// The seed of each run.
    pub seeds: Vec<u64>,
    /// The test error of each run at the end; infinite without a final network.
    pub test: Vec<f64>,
    /// The training error.
    pub train: Vec<f64>,
}

/// A setting, and its value in each run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// The name of the column.
    pub name: String,
    /// Its values, each once, as the table has them.
    pub values: Vec<String>,
    /// For each run the place of its value.
    pub runs: Vec<u32>,
}

/// The values of a setting as they are shown: each by itself, or numbers in bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// What they are called.
    pub names: Vec<String>,
    /// The level of each run.
    pub of_run: Vec<u32>,
    /// Whether they are bins.
    pub are_bins: bool,
}

impl Column {
    /// Adds the value of the next run; `known` are the places of values.
    pub fn push(&mut self, value: &str, known: &mut BTreeMap<String, u32>) {
        let place = known.get(value).copied().unwrap_or_else(|| {
            let place = self.values.len() as u32;
            known.insert(value.to_owned(), place);
            self.values.push(value.to_owned());
            place
        });
        self.runs.push(place);
    }

    /// The levels; None if there are too many words.
    pub fn levels(&self) -> Option<Levels> {
        let numbers: Option<Vec<f64>> = self.values.iter().map(|value| value.parse().ok()).collect();
        if self.values.len() > MOST_VALUES
            && let Some(numbers) = &numbers
        {
            return Some(self.bins(numbers));
        }
        if self.values.len() > MOST_WORDS {
            return None;
        }
        // Numbers by size, words in the order of the plan.
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        if let Some(numbers) = &numbers {
            order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
        }
        let mut level = vec![0; order.len()];
        for (to, from) in (0..).zip(&order) {
            level[*from] = to;
        }
        let name = |&place: &usize| match &*self.values[place] {
            "" => "none".to_owned(),
            value => value.to_owned(),
        };
        Some(Levels {
            names: order.iter().map(name).collect(),
            of_run: self.runs.iter().map(|&place| level[place as usize]).collect(),
            are_bins: false,
        })
    }

    /// Bins of equal width, or of equal factors where numbers spread over more than a decade.
    fn bins(&self, numbers: &[f64]) -> Levels {
        let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let is_log = low > 0.0 && high >= 10.0 * low;
        let on = |value: f64| if is_log { libm::log(value) } else { value };
        let off = |place: f64| if is_log { libm::exp(place) } else { place };
        let edge = |bin: usize| off(on(low) + (on(high) - on(low)) * bin as f64 / BINS as f64);
        let bin = |value: f64| {
            let part = (on(value) - on(low)) / (on(high) - on(low));
            ((part * BINS as f64) as u32).min(BINS as u32 - 1)
        };
        let words = crate::text::short;
        Levels {
            names: (0..BINS).map(|bin| format!("{}–{}", words(edge(bin)), words(edge(bin + 1)))).collect(),
            of_run: self.runs.iter().map(|&place| bin(numbers[place as usize])).collect(),
            are_bins: true,
        }
    }
}

/// The test errors of some runs at the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Ends {
    /// How many runs there are.
    pub runs: usize,
    /// How many have no final network.
    pub without: usize,
    /// The 25 %, the 50 % and the 75 % quantile; runs without a final network count as infinite. NaN of no run.
    pub quartiles: [f64; 3],
}

impl Ends {
    fn of(errors: Vec<f64>) -> Self {
        let errors = sorted(errors);
        Ends {
            runs: errors.len(),
            without: errors.iter().filter(|error| error.is_infinite()).count(),
            quartiles: [0.25, 0.5, 0.75].map(|q| quantile(&errors, q)),
        }
    }

    /// The median.
    pub fn median(&self) -> f64 {
        self.quartiles[1]
    }
}

impl Swept {
    /// The runs with each level of a setting, whatever the others are.
    pub fn by(&self, levels: &Levels) -> Vec<Ends> {
        let mut errors = vec![Vec::new(); levels.names.len()];
        for (level, error) in levels.of_run.iter().zip(&self.test) {
            errors[*level as usize].push(*error);
        }
        errors.into_iter().map(Ends::of).collect()
    }

    /// The runs with each level of two settings: for each level of the second those of the first.
    pub fn by_both(&self, first: &Levels, second: &Levels) -> Vec<Vec<Ends>> {
        let mut errors = vec![vec![Vec::new(); first.names.len()]; second.names.len()];
        for ((a, b), error) in first.of_run.iter().zip(&second.of_run).zip(&self.test) {
            errors[*b as usize][*a as usize].push(*error);
        }
        errors.into_iter().map(|row| row.into_iter().map(Ends::of).collect()).collect()
    }

    /// All runs.
    pub fn all(&self) -> Ends {
        Ends::of(self.test.clone())
    }

    /// How many times as large the highest median of a level is as the lowest; infinite if all runs of one diverged, and 1
    /// if there is nothing to tell.
    pub fn influence(ends: &[Ends]) -> f64 {
        let medians = || ends.iter().map(Ends::median).filter(|median| !median.is_nan());
        let (low, high) = (medians().fold(f64::INFINITY, f64::min), medians().fold(0.0, f64::max));
        if low.is_finite() && low > 0.0 { high / low } else { 1.0 }
    }

    /// The settings that can be shown, with their levels and the runs of each; the one with the largest influence first.
    pub fn by_influence(&self) -> Vec<(&Column, Levels, Vec<Ends>)> {
        let shown = self.settings.iter().filter_map(|column| Some((column, column.levels()?)));
        let mut shown: Vec<(&Column, Levels, Vec<Ends>)> = shown
            .filter(|(_, levels)| levels.names.len() > 1)
            .map(|(column, levels)| {
                let ends = self.by(&levels);
                (column, levels, ends)
            })
            .collect();
        shown.sort_by(|a, b| Self::influence(&b.2).total_cmp(&Self::influence(&a.2)));
        shown
    }

    /// The places of runs with a final network, from the lowest test error to the highest; of equals in the order of the plan.
    pub fn from_best_to_worst(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.test.len()).filter(|&run| self.test[run].is_finite()).collect();
        order.sort_by(|&a, &b| self.test[a].total_cmp(&self.test[b]).then(a.cmp(&b)));
        order
    }

    /// The settings of a run in words: "optimizer adam, lr-all 0.01, seed 3".
    pub fn words(&self, run: usize) -> String {
        let setting = |column: &Column| {
            let value = &column.values[column.runs[run] as usize];
            (!value.is_empty()).then(|| format!("{} {value}", column.name))
        };
        let settings = self.settings.iter().filter_map(setting);
        settings.chain([format!("seed {}", self.seeds[run])]).collect::<Vec<_>>().join(", ")
    }
}
