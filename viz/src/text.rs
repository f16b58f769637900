//! How wide text is, how it wraps, and how labels make room for each other.
//!
//! Widths come from the advance widths of Liberation Sans, which has the metrics of Arial and Helvetica; the figures ask
//! for these families. A picture is laid out once, without a browser's help, so the widths must be known here.

/// The font families the figures ask for; all have the widths below.
pub const FAMILY: &str = "Liberation Sans, Arial, Helvetica, sans-serif";

/// Size of the numbers along an axis, in pixels.
pub const TICK: f64 = 12.0;
/// Size of axis titles and of labels at curves.
pub const LABEL: f64 = 13.0;
/// Size of titles, which are bold.
pub const TITLE: f64 = 15.0;
/// Raised and lowered digits, as a fraction of the size of the text they belong to.
pub const SMALL: f64 = 0.72;
/// Distance between the baselines of direct labels.
pub const LABEL_STEP: f64 = 14.0;

/// Advance widths of the characters from space to `~`, regular face, in thousandths of the font size.
const REGULAR: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];

/// The same for the bold face.
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
];

/// Signs beyond ASCII: the character, its advance in the regular face, and in the bold one.
const SIGNS: &[(char, u16, u16)] = &[
    ('\u{a0}', 278, 278),
    ('·', 278, 278),
    ('×', 584, 584),
    ('±', 549, 549),
    ('µ', 576, 576),
    ('°', 400, 400),
    ('Φ', 798, 821),
    ('Δ', 668, 719),
    ('Σ', 618, 600),
    ('λ', 500, 556),
    ('γ', 500, 556),
    ('θ', 556, 541),
    ('σ', 617, 684),
    ('∂', 494, 494),
    ('≤', 549, 549),
    ('≥', 549, 549),
    ('≈', 549, 549),
    ('\u{2212}', 584, 584),
    ('∞', 713, 713),
    ('√', 549, 549),
    ('→', 1000, 1000),
    ('←', 1000, 1000),
    ('↑', 500, 500),
    ('↓', 500, 500),
    ('–', 556, 556),
    ('—', 1000, 1000),
    ('…', 1000, 1000),
    ('’', 222, 278),
    ('‘', 222, 278),
    ('“', 333, 500),
    ('”', 333, 500),
    ('ŷ', 500, 556),
    ('ℓ', 323, 489),
    ('′', 188, 240),
    ('▲', 990, 990),
    ('▼', 990, 990),
    ('●', 604, 604),
    ('○', 604, 604),
    ('½', 834, 834),
    ('¼', 834, 834),
    ('¾', 834, 834),
    ('ε', 446, 500),
    ('δ', 557, 611),
    ('∘', 626, 700),
    ('⊘', 838, 900),
    ('‖', 500, 560),
    ('𝟏', 696, 696),
];

/// The width of a character that is in no table: that of a capital, so that labels rather have room to spare.
const UNKNOWN: u16 = 700;

/// The weight of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Ticks, axis titles, labels.
    Regular,
    /// Titles.
    Bold,
}

/// Whether a piece of text stands on the line, above it or below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// On the line.
    Base,
    /// A superscript.
    Raised,
    /// A subscript.
    Lowered,
}

/// Splits text into runs of one level, with superscript and subscript digits replaced by ordinary ones.
///
/// ```
/// use viz::text::{Level, runs};
/// assert_eq!(runs("10⁻²"), [(Level::Base, "10".to_owned()), (Level::Raised, "−2".to_owned())]);
/// ```
pub fn runs(text: &str) -> Vec<(Level, String)> {
    let mut runs: Vec<(Level, String)> = Vec::new();
    for character in text.chars() {
        let (level, character) = level(character);
        match runs.last_mut() {
            Some((last, run)) if *last == level => run.push(character),
            _ => runs.push((level, character.to_string())),
        }
    }
    runs
}

/// Whether a character is written raised or lowered.
pub(crate) fn is_small(character: char) -> bool {
    level(character).0 != Level::Base
}

fn level(character: char) -> (Level, char) {
    match character {
        '⁰' => (Level::Raised, '0'),
        '¹' => (Level::Raised, '1'),
        '²' => (Level::Raised, '2'),
        '³' => (Level::Raised, '3'),
        '⁴'..='⁹' => (Level::Raised, digit(character, '⁴', 4)),
        '⁻' => (Level::Raised, '\u{2212}'),
        // Hardly any font has this one.
        'ᵀ' => (Level::Raised, 'T'),
        '₀'..='₉' => (Level::Lowered, digit(character, '₀', 0)),
        '₋' => (Level::Lowered, '\u{2212}'),
        other => (Level::Base, other),
    }
}

fn digit(character: char, first: char, value: u32) -> char {
    char::from_digit(character as u32 - first as u32 + value, 10).unwrap_or(character)
}

/// Writes an integer in raised digits, for powers: `superscript(-5)` is `⁻⁵`.
pub fn superscript(value: i32) -> String {
    value
        .to_string()
        .chars()
        .map(|character| match character {
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '-' => '⁻',
            digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
        })
        .collect()
}

