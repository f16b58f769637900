//! What the columns of a table hold, and their values.

use super::date::{self, Moment, Order, Precision, Zone};
use super::error::{CellCause, Fault, RaggedCause, TableError};
use super::layout::Layout;
use super::number::{self, Decimal};
use super::rows::{Cell, LONGEST_CELL, Rows, Separator};
use super::{Missing, Request, shown};

/// The largest magnitude of a number in a table: its square still has a place among single-precision numbers.
const LARGEST: f64 = 1e18;

/// Rows that are looked at to find how numbers and dates are written, before all are read.
const SAMPLE: usize = 1000;

/// How the cells of a column are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Numbers(Decimal),
    Dates(Order),
    Words,
    Empty,
}

/// What cells of a column look like, counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Cells that hold something.
    seen: usize,
    /// Those that are numbers with a decimal point, and with a decimal comma.
    numbers: [usize; 2],
    /// Those that are numbers with this mark only.
    only: [usize; 2],
    /// Numbers without any mark.
    unmarked: usize,
    /// The first that is another number with the other mark.
    two_numbers: Option<(Cell, [f64; 2])>,
    /// Those that are dates in each order.
    dates: [usize; 3],
    /// The first that is another date in another order.
    two_dates: Option<Cell>,
    /// Dates of digits alone.
    compact: usize,
    /// The unit of the first number.
    unit: Option<String>,
    /// The first cell that holds something.
    example: String,
    /// Whether all cells are as the first.
    constant: bool,
}

impl Tally {
    fn add(&mut self, cell: Cell, text: &str) {
        self.seen += 1;
        if self.seen == 1 {
            text.clone_into(&mut self.example);
            self.constant = true;
        }
        self.constant &= text == self.example;
        let read = [Decimal::Point, Decimal::Comma].map(|decimal| number::parse(text, decimal));
        if let Some(quantity) = read.iter().flatten().next() {
            let unit = self.unit.get_or_insert_with(|| quantity.unit.to_owned());
            if quantity.unit == unit {
                for (i, quantity) in read.iter().enumerate() {
                    self.numbers[i] += usize::from(quantity.is_some());
                    self.only[i] += usize::from(quantity.is_some() && read[1 - i].is_none());
                }
                match &read {
                    [Some(point), Some(comma)] if point.value.total_cmp(&comma.value).is_ne() => {
                        self.two_numbers.get_or_insert((cell, [point.value, comma.value]));
                    }
                    [Some(_), Some(_)] => self.unmarked += 1,
                    _ => {}
                }
            }
        }
        if read[0].is_some() && text.len() < 6 {
            return;
        }
        let moments = date::ORDERS.map(|order| date::parse(text, order));
        for (count, moment) in self.dates.iter_mut().zip(&moments) {
            *count += usize::from(moment.is_some());
        }
        let mut days = moments.iter().flatten().map(|moment| moment.days);
        if let Some(first) = days.next()
            && days.any(|other| other != first)
        {
            self.two_dates.get_or_insert(cell);
        }
        self.compact += usize::from(moments[0].as_ref().is_some_and(|moment| moment.compact));
    }

    fn mostly_numbers(&self) -> bool {
        2 * self.numbers[0].max(self.numbers[1]) > self.seen
    }
}

/// Counts what the cells of the first `most` rows look like; also whether there are more.
fn tally(text: &str, layout: &Layout, missing: &Missing, most: usize) -> Result<(Vec<Tally>, bool), TableError> {
    let mut rows = Rows::new(text, layout.dialect, layout.data_at);
    let mut tallies = vec![Tally::default(); layout.width];
    for _ in 0..most {
        if !rows.advance()? {
            return Ok((tallies, false));
        }
        for (tally, &cell) in tallies.iter_mut().zip(&rows.cells) {
            let cell_text = rows.text(cell);
            if !missing.is(&cell_text) {
                tally.add(cell, &cell_text);
            }
        }
    }
    Ok((tallies, true))
}

