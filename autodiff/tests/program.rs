//! Replaying: the same bits as recording anew, derivatives that do not add up unless asked to, and what is refused.

use autodiff::{Handle, NodeId, Program, SMatrix, Tape, Var};

type Matrix<const R: usize, const C: usize> = SMatrix<f64, R, C>;

/// A computation with most operations in it, and with shared nodes.
fn record<'t>(
    tape: &'t Tape<f64>,
    w: Matrix<2, 3>,
    x: Matrix<3, 4>,
) -> (Handle<2, 3>, Handle<3, 4>, Var<'t, f64, 1, 1>) {
    let (w, x) = (tape.parameter("W", w), tape.input("x", x));
    let h = (w * x).named("h");
    let a = h.tanh() + h.relu().component_mul(h) - h.sigmoid() * 0.5;
    let b = (a * a.transpose()).sum();
    (w.handle(), x.handle(), (a.norm_squared() + b).named("loss"))
}

fn values(seed: f64) -> (Matrix<2, 3>, Matrix<3, 4>) {
    let entry = |k: usize| ((k as f64 + 1.0) * seed).sin();
    (SMatrix::from_fn(|i, j| entry(2 * j + i)), SMatrix::from_fn(|i, j| entry(10 + 3 * j + i)))
}

#[test]
fn a_replay_has_the_bits_of_recording_anew() {
    let tape = Tape::new();
    let (w, x, loss) = {
        let (w, x) = values(0.5);
        record(&tape, w, x)
    };
    let mut program = tape.program(loss);
    for seed in [0.3, 0.7, 1.1, 0.3] {
        let (new_w, new_x) = values(seed);
        program.set(w, new_w);
        program.set(x, new_x);
        program.forward();
        program.backward();
        let fresh = Tape::new();
        let (fresh_w, _, loss) = record(&fresh, new_w, new_x);
        assert_eq!(program.loss().to_bits(), loss.scalar().to_bits());
        let derivative = fresh.backward(loss).of(fresh_w);
        assert_eq!(program.derivative(w).unwrap().map(f64::to_bits), derivative.map(f64::to_bits));
    }
}

#[test]
fn a_clone_computes_on_its_own() {
    let tape = Tape::new();
    let (w, _, loss) = record(&tape, values(0.5).0, values(0.5).1);
    let mut one = tape.program(loss);
    one.forward();
    one.backward();
    let mut other = one.clone();
    other.set(w, values(0.9).0);
    other.forward();
    other.backward();
    assert_ne!(one.loss(), other.loss());
    assert_ne!(one.derivative(w), other.derivative(w));
    assert_eq!(one.value(w), values(0.5).0);
}

#[test]
fn a_tape_is_recorded_anew_after_clear() {
    let mut tape = Tape::new();
    assert!(tape.is_empty());
    let first = record(&tape, values(0.5).0, values(0.5).1).2.scalar();
    let nodes = tape.len();
    tape.clear();
    assert!(tape.is_empty());
    assert_eq!(record(&tape, values(0.5).0, values(0.5).1).2.scalar(), first);
    assert_eq!(tape.len(), nodes);
}

#[test]
fn two_backward_calls_do_not_add_up_and_accumulate_does() {
    let tape = Tape::new();
    let (w, _, loss) = record(&tape, values(0.5).0, values(0.5).1);
    let once = tape.backward(loss).of(w);
    assert_eq!(tape.backward(loss).of(w), once);

    let mut program = tape.program(loss);
    program.forward();
    program.backward();
    program.backward();
    assert_eq!(program.derivative(w).unwrap(), once);
    program.accumulate();
    assert!((program.derivative(w).unwrap() - once * 2.0).amax() < 1e-12);
    program.clear_derivatives();
    assert_eq!(program.derivative(w).unwrap(), once * 0.0);
}

fn wave<'t, const C: usize>(w: Var<'t, f64, 1, 1>, x: Var<'t, f64, 1, C>) -> Var<'t, f64, 1, 1> {
    (w * x).sin().norm_squared()
}

