//! The page about backpropagation: its values and derivatives from the expressions written out by hand, without a tape.

use std::collections::BTreeMap;

use nalgebra::DMatrix;
use nn::problems::Problem;
use nn::problems::lesson::{Lesson, Request};
use scraper::{ElementRef, Html, Selector};

use crate::blocks;
use crate::numbers::numbers;

/// Phrases whose numbers are the same for every lesson.
const FIXED: [&str; 19] = [
    "of each of d² entries",
    "about 4d² operations",
    "the local derivative is 0",
    "rises like 1/ε",
    "gets a derivative of 0",
    "slope is 1 where the entry is positive and 0 elsewhere",
    "is exactly 0",
    "Backpropagation says 0",
    "taken to be 0",
    "and 2 and 4 remain",
    "Near 0 the two lines",
    "at δ = 0 knows",
    "is the largest of 0.1, 0.05, 0.025, …",
    "Φ′(0) = 0: any number from 0 to 1 would do, and 0 is",
    "That is not 0",
    "max(·, 0)",
    "relative to the derivative or to 1",
    "∂ℓ/∂ℓ = 1: here",
    "Elbow 0.1.0",
];

type Matrices = BTreeMap<String, DMatrix<f64>>;

fn given(problem: &Problem) -> Matrices {
    let names = problem.kind().sources().into_iter().map(|(name, _)| name);
    names.map(|name| (name.to_owned(), problem.inputs().get(name).unwrap().clone())).collect()
}

/// Every node of a problem by its name: its value, and ∂ℓ by it, a row for each column.
struct ByHand {
    values: Matrices,
    derivatives: Matrices,
}

impl ByHand {
    fn new() -> Self {
        Self { values: Matrices::new(), derivatives: Matrices::new() }
    }

    fn put(&mut self, name: &str, value: DMatrix<f64>, derivative: DMatrix<f64>) {
        self.values.insert(name.to_owned(), value);
        self.derivatives.insert(name.to_owned(), derivative);
    }

    /// ℓ = f² + g² with f = x² and g = x.
    fn chain(x: f64) -> Self {
        let one = |value: f64| DMatrix::from_element(1, 1, value);
        let mut found = Self::new();
        found.put("x", one(x), one(4.0 * x * x * x + 2.0 * x));
        found.put("f", one(x * x), one(2.0 * x * x));
        found.put("g", one(x), one(2.0 * x));
        found.put("ℓ", one(x.powi(4) + x * x), one(1.0));
        found
    }

    /// ℓ = (y − Σ Φ(W·x + b))².
    fn neurons(given: &Matrices) -> Self {
        let [w, b, x, y] = ["W", "b", "x", "y"].map(|name| given[name].clone());
        let z = &w * &x + &b;
        let h = z.map(|z| z.max(0.0));
        let on = z.map(|z| if z > 0.0 { 1.0 } else { 0.0 });
        let e = y[(0, 0)] - h.sum();
        let one = |value: f64| DMatrix::from_element(1, 1, value);
        let by_z = on.transpose() * (-2.0 * e);
        let mut found = Self::new();
        found.put("x", x.clone(), &by_z * &w);
        found.put("W", w, &x * &by_z);
        found.put("b", b, by_z.clone());
        found.put("y", y, one(2.0 * e));
        found.put("h", h.clone(), DMatrix::from_element(1, h.len(), -2.0 * e));
        found.put("z", z, by_z);
        found.put("s", one(h.sum()), one(-2.0 * e));
        found.put("e", one(e), one(2.0 * e));
        found.put("ℓ", one(e * e), one(1.0));
        found
    }

    /// The same, an entry a node.
    fn in_numbers(&self) -> Self {
        let mut found = Self::new();
        for (name, value) in &self.values {
            let derivative = &self.derivatives[name];
            for row in 0..value.nrows() {
                for column in 0..value.ncols() {
                    let entry = match value.ncols() {
                        _ if value.len() == 1 => name.clone(),
                        1 => format!("{name}[{}]", row + 1),
                        _ => format!("{name}[{},{}]", row + 1, column + 1),
                    };
                    let one = |value: f64| DMatrix::from_element(1, 1, value);
                    found.put(&entry, one(value[(row, column)]), one(derivative[(column, row)]));
                }
            }
        }
        found
    }

