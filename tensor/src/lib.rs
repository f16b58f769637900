//! tensor
pub mod random;
