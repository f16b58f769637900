//! `features.csv`: every feature at every training input, at the start and at the end.

use nn::features::Group;
use nn::study::Study;
use std::fmt::Write as _;
use viz::report::features::Outcome;

/// The columns.
const HEADER: &str = "run,width,paradigm,seed,step,x,parameter,unit,feature";

/// A row for each parameter at each input, first at the start and then at the end of each run. `x` is in the units of the
/// data, `feature` is ∂ŷ(x)/∂θ in the units of training, and `unit` is empty for b2. Numbers are the shortest that read
/// back as the same double. Runs without features are missing.
pub fn text(study: &Study, outcomes: &[Outcome]) -> String {
    let mut text = format!("{HEADER}\n");
    for (run, outcome) in study.runs.iter().zip(outcomes) {
        let Ok(features) = outcome else { continue };
        for moment in features.moments() {
            for (row, x) in features.x.iter().enumerate() {
                for group in Group::ALL {
                    for (unit, column) in group.columns(run.width).enumerate() {
                        let unit = if group == Group::B2 { String::new() } else { unit.to_string() };
                        // Writing to a string cannot fail.
                        let _ = writeln!(
                            text,
                            "{},{},{},{},{},{x:?},{},{unit},{:?}",
                            run.index,
                            run.width,
                            run.paradigm,
                            run.seed,
                            moment.step,
                            group.name(),
                            moment.features.matrix[(row, column)]
                        );
                    }
                }
            }
        }
    }
    text
}
