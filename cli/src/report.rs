//! The pictures and the page.

use crate::files::REPORT;
use nn::study::Study;
use viz::report::Module;

/// The laboratory of every page, compiled from viz/lab; `viz/lab/build` makes it.
pub const MODULE: Module = Module(include_bytes!("../../viz/lab/lab.wasm.gz"));

/// The page and the figures, as paths below the output directory and their contents.
pub fn files(study: &Study) -> Vec<(String, String)> {
    let figures = viz::report::figures(study);
    let files = figures.iter().map(|figure| (format!("figures/{}.svg", figure.name()), figure.svg()));
    std::iter::once((REPORT.to_owned(), viz::report::html(study, &figures, MODULE))).chain(files).collect()
}
