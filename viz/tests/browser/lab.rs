//! The laboratory in a real browser: what it trains and draws is what the library trains and draws, to the bit.
//!
//! The browser is driven by node and npm's puppeteer-core, which `target/puppeteer` holds.

use std::path::{Path, PathBuf};
use std::process::Command;

use lab::Lab;
use nn::data::Data;
use nn::settings::Settings;
use nn::study::Study;
use serde_json::{Value, json};

use crate::{browser, missing, program, report};

/// Runs a script of `tests/browser` on a page in a browser; what it prints is JSON.
fn drive(browser: &Path, script: &str, page: &str, input: &Value) -> Option<Value> {
    let node = program(&["node"])?;
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let library = root.join("../target/puppeteer/node_modules");
    if !library.is_dir() {
        missing("puppeteer-core is not in target/puppeteer (npm install --prefix target/puppeteer puppeteer-core)");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    std::fs::write(&file, page).unwrap();
    let output = Command::new(node)
        .arg(root.join("tests/browser").join(script))
        .args([browser, file.as_path()])
        .arg(input.to_string())
        .env("PUPPETEER", library.join("puppeteer-core/lib/esm/puppeteer/puppeteer-core.js"))
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn page() -> String {
    let settings = Settings { widths: vec![5], steps: 300, save_every: 50, samples: 50, ..Settings::default() };
    let data = Data::from_settings(&settings).unwrap();
    report(&Study::run(&settings, data, &|_| ()).unwrap())
}

/// Settings of all kinds, drawn by a fixed rule.
fn drawn() -> Vec<Value> {
    let pick = |words: &[&str], number: usize| words[number % words.len()].to_owned();
    (0..30)
        .map(|i: usize| {
            let target = pick(&["piecewise", "sine", "step", "abs", "circle", "xor", "gauss", "moons", "spiral", "bumps"], i);
            let layers = pick(&["7", "12", "6,4", "16"], i / 2);
            json!({
                "target": target, "layers": layers, "paradigms": pick(&["all", "output"], i / 3),
                "activation": pick(&["relu", "tanh", "leaky-relu", "gelu", "sigmoid", "sine"], i / 2),
                "optimizer": pick(&["sgd", "momentum", "adam", "nesterov", "adamw", "rmsprop"], i),
                "precision": pick(&["f32", "f64"], i / 5), "lr-all": pick(&["0.01", "0.003"], i), "batch": pick(&["1", "10", "33"], i),
                "steps": "400", "save-every": "100", "samples": "60", "seed": i.to_string(),
            })
        })
        .collect()
}

/// The state at the end and the picture, as the library has them.
fn natively(settings: &Value, page: &Settings) -> Value {
    let mut lab = Lab::default();
    let mut ask = |question: Value| -> Value { serde_json::from_str(&lab.answer(&question.to_string())).unwrap() };
    ask(json!({ "do": "page", "settings": page, "data": null }));
    let set = ask(json!({ "do": "set", "left": { "settings": settings }, "right": null }));
    assert_eq!(set["error"], Value::Null, "{settings}");
    ask(json!({ "do": "advance", "steps": 1_000_000 }));
    let picture = ask(json!({ "do": "picture", "step": null, "width": 960 }));
    json!({ "state": ask(json!({ "do": "state" })), "picture": picture["text"] })
}

#[test]
fn the_page_trains_and_draws_the_same_bits_as_the_library() {
    let Some(browser) = browser() else { return };
    trains_and_draws_the_same_bits(&browser);
}

#[test]
#[ignore = "another browser"]
fn firefox_trains_and_draws_the_same_bits_as_the_library() {
    let Some(browser) = program(&["firefox-esr", "firefox"]) else { return };
    trains_and_draws_the_same_bits(&browser);
}

fn trains_and_draws_the_same_bits(browser: &Path) {
    let runs = drawn();
    let Some(answer) = drive(browser, "same.mjs", &page(), &json!(runs)) else { return };
    assert_eq!(answer["console"], json!([]), "nothing on the console");
    let page = Settings { widths: vec![5], steps: 300, save_every: 50, samples: 50, ..Settings::default() };
    for (settings, found) in runs.iter().zip(answer["runs"].as_array().unwrap()) {
        let expected = natively(settings, &page);
        for (name, value) in expected["state"].as_object().unwrap() {
            // JavaScript writes 1.0 as 1.
            let same = value == &found["state"][name] || value.as_f64() == found["state"][name].as_f64();
            assert!(same, "{name} of {settings}: {value} is not {}", found["state"][name]);
        }
        let is_same = found["picture"] == expected["picture"];
        assert!(is_same, "the picture of {settings} differs: viz/lab/build makes the module anew");
    }
}

#[test]
fn controls_keys_and_addresses_work() {
    let Some(browser) = browser() else { return };
    let Some(answer) = drive(&browser, "walk.mjs", &page(), &json!(null)) else { return };
    assert_eq!(answer["faults"], json!([]));
}
