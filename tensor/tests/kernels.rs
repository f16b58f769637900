//! Kernels against nalgebra's products, to rounding, and against plain loops, bit for bit.

use nalgebra::DMatrix;
use proptest::prelude::*;
use tensor::kernels::{add_product, add_product_transposed, add_transposed_product, sum, sum_of_squares};
use tensor::random::Streams;
use tensor::{Dual, Scalar, f32x16, f64x8};

/// Random entries for every matrix of a case, between −1 and 1.
fn entries() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-1.0..1.0_f64, 300)
}

/// A kernel adds nalgebra's product to what is there, to rounding.
fn agrees(what: &str, sum: &[f64], expected: &DMatrix<f64>) {
    for (a, b) in sum.iter().zip(expected.iter()) {
        assert!((a - b).abs() <= 1e-13, "{what}: {a} instead of {b}");
    }
}

macro_rules! sizes {
    ($($test:ident: $r:literal by $n:literal by $c:literal;)*) => {
        proptest! {
            $(#[test]
            fn $test(entries in entries()) {
                let (a, rest) = entries.split_at($r * $n);
                let (b, start) = rest.split_at($n * $c);
                let (a, b) = (DMatrix::from_column_slice($r, $n, a), DMatrix::from_column_slice($n, $c, b));
                let start = DMatrix::from_column_slice($r, $c, &start[..$r * $c]);
                let expected = &start + &a * &b;

                let mut out = start.clone();
                add_product([$r, $n, $c], a.as_slice(), b.as_slice(), out.as_mut_slice());
                agrees("A·B", out.as_slice(), &expected);

                let (a_transposed, b_transposed) = (a.transpose(), b.transpose());
                let mut out = start.clone();
                add_product_transposed(
                    [$r, $n, $c],
                    a.as_slice(),
                    b_transposed.as_slice(),
                    out.as_mut_slice(),
                );
                agrees("A·Bᵀ", out.as_slice(), &expected);

                let mut out = start.clone();
                add_transposed_product(
                    [$r, $n, $c],
                    a_transposed.as_slice(),
                    b.as_slice(),
                    out.as_mut_slice(),
                );
                agrees("Aᵀ·B", out.as_slice(), &expected);
            })*
        }
    };
}

sizes! {
    one_number: 1 by 1 by 1;
    inner_product: 1 by 5 by 1;
    outer_product: 4 by 1 by 3;
    matrix_and_column: 3 by 4 by 1;
    row_and_matrix: 1 by 3 by 4;
    square: 4 by 4 by 4;
    all_sides_differ: 2 by 3 by 4;
    sides_of_vectors: 8 by 9 by 5;
}

#[test]
fn an_entry_is_summed_in_the_order_of_the_inner_index() {
    // 2⁵³ + 1 + 1 is 2⁵³ from the left and 2⁵³ + 2 from the right.
    let (a, b) = ([9007199254740992.0, 1.0, 1.0], [1.0; 3]);
    let mut out = [0.0];
    add_product([1, 3, 1], &a, &b, &mut out);
    assert_eq!(out, [9007199254740992.0]);
    let mut out = [0.0];
    add_transposed_product([1, 3, 1], &a, &b, &mut out);
    assert_eq!(out, [9007199254740992.0]);
}

/// The bits of a scalar.
trait Bits: Scalar {
    fn random(random: &mut Streams) -> Self {
        Self::from_lanes(|_| tensor::Element::of(2.0 * random.uniform() - 1.0))
    }
    fn bits(self) -> Vec<u64> {
        (0..Self::LANES).map(|i| tensor::Element::bits(self.lane(i))).collect()
    }
}
impl Bits for f32 {}
impl Bits for f64 {}
impl Bits for f32x16 {}
impl Bits for f64x8 {}
impl Bits for Dual<f64> {
    fn random(random: &mut Streams) -> Self {
        Dual { value: f64::random(random), tangent: f64::random(random) }
    }
    fn bits(self) -> Vec<u64> {
        vec![self.value.to_bits(), self.tangent.to_bits()]
    }
}

fn random<T: Bits>(len: usize, random: &mut Streams) -> Vec<T> {
    (0..len).map(|_| T::random(random)).collect()
}

/// The three products of R×N by N×C, and what they are by definition.
struct Case<T> {
    sizes: [usize; 3],
    a: Vec<T>,
    b: Vec<T>,
    a_transposed: Vec<T>,
    b_transposed: Vec<T>,
    start: Vec<T>,
    sum: Vec<T>,
}

impl<T: Bits> Case<T> {
    fn new([r, n, c]: [usize; 3], seed: u64) -> Self {
        let mut streams = Streams::new(seed, 0);
        let (a, b) = (random::<T>(r * n, &mut streams), random::<T>(n * c, &mut streams));
        let start = random::<T>(r * c, &mut streams);
        let mut sum = start.clone();
        for i in 0..r {
            for j in 0..c {
                for k in 0..n {
                    sum[i + j * r] += a[i + k * r] * b[k + j * n];
                }
            }
        }
        let a_transposed = (0..r).flat_map(|i| (0..n).map(move |k| i + k * r)).map(|i| a[i]).collect();
        let b_transposed = (0..n).flat_map(|k| (0..c).map(move |j| k + j * n)).map(|i| b[i]).collect();
        Case { sizes: [r, n, c], a, b, a_transposed, b_transposed, start, sum }
    }

