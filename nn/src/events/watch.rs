//! Looking at a network again and again, and telling what is different.

use super::bent_line;
use super::spikes::Spikes;
use super::{Event, HiddenUnit, NEAR, What};
use crate::architecture::{Activation, Architecture};
use crate::checkpoint::Bits;
use crate::data::Data;
use crate::frame::Frame;
use crate::geometry::{Unit, breaks, left_over};
use crate::model::Model;
use crate::network::Network;
use crate::training::Training;
use serde::{Deserialize, Serialize};
use tensor::{Element, Scalar};

/// Looks at one network in training.
#[derive(Clone, Debug)]
pub struct Watch {
    frame: Frame,
    resolution: u64,
    /// Whether the network is one of [`bent_line`].
    is_bent_line: bool,
    /// Whether its error is that of a line through values.
    is_curve: bool,
    /// Of an only input.
    axis: Option<Points>,
    /// The units that can be seen, with what was seen of each at the last look and at this one.
    units: Vec<HiddenUnit>,
    /// Whether the activation of each is 0 on one side, so that it can die.
    can_die: Vec<bool>,
    seen: [Vec<Seen>; 2],
    has_looked: bool,
    spikes: Spikes,
    events: Vec<Event>,
    /// All breaks in the domain from left to right, with the places of their units in `units`; of a bent line all elbows.
    order: Vec<(f64, usize)>,
}

/// The training points of an only input.
#[derive(Clone, Debug)]
struct Points {
    domain: [f64; 2],
    /// Ascending if the network is a bent line.
    x: Vec<f64>,
    y: Vec<f64>,
}

/// What is known of a unit.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// −b/w of a unit of the first layer, wherever that is.
    elbow: Option<f64>,
    /// The breaks in the domain, ascending.
    breaks: Vec<f64>,
    /// Which training points activate it, a bit for each; of several inputs, one bit for whether any does.
    active: Vec<u64>,
}

/// What a watch remembers: for each unit its elbow, its breaks and the training points that activate it; late losses with
/// their steps, and whether the last one stood on a spike.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Memory {
    has_looked: bool,
    units: Vec<(Option<Bits>, Vec<Bits>, Vec<u64>)>,
    losses: Vec<(u64, Bits)>,
    is_on_a_spike: bool,
}

impl Seen {
    fn lives(&self) -> bool {
        self.active.iter().any(|&word| word != 0)
    }
}

impl Points {
    fn is_inside(&self, place: f64) -> bool {
        (self.domain[0]..=self.domain[1]).contains(&place)
    }

    /// The points whose bits are set, from left to right.
    fn of(&self, bits: impl Iterator<Item = u64>) -> Vec<f64> {
        let mut points = Vec::new();
        for (k, mut word) in bits.enumerate() {
            while word != 0 {
                points.push(self.x[64 * k + word.trailing_zeros() as usize]);
                // Without its lowest bit.
                word &= word - 1;
            }
        }
        points.sort_unstable_by(f64::total_cmp);
        points
    }
}

impl Watch {
    /// A watch that looks after every `resolution` steps, and [more often](super::next_look) before the first of them, at a
    /// network that learns `data`.
    ///
    /// # Panics
    /// If the resolution is 0.
    pub fn new(data: &Data, architecture: &Architecture, resolution: u64) -> Self {
        assert!(resolution > 0, "a watch looks after at least one step");
        let is_bent_line = architecture.is_bent_line();
        let axis = if let [input] = &data.inputs[..] {
            let mut points: Vec<[f64; 2]> = data.x.iter().zip(&data.y).map(|(&x, &y)| [x, y]).collect();
            if is_bent_line {
                points.sort_by(|[a, _], [b, _]| a.total_cmp(b));
            }
            let [x, y] = [0, 1].map(|i| points.iter().map(|point| point[i]).collect());
            Some(Points { domain: input.domain, x, y })
        } else {
            None
        };
        let activation = |unit: HiddenUnit| architecture.layers()[unit.layer].activation;
        let hidden = architecture.hidden().iter().enumerate();
        let units = hidden.flat_map(|(layer, of)| (0..of.units).map(move |unit| HiddenUnit { layer, unit }));
        let units: Vec<HiddenUnit> = units.filter(|&unit| activation(unit).has_kink()).collect();
        let can_die = units.iter().map(|&unit| activation(unit) == Activation::Relu).collect();
        let words = if axis.is_some() { data.y.len().div_ceil(64) } else { 1 };
        let seen = vec![Seen { active: vec![0; words], ..Seen::default() }; units.len()];
        Watch {
            frame: Frame::of(data),
            resolution,
            is_bent_line,
            is_curve: data.is_curve(),
            axis,
            units,
            can_die,
            seen: [seen.clone(), seen],
            has_looked: false,
            spikes: Spikes::default(),
            events: Vec::new(),
            order: Vec::new(),
        }
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
        let bits = |breaks: &[f64]| breaks.iter().copied().map(Bits).collect();
        let unit = |seen: &Seen| (seen.elbow.map(Bits), bits(&seen.breaks), seen.active.clone());
        let (losses, is_on_a_spike) = self.spikes.memory();
        Memory {
            has_looked: self.has_looked,
            units: self.seen[0].iter().map(unit).collect(),
            losses: losses.map(|(step, loss)| (step, Bits(loss))).collect(),
            is_on_a_spike,
        }
    }
    /// Goes on with what another watch of the same network and points remembered; returns whether it can be.
    pub(crate) fn recall(&mut self, memory: Memory) -> bool {
        let [before, _] = &mut self.seen;
        let fits = |(seen, (_, _, active)): (&Seen, &(_, _, Vec<u64>))| seen.active.len() == active.len();
        if before.len() != memory.units.len() || !before.iter().zip(&memory.units).all(fits) {
            return false;
        }
        let seen = |(elbow, breaks, active): (Option<Bits>, Vec<Bits>, _)| Seen {
            elbow: elbow.map(|bits| bits.0),
            breaks: breaks.into_iter().map(|bits| bits.0).collect(),
            active,
        };
        *before = memory.units.into_iter().map(seen).collect();
        self.has_looked = memory.has_looked;
        self.spikes = Spikes::of(memory.losses.into_iter().map(|(step, loss)| (step, loss.0)), memory.is_on_a_spike);
        true
    }

