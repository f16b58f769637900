//! The built-in data against NumPy's, and every way in which a CSV file can be good or bad.

use std::path::Path;

use nn::data::{Data, DataError, Function, TestSet};
use nn::settings::{Settings, Target};
use proptest::prelude::*;
use serde_json::Value;
use tensor::random::NumpyRandom;

fn reference(path: &str) -> Value {
    let path = format!("{}/tests/reference/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Distances in units of the last place of 1, the scale of the values; through a difference of two terms, the last place
/// of a small value says nothing.
fn assert_close(actual: &[f64], expected: &[f64], places: f64) {
    assert_eq!(actual.len(), expected.len());
    for (i, (a, e)) in actual.iter().zip(expected).enumerate() {
        assert!((a - e).abs() <= places * f64::EPSILON, "{i}: {a:e} is not {e:e}");
    }
}

#[test]
fn the_notebooks_data_are_reproduced() {
    let expected = reference("dis7_data.json");
    let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
    assert_eq!(data.x, numbers(&expected["X"]));
    assert_eq!(data.x_test, numbers(&expected["X_test"]));
    assert_eq!(data.y_test, numbers(&expected["y_test"]));
    assert_eq!(data.y, numbers(&expected["y"]));
    let clean: Vec<f64> = data.x.iter().map(|&x| Function::Piecewise.value(x)).collect();
    assert_eq!(clean, numbers(&expected["f_train"]));
}

/// The first minibatch of each trace, drawn with NumPy's `choice`, has the loss that PyTorch computed for it.
#[test]
fn the_first_minibatch_is_pytorchs() {
    for name in ["adam-all-10-7", "momentum-all-10-7", "sgd-all-10-7", "sgd-output-10-7"] {
        let trace = reference(&format!("traces/{name}.json"));
        let parameters = |name: &str| numbers(&trace["initial"][name]);
        let (w1, b1, w2, b2) = (parameters("W1"), parameters("b1"), parameters("W2"), parameters("b2")[0]);
        let predict = |x: f64| (0..w1.len()).map(|i| w2[i] * (w1[i] * x + b1[i]).max(0.0)).sum::<f64>() + b2;

        let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
        let mut minibatch = [0; 40];
        NumpyRandom::new(7).choice(200, &mut minibatch);
        let squares = minibatch.map(|i| (predict(data.x[i as usize]) - data.y[i as usize]).powi(2));
        let expected = trace["states"][0]["minibatch_mse"].as_f64().unwrap();
        assert_close(&[squares.iter().sum::<f64>() / 40.0], &[expected], 4.0);
    }
}

/// At x = 1 the formula gives 0: a test value of the notebook, but not a point of the function that is drawn.
#[test]
fn the_truth_is_drawn_by_its_knots() {
    let data = Data::generate(Function::Piecewise, 200, 0.1, 1);
    let truth = data.truth.unwrap();
    assert_eq!(*data.y_test.last().unwrap(), 0.0);
    assert_eq!(truth.len(), 11);
    assert_eq!(truth[10], [1.0, libm::sin(123450.0)]);
    let heights: Vec<f64> = truth.iter().map(|p| p[1]).collect();
    assert_close(&heights, &numbers(&reference("dis7_data.json")["sin12345"]), 0.0);
    for pair in truth.windows(2) {
        let [[x0, y0], [x1, y1]] = [pair[0], pair[1]];
        for share in [0.001, 0.25, 0.5, 0.999] {
            let x = x0 + share * (x1 - x0);
            let y = y0 + share * (y1 - y0);
            assert!((Function::Piecewise.value(x) - y).abs() < 1e-12, "at {x}");
        }
    }
}

#[test]
fn the_sine_is_sampled_finely() {
    let data = Data::generate(Function::Sine, 50, 0.0, 3);
    assert_eq!(data.y, data.x.iter().map(|x| libm::sin(20.0 * x)).collect::<Vec<_>>());
    for pair in data.truth.unwrap().windows(2) {
        let middle = pair[0][0].midpoint(pair[1][0]);
        assert!((Function::Sine.value(middle) - pair[0][1].midpoint(pair[1][1])).abs() < 4e-4);
    }
}

#[test]
fn settings_choose_the_data() {
    let mut settings = Settings { target: Target::Sine, samples: 7, noise: 0.5, data_seed: 9, ..Settings::default() };
    assert_eq!(Data::from_settings(&settings).unwrap(), Data::generate(Function::Sine, 7, 0.5, 9));
    settings.target = Target::File("no/such.csv".into());
    assert!(matches!(Data::from_settings(&settings), Err(DataError::Missing { .. })));
}

fn csv(text: &str) -> Result<Data, DataError> {
    Data::from_csv_text("points.csv", text)
}

#[test]
fn a_csv_is_sorted_and_a_fifth_held_out() {
    let data = csv("hour,level\n4,40\n1,10\n3,30\n0,0\n2,20\n").unwrap();
    assert_eq!((data.x, data.y), (vec![0.0, 1.0, 3.0, 4.0], vec![0.0, 10.0, 30.0, 40.0]));
    assert_eq!((data.x_test, data.y_test), (vec![2.0], vec![20.0]));
    assert_eq!(data.domain, [0.0, 4.0]);
    assert_eq!(data.test, TestSet::HeldOut { fraction: 0.2 });
    assert_eq!((data.x_name.as_str(), data.y_name.as_str()), ("hour", "level"));
    assert_eq!((data.name.as_str(), data.truth), ("points.csv", None));
}

#[test]
fn columns_are_found_and_names_cleaned() {
    // a byte order mark, Windows line ends, quotes, a column of text, spaces, blank lines and a row of commas
    let text = "\u{feff}\"city, country\",\"mean \"\"t\"\"\", ,note\r\n\r\nParis,1e1, -2.5,a\r\nRome,2,3,\"b\r\nb\"\r\n\
                Bonn,3,4,\r\nOslo,4,5,\r\n\"Genf\",\"5\",6,\r\n,,,\r\n\r\n";
    let data = csv(text).unwrap();
    assert_eq!(data.domain, [2.0, 10.0]);
    assert_eq!((data.x_name.as_str(), data.y_name.as_str()), ("mean \"t\"", "y"));
    assert_eq!((data.x, data.y), (vec![2.0, 3.0, 5.0, 10.0], vec![3.0, 4.0, 6.0, -2.5]));
}

#[test]
fn bad_csv_says_where_and_what_to_do() {
    let messages = [
        ("", "points.csv: the file is empty; it needs a line that names the columns, then at least 5 rows of data"),
        ("\n\n", "points.csv: the file is empty; it needs a line that names the columns, then at least 5 rows of data"),
        ("x,y\n", "points.csv: there is no row of data below the names of the columns; at least 5 are needed"),
        (
            "1,2\n3,4\n",
            "points.csv:1: the first line must name the columns, but holds numbers; put a line such as x,y above it",
        ),
        (
            "x,y\n1,2\n",
            "points.csv: the number of rows of data is 1; at least 5 are needed, for a fifth is held out to test with",
        ),
        (
            "x,y\n1,2\n2,2\n3,2\n4,2",
            "points.csv: the number of rows of data is 4; at least 5 are needed, for a fifth is held out to test with",
        ),
        (
            "x;y\n1;2\n",
            "points.csv:2: the first row of data has 0 of the two numeric columns needed, x and y; numbers are written \
             with a decimal point, and columns are separated by commas",
        ),
        (
            "\nx,name\n\n1,two\n",
            "points.csv:4: the first row of data has 1 of the two numeric columns needed, x and y; numbers are written \
             with a decimal point, and columns are separated by commas",
        ),
        (
            "x,y\n1,2\n\n3,four\n",
            "points.csv:4, column 2 (y): \"four\" is not a number: write it with a decimal point and without unit or \
             thousands separator",
        ),
        ("x,y\r\n1,2\r\n3,4\r\n,6\r\n", "points.csv:4, column 1 (x): \"\" is empty: remove the row or give a number"),
        ("x,y\n\"1\",2\nNaN,4\n", "points.csv:3, column 1 (x): \"NaN\" is not finite: remove the row or give a number"),
        ("x,y\n1,-inf\n3,4\n", "points.csv:2, column 2 (y): \"-inf\" is not finite: remove the row or give a number"),
        ("x,\n1,2\n2,1e19\n", "points.csv:3, column 2: \"1e19\" is too large: numbers must lie between -1e18 and 1e18"),
        ("x,y\n1,2\n3\n", "points.csv:3: the number of cells in this row is 1, not 2 as in the first line"),
        ("x,y\n1,2,3\n", "points.csv:2: the number of cells in this row is 3, not 2 as in the first line"),
        (
            "t,y\n2,1\n2,2\n2,3\n2,4\n2,5\n2,6\n",
            "points.csv: all values of x (column \"t\") are 2; at least two different ones are needed",
        ),
    ];
    for (text, message) in messages {
        assert_eq!(csv(text).unwrap_err().to_string(), message, "for {text:?}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    let shown = file.display().to_string();
    let message = |path: &Path| Data::from_csv(path).unwrap_err().to_string();

    let missing = "there is no such file; its path is taken relative to the working directory";
    assert_eq!(message(&file), format!("{shown}: {missing}"));
    assert!(message(folder.path()).contains(": cannot be read: "));

    std::fs::write(&file, b"x,y\n1,2\n3,\xff\n").unwrap();
    assert_eq!(message(&file), format!("{shown}:3: not text in UTF-8; save the table as CSV in UTF-8"));

    std::fs::write(&file, "x,y\n1,1\n2,2\n3,3\n4,4\n5,5\n").unwrap();
    assert_eq!(Data::from_csv(&file).unwrap().name, "a.csv");
}

proptest! {
    #[test]
    fn a_table_comes_back(points in prop::collection::vec((-1e6..1e6_f64, -1e6..1e6_f64), 5..60)) {
        let rows: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        let data = csv(&format!("x,y\n{}\n", rows.join("\n"))).unwrap();
        prop_assert_eq!(data.x_test.len(), points.len() / 5);
        prop_assert!(data.x.is_sorted() && data.x_test.is_sorted());
        prop_assert_eq!([data.x[0], *data.x.last().unwrap()], data.domain);

        let mut found: Vec<(f64, f64)> = data.x.into_iter().zip(data.y).chain(data.x_test.into_iter().zip(data.y_test)).collect();
        let mut expected = points;
        found.sort_by(|a, b| a.partial_cmp(b).unwrap());
        expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[-,\"\n\r;xe.0-9 \u{feff}é]{0,80}") {
        let _ = csv(&text);
    }
}
