//! The convex polygons on which a network of two inputs is linear.
//!
//! Every unit of a piecewise linear network is linear on either side of its **fold**, the line where its
//! pre-activation is 0. The folds of the first layer are straight; those of a later layer are straight inside each
//! polygon that the earlier ones have cut, and bend where they cross an earlier fold. So the polygons follow layer by
//! layer: each is cut by every unit of the layer whose pre-activation changes sign on it (G. Montúfar, R. Pascanu,
//! K. Cho and Y. Bengio, "On the number of linear regions of deep neural networks", 2014; A. Humayun and others,
//! "`SplineCam`", 2023, does it for large networks).
//!
//! Polygons share their vertices and sides (a doubly connected edge list; M. de Berg and others, "Computational
//! geometry", chapter 2). Whether a vertex lies on a fold is decided once, for all polygons that meet there, so there
//! are neither gaps nor overlaps. Inputs that are large beside their range, as microseconds since 1970 are, are counted
//! from the middle of the domain: there a pre-activation is no small difference of large terms.
//!
//! ```
//! use nn::architecture::{Activation, Architecture, Layer, Loss};
//! use nn::geometry::Plane;
//! use nn::network::Network;
//!
//! // ŷ = Φ(x₁) + Φ(x₂) − 1.
//! let hidden = Layer { units: 2, activation: Activation::Relu };
//! let output = Layer { units: 1, activation: Activation::Identity };
//! let architecture = Architecture::new(2, vec![hidden, output], Loss::SquaredError)?;
//! let network = Network::new(architecture, vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, -1.0])?;
//!
//! let plane = Plane::new(&network, [[-2.0, 2.0], [-2.0, 2.0]])?;
//! assert_eq!(plane.len(), 4);
//! let steepest = plane.regions().find(|region| region.is_on(0, 0) && region.is_on(0, 1)).unwrap();
//! assert_eq!(steepest.area(), 4.0);
//! assert_eq!(steepest.output(0).gradient, [1.0, 1.0]);
//! // Where ŷ = 0, with larger values to the left: from the left edge to (0, 1), to (1, 0), and down.
//! let boundary = plane.level_set(0, 0.0);
//! assert_eq!(boundary, [[[-2.0, 1.0], [0.0, 1.0], [1.0, 0.0], [1.0, -2.0]]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::classes::{Classes, Corner, classes};
use super::error::{GeometryError, check};
use super::rows::{NEAR, Rows, crossing};
use crate::network::Network;
use std::collections::VecDeque;

/// No side, no vertex.
const NONE: u32 = u32::MAX;

/// A side of a polygon, walked with the polygon on its left. Two polygons that share a side have one each.
#[derive(Clone, Copy, Debug)]
struct Side {
    /// The vertex where it begins.
    origin: u32,
    /// The same side in the polygon on the other side of it; [`NONE`] at the edge of the domain.
    twin: u32,
    /// The next side of the polygon.
    next: u32,
    /// The polygon.
    face: u32,
}

/// The polygons of a network of two inputs over a rectangle. Made by [`Plane::new`].
#[derive(Clone, Debug)]
pub struct Plane {
    /// As a function of inputs that are counted from the origin.
    network: Network,
    origin: [f64; 2],
    /// W of every layer, row by row.
    rows: Vec<Vec<f64>>,
    /// As seen from the origin.
    vertices: Vec<[f64; 2]>,
    sides: Vec<Side>,
    /// A side of each polygon.
    faces: Vec<u32>,
    /// Which units are on, a row of bits for each polygon, layer after layer.
    patterns: Vec<u64>,
    /// Where the bits of a layer begin in a row; at the end, how many words a row has.
    starts: Vec<usize>,
    /// ŷ at every vertex, for each output, and the size of the terms it is the sum of.
    outputs: Vec<[Vec<f64>; 2]>,
}

/// A linear function with a constant: x ↦ gradient·x + constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// Its derivatives by the two inputs.
    pub gradient: [f64; 2],
    /// Its value at 0.
    pub constant: f64,
}

impl Affine {
    /// Its value.
    pub fn at(self, [x, y]: [f64; 2]) -> f64 {
        self.gradient[0] * x + self.gradient[1] * y + self.constant
    }
}

