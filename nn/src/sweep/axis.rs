//! Settings that vary together, and what they are at each place.

use crate::settings::{Allowed, Setting};
use crate::study::fnv;
use tensor::random::Streams;

/// Settings that vary together: one of a grid, those of a list of rows, or those that are drawn.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub settings: Vec<&'static Setting>,
    pub values: Values,
}

#[derive(Clone, Debug)]
pub(super) enum Values {
    /// For each place the texts of the settings; None where a row does not mention one.
    Given(Vec<Vec<Option<String>>>),
    /// So many places, and how each of the settings is drawn.
    Drawn(u64, Vec<Draw>),
}

impl Axis {
    /// A setting with these values.
    pub fn of(setting: &'static Setting, values: impl Iterator<Item = String>) -> Self {
        Axis { settings: vec![setting], values: Values::Given(values.map(|text| vec![Some(text)]).collect()) }
    }

    /// How many places there are.
    pub fn len(&self) -> u64 {
        match &self.values {
            Values::Given(rows) => rows.len() as u64,
            Values::Drawn(count, _) => *count,
        }
    }

    /// The settings that a place mentions, with their values.
    pub fn at(&self, place: u64) -> Vec<(&'static Setting, String)> {
        let settings = self.settings.iter().copied();
        match &self.values {
            Values::Given(rows) => {
                settings.zip(&rows[place as usize]).filter_map(|(s, text)| Some((s, text.clone()?))).collect()
            }
            Values::Drawn(_, draws) => settings.zip(draws).map(|(s, draw)| (s, draw.text(s, place))).collect(),
        }
    }
}

/// Random numbers between two bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Draw {
    /// Whether their logarithm is uniform, and not they themselves.
    pub log: bool,
    pub from: f64,
    pub to: f64,
    pub seed: u64,
}

impl Draw {
    /// The number at a place: each has a stream of its own, so that none need be drawn for another. Of a setting of whole
    /// numbers it is the whole part of one below `to + 1`.
    fn text(&self, setting: &Setting, place: u64) -> String {
        // Settings that are drawn with the same seed are not to go together.
        let own = fnv(setting.name.bytes().map(u64::from));
        let u = Streams::new(self.seed, own.wrapping_add(place)).uniform();
        let whole = matches!(setting.allowed, Allowed::Whole(..));
        let (from, to) = (self.from, if whole { self.to + 1.0 } else { self.to });
        let drawn = if self.log {
            let [low, high] = [from, to].map(libm::log);
            libm::exp(low + u * (high - low))
        } else {
            from + u * (to - from)
        };
        let drawn = if whole { drawn.floor() } else { drawn };
        let drawn = drawn.clamp(self.from, self.to);
        if whole { format!("{drawn:.0}") } else { format!("{drawn:?}") }
    }
}
