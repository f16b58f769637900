//! Why a network has no exact geometry.

use crate::architecture::Activation;

/// Why a network has no exact geometry on a domain.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GeometryError {
    /// It has another number of inputs.
    #[error("the network has {found} inputs, and this needs {expected}; a slice of it has as many as wanted")]
    Inputs {
        /// 1 for a line, 2 for a plane.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// An activation is not piecewise linear.
    #[error("layer {} is {activation}, which is not piecewise linear: it has no polygons", layer + 1)]
    Smooth {
        /// Which layer, from 0.
        layer: usize,
        /// Its activation.
        activation: Activation,
    },
    /// A parameter is infinite or not a number.
    #[error("a parameter of layer {} is not finite", layer + 1)]
    NotFinite {
        /// Which layer, from 0.
        layer: usize,
    },
    /// A value is too large for double precision.
    #[error("values of layer {} are too large for double precision", layer + 1)]
    Overflow {
        /// Which layer, from 0.
        layer: usize,
    },
    /// The domain is not one.
    #[error("the domain runs from {low:?} to {high:?}: it must be finite and wider than 0")]
    Domain {
        /// Where it begins.
        low: f64,
        /// Where it ends.
        high: f64,
    },
    /// There are too many pieces.
    #[error(
        "layer {} bends at more than {vertices} vertices, too many to draw or to hold: take a smaller domain", layer + 1
    )]
    TooFine {
        /// Which layer, from 0.
        layer: usize,
        /// How many vertices there were.
        vertices: usize,
    },
}

/// Checks that a network has `inputs` inputs and finite parameters, and that its domain is one.
pub(super) fn check(network: &crate::network::Network, domain: &[[f64; 2]]) -> Result<(), GeometryError> {
    let (expected, found) = (domain.len(), network.architecture().inputs());
    if expected != found {
        return Err(GeometryError::Inputs { expected, found });
    }
    for &[low, high] in domain {
        if !(low < high && (high - low).is_finite()) {
            return Err(GeometryError::Domain { low, high });
        }
    }
    let finite = |layer: &usize| network.weights(*layer).iter().chain(network.biases(*layer)).all(|p| p.is_finite());
    match (0..network.architecture().layers().len()).find(|layer| !finite(layer)) {
        Some(layer) => Err(GeometryError::NotFinite { layer }),
        None => Ok(()),
    }
}
