//! Numbers as people write them.
//!
//! Beside plain numbers (`-1.5`, `.5`, `1e5`, `1.0D+03`): a decimal comma, thousands divided by comma, point, space,
//! apostrophe or underscore, U+2212 for minus, parentheses for negative amounts, a currency before or after, a percent sign or
//! another unit after.

use crate::settings::words;

words! {
    /// The decimal mark.
    Decimal {
        /// `1.5`
        Point = ".",
        /// `1,5`
        Comma = ",",
    }
}

impl Decimal {
    /// The mark.
    pub fn mark(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    /// The other one, which may divide thousands.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Point => "a decimal point",
            Self::Comma => "a decimal comma",
        }
    }
}

/// A number, and what was written before or behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity<'a> {
    pub value: f64,
    /// A currency, a percent sign or a unit; empty for none.
    pub unit: &'a str,
}

/// Signs of currencies, as they stand before or after an amount.
const CURRENCIES: [&str; 12] = ["US$", "$", "€", "£", "¥", "₹", "EUR", "USD", "GBP", "CHF", "JPY", "R$"];

/// The longest text that may be a number, in bytes.
const LONGEST: usize = 64;

/// Reads a plain number with a decimal point, as almost all cells of almost all tables are; None for anything else.
pub fn plain(cell: &str) -> Option<f64> {
    match cell.parse() {
        // The parser takes the words inf and nan as well, and for a number nearer to 0 than doubles are it gives 0.
        Ok(value) if f64::is_finite(value) && (value != 0.0 || is_zero(cell)) => Some(value),
        _ => None,
    }
}

/// Whether no digit but those of an exponent says otherwise.
fn is_zero(digits: &str) -> bool {
    let mut mantissa = digits.bytes().take_while(|byte| !matches!(byte, b'e' | b'E'));
    !mantissa.any(|byte| matches!(byte, b'1'..=b'9'))
}

/// Reads a number; None if it is none. A number beyond double precision is infinite, and one that is not 0 but nearer to
/// it than doubles are is NaN.
pub fn parse(cell: &str, decimal: Decimal) -> Option<Quantity<'_>> {
    let cell = cell.trim();
    if cell.is_empty() || cell.len() > LONGEST {
        return None;
    }
    let (mut negative, mut rest) = match cell.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) if inner.ends_with(|c: char| c.is_ascii_digit()) => (true, inner.trim()),
        Some(_) => return None,
        None => (false, cell),
    };
    let mut unit = "";
    let mut signed = negative;
    for _ in 0..3 {
        if let (false, Some(after)) = (signed, rest.strip_prefix(['-', '\u{2212}', '+'])) {
            negative = !rest.starts_with('+');
            signed = true;
            rest = after.trim_start();
        }
        if let (true, Some(currency)) =
            (unit.is_empty(), CURRENCIES.iter().find(|currency| rest.starts_with(**currency)))
        {
            unit = &rest[..currency.len()];
            rest = rest[currency.len()..].trim_start();
        }
    }
    let (digits, after) = mantissa(rest, decimal)?;
    let (exponent, after) = exponent(after);
    let after = after.trim();
    if !after.is_empty() {
        // In `1,name` the comma is a separator rather than a decimal mark before a unit.
        if !unit.is_empty() || digits.ends_with('.') || !is_unit(after) {
            return None;
        }
        unit = after;
    }
    let mut value: f64 = format!("{digits}{exponent}").parse().ok()?;
    if value == 0.0 && !is_zero(&digits) {
        value = f64::NAN;
    }
    Some(Quantity { value: if negative { -value } else { value }, unit })
}

