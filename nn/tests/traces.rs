//! Runs made with PyTorch are repeated to the last digits; a file that is not a trace is refused with its place.

use nn::settings::Precision;
use nn::trace::{Comparison, Trace};
use serde_json::{Value, json};

const TRACES: [(&str, &str); 5] = [
    ("sgd-output-10-7", include_str!("reference/traces/sgd-output-10-7.json")),
    ("sgd-all-10-7", include_str!("reference/traces/sgd-all-10-7.json")),
    ("momentum-all-10-7", include_str!("reference/traces/momentum-all-10-7.json")),
    ("adam-all-10-7", include_str!("reference/traces/adam-all-10-7.json")),
    ("sgd-all-20-7-f32", include_str!("reference/traces/sgd-all-20-7-f32.json")),
];

/// Of networks of other shapes.
const TRACES2: [(&str, &str); 4] = [
    ("circle-tanh-4-2-sgd", include_str!("reference/traces2/circle-tanh-4-2-sgd.json")),
    ("plane-sigmoid-3-nesterov-f32", include_str!("reference/traces2/plane-sigmoid-3-nesterov-f32.json")),
    ("spiral-relu-8-8-adam", include_str!("reference/traces2/spiral-relu-8-8-adam.json")),
    ("two-outputs-gelu-5-adamw", include_str!("reference/traces2/two-outputs-gelu-5-adamw.json")),
];

fn replay(trace: &Trace) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    trace.replay(|comparison| comparisons.push(comparison));
    comparisons
}

#[test]
fn runs_of_pytorch_are_repeated() {
    let steps = |second: bool| if second { &[1, 2, 5, 10, 100, 500][..] } else { &[1, 10, 100, 1000] };
    let first = TRACES.into_iter().map(|trace| (trace, steps(false)));
    for ((name, text), steps) in first.chain(TRACES2.into_iter().map(|trace| (trace, steps(true)))) {
        let trace = Trace::from_json(text).unwrap();
        let comparisons = replay(&trace);
        assert_eq!(comparisons.iter().map(|c| c.step).collect::<Vec<_>>(), steps, "{name}");
        let tolerance = match trace.precision {
            Precision::F32 => 1e-4,
            Precision::F64 => 1e-9,
        };
        for Comparison { step, absolute, relative, judged } in comparisons {
            assert!(absolute.size <= tolerance, "{name}, step {step}: {absolute:?}");
            assert!(judged.size <= absolute.size.min(relative.size), "{name}, step {step}");
        }
    }
}

#[test]
fn a_wrong_number_is_found() {
    let mut trace = Trace::from_json(TRACES[1].1).unwrap();
    trace.states[2].layers[0][0].as_mut().unwrap()[4] += 1e-6;
    let comparisons = replay(&trace);
    assert_eq!(comparisons[2].absolute.place, "W1[4]");
    assert!((comparisons[2].absolute.size - 1e-6).abs() < 1e-12);
    assert!(comparisons[1].absolute.size < 1e-12 && comparisons[3].absolute.size < 1e-12);
}

#[test]
fn a_wrong_number_of_a_deep_network_is_found() {
    let mut trace: Value = serde_json::from_str(TRACES2[0].1).unwrap();
    let mut change = |pointer: &str| {
        let number = trace.pointer_mut(pointer).unwrap();
        *number = json!(number.as_f64().unwrap() + 1e-6);
    };
    change("/states/1/layers/1/W/1/2");
    change("/states/3/layers/2/b/0");
    change("/states/4/train_loss");
    let comparisons = replay(&Trace::from_json(&trace.to_string()).unwrap());
    let places: Vec<&str> = comparisons.iter().map(|c| c.absolute.place.as_str()).collect();
    assert_eq!([places[1], places[3], places[4]], ["W2[1][2]", "b3", "train_loss"]);
    assert!([0, 2, 5].iter().all(|&i: &usize| comparisons[i].absolute.size < 1e-12));
}

