//! Dates and times as people write them, as days since 1970-01-01.
//!
//! A date with an offset from UTC counts in UTC; one without counts as it is written. A time of day without a date is a
//! fraction of a day since midnight.

use crate::settings::words;
use serde::Serialize;
use time::{Date, Month};

words! {
    /// The order of the parts of a date in which no part says what it is, such as 03/04/2020.
    Order {
        /// The day, the month, the year.
        DayMonthYear = "day-first",
        /// The month, the day, the year.
        MonthDayYear = "month-first",
        /// The year (of two digits), the month, the day.
        YearMonthDay = "year-first",
    }
}

/// All orders.
pub const ORDERS: [Order; 3] = [Order::DayMonthYear, Order::MonthDayYear, Order::YearMonthDay];

/// What is said of time zones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Nothing.
    None,
    /// An offset from UTC, which is taken into account.
    Offset,
    /// An abbreviation such as CET, which must be that of all dates.
    Named(String),
}

/// How much of a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// A month of a year, or a quarter, as its first day.
    Month,
    /// A day.
    Day,
    /// A day and a time.
    Time,
    /// A time without a day.
    Clock,
}

/// A moment as read from a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Days since 1970-01-01, or since midnight.
    pub days: f64,
    pub zone: Zone,
    pub precision: Precision,
    /// Whether the year has two digits.
    pub short_year: bool,
    /// Whether the cell is digits alone, as 20200131.
    pub compact: bool,
}

/// Julian day number of 1970-01-01.
const EPOCH: i32 = 2_440_588;

/// Days since 1970-01-01 of a date of the Gregorian calendar; None if there is no such date.
pub fn days(year: i32, month: u32, day: u32) -> Option<f64> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()?;
    Some(f64::from(date.to_julian_day() - EPOCH))
}

/// Year, month and day of a number of days since 1970-01-01, whose fraction is left out; None far from this era.
///
/// ```
/// assert_eq!(nn::table::calendar(18_321.75), Some((2020, 2, 29)));
/// ```
pub fn calendar(days: f64) -> Option<(i32, u32, u32)> {
    if days.abs() > 4e6 {
        return None;
    }
    let date = Date::from_julian_day(days.floor() as i32 + EPOCH).ok()?;
    Some((date.year(), u32::from(u8::from(date.month())), u32::from(date.day())))
}

/// A moment in ISO form, to the day, minute or second that a step of `step` days calls for.
///
/// ```
/// assert_eq!(nn::table::written_date(18_321.75, 1.0), "2020-02-29");
/// assert_eq!(nn::table::written_date(18_321.75, 0.01), "2020-02-29 18:00");
/// ```
pub fn written_date(days: f64, step: f64) -> String {
    let seconds = if step >= 1.0 {
        86_400.0
    } else if step * 86_400.0 >= 60.0 {
        60.0
    } else {
        1.0
    };
    // A day is that in which the moment lies; smaller parts are rounded.
    let days =
        if seconds == 86_400.0 { days.floor() } else { (days * 86_400.0 / seconds).round() * seconds / 86_400.0 };
    let Some((year, month, day)) = calendar(days + 1e-9) else { return format!("day {days}") };
    let date = format!("{year:04}-{month:02}-{day:02}");
    if seconds == 86_400.0 { date } else { format!("{date} {}", written_clock(days - (days + 1e-9).floor(), step)) }
}

