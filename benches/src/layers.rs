//! Training steps of two networks whose sizes are not the notebook's, replayed by Elbow and written by hand:
//! 2 → 16 → 16 → 1 with tanh, and 2 → 32 → 3 with ReLU, both with the squared error.
//!
//! By hand, everything is known to the compiler, and samples lie side by side in a row, so that each loop over them is one
//! of vectors; tanh is Elbow's own, a vector at a time.

use autodiff::{Program, ShapeError, Tape};
use nalgebra::DMatrix;
use tensor::{Scalar, f32x16};

/// What a step moves a parameter by, for each unit of its derivative.
const RATE: f32 = 0.01;
/// Samples that are computed side by side.
const CHUNK: usize = 16;

/// One of the two networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layers {
    /// 2 → 16 → 16 → 1.
    Tanh,
    /// 2 → 32 → 3.
    Relu,
}

impl Layers {
    /// Both.
    pub const ALL: [Layers; 2] = [Layers::Tanh, Layers::Relu];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Layers::Tanh => "tanh",
            Layers::Relu => "relu",
        }
    }
    /// The number of inputs, of units in each hidden layer, and of outputs.
    fn widths(self) -> &'static [usize] {
        match self {
            Layers::Tanh => &[2, 16, 16, 1],
            Layers::Relu => &[2, 32, 3],
        }
    }
}

/// Numbers from −½ to ½ that repeat after a while: what weights and samples are does not matter here.
fn number(place: usize) -> f32 {
    ((place * 37 + 11) % 101) as f32 / 100.0 - 0.5
}

/// A program of a network and its samples; in lanes, of as many networks.
pub struct Replayed<T: Scalar> {
    program: Program<T>,
}

impl<T: Scalar> Replayed<T> {
    /// Of `batch` samples.
    ///
    /// # Errors
    /// Never: the shapes fit.
    pub fn new(layers: Layers, batch: usize) -> Result<Self, ShapeError> {
        let (tape, widths) = (Tape::<T>::new(), layers.widths());
        let splat = |place: usize| T::from_f64(f64::from(number(place)));
        let matrix = |rows: usize, columns: usize, first: usize| {
            DMatrix::from_fn(rows, columns, |i, j| splat(first + i * columns + j))
        };
        let samples = |rows, first| DMatrix::from_fn(rows, batch, |i, j| splat(first + i * batch + j));
        let mut values = tape.dyn_input("x", &samples(widths[0], 5))?;
        for (layer, sizes) in widths.windows(2).enumerate() {
            let &[inputs, outputs] = sizes else { unreachable!("windows of two") };
            let w = tape.dyn_parameter(&format!("W{}", layer + 1), &matrix(outputs, inputs, layer))?;
            let b = tape.dyn_parameter(&format!("b{}", layer + 1), &matrix(outputs, 1, layer + 7))?;
            values = w.product(values)?.add_to_columns(b)?;
            if layer + 2 < widths.len() {
                values = match layers {
                    Layers::Tanh => values.tanh()?,
                    Layers::Relu => values.relu()?,
                };
            }
        }
        let y = tape.dyn_input("y", &samples(widths[widths.len() - 1], 3))?;
        let loss = ((values - y)?.norm_squared()? * (1.0 / batch as f64))?;
        Ok(Replayed { program: loss.program()? })
    }

    /// A step; gives the loss before it.
    pub fn step(&mut self) -> T {
        let loss = self.program.forward_and_backward();
        let rate = T::from_f64(f64::from(RATE));
        self.program.update_all(|values, derivatives| {
            for (value, &derivative) in values.iter_mut().zip(derivatives) {
                *value -= rate * derivative;
            }
        });
        loss
    }
}

/// `R` rows of `B` samples.
type Rows<const R: usize, const B: usize> = [[f32; B]; R];

/// A layer written by hand, and its derivatives.
#[derive(Clone)]
struct Dense<const I: usize, const O: usize> {
    w: [[f32; I]; O],
    b: [f32; O],
}

