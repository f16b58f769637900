//! The page of linearised features: its numbers from a matrix of features put together entry by entry, and from singular
//! values by rotations of pairs of columns (Hestenes).

use nn::data::Data;
use nn::features::RunFeatures;
use nn::network::Network;
use nn::settings::{Optimizer, Paradigm, Settings};
use nn::study::{Run, Study};
use scraper::Html;

use crate::asked::asked;
use crate::numbers::numbers;
use crate::{blocks, elbow};

/// Phrases whose numbers are the same for every run.
const FIXED: [&str; 15] = [
    "all three are 0",
    "of b₂ is 1 everywhere",
    "that of b2 is 1.",
    "features of 0 at",
    "2·width + 1",
    "multiplies the error along a principal feature by 1 − 2·η·σ²/n",
    "to 1/e",
    "all others 0",
    "mean square 1",
    "the features there are 0",
    "counts as 0 if it is below 2.2×10⁻¹⁶ times",
    "(Roy and Vetterli, 2007)",
    "is taken as 0",
    "scaled to 0…1, values to standard deviation 1",
    "Elbow 0.1.0",
];

/// A network's features at the training inputs, column by column: of w1, of b1, of w2, and of b2.
fn columns(data: &Data, network: &Network) -> Vec<Vec<f64>> {
    let (w1, b1, w2) = (network.weights(0), network.biases(0), network.weights(1));
    let of = |feature: &dyn Fn(usize, f64, f64) -> f64| -> Vec<Vec<f64>> {
        let entry = |unit: usize, x: f64| {
            let z = w1[unit] * x + b1[unit];
            if z > 0.0 { feature(unit, x, z) } else { 0.0 }
        };
        (0..w1.len()).map(|unit| data.x.iter().map(|&x| entry(unit, x)).collect()).collect()
    };
    let mut all = of(&|unit, x, _| w2[unit] * x);
    all.extend(of(&|unit, _, _| w2[unit]));
    all.extend(of(&|_, _, z| z));
    all.push(vec![1.0; data.x.len()]);
    all
}

/// Singular values, the largest first, and how often the left singular vector of each changes its sign along the inputs.
fn singular(data: &Data, mut columns: Vec<Vec<f64>>) -> (Vec<f64>, Vec<f64>) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for _ in 0..60 {
        let mut largest = 0.0_f64;
        for p in 0..columns.len() {
            for q in p + 1..columns.len() {
                let [pp, qq, pq] = [(p, p), (q, q), (p, q)].map(|(a, b)| dot(&columns[a], &columns[b]));
                if pq.abs() <= 1e-16 * (pp * qq).sqrt() || pq == 0.0 {
                    continue;
                }
                largest = largest.max(pq.abs() / (pp * qq).sqrt());
                let zeta = (qq - pp) / (2.0 * pq);
                let tangent = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
                let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
                let (left, right) = columns.split_at_mut(q);
                for (a, b) in left[p].iter_mut().zip(&mut right[0]) {
                    (*a, *b) = (cosine * (*a - tangent * *b), cosine * (*b + tangent * *a));
                }
            }
        }
        if largest < 1e-14 {
            break;
        }
    }
    columns.sort_by(|a, b| dot(b, b).total_cmp(&dot(a, a)));
    let mut order: Vec<usize> = (0..data.x.len()).collect();
    order.sort_by(|&a, &b| data.x[a].total_cmp(&data.x[b]));
    let changes = |column: &Vec<f64>| {
        let size = dot(column, column).sqrt();
        let along: Vec<f64> = order.iter().map(|&place| column[place]).filter(|v| v.abs() > 1e-9 * size).collect();
        along.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count() as f64
    };
    (columns.iter().map(|column| dot(column, column).sqrt()).collect(), columns.iter().map(changes).collect())
}

/// What may be said of the features of a network.
struct Found {
    rank: f64,
    effective: f64,
    values: Vec<f64>,
    changes: Vec<f64>,
}

