use autodiff::{SMatrix, Tape};

fn main() {
    let tape = Tape::new();
    let w = tape.parameter("W", SMatrix::<f64, 2, 3>::zeros());
    let b = tape.parameter("b", SMatrix::<f64, 3, 1>::zeros());
    let _ = w.add_to_columns(b);
}
