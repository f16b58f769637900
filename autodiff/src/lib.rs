//! Record a computation with matrices, differentiate it, replay it.
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
//! # Two doors
//!
//! Where sizes are chosen at run time, [`DynVar`] is the other door to the same tape: its methods and operators return a
//! `Result`, and an error names both shapes. nalgebra's [`DMatrix`] goes in and out.
//!
//! ```
//! use autodiff::{DMatrix, ShapeError, Tape};
//!
//! let (units, samples) = (16, 5);
//! let tape = Tape::new();
//! let w = tape.dyn_parameter("W", &DMatrix::from_element(units, 2, 0.5))?;
//! let b = tape.dyn_parameter("b", &DMatrix::zeros(units, 1))?;
//! let x = tape.dyn_input("x", &DMatrix::from_element(2, samples, 1.0))?;
//! let loss = w.product(x)?.add_to_columns(b)?.relu()?.norm_squared()?;
//! assert_eq!(loss.backward()?.matrix(w)?.unwrap().shape(), (units, 2));
//! assert_eq!(x.product(w).unwrap_err().to_string(), "cannot multiply 2×5 by 16×2");
//! # Ok::<(), ShapeError>(())
//! ```
//!
//! Both record the same nodes, so they can be mixed: [`Var::dynamic`] and [`DynVar::typed`] lead from one to the other.
//! Nothing is compiled once per size; the first door only checks shapes before it goes through the second. A [`Handle`] or
//! a [`NodeId`] knows its tape, and whether that was cleared since: elsewhere it is refused.
//!
//! # Programs
//!
//! A tape evaluates as it records. [`Tape::backward`] gives the derivatives of a loss by every node it depends on;
//! [`Tape::program`] replays the same computation with other values and allocates nothing. Every number may be a
//! vector of lanes ([`tensor::f32x16`]) or a [`tensor::Dual`]: the tape is generic over [`tensor::Scalar`].
//! The rules of all operations are on one page, [`ops`].
//!
//! A program is **fused** as it is made: a product with a bias and a function becomes one operation, and a whole network of
//! one hidden ReLU layer with its squared error does, too. Nobody has to ask for it; results agree with those of the parts
//! to rounding. A node with a name keeps its value; one that became part of another operation has none in the program, and
//! to ask for it is refused. [`Tape::program_by_parts`] replays what was recorded. Explanations, graphs and checks always
//! speak of what was recorded.
//!
//! ```
//! use autodiff::{SMatrix, Tape};
//!
//! let tape = Tape::new();
//! let w = tape.parameter("W", SMatrix::<f64, 3, 2>::repeat(0.5));
//! let b = tape.parameter("b", SMatrix::<f64, 3, 1>::zeros());
//! let x = tape.input("x", SMatrix::<f64, 2, 4>::repeat(1.0));
//! let loss = (w * x).add_to_columns(b).tanh().norm_squared();
//! assert_eq!(tape.program(loss).operations(), ["dense", "norm_squared"]);
//! ```
//!
//! # Taking apart
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
mod dynamic;
mod error;
mod explain;
mod formula;
mod fuse;
mod graph;
mod operation;
pub mod ops;
mod program;
mod record;
mod tape;
mod var;

pub use check::{Check, Comparison, CurvePoint, ErrorCurve, Projection, check, check_projection, error_curve};
pub use derivatives::Derivatives;
pub use dynamic::DynVar;
pub use error::ShapeError;
pub use explain::{Explanation, Step};
pub use formula::Formula;
pub use graph::{Edge, Graph, GraphNode, NodeKind};
pub use nalgebra::{DMatrix, SMatrix};
pub use operation::{Cost, DifferenceCost, Operands, Operation, Output, Pullback};
pub use program::Program;
pub use record::NodeId;
pub use tape::Tape;
pub use var::{Handle, Var};
