//! Tables as people have them, from bytes to numbers.
//!
//! [`read`] takes the bytes of a file, whatever wrote it, and gives the columns that are x and y, with a [`Reading`] that says
//! how it understood the file. What cannot be understood for certain is a [`TableError`]: what was found, where, and the
//! setting that decides it. There is no file system and no terminal in here.
//!
//! ```
//! use nn::table::{Request, Values, read};
//!
//! let text = "Zeit;Temperatur (°C)\n0,0;20,5\n0,5;21,0\n1,0;NA\n1,5;21,25\n";
//! let table = read(text.as_bytes(), &Request::default())?;
//! assert_eq!(table.x, [[0.0, 0.5, 1.5]]);
//! assert_eq!(table.y, Values::Numbers(vec![20.5, 21.0, 21.25]));
//! assert_eq!(
//!     table.reading.to_string(),
//!     "y = Temperatur (°C), x = Zeit; 3 rows, separator \";\", decimal comma, 1 row skipped: NA in y"
//! );
//!
//! let error = read(b"a,b,c\n1,5,8\n2,4,9\n3,6,7\n", &Request::default()).unwrap_err();
//! assert_eq!(error.fault.to_string(), "which columns are x and y is not clear: there are 3 columns of numbers");
//! assert_eq!(error.fault.way_out(), "say which, by name or number: --x a --y b");
//! # Ok::<(), nn::table::TableError>(())
//! ```
//!
//! Cells are cut out, and numbers and dates read, one row after the other; columns that are neither asked for nor in
//! question are only looked at. Beside the input, memory is spent on eight bytes for each number that may be used.

mod bytes;
mod column;
mod date;
mod error;
mod layout;
mod number;
mod reading;
mod roles;
mod rows;

pub use bytes::MOST_BYTES;
pub use date::{Order, calendar, days, written_clock, written_date};
pub use error::{CellCause, Fault, Place, RaggedCause, TableError};
pub use layout::Header;
pub use number::Decimal;
pub use reading::{Quantity, Reading, Skipped};
pub use roles::Listed;
pub use rows::{LONGEST_CELL, Separator};

use column::{Body, Format, Formats};
use date::Precision;
use layout::Layout;
use serde::Serialize;

/// What is asked for. What is not said is found, or the table is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The columns that are x, by name or by number counted from 1, divided by commas; empty to find it.
    pub x: String,
    /// The column that is y.
    pub y: String,
    /// What divides the columns.
    pub separator: Option<Separator>,
    /// The decimal mark.
    pub decimal: Option<Decimal>,
    /// The order of day, month and year.
    pub dates: Option<Order>,
    /// Whether a line names the columns.
    pub header: Option<bool>,
    /// What stands for missing values beside what usually does, divided by commas.
    pub missing: String,
    /// Lines at the top that are no part of the table.
    pub skip: usize,
    /// Whether y is a class, though it may be written as a number.
    pub classes: bool,
}

/// Columns of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Columns of x, each with a value for every row that has all of them and y.
    pub x: Vec<Vec<f64>>,
    /// The column of y.
    pub y: Values,
    /// How they were read.
    pub reading: Reading,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Words that stand for classes.
    Classes {
        /// The words, in the order in which they come first.
        names: Vec<String>,
        /// The place of each row's word among them.
        of: Vec<usize>,
    },
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Numbers.
    Numbers,
    /// Numbers or names of rows.
    RowNumbers,
    /// Dates, or dates and times.
    Dates,
    /// Times of day.
    Times,
    /// Words.
    Words,
    /// Nothing.
    Empty,
}

impl Kind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Numbers => "numbers",
            Self::RowNumbers => "row numbers",
            Self::Dates => "dates",
            Self::Times => "times of day",
            Self::Words => "words",
            Self::Empty => "nothing",
        }
    }
}

/// What stands for a missing value.
struct Missing {
    words: Vec<String>,
    values: Vec<f64>,
}

/// What stands for a missing value in any table, in lower case.
const MISSING: [&str; 16] =
    ["", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "–", "—", ".", "..", "?", ":", "<na>"];

impl Missing {
    fn new(asked: &str) -> Self {
        let mut words = roles::items(asked);
        let whole = asked.trim();
        // -99,99 is one number with a decimal comma rather than two words.
        if words.len() == 2 && number::parse(whole, Decimal::Comma).is_some() && !whole.contains(' ') {
            words = vec![whole.to_owned()];
        }
        let value = |word: &String| {
            let read = |decimal| number::parse(word, decimal).filter(|quantity| quantity.unit.is_empty());
            read(Decimal::Point).or_else(|| read(Decimal::Comma)).map(|quantity| quantity.value)
        };
        let values = words.iter().filter_map(value).collect();
        Self { words, values }
    }

    /// Whether a cell stands for a missing value.
    fn is(&self, cell: &str) -> bool {
        let usual = cell.len() <= 4 && MISSING.iter().any(|word| cell.eq_ignore_ascii_case(word));
        usual || self.words.iter().any(|word| word == cell)
    }

