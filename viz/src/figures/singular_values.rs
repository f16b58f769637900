//! Singular values of the linearised features: how strongly the parameters move the prediction along each direction.

use nn::features::{Moment, PathPoint, RunFeatures, Spectrum};
use nn::model::Trained;
use nn::study::Run;

use super::{Figure, Table, cell, change_words, counted, log_domain, paradigm_words, spread, state_words, step_words};
use crate::palette::{self, Role};
use crate::plot::{self, Axis, Frame, KeyEntry, MARGIN, Rect};
use crate::scale::{Scale, extent};
use crate::svg::{Document, Element};
use crate::text::{short, thousands};

/// The singular values that are followed over training, counted from 1.
const FOLLOWED: [usize; 7] = [1, 2, 3, 5, 10, 20, 50];

/// The singular values of a matrix, by which it is taken.
fn spectrum(moment: &Moment, trained: Trained) -> &Spectrum {
    match trained {
        Trained::All => &moment.all.spectrum,
        Trained::Output => &moment.output.spectrum,
    }
}

/// Singular value against its number, on a log scale: of the features of all parameters and of the output layer's alone,
/// at the start and at the end. Those that are 0 but for rounding are left out.
///
/// # Panics
/// If the run has no state.
pub fn start_and_end(name: &str, run: &Run, features: &RunFeatures) -> Figure {
    let mut document =
        Document::new(name, 760.0, 400.0).titled(end_title(run, features)).described(end_description(run, features));
    let subtitle = format!(
        "Singular values of the features at {} training inputs, from the largest down; those that are 0 are left out.",
        thousands(features.x.len())
    );
    let top = plot::heading(&mut document, &subtitle);
    let end_words = state_words(run, run.end());
    let mut series: Vec<(Trained, &Moment, String)> = Vec::new();
    for trained in [Trained::All, Trained::Output] {
        let [start, end] = features.moments();
        let whose = match trained {
            Trained::All => "all parameters",
            Trained::Output => "output layer alone",
        };
        if spectrum(start, trained) == spectrum(end, trained) {
            series.push((trained, end, format!("{whose}, at both ends")));
        } else {
            series.push((trained, start, format!("{whose}, start")));
            series.push((trained, end, format!("{whose}, {end_words}")));
        }
    }
    let entries: Vec<KeyEntry> = series
        .iter()
        .map(|(trained, moment, words)| {
            let (trained, at_end) = (*trained, moment.step > 0);
            KeyEntry::new(words.as_str(), move |[x, y]| {
                let line = line(&[[x, y], [x + 24.0, y]], trained, at_end);
                Element::group().with(line).with(mark([x + 12.0, y], trained, at_end))
            })
        })
        .collect();
    let top = plot::key(&mut document, top, &entries) + 30.0;
    let bottom = top + 280.0;
    document.set_height(bottom + 46.0);
    let values = |spectrum: &Spectrum| spectrum.values[..spectrum.rank()].to_vec();
    let all = series.iter().flat_map(|(trained, moment, _)| values(spectrum(moment, *trained)));
    let [low, high] = log_domain(all);
    // Room for whole marks.
    let domain = [low * 0.6, high * 1.5];
    let most = series.iter().map(|(trained, moment, _)| spectrum(moment, *trained).rank()).max().unwrap_or(1).max(2);
    let frame = Frame::new(
        Rect::new(64.0, top, 760.0 - MARGIN - 8.0, bottom),
        |range| Scale::linear([0.5, most as f64 + 0.5], range),
        |range| Scale::log(domain, range),
    );
    document.push(frame.axes(&Axis::titled("number of the singular value →"), &Axis::titled("singular value ↑")));
    for (trained, moment, _) in &series {
        let at_end = moment.step > 0;
        let points: Vec<[f64; 2]> = values(spectrum(moment, *trained))
            .into_iter()
            .zip(1..)
            .map(|(value, k)| frame.at([f64::from(k), value]))
            .collect();
        let mut group = Element::group().with(line(&points, *trained, at_end));
        if points.len() <= 90 {
            group = group.with_all(points.iter().map(|&at| mark(at, *trained, at_end)));
        }
        document.push(group);
    }
    Figure { document, table: end_table(features) }
}

fn role(trained: Trained) -> Role {
    Role::Series(usize::from(trained == Trained::Output))
}

