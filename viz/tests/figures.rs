//! Whole figures of small inputs, and what must hold for every figure.

use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::data::{Data, Input, TestSet};
use nn::events::{Event, HiddenUnit, What};
use nn::geometry;
use nn::network::Network;
use nn::ridge::RidgePoint;
use nn::settings::{Paradigm, Settings};
use nn::study::{Divergence, Outcome, Run, State, Study};
use nn::table::Request;
use nn::trainer::Errors;
use viz::chart::{NARROW, WIDE};
use viz::figures::instrument::{self, Side};
use viz::figures::{Figure, breaks, comparison, elbows, errors, function_view, ratios, ridge, slopes, stack};
use viz::findings;

mod labels;
use labels::{attribute, check_labels};

/// Eight training points of a function with three knots.
fn data() -> Data {
    let x = vec![0.05, 0.2, 0.3, 0.45, 0.55, 0.7, 0.8, 0.95];
    let y = vec![0.1, 0.35, 0.7, 0.9, 0.95, 0.55, 0.45, 0.0];
    let x_test = vec![0.0, 0.25, 0.5, 0.75, 1.0];
    let y_test = vec![0.0, 0.5, 1.0, 0.5, 0.0];
    Data {
        name: "tent".to_owned(),
        x,
        y,
        x_test,
        y_test,
        inputs: vec![Input::new("x", [0.0, 1.0])],
        classes: Vec::new(),
        truth: Some(vec![[0.0, 0.0], [0.5, 1.0], [1.0, 0.0]]),
        test: TestSet::NoiseFree { includes_training_inputs: false },
        y_name: "y".to_owned(),
        reading: None,
    }
}

fn state(data: &Data, step: u64, network: Network) -> State {
    let train_mse = network.mse(&data.x, &data.y);
    let test_mse = network.mse(&data.x_test, &data.y_test);
    let [train, test] = [train_mse, test_mse].map(|loss| Errors { loss, accuracy: None });
    State { step, minibatch_loss: None, train, test, network, trained: None }
}

/// Four units: one with a positive and one with a negative bend, one that becomes always on, one that dies.
fn network(progress: f64) -> Network {
    let between = |from: f64, to: f64| from + (to - from) * progress;
    Network::bent_line(
        &[1.0, 1.0, -1.0, 1.0],
        &[between(-0.25, -0.01), between(-0.6, -0.5), between(0.8, 1.4), between(-0.9, -0.97)],
        &[between(0.2, 2.0), between(-0.3, -4.0), between(0.1, 0.2), 0.3],
        between(0.3, -0.28),
    )
}

fn run(data: &Data, paradigm: Paradigm, seed: u64) -> Run {
    let path = |step: u64| {
        let progress = 1.0 - (-(step as f64) / 300.0).exp();
        let moved = network(progress);
        match paradigm {
            Paradigm::All => moved,
            _ => Network::bent_line(
                network(0.0).weights(0),
                network(0.0).biases(0),
                moved.weights(1),
                moved.biases(1)[0],
            ),
        }
    };
    let steps: &[u64] = if paradigm == Paradigm::Ridge { &[0, 1] } else { &[0, 1, 100, 200, 400, 800, 1600] };
    let shift = seed as f64 * 0.02;
    let states = steps.iter().map(|&step| {
        let mut state = state(data, step, path(step));
        state.test.loss += shift;
        state.train.loss += shift;
        state
    });
    let point = |k: i32| {
        let lambda = 10_f64.powi(k);
        RidgePoint {
            lambda,
            train_mse: 0.01 + lambda / (1.0 + lambda),
            test_mse: 0.005 + 0.3 * (lambda - 0.01).abs().min(1.0),
        }
    };
    Run {
        index: 0,
        architecture: Architecture::bent_line(4),
        width: 4,
        paradigm,
        seed,
        states: states.collect(),
        events: Vec::new(),
        outcome: Outcome::Finished,
        seconds: 0.05 / (1.0 + seed as f64),
        ridge_path: if paradigm == Paradigm::Ridge { (-4..=2).map(point).collect() } else { Vec::new() },
    }
}

