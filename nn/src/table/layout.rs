//! How a table is laid out: what divides its columns, where its rows begin, what its columns are called.

use super::error::{Fault, RaggedCause, TableError};
use super::number::{self, Decimal};
use super::rows::{COMMENTS, Dialect, Rows, Separator};
use super::{Missing, Request, date};
use serde::Serialize;

/// Rows that are looked at to find out.
const SAMPLE: usize = 200;

/// A row of the sample.
struct Row {
    start: usize,
    cells: Vec<String>,
    quoted: Vec<bool>,
}

/// Where the names of columns stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Header {
    /// In this line, counted from 1.
    Line(usize),
    /// In a comment, in this line.
    Comment(usize),
    /// Nowhere.
    None,
}

/// How a table is laid out.
pub struct Layout {
    pub dialect: Dialect,
    /// Where the first row of data begins.
    pub data_at: usize,
    /// Columns.
    pub width: usize,
    /// Their names; empty for none.
    pub names: Vec<String>,
    /// Their units, from a line of units below the names; empty for none.
    pub units: Vec<String>,
    pub header: Header,
    /// Whether the first column has no name because the names begin with the second.
    pub row_names: bool,
    /// Lines above the names that are neither comments nor blank.
    pub preamble: usize,
    /// Lines between the names and the data that are no units.
    pub below_header: usize,
    /// Lines of comments above the data.
    pub comments: usize,
}

/// What a cell looks like by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    Empty,
    Missing,
    Number,
    /// A date or a time.
    Date,
    Word,
}

impl Looks {
    fn is_typed(self) -> bool {
        matches!(self, Self::Number | Self::Date)
    }
}

fn looks(cell: &str, missing: &Missing) -> Looks {
    if cell.is_empty() {
        Looks::Empty
    } else if missing.is(cell) {
        Looks::Missing
    } else if is_number(cell) {
        Looks::Number
    } else if date::ORDERS.iter().any(|&order| date::parse(cell, order).is_some()) {
        Looks::Date
    } else {
        Looks::Word
    }
}

fn is_number(cell: &str) -> bool {
    number::plain(cell).is_some()
        || [Decimal::Point, Decimal::Comma].iter().any(|&decimal| number::parse(cell, decimal).is_some())
}

/// Finds the layout.
pub fn find(text: &str, request: &Request, missing: &Missing) -> Result<Layout, TableError> {
    let mut at = 0;
    for _ in 0..request.skip {
        at = next_line(text, at);
    }
    let mut asked = request.separator;
    // Excel's own line: sep=;
    let first = text[at..].lines().next().unwrap_or_default().trim().trim_matches('"');
    if let Some(separator) = first.strip_prefix("sep=").or_else(|| first.strip_prefix("SEP=")) {
        at = next_line(text, at);
        asked = asked.or(separator.parse().ok());
    }
    if text[at..].trim().is_empty() {
        return Err(Fault::Empty.into());
    }
    let (dialect, rows, comments) = sniff(text, at, asked, missing)?;
    if rows.is_empty() {
        return Err(Fault::Empty.into());
    }
    let layout = lay_out(text, request, missing, dialect, &rows, &comments)?;
    let above = comments.iter().filter(|(start, _)| *start < layout.data_at).count();
    Ok(Layout { comments: above, ..layout })
}

/// Where the line after that of byte `at` begins.
fn next_line(text: &str, at: usize) -> usize {
    let Some(end) = text[at..].find(['\n', '\r']).map(|length| at + length) else { return text.len() };
    if text[end..].starts_with("\r\n") { end + 2 } else { end + 1 }
}

/// The first rows as a dialect divides them, the lines of comments among them, and where it fails.
fn sample(text: &str, at: usize, dialect: Dialect) -> (Vec<Row>, Vec<(usize, usize)>, Option<TableError>) {
    let mut rows = Rows::new(text, dialect, at);
    let mut found = Vec::new();
    let mut comments = Vec::new();
    while found.len() < SAMPLE {
        match rows.advance() {
            Err(error) => return (found, comments, Some(error)),
            Ok(false) => break,
            Ok(true) => {
                let cells = rows.cells.iter().map(|&cell| rows.text(cell).into_owned()).collect();
                found.push(Row {
                    start: rows.start,
                    cells,
                    quoted: rows.cells.iter().map(|cell| cell.quoted).collect(),
                });
            }
        }
        comments.clone_from(&rows.comment_lines);
    }
    (found, rows.comment_lines, None)
}

