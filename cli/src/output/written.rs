//! What this program wrote: which names it gives, and how it knows its files again.
//!
//! Each command leaves a list in the directory: a JSON file with `files`, the names of all it wrote, and
//! `fingerprints`, a hash of the contents of each. A file is ours if a list that is whole names it and its contents are
//! those that were written; so a file that somebody edited or replaced is theirs. A list is believed only for names
//! that its command gives.

use super::disk::{self, Fingerprint};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// A command that writes files.
#[derive(Debug)]
pub struct Writer {
    /// The file that lists what it wrote.
    pub list: &'static str,
    /// The other files; a star stands for small letters, digits and hyphens.
    pub files: &'static [&'static str],
    /// Whether the directory is the command's own, in which files of the user's have no place.
    pub alone: bool,
}

/// `elbow train`.
pub const TRAIN: Writer = Writer {
    list: "summary.json",
    files: &["report.html", "history.csv", "units.csv", "events.csv", "parameters.csv", "figures/*.svg"],
    alone: true,
};

/// `elbow features`.
pub const FEATURES: Writer =
    Writer { list: "features.json", files: &["features.html", "features.csv", "figures/*.svg"], alone: false };

/// `elbow backprop`.
pub const BACKPROP: Writer = Writer { list: "backprop.json", files: &["backprop.html", "figures/*.svg"], alone: false };

/// `elbow lab`.
pub const LAB: Writer = Writer { list: "lab.json", files: &["lab.html"], alone: false };

/// `elbow sweep` and `elbow merge`.
pub const SWEEP: Writer = Writer { list: "sweep.json", files: &["runs.csv", "runs.parquet"], alone: false };

/// `elbow compare`.
pub const COMPARE: Writer = Writer {
    list: "compare.json",
    files: &["compare.html", "compare.csv", "compare.parquet", "figures/*.svg"],
    alone: false,
};

/// `elbow sweep --report`.
pub const REPORT: Writer = Writer { list: "sweep-report.json", files: &["sweep.html", "figures/*.svg"], alone: false };

/// All of them.
const WRITERS: [&Writer; 7] = [&TRAIN, &FEATURES, &BACKPROP, &LAB, &SWEEP, &COMPARE, &REPORT];

/// The directory below the output directory that files of the table stand in.
pub const FOLDER: &str = "figures";

/// The writer with that list.
pub fn writer(list: &str) -> Option<&'static Writer> {
    WRITERS.into_iter().find(|writer| writer.list == list)
}

impl Writer {
    /// Whether the command gives files this name.
    pub fn gives(&self, name: &str) -> bool {
        name == self.list || self.files.iter().any(|pattern| matches(pattern, name))
    }

    /// The names it always gives.
    pub fn fixed(&self) -> impl Iterator<Item = &'static str> {
        self.files.iter().copied().filter(|pattern| !pattern.contains('*')).chain([self.list])
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == name };
    let stem = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    stem.is_some_and(|stem| !stem.is_empty() && stem.bytes().all(plain))
}

/// Names and fingerprints of files.
pub type Files = BTreeMap<String, String>;

/// The fingerprint of a list within itself, until it is known.
pub const UNKNOWN: &str = "0000000000000000";

/// The text of a list with its own fingerprint, which is of the text with zeros in its place.
pub fn sealed(list: &str, text: &str) -> Option<(String, Fingerprint)> {
    let fingerprint = Fingerprint::of(text.as_bytes());
    let open = entry(list, UNKNOWN);
    text.contains(&open).then(|| (text.replacen(&open, &entry(list, &fingerprint.to_string()), 1), fingerprint))
}

fn entry(list: &str, fingerprint: &str) -> String {
    format!("\"{list}\": \"{fingerprint}\"")
}

