//! All problems together, as one page shows them.

use super::check::{OnKink, Tested};
use super::cost::{Counted, Measured};
use super::descent::{Descent, descend_safely};
use super::nudge::Nudge;
use super::{Kind, Problem, ProblemError, check, cost, nudge};
use std::time::Duration;

/// What the problems are made for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// d: of two layers 3 and of the sum of neurons 2, if it is not given.
    pub size: Option<usize>,
    /// n, the number of neurons.
    pub neurons: usize,
    /// The seed of the inputs.
    pub seed: u64,
    /// Where the chain is differentiated.
    pub at: f64,
    /// The node, or entry of a node, of two layers that is nudged.
    pub node: String,
    /// How far.
    pub delta: f64,
}

impl Default for Request {
    fn default() -> Self {
        Request { size: None, neurons: 2, seed: 9, at: 1.5, node: "x1".to_owned(), delta: 0.1 }
    }
}

/// The steps of a descent.
pub const STEPS: usize = 8;
/// Up to how many numbers the weights of the sum of neurons are also recorded one by one.
const MOST_NUMBERS: usize = 12;
/// How many points a nudge is drawn with.
const POINTS: i32 = 400;

impl Request {
    /// Two layers.
    pub fn two_layer(&self) -> Kind {
        Kind::TwoLayer { size: self.size.unwrap_or(3) }
    }
    /// The sum of neurons.
    pub fn neuron_sum(&self) -> Kind {
        Kind::NeuronSum { neurons: self.neurons, size: self.size.unwrap_or(2) }
    }
    /// The values of δ of a nudge: a range of ten times `delta` each way, `delta` among them.
    pub fn deltas(&self) -> Vec<f64> {
        let step = |k: i32| 20.0 * self.delta.abs() * f64::from(k) / f64::from(POINTS);
        let mut deltas: Vec<f64> = (-POINTS / 2..=POINTS / 2).map(step).collect();
        deltas.retain(|delta| (delta - self.delta).abs() > 1e-9 * self.delta.abs());
        deltas.push(self.delta);
        deltas.sort_by(f64::total_cmp);
        deltas
    }
}

/// The problems, worked out.
#[derive(Debug)]
pub struct Lesson {
    /// What it was made for.
    pub request: Request,
    /// ℓ(x) = h(f(x), g(x)).
    pub chain: Problem,
    /// The sum of neurons with every number a node, if there are few.
    pub numbers: Option<Problem>,
    /// The sum of neurons.
    pub neurons: Problem,
    /// Two layers.
    pub two_layer: Problem,
    /// The derivatives of the chain, the sum of neurons and two layers, tested.
    pub tested: [Tested; 3],
    /// Two layers with a pre-activation of 0.
    pub kink: Option<OnKink>,
    /// The cost of ∂ℓ/∂W1, counted.
    pub counts: Vec<Counted>,
    /// The cost of ∂ℓ/∂W1, measured; empty if it was not.
    pub times: Vec<Measured>,
    /// A node of two layers moved.
    pub nudge: Nudge,
    /// Gradient descent on the sum of neurons and on two layers.
    pub descents: [Descent; 2],
}

impl Lesson {
    /// Works everything out; times are measured for about `budget` each.
    ///
    /// # Errors
    /// If a size is not possible, a number is not finite, or there is no such node.
    pub fn new(request: Request, budget: Option<Duration>) -> Result<Lesson, ProblemError> {
        let chain = Problem::chain(request.at)?;
        let neurons = Problem::random(request.neuron_sum(), request.seed)?;
        let two_layer = Problem::random(request.two_layer(), request.seed)?;
        let numbers = match request.neuron_sum() {
            Kind::NeuronSum { neurons: n, size } if n * size <= MOST_NUMBERS => {
                let kind = Kind::NeuronSumInNumbers { neurons: n, size };
                Some(Problem::new(kind, neurons.inputs().clone())?)
            }
            _ => None,
        };
        let (node, entry) = nudge::find(&two_layer, &request.node)?;
        let nudge = nudge::nudge(&two_layer, node, entry, &request.deltas())?;
        let descents = [descend_safely(&neurons, STEPS)?, descend_safely(&two_layer, STEPS)?];
        Ok(Lesson {
            tested: [check::test(&chain), check::test(&neurons), check::test(&two_layer)],
            kink: check::on_kink(&two_layer)?,
            counts: cost::count(),
            times: budget.map_or_else(Vec::new, cost::measure),
            request,
            chain,
            numbers,
            neurons,
            two_layer,
            nudge,
            descents,
        })
    }

    /// Whether every derivative agrees with differences and dual numbers.
    pub fn passes(&self) -> bool {
        self.tested.iter().all(|tested| tested.check.passes())
    }
}
