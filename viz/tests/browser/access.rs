//! Pages can be used without seeing them: axe finds nothing against them, at two widths and in two schemes.

use std::path::PathBuf;

use nn::settings::Settings;
use scraper::{Html, Selector};

use crate::{browser, missing, open, pages};

/// Where `.ci/run` puts axe-core; `ELBOW_AXE` names another place.
const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/axe-core/package/axe.min.js");

/// Everything is unfolded and each graph is walked some steps; then what axe has against it, and what the page sees.
const ASK: &str = "addEventListener('load', async () => {
  document.querySelectorAll('details').forEach(details => { details.open = true; });
  document.querySelectorAll('.next-step').forEach(next => { for (let i = 0; i < 8; i++) next.click(); });
  const packed = () => innerWidth <= 700 && document.querySelector('.laid-out:not(.unpacked) > .on-narrow');
  while (packed()) await new Promise(resolve => { setTimeout(resolve, 20); });
  const found = await axe.run();
  const words = ({ id, help, nodes }) => `${id}: ${help}: ${nodes.length} times, first ${nodes[0].html.slice(0, 200)}`;
  const sees = `${innerWidth} ${matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'} ${found.passes.length > 20}`;
  parent.document.body.dataset.axe = [sees, ...found.violations.map(words)].join('\\n');
})";

#[test]
fn axe_has_nothing_against_the_pages() {
    let Some(browser) = browser() else { return };
    let axe = std::env::var_os("ELBOW_AXE").map_or_else(|| PathBuf::from(AXE), PathBuf::from);
    let Ok(axe) = std::fs::read_to_string(&axe) else {
        return missing(&format!("there is no axe-core at {} (see .ci/run)", axe.display()));
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { widths: vec![3, 6], steps: 200, threads: 1, ..Settings::default() };
    let mut wrong = Vec::new();
    for (name, html) in pages(&settings) {
        let html = html.replace("</body>", &format!("<script>{axe}</script><script>{ASK}</script></body>"));
        // A window is never as narrow as a phone, but a frame is.
        let html = serde_json::to_string(&html).unwrap().replace("</", "<\\/");
        let page = folder.path().join(format!("{name}.html"));
        for (width, scheme, blink) in [(1280, "light", 1), (1280, "dark", 0), (390, "light", 1), (390, "dark", 0)] {
            let frame = format!(
                "<!DOCTYPE html><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\"><body>\
                 <iframe width={width} height=900 style=\"border: 0\"></iframe>\
                 <script>document.querySelector('iframe').srcdoc = {html};</script>"
            );
            std::fs::write(&page, frame).unwrap();
            let scheme_flag = format!("--blink-settings=preferredColorScheme={blink}");
            let arguments = ["--window-size=1400,1000", &scheme_flag, "--virtual-time-budget=60000"];
            let (_, after) = open(&browser, &page, "", &arguments);
            let after = Html::parse_document(&after);
            let body = after.select(&Selector::parse("body").unwrap()).next().unwrap();
            let found = body.attr("data-axe").unwrap_or("axe did not finish");
            let mut lines = found.lines();
            assert_eq!(lines.next(), Some(format!("{width} {scheme} true").as_str()), "{name}");
            wrong.extend(lines.map(|line| format!("{name}, {width}, {scheme}: {line}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
