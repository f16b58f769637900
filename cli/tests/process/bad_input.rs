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
            "error: --optimizer adma: optimizer adma: must be sgd, momentum, nesterov, adam, adamw or rmsprop; did you mean adam?",
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
fn a_negative_number_in_any_notation_is_a_value() {
    for number in ["-1", "-.5", "-1e-3", "-5e-2", "-0.5E+1", "-inf", "-NaN"] {
        let message = first_line(&[], &format!("--noise {number}"));
        assert!(message.starts_with(&format!("error: --noise {number}: noise {number}: must be")), "{message}");
        let message = first_line(&[], &format!("verify t.json --tolerance {number}"));
        assert!(message.starts_with(&format!("error: invalid value '{number}' for '--tolerance")), "{message}");
        let message = first_line(&[], &format!("features --widths {number}"));
        assert!(message.starts_with(&format!("error: --widths {number}: width {number}: must be")), "{message}");
        let place = Place::new();
        let finite = number.parse().is_ok_and(f64::is_finite);
        for command in ["--problem chain --at", "--problem nudge --delta"] {
            let code = place.run(&format!("backprop {command} {number}")).code;
            assert_eq!(code, Some(if finite { 0 } else { 2 }), "{command} {number}");
        }
    }
    assert_eq!(
        first_line(&[], "--quiet -5"),
        "error: unexpected value '-5' for '--quiet' found; no more were expected"
    );
    assert_eq!(first_line(&[], "-5"), "error: unexpected argument '-5' found");
    assert!(first_line(&[], "--steps --batch 5").starts_with("error: a value is required for '--steps <N>'"));
}

#[test]
fn a_slip_in_a_word_is_told_what_it_may_have_meant() {
    for (arguments, meant) in [
        ("--optimizer sdg", "sgd"),
        ("--optimizer ADAM", "adam"),
        ("--target sinus", "sine"),
        ("--paradigms al", "all"),
        ("--sampler fsat", "fast"),
        ("--precision f46", "f64"),
        ("backprop --problem nudge --node w1", "W1"),
        ("backprop --problem descnet", "descent"),
        ("--lr-al 5", "--lr-all"),
        ("featrues", "features"),
    ] {
        let said = refused(&[], arguments);
        assert!(said.contains(&format!("did you mean {meant}?")) || said.contains(&format!("'{meant}'")), "{said}");
    }
}

#[test]
fn every_json_and_toml_file_may_begin_with_a_byte_order_mark() {
    let place = Place::new();
    let trace = include_str!("../../../nn/tests/reference/traces/sgd-output-10-7.json");
    place.write("t.json", &format!("\u{feff}{trace}"));
    place.run("verify t.json").well();
    place.write("x.json", "\u{feff}{\"x\": 3}");
    place.run("backprop --problem chain --inputs x.json").well();
    place.write("s.toml", "\u{feff}steps = 0");
    assert!(place.run("--settings s.toml").stderr.contains(" --> s.toml:1:9\n"));
}

#[test]
fn a_file_in_another_encoding_is_refused_with_line_and_cause() {
    let place = Place::new();
    std::fs::write(place.path("utf-16"), [0xff, 0xfe, b'{', 0, b'}', 0]).unwrap();
    std::fs::write(place.path("latin"), b"{\n \"x\": \"caf\xe9\"}").unwrap();
    let commands = [
        ("verify", "the trace"),
        ("backprop --problem chain --inputs", "the inputs"),
        ("--settings", "the settings file"),
    ];
    for (command, what) in commands {
        let ended = place.run(&format!("{command} utf-16"));
        assert_eq!(ended.code, Some(2));
        assert_eq!(
            ended.stderr,
            format!("error: {what} utf-16 cannot be read: it is text in UTF-16\nhelp: save it in UTF-8\n")
        );
        let ended = place.run(&format!("{command} latin"));
        assert_eq!(ended.code, Some(2));
        let message = "cannot be read: it is not text in UTF-8; the byte 0xe9 would be é in Latin-1\n --> latin:2:11\n";
        assert!(ended.stderr.starts_with(&format!("error: {what} latin {message}")), "{}", ended.stderr);
    }
}

