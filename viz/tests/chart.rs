//! One layout for every chart: whatever is drawn, at whatever width, no words overlap, nothing leaves the canvas, no line
//! runs through words, and every axis has a title.

use proptest::prelude::*;
use viz::chart::{Axis, Chart, Glyph, Mark, NARROW, Panel, WIDE};
use viz::palette::Role;
use viz::svg::Document;

mod labels;
use labels::{attribute, check_words, words};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("x".to_owned()),
        Just("Deaths".to_owned()),
        Just("mean temperature (°C)".to_owned()),
        Just("CO₂ in µmol/mol".to_owned()),
        Just("anunreasonablylongcolumnnamewithoutanyspaceinit".to_owned()),
        "[a-z°₂µ ]{1,24}".prop_map(|name| format!("n{name}")),
    ]
}

/// Ranges of any size, around any offset.
fn range() -> impl Strategy<Value = [f64; 2]> {
    prop_oneof![
        (-1e3..1e3_f64, 1e-3..1e3_f64).prop_map(|(low, size)| [low, low + size]),
        (1e9..2e9_f64, 1.0..100.0_f64).prop_map(|(low, size)| [low, low + size]),
        (-300..300_i32).prop_map(|exponent| [0.0, 10_f64.powi(exponent)]),
        (1e14..2e15_f64).prop_map(|low| [low, low + 100.0]),
        Just([1e7 - 0.002, 1e7 + 0.002]),
        Just([5.0, 5.0]),
    ]
}

fn panel() -> impl Strategy<Value = Panel> {
    let lines = prop::collection::vec((prop::collection::vec(0.0..1.0_f64, 1..12), prop::option::of(name())), 0..9);
    (name(), name(), name(), range(), range(), lines, prop::option::of(name()), 0_u8..3).prop_map(
        |(heading, x_name, y_name, x, y, lines, rule, kind)| {
            let [x_axis, y_axis] = match kind {
                0 => [Axis::linear(x_name, x), Axis::linear(y_name, y)],
                1 => [Axis::log(x_name, x), Axis::log(y_name, y)],
                _ => [Axis::steps(x[1]), Axis::linear(y_name, y)],
            };
            let at = |range: [f64; 2], part: f64| range[0] + part * (range[1] - range[0]);
            let mut marks: Vec<Mark> = Vec::new();
            for (index, (heights, label)) in lines.into_iter().enumerate() {
                let last = (heights.len() - 1).max(1) as f64;
                let points: Vec<[f64; 2]> =
                    (0..).zip(heights).map(|(k, height)| [at(x, f64::from(k) / last), at(y, height)]).collect();
                marks.push(Mark::dots(points.clone(), Glyph::Disc, 3.0, Role::Series(index)));
                let line = Mark::line(points, Role::Series(index));
                marks.push(if let Some(label) = label { line.labelled(label) } else { line });
            }
            if let Some(words) = rule {
                marks.push(Mark::rule_x(at(x, 0.02), Role::Ink).labelled(format!("at the left: {words}")));
                marks.push(Mark::rule_x(at(x, 0.1), Role::Ink).labelled(words));
            }
            Panel::new(heading, x_axis, y_axis, marks)
        },
    )
}

/// The corners of every line among the marks.
fn segments(svg: &str) -> Vec<[[f64; 2]; 2]> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let is_mark = |node: &roxmltree::Node| node.ancestors().any(|part| part.attribute("class") == Some("marks"));
    let lines = document.descendants().filter(|node| node.has_tag_name("polyline") && is_mark(node));
    lines
        .flat_map(|line| {
            let pairs = line.attribute("points").unwrap().split(' ').map(|pair| pair.split_once(',').unwrap());
            let points: Vec<[f64; 2]> = pairs.map(|(x, y)| [x.parse().unwrap(), y.parse().unwrap()]).collect();
            points.windows(2).map(|pair| [pair[0], pair[1]]).collect::<Vec<_>>()
        })
        .collect()
}

