use nn::architecture::Loss;
use nn::layers::{Layers, Linear, Tanh};

fn main() {
    let _ = <(Linear<2, 16>, Tanh, Linear<8, 1>)>::architecture(Loss::SquaredError);
}
