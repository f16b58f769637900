//! The lines that the programs in C and the peers print: one of JSON for each network.

use crate::elbow::column;
use crate::failure::Failure;
use crate::measure::Output;
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    kernel: String,
    paradigm: String,
    width: usize,
    us_per_step: f64,
}

/// Reads what `program` printed.
pub fn read(program: &str, text: &str) -> Result<Output, Failure> {
    let mut output = Output::default();
    for line in text.lines() {
        let line: Line = serde_json::from_str(line)
            .map_err(|error| Failure::Unreadable { program: program.to_owned(), reason: error.to_string() })?;
        output.times.push((column(&line.paradigm, line.width), line.us_per_step));
        output.note = line.kernel;
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_network() {
        let text = "{\"kernel\": \"AVX-512\", \"paradigm\": \"output\", \"width\": 5, \"us_per_step\": 0.07106, \"test_mse\": 0.21}\n\
                    {\"kernel\": \"AVX-512\", \"paradigm\": \"all\", \"width\": 5, \"us_per_step\": 0.08, \"test_mse\": nan}\n";
        // A diverged network's error is no JSON; nothing in the comparison diverges.
        assert!(read("limit", text).is_err());
        let output = read("limit", &text.replace("nan", "0.1")).expect("two lines");
        assert_eq!(output.times, [("output 5".to_owned(), 0.07106), ("all 5".to_owned(), 0.08)]);
        assert_eq!(output.note, "AVX-512");
        assert!(read("limit", "hello").expect_err("no JSON").to_string().starts_with("limit printed no times"));
    }
}
