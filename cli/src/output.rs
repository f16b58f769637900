//! The output directory: what a command writes appears there as a whole or not at all, and nothing is lost that this
//! program did not write.
//!
//! A command opens its [`Output`] before it does any work, so that what cannot be written is refused at once. From then
//! on it holds the lock of a hidden directory, its [workplace], beside the output directory, or in it if it
//! cannot be renamed, as a mount point. All files are first written there and brought to the disk. Then a
//! [plan] puts them in place: the whole directory in one step if everything in it is this program's, each file in
//! a step if not. What this program wrote it knows by [lists](written) of names and fingerprints.
//!
//! A process that is killed leaves its workplace. The next one that writes into the same directory finds it, finishes
//! what was complete, removes what was not, and says so. What cannot be put in place is kept beside it, or in the
//! directory for temporary files, and the message says where.

mod disk;
#[cfg(test)]
mod faults;
mod partial;
mod plan;
mod workplace;
mod written;

use crate::diagnostic::Failure;
use crate::work::Stage;
use crate::{interrupt, limits, terminal};
pub use disk::Fingerprint;
pub use partial::{Begun, Head, Partial, is_partial};
use plan::{Plan, Problem};
use serde_json::{Value, json};
use std::cell::Cell;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};
use workplace::Workplace;
pub use written::{BACKPROP, COMPARE, FEATURES, Files, LAB, REPORT, SWEEP, TRAIN, Writer, complete};
use written::{FOLDER, Foreign};

/// A file to be written: its name below the output directory, about how many bytes it has, and how to write it.
pub struct Sheet<'a> {
    name: String,
    bytes: f64,
    write: Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'a>,
}

impl<'a> Sheet<'a> {
    /// A file of about so many bytes that `write` writes.
    pub fn new(name: impl Into<String>, bytes: f64, write: impl Fn(&mut dyn Write) -> io::Result<()> + 'a) -> Self {
        Sheet { name: name.into(), bytes, write: Box::new(write) }
    }
    /// A file with that text.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        Sheet::new(name, text.len() as f64, move |out| out.write_all(text.as_bytes()))
    }
}

/// What a list has to hold, beside what the command puts there.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The names of all files.
    pub files: Vec<String>,
    /// A hash of each.
    pub fingerprints: Files,
}

/// The text of a list that holds `numbers` as well.
pub fn json_list(numbers: &Value, listing: &Listing) -> String {
    let mut list = json!({ "elbow": env!("CARGO_PKG_VERSION"), "files": listing.files });
    if let (Some(list), Value::Object(numbers)) = (list.as_object_mut(), numbers) {
        list.extend(numbers.clone());
        list.insert("fingerprints".to_owned(), json!(listing.fingerprints));
    }
    format!("{list:#}\n")
}

/// A directory that may be written.
pub struct Output {
    /// As the user named it.
    shown: String,
    /// The absolute path, without links if it exists.
    target: PathBuf,
    writer: &'static Writer,
    workplace: Workplace,
    /// Whether the workplace is in the directory, which then cannot be replaced as a whole.
    inside: bool,
    /// Directories above it that were missing.
    parents: Parents,
}

const ANOTHER: &str = "give --out another directory; one that does not exist is created";
/// The workplace in an output directory.
const INSIDE: &str = ".elbow-here";
/// What is said of the directory when nothing was put into it.
const UNTOUCHED: &str = "is as it was before";

