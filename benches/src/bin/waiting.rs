//! Is the waiting honest? Runs `elbow` on jobs of several kinds, watches its progress bar on a terminal of its own, and
//! compares what it said with what came: seconds, memory, bytes and files.
//!
//! ```sh
//! cargo build -p cli && cargo run -p benches --bin waiting
//! cargo run -p benches --bin waiting -- tables    # one job
//! ```
//!
//! `worst` is how far the bar's total, seconds gone and seconds left, was from the real one at the most, from a tenth of
//! the time on, and when that was.

use cli::work::Work;
use nn::data::Data;
use nn::settings::{Settings, setting};
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::error::Error;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A name, the command, and its settings.
const JOBS: [(&str, &str, &str); 6] = [
    ("steps", "train", "widths=10,20,40 steps=15000000 save-every=150000"),
    ("lanes", "train", "widths=5,80 steps=200000 seeds=80 save-every=20000 optimizer=adam"),
    ("batches", "train", "widths=300,10 batch=3000 steps=40000 paradigms=all,ridge precision=f64"),
    ("ridge", "train", "widths=500,300,100 samples=30000 paradigms=ridge"),
    ("tables", "train", "widths=40 steps=20000 seeds=60 save-every=20"),
    ("features", "features", "widths=500,100 samples=500 paradigms=output,all steps=30000"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let program = std::env::current_exe()?.with_file_name("elbow");
    let only: Vec<String> = std::env::args().skip(1).collect();
    println!(
        "{:<9} {:>15} {:>14}  {:>15}  {:>19}  {:>11}",
        "job", "seconds", "worst", "memory, MB", "bytes, MB", "files"
    );
    for (name, command, values) in JOBS {
        if !only.is_empty() && !only.iter().any(|wanted| wanted == name) {
            continue;
        }
        let mut settings = Settings::default();
        for (name, value) in values.split_whitespace().filter_map(|pair| pair.split_once('=')) {
            setting(name).ok_or("no such setting")?.set(&mut settings, value)?;
        }
        let data = Data::from_settings(&settings)?;
        let threads = nn::threads::usual();
        let work = match command {
            "train" => Work::of_study(&settings, &data, threads),
            _ => Work::of_features(&settings, &data, threads),
        };
        let place = tempfile::tempdir()?;
        let out = place.path().join("out");
        let flags = values.split_whitespace().map(|pair| format!("--{pair}"));
        let watched = watch(Command::new(&program).arg(command).args(flags).arg("--out").arg(&out))?;
        let (bytes, files) = size(&out)?;
        let [off, at] = watched.worst();
        let mega = |bytes: f64| bytes / 1e6;
        println!(
            "{name:<9} {:>6.1} → {:>6.1} {:>5.0} % at {:>2.0} %  {:>6.0} → {:>6.0}  {:>8.1} → {:>8.1}  {:>4} → {:>4}",
            work.seconds(),
            watched.seconds,
            100.0 * off,
            100.0 * at,
            mega(work.memory),
            mega(watched.memory),
            mega(work.disk),
            mega(bytes),
            work.files,
            files
        );
    }
    Ok(())
}

/// What was seen of a process.
struct Watched {
    seconds: f64,
    /// The most memory it had, in bytes.
    memory: f64,
    /// What the bar said: seconds gone, and seconds left.
    said: Vec<[f64; 2]>,
}

impl Watched {
    /// The largest deviation of the total that the bar said, relative to the real one, from a tenth of the time on; and
    /// the share of the time that was gone then.
    fn worst(&self) -> [f64; 2] {
        let off = self.said.iter().map(|[gone, left]| [((gone + left) / self.seconds - 1.0), gone / self.seconds]);
        off.filter(|[_, at]| *at >= 0.1).max_by(|a, b| a[0].abs().total_cmp(&b[0].abs())).unwrap_or_default()
    }
}

/// Runs a command with a terminal for its stderr.
fn watch(command: &mut Command) -> Result<Watched, Box<dyn Error>> {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&controller)?;
    unlockpt(&controller)?;
    let name = ptsname(&controller, Vec::new())?;
    // It shall not become the terminal of this process, or else that ends with it.
    let no_terminal = OFlags::NOCTTY.bits().cast_signed();
    let terminal = File::options().read(true).write(true).custom_flags(no_terminal).open(name.to_str()?)?;
    let begun = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(terminal).env("TERM", "xterm").spawn()?;
    // Or else the terminal is never closed.
    command.stderr(Stdio::null());
    let mut watched = Watched { seconds: 0.0, memory: 0.0, said: Vec::new() };
    let (mut controller, mut bytes, mut text) = (File::from(controller), [0; 4096], String::new());
    // When the last process closes the terminal, reading fails.
    while let Ok(count @ 1..) = controller.read(&mut bytes) {
        text += &String::from_utf8_lossy(&bytes[..count]);
        let gone = begun.elapsed().as_secs_f64();
        if let Some(left) = text.rsplit_once(" left").and_then(|(before, _)| seconds(before)) {
            watched.said.push([gone, left]);
            text.clear();
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        watched.memory =
            peak.and_then(|kilo| kilo.trim().parse().ok()).map_or(watched.memory, |kilo: f64| 1024.0 * kilo);
    }
    if !child.wait()?.success() {
        return Err(format!("elbow failed: {text}").into());
    }
    watched.seconds = begun.elapsed().as_secs_f64();
    Ok(watched)
}

/// The seconds of a text that ends in `12 s`, `3 min` or `2 h`.
fn seconds(text: &str) -> Option<f64> {
    let mut words = text.rsplit(' ');
    let unit = match words.next()? {
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    words.next()?.parse().ok().map(|count: f64| unit * count)
}

/// Bytes and number of all files below a directory.
fn size(directory: &Path) -> std::io::Result<(f64, usize)> {
    let mut found = (0.0, 0);
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let (bytes, files) =
            if entry.file_type()?.is_dir() { size(&entry.path())? } else { (entry.metadata()?.len() as f64, 1) };
        found = (found.0 + bytes, found.1 + files);
    }
    Ok(found)
}
