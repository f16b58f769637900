//! The rows of a table in text, one at a time, each cell with its place.
//!
//! A quoted cell that never closes, or that goes on after its closing quote, is a fault here: it would swallow rows.

use super::error::{Fault, TableError};
use crate::settings::NotAllowed;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt::{self, Display};
use std::str::FromStr;

/// The longest cell, in bytes.
pub const LONGEST_CELL: usize = 64 << 10;

/// What divides the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Separator {
    /// One ASCII character.
    Character(u8),
    /// Any number of spaces and tabs.
    Spaces,
}

impl Separator {
    /// Those that are looked for; what comes first is preferred where two would do.
    pub const USUAL: [Self; 5] =
        [Self::Character(b'\t'), Self::Character(b';'), Self::Character(b','), Self::Character(b'|'), Self::Spaces];
    /// Words and characters that stand for them.
    pub const WORDS: &'static [&'static str] = &["auto", ",", ";", "tab", "|", "spaces"];
}

impl Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(b'\t') => f.pad("tab"),
            Self::Character(character) => write!(f, "{}", char::from(*character)),
            Self::Spaces => f.pad("spaces"),
        }
    }
}

impl FromStr for Separator {
    type Err = NotAllowed;

    fn from_str(text: &str) -> Result<Self, NotAllowed> {
        match text.as_bytes() {
            b"tab" | b"\\t" => Ok(Self::Character(b'\t')),
            b"spaces" | b"space" | b" " => Ok(Self::Spaces),
            b"comma" => Ok(Self::Character(b',')),
            b"semicolon" => Ok(Self::Character(b';')),
            &[character]
                if !character.is_ascii_alphanumeric()
                    && !b"\"'.-+\n\r\\#%".contains(&character)
                    && character.is_ascii() =>
            {
                Ok(Self::Character(character))
            }
            _ => Err(NotAllowed),
        }
    }
}

impl From<Separator> for String {
    fn from(separator: Separator) -> Self {
        separator.to_string()
    }
}

impl TryFrom<String> for Separator {
    type Error = NotAllowed;

    fn try_from(text: String) -> Result<Self, NotAllowed> {
        text.parse()
    }
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub separator: Separator,
    pub quote: u8,
    /// Whether a quote within a quoted cell is written with a backslash before it.
    pub backslash: bool,
    /// Whether lines that begin with #, % or // are comments.
    pub comments: bool,
}

/// A cell: where its text lies, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub start: usize,
    pub end: usize,
    pub quoted: bool,
    /// Whether quotes within are written twice or with a backslash.
    pub escaped: bool,
}

/// Goes from row to row.
#[derive(Clone)]
pub struct Rows<'a> {
    text: &'a str,
    dialect: Dialect,
    /// The next byte to read.
    at: usize,
    /// The cells of the row that was read last.
    pub cells: Vec<Cell>,
    /// Where that row begins.
    pub start: usize,
    /// Lines that were comments.
    pub comments: usize,
    /// Rows in which every cell is empty.
    pub empty: usize,
    /// Where the first of these lines begin and end.
    pub comment_lines: Vec<(usize, usize)>,
}

/// Comments whose place is kept; the names of columns may stand in one.
const MOST_COMMENTS: usize = 1000;

/// How comments begin.
pub const COMMENTS: [&str; 3] = ["#", "%", "//"];

impl<'a> Rows<'a> {
    /// The rows of `text` from byte `at` on, where a line begins.
    pub fn new(text: &'a str, dialect: Dialect, at: usize) -> Self {
        Self { text, dialect, at, cells: Vec::new(), start: at, comments: 0, empty: 0, comment_lines: Vec::new() }
    }

