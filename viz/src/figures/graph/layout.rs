//! Where the boxes of a layered graph stand, so that nothing overlaps: not boxes, not labels, not the lines that pass.
//!
//! The method is that of K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system
//! structures", IEEE Trans. SMC 11(2), 1981: layers, an order within each that crosses few lines, then heights. Every
//! label, and every line where it passes a layer, is a box of its own in that layer, and the boxes of a layer are stacked.
//! So nothing can overlap, whatever the graph.

use crate::plot::Rect;

/// Room between two columns, in which lines bend.
const GAP_X: f64 = 17.0;
/// Room between two boxes of a column.
const GAP_Y: f64 = 12.0;
/// The height a line takes that only passes.
const LANE: f64 = 16.0;
/// The distance of a label's line from its upper border.
pub const LABEL_LINE: f64 = 7.0;
/// How often the order and the heights are gone over.
const ROUNDS: usize = 12;

/// A link to be laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wire {
    /// The box it leaves.
    pub from: usize,
    /// The box it enters.
    pub to: usize,
    /// Width and height of its label, the line included.
    pub label: [f64; 2],
}

/// Where everything is.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The boxes, in their order.
    pub boxes: Vec<Rect>,
    /// The labels, in the order of the wires.
    pub labels: Vec<Rect>,
    /// For each wire, points from the box it leaves to the one it enters. Between the points with even and odd places it
    /// runs on in a bend, between those with odd and even places straight.
    pub routes: Vec<Vec<[f64; 2]>>,
    /// Width and height.
    pub size: [f64; 2],
}

/// Something in a column.
struct Item {
    column: usize,
    size: [f64; 2],
    /// Where lines pass, below the upper border.
    line: f64,
    weight: f64,
    left: Vec<usize>,
    right: Vec<usize>,
    top: f64,
}

/// Lays out boxes of the given sizes in layers; the layer of a wire's end is above that of its start.
///
/// # Panics
/// If it is not.
pub fn layout(sizes: &[[f64; 2]], layers: &[usize], wires: &[Wire]) -> Layout {
    let mut items: Vec<Item> =
        sizes.iter().zip(layers).map(|(&size, layer)| Item::new(2 * layer, size, size[1] / 2.0, 1.0)).collect();
    // The items each wire goes through; the last one is its label.
    let mut passed: Vec<Vec<usize>> = Vec::new();
    for wire in wires {
        let (first, last) = (2 * layers[wire.from] + 1, 2 * layers[wire.to]);
        assert!(first < last, "a wire must lead to a higher layer");
        let mut passes = Vec::new();
        let mut before = wire.from;
        for column in first..last {
            let item = if column + 1 == last {
                Item::new(column, wire.label, LABEL_LINE, 2.0)
            } else {
                Item::new(column, [0.0, LANE], LANE / 2.0, 4.0)
            };
            items.push(item);
            let place = items.len() - 1;
            join(&mut items, before, place);
            passes.push(place);
            before = place;
        }
        join(&mut items, before, wire.to);
        passed.push(passes);
    }
    let columns = ordered(&items);
    place(&mut items, &columns);

    let mut lefts = Vec::new();
    let mut x = 0.0;
    let mut widths = Vec::new();
    for column in &columns {
        let width = column.iter().map(|&item| items[item].size[0]).fold(0.0, f64::max);
        lefts.push(x);
        widths.push(width);
        x += width + if column.is_empty() { 0.0 } else { GAP_X };
    }
    // Everything is as wide as its column, so that lines bend only between columns.
    let rect = |item: &Item| {
        let left = lefts[item.column];
        Rect::new(left, item.top, left + widths[item.column], item.top + item.size[1])
    };
    let boxes: Vec<Rect> = items[..sizes.len()].iter().map(rect).collect();
    let ports = Ports::new(&items, wires, &passed, &boxes);
    let mut routes = Vec::new();
    let mut labels = Vec::new();
    for (index, (wire, passes)) in wires.iter().zip(&passed).enumerate() {
        let mut route = vec![[boxes[wire.from].right, ports.out[index]]];
        for &pass in passes {
            let (item, around) = (&items[pass], rect(&items[pass]));
            route.extend([[around.left, item.top + item.line], [around.right, item.top + item.line]]);
        }
        route.push([boxes[wire.to].left, ports.into[index]]);
        routes.push(route);
        labels.push(rect(&items[passes[passes.len() - 1]]));
    }
    let bottom = items.iter().map(|item| item.top + item.size[1]).fold(0.0, f64::max);
    Layout { boxes, labels, routes, size: [(x - GAP_X).max(0.0), bottom] }
}

impl Item {
    fn new(column: usize, size: [f64; 2], line: f64, weight: f64) -> Item {
        Item { column, size, line, weight, left: Vec::new(), right: Vec::new(), top: 0.0 }
    }
    fn line_at(&self) -> f64 {
        self.top + self.line
    }
}

fn join(items: &mut [Item], from: usize, to: usize) {
    items[from].right.push(to);
    items[to].left.push(from);
}

/// The items of each column in an order with few crossings: by the mean place of their neighbours, gone over from both
/// sides.
fn ordered(items: &[Item]) -> Vec<Vec<usize>> {
    let count = items.iter().map(|item| item.column + 1).max().unwrap_or(0);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (place, item) in items.iter().enumerate() {
        columns[item.column].push(place);
    }
    let mut best = columns.clone();
    let mut fewest = crossings(items, &columns);
    for round in 0..2 * ROUNDS {
        let rightwards = round % 2 == 0;
        let sweep: Vec<usize> = if rightwards { (0..count).collect() } else { (0..count).rev().collect() };
        for column in sweep {
            let places = places(items.len(), &columns);
            let mean = |&item: &usize| {
                let neighbours = if rightwards { &items[item].left } else { &items[item].right };
                let sum: f64 = neighbours.iter().map(|&other| places[other]).sum();
                if neighbours.is_empty() { places[item] } else { sum / neighbours.len() as f64 }
            };
            columns[column].sort_by(|a, b| mean(a).total_cmp(&mean(b)));
        }
        let crossed = crossings(items, &columns);
        if crossed < fewest {
            (best, fewest) = (columns.clone(), crossed);
        }
    }
    best
}

