//! From numbers to pixels, and which numbers to write along an axis.
//!
//! Tick steps are 1, 2 or 5 times a power of ten; a tick is computed as an integer times the step (or divided by a power of
//! ten), so 0.30000000000000004 never shows. Whatever the range — of zero width, tiny, huge, not finite — a scale exists,
//! its ticks are few, and computing them terminates.

use std::f64::consts::SQRT_2;

use nn::table::Quantity;

use crate::dates;
use crate::text;

/// A number to mark along an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The number.
    pub value: f64,
    /// How it is written; minor ticks have no label.
    pub label: Option<String>,
}

/// On which side of a scale's domain a number lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Below the domain, or not positive on a log scale.
    Below,
    /// Inside.
    Inside,
    /// Above the domain.
    Above,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Linear,
    /// Linear, of days since 1970-01-01.
    Dates,
    /// Linear, of days since midnight.
    Clock,
    Log,
    /// Linear from 0 to a number, on [`EARLY`] of the range, and logarithmic from there.
    Time {
        first: f64,
    },
}

/// The share of a time scale that the stretch before its logarithmic part takes.
const EARLY: f64 = 0.09;

/// A map from a domain of numbers to a range of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    kind: Kind,
    domain: [f64; 2],
    range: [f64; 2],
}

/// Numbers beyond this are not told apart, so that differences stay finite.
const HUGE: f64 = 1e300;
/// A linear domain narrower than this part of its numbers is widened: doubles tell little more apart.
const FINEST: f64 = 1e-13;
/// The most digits of a number along an axis; with more, numbers are relative to an offset.
const MOST_DIGITS: usize = 7;
/// With more decades than these, marks between powers of ten would run together.
const MOST_DIVIDED: f64 = 24.0;
/// The smallest positive number on a log scale.
const TINY: f64 = 1e-300;

impl Scale {
    /// A linear scale. A domain of (nearly) zero width is widened around its middle, and one that is not finite becomes
    /// 0 to 1.
    pub fn linear(domain: [f64; 2], range: [f64; 2]) -> Self {
        let [low, high] = ordered(domain, [0.0, 1.0]).map(|end| end.clamp(-HUGE, HUGE));
        let size = low.abs().max(high.abs());
        let domain = if high - low > (size * FINEST).max(TINY) {
            [low, high]
        } else if size <= TINY {
            [-1.0, 1.0]
        } else {
            let middle = low / 2.0 + high / 2.0;
            [middle - size / 2.0, middle + size / 2.0]
        };
        Self { kind: Kind::Linear, domain, range }
    }

    /// A linear scale for inputs of a kind: numbers, dates or times of day.
    pub fn input(domain: [f64; 2], quantity: Quantity, range: [f64; 2]) -> Self {
        let kind = match quantity {
            Quantity::Number => Kind::Linear,
            Quantity::Days => Kind::Dates,
            Quantity::Clock => Kind::Clock,
        };
        Self { kind, ..Self::linear(domain, range) }
    }

    /// A scale on which equal factors take equal room. Only the positive part of the domain counts; if there is none, it
    /// becomes 0.1 to 1. A domain of (nearly) zero width is widened by a factor of 2 each way.
    pub fn log(domain: [f64; 2], range: [f64; 2]) -> Self {
        let [low, high] = ordered(domain, [0.1, 1.0]);
        let high = if high > 0.0 { high.clamp(TINY, HUGE) } else { 1.0 };
        let low = if low > 0.0 { low.clamp(TINY, high) } else { high / 10.0 };
        let domain = if high / low > 1.0 + 1e-9 { [low, high] } else { [low / 2.0, high * 2.0] };
        Self { kind: Kind::Log, domain, range }
    }

    /// A scale for steps of training, on which most happens early: the start and the stretch to the `first` regularly saved
    /// step take a small fixed share, and from there equal factors take equal room. If there is nothing after `first`, the
    /// scale is linear.
    pub fn time(first: f64, last: f64, range: [f64; 2]) -> Self {
        let last = if last.is_finite() { last.clamp(1.0, HUGE) } else { 1.0 };
        let kind = if first >= 1.0 && last / first >= 2.0 { Kind::Time { first } } else { Kind::Linear };
        Self { kind, domain: [0.0, last], range }
    }

