//! All files of a study.

use crate::output::{self, Listing, Sheet, TRAIN};
use crate::work::table_bytes;
use crate::{events, history, parameters, report, summary, units};
use nn::study::Study;
use std::io;
use std::path::Path;

/// The file with what can be read by eye.
pub const REPORT: &str = "report.html";

/// All files of `study` but the summary.
pub(crate) fn sheets(study: &Study) -> Vec<Sheet<'_>> {
    let [history, units, events] = table_bytes(study);
    let mut sheets: Vec<Sheet<'_>> =
        report::files(study).into_iter().map(|(name, text)| Sheet::text(name, text)).collect();
    sheets.push(Sheet::new("history.csv", history, |out| history::write(study, out)));
    sheets.push(if study.is_of_bent_lines() {
        Sheet::new("units.csv", units, |out| units::write(study, out))
    } else {
        Sheet::new("parameters.csv", units, |out| parameters::write(study, out))
    });
    if study.is_watched() {
        sheets.push(Sheet::new("events.csv", events, |out| events::write(study, out)));
    }
    sheets
}

/// Writes all files of `study` into `directory`, which exists and holds none of them.
///
/// # Errors
/// If a file cannot be written; the message names it.
pub fn write(study: &Study, directory: &Path) -> io::Result<()> {
    let summary = |listing: &Listing| summary::text(study, listing);
    output::write(directory, directory, &TRAIN, &sheets(study), &summary, &|_| {}).map(|_| ())
}
