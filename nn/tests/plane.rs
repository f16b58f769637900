//! The polygons of a network of two inputs: they fill the domain, fit together, and the network is linear on each.

use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::geometry::{GeometryError, Plane, Region, Slice, SliceError};
use nn::initial::Initial;
use nn::network::Network;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tensor::random::Streams;

const SQUARE: [[f64; 2]; 2] = [[-1.0, 1.0], [-1.0, 1.0]];

fn architecture(inputs: usize, hidden: &[(usize, Activation)], outputs: usize) -> Architecture {
    let hidden = hidden.iter().map(|&(units, activation)| Layer { units, activation });
    let output = Layer { units: outputs, activation: Activation::Identity };
    Architecture::new(inputs, hidden.chain([output]).collect(), Loss::SquaredError).unwrap()
}

fn random(hidden: &[(usize, Activation)], outputs: usize, seed: u64) -> Network {
    Initial::PyTorch.network(&architecture(2, hidden, outputs), seed).unwrap()
}

/// One hidden layer of ReLUs with the folds a·x + b·y + c = 0, added up.
fn with_folds(folds: &[[f64; 3]]) -> Network {
    let column = |k: usize| folds.iter().map(move |fold| fold[k]);
    let parameters = column(0).chain(column(1)).chain(column(2)).chain(folds.iter().map(|_| 1.0)).chain([0.0]);
    Network::new(architecture(2, &[(folds.len(), Activation::Relu)], 1), parameters.collect()).unwrap()
}

fn pattern(region: Region<'_>, network: &Network) -> Vec<bool> {
    let layers = network.architecture().layers();
    let units = layers.iter().enumerate().flat_map(|(l, layer)| (0..layer.units).map(move |unit| (l, unit)));
    units.map(|(layer, unit)| region.is_on(layer, unit)).collect()
}

/// A point of a convex polygon, nearer to the middle than to the corners.
fn inside(region: Region<'_>, streams: &mut Streams) -> [f64; 2] {
    let corners: Vec<[f64; 2]> = region.corners().collect();
    let weights: Vec<f64> = corners.iter().map(|_| streams.uniform() + 1e-3).collect();
    let sum: f64 = weights.iter().sum();
    [0, 1].map(|i| corners.iter().zip(&weights).map(|(corner, w)| corner[i] * w / sum).sum())
}

/// Everything that holds for the polygons of any network; `points` of them are looked at inside.
fn assert_sound(network: &Network, domain: [[f64; 2]; 2], points: usize) -> Plane {
    let plane = Plane::new(network, domain).unwrap();
    let [width, height] = domain.map(|[low, high]| high - low);
    let area: f64 = plane.regions().map(Region::area).sum();
    assert!((area - width * height).abs() <= 1e-12 * width * height, "{area} of {}", width * height);

    let sides: Vec<Vec<([f64; 2], [f64; 2], Option<usize>)>> = plane
        .regions()
        .map(|region| {
            let corners: Vec<[f64; 2]> = region.corners().collect();
            let next = corners.iter().cycle().skip(1);
            corners.iter().zip(next).zip(region.neighbours()).map(|((&a, &b), across)| (a, b, across)).collect()
        })
        .collect();
    let mut edge = 0.0;
    for (here, of_here) in sides.iter().enumerate() {
        for &(a, b, across) in of_here {
            match across {
                Some(there) => {
                    assert!(sides[there].contains(&(b, a, Some(here))), "{here} and {there} share no side");
                }
                None => edge += (a[0] - b[0]).abs() + (a[1] - b[1]).abs(),
            }
        }
    }
    assert!((edge - 2.0 * (width + height)).abs() <= 1e-12 * edge, "the edge is {edge} long");

    let layers = network.architecture().layers();
    let outputs: Vec<_> = (0..network.architecture().outputs()).map(|k| plane.outputs(k)).collect();
    let patterns: BTreeSet<Vec<bool>> = plane.regions().map(|region| pattern(region, network)).collect();
    assert_eq!(patterns.len(), plane.len(), "two polygons of one pattern");
    let mut streams = Streams::new(7, 7);
    for k in 0..points {
        let region = plane.regions().nth(k % plane.len()).unwrap();
        let at = inside(region, &mut streams);
        let values = network.evaluate(&at);
        let size = (0..layers.len()).flat_map(|l| values.before(l)).fold(1.0_f64, |size, z| size.max(z.abs()));
        for (k, affine) in outputs.iter().enumerate() {
            let (found, expected) = (affine[region.index()].at(at), values.outputs()[k]);
            assert!((found - expected).abs() <= 1e-9 * size, "ŷ at {at:?}: {found} for {expected}");
        }
        let (layer, unit) = (k % layers.len(), k % layers[k % layers.len()].units);
        let found = region.unit(layer, unit).at(at);
        assert!((found - values.after(layer)[unit]).abs() <= 1e-9 * size, "unit {unit} of layer {layer} at {at:?}");
        for (l, layer) in layers.iter().enumerate().filter(|(_, layer)| layer.activation != Activation::Identity) {
            for unit in 0..layer.units {
                let z = values.before(l)[unit];
                assert!(z.abs() <= 1e-9 * size || (z > 0.0) == region.is_on(l, unit), "unit {unit} of layer {l}: {z}");
            }
        }
    }
    plane
}

