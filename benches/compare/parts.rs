//! What is compared: in each part some systems do the same work, Elbow first.

use crate::c::C;
use crate::elbow::{Elbow, column};
use crate::failure::Failure;
use crate::measure::{Output, Part, Run, System, Together};
use crate::{data, peers, python};
use std::path::{Path, PathBuf};

/// Widths of the notebook's networks.
const NOTEBOOK: [usize; 3] = [10, 20, 40];
/// Widths from tiny to large, most of them no multiple of a vector's length.
const WIDTHS: [usize; 7] = [5, 17, 33, 64, 100, 256, 1000];
/// PyTorch's time a step does not depend on their number, and it needs two hundred microseconds for each.
const PYTORCH_STEPS: usize = 5_000;
const PEER_STEPS: usize = 20_000;

/// A part by the name on the command line, and what it is.
pub const PARTS: [(&str, &str); 6] = [
    ("study", "the notebook's study, in Elbow, C, JAX and PyTorch"),
    ("study-f64", "the same in double precision, in Elbow and C"),
    ("widths", "widths from 5 to 1000, in Elbow and C"),
    ("seeds", "sixteen networks at once, in Elbow and C"),
    ("peers", "the step of training, in Elbow and other Rust libraries"),
    ("optimizers", "the course's study of optimizers, on all cores, in Elbow"),
];

/// Everything that parts are made of.
pub struct Workshop {
    root: PathBuf,
    scratch: PathBuf,
    data: PathBuf,
    elbow: Elbow,
    c: Result<C, Failure>,
    steps: usize,
}

impl Workshop {
    /// Builds Elbow and writes the data below `scratch`.
    pub fn open(root: &Path, scratch: &Path, steps: usize) -> Result<Self, Failure> {
        let data = scratch.join("data");
        std::fs::create_dir(&data).map_err(Failure::file(&data))?;
        data::write(&data, &[&NOTEBOOK[..], &WIDTHS].concat())?;
        let (elbow, c) = (Elbow::build(root, scratch)?, C::find(&root.join("benches/compare/c"), scratch));
        Ok(Self { root: root.to_owned(), scratch: scratch.to_owned(), data, elbow, c, steps })
    }

    /// The version of the C compiler.
    pub fn c_compiler(&self) -> Option<String> {
        self.c.as_ref().ok()?.version()
    }

