//! The page about backpropagation: complete, self-contained, and every node with its derivation.

use std::collections::HashSet;

use nn::problems::lesson::{Lesson, Request};
use scraper::{Html, Selector};
use viz::report::backprop::{figures, html};

fn lesson(request: Request) -> Lesson {
    Lesson::new(request, None).unwrap()
}

fn page(request: Request) -> String {
    let lesson = lesson(request);
    html(&lesson, &figures(&lesson))
}

fn select(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

#[test]
fn every_node_of_a_graph_has_its_derivation() {
    let page = Html::parse_document(&page(Request::default()));
    for figure in page.select(&select("figure[data-derivations]")) {
        let key = figure.attr("data-derivations").unwrap();
        for node in figure.select(&select("g.node")) {
            let name = node.attr("data-node").unwrap();
            let id: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
            let found = page.select(&select(&format!("[id=\"{key}-{id}\"]"))).count();
            assert_eq!(found, usize::from(name != "ℓ"), "{key} {name}");
        }
    }
    assert!(page.select(&select("article.derivation math")).count() > 20);
    assert!(page.select(&select("article.derivation .why")).count() > 20);
}

#[test]
fn the_page_is_complete_and_self_contained() {
    for request in [Request::default(), Request { size: Some(8), neurons: 8, ..Request::default() }] {
        let text = page(request);
        let page = Html::parse_document(&text);
        let mut ids = HashSet::new();
        for element in page.select(&select("[id]")) {
            assert!(ids.insert(element.attr("id").unwrap().to_owned()), "{:?} twice", element.attr("id"));
        }
        for link in page.select(&select("a[href^=\"#\"]")) {
            assert!(ids.contains(&link.attr("href").unwrap()[1..]), "{:?}", link.attr("href"));
        }
        for figure in page.select(&select("figure")) {
            for part in ["svg title", "svg desc", "details.numbers table", "figcaption"] {
                assert!(figure.select(&select(part)).count() > 0, "{:?} has no {part}", figure.attr("id"));
            }
        }
        for section in ["chain", "neurons", "two-layer", "check", "cost", "nudge", "descent", "notes"] {
            assert!(ids.contains(section));
        }
        let addresses = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!addresses.contains("http://") && !addresses.contains("https://"), "nothing is fetched");
        // At every step one figure is chosen, without scripts.
        assert_eq!(page.select(&select(".walk input[checked]")).count(), 2);
    }
}

#[test]
fn figures_have_names_of_their_own_and_do_not_change() {
    let (first, second) = (figures(&lesson(Request::default())), figures(&lesson(Request::default())));
    let names: HashSet<&str> = first.iter().map(viz::figures::Figure::name).collect();
    assert_eq!(names.len(), first.len());
    assert!(names.iter().all(|name| name.starts_with("backprop-")));
    for (a, b) in first.iter().zip(&second) {
        assert_eq!(a.svg(), b.svg());
    }
}

#[test]
fn the_curves_and_the_nudge() {
    let lesson = lesson(Request::default());
    for name in ["backprop-check", "backprop-cost", "backprop-nudge", "backprop-descent-two-layer"] {
        let all = figures(&lesson);
        let figure = all.iter().find(|figure| figure.name() == name).unwrap();
        insta::assert_snapshot!(name, format!("{}\n{}", figure.document.title(), figure.document.description()));
    }
}
