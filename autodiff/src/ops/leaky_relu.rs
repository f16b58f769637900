//! Y = f(A), entry by entry, f(x) = x for x > 0 and 0.01·x elsewhere (Maas, Hannun and Ng 2013): a unit that is off still
//! learns. f′(x) = 1 for x > 0 and 0.01 for x ≤ 0.
//!
//! ```
//! use autodiff::{SMatrix, Tape};
//!
//! let tape = Tape::new();
//! let x = tape.input("x", SMatrix::<f64, 3, 1>::new(-2.0, 0.0, 2.0));
//! let y = x.leaky_relu();
//! assert_eq!(y.value(), SMatrix::<f64, 3, 1>::new(-0.02, 0.0, 2.0));
//! assert_eq!(tape.backward(y.sum()).of(x), SMatrix::<f64, 3, 1>::new(0.01, 0.01, 1.0));
//! ```

use super::elementwise::{Function, on_both_doors};
use super::relu::side;
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use tensor::Scalar;

/// The slope below 0.
const LEAK: f64 = 0.01;

#[derive(Clone, Copy, Debug)]
struct LeakyRelu;

impl Function for LeakyRelu {
    const NAME: &'static str = "leaky_relu";

    fn cost(self) -> [u64; 2] {
        [4, 5]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        // Written so that a dual number has the slope 0.01 at 0, too.
        let on = x.relu();
        on + T::from_f64(LEAK) * (x - on)
    }
    #[inline]
    fn pull<T: Scalar>(self, _x: T, y: T, upstream: T) -> T {
        let on = y.select_positive(upstream);
        on + T::from_f64(LEAK) * (upstream - on)
    }
    fn formula(self, a: &Formula) -> Formula {
        a.map("Λ", |x| LeakyRelu.value(x))
    }
    fn slope(self, a: &Formula, _y: &Formula) -> Formula {
        a.map_slope("Λ", |x| LeakyRelu.pull(x, x, 1.0))
    }
    fn side<T: Scalar>(self, x: T) -> Option<i8> {
        Some(side(x))
    }
}

on_both_doors!(
    /// x where an entry x > 0, and 0.01·x elsewhere, with slope 0.01 at 0. Of +∞ it is not a number.
    leaky_relu, LeakyRelu
);

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "active", 1e-8, |at| {
            let (a, b) = (at.draw::<2, 3>("A", 0.1..2.0), at.draw::<3, 1>("b", 0.1..2.0));
            at.project(a.leaky_relu()) + at.project(b.leaky_relu())
        }),
        Row::new(file!(), "inactive", 1e-8, |at| {
            let (a, b) = (at.draw::<2, 3>("A", -2.0..-0.1), at.draw::<3, 1>("b", -2.0..-0.1));
            at.project(a.leaky_relu()) + at.project(b.leaky_relu())
        }),
        Row::new(file!(), "on the kink", 0.0, |at| {
            let a = at.draw::<2, 3>("A", 0.0..0.0);
            at.project(a.leaky_relu())
        })
        .on_kink(),
    ]
}
