//! `elbow sweep` and `elbow merge`.

use crate::place::{Ended, Place};
use serde_json::Value;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

const PLAN: &str = "
    steps = 300
    seeds = 10
    [grid]
    optimizer = ['sgd', 'adam']
    lr-all = [0.01, 1e9]
    layers = [[4, 4], [5]]
    [random]
    momentum = { linear = [0.1, 0.9], count = 2, seed = 1 }
";

/// A place with a plan, and in `whole` its results.
fn place() -> Place {
    let place = Place::new();
    place.write("plan.toml", PLAN);
    place.run("sweep plan.toml --out whole --quiet").well();
    place
}

/// The table and the list of a directory.
fn results(place: &Place, directory: &str) -> [String; 2] {
    ["runs.csv", "sweep.json"].map(|name| place.read(&format!("{directory}/{name}")))
}

/// Asserts that a command is refused before it does anything.
fn refused(place: &Place, command: &str, wanted: &[&str]) {
    // A process that was killed leaves its lock.
    let visible = || place.contents().into_iter().filter(|name| !name.starts_with('.')).collect::<Vec<_>>();
    let before = visible();
    let ended = place.run(command);
    assert_eq!(ended.code, Some(2), "{command}\n{}", ended.stderr);
    for part in wanted {
        assert!(ended.stderr.contains(part), "{command}: {part}\n{}", ended.stderr);
    }
    assert_eq!(visible(), before, "{command}");
}

#[test]
fn the_table_has_a_row_for_each_run_with_the_hash_and_the_errors_of_the_same_training() {
    let place = place();
    let [table, list] = results(&place, "whole");
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 1 + 160);
    assert_eq!(
        rows[0],
        "run,optimizer,lr-all,layers,momentum,seed,outcome,diverged_at,train_loss,test_loss,train_accuracy,\
         test_accuracy,hash"
    );
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!((&list["runs"], &list["finished"], &list["shard"]), (&160.into(), &96.into(), &"1/1".into()));
    let mut diverged = 0;
    for row in [1, 27, 55, 90, 160] {
        let cells: Vec<&str> =
            rows[row].split('"').flat_map(|part| part.split(',').filter(|cell| !cell.is_empty())).collect();
        let is_deep = rows[row].contains('"');
        let layers = if is_deep { "4,4" } else { "5" };
        let rest = &cells[if is_deep { 5 } else { 4 }..];
        let flags = format!(
            "--optimizer {} --lr-all {} --layers {layers} --momentum {} --seed {}",
            cells[1], cells[2], rest[0], rest[1]
        );
        place.run(&format!("train --steps 300 {flags} --quiet --out alone")).well();
        let alone: Value = serde_json::from_str(&place.read("alone/summary.json")).unwrap();
        let run = &alone["runs"][0];
        assert_eq!(run["outcome"], rest[2], "{row}");
        assert_eq!(&run["hash"], rest[rest.len() - 1], "{row}");
        if rest[2] == "finished" {
            let errors = [3, 4].map(|cell| rest[cell].parse::<f64>().unwrap());
            assert_eq!(errors.map(Some), ["train_loss", "test_loss"].map(|name| run[name].as_f64()), "{row}");
        } else {
            assert_eq!(run["diverged"]["step"].to_string(), rest[3], "{row}");
            diverged += 1;
        }
    }
    assert_eq!(diverged, 2);
}

#[test]
fn runs_of_classes_have_accuracies_and_other_networks_no_width() {
    let place = Place::new();
    place.write("plan.toml", "steps = 50\n[[list]]\ntarget = 'moons'\n[[list]]\nwidths = 3\nnoise = 0");
    let printed = place.run("sweep plan.toml").well();
    assert_eq!(printed, "2 runs: 2 finished\nTable: elbow-out/runs.csv\n");
    let table = place.read("elbow-out/runs.csv");
    let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split(',').collect()).collect();
    assert_eq!(rows[0][..6], ["run", "target", "width", "noise", "seed", "outcome"]);
    assert_eq!(rows[1][..6], ["0", "moons", "", "0.1", "0", "finished"]);
    assert_eq!(rows[2][..6], ["1", "piecewise", "3", "0", "0", "finished"]);
    assert!(rows[1][10].parse::<f64>().is_ok_and(|accuracy| (0.0..=1.0).contains(&accuracy)));
    assert_eq!(rows[2][9..11], ["", ""]);
}

