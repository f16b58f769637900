//! The table of settings: its forms agree with each other, and what it refuses it explains.

use std::path::Path;

use nn::architecture::{Activation, Loss};
use nn::data::Data;
use nn::initial::Initial;
use nn::optimizer::Schedule;
use nn::sets::Set;
use nn::settings::{
    Allowed, Optimizer, Paradigm, Precision, SETTINGS, Sampler, SettingError, Settings, Target, setting,
};
use proptest::prelude::*;

fn set(name: &str, text: &str) -> Result<Settings, SettingError> {
    let mut settings = Settings::default();
    setting(name).unwrap().set(&mut settings, text)?;
    Ok(settings)
}

#[test]
fn defaults_are_the_notebooks() {
    let defaults: Vec<(&str, String)> = SETTINGS.iter().map(|s| (s.name, s.default())).collect();
    let expected = [
        ("widths", "10,20,40"),
        ("layers", ""),
        ("activation", "relu"),
        ("init", "auto"),
        ("loss", "auto"),
        ("paradigms", "output,all,ridge"),
        ("steps", "150000"),
        ("batch", "40"),
        ("lr-output", "0.2"),
        ("lr-all", "0.02"),
        ("rates", ""),
        ("ridge", "1e-5"),
        ("optimizer", "sgd"),
        ("momentum", "0.9"),
        ("schedule", "constant"),
        ("weight-decay", "auto"),
        ("l1", "0"),
        ("clip", "0"),
        ("target", "piecewise"),
        ("x", ""),
        ("y", ""),
        ("slice", ""),
        ("separator", "auto"),
        ("decimal", "auto"),
        ("dates", "auto"),
        ("header", "auto"),
        ("missing", ""),
        ("skip", "0"),
        ("samples", "200"),
        ("noise", "0.1"),
        ("data-seed", "1"),
        ("seed", "0"),
        ("seeds", "1"),
        ("save-every", "1000"),
        ("watch-every", "auto"),
        ("sampler", "fast"),
        ("precision", "f32"),
        ("threads", "0"),
    ];
    assert_eq!(defaults, expected.map(|(name, value)| (name, value.to_owned())));
    Settings::default().validate().unwrap();
}

/// The table has an entry for each field of the struct, under the name that serde gives it.
#[test]
fn the_table_covers_the_struct() {
    let json = serde_json::to_value(Settings::default()).unwrap();
    let mut fields: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let mut names: Vec<&str> = SETTINGS.iter().map(|s| s.name).collect();
    fields.sort_unstable();
    names.sort_unstable();
    assert_eq!(fields, names);
}

#[test]
fn refusals_name_the_value_and_what_is_allowed() {
    let messages = [
        ("widths", "0", "width 0: must be from 1 to 1024 hidden units"),
        ("widths", "10,1025", "width 1025: must be from 1 to 1024 hidden units"),
        ("widths", "ten", "width ten: must be a whole number from 1 to 1024 hidden units"),
        ("widths", "10,", "width : must be a whole number from 1 to 1024 hidden units"),
        ("widths", "", "widths: the list is empty; give at least one, as in 10,20,40"),
        ("widths", "10,20,10", "widths: 10 is listed twice"),
        ("widths", "10,010", "widths: 10 is listed twice"),
        ("batch", "0", "batch 0: must be from 1 to 1000000 samples"),
        ("batch", "-3", "batch -3: must be from 1 to 1000000 samples"),
        ("batch", "1.5", "batch 1.5: must be a whole number from 1 to 1000000 samples"),
        ("steps", "1e5", "steps 1e5: must be a whole number from 1 to 1000000000000 steps"),
        ("lr-all", "0", "lr-all 0: must be above 0"),
        ("lr-all", "-0.1", "lr-all -0.1: must be above 0"),
        ("lr-output", "NaN", "lr-output NaN: must be a finite number above 0"),
        ("lr-output", "fast", "lr-output fast: must be a finite number above 0"),
        ("ridge", "-1", "ridge -1: must be at least 0"),
        ("ridge", "inf", "ridge inf: must be a finite number at least 0"),
        ("momentum", "1", "momentum 1: must be at least 0 and below 1"),
        ("samples", "1", "samples 1: must be from 2 to 1000000 points"),
        ("noise", "-0.1", "noise -0.1: must be at least 0 units of y"),
        ("paradigms", "all,ridgy", "paradigm ridgy: must be output, all or ridge; did you mean ridge?"),
        ("paradigms", "x", "paradigm x: must be output, all or ridge"),
        (
            "optimizer",
            "adm",
            "optimizer adm: must be sgd, momentum, nesterov, adam, adamw or rmsprop; did you mean adam?",
        ),
        ("sampler", "numpy", "sampler numpy: must be fast or numpy-choice; did you mean numpy-choice?"),
        (
            "target",
            "peicewise",
            "target peicewise: must be piecewise, sine, step, abs, circle, xor, gauss, spiral, moons, plane, bumps, the path of a table (with a . or / in it), or - for standard input; did \
             you mean piecewise?",
        ),
        ("separator", "xyz", "separator xyz: must be auto , ; tab | spaces or another character"),
        ("decimal", "comma", "decimal comma: must be auto, . or ,"),
        ("x", "a\nb", "x a\nb: must be name or number of a column"),
        ("data-seed", "4294967296", "data-seed 4294967296: must be from 0 to 4294967295"),
    ];
    for (name, text, message) in messages {
        let error = set(name, text).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.setting(), name);
    }
}

