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
/// The smallest positive number on a log scale.
const TINY: f64 = 1e-300;

impl Scale {
    /// A linear scale. A domain of (nearly) zero width is widened around its middle, and one that is not finite becomes
    /// 0 to 1.
    pub fn linear(domain: [f64; 2], range: [f64; 2]) -> Self {
        let [low, high] = ordered(domain, [0.0, 1.0]).map(|end| end.clamp(-HUGE, HUGE));
        let size = low.abs().max(high.abs());
        let domain = if high - low > (size * 1e-9).max(TINY) {
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
            Kind::Log if value > 0.0 => (value.min(HUGE).ln() - low.ln()) / (high.ln() - low.ln()),
            Kind::Log => 0.0,
            Kind::Time { first } if value <= first => EARLY * value.max(-HUGE) / first,
            Kind::Time { first } => EARLY + (1.0 - EARLY) * (value.min(HUGE) / first).ln() / (high / first).ln(),
        };
        // A part far outside would only spoil the arithmetic of clipping.
        self.range[0] + part.clamp(-1e6, 1e6) * (self.range[1] - self.range[0])
    }

    /// On which side of the domain a number lies; NaN lies below.
    pub fn side(&self, value: f64) -> Side {
        let [low, high] = self.domain;
        let slack = match self.kind {
            Kind::Linear | Kind::Dates | Kind::Clock | Kind::Time { .. } => (high / 2.0 - low / 2.0) * 1e-9,
            Kind::Log => low * 1e-9,
        };
        if value > high + slack.max(high.abs() * 1e-12) {
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
            _ => even(low, high, count),
        }
    }
}

impl Scale {
    /// The marks of a time scale: 0, the first saved step, decades, and the last step if it has room.
    fn steps(&self, first: f64, last: f64) -> Vec<Tick> {
        let labelled = |value: f64| Tick { value, label: Some(text::thousands(value as usize)) };
        let mut ticks = vec![labelled(0.0), labelled(first)];
        let room = |a: f64, b: f64| (self.at(a) - self.at(b)).abs() >= 20.0;
        for mut tick in decades(first, last, f64::INFINITY) {
            if tick.value <= first || tick.value >= last {
                continue;
            }
            if tick.label.is_some() {
                tick.label =
                    (room(tick.value, first) && room(tick.value, last)).then(|| text::thousands(tick.value as usize));
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

/// A number as it is written along an axis whose step is a multiple of 10^`exponent`.
fn written(value: f64, exponent: i32) -> String {
    let text = if value == 0.0 {
        "0".to_owned()
    } else if (-6..=0).contains(&exponent) && value.abs() < 1e6 {
        format!("{:.*}", exponent.unsigned_abs() as usize, value.abs())
    } else if exponent > 0 && value.abs() < 1e7 {
        text::thousands(value.abs() as usize)
    } else {
        return text::significant(value, significant_digits(value, exponent));
    };
    if value < 0.0 { format!("\u{2212}{text}") } else { text }
}

/// How many digits a multiple of 10^`exponent` needs.
fn significant_digits(value: f64, exponent: i32) -> usize {
    (value.abs().log10().floor() as i32 - exponent + 1).clamp(1, 15) as usize
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
    let exponent = raw.log10().floor();
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

fn power(exponent: i32) -> f64 {
    10_f64.powi(exponent)
}

/// `index` steps of `factor`·10^`exponent`; dividing by the positive power gives the double nearest to the decimal.
fn multiple(index: i64, factor: f64, exponent: i32) -> f64 {
    let value = index as f64 * factor;
    if exponent < 0 { value / power(-exponent) } else { value * power(exponent) }
}

fn even(low: f64, high: f64, count: f64) -> Vec<Tick> {
    let (factor, exponent) = step((high / count - low / count) * count, count);
    let unit = multiple(1, factor, exponent);
    let (first, last) = (low / unit, high / unit);
    let slack = 1e-9 * (last - first);
    let (first, last) = ((first - slack).ceil() as i64, (last + slack).floor() as i64);
    (first..=last.min(first.saturating_add(200)))
        .map(|index| {
            let value = multiple(index, factor, exponent);
            Tick { value, label: Some(written(value, exponent)) }
        })
        .collect()
}

fn decades(low: f64, high: f64, count: f64) -> Vec<Tick> {
    let slack = 1e-9;
    let first = (low.log10() - slack).ceil() as i32;
    let last = (high.log10() + slack).floor() as i32;
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
                if plain { written(value, decade.min(0)) } else { format!("10{}", text::superscript(decade)) }
            });
            ticks.push(Tick { value, label });
        }
        if every == 1 {
            let minors = (2..10).map(|digit| f64::from(digit) * value);
            let inside = minors.filter(|&minor| minor >= low * (1.0 - slack) && minor <= high * (1.0 + slack));
            ticks.extend(inside.map(|value| Tick { value, label: None }));
        }
    }
    ticks
}