#[test]
fn mistakes_in_traces_of_any_networks_are_named() {
    let cases = [
        (
            "/architecture/loss",
            json!("logistic2"),
            "unknown variant `logistic2`, expected one of `squared-error`, `logistic`, `cross-entropy`; did you mean logistic?",
        ),
        (
            "/architecture/layers/0/units",
            json!(0),
            "architecture: 0 units in hidden layer 1: a hidden layer has from 1 to 1024",
        ),
        ("/frozen", json!(3), "frozen: 3 of 3 layers; at least the last one is trained"),
        ("/data/classes/2", json!(2), "data.classes[2]: 2 must be below 2"),
        ("/data/x/1", json!([1.0]), "data.x[1]: has 1 entries, and 2 are expected"),
        ("/data/x", json!([[1.0, 2.0]]), "data.classes: has 150 entries, and 1 are expected"),
        ("/initial", json!([]), "initial: has 0 layers, and 3 are expected"),
        ("/initial/1/W", json!([[1.0]]), "initial[1].W: has 1 rows, and 2 are expected, one for each unit"),
        ("/initial/1/W/0", json!([1.0]), "initial[1].W[0]: has 1 entries, and 4 are expected"),
        ("/initial/2/b", json!([]), "initial[2].b: has 0 entries, and 1 are expected"),
        ("/states/0/layers/0/b", json!([1.0]), "states[0].layers[0].b: has 1 entries, and 4 are expected"),
        ("/states/1/step", json!(1), "states[1].step: 1 follows 1; steps must ascend"),
        ("/states/5/step", json!(501), "minibatches: has 500 lists, and the last state is at step 501"),
        (
            "/states/0/test_loss",
            json!(1.0),
            "states[0].test_loss: the trace has no test points; give data.x_test and data.y_test",
        ),
        ("/minibatches/7", json!([]), "minibatches[7]: has 0 entries; from 1 to 1000000 are allowed"),
        ("/minibatches/7/3", json!(150), "minibatches[7][3]: 150 must be below 150, the number of training points"),
        ("/optimizer/lr", json!(-1.0), "optimizer.lr: -1 must be at least 0"),
        ("/optimizer/momentum", json!(1.0), "optimizer.momentum: 1 must be at least 0 and below 1"),
        ("/optimizer/nesterov", json!(true), "optimizer.nesterov: needs momentum above 0"),
        ("/optimizer/kind", json!("adam"), "optimizer.beta1: is missing; it is required with the kind adam"),
        ("/optimizer/weight_decay", json!(-0.5), "optimizer.weight_decay: -0.5 must be at least 0"),
        (
            "/format",
            json!("elbow-trace-3"),
            "format: \"elbow-trace-3\" is not known; this program reads \"elbow-trace-1\" and \"elbow-trace-2\"",
        ),
    ];
    for (pointer, value, message) in cases {
        let mut trace: Value = serde_json::from_str(TRACES2[0].1).unwrap();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match trace.pointer_mut(parent).unwrap() {
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = value.clone(),
            object => object[key] = value.clone(),
        }
        assert_eq!(Trace::from_json(&trace.to_string()).unwrap_err().to_string(), message, "{pointer} {value}");
    }
}

/// Full batches of three given points, one unit, one step of gradient descent that is easily done by hand.
fn by_hand() -> Value {
    json!({
        "format": "elbow-trace-1", "precision": "f64", "width": 1, "trains": "all",
        "data": {"x": [2.0, 0.0, 1.0], "y": [0.0, 5.0, 1.0], "x_test": [3.0], "y_test": [1.0]},
        "optimizer": {"kind": "sgd", "lr": 0.25},
        "minibatches": {"indices": [[0, 2], [2]]},
        "initial": {"W1": [1.0], "b1": [0.0], "W2": [1.0], "b2": [0.0]},
        // ŷ = x: residuals 2 and 0 at x = 2 and 1; derivative of the mean square by W1 4, b1 2, W2 4, b2 2.
        "states": [
            {"step": 0, "train_mse": 29.0 / 3.0, "test_mse": 4.0, "W1": [1.0]},
            {"step": 1, "minibatch_mse": 2.0, "W1": [0.0], "b1": [-0.5], "W2": [0.0], "b2": [-0.5]},
            {"step": 2, "minibatch_mse": 2.25, "W1": [0.0], "b1": [-0.5], "W2": [0.0], "b2": [0.25]},
        ],
    })
}

#[test]
fn given_points_and_minibatches_of_different_sizes() {
    let trace = Trace::from_json(&by_hand().to_string()).unwrap();
    for comparison in replay(&trace) {
        assert!(comparison.absolute.size <= 1e-15, "{comparison:?}");
    }
}

