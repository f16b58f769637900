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

use serde::{Deserialize, Serialize};
use tensor::random::NumpyRandom;

use crate::architecture::{MAX_INPUTS, MAX_OUTPUTS};
use crate::sets::Set;
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
    /// −1 below 1/2, and 1 from there on.
    Step,
    /// `|2x − 1|`.
    Abs,
}

impl Function {
    /// Its name, the word that selects it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Piecewise => "piecewise",
            Self::Sine => "sine",
            Self::Step => "step",
            Self::Abs => "abs",
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
            Self::Step if x < 0.5 => -1.0,
            Self::Step => 1.0,
            Self::Abs => (2.0 * x - 1.0).abs(),
        }
    }

    /// The function as a polyline over `[0, 1]`: exact for those of straight pieces (of [`Function::Piecewise`] through the
    /// limits at its knots, so not through the zeros that the formula gives there; with an upright piece where
    /// [`Function::Step`] jumps), and with an error below 0.0004 for [`Function::Sine`].
    pub fn polyline(self) -> Vec<[f64; 2]> {
        let grid = |pieces: u32| (0..=pieces).map(move |i| f64::from(i) / f64::from(pieces));
        match self {
            Self::Piecewise => grid(10).zip(0..).map(|(x, k)| [x, knot_height(f64::from(k))]).collect(),
            Self::Sine => grid(400).map(|x| [x, self.value(x)]).collect(),
            Self::Step => vec![[0.0, -1.0], [0.5, -1.0], [0.5, 1.0], [1.0, 1.0]],
            Self::Abs => vec![[0.0, 1.0], [0.5, 0.0], [1.0, 1.0]],
        }
    }
}

/// A function to learn on `[0, 1]`, built in or one's own.
///
/// ```
/// use nn::data::{Data, TargetFunction};
///
/// struct Step;
///
/// impl TargetFunction for Step {
///     fn name(&self) -> &str {
///         "step"
///     }
///     fn value(&self, x: f64) -> f64 {
///         if x < 0.5 { -1.0 } else { 1.0 }
///     }
/// }
///
/// let data = Data::generate(Step, 50, 0.0, 1);
/// assert_eq!((data.name.as_str(), data.y[0], data.y[49]), ("step", -1.0, 1.0));
/// ```
pub trait TargetFunction {
    /// What it is called.
    fn name(&self) -> &str;
    /// Its value at `x`.
    fn value(&self, x: f64) -> f64;
    /// The function as a polyline over `[0, 1]`, to be drawn.
    fn polyline(&self) -> Vec<[f64; 2]> {
        (0..=400).map(|i| f64::from(i) / 400.0).map(|x| [x, self.value(x)]).collect()
    }
}

impl TargetFunction for Function {
    fn name(&self) -> &str {
        (*self).name()
    }
    fn value(&self, x: f64) -> f64 {
        (*self).value(x)
    }
    fn polyline(&self) -> Vec<[f64; 2]> {
        (*self).polyline()
    }
}

/// The height of the piecewise function at its knot `k`, at `x = k/10`.
fn knot_height(k: f64) -> f64 {
    libm::sin(12345.0 * k)
}

/// What the test points are, and so what test error means.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestSet {
    /// Points of the true function without noise: test error can fall below training error.
    NoiseFree {
        /// Whether the inputs of the training points are among them.
        includes_training_inputs: bool,
    },
    /// Further points drawn by the rule of the training points, noise included.
    Drawn,
    /// Rows of the file that were kept from training.
    HeldOut {
        /// Their share of all rows.
        fraction: f64,
    },
}

/// An input of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// What to write at its axis: `x`, or the header of the file's column.
    pub name: String,
    /// Its interval: `[0, 1]` for a built-in function, from the smallest to the largest of a file.
    pub domain: [f64; 2],
    /// What its numbers mean.
    #[serde(default)]
    pub quantity: Quantity,
}

impl Input {
    /// An input of plain numbers.
    pub fn new(name: impl Into<String>, domain: [f64; 2]) -> Self {
        Self { name: name.into(), domain, quantity: Quantity::Number }
    }
    /// Whether its domain is one.
    fn is_interval(&self) -> bool {
        self.domain.iter().all(|end| end.is_finite()) && self.domain[0] <= self.domain[1]
    }
}

