//! Dual numbers against derivatives in closed form.

use proptest::prelude::*;
use tensor::{Dual, Scalar, f32x8};

/// Asserts that f and f′ are what the dual number gives, to rounding.
fn closed_form(x: f64, f: impl Fn(Dual<f64>) -> Dual<f64>, value: f64, slope: f64) {
    let y = f(Dual { value: x, tangent: 2.0 });
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs().max(1.0);
    assert!(near(y.value, value), "value at {x}: {} instead of {value}", y.value);
    assert!(near(y.tangent, 2.0 * slope), "tangent at {x}: {} instead of {}", y.tangent, 2.0 * slope);
}

proptest! {
    #[test]
    fn functions(x in -3.0..3.0_f64, c in 0.5..2.0_f64) {
        let constant = Dual::constant(c);
        closed_form(x, |x| x + constant, x + c, 1.0);
        closed_form(x, |x| constant - x, c - x, -1.0);
        closed_form(x, |x| constant * x, c * x, c);
        closed_form(x, |x| x * x, x * x, 2.0 * x);
        closed_form(x, |x| -x, -x, -1.0);
        closed_form(x, |x| x / constant, x / c, 1.0 / c);
        closed_form(x, |x| Dual::one() / (x * x + constant), 1.0 / (x * x + c), -2.0 * x / (x * x + c).powi(2));
        closed_form(x, Scalar::exp, x.exp(), x.exp());
        closed_form(x, Scalar::sin, x.sin(), x.cos());
        closed_form(x, Scalar::cos, x.cos(), -x.sin());
        closed_form(x, Scalar::tanh, x.tanh(), 1.0 / x.cosh().powi(2));
        let sigmoid = 1.0 / (1.0 + (-x).exp());
        closed_form(x, Scalar::sigmoid, sigmoid, sigmoid * (1.0 - sigmoid));
        let bell = |x: f64| std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp();
        closed_form(x, Scalar::erf, libm::erf(x), bell(x));
        let (root, normal) = (std::f64::consts::FRAC_1_SQRT_2, libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2) / 2.0);
        let density = bell(x * root) * root / 2.0;
        closed_form(x, Scalar::gelu, x * normal, normal + x * density);
        // Slopes carry second derivatives.
        let tanh = x.tanh();
        closed_form(x, |x| x.tanh_and_slope()[1], 1.0 - tanh * tanh, -2.0 * tanh * (1.0 - tanh * tanh));
        let slope = sigmoid * (1.0 - sigmoid);
        closed_form(x, |x| x.sigmoid_and_slope()[1], slope, slope * (1.0 - 2.0 * sigmoid));
        closed_form(x, |x| x.erf_and_slope()[1], bell(x), -2.0 * x * bell(x));
        closed_form(x, |x| x.gelu_and_slope()[1], normal + x * density, (2.0 - x * x) * density);
        closed_form(c, Scalar::sqrt, c.sqrt(), 0.5 / c.sqrt());
        closed_form(c, Scalar::ln, c.ln(), 1.0 / c);
        closed_form(x, |x| { let mut y = x; y += x * x; y -= constant; y }, x + x * x - c, 1.0 + 2.0 * x);
    }
}

#[test]
fn kinks() {
    closed_form(1.5, Scalar::relu, 1.5, 1.0);
    closed_form(-1.5, Scalar::relu, 0.0, 0.0);
    closed_form(0.0, Scalar::relu, 0.0, 0.0); // ReLU′(0) = 0
    closed_form(1.5, |x| x.select_positive(x * x), 2.25, 3.0);
    closed_form(-1.5, |x| x.select_positive(x * x), 0.0, 0.0);
}

#[test]
fn dual_numbers_of_lanes_are_lanes_of_dual_numbers() {
    let x = Dual { value: f32x8::from_lanes(|i| i as f32), tangent: f32x8::from_f64(1.0) };
    let y = x * x;
    assert_eq!(y.lane(3), 9.0);
    assert_eq!(y.tangent.lane(3), 6.0);
    assert_eq!(Dual::<f32x8>::from_lanes(|i| i as f32).value, x.value);
}

#[test]
fn a_dual_of_a_dual_gives_the_second_derivative() {
    let x = Dual { value: Dual::variable(0.7_f64), tangent: Dual::one() };
    let y = x.sin() * x;
    assert!((y.tangent.tangent - (2.0 * 0.7_f64.cos() - 0.7 * 0.7_f64.sin())).abs() < 1e-15);
}
