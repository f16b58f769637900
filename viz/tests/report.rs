//! The page and the figures of studies: small, whole, true, and without the mistakes of the notebook's pictures.

use std::fmt::Write as _;

use nn::data::{Data, Function};
use nn::geometry;
use nn::network::Network;
use nn::settings::{Paradigm, Settings, Target};
use nn::study::{Run, Study};
use nn::table::Request;
use scraper::{Html, Selector};
use viz::figures::{Figure, errors, function_view, stack};
use viz::report::figures;

fn study(change: impl FnOnce(&mut Settings)) -> Study {
    let mut settings =
        Settings { widths: vec![3, 5], steps: 40, save_every: 10, samples: 30, threads: 1, ..Settings::default() };
    change(&mut settings);
    let data = Data::from_settings(&settings).unwrap();
    Study::run(&settings, data, &|_| ()).unwrap()
}

fn html(study: &Study) -> String {
    viz::report::html(study, &figures(study), viz::report::Module(b"a module"))
}

fn on_file(text: &str) -> Study {
    let settings = Settings {
        widths: vec![4],
        steps: 20,
        save_every: 5,
        batch: 4,
        target: Target::File("points.csv".into()),
        ..Settings::default()
    };
    let data = Data::from_table("points.csv", text.as_bytes(), &Request::default()).unwrap();
    Study::run(&settings, data, &|_| ()).unwrap()
}

/// Pages are well-formed, ask nothing of the network and have no id twice; figures are well-formed and their names differ.
fn check(study: &Study) -> (String, Vec<Figure>) {
    let page = html(study);
    let parsed = Html::parse_document(&page);
    assert_eq!(parsed.errors, Vec::<String>::new(), "the page is well-formed");
    let all = Selector::parse("*").unwrap();
    let mut ids: Vec<&str> = parsed.select(&all).filter_map(|element| element.attr("id")).collect();
    ids.sort_unstable();
    let before = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), before, "no id stands twice");
    for element in parsed.select(&all) {
        for name in ["src", "href", "xlink:href", "action", "srcset"] {
            if let Some(address) = element.attr(name) {
                // The pages that stand beside this one.
                let kept = address.starts_with('#')
                    || address.starts_with("data:")
                    || ["backprop.html", "features.html"].contains(&address);
                assert!(kept, "{name} of {} leads out of the page: {address}", element.value().name());
            }
        }
        for name in ["aria-labelledby", "aria-describedby", "for"] {
            if let Some(id) = element.attr(name) {
                assert!(ids.binary_search(&id).is_ok(), "{name} names {id}, which is not there");
            }
        }
    }
    let without_names = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!without_names.contains("http://") && !without_names.contains("https://") && !page.contains("@import"));
    for number in ["NaN", "undefined", "Some("] {
        assert!(!text(&page).contains(number), "{number} in the page's text");
    }
    let figures = figures(study);
    let mut names: Vec<&str> = figures.iter().map(Figure::name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), figures.len());
    let mut said = text(&page);
    for figure in &figures {
        said += &format!("{}\n{}\n", figure.document.title(), figure.document.description());
    }
    // "At 1 places", "in 1 steps".
    let words: Vec<&str> = said.split_whitespace().collect();
    for pair in words.windows(2) {
        let noun = pair[1].trim_end_matches(|c: char| !c.is_alphanumeric());
        let many = ["elbows", "places", "steps", "units", "points", "runs", "networks", "cases", "states", "seeds"];
        assert!(!(pair[0] == "1" && many.contains(&noun)), "“{} {}” in a page", pair[0], pair[1]);
    }
    for figure in &figures {
        let svg = figure.svg();
        roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{}: {error}", figure.name()));
        assert!(!svg.contains("NaN") && !svg.contains("inf "), "{}", figure.name());
    }
    (page, figures)
}

/// The words of a page, one block to a line, without pictures, tables of settings and scripts.
fn text(page: &str) -> String {
    let parsed = Html::parse_document(page);
    let blocks = Selector::parse("h1, h2, h3, main p, main li, legend, summary").unwrap();
    let mut words = String::new();
    for block in parsed.select(&blocks) {
        let line: String = block.text().collect::<Vec<_>>().concat();
        words.push_str(&line.split_whitespace().collect::<Vec<_>>().join(" "));
        words.push('\n');
    }
    words
}

