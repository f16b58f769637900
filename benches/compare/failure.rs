//! What can go wrong, and what to do about it.

use std::io;
use std::path::PathBuf;

/// Why a system has no numbers, or the whole comparison none.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// A program is not there.
    #[error("not installed: {program} was not found; {help}")]
    Missing { program: String, help: &'static str },
    /// A package of an interpreter is not there.
    #[error("not installed: {interpreter} has no package {package}; {help}")]
    Package { interpreter: String, package: String, help: &'static str },
    /// A program ended with an error.
    #[error("{program} failed: {reason}")]
    Failed { program: String, reason: String },
    /// A program said something else than was expected.
    #[error("{program} printed no times: {reason}")]
    Unreadable { program: String, reason: String },
    /// A file could not be read or written.
    #[error("{}: {reason}", path.display())]
    File { path: PathBuf, reason: String },
}

impl Failure {
    /// The failure of an operation on a file.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |error| Self::File { path, reason: error.to_string() }
    }
}
