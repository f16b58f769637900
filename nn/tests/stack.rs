//! The largest network trains on a thread with a stack of 1 MiB, in an unoptimised build too
//! (`cargo test --profile unoptimised -p nn --test stack`).

use nn::data::{Data, Function};
use nn::initial::initial_network;
use nn::optimizer::Rule;
use nn::settings::Precision;
use nn::trainer::{Points, Trainer};
use tensor::random::Streams;
use tensor::{Element, Scalar, f32x16};

fn train<T: Scalar>(width: usize) {
    let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
    let points: Vec<[T::Element; 2]> = data.x.iter().zip(&data.y).map(|(&x, &y)| [x, y].map(T::Element::of)).collect();
    let start = vec![initial_network(width, 0, Precision::F32); T::LANES];
    let mut trainer = Trainer::<T>::new(&start, 0, Rule::ADAM, 1e-3, points.clone(), 40);
    let mut streams = Streams::new(0, 0);
    let mut measure = Points::new(points, start[0].architecture(), false);
    let before = trainer.errors(&mut measure)[0].loss;
    for _ in 0..20 {
        trainer.step(|_, indices| streams.indices(200, indices));
    }
    assert!(trainer.errors(&mut measure)[0].loss < before);
}

#[test]
fn training_needs_less_than_a_mebibyte_of_stack() {
    let small = std::thread::Builder::new().stack_size(1 << 20);
    let trained =
        small.spawn(|| [10, 1024].map(|width| (train::<f32>(width), train::<f64>(width), train::<f32x16>(width))));
    trained.expect("a thread").join().expect("training");
}
