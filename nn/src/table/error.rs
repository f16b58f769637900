//! Tables that cannot be used: what was found, where, and a way out.

use super::column::MOST_CLASSES;
use super::number::Decimal;
use super::roles::Listed;
use std::fmt::{self, Display};

/// A table that cannot be used.
///
/// `Display` gives everything as one text; [`fault`](Self::fault), [`place`](Self::place) and
/// [`way_out`](Fault::way_out) are there to be set apart, as a terminal or a page likes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct TableError {
    /// What was found.
    pub fault: Box<Fault>,
    /// Where, if it is at one place.
    pub place: Option<Box<Place>>,
}

impl Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "line {}, character {}: ", place.line, place.column)?;
        }
        write!(f, "{}", self.fault)?;
        let listing = self.fault.listing();
        if listing.is_empty() {
            return write!(f, "; {}", self.fault.way_out());
        }
        write!(f, "\n{}\n{}", listing.join("\n"), self.fault.way_out())
    }
}

/// A place in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, counted from 1; a line ends with LF, CR or both.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
    /// The line itself.
    pub text: String,
}

impl Place {
    /// The place of a byte of a text.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        let before = &text[..byte];
        // A pair of CR and LF is one end of a line.
        let ends = |text: &str| text.matches('\n').count() + text.matches('\r').count() - text.matches("\r\n").count();
        let start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let line = text[start..].split(['\n', '\r']).next().unwrap_or_default();
        Self { line: ends(before) + 1, column: text[start..byte].chars().count() + 1, text: line.to_owned() }
    }
}

