//! The threads that a command works on.

use crate::diagnostic::Failure;
use crate::limits;
use nn::threads::Pool;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

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

/// Does `work` for each number below `count`, until it fails once; it is told when it is to stop.
///
/// # Errors
/// The first one of `work`.
pub fn each(
    pool: &Pool,
    count: u64,
    work: &(dyn Fn(u64, &AtomicBool) -> Result<(), Failure> + Sync),
) -> Result<(), Failure> {
    let failure: Mutex<Option<Failure>> = Mutex::new(None);
    let stopped = AtomicBool::new(false);
    pool.each(count, &|number| {
        if stopped.load(Ordering::Relaxed) {
            return;
        }
        if let Err(first) = work(number, &stopped) {
            stopped.store(true, Ordering::Relaxed);
            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(first);
        }
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}
