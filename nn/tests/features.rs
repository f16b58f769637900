//! Linearised features against closed forms, dual numbers and the equations they belong to.

use nalgebra::DMatrix;
use nn::architecture::Architecture;
use nn::data::{Data, Function};
use nn::features::{Decomposed, Features, FeaturesError, Group, Linearisation, MOST_INPUTS, RunFeatures, Spectrum};
use nn::frame::Frame;
use nn::initial::initial_network;
use nn::model::{Model, blocks};
use nn::network::Network;
use nn::ridge::RidgeProblem;
use nn::settings::{Paradigm, Precision, Settings};
use nn::study::Study;
use nn::table::Request;
use tensor::{Dual, Scalar};

fn inputs(count: usize) -> Vec<f64> {
    Data::generate(Function::Piecewise, count, 0.1, 1).x
}

fn features(network: &Network, x: &[f64]) -> Features {
    Linearisation::new(network.units().len()).features(network, x)
}

/// The largest modulus of the entries.
fn size(matrix: &DMatrix<f64>) -> f64 {
    matrix.iter().fold(0.0, |largest, entry| largest.max(entry.abs()))
}

#[test]
fn closed_forms() {
    // Widths that fill a register and that do not; numbers of inputs that fill the last eight and that do not.
    for (width, count) in [(1, 1), (3, 8), (8, 9), (10, 200), (41, 23), (300, 5)] {
        let network = initial_network(width, 3, Precision::F64);
        let x = inputs(count);
        let features = features(&network, &x);
        assert_eq!(features.matrix.shape(), (count, 3 * width + 1));
        for (i, unit) in network.units().enumerate() {
            for (j, &x) in x.iter().enumerate() {
                let on = if unit.w1 * x + unit.b1 > 0.0 { 1.0 } else { 0.0 };
                assert_eq!(features.of(Group::W1, i)[j], unit.w2 * x * on);
                assert_eq!(features.of(Group::B1, i)[j], unit.w2 * on);
                assert_eq!(features.of(Group::W2, i)[j], (unit.w1 * x + unit.b1).max(0.0));
            }
        }
        assert!(features.of(Group::B2, 0).iter().all(|&feature| feature == 1.0));
    }
}

#[test]
fn dual_numbers() {
    let network = initial_network(13, 5, Precision::F64);
    let x = inputs(50);
    let features = features(&network, &x);
    for parameter in 0..40 {
        let theta: Vec<Dual<f64>> = network
            .parameters()
            .iter()
            .enumerate()
            .map(|(i, &value)| if i == parameter { Dual::variable(value) } else { Dual::constant(value) })
            .collect();
        for (row, &x) in x.iter().enumerate() {
            let mut prediction = theta[39];
            for i in 0..13 {
                prediction += theta[26 + i] * (theta[i] * Dual::constant(x) + theta[13 + i]).relu();
            }
            assert!((features.matrix[(row, parameter)] - prediction.tangent).abs() < 1e-15);
        }
    }
}

