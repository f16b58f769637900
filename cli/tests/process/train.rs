//! `elbow train` in a process of its own: what it prints and what it writes.

use crate::place::Place;
use serde_json::Value;

/// The table with the two columns of times made equal.
fn without_times(text: &str) -> String {
    let mut columns = Vec::new();
    let mut shown = String::new();
    for line in text.lines() {
        let mut cells: Vec<String> = line.split('|').map(str::to_owned).collect();
        if cells.len() > 2 {
            if columns.is_empty() {
                columns = (0..cells.len()).filter(|&i| ["µs per step", "ms"].contains(&cells[i].trim())).collect();
            } else {
                for &column in &columns {
                    let cell = cells[column].trim();
                    cells[column] = if cell.starts_with('-') { cell[..1].to_owned() } else { "time".to_owned() };
                }
            }
            for &column in &columns {
                cells[column] = format!(" {} ", cells[column].trim());
            }
        }
        shown += cells.join("|").trim_end();
        shown.push('\n');
    }
    shown
}

#[test]
fn the_table() {
    let place = Place::new();
    let printed = place.run("--steps 2000 --widths 3,10 --save-every 500").well();
    insta::assert_snapshot!(without_times(&printed));
}

#[test]
fn the_table_of_many_seeds_with_runs_that_diverge() {
    let place = Place::new();
    let printed = place.run("train --steps 300 --widths 5,10 --lr-output 0.9 --seeds 6").well();
    insta::assert_snapshot!(without_times(&printed));
}

#[test]
fn a_run_that_diverges_is_marked_and_the_others_go_on() {
    let place = Place::new();
    let printed = place.run("--steps 100 --widths 10 --lr-all 100").well();
    insta::assert_snapshot!(without_times(&printed));
    let history = place.read("elbow-out/history.csv");
    let rows: Vec<&str> = history.lines().collect();
    let marks: Vec<&&str> = rows.iter().filter(|row| row.contains("inf")).collect();
    assert_eq!(marks.len(), 1);
    assert!(marks[0].starts_with("1,10,all,0,") && marks[0].ends_with(",inf,inf,inf,inf,inf,inf,,"), "{}", marks[0]);
    let step: u64 = marks[0].split(',').nth(4).unwrap().parse().unwrap();
    assert!(printed.contains(&format!("diverged at step {step}; the learning rate is 100, and 2/λmax")), "{printed}");

    let summary: Value = serde_json::from_str(&place.read("elbow-out/summary.json")).unwrap();
    assert_eq!(summary["runs"][1]["outcome"], "diverged");
    assert_eq!(summary["runs"][1]["diverged"]["step"], step);
    assert!(summary["runs"][1]["diverged"]["largest_stable_rate"].as_f64().unwrap() < 100.0);
    assert!(summary["runs"][1]["train_mse"].is_null());
    assert_eq!(summary["runs"][2]["outcome"], "finished");
}

#[test]
fn the_files() {
    let place = Place::new();
    place.run("--steps 2000 --widths 2,3 --paradigms output,ridge --seed 7 --out deep/er/results").well();
    let history = place.read("deep/er/results/history.csv");
    let mut rows = history.lines();
    let header = "run,width,paradigm,seed,step,minibatch_mse,train_mse,test_mse,minibatch_loss,train_loss,test_loss,\
                  train_accuracy,test_accuracy";
    assert_eq!(rows.next(), Some(header));
    let keys: Vec<String> = rows.clone().map(|row| row.split(',').take(5).collect::<Vec<_>>().join(",")).collect();
    let saved = [0, 1, 2, 3, 5, 7, 10, 20, 30, 50, 70, 100, 200, 300, 500, 700, 1000, 2000];
    let expected = |run: usize, width: usize, paradigm: &str, steps: &[u64]| -> Vec<String> {
        steps.iter().map(|step| format!("{run},{width},{paradigm},7,{step}")).collect()
    };
    let all = [
        expected(0, 2, "output", &saved),
        expected(1, 2, "ridge", &[0, 1]),
        expected(2, 3, "output", &saved),
        expected(3, 3, "ridge", &[0, 1]),
    ];
    assert_eq!(keys, all.concat());
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        assert_eq!(cells.len(), 13);
        let has_minibatch = cells[4] != "0" && cells[2] == "output";
        assert_eq!(cells[5].parse::<f64>().is_ok(), has_minibatch, "{row}");
        assert!(cells[6..8].iter().all(|cell| cell.parse::<f64>().is_ok_and(f64::is_finite)), "{row}");
        assert_eq!(
            (&cells[5..8], &cells[11..]),
            (&cells[8..11], &["", ""][..]),
            "squared error, and no classes: {row}"
        );
    }

    let units = place.read("deep/er/results/units.csv");
    let mut rows = units.lines();
    assert_eq!(rows.next(), Some("run,width,paradigm,seed,step,unit,w1,b1,w2,elbow,slope_change,state"));
    assert_eq!(rows.clone().count(), (18 + 2) * 2 + (18 + 2) * 3);
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        let number = |i: usize| cells[i].parse::<f64>().unwrap();
        assert_eq!(number(9), -number(7) / number(6), "{row}");
        assert_eq!(number(10), number(8) * number(6).abs(), "{row}");
        assert!(["live", "always-on", "dead on the data", "outside the domain"].contains(&cells[11]), "{row}");
    }

    // Where only the output layer is trained, nothing happens to units.
    let events = place.read("deep/er/results/events.csv");
    assert_eq!(events.lines().next(), Some("run,step,kind,layer,unit,with_layer,with,place"));
    assert!(events.lines().skip(1).all(|row| row.ends_with(",spike,,,,,")), "{events}");

    let summary: Value = serde_json::from_str(&place.read("deep/er/results/summary.json")).unwrap();
    assert_eq!(summary["elbow"], env!("CARGO_PKG_VERSION"));
    assert_eq!(summary["settings"]["widths"], serde_json::json!([2, 3]));
    assert_eq!(summary["settings"].as_object().unwrap().len(), nn::settings::SETTINGS.len());
    let runs = summary["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4);
    assert!(runs.iter().all(|run| run["hash"].as_str().unwrap().len() == 16 && run["seconds"].is_f64()));
    assert!(runs[0]["microseconds_per_step"].is_f64() && runs[1]["microseconds_per_step"].is_null());
    let last: Vec<&str> = history.lines().nth(18).unwrap().split(',').collect();
    assert_eq!(runs[0]["test_mse"].as_f64(), last[7].parse().ok());
    let mut listed: Vec<String> = serde_json::from_value(summary["files"].clone()).unwrap();
    listed.sort();
    let prefix = "deep/er/results/";
    let contents = place.contents();
    let files = contents.iter().filter_map(|name| name.strip_prefix(prefix)).filter(|name| *name != "figures");
    assert_eq!(listed, files.collect::<Vec<_>>());
}

