//! Stochastic gradient descent and its relatives, as PyTorch defines them.
//!
//! A step takes the gradient g of the loss, makes it [shorter](Regularisation::clip) where that is asked for, adds what
//! [regularisation](Regularisation) asks for, and changes the parameters w by a [`Rule`] with the learning rate γ, which a
//! [`Schedule`] may change from step to step.
//!
//! ```
//! use nn::optimizer::{Optimizer, Regularisation, Rule, Schedule};
//!
//! // ½·w₁² + 50·w₂², by Nesterov's momentum with a rate that goes to 0, and gradients of length 10 at most.
//! let clip = Regularisation { clip: Some(10.0), ..Regularisation::NONE };
//! let mut optimizer = Optimizer::new(Rule::Nesterov { momentum: 0.9 }, 0.0, 2).regularised(clip);
//! let mut w = [3.0_f64, 1.0];
//! for t in 0..400 {
//!     optimizer.set_rate(Schedule::Cosine.rate(0.01, t, 400));
//!     let gradient = [w[0], 100.0 * w[1]];
//!     let mut step = optimizer.step();
//!     step.measure(&gradient);
//!     step.update(&mut w, &gradient);
//! }
//! assert!(w[0].abs() < 1e-3 && w[1].abs() < 1e-6);
//! ```

use crate::settings::words;
use std::f64::consts::PI;
use std::fmt::{self, Debug};
use tensor::kernels::map_row;
use tensor::{Element, Scalar};

/// The rule, with its numbers. A v or m smaller in size than four times the smallest number of full precision counts as
/// 0, but for a v where ε is below 10⁻⁹.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// w ← w − γ·g.
    Sgd,
    /// v ← μ·v + g, w ← w − γ·v, with momentum μ (Polyak 1964, in the form of Sutskever et al. 2013 that PyTorch uses).
    Momentum {
        /// μ, from 0 to below 1.
        momentum: f64,
    },
    /// v ← μ·v + g, w ← w − γ·(g + μ·v) (Nesterov 1983, in the same form).
    Nesterov {
        /// μ, from 0 to below 1.
        momentum: f64,
    },
    /// m ← m + (1 − β₁)(g − m), v ← β₂·v + (1 − β₂)·g², w ← w − γ·m̂/(√v̂ + ε), where m̂ = m/(1 − β₁ᵗ) and
    /// v̂ = v/(1 − β₂ᵗ) (Kingma and Ba 2015).
    Adam {
        /// Decay of the mean of gradients.
        beta1: f64,
        /// Decay of the mean of squared gradients.
        beta2: f64,
        /// Keeps the step finite where the gradient vanishes.
        epsilon: f64,
    },
    /// w ← w − γ·λ·w with the [weight decay](Regularisation::weight_decay) λ, which is no part of g; then as Adam
    /// (Loshchilov and Hutter 2019).
    AdamW {
        /// Decay of the mean of gradients.
        beta1: f64,
        /// Decay of the mean of squared gradients.
        beta2: f64,
        /// Keeps the step finite where the gradient vanishes.
        epsilon: f64,
    },
    /// v ← α·v + (1 − α)·g², w ← w − γ·g/(√v + ε) (Tieleman and Hinton 2012, in PyTorch's form).
    RmsProp {
        /// α, the decay of the mean of squared gradients.
        alpha: f64,
        /// Keeps the step finite where the gradient vanishes.
        epsilon: f64,
    },
}

impl Rule {
    /// Adam with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
    pub const ADAM: Rule = Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    /// AdamW with the same numbers.
    pub const ADAM_W: Rule = Rule::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    /// RMSprop with α = 0.99, ε = 10⁻⁸.
    pub const RMS_PROP: Rule = Rule::RmsProp { alpha: 0.99, epsilon: 1e-8 };

    /// The weight decay where none is given, PyTorch's: 0.01 for AdamW, and 0 for all others.
    pub fn usual_weight_decay(self) -> f64 {
        if matches!(self, Rule::AdamW { .. }) { 0.01 } else { 0.0 }
    }
}

impl fmt::Display for Rule {
    /// As in "SGD with momentum 0.9".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Sgd => f.write_str("SGD"),
            Rule::Momentum { momentum } => write!(f, "SGD with momentum {momentum}"),
            Rule::Nesterov { momentum } => write!(f, "SGD with Nesterov momentum {momentum}"),
            Rule::Adam { .. } => f.write_str("Adam"),
            Rule::AdamW { .. } => f.write_str("AdamW"),
            Rule::RmsProp { .. } => f.write_str("RMSprop"),
        }
    }
}