#[test]
fn blocks_accumulate_to_the_whole_minibatch() {
    let samples: Matrix<1, 6> = SMatrix::from_fn(|_, j| j as f64 / 4.0 - 0.6);
    let tape = Tape::new();
    let w = tape.parameter("w", Matrix::<1, 1>::new(1.3));
    let whole = tape.backward(wave(w, tape.input("x", samples))).of(w)[0];

    let tape = Tape::new();
    let w = tape.parameter("w", Matrix::<1, 1>::new(1.3));
    let x = tape.zero_input::<1, 2>("x");
    let mut program = tape.program(wave(w, x));
    program.clear_derivatives();
    for block in samples.as_slice().chunks(2) {
        program.entries_mut(x).copy_from_slice(block);
        program.forward();
        program.accumulate();
    }
    assert!((program.derivative(w.handle()).unwrap()[0] - whole).abs() < 1e-14);
}

#[test]
fn a_derivative_that_was_not_computed_is_absent() {
    let tape = Tape::new();
    let a = tape.parameter("a", Matrix::<1, 1>::new(2.0));
    let unused = tape.parameter("unused", Matrix::<2, 1>::zeros());
    let x = tape.input("x", Matrix::<1, 1>::new(3.0));
    let constant = tape.constant(Matrix::<1, 1>::new(4.0));
    let square = x * x;
    let loss = a * constant + square;
    let later = loss * 2.0;
    let d = tape.backward(loss);
    assert_eq!(d.get(a).unwrap()[0], 4.0);
    assert_eq!(d.get(square).unwrap()[0], 1.0);
    assert_eq!(d.get(x).unwrap()[0], 6.0);
    assert_eq!(d.get(loss).unwrap()[0], 1.0);
    assert!(d.get(unused).is_none());
    assert!(d.get(constant).is_none());
    assert!(d.get(later).is_none());
    assert!(d.get((x * 1.0).handle()).is_none(), "a node that came after backward");

    let mut program = tape.program(loss);
    program.forward();
    program.backward();
    assert!(program.derivative(a.handle()).is_some());
    for node in [unused.id(), x.id(), constant.id(), square.id(), later.id()] {
        assert!(program.derivative_entries(node).is_none());
    }
}

#[test]
fn a_zero_derivative_is_there() {
    let tape = Tape::new();
    let x = tape.parameter("x", Matrix::<1, 1>::new(-1.0));
    assert_eq!(tape.backward(x.relu()).get(x).unwrap()[0], 0.0);
}

#[test]
fn an_update_sees_the_entries_and_their_derivatives() {
    let tape = Tape::new();
    let w = tape.parameter("w", Matrix::<2, 1>::new(1.0, -2.0));
    let mut program = tape.program(w.norm_squared());
    program.forward();
    program.backward();
    program.update(w, |entries, derivatives| {
        for (entry, d) in entries.iter_mut().zip(derivatives) {
            *entry -= 0.5 * d;
        }
    });
    assert_eq!(program.value(w.handle()), Matrix::<2, 1>::zeros());
}

#[test]
fn names_and_shapes_are_shown() {
    let tape = Tape::new();
    let w = tape.parameter("W", Matrix::<2, 3>::zeros());
    assert_eq!(format!("{w:?}"), "W: 2×3");
    assert_eq!(format!("{:?}", w.transpose()), "transpose#1: 3×2");
    assert_eq!(format!("{:?}", tape.constant(Matrix::<1, 1>::zeros())), "constant#2: 1×1");
    assert_eq!(w.id().index(), 0);
}

fn program_of_two() -> (Program<f64>, Handle<1, 1>, Handle<1, 1>, Handle<1, 1>) {
    let tape = Tape::new();
    let w = tape.parameter("w", Matrix::<1, 1>::new(2.0));
    let x = tape.input("x", Matrix::<1, 1>::new(3.0));
    let y = w * x;
    (tape.program(y), w.handle(), x.handle(), y.handle())
}

#[test]
#[should_panic(expected = "only parameters and inputs can be set")]
fn a_result_cannot_be_set() {
    let (mut program, _, _, y) = program_of_two();
    program.set(y, Matrix::<1, 1>::zeros());
}

