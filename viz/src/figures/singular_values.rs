//! Singular values of the linearised features: how strongly the parameters move the prediction along each direction.

use nn::features::{Moment, PathPoint, RunFeatures, Spectrum};
use nn::settings::Paradigm;
use nn::study::Run;

use super::principal_features::decomposition;
use super::{Figure, Table, cell, change_words, counted, log_domain, paradigm_words, state_words, step_words};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::palette::{self, Role};
use crate::plot;
use crate::scale::extent;
use crate::text::{short, thousands};

/// The singular values that are followed over training, counted from 1.
const FOLLOWED: [usize; 7] = [1, 2, 3, 5, 10, 20, 50];

/// The singular values of a matrix, by which it is taken.
fn spectrum(moment: &Moment, trained: Paradigm) -> &Spectrum {
    &decomposition(moment, trained).spectrum
}

/// Singular value against its number, on a log scale: of the features of all parameters and of the output layer's alone,
/// at the start and at the end. Those that are 0 but for rounding are left out.
///
/// # Panics
/// If the run has no state.
pub fn start_and_end(name: &str, run: &Run, features: &RunFeatures) -> Figure {
    let end_words = state_words(run, run.end());
    let mut series: Vec<(Paradigm, &Moment, String)> = Vec::new();
    for trained in [Paradigm::All, Paradigm::Output] {
        let [start, end] = features.moments();
        let whose = match trained {
            Paradigm::All => "all parameters",
            Paradigm::Output | Paradigm::Ridge => "output layer alone",
        };
        if spectrum(start, trained) == spectrum(end, trained) {
            series.push((trained, end, format!("{whose}, at both ends")));
        } else {
            series.push((trained, start, format!("{whose}, start")));
            series.push((trained, end, format!("{whose}, {end_words}")));
        }
    }
    let values = |spectrum: &Spectrum| spectrum.values[..spectrum.rank()].to_vec();
    let all = series.iter().flat_map(|(trained, moment, _)| values(spectrum(moment, *trained)));
    let [low, high] = log_domain(all);
    let most = series.iter().map(|(trained, moment, _)| spectrum(moment, *trained).rank()).max().unwrap_or(1).max(2);
    let marks = series.iter().flat_map(|(trained, moment, words)| {
        let points: Vec<[f64; 2]> =
            (1..).zip(values(spectrum(moment, *trained))).map(|(k, v)| [f64::from(k), v]).collect();
        let dots = if points.len() <= 90 { points.clone() } else { Vec::new() };
        let (is_end, role) = (moment.step > 0, role(*trained));
        // The start is dashed and hollow; the output layer has squares.
        let glyph = match (trained, is_end) {
            (Paradigm::All, true) => Glyph::Disc,
            (Paradigm::All, false) => Glyph::Hollow,
            (Paradigm::Output | Paradigm::Ridge, true) => Glyph::Square,
            (Paradigm::Output | Paradigm::Ridge, false) => Glyph::HollowSquare,
        };
        let line = Mark::line(points, role).wide(plot::SECONDARY).dashed((!is_end).then_some("3 4"));
        [line.labelled(words.as_str()), Mark::dots(dots, glyph, 3.0, role)]
    });
    let x = Axis::linear("number of the singular value", [0.5, most as f64 + 0.5]);
    // Room for whole marks.
    let y = Axis::log("singular value", [low * 0.6, high * 1.5]);
    Chart {
        note: format!(
            "Singular values of the features at {} training inputs, from the largest down; those that are 0 are left out.",
            thousands(features.x.len())
        ),
        description: end_description(run, features),
        panels: vec![Panel::new("", x, y, marks.collect())],
        width: 760.0,
        height: 280.0,
        table: Some(end_table(features)),
        ..Chart::new(name, end_title(run, features))
    }
    .figure()
}

fn role(trained: Paradigm) -> Role {
    Role::Series(usize::from(trained != Paradigm::All))
}

