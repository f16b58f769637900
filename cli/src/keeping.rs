//! Long work that is kept while it goes on, so that a process that is killed loses a few seconds of it at most.

use crate::diagnostic::Failure;
use crate::output::{Begun, Head, Output, Partial};
use crate::progress::Progress;
use crate::work::{Sizes, Work};
use crate::{interrupt, room, terminal};
use nn::checkpoint::{Checkpoint, CheckpointError};
use nn::study::{Advance, Job, Told};
use nn::sweep::{Done, Going, Sweep, SweepError};
use nn::threads::Pool;
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long work goes on before it is kept, and until it is kept again; tests keep it as often as they can.
const INTERVAL: Duration = if cfg!(test) { Duration::ZERO } else { Duration::from_secs(3) };
/// To keep it takes one part of so many of the time at the most.
const SHARE: u32 = if cfg!(test) { 0 } else { 50 };

/// When work is to be kept next.
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Clock(Instant::now() + INTERVAL)
    }
    fn is_due(&self) -> bool {
        Instant::now() >= self.0
    }
    /// Work was kept, which was begun then.
    fn kept(&mut self, begun: Instant) {
        let now = Instant::now();
        self.0 = now + INTERVAL.max(SHARE * (now - begun));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says once that work goes on without being kept.
fn say_once(said: &AtomicBool, partial: &Path, error: &dyn std::fmt::Display, progress: &Progress) {
    if !said.swap(true, Ordering::Relaxed) {
        let path = terminal::path(partial);
        progress.note(&format!("note: {path} could not be written, so an interruption loses what is in work: {error}"));
    }
}

/// Runs of a sweep, to be made and kept.
pub struct Runs<'a> {
    /// What they are runs of.
    pub sweep: &'a Sweep,
    /// Where they are kept.
    pub partial: &'a Partial,
    /// The threads to make them.
    pub pool: &'a Pool,
    /// The work of making so many that are left beside so many finished ones.
    pub work: &'a (dyn Fn(&Sizes, u64, u64) -> Result<Work, SweepError> + Sync),
    /// The block of rows that is begun at each place.
    pub order: &'a (dyn Fn(u64) -> u64 + Sync),
    /// The row of a finished run.
    pub row: &'a (dyn Fn(&Done<'_>) -> String + Sync),
    /// How a run is refused that cannot be made.
    pub refused: &'a (dyn Fn(&SweepError) -> Failure + Sync),
    /// Say nothing but errors.
    pub quiet: bool,
    /// Begin even if it is estimated to need more than the machine has.
    pub yes: bool,
}

