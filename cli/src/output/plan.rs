//! Puts complete new files in their places: all of them or none, and never over anything that this program did not
//! write.
//!
//! A workplace holds the new files in `new`. When they are complete and on the disk, a `plan` is written, and from then
//! on they are put in place, by this process or, should it be killed, by a later one: each step can be found done, or
//! half done, from what lies where. There is one step if the whole directory is replaced, and one a file otherwise. A
//! step exchanges the new and the old in one operation of the system, moves what came out to `old`, and only then looks
//! whether that was this program's; if not, all steps are undone in the same way, and the new files are in `new` again.
//!
//! | killed                          | target     | `new`    | `old`    | a later run                        |
//! |---------------------------------|------------|----------|----------|------------------------------------|
//! | before the plan is written      | old        | part     |          | removes `new`                      |
//! | before the exchange             | old        | complete |          | exchanges                          |
//! | after the exchange              | new        | old      |          | moves `new` to `old`               |
//! | where the system cannot exchange | nothing   | complete | old      | moves `new` to the target          |
//! | before `old` is looked at       | new        |          | old      | looks at it, then calls it `gone`  |
//! | before `gone` is removed        | new        |          |          | removes `gone`                     |
//! | while a refused one is put back | somebody's |          | complete | moves `old` to `new`, and keeps it |

use super::disk;
use super::workplace::Workplace;
use super::written::{self, FOLDER, Files, Foreign, Writer};
use serde::{Deserialize, Serialize};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What is to be done.
#[derive(Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The list of the command that wrote the files.
    list: String,
    /// Whether the directory is replaced as a whole.
    whole: bool,
    /// The new files.
    files: Files,
    /// Files that the command wrote earlier and writes no more.
    gone: Vec<String>,
    /// Whether there was a directory for figures before.
    folder: bool,
}

/// Why new files are not in their places.
#[derive(Debug)]
pub enum Problem {
    /// Something there is not this program's; everything is as it was.
    Foreign(Foreign),
    /// The system could not.
    System(io::Error),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Problem::System(error)
    }
}

impl From<Foreign> for Problem {
    fn from(foreign: Foreign) -> Self {
        Problem::Foreign(foreign)
    }
}

