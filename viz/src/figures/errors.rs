//! Train and test error against steps. Both scales are logarithmic, time from step 1 on: most happens early.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use nn::data::Data;
use nn::events::Event;
use nn::study::{Divergence, Run};

use super::{
    Figure, capital, change_words, counted, course_words, log_domain, plain, quartile_lines, step_words, test_points,
};
use crate::chart::{self, Axis, Chart, Glyph, Mark};
use crate::findings::comparison::{over_steps, test_or_diverged, train_or_diverged};
use crate::findings::{self, Course, median};
use crate::palette::Role;
use crate::plot;
use crate::text::short;

/// Runs of one width and paradigm that differ in their seed.
#[derive(Clone, Debug)]
pub struct Panel<'a> {
    /// What the runs have in common: "width 10, all layers".
    pub heading: String,
    /// The runs.
    pub runs: Vec<&'a Run>,
    /// The training error of ridge regression on the same parameters, which descent approaches.
    pub ridge: Option<f64>,
}

/// The two errors that are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Train,
    Test,
}

impl Kind {
    pub(super) const BOTH: [Kind; 2] = [Kind::Train, Kind::Test];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Train => "train",
            Kind::Test => "test",
        }
    }

    pub(super) fn role(self) -> Role {
        match self {
            Kind::Train => Role::Train,
            Kind::Test => Role::Prediction,
        }
    }

    /// Dashes are the second channel beside colour.
    fn dash(self) -> Option<&'static str> {
        match self {
            Kind::Train => Some("5 3"),
            Kind::Test => None,
        }
    }

    pub(super) fn mark(self, points: Vec<[f64; 2]>) -> Mark {
        Mark::course(points, self.role()).dashed(self.dash())
    }

    pub(super) fn of(self, run: &Run, index: usize) -> f64 {
        match self {
            Kind::Train => run.states[index].train.loss,
            Kind::Test => run.states[index].test.loss,
        }
    }

    fn points(self, run: &Run) -> Vec<[f64; 2]> {
        (0..run.states.len()).map(|index| [run.states[index].step as f64, self.of(run, index)]).collect()
    }
}

/// The errors of several widths and paradigms, side by side on common axes; several seeds as thin lines with their median
/// and the band from the 25 % to the 75 % quantile.
///
/// # Panics
/// If a run has no state.
pub fn small_multiples(name: &str, data: &Data, panels: &[Panel]) -> Figure {
    let several = panels.iter().map(|panel| panel.runs.len()).max().unwrap_or(0);
    let noise = findings::noise(data).filter(|noise| *noise > 0.0);
    let mut note = String::new();
    if several > 1 {
        let _ = write!(note, "Thick line and band: median, 25–75 %, n = {several}; thin lines: every run. ");
    }
    let _ = write!(note, "Test error is measured {}.", test_points(data));
    if noise.is_some() {
        note += " Noise: the mean square of the noise on the training values, the train error of the truth itself.";
    }
    if panels.iter().any(|panel| panel.ridge.is_some()) {
        note += " Ridge: the train error of ridge regression on the same parameters.";
    }
    let (last, mut errors) = domains(panels, noise);
    let ticked = panels.iter().any(|panel| !ticks(panel).is_empty());
    if ticked {
        let runs = panels.iter().flat_map(|panel| &panel.runs);
        let _ = write!(note, " {}", tick_words(runs.copied()));
        errors[0] *= TICK_ROOM;
    }
    let panel = |panel: &Panel| {
        let heading = match panel.runs[..] {
            [run] => match run.divergence() {
                Some(end) => format!("{}, diverged at {}", capital(&panel.heading), step_words(end.step)),
                None => capital(&panel.heading),
            },
            _ => capital(&panel.heading),
        };
        let rules = [noise.map(|at| (at, "noise")), panel.ridge.map(|at| (at, "ridge"))];
        let rules =
            rules.into_iter().flatten().map(|(at, words)| Mark::rule_y(at, Role::Ink).dashed("2 3").labelled(words));
        let marks = rules.chain(curves(panel)).chain(tick_marks(&ticks(panel), errors[0])).collect();
        chart::Panel::new(heading, Axis::steps(last), Axis::log("MSE", errors), marks)
    };
    Chart {
        note,
        description: description(data, panels),
        panels: panels.iter().map(panel).collect(),
        height: 170.0,
        ..Chart::new(name, title(panels))
    }
    .figure()
}

