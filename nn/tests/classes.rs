//! Areas of classes and meshes of smooth networks cover the plane and say what the network says.

use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::geometry::{Classes, Mesh, Plane, gradient};
use nn::initial::Initial;
use nn::network::Network;
use tensor::random::Streams;

const DOMAIN: [[f64; 2]; 2] = [[-2.0, 1.0], [-1.0, 3.0]];

fn network(activation: Activation, outputs: usize, seed: u64) -> Network {
    let hidden = Layer { units: 9, activation };
    let output = Layer { units: outputs, activation: Activation::Identity };
    let architecture = Architecture::new(2, vec![hidden, hidden, output], Loss::SquaredError).unwrap();
    let start = Initial::Kaiming.network(&architecture, seed).unwrap();
    // Not all folds through one point.
    let shifted = start.parameters().iter().enumerate().map(|(i, p)| p + 0.2 * libm::sin(i as f64));
    Network::new(architecture, shifted.collect()).unwrap()
}

fn area(polygon: &[[f64; 2]]) -> f64 {
    let next = polygon.iter().cycle().skip(1);
    polygon.iter().zip(next).map(|(a, b)| a[0] * b[1] - a[1] * b[0]).sum::<f64>().abs() / 2.0
}

/// Whether a convex polygon holds a point, on either way round.
fn holds(polygon: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let next = polygon.iter().cycle().skip(1);
    let side = |(a, b): (&[f64; 2], &[f64; 2])| (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
    let sides: Vec<f64> = polygon.iter().zip(next).map(side).collect();
    sides.iter().all(|&s| s >= 0.0) || sides.iter().all(|&s| s <= 0.0)
}

fn random_points(count: usize) -> impl Iterator<Item = [f64; 2]> {
    let mut random = Streams::new(3, 1);
    (0..count).map(move |_| DOMAIN.map(|[low, high]| low + (high - low) * random.uniform()))
}

fn agree(network: &Network, classes: &Classes, most_wrong: usize) {
    let all: f64 = classes.areas.iter().flatten().map(|polygon| area(polygon)).sum();
    assert!((all - 12.0).abs() < 1e-9, "areas of {all}");
    let mut wrong = 0;
    for point in random_points(400) {
        let outputs = network.outputs(&point);
        let best = (0..outputs.len()).max_by(|&i, &j| outputs[i].total_cmp(&outputs[j])).unwrap();
        wrong += usize::from(!classes.areas[best].iter().any(|polygon| holds(polygon, point)));
    }
    assert!(wrong <= most_wrong, "{wrong} of 400 points lie in the area of another class");
}

#[test]
fn the_areas_of_classes_are_where_their_outputs_are_the_largest() {
    for seed in 0..4 {
        let network = network(Activation::Relu, 4, seed);
        let classes = Plane::new(&network, DOMAIN).unwrap().classes();
        assert!(classes.areas.iter().filter(|areas| !areas.is_empty()).count() >= 2, "seed {seed}");
        agree(&network, &classes, 0);
        // On a boundary the two largest outputs are equal.
        let class = |point: [f64; 2]| {
            let outputs = network.outputs(&point);
            (0..4).max_by(|&i, &j| outputs[i].total_cmp(&outputs[j])).unwrap()
        };
        // Whoever goes from one class to another crosses one.
        let points: Vec<[f64; 2]> = random_points(400).collect();
        for pair in points.windows(2).filter(|pair| class(pair[0]) != class(pair[1])) {
            let side = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| {
                (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0.0
            };
            let crosses = |line: &Vec<[f64; 2]>| {
                let ([p, q], [a, b]) = ([pair[0], pair[1]], [line[0], line[1]]);
                side(p, q, a) != side(p, q, b) && side(a, b, p) != side(a, b, q)
            };
            assert!(classes.boundaries.iter().any(crosses), "seed {seed}: {pair:?}");
        }
        for point in classes.boundaries.iter().flatten() {
            let mut outputs = network.outputs(point);
            outputs.sort_by(f64::total_cmp);
            assert!((outputs[3] - outputs[2]).abs() < 1e-9, "seed {seed}, {point:?}: {outputs:?}");
        }
    }
}

#[test]
fn a_mesh_covers_the_plane_and_is_as_near_as_it_is_told_to_be() {
    for activation in [Activation::Tanh, Activation::Gelu, Activation::Sine] {
        let network = network(activation, 2, 1);
        let (coarse, fine) = (Mesh::new(&network, DOMAIN, 0.1).unwrap(), Mesh::new(&network, DOMAIN, 0.004).unwrap());
        assert!(fine.triangles(0).count() > 2 * coarse.triangles(0).count(), "{activation}");
        let triangles: Vec<_> = fine.triangles(1).collect();
        let all: f64 = triangles.iter().map(|(triangle, _)| area(triangle)).sum();
        assert!((all - 12.0).abs() < 1e-9, "{activation}: areas of {all}");
        for point in random_points(200) {
            let (triangle, values) = triangles.iter().find(|(triangle, _)| holds(triangle, point)).unwrap();
            let slope = gradient(*triangle, *values);
            let [dx, dy] = [point[0] - triangle[0][0], point[1] - triangle[0][1]];
            let linear = values[0] + slope[0] * dx + slope[1] * dy;
            // The tolerance is asked for at two places of a triangle; between them it may be a little more.
            assert!((linear - network.outputs(&point)[1]).abs() < 0.012, "{activation}, {point:?}");
        }
        // A level set lies where the output has that value.
        for point in fine.level_set(0, 0.3).iter().flatten() {
            assert!((network.outputs(point)[0] - 0.3).abs() < 0.012, "{activation}, {point:?}");
        }
        agree(&network, &fine.classes(), 4);
    }
}

#[test]
fn noise_is_not_cut_without_end() {
    // sin(10⁹·x): no triangle is ever small enough.
    let layers =
        [(1, Activation::Sine), (1, Activation::Identity)].map(|(units, activation)| Layer { units, activation });
    let architecture = Architecture::new(2, layers.to_vec(), Loss::SquaredError).unwrap();
    let network = Network::new(architecture, vec![1e9, 0.7e9, 0.0, 1.0, 0.0]).unwrap();
    let mesh = Mesh::new(&network, DOMAIN, 0.01).unwrap();
    let count = mesh.triangles(0).count();
    assert!((20_000..=65_536).contains(&count), "{count} triangles");
    let all: f64 = mesh.triangles(0).map(|(triangle, _)| area(&triangle)).sum();
    assert!((all - 12.0).abs() < 1e-9, "areas of {all}");
}
