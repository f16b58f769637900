//! Whole training steps of networks of any shape, minibatches drawn and optimizer included: beside the rule of TensorFlow
//! Playground in JavaScript, sixteen networks in lanes beside single ones, and 784 → 128 → 10 beside PyTorch; and the
//! polygons of networks of two inputs.
//!
//! ```sh
//! cargo run --release -p benches --bin networks            # or a word: playground, lanes, digits, polygons, growth
//! cargo run --release -p benches --bin networks growth docs/images/polygons.svg
//! ```
//!
//! Systems take turns; of each the least time of all rounds counts: CPU time of one thread, and for `digits`, where several
//! threads work, time on the clock. Node is asked by `benches/compare/playground.js` (`NODE` names another one), PyTorch by
//! `benches/compare/digits_torch.py` (`PYTHON` names another interpreter); what is not there has no number.

use autodiff::{Program, ShapeError, Tape};
use nalgebra::DMatrix;
use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::geometry::Plane;
use nn::initial::Initial;
use nn::optimizer::Rule;
use nn::samples::Samples;
use nn::threads::Pool;
use nn::trainer::Trainer;
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use tensor::random::Streams;
use tensor::{Scalar, f32x16};
use viz::chart::{Axis, Chart, Glyph, Mark, Panel};
use viz::palette::Role;

const ROUNDS: usize = 12;

fn main() {
    let word = std::env::args().nth(1).unwrap_or_default();
    for (name, run) in [
        ("playground", playground as fn()),
        ("lanes", lanes),
        ("digits", digits),
        ("polygons", polygons),
        ("growth", growth),
    ] {
        if word.is_empty() || word == name {
            run();
        }
    }
}

/// A network with hidden units of one activation.
fn network(inputs: usize, hidden: &[usize], activation: Activation, outputs: usize, loss: Loss) -> Architecture {
    let hidden = hidden.iter().map(|&units| Layer { units, activation });
    let output = Layer { units: outputs, activation: Activation::Identity };
    Architecture::new(inputs, hidden.chain([output]).collect(), loss).expect("in limits")
}

/// A trainer on `count` samples that need no learning: what a step takes does not depend on them.
fn trainer<T: Scalar>(architecture: &Architecture, count: usize, batch: usize) -> Trainer<T> {
    let start = Initial::PyTorch.network(architecture, 1).expect("any number of inputs");
    let (inputs, outputs) = (architecture.inputs(), architecture.outputs());
    let row = |j: usize| {
        let x = (0..inputs).map(move |i| (((j * inputs + i) * 37 + 11) % 101) as f64 / 50.0 - 1.0);
        let y = (0..outputs).map(move |k| f64::from(u8::from(j % outputs.max(2) == k)));
        x.chain(y)
    };
    let samples = Samples::new(inputs, outputs, (0..count).flat_map(row).collect()).rounded::<T::Element>();
    Trainer::new(&vec![start; T::LANES], 0, Rule::Sgd, 0.03, samples, batch)
}

/// Steps with minibatches drawn as studies draw them; true while all losses are finite.
fn train<T: Scalar>(trainer: &mut Trainer<T>, streams: &mut Streams, steps: u64) {
    let samples = trainer.samples() as u32;
    trainer.steps(steps, |_, indices| streams.indices(samples, indices), |_, loss| loss.is_finite());
}

/// Seconds of CPU of this thread.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Microseconds of a step.
fn microseconds(now: &dyn Fn() -> f64, steps: u64, run: &mut dyn FnMut(u64)) -> f64 {
    let begin = now();
    run(steps);
    (now() - begin) * 1e6 / steps as f64
}

