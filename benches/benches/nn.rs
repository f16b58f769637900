//! Training: single steps, errors, the whole default study on one thread, and what a watch for events costs. Geometry:
//! polygons of the plane.
//! `cargo bench -p benches --bench nn`

use benches::{points, train, trainer};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use nalgebra::SMatrix;
use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::data::Data;
use nn::events::{RESOLUTION, Watch, advance};
use nn::geometry::Plane;
use nn::initial::{Initial, initial_network};
use nn::network::Network;
use nn::optimizer::Rule;
use nn::settings::Paradigm;
use nn::settings::{Precision, Settings};
use nn::study::Study;
use nn::trainer::Points;
use nn::training::Training;
use std::hint::black_box;
use std::time::Instant;
use tensor::random::Streams;
use tensor::{Scalar, f32x16};

/// One SGD step of the notebook: 40 of 200 samples, drawn anew.
fn steps(criterion: &mut Criterion) {
    fn step<T: Scalar>(criterion: &mut Criterion, kind: &str) {
        let mut group = criterion.benchmark_group(format!("step, {kind}"));
        for trained in [Paradigm::Output, Paradigm::All] {
            for width in [10, 20, 40, 100, 1000] {
                let mut trainer = trainer::<T>(width, trained, Rule::Sgd);
                let mut streams = Streams::new(0, 0);
                group.bench_function(BenchmarkId::new(format!("{trained:?}"), width), |bencher| {
                    bencher.iter_custom(|steps| {
                        let start = Instant::now();
                        train(&mut trainer, &mut streams, steps);
                        start.elapsed()
                    });
                });
            }
        }
        group.finish();
    }
    step::<f32>(criterion, "f32");
    step::<f64>(criterion, "f64");
    step::<f32x16>(criterion, "16 networks of f32");
}

/// Mean squared errors on as many points as the notebook trains and tests on.
fn errors(criterion: &mut Criterion) {
    fn errors<T: Scalar>(criterion: &mut Criterion, kind: &str) {
        let mut group = criterion.benchmark_group(format!("errors on 1200 points, {kind}"));
        for width in [10, 20, 40, 100, 1000] {
            let trainer = trainer::<T>(width, Paradigm::All, Rule::Sgd);
            let mut points = Points::<T>::new(points(1200), &Architecture::bent_line(width), false);
            group.bench_function(BenchmarkId::from_parameter(width), |bencher| {
                bencher.iter(|| trainer.errors(&mut points));
            });
        }
        group.finish();
    }
    errors::<f32>(criterion, "f32");
    errors::<f64>(criterion, "f64");
    errors::<f32x16>(criterion, "16 networks of f32");
}

/// The step of all layers, with 20 hidden units, written with nalgebra's matrices and products.
fn nalgebra_step(criterion: &mut Criterion) {
    const W: usize = 20;
    let start = initial_network(W, 0, Precision::F32);
    let row = |values: &[f64]| SMatrix::<f32, W, 1>::from_iterator(values.iter().map(|&v| v as f32));
    let (mut w1, mut b1) = (row(start.weights(0)), row(start.biases(0)));
    let (mut w2, mut b2) = (row(start.weights(1)).transpose(), start.biases(1)[0] as f32);
    let (points, mut streams, mut indices) = (points::<f32>(200), Streams::new(0, 0), [0; 40]);
    criterion.bench_function("step of nalgebra's products, 20 units, f32", |bencher| {
        bencher.iter(|| {
            streams.indices(200, &mut indices);
            let x = SMatrix::<f32, 1, 40>::from_fn(|_, j| points[indices[j] as usize][0]);
            let y = SMatrix::<f32, 1, 40>::from_fn(|_, j| points[indices[j] as usize][1]);
            let mut hidden = w1 * x;
            for mut column in hidden.column_iter_mut() {
                column += b1;
            }
            let active = hidden.map(|h| if h > 0.0 { 1.0 } else { 0.0 });
            let output = hidden.component_mul(&active);
            let d = ((w2 * output).add_scalar(b2) - y) * (2.0 / 40.0);
            let back = (w2.transpose() * d).component_mul(&active);
            w2 -= 0.02 * (d * output.transpose());
            b2 -= 0.02 * d.sum();
            w1 -= 0.02 * (back * x.transpose());
            b1 -= 0.02 * back.column_sum();
            black_box(b2)
        });
    });
}