/// What is done to the gradient of the loss before a rule uses it.
///
/// g ← c·g + λ·w + κ·sign(w), where c is what clipping asks for, λ the weight decay and κ the factor of L1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regularisation {
    /// λ: λ·w is the gradient of λ/2·‖w‖². [`Rule::AdamW`] uses it otherwise.
    pub weight_decay: f64,
    /// κ: κ·sign(w) is the gradient of κ·Σ|w|, with sign(0) = 0.
    pub l1: f64,
    /// The greatest length of the gradient of the loss over all parameters, L: where ‖g‖ is greater than L − 10⁻⁶ it is
    /// multiplied by c = L/(‖g‖ + 10⁻⁶), as `torch.nn.utils.clip_grad_norm_` does. Each lane has its own ‖g‖.
    pub clip: Option<f64>,
}

impl Regularisation {
    /// Nothing.
    pub const NONE: Regularisation = Regularisation { weight_decay: 0.0, l1: 0.0, clip: None };
}

impl Default for Regularisation {
    fn default() -> Self {
        Regularisation::NONE
    }
}

words! {
    /// How the learning rate changes over the steps of training, from what it is at first.
    Schedule {
        /// Not at all.
        Constant = "constant",
        /// To a tenth after half of the steps, and to a hundredth after three quarters of them.
        Step = "step",
        /// By half a wave of the cosine to 0 (Loshchilov and Hutter 2017, without restarts).
        Cosine = "cosine",
    }
}

impl Schedule {
    /// The learning rate of the step before which `step` of `steps` steps were made, from 0, where it is `base` at first:
    ///
    /// base for `Constant`; base, base/10 from step = steps/2 on, and base/100 from 3/4·steps on for `Step`;
    /// base·(1 + cos(π·step/steps))/2 for `Cosine`. After the last step it does not change any more.
    ///
    /// ```
    /// use nn::optimizer::Schedule;
    /// assert_eq!([499, 500, 750].map(|step| Schedule::Step.rate(0.5, step, 1000)), [0.5, 0.05, 0.005]);
    /// assert_eq!(Schedule::Cosine.rate(0.5, 0, 1000), 0.5);
    /// ```
    pub fn rate(self, base: f64, step: u64, steps: u64) -> f64 {
        let done = if steps == 0 { 0.0 } else { step.min(steps) as f64 / steps as f64 };
        match self {
            Schedule::Step if done >= 0.75 => base / 100.0,
            Schedule::Step if done >= 0.5 => base / 10.0,
            Schedule::Constant | Schedule::Step => base,
            Schedule::Cosine => base * (1.0 + Scalar::cos(PI * done)) / 2.0,
        }
    }
}

/// An update rule of one's own, beside those of [`Rule`]: it keeps what it remembers of past gradients itself.
///
/// The values of a step come in a few slices, always in the same order, and filled up with zeros to whole vector
/// registers: where value and gradient have always been 0, the value must stay 0. Sums over parameters apart, what is
/// computed entry by entry gives every lane the bits of a network that is trained alone.
///
/// This is Lion (Chen et al. 2023): w ← w − γ·sign(m + (1 − β₁)(g − m)), m ← m + (1 − β₂)(g − m).
///
/// ```
/// use nn::optimizer::{Optimizer, UpdateRule};
/// use tensor::Scalar;
///
/// #[derive(Clone, Debug)]
/// struct Lion<T> {
///     beta1: f64,
///     beta2: f64,
///     rate: T,
///     m: Vec<T>,
/// }
///
/// impl<T: Scalar> UpdateRule<T> for Lion<T> {
///     fn start(&mut self, parameters: usize) {
///         self.m = vec![T::zero(); parameters];
///     }
///     fn step(&mut self, rate: f64) {
///         self.rate = T::from_f64(rate);
///     }
///     fn update(&mut self, first: usize, values: &mut [T], gradient: &[T]) {
///         let [take1, take2] = [self.beta1, self.beta2].map(|beta| T::from_f64(1.0 - beta));
///         let memory = &mut self.m[first..][..values.len()];
///         for ((w, &g), m) in values.iter_mut().zip(gradient).zip(memory) {
///             let d = *m + take1 * (g - *m);
///             let sign = d.select_positive(T::one()) - (-d).select_positive(T::one());
///             *w -= self.rate * sign;
///             *m += take2 * (g - *m);
///         }
///     }
///     fn boxed(&self) -> Box<dyn UpdateRule<T>> {
///         Box::new(self.clone())
///     }
/// }
///
/// let lion = Lion { beta1: 0.9, beta2: 0.99, rate: 0.0, m: Vec::new() };
/// let mut optimizer = Optimizer::own(Box::new(lion), 0.125, 2);
/// let mut w = [1.0_f64, -1.0];
/// for _ in 0..8 {
///     let gradient = w;
///     optimizer.step().update(&mut w, &gradient);
/// }
/// assert_eq!(w, [0.0, 0.0]);
/// ```
pub trait UpdateRule<T: Scalar>: Debug + Send + Sync {
    /// Makes room to remember something of each of so many parameters, and forgets all steps that were made.
    fn start(&mut self, parameters: usize);
    /// Begins a step with this learning rate.
    fn step(&mut self, rate: f64);
    /// Updates `values`, the parameters from number `first` on, by their derivatives `gradient`, to which
    /// [`Regularisation`] was applied.
    fn update(&mut self, first: usize, values: &mut [T], gradient: &[T]);
    /// A copy with all it remembers.
    fn boxed(&self) -> Box<dyn UpdateRule<T>>;
}

