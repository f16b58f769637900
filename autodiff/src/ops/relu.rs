//! Y = Φ(A), entry by entry, Φ(x) = max(x, 0). Φ′(x) = 1 for x > 0 and 0 for x ≤ 0.
//!
//! **ReLU′(0) = 0.** At 0 the function has a kink and every slope from 0 to 1 is a subgradient. 0 is what PyTorch,
//! TensorFlow and JAX take: a unit that is exactly at its elbow gives nothing and learns nothing. This is the one
//! place where it is decided; in code it is the strict `>` of
//! [`Scalar::select_positive`](tensor::Scalar::select_positive).

use super::elementwise::Function;
use crate::tape::Var;
use tensor::{Element, Scalar};

#[derive(Clone, Copy, Debug)]
struct Relu;

impl Function for Relu {
    const NAME: &'static str = "relu";

    fn cost(self) -> [u64; 2] {
        [1, 2]
    }
    fn value<T: Scalar>(self, x: T) -> T {
        x.relu()
    }
    fn pull<T: Scalar>(self, x: T, _y: T, upstream: T) -> T {
        x.select_positive(upstream)
    }
    fn side<T: Scalar>(self, x: T) -> Option<i8> {
        Some(side(x))
    }
}

/// The sign of x in lane 0: on which side of the kink at 0 it is.
pub(super) fn side<T: Scalar>(x: T) -> i8 {
    let x = x.lane(0).to_f64();
    i8::from(x > 0.0) - i8::from(x < 0.0)
}

impl<'t, T: Scalar, const R: usize, const C: usize> Var<'t, T, R, C> {
    /// max(x, 0) of every entry, with slope 0 at 0.
    ///
    /// ```
    /// use autodiff::{SMatrix, Tape};
    ///
    /// let tape = Tape::new();
    /// let x = tape.input("x", SMatrix::<f64, 3, 1>::new(-1.0, 0.0, 2.0));
    /// let y = x.relu();
    /// assert_eq!(y.value(), SMatrix::<f64, 3, 1>::new(0.0, 0.0, 2.0));
    /// assert_eq!(tape.backward(y.sum()).of(x), SMatrix::<f64, 3, 1>::new(0.0, 0.0, 1.0));
    /// ```
    #[must_use]
    pub fn relu(self) -> Var<'t, T, R, C> {
        self.map(Relu)
    }
}