/// The dialect in which most cells are numbers, dates or whole words, and most rows equally long.
fn sniff(
    text: &str,
    at: usize,
    asked: Option<Separator>,
    missing: &Missing,
) -> Result<(Dialect, Vec<Row>, Vec<(usize, usize)>), TableError> {
    let head_end = (at + (1 << 20)).min(text.len());
    let head = &text.as_bytes()[at..head_end];
    let quote = if !head.contains(&b'"') && single_quotes(text, at) { b'\'' } else { b'"' };
    let escaped = [b'\\', quote];
    let backslashes = if head.windows(2).any(|pair| pair == escaped) { &[false, true][..] } else { &[false] };
    let separators = asked.map_or(Separator::USUAL.to_vec(), |separator| vec![separator]);
    let mut best: Option<(f64, Dialect, Vec<Row>, Vec<(usize, usize)>, Option<TableError>)> = None;
    for &separator in &separators {
        for &backslash in backslashes {
            for comments in [true, false] {
                let dialect = Dialect { separator, quote, backslash, comments };
                let (rows, lines, error) = sample(text, at, dialect);
                let nothing = rows.is_empty() && error.is_none();
                // A dialect that fails counts for less than one that reads as well without.
                let score = score(&rows, missing) - if error.is_some() { 0.01 } else { 0.0 };
                if best.as_ref().is_none_or(|(highest, ..)| score > *highest) {
                    best = Some((score, dialect, rows, lines, error));
                }
                if !nothing {
                    break; // only a table of nothing but comments is read without them
                }
            }
        }
    }
    match best {
        Some((.., Some(error))) => Err(error),
        Some((_, dialect, rows, lines, None)) => Ok((dialect, rows, lines)),
        None => Err(Fault::Empty.into()),
    }
}

/// Whether cells are quoted by apostrophes.
fn single_quotes(text: &str, at: usize) -> bool {
    let lines = || text[at..].lines().filter(|line| !line.trim().is_empty()).take(50);
    let quoted = |line: &&str| {
        let mut cells = line.split([',', ';', '\t', '|']).map(str::trim);
        cells.any(|cell| cell.len() > 1 && cell.starts_with('\'') && cell.ends_with('\''))
    };
    2 * lines().filter(quoted).count() > lines().count()
}

/// How well rows are divided, from 0 to 1.
fn score(rows: &[Row], missing: &Missing) -> f64 {
    let width = width(rows, missing);
    if width < 2 {
        return 0.0;
    }
    let (mut good, mut all) = (0.0, 0.0);
    for row in rows {
        all += row.cells.len() as f64;
        if row.cells.len() == width {
            let cells = || row.cells.iter().zip(&row.quoted);
            // Beside words alone, as in a header, what stands for a missing value is a word.
            let has_typed = cells().any(|(cell, _)| looks(cell, missing).is_typed());
            good += cells().map(|(cell, &quoted)| worth(cell, quoted, has_typed, missing)).sum::<f64>();
        }
    }
    good / all
}

/// How much a cell speaks for how it was cut out.
fn worth(cell: &str, quoted: bool, has_typed: bool, missing: &Missing) -> f64 {
    match looks(cell, missing) {
        Looks::Number | Looks::Date => 1.0,
        Looks::Missing if has_typed => 1.0,
        Looks::Word if quoted => 0.75,
        Looks::Word if cell.contains([',', ';', '|', '\t']) => 0.1,
        Looks::Word | Looks::Missing | Looks::Empty => 0.5,
    }
}

/// The number of cells of most rows that hold numbers.
fn width(rows: &[Row], missing: &Missing) -> usize {
    let mut weights: Vec<(usize, f64)> = Vec::new();
    for row in rows {
        let typed = row.cells.iter().filter(|cell| looks(cell, missing).is_typed()).count();
        let weight = if typed > 0 { 1.0 + 0.01 * typed as f64 } else { 0.25 };
        match weights.iter_mut().find(|(width, _)| *width == row.cells.len()) {
            Some((_, sum)) => *sum += weight,
            None => weights.push((row.cells.len(), weight)),
        }
    }
    weights.retain(|&(width, _)| width > 1);
    weights.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(1, |(width, _)| width)
}

