//! Where the words of a picture stand, and that none overlaps another.

use viz::figures::Figure;
use viz::svg::Document;
use viz::text::{Weight, width};

/// The value of an attribute in a line of SVG.
pub fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let start = line.find(&format!(" {name}=\""))? + name.len() + 3;
    Some(&line[start..start + line[start..].find('"')?])
}

pub fn numeric(line: &str, name: &str) -> Option<f64> {
    attribute(line, name)?.parse().ok()
}

/// Where a text stands: left, right, baseline, size.
pub struct Words {
    pub text: String,
    pub left: f64,
    pub right: f64,
    pub baseline: f64,
    pub size: f64,
}

/// All texts with their extents, with the anchor and the weight of the group they are in.
pub fn words(svg: &str) -> Vec<Words> {
    let mut words = Vec::new();
    let mut anchors: Vec<Option<String>> = vec![None];
    for line in svg.lines() {
        let line = line.trim_start();
        if line.starts_with("</g>") {
            anchors.pop();
        } else if line.starts_with("<g") && !line.ends_with("/>") {
            let anchor =
                attribute(line, "text-anchor").map(str::to_owned).or_else(|| anchors.last().cloned().flatten());
            anchors.push(anchor);
        } else if line.starts_with("<text") {
            let anchor =
                attribute(line, "text-anchor").map(str::to_owned).or_else(|| anchors.last().cloned().flatten());
            let size = numeric(line, "font-size").expect("a size");
            let (x, baseline) = (numeric(line, "x").expect("x"), numeric(line, "y").expect("y"));
            let bold = line.contains("font-weight=\"bold\"");
            let mut text = String::new();
            let mut inside = false;
            for character in line.chars() {
                match character {
                    '<' => inside = true,
                    '>' => inside = false,
                    character if !inside => text.push(character),
                    _ => {}
                }
            }
            let text = text
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&")
                .replace("&#39;", "'")
                .replace("&quot;", "\"");
            // Raised digits count as full ones here: this errs on the side of overlap.
            let wide = width(&text, size, if bold { Weight::Bold } else { Weight::Regular });
            let left = match anchor.as_deref() {
                Some("middle") => x - wide / 2.0,
                Some("end") => x - wide,
                _ => x,
            };
            words.push(Words { text, left, right: left + wide, baseline, size });
        }
    }
    words
}

/// No label overlaps another or leaves the canvas, on a desktop and on a phone.
#[allow(dead_code)] // Every test file has its own copy of this module.
pub fn check_labels(figure: &Figure) {
    check_words(&figure.document);
    figure.narrow.iter().for_each(check_words);
}

/// No words overlap others or leave the canvas.
pub fn check_words(document: &Document) {
    let (canvas_width, canvas_height) = document.size();
    let words: Vec<Words> = words(&document.to_string()).into_iter().filter(|words| !words.text.is_empty()).collect();
    assert!(words.len() > 3, "{}", document.name());
    for one in &words {
        let across = one.left >= 0.0 && one.right <= canvas_width;
        let down = one.baseline - one.size >= 0.0 && one.baseline + 3.0 <= canvas_height;
        assert!(across && down, "{}: “{}” leaves the canvas", document.name(), one.text);
    }
    for (index, a) in words.iter().enumerate() {
        for b in &words[index + 1..] {
            let across = a.left < b.right - 0.5 && b.left < a.right - 0.5;
            // From the baseline to the height of a capital.
            let down = a.baseline - 0.72 * a.size < b.baseline && b.baseline - 0.72 * b.size < a.baseline;
            assert!(!(across && down), "{}: “{}” and “{}” overlap", document.name(), a.text, b.text);
        }
    }
}