impl<const I: usize, const O: usize> Dense<I, O> {
    fn new(layer: usize) -> Self {
        Dense {
            w: std::array::from_fn(|o| std::array::from_fn(|i| number(layer + o * I + i))),
            b: std::array::from_fn(|o| number(layer + 7 + o)),
        }
    }

    /// W·X + b·1ᵀ.
    #[inline(always)]
    fn forward<const B: usize>(&self, x: &Rows<I, B>, z: &mut Rows<O, B>) {
        for (o, z) in z.iter_mut().enumerate() {
            for (chunk, z) in z.as_chunks_mut::<CHUNK>().0.iter_mut().enumerate() {
                let mut sums = [self.b[o]; CHUNK];
                for i in 0..I {
                    let x = &x[i].as_chunks::<CHUNK>().0[chunk];
                    for j in 0..CHUNK {
                        sums[j] += self.w[o][i] * x[j];
                    }
                }
                *z = sums;
            }
        }
    }

    /// Moves the parameters by what follows from the derivatives by the result.
    #[inline(always)]
    fn learn<const B: usize>(&mut self, by_z: &Rows<O, B>, x: &Rows<I, B>) {
        for (o, by_z) in by_z.iter().enumerate() {
            let by_z = by_z.as_chunks::<CHUNK>().0;
            for i in 0..I {
                let mut sums = [0.0; CHUNK];
                for (by_z, x) in by_z.iter().zip(x[i].as_chunks::<CHUNK>().0) {
                    for j in 0..CHUNK {
                        sums[j] += by_z[j] * x[j];
                    }
                }
                self.w[o][i] -= RATE * total(sums);
            }
            let mut sums = [0.0; CHUNK];
            for by_z in by_z {
                for j in 0..CHUNK {
                    sums[j] += by_z[j];
                }
            }
            self.b[o] -= RATE * total(sums);
        }
    }

    /// Wᵀ times the derivatives by the result.
    #[inline(always)]
    fn backward<const B: usize>(&self, by_z: &Rows<O, B>, by_x: &mut Rows<I, B>) {
        for (i, by_x) in by_x.iter_mut().enumerate() {
            for (chunk, by_x) in by_x.as_chunks_mut::<CHUNK>().0.iter_mut().enumerate() {
                let mut sums = [0.0; CHUNK];
                for o in 0..O {
                    let by_z = &by_z[o].as_chunks::<CHUNK>().0[chunk];
                    for j in 0..CHUNK {
                        sums[j] += self.w[o][i] * by_z[j];
                    }
                }
                *by_x = sums;
            }
        }
    }
}

fn total(mut sums: [f32; CHUNK]) -> f32 {
    let mut half = CHUNK / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}

fn tanh<const R: usize, const B: usize>(z: &mut Rows<R, B>) {
    for chunk in z.as_flattened_mut().as_chunks_mut::<CHUNK>().0 {
        *chunk = Scalar::tanh(f32x16::from(*chunk)).to_array();
    }
}

/// p − y in place of p, times 2/B; gives the mean over samples of their squared errors.
fn error<const R: usize, const B: usize>(p: &mut Rows<R, B>, y: &Rows<R, B>) -> f32 {
    let mut sums = [0.0; CHUNK];
    for (p, y) in
        p.as_flattened_mut().as_chunks_mut::<CHUNK>().0.iter_mut().zip(y.as_flattened().as_chunks::<CHUNK>().0)
    {
        for j in 0..CHUNK {
            let difference = p[j] - y[j];
            sums[j] += difference * difference;
            p[j] = 2.0 / B as f32 * difference;
        }
    }
    total(sums) / B as f32
}

fn samples<const R: usize, const B: usize>(first: usize) -> Rows<R, B> {
    let mut rows = [[0.0; B]; R];
    for (i, row) in rows.iter_mut().enumerate() {
        for (j, x) in row.iter_mut().enumerate() {
            *x = number(first + i * B + j);
        }
    }
    rows
}

/// 2 → 16 → 16 → 1 with tanh, by hand; `B` samples are a multiple of 16.
pub struct TanhByHand<const B: usize> {
    layers: (Dense<2, 16>, Dense<16, 16>, Dense<16, 1>),
    x: Rows<2, B>,
    y: Rows<1, B>,
    h: [Rows<16, B>; 2],
    by_h: [Rows<16, B>; 2],
    p: Rows<1, B>,
}