/// Why a directory cannot be replaced.
#[derive(Debug)]
pub enum Foreign {
    /// Something in it, or itself if the path is empty, that this program did not write.
    Unknown(PathBuf),
    /// A file that this program wrote and somebody changed.
    Changed(PathBuf),
    /// A list with a name that its command does not give.
    Listed(&'static str, String),
}

impl Foreign {
    /// The file `name`, which was written once if it is one of `files`.
    pub fn of(name: &str, files: &Files) -> Self {
        if files.contains_key(name) { Foreign::Changed(name.into()) } else { Foreign::Unknown(name.into()) }
    }
}

impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Foreign::Unknown(path) if path.as_os_str().is_empty() => write!(f, "is no directory that elbow wrote"),
            Foreign::Unknown(path) => write!(f, "holds {}, which elbow did not write", path.display()),
            Foreign::Changed(path) => write!(f, "holds {}, which was changed after elbow wrote it", path.display()),
            Foreign::Listed(list, name) => write!(f, "holds {list}, which lists {name}: elbow writes no such file"),
        }
    }
}

/// What a command wrote into a directory, by its list there; nothing if there is no such list.
///
/// # Errors
/// The inner one if the file of that name is no list, was changed, or has a name that the command does not give.
pub fn listed(directory: &Path, writer: &Writer) -> io::Result<Result<Files, Foreign>> {
    #[derive(Deserialize)]
    struct List {
        /// Only looked for.
        #[serde(rename = "elbow")]
        _elbow: String,
        files: Vec<String>,
        #[serde(default)]
        fingerprints: Files,
    }
    let mut text = Vec::new();
    match disk::open_regular(&directory.join(writer.list))? {
        Some(mut file) => file.read_to_end(&mut text)?,
        None => return Ok(Ok(Files::new())),
    };
    let unknown = Foreign::Unknown(writer.list.into());
    let Ok(List { files, mut fingerprints, .. }) = serde_json::from_slice(&text) else { return Ok(Err(unknown)) };
    if let Some(name) = files.into_iter().find(|name| !writer.gives(name)) {
        return Ok(Err(Foreign::Listed(writer.list, name)));
    }
    let Some(own) = fingerprints.get(writer.list) else { return Ok(Err(unknown)) };
    if fingerprint_of_list(&text, writer.list).map(|found| found.to_string()).as_ref() != Some(own) {
        return Ok(Err(Foreign::Changed(writer.list.into())));
    }
    fingerprints.retain(|name, _| writer.gives(name));
    Ok(Ok(fingerprints))
}

/// The fingerprint of a list's text as [`sealed`] computed it.
fn fingerprint_of_list(text: &[u8], list: &str) -> Option<Fingerprint> {
    let text = std::str::from_utf8(text).ok()?;
    let before = entry(list, "");
    let at = text.find(&before[..before.len() - 1])? + before.len() - 1;
    let end = at.checked_add(UNKNOWN.len()).filter(|&end| text.is_char_boundary(at) && text.is_char_boundary(end))?;
    let mut fingerprint = Fingerprint::of(&text.as_bytes()[..at]);
    fingerprint.add(UNKNOWN.as_bytes());
    fingerprint.add(&text.as_bytes()[end..]);
    Some(fingerprint)
}

/// The fingerprint of the file `name` of a directory; of a list, as it is within itself.
fn fingerprint(directory: &Path, name: &str) -> io::Result<Option<Fingerprint>> {
    let path = directory.join(name);
    if !WRITERS.iter().any(|writer| writer.list == name) {
        return Fingerprint::of_file(&path);
    }
    let mut text = Vec::new();
    match disk::open_regular(&path)? {
        Some(mut file) => file.read_to_end(&mut text)?,
        None => return Ok(None),
    };
    Ok(fingerprint_of_list(&text, name))
}

/// Whether the file `name` of a directory is a regular file with the contents that `files` tells.
pub fn is_as_written(directory: &Path, name: &str, files: &Files) -> io::Result<bool> {
    let Some(expected) = files.get(name) else { return Ok(false) };
    Ok(fingerprint(directory, name)?.is_some_and(|found| found.to_string() == *expected))
}

/// What all commands wrote into a directory, by the lists there.
pub fn all_listed(directory: &Path) -> io::Result<Result<Files, Foreign>> {
    let mut all = Files::new();
    for writer in WRITERS {
        match listed(directory, writer)? {
            Ok(files) => all.extend(files),
            Err(foreign) => return Ok(Err(foreign)),
        }
    }
    Ok(Ok(all))
}

