//! What is found in a run of two inputs: where units turn on, where polygons gather, what each layer makes easier.
//!
//! Areas are parts of the plane that is shown, from 0 to 1, and exact.

use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::data::Data;
use nn::geometry::{Plane, Region};
use nn::network::{Evaluation, Network};
use nn::ridge::RidgeProblem;
use nn::samples::Samples;
use nn::study::Run;

use super::{NEAR, median};
use crate::figures::spread;

/// The most units whose folds are compared over a run: the time grows with the polygons of both ends together.
const MOST_UNITS: usize = 256;
/// The most training points whose polygon is looked up.
const MOST_POINTS: usize = 1000;
/// Polygons have gathered at the training points if those around a typical place are so many times as large as those around
/// a typical point, and more so than at the start.
const GATHERED: f64 = 1.25;
/// The penalty of a [`Readout`] for each training point; it only makes the equations solvable.
const PENALTY: f64 = 1e-6;

/// Where a unit of a hidden layer is on, z > 0, at the start of a run and at its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fold {
    /// The layer, from 0.
    pub layer: usize,
    /// The unit in its layer, from 0.
    pub unit: usize,
    /// On how much of the plane it is on, at the start and at the end.
    pub on: [f64; 2],
    /// On how much of the plane it is on at one end of the run and off at the other: what its fold has passed over.
    pub passed: f64,
}

impl Fold {
    /// Whether the fold has passed over more than [`NEAR`] of the plane.
    pub fn has_moved(&self) -> bool {
        self.passed > NEAR
    }
    /// Whether the unit turns on somewhere on the plane, at the start and at the end.
    pub fn is_in_sight(&self) -> [bool; 2] {
        self.on.map(|on| 0.0 < on && on < 1.0)
    }

    /// The folds of all hidden units of a run, layer by layer. None if activations have no folds, or there are too many
    /// units.
    pub fn all(data: &Data, run: &Run) -> Option<Vec<Fold>> {
        let hidden = run.architecture.hidden();
        if run.architecture.hidden_units() > MOST_UNITS || hidden.iter().any(|layer| !has_folds(layer.activation)) {
            return None;
        }
        let both = beside(&run.start().network, &run.end().network)?;
        let plane = Plane::new(&both, domain(data)).ok()?;
        let areas: Vec<f64> = plane.regions().map(Region::area).collect();
        let whole: f64 = areas.iter().sum();
        let on =
            |layer: usize, unit: usize| plane.regions().map(|region| region.is_on(layer, unit)).collect::<Vec<_>>();
        let of_unit = |layer: usize, unit: usize| {
            let [start, end] = [on(layer, unit), on(layer, hidden[layer].units + unit)];
            let part = |is: &dyn Fn(usize) -> bool| {
                (0..areas.len()).filter(|&face| is(face)).fold(0.0, |sum, face| sum + areas[face]) / whole
            };
            let on = [part(&|face| start[face]), part(&|face| end[face])];
            Fold { layer, unit, on, passed: part(&|face| start[face] != end[face]) }
        };
        let units = (0..hidden.len()).flat_map(|layer| (0..hidden[layer].units).map(move |unit| (layer, unit)));
        Some(units.map(|(layer, unit)| of_unit(layer, unit)).collect())
    }
}

/// The most telling unit of a layer: whether it is on says more of the training points than of any other.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// The layer, from 0.
    pub layer: usize,
    /// The unit in its layer, from 0; of equals the first.
    pub unit: usize,
    /// At how many training points it is on.
    pub on: usize,
    /// Of classes: at how many points of each it is on.
    pub of_class: Vec<usize>,
    /// Of classes: the part of the training points that are given their class if all where it is on are given the one
    /// class that is most common there, and all others the one that is most common among them. Of values: the part of
    /// their variance that is between those two groups.
    pub tells: f64,
}