    /// Whether it has not looked yet. The first look sees no event.
    pub(super) fn has_not_looked(&self) -> bool {
        !self.has_looked
    }

    /// Whether a look after a step needs the training points to go through the network.
    fn needs_pass(&mut self, step: u64) -> bool {
        let for_units = !self.is_bent_line && !self.units.is_empty();
        let for_loss = !(self.is_bent_line && self.is_curve) && self.spikes.need(step, self.resolution);
        for_units || for_loss
    }

    /// Sees which of `count` training points, from number `first` on, activate which units, as they have gone through the
    /// network.
    fn see<T: Scalar>(&mut self, lane: usize, first: usize, count: usize, model: &Model<T>) {
        if self.is_bent_line {
            return;
        }
        let [_, now] = &mut self.seen;
        let mut start = 0;
        for of_layer in self.units.chunk_by(|a, b| a.layer == b.layer) {
            let seen = &mut now[start..start + of_layer.len()];
            start += of_layer.len();
            let samples = model.hidden(of_layer[0].layer).chunks_exact(of_layer.len());
            for (j, activations) in (first..first + count).zip(samples) {
                let place = if self.axis.is_some() { j } else { 0 };
                for (seen, activation) in seen.iter_mut().zip(activations) {
                    let is_active = activation.lane(lane).to_f64() > 0.0;
                    seen.active[place / 64] |= u64::from(is_active) << (place % 64);
                }
            }
        }
    }

    /// Looks at the network after a step, given in the units of training, and at its loss, if it was measured; the training
    /// points were seen.
    fn look(&mut self, step: u64, network: &Network, loss: Option<f64>) {
        let (trained, network) = (network, self.frame.network(network));
        if !network.is_finite() || !self.find_breaks(&network, trained) {
            return;
        }
        if self.has_looked {
            self.tell_neighbours(step);
            self.tell_units(step);
        }
        self.has_looked = true;
        let [before, now] = &mut self.seen;
        std::mem::swap(before, now);
        let line = self.axis.as_ref().filter(|_| self.is_bent_line && self.is_curve);
        let loss = match line {
            Some(points) if self.spikes.need(step, self.resolution) => {
                let units: Vec<Unit> = network.units().collect();
                Some(bent_line::error(&units, network.biases(1)[0], &self.order, &points.x, &points.y))
            }
            Some(_) => None,
            None => loss,
        };
        if loss.is_some_and(|loss| self.spikes.begins(step, loss)) {
            self.events.push(Event { step, what: What::Spike, place: None });
        }
    }

    /// Finds where the units of a network of one input bend, in the units of the data; false if they cannot be computed. Those
    /// of later layers are found in the units of training, which lose nothing far from 0.
    fn find_breaks(&mut self, network: &Network, trained: &Network) -> bool {
        let Watch { axis: Some(points), units, frame, seen: [_, now], order, .. } = self else { return true };
        order.clear();
        for seen in &mut *now {
            seen.breaks.clear();
        }
        for (number, id) in units.iter().enumerate().take_while(|(_, id)| id.layer == 0) {
            let unit = Unit { w1: network.weights(0)[id.unit], b1: network.biases(0)[id.unit], w2: 0.0 };
            now[number].elbow = unit.elbow();
            order.extend(unit.elbow().map(|elbow| (elbow, number)));
            now[number].breaks.extend(unit.elbow().filter(|&elbow| points.is_inside(elbow)));
            if self.is_bent_line {
                let active = bent_line::active(unit, &points.x);
                for (k, word) in now[number].active.iter_mut().enumerate() {
                    *word = bits(&active, 64 * k);
                }
            }
        }
        if !self.is_bent_line {
            order.retain(|&(elbow, _)| points.is_inside(elbow));
            let Ok(breaks) = breaks(trained, points.domain.map(|x| frame.input(x))) else { return false };
            for b in breaks.iter().filter(|b| b.layer > 0) {
                let id = HiddenUnit { layer: b.layer, unit: b.unit };
                // The output has an activation of its own, but is no hidden unit.
                let Ok(number) = units.binary_search(&id) else { continue };
                let x = frame.shown_input(b.x);
                order.push((x, number));
                now[number].breaks.push(x);
            }
        }
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        true
    }

