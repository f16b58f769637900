//! What is finished of long work, before all of it is: a directory beside the output directory, from which a later run goes
//! on.
//!
//! Its head, `partial.json`, says what the work is, and is written first. The rows of the results are in blocks of
//! successive rows, each a file to which a line is added for a finished row, in order: the row's fingerprint and the row. A
//! process that is killed leaves a line without its end at most, which is cut off. Beside a block there may be the
//! checkpoint of runs that are being made, which replaces the one before it as a whole. Anything else that is not as it
//! was written is refused, and so is anything that has no place there.

use super::disk::{self, Fingerprint, Growing};
use crate::diagnostic::Failure;
use nn::checkpoint::Checkpoint;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What the work is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Version of this program.
    pub elbow: String,
    /// The identity of the plan.
    pub plan: String,
    /// All rows of the plan.
    pub runs: u64,
    /// The first row that is kept here, and the one after the last.
    pub rows: Range<u64>,
    /// The most rows of a block.
    pub block: u64,
    /// Blocks begin anew after so many rows, which belong together.
    pub group: u64,
}

/// The directory.
pub struct Partial {
    path: PathBuf,
    head: Head,
    /// Which directory it is.
    identity: [u64; 2],
}

/// A block that is being written.
pub struct Block {
    file: Growing,
    /// The next row.
    pub next: u64,
    /// The row after its last.
    pub end: u64,
}

/// Runs that were being made.
pub struct Begun {
    /// Which.
    pub runs: Range<u64>,
    /// How far they were.
    pub checkpoint: Checkpoint,
}

/// The names of what is in it.
const HEAD: &str = "partial.json";
const DRAFT: &str = "draft";
const BLOCK: &str = ".rows";
const CHECKPOINT: &str = ".checkpoint";
/// A checkpoint that is being written.
const NEXT: &str = ".draft";

/// Whether a directory holds finished runs of work that has not ended.
pub fn is_partial(directory: &Path) -> bool {
    directory.join(HEAD).is_file()
}

