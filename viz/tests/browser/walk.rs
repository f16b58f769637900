//! A graph of the page about backpropagation is walked through.

use scraper::{Html, Selector};

use crate::{browser, lesson, open};

/// Walks through the first graph of the page, and points at a node.
const WALK: &str = "<script>addEventListener('DOMContentLoaded', () => {
  const figure = document.getElementById('figure-backprop-neurons');
  const [back, next] = ['.back-step', '.next-step'].map(part => figure.querySelector(part));
  const node = name => figure.querySelector(`.node[data-node=${name}]`);
  const lit = part => [...figure.querySelectorAll(part + '.lit')].map(one => one.dataset.node ?? one.dataset.from).join(' ');
  const log = [];
  const note = () => log.push([figure.querySelector('output').textContent, lit('.node'), lit('.link')].join('; '));
  const height = () => document.getElementById('check').getBoundingClientRect().top + scrollY;
  const before = height();
  next.click(); next.click(); note();
  for (let i = 0; i < 50; i++) next.click(); note();
  log.push(next.disabled);
  node('h').dispatchEvent(new Event('mouseenter')); note();
  node('z').dispatchEvent(new Event('click')); node('h').dispatchEvent(new Event('mouseenter')); note();
  log.push(figure.querySelector('.told').textContent.includes('Why the shapes fit'), node('z').getAttribute('aria-pressed'));
  node('z').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }));
  node('b').focus(); note();
  log.push(height() === before);
  document.getElementById('step-two-layer-3').click();
  log.push([...document.querySelectorAll('.step')].filter(step => step.getClientRects().length > 0).map(step => step.id).join(' '));
  document.body.dataset.log = log.join('\\n');
})</script></body>";

#[test]
fn a_graph_is_walked_forward_and_backward_and_nothing_moves() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("backprop.html");
    std::fs::write(&page, lesson().replace("</body>", WALK)).unwrap();
    let (console, after) = open(&browser, &page, "", &[]);
    assert_eq!(console, "");
    let after = Html::parse_document(&after);
    let log = after.select(&Selector::parse("body").unwrap()).next().unwrap().attr("data-log").unwrap_or_default();
    insta::assert_snapshot!(log);
}
