//! Tables: read, and small ones trained on.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn::data::Data;

fuzz_target!(init: fuzz::alone(), |input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    if let Ok(data) = Data::from_csv_text("d.csv", &text) {
        assert!(data.x.is_sorted() && data.x.len() == data.y.len());
        assert!(data.x.iter().chain(&data.y).chain(&data.x_test).chain(&data.y_test).all(|number| number.is_finite()));
        if data.x.len() <= 30 && fuzz::goes_on(input) {
            fuzz::train(data, input.first().copied().unwrap_or(0));
        }
    }
});