impl Runs<'_> {
    /// Makes all that are not finished, and goes on with those that are begun; returns the bar of the progress.
    ///
    /// # Errors
    /// If a run cannot be made, if the machine has no room for them, or if they cannot be kept.
    pub fn make(&self) -> Result<Progress, Failure> {
        let rows = self.partial.all_rows();
        let finished = self.partial.finished()?;
        let left = rows.end - rows.start - finished;
        let sizes = Sizes::of_some(self.sweep, rows).map_err(|error| (self.refused)(&error))?;
        let work = self.pool.run(|| (self.work)(&sizes, left, finished)).map_err(|error| (self.refused)(&error))?;
        room::check(&work, self.partial.path(), self.quiet, self.yes).inspect_err(|_| {
            if finished == 0 && self.partial.begun_blocks().is_ok_and(|begun| begun.is_empty()) {
                // Without a row it means nothing.
                let _ = self.partial.remove();
            }
        })?;
        let progress = Progress::begin(work, self.quiet);
        let said = AtomicBool::new(false);
        crate::threads::each(self.pool, self.partial.blocks(), &|place, stopped| {
            self.block((self.order)(place), stopped, &sizes, &progress, &said)
        })?;
        Ok(progress)
    }

    fn block(
        &self,
        number: u64,
        stopped: &AtomicBool,
        sizes: &Sizes,
        progress: &Progress,
        said: &AtomicBool,
    ) -> Result<(), Failure> {
        let mut block = self.partial.block(number)?;
        let first = block.next;
        // Of runs that are made together some may be finished, and of those that are, the checkpoint is old.
        let begun = self.partial.begun(number)?.filter(|Begun { runs, .. }| runs.contains(&first));
        let (start, kept) = begun.map_or((first, None), |begun| (begun.runs.start, Some(begun.checkpoint)));
        let (clock, done, shown) = (RefCell::new(Clock::start()), Cell::new(0.0), Cell::new(0));
        let hear = |&Going { ref numbers, settings, job, told }: &Going<'_>| {
            let Some(checkpoint) = told.checkpoint else {
                clock.replace(Clock::start());
                done.set(0.0);
                return shown.set(0);
            };
            let steps = if told.ended { Sizes::steps(settings, job.paradigm) } else { told.steps };
            let now = sizes.of_steps(settings, job, steps) + if told.ended { 0.0 } else { done.get() };
            done.set(now);
            let before = shown.replace(now as u64);
            if now as u64 > before {
                progress.advance(Advance { job: 0, steps: now as u64 - before, states: 0, ended: false });
            }
            if !told.ended && clock.borrow().is_due() {
                let begun = Instant::now();
                if let Err(error) = self.partial.keep(number, numbers, &checkpoint(), true) {
                    say_once(said, self.partial.path(), &error, progress);
                }
                clock.borrow_mut().kept(begun);
            }
        };
        let mut written = Ok(());
        let made = self.sweep.go_on(start..block.end, kept, &hear, &mut |done| {
            if done.number >= first {
                written = block.add(&(self.row)(&done));
            }
            if written.is_err() || stopped.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        written.map_err(|error| self.partial.failed(&error))?;
        made.map_err(|error| (self.refused)(&error))
    }
}

/// Jobs of a study, which are kept if it takes longer than a few seconds.
pub struct Jobs {
    /// Where, if there can be such a place.
    place: Option<PathBuf>,
    head: Head,
    /// What an interruption says, is of this directory.
    out: PathBuf,
    begun: Instant,
    /// The directory, once there is something in it.
    partial: Mutex<Option<Partial>>,
    /// What was found of each job, until it is gone on with, and when it is to be kept next.
    found: Vec<Mutex<(Option<Checkpoint>, Clock)>>,
    said: AtomicBool,
}

impl Jobs {
    /// Finds what an earlier process left of the jobs of a study, of which this is the identity.
    ///
    /// # Errors
    /// If there is something and `resume` is not asked for, or if it is of other work, damaged or somebody else's.
    pub fn find(output: &Output, out: &Path, identity: &str, jobs: &[Job], resume: bool) -> Result<Self, Failure> {
        let count = jobs.len() as u64;
        let head = Head {
            elbow: env!("CARGO_PKG_VERSION").to_owned(),
            plan: identity.to_owned(),
            runs: count,
            rows: 0..count,
            block: 1,
            group: 1,
        };
        let kept = Jobs {
            place: output.partial().ok(),
            head,
            out: out.to_owned(),
            begun: Instant::now(),
            partial: Mutex::default(),
            found: jobs.iter().map(|_| Mutex::new((None, Clock::start()))).collect(),
            said: AtomicBool::new(false),
        };
        if kept.place.as_ref().is_some_and(|place| std::fs::symlink_metadata(place).is_ok()) {
            let partial = kept.open(resume)?;
            for (number, job) in (0..).zip(&kept.found) {
                lock(job).0 = partial.begun(number)?.map(|begun| begun.checkpoint);
            }
            *lock(&kept.partial) = Some(partial);
        }
        Ok(kept)
    }

    /// Opens the directory, and says from then on that an interruption loses nothing.
    fn open(&self, resume: bool) -> Result<Partial, Failure> {
        let place = self.place.clone().ok_or_else(|| Failure::work("there is no place beside it"))?;
        let partial = Partial::open(place, self.head.clone(), resume)?;
        interrupt::tell(partial.kept(&self.out));
        Ok(partial)
    }

