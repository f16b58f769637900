//! y = Σⱼ mⱼ·(ln(1 + e^zⱼ) − tⱼ·zⱼ) with weights mⱼ ≥ 0, for log odds zⱼ of the second of two classes and targets
//! tⱼ = 0 or 1, or a probability between: −ln P(tⱼ), weighted and added up, the logistic loss (D. R. Cox 1958), also
//! called binary cross-entropy. z̄ += ȳ·g, t̄ −= ȳ·m∘z, m̄ⱼ += ȳ·(ln(1 + e^zⱼ) − tⱼ·zⱼ), where forward keeps g = m∘(σ(z) − t).
//!
//! A sample with mⱼ = 0 is not there: it adds 0 to y, z̄ and t̄ even if its log odds are not finite.

#[cfg(test)]
use super::table::Row;
use crate::dynamic::DynVar;
use crate::error::ShapeError;
use crate::formula::Formula;
use crate::operation::{Cost, Operands, Operation, Output, Pullback};
use crate::var::Var;
use std::sync::Arc;
use tensor::kernels::{self, map_row};
use tensor::{Dual, Scalar};

/// The number of samples. Operands: log odds z, target t, weight m.
#[derive(Clone, Copy, Debug)]
struct Logistic(usize);

/// ln(1 + eᶻ) − t·z as (1 − t)·max(z, 0) + t·max(−z, 0) + ln(1 + e^−|z|): terms that are positive and cannot overflow.
///
/// Of ln(1 + u) with small u, most digits of u are lost in 1 + u; what is lost is added to first order.
#[inline(always)]
fn surprise<T: Scalar>(z: T, t: T) -> T {
    let (one, below) = (T::one(), (-z).relu());
    // max(z, 0) as a sum, so that the slopes of both at 0, by which |z| is differentiated, differ by 1.
    let above = z + below;
    let u = (-(above + below)).exp();
    let sum = one + u;
    let logarithm = sum.ln() + (u - (sum - one)) / sum;
    (one - t) * above + t * below + logarithm
}
/// Its derivative by z, σ(z) − t, as (1 − t)·σ(z) − t·σ(−z): so nothing is lost where the class is almost certain.
#[inline(always)]
fn slope<T: Scalar>(z: T, t: T) -> T {
    (T::one() - t) * z.sigmoid() - t * (-z).sigmoid()
}
/// Floating-point operations of both.
const SURPRISE: u64 = 15;
const SLOPE: u64 = 6;