impl Sight {
    /// The most telling unit of each hidden layer of a network, at the training points.
    pub fn all(data: &Data, network: &Network) -> Vec<Sight> {
        let mut evaluation = Evaluation::new(network.architecture());
        let hidden = network.architecture().hidden();
        let mut on: Vec<Vec<Vec<bool>>> = hidden.iter().map(|layer| vec![Vec::new(); layer.units]).collect();
        for x in data.x.chunks_exact(data.inputs.len()) {
            network.evaluate_into(x, &mut evaluation);
            for (layer, units) in on.iter_mut().enumerate() {
                units.iter_mut().zip(evaluation.before(layer)).for_each(|(unit, &z)| unit.push(z > 0.0));
            }
        }
        let best = |(layer, units): (usize, &Vec<Vec<bool>>)| {
            let sight = |(unit, on): (usize, &Vec<bool>)| {
                let class = |class: usize| (0..on.len()).filter(|&i| on[i] && data.y[i] == class as f64).count();
                let of_class: Vec<usize> = (0..data.classes.len()).map(class).collect();
                let count = on.iter().filter(|on| **on).count();
                let tells = if data.classes.is_empty() { between(&data.y, on) } else { told(data, &of_class) };
                Sight { layer, unit, on: count, of_class, tells }
            };
            units.iter().enumerate().map(sight).reduce(|best, next| if next.tells > best.tells { next } else { best })
        };
        on.iter().enumerate().filter_map(best).collect()
    }
}

/// The part of the training points that are given their class by one bit, from the points of each class where it is 1.
fn told(data: &Data, on: &[usize]) -> f64 {
    let all = |class: usize| data.y.iter().filter(|&&y| y == class as f64).count();
    let off = on.iter().enumerate().map(|(class, on)| all(class) - on);
    let right = on.iter().max().copied().unwrap_or(0) + off.max().unwrap_or(0);
    right as f64 / data.y.len() as f64
}

/// The part of the variance of values that is between two groups of them.
fn between(y: &[f64], on: &[bool]) -> f64 {
    let mean = |keep: &dyn Fn(usize) -> bool| {
        let (count, sum) = (0..y.len()).filter(|&i| keep(i)).fold((0.0, 0.0), |(n, sum), i| (n + 1.0, sum + y[i]));
        (count, if count > 0.0 { sum / count } else { 0.0 })
    };
    let (_, middle) = mean(&|_| true);
    let variance: f64 = y.iter().map(|y| (y - middle).powi(2)).sum();
    let groups = [mean(&|i| on[i]), mean(&|i| !on[i])];
    let of_groups: f64 = groups.iter().map(|(count, mean)| count * (mean - middle).powi(2)).sum();
    if variance > 0.0 { of_groups / variance } else { 0.0 }
}

/// Where the polygons of a network are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gathering {
    /// How many there are.
    pub polygons: usize,
    /// Of classes: in how many of them more than one class is the likeliest, as the boundary crosses them; and how much of
    /// the plane these cover.
    pub crossed: Option<(usize, f64)>,
    /// The median area of the polygon that a training point lies in; NaN if none lies in the plane.
    pub at_points: f64,
    /// The median area of the polygon that a place of the plane lies in: those that are not larger cover half of it.
    pub at_places: f64,
}

impl Gathering {
    /// By how much smaller the polygon of a typical training point is than that of a typical place; NaN without points.
    pub fn ratio(&self) -> f64 {
        self.at_places / self.at_points
    }
    /// Whether polygons have gathered at the training points since `start`.
    pub fn is_since(&self, start: &Gathering) -> bool {
        self.ratio() >= GATHERED && self.ratio() > start.ratio()
    }