fn diverged(data: &Data) -> Run {
    let mut run = run(data, Paradigm::All, 1);
    run.states.truncate(4);
    run.states[3] = state(data, 200, Network::bent_line(&[1e9, 1e9, -1e9, 0.0], &[-1e12; 4], &[1e9; 4], 1e12));
    run.outcome = Outcome::Diverged(Divergence { step: 210, rate: 3.0, bound: Some(0.9) });
    run
}

/// 1 → 2 → 1 → 1: a tent of height 1.6, and a unit that cuts it off, first above the tent, then in the middle.
fn deep(data: &Data) -> Run {
    let relu = |units| Layer { units, activation: Activation::Relu };
    let output = Layer { units: 1, activation: Activation::Identity };
    let architecture = Architecture::new(1, vec![relu(2), relu(1), output], Loss::SquaredError).unwrap();
    let state = |(step, height): (u64, f64)| {
        let parameters = vec![4.0, 4.0, -0.4, -2.0, 1.0, -2.0, -height, 1.0, 0.0];
        state(data, step, Network::new(architecture.clone(), parameters).unwrap())
    };
    let died = Event { step: 10, what: What::Died(HiddenUnit { layer: 0, unit: 1 }), place: Some(0.4) };
    Run {
        architecture: architecture.clone(),
        width: 3,
        states: [(0, 2.0), (10, 0.8), (20, 0.6), (30, 0.8)].into_iter().map(state).collect(),
        events: vec![died],
        ..run(data, Paradigm::All, 0)
    }
}

#[test]
fn the_breaks_of_every_layer_are_followed_from_where_they_appear() {
    let (data, deep) = (data(), deep(&data()));
    let figure = breaks::over_training("breaks", "a tent", &data, &deep).unwrap();
    assert_eq!(figure.document.title(), "a tent: 2 breaks at the start, 4 at the end");
    let rows: Vec<&[String]> = figure.table.rows.iter().filter(|row| row[1] == "1:0").map(|row| &row[2..]).collect();
    assert_eq!(rows, ["", "0.3 0.7", "0.25 0.75", "0.3 0.7"].map(|breaks| [breaks.to_owned()]));
    let svg = figure.svg();
    // Of each unit a path; that of the second layer has two ways from the second state on.
    let ways = |role: &str| -> Vec<usize> {
        let lines = svg.lines().filter(|line| line.contains("<path") && line.contains(role));
        lines.filter_map(|line| attribute(line, "d").map(|d| d.matches('M').count())).collect()
    };
    assert_eq!([ways("s-series-0"), ways("s-series-1")], [vec![1; 2], vec![2]], "{svg}");
    assert!(svg.contains("a unit died"));
    // A smooth network has none.
    let layers =
        [(1, Activation::Tanh), (1, Activation::Identity)].map(|(units, activation)| Layer { units, activation });
    let smooth = Architecture::new(1, layers.to_vec(), Loss::SquaredError).unwrap();
    let states = vec![state(&data, 0, Network::new(smooth.clone(), vec![1.0; 4]).unwrap())];
    let smooth = Run { architecture: smooth, states, ..run(&data, Paradigm::All, 0) };
    assert!(breaks::over_training("breaks", "a wave", &data, &smooth).is_none());
}

fn panel<'a>(heading: &str, runs: Vec<&'a Run>) -> errors::Panel<'a> {
    errors::Panel { heading: heading.to_owned(), runs, ridge: None }
}

