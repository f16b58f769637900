//! `elbow` as it is distributed: one file that runs on every processor, and on each as fast as it can.
//!
//! The file is the whole program, built for the oldest processors, and carries the same program built for newer ones
//! (levels of x86-64). At the start it hands over to the best of them that this processor can run: the build is
//! copied into a file that exists in memory only and put in the place of this process, so that arguments, environment,
//! ignored signals, process number and exit code are those of one program. Nothing is unpacked to a disk, where there may
//! be no room, or no right to write or to execute.
//!
//! All builds compute the same bits. So where a build cannot be started (no `/proc`, a system that executes nothing in
//! memory) this one does the work itself, only slower. `elbow --version` says which one runs. The environment variable
//! `ELBOW_CPU` asks for a level, and is an error where that cannot be had.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    if let Err(refusal) = levels::hand_over() {
        use std::io::Write as _;
        // If nobody listens any more, the exit code still tells.
        let _ = writeln!(std::io::stderr(), "error: {}", refusal.what);
        return ExitCode::from(refusal.code);
    }
    cli::main()
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod levels {
    use rustix::fs::{MemfdFlags, memfd_create};
    use std::convert::Infallible;
    use std::fs::File;
    use std::io::{self, Write as _};
    use std::os::fd::AsRawFd as _;
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    /// The builds that this file carries, the best first.
    const BUILDS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/builds.rs"));

    /// The level of this build itself.
    const BASE: &str = "x86-64";

    /// The environment variable that asks for a level.
    const VARIABLE: &str = "ELBOW_CPU";

    /// Why nothing is done.
    pub struct Refusal {
        /// What is wrong, and a way out.
        pub what: String,
        /// As the program's help explains it.
        pub code: u8,
    }

    /// Puts the best build that this processor can run in the place of this process. Returns if this build itself is to
    /// do the work.
    pub fn hand_over() -> Result<(), Refusal> {
        let asked = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        let Some(asked) = asked else {
            if let Some((_, build)) = BUILDS.iter().find(|(level, _)| can_run(level)) {
                // If it cannot be started, this one is as good.
                let _ = start(build);
            }
            return Ok(());
        };
        if asked == BASE {
            return Ok(());
        }
        let Some((level, build)) = BUILDS.iter().find(|(level, _)| asked == *level) else {
            let known: Vec<&str> = BUILDS.iter().rev().map(|(level, _)| *level).collect();
            let what =
                format!("{VARIABLE}={} is none of {}", asked.display(), [&[BASE], &known[..]].concat().join(", "));
            return Err(Refusal { what, code: 2 });
        };
        if !can_run(level) {
            let what = format!("{VARIABLE}={level}: this processor cannot run that\nhelp: unset {VARIABLE}");
            return Err(Refusal { what, code: 2 });
        }
        let Err(error) = start(build);
        let what = format!(
            "the build for {level} could not be started: {error}\nhelp: {VARIABLE}={BASE} needs nothing to be started"
        );
        Err(Refusal { what, code: 1 })
    }

    /// Whether processor and system support a level of the x86-64 psABI (its table 3.1).
    fn can_run(level: &str) -> bool {
        macro_rules! all {
            ($($feature:tt),*) => { $(is_x86_feature_detected!($feature))&&* };
        }
        let v2 = all!("cmpxchg16b", "popcnt", "sse3", "sse4.1", "sse4.2", "ssse3");
        let v3 = v2 && all!("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "lzcnt", "movbe");
        let v4 = v3 && all!("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl");
        match level {
            "x86-64-v3" => v3,
            "x86-64-v4" => v4,
            _ => false,
        }
    }

    /// Puts `build` in the place of this process.
    fn start(build: &[u8]) -> io::Result<Infallible> {
        // Where files in memory are not executable by default that is said for each; systems before Linux 6.3 do not know
        // the word.
        let memory = memfd_create(c"elbow", MemfdFlags::CLOEXEC | MemfdFlags::EXEC)
            .or_else(|_| memfd_create(c"elbow", MemfdFlags::CLOEXEC))?;
        let mut file = File::from(memory);
        file.write_all(build)?;
        let mut arguments = std::env::args_os();
        let mut command = Command::new(format!("/proc/self/fd/{}", file.as_raw_fd()));
        if let Some(name) = arguments.next() {
            command.arg0(name);
        }
        Err(command.args(arguments).exec())
    }
}
