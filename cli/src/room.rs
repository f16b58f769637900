//! Whether the machine has room for the [`Work`]: said before it is begun.

use crate::diagnostic::Failure;
use crate::limits;
use crate::progress::duration;
use crate::work::Work;
use nn::data::Data;
use nn::settings::Settings;
use std::io::Write as _;
use std::path::Path;

/// Work that takes longer is announced, in seconds.
const LONG: f64 = 60.0;
/// Work that needs more memory, or leaves more on the disk, is announced, in bytes.
const MUCH: f64 = 1e9;
/// What needs less memory.
const FEWER: &str = "fewer --widths or --seeds, or a larger --save-every";

/// Prints a line with the estimate if the work is long or large and `quiet` is not asked for.
///
/// # Errors
/// If the estimate is more than the machine has, unless `anyway`: more memory than is free, or more on the disk of `out`.
pub fn check(work: &Work, out: &Path, quiet: bool, anyway: bool) -> Result<(), Failure> {
    if !anyway {
        enough("memory", work.memory, free_memory(), FEWER)?;
        let place = format!("disk space for {}", out.display());
        enough(&place, work.disk, free_disk(out), "another --out, fewer --seeds, or a larger --save-every")?;
    }
    if !quiet && (work.seconds() > LONG || work.memory > MUCH || work.disk > MUCH) {
        // Nobody needs the line to go on.
        let _ = writeln!(std::io::stderr(), "{}", estimate(work));
    }
    Ok(())
}

/// Refuses training that needs more memory than is free, unless `anyway`: before anything is trained to measure how long it
/// takes.
///
/// # Errors
/// If it needs so much.
pub fn training(settings: &Settings, data: &Data, threads: usize, anyway: bool) -> Result<(), Failure> {
    if anyway {
        return Ok(());
    }
    enough("memory", Work::memory_of_training(settings, data, threads), free_memory(), FEWER)
}

/// Bytes of memory for a byte of a table while it is read, of one digit in each cell; training is counted by itself.
const TABLE: f64 = 7.0;

/// Refuses a table that needs more memory than is free, unless `anyway`.
///
/// # Errors
/// If it is so large.
pub fn table(path: &Path, anyway: bool) -> Result<(), Failure> {
    let size = std::fs::metadata(path).map_or(0, |found| found.len()) as f64;
    if anyway {
        return Ok(());
    }
    enough(&format!("memory for {}", path.display()), TABLE * size, free_memory(), "fewer rows or columns")
}

/// `about 3 min, 120 MB of memory, 40 MB in 23 files`.
fn estimate(work: &Work) -> String {
    let [memory, disk] = [work.memory, work.disk].map(bytes);
    format!("about {}, {memory} of memory, {disk} in {} files", duration(work.seconds().max(1.0)), work.files)
}

/// Refuses what does not fit.
fn enough(what: &str, needed: f64, free: Option<f64>, help: &str) -> Result<(), Failure> {
    match free {
        Some(free) if needed > free => {
            let what = format!("about {} of {what} would be needed, and {} are free", bytes(needed), bytes(free));
            Err(Failure::input(what).help(format!("{help}; --yes begins all the same")))
        }
        _ => Ok(()),
    }
}

/// `640 kB`, `40 MB`, `1.5 GB`: two digits where there are no more.
fn bytes(bytes: f64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (bytes, 0);
    while value >= 999.5 && unit + 1 < units.len() {
        (value, unit) = (value / 1000.0, unit + 1);
    }
    let decimals = usize::from(value < 9.95 && unit > 0);
    format!("{value:.decimals$} {}", units[unit])
}

/// The memory that this process may still take, in bytes: what the system has available, what its limits and its
/// control group (cgroup, version 2 or 1) leave. None if the system does not say.
fn free_memory() -> Option<f64> {
    let file = |path: &Path| std::fs::read_to_string(path).ok();
    let number = |path: &Path| file(path)?.trim().parse::<f64>().ok();
    let of_system = || {
        let text = file(Path::new("/proc/meminfo"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
    };
    let groups = file(Path::new("/proc/self/cgroup")).unwrap_or_default();
    let mut free = [of_system(), limits::memory()].into_iter().flatten().reduce(f64::min);
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else { continue };
        let (root, limit, used) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max", "memory.current"),
            "memory" => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
            _ => continue,
        };
        // Every group above sets a limit too. In a container the group's path may not exist below the mount.
        let path = Path::new(root).join(group.trim_start_matches('/'));
        for above in path.ancestors().take_while(|above| above.starts_with(root)) {
            if let (Some(limit), Some(used)) = (number(&above.join(limit)), number(&above.join(used))) {
                // What the group's files keep in the cache is given back when it is needed.
                let cached = file(&above.join("memory.stat")).and_then(|text| {
                    text.lines().find_map(|line| line.strip_prefix("inactive_file "))?.parse::<f64>().ok()
                });
                let left = (limit - used + cached.unwrap_or(0.0)).max(0.0);
                free = Some(free.map_or(left, |free: f64| free.min(left)));
            }
        }
    }
    free
}

/// The bytes that a user may still write where `path` is to be. None if the system does not say.
#[cfg(target_os = "linux")]
fn free_disk(path: &Path) -> Option<f64> {
    let path = std::path::absolute(path).ok()?;
    let system = path.ancestors().find_map(|existing| rustix::fs::statvfs(existing).ok())?;
    // Some file systems have no size.
    (system.f_blocks > 0).then_some(system.f_bavail as f64 * system.f_frsize as f64)
}

#[cfg(not(target_os = "linux"))]
fn free_disk(_: &Path) -> Option<f64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(memory: f64, disk: f64) -> Work {
        Work { training: Vec::new(), threads: 1, divisible: false, stages: Vec::new(), memory, disk, files: 1 }
    }

    #[test]
    fn more_than_there_is_is_refused_with_both_numbers_and_a_way_out() {
        let here = Path::new("elbow-out");
        let refusal = |work: &Work, anyway| check(work, here, true, anyway).map_err(|failure| failure.to_string());
        for (work, what) in [(work(1e18, 0.0), "1000000 TB of memory"), (work(0.0, 1e18), "1000000 TB of disk space")] {
            let said = refusal(&work, false).unwrap_err();
            assert!(said.contains(what) && said.contains(" are free") && said.contains("--yes"), "{said}");
            assert_eq!(refusal(&work, true), Ok(()));
        }
        assert_eq!(refusal(&work(1e6, 1e3), false), Ok(()));
    }

    #[test]
    fn the_system_says_what_is_free() {
        assert!(free_memory().is_some_and(|bytes| bytes > 1e6));
        // A directory that does not exist yet is on the disk of the one above.
        let place = tempfile::tempdir().unwrap();
        assert!(free_disk(&place.path().join("a/b")).is_some_and(|bytes| bytes > 1e6));
    }

    #[test]
    fn bytes_are_read_at_a_glance() {
        let shown = [0.0, 999.0, 1000.0, 9940.0, 9960.0, 123_456.0, 999_600.0, 1.5e9, 2e15].map(bytes);
        let wanted = ["0 bytes", "999 bytes", "1.0 kB", "9.9 kB", "10 kB", "123 kB", "1.0 MB", "1.5 GB", "2000 TB"];
        assert_eq!(shown, wanted);
    }
}
