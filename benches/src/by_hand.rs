//! The gradient of a network's squared error without tape and program: the calls of kernels and the loops that a
//! replayed program makes, on memory of its own. What a replay takes more is the price of the program.

use crate::Leaves;
use tensor::Scalar;
use tensor::kernels::{self, Hidden, Samples, add_product, add_product_transposed, add_transposed_product, map_row};

/// Entries from the beginning of a cache line, as those of a program are.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line<E>(E);

type Row = Line<[f32; 40]>;
type Layer<const W: usize> = Line<[[f32; W]; 40]>;

/// The numbers of a network, or the derivatives by them.
#[derive(Clone, Copy)]
struct Network<const W: usize> {
    w1: Line<[f32; W]>,
    b1: Line<[f32; W]>,
    w2: Line<[f32; W]>,
    b2: f32,
}

impl<const W: usize> Network<W> {
    fn zeros() -> Self {
        let zeros = Line([0.0; W]);
        Network { w1: zeros, b1: zeros, w2: zeros, b2: 0.0 }
    }
}

/// Values on 40 samples, or the derivatives by them.
struct Values<const W: usize> {
    product: Layer<W>,
    hidden: Layer<W>,
    on: Layer<W>,
    sum: Row,
    prediction: Row,
}

impl<const W: usize> Values<W> {
    fn zeros() -> Self {
        let (layer, row) = (Line([[0.0; W]; 40]), Line([0.0; 40]));
        Values { product: layer, hidden: layer, on: layer, sum: row, prediction: row }
    }
}

/// A network, its samples, and all that is computed of them.
pub struct ByHand<const W: usize> {
    network: Network<W>,
    x: Row,
    y: Row,
    weight: Row,
    values: Values<W>,
    /// The derivatives by the predictions, which the error keeps.
    kept: Row,
    /// The same times x.
    products: Row,
    loss: f32,
    derivatives: Network<W>,
    adjoints: Values<W>,
}

impl<const W: usize> ByHand<W> {
    /// The network of [`Leaves`].
    pub fn new(leaves: &Leaves<W>) -> Self {
        let (mut network, zeros) = (Network::zeros(), Line([0.0; 40]));
        network.w1.0.copy_from_slice(leaves.w1.as_slice());
        network.b1.0.copy_from_slice(leaves.b1.as_slice());
        network.w2.0.copy_from_slice(leaves.w2.as_slice());
        network.b2 = leaves.b2[0];
        let [x, y, weight] = [&leaves.x, &leaves.y, &leaves.weight].map(|row| {
            let mut line = zeros;
            line.0.copy_from_slice(row.as_slice());
            line
        });
        let derivatives = Network::zeros();
        let (values, adjoints) = (Values::zeros(), Values::zeros());
        ByHand { network, x, y, weight, values, kept: zeros, products: zeros, loss: 0.0, derivatives, adjoints }
    }

    /// The squared error, as of the last gradient.
    pub fn loss(&self) -> f32 {
        self.loss
    }

    /// The derivatives by W1, b1, W2 and b2, as of the last gradient.
    pub fn derivatives(&self) -> [&[f32]; 4] {
        let Network { w1, b1, w2, b2 } = &self.derivatives;
        [&w1.0, &b1.0, &w2.0, std::slice::from_ref(b2)]
    }

    /// Forward and backward, as the program of [`Form::Error`](crate::Form::Error) does.
    pub fn error(&mut self) {
        let Self { network, x, y, weight, kept, products, derivatives, .. } = self;
        let hidden = Hidden { w1: &network.w1.0[..], b1: &network.b1.0[..], w2: &network.w2.0[..] };
        kernels::predict(hidden, network.b2, &x.0, &mut kept.0);
        self.loss = kernels::weighted_square(&mut kept.0, &y.0, &weight.0);
        map_row(&mut products.0, [&kept.0, &x.0], |_, [slope, x]| slope * x);

        *derivatives = Network::zeros();
        derivatives.b2 += kernels::sum(&kept.0);
        let Network { w1, b1, w2, .. } = derivatives;
        let slopes = Hidden { w1: &mut w1.0[..], b1: &mut b1.0[..], w2: &mut w2.0[..] };
        let samples = Samples { x: &x.0, upstream: &kept.0, products: Some(&products.0) };
        kernels::add_slopes(hidden, samples, 1.0, slopes);
    }

