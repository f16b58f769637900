//! The progress bar: how much of the [`Work`] is done, and how long the rest takes.

use crate::limits;
use crate::work::{Stage, Work};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use nn::study::Advance;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A bar on stderr. It is silent if asked to be, or if stderr is not a terminal.
pub struct Progress {
    bar: ProgressBar,
    state: Arc<Mutex<State>>,
    /// Draws the bar again and again. Where threads are refused, it is drawn when the work tells.
    drawing: Option<JoinHandle<()>>,
    ended: Arc<AtomicBool>,
}

impl Progress {
    /// Begins with the training of `work`.
    pub fn begin(work: Work, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let state = Arc::new(Mutex::new(State::new(work, Instant::now())));
        let shown = Arc::clone(&state);
        let style = ProgressStyle::with_template("{waiting}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("waiting", move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
                // It is drawn again in a moment, should this fail.
                let _ = write!(out, "{}", lock(&shown).text(Instant::now()));
            });
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        let ended = Arc::new(AtomicBool::new(false));
        let draw = {
            let (bar, ended) = (bar.clone(), Arc::clone(&ended));
            move || {
                while !ended.load(Ordering::Relaxed) {
                    bar.tick();
                    std::thread::park_timeout(BETWEEN_DRAWINGS);
                }
            }
        };
        let start = || std::thread::Builder::new().name("progress".to_owned()).spawn(draw).ok();
        let drawing = if bar.is_hidden() || limits::threads() == 0 { None } else { start() };
        Progress { bar, state, drawing, ended }
    }

    /// What [`nn::study::Study::run`] tells.
    pub fn advance(&self, advance: Advance) {
        if !self.bar.is_hidden() {
            lock(&self.state).advance(advance, Instant::now());
            self.draw();
        }
    }

    /// Everything before `stage` is done, and this share of the stage.
    pub fn at(&self, stage: Stage, share: f64) {
        lock(&self.state).at(stage, share, Instant::now());
        self.draw();
    }

    /// Says something in a line of its own.
    pub fn note(&self, text: &str) {
        // If nobody listens any more, the work is done all the same.
        self.bar.suspend(|| {
            let _ = writeln!(std::io::stderr(), "{text}");
        });
    }

    fn draw(&self) {
        if self.drawing.is_none() {
            self.bar.tick();
        }
    }

    /// Removes the bar.
    pub fn end(self) {
        drop(self);
    }
}

impl Drop for Progress {
    /// Removes the bar, whatever comes next in its line.
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(drawing) = self.drawing.take() {
            drawing.thread().unpark();
            let _ = drawing.join();
        }
        self.bar.finish_and_clear();
    }
}

/// How often the bar is drawn.
const BETWEEN_DRAWINGS: Duration = Duration::from_millis(100);

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How far the training of a job is.
#[derive(Clone, Copy)]
enum Job {
    Waiting,
    /// So many seconds of its work are done, by the estimate; and when it said so.
    Running(f64, Instant),
    Ended,
}

/// Where the work stands.
struct State {
    work: Work,
    begun: Instant,
    jobs: Vec<Job>,
    /// Seconds that threads have taken for training of which the jobs told, and what the estimate was.
    taken: f64,
    estimated: f64,
    stage: Stage,
    stage_begun: Instant,
    /// The share of the stage that is done, and when it said so.
    share: f64,
    told: Instant,
}

/// What is overdue takes this share of the time it has taken, at the least.
const OVERDUE: f64 = 0.1;

/// Seconds of work that the estimate is trusted as much as what is seen.
const TRUST: f64 = 0.2;

impl State {
    fn new(work: Work, now: Instant) -> Self {
        let jobs = vec![Job::Waiting; work.training.len()];
        let (stage, share) = (Stage::Training, 0.0);
        State { work, begun: now, jobs, taken: 0.0, estimated: 0.0, stage, stage_begun: now, share, told: now }
    }

