//! What becomes of hidden units over training: those that no training point activates, and those whose elbow is outside the
//! domain.

use nn::data::Data;
use nn::network::Network;
use nn::study::{Run, State};

use super::{Compared, MOST_NAMED, columns, line, role};
use crate::chart::{Axis, Chart, Mark, Panel};
use crate::figures::{Figure, capital, percent_words, quartile_lines};
use crate::findings::Group;
use crate::findings::comparison::{self, Pairs, Quartiles, median_at_end, over_steps, share};
use crate::report::words::list;

/// How many units of a network.
type Count = fn(&Data, &Network) -> usize;

/// Medians and quartiles of both shares, for each value.
pub fn units(name: &str, compared: &Compared) -> Figure {
    let last = compared.comparison.steps() as f64;
    let kinds: [(&str, Count); 2] =
        [("units without an active point", comparison::dead), ("elbows outside the domain", comparison::outside)];
    let lines = |count: Count, pairs: &Pairs| -> Vec<Vec<Quartiles>> {
        let of_group = |(group, item): (&Group, &nn::sweep::comparison::Item)| {
            let value = |_: &Run, state: Option<&State>| {
                state.map(|state| share(count(&item.study.data, &state.network), &state.network))
            };
            over_steps(&group.runs, &value)
        };
        pairs.groups.iter().zip(&compared.comparison.items).map(of_group).collect()
    };
    let drawn: Vec<(&str, &Pairs, Vec<Vec<Quartiles>>)> = kinds
        .iter()
        .flat_map(|&(words, count)| compared.pairs.iter().map(move |pairs| (words, pairs, lines(count, pairs))))
        .collect();
    let highest = drawn.iter().flat_map(|(.., lines)| lines.iter().flatten()).map(|quartiles| quartiles.at[2]);
    let highest = (1.1 * highest.fold(0.0, f64::max)).clamp(0.1, 1.0);
    let panel = |(words, pairs, lines): &(&str, &Pairs, Vec<Vec<Quartiles>>)| {
        let mut marks = Vec::new();
        for (item, quartiles) in lines.iter().enumerate() {
            let [low, _, high] = quartile_lines(quartiles);
            if pairs.runs() > 3 {
                marks.push(Mark::band(low, high, role(item)));
            }
        }
        for (item, quartiles) in lines.iter().enumerate() {
            let [_, middle, _] = quartile_lines(quartiles);
            marks.push(line(item, middle).labelled(&*compared.names[item]));
        }
        let y = Axis::linear(*words, [0.0, highest]).labelled(percent_words);
        Panel::new(capital(&pairs.heading), Axis::steps(last), y, marks)
    };
    Chart {
        note: format!(
            "Line and band: median, 25–75 %, n = {} seeds; a run that diverged counts up to there. A unit that no training \
             point activates has no gradient and stays as it is.",
            compared.seeds()
        ),
        description: description(compared, &kinds),
        panels: drawn.iter().map(panel).collect(),
        columns: columns(compared.pairs.len()),
        height: 170.0,
        ..Chart::new(name, title(compared))
    }
    .figure()
}

/// The median share at the end of each group of a value, and what they reach from and to.
fn at_end(compared: &Compared, item: usize, count: Count) -> Option<[f64; 2]> {
    let data = &compared.comparison.items[item].study.data;
    let of_pairs = |pairs: &Pairs| median_at_end(&pairs.groups[item], &|network| share(count(data, network), network));
    crate::scale::extent(compared.pairs.iter().map(of_pairs))
}

fn range_words([low, high]: [f64; 2]) -> String {
    let [from, to] = [low, high].map(percent_words);
    if from == to { to } else { format!("{} to {to}", from.trim_end_matches(" %")) }
}

/// The shares at the end in words, a clause for each value.
fn shares(compared: &Compared, count: Count) -> Vec<String> {
    compared.clauses(&|item| {
        let range = at_end(compared, item, count)?;
        Some((range[1], format!("{} {}", compared.names[item], range_words(range))))
    })
}

fn title(compared: &Compared) -> String {
    let clauses = shares(compared, comparison::dead);
    if clauses.is_empty() {
        return "No run ended with a network".to_owned();
    }
    let which = if compared.names.len() > MOST_NAMED { ", fewest and most" } else { "" };
    format!("Units that no point activates at the end, in the median{which}: {}", list(clauses))
}

fn description(compared: &Compared, kinds: &[(&str, Count); 2]) -> String {
    let of_kind = |&(words, count): &(&str, Count)| {
        format!("{} at the end, medians over seeds: {}.", capital(words), list(shares(compared, count)))
    };
    kinds.iter().map(of_kind).collect::<Vec<_>>().join(" ")
}
