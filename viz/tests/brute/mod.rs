//! What is found in runs of two inputs, by plain means: polygons cut out one by one from a point inside, and equations solved
//! by elimination.

use nn::data::Data;
use nn::network::Network;

type Point = [f64; 2];

/// A polygon on which a network of ReLUs is linear.
pub struct Polygon {
    pub corners: Vec<Point>,
    pub area: f64,
}

/// The polygon that a place lies in, with the units that are on in it: the rectangle, cut by the line of each unit as it is
/// on the pattern of the place.
fn polygon(network: &Network, domain: [[f64; 2]; 2], place: Point) -> (Vec<bool>, Vec<Point>) {
    let [[left, right], [bottom, top]] = domain;
    let mut corners = vec![[left, bottom], [right, bottom], [right, top], [left, top]];
    let mut pattern = Vec::new();
    // Each value as gradient and constant.
    let mut values: Vec<[f64; 3]> = vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    for (l, layer) in network.architecture().hidden().iter().enumerate() {
        let (weights, biases) = (network.weights(l), network.biases(l));
        let mut next = Vec::new();
        for unit in 0..layer.units {
            let mut z = [0.0, 0.0, biases[unit]];
            for (i, value) in values.iter().enumerate() {
                (0..3).for_each(|k| z[k] += weights[i * layer.units + unit] * value[k]);
            }
            let at = |p: Point| z[0] * p[0] + z[1] * p[1] + z[2];
            let is_on = at(place) > 0.0;
            pattern.push(is_on);
            corners = half(&corners, |p| if is_on { at(p) } else { -at(p) });
            next.push(if is_on { z } else { [0.0; 3] });
        }
        values = next;
    }
    (pattern, corners)
}

/// The part of a convex polygon where a linear function is not below 0.
fn half(corners: &[Point], value: impl Fn(Point) -> f64) -> Vec<Point> {
    let mut kept = Vec::new();
    for (i, &p) in corners.iter().enumerate() {
        let q = corners[(i + 1) % corners.len()];
        let (a, b) = (value(p), value(q));
        if a >= 0.0 {
            kept.push(p);
        }
        if (a > 0.0 && b < 0.0) || (a < 0.0 && b > 0.0) {
            let t = a / (a - b);
            kept.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
        }
    }
    kept
}

fn area(corners: &[Point]) -> f64 {
    let cross = |i: usize| {
        let (p, q) = (corners[i], corners[(i + 1) % corners.len()]);
        p[0] * q[1] - p[1] * q[0]
    };
    (0..corners.len()).map(cross).sum::<f64>() / 2.0
}

pub fn domain(data: &Data) -> [[f64; 2]; 2] {
    [data.inputs[0].domain, data.inputs[1].domain]
}

/// All polygons: from one across its sides to the next, until no new pattern of units is found.
pub fn polygons(network: &Network, domain: [[f64; 2]; 2]) -> Vec<Polygon> {
    let mut waiting = vec![domain.map(|[low, high]| low + 0.4871 * (high - low))];
    let mut known = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    while let Some(place) = waiting.pop() {
        let (pattern, corners) = polygon(network, domain, place);
        if !known.insert(pattern) || corners.len() < 3 {
            continue;
        }
        for (i, &p) in corners.iter().enumerate() {
            let q = corners[(i + 1) % corners.len()];
            let (dx, dy) = (q[0] - p[0], q[1] - p[1]);
            let length = dx.hypot(dy);
            if length > 1e-9 {
                let step = 1e-9 / length;
                let across = [f64::midpoint(p[0], q[0]) + step * dy, f64::midpoint(p[1], q[1]) - step * dx];
                if across.iter().zip(domain).all(|(x, [low, high])| low < *x && *x < high) {
                    waiting.push(across);
                }
            }
        }
        found.push(Polygon { area: area(&corners), corners });
    }
    found
}

/// What is said of the polygons of a network: their number; the number and the part of the plane of those in which more than
/// one class is the likeliest; the median area, as a part of the plane, of that around a training point and around a place.
pub fn gathering(data: &Data, network: &Network) -> (usize, [f64; 2], [f64; 2]) {
    let polygons = polygons(network, domain(data));
    let whole: f64 = domain(data).iter().map(|[low, high]| high - low).product();
    let class = |point: &Point| {
        let outputs = network.outputs(point);
        match outputs[..] {
            [odds] => vec![odds > 1e-6, odds < -1e-6],
            ref many => {
                let most = many.iter().copied().fold(f64::MIN, f64::max);
                many.iter().map(|&one| one > most - 1e-6).collect()
            }
        }
    };
    let mut crossed = [0.0; 2];
    for polygon in polygons.iter().filter(|_| !data.classes.is_empty()) {
        let at: Vec<Vec<bool>> = polygon.corners.iter().map(class).collect();
        let is_crossed = match at[0].len() {
            2 if network.architecture().outputs() == 1 => at.iter().any(|at| at[0]) && at.iter().any(|at| at[1]),
            classes => !(0..classes).any(|class| at.iter().all(|at| at[class])),
        };
        if is_crossed {
            crossed = [crossed[0] + 1.0, crossed[1] + polygon.area / whole];
        }
    }
    let mut of_points: Vec<f64> = Vec::new();
    for point in data.x.chunks_exact(2) {
        let point = [point[0], point[1]];
        if point.iter().zip(domain(data)).all(|(x, [low, high])| (low..=high).contains(x)) {
            of_points.push(area(&polygon(network, domain(data), point).1) / whole);
        }
    }
    of_points.sort_by(f64::total_cmp);
    let half = of_points.len() / 2;
    let at_points =
        if of_points.len() % 2 == 1 { of_points[half] } else { f64::midpoint(of_points[half - 1], of_points[half]) };
    let mut areas: Vec<f64> = polygons.iter().map(|polygon| polygon.area / whole).collect();
    areas.sort_by(f64::total_cmp);
    let smaller = |size: f64| areas.iter().filter(|area| **area <= size).sum::<f64>();
    let at_places = areas.iter().copied().find(|&area| smaller(area) >= 0.5).unwrap();
    (polygons.len(), crossed, [at_points, at_places])
}

