//! `elbow`: trains small ReLU networks, shows how they learned, and compares with PyTorch.

mod arguments;
mod backprop;
mod diagnostic;
mod ending;
mod features;
mod files;
mod history;
mod interrupt;
mod output;
mod precedence;
mod progress;
mod report;
mod stdout;
mod summary;
mod table;
mod train;
mod units;
mod verify;

use arguments::Command;
use std::process::ExitCode;

fn main() -> ExitCode {
    let result = match arguments::parse() {
        Command::Train(arguments) => train::run(&arguments),
        Command::Features(arguments) => features::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Backprop(arguments) => backprop::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.print(),
    }
}
