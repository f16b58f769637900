//! The output directory is replaced as a whole or not at all.

use crate::place::{Ended, Place};
use std::io::Read as _;
use std::process::Stdio;

#[test]
fn what_an_earlier_run_wrote_is_replaced_as_a_whole() {
    let place = Place::new();
    place.run("--steps 10 --widths 2").well();
    let first = place.contents();
    let units = place.read("elbow-out/units.csv");
    place.write("elbow-out/.DS_Store", "");
    place.run("--steps 20 --widths 3").well();
    let fresh = Place::new();
    fresh.run("--steps 20 --widths 3").well();
    assert_eq!(place.contents(), fresh.contents());
    assert_ne!(place.contents(), first);
    assert_ne!(place.read("elbow-out/units.csv"), units);
}

#[test]
fn an_empty_directory_is_filled() {
    let place = Place::new();
    std::fs::create_dir(place.path("empty")).unwrap();
    place.run("--steps 10 --out empty/").well();
    assert!(place.path("empty/summary.json").exists());
}

#[test]
fn a_file_added_by_the_user_is_not_deleted() {
    let place = Place::new();
    place.run("--steps 10").well();
    place.write("elbow-out/notes.txt", "interesting");
    let before = place.contents();
    let ended = place.run("--steps 10");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("holds notes.txt, which elbow did not write"), "{}", ended.stderr);
    assert_eq!(place.contents(), before);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let place = Place::new();
    std::fs::create_dir(place.path("real")).unwrap();
    std::os::unix::fs::symlink(place.path("real"), place.path("link")).unwrap();
    place.run("--steps 10 --out link").well();
    assert!(place.path("link").is_symlink() && place.path("real/summary.json").exists());
    std::os::unix::fs::symlink(place.path("nowhere"), place.path("broken")).unwrap();
    assert_eq!(place.run("--out broken").code, Some(2));
}

#[cfg(unix)]
#[test]
fn permissions_are_as_usual() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    std::fs::create_dir(place.path("usual")).unwrap();
    place.run("--steps 10").well();
    let mode = |name: &str| place.path(name).metadata().unwrap().permissions().mode();
    assert_eq!(mode("elbow-out"), mode("usual"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_nothing_behind() {
    let place = Place::new();
    let mut child = place.interruptible("--steps 1000000000 --save-every 1000000000 --widths 40").spawn().unwrap();
    // Signals are heard from before the lock on; then long enough to be in the midst of training, which takes minutes.
    while !place.contents().iter().any(|name| name.ends_with("/lock")) {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(place.contents(), [""; 0]);
}

/// A limit on the size of files stands for a full disk.
#[cfg(unix)]
#[test]
fn a_failure_while_writing_leaves_what_was_there() {
    let place = Place::new();
    place.run("--steps 10").well();
    let before = (place.contents(), place.read("elbow-out/summary.json"));
    let program = env!("CARGO_BIN_EXE_elbow");
    let script = format!("trap '' XFSZ; ulimit -f 8; exec {program} --steps 1000 --save-every 1 --widths 20");
    let mut command = std::process::Command::new("sh");
    let ended = Ended::from(command.current_dir(place.path("")).args(["-c", &script]).output().unwrap());
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.starts_with("error: elbow-out could not be written: "), "{}", ended.stderr);
    assert_eq!((place.contents(), place.read("elbow-out/summary.json")), before);
}

/// Interrupted while files are being written, the program leaves nothing, or everything if it was quicker.
#[cfg(unix)]
#[test]
fn an_interrupt_while_writing_leaves_nothing_half_written() {
    let place = Place::new();
    let arguments = "--steps 4000 --save-every 1 --widths 100 --paradigms output --quiet";
    let mut child = place.interruptible(arguments).spawn().unwrap();
    while child.try_wait().unwrap().is_none() && !place.contents().iter().any(|name| name.ends_with("units.csv")) {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let _ = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    match child.wait().unwrap().code() {
        Some(0) => assert!(place.path("elbow-out/summary.json").exists()),
        code => {
            assert_eq!(code, Some(130));
            assert_eq!(place.contents(), [""; 0]);
        }
    }
}

/// As with `elbow --help | head -1`.
#[test]
fn nobody_listening_is_no_failure() {
    for arguments in ["--help", "train --help", "--steps 10"] {
        let place = Place::new();
        let mut child = place.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), &*stderr), (Some(0), ""), "{arguments}");
    }
}
