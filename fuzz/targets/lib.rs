//! What the fuzz targets share.

use nn::data::Data;
use nn::settings::{Paradigm, Precision, Settings};
use nn::study::Study;

/// Makes this thread the pool that everything runs on, so that no thread is started for an input.
pub fn alone() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    // It is needed as long as the process lives.
    std::mem::forget(pool.expect("the first pool of this thread"));
}

/// Whether to go on with an accepted input: one in eight, as going on takes a hundred times as long as reading it.
pub fn goes_on(input: &[u8]) -> bool {
    input.iter().fold(0_u8, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte)).is_multiple_of(8)
}

/// Trains the smallest networks for a few steps; the first byte of an input decides on the rest.
pub fn train(data: Data, first: u8) -> Option<Study> {
    let paradigms = if data.classes.is_empty() { Paradigm::ALL } else { &[Paradigm::Output, Paradigm::All] };
    let settings = Settings {
        paradigms: paradigms.to_vec(),
        widths: vec![1 + usize::from(first & 3)],
        steps: 3,
        save_every: 1,
        batch: 4,
        precision: if first & 4 == 0 { Precision::F32 } else { Precision::F64 },
        ..Settings::default()
    };
    study(&settings, data)
}

/// Trains, and checks what must hold for every study.
pub fn study(settings: &Settings, data: Data) -> Option<Study> {
    let study = Study::run(settings, data, &|_| ()).ok()?;
    assert!(study.runs.iter().flat_map(|run| &run.states).all(nn::study::State::is_finite));
    assert!(study.runs.iter().all(|run| !run.states.is_empty()));
    Some(study)
}
