//! Networks of many inputs on a line or plane through their inputs.
//!
//! ```
//! use nn::architecture::{Activation, Architecture, Layer, Loss};
//! use nn::geometry::{Plane, Slice};
//! use nn::initial::Initial;
//!
//! let hidden = Layer { units: 8, activation: Activation::Relu };
//! let output = Layer { units: 1, activation: Activation::Identity };
//! let architecture = Architecture::new(4, vec![hidden, output], Loss::SquaredError)?;
//! let network = Initial::PyTorch.network(&architecture, 1)?;
//!
//! // The plane through three points; s and t are its coordinates.
//! let slice = Slice::through(&[&[0.0; 4], &[1.0, 0.0, 2.0, 0.0], &[0.0, 1.0, 0.0, 1.0]])?;
//! assert_eq!(slice.point(&[1.0, 0.5]), [1.0, 0.5, 2.0, 0.5]);
//! let plane = Plane::new(&slice.network(&network)?, [[-1.0, 1.0], [-1.0, 1.0]])?;
//! for region in plane.regions() {
//!     let centre = region.centre();
//!     let there = network.outputs(&slice.point(&centre))[0];
//!     assert!((region.output(0).at(centre) - there).abs() < 1e-12);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::architecture::Architecture;
use crate::data::Data;
use crate::network::Network;

/// A line or plane in the inputs of a network: x = origin + Σₖ sₖ·directionₖ.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    origin: Vec<f64>,
    directions: Vec<Vec<f64>>,
}

/// Points that are no slice, or none of a network's inputs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SliceError {
    /// A line needs two points, a plane three.
    #[error("{0} points: a slice goes through two, a line, or three, a plane")]
    Points(usize),
    /// The points do not have as many coordinates as there are inputs.
    #[error("point {point} has {found} coordinates, and there are {expected} inputs")]
    Coordinates {
        /// Which point, from 1.
        point: usize,
        /// How many coordinates it has.
        found: usize,
        /// How many inputs there are.
        expected: usize,
    },
    /// A coordinate is not finite.
    #[error("point {0} is not finite")]
    NotFinite(usize),
    /// Two points are the same, or three lie on a line.
    #[error("the points lie on {0}: choose others")]
    Degenerate(&'static str),
}

impl Slice {
    /// The line through two points, or the plane through three. The first is at 0, the second at s = 1, the third at
    /// t = 1.
    ///
    /// # Errors
    /// [`SliceError`] if there is another number of points, if they are of different lengths or not finite, or do not
    /// span a line or plane.
    pub fn through(points: &[&[f64]]) -> Result<Slice, SliceError> {
        let [origin, others @ ..] = points else { return Err(SliceError::Points(0)) };
        if !(1..=2).contains(&others.len()) {
            return Err(SliceError::Points(points.len()));
        }
        for (i, point) in points.iter().enumerate() {
            if point.len() != origin.len() {
                let (found, expected) = (point.len(), origin.len());
                return Err(SliceError::Coordinates { point: i + 1, found, expected });
            }
            if !point.iter().all(|x| x.is_finite()) {
                return Err(SliceError::NotFinite(i + 1));
            }
        }
        let direction = |point: &&[f64]| point.iter().zip(*origin).map(|(x, o)| x - o).collect::<Vec<f64>>();
        let directions: Vec<Vec<f64>> = others.iter().map(direction).collect();
        if directions.iter().any(|direction| direction.iter().all(|&x| x == 0.0)) {
            return Err(SliceError::Degenerate("one point"));
        }
        if let [a, b] = &directions[..] {
            // All minors aᵢ·bⱼ − aⱼ·bᵢ are 0 if those with the largest entry of a are.
            let largest = (0..a.len()).fold(0, |i, j| if a[j].abs() > a[i].abs() { j } else { i });
            let parallel = |j: usize| {
                let [p, q] = [a[largest] * b[j], a[j] * b[largest]];
                (p - q).abs() <= 4.0 * f64::EPSILON * (p.abs() + q.abs())
            };
            if (0..a.len()).all(parallel) {
                return Err(SliceError::Degenerate("one line"));
            }
        }
        Ok(Slice { origin: origin.to_vec(), directions })
    }

