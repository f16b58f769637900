//! Which dates and times to mark along an axis of days.

use nn::table::{calendar, days, written_clock, written_date};

use crate::scale::Tick;

/// Steps below a day, in seconds: whole parts of the next larger unit.
const PARTS_OF_A_DAY: [f64; 12] =
    [1.0, 5.0, 15.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 10_800.0, 21_600.0, 43_200.0];
/// Steps of days below a month.
const DAYS: [f64; 4] = [1.0, 2.0, 7.0, 14.0];
/// Steps in months.
const MONTHS: [i32; 12] = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000];
const SECONDS: f64 = 86_400.0;
/// Days of a month, on average.
const MONTH: f64 = 365.2425 / 12.0;

/// Marks at about `count` round dates and times between two numbers of days since 1970-01-01.
///
/// ```
/// let labels = |from, to, count| -> Vec<String> {
///     viz::dates::dates([from, to], count).into_iter().filter_map(|tick| tick.label).collect()
/// };
/// assert_eq!(labels(-7670.0, -3320.0, 6.0), ["1950", "1952", "1954", "1956", "1958", "1960"]);
/// assert_eq!(labels(18_300.0, 18_480.0, 6.0), ["2020-03", "2020-04", "2020-05", "2020-06", "2020-07", "2020-08"]);
/// assert_eq!(labels(18_687.0, 18_687.5, 4.0), ["2021-03-01 00:00", "03:00", "06:00", "09:00", "12:00"]);
/// ```
pub fn dates([low, high]: [f64; 2], count: f64) -> Vec<Tick> {
    let step = (high - low) / count;
    let Some((first_year, first_month, _)) = calendar(low) else { return Vec::new() };
    if step <= PARTS_OF_A_DAY[11] / SECONDS * 1.4 {
        return parts_of_a_day([low, high], step, |value, step, is_first| {
            let date = written_date(value, 1.0);
            let clock = written_clock(value - (value + 1e-9).floor(), step);
            match clock.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.')) {
                _ if is_first => format!("{date} {clock}"),
                true => date[5..].to_owned(),
                false => clock,
            }
        });
    }
    if step <= DAYS[3] * 1.4 {
        let step = nearest(&DAYS, step);
        // Weeks begin on Monday; 1970-01-05 was one.
        let start = if step >= 7.0 { 4.0 } else { 0.0 };
        let first = ((low - start) / step - 1e-9).ceil();
        let values = (0..200).map(|i| start + (first + f64::from(i)) * step);
        return values
            .take_while(|&value| value <= high + 1e-9)
            .map(|value| Tick { value, label: Some(written_date(value, 1.0)) })
            .collect();
    }
    let months = MONTHS.iter().copied().find(|&months| f64::from(months) * MONTH * 1.4 >= step).unwrap_or(12_000);
    let first = (first_year * 12 + first_month.cast_signed() - 1).div_euclid(months) * months;
    let at = |i: i32| {
        let month = first + i * months;
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        let label = if months >= 12 { format!("{year}") } else { format!("{year:04}-{month:02}") };
        Some(Tick { value: days(year, month as u32, 1)?, label: Some(label) })
    };
    (0..200)
        .map_while(at)
        .filter(|tick| tick.value >= low - 1e-9)
        .take_while(|tick| tick.value <= high + 1e-9)
        .collect()
}

/// Marks at about `count` round times between two numbers of days since midnight.
///
/// ```
/// let labels: Vec<_> = viz::dates::clock([0.25, 0.75], 4.0).into_iter().filter_map(|tick| tick.label).collect();
/// assert_eq!(labels, ["06:00", "09:00", "12:00", "15:00", "18:00"]);
/// ```
pub fn clock(domain: [f64; 2], count: f64) -> Vec<Tick> {
    parts_of_a_day(domain, (domain[1] - domain[0]) / count, |value, step, _| written_clock(value, step))
}

fn parts_of_a_day([low, high]: [f64; 2], step: f64, label: impl Fn(f64, f64, bool) -> String) -> Vec<Tick> {
    let wanted = step * SECONDS;
    let step = if wanted > PARTS_OF_A_DAY[0] / 2.0 {
        nearest(&PARTS_OF_A_DAY, wanted).max((wanted / SECONDS).floor() * SECONDS)
    } else {
        // A tenth of a second, a hundredth, and so on: days resolve no less than a microsecond.
        [0.5, 0.1, 0.05, 0.01, 0.005, 0.001, 1e-4, 1e-5].into_iter().find(|&step| step <= wanted * 1.4).unwrap_or(1e-6)
    };
    let (first, last) = (low * SECONDS / step, high * SECONDS / step);
    let slack = 1e-9 * (last - first).max(1.0);
    let first = (first - slack).ceil();
    (0..200)
        .map(|i| first + f64::from(i))
        .take_while(|&index| index <= last + slack)
        .enumerate()
        .map(|(i, index)| {
            let value = index * step / SECONDS;
            Tick { value, label: Some(label(value, step / SECONDS, i == 0)) }
        })
        .collect()
}

/// The first of ascending steps that is not much smaller than what is wanted.
fn nearest(steps: &[f64], wanted: f64) -> f64 {
    steps.iter().copied().find(|&step| step * 1.4 >= wanted).unwrap_or(steps[steps.len() - 1])
}
