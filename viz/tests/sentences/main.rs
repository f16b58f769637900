//! Every number in the sentences of the pages is found again in the study, by plain means and another way than the page
//! computes it: what stands before and behind a number tells its kind, and the widths and ways of training that a sentence
//! names tell the runs it may come from.

#[path = "../asked/mod.rs"]
mod asked;
mod backprop;
#[path = "../brute/mod.rs"]
mod brute;
mod features;
mod numbers;

use asked::asked;
use nn::data::{Data, TestSet};
use nn::network::Network;
use nn::settings::{Optimizer, Paradigm, SETTINGS, Settings, Target};
use nn::study::{Run, Study};
use nn::table::Request;
use numbers::{Number, numbers};
use scraper::{ElementRef, Html, Selector};

/// Phrases whose numbers are the same for every study.
const FIXED: [&str; 20] = [
    "[0, 1]",
    "(Berkeley, EECS 189, fall 2020, discussion 7)",
    "after 1, 2, 3, 5, 7, 10, 20, …",
    "after 1, 2, 3, 5, 10, 20, … steps",
    "from the 25 % to the 75 % quantile",
    "more than 5 %",
    "passes through 0",
    "--seeds 30",
    "--widths 10,20,40",
    "gives 0 instead",
    "taken as 0",
    "n + 1",
    "at x = 1,",
    "sin(20x)",
    "crosses 0",
    "Elbow 0.1.0",
    "one of 1 ",
    "20 % of the file",
    "quantile 0.25 to the quantile 0.75",
    "more than 128 units",
];

/// The middle of numbers, or the mean of the two middle ones.
fn middle(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[half],
        _ => f64::midpoint(values[half - 1], values[half]),
    }
}

/// A paragraph, with the width and the paradigm of the part of the page that it stands in, and the id of its section.
struct Block {
    text: String,
    part: String,
    width: Option<usize>,
    paradigm: Option<String>,
}

fn blocks(page: &Html) -> Vec<Block> {
    let blocks = Selector::parse("h1, h2, h3, main p, main li, svg > title, svg > desc").unwrap();
    let attribute = |block: &ElementRef, name: &str| {
        block.ancestors().filter_map(ElementRef::wrap).find_map(|around| around.attr(name).map(str::to_owned))
    };
    let section = |block: &ElementRef| {
        let around = block.ancestors().filter_map(ElementRef::wrap);
        let mut sections = around.filter(|around| around.value().name() == "section");
        sections.find_map(|section| section.attr("id")).unwrap_or("").to_owned()
    };
    page.select(&blocks)
        .map(|block| Block {
            // No-break spaces stay: they stand within numbers.
            text: block
                .text()
                .collect::<String>()
                .split([' ', '\n'])
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            part: section(&block),
            width: attribute(&block, "data-width").and_then(|width| width.parse().ok()),
            paradigm: attribute(&block, "data-paradigm"),
        })
        .collect()
}

/// What a sentence may speak of.
#[derive(Clone)]
struct Known<'s> {
    study: &'s Study,
    runs: Vec<&'s Run>,
    /// All numbers in tables of the page, for costs.
    table: &'s [f64],
}

impl<'s> Known<'s> {
    /// The runs of the widths and paradigms that a sentence names or stands under; all where it names none.
    fn of(study: &'s Study, block: &Block, text: &str, table: &'s [f64]) -> Self {
        let mut widths: Vec<usize> = Vec::new();
        for number in numbers(text).iter().filter(|number| number.is_whole) {
            if is_width(number) {
                widths.push(number.value as usize);
            }
        }
        if widths.is_empty() {
            widths.extend(block.width);
        }
        let lower = text.to_lowercase();
        let mut paradigms: Vec<Paradigm> = Vec::new();
        for (words, paradigm) in
            [("output layer", Paradigm::Output), ("all layers", Paradigm::All), ("ridge", Paradigm::Ridge)]
        {
            let is_around = block.paradigm.as_deref() == Some(&paradigm.to_string());
            if lower.contains(words) || is_around || (paradigm != Paradigm::All && lower.contains("the λ tried")) {
                paradigms.push(paradigm);
            }
        }
        let fits = |run: &&Run| {
            (widths.is_empty() || widths.contains(&run.width))
                && (paradigms.is_empty() || paradigms.contains(&run.paradigm))
        };
        let mut runs: Vec<&Run> = study.runs.iter().filter(fits).collect();
        if runs.is_empty() {
            runs = study.runs.iter().collect();
        }
        Self { study, runs, table }
    }

