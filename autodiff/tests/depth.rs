//! Long chains: everything is linear in the number of nodes, and nothing is recursive in it.

use autodiff::{SMatrix, Tape, Var};
use std::time::Instant;

const NODES: usize = 100_000;

/// A chain of functions without names.
fn chain(tape: &Tape<f64>, nodes: usize) -> (Var<'_, f64, 1, 1>, Var<'_, f64, 1, 1>) {
    let x = tape.parameter("x", SMatrix::<f64, 1, 1>::new(0.3));
    let mut y = x;
    for i in 0..nodes {
        y = match i % 4 {
            0 => y.sin(),
            1 => y * 1.01,
            2 => y + x,
            _ => y.tanh(),
        };
    }
    (x, y)
}

/// On a thread with little stack. Breaks if something is recursive in the depth; what is quadratic in it takes minutes.
#[test]
fn a_hundred_thousand_nodes_are_recorded_differentiated_explained_and_drawn() {
    let run = || {
        let begin = Instant::now();
        let tape = Tape::new();
        let (x, y) = chain(&tape, NODES);
        let by_x = tape.backward(y).of(x)[0];
        let mut program = tape.program(y);
        program.forward_and_backward();
        assert_eq!(program.derivative(x.handle()).unwrap()[0].to_bits(), by_x.to_bits());
        let graph = tape.graph();
        assert_eq!((graph.nodes.len(), graph.edges.len()), (NODES + 1, NODES + NODES / 4));
        assert!(graph.nodes.iter().all(|node| node.definition.len() < 1000));
        assert!(graph.to_string().lines().count() == NODES + 1);
        let explanation = tape.explain(y, x).unwrap();
        assert_eq!(explanation.steps.len(), NODES);
        assert!((explanation.formula.evaluate()[(0, 0)] - by_x).abs() <= 1e-12 * by_x.abs().max(1.0));
        assert!(tape.definition(y).unwrap().to_string().len() < 1000);
        println!("{:?}", begin.elapsed());
    };
    std::thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_large_power_is_a_few_products() {
    let tape = Tape::new();
    let x = tape.parameter("x", SMatrix::<f64, 1, 1>::new(1.0 + 1e-9));
    let y = x.powi(1_000_000_000);
    assert!((y.scalar() - 1_f64.exp()).abs() < 1e-6);
    assert!((tape.backward(y).of(x)[0] / 1e9 - 1_f64.exp()).abs() < 1e-6);
    assert!(tape.program(y).cost().forward < 50);
    assert!((tape.explain(y, x).unwrap().formula.evaluate()[(0, 0)] / 1e9 - 1_f64.exp()).abs() < 1e-6);
    let negative = tape.parameter("n", SMatrix::<f64, 1, 1>::new(-2.0));
    let powers: Vec<f64> = (1..=10).map(|n| negative.powi(n).scalar()).collect();
    assert_eq!(powers, [-2.0, 4.0, -8.0, 16.0, -32.0, 64.0, -128.0, 256.0, -512.0, 1024.0]);
}
