//! The ground the rest of Elbow stands on: scalars and lanes, kernels over matrices, random numbers.
//!
//! Matrices are nalgebra's [`SMatrix<T, R, C>`](nalgebra::SMatrix), stored column by column. What is generic over a
//! number here is generic over [`Scalar`], and **a lane is a scalar**: `f32x16` holds sixteen independent numbers, so
//! code written once for a number runs sixteen samples of a minibatch at a time. [`Dual`] is a scalar too, and carries
//! a derivative along with each value.
//!
//! ```
//! use tensor::{Dual, Scalar, f32x16};
//!
//! fn neuron<T: Scalar>(w: T, b: T, x: T) -> T {
//!     (w * x + b).relu()
//! }
//!
//! // One number.
//! assert_eq!(neuron(2.0, -1.0, 3.0), 5.0);
//! // Sixteen samples at once.
//! let x = f32x16::from_lanes(|i| i as f32);
//! let y = neuron(f32x16::splat(2.0), f32x16::splat(-1.0), x);
//! assert_eq!(y.lane(0), 0.0);
//! assert_eq!(y.lane(3), 5.0);
//! // A value and its derivative by x, which is w where the neuron is active.
//! let y = neuron(Dual::constant(2.0), Dual::constant(-1.0), Dual::variable(3.0));
//! assert_eq!((y.value, y.tangent), (5.0, 2.0));
//! ```

mod dual;
mod functions;
pub mod kernels;
mod lanes;
mod logarithm;
pub mod random;
mod scalar;

pub use dual::Dual;
pub use scalar::{Element, Scalar};
pub use wide::{f32x8, f32x16, f64x4, f64x8};
