//! A network of one hidden layer, p = W2·Φ(W1·x + b1·1ᵀ) + b2·1ᵀ with Φ = ReLU, forward and backward.
//!
//! Forward, samples lie side by side in a register and the hidden units come one after the other; backward, units lie
//! side by side and the samples come one after the other. So nothing is ever summed across a register, and the sum of
//! a sample runs over units 0, 1, 2, …, that of a unit over samples 0, 1, 2, …, whatever a register holds.

use crate::Scalar;

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

/// How many packs a group has at the most, so that what a kernel keeps of each stays in registers: 5 where a pack is
/// one register, 2 where it is two.
fn group_of<T: Scalar>() -> usize {
    let register = if cfg!(target_feature = "avx512f") { 64 } else { 32 };
    (5 * register / size_of::<T::Pack>()).clamp(1, 5)
}

/// Runs `$packs::<T, N>` on the values from `$at` on in groups of N packs, and then `$single` on each value left over.
macro_rules! in_groups {
    ($T:ident, $len:expr, |$at:ident| $packs:ident($($argument:expr),*), $single:ident($($argument2:expr),*)) => {{
        let len = $len;
        let mut $at = 0;
        loop {
            let packs = ((len - $at) / $T::PACK).min(group_of::<$T>());
            match packs {
                0 => break,
                1 => $packs::<$T, 1>($($argument),*),
                2 => $packs::<$T, 2>($($argument),*),
                3 => $packs::<$T, 3>($($argument),*),
                4 => $packs::<$T, 4>($($argument),*),
                _ => $packs::<$T, 5>($($argument),*),
            }
            $at += packs * $T::PACK;
        }
        while $at < len {
            $single($($argument2),*);
            $at += 1;
        }
    }};
}

/// Writes the predictions p for the samples x.
///
/// # Panics
/// If there is not one prediction for each sample.
#[inline(never)]
pub fn predict<T: Scalar>(hidden: Hidden<&[T]>, b2: T, x: &[T], p: &mut [T]) {
    assert_eq!(x.len(), p.len(), "one prediction for each sample");
    in_groups!(
        T,
        x.len(),
        |at| predict_packs(hidden, b2, &x[at..], &mut p[at..]),
        predict_one(hidden, b2, x[at], &mut p[at])
    );
}

#[inline]
fn predict_packs<T: Scalar, const N: usize>(hidden: Hidden<&[T]>, b2: T, x: &[T], p: &mut [T]) {
    let x: [T::Pack; N] = std::array::from_fn(|k| T::pack(&x[k * T::PACK..]));
    let mut sums = [T::Pack::zero(); N];
    for ((&w1, &b1), &w2) in hidden.w1.iter().zip(hidden.b1).zip(hidden.w2) {
        let (w1, b1, w2) = (w1.spread(), b1.spread(), w2.spread());
        for k in 0..N {
            sums[k] += w2 * (w1 * x[k] + b1).relu();
        }
    }
    for k in 0..N {
        T::unpack(sums[k] + b2.spread(), &mut p[k * T::PACK..]);
    }
}

fn predict_one<T: Scalar>(hidden: Hidden<&[T]>, b2: T, x: T, p: &mut T) {
    let mut sum = T::zero();
    for ((&w1, &b1), &w2) in hidden.w1.iter().zip(hidden.b1).zip(hidden.w2) {
        sum += w2 * (w1 * x + b1).relu();
    }
    *p = sum + b2;
}

/// Adds to the derivatives by W1, b1 and W2, where `upstream` holds p̄ⱼ = ∂ℓ/∂pⱼ for each sample: with A = Σⱼ p̄ⱼ·xⱼ·\[h > 0\] and S = Σⱼ p̄ⱼ·\[h > 0\], h = w1·xⱼ + b1, a unit's derivatives are w2·A, w2·S and
/// w1·A + b1·S.
///
/// # Panics
/// If the lengths do not fit.
#[inline(never)]
pub fn add_slopes<T: Scalar>(hidden: Hidden<&[T]>, x: &[T], upstream: &[T], slopes: Hidden<&mut [T]>) {
    let Hidden { w1, b1, w2 } = slopes;
    in_groups!(
        T,
        w1.len(),
        |at| slopes_of_packs(hidden.from(at), x, upstream, [&mut w1[at..], &mut b1[at..], &mut w2[at..]]),
        slopes_of_one(hidden.from(at), x, upstream, [&mut w1[at], &mut b1[at], &mut w2[at]])
    );
}