/// The number that a program prints.
fn ask(variable: &str, usual: &str, script: &str, arguments: &[&str]) -> Option<f64> {
    let program = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("compare").join(script);
    let output = Command::new(program).arg(script).args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn told(time: Option<f64>) -> String {
    time.map_or_else(|| "–".to_owned(), |time| format!("{time:.2}"))
}

/// TensorFlow Playground's default network.
fn playground() {
    let architecture = network(2, &[8, 8], Activation::Tanh, 1, Loss::SquaredError);
    let mut trainer = trainer::<f32>(&architecture, 250, 10);
    let mut streams = Streams::new(0, 0);
    let (mut elbow, mut node) = (f64::INFINITY, None);
    for _ in 0..ROUNDS {
        elbow = elbow.min(microseconds(&cpu, 20_000, &mut |steps| train(&mut trainer, &mut streams, steps)));
        let asked = ask("NODE", "node", "playground.js", &[]);
        node = asked.map(|asked| node.unwrap_or(f64::INFINITY).min(asked));
    }
    let ratio = told(node.map(|node| node / elbow));
    println!("{architecture}, batch 10: Elbow {elbow:.3} µs a step, node {} µs, ratio {ratio}", told(node));
}

/// Networks in lanes and alone.
fn lanes() {
    let (relu, tanh) = (Activation::Relu, Activation::Tanh);
    let (square, classes) = (Loss::SquaredError, Loss::CrossEntropy);
    println!(
        "{:<34} {:>5} {:>7} {:>10} {:>16} {:>6}",
        "network", "batch", "numbers", "alone, µs", "each of 16, µs", "ratio"
    );
    for (architecture, batch) in [
        (network(1, &[20], relu, 1, square), 40),
        (network(2, &[8, 8], tanh, 1, square), 10),
        (network(2, &[8, 8], relu, 1, Loss::Logistic), 20),
        (network(2, &[16, 16], relu, 1, Loss::Logistic), 20),
        (network(1, &[8, 8, 8], relu, 1, square), 40),
        (network(4, &[16], relu, 3, classes), 32),
        (network(64, &[32], relu, 10, classes), 32),
        (network(2, &[64, 64], relu, 1, square), 20),
        (network(2, &[128, 128], relu, 1, square), 20),
    ] {
        let (mut alone, mut together) =
            (trainer::<f32>(&architecture, 200, batch), trainer::<f32x16>(&architecture, 200, batch));
        let mut streams = Streams::new(0, 0);
        let mut least = [f64::INFINITY; 2];
        // About 20 ms a turn.
        let once = microseconds(&cpu, 50, &mut |steps| train(&mut alone, &mut streams, steps));
        let steps = ((20_000.0 / once) as u64).max(20);
        for _ in 0..ROUNDS {
            least[0] = least[0].min(microseconds(&cpu, steps, &mut |steps| train(&mut alone, &mut streams, steps)));
            let sixteen = microseconds(&cpu, steps / 4, &mut |steps| train(&mut together, &mut streams, steps));
            least[1] = least[1].min(sixteen / f32x16::LANES as f64);
        }
        let [one, each] = least;
        let (name, numbers) = (architecture.to_string(), architecture.parameters());
        println!("{name:<34} {batch:>5} {numbers:>7} {one:>10.2} {each:>16.2} {:>6.2}", one / each);
    }
}

/// The polygons of untrained networks over a square, as many as trained ones have, and the linear function on each.
fn polygons() {
    println!("{:<34} {:>9} {:>8} {:>13}", "network", "polygons", "ms", "ns a polygon");
    for hidden in [&[16, 16][..], &[64], &[16; 4], &[32, 32], &[64, 64], &[128, 128]] {
        let architecture = network(2, hidden, Activation::Relu, 1, Loss::SquaredError);
        let network = Initial::PyTorch.network(&architecture, 1).expect("any number of inputs");
        let run = || Plane::new(&network, [[-2.0, 2.0]; 2]).expect("polygons").outputs(0).len();
        let (mut least, mut count) = (f64::INFINITY, 0);
        for _ in 0..5 * ROUNDS {
            least = least.min(microseconds(&cpu, 1, &mut |_| count = black_box(run())));
        }
        println!(
            "{:<34} {count:>9} {:>8.3} {:>13.0}",
            architecture.to_string(),
            least / 1e3,
            1e3 * least / count as f64
        );
    }
}

/// The same networks over squares of growing size, so over more and more polygons; with a name, draws what it took there.
fn growth() {
    const SIDES: [f64; 8] = [0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2];
    let mut marks = Vec::new();
    println!("{:<34} {:>6} {:>9} {:>8} {:>13}", "network", "side", "polygons", "ms", "ns a polygon");
    for (role, units) in [16, 32, 64].into_iter().enumerate() {
        let architecture = network(2, &[units; 2], Activation::Relu, 1, Loss::SquaredError);
        let network = Initial::PyTorch.network(&architecture, 1).expect("any number of inputs");
        let mut line = Vec::new();
        for side in SIDES {
            let run = || Plane::new(&network, [[-side, side]; 2]).expect("polygons").outputs(0).len();
            let (mut least, mut count) = (f64::INFINITY, 0);
            for _ in 0..5 * ROUNDS {
                least = least.min(microseconds(&cpu, 1, &mut |_| count = black_box(run())));
            }
            let (ms, each) = (least / 1e3, 1e3 * least / count as f64);
            println!("{:<34} {:>6} {count:>9} {ms:>8.3} {each:>13.0}", architecture.to_string(), 2.0 * side);
            line.push([count as f64, ms]);
        }
        let name = format!("2 → {units} → {units} → 1");
        marks.push(Mark::line(line.clone(), Role::Series(role)).labelled(name));
        marks.push(Mark::dots(line, Glyph::Disc, 2.5, Role::Series(role)));
    }
    let Some(path) = std::env::args().nth(2) else { return };
    let proportional = [[10.0, 0.01], [10_000.0, 10.0]];
    marks.insert(0, Mark::line(proportional.to_vec(), Role::Muted).dashed("5 3").labelled("1 µs a polygon"));
    let panel = Panel::new("", Axis::log("polygons", [1.0, 10_000.0]), Axis::log("ms", [0.001, 30.0]), marks);
    let claim = "The time grows with the number of polygons, in proportion";
    let note = "Each dot is a network over a square; along a line the square grows. Least CPU time of 60 repetitions.";
    let chart = Chart {
        note: note.to_owned(),
        description: format!("{claim}: a line for each of three networks, on logarithmic axes of polygons and ms."),
        panels: vec![panel],
        height: 300.0,
        width: 640.0,
        ..Chart::new("polygons", claim)
    };
    std::fs::write(&path, chart.figure().svg()).expect("a file that can be written");
}

/// A network for handwritten digits: more inputs than `nn` describes, so it is recorded by the second door.
fn digits_program() -> Result<Program<f32>, ShapeError> {
    const SIZES: [usize; 3] = [784, 128, 10];
    const BATCH: usize = 128;
    let tape = Tape::<f32>::new();
    let matrix = |rows: usize, columns: usize, scale: f32| {
        DMatrix::from_fn(rows, columns, |i, j| scale * (((i * columns + j) * 37 + 11) % 101) as f32)
    };
    let x = tape.dyn_input("x", &matrix(SIZES[0], BATCH, 0.01))?;
    let y =
        tape.dyn_input("y", &DMatrix::from_fn(SIZES[2], BATCH, |k, j| if j % SIZES[2] == k { 1.0 } else { 0.0 }))?;
    let weight = tape.dyn_constant(&DMatrix::repeat(1, BATCH, 1.0 / BATCH as f32))?;
    let mut values = x;
    for (layer, sizes) in SIZES.windows(2).enumerate() {
        let w = tape.dyn_parameter(&format!("W{}", layer + 1), &matrix(sizes[1], sizes[0], 0.0005))?;
        let b = tape.dyn_parameter(&format!("b{}", layer + 1), &matrix(sizes[1], 1, 0.0005))?;
        values = w.product(values)?.add_to_columns(b)?;
        if layer == 0 {
            values = values.relu()?;
        }
    }
    values.cross_entropy(y, weight)?.program()
}

/// Handwritten digits, of which a minibatch stays the same.
fn digits() {
    let begin = Instant::now();
    let clock = || begin.elapsed().as_secs_f64();
    for threads in [1, 2] {
        let (mut elbow, mut torch) = (f64::INFINITY, None);
        let pool = Pool::new(threads).expect("threads");
        let mut program = digits_program().expect("shapes that fit");
        let mut step = || {
            black_box(program.forward_and_backward());
            program.update_all(|values, derivatives| {
                values.iter_mut().zip(derivatives).for_each(|(value, &derivative)| *value -= 0.01 * derivative);
            });
        };
        for _ in 0..ROUNDS {
            let took = pool.run(|| microseconds(&clock, 100, &mut |steps| (0..steps).for_each(|_| step())));
            elbow = elbow.min(took);
            let asked = ask("PYTHON", "python3", "digits_torch.py", &[&threads.to_string()]);
            torch = asked.map(|asked| torch.unwrap_or(f64::INFINITY).min(asked));
        }
        println!(
            "784 → 128 relu → 10, batch 128, threads {threads}: Elbow {elbow:.0} µs a step, PyTorch {} µs, ratio {}",
            told(torch),
            told(torch.map(|torch| torch / elbow))
        );
    }
}
