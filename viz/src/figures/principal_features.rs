//! Principal features: the directions in which the parameters move the prediction, as functions of x.

use nn::data::Data;
use nn::features::{Decomposition, Moment, Parts, RunFeatures};
use nn::settings::Paradigm;
use nn::study::{Run, State};

use super::singular_values::{number_words, percent};
use super::{Figure, Table, capital, cell, input, paradigm_words, state_words};
use crate::chart::{Axis, Chart, Mark, Panel};
use crate::palette::Role;
use crate::plot;
use crate::scale::{extent, padded};
use crate::text::short;

/// How many principal features are shown.
pub(crate) const SHOWN: usize = 4;

/// The decomposition of the features of what is trained.
pub(crate) fn decomposition(moment: &Moment, trained: Paradigm) -> &Decomposition {
    match trained {
        Paradigm::All => &moment.all,
        Paradigm::Output | Paradigm::Ridge => &moment.output,
    }
}

/// The first principal features of what the run trains, at the start above and at the end below, on common axes. Their
/// mean square over the training inputs is 1. If they stay the same, they are drawn once.
///
/// # Panics
/// If the run has no state.
pub fn first_few(name: &str, data: &Data, run: &Run, features: &RunFeatures) -> Figure {
    let rows = rows(run, features);
    let whose = match features.trained {
        Paradigm::All => "all parameters",
        Paradigm::Output | Paradigm::Ridge => "the output layer",
    };
    let jumps = if features.trained == Paradigm::All { " Thin verticals: jumps." } else { "" };
    let drawn: Vec<Vec<Parts>> = rows.iter().map(|(moment, _)| functions(moment, features)).collect();
    let heights = drawn.iter().flatten().flatten().flatten().map(|vertex| vertex[1]);
    let [low, high] = extent(heights.chain([0.0])).unwrap_or([-1.0, 1.0]);
    // Between the inputs a function may shoot up; it leaves the axis then.
    let y = Axis::linear("value", padded([low.max(-5.0), high.min(5.0)], 0.06));
    let panels = rows.iter().zip(drawn).flat_map(|((moment, state), functions)| {
        let spectrum = &decomposition(moment, features.trained).spectrum;
        let when = if rows.len() == 1 { "Start and end".to_owned() } else { capital(&state_words(run, state)) };
        let y = y.clone();
        functions.into_iter().enumerate().map(move |(column, parts)| {
            let value = spectrum.values[column];
            let share = value.powi(2) / spectrum.values.iter().map(|v| v * v).sum::<f64>();
            let words = format!("{} = {}, {} % of squares", number_words(column + 1), short(value), percent(share));
            let zero = [Mark::rule_y(0.0, Role::Axis)];
            let panel =
                Panel::new(when.as_str(), Axis::input(data), y.clone(), zero.into_iter().chain(curve(parts)).collect());
            panel.noted(words)
        })
    });
    Chart {
        note: format!(
            "Left singular vectors of the features of {whose}, as functions of {}; mean square 1, largest value positive.{jumps}",
            data.x_name()
        ),
        description: description(run, features, &rows),
        panels: panels.collect(),
        columns: SHOWN,
        height: 150.0,
        table: Some(table(data, features, &rows)),
        ..Chart::new(name, title(run, features, &rows))
    }
    .figure()
}

/// A function with its jumps.
fn curve(parts: Parts) -> Vec<Mark> {
    let jump = |pair: &[Vec<[f64; 2]>]| vec![pair[0][pair[0].len() - 1], pair[1][0]];
    let jumps: Vec<Vec<[f64; 2]>> = parts.windows(2).map(jump).collect();
    let jumps = jumps.into_iter().map(|jump| Mark::line(jump, Role::Prediction).wide(plot::THIN).faint(plot::FAINT));
    jumps.chain(parts.into_iter().map(|part| Mark::line(part, Role::Prediction))).collect()
}

