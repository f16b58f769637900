//! Products by themselves.

use crate::peers::{Layout, Number, gemm};
use crate::{pool, time};
use serde::Serialize;
use tensor::kernels::{add_product, add_product_transposed, add_transposed_product};
use tensor::random::Streams;

/// One product, and how fast each system is at it.
#[derive(Serialize)]
pub struct Product {
    scalar: &'static str,
    form: &'static str,
    /// Rows of the result, inner dimension, columns of the result.
    shape: [usize; 3],
    threads: usize,
    /// Billions of floating-point operations in a second.
    elbow: f64,
    gemm: f64,
    /// On one thread only.
    matrixmultiply: Option<f64>,
    /// The speed of elbow as a part of that of the best other system.
    ratio: f64,
}

/// `len` numbers between −1 and 1.
pub fn numbers<T: Number>(len: usize, seed: u64) -> Vec<T> {
    let mut random = Streams::new(seed, 0);
    (0..len).map(|_| T::of(2.0 * random.uniform() - 1.0)).collect()
}

/// Measures and prints.
pub fn measure() -> Vec<Product> {
    println!("out += product, billions of operations a second");
    println!("{:41} {:>7} {:>7} {:>14} {:>6}", "", "elbow", "gemm", "matrixmultiply", "ratio");
    let mut products = Vec::new();
    for threads in [1, 2] {
        pool(threads).install(|| {
            scalar::<f32>(threads, &mut products);
            scalar::<f64>(threads, &mut products);
        });
    }
    products
}

fn scalar<T: Number>(threads: usize, products: &mut Vec<Product>) {
    forms::<T, 256, 256, 256>(threads, products);
    forms::<T, 100, 100, 100>(threads, products);
    forms::<T, 512, 512, 512>(threads, products);
    forms::<T, 1000, 1000, 1000>(threads, products);
    if threads == 1 {
        forms::<T, 16, 16, 40>(threads, products);
        forms::<T, 33, 33, 17>(threads, products);
        forms::<T, 64, 64, 64>(threads, products);
        forms::<T, 256, 64, 40>(threads, products);
    }
}

fn forms<T: Number, const R: usize, const N: usize, const C: usize>(threads: usize, products: &mut Vec<Product>) {
    let (a, b) = (numbers::<T>(R * N, 1), numbers::<T>(N * C, 2));
    let stored = (Layout::stored(R, N), Layout::stored(N, C));
    let transposed = (Layout::stored(N, R).transpose(), Layout::stored(C, N).transpose());
    let mut form = |form, (a_layout, b_layout), elbow: fn([usize; 3], &[T], &[T], &mut [T])| {
        let mut out = [(); 3].map(|()| vec![T::zero(); R * C]);
        let [of_elbow, of_gemm, of_matrixmultiply] = &mut out;
        let flops = 2e-9 * (R * N * C) as f64;
        let mut elbow = || elbow([R, N, C], &a, &b, of_elbow);
        let mut gemm = || gemm((&a, a_layout), (&b, b_layout), of_gemm, threads);
        let mut matrixmultiply = || T::matrixmultiply((&a, a_layout), (&b, b_layout), of_matrixmultiply);
        let (elbow, gemm, matrixmultiply) = if threads == 1 {
            let [a, b, c] = time::seconds([&mut elbow, &mut gemm, &mut matrixmultiply]);
            (flops / a, flops / b, Some(flops / c))
        } else {
            let [a, b] = time::seconds([&mut elbow, &mut gemm]);
            (flops / a, flops / b, None)
        };
        let ratio = elbow / matrixmultiply.map_or(gemm, |speed| speed.max(gemm));
        let name = format!("{}, {R}x{N} by {N}x{C}, {form}, {threads} thread{}", T::NAME, ["", "s"][threads - 1]);
        let third = matrixmultiply.map_or(String::new(), |speed| format!("{speed:.1}"));
        println!("{name:41} {elbow:7.1} {gemm:7.1} {third:>14} {ratio:6.2}");
        let shape = [R, N, C];
        products.push(Product { scalar: T::NAME, form, shape, threads, elbow, gemm, matrixmultiply, ratio });
    };
    form("A·B", stored, add_product);
    form("A·Bᵀ", (stored.0, transposed.1), add_product_transposed);
    form("Aᵀ·B", (transposed.0, stored.1), add_transposed_product);
}