impl Output {
    /// Makes sure, before any work is done, that `path` can be written, and takes its lock; finishes or removes what an
    /// earlier process left there.
    ///
    /// # Errors
    /// If `path` is a file, holds files of the user's that are in the way, is not writable, or is being written by
    /// another process. Nothing is changed then.
    pub fn open(path: &Path, writer: &'static Writer) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let refuse = |what: &dyn std::fmt::Display| Failure::input(format!("--out {shown}: {what}")).help(ANOTHER);
        let unusable = |error: io::Error| refuse(&format!("cannot be written: {error}"));
        if limits::files() < limits::FEW_FILES {
            let what = format!("only {} files may be open at a time", limits::files());
            return Err(refuse(&what).help(format!("ulimit -n {} lets enough be open", limits::FEW_FILES)));
        }
        let target = resolve(path).map_err(unusable)?;
        let exists = match fs::symlink_metadata(&target) {
            Ok(found) if found.is_symlink() => return Err(refuse(&"is a link to something that does not exist")),
            Ok(found) if !found.is_dir() => return Err(refuse(&"is a file, and a directory is to be written")),
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(unusable(error)),
        };
        if writer.alone && exists && is_here(&target) {
            return Err(refuse(&"is the working directory or holds it, and would be replaced as a whole"));
        }
        interrupt::tell(format!("{shown} {UNTOUCHED}"));
        interrupt::install();

        let parents = Parents::create(&target).map_err(unusable)?;
        let enter = |place: PathBuf| -> Result<Workplace, Failure> {
            // A signal in between would not know what is to disappear.
            let (workplace, recovered) = interrupt::undivided(|| {
                let workplace = Workplace::enter(place).map_err(unusable)?.map_err(|busy| {
                    Failure::input(format!("--out {shown}: {busy}"))
                        .help("wait until it has ended, or give --out another directory")
                })?;
                let recovered = recover(&shown, &workplace, &target);
                if recovered.is_ok() {
                    interrupt::parent(workplace.path());
                    workplace.traces().iter().for_each(|path| interrupt::scratch(path));
                }
                Ok((workplace, recovered))
            })?;
            recovered.map_err(unusable)?;
            Ok(workplace)
        };
        let (within, beside) = (target.join(INSIDE), beside(&target));
        if disk::is_directory(&within) {
            // Another process is writing, or was killed when the directory could not be renamed; perhaps now it can.
            drop(enter(within.clone())?);
        }
        let (workplace, inside) = match beside.filter(|_| !exists || disk::can_be_renamed(&target)) {
            Some(beside) if !exists || disk::is_writable(&target.with_file_name("")).is_ok() => (enter(beside)?, false),
            _ => (enter(within)?, true),
        };
        let output = Output { shown: shown.clone(), target, writer, workplace, inside, parents };
        if exists {
            for directory in [output.target.clone(), output.target.join(FOLDER)] {
                if disk::is_directory(&directory) {
                    disk::is_writable(&directory).map_err(unusable)?;
                }
            }
            if let Some(foreign) = output.foreign().map_err(unusable)? {
                return Err(refuse(&foreign));
            }
        }
        Ok(output)
    }

    /// The directory beside it in which long work keeps what is finished.
    ///
    /// # Errors
    /// If nothing can stand beside it, as it is the root of a file system.
    pub fn partial(&self) -> Result<PathBuf, Failure> {
        partial_of(&self.target).ok_or_else(|| {
            Failure::input(format!("--out {}: there is no place beside it for what is finished", self.shown))
                .help(ANOTHER)
        })
    }

    /// Something in the directory that is in the way.
    fn foreign(&self) -> io::Result<Option<Foreign>> {
        if self.writer.alone {
            // The root of a file system of its own may hold what its system needs.
            let except: &[&OsStr] = if self.inside { &[OsStr::new(INSIDE), OsStr::new("lost+found")] } else { &[] };
            return written::foreign(&self.target, except);
        }
        let files = match written::listed(&self.target, self.writer)? {
            Ok(files) => files,
            Err(foreign) => return Ok(Some(foreign)),
        };
        for name in self.writer.fixed() {
            let taken = disk::is_there(&self.target.join(name))?;
            if taken && !written::is_as_written(&self.target, name, &files)? {
                return Ok(Some(Foreign::of(name, &files)));
            }
        }
        let folder = self.target.join(FOLDER);
        let taken = disk::is_there(&folder)? && !disk::is_directory(&folder);
        Ok(taken.then(|| Foreign::Unknown(FOLDER.into())))
    }