    fn check(&self, product: &str, kernel: impl FnOnce(&mut [T])) {
        let mut out = self.start.clone();
        kernel(&mut out);
        for (i, (&out, &sum)) in out.iter().zip(&self.sum).enumerate() {
            assert_eq!(out.bits(), sum.bits(), "{product}: entry {i} is {out:?} instead of {sum:?}");
        }
    }

    fn products(&self) {
        self.check("A·B", |out| add_product(self.sizes, &self.a, &self.b, out));
        self.check("A·Bᵀ", |out| add_product_transposed(self.sizes, &self.a, &self.b_transposed, out));
        self.check("Aᵀ·B", |out| add_transposed_product(self.sizes, &self.a_transposed, &self.b, out));
    }
}

/// The three products, with a size in each place.
fn bit_for_bit<T: Bits>(p: usize, q: usize, free: usize, seed: u64) {
    for sizes in [[p, q, free], [p, free, q], [free, p, q]] {
        Case::<T>::new(sizes, seed).products();
    }
}

fn sizes<T: Bits>(free: usize, seed: u64) {
    bit_for_bit::<T>(0, 3, free, seed);
    bit_for_bit::<T>(0, 0, free, seed);
    bit_for_bit::<T>(1, 1, free, seed);
    bit_for_bit::<T>(1, 70, free, seed);
    bit_for_bit::<T>(3, 3, free, seed);
    bit_for_bit::<T>(5, 300, free, seed);
    bit_for_bit::<T>(10, 1, free, seed);
    bit_for_bit::<T>(16, 2, free, seed);
    bit_for_bit::<T>(17, 33, free, seed);
    bit_for_bit::<T>(32, 16, free, seed);
    bit_for_bit::<T>(41, 18, free, seed);
    bit_for_bit::<T>(72, 9, free, seed);
}

// These break if anything is fused, if a sum begins anywhere but at what out holds, or if a kernel adds up parts of
// the inner dimension by themselves, across a register, panel by panel or in several partial sums.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn products_of_f32_have_the_bits_of_plain_loops(free in 0..80_usize, seed: u64) {
        sizes::<f32>(free, seed);
    }
    #[test]
    fn products_of_f64_have_the_bits_of_plain_loops(free in 0..80_usize, seed: u64) {
        sizes::<f64>(free, seed);
    }
    #[test]
    fn products_of_lanes_have_the_bits_of_plain_loops(free in 0..40_usize, seed: u64) {
        sizes::<f32x16>(free, seed);
    }
    #[test]
    fn products_of_dual_numbers_have_the_bits_of_plain_loops(free in 0..40_usize, seed: u64) {
        sizes::<Dual<f64>>(free, seed);
    }
}

/// Breaks if a share of the work begins at the wrong column, leaves one out or takes one twice, or if the number of
/// threads decides how an entry is summed.
#[test]
fn the_bits_are_the_same_for_any_number_of_threads() {
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            for free in [9, 131, 200] {
                bit_for_bit::<f32>(130, 257, free, 1);
                bit_for_bit::<f64>(257, 257, free, 2);
                bit_for_bit::<f32x16>(40, 40, free, 3);
            }
        });
    }
    // Enough for a thread that is in no pool to call one.
    bit_for_bit::<f64>(257, 130, 300, 4);
}

/// Σ terms, term by term as the kernels order it: term i of a block in partial sum i mod 16.
fn sum_of_block<T: Scalar>(terms: &[T]) -> T {
    let mut partial = [T::zero(); 16];
    for (i, &term) in terms.iter().enumerate() {
        partial[i % 16] += term;
    }
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            let upper = partial[i + half];
            partial[i] += upper;
        }
    }
    partial[0]
}

/// Breaks if terms that fill no register are left out; if a block is, begins at the wrong term, or if the number of threads
/// decides how long it is; and if the blocks of a longer row are more than there is room for.
fn sums_are_sums_of_blocks_for_any_number_of_threads<T: Bits>() {
    let of_one_block = [1, 3, 8, 15, 16, 17, 39, 40, 48, 81, 4096].map(|len| (len, 4096));
    let of_several = [(4097, 4096), (262_144, 4096), (262_145, 4112), (600_001, 9376)];
    for (len, block) in of_one_block.into_iter().chain(of_several) {
        let row = random::<T>(len, &mut Streams::new(7, 0));
        let squares: Vec<T> = row.iter().map(|&x| x * x).collect();
        let expected = |terms: &[T]| sum_of_block(&terms.chunks(block).map(sum_of_block).collect::<Vec<_>>());
        let expected = [expected(&row), expected(&squares)];
        for threads in [1, 2, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let found = pool.install(|| [sum(&row), sum_of_squares(&row)]);
            assert_eq!(found.map(T::bits), expected.map(T::bits), "{len}, {threads}");
        }
    }
}

#[test]
fn sums_in_single_precision() {
    sums_are_sums_of_blocks_for_any_number_of_threads::<f32>();
}

#[test]
fn sums_in_double_precision() {
    sums_are_sums_of_blocks_for_any_number_of_threads::<f64>();
}

#[test]
fn sums_in_lanes() {
    sums_are_sums_of_blocks_for_any_number_of_threads::<f32x16>();
    sums_are_sums_of_blocks_for_any_number_of_threads::<f64x8>();
}

/// Breaks if lengths that do not fit are cut to those that do.
#[test]
#[should_panic(expected = "a product of 2×2 and 2×2 has not 4, 4 and 2 entries")]
fn a_column_too_many() {
    add_product([2, 2, 2], &[0.0; 4], &[0.0; 4], &mut [0.0; 2]);
}