    fn advance(&mut self, advance: Advance, now: Instant) {
        let Advance { job, steps, states, ended } = advance;
        let (Some(place), Some(training)) = (self.jobs.get_mut(job), self.work.training.get(job)) else { return };
        let seconds = training.step * steps as f64 + training.state * states as f64;
        let mut done = 0.0;
        if let Job::Running(before, since) = *place {
            done = before;
            self.taken += (now - since).as_secs_f64();
            self.estimated += seconds;
            if self.work.divisible {
                // All threads worked, on whichever job.
                self.taken = (now - self.begun).as_secs_f64() * self.work.threads as f64;
            }
        }
        *place = if ended { Job::Ended } else { Job::Running(done + seconds, now) };
    }

    fn at(&mut self, stage: Stage, share: f64, now: Instant) {
        if stage != self.stage {
            (self.stage, self.stage_begun) = (stage, now);
        }
        (self.share, self.told) = (share, now);
    }

    /// The seconds that are left.
    fn left(&self, now: Instant) -> f64 {
        let following = |stage: &Stage| self.work.stages.iter().position(|(of_list, _)| of_list == stage);
        let Some(place) = following(&self.stage) else {
            let correction = correction(self.taken, self.estimated);
            let left = |(job, training): (&Job, &crate::work::Training)| match *job {
                Job::Waiting => correction * training.seconds(),
                // Since it last told, it has done more.
                Job::Running(done, told) => after(correction * (training.seconds() - done), now - told),
                Job::Ended => 0.0,
            };
            let training = self.work.training_left(self.jobs.iter().zip(&self.work.training).map(left));
            return training + self.work.stages.iter().map(|(_, seconds)| seconds).sum::<f64>();
        };
        let rest: f64 = self.work.stages[place + 1..].iter().map(|(_, seconds)| seconds).sum();
        let (_, estimate) = self.work.stages[place];
        let taken = (self.told - self.stage_begun).as_secs_f64();
        let left = correction(taken, estimate * self.share) * estimate * (1.0 - self.share);
        after(left, now - self.told) + rest
    }

    /// What is shown; as long as there is work, time is left.
    fn text(&self, now: Instant) -> String {
        let (taken, left) = ((now - self.begun).as_secs_f64(), self.left(now));
        let share = taken / (taken + left).max(f64::MIN_POSITIVE);
        let filled = (share * WIDTH as f64) as usize;
        let head = if filled < WIDTH { ">" } else { "" };
        let bar = format!("{}{head}", "=".repeat(filled));
        format!("{} [{bar:WIDTH$}] {:>3.0} %  {} left", self.stage.words(), 100.0 * share, duration(left.max(1.0)))
    }
}

/// How much longer work takes than was estimated, when so many seconds were taken for what was estimated.
fn correction(taken: f64, estimated: f64) -> f64 {
    (taken + TRUST) / (estimated + TRUST)
}

/// The seconds that are left, if these were when the work last told, and it has gone on since. What takes longer than was
/// estimated may take a while yet.
fn after(left: f64, since: Duration) -> f64 {
    let since = since.as_secs_f64();
    (left - since).max(OVERDUE * since)
}

/// Characters of the bar.
const WIDTH: usize = 30;

