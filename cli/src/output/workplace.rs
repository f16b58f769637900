//! The hidden directory in which a command writes, and its lock.

use super::{disk, written};
use crate::interrupt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// A hidden directory that this process alone uses while it holds the lock in it. The system releases the lock when the
/// process ends, however it ends.
pub struct Workplace {
    path: PathBuf,
    /// Held open, and so locked.
    _lock: File,
}

/// Who has the lock.
#[derive(Debug)]
pub struct Busy(String);

impl std::fmt::Display for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.parse::<u32>() {
            Ok(process) => write!(f, "another run of elbow, process {process}, is writing it"),
            Err(_) => write!(f, "another run of elbow is writing it"),
        }
    }
}

impl Workplace {
    /// Creates the directory `path`, or takes it over from a process that has ended.
    pub fn enter(path: PathBuf) -> io::Result<Result<Self, Busy>> {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        // It may be removed while it is entered, by the process that leaves it.
        for _ in 0..1000 {
            match disk::create_directory(&path, true) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                done => done?,
            }
            if !disk::is_directory(&path) {
                if !disk::is_there(&path)? {
                    continue;
                }
                return Err(named(io::Error::other("is in the way, and no directory")));
            }
            let lock = path.join("lock");
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            disk::no_link(&mut options);
            let mut file = match options.open(&lock) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(named(error)),
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut process = String::new();
                    // Who it is, is only said to help.
                    let _ = file.take(20).read_to_string(&mut process);
                    return Ok(Err(Busy(process.trim().to_owned())));
                }
                // Some file systems have no locks; what is put in place is looked at all the same.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(named(error)),
            }
            if is_same(&file, &lock) {
                let name = if is_lock(&mut file)? { foreign(&path)? } else { Some("lock") };
                if let Some(name) = name {
                    return Err(named(io::Error::other(format!("holds {name}, which elbow did not write"))));
                }
                let _ =
                    file.rewind().and_then(|()| file.set_len(0)).and_then(|()| write!(file, "{}", std::process::id()));
                return Ok(Ok(Workplace { path, _lock: file }));
            }
        }
        Err(named(io::Error::other("other processes come and go")))
    }

    /// What disappears when the process is interrupted, before the directory does if it is empty then.
    pub fn traces(&self) -> [PathBuf; 3] {
        [self.fresh(), self.draft(), self.path.join("lock")]
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The new files.
    pub fn fresh(&self) -> PathBuf {
        self.path.join("new")
    }

    /// What was in their places.
    pub fn replaced(&self) -> PathBuf {
        self.path.join("old")
    }

    /// What was in their places, and is known to be this program's.
    pub fn done_with(&self) -> PathBuf {
        self.path.join("gone")
    }

    /// What is to become of the new files, which are complete if there is this file.
    pub fn plan(&self) -> PathBuf {
        self.path.join("plan")
    }

    /// Where the plan is written before it has its name.
    pub fn draft(&self) -> PathBuf {
        self.path.join("draft")
    }

    /// Whether an earlier process left something.
    pub fn is_used(&self) -> io::Result<bool> {
        for path in [self.fresh(), self.replaced(), self.done_with(), self.plan(), self.draft()] {
            if disk::is_there(&path)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a file holds what a lock does, the number of a process or nothing, and has no other name: it will be written.
fn is_lock(file: &mut File) -> io::Result<bool> {
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) != 1 {
        return Ok(false);
    }
    let mut text = Vec::new();
    file.take(20).read_to_end(&mut text)?;
    Ok(text.len() < 20 && text.iter().all(u8::is_ascii_digit))
}

/// What stands in a workplace in the place of a plan, and is none.
fn foreign(path: &Path) -> io::Result<Option<&'static str>> {
    for name in ["plan", "draft"] {
        if disk::is_there(&path.join(name))? && disk::open_regular(&path.join(name))?.is_none() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether `path` is the open file, and not another one that has taken its name.
fn is_same(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let identity = |found: fs::Metadata| (found.dev(), found.ino());
        let (own, found) = (file.metadata().map(identity), fs::symlink_metadata(path).map(identity));
        matches!((own, found), (Ok(own), Ok(found)) if own == found)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        fs::symlink_metadata(path).is_ok()
    }
}

impl Drop for Workplace {
    /// Removes the directory. With a plan it stays for a later run, as does whatever is not known.
    fn drop(&mut self) {
        interrupt::undivided(|| {
            self.traces().iter().for_each(|path| interrupt::forget(path));
            interrupt::forget(&self.path);
            if disk::is_there(&self.plan()).unwrap_or(true) {
                return;
            }
            // What cannot be removed now is removed by a later run.
            let _ = written::remove(&self.fresh(), true);
            let _ = disk::remove_file(&self.draft());
            let _ = written::remove(&self.done_with(), true);
            let _ = written::remove(&self.replaced(), false);
            let _ = disk::remove_file(&self.path.join("lock"));
            let _ = disk::remove_directory(&self.path);
        });
    }
}
