//! What is done to files, one operation of the system each.
//!
//! Every change that [`output`](super) makes goes through here, so that a test can make any of them fail, stop the
//! program after any of them, or lose those that were not yet synchronised.

use crate::limits;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A change.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "only tests look into it"))]
pub enum Op<'a> {
    /// A directory is created.
    Directory(&'a Path),
    /// An empty file is created.
    File(&'a Path),
    /// Bytes are appended to a file.
    Append(&'a Path, &'a [u8]),
    /// The contents of a file, or the names in a directory, are on the disk from now on.
    Sync(&'a Path),
    /// Something gets another name, which is not taken.
    Rename(&'a Path, &'a Path),
    /// A file gets the name of another one, which is gone then.
    Replace(&'a Path, &'a Path),
    /// Two things exchange their names.
    Exchange(&'a Path, &'a Path),
    /// A file gets a second name.
    Link(&'a Path, &'a Path),
    /// A file, or an empty directory, is removed.
    Remove(&'a Path),
    /// Mode and owner become those of another file.
    Like,
}

/// Makes a change.
fn attempt<T>(op: Op<'_>, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    #[cfg(test)]
    super::faults::before(op)?;
    #[cfg(not(test))]
    let _ = op;
    let done = act();
    #[cfg(test)]
    super::faults::after(op, done.is_ok());
    done
}

/// Creates a directory, for its owner alone if `private`.
pub fn create_directory(path: &Path, private: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, if private { 0o700 } else { 0o777 });
    let _ = private;
    attempt(Op::Directory(path), || builder.create(path))
}

/// A file that is being written, and the fingerprint of what was written.
pub struct NewFile<'a> {
    path: &'a Path,
    file: File,
    fingerprint: Fingerprint,
}

impl<'a> NewFile<'a> {
    /// Creates a file where there is none.
    pub fn create(path: &'a Path) -> io::Result<Self> {
        let open = || OpenOptions::new().write(true).create_new(true).open(path);
        Ok(NewFile { path, file: attempt(Op::File(path), open)?, fingerprint: Fingerprint::default() })
    }

    /// The fingerprint of what was written.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

impl Write for NewFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        attempt(Op::Append(self.path, bytes), || self.file.write_all(bytes))?;
        self.fingerprint.add(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file to which lines are added, each in one piece.
pub struct Growing {
    path: PathBuf,
    file: File,
}

impl Growing {
    /// Creates a file where there is none, or cuts one of ours to its first `kept` bytes.
    pub fn open(path: PathBuf, kept: Option<u64>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(kept.is_none());
        no_link(&mut options);
        let file = match kept {
            None => attempt(Op::File(&path), || options.open(&path))?,
            Some(kept) => {
                let file = options.open(&path)?;
                if file.metadata()?.len() != kept {
                    attempt(Op::Append(&path, &[]), || file.set_len(kept))?;
                }
                file
            }
        };
        Ok(Growing { path, file })
    }

    /// Adds some bytes.
    pub fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        attempt(Op::Append(&self.path, bytes), || self.file.write_all(bytes))
    }
}

/// A hash of a file's bytes (FNV-1a, 64 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Fingerprint(0xcbf2_9ce4_8422_2325)
    }
}

impl Fingerprint {
    /// How many characters it has as text.
    pub const LENGTH: usize = 16;

    /// Of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut fingerprint = Fingerprint::default();
        fingerprint.add(bytes);
        fingerprint
    }
    /// Continues with more bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    }
    /// Of a file's contents; None if there is no regular file. Links are not followed.
    pub fn of_file(path: &Path) -> io::Result<Option<Self>> {
        let Some(mut file) = open_regular(path)? else { return Ok(None) };
        let (mut fingerprint, mut buffer) = (Fingerprint::default(), vec![0; 1 << 16]);
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(Some(fingerprint)),
                read => fingerprint.add(&buffer[..read]),
            }
        }
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Opens a regular file to be read; None if there is none of that name, but nothing, a directory, a link or a device.
pub fn open_regular(path: &Path) -> io::Result<Option<File>> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Ok(None),
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut options = OpenOptions::new();
    options.read(true);
    no_link(&mut options);
    let file = options.open(path)?;
    Ok(file.metadata()?.is_file().then_some(file))
}

