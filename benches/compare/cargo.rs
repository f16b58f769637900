//! Building with cargo.

use crate::failure::Failure;
use crate::process;
use serde::Deserialize;
use std::env;
use std::path::PathBuf;
use std::process::Command;

/// The cargo that runs this program, or the one on the path.
pub fn program() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

/// Runs `cargo build …` and returns the path of the executable of that name.
pub fn build(command: &mut Command, name: &str) -> Result<PathBuf, Failure> {
    let messages = process::output(
        command.args(["--quiet", "--message-format", "json-render-diagnostics"]),
        "install Rust from rustup.rs",
    )?;
    executable(&messages, name)
        .ok_or_else(|| Failure::Unreadable { program: "cargo".to_owned(), reason: format!("it built no {name}") })
}

fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    let executables = messages.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok()?.executable);
    executables.into_iter().find(|path| path.file_stem().is_some_and(|stem| stem == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_found_among_cargos_messages() {
        let messages = concat!(
            "{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"nn\"},\"executable\":null}\n",
            "{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"elbow\"},\"executable\":\"/t/debug/elbow\"}\n",
            "{\"reason\":\"build-finished\",\"success\":true}\n",
        );
        assert_eq!(executable(messages, "elbow"), Some(PathBuf::from("/t/debug/elbow")));
        assert_eq!(executable(messages, "candle"), None);
    }
}
