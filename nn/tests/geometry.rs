//! A network is exactly the polyline through its vertices, and a unit is what its numbers say.

use nn::geometry::{Unit, UnitState, polyline};
use nn::initial::initial_network;
use nn::network::Network;
use nn::settings::Precision;
use proptest::prelude::*;

/// The height of a polyline at x.
fn height(vertices: &[[f64; 2]], x: f64) -> f64 {
    let after = vertices.iter().position(|v| x <= v[0]).expect("x is between the ends").max(1);
    let ([x0, y0], [x1, y1]) = (vertices[after - 1], vertices[after]);
    y0 + (y1 - y0) * (x - x0) / (x1 - x0)
}

proptest! {
    #[test]
    fn the_polyline_is_the_network(seed in 0u64..1000, width in 1usize..50, low in -2.0..0.5f64, span in 0.1..3.0f64) {
        let network = initial_network(width, seed, Precision::F64);
        let vertices = polyline(&network, [low, low + span]);
        prop_assert!(vertices.windows(2).all(|w| w[0][0] < w[1][0]));
        for i in 0..=2000 {
            let x = (low + span * f64::from(i) / 2000.0).min(low + span);
            prop_assert!((height(&vertices, x) - network.predict(x)).abs() < 1e-9);
        }
    }

    #[test]
    fn contributions_add_up_to_the_prediction(seed in 0u64..1000, width in 1usize..50, x in -1.0..2.0) {
        let network = initial_network(width, seed, Precision::F64);
        let sum: f64 = network.units().map(|unit| height(&unit.polyline([-1.0, 2.0]), x)).sum();
        prop_assert!((sum + network.biases(1)[0] - network.predict(x)).abs() < 1e-9);
    }

    #[test]
    fn the_slope_changes_by_the_slope_change(w1 in -3.0..3.0f64, e in 0.1..0.9f64, w2 in -3.0..3.0) {
        prop_assume!(w1.abs() > 1e-3);
        let unit = Unit { w1, b1: -e * w1, w2 };
        let at = unit.elbow().expect("an elbow");
        prop_assert!((at - e).abs() < 1e-12);
        let slope = |x: f64| (unit.contribution(x + 0.01) - unit.contribution(x)) / 0.01;
        prop_assert!((slope(e + 0.01) - slope(e - 0.03) - unit.slope_change()).abs() < 1e-9);
    }
}

#[test]
fn the_ends_of_a_unit_are_where_its_numbers_put_them() {
    // At x = 0 a unit is Φ(b1), at x = 1 it is Φ(w1 + b1); each times its output weight.
    let unit = Unit { w1: 2.0, b1: 0.5, w2: -3.0 };
    assert_eq!(unit.polyline([0.0, 1.0]), [[0.0, -1.5], [1.0, -7.5]]);
    let unit = Unit { w1: 2.0, b1: -0.5, w2: 3.0 };
    assert_eq!(unit.polyline([0.0, 1.0]), [[0.0, 0.0], [0.25, 0.0], [1.0, 4.5]]);
}

#[test]
fn every_unit_has_a_state() {
    let x = [0.1, 0.5, 0.9];
    let state = |w1, b1| Unit { w1, b1, w2: 1.0 }.state([0.0, 1.0], &x);
    assert_eq!(state(1.0, -0.5), UnitState::Live);
    assert_eq!(state(-1.0, 0.5), UnitState::Live);
    assert_eq!(state(1.0, 0.5), UnitState::AlwaysOn); // elbow at −0.5, on to the right of it
    assert_eq!(state(-1.0, 2.0), UnitState::AlwaysOn); // elbow at 2, on to the left of it
    assert_eq!(state(0.0, 0.1), UnitState::AlwaysOn); // no elbow
    assert_eq!(state(1.0, -2.0), UnitState::OutsideDomain); // elbow at 2, on to the right of it
    assert_eq!(state(-1.0, -0.5), UnitState::OutsideDomain);
    assert_eq!(state(1.0, -0.95), UnitState::DeadOnData); // elbow in the domain, beyond the last point
    assert_eq!(state(0.0, 0.0), UnitState::DeadOnData);
    assert_eq!(Unit { w1: 0.0, b1: 0.0, w2: 1.0 }.elbow(), None);
}

#[test]
fn an_elbow_at_zero_has_no_sign() {
    let elbow = Unit { w1: 1.0, b1: 0.0, w2: 1.0 }.elbow().expect("an elbow");
    assert!(elbow == 0.0 && elbow.is_sign_positive());
}

#[test]
fn a_network_knows_its_rows() {
    let network = Network::bent_line(&[1.0, 2.0], &[3.0, 4.0], &[5.0, 6.0], 7.0);
    assert_eq!(network.parameters(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    assert_eq!(network, Network::new(network.architecture().clone(), network.parameters().to_vec()).unwrap());
    assert_eq!(network.predict(1.0), 5.0 * 4.0 + 6.0 * 6.0 + 7.0);
    assert_eq!(network.mse(&[1.0, 1.0], &[62.0, 64.0]), 1.0);
}
