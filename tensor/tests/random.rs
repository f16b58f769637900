//! NumPy's stream against numbers that NumPy printed; the fast generator against what it promises.

use proptest::prelude::*;
use serde_json::Value;
use tensor::random::{NumpyRandom, Streams};

fn reference(path: &str) -> Value {
    let path = format!("{}/../nn/tests/reference/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn words_are_those_of_the_mersenne_twister() {
    let mut random = NumpyRandom::new(5489);
    let words: Vec<u32> = (0..10_000).map(|_| random.next_u32()).collect();
    assert_eq!(words[..5], [3499211612, 581869302, 3890346734, 3586334585, 545404204]);
    // The C++ standard fixes the ten-thousandth word of a default-seeded mt19937 ([rand.predef]).
    assert_eq!(words[9_999], 4123659995);
}

#[test]
fn uniform_draws_are_numpys_bit_for_bit() {
    let expected = numbers(&reference("dis7_data.json")["rand_unsorted"]);
    let mut random = NumpyRandom::new(1);
    let drawn: Vec<f64> = expected.iter().map(|_| random.random_sample()).collect();
    assert_eq!(drawn, expected);
}

#[test]
fn normal_draws_are_numpys_bit_for_bit() {
    let expected = numbers(&reference("dis7_data.json")["randn"]);
    let mut random = NumpyRandom::new(1);
    for _ in 0..200 {
        random.random_sample(); // the notebook draws its inputs first
    }
    let drawn: Vec<f64> = expected.iter().map(|_| random.randn()).collect();
    assert_eq!(drawn, expected);
}

/// The traces start from networks drawn with `uniform`, whose parameters they hold.
#[test]
fn uniform_on_an_interval_is_numpys() {
    for (file, width) in [("sgd-all-10-7", 10), ("sgd-all-20-7-f32", 20)] {
        let initial = &reference(&format!("traces/{file}.json"))["initial"];
        let mut random = NumpyRandom::new(1007);
        let mut draw = |bound: f64| f64::from(random.uniform(-bound, bound) as f32);
        let bound = 1.0 / f64::from(width).sqrt();
        let w1: Vec<f64> = (0..width).map(|_| draw(1.0)).collect();
        let w2: Vec<f64> = (0..width).map(|_| draw(bound)).collect();
        assert_eq!(w1, numbers(&initial["W1"]));
        assert_eq!(w2, numbers(&initial["W2"]));
        assert_eq!([draw(bound)], numbers(&initial["b2"])[..]);
    }
}

#[test]
fn choice_is_numpys() {
    // numpy.random.seed(0); numpy.random.randint(10, size=…), as in many a tutorial
    let mut drawn = [0; 10];
    NumpyRandom::new(0).choice(10, &mut drawn);
    assert_eq!(drawn, [5, 0, 3, 3, 7, 9, 3, 5, 2, 4]);

    let mut random = NumpyRandom::new(5489);
    random.choice(1, &mut drawn);
    assert_eq!(drawn, [0; 10]);
    assert_eq!(random.next_u32(), 3499211612, "choosing from one draws nothing");
}

/// The first block of stream 0 of seed 0. A change here changes every training run, so it must be meant.
#[test]
fn streams_never_change() {
    let mut drawn = [0; 20];
    Streams::new(0, 0).indices(1000, &mut drawn);
    assert_eq!(drawn, [17, 876, 715, 388, 568, 339, 404, 231, 577, 931, 622, 778, 8, 207, 369, 684, 100, 349, 210, 40]);
}

#[test]
fn streams_differ_and_spread_evenly() {
    let count = |seed, stream| {
        let mut drawn = vec![0; 200_000];
        Streams::new(seed, stream).indices(200, &mut drawn);
        let mut counts = [0_u32; 200];
        for &i in &drawn {
            counts[i as usize] += 1;
        }
        (drawn, counts)
    };
    let (first, counts) = count(0, 0);
    // Pearson's statistic has 199 degrees of freedom here: mean 199, standard deviation 20.
    let pearson: f64 = counts.iter().map(|&c| (f64::from(c) - 1000.0).powi(2) / 1000.0).sum();
    assert!((120.0..280.0).contains(&pearson), "{pearson}");
    for (seed, stream) in [(0, 1), (1, 0), (1, 1), (u64::MAX, u64::MAX)] {
        let (other, _) = count(seed, stream);
        let equal = first.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!((800..1200).contains(&equal), "two independent streams agree in one index of 200, not in {equal}");
    }
}

proptest! {
    #[test]
    fn indices_do_not_depend_on_how_calls_cut_them(seed: u64, stream: u64, cuts in prop::collection::vec(0_usize..70, 0..12)) {
        let mut whole = vec![0; cuts.iter().sum()];
        Streams::new(seed, stream).indices(200, &mut whole);
        let mut random = Streams::new(seed, stream);
        let mut pieces = Vec::new();
        for cut in cuts {
            let mut piece = vec![0; cut];
            random.indices(200, &mut piece);
            pieces.extend(piece);
        }
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn indices_are_below_n(seed: u64, n in 1_u32.., mut out in prop::collection::vec(0_u32.., 0..100)) {
        Streams::new(seed, 0).indices(n, &mut out);
        prop_assert!(out.iter().all(|&i| i < n));
        NumpyRandom::new(seed as u32).choice(n, &mut out);
        prop_assert!(out.iter().all(|&i| i < n));
    }

    #[test]
    fn uniform_lies_in_the_unit_interval(seed: u64, stream: u64) {
        let mut random = Streams::new(seed, stream);
        for _ in 0..50 {
            prop_assert!((0.0..1.0).contains(&random.uniform()));
        }
    }
}
