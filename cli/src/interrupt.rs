//! Signals that end the program: what was being written disappears, what was there before stays, and the exit code is
//! 128 and the signal's number.
//!
//! A signal that is ignored when the program starts, as SIGHUP is under nohup, stays ignored.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who holds it decides what becomes of the output: the command while it puts its files in place, or a signal.
static DECISION: Mutex<()> = Mutex::new(());

/// What is to disappear when the program is interrupted.
static TRACES: Mutex<Traces> = Mutex::new(Traces { scratch: Vec::new(), parents: Vec::new(), end: String::new() });

struct Traces {
    /// Files, and directories with all they hold, that are removed.
    scratch: Vec<PathBuf>,
    /// Directories that are removed if they are empty, the last one first.
    parents: Vec<PathBuf>,
    /// What is said of the output.
    end: String,
}

fn lock<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does something that an interrupt must not cut in two.
pub fn undivided<T>(act: impl FnOnce() -> T) -> T {
    let _decision = lock(&DECISION);
    act()
}

/// When the program is interrupted, `path` is removed with all it holds.
pub fn scratch(path: &Path) {
    lock(&TRACES).scratch.push(path.to_owned());
}

/// When the program is interrupted, the directory `path` is removed if it is empty.
pub fn parent(path: &Path) {
    lock(&TRACES).parents.push(path.to_owned());
}

/// From now on `path` stays.
pub fn forget(path: &Path) {
    let mut traces = lock(&TRACES);
    traces.scratch.retain(|known| known != path);
    traces.parents.retain(|known| known != path);
}

/// What is said of the output when the program is interrupted from now on.
pub fn tell(end: String) {
    lock(&TRACES).end = end;
}

#[cfg(unix)]
mod signals {
    use super::{DECISION, TRACES, lock};
    use crate::limits;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXCPU};
    use signal_hook::iterator::Signals;
    use std::io::{IsTerminal as _, Write as _};

    const NAMES: [(i32, &str); 4] =
        [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP"), (SIGXCPU, "SIGXCPU")];

    /// From now on an interrupted process removes what it has begun before it ends.
    pub fn install() {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            let ignored = ignored();
            let wanted = NAMES.iter().map(|&(signal, _)| signal).filter(|signal| ignored >> (signal - 1) & 1 == 0);
            // Without a handler a signal still ends the process; what it leaves is removed by the next run.
            if limits::threads() == 0 {
                return;
            }
            let Ok(mut signals) = Signals::new(wanted) else { return };
            let wait = move || signals.forever().next().map(end);
            let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(wait);
        });
    }

    /// The signals that are ignored, the lowest bit for signal 1.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        // Elsewhere it cannot be asked; there nohup is the more frequent reason to hang up.
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(1 << (SIGHUP - 1))
    }

    /// Removes what was begun and ends the process.
    fn end(signal: i32) {
        // Neither is given back, so that nothing more is decided by other threads.
        let _decision = lock(&DECISION);
        let traces = lock(&TRACES);
        for path in &traces.scratch {
            // Another thread may still be creating files in it.
            let gone =
                || std::fs::remove_dir_all(path).or_else(|_| std::fs::remove_file(path)).is_ok() || !path.exists();
            let _ = (0..100).find(|_| gone());
        }
        for path in traces.parents.iter().rev() {
            let _ = std::fs::remove_dir(path);
        }
        let name = NAMES.iter().find(|(number, _)| *number == signal).map_or("a signal", |(_, name)| name);
        let mut stderr = std::io::stderr().lock();
        // A progress bar stands in the line.
        let fresh = if stderr.is_terminal() { "\n" } else { "" };
        let _ = writeln!(stderr, "{fresh}error: stopped by {name}: {}", crate::terminal::in_a_line(&traces.end));
        std::process::exit(128 + signal);
    }
}

#[cfg(unix)]
pub use signals::install;

/// Elsewhere a signal ends the process, and what it leaves is removed by the next run.
#[cfg(not(unix))]
pub fn install() {}
