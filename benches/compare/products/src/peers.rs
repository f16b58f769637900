//! The other systems. Both take pointers and strides.

use gemm::Parallelism;
use tensor::Element;

/// A matrix in memory, by its rows, columns, and the steps to the next row and to the next column.
#[derive(Clone, Copy)]
pub struct Layout {
    rows: usize,
    columns: usize,
    steps: [usize; 2],
}

impl Layout {
    /// A matrix that is stored column by column.
    pub fn stored(rows: usize, columns: usize) -> Self {
        Layout { rows, columns, steps: [1, rows] }
    }
    /// The transpose of this matrix, in the same memory.
    pub fn transpose(self) -> Self {
        Layout { rows: self.columns, columns: self.rows, steps: [self.steps[1], self.steps[0]] }
    }
    fn holds<T>(self, entries: &[T]) {
        assert_eq!(entries.len(), self.rows * self.columns, "as many entries as the layout says");
    }
    fn steps(self) -> [isize; 2] {
        self.steps.map(|step| step as isize)
    }
}

/// The numbers of the comparison.
pub trait Number: Element {
    const NAME: &'static str;
    /// out += a·b with matrixmultiply, on one thread.
    fn matrixmultiply(a: (&[Self], Layout), b: (&[Self], Layout), out: &mut [Self]);
}

macro_rules! number {
    ($t:ident, $kernel:ident) => {
        impl Number for $t {
            const NAME: &'static str = stringify!($t);
            fn matrixmultiply(a: (&[$t], Layout), b: (&[$t], Layout), out: &mut [$t]) {
                let [rows, inner, columns] = sizes(a, b, out);
                let [sa, sb] = [a.1.steps(), b.1.steps()];
                // SAFETY: `sizes` has held the lengths of the three slices against the layouts.
                unsafe {
                    let (a, b, out) = (a.0.as_ptr(), b.0.as_ptr(), out.as_mut_ptr());
                    let step = rows as isize;
                    matrixmultiply::$kernel(
                        rows, inner, columns, 1.0, a, sa[0], sa[1], b, sb[0], sb[1], 1.0, out, 1, step,
                    );
                }
            }
        }
    };
}
number!(f32, sgemm);
number!(f64, dgemm);

fn sizes<T>(a: (&[T], Layout), b: (&[T], Layout), out: &[T]) -> [usize; 3] {
    a.1.holds(a.0);
    b.1.holds(b.0);
    assert_eq!(a.1.columns, b.1.rows, "matrices that can be multiplied");
    Layout::stored(a.1.rows, b.1.columns).holds(out);
    [a.1.rows, a.1.columns, b.1.columns]
}

/// out += a·b with gemm, on one thread or on those of the current pool.
pub fn gemm<T: Number>(a: (&[T], Layout), b: (&[T], Layout), out: &mut [T], threads: usize) {
    let [rows, inner, columns] = sizes(a, b, out);
    let [sa, sb] = [a.1.steps(), b.1.steps()];
    let threads = if threads > 1 { Parallelism::Rayon(threads) } else { Parallelism::None };
    // SAFETY: `sizes` has held the lengths of the three slices against the layouts.
    unsafe {
        let (a, b, out) = (a.0.as_ptr(), b.0.as_ptr(), out.as_mut_ptr());
        let (one, step) = (T::one(), rows as isize);
        gemm::gemm(
            rows, columns, inner, out, step, 1, true, a, sa[1], sa[0], b, sb[1], sb[0], one, one, false, false, false,
            threads,
        );
    }
}