#[test]
fn events_are_told_with_their_steps_units_and_places() {
    let place = Place::new();
    place.run("--steps 6000 --widths 12 --paradigms all --lr-all 0.1 --save-every 40 --watch-every 40").well();
    let (events, units) = (place.read("elbow-out/events.csv"), place.read("elbow-out/units.csv"));
    let units: Vec<Vec<&str>> = units.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let number = |text: &str| text.parse::<f64>().unwrap();
    // With a look at each saved state, what was seen is found again in the table of these.
    let unit_at = |step: u64, unit: &str| {
        let row = units.iter().find(|row| row[4] == step.to_string() && row[5] == unit).unwrap();
        [6, 7, 9].map(|column| number(row[column]))
    };
    let elbow = |step: u64, unit: &str| unit_at(step, unit)[2];
    let looks = std::iter::successors(Some(0), |&step| Some(nn::events::next_look(step, 40)));
    let looks: Vec<u64> = looks.take_while(|&step| step <= 6000).collect();
    let before = |step: u64| looks[looks.binary_search(&step).expect("a look") - 1];
    let domain = nn::data::Data::from_settings(&nn::settings::Settings::default()).unwrap().domain();
    let mut kinds = std::collections::BTreeMap::new();
    for row in events.lines().skip(1) {
        let [run, step, kind, layer, unit, with_layer, with, at] = row.split(',').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        let step: u64 = step.parse().unwrap();
        *kinds.entry(kind).or_insert(0) += 1;
        assert_eq!((run, layer), ("0", if kind == "spike" { "" } else { "0" }), "{row}");
        assert_eq!(with_layer, if kind == "merged" { "0" } else { "" }, "{row}");
        assert!(looks.contains(&step), "{row}");
        match kind {
            "crossed" => {
                let is_active = |step: u64| unit_at(step, unit)[0] * number(at) + unit_at(step, unit)[1] > 0.0;
                let [was, is] = [before(step), step].map(is_active);
                assert_ne!(was, is, "{row}");
            }
            "merged" => {
                let pair = [unit, with].map(|unit| elbow(step, unit));
                assert_eq!(f64::midpoint(pair[0], pair[1]), number(at), "{row}");
                assert!((pair[0] - pair[1]).abs() <= 0.01 * (domain[1] - domain[0]), "{row}");
            }
            "left" => {
                let [was, is] = [before(step), step].map(|step| elbow(step, unit));
                assert!(domain[0] <= was && was <= domain[1], "{row}");
                assert_eq!(number(at), if is < domain[0] { domain[0] } else { domain[1] }, "{row}");
            }
            "came-back" => assert_eq!(number(at), elbow(step, unit), "{row}"),
            _ => {}
        }
    }
    assert!(kinds["crossed"] > 100 && kinds["merged"] > 3, "{kinds:?}");
    // Events of an earlier run do not stay.
    place.run("--steps 10 --widths 2 --watch-every 0").well();
    assert!(!place.path("elbow-out/events.csv").exists());
}