#[test]
fn threads_shards_and_their_order_change_no_byte() {
    let place = place();
    let whole = results(&place, "whole");
    place.run("sweep plan.toml --out one --threads 1 --quiet").well();
    assert_eq!(results(&place, "one"), whole);
    // More shards than some have runs in common, and in any order.
    for shard in ["3/7", "7/7", "1/7", "6/7", "2/7", "5/7", "4/7"] {
        place.run(&format!("sweep plan.toml --shard {shard} --quiet")).well();
    }
    let parts = [5, 1, 7, 2, 3, 6, 4].map(|number| format!("elbow-out-{number}-of-7")).join(" ");
    let printed = place.run(&format!("merge {parts} --out joined")).well();
    assert_eq!(printed, "7 parts, 160 runs: 96 finished, 64 diverged\nTable: joined/runs.csv\n");
    assert_eq!(results(&place, "joined"), whole);
}

#[test]
fn killed_fifty_times_at_random_moments_it_comes_to_the_same_bytes() {
    let reference = place();
    let whole = results(&reference, "whole");
    let begin = Instant::now();
    reference.run("sweep plan.toml --out again --quiet").well();
    let longest = begin.elapsed();
    let (mut random, mut kills) = (1_u64, 0);
    while kills < 50 {
        let place = Place::new();
        place.write("plan.toml", PLAN);
        let mut finished = 0;
        loop {
            let mut child = place.command("sweep plan.toml --resume --quiet").stderr(Stdio::null()).spawn().unwrap();
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
        assert_eq!(place.contents(), ["elbow-out", "elbow-out/runs.csv", "elbow-out/sweep.json", "plan.toml"]);
    }
}

fn is_block(name: &str) -> bool {
    name.strip_suffix(".rows").is_some()
}

/// How many lines there are in the blocks of finished runs.
fn kept(place: &Place) -> usize {
    let blocks = place.contents().into_iter().filter(|name| is_block(name));
    blocks.map(|name| place.read(&name).matches('\n').count()).sum()
}

/// A place in which a sweep was killed when some of its runs, and not all, were finished; tried again where the sweep was
/// quicker than the test.
fn killed() -> Place {
    loop {
        let place = place();
        place.write("long.toml", &PLAN.replace("300", "2000"));
        let mut child = place.command("sweep long.toml --quiet").spawn().unwrap();
        while kept(&place) < 20 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        child.wait().unwrap();
        if (20..160).contains(&kept(&place)) {
            assert!(!place.path("elbow-out").exists());
            return place;
        }
    }
}

#[test]
fn what_is_finished_is_used_by_its_own_plan_alone() {
    let place = killed();
    refused(
        &place,
        "sweep long.toml",
        &["elbow-out.partial holds ", " finished runs of this plan", "--resume goes on"],
    );
    refused(&place, "sweep plan.toml --resume", &["holds runs of another plan", "move it elsewhere or remove it"]);
    refused(
        &place,
        "sweep long.toml --resume --shard 1/2 --out elbow-out",
        &["holds runs of runs 0 to 159 of the plan, and runs 0 to 79 are asked for"],
    );
    let head = place.read("elbow-out.partial/partial.json");
    let old = head.replace(env!("CARGO_PKG_VERSION"), "0.0.9");
    place.write("elbow-out.partial/partial.json", &old);
    refused(&place, "sweep long.toml --resume", &["holds runs of elbow 0.0.9, and this is elbow"]);
    for damaged in ["", "{", &head.replace("160", "0160"), &head[..head.len() - 1]] {
        place.write("elbow-out.partial/partial.json", damaged);
        refused(&place, "sweep long.toml --resume", &["is damaged: its partial.json is not as it was written"]);
    }
    fs::remove_file(place.path("elbow-out.partial/partial.json")).unwrap();
    refused(&place, "sweep long.toml --resume", &["is damaged: its partial.json is missing", "to begin anew"]);
    place.write("elbow-out.partial/partial.json", &head);
    place.write("elbow-out.partial/notes.txt", "mine");
    refused(&place, "sweep long.toml --resume", &["elbow-out.partial holds notes.txt, which elbow did not write"]);
    fs::remove_file(place.path("elbow-out.partial/notes.txt")).unwrap();
    place.run("sweep long.toml --resume --quiet").well();
    place.run("sweep long.toml --out fresh --quiet").well();
    assert_eq!(results(&place, "elbow-out"), results(&place, "fresh"));
    assert!(!place.path("elbow-out.partial").exists());
}

#[test]
fn a_damaged_block_is_named_and_the_others_stay() {
    let place = killed();
    let name = place.contents().into_iter().rfind(|name| is_block(name) && place.read(name).contains('\n')).unwrap();
    let text = place.read(&name);
    let (row, digit) = (text.find(' ').unwrap(), text.rfind(|c: char| c.is_ascii_digit()).unwrap());
    let mut changed = text.clone();
    let other = if text.as_bytes()[digit] == b'0' { "1" } else { "0" };
    changed.replace_range(digit..=digit, other);
    // A digit, a line twice, a line without its fingerprint.
    let twice = format!("{text}{}", text.split_inclusive('\n').next().unwrap());
    for damaged in [changed, twice, text[row + 1..].to_owned()] {
        place.write(&name, &damaged);
        refused(
            &place,
            "sweep long.toml --resume",
            &[&format!("{name}: line "), "remove this file, and its runs are made again"],
        );
    }
    fs::remove_file(place.path(&name)).unwrap();
    let left = kept(&place);
    place.run("sweep long.toml --resume --quiet").well();
    assert!(left > 0);
    place.run("sweep long.toml --out fresh --quiet").well();
    assert_eq!(results(&place, "elbow-out"), results(&place, "fresh"));
}

/// As a disk leaves it that was full, or lost its power.
#[test]
fn a_row_without_its_end_is_made_again() {
    let place = killed();
    let is_begun = |name: &String| is_block(name) && place.read(name).contains('\n');
    let name = place.contents().into_iter().find(is_begun).unwrap();
    let text = place.read(&name);
    // It is no end of a row that somebody else has put there.
    place.write(&name, &format!("{}mine", &text[..=text.rfind('\n').unwrap()]));
    refused(&place, "sweep long.toml --resume", &["is not as it was written", "remove this file"]);
    let other = place.contents().into_iter().rfind(is_begun).unwrap();
    place.write(&other, &format!("{}\0\0\0", place.read(&other)));
    place.write(&name, &text[..text.len() - 10]);
    place.run("sweep long.toml --resume --quiet").well();
    place.run("sweep long.toml --out fresh --quiet").well();
    assert_eq!(results(&place, "elbow-out"), results(&place, "fresh"));
}

#[test]
fn what_is_complete_is_not_done_again() {
    let place = place();
    let before = fs::metadata(place.path("whole/runs.csv")).unwrap().modified().unwrap();
    assert_eq!(place.run("sweep plan.toml --out whole --resume").well(), "whole holds all runs of this plan already\n");
    assert_eq!(fs::metadata(place.path("whole/runs.csv")).unwrap().modified().unwrap(), before);
    // Unless it was changed, which is the user's then.
    place.write("whole/runs.csv", "mine");
    refused(
        &place,
        "sweep plan.toml --out whole --resume",
        &["holds runs.csv, which was changed after elbow wrote it"],
    );
}

#[test]
fn a_plan_that_the_disk_has_no_room_for_is_refused_at_once() {
    let place = Place::new();
    place.write("plan.toml", "steps = 1\n[random]\nlr-all = { log = [1e-3, 1], count = 1000000000000, seed = 0 }");
    let begin = Instant::now();
    let ended = place.run("sweep plan.toml --quiet");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains(" of disk space for "), "{}", ended.stderr);
    assert!(begin.elapsed() < Duration::from_mins(1), "each of its blocks was looked for");
    assert_eq!(place.contents(), ["plan.toml"]);
    // A part of it is no larger than others.
    let printed = place.run("sweep plan.toml --shard 7/100000000000").well();
    assert_eq!(printed, "10 runs: 10 finished\nTable: elbow-out-7-of-100000000000/runs.csv\n");
}

