//! `elbow`, as a process.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
