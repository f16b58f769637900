//! Files of runs.

use nn::data::Data;
use nn::run_file::RunFile;
use nn::settings::{Paradigm, Settings};
use serde_json::{Value, json};

fn settings() -> Settings {
    Settings { widths: vec![4], paradigms: vec![Paradigm::All], steps: 100, ..Settings::default() }
}

fn written() -> Value {
    let table = "x,y\n0,1\n1,3\n2,2\n3,5\n4,4\n5,6\n";
    let data = Data::from_table("points", table.as_bytes(), &settings().table()).unwrap();
    serde_json::from_str(&RunFile::new(settings(), Some(data), Some(3)).to_json()).unwrap()
}

/// What is said of a file in which a value stands in place of the one at a pointer.
fn said(pointer: &str, value: Value) -> String {
    let mut file = written();
    *file.pointer_mut(pointer).unwrap() = value;
    RunFile::from_json(&file.to_string()).unwrap_err().to_string()
}

#[test]
fn what_is_written_is_read_to_the_bit() {
    let file = RunFile::from_json(&written().to_string()).unwrap();
    assert_eq!(RunFile::from_json(&file.to_json()).unwrap(), file);
    assert_eq!(file.settings.target.to_string(), "./points.csv", "the settings make other points");
    assert_eq!((file.data.unwrap().y, file.hash), (vec![1.0, 3.0, 2.0, 4.0, 6.0], Some(3)));
}

#[test]
fn points_that_no_network_can_learn_are_refused() {
    for (pointer, value, wanted) in [
        ("/data/x/0", json!(null), "null"),
        ("/data/x/0", json!(9.0), "the points to train with are not in the order of x"),
        ("/data/y", json!([1.0]), "5 numbers x and 1 numbers y to train with do not make points"),
        ("/data/y_test", json!([]), "1 numbers x and 0 numbers y to test with do not make points"),
        ("/data/inputs", json!([]), "0 inputs: must be from 1 to 64"),
        (
            "/data/inputs/0/domain",
            json!([1.0, 0.0]),
            "the domain of x must be two finite numbers in order, and is 1, 0",
        ),
        ("/data/inputs/0/domain", json!([1.0, 1.0]), "every input is the same everywhere"),
        ("/data/classes", json!(["a"]), "1 classes: must be from 2 to 64, or none"),
        ("/data/classes", json!(["a", "b"]), "3 is none of the classes, which are from 0 to 1"),
        ("/data/truth", json!([[1.0, 0.0], [0.0, 0.0]]), "the noise-free function is no line over the input"),
        ("/data/test", json!({ "held-out": { "fraction": 7.0 } }), "the fraction 7 of test points must be from 0 to 1"),
        ("/data", json!(null), "there are none, and no settings make them"),
        ("/settings/widths", json!([0]), "width 0: must be from 1 to 1024 hidden units"),
        (
            "/settings/rates",
            json!(["500:0.1"]),
            "rates 500:0.1: must be from a step below 100, as there are so many steps",
        ),
        ("/hash", json!("3"), "the hash 3 is not of sixteen hexadecimal digits"),
        ("/format", json!("elbow-run-9"), "the format is elbow-run-9"),
    ] {
        let said = said(pointer, value.clone());
        assert!(said.contains(wanted), "{pointer} {value}: {said}");
    }
    assert!(RunFile::from_json("{\"format\": \"elbow-run-1\", \"more\": 1}").unwrap_err().to_string().contains("more"));
    assert_eq!(RunFile::from_json("[]").unwrap_err().to_string(), "expected an object, found a list of 0");
}
