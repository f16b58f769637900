//! Plans of sweeps: read, their runs counted and described, and small ones trained.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn::settings::{Paradigm, Settings};
use nn::sweep::{Plan, Sweep};
use std::ops::ControlFlow;
use std::path::Path;

fuzz_target!(init: fuzz::alone(), |input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let defaults = Settings { widths: vec![4], paradigms: vec![Paradigm::All], ..Settings::default() };
    let Ok(plan) = Plan::read(&text, Path::new("plan.toml"), defaults) else { return };
    // Other people's tables are not read, and large plans take long to check.
    if text.contains(['/', '.']) && text.contains("target") || plan.runs() > 1000 {
        return;
    }
    let Ok(sweep) = Sweep::open(plan) else { return };
    let runs = sweep.plan().runs();
    sweep.identity();
    for run in [0, runs / 2, runs - 1] {
        let Ok((settings, data)) = sweep.study(run) else { continue };
        let units: usize = settings.widths.iter().chain(&settings.layers).sum();
        let is_small = settings.steps <= 2 && settings.batch <= 50 && data.y.len() <= 1000 && units <= 90;
        if is_small && fuzz::goes_on(input) {
            let mut told = Vec::new();
            let made = sweep.run(run..run + 1, &mut |done| {
                assert_eq!(done.values.len(), sweep.columns().len());
                told.push(done.number);
                ControlFlow::Continue(())
            });
            assert!(made.is_err() || told == [run]);
        }
    }
});
