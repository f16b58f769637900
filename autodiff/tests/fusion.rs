//! What rules make of a record against the parts it stands for.

use autodiff::{DMatrix, Program, SMatrix, ShapeError, Tape, Var};
use proptest::prelude::*;
use tensor::{Dual, Element, Scalar, f32x16};

const W: usize = 5;
const C: usize = 7;

/// The parameters and inputs of a network, as entries.
#[derive(Clone, Debug)]
struct Numbers {
    w1: Vec<f64>,
    b1: Vec<f64>,
    w2: Vec<f64>,
    b2: f64,
    x: Vec<f64>,
}

fn numbers() -> impl Strategy<Value = Numbers> {
    // Quarters meet kinks and zeros now and then; the rest is anywhere.
    let number = || prop_oneof![(-8..8_i32).prop_map(|n| f64::from(n) / 4.0), -2.0..2.0_f64];
    let some = |n: usize| prop::collection::vec(number(), n);
    (some(W), some(W), some(W), number(), some(C)).prop_map(|(w1, b1, w2, b2, x)| Numbers { w1, b1, w2, b2, x })
}

struct Recorded<'t, T> {
    w1: Var<'t, T, W, 1>,
    b1: Var<'t, T, W, 1>,
    w2: Var<'t, T, 1, W>,
    b2: Var<'t, T, 1, 1>,
    x: Var<'t, T, 1, C>,
}

impl<'t, T: Scalar> Recorded<'t, T> {
    /// Parameters and inputs on the tape; `number` makes an entry from the number of each lane.
    fn new(tape: &'t Tape<T>, number: impl Fn(&dyn Fn(&Numbers) -> f64) -> T) -> Self {
        Recorded {
            w1: tape.parameter("W1", SMatrix::from_fn(|i, _| number(&|n| n.w1[i]))),
            b1: tape.parameter("b1", SMatrix::from_fn(|i, _| number(&|n| n.b1[i]))),
            w2: tape.parameter("W2", SMatrix::from_fn(|_, i| number(&|n| n.w2[i]))),
            b2: tape.parameter("b2", SMatrix::from_fn(|_, _| number(&|n| n.b2))),
            x: tape.parameter("x", SMatrix::from_fn(|_, j| number(&|n| n.x[j]))),
        }
    }
    /// The prediction, by parts.
    fn prediction(&self) -> Var<'t, T, 1, C> {
        (self.w2 * (self.w1 * self.x).add_to_columns(self.b1).relu()).add_to_columns(self.b2)
    }
    /// All derivatives, one after the other.
    fn entries(&self, program: &Program<T>) -> Vec<T> {
        let nodes = [self.w1.id(), self.b1.id(), self.w2.id(), self.b2.id(), self.x.id()];
        nodes.into_iter().flat_map(|node| program.derivative_entries(node).expect("computed").to_vec()).collect()
    }
}

/// A loss that weighs every sample differently.
fn loss<'t, T: Scalar>(p: Var<'t, T, 1, C>) -> Var<'t, T, 1, 1> {
    p.component_mul(p.tape().constant(SMatrix::from_fn(|_, j| T::from_f64(1.0 + j as f64 / 8.0)))).sum()
}

/// Prediction and derivatives of the fused network.
fn fused<T: Scalar>(number: impl Fn(&dyn Fn(&Numbers) -> f64) -> T) -> (Vec<T>, Vec<T>) {
    let tape = Tape::new();
    let network = Recorded::new(&tape, number);
    let p = network.prediction().named("p");
    let mut program = tape.program(loss(p));
    assert_eq!(program.operations(), ["relu_network", "component_mul", "sum"]);
    program.forward_and_backward();
    (program.entries(p).to_vec(), network.entries(&program))
}

