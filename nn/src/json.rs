//! JSON that people hand in: what is wrong with it is told in plain words, with the place.

use crate::words::nearest;
use serde::Deserialize;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// What is wrong with a text, and the line and the character in it, counted from 1.
pub(crate) struct Fault {
    pub message: String,
    pub line: usize,
    pub column: usize,
}

/// Reads a text of one form.
pub(crate) fn read<F: DeserializeOwned>(text: &str) -> Result<F, Fault> {
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let place = format!(" at line {line} column {column}");
        let message = in_words(message.strip_suffix(&place).unwrap_or(&message));
        Fault { message, line: line.max(1), column: column.max(1) }
    })
}

/// A message of serde without the words of a programming language, and with the name that was meant if an unknown one is
/// near it.
fn in_words(message: &str) -> String {
    for kind in ["invalid type: ", "invalid value: ", "invalid length "] {
        if let Some((found, expected)) = message.strip_prefix(kind).and_then(|rest| rest.rsplit_once(", expected ")) {
            let found = if kind == "invalid length " { format!("a list of {found}") } else { found_in_words(found) };
            return format!("expected {}, found {found}", expected_in_words(expected));
        }
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let hint = if message.starts_with("unknown ") { names.next().and_then(|name| nearest(name, names)) } else { None };
    hint.map_or_else(|| message.to_owned(), |hint| format!("{message}; did you mean {hint}?"))
}

fn found_in_words(found: &str) -> String {
    match found {
        "sequence" => "a list".to_owned(),
        "map" => "an object".to_owned(),
        "unit value" => "null".to_owned(),
        _ => match found.split_once(' ') {
            Some(("integer" | "boolean", value)) => value.trim_matches('`').to_owned(),
            Some(("floating", value)) => value.trim_start_matches("point ").trim_matches('`').to_owned(),
            Some(("string", value)) => value.to_owned(),
            _ => found.to_owned(),
        },
    }
}

fn expected_in_words(expected: &str) -> String {
    match expected {
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        _ => match ["an array of length ", "a tuple of size "].into_iter().find_map(|of| expected.strip_prefix(of)) {
            Some(length) => format!("a list of {length}"),
            None if expected.starts_with("struct ") => "an object".to_owned(),
            None => expected.to_owned(),
        },
    }
}

/// An object, whose names are all different.
pub(crate) struct Object(pub Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries: Vec<(String, Value)> = Vec::new();
                while let Some(entry) = map.next_entry::<String, Value>()? {
                    if entries.iter().any(|(name, _)| *name == entry.0) {
                        return Err(serde::de::Error::custom(format!("{:?} stands there twice", entry.0)));
                    }
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::{Object, read};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Form {
        width: usize,
        rate: f64,
        pair: [f64; 2],
        names: Vec<String>,
        inner: Option<Box<Form>>,
        quiet: bool,
    }

    #[test]
    fn what_is_wrong_is_told_in_plain_words() {
        let good = r#"{"width": 3, "rate": 0.5, "pair": [1, 2], "names": [], "inner": null, "quiet": true}"#;
        assert!(read::<Form>(good).is_ok());
        for (from, to, message) in [
            ("3", "\"ten\"", "expected a whole number from 0, found \"ten\""),
            ("3", "-1", "expected a whole number from 0, found -1"),
            ("3", "1.5", "expected a whole number from 0, found 1.5"),
            ("0.5", "true", "expected a number, found true"),
            ("0.5", "null", "expected a number, found null"),
            ("[1, 2]", "[1]", "expected a list of 2, found a list of 1"),
            ("[]", "{}", "expected a list, found an object"),
            ("null", "\"x\"", "expected an object, found \"x\""),
            ("true", "\"yes, expected no\"", "expected true or false, found \"yes, expected no\""),
            ("\"rate\"", "\"rat\"", "unknown field `rat`, expected one of"),
        ] {
            let fault = read::<Form>(&good.replacen(from, to, 1)).unwrap_err();
            assert!(fault.message.starts_with(message), "{}", fault.message);
        }
        let fault = read::<Form>("\n[]").unwrap_err();
        assert_eq!((fault.message.as_str(), fault.line), ("expected an object, found a list of 0", 2));
    }

    #[test]
    fn a_name_that_stands_twice_in_an_object_is_refused() {
        let fault = read::<Object>("{\"a\": 1,\n \"a\": 2}").err().unwrap();
        assert_eq!((fault.message.as_str(), fault.line), ("\"a\" stands there twice", 2));
        assert_eq!(read::<Object>("[1]").err().unwrap().message, "expected an object, found a list");
    }
}