/// Wall times differ from run to run.
fn timeless(mut study: Study) -> Study {
    for run in &mut study.runs {
        run.seconds = 0.01 * (run.index + 1) as f64;
    }
    study
}

#[test]
fn the_page_of_a_small_study() {
    let study = timeless(study(|_| ()));
    let (page, _) = check(&study);
    insta::assert_snapshot!(text(&page));
}

fn figures_of(study: &Study) -> Vec<String> {
    figures(study).iter().map(|figure| figure.name().to_owned()).collect()
}

#[test]
fn where_some_networks_are_stuck_both_kinds_are_shown() {
    let mixed = study(|s| (s.widths, s.seeds, s.samples, s.steps, s.save_every) = (vec![10], 8, 200, 150_000, 1000));
    let group =
        viz::findings::Group::all(&mixed.runs).into_iter().find(|group| group.paradigm == Paradigm::All).unwrap();
    let stuck: Vec<u64> = group.stuck().iter().map(|run| run.seed).collect();
    assert!((1..8).contains(&stuck.len()), "the test needs both kinds");
    let (page, figures) = check(&mixed);
    let strips = figures.iter().filter(|figure| figure.name().starts_with("function-width-10-all-seed-"));
    let seeds: Vec<u64> = strips.map(|figure| figure.name().rsplit('-').next().unwrap().parse().unwrap()).collect();
    assert_eq!(seeds.len(), 2);
    assert_ne!(stuck.contains(&seeds[0]), stuck.contains(&seeds[1]));
    assert!(text(&page).contains(&format!("of 8 networks {} got stuck", stuck.len())));

    let alike = figures_of(&study(|s| (s.widths, s.seeds) = (vec![10], 3)));
    assert_eq!(alike.iter().filter(|name| name.starts_with("function-width-10-all-seed-")).count(), 1);
}

#[test]
fn the_default_page_is_small() {
    let settings = Settings { threads: 1, ..Settings::default() };
    let study = Study::run(&settings, Data::from_settings(&settings).unwrap(), &|_| ()).unwrap();
    let (page, figures) = check(&study);
    assert!(page.len() <= 2_000_000, "{} bytes", page.len());
    assert_eq!(study.runs[0].states.len(), 166);
    // Errors, ridge, comparison; for each width the start, elbows and slopes; for each run the function and the shares.
    assert_eq!(figures.len(), 3 + 3 * 3 + 9 * 2);
    // What is hidden on a phone lends its gradients to the layout that is shown there; display: none would take them away.
    assert!(page.contains(".unpacked > .on-wide {") && !page.contains(".on-wide { display"));
}

#[test]
fn any_part_of_a_study_makes_a_page() {
    for paradigm in Paradigm::ALL {
        check(&study(|settings| settings.paradigms = vec![*paradigm]));
    }
    check(&study(|settings| settings.steps = 1));
    check(&study(|settings| settings.steps = 2));
    check(&study(|settings| settings.lr_all = 1e9));
    check(&study(|settings| settings.seeds = 3));
    check(&study(|settings| (settings.widths, settings.batch) = (vec![1], 1)));
    check(&study(|settings| settings.widths = vec![1]));
    check(&study(|settings| settings.noise = 0.0));
    check(&study(|settings| settings.target = Target::Sine));
    check(&study(|settings| settings.samples = 2));
    check(&study(|settings| settings.widths = (1..=9).collect()));
    let mut empty = study(|_| ());
    empty.runs.clear();
    check(&empty);
}

#[test]
fn runs_that_diverge_are_named() {
    let study = study(|settings| {
        settings.lr_all = 1e30;
        settings.lr_output = 1e3;
        settings.steps = 3000;
    });
    assert!(study.runs.iter().any(|run| run.divergence().is_some()));
    let (page, _) = check(&study);
    let words = text(&page);
    assert!(words.contains("diverged at step") && words.contains("2/λmax"), "{words}");
}