    /// How the text is written.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The text of a cell.
    pub fn text(&self, cell: Cell) -> Cow<'a, str> {
        let text = &self.text[cell.start..cell.end];
        if !cell.escaped {
            return Cow::Borrowed(if cell.quoted { text } else { text.trim() });
        }
        let quote = char::from(self.dialect.quote);
        let mut plain = String::with_capacity(text.len());
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            let escapes = c == quote || (c == '\\' && self.dialect.backslash);
            match characters.peek() {
                Some(&next) if escapes && (next == quote || next == '\\') => {
                    plain.push(next);
                    characters.next();
                }
                _ => plain.push(c),
            }
        }
        Cow::Owned(plain)
    }

    /// Reads the next row that has a cell that is not empty; false at the end.
    pub fn advance(&mut self) -> Result<bool, TableError> {
        let bytes = self.text.as_bytes();
        loop {
            // Blank lines.
            while matches!(bytes.get(self.at), Some(b'\n' | b'\r')) {
                self.at += 1;
            }
            if self.at >= bytes.len() {
                return Ok(false);
            }
            self.start = self.at;
            if self.dialect.comments && self.comment() {
                continue;
            }
            self.row()?;
            if self.is_ruler() {
                continue;
            }
            if self.cells.iter().any(|cell| {
                cell.start < cell.end && (cell.quoted || !self.text[cell.start..cell.end].trim().is_empty())
            }) {
                return Ok(true);
            }
            self.empty += usize::from(self.cells.len() > 1);
        }
    }

    /// Whether the row is a line drawn below the names, as in Markdown or by databases: `|---|---:|`, `----+----`.
    fn is_ruler(&self) -> bool {
        let drawn = |byte: u8| matches!(byte, b'-' | b'=' | b'+' | b':' | b'|' | b' ');
        let lines = |cell: &Cell| {
            self.text[cell.start..cell.end].contains("--") || self.text[cell.start..cell.end].contains("==")
        };
        self.text.as_bytes()[self.start..self.at].iter().all(|&byte| drawn(byte)) && self.cells.iter().any(lines)
    }

    /// Passes over a line of comment, if one begins here.
    fn comment(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let mut first = self.at;
        while matches!(bytes.get(first), Some(b' ' | b'\t')) {
            first += 1;
        }
        if !matches!(bytes.get(first), Some(b'#' | b'%' | b'/'))
            || !COMMENTS.iter().any(|mark| self.text[first..].starts_with(mark))
        {
            return false;
        }
        let end = self.line_end(first);
        if self.comment_lines.len() < MOST_COMMENTS {
            self.comment_lines.push((first, end));
        }
        self.comments += 1;
        self.at = end;
        true
    }

    fn line_end(&self, from: usize) -> usize {
        self.text[from..].find(['\n', '\r']).map_or(self.text.len(), |length| from + length)
    }

    /// Reads the cells of the line that begins here, and of those that its quoted cells go on in.
    fn row(&mut self) -> Result<(), TableError> {
        self.cells.clear();
        match self.dialect.separator {
            Separator::Character(separator) => self.divided(separator),
            Separator::Spaces => self.spaced(),
        }
    }

    fn divided(&mut self, separator: u8) -> Result<(), TableError> {
        let bytes = self.text.as_bytes();
        loop {
            let mut first = self.at;
            while matches!(bytes.get(first), Some(&(b' ' | b'\t'))) && bytes[first] != separator {
                first += 1;
            }
            if bytes.get(first) == Some(&self.dialect.quote) {
                self.quoted(first)?;
                // Only spaces may follow before the next separator or the end of the line.
                while matches!(bytes.get(self.at), Some(&(b' ' | b'\t'))) && bytes[self.at] != separator {
                    self.at += 1;
                }
            } else {
                let start = self.at;
                let mut end = start;
                while let Some(&byte) = bytes.get(end) {
                    if byte == separator || byte == b'\n' || byte == b'\r' {
                        break;
                    }
                    end += 1;
                }
                if end - start > LONGEST_CELL {
                    return Err(Fault::LongCell.at(self.text, start));
                }
                self.cells.push(Cell { start, end, quoted: false, escaped: false });
                self.at = end;
            }
            match bytes.get(self.at) {
                Some(&byte) if byte == separator => self.at += 1,
                None | Some(b'\n' | b'\r') => return Ok(()),
                Some(_) => return Err(self.after_quote()),
            }
        }
    }

    fn spaced(&mut self) -> Result<(), TableError> {
        let bytes = self.text.as_bytes();
        loop {
            while matches!(bytes.get(self.at), Some(b' ' | b'\t')) {
                self.at += 1;
            }
            match bytes.get(self.at) {
                None | Some(b'\n' | b'\r') => return Ok(()),
                // A comment behind a row.
                Some(b'#') if self.dialect.comments && !self.cells.is_empty() => {
                    self.at = self.line_end(self.at);
                    return Ok(());
                }
                Some(&byte) if byte == self.dialect.quote => {
                    self.quoted(self.at)?;
                    if !matches!(bytes.get(self.at), None | Some(b' ' | b'\t' | b'\n' | b'\r')) {
                        return Err(self.after_quote());
                    }
                }
                Some(_) => {
                    let start = self.at;
                    while !matches!(bytes.get(self.at), None | Some(b' ' | b'\t' | b'\n' | b'\r')) {
                        self.at += 1;
                    }
                    if self.at - start > LONGEST_CELL {
                        return Err(Fault::LongCell.at(self.text, start));
                    }
                    self.cells.push(Cell { start, end: self.at, quoted: false, escaped: false });
                }
            }
        }
    }

    /// The cell whose quote opens at byte `open`.
    fn quoted(&mut self, open: usize) -> Result<(), TableError> {
        let bytes = self.text.as_bytes();
        let quote = self.dialect.quote;
        let (mut at, mut escaped) = (open + 1, false);
        loop {
            match bytes.get(at) {
                None => return Err(Fault::Unclosed.at(self.text, open)),
                Some(b'\\')
                    if self.dialect.backslash
                        && bytes.get(at + 1).is_some_and(|&next| next == quote || next == b'\\') =>
                {
                    escaped = true;
                    at += 2;
                }
                Some(&byte) if byte == quote => {
                    if bytes.get(at + 1) != Some(&quote) {
                        break;
                    }
                    escaped = true;
                    at += 2;
                }
                Some(_) => at += 1,
            }
            if at - open > LONGEST_CELL {
                let fault = if bytes[at..].contains(&quote) { Fault::LongCell } else { Fault::Unclosed };
                return Err(fault.at(self.text, open));
            }
        }
        self.cells.push(Cell { start: open + 1, end: at, quoted: true, escaped });
        self.at = at + 1;
        Ok(())
    }

    fn after_quote(&self) -> TableError {
        let open = self.cells.last().map_or(self.at, |cell| cell.start - 1);
        let after: String = self.text[self.at..self.line_end(self.at)].chars().take(20).collect();
        Fault::AfterQuote { after }.at(self.text, open)
    }
}
