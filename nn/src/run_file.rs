//! A file with all that decides a run, so that it can be repeated anywhere to the same bits: its settings, and its points
//! where no settings make them. The page writes it, and the program and the page read it.
//!
//! ```
//! use nn::data::Data;
//! use nn::run_file::RunFile;
//! use nn::settings::Settings;
//!
//! let run = RunFile::new(Settings { widths: vec![5], ..Settings::default() }, None, Some(7));
//! assert_eq!(RunFile::from_json(&run.to_json())?, run);
//!
//! let error = RunFile::from_json(r#"{"format": "elbow-run-9"}"#).unwrap_err();
//! assert_eq!(error.to_string(), "the format is elbow-run-9, and this reads elbow-run-1");
//! # Ok::<(), nn::run_file::RunFileError>(())
//! ```
//!
//! How networks start, which minibatches they see and when their learning rate changes follows from the settings, so no
//! parameters are in it.

use crate::data::Data;
use crate::json;
use crate::settings::{SettingError, Settings, Target};
use serde::{Deserialize, Serialize};

/// What a file says that it is.
const FORMAT: &str = "elbow-run-1";
/// What points are called that stand in no file.
const POINTS: &str = "./points.csv";

/// Settings and points of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFile {
    /// The settings.
    pub settings: Settings,
    /// Points of a table; None for those that the settings make.
    pub data: Option<Data>,
    /// The hash of the run, if it was made: [`Run::hash`](crate::study::Run::hash).
    pub hash: Option<u64>,
}

/// A run as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: String,
    settings: Settings,
    #[serde(default)]
    data: Option<Data>,
    #[serde(default)]
    hash: Option<String>,
}

/// A file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunFileError {
    /// It is not such a file.
    #[error("{message}")]
    Syntax {
        /// What is wrong.
        message: String,
        /// Where, counted from 1.
        line: usize,
        /// The character in the line, counted from 1.
        column: usize,
    },
    /// Of another version.
    #[error("the format is {0}, and this reads {FORMAT}")]
    Format(String),
    /// A setting that is not allowed.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Points that cannot be.
    #[error("its points cannot be used: {0}")]
    Data(String),
    /// A hash that is none.
    #[error("the hash {0} is not of sixteen hexadecimal digits")]
    Hash(String),
}

impl RunFile {
    /// A run of these settings, on these points if they are not those of the settings.
    pub fn new(mut settings: Settings, data: Option<Data>, hash: Option<u64>) -> Self {
        if data.is_some() && !settings.target.is_table() {
            settings.target = Target::File(POINTS.into());
        }
        RunFile { settings, data, hash }
    }

    /// The file as text: JSON, with a line for each setting.
    pub fn to_json(&self) -> String {
        let hash = self.hash.map(|hash| format!("{hash:016x}"));
        let (settings, data) = (self.settings.clone(), self.data.clone());
        let written = Written { format: FORMAT.to_owned(), settings, data, hash };
        // There are no maps with keys that are not text, which alone can fail.
        serde_json::to_string_pretty(&written).unwrap_or_default() + "\n"
    }

    /// Reads the text of a file, and checks that its settings are allowed and its points are what networks can learn.
    ///
    /// # Errors
    /// [`RunFileError`] if it is not such a file.
    pub fn from_json(text: &str) -> Result<Self, RunFileError> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        let syntax = |json::Fault { message, line, column }| RunFileError::Syntax { message, line, column };
        let head: Head = json::read(text).map_err(syntax)?;
        if head.format != FORMAT {
            return Err(RunFileError::Format(head.format));
        }
        let Written { settings, data, hash, .. } = json::read(text).map_err(syntax)?;
        settings.validate()?;
        match &data {
            Some(data) => data.check().map_err(RunFileError::Data)?,
            None if settings.target.is_table() => {
                return Err(RunFileError::Data("there are none, and no settings make them".to_owned()));
            }
            None => {}
        }
        let number = |text: String| match u64::from_str_radix(&text, 16) {
            Ok(hash) if text.len() == 16 => Ok(hash),
            _ => Err(RunFileError::Hash(text)),
        };
        Ok(RunFile { settings, data, hash: hash.map(number).transpose()? })
    }
}
