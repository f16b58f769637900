//! What a user asks for, and what follows for all that is not mentioned.

use super::{Paradigm, SETTINGS, Setting, SettingError, Settings, SettingsFileError, Target};
use crate::architecture::Loss;
use crate::data::Data;
use crate::sets::Set;
use std::path::Path;

/// Settings as they are asked for: by defaults, then by a settings file, then one by one, as by flags. What comes later
/// holds, and what is not mentioned follows from what is:
///
/// - `layers` stand in place of `widths`, and are trained all;
/// - a built-in set of two inputs has its [usual settings](usual);
/// - where the data have classes, ridge regression is left out.
///
/// ```
/// use nn::settings::{Asked, Paradigm, Settings, setting};
///
/// let mut asked = Asked::new(Settings::default());
/// asked.set(setting("layers").unwrap(), "8,8")?;
/// let settings = asked.settings();
/// assert_eq!((settings.layers, settings.paradigms), (vec![8, 8], vec![Paradigm::All]));
///
/// let error = asked.set(setting("widths").unwrap(), "10").unwrap_err();
/// assert_eq!(error.to_string(), "layers and widths exclude each other: give the layers of one network, or widths");
/// # Ok::<(), nn::settings::SettingError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Asked {
    settings: Settings,
    /// Names of settings that were mentioned in a file, and one by one.
    mentioned: [Vec<&'static str>; 2],
}

/// Settings that fit a built-in set, by name.
pub fn usual(set: Set) -> &'static [(&'static str, &'static str)] {
    match set {
        Set::Circle | Set::Xor | Set::Gauss => CLASSES,
        Set::Moons => MOONS,
        Set::Spiral => SPIRAL,
        Set::Plane | Set::Bumps => VALUES,
    }
}

const CLASSES: &[(&str, &str)] = &[
    ("layers", "8,8"),
    ("batch", "20"),
    ("steps", "5000"),
    ("save-every", "100"),
    ("optimizer", "adam"),
    ("lr-all", "0.005"),
    ("lr-output", "0.02"),
];
const MOONS: &[(&str, &str)] = &[
    ("layers", "16,16"),
    ("batch", "20"),
    ("steps", "5000"),
    ("save-every", "100"),
    ("optimizer", "adam"),
    ("lr-all", "0.005"),
    ("lr-output", "0.02"),
];
const SPIRAL: &[(&str, &str)] = &[
    ("layers", "16,16"),
    ("samples", "400"),
    ("batch", "20"),
    ("steps", "20000"),
    ("save-every", "200"),
    ("optimizer", "adam"),
    ("lr-all", "0.005"),
    ("lr-output", "0.02"),
];
const VALUES: &[(&str, &str)] = &[
    ("layers", "16,16"),
    ("samples", "400"),
    ("batch", "20"),
    ("steps", "10000"),
    ("save-every", "100"),
    ("optimizer", "adam"),
    ("lr-all", "0.005"),
    ("lr-output", "0.02"),
];

impl Asked {
    /// Nothing yet beside defaults.
    pub fn new(defaults: Settings) -> Self {
        Asked { settings: defaults, mentioned: [Vec::new(), Vec::new()] }
    }

    /// Settings that all hold, as if each were mentioned.
    pub fn holding(settings: Settings) -> Self {
        Asked { settings, mentioned: [SETTINGS.iter().map(|setting| setting.name).collect(), Vec::new()] }
    }

    /// What a settings file mentions; see [`Settings::from_toml`].
    ///
    /// # Errors
    /// [`SettingsFileError`] with the place in the file.
    pub fn file(&mut self, text: &str, path: &Path) -> Result<(), SettingsFileError> {
        self.file_but(text, path, &[])
    }

    /// As [`file`](Self::file), where the keys `others` are no settings and are left to the caller.
    pub(crate) fn file_but(&mut self, text: &str, path: &Path, others: &[&str]) -> Result<(), SettingsFileError> {
        let mentioned = &mut self.mentioned[0];
        self.settings.read_toml(text, path, others, &mut |setting, settings| {
            mentioned.push(setting.name);
            exclusive(mentioned, settings)
        })
    }

    /// A setting by itself.
    ///
    /// # Errors
    /// [`SettingError`] if the text is not an allowed value, or if it excludes another one that was set by itself.
    pub fn set(&mut self, setting: &'static Setting, text: &str) -> Result<(), SettingError> {
        let mut changed = self.settings.clone();
        setting.set(&mut changed, text)?;
        let [_, mentioned] = &mut self.mentioned;
        mentioned.push(setting.name);
        if let Err(error) = exclusive(mentioned, &changed) {
            mentioned.pop();
            return Err(error);
        }
        if setting.name == "widths" {
            // Those of a file.
            changed.layers.clear();
        }
        self.settings = changed;
        Ok(())
    }

    /// Whether a setting was mentioned.
    pub fn mentions(&self, name: &str) -> bool {
        self.mentioned.iter().flatten().any(|&mentioned| mentioned == name)
    }

    /// What holds before the data are known.
    pub fn settings(&self) -> Settings {
        let mut settings = self.settings.clone();
        if let Target::Set(set) = settings.target {
            let networks = self.mentions("layers") || self.mentions("widths");
            settings.noise = if self.mentions("noise") { settings.noise } else { set.noise() };
            for &(name, text) in usual(set) {
                if let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name)
                    && !self.mentions(name)
                    && !(name == "layers" && networks)
                {
                    // The texts are allowed values.
                    let _ = setting.set(&mut settings, text);
                }
            }
        }
        if !settings.layers.is_empty() && !self.mentions("paradigms") {
            settings.paradigms = vec![Paradigm::All];
        }
        settings
    }

    /// What holds on these data.
    pub fn settings_on(&self, data: &Data) -> Settings {
        let mut settings = self.settings();
        let squared = settings.loss_on(data).is_ok_and(|loss| loss == Loss::SquaredError);
        if !squared && !self.mentions("paradigms") {
            settings.paradigms.retain(|&paradigm| paradigm != Paradigm::Ridge);
        }
        settings
    }
}

/// Refuses layers beside widths.
fn exclusive(mentioned: &[&'static str], settings: &Settings) -> Result<(), SettingError> {
    let both = mentioned.contains(&"layers") && mentioned.contains(&"widths");
    if both && !settings.layers.is_empty() { Err(SettingError::Exclusive) } else { Ok(()) }
}
