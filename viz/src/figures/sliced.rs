//! Networks of many inputs over the plane of two of them.

use nn::data::Data;
use nn::geometry::Slice;
use nn::network::Network;
use nn::study::{Run, State, Study};

use super::in_words;
use crate::report::words::list;

/// The plane over which networks of more than two inputs are shown.
#[derive(Clone, Debug)]
pub struct Sliced {
    inputs: [usize; 2],
    slice: Slice,
}

impl Sliced {
    /// The plane that the settings of a study name, if they do, with the other inputs at their medians.
    pub fn of(study: &Study) -> Option<Self> {
        let inputs = study.settings.slice_of(&study.data).ok()??;
        Some(Sliced { inputs, slice: Slice::of_data(&study.data, inputs).ok()? })
    }

    /// The data with these two inputs alone.
    pub fn data(&self, data: &Data) -> Data {
        let only = |x: &[f64]| x.chunks_exact(data.inputs.len()).flat_map(|x| self.inputs.map(|i| x[i])).collect();
        Data {
            inputs: self.inputs.map(|i| data.inputs[i].clone()).to_vec(),
            x: only(&data.x),
            x_test: only(&data.x_test),
            ..data.clone()
        }
    }

    /// The run with its networks on the plane; its errors stay those of all inputs.
    pub fn run(&self, run: &Run) -> Run {
        let on_plane = |network: &Network| self.slice.network(network).unwrap_or_else(|_| network.clone());
        let states =
            run.states.iter().map(|state| State { network: on_plane(&state.network), trained: None, ..state.clone() });
        let states: Vec<State> = states.collect();
        Run { architecture: states[0].network.architecture().clone(), states, ..run.clone() }
    }

    /// What there is to say of it.
    pub fn words(&self, data: &Data) -> String {
        let [a, b] = self.inputs.map(|i| data.inputs[i].name.as_str());
        let origin = self.slice.point(&[0.0, 0.0]);
        let others = (0..origin.len()).filter(|i| !self.inputs.contains(i));
        let others: Vec<String> =
            others.map(|i| format!("{} at {}", data.inputs[i].name, in_words(&data.inputs[i], origin[i]))).collect();
        let held = match others.len() {
            1..=6 => {
                let others: Vec<&str> = others.iter().map(String::as_str).collect();
                let medians = if others.len() == 1 { "its median" } else { "their medians" };
                format!("{}, {medians} over the training points", list(&others))
            }
            count => format!("the other {count} inputs at their medians over the training points"),
        };
        format!(
            "Shown is the plane of {a} and {b}, with {held}. Each point stands where its {a} and {b} are, whatever its other \
             inputs; so what the network makes of a point may be another colour than the one it lies on."
        )
    }
}
