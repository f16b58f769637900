//! A comparison as figures for files, and as one page that explains them.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use nn::settings::{Paradigm, Settings};
use nn::sweep::Comparison;

use super::figure::{figure, named};
use super::page::{head, look};
use super::sections::opening::how_it_was_read;
use super::sections::settings;
use super::words::{capital, error, list, part};
use crate::figures::paired::{self, Compared};
use crate::figures::{Figure, counted, paradigm_words, percent_words, test_points};
use crate::findings::comparison::{self, Pairs, median_at_end, share};
use crate::findings::{Group, STUCK, STUCK_OF_START, median, places, quantile, sorted};
use crate::text::{short, thousands};

/// The most networks whose runs are drawn one by one.
const MOST_SHOWN: usize = 6;

/// Every figure of a comparison; the name of a figure is that of its file, without `.svg`.
pub fn figures(comparison: &Comparison) -> Vec<Figure> {
    let compared = Compared::new(comparison);
    let mut figures = vec![
        paired::medians("compare-medians", &compared),
        paired::every_run("compare-every-run", &compared),
        paired::ratios("compare-pairs", &compared),
        paired::ends("compare-ends", &compared),
    ];
    if compared.is_of_bent_lines() {
        figures.push(paired::units("compare-units", &compared));
    }
    for (place, pairs) in compared.pairs.iter().enumerate().take(MOST_SHOWN) {
        let [functions, stuck] = names(&compared, place);
        match picture(&compared) {
            Picture::Line => {
                figures.extend(paired::functions(&functions, &compared, pairs));
                figures.extend(paired::stuck(&stuck, &compared, pairs));
            }
            Picture::Plane => figures.extend(paired::planes(&functions, &compared, pairs)),
            Picture::None => {}
        }
    }
    figures
}

/// How networks can be drawn.
enum Picture {
    Line,
    Plane,
    None,
}

fn picture(compared: &Compared) -> Picture {
    let data = || compared.comparison.items.iter().map(|item| &item.study.data);
    let inputs = |count: usize| data().all(|data| data.inputs.len() == count);
    // The log odds of classes are no function of the data's own axis.
    if inputs(1) && data().all(|data| data.classes.is_empty()) {
        Picture::Line
    } else if inputs(2) || (0..compared.names.len()).all(|item| compared.sliced(item).is_some()) {
        Picture::Plane
    } else {
        Picture::None
    }
}

/// The names of the figures of networks of a place: of functions, and of stuck ones.
fn names(compared: &Compared, place: usize) -> [String; 2] {
    let pairs = &compared.pairs[place];
    let mut key: String = pairs.heading.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    while key.contains("--") {
        key = key.replace("--", "-");
    }
    ["functions", "stuck"]
        .map(|idea| if key.is_empty() { format!("compare-{idea}") } else { format!("compare-{idea}-{key}") })
}

/// The page of a comparison with its figures, as [`figures`] draws them: one HTML file.
pub fn html(comparison: &Comparison, figures: &[Figure]) -> String {
    let compared = Compared::new(comparison);
    let drawn = |name: &str, explanation: &Markup| {
        named(figures, name).map(|drawn| figure(drawn, explanation)).unwrap_or_default()
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("Compared: {}", compared.words()), &look()))
            body {
                main {
                    (opening(&compared))
                    (contents(&compared))
                    section #medians {
                        h2 { "Over training" }
                        p {
                            "Errors of the saved networks, on a logarithmic scale, with logarithmic time: most happens early. The line \
                             is the median over the seeds, and half of the runs are inside the band. There is no mean: a few runs that are \
                             stuck, or diverge, would decide it."
                        }
                        (drawn("compare-medians", &html! { p { (still(&compared)) } }))
                        details {
                            summary { h3 { "Every run as a thin line" } }
                            (drawn("compare-every-run", &html! {
                                p { "The same medians, with all runs that they stand for." }
                            }))
                        }
                    }
                    section #pairs {
                        h2 { "Pair by pair" }
                        p { (pairing(&compared)) }
                        (drawn("compare-pairs", &html! { p { (luck(&compared)) } }))
                        (sign_table(&compared))
                    }
                    section #ends {
                        h2 { "How all runs ended" }
                        p { "Medians hide what single runs do. Here every run has its place, from the best on the left to the worst." }
                        (drawn("compare-ends", &html! { p { (stuck_words(&compared)) } }))
                        (end_table(&compared))
                    }
                    (stuck(&compared, figures))
                    (units(&compared, figures))
                    (functions(&compared, figures))
                    (settings::table(&|setting| {
                        if setting.name == comparison.setting.name {
                            comparison.items.iter().map(|item| &*item.value).collect::<Vec<_>>().join(", ")
                        } else {
                            let mut values: Vec<String> = comparison.items.iter().map(|item| setting.shown(&item.study.settings)).collect();
                            values.dedup();
                            values.join(", ")
                        }
                    }))
                    (notes(&compared))
                }
                footer { p { "Made by Elbow " (env!("CARGO_PKG_VERSION")) "." } }
                script { (PreEscaped(include_str!("page.js"))) }
            }
        }
    };
    page.into_string()
}