fn end_title(run: &Run, features: &RunFeatures) -> String {
    let [start, end] = features.moments().map(|moment| spectrum(moment, features.trained));
    let whose = match features.trained {
        Paradigm::All => "all parameters",
        Paradigm::Output | Paradigm::Ridge => "the output layer",
    };
    let head = format!("Width {}, {}: the features of {whose} span", run.width, paradigm_words(run.paradigm));
    match [start, end].map(Spectrum::rank) {
        [start, end] if start == end => format!("{head} {}, at the start and at the end", counted(end, "direction")),
        [start, end] => format!("{head} {} at the start and {end} at the end", counted(start, "direction")),
    }
}

fn end_description(run: &Run, features: &RunFeatures) -> String {
    let [start, end] = features.moments();
    let clause = |trained: Paradigm, words: &str| {
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
        clause(Paradigm::All, "All parameters"),
        clause(Paradigm::Output, "Output layer alone")
    )
}

fn end_table(features: &RunFeatures) -> Table {
    let mut table = Table::new(["step", "parameters", "number", "singular value", "share of squares up to here"]);
    for moment in features.moments() {
        for (trained, words) in [(Paradigm::All, "all"), (Paradigm::Output, "output layer")] {
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
    let whose = match features.trained {
        Paradigm::All => "all parameters",
        Paradigm::Output | Paradigm::Ridge => "the output layer, which is what is trained",
    };
    let last = path.last().map_or(1, |point| point.step) as f64;
    let least_rank = path.iter().map(|point| of(point, features.trained).rank()).min().unwrap_or(1);
    let followed: Vec<usize> = FOLLOWED.into_iter().filter(|&k| k <= least_rank).collect();
    let over_steps = |value: &dyn Fn(&PathPoint) -> f64| -> Vec<[f64; 2]> {
        path.iter().map(|point| [point.step as f64, value(point)]).collect()
    };
    let value = |k: usize| over_steps(&|point: &PathPoint| of(point, features.trained).values[k - 1]);
    let domain = log_domain(followed.iter().flat_map(|&k| value(k)).map(|point| point[1]));
    let line = |(index, &k): (usize, &usize)| {
        Mark::course(value(k), Role::Series(index)).dashed(palette::dash(index)).labelled(number_words(k))
    };
    let lines = followed.iter().enumerate().map(line).collect();
    let rank = |trained: Paradigm| over_steps(&|point: &PathPoint| of(point, trained).effective_rank());
    let ranks = [(Paradigm::All, "all parameters", None), (Paradigm::Output, "output layer", Some("7 4"))];
    let [_, high] =
        extent(ranks.iter().flat_map(|(trained, ..)| rank(*trained)).map(|point| point[1])).unwrap_or([0.0, 1.0]);
    let ranks =
        ranks.map(|(trained, words, dash)| Mark::course(rank(trained), role(trained)).dashed(dash).labelled(words));
    Chart {
        note: format!(
            "Singular values of the features of {whose}, and their effective rank: the number of directions that count."
        ),
        description: path_description(features),
        panels: vec![
            Panel::new("Singular values", Axis::steps(last), Axis::log("singular value", domain), lines),
            Panel::new(
                "Effective rank",
                Axis::steps(last),
                Axis::linear("effective rank", [0.0, high * 1.06]),
                ranks.to_vec(),
            ),
        ],
        height: 260.0,
        ..Chart::new(name, path_title(run, features))
    }
    .figure()
}

fn of(point: &PathPoint, trained: Paradigm) -> &Spectrum {
    match trained {
        Paradigm::All => &point.all,
        Paradigm::Output | Paradigm::Ridge => &point.output,
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
    let clause = |trained: Paradigm, words: &str| {
        let [start, end] = [start, end].map(|moment| spectrum(moment, trained).effective_rank());
        format!("The effective rank of the features of {words} {}", change_words(start, end))
    };
    format!(
        "{} saved states from the start to {}. {}; {}.",
        features.path.len(),
        step_words(end.step),
        clause(Paradigm::All, "all parameters"),
        clause(Paradigm::Output, "the output layer").replacen('T', "t", 1)
    )
}

/// A share in per cent, never 100 unless it is.
pub(crate) fn percent(share: f64) -> String {
    let text = short(share * 100.0);
    if text == "100" && share < 1.0 { "over 99".to_owned() } else { text }
}
