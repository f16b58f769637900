//! `elbow compare`.

use crate::place::{Ended, Place};
use serde_json::Value;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A small comparison, in which some runs diverge and seeds fill lanes and do not.
const SMALL: &str = "compare --compare lr-all=0.02,1e9 --widths 3,6 --seeds 18 --steps 300 --save-every 100";

/// The files of a directory that are made of numbers alone.
fn results(place: &Place, directory: &str) -> [String; 3] {
    ["compare.csv", "compare.json", "compare.html"].map(|name| place.read(&format!("{directory}/{name}")))
}

fn refused(place: &Place, command: &str, wanted: &[&str]) {
    let visible = || place.contents().into_iter().filter(|name| !name.starts_with('.')).collect::<Vec<_>>();
    let before = visible();
    let ended = place.run(command);
    assert_eq!(ended.code, Some(2), "{command}\n{}", ended.stderr);
    for part in wanted {
        assert!(ended.stderr.contains(part), "{command}: {part}\n{}", ended.stderr);
    }
    assert_eq!(visible(), before, "{command}");
}

fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|row| row.split(',').collect()).collect()
}

#[test]
fn the_table_has_a_row_for_each_run_and_step_with_the_numbers_of_training_alone() {
    let place = Place::new();
    let flags = "--widths 3,5 --seeds 2 --steps 300 --save-every 100 --paradigms output,all";
    let printed = place.run(&format!("compare --optimizers sgd,adam {flags}")).well();
    assert!(
        printed.starts_with("optimizer: sgd, adam; piecewise, 200 points; 300 steps of 40 samples, f32\n"),
        "{printed}"
    );
    assert!(printed.ends_with("Page: elbow-out/compare.html\n"), "{printed}");
    let table = place.read("elbow-out/compare.csv");
    let table = rows(&table);
    assert_eq!(
        table[0].join(","),
        "run,optimizer,width,paradigm,seed,step,minibatch_loss,train_loss,test_loss,train_accuracy,test_accuracy,\
         dead_units,elbows_outside"
    );
    let mut next = 1;
    for (item, optimizer) in ["sgd", "adam"].into_iter().enumerate() {
        // The data of the command have less noise.
        place.run(&format!("train --optimizer {optimizer} --noise 0.01 {flags} --out alone --quiet")).well();
        let (history, units) = (place.read("alone/history.csv"), place.read("alone/units.csv"));
        let units = rows(&units);
        for alone in &rows(&history)[1..] {
            let row = &table[next];
            // Run, width, paradigm, seed and step.
            assert_eq!(row[0].parse::<usize>().unwrap(), 8 * item + alone[0].parse::<usize>().unwrap());
            assert_eq!(row[1], optimizer);
            assert_eq!(row[2..6], alone[1..5]);
            assert_eq!(row[6..11], alone[8..13]);
            let own = || units[1..].iter().filter(|unit| unit[0] == alone[0] && unit[4] == alone[4]);
            let dead = own().filter(|unit| ["dead on the data", "outside the domain"].contains(&unit[11])).count();
            let is_outside = |unit: &&Vec<&str>| unit[9].parse().is_ok_and(|elbow: f64| !(0.0..=1.0).contains(&elbow));
            assert_eq!(row[11..], [dead.to_string(), own().filter(is_outside).count().to_string()]);
            next += 1;
        }
    }
    assert_eq!(next, table.len());
}

