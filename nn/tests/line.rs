//! The line of a network of one input at any depth.

use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::geometry::{GeometryError, Line};
use nn::initial::Initial;
use nn::network::Network;
use proptest::prelude::*;

fn random(hidden: &[(usize, Activation)], outputs: usize, seed: u64, factor: f64) -> Network {
    let layers = hidden.iter().map(|&(units, activation)| Layer { units, activation });
    let output = Layer { units: outputs, activation: Activation::Identity };
    let architecture = Architecture::new(1, layers.chain([output]).collect(), Loss::SquaredError).unwrap();
    let network = Initial::PyTorch.network(&architecture, seed).unwrap();
    let parameters = network.parameters().iter().map(|p| factor * p).collect();
    Network::new(architecture, parameters).unwrap()
}

/// The height of a polyline at x.
fn height(vertices: &[[f64; 2]], x: f64) -> f64 {
    let after = vertices.partition_point(|v| v[0] < x).clamp(1, vertices.len() - 1);
    let ([x0, y0], [x1, y1]) = (vertices[after - 1], vertices[after]);
    y0 + (y1 - y0) * (x - x0) / (x1 - x0)
}

fn activation() -> impl Strategy<Value = Activation> {
    prop_oneof![4 => Just(Activation::Relu), 2 => Just(Activation::LeakyRelu), 1 => Just(Activation::Identity)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_unit_is_its_polyline_and_breaks_where_it_turns(
        hidden in prop::collection::vec((1usize..15, activation()), 0..5),
        seed in 0u64..1_000_000,
        scale in -2i32..3,
        low in -4.0..0.0f64,
        span in 0.5..8.0f64,
    ) {
        let network = random(&hidden, 2, seed, 3.0_f64.powi(scale));
        let domain = [low, low + span];
        let line = Line::new(&network, domain, 0.0).unwrap();
        prop_assert!(line.is_exact());
        prop_assert!(line.x().windows(2).all(|w| w[0] < w[1]));
        prop_assert_eq!([line.x()[0], line.x()[line.x().len() - 1]], domain);
        prop_assert!(line.breaks().windows(2).all(|w| w[0].x <= w[1].x));
        let layers = network.architecture().layers();
        let outputs: Vec<_> = (0..2).map(|k| line.output(k)).collect();
        let units: Vec<Vec<_>> = layers.iter().enumerate().map(|(l, of)| (0..of.units).map(|u| line.unit(l, u)).collect()).collect();
        let mut before: Option<(f64, nn::network::Evaluation)> = None;
        for i in 0..=1500 {
            let x = (low + span * f64::from(i) / 1500.0).min(domain[1]);
            let values = network.evaluate(&[x]);
            let size = (0..layers.len()).flat_map(|l| values.before(l)).fold(1.0_f64, |size, z| size.max(z.abs()));
            for (k, vertices) in outputs.iter().enumerate() {
                prop_assert!((height(vertices, x) - values.outputs()[k]).abs() < 1e-9 * size);
            }
            for (l, units) in units.iter().enumerate() {
                for (u, vertices) in units.iter().enumerate() {
                    prop_assert!((height(vertices, x) - values.after(l)[u]).abs() < 1e-9 * size, "unit {u} of layer {l} at {x}");
                }
            }
            // A unit that has turned since the last x has an odd number of breaks on the way, any other an even one.
            if let Some((last, old)) = &before {
                for (l, of) in layers.iter().enumerate().filter(|(_, of)| of.activation != Activation::Identity) {
                    for u in 0..of.units {
                        let [was, is] = [old, &values].map(|values| values.before(l)[u]);
                        if was.abs().min(is.abs()) > 1e-9 * size {
                            let own = line.breaks().iter().filter(|b| b.layer == l && b.unit == u && *last < b.x && b.x < x).count();
                            prop_assert_eq!(own % 2 == 1, (was > 0.0) != (is > 0.0), "unit {} of layer {} before {}", u, l, x);
                        }
                    }
                }
            }
            before = Some((x, values));
        }
        for b in line.breaks() {
            let values = network.evaluate(&[b.x]);
            let size = (0..layers.len()).flat_map(|l| values.before(l)).fold(1.0_f64, |size, z| size.max(z.abs()));
            prop_assert!(values.before(b.layer)[b.unit].abs() < 1e-9 * size, "{:?}", b);
        }
    }

    #[test]
    fn smooth_units_are_within_the_tolerance(
        hidden in prop::collection::vec((1usize..8, prop::sample::select(Activation::ALL)), 1..4),
        seed in 0u64..1_000_000,
        scale in 0i32..3,
    ) {
        let network = random(&hidden, 1, seed, 3.0_f64.powi(scale));
        let line = Line::new(&network, [-2.0, 2.0], 1e-3).unwrap();
        let vertices = line.output(0);
        let values: Vec<[f64; 2]> = (0..=5000).map(|i| -2.0 + 4.0 * f64::from(i) / 5000.0).map(|x| [x, network.predict(x)]).collect();
        let of = |pick: fn(f64, f64) -> f64, start| values.iter().map(|v| v[1]).fold(start, pick);
        let range = of(f64::max, f64::MIN) - of(f64::min, f64::MAX);
        for [x, y] in values {
            // It is held at the quarters of each piece; beside a kink between the first two it may be 4/3 of that, and
            // more where a smooth kink dips on its way, as that of GELU.
            prop_assert!((height(&vertices, x) - y).abs() <= 2e-3 * range + 1e-9, "{} at {x}", height(&vertices, x) - y);
        }
    }
}

#[test]
fn sharp_curves_are_not_stepped_over() {
    use Activation::{Gelu, Identity, Sine};
    let network = random(&[(2, Sine), (4, Identity), (5, Gelu)], 1, 176_689, 9.0);
    let vertices = Line::new(&network, [-2.0, 2.0], 1e-3).unwrap().output(0);
    let range =
        vertices.iter().map(|v| v[1]).fold(f64::MIN, f64::max) - vertices.iter().map(|v| v[1]).fold(f64::MAX, f64::min);
    for x in (-2000..=2000).map(|i| 1e-3 * f64::from(i)) {
        assert!((height(&vertices, x) - network.predict(x)).abs() < 1.5e-3 * range);
    }
}

#[test]
fn a_unit_that_is_alive_between_two_vertices_is_not_refined_for_ever() {
    let network = random(&[(7, Activation::Tanh), (2, Activation::Relu), (7, Activation::Relu)], 1, 98_884, 3.0);
    assert!(Line::new(&network, [-2.0, 2.0], 1e-3).unwrap().x().len() < 1000);
}

#[test]
fn one_hidden_layer_breaks_at_its_elbows_to_the_bit() {
    for seed in 0..20 {
        let network = nn::initial::initial_network(30, seed, nn::settings::Precision::F64);
        let mut elbows: Vec<f64> =
            network.units().filter_map(nn::geometry::Unit::elbow).filter(|&e| 0.0 < e && e < 1.0).collect();
        elbows.sort_by(f64::total_cmp);
        let line = Line::new(&network, [0.0, 1.0], 0.0).unwrap();
        assert_eq!(line.breaks().iter().map(|b| b.x).collect::<Vec<_>>(), elbows);
    }
}

#[test]
fn breaks_that_coincide_are_one_vertex() {
    // The same elbow, three times, and a second layer that turns there, too.
    let relu = |units| Layer { units, activation: Activation::Relu };
    let output = Layer { units: 1, activation: Activation::Identity };
    let architecture = Architecture::new(1, vec![relu(3), relu(1), output], Loss::SquaredError).unwrap();
    let parameters = vec![0.3, -0.9, 0.1, -0.1, 0.3, -0.1 / 3.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0];
    let line = Line::new(&Network::new(architecture, parameters).unwrap(), [0.0, 1.0], 0.0).unwrap();
    assert_eq!(line.x().len(), 3);
    let of_first: Vec<usize> = line.breaks().iter().filter(|b| b.layer == 0).map(|b| b.unit).collect();
    assert_eq!(of_first, [0, 1, 2]);
}

#[test]
fn a_line_that_is_none_is_an_error() {
    let network = random(&[(3, Activation::Relu)], 1, 0, 1.0);
    for place in 0..network.parameters().len() {
        let mut parameters = network.parameters().to_vec();
        parameters[place] = f64::NAN;
        let broken = Network::new(network.architecture().clone(), parameters).unwrap();
        assert_eq!(Line::new(&broken, [0.0, 1.0], 1e-3).unwrap_err(), GeometryError::NotFinite { layer: place / 6 });
        assert!(nn::geometry::polyline(&broken, [0.0, 1.0]).is_empty());
    }
    assert!(matches!(Line::new(&network, [1.0, 1.0], 1e-3), Err(GeometryError::Domain { .. })));
    let huge = random(&[(3, Activation::Sine), (3, Activation::Relu)], 1, 0, 1e300);
    assert!(matches!(Line::new(&huge, [0.0, 1.0], 1e-3), Err(GeometryError::TooFine { layer: 0, .. })));
    let constant = random(&[(3, Activation::Tanh)], 1, 0, 0.0);
    assert_eq!(Line::new(&constant, [0.0, 1.0], 1e-3).unwrap().output(0)[0], [0.0, 0.0]);
}
