//! Train and test error against steps. Both scales are logarithmic, time from step 1 on: most happens early.

use std::fmt::Write as _;

use nn::data::Data;
use nn::study::{Divergence, Run};

use super::{
    Figure, Table, capital, cell, change_words, counted, course_words, log_domain, plain, spread, step_words,
    test_points,
};
use crate::findings::{self, Course, median, quantile, sorted};
use crate::palette::Role;
use crate::plot::{self, Axis, Frame, Rect, haloed};
use crate::scale::{Scale, Side};
use crate::svg::{Document, Element};
use crate::text::{self, Weight, short};

/// Runs of one width and paradigm that differ in their seed.
#[derive(Clone, Debug)]
pub struct Panel<'a> {
    /// What the runs have in common: "width 10, all layers".
    pub heading: String,
    /// The runs.
    pub runs: Vec<&'a Run>,
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
            Kind::Train => Role::Gradient,
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

    pub(super) fn of(self, run: &Run, index: usize) -> f64 {
        match self {
            Kind::Train => run.states[index].train_mse,
            Kind::Test => run.states[index].test_mse,
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
    let mut document = Document::new(name, 960.0, 400.0).titled(title(panels)).described(description(data, panels));
    let several = panels.iter().map(|panel| panel.runs.len()).max().unwrap_or(0);
    let mut subtitle = format!("Test error is measured {}.", test_points(data));
    if several > 1 {
        subtitle = format!("Thick line and band: median, 25–75 %, n = {several}; thin lines: every run. {subtitle}");
    }
    let top = plot::heading(&mut document, &subtitle);
    let columns = if panels.len() == 4 { 2 } else { panels.len().clamp(1, 3) };
    let rows = panels.len().div_ceil(columns);
    let (height, gap_y) = (170.0, 76.0);
    let bottom = top + 44.0 + rows as f64 * height + (rows as f64 - 1.0) * gap_y;
    document.set_height(bottom + 44.0);
    let cells = Rect::new(56.0, top + 44.0, 960.0 - 56.0, bottom).cells(columns, rows, 64.0, gap_y);
    for (index, (panel, rect)) in panels.iter().zip(&cells).enumerate() {
        let frame = frame(*rect, panels);
        let lowest = index + columns >= panels.len();
        let x_axis = if lowest { Axis::titled("step →") } else { Axis { numbers: true, ..Axis::shared() } };
        let y_axis = if index % columns == 0 { Axis::titled("MSE ↑") } else { Axis::shared() };
        document.push(frame.axes(&x_axis, &y_axis));
        let heading = Element::text([rect.left - 8.0, rect.top - 28.0], text::LABEL, &capital(&panel.heading));
        document.push(heading.fill(Role::Ink).set("font-weight", "bold"));
        document.push(curves(&frame, panel));
        document.push(end_labels(&frame, panel));
    }
    Figure { document, table: table(panels) }
}

pub(super) fn frame(rect: Rect, panels: &[Panel]) -> Frame {
    let runs = || panels.iter().flat_map(|panel| &panel.runs);
    let last = runs()
        .map(|run| run.end().step.max(run.divergence().map_or(0, |divergence| divergence.step)))
        .max()
        .unwrap_or(1);
    // What a diverging run reaches says little; the frame shows errors up to three times the start.
    let start = runs().map(|run| run.start().test_mse.max(run.start().train_mse)).fold(0.0, f64::max);
    let errors = runs().flat_map(|run| run.states.iter().flat_map(|state| [state.train_mse, state.test_mse]));
    let domain = log_domain(errors.map(|error| error.min(3.0 * start)));
    Frame::new(rect, |range| Scale::time(1.0, last as f64, range), |range| Scale::log(domain, range))
}

pub(super) fn curves(frame: &Frame, panel: &Panel) -> Element {
    let mut group = Element::group();
    for kind in Kind::BOTH {
        if let [run] = panel.runs[..] {
            group.push(frame.course(&kind.points(run), kind.role(), plot::DATA, kind.dash()));
            continue;
        }
        let [low, middle, high] = quantiles(panel, kind);
        if panel.runs.len() > 3 {
            group.push(frame.band(&low, &high, kind.role(), 0.2));
        }
        let mut thin = Element::group().set("opacity", 0.35);
        for run in &panel.runs {
            thin.push(frame.course(&kind.points(run), kind.role(), plot::THIN, None));
        }
        group.push(thin);
        group.push(frame.course(&middle, kind.role(), plot::DATA, kind.dash()));
    }
    for run in &panel.runs {
        if let Some(end) = run.divergence() {
            group.push(divergence(frame, run, &end, panel.runs.len() == 1));
        }
        for kind in Kind::BOTH {
            let zero = kind.points(run).into_iter().find(|&[_, y]| y <= 0.0 && frame.y.side(y) == Side::Below);
            if let Some([x, _]) = zero {
                let at = [frame.x.at(x), frame.rect.bottom];
                group.push(plot::arrow(at, [0.0, 1.0]).fill(kind.role()));
            }
        }
    }
    group
}

/// A cross where a run's last finite state stands, and the step at which it ended.
fn divergence(frame: &Frame, run: &Run, end: &Divergence, words: bool) -> Element {
    let x = frame.x.at(end.step as f64);
    let y = frame.y.at(run.end().test_mse).clamp(frame.rect.top, frame.rect.bottom);
    let mut group = Element::group().class("diverged");
    for (dx, dy) in [(4.0, 4.0), (4.0, -4.0)] {
        group.push(Element::line([x - dx, y - dy], [x + dx, y + dy]).stroke(Role::Ink, plot::DATA));
    }
    if words {
        let label = format!("diverged at {}", divergence_words(end));
        let wide = text::width(&label, text::TICK, Weight::Regular);
        let (x, anchor) = if x + 8.0 + wide > frame.rect.right { (x - 8.0, "end") } else { (x + 8.0, "start") };
        let label = haloed(Element::text([x, (y + 16.0).min(frame.rect.bottom - 4.0)], text::TICK, &label));
        group.push(label.fill(Role::Ink).set("text-anchor", anchor));
    }
    group
}

/// The 25 %, 50 % and 75 % quantiles over runs at each saved step; a run that diverged counts as infinite from then on.
fn quantiles(panel: &Panel, kind: Kind) -> [Vec<[f64; 2]>; 3] {
    let longest = panel.runs.iter().max_by_key(|run| run.states.len());
    let mut lines = [Vec::new(), Vec::new(), Vec::new()];
    let Some(longest) = longest else { return lines };
    for (index, state) in longest.states.iter().enumerate() {
        let at = |run: &&Run| if index < run.states.len() { kind.of(run, index) } else { f64::INFINITY };
        let values = sorted(panel.runs.iter().map(at));
        for (line, q) in lines.iter_mut().zip([0.25, 0.5, 0.75]) {
            line.push([state.step as f64, quantile(&values, q)]);
        }
    }
    lines
}

pub(super) fn end_labels(frame: &Frame, panel: &Panel) -> Element {
    let labels = Kind::BOTH.map(|kind| {
        let end = quantiles(panel, kind)[1].iter().rev().find(|point| point[1].is_finite()).map(|point| point[1]);
        (frame.y.at(end.unwrap_or(f64::NAN)), kind.name().to_owned(), kind.role())
    });
    frame.direct_labels(&labels)
}

fn final_test(panel: &Panel) -> f64 {
    median(panel.runs.iter().map(|run| findings::final_test(run)))
}

pub(super) fn title(panels: &[Panel]) -> String {
    match panels {
        [] => "No runs".to_owned(),
        [panel] => {
            let from = median(panel.runs.iter().map(|run| run.start().test_mse));
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
                _ => format!("{} in {}", change_words(from, to), counted(steps as usize, "step")),
            };
            format!("{heading}: {which} {course}")
        }
        panels => {
            let finite = |panel: &&Panel| final_test(panel).is_finite();
            let by_error = |a: &&Panel, b: &&Panel| final_test(a).total_cmp(&final_test(b));
            let best = panels.iter().filter(finite).min_by(by_error);
            let worst = panels.iter().filter(finite).max_by(by_error);
            match (best, worst) {
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

pub(super) fn description(data: &Data, panels: &[Panel]) -> String {
    let mut text = String::new();
    for panel in panels {
        let from = median(panel.runs.iter().map(|run| run.start().test_mse));
        let to = final_test(panel);
        text.push_str(&capital(&panel.heading));
        if to.is_finite() {
            let train = median(panel.runs.iter().map(|run| run.end().train_mse));
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

/// At most 40 steps of each run.
pub(super) fn table(panels: &[Panel]) -> Table {
    let mut table = Table::new(["run", "seed", "step", "train MSE", "test MSE"]);
    for panel in panels {
        for run in &panel.runs {
            for index in spread(run.states.len(), 40) {
                let state = &run.states[index];
                table.push([
                    panel.heading.clone(),
                    run.seed.to_string(),
                    state.step.to_string(),
                    cell(state.train_mse),
                    cell(state.test_mse),
                ]);
            }
        }
    }
    table
}
