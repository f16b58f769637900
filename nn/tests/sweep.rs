//! Plans: what they say, which runs they are, and what comes out.

use nn::data::Data;
use nn::settings::{Asked, Paradigm, Settings, SettingsFileError, setting};
use nn::study::{Outcome, Run, Study};
use nn::sweep::{Plan, Sweep, SweepError};
use std::ops::{ControlFlow, Range};
use std::path::Path;

fn defaults() -> Settings {
    Settings { widths: vec![4], paradigms: vec![Paradigm::All], steps: 50, ..Settings::default() }
}

fn read(text: &str) -> Result<Plan, SettingsFileError> {
    Plan::read(text, Path::new("plan.toml"), defaults())
}

fn sweep(text: &str) -> Sweep {
    Sweep::open(read(text).unwrap()).unwrap()
}

/// The number, the values and the run of each.
fn run(sweep: &Sweep, runs: Range<u64>) -> Vec<(u64, String, Run)> {
    let mut made = Vec::new();
    let tell = &mut |done: nn::sweep::Done<'_>| {
        made.push((done.number, done.values.join(" "), done.run.clone()));
        ControlFlow::Continue(())
    };
    sweep.run(runs, tell).unwrap();
    made
}

fn values(text: &str) -> Vec<String> {
    let sweep = sweep(text);
    let all = 0..sweep.plan().runs();
    run(&sweep, all).into_iter().map(|(_, values, _)| values).collect()
}

#[test]
fn rows_are_outermost_then_the_grid_then_draws_then_lists_and_seeds() {
    let text = "
        paradigms = ['all', 'output']
        seeds = 2
        seed = 7
        [grid]
        optimizer = ['sgd', 'adam']
        widths = [2, 3]
        [[list]]
        batch = 10
        [[list]]
        noise = 0.5
    ";
    let sweep = sweep(text);
    assert_eq!(sweep.columns(), ["batch", "noise", "optimizer", "width", "paradigm", "seed"]);
    let made = run(&sweep, 0..32);
    let mut wanted = Vec::new();
    for row in ["10 0.1", "40 0.5"] {
        for optimizer in ["sgd", "adam"] {
            for width in [2, 3] {
                for paradigm in ["all", "output"] {
                    for seed in [7, 8] {
                        wanted.push(format!("{row} {optimizer} {width} {paradigm} {seed}"));
                    }
                }
            }
        }
    }
    assert_eq!(made.iter().map(|(_, values, _)| values.clone()).collect::<Vec<_>>(), wanted);
    assert!(made.iter().enumerate().all(|(i, (number, ..))| i as u64 == *number));
}

#[test]
fn a_run_has_the_bits_that_it_has_in_a_study_of_its_settings() {
    let text = "
        seeds = 19
        [grid]
        lr-all = [0.02, 1e9]
        precision = ['f32', 'f64']
    ";
    let sweep = sweep(text);
    let made = run(&sweep, 0..76);
    for (number, _, swept) in &made {
        let (point, seed) = (number / 19, number % 19);
        let mut settings = Settings { seed, watch_every: Some(0), ..defaults() };
        setting("lr-all").unwrap().set(&mut settings, ["0.02", "1e9"][point as usize / 2]).unwrap();
        setting("precision").unwrap().set(&mut settings, ["f32", "f64"][point as usize % 2]).unwrap();
        let study = Study::run(&settings, Data::from_settings(&settings).unwrap(), &|_| ()).unwrap();
        let [alone] = &study.runs[..] else { panic!("one run") };
        assert_eq!((alone.hash(), alone.outcome), (swept.hash(), swept.outcome), "run {number}");
        assert_eq!(alone.states, swept.states);
        assert_eq!(matches!(swept.outcome, Outcome::Diverged(_)), point >= 2);
    }
    // However they are cut.
    let pieces = [0..1, 1..18, 18..40, 40..76].map(|piece| run(&sweep, piece)).concat();
    let hashes = |runs: &[(u64, String, Run)]| runs.iter().map(|(n, _, run)| (*n, run.hash())).collect::<Vec<_>>();
    assert_eq!(hashes(&pieces), hashes(&made));
}