impl<T: Scalar> Clone for Box<dyn UpdateRule<T>> {
    fn clone(&self) -> Self {
        (**self).boxed()
    }
}

/// `value`, or 0 in place of numbers that are subnormal or nearly so. What is left of past gradients decays for ever where
/// a unit is dead, and many processors take far longer for subnormal numbers.
#[inline(always)]
fn remember<P: Scalar>(value: P) -> P {
    let least = P::splat(P::Element::MIN_POSITIVE * P::Element::of(4.0));
    // −0 is among what is replaced, as a masked addition asks.
    let size = value.relu() + (-value).relu();
    value.add_where_greater(least, size, -value)
}

/// −1, 0 or 1.
#[inline(always)]
fn sign<P: Scalar>(value: P) -> P {
    value.select_positive(P::one()) - (-value).select_positive(P::one())
}

/// A rule, its learning rate, and what it remembers of past gradients.
#[derive(Clone, Debug)]
pub struct Optimizer<T: Scalar> {
    method: Method<T>,
    rate: f64,
    parameters: usize,
    regularisation: Regularisation,
    /// Room for the gradient with its regularisation. Empty if there is none.
    regularised: Vec<T>,
}

#[derive(Clone, Debug)]
enum Method<T: Scalar> {
    Rule(Rule, Memory<T>),
    Own(Box<dyn UpdateRule<T>>),
}

/// What the rules remember.
#[derive(Clone, Debug)]
struct Memory<T> {
    /// v of momentum, m of Adam: one entry per parameter, in the order of the updates. Empty for rules without.
    first: Vec<T>,
    /// v of Adam and of RMSprop.
    second: Vec<T>,
    /// β₁ᵗ and β₂ᵗ.
    powers: [f64; 2],
}

/// The numbers of one step.
pub struct Step<'a, T: Scalar> {
    optimizer: &'a mut Optimizer<T>,
    /// How many parameters have been updated in this step.
    at: usize,
    /// How many parameters have been measured, and ‖g‖² of these in each lane. It is added up one by one in double
    /// precision: so zeros that fill up registers change no bit, and a lane has those of a network alone.
    measured: usize,
    squares: [f64; MOST_LANES],
}

/// The most lanes of a scalar.
const MOST_LANES: usize = 16;

impl<T: Scalar> Optimizer<T> {
    /// An optimizer for `parameters` numbers, with nothing to remember yet.
    pub fn new(rule: Rule, rate: f64, parameters: usize) -> Self {
        let (first, second) = match rule {
            Rule::Sgd => (0, 0),
            Rule::Momentum { .. } | Rule::Nesterov { .. } => (parameters, 0),
            Rule::Adam { .. } | Rule::AdamW { .. } => (parameters, parameters),
            Rule::RmsProp { .. } => (0, parameters),
        };
        let memory = Memory { first: vec![T::zero(); first], second: vec![T::zero(); second], powers: [1.0; 2] };
        Self::with(Method::Rule(rule, memory), rate, parameters)
    }
    /// An optimizer for `parameters` numbers by a rule of one's own, which is started.
    pub fn own(mut rule: Box<dyn UpdateRule<T>>, rate: f64, parameters: usize) -> Self {
        rule.start(parameters);
        Self::with(Method::Own(rule), rate, parameters)
    }
    fn with(method: Method<T>, rate: f64, parameters: usize) -> Self {
        Optimizer { method, rate, parameters, regularisation: Regularisation::NONE, regularised: Vec::new() }
    }

