//! What ∂ℓ/∂W1 of two d×d layers costs: by backpropagation O(d²), by central differences O(d⁴).

use autodiff::{Cost, DMatrix, DifferenceCost, NodeId, Program, ShapeError, Tape};
use std::time::{Duration, Instant};
use tensor::random::Streams;

/// The sizes that are counted.
pub const SIZES: [usize; 8] = [2, 4, 8, 16, 32, 64, 128, 256];
/// Slopes are fitted to sizes from here on, where the largest power has taken over.
pub const FITTED_FROM: usize = 32;

/// The cost at one size, counted from the recorded program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    /// d.
    pub size: usize,
    /// One forward and one backward pass with W1 as the only parameter.
    pub analytic: Cost,
    /// Two forward passes for each of the d² entries.
    pub numeric: DifferenceCost,
}

impl Counted {
    /// Floating-point operations of both passes.
    pub fn analytic_operations(&self) -> u64 {
        self.analytic.forward + self.analytic.backward
    }
}

/// The time both ways take at one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// d.
    pub size: usize,
    /// Seconds of a forward and a backward pass.
    pub analytic: f64,
    /// Seconds of all passes of the differences.
    pub numeric: f64,
    /// How many passes were run; if fewer than there are, the time of these was multiplied.
    pub passes_run: u64,
}

/// The counts at all of [`SIZES`].
///
/// ```
/// use nn::problems::cost;
///
/// let counts = cost::count();
/// assert_eq!(counts[0].analytic_operations(), 27 + 33); // d = 2
/// assert_eq!(counts[0].numeric.operations, 8 * 27);
/// assert!((cost::slope(&cost::analytic(&counts)) - 2.0).abs() < 0.03);
/// assert!((cost::slope(&cost::numeric(&counts)) - 4.0).abs() < 0.03);
/// ```
pub fn count() -> Vec<Counted> {
    let counted = |size| {
        let (program, w1) = program(size);
        Counted { size, analytic: program.cost(), numeric: program.difference_cost(w1) }
    };
    SIZES.map(counted).to_vec()
}

/// Size and operations of backpropagation.
pub fn analytic(counts: &[Counted]) -> Vec<[f64; 2]> {
    counts.iter().map(|count| [count.size as f64, count.analytic_operations() as f64]).collect()
}
/// Size and operations of differences.
pub fn numeric(counts: &[Counted]) -> Vec<[f64; 2]> {
    counts.iter().map(|count| [count.size as f64, count.numeric.operations as f64]).collect()
}

/// The power with which a cost grows: the slope of the least-squares line through (ln d, ln cost), for d from
/// [`FITTED_FROM`].
pub fn slope(points: &[[f64; 2]]) -> f64 {
    let logs: Vec<[f64; 2]> =
        points.iter().filter(|[d, _]| *d >= FITTED_FROM as f64).map(|point| point.map(f64::ln)).collect();
    let mean = |i: usize| logs.iter().map(|log| log[i]).sum::<f64>() / logs.len() as f64;
    let (x, y) = (mean(0), mean(1));
    let product = |i: usize, j: usize| logs.iter().map(|log| (log[i] - [x, y][i]) * (log[j] - [x, y][j])).sum::<f64>();
    product(0, 1) / product(0, 0)
}

/// The power between each size and the next.
pub fn local_slopes(points: &[[f64; 2]]) -> Vec<f64> {
    let slope = |pair: &[[f64; 2]]| (pair[1][1] / pair[0][1]).ln() / (pair[1][0] / pair[0][0]).ln();
    points.windows(2).map(slope).collect()
}

/// Measures the time at all of [`SIZES`], about `budget` for each way and size.
pub fn measure(budget: Duration) -> Vec<Measured> {
    SIZES.map(|size| measure_at(size, budget)).to_vec()
}

fn measure_at(size: usize, budget: Duration) -> Measured {
    let (mut program, w1) = program(size);
    let mut random = Streams::new(0, size as u64);
    program.entries_mut(w1).fill_with(|| (2.0 * random.uniform() - 1.0) / (size as f64).sqrt());
    // To run a few times untimed brings everything into the cache.
    let per_run = |most: u64, run: &mut dyn FnMut()| {
        run();
        let start = Instant::now();
        let mut runs = 0;
        while runs < most && (runs == 0 || start.elapsed() < budget) {
            run();
            runs += 1;
        }
        (start.elapsed().as_secs_f64() / runs as f64, runs)
    };
    let (analytic, _) = per_run(u64::MAX, &mut || {
        program.forward();
        program.backward();
    });
    let passes = program.difference_cost(w1).passes;
    let mut pass = 0;
    let (seconds, passes_run) = per_run(passes, &mut || {
        let entries = program.entries_mut(w1);
        let place = pass / 2 % entries.len();
        entries[place] += if pass % 2 == 0 { 1e-5 } else { -1e-5 };
        program.forward();
        pass += 1;
    });
    Measured { size, analytic, numeric: seconds * passes as f64, passes_run }
}

/// The program at a size, with W1 as its only parameter.
fn program(size: usize) -> (Program<f64>, NodeId) {
    record(size).expect("the shapes of two layers fit")
}

fn record(size: usize) -> Result<(Program<f64>, NodeId), ShapeError> {
    let tape = Tape::new();
    let (matrix, column) = (DMatrix::zeros(size, size), DMatrix::zeros(size, 1));
    let (w1, w2) = (tape.dyn_parameter("W1", &matrix)?, tape.dyn_input("W2", &matrix)?);
    let input = |name: &str| tape.dyn_input(name, &column);
    let (b, x, y) = (input("b")?, input("x")?, input("y")?);
    let hidden = (w1.product(x)? + b)?.relu()?;
    let loss = ((w2.product(hidden)? - y)?.norm_squared()? * 0.5)?;
    // As it is written on paper: every operation by itself.
    Ok((tape.program_by_parts(loss.typed()?), w1.id()))
}