fn contents(compared: &Compared) -> Markup {
    html! {
        nav aria-label="Contents" {
            a href="#medians" { "Over training" }
            a href="#pairs" { "Pair by pair" }
            a href="#ends" { "All runs" }
            @if is_any_stuck(compared) { a href="#stuck" { "Stuck" } }
            @if compared.is_of_bent_lines() { a href="#units" { "Units" } }
            a href="#functions" { "Networks" }
            a href="#settings" { "Settings" }
            a href="#notes" { "Notes" }
        }
    }
}

fn opening(compared: &Compared) -> Markup {
    let (comparison, data) = (compared.comparison, compared.data(0));
    let settings = &comparison.items[0].study.settings;
    let runs = compared.seeds() * compared.pairs.len();
    html! {
        header {
            h1 { "Compared: " (compared.words()) }
            p.lead {
                "One setting differs, " code { (comparison.setting.name) } ": " (comparison.setting.help) ". For each of its "
                (comparison.items.len()) " values there are " (counted(runs, "run")) ", " (counted(compared.seeds(), "seed"))
                @if compared.pairs.len() > 1 { " of each of " (compared.pairs.len()) " networks" } "."
            }
            p { (task(compared)) " " (training(compared, settings)) }
            @if let Some(reading) = &data.reading { (how_it_was_read(reading)) }
            @for (item, name) in comparison.items.iter().zip(&compared.names) {
                @if let Some(words) = item.study.unstarted_words() { p.warning { strong { (name) ": " } (words) } }
            }
            h2 { "In short" }
            ul.results { @for pairs in &compared.pairs { li { (in_short(compared, pairs)) } } }
        }
    }
}

fn task(compared: &Compared) -> String {
    let names: Vec<String> = (0..compared.names.len()).map(|item| compared.data(item).name).collect();
    let data = compared.data(0);
    if names.iter().any(|name| *name != names[0]) {
        return "Each value has data of its own.".to_owned();
    }
    format!(
        "Learned is {} from {} points; test error is measured {}.",
        data.name,
        thousands(data.y.len()),
        test_points(&data)
    )
}

fn training(compared: &Compared, settings: &Settings) -> String {
    let comparison = compared.comparison;
    let paradigms: Vec<&str> = settings.paradigms.iter().map(|&paradigm| paradigm_words(paradigm)).collect();
    let same = |of: fn(&Settings) -> u64| {
        let first = of(settings);
        comparison.items.iter().all(|item| of(&item.study.settings) == first).then_some(first)
    };
    let steps = match same(|settings| settings.steps) {
        _ if settings.paradigms == [Paradigm::Ridge] => String::new(),
        Some(steps) => format!(" Descent takes {}.", counted(steps, "step")),
        None => String::new(),
    };
    let trained =
        if comparison.setting.name == "paradigms" { String::new() } else { format!(" Trained: {}.", list(paradigms)) };
    format!("{}{trained}{steps}", starts(compared)).trim().to_owned()
}