#[inline]
fn slopes_of_packs<T: Scalar, const N: usize>(hidden: Hidden<&[T]>, x: &[T], upstream: &[T], slopes: [&mut [T]; 3]) {
    let packs = |row: &[T]| -> [T::Pack; N] { std::array::from_fn(|k| T::pack(&row[k * T::PACK..])) };
    let (w1, b1, w2) = (packs(hidden.w1), packs(hidden.b1), packs(hidden.w2));
    let (mut a, mut s) = ([T::Pack::zero(); N], [T::Pack::zero(); N]);
    for (&x, &p) in x.iter().zip(upstream) {
        let (x, p) = (x.spread(), p.spread());
        let px = p * x;
        for k in 0..N {
            let h = w1[k] * x + b1[k];
            a[k] += h.select_positive(px);
            s[k] += h.select_positive(p);
        }
    }
    let [d1, e1, d2] = slopes;
    let add = |row: &mut [T], k: usize, slope: T::Pack| {
        let row = &mut row[k * T::PACK..];
        T::unpack(T::pack(row) + slope, row);
    };
    for k in 0..N {
        add(d1, k, w2[k] * a[k]);
        add(e1, k, w2[k] * s[k]);
        add(d2, k, w1[k] * a[k] + b1[k] * s[k]);
    }
}

fn slopes_of_one<T: Scalar>(hidden: Hidden<&[T]>, x: &[T], upstream: &[T], [d1, e1, d2]: [&mut T; 3]) {
    let (w1, b1, w2) = (hidden.w1[0], hidden.b1[0], hidden.w2[0]);
    let (mut a, mut s) = (T::zero(), T::zero());
    for (&x, &p) in x.iter().zip(upstream) {
        let h = w1 * x + b1;
        a += h.select_positive(p * x);
        s += h.select_positive(p);
    }
    *d1 += w2 * a;
    *e1 += w2 * s;
    *d2 += w1 * a + b1 * s;
}

/// Adds to the derivative by W2 alone, Σⱼ p̄ⱼ·Φ(w1·xⱼ + b1) for each unit.
///
/// # Panics
/// If the lengths do not fit.
#[inline(never)]
pub fn add_output_slopes<T: Scalar>(hidden: Hidden<&[T]>, x: &[T], upstream: &[T], slopes: &mut [T]) {
    in_groups!(
        T,
        slopes.len(),
        |at| output_slopes_of_packs(hidden.from(at), x, upstream, &mut slopes[at..]),
        output_slope_of_one(hidden.from(at), x, upstream, &mut slopes[at])
    );
}

#[inline]
fn output_slopes_of_packs<T: Scalar, const N: usize>(hidden: Hidden<&[T]>, x: &[T], upstream: &[T], slopes: &mut [T]) {
    let packs = |row: &[T]| -> [T::Pack; N] { std::array::from_fn(|k| T::pack(&row[k * T::PACK..])) };
    let (w1, b1) = (packs(hidden.w1), packs(hidden.b1));
    let mut sums = [T::Pack::zero(); N];
    for (&x, &p) in x.iter().zip(upstream) {
        let (x, p) = (x.spread(), p.spread());
        for k in 0..N {
            sums[k] += p * (w1[k] * x + b1[k]).relu();
        }
    }
    for k in 0..N {
        let row = &mut slopes[k * T::PACK..];
        T::unpack(T::pack(row) + sums[k], row);
    }
}

fn output_slope_of_one<T: Scalar>(hidden: Hidden<&[T]>, x: &[T], upstream: &[T], slope: &mut T) {
    let (w1, b1) = (hidden.w1[0], hidden.b1[0]);
    let mut sum = T::zero();
    for (&x, &p) in x.iter().zip(upstream) {
        sum += p * (w1 * x + b1).relu();
    }
    *slope += sum;
}