impl<T: Scalar> Operation<T> for Logistic {
    fn name(&self) -> &'static str {
        "logistic"
    }
    fn kept(&self) -> usize {
        self.0
    }
    fn forward(&self, operands: Operands<'_, T>, result: Output<'_, T>) {
        let ([z, t, m], Output { result, kept }) = (operands.first(), result);
        map_row(kept, [z, t, m], |_, [z, t, m]| m.select_positive(m * surprise(z, t)));
        result[0] = kernels::sum(kept);
        map_row(kept, [z, t, m], |_, [z, t, m]| m.select_positive(m * slope(z, t)));
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let ([z, t, m], slopes, upstream) = (pass.first(), pass.kept(), pass.upstream()[0].spread());
        if pass.wants(0) {
            map_row(pass.derivative(0), [slopes], |d, [slope]| d + upstream * slope);
        }
        if pass.wants(1) {
            map_row(pass.derivative(1), [z, m], |d, [z, m]| d - upstream * m.select_positive(m * z));
        }
        if pass.wants(2) {
            map_row(pass.derivative(2), [z, t], |d, [z, t]| d + upstream * surprise(z, t));
        }
    }
    fn cost(&self, wanted: &[bool]) -> Cost {
        let (samples, [z, t, m]) = (self.0 as u64, [wanted[0], wanted[1], wanted[2]].map(u64::from));
        Cost { forward: samples * (SURPRISE + SLOPE + 3), backward: samples * (2 * z + 3 * t + (SURPRISE + 2) * m) }
    }
    fn formula(&self, operands: &[Formula]) -> Option<Formula> {
        Some(&operands[2] * &surprises(operands).transpose())
    }
    fn pull_formula(&self, i: usize, upstream: &Formula, operands: &[Formula], _result: &Formula) -> Option<Formula> {
        let [z, t, m] = [0, 1, 2].map(|k| &operands[k]);
        let slope = match i {
            0 => m.component_mul(&(&z.map("σ", Scalar::sigmoid) - t)),
            1 => -&m.component_mul(z),
            _ => surprises(operands),
        };
        Some(upstream * &slope.transpose())
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

/// softplus(z) − t∘z, where softplus(z) = ln(1 + eᶻ).
fn surprises(operands: &[Formula]) -> Formula {
    let (z, t) = (&operands[0], &operands[1]);
    &z.map("softplus", |z| surprise(z, 0.0)) - &t.component_mul(z)
}

impl<'t, T: Scalar, const C: usize> Var<'t, T, 1, C> {
    /// Σⱼ mⱼ·(ln(1 + e^zⱼ) − tⱼ·zⱼ), where z is this row: the logistic loss of log odds, for targets from 0 to 1, each
    /// sample with its weight mⱼ ≥ 0.
    ///
    /// ```
    /// use autodiff::{SMatrix, Tape};
    ///
    /// let tape = Tape::new();
    /// let z = tape.parameter("z", SMatrix::<f64, 1, 2>::new(0.0, -800.0));
    /// let t = tape.input("t", SMatrix::<f64, 1, 2>::new(1.0, 1.0));
    /// let m = tape.constant(SMatrix::<f64, 1, 2>::repeat(0.5));
    /// let loss = z.logistic(t, m);
    /// assert_eq!(loss.scalar(), 0.5 * 2.0_f64.ln() + 400.0);
    /// assert_eq!(tape.backward(loss).of(z), SMatrix::<f64, 1, 2>::new(-0.25, -0.5)); // m∘(σ(z) − t)
    /// ```
    #[must_use]
    pub fn logistic(self, target: Var<'t, T, 1, C>, weight: Var<'t, T, 1, C>) -> Var<'t, T, 1, 1> {
        Var::of(self.dynamic().logistic(target.dynamic(), weight.dynamic()))
    }
}
impl<'t, T: Scalar> DynVar<'t, T> {
    /// Σⱼ mⱼ·(ln(1 + e^zⱼ) − tⱼ·zⱼ), where z is this row: the logistic loss of log odds, for targets from 0 to 1, each
    /// sample with its weight mⱼ ≥ 0.
    ///
    /// # Errors
    /// If this, the target and the weight are not rows of one length, or are nodes of two tapes.
    pub fn logistic(self, target: Self, weight: Self) -> Result<Self, ShapeError> {
        let [_, samples] = self.shape();
        for (what, row) in [("the row of log odds", self), ("the target", target), ("the weight", weight)] {
            row.must_be(what, [1, samples])?;
        }
        self.apply(Logistic(samples), [target, weight], [1, 1])
    }
}

/// Rows of the gradient-check table.
#[cfg(test)]
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(file!(), "probabilities", 1e-9, |at| {
            let (z, t) = (at.draw::<1, 5>("z", -4.0..4.0), at.draw("t", 0.0..1.0));
            z.logistic(t, at.draw("m", 0.1..1.0)) * 0.75
        }),
        Row::new(file!(), "two classes", 1e-8, |at| {
            let (z, m) = (at.draw::<1, 4>("z", -20.0..20.0), at.draw("m", 0.1..1.0));
            z.logistic(at.constant(0.0), m) + z.logistic(at.constant(1.0), m)
        }),
        Row::new(file!(), "even odds", 1e-9, |at| {
            let (z, t) = (at.draw::<1, 3>("z", 0.0..0.0), at.draw("t", 0.0..1.0));
            z.logistic(t, at.draw("m", 0.1..1.0))
        }),
        Row::new(file!(), "hopeless and certain", 1e-6, |at| {
            let (good, bad) = (at.draw::<1, 3>("good", 700.0..2000.0), at.draw::<1, 3>("bad", -2000.0..-700.0));
            let (one, m) = (at.constant(1.0), at.draw("m", 0.1..1.0));
            good.logistic(one, m) + bad.logistic(one, m)
        }),
    ]
}