impl Plane {
    /// Cuts the rectangle `domain`, a range for each input, into the polygons on which `network` is linear.
    ///
    /// The time is about proportional to the number of polygons. A fold that passes a vertex nearer than 2⁻⁴⁰ of the
    /// terms its pre-activation is the sum of goes through it.
    ///
    /// # Errors
    /// [`GeometryError`] if the network does not have two inputs, has a smooth activation, or a parameter that is not
    /// finite; if the domain is not a rectangle; if values overflow; if there are more polygons than memory.
    pub fn new(network: &Network, domain: [[f64; 2]; 2]) -> Result<Plane, GeometryError> {
        check(network, &domain)?;
        let layers = network.architecture().layers();
        let smooth = layers.iter().position(|layer| layer.activation.slopes().is_none());
        if let Some(layer) = smooth {
            return Err(GeometryError::Smooth { layer, activation: layers[layer].activation });
        }
        let mut starts = vec![0];
        for layer in layers {
            starts.push(starts[starts.len() - 1] + layer.units.div_ceil(64));
        }
        let row = |layer: usize| {
            let (weights, units) = (network.weights(layer), layers[layer].units);
            (0..units).flat_map(|unit| weights.iter().skip(unit).step_by(units)).copied().collect()
        };
        let origin = domain.map(origin);
        let network = &counted_from(network, origin);
        let [[left, right], [bottom, top]] = [0, 1].map(|k| domain[k].map(|end| end - origin[k]));
        let mut plane = Plane {
            network: network.clone(),
            origin,
            rows: (0..layers.len()).map(row).collect(),
            vertices: vec![[left, bottom], [right, bottom], [right, top], [left, top]],
            sides: (0..4).map(|i| Side { origin: i, twin: NONE, next: (i + 1) % 4, face: 0 }).collect(),
            faces: vec![0],
            patterns: vec![0; starts[layers.len()]],
            starts,
            outputs: Vec::new(),
        };
        let mut rows = Rows::first(network, plane.vertices.as_flattened())?;
        for (l, layer) in layers.iter().enumerate() {
            if l > 0 {
                rows = rows.next(network)?;
            }
            // Without a kink there is no fold.
            if layer.activation.has_kink() {
                plane.cut_all(l, &mut rows)?;
            }
        }
        let output = layers[layers.len() - 1];
        plane.outputs =
            (0..output.units).map(|k| [rows.after(output.activation, k), rows.sizes(k).collect()]).collect();
        Ok(plane)
    }

    /// Cuts every polygon by all units of a layer that fold on it, and notes which of them are on.
    fn cut_all(&mut self, layer: usize, rows: &mut Rows) -> Result<(), GeometryError> {
        let (mut positive, mut negative) = (vec![0; rows.words()], vec![0; rows.words()]);
        // Every polygon is cut once and waits for its next turn. If one were cut to the end, its neighbours would collect
        // a corner for each cut, and cost more the later they are cut.
        let mut queue: VecDeque<u32> = (0..self.faces.len() as u32).collect();
        while let Some(face) = queue.pop_front() {
            positive.fill(0);
            negative.fill(0);
            for side in self.around(self.faces[face as usize]) {
                let origin = self.sides[side as usize].origin;
                positive.iter_mut().zip(rows.positive(origin)).for_each(|(all, bits)| *all |= bits);
                negative.iter_mut().zip(rows.negative(origin)).for_each(|(all, bits)| *all |= bits);
            }
            let folds = positive.iter().zip(&negative).enumerate().find(|(_, (p, n))| *p & *n != 0);
            if let Some((word, (p, n))) = folds {
                queue.extend([face, self.faces.len() as u32]);
                self.cut(face, 64 * word + (p & n).trailing_zeros() as usize, rows)?;
            } else {
                let place = face as usize * self.starts[self.starts.len() - 1] + self.starts[layer];
                self.patterns[place..place + positive.len()].copy_from_slice(&positive);
            }
        }
        Ok(())
    }

