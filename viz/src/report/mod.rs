//! A study as figures for files, and as one page that explains them.
//!
//! The page is self-contained: it asks the network for nothing, works from `file://` and can be read without scripts. Its
//! markup is written with maud, which escapes all text and checks the nesting of elements when it is compiled; the
//! pictures are the same documents that stand in files.

pub mod backprop;
pub mod comparison;
mod cost;
mod drawings;
pub mod features;
mod figure;
pub mod lab;
mod networks;
mod packed;
mod page;
mod runs;
mod sections;
pub mod sweep;
pub(crate) mod words;

use nn::study::Study;

use crate::figures::Figure;
pub use drawings::MOST_BANDS;
pub use lab::Module;
use runs::Overview;

/// Every figure of a study; the name of a figure is that of its file, without `.svg`.
///
/// Errors and the comparison show all runs. A figure of single networks shows, for each width, the median run by final
/// test error when all layers are trained (or else the first paradigm there is), and the other paradigms from the same
/// start; if there are several seeds, its name ends in the seed. Networks of other kinds, with more layers or inputs or
/// other activations or losses, have figures of their own.
pub fn figures(study: &Study) -> Vec<Figure> {
    let overview = Overview::new(study, &[]);
    if study.is_of_bent_lines() { drawings::all(&overview) } else { networks::all(&overview) }
}

/// The page of a study with its figures, as [`figures`] draws them: one HTML file, which trains if it is given the module.
pub fn html(study: &Study, figures: &[Figure], module: Module) -> String {
    let overview = Overview::new(study, figures);
    if study.is_of_bent_lines() { page::page(&overview, module) } else { networks::page(&overview, module) }
}
