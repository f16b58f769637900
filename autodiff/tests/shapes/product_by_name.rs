use autodiff::{SMatrix, Tape};

fn main() {
    let tape = Tape::new();
    let w = tape.parameter("W", SMatrix::<f64, 2, 3>::zeros());
    let x = tape.input("x", SMatrix::<f64, 4, 1>::zeros());
    let _ = w.product(x);
}