#[test]
fn several_seeds_are_medians_and_single_runs() {
    let study = study(|settings| settings.seeds = 5);
    let (page, figures) = check(&study);
    assert!(text(&page).contains("Shown: seed "));
    // The median run of five is the third by final test error.
    let mut ends: Vec<(f64, u64)> = study
        .runs
        .iter()
        .filter(|run| run.width == 5 && run.paradigm == Paradigm::All)
        .map(|run| (run.end().test.loss, run.seed))
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let name = format!("elbows-width-5-seed-{}", ends[2].1);
    assert!(figures.iter().any(|figure| figure.name() == name), "{name}");
    let comparison = figures.iter().find(|figure| figure.name() == "comparison").unwrap();
    assert_eq!(comparison.table.rows.len(), study.runs.len());
}

#[test]
fn names_from_a_file_are_escaped() {
    let hostile = "</script><script>alert(1)</script>";
    let mut rows = format!("\"{hostile}\",\"\"\"><img src=x onerror=alert(1)> & 'q' {}\"\n", "long ".repeat(30));
    for i in 0..25 {
        writeln!(rows, "{},{}", 1990 + i, (f64::from(i) * 0.4).sin() * 1e-3).unwrap();
    }
    let (page, figures) = check(&on_file(&rows));
    let parsed = Html::parse_document(&page);
    assert_eq!(parsed.select(&Selector::parse("script").unwrap()).count(), 5, "the page's own scripts");
    assert_eq!(parsed.select(&Selector::parse("img, [onerror]").unwrap()).count(), 0);
    assert!(text(&page).contains("held out"));
    for figure in figures {
        assert!(!figure.svg().contains("<script") && !figure.svg().contains("<img"));
    }
}

/// What scripts get is what was trained: a page of years and thousandths loses nothing that can be seen.
#[test]
fn a_file_without_spread_makes_a_page() {
    let rows: Vec<String> = (0..12).map(|i| format!("{},7", 1e9 + f64::from(i))).collect();
    check(&on_file(&format!("t,constant\n{}\n", rows.join("\n"))));
}

// The notebook's mistakes, by number.

fn one_run(networks: &[Network], data: &Data) -> Run {
    let study = study(|settings| {
        settings.widths = vec![networks[0].units().len()];
        settings.paradigms = vec![Paradigm::All];
    });
    let mut run = study.runs[0].clone();
    run.states.truncate(networks.len());
    for (state, network) in run.states.iter_mut().zip(networks) {
        state.network = network.clone();
        state.train.loss = network.mse(&data.x, &data.y);
        state.test.loss = network.mse(&data.x_test, &data.y_test);
    }
    run
}

/// The vertices of the drawn polylines that carry `data-unit`, by unit, and a map from pixels to values.
fn drawn_units(svg: &str) -> Vec<(usize, Vec<[f64; 2]>)> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let units = document.descendants().filter(|node| node.has_attribute("data-unit"));
    units
        .map(|node| {
            let lines = node.descendants().filter(|part| part.has_tag_name("polyline"));
            (node.attribute("data-unit").unwrap().parse().unwrap(), lines.flat_map(|line| vertices(line)).collect())
        })
        .collect()
}

fn vertices(line: roxmltree::Node) -> Vec<[f64; 2]> {
    let pairs = line.attribute("points").unwrap().split(' ');
    pairs.map(|pair| pair.split_once(',').unwrap()).map(|(x, y)| [x.parse().unwrap(), y.parse().unwrap()]).collect()
}

/// From values to pixels, by two points of the truth, which is drawn dashed from end to end.
fn pixels(svg: &str, data: &Data) -> impl Fn([f64; 2]) -> [f64; 2] {
    let document = roxmltree::Document::parse(svg).unwrap();
    let truth = document
        .descendants()
        .filter(|node| node.has_tag_name("polyline") && node.attribute("stroke-dasharray") == Some("6 4"))
        .map(vertices)
        .find(|line| line.len() > 2)
        .unwrap();
    let known = data.truth.clone().unwrap();
    assert_eq!(truth.len(), known.len(), "the truth is drawn by its knots");
    let [a, b] = [0, 3].map(|i| (known[i], truth[i]));
    let scale = [0, 1].map(|k| (b.1[k] - a.1[k]) / (b.0[k] - a.0[k]));
    move |value| [0, 1].map(|k| a.1[k] + (value[k] - a.0[k]) * scale[k])
}