    /// The same with regularisation.
    ///
    /// # Panics
    /// If one of its numbers is negative or not finite.
    #[must_use]
    pub fn regularised(self, regularisation: Regularisation) -> Self {
        let Regularisation { weight_decay, l1, clip } = regularisation;
        for number in [weight_decay, l1, clip.unwrap_or(0.0)] {
            assert!(number >= 0.0 && number.is_finite(), "{number} in {regularisation:?} is not 0 or positive");
        }
        let is_of_gradient = l1 > 0.0 || clip.is_some() || (weight_decay > 0.0 && !self.decays_weights());
        let room = if is_of_gradient { self.parameters } else { 0 };
        Optimizer { regularisation, regularised: vec![T::zero(); room], ..self }
    }
    /// Whether weight decay is no part of the gradient.
    fn decays_weights(&self) -> bool {
        matches!(self.method, Method::Rule(Rule::AdamW { .. }, _))
    }

    /// What it remembers, v and m after each other, with β₁ᵗ and β₂ᵗ; nothing where the rule is one's own.
    pub(crate) fn memory(&self) -> (impl Iterator<Item = T>, [f64; 2]) {
        let (memory, powers) = match &self.method {
            Method::Rule(_, Memory { first, second, powers }) => ([&first[..], &second[..]], *powers),
            Method::Own(_) => ([&[][..]; 2], [1.0; 2]),
        };
        (memory.into_iter().flatten().copied(), powers)
    }
    /// Makes it remember what another one of the same rule did; returns whether it was so much.
    pub(crate) fn recall(&mut self, values: &[T], of_powers: [f64; 2]) -> bool {
        let Method::Rule(_, Memory { first, second, powers }) = &mut self.method else { return values.is_empty() };
        if values.len() != first.len() + second.len() {
            return false;
        }
        let (of_first, of_second) = values.split_at(first.len());
        first.copy_from_slice(of_first);
        second.copy_from_slice(of_second);
        *powers = of_powers;
        true
    }

    /// The learning rate of the next steps.
    pub fn rate(&self) -> f64 {
        self.rate
    }
    /// Changes the learning rate of the next steps.
    pub fn set_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    /// Begins a step; every parameter is then updated once, always in the same order. If the step [clips](Step::clips)
    /// they are measured before.
    #[inline]
    pub fn step(&mut self) -> Step<'_, T> {
        match &mut self.method {
            Method::Rule(Rule::Adam { beta1, beta2, .. } | Rule::AdamW { beta1, beta2, .. }, Memory { powers, .. }) => {
                powers[0] *= *beta1;
                powers[1] *= *beta2;
            }
            Method::Rule(..) => {}
            Method::Own(rule) => rule.step(self.rate),
        }
        Step { optimizer: self, at: 0, measured: 0, squares: [0.0; MOST_LANES] }
    }
}

impl<T: Scalar> Step<'_, T> {
    /// Whether the whole gradient must be measured before the first update.
    #[inline]
    pub fn clips(&self) -> bool {
        self.optimizer.regularisation.clip.is_some()
    }
    /// Adds to the length of the gradient the derivatives `gradient` of some parameters.
    #[inline]
    pub fn measure(&mut self, gradient: &[T]) {
        self.measured += gradient.len();
        for entry in gradient {
            for (lane, squares) in self.squares[..T::LANES].iter_mut().enumerate() {
                let entry = entry.lane(lane).to_f64();
                *squares += entry * entry;
            }
        }
    }

    /// Updates `values`, whose derivatives are `gradient`.
    ///
    /// # Panics
    /// If the step clips, and not all of the gradient was measured.
    #[inline]
    pub fn update(&mut self, values: &mut [T], gradient: &[T]) {
        let first = self.at;
        self.at += values.len();
        if self.optimizer.regularised.is_empty() {
            self.optimizer.apply(first, values, gradient);
        } else {
            self.update_regularised(first, values, gradient);
        }
    }

    #[inline(never)]
    fn update_regularised(&mut self, first: usize, values: &mut [T], gradient: &[T]) {
        let Optimizer { regularisation: Regularisation { weight_decay, l1, clip }, parameters, .. } = *self.optimizer;
        let number = T::Pack::from_f64;
        let shrink = clip.map_or(T::one(), |longest| {
            assert!(self.measured == parameters, "{} of {parameters} derivatives were measured", self.measured);
            T::from_lanes(|lane| T::Element::of(shrink(self.squares[lane], longest)))
        });
        let decay = number(if self.optimizer.decays_weights() { 0.0 } else { weight_decay });
        let (shrink, l1) = (shrink.spread(), number(l1));
        let mut regularised = std::mem::take(&mut self.optimizer.regularised);
        let changed = &mut regularised[..values.len()];
        map_row(changed, [values, gradient], |_, [w, g]| shrink * g + decay * w + l1 * sign(w));
        self.optimizer.apply(first, values, changed);
        self.optimizer.regularised = regularised;
    }
}