/// The start is dashed.
fn line(points: &[[f64; 2]], trained: Trained, at_end: bool) -> Element {
    let line = Element::polyline(points).stroke(role(trained), plot::SECONDARY);
    if at_end { line } else { line.set("stroke-dasharray", "3 4") }
}

/// All parameters are discs, the output layer's squares; hollow at the start.
fn mark([x, y]: [f64; 2], trained: Trained, at_end: bool) -> Element {
    let mark = match trained {
        Trained::All => Element::circle([x, y], 3.0),
        Trained::Output => Element::rectangle(x - 2.8, y - 2.8, 5.6, 5.6),
    };
    mark.fill(if at_end { role(trained) } else { Role::Background }).stroke(role(trained), plot::SECONDARY)
}

fn end_title(run: &Run, features: &RunFeatures) -> String {
    let [start, end] = features.moments().map(|moment| spectrum(moment, features.trained));
    let whose = match features.trained {
        Trained::All => "all parameters",
        Trained::Output => "the output layer",
    };
    let head = format!("Width {}, {}: the features of {whose} span", run.width, paradigm_words(run.paradigm));
    match [start, end].map(Spectrum::rank) {
        [start, end] if start == end => format!("{head} {}, at the start and at the end", counted(end, "direction")),
        [start, end] => format!("{head} {} at the start and {end} at the end", counted(start, "direction")),
    }
}

fn end_description(run: &Run, features: &RunFeatures) -> String {
    let [start, end] = features.moments();
    let clause = |trained: Trained, words: &str| {
        let [start, end] = [start, end].map(|moment| spectrum(moment, trained));
        format!(
            "{words}: the largest {}, the rank is {} at the start and {} at the end, of at most {}; the effective rank {}.",
            change_words(start.values[0], end.values[0]),
            start.rank(),
            end.rank(),
            end.values.len(),
            change_words(start.effective_rank(), end.effective_rank())
        )
    };
    format!(
        "Singular values of width {}. {} {}",
        run.width,
        clause(Trained::All, "All parameters"),
        clause(Trained::Output, "Output layer alone")
    )
}

fn end_table(features: &RunFeatures) -> Table {
    let mut table = Table::new(["step", "parameters", "number", "singular value", "share of squares up to here"]);
    for moment in features.moments() {
        for (trained, words) in [(Trained::All, "all"), (Trained::Output, "output layer")] {
            let spectrum = spectrum(moment, trained);
            for (index, &value) in spectrum.values.iter().take(spectrum.rank()).enumerate() {
                let share = cell(spectrum.share(index + 1));
                table.push([moment.step.to_string(), words.to_owned(), (index + 1).to_string(), cell(value), share]);
            }
        }
    }
    table
}

