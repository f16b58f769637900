//! What networks of a comparison compute at the end: the median run and the worst run of each value, and a stuck one beside
//! one that is not.

use nn::data::Data;
use nn::study::Run;

use super::Compared;
use crate::chart::{Axis, Chart, Mark, Panel};
use crate::figures::line::polyline;
use crate::figures::{Figure, capital, counted, function_view, plane};
use crate::findings::comparison::Pairs;
use crate::findings::{Group, elbows, final_test, middle, places};
use crate::palette::Role;
use crate::report::words::list;
use crate::scale::extent;
use crate::text::short;

/// The most values whose networks are drawn one by one.
pub(crate) const MOST_SHOWN: usize = 6;

/// A run to look at, and what it is.
struct Shown<'a> {
    words: String,
    run: &'a Run,
    item: usize,
    /// 0 for the first of a pair, 1 for the second.
    kind: usize,
}

/// The median run and the worst run of each value by final test error; None if no run ended with a network.
pub fn functions(name: &str, compared: &Compared, pairs: &Pairs) -> Option<Figure> {
    let of_item = |item: usize| {
        let ordered = pairs.groups[item].from_best_to_worst();
        let run = |words: &str, run: &'_ Run| format!("{}, {words} run (seed {})", compared.names[item], run.seed);
        let (median, worst) = (middle(&ordered)?, *ordered.last()?);
        let kinds = [(0, "median", median), (1, "worst", worst)];
        Some(kinds.map(|(kind, words, of)| Shown { words: run(words, of), run: of, item, kind }))
    };
    let mut shown: Vec<Shown> = (0..compared.names.len().min(MOST_SHOWN)).filter_map(of_item).flatten().collect();
    let clause = |[median, worst]: [&Shown; 2]| {
        let name = &compared.names[median.item];
        format!("{name} {} and {}", short(final_test(median.run)), short(final_test(worst.run)))
    };
    let clauses: Vec<String> = shown.chunks_exact(2).map(|pair| clause([&pair[0], &pair[1]])).collect();
    let claim =
        Compared::headed(pairs, &format!("median and worst run end at test {}: {}", compared.loss(), list(clauses)));
    // A row of medians and one of the worst runs, or a row for each of many values.
    let columns = if shown.len() == 6 { 3 } else { 2 };
    if shown.len() <= 6 {
        shown.sort_by_key(|of| of.kind);
    }
    (!shown.is_empty()).then(|| draw(name, compared, &capital(&claim), &shown, columns))
}

/// For each value with stuck runs the median of them, beside the median of those that are not; None if no run is stuck.
pub fn stuck(name: &str, compared: &Compared, pairs: &Pairs) -> Option<Figure> {
    let mut shown: Vec<Shown> = Vec::new();
    let mut clauses = Vec::new();
    for (item, group) in pairs.groups.iter().enumerate().filter(|(_, group)| !group.stuck().is_empty()).take(MOST_SHOWN)
    {
        let (stuck, free) = split(group);
        let [Some(one), Some(other)] = [middle(&stuck), middle(&free)] else { continue };
        let (name, of) = (&compared.names[item], group.runs.len());
        let words =
            |kind: &str, count: usize, run: &Run| format!("{name}, {kind}: {count} of {of} runs (seed {})", run.seed);
        clauses.push(format!("{name} {} of {of}", stuck.len()));
        shown.push(Shown { words: words("stuck", stuck.len(), one), run: one, item, kind: 0 });
        shown.push(Shown { words: words("not stuck", free.len(), other), run: other, item, kind: 1 });
    }
    let claim = Compared::headed(pairs, &format!("runs that are stuck: {}", list(clauses)));
    (!shown.is_empty()).then(|| draw(name, compared, &capital(&claim), &shown, 2))
}

/// The runs that ended, from the best to the worst: the stuck ones, and the others.
pub(crate) fn split<'a>(group: &Group<'a>) -> (Vec<&'a Run>, Vec<&'a Run>) {
    let stuck = group.stuck();
    group.from_best_to_worst().into_iter().partition(|run| stuck.iter().any(|other| other.seed == run.seed))
}

