//! Errors over training: the median over seeds and the band from the 25 % to the 75 % quantile, for each value.

use nn::study::{Run, State};

use super::{Compared, columns, line, role};
use crate::chart::{Axis, Chart, Mark, Panel};
use crate::figures::capital;
use crate::figures::{Figure, log_domain, percent_words, quartile_lines, test_points};
use crate::findings::comparison::{Pairs, Quartiles, over_steps, test_or_diverged, train_or_diverged};
use crate::plot;
use crate::text::short;

/// Some number of a state; what a run counts as that has diverged.
type Value = fn(&Run, Option<&State>) -> Option<f64>;

/// What is drawn, one row of panels each.
struct Measure {
    name: &'static str,
    value: Value,
    is_share: bool,
}

/// With fewer runs their quartiles say nothing.
const FEWEST_IN_BAND: usize = 4;

/// Test and training errors, and accuracy where there are classes, as medians with bands.
pub fn medians(name: &str, compared: &Compared) -> Figure {
    chart(name, compared, false)
}

/// The same with every run as a thin line.
pub fn every_run(name: &str, compared: &Compared) -> Figure {
    chart(name, compared, true)
}

fn test_accuracy(_: &Run, state: Option<&State>) -> Option<f64> {
    state?.test.accuracy
}

fn chart(name: &str, compared: &Compared, singles: bool) -> Figure {
    let mut measures = vec![
        Measure { name: "test", value: test_or_diverged, is_share: false },
        Measure { name: "train", value: train_or_diverged, is_share: false },
    ];
    if compared.has_classes() {
        measures.push(Measure { name: "test accuracy", value: test_accuracy, is_share: true });
    }
    let last = compared.comparison.steps() as f64;
    let errors = domain(compared, singles);
    let panel = |measure: &Measure, pairs: &Pairs| {
        let mut marks = Vec::new();
        let lines: Vec<Vec<Quartiles>> =
            pairs.groups.iter().map(|group| over_steps(&group.runs, &measure.value)).collect();
        for (item, quartiles) in lines.iter().enumerate() {
            let [low, _, high] = quartile_lines(quartiles);
            if pairs.runs() >= FEWEST_IN_BAND && !singles {
                marks.push(Mark::band(low, high, role(item)));
            }
            if singles {
                marks.extend(thin(item, &pairs.groups[item].runs, measure.value));
            }
        }
        for (item, quartiles) in lines.iter().enumerate() {
            let [_, middle, _] = quartile_lines(quartiles);
            marks.push(line(item, middle).labelled(&*compared.names[item]));
        }
        let y = if measure.is_share {
            Axis::linear(measure.name, [0.0, 1.0]).labelled(percent_words)
        } else {
            Axis::log(format!("{} {}", measure.name, compared.loss()), errors)
        };
        Panel::new(capital(&pairs.heading), Axis::steps(last), y, marks)
    };
    let panels = measures.iter().flat_map(|measure| compared.pairs.iter().map(move |pairs| panel(measure, pairs)));
    let runs = compared.seeds();
    let what = match runs {
        1 => "One run of each.".to_owned(),
        2..FEWEST_IN_BAND => format!("Line: median, n = {runs} seeds."),
        _ if singles => format!("Thick line: median; thin lines: every run, n = {runs} seeds."),
        _ => format!("Line and band: median, 25–75 %, n = {runs} seeds."),
    };
    let claim = title(compared);
    Chart {
        note: format!("{what} Test error is measured {}.", test_points(&compared.data(0))),
        description: description(compared),
        panels: panels.collect(),
        columns: columns(compared.pairs.len()),
        height: 170.0,
        ..Chart::new(name, if singles { format!("Every run: {}", lower_first(&claim)) } else { claim })
    }
    .figure()
}

/// A title as a part of another; names stay as they are.
fn lower_first(claim: &str) -> String {
    if claim.starts_with("Median") { format!("m{}", &claim[1..]) } else { claim.to_owned() }
}

/// Every run as a thin line, behind the medians. Many together would be as dark as those.
fn thin(item: usize, runs: &[&Run], value: Value) -> Vec<Mark> {
    let faint = (4.0 / runs.len() as f64).clamp(0.12, 0.5);
    let line = |run: &&Run| {
        let points = run.states.iter().filter_map(|state| Some([state.step as f64, value(run, Some(state))?]));
        Mark::course(points.collect(), role(item)).wide(plot::THIN).faint(faint)
    };
    runs.iter().filter(|run| run.states.len() > 1).map(line).collect()
}

/// The errors that are shown: what a diverging run reaches says little, so up to three times the start.
fn domain(compared: &Compared, singles: bool) -> [f64; 2] {
    let groups = || compared.pairs.iter().flat_map(|pairs| &pairs.groups);
    let runs = || groups().flat_map(|group| &group.runs);
    let starts = runs().filter_map(|run| run.states.first()).map(|start| start.test.loss.max(start.train.loss));
    let most = 3.0 * starts.fold(0.0, f64::max);
    let values: Vec<f64> = if singles {
        runs().flat_map(|run| run.states.iter().flat_map(|state| [state.test.loss, state.train.loss])).collect()
    } else {
        let values: [Value; 2] = [test_or_diverged, train_or_diverged];
        let of = |value: Value| {
            groups().flat_map(move |group| over_steps(&group.runs, &value)).flat_map(|quartiles| quartiles.at)
        };
        values.into_iter().flat_map(of).collect()
    };
    log_domain(values.into_iter().filter(|value| value.is_finite()).map(|value| value.min(most)))
}

fn title(compared: &Compared) -> String {
    let (loss, names) = (compared.loss(), &compared.names);
    if let [pairs] = &compared.pairs[..] {
        return match pairs.best_and_worst() {
            Some([best, worst]) => {
                let end = |item: usize| match pairs.groups[item].test() {
                    end if end.is_finite() => short(end),
                    _ => "diverged".to_owned(),
                };
                format!(
                    "Median test {loss} ends lowest with {}, {}, and highest with {}, {}",
                    names[best],
                    end(best),
                    names[worst],
                    end(worst)
                )
            }
            None => nothing(compared),
        };
    }
    let best = compared.by_item(&|pairs| pairs.best_and_worst().map(|[best, _]| best));
    if best.is_empty() { nothing(compared) } else { format!("Median test {loss} ends lowest with {best}") }
}

/// There is no best one.
fn nothing(compared: &Compared) -> String {
    let finite = compared.pairs.iter().flat_map(|pairs| &pairs.groups).any(|group| group.test().is_finite());
    if finite {
        format!("Median test {} ends the same for all", compared.loss())
    } else {
        "Most runs diverge".to_owned()
    }
}

fn description(compared: &Compared) -> String {
    let clause = |pairs: &Pairs| {
        let ends = pairs.groups.iter().zip(&compared.names).map(|(group, name)| match group.test() {
            end if end.is_finite() => format!("{name} {}", short(end)),
            _ => format!("{name} diverged"),
        });
        let heading = if pairs.heading.is_empty() { String::new() } else { format!("{}: ", capital(&pairs.heading)) };
        format!("{heading}median test {} at the end: {}.", compared.loss(), ends.collect::<Vec<_>>().join(", "))
    };
    compared.pairs.iter().map(clause).collect::<Vec<_>>().join(" ")
}
