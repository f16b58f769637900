//! The numbers of sentences.

/// A number in a sentence: its value, half a unit of its last digit, and what stands around it.
#[derive(Debug)]
pub struct Number<'t> {
    pub value: f64,
    pub slack: f64,
    pub is_whole: bool,
    pub before: &'t str,
    pub after: &'t str,
}

/// The numbers of a sentence: `1 200`, `−0.16`, `10⁻⁵`, `7.7×10³⁶`.
pub fn numbers(text: &str) -> Vec<Number<'_>> {
    let is_digit = |c: char| c.is_ascii_digit();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(is_digit) {
        let start = at + offset;
        let mut end = start;
        let mut digits = String::new();
        let mut rest = text[start..].char_indices().peekable();
        while let Some((place, character)) = rest.next() {
            let next = rest.peek().map(|(_, next)| *next);
            let joins =
                (character == '.' || character == '\u{a0}' || character == '\u{2009}') && next.is_some_and(is_digit);
            if !is_digit(character) && !joins {
                break;
            }
            if character == '.' || is_digit(character) {
                digits.push(character);
            }
            end = start + place + character.len_utf8();
        }
        let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let (mut value, mut power): (f64, i32) = (digits.parse().unwrap(), 0);
        let raised = text[end..].strip_prefix("×10").or(Some(&text[end..]).filter(|_| digits == "10"));
        let exponent: String = raised.unwrap_or("").chars().map_while(lowered).collect();
        if !exponent.is_empty() {
            power = exponent.parse().unwrap();
            end = text.len() - raised.unwrap().len()
                + raised.unwrap().chars().take_while(|c| lowered(*c).is_some()).map(char::len_utf8).sum::<usize>();
            value = if digits == "10" { 1.0 } else { value };
        }
        let scale = 10_f64.powi(power);
        let mut before = &text[..start];
        if let Some(head) = before.strip_suffix('\u{2212}').filter(|head| !head.ends_with(is_digit)) {
            value = -value;
            before = head;
        }
        if !before.ends_with(char::is_alphabetic) {
            let slack = 0.5 * scale / 10_f64.powi(i32::try_from(decimals).unwrap());
            let is_whole = decimals == 0 && power == 0;
            found.push(Number { value: value * scale, slack, is_whole, before, after: &text[end..] });
        }
        at = end;
    }
    found
}

fn lowered(c: char) -> Option<char> {
    let places = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    if c == '⁻' {
        Some('-')
    } else {
        places.iter().position(|place| *place == c).and_then(|digit| char::from_digit(digit as u32, 10))
    }
}