impl Plan {
    /// The plan that an earlier process left, if there is one.
    pub fn read(workplace: &Workplace) -> io::Result<Option<Self>> {
        let Some(file) = disk::open_regular(&workplace.plan())? else { return Ok(None) };
        let plan: Plan = serde_json::from_reader(io::BufReader::new(file))?;
        let writer = written::writer(&plan.list).ok_or(io::ErrorKind::InvalidData)?;
        let plain = |name: &String| writer.gives(name);
        // What is replaced as a whole also holds what other commands wrote; the names are not used then.
        let known = plan.whole || plan.files.keys().chain(&plan.gone).all(plain);
        if known { Ok(Some(plan)) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Writes a plan for new files, `before` being those the command wrote earlier: from now on a later process carries
    /// it out if this one is killed.
    pub fn write(
        writer: &Writer,
        whole: bool,
        files: &Files,
        before: &Files,
        workplace: &Workplace,
        target: &Path,
    ) -> io::Result<Self> {
        let gone = before.keys().filter(|name| !files.contains_key(*name)).cloned().collect();
        let plan = Plan {
            list: writer.list.to_owned(),
            whole,
            files: files.clone(),
            gone,
            folder: disk::is_there(&target.join(FOLDER))?,
        };
        let draft = workplace.draft();
        let mut file = disk::NewFile::create(&draft)?;
        file.write_all(serde_json::to_string(&plan)?.as_bytes())?;
        let new = workplace.fresh();
        let below: Vec<PathBuf> = plan.files.keys().map(|name| new.join(name)).collect();
        let folder = Some(new.join(FOLDER)).filter(|folder| disk::is_directory(folder));
        disk::synchronise(&below.into_iter().chain(folder).chain([new, draft.clone()]).collect::<Vec<_>>())?;
        disk::rename(&draft, &workplace.plan())?;
        disk::synchronise(
            &[Some(workplace.path()), workplace.path().parent()].into_iter().flatten().collect::<Vec<_>>(),
        )?;
        Ok(plan)
    }

    /// The new files.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Puts the new files in their places in `target`, or finds that it was done; what was there is in `old` then, and
    /// is this program's.
    ///
    /// # Errors
    /// If something there is not this program's, or the system cannot. Then the new files are in `new` and the others
    /// where they were, as far as the system can.
    pub fn carry_out(&self, workplace: &Workplace, target: &Path) -> Result<(), Problem> {
        if self.whole { self.directory(workplace, target) } else { self.each(workplace, target) }
    }

    /// The directory as one step.
    fn directory(&self, workplace: &Workplace, target: &Path) -> Result<(), Problem> {
        let (new, old) = (workplace.fresh(), workplace.replaced());
        let is_new = |directory: &Path| written::is_as_written(directory, &self.list, &self.files);
        let synchronise =
            || disk::synchronise(&[Some(workplace.path()), target.parent()].into_iter().flatten().collect::<Vec<_>>());
        if !is_new(target)? {
            if !is_new(&new)? {
                if is_new(&old)? && !disk::is_there(&new)? {
                    disk::rename(&old, &new)?;
                }
                return Err(Foreign::Unknown(PathBuf::new()).into());
            }
            if disk::is_there(target)?
                && let Some(foreign) = written::foreign(target, &[])?
            {
                return Err(foreign.into());
            }
            swap(&new, target, &old)?;
        } else if disk::is_there(&new)? {
            disk::rename(&new, &old)?;
        }
        synchronise()?;
        if disk::is_there(&old)?
            && let Some(foreign) = written::foreign(&old, &[])?
        {
            swap(&old, target, &new)?;
            synchronise()?;
            return Err(foreign.into());
        }
        Ok(())
    }

    /// Each file as a step; the list goes last, and until then the old one tells which files are ours.
    fn each(&self, workplace: &Workplace, target: &Path) -> Result<(), Problem> {
        let (new, old) = (workplace.fresh(), workplace.replaced());
        for directory in [&old, &old.join(FOLDER), &new, &new.join(FOLDER)] {
            if !disk::is_there(directory)? {
                disk::create_directory(directory, false)?;
            }
        }
        let folder = target.join(FOLDER);
        let others: Vec<&String> = self.files.keys().filter(|&name| *name != self.list).collect();
        let steps = || -> Result<(), Problem> {
            let before = self.before([&old, &new, target])?;
            if self.files.keys().any(|name| Path::new(name).starts_with(FOLDER)) && !disk::is_directory(&folder) {
                if disk::is_there(&folder)? {
                    return Err(Foreign::Unknown(FOLDER.into()).into());
                }
                disk::create_directory(&folder, false)?;
            }
            others.iter().try_for_each(|name| self.put(name, [&new, target, &old], &before))?;
            self.gone.iter().try_for_each(|name| take(name, target, &old, &before))?;
            self.put(&self.list, [&new, target, &old], &before)
        };
        let done = steps();
        if done.is_err() {
            for name in others.iter().chain([&&self.list]).rev() {
                self.put_back(name, [&new, target, &old])?;
            }
            for name in &self.gone {
                if disk::is_there(&old.join(name))? {
                    disk::rename(&old.join(name), &target.join(name))?;
                }
            }
            if !self.folder {
                // Should somebody have put something in it, it stays.
                let _ = disk::remove_directory(&folder);
            }
        }
        let mut directories = vec![target.to_owned(), workplace.path().to_owned(), new.clone(), old.clone()];
        let folders = [&folder, &new.join(FOLDER), &old.join(FOLDER)].map(Clone::clone);
        directories.extend(folders.into_iter().filter(|folder| disk::is_directory(folder)));
        disk::synchronise(&directories)?;
        done
    }

    /// What the command wrote before, by its list, wherever that is.
    fn before(&self, places: [&Path; 3]) -> Result<Files, Problem> {
        let writer = written::writer(&self.list).ok_or(io::Error::from(io::ErrorKind::InvalidData))?;
        for directory in places {
            let is_new = written::is_as_written(directory, &self.list, &self.files)?;
            if disk::is_there(&directory.join(&self.list))? && !is_new {
                return Ok(written::listed(directory, writer)??);
            }
        }
        Ok(Files::new())
    }

    /// Puts the new file `name` in its place.
    fn put(&self, name: &str, [new, target, old]: [&Path; 3], before: &Files) -> Result<(), Problem> {
        let [from, to, out] = [new, target, old].map(|directory| directory.join(name));
        let foreign = || Err(Foreign::of(name, before).into());
        if written::is_as_written(target, name, &self.files)? {
            if disk::is_there(&from)? {
                disk::rename(&from, &out)?;
            }
        } else {
            let taken = disk::is_there(&to)? && !written::is_as_written(target, name, before)?;
            if taken || !written::is_as_written(new, name, &self.files)? {
                return foreign();
            }
            swap(&from, &to, &out)?;
        }
        // Of equal contents nothing can be lost.
        let ours = |files| written::is_as_written(old, name, files);
        if disk::is_there(&out)? && !ours(before)? && !ours(&self.files)? {
            return foreign();
        }
        Ok(())
    }

    /// Undoes [`Plan::put`].
    fn put_back(&self, name: &str, [new, target, old]: [&Path; 3]) -> io::Result<()> {
        let [from, to, out] = [new, target, old].map(|directory| directory.join(name));
        let placed = written::is_as_written(target, name, &self.files)?;
        if placed && disk::is_there(&from)? && !written::is_as_written(new, name, &self.files)? {
            // Exchanged, and what came out not yet moved.
            disk::rename(&from, &out)?;
        }
        if disk::is_there(&out)? {
            swap(&out, &to, &from)
        } else if placed && !disk::is_there(&from)? {
            disk::rename(&to, &from)
        } else {
            Ok(())
        }
    }
}

/// Takes the file `name` out of `target`, unless somebody has changed it: then it is theirs.
fn take(name: &str, target: &Path, old: &Path, before: &Files) -> io::Result<()> {
    let (to, out) = (target.join(name), old.join(name));
    if written::is_as_written(target, name, before)? {
        disk::rename(&to, &out)?;
    }
    if disk::is_there(&out)? && !written::is_as_written(old, name, before)? {
        disk::rename(&out, &to)?;
    }
    Ok(())
}

/// Moves `from` to `to`, and what was there to `out`.
fn swap(from: &Path, to: &Path, out: &Path) -> io::Result<()> {
    match disk::exchange(from, to) {
        Ok(()) => disk::rename(from, out),
        Err(error) if error.kind() == io::ErrorKind::Unsupported && disk::is_there(to)? => {
            disk::rename(to, out)?;
            disk::rename(from, to).inspect_err(|_| {
                // Should this fail as well, a later run does it.
                let _ = disk::rename(out, to);
            })
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::NotFound) => {
            disk::rename(from, to)
        }
        Err(error) => Err(error),
    }
}
