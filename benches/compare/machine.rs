//! What the numbers were measured on.

use crate::process;
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

/// The processor, and the versions of what was used.
#[derive(Debug, Serialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    /// Vector extensions that matter here, widest last.
    pub vectors: Vec<String>,
    pub rustc: String,
    pub c_compiler: String,
    /// The commit of the checkout.
    pub commit: String,
}

const UNKNOWN: &str = "unknown";

impl Machine {
    /// Looks at the machine and asks the compilers.
    pub fn look(root: &Path, c_compiler: Option<String>) -> Self {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let first_line = |program: &str, arguments: &[&str]| {
            let text = process::output(Command::new(program).current_dir(root).args(arguments), "").ok()?;
            text.lines().next().map(|line| line.trim().to_owned())
        };
        let unknown = || UNKNOWN.to_owned();
        let processor = field(&info, "model name").map(str::to_owned);
        Self {
            processor: processor
                .or_else(|| first_line("sysctl", &["-n", "machdep.cpu.brand_string"]))
                .unwrap_or_else(unknown),
            cores: thread::available_parallelism().map_or(1, usize::from),
            vectors: vectors(&info),
            rustc: first_line("rustc", &["--version"]).unwrap_or_else(unknown),
            c_compiler: c_compiler.unwrap_or_else(|| "no C compiler".to_owned()),
            commit: first_line("git", &["describe", "--always", "--dirty"]).unwrap_or_else(unknown),
        }
    }

    /// A sentence for the foot of the table.
    pub fn words(&self) -> String {
        let cores = if self.cores == 1 { "1 core".to_owned() } else { format!("{} cores", self.cores) };
        let vectors = if self.vectors.is_empty() { UNKNOWN.to_owned() } else { self.vectors.join(", ") };
        format!(
            "{}, {cores}, vectors: {vectors}. {}; {}; Elbow at {}.",
            self.processor, self.rustc, self.c_compiler, self.commit
        )
    }
}

fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let line = info.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
    Some(line.split_once(':')?.1.trim())
}

fn vectors(info: &str) -> Vec<String> {
    let flags: Vec<&str> =
        field(info, "flags").or_else(|| field(info, "Features")).unwrap_or_default().split_whitespace().collect();
    let known = ["sse2", "asimd", "avx", "fma", "avx2", "avx512f", "avx512dq", "sve"];
    known.into_iter().filter(|name| flags.contains(name)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_read_from_its_description() {
        let info = "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu sse2 avx avx2 fma\nvmx flags\t: x\n";
        assert_eq!(field(info, "model name"), Some("Some CPU"));
        assert_eq!(vectors(info), ["sse2", "avx", "fma", "avx2"]);
        assert_eq!(vectors(""), Vec::<String>::new());
    }
}
