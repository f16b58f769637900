//! Y = Φ(A), entry by entry, Φ(x) = max(x, 0). Φ′(x) = 1 for x > 0 and 0 for x ≤ 0.
//!
//! **ReLU′(0) = 0.** At 0 the function has a kink and every slope from 0 to 1 is a subgradient. 0 is what PyTorch,
//! TensorFlow and JAX take: a unit that is exactly at its elbow gives nothing and learns nothing. This is the one
//! place where it is decided; in code it is the strict `>` of
//! [`Scalar::select_positive`].
//!
//! ```
//! use autodiff::{SMatrix, Tape};
//!
//! let tape = Tape::new();
//! let x = tape.input("x", SMatrix::<f64, 3, 1>::new(-1.0, 0.0, 2.0));
//! let y = x.relu();
//! assert_eq!(y.value(), SMatrix::<f64, 3, 1>::new(0.0, 0.0, 2.0));
//! assert_eq!(tape.backward(y.sum()).of(x), SMatrix::<f64, 3, 1>::new(0.0, 0.0, 1.0));
//! ```

use super::elementwise::{Function, on_both_doors};
#[cfg(test)]
use super::table::Row;
use crate::formula::Formula;
use tensor::{Element, Scalar};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Relu;

impl Function for Relu {
    const NAME: &'static str = "relu";

    fn cost(self) -> [u64; 2] {
        [1, 2]
    }
    #[inline]
    fn value<T: Scalar>(self, x: T) -> T {
        x.relu()
    }
    #[inline]
    fn pull<T: Scalar>(self, _x: T, y: T, upstream: T) -> T {
        y.select_positive(upstream)
    }
    fn formula(self, a: &Formula) -> Formula {
        relu(a)
    }
    fn slope(self, a: &Formula, _y: &Formula) -> Formula {
        relu_slope(a)
    }
    fn side<T: Scalar>(self, x: T) -> Option<i8> {
        Some(side(x))
    }
}

/// Φ(A).
pub(super) fn relu(a: &Formula) -> Formula {
    a.map("Φ", Scalar::relu)
}
/// Φ′(A).
pub(super) fn relu_slope(a: &Formula) -> Formula {
    a.map_slope("Φ", |x| x.select_positive(1.0))
}

/// The sign of x in lane 0: on which side of the kink at 0 it is.
pub(super) fn side<T: Scalar>(x: T) -> i8 {
    let x = x.lane(0).to_f64();
    i8::from(x > 0.0) - i8::from(x < 0.0)
}

on_both_doors!(
    /// max(x, 0) of every entry, with slope 0 at 0.
    relu, Relu
);

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "active", 1e-8, |at| {
            let (a, b) = (at.draw::<2, 3>("A", 0.1..2.0), at.draw::<3, 1>("b", 0.1..2.0));
            at.project(a.relu()) + at.project(b.relu())
        }),
        Row::new(file!(), "inactive", 1e-8, |at| {
            let (a, b) = (at.draw::<2, 3>("A", -2.0..-0.1), at.draw::<3, 1>("b", -2.0..-0.1));
            at.project(a.relu()) + at.project(b.relu())
        }),
        Row::new(file!(), "on the kink", 0.0, |at| {
            let a = at.draw::<2, 3>("A", 0.0..0.0);
            at.project(a.relu())
        })
        .on_kink(),
    ]
}
