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
//! Shapes are types: a product of matrices that do not fit does not compile, and neither does any other operation.
//!
//! ```compile_fail
//! # use autodiff::{SMatrix, Tape};
//! let tape = Tape::new();
//! let w = tape.parameter("W", SMatrix::<f64, 2, 3>::zeros());
//! let x = tape.input("x", SMatrix::<f64, 4, 1>::zeros());
//! let y = w.product(x); // expected `3`, found `4`
//! ```
//!
//! A tape evaluates as it records. [`Tape::backward`] gives the derivatives of a loss by every node it depends on;
//! [`Tape::program`] replays the same computation with other values and allocates nothing. Every number may be a
//! vector of lanes ([`tensor::f32x16`]) or a [`tensor::Dual`]: the tape is generic over [`tensor::Scalar`].
//! The rules of all operations are on one page, [`ops`].
//!
//! What was computed can be taken apart. [`Tape::explain`] gives a derivative as a formula, with its shape, its number
//! and the steps that lead to it; [`check()`], [`check_projection`] and [`error_curve`] compare it with central
//! differences and dual numbers; [`Program::cost`] counts operations; [`Tape::graph`] is the computation graph as plain
//! data.
//!
//! ```
//! # use autodiff::{SMatrix, Tape};
//! # let tape = Tape::new();
//! # let w1 = tape.parameter("W1", SMatrix::<f64, 3, 3>::new(1.0, 2.0, 0.0, -1.0, 1.0, 0.5, 0.0, 0.0, 2.0));
//! # let b = tape.parameter("b", SMatrix::<f64, 3, 1>::new(0.5, -2.0, 0.0));
//! # let w2 = tape.parameter("W2", SMatrix::<f64, 3, 3>::identity());
//! # let x = tape.input("x", SMatrix::<f64, 3, 1>::new(1.0, 1.0, -1.0));
//! # let y = tape.input("y", SMatrix::<f64, 3, 1>::new(1.0, 0.0, 0.0));
//! # let x1 = (w1 * x + b).named("x1");
//! # let x2 = x1.relu().named("x2");
//! let x4 = ((w2 * x2).named("x3") - y).named("x4");
//! let loss = x4.norm_squared() * 0.5;
//! let by_w1 = tape.explain(loss, w1).unwrap();
//! assert_eq!(by_w1.to_string(), "∂ℓ/∂W1 = x·x4ᵀ·W2·∂Φ/∂x1");
//! assert_eq!(by_w1.formula.shapes(), "(3×1)·(1×3)·(3×3)·(3×3)");
//! ```

mod arena;
mod check;
mod derivatives;
mod explain;
mod formula;
mod graph;
mod operation;
pub mod ops;
mod program;
mod tape;

pub use check::{Check, Comparison, CurvePoint, ErrorCurve, Projection, check, check_projection, error_curve};
pub use derivatives::Derivatives;
pub use explain::{Explanation, Step};
pub use formula::Formula;
pub use graph::{Edge, Graph, GraphNode, NodeKind};
pub use nalgebra::SMatrix;
pub use operation::{Cost, DifferenceCost, Operands, Operation, Output, Pullback};
pub use program::Program;
pub use tape::{Handle, NodeId, Tape, Var};

/// The examples of the repository's front page are tested too.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
