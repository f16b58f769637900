//! What happens to a network while it learns, and when.
//!
//! A [`Watch`] is shown the network every so many steps of its training, its resolution, and compares it with what it was
//! when it looked last. What has come and gone between two looks is not seen. As most happens early, it is shown more often
//! before: after 1, 2, 3, 5, 10, 20, 30, 50, … steps.
//!
//! What can be seen depends on the network:
//!
//! | | of one input | of several inputs |
//! |---|---|---|
//! | [`Spike`](What::Spike) | always | always |
//! | [`Died`](What::Died), [`Revived`](What::Revived) | units of ReLU | units of ReLU |
//! | [`Crossed`](What::Crossed) | units of ReLU and leaky ReLU | no: a fold passes over many points at once |
//! | [`Left`](What::Left), [`CameBack`](What::CameBack), [`Merged`](What::Merged) | the same, in layer 0 | no: folds are lines, not places |
//! | [`Gained`](What::Gained), [`Lost`](What::Lost), [`Merged`](What::Merged) | the same, in later layers that follow no smooth one | no |
//!
//! A unit of the first layer has one elbow, which moves along the axis and can leave the domain. A unit of a later layer
//! bends the line at any number of places, and a pair of them can appear or vanish anywhere, where the unit's own input
//! begins or ceases to touch 0: so its breaks are counted.
//!
//! ```
//! use nn::data::Data;
//! use nn::events::{What, Watch, advance};
//! use nn::initial::initial_network;
//! use nn::settings::{Paradigm, Settings};
//! use nn::training::Training;
//!
//! let settings = Settings { lr_all: 0.1, ..Settings::default() };
//! let data = Data::from_settings(&settings)?;
//! let start = initial_network(20, settings.seed, settings.precision);
//! let mut watches = [Watch::new(&data, start.architecture(), 100)];
//! let mut training = Training::<f32>::new(&settings, &data, Paradigm::All, &[start], &[settings.seed]);
//!
//! advance(&mut training, 20_000, &mut watches);
//! let [watch] = watches;
//! assert!(watch.events().iter().any(|event| matches!(event.what, What::Merged(_))));
//! assert!(watch.events().is_sorted_by_key(|event| event.step));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bent_line;
mod spikes;
mod watch;

pub(crate) use watch::Memory;
pub use watch::Watch;

use crate::training::Training;
use serde::{Deserialize, Serialize};
use tensor::Scalar;

/// A resolution at which watching costs little beside training; docs/performance.md names the bench that tells how much.
pub const RESOLUTION: u64 = 500;
/// Elbows and other breaks nearer than this part of the domain count as one place; an elbow that moved farther counts as moved.
pub const NEAR: f64 = 0.01;
/// An error stands on a spike if it is so many times its median over the last tenth of the steps.
pub const SPIKE: f64 = 1.5;
/// The end of a run, over which a median is taken, as a part of its steps.
pub const LATE: f64 = 0.1;

/// Looks before the first multiple of the resolution begin at this part of it.
const EARLIEST: u64 = 500;

/// The first step after `step` at which a watch of some resolution looks: 1, 2, 3 and 5 times powers of ten from a 500th of
/// the resolution to all of it, and its multiples.
///
/// ```
/// let looks = |resolution| std::iter::successors(Some(0), move |&step| Some(nn::events::next_look(step, resolution)));
/// assert_eq!(looks(40).take(10).collect::<Vec<_>>(), [0, 1, 2, 3, 5, 10, 20, 30, 40, 80]);
/// assert_eq!(looks(40_000).take(5).collect::<Vec<_>>(), [0, 100, 200, 300, 500]);
/// ```
pub fn next_look(step: u64, resolution: u64) -> u64 {
    let step_or_before = step.max((resolution / EARLIEST).saturating_sub(1));
    let power = 10_u64.pow(step_or_before.max(1).ilog10());
    let early =
        [1, 2, 3, 5, 10].into_iter().map(|factor| power.saturating_mul(factor)).find(|&early| early > step_or_before);
    let regular = (step / resolution).saturating_add(1).saturating_mul(resolution);
    early.filter(|_| step < resolution).map_or(regular, |early| early.min(regular))
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The step after which it was seen.
    pub step: u64,
    /// What it was.
    pub what: What,
    /// Where on the axis of the input, in the units of the data; None where that means nothing.
    pub place: Option<f64>,
}