#[test]
fn all_files_are_listed_and_say_what_was_compared() {
    let place = Place::new();
    place.run(SMALL).well();
    let list: Value = serde_json::from_str(&place.read("elbow-out/compare.json")).unwrap();
    assert_eq!((&list["compared"], &list["same_starts"]), (&"lr-all".into(), &true.into()));
    assert_eq!(list["items"][1]["settings"], serde_json::json!({ "lr-all": "1000000000" }));
    let groups = list["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 4);
    assert_eq!(
        (&groups[1]["diverged"], &groups[1]["test_loss"][1], &groups[1]["lower_than_first"]),
        (&18.into(), &Value::Null, &0.into())
    );
    assert!(groups[0]["test_loss"][1].as_f64().unwrap() > 0.1 && groups[0]["diverged"] == 0);
    let mut listed: Vec<String> = serde_json::from_value(list["files"].clone()).unwrap();
    listed.sort();
    let contents = place.contents();
    let files = contents.iter().filter_map(|name| name.strip_prefix("elbow-out/")).filter(|name| *name != "figures");
    assert_eq!(listed, files.collect::<Vec<_>>());
    // A run that diverged ends with a row that says so.
    let table = place.read("elbow-out/compare.csv");
    let last = rows(&table).pop().unwrap().join(",");
    assert!(last.starts_with("71,1000000000,6,all,17,") && last.ends_with(",inf,inf,inf,,,,"), "{last}");
}

#[test]
fn threads_change_no_byte_and_values_with_commas_stand_in_quotes() {
    let place = Place::new();
    place.run(&format!("{SMALL} --threads 1 --out one")).well();
    place.run(&format!("{SMALL} --threads 3 --out three")).well();
    let [one, three] = ["one", "three"].map(|name| results(&place, name));
    assert_eq!(one[0], three[0]);
    let hash = |text: &str| serde_json::from_str::<Value>(text).unwrap()["items"].clone();
    assert_eq!(hash(&one[1]), hash(&three[1]));
    place.run("compare --compare layers=4,4;5 --seeds 2 --steps 30 --out layers").well();
    let table = place.read("layers/compare.csv");
    assert!(
        table.starts_with("run,layers,width,paradigm,seed,") && table.contains("\n0,\"4,4\",8,all,0,0,,"),
        "{table}"
    );
    place.run("compare --compare widths=3,4 --seeds 2 --steps 30 --out widths").well();
    assert!(place.read("widths/compare.csv").starts_with("run,width,paradigm,seed,step,"));
}

#[test]
fn what_other_commands_wrote_stays() {
    let place = Place::new();
    place.run("--steps 20 --widths 3 --quiet").well();
    place.run(&format!("{SMALL} --quiet")).well();
    let report = place.read("elbow-out/report.html");
    assert!(place.path("elbow-out/figures/compare-medians.svg").exists());
    place.run("compare --layers 3,3 --seeds 2 --steps 20 --quiet").well();
    assert_eq!(place.read("elbow-out/report.html"), report);
    assert!(!place.path("elbow-out/figures/compare-units.svg").exists(), "it belongs to the comparison before");
    place.run("--steps 30 --widths 3 --quiet").well();
    assert!(place.path("elbow-out/compare.html").exists());
    fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/compare.csv", "mine");
    refused(&place, &format!("{SMALL} --out mine"), &["--out mine: holds compare.csv, which elbow did not write"]);
}

#[test]
fn what_cannot_be_compared_is_refused_with_a_way_out() {
    let place = Place::new();
    place.write("s.toml", "optimizer = 'adam'\n");
    for (arguments, wanted) in [
        ("--compare optimizer", "--compare optimizer: there is no =; what is compared is a setting with its values"),
        ("--compare optimiser=a,b", "unknown setting optimiser; did you mean optimizer?"),
        ("--optimizers sgd", "--compare optimizer=sgd: optimizer: there is one value to compare; give from 2 to 20"),
        ("--optimizers sgd,sdg", "optimizer sdg: must be"),
        ("--optimizers sgd,adam --compare lr-all=1,2", "cannot be used with"),
        ("--optimizer adam", "optimizer is what is compared, and is given one value as well"),
        ("--settings s.toml", "optimizer is what is compared, and is given one value as well"),
        ("--compare seed=1,2", "seed cannot be compared: runs of the same seed are pairs"),
        ("--compare lr-all=0.1,0", "--compare lr-all=0.1,0: lr-all 0: must be above 0"),
        (
            "--compare target=piecewise,moons --layers 4",
            "target piecewise is trained on the loss squared-error and moons on logistic",
        ),
        ("--target nothing.csv", "nothing.csv"),
        ("--target -", "target -: must be a file, which can be read again"),
        ("--seeds 1000", "9000 runs are too many for one page: at most 5000"),
        ("--steps 100000000 --save-every 1", "save-every 1"),
    ] {
        refused(&place, &format!("compare {arguments}"), &[wanted]);
    }
    assert_eq!(place.contents(), ["s.toml"]);
}

/// How many finished runs are kept.
fn kept(place: &Place) -> usize {
    let Ok(directory) = fs::read_dir(place.path("elbow-out.partial")) else { return 0 };
    let blocks = directory.filter_map(|entry| {
        let path = entry.ok()?.path();
        path.extension().is_some_and(|extension| extension == "rows").then(|| fs::read_to_string(path).ok())?
    });
    blocks.map(|text| text.matches('\n').count()).sum()
}

#[test]
fn killed_fifty_times_at_random_moments_it_comes_to_the_same_bytes() {
    let reference = Place::new();
    let begin = Instant::now();
    reference.run(&format!("{SMALL} --quiet --out whole")).well();
    let longest = begin.elapsed();
    let whole = results(&reference, "whole");
    let (mut random, mut kills) = (1_u64, 0);
    while kills < 50 {
        let place = Place::new();
        let mut finished = 0;
        loop {
            let mut child = place.command(&format!("{SMALL} --resume --quiet")).stderr(Stdio::null()).spawn().unwrap();
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            std::thread::sleep(longest.mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64));
            let _ = child.kill();
            let well = child.wait().unwrap().success();
            let (lines, is_there) = (kept(&place), place.path("elbow-out").exists());
            if is_there {
                assert_eq!(results(&place, "elbow-out"), whole);
            } else {
                assert!(lines >= finished, "of {finished} finished runs {lines} are left");
            }
            finished = lines;
            if well {
                break;
            }
            kills += 1;
        }
        assert!(!place.path("elbow-out.partial").exists());
    }
}