/// The place of each item in its column, from 0 to 1.
fn places(count: usize, columns: &[Vec<usize>]) -> Vec<f64> {
    let mut places = vec![0.0; count];
    for column in columns {
        for (place, &item) in column.iter().enumerate() {
            places[item] = (place as f64 + 0.5) / column.len() as f64;
        }
    }
    places
}

/// How many pairs of lines between neighbouring columns cross.
fn crossings(items: &[Item], columns: &[Vec<usize>]) -> usize {
    let mut rank = vec![0; items.len()];
    for column in columns {
        for (place, &item) in column.iter().enumerate() {
            rank[item] = place;
        }
    }
    let mut crossed = 0;
    for column in columns {
        let mut lines: Vec<(usize, usize)> = Vec::new();
        for &item in column {
            lines.extend(items[item].right.iter().map(|&other| (rank[item], rank[other])));
        }
        for (index, a) in lines.iter().enumerate() {
            crossed += lines[..index].iter().filter(|b| (a.0 < b.0 && a.1 > b.1) || (a.0 > b.0 && a.1 < b.1)).count();
        }
    }
    crossed
}

/// Gives every item its height: as near to its neighbours' as those of its column allow.
fn place(items: &mut [Item], columns: &[Vec<usize>]) {
    for column in columns {
        let mut top = 0.0;
        for &item in column {
            items[item].top = top;
            top += items[item].size[1] + GAP_Y;
        }
    }
    for round in 0..2 * ROUNDS {
        let rightwards = round % 2 == 0;
        let is_last = round + 2 >= 2 * ROUNDS;
        let sweep: Vec<usize> =
            if rightwards { (0..columns.len()).collect() } else { (0..columns.len()).rev().collect() };
        for column in sweep {
            let wish = |&item: &usize| {
                let item = &items[item];
                let neighbours: Vec<usize> = match (is_last, rightwards) {
                    (true, _) => item.left.iter().chain(&item.right).copied().collect(),
                    (false, true) => item.left.clone(),
                    (false, false) => item.right.clone(),
                };
                let sum: f64 = neighbours.iter().map(|&other| items[other].line_at()).sum();
                let line = if neighbours.is_empty() { item.line_at() } else { sum / neighbours.len() as f64 };
                line - item.line
            };
            let wishes: Vec<f64> = columns[column].iter().map(wish).collect();
            let stacked = stack(&wishes, &columns[column].iter().map(|&item| &items[item]).collect::<Vec<_>>());
            for (&item, top) in columns[column].iter().zip(stacked) {
                items[item].top = top;
            }
        }
    }
    let top = items.iter().map(|item| item.top).fold(f64::INFINITY, f64::min);
    items.iter_mut().for_each(|item| item.top -= top);
}

/// Upper borders as near to the wishes as stacking allows, by weighted least squares: with the heights above taken off,
/// the nearest sequence that never falls. Neighbours that would overlap form blocks that share their mean.
fn stack(wishes: &[f64], items: &[&Item]) -> Vec<f64> {
    let mut above = Vec::new();
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    let mut offset = 0.0;
    for (wish, item) in wishes.iter().zip(items) {
        above.push(offset);
        blocks.push((wish - offset, item.weight, 1));
        offset += item.size[1] + GAP_Y;
        while let [.., (before, m, _), (after, n, _)] = blocks[..] {
            if before <= after {
                break;
            }
            let count = blocks[blocks.len() - 2].2 + blocks[blocks.len() - 1].2;
            blocks.truncate(blocks.len() - 2);
            blocks.push(((before * m + after * n) / (m + n), m + n, count));
        }
    }
    let means = blocks.into_iter().flat_map(|(mean, _, count)| std::iter::repeat_n(mean, count));
    means.zip(above).map(|(mean, above)| mean + above).collect()
}

/// Where wires leave and enter their boxes: side by side, in the order of where they come from and go to.
struct Ports {
    out: Vec<f64>,
    into: Vec<f64>,
}

impl Ports {
    fn new(items: &[Item], wires: &[Wire], passed: &[Vec<usize>], boxes: &[Rect]) -> Ports {
        let mut ports = Ports { out: vec![0.0; wires.len()], into: vec![0.0; wires.len()] };
        for (place, rect) in boxes.iter().enumerate() {
            let height = |wire: usize, end: bool| {
                let passes = &passed[wire];
                items[if end { passes[passes.len() - 1] } else { passes[0] }].line_at()
            };
            for end in [false, true] {
                let here = |wire: &usize| if end { wires[*wire].to == place } else { wires[*wire].from == place };
                let mut attached: Vec<usize> = (0..wires.len()).filter(here).collect();
                attached.sort_by(|&a, &b| height(a, end).total_cmp(&height(b, end)));
                let step = 15.0_f64.min((rect.height() - 16.0) / attached.len() as f64);
                let first = f64::midpoint(rect.top, rect.bottom) - step * (attached.len() as f64 - 1.0) / 2.0;
                for (index, wire) in attached.into_iter().enumerate() {
                    let ends = if end { &mut ports.into } else { &mut ports.out };
                    ends[wire] = first + step * index as f64;
                }
            }
        }
        ports
    }
}