    /// Cuts a polygon along the fold of a unit, which is above 0 at some of its vertices and below at others.
    fn cut(&mut self, face: u32, unit: usize, rows: &mut Rows) -> Result<(), GeometryError> {
        let start = self.faces[face as usize];
        let above = self.around(start).find(|&side| rows.side(self.sides[side as usize].origin, unit) > 0);
        let above = above.expect("a vertex above the fold");
        // From a vertex above 0 on to the first below, and from there to the first above. Just before, the fold goes
        // through a vertex or crosses a side. Each end: the side before it, and the side that begins there.
        let [mut before, mut last, mut side] = [NONE, above, self.sides[above as usize].next];
        let mut ends = [[NONE; 2]; 2];
        for (end, sign) in ends.iter_mut().zip([-1, 1]) {
            while rows.side(self.sides[side as usize].origin, unit) != sign {
                [before, last, side] = [last, side, self.sides[side as usize].next];
            }
            *end = if rows.side(self.sides[last as usize].origin, unit) == 0 {
                [before, last]
            } else {
                self.split(last, unit, rows)?;
                [last, self.sides[last as usize].next]
            };
            [last, side] = [side, self.sides[side as usize].next];
        }
        // Both polygons get a side along the fold.
        let [[before_first, first], [before_second, second]] = ends;
        let [new, twin] = [0, 1].map(|i| (self.sides.len() + i) as u32);
        let [p, q] = [first, second].map(|side| self.sides[side as usize].origin);
        let other = self.faces.len() as u32;
        self.sides.push(Side { origin: p, twin, next: second, face });
        self.sides.push(Side { origin: q, twin: new, next: first, face: other });
        self.sides[before_first as usize].next = new;
        self.sides[before_second as usize].next = twin;
        self.faces[face as usize] = new;
        self.faces.push(twin);
        let mut side = first;
        while side != twin {
            self.sides[side as usize].face = other;
            side = self.sides[side as usize].next;
        }
        let words = self.starts[self.starts.len() - 1];
        self.patterns.extend_from_within(face as usize * words..(face as usize + 1) * words);
        Ok(())
    }

    /// Puts a vertex on a side, where the fold of a unit crosses it.
    fn split(&mut self, side: u32, unit: usize, rows: &mut Rows) -> Result<(), GeometryError> {
        let Side { origin: a, twin, next, face } = self.sides[side as usize];
        let b = self.sides[next as usize].origin;
        let t = rows.cross(a, b, unit)?;
        let middle = self.vertices.len() as u32;
        self.vertices.push(between(self.vertices[a as usize], self.vertices[b as usize], t));
        let half = self.sides.len() as u32;
        self.sides.push(Side { origin: middle, twin, next, face });
        self.sides[side as usize].next = half;
        if twin != NONE {
            let Side { next, face, .. } = self.sides[twin as usize];
            self.sides.push(Side { origin: middle, twin: side, next, face });
            self.sides[twin as usize].next = half + 1;
            self.sides[twin as usize].twin = half;
            self.sides[side as usize].twin = half + 1;
        }
        Ok(())
    }

