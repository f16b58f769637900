//! Any network of two inputs over a rectangle, as triangles on which it is nearly linear.
//!
//! Where an activation is smooth there are no polygons. The rectangle is then cut into right triangles, and each of them
//! is halved across its longest side until the network deviates from the linear function through the corners by no more
//! than a tolerance, at the middle of that side and at the centre (W. F. Mitchell, "A comparison of adaptive refinement
//! techniques for elliptic problems", 1989, "newest vertex bisection").
//!
//! ```
//! use nn::architecture::{Activation, Architecture, Layer, Loss};
//! use nn::geometry::Mesh;
//! use nn::network::Network;
//!
//! // ŷ = tanh(4x₁).
//! let hidden = Layer { units: 1, activation: Activation::Tanh };
//! let output = Layer { units: 1, activation: Activation::Identity };
//! let architecture = Architecture::new(2, vec![hidden, output], Loss::SquaredError)?;
//! let network = Network::new(architecture, vec![4.0, 0.0, 0.0, 1.0, 0.0])?;
//! let mesh = Mesh::new(&network, [[-1.0, 1.0], [-1.0, 1.0]], 0.01)?;
//! // tanh(4x) = ½ at x = artanh(½)/4 = 0.1373….
//! let boundary = mesh.level_set(0, 0.5);
//! assert!(boundary.iter().flatten().all(|[x, _]| (x - 0.1373).abs() < 0.005));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::classes::{Classes, Corner, classes};
use super::error::{GeometryError, check};
use crate::network::{Evaluation, Network};

/// Squares along each input at first.
const SQUARES: usize = 8;
/// How often a triangle is halved at the most: then its sides are 1/64 of what they were.
const MOST_HALVINGS: usize = 12;
/// More triangles than this are not made: what needs them, as noise does, is cut less finely everywhere.
const MOST: usize = 1 << 16;

/// A network as triangles. Made by [`Mesh::new`].
#[derive(Clone, Debug)]
pub struct Mesh {
    triangles: Vec<[Corner; 3]>,
}

impl Mesh {
    /// Triangles on which no output of `network` is farther from linear than `tolerance`, as far as the middle of the
    /// longest side and the centre tell, or that were halved as often as is allowed: twelve times, and less if there were
    /// more than 65 536 triangles.
    ///
    /// # Errors
    /// [`GeometryError`] if the network does not have two inputs, or a parameter that is not finite; if the domain is not
    /// a rectangle; if values overflow.
    pub fn new(network: &Network, domain: [[f64; 2]; 2], tolerance: f64) -> Result<Mesh, GeometryError> {
        check(network, &domain)?;
        let mut evaluation = Evaluation::new(network.architecture());
        let mut at = |point: [f64; 2]| {
            network.evaluate_into(&point, &mut evaluation);
            Corner { point, values: evaluation.outputs().to_vec() }
        };
        let place = |i: usize, [low, high]: [f64; 2]| low + (high - low) * (i as f64 / SQUARES as f64);
        let mut waiting = Vec::new();
        for i in 0..SQUARES {
            for j in 0..SQUARES {
                let [a, b, c, d] = [[0, 0], [1, 0], [1, 1], [0, 1]]
                    .map(|[di, dj]| at([place(i + di, domain[0]), place(j + dj, domain[1])]));
                // The right angle first; the longest side is across from it.
                waiting.push(([b, c.clone(), a.clone()], 0));
                waiting.push(([d, a, c], 0));
            }
        }
        // As many as nine halvings make are allowed.
        let mut triangles = Vec::new();
        for most in (9..=MOST_HALVINGS).rev() {
            triangles = refined(waiting.clone(), &mut at, tolerance, most);
            if triangles.len() <= MOST {
                break;
            }
        }
        let finite = |corner: &Corner| corner.values.iter().all(|value| value.is_finite());
        if !triangles.iter().flatten().all(finite) {
            return Err(GeometryError::Overflow { layer: network.architecture().layers().len() - 1 });
        }
        Ok(Mesh { triangles })
    }

    /// The corners of every triangle with the values of one output there.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn triangles(&self, output: usize) -> impl Iterator<Item = ([[f64; 2]; 3], [f64; 3])> + '_ {
        self.triangles.iter().map(move |triangle| {
            (triangle.each_ref().map(|corner| corner.point), triangle.each_ref().map(|corner| corner.values[output]))
        })
    }

    /// Where an output has the value `level`: a straight line through every triangle that it crosses.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn level_set(&self, output: usize, level: f64) -> Vec<Vec<[f64; 2]>> {
        let line = |triangle: &[Corner; 3]| {
            let crossings = (0..3).filter_map(|i| {
                let [a, b] = [&triangle[i], &triangle[(i + 1) % 3]];
                let [p, q] = [a.values[output] - level, b.values[output] - level];
                let t = p / (p - q);
                ((p > 0.0) != (q > 0.0)).then(|| std::array::from_fn(|k| a.point[k] + t * (b.point[k] - a.point[k])))
            });
            let line: Vec<[f64; 2]> = crossings.collect();
            (line.len() == 2).then_some(line)
        };
        self.triangles.iter().filter_map(line).collect()
    }

    /// Where each output is the largest.
    pub fn classes(&self) -> Classes {
        classes(self.triangles.iter().map(|triangle| triangle.to_vec()))
    }
}

/// The triangles halved, each `most` times at the most, until they are linear but for the tolerance; those that were found
/// when there are more than [`MOST`].
fn refined(
    mut waiting: Vec<([Corner; 3], usize)>,
    mut at: impl FnMut([f64; 2]) -> Corner,
    tolerance: f64,
    most: usize,
) -> Vec<[Corner; 3]> {
    let mut triangles = Vec::new();
    while let Some((triangle, halvings)) = waiting.pop().filter(|_| triangles.len() <= MOST) {
        let [right, from, to] = &triangle;
        let middle = at(between(from.point, to.point));
        let third = |k: usize| triangle.iter().map(|corner| corner.point[k]).sum::<f64>() / 3.0;
        let centre = at([third(0), third(1)]);
        let deviates = (0..middle.values.len()).any(|k| {
            let [a, b, c] = [right, from, to].map(|corner| corner.values[k]);
            let [of_middle, of_centre] = [middle.values[k] - f64::midpoint(b, c), centre.values[k] - (a + b + c) / 3.0];
            of_middle.abs() > tolerance || of_centre.abs() > tolerance
        });
        if deviates && halvings < most {
            let [right, from, to] = triangle;
            waiting.push(([middle.clone(), right.clone(), from], halvings + 1));
            waiting.push(([middle, to, right], halvings + 1));
        } else {
            triangles.push(triangle);
        }
    }
    triangles
}

fn between(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    std::array::from_fn(|k| f64::midpoint(a[k], b[k]))
}

/// The derivatives of the linear function that has these values at the corners of a triangle.
pub fn gradient([a, b, c]: [[f64; 2]; 3], [p, q, r]: [f64; 3]) -> [f64; 2] {
    let [u, v] = [b, c].map(|corner| [corner[0] - a[0], corner[1] - a[1]]);
    let determinant = u[0] * v[1] - u[1] * v[0];
    let [du, dv] = [q - p, r - p];
    [(du * v[1] - dv * u[1]) / determinant, (dv * u[0] - du * v[0]) / determinant]
}