    /// Of a network over the plane of some data; None if it has no polygons.
    pub fn of(data: &Data, network: &Network) -> Option<Gathering> {
        let plane = Plane::new(network, domain(data)).ok()?;
        let areas: Vec<f64> = plane.regions().map(Region::area).collect();
        let whole: f64 = areas.iter().sum();
        let points = spread(data.y.len(), MOST_POINTS).into_iter().map(|i| [data.x[2 * i], data.x[2 * i + 1]]);
        let corners: Vec<Vec<[f64; 2]>> = plane.regions().map(|region| region.corners().collect()).collect();
        let boxes: Vec<[[f64; 2]; 2]> = corners.iter().map(|corners| around(corners)).collect();
        let of_point = |point: [f64; 2]| {
            let is_near = |[low, high]: &[[f64; 2]; 2]| (0..2).all(|k| low[k] <= point[k] && point[k] <= high[k]);
            let face = (0..boxes.len()).find(|&face| is_near(&boxes[face]) && contains(&corners[face], point))?;
            Some(areas[face] / whole)
        };
        let mut sorted = areas.clone();
        sorted.sort_by(f64::total_cmp);
        let mut covered = 0.0;
        let at_places = sorted.iter().find(|&&area| {
            covered += area;
            covered >= 0.5 * whole
        });
        let crossed = (!data.classes.is_empty()).then(|| {
            let faces = (0..areas.len()).filter(|&face| !is_of_one_class(network, &corners[face]));
            faces.fold((0, 0.0), |(count, area), face| (count + 1, area + areas[face] / whole))
        });
        Some(Gathering {
            polygons: plane.len(),
            crossed,
            at_points: median(points.filter_map(of_point)),
            at_places: at_places.map_or(f64::NAN, |area| area / whole),
        })
    }
}

/// The least and the largest coordinates of some corners.
fn around(corners: &[[f64; 2]]) -> [[f64; 2]; 2] {
    corners.iter().fold([[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]], |[low, high], corner| {
        [[0, 1].map(|k| low[k].min(corner[k])), [0, 1].map(|k| high[k].max(corner[k]))]
    })
}

/// Whether a point lies in a convex polygon, walked with its inside to the left.
fn contains(corners: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let is_left = |i: usize| {
        let ([ax, ay], [bx, by]) = (corners[i], corners[(i + 1) % corners.len()]);
        (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0.0
    };
    (0..corners.len()).all(is_left)
}

/// Whether one class is the likeliest, or as likely as any, at all corners of a polygon, and so on all of it.
fn is_of_one_class(network: &Network, corners: &[[f64; 2]]) -> bool {
    let outputs: Vec<Vec<f64>> = corners.iter().map(|corner| network.outputs(corner)).collect();
    // Corners on the boundary are 0 but for rounding.
    let size = outputs.iter().flatten().fold(0.0_f64, |size, output| size.max(output.abs()));
    let slack = 1e-9 * size;
    if outputs[0].len() == 1 {
        return outputs.iter().all(|o| o[0] >= -slack) || outputs.iter().all(|o| o[0] <= slack);
    }
    let is_largest =
        |class: usize| outputs.iter().all(|outputs| outputs.iter().all(|&other| outputs[class] >= other - slack));
    (0..outputs[0].len()).any(is_largest)
}

/// What a linear function of one layer's values makes of the task, by least squares on the training points: how much
/// easier the layers up to it have made it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Readout {
    /// How many hidden layers are passed; 0 for the inputs themselves.
    pub layers: usize,
    /// How many values are read: inputs, or units of the last of these layers.
    pub values: usize,
    /// Polygons on the plane that is shown, if there is one and activations leave any; 1 for the inputs themselves.
    pub polygons: Option<usize>,
    /// Of classes: the part of the test points that are given their class. Of values: the mean squared error on them.
    pub test: f64,
}