    /// The runs in groups of one width and paradigm.
    fn groups(&self) -> Vec<Vec<&'s Run>> {
        let mut groups: Vec<Vec<&Run>> = Vec::new();
        for run in &self.runs {
            match groups.iter_mut().find(|group| group[0].width == run.width && group[0].paradigm == run.paradigm) {
                Some(group) => group.push(run),
                None => groups.push(vec![run]),
            }
        }
        groups
    }

    /// Errors: at the start, at the end, the lowest, over the last tenth of the steps; their medians and ends over seeds;
    /// those of penalties; of a constant, of the noise, of elbows placed by hand.
    fn errors(&self) -> Vec<f64> {
        let data = &self.study.data;
        let mut errors = vec![constant(data), hand(data)];
        errors.extend(noise(data));
        let ends =
            |group: &[&Run], error: fn(&Run) -> f64| -> Vec<f64> { group.iter().map(|run| error(run)).collect() };
        for group in self.groups() {
            let of: [fn(&Run) -> f64; 4] = [
                |run| run.states[0].test.loss,
                |run| if run.divergence().is_some() { f64::INFINITY } else { run.end().test.loss },
                |run| if run.divergence().is_some() { f64::INFINITY } else { run.end().train.loss },
                |run| run.states[0].train.loss,
            ];
            for error in of {
                let all = ends(&group, error);
                errors.push(middle(all.iter().copied()));
                let finite = || all.iter().copied().filter(|error| error.is_finite());
                errors.extend([finite().fold(f64::INFINITY, f64::min), finite().fold(0.0, f64::max)]);
            }
            for run in group {
                let test = || run.states.iter().map(|state| state.test.loss);
                let late = run.states.iter().filter(|state| state.step as f64 >= 0.9 * run.end().step as f64);
                errors.extend([test().next().unwrap(), run.end().test.loss, run.end().train.loss]);
                errors.extend([test().fold(f64::INFINITY, f64::min), middle(late.map(|state| state.test.loss))]);
                let best = run.ridge_path.iter().map(|point| point.test_mse).fold(f64::INFINITY, f64::min);
                errors.push(best);
                // The states that the function is shown at.
                errors.extend(test().filter(|_| run.states.len() <= 40));
            }
        }
        errors
    }

    fn ratios(&self) -> Vec<f64> {
        let errors = self.errors();
        let pairs = |of: &[f64]| -> Vec<f64> { of.iter().flat_map(|a| of.iter().map(move |b| a / b)).collect() };
        let mut ratios = pairs(&errors);
        ratios.extend(pairs(self.table));
        ratios
    }

    fn steps(&self) -> Vec<f64> {
        let settings = &self.study.settings;
        let mut steps: Vec<f64> =
            self.study.runs.iter().flat_map(|run| &run.states).map(|state| state.step as f64).collect();
        steps.extend([settings.steps as f64, settings.save_every as f64]);
        steps.extend(settings.resolution(&self.study.data).map(|steps| steps as f64));
        for run in &self.runs {
            steps.extend(run.divergence().map(|end| end.step as f64));
        }
        // A median of two saved steps.
        let halves: Vec<f64> = steps.iter().flat_map(|a| steps.iter().map(move |b| f64::midpoint(*a, *b))).collect();
        if self.study.settings.seeds > 1 { halves } else { steps }
    }

    /// Counts: of widths, units, elbows, places, bends, networks, states, points.
    fn counts(&self) -> Vec<f64> {
        let (data, settings) = (&self.study.data, &self.study.settings);
        let bends = data.truth.as_ref().map_or(0, |truth| truth.len().saturating_sub(2));
        let total: usize = self.study.runs.iter().map(|run| run.width).sum();
        let mut counts: Vec<f64> =
            vec![SETTINGS.len() as f64, bends as f64, bends as f64 + 1.0, settings.seeds as f64, 2.0, total as f64];
        counts.extend([data.x.len(), data.x_test.len(), settings.samples, settings.batch].map(|count| count as f64));
        for group in self.groups() {
            let mut medians: Vec<Vec<f64>> = Vec::new();
            for run in &group {
                let all = of_run(data, run);
                medians.resize(all.len().max(medians.len()), Vec::new());
                medians.iter_mut().zip(&all).for_each(|(median, count)| median.push(*count));
                counts.extend(all);
                counts.push((run.states.len() as f64).min(6.0));
                for state in run.states.iter().filter(|_| run.states.len() <= 40) {
                    counts.extend(kinds(data, &state.network));
                }
            }
            for counted in medians {
                counts.push(middle(counted.iter().copied()));
                counts.push(counted.iter().sum::<f64>() / counted.len() as f64);
                counts.push(counted.iter().sum());
            }
            let late = |run: &&Run| {
                let late = run.states.iter().filter(|state| state.step as f64 >= 0.9 * run.end().step as f64);
                if run.divergence().is_some() { f64::INFINITY } else { middle(late.map(|state| state.test.loss)) }
            };
            let lowest = group.iter().map(late).fold(f64::INFINITY, f64::min);
            let stuck = group.iter().filter(|run| late(run).is_finite() && late(run) > 2.0 * lowest).count();
            counts.extend([stuck, group.len() - stuck, group.len()].map(|count| count as f64));
        }
        counts
    }

    fn wrong(&self, number: &Number, text: &str) -> Option<String> {
        let (data, settings) = (&self.study.data, &self.study.settings);
        let (before, after) = (number.before, number.after);
        let is_before = |words: &[&str]| words.iter().any(|words| before.ends_with(words));
        let is_after = |words: &[&str]| words.iter().any(|words| after.starts_with(words));
        let of_all =
            |number: fn(&Run) -> Option<f64>| -> Vec<f64> { self.study.runs.iter().filter_map(number).collect() };
        let is_sum = text.contains(" + ") && text.starts_with("At ");
        let (kind, pool): (&str, Vec<f64>) = if is_before(&["seed "]) {
            ("a seed", of_all(|run| Some(run.seed as f64)))
        } else if is_width(number) {
            ("a width", of_all(|run| Some(run.width as f64)))
        } else if is_before(&["λ = ", "λ tried, "]) {
            let path = self.runs.iter().flat_map(|run| &run.ridge_path).map(|point| point.lambda);
            ("a penalty", path.chain([settings.ridge]).collect())
        } else if is_before(&["λmax = ", "λmax at the start "]) {
            ("a bound", of_all(|run| run.divergence()?.bound))
        } else if is_before(&["rate was ", "learning rate "]) {
            ("a rate", vec![settings.lr_all, settings.lr_output])
        } else if is_before(&["deviation "]) {
            ("the noise's deviation", vec![settings.noise])
        } else if is_after(&[" ms", " µs", " s,", " s;", " s."]) {
            let unit = if after.starts_with(" ms") {
                1e3
            } else if after.starts_with(" µs") {
                1e6
            } else {
                1.0
            };
            let mut seconds: Vec<f64> = self.runs.iter().map(|run| run.seconds * unit).collect();
            seconds.extend(self.groups().iter().map(|group| middle(group.iter().map(|run| run.seconds * unit))));
            ("a time", seconds)
        } else if is_after(&[" times"]) {
            ("a ratio", self.ratios())
        } else if is_after(&[" operations"]) {
            ("operations", self.table.to_vec())
        } else if is_after(&[" %"]) {
            ("a part", self.runs.iter().map(|run| (farthest(data, run) * 100.0).round()).collect())
        } else if is_before(&["step "])
            || is_after(&[" step", " of 40 steps"])
            || (is_before(&["every "]) && number.is_whole)
            || (is_before(&[" of "]) && before.contains("at step "))
        {
            ("a step", self.steps())
        } else if is_before(&[&format!("{} = ", data.x_name())]) || text.starts_with("At the bends of the truth") {
            let tenths =
                (0..=10).map(|k| data.domain()[0] + f64::from(k) / 10.0 * (data.domain()[1] - data.domain()[0]));
            ("an input", tenths.collect())
        } else if is_after(&[" saved state"]) {
            ("how many states are shown", (1..=6).map(f64::from).collect())
        } else if is_before(&["unit "]) {
            ("a unit", self.runs.iter().map(|run| strongest(&run.end().network).0 as f64).collect())
        } else if text.contains("the strongest bend goes") && !is_width(number)
            || is_before(&["strongest bend is ", "changes its slope by ", "bends it most, by ", "trained, it is "])
        {
            let ends =
                self.runs.iter().flat_map(|run| [strongest(&run.states[0].network).1, strongest(&run.end().network).1]);
            ("a slope change", ends.chain(sharpest(data)).collect())
        } else if text.contains("ŷ") && (!number.is_whole || text.contains("lift ŷ")) || is_sum {
            ("a height", self.runs.iter().flat_map(|run| heights(data, run)).collect())
        } else if number.is_whole {
            let mut counts = self.counts();
            counts.extend(whole_pages(self.study));
            // An error may be a whole number, too.
            if ["MSE", "Fastest", "spike"].iter().any(|word| text.contains(word)) || text.contains("error") {
                counts.extend(self.errors().iter().map(|error| error.round()));
            }
            ("a count", counts)
        } else {
            let mut errors = self.errors();
            errors.extend(self.counts());
            ("an error", errors)
        };
        // Counts are exact; ratios beyond a thousand, and operations in the table, have two digits.
        let slack = match kind {
            "a count" | "a step" | "a seed" | "a width" | "a unit" => 0.0,
            // Rounded so that the sum is right.
            "a height" if is_sum => 3.0 * number.slack,
            "a ratio" if number.value >= 1e3 || text.contains("operations") => 0.05 * number.value,
            _ => number.slack * 1.000_001,
        };
        let near =
            |pool: &[f64]| pool.iter().any(|known| (known - number.value).abs() <= slack + 1e-9 * number.value.abs());
        let rest: String = after.chars().take(60).collect();
        (!near(&pool)).then(|| format!("{} is not {kind} of this study: …{}[…]{rest}", number.value, tail(before)))
    }
}

