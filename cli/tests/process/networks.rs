//! Networks of other shapes than the notebook's, as they are asked for on the command line.

use crate::place::{Ended, Place};
use serde_json::Value;

fn exists(place: &Place, name: &str) -> bool {
    place.path(name).exists()
}

#[test]
fn classes_over_two_inputs_have_a_page_with_exact_planes() {
    let place = Place::new();
    let printed = place.run("train --target circle --layers 6,5 --steps 400 --loss logistic").well();
    assert!(printed.contains("| 2 → 6 relu → 5 relu → 1 | all "), "{printed}");
    assert!(printed.contains("test accuracy"), "{printed}");
    let page = place.read("elbow-out/report.html");
    for words in
        ["2 → 6 relu → 5 relu → 1, all layers", "polygons at the start", "Confusion of classes on the test points"]
    {
        assert!(page.contains(words), "{words}");
    }
    for figure in ["learning", "plane", "units", "polygons"] {
        let svg = place.read(&format!("elbow-out/figures/{figure}-layers-6-5-all.svg"));
        assert!(svg.starts_with("<svg") && !svg.contains("NaN"), "{figure}");
    }
    // A row for each parameter of each saved state, the biases as input −1.
    let parameters = place.read("elbow-out/parameters.csv");
    let mut rows = parameters.lines();
    assert_eq!(rows.next(), Some("run,step,layer,unit,input,value"));
    let states = place.read("elbow-out/history.csv").lines().count() - 1;
    assert_eq!(rows.clone().count(), states * (3 * 6 + 7 * 5 + 6));
    assert!(rows.next().unwrap().starts_with("0,0,0,0,-1,"));
    let summary: Value = serde_json::from_str(&place.read("elbow-out/summary.json")).unwrap();
    let run = &summary["runs"][0];
    assert_eq!(run["layers"][2]["units"], 1);
    assert_eq!((&run["loss"], &run["train_mse"]), (&Value::from("logistic"), &Value::Null));
    assert!(run["test_accuracy"].as_f64().unwrap() > 0.8 && run["test_loss"].is_number(), "{run}");
    let history = place.read("elbow-out/history.csv");
    let last: Vec<&str> = history.lines().last().unwrap().split(',').collect();
    assert_eq!(last[5..8], ["", "", ""], "no squared errors");
    assert_eq!(last[12].parse::<f64>().ok(), run["test_accuracy"].as_f64());
}

#[test]
fn deep_networks_of_one_input_are_drawn_exactly() {
    let place = Place::new();
    place.run("train --layers 8,8,8 --steps 100").well();
    let page = place.read("elbow-out/report.html");
    assert!(page.contains("breaks of layer 1") && page.contains("ends as a polyline with"), "breaks of both layers");
    assert!(!exists(&place, "elbow-out/units.csv"));
    // Another run may take its place, and so may one of the notebook's.
    place.run("train --widths 3 --steps 20 --activation tanh").well();
    assert!(place.read("elbow-out/report.html").contains("what it computes at"));
    place.run("train --widths 3 --steps 20").well();
    assert!(exists(&place, "elbow-out/units.csv") && !exists(&place, "elbow-out/parameters.csv"));
}

#[test]
fn classes_and_several_inputs_of_a_file_are_learned() {
    let place = Place::new();
    let row = |i: usize| {
        let (a, b) = (i % 10, (i / 10) % 10);
        let class = if a + b < 7 {
            "low"
        } else if a + b < 12 {
            "middle"
        } else {
            "high"
        };
        format!("{a},{b},{},{class}\n", 5 * i % 7)
    };
    place.write("t.csv", &format!("a,b,c,class\n{}", (0..200).map(row).collect::<String>()));
    let printed = place
        .run("train --target t.csv --x a,b --y class --layers 8 --steps 3000 --optimizer adam --lr-all 0.02")
        .well();
    assert!(printed.contains("| 2 → 8 relu → 3 | all"), "{printed}");
    let summary: Value = serde_json::from_str(&place.read("elbow-out/summary.json")).unwrap();
    assert!(summary["runs"][0]["test_accuracy"].as_f64().unwrap() > 0.9, "{}", summary["runs"][0]);
    assert_eq!(summary["settings"]["loss"], Value::Null);
    // Three inputs have no plane; ridge is left out where there are classes.
    let printed = place.run("train --target t.csv --x a,b,c --y class --widths 5 --steps 50 --slice no").well();
    assert!(printed.contains("| 3 → 5 relu → 3 | output") && !printed.contains("ridge"), "{printed}");
    let page = place.read("elbow-out/report.html");
    assert!(!page.contains("polygons at the start") && page.contains("--slice a,b"));
    // A plane of two of them; the third stands at its median.
    place.run("train --target t.csv --x a,b,c --y class --layers 5 --steps 50 --slice c,1").well();
    let page = place.read("elbow-out/report.html");
    for words in
        ["polygons at the start", "Shown is the plane of c and a, with b at 5, its median over the training points."]
    {
        assert!(page.contains(words), "{words}");
    }
    // By a name that is shortened in pictures, and in a comparison.
    let long = "a name that is longer than there is room for";
    place.write("long.csv", &format!("{long},b,c,class\n{}", (0..200).map(row).collect::<String>()));
    let shown = |command: &str| {
        let flags = "--target long.csv --x 1-3 --y class --layers 5 --steps 50 --out elbow-out --slice";
        let mut command = place.command(&format!("{command} {flags}"));
        Ended::from(command.arg(format!("{long},c")).output().unwrap()).well()
    };
    shown("train");
    assert!(place.read("elbow-out/report.html").contains("polygons at the start"));
    shown("compare --optimizers sgd,adam --seeds 2 --paradigms all");
    let page = place.read("elbow-out/compare.html");
    assert!(page.contains("polygons at the start") && page.contains("with b at 5, its median over"), "a plane of each");
    assert!(exists(&place, "elbow-out/figures/plane-layers-5-all.svg"));
}