/// Below the errors there is room for ticks, which take most of it; both as factors on the logarithmic axis.
pub(super) const TICK_ROOM: f64 = 0.7;
const TICK_LENGTH: f64 = 0.78;

/// The steps at which something happened to the only run of a panel, ascending.
fn ticks(panel: &Panel) -> Vec<f64> {
    if let [run] = panel.runs[..] { event_steps(run) } else { Vec::new() }
}

/// The steps at which something happened to a run, ascending.
pub(super) fn event_steps(run: &Run) -> Vec<f64> {
    let mut steps: Vec<f64> = findings::notable(run).iter().map(|event| event.step as f64).collect();
    steps.dedup();
    steps
}

/// Ticks at some steps, on an axis that ends at an error.
pub(super) fn tick_marks(steps: &[f64], lowest: f64) -> Option<Mark> {
    let tick = |&step: &f64| vec![[step, lowest], [step, lowest / TICK_LENGTH]];
    (!steps.is_empty()).then(|| Mark::lines(steps.iter().map(tick).collect(), Role::Ink))
}

/// What ticks are, for networks of the kinds of these runs.
pub(super) fn tick_words<'a>(runs: impl Iterator<Item = &'a Run>) -> String {
    let events: Vec<Event> = runs.flat_map(findings::notable).collect();
    let kinds: BTreeSet<&str> = events.iter().map(|event| event.what.name()).collect();
    let is_deep = events.iter().flat_map(|event| event.what.units()).any(|unit| unit.layer > 0);
    let words = [
        (["died", "revived"], "a unit died or came to life"),
        (["left", "came-back"], "an elbow left the domain or came back"),
        (["gained", "lost"], "a unit of a later layer gained a break or lost one"),
        (
            ["merged", "merged"],
            if is_deep {
                "the breaks of two units merged for the first time"
            } else {
                "two elbows merged for the first time"
            },
        ),
        (["spike", "spike"], "the train error stood on a spike"),
    ];
    let there = words.iter().filter(|(names, _)| names.iter().any(|name| kinds.contains(name)));
    let there: Vec<&str> = there.map(|&(_, words)| words).collect();
    match &there[..] {
        [] => String::new(),
        [only] => format!("Ticks at the bottom: {only}."),
        [first @ .., last] => format!("Ticks at the bottom: {}, or {last}.", first.join(", ")),
    }
}

/// The last step, and the errors that are shown.
pub(super) fn domains(panels: &[Panel], noise: Option<f64>) -> (f64, [f64; 2]) {
    let runs = || panels.iter().flat_map(|panel| &panel.runs);
    let last = runs()
        .map(|run| run.end().step.max(run.divergence().map_or(0, |divergence| divergence.step)))
        .max()
        .unwrap_or(1);
    // What a diverging run reaches says little; errors are shown up to three times the start.
    let start = runs().map(|run| run.start().test.loss.max(run.start().train.loss)).fold(0.0, f64::max);
    let errors = runs().flat_map(|run| run.states.iter().flat_map(|state| [state.train.loss, state.test.loss]));
    let rules = panels.iter().filter_map(|panel| panel.ridge).chain(noise);
    (last as f64, log_domain(errors.chain(rules).map(|error| error.min(3.0 * start))))
}

/// Train and test error of a panel: two lines, or for several runs bands, all runs and medians.
pub(super) fn curves(panel: &Panel) -> Vec<Mark> {
    let mut marks = Vec::new();
    for kind in Kind::BOTH {
        let line = |points: Vec<[f64; 2]>| kind.mark(points).labelled(kind.name());
        if let [run] = panel.runs[..] {
            marks.push(line(kind.points(run)));
            continue;
        }
        let [low, middle, high] = quantiles(panel, kind);
        if panel.runs.len() > 3 {
            marks.push(Mark::band(low, high, kind.role()));
        }
        // Many runs together would be as dark as their median.
        let faint = (2.0 / panel.runs.len() as f64).clamp(0.08, 0.35);
        for run in &panel.runs {
            let thin = Mark::course(kind.points(run), kind.role()).wide(plot::THIN).faint(faint);
            marks.push(thin.named(format!("{}, seed {}", kind.name(), run.seed)));
        }
        marks.push(line(middle).named(format!("{}, median", kind.name())));
    }
    let ends = panel.runs.iter().filter(|run| run.divergence().is_some());
    let crosses: Vec<[f64; 2]> = ends.map(|run| [run.end().step as f64, run.end().test.loss]).collect();
    if !crosses.is_empty() {
        marks.push(Mark::dots(crosses, Glyph::Cross, 4.0, Role::Ink).wide(plot::DATA));
    }
    marks
}

