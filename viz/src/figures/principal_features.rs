//! Principal features: the directions in which the parameters move the prediction, as functions of x.

use nn::data::Data;
use nn::features::{Decomposition, Moment, Parts, RunFeatures};
use nn::model::Trained;
use nn::study::{Run, State};

use super::singular_values::{number_words, percent};
use super::{Figure, Table, cell, input, paradigm_words, state_words};
use crate::palette::Role;
use crate::plot::{self, Axis, Frame, MARGIN, Rect};
use crate::scale::{Scale, extent, padded};
use crate::svg::{Document, Element};
use crate::text::{self, short};

/// How many principal features are shown.
pub(crate) const SHOWN: usize = 4;

/// The decomposition of the features of what is trained.
pub(crate) fn decomposition(moment: &Moment, trained: Trained) -> &Decomposition {
    match trained {
        Trained::All => &moment.all,
        Trained::Output => &moment.output,
    }
}

/// The first principal features of what the run trains, at the start above and at the end below, on common axes. Their
/// mean square over the training inputs is 1. If they stay the same, they are drawn once.
///
/// # Panics
/// If the run has no state.
pub fn first_few(name: &str, data: &Data, run: &Run, features: &RunFeatures) -> Figure {
    let rows = rows(run, features);
    let mut document = Document::new(name, 960.0, 400.0)
        .titled(title(run, features, &rows))
        .described(description(run, features, &rows));
    let whose = match features.trained {
        Trained::All => "all parameters",
        Trained::Output => "the output layer",
    };
    let jumps = if features.trained == Trained::All { " Thin verticals: jumps." } else { "" };
    let subtitle = format!(
        "Left singular vectors of the features of {whose}, as functions of {}; mean square 1, largest value positive.{jumps}",
        data.x_name
    );
    let (height, gap_y) = (150.0, 76.0);
    let top = plot::heading(&mut document, &subtitle) + 62.0;
    let bottom = top + rows.len() as f64 * (height + gap_y) - gap_y;
    document.set_height(bottom + 46.0);
    let drawn: Vec<Vec<Parts>> = rows.iter().map(|(moment, _)| functions(moment, features)).collect();
    let heights = drawn.iter().flatten().flatten().flatten().map(|vertex| vertex[1]);
    let [low, high] = extent(heights.chain([0.0])).unwrap_or([-1.0, 1.0]);
    // Between the inputs a function may shoot up; it leaves the frame then.
    let [low, high] = [low.max(-5.0), high.min(5.0)];
    let cells = Rect::new(56.0, top, 960.0 - MARGIN - 8.0, bottom).cells(SHOWN, rows.len(), 28.0, gap_y);
    for (row, ((moment, state), functions)) in rows.iter().zip(&drawn).enumerate() {
        let spectrum = &decomposition(moment, features.trained).spectrum;
        let words = if rows.len() == 1 { "Start and end".to_owned() } else { super::capital(&state_words(run, state)) };
        let above = cells[row * SHOWN].top;
        let heading = Element::text([MARGIN, above - 36.0], text::LABEL, &words);
        document.push(heading.fill(Role::Ink).set("font-weight", "bold"));
        for (column, parts) in functions.iter().enumerate() {
            let rect = cells[row * SHOWN + column];
            let frame = Frame::new(
                rect,
                |range| Scale::input(data.domain, data.x_quantity(), range),
                |range| Scale::linear(padded([low, high], 0.06), range),
            );
            let x_axis = if row + 1 == rows.len() {
                Axis::titled(data.x_name.as_str())
            } else {
                Axis { numbers: true, ..Axis::shared() }
            };
            let y_axis = Axis { numbers: column == 0, ..Axis::shared() };
            document.push(frame.axes(&x_axis, &y_axis));
            let share = spectrum.values[column].powi(2) / spectrum.values.iter().map(|v| v * v).sum::<f64>();
            let words = format!(
                "{} = {}, {} % of squares",
                number_words(column + 1),
                short(spectrum.values[column]),
                percent(share)
            );
            document.push(Element::text([rect.left, rect.top - 10.0], text::LABEL, &words).fill(Role::Ink));
            if let Some(zero) = frame.rule_y(0.0, Role::Axis) {
                document.push(zero);
            }
            let jump_lines = parts.windows(2).map(|pair| {
                let (from, to) = (frame.at(pair[0][pair[0].len() - 1]), frame.at(pair[1][0]));
                let within = |[x, y]: [f64; 2]| [x, y.clamp(rect.top, rect.bottom)];
                Element::line(within(from), within(to))
            });
            let jumps =
                Element::group().stroke(Role::Prediction, plot::THIN).class("faint").set("opacity", plot::FAINT);
            document.push(jumps.with_all(jump_lines));
            let lines = parts.iter().map(|part| frame.line(part, Role::Prediction, plot::DATA));
            document.push(Element::group().with_all(lines));
        }
    }
    Figure { document, narrow: None, table: table(data, features, &rows) }
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
        format!("{}: {}.", super::capital(&state_words(run, state)), singles.join("; "))
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
