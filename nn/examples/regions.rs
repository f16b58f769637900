//! The regions of a network of two inputs: the polygons on which it is linear.
//!
//! `cargo run -p nn --example regions [network.json [low high]]`
//!
//! The file is a list of layers, as a line of Python writes it for an `nn.Sequential` of Linear and ReLU:
//! `json.dump([{"W": m.weight.tolist(), "b": m.bias.tolist()} for m in net if isinstance(m, torch.nn.Linear)], file)`.
//! Without a file, a random network is looked at. The domain is the square from `low` to `high` in both inputs, −1 to 1
//! if nothing is said.

use nn::architecture::{Activation, Architecture, Layer, Loss};
use nn::geometry::{Plane, Region};
use nn::initial::Initial;
use nn::network::Network;
use serde::Deserialize;
use std::error::Error;

#[derive(Deserialize)]
struct Written {
    #[serde(rename = "W")]
    weights: Vec<Vec<f64>>,
    b: Vec<f64>,
}

/// ReLUs between the layers, and none after the last.
fn network(layers: &[Written]) -> Result<Network, Box<dyn Error>> {
    let last = layers.len().saturating_sub(1);
    let activation = |l: usize| if l < last { Activation::Relu } else { Activation::Identity };
    let units = layers.iter().enumerate().map(|(l, layer)| Layer { units: layer.b.len(), activation: activation(l) });
    let inputs = layers.first().and_then(|layer| layer.weights.first()).map_or(0, Vec::len);
    let architecture = Architecture::new(inputs, units.collect(), Loss::SquaredError)?;
    let mut parameters = Vec::new();
    for (l, layer) in layers.iter().enumerate() {
        let inputs = architecture.inputs_of(l);
        if layer.weights.len() != layer.b.len() || layer.weights.iter().any(|row| row.len() != inputs) {
            return Err(format!("W of layer {} must have {} rows of {inputs} numbers", l + 1, layer.b.len()).into());
        }
        // Column by column.
        parameters.extend((0..inputs).flat_map(|input| layer.weights.iter().map(move |row| row[input])));
        parameters.extend_from_slice(&layer.b);
    }
    Ok(Network::new(architecture, parameters)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let network = if let Some(file) = arguments.first() {
        network(&serde_json::from_str::<Vec<Written>>(&std::fs::read_to_string(file)?)?)?
    } else {
        let hidden = Layer { units: 8, activation: Activation::Relu };
        let output = Layer { units: 1, activation: Activation::Identity };
        Initial::PyTorch.network(&Architecture::new(2, vec![hidden, hidden, output], Loss::SquaredError)?, 1)?
    };
    let range = if let [_, low, high] = &arguments[..] { [low.parse()?, high.parse()?] } else { [-1.0, 1.0] };
    let plane = Plane::new(&network, [range; 2])?;

    println!("{}: {} regions", network.architecture(), plane.len());
    for (l, layer) in network.architecture().layers().iter().enumerate() {
        let folds = (0..layer.units).filter(|&unit| !plane.fold(l, unit).is_empty()).count();
        println!("layer {}: {folds} of {} units fold the square", l + 1, layer.units);
    }
    for line in plane.level_set(0, 0.0) {
        println!(
            "output 1 is 0 along {} segments, from {:.3?} to {:.3?}",
            line.len() - 1,
            line[0],
            line[line.len() - 1]
        );
    }
    println!("\nthe largest of them:\n    area  gradient of output 1  units on  corners");
    let mut regions: Vec<Region<'_>> = plane.regions().collect();
    regions.sort_by(|a, b| b.area().total_cmp(&a.area()));
    for region in regions.into_iter().take(10) {
        let layers = network.architecture().layers().iter().enumerate();
        let on: usize = layers.map(|(l, layer)| (0..layer.units).filter(|&unit| region.is_on(l, unit)).count()).sum();
        let [by_x, by_y] = region.output(0).gradient;
        let corners: Vec<String> = region.corners().map(|[x, y]| format!("({x:.3}, {y:.3})")).collect();
        println!("{:8.4}  {by_x:9.4} {by_y:9.4}  {on:8}    {}", region.area(), corners.join(" "));
    }
    Ok(())
}