    /// Breaks that have come near to each other since the last look.
    fn tell_neighbours(&mut self, step: u64) {
        let Watch { axis: Some(points), units, seen: [before, _], events, order, .. } = self else { return };
        let near = NEAR * (points.domain[1] - points.domain[0]);
        let first = events.len();
        let mut last: Option<(f64, usize)> = None;
        for &(place, unit) in order.iter().filter(|(place, _)| points.is_inside(*place)) {
            let neighbour = last.replace((place, unit)).filter(|&(left, other)| place - left <= near && other != unit);
            let Some((left, other)) = neighbour else { continue };
            let were_near =
                before[unit].breaks.iter().any(|a| before[other].breaks.iter().any(|b| (a - b).abs() <= near));
            let what = What::Merged([units[unit.min(other)], units[unit.max(other)]]);
            if !were_near && !events[first..].iter().any(|event| event.what == what) {
                events.push(Event { step, what, place: Some(f64::midpoint(left, place)) });
            }
        }
    }

    /// Deaths, ways over points and borders, and breaks that came and went, of one unit after the other.
    fn tell_units(&mut self, step: u64) {
        let Watch { axis, units, can_die, seen: [before, now], events, .. } = self;
        for (number, &id) in units.iter().enumerate() {
            let (before, now) = (&before[number], &now[number]);
            let mut happened = |what, place| events.push(Event { step, what, place });
            if before.active != now.active {
                if let Some(points) = axis {
                    let changed = points.of(before.active.iter().zip(&now.active).map(|(a, b)| a ^ b));
                    changed.into_iter().for_each(|x| happened(What::Crossed(id), Some(x)));
                }
                let place = |seen: &Seen| {
                    let points = axis.as_ref()?;
                    if id.layer == 0 {
                        return now.elbow;
                    }
                    let active = points.of(seen.active.iter().copied());
                    active.get(active.len().saturating_sub(1) / 2).copied()
                };
                match [before.lives(), now.lives()] {
                    [true, false] if can_die[number] => happened(What::Died(id), place(before)),
                    [false, true] if can_die[number] => happened(What::Revived(id), place(now)),
                    _ => {}
                }
            }
            let Some(points) = axis else { continue };
            match (&before.breaks[..], &now.breaks[..]) {
                ([_], []) if id.layer == 0 => {
                    let border = now.elbow.map(|elbow| points.domain[usize::from(elbow >= points.domain[0])]);
                    happened(What::Left(id), border);
                }
                ([], &[elbow]) if id.layer == 0 => happened(What::CameBack(id), Some(elbow)),
                (fewer, more) if fewer.len() < more.len() => {
                    left_over(fewer, more).into_iter().for_each(|i| happened(What::Gained(id), Some(more[i])));
                }
                (more, fewer) if fewer.len() < more.len() => {
                    left_over(fewer, more).into_iter().for_each(|i| happened(What::Lost(id), Some(more[i])));
                }
                _ => {}
            }
        }
    }
}

/// Shows each watch the network of its lane, if that goes on.
pub(super) fn show<T: Scalar>(training: &mut Training<T>, watches: &mut [Watch]) {
    let step = training.step();
    let mut needs_pass = false;
    for watch in &mut *watches {
        needs_pass |= watch.needs_pass(step);
        let [_, now] = &mut watch.seen;
        now.iter_mut().for_each(|seen| seen.active.fill(0));
    }
    let losses = needs_pass.then(|| {
        training.pass(&mut |first, count, model| {
            for (lane, watch) in watches.iter_mut().enumerate() {
                watch.see(lane, first, count, model);
            }
        })
    });
    for (lane, watch) in watches.iter_mut().enumerate().filter(|&(lane, _)| training.diverged(lane).is_none()) {
        let loss = losses.as_ref().map(|losses| losses[lane].loss);
        watch.look(step, &training.network(lane), loss);
    }
}

/// The bits of the 64 numbers from `first` on that are in a range.
fn bits(range: &std::ops::Range<usize>, first: usize) -> u64 {
    let below = |end: usize| match end.saturating_sub(first) {
        0 => 0,
        count if count >= 64 => u64::MAX,
        count => (1 << count) - 1,
    };
    below(range.end) & !below(range.start)
}
