//! Where the boxes of a graph stand on a phone: below each other, what is given right above what first uses it. Lines leave
//! a box at its right side, run down in lanes, and enter at the right side of another one, past their labels.

use super::layout::{LABEL_LINE, Layout, Wire};
use crate::plot::Rect;

/// Room between a box and the labels beside it, and between these and the lanes.
const GAP_X: f64 = 10.0;
/// Room between two boxes.
const GAP_Y: f64 = 16.0;
/// From one lane to the next, and between lines that leave a box.
const LANE: f64 = 12.0;

/// Lays out boxes in an order from top to bottom in which no wire leads up. Lines enter a box below its head.
pub fn stacked(sizes: &[[f64; 2]], heads: &[f64], wires: &[Wire]) -> Layout {
    let order = order(sizes.len(), wires);
    let widest = |sizes: &mut dyn Iterator<Item = f64>| sizes.fold(0.0, f64::max);
    let boxes_right = widest(&mut sizes.iter().map(|size| size[0]));
    let labels_left = boxes_right + GAP_X;
    let labels_right = labels_left + widest(&mut wires.iter().map(|wire| wire.label[0]));

    let nothing = Rect::new(0.0, 0.0, 0.0, 0.0);
    let (mut boxes, mut labels) = (vec![nothing; sizes.len()], vec![nothing; wires.len()]);
    // Heights at which each wire leaves and enters.
    let mut ends = vec![[0.0; 2]; wires.len()];
    let mut top = 0.0;
    for &place in &order {
        let mut below = top + heads[place];
        for (index, wire) in wires.iter().enumerate().filter(|(_, wire)| wire.to == place) {
            labels[index] = Rect::new(labels_left, below, labels_right, below + wire.label[1]);
            ends[index][1] = below + LABEL_LINE;
            below += wire.label[1];
        }
        let leaving: Vec<usize> = (0..wires.len()).filter(|&index| wires[index].from == place).collect();
        let bottom = (top + sizes[place][1]).max(below + LANE * (leaving.len() as f64 + 0.5));
        for (rank, &index) in leaving.iter().rev().enumerate() {
            ends[index][0] = bottom - LANE * (rank as f64 + 0.75);
        }
        boxes[place] = Rect::new(0.0, top, boxes_right, bottom);
        top = bottom + GAP_Y;
    }
    let lanes = lanes(&ends);
    let at = |lane: usize| labels_right + GAP_X + LANE * (lane as f64 + 0.25);
    let route = |(index, [from, to]): (usize, &[f64; 2])| {
        let lane = at(lanes[index]);
        vec![[boxes_right, *from], [lane, *from], [lane, *to], [boxes_right, *to]]
    };
    let count = lanes.iter().map(|lane| lane + 1).max().unwrap_or(0);
    let routes = ends.iter().enumerate().map(route).collect();
    Layout { boxes, labels, routes, size: [at(count), (top - GAP_Y).max(0.0)] }
}

/// Computed boxes in their order, and each given one right before what first uses it.
fn order(count: usize, wires: &[Wire]) -> Vec<usize> {
    let mut order = Vec::new();
    let mut is_placed = vec![false; count];
    let mut put = |place: usize, order: &mut Vec<usize>| {
        if !std::mem::replace(&mut is_placed[place], true) {
            order.push(place);
        }
    };
    for place in 0..count {
        let operands = wires.iter().filter(|wire| wire.to == place).map(|wire| wire.from);
        let is_computed = operands.clone().next().is_some();
        operands.for_each(|operand| put(operand, &mut order));
        if is_computed {
            put(place, &mut order);
        }
    }
    (0..count).for_each(|place| put(place, &mut order));
    order
}

/// The lane of each wire: short ones nearest to the boxes, and no two in one place.
fn lanes(ends: &[[f64; 2]]) -> Vec<usize> {
    let mut by_length: Vec<usize> = (0..ends.len()).collect();
    by_length.sort_by(|&a, &b| (ends[a][1] - ends[a][0]).total_cmp(&(ends[b][1] - ends[b][0])));
    let mut lanes = vec![0; ends.len()];
    let mut taken: Vec<Vec<[f64; 2]>> = Vec::new();
    for index in by_length {
        let [from, to] = ends[index];
        let is_free = |lane: &Vec<[f64; 2]>| lane.iter().all(|&[start, end]| end + LANE < from || to + LANE < start);
        let lane = taken.iter().position(is_free).unwrap_or(taken.len());
        if lane == taken.len() {
            taken.push(Vec::new());
        }
        taken[lane].push(ends[index]);
        lanes[index] = lane;
    }
    lanes
}