/// A minibatch that is listed is the same as one that is drawn, also when the lists before were longer.
#[test]
fn listed_and_drawn_minibatches_agree() {
    for size in [1, 7, 40, 3000] {
        let mut drawn: Value = serde_json::from_str(TRACES[0].1).unwrap();
        drawn["minibatches"]["size"] = json!(size);
        let mut listed = drawn.clone();
        let mut random = tensor::random::NumpyRandom::new(7);
        let lists: Vec<Vec<u32>> = (0..10)
            .map(|_| {
                let mut list = vec![0; size];
                random.choice(200, &mut list);
                list
            })
            .collect();
        listed["minibatches"] = json!({ "indices": lists });
        for trace in [&mut drawn, &mut listed] {
            trace["states"].as_array_mut().unwrap().truncate(2);
        }
        let [drawn, listed] = [drawn, listed].map(|trace| replay(&Trace::from_json(&trace.to_string()).unwrap()));
        assert_eq!(drawn, listed);
    }
}

/// A minibatch in which every sample comes k times has the same mean as one in which it comes once.
#[test]
fn minibatches_may_differ_in_length() {
    let with_repeats = |repeats: [usize; 6]| {
        let mut trace: Value = serde_json::from_str(TRACES[1].1).unwrap();
        let list = |(step, &k): (usize, &usize)| -> Vec<usize> { (0..50 * k).map(|i| (i % 50) * 3 + step).collect() };
        let lists: Vec<_> = repeats.iter().enumerate().map(list).collect();
        trace["minibatches"] = json!({ "indices": lists });
        trace["states"] = json!([{"step": 6, "W1": vec![0.0; 10], "b1": vec![0.0; 10], "W2": vec![0.0; 10]}]);
        replay(&Trace::from_json(&trace.to_string()).unwrap()).remove(0).absolute
    };
    let once = with_repeats([1; 6]);
    for repeats in [[1, 2, 1, 3, 1, 1], [100, 1, 30, 2, 100, 1], [1, 100, 1, 70, 1, 2]] {
        let found = with_repeats(repeats);
        assert_eq!(found.place, once.place);
        assert!((found.size - once.size).abs() < 1e-13, "{repeats:?}");
    }
}

#[test]
fn every_width() {
    for width in [1, 2, 3, 7, 10, 33, 100, 1000, 1024] {
        let row: Vec<f64> = (0..width).map(|i| f64::from(i) / f64::from(width)).collect();
        let mut trace = by_hand();
        trace["width"] = json!(width);
        trace["initial"] = json!({"W1": row, "b1": row, "W2": row, "b2": [0.5]});
        trace["states"] = json!([{"step": 0, "W1": row, "W2": row}, {"step": 2, "b2": [0.0]}]);
        let comparisons = replay(&Trace::from_json(&trace.to_string()).unwrap());
        assert_eq!(comparisons[0].absolute.size, 0.0);
    }
}

#[test]
fn a_run_that_diverges_deviates() {
    let mut trace = by_hand();
    trace["optimizer"]["lr"] = json!(1e300);
    let comparisons = replay(&Trace::from_json(&trace.to_string()).unwrap());
    assert_eq!(comparisons[2].judged.size, f64::INFINITY);
}