#[test]
fn at_an_elbow_a_unit_is_off() {
    let network = Network::bent_line(&[2.0], &[-1.0], &[3.0], 0.5);
    let features = features(&network, &[0.5]);
    assert_eq!(features.matrix.as_slice(), [0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn the_gradient_of_the_loss_is_made_of_them() {
    let network = initial_network(10, 2, Precision::F64);
    let data = Data::generate(Function::Piecewise, 40, 0.1, 1);
    let points: Vec<[f64; 2]> = data.x.iter().zip(&data.y).map(|(&x, &y)| [x, y]).collect();
    let mut model = Model::<f64>::new(network.architecture(), 0, 40);
    model.set_network(0, &network);
    model.set_block(&blocks::<f64>(&points.clone().into(), &model)[0]);
    model.clear_derivatives();
    model.forward_and_accumulate();
    let mut gradient = Vec::new();
    model.update(|_, derivatives| gradient.extend_from_slice(derivatives));
    let features = features(&network, &data.x);
    for (column, gradient) in features.matrix.column_iter().zip(gradient) {
        let errors = points.iter().map(|&[x, y]| network.predict(x) - y);
        let sum: f64 = column.iter().zip(errors).map(|(feature, error)| 2.0 * feature * error).sum();
        assert!((sum - gradient).abs() < 1e-12, "{sum} {gradient}");
    }
}

#[test]
fn the_decomposition_gives_the_matrix_back() {
    // More inputs than parameters, and fewer.
    for (width, count) in [(1, 30), (10, 200), (20, 200), (40, 50), (100, 60), (5, 1)] {
        let features = features(&initial_network(width, 0, Precision::F64), &inputs(count));
        for trained in [Paradigm::All, Paradigm::Output] {
            let parts = features.decompose(trained).expect("finite features");
            let values = &parts.spectrum.values;
            let matrix = features.columns(trained);
            assert_eq!(parts.trained, trained);
            assert_eq!(matrix.ncols(), trained.parameters(&Architecture::bent_line(width)));
            assert_eq!(values.len(), matrix.nrows().min(matrix.ncols()));
            assert!(values.windows(2).all(|pair| pair[0] >= pair[1]) && values.iter().all(|&value| value >= 0.0));
            let back = &parts.left * DMatrix::from_diagonal(&values.clone().into()) * parts.right.transpose();
            assert!(size(&(back - &matrix)) < 1e-13 * values[0], "width {width}, {count} inputs");
            let one = DMatrix::identity(values.len(), values.len());
            assert!(size(&(parts.left.transpose() * &parts.left - &one)) < 1e-13);
            assert!(size(&(parts.right.transpose() * &parts.right - &one)) < 1e-13);
            let alone = features.spectrum(trained).expect("finite features");
            for (a, b) in alone.values.iter().zip(values) {
                assert!((a - b).abs() < 1e-13 * values[0]);
            }
        }
    }
}

#[test]
fn the_largest_entry_of_a_principal_feature_is_positive() {
    for seed in 0..5 {
        let parts = features(&initial_network(12, seed, Precision::F64), &inputs(90)).decompose(Paradigm::All);
        for column in parts.expect("finite features").left.column_iter() {
            let (low, high) = (column.min(), column.max());
            assert!(high >= -low * (1.0 - 1e-6), "{low} {high}");
        }
    }
}

#[test]
fn dead_units_have_features_of_zero() {
    // The second unit is off on [0, 1].
    let network = Network::bent_line(&[1.0, 1.0], &[-0.5, -1.5], &[2.0, 2.0], 0.0);
    let features = features(&network, &inputs(40));
    for group in [Group::W1, Group::B1, Group::W2] {
        assert!(features.of(group, 1).iter().all(|&feature| feature == 0.0));
        assert!(features.of(group, 0).iter().any(|&feature| feature != 0.0));
    }
}

#[test]
fn the_three_features_of_a_unit_depend_on_each_other() {
    for width in [1, 7, 20] {
        let network = initial_network(width, 1, Precision::F64);
        let features = features(&network, &inputs(200));
        for (i, unit) in network.units().enumerate() {
            for j in 0..200 {
                let [w1, b1, w2] = [Group::W1, Group::B1, Group::W2].map(|group| features.of(group, i)[j]);
                assert!((unit.w1 * w1 + unit.b1 * b1 - unit.w2 * w2).abs() < 1e-15);
            }
        }
        let rank = features.decompose(Paradigm::All).expect("finite features").spectrum.rank();
        assert!(rank <= 2 * width + 1, "width {width}: rank {rank}");
    }
    // Elbows far apart, units facing both ways: no other dependence.
    let apart = Network::bent_line(&[1.0, -2.0, 0.5], &[-0.25, 1.0, -0.375], &[1.0, -0.5, 2.0], 0.3);
    assert_eq!(features(&apart, &inputs(200)).spectrum(Paradigm::All).expect("finite features").rank(), 7);
}

/// With Φ = U·diag(σ)·Vᵀ for the features of the output layer, ridge regression is c = V·diag(σ/(σ² + λ))·Uᵀ·y.
#[test]
fn the_output_layer_has_the_singular_values_of_ridge_regression() {
    let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
    for width in [3, 10] {
        let network = initial_network(width, 0, Precision::F64);
        let parts = features(&network, &data.x).decompose(Paradigm::Output).expect("finite features");
        for lambda in [1e-3, 1.0, 30.0] {
            let mut c = vec![0.0; width + 1];
            for (k, value) in parts.spectrum.values.iter().enumerate() {
                let along: f64 = parts.left.column(k).iter().zip(&data.y).map(|(u, y)| u * y).sum();
                for (c, v) in c.iter_mut().zip(parts.right.column(k).iter()) {
                    *c += value / (value * value + lambda) * along * v;
                }
            }
            let solution = RidgeProblem::new(&network, &Frame::of(&data).samples(&data.x, &data.y, 1))
                .solve(lambda)
                .expect("a solution");
            for (c, solved) in c.iter().zip(&solution.parameters()[2 * width..]) {
                assert!((c - solved).abs() < 1e-8 * (1.0 + solved.abs()), "{c} {solved}");
            }
        }
        // The design matrix itself.
        let design = DMatrix::from_fn(200, width + 1, |row, i| {
            if i < width { (network.weights(0)[i] * data.x[row] + network.biases(0)[i]).max(0.0) } else { 1.0 }
        });
        let expected = design.singular_values();
        for (value, expected) in parts.spectrum.values.iter().zip(&expected) {
            assert!((value - expected).abs() < 1e-13 * expected.max(1.0));
        }
    }
}

#[test]
fn pieces_are_the_features_between_the_inputs() {
    let network = initial_network(9, 4, Precision::F64);
    let mut linearisation = Linearisation::new(9);
    let pieces = linearisation.pieces(&network, [0.0, 1.0]);
    assert_eq!(pieces.ends.len(), 10);
    assert_eq!((pieces.ends[0][0], pieces.ends[9][1]), (0.0, 1.0));
    let x: Vec<f64> = (1..200).map(|i| f64::from(i) / 200.0).collect();
    let features = linearisation.features(&network, &x);
    for parameter in 0..28 {
        let parts = pieces.feature(parameter);
        for (row, &x) in x.iter().enumerate() {
            let part = parts.iter().find(|part| part[0][0] <= x && x <= part[part.len() - 1][0]).expect("a part");
            let after = part.iter().position(|vertex| vertex[0] >= x).expect("a vertex").max(1);
            let ([a, from], [b, to]) = (part[after - 1], part[after]);
            let value = from + (to - from) * (x - a) / (b - a);
            assert!((value - features.matrix[(row, parameter)]).abs() < 1e-12, "parameter {parameter} at {x}");
        }
    }
    // A unit's features of W1 and b1 jump at its elbow by w2·e and w2, and that of W2 only bends there.
    for (i, unit) in network.units().enumerate() {
        let elbow = unit.elbow().expect("an elbow");
        for (parameter, jump) in [(i, unit.w2 * elbow), (9 + i, unit.w2)] {
            let parts = pieces.feature(parameter);
            assert_eq!(parts.len(), 2);
            let (before, after) = (parts[0][parts[0].len() - 1], parts[1][0]);
            assert_eq!((before[0], after[0]), (elbow, elbow));
            assert!(((after[1] - before[1]).abs() - jump.abs()).abs() < 1e-13);
        }
        let [part] = &pieces.feature(18 + i)[..] else { panic!("Φ does not jump") };
        assert_eq!((part.len(), part[1][0]), (3, elbow));
    }
    assert_eq!(pieces.feature(27), [[[0.0, 1.0], [1.0, 1.0]]]);
}

#[test]
fn a_principal_feature_is_a_combination_of_features() {
    let network = initial_network(6, 0, Precision::F64);
    let x = inputs(70);
    let mut linearisation = Linearisation::new(6);
    let features = linearisation.features(&network, &x);
    let pieces = linearisation.pieces(&network, [0.0, 1.0]);
    for trained in [Paradigm::All, Paradigm::Output] {
        let parts = features.decompose(trained).expect("finite features");
        for k in 0..3 {
            let combination = parts.combination(k).expect("not of singular value 0");
            let back = &features.matrix * DMatrix::from_column_slice(19, 1, &combination);
            for (a, b) in back.iter().zip(parts.left.column(k).iter()) {
                assert!((a - b).abs() < 1e-12);
            }
            let drawn = pieces.combination(&combination);
            // What only the output layer does has no jump.
            assert!(trained == Paradigm::All || drawn.len() == 1);
        }
        assert_eq!(parts.combination(parts.spectrum.rank()), None);
    }
}

#[test]
fn ranks_and_shares() {
    let spectrum = |values: &[f64]| Spectrum { values: values.to_vec(), rows: 4, columns: 4 };
    let even = spectrum(&[3.0, 3.0, 3.0, 3.0]);
    assert!((even.effective_rank() - 4.0).abs() < 1e-12 && (even.share(1) - 0.25).abs() < 1e-15);
    let one = spectrum(&[2.0, 0.0, 0.0, 0.0]);
    assert_eq!((one.rank(), one.effective_rank(), one.share(1)), (1, 1.0, 1.0));
    let none = spectrum(&[0.0; 4]);
    assert_eq!((none.rank(), none.effective_rank(), none.share(2)), (0, 0.0, 1.0));
    let tiny = spectrum(&[1.0, 0.5, 1e-16, 0.0]);
    assert_eq!((tiny.rank(), tiny.share(9)), (2, 1.0));
}

#[test]
fn what_cannot_be_taken_apart() {
    let network = initial_network(2, 0, Precision::F64);
    assert_eq!(features(&network, &[]).decompose(Paradigm::All), Err(FeaturesError::NoInputs));
    let wild = Network::bent_line(&[1e200], &[0.0], &[1e300], 0.0);
    assert_eq!(features(&wild, &[1e300, 0.5]).spectrum(Paradigm::All), Err(FeaturesError::NotFinite));
    // Large, but finite.
    let parts = features(&Network::bent_line(&[1e200], &[0.0], &[1e300], 0.0), &[0.5, 0.75]).decompose(Paradigm::All);
    assert!(parts.expect("finite features").spectrum.values.iter().all(|value| value.is_finite()));
}

fn study(target: Option<&str>) -> Study {
    let settings = Settings { widths: vec![6], steps: 2000, save_every: 20, ..Settings::default() };
    let data = match target {
        None => Data::from_settings(&settings).expect("built-in data"),
        Some(text) => Data::from_table("points.csv", text.as_bytes(), &Request::default()).expect("a table"),
    };
    Study::run(&settings, data, &|_| {}).expect("threads")
}

#[test]
fn of_a_run() {
    let study = study(None);
    for run in &study.runs {
        let features = RunFeatures::of(&study.data, run).expect("finite features");
        assert_eq!(features.trained == Paradigm::All, run.paradigm == Paradigm::All);
        assert_eq!(features.moments().map(|moment| moment.step), [0, run.end().step]);
        let (first, last) = (&features.path[0], &features.path[features.path.len() - 1]);
        assert_eq!((first.step, last.step), (0, run.end().step));
        assert!(features.path.len() <= 60 && features.path.windows(2).all(|pair| pair[0].step < pair[1].step));
        assert!((first.all.values[0] - features.start.all.spectrum.values[0]).abs() < 1e-12);
        // What the output layer's features are depends on the hidden layer alone.
        let stays = features.start.output.spectrum == features.end.output.spectrum;
        assert_eq!(stays, run.paradigm != Paradigm::All);
        let told = std::sync::Mutex::new(Vec::new());
        let tell = |done: Decomposed| told.lock().expect("a lock").push(done);
        let again = RunFeatures::telling(&study.data, run, &tell).expect("finite features");
        let sorted = |mut all: Vec<Decomposed>| {
            all.sort_by_key(|of| (of.vectors, of.columns));
            all
        };
        let announced = RunFeatures::decompositions(study.data.x.len(), run.width, run.states.len()).collect();
        assert_eq!(sorted(told.into_inner().expect("a lock")), sorted(announced));
        assert_eq!((again.path, again.end.all), (features.path, features.end.all));
    }
}

/// Networks are linearised in the units they are trained in, so changing the units of the data changes little.
#[test]
fn units_of_the_data_do_not_matter() {
    let table = |scale: f64, offset: f64| {
        let rows = (0..60).map(|i| {
            let u = f64::from(i) / 59.0;
            format!("{},{}", offset + scale * u, 1000.0 + scale * (7.0 * u).sin())
        });
        format!("x,y\n{}\n", rows.collect::<Vec<String>>().join("\n"))
    };
    let [plain, scaled] = [table(1.0, 0.0), table(64.0, 1950.0)].map(|text| study(Some(&text)));
    for (a, b) in plain.runs.iter().zip(&scaled.runs) {
        let a = RunFeatures::of(&plain.data, a).expect("finite features");
        let b = RunFeatures::of(&scaled.data, b).expect("finite features");
        assert_eq!((b.start.pieces.ends[0][0], b.x[0]), (1950.0, 1950.0));
        for (a, b) in a.start.all.spectrum.values.iter().zip(&b.start.all.spectrum.values) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }
}

#[test]
fn many_inputs_are_thinned() {
    let settings = Settings {
        widths: vec![2],
        paradigms: vec![Paradigm::Output],
        steps: 1,
        samples: 3 * MOST_INPUTS,
        ..Settings::default()
    };
    let data = Data::from_settings(&settings).expect("built-in data");
    let study = Study::run(&settings, data, &|_| {}).expect("threads");
    let features = RunFeatures::of(&study.data, &study.runs[0]).expect("finite features");
    assert_eq!(features.x.len(), MOST_INPUTS);
    assert_eq!(features.x[0], study.data.x[0]);
    assert_eq!(features.x[MOST_INPUTS - 1], study.data.x[3 * MOST_INPUTS - 1]);
}
