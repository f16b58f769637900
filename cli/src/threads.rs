//! The threads that a command works on.

use crate::diagnostic::Failure;
use crate::limits;
use nn::threads::Pool;
use std::io::Write as _;

/// Starts `threads` threads, 0 for the usual number. Where there can only be fewer, that is said in a line on stderr,
/// unless nothing is to be said.
///
/// # Errors
/// If there is no thread at all.
pub fn start(threads: usize, quiet: bool) -> Result<Pool, Failure> {
    let pool = Pool::at_most(threads, limits::threads())
        .map_err(|error| Failure::work(format!("no thread could be started: {error}")))?;
    if pool.threads() < pool.wanted() && !quiet {
        // If nobody listens any more, the work is done all the same.
        let _ = writeln!(
            std::io::stderr(),
            "note: the system gave {} of {} threads; the results are the same, and come later",
            pool.threads(),
            pool.wanted()
        );
    }
    Ok(pool)
}
