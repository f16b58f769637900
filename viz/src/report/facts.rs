//! What a page says about a run, measured.

use nn::data::{Data, TestSet};
use nn::geometry::Unit;
use nn::network::Network;
use nn::study::Run;

/// Elbows nearer than this part of the domain count as one place; an elbow that moved farther counts as moved.
pub const NEAR: f64 = 0.01;
/// An elbow nearer than this part of the domain to a bend of the truth counts as standing there.
pub const AT_BEND: f64 = 0.02;

/// The elbows of a network inside the domain, ascending.
pub fn elbows(network: &Network, [low, high]: [f64; 2]) -> Vec<f64> {
    let mut elbows: Vec<f64> = network.units().filter_map(Unit::elbow).filter(|&e| e >= low && e <= high).collect();
    elbows.sort_by(f64::total_cmp);
    elbows
}

/// At how many places elbows stand inside the domain: a gap of more than a hundredth of the domain begins a new place.
pub fn places(network: &Network, domain: [f64; 2]) -> usize {
    let near = NEAR * (domain[1] - domain[0]);
    let elbows = elbows(network, domain);
    let gaps = elbows.windows(2).filter(|pair| pair[1] - pair[0] > near).count();
    if elbows.is_empty() { 0 } else { gaps + 1 }
}

/// The farthest that any elbow is from where it began, as a part of the domain; None if no elbow can be compared.
pub fn farthest(data: &Data, run: &Run) -> Option<f64> {
    let span = data.domain[1] - data.domain[0];
    let ends = run.start().network.units().zip(run.end().network.units());
    let moves = ends.filter_map(|(before, after)| Some((after.elbow()? - before.elbow()?).abs() / span));
    moves.max_by(f64::total_cmp)
}

/// Where the truth bends inside the domain, if it is a line of few pieces.
pub fn bends(data: &Data) -> Vec<f64> {
    let truth = data.truth.as_deref().unwrap_or_default();
    if (3..=22).contains(&truth.len()) {
        truth[1..truth.len() - 1].iter().map(|point| point[0]).collect()
    } else {
        Vec::new()
    }
}

/// How many bends of the truth have an elbow within two hundredths of the domain.
pub fn bends_met(data: &Data, network: &Network) -> usize {
    let near = AT_BEND * (data.domain[1] - data.domain[0]);
    let elbows = elbows(network, data.domain);
    bends(data).iter().filter(|&bend| elbows.iter().any(|elbow| (elbow - bend).abs() <= near)).count()
}

/// The network whose elbows were placed by hand: one unit at the left end of the domain and one at each bend of the
/// truth, so that it is the truth. None if the truth is not known, or not a line of few pieces.
pub fn placed_by_hand(data: &Data) -> Option<Network> {
    if bends(data).is_empty() {
        return None;
    }
    let truth = data.truth.as_deref()?;
    let slopes: Vec<f64> = truth.windows(2).map(|pair| (pair[1][1] - pair[0][1]) / (pair[1][0] - pair[0][0])).collect();
    let w2: Vec<f64> = (0..slopes.len()).map(|i| if i == 0 { slopes[0] } else { slopes[i] - slopes[i - 1] }).collect();
    let b1: Vec<f64> = truth[..slopes.len()].iter().map(|point| -point[0]).collect();
    Some(Network::new(&vec![1.0; slopes.len()], &b1, &w2, truth[0][1]))
}

/// The mean square of the noise on the training values: the training error of the true function itself. None if the true
/// values are not known.
pub fn noise(data: &Data) -> Option<f64> {
    let known = matches!(data.test, TestSet::NoiseFree { includes_training_inputs: true });
    if !known || data.x.is_empty() {
        return None;
    }
    let square = |(x, y): (&f64, &f64)| {
        let place = data.x_test.partition_point(|test| test < x);
        let true_value = data.y_test.get(place).filter(|_| data.x_test.get(place) == Some(x))?;
        Some((y - true_value).powi(2))
    };
    let squares: Option<Vec<f64>> = data.x.iter().zip(&data.y).map(square).collect();
    squares.map(|squares| squares.iter().sum::<f64>() / data.x.len() as f64)
}

/// From the lowest to the highest training value.
pub fn span(data: &Data) -> f64 {
    crate::scale::extent(data.y.iter().copied()).map_or(1.0, |[low, high]| high - low)
}

/// The test error of the best constant that training points can tell: their mean.
pub fn constant(data: &Data) -> f64 {
    let mean = data.y.iter().sum::<f64>() / data.y.len() as f64;
    data.y_test.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / data.y_test.len() as f64
}