/// What has no end is not read for ever.
#[cfg(target_os = "linux")]
#[test]
fn a_file_without_an_end_is_refused() {
    let message = first_line(&[], "verify /dev/zero");
    assert_eq!(message, "error: the trace /dev/zero cannot be read: it is larger than 1 GiB");
}

#[test]
fn a_target_in_a_settings_file_is_relative_to_that_file() {
    let place = Place::new();
    std::fs::create_dir(place.path("studies")).unwrap();
    place.write("studies/s.toml", "target = 'points.csv'\nsteps = 5\nwidths = [3]\n");
    place.write("studies/points.csv", "x,y\n1,2\n2,3\n3,5\n4,5\n5,7\n6,8\n");
    place.run("--settings studies/s.toml --quiet").well();
    let ended = place.run("--settings studies/s.toml --target points.csv");
    assert!(ended.stderr.starts_with("error: points.csv: there is no such file"), "{}", ended.stderr);
}

/// An escape sequence in a name, a key or a string could clear the screen, or write what the program did not say.
#[test]
fn no_text_from_outside_reaches_the_terminal_as_it_is() {
    let evil = "a\u{1b}[2Jb\u{9b}31mc\u{202e}d\u{7f}\r";
    let place = Place::new();
    place.write("s.toml", &format!("\"{}\" = 1", evil.replace('\u{1b}', "\\u001b").replace(['\u{7f}', '\r'], "")));
    place.write("value.toml", "optimizer = \"\\u001b[2J\"");
    place.write("raw.toml", &format!("steps = {evil}"));
    place.write("t.json", "{\"\\u001b[2J\": 1}");
    place.write("v.json", "{\"precision\": \"\\u001b[2J\\nerror: b\"}");
    place.write("x.json", "{\"\\u001b[2J\": 1}");
    place.write(&format!("{evil}.csv"), &format!("{evil},y{evil}\n1,2\n1,b{evil}\n3,4\n"));
    place.write(&format!("good{evil}\nerror: b.csv"), "x,y\n1,2\n2,3\n3,5\n4,5\n5,7\n6,8\n");
    let mut runs: Vec<Vec<String>> = [
        "--settings s.toml",
        "--settings value.toml",
        "--settings raw.toml",
        "verify t.json",
        "verify v.json",
        "backprop --problem chain --inputs x.json",
    ]
    .iter()
    .map(|arguments| arguments.split(' ').map(str::to_owned).collect())
    .collect();
    for arguments in [
        &["--target", &format!("{evil}.csv")][..],
        &["--target", &format!("{evil} is not there.csv")],
        &["--steps", "5", "--target", &format!("good{evil}\nerror: b.csv")],
        &["--optimizer", evil],
        &["--out", &format!("s.toml/{evil}")],
        &["--settings", evil],
        &["verify", evil],
        &[&format!("--{evil}")],
        &[&format!("--{evil}\nerror: b")],
        &["--steps", "5", "--out", &format!("out{evil}\nerror: b")],
        &["features", "--steps", "5", "--widths", "3", "--out", &format!("out{evil}\nerror: b")],
        &["backprop", "--out", &format!("out{evil}\nerror: b")],
        &["verify", &format!("{evil}\nerror: b")],
        &["backprop", "--problem", evil],
        &["backprop", "--problem", "nudge", "--node", evil],
    ] {
        runs.push(arguments.iter().map(|&argument| argument.to_owned()).collect());
    }
    for arguments in runs {
        let output = place.command("").args(&arguments).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(said.contains("\\u001b") && !said.contains(obeyed), "{arguments:?}: {said:?}");
        assert!(!said.contains("\nerror: b"), "{arguments:?}: {said}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn help_that_cannot_be_printed_is_a_failure() {
    let place = Place::new();
    for arguments in ["--help", "--version", "backprop --help"] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = place.command(arguments).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains("could not be printed"), "{arguments}: {said}");
    }
}

#[test]
fn a_long_text_is_not_printed_whole() {
    let long = "a".repeat(100_000);
    let place = Place::new();
    place.write("s.toml", &format!("{long} = 1"));
    place.write("v.toml", &format!("optimizer = \"{long}\""));
    place.write("t.json", &format!("{{\"{long}\": 1}}"));
    for arguments in [
        &["--settings", "s.toml"][..],
        &["--settings", "v.toml"],
        &["verify", "t.json"],
        &["--target", &long],
        &["--optimizer", &long],
        &["--widths", &long],
        &["--settings", &long],
        &["--out", &long],
        &[&format!("--{long}")],
        &[&long],
        &["backprop", "--problem", "nudge", "--node", &long],
    ] {
        let ended = crate::place::Ended::from(place.command("").args(arguments).output().unwrap());
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        let said = ended.stderr;
        assert!(said.starts_with("error: ") && said.len() < 3000, "{}", said.len());
        assert!(said.contains(" characters) …"), "{said}");
    }
}