fn tail(text: &str) -> String {
    text.chars().rev().take(160).collect::<Vec<_>>().into_iter().rev().collect()
}

/// Whether a number is one of "width 10" or "widths 10, 20 and 40".
fn is_width(number: &Number) -> bool {
    let lower = number.before.to_lowercase();
    let is_list = |list: &str| list.replace(" and ", ", ").chars().all(|c| c.is_ascii_digit() || c == ' ' || c == ',');
    let lists = ["widths ", "hidden layers have "].into_iter();
    let lists = lists.chain(number.after.contains("are drawn one by one").then_some("networks of "));
    let mut behind = lists.filter_map(|words| lower.rsplit_once(words)).map(|(_, list)| list);
    number.is_whole && (lower.ends_with("width ") || behind.any(is_list))
}

/// Counts of groups of runs and of settings.
fn whole_pages(study: &Study) -> Vec<f64> {
    use nn::settings::SETTINGS;
    let changed = SETTINGS.iter().filter(|s| s.get(&study.settings) != s.get(&Settings::default())).count();
    let mut groups: Vec<(usize, Paradigm)> = study.runs.iter().map(|run| (run.width, run.paradigm)).collect();
    groups.dedup();
    groups.sort_by_key(|group| (group.0, group.1.to_string()));
    groups.dedup();
    let below = groups.iter().filter(|group| {
        let of = |error: fn(&Run) -> f64| {
            middle(
                study
                    .runs
                    .iter()
                    .filter(|run| (run.width, run.paradigm) == **group)
                    .map(|run| if run.divergence().is_some() { f64::INFINITY } else { error(run) }),
            )
        };
        of(|run| run.end().test.loss) < of(|run| run.end().train.loss)
    });
    let finite = groups.iter().filter(|group| {
        middle(
            study
                .runs
                .iter()
                .filter(|run| (run.width, run.paradigm) == **group)
                .map(|run| if run.divergence().is_some() { f64::INFINITY } else { 1.0 }),
        )
        .is_finite()
    });
    let passed = |width: usize| {
        let of = |paradigm: Paradigm, seed: u64| {
            let same = |run: &&Run| run.width == width && run.paradigm == paradigm && run.seed == seed;
            study.runs.iter().find(same).filter(|run| run.divergence().is_none())
        };
        let passes = |run: &&Run| {
            let all = of(Paradigm::All, run.seed).filter(|_| run.paradigm == Paradigm::Output);
            all.is_some_and(|all| all.states.iter().any(|state| state.test.loss <= run.end().test.loss))
        };
        study.runs.iter().filter(|run| run.width == width).filter(passes).count()
    };
    let passed: Vec<usize> = study.settings.widths.iter().map(|&width| passed(width)).collect();
    let of = |paradigms: &[Paradigm]| study.runs.iter().filter(|run| paradigms.contains(&run.paradigm)).count();
    let units = |paradigm: Paradigm| {
        study.runs.iter().filter(|run| run.paradigm == paradigm).map(|run| run.width).sum::<usize>()
    };
    let moved = |paradigm: Paradigm| {
        study
            .runs
            .iter()
            .filter(|run| run.paradigm == paradigm && run.divergence().is_none())
            .map(|run| of_run(&study.data, run)[0] as usize)
            .sum::<usize>()
    };
    [
        changed,
        study.data.x.len() + study.data.x_test.len(),
        groups.len(),
        below.count(),
        finite.count(),
        of(&[Paradigm::Output, Paradigm::Ridge]),
        of(&[Paradigm::Ridge]),
        of(&[Paradigm::Output]),
    ]
    .into_iter()
    .chain(
        [Paradigm::Output, Paradigm::All, Paradigm::Ridge]
            .into_iter()
            .flat_map(|paradigm| [units(paradigm), moved(paradigm)]),
    )
    .chain(passed)
    .map(|count| count as f64)
    .collect()
}