    /// The sides of a polygon in order, from one of them on.
    fn around(&self, first: u32) -> impl Iterator<Item = u32> + '_ {
        let next = move |&side: &u32| Some(self.sides[side as usize].next).filter(|&side| side != first);
        std::iter::successors(Some(first), next)
    }

    /// How many polygons there are.
    #[expect(clippy::len_without_is_empty, reason = "there is always a polygon")]
    pub fn len(&self) -> usize {
        self.faces.len()
    }
    /// All polygons.
    pub fn regions(&self) -> impl ExactSizeIterator<Item = Region<'_>> {
        (0..self.len()).map(|face| Region { plane: self, face })
    }

    /// ŷ of one output on each polygon, in their order.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn outputs(&self, output: usize) -> Vec<Affine> {
        self.unit(self.network.architecture().layers().len() - 1, output)
    }

    /// What a unit passes on, φ(z), on each polygon, in their order.
    ///
    /// On a polygon every unit multiplies by the slope of its φ, so that the gradient of a unit is its row of W times
    /// these slopes, times W of the layer before, and so on down to the inputs.
    ///
    /// # Panics
    /// If there is no such unit.
    pub fn unit(&self, layer: usize, unit: usize) -> Vec<Affine> {
        let mut scratch = [Vec::new(), Vec::new()];
        (0..self.len()).map(|face| self.affine(face, layer, unit, &mut scratch)).collect()
    }

    /// φ(z) of a unit on a polygon. `scratch` is room for rows, whatever it holds.
    fn affine(&self, face: usize, layer: usize, unit: usize, scratch: &mut [Vec<f64>; 2]) -> Affine {
        let layers = self.network.architecture().layers();
        assert!(unit < layers[layer].units, "layer {} has no unit {unit}", layer + 1);
        let slope = |layer: usize, unit: usize| {
            let [left, right] = layers[layer].activation.slopes().expect("a piecewise linear activation");
            if self.is_on(face, layer, unit) { right } else { left }
        };
        // The derivatives of the unit by all units of the layer at hand, from its own layer down.
        let [row, below] = scratch;
        row.clear();
        row.resize(layers[layer].units, 0.0);
        row[unit] = 1.0;
        let mut constant = 0.0;
        for l in (0..=layer).rev() {
            let inputs = self.network.architecture().inputs_of(l);
            below.clear();
            below.resize(inputs, 0.0);
            let biases = self.network.biases(l);
            for (i, weights) in self.rows[l].chunks_exact(inputs).enumerate() {
                let derivative = if row[i] == 0.0 { 0.0 } else { row[i] * slope(l, i) };
                if derivative != 0.0 {
                    constant += derivative * biases[i];
                    below.iter_mut().zip(weights).for_each(|(below, w)| *below += derivative * w);
                }
            }
            std::mem::swap(row, below);
        }
        for (slope, x) in row.iter().zip(self.origin).filter(|(_, x)| *x != 0.0) {
            constant -= slope * x;
        }
        Affine { gradient: [row[0], row[1]], constant }
    }

    /// Where a vertex is.
    fn place(&self, vertex: u32) -> [f64; 2] {
        self.shown(self.vertices[vertex as usize])
    }
    /// A point that is seen from the origin.
    fn shown(&self, point: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|k| point[k] + self.origin[k])
    }

    /// Whether a unit is on in a polygon: z > 0 inside.
    fn is_on(&self, face: usize, layer: usize, unit: usize) -> bool {
        let place = face * self.starts[self.starts.len() - 1] + self.starts[layer] + unit / 64;
        self.patterns[place] >> (unit % 64) & 1 == 1
    }

    /// The fold of a unit: the lines along which it turns on or off, straight inside each polygon of earlier layers.
    /// Each line runs with the side where the unit is on to its left. A closed one ends where it began.
    ///
    /// # Panics
    /// If there is no such unit.
    pub fn fold(&self, layer: usize, unit: usize) -> Vec<Vec<[f64; 2]>> {
        assert!(unit < self.network.architecture().layers()[layer].units, "layer {} has no unit {unit}", layer + 1);
        let on: Vec<bool> = (0..self.len()).map(|face| self.is_on(face, layer, unit)).collect();
        let is_on = |side: u32| on[self.sides[side as usize].face as usize];
        let twin = |side: u32| self.sides[side as usize].twin;
        let on_fold = |side: u32| is_on(side) && twin(side) != NONE && !is_on(twin(side));
        // At its end, turn through the polygons where the unit is on, to the side that is next on the fold.
        let next = |side: u32| {
            let mut side = self.sides[side as usize].next;
            while twin(side) != NONE && is_on(twin(side)) {
                side = self.sides[twin(side) as usize].next;
            }
            on_fold(side).then_some(side)
        };
        let sides = (0..self.sides.len() as u32).filter(|&side| on_fold(side));
        let begin = |side: u32| self.place(self.sides[side as usize].origin);
        let end = |side: u32| begin(self.sides[side as usize].next);
        self.chains(&sides.collect::<Vec<_>>(), next, begin, end)
    }

    /// Where an output has the value `level`: lines along which it is straight, with larger values to the left. A
    /// closed one ends where it began. Where the output has that value on a whole polygon, the edge of that area
    /// towards smaller values counts.
    ///
    /// For two classes and one output, the log odds, level 0 is the decision boundary.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn level_set(&self, output: usize, level: f64) -> Vec<Vec<[f64; 2]>> {
        let [values, sizes] = &self.outputs[output];
        let sizes = sizes.iter().map(|size| size + level.abs());
        self.zeros(&values.iter().map(|value| value - level).zip(sizes).collect::<Vec<_>>())
    }

    /// Where two outputs are equal: with one output for each class, the boundary between two classes, as far as no
    /// third class is likelier. Otherwise as [`level_set`](Self::level_set), with `a` above `b` to the left.
    ///
    /// # Panics
    /// If there are no such outputs.
    pub fn equal_outputs(&self, a: usize, b: usize) -> Vec<Vec<[f64; 2]>> {
        let ([a, a_size], [b, b_size]) = (&self.outputs[a], &self.outputs[b]);
        let sizes = a_size.iter().zip(b_size).map(|(a, b)| a + b);
        self.zeros(&a.iter().zip(b).map(|(a, b)| a - b).zip(sizes).collect::<Vec<_>>())
    }

    /// Where each output is the largest: with an output for each class, the areas of the classes. Each polygon is cut once
    /// more, where two outputs are equal on it.
    pub fn classes(&self) -> Classes {
        let outputs: Vec<Vec<Affine>> = (0..self.outputs.len()).map(|output| self.outputs(output)).collect();
        classes(self.regions().enumerate().map(|(face, region)| {
            let corner =
                |point| Corner { point, values: outputs.iter().map(|output| output[face].at(point)).collect() };
            region.corners().map(corner).collect()
        }))
    }

    /// The zeros of a function that is linear on every polygon, from its values at the vertices and their sizes.
    fn zeros(&self, values: &[(f64, f64)]) -> Vec<Vec<[f64; 2]>> {
        let values: Vec<f64> =
            values.iter().map(|&(value, size)| if value.abs() <= NEAR * size { 0.0 } else { value }).collect();
        let at = |side: u32| values[self.sides[side as usize].origin as usize];
        let next_in_face = |side: u32| self.sides[side as usize].next;
        // Where the boundary of a polygon goes from ≥ 0 to below, a line begins, and ends where it comes back.
        let falls = |side: u32| at(side) >= 0.0 && at(next_in_face(side)) < 0.0;
        let rises = |side: u32| at(side) < 0.0 && at(next_in_face(side)) >= 0.0;
        let leaves = |side: u32| {
            let mut side = next_in_face(side);
            while !rises(side) {
                side = next_in_face(side);
            }
            side
        };
        let next = |side: u32| {
            let twin = self.sides[leaves(side) as usize].twin;
            (twin != NONE).then_some(twin)
        };
        // Both polygons compute it from the same end.
        let point = |above: u32, below: u32| {
            let [a, b] = [above, below].map(|side| self.sides[side as usize].origin as usize);
            self.shown(between(self.vertices[a], self.vertices[b], crossing(values[a], values[b])))
        };
        let begin = |side: u32| point(side, next_in_face(side));
        let end = |side: u32| {
            let side = leaves(side);
            point(next_in_face(side), side)
        };
        let sides = (0..self.sides.len() as u32).filter(|&side| falls(side));
        self.chains(&sides.collect::<Vec<_>>(), next, begin, end)
    }

    /// Pieces joined to lines: the pieces, which follows on which, where each begins and ends.
    fn chains(
        &self,
        pieces: &[u32],
        next: impl Fn(u32) -> Option<u32>,
        begin: impl Fn(u32) -> [f64; 2],
        end: impl Fn(u32) -> [f64; 2],
    ) -> Vec<Vec<[f64; 2]>> {
        let mut waits = vec![false; self.sides.len()];
        let mut follows = vec![false; self.sides.len()];
        for &piece in pieces {
            waits[piece as usize] = true;
            if let Some(next) = next(piece) {
                follows[next as usize] = true;
            }
        }
        // Open lines from their first piece, then closed ones from any.
        let first = pieces.iter().filter(|&&piece| !follows[piece as usize]);
        let mut lines = Vec::new();
        for &piece in first.chain(pieces) {
            let mut line = Vec::new();
            let mut piece = Some(piece);
            while let Some(here) = piece.filter(|&piece| waits[piece as usize]) {
                waits[here as usize] = false;
                for point in [begin(here), end(here)] {
                    if line.last() != Some(&point) {
                        line.push(point);
                    }
                }
                piece = next(here);
            }
            // A line that only touches a vertex is none.
            if line.len() > 1 {
                lines.push(line);
            }
        }
        lines
    }
}