proptest! {
    #[test]
    fn the_same_as_the_composition(numbers in numbers()) {
        let tape = Tape::new();
        let network = Recorded::new(&tape, |of| of(&numbers));
        let p = network.prediction();
        let mut parts = tape.program_by_parts(loss(p));
        parts.forward_and_backward();
        let (fused_p, fused_d) = fused(|of| of(&numbers));
        for (a, b) in fused_p.iter().zip(parts.entries(p)) {
            prop_assert_eq!(a.to_bits(), b.to_bits());
        }
        for (a, b) in fused_d.into_iter().zip(network.entries(&parts)) {
            prop_assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{} and {}", a, b);
        }
    }

    #[test]
    fn each_lane_is_a_run_of_its_own(numbers in prop::collection::vec(numbers(), 16)) {
        let (p, d) = fused(|of| f32x16::from_lanes(|lane| of(&numbers[lane]) as f32));
        for (lane, numbers) in numbers.iter().enumerate() {
            let (one_p, one_d) = fused(|of| of(numbers) as f32);
            for (a, b) in p.iter().chain(&d).zip(one_p.iter().chain(&one_d)) {
                prop_assert_eq!(a.lane(lane).bits(), b.bits());
            }
        }
    }

    #[test]
    fn dual_numbers_give_the_same_values_and_second_derivatives(numbers in numbers()) {
        let (p, d) = fused(|of| of(&numbers));
        let (dual_p, dual_d) = fused(|of| Dual { value: of(&numbers), tangent: 0.5 });
        for (a, b) in p.iter().chain(&d).zip(dual_p.iter().chain(&dual_d)) {
            prop_assert_eq!(a.to_bits(), b.value.to_bits());
        }
        // Forward over reverse against forward: ℓ's tangent is the inner product of its gradient with the direction.
        let tape = Tape::new();
        let network = Recorded::new(&tape, |of| Dual { value: of(&numbers), tangent: 0.5 });
        let tangent = tape.program(loss(network.prediction())).forward_and_backward().tangent;
        let expected = 0.5 * d.iter().sum::<f64>();
        prop_assert!((tangent - expected).abs() <= 1e-11 * expected.abs().max(1.0), "{} and {}", tangent, expected);
    }
}

/// The network with some operands frozen: inputs instead of parameters.
#[test]
fn a_frozen_operand_gets_no_derivative_and_the_others_get_theirs() {
    let entries = |i: usize| (i as f64 * 0.37).sin();
    for frozen in 0..16_u32 {
        let tape = Tape::new();
        let is_frozen = |operand: u32| frozen & (1 << operand) != 0;
        macro_rules! leaf {
            ($operand:literal, $value:expr) => {
                if is_frozen($operand) { tape.input("frozen", $value) } else { tape.parameter("trained", $value) }
            };
        }
        let w1 = leaf!(0, SMatrix::<f64, W, 1>::from_fn(|i, _| entries(i)));
        let b1 = leaf!(1, SMatrix::<f64, W, 1>::from_fn(|i, _| entries(10 + i)));
        let w2 = leaf!(2, SMatrix::<f64, 1, W>::from_fn(|_, i| entries(20 + i)));
        let b2 = leaf!(3, SMatrix::<f64, 1, 1>::new(0.25));
        let x = tape.input("x", SMatrix::<f64, 1, C>::from_fn(|_, j| entries(30 + j)));
        let loss = loss((w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2));
        let full = tape.backward(loss);
        let mut program = tape.program(loss);
        for _ in 0..2 {
            program.forward();
            program.backward();
        }
        assert!(program.derivative(x.handle()).is_none());
        for (operand, node) in [w1.id(), b1.id(), w2.id(), b2.id()].into_iter().enumerate() {
            let derivative = program.derivative_entries(node);
            assert_eq!(derivative.is_none(), is_frozen(operand as u32));
            for (a, b) in derivative.unwrap_or_default().iter().zip(full.slice(node).unwrap()) {
                assert!((a - b).abs() <= 1e-14, "operand {operand} with {frozen:04b} frozen: {a} instead of {b}");
            }
        }
    }
}

