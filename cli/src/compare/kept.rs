//! Finished runs as they are kept until all are: a line each, by the bits of their numbers.

use nn::network::Network;
use nn::ridge::RidgePoint;
use nn::study::{Divergence, Outcome, Run, State};
use nn::trainer::Errors;
use serde::{Deserialize, Serialize};
use std::io;

/// The bits of a number.
type Bits = u64;

#[derive(Serialize, Deserialize)]
struct Kept {
    /// Step, rate and largest stable rate.
    diverged: Option<(u64, Bits, Option<Bits>)>,
    states: Vec<KeptState>,
    /// λ, train error and test error.
    ridge: Vec<[Bits; 3]>,
}

#[derive(Serialize, Deserialize)]
struct KeptState {
    step: u64,
    minibatch: Option<Bits>,
    train: KeptErrors,
    test: KeptErrors,
    parameters: Vec<Bits>,
}

type KeptErrors = (Bits, Option<Bits>);

/// The line of a run: its number, and all there is of it but the measured time.
pub fn row(number: u64, run: &Run) -> String {
    let errors = |errors: Errors| (errors.loss.to_bits(), errors.accuracy.map(f64::to_bits));
    let state = |state: &State| KeptState {
        step: state.step,
        minibatch: state.minibatch_loss.map(f64::to_bits),
        train: errors(state.train),
        test: errors(state.test),
        parameters: state.network.parameters().iter().map(|parameter| parameter.to_bits()).collect(),
    };
    let point = |point: &RidgePoint| [point.lambda, point.train_mse, point.test_mse].map(f64::to_bits);
    let kept = Kept {
        diverged: run
            .divergence()
            .map(|Divergence { step, rate, bound }| (step, rate.to_bits(), bound.map(f64::to_bits))),
        states: run.states.iter().map(state).collect(),
        ridge: run.ridge_path.iter().map(point).collect(),
    };
    // These types always serialise.
    format!("{number},{}", serde_json::to_string(&kept).unwrap_or_default())
}

/// The run of a line, which was written by [`row`]; `blank` is that run with nothing in it.
///
/// # Errors
/// If it is not such a line, or one of another network.
pub fn run(row: &str, blank: Run) -> io::Result<Run> {
    let text = row.split_once(',').map_or("", |(_, text)| text);
    let Kept { diverged, states, ridge } = serde_json::from_str(text)?;
    let errors =
        |(loss, accuracy): KeptErrors| Errors { loss: f64::from_bits(loss), accuracy: accuracy.map(f64::from_bits) };
    let state = |kept: KeptState| {
        let parameters = kept.parameters.into_iter().map(f64::from_bits).collect();
        let network = Network::new(blank.architecture.clone(), parameters).map_err(io::Error::other)?;
        Ok(State {
            step: kept.step,
            minibatch_loss: kept.minibatch.map(f64::from_bits),
            train: errors(kept.train),
            test: errors(kept.test),
            network,
        })
    };
    let states = states.into_iter().map(state).collect::<io::Result<Vec<State>>>()?;
    let point = |[lambda, train, test]: [Bits; 3]| {
        let [lambda, train_mse, test_mse] = [lambda, train, test].map(f64::from_bits);
        RidgePoint { lambda, train_mse, test_mse }
    };
    let outcome = diverged.map_or(Outcome::Finished, |(step, rate, bound)| {
        Outcome::Diverged(Divergence { step, rate: f64::from_bits(rate), bound: bound.map(f64::from_bits) })
    });
    Ok(Run { states, outcome, ridge_path: ridge.into_iter().map(point).collect(), ..blank })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn::data::Data;
    use nn::settings::Settings;
    use nn::study::Study;

    #[test]
    fn a_run_comes_back_with_all_its_bits() {
        let diverging = Settings { lr_all: 1e9, ..Settings::default() };
        for settings in [Settings::default(), diverging] {
            let settings = Settings { widths: vec![3], steps: 50, watch_every: Some(0), ..settings };
            let study = Study::run(&settings, Data::from_settings(&settings).unwrap(), &|_| ()).unwrap();
            for whole in &study.runs {
                let blank = Run {
                    states: Vec::new(),
                    outcome: Outcome::Finished,
                    ridge_path: Vec::new(),
                    seconds: 0.0,
                    ..whole.clone()
                };
                let found = run(&row(7, whole), blank.clone()).unwrap();
                assert_eq!((&found.states, found.outcome), (&whole.states, whole.outcome));
                assert_eq!(format!("{:?}", found.ridge_path), format!("{:?}", whole.ridge_path));
                assert!(row(7, whole).starts_with("7,{"));
                let wider = nn::architecture::Architecture::bent_line(4);
                assert!(run(&row(7, whole), Run { architecture: wider, ..blank }).is_err());
            }
        }
        let outcomes = |lr_all| {
            let settings = Settings { widths: vec![3], steps: 50, lr_all, ..Settings::default() };
            Study::run(&settings, Data::from_settings(&settings).unwrap(), &|_| ()).unwrap().runs[1].divergence()
        };
        assert!(outcomes(0.02).is_none() && outcomes(1e9).is_some());
    }
}
