//! What happens to a network of one input and one hidden layer of ReLUs while it learns, and when.
//!
//! A [`Watch`] is shown the network every so many steps of its training, its resolution, and compares it with what it was
//! when it looked last. What has come and gone between two looks is not seen. As most happens early, it is shown more often
//! before: after 1, 2, 3, 5, 10, 20, 30, 50, … steps.
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
//! let mut training = Training::<f32>::new(&settings, &data, Paradigm::All, &[start], &[settings.seed]);
//! let mut watches = [Watch::new(&data, 100).unwrap()];
//!
//! advance(&mut training, 20_000, &mut watches);
//! let [watch] = watches;
//! assert!(watch.events().iter().any(|event| matches!(event.what, What::Merged(_))));
//! assert!(watch.events().is_sorted_by_key(|event| event.step));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::checkpoint::Bits;
use crate::data::Data;
use crate::frame::Frame;
use crate::geometry::Unit;
use crate::network::Network;
use crate::training::Training;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ops::Range;
use tensor::Scalar;

/// A resolution at which watching costs little beside training; docs/performance.md names the bench that tells how much.
pub const RESOLUTION: u64 = 500;
/// Elbows nearer than this part of the domain count as one place; an elbow that moved farther counts as moved.
pub const NEAR: f64 = 0.01;
/// An error stands on a spike if it is so many times its median over the last tenth of the steps.
pub const SPIKE: f64 = 1.5;
/// The end of a run, over which a median is taken, as a part of its steps.
pub const LATE: f64 = 0.1;

/// The first step after `step` at which a watch of some resolution looks: 1, 2, 3 and 5 times powers of ten below the
/// resolution, and its multiples.
///
/// ```
/// let mut looks = std::iter::successors(Some(0), |&step| Some(nn::events::next_look(step, 40)));
/// assert_eq!(looks.by_ref().take(10).collect::<Vec<_>>(), [0, 1, 2, 3, 5, 10, 20, 30, 40, 80]);
/// ```
pub fn next_look(step: u64, resolution: u64) -> u64 {
    let power = 10_u64.pow(step.max(1).ilog10());
    let early = [1, 2, 3, 5, 10].into_iter().map(|factor| power.saturating_mul(factor)).find(|&early| early > step);
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

/// What can happen. Units are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum What {
    /// No training point activates this unit any more, so that its gradient is 0. The place is its elbow.
    Died(usize),
    /// Some training point activates this unit again. The place is its elbow.
    Revived(usize),
    /// The elbow of this unit has left the domain. The place is the border that it is beyond, if it is anywhere.
    Left(usize),
    /// The elbow of this unit is in the domain again, where the place is.
    CameBack(usize),
    /// A training point, the place, activates this unit and did not before, or the other way round.
    Crossed(usize),
    /// The elbows of these units are neighbours in the domain and nearer to each other than [`NEAR`], and were not so near.
    /// The place is in their middle.
    Merged([usize; 2]),
    /// The mean squared error on the training points is more than [`SPIKE`] times its median over the looks of the last
    /// tenth ([`LATE`]) of the steps, and was not when it was looked at last.
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
            What::Crossed(_) => "crossed",
            What::Merged(_) => "merged",
            What::Spike => "spike",
        }
    }
    /// The units it happened to.
    pub fn units(&self) -> &[usize] {
        match self {
            What::Died(unit) | What::Revived(unit) | What::Left(unit) | What::CameBack(unit) | What::Crossed(unit) => {
                std::slice::from_ref(unit)
            }
            What::Merged(units) => units,
            What::Spike => &[],
        }
    }
}

/// Looks at one network in training.
#[derive(Clone, Debug)]
pub struct Watch {
    frame: Frame,
    domain: [f64; 2],
    /// Training points by x, ascending.
    points: Vec<[f64; 2]>,
    resolution: u64,
    /// What was seen last: of each unit.
    units: Vec<Seen>,
    /// The errors of the last tenth of the steps, with the steps.
    errors: VecDeque<(u64, f64)>,
    is_on_a_spike: bool,
    events: Vec<Event>,
    /// Elbows from left to right, with their units, and room to order errors in.
    order: Vec<(f64, usize)>,
    sorted: Vec<f64>,
}

/// What is remembered of a unit.
#[derive(Clone, Debug)]
struct Seen {
    elbow: Option<f64>,
    /// The training points that activate it.
    active: Range<usize>,
}

/// What a watch remembers: for each unit its elbow and the training points that activate it, late errors with their steps,
/// and whether the last one stood on a spike.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Memory {
    units: Vec<(Option<Bits>, Range<usize>)>,
    errors: Vec<(u64, Bits)>,
    is_on_a_spike: bool,
}

/// Whether a place is in the domain.
fn is_inside(place: f64, [low, high]: [f64; 2]) -> bool {
    low <= place && place <= high
}

