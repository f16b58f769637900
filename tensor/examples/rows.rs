//! What rows cost that fill no register: the time of kernels on h = 15, 17, 31 and 33 rows over that on the next multiple
//! of 16, measured in turns. `cargo run --release -p tensor --example rows`

use std::hint::black_box;
use std::time::Instant;
use tensor::Scalar;
use tensor::kernels::{
    Hidden, Samples, add_product, add_product_transposed, add_row_sums, add_slopes, add_transposed_product, map_row,
    predict, weighted_square,
};

/// How many samples stand beside each other.
const SAMPLES: usize = 32;

/// A kernel on h rows.
type Kernel = fn(usize, &mut Memory);

/// Numbers for all operands.
struct Memory {
    a: Vec<f32>,
    b: Vec<f32>,
    out: Vec<f32>,
}

const KERNELS: [(&str, Kernel); 11] = [
    ("W·X, h×h by h×32", |h, m| {
        add_product([h, h, SAMPLES], &m.a[..h * h], &m.b[..h * SAMPLES], &mut m.out[..h * SAMPLES]);
    }),
    ("Wᵀ·Ȳ, h×h by h×32", |h, m| {
        add_transposed_product([h, h, SAMPLES], &m.a[..h * h], &m.b[..h * SAMPLES], &mut m.out[..h * SAMPLES]);
    }),
    ("Ȳ·Xᵀ, h×32 by 32×h", |h, m| {
        add_product_transposed([h, SAMPLES, h], &m.a[..h * SAMPLES], &m.b[..h * SAMPLES], &mut m.out[..h * h]);
    }),
    ("W·X, h×2 by 2×32", |h, m| {
        add_product([h, 2, SAMPLES], &m.a[..h * 2], &m.b[..2 * SAMPLES], &mut m.out[..h * SAMPLES]);
    }),
    ("Ȳ·Xᵀ, h×32 by 32×2", |h, m| {
        add_product_transposed([h, SAMPLES, 2], &m.a[..h * SAMPLES], &m.b[..2 * SAMPLES], &mut m.out[..h * 2]);
    }),
    ("W·x, h×h by h×1", |h, m| add_product([h, h, 1], &m.a[..h * h], &m.b[..h], &mut m.out[..h])),
    ("sums of h rows, 32 columns", |h, m| add_row_sums(&m.a[..h * SAMPLES], &mut m.out[..h])),
    ("tanh of h numbers", |h, m| map_row(&mut m.out[..h], [&m.a[..h]], |_, [x]| Scalar::tanh(x))),
    ("squared error of h samples", |h, m| {
        m.out[0] = weighted_square(&mut m.out[..h], &m.a[..h], &m.b[..h]);
    }),
    ("network, h units, 32 samples, forward", |h, m| {
        let hidden = Hidden { w1: &m.a[..h], b1: &m.a[h..2 * h], w2: &m.a[2 * h..3 * h] };
        predict(hidden, 1.0, &m.b[..SAMPLES], &mut m.out[..SAMPLES]);
    }),
    ("the same, backward", |h, m| {
        let hidden = Hidden { w1: &m.a[..h], b1: &m.a[h..2 * h], w2: &m.a[2 * h..3 * h] };
        let samples = Samples { x: &m.b[..SAMPLES], upstream: &m.b[SAMPLES..2 * SAMPLES], products: None };
        let (w1, rest) = m.out.split_at_mut(h);
        let (b1, rest) = rest.split_at_mut(h);
        add_slopes(hidden, samples, 1.0, Hidden { w1, b1, w2: &mut rest[..h] });
    }),
];

fn main() {
    let numbers = |seed: usize| (0..4096).map(|i| ((i * 7 + seed) % 64) as f32 / 64.0 - 0.5).collect::<Vec<f32>>();
    let mut memory = Memory { a: numbers(0), b: numbers(11), out: numbers(22) };
    let pairs = [(15, 16), (17, 32), (31, 32), (33, 48)];
    print!("{:40}", "time over that of the next multiple of 16");
    pairs.iter().for_each(|(h, _)| print!("{h:>7}"));
    println!("    ns at 32");
    for (name, kernel) in KERNELS {
        let mut time = |h: usize| {
            let start = Instant::now();
            for _ in 0..200 {
                kernel(black_box(h), black_box(&mut memory));
                // What is added to would grow without end.
                black_box(&mut memory).out[0] = 0.0;
            }
            start.elapsed().as_secs_f64() / 200.0
        };
        print!("{name:40}");
        for (h, whole) in pairs {
            let mut ratios: Vec<f64> = (0..201).map(|_| time(h) / time(whole)).collect();
            ratios.sort_by(f64::total_cmp);
            print!("{:>7.2}", ratios[ratios.len() / 2]);
        }
        let best = (0..50).map(|_| time(32)).fold(f64::INFINITY, f64::min);
        println!("{:>12.0}", best * 1e9);
    }
}
