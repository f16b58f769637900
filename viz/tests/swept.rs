//! What is found in the table of a sweep is found again by plain means, and its figures tell that.

use std::collections::BTreeMap;
use viz::findings::swept::{Column, Levels, Swept};
use viz::report::sweep::{figures, html};

mod labels;
use labels::check_labels;

/// A setting with these values in turn.
fn column(name: &str, values: &[String]) -> Column {
    let (mut column, mut known) = (Column { name: name.to_owned(), ..Column::default() }, BTreeMap::new());
    values.iter().for_each(|value| column.push(value, &mut known));
    column
}

/// Runs of three optimizers, of so many rates that are drawn, and of two widths; some have no end.
fn swept(rates: usize) -> Swept {
    let (mut optimizers, mut widths, mut drawn, mut test) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for optimizer in ["sgd", "momentum", "adam"] {
        for width in ["20", "5"] {
            for rate in 0..rates {
                let value = 0.001 * 1000_f64.powf((rate as f64 * 0.618).fract());
                optimizers.push(optimizer.to_owned());
                widths.push(width.to_owned());
                drawn.push(format!("{value:?}"));
                let error = 0.001 + (value.ln() + 4.0).powi(2) * if optimizer == "adam" { 0.01 } else { 0.05 };
                test.push(if value > 0.4 && optimizer == "sgd" { f64::INFINITY } else { error / width.len() as f64 });
            }
        }
    }
    Swept {
        settings: vec![column("optimizer", &optimizers), column("width", &widths), column("lr-all", &drawn)],
        numbers: (100..).take(test.len()).collect(),
        seeds: (0..3).cycle().take(test.len()).collect(),
        train: test.clone(),
        test,
    }
}

/// The middle of numbers.
fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match (values.len() % 2, values.get(half)) {
        (1, Some(&value)) => value,
        (_, Some(&value)) if value.is_infinite() => value,
        (_, Some(&value)) => f64::midpoint(values[half - 1], value),
        (_, None) => f64::NAN,
    }
}

fn levels<'a>(swept: &'a Swept, name: &str) -> (&'a Column, Levels) {
    let column = swept.settings.iter().find(|column| column.name == name).unwrap();
    (column, column.levels().unwrap())
}

#[test]
fn medians_by_one_setting_and_by_two_are_those_of_another_implementation() {
    let swept = swept(41);
    let texts = |name: &str| -> Vec<String> {
        let column = swept.settings.iter().find(|column| column.name == name).unwrap();
        column.runs.iter().map(|&place| column.values[place as usize].clone()).collect()
    };
    let (optimizers, widths) = (texts("optimizer"), texts("width"));
    let ((_, optimizer), (_, width)) = (levels(&swept, "optimizer"), levels(&swept, "width"));
    // Words in the order of the plan, numbers by size.
    assert_eq!(optimizer.names, ["sgd", "momentum", "adam"]);
    assert_eq!(width.names, ["5", "20"]);
    let of = |keep: &dyn Fn(usize) -> bool| {
        (0..swept.test.len()).filter(|&run| keep(run)).map(|run| swept.test[run]).collect()
    };
    let (by, both) = (swept.by(&optimizer), swept.by_both(&optimizer, &width));
    let mut without = 0;
    for (o, name) in optimizer.names.iter().enumerate() {
        let wanted: Vec<f64> = of(&|run| optimizers[run] == *name);
        assert_eq!((by[o].runs, by[o].median()), (wanted.len(), middle(wanted.clone())));
        assert_eq!(by[o].without, wanted.iter().filter(|error| error.is_infinite()).count());
        without += by[o].without;
        for (w, size) in width.names.iter().enumerate() {
            let wanted: Vec<f64> = of(&|run| optimizers[run] == *name && widths[run] == *size);
            assert_eq!((both[w][o].runs, both[w][o].median()), (wanted.len(), middle(wanted)));
        }
    }
    assert!(without > 5 && without == swept.all().without);
}

