//! tensor
mod logarithm;
pub mod random;
