//! The line of a network of one input: a polyline at any depth, and so is that of every unit.
//!
//! The units of the first layer bend at their elbows −b/w. Between two breaks every unit of the next layer is linear,
//! so it bends where its pre-activation changes sign, and so on layer by layer.
//!
//! ```
//! use nn::architecture::{Activation, Architecture, Layer, Loss};
//! use nn::geometry::Line;
//! use nn::network::Network;
//!
//! // A tent h = Φ(x) − 2Φ(x − 1), and ŷ = Φ(h − ½), which cuts it off at the height ½.
//! let relu = |units| Layer { units, activation: Activation::Relu };
//! let output = Layer { units: 1, activation: Activation::Identity };
//! let architecture = Architecture::new(1, vec![relu(2), relu(1), output], Loss::SquaredError)?;
//! let network = Network::new(architecture, vec![1.0, 1.0, 0.0, -1.0, 1.0, -2.0, -0.5, 1.0, 0.0])?;
//!
//! let line = Line::new(&network, [-1.0, 3.0], 1e-3)?;
//! assert!(line.is_exact());
//! assert_eq!(line.output(0), [[-1.0, 0.0], [0.0, 0.0], [0.5, 0.0], [1.0, 0.5], [1.5, 0.0], [3.0, 0.0]]);
//! let second: Vec<f64> = line.breaks().iter().filter(|b| b.layer == 1).map(|b| b.x).collect();
//! assert_eq!(second, [0.5, 1.5]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::error::{GeometryError, check};
use super::rows::{NEAR, Rows};
use crate::architecture::Activation;
use crate::frame::Frame;
use crate::network::{Evaluation, Network};

/// A place where a unit turns on or off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Break {
    /// Where.
    pub x: f64,
    /// The layer of the unit, from 0.
    pub layer: usize,
    /// The unit in its layer, from 0.
    pub unit: usize,
}

/// The values of all units of a network of one input over a domain, as polylines. Made by [`Line::new`].
#[derive(Clone, Debug)]
pub struct Line {
    x: Vec<f64>,
    /// All values at every x.
    values: Vec<Evaluation>,
    breaks: Vec<Break>,
    exact: bool,
}

impl Line {
    /// The line of a network of one input over `domain`.
    ///
    /// Exact as long as activations are piecewise linear. From the first layer that is not on, vertices are added until
    /// no unit is farther from its polyline than `tolerance` times its range over the domain, at the quarters of every
    /// piece, and no piece steps over the curved part of a unit's activation; the pieces are as fine from the start as
    /// the first layer's steepest unit asks for.
    ///
    /// A fold that passes a break nearer than 2⁻⁴⁰ of the terms its pre-activation is the sum of goes through it.
    ///
    /// # Errors
    /// [`GeometryError`] if the network does not have one input, or a parameter that is not finite; if the domain is
    /// not one; if values overflow; if there are more pieces than memory.
    pub fn new(network: &Network, domain: [f64; 2], tolerance: f64) -> Result<Line, GeometryError> {
        check(network, &[domain])?;
        let (layers, linear) = (network.architecture().layers(), linear_layers(network));
        let (mut x, breaks) = cut(network, domain, linear)?;
        let exact = linear == layers.len();
        if !exact {
            x = refined(network, &x, linear, tolerance)?;
        }
        let values: Vec<Evaluation> = x.iter().map(|&x| network.evaluate(&[x])).collect();
        let overflows = |layer: &usize| values.iter().any(|v| v.before(*layer).iter().any(|z| !z.is_finite()));
        if let Some(layer) = (0..layers.len()).find(overflows) {
            return Err(GeometryError::Overflow { layer });
        }
        Ok(Line { x, values, breaks, exact })
    }

    /// The same in the units of the data, over their domain, where it was computed in those of training.
    pub(crate) fn shown(mut self, frame: &Frame, [low, high]: [f64; 2]) -> Self {
        let last = self.x.len() - 1;
        let shown = |x: f64| frame.shown_input(x).clamp(low, high);
        self.x[1..last].iter_mut().for_each(|x| *x = shown(*x));
        (self.x[0], self.x[last]) = (low, high);
        self.breaks.iter_mut().for_each(|b| b.x = shown(b.x));
        self.values.iter_mut().for_each(|values| values.map_outputs(|y| frame.shown_output(y)));
        self
    }

