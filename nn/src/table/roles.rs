//! Which columns are x and y.

use super::column::{Body, Format};
use super::date::Precision;
use super::error::{Fault, TableError, shell};
use super::layout::{Header, Layout};
use super::{Kind, shown};
use serde::Serialize;
use std::ops::Range;

/// A column as it is listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// Its name; empty for none.
    pub name: String,
    /// Its unit; empty for none.
    pub unit: String,
    /// What it holds.
    pub kind: Kind,
    /// A cell of it.
    pub example: String,
}

impl Listed {
    /// What to call it: its name, or `column 3`.
    pub fn label(&self, index: usize) -> String {
        if self.name.is_empty() { format!("column {}", index + 1) } else { self.name.clone() }
    }

    /// Its name with its unit, as it stands at an axis.
    pub fn title(&self, index: usize) -> String {
        let label = self.label(index);
        if self.unit.is_empty() || unit_in_name(&label).is_some_and(|(_, unit)| unit == self.unit) {
            label
        } else {
            format!("{label} ({})", self.unit)
        }
    }
}

/// A name without the unit that it ends with in brackets, and that unit.
pub fn unit_in_name(name: &str) -> Option<(&str, &str)> {
    let (open, inner) = if name.ends_with(')') {
        let open = name.rfind('(')?;
        (open, &name[open + 1..name.len() - 1])
    } else if name.ends_with(']') {
        let open = name.rfind('[')?;
        (open, &name[open + 1..name.len() - 1])
    } else {
        return None;
    };
    let bare = name[..open].trim_end();
    (!bare.is_empty() && !inner.is_empty() && inner.chars().count() <= 12).then_some((bare, inner))
}

/// The columns one below the other: number, name, kind, example.
pub fn lines(columns: &[Listed]) -> Vec<String> {
    const MOST: usize = 30;
    let name = |(i, column): (usize, &Listed)| {
        if column.name.is_empty() { format!("(column {})", i + 1) } else { shown(&column.title(i)) }
    };
    let names: Vec<String> = columns.iter().enumerate().map(name).collect();
    let room = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(30);
    let lines = columns.iter().zip(&names).enumerate().take(MOST).map(|(i, (column, name))| {
        let such =
            if column.example.is_empty() { String::new() } else { format!(", such as {}", shown(&column.example)) };
        format!("  {:>2}  {name:room$}  {}{such}", i + 1, column.kind.words())
    });
    let mut lines: Vec<String> = lines.collect();
    if columns.len() > MOST {
        lines.push(format!("      and {} more", columns.len() - MOST));
    }
    lines
}

/// Numbers of columns in a sentence.
pub fn numbers(columns: &[usize]) -> String {
    let words: Vec<String> = columns.iter().map(usize::to_string).collect();
    match &words[..] {
        [init @ .., last] if !init.is_empty() => format!("{} and {last}", init.join(", ")),
        _ => words.concat(),
    }
}

/// Names that columns of row numbers go by; a column without a name may be one as well.
const ROW_NUMBERS: &[&str] = &[
    "",
    "#",
    "rownames",
    "row.names",
    "row_names",
    "row",
    "rownum",
    "row_id",
    "rowid",
    "index",
    "idx",
    "id",
    "no",
    "no.",
    "nr",
    "nr.",
    "n°",
    "nº",
    "№",
    "num",
    "number",
    "unnamed: 0",
    "...1",
    "obs",
    "observation",
    "record",
    "rec",
    "nummer",
    "lfd. nr.",
    "lfd.nr.",
    "lfd nr",
    "lfdnr",
    "numéro",
    "numero",
    "número",
    "num.",
    "serial",
    "s.no",
    "s.no.",
    "sno",
    "sl no",
    "sr. no.",
];

/// Whether the name of a column is one that row numbers go by.
pub fn is_row_number_name(name: &str) -> bool {
    ROW_NUMBERS.contains(&name.trim().to_lowercase().as_str())
}