impl Watch {
    /// A watch that looks after every `resolution` steps, and [more often](next_look) before the first of them, at a network that learns `data`; None if these have more than
    /// one input, or classes.
    ///
    /// # Panics
    /// If the resolution is 0.
    pub fn new(data: &Data, resolution: u64) -> Option<Self> {
        assert!(resolution > 0, "a watch looks after at least one step");
        let ([input], true) = (&data.inputs[..], data.classes.is_empty()) else { return None };
        let mut points: Vec<[f64; 2]> = data.x.iter().zip(&data.y).map(|(&x, &y)| [x, y]).collect();
        points.sort_by(|[a, _], [b, _]| a.total_cmp(b));
        Some(Watch {
            frame: Frame::of(data),
            domain: input.domain,
            points,
            resolution,
            units: Vec::new(),
            errors: VecDeque::new(),
            is_on_a_spike: false,
            events: Vec::new(),
            order: Vec::new(),
            sorted: Vec::new(),
        })
    }

    /// All that was seen, in the order of steps.
    pub fn events(&self) -> &[Event] {
        &self.events
    }
    /// All that was seen since this was last asked for, in the order of steps.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
    /// After how many steps it looks.
    pub fn resolution(&self) -> u64 {
        self.resolution
    }

    pub(crate) fn memory(&self) -> Memory {
        Memory {
            units: self.units.iter().map(|seen| (seen.elbow.map(Bits), seen.active.clone())).collect(),
            errors: self.errors.iter().map(|&(step, error)| (step, Bits(error))).collect(),
            is_on_a_spike: self.is_on_a_spike,
        }
    }
    /// Goes on with what another watch of the same points remembered.
    pub(crate) fn recall(&mut self, memory: Memory) {
        let seen = |(elbow, active): (Option<Bits>, _)| Seen { elbow: elbow.map(|bits| bits.0), active };
        self.units = memory.units.into_iter().map(seen).collect();
        self.errors = memory.errors.into_iter().map(|(step, error)| (step, error.0)).collect();
        self.is_on_a_spike = memory.is_on_a_spike;
    }

    /// Looks at the network after a step, given in the units of training. The first look sees no event.
    ///
    /// # Panics
    /// If the network is no [bent line](crate::architecture::Architecture::is_bent_line), or has not the units it had.
    pub fn look(&mut self, step: u64, network: &Network) {
        let network = self.frame.network(network);
        if !network.is_finite() {
            return;
        }
        let units: Vec<Unit> = network.units().collect();
        assert!(!units.is_empty() && [0, units.len()].contains(&self.units.len()), "one network, of one hidden layer");
        self.order.clear();
        self.order.extend(units.iter().enumerate().filter_map(|(number, unit)| Some((unit.elbow()?, number))));
        self.order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if !self.units.is_empty() {
            self.look_at_neighbours(step);
        }
        self.look_at_units(step, &units);
        self.look_at_error(step, self.error(&units, network.biases(1)[0]));
    }

    /// Deaths, ways over points and borders, of one unit after the other, of which the state is remembered.
    fn look_at_units(&mut self, step: u64, units: &[Unit]) {
        let Watch { domain, points, units: seen, events, .. } = self;
        let is_first = seen.is_empty();
        for (number, &unit) in units.iter().enumerate() {
            let now = Seen { elbow: unit.elbow(), active: active(unit, points, seen.get(number)) };
            if is_first {
                seen.push(now);
                continue;
            }
            let before = std::mem::replace(&mut seen[number], now.clone());
            let mut happened = |what, place| events.push(Event { step, what, place });
            if before.active != now.active {
                for j in difference(&before.active, &now.active) {
                    happened(What::Crossed(number), Some(points[j][0]));
                }
                match [before.active.is_empty(), now.active.is_empty()] {
                    [false, true] => happened(What::Died(number), now.elbow),
                    [true, false] => happened(What::Revived(number), now.elbow),
                    _ => {}
                }
            }
            let inside = |elbow: Option<f64>| elbow.filter(|&elbow| is_inside(elbow, *domain));
            match (inside(before.elbow), inside(now.elbow)) {
                (Some(_), None) => {
                    let border = now.elbow.map(|elbow| if elbow < domain[0] { domain[0] } else { domain[1] });
                    happened(What::Left(number), border);
                }
                (None, Some(elbow)) => happened(What::CameBack(number), Some(elbow)),
                _ => {}
            }
        }
    }

    /// Elbows that have come near to each other since the last look.
    fn look_at_neighbours(&mut self, step: u64) {
        let Watch { domain, units: seen, events, order, .. } = self;
        let near = NEAR * (domain[1] - domain[0]);
        let mut before: Option<(f64, usize)> = None;
        for &(elbow, unit) in order.iter().filter(|(elbow, _)| is_inside(*elbow, *domain)) {
            let neighbour = before.replace((elbow, unit)).filter(|(left, _)| elbow - left <= near);
            let Some((left, other)) = neighbour else { continue };
            let was = |unit: usize| seen[unit].elbow.filter(|&elbow| is_inside(elbow, *domain));
            if was(unit).zip(was(other)).is_none_or(|(a, b)| (a - b).abs() > near) {
                let what = What::Merged([unit.min(other), unit.max(other)]);
                events.push(Event { step, what, place: Some(f64::midpoint(left, elbow)) });
            }
        }
    }

