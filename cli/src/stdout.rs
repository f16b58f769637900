//! Results go to stdout.

use crate::diagnostic::Failure;
use std::io::{ErrorKind, Write as _};

/// Prints `text`. That nobody listens any more, as after `| head`, is no failure.
///
/// # Errors
/// If it cannot be written for another reason.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::work(format!("the results could not be printed: {error}")))
        }
        _ => Ok(()),
    }
}
