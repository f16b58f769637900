//! The command line: what may be said, and what was said.

use crate::{stdout, terminal};
use clap::{Arg, ArgAction, ArgMatches, Command as Parser, value_parser};
use nn::problems::lesson::Request;
use nn::settings::{SETTINGS, Setting, Settings};
use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// What the program is asked to do.
pub enum Command {
    /// Train a study and write what happened.
    Train(Train),
    /// Train networks and take their linearised features apart.
    Features(Features),
    /// Repeat runs made elsewhere and compare.
    Verify(Verify),
    /// Take derivatives apart.
    Backprop(Backprop),
    /// Write the page that trains, without a study.
    Lab(Train),
    /// Train every run of a plan.
    Sweep(Sweep),
    /// Join the shards of a sweep.
    Merge(Merge),
    /// Train the same networks for several values of a setting, and compare.
    Compare(Compare),
}

/// The arguments of `elbow compare`.
pub struct Compare {
    /// What to train and where to write, as for `elbow train`.
    pub train: Train,
    /// The setting that is compared and its values, as text.
    pub compared: String,
    /// Write the table as Parquet as well.
    pub parquet: bool,
}

/// The arguments of `elbow sweep`.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct Sweep {
    /// The file with the plan; empty with `report`.
    pub plan: PathBuf,
    /// The directory whose finished sweep is to be drawn, in place of training.
    pub report: Option<PathBuf>,
    /// The two settings of its heat map.
    pub by: Option<String>,
    /// Open the page.
    pub open: bool,
    /// The directory to write into, if it is not the usual one.
    pub out: Option<PathBuf>,
    /// Which part of the plan to train, as text; None for all of it.
    pub shard: Option<String>,
    /// How many parts there are, for [`SHARD_AUTO`].
    pub shards: Option<u64>,
    /// Go on from what an earlier process left.
    pub resume: bool,
    /// Write the table as Parquet as well.
    pub parquet: bool,
    /// Threads, if it is not as the plan says.
    pub threads: Option<usize>,
    /// Say nothing but errors.
    pub quiet: bool,
    /// Begin even if it is estimated to need more than the machine has.
    pub yes: bool,
}

/// The shard that the environment tells.
pub const SHARD_AUTO: &str = "auto";

/// The arguments of `elbow merge`.
pub struct Merge {
    /// The directories of the shards.
    pub parts: Vec<PathBuf>,
    /// The directory to write into.
    pub out: PathBuf,
    /// Write the table as Parquet as well.
    pub parquet: bool,
    /// Say nothing but errors.
    pub quiet: bool,
}

/// The arguments of `elbow backprop`.
pub struct Backprop {
    /// The only problem to work on; without it, all are put into a page.
    pub problem: Option<Part>,
    /// What the problems are made for.
    pub request: Request,
    /// A file of inputs in place of random ones.
    pub inputs: Option<PathBuf>,
    /// Names of the flags with a value that were given.
    pub given: Vec<&'static str>,
    /// Print JSON.
    pub json: bool,
    /// The directory to write into.
    pub out: PathBuf,
    /// Open the page.
    pub open: bool,
}

/// A part of `elbow backprop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// ℓ(x) = h(f(x), g(x)).
    Chain,
    /// (y − Σ Φ(wᵀx + b))².
    NeuronSum,
    /// ½‖W2·Φ(W1·x + b) − y‖².
    TwoLayer,
    /// Derivatives against differences and dual numbers.
    Check,
    /// What derivatives cost.
    Cost,
    /// What a partial derivative means.
    Nudge,
    /// Gradient descent.
    Descent,
}

/// The flags of `elbow backprop` with a value, but for the problem.
const BACKPROP_FLAGS: [&str; 8] = ["size", "count", "seed", "at", "node", "delta", "inputs", "out"];

impl Part {
    /// Its name.
    pub fn name(self) -> &'static str {
        PARTS.iter().find(|(_, part)| *part == self).map_or("", |(name, _)| name)
    }
    /// Whether a flag changes something of it.
    pub fn takes(self, flag: &str) -> bool {
        let flags: &[&str] = match self {
            Part::Chain => &["at", "inputs"],
            Part::NeuronSum | Part::Descent => &["size", "count", "seed", "inputs"],
            Part::TwoLayer | Part::Check => &["size", "seed", "inputs"],
            Part::Cost => &[],
            Part::Nudge => &["size", "seed", "node", "delta", "inputs"],
        };
        flags.contains(&flag)
    }
}