/// min(1, L/(‖g‖ + 10⁻⁶)) for ‖g‖² and L; 1 if ‖g‖ is not a number.
fn shrink(squares: f64, longest: f64) -> f64 {
    (longest / (squares.sqrt() + 1e-6)).min(1.0)
}

impl<T: Scalar> Optimizer<T> {
    /// Updates the parameters from number `from` on.
    #[inline(always)]
    fn apply(&mut self, from: usize, values: &mut [T], gradient: &[T]) {
        let Optimizer { method, rate, regularisation, .. } = self;
        let (rule, Memory { first, second, powers }) = match method {
            Method::Rule(rule, memory) => (*rule, memory),
            Method::Own(rule) => return rule.update(from, values, gradient),
        };
        let range = from..from + values.len();
        let number = T::Pack::from_f64;
        match rule {
            Rule::Sgd => {
                let rate = number(*rate);
                map_row(values, [gradient], |value, [g]| value - rate * g);
            }
            Rule::Momentum { momentum } => {
                let (rate, momentum) = (number(*rate), number(momentum));
                let velocity = &mut first[range];
                map_row(velocity, [gradient], |v, [g]| remember(momentum * v + g));
                map_row(values, [velocity], |value, [v]| value - rate * v);
            }
            Rule::Nesterov { momentum } => {
                let (rate, momentum) = (number(*rate), number(momentum));
                let velocity = &mut first[range];
                map_row(velocity, [gradient], |v, [g]| remember(momentum * v + g));
                map_row(values, [velocity, gradient], |value, [v, g]| value - rate * (g + momentum * v));
            }
            Rule::Adam { beta1, beta2, epsilon } | Rule::AdamW { beta1, beta2, epsilon } => {
                if matches!(rule, Rule::AdamW { .. }) {
                    let kept = number(1.0 - *rate * regularisation.weight_decay);
                    map_row(values, [], |value, []| kept * value);
                }
                let rate = number(*rate / (1.0 - powers[0]));
                let root = number((1.0 - powers[1]).sqrt());
                let first_take = number(1.0 - beta1);
                let (first, second) = (&mut first[range.clone()], &mut second[range]);
                map_row(first, [gradient], |m, [g]| remember(m + first_take * (g - m)));
                mean_of_squares(second, gradient, [beta2, epsilon]);
                let epsilon = number(epsilon);
                map_row(values, [first, second], |value, [m, v]| value - rate * (m / (v.sqrt() / root + epsilon)));
            }
            Rule::RmsProp { alpha, epsilon } => {
                let second = &mut second[range];
                mean_of_squares(second, gradient, [alpha, epsilon]);
                let (rate, epsilon) = (number(*rate), number(epsilon));
                map_row(values, [second, gradient], |value, [v, g]| value - rate * (g / (v.sqrt() + epsilon)));
            }
        }
    }
}

