use nn::layers::{Layers, Linear, Tanh};

fn train<L: Layers>(_: L) {}

fn main() {
    let zero = |network: (Linear<2, 16>, Tanh, Linear<8, 1>)| train(network);
    let _ = zero;
}
