//! The step in candle: its variables, its backward pass, its SGD.

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::{Optimizer, SGD};
use peers::{BATCH, Minibatches, RATE, Start};

fn train(start: &Start, minibatches: &mut Minibatches, steps: usize) -> Result<f32> {
    let (device, w) = (Device::Cpu, start.width);
    let variable = |values: &[f32], shape: (usize, usize)| Var::from_slice(values, shape, &device);
    let (w1, b1) = (variable(&start.w1, (1, w))?, variable(&start.b1, (1, w))?);
    let (w2, b2) = (variable(&start.w2, (w, 1))?, variable(&start.b2, (1, 1))?);
    let mut optimizer = SGD::new(vec![w1.clone(), b1.clone(), w2.clone(), b2.clone()], RATE)?;
    let mut last = f32::NAN;
    for step in 1..=steps {
        let (x, y) = minibatches.draw();
        let x = Tensor::from_slice(&x, (BATCH, 1), &device)?;
        let y = Tensor::from_slice(&y, (BATCH, 1), &device)?;
        let hidden = x.matmul(&w1)?.broadcast_add(&b1)?.relu()?;
        let prediction = hidden.matmul(&w2)?.broadcast_add(&b2)?;
        let loss = candle_nn::loss::mse(&prediction, &y)?;
        optimizer.backward_step(&loss)?;
        if step == steps {
            last = loss.to_scalar()?;
        }
    }
    Ok(last)
}

fn main() {
    peers::measure("candle", |start, minibatches, steps| train(start, minibatches, steps).unwrap_or(f32::NAN));
}
