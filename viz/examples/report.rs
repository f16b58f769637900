//! Trains a study and writes its page and figures: `cargo run -p viz --example report -- DIRECTORY [SETTING=VALUE]…`.

use std::path::Path;
use std::time::Instant;

use nn::data::Data;
use nn::settings::{Settings, setting};
use nn::study::Study;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().unwrap_or_else(|| "elbow-report".to_owned());
    let mut settings = Settings::default();
    for argument in arguments {
        let (name, value) = argument.split_once('=').ok_or("give settings as NAME=VALUE")?;
        setting(name).ok_or("no such setting")?.set(&mut settings, value)?;
    }
    settings.validate()?;
    let mut begin = Instant::now();
    let study = Study::run(&settings, Data::from_settings(&settings)?, &|_| ())?;
    let trained = begin.elapsed();
    begin = Instant::now();
    let html = viz::report::html(&study);
    let written = begin.elapsed();
    let figures = Path::new(&directory).join("figures");
    std::fs::create_dir_all(&figures)?;
    std::fs::write(Path::new(&directory).join("report.html"), &html)?;
    for figure in viz::report::figures(&study) {
        std::fs::write(figures.join(format!("{}.svg", figure.name())), figure.svg())?;
    }
    println!("trained in {trained:.2?}; page of {} kB in {written:.2?}", html.len() / 1000);
    Ok(())
}
