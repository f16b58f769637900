//! `elbow sweep --report DIR`: draws the table of a finished sweep, of a shard, or of what `elbow merge` joined.
//!
//! It reads the directory and not the plan: a merged table has no plan beside it, and nothing is trained.

use super::{Part, TABLE};
use crate::arguments::Sweep;
use crate::diagnostic::Failure;
use crate::output::{Output, REPORT, SWEEP, Sheet, complete, is_partial, json_list, partial_of};
use crate::{browser, stdout, terminal};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use viz::findings::swept::{Column, Swept};
use viz::report::sweep::{figures, html};

/// The page.
const PAGE: &str = "sweep.html";
/// The most rows that are read.
const MOST_ROWS: u64 = 5_000_000;

/// Runs the command.
///
/// # Errors
/// If the directory does not hold a table as a sweep wrote it, or if the files cannot be written.
pub fn run(arguments: &Sweep, directory: &Path) -> Result<(), Failure> {
    let shown = directory.display();
    let found =
        complete(directory, &SWEEP).map_err(|error| Failure::input(format!("{shown} cannot be read: {error}")))?;
    let text = found
        .map_err(|foreign| {
            Failure::input(format!("{shown} is damaged: it {foreign}")).help("sweep again, or merge again")
        })?
        .ok_or_else(|| missing(directory))?;
    let part: Part = serde_json::from_str(&text)
        .map_err(|error| Failure::input(format!("{shown}: sweep.json is of another version of elbow: {error}")))?;
    let rows = part.rows.end - part.rows.start;
    if rows > MOST_ROWS {
        let what = format!("{shown} holds {rows} runs, and at most {MOST_ROWS} are drawn");
        return Err(Failure::input(what).help("read runs.csv with a library for tables, or draw a shard"));
    }
    let swept = read(&directory.join(TABLE), &part)?;
    let by = arguments.by.as_deref().map(|by| chosen(by, &swept)).transpose()?;
    let output = Output::open(directory, &REPORT)?;
    let figures = figures(&swept, by);
    let fixed: Vec<(String, String)> = part.settings.into_iter().collect();
    let mut sheets = vec![Sheet::text(PAGE, html(&swept, &figures, &fixed))];
    sheets.extend(figures.iter().map(|figure| Sheet::text(format!("figures/{}.svg", figure.name()), figure.svg())));
    let numbers = json!({ "plan": part.plan, "rows": part.rows, "by": arguments.by });
    output.put(&sheets, &|listing| json_list(&numbers, listing), &|_, _| ())?;
    let page = directory.join(PAGE);
    if !arguments.quiet {
        let titles: Vec<&str> = figures.iter().map(|figure| figure.document.title()).collect();
        stdout::print(&format!("{}\nPage: {}\n", titles.join("\n"), terminal::path(&page)))?;
    }
    browser::open(arguments.open, &page);
    Ok(())
}

/// There is no table.
fn missing(directory: &Path) -> Failure {
    let shown = directory.display();
    let partial = partial_of(directory).filter(|partial| is_partial(partial));
    match partial {
        Some(partial) => {
            Failure::input(format!("{shown} is not complete; what is finished is in {}", partial.display()))
                .help("run the sweep again with --resume, and then --report")
        }
        None => Failure::input(format!("{shown} holds no sweep.json, and so no results of elbow sweep"))
            .help("--report takes the directory into which a sweep or a merge was written"),
    }
}

/// The two settings of the heat map.
fn chosen<'a>(by: &'a str, swept: &Swept) -> Result<[&'a str; 2], Failure> {
    let known: Vec<&str> = swept.settings.iter().map(|column| &*column.name).collect();
    let help = match known.len() {
        0 | 1 => "leave it out: a heat map needs two settings that vary".to_owned(),
        _ => format!("two of {}, as in --by {},{}", known.join(", "), known[0], known[1]),
    };
    let refuse = |what: String| Failure::input(format!("--by {by}: {what}")).help(&help);
    let names: Vec<&str> = by.split(',').map(str::trim).collect();
    let [first, second] = names[..] else { return Err(refuse("must be two settings".to_owned())) };
    if first == second {
        return Err(refuse(format!("both are {first}")));
    }
    for name in [first, second] {
        let Some(column) = swept.settings.iter().find(|column| column.name == name) else {
            return Err(refuse(format!("{name} does not vary in this sweep")));
        };
        if column.levels().is_none_or(|levels| levels.names.len() < 2) {
            return Err(refuse(format!("{name} has one value, or too many words to be drawn")));
        }
    }
    Ok([first, second])
}

/// The table.
fn read(path: &Path, part: &Part) -> Result<Swept, Failure> {
    let shown = path.display();
    let damaged = |what: &dyn std::fmt::Display| Failure::input(format!("{shown} cannot be read: {what}"));
    let file = File::open(path).map_err(|error| damaged(&error))?;
    let mut reader = csv::Reader::from_reader(BufReader::new(file));
    let names: Vec<String> = part.columns.split(',').map(str::to_owned).collect();
    // The run, settings and the seed, the outcome, the step of divergence, and errors.
    let seed = names.iter().position(|name| name == "seed").filter(|&seed| seed > 0);
    let place = |name: &str| names.iter().position(|known| known == name);
    let (Some(seed), Some(outcome), Some(train), Some(test)) =
        (seed, place("outcome"), place("train_loss"), place("test_loss"))
    else {
        return Err(damaged(&"its columns are not those of a sweep"));
    };
    let setting = |name: &String| Column { name: name.clone(), ..Column::default() };
    let mut swept = Swept { settings: names[1..seed].iter().map(setting).collect(), ..Swept::default() };
    let mut known: Vec<BTreeMap<String, u32>> = vec![BTreeMap::new(); swept.settings.len()];
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(|error| damaged(&error))? {
        let cell = |column: usize| row.get(column).unwrap_or_default();
        let whole = |column: usize| {
            cell(column).parse::<u64>().map_err(|_| damaged(&format!("{} is no whole number", cell(column))))
        };
        swept.numbers.push(whole(0)?);
        swept.seeds.push(whole(seed)?);
        for ((column, known), place) in swept.settings.iter_mut().zip(&mut known).zip(1..) {
            column.push(cell(place), known);
        }
        // Only a run that finished has errors of its end.
        let error = |column: usize| {
            Some(cell(column))
                .filter(|_| cell(outcome) == "finished")
                .and_then(|text| text.parse().ok())
                .unwrap_or(f64::INFINITY)
        };
        swept.train.push(error(train));
        swept.test.push(error(test));
    }
    Ok(swept)
}
