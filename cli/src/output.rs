//! The output directory. Training replaces it as a whole or not at all; other commands add their files to it.

use crate::diagnostic::Failure;
use crate::interrupt::Workplace;
use crate::summary;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A directory that may be written: it does not exist, or is empty, or holds nothing but what this program wrote.
pub struct Output {
    /// As the user named it.
    shown: PathBuf,
    /// The absolute path, without links if it exists.
    target: PathBuf,
    /// The directory it is to stand in.
    parent: PathBuf,
}

impl Output {
    /// Makes sure, before any work is done, that `path` can be written. Nothing is changed.
    ///
    /// # Errors
    /// If `path` is a file, or a directory with files of the user's, or is not writable.
    pub fn prepare(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let refuse = |what: &str| Failure::input(format!("--out {shown}: {what}")).help(ANOTHER);
        let unusable = |error: io::Error| refuse(&format!("cannot be written: {error}"));
        let mut target = std::path::absolute(path).map_err(unusable)?;
        match fs::metadata(&target) {
            Ok(found) if !found.is_dir() => return Err(refuse("is a file, and a directory is to be written")),
            Ok(_) => {
                target = target.canonicalize().map_err(unusable)?;
                if std::env::current_dir().and_then(|here| here.canonicalize()).is_ok_and(|h| h.starts_with(&target)) {
                    return Err(refuse("is the working directory or holds it, and would be replaced as a whole"));
                }
                if let Some(file) = foreign(&target).map_err(unusable)? {
                    return Err(refuse(&format!(
                        "holds {}, which elbow did not write and would have to delete",
                        file.display()
                    )));
                }
                Workplace::new(&target).map_err(unusable)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if fs::symlink_metadata(&target).is_ok() {
                    return Err(refuse("is a link to something that does not exist"));
                }
            }
            Err(error) => return Err(unusable(error)),
        }
        let Some(parent) = target.parent().map(Path::to_owned) else {
            return Err(refuse("is the root of the file system"));
        };
        // The next directory above that exists, in which the missing ones are to be created.
        let existing = parent.ancestors().find(|p| p.exists()).unwrap_or(&parent);
        Workplace::new(existing).map_err(unusable)?;
        Ok(Output { shown: path.to_owned(), target, parent })
    }

