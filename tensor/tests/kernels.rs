//! Kernels against nalgebra's products, to rounding, and against plain loops, bit for bit.

use nalgebra::DMatrix;
use proptest::prelude::*;
use tensor::kernels::{
    add_product, add_product_transposed, add_row_sums, add_transposed_product, sum, sum_of_products, sum_of_squares,
    weighted_square,
};
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
                for block in (0..n).collect::<Vec<_>>().chunks(256) {
                    let mut part = if block[0] == 0 { sum[i + j * r] } else { T::zero() };
                    for &k in block {
                        part += a[i + k * r] * b[k + j * n];
                    }
                    if block[0] == 0 {
                        sum[i + j * r] = part;
                    } else {
                        sum[i + j * r] += part;
                    }
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
    bit_for_bit::<T>(1, 513, free, seed);
    bit_for_bit::<T>(15, 16, free, seed);
    bit_for_bit::<T>(31, 20, free, seed);
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
            // Few rows are computed as columns, in several blocks.
            for (rows, inner, free) in [(1, 40, 2100), (3, 33, 1500), (3, 257, 9000)] {
                bit_for_bit::<f32>(rows, inner, free, 5);
                bit_for_bit::<f64>(rows, inner, free, 6);
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

/// The same of more terms than a block has: both halves by themselves, cut behind a whole block.
fn sum_in_pairs<T: Scalar>(terms: &[T], block: usize, sum_of_block: fn(&[T]) -> T) -> T {
    if terms.len() <= block {
        return sum_of_block(terms);
    }
    let (left, right) = terms.split_at((terms.len() / 2).next_multiple_of(block));
    sum_in_pairs(left, block, sum_of_block) + sum_in_pairs(right, block, sum_of_block)
}

/// Breaks if terms that fill no register are left out; if a block is, begins at the wrong term, or if the number of threads
/// decides how long it is; and if the blocks of a longer row are more than there is room for.
fn sums_are_sums_of_blocks_for_any_number_of_threads<T: Bits>() {
    let of_one_block = [1, 3, 8, 15, 16, 17, 39, 40, 48, 81, 4096].map(|len| (len, 4096));
    let of_several = [(4097, 4096), (262_144, 4096), (262_145, 4112), (600_001, 9376)];
    for (len, share) in of_one_block.into_iter().chain(of_several) {
        let mut streams = Streams::new(7, 0);
        let (row, other) = (random::<T>(len, &mut streams), random::<T>(len, &mut streams));
        let squares: Vec<T> = row.iter().map(|&x| x * x).collect();
        let products: Vec<T> = row.iter().zip(&other).map(|(&x, &y)| x * y).collect();
        let of_share = |terms: &[T]| sum_in_pairs(terms, 4096, sum_of_block);
        let expected = |terms: &[T]| sum_of_block(&terms.chunks(share).map(of_share).collect::<Vec<_>>());
        let expected = [expected(&row), expected(&squares), expected(&products)];
        for threads in [1, 2, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let found = pool.install(|| [sum(&row), sum_of_squares(&row), sum_of_products(&row, &other)]);
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

/// Breaks if columns are left out or added elsewhere, or if the number of threads decides in what order.
fn rows_are_summed_by_blocks_of_columns<T: Bits>() {
    for (rows, columns) in [(2, 1), (3, 40), (15, 256), (16, 257), (17, 700), (200, 600), (1, 5000), (0, 0), (4, 0)] {
        let mut streams = Streams::new(9, 0);
        let (matrix, start) = (random::<T>(rows * columns, &mut streams), random::<T>(rows, &mut streams));
        let expected: Vec<T> = (0..rows)
            .map(|i| {
                let row: Vec<T> = matrix.iter().skip(i).step_by(rows).copied().collect();
                let in_order = |terms: &[T]| terms.iter().fold(T::zero(), |sum, &x| sum + x);
                start[i] + if rows == 1 { sum(&row) } else { sum_in_pairs(&row, 256, in_order) }
            })
            .collect();
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let mut sums = start.clone();
            pool.install(|| add_row_sums(&matrix, &mut sums));
            let bits = |sums: &[T]| sums.iter().map(|sum| sum.bits()).collect::<Vec<_>>();
            assert_eq!(bits(&sums), bits(&expected), "{rows} rows, {columns} columns");
        }
    }
}

#[test]
fn rows_of_a_matrix_are_summed_by_blocks_of_columns() {
    rows_are_summed_by_blocks_of_columns::<f32>();
    rows_are_summed_by_blocks_of_columns::<f64>();
    rows_are_summed_by_blocks_of_columns::<f32x16>();
    rows_are_summed_by_blocks_of_columns::<Dual<f64>>();
}

#[test]
fn a_long_weighted_square_is_a_sum_of_blocks() {
    let mut streams = Streams::new(11, 0);
    let [p, t, m] = [(); 3].map(|()| random::<f32>(20_001, &mut streams));
    let terms: Vec<f32> =
        p.iter().zip(&t).zip(&m).map(|((p, t), &m)| if m > 0.0 { m * ((p - t) * (p - t)) } else { 0.0 }).collect();
    let found = weighted_square(&mut p.clone(), &t, &m);
    assert_eq!(found.to_bits(), sum_in_pairs(&terms, 4096, sum_of_block).to_bits());
}

/// Breaks if anything is added one by one: 2²⁵ ones would stop at 2²⁴, and 10⁶ × 1/255 would be 3909.
#[test]
fn long_sums_in_single_precision_are_near_those_in_double_precision() {
    let near = |what: &str, sum: f32, exact: f64, bound: f64| {
        let error = (f64::from(sum) / exact - 1.0).abs();
        assert!(error <= bound, "{what}: {sum} instead of {exact}, off by {error:e} of it");
    };
    for (count, value) in [(1 << 25, 1.0_f32), (1_000_000, 1.0 / 255.0), (3_000_001, 0.1)] {
        let (row, exact) = (vec![value; count], f64::from(value) * count as f64);
        near("sum", sum(&row), exact, 2e-5);
        near("sum of squares", sum_of_squares(&row), exact * f64::from(value), 2e-5);
        near("sum of products", sum_of_products(&row, &row), exact * f64::from(value), 2e-5);
        let mut sums = vec![0.0; 4];
        add_row_sums(&row[..count / 4 * 4], &mut sums);
        sums.iter().for_each(|&sum| near("sum of a row", sum, exact / 4.0, 2e-5));
        let mut p = row.clone();
        near(
            "weighted square",
            weighted_square(&mut p, &vec![0.0; count], &vec![1.0; count]),
            exact * f64::from(value),
            2e-5,
        );
        let n = count as f64;
        let of_product = (256.0 + n / 256.0) * f64::from(f32::EPSILON) / 2.0;
        let mut out = [0.0];
        add_product([1, count, 1], &row, &vec![1.0; count], &mut out);
        near("A·B", out[0], exact, of_product);
    }
}

/// Breaks if lengths that do not fit are cut to those that do.
#[test]
#[should_panic(expected = "a product of 2×2 and 2×2 has not 4, 4 and 2 entries")]
fn a_column_too_many() {
    add_product([2, 2, 2], &[0.0; 4], &[0.0; 4], &mut [0.0; 2]);
}
