//! A panic is a fault of this program, and is told as one.

use crate::terminal;
use std::fmt::Display;
use std::io::Write as _;

/// From now on a panic is told in words that a user can do something with; the process still ends with exit code 101.
pub fn report() {
    std::panic::set_hook(Box::new(|panic| {
        let cause = panic.payload_as_str().unwrap_or("something of an unknown kind");
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        // If nobody listens any more, the exit code still tells.
        let _ = std::io::stderr().lock().write_all(message(cause, place).as_bytes());
    }));
}

fn message(cause: &str, place: impl Display) -> String {
    format!(
        "error: this is a fault of elbow {}, not of what it was given: {} ({place})\n\
         help: please report it, with the command and its files, as SECURITY.md says\n",
        env!("CARGO_PKG_VERSION"),
        terminal::in_a_line(&terminal::shortened(cause)),
    )
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn a_panic_is_told_as_a_fault_of_the_program_in_two_lines() {
        let told = message("index\n\u{1b}[2J", "src/a.rs:1:2");
        assert!(told.starts_with("error: this is a fault of elbow "), "{told}");
        assert!(told.contains(": index\\n\\u001b[2J (src/a.rs:1:2)\nhelp: please report it"), "{told}");
        assert_eq!(told.lines().count(), 2);
    }
}
