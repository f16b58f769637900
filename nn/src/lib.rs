//! Small ReLU networks: data, training, geometry, studies.

pub mod geometry;
pub mod model;
pub mod network;
pub mod optimizer;
pub mod trainer;
