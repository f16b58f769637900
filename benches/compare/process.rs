//! Running other programs.

use crate::failure::Failure;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

/// Runs a program to its end and returns what it printed. `help` says what to do if it is not there.
pub fn output(command: &mut Command, help: &'static str) -> Result<String, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(Failure::Missing { program, help }),
        Err(error) => return Err(Failure::Failed { program, reason: error.to_string() }),
    };
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failure::Failed { program, reason: reason(&String::from_utf8_lossy(&output.stderr)) })
    }
}

/// The line of an error output that says most: the first that names an error, or else the last.
fn reason(stderr: &str) -> String {
    let mut lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let named = lines.clone().find(|line| line.contains("error") || line.contains("Error"));
    named.or_else(|| lines.next_back()).unwrap_or("it said nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_a_way_out() {
        let failure = output(&mut Command::new("no-such-program-anywhere"), "install it").expect_err("not there");
        assert_eq!(failure.to_string(), "not installed: no-such-program-anywhere was not found; install it");
    }

    #[test]
    fn the_reason_is_the_line_that_names_the_error() {
        assert_eq!(reason("warning: x\nfile.c:1: error: no\nmore\n"), "file.c:1: error: no");
        assert_eq!(reason("Traceback\n  File\nlast words\n\n"), "last words");
        assert_eq!(reason(""), "it said nothing");
    }
}
