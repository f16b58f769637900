//! The saved states of the runs on the page, packed for its script.
//!
//! Parameters are given in the units of the picture, in which the frame of the function view reaches from 0 to 1 in both
//! directions, and in single precision: so the script needs no data and no scales, and a network on years as on
//! micrometres keeps seven digits of what can be seen.

use nn::data::Data;
use nn::network::Network;
use nn::settings::Paradigm;
use nn::study::{Run, State};
use serde::Serialize;

use crate::figures::function_view::base;
use crate::figures::scrubber::{Scrubber, Track};
use crate::figures::{spread, state_words};
use crate::plot::Frame;
use crate::text::{short, thousands};

/// How many parameters a page may hold; with more, evenly spaced states are left out.
const MOST_PARAMETERS: usize = 200_000;

/// What the script reads.
#[derive(Serialize)]
pub struct States {
    /// Left, top, right and bottom pixel of the frames of the function view and of the errors, on a desktop and on a phone.
    frames: [[[f64; 4]; 2]; 2],
    /// The first and the last training input, in units of the frame.
    inputs: [f64; 2],
    /// The height at which shares are 0, in units of the frame.
    base: f64,
    runs: Vec<Packed>,
    #[serde(skip)]
    thinned: bool,
}

/// A run. All lists have an entry for each state, unless they say otherwise.
#[derive(Serialize)]
struct Packed {
    key: String,
    width: usize,
    /// Whether W1 and b1 never change; then they stand once, before the W2 and b2 of all states. Otherwise each state
    /// has W1, b1, W2 and b2.
    frozen: bool,
    /// Little-endian numbers of four bytes, in base 64.
    parameters: String,
    steps: Vec<u64>,
    /// "Width 20, all layers".
    name: String,
    /// "start", "step 30 000", "solution".
    when: Vec<String>,
    /// What follows a step: " of 150 000".
    of: String,
    /// Train and test error in words.
    errors: Vec<[String; 2]>,
    /// How many units are in which state.
    units: Vec<String>,
    /// Step, train error and test error as parts of the frame of the errors.
    cursor: Vec<[f64; 3]>,
    /// One for each unit.
    colours: Vec<String>,
    /// One for each unit; empty for a solid line.
    dashes: Vec<&'static str>,
}

impl States {
    /// Packs the runs of a scrubber.
    pub fn new(data: &Data, runs: &[&Run], scrubber: &Scrubber) -> Self {
        let units = Units::of(data, &scrubber.frames[0][0]);
        let sides = |frame: Frame| [frame.rect.left, frame.rect.top, frame.rect.right, frame.rect.bottom];
        let inputs = [data.x.first(), data.x.last()].map(|x| units.input(*x.unwrap_or(&data.domain()[0])));
        let numbers: usize = runs.iter().map(|run| run.states.len() * run.end().network.parameters().len()).sum();
        let share = (MOST_PARAMETERS as f64 / numbers as f64).min(1.0);
        let packed = runs.iter().zip(&scrubber.tracks).map(|(run, track)| {
            let count = ((run.states.len() as f64 * share) as usize).max(2);
            pack(run, track, &spread(run.states.len(), count), &units)
        });
        let base = (base(data) - units.low[1]) / units.span[1];
        Self {
            base,
            frames: scrubber.frames.map(|layout| layout.map(sides)),
            inputs,
            runs: packed.collect(),
            thinned: share < 1.0,
        }
    }

    /// Whether states were left out.
    pub fn are_thinned(&self) -> bool {
        self.thinned
    }

    /// As JSON that may stand in a script element.
    pub fn json(&self) -> String {
        // Numbers and strings can always be written.
        serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c")
    }
}

/// From the units of the data to those of the picture.
struct Units {
    low: [f64; 2],
    span: [f64; 2],
}

impl Units {
    fn of(data: &Data, frame: &Frame) -> Self {
        let ([x_low, x_high], [y_low, y_high]) = (data.domain(), frame.y.domain());
        Self { low: [x_low, y_low], span: [x_high - x_low, y_high - y_low] }
    }

    fn input(&self, x: f64) -> f64 {
        (x - self.low[0]) / self.span[0]
    }

    /// W1 and b1, then W2 and b2, of the same function in units of the picture.
    fn layers(&self, network: &Network) -> [Vec<f32>; 2] {
        let ([x_low, y_low], [x_span, y_span]) = (self.low, self.span);
        let w1 = network.weights(0).iter().map(|w| w * x_span);
        let b1 = network.units().map(|unit| unit.w1 * x_low + unit.b1);
        let w2 = network.weights(1).iter().map(|w| w / y_span);
        let b2 = (network.biases(1)[0] - y_low) / y_span;
        [w1.chain(b1).map(|p| p as f32).collect(), w2.chain([b2]).map(|p| p as f32).collect()]
    }
}

fn pack(run: &Run, track: &Track, kept: &[usize], units: &Units) -> Packed {
    let frozen = run.paradigm != Paradigm::All;
    let states: Vec<&State> = kept.iter().map(|&index| &run.states[index]).collect();
    let mut bytes = Vec::new();
    for (index, state) in states.iter().enumerate() {
        let [hidden, output] = units.layers(&state.network);
        let hidden = if frozen && index > 0 { Vec::new() } else { hidden };
        bytes.extend(hidden.iter().chain(&output).flat_map(|p| p.to_le_bytes()));
    }
    let of = match run.paradigm {
        Paradigm::Ridge => String::new(),
        _ => format!(" of {}", thousands(run.end().step as usize)),
    };
    Packed {
        key: track.key.clone(),
        width: run.width,
        frozen,
        parameters: base64(&bytes),
        steps: states.iter().map(|state| state.step).collect(),
        name: track.name.clone(),
        when: states.iter().map(|state| state_words(run, state)).collect(),
        of,
        errors: states.iter().map(|state| [state.train.loss, state.test.loss].map(short)).collect(),
        units: kept.iter().map(|&index| track.counts[index].clone()).collect(),
        cursor: kept.iter().map(|&index| track.cursor[index].map(|part| (part * 1e4).round() / 1e4)).collect(),
        colours: track.colours.clone(),
        dashes: track.dashes.clone(),
    }
}

/// Base 64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let three = group.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let value = (three >> (18 - 6 * digit)) & 63;
            text.push(if digit <= group.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_standard() {
        let words = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|word| base64(word.as_bytes()));
        assert_eq!(words, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }
}