/// What can be wrong with a table.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The bytes are a file of another kind.
    #[error("this is {what}, not a table in text")]
    Foreign {
        /// The kind of file, with its article.
        what: &'static str,
        /// How to get a table out of it.
        way_out: &'static str,
    },
    /// The bytes begin as gzip does, and cannot be unpacked.
    #[error("the file is compressed by gzip and cannot be unpacked: {error}")]
    Gzip {
        /// What the decompressor says.
        error: String,
    },
    /// The file is too large, or what it unpacks to is.
    #[error("the table is larger than {} MiB", .limit >> 20)]
    TooLarge {
        /// The most bytes that are read, and unpacked.
        limit: usize,
    },
    /// A NUL byte among text.
    #[error("there is a byte 0 in this line, so the file is not text, or is damaged")]
    Nul,
    /// Nothing but blank lines and comments.
    #[error("the table is empty")]
    Empty,
    /// A header and no rows below it.
    #[error("there is no row of data below the names of the columns")]
    NoRows,
    /// A quote that opens and never closes.
    #[error("the quote that opens here never closes")]
    Unclosed,
    /// A quoted cell goes on after its closing quote.
    #[error("the cell that is quoted from here goes on after its closing quote, with {after:?}")]
    AfterQuote {
        /// What follows.
        after: String,
    },
    /// A quoted cell that has swallowed rows.
    #[error("the quote that opens here closes {lines} lines below, and the lines between look like rows of the table")]
    Swallowed {
        /// How many lines below.
        lines: usize,
    },
    /// A cell that is too long.
    #[error("a cell that begins here is longer than {} KiB", super::rows::LONGEST_CELL >> 10)]
    LongCell,
    /// A row that is longer or shorter than the others.
    #[error("this row has {cells} {}, and the table has {expected} columns{}", if *.cells == 1 { "cell" } else { "cells" }, .cause.words())]
    Ragged {
        /// Cells of the row.
        cells: usize,
        /// Columns of the table.
        expected: usize,
        /// What it may come from.
        cause: RaggedCause,
    },
    /// Only one column was seen.
    #[error("only one column was seen, {column}: the lines are not divided by comma, semicolon, tab, | or spaces")]
    OneColumn {
        /// Its name or an example.
        column: String,
    },
    /// Which columns are meant cannot be said.
    #[error("which columns are x and y is not clear: {count_words}")]
    WhichColumns {
        /// How many columns come into question.
        count_words: String,
        /// All columns.
        columns: Vec<Listed>,
        /// The flags to say, such as `--x speed --y dist`; empty if no two columns would do.
        flags: String,
    },
    /// There is no such column.
    #[error("there is no column {asked:?} for {role}")]
    NoSuchColumn {
        /// `x` or `y`.
        role: &'static str,
        /// What was asked for.
        asked: String,
        /// The most similar name.
        nearest: Option<String>,
        /// All columns.
        columns: Vec<Listed>,
    },
    /// Several columns have the name.
    #[error("the name {name:?} for {role} is that of the columns {}", super::roles::numbers(.columns))]
    SeveralOfName {
        /// `x` or `y`.
        role: &'static str,
        /// The name.
        name: String,
        /// Their numbers, counted from 1.
        columns: Vec<usize>,
    },
    /// A column with two roles.
    #[error("the column {name:?} is asked for as x and as y")]
    SameColumn {
        /// Its name.
        name: String,
    },
    /// A column that is asked for twice.
    #[error("the column {name:?} is asked for twice as x")]
    Twice {
        /// Its name.
        name: String,
    },
    /// A column that cannot have the role.
    #[error("the column {name:?} cannot be {role}: it holds {kind}")]
    WrongKind {
        /// `x` or `y`.
        role: &'static str,
        /// Its name.
        name: String,
        /// What it holds.
        kind: String,
        /// What to do.
        way_out: String,
    },
    /// A cell of a column of numbers or dates that is none.
    #[error("{column}: {cell:?} {}", .cause.words())]
    Cell {
        /// The column, by number and name.
        column: String,
        /// The cell.
        cell: String,
        /// What is wrong with it.
        cause: CellCause,
    },
    /// Numbers that can be read in two ways.
    #[error("{column}: {cell:?} may be {as_decimal} or {as_thousands}: nothing in the table says whether {mark} is the decimal mark", mark = .mark.words())]
    AmbiguousNumber {
        /// The column.
        column: String,
        /// The cell.
        cell: String,
        /// Its mark.
        mark: Decimal,
        /// The number if the mark is the decimal mark.
        as_decimal: f64,
        /// The number if the mark divides thousands.
        as_thousands: f64,
    },
    /// Dates that can be read in two ways.
    #[error("{column}: {cell:?} may be {first} or {second}: no date of the table says which")]
    AmbiguousDate {
        /// The column.
        column: String,
        /// The cell.
        cell: String,
        /// One date, in ISO form.
        first: String,
        /// The other.
        second: String,
        /// The words for `--dates`, in the same order.
        orders: [&'static str; 2],
    },
    /// Too many columns as x.
    #[error("{count} columns are asked for as x, and a network takes at most {most}")]
    SeveralX {
        /// How many.
        count: usize,
        /// The most.
        most: usize,
    },
    /// One class, so nothing to tell apart.
    #[error("the column {name:?} for y holds one word only, {class:?}: there are no classes to tell apart")]
    OneClass {
        /// The name of the column.
        name: String,
        /// The word.
        class: String,
    },
    /// A class with a single row, which cannot be both learned and tested.
    #[error(
        "the class {class:?} of the column {name:?} has a single row, and a class needs one to learn from and one to test with"
    )]
    RareClass {
        /// The name of the column.
        name: String,
        /// The class.
        class: String,
    },
    /// Numbers with fractions where classes are asked for, too many different ones or some only once.
    #[error(
        "the column {name:?} for y holds numbers such as {value}, and the loss that is asked for tells classes apart"
    )]
    NotClasses {
        /// The name of the column.
        name: String,
        /// A number.
        value: f64,
    },
    /// More classes than a network has outputs.
    #[error(
        "the column {name:?} for y holds {count} different words, and a network tells at most {most} classes apart"
    )]
    TooManyClasses {
        /// The name of the column.
        name: String,
        /// How many.
        count: usize,
        /// The most.
        most: usize,
    },
    /// Too few rows to hold out a fifth.
    #[error("{}{}", few(*.rows, *.least), .skipped)]
    TooFewRows {
        /// Rows that can be used.
        rows: usize,
        /// The fewest needed.
        least: usize,
        /// What was skipped, as `; 12 rows skipped: empty y`.
        skipped: String,
    },
    /// All inputs are the same.
    #[error("all values of x (column {name:?}) are {value}; at least two different ones are needed")]
    SameX {
        /// The column's name.
        name: String,
        /// The one value, as it is written.
        value: String,
    },
}

fn few(rows: usize, least: usize) -> String {
    let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
    format!("the table has {rows} with x and y, and {least} are needed, for a fifth is held out to test with")
}

