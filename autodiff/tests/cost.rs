//! Floating-point operations, counted by hand.

use autodiff::{Cost, SMatrix, Tape, Var};

fn cost(forward: u64, backward: u64) -> Cost {
    Cost { forward, backward }
}

/// The cost of one operation, on top of the sum that makes its result a loss.
fn of<const R: usize, const C: usize>(y: Var<'_, f64, R, C>) -> Cost {
    let whole = y.tape().program_by_parts(y.sum()).cost();
    let entries = (R * C) as u64;
    cost(whole.forward - entries, whole.backward - entries) // a sum of n entries adds n numbers, either way
}

#[test]
fn every_operation() {
    let tape = Tape::new();
    let a = tape.parameter("A", SMatrix::<f64, 2, 3>::repeat(1.0));
    let b = tape.parameter("B", SMatrix::<f64, 2, 3>::repeat(2.0));
    let m = tape.parameter("M", SMatrix::<f64, 3, 4>::repeat(2.0));
    let s = tape.parameter("s", SMatrix::<f64, 1, 1>::repeat(2.0));
    let column = tape.parameter("b", SMatrix::<f64, 2, 1>::repeat(2.0));
    assert_eq!(of(a + b), cost(6, 12)); // 6 sums; 2 × 6 additions to derivatives
    assert_eq!(of(a - b), cost(6, 12));
    assert_eq!(of(a * 3.0), cost(6, 12)); // a product and an addition an entry
    assert_eq!(of(a.component_mul(b)), cost(6, 24));
    assert_eq!(of(a.component_div(b)), cost(6, 30)); // u/b, +; u·y, /b, −
    assert_eq!(of(a.transpose()), cost(0, 6));
    assert_eq!(of(a.add_to_columns(column)), cost(6, 12));
    assert_eq!(of(a.scale_by(s)), cost(6, 24));
    // 2·3·4 entries of products, each a product and an addition. Aᵀ·Ȳ sums 2 terms for each of 12 entries, then adds.
    assert_eq!(of(a * m), cost(48, 48 + 48 + 12));
    assert_eq!(of(a.norm_squared()), cost(12, 13));
    assert_eq!(of(a.sum()), cost(6, 6));
    assert_eq!(of(a.relu()), cost(6, 12));
    assert_eq!(of(a.tanh()), cost(6, 24));
    assert_eq!(of(a.sigmoid()), cost(6, 24)); // a call; 1 − y, y·, ·u, +
    assert_eq!(of(a.erf()), cost(6, 18)); // a call; its slope, ·u, +
    assert_eq!(of(a.gelu()), cost(6, 18));
    assert_eq!(of(a.leaky_relu()), cost(24, 30)); // max, −, ·0.01, +; a selection, −, ·0.01, +, +
    assert_eq!(of(a.exp()), cost(6, 12));
    assert_eq!(of(a.ln()), cost(6, 12));
    assert_eq!(of(a.sin()), cost(6, 18));
    assert_eq!(of(a.cos()), cost(6, 24));
    assert_eq!(of(a.sqrt()), cost(6, 18));
    assert_eq!(of(a.powi(3)), cost(18, 30)); // 1·x, x², ·x²; x², 1·x², then 3·, ·u, +
    assert_eq!(of(a.powi(1024)), cost(66, 132)); // ten squares and 1·x; ten products more for 1023
}

