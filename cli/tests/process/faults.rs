//! The program is killed at random and at every change to files, the disk fills, two write at once. `.ci/full` runs
//! what takes minutes; it needs strace, and a system that lets users mount.
#![cfg(target_os = "linux")]

use crate::place::{Ended, Place};
use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_elbow");

/// What writes, in a moment; each differs from the one before.
const OLD: &str = "--steps 20 --widths 3 --quiet";
const NEW: &str = "--steps 30 --widths 4 --quiet";

/// All files below `elbow-out`, their contents without measured times and what depends on them.
fn files(place: &Place) -> BTreeMap<String, String> {
    let files =
        place.contents().into_iter().filter(|name| name.starts_with("elbow-out/") && place.path(name).is_file());
    let stable = |text: String| {
        let depends =
            ["\"seconds\"", "\"microseconds", "\"summary.json\": \"", "\"report.html\": \"", "comparison.svg\": \""];
        text.lines().filter(|line| !depends.iter().any(|word| line.contains(word))).collect::<Vec<_>>().join("\n")
    };
    files
        .filter(|name| !name.contains(".html") && !name.contains("comparison"))
        .map(|name| (name.clone(), stable(place.read(&name))))
        .collect()
}

/// What is beside `elbow-out`.
fn beside(place: &Place) -> Vec<String> {
    place.contents().into_iter().filter(|name| !name.starts_with("elbow-out")).collect()
}

/// A place with a study and, if asked, a file of the user's.
fn set(user: bool) -> Place {
    let place = Place::new();
    place.run(OLD).well();
    place.run("features --steps 20 --widths 3 --quiet").well();
    if user {
        place.write("elbow-out/notes.txt", "mine");
    }
    place
}

/// What is there before and after `command`.
fn states(user: bool, command: &str) -> [BTreeMap<String, String>; 2] {
    let place = set(user);
    let before = files(&place);
    place.run(command).well();
    [before, files(&place)]
}

const COMMANDS: [(bool, &str); 3] =
    [(false, NEW), (false, "features --steps 30 --widths 4 --quiet"), (true, "features --steps 30 --widths 4 --quiet")];

/// Asserts that the old or the new is there, and that the next run is not hindered and leaves nothing else. With files
/// of the user's in it, a directory is written file by file, and only the next run makes it whole.
fn holds(place: &Place, [old, new]: &[BTreeMap<String, String>; 2], (user, command): (bool, &str), when: &str) {
    let found = files(place);
    assert!(user || found == *old || found == *new, "{:#?} {when}", found.keys());
    assert!(!user || place.read("elbow-out/notes.txt") == "mine", "{when}");
    let ended = place.run(command);
    assert_eq!(ended.code, Some(0), "{} {when}", ended.stderr);
    assert_eq!(files(place), *new, "{when}");
    assert_eq!(beside(place), [""; 0], "{when}");
}

#[test]
#[ignore = "takes minutes"]
fn killed_or_failing_at_any_change_to_files() {
    let calls = [
        "renameat2",
        "mkdir",
        "unlink",
        "rmdir",
        "linkat",
        "fsync",
        "ftruncate",
        "fchmodat",
        "chmod",
        "write",
        "flock",
        "getdents64",
    ];
    for (user, command) in COMMANDS {
        let states = states(user, command);
        for call in calls {
            for what in ["signal=KILL", "error=EIO", "error=ENOSPC"] {
                for at in 1..400 {
                    let place = set(user);
                    let inject = format!("inject={call}:{what}:when={at}");
                    let trace = format!("trace={call}");
                    let mut strace = Command::new("strace");
                    strace.current_dir(place.path("")).args([
                        "-f",
                        "-qq",
                        "-o",
                        "/dev/null",
                        "-e",
                        &trace,
                        "-e",
                        &inject,
                    ]);
                    strace.arg(PROGRAM).args(command.split_whitespace()).env("TMPDIR", place.path(""));
                    let ended = Ended::from(strace.output().expect("strace is installed"));
                    let when = format!("{command}: {inject}: {ended:?}");
                    for name in beside(&place).iter().filter(|name| name.starts_with("elbow-kept-")) {
                        let path = place.path(name);
                        // It is told where it is.
                        assert!(name.contains('/') || ended.stderr.contains(&path.display().to_string()), "{when}");
                        let _ = fs::remove_dir_all(path);
                    }
                    holds(&place, &states, (user, command), &when);
                    if ended.code == Some(0) {
                        break;
                    }
                }
            }
        }
    }
}

#[test]
#[ignore = "takes minutes"]
fn killed_at_200_random_moments() {
    let states = COMMANDS.map(|(user, command)| states(user, command));
    let mut random = 1_u64;
    let mut done = 0;
    for i in 0..200 {
        let (scene, states) = (COMMANDS[i % 3], &states[i % 3]);
        let place = set(scene.0);
        let begin = std::time::Instant::now();
        place.command(scene.1).output().unwrap();
        let longest = begin.elapsed();
        let place = set(scene.0);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child = place.command(scene.1).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(longest.mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64));
        let _ = child.kill();
        done += usize::from(child.wait().unwrap().success());
        holds(&place, states, scene, &format!("{}: kill number {i}", scene.1));
    }
    assert!(done < 150, "most runs had ended before they were killed");
}

