//! What a run costs, counted in floating-point operations, so that it does not depend on the machine.

use nn::architecture::Architecture;
use nn::model::sample_cost;
use nn::settings::Paradigm;
use nn::study::{Run, Study};

/// The price of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// How many parameters are fitted.
    pub parameters: usize,
    /// How many there are.
    pub of: usize,
    /// Steps; None for ridge regression, which has none.
    pub steps: Option<u64>,
    /// Floating-point operations of a step: forward and backward for every sample of the minibatch. None for ridge.
    pub step: Option<f64>,
    /// Floating-point operations of the whole run, without measuring errors.
    pub total: f64,
}

impl Cost {
    /// The price of a run of a study.
    pub fn of(study: &Study, run: &Run) -> Self {
        let architecture = Architecture::bent_line(run.width);
        let (parameters, of) = (run.paradigm.parameters(&architecture), architecture.parameters());
        if run.paradigm == Paradigm::Ridge {
            let total = ridge(study.data.x.len() as f64, parameters as f64);
            return Self { parameters, of, steps: None, step: None, total };
        }
        let step =
            (sample_cost(&architecture, run.paradigm.frozen(&architecture)) * study.settings.batch as f64).round();
        Self { parameters, of, steps: Some(run.steps()), step: Some(step), total: step * run.steps() as f64 }
    }
}

/// Operations to solve `(FᵀF + λI)·c = Fᵀy` with n points and p features: the features, the lower triangle of the smaller
/// Gram matrix, its Cholesky factor (a third of the cube), and two triangular systems.
fn ridge(n: f64, p: f64) -> f64 {
    let (small, large) = (n.min(p), n.max(p));
    3.0 * n * p + small * (small + 1.0) * large + 2.0 * n * p + small.powi(3) / 3.0 + 2.0 * small * small
}
