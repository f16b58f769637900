//! nn
pub mod data;
pub mod settings;
