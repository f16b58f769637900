//! The built-in data against NumPy's, and every way in which a CSV file can be good or bad.

use std::path::Path;

use nn::data::{Data, DataError, Function, TestSet};
use nn::settings::{Settings, Target};
use nn::table::Request;
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
    Data::from_table("points.csv", text.as_bytes(), &Request::default())
}

#[test]
fn a_csv_is_sorted_and_a_fifth_held_out() {
    let data = csv("hour,level\n4,40\n1,10\n3,30\n0,0\n2,20\n").unwrap();
    assert_eq!((&data.x[..], &data.y[..]), (&[0.0, 1.0, 3.0, 4.0][..], &[0.0, 10.0, 30.0, 40.0][..]));
    assert_eq!((&data.x_test[..], &data.y_test[..]), (&[2.0][..], &[20.0][..]));
    assert_eq!(data.domain(), [0.0, 4.0]);
    assert_eq!(data.test, TestSet::HeldOut { fraction: 0.2 });
    assert_eq!((data.x_name(), data.y_name.as_str()), ("hour", "level"));
    assert_eq!((data.name.as_str(), data.truth), ("points.csv", None));
}

#[test]
fn columns_are_found_and_names_cleaned() {
    // a byte order mark, Windows line ends, quotes, a column of text, spaces, blank lines and a row of commas
    let text = "\u{feff}\"city, country\",\"mean \"\"t\"\"\", ,note\r\n\r\nParis,1e1, -2.5,a\r\nRome,2,3,\"b\r\nb\"\r\n\
                Bonn,3,4,\r\nOslo,4,5,\r\n\"Genf\",\"5\",6,\r\n,,,\r\n\r\n";
    let data = csv(text).unwrap();
    assert_eq!(data.domain(), [2.0, 10.0]);
    assert_eq!((data.x_name(), data.y_name.as_str()), ("mean \"t\"", "column 3"));
    assert_eq!((data.x, data.y), (vec![2.0, 3.0, 5.0, 10.0], vec![3.0, 4.0, 6.0, -2.5]));
}

#[test]
fn a_table_that_cannot_be_trained_on_is_refused() {
    let messages = [
        (
            "x,y\n1,2\n2,2\n3,\n4,2\n5,NA\n",
            "points.csv: the table has 3 rows with x and y, and 5 are needed, for a fifth is held out to test with (2 rows \
             skipped: empty y, NA in y); give a longer table",
        ),
        (
            "t,y\n2,1\n2,2\n2,3\n2,4\n2,5\n2,6\n",
            "points.csv: all values of x (column \"t\") are 2; at least two different ones are needed; name another column for \
             x, as --x 2",
        ),
        (
            "day,y\n2020-02-01,1\n2020-02-01,2\n2020-02-01,3\n2020-02-01,4\n2020-02-01,5\n",
            "points.csv: all values of x (column \"day\") are 2020-02-01; at least two different ones are needed; name another \
             column for x, as --x 2",
        ),
    ];
    for (text, message) in messages {
        assert_eq!(csv(text).unwrap_err().to_string(), message, "for {text:?}");
    }
    let asked = |x: &str, y: &str| {
        let request = Request { x: x.to_owned(), y: y.to_owned(), ..Request::default() };
        let text = "a,b,c,d\n1,2,3,u\n2,3,4,v\n3,4,5,u\n4,5,6,v\n5,6,7,w\n";
        Data::from_table("points.csv", text.as_bytes(), &request).map(|data| (data.x_name().to_owned(), data.y_name))
    };
    assert_eq!(asked("b", "1").unwrap(), ("b".to_owned(), "a".to_owned()));
    let classes = |text: &str, y: &str| {
        let request = Request { x: "x".to_owned(), y: y.to_owned(), classes: true, ..Request::default() };
        Data::from_table("points.csv", text.as_bytes(), &request).map_err(|error| error.to_string())
    };
    let rows = |y: fn(usize) -> String| (0..70).map(|i| format!("{i},{}\n", y(i))).collect::<String>();
    let faults: [(fn(usize) -> String, &str); 4] = [
        (
            |i| format!("{}", i as f64 / 4.0),
            "the column \"y\" for y holds numbers such as 0.25, and the loss that is asked for tells classes apart; leave the \
             loss out, or name a column of classes for y",
        ),
        (
            |_| "a".to_owned(),
            "the column \"y\" for y holds one word only, \"a\": there are no classes to tell apart; name another column for y",
        ),
        (
            |i| (if i == 9 { "rare" } else { ["a", "b"][i % 2] }).to_owned(),
            "the class \"rare\" of the column \"y\" has a single row, and a class needs one to learn from and one to test \
             with; leave that row out, or give more rows of the class",
        ),
        (
            |i| i.to_string(),
            "the column \"y\" for y holds 70 different words, and a network tells at most 64 classes apart; name a column of \
             numbers, or of fewer words, for y",
        ),
    ];
    for (y, fault) in faults {
        assert_eq!(classes(&format!("x,y\n{}", rows(y)), "y").unwrap_err(), format!("points.csv: {fault}"));
    }
}

