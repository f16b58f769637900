//! What `summary.json` and the page say of runs, found again from `history.csv` and `units.csv` by the plainest means.

use crate::place::Place;
use serde_json::Value;

/// The rows of a table, by their first four columns: run, width, paradigm, seed.
fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

/// The middle of numbers, or the mean of the two middle ones.
fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) }
}

fn truth_bends(study: &nn::data::Data) -> Vec<f64> {
    let truth = study.truth.as_ref().unwrap();
    truth[1..truth.len() - 1].iter().map(|point| point[0]).collect()
}

#[test]
fn findings_are_those_of_the_tables() {
    let place = Place::new();
    place.run("--steps 4000 --widths 6,12 --save-every 100 --seeds 2 --samples 60 --lr-all 0.4").well();
    let summary: Value = serde_json::from_str(&place.read("elbow-out/summary.json")).unwrap();
    let (history, units) = (place.read("elbow-out/history.csv"), place.read("elbow-out/units.csv"));
    let (history, units) = (rows(&history), rows(&units));
    let data = nn::data::Data::generate(nn::data::Function::Piecewise, 60, 0.1, 1);
    let bends = truth_bends(&data);
    let mut moved_in_all = 0;
    for run in summary["runs"].as_array().unwrap() {
        let index = run["run"].to_string();
        let errors: Vec<(f64, f64)> =
            history.iter().filter(|row| row[0] == index).map(|row| (number(row[4]), number(row[7]))).collect();
        let last = errors[errors.len() - 1].0;
        let lowest = errors.iter().map(|error| error.1).fold(f64::INFINITY, f64::min);
        assert_eq!(run["lowest_test_mse"].as_f64(), Some(lowest));
        let at = errors.iter().find(|error| error.1 == lowest).unwrap().0;
        assert_eq!(run["lowest_test_mse_at"].as_f64(), Some(at));
        let late = middle(errors.iter().filter(|error| error.0 >= 0.9 * last).map(|error| error.1).collect());
        assert!((run["late_test_mse"].as_f64().unwrap() - late).abs() < 1e-12 * late);

        // The elbow −b1/w1 of each unit at a step.
        let width = run["width"].as_u64().unwrap() as usize;
        let elbows = |step: f64| -> Vec<f64> {
            let of = units.iter().filter(|row| row[0] == index && number(row[4]) == step);
            let elbows: Vec<f64> = of.map(|row| -number(row[7]) / number(row[6])).collect();
            assert_eq!(elbows.len(), width);
            elbows
        };
        let (start, end) = (elbows(0.0), elbows(last));
        let found = &run["elbows"];
        let count = |name: &str| found[name].as_u64().unwrap() as usize;
        let pairs = || start.iter().zip(&end);
        assert_eq!(count("moved"), pairs().filter(|(a, b)| (*a - *b).abs() > 0.01).count());
        moved_in_all += count("moved");
        let is_in = |elbow: f64| (0.0..=1.0).contains(&elbow);
        assert_eq!(count("left"), pairs().filter(|(a, b)| is_in(**a) && !is_in(**b)).count());
        let way = |to: &[f64]| -> Vec<f64> {
            start.iter().zip(to).map(|(a, b)| (a.clamp(0.0, 1.0) - b.clamp(0.0, 1.0)).abs()).collect()
        };
        let farthest = way(&end).into_iter().fold(0.0, f64::max);
        assert!((found["farthest"].as_f64().unwrap() - farthest).abs() < 1e-9);
        let nearly = errors.iter().map(|error| error.0).find(|&step| {
            way(&elbows(step)).iter().sum::<f64>() >= 0.9 * way(&end).iter().sum::<f64>() * (1.0 - 1e-12)
        });
        match found["nearly_at"].as_f64() {
            Some(step) => assert_eq!(Some(step), nearly),
            None => assert_eq!(farthest, 0.0),
        }
        for (place, elbows) in [&start, &end].into_iter().enumerate() {
            let mut inside: Vec<f64> = elbows.iter().copied().filter(|&elbow| is_in(elbow)).collect();
            inside.sort_by(f64::total_cmp);
            assert_eq!(found["inside"][place].as_u64(), Some(inside.len() as u64));
            let mut places = 0;
            for (k, elbow) in inside.iter().enumerate() {
                places += u64::from(k == 0 || elbow - inside[k - 1] > 0.01);
            }
            assert_eq!(found["places"][place].as_u64(), Some(places));
            let met = bends.iter().filter(|bend| inside.iter().any(|elbow| (elbow - **bend).abs() <= 0.02)).count();
            assert_eq!(found["bends_met"][place].as_u64(), Some(met as u64));
        }
    }
    assert!(moved_in_all > 0, "something must move, or nothing is tested");
}