/// A time since midnight as hours, minutes and, where a step of `step` days calls for them, seconds and their fraction.
pub fn written_clock(days: f64, step: f64) -> String {
    let step = step * 86_400.0;
    let places = if step >= 1.0 || step <= 0.0 { 0 } else { (-step.log10()).ceil().clamp(1.0, 6.0) as usize };
    let total = days.abs() * 86_400.0;
    let unit = power_of_ten(places);
    let total = (total / unit).round() * unit;
    let (hours, minutes) = ((total / 3600.0 + 1e-12).floor(), ((total % 3600.0) / 60.0 + 1e-12).floor());
    let seconds = (total - hours * 3600.0 - minutes * 60.0).max(0.0);
    let sign = if days < 0.0 { "\u{2212}" } else { "" };
    if step >= 60.0 {
        format!("{sign}{hours:02}:{minutes:02}")
    } else {
        let width = if places == 0 { 2 } else { 3 + places };
        format!("{sign}{hours:02}:{minutes:02}:{seconds:0width$.places$}")
    }
}

fn power_of_ten(places: usize) -> f64 {
    (0..places).fold(1.0, |unit, _| unit / 10.0)
}

/// Reads a date, a time, or both; None if it is neither, or no day of the calendar.
pub fn parse(cell: &str, order: Order) -> Option<Moment> {
    let cell = cell.trim();
    if !(4..=48).contains(&cell.len()) || !cell.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (date, clock) = split(cell);
    let (time, zone) = match clock {
        None => (None, Zone::None),
        Some(clock) => {
            let (time, offset, zone) = read_clock(clock)?;
            // A day ends at 24:00, with a leap second at the most; a time alone may be a duration.
            if !date.is_empty() && time * 86_400.0 >= 86_401.0 {
                return None;
            }
            (Some(time - offset), zone)
        }
    };
    if date.is_empty() {
        let days = time?;
        return Some(Moment { days, zone, precision: Precision::Clock, short_year: false, compact: false });
    }
    let mut moment = read_date(date, order)?;
    if let Some(time) = time {
        if moment.precision != Precision::Day {
            return None;
        }
        moment.days += time;
        moment.precision = Precision::Time;
        moment.compact = false;
    }
    moment.zone = zone;
    Some(moment)
}

/// Date and time: the time begins with the digits before the first colon.
fn split(cell: &str) -> (&str, Option<&str>) {
    let Some(colon) = cell.find(':') else {
        // 20200131T120000Z, or a date with a zone and no time.
        return match cell.split_once('T') {
            Some((date, time))
                if date.ends_with(|c: char| c.is_ascii_digit()) && time.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                (date, Some(time))
            }
            _ => (
                cell.strip_suffix('Z').filter(|date| date.ends_with(|c: char| c.is_ascii_digit())).unwrap_or(cell),
                None,
            ),
        };
    };
    let start = cell[..colon].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let date = cell[..start].trim_end_matches(['T', 't', ' ', ',', '_', '\u{a0}', '\u{202f}']);
    (date, Some(&cell[start..]))
}

/// A time of day and an offset in days, and what is said of the zone.
fn read_clock(text: &str) -> Option<(f64, f64, Zone)> {
    let number = |text: &mut &str, most: usize| -> Option<f64> {
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 || length > most {
            return None;
        }
        let value = text[..length].parse().ok();
        *text = &text[length..];
        value
    };
    let mut rest = text;
    let (mut hours, minutes, mut seconds);
    let has_seconds;
    if text.contains(':') {
        hours = number(&mut rest, 4)?;
        rest = rest.strip_prefix(':')?;
        minutes = number(&mut rest, 2)?;
        seconds = 0.0;
        has_seconds = rest.starts_with(':');
        if let Some(after) = rest.strip_prefix(':') {
            rest = after;
            seconds = number(&mut rest, 2)?;
        }
    } else {
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        if length != 4 && length != 6 {
            return None;
        }
        let part = |from: usize| rest.get(from..from + 2).map_or(Some(0.0), |digits| digits.parse().ok());
        (hours, minutes) = (part(0)?, part(2)?);
        seconds = if length == 6 { part(4)? } else { 0.0 };
        has_seconds = length == 6;
        rest = &rest[length..];
    }
    if let Some(after) = rest.strip_prefix(['.', ',']) {
        let length = after.bytes().take_while(u8::is_ascii_digit).count();
        // Behind two numbers it may be a part of a minute, or of a second behind minutes, as of laps.
        if length == 0 || !has_seconds {
            return None;
        }
        seconds += format!("0.{}", &after[..length]).parse::<f64>().ok()?;
        rest = &after[length..];
    }
    if minutes >= 60.0 || seconds >= 61.0 {
        return None;
    }
    rest = rest.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let lower = rest.to_ascii_lowercase();
    for (half, shift) in [("a.m.", 0.0), ("p.m.", 12.0), ("am", 0.0), ("pm", 12.0)] {
        if lower.starts_with(half) && !lower[half.len()..].starts_with(|c: char| c.is_alphanumeric()) {
            if !(1.0..=12.0).contains(&hours) {
                return None;
            }
            hours = hours % 12.0 + shift;
            rest = rest[half.len()..].trim_start();
            break;
        }
    }
    let time = (hours * 3600.0 + minutes * 60.0 + seconds) / 86_400.0;
    let (offset, zone) = read_zone(rest)?;
    Some((time, offset, zone))
}