impl Found {
    fn of(data: &Data, network: &Network, output_alone: bool) -> Self {
        let mut columns = columns(data, network);
        if output_alone {
            columns.drain(..2 * network.biases(0).len());
        }
        let side = columns.len().max(data.x.len()) as f64;
        let (values, changes) = singular(data, columns);
        let rank = values.iter().filter(|value| **value > f64::EPSILON * side * values[0]).count();
        let sum: f64 = values.iter().sum();
        let shares = values.iter().map(|value| value / sum).filter(|share| *share > 0.0);
        Self { rank: rank as f64, effective: shares.map(|p| -p * p.ln()).sum::<f64>().exp(), values, changes }
    }

    /// The part of the squares that the first have, in percent.
    fn share(&self, count: usize) -> f64 {
        let square = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>();
        100.0 * square(&self.values[..count.min(self.values.len())]) / square(&self.values)
    }
}

/// The largest modulus of the features of w1, b1 and w2 on the domain: a feature is a line where its unit is on.
fn largest(data: &Data, network: &Network) -> Vec<f64> {
    let (w1, b1, w2) = (network.weights(0), network.biases(0), network.weights(1));
    let [low, high] = data.domain();
    let mut largest = vec![0.0_f64; 3];
    for unit in 0..w1.len() {
        let e = elbow(network, unit).clamp(low, high);
        for [from, to] in [[low, e], [e, high]] {
            if to > from && w1[unit] * f64::midpoint(from, to) + b1[unit] > 0.0 {
                for x in [from, to] {
                    let features = [w2[unit] * x, w2[unit], w1[unit] * x + b1[unit]];
                    largest
                        .iter_mut()
                        .zip(features)
                        .for_each(|(largest, feature)| *largest = largest.max(feature.abs()));
                }
            }
        }
    }
    largest
}

/// The numbers that each kind of sentence may have, by a phrase of it; the first that fits counts.
fn known(study: &Study, run: &Run) -> Vec<(&'static str, Vec<f64>)> {
    let (data, settings) = (&study.data, &study.settings);
    let n = data.x.len() as f64;
    let states = [&run.states[0].network, &run.end().network];
    let all = states.map(|network| Found::of(data, network, false));
    let output = states.map(|network| Found::of(data, network, true));
    let trained = if run.paradigm == Paradigm::All { &all } else { &output };
    let width = run.width as f64;
    let silent = |network: &Network| {
        let on = |unit: usize, x: f64| network.weights(0)[unit] * x + network.biases(0)[unit] > 0.0;
        (0..run.width).filter(|&unit| !data.x.iter().any(|&x| on(unit, x))).count() as f64
    };
    let errors = vec![run.states[0].test.loss, run.end().test.loss];
    let steps: Vec<f64> = run.states.iter().map(|state| state.step as f64).collect();
    let mut sizes: Vec<f64> = states.iter().flat_map(|network| largest(data, network)).collect();
    sizes.extend([width, silent(states[0]), silent(states[1])]);
    let mut ranks = vec![width, 2.0 * width + 1.0, 3.0 * width + 1.0, width + 1.0];
    ranks.extend(all.iter().chain(&output).map(|found| found.rank));
    let mut spectrum: Vec<f64> =
        all.iter().chain(&output).flat_map(|found| [found.values[0], found.effective]).collect();
    // Of a state in the middle, too.
    let half = run.end().step / 2;
    let middle = run.states.iter().min_by_key(|state| state.step.abs_diff(half)).unwrap();
    spectrum.push(Found::of(data, &middle.network, false).effective);
    let mut rates = vec![n, if run.paradigm == Paradigm::All { settings.lr_all } else { settings.lr_output }];
    for (place, value) in trained[0].values.iter().enumerate().take(20) {
        let factor = (1.0 - 2.0 * rates[1] * value * value / n).abs();
        rates.extend([(place + 1) as f64, (-1.0 / factor.ln()).ceil()]);
    }
    let mut penalties = vec![settings.ridge];
    for (place, value) in trained[0].values.iter().enumerate().take(20) {
        penalties.extend([(place + 1) as f64, 100.0 * value * value / (value * value + settings.ridge)]);
    }
    let mut shown: Vec<f64> = trained.iter().flat_map(|found| (1..=4).map(|count| found.share(count))).collect();
    shown.extend(trained.iter().flat_map(|found| found.changes.iter().take(4).copied()));
    shown.extend(trained.iter().flat_map(|found| found.values.iter().take(4).copied()));
    let single =
        |found: &Found, k: usize| 100.0 * found.values[k].powi(2) / found.values.iter().map(|v| v * v).sum::<f64>();
    shown.extend(trained.iter().flat_map(|found| (0..found.values.len().min(4)).map(|k| single(found, k))));
    let with = |mut pool: Vec<f64>, more: &[f64]| {
        pool.extend(more);
        pool
    };
    let wide = with(steps.clone(), &[width, run.states.len() as f64]);
    vec![
        ("Test MSE", with(errors.clone(), &steps)),
        ("test MSE", with(errors, &steps)),
        ("Largest modulus", sizes.clone()),
        ("argest feature", sizes.clone()),
        ("at some training input", sizes.clone()),
        ("off at every training input", sizes),
        ("directions at", ranks.clone()),
        ("span at most", ranks.clone()),
        ("Singular values of width", with(ranks.clone(), &spectrum)),
        ("span", ranks),
        ("In each step", rates),
        ("Ridge regression keeps", penalties),
        ("ffective rank", with(spectrum, &wide)),
        ("changes sign", with(shown.clone(), &wide)),
        ("change their sign", shown.clone()),
        ("rincipal features", with(shown, &[width, 1.0, 2.0, 3.0, 4.0])),
        ("training inputs", vec![n]),
        ("idth", wide),
    ]
}

