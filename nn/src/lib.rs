//! Small networks and how they learn: data, training, geometry, studies.
//!
//! A [`Network`](network::Network) is an [`architecture`] with its parameters, of which [`initial`] draws the first. Its
//! [`geometry`] is exact: a polyline over one input, polygons over two. A [`Trainer`](trainer::Trainer) makes steps of an
//! [`optimizer`] on minibatches; its gradients come from a program that [`autodiff`] recorded once ([`model`]). A
//! [`Training`](training::Training) is a run that one can hold. A [`Study`](study::Study) trains every width, paradigm and seed of some
//! [`settings`] on some [`data`], and keeps what happened.
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
pub mod curvature;
pub mod data;
pub mod features;
pub mod frame;
pub mod geometry;
pub mod initial;
pub mod model;
pub mod network;
pub mod optimizer;
pub mod problems;
pub mod ridge;
pub mod samples;
pub mod sets;
pub mod settings;
pub mod study;
pub mod table;
pub mod threads;
pub mod trace;
pub mod trainer;
pub mod training;
mod words;
