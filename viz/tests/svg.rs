//! The SVG writer: escaping, numbers, ids, the shape of a document; and the colours.

use proptest::prelude::*;
use viz::palette::{self, Role};
use viz::svg::{Document, Element, escape, number, points};

#[test]
fn numbers_have_two_decimals_at_most_and_no_negative_zero() {
    let written = [0.0, -0.0, -0.004, 1.005, 2.5, 100.0, -12.345, 1e9, f64::NAN, f64::INFINITY].map(number);
    assert_eq!(written, ["0", "0", "0", "1", "2.5", "100", "-12.35", "1000000000", "0", "0"]);
    assert_eq!(points(&[[1.0, 2.0], [3.5, -0.001]]), "1,2 3.5,0");
}

#[test]
fn whatever_comes_from_users_is_escaped() {
    let hostile = "</title><script>alert('1')</script>\u{0}\u{1b} & \"x\" ]]>\nü";
    let document = Document::new(hostile, 640.0, 400.0).titled(hostile).described(hostile);
    let mut document = document;
    document.push(Element::text([0.0, 0.0], 12.0, hostile).set("data-name", hostile).class(hostile));
    let text = document.to_string();
    assert!(!text.contains("<script") && !text.contains('\u{0}') && !text.contains('\u{1b}'));
    assert!(text.contains("&lt;script&gt;alert(&#39;1&#39;)"));
    assert_eq!(document.name(), "title-script-alert-1-script-x");
    assert_eq!(text.matches("&quot;x&quot;").count(), 5);
}

#[test]
fn a_document_is_an_image_with_words() {
    let mut document = Document::new("Errors, width 10", 640.0, 160.0).titled("T").described("D");
    document.push(Element::group());
    document.push(Element::group().with(Element::line([0.0, 1.0], [2.0, 3.0]).stroke(Role::Truth, 1.5)));
    document.push(Element::text([4.0, 5.0], 10.0, "10⁻² s"));
    insta::assert_snapshot!(document.to_string());
}

proptest! {
    #[test]
    fn escaped_text_has_no_markup(text in any::<String>()) {
        let escaped = escape(&text);
        prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
        prop_assert!(!escaped.chars().any(char::is_control));
    }
}

/// Relative luminance by WCAG 2.
fn luminance(colour: &str) -> f64 {
    let channel = |index: usize| {
        let value =
            f64::from(u8::from_str_radix(&colour[index..index + 2], 16).expect("two hexadecimal digits")) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn lines_and_text_can_be_seen_on_white_and_on_a_dark_page() {
    let series = (0..5).map(Role::Series);
    let units = (0..=255).map(Role::Unit);
    let lines = [Role::Axis, Role::Truth, Role::Prediction, Role::Gradient, Role::Positive, Role::Negative];
    for role in lines.into_iter().chain(series).chain(units) {
        for (colour, paper) in [(role.light(), Role::Background.light()), (role.dark(), Role::Background.dark())] {
            assert!(contrast(&colour, &paper) >= 3.0, "{role:?}: {colour} on {paper}");
        }
    }
    for role in [Role::Ink, Role::Muted] {
        for (colour, paper) in [(role.light(), Role::Background.light()), (role.dark(), Role::Background.dark())] {
            assert!(contrast(&colour, &paper) >= 4.5, "{role:?}: {colour} on {paper}");
        }
    }
}

#[test]
fn units_are_coloured_by_their_elbow() {
    assert_eq!(palette::unit(0.0, [0.0, 1.0]), Role::Unit(0));
    assert_eq!(palette::unit(1.5, [0.0, 1.0]), Role::Unit(255));
    assert_eq!(palette::unit(f64::NAN, [0.0, 1.0]), Role::Unit(128));
    assert_eq!(Role::Unit(0).light(), "#6753d4");
    assert_eq!(Role::Unit(255).light(), "#c77e00");
}

#[test]
fn every_class_of_a_figure_has_its_rule() {
    let css = palette::css();
    assert!(css.contains(".s-prediction { stroke: var(--prediction); }"));
    assert!(css.contains("--prediction: #0072b2;") && css.contains("--prediction: #56b4e9;"));
    assert_eq!(css.matches('{').count(), css.matches('}').count());
}
