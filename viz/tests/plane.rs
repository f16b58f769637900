//! Pages of two inputs: what is found in their runs, against evaluation on dense grids, and how their figures look.

mod asked;
mod brute;
mod labels;

use asked::asked;
use labels::{attribute, check_labels};
use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::data::Data;
use nn::network::Network;
use nn::study::Study;
use viz::findings::plane::{Fold, Gathering, Readout, Sight};

fn circle() -> Study {
    asked(&[("target", "circle"), ("layers", "3,2"), ("samples", "30"), ("steps", "400"), ("save-every", "100")])
}

/// Whether each unit of a layer is on, at the middles of a grid of so many cells a side.
fn grid(data: &Data, network: &Network, layer: usize, cells: usize) -> Vec<Vec<bool>> {
    let place = |i: usize, [low, high]: [f64; 2]| low + (high - low) * (i as f64 + 0.5) / cells as f64;
    let places =
        (0..cells * cells).map(|i| [place(i % cells, data.inputs[0].domain), place(i / cells, data.inputs[1].domain)]);
    places.map(|x| network.evaluate(&x).before(layer).iter().map(|&z| z > 0.0).collect()).collect()
}

#[test]
fn what_a_fold_has_passed_over_is_where_its_unit_is_on_at_one_end_alone() {
    const CELLS: usize = 300;
    for (target, layers, paradigm) in [("spiral", "6,5", "all"), ("bumps", "4,3,3", "all"), ("moons", "4", "output")] {
        let study = asked(&[("target", target), ("layers", layers), ("steps", "2000"), ("paradigms", paradigm)]);
        let (data, run) = (&study.data, &study.runs[0]);
        let folds = Fold::all(data, run).unwrap();
        assert_eq!(folds.len(), run.width);
        let mut moved = 0;
        for fold in folds {
            let [start, end] = [run.start(), run.end()].map(|state| grid(data, &state.network, fold.layer, CELLS));
            let both = || start.iter().zip(&end).map(|(a, b)| [a[fold.unit], b[fold.unit]]);
            let part = |count: usize| count as f64 / (CELLS * CELLS) as f64;
            let counted = [
                part(both().filter(|on| on[0]).count()),
                part(both().filter(|on| on[1]).count()),
                part(both().filter(|on| on[0] != on[1]).count()),
            ];
            for (exact, counted) in [fold.on[0], fold.on[1], fold.passed].into_iter().zip(counted) {
                assert!((exact - counted).abs() < 0.004, "{target} {}:{}: {exact}, {counted}", fold.layer, fold.unit);
            }
            moved += usize::from(fold.has_moved());
        }
        // Nothing moves where only the output layer is trained.
        assert_eq!(moved > 0, paradigm == "all", "{target}: {moved}");
    }
}

/// Two inputs and three classes in a table.
fn three_classes() -> Study {
    trees(|x| x.to_string())
}

/// The same, with the first input written in another way.
fn trees(written: impl Fn(f64) -> String) -> Study {
    let row = |i: u32| {
        let (class, turn) = (i % 3, f64::from(i) * 0.7);
        let [x, y] = [turn.sin() + f64::from(class), turn.cos() * f64::from(1 + class)];
        format!("{},{y},{}\n", written(x), ["ash", "birch", "cedar"][class as usize])
    };
    let text = format!("a,b,tree\n{}", (0..150).map(row).collect::<String>());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trees.csv");
    std::fs::write(&file, text).unwrap();
    asked(&[("target", file.to_str().unwrap()), ("x", "a,b"), ("y", "tree"), ("layers", "6,5"), ("steps", "600")])
}