/// `40 s`, `3 min`, `2 h`, `5 days`: two digits where there are so many.
pub fn duration(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("{seconds:.0} s"),
        ..5400.0 => format!("{:.0} min", seconds / 60.0),
        ..172_800.0 => format!("{:.0} h", seconds / 3600.0),
        _ => format!("{:.0} days", seconds / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::Training;

    fn work(training: Vec<Training>, threads: usize) -> Work {
        let stages = vec![(Stage::Drawing, 4.0), (Stage::Writing, 6.0)];
        Work { training, threads, divisible: false, stages, memory: 0.0, disk: 0.0, files: 0 }
    }

    /// Steps of a second each, by the estimate.
    fn steps(steps: u64) -> Training {
        Training { step: 1.0, state: 0.0, steps, states: 0 }
    }

    fn after(seconds: f64) -> impl Fn(Instant) -> Instant {
        move |begun| begun + Duration::from_secs_f64(seconds)
    }

    /// Tells of each advance at its second; returns the seconds that are left at the last of them.
    fn left(mut state: State, told: &[(f64, Advance)], now: f64) -> f64 {
        let begun = state.begun;
        for &(second, advance) in told {
            state.advance(advance, after(second)(begun));
        }
        state.left(after(now)(begun))
    }

    fn advance(job: usize, steps: u64) -> Advance {
        Advance { job, steps, states: 0, ended: false }
    }

    fn ended(job: usize) -> Advance {
        Advance { job, steps: 0, states: 0, ended: true }
    }

    fn close(found: f64, wanted: f64) {
        assert!((found / wanted - 1.0).abs() < 0.01, "{found}, not {wanted}");
    }

    #[test]
    fn what_is_seen_corrects_the_estimate() {
        let state = || State::new(work(vec![steps(1000)], 2), Instant::now());
        close(left(state(), &[], 0.0), 1010.0);
        close(left(state(), &[(0.0, advance(0, 0)), (200.0, advance(0, 100))], 200.0), 1810.0);
        // Until it tells again, the clock tells.
        close(left(state(), &[(0.0, advance(0, 0)), (200.0, advance(0, 100))], 250.0), 1760.0);
    }

    #[test]
    fn threads_share_jobs_and_wait_for_the_longest() {
        let state = |jobs: Vec<Training>| State::new(work(jobs, 2), Instant::now());
        close(left(state(vec![steps(300), steps(200), steps(100)]), &[], 0.0), 310.0);
        close(left(state(vec![steps(800), steps(200), steps(100)]), &[], 0.0), 810.0);
    }

    #[test]
    fn threads_that_share_one_job_are_all_counted() {
        let work = Work { divisible: true, ..work(vec![steps(1000)], 4) };
        let told = [(0.0, advance(0, 0)), (25.0, advance(0, 100))];
        close(left(State::new(work.clone(), Instant::now()), &[], 0.0), 260.0);
        close(left(State::new(work, Instant::now()), &told, 25.0), 235.0);
    }

    #[test]
    fn a_job_that_ends_early_is_over_and_says_nothing_of_the_others() {
        let told = [(0.0, advance(0, 0)), (10.0, advance(0, 10)), (10.0, ended(0))];
        close(left(State::new(work(vec![steps(1000), steps(200)], 1), Instant::now()), &told, 10.0), 210.0);
    }

    #[test]
    fn later_stages_count() {
        let mut state = State::new(work(vec![steps(100)], 1), Instant::now());
        let begun = state.begun;
        state.at(Stage::Drawing, 0.0, after(100.0)(begun));
        close(state.left(after(101.0)(begun)), 9.0);
        state.at(Stage::Writing, 0.0, after(104.0)(begun));
        close(state.left(after(104.0)(begun)), 6.0);
        // Half of it took six seconds, so the other half takes nearly as long.
        state.at(Stage::Writing, 0.5, after(110.0)(begun));
        close(state.left(after(110.0)(begun)), 5.8);
        close(state.left(after(112.0)(begun)), 3.8);
        assert!(state.text(after(110.0)(begun)).contains("writing [============================> ]  95 %  6 s left"));
    }

    #[test]
    fn as_long_as_there_is_work_there_is_time_left() {
        let mut state = State::new(work(vec![steps(100)], 1), Instant::now());
        let begun = state.begun;
        state.advance(advance(0, 0), begun);
        // Of what is overdue nobody knows more than how long it has taken.
        close(state.left(after(200.0)(begun)), 20.0 + 10.0);
        state.at(Stage::Writing, 1.0, after(220.0)(begun));
        close(state.left(after(260.0)(begun)), 4.0);
        assert!(state.text(after(220.0)(begun)).ends_with(" 1 s left"));
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        let shown = [0.4, 59.6, 89.0, 91.0, 3600.0, 7200.0, 400_000.0].map(duration);
        assert_eq!(shown, ["0 s", "60 s", "89 s", "2 min", "60 min", "2 h", "5 days"]);
    }
}