fn elbow(network: &Network, unit: usize) -> f64 {
    -network.biases(0)[unit] / network.weights(0)[unit]
}

fn inside(data: &Data, network: &Network, width: usize) -> Vec<f64> {
    let mut elbows: Vec<f64> = (0..width)
        .map(|unit| elbow(network, unit))
        .filter(|e| (data.domain()[0]..=data.domain()[1]).contains(e))
        .collect();
    elbows.sort_by(f64::total_cmp);
    elbows
}

/// Live, always on, dead on the data, off on the domain, and elbows inside it.
fn kinds(data: &Data, network: &Network) -> Vec<f64> {
    let width = network.biases(0).len();
    let (w1, b1) = (network.weights(0), network.biases(0));
    let mut counts = [0.0; 5];
    for unit in 0..width {
        let on = |x: f64| w1[unit] * x + b1[unit] > 0.0;
        let ends = [on(data.domain()[0]), on(data.domain()[1])];
        let is_in = (data.domain()[0]..=data.domain()[1]).contains(&elbow(network, unit));
        counts[4] += f64::from(u8::from(is_in));
        let kind = match (is_in, data.x.iter().any(|&x| on(x))) {
            (true, true) => 0,
            (true, false) => 2,
            (false, _) if ends[0] && ends[1] => 1,
            (false, _) => 3,
        };
        counts[kind] += 1.0;
    }
    counts.into()
}