    /// Whether all units are exactly the polylines: no activation is smooth.
    pub fn is_exact(&self) -> bool {
        self.exact
    }
    /// The breaks inside the domain, from left to right; of a layer whose activation has a kink, and before the first
    /// smooth layer.
    pub fn breaks(&self) -> &[Break] {
        &self.breaks
    }
    /// The inputs at all vertices, ascending: the ends of the domain, the breaks, and where it was refined.
    pub fn x(&self) -> &[f64] {
        &self.x
    }
    /// The vertices (x, ŷ) of one output.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn output(&self, output: usize) -> Vec<[f64; 2]> {
        self.x.iter().zip(&self.values).map(|(&x, values)| [x, values.outputs()[output]]).collect()
    }
    /// The vertices (x, φ(z)) of a unit; without the breaks of other units of its layer and of later ones, where it is
    /// straight.
    ///
    /// # Panics
    /// If there is no such unit.
    pub fn unit(&self, layer: usize, unit: usize) -> Vec<[f64; 2]> {
        let bends = |b: &Break| b.layer < layer || (b.layer == layer && b.unit == unit);
        let keeps = |&(&x, _): &(&f64, _)| {
            let first = self.breaks.partition_point(|b| b.x < x);
            let mut here = self.breaks[first..].iter().take_while(|b| b.x == x).peekable();
            here.peek().is_none() || here.any(bends)
        };
        let vertices = self.x.iter().zip(&self.values).filter(keeps);
        vertices.map(|(&x, values)| [x, values.after(layer)[unit]]).collect()
    }
}

/// How many layers there are before the first smooth one.
fn linear_layers(network: &Network) -> usize {
    network.architecture().layers().iter().take_while(|layer| layer.activation.slopes().is_some()).count()
}

/// The breaks that [`Line::breaks`] would have, without the line.
pub(crate) fn breaks(network: &Network, domain: [f64; 2]) -> Result<Vec<Break>, GeometryError> {
    check(network, &[domain])?;
    Ok(cut(network, domain, linear_layers(network))?.1)
}

/// The vertices of a domain that is cut at the breaks of the first `linear` layers, ascending, and these breaks.
fn cut(network: &Network, [low, high]: [f64; 2], linear: usize) -> Result<(Vec<f64>, Vec<Break>), GeometryError> {
    let layers = &network.architecture().layers()[..linear];
    // A piece goes from a vertex to the next; the last vertex has none.
    let (mut x, mut next) = (vec![low, high], vec![1, u32::MAX]);
    let mut patterns: Vec<Vec<u64>> = vec![Vec::new(); 2];
    let mut rows = Rows::first(network, &x)?;
    for (l, layer) in layers.iter().enumerate() {
        if l > 0 {
            rows = rows.next(network)?;
        }
        let kinks = layer.activation.has_kink();
        let mut a = 0;
        while a < x.len() {
            let b = next[a];
            if b == u32::MAX {
                a += 1;
                continue;
            }
            let sides = |k: usize| {
                let ([p, q], [m, n]) =
                    ([a as u32, b].map(|v| rows.positive(v)[k]), [a as u32, b].map(|v| rows.negative(v)[k]));
                (kinks && (p & n) | (q & m) != 0).then(|| 64 * k + ((p & n) | (q & m)).trailing_zeros() as usize)
            };
            if let Some(unit) = (0..rows.words()).find_map(sides) {
                let t = rows.cross(a as u32, b, unit)?;
                let (from, to) = (x[a], x[b as usize]);
                let place = if l == 0 {
                    // Rounded only once.
                    (-network.biases(0)[unit] / network.weights(0)[unit]).clamp(from, to)
                } else {
                    from + t * (to - from)
                };
                // Adding 0 makes −0 a 0, which prints without a sign.
                x.push(place + 0.0);
                next.push(b);
                next[a] = x.len() as u32 - 1;
                patterns.push(patterns[a].clone());
            } else {
                let on = |k: usize| if kinks { rows.positive(a as u32)[k] | rows.positive(b)[k] } else { 0 };
                patterns[a].extend((0..rows.words()).map(on));
                a += 1;
            }
        }
    }
    let order: Vec<usize> =
        std::iter::successors(Some(0), |&a| Some(next[a] as usize).filter(|&b| b < x.len())).collect();
    let mut breaks = Vec::new();
    for pair in order[..order.len() - 1].windows(2) {
        let mut words = patterns[pair[0]].iter().zip(&patterns[pair[1]]).map(|(a, b)| a ^ b);
        for (layer, of) in layers.iter().enumerate() {
            for (k, changed) in words.by_ref().take(of.units.div_ceil(64)).enumerate() {
                let units = (0..64).filter(|bit| changed >> bit & 1 == 1).map(|bit| 64 * k + bit);
                breaks.extend(units.map(|unit| Break { x: x[pair[1]], layer, unit }));
            }
        }
    }
    let mut x: Vec<f64> = order.into_iter().map(|a| x[a]).collect();
    // Breaks that are nearer to each other than numbers are.
    x.dedup();
    Ok((x, breaks))
}

/// How much a steepest unit of the first layer may grow from one vertex to the next before anything is refined.
const COARSE: f64 = 0.5;
/// The most vertices to begin with.
const MOST_COARSE: f64 = 4096.0;
/// How often a piece is halved at most.
const DEEPEST: u32 = 20;
/// The most vertices in the end.
const MOST_FINE: usize = 100_000;

/// A smooth activation is as good as straight where |z| is larger than this; a sine nowhere, but it is not sharp either.
fn curved_within(activation: Activation) -> Option<f64> {
    match activation {
        Activation::Tanh | Activation::Gelu => Some(3.0),
        Activation::Sigmoid => Some(6.0),
        Activation::Relu | Activation::LeakyRelu | Activation::Sine | Activation::Identity => None,
    }
}

