//! Derivatives held against central differences and dual numbers, also where neither side of a kink is the right one.

use super::{Problem, ProblemError};
use autodiff::{Check, ErrorCurve};

/// The steps ε of the curves: from 1 down to 10⁻¹⁵, four in a decade.
pub fn steps() -> Vec<f64> {
    (0..=60).map(|k| 10.0_f64.powf(-f64::from(k) / 4.0)).collect()
}

/// The step of the comparison of all entries.
pub const STEP: f64 = 1e-5;

/// How the derivatives of a problem stand the test.
#[derive(Clone, Debug)]
pub struct Tested {
    /// All entries of all given nodes, at [`STEP`].
    pub check: Check,
    /// For each given node, the entry with the largest derivative, over [`steps`].
    pub curves: Vec<ErrorCurve>,
}

/// Tests the derivatives by everything that is given.
///
/// ```
/// use nn::problems::{Kind, Problem, check};
///
/// let tested = check::test(&Problem::random(Kind::TwoLayer { size: 3 }, 0)?);
/// assert!(tested.check.passes());
/// assert!(tested.curves.iter().all(|curve| curve.best().unwrap().error < 1e-9));
/// # Ok::<(), nn::problems::ProblemError>(())
/// ```
pub fn test(problem: &Problem) -> Tested {
    let check = autodiff::check(problem.tape(), problem.loss(), STEP);
    let graph = problem.graph();
    let curve = |node: &autodiff::Comparison| {
        let derivative = graph.nodes[node.node.index()].derivative.as_ref()?;
        let largest =
            (0..derivative.len()).rev().max_by(|&a, &b| derivative[a].abs().total_cmp(&derivative[b].abs()))?;
        autodiff::error_curve(problem.tape(), problem.loss(), node.node, largest, &steps())
    };
    let curves = check.comparisons.iter().filter_map(curve).collect();
    Tested { check, curves }
}

/// A problem with one pre-activation exactly 0.
#[derive(Debug)]
pub struct OnKink {
    /// The problem.
    pub problem: Problem,
    /// The unit, from 0.
    pub unit: usize,
    /// The derivative by the unit's bias, over [`steps`]; every difference straddles the kink.
    pub curve: ErrorCurve,
    /// The slope of ℓ in that bias on the left and on the right of the kink.
    pub slopes: [f64; 2],
}

/// The same problem with the bias of one unit chosen so that its pre-activation is exactly 0: of the units, that whose
/// derivative differs most between the two sides of the kink. None if the expression has no kink.
///
/// # Errors
/// If the derivatives are not finite there.
pub fn on_kink(problem: &Problem) -> Result<Option<OnKink>, ProblemError> {
    let kind = problem.kind();
    let Some((before, bias)) = kind.kinks() else { return Ok(None) };
    let mut placed: Option<OnKink> = None;
    for unit in 0..problem.inputs().get(bias).map_or(0, nalgebra::DMatrix::nrows) {
        let with_bias = |value: f64| {
            let mut inputs = problem.inputs().clone();
            if let Some(b) = inputs.get_mut(bias) {
                b[unit] = value;
            }
            Problem::new(kind, inputs)
        };
        // With a bias of 0, the pre-activation is the weighted sum alone; its negative cancels it exactly.
        let without = with_bias(0.0)?;
        let sum = without.graph().nodes[without.node(before)?.index()].value[unit];
        let problem = with_bias(-sum)?;
        let slope = |at: &Problem| -> Result<f64, ProblemError> {
            let graph = at.graph();
            Ok(graph.nodes[at.node(bias)?.index()].derivative.as_ref().map_or(0.0, |derivative| derivative[unit]))
        };
        let tiny = 1e-9 * sum.abs().max(1.0);
        let slopes = [slope(&with_bias(-sum - tiny)?)?, slope(&with_bias(-sum + tiny)?)?];
        let node = problem.node(bias)?;
        let Some(curve) = autodiff::error_curve(problem.tape(), problem.loss(), node, unit, &steps()) else { continue };
        let jump = |on: &OnKink| (on.slopes[1] - on.slopes[0]).abs();
        let candidate = OnKink { problem, unit, curve, slopes };
        if placed.as_ref().is_none_or(|best| jump(&candidate) > jump(best)) {
            placed = Some(candidate);
        }
    }
    Ok(placed)
}
