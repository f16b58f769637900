//! Results go to stdout.

use crate::diagnostic::Failure;
use crate::terminal;
use serde_json::Value;
use std::io::{ErrorKind, Write as _};

/// Prints `text` for people, with what a terminal would obey escaped and long lines shortened. That nobody listens any more, as after `| head`, is no failure.
///
/// # Errors
/// If it cannot be written for another reason.
pub fn print(text: &str) -> Result<(), Failure> {
    write(&terminal::escaped(&terminal::shortened(text)))
}

/// Prints JSON, with what a terminal would obey escaped.
///
/// # Errors
/// As [`print()`].
pub fn print_json(value: &Value) -> Result<(), Failure> {
    write(&terminal::escaped(&format!("{value:#}\n")))
}

fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::work(format!("the results could not be printed: {error}")))
        }
        _ => Ok(()),
    }
}