#[test]
#[should_panic(expected = "only parameters that the loss depends on are updated")]
fn an_input_cannot_be_updated() {
    let (mut program, _, x, _) = program_of_two();
    program.update(x, |_, _| ());
}

#[test]
#[should_panic(expected = "the derivative by node 0 was not computed")]
fn an_absent_derivative_is_not_zero() {
    let tape = Tape::new();
    let unused = tape.parameter("unused", Matrix::<2, 1>::zeros());
    let x = tape.input("x", Matrix::<1, 1>::new(3.0));
    let _ = tape.backward(x * x).of(unused);
}

#[test]
#[should_panic(expected = "nodes of two tapes cannot meet")]
fn operands_are_on_one_tape() {
    let (one, other) = (Tape::new(), Tape::new());
    let _ = one.input("x", Matrix::<1, 1>::zeros()) + other.input("x", Matrix::<1, 1>::zeros());
}

#[test]
#[should_panic(expected = "nodes of two tapes cannot meet")]
fn a_loss_is_differentiated_on_its_own_tape() {
    let (one, other) = (Tape::new(), Tape::new());
    let _ = one.backward(other.input("x", Matrix::<1, 1>::zeros()));
}

#[test]
#[should_panic(expected = "the power 0 is a constant")]
fn a_power_of_zero() {
    let tape = Tape::new();
    let _ = tape.input("x", Matrix::<1, 1>::zeros()).powi(0);
}

#[test]
fn programs_go_to_other_threads_and_need_little_stack() {
    let run = || {
        let tape = Tape::<f64>::new();
        let w = tape.zero_parameter::<600, 600>("W");
        let x = tape.zero_input::<600, 1>("x");
        let mut program = tape.program((w * x).norm_squared());
        program.entries_mut(w).fill(0.01);
        program.entries_mut(x).fill(1.0);
        program.forward();
        program.backward();
        program.derivative_entries(w).unwrap()[0]
    };
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap();
    assert!((thread.join().unwrap() - 12.0).abs() < 1e-12);
}

/// Breaks if an operation that divides its entries among threads begins a share at the wrong entry, or sums differently.
#[test]
fn the_bits_are_the_same_for_any_number_of_threads() {
    // So large that even a thread that sleeps is called for every operation.
    const R: usize = 370;
    const C: usize = 374;
    let bits = |threads| {
        let tape = Tape::<f32>::new();
        let wave = |phase: f32| move |i: usize, j: usize| ((3 * i + 7 * j) as f32 * 0.37 + phase).sin();
        let w = tape.parameter("W", SMatrix::<f32, R, R>::from_fn(wave(0.0)));
        let b = tape.parameter("b", SMatrix::<f32, R, 1>::from_fn(wave(1.0)));
        let x = tape.parameter("X", SMatrix::<f32, R, C>::from_fn(wave(2.0)));
        let y = tape.parameter("Y", SMatrix::<f32, R, C>::from_fn(wave(3.0)));
        let loss = ((w * x).add_to_columns(b).relu() - y).norm_squared();
        let leaves = [w.id(), b.id(), x.id(), y.id()];
        let mut program = tape.program(loss);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            program.forward();
            program.backward();
        });
        let derivatives = leaves.iter().flat_map(|&leaf| program.derivative_entries(leaf).expect("computed").to_vec());
        derivatives.chain([program.loss()]).map(f32::to_bits).collect::<Vec<_>>()
    };
    let one = bits(1);
    assert!(bits(2) == one, "two threads");
    assert!(bits(3) == one, "three threads");
}

/// The loss and the derivatives by some leaves, in one call and in two, at values that are not those recorded.
fn in_one_and_two(mut program: Program<f64>, leaves: &[NodeId]) {
    let derivatives = |program: &Program<f64>| -> Vec<Option<Vec<f64>>> {
        leaves.iter().map(|&node| program.derivative_entries(node).map(<[f64]>::to_vec)).collect()
    };
    for &leaf in leaves {
        program.entries_mut(leaf).iter_mut().for_each(|entry| *entry += 0.125);
    }
    let mut in_one = program.clone();
    program.forward();
    program.backward();
    let two = derivatives(&program);
    // Neither a call before nor none matters.
    for _ in 0..2 {
        assert_eq!(in_one.forward_and_backward(), program.loss());
        assert_eq!(derivatives(&in_one), two);
    }
}