#[test]
fn mistakes_are_named() {
    let cases: &[(&str, Value, &str)] = &[
        (
            "/format",
            json!("trace-9"),
            "format: \"trace-9\" is not known; this program reads \"elbow-trace-1\" and \"elbow-trace-2\"",
        ),
        ("/width", json!(0), "width: 0 must be from 1 to 1024 hidden units"),
        ("/width", json!(1025), "width: 1025 must be from 1 to 1024 hidden units"),
        ("/width", json!(2), "initial.W1: has 1 entries, and 2 are expected"),
        ("/initial/b2", json!([]), "initial.b2: has 0 entries, and 1 are expected"),
        ("/states/1/W2", json!([1.0, 2.0]), "states[1].W2: has 2 entries, and 1 are expected"),
        ("/states/2/step", json!(1), "states[2].step: 1 follows 1; steps must ascend"),
        ("/states/2/step", json!(3), "minibatches.indices: has 2 lists, and the last state is at step 3"),
        ("/states/2", json!({"step": 2}), "states[2]: holds nothing to compare beside its step"),
        ("/states", json!([]), "states: there is none, so nothing to compare"),
        (
            "/states/0/minibatch_mse",
            json!(1.0),
            "states[0].minibatch_mse: step 0 is the start, before the first minibatch",
        ),
        ("/minibatches", json!({}), "minibatches: needs sampler, seed and size, or indices"),
        ("/minibatches/seed", json!(1), "minibatches.seed: does not go with minibatches.indices"),
        (
            "/minibatches",
            json!({"sampler": "fast"}),
            "minibatches.sampler: \"fast\" is not known; it must be \"numpy-choice\", or give minibatches.indices",
        ),
        (
            "/minibatches",
            json!({"sampler": "numpy-choice", "seed": 1}),
            "minibatches.size: is missing; it is required with a sampler",
        ),
        (
            "/minibatches/indices/1",
            json!([0, 3]),
            "minibatches.indices[1][1]: 3 must be below 3, the number of training points",
        ),
        ("/minibatches/indices/0", json!([]), "minibatches.indices[0]: has 0 entries; from 1 to 1000000 are allowed"),
        ("/data", json!({}), "data: needs target, samples, noise and seed, or x and y"),
        ("/data/y", json!([1.0]), "data.y: has 1 entries, and 3 are expected"),
        ("/data/seed", json!(1), "data.seed: does not go with data.x"),
        ("/data/target", json!("sine"), "data.x: does not go with data.target"),
        (
            "/data",
            json!({"target": "cos"}),
            "data.target: \"cos\" must be \"piecewise\", \"sine\", \"step\" or \"abs\"",
        ),
        (
            "/data",
            json!({"target": "sin"}),
            "data.target: \"sin\" must be \"piecewise\", \"sine\", \"step\" or \"abs\"; did you mean sine?",
        ),
        (
            "/optimizer/kind",
            json!("sdg"),
            "unknown variant `sdg`, expected one of `sgd`, `momentum`, `adam`; did you mean sgd?",
        ),
        (
            "/states",
            json!([{"step": 1_000_000_000_000_000_000_u64, "b2": [0.0]}]),
            "states[0].step: 1000000000000000000 is too far: a trace has at most 1000000000 steps",
        ),
        (
            "/data",
            json!({"target": "sine", "samples": 1, "noise": 0, "seed": 1}),
            "data.samples: 1 must be from 2 to 1000000 points",
        ),
        (
            "/data",
            json!({"x": [0.0, 1.0, 2.0], "y": [0.0, 1.0, 2.0]}),
            "states[0].test_mse: the trace has no test points; give data.x_test and data.y_test",
        ),
        ("/optimizer/momentum", json!(0.9), "optimizer.momentum: does not go with sgd"),
        ("/optimizer/lr", json!(-0.1), "optimizer.lr: -0.1 must be at least 0"),
        (
            "/optimizer",
            json!({"kind": "momentum", "lr": 0.1}),
            "optimizer.momentum: is missing; it is required with the kind momentum",
        ),
        (
            "/optimizer",
            json!({"kind": "adam", "lr": 0.1, "beta1": 1.0, "beta2": 0.9, "eps": 0.0}),
            "optimizer.beta1: 1 must be at least 0 and below 1",
        ),
        ("/precision", json!("f16"), "unknown variant `f16`, expected `f32` or `f64`"),
        ("/trains", json!("hidden"), "unknown variant `hidden`, expected `output` or `all`"),
        ("/width", json!("ten"), "expected a whole number from 0, found \"ten\""),
    ];
    for (pointer, value, message) in cases {
        let mut trace = by_hand();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match trace.pointer_mut(parent).unwrap() {
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = value.clone(),
            object => object[key] = value.clone(),
        }
        assert_eq!(Trace::from_json(&trace.to_string()).unwrap_err().to_string(), *message, "{pointer} {value}");
    }
}

#[test]
fn mistakes_in_the_json_have_a_place() {
    let text = TRACES[0].1.replace("\"train_mse\"", "\"train_msee\"");
    let nn::trace::TraceError::Form { line, column, message } = Trace::from_json(&text).unwrap_err() else {
        panic!("another error");
    };
    let line = text.lines().nth(line - 1).unwrap();
    assert!(line.contains("train_msee") && column <= line.len(), "{line} {column}");
    assert!(message.starts_with("unknown field `train_msee`, expected one of `step`"), "{message}");

    assert!(Trace::from_json("").unwrap_err().to_string().starts_with("EOF while parsing"));
    assert_eq!(Trace::from_json("{}").unwrap_err().to_string(), "missing field `format`");
}
