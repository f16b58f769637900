//! Checking derivatives against differences and dual numbers.

use crate::tape::{NodeId, Source, Tape, Var};
use tensor::Dual;

/// How the derivative by one parameter or input compares with two other ways to compute it.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The name of the parameter or input.
    pub name: String,
    /// The node.
    pub node: NodeId,
    /// Largest deviation of an entry from its dual-number derivative.
    pub dual_error: f64,
    /// Largest deviation of an entry from its central difference, over entries that straddle no kink.
    pub difference_error: f64,
    /// Entries, column by column, whose central difference straddles a kink and so says nothing.
    pub straddling: Vec<usize>,
}

/// The outcome of [`check`].
#[derive(Clone, Debug)]
pub struct Check {
    /// One for each parameter and input the loss depends on.
    pub comparisons: Vec<Comparison>,
}

impl Check {
    /// Whether dual numbers agree to 10⁻⁹, and central differences that straddle no kink to 10⁻⁵, both relative to
    /// the larger of the derivative and 1.
    pub fn passes(&self) -> bool {
        self.comparisons.iter().all(|c| c.dual_error <= 1e-9 && c.difference_error <= 1e-5)
    }
    /// Whether some central difference straddles a kink.
    pub fn straddles_kink(&self) -> bool {
        self.comparisons.iter().any(|c| !c.straddling.is_empty())
    }
}

/// Compares the derivative of `loss` by every entry of every parameter and input with the tangent of dual numbers and
/// with the central difference (ℓ(x + ε) − ℓ(x − ε))/2ε, ε = `step`·max(1, |x|). ε near the cube root of the rounding
/// error, 10⁻⁵, balances truncation against rounding (Press et al., Numerical Recipes, 5.7).
///
/// Where x − ε, x and x + ε are not all on the same side of every kink, the difference says nothing; such entries are
/// listed, not failed. Deviations are relative to max(1, |derivative|).
///
/// ```
/// use autodiff::{SMatrix, Tape, check};
///
/// let tape = Tape::new();
/// let x = tape.input("x", SMatrix::<f64, 2, 1>::new(0.7, 0.0)); // the second entry is on the kink
/// let report = check(&tape, x.relu().norm_squared() + x.sum(), 1e-5);
/// assert!(report.passes());
/// assert_eq!(report.comparisons[0].straddling, [1]);
/// ```
pub fn check(tape: &Tape<f64>, loss: Var<'_, f64, 1, 1>, step: f64) -> Check {
    let derivatives = tape.backward(loss);
    let mut program = tape.program(loss);
    let mut lifted = program.lift();
    program.forward();
    let sides = program.sides();
    let leaves: Vec<NodeId> = {
        let nodes = &tape.record().nodes;
        let is_leaf = |i: &usize| matches!(nodes[*i].source, Source::Parameter | Source::Input);
        (0..nodes.len()).filter(is_leaf).map(NodeId).collect()
    };
    let mut comparisons = Vec::new();
    for node in leaves {
        let Some(derivative) = derivatives.slice(node) else { continue };
        let mut comparison = Comparison {
            name: tape.label(node.0),
            node,
            dual_error: 0.0,
            difference_error: 0.0,
            straddling: Vec::new(),
        };
        for (i, &d) in derivative.iter().enumerate() {
            let x = program.entries(node)[i];
            let error = |other: f64| (d - other).abs() / d.abs().max(1.0);

            lifted.entries_mut(node)[i] = Dual::variable(x);
            lifted.forward();
            comparison.dual_error = worst(comparison.dual_error, error(lifted.loss().tangent));
            lifted.entries_mut(node)[i] = Dual::constant(x);

            let epsilon = step * x.abs().max(1.0);
            let mut at = |x: f64| {
                program.entries_mut(node)[i] = x;
                program.forward();
                (program.loss(), program.sides())
            };
            let ((above, sides_above), (below, sides_below)) = (at(x + epsilon), at(x - epsilon));
            at(x);
            if sides_above == sides && sides_below == sides {
                let difference = (above - below) / (2.0 * epsilon);
                comparison.difference_error = worst(comparison.difference_error, error(difference));
            } else {
                comparison.straddling.push(i);
            }
        }
        comparisons.push(comparison);
    }
    Check { comparisons }
}

/// The larger of two errors, where NaN is the largest of all.
fn worst(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}