fn read_zone(text: &str) -> Option<(f64, Zone)> {
    let text = text.trim();
    match text {
        "" => return Some((0.0, Zone::None)),
        "Z" | "z" | "UTC" | "GMT" => return Some((0.0, Zone::Offset)),
        _ => {}
    }
    let after_name = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text);
    if let Some(after) = after_name.strip_prefix(['+', '-', '\u{2212}']) {
        let (hours, minutes) = match (after.split_once(':'), after.len()) {
            (Some(parts), 3..=5) => parts,
            (None, 1 | 2) => (after, "0"),
            (None, 4) => after.split_at_checked(2)?,
            _ => return None,
        };
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<f64>().ok())?;
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let size = (hours + minutes / 60.0) / 24.0;
        let negative = !after_name.starts_with('+');
        return (hours <= 18.0 && minutes < 60.0).then_some((if negative { -size } else { size }, Zone::Offset));
    }
    let name = text.chars().all(|c| c.is_ascii_uppercase()) && (2..=5).contains(&text.len());
    name.then(|| (0.0, Zone::Named(text.to_owned())))
}

/// A run of digits or letters of a date.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part<'a> {
    Digits(&'a str),
    Month(u32),
    /// Q, M or W, as in 2020-Q1, 2020M01 and 2020-W05.
    Unit(char),
}

