//! Runs in the making.

use nn::data::Data;
use nn::events::What;
use nn::frame::Frame;
use nn::initial::initial_network;
use nn::optimizer::Schedule;
use nn::recording::Recording;
use nn::settings::{Paradigm, Settings};
use nn::study::{Job, Run, State, Study, jobs};
use nn::table::Request;
use tensor::f32x16;

fn settings() -> Settings {
    let paradigms = vec![Paradigm::All];
    Settings { widths: vec![7], paradigms, steps: 1_234, save_every: 100, seeds: 8, ..Settings::default() }
}

fn job(settings: &Settings, data: &Data) -> Job {
    jobs(settings, &settings.architectures(data).unwrap()).remove(0)
}

/// What does not depend on the clock.
fn timeless(runs: &[Run]) -> Vec<String> {
    runs.iter().map(|run| format!("{:?}", Run { seconds: 0.0, ..run.clone() })).collect()
}

#[test]
fn slices_of_any_length_save_the_same_states_and_see_the_same_events() {
    let settings = settings();
    let data = Data::from_settings(&settings).unwrap();
    let study = Study::run(&settings, data.clone(), &|_| ()).unwrap();
    for slice in [1, 7, 100, 1_000, u64::MAX] {
        let mut recording = Recording::<f32x16>::new(&job(&settings, &data), &settings, &data);
        let mut saved = 1;
        while !recording.is_done() {
            saved += recording.advance(slice);
        }
        assert_eq!(recording.advance(slice), 0, "nothing after the last step");
        assert_eq!(saved, settings.saved_states());
        assert!(recording.runs().iter().any(|run| !run.events.is_empty()));
        assert_eq!(timeless(recording.runs()), timeless(&study.runs));
    }
}

#[test]
fn a_run_on_a_table_is_kept_as_it_was_trained_and_shown_in_the_units_of_the_table() {
    let settings = Settings { seeds: 1, ..settings() };
    let rows: String = (0..50).map(|i| format!("{},{}\n", 1950 + i, 300.0 + f64::from(i * i % 17))).collect();
    let data = Data::from_table("ppm.csv", format!("year,ppm\n{rows}").as_bytes(), &Request::default()).unwrap();
    let job = job(&settings, &data);
    let mut recording = Recording::<f32>::new(&job, &settings, &data);
    recording.advance(u64::MAX);
    let run = &recording.runs()[0];
    let start = initial_network(7, settings.seed, settings.precision);
    assert_eq!(run.start().as_trained(), &start, "as it begins");
    for state in &run.states {
        let trained = state.as_trained();
        assert!(trained.parameters().iter().all(|&p| p == f64::from(p as f32)), "the very numbers of training");
        assert_eq!(Frame::of(&data).network(trained), state.network);
        let bits = State { trained: None, network: trained.clone(), ..state.clone() };
        assert!(bits.hash() == state.hash() && state.network != *trained);
    }
    assert_eq!(run.hash(), run.end().hash());
    // The built-in data have the units of training.
    let data = Data::from_settings(&settings).unwrap();
    let recording = Recording::<f32>::new(&self::job(&settings, &data), &settings, &data);
    assert_eq!(recording.runs()[0].start().trained, None);
}

#[test]
fn another_rate_holds_from_then_on_and_a_clone_goes_its_own_way() {
    let settings = Settings { seeds: 1, ..settings() };
    let data = Data::from_settings(&settings).unwrap();
    let mut recording = Recording::<f32>::new(&job(&settings, &data), &settings, &data);
    recording.advance(500);
    let mut other = recording.clone();
    other.set_rate(1e6);
    recording.advance(1_000);
    other.advance(1_000);
    let [run, other] = [&recording, &other].map(|recording| &recording.runs()[0]);
    assert_eq!((run.end().step, run.divergence()), (1_234, None));
    let divergence = other.divergence().unwrap();
    assert!(divergence.rate == 1e6 && divergence.step > 500, "{divergence:?}");
    let before = |run: &Run| run.states.iter().take_while(|state| state.step <= 500).cloned().collect::<Vec<_>>();
    assert_eq!(before(run), before(other));
}