/// How numbers and dates of a table are written.
pub struct Formats {
    pub columns: Vec<Format>,
    pub tallies: Vec<Tally>,
    pub decimal: Decimal,
    /// Whether a number or the user says what the decimal mark is.
    pub decimal_is_sure: bool,
    /// Whether the user says in which order dates are written.
    order_is_sure: bool,
    /// Whether all rows were looked at.
    whole: bool,
}

impl Formats {
    /// Finds them, from the first rows where these leave no doubt.
    pub fn find(text: &str, layout: &Layout, missing: &Missing, request: &Request) -> Result<Self, TableError> {
        let (tallies, more) = tally(text, layout, missing, SAMPLE)?;
        let formats = Self::of(tallies, !more, request);
        let in_doubt = |(index, tally): (usize, &Tally)| {
            (tally.two_numbers.is_some() && !formats.decimal_is_sure) || formats.date_is_ambiguous(index)
        };
        if more && formats.tallies.iter().enumerate().any(in_doubt) {
            return Self::of_all(text, layout, missing, request);
        }
        Ok(formats)
    }

    /// Finds them from all rows.
    fn of_all(text: &str, layout: &Layout, missing: &Missing, request: &Request) -> Result<Self, TableError> {
        let (tallies, _) = tally(text, layout, missing, usize::MAX)?;
        Ok(Self::of(tallies, true, request))
    }

    fn of(tallies: Vec<Tally>, whole: bool, request: &Request) -> Self {
        let evidence =
            |i: usize| tallies.iter().filter(|tally| tally.mostly_numbers()).map(|tally| tally.only[i]).sum::<usize>();
        let (point, comma) = (evidence(0), evidence(1));
        let decimal = request.decimal.unwrap_or(if comma > point { Decimal::Comma } else { Decimal::Point });
        let columns = tallies.iter().map(|tally| tally.format(decimal, request.dates)).collect();
        Self {
            columns,
            tallies,
            decimal,
            decimal_is_sure: request.decimal.is_some() || point + comma > 0,
            order_is_sure: request.dates.is_some(),
            whole,
        }
    }

    /// Whether the dates of a column can be read in two ways.
    fn date_is_ambiguous(&self, column: usize) -> bool {
        let tally = &self.tallies[column];
        let most = tally.dates.iter().max();
        matches!(self.columns[column], Format::Dates(_))
            && !self.order_is_sure
            && tally.two_dates.is_some()
            && tally.dates.iter().filter(|count| Some(*count) == most).count() > 1
    }
}

impl Tally {
    fn format(&self, decimal: Decimal, order: Option<Order>) -> Format {
        let (best, dates) = (0..3).map(|i| (i, self.dates[i])).rev().max_by_key(|&(_, count)| count).unwrap_or((0, 0));
        let compact = self.compact == self.seen
            && self.seen >= 5
            && !self.constant
            && self.unit.as_deref().is_none_or(str::is_empty);
        if self.seen == 0 {
            Format::Empty
        } else if self.mostly_numbers() && !compact {
            Format::Numbers(decimal)
        } else if 2 * dates > self.seen {
            Format::Dates(order.unwrap_or(date::ORDERS[best]))
        } else {
            Format::Words
        }
    }
}

/// A cell that cannot be read as the column is.
#[derive(Clone, Debug)]
struct Odd {
    cell: Cell,
    cause: CellCause,
}

/// The values of a column.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// A number for each row: as it is, days since 1970-01-01 or since midnight for dates, the index of the class for
    /// words; NaN where there is none.
    pub numbers: Vec<f64>,
    /// The words of a column of words, in the order in which they come first.
    pub classes: Vec<String>,
    /// What stood for missing values, and how often.
    pub missing: Vec<(String, usize)>,
    /// How much of a date is written.
    pub precision: Option<Precision>,
    /// Whether years have two digits.
    pub short_years: bool,
    /// Whether dates are digits alone.
    pub compact: bool,
    zone: Option<Zone>,
    first_odd: Option<Odd>,
}

/// The rows of a table, as numbers.
pub struct Body {
    /// Those of columns that were asked for; empty for the others.
    pub columns: Vec<Values>,
    /// Rows of data.
    pub rows: usize,
    /// Lines of comments.
    pub comments: usize,
    /// Rows of empty cells.
    pub empty: usize,
    /// Lines below the table that are no part of it.
    pub below: usize,
    /// How numbers and dates are written.
    pub formats: Formats,
}