/// v ← β·v + (1 − β)·g².
#[inline(always)]
fn mean_of_squares<T: Scalar>(second: &mut [T], gradient: &[T], [beta, epsilon]: [f64; 2]) {
    let (keep, take) = (T::Pack::from_f64(beta), T::Pack::from_f64(1.0 - beta));
    // Then to forget a v changes no bit of √v + ε. With a smaller ε, what is divided by it could be far too little.
    let forgets = epsilon >= 1e-9;
    map_row(second, [gradient], |v, [g]| {
        let v = keep * v + take * (g * g);
        if forgets { remember(v) } else { v }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENTUM: Rule = Rule::Momentum { momentum: 0.9 };
    const NESTEROV: Rule = Rule::Nesterov { momentum: 0.9 };

    fn memory<T: Scalar>(optimizer: &Optimizer<T>) -> &Memory<T> {
        let Method::Rule(_, memory) = &optimizer.method else { panic!("a rule of its own") };
        memory
    }

    /// Makes steps with a gradient of `slope` at first and of 0 from then on, until what is remembered should be gone.
    /// Breaks if it becomes subnormal, or if 0 is taken for what would still have changed a parameter.
    fn decays(rule: Rule, steps: usize, slope: f32) {
        let (mut values, mut gradient) = ([1e-30_f32; 19], [slope; 19]);
        let (mut plain, mut remembered) = (1e-30_f32, [0.0_f32; 2]);
        let mut optimizer = Optimizer::<f32>::new(rule, 0.01, 19);
        for _ in 0..steps {
            optimizer.step().update(&mut values, &gradient);
            let ([first, second], g) = (&mut remembered, gradient[0]);
            let mean_of_squares = |v: f32, beta: f64| beta as f32 * v + (1.0 - beta) as f32 * (g * g);
            match rule {
                Rule::Sgd => unreachable!("it remembers nothing"),
                Rule::Momentum { .. } => {
                    *first = 0.9 * *first + g;
                    plain -= 0.01 * *first;
                }
                Rule::Nesterov { .. } => {
                    *first = 0.9 * *first + g;
                    plain -= 0.01 * (g + 0.9 * *first);
                }
                Rule::Adam { beta1, beta2, epsilon } | Rule::AdamW { beta1, beta2, epsilon } => {
                    let [power1, power2] = memory(&optimizer).powers;
                    *first += (1.0 - beta1) as f32 * (g - *first);
                    *second = mean_of_squares(*second, beta2);
                    let root = second.sqrt() / (1.0 - power2).sqrt() as f32;
                    plain -= (0.01 / (1.0 - power1)) as f32 * (*first / (root + epsilon as f32));
                }
                Rule::RmsProp { alpha, epsilon } => {
                    *second = mean_of_squares(*second, alpha);
                    plain -= 0.01 * (g / (second.sqrt() + epsilon as f32));
                }
            }
            assert_eq!(values, [plain; 19]);
            let Memory { first, second, .. } = memory(&optimizer);
            assert!(first.iter().chain(second).all(|x| !x.is_subnormal()));
            gradient = [0.0; 19];
        }
        let Memory { first, second, .. } = memory(&optimizer);
        assert!(first.iter().chain(second).all(|&x| x == 0.0), "{rule}: {first:?}, {second:?}");
    }

    #[test]
    fn what_is_remembered_decays_to_zero() {
        for slope in [1.0, -1.0, 1e-20] {
            decays(MOMENTUM, 2000, slope);
            decays(NESTEROV, 2000, slope);
            decays(Rule::ADAM, 120_000, slope);
            decays(Rule::ADAM_W, 120_000, slope);
            decays(Rule::RMS_PROP, 12_000, slope);
        }
    }

    /// Breaks if v is forgotten before m where nothing else keeps the step finite.
    #[test]
    fn a_vanishing_epsilon_keeps_the_step_finite() {
        for rule in [
            Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 0.0 },
            Rule::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 0.0 },
            Rule::RmsProp { alpha: 0.99, epsilon: 0.0 },
        ] {
            let mut values = [1.0_f32; 19];
            let mut optimizer = Optimizer::<f32>::new(rule, 0.01, 19);
            for _ in 0..3 {
                optimizer.step().update(&mut values, &[1e-18; 19]);
            }
            assert!(values.iter().all(|value| (0.76..0.98).contains(value)), "{rule}: {values:?}");
        }
    }

    /// Breaks if something too small is told by a comparison that NaN fails.
    #[test]
    fn what_is_not_a_number_stays() {
        for rule in [MOMENTUM, NESTEROV, Rule::ADAM, Rule::ADAM_W, Rule::RMS_PROP] {
            let mut values = [0.0_f32; 19];
            let mut optimizer = Optimizer::<f32>::new(rule, 0.01, 19);
            for slope in [f32::NAN, 0.0] {
                optimizer.step().update(&mut values, &[slope; 19]);
            }
            let Memory { first, second, .. } = memory(&optimizer);
            assert!(values.iter().chain(first).chain(second).all(|x| x.is_nan()), "{rule}");
        }
    }
}
