//! The points that networks learn from: drawn from a built-in function, or read from a CSV file.
//!
//! ```
//! use nn::data::{Data, Function};
//!
//! // RandomState(1), 200 points, noise of standard deviation 0.1: the notebook's data.
//! let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
//! assert_eq!(data.x[0], 0.00011437481734488664);
//! assert_eq!(data.x_test.len(), 1200);
//! ```

use std::io::ErrorKind;
use std::path::Path;

use tensor::random::NumpyRandom;

use crate::settings::{Settings, Target};

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
            Target::File(path) => return Self::from_csv(path),
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
        }
    }

    /// Reads points from a CSV file; see [`Data::from_csv_text`].
    ///
    /// # Errors
    /// [`DataError`] if the file cannot be read or used.
    pub fn from_csv(path: &Path) -> Result<Self, DataError> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => DataError::Missing { file: file.clone() },
            _ => DataError::Unreadable { file: file.clone(), error },
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.split(|&byte| byte == b'\n').count();
            DataError::NotText { file: file.clone(), line }
        })?;
        let mut data = Self::from_csv_text(&file, &text)?;
        if let Some(name) = path.file_name() {
            data.name = name.to_string_lossy().into_owned();
        }
        Ok(data)
    }

    /// Reads points from the text of a CSV file, which `file` names in errors.
    ///
    /// The first line names the columns. x and y are the first two numeric columns: those whose cell in the first row of
    /// data is a number. Blank lines, and rows of nothing but commas, are skipped.
    ///
    /// A fifth of the n rows is held out to test with: sorted by x (rows with the same x stay in their order) they are
    /// cut into ⌊n/5⌋ runs of equal length, and the middle of each run is held out. So the test set covers the domain
    /// like the training set, whose ends are the ends of the domain.
    ///
    /// # Errors
    /// [`DataError`] if the text is not such a table.
    pub fn from_csv_text(file: &str, text: &str) -> Result<Self, DataError> {
        let mut rows = Rows::new(file, text);
        if !rows.advance()? {
            return Err(DataError::Empty { file: file.to_owned() });
        }
        let header: Vec<String> = rows.record.iter().map(str::to_owned).collect();
        if header.iter().all(|name| name.parse::<f64>().is_ok()) {
            return Err(DataError::NoHeader { file: file.to_owned(), line: rows.line() });
        }
        if !rows.advance()? {
            return Err(DataError::NoRows { file: file.to_owned() });
        }
        let numeric: Vec<usize> =
            rows.record.iter().enumerate().filter(|(_, cell)| cell.parse::<f64>().is_ok()).map(|(i, _)| i).collect();
        let &[x_column, y_column, ..] = &numeric[..] else {
            return Err(DataError::TooFewColumns { file: file.to_owned(), line: rows.line(), found: numeric.len() });
        };

        let mut points = Vec::new();
        loop {
            if rows.record.len() != header.len() {
                let (file, line) = (file.to_owned(), rows.line());
                return Err(DataError::RowLength { file, line, cells: rows.record.len(), expected: header.len() });
            }
            points.push([rows.number(x_column, &header)?, rows.number(y_column, &header)?]);
            if !rows.advance()? {
                break;
            }
        }
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));

        let domain = [points[0][0], points[points.len() - 1][0]];
        if points.len() < LEAST_ROWS {
            return Err(DataError::TooFewRows { file: file.to_owned(), rows: points.len() });
        }
        if domain[0] == domain[1] {
            return Err(DataError::SameX { file: file.to_owned(), name: header[x_column].clone(), value: domain[0] });
        }

        let held_out = points.len() / 5;
        let middle_of_run = |run: usize| (2 * run + 1) * points.len() / (2 * held_out);
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (i, &point) in points.iter().enumerate() {
            let part = if i == middle_of_run(test.len()) { &mut test } else { &mut train };
            part.push(point);
        }

        let column = |points: &[[f64; 2]], axis: usize| points.iter().map(|p| p[axis]).collect();
        let axis_name = |column: usize, otherwise: &str| match header[column].as_str() {
            "" => otherwise.to_owned(),
            name => name.to_owned(),
        };
        Ok(Self {
            name: file.to_owned(),
            x: column(&train, 0),
            y: column(&train, 1),
            x_test: column(&test, 0),
            y_test: column(&test, 1),
            domain,
            truth: None,
            test: TestSet::HeldOut { fraction: held_out as f64 / points.len() as f64 },
            x_name: axis_name(x_column, "x"),
            y_name: axis_name(y_column, "y"),
        })
    }
}

/// The fewest rows of which a fifth can be held out.
const LEAST_ROWS: usize = 5;

/// The largest magnitude of a number in a file: its square still has a place among single-precision numbers.
const LARGEST: f64 = 1e18;

