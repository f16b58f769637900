//! Every number of the problems against closed forms and plain loops.

use nalgebra::DMatrix;
use nn::problems::lesson::{Lesson, Request};
use nn::problems::{Inputs, Kind, Problem, ProblemError, check, cost, descent, nudge, paths};

fn close(found: &DMatrix<f64>, expected: &DMatrix<f64>, what: &str) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    assert!((found - expected).amax() <= 1e-12 * expected.amax().max(1.0), "{what}: {found} is not {expected}");
}

/// The derivative by a node, in the row convention.
fn by(problem: &Problem, name: &str) -> DMatrix<f64> {
    let explanation = problem.explain(problem.node(name).unwrap()).unwrap();
    close(&explanation.formula.evaluate(), &explanation.value, name);
    let [rows, columns] = explanation.shape();
    assert_eq!(explanation.value.shape(), (rows, columns));
    explanation.value
}

#[test]
fn the_chain() {
    for x in [-3.0, -0.5, 0.0, 0.1, 1.5, 20.0_f64] {
        let problem = Problem::chain(x).unwrap();
        assert_eq!(problem.value(), x.powi(4) + x * x);
        let derivative = 4.0 * x.powi(3) + 2.0 * x;
        assert!((by(&problem, "x")[0] - derivative).abs() <= 1e-14 * derivative.abs());
        assert_eq!((by(&problem, "f")[0], by(&problem, "g")[0]), (2.0 * x * x, 2.0 * x));
        let all = paths(&problem.graph(), problem.node("x").unwrap(), problem.node("ℓ").unwrap());
        let names: Vec<Vec<String>> = all.iter().map(|path| path.names.clone()).collect();
        assert_eq!(names, [["x", "f", "ℓ"], ["x", "g", "ℓ"]]);
        assert_eq!(all[0].factors, [2.0 * x, 2.0 * x * x]);
        assert_eq!(all[1].factors, [1.0, 2.0 * x]);
        assert!(
            (all.iter().map(nn::problems::Path::product).sum::<f64>() - derivative).abs() <= 1e-12 * derivative.abs()
        );
    }
}

/// The derivatives of (y − Σ Φ(wᵢᵀx + bᵢ))² in plain loops: value, by W, b, x and y.
fn neuron_sum_in_loops(inputs: &Inputs) -> (f64, DMatrix<f64>, DMatrix<f64>, DMatrix<f64>, f64) {
    let [w, b, x, y] = ["W", "b", "x", "y"].map(|name| inputs.get(name).unwrap());
    let (n, d) = w.shape();
    let z: Vec<f64> = (0..n).map(|i| (0..d).map(|j| w[(i, j)] * x[j]).sum::<f64>() + b[i]).collect();
    let e = y[0] - z.iter().map(|z| z.max(0.0)).sum::<f64>();
    let on = |i: usize| if z[i] > 0.0 { 1.0 } else { 0.0 };
    let by_w = DMatrix::from_fn(d, n, |j, i| -2.0 * e * on(i) * x[j]);
    let by_b = DMatrix::from_fn(1, n, |_, i| -2.0 * e * on(i));
    let by_x = DMatrix::from_fn(1, d, |_, j| (0..n).map(|i| -2.0 * e * on(i) * w[(i, j)]).sum());
    (e * e, by_w, by_b, by_x, 2.0 * e)
}

#[test]
fn the_sum_of_neurons_at_all_small_sizes() {
    for neurons in 1..=8 {
        for size in 1..=8 {
            let problem = Problem::random(Kind::NeuronSum { neurons, size }, 3).unwrap();
            let (value, by_w, by_b, by_x, by_y) = neuron_sum_in_loops(problem.inputs());
            assert!((problem.value() - value).abs() <= 1e-12 * value.max(1.0));
            close(&by(&problem, "W"), &by_w, "W");
            close(&by(&problem, "b"), &by_b, "b");
            close(&by(&problem, "z"), &by_b, "z");
            close(&by(&problem, "x"), &by_x, "x");
            assert!((by(&problem, "y")[0] - by_y).abs() <= 1e-12);
        }
    }
}

