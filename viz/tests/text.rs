//! Widths, wrapping, numbers in words, and labels that make room for each other.

use proptest::prelude::*;
use viz::text::{Weight, cut, push_apart, short, significant, superscript, thousands, width, wrap};

#[test]
fn widths_are_sums_of_advances() {
    // A = 667, V = 667, i = 222, minus = 584 thousandths; raised digits are smaller.
    assert!((width("AVi−", 10.0, Weight::Regular) - 21.4).abs() < 1e-9);
    assert!((width("i", 10.0, Weight::Bold) - 2.78).abs() < 1e-9);
    assert!((width("10⁻²", 10.0, Weight::Regular) - (11.12 + 0.72 * (5.84 + 5.56))).abs() < 1e-9);
    assert!((width("w₁", 10.0, Weight::Regular) - (7.22 + 0.72 * 5.56)).abs() < 1e-9);
}

#[test]
fn wrapping_keeps_words_and_cuts_what_cannot_be_kept() {
    let lines = wrap("All elbows move when all layers are trained", 15.0, Weight::Bold, 170.0);
    assert_eq!(lines, ["All elbows move when", "all layers are trained"]);
    assert_eq!(wrap("  ", 12.0, Weight::Regular, 50.0), Vec::<String>::new());
    assert_eq!(wrap("abcdefghijklmnop q", 12.0, Weight::Regular, 40.0), ["abcd…", "q"]);
    assert_eq!(cut("short", 12.0, Weight::Regular, 100.0), "short");
}

#[test]
fn numbers_in_words() {
    assert_eq!(
        [1.0, 0.00617, 0.0999, -1.46, 123.4, 1e-7, 3.14e9].map(short),
        ["1.0", "0.0062", "0.10", "−1.5", "123", "1.0×10⁻⁷", "3.1×10⁹"]
    );
    assert_eq!(significant(0.012345, 3), "0.0123");
    assert_eq!([0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(short), ["0", "∞", "−∞", "not a number"]);
    assert_eq!(
        [0, 999, 1000, 15_000, 150_000, 1_234_567].map(thousands),
        ["0", "999", "1000", "15\u{a0}000", "150\u{a0}000", "1\u{a0}234\u{a0}567"]
    );
    assert_eq!(superscript(-120), "⁻¹²⁰");
}

#[test]
fn labels_move_as_little_as_they_can() {
    assert_eq!(push_apart(&[], 14.0, 0.0, 100.0), Vec::<f64>::new());
    assert_eq!(push_apart(&[30.0, 60.0], 14.0, 0.0, 100.0), [30.0, 60.0]);
    assert_eq!(push_apart(&[60.0, 60.0], 14.0, 0.0, 100.0), [53.0, 67.0]);
    assert_eq!(push_apart(&[99.0, 98.0], 14.0, 0.0, 100.0), [100.0, 86.0]);
    assert_eq!(push_apart(&[5.0, 5.0, 5.0], 14.0, 0.0, 20.0), [0.0, 10.0, 20.0]);
}

proptest! {
    #[test]
    fn labels_end_up_apart_and_inside(wishes in prop::collection::vec(-50.0..450.0_f64, 1..20)) {
        let mut placed = push_apart(&wishes, 14.0, 0.0, 400.0);
        placed.sort_by(f64::total_cmp);
        for pair in placed.windows(2) {
            prop_assert!(pair[1] - pair[0] >= 14.0 - 1e-9);
        }
        prop_assert!(placed[0] >= 0.0 && placed[placed.len() - 1] <= 400.0 + 1e-9);
    }

    #[test]
    fn wrapped_lines_fit(text in "[a-zA-Z ,.0-9]{0,200}", room in 60.0..400.0_f64) {
        for line in wrap(&text, 15.0, Weight::Bold, room) {
            prop_assert!(width(&line, 15.0, Weight::Bold) <= room);
        }
    }
}
