//! The kernels by themselves: products, and a network of one hidden layer forward and backward.
//! `cargo bench -p benches --bench tensor`

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use nalgebra::SMatrix;
use std::hint::black_box;
use tensor::kernels::{
    Hidden, Samples, add_product, add_product_transposed, add_slopes, add_transposed_product, predict,
};
use tensor::random::Streams;
use tensor::{Element, Scalar};

/// `len` numbers between −1 and 1.
fn numbers<T: Element>(len: usize, seed: u64) -> Vec<T> {
    let mut random = Streams::new(seed, 0);
    (0..len).map(|_| T::of(2.0 * random.uniform() - 1.0)).collect()
}

/// Our product beside nalgebra's of the same static shapes.
fn products(criterion: &mut Criterion) {
    fn product<const R: usize, const N: usize, const C: usize>(criterion: &mut Criterion) {
        let mut group = criterion.benchmark_group(format!("product {R}x{N} by {N}x{C}"));
        let (a, b) = (numbers::<f32>(R * N, 1), numbers::<f32>(N * C, 2));
        let mut out = vec![0.0; R * C];
        group.bench_function("elbow", |bencher| {
            bencher.iter(|| {
                out.fill(0.0);
                add_product([R, N, C], black_box(&a), black_box(&b), &mut out);
            });
        });
        let (a, b) = (SMatrix::<f32, R, N>::from_column_slice(&a), SMatrix::<f32, N, C>::from_column_slice(&b));
        let mut out = SMatrix::<f32, R, C>::zeros();
        group.bench_function("nalgebra", |bencher| {
            bencher.iter(|| {
                black_box(&a).mul_to(black_box(&b), &mut out);
            });
        });
        group.finish();
    }
    product::<3, 3, 3>(criterion);
    product::<8, 8, 8>(criterion);
    product::<10, 1, 40>(criterion);
    product::<1, 40, 40>(criterion);
    product::<33, 33, 17>(criterion);
    product::<64, 64, 40>(criterion);
}

/// The three products of 256×256 matrices, on one thread and on two.
fn large_products(criterion: &mut Criterion) {
    fn forms<T: Element>(criterion: &mut Criterion, scalar: &str) {
        const N: usize = 256;
        let (a, b) = (numbers::<T>(N * N, 1), numbers::<T>(N * N, 2));
        let mut out = vec![T::zero(); N * N];
        let mut group = criterion.benchmark_group(format!("product {N}x{N} by {N}x{N}, {scalar}"));
        let forms: [(&str, fn([usize; 3], &[T], &[T], &mut [T])); 3] =
            [("A·B", add_product), ("A·Bᵀ", add_product_transposed), ("Aᵀ·B", add_transposed_product)];
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            for (form, product) in forms {
                group.bench_function(BenchmarkId::new(form, format!("threads: {threads}")), |bencher| {
                    pool.install(|| bencher.iter(|| product([N; 3], black_box(&a), black_box(&b), &mut out)));
                });
            }
        }
        group.finish();
    }
    forms::<f32>(criterion, "f32");
    forms::<f64>(criterion, "f64");
}

fn networks(criterion: &mut Criterion) {
    fn network<T: Scalar>(criterion: &mut Criterion, kind: &str, of: impl Fn(usize, u64) -> Vec<T>) {
        let mut group = criterion.benchmark_group(format!("hidden layer, 40 samples, {kind}"));
        for width in [16, 24, 40, 256] {
            let (w1, b1, w2) = (of(width, 1), of(width, 2), of(width, 3));
            let hidden = Hidden { w1: &w1[..], b1: &b1[..], w2: &w2[..] };
            let (x, upstream) = (of(40, 4), of(40, 5));
            let mut p = x.clone();
            group.bench_function(BenchmarkId::new("forward", width), |bencher| {
                bencher.iter(|| predict(black_box(hidden), T::one(), black_box(&x), &mut p));
            });
            let products: Vec<T> = x.iter().zip(&upstream).map(|(&x, &p)| p * x).collect();
            let samples = Samples { x: &x, upstream: &upstream, products: Some(&products) };
            let mut slopes = [w1.clone(), b1.clone(), w2.clone()];
            group.bench_function(BenchmarkId::new("backward", width), |bencher| {
                bencher.iter(|| {
                    let [w1, b1, w2] = &mut slopes;
                    add_slopes(black_box(hidden), samples, T::one(), Hidden { w1, b1, w2 });
                });
            });
        }
        group.finish();
    }
    network::<f32>(criterion, "f32", numbers::<f32>);
    network::<f64>(criterion, "f64", numbers::<f64>);
    network::<tensor::f32x16>(criterion, "16 networks of f32", |len, seed| {
        numbers::<f32>(len, seed).into_iter().map(tensor::f32x16::splat).collect()
    });
}

fn random(criterion: &mut Criterion) {
    let mut streams = Streams::new(0, 0);
    let mut indices = [0; 40];
    criterion.bench_function("40 indices of 200", |bencher| bencher.iter(|| streams.indices(200, &mut indices)));
}

criterion_group!(benches, products, large_products, networks, random);
criterion_main!(benches);
