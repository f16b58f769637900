//! Nobody's file is touched that the program did not write, whatever is put in its way and whenever it is stopped.
#![cfg(unix)]

use crate::place::{Ended, Place};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A run that takes long enough to be stopped in the midst.
const LONG: &str = "--steps 1000000000 --save-every 1000000000 --widths 40 --quiet";
/// One that takes a moment.
const SHORT: &str = "--steps 20 --widths 3 --quiet";
/// A list as the program writes them, of these files.
fn list(files: &str) -> String {
    format!(r#"{{"elbow": "0.1.0", "files": [{files}], "fingerprints": {{}}}}"#)
}

fn send(signal: Signal, child: &Child) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Starts a run and waits until it has the lock and works: it has threads beside the first and the one that hears signals,
/// so it has looked at what is in the directory.
fn started(place: &Place, arguments: &str) -> Child {
    let child = place.interruptible(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let is_locked = |name: &String| name.ends_with("/lock") && !place.read(name).is_empty();
    while !place.contents().iter().any(is_locked) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let threads = format!("/proc/{}/task", child.id());
    let count = || fs::read_dir(&threads).map_or(usize::MAX, Iterator::count);
    while count() < 3 {
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

fn ended(child: Child) -> Ended {
    Ended::from(child.wait_with_output().unwrap())
}

#[test]
fn lists_are_believed_only_for_names_that_the_program_gives() {
    let place = Place::new();
    place.write("secret.txt", "key");
    let secret = place.path("secret.txt").display().to_string();
    fs::create_dir(place.path("shared")).unwrap();
    let commands = [("summary.json", SHORT), ("features.json", "features --steps 20"), ("backprop.json", "backprop")];
    for (file, command) in commands {
        for name in
            ["../secret.txt", &secret, "figures/../../secret.txt", "figures/a/b.svg", "figures", "notes.txt", ""]
        {
            place.write(&format!("shared/{file}"), &list(&format!("\"{name}\", \"{file}\"")));
            let before = place.contents();
            let ended = place.run(&format!("{command} --out shared"));
            assert_eq!(ended.code, Some(2), "{file} {name}");
            let what = format!("error: --out shared: holds {file}, which lists {name}: elbow writes no such file\n");
            assert!(ended.stderr.starts_with(&what), "{}", ended.stderr);
            assert_eq!((place.contents(), place.read("secret.txt")), (before, "key".to_owned()));
        }
        // Names that the program gives are not enough: the contents must be what it wrote.
        place.write(&format!("shared/{file}"), &list(&format!("\"{file}\"")));
        let ended = place.run(&format!("{command} --out shared"));
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.contains(&format!("holds {file}, which elbow did not write")), "{}", ended.stderr);
        fs::remove_file(place.path(&format!("shared/{file}"))).unwrap();
    }
}

#[test]
fn a_file_that_somebody_changed_is_theirs() {
    for (file, command) in [("units.csv", SHORT), ("summary.json", SHORT), ("backprop.html", "backprop")] {
        let place = Place::new();
        let _ = place.run(command).well();
        let name = format!("elbow-out/{file}");
        place.write(&name, &format!("{}\n", place.read(&name)));
        let before = (place.contents(), place.read(&name));
        let ended = place.run(command);
        assert_eq!(ended.code, Some(2));
        let what = format!("error: --out elbow-out: holds {file}, which was changed after elbow wrote it\n");
        assert!(ended.stderr.starts_with(&what), "{}", ended.stderr);
        assert_eq!((place.contents(), place.read(&name)), before);
    }
}

#[test]
fn a_picture_of_an_earlier_page_that_somebody_changed_stays() {
    let place = Place::new();
    place.run("backprop").well();
    place.write("elbow-out/figures/backprop-neurons-in-numbers.svg", "mine");
    place.run("backprop --count 8 --size 8").well();
    assert_eq!(place.read("elbow-out/figures/backprop-neurons-in-numbers.svg"), "mine");
}

#[test]
fn what_is_no_file_in_the_place_of_one_is_refused() {
    for (name, command) in [
        ("report.html", SHORT),
        ("summary.json", SHORT),
        ("figures", SHORT),
        ("figures", "features --steps 20 --widths 3 --quiet"),
        ("features.csv", "features --steps 20 --widths 3 --quiet"),
    ] {
        for kind in ["link", "directory", "pipe"] {
            let place = Place::new();
            place.run(command).well();
            let (taken, elsewhere) = (place.path("elbow-out").join(name), place.path("elsewhere"));
            // What is linked to has the contents that the program wrote.
            fs::rename(&taken, &elsewhere).unwrap();
            match kind {
                "link" => symlink(&elsewhere, &taken).unwrap(),
                "directory" => fs::create_dir(&taken).unwrap(),
                _ => assert!(Command::new("mkfifo").arg(&taken).status().unwrap().success()),
            }
            if (name, kind) == ("figures", "directory") {
                place.write("elbow-out/figures/mine.svg", "");
            }
            let before = place.contents();
            let ended = place.run(command);
            if (name, kind, command) == ("figures", "directory", "features --steps 20 --widths 3 --quiet") {
                // Somebody's pictures beside those of the program are no obstacle.
                ended.well();
                assert!(place.path("elbow-out/figures/mine.svg").exists());
                continue;
            }
            assert_eq!(ended.code, Some(2), "{name} {kind}: {}", ended.stderr);
            assert_eq!(place.contents(), before);
        }
    }
}

#[test]
fn only_a_file_of_the_desktop_is_the_desktops() {
    let place = Place::new();
    place.run(SHORT).well();
    fs::create_dir_all(place.path("elbow-out/.DS_Store")).unwrap();
    place.write("elbow-out/.DS_Store/thesis.txt", "work");
    let ended = place.run(SHORT);
    assert!(ended.stderr.contains("holds .DS_Store, which elbow did not write"), "{}", ended.stderr);
    assert_eq!(place.read("elbow-out/.DS_Store/thesis.txt"), "work");
}

#[test]
fn what_is_put_there_during_training_stays_and_the_results_are_kept() {
    for (before, after) in [(false, "nothing was there"), (true, "a study was there")] {
        let place = Place::new();
        if before {
            place.run(SHORT).well();
        }
        let child = started(&place, "--steps 3000 --widths 10");
        send(Signal::STOP, &child);
        fs::create_dir_all(place.path("elbow-out")).unwrap();
        place.write("elbow-out/thesis.txt", "work");
        let was = place.contents();
        send(Signal::CONT, &child);
        let ended = ended(child);
        assert_eq!(ended.code, Some(1), "{after}");
        let kept = place.path("elbow-kept-1");
        assert_eq!(
            ended.stderr,
            format!(
                "error: elbow-out could not be written: it holds thesis.txt, which elbow did not write\n\
                 help: the complete results are in {}\n",
                kept.canonicalize().unwrap().display()
            )
        );
        assert!(kept.join("summary.json").exists() && kept.join("units.csv").exists());
        fs::remove_dir_all(kept).unwrap();
        let was: Vec<_> = was.into_iter().filter(|name| !name.starts_with(".elbow-")).collect();
        assert_eq!((place.contents(), &*place.read("elbow-out/thesis.txt")), (was, "work"));
    }
}

#[test]
fn a_file_or_a_link_that_takes_the_name_during_training_stays() {
    for link in [false, true] {
        let place = Place::new();
        fs::create_dir(place.path("elsewhere")).unwrap();
        let child = started(&place, "--steps 3000 --widths 10");
        send(Signal::STOP, &child);
        if link {
            symlink(place.path("elsewhere"), place.path("elbow-out")).unwrap();
        } else {
            place.write("elbow-out", "mine");
        }
        send(Signal::CONT, &child);
        assert_eq!(ended(child).code, Some(1));
        assert_eq!(place.path("elbow-out").is_symlink(), link);
        assert!(place.path("elbow-kept-1/report.html").exists());
        assert_eq!(fs::read_dir(place.path("elsewhere")).unwrap().count(), 0);
    }
}

#[test]
fn a_second_run_is_told_and_one_that_was_killed_stands_in_nobodys_way() {
    let place = Place::new();
    let mut first = started(&place, LONG);
    for command in [SHORT, "features --steps 20", "backprop"] {
        let second = place.run(command);
        assert_eq!(second.code, Some(2));
        let what = format!("error: --out elbow-out: another run of elbow, process {}, is writing it\n", first.id());
        assert!(second.stderr.starts_with(&what), "{}", second.stderr);
    }
    // Another directory is another matter.
    place.run("--steps 20 --widths 3 --out other").well();
    send(Signal::KILL, &first);
    first.wait().unwrap();
    place.run(SHORT).well();
    assert!(!place.contents().iter().any(|name| name.contains(".elbow-")));
}

#[test]
fn signals_end_the_program_with_their_code_and_a_word() {
    for (name, signal, code) in [("INT", Signal::INT, 130), ("TERM", Signal::TERM, 143), ("HUP", Signal::HUP, 129)] {
        let place = Place::new();
        let child = started(&place, &format!("{LONG} --out deep/er/out"));
        send(signal, &child);
        let ended = ended(child);
        let what = format!("error: stopped by SIG{name}: deep/er/out is as it was before\n");
        assert_eq!((ended.code, ended.stderr), (Some(code), what));
        assert_eq!(place.contents(), [""; 0]);
    }
}

#[test]
fn a_signal_that_the_parent_ignores_stays_ignored() {
    for (name, signal) in [("HUP", Signal::HUP), ("INT", Signal::INT), ("TERM", Signal::TERM)] {
        let place = Place::new();
        let script = format!("trap '' {name}; exec {} --steps 3000 --widths 10 --quiet", env!("CARGO_BIN_EXE_elbow"));
        let mut command = Command::new("sh");
        let child = command.current_dir(place.path("")).args(["-c", &script]).spawn().unwrap();
        while !place.contents().iter().any(|name| name.ends_with("/lock")) {
            std::thread::sleep(Duration::from_millis(1));
        }
        send(signal, &child);
        assert_eq!(ended(child).code, Some(0), "{name}");
        assert!(place.path("elbow-out/report.html").exists());
    }
}

#[test]
fn modes_are_kept() {
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    let set = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let place = Place::new();
    place.run(SHORT).well();
    let out = place.path("elbow-out");
    let private = [(out.clone(), 0o700), (out.join("figures"), 0o750), (out.join("units.csv"), 0o600)];
    private.iter().for_each(|(path, mode)| set(path, *mode));
    place.run("--steps 30 --widths 4 --quiet").well();
    place.run("features --steps 30 --widths 4 --quiet").well();
    for (path, expected) in &private {
        assert_eq!(mode(path), *expected, "{}", path.display());
    }
}

#[test]
fn directories_are_found_however_they_are_named() {
    let place = Place::new();
    let longest = "n".repeat(255);
    fs::create_dir(place.path("real")).unwrap();
    symlink("real", place.path("link")).unwrap();
    for out in ["a/", "./b", "c/../d", "e//f/", "link", "link/g", &longest] {
        for _ in 0..2 {
            place.run(&format!("{SHORT} --out {out}")).well();
            place.run(&format!("backprop --out {out}")).well();
        }
    }
    for out in ["a", "b", "d", "e/f", "real/g", &longest] {
        assert!(place.path(out).join("summary.json").exists() && place.path(out).join("backprop.html").exists());
    }
    assert!(place.path("link").is_symlink() && !place.contents().iter().any(|name| name.contains(".elbow-")));
    symlink("nowhere", place.path("broken")).unwrap();
    assert_eq!(place.run(&format!("{SHORT} --out broken/sub")).code, Some(2));
    // A file is added where one is, too.
    let mut command = place.command("backprop --out .");
    let ended = Ended::from(command.current_dir(place.path("a")).output().unwrap());
    ended.well();
}

/// The hidden directory in which the next run would write, as one that was killed leaves it.
fn workplace(place: &Place) -> String {
    let mut child = started(place, LONG);
    send(Signal::KILL, &child);
    child.wait().unwrap();
    place.contents().into_iter().find(|name| name.starts_with(".elbow-") && !name.contains('/')).unwrap()
}

/// It may have come with a directory of somebody else's.
#[test]
fn what_the_program_did_not_write_stays_in_a_hidden_directory_too() {
    type Put = fn(&Place, &str);
    let refused: [(&str, Put); 5] = [
        ("lock", |place, hidden| {
            fs::remove_file(place.path(&format!("{hidden}/lock"))).unwrap();
            fs::hard_link(place.path("mine"), place.path(&format!("{hidden}/lock"))).unwrap();
        }),
        ("lock", |place, hidden| place.write(&format!("{hidden}/lock"), "notes")),
        ("lock", |place, hidden| place.write(&format!("{hidden}/lock"), &"1".repeat(100))),
        ("plan", |place, hidden| fs::create_dir(place.path(&format!("{hidden}/plan"))).unwrap()),
        ("draft", |place, hidden| symlink(place.path("mine"), place.path(&format!("{hidden}/draft"))).unwrap()),
    ];
    for (name, put) in refused {
        let place = Place::new();
        let hidden = workplace(&place);
        place.write("mine", "precious");
        put(&place, &hidden);
        let before = place.contents();
        let ended = place.run(SHORT);
        assert_eq!(ended.code, Some(2), "{name}: {ended:?}");
        assert!(ended.stderr.contains(&format!("holds {name}, which elbow did not write")), "{name}: {ended:?}");
        assert_eq!((place.contents(), &*place.read("mine")), (before, "precious"), "{name}");
    }

    for _ in 0..20 {
        let place = Place::new();
        let hidden = workplace(&place);
        fs::create_dir_all(place.path(&format!("{hidden}/new/docs"))).unwrap();
        place.write(&format!("{hidden}/new/docs/a.txt"), "mine");
        place.write(&format!("{hidden}/new/report.html"), "half");
        place.write(&format!("{hidden}/other.txt"), "mine");
        place.write(&format!("{hidden}/lock"), "");
        let child = place.interruptible(LONG).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The signal comes while what was left is being moved.
        while !place.path("elbow-kept-1").exists() {
            std::hint::spin_loop();
        }
        send(Signal::TERM, &child);
        let ended = ended(child);
        assert_eq!(ended.code, Some(143), "{ended:?}");
        assert!(ended.stderr.contains("elbow-kept-1"), "{ended:?}");
        assert_eq!(place.read("elbow-kept-1/docs/a.txt"), "mine");
        assert_eq!(place.read(&format!("{hidden}/other.txt")), "mine");
        assert!(!place.path("elbow-kept-1/report.html").exists() && !place.path(&format!("{hidden}/lock")).exists());
        place.run(SHORT).well();
        assert_eq!(place.read(&format!("{hidden}/other.txt")), "mine");
    }
}
