//! Which settings hold: the command's defaults, then the settings file, then flags.

use crate::arguments::Train;
use crate::diagnostic::Failure;
use crate::input;
use nn::data::Data;
use nn::settings::{Asked, Settings};

/// The settings that `arguments` ask for, and the data, checked; what is not mentioned is as in `defaults`, or follows from
/// what is.
///
/// # Errors
/// If the settings file or the data cannot be read or used, if a flag has a value that is not allowed, or if the settings
/// do not go together, or not with the data.
pub fn settings(arguments: &Train, defaults: Settings) -> Result<(Settings, Data), Failure> {
    let asked = asked(arguments, defaults)?;
    let settings = asked.settings();
    settings.validate().map_err(|error| Failure::input(error).help(HELP))?;
    let data = Data::from_settings(&settings).map_err(|error| Failure::data(&error))?;
    let settings = asked.settings_on(&data);
    settings.architectures(&data).map_err(|error| Failure::input(error).help(HELP))?;
    Ok((settings, data))
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
    for (setting, text) in &arguments.flags {
        asked
            .set(setting, text)
            .map_err(|error| Failure::input(format!("--{} {text}: {error}", setting.name)).help(HELP))?;
    }
    Ok(asked)
}

/// Where to find out more.
pub const HELP: &str = "`elbow --help` lists every setting with its range and default";