fn read_date(text: &str, order: Order) -> Option<Moment> {
    let (parts, dots) = parts(text)?;
    let value = |digits: &str| digits.parse::<u32>().ok();
    let year = |digits: &str| -> Option<(i32, bool)> {
        let number = i32::try_from(value(digits)?).ok()?;
        match digits.len() {
            4 => Some((number, false)),
            // As strptime's %y.
            2 => Some((if number < 69 { 2000 + number } else { 1900 + number }, true)),
            _ => None,
        }
    };
    let moment = |year: (i32, bool), month: u32, day: u32, precision: Precision| {
        let days = days(year.0, month, day)?;
        Some(Moment { days, zone: Zone::None, precision, short_year: year.1, compact: false })
    };
    let day = |y: &str, m: &str, d: &str| {
        let fits = m.len() <= 2 && d.len() <= 2;
        if fits { moment(year(y)?, value(m)?, value(d)?, Precision::Day) } else { None }
    };
    match parts[..] {
        [Part::Digits(a), Part::Digits(b), Part::Digits(c)] if a.len() == 4 => day(a, b, c),
        [Part::Digits(a), Part::Digits(b), Part::Digits(c)] => match order {
            Order::YearMonthDay if c.len() == 2 && !dots => day(a, b, c),
            // Dates with points are written day first everywhere.
            Order::MonthDayYear if !dots => day(c, a, b),
            _ => day(c, b, a),
        },
        [Part::Digits(a), Part::Digits(b)] if !dots && a.len() == 4 && b.len() <= 2 => {
            moment(year(a)?, value(b)?, 1, Precision::Month)
        }
        [Part::Digits(a), Part::Digits(b)] if b.len() == 4 && a.len() <= 2 && !dots => {
            moment(year(b)?, value(a)?, 1, Precision::Month)
        }
        [Part::Month(month), Part::Digits(y)] => moment(year(y)?, month, 1, Precision::Month),
        [Part::Digits(y), Part::Month(month)] if y.len() == 4 => moment(year(y)?, month, 1, Precision::Month),
        [Part::Digits(y), Part::Month(month), Part::Digits(d)] if y.len() == 4 && d.len() <= 2 => {
            moment(year(y)?, month, value(d)?, Precision::Day)
        }
        [Part::Digits(d), Part::Month(month), Part::Digits(y)]
        | [Part::Month(month), Part::Digits(d), Part::Digits(y)]
            if d.len() <= 2 =>
        {
            moment(year(y)?, month, value(d)?, Precision::Day)
        }
        [Part::Digits(y), Part::Unit('Q'), Part::Digits(q)] | [Part::Unit('Q'), Part::Digits(q), Part::Digits(y)]
            if y.len() == 4 && q.len() == 1 =>
        {
            let quarter = value(q).filter(|quarter| (1..=4).contains(quarter))?;
            moment(year(y)?, 3 * quarter - 2, 1, Precision::Month)
        }
        [Part::Digits(y), Part::Unit('M'), Part::Digits(m)] if y.len() == 4 => {
            moment(year(y)?, value(m)?, 1, Precision::Month)
        }
        [Part::Digits(y), Part::Unit('W'), Part::Digits(w)] if y.len() == 4 => {
            let date = Date::from_iso_week_date(year(y)?.0, value(w)?.try_into().ok()?, time::Weekday::Monday).ok()?;
            let days = f64::from(date.to_julian_day() - EPOCH);
            Some(Moment { days, zone: Zone::None, precision: Precision::Day, short_year: false, compact: false })
        }
        [Part::Digits(all)] => compact(all),
        _ => None,
    }
}

/// Dates of digits alone: 202001, 20200131, and with hours, minutes and seconds behind.
fn compact(digits: &str) -> Option<Moment> {
    let part = |from: usize| digits.get(from..from + 2).and_then(|part| part.parse::<u32>().ok());
    let year = digits.get(..4)?.parse::<i32>().ok().filter(|year| (1700..2200).contains(year))?;
    let time = |from: usize, most: f64| match part(from) {
        None => Some(0.0),
        Some(value) => Some(f64::from(value)).filter(|&value| value < most),
    };
    let (day, precision) = match digits.len() {
        6 => (1, Precision::Month),
        8 => (part(6)?, Precision::Day),
        10 | 12 | 14 => (part(6)?, Precision::Time),
        _ => return None,
    };
    let seconds = match precision {
        Precision::Time => time(8, 24.0)? * 3600.0 + time(10, 60.0)? * 60.0 + time(12, 61.0)?,
        _ => 0.0,
    };
    let days = days(year, part(4)?, day)? + seconds / 86_400.0;
    Some(Moment { days, zone: Zone::None, precision, short_year: false, compact: true })
}

/// Cuts a date into its parts; also whether points are between them. None if something is in it that no date has.
fn parts(text: &str) -> Option<(Vec<Part<'_>>, bool)> {
    let mut parts = Vec::new();
    let mut dots = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            parts.push(Part::Digits(&rest[..length]));
            length
        } else if first.is_alphabetic() && !"年月日".contains(first) {
            let length: usize = rest.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
            parts.extend(word(&rest[..length], parts.last().is_some())?);
            length
        } else if "-/. ,年月日'".contains(first) {
            // A point between digits divides; one behind an abbreviation does not.
            dots |= first == '.' && matches!(parts.last(), Some(Part::Digits(_)));
            first.len_utf8()
        } else {
            return None;
        };
        rest = &rest[length..];
        if parts.len() > 3 {
            return None;
        }
    }
    let dots = dots && !parts.iter().any(|part| matches!(part, Part::Month(_)));
    Some((parts, dots))
}

