//! Kernels against nalgebra's products.

use nalgebra::{DMatrix, SMatrix};
use proptest::prelude::*;
use tensor::kernels::{add_product, add_product_transposed, add_transposed_product, columns, columns_mut};

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
                add_product::<f64, $r, $n>(a.as_slice(), b.as_slice(), out.as_mut_slice());
                agrees("A·B", out.as_slice(), &expected);

                let (a_transposed, b_transposed) = (a.transpose(), b.transpose());
                let mut out = start.clone();
                add_product_transposed::<f64, $r, $c>(a.as_slice(), b_transposed.as_slice(), out.as_mut_slice());
                agrees("A·Bᵀ", out.as_slice(), &expected);

                let mut out = start.clone();
                add_transposed_product::<f64, $n, $r>(a_transposed.as_slice(), b.as_slice(), out.as_mut_slice());
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
    add_product::<f64, 1, 3>(&a, &b, &mut out);
    assert_eq!(out, [9007199254740992.0]);
    let mut out = [0.0];
    add_transposed_product::<f64, 3, 1>(&a, &b, &mut out);
    assert_eq!(out, [9007199254740992.0]);
}

#[test]
fn columns_are_those_of_nalgebra() {
    let mut a = SMatrix::<f64, 2, 3>::new(1.0, 2.0, 3.0, 4.0, 5.0, 6.0);
    assert_eq!(columns::<f64, 2>(a.as_slice())[1], [2.0, 5.0]);
    columns_mut::<f64, 2>(a.as_mut_slice())[2][0] = 7.0;
    assert_eq!(a[(0, 2)], 7.0);
}

#[test]
#[should_panic(expected = "5 entries are not whole columns of 2")]
fn half_a_column() {
    let _ = columns::<f64, 2>(&[0.0; 5]);
}

#[test]
#[should_panic(expected = "entries are not whole columns of 2: 1 are left over")]
fn half_a_column_to_be_written() {
    let _ = columns_mut::<f64, 2>(&mut [0.0; 5]);
}