#[test]
fn many_numbers_are_put_into_bins_that_hold_them() {
    for rates in [12, 13, 200] {
        let swept = swept(rates);
        let (column, levels) = levels(&swept, "lr-all");
        assert_eq!(levels.are_bins, rates > 12);
        if !levels.are_bins {
            continue;
        }
        assert_eq!(levels.names.len(), 8);
        // A bin has a lower and an upper bound, in two digits; each of them is larger than those before by one factor.
        for (&place, &level) in column.runs.iter().zip(&levels.of_run) {
            let value: f64 = column.values[place as usize].parse().unwrap();
            let bounds: Vec<f64> =
                levels.names[level as usize].split('–').map(|bound| bound.parse().unwrap()).collect();
            assert!(bounds[0] * 0.94 <= value && value <= bounds[1] * 1.06, "{value} in {bounds:?}");
        }
        let mut used = levels.of_run.clone();
        used.sort_unstable();
        used.dedup();
        assert_eq!(used.len(), 8);
    }
    let words: Vec<String> = (0..41).map(|i| format!("file-{i}.csv")).collect();
    assert!(column("target", &words).levels().is_none() && column("target", &words[1..]).levels().is_some());
    // Without a decade between them they are of one width.
    let near: Vec<String> = (0..=16).map(|i| (10 + i).to_string()).collect();
    let levels = column("batch", &near).levels().unwrap();
    assert_eq!((&*levels.names[0], &*levels.names[7]), ("10–12", "24–26"));
}

#[test]
fn the_setting_that_decides_most_stands_first_and_titles_tell_the_lowest_cell_and_run() {
    let swept = swept(41);
    let ranges: Vec<(String, f64)> = ["optimizer", "width", "lr-all"]
        .map(|name| {
            let levels = levels(&swept, name).1;
            let of = |level: u32| {
                (0..swept.test.len()).filter(|&run| levels.of_run[run] == level).map(|run| swept.test[run]).collect()
            };
            let medians: Vec<f64> = (0..levels.names.len() as u32).map(|level| middle(of(level))).collect();
            let low = medians.iter().copied().fold(f64::INFINITY, f64::min);
            (name.to_owned(), medians.iter().copied().fold(0.0, f64::max) / low)
        })
        .to_vec();
    let found: Vec<&str> = swept.by_influence().iter().map(|(column, ..)| &*column.name).collect();
    let mut wanted = ranges;
    wanted.sort_by(|a, b| b.1.total_cmp(&a.1));
    assert_eq!(found, wanted.iter().map(|(name, _)| name).collect::<Vec<_>>());

    let drawn = figures(&swept, Some(["optimizer", "width"]));
    let title = |name: &str| drawn.iter().find(|figure| figure.name() == name).unwrap().document.title().to_owned();
    assert!(title("sweep-medians").starts_with(&format!("{} decides most: ", found[0])), "{}", title("sweep-medians"));
    let ends = swept.by_both(&levels(&swept, "optimizer").1, &levels(&swept, "width").1);
    // adam learns best here, and width 20 halves every error.
    assert_eq!(
        title("sweep-heat"),
        format!(
            "The lowest median test error, {}, is that of optimizer adam with width 20",
            viz::text::short(ends[1][2].median())
        )
    );
    let finite = || swept.test.iter().copied().filter(|error| error.is_finite());
    let [low, high] = [finite().fold(f64::INFINITY, f64::min), finite().fold(0.0, f64::max)].map(viz::text::short);
    assert!(
        title("sweep-ranks").starts_with(&format!("The best run ends at test error {low}, the worst at {high}")),
        "{}",
        title("sweep-ranks")
    );
    let table = &drawn[2].table;
    assert_eq!(table.rows.len(), finite().count());
    assert_eq!(
        table.rows[0][4].parse::<f64>().unwrap(),
        finite().map(|error| format!("{error:.5e}").parse::<f64>().unwrap()).fold(f64::INFINITY, f64::min)
    );
}

#[test]
fn figures_read_well_whatever_was_swept() {
    let seeds_alone = Swept { settings: Vec::new(), ..swept(5) };
    let all_diverged = Swept { test: vec![f64::INFINITY; 6 * 3], ..swept(3) };
    let one = Swept { settings: vec![swept(3).settings[2].clone()], ..swept(3) };
    let long: Vec<String> = (0..30).map(|i| format!("a-very-long-name-of-a-table-of-points-{}.csv", i % 3)).collect();
    let files = Swept { settings: vec![column("target", &long), swept(5).settings[1].clone()], ..swept(5) };
    for (kind, swept, count) in [
        ("drawn", swept(200), 3),
        ("few", swept(2), 3),
        ("seeds", seeds_alone, 1),
        ("diverged", all_diverged, 2),
        ("one", one, 2),
        ("files", files, 3),
    ] {
        let drawn = figures(&swept, None);
        assert_eq!(drawn, figures(&swept, None));
        assert_eq!(drawn.len(), count, "{kind}");
        let page = html(&swept, &drawn, &[("steps".to_owned(), "300".to_owned())]);
        for figure in &drawn {
            check_labels(figure);
            assert!(!figure.svg().contains("NaN") && figure.document.title().len() > 10, "{kind}: {}", figure.name());
            assert!(page.contains(&format!("id=\"figure-{}\"", figure.name())));
        }
        assert!(!page.contains("NaN"), "{kind}");
    }
}