/// The text of the list of a command in a directory, if there is one; it and all files that it lists are as they were
/// written.
///
/// # Errors
/// The inner one if one of them is not.
pub fn complete(directory: &Path, writer: &Writer) -> io::Result<Result<Option<String>, Foreign>> {
    let files = match listed(directory, writer)? {
        Ok(files) if files.is_empty() => return Ok(Ok(None)),
        Ok(files) => files,
        Err(foreign) => return Ok(Err(foreign)),
    };
    for name in files.keys() {
        if !is_as_written(directory, name, &files)? {
            return Ok(Err(Foreign::of(name, &files)));
        }
    }
    fs::read_to_string(directory.join(writer.list)).map(|text| Ok(Some(text)))
}

/// Something in `directory` that this program did not write, or the directory itself if it is none. `except` are names
/// directly in it that are not looked at.
pub fn foreign(directory: &Path, except: &[&OsStr]) -> io::Result<Option<Foreign>> {
    if !disk::is_directory(directory) {
        return Ok(Some(Foreign::Unknown(PathBuf::new())));
    }
    let files = match all_listed(directory)? {
        Ok(files) => files,
        Err(foreign) => return Ok(Some(foreign)),
    };
    for path in contents(directory)? {
        let ours = match path.to_str() {
            Some(FOLDER) if disk::is_directory(&directory.join(FOLDER)) => {
                files.keys().any(|name| Path::new(name).starts_with(FOLDER))
            }
            Some(name) => is_as_written(directory, name, &files)?,
            None => false,
        };
        if !ours && !is_of_the_system(directory, &path) && !except.iter().any(|&name| path.as_os_str() == name) {
            let known = path.to_str().is_some_and(|name| files.contains_key(name));
            let changed = known && disk::open_regular(&directory.join(&path))?.is_some();
            return Ok(Some(if changed { Foreign::Changed(path) } else { Foreign::Unknown(path) }));
        }
    }
    Ok(None)
}

/// All names in a directory and in [`FOLDER`] below it, sorted.
fn contents(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        found.push(PathBuf::from(entry?.file_name()));
    }
    if disk::is_directory(&directory.join(FOLDER)) {
        for entry in fs::read_dir(directory.join(FOLDER))? {
            found.push(Path::new(FOLDER).join(entry?.file_name()));
        }
    }
    found.sort();
    Ok(found)
}

/// Files that desktops put into directories they show.
const OF_THE_SYSTEM: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// Whether a desktop put it there.
fn is_of_the_system(directory: &Path, path: &Path) -> bool {
    let named = path.file_name().is_some_and(|name| OF_THE_SYSTEM.iter().any(|&known| name == known));
    named && fs::symlink_metadata(directory.join(path)).is_ok_and(|found| found.is_file())
}

/// Removes what this program wrote, and the directory if nothing else is in it; true if it is gone. The lists go last:
/// by them the rest is known. Of a directory that was `known` to hold nothing else when its removal was begun, some
/// lists may be gone already; then names are enough.
pub fn remove(directory: &Path, known: bool) -> io::Result<bool> {
    if !disk::is_directory(directory) {
        return Ok(!disk::is_there(directory)?);
    }
    let files = match all_listed(directory)? {
        Ok(files) => files,
        Err(_) if known => Files::new(),
        Err(_) => return Ok(false),
    };
    let is_list = |path: &PathBuf| WRITERS.iter().any(|writer| path.as_os_str() == writer.list);
    let (lists, others): (Vec<_>, Vec<_>) = contents(directory)?.into_iter().partition(is_list);
    let remove_files = |paths: &[PathBuf]| -> io::Result<()> {
        for path in paths {
            let name = path.to_str().unwrap_or_default();
            let ours = is_as_written(directory, name, &files)? || is_of_the_system(directory, path);
            if ours || known && WRITERS.iter().any(|writer| writer.gives(name)) {
                disk::remove_file(&directory.join(path))?;
            }
        }
        Ok(())
    };
    let empty = |folder: &Path| match disk::remove_directory(folder) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        done => done.map(|()| true),
    };
    remove_files(&others)?;
    let folder = directory.join(FOLDER);
    if disk::is_directory(&folder) && !empty(&folder)? {
        return Ok(false);
    }
    remove_files(&lists)?;
    empty(directory)
}
