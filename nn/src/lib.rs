//! Small ReLU networks: data, training, geometry, studies.

pub mod curvature;
pub mod data;
pub mod features;
pub mod frame;
pub mod geometry;
pub mod model;
pub mod network;
pub mod optimizer;
pub mod problems;
pub mod ridge;
pub mod settings;
pub mod study;
pub mod trace;
pub mod trainer;