    /// Takes from the work what is done.
    pub fn shorten(&self, work: &mut Work) {
        for (job, training) in self.found.iter().zip(&mut work.training) {
            if let (Some(checkpoint), _) = &*lock(job) {
                training.steps = training.steps.saturating_sub(checkpoint.step());
                training.states = training.states.saturating_sub(checkpoint.states());
            }
        }
    }

    /// What was found of a job.
    pub fn take(&self, job: usize) -> Option<Checkpoint> {
        lock(&self.found[job]).0.take()
    }

    /// Keeps a job if it is time, or if it is done.
    pub fn hear(&self, number: usize, told: &Told<'_>, progress: &Progress) {
        let mut job = lock(&self.found[number]);
        let Some(checkpoint) = told.checkpoint else {
            job.1 = Clock::start();
            return;
        };
        let (is_long, begun) = (job.1.is_due(), Instant::now());
        if !(is_long || told.ended && begun - self.begun >= INTERVAL) {
            return;
        }
        let mut partial = lock(&self.partial);
        let opened = match partial.take() {
            Some(opened) => Ok(opened),
            None => self.open(false),
        };
        let kept = opened.map_err(|failure| failure.to_string()).and_then(|opened| {
            let opened = partial.insert(opened);
            let number = number as u64;
            opened.keep(number, &(number..number + 1), &checkpoint(), is_long).map_err(|error| error.to_string())
        });
        if let (Err(error), Some(place)) = (kept, &self.place) {
            say_once(&self.said, place, &error, progress);
        }
        job.1.kept(begun);
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        lock(&self.partial).is_none()
    }

    /// A checkpoint that is as it was written, and not of this study.
    pub fn refuse(&self, error: CheckpointError) -> Failure {
        let failure = Failure::input(format!("{}: {error}", self.place.as_deref().unwrap_or(&self.out).display()));
        failure.help("remove the directory to begin anew, or give --out another one")
    }

    /// How to go on after a failure, if something is kept.
    pub fn resumable(&self, failure: Failure) -> Failure {
        match &*lock(&self.partial) {
            Some(partial) => failure.or_help(partial.resume()),
            None => failure,
        }
    }