fn near(a: [f64; 2], b: [f64; 2]) -> bool {
    (a[0] - b[0]).abs() < 0.05 && (a[1] - b[1]).abs() < 0.05
}

/// A live unit, one that is always on, one that is dead, one whose elbow lies outside while it is off, one without elbow.
fn kinds() -> Network {
    Network::bent_line(&[1.0, 0.5, 1.0, -1.0, 0.0], &[-0.4, 0.3, -0.9999, -0.2, 0.6], &[0.7, -0.5, 0.9, 1.0, 0.4], 0.1)
}

#[test]
fn mistakes_1_to_3_units_are_drawn_whole_and_weighted() {
    let data = Data::generate(Function::Piecewise, 30, 0.1, 1);
    let network = kinds();
    let run = one_run(&[network.clone(), network.clone()], &data);
    let figure = function_view::single("view", &data, &run, 1);
    let svg = figure.svg();
    let drawn = drawn_units(&svg);
    // 1: the ends of a unit stand at w2·Φ(b1) and w2·Φ(w1 + b1), on the scale that the first and the third unit tell.
    let value = |number: usize, x: f64| network.unit(number).contribution(x);
    let end = |place: usize| drawn[place].1[drawn[place].1.len() - 1][1];
    let scale = (end(1) - end(0)) / (value(1, 1.0) - value(0, 1.0));
    let height = |share: f64| end(0) + (share - value(0, 1.0)) * scale;
    for &(number, ref line) in &drawn {
        let unit = network.unit(number);
        let [first, last] = [line[0], line[line.len() - 1]].map(|vertex| vertex[1]);
        assert!((first - height(unit.w2 * unit.b1.max(0.0))).abs() < 0.05, "unit {number} at 0");
        assert!((last - height(unit.w2 * (unit.w1 + unit.b1).max(0.0))).abs() < 0.05, "unit {number} at 1");
    }
    // 2: units that are always on or dead are drawn, one that is off throughout is listed.
    let numbers: Vec<usize> = drawn.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [0, 1, 2, 4]);
    let listed: Vec<&str> = figure.table.rows.iter().map(|row| row[7].as_str()).collect();
    assert_eq!(listed, ["live", "always-on", "dead on the data", "outside the domain", "always-on"]);
    assert!(svg.contains("1 live · 2 always on · 1 dead on the data · 1 off on the whole domain"));
    // 3: what is drawn adds up to the prediction.
    let sum: f64 = drawn.iter().map(|(_, line)| line[line.len() - 1][1] - height(0.0)).sum();
    let whole = height(network.predict(1.0) - network.biases(1)[0]) - height(0.0);
    assert!((sum - whole).abs() < 0.1, "{sum} is not {whole}");
}

#[test]
fn mistake_3_shares_add_up_in_the_stack() {
    let data = Data::generate(Function::Piecewise, 30, 0.1, 1);
    let network = kinds();
    let run = one_run(&[network.clone(), network.clone()], &data);
    let svg = stack::two_steps("shares", &data, &run, 1).svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let prediction = document
        .descendants()
        .filter(|node| node.has_tag_name("polyline"))
        .find(|node| node.ancestors().any(|part| part.attribute("class").unwrap_or("").contains("s-prediction")));
    let bands: Vec<Vec<[f64; 2]>> =
        document.descendants().filter(|node| node.has_tag_name("polygon")).map(vertices).collect();
    // The last edge of the last band is the prediction.
    let line = vertices(prediction.unwrap());
    let exact = geometry::polyline(&network, data.domain());
    assert_eq!(line.len(), exact.len());
    let touches = |vertex: &[f64; 2]| bands.iter().flatten().any(|corner| near(*corner, *vertex));
    assert!(line.iter().all(touches), "the prediction is the edge of the pile");
}

