use autodiff::{SMatrix, Tape};

fn main() {
    let tape = Tape::new();
    let w = tape.parameter("W", SMatrix::<f64, 2, 3>::zeros());
    let mut program = tape.program(w.sum());
    program.set(w.handle(), SMatrix::<f64, 3, 2>::zeros());
}