    /// Writes `sheets` and the list, whose text `list` makes, and puts all of it in place; what the command wrote
    /// earlier and does not write now is removed. `tell` hears of [`Stage::Writing`] and [`Stage::Saving`], and how large
    /// a share of it is done.
    ///
    /// # Errors
    /// If files cannot be written or put in place; then the directory is as it was, and the message says where the
    /// results are.
    pub fn put(
        self,
        sheets: &[Sheet<'_>],
        list: &dyn Fn(&Listing) -> String,
        tell: &dyn Fn(Stage, f64),
    ) -> Result<(), Failure> {
        let new = self.workplace.fresh();
        let all: f64 = sheets.iter().map(|sheet| sheet.bytes).sum();
        let again = |directory: &Path| {
            let written = |bytes: f64| tell(Stage::Writing, (bytes / all).min(1.0));
            write(directory, &self.target, self.writer, sheets, list, &written)
        };
        let written = disk::create_directory(&new, false).and_then(|()| {
            disk::like(&self.target, &new);
            again(&new)
        });
        let failed =
            |what: &dyn std::fmt::Display| Failure::work(format!("{} could not be written: {what}", self.shown));
        let files = match written {
            Ok(files) => files,
            Err(error) => {
                // Room for them may be elsewhere; here, none of what is left is complete.
                let _ = disk::remove_tree(&new);
                return Err(elsewhere(failed(&error), &again));
            }
        };
        tell(Stage::Saving, 0.0);
        interrupt::undivided(|| {
            self.workplace.traces().iter().for_each(|path| interrupt::forget(path));
            let Err(problem) = self.place(&files) else {
                interrupt::tell(format!("{} was written before", self.shown));
                return Ok(());
            };
            let failure = match problem {
                Problem::Foreign(foreign) => failed(&format!("it {foreign}")),
                Problem::System(error) => failed(&error),
            };
            if !is_complete(&new, &files) {
                let rest = self.workplace.path().display();
                return Err(
                    failure.help(format!("the next run with this --out finishes it; what is missing is in {rest}"))
                );
            }
            match keep(&new, &self.target) {
                Ok(kept) => {
                    // Without its files the plan means nothing.
                    let _ = disk::remove_file(&self.workplace.plan());
                    Err(failure.help(format!("the complete results are in {}", kept.display())))
                }
                Err(_) => Err(elsewhere(failure, &again)),
            }
        })
    }

    /// Puts the complete new files in place.
    fn place(&self, files: &Files) -> Result<(), Problem> {
        let (new, target) = (self.workplace.fresh(), &self.target);
        self.parents.synchronise()?;
        let before = written::listed(target, self.writer)??;
        let taken = disk::is_there(target)?;
        if self.writer.alone
            && taken
            && let Some(foreign) = self.foreign()?
        {
            return Err(foreign.into());
        }
        if !self.inside && (!taken || self.is_replaceable(&new)?) {
            let others = if taken { self.others(files, &before)? } else { Vec::new() };
            for name in &others {
                let to = new.join(name);
                if let Some(folder) = to.parent().filter(|folder| !disk::is_directory(folder)) {
                    disk::create_directory(folder, false)?;
                }
                disk::link(&target.join(name), &to)?;
            }
            let plan = Plan::write(self.writer, true, files, &before, &self.workplace, target)?;
            match settle(&plan, &self.workplace, target) {
                // Somebody has put something there, or the system does not rename directories.
                Err(Problem::Foreign(_)) if !self.writer.alone => {}
                Err(Problem::System(_)) if is_complete(&new, files) && disk::is_directory(target) => {}
                done => return done,
            }
            disk::remove_file(&self.workplace.plan())?;
            for name in &others {
                disk::remove_file(&new.join(name))?;
            }
        }
        settle(&Plan::write(self.writer, false, files, &before, &self.workplace, target)?, &self.workplace, target)
    }

    /// Whether all of the directory is this program's, and `new` can be as it is.
    fn is_replaceable(&self, new: &Path) -> io::Result<bool> {
        let target = &self.target;
        Ok(!is_here(target) && disk::have_one_owner(target, new) && written::foreign(target, &[])?.is_none())
    }

    /// The files that other commands wrote into the directory.
    fn others(&self, files: &Files, before: &Files) -> Result<Vec<String>, Problem> {
        let mut others = written::all_listed(&self.target)??;
        others.retain(|name, _| !files.contains_key(name) && !before.contains_key(name));
        others.retain(|name, _| disk::is_there(&self.target.join(name)).unwrap_or(true));
        Ok(others.into_keys().collect())
    }
}

/// Writes `sheets` and their list into `directory`, and returns names and fingerprints.
/// Modes are those of files of the same name in `model`; `written` hears how many bytes are written.
///
/// # Errors
/// If a file cannot be written; the message names it.
pub fn write(
    directory: &Path,
    model: &Path,
    writer: &Writer,
    sheets: &[Sheet<'_>],
    list: &dyn Fn(&Listing) -> String,
    written: &dyn Fn(f64),
) -> io::Result<Files> {
    let mut fingerprints = Files::new();
    let bytes = Cell::new(0.0);
    let told = |more: usize| {
        bytes.set(bytes.get() + more as f64);
        written(bytes.get());
    };
    let write = |name: &str, write: &dyn Fn(&mut dyn Write) -> io::Result<()>| {
        let path = directory.join(name);
        let write = || {
            if !writer.gives(name) {
                return Err(io::Error::other("is not in the table of files of its command"));
            }
            if let Some(folder) = path.parent().filter(|folder| !disk::is_directory(folder)) {
                disk::create_directory(folder, false)?;
                disk::like(&model.join(FOLDER), folder);
            }
            let mut out = BufWriter::with_capacity(1 << 16, disk::NewFile::create(&path)?);
            write(&mut Told(&mut out, &told))?;
            disk::like(&model.join(name), &path);
            Ok(out.into_inner().map_err(io::IntoInnerError::into_error)?.fingerprint())
        };
        write().map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))
    };
    for sheet in sheets {
        fingerprints.insert(sheet.name.clone(), write(&sheet.name, &sheet.write)?.to_string());
    }
    let files = sheets.iter().map(|sheet| sheet.name.as_str()).chain([writer.list]).map(str::to_owned).collect();
    fingerprints.insert(writer.list.to_owned(), written::UNKNOWN.to_owned());
    let listing = Listing { files, fingerprints };
    let (text, own) = written::sealed(writer.list, &list(&listing))
        .ok_or_else(|| io::Error::other(format!("{}: its text has no fingerprints", writer.list)))?;
    write(writer.list, &|out| out.write_all(text.as_bytes()))?;
    let mut fingerprints = listing.fingerprints;
    fingerprints.insert(writer.list.to_owned(), own.to_string());
    Ok(fingerprints)
}

