//! What holds for every training run: the same bits for padded and exact widths and for any number of threads, and
//! the gradients of a step those of the loss it names.

use nn::data::{Data, Function};
use nn::initial::initial_network;
use nn::model::{Model, blocks};
use nn::network::Network;
use nn::optimizer::Rule;
use nn::ridge::lambdas;
use nn::settings::{Optimizer, Paradigm, Precision, Settings};
use nn::study::{Advance, Outcome, Study, jobs};
use nn::table::Request;
use nn::trainer::{Points, Trainer};
use tensor::random::Streams;
use tensor::{Element, Scalar, f32x16};

/// The notebook's 200 points.
fn points<T: Scalar>() -> Vec<[T::Element; 2]> {
    let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
    data.x.iter().zip(&data.y).map(|(&x, &y)| [x, y].map(T::Element::of)).collect()
}

/// Trains for `steps` steps and gives the final network, the last minibatch loss and the error on all points.
fn train<T: Scalar>(
    network: &Network,
    paradigm: Paradigm,
    rule: Rule,
    batch: usize,
    steps: usize,
) -> (Network, f64, f64) {
    let (start, frozen) = (std::slice::from_ref(network), paradigm.frozen(network.architecture()));
    let mut trainer = Trainer::<T>::new(start, frozen, rule, 0.02, points::<T>(), batch);
    let mut streams = Streams::new(7, 0);
    let mut loss = f64::NAN;
    for _ in 0..steps {
        loss = trainer.step(|_, indices| streams.indices(200, indices)).lane(0).to_f64();
    }
    let mse = trainer.errors(&mut Points::new(points::<T>(), network.architecture(), false))[0].loss;
    (trainer.network(0), loss, mse)
}

/// Breaks if minibatches that are drawn for several steps at once are others than those drawn one by one, or lie in each
/// other's place.
#[test]
fn steps_on_end_are_single_steps() {
    fn equal<T: Scalar>(largest: usize, batch: usize) {
        let start = vec![initial_network(5, 3, Precision::F32); T::LANES];
        let trainer = || {
            let mut trainer = Trainer::<T>::new(&start, 0, Rule::Sgd, 0.02, points::<T>(), largest);
            trainer.set_batch(batch);
            let streams: Vec<_> = (0..T::LANES).map(|lane| Streams::new(7, lane as u64)).collect();
            (trainer, streams)
        };
        let (mut one_by_one, mut streams) = trainer();
        let losses: Vec<T> =
            (0..75).map(|_| one_by_one.step(|lane, indices| streams[lane].indices(200, indices))).collect();
        let (mut on_end, mut streams) = trainer();
        let mut given = Vec::new();
        for count in [1, 0, 70, 4] {
            on_end.steps(
                count,
                |lane, indices| streams[lane].indices(200, indices),
                |step, loss| {
                    given.push((step, loss));
                    true
                },
            );
        }
        let numbers = [1].into_iter().chain(1..=70).chain(1..=4);
        assert!(given == numbers.zip(losses).collect::<Vec<_>>(), "{batch} of {largest} samples");
        for lane in 0..T::LANES {
            assert_eq!(on_end.network(lane), one_by_one.network(lane), "{batch} of {largest} samples, lane {lane}");
        }
    }
    // Whole and broken eights, one block and several, more than are drawn ahead, several shards, and smaller than at first.
    for (largest, batch) in [(40, 40), (40, 17), (3, 3), (100, 90), (100, 30), (2000, 2000), (3000, 2900)] {
        equal::<f32>(largest, batch);
        equal::<f64>(largest, batch);
        equal::<f32x16>(largest, batch);
    }
}

/// Breaks if a trainer goes on when it was told to stop.
#[test]
fn steps_end_when_they_are_told_to() {
    let start = initial_network(5, 3, Precision::F32);
    let mut trainer = Trainer::<f32>::new(&[start], 0, Rule::Sgd, 0.02, points::<f32>(), 40);
    let mut streams = Streams::new(7, 0);
    let mut last = 0;
    trainer.steps(
        100,
        |_, indices| streams.indices(200, indices),
        |step, _| {
            last = step;
            step < 3
        },
    );
    let start = initial_network(5, 3, Precision::F32);
    assert_eq!((last, trainer.network(0)), (3, train::<f32>(&start, Paradigm::All, Rule::Sgd, 40, 3).0));
}

