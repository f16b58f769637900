//! `elbow verify` in a process of its own.

use crate::place::Place;

const TRACES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../nn/tests/reference/traces");

fn trace(name: &str) -> String {
    std::fs::read_to_string(format!("{TRACES}/{name}.json")).unwrap()
}

#[test]
fn traces_of_pytorch_agree() {
    let place = Place::new();
    let names = ["sgd-output-10-7", "sgd-all-10-7", "momentum-all-10-7", "adam-all-10-7", "sgd-all-20-7-f32"];
    let files: Vec<String> = names.iter().map(|name| format!("{TRACES}/{name}.json")).collect();
    let printed = place.run(&format!("verify {}", files.join(" "))).well();
    assert_eq!(printed.lines().filter(|line| line.ends_with(" ok")).count(), 5 * 4, "{printed}");
    assert!(printed.ends_with("5 of 5 traces agree\n"));
    assert_eq!(place.contents(), [""; 0]);
}

#[test]
fn a_trace_that_deviates_fails() {
    let place = Place::new();
    let mut changed: serde_json::Value = serde_json::from_str(&trace("sgd-all-10-7")).unwrap();
    changed["optimizer"]["lr"] = 0.021.into();
    place.write("a.json", &changed.to_string());
    let ended = place.run("verify a.json");
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.stderr, "error: 1 of 1 traces deviate by more than the tolerance\n");
    assert!(ended.stdout.lines().last().unwrap().contains("DEVIATES in "), "{}", ended.stdout);
    place.run("verify a.json --tolerance 0.5").well();
}

#[test]
fn late_states_in_single_precision_are_shown_but_not_judged() {
    let place = Place::new();
    let mut late: serde_json::Value = serde_json::from_str(&trace("sgd-all-20-7-f32")).unwrap();
    let states = late["states"].as_array_mut().unwrap();
    states.push(serde_json::json!({"step": 1001, "train_mse": 1.0}));
    place.write("a.json", &late.to_string());
    let printed = place.run("verify a.json").well();
    assert!(printed.contains("not judged: later than step 1000\n"), "{printed}");
    assert_eq!(place.run("verify a.json --tolerance 1e-4").code, Some(1));

    late["states"].as_array_mut().unwrap().drain(..4);
    place.write("a.json", &late.to_string());
    let ended = place.run("verify a.json");
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.starts_with("error: a.json: no state is early enough to be judged\n"), "{}", ended.stderr);
}
