//! What a sweep takes beside its training: for each run the settings, the row, and keeping it.
//!
//! ```sh
//! cargo build -p cli && cargo run -p benches --bin sweep
//! ```
//!
//! Runs of one step each are made by `elbow sweep` on one thread, and by their jobs alone, by turns. What is printed is the
//! processor time of a run in both, that of the system included, the least of several tries, and the difference.

use nn::data::Data;
use nn::settings::{Paradigm, Settings};
use nn::study::jobs;
use rustix::time::{ClockId, clock_gettime};
use std::error::Error;
use std::process::Command;

/// Runs, and tries.
const RUNS: usize = 20_000;
const TRIES: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let program = std::env::current_exe()?.with_file_name("elbow");
    let place = tempfile::tempdir()?;
    let plan = format!("steps = 1\n[random]\nlr-all = {{ log = [1e-3, 1], count = {RUNS}, seed = 0 }}\n");
    std::fs::write(place.path().join("plan.toml"), plan)?;
    let sweep = || -> Result<f64, Box<dyn Error>> {
        let begin = of_children()?;
        let arguments = ["sweep", "plan.toml", "--threads", "1", "--quiet", "--out", "out"];
        let ended = Command::new(&program).args(arguments).current_dir(place.path()).output()?;
        if !ended.status.success() {
            return Err(String::from_utf8_lossy(&ended.stderr).into_owned().into());
        }
        Ok(of_children()? - begin)
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
    let alone = || -> Result<f64, Box<dyn std::error::Error>> {
        let begin = of_thread();
        for _ in 0..RUNS {
            std::hint::black_box(job.make(&settings, &data, None, &|_| {})?);
        }
        Ok(of_thread() - begin)
    };
    let (mut least_swept, mut least_alone) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..TRIES {
        least_swept = least_swept.min(sweep()?);
        least_alone = least_alone.min(alone()?);
    }
    let [swept, alone] = [least_swept, least_alone].map(|seconds| 1e6 * seconds / RUNS as f64);
    println!(
        "a run of one step: {swept:.1} µs in a sweep, {alone:.1} µs alone, {:.1} µs beside its training",
        swept - alone
    );
    let bytes = std::fs::metadata(place.path().join("out/runs.csv"))?.len();
    println!("a row has {:.0} bytes", bytes as f64 / RUNS as f64);
    Ok(())
}

/// The seconds of the processor that this thread has taken.
fn of_thread() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// Those of all processes that this one has waited for, in hundredths.
fn of_children() -> Result<f64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    // After the name, which may hold anything.
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |field: usize| fields.get(field).and_then(|text| text.parse::<f64>().ok()).ok_or("no times in /proc");
    Ok((ticks(13)? + ticks(14)?) / 100.0)
}