/// `network` with units that do nothing added at the end.
fn padded(network: &Network, width: usize) -> Network {
    let pad = |row: &[f64]| {
        let mut row = row.to_vec();
        row.resize(width, 0.0);
        row
    };
    Network::bent_line(
        &pad(network.weights(0)),
        &pad(network.biases(0)),
        &pad(network.weights(1)),
        network.biases(1)[0],
    )
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn padded_equals_exact<T: Scalar>() {
    for (width, wider) in [(1, 2), (5, 7), (10, 11), (20, 33), (64, 100)] {
        for paradigm in [Paradigm::Output, Paradigm::All] {
            for rule in [Rule::Sgd, Rule::Momentum { momentum: 0.9 }, Rule::ADAM] {
                let start = initial_network(width, 3, Precision::F32);
                let (exact, loss, mse) = train::<T>(&start, paradigm, rule, 40, 300);
                let (wide, wide_loss, wide_mse) = train::<T>(&padded(&start, wider), paradigm, rule, 40, 300);
                assert_ne!(exact, start);
                assert_eq!(bits(wide.parameters()), bits(padded(&exact, wider).parameters()), "{width} {rule:?}");
                assert_eq!(bits(&[loss, mse]), bits(&[wide_loss, wide_mse]));
            }
        }
    }
}

#[test]
fn a_padded_network_has_the_bits_of_an_exact_one_in_single_precision() {
    padded_equals_exact::<f32>();
}

#[test]
fn a_padded_network_has_the_bits_of_an_exact_one_in_double_precision() {
    padded_equals_exact::<f64>();
}

#[test]
fn a_width_has_the_bits_of_every_larger_one_with_idle_units() {
    // The idle units fill up a register, or more of them.
    let start = initial_network(33, 0, Precision::F32);
    let (exact, ..) = train::<f32>(&start, Paradigm::All, Rule::Sgd, 40, 200);
    for wider in [40, 41, 48, 64, 1000, 1024] {
        let (wide, ..) = train::<f32>(&padded(&start, wider), Paradigm::All, Rule::Sgd, 40, 200);
        assert_eq!(bits(wide.parameters()), bits(padded(&exact, wider).parameters()), "{wider}");
    }
}

/// The derivatives of the mean squared error on some points, by a network in plain loops.
fn gradient_by_hand(network: &Network, points: &[[f64; 2]]) -> Vec<f64> {
    let width = network.units().len();
    let mut gradient = vec![0.0; 3 * width + 1];
    for &[x, y] in points {
        let d = 2.0 * (network.predict(x) - y) / points.len() as f64;
        for (i, unit) in network.units().enumerate() {
            let h = unit.w1 * x + unit.b1;
            if h > 0.0 {
                gradient[i] += d * unit.w2 * x;
                gradient[width + i] += d * unit.w2;
                gradient[2 * width + i] += d * h;
            }
        }
        gradient[3 * width] += d;
    }
    gradient
}

#[test]
fn a_step_goes_down_the_gradient_of_its_minibatch_for_minibatches_of_any_size() {
    let all = points::<f64>();
    for batch in [1, 2, 8, 9, 24, 25, 40, 200, 1000, 4000] {
        for (frozen, first) in [(0, 0), (1, 20)] {
            let start = initial_network(10, 1, Precision::F64);
            let mut trainer =
                Trainer::<f64>::new(std::slice::from_ref(&start), frozen, Rule::Sgd, 0.1, all.clone(), batch);
            let mut drawn = Vec::new();
            let loss = trainer.step(|_, indices| {
                Streams::new(1, batch as u64).indices(200, indices);
                drawn = indices.iter().map(|&i| all[i as usize]).collect();
            });
            assert_eq!(drawn.len(), batch);
            let (x, y): (Vec<f64>, Vec<f64>) = drawn.iter().map(|&[x, y]| (x, y)).unzip();
            assert!((loss - start.mse(&x, &y)).abs() < 1e-12, "batch {batch}");
            let gradient = gradient_by_hand(&start, &drawn);
            let moved = trainer.network(0);
            for (i, slope) in gradient.into_iter().enumerate() {
                let expected = start.parameters()[i] - if i >= first { 0.1 * slope } else { 0.0 };
                assert!((moved.parameters()[i] - expected).abs() < 1e-12, "batch {batch}, parameter {i}");
            }
        }
    }
}

#[test]
fn blocks_cover_the_points_once() {
    let points: Vec<[f64; 2]> = (0..50).map(|i| [f64::from(i) / 50.0, 1.0]).collect();
    let network = Network::bent_line(&[0.0; 3], &[0.0; 3], &[0.0; 3], 0.0);
    let mut model = Model::<f64>::new(network.architecture(), 0, points.len());
    model.set_network(0, &network);
    let mut sum = 0.0;
    for block in &blocks::<f64>(&points.clone().into(), &model) {
        model.set_block(block);
        sum += model.forward();
    }
    assert_eq!(sum, 50.0);
}

/// A study small enough for a test, with every paradigm.
fn small() -> Settings {
    Settings { widths: vec![5, 10], steps: 300, save_every: 100, seeds: 2, ..Settings::default() }
}

fn run(settings: &Settings) -> Study {
    let data = Data::from_settings(settings).expect("data");
    Study::run(settings, data, &|_| ()).expect("a study")
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    // Minibatches of 10000 are cut into shards that threads share; minibatches of 40 are not.
    for (batch, steps) in [(40, 300), (10_000, 12)] {
        for precision in [Precision::F32, Precision::F64] {
            let with = |threads| run(&Settings { threads, batch, steps, precision, ..small() });
            let one = with(1);
            for threads in [2, 5] {
                let many = with(threads);
                for (a, b) in one.runs.iter().zip(&many.runs) {
                    assert_eq!((a.index, a.hash()), (b.index, b.hash()), "{threads} threads, batch {batch}");
                    assert_eq!(a.states, b.states);
                }
            }
        }
    }
}

#[test]
fn a_run_has_the_same_bits_in_a_lane_among_others_and_alone() {
    // 19 seeds: 16 lanes and 3 alone in single precision; 8, 8 and 3 alone in double.
    for precision in [Precision::F32, Precision::F64] {
        for optimizer in [Optimizer::Sgd, Optimizer::Adam] {
            let settings = Settings { widths: vec![10, 20], precision, optimizer, ..small() };
            let together = run(&Settings { seeds: 19, ..settings.clone() });
            for seed in [0, 7, 15, 18] {
                let alone = run(&Settings { seed, seeds: 1, ..settings.clone() });
                for (a, b) in together.runs.iter().filter(|run| run.seed == seed).zip(&alone.runs) {
                    assert_eq!((a.width, a.paradigm, &a.states), (b.width, b.paradigm, &b.states));
                }
            }
        }
    }
}

#[test]
fn a_lane_that_diverges_leaves_the_others_alone() {
    // Errors grow by a fifth each step; at step 238 those of some networks have overflowed and those of others not.
    let settings = Settings { widths: vec![5], lr_all: 1.1, steps: 238, seeds: 16, ..small() };
    let settings = Settings { paradigms: vec![Paradigm::All], ..settings };
    let together = run(&settings);
    let diverged = together.runs.iter().filter(|run| run.divergence().is_some()).count();
    assert!(0 < diverged && diverged < 16, "{diverged} of 16");
    for (a, seed) in together.runs.iter().zip(0..) {
        let alone = run(&Settings { seed, seeds: 1, ..settings.clone() });
        assert_eq!((a.outcome, &a.states), (alone.runs[0].outcome, &alone.runs[0].states));
    }
}

#[test]
fn a_study_records_what_its_settings_ask_for() {
    let settings = Settings { steps: 250, ..small() };
    let study = run(&settings);
    assert_eq!(study.runs.len(), 2 * 2 * 3);
    for (i, run) in study.runs.iter().enumerate() {
        assert_eq!(run.index, i);
        assert_eq!(run.outcome, Outcome::Finished);
        let steps: Vec<u64> = run.states.iter().map(|state| state.step).collect();
        match run.paradigm {
            Paradigm::Ridge => assert_eq!(steps, [0, 1]),
            _ => assert_eq!(steps, [0, 1, 2, 3, 5, 7, 10, 20, 30, 50, 70, 100, 200, 250]),
        }
        for state in &run.states {
            // The errors are those of the saved state on all points: not of a minibatch, not of the state before.
            let train = state.network.mse(&study.data.x, &study.data.y);
            let test = state.network.mse(&study.data.x_test, &study.data.y_test);
            assert!((state.train.loss - train).abs() < 1e-5 * train.max(0.1));
            assert!((state.test.loss - test).abs() < 1e-5 * test.max(0.1));
            assert_eq!(state.minibatch_loss.is_some(), state.step > 0 && run.paradigm != Paradigm::Ridge);
        }
    }
}

#[test]
fn runs_of_a_seed_and_width_start_from_the_same_network() {
    let study = run(&small());
    for run in &study.runs {
        let other = study.runs.iter().find(|r| (r.seed, r.width) == (run.seed, run.width)).expect("itself");
        assert_eq!(run.start().network, other.start().network);
        let elbows: Vec<f64> = run.start().network.units().filter_map(nn::geometry::Unit::elbow).collect();
        assert_eq!(elbows.len(), run.width);
        assert!(elbows.iter().all(|e| (0.0..=1.0).contains(e)));
    }
    assert_ne!(study.runs[0].start().network, study.runs[6].start().network);
}

#[test]
fn training_the_output_layer_alone_moves_no_elbow() {
    let study = run(&small());
    for run in study.runs.iter().filter(|run| run.paradigm != Paradigm::All) {
        let (start, end) = (&run.start().network, &run.end().network);
        assert_eq!((start.weights(0), start.biases(0)), (end.weights(0), end.biases(0)));
        assert_ne!(start.weights(1), end.weights(1));
    }
}

#[test]
fn a_rate_that_is_too_large_ends_the_run_where_it_diverges_and_no_other() {
    let settings = Settings { lr_output: 50.0, ..small() };
    let study = run(&settings);
    for run in &study.runs {
        let Some(divergence) = run.divergence() else {
            assert_ne!(run.paradigm, Paradigm::Output);
            continue;
        };
        assert_eq!((run.paradigm, divergence.rate), (Paradigm::Output, 50.0));
        assert!(run.states.iter().all(|state| state.step < divergence.step && state.network.is_finite()));
        let bound = divergence.bound.expect("a bound");
        assert!(bound > 0.1 && bound < 50.0, "{bound}");
    }
    assert_eq!(study.runs.iter().filter(|run| run.divergence().is_some()).count(), 4);
}

#[test]
fn optimizers_differ_but_start_alike() {
    let ends: Vec<u64> = [Optimizer::Sgd, Optimizer::Momentum, Optimizer::Adam]
        .map(|optimizer| run(&Settings { optimizer, ..small() }).runs[1].hash())
        .to_vec();
    assert!(ends[0] != ends[1] && ends[1] != ends[2] && ends[0] != ends[2]);
}

#[test]
fn progress_tells_of_every_step_and_saved_state_once() {
    let settings = Settings { batch: 3000, widths: vec![1024, 3], steps: 90, save_every: 50, seeds: 9, ..small() };
    // At these rates no network diverges, which would end its job before the last step.
    let settings = Settings { paradigms: Paradigm::ALL.to_vec(), lr_output: 1e-4, lr_all: 1e-4, ..settings };
    let told = std::sync::Mutex::new(Vec::new());
    let data = Data::from_settings(&settings).expect("data");
    Study::run(&settings, data.clone(), &|advance| told.lock().expect("a lock").push(advance)).expect("a study");
    let told = told.into_inner().expect("a lock");
    for (number, job) in jobs(&settings, &settings.architectures(&data).unwrap()).iter().enumerate() {
        let of_job: Vec<&Advance> = told.iter().filter(|advance| advance.job == number).collect();
        let steps: u64 = of_job.iter().map(|advance| advance.steps).sum();
        let states: u64 = of_job.iter().map(|advance| advance.states).sum();
        // Ridge regression has its equations once, and solves them for its own λ and for those of the path.
        let solutions = lambdas().count() as u64 + 1;
        let wanted = if job.paradigm == Paradigm::Ridge { (solutions, 1) } else { (90, settings.saved_states()) };
        assert_eq!((steps, states), wanted, "{job:?}");
        let ended: Vec<bool> = of_job.iter().map(|advance| advance.ended).collect();
        assert_eq!(ended.iter().rposition(|ended| !ended), Some(ended.len() - 2), "{job:?} ends last, and once");
        // The wide networks are told of often, though they are not saved often.
        assert!(job.architecture.hidden_units() < 1024 || of_job.len() > 8, "{job:?}");
    }
}

fn of_text(text: &str) -> Data {
    Data::from_table("d.csv", text.as_bytes(), &Request::default()).expect("a table")
}

/// Numbers too large for the square of an error, in single or in double precision, and inputs so close that their scale is
/// not a number of full precision.
#[test]
fn a_start_that_is_not_finite_is_a_result() {
    let table = |row: &dyn Fn(i32) -> [f64; 2]| {
        let rows = (0..20).map(row).map(|[x, y]| format!("{x:e},{y:e}\n"));
        of_text(&format!("x,y\n{}", rows.collect::<String>()))
    };
    let noisy = |noise: f64| Data::generate(Function::Sine, 30, noise, 1);
    let cases = [
        (noisy(1e19), Precision::F32, &[Paradigm::Output, Paradigm::All][..]),
        (noisy(1e19), Precision::F64, &[]),
        (noisy(1e160), Precision::F64, Paradigm::ALL),
        (noisy(1e308), Precision::F32, Paradigm::ALL),
        (table(&|i| [f64::from(i) * 5e-324, f64::from(i)]), Precision::F32, Paradigm::ALL),
        (table(&|i| [f64::from(i) * 1e-312, f64::from(i) * 1e-312]), Precision::F64, Paradigm::ALL),
        // One is held out, and far from those that are learned from.
        (
            table(&|i| [f64::from(i), if i == 2 { 1e17 } else { f64::from(i) * 1e-31 }]),
            Precision::F32,
            &Paradigm::ALL[..2],
        ),
    ];
    for (data, precision, unstarted) in cases {
        for seeds in [1, 20] {
            let settings = Settings { precision, seeds, widths: vec![3], steps: 20, ..Settings::default() };
            let study = Study::run(&settings, data.clone(), &|_| ()).expect("a study");
            assert_eq!(study.unstarted.len(), unstarted.len() * seeds, "{precision} {}", data.name);
            for run in &study.unstarted {
                assert!(unstarted.contains(&run.paradigm) && run.states.is_empty());
                assert_eq!((run.divergence().map(|divergence| divergence.step), run.steps()), (Some(0), 0));
            }
            assert!(study.runs.iter().all(|run| !run.states.is_empty()));
            assert!(study.runs.iter().flat_map(|run| &run.states).all(nn::study::State::is_finite));
            let indices: Vec<usize> = study.all_runs().iter().map(|run| run.index).collect();
            assert_eq!(indices, (0..3 * seeds).collect::<Vec<_>>());
            let words = study.unstarted_words().unwrap_or_default();
            assert_eq!(words.contains("diverged at step 0"), !unstarted.is_empty(), "{words}");
        }
    }
}

#[test]
fn the_rounding_of_a_constant_is_not_a_scale() {
    for constants in [[0.1_f64, 0.1], [0.3, 0.1 + 0.2], [-1e17, -1e17], [0.0, 0.0]] {
        let rows: String = (0..40).map(|i| format!("{i},{:?}\n", constants[i % 2])).collect();
        let data = of_text(&format!("x,y\n{rows}"));
        let deviations = nn::frame::Frame::of(&data).samples(&data.x, &data.y, 1);
        assert!(
            deviations.iter().all(|(_, v)| v[0].abs() <= 1e-15 * constants[0].abs()),
            "{constants:?}: {deviations:?}"
        );
    }
}