#[test]
fn what_is_not_mentioned_follows_from_what_is_for_each_run_by_itself() {
    let sweep = sweep("steps = 20\n[grid]\ntarget = ['spiral', 'sine']\nlr-all = [0.001, 0.01]");
    for (number, target) in [(0, "spiral"), (2, "sine")] {
        let mut asked = Asked::new(defaults());
        for (name, text) in [("steps", "20"), ("target", target), ("lr-all", "0.001")] {
            asked.set(setting(name).unwrap(), text).unwrap();
        }
        asked.set(setting("watch-every").unwrap(), "0").unwrap();
        let data = Data::from_settings(&asked.settings()).unwrap();
        let (settings, _) = sweep.study(number).unwrap();
        assert_eq!(settings, asked.settings_on(&data));
    }
}

#[test]
fn draws_lie_between_their_bounds_do_not_go_together_and_do_not_depend_on_their_number() {
    let text = |count: u64| {
        format!(
            "steps = 1\n[random]
             lr-all = {{ log = [1e-3, 1], count = {count}, seed = 5 }}
             momentum = {{ linear = [0, 0.9], count = {count}, seed = 5 }}
             widths = {{ log = [1, 8], count = {count}, seed = 5 }}"
        )
    };
    let rows: Vec<[f64; 3]> = values(&text(400))
        .iter()
        .map(|row| {
            let numbers: Vec<f64> = row.split(' ').map(|number| number.parse().unwrap()).collect();
            [numbers[0], numbers[1], numbers[2]]
        })
        .collect();
    assert!(rows.iter().all(|&[rate, momentum, width]| {
        (1e-3..=1.0).contains(&rate) && (0.0..=0.9).contains(&momentum) && (1.0..=8.0).contains(&width)
    }));
    // A third of the rates in each decade, half of the momenta in each half, half of the widths at 1 and 2 (of 1 to 9 by
    // logarithm), and both bounds of whole numbers are reached.
    let share = |is: &dyn Fn(&[f64; 3]) -> bool| rows.iter().filter(|row| is(row)).count() as f64 / 400.0;
    for (found, wanted) in [
        (share(&|row| row[0] < 0.01), 1.0 / 3.0),
        (share(&|row| row[0] > 0.1), 1.0 / 3.0),
        (share(&|row| row[1] < 0.45), 0.5),
        (share(&|row| row[2] < 3.0), 0.5),
        (share(&|row| row[0] < 0.0316 && row[1] < 0.45), 0.25),
    ] {
        assert!((found - wanted).abs() < 0.08, "{found}, not {wanted}");
    }
    assert!(rows.iter().any(|row| row[2] == 1.0) && rows.iter().any(|row| row[2] == 8.0));
    assert_eq!(values(&text(3)), values(&text(400))[..3]);
    // The same on every machine.
    assert_eq!(values(&text(1))[0], "0.014131214308888352 0.05436626836954963 7 0");
}

#[test]
fn the_identity_is_of_what_decides_results_and_of_nothing_else() {
    let identity = |text: &str| sweep(text).identity();
    let plan = "steps = 20\nbatch = 10\n[grid]\nlr-all = [0.1, 0.2]";
    assert_eq!(identity(plan), identity("# a word\nbatch=10\nthreads = 1\nsteps = 20\ngrid.lr-all = [0.1, 2e-1]"));
    for other in [
        "steps = 21\nbatch = 10\n[grid]\nlr-all = [0.1, 0.2]",
        "steps = 20\nbatch = 10\n[grid]\nlr-all = [0.2, 0.1]",
        "steps = 20\nbatch = 10\n[grid]\nlr-output = [0.1, 0.2]",
        "steps = 20\nbatch = 10\nseeds = 2\n[grid]\nlr-all = [0.1, 0.2]",
        "steps = 20\nbatch = 10\n[random]\nlr-all = { log = [0.1, 0.2], count = 2, seed = 0 }",
        "steps = 20\nbatch = 10\n[random]\nlr-all = { log = [0.1, 0.2], count = 2, seed = 1 }",
    ] {
        assert_ne!(identity(plan), identity(other), "{other}");
    }
}