fn check(document: &Document, panels: usize) {
    let svg = document.to_string();
    check_words(document);
    let words = words(&svg);
    for [[x0, y0], [x1, y1]] in segments(&svg) {
        for words in &words {
            // Sampled densely: a line that crosses words is inside them for more than a pixel.
            let steps = (x1 - x0).abs().max((y1 - y0).abs()).ceil().max(1.0) as usize;
            let is_inside = |k: usize| {
                let part = k as f64 / steps as f64;
                let (x, y) = (x0 + part * (x1 - x0), y0 + part * (y1 - y0));
                x > words.left && x < words.right && y > words.baseline - 0.7 * words.size && y < words.baseline
            };
            assert!(!(0..=steps).any(is_inside), "a line runs through “{}” in\n{svg}", words.text);
        }
    }
    // Along each panel stand an arrow to the right and one upwards.
    let arrows = |sign: &str| words.iter().filter(|words| words.text.ends_with(sign)).count();
    assert!(arrows("→") >= panels && arrows("↑") >= panels, "{svg}");
    let (width, _) = document.size();
    for line in svg.lines().filter(|line| line.contains("<circle")) {
        let x: f64 = attribute(line, "cx").unwrap().parse().unwrap();
        assert!((0.0..=width).contains(&x));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn words_have_room_in_any_chart(
        panels in prop::collection::vec(panel(), 1..=12),
        claim in name(),
        note in prop::option::of(name()),
        columns in 1_usize..=4,
    ) {
        let count = panels.len();
        let chart = Chart { panels, note: note.unwrap_or_default(), columns, ..Chart::new("chart", claim) };
        for width in [WIDE, NARROW] {
            check(&chart.layout(width), count);
        }
    }
}

#[test]
fn on_a_phone_panels_stand_below_each_other() {
    let panel = |heading: &str| {
        let line = Mark::line(vec![[0.0, 0.0], [1.0, 1.0]], Role::Prediction).labelled("line");
        Panel::new(heading, Axis::linear("x", [0.0, 1.0]), Axis::linear("y", [0.0, 1.0]), vec![line])
    };
    let chart = Chart { panels: vec![panel("one"), panel("two")], ..Chart::new("chart", "Two panels") };
    let place = |document: &Document, heading: &str| {
        let words = words(&document.to_string());
        words.iter().find(|words| words.text == heading).map(|words| [words.left, words.baseline, words.size]).unwrap()
    };
    let (wide, narrow) = (chart.layout(WIDE), chart.layout(NARROW));
    assert_eq!(place(&wide, "one")[1], place(&wide, "two")[1]);
    assert_eq!(place(&narrow, "one")[0], place(&narrow, "two")[0]);
    assert!(place(&narrow, "two")[1] > place(&narrow, "one")[1] + 200.0);
    assert_eq!(place(&wide, "one")[2], place(&narrow, "one")[2], "words keep their size");
}

#[test]
fn a_label_goes_to_the_key_where_its_line_ends_elsewhere() {
    let short = Mark::line(vec![[0.0, 0.0], [0.1, 1.0]], Role::Prediction).labelled("short");
    let long = Mark::line(vec![[0.0, 0.0], [1.0, 0.5]], Role::Gradient).labelled("long");
    let panel = Panel::new("", Axis::linear("x", [0.0, 1.0]), Axis::linear("y", [0.0, 1.0]), vec![short, long]);
    let document = Chart { panels: vec![panel], ..Chart::new("chart", "Lines") }.layout(WIDE);
    let words = words(&document.to_string());
    let left = |text: &str| words.iter().find(|words| words.text == text).unwrap().left;
    assert!(left("short") < 100.0 && left("long") > 800.0);
}

#[test]
fn on_a_phone_long_labels_leave_their_room_to_the_lines() {
    let left = |label: &str, width: f64| {
        let line = Mark::line(vec![[0.0, 0.0], [1.0, 1.0]], Role::Prediction).labelled(label);
        let panel = Panel::new("", Axis::linear("x", [0.0, 1.0]), Axis::linear("y", [0.0, 1.0]), vec![line]);
        let document = Chart { panels: vec![panel], ..Chart::new("chart", "A line") }.layout(width);
        words(&document.to_string()).iter().find(|words| words.text == label).unwrap().left
    };
    assert!(left("test", NARROW) > 250.0 && left("momentum", WIDE) > 800.0);
    assert!(left("momentum", NARROW) < 100.0, "in the key");
}

#[test]
fn on_a_phone_long_names_of_rows_stand_above_their_rows() {
    let names = || ["width 10, output layer only", "width 10, all layers"].map(str::to_owned);
    let marks = || (0..2).map(|row| Mark::dots(vec![[0.5, f64::from(row)]], Glyph::Disc, 4.0, Role::Series(0)));
    let panel = Panel::new("", Axis::linear("error", [0.0, 1.0]), Axis::names("", names()), marks().collect());
    let chart = Chart { panels: vec![panel], height: 50.0, ..Chart::new("chart", "Two rows") };
    let name = |width: f64| {
        let words = words(&chart.layout(width).to_string());
        words
            .iter()
            .filter(|words| words.text.starts_with("width"))
            .map(|words| [words.left, words.baseline])
            .collect::<Vec<_>>()
    };
    let [wide, narrow] = [WIDE, NARROW].map(name);
    assert!(wide[1][1] - wide[0][1] < 30.0 && narrow[1][1] - narrow[0][1] > 30.0, "{wide:?} {narrow:?}");
    assert_eq!(narrow[0][0], narrow[1][0], "they begin at the axis");
    check_words(&chart.layout(NARROW));
}