impl Readout {
    /// After every number of hidden layers of a network, from none to all; less those whose equations have no solution.
    /// `plane` has the data and the network over the plane that is shown, if there is one.
    pub fn all(data: &Data, network: &Network, plane: Option<(&Data, &Network)>) -> Vec<Readout> {
        let has_classes = !data.classes.is_empty();
        let targets = if has_classes { data.classes.len() } else { network.architecture().outputs() };
        let samples = |x: &[f64], y: &[f64]| {
            let mut rows = Vec::new();
            for (x, y) in x.chunks_exact(data.inputs.len()).zip(y.chunks_exact(if has_classes { 1 } else { targets })) {
                rows.extend_from_slice(x);
                if has_classes {
                    rows.extend((0..targets).map(|class| f64::from(u8::from(y[0] == class as f64))));
                } else {
                    rows.extend_from_slice(y);
                }
            }
            Samples::new(data.inputs.len(), targets, rows)
        };
        let [train, test] = [(&data.x, &data.y), (&data.x_test, &data.y_test)].map(|(x, y)| samples(x, y));
        let after = |layers: usize| {
            let problem = RidgeProblem::new(&first_layers(network, layers, targets), &train);
            let errors = problem.solve(PENALTY * train.len() as f64)?.errors(&test, has_classes);
            let polygons = |(data, network): (&Data, &Network)| {
                Plane::new(&first_layers(network, layers, 1), domain(data)).ok().map(|plane| plane.len())
            };
            Some(Readout {
                layers,
                values: network.architecture().inputs_of(layers),
                polygons: plane.and_then(polygons),
                test: errors.accuracy.unwrap_or(errors.loss),
            })
        };
        (0..=network.architecture().hidden().len()).filter_map(after).collect()
    }
}

/// Whether units with this activation turn on along a fold.
fn has_folds(activation: Activation) -> bool {
    activation.slopes().is_some_and(|[left, right]| left != right)
}

fn domain(data: &Data) -> [[f64; 2]; 2] {
    [data.inputs[0].domain, data.inputs[1].domain]
}

const IDENTITY: Activation = Activation::Identity;

/// The first hidden layers of a network with an output layer of zeros.
fn first_layers(network: &Network, hidden: usize, outputs: usize) -> Network {
    let whole = network.architecture();
    let mut layers = whole.layers()[..hidden].to_vec();
    layers.push(Layer { units: outputs, activation: IDENTITY });
    let architecture = Architecture::new(whole.inputs(), layers, Loss::SquaredError).expect("a part of a network");
    let kept: usize = (0..hidden).map(|layer| whole.parameters_of(layer)).sum();
    let mut parameters = network.parameters()[..kept].to_vec();
    parameters.resize(architecture.parameters(), 0.0);
    Network::new(architecture, parameters).expect("all parameters")
}

/// A network that has the hidden units of two networks of one architecture, side by side, each fed by its own alone. None if
/// layers would be too wide.
fn beside(a: &Network, b: &Network) -> Option<Network> {
    let whole = a.architecture();
    let hidden = whole.hidden();
    let mut layers: Vec<Layer> = hidden.iter().map(|layer| Layer { units: 2 * layer.units, ..*layer }).collect();
    layers.push(Layer { units: 1, activation: IDENTITY });
    let architecture = Architecture::new(whole.inputs(), layers, Loss::SquaredError).ok()?;
    let mut parameters = Vec::with_capacity(architecture.parameters());
    for (l, &Layer { units, .. }) in hidden.iter().enumerate() {
        let nothing = vec![0.0; units];
        let [of_a, of_b] = [a, b].map(|network| network.weights(l).chunks_exact(units));
        if l == 0 {
            of_a.zip(of_b).for_each(|(a, b)| parameters.extend(a.iter().chain(b)));
        } else {
            of_a.for_each(|column| parameters.extend(column.iter().chain(&nothing)));
            of_b.for_each(|column| parameters.extend(nothing.iter().chain(column)));
        }
        parameters.extend(a.biases(l).iter().chain(b.biases(l)));
    }
    parameters.resize(architecture.parameters(), 0.0);
    Network::new(architecture, parameters).ok()
}