fn lay_out(
    text: &str,
    request: &Request,
    missing: &Missing,
    dialect: Dialect,
    rows: &[Row],
    comments: &[(usize, usize)],
) -> Result<Layout, TableError> {
    let width = width(rows, missing);
    if width < 2 {
        let column = rows[0].cells.first().map_or_else(String::new, |cell| format!("{:?}", super::shown(cell)));
        return Err(Fault::OneColumn { column }.into());
    }
    let whole: Vec<&Row> = rows.iter().filter(|row| row.cells.len() == width).collect();
    let later = &whole[whole.len() / 2..];
    // Columns of numbers or dates, going by the later rows, and which of these.
    let typed: Vec<(usize, Looks)> = (0..width)
        .filter_map(|column| {
            let seen = |kind: Looks| later.iter().filter(|row| looks(&row.cells[column], missing) == kind).count();
            let (numbers, dates) = (seen(Looks::Number), seen(Looks::Date));
            let kind = if numbers >= dates { Looks::Number } else { Looks::Date };
            (numbers + dates > 0 && numbers.max(dates) >= seen(Looks::Word)).then_some((column, kind))
        })
        .collect();
    // How many of these hold what the column does, and how many something else.
    let fitting = |row: &Row| {
        typed
            .iter()
            .filter(|(column, kind)| row.cells.get(*column).is_some_and(|cell| looks(cell, missing) == *kind))
            .count()
    };
    let others = |row: &Row| {
        let other = |cell: &String, kind: Looks| {
            let looks = looks(cell, missing);
            looks == Looks::Word || (looks.is_typed() && looks != kind)
        };
        typed.iter().filter(|(column, kind)| row.cells.get(*column).is_some_and(|cell| other(cell, *kind))).count()
    };
    let solid = |row: &Row| row.cells.len() == width && others(row) == 0 && fitting(row) > 0;
    // The first row in which all of these hold a number, a date or nothing.
    let Some(first_solid) = rows.iter().position(solid) else {
        // A header without rows, or words alone.
        let data = rows.iter().position(|row| row.cells.len() == width).unwrap_or(0);
        if rows.len() == data + 1 {
            return Err(Fault::NoRows.into());
        }
        return Ok(named(text, dialect, rows, width, Some(data), &[], data + 1, 0));
    };
    let is_empty_column = |column: usize| later.iter().all(|row| row.cells[column].is_empty());
    let trailing = (0..width).rev().take_while(|&column| is_empty_column(column)).count();
    let header_like = |row: &Row| {
        let length = row.cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        let fits =
            row.cells.len() == width || row.cells.len() + 1 == width || (width - trailing..=width).contains(&length);
        fits && fitting(row) == 0 && row.cells.iter().any(|cell| looks(cell, missing) == Looks::Word)
    };
    let above: Vec<usize> = (0..first_solid).filter(|&index| header_like(&rows[index])).collect();

    // What pandas writes above a column without a name: an empty cell and the numbers from 0.
    let counted = |row: &Row| {
        let (first, others) = row.cells.split_at(1);
        first[0].is_empty() && others.iter().enumerate().all(|(i, cell)| *cell == i.to_string())
    };
    if request.header.is_none()
        && first_solid == 0
        && counted(&rows[0])
        && whole[1..].iter().all(|row| !row.cells[0].is_empty())
    {
        return Ok(named(text, dialect, rows, width, Some(0), &[], 1, 0));
    }
    if request.header == Some(false) {
        return Ok(named(text, dialect, rows, width, None, &[], first_solid, first_solid));
    }
    // A header with another number of names.
    if let Some(row) = first_solid.checked_sub(1).map(|index| &rows[index]) {
        let words = row.cells.iter().all(|cell| looks(cell, missing) == Looks::Word);
        if words && row.cells.len() > 1 && !header_like(row) {
            if let Some(names) = by_wide_gaps(text, dialect, row, width) {
                let mut layout = named(text, dialect, rows, width, None, &[], first_solid, first_solid - 1);
                layout.names = names;
                layout.header = Header::Line(super::error::Place::of(text, row.start).line);
                return Ok(layout);
            }
            let doubled = dialect.separator == Separator::Character(b',') && width == 2 * row.cells.len();
            let cause = if doubled { RaggedCause::DecimalComma } else { RaggedCause::Header };
            let fault = Fault::Ragged { cells: row.cells.len(), expected: width, cause };
            return Err(fault.at(text, row.start));
        }
    }
    // A row that is full enough, and not of units, names the columns: the last such row.
    let filled = |index: usize| rows[index].cells.iter().filter(|cell| !cell.is_empty()).count();
    let names = above
        .iter()
        .rposition(|&index| !unit_like(&rows[index].cells) && 2 * filled(index) >= width)
        .or(above.iter().position(|_| true));
    if let Some(position) = names {
        let (names, below) = (above[position], &above[position + 1..]);
        let row = &rows[names];
        let shorter = row.cells.len() + 1 == width && trailing == 0;
        if shorter && !are_row_names(&whole, missing) {
            let cause = if dialect.separator == Separator::Character(b',') {
                RaggedCause::DecimalComma
            } else {
                RaggedCause::Header
            };
            return Err(Fault::Ragged { cells: width, expected: row.cells.len(), cause }.at(text, whole[0].start));
        }
        // What stands between and is a row of data with a bad cell is left to the reading of data.
        let data = (names + 1..=first_solid).find(|index| !below.contains(index)).unwrap_or(first_solid);
        return Ok(named(text, dialect, rows, width, Some(names), below, data, names));
    }
    if request.header == Some(true) {
        let names = rows.iter().position(|row| row.cells.len() == width).unwrap_or(0);
        return Ok(named(text, dialect, rows, width, Some(names), &[], names + 1, names));
    }
    // Names in a comment directly above.
    if let Some(layout) = names_in_comment(text, dialect, rows, width, first_solid, comments, missing) {
        return Ok(layout);
    }
    let data = rows.iter().position(|row| row.cells.len() == width && fitting(row) > 0).unwrap_or(first_solid);
    Ok(named(text, dialect, rows, width, None, &[], data, data))
}