/// Names of the months in English, German, French, Spanish, Italian, Portuguese and Dutch; three letters or more of one do.
const MONTHS: [&str; 12] = [
    "january januari janvier januar jänner enero gennaio janeiro",
    "february februari février fevrier februar febrero febbraio fevereiro",
    "march mars märz mrz marzo março marco maart mrt",
    "april avril abril aprile",
    "may mai mayo maggio maio mei",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august août aout agosto augustus",
    "september septembre septiembre setiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember décembre decembre diciembre dicembre dezembro",
];

/// The days of the week, which say nothing that the date does not.
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What a word of a date stands for, Some(None) if for nothing; None if it is no word of a date.
#[allow(clippy::option_option)]
fn word<'a>(word: &str, behind_another: bool) -> Option<Option<Part<'a>>> {
    let lower = word.to_lowercase();
    if lower.chars().count() >= 3 {
        let begins = |names: &&str| names.split(' ').any(|name| name.starts_with(&lower));
        if let Some(month) = MONTHS.iter().position(begins) {
            return Some(Some(Part::Month(month as u32 + 1)));
        }
        if !behind_another && WEEKDAYS.iter().any(|day| day.starts_with(&lower)) {
            return Some(None);
        }
    }
    match lower.as_str() {
        "q" | "m" | "w" => Some(Some(Part::Unit(lower.to_ascii_uppercase().chars().next()?))),
        "st" | "nd" | "rd" | "th" | "de" | "of" if behind_another => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(cell: &str, order: Order) -> Option<String> {
        parse(cell, order).map(|moment| match moment.precision {
            Precision::Clock => written_clock(moment.days, 1.0 / 86_400.0),
            Precision::Time => written_date(moment.days, 1.0 / 86_400.0),
            _ => written_date(moment.days, 1.0),
        })
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        let dates = [
            ("1970-01-01", "1970-01-01"),
            ("2020-02-29", "2020-02-29"),
            ("2020/2/9", "2020-02-09"),
            ("1949-01", "1949-01-01"),
            ("1/1949", "1949-01-01"),
            ("31.12.1999", "1999-12-31"),
            ("1.2.99", "1999-02-01"),
            ("03/04/2020", "2020-04-03"),
            ("1 Jan 2020", "2020-01-01"),
            ("Jan 1, 2020", "2020-01-01"),
            ("01-Jan-20", "2020-01-01"),
            ("January 2020", "2020-01-01"),
            ("Jan-20", "2020-01-01"),
            ("1er", ""),
            ("3. März 2021", "2021-03-03"),
            ("1 de enero de 2020", "2020-01-01"),
            ("août 2019", "2019-08-01"),
            ("15 juil. 2019", "2019-07-15"),
            ("2020-Q2", "2020-04-01"),
            ("Q3 2020", "2020-07-01"),
            ("1999M11", "1999-11-01"),
            ("2020-W01", "2019-12-30"),
            ("20200131", "2020-01-31"),
            ("202001", "2020-01-01"),
            ("2020年1月31日", "2020-01-31"),
            ("Thu, 06 Feb 2020", "2020-02-06"),
            ("2020-01-31T12:00:00Z", "2020-01-31 12:00:00"),
            ("2020-01-31 12:00:00.250", "2020-01-31 12:00:00"),
            ("2020-01-31T23:30:00-01:00", "2020-02-01 00:30:00"),
            ("2020-01-31 23:30:00+0100", "2020-01-31 22:30:00"),
            ("31.01.2020 07:05", "2020-01-31 07:05:00"),
            ("1/31/2020 5:06:07 PM", ""),
            ("20200131T120000Z", "2020-01-31 12:00:00"),
            ("2020013112", "2020-01-31 12:00:00"),
            ("12:34:56", "12:34:56"),
            ("9:05", "09:05:00"),
            ("12:00 AM", "00:00:00"),
            ("2020-13-01", ""),
            ("2019-02-29", ""),
            ("1.2.3", ""),
            ("2020.5", ""),
            ("hello", ""),
            ("12:61", ""),
            ("3/4", ""),
            ("May", ""),
            ("192.168.10.12", ""),
        ];
        for (cell, expected) in dates {
            assert_eq!(iso(cell, Order::DayMonthYear).unwrap_or_default(), expected, "{cell}");
        }
        assert_eq!(iso("1/31/2020 5:06:07 PM", Order::MonthDayYear).as_deref(), Some("2020-01-31 17:06:07"));
        assert_eq!(iso("03/04/2020", Order::MonthDayYear).as_deref(), Some("2020-03-04"));
        assert_eq!(iso("20/03/04", Order::YearMonthDay).as_deref(), Some("2020-03-04"));
    }

    /// Each character of dates and times replaced by others, and others put before it.
    #[test]
    fn whatever_is_in_a_cell_it_is_a_date_or_none() {
        let cells = [
            "2020-01-31T23:30:00.5-01:00",
            "2020-01-31 23:30+0100",
            "20200131T120000Z",
            "Thu, 06 Feb 2020 5:06:07 p.m.",
            "1 de août de 2020 GMT+2",
            "2020年1月31日",
            "1999M11",
            "2020-Q2",
            "12:34:56",
        ];
        let mut read = 0;
        for cell in cells {
            for (at, old) in cell.char_indices() {
                for new in "0Í١−+-:.,TeQ年\u{a0}\u{1f600}\0".chars() {
                    for after in [&cell[at + old.len_utf8()..], &cell[at..], ""] {
                        let mangled = format!("{}{new}{after}", &cell[..at]);
                        for order in [Order::DayMonthYear, Order::MonthDayYear, Order::YearMonthDay] {
                            let moment = parse(&mangled, order);
                            assert!(moment.is_none_or(|moment| moment.days.is_finite()), "{mangled}");
                            read += usize::from(parse(&mangled, order).is_some());
                        }
                    }
                }
            }
        }
        assert!(read > 100, "{read}");
        let zone = |zone| parse(&format!("2020-01-01 00:00{zone}"), Order::DayMonthYear).map(|moment| moment.days);
        assert_eq!(zone("+1:30"), zone("+0130"));
        for wrong in ["+-5:30", "+5:", "+:30", "+0Í,", "+0Í", "+1e1", "+nan:1", "+19", "+123"] {
            assert_eq!(zone(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_that_may_mean_two_things_or_no_time_of_a_day_are_none() {
        // A part of a minute, or of a second behind minutes.
        for cell in
            ["1:30.5", "10:30,25", "2017-01-01T10:30.5", "20170101T1030.5", "2017-01-01T99:00", "2017-01-01 24:01"]
        {
            assert_eq!(parse(cell, Order::DayMonthYear), None, "{cell}");
        }
        for (cell, days) in
            [("0:01:30.5", 90.5 / 86_400.0), ("36:00", 1.5), ("1970-01-01 24:00", 1.0), ("1969-12-31 23:59:60", 0.0)]
        {
            assert_eq!(parse(cell, Order::DayMonthYear).map(|moment| moment.days), Some(days), "{cell}");
        }
    }

    #[test]
    fn zones_are_told_apart() {
        let zone = |cell| parse(cell, Order::DayMonthYear).unwrap().zone;
        assert_eq!(zone("2020-01-01 00:00"), Zone::None);
        assert_eq!(zone("2020-01-01 00:00 GMT+2"), Zone::Offset);
        assert_eq!(zone("2020-01-01 00:00 CET"), Zone::Named("CET".to_owned()));
    }
}
