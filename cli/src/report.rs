//! The pictures and the page.

use crate::files::REPORT;
use nn::study::Study;

/// The page and the figures, as paths below the output directory and their contents.
pub fn files(study: &Study) -> Vec<(String, String)> {
    let figures = viz::report::figures(study);
    let files = figures.iter().map(|figure| (format!("figures/{}.svg", figure.name()), figure.svg()));
    std::iter::once((REPORT.to_owned(), viz::report::html(study, &figures))).chain(files).collect()
}
