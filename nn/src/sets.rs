//! Built-in points of two inputs: five sets of two classes, two functions.
//!
//! | set | inputs | class or value |
//! |---|---|---|
//! | `circle` | class 1: r·(cos φ, sin φ) with r² uniform in [0, ¼]; class 0: r² uniform in [0.49, 1] | a disc and a ring |
//! | `xor` | both coordinates at ±(0.06 + 0.94u) | 1 where x₁·x₂ > 0 |
//! | `gauss` | normal with deviation 0.2 around (−0.4, −0.4) for class 0 and (0.4, 0.4) for class 1 | two clouds |
//! | `spiral` | t·(sin 3.5πt, cos 3.5πt), for class 1 turned by half a turn | two arms of 1¾ turns |
//! | `moons` | class 0: (cos πt, sin πt); class 1: (1 − cos πt, ½ − sin πt) | two half circles, each around an end of the other |
//! | `plane` | uniform in the domain | (x₁ + x₂)/2 |
//! | `bumps` | uniform in the domain | Σₖ ±exp(−‖x − cₖ‖²/0.08), with centres (−0.7, ±0.5), (0, ±0.5), (0.7, ±0.5) and signs that alternate like those of a chessboard |
//!
//! u, t are uniform in [0, 1] and φ in [0, 2π]. Noise, times a standard normal number for each, is added to both inputs
//! of a classified point, and to the value of a function. Classes take turns, so that there are as many of each. The
//! shapes but for `plane` are those of TensorFlow Playground (D. Smilkov and others, 2017) and scikit-learn's
//! `make_moons`, in units of our own.
//!
//! ```
//! use nn::sets::Set;
//!
//! let [train, test] = Set::Spiral.draw(200, Set::Spiral.noise(), 1);
//! assert_eq!((train.y.len(), test.y.len()), (200, 200));
//! assert_eq!(train.y.iter().sum::<f64>(), 100.0);
//! ```

use crate::settings::words;
use std::f64::consts::PI;
use tensor::Scalar;
use tensor::random::NumpyRandom;

words! {
    /// A built-in set; the table at the top of the module says what it is.
    Set {
        /// A disc and a ring around it.
        Circle = "circle",
        /// Four quadrants, opposite ones of one class.
        Xor = "xor",
        /// Two Gaussian clouds.
        Gauss = "gauss",
        /// Two arms of a spiral.
        Spiral = "spiral",
        /// Two half circles that reach into each other.
        Moons = "moons",
        /// A linear function.
        Plane = "plane",
        /// Six Gaussian hills and hollows.
        Bumps = "bumps",
    }
}

/// Points as columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// x₁ and x₂.
    pub x: [Vec<f64>; 2],
    /// The class, 0 or 1, or the value.
    pub y: Vec<f64>,
}

/// Centre and sign of each bump.
const BUMPS: [([f64; 2], f64); 6] = [
    ([-0.7, 0.5], 1.0),
    ([0.0, 0.5], -1.0),
    ([0.7, 0.5], 1.0),
    ([-0.7, -0.5], -1.0),
    ([0.0, -0.5], 1.0),
    ([0.7, -0.5], -1.0),
];

impl Set {
    /// Whether y is a class, 0 or 1, and not a value.
    pub fn has_classes(self) -> bool {
        !matches!(self, Set::Plane | Set::Bumps)
    }
    /// The ranges of the inputs that a picture shows; noise may put points outside.
    pub fn domain(self) -> [[f64; 2]; 2] {
        match self {
            Set::Moons => [[-1.5, 2.5], [-1.0, 1.5]],
            _ => [[-1.2, 1.2], [-1.2, 1.2]],
        }
    }
    /// How much noise is usual: it leaves classes that can be told apart, but for a few points.
    pub fn noise(self) -> f64 {
        match self {
            Set::Circle | Set::Xor | Set::Bumps | Set::Plane => 0.05,
            Set::Gauss => 0.0,
            Set::Spiral => 0.02,
            Set::Moons => 0.1,
        }
    }
    /// The value of a function at x; None for a set of classes.
    pub fn value(self, [x1, x2]: [f64; 2]) -> Option<f64> {
        let bump = |&([c1, c2], sign): &([f64; 2], f64)| {
            let square = (x1 - c1) * (x1 - c1) + (x2 - c2) * (x2 - c2);
            sign * Scalar::exp(-square / 0.08)
        };
        match self {
            Set::Plane => Some(f64::midpoint(x1, x2)),
            Set::Bumps => Some(BUMPS.iter().map(bump).sum()),
            _ => None,
        }
    }

    /// `count` points to train on and as many to test with, drawn after them by the same rule; the values of a function
    /// are tested without noise. All from NumPy's stream of the seed, with the same bits on every machine.
    pub fn draw(self, count: usize, noise: f64, seed: u32) -> [Points; 2] {
        let mut random = NumpyRandom::new(seed);
        [noise, if self.has_classes() { noise } else { 0.0 }].map(|of_value| {
            let mut points = Points::default();
            for i in 0..count {
                let class = (i % 2) as f64;
                let x = self.place(class, &mut random);
                let (x, y) = match self.value(x) {
                    Some(value) => (x, value + of_value * random.randn()),
                    None => (x.map(|x| x + noise * random.randn()), class),
                };
                points.x.iter_mut().zip(x).for_each(|(column, x)| column.push(x));
                points.y.push(y);
            }
            points
        })
    }

    /// Where a point of a class lies without noise.
    fn place(self, class: f64, random: &mut NumpyRandom) -> [f64; 2] {
        let on_circle = |radius: f64, angle: f64| {
            let [sin, cos] = Scalar::sin_cos(angle);
            [radius * cos, radius * sin]
        };
        match self {
            Set::Circle => {
                let [from, to] = if class == 1.0 { [0.0, 0.25] } else { [0.49, 1.0] };
                on_circle(random.uniform(from, to).sqrt(), random.uniform(0.0, 2.0 * PI))
            }
            Set::Xor => {
                let x1 = random.uniform(0.06, 1.0);
                let x2 = random.uniform(0.06, 1.0) * if class == 1.0 { 1.0 } else { -1.0 };
                if random.random_sample() < 0.5 { [x1, x2] } else { [-x1, -x2] }
            }
            Set::Gauss => [(); 2].map(|()| 0.8 * class - 0.4 + 0.2 * random.randn()),
            Set::Spiral => {
                let t = random.random_sample();
                let [x, y] = on_circle(t, (3.5 * t + class) * PI);
                [y, x]
            }
            Set::Moons => {
                let [x, y] = on_circle(1.0, PI * random.random_sample());
                if class == 0.0 { [x, y] } else { [1.0 - x, 0.5 - y] }
            }
            Set::Plane | Set::Bumps => self.domain().map(|[low, high]| random.uniform(low, high)),
        }
    }
}
