//! Checking derivatives against differences and dual numbers.

use crate::record::{Leaf, NodeId, Source};
use crate::tape::Tape;
use crate::var::Var;
use tensor::Dual;

/// How the derivative by one parameter or input compares with two other ways to compute it.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The name of the parameter or input.
    pub name: String,
    /// The node.
    pub node: NodeId,
    /// Largest deviation of an entry from its dual-number derivative, over those whose dual number says something.
    pub dual_error: f64,
    /// Largest deviation of an entry from its central difference, over those whose difference says something.
    pub difference_error: f64,
    /// Entries, column by column, whose central difference straddles a kink and so says nothing.
    pub straddling: Vec<usize>,
    /// Entries whose central difference says nothing for another reason: rounding, or a loss that bends too much within
    /// the step, leaves it uncertain by more than the deviation; or it is not finite.
    pub uncertain: Vec<usize>,
    /// Entries whose dual number says nothing: it is not finite, on the way through a value that is not, and the
    /// derivative is.
    pub dual_silent: Vec<usize>,
}

impl Comparison {
    /// What could not be judged, in words; None if everything could.
    ///
    /// ```
    /// use autodiff::{SMatrix, Tape, check};
    ///
    /// let tape = Tape::new();
    /// let x = tape.input("x", SMatrix::<f64, 2, 1>::new(1.0, 0.0));
    /// let report = check(&tape, x.relu().sum(), 1e-5);
    /// assert_eq!(report.comparisons[0].not_judged().unwrap(), "1 difference straddles a kink");
    /// ```
    pub fn not_judged(&self) -> Option<String> {
        let reasons = [
            (&self.straddling, "difference straddles a kink", "differences straddle a kink"),
            (
                &self.uncertain,
                "difference is too uncertain, by rounding or by how the loss bends",
                "differences are too uncertain, by rounding or by how the loss bends",
            ),
            (&self.dual_silent, "dual number is not finite", "dual numbers are not finite"),
        ];
        let some = reasons.iter().filter(|(entries, ..)| !entries.is_empty());
        let words = some.map(|(entries, one, several)| match entries.len() {
            1 => format!("1 {one}"),
            count => format!("{count} {several}"),
        });
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// The outcome of [`check`].
#[derive(Clone, Debug)]
pub struct Check {
    /// One for each parameter and input the loss depends on.
    pub comparisons: Vec<Comparison>,
}

impl Check {
    /// Whether dual numbers agree to 10⁻⁹ and central differences to 10⁻⁵ where they say something, both relative to the
    /// larger of the derivative and 1.
    pub fn passes(&self) -> bool {
        self.comparisons.iter().all(|c| c.dual_error <= AGREES[0] && c.difference_error <= AGREES[1])
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
/// No oracle is trusted alone, and none is asked for more than it knows. Where x − ε, x and x + ε are not all on the same
/// side of every kink, the difference says nothing; such entries are listed, not failed. A difference that deviates is
/// held to two steps, ε and ε/2, which tell how much of it is truncation, and to the rounding of the loss, 2⁻⁵²·|ℓ|/ε: only
/// if it deviates by more than both does it speak against the derivative. A dual number that is not finite says nothing of
/// a derivative that is. Deviations are relative to max(1, |derivative|).
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
    let mut program = tape.program_by_parts(loss);
    let mut lifted = program.lift();
    program.forward();
    let sides = program.sides();
    let labels = tape.record.borrow().labels();
    let mut comparisons = Vec::new();
    for node in leaves(tape) {
        let Some(derivative) = derivatives.slice(node) else { continue };
        let mut comparison = Comparison {
            name: labels[node.index()].clone(),
            node,
            dual_error: 0.0,
            difference_error: 0.0,
            straddling: Vec::new(),
            uncertain: Vec::new(),
            dual_silent: Vec::new(),
        };
        for (i, &d) in derivative.iter().enumerate() {
            let x = program.entries(node)[i];

            lifted.entries_mut(node)[i] = Dual::variable(x);
            lifted.forward();
            let dual = lifted.loss().tangent;
            lifted.entries_mut(node)[i] = Dual::constant(x);
            if d.is_finite() && !dual.is_finite() {
                comparison.dual_silent.push(i);
            } else {
                comparison.dual_error = worst(comparison.dual_error, error(d, dual));
            }

            let epsilon = step * x.abs().max(1.0);
            let mut at = |x: f64| {
                program.entries_mut(node)[i] = x;
                program.forward();
                (program.loss(), program.sides() == sides)
            };
            let verdict = Difference::new(|distance| at(x + distance), epsilon).verdict(d);
            at(x);
            match verdict {
                Verdict::Error(error) => comparison.difference_error = worst(comparison.difference_error, error),
                Verdict::Straddles => comparison.straddling.push(i),
                Verdict::Uncertain => comparison.uncertain.push(i),
            }
        }
        comparisons.push(comparison);
    }
    Check { comparisons }
}

/// What dual numbers and central differences must agree to.
const AGREES: [f64; 2] = [1e-9, 1e-5];

/// A deviation, relative to max(1, |derivative|). What is infinite or not a number in the same way does not deviate.
fn error(derivative: f64, other: f64) -> f64 {
    if derivative == other || (derivative.is_nan() && other.is_nan()) {
        return 0.0;
    }
    (derivative - other).abs() / derivative.abs().max(1.0)
}

/// A central difference, and what is known of its own error.
struct Difference {
    /// (ℓ(x + ε) − ℓ(x − ε))/2ε.
    plain: f64,
    /// The same of ε and ε/2 together, without the error that falls like ε² (Richardson).
    refined: f64,
    /// How far the refined one may be off, by rounding and by what is left of truncation.
    uncertainty: f64,
    straddles: bool,
}

/// What a difference says of a derivative.
enum Verdict {
    /// How far it is off.
    Error(f64),
    Straddles,
    Uncertain,
}

impl Difference {
    /// Of a loss, which also says whether it is on the same side of all kinks, at some distances.
    fn new(mut loss: impl FnMut(f64) -> (f64, bool), epsilon: f64) -> Self {
        let [far, near] = [epsilon, epsilon / 2.0].map(|distance| {
            let ((above, same_above), (below, same_below)) = (loss(distance), loss(-distance));
            ((above - below) / (2.0 * distance), above.abs().max(below.abs()), same_above && same_below)
        });
        let largest = far.1.max(near.1);
        // The loss is rounded some times on the way, and both differences with it: 4/3 of one, 1/3 of the other.
        let rounding = 16.0 * f64::EPSILON * largest / epsilon;
        Difference {
            plain: far.0,
            refined: (4.0 * near.0 - far.0) / 3.0,
            uncertainty: rounding + (near.0 - far.0).abs() / 4.0,
            straddles: !(far.2 && near.2),
        }
    }

    fn verdict(&self, derivative: f64) -> Verdict {
        let of_plain = error(derivative, self.plain);
        if self.straddles {
            return Verdict::Straddles;
        } else if of_plain <= AGREES[1] {
            return Verdict::Error(of_plain);
        }
        let of_refined = error(derivative, self.refined);
        let explained = self.uncertainty / derivative.abs().max(1.0);
        if !self.refined.is_finite() || (of_refined > AGREES[1] && of_refined <= AGREES[1] + explained) {
            return Verdict::Uncertain;
        }
        Verdict::Error(of_refined)
    }
}

/// The derivative by one entry of one node, against central differences with different steps.
#[derive(Clone, Debug)]
pub struct ErrorCurve {
    /// The name of the node.
    pub name: String,
    /// The node.
    pub node: NodeId,
    /// The entry, column by column.
    pub entry: usize,
    /// The derivative, by the tape.
    pub derivative: f64,
    /// The derivative, by dual numbers.
    pub dual: f64,
    /// One for each ε, in the order given.
    pub points: Vec<CurvePoint>,
}

/// A point of an [`ErrorCurve`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The step.
    pub epsilon: f64,
    /// The central difference (ℓ(x + ε) − ℓ(x − ε))/2ε.
    pub difference: f64,
    /// How far it is from the derivative, relative to max(1, |derivative|).
    pub error: f64,
    /// Whether it straddles a kink and so says nothing.
    pub straddles: bool,
}

impl ErrorCurve {
    /// The point with the smallest error among those that straddle no kink.
    pub fn best(&self) -> Option<&CurvePoint> {
        let honest = self.points.iter().filter(|point| !point.straddles && !point.error.is_nan());
        honest.min_by(|a, b| a.error.total_cmp(&b.error))
    }
}

/// The error of the central difference over a range of steps ε, for one entry of any node, whether given or computed.
/// It falls like ε² while truncation rules and rises like 1/ε where rounding does: a V on logarithmic axes, lowest near
/// ε = 10⁻⁵. None if the loss does not depend on the node, or if it is a constant.
///
/// # Panics
/// If the node has no such entry.
///
/// ```
/// use autodiff::{SMatrix, Tape, error_curve};
///
/// let tape = Tape::new();
/// let x = tape.input("x", SMatrix::<f64, 1, 1>::new(0.7));
/// let steps: Vec<f64> = (1..=12).map(|k| 10.0_f64.powi(-k)).collect();
/// let curve = error_curve(&tape, x.sin().exp(), x, 0, &steps).unwrap();
/// let best = curve.best().unwrap();
/// assert!(best.error < 1e-9 && (1e-7..=1e-3).contains(&best.epsilon));
/// ```
pub fn error_curve(
    tape: &Tape<f64>,
    loss: Var<'_, f64, 1, 1>,
    node: impl Into<NodeId>,
    entry: usize,
    epsilons: &[f64],
) -> Option<ErrorCurve> {
    let node = node.into();
    let derivative = tape.backward(loss).slice(node)?[entry];
    let mut program = tape.program_from(node, loss);
    program.forward();
    let (x, sides) = (program.entries(node)[entry], program.sides());

    let mut lifted = program.lift();
    lifted.entries_mut(node)[entry] = Dual::variable(x);
    lifted.forward();

    let mut at = |x: f64| {
        program.entries_mut(node)[entry] = x;
        program.forward();
        (program.loss(), program.sides() == sides)
    };
    let points = epsilons.iter().map(|&epsilon| {
        let ((above, same_above), (below, same_below)) = (at(x + epsilon), at(x - epsilon));
        let difference = (above - below) / (2.0 * epsilon);
        CurvePoint { epsilon, difference, error: error(derivative, difference), straddles: !(same_above && same_below) }
    });
    let points = points.collect();
    let labels = tape.record.borrow().labels();
    Some(ErrorCurve {
        name: labels[node.index()].clone(),
        node,
        entry,
        derivative,
        dual: lifted.loss().tangent,
        points,
    })
}

/// The derivative of a loss along one random direction, computed in three ways.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// The inner product of the gradient with the direction.
    pub derivative: f64,
    /// The tangent of dual numbers.
    pub dual: f64,
    /// The central difference.
    pub difference: f64,
    /// Whether the central difference straddles a kink and so says nothing.
    pub straddles: bool,
    /// The largest error of the difference that rounding and truncation explain.
    pub uncertainty: f64,
}

impl Projection {
    /// Whether dual numbers agree to 10⁻⁹, and the central difference to 10⁻⁵ and its own uncertainty, both relative to
    /// the larger of the derivative and 1. What straddles a kink or is not finite says nothing.
    pub fn passes(&self) -> bool {
        let Projection { derivative, dual, difference, straddles, uncertainty } = *self;
        let silent = |other: f64| derivative.is_finite() && !other.is_finite();
        let explained = uncertainty / derivative.abs().max(1.0);
        (silent(dual) || error(derivative, dual) <= AGREES[0])
            && (straddles || silent(difference) || error(derivative, difference) <= AGREES[1] + explained)
    }
}

/// The derivatives by all entries of all parameters and inputs in one go: along one random direction of length 1,
/// against dual numbers and the central difference with ε = `step`. A wrong derivative almost never hides from it, and
/// it costs three evaluations instead of three for each entry.
///
/// ```
/// use autodiff::{SMatrix, Tape, check_projection};
///
/// let tape = Tape::new();
/// let w = tape.parameter("W", SMatrix::<f64, 20, 30>::repeat(0.1));
/// let x = tape.input("x", SMatrix::<f64, 30, 1>::repeat(0.2));
/// assert!(check_projection(&tape, (w * x).tanh().norm_squared(), 1, 1e-5).passes());
/// ```
pub fn check_projection(tape: &Tape<f64>, loss: Var<'_, f64, 1, 1>, seed: u64, step: f64) -> Projection {
    let derivatives = tape.backward(loss);
    let mut program = tape.program_by_parts(loss);
    let mut lifted = program.lift();
    program.forward();
    let sides = program.sides();

    let mut random = SplitMix64(seed);
    let mut directions = Vec::new();
    for node in leaves(tape) {
        if let Some(by_node) = derivatives.slice(node) {
            let direction: Vec<f64> = by_node.iter().map(|_| 2.0 * random.uniform() - 1.0).collect();
            directions.push((node, by_node, direction));
        }
    }
    let length = directions.iter().flat_map(|(_, _, v)| v).map(|v| v * v).sum::<f64>().sqrt();
    let mut derivative = 0.0;
    for (node, by_node, direction) in &mut directions {
        for ((v, d), x) in direction.iter_mut().zip(*by_node).zip(lifted.entries_mut(*node)) {
            *v /= length;
            derivative += d * *v;
            x.tangent = *v;
        }
    }
    lifted.forward();

    let start: Vec<Vec<f64>> = directions.iter().map(|(node, ..)| program.entries(*node).to_vec()).collect();
    let difference = Difference::new(
        |distance| {
            for ((node, _, direction), start) in directions.iter().zip(&start) {
                for ((x, v), start) in program.entries_mut(*node).iter_mut().zip(direction).zip(start) {
                    *x = start + distance * v;
                }
            }
            program.forward();
            (program.loss(), program.sides() == sides)
        },
        step,
    );
    Projection {
        derivative,
        dual: lifted.loss().tangent,
        difference: difference.refined,
        straddles: difference.straddles,
        uncertainty: difference.uncertainty,
    }
}

/// The parameters and inputs of a tape.
fn leaves(tape: &Tape<f64>) -> Vec<NodeId> {
    let nodes = &tape.record.borrow().nodes;
    let is_leaf = |i: &usize| matches!(nodes[*i].source, Source::Leaf(Leaf::Parameter | Leaf::Input));
    (0..nodes.len()).filter(is_leaf).map(|i| nodes.id.node(i)).collect()
}

/// The random numbers of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
pub(crate) struct SplitMix64(pub u64);

impl SplitMix64 {
    /// The next number in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / 2.0_f64.powi(53)
    }
}

/// The larger of two errors, where NaN is the largest of all.
fn worst(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}