    /// Whether a number does.
    fn is_value(&self, value: f64) -> bool {
        self.values.contains(&value)
    }
}

/// A text cut to what fits into a sentence.
fn shown(text: &str) -> String {
    const MOST: usize = 40;
    // Neither control characters nor those that turn the direction of writing.
    let turns =
        |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown: String = text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

/// Reads a table.
///
/// # Errors
/// [`TableError`] if the bytes are no table, if it cannot be said for certain what a part of it means, or if a value that is
/// needed cannot be read.
pub fn read(bytes: &[u8], request: &Request) -> Result<Table, TableError> {
    let bytes::Decoded { text, encoding, compressed } = bytes::decode(bytes)?;
    let missing = Missing::new(&request.missing);
    let layout = layout::find(&text, request, &missing)?;
    let formats = Formats::find(&text, &layout, &missing, request)?;

    let listed = list(&layout, &formats);
    let asked_y = (!request.y.trim().is_empty()).then(|| roles::resolve(&request.y, "y", &listed)).transpose()?;
    let asked_x = (!request.x.trim().is_empty()).then(|| roles::resolve_x(&request.x, &listed)).transpose()?;
    if let (Some(x), Some(y)) = (&asked_x, asked_y)
        && x.contains(&y)
    {
        return Err(Fault::SameColumn { name: listed[y].label(y) }.into());
    }
    let all_asked = asked_x.is_some() && asked_y.is_some();
    let wanted = |column: usize, format: Format| {
        let asked = asked_y == Some(column) || asked_x.as_ref().is_some_and(|x| x.contains(&column));
        asked || (!all_asked && matches!(format, Format::Numbers(_) | Format::Dates(_)))
    };
    let mut body = column::read(&text, &layout, &missing, formats, request, &wanted)?;

    let mut listed = list(&layout, &body.formats);
    for (i, column) in listed.iter_mut().enumerate() {
        if column.kind == Kind::Dates && body.columns[i].precision == Some(Precision::Clock) {
            column.kind = Kind::Times;
        }
        let row_names = layout.row_names && i == 0;
        if column.kind == Kind::Numbers && (row_names || (layout.header != Header::None || !column.name.is_empty())) {
            let named = roles::are_row_numbers(&body.columns[i].numbers, &column.name, body.formats.columns[i]);
            if named || row_names {
                column.kind = Kind::RowNumbers;
            }
        }
    }
    let (x, y) = roles::choose(asked_x.as_deref(), asked_y, &listed, &body, &layout)?;
    check_kinds(&x, y, &listed, &body)?;
    for &column in x.iter().chain([&y]) {
        let label = match &listed[column].name {
            name if name.is_empty() => format!("column {}", column + 1),
            name => format!("column {} ({})", column + 1, shown(name)),
        };
        if let Some(error) = body.fault(&text, &layout, column, &label) {
            return Err(error);
        }
    }
    let x = match roles::date_and_clock(&x, &body) {
        Some(pair) => {
            let clock = std::mem::take(&mut body.columns[pair[1]].numbers);
            for (day, time) in body.columns[pair[0]].numbers.iter_mut().zip(clock) {
                *day += time;
            }
            pair
        }
        None => x,
    };
    Ok(finish(&text, encoding, compressed, &layout, body, listed, x, y))
}

/// Refuses columns that cannot be x or y.
fn check_kinds(x: &[usize], y: usize, listed: &[Listed], body: &Body) -> Result<(), TableError> {
    let wrong = |role, column: usize, way_out: &str| {
        let kind = listed[column].kind.words().to_owned();
        Fault::WrongKind { role, name: listed[column].label(column), kind, way_out: way_out.to_owned() }
    };
    for &column in x {
        if matches!(listed[column].kind, Kind::Words | Kind::Empty) {
            let mixed = body.columns[column].classes.len() > 1;
            let way_out = if mixed && listed[column].kind == Kind::Words {
                "name a column of numbers or dates for x; if these are numbers, say how they are written: --decimal, --separator"
            } else {
                "name a column of numbers or dates for x"
            };
            return Err(wrong("x", column, way_out).into());
        }
    }
    match listed[y].kind {
        Kind::Dates | Kind::Times | Kind::Empty => Err(wrong("y", y, "name a column of numbers for y").into()),
        _ => Ok(()),
    }
}

/// The columns as they are listed.
fn list(layout: &Layout, formats: &Formats) -> Vec<Listed> {
    let column = |i: usize| {
        let kind = match formats.columns[i] {
            Format::Numbers(_) => Kind::Numbers,
            Format::Dates(_) => Kind::Dates,
            Format::Words => Kind::Words,
            Format::Empty => Kind::Empty,
        };
        let name = layout.names[i].clone();
        let unit = reading::unit_of(&name, &layout.units[i], formats.unit(i));
        Listed { unit, name, kind, example: formats.example(i).to_owned() }
    };
    (0..layout.width).map(column).collect()
}

#[allow(clippy::too_many_arguments)]
fn finish(
    text: &str,
    encoding: &'static str,
    compressed: bool,
    layout: &Layout,
    mut body: Body,
    columns: Vec<Listed>,
    x: Vec<usize>,
    y: usize,
) -> Table {
    let mut doubts = Vec::new();
    let roles: Vec<usize> = x.iter().copied().chain([y]).collect();
    for &column in &roles {
        let (label, values) = (columns[column].label(column), &body.columns[column]);
        if let Some((cell, otherwise)) =
            body.doubtful_point(text, layout, column).filter(|_| columns[column].kind == Kind::Numbers)
        {
            doubts.push(format!(
                "{label}: {cell} was read with a decimal point; if the point divides thousands, as in {otherwise}, say --decimal ,"
            ));
        }
        if values.short_years {
            doubts.push(format!(
                "{label}: years of two digits were read as 1969 to 2068; if others are meant, write four digits"
            ));
        }
        if values.compact {
            doubts.push(format!("{label}: {} and the like were read as dates", columns[column].example));
        }
        if columns[column].kind == Kind::Numbers
            && let Some(other) = reading::no_date(&values.numbers)
        {
            doubts.push(format!(
                "{label}: most of its numbers are dates of digits alone, and {other} is none, so that all were read as numbers; \
                 if they are dates, mend it"
            ));
        }
        if columns[column].kind == Kind::Numbers
            && let Some((value, count)) = reading::sentinel(&values.numbers)
        {
            let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
            doubts.push(format!(
                "{label} is {value} {times}, far from all its other values; if that stands for a missing value, say \
                 --missing={value}"
            ));
        }
    }
    if encoding == "windows-1252" {
        doubts.push("the text is not UTF-8 and was read as Windows-1252".to_owned());
    }
    let x_quantity = reading::quantity(body.columns[x[0]].precision);
    if x_quantity == Quantity::Clock && body.columns[x[0]].numbers.windows(2).any(|pair| pair[1] < pair[0]) {
        doubts.push(format!(
            "{}: times of day without a date do not ascend; past midnight they begin anew",
            columns[x[0]].label(x[0])
        ));
    }

    // The second of a day and a time of day is part of the first now.
    let pair = x.len() == 2 && body.columns[x[1]].numbers.is_empty();
    let value_columns: Vec<usize> = if pair { vec![x[0]] } else { x.clone() };
    let mut numbers: Vec<Vec<f64>> =
        value_columns.iter().chain([&y]).map(|&column| std::mem::take(&mut body.columns[column].numbers)).collect();
    let before = body.rows;
    let whole = |row: usize, numbers: &[Vec<f64>]| numbers.iter().all(|column| !column[row].is_nan());
    let kept = (0..before).filter(|&row| whole(row, &numbers)).count();
    let mut skipped = Vec::new();
    if kept < before {
        let mut reasons = Vec::new();
        for (role, column) in x.iter().map(|column| ("x", column)).chain([("y", &y)]) {
            for (word, _) in &body.columns[*column].missing {
                reasons.push(if word.is_empty() {
                    format!("empty {role}")
                } else {
                    format!("{} in {role}", shown(word))
                });
            }
        }
        reasons.dedup();
        let more = reasons.len().saturating_sub(4);
        reasons.truncate(4);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        skipped.push(Skipped { count: before - kept, what: "row", reason: reasons.join(", ") + &more });
        let mut to = 0;
        for row in 0..before {
            if whole(row, &numbers) {
                numbers.iter_mut().for_each(|column| column[to] = column[row]);
                to += 1;
            }
        }
        numbers.iter_mut().for_each(|column| column.truncate(kept));
    }
    let mut lines = |count: usize, what: &'static str, reason: &str| {
        if count > 0 {
            skipped.push(Skipped { count, what, reason: reason.to_owned() });
        }
    };
    lines(body.empty, "row", "no cell is filled");
    lines(layout.preamble, "line", "above the table");
    lines(layout.below_header, "line", "between names and data");
    lines(body.below, "line", "below the table");

    let values = numbers.pop().unwrap_or_default();
    let y_values = match columns[y].kind {
        Kind::Words => {
            let names = std::mem::take(&mut body.columns[y].classes);
            Values::Classes { names, of: values.iter().map(|&class| class as usize).collect() }
        }
        _ => Values::Numbers(values),
    };
    let reading = Reading {
        columns,
        x,
        y,
        x_quantity,
        rows: kept,
        skipped,
        separator: layout.dialect.separator,
        decimal: body.formats.decimal,
        header: layout.header,
        encoding,
        compressed,
        comments: layout.comments + body.comments,
        doubts,
    };
    Table { x: numbers, y: y_values, reading }
}
