//! The fused network against the composition it stands for.

use autodiff::{Derivatives, SMatrix, Tape, Var};
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
            x: tape.input("x", SMatrix::from_fn(|_, j| number(&|n| n.x[j]))),
        }
    }
    fn fused(&self) -> Var<'t, T, 1, C> {
        self.x.relu_network(self.w1, self.b1, self.w2, self.b2)
    }
    fn composed(&self) -> Var<'t, T, 1, C> {
        (self.w2 * (self.w1 * self.x).add_to_columns(self.b1).relu()).add_to_columns(self.b2)
    }
    /// All derivatives, one after the other.
    fn entries(&self, d: &Derivatives<T>) -> Vec<T> {
        let parts = [d.slice(self.w1), d.slice(self.b1), d.slice(self.w2), d.slice(self.b2), d.slice(self.x)];
        parts.into_iter().flat_map(|part| part.expect("computed").to_vec()).collect()
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
    let p = network.fused();
    (p.value().as_slice().to_vec(), network.entries(&tape.backward(loss(p))))
}

proptest! {
    #[test]
    fn the_same_as_the_composition(numbers in numbers()) {
        let tape = Tape::new();
        let network = Recorded::new(&tape, |of| of(&numbers));
        let (fused, composed) = (network.fused(), network.composed());
        for (a, b) in fused.value().iter().zip(composed.value().iter()) {
            prop_assert_eq!(a.to_bits(), b.to_bits());
        }
        let (fused, composed) = (tape.backward(loss(fused)), tape.backward(loss(composed)));
        for (a, b) in network.entries(&fused).into_iter().zip(network.entries(&composed)) {
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
        let tangent = loss(network.fused()).scalar().tangent;
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
        let loss = loss(x.relu_network(w1, b1, w2, b2));
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

/// The network and its error in one operation has the bits of two, and units and samples that are zero may be passed
/// over.
#[test]
fn the_error_of_a_network_is_that_of_its_parts() {
    fn derivatives<T: Scalar>(used: Option<[usize; 2]>) -> Vec<u64> {
        const UNITS: usize = 3;
        const SAMPLES: usize = 4;
        let entry = |i: usize, of: usize| if i < of { T::from_f64((i as f64 * 0.37).sin()) } else { T::zero() };
        let tape = Tape::new();
        let w1 = tape.parameter("W1", SMatrix::<T, W, 1>::from_fn(|i, _| entry(i, UNITS)));
        let b1 = tape.parameter("b1", SMatrix::<T, W, 1>::from_fn(|i, _| entry(i, UNITS) * T::from_f64(-0.5)));
        let w2 = tape.parameter("W2", SMatrix::<T, 1, W>::from_fn(|_, i| entry(i, UNITS)));
        let b2 = tape.parameter("b2", SMatrix::<T, 1, 1>::from_element(T::one()));
        let x = tape.input("x", SMatrix::<T, 1, C>::from_fn(|_, j| entry(j + 1, C + 1)));
        let weight = tape.constant(SMatrix::<T, 1, C>::from_fn(|_, j| entry(j + 1, SAMPLES + 1)));
        let target = tape.constant(SMatrix::<T, 1, C>::from_element(T::zero()));
        let loss = match used {
            Some(used) => x.relu_network_error_of(used, w1, b1, w2, b2, target, weight),
            None => x.relu_network(w1, b1, w2, b2).weighted_square(target, weight),
        };
        let d = tape.backward(loss);
        let nodes = [w1.id(), b1.id(), w2.id(), b2.id(), x.id()];
        let derivatives = nodes.into_iter().flat_map(|node| d.slice(node).expect("computed").to_vec());
        [loss.scalar()].into_iter().chain(derivatives).map(|value| value.lane(0).bits()).collect()
    }
    for used in [[W, C], [3, 4], [4, 6]] {
        assert_eq!(derivatives::<f64>(Some(used)), derivatives::<f64>(None));
        assert_eq!(derivatives::<f32>(Some(used)), derivatives::<f32>(None));
        assert_eq!(derivatives::<f32x16>(Some(used)), derivatives::<f32x16>(None));
    }
    assert_ne!(derivatives::<f64>(Some([2, 4])), derivatives::<f64>(None), "the third unit counts");
    assert_ne!(derivatives::<f64>(Some([3, 3])), derivatives::<f64>(None), "the fourth sample counts");
}

#[test]
#[should_panic(expected = "W1, b1 and W2 are different nodes")]
fn weights_and_biases_cannot_be_the_same_node() {
    let tape = Tape::new();
    let w = tape.parameter("w", SMatrix::<f64, 3, 1>::zeros());
    let w2 = tape.parameter("W2", SMatrix::<f64, 1, 3>::zeros());
    let b2 = tape.parameter("b2", SMatrix::<f64, 1, 1>::zeros());
    let _ = tape.input("x", SMatrix::<f64, 1, 2>::zeros()).relu_network(w, w, w2, b2);
}