/// The most classes of a column of words.
pub const MOST_CLASSES: usize = 1000;

/// Reads the columns that `wanted` holds.
///
/// If a cell does not fit what the first rows look like, all rows are looked at, and read again if that changes anything.
pub fn read(
    text: &str,
    layout: &Layout,
    missing: &Missing,
    formats: Formats,
    request: &Request,
    wanted: &dyn Fn(usize, Format) -> bool,
) -> Result<Body, TableError> {
    let body = read_once(text, layout, missing, formats, wanted)?;
    if !body.formats.whole && body.columns.iter().any(|values| values.first_odd.is_some()) {
        let formats = Formats::of_all(text, layout, missing, request)?;
        if formats.columns != body.formats.columns || formats.units() != body.formats.units() {
            return read_once(text, layout, missing, formats, wanted);
        }
        return Ok(Body { formats, ..body });
    }
    Ok(body)
}

impl Formats {
    fn units(&self) -> Vec<&str> {
        (0..self.columns.len()).map(|column| self.unit(column)).collect()
    }

    /// The unit that the numbers of a column carry; empty for none.
    pub fn unit(&self, column: usize) -> &str {
        match self.columns[column] {
            Format::Numbers(_) => self.tallies[column].unit.as_deref().unwrap_or_default(),
            _ => "",
        }
    }

    /// A cell of the column.
    pub fn example(&self, column: usize) -> &str {
        &self.tallies[column].example
    }
}

fn read_once(
    text: &str,
    layout: &Layout,
    missing: &Missing,
    formats: Formats,
    wanted: &dyn Fn(usize, Format) -> bool,
) -> Result<Body, TableError> {
    let mut rows = Rows::new(text, layout.dialect, layout.data_at);
    let read: Vec<usize> = (0..layout.width).filter(|&column| wanted(column, formats.columns[column])).collect();
    let mut columns = vec![Values::default(); layout.width];
    let mut below = 0;
    let mut count = 0;
    let mut aside: Option<usize> = None;
    while rows.advance()? {
        let length = rows.cells.len();
        if length != layout.width {
            match fitting(&rows, layout.width, text) {
                Fit::Aside => {
                    aside.get_or_insert(rows.start);
                    below += 1;
                    continue;
                }
                Fit::Longer => {}
                Fit::No(cause) => {
                    return Err(Fault::Ragged { cells: length, expected: layout.width, cause }.at(text, rows.start));
                }
            }
        }
        if let Some(aside) = aside {
            // Lines of one cell belong to no table only where no row follows.
            return Err(Fault::Ragged { cells: 1, expected: layout.width, cause: RaggedCause::Unknown }.at(text, aside));
        }
        swallowed(&rows, layout, text)?;
        count += 1;
        for &column in &read {
            let cell = rows.cells[column];
            let values = &mut columns[column];
            let number = match formats.columns[column] {
                Format::Numbers(Decimal::Point) if formats.unit(column).is_empty() => {
                    match number::plain(&text[cell.start..cell.end]) {
                        Some(value) if value.abs() <= LARGEST && !missing.is_value(value) => value,
                        _ => values.number(cell, &rows.text(cell), missing, Decimal::Point, ""),
                    }
                }
                Format::Numbers(decimal) => {
                    values.number(cell, &rows.text(cell), missing, decimal, formats.unit(column))
                }
                Format::Dates(order) => values.date(cell, &rows.text(cell), missing, order),
                Format::Words | Format::Empty => values.class(cell, &rows.text(cell), missing),
            };
            values.numbers.push(number);
        }
    }
    if count == 0 {
        return Err(Fault::NoRows.into());
    }
    Ok(Body { columns, rows: count, comments: rows.comments, empty: rows.empty, below, formats })
}

/// How a row of another length may fit.
enum Fit {
    /// A line that is no row: a note above or below the table.
    Aside,
    /// What is too much is empty.
    Longer,
    No(RaggedCause),
}

