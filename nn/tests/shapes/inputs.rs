use autodiff::{SMatrix, Tape};
use nn::architecture::Loss;
use nn::initial::Initial;
use nn::layers::{Layers, Linear, Tanh};

fn main() {
    let network = <(Linear<2, 16>, Tanh, Linear<16, 1>)>::initial(Loss::SquaredError, Initial::Zero, 0).unwrap();
    let tape = Tape::<f64>::new();
    let x = tape.input("x", SMatrix::<f64, 3, 8>::zeros());
    let _ = network.record(&tape).outputs(x);
}