#[test]
fn what_is_complete_is_not_done_again_and_what_is_begun_is_not_overwritten() {
    let place = Place::new();
    place.run(&format!("{SMALL} --quiet")).well();
    let before = fs::metadata(place.path("elbow-out/compare.csv")).unwrap().modified().unwrap();
    assert_eq!(place.run(&format!("{SMALL} --resume")).well(), "elbow-out holds this comparison already\n");
    assert_eq!(fs::metadata(place.path("elbow-out/compare.csv")).unwrap().modified().unwrap(), before);
    // Another one is another one, also where only the order differs.
    place.run(&format!("{} --resume --quiet", SMALL.replace("0.02,1e9", "1e9,0.02"))).well();
    assert!(place.read("elbow-out/compare.csv").contains("\n0,1000000000,3,"));

    let long = SMALL.replace("--steps 300", "--steps 30000");
    let mut child = place.command(&format!("{long} --quiet")).stderr(Stdio::null()).spawn().unwrap();
    while kept(&place) < 10 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = child.kill();
    child.wait().unwrap();
    refused(&place, &long, &["elbow-out.partial holds ", "finished runs of this plan", "--resume goes on from there"]);
    refused(&place, &format!("{SMALL} --resume"), &["elbow-out.partial holds runs of another plan"]);
    place.write("plan.toml", "[grid]\nlr-all = [0.1, 0.2]");
    refused(&place, "sweep plan.toml --resume", &["elbow-out.partial holds runs of another plan"]);
    place.run(&format!("{long} --resume --quiet")).well();
    place.run(&format!("{long} --quiet --out fresh")).well();
    assert_eq!(results(&place, "elbow-out"), results(&place, "fresh"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_says_how_to_go_on() {
    let place = Place::new();
    let long = SMALL.replace("--steps 300", "--steps 30000");
    let child = place.interruptible(&format!("{long} --quiet")).stderr(Stdio::piped()).spawn().unwrap();
    while kept(&place) < 3 {
        std::thread::sleep(Duration::from_millis(1));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(130));
    let said = "error: stopped by SIGINT: elbow-out is as it was before; what was done is in ";
    assert!(
        ended.stderr.starts_with(said) && ended.stderr.contains("the same command with --resume goes on"),
        "{}",
        ended.stderr
    );
    assert!(!place.path("elbow-out").exists());
}