/// The parts by name.
const PARTS: [(&str, Part); 7] = [
    ("chain", Part::Chain),
    ("neuron-sum", Part::NeuronSum),
    ("two-layer", Part::TwoLayer),
    ("check", Part::Check),
    ("cost", Part::Cost),
    ("nudge", Part::Nudge),
    ("descent", Part::Descent),
];

/// The arguments of `elbow train`.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct Train {
    /// The settings given as flags, with their values as text.
    pub flags: Vec<(&'static Setting, String)>,
    /// A file of settings.
    pub settings: Option<PathBuf>,
    /// A file of a run that is to be repeated.
    pub run: Option<PathBuf>,
    /// Open the page.
    pub open: bool,
    /// The directory to write.
    pub out: PathBuf,
    /// Say nothing but errors.
    pub quiet: bool,
    /// Begin even if it is estimated to need more than the machine has.
    pub yes: bool,
    /// Go on from what an earlier process left.
    pub resume: bool,
}

/// The arguments of `elbow features`.
pub struct Features {
    /// What to train and where to write, as for `elbow train`.
    pub train: Train,
    /// Print numbers as JSON in place of the table.
    pub json: bool,
}

/// The arguments of `elbow verify`.
pub struct Verify {
    /// The files to repeat.
    pub traces: Vec<PathBuf>,
    /// The largest deviation to accept, if it is not to be that of the precision.
    pub tolerance: Option<f64>,
}

/// Reads the process's arguments.
///
/// # Errors
/// With the exit code, where help or a usage error was called for and is printed.
pub fn parse() -> Result<Command, ExitCode> {
    let matches = parser().try_get_matches_from(with_numbers(std::env::args_os())).map_err(|error| {
        let mut text = error.render().to_string();
        for argument in std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()) {
            // What stands in a line of the message cannot end it.
            for part in argument.split('=').filter(|part| part.contains(['\n', '\t'])) {
                text = text.replace(part, &terminal::in_a_line(part));
            }
        }
        if !error.use_stderr() {
            return stdout::print(&text).map_or_else(|failure| failure.print(), |()| ExitCode::SUCCESS);
        }
        // If nobody listens any more, the exit code still tells.
        let _ = std::io::stderr().write_all(terminal::escaped(&terminal::shortened(&text)).as_bytes());
        ExitCode::from(error.exit_code() as u8)
    })?;
    Ok(match matches.subcommand() {
        Some(("train", train)) => Command::Train(Train::from(train)),
        Some(("features", features)) => {
            Command::Features(Features { train: Train::from(features), json: features.get_flag("json") })
        }
        Some(("verify", verify)) => Command::Verify(Verify::from(verify)),
        Some(("lab", lab)) => Command::Lab(Train::from(lab)),
        Some(("backprop", backprop)) => Command::Backprop(Backprop::from(backprop)),
        Some(("sweep", sweep)) => Command::Sweep(Sweep::from(sweep)),
        Some(("merge", merge)) => Command::Merge(Merge::from(merge)),
        Some(("compare", compare)) => Command::Compare(Compare::from(compare)),
        _ => Command::Train(Train::from(&matches)),
    })
}

/// The arguments with negative numbers tied to the flag before them, as in `--at=-1e-3`: in any notation they are its value
/// and not flags of their own.
fn with_numbers(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut tied: Vec<OsString> = Vec::new();
    let mut only_values = false;
    for argument in arguments {
        let takes_value = |flag: &OsString| {
            let flag = flag.to_string_lossy();
            flag.len() > 2 && flag.starts_with("--") && !flag.contains('=')
        };
        match tied.last_mut() {
            Some(flag) if !only_values && takes_value(flag) && is_negative(&argument.to_string_lossy()) => {
                flag.push("=");
                flag.push(argument);
            }
            _ => {
                only_values |= argument == "--";
                tied.push(argument);
            }
        }
    }
    tied
}

