//! Ctrl-C: what was being written disappears, what was there before stays.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// The directory in which files are being written, if there is one. Who holds the lock decides what becomes of it.
static WORKPLACE: Mutex<Option<PathBuf>> = Mutex::new(None);

fn workplace() -> MutexGuard<'static, Option<PathBuf>> {
    WORKPLACE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on an interrupted process removes its [`Workplace`] before it ends.
pub fn install() {
    // Without a handler an interrupt still ends the process; it may then leave a hidden directory behind.
    let _ = ctrlc::set_handler(|| {
        // Never given back, so that nothing more is decided by other threads.
        let workplace = workplace();
        if let Some(path) = &*workplace {
            // Another thread may still be creating files in it.
            let _ = (0..10).find(|_| std::fs::remove_dir_all(path).is_ok());
        }
        std::process::exit(INTERRUPTED);
    });
}

/// What shells report of a process that ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// A temporary directory that is removed when it is dropped, and when the process is interrupted.
pub struct Workplace {
    directory: Option<TempDir>,
}

impl Workplace {
    /// A new directory in `parent`.
    ///
    /// # Errors
    /// If the operating system does not create it.
    pub fn new(parent: &Path) -> std::io::Result<Self> {
        let mut workplace = workplace();
        let directory = tempfile::Builder::new().prefix(".elbow-").tempdir_in(parent)?;
        *workplace = Some(directory.path().to_owned());
        Ok(Workplace { directory: Some(directory) })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.directory.as_ref().map_or(Path::new(""), TempDir::path)
    }

    /// Does something that an interrupt must not cut in two.
    pub fn undivided<T>(&self, act: impl FnOnce(&Path) -> T) -> T {
        let _workplace = workplace();
        act(self.path())
    }

    /// Leaves the directory where it is; returns its path.
    pub fn keep(mut self) -> PathBuf {
        self.directory.take().map_or_else(PathBuf::new, TempDir::keep)
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        let mut workplace = workplace();
        *workplace = None;
        self.directory = None;
    }
}
