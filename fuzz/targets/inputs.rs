//! Inputs of the problems of `elbow backprop`: read, and small problems worked out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nn::problems::{Inputs, Kind, Problem, check, descent, nudge};

fuzz_target!(init: fuzz::alone(), |input: &[u8]| {
    let Some((&first, rest)) = input.split_first() else { return };
    let kind = match first % 3 {
        0 => Kind::Chain,
        1 => Kind::NeuronSum { neurons: 1, size: 1 },
        _ => Kind::TwoLayer { size: 1 },
    };
    let text = String::from_utf8_lossy(rest);
    let Ok((kind, inputs)) = Inputs::from_json(&text, kind) else { return };
    assert_eq!(Inputs::from_json(&inputs.json().to_string(), kind).as_ref(), Ok(&(kind, inputs.clone())));
    if inputs.iter().map(|(_, matrix)| matrix.len()).sum::<usize>() > 20 {
        return;
    }
    let Ok(problem) = Problem::new(kind, inputs) else { return };
    assert!(problem.value().is_finite());
    for explanation in problem.explanations() {
        assert!(explanation.value.iter().all(|entry| entry.is_finite()), "{explanation}");
    }
    if !fuzz::goes_on(input) {
        return;
    }
    match first / 3 % 4 {
        0 => drop(check::test(&problem)),
        1 => drop(check::on_kink(&problem)),
        2 => drop(descent::descend_safely(&problem, 2)),
        _ => {
            if let Ok((node, entry)) = nudge::find(&problem, "x") {
                drop(nudge::nudge(&problem, node, entry, &[-0.1, 0.1]));
            }
        }
    }
});
