//! The points that networks learn from: drawn from a built-in function, or read from a [`crate::table`].
//!
//! ```
//! use nn::data::{Data, Function};
//!
//! // RandomState(1), 200 points, noise of standard deviation 0.1: the notebook's data.
//! let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
//! assert_eq!(data.x[0], 0.00011437481734488664);
//! assert_eq!(data.x_test.len(), 1200);
//! ```

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use tensor::random::NumpyRandom;

use crate::settings::{Settings, Target};
use crate::table::{self, Fault, Quantity, Reading, Request, Table, TableError, Values};

/// A function to learn on `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// The notebook's piecewise linear function, whose knots at 0, 0.1, …, 1 have the heights `sin(12345·k)`, k = 0…10:
    /// with `t = 10x`, `(t − ⌊t⌋)·sin(12345·⌈t⌉) − (t − ⌈t⌉)·sin(12345·⌊t⌋)`. Where t is a whole number, both terms
    /// vanish and the formula gives 0 instead of the height; that is kept, because the notebook's data have it.
    Piecewise,
    /// `sin(20x)`.
    Sine,
}

impl Function {
    /// Its name, the word that selects it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Piecewise => "piecewise",
            Self::Sine => "sine",
        }
    }

    /// Its value at `x`. The sine is `libm`'s, so that every machine computes the same bits.
    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Piecewise => {
                let t = 10.0 * x;
                (t - t.floor()) * knot_height(t.ceil()) - (t - t.ceil()) * knot_height(t.floor())
            }
            Self::Sine => libm::sin(20.0 * x),
        }
    }

    /// The function as a polyline over `[0, 1]`: exact for [`Function::Piecewise`], through the limits at its knots (so
    /// not through the zeros that the formula gives there), and with an error below 0.0004 for [`Function::Sine`].
    pub fn polyline(self) -> Vec<[f64; 2]> {
        let grid = |pieces: u32| (0..=pieces).map(move |i| f64::from(i) / f64::from(pieces));
        match self {
            Self::Piecewise => grid(10).zip(0..).map(|(x, k)| [x, knot_height(f64::from(k))]).collect(),
            Self::Sine => grid(400).map(|x| [x, self.value(x)]).collect(),
        }
    }
}

/// The height of the piecewise function at its knot `k`, at `x = k/10`.
fn knot_height(k: f64) -> f64 {
    libm::sin(12345.0 * k)
}

/// What the test points are, and so what test error means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TestSet {
    /// Points of the true function without noise: test error can fall below training error.
    NoiseFree {
        /// Whether the inputs of the training points are among them.
        includes_training_inputs: bool,
    },
    /// Rows of the file that were kept from training.
    HeldOut {
        /// Their share of all rows.
        fraction: f64,
    },
}

/// Points to train on and to test with, each sorted by x.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// `piecewise`, `sine` or the file's name.
    pub name: String,
    /// Inputs to train on, ascending.
    pub x: Vec<f64>,
    /// The value to learn at each of them.
    pub y: Vec<f64>,
    /// Inputs to test with, ascending.
    pub x_test: Vec<f64>,
    /// The value expected at each of them.
    pub y_test: Vec<f64>,
    /// The interval of inputs: `[0, 1]` for a built-in function, from the smallest to the largest of a file.
    pub domain: [f64; 2],
    /// The noise-free function as a polyline to draw, if it is known.
    pub truth: Option<Vec<[f64; 2]>>,
    /// What the test points are.
    pub test: TestSet,
    /// What to write at the x axis: `x`, or the header of the file's column.
    pub x_name: String,
    /// What to write at the y axis.
    pub y_name: String,
    /// How the table was read, if the points are of one.
    pub reading: Option<Reading>,
}

/// Points of the regular grid in the test set of a built-in function.
const GRID: u32 = 1000;

impl Data {
    /// The data that the settings ask for.
    ///
    /// # Errors
    /// [`DataError`] if the target is a file that cannot be used.
    pub fn from_settings(settings: &Settings) -> Result<Self, DataError> {
        let function = match &settings.target {
            Target::Piecewise => Function::Piecewise,
            Target::Sine => Function::Sine,
            Target::File(path) => return Self::from_file(path, &settings.table()),
            Target::StandardInput => {
                let bytes = bytes_of(std::io::stdin().lock());
                let bytes = bytes.map_err(|error| DataError::Unreadable { file: STANDARD_INPUT.to_owned(), error })?;
                return Self::from_table(STANDARD_INPUT, &bytes, &settings.table());
            }
        };
        Ok(Self::generate(function, settings.samples, settings.noise, settings.data_seed))
    }

    /// Draws data as the notebook does, from NumPy's `RandomState(seed)`: `X = sort(rand(samples))`, then
    /// `y = f(X) + noise·randn(samples)`. The test set is X together with `linspace(0, 1, 1000)`, without noise.
    ///
    /// `noise` is a standard deviation, in units of y.
    pub fn generate(function: Function, samples: usize, noise: f64, seed: u32) -> Self {
        let mut random = NumpyRandom::new(seed);
        let mut x: Vec<f64> = (0..samples).map(|_| random.random_sample()).collect();
        x.sort_by(f64::total_cmp);
        let y = x.iter().map(|&x| function.value(x) + noise * random.randn()).collect();

        let spacing = 1.0 / f64::from(GRID - 1);
        let grid = (0..GRID - 1).map(|i| f64::from(i) * spacing).chain([1.0]); // as linspace rounds
        let mut x_test: Vec<f64> = x.iter().copied().chain(grid).collect();
        x_test.sort_by(f64::total_cmp);
        let y_test = x_test.iter().map(|&x| function.value(x)).collect();

        Self {
            name: function.name().to_owned(),
            x,
            y,
            x_test,
            y_test,
            domain: [0.0, 1.0],
            truth: Some(function.polyline()),
            test: TestSet::NoiseFree { includes_training_inputs: true },
            x_name: "x".to_owned(),
            y_name: "y".to_owned(),
            reading: None,
        }
    }

