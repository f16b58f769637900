//! Wrong shapes do not compile, and the message says which sizes do not fit.

use std::process::Command;

/// The pinned messages are those of this compiler; others word them differently.
const PINNED: &str = "rustc 1.95.";

#[test]
fn messages_name_the_sizes() {
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(compiler).arg("--version").output().expect("a test is built by a compiler");
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    if version.starts_with(PINNED) {
        trybuild::TestCases::new().compile_fail("tests/shapes/*.rs");
    } else {
        println!("skipped: the messages are pinned for {PINNED}x, this is {version}");
    }
}

#[test]
fn every_case_is_pinned_to_a_shape_error() {
    for case in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shapes")).unwrap() {
        let path = case.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            let message = std::fs::read_to_string(path.with_extension("stderr")).expect("each case has its message");
            let names_sizes = message.contains("expected `") && message.contains("found `");
            assert!(names_sizes || message.contains("cannot multiply"), "{}: {message}", path.display());
        }
    }
}
