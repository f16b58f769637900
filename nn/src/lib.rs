//! Small ReLU networks: data, training, geometry, studies.

pub mod geometry;
pub mod network;