#[test]
#[ignore = "takes minutes"]
fn two_write_at_once_50_times() {
    let mut told = 0;
    for i in 0..50 {
        let place = set(false);
        let commands = [OLD, NEW];
        let children = commands.map(|command| place.command(command).stderr(Stdio::piped()).spawn().unwrap());
        let ended = children.map(|child| Ended::from(child.wait_with_output().unwrap()));
        assert!(ended.iter().any(|ended| ended.code == Some(0)), "{ended:?}");
        for ended in &ended {
            let is_told = ended.code == Some(2) && ended.stderr.contains("another run of elbow");
            assert!(ended.code == Some(0) || is_told, "{i}: {ended:?}");
            told += usize::from(is_told);
        }
        assert_eq!(beside(&place), [""; 0], "{i}");
        place.run(NEW).well();
    }
    assert!(told > 0, "never did both write at once");
}

/// Runs a script as the root of a system of its own, in which it may mount.
fn mounting(place: &Place, script: &str) -> Ended {
    let mut command = Command::new("unshare");
    command
        .current_dir(place.path(""))
        .args(["--map-root-user", "--mount", "sh", "-ec", script])
        .env("PROGRAM", PROGRAM);
    Ended::from(command.output().expect("unshare is installed"))
}

#[test]
#[ignore = "needs to mount"]
fn a_small_disk_is_full_at_any_point() {
    let mut kept = 0;
    for room in (0..=6144).step_by(96) {
        let place = Place::new();
        fs::create_dir(place.path("disk")).unwrap();
        let script = format!(
            "mount -t tmpfs -o size=6144k none disk; cd disk; $PROGRAM --steps 20 --widths 3 --quiet
            cp -r elbow-out ../before; head -c {room}k /dev/zero > fill || true
            export TMPDIR=$PWD/..
            if $PROGRAM --steps 300 --save-every 10 --widths 4,5 --quiet --yes; then echo done; else
            diff -r elbow-out ../before && echo as before; fi
            ls -A . ..; rm fill; $PROGRAM --steps 20 --widths 3 --quiet --yes"
        );
        let ended = mounting(&place, &script);
        assert_eq!(ended.code, Some(0), "{room}: {ended:?}");
        assert!(ended.stdout.starts_with("done\n") || ended.stdout.starts_with("as before\n"), "{room}: {ended:?}");
        assert!(!ended.stdout.contains(".elbow-"), "{room}: {ended:?}");
        if place.path("elbow-kept-1").exists() {
            assert!(ended.stderr.contains("elbow-kept-1") && place.path("elbow-kept-1/summary.json").exists());
            kept += 1;
        } else {
            let refused = ended.stderr.contains("cannot be written");
            assert!(ended.stdout.starts_with("done\n") || refused, "{room}: {ended:?}");
        }
    }
    assert!(kept > 0, "it was never full");
}

#[test]
#[ignore = "needs to mount"]
fn mount_points_are_written_file_by_file() {
    for kind in ["-t tmpfs none", "--bind source"] {
        let place = Place::new();
        fs::create_dir(place.path("source")).unwrap();
        let script = format!(
            "mkdir out; mount {kind} out; mkdir out/lost+found
            $PROGRAM --steps 20 --widths 3 --quiet --out out
            $PROGRAM backprop --out out > /dev/null
            $PROGRAM --steps 30 --widths 4 --quiet --out out
            ls -A out; ls -A"
        );
        let ended = mounting(&place, &script);
        assert_eq!((ended.code, &*ended.stderr), (Some(0), ""), "{kind}: {ended:?}");
        let expected = "backprop.html\nbackprop.json\nevents.csv\nfigures\nhistory.csv\nlost+found\nreport.html\nsummary.json\n\
                        units.csv\nout\nsource\n";
        assert_eq!(ended.stdout, expected);
    }
}

#[test]
#[ignore = "needs to mount"]
fn a_parent_that_vanishes_costs_no_results() {
    for act in ["umount -l disk", "rm -r disk/deep"] {
        let place = Place::new();
        let script = format!(
            "mkdir disk kept; mount -t tmpfs none disk; mkdir disk/deep; export TMPDIR=$PWD/kept
            $PROGRAM --steps 20000 --widths 10 --quiet --out disk/deep/out 2> said & run=$!
            until ls disk/deep/.elbow-*/lock 2> /dev/null; do :; done; kill -STOP $run
            {act}; kill -CONT $run; wait $run || echo $?; cat said; ls kept/elbow-kept-1/summary.json"
        );
        let ended = mounting(&place, &script);
        assert!(ended.stdout.ends_with("kept/elbow-kept-1/summary.json\n"), "{act}: {ended:?}");
    }
}
