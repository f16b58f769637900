//! The output directory, which is replaced as a whole or not at all.

use crate::diagnostic::Failure;
use crate::interrupt::Workplace;
use crate::summary;
use serde_json::{Value, json};
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
        let fill = |()| write(&new).and_then(|()| carry(&self.target, &new));
        fs::create_dir(&new).and_then(fill).map_err(failed)?;
        workplace.undivided(|path| swap(&new, &self.target, &path.join("old"))).map_err(|error| {
            let kept = workplace.keep().join("new");
            failed(error).help(format!("the complete results are in {}", kept.display()))
        })
    }
}

/// Lists of files that a command wrote beside those of a study; they stay when a study replaces the directory.
const LISTS: [&str; 2] = [crate::backprop::NUMBERS, crate::features::NUMBERS];

/// Copies what other commands wrote beside an old study to a new one.
fn carry(old: &Path, new: &Path) -> io::Result<()> {
    for file in LISTS.iter().flat_map(|list| summary::listed(&old.join(list))) {
        let (from, to) = (old.join(&file), new.join(&file));
        if from.is_file() && !to.exists() {
            to.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

/// A directory into which files are put beside those that are there.
pub struct Beside {
    shown: PathBuf,
    target: PathBuf,
    /// The file that lists those written before and, later, those written now.
    list: &'static str,
}

impl Output {
    /// Makes sure, before any work is done, that files can be put into the directory `path`. Nothing is changed.
    ///
    /// # Errors
    /// If `path` is a file or is not writable.
    pub fn beside(path: &Path, list: &'static str) -> Result<Beside, Failure> {
        let shown = path.display();
        let refuse = |what: &str| Failure::input(format!("--out {shown}: {what}")).help(ANOTHER);
        let unusable = |error: io::Error| refuse(&format!("cannot be written: {error}"));
        let target = std::path::absolute(path).map_err(unusable)?;
        if fs::metadata(&target).is_ok_and(|found| !found.is_dir()) {
            return Err(refuse("is a file, and a directory is to be written into"));
        }
        if fs::symlink_metadata(&target).is_ok() && !target.exists() {
            return Err(refuse("is a link to something that does not exist"));
        }
        let existing = target.ancestors().find(|p| p.exists()).unwrap_or(&target);
        Workplace::new(existing).map_err(unusable)?;
        Ok(Beside { shown: path.to_owned(), target, list })
    }
}

impl Beside {
    /// Puts files into the directory, each as a whole, and a list with `content` and their names; what the old list has
    /// and the new one has not is removed. Files of others stay.
    ///
    /// # Errors
    /// If a file of that name is there that this program did not write, or files cannot be written.
    pub fn add(self, files: &[(String, String)], content: &Value) -> Result<(), Failure> {
        let shown = self.shown.display();
        let failed = |error: io::Error| Failure::work(format!("{shown} could not be written: {error}"));
        let old = summary::listed(&self.target.join(self.list));
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).chain([self.list]).collect();
        let foreign = |name: &&&str| self.target.join(name).exists() && !old.iter().any(|file| file == Path::new(name));
        if let Some(name) = names.iter().find(foreign) {
            return Err(Failure::input(format!("--out {shown}: holds {name}, which elbow did not write")).help(ANOTHER));
        }
        let mut list = json!({ "elbow": env!("CARGO_PKG_VERSION"), "files": names });
        if let (Some(list), Value::Object(content)) = (list.as_object_mut(), content) {
            list.extend(content.clone());
        }
        fs::create_dir_all(&self.target).map_err(failed)?;
        let workplace = Workplace::new(&self.target).map_err(failed)?;
        let list = format!("{list:#}\n");
        let all = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).chain([(self.list, list.as_str())]);
        for (name, text) in all {
            let path = workplace.path().join(name);
            path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text)).map_err(failed)?;
        }
        workplace
            .undivided(|new| {
                for name in &names {
                    let path = self.target.join(name);
                    path.parent().map_or(Ok(()), fs::create_dir_all)?;
                    fs::rename(new.join(name), path)?;
                }
                for gone in old.iter().filter(|file| !names.iter().any(|name| Path::new(name) == file.as_path())) {
                    // That an old picture is gone already is no failure.
                    let _ = fs::remove_file(self.target.join(gone));
                }
                Ok(())
            })
            .map_err(failed)
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
    let lists = [&[summary::FILE], &LISTS[..]].concat();
    let listed: Vec<PathBuf> = lists.iter().flat_map(|list| summary::listed(&directory.join(list))).collect();
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

/// Files that desktops put into directories they show.
const OF_THE_SYSTEM: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];