/// Whether the first column may be names of rows, which the header does not name.
fn are_row_names(rows: &[&Row], missing: &Missing) -> bool {
    let cells = || rows.iter().filter(|row| row.cells.len() > 1).map(|row| row.cells[0].as_str());
    let numbers: Vec<i64> = cells().filter_map(|cell| cell.parse().ok()).collect();
    let counts = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let is_date = |cell: &str| date::parse(cell, date::Order::DayMonthYear).is_some();
    let quoted = || {
        rows.iter().filter(|row| row.cells.len() > 1 && row.cells[0].parse::<i64>().is_ok()).all(|row| row.quoted[0])
    };
    let words = cells().all(|cell| looks(cell, missing) == Looks::Word || is_date(cell) || cell.parse::<i64>().is_ok());
    words && (counts || quoted())
}

/// Names divided by two spaces or more, where one space divides words of a name.
fn by_wide_gaps(text: &str, dialect: Dialect, row: &Row, width: usize) -> Option<Vec<String>> {
    if dialect.separator != Separator::Spaces {
        return None;
    }
    let line = text[row.start..].lines().next()?.replace('\t', "  ");
    let names: Vec<String> =
        line.trim().split("  ").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    (names.len() == width).then_some(names)
}

fn names_in_comment(
    text: &str,
    dialect: Dialect,
    rows: &[Row],
    width: usize,
    data: usize,
    comments: &[(usize, usize)],
    missing: &Missing,
) -> Option<Layout> {
    let cells = |&(start, end): &(usize, usize)| -> Option<Vec<String>> {
        let mark = COMMENTS.iter().find(|mark| text[start..].starts_with(**mark))?;
        let line = text[start..end].trim_start_matches(*mark).trim();
        let (rows, _, error) = sample(line, 0, Dialect { comments: false, ..dialect });
        let mut cells = rows.into_iter().next()?.cells;
        // "#,x,y": the mark is itself the name of the first column.
        if cells.len() + 1 == width && text[start..].trim_start_matches(*mark).starts_with([',', ';', '\t']) {
            cells.insert(0, String::new());
        }
        let words = cells.iter().all(|cell| looks(cell, missing) == Looks::Word || cell.is_empty());
        (error.is_none() && words && cells.len() == width).then_some(cells)
    };
    let before: Vec<&(usize, usize)> = comments.iter().filter(|(start, _)| *start < rows[data].start).collect();
    let last = before.last()?;
    let (names_at, names, units) =
        match (cells(last), before.len().checked_sub(2).and_then(|index| cells(before[index]))) {
            (Some(units), Some(names)) if unit_like(&units) => (before[before.len() - 2].0, names, units),
            (Some(names), _) => (last.0, names, vec![String::new(); width]),
            _ => return None,
        };
    let mut layout = named(text, dialect, rows, width, None, &[], data, data);
    layout.header = Header::Comment(super::error::Place::of(text, names_at).line);
    layout.names = names;
    layout.units = units.iter().map(|unit| bare(unit)).collect();
    Some(layout)
}

