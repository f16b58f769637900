//! y = Σⱼ mⱼ·(lse(zⱼ)·Σₖ Tₖⱼ − Σₖ Tₖⱼ·Zₖⱼ) with lse(z) = ln Σₖ e^zₖ and weights mⱼ ≥ 0, for a score of each class in
//! the rows of Z, and in T a 1 for the class of each sample, or a probability of each class: −Σₖ Tₖⱼ·ln softmax(zⱼ)ₖ,
//! weighted and added up, the cross-entropy of softmax (J. S. Bridle 1990). Z̄ += ȳ·G, T̄ₖⱼ += ȳ·mⱼ·(lse(zⱼ) − Zₖⱼ), and
//! m̄ⱼ += ȳ times what is weighted by mⱼ, where forward keeps Gₖⱼ = mⱼ·(softmax(zⱼ)ₖ·Σᵢ Tᵢⱼ − Tₖⱼ).
//!
//! A sample with mⱼ = 0 is not there: it adds 0 to y, Z̄ and T̄ even if its scores are not finite.

#[cfg(test)]
use super::table::Row;
use super::weighted_square::{of_every_row, sums_of_columns};
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use nalgebra::DMatrix;
use std::sync::Arc;
use tensor::kernels::{self, map_row};
use tensor::{Dual, Scalar};

/// Operands: scores Z and targets T of classes × samples, weights m of samples.
#[derive(Clone, Copy, Debug)]
struct CrossEntropy {
    classes: usize,
    samples: usize,
}

/// The sums over the classes of one sample.
struct Column<T> {
    /// maxₖ zₖ, and ln Σₖ e^(zₖ − max): their sum is lse(z), and no power of e overflows.
    greatest: T,
    logarithm: T,
    /// Σₖ e^(zₖ − max).
    powers: T,
    /// lse(z)·Σₖ tₖ − Σₖ tₖ·zₖ.
    surprise: T,
}

impl<T: Scalar> Column<T> {
    /// Of scores z and targets t; writes e^(zₖ − max) into `powers`.
    fn new(z: &[T], t: &[T], powers: &mut [T]) -> Self {
        let greatest = greatest(z);
        let spread = greatest.spread();
        // Nothing of lse(z)·Σₖ tₖ − Σₖ tₖ·zₖ is lost where scores are large and far from each other.
        map_row(powers, [z, t], |_, [z, t]| t * (spread - z));
        let below = kernels::sum(powers);
        map_row(powers, [z], |_, [z]| (z - spread).exp());
        let (sum, targets) = (kernels::sum(powers), kernels::sum(t));
        let logarithm = if z.is_empty() { T::zero() } else { sum.ln() };
        Column { greatest, logarithm, powers: sum, surprise: targets * logarithm + below }
    }
}

/// maxₖ zₖ, as sums, so that it is differentiated as the greatest is; 0 of none.
#[inline(always)]
fn greatest<T: Scalar>(z: &[T]) -> T {
    let first = z.first().map_or(T::zero(), |&first| first + T::zero());
    z.iter().fold(first, |a, &b| a.add_where_greater(b, a, -a).add_where_greater(b, a, b))
}

impl CrossEntropy {
    fn entries(self) -> usize {
        self.classes * self.samples
    }
    /// The column of a sample.
    fn column<T>(self, matrix: &[T], sample: usize) -> &[T] {
        &matrix[sample * self.classes..][..self.classes]
    }
    fn column_mut<T>(self, matrix: &mut [T], sample: usize) -> &mut [T] {
        &mut matrix[sample * self.classes..][..self.classes]
    }
}