    /// The domain, after widening.
    pub fn domain(&self) -> [f64; 2] {
        self.domain
    }

    /// The range in pixels.
    pub fn range(&self) -> [f64; 2] {
        self.range
    }

    /// The same scale over another range.
    #[must_use]
    pub fn over(self, range: [f64; 2]) -> Self {
        Self { range, ..self }
    }

    /// Whether the scale is logarithmic.
    pub fn is_log(&self) -> bool {
        self.kind == Kind::Log
    }

    /// The pixel of a number, also outside the range. On a log scale, what is not positive has the pixel of the lower end.
    pub fn at(&self, value: f64) -> f64 {
        let [low, high] = self.domain;
        let part = match self.kind {
            Kind::Linear | Kind::Dates | Kind::Clock => {
                let value = value.clamp(-HUGE, HUGE);
                (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0)
            }
            Kind::Log if value > 0.0 => (log(value.min(HUGE)) - log(low)) / (log(high) - log(low)),
            Kind::Log => 0.0,
            Kind::Time { first } if value <= first => EARLY * value.max(-HUGE) / first,
            Kind::Time { first } => EARLY + (1.0 - EARLY) * log(value.min(HUGE) / first) / log(high / first),
        };
        // A part far outside would only spoil the arithmetic of clipping.
        self.range[0] + part.clamp(-1e6, 1e6) * (self.range[1] - self.range[0])
    }

    /// On which side of the domain a number lies; NaN lies below.
    pub fn side(&self, value: f64) -> Side {
        let [low, high] = self.domain;
        let slack = match self.kind {
            Kind::Linear | Kind::Dates | Kind::Clock | Kind::Time { .. } => (high / 2.0 - low / 2.0) * 1e-9,
            Kind::Log => low * 1e-9 + high * 1e-12,
        };
        if value > high + slack {
            Side::Above
        } else if value >= low - slack {
            Side::Inside
        } else {
            Side::Below
        }
    }

    /// The marks along the axis, about one for each `spacing` pixels, from the lower end of the domain to the upper.
    ///
    /// ```
    /// use viz::scale::Scale;
    /// let labels = |scale: Scale, spacing| -> Vec<String> {
    ///     scale.ticks(spacing).into_iter().filter_map(|tick| tick.label).collect()
    /// };
    /// assert_eq!(labels(Scale::linear([0.0, 1.0], [0.0, 400.0]), 80.0), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    /// assert_eq!(labels(Scale::log([0.003, 2.0], [100.0, 0.0]), 35.0), ["0.01", "0.1", "1"]);
    /// ```
    pub fn ticks(&self, spacing: f64) -> Vec<Tick> {
        let room = (self.range[1] - self.range[0]).abs();
        let count = (room / spacing).floor().clamp(1.0, 50.0);
        let [low, high] = self.domain;
        match self.kind {
            Kind::Log if high / low >= 10.0 => decades(low, high, count),
            Kind::Time { first } => self.steps(first, high),
            Kind::Dates => dates::dates([low, high], count),
            Kind::Clock => dates::clock([low, high], count),
            _ => Even::new(low, high, count).ticks(),
        }
    }

    /// The number that the labels of [`Scale::ticks`] are relative to, in words: there is one if they would be long and
    /// differ in their last digits only. An axis says so in its title, as in “t − 1 700 000 000”.
    ///
    /// ```
    /// let scale = viz::scale::Scale::linear([1_700_000_000.0, 1_700_000_003.0], [0.0, 300.0]);
    /// let labels: Vec<_> = scale.ticks(80.0).into_iter().filter_map(|tick| tick.label).collect();
    /// assert_eq!(labels, ["0", "1", "2", "3"]);
    /// assert_eq!(scale.offset(80.0).as_deref(), Some("1\u{a0}700\u{a0}000\u{a0}000"));
    /// ```
    pub fn offset(&self, spacing: f64) -> Option<String> {
        let [low, high] = self.domain;
        let is_even = match self.kind {
            Kind::Linear => true,
            Kind::Log => high / low < 10.0,
            Kind::Dates | Kind::Clock | Kind::Time { .. } => false,
        };
        let count = ((self.range[1] - self.range[0]).abs() / spacing).floor().clamp(1.0, 50.0);
        is_even.then(|| Even::new(low, high, count).offset_words()).flatten()
    }
}

