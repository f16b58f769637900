//! What the laboratory answers, against studies and recordings of the same settings.

use lab::Lab;
use nn::data::Data;
use nn::recording::Recording;
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
    fn set(&mut self, settings: &Value, rates: &Value) -> Value {
        let left = json!({ "settings": settings, "rates": rates });
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
            let side = Page::of(page, None).set(given, &json!([]));
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
    page.set(&json!({}), &json!([]));
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
    let side = page.set(&json!({}), &json!([[37, 0.1], [237, 0.005]]));
    assert_eq!(side["command"], Value::Null, "no command changes rates");
    for slice in [1, 50, 1000] {
        page.ask(&json!({ "do": "advance", "steps": slice }));
    }
    assert_eq!(page.hash(400), hex(recording.runs()[0].hash()));
    for rates in [json!([[5, 0.1], [5, 0.2]]), json!([[9, 0.1], [5, 0.2]]), json!([[5, -1.0]])] {
        let question = json!({ "do": "set", "left": { "rates": rates }, "right": null });
        assert!(page.0.answer(&question.to_string()).starts_with("{\"error\""), "{rates}");
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
    page.set(&json!({}), &json!([]));
    page.ask(&json!({ "do": "advance", "steps": 400 }));
    assert_eq!(page.hash(400), hex(study.runs[0].hash()));
    // The same table pasted.
    let left = json!({ "settings": {}, "table": text });
    page.ask(&json!({ "do": "set", "left": left, "right": null }));
    page.ask(&json!({ "do": "advance", "steps": 400 }));
    assert_eq!(page.hash(400), hex(study.runs[0].hash()));
}