/// What a row of another length may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RaggedCause {
    /// Nothing in particular.
    Unknown,
    /// Numbers with a decimal comma between commas.
    DecimalComma,
    /// A cell with the separator in it that is not quoted.
    Unquoted,
    /// The header has fewer or more names.
    Header,
}

impl RaggedCause {
    fn words(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::DecimalComma => ": a decimal comma, or a comma between thousands, looks like a separator",
            Self::Unquoted => ": perhaps a cell holds the separator and is not quoted",
            Self::Header => ": the names are not as many as the columns below them",
        }
    }
}

/// What is wrong with a cell of a column of numbers or dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellCause {
    /// It is no number.
    NotANumber,
    /// It is no date.
    NotADate,
    /// It has the other decimal mark.
    OtherDecimal(Decimal),
    /// It has another unit than the cells above.
    OtherUnit {
        /// The unit of the others; empty for none.
        others: String,
    },
    /// It is infinite.
    Infinite,
    /// It is beyond the numbers that can be trained on.
    TooLarge,
    /// It is not 0, and nearer to it than double precision goes.
    TooSmall,
    /// It is hexadecimal.
    Hexadecimal,
    /// It is an error that a spreadsheet wrote.
    SpreadsheetError,
    /// It has a time zone and the others have none, or the other way round.
    OtherZone,
    /// It is one more word than there may be classes.
    ManyClasses,
}

impl CellCause {
    fn words(&self) -> String {
        match self {
            Self::NotANumber => "is not a number".to_owned(),
            Self::NotADate => "is not a date as the others of the column".to_owned(),
            Self::OtherDecimal(decimal) => {
                format!("is not a number with {} as the other numbers of the table are", decimal.words())
            }
            Self::OtherUnit { others } if others.is_empty() => "carries a unit, and cells above do not".to_owned(),
            Self::OtherUnit { others } => format!("does not carry the unit {others} of the cells above"),
            Self::Infinite => "is not finite".to_owned(),
            Self::TooLarge => "is too large: numbers must lie between -1e18 and 1e18".to_owned(),
            Self::TooSmall => "is too small for double precision: it would be read as 0".to_owned(),
            Self::Hexadecimal => "is hexadecimal, and numbers are read as decimal".to_owned(),
            Self::SpreadsheetError => "is an error that a spreadsheet wrote".to_owned(),
            Self::OtherZone => {
                "has another time zone than dates above, or the one has a zone and the other has none".to_owned()
            }
            Self::ManyClasses => format!("is one more than the {MOST_CLASSES} different words that can be classes"),
        }
    }
}

impl Fault {
    /// The columns that were seen, one a line, where the fault is which are meant.
    pub fn listing(&self) -> Vec<String> {
        match self {
            Self::WhichColumns { columns, .. } | Self::NoSuchColumn { columns, .. } => super::roles::lines(columns),
            _ => Vec::new(),
        }
    }