/// Whether a text is meant as a negative number, or begins with one as a list does.
fn is_negative(text: &str) -> bool {
    let Some(size) = text.strip_prefix('-') else { return false };
    let word = size.to_ascii_lowercase();
    size.trim_start_matches('.').starts_with(|c: char| c.is_ascii_digit()) || word.starts_with("inf") || word == "nan"
}

impl From<&ArgMatches> for Train {
    fn from(matches: &ArgMatches) -> Self {
        let flag = |setting: &'static Setting| Some((setting, matches.get_one::<String>(setting.name)?.clone()));
        Train {
            flags: SETTINGS.iter().filter_map(flag).collect(),
            settings: matches.get_one::<PathBuf>("settings").cloned(),
            run: matches.try_get_one::<PathBuf>("run").ok().flatten().cloned(),
            open: matches.get_flag("open"),
            out: matches.get_one::<PathBuf>("out").cloned().unwrap_or_else(|| OUT.into()),
            quiet: matches.get_flag("quiet"),
            yes: matches.get_flag("yes"),
            // `elbow features` has no such flag.
            resume: matches.try_get_one("resume").is_ok_and(|resume| resume.is_some_and(|&resume| resume)),
        }
    }
}

impl From<&ArgMatches> for Verify {
    fn from(matches: &ArgMatches) -> Self {
        Verify {
            traces: matches.get_many::<PathBuf>("traces").unwrap_or_default().cloned().collect(),
            tolerance: matches.get_one::<f64>("tolerance").copied(),
        }
    }
}

impl From<&ArgMatches> for Backprop {
    fn from(matches: &ArgMatches) -> Self {
        let name = matches.get_one::<String>("problem");
        let default = Request::default();
        Backprop {
            problem: PARTS.iter().find(|(known, _)| name.is_some_and(|name| name == known)).map(|(_, part)| *part),
            request: Request {
                size: matches.get_one("size").copied(),
                neurons: matches.get_one("count").copied().unwrap_or(default.neurons),
                seed: matches.get_one("seed").copied().unwrap_or(default.seed),
                at: matches.get_one("at").copied().unwrap_or(default.at),
                node: matches.get_one("node").cloned().unwrap_or(default.node),
                delta: matches.get_one("delta").copied().unwrap_or(default.delta),
            },
            inputs: matches.get_one::<PathBuf>("inputs").cloned(),
            given: BACKPROP_FLAGS.into_iter().filter(|name| matches.contains_id(name)).collect(),
            json: matches.get_flag("json"),
            open: matches.get_flag("open"),
            out: matches.get_one::<PathBuf>("out").cloned().unwrap_or_else(|| OUT.into()),
        }
    }
}

impl From<&ArgMatches> for Sweep {
    fn from(matches: &ArgMatches) -> Self {
        Sweep {
            plan: matches.get_one::<PathBuf>("plan").cloned().unwrap_or_default(),
            report: matches.get_one::<PathBuf>("report").cloned(),
            by: matches.get_one::<String>("by").cloned(),
            open: matches.get_flag("open"),
            out: matches.get_one::<PathBuf>("out").cloned(),
            shard: matches.get_one::<String>("shard").cloned(),
            shards: matches.get_one("shards").copied(),
            parquet: parquet_is_asked_for(matches),
            resume: matches.get_flag("resume"),
            threads: matches.get_one("threads").copied(),
            quiet: matches.get_flag("quiet"),
            yes: matches.get_flag("yes"),
        }
    }
}

impl From<&ArgMatches> for Compare {
    fn from(matches: &ArgMatches) -> Self {
        let text = |name: &str| matches.get_one::<String>(name).cloned();
        let optimizers = text("optimizers").map(|list| format!("optimizer={list}"));
        Compare {
            train: Train::from(matches),
            parquet: parquet_is_asked_for(matches),
            compared: text("compare").or(optimizers).unwrap_or_else(|| COMPARED.to_owned()),
        }
    }
}

