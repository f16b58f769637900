//! What is found in a comparison is found again by plain means, and its figures and its page tell that.

use nn::data::Data;
use nn::settings::{Asked, Paradigm, Settings, setting};
use nn::study::{Run, State};
use nn::sweep::comparison::compared;
use nn::sweep::{Comparison, Contest};
use scraper::{Html, Selector};
use viz::figures::Figure;
use viz::findings::comparison::{
    Difference, Differences, Pairs, dead, outside, over_steps, test_or_diverged, train_or_diverged,
};
use viz::findings::{Group, final_test};
use viz::report::comparison::{figures, html};

mod labels;
use labels::check_labels;

fn comparison(base: Settings, flags: &[(&str, &str)], what: &str) -> Comparison {
    let mut asked = Asked::new(base);
    for (name, text) in flags {
        asked.set(setting(name).unwrap(), text).unwrap();
    }
    let (setting, values) = compared(what).unwrap();
    Contest::open(asked, setting, &values).unwrap().run(&|_| ()).unwrap()
}

fn base() -> Settings {
    Settings {
        widths: vec![4, 8],
        paradigms: vec![Paradigm::All],
        seeds: 9,
        steps: 400,
        save_every: 100,
        noise: 0.01,
        ..Settings::default()
    }
}

/// Runs that finish, that diverge at once, and that diverge on the way, some of them before the end.
fn with_divergence() -> Comparison {
    comparison(base(), &[("optimizer", "momentum"), ("steps", "110"), ("save-every", "3")], "lr-all=0.02,2,1e9")
}

/// All kinds: one network and several, several inputs, classes, several layers, paradigms, one seed, data of their own.
fn all() -> Vec<(&'static str, Comparison)> {
    vec![
        ("optimizers", comparison(base(), &[], "optimizer=sgd,momentum,adam")),
        ("divergence", with_divergence()),
        ("all diverge", comparison(base(), &[("seeds", "2")], "lr-all=1e8,1e9")),
        ("one seed", comparison(base(), &[("seeds", "1"), ("widths", "5")], "batch=10,20")),
        ("paradigms", comparison(base(), &[("seeds", "4")], "paradigms=output,all,ridge")),
        ("both", comparison(base(), &[("seeds", "3"), ("paradigms", "output,all")], "momentum=0,0.9")),
        ("widths", comparison(base(), &[("seeds", "3")], "widths=1,2,128")),
        ("deep", comparison(base(), &[("layers", "5,5"), ("seeds", "4")], "activation=relu,tanh,gelu")),
        ("layers", comparison(base(), &[("seeds", "4")], "layers=8,8;16;5")),
        ("classes", comparison(base(), &[("target", "spiral"), ("steps", "60"), ("seeds", "4")], "optimizer=sgd,adam")),
        ("values", comparison(base(), &[("target", "bumps"), ("steps", "60"), ("seeds", "2")], "batch=5,40")),
        ("data", comparison(base(), &[("seeds", "3"), ("widths", "6")], "target=piecewise,sine")),
        (
            "many",
            comparison(
                base(),
                &[("seeds", "2"), ("steps", "20")],
                "batch=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20",
            ),
        ),
        (
            "many widths",
            comparison(base(), &[("seeds", "2"), ("steps", "20"), ("widths", "1,2,3,4,5,6,7,8,9")], "batch=1,2"),
        ),
    ]
}

/// The quantile of numbers by its definition: with n numbers in order, it lies at the place (n − 1)·q between them. Found
/// without sorting: the number at a place has so many below it.
fn naive_quantile(values: &[f64], q: f64) -> f64 {
    let at = |place: usize| {
        let below = |one: f64| values.iter().filter(|&&other| other < one).count();
        let same = |one: f64| values.iter().filter(|&&other| other == one).count();
        *values
            .iter()
            .find(|&&one| (below(one)..below(one) + same(one)).contains(&place))
            .expect("a number at each place")
    };
    let place = (values.len() - 1) as f64 * q;
    let (low, high) = (at(place.floor() as usize), at(place.ceil() as usize));
    if low == high { low } else { low * (1.0 - place.fract()) + high * place.fract() }
}

fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
}

#[test]
fn medians_and_quartiles_at_each_step_are_those_of_another_implementation() {
    let (mut infinite, mut numbers) = (0, 0);
    for comparison in [comparison(base(), &[], "optimizer=sgd,momentum,adam"), with_divergence()] {
        for group in Pairs::all(&comparison).iter().flat_map(|pairs| &pairs.groups) {
            for (kind, value) in [test_or_diverged, train_or_diverged].into_iter().enumerate() {
                let found = over_steps(&group.runs, &value);
                let longest = group.runs.iter().map(|run| run.states.len()).max().unwrap();
                assert_eq!(found.len(), longest);
                for quartiles in found {
                    // By step, where runs are taken by place above.
                    let at = |run: &&Run| {
                        let state = run.states.iter().find(|state| state.step == quartiles.step);
                        let error = |state: &State| if kind == 0 { state.test.loss } else { state.train.loss };
                        state.map_or(f64::INFINITY, error)
                    };
                    let values: Vec<f64> = group.runs.iter().map(at).collect();
                    assert_eq!(quartiles.runs, 9);
                    for (found, q) in quartiles.at.into_iter().zip([0.25, 0.5, 0.75]) {
                        let wanted = naive_quantile(&values, q);
                        assert!(close(found, wanted), "{found} and {wanted}");
                        infinite += usize::from(found.is_infinite());
                        numbers += 1;
                    }
                }
            }
            let ends: Vec<f64> = group.runs.iter().map(|run| final_test(run)).collect();
            assert!(close(group.test(), naive_quantile(&ends, 0.5)));
        }
    }
    assert!(infinite > 5 && numbers > 500, "{infinite} of {numbers}");
}

#[test]
fn pairs_are_of_one_seed_and_their_ratios_are_those_of_the_two_runs() {
    for comparison in [comparison(base(), &[], "optimizer=sgd,momentum,adam"), with_divergence()] {
        let pairs = Pairs::all(&comparison);
        assert_eq!(pairs.iter().map(|pairs| &*pairs.heading).collect::<Vec<_>>(), ["width 4", "width 8"]);
        for pairs in &pairs {
            for item in 1..comparison.items.len() {
                let width = pairs.groups[item].width;
                let run = |item: usize, seed: u64| {
                    let runs = comparison.items[item].study.all_runs();
                    let run = runs.into_iter().find(|run| run.seed == seed && run.width == width).unwrap().clone();
                    if run.divergence().is_some() { f64::INFINITY } else { run.end().test.loss }
                };
                let differences = pairs.differences(item);
                let (mut ratios, mut lower, mut higher) = (Vec::new(), 0, 0);
                for (pair, seed) in differences.0.iter().zip(0..) {
                    let (first, other) = (run(0, seed), run(item, seed));
                    assert_eq!((pair.seed, pair.first, pair.other), (seed, first, other));
                    lower += usize::from(other < first);
                    higher += usize::from(other > first);
                    ratios.extend(Some(other / first).filter(|ratio| !ratio.is_nan()));
                }
                assert_eq!((differences.lower(), differences.higher()), (lower, higher));
                assert_eq!(differences.neither(), 9 - ratios.len());
                if !ratios.is_empty() {
                    for (found, q) in differences.quartiles().into_iter().zip([0.25, 0.5, 0.75]) {
                        assert!(close(found, naive_quantile(&ratios, q)));
                    }
                }
            }
        }
    }
}