/// What rounding may do to every unit over a domain: a share of the terms that it is the sum of, as far as its activation
/// is not bounded.
fn rounding(network: &Network, domain: [f64; 2]) -> Vec<f64> {
    let mut sizes = vec![domain[0].abs().max(domain[1].abs())];
    let mut all = Vec::new();
    for (layer, of) in network.architecture().layers().iter().enumerate() {
        let mut next: Vec<f64> = network.biases(layer).iter().map(|b| b.abs()).collect();
        for (column, size) in network.weights(layer).chunks_exact(next.len()).zip(&sizes) {
            next.iter_mut().zip(column).for_each(|(next, w)| *next += w.abs() * size);
        }
        sizes = match of.activation {
            Activation::Tanh | Activation::Sigmoid | Activation::Sine => vec![1.0; of.units],
            Activation::Relu | Activation::LeakyRelu | Activation::Gelu | Activation::Identity => next,
        };
        all.extend(sizes.iter().map(|size| NEAR * size));
    }
    all
}

/// Vertices added to those of `x` until every unit is within `tolerance` of its range from its polyline, at the quarters
/// of every piece, and no piece steps over a curve. `smooth` is the first smooth layer.
fn refined(network: &Network, x: &[f64], smooth: usize, tolerance: f64) -> Result<Vec<f64>, GeometryError> {
    let span = x[x.len() - 1] - x[0];
    let steepest = network.weights(0).iter().fold(0.0_f64, |steepest, w| steepest.max(w.abs()));
    let step = span / (span * steepest / COARSE).clamp(64.0, MOST_COARSE);
    let mut coarse = Vec::new();
    for pair in x.windows(2) {
        let parts = ((pair[1] - pair[0]) / step).ceil().max(1.0);
        coarse.extend((0..parts as usize).map(|i| pair[0] + i as f64 / parts * (pair[1] - pair[0])));
    }
    coarse.push(x[x.len() - 1]);
    coarse.dedup();
    let layers = network.architecture().layers();
    let after = |values: &Evaluation| -> Vec<f64> {
        (0..layers.len()).flat_map(|layer| values.after(layer).iter().copied()).collect()
    };
    let at = |x: f64| {
        let values = network.evaluate(&[x]);
        (after(&values), values)
    };
    let values: Vec<_> = coarse.iter().map(|&x| at(x)).collect();
    // The range of every unit so far.
    let mut ranges = vec![[f64::INFINITY, f64::NEG_INFINITY]; values[0].0.len()];
    let widen = |ranges: &mut [[f64; 2]], after: &[f64]| {
        ranges.iter_mut().zip(after).for_each(|([low, high], y)| (*low, *high) = (low.min(*y), high.max(*y)));
    };
    values.iter().for_each(|(after, _)| widen(&mut ranges, after));
    let rounding = rounding(network, [x[0], x[x.len() - 1]]);
    // Between two samples a unit can bend and come back; not if samples fall into where its activation is curved.
    let steps_over = |a: &Evaluation, b: &Evaluation| {
        layers.iter().enumerate().any(|(layer, of)| {
            curved_within(of.activation).is_some_and(|bound| {
                a.before(layer)
                    .iter()
                    .zip(b.before(layer))
                    .any(|(a, b)| (a - b).abs() > bound && a.min(*b) < bound && a.max(*b) > -bound)
            })
        })
    };
    let mut fine = vec![coarse[0]];
    // Pieces still to be looked at, the leftmost last.
    let mut pieces: Vec<_> = coarse
        .windows(2)
        .zip(values.windows(2))
        .rev()
        .map(|(x, v)| (x[0], x[1], v[0].clone(), v[1].clone(), 0))
        .collect();
    while let Some((a, b, at_a, at_b, depth)) = pieces.pop() {
        let middle = f64::midpoint(a, b);
        let at_middle = at(middle);
        let straight = !steps_over(&at_a.1, &at_b.1)
            && [0.25, 0.5, 0.75].into_iter().all(|t| {
                let other = (t != 0.5).then(|| at(a + t * (b - a)));
                let (at_t, _) = other.as_ref().unwrap_or(&at_middle);
                widen(&mut ranges, at_t);
                let ends = at_a.0.iter().zip(&at_b.0).zip(at_t);
                ends.zip(ranges.iter().zip(&rounding)).all(|(((a, b), y), ([low, high], rounding))| {
                    (y - (a + t * (b - a))).abs() <= (tolerance * (high - low)).max(*rounding)
                })
            });
        if straight || depth == DEEPEST || middle <= a || middle >= b {
            fine.push(b);
            if fine.len() > MOST_FINE {
                return Err(GeometryError::TooFine { layer: smooth, vertices: MOST_FINE });
            }
        } else {
            pieces.push((middle, b, at_middle.clone(), at_b, depth + 1));
            pieces.push((a, middle, at_a, at_middle, depth + 1));
        }
    }
    Ok(fine)
}
