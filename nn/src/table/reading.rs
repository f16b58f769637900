//! What was read, as a value that terminal, files, page and errors print.

use super::date::{self, Precision};
use super::layout::Header;
use super::number::Decimal;
use super::roles::{self, Listed};
use super::rows::Separator;
use super::{Kind, shown};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Write as _};

/// How a table was read.
///
/// `Display` says it in one line: `y = dist, x = speed; 50 rows, separator ",", 2 rows skipped: empty y`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// All columns.
    pub columns: Vec<Listed>,
    /// Which of them are x, counted from 0; two if a day and a time of day make one moment.
    pub x: Vec<usize>,
    /// Which is y.
    pub y: usize,
    /// What the values of x mean.
    pub x_quantity: Quantity,
    /// Rows with x and y.
    pub rows: usize,
    /// Rows and lines that were not used, with the reason.
    pub skipped: Vec<Skipped>,
    /// What divides the columns.
    pub separator: Separator,
    /// The decimal mark.
    pub decimal: Decimal,
    /// Where the names of columns stand.
    pub header: Header,
    /// The encoding of the text, such as `UTF-8`.
    pub encoding: &'static str,
    /// Whether it was compressed by gzip.
    pub compressed: bool,
    /// Lines of comments.
    pub comments: usize,
    /// What the user had better look at.
    pub doubts: Vec<String>,
}

/// What numbers of x mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Themselves.
    #[default]
    Number,
    /// Days since 1970-01-01 00:00, in UTC if the file gives offsets, otherwise as it is written.
    Days,
    /// Days since midnight.
    Clock,
}

/// Rows that were not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// How many.
    pub count: usize,
    /// `row` or `line`.
    pub what: &'static str,
    /// Why, as `empty y`.
    pub reason: String,
}

impl Reading {
    /// What to write at the x axis: name and unit.
    pub fn x_title(&self) -> String {
        let titles: Vec<String> = self.x.iter().map(|&column| self.columns[column].title(column)).collect();
        listed(&titles)
    }

    /// What to write at the y axis: name and unit.
    pub fn y_title(&self) -> String {
        self.columns[self.y].title(self.y)
    }

    /// Rows with the reason that they were not used: `2 rows skipped: empty y`; None if all were.
    pub fn skipped_words(&self) -> Option<String> {
        let parts: Vec<String> = self
            .skipped
            .iter()
            .map(|Skipped { count, what, reason }| {
                let s = if *count == 1 { "" } else { "s" };
                format!("{} {what}{s} skipped: {reason}", thousands(*count))
            })
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// `a`, `a and b`, `a, b and c`; of more than six the first, the last and how many.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first, .., last] if names.len() > 6 => format!("{first} to {last} ({} columns)", names.len()),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// A count with spaces between thousands.
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    if digits.len() < 5 { digits } else { groups.join("\u{202f}") }
}

impl Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |&column: &usize| shown(&self.columns[column].title(column));
        let x: Vec<String> = self.x.iter().map(name).collect();
        write!(f, "y = {}, x = {}", name(&self.y), listed(&x))?;
        match self.x_quantity {
            Quantity::Number => {}
            Quantity::Days => f.write_str(" (dates)")?,
            Quantity::Clock => f.write_str(" (times of day)")?,
        }
        let rows = if self.rows == 1 { "row" } else { "rows" };
        write!(f, "; {} {rows}, ", thousands(self.rows))?;
        match self.separator {
            Separator::Spaces => f.write_str("separated by spaces")?,
            Separator::Character(b'\t') => f.write_str("separated by tabs")?,
            separator @ Separator::Character(_) => write!(f, "separator \"{separator}\"")?,
        }
        if self.decimal == Decimal::Comma {
            f.write_str(", decimal comma")?;
        }
        match self.header {
            Header::None => f.write_str(", no header")?,
            Header::Comment(line) => write!(f, ", names in the comment of line {line}")?,
            Header::Line(_) => {}
        }
        if self.encoding != "UTF-8" {
            write!(f, ", {}", self.encoding)?;
        }
        let mut left_out = String::new();
        for (i, column) in self.columns.iter().enumerate() {
            if self.x.contains(&i) || self.y == i || column.kind == Kind::Empty {
                continue;
            }
            let separator = if left_out.is_empty() { "" } else { ", " };
            let _ = write!(left_out, "{separator}{} ({})", shown(&column.label(i)), column.kind.words());
        }
        // Of a wide table the listing would be longer than what it is for.
        let unused = self.columns.len().saturating_sub(self.x.len() + 1);
        if unused > 4 {
            left_out = format!("{unused} other columns");
        }
        if !left_out.is_empty() {
            write!(f, ", without {left_out}")?;
        }
        match self.skipped_words() {
            Some(words) => write!(f, ", {words}"),
            None => Ok(()),
        }
    }
}

/// Sizes of numbers that stand for missing values.
const NINES: [f64; 15] = [
    9.99,
    99.0,
    99.9,
    99.99,
    99.999,
    999.0,
    999.9,
    999.99,
    999.999,
    9999.0,
    9999.9,
    9999.99,
    99_999.0,
    999_999.0,
    9_999_999.0,
];

/// The first number that is no date of digits alone, such as 20200131, where four of five or more are.
pub(super) fn no_date(numbers: &[f64]) -> Option<f64> {
    let is_date = |number: &f64| {
        let is_whole = number.fract() == 0.0 && (1e5..1e8).contains(number);
        is_whole && date::parse(&number.to_string(), date::ORDERS[0]).is_some_and(|moment| moment.compact)
    };
    // Most columns are told by their first numbers.
    if numbers.len() < 5 || numbers[..5].iter().filter(|number| is_date(number)).count() < 3 {
        return None;
    }
    let dates = numbers.iter().filter(|number| is_date(number)).count();
    numbers
        .iter()
        .find(|number| !number.is_nan() && !is_date(number))
        .copied()
        .filter(|_| 5 * dates >= 4 * numbers.len())
}

/// A number that looks as if it stood for a missing value: all nines, far from all others.
pub(super) fn sentinel(values: &[f64]) -> Option<(f64, usize)> {
    let nines = |value: &f64| NINES.contains(&value.abs());
    let others = || values.iter().filter(|value| !value.is_nan() && !nines(value));
    if others().count() < 3 {
        return None;
    }
    let low = others().copied().fold(f64::INFINITY, f64::min);
    let high = others().copied().fold(f64::NEG_INFINITY, f64::max);
    let far = |value: &&f64| {
        nines(value) && (low - **value).max(**value - high) > (high - low).max(low.abs().max(high.abs()) * 1e-3)
    };
    let suspect = values.iter().find(far)?;
    let count = values.iter().filter(|value| *value == suspect).count();
    (count > 1 || suspect.abs() >= 99.0).then_some((*suspect, count))
}

pub(super) fn quantity(precision: Option<Precision>) -> Quantity {
    match precision {
        None => Quantity::Number,
        Some(Precision::Clock) => Quantity::Clock,
        Some(_) => Quantity::Days,
    }
}

pub(super) fn unit_of(name: &str, of_line: &str, of_cells: &str) -> String {
    let in_name = roles::unit_in_name(name).map_or("", |(_, unit)| unit);
    [of_line, in_name, of_cells].into_iter().find(|unit| !unit.is_empty()).unwrap_or_default().to_owned()
}