fn studies(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("study");
    group.sample_size(10);
    for precision in [Precision::F32, Precision::F64] {
        let settings = Settings { threads: 1, precision, ..Settings::default() };
        let data = Data::from_settings(&settings).expect("built-in data");
        group.bench_function(format!("the notebook's, {precision}, one thread"), |bencher| {
            bencher.iter(|| Study::run(&settings, data.clone(), &|_| ()).expect("one thread"));
        });
    }
    group.finish();
}

/// The polygons of untrained networks of two inputs over a square, as many as trained ones of that size have, and the
/// linear function on each.
fn polygons(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("polygons and their gradients");
    for (widths, half) in [(&[16, 16][..], 2.0), (&[32, 32], 2.0), (&[64, 64], 2.0), (&[16; 4], 2.0), (&[64], 2.0)] {
        let network = plane_network(widths);
        let domain = [[-half, half]; 2];
        let polygons = Plane::new(&network, domain).expect("polygons").len();
        group.throughput(Throughput::Elements(polygons as u64));
        group.bench_function(BenchmarkId::new(network.architecture().to_string(), polygons), |bencher| {
            bencher.iter(|| Plane::new(&network, domain).expect("polygons").outputs(0).len());
        });
    }
    group.finish();
}

/// ReLU layers of these widths on two inputs, with PyTorch's initial parameters.
fn plane_network(widths: &[usize]) -> Network {
    let hidden = widths.iter().map(|&units| Layer { units, activation: Activation::Relu });
    let output = Layer { units: 1, activation: Activation::Identity };
    let architecture = Architecture::new(2, hidden.chain([output]).collect(), Loss::SquaredError).expect("in limits");
    Initial::PyTorch.network(&architecture, 1).expect("any number of inputs")
}

/// The first 20 000 steps of the notebook's networks, of which most happens in the first ones, alone and with a watch for
/// events.
fn watched(criterion: &mut Criterion) {
    fn watched<T: Scalar>(criterion: &mut Criterion, kind: &str) {
        let settings = Settings::default();
        let data = Data::from_settings(&settings).expect("built-in data");
        let seeds: Vec<u64> = (0..T::LANES as u64).collect();
        let mut group = criterion.benchmark_group(format!("20 000 steps, {kind}"));
        group.sample_size(20);
        for width in [10, 20, 40] {
            let starts: Vec<Network> = seeds.iter().map(|&s| initial_network(width, s, settings.precision)).collect();
            let training = Training::<T>::new(&settings, &data, Paradigm::All, &starts, &seeds);
            group.bench_function(BenchmarkId::new("alone", width), |bencher| {
                bencher.iter_with_setup(|| training.clone(), |mut training| training.advance(20_000));
            });
            let watches = vec![Watch::new(&data, starts[0].architecture(), RESOLUTION); seeds.len()];
            group.bench_function(BenchmarkId::new(format!("watched every {RESOLUTION}"), width), |bencher| {
                bencher.iter_with_setup(
                    || (training.clone(), watches.clone()),
                    |(mut training, mut watches)| advance(&mut training, 20_000, &mut watches),
                );
            });
        }
        group.finish();
    }
    watched::<f32>(criterion, "f32");
    watched::<f32x16>(criterion, "16 networks of f32");
}

criterion_group!(benches, steps, errors, nalgebra_step, studies, polygons, watched);
criterion_main!(benches);