#[test]
fn validate_finds_what_was_put_in_directly() {
    let valid = Settings::default();
    let messages = [
        (Settings { widths: vec![], ..valid.clone() }, "widths: the list is empty; give at least one, as in 10,20,40"),
        (Settings { widths: vec![5, 5], ..valid.clone() }, "widths: 5 is listed twice"),
        (Settings { lr_all: f64::NAN, ..valid.clone() }, "lr-all NaN: must be a finite number above 0"),
        (
            Settings { noise: f64::INFINITY, ..valid.clone() },
            "noise inf: must be a finite number at least 0 units of y",
        ),
        (Settings { seeds: 0, ..valid.clone() }, "seeds 0: must be from 1 to 100000 networks"),
        (Settings { save_every: 0, ..valid.clone() }, "save-every 0: must be from 1 to 1000000000000 steps"),
        (
            Settings { widths: vec![1024], save_every: 1, ..valid.clone() },
            "save-every 1: the 150001 states saved of each run would keep 924 million numbers in memory, and at most 125 \
             million are allowed; raise save-every, or lower steps, seeds or widths",
        ),
    ];
    for (settings, message) in messages {
        assert_eq!(settings.validate().unwrap_err().to_string(), message);
    }
    let numpy = Settings { seed: 1 << 32, seeds: 2, sampler: Sampler::NumpyChoice, ..valid.clone() };
    assert_eq!(
        numpy.validate().unwrap_err().to_string(),
        "seed 4294967296: must be from 0 to 4294967294, given the sampler numpy-choice and 2 seeds"
    );
    Settings { sampler: Sampler::Fast, ..numpy }.validate().unwrap();
    // A study of a thousand seeds is meant to be possible, and so is the largest network.
    Settings { seeds: 1000, ..valid.clone() }.validate().unwrap();
    Settings { widths: vec![1024], ..valid }.validate().unwrap();
}

#[test]
fn looks_for_events_are_rarer_in_long_runs_and_too_many_are_refused() {
    let default = Settings::default();
    let data = Data::from_settings(&default).unwrap();
    let resolution = |steps, watch_every| Settings { steps, watch_every, ..Settings::default() }.resolution(&data);
    assert_eq!(
        [1, 5_000_000, 1_000_000_000].map(|steps| resolution(steps, None)),
        [Some(500), Some(500), Some(100_000)]
    );
    assert_eq!([resolution(1_000_000_000, Some(7)), resolution(10, Some(0))], [Some(7), None]);
    // 200 points, ten times in minibatches of 3.
    assert_eq!(Settings { batch: 3, ..default.clone() }.resolution(&data), Some(667));
    let long =
        |watch_every| Settings { steps: 1_000_000_000, save_every: 1_000_000_000, watch_every, ..default.clone() };
    let error = long(Some(7)).architectures(&data).unwrap_err();
    assert_eq!(
        error.to_string(),
        "watch-every 7: the 142857142 looks at each run may find 6667 million events, and at most 20 million are kept in \
         memory; raise watch-every, or lower steps, seeds or widths"
    );
    // Of these, nothing but spikes is kept.
    let tanh = Settings { activation: Activation::Tanh, ..long(Some(7)) };
    for allowed in [long(None), long(Some(0)), tanh] {
        allowed.architectures(&data).unwrap();
    }
}