/// How often a segment crosses lines.
fn crossings(lines: &[Vec<[f64; 2]>], p: [f64; 2], q: [f64; 2]) -> usize {
    let side =
        |a: [f64; 2], b: [f64; 2], c: [f64; 2]| (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0.0;
    let segments = lines.iter().flat_map(|line| line.windows(2));
    segments.filter(|s| side(p, q, s[0]) != side(p, q, s[1]) && side(s[0], s[1], p) != side(s[0], s[1], q)).count()
}

/// From point to point of the domain, the sign changes exactly as often as the way crosses the lines.
fn assert_separates(lines: &[Vec<[f64; 2]>], [xs, ys]: [[f64; 2]; 2], is_above: impl Fn([f64; 2]) -> Option<bool>) {
    let mut streams = Streams::new(8, 8);
    let mut draw = |[low, high]: [f64; 2]| low + (high - low) * streams.uniform();
    for _ in 0..300 {
        let [p, q] = [[draw(xs), draw(ys)], [draw(xs), draw(ys)]];
        let (Some(at_p), Some(at_q)) = (is_above(p), is_above(q)) else { continue };
        assert_eq!(crossings(lines, p, q) % 2 == 1, at_p != at_q, "from {p:?} to {q:?}");
    }
    for line in lines {
        let on_edge = |[x, y]: [f64; 2]| xs.contains(&x) || ys.contains(&y);
        let [first, last] = [line[0], line[line.len() - 1]];
        assert!(first == last || (on_edge(first) && on_edge(last)), "a line ends inside at {first:?} or {last:?}");
    }
}

fn activation() -> impl Strategy<Value = Activation> {
    prop_oneof![4 => Just(Activation::Relu), 2 => Just(Activation::LeakyRelu), 1 => Just(Activation::Identity)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn polygons_fill_the_domain_fit_together_and_are_linear(
        hidden in prop::collection::vec((1usize..12, activation()), 0..4),
        outputs in 1usize..4,
        seed in 0u64..1_000_000,
        low in -3.0..0.0f64,
        size in 0.5..6.0f64,
        scale in -3i32..4,
    ) {
        let network = random(&hidden, outputs, seed);
        let parameters = network.parameters().iter().map(|p| p * 4.0_f64.powi(scale)).collect();
        let network = Network::new(network.architecture().clone(), parameters).unwrap();
        let domain = [[low, low + size], [low / 2.0, low / 2.0 + 2.0 * size]];
        let plane = assert_sound(&network, domain, 400);

        // No pattern of a dense evaluation is missing.
        let patterns: BTreeSet<Vec<bool>> = plane.regions().map(|region| pattern(region, &network)).collect();
        for i in 0..900 {
            let at = [i % 30, i / 30].map(|k| (f64::from(k) + 0.5) / 30.0);
            let at = [0, 1].map(|k| domain[k][0] + at[k] * (domain[k][1] - domain[k][0]));
            let values = network.evaluate(&at);
            let layers = network.architecture().layers().iter().enumerate();
            let found: Vec<bool> = layers
                .flat_map(|(l, layer)| {
                    let kinked = layer.activation != Activation::Identity;
                    values.before(l).iter().map(move |&z| kinked && z > 0.0)
                })
                .collect();
            let near = (0..network.architecture().layers().len()).flat_map(|l| values.before(l)).any(|z| z.abs() < 1e-9);
            prop_assert!(near || patterns.contains(&found), "a pattern at {at:?} is missing");
        }

        // Folds and level sets part what they should.
        for (layer, of) in hidden.iter().enumerate().filter(|(_, of)| of.1 != Activation::Identity) {
            let unit = seed as usize % of.0;
            assert_separates(&plane.fold(layer, unit), domain, |at| {
                let z = network.evaluate(&at).before(layer)[unit];
                (z.abs() > 1e-9).then_some(z > 0.0)
            });
        }
        let level = network.outputs(&[low + size / 2.0, low / 2.0 + size])[0];
        let level = level + 1e-3 * (1.0 + level.abs());
        assert_separates(&plane.level_set(0, level), domain, |at| {
            let above = network.outputs(&at)[0] - level;
            (above.abs() > 1e-9 * (1.0 + level.abs())).then_some(above > 0.0)
        });
        if outputs > 1 {
            assert_separates(&plane.equal_outputs(0, 1), domain, |at| {
                let y = network.outputs(&at);
                ((y[0] - y[1]).abs() > 1e-9 * (1.0 + y[0].abs())).then_some(y[0] > y[1])
            });
        }
    }

    /// Lines with small whole numbers are often parallel, coincide, or meet three in a point; the count is exact.
    #[test]
    fn one_layer_makes_one_polygon_more_for_each_line_and_each_crossing(
        lines in prop::collection::vec([-3i128..4, -3i128..4, -3i128..4], 1..9),
    ) {
        let folds: Vec<[f64; 3]> = lines.iter().map(|line| line.map(|n| n as f64)).collect();
        let plane = assert_sound(&with_folds(&folds), [[-2.0, 2.0], [-2.0, 2.0]], 200);
        prop_assert_eq!(plane.len(), expected_count(&lines));
    }
}

/// 1, the lines that cross the open square (−2, 2)², and for each point of it where lines cross one less than there are
/// lines; all in whole numbers.
fn expected_count(lines: &[[i128; 3]]) -> usize {
    let gcd = |a: i128, b: i128| {
        let (mut a, mut b) = (a.abs(), b.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let crosses = |&[a, b, c]: &[i128; 3]| {
        let corners = [[-2, -2], [-2, 2], [2, -2], [2, 2]].map(|[x, y]| a * x + b * y + c);
        corners.iter().any(|&z| z > 0) && corners.iter().any(|&z| z < 0)
    };
    let same = |&[a, b, c]: &[i128; 3]| {
        let common = gcd(gcd(a, b), c) * if a < 0 || (a == 0 && b < 0) { -1 } else { 1 };
        [a / common, b / common, c / common]
    };
    let lines: BTreeSet<[i128; 3]> = lines.iter().filter(|line| crosses(line)).map(same).collect();
    let lines: Vec<[i128; 3]> = lines.into_iter().collect();
    let mut through: BTreeMap<[i128; 4], BTreeSet<usize>> = BTreeMap::new();
    for (i, &[a, b, c]) in lines.iter().enumerate() {
        for (j, &[d, e, f]) in lines.iter().enumerate().skip(i + 1) {
            let det = a * e - b * d;
            if det == 0 {
                continue;
            }
            let (x, y, det) = ((b * f - c * e) * det.signum(), (c * d - a * f) * det.signum(), det.abs());
            if x.abs() < 2 * det && y.abs() < 2 * det {
                let (gx, gy) = (gcd(x, det), gcd(y, det));
                through.entry([x / gx, det / gx, y / gy, det / gy]).or_default().extend([i, j]);
            }
        }
    }
    1 + lines.len() + through.values().map(|lines| lines.len() - 1).sum::<usize>()
}

#[test]
fn parallel_coincident_and_concurrent_folds_are_counted_once() {
    let count = |folds: &[[f64; 3]]| assert_sound(&with_folds(folds), SQUARE, 100).len();
    assert_eq!(count(&[[1.0, 0.0, 0.0], [1.0, 0.0, 0.5], [1.0, 0.0, -0.5]]), 4);
    // The same line three times, once from the other side and once from scaled numbers that round.
    assert_eq!(count(&[[0.1, 0.3, 0.01], [-0.1, -0.3, -0.01], [0.1 / 3.0, 0.3 / 3.0, 0.01 / 3.0]]), 2);
    // Twelve lines through a point that is no double.
    let star: Vec<[f64; 3]> = (0..12)
        .map(|k| {
            let (a, b) = (0.3 * f64::from(k) + 0.1, 1.0 - 0.2 * f64::from(k));
            [a, b, -(a / 3.0 + b / 7.0)]
        })
        .collect();
    assert_eq!(count(&star), 24);
    // Along an edge, through two corners, and beyond.
    assert_eq!(count(&[[1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 2.0], [1.0, 1.0, 2.0]]), 2);
}

#[test]
fn units_without_a_fold_cut_nothing() {
    let plane =
        assert_sound(&with_folds(&[[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]), SQUARE, 50);
    assert_eq!(plane.len(), 2);
    assert!(plane.regions().all(|region| !region.is_on(0, 0) && region.is_on(0, 1) && !region.is_on(0, 2)));
    assert!(plane.fold(0, 1).is_empty());
    let constant =
        Initial::Zero.network(&architecture(2, &[(5, Activation::Relu), (5, Activation::Relu)], 2), 0).unwrap();
    let plane = assert_sound(&constant, SQUARE, 10);
    assert_eq!(plane.len(), 1);
    assert_eq!(plane.outputs(1)[0].gradient, [0.0, 0.0]);
    // ŷ = 0 on the whole square, and nowhere below.
    assert!(plane.level_set(0, 0.0).is_empty());
}

/// ŷ = z − 49·(z/49), where the quotients are rounded: 0 everywhere but for rounding, which has either sign.
#[test]
fn rounding_is_no_level_set() {
    let hidden =
        [[0.1, 0.3, 0.7], [0.1 / 49.0, 0.3 / 49.0, 0.7 / 49.0], [1.0, 0.1, 0.0], [0.2, 1.0, 0.1], [1.0, 1.0, 0.3]];
    let column = |k: usize| hidden.iter().map(move |unit| unit[k]);
    let output = [1.0, -49.0, 0.0, 0.0, 0.0, 0.0];
    let parameters = column(0).chain(column(1)).chain(column(2)).chain(output).collect();
    let network = Network::new(architecture(2, &[(5, Activation::Relu)], 1), parameters).unwrap();
    let plane = assert_sound(&network, SQUARE, 100);
    let corners = plane.regions().flat_map(Region::corners);
    assert!(corners.into_iter().any(|corner| network.outputs(&corner)[0] < 0.0));
    assert!(plane.level_set(0, 0.0).is_empty());
}

#[test]
fn a_second_layer_that_repeats_the_first_folds_where_it_does() {
    // Both units of the second layer are Φ of a sum that is 0 where the first unit is.
    let architecture = architecture(2, &[(1, Activation::Relu), (2, Activation::Relu)], 1);
    let parameters = vec![0.7, -0.2, 0.1, 1.0, -1.0, 0.0, 0.0, 1.0, 1.0, 0.0];
    let network = Network::new(architecture, parameters).unwrap();
    let plane = assert_sound(&network, SQUARE, 100);
    assert_eq!(plane.len(), 2);
    assert_eq!(plane.fold(0, 0), plane.fold(1, 0));
    assert!(plane.fold(1, 1).is_empty());
}

#[test]
fn scales_change_nothing() {
    let start = random(&[(9, Activation::Relu), (7, Activation::Relu)], 1, 5);
    let plane = Plane::new(&start, SQUARE).unwrap();
    let corners = |plane: &Plane| plane.regions().map(|region| region.corners().collect()).collect::<Vec<Vec<_>>>();
    for exponent in [-900, -300, 300, 900] {
        // Powers of two are exact: W1 and b1 times 2ᵏ, and W2 divided by it, is the same function.
        let factor = 2.0_f64.powi(exponent);
        let mut parameters = start.parameters().to_vec();
        parameters[..27].iter_mut().for_each(|p| *p *= factor);
        parameters[27..90].iter_mut().for_each(|p| *p /= factor);
        let scaled = Plane::new(&Network::new(start.architecture().clone(), parameters).unwrap(), SQUARE).unwrap();
        assert_eq!(corners(&scaled), corners(&plane), "2^{exponent}");
        assert_eq!(scaled.outputs(0), plane.outputs(0), "2^{exponent}");
    }
}

#[test]
fn a_huge_weight_of_a_dead_unit_hides_no_fold() {
    let architecture = architecture(2, &[(2, Activation::Relu), (1, Activation::Relu)], 1);
    // Unit 0 is off on the square; unit 1 is x + 2. The second layer folds at x + 2 = 1.5.
    let network = Network::new(architecture, vec![0.0, 1.0, 0.0, 0.0, -1.0, 2.0, 1e15, 1.0, -1.5, 1.0, 0.0]).unwrap();
    let plane = assert_sound(&network, SQUARE, 50);
    assert_eq!(plane.len(), 2);
    let fold = &plane.fold(1, 0)[0];
    assert!(fold.iter().all(|[x, _]| (x + 0.5).abs() < 1e-12), "{fold:?}");
}

#[test]
fn what_cannot_be_drawn_is_an_error() {
    let relu = [(3, Activation::Relu)];
    let network = random(&relu, 1, 0);
    let error = |network: &Network, domain| Plane::new(network, domain).unwrap_err();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut parameters = network.parameters().to_vec();
        parameters[9] = value;
        let broken = Network::new(network.architecture().clone(), parameters).unwrap();
        assert_eq!(error(&broken, SQUARE), GeometryError::NotFinite { layer: 1 });
    }
    let smooth = random(&[(3, Activation::Relu), (3, Activation::Tanh)], 1, 0);
    let message = error(&smooth, SQUARE).to_string();
    assert_eq!(message, "layer 2 is tanh, which is not piecewise linear: it has no polygons");
    for range in [[0.0, 0.0], [1.0, 0.0], [f64::NAN, 1.0], [0.0, f64::INFINITY], [-1.7e308, 1.7e308]] {
        assert!(matches!(error(&network, [range, [0.0, 1.0]]), GeometryError::Domain { .. }), "{range:?}");
    }
    let three = Initial::PyTorch.network(&architecture(3, &relu, 1), 0).unwrap();
    assert_eq!(error(&three, SQUARE), GeometryError::Inputs { expected: 2, found: 3 });
    let huge = network.parameters().iter().map(|_| 1e200).collect();
    let huge = Network::new(network.architecture().clone(), huge).unwrap();
    assert_eq!(error(&huge, SQUARE), GeometryError::Overflow { layer: 1 });
}

#[test]
fn a_slice_is_the_network_on_it() {
    let network =
        Initial::PyTorch.network(&architecture(5, &[(8, Activation::Relu), (6, Activation::LeakyRelu)], 2), 3).unwrap();
    let points: [&[f64]; 3] = [&[0.1, -0.2, 0.3, 0.0, 1.0], &[1.0, 0.0, 0.0, -1.0, 0.5], &[0.0, 1.0, 0.5, 0.25, -1.0]];
    let slice = Slice::through(&points).unwrap();
    for (coordinates, point) in [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]].iter().zip(points) {
        assert!(slice.point(coordinates).iter().zip(point).all(|(a, b)| (a - b).abs() < 1e-15));
    }
    let plane = assert_sound(&slice.network(&network).unwrap(), [[-2.0, 3.0], [-1.0, 2.0]], 500);
    for region in plane.regions() {
        let centre = region.centre();
        let expected = network.outputs(&slice.point(&centre));
        assert!((0..2).all(|k| (region.output(k).at(centre) - expected[k]).abs() < 1e-12));
    }
    let inputs = Slice::of_inputs(points[0], [1, 4]).unwrap();
    assert_eq!(inputs.point(&[7.0, 8.0]), [0.1, 7.0, 0.3, 0.0, 8.0]);

    let error = |points: &[&[f64]]| Slice::through(points).unwrap_err();
    assert_eq!(error(&[&[0.0, 1.0]]), SliceError::Points(1));
    assert_eq!(error(&[&[0.0, 1.0], &[0.0, 1.0]]), SliceError::Degenerate("one point"));
    assert_eq!(error(&[&[0.0, 0.1], &[0.1, 0.3], &[0.3, 0.7]]), SliceError::Degenerate("one line"));
    assert_eq!(error(&[&[0.0, 0.1], &[0.1]]), SliceError::Coordinates { point: 2, found: 1, expected: 2 });
    assert_eq!(error(&[&[0.0, 0.1], &[0.1, f64::NAN]]), SliceError::NotFinite(2));
    let other = Slice::through(&[&[0.0; 2], &[1.0; 2]]).unwrap().network(&network).unwrap_err();
    assert_eq!(other.to_string(), "point 1 has 2 coordinates, and there are 5 inputs");
}

/// FNV-1a over the bits of all corners and gradients: as computed on another machine, and in WebAssembly.
#[test]
fn polygons_have_the_same_bits_everywhere() {
    let network = random(&[(16, Activation::Relu), (16, Activation::LeakyRelu), (4, Activation::Relu)], 1, 11);
    let parameters = network.parameters().iter().map(|p| 4.0 * p).collect();
    let network = Network::new(network.architecture().clone(), parameters).unwrap();
    let plane = Plane::new(&network, [[-2.0, 2.0], [-2.0, 2.0]]).unwrap();
    let gradients = plane.outputs(0).into_iter().map(|affine| affine.gradient);
    let numbers = plane.regions().flat_map(Region::corners).chain(gradients).flatten();
    let bytes = numbers.flat_map(|number| number.to_bits().to_le_bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    assert_eq!((plane.len(), hash), (383, 0x81cd_c57e_314a_1b81));
}

#[test]
fn a_plane_of_two_columns_holds_the_others_at_their_medians() {
    let rows: String = (0..20).map(|i| format!("{i},{},{},{}\n", i * i % 11, 7 * i % 5, 3 * i % 13)).collect();
    let request = nn::table::Request { x: "1-3".to_owned(), y: "4".to_owned(), ..Default::default() };
    let data = nn::data::Data::from_table("t.csv", rows.as_bytes(), &request).unwrap();
    let mut middle: Vec<f64> = data.x.chunks_exact(3).map(|x| x[1]).collect();
    middle.sort_by(f64::total_cmp);
    let slice = Slice::of_data(&data, [2, 0]).unwrap();
    assert_eq!(slice.point(&[0.25, 9.0]), [9.0, middle[(middle.len() - 1) / 2], 0.25]);
    assert!(Slice::of_data(&data, [1, 1]).is_err());
}

/// The values of a network as after training, at a million points: `cargo test -p nn --test plane -- --ignored`.
#[test]
#[ignore = "takes seconds"]
fn a_million_points_agree_with_dense_evaluation() {
    let network = random(&[(64, Activation::Relu), (64, Activation::Relu)], 1, 12);
    let parameters = network.parameters().iter().map(|p| 3.0 * p).collect();
    let network = Network::new(network.architecture().clone(), parameters).unwrap();
    let plane = Plane::new(&network, SQUARE).unwrap();
    let outputs = plane.outputs(0);
    let mut streams = Streams::new(9, 9);
    let regions: Vec<Region<'_>> = plane.regions().collect();
    let mut evaluation = nn::network::Evaluation::new(network.architecture());
    for k in 0..1_000_000 {
        let region = regions[k % regions.len()];
        let at = inside(region, &mut streams);
        network.evaluate_into(&at, &mut evaluation);
        let (found, expected) = (outputs[region.index()].at(at), evaluation.outputs()[0]);
        assert!((found - expected).abs() < 1e-11, "{found} for {expected} at {at:?}");
    }
}

#[test]
fn far_from_0_the_polygons_are_those_near_0() {
    let near = random(&[(9, Activation::Relu), (6, Activation::LeakyRelu)], 2, 5);
    // Parameters of few bits, so that the same network over inputs around 2⁵⁰ is exactly the same.
    let mut parameters = near.parameters().to_vec();
    let [weights, biases] = near.architecture().places(0);
    parameters[..biases.end].iter_mut().for_each(|p| *p = (*p * 2048.0).round() / 2048.0);
    let near = Network::new(near.architecture().clone(), parameters.clone()).unwrap();
    let (middle, unit) = (2.0_f64.powi(50), 1024.0);
    for i in 0..biases.len() {
        parameters[weights.start + i] /= unit;
        parameters[biases.start + i] -= parameters[weights.start + i] * middle;
    }
    let far = Network::new(near.architecture().clone(), parameters).unwrap();
    let there = |[x, y]: [f64; 2]| [middle + unit * x, y];
    let near_plane = Plane::new(&near, SQUARE).unwrap();
    let far_plane = Plane::new(&far, [[middle - unit, middle + unit], SQUARE[1]]).unwrap();
    assert!(near_plane.len() > 20 && near_plane.len() == far_plane.len());
    for (a, b) in near_plane.regions().zip(far_plane.regions()) {
        assert_eq!(a.corners().map(there).collect::<Vec<_>>(), b.corners().collect::<Vec<_>>());
        assert_eq!(pattern(a, &near), pattern(b, &far));
        assert!((unit * a.area() - b.area()).abs() <= 1e-12 * b.area());
        let [here, there] = [a.output(1).at(a.centre()), b.output(1).at(b.centre())];
        // As near as numbers of this size allow.
        assert!((here - there).abs() < 1e-3, "{here} and {there}");
    }
    for (layer, unit) in [(0, 3), (1, 2)] {
        let lines: Vec<Vec<[f64; 2]>> =
            near_plane.fold(layer, unit).iter().map(|line| line.iter().copied().map(there).collect()).collect();
        assert_eq!(lines, far_plane.fold(layer, unit));
    }
    let first = near_plane.regions().next().unwrap();
    let level = first.output(0).at(first.centre());
    let [here, over_there] = [&near_plane, &far_plane].map(|plane| plane.level_set(0, level));
    assert_eq!(
        here.iter().map(|line| line.iter().copied().map(there).collect::<Vec<_>>()).collect::<Vec<_>>(),
        over_there
    );
    assert!(!here.is_empty());
}