#[test]
fn tables_are_found_beside_the_plan_and_are_part_of_the_identity() {
    let place = tempfile::tempdir().unwrap();
    let points =
        |shift: f64| (0..30).map(|i| format!("{},{}\n", f64::from(i) / 30.0, shift + f64::from(i % 7))).collect();
    let write = |name: &str, text: String| std::fs::write(place.path().join(name), text).unwrap();
    write("a.csv", points(0.0));
    write("b.csv", points(1.0));
    let plan = "[grid]\ntarget = ['a.csv', 'sine', 'b.csv']";
    let open = || Sweep::open(Plan::read(plan, &place.path().join("plan.toml"), defaults()).unwrap()).unwrap();
    let (sweep, before) = (open(), open().identity());
    let made = run(&sweep, 0..3);
    assert_eq!(made.iter().map(|(_, values, _)| &**values).collect::<Vec<_>>(), ["a.csv 0", "sine 0", "b.csv 0"]);
    // They are read once: what is written later does not count.
    write("a.csv", points(5.0));
    assert_eq!(
        run(&sweep, 0..3).iter().map(|run| run.2.hash()).collect::<Vec<_>>(),
        made.iter().map(|run| run.2.hash()).collect::<Vec<_>>()
    );
    assert_ne!(open().identity(), before);
    write("a.csv", points(0.0));
    assert_eq!(open().identity(), before);
}

