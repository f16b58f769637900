use nn::architecture::Loss;
use nn::layers::{Layers, Linear, Relu, Tanh};

fn main() {
    let _ = <(Linear<2, 16>, Tanh, Relu)>::architecture(Loss::SquaredError);
}
