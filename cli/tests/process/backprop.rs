//! `elbow backprop` in a process of its own: what it prints, what it writes, what it refuses.

use crate::place::Place;
use serde_json::Value;

fn json(place: &Place, arguments: &str) -> Value {
    serde_json::from_str(&place.run(&format!("backprop --json {arguments}")).well()).unwrap()
}

/// A matrix as a list of rows.
fn matrix(value: &Value) -> Vec<Vec<f64>> {
    serde_json::from_value(value.clone()).unwrap()
}

fn near(found: &Value, expected: &[Vec<f64>]) {
    let found = matrix(found);
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().flatten().zip(expected.iter().flatten()) {
        assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{found:?} is not {expected:?}");
    }
}

#[test]
fn the_chain() {
    let place = Place::new();
    for x in ["2", "-0.75", "0", "1e3"] {
        let chain = json(&place, &format!("--problem chain --at {x}"));
        let x: f64 = x.parse().unwrap();
        assert_eq!(chain["value"].as_f64().unwrap(), x.powi(4) + x * x);
        let derivative = chain["derivative"].as_f64().unwrap();
        assert!((derivative - (4.0 * x.powi(3) + 2.0 * x)).abs() <= 1e-12 * derivative.abs());
        let products = chain["paths"].as_array().unwrap().iter().map(|path| path["product"].as_f64().unwrap());
        assert!((products.sum::<f64>() - derivative).abs() <= 1e-12 * derivative.abs());
    }
    assert_eq!(place.contents(), [""; 0], "a single problem writes nothing");
}

/// Recomputes every derivative from the inputs that are printed.
#[test]
fn two_layers() {
    let place = Place::new();
    for size in 1..=8 {
        let found = json(&place, &format!("--problem two-layer --size {size} --seed {size}"));
        let input = |name: &str| matrix(&found["inputs"][name]);
        let (w1, w2, b, x, y) = (input("W1"), input("W2"), input("b"), input("x"), input("y"));
        let d = size;
        let x1: Vec<f64> = (0..d).map(|i| (0..d).map(|j| w1[i][j] * x[j][0]).sum::<f64>() + b[i][0]).collect();
        let x2: Vec<f64> = x1.iter().map(|z| z.max(0.0)).collect();
        let x4: Vec<f64> = (0..d).map(|i| (0..d).map(|j| w2[i][j] * x2[j]).sum::<f64>() - y[i][0]).collect();
        let by_x2: Vec<f64> = (0..d).map(|j| (0..d).map(|i| x4[i] * w2[i][j]).sum()).collect();
        let by_x1: Vec<f64> = (0..d).map(|j| if x1[j] > 0.0 { by_x2[j] } else { 0.0 }).collect();
        let by_x: Vec<f64> = (0..d).map(|j| (0..d).map(|i| by_x1[i] * w1[i][j]).sum()).collect();
        let value = x4.iter().map(|e| e * e).sum::<f64>() / 2.0;
        assert!((found["value"].as_f64().unwrap() - value).abs() <= 1e-12);
        let outer =
            |a: &[f64], b: &[f64]| -> Vec<Vec<f64>> { a.iter().map(|a| b.iter().map(|b| a * b).collect()).collect() };
        let x: Vec<f64> = x.iter().map(|row| row[0]).collect();
        let expected = [
            ("x4", vec![x4.clone()]),
            ("x3", vec![x4.clone()]),
            ("x2", vec![by_x2]),
            ("x1", vec![by_x1.clone()]),
            ("b", vec![by_x1.clone()]),
            ("x", vec![by_x]),
            ("y", vec![x4.iter().map(|e| -e).collect()]),
            ("W2", outer(&x2, &x4)),
            ("W1", outer(&x, &by_x1)),
        ];
        let derivatives = found["derivatives"].as_object().unwrap();
        assert_eq!(derivatives.len(), expected.len());
        for (name, value) in expected {
            near(&derivatives[name]["value"], &value);
            assert_eq!(derivatives[name]["shape"], serde_json::json!([value.len(), value[0].len()]), "{name}");
            assert!(derivatives[name]["formula"].is_string());
        }
    }
    let found = json(&place, "--problem two-layer");
    assert_eq!(found["derivatives"]["W1"]["formula"], "x·x4ᵀ·W2·∂Φ/∂x1");
}