fn fitting(rows: &Rows<'_>, width: usize, text: &str) -> Fit {
    let cells = &rows.cells;
    let empty = |cell: &Cell| !cell.quoted && text[cell.start..cell.end].trim().is_empty();
    if cells.len() > width && cells[width..].iter().all(empty) {
        return Fit::Longer;
    }
    let first = rows.text(cells[0]);
    let is_word = number::parse(&first, Decimal::Point).is_none() && number::parse(&first, Decimal::Comma).is_none();
    if cells.len() < width && cells[1..].iter().all(empty) && is_word && !first.is_empty() && cells.len() == 1 {
        return Fit::Aside;
    }
    let comma = rows.dialect().separator == Separator::Character(b',');
    let digits =
        |cell: &Cell| text[cell.start..cell.end].trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    Fit::No(match () {
        () if comma && cells.len() > width && cells.iter().filter(|cell| digits(cell)).count() > width => {
            RaggedCause::DecimalComma
        }
        () if cells.len() > width => RaggedCause::Unquoted,
        () => RaggedCause::Unknown,
    })
}

/// Refuses a quoted cell over several lines whose lines look like rows.
fn swallowed(rows: &Rows<'_>, layout: &Layout, text: &str) -> Result<(), TableError> {
    for cell in rows.cells.iter().filter(|cell| cell.quoted) {
        let inner = &text[cell.start..cell.end];
        if cell.end - cell.start > LONGEST_CELL || !inner.contains(['\n', '\r']) {
            continue;
        }
        let lines: Vec<&str> = inner.lines().collect();
        let Separator::Character(separator) = layout.dialect.separator else { continue };
        let is_row = |line: &&str| {
            let parts = || line.split(char::from(separator));
            parts().count() == layout.width && parts().any(|part| number::parse(part, Decimal::Point).is_some())
        };
        if lines.len() > 2 && lines[1..lines.len() - 1].iter().any(is_row) {
            return Err(Fault::Swallowed { lines: lines.len() - 1 }.at(text, cell.start - 1));
        }
    }
    Ok(())
}

impl Values {
    fn note_missing(&mut self, cell: &str) -> f64 {
        match self.missing.iter_mut().find(|(word, _)| word == cell) {
            Some((_, count)) => *count += 1,
            None => self.missing.push((cell.to_owned(), 1)),
        }
        f64::NAN
    }

    fn odd(&mut self, cell: Cell, cause: CellCause) -> f64 {
        self.first_odd.get_or_insert(Odd { cell, cause });
        f64::NAN
    }

    fn number(&mut self, cell: Cell, text: &str, missing: &Missing, decimal: Decimal, unit: &str) -> f64 {
        if missing.is(text) {
            return self.note_missing(text);
        }
        let cause = match number::parse(text, decimal) {
            Some(quantity) if missing.is_value(quantity.value) => return self.note_missing(text),
            Some(quantity) if quantity.unit != unit => CellCause::OtherUnit { others: unit.to_owned() },
            Some(quantity) if quantity.value.abs() <= LARGEST => return quantity.value,
            Some(quantity) if quantity.value.is_nan() => CellCause::TooSmall,
            Some(_) => CellCause::TooLarge,
            None => why_no_number(text, decimal),
        };
        self.odd(cell, cause)
    }

    fn date(&mut self, cell: Cell, text: &str, missing: &Missing, order: Order) -> f64 {
        if missing.is(text) {
            return self.note_missing(text);
        }
        let Some(Moment { days, zone, precision, short_year, compact }) = date::parse(text, order) else {
            return self.odd(cell, CellCause::NotADate);
        };
        let clock = |precision| precision == Precision::Clock;
        if self.precision.is_some_and(|known| clock(known) != clock(precision)) {
            return self.odd(cell, CellCause::NotADate);
        }
        if precision >= Precision::Time && *self.zone.get_or_insert_with(|| zone.clone()) != zone {
            return self.odd(cell, CellCause::OtherZone);
        }
        self.precision = self.precision.max(Some(precision));
        self.short_years |= short_year;
        self.compact |= compact;
        days
    }