/// A hidden unit: its layer, and which of that layer, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HiddenUnit {
    /// The layer.
    pub layer: usize,
    /// The unit in its layer.
    pub unit: usize,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum What {
    /// No training point activates this unit any more, so that its gradient is 0. The place is its elbow; in a later layer,
    /// the middle one of the points that activated it last.
    Died(HiddenUnit),
    /// Some training point activates this unit again. The place is its elbow; in a later layer, the middle one of these
    /// points.
    Revived(HiddenUnit),
    /// The elbow of this unit of the first layer has left the domain. The place is the border that it is beyond, if it is
    /// anywhere.
    Left(HiddenUnit),
    /// The elbow of this unit of the first layer is in the domain again, where the place is.
    CameBack(HiddenUnit),
    /// This unit of a later layer bends at more places in the domain than before. The place is one that is
    /// [left over](crate::geometry::left_over) when those before are matched with those now.
    Gained(HiddenUnit),
    /// This unit of a later layer bends at fewer places in the domain. The place is one of those before that is left over.
    Lost(HiddenUnit),
    /// A training point, the place, activates this unit and did not before, or the other way round.
    Crossed(HiddenUnit),
    /// Breaks of these two units are neighbours in the domain and nearer to each other than [`NEAR`], and none of theirs
    /// were so near. The place is in their middle; the leftmost one, if there are several.
    Merged([HiddenUnit; 2]),
    /// The loss on the training points is more than [`SPIKE`] times its median over the looks of the last tenth ([`LATE`])
    /// of the steps, and was not when it was looked at last.
    Spike,
}

impl What {
    /// The name used in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            What::Died(_) => "died",
            What::Revived(_) => "revived",
            What::Left(_) => "left",
            What::CameBack(_) => "came-back",
            What::Gained(_) => "gained",
            What::Lost(_) => "lost",
            What::Crossed(_) => "crossed",
            What::Merged(_) => "merged",
            What::Spike => "spike",
        }
    }
    /// The units it happened to.
    pub fn units(&self) -> &[HiddenUnit] {
        match self {
            What::Died(unit)
            | What::Revived(unit)
            | What::Left(unit)
            | What::CameBack(unit)
            | What::Gained(unit)
            | What::Lost(unit)
            | What::Crossed(unit) => std::slice::from_ref(unit),
            What::Merged(units) => units,
            What::Spike => &[],
        }
    }
}

/// Trains by so many further steps, and shows each watch the network of its lane after every step at which it
/// [looks](next_look), counted from the start, and before the first of all. However these steps are cut into slices, the
/// watches see the same.
///
/// # Panics
/// If the watches have different resolutions, or more of them are given than there are lanes, or if they were made for
/// another architecture or other data.
pub fn advance<T: Scalar>(training: &mut Training<T>, steps: u64, watches: &mut [Watch]) {
    let resolution = watches.first().map_or(u64::MAX, Watch::resolution);
    assert!(watches.iter().all(|watch| watch.resolution() == resolution), "all look after the same steps");
    let end = training.step() + steps;
    if training.step() == 0 && watches.iter().all(Watch::has_not_looked) {
        watch::show(training, watches);
    }
    while training.step() < end {
        let before = training.step();
        let look = next_look(before, resolution);
        let next = look.min(end);
        training.advance(next - before);
        if training.step() < next {
            return;
        }
        if next == look {
            watch::show(training, watches);
        }
    }
}