#[test]
fn a_sum_of_neurons_with_given_inputs() {
    let place = Place::new();
    place.write("in.json", r#"{"W": [[1, -2], [0.5, 0.25], [-1, 0]], "b": [0.5, 0, 0.1], "x": [2, 1], "y": 3}"#);
    // z = (0.5, 1.25, −1.9), so s = 1.75 and e = 1.25.
    let found = json(&place, "--problem neuron-sum --inputs in.json");
    assert_eq!((found["size"].as_u64(), found["count"].as_u64()), (Some(2), Some(3)));
    assert_eq!(found["value"], 1.5625);
    near(&found["derivatives"]["W"]["value"], &[vec![-5.0, -5.0, 0.0], vec![-2.5, -2.5, 0.0]]);
    near(&found["derivatives"]["b"]["value"], &[vec![-2.5, -2.5, 0.0]]);
    near(&found["derivatives"]["x"]["value"], &[vec![-3.75, 4.375]]);
    near(&found["derivatives"]["y"]["value"], &[vec![2.5]]);
}

#[test]
fn a_right_derivative_of_a_large_loss_is_not_accused() {
    let place = Place::new();
    // A price beside a number near 1: the loss is 10¹², and its rounding as large as other losses.
    place.write(
        "prices.json",
        r#"{"W1": [[1, 0.5], [-0.5, 1]], "b": [0.1, 0.2], "W2": [[1, 0], [0, 1]], "x": [1, 2], "y": [1000000, 1]}"#,
    );
    let ended = place.run("backprop --problem check --inputs prices.json");
    assert!(
        ended.stdout.contains("Every derivative agrees.") && !ended.stdout.contains("DEVIATES"),
        "{}",
        ended.stdout
    );
    let check = json(&place, "--problem check --inputs prices.json");
    for comparison in check["comparisons"].as_array().unwrap() {
        assert_eq!(comparison["dual_silent"], serde_json::json!([]));
        assert!(comparison["uncertain"].is_array());
    }
}

#[test]
fn costs_checks_nudges_and_descents() {
    let place = Place::new();
    let cost = json(&place, "--problem cost");
    assert_eq!(cost["counts"][0]["analytic"], 60);
    assert_eq!(cost["counts"].as_array().unwrap().len(), 8);
    assert!((cost["slope_analytic"].as_f64().unwrap() - 2.0).abs() < 0.03);
    assert!((cost["slope_numeric"].as_f64().unwrap() - 4.0).abs() < 0.03);

    let check = json(&place, "--problem check --size 5");
    assert_eq!((&check["passes"], &check["kink"]["straddles_kink"]), (&true.into(), &true.into()));

    let nudge = json(&place, "--problem nudge --node W2[1,2] --delta -0.5");
    assert_eq!((&nudge["node"], &nudge["entry"]), (&"W2".into(), &serde_json::json!([1, 2])));
    let chosen = &nudge["chosen"];
    assert_eq!(chosen["delta"], -0.5);
    let predicted = -0.5 * nudge["derivative"].as_f64().unwrap();
    assert_eq!(chosen["predicted"].as_f64().unwrap(), predicted);

    let descent = json(&place, "--problem descent");
    for descent in descent["descents"].as_array().unwrap() {
        let (rate, states) = (descent["rate"].as_f64().unwrap(), &descent["states"]);
        let (b, next) = (matrix(&states[0]["inputs"]["b"]), matrix(&states[1]["inputs"]["b"]));
        let by_b = matrix(&states[0]["derivatives"]["b"]["value"]);
        for (i, row) in next.iter().enumerate() {
            assert_eq!(row[0], b[i][0] - rate * by_b[0][i]);
        }
    }
}

#[test]
fn in_the_terminal() {
    let place = Place::new();
    insta::assert_snapshot!(place.run("backprop --problem chain --at 2").well());
    insta::assert_snapshot!(place.run("backprop --problem two-layer --size 2").well());
    insta::assert_snapshot!(place.run("backprop --problem nudge").well());
    insta::assert_snapshot!(place.run("backprop --problem descent").well());
}

#[test]
fn the_page_stands_beside_a_report_and_stays() {
    let place = Place::new();
    place.run("--steps 10 --widths 2 --quiet").well();
    let study = place.contents();
    place.write("elbow-out/notes.txt", "mine");
    let printed = place.run("backprop").well();
    assert!(printed.ends_with("\nPage: elbow-out/backprop.html\n"), "{printed}");
    let both = place.contents();
    assert!(study.iter().all(|file| both.contains(file)) && both.contains(&"elbow-out/notes.txt".to_owned()));
    for file in ["backprop.html", "backprop.json", "figures/backprop-two-layer.svg", "figures/backprop-cost.svg"] {
        assert!(both.contains(&format!("elbow-out/{file}")), "{file}");
    }
    let page = place.read("elbow-out/backprop.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("Two layers"));

    // Another page replaces its own files only, and takes away pictures it no longer has.
    place.run("backprop --count 8 --size 8").well();
    assert!(!place.path("elbow-out/figures/backprop-neurons-in-numbers.svg").exists());
    assert!(place.path("elbow-out/notes.txt").exists() && place.path("elbow-out/history.csv").exists());
    assert!(!place.contents().iter().any(|name| name.contains(".elbow-")), "nothing temporary is left");

    // A study that replaces the directory leaves the page.
    std::fs::remove_file(place.path("elbow-out/notes.txt")).unwrap();
    place.run("--steps 10 --widths 3 --quiet").well();
    assert!(place.path("elbow-out/backprop.html").exists());
    assert!(place.path("elbow-out/figures/backprop-two-layer.svg").exists());
}

#[test]
fn a_page_of_the_users_is_not_overwritten() {
    let place = Place::new();
    std::fs::create_dir(place.path("elbow-out")).unwrap();
    place.write("elbow-out/backprop.html", "mine");
    let ended = place.run("backprop");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.starts_with("error: --out elbow-out: holds backprop.html, which elbow did not write\n"));
    assert_eq!(place.contents(), ["elbow-out", "elbow-out/backprop.html"]);
    place.write("file", "");
    assert_eq!(place.run("backprop --out file").code, Some(2));
    place.run("backprop --out new/place").well();
    assert!(place.path("new/place/backprop.html").exists());
}

#[test]
fn what_cannot_be_used() {
    let place = Place::new();
    place.write("rows.json", r#"{"W1": [[1, 2], [3]], "b": [1, 2], "W2": [[1, 0], [0, 1]], "x": [1, 2], "y": [0, 1]}"#);
    place.write("cut.json", "{\"x\": [");
    place.write("name.json", r#"{"X": 1}"#);
    let cases = [
        ("--problem two-layer --size 65", "error: --size 65: must be 1 to 64"),
        ("--size 0", "error: --size 0: must be 1 to 64"),
        ("--size -3", "error: invalid value '-3' for '--size <D>': must be a whole number above 0"),
        ("--count 65", "error: --count 65: must be 1 to 64"),
        ("--at NaN", "error: invalid value 'NaN' for '--at <X>': must be a finite number"),
        ("--problem chain --at 1e200", "error: f is not finite"),
        ("--delta 0", "error: invalid value '0' for '--delta <SIZE>': must be a finite number other than 0"),
        ("--node x5", "error: there is no node x5; did you mean x1?"),
        ("--problem nudge --node b[4]", "error: b is 3×1; it has no entry [4]"),
        ("--problem chian", "error: invalid value 'chian' for '--problem <NAME>'"),
        ("--inputs rows.json", "error: --inputs: it is not said for which problem"),
        ("--problem two-layer --inputs none.json", "error: the inputs none.json cannot be read: No such file"),
        ("--problem chain --inputs cut.json", "error: EOF while parsing a list"),
        ("--problem chain --inputs name.json", "error: name.json: there is no input X; did you mean x?"),
        (
            "--problem two-layer --inputs rows.json",
            "error: rows.json: W1 must be a list of rows of numbers, all of one length, and is a list with rows of 2 and of 1",
        ),
    ];
    let before = place.contents();
    for (arguments, message) in cases {
        let ended = place.run(&format!("backprop {arguments}"));
        assert_eq!((ended.code, &*ended.stdout), (Some(2), ""), "{arguments}");
        assert!(ended.stderr.starts_with(message), "{arguments}: {}", ended.stderr);
        assert_eq!(place.contents(), before, "{arguments}");
    }
}
