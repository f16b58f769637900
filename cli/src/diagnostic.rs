//! What the program says when it cannot do what it was told: what is wrong, where, what is allowed, and a way out.

use crate::terminal;
use nn::data::DataError;
use nn::table::TableError;
use std::fmt::{self, Display};
use std::io::Write as _;
use std::process::ExitCode;

/// Why the program ends without having done its work.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    what: String,
    /// What there is to choose from, one a line.
    list: Vec<String>,
    place: Option<Box<Place>>,
    help: Option<String>,
}

/// Whose fault it is, which decides the exit code.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Something given to the program cannot be used: exit code 2.
    Input,
    /// The work was begun and failed, or a check found a difference: exit code 1.
    Work,
}

/// A place in a text file.
#[derive(Debug)]
struct Place {
    file: String,
    line: usize,
    column: usize,
    /// The line itself.
    text: String,
}

impl Failure {
    /// Something given to the program cannot be used.
    pub fn input(what: impl Display) -> Self {
        Failure { kind: Kind::Input, what: what.to_string(), list: Vec::new(), place: None, help: None }
    }

    /// The work was begun and failed.
    pub fn work(what: impl Display) -> Self {
        Failure { kind: Kind::Work, what: what.to_string(), list: Vec::new(), place: None, help: None }
    }

    /// With the place in `file`, whose contents are `text`; line and column are counted from 1.
    pub fn at(mut self, file: impl Display, text: &str, line: usize, column: usize) -> Self {
        let text = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().to_owned();
        self.place = Some(Box::new(Place { file: file.to_string(), line, column, text }));
        self
    }

    /// Data cannot be used, in `DataError`'s words.
    pub fn data(error: &DataError) -> Self {
        let DataError::Table { file, error: TableError { fault, place } } = error else { return Self::input(error) };
        let named = if place.is_some() { fault.to_string() } else { format!("{file}: {fault}") };
        let place = place.as_deref().map(|place| {
            let text = place.text.clone();
            Box::new(Place { file: file.clone(), line: place.line, column: place.column, text })
        });
        Self { list: fault.listing(), place, ..Self::input(named) }.help(fault.way_out())
    }

    /// With a way out.
    pub fn help(mut self, help: impl Display) -> Self {
        self.help = Some(help.to_string());
        self
    }

    /// With a way out, if there is none yet.
    pub fn or_help(self, help: impl Display) -> Self {
        if self.help.is_none() { self.help(help) } else { self }
    }

    /// Prints the diagnostic to stderr; returns the exit code.
    pub fn print(&self) -> ExitCode {
        // If nobody listens any more, the exit code still tells.
        let _ = write!(std::io::stderr().lock(), "{self}");
        match self.kind {
            Kind::Work => ExitCode::from(1),
            Kind::Input => ExitCode::from(2),
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", shown(&self.what))?;
        for line in &self.list {
            writeln!(f, "{}", shown(line))?;
        }
        if let Some(place) = &self.place {
            place.fmt(f)?;
        }
        match &self.help {
            Some(help) => writeln!(f, "help: {}", shown(help)),
            None => Ok(()),
        }
    }
}

/// A part of the diagnostic, in one line.
fn shown(text: &str) -> String {
    terminal::in_a_line(&terminal::shortened(text))
}

/// The longest line of a file that is shown, in characters.
const SHOWN: usize = 100;

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, line, column, text } = self;
        let margin = " ".repeat(line.to_string().len());
        writeln!(f, "{margin}--> {}:{line}:{column}", shown(file))?;
        if text.is_empty() || text.chars().count() > SHOWN {
            return Ok(());
        }
        let text = terminal::escaped(text).replace('\t', " ");
        let before = " ".repeat(column.saturating_sub(1));
        writeln!(f, "{margin} |\n{line} | {text}\n{margin} | {before}^")
    }
}
