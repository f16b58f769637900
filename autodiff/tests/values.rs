//! The value of every operation, by nalgebra and the standard library.

use autodiff::{SMatrix, Tape};

type Wide = SMatrix<f64, 2, 3>;

#[test]
fn operations_compute_what_they_are_called() {
    let tape = Tape::new();
    let [p, q] = [
        Wide::from_row_slice(&[0.5, 1.5, 2.0, 0.25, 3.0, 1.0]),
        Wide::from_row_slice(&[2.0, -1.0, 0.5, 4.0, -3.0, 1.0]),
    ];
    let r = SMatrix::<f64, 3, 2>::from_row_slice(&[1.0, 2.0, -3.0, 0.5, 0.25, -1.0]);
    let column = SMatrix::<f64, 2, 1>::new(10.0, -20.0);
    let [a, b] = [tape.parameter("A", p), tape.parameter("B", q)];
    let (c, shift, s) =
        (tape.parameter("C", r), tape.parameter("b", column), tape.parameter("s", SMatrix::<f64, 1, 1>::new(-4.0)));

    for (found, expected) in [
        (a + b, p + q),
        (a - b, p - q),
        (-a, -p),
        (a * 3.0, p * 3.0),
        (3.0 * a, p * 3.0),
        (a.component_mul(b), p.component_mul(&q)),
        (a.component_div(b), p.component_div(&q)),
        (a.scale_by(s), p * -4.0),
        (a.add_to_columns(shift), Wide::from_fn(|i, j| p[(i, j)] + column[i])),
        (a * c * b, p * r * q),
        (c.transpose(), r.transpose()),
        (b.relu(), q.map(|x| x.max(0.0))),
        (b.leaky_relu(), q.map(|x| if x > 0.0 { x } else { 0.01 * x })),
        (b.tanh(), q.map(f64::tanh)),
        (b.sigmoid(), q.map(|x| 1.0 / (1.0 + (-x).exp()))),
        (b.exp(), q.map(f64::exp)),
        (a.ln(), p.map(f64::ln)),
        (b.sin(), q.map(f64::sin)),
        (b.cos(), q.map(f64::cos)),
        (a.sqrt(), p.map(f64::sqrt)),
        (b.powi(3), q.map(|x| x * x * x)),
    ] {
        let off = (found.value() - expected).amax();
        assert!(off <= 4e-15 * expected.amax(), "{:?}: {} and {expected}", found.id(), found.value());
    }
    // erf(1) and erf(½), Abramowitz and Stegun, table 7.1; GELU is x·(1 + erf(x/√2))/2, and erf(1/√2) is the share within
    // one standard deviation.
    let x = tape.parameter("x", SMatrix::<f64, 1, 2>::new(1.0, 0.5));
    assert!((x.erf().value() - SMatrix::<f64, 1, 2>::new(0.842_700_792_949_715, 0.520_499_877_813_047)).amax() < 1e-14);
    assert!((x.gelu().value()[0] - f64::midpoint(1.0, 0.682_689_492_137_086)).abs() < 1e-14);
    assert_eq!((-a.dynamic()).unwrap().value(), -a.dynamic().value());
    assert_eq!(b.sum().scalar(), q.sum());
    assert!((b.norm_squared().scalar() - q.norm_squared()).abs() < 1e-13);
}
