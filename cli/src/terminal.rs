//! Text on its way to a terminal. What comes from outside (names of files and columns, strings of JSON, arguments) may hold
//! characters that a terminal obeys, and may be of any length; here, and nowhere else, it is made harmless.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;
use viz::text::thousands;

/// The text with every character escaped that a terminal would obey or hide, as JSON writes it: `\u001b`. Line ends and
/// tabs stay, so JSON stays JSON with the same meaning.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        if is_obeyed(character) {
            // Writing to a string cannot fail. All these characters have four digits.
            let _ = write!(harmless, "\\u{:04x}", u32::from(character));
        } else {
            harmless.push(character);
        }
    }
    Cow::Owned(harmless)
}

/// Control characters but line ends and tabs; separators of lines and paragraphs; and what turns the direction of writing
/// (Boucher and Anderson 2023, Trojan Source).
fn is_obeyed(character: char) -> bool {
    let turns =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (character.is_control() && !matches!(character, '\n' | '\t'))
}

/// As [`escaped`], with line ends and tabs escaped, too: what stands in a line cannot end it.
pub fn in_a_line(text: &str) -> String {
    escaped(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// A path as it stands in a line.
pub fn path(path: &Path) -> String {
    in_a_line(&path.display().to_string())
}

/// The longest line that is printed whole, in characters.
const LONGEST: usize = 1000;
/// How much is printed of a longer one, at its beginning and at its end.
const KEPT: [usize; 2] = [300, 300];

/// The text with what is too long in the middle of a line left out, and said how long it was. At the end of a message stands
/// what to do.
pub fn shortened(text: &str) -> Cow<'_, str> {
    // Bytes are counted first, as that is quick.
    let is_long = |line: &str| line.len() > LONGEST && line.chars().nth(LONGEST).is_some();
    if !text.split('\n').any(is_long) {
        return Cow::Borrowed(text);
    }
    let shorten = |line: &str| {
        if !is_long(line) {
            return line.to_owned();
        }
        let length = line.chars().count();
        let head: String = line.chars().take(KEPT[0]).collect();
        let tail: String = line.chars().skip(length - KEPT[1]).collect();
        format!("{head}… ({} characters) …{tail}", thousands(length))
    };
    Cow::Owned(text.split('\n').map(shorten).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let all: String = (0..=0x2fff_u32).filter_map(char::from_u32).collect();
        let left: Vec<char> = escaped(&all).chars().filter(|c| c.is_control()).collect();
        assert_eq!(left, ['\t', '\n']);
        assert_eq!(escaped("\u{1b}[31mred\u{9b}\u{202e}"), "\\u001b[31mred\\u009b\\u202e");
        assert_eq!(in_a_line("a\nerror: b\tc\r"), "a\\nerror: b\\tc\\u000d");
        // Escaped as JSON does it, which reads it back.
        let value = serde_json::Value::from("\u{1b}\u{7f}\u{9b}\u{2028}\u{202e}é");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped(&value.to_string())).unwrap(), value);
    }

    #[test]
    fn of_a_long_line_the_middle_is_left_out() {
        assert_eq!(shortened(&"ä".repeat(1000)), "ä".repeat(1000));
        let long = format!("first\nerror: {}: must be small\nlast", "é".repeat(100_000));
        let shown = shortened(&long).into_owned();
        assert!(shown.starts_with("first\nerror: ééé") && shown.ends_with("ééé: must be small\nlast"), "{shown}");
        assert!(shown.contains("é… (100\u{a0}022 characters) …é") && shown.chars().count() < 700, "{shown}");
    }
}
