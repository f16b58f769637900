//! `elbow lab`, `--run` and `--open`.

use crate::place::Place;
use nn::data::Data;
use nn::run_file::RunFile;
use nn::settings::{Paradigm, Settings};
use nn::study::Study;
use serde_json::Value;
use std::fs;
use std::time::{Duration, Instant};

/// A run on points that no settings make, whose rate changes.
fn run() -> (RunFile, u64) {
    let settings = Settings {
        widths: vec![4],
        paradigms: vec![Paradigm::All],
        steps: 300,
        batch: 4,
        rates: vec!["50:0.1".parse().unwrap(), "120:0.001".parse().unwrap()],
        ..Settings::default()
    };
    let table = "x,y\n0,1\n1,3\n2,2\n3,5\n4,4\n5,6\n6,0\n";
    let data = Data::from_table("your points", table.as_bytes(), &settings.table()).unwrap();
    let hash = Study::run(&settings, data.clone(), &|_| ()).unwrap().runs[0].hash();
    (RunFile::new(settings, Some(data), Some(hash)), hash)
}

#[test]
fn a_laboratory_is_written_beside_what_others_wrote() {
    let place = Place::new();
    place.run("--widths 3 --steps 20 --quiet").well();
    let report = place.read("elbow-out/report.html");
    assert_eq!(place.run("lab --steps 500 --widths 7").well(), "Page: elbow-out/lab.html\n");
    assert_eq!(place.read("elbow-out/report.html"), report);
    let page = place.read("elbow-out/lab.html");
    assert!(page.contains("id=\"lab-module\"") && page.contains("<svg"));
    // The runs of its picture are those of a study.
    place.run("train --steps 500 --widths 7 --paradigms output,all --out study --quiet").well();
    let hashes = |name: &str| -> Vec<Value> {
        let json: Value = serde_json::from_str(&place.read(name)).unwrap();
        json["runs"].as_array().unwrap().iter().map(|run| run["hash"].clone()).collect()
    };
    assert_eq!(hashes("elbow-out/lab.json"), hashes("study/summary.json"));
    for (arguments, wanted) in [
        ("lab --widths 3,4", "a laboratory begins with one network"),
        ("lab --seeds 2", "a laboratory begins with one network"),
        ("lab --paradigms ridge", "ridge regression does not train"),
    ] {
        let ended = place.run(arguments);
        assert!(ended.code == Some(2) && ended.stderr.contains(wanted), "{arguments}: {}", ended.stderr);
    }
    // What begins with numbers that are not finite has no picture, and says so.
    place.run("lab --noise 1e300 --out far").well();
    assert!(place.read("far/lab.html").contains("There is no network to look at."));
}

#[test]
fn a_run_is_repeated_to_the_same_bits() {
    let (run, hash) = run();
    let place = Place::new();
    place.write("run.json", &run.to_json());
    let printed = place.run("--run run.json").well();
    assert!(printed.ends_with(&format!("The same bits as run.json: {hash:016x}\n")), "{printed}");
    let summary: Value = serde_json::from_str(&place.read("elbow-out/summary.json")).unwrap();
    assert_eq!(summary["runs"][0]["hash"], Value::from(format!("{hash:016x}")));
    assert!(place.read("elbow-out/report.html").contains("your points"));
    // What its flags change is another run, of which nothing is promised.
    let printed = place.run("train --run run.json --steps 200").well();
    assert!(!printed.contains("The same bits"), "{printed}");
    place.run("lab --run run.json").well();
    place.run("features --run run.json --quiet").well();

    let other = place.read("run.json").replace(&format!("{hash:016x}"), &format!("{:016x}", hash ^ 1));
    place.write("other.json", &other);
    let ended = place.run("--run other.json --out other");
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains(&format!("the run came to the hash {hash:016x}, and that of other.json is ")));
    assert!(place.path("other/report.html").exists());
}

#[test]
fn a_run_that_cannot_be_repeated_is_refused_before_anything_is_touched() {
    let (run, _) = run();
    let place = Place::new();
    place.write("run.json", &run.to_json());
    place.write("cut.json", &run.to_json()[..100]);
    place.write("none.json", "[]");
    place.write("new.json", &run.to_json().replace("elbow-run-1", "elbow-run-2"));
    place.write("points.json", &run.to_json().replacen("2.0", "2e300", 1).replace("\"y\": [", "\"y\": [7, "));
    place.write("s.toml", "steps = 3");
    let before = place.contents();
    for (arguments, wanted) in [
        ("--run missing.json", "the run missing.json cannot be read"),
        ("--run cut.json", "cut.json:"),
        ("--run none.json", "--run takes a file that the page of a report saved"),
        ("--run new.json", "new.json: the format is elbow-run-2, and this reads elbow-run-1"),
        ("--run points.json", "points.json: its points cannot be used: "),
        ("--run run.json --noise 0.2", "--noise: the points of run.json are in it"),
        ("--run run.json --target sine", "--target: the points of run.json are in it"),
        ("--run run.json --settings s.toml", "cannot be used with"),
        ("--run run.json --steps 100", "rates 120:0.001: must be from a step below 100"),
        ("--rates 10:x", "--rates 10:x: rates 10:x: must be steps in ascending order"),
    ] {
        let ended = place.run(arguments);
        assert!(ended.code == Some(2) && ended.stderr.contains(wanted), "{arguments}: {}", ended.stderr);
        assert_eq!(place.contents(), before, "{arguments}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_page_is_opened_in_the_browser() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    fs::create_dir(place.path("bin")).unwrap();
    place.write("bin/xdg-open", "#!/bin/sh\necho \"$1\" >>\"$(dirname \"$0\")/opened\"\n");
    fs::set_permissions(place.path("bin/xdg-open"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").unwrap());
    place.write("plan.toml", "steps = 20\nwidths = [3]\nparadigms = [\"all\"]\n[grid]\nlr-all = [0.1, 0.2]\n");
    place.run("sweep plan.toml --out swept --quiet").well();
    let small = "--widths 3 --steps 20 --quiet";
    let commands = [
        (format!("train {small} --out a --open"), "a/report.html"),
        (format!("lab {small} --out b --open"), "b/lab.html"),
        (format!("features {small} --out c --open"), "c/features.html"),
        (format!("compare {small} --seeds 2 --out d --open"), "d/compare.html"),
        ("backprop --out e --open".to_owned(), "e/backprop.html"),
        ("sweep --report swept --quiet --open".to_owned(), "swept/sweep.html"),
    ];
    for (arguments, page) in commands {
        let _ = fs::remove_file(place.path("bin/opened"));
        let status = place.command(&arguments).env("PATH", &path).stdout(std::process::Stdio::null()).status().unwrap();
        assert!(status.success(), "{arguments}");
        // The program does not wait for the browser.
        let begin = Instant::now();
        let is_opened = || fs::read_to_string(place.path("bin/opened")).is_ok_and(|text| text.ends_with('\n'));
        while !is_opened() {
            assert!(begin.elapsed() < Duration::from_mins(1), "{arguments} opens nothing");
            std::thread::sleep(Duration::from_millis(5));
        }
        let opened = fs::canonicalize(place.read("bin/opened").trim_end()).unwrap();
        assert_eq!(opened, fs::canonicalize(place.path(page)).unwrap(), "{arguments}");
    }
    // Where there is no browser the page is written all the same.
    let output = place.command(&format!("lab {small} --out f --open")).env("PATH", "").output().unwrap();
    assert!(output.status.success() && place.path("f/lab.html").exists());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("f/lab.html could not be opened in a browser"), "{said}");
}