#[test]
fn forward_and_backward_in_one_call_have_the_same_bits() {
    let tape = Tape::new();
    let (w, _, loss) = record(&tape, values(0.5).0, values(0.5).1);
    in_one_and_two(tape.program(loss), &[w.into()]);
    let tape = Tape::new();
    let w = tape.parameter("w", Matrix::<1, 1>::new(0.5));
    in_one_and_two(tape.program((w * w).exp()), &[w.id()]);

    for data_is_trained in [false, true] {
        let tape = Tape::new();
        let row = |name: &str, start: f64| {
            let value = Matrix::<1, 5>::from_fn(|_, j| start + 0.3 * j as f64);
            if data_is_trained { tape.parameter(name, value) } else { tape.input(name, value) }
        };
        let (x, y, m) = (row("x", -0.7), row("y", 0.2), row("m", 0.1));
        let w1 = tape.parameter("W1", Matrix::<3, 1>::new(1.0, -2.0, 0.5));
        let b1 = tape.parameter("b1", Matrix::<3, 1>::new(0.1, 0.2, -0.3));
        let w2 = tape.parameter("W2", Matrix::<1, 3>::new(0.7, -0.4, 1.1));
        let b2 = tape.parameter("b2", Matrix::<1, 1>::new(0.3));
        let prediction = (w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2);
        let loss = prediction.weighted_square(y, m);
        assert_eq!(tape.program(loss).operations(), ["relu_network_error"]);
        let parameters = [x.id(), y.id(), m.id(), w1.id(), b1.id(), w2.id(), b2.id()];
        in_one_and_two(tape.program(loss), &parameters);
        in_one_and_two(tape.program(loss * loss), &parameters);
    }
}

#[test]
fn a_loss_without_operations_or_parameters_has_a_value() {
    let tape = Tape::new();
    let w = tape.parameter("w", Matrix::<1, 1>::new(2.0));
    let x = tape.input("x", Matrix::<1, 1>::new(3.0));
    in_one_and_two(tape.program(w), &[w.id()]);
    in_one_and_two(tape.program(x * x), &[w.id(), x.id()]);
    assert_eq!(tape.program(w).forward_and_backward(), 2.0);
    assert_eq!(tape.program(x * x).forward_and_backward(), 9.0);
}

/// Derivatives are cleared, and parameters updated, in as few ranges as there are neighbours.
#[test]
fn what_lies_between_parameters_is_not_taken_for_one_and_nothing_between_results_for_a_result() {
    let tape = Tape::new();
    let a = tape.parameter("a", Matrix::<9, 1>::repeat(1.0));
    let x = tape.input("x", Matrix::<9, 1>::repeat(2.0));
    let product = a.component_mul(x);
    let b = tape.parameter("b", Matrix::<9, 1>::repeat(3.0));
    let loss = product.component_mul(b).sum();
    let mut program = tape.program_by_parts(loss);
    program.clear_derivatives();
    program.forward();
    program.accumulate();
    program.accumulate();
    assert_eq!(program.derivative(a.handle()), Some(Matrix::<9, 1>::repeat(12.0)));
    assert_eq!(program.derivative(b.handle()), Some(Matrix::<9, 1>::repeat(4.0)));
    program.update_all(|values, derivatives| {
        values.iter_mut().zip(derivatives).for_each(|(value, derivative)| *value += derivative);
    });
    assert_eq!(program.value(x.handle()), Matrix::<9, 1>::repeat(2.0));
    assert_eq!(program.value(a.handle()), Matrix::<9, 1>::repeat(13.0));
    assert_eq!(program.value(b.handle()), Matrix::<9, 1>::repeat(7.0));
}
