//! The pictures and the page.

use crate::files::REPORT;
use nn::study::Study;

/// The page and the figures, as paths below the output directory and their contents.
pub fn files(study: &Study) -> Vec<(String, String)> {
    let figures = viz::report::figures(study).into_iter().map(|f| (format!("figures/{}.svg", f.name()), f.svg()));
    std::iter::once((REPORT.to_owned(), viz::report::html(study))).chain(figures).collect()
}