    /// What to do about it, with the flags that help.
    pub fn way_out(&self) -> String {
        match self {
            Self::Foreign { way_out, .. } => (*way_out).to_owned(),
            Self::Gzip { .. } => "get the file again, or unpack it and give the table itself".to_owned(),
            Self::TooLarge { .. } => "keep only the columns and rows that are needed".to_owned(),
            Self::Nul => "save the table anew as CSV in UTF-8".to_owned(),
            Self::Empty => "a table has a line that names the columns, and rows of numbers below it".to_owned(),
            Self::NoRows => "put rows of numbers below; if the first line holds data, say --header no".to_owned(),
            Self::Unclosed => "close the quote, or remove it; a quote within a quoted cell is written twice".to_owned(),
            Self::AfterQuote { .. } => {
                "close the quote at the end of the cell, or remove it; a quote within a quoted cell is written twice; if the \
                 columns are divided by something else, say --separator"
                    .to_owned()
            }
            Self::Swallowed { .. } => "close the quote in the line where it opens, or remove it".to_owned(),
            Self::LongCell => "if a quote opens there, close it; if columns are divided by something else, say --separator".to_owned(),
            Self::Ragged { cause, .. } => match cause {
                RaggedCause::DecimalComma => {
                    "save the table with semicolons between the columns, or put cells with a comma between quotes; then \
                     --separator ';' --decimal , reads it"
                        .to_owned()
                }
                RaggedCause::Header => "give each column a name, in quotes if it holds the separator; or say --header no and name \
                                        columns by number, as --x 1 --y 2; if columns are divided by something else, say \
                                        --separator"
                    .to_owned(),
                _ => "mend the row; if columns are divided by something else, say --separator; if lines above the table are no \
                      part of it, say --skip N"
                    .to_owned(),
            },
            Self::OneColumn { .. } => {
                "two columns are needed, x and y; if something else divides the columns, say it, as --separator :".to_owned()
            }
            Self::WhichColumns { flags, .. } if flags.is_empty() => {
                "two columns of numbers are needed, or one of dates and one of numbers; if there are, say how they are written: \
                 --separator, --decimal, --dates, --header"
                    .to_owned()
            }
            Self::WhichColumns { flags, .. } => format!("say which, by name or number: {flags}"),
            Self::NoSuchColumn { role, nearest: Some(nearest), .. } => format!("did you mean --{role} {}?", shell(nearest)),
            Self::NoSuchColumn { role, .. } => format!("name one of these, or its number: --{role} 1"),
            Self::SeveralOfName { role, columns, .. } => {
                format!("say which by its number: --{role} {}", columns.first().copied().unwrap_or(1))
            }
            Self::Twice { .. } => "name each column once".to_owned(),
            Self::SameColumn { .. } => "name two different columns".to_owned(),
            Self::WrongKind { way_out, .. } => way_out.clone(),
            Self::Cell { cell, cause, .. } => match cause {
                CellCause::OtherDecimal(decimal) => {
                    format!("write all numbers alike; if {} is the decimal mark, say --decimal {}", decimal.other().words(), decimal.other().mark())
                }
                CellCause::OtherUnit { .. } => "write all numbers of a column in one unit".to_owned(),
                CellCause::OtherZone => "write all dates of a column in one time zone".to_owned(),
                CellCause::TooLarge => "write the column in a larger unit".to_owned(),
                CellCause::TooSmall => "write the column in a smaller unit, or 0".to_owned(),
                CellCause::ManyClasses => {
                    "name a column whose words repeat; if these are numbers, say how they are written: --decimal, --separator"
                        .to_owned()
                }
                CellCause::Hexadecimal => "write it as a decimal number".to_owned(),
                _ => format!("mend or remove the row; if it stands for a missing value, say {}", missing_flag(cell)),
            },
            Self::AmbiguousNumber { mark, .. } => format!(
                "say it: --decimal {} if it is, --decimal {} if it divides thousands",
                mark.mark(),
                mark.other().mark()
            ),
            Self::AmbiguousDate { orders, .. } => format!("say it: --dates {} or --dates {}", orders[0], orders[1]),
            Self::SeveralX { .. } => "name fewer columns, as --x 1,2".to_owned(),
            Self::OneClass { .. } => "name another column for y".to_owned(),
            Self::RareClass { .. } => "leave that row out, or give more rows of the class".to_owned(),
            Self::NotClasses { .. } => "leave the loss out, or name a column of classes for y".to_owned(),
            Self::TooManyClasses { .. } => "name a column of numbers, or of fewer words, for y".to_owned(),
            Self::TooFewRows { .. } => "give a longer table".to_owned(),
            Self::SameX { .. } => "name another column for x, as --x 2".to_owned(),
        }
    }
}

/// `--missing` with a value, as it is typed in a shell.
fn missing_flag(cell: &str) -> String {
    // A value with a comma is quoted as in a table, for the flag takes a list.
    let cell = cell.trim();
    let item = if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() };
    if item.starts_with('-') { format!("--missing={}", shell(&item)) } else { format!("--missing {}", shell(&item)) }
}

/// A text as it is typed in a shell, so that it arrives as it is.
pub(super) fn shell(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:%+,@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

impl Fault {
    /// With the place of a byte of the text.
    pub(super) fn at(self, text: &str, byte: usize) -> TableError {
        TableError { fault: Box::new(self), place: Some(Box::new(Place::of(text, byte))) }
    }
}

impl From<Fault> for TableError {
    fn from(fault: Fault) -> Self {
        Self { fault: Box::new(fault), place: None }
    }
}