#[test]
fn a_slice_that_is_none_of_the_data_is_refused_before_anything_is_touched() {
    let place = Place::new();
    let row = |i: usize| format!("{i},{},{},5,{}\n", i * i % 17, i % 7, i % 3);
    place.write("t.csv", &format!("length,width,height,always,y\n{}", (0..40).map(row).collect::<String>()));
    let table = "--target t.csv --x 1-4 --y y --layers 3 --steps 10";
    for (arguments, message) in [
        (table.to_owned(), "there are 4 inputs, and --slice does not say of which two the plane is shown"),
        (table.to_owned(), "--slice length,width shows that of the first two"),
        (format!("{table} --slice length,widht"), "slice length,widht: there is no input widht; did you mean width?"),
        (format!("{table} --slice q,height"), "there is no input q; the inputs are length, width, height, always"),
        (format!("{table} --slice 1,5"), "there is no input 5; the inputs are length"),
        (format!("{table} --slice height,3"), "both are height; name two inputs"),
        (format!("{table} --slice height"), "must be two inputs, as in length,width"),
        (format!("{table} --slice always,height"), "always is 5 everywhere and has no extent; choose another input"),
        ("--target circle --slice x1,x2".to_owned(), "there are two inputs, and their plane is shown without it"),
        ("--slice x,y".to_owned(), "a plane needs two inputs, and there is one; leave it out"),
    ] {
        let ended = place.run(&format!("train {arguments}"));
        assert!(ended.code == Some(2) && ended.stderr.contains(message), "{arguments}: {}", ended.stderr);
        assert!(!exists(&place, "elbow-out"), "{arguments}");
    }
}

#[test]
fn tables_that_nothing_can_be_learned_from_are_refused_with_a_way_out() {
    let place = Place::new();
    let table = |name: &str, row: &dyn Fn(usize) -> String| {
        place.write(name, &format!("height,width,kind\n{}", (0..40).map(row).collect::<String>()));
    };
    let (a, b) = (|i: usize| i * 7 % 11, |i: usize| i * i % 13);
    table("good.csv", &|i| format!("{},{},{}\n", a(i), b(i), ["x", "y"][i % 2]));
    table("one.csv", &|i| format!("{},{},x\n", a(i), b(i)));
    table("ones.csv", &|i| format!("{},{},3\n", a(i), b(i)));
    table("single.csv", &|i| format!("{},{},{}\n", a(i), b(i), if i == 7 { "y" } else { "x" }));
    table("same.csv", &|i| format!("1.5,2,{}\n", ["x", "y"][i % 2]));
    table("half.csv", &|i| format!("{},2,{}\n", a(i), ["x", "y"][i % 2]));
    for (arguments, messages) in [
        ("good.csv --x height,widht --y kind", ["there is no column \"widht\" for x", "did you mean --x width?"]),
        ("good.csv --x height,width --y knid", ["there is no column \"knid\" for y", "did you mean --y kind?"]),
        ("one.csv --x height,width --y kind", ["holds one word only, \"x\"", "name another column for y"]),
        ("ones.csv --x height,width --y kind --loss logistic", ["holds one word only, \"3\"", "another column for y"]),
        (
            "single.csv --x height,width --y kind",
            ["the class \"y\" of the column \"kind\" has a single row", "leave that row out"],
        ),
        (
            "same.csv --x height,width --y kind",
            ["all values of x (column \"height\") are 1.5", "name another column for x"],
        ),
        (
            "half.csv --x height,width --y kind",
            ["all values of x (column \"width\") are 2", "name another column for x"],
        ),
    ] {
        let ended = place.run(&format!("train --layers 4,4 --steps 20 --target {arguments}"));
        assert_eq!(ended.code, Some(2), "{arguments}: {}", ended.stderr);
        assert!(messages.iter().all(|message| ended.stderr.contains(message)), "{arguments}: {}", ended.stderr);
        assert!(!exists(&place, "elbow-out"), "{arguments}");
    }
    place.run("train --layers 4,4 --steps 20 --target good.csv --x height,width --y kind").well();
}

#[test]
fn what_does_not_go_together_is_refused_before_anything_is_touched() {
    let place = Place::new();
    for (arguments, message) in [
        ("--layers 8,8 --widths 10", "layers and widths exclude each other"),
        ("--layers 0", "layers 0: must be up to 8 numbers, each from 1 to 1024 hidden units"),
        ("--layers 1025", "layers 1025: must be up to 8 numbers, each from 1 to 1024 hidden units"),
        ("--layers 1,1,1,1,1,1,1,1,1", "must be up to 8 numbers"),
        ("--loss cross-entropy", "the loss cross-entropy tells classes apart, and y is a column of values"),
        ("--target circle --paradigms ridge", "ridge regression makes the squared error small, not the loss logistic"),
        ("--target circle --init notebook", "puts elbows on a line and needs one input"),
        ("--layers 1024,1024,1024,1024 --save-every 1", "million numbers in memory"),
    ] {
        let ended = place.run(&format!("train {arguments}"));
        assert!(ended.code == Some(2) && ended.stderr.contains(message), "{arguments}: {}", ended.stderr);
        assert!(!exists(&place, "elbow-out"), "{arguments}");
    }
}