/// The networks of some runs at the end, on common axes. Networks of one input.
fn draw(name: &str, compared: &Compared, claim: &str, shown: &[Shown], columns: usize) -> Figure {
    // Where data are compared, each has its own.
    let data: Vec<Data> = (0..compared.names.len()).map(|item| compared.data(item)).collect();
    let known = data.iter().flat_map(|data| {
        let truth = data.truth.iter().flatten().map(|point| point[1]);
        data.y.iter().copied().chain(truth)
    });
    let [low, high] = extent(known).unwrap_or([-1.0, 1.0]);
    let reach = (high - low).max(f64::MIN_POSITIVE) / 2.0;
    let bent = compared.is_of_bent_lines();
    let line = |of: &Shown| polyline(&data[of.item], of.run.end());
    // A network that shoots far beyond its data leaves the picture instead of flattening it.
    let heights = shown.iter().flat_map(line).map(|[_, y]| y.clamp(low - reach, high + reach));
    let y = Axis::around(data[0].y_name.as_str(), heights.chain([low, high]));
    let panel = |of: &Shown| {
        let data = &data[of.item];
        let mut marks = function_view::backdrop(data);
        let mut note = format!("test {} {}", compared.loss(), short(final_test(of.run)));
        if bent {
            marks.extend(function_view::network(data, of.run, of.run.end()));
            let network = &of.run.end().network;
            let inside = elbows(network, data.domain()).len();
            note = format!(
                "{note}; {} inside at {}",
                counted(inside, "elbow"),
                counted(places(network, data.domain()), "place")
            );
        } else {
            marks.push(Mark::line(polyline(data, of.run.end()), Role::Prediction).named(&*of.words));
        }
        Panel::new(&*of.words, Axis::input(data), y.clone(), marks).noted(note)
    };
    let describe = |of: &Shown| {
        let panel = panel(of);
        format!("{}: {}.", panel.heading, panel.note)
    };
    let key = if bent { function_view::key(&data[0], function_view::SHARE) } else { plain_key(&data[0]) };
    let table = bent.then(|| {
        let mut tables = shown.iter().map(|of| {
            let mut table = function_view::table(&data[of.item], of.run, &[of.run.states.len() - 1]);
            table.headers.insert(0, "run".to_owned());
            table.rows.iter_mut().for_each(|row| row.insert(0, of.words.clone()));
            table
        });
        let first = tables.next().unwrap_or_default();
        tables.fold(first, |mut all, table| {
            all.rows.extend(table.rows);
            all
        })
    });
    Chart {
        description: shown.iter().map(describe).collect::<Vec<_>>().join(" "),
        panels: shown.iter().map(panel).collect(),
        key,
        columns,
        height: 170.0,
        table,
        ..Chart::new(name, claim)
    }
    .figure()
}

fn plain_key(data: &Data) -> Vec<(Mark, String)> {
    let mut key = function_view::key(data, function_view::SHARE);
    // There are neither shares nor elbows of single units.
    key.truncate(key.len() - 2);
    key
}

/// Networks of two inputs over training, or of more over the plane of two: the median run and the worst run of each value. The name of a figure ends in the
/// number of the value and what the run is.
pub fn planes(name: &str, compared: &Compared, pairs: &Pairs) -> Vec<Figure> {
    let of_item = |item: usize| {
        let ordered = pairs.groups[item].from_best_to_worst();
        let draw = move |(words, run): (&str, &Run)| {
            let heading = Compared::headed(pairs, &format!("{}, {words} run, seed {}", compared.names[item], run.seed));
            let (name, heading) = (format!("{name}-{}-{words}", item + 1), capital(&heading));
            match compared.sliced(item) {
                Some(sliced) => {
                    let data = sliced.data(&compared.data(item));
                    plane::small_multiples(&name, &heading, &data, &sliced.run(run))
                }
                None => plane::small_multiples(&name, &heading, &compared.data(item), run),
            }
        };
        let runs = [("median", middle(&ordered)), ("worst", ordered.last().copied())];
        runs.into_iter().filter_map(|(words, run)| Some((words, run?))).map(draw).collect::<Vec<_>>()
    };
    (0..compared.names.len().min(MOST_SHOWN)).flat_map(of_item).collect()
}