impl Scale {
    /// The marks of a time scale: 0, the first saved step, decades, and the last step if it has room.
    fn steps(&self, first: f64, last: f64) -> Vec<Tick> {
        let labelled = |value: f64| Tick { value, label: Some(text::thousands(value as u64)) };
        let mut ticks = vec![labelled(0.0), labelled(first)];
        let room = |a: f64, b: f64| (self.at(a) - self.at(b)).abs() >= 20.0;
        for mut tick in decades(first, last, f64::INFINITY) {
            if tick.value <= first || tick.value >= last {
                continue;
            }
            if tick.label.is_some() {
                tick.label =
                    (room(tick.value, first) && room(tick.value, last)).then(|| text::thousands(tick.value as u64));
            }
            ticks.push(tick);
        }
        ticks.push(labelled(last));
        ticks
    }
}

/// The smallest and the largest of finite numbers; None if there are none.
///
/// ```
/// assert_eq!(viz::scale::extent([3.0, f64::NAN, -1.0]), Some([-1.0, 3.0]));
/// ```
pub fn extent(values: impl IntoIterator<Item = f64>) -> Option<[f64; 2]> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |extent, value| match extent {
        None => Some([value, value]),
        Some([low, high]) => Some([value.min(low), value.max(high)]),
    })
}

/// A domain with a margin on both sides, as a fraction of its width, so that marks do not touch the frame.
pub fn padded([low, high]: [f64; 2], fraction: f64) -> [f64; 2] {
    let margin = (high - low) * fraction;
    [low - margin, high + margin]
}

fn ordered([a, b]: [f64; 2], otherwise: [f64; 2]) -> [f64; 2] {
    if a.is_nan() || b.is_nan() || (a.is_infinite() && b.is_infinite() && a == b) {
        otherwise
    } else {
        [a.min(b), a.max(b)]
    }
}

/// The step for about `count` intervals: factor 1, 2 or 5 (10 counts as 1 of the next power), and the power of ten.
fn step(span: f64, count: f64) -> (f64, i32) {
    let raw = span / count;
    let exponent = libm::log10(raw).floor();
    // Divided in two parts, because 10^exponent may be below the smallest normal number.
    let error = raw / power(exponent as i32);
    if error >= 50_f64.sqrt() {
        (1.0, exponent as i32 + 1)
    } else if error >= 10_f64.sqrt() {
        (5.0, exponent as i32)
    } else if error >= SQRT_2 {
        (2.0, exponent as i32)
    } else {
        (1.0, exponent as i32)
    }
}

/// The double nearest to a power of ten.
fn power(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::NAN)
}

fn log(value: f64) -> f64 {
    libm::log(value)
}

/// `index` steps of `factor`·10^`exponent`; dividing by the positive power gives the double nearest to the decimal.
fn multiple(index: i64, factor: f64, exponent: i32) -> f64 {
    let value = index as f64 * factor;
    if exponent < 0 { value / power(-exponent) } else { value * power(exponent) }
}

/// Evenly spaced numbers in one notation: multiples of `factor`·10^`exponent`, less the offset.
struct Even {
    factor: f64,
    exponent: i32,
    /// The first and the last multiple.
    first: i64,
    last: i64,
    /// What labels are relative to, in units of 10^`exponent`; 0 for none.
    offset: i64,
}

impl Even {
    fn new(low: f64, high: f64, count: f64) -> Self {
        let (factor, exponent) = step((high / count - low / count) * count, count);
        let unit = multiple(1, factor, exponent);
        let (first, last) = (low / unit, high / unit);
        let slack = 1e-9 * (last - first);
        let (first, last) = ((first - slack).ceil() as i64, (last + slack).floor() as i64);
        let last = last.min(first.saturating_add(200));
        let mut even = Self { factor, exponent, first, last, offset: 0 };
        let ends = [first, last].map(|index| even.units(index));
        let largest = ends[0].unsigned_abs().max(ends[1].unsigned_abs());
        if largest.checked_ilog10().map_or(0, |digits| digits as usize) >= MOST_DIGITS && (first > 0) == (last > 0) {
            // The smallest power of ten that is not below the span.
            let span = (ends[1] - ends[0]).unsigned_abs().max(2);
            let round = 10_i64.pow((span - 1).ilog10() + 1);
            even.offset = ends[0].div_euclid(round) * round;
        }
        even
    }

