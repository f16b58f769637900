//! Traces: read, and short ones of small networks repeated.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn::trace::Trace;

fuzz_target!(init: fuzz::alone(), |input: &[u8]| {
    let Ok(trace) = Trace::from_json(&String::from_utf8_lossy(input)) else { return };
    if fuzz::goes_on(input) && trace.steps() <= 20 && trace.initial.architecture().parameters() <= 200 && input.len() <= 4096 && trace.largest_batch() <= 100 {
        let mut states = 0;
        trace.replay(|_| states += 1);
        assert_eq!(states, trace.states.len());
    }
});
