//! The slider's script draws what the geometry says, for any run and state, without errors.

use std::path::Path;

use nn::data::{Data, TestSet};
use nn::geometry;
use nn::settings::{Paradigm, Settings, Target};
use nn::study::Study;
use nn::table::Request;
use scraper::{Html, Selector};

use crate::{browser, open, report};

fn points(text: &str) -> Vec<[f64; 2]> {
    let pairs = text.split(' ').map(|pair| pair.split_once(',').unwrap());
    pairs.map(|(x, y)| [x.parse().unwrap(), y.parse().unwrap()]).collect()
}

/// The vertices of the prediction in the function view of a page, as it is laid out for a desktop or for a phone.
fn drawn(page: &Html, layout: &str) -> Vec<[f64; 2]> {
    let network = format!("#scrubber .{layout} .network");
    let lines = format!("{network} polyline.s-prediction, {network} .s-prediction polyline");
    page.select(&Selector::parse(&lines).unwrap()).flat_map(|line| points(line.attr("points").unwrap())).collect()
}

/// Presses keys on the slider and notes what happens.
const HOOK: &str = "<script>addEventListener('DOMContentLoaded', () => {
  const [slider, play] = ['state', 'play'].map(id => document.getElementById(id));
  const press = key => slider.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
  const log = [slider.value, play.textContent];
  press('PageDown'); log.push(slider.value, document.getElementById('spoken').textContent.split(',')[1]);
  press(' '); log.push(play.textContent);
  press(' '); log.push(play.textContent);
  press('PageUp'); log.push(slider.value);
  document.getElementById('width-3').click(); log.push(slider.value, document.querySelector('#scrubber title').textContent);
  document.body.dataset.log = log.join(', ');
})</script></body>";

/// The slider answers to the keyboard, and keeps its step when another run is chosen.
fn check_keys(browser: &Path, study: &Study) {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    std::fs::write(&page, report(study).replace("</body>", HOOK)).unwrap();
    let (console, after) = open(browser, &page, "", &[]);
    assert_eq!(console, "");
    let after = Html::parse_document(&after);
    let log = after.select(&Selector::parse("body").unwrap()).next().unwrap().attr("data-log").unwrap_or_default();
    assert!(
        log.starts_with("9, Play, 0,  all layers: start, Pause, Play, 9, 9, Width 3, all layers, step 40: test MSE"),
        "{log}"
    );
}

/// Windows with the layout that each displays.
const LAYOUTS: [(&str, &str); 2] = [("on-wide", "--window-size=1280,900"), ("on-narrow", "--window-size=500,900")];

fn check(browser: &Path, study: &Study, place: usize) {
    let (layout, window) = LAYOUTS[place];
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    let html = report(study);
    std::fs::write(&page, &html).unwrap();
    // Pixels by the frame that the page tells its script.
    let parsed = Html::parse_document(&html);
    let packed: String = parsed.select(&Selector::parse("#packed").unwrap()).flat_map(|script| script.text()).collect();
    let packed: serde_json::Value = serde_json::from_str(&packed).unwrap();
    let frame: Vec<f64> = packed["frames"][place][0].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
    let [left, top, right, bottom] = frame[..] else { panic!("four sides") };

    let run = |width, paradigm| study.runs.iter().find(|r| r.width == width && r.paradigm == paradigm).unwrap();
    // The picture that stands without scripts tells the height of the data's units.
    let (width, paradigm) = (study.settings.widths[study.settings.widths.len() / 2], Paradigm::All);
    let end = geometry::polyline(&run(width, paradigm).end().network, study.data.domain());
    let still = drawn(&parsed, layout);
    assert_eq!(still.len(), end.len());
    let highest = (0..end.len()).max_by(|&a, &b| end[a][1].total_cmp(&end[b][1])).unwrap();
    let lowest = (0..end.len()).min_by(|&a, &b| end[a][1].total_cmp(&end[b][1])).unwrap();
    let scale = (still[highest][1] - still[lowest][1]) / (end[highest][1] - end[lowest][1]);
    let [low, high] = study.data.domain();
    let pixel = |[x, y]: [f64; 2]| {
        [left + (x - low) / (high - low) * (right - left), still[lowest][1] + (y - end[lowest][1]) * scale]
    };

    for (width, paradigm, step) in [
        (3, Paradigm::All, 0),
        (6, Paradigm::All, 20),
        (6, Paradigm::Output, 20),
        (3, Paradigm::Ridge, 1),
        (6, Paradigm::All, 40),
    ] {
        let (console, after) =
            open(browser, &page, &format!("width={width}&paradigm={paradigm}&step={step}"), &[window]);
        assert_eq!(console, "", "nothing on the console");
        let after = Html::parse_document(&after);
        let run = run(width, paradigm);
        let state = run.states.iter().rfind(|state| state.step <= step).unwrap();
        let expected: Vec<[f64; 2]> =
            geometry::polyline(&state.network, study.data.domain()).into_iter().map(pixel).collect();
        let inside = expected.iter().all(|[_, y]| (top..=bottom).contains(y));
        assert!(inside, "the test's networks stay in the frame");
        let found = drawn(&after, layout);
        assert_eq!(found.len(), expected.len(), "width {width}, {paradigm}, step {step}");
        for (a, b) in found.iter().zip(&expected) {
            let apart = (a[0] - b[0]).abs().max((a[1] - b[1]).abs());
            assert!(apart < 0.03, "width {width}, {paradigm}, step {step}: {a:?} is not {b:?}");
        }
        let slider = after.select(&Selector::parse("#state").unwrap()).next().unwrap();
        let says = slider.attr("aria-valuetext").unwrap();
        let expected = if paradigm == Paradigm::Ridge { "solution" } else { &format!("step {step} of 40") };
        let expected = if step == 0 { "start" } else { expected };
        assert!(says.starts_with(expected) && says.contains("test MSE"), "{says}");
        let shown = Selector::parse(&format!("#scrubber .{layout} [data-run]:not([display])")).unwrap();
        let keys: Vec<&str> = after.select(&shown).filter_map(|group| group.attr("data-run")).collect();
        assert_eq!(keys, [format!("{width}-{paradigm}")]);
    }
}

#[test]
fn the_slider_draws_what_the_geometry_says() {
    let Some(browser) = browser() else { return };
    let settings =
        Settings { widths: vec![3, 6], steps: 40, save_every: 10, samples: 50, threads: 1, ..Settings::default() };
    let data = Data::from_settings(&settings).unwrap();
    let study = Study::run(&settings, data, &|_| ()).unwrap();
    check(&browser, &study, 0);
    check_keys(&browser, &study);

    // Years and thousandths: the script works in units of the picture, so it loses nothing.
    let rows: Vec<String> = (0..40).map(|i| format!("{},{}", 1980 + i, 0.001 * f64::from(i).sin() + 5.0)).collect();
    let settings = Settings { target: Target::File("years.csv".into()), ..settings };
    let data =
        Data::from_table("years.csv", format!("year,level\n{}\n", rows.join("\n")).as_bytes(), &Request::default())
            .unwrap();
    assert!(matches!(data.test, TestSet::HeldOut { .. }));
    check(&browser, &Study::run(&settings, data, &|_| ()).unwrap(), 1);
}