    /// ℓ = ½‖W2·Φ(x1) − y‖² with x1 = W1·x + b, where an entry of x1 may be moved.
    fn two_layers(given: &Matrices, entry: usize, moved: f64) -> Self {
        let [w1, b, w2, x, y] = ["W1", "b", "W2", "x", "y"].map(|name| given[name].clone());
        let mut x1 = &w1 * &x + &b;
        x1[entry] += moved;
        let x2 = x1.map(|z| z.max(0.0));
        let on = DMatrix::from_diagonal(&x1.map(|z| if z > 0.0 { 1.0 } else { 0.0 }).column(0).into_owned());
        let x3 = &w2 * &x2;
        let x4 = &x3 - &y;
        let back = x4.transpose();
        let by_x1 = &back * &w2 * on;
        let loss = 0.5 * x4.iter().map(|x| x * x).sum::<f64>();
        let one = |value: f64| DMatrix::from_element(1, 1, value);
        let mut found = Self::new();
        found.put("x", x.clone(), &by_x1 * &w1);
        found.put("W1", w1, &x * &by_x1);
        found.put("b", b, by_x1.clone());
        found.put("W2", w2.clone(), &x2 * &back);
        found.put("y", y, -&back);
        found.put("x1", x1, by_x1);
        found.put("x2", x2, &back * &w2);
        found.put("x3", x3, back.clone());
        found.put("x4", x4, back);
        found.put("ℓ", one(loss), one(1.0));
        found
    }

    fn loss(&self) -> f64 {
        self.values["ℓ"][(0, 0)]
    }
}

/// Steps of descent with the largest of 0.1, 0.05, … with which the loss rises in none.
fn descent(start: &Matrices, parameters: &[&str], of: fn(&Matrices) -> ByHand) -> (f64, Vec<Matrices>) {
    let mut rate = 0.1;
    loop {
        let mut states = vec![start.clone()];
        for _ in 0..8 {
            let mut next = states[states.len() - 1].clone();
            let by = of(&next).derivatives;
            for name in parameters {
                let moved = &next[*name] - by[*name].transpose() * rate;
                next.insert((*name).to_owned(), moved);
            }
            states.push(next);
        }
        let losses: Vec<f64> = states.iter().map(|state| of(state).loss()).collect();
        if losses.windows(2).all(|pair| pair[1] <= pair[0]) {
            return (rate, states);
        }
        rate /= 2.0;
    }
}

/// The numbers of a page element in the order in which they stand: those of matrices from their cells.
fn cells(element: ElementRef) -> Vec<String> {
    let cells = Selector::parse("mtd").unwrap();
    element.select(&cells).map(|cell| cell.text().collect()).collect()
}

/// Holds the numbers of an element against those of matrices, row by row.
fn hold(what: &str, element: ElementRef, expected: &[&DMatrix<f64>]) -> usize {
    let text: String = element.text().collect();
    let expected: Vec<f64> =
        expected.iter().flat_map(|m| m.row_iter().flat_map(|row| row.iter().copied().collect::<Vec<_>>())).collect();
    if text.contains(" numbers, the largest of size ") {
        let largest = expected.iter().fold(0.0_f64, |largest, number| largest.max(number.abs()));
        let written = numbers(text.rsplit(' ').next().unwrap())[0].value;
        assert!((written - largest).abs() < 0.006 * largest, "{what}: {text} beside {largest}");
        return 1;
    }
    let mut found = cells(element);
    if found.is_empty() {
        found.push(text.rsplit(" = ").next().unwrap().trim().to_owned());
    }
    assert_eq!(found.len(), expected.len(), "{what}: {found:?} beside {expected:?}");
    for (written, expected) in found.iter().zip(&expected) {
        let number = &numbers(written)[0];
        assert!((number.value - expected).abs() <= number.slack * 1.0001, "{what}: {written} beside {expected}");
    }
    found.len()
}

/// Of two layers of size d, counted by hand: the forward pass, and with it the way back to W1.
fn operations(d: f64) -> [f64; 2] {
    let forward = 4.0 * d * d + 5.0 * d + 1.0;
    [forward + 4.0 * d * d + 7.0 * d + 3.0, 2.0 * d * d * forward]
}