#[test]
fn files_of_others_are_spared() {
    let place = Place::new();
    place.write("plan.toml", PLAN);
    place.write("elbow-out.partial", "mine");
    refused(&place, "sweep plan.toml", &["elbow-out.partial is in the way, and no directory of finished runs"]);
    fs::create_dir(place.path("out.partial")).unwrap();
    place.write("out.partial/0000000.rows", "mine");
    refused(&place, "sweep plan.toml --out out --resume", &["out.partial is damaged: its partial.json is missing"]);
    fs::create_dir(place.path("other.partial")).unwrap();
    place.write("other.partial/draft", "mine");
    refused(&place, "sweep plan.toml --out other", &["other.partial holds draft, which elbow did not write"]);
    fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/runs.csv", "mine");
    refused(&place, "sweep plan.toml --out mine", &["--out mine: holds runs.csv, which elbow did not write"]);
    // Beside other commands' files there is room.
    place.run("--widths 3 --steps 20 --quiet --out both").well();
    place.run("sweep plan.toml --quiet --out both").well();
    assert!(place.path("both/summary.json").exists() && place.path("both/runs.csv").exists());
}

#[cfg(unix)]
#[test]
fn an_interrupt_says_how_to_go_on() {
    let place = place();
    place.run("sweep plan.toml --quiet").well();
    let before = results(&place, "elbow-out");
    place.write("long.toml", &PLAN.replace("300", "30000"));
    let child = place.interruptible("sweep long.toml --quiet").stderr(Stdio::piped()).spawn().unwrap();
    while kept(&place) < 10 {
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
    assert_eq!(results(&place, "elbow-out"), before);
    let finished = kept(&place);
    assert!((10..160).contains(&finished));
    place.run("sweep long.toml --quiet --resume").well();
    assert!(results(&place, "elbow-out") != before && !place.path("elbow-out.partial").exists());
}

#[cfg(unix)]
#[test]
fn a_full_disk_loses_no_run() {
    let place = place();
    let mut command = std::process::Command::new("sh");
    // No file may have more than 4 blocks, of half a kilobyte or a whole one.
    let script = format!("ulimit -f 4; exec {} sweep plan.toml --quiet", env!("CARGO_BIN_EXE_elbow"));
    command.args(["-c", &script]).current_dir(place.path(""));
    let ended = Ended::from(command.output().unwrap());
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("elbow-out could not be written: runs.csv: "), "{}", ended.stderr);
    assert_eq!(kept(&place), 160);
    place.run("sweep plan.toml --quiet --resume").well();
    assert_eq!(results(&place, "elbow-out"), results(&place, "whole"));
}