/// Finds the column that a name, or a number counted from 1, stands for. A name wins over a number.
pub fn resolve(asked: &str, role: &'static str, columns: &[Listed]) -> Result<usize, TableError> {
    let asked = asked.trim();
    let fitting = |fits: &dyn Fn(usize, &Listed) -> bool| -> Vec<usize> {
        columns.iter().enumerate().filter(|(i, column)| fits(*i, column)).map(|(i, _)| i).collect()
    };
    let ways: [&dyn Fn(usize, &Listed) -> bool; 3] = [
        &|_, column| !column.name.is_empty() && column.name == asked,
        &|i, column| column.title(i) == asked || unit_in_name(&column.name).is_some_and(|(bare, _)| bare == asked),
        &|i, _| asked.parse() == Ok(i + 1),
    ];
    for way in ways {
        match fitting(way)[..] {
            [] => {}
            [only] => return Ok(only),
            ref several => {
                let columns = several.iter().map(|i| i + 1).collect();
                return Err(Fault::SeveralOfName { role, name: asked.to_owned(), columns }.into());
            }
        }
    }
    let nearest =
        crate::words::nearest(asked, columns.iter().map(|column| column.name.as_str()).filter(|name| !name.is_empty()));
    Err(Fault::NoSuchColumn {
        role,
        asked: asked.to_owned(),
        nearest: nearest.map(str::to_owned),
        columns: columns.to_vec(),
    }
    .into())
}

/// The items of a list of names: divided by commas, in double quotes where a name holds a comma.
pub fn items(list: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut quoted = false;
    let mut characters = list.chars().peekable();
    while let Some(c) = characters.next() {
        let Some(item) = items.last_mut() else { break };
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                item.push('"');
                characters.next();
            }
            '"' if quoted || item.trim().is_empty() => quoted = !quoted,
            ',' if !quoted => items.push(String::new()),
            c => item.push(c),
        }
    }
    items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// The columns from a number to another, as 1-64.
fn range(item: &str, columns: &[Listed]) -> Option<Range<usize>> {
    let (first, last) = item.split_once('-')?;
    let (first, last): (usize, usize) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (1 <= first && first <= last && last <= columns.len()).then(|| first - 1..last)
}

/// The columns asked for as x.
pub fn resolve_x(asked: &str, columns: &[Listed]) -> Result<Vec<usize>, TableError> {
    // A name with a comma in it, as a whole.
    if let Ok(one) = resolve(asked, "x", columns) {
        return Ok(vec![one]);
    }
    let mut found: Vec<usize> = Vec::new();
    for item in items(asked) {
        let of_item = match (resolve(&item, "x", columns), range(&item, columns)) {
            (Ok(column), _) => column..column + 1,
            (Err(_), Some(range)) => range,
            (Err(fault), None) => return Err(fault),
        };
        for column in of_item {
            if found.contains(&column) {
                return Err(Fault::Twice { name: columns[column].label(column) }.into());
            }
            found.push(column);
        }
    }
    if found.is_empty() { Err(resolve(asked, "x", columns).err().unwrap_or(Fault::Empty.into())) } else { Ok(found) }
}

