//! The step in dfdx: shapes as types, its tape, its SGD.

use dfdx::optim::{Sgd, SgdConfig};
use dfdx::prelude::*;
use peers::{BATCH, Minibatches, RATE, Start};

type Network<const W: usize> = (Linear<1, W>, ReLU, Linear<W, 1>);

fn train<const W: usize>(start: &Start, minibatches: &mut Minibatches, steps: usize) -> f32 {
    let device = Cpu::default();
    let mut network = device.build_module::<Network<W>, f32>();
    network.0.weight.copy_from(&start.w1);
    network.0.bias.copy_from(&start.b1);
    network.2.weight.copy_from(&start.w2);
    network.2.bias.copy_from(&start.b2);
    let settings = SgdConfig { lr: RATE, momentum: None, weight_decay: None };
    let mut optimizer = Sgd::new(&network, settings);
    let mut gradients = network.alloc_grads();
    let mut last = f32::NAN;
    for step in 1..=steps {
        let (x, y) = minibatches.draw();
        let x = device.tensor(x).reshape::<Rank2<BATCH, 1>>();
        let y = device.tensor(y).reshape::<Rank2<BATCH, 1>>();
        let prediction = network.forward(x.traced(gradients));
        let loss = mse_loss(prediction, y);
        if step == steps {
            last = loss.array();
        }
        gradients = loss.backward();
        let _ = optimizer.update(&mut network, &gradients);
        network.zero_grads(&mut gradients);
    }
    last
}

fn main() {
    peers::measure("dfdx", |start, minibatches, steps| match start.width {
        10 => train::<10>(start, minibatches, steps),
        20 => train::<20>(start, minibatches, steps),
        _ => train::<40>(start, minibatches, steps),
    });
}
