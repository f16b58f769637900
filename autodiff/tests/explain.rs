//! Derivatives as formulas: those of the problems exactly, and any other by evaluating it from its own parts.

use autodiff::{Cost, Explanation, NodeId, Operands, Operation, Output, Pullback, SMatrix, Tape, Var};
use nalgebra::DMatrix;
use std::sync::Arc;
use tensor::{Dual, Scalar};

/// Entries that are all different and of both signs.
fn matrix<const R: usize, const C: usize>(seed: f64) -> SMatrix<f64, R, C> {
    SMatrix::from_fn(|i, j| (seed + 1.7 * i as f64 + 2.3 * j as f64).sin())
}

/// The formula has the value the tape computes, and the transposed shape; so does every step on the way.
fn holds(explanation: &Explanation, shape: [usize; 2]) {
    let near = |a: &DMatrix<f64>, b: &DMatrix<f64>| (a - b).amax() <= 1e-12 * b.amax().max(1.0);
    assert_eq!(explanation.shape(), shape, "{explanation}");
    assert_eq!(explanation.value.shape(), (shape[0], shape[1]), "{explanation}");
    assert_eq!(explanation.gradient().shape(), (shape[1], shape[0]), "{explanation}");
    assert!(near(&explanation.formula.evaluate(), &explanation.value), "{explanation} is not {}", explanation.value);
    for step in &explanation.steps {
        assert!(near(&step.local.evaluate(), &step.value), "{step} is not {}", step.value);
        assert!(near(&step.formula.evaluate(), &step.value), "{step} is not {}", step.value);
    }
}

/// ½‖W2·Φ(W1·x + b) − y‖² for W1 of H×D and W2 of K×H.
struct TwoLayer<'t, const D: usize, const H: usize, const K: usize> {
    loss: Var<'t, f64, 1, 1>,
    nodes: Vec<(NodeId, [usize; 2])>,
}

impl<'t, const D: usize, const H: usize, const K: usize> TwoLayer<'t, D, H, K> {
    fn new(tape: &'t Tape<f64>) -> Self {
        let w1 = tape.parameter("W1", matrix::<H, D>(0.1));
        let b = tape.parameter("b", matrix::<H, 1>(0.2));
        let w2 = tape.parameter("W2", matrix::<K, H>(0.3));
        let (x, y) = (tape.input("x", matrix::<D, 1>(0.4)), tape.input("y", matrix::<K, 1>(0.5)));
        let x1 = (w1 * x + b).named("x1");
        let x2 = x1.relu().named("x2");
        let x3 = (w2 * x2).named("x3");
        let x4 = (x3 - y).named("x4");
        let nodes = vec![
            (x4.id(), [1, K]),
            (x3.id(), [1, K]),
            (x2.id(), [1, H]),
            (x1.id(), [1, H]),
            (b.id(), [1, H]),
            (x.id(), [1, D]),
            (w2.id(), [H, K]),
            (w1.id(), [D, H]),
            (y.id(), [1, K]),
        ];
        TwoLayer { loss: x4.norm_squared() * 0.5, nodes }
    }
    fn explanations(&self) -> Vec<Explanation> {
        let explain = |(node, shape): &(NodeId, [usize; 2])| {
            let explanation = self.loss.tape().explain(self.loss, *node).unwrap();
            holds(&explanation, *shape);
            explanation
        };
        self.nodes.iter().map(explain).collect()
    }
}

#[test]
fn the_two_layer_problem() {
    let tape = Tape::new();
    let formulas: Vec<String> =
        TwoLayer::<3, 3, 3>::new(&tape).explanations().iter().map(ToString::to_string).collect();
    let expected = [
        "∂ℓ/∂x4 = x4ᵀ",
        "∂ℓ/∂x3 = x4ᵀ",
        "∂ℓ/∂x2 = x4ᵀ·W2",
        "∂ℓ/∂x1 = x4ᵀ·W2·∂Φ/∂x1",
        "∂ℓ/∂b = x4ᵀ·W2·∂Φ/∂x1",
        "∂ℓ/∂x = x4ᵀ·W2·(∂Φ/∂x1)·W1",
        "∂ℓ/∂W2 = x2·x4ᵀ",
        "∂ℓ/∂W1 = x·x4ᵀ·W2·∂Φ/∂x1",
        "∂ℓ/∂y = −x4ᵀ",
    ];
    assert_eq!(formulas, expected);
}