#[allow(clippy::too_many_arguments)]
fn named(
    text: &str,
    dialect: Dialect,
    rows: &[Row],
    width: usize,
    names: Option<usize>,
    below: &[usize],
    data: usize,
    preamble: usize,
) -> Layout {
    let line = |index: usize| super::error::Place::of(text, rows[index].start).line;
    let clean = |name: &String| name.split_whitespace().collect::<Vec<_>>().join(" ");
    let padded = |index: usize| -> Vec<String> {
        let mut cells: Vec<String> = rows[index].cells.iter().map(clean).collect();
        cells.truncate(width);
        cells
    };
    let full = vec![String::new(); width];
    let mut row_names = false;
    let mut found = full.clone();
    if let Some(index) = names {
        let cells = padded(index);
        row_names =
            cells.len() + 1 == width && data < rows.len() && !rows[data].cells.last().is_none_or(String::is_empty);
        for (place, name) in found.iter_mut().skip(usize::from(row_names)).zip(cells) {
            *place = name;
        }
    }
    let mut units = full;
    let unit_row = below.iter().find(|&&index| unit_like(&rows[index].cells));
    if let Some(&index) = unit_row {
        for (place, unit) in units.iter_mut().skip(usize::from(row_names)).zip(padded(index)) {
            *place = bare(&unit);
        }
    }
    let data_at = rows.get(data).map_or(text.len(), |row| row.start);
    Layout {
        dialect,
        data_at,
        width,
        names: found,
        units,
        header: names.map_or(Header::None, |index| Header::Line(line(index))),
        row_names,
        preamble,
        below_header: below.len() - usize::from(unit_row.is_some()),
        comments: 0,
    }
}

/// A unit without the brackets that it may stand in.
fn bare(unit: &str) -> String {
    let unit = unit.trim();
    let inner = unit
        .strip_prefix('[')
        .and_then(|u| u.strip_suffix(']'))
        .or_else(|| unit.strip_prefix('(').and_then(|u| u.strip_suffix(')')));
    let unit = inner.unwrap_or(unit).trim();
    if matches!(unit, "-" | "–" | "1" | "none" | "unitless" | "TS" | "RN") { String::new() } else { unit.to_owned() }
}

/// Whether the cells of a row are units of the columns rather than their names.
fn unit_like(cells: &[String]) -> bool {
    let filled: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    2 * filled.iter().filter(|cell| is_unit(cell)).count() > filled.len()
}

/// Units, and what loggers write in lines of units, as they are written most often.
const UNITS: &str = " s sec secs second seconds ms us µs μs ns min minute minutes h hr hrs hour hours d day days week weeks month months yr year years \
    m mm cm km µm μm um nm ft in mi kg g mg µg t lb oz N kN mN Pa hPa kPa MPa GPa bar mbar psi atm Torr mmHg K C F degC degF deg degrees rad V mV kV \
    volt volts Volts A mA µA uA nA ampere W mW kW MW GW J kJ MJ Wh kWh MWh eV keV MeV Hz kHz MHz GHz rpm dB dBm % percent ppm ppb ppt mol mmol mol/l \
    L l ml mL µl lux lx cd lm T mT G Oe F pF nF µF H mH ohm ohms kOhm - – 1 TS RN Smp Avg Max Min Std Tot Deg UTC GMT counts cps a.u. arb unitless none \
    pct USD EUR GBP $ € £ psu pH m/s km/h mph knots degrees_north degrees_east degree_C yyyy-mm-dd hh:mm hh:mm:ss ";

fn is_unit(cell: &str) -> bool {
    let bracketed = (cell.starts_with('(') && cell.ends_with(')')) || (cell.starts_with('[') && cell.ends_with(']'));
    let marked = cell.chars().count() <= 12
        && (cell.contains(['°', '²', '³', '⁻', 'µ', 'μ', 'Ω', '%', '^'])
            || (cell.contains('/') && !cell.contains(' ')));
    bracketed
        || marked
        || UNITS.contains(&format!(" {cell} "))
        || (cell.to_lowercase().starts_with("deg ") && cell.len() < 8)
}
