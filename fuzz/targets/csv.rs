//! Tables: read, and small ones trained on.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn::data::Data;
use nn::table::Request;

fuzz_target!(init: fuzz::alone(), |input: &[u8]| {
    // Two columns by number, where the last byte is odd; a line end is not.
    let request = if input.last().is_some_and(|byte| byte % 2 == 1) {
        Request { x: "1".to_owned(), y: "2".to_owned(), ..Request::default() }
    } else {
        Request::default()
    };
    if let Ok(data) = Data::from_table("d.csv", input, &request) {
        assert!(!data.is_curve() || data.x.is_sorted());
        assert!(data.x.len() == data.y.len() * data.inputs.len());
        assert!(data.x.iter().chain(&data.y).chain(&data.x_test).chain(&data.y_test).all(|number| number.is_finite()));
        if data.y.len() <= 30 && data.inputs.len() <= 4 && fuzz::goes_on(input) {
            fuzz::train(data, input.first().copied().unwrap_or(0));
        }
    }
});