/// Whether tables are wanted as Parquet, too; a program without it has no such flag.
fn parquet_is_asked_for(matches: &ArgMatches) -> bool {
    cfg!(feature = "parquet") && matches.get_flag("parquet")
}

/// The flag to go on with what was interrupted.
fn resume(what: &str) -> Arg {
    let help =
        format!("Go on with what an interrupted run of the same {what} left in DIR.partial, if there is something");
    Arg::new("resume").long("resume").action(ArgAction::SetTrue).help(help).help_heading(FILES)
}

/// The flag, if the program has it.
fn parquet() -> Option<Arg> {
    let help = "Write the table as a Parquet file as well, beside the CSV file";
    cfg!(feature = "parquet").then(|| Arg::new("parquet").long("parquet").action(ArgAction::SetTrue).help(help))
}

impl From<&ArgMatches> for Merge {
    fn from(matches: &ArgMatches) -> Self {
        Merge {
            parquet: parquet_is_asked_for(matches),
            parts: matches.get_many::<PathBuf>("parts").unwrap_or_default().cloned().collect(),
            out: matches.get_one::<PathBuf>("out").cloned().unwrap_or_else(|| OUT.into()),
            quiet: matches.get_flag("quiet"),
        }
    }
}

/// What is compared if nothing is said.
const COMPARED: &str = "optimizer=sgd,momentum,adam";

/// The directory that is written if `--out` does not say otherwise.
const OUT: &str = "elbow-out";

const EXAMPLES: &str = "\
Examples:
  elbow                                       the notebook's study
  elbow --widths 5,80 --steps 20000           other networks
  elbow --target points.csv --optimizer adam  your own points
  elbow --target cars.csv --x speed --y dist  columns of a table by name, or by number
  elbow --seeds 30 --settings study.toml      a study from a file, repeated 30 times