#[test]
fn a_plan_that_cannot_be_is_refused_with_the_place_and_a_way_out() {
    for (text, wanted) in [
        ("stepps = 3", "1:1: unknown setting stepps; did you mean steps?"),
        ("[gird]\nlr-all = [1]", "1:2: unknown setting gird; did you mean grid?"),
        ("[grid]\nlrall = [1]", "2:1: unknown setting lrall; did you mean lr-all?"),
        ("[grid]\nlr-all = [0.1, -1]", "2:16: lr-all -1: must be above 0"),
        ("[grid]\nlr-all = []", "2:10: lr-all: a grid is made of lists with at least one item, as in lr-all = [0.02]"),
        ("[grid]\nlr-all = 0.1", "2:10: lr-all: a grid is made of lists"),
        ("[grid]\n", "1:1: the grid is empty; name a setting, or leave it out"),
        ("list = []", "1:8: the list is empty; give a row, or leave it out"),
        ("[list]\nsteps = 3", "1:1: list is given row by row, each under [[list]]"),
        ("[[list]]\nsteps = 3\n[[list]]\nstep = 4", "4:1: unknown setting step; did you mean steps?"),
        ("grid = 3", "1:8: the grid is a table of settings"),
        ("steps = 9", "1:1: the plan varies nothing; give [grid], [[list]] or [random], or several widths or seeds"),
        ("[grid]\nwidths = [5, [10, 20]]", "2:14: widths 10,20: a run has one of them; name them one by one"),
        (
            "[grid]\nlayers = [8, 8]",
            "2:14: layers: 8 is listed twice; the layers of a network are a list of their own, as in layers = [[8, 8], [16]]",
        ),
        ("[grid]\nlr-all = [0.1, 1e-1]", "2:16: lr-all: 0.1 is listed twice"),
        ("[grid]\nthreads = [1, 2]", "2:1: results do not depend on threads; give it above the tables, or not at all"),
        ("[grid]\nseeds = [1, 2]", "2:1: seeds belongs above the tables"),
        ("seeds = 2\n[grid]\nseed = [1, 2]", "1:1: each point would be trained with its seed and those after it"),
        ("lr-all = 1\n[grid]\nlr-all = [1, 2]", "3:1: lr-all is given for all runs, too; leave one of them out"),
        (
            "steps = 1\nwidths = [2, 3]\n[[list]]\nwidths = 5\n[[list]]\nbatch = 2",
            "2:1: widths 2,3: a row of the list that leaves widths out has one of them; give one",
        ),
        ("[[list]]\nbatch = 2\n[grid]\nbatch = [1, 2]", "4:1: batch is given in two tables; leave one of them out"),
        ("[grid]\ntarget = ['-']", "2:11: target -: what is read once cannot be read again"),
        (
            "[random]\nlr-all = [0, 1]",
            "2:10: lr-all: is drawn by { log = [0.001, 1], count = 50, seed = 0 }, or linear in place of log",
        ),
        ("[random]\nlr-all = { log = [0.1, 1], count = 5 }", "2:10: lr-all: is drawn by {"),
        ("[random]\nlr-all = { log = [0.1, 1], count = 5, sed = 0 }", "2:39: lr-all: sed has no place here"),
        ("[random]\nlr-all = { log = [0.1, 1], linear = [1, 2], count = 5, seed = 0 }", "lr-all: l"),
        (
            "[random]\nlr-all = { log = [0.1, 1], count = 0, seed = 0 }",
            "2:36: lr-all: count must be a whole number above 0",
        ),
        ("[random]\nlr-all = { log = [0.1], count = 1, seed = 0 }", "2:18: lr-all: needs two bounds, as in [0.001, 1]"),
        (
            "[random]\nlr-all = { log = [1, 0.1], count = 1, seed = 0 }",
            "2:18: lr-all: the first bound must be the smaller one",
        ),
        (
            "[random]\nnoise = { log = [0, 0.1], count = 1, seed = 0 }",
            "2:18: noise: bounds of a logarithm must be above 0",
        ),
        ("[random]\nlr-all = { log = [-1, 0.1], count = 1, seed = 0 }", "2:19: lr-all -1: must be above 0"),
        (
            "[random]\noptimizer = { log = [1, 2], count = 1, seed = 0 }",
            "2:13: optimizer: only numbers are drawn; list its values in [grid]",
        ),
        (
            "[random]\nweight-decay = { log = ['auto', 2], count = 1, seed = 0 }",
            "2:25: weight-decay: bounds are numbers",
        ),
        (
            "[random]\nlr-all = { log = [0.1, 1], count = 5, seed = 0 }\nnoise = { linear = [0, 1], count = 6, seed = 0 }",
            "3:9: noise: count is 6, and that of lr-all is 5; random settings are drawn together",
        ),
        (
            "seeds = 100000\n[random]\nlr-all = { log = [0.1, 1], count = 1000000000, seed = 0 }",
            "the plan has more than 1000000000000 runs; cut its lists",
        ),
        ("steps = [", "1:10: "),
    ] {
        let said = read(text).map(|_| ()).unwrap_err().to_string();
        assert!(said.starts_with("plan.toml:") && said.contains(wanted), "{text}\n{said}");
    }
}

#[test]
fn settings_that_do_not_go_together_are_found_before_anything_is_done() {
    let refused = |text: &str| -> SweepError { Sweep::open(read(text).unwrap()).unwrap_err() };
    for (text, run, wanted) in [
        (
            "[grid]\nwidths = [3]\nlayers = [[2, 2]]",
            0,
            "(widths = 3, layers = 2,2): layers and widths exclude each other",
        ),
        (
            "seeds = 3\n[grid]\nlr-all = [0.1, 0.2]\nloss = ['auto', 'logistic']",
            3,
            "run 3 (lr-all = 0.1, loss = logistic): the loss logistic tells classes apart",
        ),
        (
            "sampler = 'numpy-choice'\nseeds = 5\nseed = 4294967294\n[grid]\nbatch = [1]",
            0,
            "seed 4294967294: must be from 0 to 4294967291",
        ),
        ("save-every = 1\n[grid]\nsteps = [5, 1000000000]", 1, "would keep"),
        ("target = '-'\nseeds = 2", 0, "target -: must be a file, which can be read again"),
        ("[grid]\ntarget = ['sine', 'no.csv']", 1, "no.csv: there is no such file"),
    ] {
        let error = refused(text);
        assert!(error.run == run && error.to_string().contains(wanted), "{text}\n{error}");
    }
}