#[test]
fn rates_of_the_settings_hold_from_their_steps_on_in_slices_lanes_and_schedules() {
    for schedule in [Schedule::Constant, Schedule::Cosine] {
        let constant = Settings { schedule, ..settings() };
        let settings = Settings {
            rates: vec!["0:0.05".parse().unwrap(), "37:0.1".parse().unwrap(), "700:0.001".parse().unwrap()],
            ..constant.clone()
        };
        let data = Data::from_settings(&settings).unwrap();
        let study = Study::run(&settings, data.clone(), &|_| ()).unwrap();
        for (seed, run) in study.runs.iter().enumerate() {
            // By hand.
            let one = Settings { seeds: 1, seed: seed as u64, ..constant.clone() };
            let mut recording = Recording::<f32>::new(&job(&one, &data), &one, &data);
            for (steps, rate) in [(37, 0.05), (663, 0.1), (1_000, 0.001)] {
                recording.set_rate(rate);
                recording.advance(steps);
            }
            assert_eq!(recording.runs()[0].states, run.states, "seed {seed}, {schedule}");
        }
        let mut recording = Recording::<f32x16>::new(&job(&settings, &data), &settings, &data);
        while !recording.is_done() {
            recording.advance(19);
        }
        assert_eq!(timeless(recording.runs()), timeless(&study.runs));
    }
    // Which rate it was that was too large.
    let settings = Settings { rates: vec!["100:1e9".parse().unwrap(), "900:0.02".parse().unwrap()], ..settings() };
    let study = Study::run(&settings, Data::from_settings(&settings).unwrap(), &|_| ()).unwrap();
    for run in &study.runs {
        let divergence = run.divergence().unwrap();
        assert!(divergence.rate == 1e9 && (101..200).contains(&divergence.step), "{divergence:?}");
    }
}

#[test]
fn lines_and_breaks_far_from_0_are_those_of_the_units_of_training() {
    // Microseconds since 1970, over two milliseconds, and the same from 0 on.
    let table = |name: &str, x: &dyn Fn(i64) -> i64| {
        let row = |i: i64| format!("{},{}\n", x(i), if i % 60 < 30 { i % 60 } else { 60 - i % 60 });
        let rows: String = (0..200).map(row).collect();
        Data::from_table(name, format!("t,y\n{rows}").as_bytes(), &Request::default()).unwrap()
    };
    let (far, near) = (table("far.csv", &|i| 1_700_000_000_000_000 + 10 * i), table("near.csv", &|i| 10 * i));
    let run = |data: &Data| {
        let settings = Settings { layers: vec![7, 5], lr_all: 0.05, seeds: 1, watch_every: Some(10), ..settings() };
        let mut recording = Recording::<f64>::new(&job(&settings, data), &settings, data);
        recording.advance(u64::MAX);
        recording.runs()[0].clone()
    };
    let [far, near] = [far, near].map(|data| (run(&data), data));
    assert_eq!(far.0.hash(), near.0.hash(), "they are the same in the units of training");
    for (a, b) in far.0.states.iter().zip(&near.0.states) {
        let [a, b] = [(a, &far.1), (b, &near.1)].map(|(state, data)| state.line(data, 1e-3).unwrap());
        assert_eq!(a.breaks().len(), b.breaks().len());
        for (a, b) in a.output(0).iter().zip(b.output(0)) {
            assert!((a[0] - 1.7e15 - b[0]).abs() <= 0.5 && a[1] == b[1], "{a:?} and {b:?}");
        }
    }
    assert_eq!(far.0.end().line(&far.1, 1e-3).unwrap().output(0)[0][0], 1.7e15);
    let kinds = |run: &Run| run.events.iter().map(|event| (event.step, event.what)).collect::<Vec<_>>();
    let is_late = |what: &What| what.units().iter().any(|id| id.layer > 0);
    assert!(kinds(&near.0).iter().filter(|(_, what)| is_late(what)).count() > 3);
    assert!(kinds(&far.0) == kinds(&near.0), "the same happens");
}
