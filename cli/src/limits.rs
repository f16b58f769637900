//! What the system lets this process have, as `ulimit` and `setrlimit` say.

/// Address space that a thread takes before it does anything: its stack, and the heap that the C library reserves for it.
const OF_THREAD: f64 = 140e6;

/// Open files that the program gets along with.
pub const FEW_FILES: usize = 32;

/// How many further threads there is address space for.
pub fn threads() -> usize {
    memory().map_or(usize::MAX, |bytes| (bytes / OF_THREAD) as usize)
}

#[cfg(unix)]
mod system {
    use rustix::process::{Resource, getrlimit};
    use signal_hook::consts::SIGXFSZ;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    /// The bytes of memory that may still be taken; None if that is not limited.
    pub fn memory() -> Option<f64> {
        let taken = |name: &str| {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let kilo = status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"));
            kilo.and_then(|kilo| kilo.trim().parse::<f64>().ok()).map_or(0.0, |kilo| kilo * 1024.0)
        };
        let left = |resource, name| getrlimit(resource).current.map(|limit| (limit as f64 - taken(name)).max(0.0));
        let both = [left(Resource::As, "VmSize:"), left(Resource::Data, "VmData:")];
        both.into_iter().flatten().reduce(f64::min)
    }

    /// How many files may be open at a time.
    pub fn files() -> usize {
        getrlimit(Resource::Nofile).current.map_or(usize::MAX, |limit| limit as usize)
    }

    /// From now on a file that becomes too large is an error of writing; without a handler the signal ends the process.
    pub fn survive_large_files() {
        // If it cannot be, the process ends, and the next run removes what it leaves.
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    }
}

#[cfg(not(unix))]
mod system {
    pub fn memory() -> Option<f64> {
        None
    }
    pub fn files() -> usize {
        usize::MAX
    }
    pub fn survive_large_files() {}
}

pub use system::{files, memory, survive_large_files};