#[test]
fn several_inputs_and_classes_are_read() {
    let text: String =
        (0..20).map(|i| format!("{i},{},{}\n", 100 - i, if i % 4 == 0 { "rare" } else { "usual" })).collect();
    let request = Request { x: "b,a".to_owned(), y: "kind".to_owned(), ..Request::default() };
    let data = Data::from_table("t.csv", format!("a,b,kind\n{text}").as_bytes(), &request).unwrap();
    assert_eq!(data.classes, ["rare", "usual"]);
    let inputs: Vec<_> = data.inputs.iter().map(|input| (input.name.as_str(), input.domain)).collect();
    assert_eq!(inputs, [("b", [81.0, 100.0]), ("a", [0.0, 19.0])]);
    // A fifth of each class, so 1 of 5 and 3 of 15, from the middle of equal runs.
    assert_eq!(
        (&data.x_test[..], &data.y_test[..]),
        (&[97.0, 3.0, 92.0, 8.0, 90.0, 10.0, 83.0, 17.0][..], &[1.0, 0.0, 1.0, 1.0][..])
    );
    assert_eq!((data.x.len(), data.y.len()), (32, 16));
    // Numbers of columns may be a range.
    let rows: String = (0..10).map(|i| format!("{i},{},{},{},{}\n", 2 * i, 3 * i, i % 2, 4 * i)).collect();
    let request = Request { x: "1-2,5".to_owned(), y: "4".to_owned(), ..Request::default() };
    let data = Data::from_table("t.csv", format!("a,b,c,d,e\n{rows}").as_bytes(), &request).unwrap();
    assert_eq!(data.inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>(), ["a", "b", "e"]);
    for x in ["0-2", "2-1", "1-6", "1-"] {
        let request = Request { x: x.to_owned(), ..request.clone() };
        assert!(Data::from_table("t.csv", format!("a,b,c,d,e\n{rows}").as_bytes(), &request).is_err(), "{x}");
    }
    // Numbers are classes where that is asked for, in their order.
    let request = Request { x: "a".to_owned(), y: "b".to_owned(), classes: true, ..Request::default() };
    let text: String = (0..12).map(|i| format!("{i},{}\n", [7, -1, 3][i % 3])).collect();
    let data = Data::from_table("t.csv", format!("a,b\n{text}").as_bytes(), &request).unwrap();
    assert_eq!(data.classes, ["-1", "3", "7"]);
    assert_eq!(data.y.iter().sum::<f64>() + data.y_test.iter().sum::<f64>(), 12.0);
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    let shown = file.display().to_string();
    let message = |path: &Path| Data::from_file(path, &Request::default()).unwrap_err().to_string();

    let missing = "there is no such file; its path is taken relative to the working directory";
    assert_eq!(message(&file), format!("{shown}: {missing}"));
    assert!(message(folder.path()).contains(": cannot be read: "));

    std::fs::write(&file, "x,y\n1,1\n2,2\n3,3\n4,4\n5,5\n").unwrap();
    assert_eq!(Data::from_file(&file, &Request::default()).unwrap().name, "a.csv");
}

proptest! {
    #[test]
    fn a_table_comes_back(points in prop::collection::vec((-1e6..1e6_f64, -1e6..1e6_f64), 5..60)) {
        let rows: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        let data = csv(&format!("x,y\n{}\n", rows.join("\n"))).unwrap();
        prop_assert_eq!(data.x_test.len(), points.len() / 5);
        prop_assert!(data.x.is_sorted() && data.x_test.is_sorted());
        prop_assert_eq!([data.x[0], *data.x.last().unwrap()], data.domain());

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
