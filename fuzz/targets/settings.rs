//! Settings files: read, written and read again, and small studies trained.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn::data::Data;
use nn::settings::{Settings, Target};
use std::path::Path;

fuzz_target!(init: fuzz::alone(), |input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let Ok(settings) = Settings::from_toml(&text, Path::new("s.toml")) else { return };
    let again = Settings::from_toml(&settings.to_toml(), Path::new("s.toml"));
    assert_eq!(again.as_ref(), Ok(&settings));
    let units: usize = settings.widths.iter().chain(&settings.layers).sum();
    let runs = settings.seeds * settings.widths.len();
    let is_small = fuzz::goes_on(input)
        && settings.batch <= 50 && settings.samples <= 200 && runs <= 2 && units <= 90;
    if settings.validate().is_ok() && is_small && !matches!(settings.target, Target::File(_)) {
        let settings = Settings { steps: settings.steps.min(2), ..settings };
        if let Ok(data) = Data::from_settings(&settings) {
            fuzz::study(&settings, data);
        }
    }
});
