//! All files of a study.

use crate::output::{self, Listing, Sheet, TRAIN};
use crate::work::{Stage, table_bytes};
use crate::{history, report, summary, units};
use nn::study::Study;
use std::cell::Cell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

/// The file with what can be read by eye.
pub const REPORT: &str = "report.html";

/// All files of `study` but the summary; `tell` hears which stage begins, or goes on, and how large a share of it is
/// done.
pub(crate) fn sheets<'a>(study: &'a Study, tell: &'a dyn Fn(Stage, f64)) -> Vec<Sheet<'a>> {
    tell(Stage::Drawing, 0.0);
    let drawn = report::files(study);
    let all_bytes = table_bytes(study) + drawn.iter().map(|(_, text)| text.len() as f64).sum::<f64>();
    let bytes = Rc::new(Cell::new(0));
    let sheet = |name: String, write: Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'a>| {
        let bytes = Rc::clone(&bytes);
        let told = move |written: usize| {
            bytes.set(bytes.get() + written);
            tell(Stage::Writing, (bytes.get() as f64 / all_bytes).min(1.0));
        };
        Sheet::new(name, move |out| write(&mut Told(out, &told)))
    };
    let drawn = drawn.into_iter().map(|(name, text)| {
        let write = move |out: &mut dyn Write| out.write_all(text.as_bytes());
        sheet(name, Box::new(write))
    });
    let mut sheets: Vec<Sheet<'a>> = drawn.collect();
    sheets.push(sheet("history.csv".to_owned(), Box::new(|out| history::write(study, out))));
    sheets.push(sheet("units.csv".to_owned(), Box::new(|out| units::write(study, out))));
    sheets
}

/// Writes all files of `study` into `directory`, which exists and holds none of them.
///
/// # Errors
/// If a file cannot be written; the message names it.
pub fn write(study: &Study, directory: &Path) -> io::Result<()> {
    let summary = |listing: &Listing| summary::text(study, listing);
    output::write(directory, directory, &TRAIN, &sheets(study, &|_, _| {}), &summary).map(|_| ())
}

/// A file, and who is told how many bytes are written.
struct Told<'a>(&'a mut dyn Write, &'a dyn Fn(usize));

impl Write for Told<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1(written);
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
