//! Numbers and lists in sentences.

use nn::data::Data;

pub(crate) use crate::figures::capital;
pub(crate) use crate::figures::comparison::seconds_words as time;
use crate::figures::function_view::base;
use crate::findings;
use crate::text::{short, significant, superscript, thousands};

/// `10`, `10 and 20`, `10, 20 and 40`.
pub fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match &items[..] {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// `no`, `all 4` or `3 of 4`.
pub fn part(count: usize, of: usize) -> String {
    match count {
        0 => format!("none of {}", thousands(of)),
        count if count == of && of > 1 => format!("all {}", thousands(of)),
        count => format!("{} of {}", thousands(count), thousands(of)),
    }
}

/// `none of 4 elbows`, `all 4 elbows`, `3 of 4 elbows`; of one, `no elbow` or `its elbow`.
pub fn part_of(count: usize, of: usize, noun: &str) -> String {
    match (count, of) {
        (0, 1) => format!("no {noun}"),
        (_, 1) => format!("its {noun}"),
        _ => format!("{} {noun}s", part(count, of)),
    }
}

/// How many times as large as `b` a number `a` is: `3.1 times`, `1 400 times`; None if that cannot be said.
pub fn times(a: f64, b: f64) -> Option<String> {
    let ratio = a / b;
    if !(ratio.is_finite() && ratio > 0.0) {
        None
    } else if (1e3..1e6).contains(&ratio) {
        let rounded: f64 = format!("{ratio:.1e}").parse().unwrap_or(ratio);
        Some(format!("{} times", thousands(rounded as u64)))
    } else {
        Some(format!("{} times", short(ratio)))
    }
}

/// A value of y in as many digits as tell it apart from others of the data: three digits of their span. One far from all
/// data has no neighbours.
pub fn height(value: f64, data: &Data) -> String {
    let span = findings::span(data);
    if (value - base(data)).abs() > 1e3 * span {
        return short(value);
    }
    let place =
        |number: f64| if number == 0.0 || !number.is_finite() { 0 } else { libm::log10(number.abs()).floor() as i32 };
    let digits = place(value) - place(span) + 3;
    if digits < 1 { "0".to_owned() } else { significant(value, digits.min(12) as usize) }
}

/// An error at the end of a run; infinite stands for divergence.
pub fn error(value: f64) -> String {
    if value.is_finite() { short(value) } else { "diverged".to_owned() }
}

/// A large count in two digits: `3.8×10⁴`; below ten thousand in all its digits.
pub fn count(value: f64) -> String {
    if value < 1e4 {
        return thousands(value.round() as u64);
    }
    let scientific = format!("{value:.1e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    format!("{mantissa}×10{}", superscript(exponent.parse().unwrap_or(0)))
}

/// Text with a capital first letter and a full stop.
pub fn sentence(text: &str) -> String {
    format!("{}.", capital(text))
}

/// A name that a user gave, fit to stand in a picture: no control characters, not too long.
pub fn clean(name: &str) -> String {
    const LONGEST: usize = 24;
    let visible = |character: &char| {
        !character.is_control()
            && !matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let name: String = name.chars().filter(visible).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() <= LONGEST { name } else { name.chars().take(LONGEST - 1).chain(['…']).collect() }
}

/// Data with such names.
pub fn with_clean_names(data: &Data) -> Data {
    let mut data = data.clone();
    let inputs = data.inputs.iter_mut().map(|input| &mut input.name);
    inputs.chain([&mut data.name, &mut data.y_name]).for_each(|name| *name = clean(name));
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(list([10, 20, 40]), "10, 20 and 40");
        assert_eq!([part(0, 4), part(4, 4), part(3, 4), part(1, 1)], ["none of 4", "all 4", "3 of 4", "1 of 1"]);
        assert_eq!([part_of(0, 1, "elbow"), part_of(1, 1, "elbow")], ["no elbow", "its elbow"]);
        assert_eq!(times(12_345.0, 1.0).as_deref(), Some("12\u{a0}000 times"));
        assert_eq!([times(1.0, 0.0), times(f64::INFINITY, 1.0)], [None, None]);
        assert_eq!([times(1234.0, 1.0), times(3e20, 1.0)].map(Option::unwrap), ["1200 times", "3.0×10²⁰ times"]);
        assert_eq!([time(2.5), time(0.02), time(1e-5)], ["2.5 s", "20 ms", "10 µs"]);
        assert_eq!([count(9_320.0), count(38_085.0)], ["9320", "3.8×10⁴"]);
        assert_eq!(sentence("a b"), "A b.");
        let of = |low: f64, high: f64| {
            let data = Data::generate(nn::data::Function::Piecewise, 2, 0.0, 1);
            Data { y: vec![low, high], ..data }
        };
        assert_eq!(
            [height(18.034, &of(0.0, 6.0)), height(0.001, &of(0.0, 6.0)), height(0.3, &of(-1.0, 1.0))],
            ["18.03", "0", "0.30"]
        );
        let hertz = of(9_999_999.998, 10_000_000.002);
        assert_eq!(height(1e7 + 0.0014, &hertz), "1.00000000014×10⁷");
        assert_eq!(height(2.772_636e18, &hertz), "2.8×10¹⁸");
    }

    #[test]
    fn names_of_users_are_made_fit() {
        assert_eq!(clean("a\u{0}\u{1b}[31m\u{202e} b\n"), "a[31m b");
        assert_eq!(clean(&"long ".repeat(9)).chars().count(), 24);
    }
}
