//! A network of one hidden layer, p = W2·Φ(W1·x + b1·1ᵀ) + b2·1ᵀ with Φ = ReLU, forward and backward.
//!
//! Forward, samples lie side by side in a register and the hidden units come one after the other; backward, units lie
//! side by side and the samples come one after the other. So nothing is ever summed across a register: the sum of a
//! sample runs over units 0, 1, 2, …, and that of a unit is made of four partial sums, of the samples 0, 4, 8, …, of
//! 1, 5, 9, …, and so on, whatever a register holds. More than 4096 samples go by blocks of 4096, whose sums are added
//! in pairs.

use super::pack::{array, load, store};
use super::sum::middle;
use crate::Scalar;
use std::ops::Range;

/// The parameters of the hidden layer, with one entry for each unit, or the derivatives by them.
#[derive(Clone, Copy, Debug)]
pub struct Hidden<S> {
    /// Input weights.
    pub w1: S,
    /// Biases.
    pub b1: S,
    /// Output weights.
    pub w2: S,
}

impl<T> Hidden<&[T]> {
    /// The units from number `at` on.
    fn from(self, at: usize) -> Self {
        Hidden { w1: &self.w1[at..], b1: &self.b1[at..], w2: &self.w2[at..] }
    }
}

/// How many partial sums a sum over samples is made of: an addition need not wait for the one before it.
const PARTIAL: usize = 4;

/// How many samples are added one after the other, in four partial sums.
const BLOCK: usize = 4096;

/// How many packs are computed side by side, forward and backward, so that what is kept of each stays in registers: of
/// the 32 with AVX-512, or of 16.
fn groups<T: Scalar>() -> [usize; 2] {
    let (register, most) = if cfg!(target_feature = "avx512f") { (64, [5, 2]) } else { (32, [5, 1]) };
    let fit = |packs: usize| (packs * register / size_of::<T::Pack>()).max(1);
    [fit(most[0]), fit(most[1])]
}

/// The next packs of a row, one after the other.
#[inline(always)]
fn load_packs<T: Scalar, const N: usize>(row: &[T]) -> [T::Pack; N] {
    array(T::Pack::zero(), |k| load(&row[k * T::PACK..]))
}

/// Runs `$kernel::<T, N>` on the values from `$at` on, in groups of N ≤ `$most` packs, until `$len` are done; N is one of
/// the numbers from 1 on that are listed.
macro_rules! in_groups {
    ($T:ident, $len:expr, $most:expr, [$($less:literal)*] $largest:literal, |$at:ident| $kernel:ident $arguments:tt) => {{
        let (packs, mut done) = ($len.div_ceil($T::PACK), 0);
        while done < packs {
            let (group, $at) = ((packs - done).min($most).min($largest), done * $T::PACK);
            match group {
                $($less => $kernel::<$T, $less> $arguments,)*
                _ => $kernel::<$T, $largest> $arguments,
            }
            done += group;
        }
    }};
}

/// Writes the predictions p for the samples x.
///
/// # Panics
/// If there is not one prediction for each sample, or not one bias and output weight for each input weight.
#[inline(always)]
pub fn predict<T: Scalar>(hidden: Hidden<&[T]>, b2: T, x: &[T], p: &mut [T]) {
    assert_eq!(x.len(), p.len(), "one prediction for each sample");
    let [most, _] = groups::<T>();
    in_groups!(T, x.len(), most, [1 2 3 4] 5, |at| predict_packs(hidden, b2, &x[at..], &mut p[at..]));
}

#[inline(always)]
fn predict_packs<T: Scalar, const N: usize>(hidden: Hidden<&[T]>, b2: T, x: &[T], p: &mut [T]) {
    let x = load_packs::<T, N>(x);
    let mut sums = [T::Pack::zero(); N];
    let units = hidden.w1.len();
    let (b1, w2) = (&hidden.b1[..units], &hidden.w2[..units]);
    for (i, w1) in hidden.w1.iter().enumerate() {
        let (w1, b1, w2) = (w1.spread(), b1[i].spread(), w2[i].spread());
        for k in 0..N {
            sums[k] += w2 * (w1 * x[k] + b1).relu();
        }
    }
    for k in 0..N {
        store(sums[k] + b2.spread(), &mut p[k * T::PACK..]);
    }
}

/// What the slopes are made of, sample by sample.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a, T> {
    /// The samples.
    pub x: &'a [T],
    /// The derivatives by the predictions p̄, but for a common factor.
    pub upstream: &'a [T],
    /// The products p̄ⱼ·xⱼ, if they are at hand: that is faster.
    pub products: Option<&'a [T]>,
}

