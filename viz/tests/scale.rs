//! Scales and ticks: which numbers stand along an axis, and where.

use nn::table::Quantity;
use proptest::prelude::*;
use viz::scale::{Scale, Side, extent, padded};

fn labels(scale: &Scale, spacing: f64) -> Vec<String> {
    scale.ticks(spacing).into_iter().filter_map(|tick| tick.label).collect()
}

fn linear(low: f64, high: f64, pixels: f64) -> Scale {
    Scale::linear([low, high], [0.0, pixels])
}

fn log(low: f64, high: f64, pixels: f64) -> Scale {
    Scale::log([low, high], [pixels, 0.0])
}

#[test]
fn steps_are_one_two_or_five_times_a_power_of_ten() {
    // One interval of raw size 1.3, 1.5, 3, 4, 7, 8: the borders are √2, √10 and √50.
    let step = |size: f64| {
        let ticks = linear(0.0, 10.0 * size, 800.0).ticks(80.0);
        ticks[1].value - ticks[0].value
    };
    let sizes = [1.3, 1.41, 1.42, 3.16, 3.17, 7.07, 7.08, 9.9];
    assert_eq!(sizes.map(step), [1.0, 1.0, 2.0, 2.0, 5.0, 5.0, 10.0, 10.0]);
}

#[test]
fn linear_labels() {
    assert_eq!(labels(&linear(0.0, 1.0, 560.0), 80.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"].map(with_decimal));
    assert_eq!(
        labels(&linear(-1.1, 1.2, 300.0), 35.0),
        ["−1.0", "−0.8", "−0.6", "−0.4", "−0.2", "0", "0.2", "0.4", "0.6", "0.8", "1.0", "1.2"]
    );
    assert_eq!(
        labels(&linear(0.0, 150_000.0, 560.0), 80.0),
        [
            "0",
            "20\u{a0}000",
            "40\u{a0}000",
            "60\u{a0}000",
            "80\u{a0}000",
            "100\u{a0}000",
            "120\u{a0}000",
            "140\u{a0}000"
        ]
    );
    assert_eq!(labels(&linear(0.0, 4e-9, 160.0), 80.0), ["0", "2×10⁻⁹", "4×10⁻⁹"]);
    assert_eq!(labels(&linear(0.0, 3e12, 240.0), 80.0), ["0", "1×10¹²", "2×10¹²", "3×10¹²"]);
}

fn with_decimal(label: &str) -> String {
    if label == "1" { "1.0".to_owned() } else { label.to_owned() }
}

#[test]
fn ticks_are_the_nearest_doubles() {
    let values: Vec<f64> = linear(0.0, 1.0, 1000.0).ticks(100.0).iter().map(|tick| tick.value).collect();
    assert_eq!(values, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
}

#[test]
fn log_labels_decades_and_marks_minors() {
    let scale = log(0.003, 2.0, 160.0);
    assert_eq!(labels(&scale, 35.0), ["0.01", "0.1", "1"]);
    let minors: Vec<f64> = scale.ticks(35.0).into_iter().filter(|tick| tick.label.is_none()).map(|t| t.value).collect();
    assert_eq!(minors.first().map(|v| (v * 1000.0).round()), Some(3.0));
    assert_eq!(minors.len(), 7 + 8 + 8 + 1);
    assert_eq!(
        labels(&log(1e-8, 1.0, 400.0), 35.0),
        ["10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"]
    );
    assert_eq!(labels(&log(1e-30, 1.0, 150.0), 35.0), ["10⁻³⁰", "10⁻²⁰", "10⁻¹⁰", "10⁰"]);
}

#[test]
fn log_under_one_decade_uses_the_linear_rule() {
    assert_eq!(labels(&log(0.2, 0.9, 160.0), 35.0), ["0.2", "0.4", "0.6", "0.8"]);
}

#[test]
fn values_that_are_not_positive_are_clipped_on_a_log_scale() {
    let scale = log(0.01, 1.0, 100.0);
    assert_eq!([scale.at(0.0), scale.at(-3.0), scale.at(0.01)], [100.0; 3]);
    assert_eq!(
        [scale.side(0.0), scale.side(-3.0), scale.side(0.5), scale.side(2.0)],
        [Side::Below, Side::Below, Side::Inside, Side::Above]
    );
}

#[test]
fn odd_domains_still_make_scales() {
    assert_eq!(linear(3.0, 3.0, 100.0).domain(), [1.5, 4.5]);
    assert_eq!(linear(0.0, 0.0, 100.0).domain(), [-1.0, 1.0]);
    assert_eq!(linear(f64::NAN, 2.0, 100.0).domain(), [0.0, 1.0]);
    assert_eq!(linear(2.0, -1.0, 100.0).domain(), [-1.0, 2.0]);
    assert_eq!(log(0.5, 0.5, 100.0).domain(), [0.25, 1.0]);
    assert_eq!(log(-2.0, -1.0, 100.0).domain(), [0.1, 1.0]);
    assert_eq!(log(0.0, 10.0, 100.0).domain(), [1.0, 10.0]);
}

#[test]
fn extents() {
    assert_eq!(extent([2.0, f64::INFINITY, -1.0, f64::NAN]), Some([-1.0, 2.0]));
    assert_eq!(extent([f64::NAN]), None);
    assert_eq!(padded([0.0, 10.0], 0.05), [-0.5, 10.5]);
}

/// Doubles of every size, with the odd ones.
fn any_double() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        -1e3..1e3_f64,
        (-300..300_i32).prop_map(|exponent| 10_f64.powi(exponent)),
        prop_oneof![
            Just(0.0),
            Just(f64::MAX),
            Just(f64::MIN),
            Just(f64::MIN_POSITIVE),
            Just(5e-324),
            Just(f64::INFINITY)
        ],
    ]
}

#[test]
fn many_decades_have_no_marks_between_them() {
    let ticks = log(1e65, 1e144, 1886.0).ticks(35.0);
    assert_eq!(ticks.len(), 80);
    assert_eq!(log(1e-3, 1e3, 400.0).ticks(35.0).len(), 55);
}

#[test]
fn dates_and_times_are_marked_at_round_ones() {
    let of = |quantity, from: f64, to: f64| labels(&Scale::input([from, to], quantity, [0.0, 480.0]), 80.0);
    assert_eq!(of(Quantity::Days, -7670.0, -3320.0), ["1950", "1952", "1954", "1956", "1958", "1960"]);
    assert_eq!(of(Quantity::Days, 18_262.0, 18_627.0), ["2020-01", "2020-04", "2020-07", "2020-10"]);
    assert_eq!(of(Quantity::Days, 18_687.0, 18_692.0)[..2], ["2021-03-01", "2021-03-02"]);
    assert_eq!(
        of(Quantity::Days, 18_687.5, 18_688.5),
        ["2021-03-01 12:00", "15:00", "18:00", "21:00", "03-02", "03:00", "06:00", "09:00", "12:00"]
    );
    assert_eq!(of(Quantity::Clock, 0.25, 0.75), ["06:00", "09:00", "12:00", "15:00", "18:00"]);
    assert_eq!(of(Quantity::Number, 0.0, 1.0), labels(&linear(0.0, 1.0, 480.0), 80.0));
}

proptest! {
    #[test]
    fn dates_are_few_ascend_and_lie_inside(from in -2e6..2e6_f64, digits in -7.0..6.0_f64, clock in any::<bool>()) {
        let span = 10_f64.powf(digits);
        let quantity = if clock { Quantity::Clock } else { Quantity::Days };
        let scale = Scale::input([from, from + span], quantity, [0.0, 480.0]);
        let ticks = scale.ticks(80.0);
        prop_assert!(ticks.len() <= 40, "{}", ticks.len());
        prop_assert!(ticks.windows(2).all(|pair| pair[0].value < pair[1].value));
        let [low, high] = scale.domain();
        // Days far from 1970 are not told apart more finely than that.
        let slack = (high - low) * 1e-6 + high.abs() * f64::EPSILON;
        prop_assert!(ticks.iter().all(|tick| tick.value >= low - slack && tick.value <= high + slack));
    }

    #[test]
    fn ticks_terminate_inside_the_domain_in_order(a in any_double(), b in any_double(), pixels in 1.0..2000.0_f64, is_log in any::<bool>()) {
        let scale = if is_log { log(a, b, pixels) } else { linear(a, b, pixels) };
        let [low, high] = scale.domain();
        prop_assert!(low < high);
        let ticks = scale.ticks(35.0);
        prop_assert!(ticks.len() <= 700, "{} ticks", ticks.len());
        let slack = (high / 2.0 - low / 2.0) * 1e-6;
        for pair in ticks.windows(2) {
            prop_assert!(pair[0].value < pair[1].value);
        }
        for tick in &ticks {
            prop_assert!(tick.value >= low - slack && tick.value <= high + slack);
            let at = scale.at(tick.value);
            prop_assert!(at >= -1e-3 && at <= pixels + 1e-3, "{at} of {pixels}");
        }
    }

    #[test]
    fn labels_differ_and_are_close_to_the_wanted_count(low in -1e6..1e6_f64, size in 1e-3..1e6_f64, pixels in 100.0..1000.0_f64) {
        let scale = linear(low, low + size, pixels);
        let labels = labels(&scale, 50.0);
        let mut unique = labels.clone();
        unique.dedup();
        prop_assert_eq!(&unique, &labels);
        let wanted = (pixels / 50.0).floor();
        prop_assert!((labels.len() as f64) <= wanted * 1.6 + 1.0);
        prop_assert!((labels.len() as f64) >= (wanted / 1.6).floor() - 1.0);
    }

    #[test]
    fn labels_read_back_as_their_values(low in -1e4..1e4_f64, size in 1e-4..1e4_f64) {
        for tick in linear(low, low + size, 600.0).ticks(80.0) {
            let label = tick.label.expect("linear ticks have labels").replace('\u{2212}', "-").replace('\u{a0}', "");
            prop_assert_eq!(label.parse::<f64>().expect("a number"), tick.value);
        }
    }

    #[test]
    fn scales_keep_order(a in -1e9..1e9_f64, b in -1e9..1e9_f64, low in -1e9..1e9_f64, size in 1.0..1e9_f64) {
        let scale = linear(low, low + size, 100.0);
        prop_assert!((a <= b) == (scale.at(a) <= scale.at(b)) || (scale.at(a) - scale.at(b)).abs() < 1e-9);
    }
}

#[test]
fn ranges_small_against_their_offset_are_resolved() {
    let spaced = "\u{a0}";
    for (low, high, offset) in [
        (1.7e15, 1.7e15 + 1000.0, "1 700 000 000 000 000"),
        (1e7 - 0.002, 1e7 + 0.002, "9 999 999.99"),
        (2_451_545.25, 2_451_545.75, "2 451 545"),
        (-1.7e15 - 1000.0, -1.7e15, "−1 700 000 000 001 000"),
    ] {
        let scale = linear(low, high, 500.0);
        assert_eq!(scale.offset(80.0).map(|words| words.replace(spaced, " ")).as_deref(), Some(offset));
        let ticks = scale.ticks(80.0);
        assert!(ticks.len() > 3, "{ticks:?}");
        let zero: f64 = offset.replace(' ', "").replace('−', "-").parse().unwrap();
        for tick in &ticks {
            let relative: f64 = tick.label.as_ref().unwrap().replace('−', "-").parse().unwrap();
            // A label and the offset add up to the number it stands at, to the last bit or so.
            assert!((zero + relative - tick.value).abs() <= 4.0 * f64::EPSILON * zero.abs(), "{tick:?}");
        }
        let pixels: Vec<f64> = ticks.iter().map(|tick| scale.at(tick.value)).collect();
        assert!(pixels.windows(2).all(|pair| pair[1] - pair[0] > 20.0), "{pixels:?}");
    }
    assert_eq!(linear(0.0, 1.0, 500.0).offset(80.0), None);
    assert_eq!(linear(1990.0, 2020.0, 500.0).offset(80.0), None);
}

proptest! {
    #[test]
    fn one_axis_keeps_to_one_notation(low in -1e9..1e9_f64, exponent in -12..12_i32, size in 0.1..10.0_f64) {
        let labels = labels(&linear(low, low + size * 10_f64.powi(exponent), 500.0), 80.0);
        let with_power = labels.iter().filter(|label| label.contains("×10")).count();
        let zeros = labels.iter().filter(|label| *label == "0").count();
        prop_assert!(with_power == 0 || with_power + zeros == labels.len(), "{labels:?}");
        let mut powers: Vec<&str> = labels.iter().filter_map(|label| label.split("×10").nth(1)).collect();
        powers.dedup();
        prop_assert!(powers.len() <= 1, "{labels:?}");
    }
}
