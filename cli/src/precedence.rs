//! Which settings hold: the command's defaults, then the settings file or the run that is repeated, then flags.

use crate::arguments::Train;
use crate::diagnostic::Failure;
use crate::{input, room};
use nn::data::Data;
use nn::run_file::{RunFile, RunFileError};
use nn::settings::{Asked, Settings, Target};
use std::path::Path;

/// What a command is to train.
pub struct Task {
    /// The settings, checked.
    pub settings: Settings,
    /// The data.
    pub data: Data,
    /// The hash to which a run that is repeated as it was has to come.
    pub hash: Option<u64>,
}

/// What `arguments` ask for, checked; what is not mentioned is as in the run to repeat or as in `defaults`, or follows from
/// what is.
///
/// # Errors
/// If the settings file, the run or the data cannot be read or used, if a flag has a value that is not allowed, or if the
/// settings do not go together, or not with the data.
pub fn task(arguments: &Train, defaults: Settings) -> Result<Task, Failure> {
    let (asked, points, hash) = match &arguments.run {
        Some(path) => {
            let run = run(path)?;
            let of_points = arguments.flags.iter().find(|(setting, _)| setting.is_of_points());
            if let (Some(_), Some((setting, _))) = (&run.data, of_points) {
                let what = format!("--{}: the points of {} are in it", setting.name, path.display());
                return Err(Failure::input(what).help("leave the flag out, or repeat another run"));
            }
            let is_same = arguments.flags.iter().all(|(setting, _)| setting.name == "threads");
            (flags(arguments, Asked::holding(run.settings))?, run.data, run.hash.filter(|_| is_same))
        }
        None => (asked(arguments, defaults)?, None, None),
    };
    let settings = asked.settings();
    settings.validate().map_err(|error| Failure::input(error).help(HELP))?;
    let data = if let Some(data) = points {
        data
    } else {
        check_points(arguments, &settings)?;
        if let Target::File(path) = &settings.target {
            room::table(path, arguments.yes)?;
        }
        Data::from_settings(&settings).map_err(|error| Failure::data(&error))?
    };
    let settings = asked.settings_on(&data);
    settings.architectures(&data).map_err(|error| Failure::input(error).help(HELP))?;
    Ok(Task { settings, data, hash })
}

/// Refuses flags that say how a table is read where there is none, and how points are drawn where they are those of a table.
fn check_points(arguments: &Train, settings: &Settings) -> Result<(), Failure> {
    let is_table = matches!(settings.target, Target::File(_) | Target::StandardInput);
    let is_of_drawing = |name: &str| ["samples", "noise", "data-seed"].contains(&name);
    let idle = arguments.flags.iter().find(|(setting, _)| {
        let is_either = setting.is_of_points() && setting.name != "target";
        is_either && is_of_drawing(setting.name) == is_table
    });
    let Some((setting, _)) = idle else { return Ok(()) };
    let what = if is_table {
        format!("--{}: the points are those of {}", setting.name, settings.target)
    } else {
        format!("--{}: no table is read, as the points are drawn by the target {}", setting.name, settings.target)
    };
    let help = if is_table { "leave the flag out" } else { "name a table with --target, or leave the flag out" };
    Err(Failure::input(what).help(help))
}

/// The run in a file.
fn run(path: &Path) -> Result<RunFile, Failure> {
    const SHAPE: &str = "--run takes a file that the page of a report saved by \"Run as JSON\"";
    let text = input::read("the run", path).map_err(|failure| failure.or_help(SHAPE))?;
    RunFile::from_json(&text).map_err(|error| match error {
        RunFileError::Syntax { message, line, column } => {
            Failure::input(message).at(path.display(), &text, line, column).help(SHAPE)
        }
        error => Failure::input(format!("{}: {error}", path.display())).help(SHAPE),
    })
}

/// What `arguments` ask for, each setting by itself checked.
///
/// # Errors
/// If the settings file cannot be read or used, or if a flag has a value that is not allowed.
pub fn asked(arguments: &Train, defaults: Settings) -> Result<Asked, Failure> {
    let mut asked = Asked::new(defaults);
    if let Some(path) = &arguments.settings {
        let text = input::read("the settings file", path)
            .map_err(|failure| failure.or_help("--settings takes the path of a TOML file in UTF-8"))?;
        asked
            .file(&text, path)
            .map_err(|error| Failure::input(&error.message).at(&error.file, &text, error.line, error.column))?;
    }
    flags(arguments, asked)
}

/// What is asked for, and then by flags.
fn flags(arguments: &Train, mut asked: Asked) -> Result<Asked, Failure> {
    for (setting, text) in &arguments.flags {
        asked
            .set(setting, text)
            .map_err(|error| Failure::input(format!("--{} {text}: {error}", setting.name)).help(HELP))?;
    }
    Ok(asked)
}

/// Where to find out more.
pub const HELP: &str = "`elbow --help` lists every setting with its range and default";