impl<T> Samples<'_, T> {
    /// The first `count` of them.
    #[inline(always)]
    #[must_use]
    pub fn first(self, count: usize) -> Self {
        self.range(0..count)
    }
    #[inline(always)]
    fn range(self, range: Range<usize>) -> Self {
        let Samples { x, upstream, products } = self;
        let products = products.map(|row| &row[range.clone()]);
        Samples { x: &x[range.clone()], upstream: &upstream[range], products }
    }
}

/// Calls `add` with x, p̄ and p̄·x of every sample, and with the number of the partial sum that the sample belongs to.
#[inline(always)]
fn each_sample<T: Scalar>(samples: Samples<'_, T>, mut add: impl FnMut(usize, [T::Pack; 3])) {
    let Samples { x, upstream, products } = samples;
    let mut add = |k: usize, x: T, p: T, px: T| {
        let (x, p) = (x.spread(), p.spread());
        add(k, [x, p, if products.is_some() { px.spread() } else { p * x }]);
    };
    let ((xs, rest_x), (ps, rest_p)) = (x.as_chunks::<PARTIAL>(), upstream.as_chunks::<PARTIAL>());
    let (pxs, rest_px) = products.unwrap_or(x).as_chunks::<PARTIAL>();
    let (ps, pxs) = (&ps[..xs.len()], &pxs[..xs.len()]);
    for (i, x) in xs.iter().enumerate() {
        for k in 0..PARTIAL {
            add(k, x[k], ps[i][k], pxs[i][k]);
        }
    }
    // Counted by a constant, so that the partial sums stay in registers.
    for k in 0..PARTIAL {
        if let (Some(&x), Some(&p), Some(&px)) = (rest_x.get(k), rest_p.get(k), rest_px.get(k)) {
            add(k, x, p, px);
        }
    }
}

