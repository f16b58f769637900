//! The pictures of the documents are those that the program draws.

use nn::data::Data;
use nn::settings::{Asked, Settings, setting};
use nn::study::Study;

/// Asserts that pictures in docs/images are figures of a study.
fn assert_shown(asked: &[(&str, &str)], pictures: &[(&str, &str)]) {
    let mut settings = Asked::new(Settings::default());
    for (name, text) in asked {
        settings.set(setting(name).expect("a setting"), text).expect("a value of it");
    }
    let data = Data::from_settings(&settings.settings()).expect("data");
    let study = Study::run(&settings.settings_on(&data), data, &|_| ()).expect("a study");
    let figures = viz::report::figures(&study);
    for (name, picture) in pictures {
        let figure = figures.iter().find(|figure| figure.name() == *name).expect("a figure of that name");
        let path = format!("{}/../docs/images/{picture}.svg", env!("CARGO_MANIFEST_DIR"));
        let shown = std::fs::read_to_string(&path).expect("a picture");
        assert!(shown == figure.svg(), "{path} is out of date: copy {name}.svg from figures/ of a run with {asked:?}");
    }
}

#[test]
fn the_pictures_of_the_readme_are_those_of_the_default_studies() {
    let pictures = ["elbows-width-20", "function-width-20-all"].map(|name| (name, name));
    assert_shown(&[("widths", "20")], &pictures);
    assert_shown(&[("target", "spiral")], &[("plane-layers-16-16-all", "plane-spiral")]);
}