    /// Forward and backward, as the program of [`Form::Parts`](crate::Form::Parts) does.
    pub fn parts(&mut self) {
        let Self { network, x, y, weight, values, kept, derivatives, adjoints, .. } = self;
        let Values { product, hidden, on, sum, prediction } = values;
        product.0.as_flattened_mut().fill(0.0);
        add_product([W, 1, 40], &network.w1.0, &x.0, product.0.as_flattened_mut());
        add_to_columns(&product.0, &network.b1.0, &mut hidden.0);
        for (y, x) in on.0.as_flattened_mut().iter_mut().zip(hidden.0.as_flattened()) {
            *y = x.relu();
        }
        sum.0.fill(0.0);
        add_product([1, W, 40], &network.w2.0, on.0.as_flattened(), &mut sum.0);
        for (p, &sum) in prediction.0.iter_mut().zip(&sum.0) {
            *p = sum + network.b2;
        }
        kept.0.copy_from_slice(&prediction.0);
        self.loss = kernels::weighted_square(&mut kept.0, &y.0, &weight.0);

        *derivatives = Network::zeros();
        let Values { product, hidden, on, sum, prediction } = adjoints;
        for layer in [&mut product.0, &mut hidden.0, &mut on.0] {
            layer.as_flattened_mut().fill(0.0);
        }
        sum.0.fill(0.0);
        prediction.0.fill(0.0);
        map_row(&mut prediction.0, [&kept.0], |d, [slope]| d + slope);
        add(&prediction.0, &mut sum.0);
        derivatives.b2 += kernels::sum(&prediction.0);
        add_product_transposed([1, 40, W], &sum.0, values.on.0.as_flattened(), &mut derivatives.w2.0);
        add_transposed_product([W, 1, 40], &network.w2.0, &sum.0, on.0.as_flattened_mut());
        let (upstream, x_of_relu) = (on.0.as_flattened(), values.hidden.0.as_flattened());
        for ((d, x), &u) in hidden.0.as_flattened_mut().iter_mut().zip(x_of_relu).zip(upstream) {
            *d += x.select_positive(u);
        }
        add(hidden.0.as_flattened(), product.0.as_flattened_mut());
        kernels::add_row_sums(hidden.0.as_flattened(), &mut derivatives.b1.0);
        add_product_transposed([W, 40, 1], product.0.as_flattened(), &x.0, &mut derivatives.w1.0);
    }
}

/// A + b·1ᵀ.
fn add_to_columns<const W: usize>(a: &[[f32; W]; 40], b: &[f32; W], sum: &mut [[f32; W]; 40]) {
    for (sum, a) in sum.iter_mut().zip(a) {
        for ((sum, &a), &b) in sum.iter_mut().zip(a).zip(b) {
            *sum = a + b;
        }
    }
}

/// Adds entry by entry.
fn add(upstream: &[f32], d: &mut [f32]) {
    for (d, &u) in d.iter_mut().zip(upstream) {
        *d += u;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Form;
    use autodiff::{NodeId, Tape};

    /// That the ratio of the two times is of the same work.
    #[test]
    fn by_hand_has_the_bits_of_the_program() {
        let (leaves, tape) = (Leaves::<40>::new(), Tape::new());
        let mut by_hand = ByHand::new(&leaves);
        for (form, run) in [(Form::Parts, ByHand::parts as fn(&mut ByHand<40>)), (Form::Error, ByHand::error)] {
            let first = tape.len();
            let mut program = form.program(leaves.record(&tape));
            program.backward();
            run(&mut by_hand);
            assert_eq!(by_hand.loss(), program.loss());
            // The parameters are recorded after the samples.
            for (derivative, node) in by_hand.derivatives().into_iter().zip(first + 3..) {
                let id: NodeId = tape.graph().nodes[node].id;
                assert_eq!(program.derivative_entries(id).unwrap(), derivative, "{form:?}, node {node}");
            }
        }
    }
}