#[test]
fn sizes_are_checked_before_there_is_memory_for_them() {
    for arguments in [
        "backprop --size 10000000000",
        "backprop --problem two-layer --size 10000000000",
        "backprop --problem neuron-sum --size 18446744073709551615",
        "backprop --problem nudge --size 4294967296",
        "backprop --problem neuron-sum --count 10000000000",
        "backprop --problem descent --size 10000000000 --count 10000000000",
    ] {
        assert!(first_line(&[], arguments).contains(": must be 1 to "), "{arguments}");
    }
}

/// Where no thread can be started, the calling one does the work. The limit counts all threads of a user and spares root, so
/// root runs the program as a user that has none.
#[cfg(target_os = "linux")]
#[test]
fn without_threads_the_calling_one_does_the_work() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    std::fs::set_permissions(place.path(""), std::fs::Permissions::from_mode(0o777)).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_elbow"), place.path("elbow")).unwrap();
    place.write("t.json", include_str!("../../../nn/tests/reference/traces/sgd-all-10-7.json"));
    let run = |program: &str, arguments: &[&str]| {
        std::process::Command::new(program).args(arguments).current_dir(place.path("")).output()
    };
    let id = run("id", &["-u"]).map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let is_root = id.is_ok_and(|id| id == "0");
    for (arguments, note) in [
        ("--steps 5 --widths 3 --threads 8 --batch 20000", "1 of 8"),
        ("features --steps 5 --widths 3 --threads 8", "1 of 8"),
        ("verify t.json", "1 of "),
    ] {
        let limited = format!("ulimit -u 1 && exec ./elbow {arguments}");
        let (program, first) =
            if is_root { ("setpriv", &["--reuid=65534", "--clear-groups", "bash"][..]) } else { ("bash", &[][..]) };
        let Ok(output) = run(program, &[first, &["-c", &limited]].concat()) else {
            return eprintln!("skipped: there is no {program}");
        };
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments}: {said}");
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let told = said
            == format!(
                "note: the system gave {note}{} threads; the results are the same, and come later\n",
                if note.ends_with(' ') { cores.to_string() } else { String::new() }
            );
        assert!(told || (note.ends_with(' ') && cores == 1), "{said}");
    }
}