/// Points to train on and to test with; those of one input sorted by it.
///
/// As JSON, everything but the reading is kept, to the bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Data {
    /// The word of a built-in target or the file's name.
    pub name: String,
    /// The inputs, at least one.
    pub inputs: Vec<Input>,
    /// Inputs to train on, point by point, each a number for each input.
    pub x: Vec<f64>,
    /// The value to learn at each of them, or the class, counted from 0.
    pub y: Vec<f64>,
    /// Inputs to test with, as `x`.
    pub x_test: Vec<f64>,
    /// What is expected at each of them.
    pub y_test: Vec<f64>,
    /// The names of the classes; empty if y is a value.
    pub classes: Vec<String>,
    /// The noise-free function as a polyline to draw, if it is known.
    pub truth: Option<Vec<[f64; 2]>>,
    /// What the test points are.
    pub test: TestSet,
    /// What to write at the y axis.
    pub y_name: String,
    /// How the table was read, if the points are of one.
    #[serde(skip)]
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
            Target::Step => Function::Step,
            Target::Abs => Function::Abs,
            Target::Set(set) => return Ok(Self::of_set(*set, settings.samples, settings.noise, settings.data_seed)),
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
    #[expect(clippy::needless_pass_by_value, reason = "a function is mostly a word")]
    pub fn generate(function: impl TargetFunction, samples: usize, noise: f64, seed: u32) -> Self {
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
            inputs: vec![Input::new("x", [0.0, 1.0])],
            x,
            y,
            x_test,
            y_test,
            classes: Vec::new(),
            truth: Some(function.polyline()),
            test: TestSet::NoiseFree { includes_training_inputs: true },
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
    /// like the training set, whose ends are the ends of the domain. With several columns of x they stay in the order of
    /// the file; with classes, a fifth of each class is held out, and at least one row.
    ///
    /// # Errors
    /// [`DataError`] if the bytes are not such a table.
    pub fn from_table(file: &str, bytes: &[u8], request: &Request) -> Result<Self, DataError> {
        let table = table::read(bytes, request).and_then(|table| Self::of(table, request.classes));
        let data = table.map_err(|error| DataError::Table { file: file.to_owned(), error })?;
        Ok(Self { name: file.to_owned(), ..data })
    }

    fn of(table: Table, classes: bool) -> Result<Self, TableError> {
        let Table { x, y, reading } = table;
        let label = |column: usize| reading.columns[column].label(column);
        // What is surely no name of a class.
        let fraction = match &y {
            Values::Numbers(values) => values.iter().copied().find(|value| value.fract() != 0.0),
            Values::Classes { .. } => None,
        };
        let (y, classes) = match y {
            Values::Numbers(values) if classes => numbered_classes(values),
            Values::Numbers(values) => (values, Vec::new()),
            Values::Classes { names, of } => (of.into_iter().map(|class| class as f64).collect(), names),
        };
        if x.len() > MAX_INPUTS {
            return Err(Fault::SeveralX { count: x.len(), most: MAX_INPUTS }.into());
        }
        let rows = y.len();
        if rows < LEAST_ROWS {
            let skipped = reading.skipped_words().map_or_else(String::new, |words| format!(" ({words})"));
            return Err(Fault::TooFewRows { rows, least: LEAST_ROWS, skipped }.into());
        }
        if !classes.is_empty() {
            class_faults(&y, &classes, fraction, &label(reading.y))?;
        }
        let domain = |column: &Vec<f64>| {
            column.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &x| [low.min(x), high.max(x)])
        };
        let domains: Vec<[f64; 2]> = x.iter().map(domain).collect();
        // Of many inputs some may say nothing, as the corners of pictures; of two there would be no plane.
        let same: Vec<usize> = (0..x.len()).filter(|&input| domains[input][0] == domains[input][1]).collect();
        if let Some(&input) = same.first().filter(|_| same.len() == x.len() || x.len() == 2) {
            let [value, _] = domains[input];
            let value = match reading.x_quantity {
                Quantity::Number => value.to_string(),
                Quantity::Days => table::written_date(value, 1.0),
                Quantity::Clock => table::written_clock(value, 0.0),
            };
            return Err(Fault::SameX { name: label(reading.x[input]), value }.into());
        }

        // Of one input by its order; of several, or of classes, in the order of the file, class by class.
        let mut order: Vec<usize> = (0..rows).collect();
        if x.len() == 1 {
            order.sort_by(|&i, &j| x[0][i].total_cmp(&x[0][j]));
        }
        let is_test = held_out(&order, &y, classes.len());
        let held_out = is_test.iter().filter(|&&test| test).count();
        let part = |test: bool| {
            let rows: Vec<usize> = order.iter().copied().filter(|&row| is_test[row] == test).collect();
            let inputs = rows.iter().flat_map(|&row| x.iter().map(move |column| column[row])).collect::<Vec<f64>>();
            (inputs, rows.iter().map(|&row| y[row]).collect::<Vec<f64>>())
        };
        let ((x_train, y_train), (x_test, y_test)) = (part(false), part(true));
        let names = if x.len() == 1 {
            vec![reading.x_title()]
        } else {
            reading.x.iter().map(|&column| reading.columns[column].title(column)).collect()
        };
        let input = |(name, domain): (String, [f64; 2])| Input { name, domain, quantity: reading.x_quantity };
        Ok(Self {
            name: String::new(),
            inputs: names.into_iter().zip(domains).map(input).collect(),
            x: x_train,
            y: y_train,
            x_test,
            y_test,
            classes,
            truth: None,
            test: TestSet::HeldOut { fraction: held_out as f64 / rows as f64 },
            y_name: reading.y_title(),
            reading: Some(reading),
        })
    }

    /// Draws a built-in set of two inputs; see [`Set::draw`].
    pub fn of_set(set: Set, samples: usize, noise: f64, seed: u32) -> Self {
        let [(x, y), (x_test, y_test)] = set.draw(samples, noise, seed).map(|points| {
            let [first, second] = points.x;
            (first.into_iter().zip(second).flat_map(<[f64; 2]>::from).collect::<Vec<f64>>(), points.y)
        });
        let input = |(name, domain): (&str, [f64; 2])| Input::new(name, domain);
        let classes: &[&str] = if set.has_classes() { &["0", "1"] } else { &[] };
        Self {
            name: set.word().to_owned(),
            inputs: ["x1", "x2"].into_iter().zip(set.domain()).map(input).collect(),
            x,
            y,
            x_test,
            y_test,
            classes: classes.iter().map(|&name| name.to_owned()).collect(),
            truth: None,
            test: if set.has_classes() {
                TestSet::Drawn
            } else {
                TestSet::NoiseFree { includes_training_inputs: false }
            },
            y_name: if set.has_classes() { "class" } else { "y" }.to_owned(),
            reading: None,
        }
    }

    /// Whether the points are what networks can learn, as those of tables and built-in targets are; says what is wrong with
    /// those of another origin.
    ///
    /// # Errors
    /// In words, if sizes do not go together, a number is not finite, or a class does not exist.
    pub fn check(&self) -> Result<(), String> {
        let inputs = self.inputs.len();
        if !(1..=MAX_INPUTS).contains(&inputs) {
            return Err(format!("{inputs} inputs: must be from 1 to {MAX_INPUTS}"));
        }
        if let Some(input) = self.inputs.iter().find(|input| !input.is_interval()) {
            let [low, high] = input.domain;
            return Err(format!(
                "the domain of {} must be two finite numbers in order, and is {low}, {high}",
                input.name
            ));
        }
        if self.inputs.iter().all(|input| input.domain[0] == input.domain[1]) {
            return Err("every input is the same everywhere".to_owned());
        }
        if self.classes.len() == 1 || self.classes.len() > MAX_OUTPUTS {
            return Err(format!("{} classes: must be from 2 to {MAX_OUTPUTS}, or none", self.classes.len()));
        }
        for (set, x, y) in [("train", &self.x, &self.y), ("test", &self.x_test, &self.y_test)] {
            if y.is_empty() || x.len() != y.len() * inputs {
                return Err(format!(
                    "{} numbers x and {} numbers y to {set} with do not make points",
                    x.len(),
                    y.len()
                ));
            }
            if let Some(number) = x.iter().chain(y).find(|number| !number.is_finite()) {
                return Err(format!("{number} is among those to {set} with, and numbers must be finite"));
            }
            let is_class = |y: f64| y.fract() == 0.0 && (0.0..self.classes.len() as f64).contains(&y);
            if let Some(y) = y.iter().find(|y| !self.classes.is_empty() && !is_class(**y)) {
                return Err(format!("{y} is none of the classes, which are from 0 to {}", self.classes.len() - 1));
            }
            if inputs == 1 && !x.is_sorted() {
                return Err(format!("the points to {set} with are not in the order of x"));
            }
        }
        let truth = self.truth.as_deref().unwrap_or_default();
        let is_line = truth.iter().flatten().all(|number| number.is_finite()) && truth.is_sorted_by_key(|[x, _]| *x);
        if !is_line || self.truth.is_some() && (truth.is_empty() || inputs > 1) {
            return Err("the noise-free function is no line over the input".to_owned());
        }
        match self.test {
            TestSet::HeldOut { fraction } if !(0.0..=1.0).contains(&fraction) => {
                Err(format!("the fraction {fraction} of test points must be from 0 to 1"))
            }
            _ => Ok(()),
        }
    }

    /// The interval of the first input.
    pub fn domain(&self) -> [f64; 2] {
        self.inputs[0].domain
    }
    /// What to write at the axis of the first input.
    pub fn x_name(&self) -> &str {
        &self.inputs[0].name
    }
    /// Whether it is of one input and values, so that it can be drawn as y over x.
    pub fn is_curve(&self) -> bool {
        self.inputs.len() == 1 && self.classes.is_empty()
    }

    /// What the first input means.
    pub fn x_quantity(&self) -> Quantity {
        self.inputs[0].quantity
    }
}

