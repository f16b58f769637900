use autodiff::{SMatrix, Tape};

fn main() {
    let tape = Tape::new();
    let scores = tape.parameter("scores", SMatrix::<f64, 3, 8>::zeros());
    let targets = tape.input("targets", SMatrix::<f64, 2, 8>::zeros());
    let weights = tape.input("weights", SMatrix::<f64, 1, 8>::zeros());
    let _ = scores.cross_entropy(targets, weights);
}
