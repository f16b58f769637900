//! What the training points are to the units of one hidden layer of ReLUs of one input, without a pass through the network:
//! a unit is on from its elbow on, and between two elbows ŷ is a line.

use crate::geometry::Unit;
use std::ops::Range;

/// The points, of ascending x, that activate a unit: all from some point on, or all before it, as rounding does not change
/// which of two numbers is the larger.
pub(super) fn active(unit: Unit, x: &[f64]) -> Range<usize> {
    let first = x.first().is_some_and(|&x| unit.is_active(x));
    let boundary = x.partition_point(|&x| unit.is_active(x) == first);
    if first { 0..boundary } else { boundary..x.len() }
}

/// The mean squared error on points of ascending x; `order` has the elbows with their units, ascending.
pub(super) fn error(units: &[Unit], offset: f64, order: &[(f64, usize)], x: &[f64], y: &[f64]) -> f64 {
    let add = |[slope, value]: [f64; 2], Unit { w1, b1, w2 }: Unit, sign: f64| {
        [slope + sign * w2 * w1, value + sign * w2 * b1]
    };
    // Left of all elbows those units are on that fall, and those without an elbow that are on everywhere.
    let is_on_at_the_left = |unit: &&Unit| if unit.elbow().is_some() { unit.w1 < 0.0 } else { unit.b1 > 0.0 };
    let mut line = units.iter().filter(is_on_at_the_left).fold([0.0, offset], |line, &unit| add(line, unit, 1.0));
    let (mut sum, mut elbows) = (0.0, order.iter().peekable());
    for (&x, &y) in x.iter().zip(y) {
        while let Some(&(_, number)) = elbows.next_if(|&&(elbow, _)| elbow < x) {
            let unit = units[number];
            line = add(line, unit, if unit.w1 > 0.0 { 1.0 } else { -1.0 });
        }
        let deviation = line[0] * x + line[1] - y;
        sum += deviation * deviation;
    }
    sum / x.len() as f64
}