/// The class of each number, ascending from 0, and the numbers.
fn numbered_classes(values: Vec<f64>) -> (Vec<f64>, Vec<String>) {
    let mut distinct = values.clone();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let class = |value: f64| distinct.partition_point(|&other| other < value) as f64;
    (values.into_iter().map(class).collect(), distinct.iter().map(f64::to_string).collect())
}

/// Classes that cannot be learned: only one, or more than a network has outputs, or one with a single row. If one is the
/// number `fraction`, they are surely none.
fn class_faults(y: &[f64], classes: &[String], fraction: Option<f64>, name: &str) -> Result<(), TableError> {
    let (name, count) = (name.to_owned(), classes.len());
    let rows = |class: usize| y.iter().filter(|&&of| of == class as f64).count();
    let rare = (0..count).find(|&class| rows(class) < 2);
    let fault = match (classes, rare, fraction) {
        ([only], ..) => Fault::OneClass { name, class: only.clone() },
        (_, rare, Some(value)) if rare.is_some() || count > MAX_OUTPUTS => Fault::NotClasses { name, value },
        _ if count > MAX_OUTPUTS => Fault::TooManyClasses { name, count, most: MAX_OUTPUTS },
        (_, Some(class), None) => Fault::RareClass { name, class: classes[class].clone() },
        _ => return Ok(()),
    };
    Err(fault.into())
}

/// Which rows are kept from training: of each class, or of all rows if there are no classes, a fifth, but at least one of a
/// class. In the given order they are cut into runs of equal length, and the middle of each run is held out.
fn held_out(order: &[usize], y: &[f64], classes: usize) -> Vec<bool> {
    let mut is_test = vec![false; y.len()];
    for class in 0..classes.max(1) {
        let rows: Vec<usize> = order.iter().copied().filter(|&row| classes == 0 || y[row] == class as f64).collect();
        let count = (rows.len() / 5).max(usize::from(classes > 0));
        for run in 0..count {
            is_test[rows[(2 * run + 1) * rows.len() / (2 * count)]] = true;
        }
    }
    is_test
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