    /// Whether an error stands on a spike.
    fn look_at_error(&mut self, step: u64, error: f64) {
        let from = step as f64 * (1.0 - LATE);
        while self.errors.front().is_some_and(|&(step, _)| (step as f64) < from) {
            self.errors.pop_front();
        }
        self.sorted.clear();
        self.sorted.extend(self.errors.iter().map(|&(_, error)| error));
        let is_on_a_spike = median(&mut self.sorted).is_some_and(|median| error > SPIKE * median);
        if is_on_a_spike && !self.is_on_a_spike {
            self.events.push(Event { step, what: What::Spike, place: None });
        }
        self.is_on_a_spike = is_on_a_spike;
        self.errors.push_back((step, error));
    }

    /// The mean squared error on the training points of units whose elbows are in order: from each elbow to the next, ŷ is
    /// a line.
    fn error(&self, units: &[Unit], offset: f64) -> f64 {
        let add = |[slope, value]: [f64; 2], Unit { w1, b1, w2 }: Unit, sign: f64| {
            [slope + sign * w2 * w1, value + sign * w2 * b1]
        };
        // Left of all elbows those units are on that fall, and those without an elbow that are on everywhere.
        let is_on_at_the_left = |unit: &&Unit| if unit.elbow().is_some() { unit.w1 < 0.0 } else { unit.b1 > 0.0 };
        let mut line = units.iter().filter(is_on_at_the_left).fold([0.0, offset], |line, &unit| add(line, unit, 1.0));
        let (mut sum, mut elbows) = (0.0, self.order.iter().peekable());
        for &[x, y] in &self.points {
            while let Some(&(_, number)) = elbows.next_if(|&&(elbow, _)| elbow < x) {
                let unit = units[number];
                line = add(line, unit, if unit.w1 > 0.0 { 1.0 } else { -1.0 });
            }
            let deviation = line[0] * x + line[1] - y;
            sum += deviation * deviation;
        }
        sum / self.points.len() as f64
    }
}

/// The median of some numbers: of an even count, the lower of the two in the middle. None of none.
fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// The training points that activate a unit: all from some point on, or all before it, as rounding does not change which
/// of two numbers is the larger. Empty ranges are all the same.
fn active(unit: Unit, points: &[[f64; 2]], before: Option<&Seen>) -> Range<usize> {
    let is_active = |j: usize| unit.is_active(points[j][0]);
    let count = points.len();
    // Most often nothing has changed.
    if let Some(Seen { active: Range { start, end }, .. }) = before.cloned() {
        let is_on = |j: usize| j < count && is_active(j);
        let stays = start < end && is_on(start) && is_on(end - 1);
        if stays && (start == 0 || !is_active(start - 1)) && (end == count || !is_active(end)) {
            return start..end;
        }
    }
    let first = count > 0 && is_active(0);
    let boundary = points.partition_point(|&[x, _]| unit.is_active(x) == first);
    match (first, boundary) {
        (true, _) => 0..boundary,
        (false, boundary) if boundary == count => 0..0,
        (false, boundary) => boundary..count,
    }
}

/// What is in one of two ranges and not in the other.
fn difference(a: &Range<usize>, b: &Range<usize>) -> impl Iterator<Item = usize> {
    let between = |i: usize, k: usize| i.min(k)..i.max(k);
    let overlap = a.start.max(b.start) < a.end.min(b.end);
    let [first, second] =
        if overlap { [between(a.start, b.start), between(a.end, b.end)] } else { [a.clone(), b.clone()] };
    first.chain(second)
}

/// Trains by so many further steps, and shows each watch the network of its lane after every step at which it
/// [looks](next_look), counted from the start, and before the first of all. However these steps are cut into slices, the
/// watches see the same.
///
/// # Panics
/// If the watches have different resolutions, or more of them are given than there are lanes; or as [`Watch::look`].
pub fn advance<T: Scalar>(training: &mut Training<T>, steps: u64, watches: &mut [Watch]) {
    let resolution = watches.first().map_or(u64::MAX, Watch::resolution);
    assert!(watches.iter().all(|watch| watch.resolution == resolution), "all look after the same steps");
    let end = training.step() + steps;
    let show = |training: &Training<T>, watches: &mut [Watch]| {
        for (lane, watch) in watches.iter_mut().enumerate().filter(|&(lane, _)| training.diverged(lane).is_none()) {
            watch.look(training.step(), &training.network(lane));
        }
    };
    if training.step() == 0 && watches.iter().all(|watch| watch.units.is_empty()) {
        show(training, watches);
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
            show(training, watches);
        }
    }
}
