//! All files of a study.

use crate::work::{Stage, table_bytes};
use crate::{history, report, summary, units};
use nn::study::Study;
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The file with what can be read by eye.
pub const REPORT: &str = "report.html";

/// Writes all files of `study` into `directory`, which exists.
///
/// # Errors
/// If a file cannot be written; the message names it.
pub fn write(study: &Study, directory: &Path) -> io::Result<()> {
    write_telling(study, directory, &|_, _| {})
}

/// As [`write()`]; `tell` hears which stage begins, or goes on, and how large a share of it is done.
pub(crate) fn write_telling(study: &Study, directory: &Path, tell: &dyn Fn(Stage, f64)) -> io::Result<()> {
    let mut written = Vec::new();
    tell(Stage::Drawing, 0.0);
    let drawn = report::files(study);
    let all_bytes = table_bytes(study) + drawn.iter().map(|(_, text)| text.len() as f64).sum::<f64>();
    let bytes = Cell::new(0);
    let mut file = |name: &str, write: &dyn Fn(&mut dyn Write) -> io::Result<()>| {
        let path = directory.join(name);
        let result = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let told = |written: usize| {
                bytes.set(bytes.get() + written);
                tell(Stage::Writing, bytes.get() as f64 / all_bytes);
            };
            let mut out = BufWriter::with_capacity(1 << 16, Told(File::create(&path)?, &told));
            write(&mut out)?;
            out.flush()
        });
        written.push(name.to_owned());
        result.map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))
    };
    for (name, text) in drawn {
        file(&name, &|out| out.write_all(text.as_bytes()))?;
    }
    file("history.csv", &|out| history::write(study, out))?;
    file("units.csv", &|out| units::write(study, out))?;
    let listed = [&written[..], &[summary::FILE.to_owned()]].concat();
    fs::write(directory.join(summary::FILE), summary::text(study, &listed))
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", summary::FILE)))
}

/// A file, and who is told how many bytes are written.
struct Told<'a>(File, &'a dyn Fn(usize));

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
