//! The pictures and the page.

use nn::study::Study;

/// The page and the figures, as paths below the output directory and their contents.
///
/// This is the place where `viz` comes in: the page as `report.html`, the figures as `figures/*.svg`.
pub fn files(_study: &Study) -> Vec<(String, String)> {
    Vec::new()
}
