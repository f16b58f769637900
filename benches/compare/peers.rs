//! Rust libraries, by the package in `peers/`.

use crate::cargo;
use crate::failure::Failure;
use crate::lines;
use crate::measure::{Output, Run};
use crate::process;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Builds the program of a library; a run makes `steps` steps of each network in `data`.
pub fn run(library: &'static str, root: &Path, data: &Path, steps: usize) -> Result<Run<'static>, Failure> {
    let package = root.join("benches/compare/peers");
    let mut build = Command::new(cargo::program());
    // From the root, so that the libraries too are built for this machine.
    build.current_dir(root).args(["build", "--release", "--locked", "--features", library, "--bin", library]);
    build.arg("--manifest-path").arg(package.join("Cargo.toml")).arg("--target-dir").arg(root.join("target/peers"));
    let made = cargo::build(&mut build, library)?;
    let lock = package.join("Cargo.lock");
    let lock = fs::read_to_string(&lock).map_err(Failure::file(lock))?;
    let version = version(&lock, if library == "candle" { "candle-core" } else { library }).unwrap_or_default();
    let data = data.to_owned();
    Ok(Box::new(move || {
        let mut command = Command::new(&made);
        command.arg(&data).arg(steps.to_string()).env("RAYON_NUM_THREADS", "1");
        let Output { times, note } = lines::read(library, &process::output(&mut command, "")?)?;
        Ok(Output { times, note: format!("{note} {version}") })
    }))
}

/// The version of a package in a lock file.
fn version(lock: &str, package: &str) -> Option<String> {
    let lock: toml::Table = toml::from_str(lock).ok()?;
    let packages = lock.get("package")?.as_array()?;
    let found = packages.iter().find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))?;
    Some(found.get("version")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = "version = 4\n[[package]]\nname = \"burn\"\nversion = \"0.22.1\"\n[[package]]\nname = \"x\"\nversion = \"1.0.0\"\n";
        assert_eq!(version(lock, "burn").as_deref(), Some("0.22.1"));
        assert_eq!(version(lock, "candle-core"), None);
    }
}
