//! The page around the sections: head, bar, scripts.

use std::fmt::Write as _;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::lab::{self, Module};
use super::runs::Overview;
use super::sections::{
    comparison, elbows, errors, function, notes, opening, questions, ridge, settings, shares, slopes, start,
};
use crate::figures::paradigm_words;
use crate::palette;

/// The whole page.
pub fn page(overview: &Overview, module: Module) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head("How small ReLU networks learn", &style(overview)))
            body {
                a.skip href="#start" { "Skip the choice of width" }
                (bar(overview))
                main {
                    (opening::section(overview))
                    @if !overview.groups.is_empty() {
                        (contents())
                        @if let Some(opening) = lab::Opening::of(overview) { (lab::section(&opening, module)) }
                        (settings::section(overview))
                        (start::section(overview))
                        (function::section(overview))
                        (errors::section(overview))
                        (elbows::section(overview))
                        (slopes::section(overview))
                        (shares::section(overview))
                        (ridge::section(overview))
                        (comparison::section(overview))
                        (questions::section(overview))
                        (notes::section(overview))
                    }
                }
                footer { p { "Made by Elbow " (env!("CARGO_PKG_VERSION")) "." } }
                script { (PreEscaped(include_str!("page.js"))) }
            }
        }
    };
    page.into_string()
}

/// The head of a page that asks the network for nothing, whatever a file's name or header says.
pub fn head(title: &str, style: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta http-equiv="Content-Security-Policy"
                content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:; img-src data: blob:";
            title { (title) }
            link rel="icon" href="data:,";
            style { (PreEscaped(style)) }
        }
    }
}

/// What every page looks like.
pub fn look() -> String {
    palette::css() + include_str!("style.css")
}

/// Which networks the page shows: radio buttons that work without scripts, through the style sheet.
fn bar(overview: &Overview) -> Markup {
    let widths = overview.shown_widths();
    if widths.len() < 2 && overview.paradigms.len() < 2 {
        return html! {};
    }
    html! {
        form.bar aria-label="Networks shown on this page" autocomplete="off" {
            fieldset {
                legend { "Width" }
                @for &width in &widths {
                    label {
                        input type="radio" name="width" id=(format!("width-{width}")) value=(width)
                            checked[Some(width) == overview.first_width()];
                        (width)
                    }
                }
            }
            fieldset {
                legend { "Trained" }
                @for &paradigm in &overview.paradigms {
                    label {
                        input type="radio" name="paradigm" id=(format!("paradigm-{paradigm}")) value=(paradigm)
                            checked[Some(paradigm) == overview.first_paradigm()];
                        (paradigm_words(paradigm).trim_end_matches(" only"))
                    }
                }
            }
        }
    }
}

fn contents() -> Markup {
    html! {
        nav aria-label="Contents" {
            a href="#lab" { "Laboratory" }
            a href="#start" { "Start" }
            a href="#function" { "Function" }
            a href="#errors" { "Errors" }
            a href="#elbows" { "Elbows" }
            a href="#slopes" { "Slopes" }
            a href="#shares" { "Shares" }
            a href="#ridge" { "Ridge" }
            a href="#comparison" { "Cost" }
            a href="#questions" { "Questions" }
            a href="#notes" { "Notes" }
        }
    }
}

/// The style sheet, with the rules by which the bar shows and hides.
fn style(overview: &Overview) -> String {
    // With scripts, the page's own hides what is not chosen; these rules make a browser look at every element again.
    let mut css = look() + "@media screen and (scripting: none) {\n";
    let widths = overview.shown_widths().into_iter().map(|width| ("width", width.to_string()));
    let paradigms = overview.paradigms.iter().map(|paradigm| ("paradigm", paradigm.to_string()));
    for (name, value) in widths.chain(paradigms) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            css,
            "  :root:has(#{name}-{value}:checked) [data-{name}]:not([data-{name}=\"{value}\"]) {{ display: none; }}"
        );
    }
    css + "}\n"
}
