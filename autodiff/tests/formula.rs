//! Formulas as text and MathML, their simplifications, and what is refused.

use autodiff::Formula;
use nalgebra::DMatrix;

fn symbol(name: &str, rows: usize, columns: usize) -> Formula {
    let start = name.bytes().map(f64::from).sum::<f64>();
    Formula::symbol(name, DMatrix::from_fn(rows, columns, |i, j| (start + 1.3 * i as f64 + 0.7 * j as f64).sin() + 1.5))
}

fn text(formula: &Formula) -> String {
    formula.to_string()
}

#[test]
fn numbers_are_collected_in_front() {
    let (a, b) = (symbol("A", 2, 3), symbol("B", 3, 2));
    let s = symbol("s", 1, 1);
    assert_eq!(text(&(&a.scale(0.5) * &b.scale(2.0))), "A·B");
    assert_eq!(text(&(&a * &b).scale(-1.0)), "−A·B");
    assert_eq!(text(&(&Formula::number(1.0) * &a)), "A");
    assert_eq!(text(&(&a * &(&s * &b))), "s·A·B");
    assert_eq!(text(&(&(&s * &a) * &(&s * &b)).scale(3.0)), "3·s²·A·B");
    assert_eq!(text(&Formula::number(-0.25)), "−¼");
    assert_eq!(text(&Formula::number(1e-7)), "0.0000001");
    assert_eq!(text(&(&Formula::number(2.0) + &Formula::number(0.5))), "2.5");
}

#[test]
fn sums_count_equal_terms() {
    let (a, b) = (symbol("A", 2, 2), symbol("B", 2, 2));
    assert_eq!(text(&(&a + &a)), "2·A");
    assert_eq!(text(&(&(&a - &b) + &b)), "A");
    assert_eq!(text(&(&a - &a)), "0·A");
    assert_eq!((&a - &a).shape(), [2, 2]);
    assert_eq!(text(&-&(&a - &b)), "−A + B");
    assert_eq!(text(&(&a - &(&b - &a))), "2·A − B");
    assert_eq!(text(&(&(&a + &b) * &a)), "(A + B)·A");
    assert_eq!(text(&(&a + &b).scale(2.0)), "2·(A + B)");
}

#[test]
fn transposes() {
    let (a, b, s) = (symbol("A", 2, 3), symbol("B", 3, 2), symbol("s", 1, 1));
    let x = symbol("x", 3, 1);
    assert_eq!(text(&a.transpose().transpose()), "A");
    assert_eq!(text(&(&a * &b).scale(2.0).transpose()), "2·Bᵀ·Aᵀ");
    assert_eq!(text(&s.transpose()), "s");
    assert_eq!(text(&x.diagonal().transpose()), "diag(x)");
    assert_eq!(text(&(&a + &b.transpose()).transpose()), "(A + Bᵀ)ᵀ");
    assert_eq!(text(&Formula::ones(3, 1).transpose()), "𝟏ᵀ");
    assert_eq!(text(&Formula::ones(1, 1)), "1");
    assert_eq!(text(&(&Formula::ones(1, 3) * &x.diagonal())), "xᵀ");
}

#[test]
fn inner_products_are_factors() {
    let (a, x, y) = (symbol("A", 3, 3), symbol("x", 3, 1), symbol("y", 3, 1));
    let inner = &x.transpose() * &y;
    assert_eq!(text(&inner), "xᵀ·y");
    assert_eq!(text(&(&inner * &a)), "(xᵀ·y)·A");
    assert_eq!(text(&(&a * &inner)), "(xᵀ·y)·A");
    assert_eq!((&a * &inner).shapes(), "((1×3)·(3×1))·(3×3)");
    assert_eq!((&a * &inner).shape(), [3, 3]);
}

#[test]
fn entry_by_entry() {
    let (a, b, x) = (symbol("A", 2, 3), symbol("B", 2, 3), symbol("x1", 3, 1));
    let s = symbol("s", 1, 1);
    assert_eq!(text(&a.component_mul(&b).scale(2.0)), "2·(A ∘ B)");
    assert_eq!(text(&a.component_div(&b)), "A ⊘ B");
    assert_eq!(text(&Formula::ones(2, 3).component_div(&b)), "1 ⊘ B");
    assert_eq!(text(&a.component_mul(&Formula::ones(2, 3))), "A");
    assert_eq!(text(&s.component_div(&symbol("t", 1, 1))), "s/t");
    assert_eq!(text(&a.power(2)), "A∘²");
    assert_eq!(text(&s.power(2).power(3)), "s⁶");
    assert_eq!(text(&s.power(0)), "1");
    assert_eq!(text(&(&a * &x).map("sin", f64::sin)), "sin(A·x1)");
    assert_eq!(text(&x.map_slope("Φ", f64::signum).diagonal()), "∂Φ/∂x1");
    assert_eq!(text(&x.scale(2.0).map_slope("Φ", f64::signum).diagonal()), "diag(Φ′(2·x1))");
    assert_eq!(text(&a.map_slope("Φ", f64::signum)), "Φ′(A)");
    assert_eq!(text(&a.norm_squared()), "‖A‖²");
    assert_eq!(text(&s.norm_squared()), "s²");
    assert_eq!(text(&a.total()), "Σ(A)");
    assert_eq!(text(&(&a * &b.transpose()).trace()), "tr(A·Bᵀ)");
    let through = a.transpose().through_entries(&b);
    assert_eq!((text(&through).as_str(), through.shapes().as_str()), ("Aᵀ ∘ Bᵀ", "(3×2) ∘ (3×2)"));
}

