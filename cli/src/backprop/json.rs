//! The problems as JSON. Matrices are lists of rows; derivatives are in the row convention.

use nn::problems::check::{OnKink, Tested};
use nn::problems::cost::{self as costs, Counted, Measured};
use nn::problems::descent::Descent;
use nn::problems::lesson::Lesson;
use nn::problems::nudge::Nudge;
use nn::problems::{Kind, Problem, paths, rows};
use serde_json::{Map, Value, json};

/// Expression, sizes, inputs, value and all derivatives.
pub fn problem(problem: &Problem) -> Value {
    let (name, size, count) = match problem.kind() {
        Kind::Chain => ("chain", None, None),
        Kind::NeuronSum { neurons, size } | Kind::NeuronSumInNumbers { neurons, size } => {
            ("neuron-sum", Some(size), Some(neurons))
        }
        Kind::TwoLayer { size } => ("two-layer", Some(size), None),
    };
    let mut derivatives = Map::new();
    for explanation in problem.explanations() {
        let steps: Vec<String> = explanation.steps.iter().map(ToString::to_string).collect();
        let derivative = json!({
            "shape": explanation.shape(),
            "gradient_shape": explanation.gradient_shape(),
            "value": rows(&explanation.value),
            "formula": explanation.formula.to_string(),
            "shapes": explanation.formula.shapes(),
            "steps": steps,
        });
        derivatives.insert(explanation.name.clone(), derivative);
    }
    let mut whole = json!({
        "problem": name,
        "expression": problem.kind().expression(),
        "value": problem.value(),
        "inputs": problem.inputs().json(),
        "derivatives": derivatives,
    });
    for (key, number) in [("size", size), ("count", count)] {
        if let Some(number) = number {
            whole[key] = number.into();
        }
    }
    whole
}

/// As [`problem`], with ℓ′(x) as a number, in closed form, and as a sum over paths.
pub fn chain(chain: &Problem) -> Value {
    let mut whole = problem(chain);
    let x = chain.inputs().get("x").map_or(f64::NAN, |x| x[0]);
    whole["at"] = x.into();
    whole["derivative"] = whole["derivatives"]["x"]["value"][0][0].clone();
    whole["closed_form"] = json!({ "formula": "4·x³ + 2·x", "value": 4.0 * x.powi(3) + 2.0 * x });
    let (Ok(from), Ok(to)) = (chain.node("x"), chain.node("ℓ")) else { return whole };
    let path =
        |path: &nn::problems::Path| json!({ "nodes": path.names, "factors": path.factors, "product": path.product() });
    whole["paths"] = paths(&chain.graph(), from, to).iter().map(path).collect();
    whole
}

/// The derivatives held against differences and dual numbers.
pub fn check(problem: &Problem, tested: &Tested, kink: Option<&OnKink>) -> Value {
    let comparison = |c: &autodiff::Comparison| {
        json!({
            "name": c.name,
            "dual_error": c.dual_error,
            "difference_error": c.difference_error,
            "straddling": c.straddling,
            "uncertain": c.uncertain,
            "dual_silent": c.dual_silent,
        })
    };
    let at_kink = kink.map(|on| {
        json!({
            "unit": on.unit + 1,
            "inputs": on.problem.inputs().json(),
            "slopes": { "left": on.slopes[0], "right": on.slopes[1] },
            "curve": curve(&on.curve),
            "straddles_kink": on.curve.points.iter().all(|point| point.straddles),
        })
    });
    json!({
        "problem": "check",
        "expression": problem.kind().expression(),
        "inputs": problem.inputs().json(),
        "passes": tested.check.passes(),
        "comparisons": tested.check.comparisons.iter().map(comparison).collect::<Value>(),
        "curves": tested.curves.iter().map(curve).collect::<Value>(),
        "kink": at_kink,
    })
}