/// The network and its error in one operation has the bits of two.
#[test]
fn the_error_of_a_network_is_that_of_its_parts() {
    fn derivatives<T: Scalar>(is_named: bool) -> Vec<u64> {
        let entry = |i: usize| T::from_f64((i as f64 * 0.37).sin());
        let tape = Tape::new();
        let network = Recorded {
            w1: tape.parameter("W1", SMatrix::<T, W, 1>::from_fn(|i, _| entry(i))),
            b1: tape.parameter("b1", SMatrix::<T, W, 1>::from_fn(|i, _| entry(i) * T::from_f64(-0.5))),
            w2: tape.parameter("W2", SMatrix::<T, 1, W>::from_fn(|_, i| entry(i))),
            b2: tape.parameter("b2", SMatrix::<T, 1, 1>::from_element(T::one())),
            x: tape.parameter("x", SMatrix::<T, 1, C>::from_fn(|_, j| entry(j + 1))),
        };
        let weight = tape.constant(SMatrix::<T, 1, C>::from_fn(|_, j| entry(j + 1)));
        let p = network.prediction();
        let p = if is_named { p.named("p") } else { p };
        let mut program = tape.program(p.weighted_square(network.x, weight));
        let two = ["relu_network", "weighted_square"];
        assert_eq!(program.operations(), if is_named { &two[..] } else { &["relu_network_error"] });
        let loss = program.forward_and_backward();
        let all = network.entries(&program);
        [loss].into_iter().chain(all).map(|value| value.lane(0).bits()).collect()
    }
    assert_eq!(derivatives::<f64>(true), derivatives::<f64>(false));
    assert_eq!(derivatives::<f32>(true), derivatives::<f32>(false));
    assert_eq!(derivatives::<f32x16>(true), derivatives::<f32x16>(false));
}

/// What is recorded of a layer, and what a program is made of.
fn layer<'t>(tape: &'t Tape<f64>) -> [Var<'t, f64, 2, 3>; 3] {
    let w = tape.parameter("W", SMatrix::<f64, 2, 2>::new(1.0, -2.0, 0.5, 0.25));
    let b = tape.parameter("b", SMatrix::<f64, 2, 1>::new(0.5, -0.5));
    let x = tape.input("x", SMatrix::<f64, 2, 3>::new(1.0, 0.0, -1.0, 2.0, 1.0, 0.0));
    let product = w * x;
    let z = product.add_to_columns(b);
    [product, z, z.tanh()]
}

#[test]
fn what_became_part_of_another_operation_is_refused_by_name() {
    let tape = Tape::new();
    let [product, z, h] = layer(&tape);
    let mut program = tape.program(h.norm_squared());
    assert_eq!(program.operations(), ["dense", "norm_squared"]);
    for node in [product.id(), z.id()] {
        let error = ShapeError::Fused { node: node.index(), into: h.id().index() };
        assert_eq!(program.matrix(node), Err(error));
        assert_eq!(program.derivative_matrix(node), Err(error));
        assert_eq!(program.set_matrix(node, &DMatrix::zeros(2, 3)), Err(error));
    }
    assert_eq!(
        program.matrix(z).unwrap_err().to_string(),
        "node 4 has no value here, it became part of the operation that gives node 5: name it to keep it"
    );
    program.forward_and_backward();
    assert!((program.value(h.handle()) - h.value()).amax() < 1e-15);
}

#[test]
#[should_panic(expected = "node 3 has no value here, it became part of the operation that gives node 5")]
fn the_first_door_refuses_with_a_panic() {
    let tape = Tape::new();
    let [product, _, h] = layer(&tape);
    let _ = tape.program(h.norm_squared()).value(product.handle());
}

#[test]
fn what_is_named_or_used_elsewhere_stays() {
    let operations = |name: Option<usize>, used: Option<usize>| {
        let tape = Tape::new();
        let nodes = layer(&tape);
        let mut loss = nodes[2].norm_squared();
        if let Some(named) = name {
            let _ = nodes[named].named("kept");
        }
        if let Some(used) = used {
            loss = loss + nodes[used].sum();
        }
        let program = tape.program(loss);
        for node in name.into_iter().chain(used) {
            assert_eq!(program.matrix(nodes[node]).unwrap(), nodes[node].dynamic().value());
        }
        program.operations().join(" ")
    };
    assert_eq!(operations(None, None), "dense norm_squared");
    assert_eq!(operations(Some(0), None), "product add_to_columns tanh norm_squared");
    assert_eq!(operations(Some(1), None), "dense tanh norm_squared");
    assert_eq!(operations(Some(2), None), "dense norm_squared");
    assert_eq!(operations(None, Some(0)), "product add_to_columns tanh norm_squared sum sum");
    assert_eq!(operations(None, Some(1)), "dense tanh norm_squared sum sum");
    assert_eq!(operations(None, Some(2)), "dense norm_squared sum sum");
}