/// The sums of the blocks of many samples, added in pairs.
#[inline(never)]
fn in_pairs<T: Scalar, const N: usize, const S: usize>(
    samples: Samples<'_, T>,
    block: impl Fn(Samples<'_, T>) -> [[T::Pack; N]; S] + Copy,
) -> [[T::Pack; N]; S] {
    let count = samples.x.len();
    if count <= BLOCK {
        return block(samples);
    }
    let middle = middle(count, BLOCK);
    let (left, right) = (in_pairs(samples.range(0..middle), block), in_pairs(samples.range(middle..count), block));
    let zero = T::Pack::zero();
    array([zero; N], |s| array(zero, |k| left[s][k] + right[s][k]))
}

/// The sums of the partial sums of every pack.
#[inline(always)]
fn totals<P: Scalar, const N: usize>(partial: &[[P; N]; PARTIAL]) -> [P; N] {
    array(P::zero(), |k| (partial[0][k] + partial[1][k]) + (partial[2][k] + partial[3][k]))
}

/// Adds to the next packs of a row.
#[inline(always)]
fn add_packs<T: Scalar, const N: usize>(row: &mut [T], slopes: impl Fn(usize) -> T::Pack) {
    for k in 0..N {
        let row = &mut row[k * T::PACK..];
        store(load(row) + slopes(k), row);
    }
}

/// Adds to the derivatives by W1, b1 and W2, where ∂ℓ/∂pⱼ is `scale` times p̄ⱼ for each sample: with
/// A = scale·Σⱼ p̄ⱼ·xⱼ·\[h > 0\] and S = scale·Σⱼ p̄ⱼ·\[h > 0\], h = w1·xⱼ + b1, a unit's derivatives are w2·A, w2·S
/// and w1·A + b1·S.
///
/// # Panics
/// If the lengths do not fit.
#[inline(always)]
pub fn add_slopes<T: Scalar>(hidden: Hidden<&[T]>, samples: Samples<'_, T>, scale: T, slopes: Hidden<&mut [T]>) {
    let Hidden { w1, b1, w2 } = slopes;
    let [_, most] = groups::<T>();
    in_groups!(T, w1.len(), most, [1] 2, |at| slopes_of_packs(
        hidden.from(at),
        samples,
        scale,
        [&mut w1[at..], &mut b1[at..], &mut w2[at..]]
    ));
}

#[inline(always)]
fn slopes_of_packs<T: Scalar, const N: usize>(
    hidden: Hidden<&[T]>,
    samples: Samples<'_, T>,
    scale: T,
    places: [&mut [T]; 3],
) {
    let (w1, b1, w2) = (load_packs::<T, N>(hidden.w1), load_packs::<T, N>(hidden.b1), load_packs::<T, N>(hidden.w2));
    let minus_b1 = array(T::Pack::zero(), |k| -b1[k]);
    let of_block = |some: Samples<'_, T>| sums_where_active(w1, minus_b1, some);
    // Each with a call of its own, so that the sums of a block stay in registers.
    if samples.x.len() <= BLOCK {
        add_products([w1, b1, w2], sums_where_active(w1, minus_b1, samples), scale, places);
    } else {
        add_products([w1, b1, w2], in_pairs(samples, of_block), scale, places);
    }
}

/// Adds to the derivatives what follows from the sums A and S of each unit.
#[inline(always)]
fn add_products<T: Scalar, const N: usize>(
    [w1, b1, w2]: [[T::Pack; N]; 3],
    sums: [[T::Pack; N]; 2],
    scale: T,
    [by_w1, by_b1, by_w2]: [&mut [T]; 3],
) {
    let [a, s] = sums;
    let scaled = |sums: [T::Pack; N]| -> [T::Pack; N] { array(T::Pack::zero(), |k| scale.spread() * sums[k]) };
    let (a, s) = (scaled(a), scaled(s));
    add_packs::<T, N>(by_w1, |k| w2[k] * a[k]);
    add_packs::<T, N>(by_b1, |k| w2[k] * s[k]);
    add_packs::<T, N>(by_w2, |k| w1[k] * a[k] + b1[k] * s[k]);
}

/// Σⱼ p̄ⱼ·xⱼ·\[h > 0\] and Σⱼ p̄ⱼ·\[h > 0\] for each unit.
#[inline(always)]
fn sums_where_active<T: Scalar, const N: usize>(
    w1: [T::Pack; N],
    minus_b1: [T::Pack; N],
    samples: Samples<'_, T>,
) -> [[T::Pack; N]; 2] {
    let (mut a, mut s) = ([[T::Pack::zero(); N]; PARTIAL], [[T::Pack::zero(); N]; PARTIAL]);
    each_sample(samples, |part, [x, p, px]| {
        for k in 0..N {
            // A rounded sum has the sign of the exact one, so w1·x + b1 > 0 just where w1·x > −b1.
            let w1x = w1[k] * x;
            a[part][k] = a[part][k].add_where_greater(w1x, minus_b1[k], px);
            s[part][k] = s[part][k].add_where_greater(w1x, minus_b1[k], p);
        }
    });
    [totals(&a), totals(&s)]
}

/// Adds to the derivative by W2 alone, scale·Σⱼ p̄ⱼ·Φ(w1·xⱼ + b1) for each unit.
///
/// # Panics
/// If the lengths do not fit.
#[inline(always)]
pub fn add_output_slopes<T: Scalar>(hidden: Hidden<&[T]>, samples: Samples<'_, T>, scale: T, slopes: &mut [T]) {
    let [_, most] = groups::<T>();
    in_groups!(T, slopes.len(), most, [1] 2, |at| output_slopes_of_packs(
        hidden.from(at),
        samples,
        scale,
        &mut slopes[at..]
    ));
}

#[inline(always)]
fn output_slopes_of_packs<T: Scalar, const N: usize>(
    hidden: Hidden<&[T]>,
    samples: Samples<'_, T>,
    scale: T,
    slopes: &mut [T],
) {
    let (w1, b1) = (load_packs::<T, N>(hidden.w1), load_packs::<T, N>(hidden.b1));
    let samples = Samples { products: None, ..samples };
    let of_block = |some: Samples<'_, T>| [sums_of_outputs(w1, b1, some)];
    if samples.x.len() <= BLOCK {
        let sums = sums_of_outputs(w1, b1, samples);
        add_packs::<T, N>(slopes, |k| scale.spread() * sums[k]);
    } else {
        let [sums] = in_pairs(samples, of_block);
        add_packs::<T, N>(slopes, |k| scale.spread() * sums[k]);
    }
}

/// Σⱼ p̄ⱼ·Φ(h) for each unit.
#[inline(always)]
fn sums_of_outputs<T: Scalar, const N: usize>(
    w1: [T::Pack; N],
    b1: [T::Pack; N],
    samples: Samples<'_, T>,
) -> [T::Pack; N] {
    let mut sums = [[T::Pack::zero(); N]; PARTIAL];
    each_sample(samples, |part, [x, p, _]| {
        for k in 0..N {
            sums[part][k] += p * (w1[k] * x + b1[k]).relu();
        }
    });
    totals(&sums)
}
