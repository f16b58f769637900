//! A panic is a fault of this program, and is told as one.

use crate::terminal;
use std::panic::PanicHookInfo;

/// From now on a panic is told in words that a user can do something with; the process still ends with exit code 101.
pub fn report() {
    std::panic::set_hook(Box::new(|panic| {
        // If nobody listens any more, the exit code still tells.
        let _ = std::io::Write::write_all(&mut std::io::stderr().lock(), message(panic).as_bytes());
    }));
}

fn message(panic: &PanicHookInfo) -> String {
    let cause = terminal::in_a_line(panic.payload_as_str().unwrap_or("of an unknown kind"));
    let place = panic.location().map_or_else(String::new, |place| format!(" ({place})"));
    format!(
        "error: this is a fault of elbow {}, not of what it was given: {}{place}\n\
         help: please report it with the command and its files, as SECURITY.md or CONTRIBUTING.md says\n",
        env!("CARGO_PKG_VERSION"),
        terminal::shortened(&cause),
    )
}
