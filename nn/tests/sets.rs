//! Built-in sets are what their table says.

use nn::sets::{Points, Set};

fn points(points: &Points) -> impl Iterator<Item = ([f64; 2], f64)> + '_ {
    (0..points.y.len()).map(|i| ([points.x[0][i], points.x[1][i]], points.y[i]))
}

#[test]
fn without_noise_every_point_satisfies_its_formula() {
    for &set in Set::ALL {
        for sample in set.draw(400, 0.0, 3) {
            assert_eq!([&sample.x[0], &sample.x[1]].map(Vec::len), [400; 2]);
            for ([x1, x2], y) in points(&sample) {
                let radius = x1.hypot(x2);
                let holds = match set {
                    Set::Circle => {
                        (y == 1.0 && radius <= 0.5 + 1e-12) || (y == 0.0 && (0.7 - 1e-12..=1.0).contains(&radius))
                    }
                    Set::Xor => {
                        (y == 1.0) == (x1 * x2 > 0.0) && x1.abs().min(x2.abs()) >= 0.06 && x1.abs().max(x2.abs()) <= 1.0
                    }
                    Set::Gauss => (x1 + x2).abs() < 4.0,
                    // The angle grows with the radius.
                    Set::Spiral => {
                        let angle = (3.5 * radius + y) * std::f64::consts::PI;
                        (radius * angle.sin() - x1).abs() < 1e-12 && (radius * angle.cos() - x2).abs() < 1e-12
                    }
                    Set::Moons if y == 0.0 => (radius - 1.0).abs() < 1e-12 && x2 >= 0.0,
                    Set::Moons => ((x1 - 1.0).hypot(x2 - 0.5) - 1.0).abs() < 1e-12 && x2 <= 0.5,
                    Set::Plane => y == f64::midpoint(x1, x2),
                    Set::Bumps => (y - set.value([x1, x2]).unwrap()).abs() < 1e-15 && y.abs() < 1.1,
                };
                assert!(holds, "{set}: ({x1}, {x2}) has {y}");
            }
        }
    }
    // A hill, a hollow, and in the middle between them nothing.
    let bumps = |x| Set::Bumps.value(x).unwrap();
    assert!((bumps([-0.7, 0.5]) - 1.0).abs() < 0.01 && (bumps([0.7, -0.5]) + 1.0).abs() < 0.01);
    assert!(bumps([0.0, 0.0]).abs() < 1e-12);
}

#[test]
fn classes_are_balanced_and_clouds_are_where_they_should_be() {
    for &set in Set::ALL.iter().filter(|set| set.has_classes()) {
        let [train, test] = set.draw(1000, set.noise(), 5);
        assert_eq!((train.y.iter().sum::<f64>(), test.y.iter().sum::<f64>()), (500.0, 500.0), "{set}");
        assert_ne!(train, test);
    }
    let [train, _] = Set::Gauss.draw(20_000, 0.0, 6);
    for class in [0.0, 1.0] {
        let of_class: Vec<f64> = points(&train).filter(|(_, y)| *y == class).flat_map(|(x, _)| x).collect();
        let n = of_class.len() as f64;
        let mean = of_class.iter().sum::<f64>() / n;
        let deviation = (of_class.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        assert!((mean - (0.8 * class - 0.4)).abs() < 5.0 * 0.2 / n.sqrt(), "{mean}");
        assert!((deviation - 0.2).abs() < 5.0 * 0.2 / (2.0 * n).sqrt(), "{deviation}");
    }
}

#[test]
fn noise_is_added_to_inputs_of_classes_and_to_values_of_functions() {
    let deviation = |values: &[f64]| (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt();
    let [train, test] = Set::Plane.draw(20_000, 0.1, 7);
    let off = |sample: &Points| points(sample).map(|(x, y)| y - Set::Plane.value(x).unwrap()).collect::<Vec<f64>>();
    assert!((deviation(&off(&train)) - 0.1).abs() < 5.0 * 0.1 / 200.0);
    assert!(off(&test).iter().all(|&off| off == 0.0));
    // Moons lie on circles of radius 1; across them, noise moves points by its deviation.
    let [train, test] = Set::Moons.draw(20_000, 0.01, 8);
    for sample in [train, test] {
        let across = points(&sample).map(|([x1, x2], y)| {
            let radius = if y == 0.0 { x1.hypot(x2) } else { (x1 - 1.0).hypot(x2 - 0.5) };
            radius - 1.0
        });
        assert!((deviation(&across.collect::<Vec<f64>>()) - 0.01).abs() < 5.0 * 0.01 / 200.0);
    }
}

#[test]
fn a_seed_decides_the_points_to_the_bit() {
    for &set in Set::ALL {
        assert_eq!(set.draw(50, 0.1, 9), set.draw(50, 0.1, 9));
        assert_ne!(set.draw(50, 0.1, 9), set.draw(50, 0.1, 10), "{set}");
        assert!(set.to_string().parse() == Ok(set));
    }
    let bits = |set: Set| {
        let [train, test] = set.draw(100, 0.05, 1);
        let numbers = [train, test].into_iter().flat_map(|sample| [sample.x.concat(), sample.y].concat());
        let bytes = numbers.flat_map(|number| number.to_bits().to_le_bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    };
    let all: Vec<u64> = Set::ALL.iter().map(|&set| bits(set)).collect();
    let pinned = [
        0x2d88_613b_7fd0_4319,
        0xbdf3_8212_3fe0_4a16,
        0x1ad8_7b26_5e30_da52,
        0xdcc8_834e_2152_3d81,
        0x4f34_12cb_1ec1_684e,
        0x545b_5fcc_28fd_93e1,
        0xa564_b682_e81f_00df,
    ];
    assert_eq!(all, pinned);
}
