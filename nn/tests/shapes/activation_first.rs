use nn::architecture::Loss;
use nn::layers::{Layers, Linear, Tanh};

fn main() {
    let _ = <(Tanh, Linear<2, 16>)>::architecture(Loss::SquaredError);
}