#[test]
fn numbers_and_matrices_agree() {
    let matrices = Problem::random(Kind::NeuronSum { neurons: 3, size: 4 }, 1).unwrap();
    let kind = Kind::NeuronSumInNumbers { neurons: 3, size: 4 };
    let numbers = Problem::new(kind, matrices.inputs().clone()).unwrap();
    assert!((matrices.value() - numbers.value()).abs() < 1e-14);
    let (by_w, by_x) = (by(&matrices, "W"), by(&matrices, "x"));
    for i in 0..3 {
        for j in 0..4 {
            let one = by(&numbers, &format!("W[{},{}]", i + 1, j + 1));
            assert!((one[0] - by_w[(j, i)]).abs() < 1e-14);
        }
    }
    for j in 0..4 {
        assert!((by(&numbers, &format!("x[{}]", j + 1))[0] - by_x[j]).abs() < 1e-14);
    }
    let text = numbers.explain(numbers.node("W[2,1]").unwrap()).unwrap().to_string();
    assert_eq!(text, "∂ℓ/∂W[2,1] = −2·x[1]·e·∂Φ/∂z[2]");
}

/// Derivatives of ½‖W2·Φ(W1·x + b) − y‖² in plain loops, by name.
fn two_layer_in_loops(inputs: &Inputs) -> Vec<(&'static str, DMatrix<f64>)> {
    let [w1, b, w2, x, y] = ["W1", "b", "W2", "x", "y"].map(|name| inputs.get(name).unwrap());
    let d = x.len();
    let x1: Vec<f64> = (0..d).map(|i| (0..d).map(|j| w1[(i, j)] * x[j]).sum::<f64>() + b[i]).collect();
    let x2: Vec<f64> = x1.iter().map(|z| z.max(0.0)).collect();
    let x4: Vec<f64> = (0..d).map(|i| (0..d).map(|j| w2[(i, j)] * x2[j]).sum::<f64>() - y[i]).collect();
    let by_x2: Vec<f64> = (0..d).map(|j| (0..d).map(|i| x4[i] * w2[(i, j)]).sum()).collect();
    let by_x1: Vec<f64> = (0..d).map(|j| if x1[j] > 0.0 { by_x2[j] } else { 0.0 }).collect();
    let row = |entries: &[f64]| DMatrix::from_row_slice(1, d, entries);
    vec![
        ("x4", row(&x4)),
        ("x3", row(&x4)),
        ("x2", row(&by_x2)),
        ("x1", row(&by_x1)),
        ("b", row(&by_x1)),
        ("y", -row(&x4)),
        ("x", DMatrix::from_fn(1, d, |_, j| (0..d).map(|i| by_x1[i] * w1[(i, j)]).sum())),
        ("W2", DMatrix::from_fn(d, d, |i, j| x2[i] * x4[j])),
        ("W1", DMatrix::from_fn(d, d, |i, j| x[i] * by_x1[j])),
    ]
}

#[test]
fn two_layers_at_all_small_sizes_and_some_large_ones() {
    for size in (1..=8).chain([13, 16, 24, 64]) {
        let problem = Problem::random(Kind::TwoLayer { size }, 2).unwrap();
        for (name, expected) in two_layer_in_loops(problem.inputs()) {
            close(&by(&problem, name), &expected, name);
        }
    }
}