#[test]
fn every_part_evaluates() {
    let (a, b, x, s) = (symbol("A", 2, 3), symbol("B", 2, 3), symbol("x", 3, 1), symbol("s", 1, 1));
    let [va, vb, vx] = [&a, &b, &x].map(Formula::evaluate);
    let vs = s.evaluate()[(0, 0)];
    let check = |formula: &Formula, value: DMatrix<f64>| {
        assert!((formula.evaluate() - value).amax() < 1e-12, "{formula}");
    };
    check(&(&(&a * &x) * &s).scale(0.5), &va * &vx * vs * 0.5);
    check(&(&a - &b.scale(3.0)), &va - &vb * 3.0);
    check(&a.component_mul(&b).component_div(&a.power(2)), vb.component_div(&va));
    check(&(&a * &b.transpose()).trace(), DMatrix::from_element(1, 1, va.dot(&vb)));
    check(&a.total(), DMatrix::from_element(1, 1, va.sum()));
    check(&a.norm_squared(), DMatrix::from_element(1, 1, va.norm_squared()));
    check(&(&a * &x.diagonal()), &va * DMatrix::from_diagonal(&vx.column(0).into_owned()));
    check(&a.map("exp", f64::exp), va.map(f64::exp));
    check(&(&Formula::ones(4, 2) * &a), DMatrix::from_element(4, 2, 1.0) * &va);
}

#[test]
fn mathml() {
    let (x4, w2, x1) = (symbol("x4", 3, 1), symbol("W2", 3, 3), symbol("x1", 3, 1));
    let formula = &(&x4.transpose() * &w2) * &x1.map_slope("Φ", f64::signum).diagonal();
    let times = "<mo>&#x2062;</mo>";
    let expected = [
        "<math><mrow><msup><mrow><msub><mi>x</mi><mn>4</mn></msub></mrow><mi mathvariant=\"normal\">T</mi></msup>",
        times,
        "<msub><mi>W</mi><mn>2</mn></msub>",
        times,
        "<mfrac><mrow><mo>∂</mo><mi>Φ</mi></mrow><mrow><mo>∂</mo><msub><mi>x</mi><mn>1</mn></msub></mrow></mfrac>",
        "</mrow></math>",
    ];
    assert_eq!(formula.mathml(), expected.concat());
    assert!(x4.map("√", f64::sqrt).mathml().contains("<msqrt><msub>"));
    assert!(symbol("a<b", 1, 1).mathml().contains("<mtext>a&lt;b</mtext>"));
    for (name, written) in [
        ("W[1,2]", "<msub><mi>W</mi><mn>12</mn></msub>"),
        ("W[10,2]", "<msub><mi>W</mi><mn>10,2</mn></msub>"),
        ("x1[2]", "<mrow><msub><mi>x</mi><mn>1</mn></msub><mtext>[2]</mtext></mrow>"),
        ("[2]", "<mtext>[2]</mtext>"),
        ("a[b]", "<mtext>a[b]</mtext>"),
    ] {
        assert_eq!(symbol(name, 1, 1).mathml(), format!("<math><mrow>{written}</mrow></math>"));
    }
    let partial = symbol("∂ℓ/∂x1", 1, 1).mathml();
    assert!(partial.contains("<mfrac><mrow><mo>∂</mo><mi>ℓ</mi></mrow>"), "{partial}");
}

#[test]
fn every_element_of_mathml_is_closed() {
    let (a, x, s) = (symbol("A", 3, 3), symbol("x", 3, 1), symbol("s", 1, 1));
    let all = [
        &(&a * &x).power(2).map("σ", f64::tanh) - &x.component_div(&x.scale(2.0)),
        &a.norm_squared() + &a.trace().component_div(&s),
        -&(&Formula::ones(3, 3) + &a).transpose(),
        &s.power(3) * &x.map_slope("Φ", f64::signum).diagonal(),
    ];
    for formula in all {
        let mut open = Vec::new();
        for tag in formula.mathml().split('<').skip(1) {
            let name = tag.split(['>', ' ']).next().unwrap();
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name.to_owned()), "{formula}"),
                None => open.push(name.to_owned()),
            }
        }
        assert!(open.is_empty(), "{formula}");
    }
}

#[test]
#[should_panic(expected = "2×3 times 2×3 does not fit")]
fn a_product_that_does_not_fit() {
    let a = symbol("A", 2, 3);
    let _ = &a * &a;
}

#[test]
#[should_panic(expected = "the shapes of A and B differ")]
fn a_sum_that_does_not_fit() {
    let _ = &symbol("A", 2, 3) + &symbol("B", 3, 2);
}

#[test]
#[should_panic(expected = "A is not a column")]
fn a_diagonal_of_a_matrix() {
    let _ = symbol("A", 2, 3).diagonal();
}