#[test]
fn planes_far_from_0_are_drawn_as_those_near_0() {
    // Microseconds, since 1970 and from 0 on.
    let [near, far] =
        [0, 1_700_000_000_000_000].map(|zero| trees(|x| (zero + (1000.0 * x).round() as i64).to_string()));
    let [folds, far_folds] = [&near, &far].map(|study| Fold::all(&study.data, &study.runs[0]).unwrap());
    for (a, b) in folds.iter().zip(&far_folds) {
        for (a, b) in [(a.on[0], b.on[0]), (a.on[1], b.on[1]), (a.passed, b.passed)] {
            assert!((a - b).abs() < 0.005, "{folds:?} {far_folds:?}");
        }
    }
    let polygons =
        |study: &Study| Gathering::of(&study.data, &study.runs[0].end().network).map(|found| found.polygons).unwrap();
    assert!(polygons(&near) > 20 && polygons(&near).abs_diff(polygons(&far)) <= 2);
    let figures = viz::report::figures(&far);
    figures.iter().for_each(check_labels);
    let folds = figures.iter().find(|figure| figure.name().starts_with("folds")).unwrap();
    let ends = far.data.inputs[0].domain.map(|end| viz::text::thousands(end as u64));
    assert!(folds.svg().replace('\u{a0}', " ").contains(&ends[0].replace('\u{a0}', " ")), "{ends:?}");
}

#[test]
fn colours_far_from_0_are_those_near_0() {
    let lengths = |zero: i64| {
        let row = |i: i64| format!("{},{},{}\n", zero + 100 * (13 * i % 97), i % 11, (i % 7) + i % 11);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.csv");
        std::fs::write(&file, format!("t,v,y\n{}", (0..150).map(row).collect::<String>())).unwrap();
        let file = file.to_str().unwrap();
        let study = asked(&[("target", file), ("x", "t,v"), ("y", "y"), ("layers", "4"), ("steps", "300")]);
        // How far it is from one full colour to the other, in pixels.
        let length = |line: &str| {
            let [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map(|name| attribute(line, name)?.parse::<f64>().ok());
            Some((x2? - x1?).hypot(y2? - y1?))
        };
        let svg: Vec<String> = viz::report::figures(&study).iter().map(viz::figures::Figure::svg).collect();
        let shades = svg.iter().flat_map(|svg| svg.lines()).filter(|line| line.contains("<linearGradient"));
        let mut lengths: Vec<f64> = shades.filter_map(length).collect();
        lengths.sort_by(f64::total_cmp);
        lengths
    };
    let [near, far] = [0, 1_700_000_000_000_000].map(lengths);
    // Small polygons come and go with rounding.
    assert!(near.len() > 20 && near.len().abs_diff(far.len()) < 5, "{} and {}", near.len(), far.len());
    for part in [4, 2] {
        let [near, far] = [&near, &far].map(|lengths| lengths[lengths.len() / part]);
        assert!((near - far).abs() < 0.03 * near, "{near} and {far} pixels");
    }
}

fn assert_near(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() <= 1e-6 * (1e-3 + a.abs()), "{what}: {a}, {b}");
}

#[test]
fn what_is_found_in_runs_of_two_inputs_is_what_plain_means_find() {
    let studies = [
        ("spiral", asked(&[("target", "spiral"), ("layers", "8,6"), ("steps", "3000")])),
        ("xor", asked(&[("target", "xor"), ("layers", "7"), ("steps", "500"), ("samples", "63")])),
        ("bumps", asked(&[("target", "bumps"), ("layers", "5,5,5"), ("steps", "1000")])),
        ("trees", three_classes()),
    ];
    let mut crossings = 0;
    for (name, study) in studies {
        let (data, run) = (&study.data, &study.runs[0]);
        for state in [run.start(), run.end()] {
            let found = Gathering::of(data, &state.network).unwrap();
            let (count, [crossed, area], [at_points, at_places]) = brute::gathering(data, &state.network);
            assert_eq!(found.polygons, count, "{name}");
            assert_eq!(found.crossed.is_some(), !data.classes.is_empty(), "{name}");
            if let Some((found, part)) = found.crossed {
                assert_eq!(found as f64, crossed, "{name}");
                assert_near(part, area, name);
                crossings += found;
            }
            assert_near(found.at_points, at_points, name);
            assert_near(found.at_places, at_places, name);
        }
        let network = &run.end().network;
        for sight in Sight::all(data, network) {
            let (tells, units) = brute::telling(data, network, sight.layer);
            assert_near(sight.tells, tells, name);
            assert!(
                units.contains(&(sight.unit, [vec![sight.on], sight.of_class].concat())),
                "{name}: layer {}",
                sight.layer
            );
        }
        let readouts = Readout::all(data, network, Some((data, network)));
        assert_eq!(readouts.len(), run.architecture.hidden().len() + 1);
        for readout in &readouts {
            assert_near(readout.test, brute::readout(data, network, readout.layers), name);
        }
        assert_eq!(readouts[0].polygons, Some(1));
        assert_eq!(readouts.last().unwrap().polygons, Some(Gathering::of(data, network).unwrap().polygons));
    }
    assert!(crossings > 30, "{crossings}");
}