#[test]
fn shards_that_do_not_exist_or_are_not_known_are_refused() {
    let place = Place::new();
    place.write("plan.toml", PLAN);
    for (arguments, wanted) in [
        ("--shard 5/3", "--shard 5/3: there is no shard 5 of 3: the first is 1/3, the last 3/3"),
        ("--shard three", "--shard three: a shard is one of so many, as 3/100, or auto"),
        ("--shards 3", "--shards says how many there are, and not which one"),
        ("--shard 1/3 --shards 3", "--shards belongs to --shard auto"),
        ("--shard auto", "there is neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX"),
        ("--shard auto --shards 0", "0 is not in 1.."),
        ("--threads 5000", "must be from 0 to 1024 threads"),
    ] {
        refused(&place, &format!("sweep plan.toml {arguments}"), &[wanted]);
    }
    refused(&place, "sweep no.toml", &["the plan no.toml cannot be read"]);
    place.write("bad.toml", "steps = 10\n[grid]\nlrall = [1]");
    refused(
        &place,
        "sweep bad.toml",
        &["unknown setting lrall; did you mean lr-all?", "bad.toml:3:1", "3 | lrall = [1]"],
    );
    place.write("bad.toml", "[grid]\nloss = ['logistic']");
    refused(&place, "sweep bad.toml", &["bad.toml: run 0 (loss = logistic): the loss logistic tells classes apart"]);
}

#[test]
fn a_task_of_a_job_array_takes_its_shard_and_says_so() {
    let place = place();
    for (index, variables, shards) in [
        (1, &[("SLURM_ARRAY_TASK_ID", "4"), ("SLURM_ARRAY_TASK_COUNT", "3"), ("SLURM_ARRAY_TASK_MIN", "4")][..], ""),
        (2, &[("JOB_COMPLETION_INDEX", "1")], "--shards 3"),
        (3, &[("SLURM_ARRAY_TASK_ID", "3")], "--shards 3"),
    ] {
        let mut command = place.command(&format!("sweep plan.toml --shard auto {shards} --resume --out part-{index}"));
        let ended = Ended::from(command.envs(variables.iter().copied()).output().unwrap());
        let (name, value) = variables[0];
        assert!(ended.stderr.starts_with(&format!("note: shard {index}/3, by {name}={value}")), "{}", ended.stderr);
        assert_eq!(ended.code, Some(0));
    }
    place.run("merge part-1 part-2 part-3 --out all --quiet").well();
    assert_eq!(results(&place, "all"), results(&place, "whole"));
}