#[test]
fn the_two_layer_problem_step_by_step() {
    let tape = Tape::new();
    let explanations = TwoLayer::<2, 3, 4>::new(&tape).explanations();
    let by_w1 = &explanations[7];
    assert_eq!((by_w1.name.as_str(), by_w1.symbol.as_str()), ("W1", "∂ℓ/∂W1"));
    assert_eq!(by_w1.formula.shapes(), "(2×1)·(1×4)·(4×3)·(3×3)");
    let steps: Vec<String> = by_w1.steps.iter().map(ToString::to_string).collect();
    let expected = [
        "∂ℓ/∂‖x4‖² = ½",
        "∂ℓ/∂x4 = 2·∂ℓ/∂‖x4‖²·x4ᵀ = x4ᵀ: (1×1)·(1×4) = 1×4",
        "∂ℓ/∂x3 = ∂ℓ/∂x4 = x4ᵀ: (1×4) = 1×4",
        "∂ℓ/∂x2 = ∂ℓ/∂x3·W2 = x4ᵀ·W2: (1×4)·(4×3) = 1×3",
        "∂ℓ/∂x1 = ∂ℓ/∂x2·∂Φ/∂x1 = x4ᵀ·W2·∂Φ/∂x1: (1×3)·(3×3) = 1×3",
        "∂ℓ/∂(W1·x) = ∂ℓ/∂x1 = x4ᵀ·W2·∂Φ/∂x1: (1×3) = 1×3",
        "∂ℓ/∂W1 = x·∂ℓ/∂(W1·x) = x·x4ᵀ·W2·∂Φ/∂x1: (2×1)·(1×3) = 2×3",
    ];
    assert_eq!(steps, expected);
    let through: Vec<&str> = by_w1.steps.iter().map(|step| step.through[0].0).collect();
    assert_eq!(through, ["scale", "norm_squared", "difference", "product", "relu", "sum", "product"]);
}

#[test]
fn shapes_for_all_sizes() {
    macro_rules! sizes {
        ($($d:literal $h:literal $k:literal,)*) => {
            $({
                let tape = Tape::new();
                TwoLayer::<$d, $h, $k>::new(&tape).explanations();
            })*
        };
    }
    sizes!(1 1 1, 2 2 2, 3 3 3, 4 4 4, 5 5 5, 6 6 6, 7 7 7, 8 8 8,);
    sizes!(1 5 1, 5 1 3, 1 1 4, 4 1 1, 1 3 2, 2 3 1, 8 2 5, 3 7 4,);
}

#[test]
fn one_number_in_every_place_needs_no_transposes() {
    let tape = Tape::new();
    let explanations = TwoLayer::<1, 1, 1>::new(&tape).explanations();
    assert_eq!(explanations[3].to_string(), "∂ℓ/∂x1 = x4·W2·∂Φ/∂x1");
    assert_eq!(explanations[5].to_string(), "∂ℓ/∂x = x4·W2·(∂Φ/∂x1)·W1");
}

/// ℓ(x) = f(x)² + g(x)², f(x) = x², g(x) = x.
#[test]
fn the_chain_problem_sums_over_paths() {
    let tape = Tape::new();
    let x = tape.input("x", SMatrix::<f64, 1, 1>::new(1.5));
    let (f, g) = (x.powi(2).named("f"), (x * 1.0).named("g"));
    let loss = f.powi(2) + g.powi(2);
    let by_x = tape.explain(loss, x).unwrap();
    holds(&by_x, [1, 1]);
    assert_eq!(by_x.to_string(), "∂ℓ/∂x = 2·g + 4·f·x");
    let last = by_x.steps.last().unwrap();
    assert_eq!(last.local.to_string(), "∂ℓ/∂g + 2·∂ℓ/∂f·x");
    assert_eq!(last.through.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["scale", "powi"]);
    assert_eq!(by_x.value[(0, 0)], 4.0 * 1.5_f64.powi(3) + 2.0 * 1.5);

    let unnamed = tape.explain(x.powi(2).powi(2) + x.powi(2), x).unwrap();
    assert_eq!(unnamed.to_string(), "∂ℓ/∂x = 2·x + 4·x³");
    holds(&unnamed, [1, 1]);
}