impl Weight {
    /// How much more room than its width words are given: a reader who has none of the families sees a wider one.
    pub const fn spare(self) -> f64 {
        match self {
            Self::Regular => 1.15,
            Self::Bold => 1.22,
        }
    }
}

/// The width of a text in pixels.
///
/// ```
/// use viz::text::{Weight, width};
/// assert_eq!(width("0", 10.0, Weight::Regular), 5.56);
/// ```
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    text.chars()
        .map(|character| {
            let (level, character) = level(character);
            let scale = if level == Level::Base { 1.0 } else { SMALL };
            f64::from(advance(character, weight)) * scale
        })
        .sum::<f64>()
        * size
        / 1000.0
}

fn advance(character: char, weight: Weight) -> u16 {
    let table = match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &BOLD,
    };
    let index = (character as usize).wrapping_sub(' ' as usize);
    if let Some(&advance) = table.get(index) {
        return advance;
    }
    SIGNS.iter().find(|(sign, _, _)| *sign == character).map_or(UNKNOWN, |&(_, regular, bold)| match weight {
        Weight::Regular => regular,
        Weight::Bold => bold,
    })
}

/// Breaks text at spaces into lines no wider than `room`; a single word that is wider keeps a line of its own, cut with
/// an ellipsis.
pub fn wrap(text: &str, size: f64, weight: Weight, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer, size, weight) <= room {
            line = longer;
        } else {
            if !line.is_empty() {
                lines.push(line);
            }
            line = cut(word, size, weight, room);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Cuts text to a width, with an ellipsis where something is missing.
pub fn cut(text: &str, size: f64, weight: Weight, room: f64) -> String {
    if width(text, size, weight) <= room {
        return text.to_owned();
    }
    let room = room - width("…", size, weight);
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if width(&kept, size, weight) > room {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

/// Moves positions apart so that neighbours are at least `step` from each other and all lie in `low..=high`, each as
/// near to where it wants to be as its neighbours allow (the sum of squared moves is smallest). The order of the results
/// is the order of the wishes. If there is no room for all, the step shrinks until there is.
///
/// ```
/// use viz::text::push_apart;
/// assert_eq!(push_apart(&[50.0, 50.0, 10.0], 14.0, 0.0, 100.0), [43.0, 57.0, 10.0]);
/// ```
pub fn push_apart(wishes: &[f64], step: f64, low: f64, high: f64) -> Vec<f64> {
    let count = wishes.len();
    if count == 0 {
        return Vec::new();
    }
    let step = if count > 1 { step.min((high - low).max(0.0) / (count - 1) as f64) } else { step };
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| wishes[a].total_cmp(&wishes[b]).then(a.cmp(&b)));
    // With the distance already due taken off each wish, the problem is to find the nearest sequence that never falls:
    // neighbours that would cross are merged into blocks that share their mean.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (rank, &index) in order.iter().enumerate() {
        blocks.push((wishes[index] - rank as f64 * step, 1));
        while let [.., (before, m), (after, n)] = blocks[..] {
            if before <= after {
                break;
            }
            let merged = (before * m as f64 + after * n as f64) / (m + n) as f64;
            blocks.truncate(blocks.len() - 2);
            blocks.push((merged, m + n));
        }
    }
    let last = high - (count - 1) as f64 * step;
    let mut placed = vec![0.0; count];
    let mut rank = 0;
    for (mean, members) in blocks {
        for _ in 0..members {
            placed[order[rank]] = mean.min(last).max(low) + rank as f64 * step;
            rank += 1;
        }
    }
    placed
}

/// A whole number with a no-break space between thousands: `150 000`. Of any type, because a `usize` of WebAssembly does
/// not hold all steps and microseconds.
pub fn thousands(value: impl TryInto<u64>) -> String {
    let digits = value.try_into().unwrap_or(u64::MAX).to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && digits.len() > 4 {
            grouped.push('\u{a0}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number in two significant digits for titles, labels and tables, with a true minus sign: `0.0062`, `−1.5`, `43 000`, `3.1×10⁻⁷`.
pub fn short(value: f64) -> String {
    significant(value, 2)
}

/// A number in a given count of significant digits, with a true minus sign.
pub fn significant(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "not a number".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "\u{2212}∞" }.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    // The exponent after rounding, so that 0.0999 in two digits is 0.10.
    let scientific = format!("{:.*e}", digits.saturating_sub(1), value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if value < 0.0 { "\u{2212}" } else { "" };
    if exponent == 4 && digits <= 5 {
        let rounded: f64 = scientific.parse().unwrap_or(value.abs());
        format!("{sign}{}", thousands(rounded as u64))
    } else if (-4..=4).contains(&exponent) {
        let decimals = usize::try_from(i32::try_from(digits).unwrap_or(15) - 1 - exponent).unwrap_or(0);
        format!("{sign}{:.*}", decimals, value.abs())
    } else {
        format!("{sign}{mantissa}×10{}", superscript(exponent))
    }
}