/// The moments that differ, with their states.
fn rows<'a>(run: &'a Run, features: &'a RunFeatures) -> Vec<(&'a Moment, &'a State)> {
    let [start, end] = features.moments();
    let same = decomposition(start, features.trained) == decomposition(end, features.trained);
    let both = [(start, run.start()), (end, run.end())];
    both[usize::from(same)..].to_vec()
}

/// The first principal features of a moment, times √n.
fn functions(moment: &Moment, features: &RunFeatures) -> Vec<Parts> {
    let scale = (features.x.len() as f64).sqrt();
    let decomposition = decomposition(moment, features.trained);
    let function = |k: usize| {
        let combination: Vec<f64> = decomposition.combination(k)?.into_iter().map(|c| c * scale).collect();
        Some(moment.pieces.combination(&combination))
    };
    (0..SHOWN).map_while(function).collect()
}

/// How often each of the first principal features changes its sign from one training input to the next.
pub(crate) fn sign_changes(decomposition: &Decomposition) -> Vec<usize> {
    let changes = |k: usize| {
        let column = decomposition.left.column(k);
        // Values that are 0 but for rounding have no sign.
        let largest = column.amax();
        let signs: Vec<bool> =
            column.iter().filter(|value| value.abs() > 1e-9 * largest).map(|&value| value > 0.0).collect();
        signs.windows(2).filter(|pair| pair[0] != pair[1]).count()
    };
    (0..decomposition.spectrum.rank().min(SHOWN)).map(changes).collect()
}

fn title(run: &Run, features: &RunFeatures, rows: &[(&Moment, &State)]) -> String {
    let shown = |moment: &Moment| decomposition(moment, features.trained).spectrum.rank().min(SHOWN);
    let share = |moment: &Moment| {
        let spectrum = &decomposition(moment, features.trained).spectrum;
        format!("{} %", percent(spectrum.share(shown(moment))))
    };
    let head = format!("Width {}, {}:", run.width, paradigm_words(run.paradigm));
    let first = |count: usize| {
        if count == 1 {
            "the first principal feature holds".to_owned()
        } else {
            format!("the first {count} principal features hold")
        }
    };
    if let [(start, _), (end, _)] = rows {
        format!(
            "{head} {} {} of the squared features at the start, {} at the end",
            first(shown(start)),
            share(start),
            share(end)
        )
    } else {
        let moment = &features.end;
        format!("{head} {} {} of the squared features, from start to end", first(shown(moment)), share(moment))
    }
}

fn description(run: &Run, features: &RunFeatures, rows: &[(&Moment, &State)]) -> String {
    let clause = |(moment, state): &(&Moment, &State)| {
        let decomposition = decomposition(moment, features.trained);
        let singles: Vec<String> = sign_changes(decomposition)
            .into_iter()
            .enumerate()
            .map(|(k, changes)| {
                let value = short(decomposition.spectrum.values[k]);
                let times = if changes == 1 { "once".to_owned() } else { format!("{changes} times") };
                format!("{} = {value}, changes sign {times}", number_words(k + 1))
            })
            .collect();
        format!("{}: {}.", capital(&state_words(run, state)), singles.join("; "))
    };
    rows.iter().map(clause).collect::<Vec<_>>().join(" ")
}

/// The vertices of each function.
fn table(data: &Data, features: &RunFeatures, rows: &[(&Moment, &State)]) -> Table {
    let mut table = Table::new(["step", "principal feature", "part", "x", "value"]);
    for (moment, _) in rows {
        for (k, parts) in functions(moment, features).iter().enumerate() {
            for (part, vertices) in parts.iter().enumerate() {
                for [x, value] in vertices {
                    table.push([
                        moment.step.to_string(),
                        (k + 1).to_string(),
                        (part + 1).to_string(),
                        input(data, *x),
                        cell(*value),
                    ]);
                }
            }
        }
    }
    table
}
