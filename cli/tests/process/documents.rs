//! What is written for users about the commands is true.

use crate::place::{Ended, Place};
use nn::settings::{SETTINGS, Settings};
use std::fmt::Write as _;
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The table of settings, as docs/commands.md has it.
fn table() -> String {
    let mut table = String::from("| flag | what it does | unit | allowed | default |\n|---|---|---|---|---|\n");
    for setting in SETTINGS {
        let name = format!("--{} {}", setting.name, setting.placeholder.replace('|', "\\|"));
        let default = setting.shown(&Settings::default());
        let (help, unit) = (setting.help, setting.unit);
        let allowed = setting.allowed.to_string().replace('|', "\\|");
        writeln!(table, "| `{name}` | {help} | {unit} | {allowed} | `{default}` |").unwrap();
    }
    table
}

/// With `ELBOW_WRITE_DOCS` set, writes the table instead of comparing it.
#[test]
fn the_table_of_settings_is_up_to_date() {
    let path = format!("{ROOT}/docs/commands.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = ("a test compares them -->\n", "<!-- end of settings -->");
    let (before, rest) = text.split_once(begin).unwrap();
    let (found, after) = rest.split_once(end).unwrap();
    if std::env::var_os("ELBOW_WRITE_DOCS").is_some() {
        std::fs::write(&path, [before, begin, &table(), end, after].concat()).unwrap();
    } else {
        assert_eq!(found, table(), "ELBOW_WRITE_DOCS=1 cargo test -p cli writes the table");
    }
}

#[test]
fn every_flag_is_in_the_help_with_unit_range_and_default() {
    for arguments in ["--help", "train --help"] {
        let help = Place::new().run(arguments).well();
        // Wrapped at the terminal's width, so without regard to line ends.
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for setting in SETTINGS {
            let flag = format!("--{} <{}> {}", setting.name, setting.placeholder, setting.help);
            assert!(help.contains(&flag), "{flag}");
            let range = format!("[{}] [default: {}]", setting.range(), setting.shown(&Settings::default()));
            assert!(help.contains(&range), "{range}");
        }
        for flag in ["--out <DIR>", "--settings <FILE.toml>", "--quiet", "Examples:", "Exit code:"] {
            assert!(help.contains(flag), "{flag}");
        }
    }
}

#[test]
fn the_version_names_the_processor_and_the_vectors_it_is_built_for() {
    let vectors = match std::env::consts::ARCH {
        // The program is built as this test is.
        "x86_64" if cfg!(target_feature = "avx512f") => "AVX-512",
        "x86_64" if cfg!(target_feature = "avx2") => "AVX2",
        "x86_64" if cfg!(target_feature = "avx") => "AVX",
        "x86_64" => "SSE2",
        "aarch64" => "NEON",
        _ => "no vector instructions",
    };
    let version = format!("elbow {} ({}, {vectors})\n", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    assert_eq!(Place::new().run("--version").well(), version);
}

/// The example of a settings file is one.
#[test]
fn the_settings_file_of_the_document_works() {
    let text = std::fs::read_to_string(format!("{ROOT}/docs/commands.md")).unwrap();
    let toml = text.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    let place = Place::new();
    place.write("s.toml", toml);
    let printed = place.run("--settings s.toml --steps 10").well();
    assert!(printed.contains("; Adam, 10 steps") && printed.contains("|    80 | all "), "{printed}");
}

/// The pictures of a document are the figures in `elbow-out`.
fn assert_shown(place: &Place, document: &str, least: usize) {
    let text = std::fs::read_to_string(format!("{ROOT}/docs/{document}")).unwrap();
    let names: Vec<&str> = text.split("](images/").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
    assert!(names.len() >= least, "{names:?}");
    for name in names {
        let path = format!("{ROOT}/docs/images/{name}");
        let drawn = place.read(&format!("elbow-out/figures/{name}"));
        if std::env::var_os("ELBOW_WRITE_DOCS").is_some() {
            std::fs::write(&path, &drawn).unwrap();
        }
        let shown = std::fs::read_to_string(&path).unwrap();
        assert!(shown == drawn, "docs/images/{name} is out of date: ELBOW_WRITE_DOCS=1 cargo test -p cli draws it");
    }
}

#[test]
fn the_pictures_of_comparisons_are_those_of_the_command_without_flags() {
    let place = Place::new();
    place.run("compare --quiet").well();
    assert_shown(&place, "compare.md", 5);
}

#[test]
fn the_pictures_of_sweeps_are_those_of_the_plan_below_them() {
    let text = std::fs::read_to_string(format!("{ROOT}/docs/sweeps.md")).unwrap();
    let plan =
        text.split_once("<!-- pictures: ").unwrap().1.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    let place = Place::new();
    place.write("plan.toml", plan);
    place.run("sweep plan.toml --quiet").well();
    place.run("sweep --report elbow-out --quiet").well();
    assert_shown(&place, "sweeps.md", 2);
}

/// Each table of docs/tables.md is read by its command, as the document says.
#[test]
fn the_tables_of_the_document_are_read_as_it_says() {
    let text = std::fs::read_to_string(format!("{ROOT}/docs/tables.md")).unwrap();
    let mut shapes = 0;
    for section in text.split("\n## ").skip(1).filter(|section| section.contains("```sh\n")) {
        let name = section.split("`:\n\n```text\n").next().unwrap().rsplit('`').next().unwrap();
        let blocks: Vec<&str> =
            section.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap().1).collect();
        let [table, command, said] = blocks[..] else { panic!("{section}") };
        let place = Place::new();
        place.write(name, table);
        // As a shell would divide it: in double quotes a space is part of an argument.
        let arguments = command.trim().strip_prefix("elbow ").unwrap();
        let arguments = arguments.split('"').enumerate().flat_map(|(i, part)| match i % 2 {
            0 => part.split_whitespace().collect::<Vec<_>>(),
            _ => vec![part],
        });
        let mut run = place.command("--steps 5 --widths 3");
        let printed = Ended::from(run.args(arguments).output().unwrap()).well();
        assert!(printed.contains(&format!("\n{said}\n")), "{command}{printed}");
        shapes += 1;
    }
    assert_eq!(shapes, 10);
}

/// Runs recorded by tools/trace.py are repeated by this program. Skipped where there is no Python.
#[test]
fn the_script_that_records_traces() {
    let script = format!("{ROOT}/tools/test_trace.py");
    let mut command = Command::new("python3");
    command.arg("-B").arg(script).env("ELBOW", env!("CARGO_BIN_EXE_elbow"));
    match command.output() {
        Err(error) => eprintln!("skipped: python3: {error}"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
        }
    }
}
