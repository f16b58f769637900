//! The step in burn on its flex backend: its tensors, its autodiff, and a plain update, which took a fifth less time than
//! its module of linear layers with its SGD.

use burn::tensor::activation::relu;
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use peers::{BATCH, Minibatches, RATE, Start};

fn updated(parameter: Tensor<2>, gradients: &Gradients) -> Tensor<2> {
    match parameter.grad(gradients) {
        Some(gradient) => Tensor::from_inner(parameter.inner() - gradient * RATE).require_grad(),
        None => parameter,
    }
}

fn train(device: &Device, start: &Start, minibatches: &mut Minibatches, steps: usize) -> f32 {
    let (w, tensor) =
        (start.width, |values: &[f32], shape| Tensor::<2>::from_data(TensorData::new(values.to_vec(), shape), device));
    let (mut w1, mut b1) = (tensor(&start.w1, [1, w]).require_grad(), tensor(&start.b1, [1, w]).require_grad());
    let (mut w2, mut b2) = (tensor(&start.w2, [w, 1]).require_grad(), tensor(&start.b2, [1, 1]).require_grad());
    let mut last = f32::NAN;
    for step in 1..=steps {
        let (x, y) = minibatches.draw();
        let (x, y) = (tensor(&x, [BATCH, 1]), tensor(&y, [BATCH, 1]));
        let hidden = relu(x.matmul(w1.clone()) + b1.clone());
        let error = hidden.matmul(w2.clone()) + b2.clone() - y;
        let loss = (error.clone() * error).mean();
        let gradients = loss.backward();
        (w1, b1) = (updated(w1, &gradients), updated(b1, &gradients));
        (w2, b2) = (updated(w2, &gradients), updated(b2, &gradients));
        if step == steps {
            last = loss.into_scalar();
        }
    }
    last
}

fn main() {
    let device = Device::flex().autodiff();
    peers::measure("burn, flex", |start, minibatches, steps| train(&device, start, minibatches, steps));
}
