//! Gradient descent, w ← w − γ·∇ℓ(w), step by step: each step is a forward pass for the values, a backward pass for the
//! derivatives, and an update.

use super::{Problem, ProblemError};

/// The first learning rate that is tried.
const FIRST_RATE: f64 = 0.1;
/// How often it is halved at most.
const HALVINGS: usize = 24;

/// A descent: the same expression at every step's parameters.
#[derive(Debug)]
pub struct Descent {
    /// γ.
    pub rate: f64,
    /// The start, and the state after each step.
    pub states: Vec<Problem>,
}

impl Descent {
    /// ℓ at the start and after each step.
    pub fn losses(&self) -> Vec<f64> {
        self.states.iter().map(Problem::value).collect()
    }
}

/// `steps` steps with learning rate `rate`. Trained are the parameters of the expression; x and y are given.
///
/// # Errors
/// If the loss does not stay finite.
///
/// ```
/// use nn::problems::{Problem, descent};
///
/// let descent = descent::descend(Problem::chain(1.0)?, 0.1, 2)?; // ℓ′(1) = 6
/// assert_eq!(descent.states[1].inputs().get("x").unwrap()[0], 1.0 - 0.1 * 6.0);
/// # Ok::<(), nn::problems::ProblemError>(())
/// ```
pub fn descend(start: Problem, rate: f64, steps: usize) -> Result<Descent, ProblemError> {
    let mut states = vec![start];
    for _ in 0..steps {
        let next = step(&states[states.len() - 1], rate)?;
        states.push(next);
    }
    Ok(Descent { rate, states })
}

/// As [`descend`], with the largest learning rate of 0.1, 0.05, 0.025, … at which ℓ rises in no step.
///
/// # Errors
/// If there is none.
pub fn descend_safely(start: &Problem, steps: usize) -> Result<Descent, ProblemError> {
    let mut rate = FIRST_RATE;
    for _ in 0..HALVINGS {
        let again = Problem::new(start.kind(), start.inputs().clone())?;
        if let Ok(descent) = descend(again, rate, steps)
            && descent.losses().windows(2).all(|pair| pair[1] <= pair[0])
        {
            return Ok(descent);
        }
        rate /= 2.0;
    }
    Err(ProblemError::NotFinite("the loss of gradient descent".to_owned()))
}

fn step(state: &Problem, rate: f64) -> Result<Problem, ProblemError> {
    let mut inputs = state.inputs().clone();
    let graph = state.graph();
    for name in state.kind().parameters() {
        let node = &graph.nodes[state.node(name)?.index()];
        if let (Some(parameter), Some(gradient)) = (inputs.get_mut(name), &node.derivative) {
            for (entry, slope) in parameter.iter_mut().zip(gradient) {
                *entry -= rate * slope;
            }
        }
    }
    Problem::new(state.kind(), inputs)
}