    fn class(&mut self, cell: Cell, text: &str, missing: &Missing) -> f64 {
        if missing.is(text) {
            return self.note_missing(text);
        }
        let class = match self.classes.iter().position(|class| class == text) {
            Some(known) => known,
            None if self.classes.len() == MOST_CLASSES => return self.odd(cell, CellCause::ManyClasses),
            None => {
                self.classes.push(text.to_owned());
                self.classes.len() - 1
            }
        };
        class as f64
    }
}

fn why_no_number(text: &str, decimal: Decimal) -> CellCause {
    let lower = text.trim_start_matches(['-', '+', '\u{2212}']).to_ascii_lowercase();
    if number::parse(text, decimal.other()).is_some() {
        CellCause::OtherDecimal(decimal)
    } else if ["inf", "infinity", "∞", "1.#inf"].contains(&lower.as_str()) {
        CellCause::Infinite
    } else if lower
        .strip_prefix("0x")
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        CellCause::Hexadecimal
    } else if text.starts_with('#') && text.ends_with(['!', '?', '#']) {
        CellCause::SpreadsheetError
    } else {
        CellCause::NotANumber
    }
}

impl Body {
    /// What is wrong with a column that x or y is to be.
    pub fn fault(&self, text: &str, layout: &Layout, column: usize, label: &str) -> Option<TableError> {
        let (values, tally) = (&self.columns[column], &self.formats.tallies[column]);
        let rows = Rows::new(text, layout.dialect, 0);
        if let (Some((cell, [point, comma])), false, Format::Numbers(_)) =
            (tally.two_numbers, self.formats.decimal_is_sure, self.formats.columns[column])
        {
            let cell_text = rows.text(cell);
            let mark = if cell_text.contains(',') { Decimal::Comma } else { Decimal::Point };
            let mixed = tally.unmarked > 0 && layout.dialect.separator == Separator::Character(b'\t');
            let (as_decimal, as_thousands) = if mark == Decimal::Point { (point, comma) } else { (comma, point) };
            if mark == Decimal::Comma || mixed || layout.dialect.separator == Separator::Character(b';') {
                let fault = Fault::AmbiguousNumber {
                    column: label.to_owned(),
                    cell: shown(&cell_text),
                    mark,
                    as_decimal,
                    as_thousands,
                };
                return Some(fault.at(text, cell.start));
            }
        }
        if let (true, Some(cell), Format::Dates(order)) =
            (self.formats.date_is_ambiguous(column), tally.two_dates, self.formats.columns[column])
        {
            let cell_text = rows.text(cell);
            let others = date::ORDERS
                .iter()
                .zip(&tally.dates)
                .filter(|(other, count)| **other != order && Some(*count) == tally.dates.iter().max());
            let day = |order: Order| date::parse(&cell_text, order).map(|moment| date::written_date(moment.days, 1.0));
            for (&other, _) in others {
                if let (Some(first), Some(second)) = (day(order), day(other))
                    && first != second
                {
                    let orders = [order, other].map(Order::word);
                    let (column, cell_text) = (label.to_owned(), shown(&cell_text));
                    let fault = Fault::AmbiguousDate { column, cell: cell_text, first, second, orders };
                    return Some(fault.at(text, cell.start));
                }
            }
        }
        let odd = values.first_odd.as_ref()?;
        let fault =
            Fault::Cell { column: label.to_owned(), cell: shown(&rows.text(odd.cell)), cause: odd.cause.clone() };
        Some(fault.at(text, odd.cell.start))
    }

    /// The first cell of a column whose mark was taken for a decimal point though it may divide thousands.
    ///
    /// Between commas and spaces it is one: where points divide thousands, tables are written with semicolons or tabs.
    pub fn doubtful_point(&self, text: &str, layout: &Layout, column: usize) -> Option<(String, f64)> {
        if layout.dialect.separator != Separator::Character(b'\t') {
            return None;
        }
        let (cell, [_, comma]) = self.formats.tallies[column].two_numbers.filter(|_| !self.formats.decimal_is_sure)?;
        Some((Rows::new(text, layout.dialect, 0).text(cell).into_owned(), comma))
    }
}
