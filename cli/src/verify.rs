//! `elbow verify`: repeats training runs made elsewhere and compares.

use crate::arguments::Verify;
use crate::diagnostic::Failure;
use crate::{input, stdout, terminal, threads};
use nn::settings::Precision;
use nn::trace::{Comparison, Trace, TraceError};
use std::fmt::Write as _;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// If a file cannot be used, which is found out before anything is compared; or if a run deviates from its trace.
pub fn run(arguments: &Verify) -> Result<(), Failure> {
    let traces: Vec<Trace> = arguments.traces.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    let pool = threads::start(0, false)?;
    let mut deviating = 0;
    for (path, trace) in arguments.traces.iter().zip(&traces) {
        let limits = Limits::of(trace, arguments.tolerance);
        stdout::print(&headline(path, trace, &limits))?;
        let (mut agrees, mut judged, mut printed) = (true, false, Ok(()));
        let each = |comparison: Comparison| {
            judged |= limits.judges(&comparison);
            agrees &= !limits.judges(&comparison) || limits.passes(&comparison);
            let line = line(&comparison, &limits);
            printed = std::mem::replace(&mut printed, Ok(())).and_then(|()| stdout::print(&line));
        };
        pool.run(|| trace.replay(each));
        printed?;
        deviating += usize::from(!agrees);
        if !judged {
            let what = format!("{}: no state is early enough to be judged", path.display());
            return Err(Failure::work(what).help("--tolerance SIZE judges all states"));
        }
    }
    let all = traces.len();
    match deviating {
        0 => stdout::print(&format!("{all} of {all} traces agree\n")),
        _ => Err(Failure::work(format!("{deviating} of {all} traces deviate by more than the tolerance"))),
    }
}

fn read(path: &Path) -> Result<Trace, Failure> {
    let file = path.display();
    let text = input::read("the trace", path).map_err(|failure| {
        failure
            .or_help("a trace is a JSON file of the format elbow-trace-1 or elbow-trace-2, as tools/trace.py writes it")
    })?;
    Trace::from_json(&text).map_err(|error| match error {
        TraceError::Form { line, column, ref message } => {
            Failure::input(format!("not a trace: {message}")).at(file, &text, line, column)
        }
        TraceError::Value { .. } => Failure::input(format!("{file}: {error}")),
    })
}

/// What a comparison is held against.
struct Limits {
    tolerance: f64,
    /// Later states are shown but not judged.
    last: u64,
}

impl Limits {
    /// The limits for `trace`; `given` is what the user asks for.
    fn of(trace: &Trace, given: Option<f64>) -> Self {
        match (given, trace.precision) {
            (Some(tolerance), _) => Limits { tolerance, last: u64::MAX },
            (None, Precision::F64) => Limits { tolerance: 1e-9, last: u64::MAX },
            // Rounding errors of single precision grow with every step.
            (None, Precision::F32) => Limits { tolerance: 1e-4, last: 1000 },
        }
    }
    fn judges(&self, comparison: &Comparison) -> bool {
        comparison.step <= self.last
    }
    fn passes(&self, comparison: &Comparison) -> bool {
        comparison.judged.size <= self.tolerance
    }
}

/// What is repeated.
fn headline(path: &Path, trace: &Trace, limits: &Limits) -> String {
    let architecture = trace.initial.architecture();
    let network = if architecture.is_bent_line() {
        format!("width {}", architecture.hidden_units())
    } else {
        architecture.to_string()
    };
    let trained = match (trace.frozen, architecture.layers().len() - trace.frozen) {
        (0, _) => "all layers".to_owned(),
        (_, 1) => "output layer".to_owned(),
        (_, trained) => format!("the last {trained} layers"),
    };
    let (rule, decay) = (trace.rule, trace.regularisation.weight_decay);
    let decay = if decay > 0.0 { format!(", weight decay {decay}") } else { String::new() };
    format!(
        "{}: {network}, {trained}, {rule}, learning rate {}{decay}, {} steps, {}, tolerance {:e}\n",
        terminal::path(path),
        trace.rate,
        trace.steps(),
        trace.precision,
        limits.tolerance,
    )
}

/// The line of one state.
fn line(comparison: &Comparison, limits: &Limits) -> String {
    let Comparison { step, absolute, relative, judged } = comparison;
    let mut line = format!(
        "  step {step:>7}  absolute {:>8.1e} {:<14} relative {:>8.1e} {:<14} ",
        absolute.size, absolute.place, relative.size, relative.place
    );
    // Writing to a string cannot fail.
    let _ = match (limits.judges(comparison), limits.passes(comparison)) {
        (true, true) => writeln!(line, "ok"),
        (true, false) => writeln!(line, "DEVIATES in {}", judged.place),
        (false, _) => writeln!(line, "not judged: later than step {}", limits.last),
    };
    line
}