#[test]
fn early_states_and_each_multiple_and_the_last_are_saved() {
    let saved = |steps, save_every| Settings { steps, save_every, ..Settings::default() }.saved_states();
    assert_eq!(saved(150_000, 1000), 166);
    assert_eq!(saved(1, 1000), 2);
    assert_eq!(saved(10, 1), 11);
    assert_eq!(saved(10, 3), 7);
    for (steps, save_every) in [(150, 7), (7, 7), (6, 7), (1000, 1), (12_345, 1000), (99, 1_000_000_000_000)] {
        let settings = Settings { steps, save_every, ..Settings::default() };
        let one_by_one = (1..=steps).filter(|step| {
            let early = [1, 2, 3, 5, 7].iter().any(|d| (0..7).any(|k| d * 10_u64.pow(k) == *step));
            (*step < save_every && early) || step.is_multiple_of(save_every) || *step == steps
        });
        let found: Vec<u64> =
            std::iter::successors(settings.next_saved(0), |&step| settings.next_saved(step)).collect();
        assert_eq!(found, one_by_one.collect::<Vec<_>>(), "{steps} {save_every}");
        assert_eq!(settings.saved_states(), 1 + found.len() as u64);
    }
}

fn toml(text: &str) -> Result<Settings, String> {
    Settings::from_toml(text, Path::new("my.toml")).map_err(|e| e.to_string())
}

#[test]
fn a_settings_file_overrides_defaults() {
    let text = "# quick\nwidths = [5, 80]\nparadigms = [\"all\"]\nsteps = 1_000\nlr-all = 1e-1\nridge = 0\n\
                optimizer = \"adam\"\ntarget = 'C:\\my data.csv'\nseed = 0x10\n";
    let expected = Settings {
        widths: vec![5, 80],
        paradigms: vec![Paradigm::All],
        steps: 1000,
        lr_all: 0.1,
        ridge: 0.0,
        optimizer: Optimizer::Adam,
        target: Target::File(r"C:\my data.csv".into()),
        seed: 16,
        ..Settings::default()
    };
    assert_eq!(toml(text), Ok(expected));
    assert_eq!(toml(""), Ok(Settings::default()));
}

#[test]
fn a_bad_settings_file_says_where() {
    let messages = [
        ("steps = 5\nlr-al = 0.1\n", "my.toml:2:1: unknown setting lr-al; did you mean lr-all?"),
        ("lr_output = 0.1", "my.toml:1:1: unknown setting lr_output; did you mean lr-output?"),
        ("width = [3]", "my.toml:1:1: unknown setting width; did you mean widths?"),
        ("\n[train]\nsteps = 5", "my.toml:2:2: unknown setting train; "),
        ("é = 1", "my.toml:1:1: "),
        ("steps = 5\n  batch = 0 # none", "my.toml:2:11: batch 0: must be from 1 to 1000000 samples"),
        ("widths = [10, 0]", "my.toml:1:15: width 0: must be from 1 to 1024 hidden units"),
        ("widths = []", "my.toml:1:10: widths: the list is empty; give at least one, as in 10,20,40"),
        ("lr-all = nan", "my.toml:1:10: lr-all nan: must be a finite number above 0"),
        (
            "optimizer = \"sdg\"",
            "my.toml:1:13: optimizer sdg: must be sgd, momentum, nesterov, adam, adamw or rmsprop; did you mean sgd?",
        ),
        (
            "optimizer = \"adm\"",
            "my.toml:1:13: optimizer adm: must be sgd, momentum, nesterov, adam, adamw or rmsprop; did you mean adam?",
        ),
        ("steps = true", "my.toml:1:9: steps true: must be a whole number from 1 to 1000000000000 steps"),
        ("steps = {a = 1}", "my.toml:1:9: steps {…}: must be a whole number from 1 to 1000000000000 steps"),
        ("steps = 5\nsteps = 6", "my.toml:2:1: duplicate key"),
        ("steps = 5\nbatch =\n", "my.toml:2:8: "),
    ];
    for (text, message) in messages {
        let error = toml(text).unwrap_err();
        assert!(error.starts_with(message), "{text:?} gives {error}, not {message}");
    }
}

#[test]
fn a_target_in_a_settings_file_is_relative_to_that_file() {
    let target = |path: &str, target: &str| {
        let text = format!("target = '{target}'");
        Settings::from_toml(&text, std::path::Path::new(path)).unwrap().target
    };
    let file = |path: &str| Target::File(path.into());
    assert_eq!(target("study.toml", "points.csv"), file("points.csv"));
    assert_eq!(target("studies/a.toml", "points.csv"), file("studies/points.csv"));
    assert_eq!(target("/home/a.toml", "../points.csv"), file("/home/../points.csv"));
    assert_eq!(target("studies/a.toml", "/data/points.csv"), file("/data/points.csv"));
    assert_eq!(target("studies/a.toml", "sine"), Target::Sine);
}