    /// Lets `write` fill a new directory and puts it in the place of the old one.
    ///
    /// # Errors
    /// If `write` fails, or the directory cannot be moved to its place; then the old one is still there.
    pub fn replace(self, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Failure> {
        let shown = self.shown.display();
        let failed = |error: io::Error| Failure::work(format!("{shown} could not be written: {error}"));
        fs::create_dir_all(&self.parent).map_err(failed)?;
        let workplace = Workplace::new(&self.parent).map_err(failed)?;
        let new = workplace.path().join("new");
        fs::create_dir(&new).and_then(|()| write(&new)).map_err(failed)?;
        workplace.undivided(|path| swap(&new, &self.target, &path.join("old"))).map_err(|error| {
            let kept = workplace.keep().join("new");
            failed(error).help(format!("the complete results are in {}", kept.display()))
        })
    }
}

const ANOTHER: &str = "give --out another directory; one that does not exist is created";

/// Moves `new` to `target`; what was there goes to `old`, and comes back if it cannot be done.
fn swap(new: &Path, target: &Path, old: &Path) -> io::Result<()> {
    let existed = target.exists();
    if existed {
        fs::rename(target, old)?;
    }
    fs::rename(new, target).inspect_err(|_| {
        if existed {
            // Were this to fail as well, the old directory would be kept beside the new one.
            let _ = fs::rename(old, target);
        }
    })
}

/// Something in `directory` that this program did not write: a file that the summary there does not list.
fn foreign(directory: &Path) -> io::Result<Option<PathBuf>> {
    let listed: Vec<PathBuf> = LISTINGS.iter().flat_map(|listing| summary::files_in(directory, listing)).collect();
    let mut pending = vec![PathBuf::new()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(directory.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() && listed.iter().any(|file| file.starts_with(&path)) {
                pending.push(path);
            } else if !listed.contains(&path) && !OF_THE_SYSTEM.map(OsStr::new).contains(&&*entry.file_name()) {
                return Ok(Some(path));
            }
        }
    }
    Ok(None)
}

/// The files in which commands list what they wrote.
const LISTINGS: [&str; 2] = [summary::FILE, crate::features::NUMBERS];

/// Files that desktops put into directories they show.
const OF_THE_SYSTEM: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// A directory to which a command adds its files: what other commands wrote there, and what users put there, stays.
pub struct Beside {
    /// As the user named it.
    shown: PathBuf,
    target: PathBuf,
    /// The name of the file that lists what the command wrote.
    listing: &'static str,
}

impl Output {
    /// Makes sure, before any work is done, that files can be added to the directory `path`; it is created later if it
    /// does not exist. `listing` is a JSON file in it that lists what the command wrote.
    ///
    /// # Errors
    /// If `path` is a file, or is not writable.
    pub fn beside(path: &Path, listing: &'static str) -> Result<Beside, Failure> {
        let shown = path.display();
        let refuse = |what: &str| Failure::input(format!("--out {shown}: {what}")).help(ANOTHER);
        let unusable = |error: io::Error| refuse(&format!("cannot be written: {error}"));
        let target = std::path::absolute(path).map_err(unusable)?;
        match fs::metadata(&target) {
            Ok(found) if !found.is_dir() => return Err(refuse("is a file, and a directory is to be written")),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable(error)),
            Err(_) if fs::symlink_metadata(&target).is_ok() => {
                return Err(refuse("is a link to something that does not exist"));
            }
            _ => {}
        }
        // It or the next directory above that exists.
        let existing = target.ancestors().find(|p| p.exists()).unwrap_or(&target);
        Workplace::new(existing).map_err(unusable)?;
        Ok(Beside { shown: path.to_owned(), target, listing })
    }
}

impl Beside {
    /// Writes `files`, paths below the directory with their contents, and `numbers`, to which the list of files is added,
    /// as the listing. Each file is complete or absent. What the command wrote there before and not again is removed.
    ///
    /// # Errors
    /// If a file of that name is there that the command did not write, or if a file cannot be written.
    pub fn add(self, files: &[(String, String)], numbers: &serde_json::Value) -> Result<(), Failure> {
        let Beside { shown, target, listing } = self;
        let shown = shown.display();
        let failed = |error: io::Error| Failure::work(format!("{shown} could not be written: {error}"));
        let before = summary::files_in(&target, listing);
        let names = || files.iter().map(|(name, _)| name.as_str()).chain([listing]);
        if let Some(name) = names().find(|name| target.join(name).exists() && !before.contains(&PathBuf::from(name))) {
            let what =
                format!("--out {shown}: holds {name}, which this command did not write and would have to replace");
            return Err(Failure::input(what).help(ANOTHER));
        }
        let mut numbers = numbers.clone();
        numbers["files"] = names().collect();

        fs::create_dir_all(&target).map_err(failed)?;
        let workplace = Workplace::new(&target).map_err(failed)?;
        let text = format!("{numbers:#}\n");
        // The listing comes first: what it lists and is not there yet harms nobody.
        let all = std::iter::once((listing, &text)).chain(files.iter().map(|(name, text)| (name.as_str(), text)));
        let write = |(name, text): (&str, &String)| {
            let path = workplace.path().join(name);
            path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text))
        };
        let place = |(name, _): (&str, &String)| {
            let path = target.join(name);
            let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
            folder.and_then(|()| fs::rename(workplace.path().join(name), path))
        };
        all.clone().try_for_each(write).map_err(failed)?;
        workplace
            .undivided(|_| {
                all.clone().try_for_each(place)?;
                let gone = before.iter().filter(|old| !names().any(|name| Path::new(name) == *old));
                // One that cannot be removed, or is gone already, is no reason to fail.
                gone.for_each(|old| drop(fs::remove_file(target.join(old))));
                Ok(())
            })
            .map_err(failed)
    }
}
