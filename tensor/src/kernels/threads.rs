//! Large results over the threads of the current pool.

use crate::Scalar;
use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How much work pays for another thread, in products of numbers times the bytes of a number: if it is awake, if it
/// sleeps, and for a thread outside of the pool, which sleeps itself meanwhile. Measured: work is handed over in a
/// microsecond, a thread that sleeps has it after thirty, and to wake it takes ten of the one that hands over.
const SHARE: usize = 3 << 17;
const SHARE_OF_SLEEPER: usize = 1 << 22;
const SHARE_FROM_OUTSIDE: usize = 1 << 24;

/// Rayon lets a thread sleep after ten microseconds without work, and does not tell which ones do. So those that had a
/// share of some work count as awake for this long after it.
const AWAKE: Duration = Duration::from_micros(8);
/// For the same reason a thread that has done its share looks this often whether the other one has, before it goes back to
/// rayon: for some tens to hundreds of microseconds, depending on the processor.
const PATIENCE: usize = 5000;

/// What an entry costs if it is only read or written, in the unit of [`in_threads`].
pub const ENTRY: usize = 16;

thread_local! {
    /// When this thread last shared work, and between how many threads.
    static SHARED: Cell<Option<(Instant, usize)>> = const { Cell::new(None) };
}

/// Lets `work` write all of `out`, cut into shares for several threads if there is enough to do: `work` is given where
/// a share begins and the share, a multiple of `granule` entries but for the last one.
///
/// An entry costs as much as adding `cost` products to it. What is written must not depend on the shares: there are more
/// of them if work was shared just before. A small `out`, and a pool of one thread, is one share, for which rayon is not
/// called. On a thread of a rayon pool nothing is allocated; from outside, rayon queues the work, and its queue takes a
/// block of memory from time to time.
///
/// ```
/// let (a, mut out) = (vec![1.0; 100_000], vec![0.0; 100_000]);
/// tensor::kernels::in_threads(&mut out, 1, 16, |start, out| {
///     for (out, a) in out.iter_mut().zip(&a[start..]) {
///         *out = 2.0 * a;
///     }
/// });
/// assert_eq!(out, vec![2.0; 100_000]);
/// ```
#[inline]
pub fn in_threads<T: Scalar>(out: &mut [T], granule: usize, cost: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let bytes = cost.saturating_mul(size_of_val(out));
    if bytes < 2 * SHARE {
        return work(0, out);
    }
    share(out, granule, bytes, &work);
}

/// What is to be done with a share, by the place where it begins. One type for all work: rayon is compiled once for a kind
/// of scalar.
type Work<'a, T> = &'a (dyn Fn(usize, &mut [T]) + Sync);

#[inline(never)]
fn share<T: Scalar>(out: &mut [T], granule: usize, bytes: usize, work: Work<'_, T>) {
    let is_in_pool = rayon::current_thread_index().is_some();
    // To ask for the number of threads from outside would start them.
    if (!is_in_pool && bytes < 2 * SHARE_FROM_OUTSIDE) || rayon::current_num_threads() < 2 {
        return work(0, out);
    }
    let shares = if is_in_pool {
        let awake = SHARED.get().filter(|(at, _)| at.elapsed() < AWAKE).map_or(1, |(_, threads)| threads);
        (bytes / SHARE).min(awake).max(bytes / SHARE_OF_SLEEPER)
    } else {
        bytes / SHARE_FROM_OUTSIDE
    };
    let shares = shares.min(rayon::current_num_threads()).min(out.len().div_ceil(granule));
    if shares < 2 {
        return work(0, out);
    }
    halve(0, out, granule, shares, work);
    SHARED.set(Some((Instant::now(), shares)));
}

/// Splits what begins at `start` between halves of the threads, until each has a share of its own.
fn halve<T: Scalar>(start: usize, out: &mut [T], granule: usize, threads: usize, work: Work<'_, T>) {
    let half = threads / 2;
    let middle = (out.len() * half / threads).next_multiple_of(granule);
    if half == 0 || middle >= out.len() {
        return work(start, out);
    }
    let (left, right) = out.split_at_mut(middle);
    let [begun, left_done, right_done] = [const { AtomicBool::new(false) }; 3];
    rayon::join(
        || {
            halve(start, left, granule, half, work);
            left_done.store(true, Relaxed);
            if begun.load(Relaxed) {
                wait_for(&right_done);
            }
        },
        || {
            begun.store(true, Relaxed);
            halve(start + middle, right, granule, threads - half, work);
            right_done.store(true, Relaxed);
            wait_for(&left_done);
        },
    );
}

/// Waits until the other thread has done its share, but not for long.
fn wait_for(done: &AtomicBool) {
    for _ in 0..PATIENCE {
        if done.load(Relaxed) {
            return;
        }
        spin_loop();
    }
}

/// Sets all of `out` to zero.
#[inline]
pub fn clear<T: Scalar>(out: &mut [T]) {
    in_threads(out, 1, ENTRY, |_, out| out.fill(T::zero()));
}