fn curve(curve: &autodiff::ErrorCurve) -> Value {
    let point = |p: &autodiff::CurvePoint| json!({ "epsilon": p.epsilon, "difference": p.difference, "error": p.error, "straddles_kink": p.straddles });
    json!({
        "name": curve.name,
        "entry": curve.entry + 1,
        "derivative": curve.derivative,
        "dual": curve.dual,
        "best_epsilon": curve.best().map(|best| best.epsilon),
        "best_error": curve.best().map(|best| best.error),
        "points": curve.points.iter().map(point).collect::<Value>(),
    })
}

/// Counts, times and slopes.
pub fn cost(counts: &[Counted], times: &[Measured]) -> Value {
    let count = |count: &Counted| {
        let time = times.iter().find(|time| time.size == count.size);
        json!({
            "d": count.size,
            "forward": count.analytic.forward,
            "backward": count.analytic.backward,
            "analytic": count.analytic_operations(),
            "passes": count.numeric.passes,
            "numeric": count.numeric.operations,
            "seconds_analytic": time.map(|time| time.analytic),
            "seconds_numeric": time.map(|time| time.numeric),
        })
    };
    let (analytic, numeric) = (costs::analytic(counts), costs::numeric(counts));
    json!({
        "problem": "cost",
        "derivative": "∂ℓ/∂W1",
        "expression": Kind::TwoLayer { size: 1 }.expression(),
        "counts": counts.iter().map(count).collect::<Value>(),
        "slopes_fitted_from": costs::FITTED_FROM,
        "slope_analytic": costs::slope(&analytic),
        "slope_numeric": costs::slope(&numeric),
        "local_slopes_analytic": costs::local_slopes(&analytic),
        "local_slopes_numeric": costs::local_slopes(&numeric),
    })
}

/// A node moved.
pub fn nudge(problem: &Problem, nudge: &Nudge, delta: f64) -> Value {
    let point = |p: &nn::problems::nudge::NudgePoint| {
        json!({
            "delta": p.delta,
            "predicted": p.predicted,
            "change": p.change,
            "error": p.error(),
            "crosses_kink": p.crosses_kink,
        })
    };
    let chosen = nudge.points.iter().find(|p| p.delta == delta).map(point);
    json!({
        "problem": "nudge",
        "expression": problem.kind().expression(),
        "inputs": problem.inputs().json(),
        "node": nudge.name,
        "entry": nudge.entry.map(|place| place + 1),
        "value": nudge.value,
        "derivative": nudge.derivative,
        "loss": nudge.loss,
        "feeding": nudge.feeding,
        "held": nudge.held,
        "kinks": { "below": nudge.kinks[0], "above": nudge.kinks[1] },
        "chosen": chosen,
        "points": nudge.points.iter().map(point).collect::<Value>(),
    })
}

/// Gradient descent, a state for the start and after each step.
pub fn descents(descents: &[Descent]) -> Value {
    let descent = |descent: &Descent| {
        let state = |(step, state): (usize, &Problem)| {
            let mut whole = problem(state);
            whole["step"] = step.into();
            whole
        };
        let start = problem(&descent.states[0]);
        json!({
            "problem": start["problem"],
            "rate": descent.rate,
            "parameters": descent.states[0].kind().parameters(),
            "losses": descent.losses(),
            "states": descent.states.iter().enumerate().map(state).collect::<Value>(),
        })
    };
    json!({ "problem": "descent", "descents": descents.iter().map(descent).collect::<Value>() })
}

/// Everything.
pub fn lesson(lesson: &Lesson) -> Value {
    json!({
        "seed": lesson.request.seed,
        "chain": chain(&lesson.chain),
        "neuron-sum": problem(&lesson.neurons),
        "two-layer": problem(&lesson.two_layer),
        "check": check(&lesson.two_layer, &lesson.tested[2], lesson.kink.as_ref()),
        "cost": cost(&lesson.counts, &lesson.times),
        "nudge": nudge(&lesson.two_layer, &lesson.nudge, lesson.request.delta),
        "descent": descents(&lesson.descents),
    })
}