#[test]
fn what_happened_is_ticked_under_errors_and_marked_on_the_ways_of_elbows() {
    let data = data();
    let quiet = run(&data, Paradigm::All, 0);
    let mut run = quiet.clone();
    let event = |step, what, place| Event { step, what, place };
    let unit = |unit| HiddenUnit { layer: 0, unit };
    run.events = vec![
        event(10, What::Crossed(unit(0)), Some(0.5)),
        event(20, What::Merged([unit(1), unit(2)]), Some(0.3)),
        event(20, What::Died(unit(3)), Some(0.9)),
        event(30, What::Merged([unit(1), unit(2)]), Some(0.31)),
        event(40, What::Merged([unit(0), unit(2)]), Some(0.4)),
        event(50, What::Died(unit(0)), Some(77.0)),
        event(60, What::Spike, None),
    ];
    let segments = |run: &Run| {
        let svg = errors::small_multiples("errors", &data, &[panel("width 4", vec![run])]).svg();
        let paths = svg.split(" d=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        paths.map(|path| path.matches('M').count()).sum::<usize>()
    };
    // Of a pair the first time, of a step one tick, and none for a point that was crossed.
    let spiked = Run { events: run.events[6..].to_vec(), ..quiet.clone() };
    assert_eq!(segments(&run), segments(&spiked) + 3);
    let rings = |run: &Run| elbows::side_by_side("elbows", &data, &[run]).svg().matches("r=\"3.5\"").count();
    // One more is in the key. The unit that died outside the domain has no place in the picture.
    assert_eq!((rings(&quiet), rings(&run)), (0, 3));
    let words = elbows::side_by_side("elbows", &data, &[&run]).svg();
    assert!(words.contains("a unit died") && words.contains("two merged"));
    assert!(!elbows::side_by_side("elbows", &data, &[&quiet]).svg().contains("two merged"));
    // Several networks are not ticked.
    let several = errors::small_multiples("errors", &data, &[panel("width 4", vec![&run, &quiet])]).svg();
    assert!(!several.contains("Ticks at the bottom"));
}

/// Systems from a fifth of the reference's time to hundreds of times as much.
fn systems() -> Vec<ratios::Group> {
    let row = |name: &str, ratio: f64, time: &str| ratios::Row {
        name: name.to_owned(),
        ratio,
        quartiles: [ratio * 0.8, ratio * 1.15],
        time: time.to_owned(),
    };
    let group = |heading: &str, reference: &str, rows| ratios::Group {
        heading: heading.to_owned(),
        reference: reference.to_owned(),
        rows,
    };
    vec![
        group(
            "A study",
            "Elbow takes 0.5 µs",
            vec![row("C by hand", 0.2, "0.1 µs"), row("JAX", 3.1, "1.6 µs"), row("PyTorch", 440.0, "220 µs")],
        ),
        group("Networks at once", "Elbow takes 0.1 µs", vec![row("C by hand, width 1000", 0.97, "0.097 µs")]),
    ]
}

fn side<'a>(data: &'a Data, run: &'a Run) -> Side<'a> {
    let name = viz::figures::paradigm_words(run.paradigm);
    Side { name, data, run, shown: run.states.len() - 1, last: 1600 }
}

/// Every figure there is, with several seeds and a diverged run where these matter.
fn all(data: &Data) -> Vec<Figure> {
    let (output, layers) = (run(data, Paradigm::Output, 0), run(data, Paradigm::All, 0));
    let (solved, wild) = (run(data, Paradigm::Ridge, 0), diverged(data));
    let seeds: Vec<Run> = (0..5).map(|seed| run(data, Paradigm::All, seed)).collect();
    let deep = deep(data);
    vec![
        breaks::over_training("breaks", "a tent", data, &deep).expect("no smooth layer"),
        instrument::figure("instrument-deep", &[side(data, &deep)]),
        function_view::single("single", data, &layers, 4),
        function_view::small_multiples("function", data, &layers),
        function_view::small_multiples("function-ridge", data, &solved),
        function_view::small_multiples("function-diverged", data, &wild),
        instrument::figure("instrument", &[side(data, &layers)]),
        instrument::figure("instrument-beside", &[side(data, &layers), side(data, &output)]),
        errors::small_multiples(
            "errors",
            data,
            &[panel("width 4, output layer only", vec![&output]), panel("width 4, all layers", vec![&layers])],
        ),
        errors::small_multiples("errors-seeds", data, &[panel("width 4, all layers", seeds.iter().collect())]),
        errors::small_multiples("errors-diverged", data, &[panel("width 4, all layers", vec![&wild])]),
        elbows::side_by_side("elbows", data, &[&output, &layers]),
        elbows::side_by_side("elbows-diverged", data, &[&output, &wild]),
        slopes::side_by_side("slopes", data, &[&output, &layers]),
        stack::two_steps("stack", data, &layers, 6),
        stack::two_steps("stack-diverged", data, &wild, 3),
        ridge::errors_by_lambda("ridge", data, &[&solved], 0.01),
        comparison::error_and_cost("comparison", data, &[&output, &layers, &solved, &wild]),
        comparison::error_and_cost("comparison-seeds", data, &seeds.iter().collect::<Vec<_>>()),
        ratios::beside("ratios", "Elbow", "A dot is the median of 7 rounds.", &systems()),
    ]
}

#[test]
fn whole_figures() {
    for figure in all(&data()) {
        insta::assert_snapshot!(figure.name(), figure.svg());
    }
}

#[test]
fn tables() {
    let data = data();
    let tables: Vec<String> =
        all(&data).iter().map(|figure| format!("{}\n{}", figure.name(), figure.table.csv())).collect();
    for figure in all(&data) {
        let (headers, rows) = figure.table();
        assert!(!rows.is_empty(), "{}", figure.name());
        assert!(rows.iter().all(|row| row.len() == headers.len()), "{}", figure.name());
    }
    insta::assert_snapshot!(tables.join("\n"));
}

#[test]
fn the_same_data_give_the_same_bytes() {
    assert_eq!(all(&data()), all(&data()));
}

#[test]
fn every_figure_speaks() {
    for figure in all(&data()) {
        let svg = figure.svg();
        assert!(svg.contains("role=\"img\"") && svg.ends_with("</svg>\n"), "{}", figure.name());
        assert!(figure.document.title().len() > 10, "{}", figure.name());
        assert!(figure.document.description().chars().any(|c| c.is_ascii_digit()), "{}", figure.document.description());
        let names =
            ["points", "cx", "cy", "r", "x", "y", "x1", "x2", "y1", "y2", "height", "stroke-width", "font-size"];
        for line in svg.lines() {
            for value in names.iter().filter_map(|name| attribute(line, name)) {
                for number in value.split([' ', ',']) {
                    let parsed: f64 = number.parse().unwrap_or(f64::NAN);
                    assert!(parsed.is_finite() && number != "-0" && parsed.abs() < 1e5, "{}: {line}", figure.name());
                }
            }
        }
    }
}

#[test]
fn labels_have_room() {
    all(&data()).iter().for_each(check_labels);
}

#[test]
fn labels_have_room_on_the_notebooks_data() {
    let settings = Settings { widths: vec![3, 10, 40], steps: 3000, save_every: 100, seeds: 2, ..Settings::default() };
    let study =
        Study::run(&settings, Data::from_settings(&settings).expect("built-in data"), &|_| {}).expect("threads");
    let data = &study.data;
    let runs: Vec<&Run> = study.runs.iter().collect();
    let mut panels = Vec::new();
    for &run in &runs {
        check_labels(&function_view::single("single", data, run, run.states.len() - 1));
        check_labels(&function_view::small_multiples("function", data, run));
        check_labels(&stack::two_steps("stack", data, run, run.states.len() - 1));
        if run.paradigm != Paradigm::Ridge {
            check_labels(&instrument::figure("instrument", &[side(data, run)]));
            panels.push(panel("width and paradigm", vec![run]));
        }
    }
    check_labels(&errors::small_multiples("errors", data, &panels));
    let of = |width: usize, paradigm: Paradigm| {
        *runs.iter().find(|run| run.width == width && run.paradigm == paradigm).expect("a run")
    };
    for width in [3, 10, 40] {
        let pair = [of(width, Paradigm::Output), of(width, Paradigm::All)];
        check_labels(&elbows::side_by_side("elbows", data, &pair));
        check_labels(&slopes::side_by_side("slopes", data, &pair));
    }
    let solved = [3, 10, 40].map(|width| of(width, Paradigm::Ridge));
    check_labels(&ridge::errors_by_lambda("ridge", data, &solved, settings.ridge));
    check_labels(&comparison::error_and_cost("comparison", data, &runs));
}

#[test]
fn names_from_users_are_escaped_everywhere() {
    let mut data = data();
    data.inputs[0].name = "<script>alert(1)</script>".to_owned();
    data.y_name = "\"y\" & <b>".to_owned();
    data.name = "</svg>".to_owned();
    for figure in all(&data) {
        let svg = figure.svg();
        assert!(
            !svg.contains("<script") && !svg.contains("<b>") && svg.matches("</svg>").count() == 1,
            "{}",
            figure.name()
        );
        assert_eq!(svg.matches('<').count(), svg.matches('>').count(), "{}", figure.name());
    }
}

#[test]
fn the_prediction_is_drawn_through_its_exact_vertices() {
    let data = data();
    let run = run(&data, Paradigm::All, 0);
    let figure = function_view::single("single", &data, &run, 6);
    let svg = figure.svg();
    // The first is that of the key.
    let line =
        svg.lines().rfind(|line| line.contains("<polyline") && line.contains("s-prediction")).expect("a prediction");
    let drawn: Vec<f64> = attribute(line, "points")
        .expect("points")
        .split(' ')
        .map(|p| p.split(',').next().expect("x").parse().expect("a number"))
        .collect();
    let vertices = geometry::polyline(&run.states[6].network, data.domain());
    assert_eq!(drawn.len(), vertices.len());
    // The x scale is linear between the first and the last vertex.
    for (x, [value, _]) in drawn.iter().zip(&vertices) {
        let expected = drawn[0] + (drawn[drawn.len() - 1] - drawn[0]) * value;
        assert!((x - expected).abs() < 0.011, "{x} is not {expected}");
    }
}

#[test]
fn the_stack_ends_at_the_prediction() {
    let data = data();
    let run = run(&data, Paradigm::All, 0);
    let figure = stack::two_steps("stack", &data, &run, 6);
    let svg = figure.svg();
    let corners = |line: &str| -> Vec<String> {
        attribute(line, "points").expect("points").split(' ').map(str::to_owned).collect()
    };
    let lines = svg.lines().filter(|line| line.contains("<polyline") && line.contains("s-prediction"));
    let prediction = lines.map(corners).max_by_key(Vec::len).expect("a prediction");
    // Arrows have three corners.
    let mut bands = svg.lines().filter(|line| line.contains("<polygon")).map(corners).filter(|band| band.len() > 3);
    let last_band = bands.next_back().expect("a band");
    // The lower edge of the last band comes second in its outline, from right to left.
    let mut edge: Vec<String> = last_band[last_band.len() - prediction.len()..].to_vec();
    if edge.first() != prediction.first() {
        edge.reverse();
    }
    assert_eq!(edge, prediction);
}

#[test]
fn a_run_that_diverged_does_not_flatten_the_others() {
    let data = data();
    let (output, wild) = (run(&data, Paradigm::Output, 0), diverged(&data));
    let svg = slopes::side_by_side("slopes", &data, &[&output, &wild]).svg();
    let numbers = svg.lines().filter(|line| line.contains("font-size=\"12\""));
    assert!(numbers.clone().count() > 8 && numbers.clone().all(|line| !line.contains("×10")), "{svg}");
}

#[test]
fn titles_state_the_point() {
    let data = data();
    let titles: Vec<String> = all(&data).iter().map(|figure| figure.document.title().to_owned()).collect();
    insta::assert_snapshot!(titles.join("\n"));
}

#[test]
fn a_cross_stands_where_a_unit_died_for_good() {
    let data = data();
    let unit = HiddenUnit { layer: 0, unit: 3 };
    let happened = |step: u64, what: What| Event { step, what, place: Some(0.97) };
    let drawn = |events: Vec<Event>| {
        let run = Run { events, ..run(&data, Paradigm::All, 0) };
        elbows::side_by_side("elbows", &data, &[&run]).svg()
    };
    let (first, back, last) =
        (happened(100, What::Died(unit)), happened(200, What::Revived(unit)), happened(400, What::Died(unit)));
    assert_eq!(drawn(vec![first, back, last]), drawn(vec![last]));
    assert_eq!(drawn(vec![first, back]), drawn(Vec::new()));
    assert!(drawn(vec![last]).contains("a unit died") && !drawn(vec![first, back]).contains("a unit died"));
}

#[test]
fn elbows_are_joined_to_tracks_only_where_nothing_stands_between() {
    let data = data();
    let [one, other] = [Paradigm::All, Paradigm::Output].map(|paradigm| run(&data, paradigm, 0));
    let joined = |sides: &[Side], width: f64| {
        let (_, parts) = instrument::draw("lab", sides, width);
        parts.iter().any(|part| part.id == "lab-threads" && part.svg.contains("<line"))
    };
    let (one, other) = (side(&data, &one), side(&data, &other));
    assert!(joined(&[one], NARROW) && joined(&[one], WIDE) && joined(&[one, other], WIDE));
    assert!(!joined(&[one, other], NARROW));
}

#[test]
fn the_descent_of_bends_is_what_a_small_step_makes_of_them() {
    let (data, eta) = (data(), 1e-4);
    let network = network(0.3);
    let [w1, b1, w2] = [network.weights(0), network.biases(0), network.weights(1)].map(<[f64]>::to_vec);
    let mse = |w1: &[f64], w2: &[f64]| Network::bent_line(w1, &b1, w2, network.biases(1)[0]).mse(&data.x, &data.y);
    // By central differences.
    let moved = |values: &[f64], unit: usize, by: f64| {
        let mut values = values.to_vec();
        values[unit] += by;
        values
    };
    let slope = |of: &dyn Fn(f64) -> f64| (of(1e-6) - of(-1e-6)) / 2e-6;
    for (paradigm, rate) in [(Paradigm::All, 1.0), (Paradigm::Output, 0.0)] {
        let found = findings::descent_of_bends(&data, paradigm, &state(&data, 0, network.clone()));
        let bends = network.units().zip(found).enumerate();
        for (unit, (before, found)) in bends {
            let by_w1 = slope(&|by| mse(&moved(&w1, unit, by), &w2));
            let by_w2 = slope(&|by| mse(&w1, &moved(&w2, unit, by)));
            let [w1, w2] = [before.w1 - rate * eta * by_w1, before.w2 - eta * by_w2];
            let expected = (w2 * w1.abs() - before.slope_change()) / eta;
            assert!(
                (found - expected).abs() < 1e-3 * expected.abs().max(1e-3),
                "{paradigm}, {unit}: {found}, {expected}"
            );
        }
    }
}

#[test]
fn elbows_lie_on_the_prediction_however_far_from_0_inputs_are() {
    // Microseconds since 1970, over less than a millisecond.
    let row = |i: i64| format!("{},{}\n", 1_700_000_000_000_000 + 10 * i, (i - 40).abs());
    let rows: String = (0..80).map(row).collect();
    let data = Data::from_table("far.csv", format!("t,y\n{rows}").as_bytes(), &Request::default()).unwrap();
    let settings = Settings {
        widths: vec![9],
        paradigms: vec![Paradigm::All],
        seeds: 1,
        lr_all: 0.1,
        steps: 2000,
        save_every: 500,
        ..Settings::default()
    };
    let study = Study::run(&settings, data, &|_| ()).unwrap();
    let svg = function_view::single("single", &study.data, &study.runs[0], 4).svg();
    let number = |text: &str| text.parse::<f64>().unwrap();
    // The other one is in the key.
    let line = svg.lines().rfind(|line| line.contains("s-prediction") && line.contains("<polyline")).unwrap();
    let vertices: Vec<[f64; 2]> = attribute(line, "points")
        .unwrap()
        .split(' ')
        .map(|point| {
            let (x, y) = point.split_once(',').unwrap();
            [number(x), number(y)]
        })
        .collect();
    let dots: Vec<[f64; 2]> = svg
        .lines()
        .filter(|line| line.contains("<circle") && line.contains("r=\"2.7\""))
        .map(|line| ["cx", "cy"].map(|name| number(attribute(line, name).unwrap())))
        .collect();
    assert!(dots.len() >= 3 && vertices.len() >= 2 + dots.len() / 2, "{dots:?} {vertices:?}");
    for [x, y] in dots {
        let near = vertices.iter().map(|v| (v[0] - x).hypot(v[1] - y)).fold(f64::INFINITY, f64::min);
        assert!(near < 0.1, "an elbow at {x}, {y}, and the prediction bends at {vertices:?}");
    }
}