/// (y − Σᵢ Φ(wᵢᵀ·x + bᵢ))² at the level of matrices.
#[test]
fn the_sum_of_neurons() {
    let tape = Tape::new();
    let (w, b) = (tape.parameter("W", matrix::<4, 3>(0.1)), tape.parameter("b", matrix::<4, 1>(0.2)));
    let (x, y) = (tape.input("x", matrix::<3, 1>(0.3)), tape.input("y", matrix::<1, 1>(0.4)));
    let z = (w * x + b).named("z");
    let error = (y - z.relu().sum()).named("e");
    let loss = error.powi(2);
    let text = |node: NodeId| tape.explain(loss, node).unwrap().to_string();
    assert_eq!(text(w.id()), "∂ℓ/∂W = −2·e·x·𝟏ᵀ·∂Φ/∂z");
    assert_eq!(text(b.id()), "∂ℓ/∂b = −2·e·𝟏ᵀ·∂Φ/∂z");
    assert_eq!(text(x.id()), "∂ℓ/∂x = −2·e·𝟏ᵀ·(∂Φ/∂z)·W");
    assert_eq!(text(y.id()), "∂ℓ/∂y = 2·e");
    for (node, shape) in [(w.id(), [3, 4]), (b.id(), [1, 4]), (x.id(), [1, 3]), (y.id(), [1, 1])] {
        holds(&tape.explain(loss, node).unwrap(), shape);
    }
}

#[test]
fn a_ridge_regression() {
    let tape = Tape::new();
    let (f, c) = (tape.input("F", matrix::<5, 3>(0.1)), tape.parameter("c", matrix::<3, 1>(0.2)));
    let y = tape.input("y", matrix::<5, 1>(0.3));
    let residual = (f * c - y).named("r");
    let loss = residual.norm_squared() + 0.1 * c.norm_squared();
    let by_c = tape.explain(loss, c).unwrap();
    assert_eq!(by_c.to_string(), "∂ℓ/∂c = 0.2·cᵀ + 2·rᵀ·F");
    holds(&by_c, [1, 3]);
    let by_f = tape.explain(loss, f).unwrap();
    assert_eq!(by_f.to_string(), "∂ℓ/∂F = 2·c·rᵀ");
    holds(&by_f, [3, 5]);
}

#[test]
fn an_attention_of_a_kind() {
    let tape = Tape::new();
    let (q, k) = (tape.parameter("Q", matrix::<2, 3>(0.1)), tape.parameter("K", matrix::<4, 3>(0.2)));
    let v = tape.parameter("V", matrix::<4, 5>(0.3));
    let s = (q * k.transpose()).named("S");
    let weights = s.exp().component_div(s.sigmoid()).named("A");
    let loss = (weights * v).tanh().sum();
    for (node, shape) in [(q.id(), [3, 2]), (k.id(), [3, 4]), (v.id(), [5, 4]), (s.id(), [4, 2])] {
        holds(&tape.explain(loss, node).unwrap(), shape);
    }
}

#[test]
fn a_quadratic_form_of_a_shared_vector() {
    let tape = Tape::new();
    let (a, x) = (tape.parameter("A", matrix::<3, 3>(0.1)), tape.parameter("x", matrix::<3, 1>(0.2)));
    let loss = x.transpose() * a * x;
    let by_x = tape.explain(loss, x).unwrap();
    assert_eq!(by_x.to_string(), "∂ℓ/∂x = xᵀ·A + xᵀ·Aᵀ");
    holds(&by_x, [1, 3]);
    holds(&tape.explain(loss, a).unwrap(), [3, 3]);
}

#[test]
fn scalars_times_matrices() {
    let tape = Tape::new();
    let (a, s) = (tape.parameter("A", matrix::<2, 3>(0.1)), tape.parameter("s", matrix::<1, 1>(0.2)));
    let b = tape.parameter("b", matrix::<2, 1>(0.3));
    let scaled = a.scale_by(s.cos() + a.norm_squared().sqrt());
    let loss = scaled.add_to_columns(b).powi(3).sum() - scaled.scale_by(s).sin().norm_squared() * 0.25;
    for (node, shape) in [(a.id(), [3, 2]), (s.id(), [1, 1]), (b.id(), [1, 2])] {
        holds(&tape.explain(loss, node).unwrap(), shape);
    }
}

#[test]
fn a_recurrence_too_long_to_be_written_out() {
    let tape = Tape::new();
    let w = tape.parameter("W", matrix::<3, 3>(0.1));
    let x = tape.input("x", matrix::<3, 1>(0.2));
    let mut state = x;
    for _ in 0..30 {
        state = (w * state).tanh() + state.component_mul(state) * 0.1;
    }
    let loss = state.sum();
    let by_w = tape.explain(loss, w).unwrap();
    holds(&by_w, [3, 3]);
    assert!(by_w.steps.iter().all(|step| step.local.size() < 2000));
    holds(&tape.explain(loss, x).unwrap(), [1, 3]);
}