/// How many straight lines of a picture are in a role: those of the key, and those of weights.
fn lines(svg: &str, role: &str) -> usize {
    let of_role = svg.lines().filter(|line| line.contains("<path") && line.contains(&format!("s-{role}")));
    of_role.map(|line| line.matches('M').count()).sum()
}

#[test]
fn a_network_is_drawn_with_the_weights_that_can_change_something() {
    let mut study = circle();
    let domain = study.data.inputs[0].domain;
    assert_eq!(domain, [-1.2, 1.2]);
    // Unit 0 is at most 2.4, unit 1 is 0.12 at most, unit 2 is off everywhere.
    let relu = |units| Layer { units, activation: Activation::Relu };
    let layers = vec![relu(3), Layer { units: 1, activation: Activation::Identity }];
    let architecture = Architecture::new(2, layers, Loss::Logistic).unwrap();
    let parameters = vec![1.0, 0.0, 0.0, 0.0, -0.5, 0.01, 1.2, -0.48, -9.0, 1.0, -5.0, 100.0, 0.0];
    let network = Network::new(architecture.clone(), parameters).unwrap();
    study.runs[0].architecture = architecture;
    study.runs[0].states.iter_mut().for_each(|state| state.network = network.clone());
    let figure = viz::figures::network::diagram("network", "n", &study.data, &study.runs[0]);
    check_labels(&figure);
    let ranges: Vec<&[String]> = figure.table.rows.iter().map(|row| &row[2..4]).collect();
    assert_eq!(ranges, [["0", "2.4"], ["0", "0.12"], ["0", "0"], ["-0.6", "2.4"]]);
    for document in [&figure.document, figure.narrow.as_ref().unwrap()] {
        let svg = document.to_string();
        // One in the key; x1 to unit 0, unit 0 to the output.
        assert_eq!(lines(&svg, "positive"), 1 + 2, "{svg}");
        // One in the key; x2 to unit 1 with half of what x1 can change, unit 1 to the output with a quarter.
        assert_eq!(lines(&svg, "negative"), 1 + 2, "{svg}");
    }
    let dashed = figure.svg().lines().filter(|line| line.contains("s-negative")).all(|line| line.contains("dasharray"));
    assert!(dashed, "signs are told apart without colour");
}

/// Ten classes of points in a table, a cloud each.
#[test]
fn points_of_many_classes_are_told_apart_without_colour() {
    let row = |i: usize| format!("{},{},k{}\n", i % 10 + i % 3, i % 7 + i / 10, i % 10);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clouds.csv");
    std::fs::write(&file, format!("a,b,kind\n{}", (0..60).map(row).collect::<String>())).unwrap();
    let study =
        asked(&[("target", file.to_str().unwrap()), ("x", "a,b"), ("y", "kind"), ("layers", "4"), ("steps", "20")]);
    let figures = viz::report::figures(&study);
    let plane = figures.iter().find(|figure| figure.name().starts_with("plane")).unwrap();
    let svg = plane.svg();
    // Names begin alike, so classes are numbered: each number stands in the key and at points.
    for digit in 0..10 {
        assert!(svg.matches(&format!(">{digit}</text>")).count() > 1, "{digit}");
    }
}

#[test]
fn figures_of_two_inputs() {
    let study = circle();
    for figure in viz::report::figures(&study) {
        check_labels(&figure);
        insta::assert_snapshot!(figure.name(), figure.svg());
    }
}

#[test]
fn labels_of_many_units_do_not_overlap() {
    for settings in [
        [("target", "spiral"), ("layers", "40,7,1"), ("steps", "100")],
        [("target", "moons"), ("layers", "5"), ("steps", "100")],
        [("target", "plane"), ("layers", "2,2,2,2,2"), ("steps", "100")],
    ] {
        viz::report::figures(&asked(&settings)).iter().for_each(check_labels);
    }
}
