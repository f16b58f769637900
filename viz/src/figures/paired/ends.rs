//! How all runs ended, from the best to the worst: the whole distribution, with its tail.

use super::{Compared, columns, glyph, role};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::figures::{Figure, Table, capital, cell, counted, log_domain, test_points};
use crate::findings::comparison::Pairs;
use crate::findings::{Ending, Group, final_test, sorted};
use crate::palette::Role;
use crate::plot;
use crate::report::words::{list, times};
use crate::scale::Tick;
use crate::text::{short, thousands};

/// Every run a dot, at its rank.
pub fn ends(name: &str, compared: &Compared) -> Figure {
    let runs = compared.seeds();
    let groups = || compared.pairs.iter().flat_map(|pairs| &pairs.groups);
    let all = groups().flat_map(|group| group.runs.iter().map(|run| final_test(run)));
    let [low, high] = log_domain(all.filter(|value| value.is_finite()));
    let domain = [low * 0.8, high * 1.25];
    let tick = |rank: usize| Tick { value: rank as f64, label: Some(thousands(rank)) };
    let panel = |pairs: &Pairs| {
        let middle = f64::midpoint(1.0, runs as f64);
        let mut marks = vec![Mark::rule_x(middle, Role::Axis).labelled("median")];
        for (item, group) in pairs.groups.iter().enumerate() {
            marks.extend(dots(item, group, &compared.names[item]));
        }
        let x = Axis::linear("rank of the run", [0.5, runs as f64 + 0.5]).with_ticks(if runs == 1 {
            vec![tick(1)]
        } else {
            vec![tick(1), tick(runs)]
        });
        Panel::new(capital(&pairs.heading), x, Axis::log(format!("test {} at the end", compared.loss()), domain), marks)
    };
    let mut note = format!(
        "Every dot is a run, n = {runs} of each, from the best to the worst; test error is measured {}.",
        test_points(&compared.data(0))
    );
    let is_stuck = groups().any(|group| !group.stuck().is_empty());
    let key = if is_stuck { vec![(ring(Vec::new()), "stuck".to_owned())] } else { Vec::new() };
    if groups().any(|group| group.diverged() > 0) {
        note += " Arrows at the top: runs that diverged.";
    }
    Chart {
        note,
        description: description(compared),
        panels: compared.pairs.iter().map(panel).collect(),
        key,
        columns: columns(compared.pairs.len()),
        height: 220.0,
        table: Some(table(compared)),
        ..Chart::new(name, title(compared))
    }
    .figure()
}

fn ring(points: Vec<[f64; 2]>) -> Mark {
    Mark::dots(points, Glyph::Ring, 5.5, Role::Ink).wide(plot::THIN)
}

/// The runs of a value, and rings around those that are stuck.
fn dots(item: usize, group: &Group, name: &str) -> Vec<Mark> {
    let place = |(rank, &value): (usize, &f64)| [(rank + 1) as f64, value];
    let values = sorted(group.runs.iter().map(|run| final_test(run)));
    let points: Vec<[f64; 2]> = values.iter().enumerate().map(place).collect();
    let stuck = group.stuck();
    let ordered = group.from_best_to_worst();
    let is_stuck = |run: &&&nn::study::Run| stuck.iter().any(|other| other.seed == run.seed);
    let rings = ordered
        .iter()
        .enumerate()
        .filter(|(_, run)| is_stuck(run))
        .map(|(rank, run)| [(rank + 1) as f64, final_test(run)]);
    // A faint line leads the eye.
    let line = Mark::line(points.iter().copied().filter(|point| point[1].is_finite()).collect(), role(item));
    let radius = if values.len() > 100 { 2.0 } else { 3.0 };
    let mut marks =
        vec![line.wide(plot::THIN).faint(0.4), Mark::dots(points, glyph(item), radius, role(item)).labelled(name)];
    let rings: Vec<[f64; 2]> = rings.collect();
    if !rings.is_empty() {
        marks.push(ring(rings));
    }
    marks
}

/// How many times its median the worst run of a group ends at; None if one of them has no number.
fn tail(group: &Group) -> Option<f64> {
    let worst = group.from_best_to_worst().last().map(|run| final_test(run))?;
    Some(worst / group.test()).filter(|ratio| ratio.is_finite())
}

fn title(compared: &Compared) -> String {
    let diverged: usize = compared.pairs.iter().flat_map(|pairs| &pairs.groups).map(Group::diverged).sum();
    let mut heaviest: Option<(f64, String)> = None;
    for pairs in &compared.pairs {
        for (group, name) in pairs.groups.iter().zip(&compared.names) {
            if let Some(ratio) = tail(group)
                && heaviest.as_ref().is_none_or(|(most, _)| ratio > *most)
            {
                heaviest = Some((ratio, Compared::at(name, pairs)));
            }
        }
    }
    let tail = match heaviest {
        Some((ratio, name)) if ratio > 1.0 => times(ratio, 1.0)
            .map(|times| format!("The heaviest tail: the worst run of {name} ends at {times} the median")),
        _ => None,
    };
    let diverged = (diverged > 0).then(|| format!("{} diverged", counted(diverged, "run")));
    let clauses: Vec<String> = tail.into_iter().chain(diverged).collect();
    if clauses.is_empty() { "Every run at its end".to_owned() } else { clauses.join("; ") }
}

fn description(compared: &Compared) -> String {
    let of_pairs = |pairs: &Pairs| {
        let clause = |(group, name): (&Group, &String)| {
            let range = match group.ends() {
                Some([low, high]) => format!("{name} from {} to {}", short(low), short(high)),
                None => format!("{name} without an end"),
            };
            match (group.stuck().len(), group.diverged()) {
                (0, 0) => range,
                (stuck, 0) => format!("{range}, {stuck} stuck"),
                (0, diverged) => format!("{range}, {diverged} diverged"),
                (stuck, diverged) => format!("{range}, {stuck} stuck, {diverged} diverged"),
            }
        };
        let clauses: Vec<String> = pairs.groups.iter().zip(&compared.names).map(clause).collect();
        let heading = if pairs.heading.is_empty() { String::new() } else { format!("{}: ", capital(&pairs.heading)) };
        format!("{heading}{}.", list(clauses))
    };
    compared.pairs.iter().map(of_pairs).collect::<Vec<_>>().join(" ")
}

fn table(compared: &Compared) -> Table {
    let loss = compared.loss();
    let mut table = Table::new([
        "runs".to_owned(),
        "value".to_owned(),
        "seed".to_owned(),
        format!("train {loss}"),
        format!("test {loss}"),
        "outcome".to_owned(),
        "stuck".to_owned(),
    ]);
    for pairs in &compared.pairs {
        for (group, name) in pairs.groups.iter().zip(&compared.names) {
            let stuck = group.stuck();
            for run in &group.runs {
                let is_stuck = stuck.iter().any(|other| other.seed == run.seed);
                let errors = [crate::findings::final_train(run), final_test(run)].map(cell);
                let head = [pairs.heading.clone(), name.clone(), run.seed.to_string()];
                let rest = [Ending::of(run).word().to_owned(), if is_stuck { "yes" } else { "no" }.to_owned()];
                table.push(head.into_iter().chain(errors).chain(rest));
            }
        }
    }
    table
}