/// Inputs whose middle is so many times as large as their range are counted from there.
const FAR: f64 = 1024.0;

/// What the numbers of an interval are counted from.
fn origin([low, high]: [f64; 2]) -> f64 {
    let middle = f64::midpoint(low, high);
    if middle.abs() > FAR * (high - low) { middle } else { 0.0 }
}

/// The same function of inputs that are counted from `origin`.
fn counted_from(network: &Network, origin: [f64; 2]) -> Network {
    let [_, biases] = network.architecture().places(0);
    let mut parameters = network.parameters().to_vec();
    for (column, x) in network.weights(0).chunks_exact(biases.len()).zip(origin).filter(|(_, x)| *x != 0.0) {
        parameters[biases.clone()].iter_mut().zip(column).for_each(|(b, w)| *b += w * x);
    }
    Network::new(network.architecture().clone(), parameters).expect("as many parameters")
}

/// A point on the way from `a` to `b`.
fn between(a: [f64; 2], b: [f64; 2], t: f64) -> [f64; 2] {
    [0, 1].map(|i| a[i] + t * (b[i] - a[i]) + 0.0)
}

/// A convex polygon on which the network is linear.
#[derive(Clone, Copy, Debug)]
pub struct Region<'p> {
    plane: &'p Plane,
    face: usize,
}

