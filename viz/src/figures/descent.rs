//! The loss over the steps of gradient descent.

use super::{Figure, change_words, counted};
use crate::chart::{Axis, Chart, Glyph, Mark, Panel};
use crate::palette::Role;
use crate::scale::{Tick, extent};
use crate::text::short;

/// The loss at the start and after each step.
pub fn losses(name: &str, rate: f64, losses: &[f64]) -> Figure {
    let (first, last) = (losses.first().copied().unwrap_or(f64::NAN), losses.last().copied().unwrap_or(f64::NAN));
    let steps = losses.len().saturating_sub(1);
    let points: Vec<[f64; 2]> = losses.iter().enumerate().map(|(step, &loss)| [step as f64, loss]).collect();
    let [_, high] = extent(losses.iter().copied()).unwrap_or([0.0, 1.0]);
    let ticks = (0..=steps).map(|step| Tick { value: step as f64, label: Some(step.to_string()) }).collect();
    let x = Axis::linear("step", [0.0, steps.max(1) as f64]).with_ticks(ticks);
    let y = Axis::linear("ℓ", [0.0, if high > 0.0 { high * 1.06 } else { 1.0 }]);
    let marks = vec![
        Mark::line(points.clone(), Role::Prediction).named("loss"),
        Mark::dots(points, Glyph::Disc, 3.5, Role::Prediction),
    ];
    let claim = format!("{} with γ = {rate} take ℓ from {} to {}", counted(steps, "step"), short(first), short(last));
    Chart {
        note: "Each step is a forward pass, a backward pass, and w ← w − γ·∇ℓ(w).".to_owned(),
        description: format!("The loss {}.", change_words(first, last)),
        panels: vec![Panel::new("", x, y, marks)],
        width: 640.0,
        height: 180.0,
        ..Chart::new(name, claim)
    }
    .figure()
}
