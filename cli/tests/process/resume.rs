//! What is left of `elbow train`, and of single long runs of other commands, when they are interrupted.

use crate::place::{Ended, Place};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// All that does not depend on the clock: the tables, and the hashes.
fn results(place: &Place, directory: &str) -> Vec<String> {
    let tables = ["history.csv", "units.csv", "events.csv"].map(|name| place.read(&format!("{directory}/{name}")));
    let summary: Value = serde_json::from_str(&place.read(&format!("{directory}/summary.json"))).unwrap();
    let hashes = summary["runs"].as_array().unwrap().iter().map(|run| run["hash"].to_string());
    tables.into_iter().chain(hashes).chain([summary["hash"].to_string(), summary["plan"].to_string()]).collect()
}

/// Everything below a directory, with its contents.
fn contents(directory: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let mut found: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read(path).ok()))
        .collect();
    found.sort();
    found
}

/// The checkpoints that are there.
fn checkpoints(place: &Place) -> Vec<Vec<u8>> {
    let Ok(directory) = fs::read_dir(place.path("elbow-out.partial")) else { return Vec::new() };
    let paths = directory.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "checkpoint")).collect();
    paths.sort();
    paths.into_iter().filter_map(|path| fs::read(path).ok()).collect()
}

/// Runs a command until it has written another checkpoint than those that are there, and kills it; returns false if it was
/// done before.
fn killed(place: &Place, command: &str) -> bool {
    let before = checkpoints(place);
    let mut child = place.command(command).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() {
        let now = checkpoints(place);
        if !now.is_empty() && now != before {
            let _ = child.kill();
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    !child.wait().unwrap().success()
}

/// A study of so many steps, of jobs that are long and of one that is short.
fn long(steps: u64) -> String {
    format!(
        "train --widths 3 --paradigms output,all,ridge --optimizer adam --steps {steps} --watch-every 1000000 --quiet"
    )
}

/// A place in which a study was killed when a checkpoint of it had been written, with its number of steps; a quicker machine
/// has more to do.
fn place() -> (Place, u64) {
    let place = Place::new();
    place.run("--widths 4 --steps 50 --quiet").well();
    let mut steps = 20_000_000;
    while !killed(&place, &long(steps)) {
        steps *= 4;
    }
    (place, steps)
}

#[test]
fn a_long_study_goes_on_from_its_checkpoints_and_nothing_else_is_touched() {
    let (place, steps) = place();
    let (out, partial) = (place.path("elbow-out"), place.path("elbow-out.partial"));
    let (before, kept) = (contents(&out), contents(&partial));
    let refused = |command: &str, wanted: &[&str]| {
        let ended = place.run(command);
        assert_eq!(ended.code, Some(2), "{command}: {}", ended.stderr);
        assert!(wanted.iter().all(|wanted| ended.stderr.contains(wanted)), "{command}: {}", ended.stderr);
        assert!(contents(&out) == before && contents(&partial) == kept, "{command}");
    };
    refused(&long(steps), &["elbow-out.partial holds ", " of these runs", "--resume goes on from there"]);
    let others = "elbow-out.partial holds runs of another plan or other settings";
    refused(&format!("{} --resume", long(steps + 1)), &[others]);
    refused(&format!("{} --resume --seed 3", long(steps)), &[others]);
    refused("compare --resume", &[others]);

    // It is killed again, and then interrupted.
    let resumed = format!("{} --resume --threads 1", long(steps));
    let is_killed = killed(&place, &resumed);
    assert!(contents(&out) == before || !is_killed);
    if is_killed {
        let ended = place.run(&resumed);
        ended.well();
    }
    place.run(&format!("{} --out whole", long(steps))).well();
    assert!(results(&place, "elbow-out") == results(&place, "whole"));
    assert!(!partial.exists());
    let said = place.run(&format!("{} --resume", long(steps).replace(" --quiet", ""))).well();
    assert_eq!(said, "elbow-out holds this study already\n");
}

#[cfg(unix)]
#[test]
fn an_interrupt_of_a_long_study_says_how_to_go_on() {
    let place = Place::new();
    let child = place.interruptible(&long(4_000_000_000)).stderr(Stdio::piped()).spawn().unwrap();
    while checkpoints(&place).is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(130));
    let said = "error: stopped by SIGINT: elbow-out is as it was before; what was done is in ";
    let way_out = "elbow-out.partial, and the same command with --resume goes on from there\n";
    assert!(ended.stderr.starts_with(said) && ended.stderr.ends_with(way_out), "{}", ended.stderr);
    assert!(!place.path("elbow-out").exists());
}

#[test]
fn a_long_run_of_a_sweep_and_of_a_comparison_goes_on_from_its_checkpoint() {
    for (command, table) in [
        ("sweep plan.toml --threads 1 --quiet", "runs.csv"),
        ("compare --compare lr-all=0.01,0.02 --widths 3 --seeds 1 --threads 1 --quiet", "compare.csv"),
    ] {
        let (place, mut steps) = (Place::new(), 15_000_000_u64);
        let command = loop {
            place.write("plan.toml", &format!("steps = {steps}\nwidths = [3]\n[grid]\nlr-all = [0.01, 0.02]"));
            let of_plan = command.starts_with("sweep");
            let command =
                if of_plan { command.to_owned() } else { format!("{command} --steps {steps} --save-every 100000") };
            if killed(&place, &command) {
                break command;
            }
            fs::remove_dir_all(place.path("elbow-out")).unwrap();
            steps *= 4;
        };
        assert!(!place.path("elbow-out").exists());
        place.run(&format!("{command} --resume")).well();
        place.run(&format!("{command} --out whole")).well();
        assert_eq!(place.read(&format!("elbow-out/{table}")), place.read(&format!("whole/{table}")));
        assert!(!place.path("elbow-out.partial").exists());
    }
}

#[test]
fn killed_at_random_moments_a_study_comes_to_the_same_bytes() {
    const SMALL: &str = "train --widths 3,5 --seeds 9 --steps 2000 --quiet";
    let reference = Place::new();
    let begin = Instant::now();
    reference.run(&format!("{SMALL} --out whole")).well();
    let longest = begin.elapsed();
    let whole = results(&reference, "whole");
    let (mut random, mut kills) = (1_u64, 0);
    while kills < 20 {
        let place = Place::new();
        place.run("--widths 4 --steps 50 --quiet").well();
        let before = contents(&place.path("elbow-out"));
        loop {
            let mut child = place.command(&format!("{SMALL} --resume")).stderr(Stdio::null()).spawn().unwrap();
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            std::thread::sleep(longest.mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64));
            let _ = child.kill();
            if child.wait().unwrap().success() {
                break;
            }
            let now = contents(&place.path("elbow-out"));
            assert!(now == before || results(&place, "elbow-out") == whole, "half of something is there");
            kills += 1;
        }
        assert_eq!(results(&place, "elbow-out"), whole);
        assert!(!place.path("elbow-out.partial").exists());
    }
}
