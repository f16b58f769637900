//! All files of a study.

use crate::{history, report, summary, units};
use nn::study::Study;
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
    let mut written = Vec::new();
    let mut file = |name: &str, write: &dyn Fn(&mut dyn Write) -> io::Result<()>| {
        let path = directory.join(name);
        let result = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let mut out = BufWriter::with_capacity(1 << 16, File::create(&path)?);
            write(&mut out)?;
            out.flush()
        });
        written.push(name.to_owned());
        result.map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))
    };
    for (name, text) in report::files(study) {
        file(&name, &|out| out.write_all(text.as_bytes()))?;
    }
    file("history.csv", &|out| history::write(study, out))?;
    file("units.csv", &|out| units::write(study, out))?;
    let listed = [&written[..], &[summary::FILE.to_owned()]].concat();
    fs::write(directory.join(summary::FILE), summary::text(study, &listed))
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", summary::FILE)))
}
