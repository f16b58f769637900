//! The program `elbow`: trains small ReLU networks, shows how they learned, and compares with PyTorch.
//!
//! What it does with arguments is in [`main`]. The files it makes of a study can be had without it:
//!
//! ```
//! use nn::data::Data;
//! use nn::settings::Settings;
//! use nn::study::Study;
//!
//! let settings = Settings { widths: vec![5], steps: 100, ..Settings::default() };
//! let study = Study::run(&settings, Data::from_settings(&settings)?, &|_| ())?;
//! let mut table = Vec::new();
//! cli::history::write(&study, &mut table)?;
//! assert!(table.starts_with(b"run,width,paradigm,seed,step,minibatch_mse,train_mse,test_mse,minibatch_loss,"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arguments;
mod backprop;
mod browser;
pub mod compare;
mod diagnostic;
pub mod events;
mod features;
pub mod files;
pub mod history;
mod input;
mod interrupt;
mod keeping;
mod lab;
mod limits;
mod merge;
mod output;
mod panic;
pub mod parameters;
#[cfg(feature = "parquet")]
mod parquet;
mod precedence;
mod processor;
mod progress;
pub mod report;
mod room;
mod stdout;
pub mod summary;
mod sweep;
mod table;
mod terminal;
mod threads;
mod train;
pub mod units;
mod verify;
pub mod work;

pub use output::Listing;

use arguments::Command;
use std::process::ExitCode;

/// Does what the arguments of this process ask for; returns its exit code, as the help explains it.
pub fn main() -> ExitCode {
    if let Some(extension) = processor::missing() {
        return processor::refuse(extension);
    }
    command()
}

/// Everything that may use any instruction this program was built with: apart from [`main`], which may not.
#[inline(never)]
fn command() -> ExitCode {
    processor::name_process();
    panic::report();
    limits::survive_large_files();
    let command = match arguments::parse() {
        Ok(command) => command,
        Err(code) => return code,
    };
    let result = match command {
        Command::Train(arguments) => train::run(&arguments),
        Command::Features(arguments) => features::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Backprop(arguments) => backprop::run(&arguments),
        Command::Lab(arguments) => lab::run(&arguments),
        Command::Sweep(arguments) => sweep::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.print(),
    }
}
