//! Pages of two inputs: what is found in their runs, against evaluation on dense grids, and how their figures look.

mod labels;

use labels::check_labels;
use nn::data::Data;
use nn::network::Network;
use nn::settings::{Asked, Settings, setting};
use nn::study::Study;
use viz::findings::plane::Fold;

/// A study for which these settings are asked.
fn asked(settings: &[(&str, &str)]) -> Study {
    let mut asked = Asked::new(Settings { threads: 1, ..Settings::default() });
    for (name, text) in settings {
        asked.set(setting(name).unwrap(), text).unwrap();
    }
    let data = Data::from_settings(&asked.settings()).unwrap();
    Study::run(&asked.settings_on(&data), data, &|_| ()).unwrap()
}

fn circle() -> Study {
    asked(&[("target", "circle"), ("layers", "3,2"), ("samples", "30"), ("steps", "400"), ("save-every", "100")])
}

/// Whether each unit of a layer is on, at the middles of a grid of so many cells a side.
fn grid(data: &Data, network: &Network, layer: usize, cells: usize) -> Vec<Vec<bool>> {
    let place = |i: usize, [low, high]: [f64; 2]| low + (high - low) * (i as f64 + 0.5) / cells as f64;
    let places =
        (0..cells * cells).map(|i| [place(i % cells, data.inputs[0].domain), place(i / cells, data.inputs[1].domain)]);
    places.map(|x| network.evaluate(&x).before(layer).iter().map(|&z| z > 0.0).collect()).collect()
}

#[test]
fn what_a_fold_has_passed_over_is_where_its_unit_is_on_at_one_end_alone() {
    const CELLS: usize = 300;
    for (target, layers, paradigm) in [("spiral", "6,5", "all"), ("bumps", "4,3,3", "all"), ("moons", "4", "output")] {
        let study = asked(&[("target", target), ("layers", layers), ("steps", "2000"), ("paradigms", paradigm)]);
        let (data, run) = (&study.data, &study.runs[0]);
        let folds = Fold::all(data, run).unwrap();
        assert_eq!(folds.len(), run.width);
        let mut moved = 0;
        for fold in folds {
            let [start, end] = [run.start(), run.end()].map(|state| grid(data, &state.network, fold.layer, CELLS));
            let both = || start.iter().zip(&end).map(|(a, b)| [a[fold.unit], b[fold.unit]]);
            let part = |count: usize| count as f64 / (CELLS * CELLS) as f64;
            let counted = [
                part(both().filter(|on| on[0]).count()),
                part(both().filter(|on| on[1]).count()),
                part(both().filter(|on| on[0] != on[1]).count()),
            ];
            for (exact, counted) in [fold.on[0], fold.on[1], fold.passed].into_iter().zip(counted) {
                assert!((exact - counted).abs() < 0.004, "{target} {}:{}: {exact}, {counted}", fold.layer, fold.unit);
            }
            moved += usize::from(fold.has_moved());
        }
        // Nothing moves where only the output layer is trained.
        assert_eq!(moved > 0, paradigm == "all", "{target}: {moved}");
    }
}

#[test]
fn figures_of_two_inputs() {
    let study = circle();
    for figure in viz::report::figures(&study) {
        check_labels(&figure);
        insta::assert_snapshot!(figure.name(), figure.svg());
    }
}

#[test]
fn labels_of_many_units_do_not_overlap() {
    for settings in [
        [("target", "spiral"), ("layers", "40,7,1"), ("steps", "100")],
        [("target", "moons"), ("layers", "5"), ("steps", "100")],
        [("target", "plane"), ("layers", "2,2,2,2,2"), ("steps", "100")],
    ] {
        viz::report::figures(&asked(&settings)).iter().for_each(check_labels);
    }
}
