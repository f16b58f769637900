//! Linearised features: whole figures and the page of small runs, and what must hold for any run.

use nn::data::Data;
use nn::features::RunFeatures;
use nn::settings::{Paradigm, Settings};
use nn::study::Study;
use nn::table::Request;
use viz::figures::Figure;
use viz::report::features::{Outcome, figures, html};

mod labels;
use labels::{attribute, check_labels};

fn whole(study: &Study, outcomes: &[Outcome]) -> String {
    html(study, outcomes, &figures(study, outcomes))
}

fn study(settings: &Settings, csv: Option<&str>) -> (Study, Vec<Outcome>) {
    let data = match csv {
        None => Data::from_settings(settings).expect("built-in data"),
        Some(text) => Data::from_table("points.csv", text.as_bytes(), &Request::default()).expect("a table"),
    };
    let study = Study::run(settings, data, &|_| {}).expect("threads");
    let outcomes = study.runs.iter().map(|run| RunFeatures::of(&study.data, run)).collect();
    (study, outcomes)
}

/// Three units on 12 points.
fn small() -> Settings {
    Settings { widths: vec![3], steps: 400, save_every: 100, samples: 12, lr_all: 0.1, ..Settings::default() }
}

/// Runs of all kinds: narrow, wide, of few steps, with many seeds, divergent, of a file.
fn all() -> Vec<(Study, Vec<Outcome>)> {
    let of = |settings: Settings| study(&settings, None);
    let rows: Vec<String> = (0..40).map(|i| format!("{},{}", 1950 + i, (i * i) % 17)).collect();
    let table = format!("<b>year</b>,\"a, \"\"b\"\" & c\"\n{}\n", rows.join("\n"));
    vec![
        of(small()),
        of(Settings { widths: vec![1, 20], steps: 3000, save_every: 50, ..Settings::default() }),
        of(Settings { widths: vec![10], seeds: 3, steps: 1, ..Settings::default() }),
        of(Settings {
            widths: vec![10],
            lr_all: 50.0,
            lr_output: 50.0,
            steps: 60,
            save_every: 1,
            ..Settings::default()
        }),
        of(Settings { widths: vec![200], paradigms: vec![Paradigm::All], steps: 20, ..Settings::default() }),
        of(Settings { widths: vec![300], paradigms: vec![Paradigm::Ridge], ridge: 0.0, ..Settings::default() }),
        study(&Settings { widths: vec![5], steps: 500, ..Settings::default() }, Some(&table)),
    ]
}

fn drawn() -> Vec<Figure> {
    all().iter().flat_map(|(study, outcomes)| figures(study, outcomes)).collect()
}

#[test]
fn whole_figures() {
    let (study, outcomes) = study(&Settings { paradigms: vec![Paradigm::All, Paradigm::Output], ..small() }, None);
    for figure in figures(&study, &outcomes) {
        insta::assert_snapshot!(figure.name(), figure.svg());
    }
}

#[test]
fn the_page() {
    let (study, outcomes) = study(&small(), None);
    let page = scraper::Html::parse_document(&whole(&study, &outcomes));
    let selector =
        scraper::Selector::parse("header, nav, h2, h3, main > p, section > p, figcaption, li").expect("a selector");
    let words = page.select(&selector).map(|element| {
        let text: String = element.text().collect();
        format!("{}: {}", element.value().name(), text.split_whitespace().collect::<Vec<_>>().join(" "))
    });
    insta::assert_snapshot!(words.collect::<Vec<_>>().join("\n"));
}

#[test]
fn titles_tables_and_numbers() {
    for figure in drawn() {
        let name = figure.name();
        assert!(figure.document.title().chars().any(|c| c.is_ascii_digit()), "{}", figure.document.title());
        assert!(figure.document.description().chars().any(|c| c.is_ascii_digit()), "{name}");
        let (headers, rows) = figure.table();
        assert!(!rows.is_empty() && rows.iter().all(|row| row.len() == headers.len()), "{name}");
        let svg = figure.svg();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
        for line in svg.lines() {
            let names = ["points", "cx", "cy", "x", "y", "x1", "x2", "y1", "y2"];
            for value in names.iter().filter_map(|name| attribute(line, name)) {
                for number in value.split([' ', ',']) {
                    let parsed: f64 = number.parse().unwrap_or(f64::NAN);
                    assert!(parsed.is_finite() && (-1.0..=1200.0).contains(&parsed), "{name}: {line}");
                }
            }
        }
    }
}

#[test]
fn labels_have_room() {
    drawn().iter().for_each(check_labels);
}

#[test]
fn the_same_runs_give_the_same_bytes() {
    let page = || {
        let (mut study, outcomes) = study(&small(), None);
        study.runs.iter_mut().for_each(|run| run.seconds = 0.0);
        whole(&study, &outcomes)
    };
    assert_eq!(page(), page());
}

#[test]
fn pages_hold_every_figure_and_no_foreign_markup() {
    for (study, outcomes) in all() {
        let page = whole(&study, &outcomes);
        for figure in figures(&study, &outcomes) {
            assert!(page.contains(&format!("id=\"figure-{}\"", figure.name())), "{}", figure.name());
        }
        // The settings say that NaN in a table is a missing value; no other may be in a page.
        let without_help = page.replace("NA, NaN, null", "");
        assert!(!page.contains("<b>year") && !without_help.contains("NaN") && !page.contains("http-equiv=\"refresh"));
        assert!(!page.contains("src=\"http") && !page.contains("href=\"http"));
    }
}

/// A jump is drawn as one: no line of a unit's step, ∂ŷ/∂b1, is slanted.
#[test]
fn no_slanted_line_hides_a_jump() {
    let (study, outcomes) = study(&Settings { paradigms: vec![Paradigm::All], ..small() }, None);
    let features = outcomes[0].as_ref().expect("finite features");
    for moment in features.moments() {
        for unit in 0..3 {
            for part in moment.pieces.feature(3 + unit) {
                assert!(part.iter().all(|vertex| (vertex[1] - part[0][1]).abs() < 1e-12), "{part:?}");
            }
        }
    }
    let drawn = figures(&study, &outcomes);
    let principal = drawn.iter().find(|figure| figure.name().starts_with("principal")).expect("a figure");
    // Faint verticals are the jumps between parts.
    let svg = principal.svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let is_faint = |part: &roxmltree::Node| {
        part.attribute("class").is_some_and(|class| class.split(' ').any(|one| one == "faint"))
    };
    let lines = document.descendants().filter(|node| node.has_tag_name("polyline"));
    let parts = lines.filter(|line| !line.ancestors().any(|part| is_faint(&part))).count();
    let expected: usize = features
        .moments()
        .into_iter()
        .flat_map(|moment| (0..4).filter_map(|k| Some(moment.pieces.combination(&moment.all.combination(k)?).len())))
        .sum();
    assert_eq!(parts, expected);
}

#[test]
fn a_run_without_features_is_said_so() {
    let (study, _) = study(&small(), None);
    let outcomes: Vec<Outcome> = study.runs.iter().map(|_| Err(nn::features::FeaturesError::NotFinite)).collect();
    assert!(figures(&study, &outcomes).is_empty());
    assert!(whole(&study, &outcomes).contains("a feature is not finite"));
}