/// Counts that sentences about the elbows of a run speak of; the first is how many moved.
fn of_run(data: &Data, run: &Run) -> Vec<f64> {
    let (width, span) = (run.width, data.domain()[1] - data.domain()[0]);
    let (start, end) = (&run.states[0].network, &run.end().network);
    let moved = (0..width).filter(|&unit| {
        let [a, b] = [start, end].map(|network| elbow(network, unit));
        (a - b).abs() > 0.01 * span || a.is_finite() != b.is_finite()
    });
    let mut counts = vec![moved.count() as f64, width as f64];
    let is_in = |e: f64| (data.domain()[0]..=data.domain()[1]).contains(&e);
    counts.push((0..width).filter(|&unit| is_in(elbow(start, unit)) && !is_in(elbow(end, unit))).count() as f64);
    let truth = data.truth.clone().unwrap_or_default();
    for network in [start, end] {
        let inside = inside(data, network, width);
        let places =
            inside.windows(2).filter(|pair| pair[1] - pair[0] > 0.01 * span).count() + usize::from(!inside.is_empty());
        let bends = truth.iter().skip(1).take(truth.len().saturating_sub(2));
        let met = bends.filter(|bend| inside.iter().any(|e| (e - bend[0]).abs() <= 0.02 * span)).count();
        counts.extend([inside.len(), width - inside.len(), places, met].map(|count| count as f64));
        counts.extend(kinds(data, network));
        let changes = |sign: f64| {
            (0..width).filter(|&unit| network.weights(1)[unit] * network.weights(0)[unit].abs() * sign > 0.0).count()
        };
        counts.extend([changes(1.0), changes(-1.0)].map(|count| count as f64));
        for x in (0..=10)
            .map(|k| data.domain()[0] + f64::from(k) / 10.0 * span)
            .chain([f64::midpoint(data.domain()[0], data.domain()[1])])
        {
            let shares = shares(network, x);
            counts.extend(
                [
                    shares.iter().filter(|s| **s > 0.0).count(),
                    shares.iter().filter(|s| **s < 0.0).count(),
                    shares.iter().filter(|s| **s != 0.0).count(),
                ]
                .map(|count| count as f64),
            );
        }
        let anywhere = |sign: f64| {
            (0..width).filter(|&unit| data.domain().iter().any(|&x| shares(network, x)[unit] * sign > 0.0)).count()
        };
        counts.extend([anywhere(1.0), anywhere(-1.0)].map(|count| count as f64));
    }
    counts
}

/// The farthest way of an elbow inside the domain.
fn farthest(data: &Data, run: &Run) -> f64 {
    let [low, high] = data.domain();
    let way = |unit: usize| {
        let [a, b] = [&run.states[0].network, &run.end().network].map(|network| elbow(network, unit).clamp(low, high));
        (a - b).abs() / (high - low)
    };
    (0..run.width).map(way).filter(|way| way.is_finite()).fold(0.0, f64::max)
}

fn shares(network: &Network, x: f64) -> Vec<f64> {
    let (w1, b1, w2) = (network.weights(0), network.biases(0), network.weights(1));
    (0..b1.len()).map(|unit| w2[unit] * (w1[unit] * x + b1[unit]).max(0.0)).collect()
}

/// Predictions, b₂ and sums of shares at the ends, the middle and the tenths of the domain, at the start and at the end.
fn heights(data: &Data, run: &Run) -> Vec<f64> {
    let [low, high] = data.domain();
    let mut heights = Vec::new();
    for network in [&run.states[0].network, &run.end().network] {
        let b2 = network.biases(1)[0];
        heights.push(b2);
        for k in 0..=10 {
            let shares = shares(network, low + f64::from(k) / 10.0 * (high - low));
            let up: f64 = shares.iter().filter(|share| **share > 0.0).sum();
            let down: f64 = shares.iter().filter(|share| **share < 0.0).sum();
            heights.extend([up, down, -down, b2 + up, b2 + up + down]);
        }
    }
    heights
}

/// The unit with the strongest bend, and its slope change; of equals the last.
fn strongest(network: &Network) -> (usize, f64) {
    let (w1, w2) = (network.weights(0), network.weights(1));
    let mut found = (0, 0.0_f64);
    for unit in 0..w1.len() {
        let change = w2[unit] * w1[unit].abs();
        if change.abs() >= found.1.abs() {
            found = (unit, change);
        }
    }
    found
}

/// The sharpest change of the truth's slope, up or down.
fn sharpest(data: &Data) -> Vec<f64> {
    let truth = data.truth.clone().unwrap_or_default();
    let slope = |pair: &[[f64; 2]]| (pair[1][1] - pair[0][1]) / (pair[1][0] - pair[0][0]);
    truth.windows(3).map(|three| slope(&three[1..]) - slope(&three[..2])).collect()
}

fn constant(data: &Data) -> f64 {
    let mean = data.y.iter().sum::<f64>() / data.y.len() as f64;
    data.y_test.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / data.y_test.len() as f64
}

/// The test error of the truth itself, drawn through its knots.
fn hand(data: &Data) -> f64 {
    let truth = data.truth.clone().unwrap_or_default();
    let value = |x: f64| {
        let right = truth.iter().position(|knot| knot[0] >= x).unwrap_or(truth.len() - 1).max(1);
        let ([x0, y0], [x1, y1]) = (truth[right - 1], truth[right]);
        y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    };
    if truth.len() < 2 {
        return f64::NAN;
    }
    data.x_test.iter().zip(&data.y_test).map(|(&x, y)| (y - value(x)).powi(2)).sum::<f64>() / data.x_test.len() as f64
}

fn noise(data: &Data) -> Option<f64> {
    if data.test != (TestSet::NoiseFree { includes_training_inputs: true }) {
        return None;
    }
    let truth = |x: &f64| data.x_test.iter().position(|other| other == x).map(|place| data.y_test[place]);
    let squares = data.x.iter().zip(&data.y).filter_map(|(x, y)| Some((y - truth(x)?).powi(2)));
    Some(squares.sum::<f64>() / data.x.len() as f64)
}

