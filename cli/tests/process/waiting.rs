//! Long work is announced.

use crate::place::Place;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

#[test]
fn work_of_days_is_announced_before_it_begins() {
    let place = Place::new();
    for command in ["train", "features"] {
        let arguments = format!("{command} --widths 20 --steps 1000000000000 --save-every 100000000000");
        let mut child = place.command(&arguments).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let words: Vec<&str> = line.trim_end().split(", ").collect();
        assert!(
            matches!(words[..], [time, memory, files] if time.starts_with("about ")
            && (time.ends_with(" h") || time.ends_with(" days"))
            && memory.ends_with("MB of memory")
            && files.contains("B in ") && files.ends_with(" files")),
            "{line}"
        );
    }
}

#[test]
fn nothing_is_announced_of_short_work_or_with_quiet() {
    let place = Place::new();
    assert_eq!(place.run("--widths 5 --steps 10").stderr, "");
    let mut child = place
        .command("--steps 1000000000000 --save-every 100000000000 --quiet")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    child.kill().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    assert_eq!(said, "");
}

#[test]
fn the_estimate_of_files_is_near_what_is_written() {
    let place = Place::new();
    let settings =
        nn::settings::Settings { widths: vec![10, 40], steps: 20_000, save_every: 100, ..Default::default() };
    let data = nn::data::Data::from_settings(&settings).unwrap();
    let work = cli::work::Work::of_study(&settings, &data, 1);
    place.run("--widths 10,40 --steps 20000 --save-every 100").well();
    let files = place.contents().into_iter().filter(|name| name.contains('.'));
    let sizes: Vec<u64> = files.map(|name| std::fs::metadata(place.path(&name)).unwrap().len()).collect();
    assert_eq!(work.files, sizes.len());
    let bytes = sizes.iter().sum::<u64>() as f64;
    assert!((work.disk / bytes - 1.0).abs() < 0.3, "{} estimated, {bytes} written", work.disk);
}
