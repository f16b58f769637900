//! What a problem is given: random, or from a JSON file.

use super::{Kind, ProblemError, unknown};
use crate::json;
use nalgebra::DMatrix;
use serde_json::Value;
use tensor::random::Streams;

/// Matrices with names, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs(Vec<(String, DMatrix<f64>)>);

impl Inputs {
    /// Inputs with these names.
    pub fn new<S: Into<String>>(matrices: impl IntoIterator<Item = (S, DMatrix<f64>)>) -> Inputs {
        Inputs(matrices.into_iter().map(|(name, matrix)| (name.into(), matrix)).collect())
    }

    /// Random inputs of a problem, uniform and rounded to two decimals, so that they can be copied by hand: weights
    /// within ±√(3/columns), at most ±1; biases within ±½; x and y within ±1.
    pub fn random(kind: Kind, seed: u64) -> Inputs {
        let draw = |(stream, (name, [rows, columns])): (usize, (&'static str, [usize; 2]))| {
            let mut random = Streams::new(seed, stream as u64);
            let limit = match name {
                "b" => 0.5,
                name if name.starts_with('W') => (3.0 / columns as f64).sqrt().min(1.0),
                _ => 1.0,
            };
            let mut entry = |_, _| (100.0 * limit * (2.0 * random.uniform() - 1.0)).round() / 100.0 + 0.0;
            (name, DMatrix::from_fn(rows, columns, &mut entry))
        };
        Inputs::new(kind.sources().into_iter().enumerate().map(draw))
    }

    /// Reads a JSON object with a matrix for each source of a problem: a list of rows; a number for a 1×1 matrix and a
    /// list of numbers for a column do as well.
    ///
    /// The sizes are those of the file: they replace those of `kind`, which is returned with them.
    ///
    /// # Errors
    /// If the text is no such object.
    ///
    /// ```
    /// use nn::problems::{Inputs, Kind};
    ///
    /// let text = r#"{"W": [[1, 2], [3, 4], [5, 6]], "b": [0, 0, 1], "x": [[1], [-1]], "y": 2}"#;
    /// let (kind, inputs) = Inputs::from_json(text, Kind::NeuronSum { neurons: 1, size: 1 })?;
    /// assert_eq!(kind, Kind::NeuronSum { neurons: 3, size: 2 });
    /// assert_eq!(inputs.get("x").unwrap().as_slice(), [1.0, -1.0]);
    /// # Ok::<(), nn::problems::ProblemError>(())
    /// ```
    pub fn from_json(text: &str, kind: Kind) -> Result<(Kind, Inputs), ProblemError> {
        let syntax = |json::Fault { message, line, column }| ProblemError::Syntax { message, line, column };
        let json::Object(object) = json::read(text).map_err(syntax)?;
        let expected: Vec<String> = kind.sources().iter().map(|(name, _)| (*name).to_owned()).collect();
        if let Some(name) = object.iter().map(|(name, _)| name).find(|name| !expected.contains(name)) {
            return Err(unknown("input", name, expected));
        }
        let mut matrices = Vec::new();
        for name in expected {
            let found = object.iter().find(|(known, _)| *known == name);
            let found = found.map_or_else(|| Err("missing".to_owned()), |(_, value)| matrix(value));
            let expected = || "a list of rows of numbers, all of one length".to_owned();
            matrices.push((
                name.clone(),
                found.map_err(|found| ProblemError::Shape { name, expected: expected(), found })?,
            ));
        }
        let inputs = Inputs(matrices);
        let shape = |name: &str| inputs.get(name).map_or([1, 1], |matrix| [matrix.nrows(), matrix.ncols()]);
        let kind = match kind {
            Kind::Chain => Kind::Chain,
            Kind::NeuronSum { .. } => Kind::NeuronSum { neurons: shape("W")[0], size: shape("W")[1] },
            Kind::NeuronSumInNumbers { .. } => Kind::NeuronSumInNumbers { neurons: shape("W")[0], size: shape("W")[1] },
            Kind::TwoLayer { .. } => Kind::TwoLayer { size: shape("W1")[0] },
        };
        inputs.check(kind)?;
        Ok((kind, inputs))
    }

    /// Whether every source of a problem is there in its shape, with finite entries.
    pub(super) fn check(&self, kind: Kind) -> Result<(), ProblemError> {
        for (name, [rows, columns]) in kind.sources() {
            let expected = || format!("{rows}×{columns}");
            let shape = |found: String| ProblemError::Shape { name: name.to_owned(), expected: expected(), found };
            let matrix = self.get(name).ok_or_else(|| shape("missing".to_owned()))?;
            if matrix.shape() != (rows, columns) {
                return Err(shape(format!("{}×{}", matrix.nrows(), matrix.ncols())));
            }
            if !matrix.iter().all(|entry| entry.is_finite()) {
                return Err(ProblemError::NotFinite(name.to_owned()));
            }
        }
        Ok(())
    }

    /// The matrix of that name.
    pub fn get(&self, name: &str) -> Option<&DMatrix<f64>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, matrix)| matrix)
    }
    /// The matrix of that name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut DMatrix<f64>> {
        self.0.iter_mut().find(|(known, _)| known == name).map(|(_, matrix)| matrix)
    }
    /// Names and matrices, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &DMatrix<f64>)> {
        self.0.iter().map(|(name, matrix)| (name.as_str(), matrix))
    }
    /// As a JSON object; every matrix is a list of rows.
    pub fn json(&self) -> Value {
        Value::Object(self.iter().map(|(name, matrix)| (name.to_owned(), rows(matrix))).collect())
    }
}

/// A matrix as a list of rows.
pub fn rows(matrix: &DMatrix<f64>) -> Value {
    let row = |i: usize| matrix.row(i).iter().copied().map(Value::from).collect::<Value>();
    (0..matrix.nrows()).map(row).collect()
}

/// The matrix a value stands for, or what it is instead.
fn matrix(value: &Value) -> Result<DMatrix<f64>, String> {
    let number = |value: &Value| value.as_f64().ok_or_else(|| format!("something with {value} in it"));
    let list = match value {
        Value::Array(list) if !list.is_empty() => list,
        Value::Array(_) => return Err("an empty list".to_owned()),
        other => return Ok(DMatrix::from_element(1, 1, number(other)?)),
    };
    if list.iter().all(Value::is_number) {
        let column: Vec<f64> = list.iter().map(number).collect::<Result<_, _>>()?;
        return Ok(DMatrix::from_column_slice(column.len(), 1, &column));
    }
    let mut entries = Vec::new();
    let columns = list[0].as_array().map_or(0, Vec::len);
    for row in list {
        let row = row.as_array().ok_or_else(|| format!("something with {row} in place of a row"))?;
        if row.len() != columns || columns == 0 {
            return Err(format!("a list with rows of {columns} and of {} numbers", row.len()));
        }
        entries.extend(row.iter().map(number).collect::<Result<Vec<f64>, _>>()?);
    }
    Ok(DMatrix::from_row_slice(list.len(), columns, &entries))
}
