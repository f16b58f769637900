//! The step in burn: a module of two linear layers, its autodiff, its SGD.

use burn::module::{Module, Param};
use burn::nn::loss::{MseLoss, Reduction};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use peers::{BATCH, Minibatches, RATE, Start};

#[derive(Module, Debug)]
struct Network {
    hidden: Linear,
    output: Linear,
}

fn linear(inputs: usize, outputs: usize, weight: &[f32], bias: &[f32], device: &Device) -> Linear {
    let mut layer = LinearConfig::new(inputs, outputs).init(device);
    let weight = TensorData::new(weight.to_vec(), [inputs, outputs]);
    layer.weight = Param::from_tensor(Tensor::from_data(weight, device));
    layer.bias = Some(Param::from_tensor(Tensor::from_data(TensorData::new(bias.to_vec(), [outputs]), device)));
    layer
}

fn train(device: &Device, start: &Start, minibatches: &mut Minibatches, steps: usize) -> f32 {
    let mut network = Network {
        hidden: linear(1, start.width, &start.w1, &start.b1, device),
        output: linear(start.width, 1, &start.w2, &start.b2, device),
    };
    let mut optimizer = SgdConfig::new().init();
    let mut last = f32::NAN;
    for step in 1..=steps {
        let (x, y) = minibatches.draw();
        let x = Tensor::<2>::from_data(TensorData::new(x.to_vec(), [BATCH, 1]), device);
        let y = Tensor::<2>::from_data(TensorData::new(y.to_vec(), [BATCH, 1]), device);
        let prediction = network.output.forward(relu(network.hidden.forward(x)));
        let loss = MseLoss::new().forward(prediction, y, Reduction::Mean);
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        network = optimizer.step(RATE, network, gradients);
        if step == steps {
            last = loss.into_scalar();
        }
    }
    last
}

fn main() {
    let devices = [("flex", Device::flex()), ("ndarray", Device::ndarray())];
    for (name, device) in devices {
        let device = device.autodiff();
        peers::measure(name, |start, minibatches, steps| train(&device, start, minibatches, steps));
    }
}