/// The numbers that a sentence may have, by a phrase of it; the first that fits counts.
fn known(lesson: &Lesson, by_hand: &[ByHand], descents: &[(f64, Vec<f64>)]) -> Vec<(&'static str, Vec<f64>)> {
    let request = &lesson.request;
    let compared = |place: usize| lesson.tested[place].check.comparisons.iter();
    let largest =
        |error: &dyn Fn(&autodiff::Comparison) -> f64| (0..3).flat_map(compared).map(error).fold(0.0, f64::max);
    let [n, d] = given(&lesson.neurons)["W"].shape().into();
    let size = given(&lesson.two_layer)["x"].nrows();
    let [n, d, size] = [n, d, size].map(|count| count as f64);
    let curves: Vec<f64> = lesson
        .tested
        .iter()
        .flat_map(|tested| &tested.curves)
        .chain(lesson.kink.iter().map(|on| &on.curve))
        .flat_map(|curve| {
            let clear = curve.points.iter().filter(|point| !point.straddles);
            let best = clear.min_by(|a, b| a.error.total_cmp(&b.error)).map(|best| [best.error, best.epsilon]);
            let kink = curve.points.iter().filter(|point| point.straddles).map(|point| point.epsilon);
            best.into_iter().flatten().chain([kink.fold(f64::INFINITY, f64::min)])
        })
        .collect();
    let sizes: Vec<f64> = (1..=8).map(|power| f64::from(1 << power)).collect();
    let fitted = |which: usize| {
        let points: Vec<[f64; 2]> =
            sizes.iter().filter(|d| **d >= 32.0).map(|&d| [d.ln(), operations(d)[which].ln()]).collect();
        let mean = |k: usize| points.iter().map(|point| point[k]).sum::<f64>() / points.len() as f64;
        let [x, y] = [mean(0), mean(1)];
        points.iter().map(|p| (p[0] - x) * (p[1] - y)).sum::<f64>()
            / points.iter().map(|p| (p[0] - x).powi(2)).sum::<f64>()
    };
    let mut costs: Vec<f64> = vec![256.0, 2.0, fitted(0), fitted(1)];
    costs.extend(operations(256.0).into_iter().chain(operations(2.0)));
    for which in [0, 1] {
        costs.extend(sizes.windows(2).map(|d| (operations(d[1])[which] / operations(d[0])[which]).log2()));
    }
    let slopes: Vec<f64> = lesson.kink.iter().flat_map(|on| one_sided(&given(&on.problem), on.unit)).collect();
    let mean = slopes.iter().sum::<f64>() / 2.0;
    let two_layers = by_hand.last().unwrap();
    let entry = lesson.nudge.entry[0];
    let moved = ByHand::two_layers(&given(&lesson.two_layer), entry, request.delta);
    let (derivative, value) = (two_layers.derivatives["x1"][entry], two_layers.values["x1"][entry]);
    let nudge = vec![derivative, request.delta, request.delta * derivative, moved.loss() - two_layers.loss(), -value];
    let descended = descents.iter().flat_map(|(rate, losses)| losses.iter().copied().chain([*rate]));
    let descended: Vec<f64> = descended.chain((0..=8).map(f64::from)).collect();
    // Of the chain; of the sum of neurons with every number a node, and with matrices; of two layers.
    let graphs =
        vec![4.0, 4.0, n * d + 3.0 * n + d + 4.0, 2.0 * n * (d + 1.0) + n + 3.0, 9.0, 8.0, 10.0, 9.0, 1.0, n, d, size];
    let losses: Vec<f64> = by_hand.iter().map(ByHand::loss).chain([request.at]).collect();
    vec![
        ("given arrays", vec![10.0, largest(&|c| c.dual_error), largest(&|c| c.difference_error)]),
        ("as many operations by", vec![256.0, (operations(256.0)[1] / operations(256.0)[0]).round()]),
        ("steps of gradient descent", descended.clone()),
        ("take ℓ from", descended.clone()),
        ("The loss falls", descended.clone()),
        ("the first step", descended.clone()),
        ("After step", descended.clone()),
        ("The loss at the start", descended),
        ("computation graph", graphs.clone()),
        ("with dual numbers", curves.clone()),
        ("is smallest", curves),
        ("before this kink", slopes.into_iter().chain([mean]).collect()),
        ("to the power", costs.clone()),
        ("operations by", costs.clone()),
        ("recorded programs", costs),
        ("predicted change", nudge.clone()),
        ("Moving", nudge),
        ("with seed", vec![request.seed as f64]),
        ("neurons and x of length", vec![n, d]),
        ("all weights", vec![size]),
        ("ℓ = ", losses.clone()),
        ("the loss is", losses),
    ]
}

/// The slopes of ℓ before and behind the kink that the bias of a unit stands on.
fn one_sided(given: &Matrices, unit: usize) -> [f64; 2] {
    [-1.0, 1.0].map(|side| {
        let loss = |step: f64| {
            let mut given = given.clone();
            given.get_mut("b").unwrap()[unit] += side * step;
            ByHand::two_layers(&given, 0, 0.0).loss()
        };
        let step = 1e-6;
        // Exact for a parabola.
        side * (4.0 * loss(step) - loss(2.0 * step) - 3.0 * loss(0.0)) / (2.0 * step)
    })
}