/// A file, and who is told how many bytes are written.
struct Told<'a>(&'a mut dyn Write, &'a dyn Fn(usize));

impl Write for Told<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1(written);
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Carries out a plan and removes what was replaced.
fn settle(plan: &Plan, workplace: &Workplace, target: &Path) -> Result<(), Problem> {
    let gone = workplace.done_with();
    let known = disk::is_there(&gone)?;
    if !known {
        plan.carry_out(workplace, target)?;
        if disk::is_there(&workplace.replaced())? {
            disk::rename(&workplace.replaced(), &gone)?;
            disk::synchronise(&[workplace.path()])?;
        }
    }
    if !written::remove(&gone, known).unwrap_or(false) {
        // Somebody has put something into it in the meantime, or it cannot be removed.
        let kept = keep(&gone, target)?;
        note(&format!("what was in {} and could not be removed is in {}", target.display(), kept.display()));
    }
    disk::remove_file(&workplace.plan())?;
    Ok(())
}

/// Finishes or removes what a process left that was killed, and says so.
fn recover(shown: &str, workplace: &Workplace, target: &Path) -> io::Result<()> {
    if !workplace.is_used()? {
        return Ok(());
    }
    let (new, old) = (workplace.fresh(), workplace.replaced());
    match Plan::read(workplace) {
        Ok(Some(plan)) => match settle(&plan, workplace, target) {
            Ok(()) => note(&format!("{shown}: a run that was stopped had complete results; they are in place now")),
            Err(Problem::System(error)) if !is_complete(&new, plan.files()) => return Err(error),
            Err(problem) => {
                let why = match problem {
                    Problem::Foreign(foreign) => format!("it {foreign}"),
                    Problem::System(error) => error.to_string(),
                };
                if disk::is_there(&new)? {
                    let kept = keep(&new, target)?;
                    let kept = kept.display();
                    note(&format!("{shown}: the results of a run that was stopped are in {kept}, because {why}"));
                }
                disk::remove_file(&workplace.plan())?;
            }
        },
        Ok(None) => {
            if disk::is_there(&workplace.draft())? {
                disk::remove_file(&workplace.draft())?;
            }
            if written::remove(&new, true)? {
                note(&format!("{shown}: what a run that was stopped had left half-written is removed"));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            if disk::is_there(&new)? {
                let kept = keep(&new, target)?;
                note(&format!("{shown}: what a run that was stopped had written is in {}", kept.display()));
            }
            disk::remove_file(&workplace.plan())?;
        }
        Err(error) => return Err(error),
    }
    // What has become of the new files is decided; of them, there may be empty directories.
    if !written::remove(&new, true)? {
        let kept = keep(&new, target)?;
        note(&format!("{shown}: what elbow did not write in {} is in {}", new.display(), kept.display()));
    }
    if !written::remove(&workplace.done_with(), true)? {
        keep(&workplace.done_with(), target)?;
    }
    if !written::remove(&old, false)? {
        let kept = keep(&old, target)?;
        note(&format!("{shown}: what was there when a run was stopped is in {}", kept.display()));
    }
    Ok(())
}

/// Says something on stderr.
fn note(what: &str) {
    // If nobody listens any more, nothing is lost.
    let _ = writeln!(io::stderr().lock(), "note: {}", terminal::in_a_line(&terminal::shortened(what)));
}

/// Whether a directory holds all `files` as they were written.
fn is_complete(directory: &Path, files: &Files) -> bool {
    files.keys().all(|name| written::is_as_written(directory, name, files).unwrap_or(false))
}

/// Gives a directory of the workplace a name of its own beside `target`, or in it, and returns that.
fn keep(directory: &Path, target: &Path) -> io::Result<PathBuf> {
    let mut failed = io::Error::from(io::ErrorKind::NotFound);
    for place in target.parent().into_iter().chain([target]) {
        for path in names(place) {
            match disk::rename(directory, &path) {
                Ok(()) => {
                    // It has its name; that the disk may not know it yet is no reason to write all again.
                    let _ = disk::synchronise(&[place]);
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    failed = error;
                    break;
                }
            }
        }
    }
    Err(failed)
}

/// Names for what is kept.
fn names(place: &Path) -> impl Iterator<Item = PathBuf> {
    (1..10_000).map(move |n| place.join(format!("elbow-kept-{n}")))
}

/// Writes the results into the directory for temporary files, because they cannot be where they belong; says so in the
/// message.
fn elsewhere(failure: Failure, again: &dyn Fn(&Path) -> io::Result<Files>) -> Failure {
    let temporary = std::env::temp_dir();
    let mut failed = io::Error::from(io::ErrorKind::AlreadyExists);
    for path in names(&temporary) {
        match disk::create_directory(&path, true) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => failed = error,
            Ok(()) => {
                interrupt::scratch(&path);
                let written = again(&path);
                interrupt::forget(&path);
                match written {
                    Ok(_) => return failure.help(format!("the complete results are in {}", path.display())),
                    Err(error) => failed = error,
                }
                let _ = disk::remove_tree(&path);
            }
        }
        break;
    }
    failure.help(format!("the results could not be kept in {} either: {failed}", temporary.display()))
}