#[test]
fn the_loss_of_a_block() {
    let tape = Tape::new();
    let p = tape.parameter("p", SMatrix::<f64, 1, 4>::repeat(1.0));
    let t = tape.input("t", SMatrix::<f64, 1, 4>::repeat(2.0));
    let m = tape.input("m", SMatrix::<f64, 1, 4>::repeat(0.25));
    // p − t, its square, ·m, + and 2·m, · for each sample; then ·ȳ and +.
    assert_eq!(tape.program(p.weighted_square(t, m)).cost(), cost(24, 8));
    // max(−z, 0), z +, their sum, exp, 1 +, ln; what 1 + lost: −, −, /, +; 1 −, ·, ·, +, +; ·m, +; 1 −, σ, ·, σ, ·, −; ·m.
    assert_eq!(tape.program(p.logistic(t, m)).cost(), cost(24 * 4, 8));
    // Two outputs cost twice as much; by the weights: p − t, its square, + for each entry, and · for each sample.
    let [p, t] = ["P", "T"].map(|name| tape.parameter(name, SMatrix::<f64, 2, 4>::repeat(1.0)));
    assert_eq!(tape.program(p.weighted_square(t, m)).cost(), cost(48, 32));
    let weight = tape.parameter("weight", SMatrix::<f64, 1, 4>::repeat(0.25));
    assert_eq!(tape.program(p.weighted_square(t, weight)).cost(), cost(48, 32 + 8 * 3 + 4));
    // max; max −, t·, +; − max, exp, +; + t; then Σt/Σe·, − t, ·m for each entry. ln, Σt·, +; Σt/Σe; ·m, + for each sample.
    let target = tape.input("target", SMatrix::<f64, 2, 4>::repeat(0.5));
    assert_eq!(tape.program(p.cross_entropy(target, m)).cost(), cost(11 * 8 + 6 * 4, 16));
    let sums = 8 * 8 + 3 * 4; // anew, for derivatives that are seldom asked for
    assert_eq!(tape.program(p.cross_entropy(t, m)).cost(), cost(11 * 8 + 6 * 4, 16 + sums + 5 * 8));
    assert_eq!(tape.program(p.cross_entropy(t, weight)).cost(), cost(11 * 8 + 6 * 4, 16 + sums + 5 * 8 + 2 * 4));
}

/// A network of one hidden layer, by parts.
fn network<'t>(
    [w1, b1]: [Var<'t, f64, 2, 1>; 2],
    (w2, b2): (Var<'t, f64, 1, 2>, Var<'t, f64, 1, 1>),
    x: Var<'t, f64, 1, 3>,
) -> Var<'t, f64, 1, 3> {
    (w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2)
}

#[test]
fn the_fused_network() {
    let tape = Tape::new();
    let w1 = tape.parameter("W1", SMatrix::<f64, 2, 1>::repeat(1.0));
    let b1 = tape.parameter("b1", SMatrix::<f64, 2, 1>::repeat(1.0));
    let w2 = tape.parameter("W2", SMatrix::<f64, 1, 2>::repeat(1.0));
    let b2 = tape.parameter("b2", SMatrix::<f64, 1, 1>::repeat(1.0));
    let x = tape.input("x", SMatrix::<f64, 1, 3>::repeat(1.0));
    let of = |p: Var<'_, f64, 1, 3>| {
        let whole = tape.program(p.sum()).cost();
        cost(whole.forward - 3, whole.backward - 3)
    };
    // Forward: w1·x, + b1, Φ, w2·, + for 2 units × 3 samples, and + b2 for 3 samples.
    // Backward: p·x, w1·x, + b1, two selections and two sums for 6; 2 + 2 + 2 + 4 for each unit; 3 + 2 for b2.
    assert_eq!(of(network([w1, b1], (w2, b2), x)), cost(33, 42 + 20 + 5));
    // Output layer only: w1·x, + b1, Φ, p·, + for 6; · and + for each unit.
    let (w1, b1) = (tape.input("W1", w1.value()), tape.input("b1", b1.value()));
    assert_eq!(of(network([w1, b1], (w2, b2), x)), cost(33, 30 + 4 + 5));
    // By x as well: w1·x, + b1, w2·w1, a selection, + for each unit, and p̄·, ·scale, + for each of 3 samples.
    let by_x = network([w1, b1], (w2, b2), tape.parameter("by x", x.value()));
    assert_eq!(of(by_x), cost(33, 30 + 4 + 5 + 3 * (5 * 2 + 3)));
    // With the error: p − t, its square, ·m, +, and 2·m, · for 3 samples.
    let row = x.value();
    let error = network([w1, b1], (w2, b2), x).weighted_square(tape.input("t", row), tape.input("m", row));
    assert_eq!(tape.program(error).cost(), cost(33 + 18, 30 + 4 + 5));
}