/// The rows of a CSV text, one at a time.
struct Rows<'a> {
    file: &'a str,
    text: &'a str,
    reader: csv::Reader<&'a [u8]>,
    /// The current row, its cells trimmed.
    record: csv::StringRecord,
}

impl<'a> Rows<'a> {
    fn new(file: &'a str, text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}'); // the byte order mark that spreadsheets write
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true) // rows of another length are reported with our own words
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        Self { file, text, reader, record: csv::StringRecord::new() }
    }

    /// Goes to the next row that is not blank; false at the end.
    fn advance(&mut self) -> Result<bool, DataError> {
        loop {
            let found = self.reader.read_record(&mut self.record);
            if !found.map_err(|error| DataError::Malformed { file: self.file.to_owned(), error })? {
                return Ok(false);
            }
            if self.record.iter().any(|cell| !cell.is_empty()) {
                return Ok(true);
            }
        }
    }

    /// The line of the current row, counted from 1.
    fn line(&self) -> usize {
        let start = self.record.position().map_or(0, |p| p.byte() as usize);
        // The reader counts blank lines before a row as part of it.
        let blank = self.text[start..].bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        1 + self.text[..start + blank].matches('\n').count()
    }

    /// The number in a column of the current row.
    fn number(&self, column: usize, header: &[String]) -> Result<f64, DataError> {
        let text = &self.record[column];
        let wrong = match text.parse::<f64>() {
            Ok(value) if value.abs() <= LARGEST => return Ok(value),
            Ok(value) if value.is_finite() => "is too large: numbers must lie between -1e18 and 1e18",
            Ok(_) => "is not finite: remove the row or give a number",
            Err(_) if text.is_empty() => "is empty: remove the row or give a number",
            Err(_) => "is not a number: write it with a decimal point and without unit or thousands separator",
        };
        let place = match header[column].as_str() {
            "" => format!("column {}", column + 1),
            name => format!("column {} ({name})", column + 1),
        };
        let mut shown: String = text.chars().take(40).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Err(DataError::Number { file: self.file.to_owned(), line: self.line(), place, text: shown, wrong })
    }
}

/// A CSV file that cannot be used as data.
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
    /// It is not text in UTF-8.
    #[error("{file}:{line}: not text in UTF-8; save the table as CSV in UTF-8")]
    NotText {
        /// The file's path.
        file: String,
        /// The line of the first byte that is not UTF-8.
        line: usize,
    },
    /// The CSV reader gave up.
    #[error("{file}: not a CSV file: {error}")]
    Malformed {
        /// The file's path.
        file: String,
        /// What the reader says.
        error: csv::Error,
    },
    /// It has no lines, or only blank ones.
    #[error(
        "{file}: the file is empty; it needs a line that names the columns, then at least {LEAST_ROWS} rows of data"
    )]
    Empty {
        /// The file's path.
        file: String,
    },
    /// The first line holds numbers.
    #[error("{file}:{line}: the first line must name the columns, but holds numbers; put a line such as x,y above it")]
    NoHeader {
        /// The file's path.
        file: String,
        /// The first line.
        line: usize,
    },
    /// Only the first line has content.
    #[error("{file}: there is no row of data below the names of the columns; at least {LEAST_ROWS} are needed")]
    NoRows {
        /// The file's path.
        file: String,
    },
    /// The first row of data does not have two numbers.
    #[error(
        "{file}:{line}: the first row of data has {found} of the two numeric columns needed, x and y; numbers are \
         written with a decimal point, and columns are separated by commas"
    )]
    TooFewColumns {
        /// The file's path.
        file: String,
        /// The line of the first row of data.
        line: usize,
        /// Its numeric cells.
        found: usize,
    },
    /// A row is longer or shorter than the first line.
    #[error("{file}:{line}: the number of cells in this row is {cells}, not {expected} as in the first line")]
    RowLength {
        /// The file's path.
        file: String,
        /// The row's line.
        line: usize,
        /// Cells of the row.
        cells: usize,
        /// Cells of the first line.
        expected: usize,
    },
    /// A cell of a numeric column is not a number that can be used.
    #[error("{file}:{line}, {place}: {text:?} {wrong}")]
    Number {
        /// The file's path.
        file: String,
        /// The row's line.
        line: usize,
        /// The column, by number and name.
        place: String,
        /// The cell.
        text: String,
        /// What is wrong with it, and what to do.
        wrong: &'static str,
    },
    /// Too few rows to hold out a fifth.
    #[error(
        "{file}: the number of rows of data is {rows}; at least {LEAST_ROWS} are needed, for a fifth is held out to test with"
    )]
    TooFewRows {
        /// The file's path.
        file: String,
        /// The rows it has.
        rows: usize,
    },
    /// All inputs are the same.
    #[error("{file}: all values of x (column \"{name}\") are {value}; at least two different ones are needed")]
    SameX {
        /// The file's path.
        file: String,
        /// The header of the column.
        name: String,
        /// The one value.
        value: f64,
    },
}
