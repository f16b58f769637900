//! What a partial derivative means: hold everything that does not come after a node, move one entry of it by δ, and ℓ
//! changes by δ·∂ℓ/∂node, as long as δ is small and no kink is crossed.

use super::{Problem, ProblemError};
use autodiff::{NodeId, Program};

/// One entry of a node, moved.
#[derive(Clone, Debug)]
pub struct Nudge {
    /// The name of the node.
    pub name: String,
    /// The node.
    pub node: NodeId,
    /// Row and column of the entry, from 0.
    pub entry: [usize; 2],
    /// Rows and columns of the node.
    pub shape: [usize; 2],
    /// The value of the entry.
    pub value: f64,
    /// ∂ℓ/∂entry.
    pub derivative: f64,
    /// ℓ before the nudge.
    pub loss: f64,
    /// The given nodes that the moved one is computed from: they stay as they are, and it moves all the same.
    pub feeding: Vec<String>,
    /// The given nodes that do not feed it, and are held fixed.
    pub held: Vec<String>,
    /// The δ nearest to 0 below and above at which a ReLU switches, if there is one in the range.
    pub kinks: [Option<f64>; 2],
    /// One for each δ, in the order given.
    pub points: Vec<NudgePoint>,
}

/// One δ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NudgePoint {
    /// How far the entry is moved.
    pub delta: f64,
    /// δ·∂ℓ/∂entry.
    pub predicted: f64,
    /// ℓ after − ℓ before.
    pub change: f64,
    /// Whether a ReLU has switched on the way.
    pub crosses_kink: bool,
}

impl NudgePoint {
    /// The part of ℓ's change that was not predicted.
    pub fn error(&self) -> f64 {
        self.change - self.predicted
    }
}

/// A node, or an entry of it, as a user names it: `x1`, `x1[2]`, `W1[1,2]`; entries are counted from 1. Without one it
/// is that with the largest derivative.
///
/// # Errors
/// If there is no such node or entry, or ℓ does not depend on it.
///
/// ```
/// use nn::problems::{Kind, Problem, nudge};
///
/// let problem = Problem::random(Kind::TwoLayer { size: 3 }, 0)?;
/// assert_eq!(nudge::find(&problem, "W1[1,2]")?.1, [0, 1]);
/// assert_eq!(nudge::find(&problem, "b[4]").unwrap_err().to_string(), "b is 3×1; it has no entry [4]");
/// # Ok::<(), nn::problems::ProblemError>(())
/// ```
pub fn find(problem: &Problem, name: &str) -> Result<(NodeId, [usize; 2]), ProblemError> {
    let given = name.trim();
    let (base, entry) = match given.split_once('[') {
        // At the level of numbers, brackets are part of a name.
        Some(_) if problem.node(given).is_ok() => (given, None),
        Some((base, rest)) => (base, Some(rest.trim_end_matches(']'))),
        None => (given, None),
    };
    let node = problem.node(base)?;
    let graph = problem.graph();
    let found = &graph.nodes[node.index()];
    let (rows, columns) = (found.rows, found.columns);
    let Some(derivative) = &found.derivative else { return Err(ProblemError::Independent(base.to_owned())) };
    let Some(entry) = entry else {
        // Of equally large derivatives the first is meant.
        let largest = (0..derivative.len()).rev().max_by(|&a, &b| derivative[a].abs().total_cmp(&derivative[b].abs()));
        let largest = largest.unwrap_or(0);
        return Ok((node, [largest % rows, largest / rows]));
    };
    let none = || ProblemError::Entry { name: base.to_owned(), rows, columns, entry: entry.to_owned() };
    let numbers: Vec<usize> =
        entry.split(',').map(|n| n.trim().parse().map_err(|_| none())).collect::<Result<_, _>>()?;
    let place = match numbers[..] {
        [i] if columns == 1 => [i, 1],
        [j] if rows == 1 => [1, j],
        [i, j] => [i, j],
        _ => return Err(none()),
    };
    let [i, j] = place;
    if (1..=rows).contains(&i) && (1..=columns).contains(&j) { Ok((node, [i - 1, j - 1])) } else { Err(none()) }
}

/// Moves one entry of a node by each δ.
///
/// # Errors
/// If ℓ does not depend on the node.
pub fn nudge(problem: &Problem, node: NodeId, entry: [usize; 2], deltas: &[f64]) -> Result<Nudge, ProblemError> {
    let graph = problem.graph();
    let found = &graph.nodes[node.index()];
    let name = found.name.clone();
    let Some(derivative) = &found.derivative else { return Err(ProblemError::Independent(name)) };
    let place = entry[0] + entry[1] * found.rows;
    let derivative = derivative[place];
    let mut moved = Moved::new(problem, node, place);
    let (loss, sides) = moved.by(0.0);
    let points = deltas.iter().map(|&delta| {
        let (after, sides_after) = moved.by(delta);
        let predicted = delta * derivative;
        NudgePoint { delta, predicted, change: after - loss, crosses_kink: sides_after != sides }
    });
    let points: Vec<NudgePoint> = points.collect();
    let mut kink = |sign: f64| {
        // Of δ and δ' with the same sign, what switches at δ has in all our expressions switched at a larger δ' too.
        let beyond = points.iter().filter(|point| point.crosses_kink && point.delta * sign > 0.0);
        let mut outer = beyond.map(|point| point.delta.abs()).min_by(f64::total_cmp)?;
        let mut inner = 0.0;
        for _ in 0..60 {
            let middle = f64::midpoint(inner, outer);
            if moved.by(sign * middle).1 == sides { inner = middle } else { outer = middle }
        }
        Some(sign * outer)
    };
    let kinks = [kink(-1.0), kink(1.0)];
    let [feeding, held] = problem.feeding(node);
    Ok(Nudge {
        name,
        node,
        entry,
        shape: [found.rows, found.columns],
        value: found.value[place],
        derivative,
        loss,
        feeding,
        held,
        kinks,
        points,
    })
}

/// A program in which one entry is moved.
struct Moved {
    program: Program<f64>,
    node: NodeId,
    place: usize,
    value: f64,
}

impl Moved {
    fn new(problem: &Problem, node: NodeId, place: usize) -> Self {
        let program = problem.tape().program_from(node, problem.loss());
        let value = program.entries(node)[place];
        Moved { program, node, place, value }
    }
    /// ℓ, and on which side of each kink the values are.
    fn by(&mut self, delta: f64) -> (f64, Vec<i8>) {
        self.program.entries_mut(self.node)[self.place] = self.value + delta;
        self.program.forward();
        (self.program.loss(), self.program.sides())
    }
}