/// A layer costs what its parts do, but that derivatives do not pass from one of them to the next.
#[test]
fn a_layer() {
    let tape = Tape::new();
    let w = tape.parameter("W", SMatrix::<f64, 2, 3>::repeat(1.0));
    let b = tape.parameter("b", SMatrix::<f64, 2, 1>::repeat(1.0));
    let x = tape.parameter("x", SMatrix::<f64, 3, 4>::repeat(1.0));
    let program = tape.program((w * x).add_to_columns(b).tanh().sum());
    // W: 48; x: 48, + for 12; b: 8; tanh′: 3 for 8; and the sum.
    assert_eq!(program.cost(), cost(48 + 8 + 8 + 8, 48 + 48 + 12 + 8 + 24 + 8));
    // Without a function: W: 48; x: 48, + for 12; b: 8; and the sum.
    let program = tape.program((w * x).add_to_columns(b).sum());
    assert_eq!(program.cost(), cost(48 + 8 + 8, 48 + 48 + 12 + 8 + 8));
}

#[test]
fn what_the_loss_does_not_depend_on_is_free() {
    let tape = Tape::new();
    let a = tape.parameter("a", SMatrix::<f64, 2, 1>::repeat(1.0));
    let x = tape.input("x", SMatrix::<f64, 2, 1>::repeat(1.0));
    let _unused = a.exp();
    let loss = (a + x.sin()).sum();
    assert_eq!(tape.program(loss).cost(), cost(2 + 2 + 2, 2 + 2)); // no derivative by x
    assert_eq!([cost(1, 2), cost(3, 4)].into_iter().sum::<Cost>(), cost(4, 6));
}

/// The two-layer problem at d = 2: ½‖W2·Φ(W1·x + b) − y‖².
#[test]
fn two_layers() {
    let tape = Tape::new();
    let w1 = tape.parameter("W1", SMatrix::<f64, 2, 2>::repeat(1.0));
    let w2 = tape.parameter("W2", SMatrix::<f64, 2, 2>::repeat(1.0));
    let b = tape.parameter("b", SMatrix::<f64, 2, 1>::repeat(1.0));
    let (x, y) = (tape.input("x", b.value()), tape.input("y", b.value()));
    let loss = (w2 * (w1 * x + b).relu() - y).norm_squared() * 0.5;
    let forward = 8 + 2 + 2 + 8 + 2 + 4 + 1;
    // ½: 2; norm: 5; −: 2; W2: 8, x2: 8 + 2; Φ: 4; +: 2 + 2; W1: 8 (x is an input).
    let backward = 2 + 5 + 2 + 18 + 4 + 4 + 8;
    assert_eq!(tape.program_by_parts(loss).cost(), cost(forward, backward));
}

/// Two layers with every weight matrix d×d, only W1 trained: the gradient costs O(d²), by differences O(d⁴).
#[test]
fn the_cost_of_differences_grows_with_the_fourth_power() {
    fn costs<const D: usize>() -> [f64; 2] {
        let tape = Tape::<f64>::new();
        let w1 = tape.zero_parameter::<D, D>("W1");
        let (w2, b) = (tape.zero_input::<D, D>("W2"), tape.zero_input::<D, 1>("b"));
        let (x, y) = (tape.zero_input::<D, 1>("x"), tape.zero_input::<D, 1>("y"));
        let program = tape.program_by_parts((w2 * (w1 * x + b).relu() - y).norm_squared() * 0.5);
        let (d, cost, numeric) = (D as u64, program.cost(), program.difference_cost(w1));
        assert_eq!(cost.forward, 4 * d * d + 5 * d + 1);
        // ½: 2; norm: 2d + 1; −: d; x2: 2d² + d; Φ: 2d; +: d; W1: 2d².
        assert_eq!(cost.backward, 4 * d * d + 7 * d + 3);
        assert_eq!((numeric.passes, numeric.operations), (2 * d * d, 2 * d * d * cost.forward));
        [(cost.forward + cost.backward) as f64, numeric.operations as f64]
    }
    let (small, large) = (costs::<128>(), costs::<256>());
    let slope = |i: usize| (large[i] / small[i]).log2();
    assert!((slope(0) - 2.0).abs() < 0.02 && (slope(1) - 4.0).abs() < 0.02, "{} {}", slope(0), slope(1));
}