#[test]
fn parts_that_do_not_go_together_are_refused() {
    let place = place();
    for number in 1..=4 {
        place.run(&format!("sweep plan.toml --shard {number}/4 --out {number} --quiet")).well();
    }
    place.write("other.toml", &PLAN.replace("300", "30"));
    place.run("sweep other.toml --shard 4/4 --out other --quiet").well();
    place.run("sweep plan.toml --shard 2/2 --out half --quiet").well();
    fs::create_dir(place.path("empty")).unwrap();
    fs::create_dir(place.path("begun.partial")).unwrap();
    fs::create_dir(place.path("3.partial")).unwrap();
    place.write("3.partial/partial.json", "{}");
    for (parts, wanted) in [
        ("1 2 4 --out all", &["runs 80 to 119 of 160 are missing", "train --shard 3/4 and name"][..]),
        ("2 --out all", &["runs 0 to 39, runs 80 to 159 of 160 are missing", "train --shard 1/4, 3/4, 4/4 and name"]),
        ("1 half --out all", &["runs 40 to 79 of 160 are missing", "train them and name their directories"]),
        ("1 2 3 3 4 --out all", &["3 and 3 both hold runs 80 to 119", "leave one of them out"]),
        ("1 2 3 4 half --out all", &["3 and half both hold runs 80 to 119"]),
        ("1 2 3 other --out all", &["1 and other are of different plans"]),
        ("1 2 3 4 --out 4", &["--out 4 is one of the parts"]),
        (
            "1 2 3.partial 4 --out all",
            &[
                "runs 80 to 119 of 160 are missing",
                "train --shard 3/4 (what is finished is in 3.partial: with --resume)",
            ],
        ),
        ("3.partial --out all", &["no shard of these has ended", "again with --resume"]),
        ("1 empty --out all", &["empty holds no sweep.json"]),
        ("1 begun --out all", &["begun is not complete; what is finished is in begun.partial", "again with --resume"]),
    ] {
        refused(&place, &format!("merge {parts}"), wanted);
    }
    let table = place.read("3/runs.csv");
    place.write("3/runs.csv", &table.replacen("finished", "diverged", 1));
    refused(
        &place,
        "merge 1 2 3 4 --out all",
        &["3 is damaged: it holds runs.csv, which was changed after elbow wrote it"],
    );
    fs::remove_file(place.path("3/runs.csv")).unwrap();
    refused(&place, "merge 1 2 3 4 --out all", &["3 is damaged: it holds runs.csv"]);
    place.write("3/runs.csv", &table);
    place.write("3/sweep.json", &place.read("3/sweep.json").replace("\"end\": 120", "\"end\": 121"));
    refused(
        &place,
        "merge 1 2 3 4 --out all",
        &["3 is damaged: it holds sweep.json, which was changed after elbow wrote it"],
    );
}

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn the_plan_of_the_document_works() {
    let text = fs::read_to_string(format!("{ROOT}/docs/sweeps.md")).unwrap();
    let plan = text.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    let place = Place::new();
    place.write("plan.toml", plan);
    let shards =
        text.split_once("## Many machines").unwrap().1.split_once("```sh\n").unwrap().1.split_once("```").unwrap().0;
    for line in shards.lines() {
        place.run(line.strip_prefix("elbow ").unwrap()).well();
    }
    let columns = "run,optimizer,layers,target,lr-all,noise,seed,outcome,";
    assert!(place.read("all/runs.csv").starts_with(columns) && place.read("all/runs.csv").lines().count() == 1 + 120);
}

