//! One training or two beside each other, and what is answered about them.

use nn::run_file::RunFile;
use nn::settings::SETTINGS;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use viz::figures::instrument::{self, Side as Shown, step_of};
use viz::figures::paradigm_words;
use viz::findings::{notable, unit_name};

use crate::request::{Act, Given, Request};
use crate::side::{Page, Refusal, Side};

/// The name of the picture, with which the ids of its groups begin.
const NAME: &str = "instrument";
/// The most events that are listed.
const MOST_EVENTS: usize = 500;

/// The laboratory of a page.
#[derive(Default)]
pub struct Lab {
    page: Page,
    sides: Vec<Side>,
    /// What the page shows: the still picture, and each part by its id.
    still: String,
    parts: HashMap<String, String>,
}

/// An event as it is listed.
#[derive(Serialize)]
struct Happened {
    step: u64,
    /// The place among the saved states of the left.
    place: usize,
    side: usize,
    words: String,
}

impl Lab {
    /// Answers a question in JSON with JSON. What cannot be is answered with `error` and the `setting` to change, and
    /// changes nothing.
    pub fn answer(&mut self, question: &str) -> String {
        let request = serde_json::from_str(question).map_err(|error| Refusal::of_question(&error));
        let answer = request.and_then(|request| self.ask(request));
        match answer {
            Ok(value) => value.to_string(),
            Err(refusal) => serde_json::to_string(&refusal).unwrap_or_default(),
        }
    }

    fn ask(&mut self, request: Request) -> Result<Value, Refusal> {
        let Request { settings, data, left, right, steps, step, place, width, whole, .. } = request;
        let width = if width.is_finite() { width.clamp(300.0, 2000.0).round() } else { 960.0 };
        match request.act {
            Act::Page => {
                self.page = Page { settings: *settings, data: data.map(|data| *data) };
                Ok(json!({}))
            }
            Act::Set => {
                let given: Vec<Given> = std::iter::once(left).chain(right).collect();
                let sides: Result<Vec<Side>, Refusal> =
                    given.into_iter().map(|given| Side::new(&self.page, given)).collect();
                self.sides = sides?;
                Ok(self.described())
            }
            Act::Advance => {
                for side in &mut self.sides {
                    side.advance(steps);
                }
                Ok(self.reached())
            }
            Act::Keep => {
                for side in &mut self.sides {
                    side.keep(step);
                }
                Ok(self.reached())
            }
            Act::Draw => {
                let states = &self.left()?.run().states;
                let step = place.map_or(step, |place| Some(states[place.min(states.len() - 1)].step));
                self.draw(step, width, whole)
            }
            Act::State => Ok(state(self.left()?, step)),
            Act::Events => Ok(json!(self.events())),
            Act::Picture => {
                self.left()?;
                let names = self.names();
                let shown = self.shown(&names, step);
                Ok(json!({ "text": instrument::document(NAME, &shown, width).to_string() }))
            }
            Act::History => Ok(json!({ "text": self.history() })),
            Act::Points => Ok(json!({ "text": points(&self.left()?.data) })),
            Act::Run => {
                let side = self.left()?;
                let data = (!side.is_of_settings).then(|| side.data.clone());
                let run = RunFile::new(side.settings.clone(), data, side.is_done().then(|| side.run().hash()));
                Ok(json!({ "text": run.to_json() }))
            }
        }
    }

    fn left(&self) -> Result<&Side, Refusal> {
        self.sides.first().ok_or_else(Refusal::nothing)
    }

    /// How far both are.
    fn reached(&self) -> Value {
        let step = self.sides.iter().map(Side::step).max().unwrap_or(0);
        json!({ "step": step, "done": self.sides.iter().all(Side::is_done), "last": self.last() })
    }
    fn last(&self) -> u64 {
        self.sides.iter().map(|side| side.settings.steps).max().unwrap_or(0)
    }

    /// What holds on each side, and how to repeat it.
    fn described(&self) -> Value {
        let side = |side: &Side| {
            let settings = SETTINGS.iter().map(|setting| (setting.name.to_owned(), json!(setting.get(&side.settings))));
            json!({
                "settings": settings.collect::<Map<String, Value>>(),
                "given": side.given,
                "command": side.command(),
                "points": side.data.y.len(),
                "inputs": side.data.inputs.len(),
                "read": side.data.reading.as_ref().map(ToString::to_string),
            })
        };
        json!({ "sides": self.sides.iter().map(side).collect::<Vec<_>>(), "last": self.last() })
    }

    /// What sets the sides apart.
    fn names(&self) -> Vec<String> {
        let [left, right] = &self.sides[..] else { return vec![String::new(); self.sides.len()] };
        let differs =
            |name: &str| SETTINGS.iter().any(|s| s.name == name && s.get(&left.settings) != s.get(&right.settings));
        let changed: Vec<_> = SETTINGS
            .iter()
            .filter(|s| {
                differs(s.name)
                    && !(s.name == "widths" && !left.settings.layers.is_empty() && !right.settings.layers.is_empty())
            })
            .take(2)
            .collect();
        let name = |side: &Side| {
            let words = changed.iter().map(|setting| match setting.name {
                "paradigms" => paradigm_words(side.settings.paradigms[0]).to_owned(),
                "rates" => side.settings.rates.last().map_or_else(
                    || "rate unchanged".to_owned(),
                    |from| format!("rate {} from step {}", from.rate, step_of(from.step, u64::MAX)),
                ),
                name => format!("{} {}", name.trim_end_matches('s'), setting.shown(&side.settings)),
            });
            words.collect::<Vec<_>>().join(", ")
        };
        let names = [name(left), name(right)];
        if names[0] == names[1] { vec!["left".to_owned(), "right".to_owned()] } else { names.to_vec() }
    }