    /// The plane of two inputs, the others held at the values they have in `point`: s and t are these two inputs.
    ///
    /// # Errors
    /// [`SliceError`] if the point is not finite, or the inputs are the same.
    ///
    /// # Panics
    /// If there are no such inputs.
    pub fn of_inputs(point: &[f64], inputs: [usize; 2]) -> Result<Slice, SliceError> {
        let mut origin = point.to_vec();
        inputs.iter().for_each(|&input| origin[input] = 0.0);
        let unit = |input: usize| {
            let mut x = origin.clone();
            x[input] = 1.0;
            x
        };
        let [a, b] = inputs.map(unit);
        Slice::through(&[&origin, &a, &b])
    }

    /// The plane of two inputs of some data, the others held at their medians over the training points: of an even number
    /// the lower of the two in the middle, which is the value of some point.
    ///
    /// # Errors
    /// [`SliceError`] if the inputs are the same.
    ///
    /// # Panics
    /// If there are no such inputs.
    pub fn of_data(data: &Data, inputs: [usize; 2]) -> Result<Slice, SliceError> {
        let count = data.inputs.len();
        let median = |input: usize| {
            let mut values: Vec<f64> = data.x.iter().skip(input).step_by(count).copied().collect();
            let middle = (values.len() - 1) / 2;
            *values.select_nth_unstable_by(middle, f64::total_cmp).1
        };
        Slice::of_inputs(&(0..count).map(median).collect::<Vec<f64>>(), inputs)
    }

    /// The inputs at some coordinates of the slice.
    ///
    /// # Panics
    /// If there is not one coordinate for each direction.
    pub fn point(&self, coordinates: &[f64]) -> Vec<f64> {
        assert_eq!(coordinates.len(), self.directions.len(), "one coordinate for each direction");
        let mut point = self.origin.clone();
        for (direction, s) in self.directions.iter().zip(coordinates) {
            point.iter_mut().zip(direction).for_each(|(x, d)| *x += s * d);
        }
        point
    }

    /// The network as a function of the coordinates of the slice: its first layer becomes W1·D and b1 + W1·origin, with
    /// the directions as the columns of D.
    ///
    /// # Errors
    /// [`SliceError::Coordinates`] if the network has another number of inputs than the points coordinates.
    #[expect(clippy::missing_panics_doc, reason = "it cannot: only the number of inputs is another one")]
    pub fn network(&self, network: &Network) -> Result<Network, SliceError> {
        let architecture = network.architecture();
        let (expected, found) = (architecture.inputs(), self.origin.len());
        if expected != found {
            return Err(SliceError::Coordinates { point: 1, found, expected });
        }
        let units = architecture.layers()[0].units;
        let times = |direction: &[f64]| {
            let mut product = vec![0.0; units];
            for (column, x) in network.weights(0).chunks_exact(units).zip(direction) {
                product.iter_mut().zip(column).for_each(|(product, w)| *product += w * x);
            }
            product
        };
        let mut parameters: Vec<f64> = self.directions.iter().flat_map(|direction| times(direction)).collect();
        parameters.extend(times(&self.origin).iter().zip(network.biases(0)).map(|(product, b)| b + product));
        parameters.extend_from_slice(&network.parameters()[architecture.parameters_of(0)..]);
        let sliced = Architecture::new(self.directions.len(), architecture.layers().to_vec(), architecture.loss());
        let sliced = sliced.expect("one or two inputs, and layers as before");
        Ok(Network::new(sliced, parameters).expect("W and b of fewer inputs, and all else as before"))
    }
}