/// The absolute path without links; what does not exist is taken by its name.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    // Without a slash at its end, so that a link is seen as one.
    let path: PathBuf = std::path::absolute(path)?.components().collect();
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(&path).is_err() => {
            let parent = path.parent().ok_or(error)?;
            match path.components().next_back() {
                Some(Component::Normal(name)) => {
                    let parent = resolve(parent)?;
                    if fs::symlink_metadata(&parent).is_ok_and(|found| found.is_symlink()) {
                        let what = format!("{} is a link to something that does not exist", parent.display());
                        return Err(io::Error::new(io::ErrorKind::NotFound, what));
                    }
                    Ok(parent.join(name))
                }
                _ => resolve(parent.parent().unwrap_or(parent)),
            }
        }
        // A link to something that does not exist.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path),
        found => found,
    }
}

/// Whether the working directory is `directory` or below it.
fn is_here(directory: &Path) -> bool {
    std::env::current_dir().and_then(|here| here.canonicalize()).is_ok_and(|here| here.starts_with(directory))
}

/// The workplace beside an output directory: its name is of a fixed length, however long that of the directory is.
fn beside(target: &Path) -> Option<PathBuf> {
    let name = target.file_name()?.as_encoded_bytes();
    Some(target.with_file_name(format!(".elbow-{}", disk::Fingerprint::of(name))))
}

/// The directory in which long work for an output directory keeps what is finished.
pub fn partial_of(target: &Path) -> Option<PathBuf> {
    let mut name = target.file_name()?.to_owned();
    name.push(".partial");
    Some(target.with_file_name(name))
}

/// Directories that were created for a directory to stand in; those that are still empty in the end are removed.
struct Parents(Vec<PathBuf>);

impl Parents {
    /// Creates those that are missing above `target`.
    fn create(target: &Path) -> io::Result<Self> {
        let mut parents = Parents(Vec::new());
        let missing: Vec<&Path> = target.ancestors().skip(1).take_while(|path| !path.is_dir()).collect();
        for path in missing.into_iter().rev() {
            interrupt::undivided(|| {
                match disk::create_directory(path, false) {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
                    done => done?,
                }
                interrupt::parent(path);
                parents.0.push(path.to_owned());
                io::Result::Ok(())
            })?;
        }
        Ok(parents)
    }

    /// Brings them to the disk.
    fn synchronise(&self) -> io::Result<()> {
        disk::synchronise(&self.0.iter().filter_map(|path| path.parent()).collect::<Vec<_>>())
    }
}

impl Drop for Parents {
    fn drop(&mut self) {
        for path in self.0.iter().rev() {
            interrupt::undivided(|| {
                interrupt::forget(path);
                // It is not empty if all went well.
                let _ = disk::remove_directory(path);
            });
        }
    }
}