    /// Reads points from a file with a table; see [`Data::from_table`].
    ///
    /// # Errors
    /// [`DataError`] if the file cannot be read or used.
    pub fn from_file(path: &Path, request: &Request) -> Result<Self, DataError> {
        let file = path.display().to_string();
        let bytes = File::open(path).and_then(bytes_of).map_err(|error| match error.kind() {
            ErrorKind::NotFound => DataError::Missing { file: file.clone() },
            _ => DataError::Unreadable { file: file.clone(), error },
        })?;
        let mut data = Self::from_table(&file, &bytes, request)?;
        if let Some(name) = path.file_name() {
            data.name = name.to_string_lossy().into_owned();
        }
        Ok(data)
    }

    /// Makes points of a table, which `file` names in errors; see [`table::read`] for what tables may look like.
    ///
    /// A fifth of the n rows is held out to test with: sorted by x (rows with the same x stay in their order) they are
    /// cut into ⌊n/5⌋ runs of equal length, and the middle of each run is held out. So the test set covers the domain
    /// like the training set, whose ends are the ends of the domain.
    ///
    /// # Errors
    /// [`DataError`] if the bytes are not such a table.
    pub fn from_table(file: &str, bytes: &[u8], request: &Request) -> Result<Self, DataError> {
        let table = table::read(bytes, request).and_then(Self::of);
        let data = table.map_err(|error| DataError::Table { file: file.to_owned(), error })?;
        Ok(Self { name: file.to_owned(), ..data })
    }

    fn of(table: Table) -> Result<Self, TableError> {
        let Table { mut x, y, reading } = table;
        let label = |column: usize| reading.columns[column].label(column);
        if x.len() > 1 {
            return Err(Fault::SeveralX { count: x.len() }.into());
        }
        let x = x.pop().unwrap_or_default();
        let Values::Numbers(y) = y else { return Err(Fault::Classes { name: label(reading.y) }.into()) };
        if x.len() < LEAST_ROWS {
            let skipped = reading.skipped_words().map_or_else(String::new, |words| format!(" ({words})"));
            return Err(Fault::TooFewRows { rows: x.len(), least: LEAST_ROWS, skipped }.into());
        }
        let mut points: Vec<[f64; 2]> = x.into_iter().zip(y).map(|(x, y)| [x, y]).collect();
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));

        let domain = [points[0][0], points[points.len() - 1][0]];
        if domain[0] == domain[1] {
            let value = match reading.x_quantity {
                Quantity::Number => domain[0].to_string(),
                Quantity::Days => table::written_date(domain[0], 1.0),
                Quantity::Clock => table::written_clock(domain[0], 0.0),
            };
            return Err(Fault::SameX { name: label(reading.x[0]), value }.into());
        }

        let held_out = points.len() / 5;
        let middle_of_run = |run: usize| (2 * run + 1) * points.len() / (2 * held_out);
        let (mut train, mut test) = (Vec::with_capacity(points.len() - held_out), Vec::with_capacity(held_out));
        for (i, &point) in points.iter().enumerate() {
            let part = if i == middle_of_run(test.len()) { &mut test } else { &mut train };
            part.push(point);
        }

        let fraction = held_out as f64 / points.len() as f64;
        drop(points);
        let column = |points: &[[f64; 2]], axis: usize| points.iter().map(|p| p[axis]).collect();
        Ok(Self {
            name: String::new(),
            x: column(&train, 0),
            y: column(&train, 1),
            x_test: column(&test, 0),
            y_test: column(&test, 1),
            domain,
            truth: None,
            test: TestSet::HeldOut { fraction },
            x_name: reading.x_title(),
            y_name: reading.y_title(),
            reading: Some(reading),
        })
    }

    /// What the inputs mean.
    pub fn x_quantity(&self) -> Quantity {
        self.reading.as_ref().map_or(Quantity::Number, |reading| reading.x_quantity)
    }
}

/// All bytes, or one more than a table may have: some files have no end, such as /dev/zero.
fn bytes_of(input: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(table::MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The fewest rows of which a fifth can be held out.
const LEAST_ROWS: usize = 5;

/// What standard input is called.
const STANDARD_INPUT: &str = "standard input";

/// A table that cannot be used as data.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// There is no such file.
    #[error("{file}: there is no such file; its path is taken relative to the working directory")]
    Missing {
        /// The file's path.
        file: String,
    },
    /// The operating system would not read it.
    #[error("{file}: cannot be read: {error}")]
    Unreadable {
        /// The file's path.
        file: String,
        /// What the operating system says.
        error: std::io::Error,
    },
    /// It is no table, or it is not clear what it means.
    #[error("{file}: {error}")]
    Table {
        /// The file's path.
        file: String,
        /// What was found, where, and a way out.
        error: TableError,
    },
}
