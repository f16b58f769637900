//! The bits of the two studies the program is known for. They change only if what is computed changes, and then on
//! purpose.

use nn::data::Data;
use nn::settings::{Optimizer, Paradigm, Settings};
use nn::study::Study;

fn hash(settings: &Settings) -> String {
    let data = Data::from_settings(settings).unwrap();
    format!("{:016x}", Study::run(settings, data, &|_| ()).unwrap().hash())
}

#[test]
fn the_default_study_has_the_bits_it_always_had() {
    assert_eq!(hash(&Settings::default()), "1f184ebf56ebe103");
}

/// Thirty networks of each width, all layers, 30 000 steps, noise 0.01: in lanes, and by all three rules.
#[test]
fn the_study_of_optimizers_has_the_bits_it_always_had() {
    let hashes = [Optimizer::Sgd, Optimizer::Momentum, Optimizer::Adam].map(|optimizer| {
        hash(&Settings {
            paradigms: vec![Paradigm::All],
            seeds: 30,
            steps: 30_000,
            save_every: 3000,
            noise: 0.01,
            optimizer,
            ..Settings::default()
        })
    });
    assert_eq!(hashes, ["36ac666e2548830a", "b28260915f04e109", "0478fa5d51706d5b"]);
}