/// Reads all sentences of the page of a study; returns how many numbers they have, and which of them are wrong.
fn read(study: &Study) -> (usize, Vec<String>) {
    let html = viz::report::html(study, &viz::report::figures(study), viz::report::Module::default());
    let page = Html::parse_document(&html);
    let cells = Selector::parse("table.comparison td").unwrap();
    let words: Vec<String> = page.select(&cells).map(|cell| cell.text().collect()).collect();
    let table: Vec<f64> = words.iter().flat_map(|cell| numbers(cell)).map(|number| number.value).collect();
    let (mut count, mut wrong) = (0, Vec::new());
    for mut block in blocks(&page) {
        for fixed in FIXED {
            block.text = block.text.replace(fixed, "");
        }
        if numbers(&block.text).is_empty() {
            continue;
        }
        let around = Known::of(study, &block, &block.text, &table);
        for sentence in block.text.split(". ") {
            let named = numbers(sentence).iter().any(is_width);
            let known = if named { Known::of(study, &block, sentence, &table) } else { around.clone() };
            let all = numbers(sentence);
            count += all.len();
            wrong.extend(all.iter().filter_map(|number| known.wrong(number, sentence)));
        }
    }
    (count, wrong)
}

fn study(change: impl FnOnce(&mut Settings)) -> Study {
    let mut settings = Settings { widths: vec![5, 10], steps: 400, save_every: 100, threads: 1, ..Settings::default() };
    change(&mut settings);
    let data = Data::from_settings(&settings).unwrap();
    Study::run(&settings, data, &|_| ()).unwrap()
}

fn table() -> Study {
    let rows: Vec<String> = (0..60)
        .map(|i| format!("{},{}", 1960 + i, 300.0 + 40.0 * (f64::from(i) / 5.0).sin() + f64::from(i % 7)))
        .collect();
    let data = Data::from_table("t.csv", format!("year,Deaths\n{}\n", rows.join("\n")).as_bytes(), &Request::default())
        .unwrap();
    let settings =
        Settings { widths: vec![8], steps: 300, target: Target::File("t.csv".into()), ..Settings::default() };
    Study::run(&settings, data, &|_| ()).unwrap()
}