#[test]
fn the_sign_test_is_that_of_coins_that_are_thrown_in_all_ways() {
    let of = |lower: usize, higher: usize| {
        let pair = |other: f64| Difference { seed: 0, first: 1.0, other };
        let pairs = std::iter::repeat_n(pair(0.5), lower).chain(std::iter::repeat_n(pair(2.0), higher));
        Differences(pairs.chain([pair(1.0), pair(1.0)]).collect())
    };
    for n in 0..=14_u32 {
        for lower in 0..=n {
            // Of all 2ⁿ throws, those that are as uneven.
            let uneven = |heads: u32| (2 * i64::from(heads) - i64::from(n)).abs();
            let count = (0..1_u32 << n).filter(|throw| uneven(throw.count_ones()) >= uneven(lower)).count();
            let wanted = count as f64 / f64::from(1_u32 << n);
            let found = of(lower as usize, (n - lower) as usize).sign_test();
            assert!((found - wanted).abs() < 1e-12, "{lower} of {n}: {found}, not {wanted}");
        }
    }
    // SciPy: binomtest(40, 5000).pvalue is 0 in doubles, and binomtest(2400, 5000).pvalue is 0.004854…
    assert_eq!(of(40, 4960).sign_test(), 0.0);
    assert!((of(2400, 2600).sign_test() - 0.004_874_4).abs() < 1e-4, "{}", of(2400, 2600).sign_test());
}

#[test]
fn units_without_an_active_point_and_elbows_outside_are_those_that_arithmetic_finds() {
    let comparison = comparison(base(), &[("steps", "3000"), ("lr-all", "0.05")], "optimizer=sgd,adam");
    let mut counts = [0, 0];
    for item in &comparison.items {
        let data: &Data = &item.study.data;
        for state in item.study.runs.iter().flat_map(|run| &run.states) {
            let (w1, b1) = (state.network.weights(0), state.network.biases(0));
            let units = || w1.iter().zip(b1);
            let off = units().filter(|(w, b)| data.x.iter().all(|x| *w * x + *b <= 0.0)).count();
            let away = units().filter(|(w, b)| **w != 0.0 && !(0.0..=1.0).contains(&(-*b / *w))).count();
            assert_eq!([dead(data, &state.network), outside(data, &state.network)], [off, away]);
            counts = [counts[0] + off, counts[1] + away];
        }
    }
    assert!(counts[0] > 50 && counts[1] > 50, "{counts:?}");
}

/// A run that ends at an error, from 0.4.
fn ending(model: &Run, seed: u64, end: f64) -> Run {
    let mut run = model.clone();
    run.seed = seed;
    for state in &mut run.states {
        state.test.loss = if state.step == 0 { 0.4 } else { end };
    }
    run
}

#[test]
fn a_run_that_has_learned_is_not_stuck_because_another_learned_even_better() {
    let comparison = comparison(base(), &[("seeds", "1"), ("widths", "4")], "optimizer=sgd,adam");
    let model = &comparison.items[0].study.runs[0];
    let runs: Vec<Run> =
        [0.0001, 0.03, 0.05, 0.2].into_iter().zip(0..).map(|(end, seed)| ending(model, seed, end)).collect();
    let seeds = |runs: &[Run]| Group::all(runs)[0].stuck().iter().map(|run| run.seed).collect::<Vec<_>>();
    assert_eq!(seeds(&runs), [2, 3]);
    // If none did better, who knows.
    assert_eq!(seeds(&runs[2..]), [0_u64; 0]);
    let ridge: Vec<Run> = runs.iter().map(|run| Run { paradigm: Paradigm::Ridge, ..run.clone() }).collect();
    assert_eq!(seeds(&ridge), [0_u64; 0]);
}

#[test]
fn every_figure_reads_well_has_numbers_and_is_the_same_twice() {
    for (kind, comparison) in all() {
        let drawn = figures(&comparison);
        assert_eq!(drawn, figures(&comparison), "{kind}");
        let mut names: Vec<&str> = drawn.iter().map(Figure::name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), drawn.len(), "{kind}");
        for figure in &drawn {
            let name = figure.name();
            assert!(
                name.starts_with("compare-")
                    && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
            check_labels(figure);
            let svg = figure.svg();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{kind}: {name}");
            let (title, words) = (figure.document.title(), figure.document.description());
            assert!(title.len() > 10 && words.len() > 20 && !words.contains("NaN"), "{kind}: {name}: {title}: {words}");
            assert!(!figure.table.rows.is_empty() || figure.table.headers.is_empty(), "{kind}: {name}");
            assert!(figure.table.rows.iter().all(|row| row.len() == figure.table.headers.len()), "{kind}: {name}");
        }
        let page = html(&comparison, &drawn);
        for figure in &drawn {
            assert!(
                page.contains(&format!("id=\"figure-{}\"", figure.name())),
                "{kind}: {} is not in the page",
                figure.name()
            );
        }
        let same = ["see the same minibatches", "elbows included"].map(|words| page.contains(words));
        let wanted = match kind {
            "one seed" | "many" | "many widths" => [false, true],
            "deep" | "classes" => [true, false],
            "values" | "widths" | "layers" => [false, false],
            _ => [true, true],
        };
        assert_eq!(same, wanted, "{kind}");
        // Of twenty values a sentence names a few.
        assert!(
            kind != "many"
                || (page.contains("Compared: 20 values of batch") && page.contains(", lowest and highest: "))
        );
        // What is coded may have any letters in it.
        let written = page.replace("http://www.w3.org", "");
        let is_coded = |part: &&str| part.len() > 1000 && !part.contains([' ', '<']);
        let written: Vec<&str> = written.split(['"', '\'']).filter(|part| !is_coded(part)).collect();
        for word in ["NaN", "−0 ", "http:"] {
            assert!(!written.iter().any(|part| part.contains(word)), "{kind}: {word}");
        }
    }
}

