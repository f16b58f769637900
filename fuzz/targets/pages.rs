//! Tables: read, trained on, and drawn, in every figure and on both pages. Slow, a few milliseconds an input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn::data::Data;
use nn::features::RunFeatures;
use nn::table::Request;
use viz::report;

fuzz_target!(init: fuzz::alone(), |input: &[u8]| {
    let Ok(data) = Data::from_table("d.csv", input, &Request::default()) else { return };
    if data.x.len() > 30 {
        return;
    }
    let Some(study) = fuzz::train(data, input.first().copied().unwrap_or(0)) else { return };
    let page = report::html(&study);
    let features: Vec<_> = study.runs.iter().map(|run| RunFeatures::of(&study.data, run)).collect();
    for text in [page, report::features::html(&study, &features)] {
        // A coordinate that is not finite is drawn nowhere.
        assert!(!text.contains("NaN,") && !text.contains("\"NaN\"") && !text.contains("\"inf\""));
    }
});