Files are written to DIR as a whole or not at all: report.html, figures/*.svg, history.csv, units.csv, \
events.csv and summary.json. Flags win over the settings file, which wins over the defaults.

Exit code: 0 done, 1 a run or a check failed, 2 something given cannot be used.";

const FEATURES: &str = "\
Examples:
  elbow features                            the notebook's network of width 20, all layers trained
  elbow features --widths 10,40 --seed 3    others
  elbow features --paradigms output,all     what changes if only the output layer is trained
  elbow features --json | jq .runs[0].states[-1].all.rank

The features of a network are the derivatives of its prediction by each of its parameters. features.html, features.csv, \
features.json and pictures in figures/ are written into DIR; what other commands wrote there stays.

Exit code: 0 done, 1 the files could not be written, 2 something given cannot be used.";

const VERIFY: &str = "\
Every state that a trace holds gets a line with its largest absolute and relative deviation. Only what a state holds is \
compared; step 0 is the start.

Exit code: 0 all agree, 1 one deviates by more than the tolerance, 2 a file cannot be used.";

fn parser() -> Parser {
    let train = Parser::new("train")
        .about("Train a study and write what happened (the command when none is named)")
        .after_help(EXAMPLES)
        .max_term_width(100)
        .args(train_arguments(&Settings::default()))
        .arg(resume("study"))
        .arg(run_argument());
    Parser::new("elbow")
        .version(crate::processor::VERSION.as_str())
        .about("Trains small ReLU networks in a blink and shows how they learned")
        .after_help(EXAMPLES)
        .max_term_width(100)
        .args(train_arguments(&Settings::default()))
        .arg(resume("study"))
        .arg(run_argument())
        .args_conflicts_with_subcommands(true)
        .disable_help_subcommand(true)
        .subcommand(train)
        .subcommand(features())
        .subcommand(verify())
        .subcommand(backprop())
        .subcommand(lab())
        .subcommand(sweep())
        .subcommand(merge())
        .subcommand(compare())
}

const BACKPROP: &str = "\
Examples:
  elbow backprop                                      the page: every derivative as graph, formula, shape and number
  elbow backprop --problem two-layer --size 4         one problem, in the terminal
  elbow backprop --problem chain --at 2 --json        the same for programs
  elbow backprop --problem nudge --node W1[1,2] --delta 0.5

Without --problem, backprop.html, backprop.json and figures/backprop-*.svg are written into DIR; whatever else is there \
stays. With --problem, nothing is written.

A file of inputs is a JSON object with a matrix, as a list of rows, for each name: x of chain; W, b, x and y of \
neuron-sum; W1, b, W2, x and y of the others. Its sizes win over --size and --count.

Derivatives are printed in the row convention: the derivative by an R×C matrix is C×R, and the gradient its transpose.

Exit code: 0 done, 1 a derivative failed its test, 2 something given cannot be used.";

fn backprop() -> Parser {
    let number = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let path = |name: &'static str, value: &'static str, help: String| {
        Arg::new(name).long(name).value_name(value).value_parser(value_parser!(PathBuf)).help(help)
    };
    Parser::new("backprop")
        .about("Take derivatives apart: graph, values, formulas, shapes, tests and costs")
        .after_help(BACKPROP)
        .max_term_width(100)
        .arg(
            Arg::new("problem")
                .long("problem")
                .value_name("NAME")
                .value_parser(PARTS.map(|(name, _)| name))
                .help("Work on one problem only, and print it"),
        )
        .arg(
            number("size", "D", "Length of x: 1 to 64 [default: 3 for two layers, 2 for the sum of neurons]")
                .value_parser(whole),
        )
        .arg(number("count", "N", "Number of neurons of the sum: 1 to 64 [default: 2]").value_parser(whole))
        .arg(number("seed", "N", "Seed of the random inputs [default: 9]").value_parser(value_parser!(u64)))
        .arg(
            number("at", "X", "Where the chain is differentiated, a finite number [default: 1.5]").value_parser(finite),
        )
        .arg(Arg::new("node").long("node").value_name("NAME").help(
            "Node of two layers to nudge, x1, or an entry of it, x1[2] or W1[1,2]; without an entry, that with the \
                       largest derivative [default: x1]",
        ))
        .arg(
            number("delta", "SIZE", "How far to nudge it, a finite number other than 0 [default: 0.1]")
                .value_parser(nonzero),
        )
        .arg(path("inputs", "FILE.json", "Inputs of the problem, in place of random ones".to_owned()))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON, and write no page"))
        .arg(path("out", "DIR", format!("Directory to write the page into [default: {OUT}]")))
        .arg(open_argument().conflicts_with_all(["problem", "json"]))
}

const LAB: &str = "\
Examples:
  elbow lab --open                                  the notebook's network, in the browser
  elbow lab --target spiral --open                  two inputs and classes
  elbow lab --target points.csv --widths 40         your own points
  elbow lab --run run.json                          a run that a page saved

lab.html and lab.json are written into DIR; what other commands wrote there stays. The page needs no network and no server.

Exit code: 0 done, 1 the files could not be written, 2 something given cannot be used.";

fn lab() -> Parser {
    Parser::new("lab")
        .about("Write the page that trains networks in the browser, without training a study first")
        .after_help(LAB)
        .max_term_width(100)
        .args(train_arguments(&crate::lab::defaults()))
        .arg(run_argument())
        .mut_arg("out", beside_others)
}

const SWEEP: &str = "\
Examples:
  elbow sweep plan.toml                    every run of the plan
  elbow sweep plan.toml --resume           the rest of it, after an interruption
  elbow sweep plan.toml --shard 3/100      a hundredth of it
  elbow sweep --report elbow-out           a page of what came out

A plan is a settings file with lists of which each item is trained with each:

  steps = 5000
  seeds = 10
  [grid]
  optimizer = [\"sgd\", \"adam\"]
  lr-all = [0.001, 0.01, 0.1]

runs.csv and sweep.json are written into DIR; what other commands wrote there stays. Until all is done, finished runs are kept \
in DIR.partial. --report adds sweep.html and pictures in figures/ to a directory with such a table.

Exit code: 0 done, 1 the files could not be written, 2 something given cannot be used.";

const MERGE: &str = "\
Examples:
  elbow merge part-1 part-2 part-3 --out all

The table of all parts is, byte for byte, that of one run of the whole plan.

Exit code: 0 done, 1 the files could not be written, 2 a part is missing or cannot be used.";

const COMPARE: &str = "\
Examples:
  elbow compare                                         three optimizers, three widths, 30 seeds
  elbow compare --optimizers sgd,nesterov,rmsprop       others; the first is what they are compared with
  elbow compare --compare lr-all=0.005,0.01,0.02        another setting
  elbow compare --compare 'layers=8,8;16' --target spiral
                                                        values with commas are divided by semicolons

Runs of one seed and width begin with the same network and see the same minibatches. compare.html, compare.csv, compare.json \
and pictures in figures/ are written into DIR; what other commands wrote there stays. Until all is done, finished runs are \
kept in DIR.partial.

Exit code: 0 done, 1 the files could not be written, 2 something given cannot be used.";

fn compare() -> Parser {
    Parser::new("compare")
        .about("Train the same networks for several values of one setting, over many seeds, and compare")
        .after_help(COMPARE)
        .max_term_width(100)
        .arg(Arg::new("optimizers").long("optimizers").value_name("LIST").conflicts_with("compare").help(format!(
            "Optimizers to compare, the same as --compare optimizer=LIST [default: {}]",
            &COMPARED[10..]
        )))
        .arg(
            Arg::new("compare")
                .long("compare")
                .value_name("NAME=VALUES")
                .help("Setting to compare, with its values divided by commas, or by semicolons where they have commas"),
        )
        .arg(resume("comparison"))
        .args(parquet())
        .args(train_arguments(&crate::compare::defaults()))
        .mut_arg("out", beside_others)
}

fn sweep() -> Parser {
    let [quiet, yes] = ["quiet", "yes"].map(|name| {
        let all = train_arguments(&Settings::default());
        all.into_iter().find(|argument| argument.get_id() == name).unwrap_or_else(|| Arg::new(name))
    });
    Parser::new("sweep")
        .about("Train every run of a plan, and write a table with a row for each")
        .after_help(SWEEP)
        .max_term_width(100)
        .arg(
            Arg::new("plan")
                .value_name("PLAN.toml")
                .value_parser(value_parser!(PathBuf))
                .required_unless_present("report")
                .help("Settings, and what varies: [grid], [[list]], [random]"),
        )
        .arg(
            Arg::new("report")
                .long("report")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with_all(["plan", "out", "resume", "shard", "shards", "threads", "yes"])
                .help("Draw the finished sweep, shard or merge in DIR, and train nothing"),
        )
        .arg(
            Arg::new("by")
                .long("by")
                .value_name("NAME,NAME")
                .requires("report")
                .conflicts_with("plan")
                .help("The two settings of the heat map [default: those that decide most]"),
        )
        .arg(open_argument().requires("report").conflicts_with("plan"))
        .arg(Arg::new("out").long("out").value_name("DIR").value_parser(value_parser!(PathBuf)).help(format!(
            "Directory to write into; only what this command wrote there is replaced [default: {OUT}, of a shard \
             {OUT}-3-of-100]"
        )))
        .arg(resume("plan"))
        .arg(Arg::new("shard").long("shard").value_name("K/N").help(
            "Train one of N parts of the plan, from 1/N to N/N; auto: the one that the job array says, by \
             SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX",
        ))
        .arg(
            Arg::new("shards")
                .long("shards")
                .value_name("N")
                .value_parser(value_parser!(u64).range(1..))
                .help("How many parts there are, where --shard auto cannot know"),
        )
        .arg(
            Arg::new("threads").long("threads").value_name("N").value_parser(threads).help(
                "Threads to use, 0 for one a core; results do not depend on it [default: as the plan says, or 0]",
            ),
        )
        .args([quiet, yes])
        .args(parquet())
}

/// A number of threads.
fn threads(text: &str) -> Result<usize, String> {
    let most = nn::threads::MOST;
    text.parse().ok().filter(|&threads| threads <= most).ok_or_else(|| format!("must be from 0 to {most} threads"))
}

fn merge() -> Parser {
    Parser::new("merge")
        .about("Join the shards of a sweep into one table")
        .after_help(MERGE)
        .max_term_width(100)
        .arg(
            Arg::new("parts")
                .value_name("PART")
                .value_parser(value_parser!(PathBuf))
                .required(true)
                .num_args(1..)
                .help("The directories into which the shards were written"),
        )
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .required(true)
                .help("Directory to write into; only what this command or a sweep wrote there is replaced"),
        )
        .arg(Arg::new("quiet").long("quiet").short('q').action(ArgAction::SetTrue).help("Print nothing but errors"))
        .args(parquet())
}

/// A size.
fn whole(text: &str) -> Result<usize, &'static str> {
    text.parse().map_err(|_| "must be a whole number above 0")
}

/// A finite number.
fn finite(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|value: &f64| value.is_finite()).ok_or("must be a finite number")
}

/// A finite number other than 0.
fn nonzero(text: &str) -> Result<f64, &'static str> {
    finite(text).ok().filter(|&value| value != 0.0).ok_or("must be a finite number other than 0")
}

fn features() -> Parser {
    Parser::new("features")
        .about("Train networks and take their linearised features apart: the prediction's derivative by each parameter")
        .after_help(FEATURES)
        .max_term_width(100)
        .args(train_arguments(&crate::features::defaults()))
        .arg(run_argument())
        .mut_arg("out", beside_others)
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print the numbers as JSON in place of the table; files are written all the same")
                .help_heading(FILES),
        )
}

fn verify() -> Parser {
    Parser::new("verify")
        .about("Repeat training runs made with PyTorch and compare")
        .after_help(VERIFY)
        .max_term_width(100)
        .arg(
            Arg::new("traces")
                .value_name("TRACE.json")
                .value_parser(value_parser!(PathBuf))
                .required(true)
                .num_args(1..)
                .help("Traces of the format elbow-trace-1, as tools/trace.py writes them"),
        )
        .arg(Arg::new("tolerance").long("tolerance").value_name("SIZE").value_parser(tolerance).help(
            "Largest deviation to accept, the smaller of absolute and relative for each number [at least 0] \
                     [default: 1e-9 for f64; 1e-4 for f32, up to step 1000]",
        ))
}

/// The value of `--tolerance`.
fn tolerance(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|&size: &f64| size.is_finite() && size >= 0.0).ok_or("must be a finite number at least 0")
}

/// The flags of `elbow train`: one for each setting of the table, then those about files.
fn train_arguments(defaults: &Settings) -> Vec<Arg> {
    let mut arguments: Vec<Arg> = SETTINGS.iter().map(|setting| flag(setting, defaults)).collect();
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
    arguments.push(open_argument().help_heading(FILES));
    arguments.push(
        Arg::new("quiet")
            .long("quiet")
            .short('q')
            .action(ArgAction::SetTrue)
            .help("No progress bar, no estimate and no table; errors are still shown")
            .help_heading(FILES),
    );
    arguments.push(
        Arg::new("yes")
            .long("yes")
            .short('y')
            .action(ArgAction::SetTrue)
            .help("Begin even if more memory or disk space is estimated to be needed than is free")
            .help_heading(FILES),
    );
    arguments
}

/// The flag of the directory, of a command whose files stand beside those of others.
fn beside_others(out: Arg) -> Arg {
    out.help(format!("Directory to write into; only what this command wrote there is replaced [default: {OUT}]"))
}

/// The flag that opens the page.
fn open_argument() -> Arg {
    Arg::new("open").long("open").action(ArgAction::SetTrue).help("Open the page in the browser when it is written")
}

/// The flag that repeats a run.
fn run_argument() -> Arg {
    Arg::new("run")
        .long("run")
        .value_name("RUN.json")
        .value_parser(value_parser!(PathBuf))
        .conflicts_with("settings")
        .help(
            "Repeat a run that a page saved, with its settings and points; flags hold where they are given, but for the \
             points of a table",
        )
        .help_heading(FILES)
}

const STUDY: &str = "Study";
const FILES: &str = "Files and output";

/// The flag of a setting.
fn flag(setting: &'static Setting, defaults: &Settings) -> Arg {
    Arg::new(setting.name)
        .long(setting.name)
        .value_name(setting.placeholder)
        .help(format!("{} [{}] [default: {}]", setting.help, setting.range(), setting.shown(defaults)))
        .help_heading(STUDY)
}
