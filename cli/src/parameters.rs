//! `parameters.csv`: every parameter of every saved state, for networks of which `units.csv` does not tell.

use nn::study::Study;
use std::io::{self, Write};

/// The columns.
const HEADER: &str = "run,step,layer,unit,input,value";

/// Writes a row for each parameter of each saved state, layer by layer, unit by unit and input by input, all counted from 0;
/// the bias of a unit is its input −1, and comes first. Numbers are the shortest that read back as the same double.
///
/// # Errors
/// If `out` does.
pub fn write(study: &Study, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for run in &study.runs {
        for state in &run.states {
            for (l, layer) in run.architecture.layers().iter().enumerate() {
                let (weights, biases) = (state.network.weights(l), state.network.biases(l));
                for (unit, bias) in biases.iter().enumerate() {
                    let key = format!("{},{},{l},{unit}", run.index, state.step);
                    writeln!(out, "{key},-1,{bias:?}")?;
                    for (input, column) in weights.chunks_exact(layer.units).enumerate() {
                        writeln!(out, "{key},{input},{:?}", column[unit])?;
                    }
                }
            }
        }
    }
    Ok(())
}