#[test]
fn mistake_4_train_error_is_that_of_the_saved_state() {
    let study = study(|_| ());
    for run in &study.runs {
        for state in &run.states {
            let full = state.network.mse(&study.data.x, &study.data.y);
            assert!((state.train.loss - full).abs() <= 1e-5 * full, "{} is not {full}", state.train.loss);
        }
        let descended = run.paradigm != Paradigm::Ridge;
        assert_eq!(run.end().minibatch_loss.is_some(), descended, "the minibatch's error is a series of its own");
    }
    let runs: Vec<&Run> = study.runs.iter().take(1).collect();
    let panel = errors::Panel { heading: "x".to_owned(), runs: runs.clone(), ridge: None };
    let table = errors::small_multiples("errors", &study.data, &[panel]).table;
    let last = table.rows.iter().rfind(|row| row[1] == "train").unwrap();
    let last: f64 = last[3].parse().unwrap();
    assert!((last - runs[0].end().train.loss).abs() < 1e-5 * last);
}

#[test]
fn mistake_5_test_inputs_contain_training_inputs_and_it_is_said() {
    let study = study(|_| ());
    assert!(study.data.x.iter().all(|x| study.data.x_test.contains(x)));
    let (page, figures) = check(&study);
    let said = "on 1030 points without noise, the 30 training inputs among them";
    assert!(text(&page).matches(said).count() >= 3);
    for name in ["errors", "ridge", "comparison"] {
        let figure = figures.iter().find(|figure| figure.name() == name).unwrap();
        let document = figure.svg();
        let parsed = roxmltree::Document::parse(&document).unwrap();
        let words: Vec<&str> = parsed.descendants().filter(roxmltree::Node::is_text).filter_map(|n| n.text()).collect();
        assert!(words.join(" ").contains("training inputs among"), "{name}");
    }
}

#[test]
fn mistake_6_bands_reach_from_25_to_75_percent() {
    let study = study(|settings| {
        settings.seeds = 5;
        settings.widths = vec![3];
        settings.paradigms = vec![Paradigm::All];
    });
    let runs: Vec<&Run> = study.runs.iter().collect();
    let panel = errors::Panel { heading: "x".to_owned(), runs: runs.clone(), ridge: None };
    let svg = errors::small_multiples("errors", &study.data, &[panel]).svg();
    assert!(svg.contains("25–75 %"));
    let document = roxmltree::Document::parse(&svg).unwrap();
    let band = document.descendants().find(|node| node.attribute("fill-opacity") == Some("0.2")).unwrap();
    let outline = vertices(band);
    let lines: Vec<Vec<[f64; 2]>> =
        document.descendants().filter(|n| n.has_tag_name("polyline")).map(vertices).filter(|l| l.len() > 4).collect();
    // At the last step, of five sorted runs the second and the fourth.
    let end = outline.iter().map(|vertex| vertex[0]).fold(0.0, f64::max);
    let mut edges: Vec<f64> = outline.iter().filter(|v| (v[0] - end).abs() < 0.01).map(|v| v[1]).collect();
    edges.sort_by(f64::total_cmp);
    let mut ends: Vec<f64> = lines[..5].iter().map(|line| line[line.len() - 1][1]).collect();
    ends.sort_by(f64::total_cmp);
    assert!((edges[0] - ends[1]).abs() < 0.02 && (edges[edges.len() - 1] - ends[3]).abs() < 0.02, "{edges:?} {ends:?}");
    // The three ways of training of a seed begin from one network, elbows and all.
    let study = self::study(|_| ());
    assert!(study.runs.chunks(3).all(|three| three.iter().all(|run| run.start().network == three[0].start().network)));
}

#[test]
fn mistake_7_the_truth_has_no_outlier_at_one() {
    let data = Data::generate(Function::Piecewise, 30, 0.1, 1);
    let run = one_run(&[kinds(), kinds()], &data);
    let svg = function_view::single("view", &data, &run, 1).svg();
    let to_pixels = pixels(&svg, &data);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let limit = (123_450_f64).sin();
    let at_end = document
        .descendants()
        .filter(|node| node.has_tag_name("polyline"))
        .flat_map(vertices)
        .any(|vertex| near(vertex, to_pixels([1.0, limit])));
    assert!(at_end, "the truth ends at its limit");
    assert_eq!(data.y_test.last(), Some(&0.0), "the test value is the notebook's");
    assert!(text(&html(&study(|_| ()))).contains("gives 0 at x = 1"));
}
