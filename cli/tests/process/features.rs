//! `elbow features`.

use crate::place::Place;
use serde_json::Value;

#[test]
fn the_files() {
    let place = Place::new();
    let printed =
        place.run("features --widths 3,4 --paradigms output,all --steps 300 --save-every 100 --out deep/er").well();
    assert!(printed.contains("| 4     | all      | all parameters |      13 |"), "{printed}");
    assert!(printed.ends_with("Page: deep/er/features.html\n"), "{printed}");

    let table = place.read("deep/er/features.csv");
    let mut rows = table.lines().map(|row| row.split(',').collect::<Vec<_>>());
    assert_eq!(rows.next().unwrap(), ["run", "width", "paradigm", "seed", "step", "x", "parameter", "unit", "feature"]);
    // Two paradigms, two moments, 200 inputs, 10 and 13 parameters.
    assert_eq!(rows.clone().count(), 2 * 2 * 200 * (10 + 13));
    for row in rows {
        let feature: f64 = row[8].parse().unwrap();
        assert!(feature.is_finite() && ["W1", "b1", "W2", "b2"].contains(&row[6]), "{row:?}");
        assert!(row[6] != "b2" || (row[7].is_empty() && feature == 1.0), "{row:?}");
        assert!(row[6] != "W2" || feature >= 0.0, "{row:?}");
    }

    let numbers: Value = serde_json::from_str(&place.read("deep/er/features.json")).unwrap();
    let run = &numbers["runs"][3];
    assert_eq!((&run["width"], &run["paradigm"], &run["trained"]), (&4.into(), &"all".into(), &"all".into()));
    let states = run["states"].as_array().unwrap();
    let steps: Vec<u64> = states.iter().map(|state| state["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [0, 1, 2, 3, 5, 7, 10, 20, 30, 50, 70, 100, 200, 300]);
    assert_eq!(states[4]["all"]["singular_values"].as_array().unwrap().len(), 13);
    assert!(states[0]["all"]["rank"].as_u64().unwrap() <= 9);
    // With the output layer alone trained, its features stay.
    let [first, last] = [0, 4].map(|i| numbers["runs"][0]["states"][i]["output"].clone());
    assert_eq!(first, last);

    let mut listed: Vec<String> = serde_json::from_value(numbers["files"].clone()).unwrap();
    listed.sort();
    let contents = place.contents();
    let files = contents.iter().filter_map(|name| name.strip_prefix("deep/er/")).filter(|name| *name != "figures");
    assert_eq!(listed, files.collect::<Vec<_>>());
    let page = place.read("deep/er/features.html");
    assert!(page.contains("Width 4, all layers") && !page.contains("src=\"http"));
}

#[test]
fn json_in_place_of_the_table() {
    let place = Place::new();
    let printed = place.run("features --steps 20 --widths 2 --json").well();
    let numbers: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(numbers["settings"]["widths"], serde_json::json!([2]));
    let mut written: Value = serde_json::from_str(&place.read("elbow-out/features.json")).unwrap();
    for list in ["files", "fingerprints"] {
        written.as_object_mut().unwrap().remove(list).unwrap();
    }
    assert_eq!(written, numbers);
    assert_eq!(place.run("features --steps 20 --widths 2 --quiet").well(), "");
}

#[test]
fn a_report_that_is_there_stays_and_so_do_the_features() {
    let place = Place::new();
    place.run("--steps 20 --widths 3").well();
    let report = place.read("elbow-out/report.html");
    place.run("features --steps 20 --widths 5").well();
    assert_eq!(place.read("elbow-out/report.html"), report);
    assert!(place.path("elbow-out/figures/features-width-5-all.svg").exists());
    // Only what this command wrote is replaced.
    place.run("features --steps 20 --widths 6").well();
    assert!(!place.path("elbow-out/figures/features-width-5-all.svg").exists());
    assert!(place.path("elbow-out/figures/elbows-width-3.svg").exists());
    let page = place.read("elbow-out/features.html");
    place.run("--steps 30 --widths 3").well();
    assert_eq!(place.read("elbow-out/features.html"), page);
    assert_ne!(place.read("elbow-out/report.html"), report);
}

#[test]
fn what_others_wrote_is_not_replaced() {
    let place = Place::new();
    std::fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/features.csv", "x\n");
    place.write("mine/notes.txt", "interesting");
    let ended = place.run("features --steps 20 --out mine");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("holds features.csv"), "{}", ended.stderr);
    assert_eq!(place.contents(), ["mine", "mine/features.csv", "mine/notes.txt"]);
}

#[test]
fn equal_settings_give_equal_files() {
    let place = Place::new();
    place.write("s.toml", "steps = 200\nthreads = 2\n");
    place.run("features --settings s.toml --out a").well();
    place.run("features --steps 200 --threads 1 --out b").well();
    assert_eq!(place.read("a/features.csv"), place.read("b/features.csv"));
    let values = |name: &str| serde_json::from_str::<Value>(&place.read(name)).unwrap()["runs"].clone();
    assert_eq!(values("a/features.json"), values("b/features.json"));
    // The settings file does not mention the width, so that of the command holds.
    assert_eq!(values("a/features.json")[0]["width"], 20);
}

#[test]
fn bad_input() {
    let place = Place::new();
    place.write("file", "");
    for (arguments, what) in [
        ("features --widths 0", "width 0: must be from 1 to 1024"),
        ("features --seeds 61", "61 networks are too many for one page of features: at most 60"),
        ("features --widths 1024 --seeds 5", "features.csv would have 6146000 rows"),
        ("features --out file", "is a file"),
        ("features --target nothing.csv", "nothing.csv"),
    ] {
        let ended = place.run(arguments);
        assert_eq!(ended.code, Some(2), "{arguments}");
        assert!(ended.stderr.contains(what), "{}", ended.stderr);
    }
    assert_eq!(place.contents(), ["file"]);
}

#[test]
fn a_run_that_diverges_has_features_up_to_there() {
    let place = Place::new();
    let printed = place.run("features --lr-all 100 --steps 100 --widths 5").well();
    assert!(printed.contains("diverged at step"), "{printed}");
    assert!(place.read("elbow-out/features.html").contains("The run diverged at step"));
}