impl<const B: usize> TanhByHand<B> {
    /// With the same weights and samples as [`Replayed`].
    #[expect(clippy::new_without_default, reason = "nothing else is a network")]
    pub fn new() -> Self {
        TanhByHand {
            layers: (Dense::new(0), Dense::new(1), Dense::new(2)),
            x: samples(5),
            y: samples(3),
            h: [[[0.0; B]; 16]; 2],
            by_h: [[[0.0; B]; 16]; 2],
            p: samples(0),
        }
    }

    /// A step; gives the loss before it.
    pub fn step(&mut self) -> f32 {
        let TanhByHand { layers: (first, second, third), x, y, h, by_h, p } = self;
        let ([h1, h2], [by_h1, by_h2]) = (h, by_h);
        first.forward(x, h1);
        tanh(h1);
        second.forward(h1, h2);
        tanh(h2);
        third.forward(h2, p);
        let loss = error(p, y);
        third.backward(p, by_h2);
        third.learn(p, h2);
        through_tanh(by_h2, h2);
        second.backward(by_h2, by_h1);
        second.learn(by_h2, h1);
        through_tanh(by_h1, h1);
        first.learn(by_h1, x);
        loss
    }
}

fn through_tanh<const R: usize, const B: usize>(d: &mut Rows<R, B>, y: &Rows<R, B>) {
    for (d, y) in d.as_flattened_mut().iter_mut().zip(y.as_flattened()) {
        *d *= 1.0 - y * y;
    }
}

/// 2 → 32 → 3 with ReLU, by hand; `B` samples are a multiple of 16.
pub struct ReluByHand<const B: usize> {
    layers: (Dense<2, 32>, Dense<32, 3>),
    x: Rows<2, B>,
    y: Rows<3, B>,
    h: Rows<32, B>,
    by_h: Rows<32, B>,
    p: Rows<3, B>,
}

impl<const B: usize> ReluByHand<B> {
    /// With the same weights and samples as [`Replayed`].
    #[expect(clippy::new_without_default, reason = "nothing else is a network")]
    pub fn new() -> Self {
        ReluByHand {
            layers: (Dense::new(0), Dense::new(1)),
            x: samples(5),
            y: samples(3),
            h: samples(0),
            by_h: samples(0),
            p: samples(0),
        }
    }

    /// A step; gives the loss before it.
    pub fn step(&mut self) -> f32 {
        let ReluByHand { layers: (first, second), x, y, h, by_h, p } = self;
        first.forward(x, h);
        for z in h.as_flattened_mut() {
            *z = if *z > 0.0 { *z } else { 0.0 };
        }
        second.forward(h, p);
        let loss = error(p, y);
        second.backward(p, by_h);
        second.learn(p, h);
        for (d, &h) in by_h.as_flattened_mut().iter_mut().zip(h.as_flattened()) {
            *d = if h > 0.0 { *d } else { 0.0 };
        }
        first.learn(by_h, x);
        loss
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_make_the_same_steps() {
        let close = |a: f32, b: f32| assert!((a - b).abs() <= 1e-5 * b.abs(), "{a} and {b}");
        let mut of_tanh = Replayed::<f32>::new(Layers::Tanh, 32).unwrap();
        let mut of_relu = Replayed::<f32>::new(Layers::Relu, 32).unwrap();
        let (mut tanh, mut relu) = (TanhByHand::<32>::new(), ReluByHand::<32>::new());
        let [first_tanh, first_relu] = [of_tanh.step(), of_relu.step()];
        close(tanh.step(), first_tanh);
        close(relu.step(), first_relu);
        for _ in 0..50 {
            close(tanh.step(), of_tanh.step());
            close(relu.step(), of_relu.step());
        }
        let mut lanes = Replayed::<f32x16>::new(Layers::Tanh, 32).unwrap();
        assert_eq!(lanes.step().to_array(), [first_tanh; 16]);
        assert!(tanh.step() < first_tanh && relu.step() < first_relu, "they learn");
    }
}