/// The 25 %, 50 % and 75 % quantiles over runs at each saved step; a run that diverged counts as infinite from then on.
fn quantiles(panel: &Panel, kind: Kind) -> [Vec<[f64; 2]>; 3] {
    let value = if kind == Kind::Train { train_or_diverged } else { test_or_diverged };
    quartile_lines(&over_steps(&panel.runs, &value))
}

fn final_test(panel: &Panel) -> f64 {
    median(panel.runs.iter().map(|run| findings::final_test(run)))
}

fn title(panels: &[Panel]) -> String {
    match panels {
        [] => "No runs".to_owned(),
        [panel] => {
            let from = median(panel.runs.iter().map(|run| run.start().test.loss));
            let to = final_test(panel);
            let steps = panel.runs.iter().map(|run| run.end().step).max().unwrap_or(0);
            let which = if panel.runs.len() > 1 { "median test MSE" } else { "test MSE" };
            let heading = capital(&panel.heading);
            if !to.is_finite() {
                let step = panel.runs.iter().filter_map(|run| run.divergence()).map(|end| end.step).min().unwrap_or(0);
                let which = if panel.runs.len() > 1 { "most runs diverge, the first" } else { "the run diverges" };
                return format!("{heading}: {which} at {}", step_words(step));
            }
            let course = match panel.runs[..] {
                [run] => course_words(&Course::of(run), Some(steps)),
                _ => format!("{} in {}", change_words(from, to), counted(steps, "step")),
            };
            format!("{heading}: {which} {course}")
        }
        panels => {
            let finite = |panel: &&Panel| final_test(panel).is_finite();
            let by_error = |a: &&Panel, b: &&Panel| final_test(a).total_cmp(&final_test(b));
            let best = panels.iter().filter(finite).min_by(by_error);
            let worst = panels.iter().filter(finite).max_by(by_error);
            match (best, worst) {
                (Some(best), Some(worst)) if short(final_test(best)) == short(final_test(worst)) => {
                    format!("Test MSE ends at {} in all panels", short(final_test(best)))
                }
                (Some(best), Some(worst)) => format!(
                    "Test MSE ends lowest, {}, with {}; highest, {}, with {}",
                    short(final_test(best)),
                    best.heading,
                    short(final_test(worst)),
                    worst.heading
                ),
                _ => "Every run diverged".to_owned(),
            }
        }
    }
}

fn description(data: &Data, panels: &[Panel]) -> String {
    let mut text = String::new();
    for panel in panels {
        let from = median(panel.runs.iter().map(|run| run.start().test.loss));
        let to = final_test(panel);
        text.push_str(&capital(&panel.heading));
        if to.is_finite() {
            let train = median(panel.runs.iter().map(|run| run.end().train.loss));
            let _ = write!(text, ": test MSE {}, train MSE ends at {}", change_words(from, to), short(train));
        } else {
            let _ = write!(text, ": test MSE starts at {} and does not stay finite", short(from));
        }
        for run in &panel.runs {
            if let Some(end) = run.divergence() {
                let _ = write!(text, "; seed {} diverged at {}", run.seed, divergence_words(&end));
            }
        }
        text.push_str(". ");
    }
    let _ = write!(text, "Test error is measured {}.", test_points(data));
    text
}

/// The step, and the learning rate next to the largest that is stable at the start.
fn divergence_words(end: &Divergence) -> String {
    let step = step_words(end.step);
    match end.bound {
        Some(bound) => format!("{step}: learning rate {}, 2/λmax at the start {}", plain(end.rate), short(bound)),
        None => format!("{step}: learning rate {}", plain(end.rate)),
    }
}
