use autodiff::{SMatrix, Tape};

fn main() {
    let tape = Tape::new();
    let w = tape.parameter("W", SMatrix::<f64, 2, 3>::zeros());
    let v = tape.parameter("V", SMatrix::<f64, 3, 3>::zeros());
    let _ = w - v;
}
