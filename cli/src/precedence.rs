//! Which settings hold: the command's defaults, then the settings file, then flags.

use crate::arguments::Train;
use crate::diagnostic::Failure;
use crate::input;
use nn::settings::Settings;

/// The settings that `arguments` ask for, checked; what they do not mention is as in `defaults`.
///
/// # Errors
/// If the settings file cannot be read or used, if a flag has a value that is not allowed, or if the settings do not
/// go together.
pub fn settings(arguments: &Train, defaults: Settings) -> Result<Settings, Failure> {
    let mut settings = match &arguments.settings {
        None => defaults,
        Some(path) => {
            let text = input::read("the settings file", path)
                .map_err(|failure| failure.or_help("--settings takes the path of a TOML file in UTF-8"))?;
            defaults
                .with_toml(&text, path)
                .map_err(|error| Failure::input(&error.message).at(&error.file, &text, error.line, error.column))?
        }
    };
    for (setting, text) in &arguments.flags {
        setting
            .set(&mut settings, text)
            .map_err(|error| Failure::input(format!("--{} {text}: {error}", setting.name)).help(HELP))?;
    }
    settings.validate().map_err(|error| Failure::input(error).help(HELP))?;
    Ok(settings)
}

const HELP: &str = "`elbow --help` lists every setting with its range and default";