/// Chooses x and y where one or both are not asked for.
pub fn choose(
    x: Option<&[usize]>,
    y: Option<usize>,
    columns: &[Listed],
    body: &Body,
    layout: &Layout,
) -> Result<(Vec<usize>, usize), TableError> {
    let has =
        |kind: fn(&Kind) -> bool| -> Vec<usize> { (0..columns.len()).filter(|&i| kind(&columns[i].kind)).collect() };
    let mut numbers = has(|kind| matches!(kind, Kind::Numbers));
    let varied: Vec<usize> = numbers.iter().copied().filter(|&i| !is_constant(&body.columns[i].numbers)).collect();
    let mut dates = dates_of(columns);
    if numbers.len() + dates.len() > 2 {
        numbers = varied;
        if date_and_clock(&dates, body).is_none() {
            dates.retain(|&i| !is_constant(&body.columns[i].numbers));
        }
    }
    let taken = |column: usize| y == Some(column) || x.is_some_and(|x| x.contains(&column));
    let free = |columns: &[usize]| columns.iter().copied().filter(|&column| !taken(column)).collect::<Vec<_>>();
    let found = match (x, y) {
        (Some(x), Some(y)) => Some((x.to_vec(), y)),
        (Some(x), None) => match free(&numbers)[..] {
            [only] => Some((x.to_vec(), only)),
            _ => None,
        },
        (None, Some(y)) => match (&free(&dates)[..], &free(&numbers)[..]) {
            ([only], []) | ([], [only]) => Some((vec![*only], y)),
            (pair, []) => date_and_clock(pair, body).map(|pair| (pair, y)),
            _ => None,
        },
        (None, None) => match (&dates[..], &numbers[..]) {
            // Two columns are x, then y, unless they are called so the other way round.
            ([], [y, x]) if [*y, *x].map(|i| columns[i].name.to_lowercase()) == ["y", "x"] => Some((vec![*x], *y)),
            ([], [x, y]) | ([x], [y]) => Some((vec![*x], *y)),
            (pair, [y]) => date_and_clock(pair, body).map(|pair| (pair, *y)),
            _ => None,
        },
    };
    found.ok_or_else(|| {
        let count = |n: usize, one: &str, many: &str| match n {
            0 => format!("no column of {many}"),
            1 => format!("1 column of {one}"),
            n => format!("{n} columns of {many}"),
        };
        let mut count_words = count(numbers.len(), "numbers", "numbers");
        if !dates.is_empty() {
            count_words += &format!(" and {}", count(dates.len(), "dates or times", "dates or times"));
        }
        if numbers.len() + dates.len() < 2 {
            count_words = format!("there is only {count_words}");
            if numbers.is_empty() && dates.is_empty() {
                "there is no column of numbers".clone_into(&mut count_words);
            }
        } else {
            count_words = format!("there are {count_words}");
        }
        let say = |column: usize| match (layout.header, &columns[column].name) {
            (Header::None, _) => (column + 1).to_string(),
            (_, name) if name.is_empty() || columns.iter().filter(|other| other.name == *name).count() > 1 => {
                (column + 1).to_string()
            }
            (_, name) => shell(name),
        };
        // Two that would do: the fullest, dates first.
        let count_known = |i: usize| body.columns[i].numbers.iter().filter(|value| !value.is_nan()).count();
        let fullest = (0..columns.len()).map(count_known).max().unwrap_or(0);
        let full = |&i: &usize| 2 * count_known(i) > fullest;
        let in_question = numbers.iter().copied().chain(has(|kind| matches!(kind, Kind::RowNumbers)));
        let mut able: Vec<usize> = in_question.filter(full).collect();
        able.sort_unstable();
        let moments = dates.iter().copied().filter(full).collect::<Vec<_>>();
        let first_x = moments.iter().chain(&able).copied().find(|&i| Some(i) != y);
        let x_words = match (x, date_and_clock(&dates_of(columns), body), first_x) {
            (Some(x), ..) => Some((x.first().copied(), x.iter().map(|&i| say(i)).collect::<Vec<_>>().join(","))),
            (None, Some(pair), _) => Some((None, pair.iter().map(|&i| say(i)).collect::<Vec<_>>().join(","))),
            (None, None, first) => first.map(|i| (Some(i), say(i))),
        };
        let flags = x_words.and_then(|(x, words)| {
            let y = y.or(able.iter().copied().find(|&i| Some(i) != x))?;
            Some(format!("--x {words} --y {}", say(y)))
        });
        let flags = flags.unwrap_or_default();
        Fault::WhichColumns { count_words, columns: columns.to_vec(), flags }.into()
    })
}

fn dates_of(columns: &[Listed]) -> Vec<usize> {
    (0..columns.len()).filter(|&i| matches!(columns[i].kind, Kind::Dates | Kind::Times)).collect()
}

/// A column of days and one of times of day, which make one of moments together.
pub fn date_and_clock(pair: &[usize], body: &Body) -> Option<Vec<usize>> {
    let precision = |column: usize| body.columns[column].precision;
    match *pair {
        [a, b] if precision(a) == Some(Precision::Day) && precision(b) == Some(Precision::Clock) => Some(vec![a, b]),
        [a, b] if precision(b) == Some(Precision::Day) && precision(a) == Some(Precision::Clock) => Some(vec![b, a]),
        _ => None,
    }
}

fn is_constant(values: &[f64]) -> bool {
    let mut known = values.iter().filter(|value| !value.is_nan());
    known.next().is_none_or(|first| known.all(|value| value == first))
}

/// Whether values count the rows: whole numbers, each one more than the last, or ascending where the name says so.
pub fn are_row_numbers(values: &[f64], name: &str, format: Format) -> bool {
    let ascending = || values.windows(2).all(|pair| pair[1] > pair[0]);
    let consecutive = || values.windows(2).all(|pair| pair[1] == pair[0] + 1.0);
    let whole = || values.iter().all(|value| value.fract() == 0.0);
    matches!(format, Format::Numbers(_))
        && values.len() > 1
        && is_row_number_name(name)
        && whole()
        && (consecutive() || (ascending() && !name.is_empty()))
}
