//! `features.json`: the singular values of saved states.

use nn::features::{FeaturesError, RunFeatures, Spectrum};
use nn::settings::Paradigm;
use nn::study::{Run, Study};
use serde_json::{Value, json};
use viz::report::features::Outcome;

/// All numbers but the features themselves.
pub fn numbers(study: &Study, outcomes: &[Outcome]) -> Value {
    let mut runs: Vec<Value> = study.runs.iter().zip(outcomes).map(|(run, outcome)| of(run, outcome)).collect();
    runs.extend(study.unstarted.iter().map(|run| of(run, &Err(FeaturesError::NotFinite))));
    runs.sort_by_key(|run| run["run"].as_u64());
    json!({
        "elbow": env!("CARGO_PKG_VERSION"),
        "settings": study.settings,
        "data": study.data.name,
        "reading": study.data.reading,
        "runs": runs,
    })
}

fn of(run: &Run, outcome: &Outcome) -> Value {
    let mut value = json!({
        "run": run.index,
        "width": run.width,
        "paradigm": run.paradigm,
        "seed": run.seed,
        "parameters": 3 * run.width + 1,
        "diverged": run.divergence().map(|divergence| divergence.step),
    });
    match outcome {
        Ok(features) => {
            value["inputs"] = json!(features.x.len());
            value["trained"] = json!(trained(features));
            value["states"] = states(features);
        }
        Err(error) => value["error"] = json!(error.to_string()),
    }
    value
}

/// Which parameters the run trains.
fn trained(features: &RunFeatures) -> &'static str {
    match features.trained {
        Paradigm::All => "all",
        Paradigm::Output | Paradigm::Ridge => "output",
    }
}

fn states(features: &RunFeatures) -> Value {
    let state = |point: &nn::features::PathPoint| json!({ "step": point.step, "all": spectrum(&point.all), "output": spectrum(&point.output) });
    features.path.iter().map(state).collect()
}

fn spectrum(spectrum: &Spectrum) -> Value {
    json!({
        "rank": spectrum.rank(),
        "effective_rank": spectrum.effective_rank(),
        "singular_values": spectrum.values,
    })
}