#[test]
fn every_number_in_the_sentences_about_features_is_found_in_a_matrix_of_features_built_by_hand() {
    let studies = [
        ("20 units", asked(&[("widths", "20"), ("paradigms", "all"), ("steps", "3000")])),
        ("both ways", asked(&[("widths", "3"), ("steps", "400"), ("samples", "30")])),
        ("one unit", asked(&[("widths", "1"), ("steps", "200"), ("samples", "40")])),
        ("2 steps", asked(&[("widths", "4"), ("steps", "2"), ("optimizer", "adam"), ("samples", "25")])),
        ("ridge", asked(&[("widths", "8"), ("paradigms", "ridge"), ("ridge", "0.01")])),
    ];
    for (name, study) in studies {
        assert!(
            study.settings.optimizer == Optimizer::Adam || study.settings.optimizer == Settings::default().optimizer
        );
        let outcomes: Vec<_> = study.runs.iter().map(|run| RunFeatures::of(&study.data, run)).collect();
        let drawn = viz::report::features::figures(&study, &outcomes);
        let page = Html::parse_document(&viz::report::features::html(&study, &outcomes, &drawn));
        let facts: Vec<_> = study.runs.iter().map(|run| known(&study, run)).collect();
        let mut count = 0;
        for mut block in blocks(&page) {
            // The settings are those of every page.
            if block.text.starts_with("Settings that differ") {
                continue;
            }
            for fixed in FIXED {
                block.text = block.text.replace(fixed, "");
            }
            let of_run =
                study.runs.iter().position(|run| block.part == format!("width-{}-{}", run.width, run.paradigm));
            for number in numbers(&block.text) {
                let facts = &facts[of_run.unwrap_or(0)];
                let pool = facts.iter().find(|(phrase, _)| block.text.contains(phrase));
                let (_, pool) = pool.unwrap_or_else(|| panic!("{name}: what is {} in {}?", number.value, block.text));
                let is_so = |known: f64| match number.before.rsplit(' ').nth(1) {
                    Some("over") => known > number.value,
                    Some("under") => known < number.value,
                    _ => (known - number.value).abs() <= number.slack * 1.0001,
                };
                assert!(pool.iter().any(|&known| is_so(known)), "{name}: {} in {}", number.value, block.text);
                count += 1;
            }
        }
        assert!(count > 25 * study.runs.len(), "{name}: {count}");
    }
}