#[test]
fn events_of_deep_networks_and_of_two_inputs_have_layers_and_are_counted() {
    let place = Place::new();
    place.run("--steps 3000 --layers 8,6 --optimizer adam --lr-all 0.02 --seed 1 --watch-every 100 --out deep").well();
    place.run("--target spiral --layers 8,8 --l1 0.05 --lr-all 0.3 --steps 1000 --watch-every 50 --out plane").well();
    let rows = |name: &str| -> Vec<Vec<String>> {
        let text = place.read(name);
        text.lines().skip(1).map(|row| row.split(',').map(str::to_owned).collect()).collect()
    };
    let counts = |name: &str, kind: &str| {
        let summary: Value = serde_json::from_str(&place.read(name)).unwrap();
        summary["runs"][0]["events"][kind].as_u64().unwrap_or(0) as usize
    };
    let deep = rows("deep/events.csv");
    for kind in ["crossed", "gained", "lost", "merged"] {
        let of_kind = deep.iter().filter(|row| row[2] == kind);
        assert_eq!(of_kind.clone().count(), counts("deep/summary.json", kind), "{kind}");
        assert!(of_kind.clone().count() > 0 && of_kind.clone().all(|row| row[7].parse::<f64>().is_ok()), "{kind}");
        assert!(of_kind.clone().any(|row| row[3] == "1"), "{kind}");
    }
    assert!(deep.iter().any(|row| row[2] == "merged" && row[3] != row[5]), "between layers");
    let svg = place.read("deep/figures/breaks-layers-8-6-all.svg");
    assert!(svg.contains("breaks of layer 1") && place.read("deep/report.html").contains("breaks of layer 1"));
    let plane = rows("plane/events.csv");
    assert!(plane.iter().any(|row| row[2] == "died" && row[3] == "1"), "{plane:?}");
    assert!(plane.iter().all(|row| ["died", "revived", "spike"].contains(&row[2].as_str()) && row[7].is_empty()));
    assert_eq!(plane.iter().filter(|row| row[2] == "died").count(), counts("plane/summary.json", "died"));
}

#[test]
fn results_do_not_depend_on_threads_nor_on_how_settings_are_given() {
    let place = Place::new();
    place.write("s.toml", "steps = 700\nwidths = [4, 12]\nlr-all = 5\nthreads = 2\n");
    place.run("--settings s.toml --lr-all 0.05 --out a").well();
    place.run("train --steps 700 --widths 4,12 --lr-all 0.05 --threads 1 --out b").well();
    place.run("--steps 700 --widths 4,12 --lr-all 0.06 --threads 1 --out c").well();
    assert_eq!(place.read("a/units.csv"), place.read("b/units.csv"));
    assert_eq!(place.read("a/history.csv"), place.read("b/history.csv"));
    assert_eq!(place.read("a/events.csv"), place.read("b/events.csv"));
    let hash = |name: &str| serde_json::from_str::<Value>(&place.read(name)).unwrap()["hash"].clone();
    assert_eq!(hash("a/summary.json"), hash("b/summary.json"));
    assert_ne!(hash("a/summary.json"), hash("c/summary.json"));
}

#[test]
fn points_of_a_file() {
    let place = Place::new();
    let rows: Vec<String> = (0..50).map(|i| format!("{},{}", 1950 + i, 300 + i * i)).collect();
    place.write("co2.csv", &format!("year,ppm\n{}\n", rows.join("\n")));
    let printed = place.run("--target co2.csv --steps 500 --widths 5").well();
    assert!(printed.starts_with("co2.csv, 40 points; SGD, 500 steps of 40 samples, f32\n"), "{printed}");
    assert!(printed.contains("Test error is on 10 rows held out, a fifth"), "{printed}");
    assert!(place.read("elbow-out/units.csv").lines().nth(1).unwrap().split(',').nth(9).unwrap().starts_with("19"));
}

#[test]
fn quiet_is_silent() {
    let place = Place::new();
    assert_eq!(place.run("--steps 10 --quiet").well(), "");
    assert!(place.path("elbow-out/history.csv").exists());
}

#[test]
fn ridge_without_a_solution_is_said_so() {
    let place = Place::new();
    let printed = place.run("--paradigms ridge --ridge 0 --widths 1024").well();
    let summary: Value = serde_json::from_str(&place.read("elbow-out/summary.json")).unwrap();
    assert_eq!(summary["runs"][0]["outcome"], "unsolved");
    assert!(printed.contains("a larger --ridge makes them regular"), "{printed}");
}

/// What counts is all memory that may be written: what is allocated and the stacks of threads, whether used or not.
#[cfg(target_os = "linux")]
#[test]
fn the_default_job_needs_less_than_60_megabytes() {
    let place = Place::new();
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -d 60000 && exec \"$0\" --quiet --threads 2", env!("CARGO_BIN_EXE_elbow")]);
    let output = limited.current_dir(place.path("")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(place.contents().contains(&"elbow-out/report.html".to_owned()));
}