#[cfg(unix)]
#[test]
fn the_job_files_train_shards_that_go_together() {
    let place = place();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_elbow")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    for id in 1..=2 {
        let mut command = std::process::Command::new("bash");
        command.arg(format!("{ROOT}/deploy/slurm.sh")).args(["plan.toml", "parts"]).current_dir(place.path(""));
        command.env("PATH", &path).env("SLURM_ARRAY_TASK_ID", id.to_string());
        let ended = Ended::from(command.envs([("SLURM_ARRAY_TASK_COUNT", "2")]).output().unwrap());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(
            ended.stderr.starts_with(&format!("note: shard {id}/2, by SLURM_ARRAY_TASK_ID={id}")),
            "{}",
            ended.stderr
        );
    }
    place.run("merge parts/1 parts/2 --out slurm --quiet").well();
    assert_eq!(results(&place, "slurm"), results(&place, "whole"));

    let job = fs::read_to_string(format!("{ROOT}/deploy/kubernetes.yaml")).unwrap();
    let after = |key: &str| job.lines().find_map(|line| line.trim().strip_prefix(key)).unwrap().trim();
    let arguments: Vec<String> = serde_json::from_str(after("args:")).unwrap();
    let completions = after("completions:");
    assert!(arguments.windows(2).any(|pair| pair[0] == "--shards" && pair[1] == completions), "{arguments:?}");
    let local = |argument: &String| {
        let argument = argument.replace("/plan/", "").replace("/results/", "");
        argument.replace("$(JOB_COMPLETION_INDEX)", "pod-99")
    };
    let mut command = place.command("");
    let ended = command.args(arguments.iter().map(local)).env("JOB_COMPLETION_INDEX", "99").output().unwrap();
    Ended::from(ended).well();
    assert!(place.read("pod-99/sweep.json").contains("\"shard\": \"100/100\""));
}

#[test]
fn a_finished_sweep_is_drawn_without_training_and_a_merged_one_alike() {
    let place = place();
    let before = results(&place, "whole");
    let printed = place.run("sweep --report whole").well();
    assert!(printed.ends_with("Page: whole/sweep.html\n") && printed.contains(" decides most: "), "{printed}");
    assert_eq!(results(&place, "whole"), before);
    for file in [
        "sweep.html",
        "sweep-report.json",
        "figures/sweep-heat.svg",
        "figures/sweep-medians.svg",
        "figures/sweep-ranks.svg",
    ] {
        assert!(place.path(&format!("whole/{file}")).exists(), "{file}");
    }
    for number in 1..=2 {
        place.run(&format!("sweep plan.toml --shard {number}/2 --out {number} --quiet")).well();
    }
    place.run("merge 1 2 --out all --quiet").well();
    assert_eq!(place.run("sweep --report all --quiet").well(), "");
    assert_eq!(place.read("all/sweep.html"), place.read("whole/sweep.html"));
    // Once more with other settings, and with another sweep in its place.
    place.run("sweep --report all --by layers,momentum --quiet").well();
    assert_ne!(place.read("all/figures/sweep-heat.svg"), place.read("whole/figures/sweep-heat.svg"));
    place.run("sweep plan.toml --out all --quiet").well();
    assert!(place.path("all/sweep.html").exists());
    // The best run of the table is the first of the page's.
    let rows = before[0].lines().skip(1).filter(|row| row.contains(",finished,"));
    let error = |row: &&str| row.rsplit(',').nth(3).unwrap().parse::<f64>().unwrap();
    let best = rows.min_by(|a, b| error(a).total_cmp(&error(b))).unwrap();
    let number = best.split(',').next().unwrap();
    assert!(place.read("whole/sweep.html").contains(&format!("The best run, number {number}, ended at ")));
}

#[test]
fn what_is_no_finished_sweep_is_not_drawn() {
    let place = place();
    fs::create_dir(place.path("empty")).unwrap();
    fs::create_dir(place.path("begun.partial")).unwrap();
    place.write("begun.partial/partial.json", "{}");
    for (arguments, wanted) in [
        ("--report empty", "empty holds no sweep.json, and so no results of elbow sweep"),
        ("--report nowhere", "nowhere holds no sweep.json"),
        ("--report begun", "begun is not complete; what is finished is in begun.partial"),
        ("--report whole --by lr-all", "--by lr-all: must be two settings"),
        ("--report whole --by lr-all,seed", "seed does not vary in this sweep"),
        ("--report whole --by lr-all,lr-all", "both are lr-all"),
        ("--report whole plan.toml", "cannot be used with"),
        ("plan.toml --by lr-all,layers", "cannot be used with"),
    ] {
        refused(&place, &format!("sweep {arguments}"), &[wanted]);
    }
    place.write("whole/sweep.html", "mine");
    refused(&place, "sweep --report whole", &["holds sweep.html, which elbow did not write"]);
    fs::remove_file(place.path("whole/sweep.html")).unwrap();
    place.write("whole/runs.csv", &place.read("whole/runs.csv").replacen("sgd", "adam", 1));
    refused(&place, "sweep --report whole", &["whole is damaged: it holds runs.csv, which was changed"]);
}
