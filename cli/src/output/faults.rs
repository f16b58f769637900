//! Every change to files fails, is the last one, or is lost in a power cut; what is left then is looked at.

use super::disk::Op;
use super::written::{BACKPROP, FEATURES, FOLDER, TRAIN, Writer};
use super::{Output, Sheet, json_list};
use crate::diagnostic::Failure;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder in memory, where there is one: tens of thousands of them are synchronised, which takes a disk an hour.
fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// What happens to the changes of this thread.
#[derive(Default)]
struct Fault {
    /// How many there were.
    count: usize,
    /// The change to which something happens.
    at: usize,
    happens: Happens,
    tape: Vec<Change>,
}

#[derive(Clone, Copy, Default, PartialEq, Debug)]
enum Happens {
    #[default]
    Nothing,
    /// It fails.
    Fails,
    /// It fails, and so does every later one that needs room.
    Full,
    /// It and all later ones are not made: the process was killed before.
    Killed,
    /// Exchanging fails always, as where the system cannot; and this change is the first that is not made.
    KilledWithoutExchange,
}

/// A change that was made.
#[derive(Clone, Debug, PartialEq)]
enum Change {
    Directory(PathBuf),
    File(PathBuf),
    Append(PathBuf, Vec<u8>),
    Sync(PathBuf),
    Rename(PathBuf, PathBuf),
    Exchange(PathBuf, PathBuf),
    Link(PathBuf, PathBuf),
    Remove(PathBuf),
    Like,
}

thread_local! {
    static FAULT: RefCell<Fault> = RefCell::default();
}

/// Called before a change.
pub fn before(op: Op<'_>) -> io::Result<()> {
    FAULT.with_borrow_mut(|fault| {
        fault.count += 1;
        let needs_room = matches!(op, Op::Directory(_) | Op::File(_) | Op::Append(..) | Op::Link(..));
        let exchanges = matches!(op, Op::Exchange(..));
        match fault.happens {
            Happens::Fails if fault.count == fault.at => Err(io::Error::other("it fails")),
            Happens::Full if fault.count >= fault.at && needs_room => Err(io::ErrorKind::StorageFull.into()),
            Happens::Killed | Happens::KilledWithoutExchange if fault.count >= fault.at => {
                Err(io::Error::other("killed"))
            }
            Happens::KilledWithoutExchange if exchanges => Err(io::ErrorKind::Unsupported.into()),
            _ => Ok(()),
        }
    })
}

/// Called after a change.
pub fn after(op: Op<'_>, done: bool) {
    let own = Path::to_owned;
    let change = match op {
        Op::Directory(path) => Change::Directory(own(path)),
        Op::File(path) => Change::File(own(path)),
        Op::Append(path, bytes) => Change::Append(own(path), bytes.to_owned()),
        Op::Sync(path) => Change::Sync(own(path)),
        Op::Rename(from, to) | Op::Replace(from, to) => Change::Rename(own(from), own(to)),
        Op::Exchange(one, other) => Change::Exchange(own(one), own(other)),
        Op::Link(from, to) => Change::Link(own(from), own(to)),
        Op::Remove(path) => Change::Remove(own(path)),
        Op::Like => Change::Like,
    };
    if done {
        FAULT.with_borrow_mut(|fault| fault.tape.push(change));
    }
}

/// Does something while the change number `at` is faulty; returns how many changes there were.
fn with<T>(happens: Happens, at: usize, act: impl FnOnce() -> T) -> (T, usize) {
    FAULT.set(Fault { at, happens, ..Fault::default() });
    let done = act();
    let fault = FAULT.take();
    (done, fault.count)
}

/// The output directory of a scene and what stands in it before.
#[derive(Clone, Copy, Debug)]
struct Scene {
    name: &'static str,
    /// What was written before, in order.
    before: &'static [(&'static Writer, u32)],
    /// Files of the user's.
    user: &'static [&'static str],
    /// What is written now.
    now: (&'static Writer, u32),
    /// Whether the directory is replaced in one step.
    whole: bool,
}