/// What the most telling units of a layer tell; these units, each with at how many points it is on, of all and of each class.
pub fn telling(data: &Data, network: &Network, layer: usize) -> (f64, Vec<(usize, Vec<usize>)>) {
    let count = data.y.len();
    let mean = data.y.iter().sum::<f64>() / count as f64;
    let mut best = (f64::MIN, Vec::new());
    for unit in 0..network.architecture().hidden()[layer].units {
        let on: Vec<bool> =
            data.x.chunks_exact(data.inputs.len()).map(|x| network.evaluate(x).before(layer)[unit] > 0.0).collect();
        let of = |bit: bool, class: usize| (0..count).filter(|&i| on[i] == bit && data.y[i] == class as f64).count();
        let classes = data.classes.len();
        let tells = if classes > 0 {
            let most = |bit: bool| (0..classes).map(|class| of(bit, class)).max().unwrap();
            (most(true) + most(false)) as f64 / count as f64
        } else {
            // What is left of the variance within both groups.
            let within: f64 = [true, false]
                .into_iter()
                .map(|bit| {
                    let group: Vec<f64> = (0..count).filter(|&i| on[i] == bit).map(|i| data.y[i]).collect();
                    let middle = group.iter().sum::<f64>() / group.len().max(1) as f64;
                    group.iter().map(|y| (y - middle).powi(2)).sum::<f64>()
                })
                .sum();
            1.0 - within / data.y.iter().map(|y| (y - mean).powi(2)).sum::<f64>()
        };
        let mut points = vec![on.iter().filter(|on| **on).count()];
        points.extend((0..classes).map(|class| of(true, class)));
        if tells > best.0 + 1e-9 {
            best = (tells, vec![(unit, points)]);
        } else if tells > best.0 - 1e-9 {
            best.1.push((unit, points));
        }
    }
    best
}

/// How well a linear function of the values after some hidden layers does on the test points, fitted by least squares with a
/// millionth of the penalty for each training point.
pub fn readout(data: &Data, network: &Network, layers: usize) -> f64 {
    let values = |x: &[f64]| {
        let mut row = if layers == 0 { x.to_vec() } else { network.evaluate(x).after(layers - 1).to_vec() };
        row.push(1.0);
        row
    };
    let inputs = data.inputs.len();
    let rows: Vec<Vec<f64>> = data.x.chunks_exact(inputs).map(values).collect();
    let targets: Vec<usize> = (0..data.classes.len().max(1)).collect();
    let target = |y: f64, k: usize| if data.classes.is_empty() { y } else { f64::from(y == k as f64) };
    let size = rows[0].len();
    let mut matrix = vec![vec![0.0; size + targets.len()]; size];
    for (row, &y) in rows.iter().zip(&data.y) {
        for i in 0..size {
            (0..size).for_each(|j| matrix[i][j] += row[i] * row[j]);
            targets.iter().for_each(|&k| matrix[i][size + k] += row[i] * target(y, k));
        }
    }
    (0..size).for_each(|i| matrix[i][i] += 1e-6 * rows.len() as f64);
    for i in 0..size {
        let pivot = (i..size).max_by(|&a, &b| matrix[a][i].abs().total_cmp(&matrix[b][i].abs())).unwrap();
        matrix.swap(i, pivot);
        for j in 0..size {
            let factor = if j == i { 0.0 } else { matrix[j][i] / matrix[i][i] };
            let row = matrix[i].clone();
            matrix[j].iter_mut().zip(&row).for_each(|(a, b)| *a -= factor * b);
        }
    }
    let (mut right, mut squares) = (0, 0.0);
    for (x, &y) in data.x_test.chunks_exact(inputs).zip(&data.y_test) {
        let row = values(x);
        let output =
            |k: usize| row.iter().enumerate().map(|(i, value)| value * matrix[i][size + k] / matrix[i][i]).sum::<f64>();
        let outputs: Vec<f64> = targets.iter().map(|&k| output(k)).collect();
        let largest = outputs.iter().copied().fold(f64::MIN, f64::max);
        right += usize::from(outputs.iter().position(|&one| one == largest) == Some(y as usize));
        squares += (outputs[0] - y).powi(2);
    }
    if data.classes.is_empty() { squares / data.y_test.len() as f64 } else { right as f64 / data.y_test.len() as f64 }
}
