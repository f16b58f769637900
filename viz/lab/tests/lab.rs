//! What the laboratory answers, against studies and recordings of the same settings.

use lab::Lab;
use nn::data::Data;
use nn::recording::Recording;
use nn::run_file::RunFile;
use nn::settings::{Asked, Paradigm, SETTINGS, Settings, Target, setting};
use nn::study::{Study, jobs};
use serde_json::{Value, json};

/// A laboratory on a page of some settings.
struct Page(Lab);

impl Page {
    fn of(settings: &Settings, data: Option<&Data>) -> Self {
        let mut page = Page(Lab::default());
        page.ask(&json!({ "do": "page", "settings": settings, "data": data }));
        page
    }
    fn ask(&mut self, question: &Value) -> Value {
        let answer: Value = serde_json::from_str(&self.0.answer(&question.to_string())).unwrap();
        assert_eq!(answer["error"], Value::Null, "{question}");
        answer
    }
    /// The left of what was set.
    fn set(&mut self, settings: &Value) -> Value {
        let left = json!({ "settings": settings });
        self.ask(&json!({ "do": "set", "left": left, "right": null }))["sides"][0].clone()
    }
    fn hash(&mut self, step: u64) -> Value {
        self.ask(&json!({ "do": "keep", "step": step }));
        let state = self.ask(&json!({ "do": "state", "step": step }));
        assert_eq!(state["step"], json!(step));
        state["hash"].clone()
    }
}

fn small() -> Settings {
    Settings { widths: vec![6], paradigms: vec![Paradigm::All], steps: 400, save_every: 100, ..Settings::default() }
}

fn hex(hash: u64) -> Value {
    json!(format!("{hash:016x}"))
}

#[test]
fn the_command_asks_for_what_holds() {
    let spiral = {
        let mut asked = Asked::new(Settings::default());
        asked.set(setting("target").unwrap(), "spiral").unwrap();
        asked.settings()
    };
    let pages = [
        Settings::default(),
        small(),
        spiral.clone(),
        // As is usual for the notebook, and not for the set.
        Settings { steps: 150_000, noise: 0.1, ..spiral },
        Settings { layers: vec![4, 3], ..small() },
    ];
    let given = [
        json!({ "widths": "9", "paradigms": "output" }),
        json!({ "layers": "5,4", "paradigms": "all", "activation": "tanh", "lr-all": "0.003" }),
        json!({ "target": "sine", "widths": "20", "paradigms": "all", "noise": "0.2", "seed": "7" }),
        json!({ "target": "moons" }),
        json!({ "target": "circle", "noise": "0.1", "batch": "40", "steps": "150000" }),
        json!({ "target": "step", "widths": "20", "paradigms": "all", "weight-decay": "0.01", "optimizer": "adamw" }),
    ];
    for page in &pages {
        for given in &given {
            let side = Page::of(page, None).set(given);
            let command = side["command"].as_str().unwrap();
            let words = command.strip_prefix("cargo run -p cli -- train ").unwrap().split(" --");
            let mut asked = Asked::new(Settings::default());
            for word in words {
                let (name, text) = word.trim_start_matches("--").split_once(' ').unwrap();
                asked.set(setting(name).unwrap(), text).unwrap();
            }
            let data = Data::from_settings(&asked.settings()).unwrap();
            let holds = asked.settings_on(&data);
            for setting in SETTINGS.iter().filter(|s| s.name != "widths" || holds.layers.is_empty()) {
                assert_eq!(side["settings"][setting.name], json!(setting.get(&holds)), "{}: {command}", setting.name);
            }
        }
    }
}

#[test]
fn any_step_is_the_one_that_a_study_saves() {
    let mut page = Page::of(&small(), None);
    page.set(&json!({}));
    page.ask(&json!({ "do": "advance", "steps": 400 }));
    let every = Settings { save_every: 1, ..small() };
    let study = Study::run(&every, Data::from_settings(&every).unwrap(), &|_| ()).unwrap();
    for step in [237, 1, 399, 236, 400] {
        assert_eq!(page.hash(step), hex(study.runs[0].states[step as usize].hash()), "step {step}");
    }
}

