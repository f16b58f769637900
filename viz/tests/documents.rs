//! The pictures of the documents are those that the program draws.

use nn::data::Data;
use nn::settings::Settings;
use nn::study::Study;

#[test]
fn the_pictures_of_the_readme_are_those_of_the_default_study() {
    let settings = Settings { widths: vec![20], ..Settings::default() };
    let study = Study::run(&settings, Data::from_settings(&settings).expect("data"), &|_| ()).expect("a study");
    let figures = viz::report::figures(&study);
    for name in ["elbows-width-20", "function-width-20-all"] {
        let figure = figures.iter().find(|figure| figure.name() == name).expect("a figure of that name");
        let path = format!("{}/../docs/images/{name}.svg", env!("CARGO_MANIFEST_DIR"));
        let shown = std::fs::read_to_string(&path).expect("a picture");
        assert!(shown == figure.svg(), "{path} is out of date: copy it from figures/ of a run with default settings");
    }
}
