//! `events.csv`: what happened to units while networks learned.

use nn::events::Event;
use nn::study::Study;
use std::io::{self, Write};

/// The columns.
const HEADER: &str = "run,step,kind,layer,unit,with_layer,with,place";

/// Writes a row for each event, in the order of runs and steps. Layers and units are counted from 0; `with_layer` and `with`
/// are the other unit of a pair that merged. Numbers are the shortest that read back as the same double; a cell is empty
/// where there is no value, as of a spike of the loss, which is of no unit and at no place.
///
/// # Errors
/// If `out` does.
pub fn write(study: &Study, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for run in study.all_runs() {
        for Event { step, what, place } in &run.events {
            let unit = |i: usize| match what.units().get(i) {
                Some(id) => format!("{},{}", id.layer, id.unit),
                None => ",".to_owned(),
            };
            let place = place.map_or_else(String::new, |place| format!("{place:?}"));
            writeln!(out, "{},{step},{},{},{},{place}", run.index, what.name(), unit(0), unit(1))?;
        }
    }
    Ok(())
}