impl<'p> Region<'p> {
    fn sides(self) -> impl Iterator<Item = Side> + 'p {
        let plane = self.plane;
        plane.around(plane.faces[self.face]).map(move |side| plane.sides[side as usize])
    }

    /// Its number among [`Plane::regions`].
    pub fn index(self) -> usize {
        self.face
    }
    /// Its corners, counter-clockwise. Where a neighbour has a corner on one of its sides, it has one there as well.
    pub fn corners(self) -> impl Iterator<Item = [f64; 2]> + 'p {
        self.sides().map(move |side| self.plane.place(side.origin))
    }
    /// The number of the region across each side, the side from a corner to the next; None at the edge of the domain.
    pub fn neighbours(self) -> impl Iterator<Item = Option<usize>> + 'p {
        let across = move |side: Side| {
            let twin = self.plane.sides.get(side.twin as usize)?;
            Some(twin.face as usize)
        };
        self.sides().map(across)
    }
    /// Its area, as half the sum of (pᵢ − p₀)×(pᵢ₊₁ − p₀) over its corners.
    pub fn area(self) -> f64 {
        self.triangles().map(|(area, _)| area).sum()
    }
    /// Its centre of mass; its first corner, if its area is 0 but for rounding.
    pub fn centre(self) -> [f64; 2] {
        let [x, y] = self.plane.place(self.plane.sides[self.plane.faces[self.face] as usize].origin);
        let sum = |[a, x, y]: [f64; 3], (area, [dx, dy]): (f64, [f64; 2])| [a + area, x + area * dx, y + area * dy];
        let [area, dx, dy] = self.triangles().fold([0.0; 3], sum);
        if area > 0.0 { [x + dx / area, y + dy / area] } else { [x, y] }
    }
    /// The triangles from its first corner: area, and centre as seen from that corner.
    fn triangles(self) -> impl Iterator<Item = (f64, [f64; 2])> + 'p {
        let corners = move || self.sides().map(move |side| self.plane.vertices[side.origin as usize]);
        let first = corners().next().unwrap_or_default();
        let mut last = [0.0; 2];
        corners().skip(1).map(move |corner| {
            let [a, b] = [last, [corner[0] - first[0], corner[1] - first[1]]];
            last = b;
            ((a[0] * b[1] - a[1] * b[0]) / 2.0, [(a[0] + b[0]) / 3.0, (a[1] + b[1]) / 3.0])
        })
    }
    /// Whether a unit is on, z > 0, inside the polygon. A unit that is 0 on all of it is off, as ReLU′(0) = 0.
    ///
    /// A unit without a kink has no fold, and counts as off.
    ///
    /// # Panics
    /// If there is no such unit.
    pub fn is_on(self, layer: usize, unit: usize) -> bool {
        assert!(
            unit < self.plane.network.architecture().layers()[layer].units,
            "layer {} has no unit {unit}",
            layer + 1
        );
        self.plane.is_on(self.face, layer, unit)
    }
    /// ŷ of one output.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn output(self, output: usize) -> Affine {
        self.unit(self.plane.network.architecture().layers().len() - 1, output)
    }
    /// What a unit passes on, φ(z).
    ///
    /// # Panics
    /// If there is no such unit.
    pub fn unit(self, layer: usize, unit: usize) -> Affine {
        self.plane.affine(self.face, layer, unit, &mut [Vec::new(), Vec::new()])
    }
}
