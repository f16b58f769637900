//! The page from top to bottom, in a student's order.

pub mod comparison;
pub mod elbows;
pub mod errors;
pub mod function;
pub mod notes;
pub mod opening;
pub mod questions;
pub mod ridge;
pub mod settings;
pub mod shares;
pub mod slopes;
pub mod start;
