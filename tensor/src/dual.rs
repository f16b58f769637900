//! Dual numbers: a value and a derivative that is carried along with it.

use crate::Scalar;
use std::f64::consts::FRAC_1_SQRT_2;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

/// a + b·ε with ε² = 0. A function evaluated at x + ε gives f(x) + f′(x)·ε: forward-mode differentiation, exact to
/// rounding (Clifford 1873; Wengert 1964).
///
/// ReLU′(0) = 0 here as everywhere in Elbow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dual<T> {
    /// The value.
    pub value: T,
    /// The derivative by whatever the variable was.
    pub tangent: T,
}

impl<T: Scalar> Dual<T> {
    /// A number that does not depend on the variable: tangent 0.
    pub fn constant(value: T) -> Self {
        Dual { value, tangent: T::zero() }
    }
    /// The variable itself: tangent 1.
    pub fn variable(value: T) -> Self {
        Dual { value, tangent: T::one() }
    }
    /// f(self), where `value` = f and `slope` = f′ at the value of self: the chain rule.
    fn chain(self, value: T, slope: T) -> Self {
        Dual { value, tangent: slope * self.tangent }
    }
}

impl<T: Scalar> Add for Dual<T> {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Dual { value: self.value + o.value, tangent: self.tangent + o.tangent }
    }
}
impl<T: Scalar> Sub for Dual<T> {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Dual { value: self.value - o.value, tangent: self.tangent - o.tangent }
    }
}
impl<T: Scalar> Mul for Dual<T> {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Dual { value: self.value * o.value, tangent: self.tangent * o.value + self.value * o.tangent }
    }
}
impl<T: Scalar> Div for Dual<T> {
    type Output = Self;
    fn div(self, o: Self) -> Self {
        let value = self.value / o.value;
        Dual { value, tangent: (self.tangent - value * o.tangent) / o.value }
    }
}
impl<T: Scalar> Neg for Dual<T> {
    type Output = Self;
    fn neg(self) -> Self {
        Dual { value: -self.value, tangent: -self.tangent }
    }
}
impl<T: Scalar> AddAssign for Dual<T> {
    fn add_assign(&mut self, o: Self) {
        *self = *self + o;
    }
}
impl<T: Scalar> SubAssign for Dual<T> {
    fn sub_assign(&mut self, o: Self) {
        *self = *self - o;
    }
}

impl<T: Scalar> Scalar for Dual<T> {
    type Element = T::Element;
    const LANES: usize = T::LANES;
    type Pack = Self;
    const PACK: usize = 1;

    #[inline(always)]
    fn pack(values: &[Self]) -> Self {
        values[0]
    }
    #[inline(always)]
    fn unpack(pack: Self, values: &mut [Self]) {
        values[0] = pack;
    }
    #[inline(always)]
    fn spread(self) -> Self {
        self
    }

    fn splat(value: T::Element) -> Self {
        Dual::constant(T::splat(value))
    }
    fn from_lanes(lane: impl FnMut(usize) -> T::Element) -> Self {
        Dual::constant(T::from_lanes(lane))
    }
    fn lane(self, i: usize) -> T::Element {
        self.value.lane(i)
    }
    fn relu(self) -> Self {
        Dual { value: self.value.relu(), tangent: self.value.select_positive(self.tangent) }
    }
    fn select_positive(self, o: Self) -> Self {
        Dual { value: self.value.select_positive(o.value), tangent: self.value.select_positive(o.tangent) }
    }
    fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        self.chain(root, T::from_f64(0.5) / root)
    }
    fn exp(self) -> Self {
        let e = self.value.exp();
        self.chain(e, e)
    }
    fn ln(self) -> Self {
        self.chain(self.value.ln(), T::one() / self.value)
    }
    // A slope is a dual number itself: with the second derivative.
    fn sin_cos(self) -> [Self; 2] {
        let [sin, cos] = self.value.sin_cos();
        [self.chain(sin, cos), self.chain(cos, -sin)]
    }
    fn tanh_and_slope(self) -> [Self; 2] {
        let [y, slope] = self.value.tanh_and_slope();
        [self.chain(y, slope), self.chain(slope, -(y + y) * slope)]
    }
    fn sigmoid_and_slope(self) -> [Self; 2] {
        let [y, slope] = self.value.sigmoid_and_slope();
        [self.chain(y, slope), self.chain(slope, slope * (T::one() - (y + y)))]
    }
    fn erf_and_slope(self) -> [Self; 2] {
        let [y, slope] = self.value.erf_and_slope();
        [self.chain(y, slope), self.chain(slope, -(self.value + self.value) * slope)]
    }
    fn gelu_and_slope(self) -> [Self; 2] {
        let x = self.value;
        let [y, slope] = x.gelu_and_slope();
        // φ(x)·(2 − x²); the derivative of erf at x/√2 is 2/√π·exp(−x²/2).
        let [_, density] = (x * T::from_f64(FRAC_1_SQRT_2)).erf_and_slope();
        let density = density * T::from_f64(FRAC_1_SQRT_2 / 2.0);
        [self.chain(y, slope), self.chain(slope, density * (T::from_f64(2.0) - x * x))]
    }
}