/// Where W1, b1 and W2 are not three nodes, their derivatives cannot be written at once.
#[test]
fn a_network_whose_weights_are_its_biases_goes_by_parts() {
    let tape = Tape::new();
    let w = tape.parameter("w", SMatrix::<f64, 3, 1>::new(1.0, -0.5, 2.0));
    let w2 = tape.parameter("W2", SMatrix::<f64, 1, 3>::new(1.0, 2.0, 3.0));
    let b2 = tape.parameter("b2", SMatrix::<f64, 1, 1>::new(0.1));
    let x = tape.input("x", SMatrix::<f64, 1, 2>::new(0.5, -0.25));
    let loss = (w2 * (w * x).add_to_columns(w).relu()).add_to_columns(b2).norm_squared();
    let mut program = tape.program(loss);
    assert_eq!(program.operations(), ["dense", "dense", "norm_squared"]);
    program.forward_and_backward();
    assert!((program.derivative(w.handle()).unwrap() - tape.backward(loss).of(w)).amax() < 1e-12);
}

/// Explain, graph and the checker speak of what was recorded.
#[test]
fn what_is_explained_is_what_was_recorded() {
    let tape = Tape::new();
    let [_, _, h] = layer(&tape);
    let loss = h.norm_squared();
    let _ = tape.program(loss);
    let kinds = |graph: autodiff::Graph| graph.nodes.iter().map(|node| node.name.clone()).collect::<Vec<_>>().join(" ");
    assert_eq!(kinds(tape.graph()), "W b x product#3 add_to_columns#4 tanh#5 norm_squared#6");
    assert!(autodiff::check(&tape, loss, 1e-5).passes());
}

#[test]
fn a_network_of_two_inputs_or_two_outputs_goes_by_layers() {
    let tape = Tape::<f64>::new();
    let column = |name: &str| tape.parameter(name, SMatrix::<f64, W, 1>::from_fn(|i, _| 0.3 * i as f64 - 0.7));
    let (b1, x) = (column("b1"), tape.input("x", SMatrix::<f64, 2, C>::from_fn(|i, j| i as f64 - 0.2 * j as f64)));
    let w1 = tape.parameter("W1", SMatrix::<f64, W, 2>::from_fn(|i, j| 0.5 - 0.2 * (i * j) as f64));
    let (w2, b2) =
        (tape.parameter("W2", SMatrix::<f64, 1, W>::repeat(0.4)), tape.parameter("b2", SMatrix::repeat(0.1)));
    let (y, m) = (tape.constant(SMatrix::<f64, 1, C>::repeat(0.5)), tape.constant(SMatrix::repeat(0.25)));
    let prediction = (w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2);
    let loss = prediction.weighted_square(y, m);
    let [mut fused, mut parts] = [tape.program(loss), tape.program_by_parts(loss)];
    assert_eq!(fused.operations(), ["dense", "dense", "weighted_square"]);
    assert!((fused.forward_and_backward() - parts.forward_and_backward()).abs() < 1e-12);
    assert!((fused.derivative(w1.handle()).unwrap() - parts.derivative(w1.handle()).unwrap()).norm() < 1e-12);

    let x = tape.input("x of one row", SMatrix::<f64, 1, C>::from_fn(|_, j| 0.2 * j as f64));
    let w1 = tape.parameter("W1 of one column", SMatrix::<f64, W, 1>::repeat(0.7));
    let w2 = tape.parameter("W2 of two rows", SMatrix::<f64, 2, W>::repeat(0.4));
    let b2 = tape.parameter("b2 of two rows", SMatrix::<f64, 2, 1>::repeat(0.1));
    let loss = (w2 * (w1 * x).add_to_columns(b1).relu()).add_to_columns(b2).norm_squared();
    assert_eq!(tape.program(loss).operations(), ["dense", "dense", "norm_squared"]);
}