    /// A multiple in units of 10^`exponent`.
    fn units(&self, index: i64) -> i64 {
        index.saturating_mul(self.factor as i64)
    }

    fn ticks(&self) -> Vec<Tick> {
        let largest = [self.first, self.last]
            .map(|index| ((self.units(index) - self.offset) as f64 * power(self.exponent)).abs())
            .into_iter()
            .fold(0.0, f64::max);
        // One axis keeps to one notation: with a power of ten for all numbers, or for none.
        let common = (self.exponent < -6 || largest >= if self.exponent > 0 { 1e7 } else { 1e6 })
            .then(|| libm::log10(largest).floor() as i32);
        let tick = |index: i64| {
            let relative = self.units(index) - self.offset;
            Tick { value: multiple(index, self.factor, self.exponent), label: Some(self.written(relative, common)) }
        };
        (self.first..=self.last).map(tick).collect()
    }

    /// A number of units, with the power of ten that is common to all.
    fn written(&self, units: i64, common: Option<i32>) -> String {
        let text = match common {
            _ if units == 0 => return "0".to_owned(),
            None => decimal(units.unsigned_abs(), self.exponent, false),
            Some(power) => {
                let digits = decimal(units.unsigned_abs(), self.exponent - power, false);
                format!("{digits}×10{}", text::superscript(power))
            }
        };
        if units < 0 { format!("\u{2212}{text}") } else { text }
    }

    fn offset_words(&self) -> Option<String> {
        let sign = if self.offset < 0 { "\u{2212}" } else { "" };
        (self.offset != 0).then(|| format!("{sign}{}", decimal(self.offset.unsigned_abs(), self.exponent, true)))
    }
}

/// `units`·10^`exponent` in decimal notation, exactly; without zeros at the end of its decimals if they are `trimmed`.
fn decimal(units: u64, exponent: i32, trimmed: bool) -> String {
    let digits = units.to_string();
    if exponent >= 0 {
        let zeros = "0".repeat(exponent as usize);
        return match format!("{digits}{zeros}").parse::<u64>() {
            Ok(number) => text::thousands(number),
            Err(_) => format!("{digits}×10{}", text::superscript(exponent)),
        };
    }
    let places = exponent.unsigned_abs() as usize;
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let whole = text::thousands(whole.parse::<u64>().unwrap_or(0));
    let part = if trimmed { part.trim_end_matches('0') } else { part };
    if part.is_empty() { whole } else { format!("{whole}.{part}") }
}

fn decades(low: f64, high: f64, count: f64) -> Vec<Tick> {
    let slack = 1e-9;
    let first = (libm::log10(low) - slack).ceil() as i32;
    let last = (libm::log10(high) + slack).floor() as i32;
    let shown = f64::from(last - first + 1);
    // With more decades than room, every second, fifth, … is labelled; the others keep an unlabelled mark.
    let every = if shown <= (1.6 * count).max(2.0) {
        1
    } else {
        let (factor, exponent) = step(shown, count);
        (multiple(1, factor, exponent).round() as i32).max(2)
    };
    let plain = first >= -4 && last <= 4;
    let mut ticks = Vec::new();
    for decade in first - 1..=last {
        let value = if decade < 0 { 1.0 / power(-decade) } else { power(decade) };
        if decade >= first {
            let label = (decade.rem_euclid(every) == 0).then(|| {
                if plain {
                    decimal(10_u64.pow(decade.max(0).unsigned_abs()), decade.min(0), false)
                } else {
                    format!("10{}", text::superscript(decade))
                }
            });
            ticks.push(Tick { value, label });
        }
        if every == 1 && shown <= MOST_DIVIDED {
            let minors = (2..10).map(|digit| f64::from(digit) * value);
            let inside = minors.filter(|&minor| minor >= low * (1.0 - slack) && minor <= high * (1.0 + slack));
            ticks.extend(inside.map(|value| Tick { value, label: None }));
        }
    }
    ticks
}
