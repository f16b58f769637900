//! What networks look like: a [polyline](Line) over one input, a map of [convex polygons](Plane) over two.
//!
//! For piecewise linear activations both are computed, at any depth, and not sampled; for smooth ones there is a [mesh](Mesh)
//! that is as fine as it must be. A network of more inputs is shown
//! on a [slice](Slice) of them.

mod classes;
mod error;
mod left_over;
mod line;
mod mesh;
mod plane;
mod rows;
mod slice;

pub use classes::Classes;
pub use error::GeometryError;
pub use left_over::left_over;
pub(crate) use line::breaks;
pub use line::{Break, Line};
pub use mesh::{Mesh, gradient};
pub use plane::{Affine, Plane, Region};
pub use slice::{Slice, SliceError};

use crate::network::Network;

/// One hidden unit: x ↦ w2·Φ(w1·x + b1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// Input weight.
    pub w1: f64,
    /// Bias.
    pub b1: f64,
    /// Output weight.
    pub w2: f64,
}

/// What a unit does on the domain and on the training points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitState {
    /// Its elbow is in the domain, and some training point activates it.
    Live,
    /// Active on the whole domain: a straight line there, no elbow to see.
    AlwaysOn,
    /// Its elbow is in the domain or it has none, but no training point activates it: its gradient is 0.
    DeadOnData,
    /// Its elbow is outside the domain and it is 0 on all of it.
    OutsideDomain,
}

impl UnitState {
    /// The name used in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            UnitState::Live => "live",
            UnitState::AlwaysOn => "always-on",
            UnitState::DeadOnData => "dead on the data",
            UnitState::OutsideDomain => "outside the domain",
        }
    }
}

impl Unit {
    /// The elbow −b1/w1: where the unit turns on or off. None if w1 = 0, or if the quotient is not finite.
    pub fn elbow(self) -> Option<f64> {
        let elbow = -self.b1 / self.w1;
        // Adding 0 makes −0 a 0, which prints without a sign.
        elbow.is_finite().then_some(elbow + 0.0)
    }
    /// By how much the slope of ŷ grows at the elbow, from left to right: w2·|w1|.
    pub fn slope_change(self) -> f64 {
        self.w2 * self.w1.abs()
    }
    /// The unit's share of ŷ(x): w2·Φ(w1·x + b1).
    pub fn contribution(self, x: f64) -> f64 {
        self.w2 * (self.w1 * x + self.b1).max(0.0)
    }
    /// Whether the unit is on at x: w1·x + b1 > 0.
    pub fn is_active(self, x: f64) -> bool {
        self.w1 * x + self.b1 > 0.0
    }
    /// What the unit does on `domain` and on the training inputs `x`.
    pub fn state(self, domain: [f64; 2], x: &[f64]) -> UnitState {
        let [low, high] = domain;
        match self.elbow() {
            Some(elbow) if elbow < low || elbow > high => {
                if self.is_active(f64::midpoint(low, high)) {
                    UnitState::AlwaysOn
                } else {
                    UnitState::OutsideDomain
                }
            }
            None if self.b1 > 0.0 => UnitState::AlwaysOn,
            _ if x.iter().any(|&x| self.is_active(x)) => UnitState::Live,
            _ => UnitState::DeadOnData,
        }
    }
    /// The vertices of the unit's contribution over `domain`: the ends, and the elbow if it lies between them.
    pub fn polyline(self, domain: [f64; 2]) -> Vec<[f64; 2]> {
        let [low, high] = domain;
        let elbow = self.elbow().filter(|&elbow| low < elbow && elbow < high);
        [Some(low), elbow, Some(high)].into_iter().flatten().map(|x| [x, self.contribution(x)]).collect()
    }
}

/// The vertices of ŷ over `domain` for a network of one input and one output: the ends and every break between them,
/// from left to right. ŷ is exactly the polyline through them, or within a thousandth of its range where an activation
/// is smooth. Empty for a network that has no such line; [`Line::new`] says why.
pub fn polyline(network: &Network, domain: [f64; 2]) -> Vec<[f64; 2]> {
    Line::new(network, domain, 1e-3).map_or_else(|_| Vec::new(), |line| line.output(0))
}