/// Some singular values against steps on the left, and effective ranks on the right.
///
/// # Panics
/// If the features have no path, which those of a run with a state never lack.
pub fn over_training(name: &str, run: &Run, features: &RunFeatures) -> Figure {
    let path = &features.path;
    let mut document =
        Document::new(name, 960.0, 400.0).titled(path_title(run, features)).described(path_description(features));
    let whose = match features.trained {
        Trained::All => "all parameters",
        Trained::Output => "the output layer, which is what is trained",
    };
    let subtitle = format!(
        "Left: singular values of the features of {whose}. Right: their effective rank, the number of directions that count."
    );
    let top = plot::heading(&mut document, &subtitle) + 34.0;
    let bottom = top + 260.0;
    document.set_height(bottom + 46.0);
    let last = path.last().map_or(1, |point| point.step) as f64;
    let cells = Rect::new(64.0, top, 960.0 - 132.0, bottom).cells(2, 1, 108.0, 0.0);
    let time = |range| Scale::time(1.0, last, range);

    let least_rank = path.iter().map(|point| of(point, features.trained).rank()).min().unwrap_or(1);
    let followed: Vec<usize> = FOLLOWED.into_iter().filter(|&k| k <= least_rank).collect();
    let values = path.iter().flat_map(|point| followed.iter().map(|&k| of(point, features.trained).values[k - 1]));
    let domain = log_domain(values);
    let frame = Frame::new(cells[0], time, |range| Scale::log(domain, range));
    document.push(frame.axes(&Axis::titled("step →"), &Axis::titled("singular value ↑")));
    let mut labels = Vec::new();
    let mut lines = Element::group();
    for (index, &k) in followed.iter().enumerate() {
        let points: Vec<[f64; 2]> =
            path.iter().map(|point| [point.step as f64, of(point, features.trained).values[k - 1]]).collect();
        let role = Role::Series(index);
        lines.push(frame.styled_line(&points, role, plot::DATA, palette::dash(index)));
        labels.extend(points.last().map(|end| (frame.y.at(end[1]), number_words(k), role)));
    }
    document.push(lines);
    document.push(frame.direct_labels(&labels));

    let ranks = |trained: Trained| -> Vec<[f64; 2]> {
        path.iter().map(|point| [point.step as f64, of(point, trained).effective_rank()]).collect()
    };
    let (all, output) = (ranks(Trained::All), ranks(Trained::Output));
    let [_, high] = extent(all.iter().chain(&output).map(|point| point[1])).unwrap_or([0.0, 1.0]);
    let frame = Frame::new(cells[1], time, |range| Scale::linear([0.0, high * 1.06], range));
    document.push(frame.axes(&Axis::titled("step →"), &Axis::titled("effective rank ↑")));
    let mut labels = Vec::new();
    for (points, words, role, dash) in [
        (&all, "all parameters", role(Trained::All), None),
        (&output, "output layer", role(Trained::Output), Some("7 4")),
    ] {
        document.push(frame.styled_line(points, role, plot::DATA, dash));
        labels.extend(points.last().map(|end| (frame.y.at(end[1]), words.to_owned(), role)));
    }
    document.push(frame.direct_labels(&labels));
    Figure { document, table: path_table(features, &followed) }
}

fn of(point: &PathPoint, trained: Trained) -> &Spectrum {
    match trained {
        Trained::All => &point.all,
        Trained::Output => &point.output,
    }
}

/// The name of a singular value, `σ₁₀`.
pub(crate) fn number_words(k: usize) -> String {
    let lowered = |digit: char| char::from_u32('₀' as u32 + digit as u32 - '0' as u32).unwrap_or(digit);
    format!("σ{}", k.to_string().chars().map(lowered).collect::<String>())
}

fn path_title(run: &Run, features: &RunFeatures) -> String {
    let [start, end] = features.moments().map(|moment| spectrum(moment, features.trained));
    let head = format!("Width {}, {}:", run.width, paradigm_words(run.paradigm));
    if start == end {
        return format!("{head} no singular value changes, since the hidden layer stays as it is");
    }
    format!(
        "{head} the largest singular value {}, the effective rank {}",
        change_words(start.values[0], end.values[0]),
        change_words(start.effective_rank(), end.effective_rank())
    )
}

fn path_description(features: &RunFeatures) -> String {
    let [start, end] = features.moments();
    let clause = |trained: Trained, words: &str| {
        let [start, end] = [start, end].map(|moment| spectrum(moment, trained).effective_rank());
        format!("The effective rank of the features of {words} {}", change_words(start, end))
    };
    format!(
        "{} saved states from the start to {}. {}; {}.",
        features.path.len(),
        step_words(end.step),
        clause(Trained::All, "all parameters"),
        clause(Trained::Output, "the output layer").replacen('T', "t", 1)
    )
}

/// At most 12 steps.
fn path_table(features: &RunFeatures, followed: &[usize]) -> Table {
    let mut headers = vec!["step".to_owned()];
    headers.extend(followed.iter().map(|k| format!("singular value {k}")));
    headers.extend(["effective rank, all parameters", "effective rank, output layer"].map(str::to_owned));
    let mut table = Table::new(headers);
    for index in spread(features.path.len(), 12) {
        let point = &features.path[index];
        let values = followed.iter().map(|&k| cell(of(point, features.trained).values[k - 1]));
        let ranks = [&point.all, &point.output].map(|spectrum| cell(spectrum.effective_rank()));
        table.push([point.step.to_string()].into_iter().chain(values).chain(ranks));
    }
    table
}

/// A share in per cent, never 100 unless it is.
pub(crate) fn percent(share: f64) -> String {
    let text = short(share * 100.0);
    if text == "100" && share < 1.0 { "over 99".to_owned() } else { text }
}