    fn shown<'a>(&'a self, names: &'a [String], step: Option<u64>) -> Vec<Shown<'a>> {
        let of = |(side, name): (&'a Side, &'a String)| Shown {
            name: name.as_str(),
            data: &side.data,
            run: side.run(),
            shown: side.place(step),
            last: side.settings.steps,
        };
        self.sides.iter().zip(names).map(of).collect()
    }

    fn draw(&mut self, step: Option<u64>, width: f64, whole: bool) -> Result<Value, Refusal> {
        self.left()?;
        let names = self.names();
        let shown = self.shown(&names, step);
        let (still, parts) = instrument::draw(NAME, &shown, width);
        let words: Vec<String> = shown
            .iter()
            .zip(&self.sides)
            .map(|(shown, side)| {
                let of_file = side.words_of_file().map(str::to_owned);
                std::iter::once(shown.words()).chain(shown.ending()).chain(of_file).collect::<Vec<_>>().join(" · ")
            })
            .collect();
        let description = still.description().to_owned();
        // It changes with every step, as the parts do.
        let still = still.described("").to_string();
        let left = &self.sides[0];
        let place = left.place(step);
        let at = left.run().states[place].step;
        let mut answer = json!({
            "words": words,
            "names": names,
            "when": step_of(at, left.settings.steps),
            "step": at,
            "place": place,
            "places": left.run().states.len(),
            "state": state(left, step),
            "units": shown[0].unit_names(),
            "reached": self.reached(),
        });
        if whole || still != self.still {
            self.parts.clear();
            answer["still"] = json!(still);
            self.still = still;
        }
        answer["description"] = json!(description);
        let mut changed = Vec::new();
        for part in parts {
            if self.parts.get(&part.id) != Some(&part.svg) {
                changed.push(json!([part.id, part.svg]));
                self.parts.insert(part.id, part.svg);
            }
        }
        answer["parts"] = json!(changed);
        Ok(answer)
    }

    fn events(&self) -> Vec<Happened> {
        let mut events = Vec::new();
        for (number, side) in self.sides.iter().enumerate() {
            let near = |event: &nn::events::Event| {
                let units: Vec<String> = event.what.units().iter().map(|id| unit_name(side.run(), *id)).collect();
                let who = match units.len() {
                    0 => "train error".to_owned(),
                    1 => format!("unit {}", units[0]),
                    _ => format!("units {}", units.join(" and ")),
                };
                let place = event.place.map_or_else(String::new, |place| format!(" at {}", viz::text::short(place)));
                let at = self.sides[0].place(Some(event.step));
                Happened {
                    step: event.step,
                    place: at,
                    side: number,
                    words: format!("{who}: {}{place}", event.what.name()),
                }
            };
            events.extend(notable(side.run()).iter().take(MOST_EVENTS).map(near));
        }
        events.sort_by_key(|event| event.step);
        events
    }

    fn history(&self) -> String {
        let mut text = "training,step,minibatch_loss,train_loss,test_loss,train_accuracy,test_accuracy\n".to_owned();
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        for (side, name) in self.sides.iter().zip(["left", "right"]) {
            for state in &side.run().states {
                let numbers = [
                    number(state.minibatch_loss),
                    state.train.loss.to_string(),
                    state.test.loss.to_string(),
                    number(state.train.accuracy),
                    number(state.test.accuracy),
                ];
                let _ = writeln!(text, "{name},{},{}", state.step, numbers.join(","));
            }
        }
        text
    }
}

impl Refusal {
    fn nothing() -> Self {
        Refusal { error: "nothing is trained yet".to_owned(), setting: "" }
    }
    fn of_question(error: &serde_json::Error) -> Self {
        Refusal { error: format!("the question is not understood: {error}"), setting: "" }
    }
}

/// A state as scripts ask for it; the hash is that of `runs[].hash` in `summary.json`.
fn state(side: &Side, step: Option<u64>) -> Value {
    let state = &side.run().states[side.place(step)];
    json!({
        "step": state.step,
        "hash": format!("{:016x}", state.hash()),
        "train_mse": state.train.loss,
        "test_mse": state.test.loss,
        "test_accuracy": state.test.accuracy,
    })
}

/// Training and test points as a table.
fn points(data: &nn::data::Data) -> String {
    let quoted = |name: &str| {
        if name.contains([',', '"', '\n']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
    };
    let mut header: Vec<String> = data.inputs.iter().map(|input| quoted(&input.name)).collect();
    header.extend([quoted(&data.y_name), "set".to_owned()]);
    let mut text = header.join(",") + "\n";
    for (x, y, set) in [(&data.x, &data.y, "train"), (&data.x_test, &data.y_test, "test")] {
        for (x, &y) in x.chunks(data.inputs.len()).zip(y) {
            let x: Vec<String> = x.iter().map(f64::to_string).collect();
            let y = data.classes.get(y as usize).map_or_else(|| y.to_string(), |class| quoted(class));
            let _ = writeln!(text, "{},{y},{set}", x.join(","));
        }
    }
    text
}
