//! The table of a sweep as figures for files, and as one page that explains them.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figure::{figure, named};
use super::page::{head, look};
use super::words::clean;
use crate::figures::{Figure, counted, swept};
use crate::findings::swept::{Column, Ends, Levels, Swept};
use crate::text::{short, thousands};

/// The most settings whose medians are drawn.
const MOST_SETTINGS: usize = 12;
/// How many of the best runs and of the worst stand in tables.
const LISTED: usize = 10;

/// Every figure; the name of a figure is that of its file, without `.svg`. The heat map shows the two settings that decide most,
/// or those of `chosen`.
pub fn figures(swept: &Swept, chosen: Option<[&str; 2]>) -> Vec<Figure> {
    let settings = swept.by_influence();
    let shown = &settings[..settings.len().min(MOST_SETTINGS)];
    let mut figures = Vec::new();
    if !shown.is_empty() {
        figures.push(swept::medians("sweep-medians", swept, shown));
    }
    if let Some(pair) = pair(&settings, chosen) {
        figures.extend(swept::heat("sweep-heat", swept, pair));
    }
    figures.push(swept::ranks("sweep-ranks", swept));
    figures
}

/// The two settings of the heat map; the one with more levels across.
fn pair<'a>(
    settings: &'a [(&'a Column, Levels, Vec<Ends>)],
    chosen: Option<[&str; 2]>,
) -> Option<[(&'a Column, &'a Levels); 2]> {
    let named = |name: &str| settings.iter().find(|(column, ..)| column.name == name);
    if let Some([across, down]) = chosen {
        let [across, down] = [named(across)?, named(down)?];
        return Some([(across.0, &across.1), (down.0, &down.1)]);
    }
    let [first, second, ..] = settings else { return None };
    let mut both = [(first.0, &first.1), (second.0, &second.1)];
    both.sort_by_key(|(_, levels)| std::cmp::Reverse(levels.names.len()));
    Some(both)
}

/// The page with its figures, as [`figures`] draws them: one HTML file. `fixed` are the settings that all runs share, by name.
pub fn html(swept: &Swept, figures: &[Figure], fixed: &[(String, String)]) -> String {
    let drawn = |name: &str, explanation: &Markup| {
        named(figures, name).map(|drawn| figure(drawn, explanation)).unwrap_or_default()
    };
    let settings = swept.by_influence();
    let hidden: Vec<String> =
        swept.settings.iter().filter(|column| column.levels().is_none()).map(|column| column.name.clone()).collect();
    let order = swept.from_best_to_worst();
    let all = swept.all();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("A sweep of {}", counted(swept.test.len(), "run")), &look()))
            body {
                main {
                    header {
                        h1 { "A sweep of " (counted(swept.test.len(), "run")) }
                        p.lead { (varied(swept)) }
                        h2 { "In short" }
                        ul.results {
                            li {
                                "Of " (counted(all.runs, "run")) ", " (thousands(all.runs - all.without)) " ended with a network"
                                @if all.without > 0 { ", and " (thousands(all.without)) " without one; they count as infinite" } "."
                            }
                            @if all.median().is_finite() { li { "The median test error at the end is " (short(all.median())) "." } }
                            @if let Some(&best) = order.first() {
                                li { "The best run, number " (swept.numbers[best]) ", ended at " (short(swept.test[best])) ": " (clean_words(swept, best)) "." }
                            }
                        }
                    }
                    @if !settings.is_empty() {
                        section #settings-apart {
                            h2 { "Each setting by itself" }
                            p {
                                "Runs with the same value of a setting, whatever the others are. The larger the way from the lowest \
                                 median to the highest, the more the setting decides."
                            }
                            (drawn("sweep-medians", &html! {
                                @if settings.len() > MOST_SETTINGS { p { "Drawn are " (MOST_SETTINGS) " of " (settings.len()) " settings." } }
                                @if settings.iter().any(|(_, levels, _)| levels.are_bins) {
                                    p { "Numbers with many values are put into bins of equal width, or of equal factors where they spread over more than a decade." }
                                }
                            }))
                        }
                    }
                    @if named(figures, "sweep-heat").is_some() {
                        section #two-settings {
                            h2 { "Two settings together" }
                            p {
                                "What is best for one setting may depend on another. Each cell is the median of its runs; on paper or \
                                 without colours, the table below has the numbers."
                            }
                            (drawn("sweep-heat", &html! { p { "The two settings that decide most are chosen unless --by names others." } }))
                        }
                    }
                    section #runs {
                        h2 { "All runs" }
                        p { "The whole distribution: every run at its rank, with the tail at the right." }
                        (drawn("sweep-ranks", &html! {}))
                        @if !order.is_empty() {
                            (listed(swept, "The best runs", order.iter().take(LISTED).copied()))
                            @if order.len() > LISTED {
                                (listed(swept, "The worst runs with a final network", order.iter().rev().take(LISTED).copied()))
                            }
                        }
                    }
                    section #settings {
                        h2 { "What all runs share" }
                        @if fixed.is_empty() { p { "The plan mentions no setting that all runs share; the others have their defaults." } }
                        @else {
                            ul { @for (name, value) in fixed { li { code { (name) } " = " (clean(value)) } } }
                        }
                        @if !hidden.is_empty() {
                            p { "Not drawn, as they have too many values: " (super::words::list(hidden)) "." }
                        }
                        p { "Every run is in runs.csv beside this page. A run can be repeated by " code { "elbow train" } " with its settings and its seed." }
                    }
                }
                footer { p { "Made by Elbow " (env!("CARGO_PKG_VERSION")) "." } }
                script { (PreEscaped(include_str!("page.js"))) }
            }
        }
    };
    page.into_string()
}

/// What varies.
fn varied(swept: &Swept) -> String {
    let setting = |column: &Column| format!("{} ({})", column.name, counted(column.values.len(), "value"));
    let settings: Vec<String> = swept.settings.iter().map(setting).collect();
    let mut seeds = swept.seeds.clone();
    seeds.sort_unstable();
    seeds.dedup();
    let seeds = counted(seeds.len(), "seed");
    if settings.is_empty() {
        format!("What varies: {seeds}.")
    } else {
        format!("What varies: {}, and {seeds}.", super::words::list(settings))
    }
}

fn clean_words(swept: &Swept, run: usize) -> String {
    swept.words(run).split(", ").map(clean).collect::<Vec<_>>().join(", ")
}

fn listed(swept: &Swept, caption: &str, runs: impl Iterator<Item = usize>) -> Markup {
    html! {
        h3 { (caption) }
        div.rows tabindex="0" role="group" aria-label="Table, scrolls" {
            table {
                thead {
                    tr {
                        th scope="col" { "Run" }
                        @for column in &swept.settings { th scope="col" { (column.name) } }
                        @for header in ["Seed", "Train error", "Test error"] { th scope="col" { (header) } }
                    }
                }
                tbody {
                    @for run in runs {
                        tr {
                            th scope="row" { (swept.numbers[run]) }
                            @for column in &swept.settings { td { (clean(&column.values[column.runs[run] as usize])) } }
                            td { (swept.seeds[run]) }
                            td { (short(swept.train[run])) }
                            td { (short(swept.test[run])) }
                        }
                    }
                }
            }
        }
    }
}