fn positive() -> impl Strategy<Value = f64> {
    prop_oneof![1e-9..10.0, any::<f64>().prop_filter("positive and finite", |v| *v > 0.0 && v.is_finite())]
}

fn some_of<T: Clone + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = Vec<T>> {
    prop::sample::subsequence(all.to_vec(), 1..=all.len()).prop_shuffle()
}

fn one_of<T: Clone + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

prop_compose! {
    fn learning()(
        widths in prop::collection::hash_set(1_usize..=1024, 1..6),
        paradigms in some_of(Paradigm::ALL),
        optimizer in one_of(Optimizer::ALL),
        rates in [positive(), positive(), positive()],
        momentum in 0.0..1.0,
        steps in 1_u64..=1_000_000_000_000,
        batch in 1_usize..=1_000_000,
        save_every in 1_u64..=1_000_000_000_000,
        watch_every in prop::option::of(0_u64..=1_000_000_000_000),
    ) -> Settings {
        let [lr_output, lr_all, ridge] = rates;
        let widths = widths.into_iter().collect();
        let valid = Settings::default();
        Settings { widths, paradigms, optimizer, lr_output, lr_all, ridge, momentum, steps, batch, save_every, watch_every, ..valid }
    }
}

prop_compose! {
    fn network()(
        layers in prop::collection::vec(1_usize..=1024, 0..=8),
        activation in one_of(Activation::ALL),
        init in prop::option::of(one_of(Initial::ALL)),
        loss in prop::option::of(one_of(Loss::ALL)),
        schedule in one_of(Schedule::ALL),
        weight_decay in prop::option::of(positive()),
        l1 in positive(),
        clip in positive(),
        learning in learning(),
    ) -> Settings {
        // Where layers stand in their place, widths say nothing.
        let widths = if layers.is_empty() { learning.widths.clone() } else { Settings::default().widths };
        Settings { widths, layers, activation, init, loss, schedule, weight_decay, l1, clip, ..learning }
    }
}

prop_compose! {
    fn settings()(
        learning in network(),
        target in prop_oneof![
            Just(Target::Piecewise),
            Just(Target::Sine),
            one_of(Set::ALL).prop_map(Target::Set),
            "[ -~\t\nåπ]{0,20}\\.(csv|CSV)".prop_map(|path| Target::File(path.into())),
        ],
        samples in 2_usize..=1_000_000,
        noise in positive(),
        data_seed: u32,
        seed in 0_u64..1 << 53,
        seeds in 1_usize..=100_000,
        sampler in one_of(Sampler::ALL),
        precision in one_of(Precision::ALL),
        threads in 0_usize..=1024,
    ) -> Settings {
        Settings { target, samples, noise, data_seed, seed, seeds, sampler, precision, threads, ..learning }
    }
}

proptest! {
    #[test]
    fn every_setting_comes_back_from_its_text(settings in settings()) {
        let mut copy = Settings::default();
        for setting in SETTINGS {
            setting.set(&mut copy, &setting.get(&settings)).unwrap();
        }
        prop_assert_eq!(copy, settings);
    }

    #[test]
    fn settings_come_back_from_toml_and_json(settings in settings()) {
        prop_assert_eq!(toml(&settings.to_toml()), Ok(settings.clone()));
        let json = serde_json::to_string(&settings).unwrap();
        prop_assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
    }

    #[test]
    fn what_is_refused_changes_nothing(which in 0..SETTINGS.len(), text in "[-+.,e0-9a-z ]{0,12}") {
        let mut settings = Settings::default();
        if SETTINGS[which].set(&mut settings, &text).is_ok() {
            let fine = matches!(settings.validate(), Ok(()) | Err(SettingError::Memory { .. })
);
            prop_assert!(fine);
        } else {
            prop_assert_eq!(settings, Settings::default());
        }
    }

    #[test]
    fn no_text_makes_the_reader_of_settings_panic(text in "[-\"'\n=\\[\\]{}a-z0-9. é]{0,60}") {
        let _ = toml(&text);
    }
}

/// Help and messages are made from the same entry, so it must read well.
#[test]
fn every_entry_is_described() {
    for setting in SETTINGS {
        assert!(!setting.help.is_empty() && !setting.help.ends_with('.'), "{}", setting.name);
        assert!(!setting.placeholder.is_empty() && !setting.range().is_empty(), "{}", setting.name);
        assert!(setting.list == setting.default().contains(','), "{}", setting.name);
        if let Allowed::Words(words) = setting.allowed {
            assert!(words.len() > 1, "{}", setting.name);
        }
    }
}
