//! Large results over the threads of the current pool.

use crate::Scalar;

/// How much work pays for another thread, in products of numbers times the bytes of a number. Measured: a thread of
/// the pool hands work over in a microsecond if another one has just been at work, in ten or more if it sleeps; a
/// thread outside wakes the pool and sleeps itself, which takes tens of them.
const SHARE: usize = 3 << 19;
const SHARE_FROM_OUTSIDE: usize = 1 << 24;

/// Lets `work` write all of `out`, cut into shares for several threads if there is enough to do: `work` is given where
/// a share begins and the share, a multiple of `granule` entries but for the last one.
///
/// An entry costs as much as adding `cost` products to it. What is written must not depend on the shares. A small
/// `out`, and a pool of one thread, is one share, for which rayon is not called. On a thread of a rayon pool nothing is
/// allocated; from outside, rayon queues the work, and its queue takes a block of memory from time to time.
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
    let bytes = cost * size_of_val(out);
    if bytes < 2 * SHARE {
        return work(0, out);
    }
    let is_in_pool = rayon::current_thread_index().is_some();
    let shares = bytes / if is_in_pool { SHARE } else { SHARE_FROM_OUTSIDE };
    if shares < 2 {
        // To ask for the number of threads would start them.
        return work(0, out);
    }
    halve(0, out, granule, rayon::current_num_threads().min(shares), &work);
}

/// Splits what begins at `start` between halves of the threads, until each has a share of its own.
fn halve<T: Scalar>(
    start: usize,
    out: &mut [T],
    granule: usize,
    threads: usize,
    work: &(impl Fn(usize, &mut [T]) + Sync),
) {
    let half = threads / 2;
    let middle = (out.len() * half / threads).next_multiple_of(granule);
    if half == 0 || middle >= out.len() {
        return work(start, out);
    }
    let (left, right) = out.split_at_mut(middle);
    rayon::join(
        || halve(start, left, granule, half, work),
        || halve(start + middle, right, granule, threads - half, work),
    );
}
