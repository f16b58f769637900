//! Record a computation with statically sized matrices, differentiate it, replay it.
//!
//! ```
//! use autodiff::{SMatrix, Tape};
//!
//! let tape = Tape::new();
//! let w1 = tape.parameter("W1", SMatrix::<f64, 3, 3>::new(1.0, 2.0, 0.0, -1.0, 1.0, 0.5, 0.0, 0.0, 2.0));
//! let b = tape.parameter("b", SMatrix::<f64, 3, 1>::new(0.5, -2.0, 0.0));
//! let w2 = tape.parameter("W2", SMatrix::<f64, 3, 3>::identity());
//! let x = tape.input("x", SMatrix::<f64, 3, 1>::new(1.0, 1.0, -1.0));
//! let y = tape.input("y", SMatrix::<f64, 3, 1>::new(1.0, 0.0, 0.0));
//!
//! let x1 = (w1 * x + b).named("x1");
//! let x2 = x1.relu().named("x2");
//! let loss = ((w2 * x2).named("x3") - y).norm_squared() * 0.5;
//!
//! let d = tape.backward(loss);
//! assert_eq!(d.of(b), SMatrix::<f64, 3, 1>::new(2.5, 0.0, 0.0)); // only the first unit is on
//! assert_eq!(d.of(w1), d.of(b) * x.value().transpose());
//! ```
//!
//! Shapes are types: a product of matrices that do not fit does not compile.
//!
//! ```compile_fail,E0308
//! # use autodiff::{SMatrix, Tape};
//! let tape = Tape::new();
//! let w = tape.parameter("W", SMatrix::<f64, 2, 3>::zeros());
//! let x = tape.input("x", SMatrix::<f64, 4, 1>::zeros());
//! let y = w * x; // expected `3`, found `4`
//! ```
//!
//! A tape evaluates as it records. [`Tape::backward`] gives the derivatives of a loss by every node it depends on;
//! [`Tape::program`] replays the same computation with other values and allocates nothing. Every number may be a
//! vector of lanes ([`tensor::f32x16`]) or a [`tensor::Dual`]: the tape is generic over [`tensor::Scalar`].
//! The rules of all operations are on one page, [`ops`].

mod check;
mod derivatives;
mod operation;
pub mod ops;
mod program;
mod tape;

pub use check::{Check, Comparison, check};
pub use derivatives::Derivatives;
pub use nalgebra::SMatrix;
pub use operation::{Cost, Operands, Operation, Pullback};
pub use program::Program;
pub use tape::{Handle, NodeId, Tape, Var};