/// What is accepted and has no finite start ends as a result, in every command, file and page.
#[test]
fn a_start_that_is_not_finite_is_a_result_with_the_reason() {
    let rows = |row: &dyn Fn(i32) -> String| format!("x,y\n{}", (0..20).map(row).collect::<String>());
    let place = Place::new();
    place.write("close.csv", &rows(&|i| format!("{i}e-320,{i}\n")));
    place
        .write("far.csv", &rows(&|i| format!("{i},{}\n", if i == 2 { "1e17".to_owned() } else { format!("{i}e-31") })));
    place.write("tiny.csv", &rows(&|i| format!("{i}e-322,{i}e-322\n")));
    let words = "diverged at step 0: ";
    for arguments in [
        "--noise 1e19",
        "--noise 1e19 --seeds 20",
        "--noise 1e308 --seeds 2",
        "--noise 1e160 --precision f64",
        "--noise 1e308 --paradigms ridge",
        "--target close.csv",
        "--target far.csv --seeds 3",
        "--target tiny.csv --precision f64",
    ] {
        let printed = place.run(&format!("--steps 20 --widths 3,4 {arguments} --out out")).well();
        assert!(printed.contains(words), "{arguments}: {printed}");
        let summary: serde_json::Value = serde_json::from_str(&place.read("out/summary.json")).unwrap();
        let runs = summary["runs"].as_array().unwrap();
        assert!(runs.iter().any(|run| run["outcome"] == "diverged" && run["diverged"]["step"] == 0), "{arguments}");
        assert!(runs.iter().enumerate().all(|(i, run)| run["run"] == i));
        assert!(place.read("out/history.csv").contains(",0,inf,inf,inf,inf,inf,inf,,\n"));
        assert!(place.read("out/report.html").contains(words));
        let printed = place.run(&format!("features --steps 20 --widths 3,4 {arguments} --out out")).well();
        assert!(printed.contains(words), "{arguments}: {printed}");
        assert!(place.read("out/features.html").contains(words));
        let numbers: serde_json::Value = serde_json::from_str(&place.read("out/features.json")).unwrap();
        assert!(numbers["runs"].as_array().unwrap().iter().any(|run| run["diverged"] == 0), "{arguments}");
    }
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
fn tables() {
    let cases = [
        ("x,y\n1,2\n3,4\n4,abc\n", "error: column 2 (y): \"abc\" is not a number"),
        ("t,a,b\nu,1,2\n\nu,3,inf\nu,5,6\n", "error: column 3 (b): \"inf\" is not finite"),
        ("", "error: d.csv: the table is empty"),
        ("x,y\n", "error: d.csv: there is no row of data"),
        ("x,y\n1,2\n", "error: d.csv: the table has 1 row with x and y, and 5 are needed"),
        ("x,y\n1,2\n1,3\n1,4\n1,5\n1,6\n", "error: d.csv: all values of x (column \"x\") are 1"),
        ("x,y\n1,2\n2,3,4\n", "error: this row has 3 cells, and the table has 2 columns"),
    ];
    for (text, message) in cases {
        let found = first_line(&[("d.csv", text)], "--target d.csv");
        assert!(found.starts_with(message), "{found}");
    }
    let missing = first_line(&[], "--target none.csv");
    assert_eq!(missing, "error: none.csv: there is no such file; its path is taken relative to the working directory");
    insta::assert_snapshot!(refused(&[("d.csv", "t;T\r0,5;20,1\r1,5;oops\r2,5;21\r")], "--target d.csv"), @r#"
    error: column 2 (T): "oops" is not a number
     --> d.csv:3:5
      |
    3 | 1,5;oops
      |     ^
    help: mend or remove the row; if it stands for a missing value, say --missing oops
    "#);
    insta::assert_snapshot!(refused(&[("d.csv", "year,co2,unc\n1958,NA,0.1\n1959,315,0.2\n1960,316,0.3\n")], "--target d.csv"), @r"
    error: d.csv: which columns are x and y is not clear: there are 3 columns of numbers
       1  year  numbers, such as 1958
       2  co2   numbers, such as 315
       3  unc   numbers, such as 0.1
    help: say which, by name or number: --x year --y co2
    ");
}

/// What is given and would change nothing is a mistake of somebody.
#[test]
fn flags_without_effect_are_refused() {
    let table = [("d.csv", "x,y\n1,2\n2,3\n3,5\n4,5\n5,7\n6,8\n"), ("i.json", "{\"x\": 1}")];
    for (arguments, message) in [
        ("--x a", "error: --x: no table is read, as the points are drawn by the target piecewise"),
        (
            "--target spiral --missing 5",
            "error: --missing: no table is read, as the points are drawn by the target spiral",
        ),
        ("--target d.csv --noise 3", "error: --noise: the points are those of d.csv"),
        ("lab --target d.csv --samples 5", "error: --samples: the points are those of d.csv"),
        ("backprop --problem chain --node x1", "error: --node changes nothing of --problem chain"),
        ("backprop --problem cost --inputs i.json", "error: --inputs changes nothing of --problem cost"),
        ("backprop --problem two-layer --out o", "error: --out changes nothing of --problem two-layer"),
        ("backprop --problem chain --inputs i.json --at 2", "error: --at: the inputs are those of i.json"),
    ] {
        assert_eq!(first_line(&table, arguments), message, "{arguments}");
    }
}

#[test]
fn a_date_that_is_none_among_dates_of_digits_is_told() {
    let place = Place::new();
    place.write("d.csv", "day,y\n20200101,1\n20200102,2\n20200230,3\n20200303,5\n20200304,4\n");
    let said = place.run("--target d.csv --steps 5 --widths 3").well();
    assert!(
        said.contains("To check: day: most of its numbers are dates of digits alone, and 20200230 is none"),
        "{said}"
    );
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
