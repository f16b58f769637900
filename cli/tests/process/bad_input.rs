//! What cannot be used is refused with a diagnostic, exit code 2, and nothing written.

use crate::place::Place;

/// Runs `elbow` with the arguments in a directory with `files`; expects exit code 2 and nothing written.
fn refused(files: &[(&str, &str)], arguments: &str) -> String {
    let place = Place::new();
    for (name, text) in files {
        place.write(name, text);
    }
    let before = place.contents();
    let ended = place.run(arguments);
    assert_eq!((ended.code, &*ended.stdout), (Some(2), ""), "{arguments}: {}", ended.stderr);
    assert_eq!(place.contents(), before, "{arguments}");
    ended.stderr
}

/// The first line of the diagnostic.
fn first_line(files: &[(&str, &str)], arguments: &str) -> String {
    refused(files, arguments).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn settings() {
    let cases = [
        ("--widths 0", "error: --widths 0: width 0: must be from 1 to 1024 hidden units"),
        ("--widths 10,1025", "error: --widths 10,1025: width 1025: must be from 1 to 1024 hidden units"),
        ("train --batch 0", "error: --batch 0: batch 0: must be from 1 to 1000000 samples"),
        ("--lr-all -0.1", "error: --lr-all -0.1: lr-all -0.1: must be above 0"),
        ("--lr-output NaN", "error: --lr-output NaN: lr-output NaN: must be a finite number above 0"),
        (
            "--paradigms all,rigde",
            "error: --paradigms all,rigde: paradigm rigde: must be output, all or ridge; did you mean ridge?",
        ),
        (
            "--optimizer adma",
            "error: --optimizer adma: optimizer adma: must be sgd, momentum or adam; did you mean adam?",
        ),
        (
            "--seed 4294967295 --seeds 2 --sampler numpy-choice",
            "error: seed 4294967295: must be from 0 to 4294967294, given the sampler numpy-choice and 2 seeds",
        ),
    ];
    for (arguments, message) in cases {
        assert_eq!(first_line(&[], arguments), message);
    }
    insta::assert_snapshot!(refused(&[], "--widths 0"), @r"
    error: --widths 0: width 0: must be from 1 to 1024 hidden units
    help: `elbow --help` lists every setting with its range and default
    ");
}

#[test]
fn words_that_are_no_arguments() {
    assert_eq!(first_line(&[], "--stpes 5"), "error: unexpected argument '--stpes' found");
    assert!(refused(&[], "--stpes 5").contains("'--steps'"));
    assert_eq!(first_line(&[], "trian"), "error: unrecognized subcommand 'trian'");
    assert!(refused(&[], "trian").contains("'train'"));
    assert!(first_line(&[], "--steps").starts_with("error: a value is required for '--steps <N>'"));
    assert!(first_line(&[], "--steps 1 --steps 2").contains("cannot be used multiple times"));
}

#[test]
fn csv_files() {
    let cases = [
        ("x,y\n1,2\n3,abc\n4,5\n", "error: d.csv:3, column 2 (y): \"abc\" is not a number"),
        ("x,y\n1,2\nNaN,3\n", "error: d.csv:3, column 1 (x): \"NaN\" is not finite"),
        ("t,a,b\nu,1,2\n\nu,3,inf\n", "error: d.csv:4, column 3 (b): \"inf\" is not finite"),
        ("", "error: d.csv: the file is empty"),
        ("x,y\n", "error: d.csv: there is no row of data"),
        ("x,y\n1,2\n", "error: d.csv: the number of rows of data is 1; at least 5 are needed"),
        ("x,y\n1,2\n1,3\n1,4\n1,5\n1,6\n", "error: d.csv: all values of x (column \"x\") are 1"),
        ("x,y\n1,2\n2,3,4\n", "error: d.csv:3: the number of cells in this row is 3, not 2"),
        ("1,2\n3,4\n", "error: d.csv:1: the first line must name the columns"),
    ];
    for (text, message) in cases {
        let found = first_line(&[("d.csv", text)], "--target d.csv");
        assert!(found.starts_with(message), "{found}");
    }
    let missing = first_line(&[], "--target none.csv");
    assert_eq!(missing, "error: none.csv: there is no such file; its path is taken relative to the working directory");
}

#[test]
fn settings_files() {
    let toml = "steps = 5\nwidhts = [10]\n";
    insta::assert_snapshot!(refused(&[("s.toml", toml)], "--settings s.toml"), @r"
    error: unknown setting widhts; did you mean widths?
     --> s.toml:2:1
      |
    2 | widhts = [10]
      | ^
    ");
    let toml = "\n\nwidths = [10, 2000]\n";
    insta::assert_snapshot!(refused(&[("s.toml", toml)], "--settings s.toml"), @r"
    error: width 2000: must be from 1 to 1024 hidden units
     --> s.toml:3:15
      |
    3 | widths = [10, 2000]
      |               ^
    ");
    let found = refused(&[("s.toml", "steps = = 5")], "--settings s.toml");
    assert!(found.contains(" --> s.toml:1:"), "{found}");
    let found = first_line(&[], "--settings none.toml");
    assert!(found.starts_with("error: the settings file none.toml cannot be read: "), "{found}");
}

#[test]
fn output_directories() {
    let file = [("out", "mine")];
    assert_eq!(first_line(&file, "--out out"), "error: --out out: is a file, and a directory is to be written");
    let below = first_line(&file, "--out out/deeper");
    assert!(below.starts_with("error: --out out/deeper: cannot be written: "), "{below}");
    assert!(first_line(&[], "--out /").starts_with("error: --out /: is the working directory or holds it"));
    let here = first_line(&[], "--out .");
    assert_eq!(here, "error: --out .: is the working directory or holds it, and would be replaced as a whole");
    if cfg!(target_os = "linux") {
        let unwritable = first_line(&[], "--out /proc/elbow-out");
        assert!(unwritable.starts_with("error: --out /proc/elbow-out: cannot be written: "), "{unwritable}");
    }
}

#[test]
fn a_directory_of_the_users_is_not_deleted() {
    let place = Place::new();
    std::fs::create_dir(place.path("photos")).unwrap();
    place.write("photos/cat.jpg", "meow");
    for summary in [None, Some("{}"), Some("not JSON"), Some(r#"{"elbow": "0.1.0", "files": ["summary.json"]}"#)] {
        if let Some(summary) = summary {
            place.write("photos/summary.json", summary);
        }
        let before = place.contents();
        let ended = place.run("--out photos");
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.starts_with("error: --out photos: holds "), "{}", ended.stderr);
        assert!(ended.stderr.ends_with("help: give --out another directory; one that does not exist is created\n"));
        assert_eq!(place.contents(), before);
    }
}

#[test]
fn traces() {
    let found = first_line(&[], "verify none.json");
    assert!(found.starts_with("error: the trace none.json cannot be read: "), "{found}");
    let text = "{\n \"format\": \"elbow-trace-1\",\n \"wdith\": 10\n}\n";
    let found = refused(&[("t.json", text)], "verify t.json");
    assert!(found.starts_with("error: not a trace: unknown field `wdith`, expected one of `format`"), "{found}");
    assert!(found.contains("--> t.json:3:"), "{found}");
    assert!(first_line(&[], "verify").starts_with("error: the following required arguments were not provided"));
    let found = first_line(&[], "verify t.json --tolerance -1");
    assert!(found.starts_with("error: invalid value '-1' for '--tolerance <SIZE>'"), "{found}");
}
