//! `features.csv`: every feature at every training input, at the start and at the end.

use nn::features::{Group, RunFeatures};
use nn::study::Study;
use std::io::{self, Write};
use viz::report::features::Outcome;

/// The columns.
const HEADER: &str = "run,width,paradigm,seed,step,x,parameter,unit,feature";

/// A row for each parameter at each input, first at the start and then at the end of each run. `x` is in the units of the
/// data, `feature` is ∂ŷ(x)/∂θ in the units of training, and `unit` is empty for b2. Numbers are the shortest that read
/// back as the same double. Runs without features are missing.
///
/// # Errors
/// If `out` does.
pub fn write(study: &Study, outcomes: &[Outcome], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for (run, outcome) in study.runs.iter().zip(outcomes) {
        let Ok(features) = outcome else { continue };
        for moment in features.moments() {
            let key = format!("{},{},{},{},{}", run.index, run.width, run.paradigm, run.seed, moment.step);
            for (row, x) in features.x.iter().enumerate() {
                for group in Group::ALL {
                    for (unit, column) in group.columns(run.width).enumerate() {
                        write!(out, "{key},{x:?},{},", group.name())?;
                        if group != Group::B2 {
                            write!(out, "{unit}")?;
                        }
                        writeln!(out, ",{:?}", moment.features.matrix[(row, column)])?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// How many rows it has.
pub fn rows(outcomes: &[Outcome]) -> usize {
    let of_run =
        |features: &RunFeatures| features.moments().map(|moment| moment.features.matrix.len()).iter().sum::<usize>();
    outcomes.iter().flatten().map(of_run).sum()
}
