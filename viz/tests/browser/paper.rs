//! On paper: few pages, none half empty, and no heading parted from its figure.

use std::process::Command;

use nn::settings::Settings;
use roxmltree::{Document, ParsingOptions};
use scraper::{ElementRef, Html, Selector};

use crate::{browser, pages, program, run};

/// The most pages of a handout.
const MOST: usize = 11;
/// How far down a page must be filled, as a part of its height; the last may end anywhere.
const FILLED: f64 = 0.5;

/// A sheet: its words in a row, and how far down they reach as a part of its height.
struct Sheet {
    words: String,
    filled: f64,
}

fn sheets(text: &str) -> Vec<Sheet> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).unwrap();
    let number = |node: &roxmltree::Node, name: &str| -> f64 { node.attribute(name).unwrap().parse().unwrap() };
    let pages = document.descendants().filter(|node| node.has_tag_name("page"));
    pages
        .map(|page| {
            let words: Vec<roxmltree::Node> = page.descendants().filter(|node| node.has_tag_name("word")).collect();
            Sheet {
                words: words.iter().filter_map(roxmltree::Node::text).collect::<Vec<_>>().join(" "),
                filled: words.iter().map(|word| number(word, "yMax")).fold(0.0, f64::max) / number(&page, "height"),
            }
        })
        .collect()
}

/// Each figure's title and the heading that stands before it, by their first words.
fn headed(page: &str) -> Vec<(String, String)> {
    let page = Html::parse_document(page);
    let first = |element: ElementRef| {
        let text: String = element.text().collect();
        let plain = |word: &&str| word.chars().all(|c| c.is_alphanumeric() || ",:".contains(c)) && word.is_ascii();
        text.split_whitespace().take_while(plain).take(5).collect::<Vec<_>>().join(" ")
    };
    let parts = Selector::parse("h2, h3, figure svg > title").unwrap();
    let mut headed = Vec::new();
    let mut heading = None;
    for part in page.select(&parts) {
        if part.value().name() != "title" {
            heading = Some(first(part));
        } else if let Some(heading) = heading.take() {
            headed.push((heading, first(part)));
        }
    }
    headed
}

#[test]
fn handouts_are_short_and_keep_together() {
    let (Some(browser), Some(words)) = (browser(), program(&["pdftotext"])) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut together = 0;
    for (name, html) in pages(&Settings::default()) {
        let [page, paper] = ["html", "pdf"].map(|kind| folder.path().join(format!("{name}.{kind}")));
        std::fs::write(&page, &html).unwrap();
        let (to, from) = (format!("--print-to-pdf={}", paper.display()), format!("file://{}", page.display()));
        run(&browser, &["--no-pdf-header-footer", &to, &from]);
        let text = Command::new(&words).arg("-bbox").arg(&paper).arg("-").output().unwrap();
        let sheets = sheets(&String::from_utf8(text.stdout).unwrap());
        assert!((2..=MOST).contains(&sheets.len()), "{name} has {} pages", sheets.len());
        for (place, sheet) in sheets[..sheets.len() - 1].iter().enumerate() {
            assert!(sheet.filled > FILLED, "page {} of {name} ends at {:.2} of its height", place + 1, sheet.filled);
        }
        for (heading, title) in headed(&html).iter().filter(|(heading, title)| heading.len() > 5 && title.len() > 5) {
            let on = |words: &str| -> Vec<usize> {
                (1..).zip(&sheets).filter(|(_, sheet)| sheet.words.contains(words)).map(|(page, _)| page).collect()
            };
            let (above, figure) = (on(heading), on(title));
            if above.is_empty() || figure.is_empty() {
                continue; // Not on paper.
            }
            let is_together = figure.iter().any(|page| above.contains(page));
            assert!(is_together, "{name}: “{heading}” is on page {above:?}, its figure “{title}” on {figure:?}");
            together += 1;
        }
    }
    assert!(together > 10, "only {together} figures were found");
}
