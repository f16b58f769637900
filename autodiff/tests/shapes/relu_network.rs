use autodiff::{SMatrix, Tape};

fn main() {
    let tape = Tape::new();
    let w = tape.parameter("W", SMatrix::<f64, 2, 3>::zeros());
    let x = tape.input("x", SMatrix::<f64, 1, 8>::zeros());
    let (w1, b1) = (tape.zero_parameter::<5, 1>("W1"), tape.zero_parameter::<4, 1>("b1"));
    let (w2, b2) = (tape.zero_parameter::<1, 5>("W2"), tape.zero_parameter::<1, 1>("b2"));
    let _ = (w, x.relu_network(w1, b1, w2, b2));
}