#[test]
fn rates_hold_from_their_step_on() {
    let (settings, data) = (small(), Data::from_settings(&small()).unwrap());
    let job = &jobs(&settings, &settings.architectures(&data).unwrap())[0];
    let mut recording = Recording::<f32>::new(job, &settings, &data);
    recording.advance(37);
    recording.set_rate(0.1);
    recording.advance(200);
    recording.set_rate(0.005);
    recording.advance(1000);
    let mut page = Page::of(&settings, None);
    let side = page.set(&json!({ "rates": "37:0.1,237:0.005" }));
    assert!(side["command"].as_str().unwrap().ends_with(" --rates 37:0.1,237:0.005 --save-every 100"), "{side}");
    for slice in [1, 50, 1000] {
        page.ask(&json!({ "do": "advance", "steps": slice }));
    }
    assert_eq!(page.hash(400), hex(recording.runs()[0].hash()));
    for rates in ["5:0.1,5:0.2", "9:0.1,5:0.2", "5:-1", "5", ":0.1", "400:0.1", "5:1e999", "1:0.1,"] {
        let question = json!({ "do": "set", "left": { "settings": { "rates": rates } }, "right": null });
        let answer: Value = serde_json::from_str(&page.0.answer(&question.to_string())).unwrap();
        assert_eq!(answer["setting"], "rates", "{rates}");
    }
}

#[test]
fn a_run_as_a_file_comes_to_the_same_bits_in_a_study_and_in_a_page() {
    let table = "x,y\n0,1\n1,3\n2,2\n3,5\n4,4\n5,6\n6,1\n";
    let curve = json!({ "settings": { "rates": "30:0.1", "batch": "5" }, "table": table });
    let drawn = json!({ "settings": { "noise": "0.3", "precision": "f64" } });
    let classes = json!({ "settings": { "target": "moons", "layers": "4,3", "steps": "200" } });
    for (given, has_points) in [(curve, true), (drawn, false), (classes, false)] {
        let mut page = Page::of(&small(), None);
        page.ask(&json!({ "do": "set", "left": given, "right": null }));
        page.ask(&json!({ "do": "advance", "steps": 400 }));
        let text = page.ask(&json!({ "do": "run" }))["text"].as_str().unwrap().to_owned();
        let run = RunFile::from_json(&text).unwrap();
        assert_eq!(run.data.is_some(), has_points, "{given}");
        let data = run.data.clone().unwrap_or_else(|| Data::from_settings(&run.settings).unwrap());
        let study = Study::run(&run.settings, data, &|_| ()).unwrap();
        assert_eq!(run.hash, Some(study.runs[0].hash()), "{given}");

        let mut other = Page::of(&Settings::default(), None);
        other.ask(&json!({ "do": "set", "left": { "settings": {}, "table": text }, "right": null }));
        other.ask(&json!({ "do": "advance", "steps": 400 }));
        assert_eq!(other.ask(&json!({ "do": "state" }))["hash"], hex(study.runs[0].hash()), "{given}");
        assert_eq!(other.ask(&json!({ "do": "run" }))["text"], json!(text), "it is the same file again");
    }
    let mut page = Page::of(&small(), None);
    for text in ["{", "{}", "{\"format\": \"elbow-run-2\"}"] {
        let answer = page.0.answer(&json!({ "do": "set", "left": { "table": text }, "right": null }).to_string());
        assert!(answer.starts_with("{\"error\":\"this is no run: "), "{answer}");
    }
}

#[test]
fn the_table_of_a_page_trains_to_the_bits_of_its_study() {
    let rows: Vec<String> = (0..40).map(|i| format!("{},{}", 1980 + i, (f64::from(i) * 0.3).sin() + 5.0)).collect();
    let text = format!("year,level\n{}\n", rows.join("\n"));
    let settings = Settings { target: Target::File("./years.csv".into()), batch: 8, ..small() };
    let data = Data::from_table("years.csv", text.as_bytes(), &settings.table()).unwrap();
    let study = Study::run(&settings, data.clone(), &|_| ()).unwrap();
    let mut page = Page::of(&settings, Some(&data));
    page.set(&json!({}));
    page.ask(&json!({ "do": "advance", "steps": 400 }));
    assert_eq!(page.hash(400), hex(study.runs[0].hash()));
    // The same table pasted.
    let left = json!({ "settings": {}, "table": text });
    page.ask(&json!({ "do": "set", "left": left, "right": null }));
    page.ask(&json!({ "do": "advance", "steps": 400 }));
    assert_eq!(page.hash(400), hex(study.runs[0].hash()));
}
