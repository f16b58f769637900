//! A network whose shapes are types learns to tell a disc from the ring around it.
//!
//! `cargo run -p nn --example layers`

use autodiff::{SMatrix, Tape};
use nn::architecture::Loss;
use nn::initial::Initial;
use nn::layers::{Layers, Linear, Tanh};
use nn::optimizer::{Optimizer, Rule, Schedule};
use nn::sets::{Points, Set};
use std::error::Error;
use tensor::random::Streams;

/// Other sizes that do not fit do not compile.
type Classifier = (Linear<2, 8>, Tanh, Linear<8, 8>, Tanh, Linear<8, 1>);

const BATCH: usize = 10;
const STEPS: u64 = 4000;

/// The part of the points whose class has the greater probability.
fn accuracy(network: &Classifier, Points { x: [first, second], y }: &Points) -> f64 {
    let right = (0..y.len()).filter(|&j| {
        let log_odds = network.outputs(SMatrix::<f64, 2, 1>::new(first[j], second[j]))[0];
        (log_odds > 0.0) == (y[j] > 0.5)
    });
    right.count() as f64 / y.len() as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let [train, test] = Set::Circle.draw(200, Set::Circle.noise(), 0);
    let network = Classifier::initial(Loss::Logistic, Initial::Glorot, 0)?;
    println!("{}: {:.1} % at first", Classifier::architecture(Loss::Logistic)?, 100.0 * accuracy(&network, &test));

    // The loss of a minibatch, recorded once.
    let tape = Tape::<f64>::new();
    let recorded = network.record(&tape);
    let (x, y) = (tape.zero_input::<2, BATCH>("x"), tape.zero_input::<1, BATCH>("y"));
    let mean = tape.constant(SMatrix::repeat(1.0 / BATCH as f64));
    let loss = recorded.outputs(x).logistic(y, mean);

    // It is replayed with other samples and parameters, and allocates nothing.
    let mut program = tape.program(loss);
    let mut parameters = 0;
    program.update_all(|values, _| parameters += values.len());
    let mut optimizer = Optimizer::new(Rule::Nesterov { momentum: 0.9 }, 0.1, parameters);
    let (mut random, mut chosen) = (Streams::new(0, 0), [0; BATCH]);
    for t in 0..STEPS {
        random.indices(200, &mut chosen);
        let chosen = chosen.map(|j| j as usize);
        program.set(x.handle(), SMatrix::from_fn(|i, j| train.x[i][chosen[j]]));
        program.set(y.handle(), SMatrix::from_fn(|_, j| train.y[chosen[j]]));
        let loss = program.forward_and_backward();
        optimizer.set_rate(Schedule::Cosine.rate(0.1, t, STEPS));
        let mut step = optimizer.step();
        program.update_all(|values, gradient| step.update(values, gradient));
        if (t + 1) % 1000 == 0 {
            println!("step {}: loss {loss:.4}", t + 1);
        }
    }

    let network = recorded.network(&program, 0);
    println!("{:.1} % in the end", 100.0 * accuracy(&network, &test));
    Ok(())
}