#[test]
fn every_number_on_the_page_about_backpropagation_is_found_by_hand() {
    let select = |text: &str| Selector::parse(text).unwrap();
    for request in [Request::default(), Request { size: Some(4), neurons: 3, seed: 4, at: -0.7, ..Request::default() }]
    {
        let lesson = Lesson::new(request, None).unwrap();
        let page = viz::report::backprop::html(&lesson, &viz::report::backprop::figures(&lesson));
        let page = Html::parse_document(&page);
        let neurons = ByHand::neurons(&given(&lesson.neurons));
        let in_numbers = neurons.in_numbers();
        let two_layers = ByHand::two_layers(&given(&lesson.two_layer), 0, 0.0);
        let by_hand = [ByHand::chain(lesson.request.at), neurons, in_numbers, two_layers];
        let keys = ["chain", "neurons", "numbers", "two-layer"];

        // The derivations: each derivative, and the sizes that tell why its shapes fit.
        let mut count = 0;
        for (key, by_hand) in keys.iter().zip(&by_hand) {
            for article in page.select(&select("article.derivation")) {
                if article.attr("id").unwrap().strip_prefix(key).is_none_or(|rest| !rest.starts_with('-')) {
                    continue;
                }
                let name = article.attr("data-node").unwrap();
                let derivative = &by_hand.derivatives[name];
                let here = article.select(&select(".here")).next().unwrap();
                count += hold(&format!("∂ℓ/∂{name} of {key}"), here, &[derivative]);
                let why: String = article.select(&select(".why")).next().unwrap().text().collect();
                if let Some((product, rest)) = why.split_once(" = ") {
                    let [rows, columns] = derivative.shape().into();
                    assert!(rest.starts_with(&format!("{rows}×{columns}.")), "{why}");
                    assert!(rest.contains(&format!(" is {columns}×{rows}, so")), "{why}");
                    assert!(
                        rest.ends_with(&format!("is {rows}×{columns}; the gradient is {columns}×{rows}.")),
                        "{why}"
                    );
                    // Factors of 1×1 multiply every entry; the others fit their neighbours.
                    let sizes = numbers(product.split_once("fit: ").unwrap().1);
                    let pairs: Vec<[f64; 2]> = sizes.chunks(2).map(|pair| [pair[0].value, pair[1].value]).collect();
                    let matrices: Vec<&[f64; 2]> = pairs.iter().filter(|pair| **pair != [1.0, 1.0]).collect();
                    assert!(matrices.windows(2).all(|pair| pair[0][1] == pair[1][0]), "{why}");
                }
            }
        }
        // What is told on the way forward.
        for figure in page.select(&select("figure[data-derivations]")) {
            let key = figure.attr("data-derivations").unwrap();
            let Some(place) = keys.iter().position(|other| *other == key) else { continue };
            let template = figure.select(&select("template")).next().unwrap().inner_html();
            for told in Html::parse_fragment(&template).select(&select("div[data-nodes]:not([data-back])")) {
                let names = told.attr("data-nodes").unwrap().split(' ');
                for (name, said) in names.zip(told.select(&select(".here"))) {
                    count += hold(&format!("{name} of {key}"), said, &[&by_hand[place].values[name]]);
                }
            }
        }
        // The steps of descent.
        let runs = [
            descent(&given(&lesson.neurons), &["W", "b"], ByHand::neurons),
            descent(&given(&lesson.two_layer), &["W1", "W2", "b"], |given| ByHand::two_layers(given, 0, 0.0)),
        ];
        let evaluate =
            [ByHand::neurons as fn(&Matrices) -> ByHand, |given: &Matrices| ByHand::two_layers(given, 0, 0.0)];
        for (which, walk) in page.select(&select(".walk")).enumerate() {
            let states = &runs[which].1;
            for (step, said) in walk.select(&select("figcaption p")).enumerate().take(8) {
                let gradient = evaluate[which](&states[step]).derivatives["b"].transpose();
                count += hold(&format!("step {step}"), said, &[&states[step]["b"], &gradient, &states[step + 1]["b"]]);
            }
        }
        let descents: Vec<(f64, Vec<f64>)> = runs
            .iter()
            .zip(evaluate)
            .map(|((rate, states), of)| (*rate, states.iter().map(|state| of(state).loss()).collect()))
            .collect();

        // All other sentences.
        let known = known(&lesson, &by_hand, &descents);
        let mut wrong = Vec::new();
        for mut block in blocks(&page) {
            let text = block.text.clone();
            let is_formula = text.contains(", back through ");
            if is_formula || ["Here: ", "Why the shapes", "The next step"].iter().any(|head| text.starts_with(head)) {
                continue;
            }
            for fixed in FIXED {
                block.text = block.text.replace(fixed, "");
            }
            for number in numbers(&block.text) {
                // Indices, powers and sizes of formulas are no findings.
                if number.before.ends_with(['[', ',']) {
                    continue;
                }
                let pool = known.iter().find(|(phrase, _)| block.text.contains(phrase));
                let slack = if number.after.starts_with(" times as") { 0.0 } else { number.slack * 1.0001 };
                let is_near = |known: &f64| (known - number.value).abs() <= slack + 1e-12 * number.value.abs();
                if !pool.is_some_and(|(_, pool)| pool.iter().any(is_near)) {
                    wrong.push(format!("{} in {text}", number.value));
                }
                count += 1;
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(count > 250, "{count}");
    }
}
