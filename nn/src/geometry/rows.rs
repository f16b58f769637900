//! Pre-activations of one layer at the vertices of a subdivision, and on which side of a fold each vertex lies.

use super::GeometryError;
use crate::architecture::Activation;
use crate::network::Network;

/// How near to 0 a pre-activation counts as 0: this share of the terms it is the sum of.
///
/// Rounding alone moves a pre-activation by some 2⁻⁵² of its terms, so folds that meet in one point, or lie on each
/// other, would miss each other by that much and leave slivers between them. 2⁻⁴⁰ is a thousandth of a thousandth of
/// what a picture can show, and a thousand times what rounding does.
pub(super) const NEAR: f64 = 1.0 / (1_u64 << 40) as f64;

/// The most numbers that are kept for a layer: 512 MiB of pre-activations and their sizes.
const MOST: usize = 1 << 25;

/// A row for each vertex: for each unit the pre-activation z, and the size of the terms of its sum.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    layer: usize,
    units: usize,
    words: usize,
    z: Vec<f64>,
    /// |W|·size + |b|, where the size of an input is |x|, and that of a unit is the size of its terms. What rounding
    /// does to z is proportional to it, however much has cancelled.
    size: Vec<f64>,
    /// Bit i: z of unit i is above 0, and not near it. One row of words for each vertex.
    positive: Vec<u64>,
    /// The same below 0.
    negative: Vec<u64>,
}

impl Rows {
    /// The first layer at the points of `x`, rows of one number for each input.
    pub(super) fn first(network: &Network, x: &[f64]) -> Result<Rows, GeometryError> {
        let sizes: Vec<f64> = x.iter().map(|x| x.abs()).collect();
        Rows::of(network, 0, x, &sizes)
    }

    /// The next layer at the same vertices.
    pub(super) fn next(&self, network: &Network) -> Result<Rows, GeometryError> {
        let activation = network.architecture().layers()[self.layer].activation;
        let after: Vec<f64> = self.z.iter().map(|&z| activation.value(z)).collect();
        let left = activation.slopes().map_or(1.0, |[left, _]| left);
        // A unit that is off passes on no more rounding than of its z.
        let size = |(&z, &size): (&f64, &f64)| if z < -NEAR * size { left * size } else { size };
        let sizes: Vec<f64> = self.z.iter().zip(&self.size).map(size).collect();
        Rows::of(network, self.layer + 1, &after, &sizes)
    }

    /// W·x + b and |W|·size + |b| of a layer, for rows of inputs and of their sizes.
    fn of(network: &Network, layer: usize, x: &[f64], sizes: &[f64]) -> Result<Rows, GeometryError> {
        let (units, inputs) = (network.architecture().layers()[layer].units, network.architecture().inputs_of(layer));
        let (weights, biases) = (network.weights(layer), network.biases(layer));
        let absolute: Vec<f64> = weights.iter().map(|w| w.abs()).collect();
        let words = units.div_ceil(64);
        let mut rows =
            Rows { layer, units, words, z: Vec::new(), size: Vec::new(), positive: Vec::new(), negative: Vec::new() };
        for (x, sizes) in x.chunks_exact(inputs).zip(sizes.chunks_exact(inputs)) {
            let start = rows.grow()?;
            let (z, size) = (&mut rows.z[start..], &mut rows.size[start..]);
            let columns = weights.chunks_exact(units).zip(absolute.chunks_exact(units));
            for ((column, absolute), (&x, &of_x)) in columns.zip(x.iter().zip(sizes)) {
                if of_x != 0.0 {
                    z.iter_mut().zip(column).for_each(|(z, w)| *z += w * x);
                    size.iter_mut().zip(absolute).for_each(|(size, w)| *size += w * of_x);
                }
            }
            z.iter_mut().zip(biases).for_each(|(z, b)| *z += b);
            size.iter_mut().zip(biases).for_each(|(size, b)| *size += b.abs());
            rows.sign(start)?;
        }
        Ok(rows)
    }