const SCENES: [Scene; 5] = [
    Scene { name: "nothing was there", before: &[], user: &[], now: (&TRAIN, 1), whole: true },
    Scene { name: "a study", before: &[(&TRAIN, 1)], user: &[], now: (&TRAIN, 2), whole: true },
    Scene {
        name: "a study and features",
        before: &[(&TRAIN, 1), (&FEATURES, 2)],
        user: &[],
        now: (&FEATURES, 3),
        whole: true,
    },
    Scene { name: "notes", before: &[], user: &["notes.txt"], now: (&BACKPROP, 1), whole: false },
    Scene {
        name: "all",
        before: &[(&FEATURES, 1), (&TRAIN, 2)],
        user: &["notes.txt", "figures/mine.svg"],
        now: (&FEATURES, 2),
        whole: false,
    },
];

/// All files below a directory, by their paths, with their contents; directories end in a slash.
type Contents = BTreeMap<String, String>;

fn contents(directory: &Path) -> Contents {
    let mut found = Contents::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(path) = pending.pop() {
        for entry in fs::read_dir(&path).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(directory).unwrap().display().to_string();
            if path.is_dir() {
                found.insert(format!("{name}/"), String::new());
                pending.push(path);
            } else {
                found.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

impl Scene {
    fn set(&self) -> (TempDir, PathBuf) {
        let root = in_memory();
        let target = root.path().canonicalize().unwrap().join("out");
        for &(writer, version) in self.before {
            write(&target, writer, version).unwrap();
        }
        for name in self.user {
            let path = target.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "the user's").unwrap();
        }
        (root, target)
    }

    /// What is in the directory before and after it is written.
    fn states(&self) -> [Contents; 2] {
        let (_root, target) = self.set();
        let before = contents(&target);
        self.play(&target).unwrap();
        [before, contents(&target)]
    }

    fn play(&self, target: &Path) -> Result<(), Failure> {
        write(target, self.now.0, self.now.1)
    }

    /// How many changes it takes.
    fn changes(&self) -> usize {
        let (_root, target) = self.set();
        let (done, count) = with(Happens::Nothing, 0, || self.play(&target));
        done.unwrap();
        count
    }

    /// Asserts that the files of the user's are as they were.
    fn spares_the_user(&self, target: &Path, when: &str) {
        for name in self.user {
            assert_eq!(fs::read_to_string(target.join(name)).ok().as_deref(), Some("the user's"), "{name} {when}");
        }
    }
}

/// Writes files of `writer` that tell a version; odd ones have a figure more.
fn write(target: &Path, writer: &'static Writer, version: u32) -> Result<(), Failure> {
    let output = Output::open(target, writer)?;
    let mut sheets: Vec<Sheet<'_>> = writer
        .fixed()
        .filter(|name| *name != writer.list)
        .map(|name| Sheet::text(name, format!("{name} {version}")))
        .collect();
    let stem = writer.list.strip_suffix(".json").unwrap();
    for figure in 0..=version % 2 {
        sheets.push(Sheet::text(format!("{FOLDER}/{stem}-{figure}.svg"), format!("figure of version {version}")));
    }
    output.put(&sheets, &|listing| json_list(&json!({ "version": version }), listing), &|_, _| ())
}

/// What a later process does first.
fn recover(target: &Path, writer: &'static Writer) {
    drop(
        Output::open(target, writer)
            .unwrap_or_else(|failure| panic!("{failure} {:#?}", contents(target.parent().unwrap()))),
    );
}

/// The directory, if a message says where results are kept.
fn kept(failure: &Failure) -> Option<PathBuf> {
    let text = failure.to_string();
    let at = text.find("the complete results are in ")?;
    Some(text[at..].trim_end().trim_start_matches("the complete results are in ").into())
}

#[test]
fn whatever_change_fails_the_results_are_in_place_or_kept_and_nothing_else_is_different() {
    for scene in SCENES {
        let [old, new] = scene.states();
        for at in 1..=scene.changes() {
            let (root, target) = scene.set();
            let (done, _) = with(Happens::Fails, at, || scene.play(&target));
            let when = format!("in {}, change {at} failing: {done:?}", scene.name);
            scene.spares_the_user(&target, &when);
            let found = contents(&target);
            if let Err(failure) = &done {
                if let Some(kept) = kept(failure) {
                    assert_eq!(found, old, "{when}");
                    let kept_files = contents(&kept);
                    assert!(kept_files.iter().all(|(name, text)| new.get(name) == Some(text)), "{kept_files:?} {when}");
                    assert!(kept_files.contains_key(scene.now.0.list), "{when}");
                    fs::remove_dir_all(kept).unwrap();
                } else {
                    assert!(found == old || found == new, "{when}");
                }
            } else {
                assert_eq!(found, new, "{when}");
            }
            recover(&target, scene.now.0);
            scene.play(&target).unwrap_or_else(|failure| panic!("{failure} {when}"));
            assert_eq!(contents(&target), new, "{when}");
            let beside: Vec<_> = contents(root.path()).into_keys().filter(|name| !name.starts_with("out/")).collect();
            assert!(beside.iter().all(|name| name.starts_with("elbow-kept-")), "{beside:?} {when}");
        }
    }
}

#[test]
fn killed_before_any_change_the_old_or_the_new_is_there_after_the_next_start() {
    for happens in [Happens::Killed, Happens::KilledWithoutExchange] {
        for scene in SCENES {
            let [old, new] = scene.states();
            // Without exchange there are more changes.
            for at in 1..=scene.changes() + 20 {
                let (root, target) = scene.set();
                let _ = with(happens, at, || scene.play(&target));
                let when = format!("in {}, {happens:?} before change {at}", scene.name);
                scene.spares_the_user(&target, &when);
                let found = contents(&target);
                if happens == Happens::Killed && scene.whole {
                    assert!(found == old || found == new, "{found:#?} {when}");
                }
                recover(&target, scene.now.0);
                scene.spares_the_user(&target, &when);
                let found = contents(&target);
                assert!(found == old || found == new, "{found:#?} {when}");
                let beside = contents(root.path()).into_keys().find(|name| !name.starts_with("out/"));
                assert_eq!(beside, None, "{when}");
                // A run that repairs goes on with its own work.
                let (_root, target) = scene.set();
                let _ = with(happens, at, || scene.play(&target));
                scene.play(&target).unwrap_or_else(|failure| panic!("{failure} {when}"));
                assert_eq!(contents(&target), new, "{when}");
            }
        }
    }
}

#[test]
#[ignore = "takes minutes"]
fn killed_while_a_later_run_repairs_the_next_one_repairs() {
    for scene in SCENES {
        let [old, new] = scene.states();
        for at in 1..=scene.changes() {
            for again in 1..60 {
                let (root, target) = scene.set();
                let _ = with(Happens::KilledWithoutExchange, at, || scene.play(&target));
                let (_, count) = with(Happens::Killed, again, || Output::open(&target, scene.now.0).map(drop));
                recover(&target, scene.now.0);
                let found = contents(&target);
                let when = format!("in {}, killed before change {at}, then {again}", scene.name);
                scene.spares_the_user(&target, &when);
                assert!(found == old || found == new, "{found:#?} {when}");
                assert!(contents(root.path()).keys().all(|name| name.starts_with("out/")), "{when}");
                if count < again {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_disk_that_is_full_from_any_change_on_leaves_what_was_there() {
    for scene in SCENES {
        let [old, new] = scene.states();
        for at in 1..=scene.changes() {
            let (root, target) = scene.set();
            let (done, _) = with(Happens::Full, at, || scene.play(&target));
            let when = format!("in {}, full at change {at}: {done:?}", scene.name);
            let found = contents(&target);
            assert_eq!(&found, if done.is_ok() { &new } else { &old }, "{when}");
            let beside = contents(root.path()).into_keys().find(|name| !name.starts_with("out/"));
            if let Some(kept) = done.err().as_ref().and_then(kept) {
                assert!(beside.is_some_and(|name| kept.ends_with(name.trim_end_matches('/'))), "{when}");
            } else {
                assert_eq!(beside, None, "{when}");
            }
        }
    }
}

/// Small random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

/// The names that a change changes.
fn names(change: &Change) -> Vec<&Path> {
    match change {
        Change::Directory(path) | Change::File(path) | Change::Remove(path) | Change::Link(_, path) => vec![path],
        Change::Rename(one, other) | Change::Exchange(one, other) => vec![one, other],
        Change::Append(..) | Change::Sync(_) | Change::Like => vec![],
    }
}

/// Makes in `root` what is on a disk after a power cut: of the changes on `tape`, made in `home`, those that were
/// synchronised, and of the others those that `keep` says. A change of names is synchronised when each directory
/// concerned is, a file's contents when the file is; of contents that are not, a part may be there. What is done to a
/// name after a change of it that was lost, is lost too: every file system keeps that order.
fn cut(tape: &[Change], home: &Path, root: &Path, keep: &mut dyn FnMut() -> bool) {
    let there = |path: &Path| root.join(path.strip_prefix(home).unwrap());
    let synchronised = |path: &Path, after: usize| tape[after..].contains(&Change::Sync(path.to_owned()));
    // What was done before to a name is synchronised with it.
    let mut durable: Vec<&Path> = Vec::new();
    let is_durable: Vec<bool> = (0..tape.len())
        .rev()
        .map(|i| {
            let names = names(&tape[i]);
            let own = names.iter().all(|name| synchronised(name.parent().unwrap(), i));
            let is_durable = own || names.iter().any(|name| durable.contains(name));
            if is_durable {
                durable.extend(names);
            }
            is_durable
        })
        .collect();
    let mut lost: Vec<&Path> = Vec::new();
    for (i, change) in tape.iter().enumerate() {
        let names = names(change);
        if !is_durable[tape.len() - 1 - i]
            && (!keep() || names.iter().any(|name| lost.iter().any(|lost| name.starts_with(lost))))
        {
            lost.extend(names);
            continue;
        }
        // It cannot be made if one before, that it needs, was lost.
        let _ = match change {
            Change::Directory(path) => fs::create_dir(there(path)),
            Change::File(path) => {
                let appended = |change: &Change| match change {
                    Change::Append(to, bytes) if to == path => Some(bytes.clone()),
                    _ => None,
                };
                let mut bytes = tape[i..].iter().filter_map(appended).collect::<Vec<_>>().concat();
                if !synchronised(path, i) && !keep() {
                    bytes.truncate(if keep() { bytes.len() / 2 } else { 0 });
                }
                fs::write(there(path), bytes)
            }
            Change::Rename(from, to) => fs::rename(there(from), there(to)),
            Change::Exchange(one, other) => super::disk::exchange(&there(one), &there(other)),
            Change::Link(from, to) => fs::hard_link(there(from), there(to)),
            Change::Remove(path) => fs::remove_file(there(path)).or_else(|_| fs::remove_dir(there(path))),
            Change::Append(..) | Change::Sync(_) | Change::Like => Ok(()),
        };
    }
}

#[test]
fn after_a_power_cut_at_any_moment_the_old_or_the_new_is_there() {
    power_cuts(&|cut| vec![cut as u64 % 3]);
}

#[test]
#[ignore = "takes minutes"]
fn after_a_power_cut_at_any_moment_the_old_or_the_new_is_there_whatever_is_lost() {
    power_cuts(&|_| (0..40).collect());
}

fn power_cuts(seeds: &dyn Fn(usize) -> Vec<u64>) {
    for without_exchange in [false, true] {
        for scene in SCENES {
            let [old, new] = scene.states();
            let (home, target) = scene.set();
            let home = home.path().canonicalize().unwrap();
            let happens = if without_exchange { Happens::KilledWithoutExchange } else { Happens::Nothing };
            FAULT.set(Fault { at: usize::MAX, happens, ..Fault::default() });
            scene.play(&target).unwrap();
            let tape = FAULT.take().tape;
            for until in 0..=tape.len() {
                for seed in seeds(until) {
                    let (root, target) = scene.set();
                    let mut random = Random(seed);
                    // All that was not synchronised is lost, or none of it, or some.
                    let mut keep = || match seed {
                        0 => false,
                        1 => true,
                        _ => random.below(2) == 0,
                    };
                    cut(&tape[..until], &home, &root.path().canonicalize().unwrap(), &mut keep);
                    let when = format!("in {}, cut after change {until}, seed {seed}", scene.name);
                    scene.spares_the_user(&target, &when);
                    recover(&target, scene.now.0);
                    let found = contents(&target);
                    assert!(found == old || found == new, "{found:#?} {when}");
                }
            }
        }
    }
}
