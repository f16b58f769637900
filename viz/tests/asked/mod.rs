//! Studies as they are asked for.

use nn::data::Data;
use nn::settings::{Asked, Settings, setting};
use nn::study::Study;

/// A study for which these settings are asked.
pub fn asked(settings: &[(&str, &str)]) -> Study {
    let mut asked = Asked::new(Settings { threads: 1, ..Settings::default() });
    for (name, text) in settings {
        asked.set(setting(name).unwrap(), text).unwrap();
    }
    let data = Data::from_settings(&asked.settings()).unwrap();
    Study::run(&asked.settings_on(&data), data, &|_| ()).unwrap()
}
