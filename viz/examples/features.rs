//! Trains networks and writes the figures of their linearised features:
//! `cargo run -p viz --example features -- DIRECTORY [SETTING=VALUE]…`.

use std::path::Path;
use std::time::Instant;

use nn::data::Data;
use nn::features::RunFeatures;
use nn::settings::{Paradigm, Settings, setting};
use nn::study::Study;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().unwrap_or_else(|| "features".to_owned());
    let mut settings = Settings { widths: vec![20], paradigms: vec![Paradigm::All], ..Settings::default() };
    for argument in arguments {
        let (name, value) = argument.split_once('=').ok_or("give settings as NAME=VALUE")?;
        setting(name).ok_or("no such setting")?.set(&mut settings, value)?;
    }
    settings.validate()?;
    let study = Study::run(&settings, Data::from_settings(&settings)?, &|_| ())?;
    let begin = Instant::now();
    let features: Vec<_> = study.runs.iter().map(|run| RunFeatures::of(&study.data, run)).collect();
    println!("features in {:.2?}", begin.elapsed());
    std::fs::create_dir_all(&directory)?;
    for figure in viz::report::features::figures(&study, &features) {
        std::fs::write(Path::new(&directory).join(format!("{}.svg", figure.name())), figure.svg())?;
    }
    std::fs::write(Path::new(&directory).join("features.html"), viz::report::features::html(&study, &features))?;
    Ok(())
}