    /// Room for one more vertex, at 0; where its numbers begin.
    fn grow(&mut self) -> Result<usize, GeometryError> {
        let start = self.z.len();
        if start + self.units > MOST {
            return Err(GeometryError::TooFine { layer: self.layer, vertices: start / self.units });
        }
        self.z.resize(start + self.units, 0.0);
        self.size.resize(start + self.units, 0.0);
        Ok(start)
    }

    /// Finds the signs of the last vertex, whose numbers begin at `start`.
    fn sign(&mut self, start: usize) -> Result<(), GeometryError> {
        let (z, size) = (&self.z[start..], &self.size[start..]);
        for (z, size) in z.chunks(64).zip(size.chunks(64)) {
            let (mut positive, mut negative, mut finite) = (0, 0, true);
            for (i, (&z, &size)) in z.iter().zip(size).enumerate() {
                let near = NEAR * size;
                positive |= u64::from(z > near) << i;
                negative |= u64::from(z < -near) << i;
                finite &= size.is_finite();
            }
            if !finite {
                return Err(GeometryError::Overflow { layer: self.layer });
            }
            self.positive.push(positive);
            self.negative.push(negative);
        }
        Ok(())
    }

    /// How many words a row of bits has.
    pub(super) fn words(&self) -> usize {
        self.words
    }
    /// Which units are above 0 at a vertex, as bits.
    pub(super) fn positive(&self, vertex: u32) -> &[u64] {
        &self.positive[vertex as usize * self.words..][..self.words]
    }
    /// Which units are below 0 at a vertex, as bits.
    pub(super) fn negative(&self, vertex: u32) -> &[u64] {
        &self.negative[vertex as usize * self.words..][..self.words]
    }
    /// Whether a unit is above 0 (1), below (−1), or neither, at a vertex.
    pub(super) fn side(&self, vertex: u32, unit: usize) -> i8 {
        let bit = |words: &[u64]| (words[vertex as usize * self.words + unit / 64] >> (unit % 64) & 1) as i8;
        bit(&self.positive) - bit(&self.negative)
    }
    /// φ(z) of a unit at every vertex.
    pub(super) fn after(&self, activation: Activation, unit: usize) -> Vec<f64> {
        let vertices = self.z.len() / self.units;
        (0..vertices).map(|vertex| activation.value(self.z[vertex * self.units + unit])).collect()
    }
    /// The size of the terms of a unit's sum at every vertex.
    pub(super) fn sizes(&self, unit: usize) -> impl Iterator<Item = f64> + '_ {
        self.size.iter().skip(unit).step_by(self.units).copied()
    }

    /// Adds the vertex on the way from `a` to `b`, on different sides of the fold of `unit`, at which z of that unit
    /// is 0. Between them every pre-activation is linear. Returns how far on the way it is, from 0 to 1.
    pub(super) fn cross(&mut self, a: u32, b: u32, unit: usize) -> Result<f64, GeometryError> {
        let (from, to) = (a as usize * self.units, b as usize * self.units);
        let t = crossing(self.z[from + unit], self.z[to + unit]);
        let start = self.grow()?;
        for values in [&mut self.z, &mut self.size] {
            let (known, new) = values.split_at_mut(start);
            let ends = known[from..].iter().zip(&known[to..]);
            for (new, (&a, &b)) in new.iter_mut().zip(ends) {
                *new = (1.0 - t) * a + t * b;
            }
        }
        self.z[start + unit] = 0.0;
        self.sign(start)?;
        Ok(t)
    }
}

/// Where on the way from a place with the value `a` to one with `b`, of other sign, a linear function is 0: a/(a − b),
/// so that nothing overflows.
pub(super) fn crossing(a: f64, b: f64) -> f64 {
    1.0 / (1.0 - b / a)
}
