//! The files that the programs in C and the peers read: the notebook's points and Elbow's initial networks, so that all
//! train the same networks on the same data.

use crate::failure::Failure;
use nn::data::{Data, Function};
use nn::initial::initial_network;
use nn::settings::Precision;
use std::fs;
use std::path::Path;

/// Networks of each width, one for each seed.
const SEEDS: u64 = 16;

/// Writes `points.bin` and `networks-W.bin` for each width, as native doubles.
pub fn write(directory: &Path, widths: &[usize]) -> Result<(), Failure> {
    let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
    let points = [&data.x, &data.y, &data.x_test, &data.y_test].into_iter().flatten().copied();
    put(directory, "points.bin", points)?;
    for &width in widths {
        let networks = (0..SEEDS).map(|seed| initial_network(width, seed, Precision::F32));
        let parameters = networks.flat_map(|n| [n.weights(0), n.biases(0), n.weights(1), n.biases(1)].concat());
        put(directory, &format!("networks-{width}.bin"), parameters)?;
    }
    Ok(())
}

fn put(directory: &Path, name: &str, values: impl Iterator<Item = f64>) -> Result<(), Failure> {
    let path = directory.join(name);
    fs::write(&path, values.flat_map(f64::to_ne_bytes).collect::<Vec<u8>>()).map_err(Failure::file(path))
}
