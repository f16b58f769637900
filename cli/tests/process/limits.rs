//! What happens where the system lets the program have little.
#![cfg(target_os = "linux")]

use crate::place::{Ended, Place};

/// Runs the program with such a limit.
fn limited(place: &Place, limit: &str, arguments: &str) -> Ended {
    let program = place.command(arguments);
    let script = format!("ulimit -S {limit}; exec \"$0\" \"$@\"");
    let mut shell = std::process::Command::new("sh");
    shell.current_dir(place.path("")).args(["-c", &script]).arg(program.get_program()).args(program.get_args());
    Ended::from(shell.env("TMPDIR", place.path("")).output().unwrap())
}

const TRAIN: &str = "--steps 100 --widths 5 --quiet --out out";

#[test]
fn a_file_that_becomes_too_large_is_told_and_leaves_what_was_there() {
    let place = Place::new();
    place.run(TRAIN).well();
    let before = (place.contents(), place.read("out/history.csv"));
    for blocks in [0, 1, 20, 100] {
        let ended = limited(&place, &format!("-f {blocks}"), "--steps 300 --widths 7 --quiet --out out");
        assert_eq!(ended.code, Some(1), "{blocks}: {ended:?}");
        assert!(ended.stderr.contains("File too large"), "{blocks}: {ended:?}");
        assert_eq!((place.contents(), place.read("out/history.csv")), before, "{blocks}");
    }
}

#[test]
fn too_few_open_files_are_refused_before_any_work() {
    let place = Place::new();
    let ended = limited(&place, "-n 31", TRAIN);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("only 31 files may be open") && ended.stderr.contains("ulimit -n 32"), "{ended:?}");
    assert_eq!(place.contents(), [""; 0]);
    limited(&place, "-n 32", TRAIN).well();
}

#[test]
fn where_there_is_little_address_space_fewer_threads_do_the_work_or_it_is_refused() {
    let place = Place::new();
    for kilobytes in [20_000, 30_000, 60_000, 80_000, 100_000, 150_000, 200_000, 300_000, 600_000] {
        for threads in [1, 2, 64] {
            let ended = limited(
                &place,
                &format!("-v {kilobytes}"),
                &format!("--steps 100 --widths 5 --threads {threads} --out out"),
            );
            let refused = ended.code == Some(2) && ended.stderr.contains("of memory would be needed");
            let fewer = ended.stderr.contains(&format!("of {threads} threads"));
            assert!(refused || ended.code == Some(0), "{kilobytes} kB, {threads} threads: {ended:?}");
            assert!(refused || threads < 64 || fewer, "{kilobytes} kB, {threads} threads: {ended:?}");
        }
    }
}

#[test]
fn large_networks_and_tables_are_refused_where_there_is_little_address_space() {
    let place = Place::new();
    let rows: String = (0..1_500_000).map(|i| format!("{i},1\n")).collect();
    place.write("t.csv", &format!("x,y\n{rows}"));
    for (kilobytes, arguments) in [
        (130_000, "--layers 1024,1024,1024 --paradigms all --steps 2"),
        (60_000, "--target t.csv --steps 20 --widths 3"),
        (130_000, "--target t.csv --steps 20 --widths 3"),
    ] {
        let ended = limited(&place, &format!("-v {kilobytes}"), arguments);
        assert!(ended.stderr.contains("would be needed"), "{kilobytes} kB: {ended:?}");
        assert_eq!(ended.code, Some(2), "{kilobytes} kB: {ended:?}");
    }
}

#[test]
fn a_limit_of_processor_time_ends_a_run_as_an_interrupt_does() {
    let place = Place::new();
    let ended = limited(&place, "-t 1", "--steps 100000000 --widths 50 --quiet --yes --out out");
    assert_eq!((ended.code, &*ended.stderr), (Some(152), "error: stopped by SIGXCPU: out is as it was before\n"));
    assert_eq!(place.contents(), [""; 0]);
}

/// A progress bar is drawn by a thread of its own, but need not be.
#[test]
fn without_a_further_thread_the_bar_is_drawn_all_the_same() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::io::Read as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let place = Place::new();
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).and_then(|()| unlockpt(&controller)).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let no_terminal = rustix::fs::OFlags::NOCTTY.bits().cast_signed();
    let mut open = std::fs::File::options();
    let terminal = open.read(true).write(true).custom_flags(no_terminal).open(name.to_str().unwrap()).unwrap();
    let script = format!("ulimit -v 100000; exec {} --steps 3000 --widths 10 --out out", env!("CARGO_BIN_EXE_elbow"));
    let mut shell = std::process::Command::new("sh");
    shell.current_dir(place.path("")).args(["-c", &script]).stdout(std::process::Stdio::null()).env("TERM", "xterm");
    let status = shell.stderr(terminal.try_clone().unwrap()).status().unwrap();
    let (mut said, mut bytes) = (String::new(), vec![0; 1 << 16]);
    // What was written waits in the terminal.
    let count = std::fs::File::from(controller).read(&mut bytes).unwrap();
    said += &String::from_utf8_lossy(&bytes[..count]);
    assert!(status.success() && said.contains(" left") && said.contains("1 of "), "{status}: {said}");
}
