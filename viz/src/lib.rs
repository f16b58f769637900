//! Numbers in, SVG out: the pictures of how small `ReLU` networks learn.
//!
//! [`svg`] writes elements, [`scale`] maps numbers to pixels and chooses ticks, [`text`] knows how wide words are,
//! [`palette`] gives each role its colour, [`plot`] draws axes and marks.

pub mod figures;
pub mod palette;
pub mod plot;
pub mod report;
pub mod scale;
pub mod svg;
pub mod text;