    /// Removes what was kept.
    ///
    /// # Errors
    /// With its path if it is not gone.
    pub fn remove(&self) -> Result<(), PathBuf> {
        match &*lock(&self.partial) {
            Some(partial) if !partial.remove().unwrap_or(false) => Err(partial.path().to_owned()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{SWEEP, TRAIN};
    use nn::data::Data;
    use nn::settings::{Optimizer, Paradigm, Settings};
    use nn::study::{Run, Study, jobs};
    use nn::sweep::Plan;
    use std::fs;
    use tempfile::TempDir;

    /// In memory, where that is possible.
    fn in_memory() -> TempDir {
        tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
    }

    /// What a process would leave that is killed now: a copy of a directory.
    fn killed(partial: &Path) -> TempDir {
        let copy = in_memory();
        for entry in fs::read_dir(partial).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
        copy
    }

    fn silent() -> Progress {
        let work =
            Work { training: vec![], threads: 1, divisible: false, stages: vec![], memory: 0.0, disk: 0.0, files: 0 };
        Progress::begin(work, true)
    }

    fn settings() -> Settings {
        let paradigms = Paradigm::ALL.to_vec();
        let optimizer = Optimizer::Adam;
        Settings {
            widths: vec![3, 5],
            paradigms,
            optimizer,
            steps: 200,
            save_every: 30,
            seeds: 9,
            ..Settings::default()
        }
    }

    /// A study whose jobs are kept in `root`, and how many steps of it were made; `look` is called whenever a job has told.
    fn study(root: &Path, look: &(dyn Fn(&Path) + Sync)) -> Result<(Study, u64), Failure> {
        let (settings, out) = (settings(), root.join("out"));
        let data = Data::from_settings(&settings).unwrap();
        let jobs = jobs(&settings, &settings.architectures(&data).unwrap());
        let output = Output::open(&out, &TRAIN)?;
        let kept = Jobs::find(&output, &out, &crate::summary::identity(&settings, &data), &jobs, true)?;
        let (progress, steps) = (silent(), Mutex::new(0));
        let tell = |job: usize, told: &Told<'_>| {
            *lock(&steps) += told.steps;
            kept.hear(job, told, &progress);
            look(&root.join("out.partial"));
        };
        let study = Pool::new(1).unwrap().run(|| Study::go_on(&settings, data, &|job| kept.take(job), &tell));
        let study = study.map_err(Failure::work)?;
        kept.remove().unwrap();
        Ok((study, steps.into_inner().unwrap()))
    }

    fn timeless(study: &Study) -> String {
        let timeless = |run: &&Run| Run { seconds: 0.0, ..(*run).clone() };
        format!("{:?}", study.all_runs().iter().map(timeless).collect::<Vec<_>>())
    }

    /// What processes left that were killed at some of the moments when a job told something.
    fn all_killed() -> (Study, u64, Vec<TempDir>) {
        let (root, found) = (in_memory(), Mutex::new(Vec::new()));
        let count = Mutex::new(0);
        let (whole, steps) = study(root.path(), &|partial| {
            *lock(&count) += 1;
            if partial.exists() && *lock(&count) % 13 == 0 {
                lock(&found).push(killed(partial));
            }
        })
        .unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0, "nothing is left");
        (whole, steps, found.into_inner().unwrap())
    }

    #[test]
    fn a_study_that_was_killed_goes_on_from_where_it_was() {
        let (whole, steps, found) = all_killed();
        assert!(found.len() > 10);
        let mut before = steps;
        for (number, found) in found.iter().enumerate() {
            let root = in_memory();
            fs::rename(found.path(), root.path().join("out.partial")).unwrap();
            let (again, left) = study(root.path(), &|_| ()).unwrap();
            assert!(timeless(&again) == timeless(&whole), "killed after {number}");
            assert!(left <= before, "{left} steps are left after {number}, and {before} were before");
            before = left;
            assert!(!root.path().join("out.partial").exists());
        }
        assert!(before < steps / 10, "{before}");
    }

    #[test]
    fn checkpoints_that_are_damaged_foreign_or_half_written_are_told_apart() {
        let (whole, steps, found) = all_killed();
        let half = || killed(found[found.len() / 2].path());
        let name = |end: &str| {
            let half = half();
            let names = fs::read_dir(half.path()).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names.into_iter().rfind(|name| name.ends_with(end)).unwrap()
        };
        let (file, directory) = (name(".checkpoint"), half());
        let text = fs::read_to_string(directory.path().join(&file)).unwrap();
        let with = |name: &str, text: &str| {
            let (root, directory) = (in_memory(), half());
            fs::write(directory.path().join(name), text).unwrap();
            fs::rename(directory.path(), root.path().join("out.partial")).unwrap();
            study(root.path(), &|_| ()).map(|(again, left)| {
                assert!(timeless(&again) == timeless(&whole));
                left
            })
        };
        let refused = |name: &str, text: &str, wanted: &str| {
            let failure = with(name, text).map(drop).unwrap_err().to_string();
            assert!(failure.contains(wanted) && failure.contains(name), "{failure}");
        };
        let place = text.rfind(|c: char| c.is_ascii_digit()).unwrap();
        let mut changed = text.clone();
        changed.replace_range(place..=place, if &text[place..=place] == "0" { "1" } else { "0" });
        let sealed = |row: &str| format!("{} {row}\n", crate::output::Fingerprint::of(row.as_bytes()));
        let row = text[17..].trim_end();
        let other = format!("{}{}", if row.starts_with('0') { "1" } else { "0" }, &row[1..]);
        for damaged in [&changed[..], &text[..text.len() / 2], "mine", &sealed(&row[..row.len() / 2])] {
            refused(&file, damaged, "is not as it was written");
        }
        for foreign in [&sealed(&other), &sealed("mine")] {
            refused(&file, foreign, "is one of other runs");
        }
        // A checkpoint of other runs of the same study.
        let first = fs::read_to_string(directory.path().join("0000000.checkpoint")).unwrap();
        refused(&file, &first, "is one of other runs");
        // What was being written, or did not come to the disk.
        let draft = file.replace("checkpoint", "draft");
        for half in ["", &text[..5], &text[..40], "\0\0"] {
            assert!(with(&draft, half).unwrap() < steps);
        }
        refused(&draft, "mine", "which elbow did not write");
        assert!(with(&file, "\0\0").unwrap() < steps);
    }

    #[test]
    #[cfg(unix)]
    fn nothing_is_written_into_what_takes_the_place_of_the_directory() {
        let root = in_memory();
        let head = Head { elbow: String::new(), plan: "plan".to_owned(), runs: 4, rows: 0..4, block: 1, group: 4 };
        let place = root.path().join("out.partial");
        let partial = Partial::open(place.clone(), head, true).unwrap();
        let mine = root.path().join("mine");
        fs::create_dir(&mine).unwrap();
        fs::write(mine.join("0000000.rows"), "mine").unwrap();
        fs::rename(&place, root.path().join("moved")).unwrap();
        std::os::unix::fs::symlink(&mine, &place).unwrap();
        assert!(partial.block(1).is_err() && partial.remove().is_err());
        fs::remove_file(&place).unwrap();
        fs::rename(&mine, &place).unwrap();
        assert!(partial.block(1).is_err() && partial.remove().is_err());
        let left: Vec<_> = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(
            (left, fs::read_to_string(place.join("0000000.rows")).unwrap()),
            (vec!["0000000.rows".into()], "mine".to_owned())
        );
    }

    #[test]
    fn runs_of_a_sweep_go_on_from_their_checkpoints() {
        let text =
            "steps = 120\nsave-every = 10\nseeds = 10\n[grid]\noptimizer = ['sgd', 'adam']\nprecision = ['f32', 'f64']";
        let defaults = Settings { widths: vec![5], paradigms: vec![Paradigm::All], ..Settings::default() };
        let sweep = Sweep::open(Plan::read(text, Path::new("plan.toml"), defaults).unwrap()).unwrap();
        let head = Head {
            elbow: String::new(),
            plan: "plan".to_owned(),
            runs: 40,
            rows: 0..40,
            block: sweep.together(),
            group: 40,
        };
        let make = |root: &Path, look: &(dyn Fn(&Path) + Sync)| {
            let place = root.join("out.partial");
            drop(Output::open(&root.join("out"), &SWEEP).unwrap());
            let partial = Partial::open(place.clone(), head.clone(), true).unwrap();
            let runs = Runs {
                sweep: &sweep,
                partial: &partial,
                pool: &Pool::new(1).unwrap(),
                work: &|sizes, left, finished| Work::of_sweep(&sweep, sizes, left, finished, 1),
                order: &|block| block,
                row: &|done| {
                    look(&place);
                    crate::sweep::rows::row(done)
                },
                refused: &|error| Failure::work(error),
                quiet: true,
                yes: true,
            };
            runs.make().map(drop)?;
            let mut rows = Vec::new();
            partial
                .all(&mut |row| {
                    rows.push(row.to_owned());
                    Ok(())
                })
                .unwrap();
            Ok::<_, Failure>(rows)
        };
        let (root, found) = (in_memory(), Mutex::new(Vec::new()));
        let whole = make(root.path(), &|partial| lock(&found).push(killed(partial))).unwrap();
        assert_eq!(whole.len(), 40);
        for (number, found) in found.into_inner().unwrap().into_iter().enumerate() {
            let root = in_memory();
            let partial = root.path().join("out.partial");
            fs::rename(found.path(), &partial).unwrap();
            // It is the checkpoint that is gone on with.
            let block = number / 10;
            let file = partial.join(format!("{block:07}.checkpoint"));
            let text = fs::read_to_string(&file).unwrap();
            fs::write(&file, &text[1..]).unwrap();
            let failure = Partial::open(partial, head.clone(), true).map(drop).unwrap_err().to_string();
            assert!(failure.contains("is not as it was written"), "{failure}");
            fs::write(&file, &text).unwrap();
            assert_eq!(make(root.path(), &|_| ()).unwrap(), whole, "killed before row {number}");
        }
    }
}
