//! `units.csv`: every hidden unit of every saved state.

use nn::study::Study;
use std::io::{self, Write};

/// The columns.
const HEADER: &str = "run,width,paradigm,seed,step,unit,w1,b1,w2,elbow,slope_change,state";

/// Writes a row for each unit, counted from 0, of each saved state. Numbers are the shortest that read back as the
/// same double; `elbow` is empty for a unit without one (w1 = 0).
///
/// # Errors
/// If `out` does.
pub fn write(study: &Study, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    let (domain, x) = (study.data.domain(), &study.data.x);
    // The inputs are sorted and a unit is active on a half-line: if any of them activates it, the first or last does.
    let ends = [x[0], x[x.len() - 1]];
    for run in &study.runs {
        for state in &run.states {
            let key = format!("{},{},{},{},{}", run.index, run.width, run.paradigm, run.seed, state.step);
            for (i, unit) in state.network.units().enumerate() {
                write!(out, "{key},{i},{:?},{:?},{:?},", unit.w1, unit.b1, unit.w2)?;
                if let Some(elbow) = unit.elbow() {
                    write!(out, "{elbow:?}")?;
                }
                writeln!(out, ",{:?},{}", unit.slope_change(), unit.state(domain, &ends).name())?;
            }
        }
    }
    Ok(())
}
