//! The loss over the steps of gradient descent.

use super::{Figure, Table, cell};
use crate::palette::Role;
use crate::plot::{self, Axis, Frame, Rect};
use crate::scale::{Scale, Tick, extent};
use crate::svg::Document;
use crate::text::short;

/// The loss at the start and after each step.
pub fn losses(name: &str, rate: f64, losses: &[f64]) -> Figure {
    let (first, last) = (losses.first().copied().unwrap_or(f64::NAN), losses.last().copied().unwrap_or(f64::NAN));
    let steps = losses.len().saturating_sub(1);
    let title = format!("{} steps with γ = {rate} take ℓ from {} to {}", steps, short(first), short(last));
    let words = format!("The loss {}.", super::change_words(first, last));
    let mut document = Document::new(name, 640.0, 300.0).titled(title).described(words);
    let top = plot::heading(&mut document, "Each step is a forward pass, a backward pass, and w ← w − γ·∇ℓ(w).") + 26.0;
    let rect = Rect::new(66.0, top, 640.0 - 40.0, top + 180.0);
    let points: Vec<[f64; 2]> = losses.iter().enumerate().map(|(step, &loss)| [step as f64, loss]).collect();
    let [_, high] = extent(losses.iter().copied()).unwrap_or([0.0, 1.0]);
    let frame = Frame::new(
        rect,
        |range| Scale::linear([0.0, steps.max(1) as f64], range),
        |range| Scale::linear([0.0, if high > 0.0 { high * 1.06 } else { 1.0 }], range),
    );
    let ticks = (0..=steps).map(|step| Tick { value: step as f64, label: Some(step.to_string()) }).collect();
    document.push(frame.axes(&Axis::titled("step →").with_ticks(ticks), &Axis::titled("ℓ ↑")));
    document.push(frame.line(&points, Role::Prediction, plot::DATA));
    document.push(frame.points(&points, 3.5, Role::Prediction, Role::Background));
    document.set_height(rect.bottom + 46.0);
    let mut table = Table::new(["step", "loss"]);
    for [step, loss] in points {
        table.push([step.to_string(), cell(loss)]);
    }
    Figure { document, table }
}