#[test]
fn a_batch_through_a_network() {
    let tape = Tape::new();
    let (w1, b1) = (tape.parameter("W1", matrix::<4, 1>(0.1)), tape.parameter("b1", matrix::<4, 1>(0.2)));
    let (w2, b2) = (tape.parameter("W2", matrix::<1, 4>(0.3)), tape.parameter("b2", matrix::<1, 1>(0.4)));
    let (x, t) = (tape.input("x", matrix::<1, 6>(0.5)), tape.input("t", matrix::<1, 6>(0.6)));
    let p = (w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2).named("p");
    let loss = p.weighted_square(t, tape.constant(SMatrix::repeat(1.0 / 6.0)).named("m"));
    let by_p = tape.explain(loss, p).unwrap();
    assert_eq!(by_p.to_string(), "∂ℓ/∂p = 2·(m ∘ (p − t))ᵀ");
    holds(&by_p, [6, 1]);
    let shapes = [(w1.id(), [1, 4]), (b1.id(), [1, 4]), (w2.id(), [4, 1]), (b2.id(), [1, 1]), (x.id(), [6, 1])];
    for (node, shape) in shapes {
        holds(&tape.explain(loss, node).unwrap(), shape);
    }
}

#[test]
fn names_of_the_loss_and_what_it_does_not_depend_on() {
    let tape = Tape::new();
    let x = tape.input("x", matrix::<1, 1>(0.1));
    let unused = tape.input("unused", matrix::<1, 1>(0.1));
    let loss = x.sin().named("L");
    assert_eq!(tape.explain(loss, x).unwrap().to_string(), "∂L/∂x = cos(x)");
    assert_eq!(tape.explain(loss, loss).unwrap().to_string(), "∂L/∂L = 1");
    assert!(tape.explain(loss, unused).is_none());
    let constant = tape.constant(matrix::<1, 1>(0.2)).named("c");
    let by_constant = tape.explain(constant * x, constant).unwrap();
    assert_eq!(by_constant.to_string(), "∂ℓ/∂c = x");
    holds(&by_constant, [1, 1]);
    assert_eq!(tape.definition(loss).unwrap().to_string(), "sin(x)");
    assert!(tape.definition(x).is_none());
}

#[test]
fn lower_precision_is_explained_too() {
    let tape = Tape::<f32>::new();
    let w = tape.parameter("w", SMatrix::<f32, 1, 1>::new(3.0));
    let by_w = tape.explain(w * w, w).unwrap();
    assert_eq!((by_w.to_string().as_str(), by_w.value[(0, 0)]), ("∂ℓ/∂w = 2·w", 6.0));
}

/// Y = A², without a formula.
#[derive(Clone, Copy, Debug)]
struct Plain;

impl<T: Scalar> Operation<T> for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }
    fn forward(&self, operands: Operands<'_, T>, mut result: Output<'_, T>) {
        for (y, &x) in result.iter_mut().zip(operands.get(0)) {
            *y = x * x;
        }
    }
    fn backward(&self, pass: &mut Pullback<'_, T>) {
        let (x, upstream) = (pass.operand(0), pass.upstream());
        for ((d, &x), &u) in pass.derivative(0).iter_mut().zip(x).zip(upstream) {
            *d += (x + x) * u;
        }
    }
    fn cost(&self, _wanted: &[bool]) -> Cost {
        Cost::default()
    }
    fn lift(&self) -> Arc<dyn Operation<Dual<f64>>> {
        Arc::new(*self)
    }
}

#[test]
fn an_operation_without_a_formula_is_a_symbol() {
    let tape = Tape::new();
    let (w, x) = (tape.parameter("W", matrix::<2, 3>(0.1)), tape.input("x", matrix::<3, 1>(0.2)));
    let y: Var<'_, f64, 2, 1> = tape.apply(Plain, &[(w * x).id()]);
    let loss = y.named("y").norm_squared();
    let by_w = tape.explain(loss, w).unwrap();
    assert_eq!(by_w.to_string(), "∂ℓ/∂W = x·plain(∂ℓ/∂y)");
    holds(&by_w, [3, 2]);
}