/// Makes that opening fails at a link, and does not wait at a pipe, that came to be there in the meantime.
pub fn no_link(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = options;
}

/// Whether an error says that there is nothing of that name.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether something has that name, be it a link to nothing.
pub fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether it is a directory, and no link to one.
pub fn is_directory(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// What tells a directory from another one, or a link to one, that takes its name; None if there is no directory.
pub fn identity(path: &Path) -> Option<[u64; 2]> {
    let found = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some([found.dev(), found.ino()])
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        Some([0; 2])
    }
}

/// From now on the contents of files, and the names in directories, are on the disk. All are synchronised at once, which
/// takes little longer than one.
pub fn synchronise<P: AsRef<Path>>(paths: &[P]) -> io::Result<()> {
    /// So many at once, if there may be; each opens a file.
    const THREADS: usize = 16;
    let paths: Vec<&Path> = paths.iter().map(AsRef::as_ref).collect();
    for path in &paths {
        attempt(Op::Sync(path), || Ok(()))?;
    }
    if cfg!(test) {
        // Tests of this crate lose what was not synchronised themselves.
        return Ok(());
    }
    let threads = THREADS.min(limits::threads()).min(limits::files() / 4);
    let part = |part: &[&Path]| part.iter().try_for_each(|path| sync(path));
    if threads < 2 {
        return part(&paths);
    }
    std::thread::scope(|scope| {
        let start = |paths| (paths, std::thread::Builder::new().spawn_scoped(scope, move || part(paths)));
        let started: Vec<_> = paths.chunks(paths.len().div_ceil(threads).max(1)).map(start).collect();
        started.into_iter().try_for_each(|(paths, thread)| match thread {
            Ok(thread) => thread.join().unwrap_or_else(|_| Err(io::Error::other("no answer"))),
            // Where threads are refused, the calling one does it.
            Err(_) => part(paths),
        })
    })
}

fn sync(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) && path.is_dir() {
        return Ok(());
    }
    let file = if cfg!(unix) { File::open(path)? } else { OpenOptions::new().write(true).open(path)? };
    match file.sync_all() {
        // Some file systems have nothing to synchronise.
        Err(error) if is_unsupported(&error) => Ok(()),
        done => done,
    }
}

/// Renames `from` to `to`, which must not be taken; whatever has that name stays.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    attempt(Op::Rename(from, to), || match system::rename_to_free(from, to) {
        Err(error) if is_unsupported(&error) => {
            // A second name is never given over another file; directories have none, but replace no full directory.
            match fs::hard_link(from, to) {
                Ok(()) => fs::remove_file(from),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
                Err(_) if is_there(to)? => Err(io::ErrorKind::AlreadyExists.into()),
                Err(_) => fs::rename(from, to),
            }
        }
        done => done,
    })
}

/// Gives the file `from` the name `to`, in place of a file of ours that may have it.
pub fn replace(from: &Path, to: &Path) -> io::Result<()> {
    attempt(Op::Replace(from, to), || fs::rename(from, to))
}

/// Exchanges two names in one step.
///
/// # Errors
/// [`io::ErrorKind::Unsupported`] where the system cannot.
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    attempt(Op::Exchange(one, other), || match system::exchange(one, other) {
        Err(error) if is_unsupported(&error) => Err(io::ErrorKind::Unsupported.into()),
        done => done,
    })
}

fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod system {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use std::io;
    use std::path::Path;

    pub fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
        Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
    }
    pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
        Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
    }

    /// Whether it is a mount point, be it of a directory of the same file system.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn is_mounted(directory: &Path) -> bool {
        use rustix::fs::{AtFlags, StatxAttributes, StatxFlags, statx};
        let found = statx(CWD, directory, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS);
        found.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub fn is_mounted(_directory: &Path) -> bool {
        false
    }

    /// Whether it has attributes beside the label that security modules give by place.
    pub fn has_attributes(directory: &Path) -> bool {
        let mut names = vec![0_u8; 1 << 16];
        let length = rustix::fs::listxattr(directory, &mut names[..]).unwrap_or(0);
        names[..length].split(|&byte| byte == 0).any(|name| !name.is_empty() && name != b"security.selinux")
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod system {
    use std::io;
    use std::path::Path;

    pub fn rename_to_free(_from: &Path, _to: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    pub fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    pub fn is_mounted(_directory: &Path) -> bool {
        false
    }
    pub fn has_attributes(_directory: &Path) -> bool {
        false
    }
}

/// Gives a file a second name; where there are none, copies it.
pub fn link(from: &Path, to: &Path) -> io::Result<()> {
    let linked = attempt(Op::Link(from, to), || fs::hard_link(from, to));
    if linked.is_ok() {
        return Ok(());
    }
    let Some(mut file) = open_regular(from)? else { return Err(io::ErrorKind::NotFound.into()) };
    let mut copy = NewFile::create(to)?;
    io::copy(&mut file, &mut copy)?;
    like(from, to);
    sync(to)
}

/// Removes a file, never what a link points to.
pub fn remove_file(path: &Path) -> io::Result<()> {
    attempt(Op::Remove(path), || fs::remove_file(path))
}

/// Removes an empty directory.
pub fn remove_directory(path: &Path) -> io::Result<()> {
    attempt(Op::Remove(path), || fs::remove_dir(path))
}

/// Removes a directory of ours with all it holds, if it is there. Links are removed, not followed.
pub fn remove_tree(path: &Path) -> io::Result<()> {
    if !is_directory(path) {
        return if is_there(path)? { remove_file(path) } else { Ok(()) };
    }
    for entry in fs::read_dir(path)? {
        remove_tree(&entry?.path())?;
    }
    remove_directory(path)
}

/// Gives `path` mode and owner of `model` if that is a file or a directory. That the owner cannot be changed is no
/// failure.
pub fn like(model: &Path, path: &Path) {
    let Ok(found) = fs::symlink_metadata(model) else { return };
    if found.is_symlink() {
        return;
    }
    // The results are more important than their mode.
    let _ = attempt(Op::Like, || {
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt as _, chown};
            let own = fs::symlink_metadata(path)?;
            if own.gid() != found.gid() {
                let _ = chown(path, None, Some(found.gid()));
            }
            if own.uid() != found.uid() {
                let _ = chown(path, Some(found.uid()), None);
            }
        }
        fs::set_permissions(path, found.permissions())
    });
}

/// Whether both have the same owner and group.
pub fn have_one_owner(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let owner = |path: &Path| fs::symlink_metadata(path).map(|found| (found.uid(), found.gid()));
        matches!((owner(one), owner(other)), (Ok(one), Ok(other)) if one == other)
    }
    #[cfg(not(unix))]
    {
        let _ = (one, other);
        true
    }
}

/// Makes sure that names can be given and taken in a directory.
pub fn is_writable(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        Ok(access(directory, Access::WRITE_OK | Access::EXEC_OK)?)
    }
    #[cfg(not(unix))]
    {
        let _ = directory;
        Ok(())
    }
}

/// Whether a directory can be renamed, and another one made like it: it is no mount point and has no attributes of its
/// own, such as access lists.
pub fn can_be_renamed(directory: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let device = |path: &Path| fs::symlink_metadata(path).map(|found| found.dev());
        let Some(parent) = directory.parent() else { return false };
        if !matches!((device(directory), device(parent)), (Ok(own), Ok(above)) if own == above) {
            return false;
        }
    }
    !system::is_mounted(directory) && !system::has_attributes(directory)
}
