//! The command line: what may be said, and what was said.

use clap::{Arg, ArgAction, ArgMatches, Command as Parser, value_parser};
use nn::settings::{SETTINGS, Setting};
use std::path::PathBuf;

/// What the program is asked to do.
pub enum Command {
    /// Train a study and write what happened.
    Train(Train),
}

/// The arguments of `elbow train`.
pub struct Train {
    /// The settings given as flags, with their values as text.
    pub flags: Vec<(&'static Setting, String)>,
    /// A file of settings.
    pub settings: Option<PathBuf>,
    /// The directory to write.
    pub out: PathBuf,
    /// Say nothing but errors.
    pub quiet: bool,
}

/// Reads the process's arguments. Prints help or a usage error and ends the process where that is what is called for.
pub fn parse() -> Command {
    let matches = parser().get_matches();
    match matches.subcommand() {
        Some(("train", train)) => Command::Train(Train::from(train)),
        _ => Command::Train(Train::from(&matches)),
    }
}

impl From<&ArgMatches> for Train {
    fn from(matches: &ArgMatches) -> Self {
        let flag = |setting: &'static Setting| Some((setting, matches.get_one::<String>(setting.name)?.clone()));
        Train {
            flags: SETTINGS.iter().filter_map(flag).collect(),
            settings: matches.get_one::<PathBuf>("settings").cloned(),
            out: matches.get_one::<PathBuf>("out").cloned().unwrap_or_else(|| OUT.into()),
            quiet: matches.get_flag("quiet"),
        }
    }
}

/// The directory that is written if `--out` does not say otherwise.
const OUT: &str = "elbow-out";

const EXAMPLES: &str = "\
Examples:
  elbow                                       the notebook's study
  elbow --widths 5,80 --steps 20000           other networks
  elbow --target points.csv --optimizer adam  your own points
  elbow --seeds 30 --settings study.toml      a study from a file, repeated 30 times

Files are written to DIR as a whole or not at all: report.html, figures/*.svg, history.csv, units.csv and \
summary.json. Flags win over the settings file, which wins over the defaults.

Exit code: 0 done, 1 a run or a check failed, 2 something given cannot be used.";

fn parser() -> Parser {
    let train = Parser::new("train")
        .about("Train a study and write what happened (the command when none is named)")
        .after_help(EXAMPLES)
        .max_term_width(100)
        .args(train_arguments());
    Parser::new("elbow")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Trains small ReLU networks in a blink and shows how they learned")
        .after_help(EXAMPLES)
        .max_term_width(100)
        .args(train_arguments())
        .args_conflicts_with_subcommands(true)
        .disable_help_subcommand(true)
        .subcommand(train)
}

/// The flags of `elbow train`: one for each setting of the table, then those about files.
fn train_arguments() -> Vec<Arg> {
    let mut arguments: Vec<Arg> = SETTINGS.iter().map(flag).collect();
    arguments.push(
        Arg::new("out")
            .long("out")
            .value_name("DIR")
            .value_parser(value_parser!(PathBuf))
            .help(format!(
                "Directory to write; what an earlier run wrote there is replaced as a whole [default: {OUT}]"
            ))
            .help_heading(FILES),
    );
    arguments.push(
        Arg::new("settings")
            .long("settings")
            .value_name("FILE.toml")
            .value_parser(value_parser!(PathBuf))
            .help("TOML file with settings, named as the flags above without --")
            .help_heading(FILES),
    );
    arguments.push(
        Arg::new("quiet")
            .long("quiet")
            .short('q')
            .action(ArgAction::SetTrue)
            .help("No progress bar and no table; errors are still shown")
            .help_heading(FILES),
    );
    arguments
}

const STUDY: &str = "Study";
const FILES: &str = "Files and output";

/// The flag of a setting.
fn flag(setting: &'static Setting) -> Arg {
    Arg::new(setting.name)
        .long(setting.name)
        .value_name(setting.placeholder)
        .allow_negative_numbers(true)
        .help(format!("{} [{}] [default: {}]", setting.help, setting.range(), setting.default()))
        .help_heading(STUDY)
}
