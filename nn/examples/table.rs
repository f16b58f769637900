//! Says how tables are read: `cargo run -p nn --example table -- points.csv [--x NAME] [--y NAME] [--missing LIST] …`

use nn::settings::{Settings, setting};
use nn::table::{TableError, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::default();
    let mut files = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix("--").map(|flag| flag.split_once('=').unwrap_or((flag, ""))) {
            None => files.push(argument),
            Some((name, value)) => {
                let value = if value.is_empty() { arguments.next().unwrap_or_default() } else { value.to_owned() };
                setting(name).ok_or(format!("no setting {name}"))?.set(&mut settings, &value)?;
            }
        }
    }
    for file in files {
        match read(&std::fs::read(&file)?, &settings.table()) {
            Ok(table) => {
                println!("{file}: {}", table.reading);
                table.reading.doubts.iter().for_each(|doubt| println!("  note: {doubt}"));
            }
            Err(TableError { fault, place }) => {
                println!("{file}: refused: {fault}");
                fault.listing().iter().for_each(|line| println!("{line}"));
                if let Some(place) = place {
                    println!("  line {}, character {}: {}", place.line, place.column, place.text);
                }
                println!("  help: {}", fault.way_out());
            }
        }
    }
    Ok(())
}
