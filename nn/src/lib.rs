//! Small networks and how they learn: data, training, geometry, studies.
//!
//! In code a network is a tuple of [`layers`], whose shapes are types: those that do not fit do not compile.
//!
//! ```
//! use autodiff::{SMatrix, Tape};
//! use nn::architecture::Loss;
//! use nn::initial::Initial;
//! use nn::layers::{Layers, Linear, Tanh};
//!
//! let network = <(Linear<2, 16>, Tanh, Linear<16, 1>)>::initial(Loss::SquaredError, Initial::Glorot, 0)?;
//!
//! let tape = Tape::<f64>::new();
//! let recorded = network.record(&tape);
//! let x = tape.input("x", SMatrix::<f64, 2, 3>::new(0.0, 1.0, 1.0, /**/ 0.0, 0.0, 1.0));
//! let y = tape.input("y", SMatrix::<f64, 1, 3>::new(0.0, 1.0, 0.0));
//! let loss = (recorded.outputs(x) - y).norm_squared();
//! let (first, _, _) = recorded.layers;
//! let gradient: SMatrix<f64, 16, 2> = tape.backward(loss).of(first.weights);
//! # let _ = gradient;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where sizes are chosen at run time, a [`Network`](network::Network) is an [`architecture`] with its parameters, of which
//! [`initial`] draws the first; a network goes through both doors, and both record the same program. Its [`geometry`] is
//! exact: a polyline over one input, polygons over two. A [`Trainer`](trainer::Trainer) makes steps of an [`optimizer`] on
//! minibatches; its gradients come from a program that [`autodiff`] recorded once ([`model`]). A
//! [`Training`](training::Training) is a run that one can hold. A [`Study`](study::Study) trains every width, paradigm and
//! seed of some [`settings`] on some [`data`], and keeps what happened.
//!
//! ```
//! use nn::data::Data;
//! use nn::settings::{Paradigm, Settings};
//! use nn::study::Study;
//!
//! let settings = Settings { widths: vec![20], steps: 2000, ..Settings::default() };
//! let study = Study::run(&settings, Data::from_settings(&settings)?, &|_| ())?;
//! for run in &study.runs {
//!     let elbows = |state: &nn::study::State| -> Vec<_> { state.network.units().map(nn::geometry::Unit::elbow).collect() };
//!     // Only training all layers moves elbows.
//!     assert_eq!(elbows(run.start()) != elbows(run.end()), run.paradigm == Paradigm::All);
//!     assert!(run.end().train.loss < run.start().train.loss);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Results have the same bits on every machine, for any number of threads, and for networks trained together or alone.

pub mod architecture;
pub mod checkpoint;
pub mod curvature;
pub mod data;
pub mod events;
pub mod features;
pub mod frame;
pub mod geometry;
pub mod initial;
mod json;
pub mod layers;
pub mod model;
pub mod network;
pub mod optimizer;
pub mod problems;
pub mod recording;
pub mod ridge;
pub mod run_file;
pub mod samples;
pub mod sets;
pub mod settings;
pub mod study;
pub mod sweep;
pub mod table;
pub mod threads;
pub mod trace;
pub mod trainer;
pub mod training;
mod words;

/// The examples of the repository's front page are tested too.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
