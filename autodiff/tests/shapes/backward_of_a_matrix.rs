use autodiff::{SMatrix, Tape};

fn main() {
    let tape = Tape::new();
    let w = tape.parameter("W", SMatrix::<f64, 2, 3>::zeros());
    let _ = tape.backward(w.relu());
}