/// The cells of a table of the page by its caption.
fn cells(page: &Html, caption: &str) -> Vec<Vec<String>> {
    let select = |text: &str| Selector::parse(text).unwrap();
    let words = |of: scraper::ElementRef| of.text().collect::<String>();
    let table = page
        .select(&select("table"))
        .find(|table| table.select(&select("caption")).any(|found| words(found).contains(caption)))
        .unwrap();
    let row = |row: scraper::ElementRef| row.select(&select("th, td")).map(words).collect();
    table.select(&select("tbody tr")).map(row).collect()
}

#[test]
fn titles_and_tables_tell_what_the_runs_say() {
    let comparison = comparison(base(), &[("steps", "4000"), ("seeds", "8")], "optimizer=sgd,adam");
    let drawn = figures(&comparison);
    let page = Html::parse_document(&html(&comparison, &drawn));
    let ends = |item: usize, width: usize| -> Vec<f64> {
        let runs = comparison.items[item].study.runs.iter().filter(|run| run.width == width);
        runs.map(|run| run.end().test.loss).collect()
    };
    let mut lower = 0;
    let coins = cells(&page, "pairs with the same seed");
    let medians = cells(&page, "Medians over seeds at the end");
    for (row, width) in [4, 8].into_iter().enumerate() {
        let (first, other) = (ends(0, width), ends(1, width));
        let count = first.iter().zip(&other).filter(|(first, other)| other < first).count();
        lower += count;
        let words = if count == 8 { "all 8".to_owned() } else { format!("{count} of 8") };
        assert_eq!(coins[row][..3], [format!("Width {width}"), "adam".to_owned(), words]);
        for (item, ends) in [first, other].iter().enumerate() {
            let shown = &medians[2 * row + item];
            let [low, middle, high] = [0.25, 0.5, 0.75].map(|q| viz::text::short(naive_quantile(ends, q)));
            assert_eq!(shown[3], format!("{middle} ({low} to {high})"));
        }
    }
    let title = |name: &str| drawn.iter().find(|figure| figure.name() == name).unwrap().document.title().to_owned();
    let part = if lower == 16 { "all 16".to_owned() } else { format!("{lower} of 16") };
    assert_eq!(title("compare-pairs"), format!("Pairs that end lower than with sgd: adam in {part}"));
    let best = |width: usize| {
        let [sgd, adam] = [0, 1].map(|item| naive_quantile(&ends(item, width), 0.5));
        if adam < sgd { "adam" } else { "sgd" }
    };
    assert_eq!([best(4), best(8)], ["adam", "adam"], "the sentence below is for this case");
    assert_eq!(title("compare-medians"), "Median test MSE ends lowest with adam at width 4 and width 8");
    let worst = comparison.items[1].study.runs.iter().filter(|run| run.width == 4).map(|run| run.end().test.loss);
    let worst = viz::text::short(worst.fold(0.0, f64::max));
    assert!(
        title("compare-functions-width-4").ends_with(&format!(" and {worst}")),
        "{}",
        title("compare-functions-width-4")
    );
}
