//! Matrices in a picture: numbers while there are few, a heat map beyond.

use crate::palette::Role;
use crate::svg::{Element, number};
use crate::text::{self, Weight, short};

/// The most numbers that are written out.
const MOST_NUMBERS: usize = 16;
/// The most numbers side by side.
const MOST_COLUMNS: usize = 4;
/// Height of a row of numbers.
pub const ROW: f64 = 15.0;
/// The least width of a number.
const CELL: f64 = 46.0;
/// The most cells of a heat map along a side; of a larger matrix, each cell shows the largest entry of a block.
const MOST_CELLS: usize = 16;

/// A number in about three digits, of nearly the same width whatever it is: `0.042`, `−1.25`, `−3.1×10⁻⁷`.
pub fn brief(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        0.0 => return "0".to_owned(),
        _ if !(1e-3..1e4).contains(&size) => return short(value),
        _ if size < 0.1 => format!("{size:.3}"),
        _ if size < 10.0 => format!("{size:.2}"),
        _ if size < 100.0 => format!("{size:.1}"),
        _ => format!("{size:.0}"),
    };
    if value < 0.0 { format!("\u{2212}{text}") } else { text }
}

/// A matrix to be drawn, its entries column by column.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    pub rows: usize,
    pub columns: usize,
    pub entries: &'a [f64],
}

impl Matrix<'_> {
    /// Whether its numbers are written.
    fn is_written(&self) -> bool {
        self.entries.len() <= MOST_NUMBERS && self.columns <= MOST_COLUMNS
    }

    /// Width and height of the drawing.
    pub fn size(&self) -> [f64; 2] {
        if self.is_written() {
            [self.columns as f64 * self.cell_width(), self.rows as f64 * ROW]
        } else {
            Heat::new(*self, [92.0, 92.0], 9.0).size()
        }
    }

    fn cell_width(&self) -> f64 {
        let widths = self.entries.iter().map(|&entry| text::width(&brief(entry), text::TICK, Weight::Regular));
        // Few digits more or less do not move what stands around the matrix.
        let widest = widths.fold(0.0, f64::max) + 6.0;
        if widest <= CELL { CELL } else { (widest / 10.0).ceil() * 10.0 }
    }

    /// The drawing with its upper left corner at a point.
    pub fn draw(&self, [left, top]: [f64; 2], role: Role) -> Element {
        if !self.is_written() {
            return Heat::new(*self, [92.0, 92.0], 9.0).draw([left, top]);
        }
        let mut group = Element::group().fill(role).set("text-anchor", "end");
        let width = self.cell_width();
        for (place, &entry) in self.entries.iter().enumerate() {
            let (i, j) = (place % self.rows, place / self.rows);
            let at = [left + (j as f64 + 1.0) * width - 2.0, top + (i as f64 + 1.0) * ROW - 3.5];
            group.push(Element::text(at, text::TICK, &brief(entry)));
        }
        group
    }
}

/// A matrix as coloured cells: the colour is the sign, its strength the size. The scale is symmetric about zero and ends at
/// three times the root mean square; what lies beyond, and what is not a number, is marked.
pub struct Heat {
    rows: usize,
    columns: usize,
    cells: Vec<f64>,
    limit: f64,
    side: f64,
}

impl Heat {
    /// A heat map within a width and a height, its cells at most `largest` pixels wide.
    pub fn new(matrix: Matrix, [width, height]: [f64; 2], largest: f64) -> Heat {
        let blocks = |count: usize| count.div_ceil(count.div_ceil(MOST_CELLS).max(1)).max(1);
        let (rows, columns) = (blocks(matrix.rows), blocks(matrix.columns));
        let [high, wide] = [matrix.rows.div_ceil(rows), matrix.columns.div_ceil(columns)];
        let mut cells = vec![0.0_f64; rows * columns];
        for (place, &entry) in matrix.entries.iter().enumerate() {
            let cell = &mut cells[place % matrix.rows / high + place / matrix.rows / wide * rows];
            if cell.is_finite() && (!entry.is_finite() || entry.abs() > cell.abs()) {
                *cell = entry;
            }
        }
        let finite: Vec<f64> = matrix.entries.iter().copied().filter(|entry| entry.is_finite()).collect();
        let largest_entry = finite.iter().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
        // Divided by the largest first, so that no square overflows.
        let part = finite.iter().map(|entry| (entry / largest_entry).powi(2)).sum::<f64>() / finite.len() as f64;
        let limit = largest_entry * (3.0 * part.sqrt()).min(1.0);
        let side = (width / columns as f64).min(height / rows as f64).min(largest);
        Heat { rows, columns, cells, limit, side }
    }

    /// Width and height.
    pub fn size(&self) -> [f64; 2] {
        [self.columns as f64 * self.side, self.rows as f64 * self.side]
    }

    /// How often each mark occurs: clipped, infinite, not a number.
    pub fn marks(&self) -> [usize; 3] {
        let count = |is: &dyn Fn(f64) -> bool| self.cells.iter().filter(|&&cell| is(cell)).count();
        [
            count(&|cell| cell.is_finite() && self.is_clipped(cell)),
            count(&|cell| cell.is_infinite()),
            count(&|cell| cell.is_nan()),
        ]
    }

    fn is_clipped(&self, cell: f64) -> bool {
        cell.abs() > self.limit * (1.0 + 1e-9)
    }

    /// The drawing with its upper left corner at a point.
    pub fn draw(&self, [left, top]: [f64; 2]) -> Element {
        let mut group = Element::group();
        let [width, height] = self.size();
        group.push(Element::rectangle(left, top, width, height).fill(Role::Background).stroke(Role::Axis, 0.75));
        // The marks of all cells as one path each: a sign, a frame, a cross.
        let (mut signs, mut frames, mut crosses, mut full) =
            (String::new(), String::new(), String::new(), String::new());
        let side = self.side;
        for (place, &cell) in self.cells.iter().enumerate() {
            let (x, y) = (left + (place / self.rows) as f64 * side, top + (place % self.rows) as f64 * side);
            let strength = (cell.abs() / self.limit).min(1.0);
            let role = if cell < 0.0 { Role::Negative } else { Role::Positive };
            let along = |from: [f64; 2], step: &str| format!("M{},{}{step}", number(from[0]), number(from[1]));
            if cell.is_nan() {
                let inner = number(side - 2.0);
                crosses += &along([x + 1.0, y + 1.0], &format!("l{inner},{inner}"));
                crosses += &along([x + 1.0, y + side - 1.0], &format!("l{inner},-{inner}"));
                continue;
            }
            if cell.is_infinite() {
                let inner = number(side);
                full += &along([x, y], &format!("h{inner}v{inner}h-{inner}z"));
            } else if strength > 0.005 {
                group.push(Element::rectangle(x, y, side, side).fill(role).set("fill-opacity", strength));
            }
            if cell.is_finite() && self.is_clipped(cell) {
                let inner = number(side - 2.0);
                frames += &along([x + 1.0, y + 1.0], &format!("h{inner}v{inner}h-{inner}z"));
            }
            if cell < 0.0 && side >= 4.0 && strength > 0.005 {
                signs += &along([x + 0.25 * side, y + 0.5 * side], &format!("h{}", number(0.5 * side)));
            }
        }
        let path = |d: String| Element::new("path").set("d", d);
        for (d, is_full) in [(full, true), (signs, false), (frames, false), (crosses, false)] {
            if !d.is_empty() {
                group.push(if is_full { path(d).fill(Role::Ink) } else { path(d).stroke(Role::Ink, 1.0) });
            }
        }
        group
    }
}