#[test]
fn formulas() {
    let problem = Problem::random(Kind::TwoLayer { size: 3 }, 0).unwrap();
    let texts: Vec<String> = problem.explanations().iter().map(ToString::to_string).collect();
    let expected = [
        "∂ℓ/∂x4 = x4ᵀ",
        "∂ℓ/∂x3 = x4ᵀ",
        "∂ℓ/∂x2 = x4ᵀ·W2",
        "∂ℓ/∂x1 = x4ᵀ·W2·∂Φ/∂x1",
        "∂ℓ/∂y = −x4ᵀ",
        "∂ℓ/∂x = x4ᵀ·W2·(∂Φ/∂x1)·W1",
        "∂ℓ/∂W2 = x2·x4ᵀ",
        "∂ℓ/∂b = x4ᵀ·W2·∂Φ/∂x1",
        "∂ℓ/∂W1 = x·x4ᵀ·W2·∂Φ/∂x1",
    ];
    assert_eq!(texts, expected);
    let problem = Problem::random(Kind::NeuronSum { neurons: 3, size: 2 }, 0).unwrap();
    let texts: Vec<String> = problem.explanations().iter().map(ToString::to_string).collect();
    let expected = [
        "∂ℓ/∂e = 2·e",
        "∂ℓ/∂s = −2·e",
        "∂ℓ/∂h = −2·e·𝟏ᵀ",
        "∂ℓ/∂z = −2·e·𝟏ᵀ·∂Φ/∂z",
        "∂ℓ/∂y = 2·e",
        "∂ℓ/∂x = −2·e·𝟏ᵀ·(∂Φ/∂z)·W",
        "∂ℓ/∂b = −2·e·𝟏ᵀ·∂Φ/∂z",
        "∂ℓ/∂W = −2·e·x·𝟏ᵀ·∂Φ/∂z",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn derivatives_pass_their_tests_and_a_kink_is_noticed() {
    let problem = Problem::random(Kind::TwoLayer { size: 4 }, 5).unwrap();
    let tested = check::test(&problem);
    assert!(tested.check.passes() && !tested.check.straddles_kink());
    assert_eq!(tested.curves.len(), 5);
    let chain = check::test(&Problem::chain(1.5).unwrap());
    let points = &chain.curves[0].points;
    let best = chain.curves[0].best().unwrap();
    assert!((1e-7..1e-4).contains(&best.epsilon), "a V: {}", best.epsilon);
    assert!(points[0].error > 1e3 * best.error && points[points.len() - 1].error > 1e3 * best.error);

    let on = check::on_kink(&problem).unwrap().unwrap();
    assert_eq!(on.problem.graph().nodes[on.problem.node("x1").unwrap().index()].value[on.unit], 0.0);
    assert!(on.curve.points.iter().filter(|point| point.epsilon > 1e-14).all(|point| point.straddles));
    assert!(check::test(&on.problem).check.straddles_kink() && check::test(&on.problem).check.passes());
    assert_eq!(on.curve.derivative, 0.0);
    assert!(on.slopes.contains(&0.0) && on.slopes[0] != on.slopes[1]);
    assert!(check::on_kink(&Problem::chain(1.0).unwrap()).unwrap().is_none());
}

#[test]
fn a_nudge_holds_what_does_not_feed_the_node() {
    let problem = Problem::random(Kind::TwoLayer { size: 3 }, 9).unwrap();
    let inputs = problem.inputs();
    let (node, entry) = nudge::find(&problem, "x2[2]").unwrap();
    let deltas = [-0.5, 1e-6, 0.25];
    let nudge = nudge::nudge(&problem, node, entry, &deltas).unwrap();
    assert_eq!(nudge.feeding, ["W1", "b", "x"]);
    assert_eq!(nudge.held, ["W2", "y"]);
    assert_eq!(nudge.kinks, [None, None], "no ReLU comes after x2");
    // ℓ is ½‖x4 + δ·(second column of W2)‖².
    let x4 = DMatrix::from_column_slice(3, 1, &problem.graph().nodes[problem.node("x4").unwrap().index()].value);
    for (point, delta) in nudge.points.iter().zip(deltas) {
        let after = &x4 + delta * inputs.get("W2").unwrap().column(1);
        let change = 0.5 * after.norm_squared() - 0.5 * x4.norm_squared();
        assert!((point.change - change).abs() < 1e-14 && !point.crosses_kink);
        assert_eq!(point.predicted, delta * nudge.derivative);
    }
    assert!(nudge.points[1].error().abs() < 1e-5 * nudge.points[1].predicted.abs());

    let (node, entry) = nudge::find(&problem, "x1[1]").unwrap();
    let nudge = nudge::nudge(&problem, node, entry, &Request::default().deltas()).unwrap();
    assert!(nudge.value > 0.0);
    assert!((nudge.kinks[0].unwrap() + nudge.value).abs() < 1e-9, "the unit switches off where x1 + δ = 0");
    assert_eq!(nudge.kinks[1], None);
    let feeding = |name: &str| problem.feeding(problem.node(name).unwrap());
    assert_eq!(feeding("W1"), [vec![], ["b", "W2", "x", "y"].map(str::to_owned).to_vec()]);
    assert_eq!(nudge::find(&problem, "W1[2,3]").unwrap().1, [1, 2]);
}

#[test]
fn descent_follows_the_gradient() {
    let start = Problem::random(Kind::TwoLayer { size: 2 }, 4).unwrap();
    let expected = start.inputs().get("W2").unwrap() - 0.05 * by(&start, "W2").transpose();
    let (x, y) = (start.inputs().get("x").cloned(), start.inputs().get("y").cloned());
    let run = descent::descend(start, 0.05, 3).unwrap();
    close(run.states[1].inputs().get("W2").unwrap(), &expected, "W2 after a step");
    assert_eq!(run.states[3].inputs().get("x"), x.as_ref());
    assert_eq!(run.states[3].inputs().get("y"), y.as_ref());
    for seed in 0..20 {
        let problem = Problem::random(Kind::NeuronSum { neurons: 8, size: 8 }, seed).unwrap();
        let losses = descent::descend_safely(&problem, 8).unwrap().losses();
        assert!(losses.windows(2).all(|pair| pair[1] <= pair[0]), "{losses:?}");
    }
}

#[test]
fn costs_are_the_polynomials_counted_by_hand() {
    let counts = cost::count();
    assert_eq!(counts.iter().map(|count| count.size).collect::<Vec<_>>(), [2, 4, 8, 16, 32, 64, 128, 256]);
    for count in &counts {
        let d = count.size as u64;
        // Two products 2·2d², a sum d, Φ d, a difference d, squares 2d, ½.
        assert_eq!(count.analytic.forward, 4 * d * d + 5 * d + 1);
        // ½: 2; squares: 2d + 1; −: d; by x2: 2d² + d; Φ: 2d; +: d; by W1: 2d².
        assert_eq!(count.analytic.backward, 4 * d * d + 7 * d + 3);
        assert_eq!((count.numeric.passes, count.numeric.operations), (2 * d * d, 2 * d * d * count.analytic.forward));
    }
    let slopes = cost::local_slopes(&cost::numeric(&counts));
    assert!(slopes.windows(2).all(|pair| pair[0] < pair[1]) && (slopes[6] - 4.0).abs() < 0.01, "{slopes:?}");
}

#[test]
fn inputs_from_json() {
    let kind = Kind::TwoLayer { size: 1 };
    let good = r#"{"W1": [[1, 2], [3, 4]], "b": [[0.5], [1]], "W2": [[1, 0], [0, 1]], "x": [1, -1], "y": [0, 0]}"#;
    let (kind, inputs) = Inputs::from_json(good, kind).unwrap();
    assert_eq!(kind, Kind::TwoLayer { size: 2 });
    assert_eq!(Inputs::from_json(&inputs.json().to_string(), kind).unwrap().1, inputs);
    let message = |text: &str| Inputs::from_json(text, kind).unwrap_err().to_string();
    assert_eq!(message(&good.replace("[0, 0]", "[0, 0, 1]")), "y must be 2×1, and is 3×1");
    assert_eq!(
        message(&good.replace("[1, -1]", "[1, \"a\"]")),
        "x must be a list of rows of numbers, all of one length, and is something with 1 in place of a row"
    );
    assert_eq!(message(&good.replace("\"y\"", "\"Y\"")), "there is no input Y; did you mean y?");
    assert_eq!(message("{}"), "W1 must be a list of rows of numbers, all of one length, and is missing");
    assert!(matches!(Inputs::from_json("{\n  \"W1\": [[1,]]}", kind), Err(ProblemError::Syntax { line: 2, .. })));
    assert_eq!(message("[1]"), "expected an object, found a list");
    assert_eq!(message(&good.replace("\"y\"", "\"x\"")), "\"x\" stands there twice");
}

#[test]
fn what_is_refused() {
    let size = |kind| Problem::random(kind, 0).unwrap_err().to_string();
    assert_eq!(size(Kind::TwoLayer { size: 65 }), "size 65: must be 1 to 64");
    // Refused before there is memory for so many numbers.
    assert_eq!(size(Kind::TwoLayer { size: 1 << 40 }), "size 1099511627776: must be 1 to 64");
    assert_eq!(size(Kind::NeuronSum { neurons: 0, size: 1 }), "count 0: must be 1 to 64");
    assert_eq!(Problem::chain(f64::NAN).unwrap_err().to_string(), "x is not finite");
    assert_eq!(Problem::chain(1e100).unwrap_err().to_string(), "ℓ is not finite");
    let problem = Problem::random(Kind::TwoLayer { size: 2 }, 0).unwrap();
    let name = |name: &str| nudge::find(&problem, name).unwrap_err().to_string();
    assert_eq!(name("x5"), "there is no node x5; did you mean x1?");
    assert_eq!(name("gradient"), "there is no node gradient");
    assert_eq!(name("w2"), "there is no node w2; did you mean W2?");
    for entry in ["b[0]", "b[3]", "b[1,2]", "b[]", "b[x]", "W1[3]", "b[-1]", "b[99999999999999999999]"] {
        assert!(name(entry).contains("it has no entry"), "{entry}");
    }
}

#[test]
fn a_lesson_at_any_size() {
    for size in [1, 2, 8] {
        let request = Request { size: Some(size), neurons: size, ..Request::default() };
        let lesson = Lesson::new(request, None).unwrap();
        assert!(lesson.passes());
        assert_eq!(lesson.numbers.is_some(), size < 4);
    }
}