/// Which runs begin alike.
fn starts(compared: &Compared) -> String {
    let minibatches = if compared.comparison.minibatches_are_the_same() {
        " and see the same minibatches"
    } else {
        " and see minibatches of their own, as these depend on what is compared"
    };
    let elbows = if compared.is_of_bent_lines() { ", elbows included," } else { "" };
    if compared.comparison.starts_are_the_same() {
        format!("Runs of one seed and network begin with the same parameters{elbows}{minibatches}.")
    } else {
        "Runs of one seed are pairs, but do not begin with the same parameters, as these depend on the setting that is compared."
            .to_owned()
    }
}

/// How a network's runs ended, for each value.
fn in_short(compared: &Compared, pairs: &Pairs) -> String {
    let clause = |item: usize| {
        let (group, name) = (&pairs.groups[item], &compared.names[item]);
        let (stuck, runs) = (group.stuck().len(), group.runs.len());
        let asides: Vec<String> = [(stuck, "stuck"), (group.diverged(), "diverged")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", part(count, runs)))
            .collect();
        let asides = asides.join(", ");
        let words = match group.test() {
            end if end.is_finite() && asides.is_empty() => format!("{name} {}", short(end)),
            end if end.is_finite() => format!("{name} {} ({asides})", short(end)),
            _ => format!("{name}: {asides}"),
        };
        Some((group.test(), words))
    };
    let clauses = compared.clauses(&clause);
    let of_many = if clauses.len() < compared.names.len() { ", lowest and highest" } else { "" };
    let heading = if pairs.heading.is_empty() { String::new() } else { format!("{}: ", pairs.heading) };
    capital(&format!("{heading}median test {} at the end{of_many}: {}.", compared.loss(), clauses.join("; ")))
}

/// Whether training was still getting somewhere, so that more steps may change the order.
fn still(compared: &Compared) -> String {
    let falls = |group: &Group| {
        let at = |part: f64| {
            let ends = group.from_best_to_worst();
            median(ends.iter().map(|run| {
                let wanted = run.end().step as f64 * part;
                let index = run.states.partition_point(|state| (state.step as f64) < wanted);
                run.states[index.min(run.states.len() - 1)].test.loss
            }))
        };
        let (before, end) = (at(2.0 / 3.0), at(1.0));
        before.is_finite() && end < 0.95 * before
    };
    let falling: Vec<String> = (0..compared.names.len())
        .filter_map(|item| {
            let count = compared.pairs.iter().filter(|pairs| falls(&pairs.groups[item])).count();
            let of = compared.pairs.len();
            match count {
                0 => None,
                _ if of == 1 => Some(compared.names[item].clone()),
                _ => Some(format!("{} ({} networks)", compared.names[item], part(count, of))),
            }
        })
        .collect();
    if compared.pairs.iter().flat_map(|pairs| &pairs.groups).all(|group| group.from_best_to_worst().is_empty()) {
        String::new()
    } else if falling.is_empty() {
        "Over the last third of the steps no median test error fell by more than 5 %.".to_owned()
    } else {
        format!(
            "Over the last third of the steps the median test error still fell by more than 5 % with {}: with more steps the \
             order may be another.",
            list(falling)
        )
    }
}

fn pairing(compared: &Compared) -> String {
    let first = &compared.names[0];
    let (starts, minibatches) =
        (compared.comparison.starts_are_the_same(), compared.comparison.minibatches_are_the_same());
    let same = match (starts, minibatches) {
        (true, true) => {
            "Some starts are better than others. Two runs with the same seed have the same start and the same minibatches, so \
             their errors tell what the setting does, without the luck of the start."
        }
        (true, false) => {
            "Some starts are better than others. Two runs with the same seed have the same start here, though not the same \
             minibatches, so the luck of the start is no part of what their errors tell."
        }
        (false, _) => {
            "Two runs with the same seed are compared, though they do not begin with the same parameters here."
        }
    };
    format!(
        "{same} Errors spread over factors, so what is shown is a ratio: the test error at the end over that of {first}."
    )
}

/// What could be luck.
fn luck(compared: &Compared) -> String {
    let all = compared.seeds();
    if all < 6 {
        return format!(
            "With {} of each network, nothing can be told from luck: even if all fall on one side, fair coins do so in more \
             than 1 of 20 cases.",
            counted(all, "pair")
        );
    }
    "If the setting made no difference, each pair would be a fair coin: the table tells in what share of cases so many coins \
     fall so unevenly."
        .to_owned()
}

/// Counts of pairs, the quartiles of their ratios, and what coins do.
fn sign_table(compared: &Compared) -> Markup {
    let first = &compared.names[0];
    html! {
        div.rows tabindex="0" role="group" aria-label="Table, scrolls" {
            table {
                caption { "Test error at the end beside that of " (first) ", pairs with the same seed" }
                thead {
                    tr {
                        @if has_headings(compared) { th scope="col" { "Runs" } }
                        @for header in ["Value", "Lower", "Higher", "Times, 25 %", "Median", "75 %", "Fair coins"] { th scope="col" { (header) } }
                    }
                }
                tbody {
                    @for pairs in &compared.pairs {
                        @for item in 1..compared.names.len() {
                            @let differences = pairs.differences(item);
                            tr {
                                @if has_headings(compared) { th scope="row" { (capital(&pairs.heading)) } }
                                th scope="row" { (compared.names[item]) }
                                td { (part(differences.lower(), differences.0.len())) }
                                td { (differences.higher()) }
                                @for ratio in differences.quartiles() { td { (ratio_words(ratio)) } }
                                td { (coins(differences.sign_test())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn has_headings(compared: &Compared) -> bool {
    compared.pairs.iter().any(|pairs| !pairs.heading.is_empty())
}

fn ratio_words(ratio: f64) -> String {
    if ratio.is_nan() { "–".to_owned() } else { short(ratio) }
}

/// A probability.
fn coins(share: f64) -> String {
    if share < 0.001 { "less than 0.1 %".to_owned() } else { format!("{} %", short(100.0 * share)) }
}

/// Medians and quartiles at the end.
fn end_table(compared: &Compared) -> Markup {
    let cells = |values: Vec<f64>| {
        let values = sorted(values);
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|q| error(quantile(&values, q)));
        if values.len() < 2 { middle } else { format!("{middle} ({low} to {high})") }
    };
    let loss = compared.loss();
    html! {
        div.rows tabindex="0" role="group" aria-label="Table, scrolls" {
            table {
                caption { "Medians over seeds at the end, and in brackets the 25 % and the 75 % quantile; a run that diverged counts as infinite" }
                thead {
                    tr {
                        @if has_headings(compared) { th scope="col" { "Runs" } }
                        th scope="col" { "Value" }
                        th scope="col" { "Train " (loss) }
                        th scope="col" { "Test " (loss) }
                        @if compared.has_classes() { th scope="col" { "Test accuracy" } }
                        th scope="col" { "Stuck" }
                        th scope="col" { "Diverged" }
                    }
                }
                tbody {
                    @for pairs in &compared.pairs {
                        @for (group, name) in pairs.groups.iter().zip(&compared.names) {
                            tr {
                                @if has_headings(compared) { th scope="row" { (capital(&pairs.heading)) } }
                                th scope="row" { (name) }
                                td { (cells(group.runs.iter().map(|run| crate::findings::final_train(run)).collect())) }
                                td { (cells(group.runs.iter().map(|run| crate::findings::final_test(run)).collect())) }
                                @if compared.has_classes() { td { (accuracy(group)) } }
                                td { (part(group.stuck().len(), group.runs.len())) }
                                td { (part(group.diverged(), group.runs.len())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn accuracy(group: &Group) -> String {
    let ends = group.from_best_to_worst();
    let share = median(ends.iter().filter_map(|run| run.end().test.accuracy));
    if share.is_finite() { percent_words(share) } else { "–".to_owned() }
}

fn is_any_stuck(compared: &Compared) -> bool {
    compared.pairs.iter().flat_map(|pairs| &pairs.groups).any(|group| !group.stuck().is_empty())
}

/// How many runs are stuck.
fn stuck_words(compared: &Compared) -> String {
    let of_item = |item: usize| {
        let counts = compared.pairs.iter().map(|pairs| &pairs.groups[item]);
        let [stuck, all] =
            counts.fold([0, 0], |[stuck, all], group| [stuck + group.stuck().len(), all + group.runs.len()]);
        (stuck > 0).then(|| format!("{} of {}", part(stuck, all), compared.names[item]))
    };
    let counts: Vec<String> = (0..compared.names.len()).filter_map(of_item).collect();
    let counts = if counts.is_empty() { "No run is stuck".to_owned() } else { format!("Stuck are {}", list(counts)) };
    format!(
        "A run is called stuck if its median test error over the last tenth of the steps is more than {} times the lowest among \
         the runs with the same value and network, and more than {} of the error it began with. {counts}.",
        short(STUCK),
        percent_words(STUCK_OF_START),
    )
}

/// What a stuck network looks like.
fn stuck(compared: &Compared, figures: &[Figure]) -> Markup {
    if !is_any_stuck(compared) || !matches!(picture(compared), Picture::Line) {
        return html! {};
    }
    html! {
        section #stuck {
            h2 { "What a stuck network looks like" }
            p {
                "For each value with stuck runs, the median of them stands beside the median of the others."
                @if compared.is_of_bent_lines() {
                    " A network of one hidden layer has as many bends as places with elbows: where elbows have run together, and units \
                     are off at all points, it has fewer than it has units. A gradient hardly parts elbows that stand at one place, and \
                     does not move units without an active point."
                }
            }
            @for (place, pairs) in compared.pairs.iter().enumerate().take(MOST_SHOWN) {
                @let [_, name] = names(compared, place);
                @if let Some(drawn) = named(figures, &name) {
                    (figure(drawn, &html! { @for words in places_words(compared, pairs) { p { (words) } } }))
                }
            }
        }
    }
}

/// At how many places the elbows of stuck runs stand, and those of the others.
fn places_words(compared: &Compared, pairs: &Pairs) -> Vec<String> {
    if !compared.is_of_bent_lines() {
        return Vec::new();
    }
    let of_item = |(item, group): (usize, &Group)| {
        let (stuck, free) = paired::split(group);
        if stuck.is_empty() || free.is_empty() {
            return None;
        }
        let domain = compared.comparison.items[item].study.data.domain();
        let at = |runs: &[&nn::study::Run]| {
            number_words(median(runs.iter().map(|run| places(&run.end().network, domain) as f64)))
        };
        Some(format!(
            "With {} the elbows of stuck runs end at {} places inside the domain in the median, those of the others at {}.",
            compared.names[item],
            at(&stuck),
            at(&free)
        ))
    };
    pairs.groups.iter().enumerate().filter_map(of_item).collect()
}

/// A median of counts: `4`, `4.5`.
fn number_words(median: f64) -> String {
    if median.fract() == 0.0 { format!("{median}") } else { format!("{median:.1}") }
}

/// Dead units and elbows outside.
fn units(compared: &Compared, figures: &[Figure]) -> Markup {
    let Some(drawn) = named(figures, "compare-units") else { return html! {} };
    html! {
        section #units {
            h2 { "What became of hidden units" }
            p {
                "A unit that is off at every training point has no gradient: descent cannot bring it back, and the network is \
                 smaller by one. A unit whose elbow left the domain is a straight line there, or nothing."
            }
            (figure(drawn, &html! { p { (units_words(compared)) } }))
        }
    }
}

fn units_words(compared: &Compared) -> String {
    let of_pairs = |pairs: &Pairs| {
        let of_item = |item: usize| {
            let (group, data) = (&pairs.groups[item], &compared.comparison.items[item].study.data);
            let at = |count: fn(&nn::data::Data, &nn::network::Network) -> usize| {
                median_at_end(group, &|network| share(count(data, network), network))
            };
            let shares = [at(comparison::dead), at(comparison::outside)];
            let [dead, outside] = shares.map(percent_words);
            shares[0].is_finite().then(|| (shares[0], format!("{} {dead} and {outside}", compared.names[item])))
        };
        let clauses = compared.clauses(&of_item);
        if pairs.heading.is_empty() { list(clauses) } else { format!("{}: {}", pairs.heading, list(clauses)) }
    };
    let all: Vec<String> = compared.pairs.iter().map(of_pairs).collect();
    format!("Medians at the end, of units that no point activates and of elbows outside: {}.", all.join("; "))
}

/// What networks compute.
fn functions(compared: &Compared, figures: &[Figure]) -> Markup {
    let inputs = compared.comparison.items.iter().map(|item| item.study.data.inputs.len()).max().unwrap_or(1);
    let shown = compared.names.len().min(paired::MOST_SHOWN);
    html! {
        section #functions {
            h2 { "What the networks compute" }
            @match picture(compared) {
                Picture::Line => p { "The median run of each value by its final test error, and its worst run, in their last saved state." },
                Picture::Plane => p {
                    "The median run of each value by its final test error, and its worst run, over training. Units and elbows along a \
                     line are left out: these networks have " (inputs) " inputs."
                    @if let Some(words) = compared.sliced(0).map(|sliced| sliced.words(&compared.data(0))) { " " (words) }
                },
                Picture::None if inputs > 2 => p {
                    "Left out: of " (inputs) " inputs there is no one picture; two of them with " code { "--slice" } " show the networks \
                     over their plane. So are the figures of units and of elbows, which are for one input."
                },
                Picture::None => p { "Left out: networks with one input that tell classes apart have no picture here." },
            }
            @if !compared.is_of_bent_lines() && matches!(picture(compared), Picture::Line) {
                p { "Figures of units and elbows are left out: they are for networks with one hidden layer of ReLUs." }
            }
            @if shown < compared.names.len() { p { "Drawn are the first " (shown) " of " (compared.names.len()) " values." } }
            @if compared.pairs.len() > MOST_SHOWN { p { "Drawn are the first " (MOST_SHOWN) " of " (compared.pairs.len()) " networks." } }
            @for place in 0..compared.pairs.len().min(MOST_SHOWN) {
                @let [name, _] = names(compared, place);
                @for drawn in figures.iter().filter(|drawn| drawn.name() == name || drawn.name().strip_prefix(&*name).is_some_and(is_of_item)) {
                    (figure(drawn, &html! {}))
                }
            }
        }
    }
}

/// Whether the rest of a name is that of the figure of one run: "-2-worst".
fn is_of_item(rest: &str) -> bool {
    let number = rest.strip_prefix('-').and_then(|rest| rest.strip_suffix("-median").or(rest.strip_suffix("-worst")));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn notes(compared: &Compared) -> Markup {
    html! {
        section #notes {
            h2 { "How the numbers are made" }
            ul {
                li { "Medians and quartiles are taken over the runs of all seeds at each saved step, by linear interpolation between neighbours, as NumPy does. A run that diverged counts as infinite from then on." }
                li { "Runs are compared at their last saved state. The run of the first value and that of another one with the same seed are a pair." }
                li { "“Fair coins” is the two-sided sign test: the chance that so many fair coins fall at least so unevenly. It says whether there is a difference, not how large it is; that is what the ratios are for." }
                @if compared.is_of_bent_lines() {
                    li { "A unit without an active point is off at all training points. An elbow outside the domain belongs to a unit that is a straight line, or 0, on all of it; in the second case it counts in both shares." }
                }
                li { "Every run at every saved step is in compare.csv beside this page; equal settings give the same file, on any machine." }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_figures_fit_into_files() {
        assert!(is_of_item("-2-worst") && is_of_item("-11-median"));
        assert!(!is_of_item("-layers-2") && !is_of_item("-x-worst") && !is_of_item(""));
    }
}