#[test]
fn every_number_in_the_sentences_of_eleven_studies_is_in_the_study() {
    let stuck = study(|s| (s.widths, s.seeds, s.steps, s.save_every) = (vec![10], 8, 150_000, 1000));
    let studies: [(&str, Study); 11] = [
        ("stuck", stuck),
        ("small", study(|_| ())),
        ("30 seeds", study(|s| s.seeds = 30)),
        ("diverged", study(|s| s.lr_all = 5.0)),
        ("nine widths", study(|s| s.widths = vec![2, 3, 4, 5, 6, 8, 10, 12, 14])),
        ("a table", table()),
        ("one unit", study(|s| s.widths = vec![1])),
        ("two steps", study(|s| s.steps = 2)),
        ("sine, Adam", study(|s| (s.target, s.optimizer, s.widths) = (Target::Sine, Optimizer::Adam, vec![20]))),
        ("wide", study(|s| (s.widths, s.paradigms, s.steps) = (vec![150], vec![Paradigm::All], 50))),
        ("ridge", study(|s| (s.paradigms, s.samples) = (vec![Paradigm::Ridge], 50))),
    ];
    let mut all = Vec::new();
    for (name, study) in studies {
        let (count, wrong) = read(&study);
        all.extend(wrong.iter().map(|wrong| format!("{name}: {wrong}")));
        assert!(count > 60, "{name}: {count}");
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn numbers_are_read_as_they_are_written() {
    let values: Vec<f64> =
        numbers("−0.16 of 1\u{a0}200, 7.7×10³⁶ at 10⁻⁵; b2").iter().map(|number| number.value).collect();
    assert_eq!(values, [-0.16, 1200.0, 7.7e36, 1e-5]);
    assert_eq!(numbers("0.42")[0].slack, 0.005);
}

/// What a sentence of a page of other networks may say: numbers by the word that follows them, the last for any other.
fn of_networks(study: &Study) -> Vec<(&'static str, Vec<f64>)> {
    let (data, settings) = (&study.data, &study.settings);
    let states = || study.runs.iter().flat_map(|run| &run.states);
    let right = |run: &Run| {
        let network = &run.states.last().unwrap().network;
        let outputs = network.architecture().outputs();
        let mut right = 0;
        for (i, &class) in data.y_test.iter().enumerate() {
            let point = &data.x_test[i * data.inputs.len()..][..data.inputs.len()];
            let scores = network.predictions(point);
            assert_eq!(scores.len(), outputs);
            let found = if outputs == 1 {
                f64::from(scores[0] > 0.0)
            } else {
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                scores.iter().position(|&score| score == largest).unwrap() as f64
            };
            right += usize::from(found == class);
        }
        right as f64
    };
    let pieces = |state: &nn::study::State| {
        let network = &state.network;
        if data.inputs.len() == 2 {
            let domain = [data.inputs[0].domain, data.inputs[1].domain];
            return nn::geometry::Plane::new(network, domain).map_or(f64::NAN, |plane| plane.len() as f64);
        }
        // The corners of a polyline, by its slopes on a fine grid.
        let [from, to] = data.inputs[0].domain;
        let xs: Vec<f64> = (0..=200_000).map(|i| from + (to - from) * f64::from(i) / 200_000.0).collect();
        let y = network.predictions(&xs);
        let bend = |w: &[f64]| (w[0] - 2.0 * w[1] + w[2]).abs() > 1e-10;
        let bends: Vec<bool> = y.windows(3).map(bend).collect();
        // A corner between two points of the grid bends both of their neighbourhoods.
        bends.windows(2).filter(|pair| pair[1] && !pair[0]).count() as f64
    };
    let losses = states().flat_map(|state| [state.train.loss, state.test.loss]).collect();
    let accuracies: Vec<f64> =
        states().flat_map(|state| [state.train.accuracy, state.test.accuracy]).flatten().collect();
    let changed = SETTINGS.iter().filter(|setting| setting.get(settings) != setting.get(&Settings::default()));
    let layers = study.runs.iter().flat_map(|run| run.architecture.layers().iter().map(|layer| layer.units as f64));
    let mut any: Vec<f64> = layers.collect();
    any.extend(
        [data.inputs.len(), data.classes.len(), data.y.len(), data.y_test.len(), settings.seeds].map(|n| n as f64),
    );
    any.extend([changed.count(), SETTINGS.len(), settings.batch].map(|n| n as f64));
    any.extend(study.runs.iter().map(|run| run.seed as f64));
    any.extend(study.runs.iter().map(right));
    any.extend(&accuracies);
    any.extend::<Vec<f64>>(losses);
    let shown = study.runs[0].states.len().min(6) as f64;
    let steps = states().map(|state| state.step as f64).chain([settings.steps as f64, shown]).collect();
    let counts: Vec<f64> = states().map(pieces).collect();
    let found = if data.inputs.len() == 2 { found(study) } else { Found::default() };
    let all_folds: Vec<f64> = study.runs.iter().flat_map(|run| folds(data, run)).collect();
    any.extend(&all_folds);
    vec![
        (" % of the plane", found.areas.clone()),
        (" % or less", found.areas),
        (" % of the training points their", found.tells.clone()),
        (" % of the variance", found.tells),
        (" % from the", found.readouts.clone()),
        (" % that are left", accuracies.iter().map(|right| 100.0 - 100.0 * right).collect()),
        (" %. The whole network", found.gains),
        (" tells most", found.units),
        ("unit", (0..layers_of(study)).map(|layer| layer as f64).collect()),
        ("class", (0..data.classes.len()).map(|class| class as f64).collect()),
        (" polygon", counts.iter().chain(&found.crossed).chain(&found.polygons).copied().collect()),
        (" of 200 training points", found.points.clone()),
        (" of 400 training points", found.points.clone()),
        (" of 100 training points", found.points.clone()),
        (" training points", any.iter().copied().chain([100.0, 200.0, 400.0]).collect()),
        (" from the", found.readouts.clone()),
        (" layer", (0..layers_of(study)).map(|layer| layer as f64).collect()),
        (" fold", any.clone()),
        (" %", accuracies.iter().map(|share| 100.0 * share).collect()),
        (" break", counts.clone()),
        (" steps", steps),
        (" runs", vec![study.runs.len() as f64]),
        (" relu", any.clone()),
        ("", any.into_iter().chain(counts).collect()),
    ]
}

/// What the answers on a page of two inputs may say, parts in percent.
#[derive(Default)]
struct Found {
    areas: Vec<f64>,
    crossed: Vec<f64>,
    polygons: Vec<f64>,
    tells: Vec<f64>,
    units: Vec<f64>,
    points: Vec<f64>,
    readouts: Vec<f64>,
    gains: Vec<f64>,
}

/// Of the run in the middle by test loss.
fn found(study: &Study) -> Found {
    let data = &study.data;
    let mut runs: Vec<&Run> = study.runs.iter().collect();
    runs.sort_by(|a, b| a.end().test.loss.total_cmp(&b.end().test.loss));
    let run = runs[(runs.len() - 1) / 2];
    let network = &run.end().network;
    let hidden = run.architecture.hidden();
    let mut found = Found::default();
    let readouts: Vec<f64> = (0..=hidden.len()).map(|layers| brute::readout(data, network, layers)).collect();
    let scale = if data.classes.is_empty() { 1.0 } else { 100.0 };
    found.readouts = readouts.iter().map(|readout| scale * readout).collect();
    found.gains = readouts.windows(2).map(|pair| 100.0 * (pair[1] - pair[0])).collect();
    for layer in 0..hidden.len() {
        let (tells, units) = brute::telling(data, network, layer);
        found.tells.push(100.0 * tells);
        for (unit, points) in units {
            found.units.push(unit as f64);
            found.points.extend(points.into_iter().map(|count| count as f64));
        }
    }
    if hidden.iter().any(|layer| layer.activation.slopes().is_none()) {
        return found;
    }
    for state in [run.start(), run.end()] {
        let (_, [crossed, part], sizes) = brute::gathering(data, &state.network);
        found.crossed.push(crossed);
        found.areas.extend([part, sizes[0], sizes[1]].map(|part| 100.0 * part));
    }
    for (layer, of) in hidden.iter().enumerate() {
        // The network as far as this layer, whatever its outputs.
        let mut kept = network.parameters()[..(0..=layer).map(|l| run.architecture.parameters_of(l)).sum()].to_vec();
        let mut layers = hidden[..=layer].to_vec();
        layers.push(nn::architecture::Layer { units: 1, activation: nn::architecture::Activation::Identity });
        kept.resize(kept.len() + of.units + 1, 0.0);
        let architecture =
            nn::architecture::Architecture::new(2, layers, nn::architecture::Loss::SquaredError).unwrap();
        let first = brute::polygons(&Network::new(architecture, kept).unwrap(), brute::domain(data));
        found.polygons.push(first.len() as f64);
        // Where each unit is on, from the polygons on which it is so throughout.
        let whole: f64 = first.iter().map(|polygon| polygon.area).sum();
        let mut on = vec![0.0; of.units];
        for polygon in &first {
            let count = polygon.corners.len() as f64;
            let middle = [0, 1].map(|k| polygon.corners.iter().map(|corner| corner[k]).sum::<f64>() / count);
            let values = network.evaluate(&middle);
            on.iter_mut().zip(values.before(layer)).filter(|(_, z)| **z > 0.0).for_each(|(on, _)| *on += polygon.area);
        }
        found.areas.extend(on.into_iter().map(|area| 100.0 * area / whole));
    }
    found
}

/// How many hidden layers there are.
fn layers_of(study: &Study) -> usize {
    study.runs.iter().map(|run| run.architecture.hidden().len()).max().unwrap_or(0)
}

/// How many units of each hidden layer are on, at one end of a run and not at the other, on more than a hundredth of the
/// plane; by a dense grid, which tells those apart that are not near the hundredth.
fn folds(data: &Data, run: &Run) -> Vec<f64> {
    const CELLS: usize = 400;
    let [x, y] = match &data.inputs[..] {
        [x, y] => [x.domain, y.domain],
        _ => return Vec::new(),
    };
    let place = |i: usize, [low, high]: [f64; 2]| low + (high - low) * (i as f64 + 0.5) / CELLS as f64;
    let hidden = run.architecture.hidden();
    let mut passed: Vec<Vec<usize>> = hidden.iter().map(|layer| vec![0; layer.units]).collect();
    for i in 0..CELLS * CELLS {
        let at = [place(i % CELLS, x), place(i / CELLS, y)];
        let [start, end] = [&run.states[0], run.end()].map(|state| state.network.evaluate(&at));
        for (layer, passed) in passed.iter_mut().enumerate() {
            let both = start.before(layer).iter().zip(end.before(layer));
            passed.iter_mut().zip(both).for_each(|(count, (a, b))| *count += usize::from((*a > 0.0) != (*b > 0.0)));
        }
    }
    let moved = |passed: &Vec<usize>| passed.iter().filter(|&&count| count > CELLS * CELLS / 100).count() as f64;
    passed.iter().map(moved).collect()
}

#[test]
fn every_number_in_the_sentences_of_other_networks_is_in_the_study_and_no_sentence_is_empty() {
    let studies = [
        ("spiral", asked(&[("target", "spiral"), ("layers", "8,8"), ("steps", "300")])),
        ("five circles", asked(&[("target", "circle"), ("layers", "4"), ("seeds", "5"), ("steps", "200")])),
        ("moons", asked(&[("target", "moons"), ("layers", "5"), ("activation", "tanh"), ("steps", "200")])),
        ("bumps", asked(&[("target", "bumps"), ("layers", "8"), ("steps", "300")])),
        ("three sines", asked(&[("target", "sine"), ("layers", "6,4"), ("seeds", "3"), ("steps", "400")])),
        ("a diverged sine", asked(&[("target", "sine"), ("layers", "6,4"), ("lr-all", "90"), ("steps", "400")])),
    ];
    for (name, study) in studies {
        let html = viz::report::html(&study, &viz::report::figures(&study), viz::report::Module::default());
        let known = of_networks(&study);
        let mut count = 0;
        for mut block in blocks(&Html::parse_document(&html)) {
            for nothing in [": .", ": ;", " .", ".."] {
                assert!(!block.text.contains(nothing), "{name}: {}", block.text);
            }
            for fixed in FIXED.iter().chain(&["is 0 on one side"]) {
                block.text = block.text.replace(fixed, "");
            }
            for number in numbers(&block.text) {
                let after = number.after.replace('\u{a0}', " ");
                let is_behind = |word: &str| number.before.replace('\u{a0}', " ").ends_with(&format!("{word} "));
                let unit = match () {
                    () if is_behind("step") => " steps",
                    () if is_behind("layer") => " layer",
                    () if is_behind(" class") => "class",
                    () if is_behind("Unit") => "unit",
                    () if is_behind("took it from") || number.after.starts_with(". The whole network") => " from the",
                    () => &after,
                };
                let (_, values) = known.iter().find(|(word, _)| unit.starts_with(word)).unwrap();
                let is_there = values.iter().any(|value| (value - number.value).abs() <= number.slack * 1.0001);
                assert!(is_there, "{name}: {} in {}", number.value, block.text);
                count += 1;
            }
        }
        assert!(count > 30, "{name}: {count}");
    }
}