/// The digits of a number with a decimal point and nothing between thousands, and what follows.
fn mantissa(text: &str, decimal: Decimal) -> Option<(String, &str)> {
    let mut digits = String::with_capacity(text.len());
    let run = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let first = run(text);
    digits.push_str(&text[..first]);
    let mut rest = &text[first..];
    // Thousands: the same character before groups of three, or of two before a last one of three.
    let divides = |c: char| {
        c == decimal.other().mark() || matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’' | '_')
    };
    if (1..=3).contains(&first)
        && !text.starts_with('0')
        && let Some(divider) = rest.chars().next().filter(|&c| divides(c))
    {
        let mut groups = Vec::new();
        let mut tail = rest;
        while let Some(after) = tail.strip_prefix(divider) {
            let length = run(after);
            if length == 0 {
                break;
            }
            groups.push(length);
            tail = &after[length..];
        }
        let threes = groups.iter().all(|&length| length == 3);
        let lakhs = first <= 2
            && groups.len() > 1
            && groups.last() == Some(&3)
            && groups[..groups.len() - 1].iter().all(|&length| length == 2);
        if !groups.is_empty() && (threes || lakhs) {
            digits.extend(rest[..rest.len() - tail.len()].chars().filter(char::is_ascii_digit));
            rest = tail;
        }
    }
    if let Some(after) = rest.strip_prefix(decimal.mark()) {
        let length = run(after);
        if length == 0 && first == 0 {
            return None;
        }
        digits.push('.');
        digits.push_str(&after[..length]);
        rest = &after[length..];
    } else if first == 0 {
        return None;
    }
    Some((digits, rest))
}

/// The exponent as `e5`, and what follows; Fortran writes it with a D.
fn exponent(text: &str) -> (String, &str) {
    let none = (String::new(), text);
    let Some(after) = text.strip_prefix(['e', 'E', 'd', 'D']) else { return none };
    let (sign, after) = match after.chars().next() {
        Some('+') => ("", &after[1..]),
        Some('-') => ("-", &after[1..]),
        Some('\u{2212}') => ("-", &after['\u{2212}'.len_utf8()..]),
        _ => ("", after),
    };
    let length = after.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return none;
    }
    (format!("e{sign}{}", &after[..length]), &after[length..])
}

/// Whether a text behind a number may be its unit: `kg`, `°C`, `%`, `m/s²`.
fn is_unit(text: &str) -> bool {
    let starts = |c: char| c.is_alphabetic() || "%‰°µμΩ€$£¥\"′″".contains(c);
    let goes_on = |c: char| c.is_alphabetic() || "%‰°µμΩ€$£¥\"′″/·*^²³⁻¹-. 23".contains(c);
    text.chars().count() <= 12 && text.starts_with(starts) && text.chars().all(goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let point = [
            ("1", 1.0, ""),
            (" -1.5 ", -1.5, ""),
            (".5", 0.5, ""),
            ("5.", 5.0, ""),
            ("+3", 3.0, ""),
            ("1e5", 1e5, ""),
            ("1E+05", 1e5, ""),
            ("1.0D-03", 1e-3, ""),
            ("1,234", 1234.0, ""),
            ("1,234,567.8", 1234567.8, ""),
            ("12,34,567", 1234567.0, ""),
            ("1 234", 1234.0, ""),
            ("1\u{a0}234\u{202f}567", f64::NAN, ""),
            ("1'234'567", 1234567.0, ""),
            ("1_000", 1000.0, ""),
            ("\u{2212}4", -4.0, ""),
            ("(12.50)", -12.5, ""),
            ("$1,200", 1200.0, "$"),
            ("-$5", -5.0, "$"),
            ("$-5", -5.0, "$"),
            ("5 €", 5.0, "€"),
            ("EUR 3.20", 3.2, "EUR"),
            ("12%", 12.0, "%"),
            ("3 kg", 3.0, "kg"),
            ("5eV", 5.0, "eV"),
            ("9.81 m/s^2", 9.81, "m/s^2"),
            ("-40.1°C", -40.1, "°C"),
            ("1e400", f64::INFINITY, ""),
        ];
        for (cell, value, unit) in point {
            match parse(cell, Decimal::Point) {
                None => assert!(value.is_nan(), "{cell}"),
                Some(found) => assert_eq!(found, Quantity { value, unit }, "{cell}"),
            }
        }
        let comma = [
            ("1,5", 1.5),
            ("1.234,5", 1234.5),
            ("1.234", 1234.0),
            ("1 234,5", 1234.5),
            ("0,001", 0.001),
            ("1,234", 1.234),
        ];
        for (cell, value) in comma {
            assert_eq!(parse(cell, Decimal::Comma).map(|q| q.value), Some(value), "{cell}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for cell in [
            "",
            "-",
            ".",
            "1.2.3",
            "12:30",
            "1/2",
            "0x1F",
            "<5",
            "5*",
            "1,23",
            "12,3456",
            "0,123",
            "5 Main St 7",
            "abc",
            "--5",
            "1-2",
            "(5%)",
            "e5",
            "5.kg",
            "nan",
            "inf",
        ] {
            assert_eq!(parse(cell, Decimal::Point), None, "{cell}");
        }
    }
}
