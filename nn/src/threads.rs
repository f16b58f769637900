//! The threads that work on something together.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// The most threads that can be asked for.
pub const MOST: usize = 1024;

/// A pool of threads.
///
/// ```
/// use nn::threads::Pool;
///
/// let pool = Pool::new(2)?;
/// assert!(pool.threads() <= 2);
/// assert_eq!(pool.run(|| 6 * 7), 42);
/// # Ok::<(), rayon::ThreadPoolBuildError>(())
/// ```
#[derive(Debug)]
pub struct Pool {
    pool: ThreadPool,
    wanted: usize,
}

impl Pool {
    /// Starts `threads` threads, or as many as [`usual`] if that is 0.
    ///
    /// # Errors
    /// As [`at_most`](Self::at_most).
    pub fn new(threads: usize) -> Result<Pool, ThreadPoolBuildError> {
        Self::at_most(threads, usize::MAX)
    }

    /// Starts `threads` threads, or as many as [`usual`] if that is 0, but no more than `most`.
    ///
    /// Where the operating system does not give so many, half of them are tried, and so on down to the calling thread
    /// alone, which then belongs to the pool as long as it lives. [`threads`](Self::threads) tells.
    ///
    /// # Errors
    /// If not even the calling thread can be used, as it belongs to another pool.
    pub fn at_most(threads: usize, most: usize) -> Result<Pool, ThreadPoolBuildError> {
        let wanted = if threads == 0 { usual() } else { threads };
        Self::start(wanted, most, |threads| ThreadPoolBuilder::new().num_threads(threads).build())
    }

    fn start(
        wanted: usize,
        most: usize,
        start: impl Fn(usize) -> Result<ThreadPool, ThreadPoolBuildError>,
    ) -> Result<Pool, ThreadPoolBuildError> {
        let fewer = std::iter::successors(Some(wanted.min(most)), |threads| Some(threads / 2));
        let pool = match fewer.take_while(|&threads| threads > 0).find_map(|threads| start(threads).ok()) {
            Some(pool) => pool,
            None => ThreadPoolBuilder::new().num_threads(1).use_current_thread().build()?,
        };
        Ok(Pool { pool, wanted })
    }

    /// How many threads there are.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }
    /// How many were asked for.
    pub fn wanted(&self) -> usize {
        self.wanted
    }
    /// Does something on these threads; whatever it does in parallel is shared among them.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }
    /// Does `work` for each number below `count`: each thread takes the next number when it is done with one.
    pub fn each(&self, count: u64, work: &(dyn Fn(u64) + Sync)) {
        let next = AtomicU64::new(0);
        self.pool.broadcast(|_| {
            let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&number| number < count);
            std::iter::from_fn(take).for_each(work);
        });
    }
}

/// How many threads there are if nobody says how many: as the environment variable `RAYON_NUM_THREADS` says, or else one
/// for each core that this process may use, where affinity and the quotas of a container (cgroups) count; at most
/// [`MOST`].
pub fn usual() -> usize {
    let said = std::env::var("RAYON_NUM_THREADS").ok().and_then(|text| text.trim().parse().ok());
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    said.filter(|&threads| threads > 0).unwrap_or_else(cores).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    /// A pool builder that fails for more than `most` threads.
    fn limited(most: usize) -> impl Fn(usize) -> Result<ThreadPool, ThreadPoolBuildError> {
        move |threads| {
            let refuse = |_| Err(std::io::Error::from(std::io::ErrorKind::WouldBlock));
            let builder = ThreadPoolBuilder::new().num_threads(threads);
            if threads > most { builder.spawn_handler(refuse).build() } else { builder.build() }
        }
    }

    #[test]
    fn where_threads_are_refused_fewer_do_the_work() {
        for (wanted, most, threads) in [(8, 8, 8), (8, 3, 2), (5, 1, 1), (8, 0, 1), (1, 0, 1)] {
            // Its own thread, as it may come to belong to the pool.
            let work = move || {
                let pool = Pool::start(wanted, usize::MAX, limited(most)).unwrap();
                let sum: u64 = pool.run(|| (0..1000_u64).into_par_iter().sum());
                (pool.threads(), pool.wanted(), sum)
            };
            assert_eq!(std::thread::spawn(work).join().unwrap(), (threads, wanted, 499_500));
        }
    }

    #[test]
    fn each_number_is_worked_on_once() {
        for threads in [1, 3] {
            let done: Vec<AtomicU64> = (0..100).map(|_| AtomicU64::new(0)).collect();
            let pool = Pool::new(threads).unwrap();
            pool.each(100, &|number| {
                done[number as usize].fetch_add(1, Ordering::Relaxed);
            });
            assert!(done.iter().all(|done| done.load(Ordering::Relaxed) == 1));
            pool.each(0, &|number| panic!("{number} is not below 0"));
        }
    }

    #[test]
    fn no_more_threads_are_started_than_there_may_be() {
        for (wanted, most, threads) in [(8, 3, 3), (2, 3, 2), (8, 1, 1), (8, 0, 1)] {
            let started = std::sync::atomic::AtomicUsize::new(0);
            let count = |threads| {
                started.fetch_add(threads, std::sync::atomic::Ordering::Relaxed);
                ThreadPoolBuilder::new().num_threads(threads).build()
            };
            std::thread::scope(|scope| {
                let pool = scope.spawn(|| Pool::start(wanted, most, count).map(|pool| (pool.threads(), pool.wanted())));
                assert_eq!(pool.join().unwrap().unwrap(), (threads, wanted));
            });
            // The calling thread is not started.
            assert_eq!(started.into_inner(), threads.min(most));
        }
    }
}