    /// A part by name; builds what it needs.
    pub fn part(&self, name: &str) -> Part<'_> {
        match name {
            "study" => self.study(),
            "study-f64" => self.study_f64(),
            "widths" => self.widths(),
            "seeds" => self.seeds(),
            "peers" => self.peers(),
            _ => self.optimizers(),
        }
    }

    fn study(&self) -> Part<'_> {
        let python = |package, script: &str, steps| {
            let script = self.root.join("benches/compare").join(script);
            python::run(package, &script, &self.scratch, steps).map(|run| vec![run])
        };
        let systems = vec![
            self.elbow(&format!("--paradigms output,all --steps {}", self.steps)),
            self.c("limit", &[]),
            System { name: "JAX", runs: python("jax", "notebook_jax.py", self.steps) },
            System { name: "PyTorch", runs: python("torch", "notebook_torch.py", self.steps.min(PYTORCH_STEPS)) },
        ];
        Part {
            key: "study",
            title: "The notebook's study, single precision".to_owned(),
            unit: "µs a step",
            columns: study_columns(),
            together: Some(Together::Mean),
            systems,
            notes: vec![format!(
                "Six networks, {} steps each, with an evaluation on 1200 points and a copy of the parameters at every \
                 thousandth; one thread. PyTorch makes {} steps of each, since its time a step does not change.",
                self.steps,
                self.steps.min(PYTORCH_STEPS)
            )],
        }
    }

    fn study_f64(&self) -> Part<'_> {
        let elbow = self.elbow(&format!("--precision f64 --paradigms output,all --steps {}", self.steps));
        Part {
            key: "study-f64",
            title: "The notebook's study, double precision".to_owned(),
            unit: "µs a step",
            columns: study_columns(),
            together: Some(Together::Mean),
            systems: vec![elbow, self.c("limit", &["-DF64"])],
            notes: vec!["The same study, with the same networks and evaluations.".to_owned()],
        }
    }

    fn widths(&self) -> Part<'_> {
        let steps = |width: usize| (self.steps * 20 / width).clamp(self.steps.min(1000), self.steps);
        let elbow =
            WIDTHS.map(|width| self.elbow.steps(&format!("--paradigms all --widths {width} --steps {}", steps(width))));
        let limits = WIDTHS
            .iter()
            .map(|&width| self.compiled("limit", width, &[], &[steps(width).to_string(), "all".to_owned()]));
        let systems = vec![
            System { name: "Elbow", runs: Ok(elbow.into()) },
            System { name: "C by hand", runs: limits.collect() },
        ];
        Part {
            key: "widths",
            title: "All layers at other widths".to_owned(),
            unit: "µs a step",
            columns: WIDTHS.map(|width| column("all", width)).into(),
            together: None,
            systems,
            notes: vec![format!(
                "One run of all layers for each width, in single precision on one thread: {} steps up to width 20, fewer in \
                 proportion above; C is compiled for each width.",
                self.steps
            )],
        }
    }

    fn seeds(&self) -> Part<'_> {
        let flags = format!("--seeds 16 --paradigms output,all --steps {}", self.steps);
        Part {
            key: "seeds",
            title: "Sixteen networks at once".to_owned(),
            unit: "µs a network's step",
            columns: study_columns(),
            together: Some(Together::Mean),
            systems: vec![self.elbow(&flags), self.c("limit_lanes", &[])],
            notes: vec![
                "The notebook's study with sixteen seeds on one thread, a seed in each lane. C uses the elbow form of a \
                 unit, which needs fewer operations."
                    .to_owned(),
            ],
        }
    }

    fn peers(&self) -> Part<'_> {
        let steps = self.steps.min(PEER_STEPS);
        let peer = |name| {
            eprintln!("  building {name}");
            System { name, runs: peers::run(name, &self.root, &self.data, steps).map(|run| vec![run]) }
        };
        Part {
            key: "peers",
            title: "The step in other Rust libraries".to_owned(),
            unit: "µs a step",
            columns: NOTEBOOK.map(|width| column("all", width)).into(),
            together: Some(Together::Mean),
            systems: vec![
                self.elbow(&format!("--paradigms all --steps {} --save-every {}", self.steps, self.steps)),
                peer("dfdx"),
                peer("candle"),
                peer("burn"),
            ],
            notes: vec![format!(
                "Draw 40 of 200 points, forward, mean squared error, backward, SGD on all layers; nothing is evaluated or \
                 saved. One thread; the libraries make {steps} steps."
            )],
        }
    }

    fn optimizers(&self) -> Part<'_> {
        let steps = (self.steps / 5).max(1);
        let run = |optimizer: &'static str| {
            let flags = format!(
                "--paradigms all --seeds 30 --steps {steps} --save-every {} --noise 0.01 --optimizer {optimizer}",
                (steps / 10).max(1)
            );
            self.elbow.seconds(optimizer, &flags)
        };
        let optimizers = ["sgd", "momentum", "adam"];
        let mut systems = vec![System { name: "Elbow", runs: Ok(optimizers.map(run).into()) }];
        if steps == 30_000 {
            // The course gives only the whole time.
            let course: Run = Box::new(|| {
                let times = vec![("together".to_owned(), 36.8 * 60.0)];
                Ok(Output { times, note: "the 36.8 minutes that the course reports; not measured here".to_owned() })
            });
            systems.push(System { name: "PyTorch, as reported", runs: Ok(vec![course]) });
        }
        Part {
            key: "optimizers",
            title: "The study of optimizers".to_owned(),
            unit: "s",
            columns: optimizers.map(str::to_owned).into(),
            together: Some(Together::Sum),
            systems,
            notes: vec![format!(
                "Thirty networks of each width, all layers, {steps} steps with each optimizer, noise 0.01; the report and \
                 all files are written."
            )],
        }
    }

    /// Elbow with flags, a run for each of the notebook's widths, so that it takes turns with C as often as can be.
    fn elbow(&self, flags: &str) -> System<'_> {
        let runs = NOTEBOOK.map(|width| self.elbow.steps(&format!("--widths {width} {flags}")));
        System { name: "Elbow", runs: Ok(runs.into()) }
    }

    /// A program in C, for each of the notebook's widths.
    fn c(&self, program: &str, flags: &[&str]) -> System<'_> {
        let steps = [self.steps.to_string()];
        let runs = NOTEBOOK.iter().map(|&width| self.compiled(program, width, flags, &steps)).collect();
        System { name: "C by hand", runs }
    }

    fn compiled(&self, program: &str, width: usize, flags: &[&str], arguments: &[String]) -> Result<Run<'_>, Failure> {
        self.c.as_ref().map_err(Clone::clone)?.run(program, width, flags, &self.data, arguments)
    }
}

fn study_columns() -> Vec<String> {
    ["output", "all"].into_iter().flat_map(|paradigm| NOTEBOOK.map(|width| column(paradigm, width))).collect()
}
