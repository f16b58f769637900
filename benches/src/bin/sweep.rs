//! What a sweep takes beside its training: for each run the settings, the row, and keeping it.
//!
//! ```sh
//! cargo build -p cli && cargo run -p benches --bin sweep
//! ```
//!
//! Runs of one step each are made by `elbow sweep` on one thread, and by their jobs alone; what is printed is the time of a
//! run in both, the least of several tries by turns, and the difference.

use nn::data::Data;
use nn::settings::{Paradigm, Settings};
use nn::study::jobs;
use std::error::Error;
use std::process::Command;
use std::time::Instant;

/// Runs, and tries.
const RUNS: usize = 20_000;
const TRIES: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let program = std::env::current_exe()?.with_file_name("elbow");
    let place = tempfile::tempdir()?;
    let plan = |runs: usize| format!("steps = 1\n[random]\nlr-all = {{ log = [1e-3, 1], count = {runs}, seed = 0 }}\n");
    let sweep = |runs: usize| -> Result<f64, Box<dyn Error>> {
        std::fs::write(place.path().join("plan.toml"), plan(runs))?;
        let begin = Instant::now();
        let arguments = ["sweep", "plan.toml", "--threads", "1", "--quiet", "--out", "out"];
        let ended = Command::new(&program).args(arguments).current_dir(place.path()).output()?;
        let seconds = begin.elapsed().as_secs_f64();
        if !ended.status.success() {
            return Err(String::from_utf8_lossy(&ended.stderr).into_owned().into());
        }
        Ok(seconds)
    };
    let settings = Settings {
        steps: 1,
        widths: vec![20],
        paradigms: vec![Paradigm::All],
        watch_every: Some(0),
        ..Settings::default()
    };
    let data = Data::from_settings(&settings)?;
    let job = &jobs(&settings, &settings.architectures(&data)?)[0];
    let alone = || {
        let begin = Instant::now();
        for _ in 0..RUNS {
            std::hint::black_box(job.make(&settings, &data, &|_, _, _| {}));
        }
        begin.elapsed().as_secs_f64()
    };
    let (mut least_swept, mut least_alone) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..TRIES {
        // What a process takes however many runs it makes does not count.
        least_swept = least_swept.min(sweep(RUNS + 1)? - sweep(1)?);
        least_alone = least_alone.min(alone());
    }
    let [swept, alone] = [least_swept, least_alone].map(|seconds| 1e6 * seconds / RUNS as f64);
    println!(
        "a run of one step: {swept:.1} µs in a sweep, {alone:.1} µs alone, {:.1} µs above its training",
        swept - alone
    );
    sweep(RUNS)?;
    let bytes = std::fs::metadata(place.path().join("out/runs.csv"))?.len();
    println!("a row has {:.0} bytes", bytes as f64 / RUNS as f64);
    Ok(())
}