impl Partial {
    /// Creates the directory, or takes it over from a process that has ended if `resume`. Whatever it holds of rows is
    /// checked.
    ///
    /// # Errors
    /// If it is there and `resume` is not asked for; if it is of other work or of another version, is damaged, or holds
    /// something else; or if the system fails. Nothing is changed then.
    pub fn open(path: PathBuf, head: Head, resume: bool) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let failed = |error: io::Error| Failure::input(format!("{shown} cannot be used: {error}"));
        if !disk::is_there(&path).map_err(failed)? {
            disk::create_directory(&path, false).map_err(failed)?;
        }
        let Some(identity) = disk::identity(&path) else {
            return Err(Failure::input(format!("{shown} is in the way, and no directory of finished runs")).help(MOVE));
        };
        let partial = Partial { path, head, identity };
        let Some(mut file) = disk::open_regular(&partial.path.join(HEAD)).map_err(failed)? else {
            // It was created by a process that was killed before there was any row.
            let mut blocks = 0;
            let foreign = partial.look(&mut |_, _| {
                blocks += 1;
                Ok(())
            });
            partial.refuse_foreign(foreign.map_err(failed)?)?;
            if blocks > 0 {
                let what = format!("{shown} is damaged: its {HEAD} is missing");
                return Err(Failure::input(what).help(AGAIN));
            }
            partial.write_head().map_err(failed)?;
            return Ok(partial);
        };
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        if text != partial.head.text() {
            return Err(partial.refuse(&text));
        }
        let rows = partial.finished()?;
        let checkpoints = partial.begun_blocks().map_err(failed)?.len();
        let held = match (rows, checkpoints) {
            (0, 0) => return Ok(partial),
            (0, 1) => "a checkpoint of these runs".to_owned(),
            (0, _) => format!("{checkpoints} checkpoints of these runs"),
            _ => format!("{rows} finished runs of this plan"),
        };
        if !resume {
            let what = format!("{shown} holds {held}");
            return Err(Failure::input(what).help("--resume goes on from there; to begin anew, remove it"));
        }
        Ok(partial)
    }

    /// Makes sure that it is still the directory that was opened, before something is changed in it.
    fn check_place(&self) -> io::Result<()> {
        if disk::identity(&self.path) == Some(self.identity) {
            return Ok(());
        }
        Err(io::Error::other(
            "it is no longer the directory that it was; nothing is written into what has taken its place",
        ))
    }

    /// Why it cannot be gone on with, where its head has this text.
    fn refuse(&self, text: &str) -> Failure {
        let shown = self.path.display();
        let Some(found) = serde_json::from_str::<Head>(text).ok().filter(|found| found.text() == text) else {
            return Failure::input(format!("{shown} is damaged: its {HEAD} is not as it was written")).help(AGAIN);
        };
        let (own, of) =
            (&self.head, |rows: &Range<u64>| format!("runs {} to {}", rows.start, rows.end.saturating_sub(1)));
        let what = if found.elbow != own.elbow {
            format!("elbow {}, and this is elbow {}", found.elbow, own.elbow)
        } else if found.plan != own.plan {
            "another plan or other settings, or of a table that has changed".to_owned()
        } else {
            format!("{} of the plan, and {} are asked for", of(&found.rows), of(&own.rows))
        };
        Failure::input(format!("{shown} holds runs of {what}")).help(MOVE)
    }

    /// Whether the draft is what a process leaves that was killed while it wrote the head.
    fn is_draft(&self) -> io::Result<bool> {
        let Some(file) = disk::open_regular(&self.path.join(DRAFT))? else { return Ok(false) };
        let (whole, mut found) = (self.head.text(), Vec::new());
        file.take(whole.len() as u64 + 1).read_to_end(&mut found)?;
        Ok(whole.as_bytes().starts_with(&found))
    }

    fn write_head(&self) -> io::Result<()> {
        let draft = self.path.join(DRAFT);
        if disk::is_there(&draft)? {
            disk::remove_file(&draft)?;
        }
        disk::NewFile::create(&draft)?.write_all(self.head.text().as_bytes())?;
        disk::synchronise(&[&draft])?;
        disk::rename(&draft, &self.path.join(HEAD))?;
        disk::synchronise(&[&self.path])
    }

    /// Whether a block's draft of a checkpoint is what a process leaves that was killed while it wrote it.
    fn is_draft_of_checkpoint(&self, block: u64) -> io::Result<bool> {
        let Some(file) = disk::open_regular(&self.file(block, NEXT))? else { return Ok(false) };
        let mut line = Vec::new();
        file.take(1 << 10).read_to_end(&mut line)?;
        let (fingerprint, row) = line.split_at(line.len().min(Fingerprint::LENGTH));
        let begin = format!(" {},", self.head.plan);
        let is_row = row.iter().zip(begin.as_bytes()).all(|(found, wanted)| found == wanted);
        Ok(is_row && fingerprint.iter().all(u8::is_ascii_hexdigit) || line.iter().all(|&byte| byte == 0))
    }

    /// Tells of each file of a block that is there, by the end of its name, in no order; returns something that has no
    /// place there.
    fn look(&self, tell: &mut dyn FnMut(u64, &'static str) -> io::Result<()>) -> io::Result<Option<String>> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let of_block = [BLOCK, CHECKPOINT, NEXT].into_iter().find_map(|end| {
                let number = name.strip_suffix(end)?.parse::<u64>().ok()?;
                (number < self.blocks() && name == Self::name(number, end)).then_some((number, end))
            });
            let known = match of_block {
                Some((number, NEXT)) => self.is_draft_of_checkpoint(number)?,
                Some(_) => true,
                None => name == HEAD || (name == DRAFT && self.is_draft()?),
            };
            if !known || !entry.file_type()?.is_file() {
                return Ok(Some(name));
            }
            of_block.map_or(Ok(()), |(number, end)| tell(number, end))?;
        }
        Ok(None)
    }

    /// The blocks beside which there is a checkpoint.
    ///
    /// # Errors
    /// If the system fails.
    pub fn begun_blocks(&self) -> io::Result<Vec<u64>> {
        let mut blocks = Vec::new();
        self.look(&mut |block, end| {
            blocks.extend((end == CHECKPOINT).then_some(block));
            Ok(())
        })?;
        Ok(blocks)
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> u64 {
        let rows = self.head.rows.end - self.head.rows.start;
        rows / self.head.group * self.of_group() + (rows % self.head.group).div_ceil(self.head.block)
    }

    /// How many blocks there are in a group.
    fn of_group(&self) -> u64 {
        self.head.group.div_ceil(self.head.block)
    }

    fn name(block: u64, end: &str) -> String {
        format!("{block:07}{end}")
    }

    fn file(&self, block: u64, end: &str) -> PathBuf {
        self.path.join(Self::name(block, end))
    }

    /// All rows.
    pub fn all_rows(&self) -> Range<u64> {
        self.head.rows.clone()
    }

    /// The rows of a block.
    pub fn rows(&self, block: u64) -> Range<u64> {
        let group = self.head.rows.start + block / self.of_group() * self.head.group;
        let start = group + block % self.of_group() * self.head.block;
        start..(start + self.head.block).min(group + self.head.group).min(self.head.rows.end)
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// If a block or a checkpoint is damaged or cannot be read, or if there is something else.
    pub fn finished(&self) -> Result<u64, Failure> {
        let (mut rows, mut damaged) = (0, None);
        let foreign = self.look(&mut |block, end| {
            let read = match end {
                BLOCK => self.read(block, &mut |_| Ok(())).map(|found| rows += found.map_or(0, |(rows, _)| rows)),
                CHECKPOINT => self.read_checkpoint(block).map(drop),
                _ => Ok(()),
            };
            read.inspect_err(|error| damaged = Some(Self::unreadable(&self.file(block, end), error)))
        });
        if let Some(damaged) = damaged {
            return Err(damaged);
        }
        let failed = |error| Failure::input(format!("{} cannot be used: {error}", self.path.display()));
        self.refuse_foreign(foreign.map_err(failed)?)?;
        Ok(rows)
    }

    fn refuse_foreign(&self, name: Option<String>) -> Result<(), Failure> {
        let Some(name) = name else { return Ok(()) };
        let what = format!("{} holds {name}, which elbow did not write", self.path.display());
        Err(Failure::input(what).help("move it elsewhere, or give --out another directory"))
    }

    fn unreadable(file: &Path, error: &io::Error) -> Failure {
        let failure = Failure::input(format!("{}: {error}", file.display()));
        if error.kind() == io::ErrorKind::InvalidData {
            return failure.help("remove this file, and its runs are made again; the others stay");
        }
        failure
    }

    /// Reads the rows of a block, and tells of each; returns how many there are, and their bytes. None if there is no block.
    fn read(&self, block: u64, tell: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<Option<(u64, u64)>> {
        let Some(file) = disk::open_regular(&self.file(block, BLOCK))? else { return Ok(None) };
        let (rows, mut reader, mut line) = (self.rows(block), BufReader::with_capacity(1 << 16, file), Vec::new());
        let (mut next, mut bytes) = (rows.start, 0);
        while reader.read_until(b'\n', &mut line)? > 0 {
            // It was being written when the process was killed.
            if is_torn(&line, next) {
                break;
            }
            let row = checked(&line).filter(|row| number(row) == Some(next) && next < rows.end);
            let Some(row) = row else {
                let line = next - rows.start + 1;
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("line {line} is not as it was written"),
                ));
            };
            tell(row)?;
            next += 1;
            bytes += line.len() as u64;
            line.clear();
        }
        Ok(Some((next - rows.start, bytes)))
    }

    /// Opens a block to go on with it.
    ///
    /// # Errors
    /// If it is damaged, or the system fails.
    pub fn block(&self, block: u64) -> Result<Block, Failure> {
        let open = || {
            self.check_place()?;
            let kept = self.read(block, &mut |_| Ok(()))?;
            let rows = self.rows(block);
            let next = rows.start + kept.map_or(0, |(rows, _)| rows);
            let file = Growing::open(self.file(block, BLOCK), kept.map(|(_, bytes)| bytes))?;
            Ok(Block { file, next, end: rows.end })
        };
        open().map_err(|error| Self::unreadable(&self.file(block, BLOCK), &error))
    }

    /// The runs of a block that were being made when the process ended, if a checkpoint was made of them.
    ///
    /// # Errors
    /// If it is damaged, of another plan, or the system fails.
    pub fn begun(&self, block: u64) -> Result<Option<Begun>, Failure> {
        self.read_checkpoint(block).map_err(|error| Self::unreadable(&self.file(block, CHECKPOINT), &error))
    }

    fn read_checkpoint(&self, block: u64) -> io::Result<Option<Begun>> {
        let Some(mut file) = disk::open_regular(&self.file(block, CHECKPOINT))? else { return Ok(None) };
        let mut line = Vec::new();
        file.read_to_end(&mut line)?;
        // The power was lost before it came to the disk.
        if line.iter().all(|&byte| byte == 0) {
            return Ok(None);
        }
        let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let damaged = || invalid("the checkpoint is not as it was written");
        let mut parts = checked(&line).ok_or_else(damaged)?.splitn(4, ',');
        let mut next = || parts.next().ok_or_else(damaged);
        if next()? != self.head.plan {
            return Err(invalid("the checkpoint is one of other runs"));
        }
        let number = |text: &str| text.parse::<u64>().map_err(|_| damaged());
        let runs = number(next()?)?..number(next()?)?;
        let of_block = self.rows(block);
        if runs.is_empty() || runs.start < of_block.start || runs.end > of_block.end {
            return Err(invalid("the checkpoint is one of other runs"));
        }
        let checkpoint = serde_json::from_str(next()?).map_err(|_| damaged())?;
        Ok(Some(Begun { runs, checkpoint }))
    }

    /// Keeps a checkpoint of runs of a block in place of the one before; if `safely`, so that even a loss of power leaves one
    /// of them.
    ///
    /// # Errors
    /// If it cannot be written; the one before stays.
    pub fn keep(&self, block: u64, runs: &Range<u64>, checkpoint: &Checkpoint, safely: bool) -> io::Result<()> {
        self.check_place()?;
        let (draft, place) = (self.file(block, NEXT), self.file(block, CHECKPOINT));
        let row = format!("{},{},{},{}", self.head.plan, runs.start, runs.end, serde_json::to_string(checkpoint)?);
        if disk::is_there(&draft)? {
            disk::remove_file(&draft)?;
        }
        disk::NewFile::create(&draft)?.write_all(line(&row).as_bytes())?;
        if safely {
            disk::synchronise(&[&draft])?;
        }
        disk::replace(&draft, &place)?;
        if safely { disk::synchronise(&[&self.path]) } else { Ok(()) }
    }

    /// Tells of all rows in order.
    ///
    /// # Errors
    /// If `tell` does, or a row is missing or damaged.
    pub fn all(&self, tell: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        for block in 0..self.blocks() {
            let named = |error: io::Error| {
                io::Error::new(error.kind(), format!("{}: {error}", self.file(block, BLOCK).display()))
            };
            let rows = self.rows(block);
            let found = self.read(block, tell).map_err(named)?.map_or(0, |(rows, _)| rows);
            if found != rows.end - rows.start {
                return Err(named(io::Error::other("rows are missing")));
            }
        }
        Ok(())
    }

    /// Removes what this program wrote there, and the directory; true if it is gone.
    ///
    /// # Errors
    /// If the system fails.
    pub fn remove(&self) -> io::Result<bool> {
        self.check_place()?;
        // A directory may not show all its files while some are removed.
        let mut removed = true;
        while std::mem::take(&mut removed) {
            let foreign = self.look(&mut |block, end| {
                removed = true;
                disk::remove_file(&self.file(block, end))
            });
            if foreign?.is_some() {
                return Ok(false);
            }
        }
        for file in [DRAFT, HEAD].map(|name| self.path.join(name)) {
            if disk::open_regular(&file)?.is_some() {
                disk::remove_file(&file)?;
            }
        }
        match disk::remove_directory(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
            done => done.map(|()| true),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How to go on after a failure.
    pub fn resume(&self) -> String {
        format!("what was done is in {}; the same command with --resume goes on from there", self.path.display())
    }

    /// What an interruption says of this work for `out`.
    pub fn kept(&self, out: &Path) -> String {
        let (out, path) = (out.display(), self.path.display());
        format!(
            "{out} is as it was before; what was done is in {path}, and the same command with --resume goes on from there"
        )
    }

    /// A row could not be written.
    pub fn failed(&self, error: &io::Error) -> Failure {
        Failure::work(format!("{} could not be written: {error}", self.path.display()))
    }
}

const MOVE: &str = "move it elsewhere or remove it, or give --out another directory";
const AGAIN: &str = "remove the directory to begin anew, or give --out another one";

impl Head {
    fn text(&self) -> String {
        // This type always serialises.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

impl Block {
    /// Adds the next row.
    ///
    /// # Errors
    /// If it cannot be written; a part of it is left at most, which is cut off when the block is opened again.
    pub fn add(&mut self, row: &str) -> io::Result<()> {
        self.file.add(line(row).as_bytes())?;
        self.next += 1;
        Ok(())
    }
}

/// A row with its fingerprint.
fn line(row: &str) -> String {
    format!("{} {row}\n", Fingerprint::of(row.as_bytes()))
}

/// The row in a line, if it has its fingerprint.
fn checked(line: &[u8]) -> Option<&str> {
    let (fingerprint, row) = std::str::from_utf8(line).ok()?.strip_suffix('\n')?.split_once(' ')?;
    (Fingerprint::of(row.as_bytes()).to_string() == fingerprint).then_some(row)
}

/// Whether a line is the beginning of one with the row of a run, or nothing yet: a file may be longer than what came to the
/// disk before its power was lost.
fn is_torn(line: &[u8], run: u64) -> bool {
    let (fingerprint, row) = line.split_at(line.len().min(Fingerprint::LENGTH));
    let is_row = row.iter().zip(format!(" {run},").as_bytes()).all(|(found, wanted)| found == wanted);
    let is_begun = is_row && fingerprint.iter().all(u8::is_ascii_hexdigit);
    !line.ends_with(b"\n") && (is_begun || line.iter().all(|&byte| byte == 0))
}

/// The number at the beginning of a row.
fn number(row: &str) -> Option<u64> {
    row.split(',').next()?.parse().ok()
}