impl<T: Scalar> Operation<T> for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }
    /// G, and behind it room for the terms of y, and for Σₖ tₖ and Σₖ e^(zₖ − max) of every sample.
    fn kept(&self) -> usize {
        self.entries() + 3 * self.samples
    }
    /// What [`Column`] has, for all samples at a time: a function of a register takes as long for one class.
    fn forward(&self, operands: Operands<'_, T>, result: Output<'_, T>) {
        let ([z, t, m], Output { result, kept }) = (operands.first(), result);
        if self.entries() == 0 {
            result[0] = T::zero();
            return;
        }
        let (slopes, kept) = kept.split_at_mut(self.entries());
        let (terms, kept) = kept.split_at_mut(self.samples);
        let (targets, powers) = kept.split_at_mut(self.samples);
        let columns = || z.chunks_exact(self.classes).zip(t.chunks_exact(self.classes));
        let sums = terms.iter_mut().zip(targets.iter_mut());
        for ((column, (z, t)), (below, targets)) in slopes.chunks_exact_mut(self.classes).zip(columns()).zip(sums) {
            let greatest = greatest(z);
            column.iter_mut().zip(z).zip(t).for_each(|((entry, &z), &t)| *entry = t * (greatest - z));
            (*below, *targets) = (kernels::sum(column), kernels::sum(t));
            column.iter_mut().zip(z).for_each(|(entry, &z)| *entry = z - greatest);
        }
        map_row(slopes, [], |below, []| below.exp());
        for (column, powers) in slopes.chunks_exact(self.classes).zip(powers.iter_mut()) {
            *powers = kernels::sum(column);
        }
        map_row(terms, [targets, powers, m], |below, [targets, powers, m]| {
            m.select_positive(m * (targets * powers.ln() + below))
        });
        map_row(targets, [powers], |targets, [powers]| targets / powers);
        let factors = targets.iter().zip(m);
        for ((column, (_, t)), (&share, &m)) in slopes.chunks_exact_mut(self.classes).zip(columns()).zip(factors) {
            column.iter_mut().zip(t).for_each(|(power, &t)| *power = m.select_positive(m * (share * *power - t)));
        }
        result[0] = kernels::sum(terms);
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let ([z, t, m], slopes, upstream) = (pass.first(), pass.kept(), pass.upstream()[0]);
        if pass.wants(0) {
            let (slopes, upstream) = (&slopes[..self.entries()], upstream.spread());
            map_row(pass.derivative(0), [slopes], |d, [slope]| d + upstream * slope);
        }
        if !pass.wants(1) && !pass.wants(2) {
            return;
        }
        let scratch = pass.scratch();
        for (j, &m) in m.iter().enumerate() {
            let (z, powers) = (self.column(z, j), self.column_mut(scratch, j));
            let Column { greatest, logarithm, surprise, .. } = Column::new(z, self.column(t, j), powers);
            if pass.wants(1) {
                let [m, upstream, greatest, logarithm] = [m, upstream, greatest, logarithm].map(T::spread);
                map_row(self.column_mut(pass.derivative(1), j), [z], |d, [z]| {
                    d + upstream * m.select_positive(m * ((greatest - z) + logarithm))
                });
            }
            if pass.wants(2) {
                pass.derivative(2)[j] += upstream * surprise;
            }
        }
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let ([entries, samples], [z, t, m]) =
            ([self.entries(), self.samples].map(|n| n as u64), [wanted[0], wanted[1], wanted[2]].map(u64::from));
        // max; −, t·, +; −, exp, +; and the sum of t. A logarithm, · and +.
        let column = 8 * entries + 3 * samples;
        Cost {
            forward: column + 3 * (entries + samples),
            backward: 2 * entries * z + column * (t | m) + 5 * entries * t + 2 * samples * m,
        }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(&operands[2] * &surprises(operands).transpose())
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        let [z, t, m] = [0, 1, 2].map(|k| &operands[k]);
        let (rows, weights) = (self.classes, of_every_row(self.classes, m));
        let slope = match i {
            0 => {
                let targets = of_every_row(rows, &sums_of_columns(t));
                weights.component_mul(&(&softmax(z).component_mul(&targets) - t))
            }
            1 => weights.component_mul(&(&of_every_row(rows, &log_sum(z)) - z)),
            _ => surprises(operands),
        };
        Some(upstream * &slope.transpose())
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

/// lse(Z)∘(𝟏ᵀ·T) − 𝟏ᵀ·(T∘Z), a row.
fn surprises(operands: &[Formula]) -> Formula {
    let (z, t) = (&operands[0], &operands[1]);
    &log_sum(z).component_mul(&sums_of_columns(t)) - &sums_of_columns(&t.component_mul(z))
}
/// lse of every column: a symbol, since a formula has no function of columns.
fn log_sum(z: &Formula) -> Formula {
    let lse = |column: &[f64]| {
        let Column { greatest, logarithm, .. } = Column::new(column, column, &mut vec![0.0; column.len()]);
        greatest + logarithm
    };
    let value = z.evaluate();
    let row = value.column_iter().map(|column| lse(column.as_slice()));
    Formula::symbol(format!("lse({z})"), DMatrix::from_iterator(1, value.ncols(), row))
}
/// softmax of every column, likewise.
fn softmax(z: &Formula) -> Formula {
    let mut value = z.evaluate();
    for mut column in value.column_iter_mut() {
        let mut powers = vec![0.0; column.len()];
        let sum = Column::new(column.as_slice(), column.as_slice(), &mut powers).powers;
        column.iter_mut().zip(powers).for_each(|(entry, power)| *entry = power / sum);
    }
    Formula::symbol(format!("softmax({z})"), value)
}

impl<'t, T: Scalar, const K: usize, const C: usize> Var<'t, T, K, C> {
    /// Σⱼ mⱼ·(lse(zⱼ)·Σₖ Tₖⱼ − Σₖ Tₖⱼ·Zₖⱼ), where Z is this: the cross-entropy of softmax for scores of K classes, a
    /// column for each sample, which has the weight mⱼ ≥ 0. A column of targets is a 1 in the row of its class, or
    /// probabilities.
    ///
    /// ```
    /// use autodiff::{SMatrix, Tape};
    ///
    /// let tape = Tape::new();
    /// let z = tape.parameter("z", SMatrix::<f64, 4, 1>::repeat(900.0));
    /// let t = tape.input("t", SMatrix::<f64, 4, 1>::new(0.0, 1.0, 0.0, 0.0));
    /// let m = tape.constant(SMatrix::<f64, 1, 1>::new(1.0));
    /// let loss = z.cross_entropy(t, m);
    /// assert_eq!(loss.scalar(), 4.0_f64.ln());
    /// assert_eq!(tape.backward(loss).of(z), SMatrix::<f64, 4, 1>::new(0.25, -0.75, 0.25, 0.25)); // softmax(z) − t
    /// ```
    #[must_use]
    pub fn cross_entropy(self, target: Var<'t, T, K, C>, weight: Var<'t, T, 1, C>) -> Var<'t, T, 1, 1> {
        Var::of(self.dynamic().cross_entropy(target.dynamic(), weight.dynamic()))
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// Σⱼ mⱼ·(lse(zⱼ)·Σₖ Tₖⱼ − Σₖ Tₖⱼ·Zₖⱼ), where Z is this: the cross-entropy of softmax for a score of each class
    /// in its rows, a column for each sample, which has the weight mⱼ ≥ 0. A column of targets is a 1 in the row of its class,
    /// or probabilities.
    ///
    /// # Errors
    /// If the target has another shape, if the weight is not a row of one number for each column, or if they are nodes
    /// of two tapes.
    pub fn cross_entropy(self, target: Self, weight: Self) -> Result<Self, ShapeError> {
        let [classes, samples] = self.shape();
        target.must_be("the target", [classes, samples])?;
        weight.must_be("the weight", [1, samples])?;
        self.apply(CrossEntropy { classes, samples }, [target, weight], [1, 1])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "probabilities", 1e-8, |at| {
            let (z, t) = (at.draw::<3, 5>("Z", -4.0..4.0), at.draw("T", 0.0..1.0));
            z.cross_entropy(t, at.draw("m", 0.1..1.0)) * 0.75
        }),
        Row::new(file!(), "one class and equal scores", 1e-9, |at| {
            let (one, m) = (at.draw::<1, 3>("z", -4.0..4.0), at.draw("m", 0.1..1.0));
            let equal = at.draw::<4, 3>("Z", 1.0..1.0);
            one.cross_entropy(at.draw("t", 0.0..1.0), m) + equal.cross_entropy(at.draw("T", 0.0..1.0), m)
        }),
        Row::new(file!(), "hopeless and certain", 1e-6, |at| {
            let (z, t) = (at.draw::<3, 4>("Z", -2000.0..2000.0), at.draw("T", 0.0..1.0));
            z.cross_entropy(t, at.draw("m", 0.1..1.0))
        }),
    ]
}
